/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random filters of the whole grammar over random objects: what the store finds by SQL is what
 * ms_filter_matches() finds among the objects as clients see them. Relations, meta and every
 * attribute that can be filtered by take part. The seed is g_test's: a failure names it, and the
 * filter.
 */
#include "service-fixture.h"

#include <string.h>

#include "ms-filter.h"
#include "ms-schemas.h"

#define OBJECTS 40
#define FILTERS 400
#define MAX_DEPTH 3
#define MAX_TOWER 61
#define MAX_BYTES 8192

static const char *const words[] = { "anna", "Anna", "ANNA B", "bo", "Boris", "straße", "STRASSE",
                                     "x",    "work", "home",   "",   "a%b",   "c_d",    "\"q\\" };
static const char *const types[]
    = { "User", "Mailbox", "MailGroup", "Group", "Domain", "Template", "Gadget" };

/* Of the operator's own schemas (all-kinds.json), which have a kind of attribute each. */
#define OPERATORS_PREFIX "urn:example:"
#define BADGE "urn:example:params:scim:schemas:extension:test:2.0:Badge"

typedef struct
{
  const MsResourceType *type;
  GPtrArray            *ids;
  GPtrArray            *objects; /* JsonObject, as a client reads them */
} Population;

static const char *
any_word (void)
{
  return words[g_test_rand_int_range (0, G_N_ELEMENTS (words))];
}

static gboolean
chance (int percent)
{
  return g_test_rand_int_range (0, 100) < percent;
}

/* Objects ----------------------------------------------------------------------------------- */

static JsonNode *
any_value (const MsAttribute *attribute)
{
  JsonNode *node = json_node_alloc ();

  switch (attribute->type)
    {
    case MS_ATTR_BOOLEAN:
      return json_node_init_boolean (node, chance (50));
    case MS_ATTR_INTEGER:
      {
        int number = g_test_rand_int_range (attribute->minimum > 0 ? 1 : 0, 4) * 1000;
        return json_node_init_int (node, MIN (number, attribute->maximum));
      }
    case MS_ATTR_DECIMAL:
      return json_node_init_double (node, g_test_rand_int_range (-4, 4) / 2.0);
    case MS_ATTR_DATE_TIME:
      {
        g_autofree char *time
            = g_strdup_printf ("2026-0%d-01T00:00:00.000Z", g_test_rand_int_range (1, 5));
        return json_node_init_string (node, time);
      }
    case MS_ATTR_BINARY:
      return json_node_init_string (node, chance (50) ? "QUJD" : "QUJE");
    case MS_ATTR_REFERENCE:
      {
        if (strcmp (attribute->name, "keeper") == 0)
          return json_node_init_string (node, chance (50) ? "/Users/1" : "../Gadgets/2");
        g_autofree char *escaped = g_uri_escape_string (any_word (), NULL, TRUE);
        return json_node_init_string (node, escaped);
      }
    case MS_ATTR_STRING:
    case MS_ATTR_COMPLEX:
    default:
      if (attribute->canonical_only)
        return json_node_init_string (node,
                                      attribute->canonical_values[g_test_rand_int_range (
                                          0, (int) g_strv_length (attribute->canonical_values))]);
      return json_node_init_string (node, any_word ());
    }
}

/* The service would refuse most random values of these. */
static gboolean
is_free (const MsAttribute *attribute)
{
  static const char *const names[] = { "nickName",
                                       "title",
                                       "userType",
                                       "displayName",
                                       "name",
                                       "emails",
                                       "phoneNumbers",
                                       "ims",
                                       "photos",
                                       "addresses",
                                       "entitlements",
                                       "roles",
                                       "description",
                                       "department",
                                       "costCenter",
                                       "validFrom",
                                       "rights",
                                       "x509Certificates",
                                       "externalId",
                                       "employeeNumber",
                                       "keepCopy",
                                       "quota",
                                       "active",
                                       "profileUrl",
                                       NULL };

  return g_strv_contains (names, attribute->name)
         && attribute->mutability == MS_MUTABILITY_READ_WRITE;
}

/* Values of the few words would often be taken. */
static gboolean
is_set (const MsSchema *schema, const MsAttribute *attribute)
{
  if (!g_str_has_prefix (schema->id, OPERATORS_PREFIX))
    return is_free (attribute) && chance (50);
  return attribute->relation == MS_RELATION_NONE && attribute->mutability != MS_MUTABILITY_READ_ONLY
         && attribute->mutability != MS_MUTABILITY_WRITE_ONLY
         && chance (attribute->uniqueness == MS_UNIQUENESS_NONE ? 50 : 8);
}

