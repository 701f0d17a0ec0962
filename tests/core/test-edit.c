/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whole objects as POST and PUT bring them, and the deltas between two states.
 */
#include "ms-error.h"
#include "ms-json.h"
#include "ms-patch.h"

#include <string.h>

static MsSchemaRegistry *registry;

static const MsResourceType *
type (const char *name)
{
  return ms_schema_registry_get_type_by_name (registry, name);
}

static char *
attributes_to_string (MsObject *object)
{
  g_autoptr (JsonNode) node
             = json_node_init_object (json_node_alloc (), ms_object_get_attributes (object));

  return ms_json_to_string (node);
}

static char *
links_to_string (MsEdit *edit)
{
  static const char *const ops[] = { "+", "-", "-all", "-matching" };
  GString                 *out = g_string_new (NULL);

  for (guint i = 0; i < edit->links->len; i++)
    {
      const MsLinkEdit *link = g_ptr_array_index (edit->links, i);
      g_string_append_printf (out,
                              "%s%s%s%s",
                              i > 0 ? " " : "",
                              ops[link->op],
                              link->target != NULL ? ":" : "",
                              link->target != NULL ? link->target : "");
    }
  return g_string_free (out, FALSE);
}

static char *
ignored_to_string (MsEdit *edit)
{
  g_ptr_array_add (edit->ignored->names, NULL);
  return g_strjoinv (" ", (char **) edit->ignored->names->pdata);
}

typedef struct
{
  const char *name;
  const char *type;
  const char *body;
  const char *result;  /* attributes; or of a refusal: scimType */
  const char *links;   /* or of a refusal: path */
  const char *ignored; /* or "!" for a refusal */
} Case;

#define X MS_URN_EXT_USER
#define E MS_URN_ENTERPRISE

