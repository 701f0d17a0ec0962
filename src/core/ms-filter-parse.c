/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parser of filters: RFC 7644 §3.4.2.2, figure 1. Precedence is not, then and, then or. Chains
 * of "and" and "or" become balanced trees, so that nobody who walks a tree recurses deeply: the
 * depth is bounded by MAX_DEPTH brackets times the logarithm of the length.
 *
 * Beyond the RFC, because clients send it: attribute[filter].sub op value (Entra), strings for
 * booleans
 * ("True"), null as the absent value. Secrets cannot be asked for, not even whether there is one.
 */
#include "ms-filter-parser.h"

#include "ms-error.h"
#include "ms-json.h"

#include <string.h>

#define MAX_LENGTH 8192
#define MAX_DEPTH 64

static MsFilter *parse_or (MsFilterParser *self);

/* Names -------------------------------------------------------------------------------------- */

static gboolean
is_name (const char *name)
{
  if (!g_ascii_isalpha (*name) && *name != '$')
    return FALSE;
  for (const char *p = name; *p != '\0'; p++)
    {
      if (!g_ascii_isalnum (*p) && strchr ("-_$.:", *p) == NULL)
        return FALSE;
      if ((*p == '.' || *p == ':') && (p[1] == '.' || p[1] == ':' || p[1] == '\0'))
        return FALSE;
    }
  return TRUE;
}

static MsFilterMeta
find_meta (const MsResourceType *type, const char *name)
{
  name = ms_resource_type_skip_schema (type, name);
  for (int i = MS_FILTER_META_ID; ms_filter_meta_names[i] != NULL; i++)
    if (g_ascii_strcasecmp (name, ms_filter_meta_names[i]) == 0)
      return (MsFilterMeta) i;
  return MS_FILTER_META_NONE;
}

/* Every object has one. */
static gboolean
is_whole_meta (const MsResourceType *type, const char *name)
{
  return g_ascii_strcasecmp (ms_resource_type_skip_schema (type, name), "meta") == 0;
}

static gpointer
get_place (const MsFilterParser *self, const char *where)
{
  return GSIZE_TO_POINTER ((gsize) (where - self->begin) + 1);
}

static void
note_known (MsFilterParser *self, const char *where)
{
  if (self->known != NULL)
    g_hash_table_add (self->known, get_place (self, where));
}

static void
note_name (MsFilterParser *self, const char *where, const char *name, const MsFilterTarget *target)
{
  if (self->unknown == NULL)
    return;
  if (target->attribute != NULL || target->meta != MS_FILTER_META_NONE)
    note_known (self, where);
  else
    g_hash_table_insert (self->unknown,
                         get_place (self, where),
                         self->inside && !self->in_meta
                             ? g_strconcat (self->context->path, ".", name, NULL)
                             : g_strdup (name));
}

/* "created" in the brackets of meta */
static gboolean
resolve_meta_part (MsFilterParser *self,
                   const char     *where,
                   const char     *name,
                   MsFilterTarget *target)
{
  g_autofree char *whole = g_strconcat ("meta.", name, NULL);

  target->meta = find_meta (self->type, whole);
  note_name (self, where, whole, target);
  return TRUE;
}

/* (nullable): "tags.value", where "tags" has several values without parts: each is its own, as in a
 * PATCH path */
static const MsAttribute *
find_elements (const MsFilterParser *self, const char *name)
{
  const char *dot = strrchr (name, '.');

  if (dot == NULL || g_ascii_strcasecmp (dot, ".value") != 0)
    return NULL;
  g_autofree char   *whole = g_strndup (name, (gsize) (dot - name));
  const MsAttribute *found = ms_resource_type_find_for (self->type, whole, self->is_client);
  return found != NULL && found->multi_valued && found->type != MS_ATTR_COMPLEX ? found : NULL;
}

static gboolean
resolve (MsFilterParser *self, const char *where, const char *name, MsFilterTarget *target)
{
  memset (target, 0, sizeof *target);
  if (!is_name (name))
    return ms_filter_fail (self, where, "not an attribute name");
  if (self->in_meta)
    return resolve_meta_part (self, where, name, target);
  if (self->inside)
    {
      if (self->context == NULL)
        return TRUE;
      if (self->context->type != MS_ATTR_COMPLEX && g_ascii_strcasecmp (name, "value") == 0)
        target->attribute = self->context;
      else
        target->attribute = ms_attribute_find_sub (self->context, name);
    }
  else
    {
      target->attribute = ms_resource_type_find_for (self->type, name, self->is_client);
      if (target->attribute == NULL)
        target->attribute = find_elements (self, name);
      target->is_whole_meta = target->attribute == NULL && is_whole_meta (self->type, name);
      if (target->is_whole_meta)
        target->meta = MS_FILTER_META_CREATED;
      else if (target->attribute == NULL)
        target->meta = find_meta (self->type, name);
    }
  note_name (self, where, name, target);
  if (target->attribute != NULL && !ms_attribute_can_be_found_by (target->attribute))
    return ms_filter_fail (self, where, "“%s” cannot be filtered by", name);
  return TRUE;
}

