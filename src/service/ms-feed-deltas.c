/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What of a change a client may write (RFC 7644 §3.5.2): nothing that is readOnly, for it follows
 * from the rest; what is required goes only with the complex attribute or the extension that
 * requires it; what is set once does not go at all.
 */
#include "ms-feed-deltas.h"

#include <string.h>

#include "ms-json.h"

/**
 * Reading: one change's deltas on their way
 * @gone: of MsAttribute and MsSchema, taken off as a whole
 * @stuck: those of them that hold what is set once, so that no client takes them off
 * @done: those that were told
 */
typedef struct
{
  const MsResourceType *type;
  MsFeedDeltas         *out;
  GHashTable           *gone;
  GHashTable           *stuck;
  GHashTable           *done;
} Reading;

typedef void (*DeltaFunc) (Reading *self, const MsAttribute *attribute, JsonObject *delta);

static const char *
get_path (JsonObject *delta)
{
  return json_object_get_string_member_with_default (delta, "path", "");
}

static const MsAttribute *
get_top (const MsAttribute *attribute)
{
  return attribute->parent != NULL ? attribute->parent : attribute;
}

/* Whether @member of the delta is there, as a value or an array with elements. */
static gboolean
has_any (JsonObject *delta, const char *member)
{
  JsonNode *node = json_object_get_member (delta, member);

  return node != NULL
         && (!JSON_NODE_HOLDS_ARRAY (node)
             || json_array_get_length (json_node_get_array (node)) > 0);
}

/* Nothing of it is left. What was removed by name may have left others. */
static gboolean
is_unset (JsonObject *delta)
{
  if (json_object_has_member (delta, "whole"))
    return !has_any (delta, "whole");
  return has_any (delta, "before") && !has_any (delta, "after");
}

static gboolean
is_secret (const MsAttribute *attribute, JsonObject *delta)
{
  return attribute->returned == MS_RETURNED_NEVER
         || json_object_get_boolean_member_with_default (delta, "secret", FALSE);
}

static gboolean
is_read_only (const MsAttribute *attribute)
{
  return attribute->mutability == MS_MUTABILITY_READ_ONLY
         || get_top (attribute)->mutability == MS_MUTABILITY_READ_ONLY;
}

/* Undo takes back to before it was set once; no client does. */
static gboolean
is_taken_back (const MsAttribute *attribute, JsonObject *delta)
{
  return (attribute->mutability == MS_MUTABILITY_IMMUTABLE
          || get_top (attribute)->mutability == MS_MUTABILITY_IMMUTABLE)
         && (has_any (delta, "before") || has_any (delta, "removed"));
}

static void
foreach_delta (Reading *self, JsonNode *deltas, DeltaFunc func)
{
  JsonArray *array = json_node_get_array (deltas);

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject        *delta = json_array_get_object_element (array, i);
      const MsAttribute *attribute = ms_resource_type_find (self->type, get_path (delta));

      /* One that no schema has any more is none of the object's. */
      if (attribute != NULL)
        func (self, attribute, delta);
    }
}

/* What went as a whole ------------------------------------------------------------------------ */

static gboolean
is_sent (const MsAttribute *attribute, JsonObject *delta)
{
  return !is_secret (attribute, delta) && !is_read_only (attribute);
}

static void
find_gone (Reading *self, const MsAttribute *attribute, JsonObject *delta)
{
  const MsAttribute *top = get_top (attribute);

  if (!attribute->required || !is_unset (delta) || !is_sent (attribute, delta))
    return;
  if (attribute != top)
    g_hash_table_add (self->gone, (gpointer) top);
  if ((attribute == top || top->required) && ms_attribute_is_in_extension (top))
    g_hash_table_add (self->gone, (gpointer) top->schema);
}

/* (nullable): the extension or the complex attribute that went with it */
static gconstpointer
get_gone (Reading *self, const MsAttribute *attribute)
{
  const MsAttribute *top = get_top (attribute);

  if (g_hash_table_contains (self->gone, top->schema))
    return top->schema;
  return g_hash_table_contains (self->gone, top) ? top : NULL;
}

static void
find_stuck (Reading *self, const MsAttribute *attribute, JsonObject *delta)
{
  gconstpointer gone = get_gone (self, attribute);

  if (gone != NULL && is_taken_back (attribute, delta))
    g_hash_table_add (self->stuck, (gpointer) gone);
}

/* Telling ------------------------------------------------------------------------------------- */

static void
name_delta (Reading *self, JsonObject *delta)
{
  json_array_add_string_element (self->out->named, get_path (delta));
}

/* (transfer none) */
static JsonObject *
add_told (Reading *self, const char *path)
{
  JsonObject *told = json_object_new ();

  json_object_set_string_member (told, "path", path);
  json_array_add_object_element (self->out->told, told);
  return told;
}

static gboolean
has_many_links (const MsSchema *schema)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      if (attribute->relation == MS_RELATION_TO && attribute->multi_valued)
        return TRUE;
    }
  return FALSE;
}