/* clang-format off */
static const Case creates[] = {
  { "least", "User", "{\"userName\":\"john\"}", "{\"userName\":\"john\"}", "", "" },
  { "names-in-any-case", "User", "{\"USERNAME\":\"john\",\"Name\":{\"FAMILYNAME\":\"Doe\"},\"" E "\":{\"Department\":\"x\"}}",
    "{\"userName\":\"john\",\"name\":{\"familyName\":\"Doe\"},\"" E "\":{\"department\":\"x\"}}", "", "" },
  { "urn-in-any-case", "User", "{\"userName\":\"john\",\"URN:ietf:params:scim:schemas:extension:enterprise:2.0:USER\":{\"division\":\"x\"}}",
    "{\"userName\":\"john\",\"" E "\":{\"division\":\"x\"}}", "", "" },
  { "core-urn-name", "User", "{\"" MS_URN_USER ":userName\":\"john\"}", "{\"userName\":\"john\"}", "", "" },
  { "dotted-name", "User", "{\"userName\":\"john\",\"name.givenName\":\"J\"}", "{\"userName\":\"john\",\"name\":{\"givenName\":\"J\"}}", "", "" },
  { "common-with-urn", "User", "{\"userName\":\"a\",\"" MS_URN_USER ":id\":\"x\",\"" MS_URN_USER ":meta.version\":1,\"" MS_URN_USER ":schemas\":[\"urn:x\"]}",
    "{\"userName\":\"a\"}", "", "urn:x" },
  { "read-only-ignored", "User",
    "{\"userName\":\"john\",\"id\":\"7\",\"meta\":{\"x\":1},\"schemas\":[\"" MS_URN_USER "\",\"urn:foreign:x\"],\"groups\":[{\"value\":\"g\"}],"
    "\"" X "\":{\"passwordScheme\":\"x\",\"mailboxes\":[{\"value\":\"m\"}]}}",
    "{\"userName\":\"john\"}", "", "urn:foreign:x" },
  { "read-only-wrong-type-ignored", "Mailbox", "{\"name\":\"a\",\"address\":7,\"effectiveQuota\":\"x\"}", "{\"name\":\"a\"}", "", "" },
  { "unknown-noted", "User", "{\"userName\":\"john\",\"shoeSize\":44,\"name\":{\"colour\":\"x\"},\"emails\":[{\"value\":\"a\",\"$ref\":1}],"
    "\"" E "\":{\"car\":1},\"urn:foreign:x\":{}}",
    "{\"userName\":\"john\",\"emails\":[{\"value\":\"a\"}]}", "", "shoeSize name.colour emails.$ref " E ":car urn:foreign:x" },
  { "empty-name-noted", "User", "{\"userName\":\"john\",\"\":1,\"emails\":[{\"value\":\"a\",\"\":2}],\"" E "\":{\"\":3,\"department\":\"d\"}}",
    "{\"userName\":\"john\",\"emails\":[{\"value\":\"a\"}],\"" E "\":{\"department\":\"d\"}}", "", "\"\" emails.\"\" " E ":\"\"" },
  { "null-and-empty-are-unset", "User", "{\"userName\":\"john\",\"title\":null,\"nickName\":\"\",\"emails\":[],\"name\":{},\"ims\":null,\"" E "\":{}}",
    "{\"userName\":\"john\"}", "", "" },
  { "empty-elements-dropped", "Mailbox", "{\"name\":\"a\",\"aliases\":[\"\",null,\"b@x.org\"]}", "{\"name\":\"a\",\"aliases\":[\"b@x.org\"]}", "", "" },
  { "booleans-as-text", "User", "{\"userName\":\"john\",\"active\":\"False\",\"emails\":[{\"value\":\"a\",\"primary\":\"TRUE\"}]}",
    "{\"userName\":\"john\",\"active\":false,\"emails\":[{\"value\":\"a\",\"primary\":true}]}", "", "" },
  { "canonical-order", "User", "{\"userName\":\"john\",\"emails\":[{\"type\":\"work\",\"value\":\"a\"}]}",
    "{\"userName\":\"john\",\"emails\":[{\"value\":\"a\",\"type\":\"work\"}]}", "", "" },
  { "canonical-case", "User", "{\"userName\":\"john\",\"" X "\":{\"role\":\"Administrator\"}}",
    "{\"userName\":\"john\",\"" X "\":{\"role\":\"administrator\"}}", "", "" },
  { "free-canonical-value-kept", "User", "{\"userName\":\"john\",\"emails\":[{\"value\":\"a\",\"type\":\"Boat\"}]}",
    "{\"userName\":\"john\",\"emails\":[{\"value\":\"a\",\"type\":\"Boat\"}]}", "", "" },
  { "time-to-utc", "User", "{\"userName\":\"john\",\"" X "\":{\"validFrom\":\"2026-01-01T01:00:00+01:00\"}}",
    "{\"userName\":\"john\",\"" X "\":{\"validFrom\":\"2026-01-01T00:00:00.000Z\"}}", "", "" },
  { "same-element-twice", "User", "{\"userName\":\"john\",\"emails\":[{\"value\":\"a@x\",\"type\":\"work\"},{\"value\":\"A@X\",\"type\":\"WORK\",\"display\":\"d\"}]}",
    "{\"userName\":\"john\",\"emails\":[{\"value\":\"A@X\",\"type\":\"WORK\",\"display\":\"d\"}]}", "", "" },
  { "same-element-primary", "User", "{\"userName\":\"john\",\"emails\":[{\"value\":\"a@x\",\"primary\":true},{\"value\":\"a@x\",\"primary\":false},{\"value\":\"a@x\"}]}",
    "{\"userName\":\"john\",\"emails\":[{\"value\":\"a@x\",\"primary\":true}]}", "", "" },
  { "same-value-other-type", "User", "{\"userName\":\"john\",\"emails\":[{\"value\":\"a@x\",\"type\":\"work\"},{\"value\":\"a@x\",\"type\":\"home\"}]}",
    "{\"userName\":\"john\",\"emails\":[{\"value\":\"a@x\",\"type\":\"work\"},{\"value\":\"a@x\",\"type\":\"home\"}]}", "", "" },
  { "same-element-without-value", "User", "{\"userName\":\"john\",\"addresses\":[{\"locality\":\"Ulm\",\"type\":\"work\"},{\"locality\":\"ULM\",\"type\":\"Work\"}]}",
    "{\"userName\":\"john\",\"addresses\":[{\"locality\":\"ULM\",\"type\":\"Work\"}]}", "", "" },
  { "other-element-without-value", "User", "{\"userName\":\"john\",\"addresses\":[{\"locality\":\"Ulm\",\"type\":\"work\"},{\"locality\":\"Ulm\"}]}",
    "{\"userName\":\"john\",\"addresses\":[{\"locality\":\"Ulm\",\"type\":\"work\"},{\"locality\":\"Ulm\"}]}", "", "" },
  { "single-object-for-array", "User", "{\"userName\":\"john\",\"emails\":{\"value\":\"a\"}}", "{\"userName\":\"john\",\"emails\":[{\"value\":\"a\"}]}", "", "" },
  { "manager-object", "User", "{\"userName\":\"john\",\"" E "\":{\"manager\":{\"value\":\"7\",\"displayName\":\"Boss\",\"$ref\":null}}}",
    "{\"userName\":\"john\",\"" E "\":{\"manager\":{\"value\":\"7\"}}}", "", "" },
  { "manager-string", "User", "{\"userName\":\"john\",\"" E "\":{\"manager\":\"7\"}}", "{\"userName\":\"john\",\"" E "\":{\"manager\":{\"value\":\"7\"}}}", "", "" },
  { "owner", "Mailbox", "{\"name\":\"a\",\"owner\":{\"Value\":\"u1\"},\"group\":\"\"}", "{\"name\":\"a\",\"owner\":{\"value\":\"u1\"}}", "", "" },
  { "members", "Group", "{\"displayName\":\"l\",\"members\":[{\"value\":\"1\",\"type\":\"User\",\"$ref\":null},{\"value\":\"2\"},\"3\"]}",
    "{\"displayName\":\"l\"}", "+:1 +:2 +:3", "" },
  { "members-null", "Group", "{\"displayName\":\"l\",\"members\":null}", "{\"displayName\":\"l\"}", "", "" },
  { "multi-line", "User", "{\"userName\":\"john\",\"" X "\":{\"description\":\"a\\nb\"},\"addresses\":[{\"formatted\":\"x\\ny\"}]}",
    "{\"userName\":\"john\",\"" X "\":{\"description\":\"a\\nb\"},\"addresses\":[{\"formatted\":\"x\\ny\"}]}", "", "" },
  { "multi-line-of-others", "User", "{\"userName\":\"john\",\"" X "\":{\"description\":\"a\\r\\nb\\r\\n\"}}",
    "{\"userName\":\"john\",\"" X "\":{\"description\":\"a\\nb\\n\"}}", "", "" },
  { "guest", "Guest", "{\"rights\":{\"imap\":true}}", "{\"rights\":{\"imap\":true}}", "", "" },
  { "external-id", "Domain", "{\"name\":\"x.org\",\"externalID\":\"E\"}", "{\"name\":\"x.org\",\"externalId\":\"E\"}", "", "" },
  { "binary", "User", "{\"userName\":\"john\",\"x509Certificates\":[{\"value\":\"QUJD\"},{\"value\":\"QQ==\"},{\"value\":\"Q_8\"}]}",
    "{\"userName\":\"john\",\"x509Certificates\":[{\"value\":\"QUJD\"},{\"value\":\"QQ==\"},{\"value\":\"Q/8=\"}]}", "", "" },

  { "multi-line-half", "User", "{\"userName\":\"john\",\"" X "\":{\"description\":\"a\\rb\"}}", "invalidValue", X ":description", "!" },
  { "single-line", "User", "{\"userName\":\"john\",\"title\":\"a\\r\\nb\"}", "invalidValue", "title", "!" },
  { "no-required", "User", "{\"title\":\"x\"}", "invalidValue", "userName", "!" },
  { "required-empty", "User", "{\"userName\":\"\"}", "invalidValue", "userName", "!" },
  { "required-null", "Mailbox", "{\"name\":null}", "invalidValue", "name", "!" },
  { "element-no-object", "User", "{\"userName\":\"john\",\"emails\":[{\"value\":\"a@b\"},5]}", "invalidValue", "emails[1]", "!" },
  { "element-an-array", "User", "{\"userName\":\"john\",\"emails\":[[]]}", "invalidValue", "emails[0]", "!" },
  { "elements-no-array", "User", "{\"userName\":\"john\",\"emails\":\"a@b\"}", "invalidValue", "emails", "!" },
  { "element-no-string", "Mailbox", "{\"name\":\"a\",\"aliases\":[null,1]}", "invalidValue", "aliases[1]", "!" },
  { "element-part", "User", "{\"userName\":\"john\",\"emails\":[{\"value\":5}]}", "invalidValue", "emails.value", "!" },
  { "string-as-number", "User", "{\"userName\":7}", "invalidValue", "userName", "!" },
  { "string-as-array", "User", "{\"userName\":[\"john\"]}", "invalidValue", "userName", "!" },
  { "boolean-as-number", "User", "{\"userName\":\"john\",\"active\":1}", "invalidValue", "active", "!" },
  { "boolean-as-word", "User", "{\"userName\":\"john\",\"active\":\"yes\"}", "invalidValue", "active", "!" },
  { "boolean-as-empty", "User", "{\"userName\":\"john\",\"active\":\"\"}", "invalidValue", "active", "!" },
  { "integer-with-fraction", "Mailbox", "{\"name\":\"a\",\"quota\":5.0}", "invalidValue", "quota", "!" },
  { "integer-as-text", "Mailbox", "{\"name\":\"a\",\"quota\":\"5\"}", "invalidValue", "quota", "!" },
  { "integer-too-small", "Mailbox", "{\"name\":\"a\",\"quota\":-1}", "invalidValue", "quota", "!" },
  { "integer-too-large", "Mailbox", "{\"name\":\"a\",\"quota\":9223372036854775808}", "invalidValue", "quota", "!" },
  { "canonical-only", "User", "{\"userName\":\"john\",\"" X "\":{\"role\":\"king\"}}", "invalidValue", X ":role", "!" },
  { "time", "User", "{\"userName\":\"john\",\"" X "\":{\"validUntil\":\"tomorrow\"}}", "invalidValue", X ":validUntil", "!" },
  { "not-base64", "User", "{\"userName\":\"john\",\"x509Certificates\":[{\"value\":\"a b\"}]}", "invalidValue", "x509Certificates.value", "!" },
  { "base64-length", "User", "{\"userName\":\"john\",\"x509Certificates\":[{\"value\":\"QUJDR\"}]}", "invalidValue", "x509Certificates.value", "!" },
  { "base64-padding", "User", "{\"userName\":\"john\",\"x509Certificates\":[{\"value\":\"QUJD=\"}]}", "invalidValue", "x509Certificates.value", "!" },
  { "control-character", "User", "{\"userName\":\"jo\\u0007hn\"}", "invalidValue", "userName", "!" },
  { "line-break", "User", "{\"userName\":\"jo\\nhn\"}", "invalidValue", "userName", "!" },
  { "direction-override", "User", "{\"userName\":\"john\",\"displayName\":\"\\u202ejohn\"}", "invalidValue", "displayName", "!" },
  { "complex-as-text", "User", "{\"userName\":\"john\",\"name\":\"John Doe\"}", "invalidValue", "name", "!" },
  { "element-as-text", "User", "{\"userName\":\"john\",\"emails\":[\"a@b\"]}", "invalidValue", "emails[0]", "!" },
  { "extension-as-text", "User", "{\"userName\":\"john\",\"" E "\":\"x\"}", "invalidSyntax", E, "!" },
  { "two-primary", "User", "{\"userName\":\"john\",\"emails\":[{\"value\":\"a\",\"primary\":true},{\"value\":\"b\",\"primary\":true}]}",
    "invalidValue", "emails", "!" },
  { "same-element-contradicts", "User", "{\"userName\":\"john\",\"emails\":[{\"value\":\"a@x\",\"display\":\"A\"},{\"value\":\"b@x\"},{\"value\":\"A@x\",\"display\":\"B\"}]}",
    "invalidValue", "emails", "!" },
  { "same-element-contradicts-in-case", "User", "{\"userName\":\"john\",\"emails\":[{\"value\":\"a@x\",\"display\":\"A\"},{\"value\":\"a@x\",\"display\":\"a\"}]}",
    "invalidValue", "emails", "!" },
  { "empty-password", "User", "{\"userName\":\"john\",\"password\":\"\"}", "invalidValue", "password", "!" },
  { "password-as-number", "User", "{\"userName\":\"john\",\"password\":1234}", "invalidValue", "password", "!" },
  { "schemas-no-array", "User", "{\"userName\":\"john\",\"schemas\":\"x\"}", "invalidSyntax", "schemas", "!" },
  { "link-without-id", "Mailbox", "{\"name\":\"a\",\"owner\":{\"display\":\"John\"}}", "invalidValue", "owner", "!" },
  { "link-as-number", "Mailbox", "{\"name\":\"a\",\"owner\":{\"value\":7}}", "invalidValue", "owner", "!" },
  { "member-as-number", "Group", "{\"displayName\":\"l\",\"members\":[7]}", "invalidValue", "members", "!" },
};
/* clang-format on */

