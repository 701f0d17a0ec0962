/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Objects: attributes by path, links, copies, identifiers.
 */
#include "ms-json.h"
#include "ms-object.h"

#include <string.h>

static MsSchemaRegistry *registry;

static MsObject *
new_object (const char *type, const char *json)
{
  g_autoptr (JsonNode) node = ms_json_parse (json, -1, NULL, NULL);

  return ms_object_new (ms_schema_registry_get_type_by_name (registry, type),
                        "id-1",
                        json_object_ref (json_node_get_object (node)));
}

static void
assert_attributes (MsObject *object, const char *json)
{
  g_autoptr (JsonNode) node
             = json_node_init_object (json_node_alloc (), ms_object_get_attributes (object));
  g_autofree char *text = ms_json_to_string (node);

  g_assert_cmpstr (text, ==, json);
}

static void
test_access (void)
{
  g_autoptr (MsObject) user
             = new_object ("User",
                           "{\"userName\":\"john\",\"active\":false,\"" MS_URN_EXT_USER
                           "\":{\"rights\":{\"imap\":true}}}");

  g_assert_cmpstr (ms_object_get_label (user), ==, "john");
  g_assert_cmpstr (ms_object_get_string (user, "USERNAME"), ==, "john");
  g_assert_null (ms_object_get_string (user, "title"));
  g_assert_null (ms_object_get_string (user, "active"));
  g_assert_false (ms_object_get_boolean (user, "active", TRUE));
  g_assert_true (ms_object_get_boolean (user, MS_URN_EXT_USER ":rights.imap", FALSE));
  g_assert_true (ms_object_get_boolean (user, MS_URN_EXT_USER ":rights.pop3", TRUE));

  g_autoptr (MsObject) mailbox = new_object ("Mailbox", "{\"name\":\"x\",\"quota\":5}");
  g_assert_cmpint (ms_object_get_int (mailbox, "quota", -1), ==, 5);
  g_assert_cmpint (ms_object_get_int (mailbox, "effectiveQuota", -1), ==, -1);
  g_autoptr (MsObject) guest = new_object ("Guest", "{}");
  g_assert_cmpstr (ms_object_get_label (guest), ==, "");
}

static void
test_set (void)
{
  g_autoptr (MsObject) user = new_object ("User", "{}");

  ms_object_set_string (user, "userName", "john");
  ms_object_set_string (user, "name.familyName", "Doe");
  ms_object_set_boolean (user, MS_URN_EXT_USER ":rights.imap", TRUE);
  assert_attributes (user,
                     "{\"userName\":\"john\",\"name\":{\"familyName\":\"Doe\"},\"" MS_URN_EXT_USER
                     "\":{\"rights\":{\"imap\":true}}}");
  /* What becomes empty goes too. */
  ms_object_set_string (user, "name.familyName", NULL);
  ms_object_set_string (user, MS_URN_EXT_USER ":rights.imap", NULL);
  ms_object_set_string (user, MS_URN_ENTERPRISE ":department", NULL);
  assert_attributes (user, "{\"userName\":\"john\"}");
}

static void
test_links (void)
{
  g_autoptr (MsObject) mailbox = new_object ("Mailbox", "{\"name\":\"x\"}");

  g_assert_null (ms_object_get_link (mailbox, "owner"));
  ms_object_set_link (mailbox, "owner", "user-1");
  g_assert_cmpstr (ms_object_get_link (mailbox, "owner"), ==, "user-1");
  assert_attributes (mailbox, "{\"name\":\"x\",\"owner\":{\"value\":\"user-1\"}}");
  ms_object_set_link (mailbox, "owner", NULL);
  g_assert_null (ms_object_get_link (mailbox, "owner"));
  assert_attributes (mailbox, "{\"name\":\"x\"}");

  g_autoptr (MsObject) user = new_object ("User", "{}");
  ms_object_set_link (user, MS_URN_ENTERPRISE ":manager", "boss");
  g_assert_cmpstr (ms_object_get_link (user, MS_URN_ENTERPRISE ":manager"), ==, "boss");
}

static void
test_copy (void)
{
  g_autoptr (MsObject) user = new_object ("User", "{\"name\":{\"familyName\":\"Doe\"}}");

  ms_object_set_row (user, 7);
  ms_object_set_version (user, 3);
  ms_object_set_times (user, 10, 20);
  g_autoptr (MsObject) copy = ms_object_copy (user);
  ms_object_set_string (copy, "name.familyName", "Roe");
  g_assert_cmpstr (ms_object_get_string (user, "name.familyName"), ==, "Doe");
  g_assert_cmpstr (ms_object_get_id (copy), ==, "id-1");
  g_assert_cmpint (ms_object_get_row (copy), ==, 7);
  g_assert_cmpint (ms_object_get_version (copy), ==, 3);
  g_assert_cmpint (ms_object_get_created (copy), ==, 10);
  g_assert_cmpint (ms_object_get_modified (copy), ==, 20);
}

static void
test_unknown_path (void)
{
  g_autoptr (MsObject) user = new_object ("User", "{}");

  g_test_expect_message ("ms-core", G_LOG_LEVEL_CRITICAL, "*no attribute nonsense*");
  ms_object_set_string (user, "nonsense", "x");
  g_test_assert_expected_messages ();
  assert_attributes (user, "{}");
}

static gpointer
make_ids (gpointer data)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < 20000; i++)
    g_ptr_array_add (ids, ms_object_new_id ());
  return ids;
}

static void
test_ids (void)
{
  g_autoptr (GRegex) form = g_regex_new (
      "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", 0, 0, NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GThread *threads[4];
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("ids", make_ids, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    {
      GPtrArray *ids = g_thread_join (threads[i]);
      g_ptr_array_add (all, ids);
      for (guint j = 0; j < ids->len; j++)
        {
          const char *id = g_ptr_array_index (ids, j);
          g_assert_true (g_regex_match (form, id, 0, NULL));
          g_assert_true (g_hash_table_add (seen, (gpointer) id));
          g_assert_true (j == 0 || strcmp (g_ptr_array_index (ids, j - 1), id) < 0);
        }
    }

  g_autofree char *id = ms_object_new_id ();
  g_autofree char *high = g_strndup (id, 8);
  guint64          seconds = (g_ascii_strtoull (high, NULL, 16) << 16) / 1000;
  g_assert_cmpuint (seconds, >, (guint64) (g_get_real_time () / G_USEC_PER_SEC) - 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  registry = ms_schema_registry_new_builtin ();
  g_test_add_func ("/object/access", test_access);
  g_test_add_func ("/object/set", test_set);
  g_test_add_func ("/object/links", test_links);
  g_test_add_func ("/object/copy", test_copy);
  g_test_add_func ("/object/unknown-path", test_unknown_path);
  g_test_add_func ("/object/ids", test_ids);
  int status = g_test_run ();
  ms_schema_registry_unref (registry);
  return status;
}
