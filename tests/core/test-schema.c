/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The schema registry: what the built-in schemas hold, look-ups as clients write them, schema files
 * of operators good and bad, and the way back to JSON.
 */
#include "ms-error.h"
#include "ms-json.h"
#include "ms-schema.h"
#include "ms-schema-stored.h"

#include <locale.h>
#include <string.h>

static MsSchemaRegistry *registry;

static const MsResourceType *
type (const char *name)
{
  const MsResourceType *found = ms_schema_registry_get_type_by_name (registry, name);
  g_assert_nonnull (found);
  return found;
}

static void
test_builtin (void)
{
  static const struct
  {
    const char *name;
    const char *endpoint;
    const char *urn;
    const char *label;
  } cases[] = {
    { MS_TYPE_NAME_USER, "/Users", MS_URN_USER, "userName" },
    { MS_TYPE_NAME_MAILBOX, "/Mailboxes", MS_URN_MAILBOX, "name" },
    { MS_TYPE_NAME_MAIL_GROUP, "/MailGroups", MS_URN_MAIL_GROUP, "name" },
    { MS_TYPE_NAME_LIST, "/Groups", MS_URN_GROUP, "displayName" },
    { MS_TYPE_NAME_DOMAIN, "/Domains", MS_URN_DOMAIN, "name" },
    { MS_TYPE_NAME_TEMPLATE, "/Templates", MS_URN_TEMPLATE, "name" },
    { MS_TYPE_NAME_GUEST, "/Guest", MS_URN_GUEST, NULL },
    { MS_TYPE_NAME_SCHEMA_FILE,
      "/SchemaFiles",
      "urn:ietf:params:scim:schemas:mailstead:2.0:SchemaFile",
      "name" },
    { MS_TYPE_NAME_DIRECTORY,
      "/Directories",
      "urn:ietf:params:scim:schemas:mailstead:2.0:Directory",
      "name" },
  };

  g_assert_cmpuint (ms_schema_registry_get_types (registry)->len, ==, G_N_ELEMENTS (cases));
  g_assert_cmpuint (ms_schema_registry_get_schemas (registry)->len, ==, 12);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const MsResourceType *found = type (cases[i].name);
      const MsAttribute    *label = ms_resource_type_get_label (found);

      g_assert_cmpstr (found->endpoint, ==, cases[i].endpoint);
      g_assert_cmpstr (found->schema->id, ==, cases[i].urn);
      g_assert_cmpstr (label != NULL ? label->path : NULL, ==, cases[i].label);
      g_assert_true (found->singleton == (strcmp (cases[i].name, "Guest") == 0));
      const MsResourceType *seen = found->internal ? NULL : found;
      g_assert_true (ms_schema_registry_get_type_by_endpoint (registry, cases[i].endpoint) == seen);
      g_assert_true (ms_schema_registry_get_type_by_endpoint (registry, cases[i].endpoint + 1)
                     == seen);
      g_assert_true (ms_schema_registry_get_schema (registry, cases[i].urn) == found->schema);
    }
  g_assert_null (ms_schema_registry_get_type_by_name (registry, "Nobody"));
  g_assert_null (ms_schema_registry_get_type_by_endpoint (registry, "/Nobody"));
  g_assert_null (ms_schema_registry_get_schema (registry, "urn:x:y"));
}