static void
check_case (const Case *test, MsEdit *edit, const GError *error)
{
  if (strcmp (test->ignored, "!") == 0)
    {
      g_assert_null (edit);
      g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
      g_test_message ("%s", error->message);
      g_assert_cmpstr (ms_error_get_scim_type (error), ==, test->result);
      g_assert_cmpstr (ms_error_get_path (error), ==, test->links);
      return;
    }
  g_assert_no_error (error);
  g_autofree char *attributes = attributes_to_string (edit->object);
  g_autofree char *links = links_to_string (edit);
  g_autofree char *ignored = ignored_to_string (edit);
  g_assert_cmpstr (attributes, ==, test->result);
  g_assert_cmpstr (links, ==, test->links);
  g_assert_cmpstr (ignored, ==, test->ignored);
}

static void
test_create (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) body = ms_json_parse (test->body, -1, NULL, &error);

  g_assert_no_error (error);
  g_autoptr (MsEdit) edit
             = ms_edit_new_from_create (type (test->type), json_node_get_object (body), &error);
  check_case (test, edit, error);
}

static void
test_secrets (void)
{
  g_autoptr (JsonNode) body = ms_json_parse ("{\"userName\":\"john\",\"PassWord\":\"abcd\",\"" X
                                             "\":{\"passwordHash\":\"$y$x\"}}",
                                             -1,
                                             NULL,
                                             NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsEdit) edit
             = ms_edit_new_from_create (type ("User"), json_node_get_object (body), &error);

  g_assert_no_error (error);
  g_autofree char *attributes = attributes_to_string (edit->object);
  g_assert_cmpstr (attributes, ==, "{\"userName\":\"john\"}");
  g_assert_cmpuint (g_hash_table_size (edit->secrets), ==, 2);
  g_assert_cmpstr (g_hash_table_lookup (edit->secrets, "password"), ==, "abcd");
  g_assert_cmpstr (g_hash_table_lookup (edit->secrets, X ":passwordHash"), ==, "$y$x");

  /* What is wrong with a secret is told without the secret. */
  g_autoptr (JsonNode) bad = ms_json_parse (
      "{\"userName\":\"john\",\"password\":\"hunter2\\u0007\"}", -1, NULL, NULL);
  g_assert_null (ms_edit_new_from_create (type ("User"), json_node_get_object (bad), &error));
  g_assert_null (strstr (error->message, "hunter2"));
}

