/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The elements of multi-valued attributes: no two with the same value and type (RFC 7643 §2.4),
 * which are joined where nothing is lost by that and refused otherwise, at most one primary, no
 * more than a bounded number. Adding n elements to m costs n + m, not n times m.
 */
#include "ms-edit-private.h"

#include "ms-error.h"
#include "ms-json.h"
#include "ms-text.h"

#include <string.h>

static void
append_key (GString *key, const MsAttribute *attribute, JsonNode *node)
{
  if (node == NULL)
    return;
  if (json_node_get_value_type (node) == G_TYPE_STRING && !attribute->case_exact
      && attribute->type != MS_ATTR_BINARY)
    {
      g_autofree char *folded = ms_attribute_fold (attribute, json_node_get_string (node));
      g_string_append (key, folded);
    }
  else if (attribute->type == MS_ATTR_DECIMAL)
    /* 1 and 1.0 are one number (RFC 7643 §2.3.3), 0.0 and -0.0 too. */
    ms_json_append_key (key, node);
  else
    ms_json_append (key, node);
}

/* What tells elements with the same value apart: their type, or whose external id it is.
 * (nullable) */
static const MsAttribute *
find_second_key (const MsAttribute *attribute)
{
  return ms_attribute_find_sub (attribute,
                                strcmp (attribute->path, "externalIds") == 0 ? "client" : "type");
}

static void append_part (GString *key, const MsAttribute *sub, JsonNode *member);

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Their order is no difference. */
static void
append_several (GString *key, const MsAttribute *sub, JsonArray *values)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < json_array_get_length (values); i++)
    {
      GString *one = g_string_new (NULL);
      append_part (one, sub, json_array_get_element (values, i));
      g_ptr_array_add (keys, g_string_free (one, FALSE));
    }
  g_ptr_array_sort (keys, compare_keys);
  g_string_append_c (key, '[');
  for (guint i = 0; i < keys->len; i++)
    g_string_append_printf (key, "%s%s", i > 0 ? "," : "", (char *) keys->pdata[i]);
  g_string_append_c (key, ']');
}

/* In quotes, so that no text is like two. */
static void
append_part (GString *key, const MsAttribute *sub, JsonNode *member)
{
  if (JSON_NODE_HOLDS_ARRAY (member))
    {
      append_several (key, sub, json_node_get_array (member));
      return;
    }
  g_autoptr (GString) plain = g_string_new (NULL);
  append_key (plain, sub, member);
  g_autoptr (JsonNode) quoted = json_node_init_string (json_node_alloc (), plain->str);
  ms_json_append (key, quoted);
}

static void
append_all_parts (GString *key, const MsAttribute *attribute, JsonObject *element)
{
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      JsonNode          *member = json_object_get_member (element, sub->name);

      if (member == NULL)
        continue;
      g_string_append_printf (key, "%c\"%s\":", key->len > 0 ? ',' : '{', sub->name);
      append_part (key, sub, member);
    }
}

/* (nullable): what names an element, itself or its "value" */
static JsonNode *
get_name (const MsAttribute *attribute, JsonNode *element)
{
  if (attribute->type != MS_ATTR_COMPLEX || !JSON_NODE_HOLDS_OBJECT (element))
    return element;
  return json_object_get_member (json_node_get_object (element), "value");
}

char *
ms_elements_make_key (const MsAttribute *attribute, JsonNode *element)
{
  GString *key = g_string_new (NULL);

  if (attribute->type != MS_ATTR_COMPLEX || !JSON_NODE_HOLDS_OBJECT (element))
    append_key (key, attribute, element);
  else
    {
      JsonObject        *object = json_node_get_object (element);
      const MsAttribute *value = ms_attribute_find_sub (attribute, "value");
      const MsAttribute *type = find_second_key (attribute);
      JsonNode          *node = value != NULL ? json_object_get_member (object, value->name) : NULL;

      if (node == NULL)
        append_all_parts (key, attribute, object);
      else
        {
          append_key (key, value, node);
          g_string_append_c (key, '\n');
          if (type != NULL)
            append_key (key, type, json_object_get_member (object, type->name));
        }
    }
  return g_string_free (key, FALSE);
}