static gboolean
refuse_complex (MsFilterParser *self, const char *where, const MsAttribute *attribute)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);

      if (ms_attribute_can_be_found_by (sub))
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", sub->path);
    }
  return ms_filter_fail (self,
                         where,
                         "“%s” has no value of its own; compare one of its sub-attributes: %s",
                         attribute->path,
                         names->str);
}

/* A complex attribute compared stands for its "value". */
static gboolean
make_leaf (MsFilterParser *self, const char *where, MsFilterTarget *target)
{
  const MsAttribute *attribute = target->attribute;

  if (target->is_whole_meta)
    return ms_filter_fail (self,
                           where,
                           "“meta” has no value of its own; compare one of its sub-attributes: "
                           "meta.created, meta.lastModified, meta.location, meta.resourceType, "
                           "meta.version");
  if (attribute == NULL || attribute->type != MS_ATTR_COMPLEX)
    return TRUE;
  target->attribute = ms_attribute_find_sub (attribute, "value");
  return target->attribute != NULL || refuse_complex (self, where, attribute);
}

/* Terms -------------------------------------------------------------------------------------- */

static MsFilter *
new_inner (MsFilterKind kind, MsFilter *left, MsFilter *right)
{
  MsFilter *node = ms_filter_new (kind);

  node->left = left;
  node->right = right;
  return node;
}

static MsFilter *
new_leaf (MsFilterKind kind, const MsFilterTarget *target)
{
  MsFilter *node = ms_filter_new (kind);

  node->attribute = target->attribute;
  node->meta = target->meta;
  return node;
}

/* "= null" and "!= null" by "pr"; an attribute that does not exist is absent everywhere. */
static MsFilter *
make_comparison (const MsFilterParser *self,
                 const MsFilterTarget *target,
                 MsFilterOp            op,
                 JsonNode             *value)
{
  gboolean exists = target->attribute != NULL || target->meta != MS_FILTER_META_NONE;

  if (JSON_NODE_HOLDS_NULL (value))
    {
      MsFilter *present
          = exists ? new_leaf (MS_FILTER_PRESENT, target) : ms_filter_new (MS_FILTER_NOTHING);
      return op == MS_FILTER_NE ? present : new_inner (MS_FILTER_NOT, present, NULL);
    }
  if (!exists)
    {
      MsFilter *nothing = ms_filter_new (MS_FILTER_NOTHING);
      return op == MS_FILTER_NE ? new_inner (MS_FILTER_NOT, nothing, NULL) : nothing;
    }
  MsFilter *node = new_leaf (MS_FILTER_COMPARE, target);
  node->op = op;
  node->value = json_node_ref (value);
  return self->by_any_form ? ms_filter_widen (node) : node;
}

/* What can be compared whole only: an address, whose beginning the server does not know. */
static gboolean
is_whole_only (const MsFilterTarget *target)
{
  if (target->meta == MS_FILTER_META_LOCATION)
    return TRUE;
  return target->attribute != NULL && target->attribute->parent != NULL
         && target->attribute->parent->relation != MS_RELATION_NONE
         && strcmp (target->attribute->name, "$ref") == 0;
}

/* Whether the attribute can be compared so. */
static gboolean
check_comparison (MsFilterParser *self,
                  const char     *where,
                  const char     *op_at,
                  MsFilterTarget *target,
                  MsFilterOp      op,
                  JsonNode      **value)
{
  if (!make_leaf (self, where, target))
    return FALSE;
  if (is_whole_only (target) && op != MS_FILTER_EQ && op != MS_FILTER_NE)
    return ms_filter_fail (self, op_at, "eq and ne only go with this attribute");
  if (target->meta == MS_FILTER_META_VERSION && op >= MS_FILTER_GT)
    return ms_filter_fail (
        self, op_at, "a version has no order: eq and ne only, and its text by co, sw and ew");
  if (JSON_NODE_HOLDS_NULL (*value))
    return op == MS_FILTER_EQ || op == MS_FILTER_NE
           || ms_filter_fail (self, op_at, "null goes with eq and ne only");
  return (target->attribute == NULL && target->meta == MS_FILTER_META_NONE)
         || ms_filter_check_value (self, op_at, ms_filter_target_type (target), op, value);
}