static void
test_lengths (void)
{
  static const struct
  {
    const char *attribute;
    guint       limit;
  } cases[] = { { "userName", 256 },
                { "title", MS_ATTRIBUTE_MAX_LENGTH },
                { "password", 1024 },
                { "externalId", 1024 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint over = 0; over <= 1; over++)
      {
        g_autoptr (GError) error = NULL;
        g_autoptr (JsonObject) body = json_object_new ();
        g_autofree char *text = g_strnfill (cases[i].limit + over, 'x');

        json_object_set_string_member (body, "userName", "john");
        json_object_set_string_member (body, cases[i].attribute, text);
        g_autoptr (MsEdit) edit = ms_edit_new_from_create (type ("User"), body, &error);
        g_assert_true ((edit != NULL) == (over == 0));
        if (over)
          g_assert_cmpstr (ms_error_get_path (error), ==, cases[i].attribute);
      }
}

static JsonObject *
new_body_with_aliases (guint count)
{
  JsonObject *body = json_object_new ();
  JsonArray  *aliases = json_array_sized_new (count);

  for (guint i = 0; i < count; i++)
    {
      g_autofree char *alias = g_strdup_printf ("alias%u@example.org", i);
      json_array_add_string_element (aliases, alias);
    }
  json_object_set_string_member (body, "name", "a");
  json_object_set_array_member (body, "aliases", aliases);
  return body;
}

static void
test_many_elements (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) fits = new_body_with_aliases (20000);
  g_autoptr (MsEdit) edit = ms_edit_new_from_create (type ("Mailbox"), fits, &error);

  g_assert_no_error (error);
  g_assert_nonnull (edit);
  g_autoptr (JsonObject) over = new_body_with_aliases (20001);
  g_assert_null (ms_edit_new_from_create (type ("Mailbox"), over, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_LIMIT);
}

/* The names of unknown attributes go into a header: bounded in number and length, and printable. */
static void
test_ignored_bounded (void)
{
  g_autoptr (JsonObject) body = json_object_new ();
  g_autofree char *name = g_strnfill (5000, 'x');

  json_object_set_string_member (body, "userName", "john");
  json_object_set_int_member (body, name, 1);
  json_object_set_int_member (body, "a\r\nX-Evil: 1", 1);
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *more = g_strdup_printf ("more%u", i);
      json_object_set_int_member (body, more, 1);
    }
  g_autoptr (MsEdit) edit = ms_edit_new_from_create (type ("User"), body, NULL);
  g_assert_nonnull (edit);
  g_assert_cmpuint (edit->ignored->names->len, ==, 100);
  g_assert_cmpuint (strlen (g_ptr_array_index (edit->ignored->names, 0)), <=, 256);
  g_assert_null (strpbrk (g_ptr_array_index (edit->ignored->names, 1), "\r\n"));
}