static void
merge_members (JsonObject *into, JsonObject *from)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *member;

  json_object_iter_init_ordered (&iter, from);
  while (json_object_iter_next_ordered (&iter, &name, &member))
    json_object_set_member (into, name, ms_json_deep_copy (member));
}

/* Whether @sub is part of what names an element. */
static gboolean
is_name_part (const MsAttribute *attribute, const MsAttribute *sub)
{
  return strcmp (sub->name, "value") == 0 || sub == find_second_key (attribute);
}

/* What @element says goes into @there, the same one; to parts of many values it adds (RFC 7644
 * §3.5.2.1). What names it is there already, though it may be spelled in another way. */
static gboolean
add_members (const MsAttribute *attribute, JsonObject *there, JsonObject *element, GError **error)
{
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      JsonNode          *member = json_object_get_member (element, sub->name);
      JsonNode          *old = sub->multi_valued ? json_object_get_member (there, sub->name) : NULL;

      if (member == NULL
          || (is_name_part (attribute, sub) && json_object_has_member (there, sub->name)))
        continue;
      if (old == NULL || !JSON_NODE_HOLDS_ARRAY (old))
        json_object_set_member (there, sub->name, ms_json_deep_copy (member));
      else if (!ms_elements_add (
                   sub, json_node_get_array (old), json_node_get_array (member), error))
        return FALSE;
    }
  return TRUE;
}

/* Which parts may differ in two elements that are one: those that name it, which may be spelled in
 * another way, and "primary", of which true counts. */
static gboolean
is_free_part (const MsAttribute *attribute, const MsAttribute *sub)
{
  return is_name_part (attribute, sub)
         || (strcmp (sub->name, "primary") == 0 && sub->type == MS_ATTR_BOOLEAN);
}

static gboolean
says_the_same (const MsAttribute *sub, JsonNode *one, JsonNode *other)
{
  g_autoptr (GString) a = g_string_new (NULL);
  g_autoptr (GString) b = g_string_new (NULL);

  if (!sub->multi_valued)
    return ms_json_equal (one, other);
  ms_value_append (a, sub, one);
  ms_value_append (b, sub, other);
  return g_string_equal (a, b);
}

/* Two elements of one request that are the same one: each may say what the other does not, but not
 * the contrary, for then one of the two would be lost. Those without a value say the same. */