/* One value, or several of a part that can have them. */
static JsonNode *
any_part (const MsAttribute *part)
{
  if (!part->multi_valued)
    return any_value (part);
  g_autoptr (JsonArray) values = json_array_new ();
  for (int n = g_test_rand_int_range (0, 4); n > 0; n--)
    json_array_add_element (values, any_value (part));
  return json_node_init_array (json_node_alloc (), values);
}

static JsonNode *
any_complex (const MsAttribute *attribute)
{
  g_autoptr (JsonObject) object = json_object_new ();

  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      if (sub->mutability == MS_MUTABILITY_READ_ONLY || (!sub->required && chance (40))
          || (sub->uniqueness != MS_UNIQUENESS_NONE && chance (90))
          || (strcmp (sub->name, "primary") == 0 && chance (80)))
        continue;
      json_object_set_member (object, sub->name, any_part (sub));
    }
  return json_node_init_object (json_node_alloc (), object);
}

static void
add_attributes (JsonObject *into, const MsSchema *schema)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      gboolean           complex = attribute->type == MS_ATTR_COMPLEX;

      if (json_object_has_member (into, attribute->name) || !is_set (schema, attribute))
        continue;
      if (!attribute->multi_valued)
        {
          json_object_set_member (
              into, attribute->name, complex ? any_complex (attribute) : any_value (attribute));
          continue;
        }
      JsonArray *array = json_array_new ();
      gboolean   primary = FALSE;
      for (int n = g_test_rand_int_range (0, 4); n > 0; n--)
        {
          JsonNode *node = complex ? any_complex (attribute) : any_value (attribute);
          if (complex
              && json_object_get_boolean_member_with_default (
                  json_node_get_object (node), "primary", FALSE))
            {
              if (primary)
                json_object_set_boolean_member (json_node_get_object (node), "primary", FALSE);
              primary = TRUE;
            }
          json_array_add_element (array, node);
        }
      json_object_set_array_member (into, attribute->name, array);
    }
}

static void
link_to (JsonObject *object, const char *name, GPtrArray *ids)
{
  if (ids->len == 0 || chance (40))
    return;
  JsonObject *link = json_object_new ();
  json_object_set_string_member (
      link, "value", ids->pdata[g_test_rand_int_range (0, (int) ids->len)]);
  json_object_set_object_member (object, name, link);
}

static void
add_gadget_links (JsonObject *object, GPtrArray **made)
{
  JsonArray *needs = json_array_new ();

  link_to (object, "holder", made[0]);
  for (int n = g_test_rand_int_range (0, 4); n > 0; n--)
    {
      GPtrArray *ids = made[chance (50) ? 0 : 3];
      if (ids->len == 0)
        continue;
      JsonObject *need = json_object_new ();
      json_object_set_string_member (
          need, "value", ids->pdata[g_test_rand_int_range (0, (int) ids->len)]);
      json_array_add_object_element (needs, need);
    }
  json_object_set_array_member (object, "needs", needs);
}

static void
add_required (JsonObject *object, const char *type, guint i, GPtrArray **made)
{
  g_autofree char *name = g_strdup_printf ("%c%u", "abAB"[i % 4], i);

  if (strcmp (type, "User") == 0)
    {
      json_object_set_string_member (object, "userName", name);
      JsonObject *enterprise = json_object_new ();
      link_to (enterprise, "manager", made[0]);
      json_object_set_object_member (object, MS_URN_ENTERPRISE, enterprise);
      if (chance (50))
        return;
      JsonObject *badge = json_object_new ();
      json_object_set_string_member (badge, "number", name);
      json_object_set_object_member (object, BADGE, badge);
    }
  else if (strcmp (type, "Group") == 0)
    {
      json_object_set_string_member (object, "displayName", name);
      JsonArray *members = json_array_new ();
      for (int n = g_test_rand_int_range (0, 4); n > 0; n--)
        {
          GPtrArray *ids = made[g_test_rand_int_range (0, 3)];
          if (ids->len == 0)
            continue;
          JsonObject *member = json_object_new ();
          json_object_set_string_member (
              member, "value", ids->pdata[g_test_rand_int_range (0, (int) ids->len)]);
          json_array_add_object_element (members, member);
        }
      json_object_set_array_member (object, "members", members);
    }
  else if (strcmp (type, "Domain") == 0)
    {
      g_autofree char *domain = g_strconcat (name, ".example", NULL);
      json_object_set_string_member (object, "name", domain);
    }
  else
    json_object_set_string_member (object, "name", name);
  if (strcmp (type, "Mailbox") == 0)
    {
      link_to (object, "owner", made[0]);
      link_to (object, "group", made[2]);
      if (json_object_has_member (object, "owner") && chance (30))
        json_object_set_boolean_member (object, "primary", TRUE);
      if (chance (30))
        {
          g_autofree char *alias = g_strdup_printf ("alias%u@example.org", i % 5);
          JsonArray       *aliases = json_array_new ();
          json_array_add_string_element (aliases, alias);
          json_object_set_array_member (object, "aliases", aliases);
        }
    }
  if (strcmp (type, "MailGroup") == 0)
    link_to (object, "parent", made[2]);
  if (strcmp (type, "Gadget") == 0)
    add_gadget_links (object, made);
}

