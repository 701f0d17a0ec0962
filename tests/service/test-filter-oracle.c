/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random filters of the whole grammar over random objects: what the store finds by SQL is what
 * ms_filter_matches() finds among the objects as clients see them. Relations, meta and every
 * attribute that can be filtered by take part. The seed is g_test's: a failure names it, and the
 * filter.
 */
#include "oracle-world.h"

#include <string.h>

#include "ms-filter.h"

#define FILTERS 400
#define MAX_DEPTH 3
#define MAX_TOWER 61
#define MAX_BYTES 8192

/* Filters ----------------------------------------------------------------------------------- */

static const char *
any_id (const Population *of)
{
  return of->ids->pdata[g_test_rand_int_range (0, (int) of->ids->len)];
}

/* Of what is computed: the value of some object, or a part of it, since others are never met.
 * (nullable) (transfer full) */
static JsonNode *
find_computed (const MsAttribute *attribute, Population *all)
{
  const Population *of = &all[strcmp (attribute->schema->id, MS_URN_MAILBOX) == 0 ? 1 : 2];
  JsonNode         *value = ms_attribute_get_value (
      attribute, of->objects->pdata[g_test_rand_int_range (0, (int) of->objects->len)]);

  if (value == NULL || json_node_get_value_type (value) != G_TYPE_STRING || oracle_chance (50))
    return value != NULL ? json_node_copy (value) : NULL;
  const char      *text = json_node_get_string (value);
  glong            length = g_utf8_strlen (text, -1);
  int              from = g_test_rand_int_range (0, (int) length);
  int              to = g_test_rand_int_range (from + 1, (int) length + 1);
  g_autofree char *part = g_utf8_substring (text, from, to);
  return json_node_init_string (json_node_alloc (), part);
}

/* Whole numbers in other forms, fractions, and what lies beyond the ends of the values. */
static const char *
any_number (void)
{
  static const char *const numbers[]
      = { "1e3",  "2000.0", "1000.5", "-0.5", "9223372036854775807.0", "10000000000000000000",
          "1e30", "-1e19",  "-1e30" };

  return numbers[g_test_rand_int_range (0, G_N_ELEMENTS (numbers))];
}

static void
append_literal (GString *out, const MsAttribute *attribute, Population *all, gboolean is_id)
{
  if (attribute->type == MS_ATTR_INTEGER && oracle_chance (40))
    {
      g_string_append (out, any_number ());
      return;
    }
  if (is_id && oracle_chance (80))
    {
      g_string_append_printf (
          out, "\"%s\"", any_id (&all[g_test_rand_int_range (0, ORACLE_TYPES)]));
      return;
    }
  g_autoptr (JsonNode) value = attribute->is_computed ? find_computed (attribute, all) : NULL;
  if (value == NULL)
    value = oracle_any_value (attribute);
  ms_json_append (out, value);
}

static gboolean
can_filter (const MsAttribute *attribute)
{
  return attribute->returned != MS_RETURNED_NEVER && attribute->returned != MS_RETURNED_REQUEST;
}

/* "op literal" for an attribute that is no complex one. */
static void
append_comparison (GString *out, const MsAttribute *attribute, Population *all)
{
  static const char *const text_ops[] = { "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le" };
  static const char *const order_ops[] = { "eq", "ne", "gt", "ge", "lt", "le" };
  gboolean                 in_relation
      = attribute->parent != NULL && attribute->parent->relation != MS_RELATION_NONE;
  gboolean is_id = in_relation && strcmp (attribute->name, "value") == 0;

  if (oracle_chance (15))
    {
      g_string_append (out, " pr");
      return;
    }
  if (attribute->type == MS_ATTR_STRING
      || (attribute->type == MS_ATTR_REFERENCE && strcmp (attribute->name, "$ref") != 0))
    g_string_append_printf (
        out, " %s ", text_ops[g_test_rand_int_range (0, G_N_ELEMENTS (text_ops))]);
  else if (attribute->type == MS_ATTR_BOOLEAN || attribute->type == MS_ATTR_BINARY
           || attribute->type == MS_ATTR_REFERENCE)
    g_string_append (out, oracle_chance (50) ? " eq " : " ne ");
  else
    g_string_append_printf (
        out, " %s ", order_ops[g_test_rand_int_range (0, G_N_ELEMENTS (order_ops))]);
  append_literal (out, attribute, all, is_id);
}