static gboolean
check_agree (const MsAttribute *attribute, JsonNode *a, JsonNode *b, GError **error)
{
  if (!JSON_NODE_HOLDS_OBJECT (a) || !JSON_NODE_HOLDS_OBJECT (b) || get_name (attribute, a) == NULL)
    return TRUE;
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      JsonNode          *one = json_object_get_member (json_node_get_object (a), sub->name);
      JsonNode          *other = json_object_get_member (json_node_get_object (b), sub->name);

      if (one == NULL || other == NULL || is_free_part (attribute, sub)
          || says_the_same (sub, one, other))
        continue;
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    attribute->path,
                    "two elements of “%s” have the same “value”%s%s%s and differ in “%s”: one of"
                    " them would be lost",
                    attribute->path,
                    find_second_key (attribute) != NULL ? " and “" : "",
                    find_second_key (attribute) != NULL ? find_second_key (attribute)->name : "",
                    find_second_key (attribute) != NULL ? "”" : "",
                    sub->name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
is_primary (JsonNode *element)
{
  return JSON_NODE_HOLDS_OBJECT (element)
         && json_object_get_boolean_member_with_default (
             json_node_get_object (element), "primary", FALSE);
}

gboolean
ms_elements_keep_primary (const MsAttribute *attribute,
                          JsonArray         *elements,
                          GHashTable        *among,
                          GError           **error)
{
  guint     length = json_array_get_length (elements);
  JsonNode *chosen = NULL;

  const MsAttribute *primary
      = attribute->type == MS_ATTR_COMPLEX ? ms_attribute_find_sub (attribute, "primary") : NULL;
  if (primary == NULL || primary->type != MS_ATTR_BOOLEAN)
    return TRUE;
  for (guint i = 0; i < length; i++)
    {
      JsonNode *element = json_array_get_element (elements, i);
      if (!is_primary (element) || !g_hash_table_contains (among, element))
        continue;
      if (chosen != NULL)
        {
          ms_error_set (error,
                        MS_ERROR_INVALID,
                        "invalidValue",
                        attribute->path,
                        "only one of “%s” can be primary",
                        attribute->path);
          return FALSE;
        }
      chosen = element;
    }
  for (guint i = 0; chosen != NULL && i < length; i++)
    {
      JsonNode *element = json_array_get_element (elements, i);
      if (element != chosen && is_primary (element))
        json_object_set_boolean_member (json_node_get_object (element), "primary", FALSE);
    }
  return TRUE;
}

static gboolean
check_count (const MsAttribute *attribute, guint count, GError **error)
{
  if (count <= MS_EDIT_MAX_ELEMENTS)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_LIMIT,
                NULL,
                attribute->path,
                "“%s” can hold at most %d values",
                attribute->path,
                MS_EDIT_MAX_ELEMENTS);
  return FALSE;
}

/* @given with elements that are the same one joined. (transfer full) (nullable) */
static JsonArray *
join_same (const MsAttribute *attribute, JsonArray *given, GError **error)
{
  g_autoptr (GHashTable) by_key = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (JsonArray) joined = json_array_new ();

  for (guint i = 0; i < json_array_get_length (given); i++)
    {
      JsonNode        *element = json_array_get_element (given, i);
      g_autofree char *key = ms_elements_make_key (attribute, element);
      JsonNode        *other = g_hash_table_lookup (by_key, key);
      gboolean         primary = other != NULL && is_primary (other);

      if (other == NULL)
        {
          other = ms_json_deep_copy (element);
          json_array_add_element (joined, other);
          g_hash_table_insert (by_key, g_steal_pointer (&key), other);
          continue;
        }
      if (!check_agree (attribute, other, element, error))
        return NULL;
      if (!JSON_NODE_HOLDS_OBJECT (other))
        continue;
      merge_members (json_node_get_object (other), json_node_get_object (element));
      if (primary)
        json_object_set_boolean_member (json_node_get_object (other), "primary", TRUE);
    }
  return g_steal_pointer (&joined);
}

gboolean
ms_elements_add (const MsAttribute *attribute, JsonArray *into, JsonArray *given, GError **error)
{
  /* The usual case by far, and nothing to compare. */
  if (json_array_get_length (into) == 0 && json_array_get_length (given) == 1)
    {
      json_array_add_element (into, ms_json_deep_copy (json_array_get_element (given, 0)));
      return TRUE;
    }

  g_autoptr (JsonArray) joined = join_same (attribute, given, error);
  g_autoptr (GHashTable) by_key = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) touched = g_hash_table_new (NULL, NULL);

  if (joined == NULL)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (into); i++)
    {
      JsonNode *element = json_array_get_element (into, i);
      g_hash_table_insert (by_key, ms_elements_make_key (attribute, element), element);
    }
  for (guint i = 0; i < json_array_get_length (joined); i++)
    {
      JsonNode        *element = json_array_get_element (joined, i);
      g_autofree char *key = ms_elements_make_key (attribute, element);
      JsonNode        *existing = g_hash_table_lookup (by_key, key);

      if (existing == NULL)
        {
          existing = ms_json_deep_copy (element);
          json_array_add_element (into, existing);
          g_hash_table_insert (by_key, g_steal_pointer (&key), existing);
        }
      else if (JSON_NODE_HOLDS_OBJECT (existing)
               && !add_members (attribute,
                                json_node_get_object (existing),
                                json_node_get_object (element),
                                error))
        return FALSE;
      g_hash_table_add (touched, existing);
    }
  return check_count (attribute, json_array_get_length (into), error)
         && ms_elements_keep_primary (attribute, into, touched, error);
}