/* PUT ---------------------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *type;
  const char *before;
  Case        put;
} Replace;

#define BEFORE_USER                                                                                \
  "{\"userName\":\"john\",\"title\":\"Boss\",\"externalId\":\"E\",\"emails\":[{\"value\":\"a\"}]," \
  "\"" E "\":{\"department\":\"Sales\",\"manager\":{\"value\":\"m\"}},\"" X                        \
  "\":{\"role\":\"administrator\"}}"

/* clang-format off */
static const Replace replaces[] = {
  { "clears-what-is-not-given", "User", "{\"userName\":\"john\",\"title\":\"x\",\"externalId\":\"E\"}",
    { NULL, NULL, "{\"userName\":\"jim\"}", "{\"userName\":\"jim\"}", "", "" } },
  { "keeps-extensions-not-named", "User", BEFORE_USER,
    { NULL, NULL, "{\"userName\":\"john\"}",
      "{\"userName\":\"john\",\"" E "\":{\"department\":\"Sales\",\"manager\":{\"value\":\"m\"}},\"" X "\":{\"role\":\"administrator\"}}", "", "" } },
  { "clears-extensions-in-schemas", "User", BEFORE_USER,
    { NULL, NULL, "{\"schemas\":[\"" MS_URN_USER "\",\"" X "\"],\"userName\":\"john\"}",
      "{\"userName\":\"john\",\"" E "\":{\"department\":\"Sales\",\"manager\":{\"value\":\"m\"}}}", "", "" } },
  { "replaces-named-extension-but-manager", "User", BEFORE_USER,
    { NULL, NULL, "{\"userName\":\"john\",\"" E "\":{\"division\":\"EU\"}}",
      "{\"userName\":\"john\",\"" E "\":{\"division\":\"EU\",\"manager\":{\"value\":\"m\"}},\"" X "\":{\"role\":\"administrator\"}}", "", "" } },
  { "clears-manager-by-null", "User", BEFORE_USER,
    { NULL, NULL, "{\"userName\":\"john\",\"" E "\":{\"division\":\"EU\",\"manager\":null}}",
      "{\"userName\":\"john\",\"" E "\":{\"division\":\"EU\"},\"" X "\":{\"role\":\"administrator\"}}", "", "" } },
  { "null-takes-the-extension-off", "User", BEFORE_USER,
    { NULL, NULL, "{\"userName\":\"john\",\"" E "\":null}", "{\"userName\":\"john\",\"" X "\":{\"role\":\"administrator\"}}", "", "" } },
  { "empty-takes-the-extension-off", "User", BEFORE_USER,
    { NULL, NULL, "{\"userName\":\"john\",\"" E "\":{}}", "{\"userName\":\"john\",\"" X "\":{\"role\":\"administrator\"}}", "", "" } },
  { "keeps-read-only", "Mailbox", "{\"name\":\"a\",\"address\":\"a@x.org\",\"owner\":{\"value\":\"u\"},\"quota\":5}",
    { NULL, NULL, "{\"name\":\"b\",\"address\":\"evil@x.org\"}", "{\"name\":\"b\",\"address\":\"a@x.org\",\"owner\":{\"value\":\"u\"}}", "", "" } },
  { "okta-sends-id-and-meta", "User", "{\"userName\":\"john\"}",
    { NULL, NULL, "{\"id\":\"other\",\"meta\":{},\"groups\":[],\"userName\":\"john\",\"active\":true}", "{\"userName\":\"john\",\"active\":true}", "", "" } },
  { "keycloak-leaves-members-out", "Group", "{\"displayName\":\"l\"}", { NULL, NULL, "{\"displayName\":\"m\"}", "{\"displayName\":\"m\"}", "", "" } },
  { "members-replaced", "Group", "{\"displayName\":\"l\"}",
    { NULL, NULL, "{\"displayName\":\"l\",\"members\":[{\"value\":\"1\"}]}", "{\"displayName\":\"l\"}", "-all +:1", "" } },
  { "members-emptied", "Group", "{\"displayName\":\"l\"}", { NULL, NULL, "{\"displayName\":\"l\",\"members\":[]}", "{\"displayName\":\"l\"}", "-all", "" } },
  { "password-null-kept", "User", "{\"userName\":\"john\"}", { NULL, NULL, "{\"userName\":\"john\",\"password\":null}", "{\"userName\":\"john\"}", "", "" } },
  { "required-missing", "User", "{\"userName\":\"john\"}", { NULL, NULL, "{\"title\":\"x\"}", "invalidValue", "userName", "!" } },
};
/* clang-format on */