static void
append_common (GString *out, Population *all, const MsResourceType *type)
{
  static const char *const times[] = { "meta.created", "meta.lastModified" };

  switch (g_test_rand_int_range (0, 7))
    {
    case 0:
      g_string_append_printf (
          out, "id %s \"%s\"", oracle_chance (50) ? "eq" : "gt", any_id (&all[0]));
      break;
    case 5:
      g_string_append_printf (out,
                              "meta.location %s \"%s/%s\"",
                              oracle_chance (50) ? "eq" : "ne",
                              oracle_chance (50) ? "https://other.example/Any" : "..",
                              any_id (&all[g_test_rand_int_range (0, ORACLE_TYPES)]));
      break;
    case 6:
      g_string_append_printf (out,
                              "meta[location eq \"%s\" or location %s]",
                              any_id (&all[0]),
                              oracle_chance (50) ? "pr" : "eq \"none\"");
      break;
    case 1:
      g_string_append_printf (out,
                              "%s %s \"%s\"",
                              times[g_test_rand_int_range (0, 2)],
                              oracle_chance (50) ? "le" : "gt",
                              oracle_chance (50) ? "2026-01-01T02:00:00+02:00"
                                                 : "2099-01-01T00:00:00Z");
      break;
    case 2:
      g_string_append_printf (
          out, "meta.version %s \"W/\\\"1\\\"\"", oracle_chance (50) ? "eq" : "ne");
      break;
    case 3:
      g_string_append_printf (out,
                              "meta.resourceType eq \"%s\"",
                              oracle_chance (50)   ? type->name
                              : oracle_chance (50) ? "Nobody"
                                                   : "user");
      break;
    default:
      g_string_append_printf (out, "colour %s \"red\"", oracle_chance (50) ? "eq" : "ne");
    }
}

static void append_filter (GString *out, Population *all, guint t, guint depth);

static void
append_inner (GString *out, Population *all, const MsAttribute *attribute, guint depth)
{
  const MsAttribute *sub;

  if (depth > 0 && oracle_chance (50))
    {
      g_string_append (out, oracle_chance (30) ? "not (" : "(");
      append_inner (out, all, attribute, depth - 1);
      g_string_append (out, oracle_chance (50) ? " and " : " or ");
      append_inner (out, all, attribute, depth - 1);
      g_string_append_c (out, ')');
      return;
    }
  if (attribute->type != MS_ATTR_COMPLEX)
    {
      g_string_append (out, "value");
      append_comparison (out, attribute, all);
      return;
    }
  do
    sub = attribute->sub_attributes
              ->pdata[g_test_rand_int_range (0, (int) attribute->sub_attributes->len)];
  while (!can_filter (sub));
  g_string_append (out, sub->name);
  append_comparison (out, sub, all);
}

static const MsAttribute *
any_attribute (const MsResourceType *type)
{
  const MsSchema    *schema = type->schema;
  const MsAttribute *attribute;

  do
    {
      int which = g_test_rand_int_range (-2, (int) type->extensions->len);
      schema = which < 0 ? type->schema : type->extensions->pdata[which];
      attribute
          = schema->attributes->pdata[g_test_rand_int_range (0, (int) schema->attributes->len)];
    }
  while (!can_filter (attribute));
  return attribute;
}

static void
append_leaf (GString *out, Population *all, guint t)
{
  const MsAttribute *attribute = any_attribute (all[t].type);

  if (oracle_chance (12))
    {
      append_common (out, all, all[t].type);
      return;
    }
  if (attribute->type != MS_ATTR_COMPLEX)
    {
      g_string_append (out, attribute->path);
      if (attribute->multi_valued && oracle_chance (50))
        {
          g_string_append_c (out, '[');
          append_inner (out, all, attribute, 1);
          g_string_append_c (out, ']');
        }
      else
        append_comparison (out, attribute, all);
      return;
    }
  if (oracle_chance (20))
    {
      g_string_append_printf (out, "%s pr", attribute->path);
      return;
    }
  if (oracle_chance (50))
    {
      g_string_append_printf (out, "%s[", attribute->path);
      append_inner (out, all, attribute, 2);
      g_string_append_c (out, ']');
      return;
    }
  const MsAttribute *sub;
  do
    sub = attribute->sub_attributes
              ->pdata[g_test_rand_int_range (0, (int) attribute->sub_attributes->len)];
  while (!can_filter (sub));
  g_string_append (out, sub->path);
  if (sub->multi_valued && oracle_chance (40))
    {
      g_string_append_c (out, '[');
      append_inner (out, all, sub, 1);
      g_string_append_c (out, ']');
    }
  else
    append_comparison (out, sub, all);
}

/* Deep and thin: what databases take the brackets of for a tower of their own. */
static void
append_tower (GString *out, Population *all, guint t, guint depth)
{
  gboolean first = oracle_chance (50);

  if (depth == 0)
    {
      append_leaf (out, all, t);
      return;
    }
  g_string_append (out, oracle_chance (60) ? "not (" : "(");
  for (guint i = 0; i < 2; i++)
    {
      if (i == 1)
        g_string_append (out, oracle_chance (50) ? " and " : " or ");
      if ((i == 0) == first)
        append_leaf (out, all, t);
      else
        append_tower (out, all, t, depth - 1);
    }
  g_string_append_c (out, ')');
}

/* More than one statement asks for: some twice, some within each other. */
static void
append_chain (GString *out, Population *all, guint t)
{
  g_autoptr (GString) once = g_string_new (NULL);
  const char *joins[] = { " and ", " or " };
  guint       n = (guint) g_test_rand_int_range (2, 12);

  append_leaf (once, all, t);
  g_string_append (out, once->str);
  for (guint i = 0; i < n; i++)
    {
      g_string_append (out, joins[oracle_chance (n * 6) ? 1 : 0]);
      if (oracle_chance (20))
        g_string_append (out, once->str);
      else
        append_filter (out, all, t, 1);
    }
}