static void
test_find (void)
{
  static const struct
  {
    const char *type;
    const char *written;
    const char *path;
  } cases[] = {
    { "User", "userName", "userName" },
    { "User", "USERNAME", "userName" },
    { "User", "name.FAMILYname", "name.familyName" },
    { "User", MS_URN_USER ":userName", "userName" },
    { "User", "URN:ietf:params:scim:schemas:CORE:2.0:user:Name.givenName", "name.givenName" },
    { "User", "emails.value", "emails.value" },
    { "User", "externalid", "externalId" },
    { "User", MS_URN_ENTERPRISE ":department", MS_URN_ENTERPRISE ":department" },
    { "User",
      "urn:IETF:params:scim:schemas:extension:enterprise:2.0:User:Manager.value",
      MS_URN_ENTERPRISE ":manager.value" },
    { "User", MS_URN_EXT_USER ":rights.imap", MS_URN_EXT_USER ":rights.imap" },
    { "Group", "members.$ref", "members.$ref" },
    { "Group", MS_URN_EXT_GROUP ":address", MS_URN_EXT_GROUP ":address" },
    { "User", "department", NULL },
    { "User", MS_URN_USER, NULL },
    { "User", MS_URN_USER ":", NULL },
    { "User", "id", NULL },
    { "User", "meta.version", NULL },
    { "User", "name.", NULL },
    { "User", "name.familyName.x", NULL },
    { "User", "", NULL },
    { "Mailbox", "userName", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const MsAttribute *found = ms_resource_type_find (type (cases[i].type), cases[i].written);
      g_test_message ("%s", cases[i].written);
      g_assert_cmpstr (found != NULL ? found->path : NULL, ==, cases[i].path);
    }

  g_autofree char *huge = g_strnfill (10000, 'x');
  g_assert_null (ms_resource_type_find (type ("User"), huge));
}

static void
test_characteristics (void)
{
  const MsAttribute *a = ms_resource_type_find (type ("User"), "userName");
  g_assert_true (a->required && a->is_search && !a->case_exact
                 && a->uniqueness == MS_UNIQUENESS_SERVER);
  g_assert_cmpstr (a->unique_scope, ==, "User.userName");

  a = ms_resource_type_find (type ("Mailbox"), "address");
  g_assert_cmpstr (a->unique_scope, ==, "address");
  g_assert_cmpint (a->mutability, ==, MS_MUTABILITY_READ_ONLY);
  g_assert_false (a->is_computed);

  a = ms_resource_type_find (type ("Mailbox"), "effectiveQuota");
  g_assert_true (a->is_computed);
  a = ms_resource_type_find (type ("Mailbox"), "quota");
  g_assert_cmpint (a->minimum, ==, 0);

  a = ms_resource_type_find (type ("User"), "groups");
  g_assert_cmpint (a->relation, ==, MS_RELATION_FROM);
  g_assert_cmpstr (a->relation_types[0], ==, "Group");
  g_assert_cmpstr (a->relation_path, ==, "members");

  a = ms_resource_type_find (type ("Group"), "members");
  g_assert_cmpint (a->relation, ==, MS_RELATION_TO);
  g_assert_cmpuint (g_strv_length (a->relation_types), ==, 4);

  a = ms_resource_type_find (type ("User"), MS_URN_EXT_USER ":role");
  g_assert_true (a->canonical_only
                 && g_strv_contains ((const char *const *) a->canonical_values, "auditor"));
  a = ms_resource_type_find (type ("User"), "password");
  g_assert_cmpint (a->returned, ==, MS_RETURNED_NEVER);
  a = ms_resource_type_find (type ("User"), "name.familyName");
  g_assert_cmpstr (a->parent->name, ==, "name");
}

static void
count_leaf (const MsAttribute *attribute, gpointer user_data)
{
  GHashTable *seen = user_data;

  g_assert_true (attribute->type != MS_ATTR_COMPLEX || attribute->relation != MS_RELATION_NONE);
  g_assert_true (g_hash_table_add (seen, attribute->path));
}

static void
test_leaves (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  ms_resource_type_foreach_leaf (type ("User"), count_leaf, seen);
  g_assert_true (g_hash_table_contains (seen, "externalId"));
  g_assert_true (g_hash_table_contains (seen, "emails.value"));
  g_assert_true (g_hash_table_contains (seen, "groups"));
  g_assert_false (g_hash_table_contains (seen, "groups.value"));
  g_assert_false (g_hash_table_contains (seen, "name"));
  g_assert_true (g_hash_table_contains (seen, MS_URN_ENTERPRISE ":manager"));
}

static void
test_get_value (void)
{
  g_autoptr (JsonNode) root = ms_json_parse ("{\"userName\":\"a\",\"name\":{\"familyName\":\"b\"},"
                                             "\"emails\":[{\"value\":\"c\"},{\"value\":\"d\"}],"
                                             "\"" MS_URN_ENTERPRISE "\":{\"department\":\"e\"}}",
                                             -1,
                                             NULL,
                                             NULL);
  static const struct
  {
    const char *path;
    const char *json;
  } cases[] = {
    { "userName", "\"a\"" },
    { "name.familyName", "\"b\"" },
    { "emails.value", "\"c\"" },
    { "emails", "[{\"value\":\"c\"},{\"value\":\"d\"}]" },
    { MS_URN_ENTERPRISE ":department", "\"e\"" },
    { MS_URN_ENTERPRISE ":division", NULL },
    { MS_URN_EXT_USER ":role", NULL },
    { "ims.value", NULL },
    { "title", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      JsonNode *node = ms_attribute_get_value (ms_resource_type_find (type ("User"), cases[i].path),
                                               json_node_get_object (root));
      g_autofree char *json = node != NULL ? ms_json_to_string (node) : NULL;
      g_assert_cmpstr (json, ==, cases[i].json);
    }
}

static void
test_json (void)
{
  g_autoptr (JsonNode) node = ms_schema_to_json (type ("User")->schema);
  JsonObject *schema = json_node_get_object (node);
  JsonArray  *attributes = json_object_get_array_member (schema, "attributes");
  JsonObject *first = json_array_get_object_element (attributes, 0);

  g_assert_cmpstr (json_object_get_string_member (schema, "id"), ==, MS_URN_USER);
  g_assert_cmpstr (json_object_get_string_member (first, "name"), ==, "userName");
  g_assert_cmpstr (json_object_get_string_member (first, "uniqueness"), ==, "server");
  g_assert_false (json_object_get_boolean_member (first, "caseExact"));
  /* Strict clients refuse what RFC 7643 does not name. */
  g_autofree char *text = ms_json_to_string (node);
  g_assert_null (strstr (text, "\"label\""));
  g_assert_null (strstr (text, "\"relation\""));
  g_assert_null (strstr (text, "null"));

  g_autoptr (JsonNode) kind = ms_resource_type_to_json (type ("User"));
  JsonObject *object = json_node_get_object (kind);
  g_assert_cmpstr (json_object_get_string_member (object, "id"), ==, "User");
  g_assert_cmpstr (json_object_get_string_member (object, "schema"), ==, MS_URN_USER);
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (object, "schemaExtensions")), ==, 2);
}