static void
test_replace (gconstpointer data)
{
  const Replace *test = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) before = ms_json_parse (test->before, -1, NULL, NULL);
  g_autoptr (JsonNode) body = ms_json_parse (test->put.body, -1, NULL, NULL);
  g_autoptr (MsObject) object = ms_object_new (
      type (test->type), "id-1", json_object_ref (json_node_get_object (before)));

  g_autoptr (MsEdit) edit = ms_edit_new_from_replace (object, json_node_get_object (body), &error);
  check_case (&test->put, edit, error);
  g_autofree char *untouched = attributes_to_string (object);
  g_assert_cmpstr (untouched, ==, test->before);
  if (edit != NULL)
    g_assert_cmpuint (g_hash_table_size (edit->secrets), ==, 0);
}

/* An immutable attribute, which none of ours is. */
static void
test_immutable (void)
{
  static const struct
  {
    const char *before;
    const char *put;
    const char *patch;
    gboolean    good;
  } cases[] = {
    { "{\"name\":\"a\"}",
      "{\"name\":\"a\",\"serial\":\"1\"}",
      "{\"op\":\"add\",\"path\":\"serial\",\"value\":\"1\"}",
      TRUE },
    { "{\"name\":\"a\",\"serial\":\"1\"}",
      "{\"name\":\"a\",\"serial\":\"1\"}",
      "{\"op\":\"replace\",\"path\":\"serial\",\"value\":\"1\"}",
      TRUE },
    { "{\"name\":\"a\",\"serial\":\"1\"}",
      "{\"name\":\"a\"}",
      "{\"op\":\"add\",\"path\":\"name\",\"value\":\"b\"}",
      TRUE },
    { "{\"name\":\"a\",\"serial\":\"1\"}",
      "{\"name\":\"a\",\"serial\":\"2\"}",
      "{\"op\":\"replace\",\"path\":\"serial\",\"value\":\"2\"}",
      FALSE },
    { "{\"name\":\"a\",\"serial\":\"1\"}",
      "{\"name\":\"a\",\"serial\":null}",
      "{\"op\":\"remove\",\"path\":\"serial\"}",
      FALSE },
  };
  g_autoptr (MsSchemaRegistry) own = ms_schema_registry_new ();
  g_assert_true (ms_schema_registry_add_json (
      own,
      "{\"schemas\":[{\"id\":\"urn:x:y\",\"name\":\"T\",\"attributes\":[{\"name\":\"name\","
      "\"label\":true},{\"name\":\"serial\",\"mutability\":\"immutable\"}]}],"
      "\"resourceTypes\":[{\"name\":\"T\",\"endpoint\":\"/T\",\"schema\":\"urn:x:y\"}]}",
      -1,
      NULL));

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) before = ms_json_parse (cases[i].before, -1, NULL, NULL);
      g_autoptr (JsonNode) put = ms_json_parse (cases[i].put, -1, NULL, NULL);
      g_autofree char *text = g_strdup_printf (
          "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[%s]}",
          cases[i].patch);
      g_autoptr (JsonNode) patch = ms_json_parse (text, -1, NULL, NULL);
      g_autoptr (MsObject) object = ms_object_new (ms_schema_registry_get_type_by_name (own, "T"),
                                                   "1",
                                                   json_object_ref (json_node_get_object (before)));
      g_autoptr (MsEdit) replaced
                 = ms_edit_new_from_replace (object, json_node_get_object (put), &error);

      g_assert_true ((replaced != NULL) == cases[i].good);
      if (!cases[i].good)
        g_assert_cmpstr (ms_error_get_scim_type (error), ==, "mutability");
      g_clear_error (&error);
      g_autoptr (MsEdit) patched
                 = ms_edit_new_from_patch (object, json_node_get_object (patch), &error);
      g_assert_true ((patched != NULL) == cases[i].good);
      if (!cases[i].good)
        g_assert_cmpstr (ms_error_get_scim_type (error), ==, "mutability");
    }
}

