/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * "schemas" in filters. It is no stored attribute but follows from what an object has: its own
 * schema always, an extension where there is something of it. So a comparison becomes the presence
 * of the attributes of those schemas that satisfy it. What is computed on reading does not count.
 * The same holds of a schema's URN in the place of a name, as it stands in bodies and PATCH paths.
 */
#include "ms-edit-private.h"
#include "ms-filter-parser.h"

#include <string.h>

static MsFilter *
join (MsFilter *one, MsFilter *other)
{
  if (one == NULL)
    return other;
  MsFilter *node = ms_filter_new (MS_FILTER_OR);
  node->left = one;
  node->right = other;
  return node;
}

static MsFilter *
new_presence (const MsSchema *schema)
{
  MsFilter *any = NULL;

  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      if (attribute->is_computed || attribute->returned == MS_RETURNED_NEVER)
        continue;
      MsFilter *present = ms_filter_new (MS_FILTER_PRESENT);
      present->attribute = attribute;
      any = join (any, present);
    }
  return any != NULL ? any : ms_filter_new (MS_FILTER_NOTHING);
}

/* Every object has an id. */
static MsFilter *
new_always (void)
{
  MsFilter *present = ms_filter_new (MS_FILTER_PRESENT);

  present->meta = MS_FILTER_META_ID;
  return present;
}

static gboolean
satisfies (const char *urn, MsFilterOp op, const char *text)
{
  g_autofree char *have = g_ascii_strdown (urn, -1);
  g_autofree char *want = g_ascii_strdown (text, -1);

  switch (op)
    {
    case MS_FILTER_EQ:
      return strcmp (have, want) == 0;
    case MS_FILTER_NE:
      return strcmp (have, want) != 0;
    case MS_FILTER_CO:
      return strstr (have, want) != NULL;
    case MS_FILTER_SW:
      return g_str_has_prefix (have, want);
    case MS_FILTER_EW:
      return g_str_has_suffix (have, want);
    case MS_FILTER_GT:
    case MS_FILTER_GE:
    case MS_FILTER_LT:
    case MS_FILTER_LE:
    default:
      return FALSE;
    }
}

gboolean
ms_filter_is_schemas (const MsFilterParser *self, const char *name)
{
  return !self->inside && self->type != NULL
         && g_ascii_strcasecmp (ms_resource_type_skip_schema (self->type, name), "schemas") == 0;
}

MsFilter *
ms_filter_parse_schemas (MsFilterParser *self, const char *where)
{
  MsFilterOp op = MS_FILTER_EQ;

  if (self->at < self->end && *self->at == '[')
    {
      ms_filter_refuse_brackets (self, where);
      return NULL;
    }
  if (ms_filter_take_word (self, "pr"))
    return new_always ();
  ms_filter_skip_space (self);
  const char *op_at = self->at;
  if (!ms_filter_read_op (self, &op))
    return NULL;
  g_autoptr (JsonNode) value = ms_filter_read_value (self);
  if (value == NULL)
    return NULL;
  if (op == MS_FILTER_GT || op == MS_FILTER_GE || op == MS_FILTER_LT || op == MS_FILTER_LE
      || json_node_get_value_type (value) != G_TYPE_STRING)
    {
      ms_filter_fail (self, op_at, "“schemas” holds URNs, for eq, ne, co, sw and ew");
      return NULL;
    }
  const char *text = json_node_get_string (value);
  if (satisfies (self->type->schema->id, op, text))
    return new_always ();
  MsFilter *any = NULL;
  for (guint i = 0; i < self->type->extensions->len; i++)
    {
      const MsSchema *schema = g_ptr_array_index (self->type->extensions, i);
      if (satisfies (schema->id, op, text))
        any = join (any, new_presence (schema));
    }
  return any != NULL ? any : ms_filter_new (MS_FILTER_NOTHING);
}

const MsSchema *
ms_filter_find_schema (const MsFilterParser *self, const char *name)
{
  if (self->inside || self->type == NULL)
    return NULL;
  return g_ascii_strcasecmp (self->type->schema->id, name) == 0
             ? self->type->schema
             : ms_resource_type_find_extension (self->type, name);
}

MsFilter *
ms_filter_parse_presence (MsFilterParser *self, const char *where, const MsSchema *schema)
{
  if (ms_filter_take_word (self, "pr"))
    return schema == self->type->schema ? new_always () : new_presence (schema);
  ms_filter_fail (self,
                  where,
                  "“%s” is a schema and has no value of its own; “pr” asks whether an object has "
                  "it, or compare one of its attributes",
                  schema->id);
  return NULL;
}
