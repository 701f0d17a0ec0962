/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parts without a network: fingerprints, addresses of servers, the event parser, resources, the
 * diff of lists, saved servers.
 */
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "ms-error.h"
#include "ms-event-parser.h"
#include "ms-fingerprint.h"
#include "ms-json.h"
#include "ms-remote-diff.h"
#include "ms-resource.h"
#include "ms-server-address.h"
#include "ms-server-store.h"
#include "test-folder.h"

/* Fingerprints
 * ----------------------------------------------------------------------------------------- */

#define HEX "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"
#define COLONS                                                                                     \
  "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:"  \
  "FF"

static void
test_fingerprint (void)
{
  static const struct
  {
    const char *text;
    gboolean    good;
  } cases[] = {
    { "SHA256:" COLONS, TRUE },
    { "sha256:" COLONS, TRUE },
    { COLONS, TRUE },
    { HEX, TRUE },
    { "  " HEX "\n", TRUE },
    { "SHA256:" HEX, TRUE },
    { NULL, FALSE },
    { "", FALSE },
    { "SHA256:", FALSE },
    { COLONS ":00", FALSE },
    { "00:11", FALSE },
    { "SHA1:" COLONS, FALSE },
    { COLONS " and more", FALSE },
    { "0g" HEX, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *normal = ms_fingerprint_normalize (cases[i].text);
      g_test_message ("%s", cases[i].text != NULL ? cases[i].text : "(null)");
      g_assert_cmpstr (normal, ==, cases[i].good ? "SHA256:" COLONS : NULL);
      g_assert_cmpint (ms_fingerprint_equal (cases[i].text, HEX), ==, cases[i].good);
    }
  g_assert_false (ms_fingerprint_equal ("", ""));
  g_assert_false (ms_fingerprint_equal (NULL, NULL));

  /* Each byte counts, the last one too. */
  g_autofree char *other = g_strdup (HEX);
  for (gsize i = 0; i < strlen (HEX); i++)
    {
      other[i] = other[i] == '0' ? '1' : '0';
      g_assert_false (ms_fingerprint_equal (other, HEX));
      other[i] = HEX[i];
    }
  g_assert_true (ms_fingerprint_equal (other, HEX));
}

/* Addresses of servers
 * --------------------------------------------------------------------------------- */

static void
test_server_address (void)
{
  static const struct
  {
    const char *text;
    const char *url;
    const char *user;
    const char *host;
  } cases[] = {
    { "mail.example.org", "https://mail.example.org:7443", NULL, "mail.example.org" },
    { " mail.example.org:8443 ", "https://mail.example.org:8443", NULL, "mail.example.org" },
    { "https://mail.example.org/", "https://mail.example.org:7443", NULL, "mail.example.org" },
    { "HTTPS://mail.example.org:1", "https://mail.example.org:1", NULL, "mail.example.org" },
    { "admin@mail.example.org", "https://mail.example.org:7443", "admin", "mail.example.org" },
    { "ann@example.org@mail.example.org:99",
      "https://mail.example.org:99",
      "ann@example.org",
      "mail.example.org" },
    { "[::1]:7443", "https://[::1]:7443", NULL, "::1" },
    { "127.0.0.1", "https://127.0.0.1:7443", NULL, "127.0.0.1" },
    { "http://mail.example.org", NULL, NULL, NULL },
    { "ldap://mail.example.org", NULL, NULL, NULL },
    { "", NULL, NULL, NULL },
    { "admin@", NULL, NULL, NULL },
    { "mail.example.org/scim", NULL, NULL, NULL },
    { "mail.example.org:0", NULL, NULL, NULL },
    { "mail.example.org:70000", NULL, NULL, NULL },
    { "mail example org", NULL, NULL, NULL },
    { "host\xff", NULL, NULL, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *user = NULL;
      g_autofree char *host = NULL;
      g_autoptr (GError) error = NULL;
      guint16          port = 0;
      g_autofree char *url = ms_server_address_parse (cases[i].text, &user, &host, &port, &error);

      g_autofree char *shown = g_strescape (cases[i].text, NULL);
      g_test_message ("%s", shown);
      g_assert_cmpstr (url, ==, cases[i].url);
      g_assert_cmpstr (user, ==, cases[i].user);
      g_assert_cmpstr (host, ==, cases[i].host);
      if (cases[i].url == NULL)
        g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
      else
        g_assert_no_error (error);
    }
}

/* Events
 * -----------------------------------------------------------------------------------------------
 */

static void
note_event (const char *name, const char *data, const char *id, gpointer user_data)
{
  g_string_append_printf (user_data, "%s|%s|%s;", name, data, id != NULL ? id : "-");
}

static void
test_event_parser (void)
{
  static const struct
  {
    const char *name;
    const char *stream;
    const char *events;
  } cases[] = {
    { "plain", "data: a\n\n", "message|a|-;" },
    { "named", "id: 5\nevent: change\ndata: {}\n\n", "change|{}|5;" },
    { "id stays", "id: 5\ndata: a\n\ndata: b\n\n", "message|a|5;message|b|5;" },
    { "several lines", "data: a\ndata:b\ndata:  c\n\n", "message|a\nb\n c|-;" },
    { "comments", ": hello\n\n:\ndata: a\n: x\n\n", "message|a|-;" },
    { "crlf", "data: a\r\n\r\ndata: b\r\n\r\n", "message|a|-;message|b|-;" },
    { "cr", "data: a\r\rdata: b\r\r", "message|a|-;message|b|-;" },
    { "no data is no event", "event: x\n\ndata: a\n\n", "message|a|-;" },
    { "empty data is one", "data\n\n", "message||-;" },
    { "unfinished", "data: a\n", "" },
    { "unknown field", "foo: 1\ndata: a\n\n", "message|a|-;" },
    { "byte order mark",
      "\xEF\xBB\xBF"
      "data: a\n\n",
      "message|a|-;" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize step = 1; step <= strlen (cases[i].stream); step += strlen (cases[i].stream) - 1)
      {
        g_autoptr (GString) seen = g_string_new (NULL);
        g_autoptr (MsEventParser) parser = ms_event_parser_new (note_event, seen);
        g_autoptr (GError) error = NULL;

        for (gsize at = 0; at < strlen (cases[i].stream); at += step)
          g_assert_true (ms_event_parser_feed (
              parser, cases[i].stream + at, MIN (step, strlen (cases[i].stream) - at), &error));
        g_test_message ("%s in steps of %zu", cases[i].name, step);
        g_assert_cmpstr (seen->str, ==, cases[i].events);
      }
}

static void
test_event_parser_bound (void)
{
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (MsEventParser) parser = ms_event_parser_new (note_event, seen);
  g_autoptr (GError) error = NULL;
  g_autofree char *mebibyte = g_strnfill (1024 * 1024, 'x');
  guint            fed = 0;

  while (fed < 100 && ms_event_parser_feed (parser, mebibyte, 1024 * 1024, &error))
    fed++;
  g_assert_error (error, MS_ERROR, MS_ERROR_LIMIT);
  g_assert_cmpuint (fed, <=, 4);
}

/* Resources
 * -------------------------------------------------------------------------------------------- */

static JsonObject *
parse_object (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = ms_json_parse (text, -1, &ms_json_default_limits, &error);

  g_assert_no_error (error);
  return json_object_ref (json_node_get_object (node));
}

static void
count_signal (gpointer source, guint *counter)
{
  (*counter)++;
}

static void
count_notify (GObject *source, GParamSpec *pspec, guint *counter)
{
  (*counter)++;
}

static void
test_resource_paths (void)
{
  g_autoptr (JsonObject) json = parse_object (
      "{\"id\":\"1\",\"userName\":\"john\",\"active\":false,\"name\":{\"familyName\":\"Doe\"},"
      "\"emails\":[{\"value\":\"a@x\"},{\"value\":\"b@x\"}],\"aliases\":[\"p\",\"q\"],\"quota\":5,"
      "\"urn:ietf:params:scim:schemas:extension:mailstead:2.0:User\":{\"role\":\"none\",\"rights\":"
      "{\"imap\":true}},"
      "\"meta\":{\"resourceType\":\"User\",\"version\":\"W/\\\"3\\\"\"}}");
  g_autoptr (MsResource) resource = ms_resource_new (json);

  g_assert_true (ms_resource_is_loaded (resource));
  g_assert_cmpstr (ms_resource_get_id (resource), ==, "1");
  g_assert_cmpstr (ms_resource_get_type_name (resource), ==, "User");
  g_assert_cmpstr (ms_resource_get_etag (resource), ==, "W/\"3\"");
  g_assert_cmpstr (ms_resource_get_label (resource), ==, "john");
  g_assert_cmpstr (ms_resource_get_string (resource, "USERNAME"), ==, "john");
  g_assert_cmpstr (ms_resource_get_string (resource, "name.familyname"), ==, "Doe");
  g_assert_cmpstr (ms_resource_get_string (resource, "emails.value"), ==, "a@x");
  g_assert_cmpstr (ms_resource_get_string (
                       resource, "urn:ietf:params:scim:schemas:extension:mailstead:2.0:User:role"),
                   ==,
                   "none");
  g_assert_cmpstr (
      ms_resource_get_string (resource, "urn:ietf:params:scim:schemas:core:2.0:User:userName"),
      ==,
      "john");
  g_assert_cmpstr (ms_resource_get_string (
                       resource, "urn:ietf:params:scim:schemas:core:2.0:User:name.familyName"),
                   ==,
                   "Doe");
  g_assert_true (ms_resource_get_boolean (
      resource, "urn:ietf:params:scim:schemas:extension:mailstead:2.0:User:rights.imap", FALSE));
  g_assert_nonnull (
      ms_resource_get_node (resource, "urn:ietf:params:scim:schemas:extension:mailstead:2.0:User"));
  g_assert_false (ms_resource_get_boolean (resource, "active", TRUE));
  g_assert_true (ms_resource_get_boolean (resource, "nothing", TRUE));
  g_assert_true (ms_resource_get_boolean (resource, "userName", TRUE));
  g_assert_cmpint (ms_resource_get_int (resource, "quota", -1), ==, 5);
  g_assert_cmpint (ms_resource_get_int (resource, "userName", -1), ==, -1);
  g_assert_null (ms_resource_get_string (resource, "quota"));
  g_assert_null (ms_resource_get_node (resource, "userName.first"));
  g_assert_null (ms_resource_get_node (resource, "urn:x"));
  g_assert_null (ms_resource_get_node (resource, ""));

  g_auto (GStrv) aliases = ms_resource_dup_strv (resource, "aliases");
  g_auto (GStrv) emails = ms_resource_dup_strv (resource, "emails");
  g_auto (GStrv) nothing = ms_resource_dup_strv (resource, "members");
  g_autofree char *joined = g_strjoinv (",", aliases);
  g_autofree char *joined_emails = g_strjoinv (",", emails);
  g_assert_cmpstr (joined, ==, "p,q");
  g_assert_cmpstr (joined_emails, ==, "a@x,b@x");
  g_assert_cmpuint (g_strv_length (nothing), ==, 0);
}

static void
test_resource_signals (void)
{
  g_autoptr (MsResource) resource = ms_resource_new_placeholder ();
  g_autoptr (JsonObject) first = parse_object ("{\"id\":\"1\",\"name\":\"a\"}");
  g_autoptr (JsonObject) second = parse_object ("{\"id\":\"1\",\"name\":\"b\"}");
  guint changed = 0, loaded = 0, label = 0;

  g_signal_connect (resource, "changed", G_CALLBACK (count_signal), &changed);
  g_signal_connect (resource, "notify::loaded", G_CALLBACK (count_notify), &loaded);
  g_signal_connect (resource, "notify::label", G_CALLBACK (count_notify), &label);
  g_assert_false (ms_resource_is_loaded (resource));
  g_assert_cmpstr (ms_resource_get_label (resource), ==, "");
  g_assert_null (ms_resource_get_id (resource));

  ms_resource_set_json (resource, first);
  g_assert_cmpuint (changed, ==, 1);
  g_assert_cmpuint (loaded, ==, 1);
  g_assert_cmpuint (label, ==, 1);
  ms_resource_set_json (resource, second);
  g_assert_cmpuint (changed, ==, 2);
  g_assert_cmpuint (loaded, ==, 1);
  g_assert_cmpuint (label, ==, 2);
}

/* The diff of lists
 * ------------------------------------------------------------------------------------ */

/* Rows as letters, "." = unknown; splices as "position-removed+added". */
static void
test_diff (void)
{
  static const struct
  {
    const char *name;
    const char *before;
    const char *after;
    const char *touched; /* letters, or "*" = anything */
    const char *splices;
  } cases[] = {
    { "nothing", "abcd", "abcd", "", "" },
    { "from nothing", "", "abc", "*", "0-0+3" },
    { "to nothing", "abc", "", "*", "0-3+0" },
    { "insert in the middle", "abcd", "abxcd", "x", "2-0+1" },
    { "insert in front", "abcd", "xabcd", "x", "0-0+1" },
    { "append", "abcd", "abcdx", "x", "4-0+1" },
    { "remove", "abcd", "acd", "b", "1-1+0" },
    { "replace", "abcd", "axcd", "bx", "1-1+1" },
    { "move down", "abcdef", "acdebf", "b", "1-1+0 4-0+1" },
    { "move the touched one", "abc", "acb", "b", "1-1+0 2-0+1" },
    { "move the other touched one", "abc", "acb", "c", "1-0+1 3-1+0" },
    { "move up", "abcdef", "aebcdf", "e", "1-0+1 5-1+0" },
    { "loading costs nothing", "ab..", "abcd", "*", "" },
    { "insert pushes out of sight", "abc...", "axb....", "x", "1-0+1" },
    { "remove pulls into sight", "abc...", "acd..", "b", "1-1+0" },
    { "insert before the window", "..abc..", "..xab...", "y", "1-0+1" },
    { "remove before the window", "..abc..", "..bcd.", "y", "1-1+0" },
    { "remove the first seen", "..abc..", "..bcd.", "a", "2-1+0" },
    { "move away out of sight", "abc...", "acd...", "b", "1-1+0 5-0+1" },
    { "insert far behind", "abc....", "abc.....", "y", "7-0+1" },
    { "remove far behind", "abc....", "abc...", "y", "6-1+0" },
    { "two windows", "ab..cd..", "abx...cd...", "x", "2-0+1 5-0+1 10-0+1" },
    { "all others", "abc", "xyz", "*", "0-3+3" },
    { "all others, none touched", "abc", "xyz", "", "0-3+3" },
    { "reversed keeps one", "abc", "cba", "abc", "0-2+0 1-0+2" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GHashTable) touched = g_hash_table_new (g_str_hash, g_str_equal);
      g_autoptr (GString) result = g_string_new (NULL);
      MsKnownRow before[32], after[32];
      guint      n_before = 0, n_after = 0;

      for (guint p = 0; cases[i].before[p] != '\0'; p++)
        if (cases[i].before[p] != '.')
          {
            g_ptr_array_add (texts, g_strndup (cases[i].before + p, 1));
            before[n_before++] = (MsKnownRow){ p, g_ptr_array_index (texts, texts->len - 1) };
          }
      for (guint p = 0; cases[i].after[p] != '\0'; p++)
        if (cases[i].after[p] != '.')
          {
            g_ptr_array_add (texts, g_strndup (cases[i].after + p, 1));
            after[n_after++] = (MsKnownRow){ p, g_ptr_array_index (texts, texts->len - 1) };
          }
      for (guint p = 0; cases[i].touched[p] != '\0'; p++)
        {
          g_ptr_array_add (texts, g_strndup (cases[i].touched + p, 1));
          g_hash_table_add (touched, g_ptr_array_index (texts, texts->len - 1));
        }

      g_autoptr (GArray) splices
                 = ms_remote_diff (before,
                                   n_before,
                                   strlen (cases[i].before),
                                   after,
                                   n_after,
                                   strlen (cases[i].after),
                                   g_str_equal (cases[i].touched, "*") ? NULL : touched);
      for (guint s = 0; s < splices->len; s++)
        {
          MsSplice splice = g_array_index (splices, MsSplice, s);
          g_string_append_printf (result,
                                  "%s%u-%u+%u",
                                  s > 0 ? " " : "",
                                  splice.position,
                                  splice.removed,
                                  splice.added);
        }
      g_test_message ("%s", cases[i].name);
      g_assert_cmpstr (result->str, ==, cases[i].splices);
    }
}

/* Random lists and windows: whatever happened, the splices lead from one length to the other and
 * keep what they may keep. */
static void
test_diff_random (void)
{
  for (guint round = 0; round < 2000; round++)
    {
      guint total = (guint) g_test_rand_int_range (0, 60);
      g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GPtrArray) before = g_ptr_array_new ();
      g_autoptr (GPtrArray) after = g_ptr_array_new ();
      g_autoptr (GArray) old_rows = g_array_new (FALSE, FALSE, sizeof (MsKnownRow));
      g_autoptr (GArray) new_rows = g_array_new (FALSE, FALSE, sizeof (MsKnownRow));

      for (guint i = 0; i < total + 20; i++)
        g_ptr_array_add (all, g_strdup_printf ("%u", i));
      for (guint i = 0; i < total; i++)
        g_ptr_array_add (before, g_ptr_array_index (all, i));
      for (guint i = 0; i < before->len; i++)
        g_ptr_array_add (after, g_ptr_array_index (before, i));
      for (int edits = g_test_rand_int_range (0, 8); edits > 0; edits--)
        {
          int what = g_test_rand_int_range (0, 3);
          if (what == 0)
            g_ptr_array_insert (after,
                                g_test_rand_int_range (0, (int) after->len + 1),
                                g_ptr_array_index (all, total + (guint) edits));
          else if (after->len > 0)
            {
              gpointer row = g_ptr_array_steal_index (
                  after, (guint) g_test_rand_int_range (0, (int) after->len));
              if (what == 2)
                g_ptr_array_insert (after, g_test_rand_int_range (0, (int) after->len + 1), row);
            }
        }
      guint start = (guint) g_test_rand_int_range (0, 40),
            length = (guint) g_test_rand_int_range (0, 30);
      for (guint i = 0; i < MAX (before->len, after->len); i++)
        {
          MsKnownRow row = { i, NULL };
          gboolean   in_window = i >= start && i < start + length;
          if (i < before->len && in_window)
            {
              row.id = g_ptr_array_index (before, i);
              g_array_append_val (old_rows, row);
            }
          if (i < after->len && in_window)
            {
              row.id = g_ptr_array_index (after, i);
              g_array_append_val (new_rows, row);
            }
        }

      g_autoptr (GArray) splices = ms_remote_diff ((MsKnownRow *) old_rows->data,
                                                   old_rows->len,
                                                   before->len,
                                                   (MsKnownRow *) new_rows->data,
                                                   new_rows->len,
                                                   after->len,
                                                   NULL);
      guint now = before->len, at = 0;
      for (guint s = 0; s < splices->len; s++)
        {
          MsSplice splice = g_array_index (splices, MsSplice, s);
          g_assert_cmpuint (splice.position, >=, at);
          g_assert_cmpuint (splice.position + splice.removed, <=, now);
          g_assert_cmpuint (splice.removed + splice.added, >, 0);
          now = now - splice.removed + splice.added;
          at = splice.position + splice.added;
        }
      g_assert_cmpuint (now, ==, after->len);
    }
}

/* Saved servers
 * ---------------------------------------------------------------------------------------- */

static void
test_server_store (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = test_folder_new ();
  g_autofree char *path = g_build_filename (folder, "below", "servers", NULL);
  GStatBuf         status;

  g_autoptr (MsServerStore) empty = ms_server_store_new (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (empty)), ==, 0);

  g_autoptr (MsServerInfo) first
             = ms_server_info_new (NULL, "https://mail.example.org:7443", "admin", "SHA256:00");
  g_autoptr (MsServerInfo) second
             = ms_server_info_new ("Prüfung", "https://127.0.0.1:1", "ann", NULL);
  ms_server_info_set_colour (second, "#ff0000");
  ms_server_info_set_read_only (second, TRUE);
  ms_server_info_set_last_used (second, 12345);
  ms_server_store_add (empty, first);
  ms_server_store_add (empty, second);
  ms_server_store_add (empty, second);
  g_assert_true (ms_server_store_save (empty, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0600);

  g_autoptr (MsServerStore) again = ms_server_store_new (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (again)), ==, 2);
  MsServerInfo *info = ms_server_store_find (again, "prüfung") != NULL
                           ? ms_server_store_find (again, "prüfung")
                           : ms_server_store_find (again, "Prüfung");
  g_assert_nonnull (info);
  g_assert_cmpstr (ms_server_info_get_id (info), ==, ms_server_info_get_id (second));
  g_assert_cmpstr (ms_server_info_get_url (info), ==, "https://127.0.0.1:1");
  g_assert_cmpstr (ms_server_info_get_colour (info), ==, "#ff0000");
  g_assert_null (ms_server_info_get_fingerprint (info));
  g_assert_true (ms_server_info_get_read_only (info));
  g_assert_cmpint (ms_server_info_get_last_used (info), ==, 12345);
  g_assert_true (ms_server_store_get_last (again) == info);
  info = ms_server_store_find (again, "mail.example.org");
  g_assert_nonnull (info);
  g_assert_cmpstr (ms_server_info_get_name (info), ==, "mail.example.org");
  g_assert_true (ms_server_store_find (again, "admin@mail.example.org:7443") == info);
  g_assert_null (ms_server_store_find (again, "ann@mail.example.org:7443"));
  g_assert_null (ms_server_store_find (again, "nowhere"));
  /* However shortly after another. */
  ms_server_store_note_use (again, info);
  g_assert_true (ms_server_store_get_last (again) == info);
  ms_server_store_note_use (again, ms_server_store_find (again, "Prüfung"));
  g_assert_true (ms_server_store_get_last (again) != info);
  ms_server_store_note_use (again, info);
  g_assert_true (ms_server_store_get_last (again) == info);
  ms_server_store_remove (again, info);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (again)), ==, 1);

  /* What cannot be understood is not thrown away. */
  g_assert_true (g_file_set_contents (path, "no key file", -1, NULL));
  g_assert_null (ms_server_store_new (path, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, path));

  g_assert_cmpuint (test_folder_remove (folder), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/client/fingerprint", test_fingerprint);
  g_test_add_func ("/client/server-address", test_server_address);
  g_test_add_func ("/client/event-parser", test_event_parser);
  g_test_add_func ("/client/event-parser/bound", test_event_parser_bound);
  g_test_add_func ("/client/resource/paths", test_resource_paths);
  g_test_add_func ("/client/resource/signals", test_resource_signals);
  g_test_add_func ("/client/diff", test_diff);
  g_test_add_func ("/client/diff/random", test_diff_random);
  g_test_add_func ("/client/server-store", test_server_store);
  return g_test_run ();
}