/* Deltas ------------------------------------------------------------------------------------- */

static void
append_side (GString *out, JsonNode *node)
{
  g_autofree char *text = node != NULL ? ms_json_to_string (node) : g_strdup ("-");

  g_string_append (out, text);
}

static void
append_elements (GString *out, char sign, JsonArray *array)
{
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), array);

  if (json_array_get_length (array) > 0)
    {
      g_string_append_c (out, sign);
      append_side (out, node);
    }
}

static void
test_deltas (void)
{
  static const struct
  {
    const char *before;
    const char *after;
    const char *deltas;
  } cases[] = {
    { "{\"userName\":\"a\"}", "{\"userName\":\"a\"}", "" },
    { "{\"userName\":\"a\"}",
      "{\"userName\":\"b\",\"title\":\"t\"}",
      "userName \"a\">\"b\"; title ->\"t\"; " },
    { "{\"externalId\":\"1\"}", "{}", "externalId \"1\">-; " },
    { "{\"name\":{\"givenName\":\"a\",\"familyName\":\"b\"}}",
      "{\"name\":{\"givenName\":\"c\",\"familyName\":\"b\"}}",
      "name.givenName \"a\">\"c\"; " },
    { "{\"name\":{\"givenName\":\"a\"}}", "{}", "name.givenName \"a\">-; " },
    { "{\"emails\":[{\"value\":\"1\"},{\"value\":\"2\"}]}",
      "{\"emails\":[{\"value\":\"2\"},{\"value\":\"3\"}]}",
      "emails +[{\"value\":\"3\"}]-[{\"value\":\"1\"}]; " },
    { "{\"emails\":[{\"value\":\"1\"},{\"value\":\"2\"}]}",
      "{\"emails\":[{\"value\":\"2\"},{\"value\":\"1\"}]}",
      "" },
    { "{\"emails\":[{\"value\":\"1\",\"type\":\"t\"}]}",
      "{\"emails\":[{\"type\":\"t\",\"value\":\"1\"}]}",
      "" },
    { "{\"" X "\":{\"allowedNetworks\":[\"a\"]}}", "{}", X ":allowedNetworks -[\"a\"]; " },
    { "{}", "{\"" E "\":{\"manager\":{\"value\":\"m\"}}}", E ":manager ->{\"value\":\"m\"}; " },
    { "{\"" X "\":{\"rights\":{\"imap\":true}}}",
      "{\"" X "\":{\"rights\":{\"imap\":false,\"pop3\":true}}}",
      X ":rights.imap true>false; " X ":rights.pop3 ->true; " },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonNode) a = ms_json_parse (cases[i].before, -1, NULL, NULL);
      g_autoptr (JsonNode) b = ms_json_parse (cases[i].after, -1, NULL, NULL);
      g_autoptr (MsObject) before
                 = ms_object_new (type ("User"), "1", json_object_ref (json_node_get_object (a)));
      g_autoptr (MsObject) after
                 = ms_object_new (type ("User"), "1", json_object_ref (json_node_get_object (b)));
      g_autoptr (GPtrArray) deltas = ms_delta_compute (before, after);
      g_autoptr (GString) out = g_string_new (NULL);

      for (guint j = 0; j < deltas->len; j++)
        {
          const MsDelta *delta = g_ptr_array_index (deltas, j);
          g_string_append_printf (out, "%s ", delta->attribute->path);
          if (delta->attribute->multi_valued)
            {
              append_elements (out, '+', delta->added);
              append_elements (out, '-', delta->removed);
            }
          else
            {
              append_side (out, delta->before);
              g_string_append_c (out, '>');
              append_side (out, delta->after);
            }
          g_string_append (out, "; ");
        }
      g_assert_cmpstr (out->str, ==, cases[i].deltas);
    }
}