/* A value path with more conditions than are planned together. */
static void
append_crowd (GString *out, Population *all, const MsAttribute *attribute)
{
  guint n = (guint) g_test_rand_int_range (6, 14);

  g_string_append_printf (out, "%s[", attribute->path);
  for (guint i = 0; i < n; i++)
    {
      if (i > 0)
        g_string_append (out, oracle_chance (70) ? " or " : " and ");
      append_inner (out, all, attribute, 1);
    }
  g_string_append_c (out, ']');
}

static void
append_filter (GString *out, Population *all, guint t, guint depth)
{
  if (depth == 0 || oracle_chance (40))
    {
      append_leaf (out, all, t);
      return;
    }
  switch (g_test_rand_int_range (0, 4))
    {
    case 0:
      g_string_append (out, "not (");
      append_filter (out, all, t, depth - 1);
      g_string_append_c (out, ')');
      break;
    case 1:
      g_string_append_c (out, '(');
      append_filter (out, all, t, depth - 1);
      g_string_append_c (out, ')');
      break;
    default:
      append_filter (out, all, t, depth - 1);
      g_string_append (out, oracle_chance (50) ? " and " : " or ");
      append_filter (out, all, t, depth - 1);
    }
}

static void
append_any (GString *out, Population *all, guint t)
{
  const MsAttribute *attribute = any_attribute (all[t].type);

  if (oracle_chance (6))
    append_tower (out, all, t, (guint) g_test_rand_int_range (1, MAX_TOWER));
  else if (oracle_chance (8))
    append_chain (out, all, t);
  else if (oracle_chance (8) && attribute->type == MS_ATTR_COMPLEX)
    append_crowd (out, all, attribute);
  else
    append_filter (out, all, t, MAX_DEPTH);
}

/* Comparing --------------------------------------------------------------------------------- */

static GHashTable *
find_by_store (Fixture *f, Population *all, const MsFilter *filter, const char *text)
{
  char        *names[] = { (char *) "id", NULL };
  MsProjection projection = { names, NULL };
  MsQuery      query = { .type = all->type, .filter = filter, .count = 1000 };
  GHashTable  *found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  if (!ms_service_list (f->service, f->admin, &query, &projection, "", out, &error))
    g_error ("%s %s: %s", all->type->name, text, error->message);
  g_autoptr (JsonNode) node = ms_json_parse (out->str, (gssize) out->len, NULL, &error);
  g_assert_no_error (error);
  JsonObject *list = json_node_get_object (node);
  JsonArray  *resources = json_object_get_array_member (list, "Resources");
  for (guint i = 0; i < json_array_get_length (resources); i++)
    g_hash_table_add (found,
                      g_strdup (json_object_get_string_member (
                          json_array_get_object_element (resources, i), "id")));
  g_assert_cmpint (
      json_object_get_int_member (list, "totalResults"), ==, g_hash_table_size (found));
  return found;
}

/* How many it matched. */
static guint
compare (Fixture *f, Population *all, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsFilter) filter = ms_filter_parse (all->type, text, &error);
  guint matched = 0;

  if (filter == NULL)
    g_error ("%s %s: %s", all->type->name, text, error->message);
  g_autoptr (GHashTable) found = find_by_store (f, all, filter, text);
  for (guint i = 0; i < all->objects->len; i++)
    {
      JsonObject *object = g_ptr_array_index (all->objects, i);
      const char *id = json_object_get_string_member (object, "id");
      gboolean    wanted = ms_filter_matches (filter, object);
      if (wanted != g_hash_table_contains (found, id))
        {
          g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
          g_autofree char *shown = ms_json_to_string (node);
          g_error ("%s: the store %s and memory %s\n%s\n%s",
                   all->type->name,
                   wanted ? "passes it over" : "finds it",
                   wanted ? "finds it" : "does not",
                   text,
                   shown);
        }
      matched += wanted ? 1 : 0;
    }
  return matched;
}
static void
test_oracle (Fixture *f, gconstpointer data)
{
  Population all[ORACLE_TYPES];
  guint      some = 0;

  oracle_world_make (f, all);
  for (guint i = 0; i < FILTERS; i++)
    for (guint t = 0; t < ORACLE_TYPES; t++)
      {
        g_autoptr (GString) text = g_string_new (NULL);
        do
          append_any (g_string_truncate (text, 0), all, t);
        while (text->len > MAX_BYTES);
        guint matched = compare (f, &all[t], text->str);
        some += matched > 0 && matched < all[t].objects->len ? 1 : 0;
      }
  /* Filters that all find nothing would prove nothing. */
  g_test_message ("%u of %u told objects apart", some, (guint) (FILTERS * ORACLE_TYPES));
  g_assert_cmpuint (some, >, FILTERS * ORACLE_TYPES / 5);
  oracle_world_clear (all);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/filter/oracle", test_oracle);
  return g_test_run ();
}