/* A registry written out and read again is the same. */
static void
test_round_trip (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsSchemaRegistry) again = ms_schema_registry_new ();
  g_autoptr (JsonNode) first = ms_schema_registry_to_json (registry);
  g_autofree char *text = ms_json_to_string (first);

  g_assert_true (ms_schema_registry_add_json (again, text, -1, &error));
  g_assert_no_error (error);
  g_autoptr (JsonNode) second = ms_schema_registry_to_json (again);
  g_autofree char *text_again = ms_json_to_string (second);
  g_assert_cmpstr (text, ==, text_again);
}

#define SCHEMA(attributes)                                                                         \
  "{\"schemas\":[{\"id\":\"urn:example:2.0:Room\",\"name\":\"Room\",\"attributes\":[" attributes   \
  "]}],"
#define TYPE                                                                                       \
  "\"resourceTypes\":[{\"name\":\"Room\",\"endpoint\":\"/"                                         \
  "Rooms\",\"schema\":\"urn:example:2.0:Room\"}]}"
#define LABEL "{\"name\":\"name\",\"label\":true}"
#define EXTRA(text) SCHEMA (LABEL ",{\"name\":\"x\"," text "}") TYPE

/* /Schemas says of every reference what it may lead to (RFC 7643 §7), though its file does not. */
static void
test_reference_types (void)
{
  g_autoptr (MsSchemaRegistry) own = ms_schema_registry_new_builtin ();
  g_autoptr (GError) error = NULL;
  const char *file = SCHEMA (
      LABEL
      ",{\"name\":\"any\",\"type\":\"reference\"},{\"name\":\"none\",\"type\":\"reference\","
      "\"referenceTypes\":[]},{\"name\":\"one\",\"type\":\"reference\",\"referenceTypes\":"
      "[\"User\"]},{\"name\":\"r\",\"type\":\"complex\",\"relation\":{\"to\":[\"User\",\"Group\"]},"
      "\"subAttributes\":[{\"name\":\"value\"},{\"name\":\"$ref\",\"type\":\"reference\"}]}") TYPE;
  static const struct
  {
    guint       index;
    const char *shown;
  } wanted[] = {
    { 0, "null" },       { 1, "[\"external\",\"uri\"]" }, { 2, "[\"external\",\"uri\"]" },
    { 3, "[\"User\"]" }, { 4, "[\"User\",\"Group\"]" },
  };

  g_assert_true (ms_schema_registry_add_file (own, file, -1, &error));
  g_assert_no_error (error);
  g_autoptr (JsonNode) node
             = ms_schema_to_json (ms_schema_registry_get_schema (own, "urn:example:2.0:Room"));
  JsonArray *attributes = json_object_get_array_member (json_node_get_object (node), "attributes");
  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      JsonObject *one = json_array_get_object_element (attributes, wanted[i].index);
      if (json_object_has_member (one, "subAttributes"))
        one = json_array_get_object_element (json_object_get_array_member (one, "subAttributes"),
                                             1);
      JsonNode        *types = json_object_get_member (one, "referenceTypes");
      g_autofree char *shown = types != NULL ? ms_json_to_string (types) : g_strdup ("null");
      g_assert_cmpstr (shown, ==, wanted[i].shown);
    }
}