/* An external id that an older version stored for no client: neither an undo nor the bin asks whose
 * it is. */
static void
test_again (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = ms_json_parse (
      "{\"userName\":\"a\",\"title\":\"t\",\"externalIds\":[{\"value\":\"x\"}]}", -1, NULL, NULL);
  g_autoptr (JsonNode) body
             = ms_json_parse ("{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],"
                              "\"Operations\":[{\"op\":\"remove\",\"path\":\"title\"}]}",
                              -1,
                              NULL,
                              NULL);
  g_autoptr (MsObject) before = ms_object_new (type ("User"), "1", json_node_dup_object (node));
  g_autoptr (MsEdit) edit = ms_edit_new_from_patch (before, json_node_get_object (body), &error);

  g_assert_no_error (error);
  g_assert_true (ms_edit_check_again (edit, before, &error));
  g_assert_no_error (error);
  g_assert_true (ms_edit_check_again (edit, NULL, &error));
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  registry = ms_schema_registry_new_builtin ();
  for (guint i = 0; i < G_N_ELEMENTS (creates); i++)
    {
      g_autofree char *name = g_strconcat ("/edit/create/", creates[i].name, NULL);
      g_test_add_data_func (name, &creates[i], test_create);
    }
  for (guint i = 0; i < G_N_ELEMENTS (replaces); i++)
    {
      g_autofree char *name = g_strconcat ("/edit/replace/", replaces[i].name, NULL);
      g_test_add_data_func (name, &replaces[i], test_replace);
    }
  g_test_add_func ("/edit/secrets", test_secrets);
  g_test_add_func ("/edit/lengths", test_lengths);
  g_test_add_func ("/edit/many-elements", test_many_elements);
  g_test_add_func ("/edit/ignored-bounded", test_ignored_bounded);
  g_test_add_func ("/edit/immutable", test_immutable);
  g_test_add_func ("/edit/deltas", test_deltas);
  g_test_add_func ("/edit/again", test_again);
  int status = g_test_run ();
  ms_schema_registry_unref (registry);
  return status;
}