/* (transfer full): the same for all elements of the same value, whatever their type */
static char *
make_name_key (const MsAttribute *attribute, JsonNode *element)
{
  const MsAttribute *value = ms_attribute_find_sub (attribute, "value");
  GString           *key = g_string_new (NULL);

  append_key (key, value != NULL ? value : attribute, get_name (attribute, element));
  return g_string_free (key, FALSE);
}

/* Whether @given, which has no value, means @element: all that it says is so there. */
static gboolean
means (const MsAttribute *attribute, JsonNode *given, JsonNode *element)
{
  JsonObject *wanted = json_node_get_object (given);

  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      JsonNode          *node = json_object_get_member (wanted, sub->name);

      if (node != NULL
          && !ms_value_equal (
              sub, node, json_object_get_member (json_node_get_object (element), sub->name)))
        return FALSE;
    }
  return TRUE;
}

/**
 * Meant: what given elements mean
 * @exact, @names: (element-type utf8): keys of those with a value, with the type and without one
 * @others: (element-type JsonNode): those without a value
 */
typedef struct
{
  GHashTable *exact;
  GHashTable *names;
  GPtrArray  *others;
} Meant;

static void
meant_init (Meant *self, const MsAttribute *attribute, JsonArray *given)
{
  const MsAttribute *second = find_second_key (attribute);

  self->exact = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->others = g_ptr_array_new ();
  for (guint i = 0; i < json_array_get_length (given); i++)
    {
      JsonNode *element = json_array_get_element (given, i);

      if (get_name (attribute, element) == NULL)
        g_ptr_array_add (self->others, element);
      else if (second != NULL && JSON_NODE_HOLDS_OBJECT (element)
               && json_object_has_member (json_node_get_object (element), second->name))
        g_hash_table_add (self->exact, ms_elements_make_key (attribute, element));
      else
        g_hash_table_add (self->names, make_name_key (attribute, element));
    }
}

static void
meant_clear (Meant *self)
{
  g_hash_table_unref (self->exact);
  g_hash_table_unref (self->names);
  g_ptr_array_unref (self->others);
}

static gboolean
meant_has (Meant *self, const MsAttribute *attribute, JsonNode *element)
{
  gboolean found = FALSE;

  if (get_name (attribute, element) != NULL)
    {
      g_autofree char *name = make_name_key (attribute, element);
      g_autofree char *exact = ms_elements_make_key (attribute, element);
      found
          = g_hash_table_contains (self->names, name) || g_hash_table_contains (self->exact, exact);
    }
  for (guint i = 0; !found && i < self->others->len; i++)
    found = means (attribute, g_ptr_array_index (self->others, i), element);
  return found;
}

guint
ms_elements_count_nameless (const MsAttribute *attribute, JsonArray *given)
{
  guint count = 0;

  for (guint i = 0; i < json_array_get_length (given); i++)
    if (get_name (attribute, json_array_get_element (given, i)) == NULL)
      count++;
  return count;
}

JsonArray *
ms_elements_without (const MsAttribute *attribute, JsonArray *from, JsonArray *given)
{
  JsonArray *rest = json_array_new ();
  Meant      meant;

  meant_init (&meant, attribute, given);
  for (guint i = 0; i < json_array_get_length (from); i++)
    {
      JsonNode *element = json_array_get_element (from, i);
      if (!meant_has (&meant, attribute, element))
        json_array_add_element (rest, ms_json_deep_copy (element));
    }
  meant_clear (&meant);
  return rest;
}