static void
tell_plain (Reading *self, const MsAttribute *attribute, JsonObject *delta)
{
  static const char *const members[] = { "after", "added", "removed", "whole" };
  JsonObject              *told = add_told (self, get_path (delta));

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      JsonNode *node = json_object_get_member (delta, members[i]);
      if (node != NULL)
        json_object_set_member (told, members[i], ms_feed_tell_value (attribute, node));
    }
}

/* A PUT takes an extension off and leaves its relations with many elements, which the removal of
 * its URN would take: so there each attribute is unset by itself, in a form that may unset what is
 * required too. */
static void
tell_of_extension (Reading *self, const MsAttribute *attribute, JsonObject *delta)
{
  const MsAttribute *top = get_top (attribute);
  gboolean           by_attribute = has_many_links (top->schema);

  if (by_attribute && top->relation != MS_RELATION_NONE && top->multi_valued)
    tell_plain (self, attribute, delta);
  else if (g_hash_table_add (self->done, by_attribute ? (gpointer) top : (gpointer) top->schema))
    {
      JsonObject *told = add_told (self, by_attribute ? top->path : top->schema->id);
      if (by_attribute)
        json_object_set_null_member (told, "after");
      else
        json_object_set_boolean_member (told, "gone", TRUE);
    }
}

static void
tell_delta (Reading *self, const MsAttribute *attribute, JsonObject *delta)
{
  const MsAttribute *top = get_top (attribute);
  gconstpointer      gone = get_gone (self, attribute);

  if (is_secret (attribute, delta)
      || json_object_get_boolean_member_with_default (delta, "named", FALSE))
    name_delta (self, delta);
  else if (is_read_only (attribute)
           || json_object_get_boolean_member_with_default (delta, "follows", FALSE))
    return;
  else if (gone != NULL ? g_hash_table_contains (self->stuck, gone)
                        : is_taken_back (attribute, delta))
    name_delta (self, delta);
  else if (gone == top->schema)
    tell_of_extension (self, attribute, delta);
  else if (gone == NULL)
    tell_plain (self, attribute, delta);
  else if (g_hash_table_add (self->done, (gpointer) top))
    json_object_set_boolean_member (add_told (self, top->path), "gone", TRUE);
}

void
ms_feed_deltas_init (MsFeedDeltas *self, const MsResourceType *type, JsonNode *deltas)
{
  Reading reading = { .type = type,
                      .out = self,
                      .gone = g_hash_table_new (NULL, NULL),
                      .stuck = g_hash_table_new (NULL, NULL),
                      .done = g_hash_table_new (NULL, NULL) };

  self->told = json_array_new ();
  self->named = json_array_new ();
  foreach_delta (&reading, deltas, find_gone);
  foreach_delta (&reading, deltas, find_stuck);
  foreach_delta (&reading, deltas, tell_delta);
  g_hash_table_unref (reading.gone);
  g_hash_table_unref (reading.stuck);
  g_hash_table_unref (reading.done);
}

void
ms_feed_deltas_clear (MsFeedDeltas *self)
{
  g_clear_pointer (&self->told, json_array_unref);
  g_clear_pointer (&self->named, json_array_unref);
}

/* Values -------------------------------------------------------------------------------------- */

static void
tell_link (const MsAttribute *attribute, JsonObject *link)
{
  JsonNode *display = json_object_dup_member (link, "display");

  json_object_remove_member (link, "display");
  if (display != NULL && ms_attribute_find_sub (attribute, "displayName") != NULL)
    json_object_set_member (link, "displayName", g_steal_pointer (&display));
  g_clear_pointer (&display, json_node_unref);
}

JsonNode *
ms_feed_tell_value (const MsAttribute *attribute, JsonNode *value)
{
  if (attribute->relation == MS_RELATION_NONE
      || ms_attribute_find_sub (attribute, "display") != NULL)
    return json_node_ref (value);

  JsonNode  *told = ms_json_deep_copy (value);
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (told) ? json_node_get_array (told) : NULL;
  if (JSON_NODE_HOLDS_OBJECT (told))
    tell_link (attribute, json_node_get_object (told));
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    tell_link (attribute, json_array_get_object_element (array, i));
  return told;
}

static void
refuse_defaults_of (const MsSchema *schema, JsonObject *resource)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      if (attribute->default_value != NULL && ms_attribute_get_value (attribute, resource) == NULL)
        ms_attribute_set_value (attribute, resource, json_node_new (JSON_NODE_NULL));
    }
}

void
ms_feed_refuse_defaults (const MsResourceType *type, JsonObject *resource)
{
  refuse_defaults_of (type->schema, resource);
  for (guint i = 0; i < type->extensions->len; i++)
    {
      const MsSchema *schema = g_ptr_array_index (type->extensions, i);
      if (json_object_has_member (resource, schema->id))
        refuse_defaults_of (schema, resource);
    }
}