/* The same, where other types may allow what this one does not. */
static gboolean
check_for_types (MsFilterParser *self,
                 const char     *where,
                 const char     *op_at,
                 MsFilterTarget *target,
                 MsFilterOp      op,
                 JsonNode      **value)
{
  gpointer place = get_place (self, where);
  GError **outer = self->error;
  GError  *misfit = NULL;
  gboolean exists = target->attribute != NULL || target->meta != MS_FILTER_META_NONE;

  self->error = &misfit;
  gboolean fits = check_comparison (self, where, op_at, target, op, value);
  self->error = outer;
  if (fits && exists)
    g_hash_table_add (self->fits, place);
  else if (misfit != NULL)
    g_hash_table_insert (self->misfits, place, misfit);
  return fits;
}

/* After the name: "pr", or an operator and a value. */
static MsFilter *
parse_comparison (MsFilterParser *self, const char *where, MsFilterTarget *target)
{
  MsFilterOp op = MS_FILTER_EQ;
  gboolean   exists = target->attribute != NULL || target->meta != MS_FILTER_META_NONE;

  if (ms_filter_take_word (self, "pr"))
    return exists ? new_leaf (MS_FILTER_PRESENT, target) : ms_filter_new (MS_FILTER_NOTHING);
  ms_filter_skip_space (self);
  const char *op_at = self->at;
  if (!ms_filter_read_op (self, &op))
    return NULL;
  g_autoptr (JsonNode) value = ms_filter_read_value (self);
  if (value == NULL)
    return NULL;
  if (self->misfits == NULL)
    return check_comparison (self, where, op_at, target, op, &value)
               ? make_comparison (self, target, op, value)
               : NULL;
  return check_for_types (self, where, op_at, target, op, &value)
             ? make_comparison (self, target, op, value)
             : ms_filter_new (MS_FILTER_NOTHING);
}

/* At the first bracket. The result matches elements of @attribute (%NULL: an unknown one). */
static MsFilter *
parse_brackets (MsFilterParser *self, const MsAttribute *attribute)
{
  const char *open = self->at;

  if (self->inside)
    {
      ms_filter_fail (self, open, "brackets cannot be nested");
      return NULL;
    }
  self->at++;
  self->inside = TRUE;
  self->context = attribute;
  self->depth++;
  g_autoptr (MsFilter) inner = parse_or (self);
  if (inner != NULL && !ms_filter_take_char (self, ']'))
    {
      ms_filter_fail (self, self->at, "“]” is expected");
      return NULL;
    }
  self->depth--;
  self->inside = FALSE;
  self->context = NULL;
  return g_steal_pointer (&inner);
}

/* There is one meta, so that what holds within its brackets holds without them. */
static MsFilter *
parse_meta_brackets (MsFilterParser *self)
{
  self->in_meta = TRUE;
  MsFilter *inner = parse_brackets (self, NULL);
  self->in_meta = FALSE;
  return inner;
}

/* attribute[…], also Entra's attribute[…].sub op value */
static MsFilter *
parse_value_path (MsFilterParser *self, const char *where, const MsFilterTarget *target)
{
  if (target->is_whole_meta)
    return parse_meta_brackets (self);
  if (target->meta != MS_FILTER_META_NONE)
    {
      ms_filter_refuse_brackets (self, where);
      return NULL;
    }
  g_autoptr (MsFilter) inner = parse_brackets (self, target->attribute);
  if (inner == NULL)
    return NULL;
  if (self->at < self->end && *self->at == '.')
    {
      MsFilterTarget   sub;
      const char      *sub_at = ++self->at;
      gsize            length = ms_filter_peek_word (self);
      g_autofree char *name = g_strndup (self->at, length);

      self->at += length;
      self->inside = TRUE;
      self->context = target->attribute;
      gboolean good = resolve (self, sub_at, name, &sub);
      self->inside = FALSE;
      self->context = NULL;
      MsFilter *comparison = good ? parse_comparison (self, sub_at, &sub) : NULL;
      if (comparison == NULL)
        return NULL;
      inner = new_inner (MS_FILTER_AND, g_steal_pointer (&inner), comparison);
    }
  if (target->attribute == NULL)
    return ms_filter_new (MS_FILTER_NOTHING);
  /* What is computed as a whole is one thing, and has no elements in any table. */
  if (target->attribute->is_computed && !target->attribute->multi_valued)
    return new_inner (
        MS_FILTER_AND, new_leaf (MS_FILTER_PRESENT, target), g_steal_pointer (&inner));
  MsFilter *node = new_leaf (MS_FILTER_VALUE_PATH, target);
  node->left = g_steal_pointer (&inner);
  return node;
}

