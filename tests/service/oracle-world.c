/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See oracle-world.h.
 */
#include "oracle-world.h"

#include <string.h>

#include "ms-schemas.h"

#define OBJECTS 40

static const char *const words[] = { "anna", "Anna", "ANNA B", "bo", "Boris", "straße", "STRASSE",
                                     "x",    "work", "home",   "",   "a%b",   "c_d",    "\"q\\" };
const char *const        oracle_types[ORACLE_TYPES]
    = { "User", "Mailbox", "MailGroup", "Group", "Domain", "Template", "Gadget" };

/* Of the operator's own schemas (all-kinds.json), which have a kind of attribute each. */
#define OPERATORS_PREFIX "urn:example:"
#define BADGE "urn:example:params:scim:schemas:extension:test:2.0:Badge"

static const char *
any_word (void)
{
  return words[g_test_rand_int_range (0, G_N_ELEMENTS (words))];
}

gboolean
oracle_chance (int percent)
{
  return g_test_rand_int_range (0, 100) < percent;
}

/* Objects ----------------------------------------------------------------------------------- */

JsonNode *
oracle_any_value (const MsAttribute *attribute)
{
  JsonNode *node = json_node_alloc ();

  switch (attribute->type)
    {
    case MS_ATTR_BOOLEAN:
      return json_node_init_boolean (node, oracle_chance (50));
    case MS_ATTR_INTEGER:
      {
        int number = g_test_rand_int_range (attribute->minimum > 0 ? 1 : 0, 4) * 1000;
        if (oracle_chance (12))
          return json_node_init_int (node,
                                     oracle_chance (50) ? attribute->minimum : attribute->maximum);
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
      return json_node_init_string (node, oracle_chance (50) ? "QUJD" : "QUJE");
    case MS_ATTR_REFERENCE:
      {
        if (strcmp (attribute->name, "keeper") == 0)
          return json_node_init_string (node, oracle_chance (50) ? "/Users/1" : "../Gadgets/2");
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
    return is_free (attribute) && oracle_chance (50);
  return attribute->relation == MS_RELATION_NONE && attribute->mutability != MS_MUTABILITY_READ_ONLY
         && attribute->mutability != MS_MUTABILITY_WRITE_ONLY
         && oracle_chance (attribute->uniqueness == MS_UNIQUENESS_NONE ? 50 : 8);
}

/* One value, or several of a part that can have them. */
static JsonNode *
any_part (const MsAttribute *part)
{
  if (!part->multi_valued)
    return oracle_any_value (part);
  g_autoptr (JsonArray) values = json_array_new ();
  for (int n = g_test_rand_int_range (0, 4); n > 0; n--)
    json_array_add_element (values, oracle_any_value (part));
  return json_node_init_array (json_node_alloc (), values);
}

static JsonNode *
any_complex (const MsAttribute *attribute)
{
  g_autoptr (JsonObject) object = json_object_new ();

  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      if (sub->mutability == MS_MUTABILITY_READ_ONLY || (!sub->required && oracle_chance (40))
          || (sub->uniqueness != MS_UNIQUENESS_NONE && oracle_chance (90))
          || (strcmp (sub->name, "primary") == 0 && oracle_chance (80)))
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
          json_object_set_member (into,
                                  attribute->name,
                                  complex ? any_complex (attribute) : oracle_any_value (attribute));
          continue;
        }
      JsonArray *array = json_array_new ();
      gboolean   primary = FALSE;
      for (int n = g_test_rand_int_range (0, 4); n > 0; n--)
        {
          JsonNode *node = complex ? any_complex (attribute) : oracle_any_value (attribute);
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
  if (ids->len == 0 || oracle_chance (40))
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
      GPtrArray *ids = made[oracle_chance (50) ? 0 : 3];
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
      if (oracle_chance (50))
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
      if (json_object_has_member (object, "owner") && oracle_chance (30))
        json_object_set_boolean_member (object, "primary", TRUE);
      if (oracle_chance (30))
        {
          g_autofree char *alias = g_strdup_printf ("alias%u@example.org", i % 5);
          JsonArray       *aliases = json_array_new ();
          json_array_add_string_element (aliases, alias);
          json_object_set_array_member (object, "aliases", aliases);
        }
    }
  if (strcmp (type, "MailGroup") == 0)
    {
      g_autofree char *accented = g_strdup_printf ("%s%u", oracle_chance (50) ? "Éß " : "y", i);
      json_object_set_string_member (object, "name", accented);
      link_to (object, "parent", made[2]);
    }
  if (strcmp (type, "Gadget") == 0)
    add_gadget_links (object, made);
}

static void
make_object (Fixture *f, Population *all, guint t, guint i)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *made[] = { all[0].ids, all[1].ids, all[2].ids, all[6].ids };
  g_autoptr (JsonObject) object = json_object_new ();

  add_required (object, oracle_types[t], i, made);
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
    g_test_message ("%s: %s", oracle_types[t], error->message);
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
/* So that versions differ, and that what went leaves gaps. */
static void
stir (Fixture *f, Population *all)
{
  static const char *const texts[] = { "title", "description", "description" };

  for (guint t = 0; t < G_N_ELEMENTS (texts); t++)
    for (guint i = 0; i < all[t].ids->len; i++)
      for (int n = g_test_rand_int_range (0, 4); n > 0; n--)
        {
          g_autofree char *value = g_strdup_printf ("\"stirred %d\"", n);
          change (f, oracle_types[t], all[t].ids->pdata[i], texts[t], value);
        }
  for (guint i = 0; i < 3; i++)
    {
      (void) drop (f, "User", all[0].ids->pdata[3 + 5 * i], "{'mailboxes':'keep'}");
      (void) drop (f, "Gadget", all[6].ids->pdata[2 + 3 * i], NULL);
    }
}

/* --------------------------------------------------------------------------------------------- */

void
oracle_world_make (Fixture *f, Population *all)
{
  add_operators_types (f);
  for (guint t = 0; t < ORACLE_TYPES; t++)
    all[t] = (Population){ fixture_type (f, oracle_types[t]),
                           g_ptr_array_new_with_free_func (g_free),
                           g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref) };
  for (guint i = 0; i < OBJECTS; i++)
    for (guint t = 0; t < ORACLE_TYPES; t++)
      make_object (f, all, t, i);
  stir (f, all);
  for (guint t = 0; t < ORACLE_TYPES; t++)
    read_all (f, &all[t]);
}

void
oracle_world_clear (Population *all)
{
  for (guint t = 0; t < ORACLE_TYPES; t++)
    {
      g_ptr_array_unref (all[t].ids);
      g_ptr_array_unref (all[t].objects);
    }
}