static void
make_object (Fixture *f, Population *all, guint t, guint i)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *made[] = { all[0].ids, all[1].ids, all[2].ids, all[6].ids };
  g_autoptr (JsonObject) object = json_object_new ();

  add_required (object, types[t], i, made);
  add_attributes (object, all[t].type->schema);
  for (guint k = 0; k < all[t].type->extensions->len; k++)
    {
      const MsSchema *schema = g_ptr_array_index (all[t].type->extensions, k);
      JsonObject     *extension = json_object_has_member (object, schema->id)
                                      ? json_object_get_object_member (object, schema->id)
                                      : NULL;
      /* What has an extension has all that it requires. */
      if (extension == NULL && strcmp (schema->id, BADGE) == 0)
        continue;
      if (extension == NULL)
        {
          extension = json_object_new ();
          json_object_set_object_member (object, schema->id, extension);
        }
      add_attributes (extension, schema);
    }
  MsOperation *operation = ms_operation_new (MS_VERB_CREATE);
  operation->type = all[t].type;
  operation->body = json_object_ref (object);
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, &error);
  /* Some are refused: two primary mailboxes of one user. */
  if (outcome != NULL)
    g_ptr_array_add (all[t].ids, g_strdup (outcome->id));
  else
    g_test_message ("%s: %s", types[t], error->message);
}

static void
read_all (Fixture *f, Population *all)
{
  MsQuery query = { .type = all->type, .count = 1000 };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_service_list (f->service, f->admin, &query, NULL, "https://h", out, &error));
  MsJsonLimits limits = ms_json_default_limits;
  limits.max_size = out->len + 1;
  g_autoptr (JsonNode) node = ms_json_parse (out->str, (gssize) out->len, &limits, &error);
  g_assert_no_error (error);
  JsonArray *resources = json_object_get_array_member (json_node_get_object (node), "Resources");
  g_ptr_array_set_size (all->ids, 0);
  for (guint i = 0; i < json_array_get_length (resources); i++)
    {
      JsonObject *object = json_array_get_object_element (resources, i);
      g_ptr_array_add (all->objects, json_object_ref (object));
      g_ptr_array_add (all->ids, g_strdup (json_object_get_string_member (object, "id")));
    }
}

/* Filters ----------------------------------------------------------------------------------- */

static void
append_literal (GString *out, const MsAttribute *attribute, Population *all, gboolean is_id)
{
  if (is_id && chance (80))
    {
      const Population *other = &all[g_test_rand_int_range (0, G_N_ELEMENTS (types))];
      g_string_append_printf (
          out,
          "\"%s\"",
          (char *) other->ids->pdata[g_test_rand_int_range (0, (int) other->ids->len)]);
      return;
    }
  g_autoptr (JsonNode) value = any_value (attribute);
  ms_json_append (out, value);
}

static gboolean
can_filter (const MsAttribute *attribute)
{
  return !attribute->is_computed && attribute->returned != MS_RETURNED_NEVER
         && attribute->returned != MS_RETURNED_REQUEST;
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

  if (chance (15))
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
    g_string_append (out, chance (50) ? " eq " : " ne ");
  else
    g_string_append_printf (
        out, " %s ", order_ops[g_test_rand_int_range (0, G_N_ELEMENTS (order_ops))]);
  append_literal (out, attribute, all, is_id);
}

static void
append_common (GString *out, Population *all, const MsResourceType *type)
{
  static const char *const times[] = { "meta.created", "meta.lastModified" };

  switch (g_test_rand_int_range (0, 5))
    {
    case 0:
      g_string_append_printf (
          out,
          "id %s \"%s\"",
          chance (50) ? "eq" : "gt",
          (char *) all[0].ids->pdata[g_test_rand_int_range (0, (int) all[0].ids->len)]);
      break;
    case 1:
      g_string_append_printf (out,
                              "%s %s \"%s\"",
                              times[g_test_rand_int_range (0, 2)],
                              chance (50) ? "le" : "gt",
                              chance (50) ? "2026-01-01T02:00:00+02:00" : "2099-01-01T00:00:00Z");
      break;
    case 2:
      g_string_append_printf (out, "meta.version %s \"W/\\\"1\\\"\"", chance (50) ? "eq" : "ne");
      break;
    case 3:
      g_string_append_printf (out,
                              "meta.resourceType eq \"%s\"",
                              chance (50)   ? type->name
                              : chance (50) ? "Nobody"
                                            : "user");
      break;
    default:
      g_string_append_printf (out, "colour %s \"red\"", chance (50) ? "eq" : "ne");
    }
}