static MsFilter *
parse_group (MsFilterParser *self)
{
  if (++self->depth > MAX_DEPTH)
    {
      ms_filter_fail (self, self->at, "nested too deeply");
      return NULL;
    }
  g_autoptr (MsFilter) inner = parse_or (self);
  if (inner != NULL && !ms_filter_take_char (self, ')'))
    {
      ms_filter_fail (self, self->at, "“)” is expected");
      return NULL;
    }
  self->depth--;
  return g_steal_pointer (&inner);
}

static MsFilter *
parse_term (MsFilterParser *self)
{
  MsFilterTarget target;

  if (ms_filter_take_char (self, '('))
    return parse_group (self);

  ms_filter_skip_space (self);
  const char *where = self->at;
  gsize       length = ms_filter_peek_word (self);
  if (length == 0)
    {
      ms_filter_fail (self, where, "an attribute name is expected");
      return NULL;
    }
  self->at += length;
  if (ms_filter_word_is (where, length, "not"))
    {
      if (!ms_filter_take_char (self, '('))
        {
          ms_filter_fail (self, self->at, "“(” is expected after not");
          return NULL;
        }
      MsFilter *inner = parse_group (self);
      return inner != NULL ? new_inner (MS_FILTER_NOT, inner, NULL) : NULL;
    }

  g_autofree char *name = g_strndup (where, length);
  if (ms_filter_is_schemas (self, name))
    return ms_filter_parse_schemas (self, where);
  const MsSchema *schema = ms_filter_find_schema (self, name);
  if (schema != NULL)
    {
      note_known (self, where);
      return ms_filter_parse_presence (self, where, schema);
    }
  if (!resolve (self, where, name, &target))
    return NULL;
  if (self->at < self->end && *self->at == '[')
    return parse_value_path (self, where, &target);
  return parse_comparison (self, where, &target);
}

/* Steals the nodes. */
static MsFilter *
balance (MsFilterKind kind, MsFilter **nodes, guint count)
{
  if (count == 1)
    return nodes[0];
  guint half = count / 2;
  return new_inner (kind, balance (kind, nodes, half), balance (kind, nodes + half, count - half));
}

typedef MsFilter *(*ParseFunc) (MsFilterParser *self);

static MsFilter *
parse_chain (MsFilterParser *self, MsFilterKind kind, const char *word, ParseFunc parse)
{
  g_autoptr (GPtrArray) nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_filter_free);

  do
    {
      MsFilter *node = parse (self);
      if (node == NULL)
        return NULL;
      g_ptr_array_add (nodes, node);
    }
  while (ms_filter_take_word (self, word));

  g_ptr_array_set_free_func (nodes, NULL);
  return balance (kind, (MsFilter **) nodes->pdata, nodes->len);
}

static MsFilter *
parse_and (MsFilterParser *self)
{
  return parse_chain (self, MS_FILTER_AND, "and", parse_term);
}

static MsFilter *
parse_or (MsFilterParser *self)
{
  return parse_chain (self, MS_FILTER_OR, "or", parse_and);
}

MsFilter *
ms_filter_parser_run (MsFilterParser *self)
{
  const char *bad;
  gsize       length = (gsize) (self->end - self->begin);

  if (length > MAX_LENGTH)
    {
      self->begin = self->at;
      ms_filter_fail (self, self->begin, "longer than %d bytes", MAX_LENGTH);
      return NULL;
    }
  if (!g_utf8_validate (self->begin, (gssize) length, &bad))
    {
      ms_filter_fail (self, bad, "not UTF-8");
      return NULL;
    }
  g_autoptr (MsFilter) filter = parse_or (self);
  ms_filter_skip_space (self);
  if (filter != NULL && self->at < self->end)
    {
      ms_filter_fail (self, self->at, "“and”, “or” or the end is expected");
      return NULL;
    }
  return g_steal_pointer (&filter);
}

MsFilter *
ms_filter_parse (const MsResourceType *type, const char *text, GError **error)
{
  g_return_val_if_fail (type != NULL && text != NULL, NULL);

  MsFilterParser parser
      = { .type = type, .begin = text, .at = text, .end = text + strlen (text), .error = error };
  return ms_filter_parser_run (&parser);
}

MsFilter *
ms_filter_parse_inner (const MsAttribute *context, const char *text, gsize length, GError **error)
{
  MsFilterParser parser = { .context = context,
                            .inside = TRUE,
                            .begin = text,
                            .at = text,
                            .end = text + length,
                            .error = error };

  return ms_filter_parser_run (&parser);
}