static void
test_operator_file (void)
{
  g_autoptr (MsSchemaRegistry) own = ms_schema_registry_new_builtin ();
  g_autoptr (GError) error = NULL;
  const char *file
      = "{\"schemas\":[{\"id\":\"urn:example:2.0:Room\",\"name\":\"Room\",\"attributes\":[" LABEL
        ","
        "{\"name\":\"seats\",\"type\":\"integer\",\"minimum\":1,\"maximum\":500},"
        "{\"name\":\"keeper\",\"type\":\"complex\",\"relation\":{\"to\":[\"User\"]},"
        "\"subAttributes\":[{\"name\":\"value\"}]}]},"
        "{\"id\":\"urn:example:2.0:Badge\",\"name\":\"Badge\",\"attributes\":[{\"name\":\"number\","
        "\"uniqueness\":\"server\"},"
        "{\"name\":\"rooms\",\"type\":\"complex\",\"multiValued\":true,\"mutability\":\"readOnly\","
        "\"relation\":{\"from\":\"Room.keeper\"},"
        "\"subAttributes\":[{\"name\":\"value\"}]}]}],"
        "\"resourceTypes\":[{\"name\":\"Room\",\"endpoint\":\"/"
        "Rooms\",\"schema\":\"urn:example:2.0:Room\"},"
        "{\"name\":\"User\",\"schemaExtensions\":[{\"schema\":\"urn:example:2.0:Badge\"}]}]}";

  g_assert_true (ms_schema_registry_add_json (own, file, -1, &error));
  g_assert_no_error (error);
  const MsResourceType *room = ms_schema_registry_get_type_by_endpoint (own, "/rooms");
  g_assert_nonnull (room);
  g_assert_cmpint (ms_resource_type_find (room, "seats")->maximum, ==, 500);
  const MsResourceType *user = ms_schema_registry_get_type_by_name (own, "User");
  const MsAttribute    *badge = ms_resource_type_find (user, "urn:example:2.0:badge:NUMBER");
  g_assert_nonnull (badge);
  g_assert_cmpstr (badge->unique_scope, ==, "User.urn:example:2.0:Badge:number");
  g_assert_null (ms_resource_type_find (type ("User"), "urn:example:2.0:badge:number"));

  g_assert_false (ms_schema_registry_add_json (own, file, -1, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
}

static void
test_bad_file (gconstpointer data)
{
  const char *const *row = data;
  g_autoptr (MsSchemaRegistry) own = ms_schema_registry_new_builtin ();
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) before = ms_schema_registry_to_json (own);

  g_assert_false (ms_schema_registry_add_json (own, row[1], -1, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_test_message ("%s", error->message);
  if (row[2] != NULL)
    g_assert_cmpstr (ms_error_get_path (error), ==, row[2]);
  g_autoptr (JsonNode) after = ms_schema_registry_to_json (own);
  g_assert_true (ms_json_equal (before, after));
  g_assert_null (ms_schema_registry_get_type_by_name (own, "Room"));
  g_assert_cmpuint (
      ms_schema_registry_get_type_by_name (own, "User")->required_extensions->len, ==, 0);
  g_assert_null (ms_resource_type_find (ms_schema_registry_get_type_by_name (own, "User"),
                                        "urn:example:2.0:Room:name"));
}

#define TEN "aaaaaaaaaa"
#define LONG TEN TEN TEN TEN TEN TEN TEN
#define DEEP                                                                                       \
  "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["

/* clang-format off */
static const char *const bad_files[][3] = {
  { "not-json", "{", NULL },
  { "array", "[]", "" },
  { "unknown-key", "{\"schema\":[]}", "schema" },
  { "schemas-no-array", "{\"schemas\":{}}", "schemas" },
  { "schema-no-object", "{\"schemas\":[1]}", "schemas[0]" },
  { "no-id", "{\"schemas\":[{\"name\":\"X\"}]}", "schemas[0].id" },
  { "bad-urn", "{\"schemas\":[{\"id\":\"Room\",\"name\":\"X\"}]}", "schemas[0].id" },
  { "urn-with-space", "{\"schemas\":[{\"id\":\"urn:a b:c\",\"name\":\"X\"}]}", "schemas[0].id" },
  { "urn-taken", "{\"schemas\":[{\"id\":\"" MS_URN_USER "\",\"name\":\"X\"}]}", "schemas[0].id" },
  { "no-attributes", SCHEMA ("") TYPE, "schemas[0].attributes" },
  { "attribute-typo", SCHEMA ("{\"name\":\"a\",\"multivalued\":true}") TYPE, "schemas[0].attributes[0].multivalued" },
  { "attribute-twice", SCHEMA (LABEL ",{\"name\":\"NAME\"}") TYPE, "schemas[0].attributes[1].name" },
  { "reserved-name", SCHEMA (LABEL ",{\"name\":\"ID\"}") TYPE, "schemas[0].attributes[1].name" },
  { "bad-name", SCHEMA (LABEL ",{\"name\":\"a.b\"}") TYPE, "schemas[0].attributes[1].name" },
  { "bad-type", EXTRA ("\"type\":\"text\""), "schemas[0].attributes[1].type" },
  { "type-no-string", EXTRA ("\"type\":7"), "schemas[0].attributes[1].type" },
  { "complex-empty", EXTRA ("\"type\":\"complex\""), "schemas[0].attributes[1].subAttributes" },
  { "complex-in-complex",
    EXTRA ("\"type\":\"complex\",\"subAttributes\":[{\"name\":\"y\",\"type\":\"complex\",\"subAttributes\":[{\"name\":\"z\"}]}]"),
    "schemas[0].attributes[1].subAttributes[0].subAttributes[0]" },
  { "subs-of-string", EXTRA ("\"subAttributes\":[{\"name\":\"y\"}]"), "schemas[0].attributes[1].subAttributes" },
  { "relation-of-string", EXTRA ("\"relation\":{\"to\":[\"User\"]}"), "schemas[0].attributes[1].relation" },
  { "relation-both", EXTRA ("\"relation\":{\"to\":[\"User\"],\"from\":\"User.x\"}"), "schemas[0].attributes[1].relation" },
  { "relation-unknown-type",
    EXTRA ("\"type\":\"complex\",\"relation\":{\"to\":[\"Car\"]},\"subAttributes\":[{\"name\":\"value\"}]"), "Room.x.relation" },
  { "relation-unknown-end",
    EXTRA ("\"type\":\"complex\",\"mutability\":\"readOnly\",\"relation\":{\"from\":\"Mailbox.nobody\"},\"subAttributes\":[{\"name\":\"value\"}]"),
    "Room.x.relation" },
  { "relation-other-way",
    EXTRA ("\"type\":\"complex\",\"mutability\":\"readOnly\",\"relation\":{\"from\":\"Mailbox.owner\"},\"subAttributes\":[{\"name\":\"value\"}]"),
    "Room.x.relation" },
  { "relation-writable-end",
    EXTRA ("\"type\":\"complex\",\"relation\":{\"from\":\"Mailbox.owner\"},\"subAttributes\":[{\"name\":\"value\"}]"),
    "schemas[0].attributes[1].mutability" },
  { "relation-without-value", EXTRA ("\"type\":\"complex\",\"relation\":{\"to\":[\"User\"]},\"subAttributes\":[{\"name\":\"id\"}]"),
    "schemas[0].attributes[1].subAttributes" },
  { "minimum-of-string", EXTRA ("\"minimum\":1"), "schemas[0].attributes[1].minimum" },
  { "minimum-above", EXTRA ("\"type\":\"integer\",\"minimum\":2,\"maximum\":1"), "schemas[0].attributes[1].maximum" },
  { "max-length-zero", EXTRA ("\"maxLength\":0"), "schemas[0].attributes[1].maxLength" },
  { "canonical-only-of-none", EXTRA ("\"canonicalOnly\":true"), "schemas[0].attributes[1].canonicalOnly" },
  { "measured-stored", EXTRA ("\"measured\":true"), "schemas[0].attributes[1].measured" },
  { "computed-writable", EXTRA ("\"computed\":true"), "schemas[0].attributes[1].computed" },
  { "required-read-only", EXTRA ("\"required\":true,\"mutability\":\"readOnly\""), "schemas[0].attributes[1].required" },
  { "write-only-returned", EXTRA ("\"mutability\":\"writeOnly\""), "schemas[0].attributes[1].returned" },
  { "secret-multi", EXTRA ("\"returned\":\"never\",\"multiValued\":true"), "schemas[0].attributes[1].returned" },
  { "unique-boolean", EXTRA ("\"type\":\"boolean\",\"uniqueness\":\"server\""), "schemas[0].attributes[1].uniqueness" },
  { "default-of-another-type", EXTRA ("\"type\":\"integer\",\"default\":\"x\""), "schemas[0].attributes[1].default" },
  { "default-unique", EXTRA ("\"uniqueness\":\"server\",\"default\":\"x\""), "schemas[0].attributes[1].default" },
  { "default-of-secret", EXTRA ("\"returned\":\"never\",\"default\":\"x\""), "schemas[0].attributes[1].default" },
  { "scope-alone", EXTRA ("\"scope\":\"address\""), "schemas[0].attributes[1].scope" },
  { "no-type", SCHEMA (LABEL) "\"resourceTypes\":[]}", "schemas[0].id" },
  { "no-label", SCHEMA ("{\"name\":\"a\"}") TYPE, "resourceTypes[0].schema" },
  { "unknown-schema", "{\"resourceTypes\":[{\"name\":\"Room\",\"endpoint\":\"/Rooms\",\"schema\":\"urn:x:y\"}]}", "resourceTypes[0].schema" },
  { "endpoint-taken", SCHEMA (LABEL) "\"resourceTypes\":[{\"name\":\"Room\",\"endpoint\":\"/users\",\"schema\":\"urn:example:2.0:Room\"}]}",
    "resourceTypes[0].endpoint" },
  { "endpoint-reserved", SCHEMA (LABEL) "\"resourceTypes\":[{\"name\":\"Room\",\"endpoint\":\"/Bulk\",\"schema\":\"urn:example:2.0:Room\"}]}",
    "resourceTypes[0].endpoint" },
  { "endpoint-with-dots", SCHEMA (LABEL) "\"resourceTypes\":[{\"name\":\"Room\",\"endpoint\":\"/../x\",\"schema\":\"urn:example:2.0:Room\"}]}",
    "resourceTypes[0].endpoint" },
  { "core-as-core-again", "{\"resourceTypes\":[{\"name\":\"Room\",\"endpoint\":\"/Rooms\",\"schema\":\"" MS_URN_USER "\"}]}",
    "resourceTypes[0].schema" },
  { "core-as-extension", "{\"resourceTypes\":[{\"name\":\"User\",\"schemaExtensions\":[{\"schema\":\"" MS_URN_GROUP "\"}]}]}",
    "resourceTypes[0].schemaExtensions[0].schema" },
  { "extension-twice", "{\"resourceTypes\":[{\"name\":\"User\",\"schemaExtensions\":[{\"schema\":\"" MS_URN_ENTERPRISE "\"}]}]}",
    "resourceTypes[0].schemaExtensions[0].schema" },
  { "changed-type", "{\"resourceTypes\":[{\"name\":\"User\",\"endpoint\":\"/People\"}]}", "resourceTypes[0].endpoint" },
  { "late-failure",
    SCHEMA (LABEL) "\"resourceTypes\":[{\"name\":\"Room\",\"endpoint\":\"/Rooms\",\"schema\":\"urn:example:2.0:Room\"},"
                   "{\"name\":\"User\",\"schemaExtensions\":[{\"schema\":\"urn:nothing:here\"}]}]}",
    "resourceTypes[1].schemaExtensions[0].schema" },
  { "late-failure-of-required",
    SCHEMA ("{\"name\":\"name\"}") "\"resourceTypes\":[{\"name\":\"User\",\"schemaExtensions\":[{\"schema\":\"urn:example:2.0:Room\",\"required\":true},"
                   "{\"schema\":\"urn:nothing:here\"}]}]}",
    "resourceTypes[0].schemaExtensions[1].schema" },
};

/* What an operator's file may not have; @message: (nullable). A store that holds the last ones opens. */
static const struct
{
  const char *name;
  const char *text;
  const char *path;
  const char *message;
  gboolean    is_kept;
} foreign_files[] = {
  { "long-type-name", SCHEMA (LABEL) "\"resourceTypes\":[{\"name\":\"" LONG "\",\"endpoint\":\"/Rooms\",\"schema\":\"urn:example:2.0:Room\"}]}",
    "resourceTypes[0].name", "is longer than 64", FALSE },
  { "long-endpoint", SCHEMA (LABEL) "\"resourceTypes\":[{\"name\":\"Room\",\"endpoint\":\"/" LONG "\",\"schema\":\"urn:example:2.0:Room\"}]}",
    "resourceTypes[0].endpoint", "is longer than 64", FALSE },
  { "long-attribute-name", SCHEMA (LABEL ",{\"name\":\"" LONG "\"}") TYPE, "schemas[0].attributes[1].name", "is longer than 64", FALSE },
  { "long-scope", EXTRA ("\"uniqueness\":\"server\",\"scope\":\"" LONG "\""), "schemas[0].attributes[1].scope", "is longer than 64", FALSE },
  { "too-deep", DEEP, NULL, "nested too deeply", FALSE },
  { "ref-at-the-top", SCHEMA (LABEL ",{\"name\":\"$ref\"}") TYPE, "schemas[0].attributes[1].name", "only a part", TRUE },
  { "type-store", SCHEMA (LABEL) "\"resourceTypes\":[{\"name\":\"Store\",\"endpoint\":\"/Rooms\",\"schema\":\"urn:example:2.0:Room\"}]}",
    "resourceTypes[0].name", "“Store” is what change sets", TRUE },
  { "extends-schema-file",
    SCHEMA ("{\"name\":\"note\"}") "\"resourceTypes\":[{\"name\":\"SchemaFile\",\"schemaExtensions\":[{\"schema\":\"urn:example:2.0:Room\"}]}]}",
    "resourceTypes[0].schemaExtensions[0].schema", "SchemaFile", TRUE },
};
/* clang-format on */

static void
test_foreign_file (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (MsSchemaRegistry) own = ms_schema_registry_new_builtin ();
  g_autoptr (MsSchemaRegistry) opened = ms_schema_registry_new_builtin ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) unopened = NULL;

  g_assert_false (ms_schema_registry_add_file (own, foreign_files[i].text, -1, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_assert_cmpstr (ms_error_get_path (error), ==, foreign_files[i].path);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, foreign_files[i].message));
  gboolean kept
      = ms_schema_registry_add_stored (opened, "rooms", foreign_files[i].text, -1, &unopened);
  g_assert_cmpint (kept, ==, foreign_files[i].is_kept);
  if (kept)
    g_assert_cmpuint (ms_schema_registry_get_complaints (opened)->len, ==, 1);
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  registry = ms_schema_registry_new_builtin ();

  g_test_add_func ("/schema/builtin", test_builtin);
  g_test_add_func ("/schema/find", test_find);
  g_test_add_func ("/schema/characteristics", test_characteristics);
  g_test_add_func ("/schema/leaves", test_leaves);
  g_test_add_func ("/schema/get-value", test_get_value);
  g_test_add_func ("/schema/json", test_json);
  g_test_add_func ("/schema/reference-types", test_reference_types);
  g_test_add_func ("/schema/round-trip", test_round_trip);
  g_test_add_func ("/schema/operator-file", test_operator_file);
  for (guint i = 0; i < G_N_ELEMENTS (bad_files); i++)
    {
      g_autofree char *name = g_strconcat ("/schema/bad-file/", bad_files[i][0], NULL);
      g_test_add_data_func (name, bad_files[i], test_bad_file);
    }

  for (guint i = 0; i < G_N_ELEMENTS (foreign_files); i++)
    {
      g_autofree char *name = g_strconcat ("/schema/foreign-file/", foreign_files[i].name, NULL);
      g_test_add_data_func (name, GUINT_TO_POINTER (i), test_foreign_file);
    }

  int status = g_test_run ();
  ms_schema_registry_unref (registry);
  return status;
}