static void append_filter (GString *out, Population *all, guint t, guint depth);

static void
append_inner (GString *out, Population *all, const MsAttribute *attribute, guint depth)
{
  const MsAttribute *sub;

  if (depth > 0 && chance (50))
    {
      g_string_append (out, chance (30) ? "not (" : "(");
      append_inner (out, all, attribute, depth - 1);
      g_string_append (out, chance (50) ? " and " : " or ");
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

  if (chance (12))
    {
      append_common (out, all, all[t].type);
      return;
    }
  if (attribute->type != MS_ATTR_COMPLEX)
    {
      g_string_append (out, attribute->path);
      if (attribute->multi_valued && chance (50))
        {
          g_string_append_c (out, '[');
          append_inner (out, all, attribute, 1);
          g_string_append_c (out, ']');
        }
      else
        append_comparison (out, attribute, all);
      return;
    }
  if (chance (20))
    {
      g_string_append_printf (out, "%s pr", attribute->path);
      return;
    }
  if (chance (50))
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
  if (sub->multi_valued && chance (40))
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
  gboolean first = chance (50);

  if (depth == 0)
    {
      append_leaf (out, all, t);
      return;
    }
  g_string_append (out, chance (60) ? "not (" : "(");
  for (guint i = 0; i < 2; i++)
    {
      if (i == 1)
        g_string_append (out, chance (50) ? " and " : " or ");
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
      g_string_append (out, joins[chance (n * 6) ? 1 : 0]);
      if (chance (20))
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
        g_string_append (out, chance (70) ? " or " : " and ");
      append_inner (out, all, attribute, 1);
    }
  g_string_append_c (out, ']');
}

static void
append_filter (GString *out, Population *all, guint t, guint depth)
{
  if (depth == 0 || chance (40))
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
      g_string_append (out, chance (50) ? " and " : " or ");
      append_filter (out, all, t, depth - 1);
    }
}

static void
append_any (GString *out, Population *all, guint t)
{
  const MsAttribute *attribute = any_attribute (all[t].type);

  if (chance (6))
    append_tower (out, all, t, (guint) g_test_rand_int_range (1, MAX_TOWER));
  else if (chance (8))
    append_chain (out, all, t);
  else if (chance (8) && attribute->type == MS_ATTR_COMPLEX)
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
add_operators_types (Fixture *f)
{
  g_autofree char *path
      = g_test_build_filename (G_TEST_DIST, "..", "server", "all-kinds.json", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gint64 version = 0;

  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  MsSchemaRequest request = { .verb = MS_SCHEMA_ADD, .name = "all-kinds", .text = text };
  g_assert_true (
      ms_service_change_schemas (f->service, f->admin, &request, out, &version, NULL, &error));
  g_assert_no_error (error);
}

static void
test_oracle (Fixture *f, gconstpointer data)
{
  Population all[G_N_ELEMENTS (types)];
  guint      some = 0;

  add_operators_types (f);
  for (guint t = 0; t < G_N_ELEMENTS (types); t++)
    all[t] = (Population){ fixture_type (f, types[t]),
                           g_ptr_array_new_with_free_func (g_free),
                           g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref) };
  for (guint i = 0; i < OBJECTS; i++)
    for (guint t = 0; t < G_N_ELEMENTS (types); t++)
      make_object (f, all, t, i);
  for (guint t = 0; t < G_N_ELEMENTS (types); t++)
    read_all (f, &all[t]);
  for (guint i = 0; i < FILTERS; i++)
    for (guint t = 0; t < G_N_ELEMENTS (types); t++)
      {
        g_autoptr (GString) text = g_string_new (NULL);
        do
          append_any (g_string_truncate (text, 0), all, t);
        while (text->len > MAX_BYTES);
        guint matched = compare (f, &all[t], text->str);
        some += matched > 0 && matched < all[t].objects->len ? 1 : 0;
      }
  /* Filters that all find nothing would prove nothing. */
  g_test_message ("%u of %u told objects apart", some, (guint) (FILTERS * G_N_ELEMENTS (types)));
  g_assert_cmpuint (some, >, FILTERS * G_N_ELEMENTS (types) / 5);
  for (guint t = 0; t < G_N_ELEMENTS (types); t++)
    {
      g_ptr_array_unref (all[t].ids);
      g_ptr_array_unref (all[t].objects);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/filter/oracle", test_oracle);
  return g_test_run ();
}
