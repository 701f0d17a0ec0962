/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Imports of accounts: what good files come to, what bad rows and bad files are told, and that
 * nothing is left behind half made. Among the inputs are those on which other mail panels are known
 * to have failed: a repeated row, aliases and accented names, a row whose mailbox cannot be made
 * after its user was, a file that is no text.
 */
#include "import-fixture.h"

#include <string.h>

#include "ms-csv.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-password.h"
#include "ms-txn.h"

#define EXT MS_URN_EXT_USER
#define ACCOUNTS "{'createUsers':true,'createGroups':true}"

static const char *
get_row_text (JsonObject *row, const char *name)
{
  return json_object_get_string_member_with_default (row, name, NULL);
}

static char *
join_array (MsObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (ms_object_get_attributes (object), name);
  GString  *out = g_string_new (NULL);

  for (guint i = 0; node != NULL && i < json_array_get_length (json_node_get_array (node)); i++)
    g_string_append_printf (out,
                            "%s%s",
                            i > 0 ? " " : "",
                            json_array_get_string_element (json_node_get_array (node), i));
  return g_string_free (out, FALSE);
}

static MsObject *
get_user (Fixture *self, const char *login)
{
  MsObject *user = fixture_find (self, "User", "userName", login);

  g_assert_nonnull (user);
  return user;
}

static MsObject *
get_mailbox (Fixture *self, const char *address)
{
  MsObject *mailbox = fixture_find (self, "Mailbox", "address", address);

  g_assert_nonnull (mailbox);
  return mailbox;
}

static void
assert_absent (Fixture *self, const char *type, const char *path, const char *value)
{
  g_autoptr (MsObject) found = fixture_find (self, type, path, value);

  g_assert_null (found);
}

/* The sample
 * ------------------------------------------------------------------------------------------------
 */

static void
test_sample (Fixture *self, gconstpointer data)
{
  g_autofree char *id = fixture_upload_file (self, "staff.csv");
  g_autoptr (JsonObject) uploaded = fixture_get (self, id);
  g_autoptr (JsonNode) mapping = json_node_copy (json_object_get_member (uploaded, "mapping"));
  g_autofree char *mapping_text = ms_json_to_string (mapping);

  g_assert_cmpstr (json_object_get_string_member (uploaded, "state"), ==, "uploaded");
  g_assert_cmpint (json_object_get_int_member (uploaded, "records"), ==, 500);
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (uploaded, "preview")), ==, 20);
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (uploaded, "warnings")), ==, 0);
  g_assert_cmpstr (mapping_text,
                   ==,
                   "[\"userName\",\"displayName\",\"givenName\",\"familyName\",\"group\","
                   "\"aliases\",\"quota\",\"title\","
                   "\"department\",\"phone\",\"description\"]");

  /* A rehearsal does it all and leaves nothing. */
  g_autoptr (JsonObject) rehearsed = fixture_do (self, id, ACCOUNTS, TRUE, "rehearsed");
  g_assert_cmpint (fixture_count (rehearsed, "create"), ==, 500);
  g_assert_cmpint (fixture_count (rehearsed, "refuse"), ==, 0);
  g_assert_cmpint (json_object_get_int_member (rehearsed, "groups"), ==, 13);
  g_assert_cmpint (fixture_total (self, "User"), ==, 1);
  g_assert_cmpint (fixture_total (self, "Mailbox"), ==, 1);
  g_assert_cmpint (fixture_total (self, "MailGroup"), ==, 0);

  g_autoptr (JsonObject) done = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, 500);
  g_assert_cmpint (json_object_get_int_member (done, "done"), ==, 500);
  g_assert_cmpint (json_object_get_int_member (done, "groups"), ==, 13);
  g_assert_cmpint (fixture_total (self, "User"), ==, 501);
  g_assert_cmpint (fixture_total (self, "Mailbox"), ==, 501);
  g_assert_cmpint (fixture_total (self, "MailGroup"), ==, 13);

  g_autoptr (MsObject) maria = get_user (self, "maria.nunez");
  g_assert_cmpstr (ms_object_get_string (maria, "displayName"), ==, "María José Núñez");
  g_assert_cmpstr (ms_object_get_string (maria, "name.givenName"), ==, "María José");
  g_assert_cmpstr (ms_object_get_string (maria, EXT ":description"),
                   ==,
                   "Countersigns what the harbour master signs,\nand the other way round");
  g_autoptr (MsObject) mailbox = get_mailbox (self, "maria.nunez@harbour.example");
  g_autofree char *aliases = join_array (mailbox, "aliases");
  g_assert_cmpstr (
      aliases, ==, "treasurer@harbour.example invoices@harbour.example mj.nunez@harbour.example");
  g_assert_cmpint (ms_object_get_int (mailbox, "quota", -1), ==, 5000000000);
  g_assert_cmpstr (ms_object_get_link (mailbox, "owner"), ==, ms_object_get_id (maria));
  g_assert_true (ms_object_get_boolean (mailbox, "primary", FALSE));
  g_assert_cmpstr (ms_object_get_string (mailbox, "description"), ==, "María José Núñez");

  g_autoptr (MsObject) ming = get_user (self, "ming.li");
  g_assert_cmpstr (ms_object_get_string (ming, "displayName"), ==, "李明");
  g_autoptr (MsObject) zoe = get_mailbox (self, "zoe.angstrom@harbour.example");
  g_assert_cmpint (ms_object_get_int (zoe, "quota", -1), ==, 0);
}

/* The same file once more, to be updated from: nothing differs, so nothing is written. */
static void
test_sample_again (Fixture *self, gconstpointer data)
{
  g_autofree char *id = fixture_upload_file (self, "staff.csv");
  g_autoptr (JsonObject) first = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  g_autoptr (MsObject) before = get_user (self, "john");
  g_autofree char *exported = fixture_export (self, "Mailbox");

  g_autofree char *again = fixture_upload_file (self, "staff.csv");
  g_autoptr (JsonObject) second = fixture_do (
      self, again, "{'createUsers':true,'createGroups':true,'onExisting':'update'}", FALSE, "done");
  g_assert_cmpint (fixture_count (second, "skip"), ==, 500);
  g_assert_cmpint (fixture_count (second, "update"), ==, 0);
  g_autoptr (MsObject) after = get_user (self, "john");
  g_autofree char *exported_again = fixture_export (self, "Mailbox");
  g_assert_cmpint (ms_object_get_version (before), ==, ms_object_get_version (after));
  g_assert_cmpstr (exported, ==, exported_again);
}

static char *dup_hash (Fixture *self, const char *login);

/* Without a header, with passwords */
static void
test_newcomers (Fixture *self, gconstpointer data)
{
  g_autofree char *id = fixture_upload_file (self, "newcomers.csv");
  g_autoptr (JsonObject) done = fixture_do (self, id, "{'createUsers':true}", FALSE, "done");
  g_autoptr (MsObject) hugo = get_user (self, "hugo");
  g_autofree char *bruno_hash = dup_hash (self, "bruno");
  g_autofree char *finn_hash = dup_hash (self, "finn");

  g_assert_cmpint (fixture_count (done, "create"), ==, 12);
  g_assert_cmpstr (ms_object_get_string (hugo, "displayName"), ==, "Hugo \"the Crane\" Maas");
  g_assert_true (ms_password_verify ("gull,over,quay", bruno_hash, NULL));
  g_assert_true (ms_password_verify ("say \"aye\" thrice", finn_hash, NULL));
  g_assert_false (ms_password_verify ("gull,over,quay", finn_hash, NULL));
}

typedef struct
{
  const char *id;
  char       *secret;
} SecretWork;

static gboolean
read_secret (MsTxn *txn, gpointer user_data, GError **error)
{
  SecretWork *work = user_data;

  work->secret = ms_txn_get_secret (txn, work->id, "password", NULL);
  return TRUE;
}

static char *
dup_hash (Fixture *self, const char *login)
{
  g_autoptr (MsObject) user = get_user (self, login);
  SecretWork work = { ms_object_get_id (user), NULL };
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_store_read (self->store, read_secret, &work, NULL, &error));
  g_assert_no_error (error);
  return work.secret;
}

/* Bad rows
 * ----------------------------------------------------------------------------------------------------
 */

/* Each row of broken.csv says in its first column what is to become of it. */
static void
check_expectations (Fixture *self, const char *id)
{
  gsize            length;
  g_autofree char *text = fixture_read_example ("broken.csv", &length);
  MsCsvFormat      format = { "UTF-8", ',', '"', TRUE };
  g_autoptr (MsCsvReader) reader
             = ms_csv_reader_new (text, length, &format, &ms_csv_default_limits, NULL);
  g_autoptr (JsonArray) rows = fixture_rows (self, id, NULL);
  guint n = 0;

  for (;;)
    {
      guint line;
      g_autoptr (GError) bad = NULL;
      g_auto (GStrv) fields = ms_csv_reader_next (reader, &line, &bad);

      if (fields == NULL && bad == NULL)
        break;
      n++;
      JsonObject      *row = fixture_find_row (rows, line);
      const char      *expected = fields != NULL ? fields[0] : "refuse -";
      const char      *field = get_row_text (row, "field");
      const char      *status = get_row_text (row, "status");
      g_autofree char *found = strcmp (status, "refuse") == 0
                                   ? g_strdup_printf ("refuse %s", field != NULL ? field : "-")
                                   : g_strdup (status);
      if (strcmp (found, expected) != 0)
        g_test_message ("line %u (%s): %s",
                        line,
                        fields != NULL ? fields[1] : "?",
                        get_row_text (row, "reason"));
      g_assert_cmpstr (found, ==, expected);
      if (strcmp (status, "refuse") == 0)
        g_assert_cmpuint (strlen (get_row_text (row, "reason")), >, 5);
    }
  g_assert_cmpuint (n, ==, json_array_get_length (rows));
}

static void
test_broken (Fixture *self, gconstpointer data)
{
  g_autofree char *group = fixture_create (self, "MailGroup", "{'name':'Quays'}");
  g_autofree char *id = fixture_upload_file (self, "broken.csv");
  g_autoptr (JsonObject) rehearsed
             = fixture_do (self, id, "{'createUsers':true}", TRUE, "rehearsed");

  check_expectations (self, id);
  g_assert_cmpint (fixture_total (self, "User"), ==, 1);
  g_autoptr (JsonObject) done = fixture_do (self, id, "{'createUsers':true}", FALSE, "done");
  check_expectations (self, id);
  g_assert_cmpint (fixture_count (done, "create"), ==, 4);
  g_assert_cmpint (fixture_count (done, "refuse"), ==, fixture_count (rehearsed, "refuse"));
  /* Nothing is half there. */
  g_assert_cmpint (fixture_total (self, "User"), ==, 5);
  g_assert_cmpint (fixture_total (self, "Mailbox"), ==, 5);
  g_assert_cmpint (fixture_total (self, "MailGroup"), ==, 1);
  g_autoptr (MsObject) two = get_mailbox (self, "good.two@harbour.example");
  g_autofree char *aliases = join_array (two, "aliases");
  g_assert_cmpstr (aliases, ==, "g.two@harbour.example");
}

static char *
replace (const char *text, const char *old, const char *new)
{
  g_auto (GStrv) parts = g_strsplit (text, old, -1);

  g_assert_cmpuint (g_strv_length (parts), >, 1);
  return g_strjoinv (new, parts);
}

/* Records that do not fit keep all their fields, and are refused again until they are mended. */
static void
test_rejects_width (Fixture *self, gconstpointer data)
{
  const char      *text = "Login;Name;Quota\r\n"
                          "ada;Ada;1 GB;left;over\r\n"
                          "bob;Bob\r\n"
                          "carl\r\n";
  g_autofree char *id = fixture_upload (self, text);
  g_autoptr (JsonObject) first = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  g_autofree char *rejects = fixture_rejects (self, id);

  g_assert_cmpint (fixture_count (first, "refuse"), ==, 3);
  g_assert_cmpstr (rejects,
                   ==,
                   "Login;Name;Quota;error\r\n"
                   "ada;Ada;1 GB;left;over;The record has 5 fields where the file has 3 columns\r\n"
                   "bob;Bob;The record has 2 fields where the file has 3 columns\r\n"
                   "carl;The record has 1 field where the file has 3 columns\r\n");
  g_autofree char *back = g_strdup (rejects);
  for (guint round = 0; round < 3; round++)
    {
      g_autofree char *again = fixture_upload (self, back);
      g_autoptr (JsonObject) refused = fixture_do (self, again, ACCOUNTS, FALSE, "done");
      g_assert_cmpint (fixture_count (refused, "refuse"), ==, 3);
      g_free (back);
      back = fixture_rejects (self, again);
      g_assert_nonnull (strstr (back, "\r\nada;Ada;1 GB;left;over;The record has 6 fields"));
      g_assert_nonnull (strstr (back, "\r\nbob;Bob;The record has 3 fields"));
      g_assert_nonnull (strstr (back, "\r\ncarl;The record has 2 fields"));
    }
  g_autofree char *ada = replace (back, ";left;over;", ";");
  g_autofree char *mended = replace (ada, ";Bob;", ";Bob;2 GB;");
  g_autofree char *last = fixture_upload (self, mended);
  g_autoptr (JsonObject) done = fixture_do (self, last, ACCOUNTS, FALSE, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, 2);
  g_assert_cmpint (fixture_count (done, "refuse"), ==, 1);
}

/* The rejects are mended and given back, and only then complete. */
static void
test_rejects (Fixture *self, gconstpointer data)
{
  const char      *text = "Login;Name;Quota;Note\r\n"
                          "ada;Ada;1 GB;=1+1\r\n"
                          "bob;\"Bob; the other\";lots;\"=HYPERLINK(\"\"x\"\")\"\r\n"
                          "carl;Carl;oops;plain\r\n";
  g_autofree char *id = fixture_upload (self, text);
  g_autoptr (JsonObject) first = fixture_do (self, id, ACCOUNTS, TRUE, "rehearsed");
  g_autofree char *planned = fixture_rejects (self, id);
  g_autoptr (JsonObject) done = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  g_autofree char *rejects = fixture_rejects (self, id);

  g_assert_cmpint (fixture_count (done, "create"), ==, 1);
  g_assert_cmpint (fixture_count (done, "refuse"), ==, 2);
  g_assert_cmpstr (planned, ==, rejects);
  g_assert_true (g_str_has_prefix (
      rejects, "Login;Name;Quota;Note;error\r\nbob;\"Bob; the other\";lots;\"'=HYPERLINK("));
  g_assert_nonnull (strstr (rejects, "\r\ncarl;Carl;oops;plain;"));
  g_assert_nonnull (strstr (rejects, "quota: "));

  g_autofree char *mended = replace (rejects, ";lots;", ";2 GB;");
  g_autofree char *second = fixture_upload (self, mended);
  g_autoptr (JsonObject) again = fixture_do (self, second, ACCOUNTS, FALSE, "done");
  g_assert_cmpint (fixture_count (again, "create"), ==, 1);
  g_assert_cmpint (fixture_count (again, "refuse"), ==, 1);
  g_autoptr (MsObject) bob = get_user (self, "bob");
  g_assert_cmpstr (ms_object_get_string (bob, "displayName"), ==, "Bob; the other");
  /* The guard that the rejects put before what a spreadsheet would run is off again. */
  g_assert_cmpstr (ms_object_get_string (bob, EXT ":description"), ==, "=HYPERLINK(\"x\")");

  g_autofree char *left = fixture_rejects (self, second);
  g_autofree char *all_mended = replace (left, ";oops;", ";3 GB;");
  g_autofree char *third = fixture_upload (self, all_mended);
  g_autoptr (JsonObject) last = fixture_do (self, third, ACCOUNTS, FALSE, "done");
  g_assert_cmpint (fixture_count (last, "create"), ==, 1);
  g_autofree char *none = fixture_rejects (self, third);
  g_assert_cmpstr (none, ==, "Login;Name;Quota;Note;error\r\n");
}

/* Rejects of a file without header get one. */
static void
test_rejects_headerless (Fixture *self, gconstpointer data)
{
  g_autofree char *id
      = fixture_upload (self, "\"ann\",\"Ann\",\"aaaa\",\"x\"\n\"b b\",\"Ben\",\"bbbb\",\"y\"\n");
  g_autoptr (JsonObject) done = fixture_do (
      self, id, "{'createUsers':true,'format':{'header':false}}", FALSE, "done");
  g_autofree char *rejects = fixture_rejects (self, id);

  g_assert_cmpint (fixture_count (done, "create"), ==, 1);
  g_assert_true (g_str_has_prefix (
      rejects, "userName,displayName,password,column 4,error\r\nb b,Ben,bbbb,y,"));
  g_autofree char *mended = replace (rejects, "b b,", "ben,");
  g_autofree char *second = fixture_upload (self, mended);
  g_autoptr (JsonObject) again = fixture_do (self, second, "{'createUsers':true}", FALSE, "done");
  g_autofree char *hash = dup_hash (self, "ben");
  g_assert_cmpint (fixture_count (again, "create"), ==, 1);
  g_assert_true (ms_password_verify ("bbbb", hash, NULL));
}

/* The mailbox's address is a list's: the user that was made a moment before goes again, and the
 * group with it. */
static void
test_row_is_atomic (Fixture *self, gconstpointer data)
{
  g_autofree char *list = fixture_create (
      self,
      "Group",
      "{'displayName':'All hands','urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group':"
      "{'address':'crew@harbour.example'}}");
  g_autofree char *id = fixture_upload (self,
                                        "login,group,aliases,forward to\n"
                                        "crew,New/Deep,,\n"
                                        "loop,Other/Deep,,loop@harbour.example\n"
                                        "fine,New/Deep,crew,\n");
  g_autoptr (JsonObject) done = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  g_autoptr (JsonArray) rows = fixture_rows (self, id, NULL);

  g_assert_cmpint (fixture_count (done, "create"), ==, 1);
  g_assert_cmpstr (get_row_text (fixture_find_row (rows, 2), "field"), ==, "userName");
  g_assert_nonnull (strstr (get_row_text (fixture_find_row (rows, 2), "reason"), "All hands"));
  g_assert_cmpstr (get_row_text (fixture_find_row (rows, 3), "field"), ==, "forwardTo");
  assert_absent (self, "User", "userName", "crew");
  assert_absent (self, "User", "userName", "loop");
  g_assert_cmpint (fixture_total (self, "MailGroup"), ==, 2);
  g_assert_cmpint (json_object_get_int_member (done, "groups"), ==, 2);
  g_autoptr (MsObject) fine = get_mailbox (self, "fine@harbour.example");
  g_assert_nonnull (ms_object_get_link (fine, "group"));
}

/* What is there already
 * ------------------------------------------------------------------------------------------ */

static const char existing_file[]
    = "login,full name,title,quota\nann,Ann Again,Boss,3 GB\nnew,New One,,\n";

static void
test_skip (Fixture *self, gconstpointer data)
{
  g_autofree char *user
      = fixture_create (self, "User", "{'userName':'Ann','displayName':'Ann First'}");
  g_autofree char *id = fixture_upload (self, existing_file);
  g_autoptr (JsonObject) done
             = fixture_do (self, id, "{'createUsers':true,'onExisting':'skip'}", FALSE, "done");
  g_autoptr (JsonArray) rows = fixture_rows (self, id, "skip");
  g_autoptr (MsObject) ann = get_user (self, "ann");

  g_assert_cmpint (fixture_count (done, "skip"), ==, 1);
  g_assert_cmpint (fixture_count (done, "create"), ==, 1);
  g_assert_cmpint (
      json_object_get_int_member (json_array_get_object_element (rows, 0), "line"), ==, 2);
  g_assert_cmpstr (ms_object_get_string (ann, "displayName"), ==, "Ann First");
  g_assert_cmpint (ms_object_get_version (ann), ==, 1);
}

static void
test_stop (Fixture *self, gconstpointer data)
{
  g_autofree char *user
      = fixture_create (self, "User", "{'userName':'Ann','displayName':'Ann First'}");
  g_autofree char *id
      = fixture_upload (self, "login,full name\nnew,New One\nann,Ann Again\nlater,Later\n");
  g_autoptr (JsonObject) rehearsed
             = fixture_do (self, id, "{'createUsers':true,'onExisting':'stop'}", TRUE, "rehearsed");
  g_assert_cmpint (fixture_count (rehearsed, "refuse"), ==, 1);
  JsonArray *warnings = json_object_get_array_member (rehearsed, "warnings");
  g_assert_cmpuint (json_array_get_length (warnings), ==, 1);
  g_assert_cmpstr (json_array_get_string_element (warnings, 0),
                   ==,
                   "ann in line 3 exists already, so nothing will be imported");

  g_autoptr (JsonObject) failed
             = fixture_do (self, id, "{'createUsers':true,'onExisting':'stop'}", FALSE, "failed");
  JsonObject *error = json_object_get_object_member (failed, "error");
  g_assert_cmpint (json_object_get_int_member (error, "line"), ==, 3);
  g_assert_cmpstr (json_object_get_string_member (error, "path"), ==, "userName");
  g_assert_cmpstr (json_object_get_string_member (error, "status"), ==, "409");
  g_assert_cmpint (json_object_get_int_member (failed, "done"), ==, 0);
  assert_absent (self, "User", "userName", "new");
  assert_absent (self, "User", "userName", "later");

  /* Told otherwise, the same upload goes through. */
  g_autoptr (JsonObject) done
             = fixture_do (self, id, "{'createUsers':true,'onExisting':'skip'}", FALSE, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, 2);
}

static const char ann_before[]
    = "{'userName':'ann','displayName':'Ann "
      "First','title':'Clerk','name':{'givenName':'Ann','middleName':'M','familyName':'First'},"
      "'phoneNumbers':[{'value':'+1 1','type':'home'},{'value':'+1 2','type':'work'}],"
      "'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User':{'department':'Docks','"
      "costCenter':'7'}}";

static void
test_update (Fixture *self, gconstpointer data)
{
  g_autofree char *user = fixture_create (self, "User", ann_before);
  g_autofree char *json = g_strdup_printf (
      "{'name':'ann','owner':{'value':'%s'},'primary':true,'aliases':['a1','a2'],"
      "'description':'Kept','quota':5000}",
      user);
  g_autofree char *mailbox_id = fixture_create (self, "Mailbox", json);
  g_autofree char *id
      = fixture_upload (self,
                        "login,name,title,family name,phone,department,aliases,quota,group\n"
                        "ann,Ann First,Boss,Second,+1 3,Docks,a2; A1,5 KB,\n");
  g_autoptr (JsonObject) rehearsed = fixture_do (
      self, id, "{'createUsers':true,'onExisting':'update'}", TRUE, "rehearsed");
  g_autoptr (JsonArray) plan = fixture_rows (self, id, "update");
  g_autofree char *planned = fixture_changes (json_array_get_object_element (plan, 0));
  g_autoptr (MsObject) untouched = get_user (self, "ann");

  g_assert_cmpint (fixture_count (rehearsed, "update"), ==, 1);
  g_assert_cmpstr (planned, ==, "familyName:First>Second title:Clerk>Boss phone:+1 2>+1 3");
  g_assert_cmpstr (ms_object_get_string (untouched, "title"), ==, "Clerk");

  g_autoptr (JsonObject) done
             = fixture_do (self, id, "{'createUsers':true,'onExisting':'update'}", FALSE, "done");
  g_autoptr (JsonArray) rows = fixture_rows (self, id, "update");
  g_autofree char *made = fixture_changes (json_array_get_object_element (rows, 0));
  g_autoptr (MsObject) ann = get_user (self, "ann");
  g_autoptr (MsObject) mailbox = get_mailbox (self, "ann@harbour.example");
  g_assert_cmpint (fixture_count (done, "update"), ==, 1);
  g_assert_cmpstr (made, ==, planned);
  g_assert_cmpstr (ms_object_get_string (ann, "title"), ==, "Boss");
  g_assert_cmpstr (ms_object_get_string (ann, "name.familyName"), ==, "Second");
  g_assert_cmpstr (ms_object_get_string (ann, "name.middleName"), ==, "M");
  g_assert_cmpstr (ms_object_get_string (ann, MS_URN_ENTERPRISE ":costCenter"), ==, "7");
  g_assert_cmpstr (ms_object_get_string (mailbox, "description"), ==, "Kept");
  g_assert_cmpint (ms_object_get_version (mailbox), ==, 1);
  JsonArray *phones = json_object_get_array_member (ms_object_get_attributes (ann), "phoneNumbers");
  g_assert_cmpuint (json_array_get_length (phones), ==, 2);
  g_assert_cmpstr (
      json_object_get_string_member (json_array_get_object_element (phones, 0), "value"),
      ==,
      "+1 1");
  g_assert_cmpstr (
      json_object_get_string_member (json_array_get_object_element (phones, 1), "value"),
      ==,
      "+1 3");
}

/* A user without mailbox gets one, a mailbox without user an owner; what is somebody else's stays.
 */
static void
test_update_pairs (Fixture *self, gconstpointer data)
{
  g_autofree char *lonely = fixture_create (self, "User", "{'userName':'lonely'}");
  g_autofree char *orphan = fixture_create (self, "Mailbox", "{'name':'orphan'}");
  g_autofree char *jane = fixture_create (self, "User", "{'userName':'jane'}");
  g_autofree char *json
      = g_strdup_printf ("{'name':'jd','owner':{'value':'%s'},'primary':true}", jane);
  g_autofree char *jd = fixture_create (self, "Mailbox", json);
  g_autofree char *id = fixture_upload (self,
                                        "login,mailbox,quota\n"
                                        "lonely,,1 GB\n"
                                        "orphan,,2 GB\n"
                                        "thief,jd,3 GB\n"
                                        "jane,other,4 GB\n");
  g_autoptr (JsonObject) done
             = fixture_do (self, id, "{'createUsers':true,'onExisting':'update'}", FALSE, "done");
  g_autoptr (JsonArray) rows = fixture_rows (self, id, NULL);

  g_assert_cmpint (fixture_count (done, "update"), ==, 2);
  g_autoptr (MsObject) lonely_mailbox = get_mailbox (self, "lonely@harbour.example");
  g_assert_cmpstr (ms_object_get_link (lonely_mailbox, "owner"), ==, lonely);
  g_assert_true (ms_object_get_boolean (lonely_mailbox, "primary", FALSE));
  g_autoptr (MsObject) adopted = get_mailbox (self, "orphan@harbour.example");
  g_autoptr (MsObject) orphans_user = get_user (self, "orphan");
  g_assert_cmpstr (ms_object_get_id (adopted), ==, orphan);
  g_assert_cmpstr (ms_object_get_link (adopted, "owner"), ==, ms_object_get_id (orphans_user));
  g_assert_cmpint (ms_object_get_int (adopted, "quota", 0), ==, 2000000000);
  g_assert_cmpstr (get_row_text (fixture_find_row (rows, 4), "field"), ==, "mailbox");
  g_assert_cmpstr (get_row_text (fixture_find_row (rows, 5), "field"), ==, "mailbox");
  assert_absent (self, "User", "userName", "thief");
  g_autoptr (MsObject) untouched = get_mailbox (self, "jd@harbour.example");
  g_assert_cmpstr (ms_object_get_link (untouched, "owner"), ==, jane);
}

/* Options
 * ----------------------------------------------------------------------------------------------------------
 */

static void
test_mailboxes_only (Fixture *self, gconstpointer data)
{
  g_autofree char *id
      = fixture_upload (self, "mailbox name,description\ninfo,Front desk\nsales,\n");
  g_autoptr (JsonObject) done = fixture_do (self, id, "{'createUsers':false}", FALSE, "done");
  g_autoptr (MsObject) info = get_mailbox (self, "info@harbour.example");

  g_assert_cmpint (fixture_count (done, "create"), ==, 2);
  g_assert_cmpint (fixture_total (self, "User"), ==, 1);
  g_assert_null (ms_object_get_link (info, "owner"));
  g_assert_cmpstr (ms_object_get_string (info, "description"), ==, "Front desk");
}

static void
test_groups (Fixture *self, gconstpointer data)
{
  g_autofree char *top = fixture_create (self, "MailGroup", "{'name':'Top'}");
  g_autofree char *json = g_strdup_printf ("{'name':'Below','parent':{'value':'%s'}}", top);
  g_autofree char *below = fixture_create (self, "MailGroup", json);
  g_autofree char *id = fixture_upload (
      self, "login,group\na,Top / Below\nb,\nc,/top/BELOW/\nd,Top/New/Deeper\ne,Top/New\n");
  g_autofree char *options = g_strdup_printf ("{'createUsers':true,'group':'%s'}", top);
  g_autoptr (JsonObject) rehearsed = fixture_do (self, id, options, TRUE, "rehearsed");
  g_assert_cmpint (fixture_count (rehearsed, "refuse"), ==, 2);

  g_autofree char *creating
      = g_strdup_printf ("{'createUsers':true,'group':'%s','createGroups':true}", top);
  g_autoptr (JsonObject) done = fixture_do (self, id, creating, FALSE, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, 5);
  g_assert_cmpint (json_object_get_int_member (done, "groups"), ==, 2);
  g_assert_cmpint (fixture_total (self, "MailGroup"), ==, 4);
  g_autoptr (MsObject) a = get_mailbox (self, "a@harbour.example");
  g_autoptr (MsObject) b = get_mailbox (self, "b@harbour.example");
  g_autoptr (MsObject) c = get_mailbox (self, "c@harbour.example");
  g_assert_cmpstr (ms_object_get_link (a, "group"), ==, below);
  g_assert_cmpstr (ms_object_get_link (b, "group"), ==, top);
  g_assert_cmpstr (ms_object_get_link (c, "group"), ==, below);
}

static void
test_templates (Fixture *self, gconstpointer data)
{
  g_autofree char *group = fixture_create (self, "MailGroup", "{'name':'Crews'}");
  g_autofree char *json = g_strdup_printf (
      "{'name':'Crew','rights':{'imap':true,'proxy':true},'department':'Deck','quota':1000,"
      "'group':{'value':'%s'},'aliasPatterns':['{g}{family}']}",
      group);
  g_autofree char *template = fixture_create (self, "Template", json);
  g_autofree char *model = fixture_create (
      self,
      "User",
      "{'userName':'model','urn:ietf:params:scim:schemas:extension:mailstead:2.0:User':"
      "{'role':'administrator','rights':{'pop3':true}}}");
  g_autofree char *model_mailbox
      = fixture_create (self, "Mailbox", "{'name':'model','quota':2000,'keepCopy':false}");

  g_autofree char *by_template = g_strdup_printf (
      "{'createUsers':true,'userTemplate':'%s','mailboxTemplate':'%s'}", template, template);
  g_autofree char *first = fixture_upload (
      self,
      "login,given name,family name,department,quota\nann,Ann,Oar,,\nben,Ben,Oar,Engine,5 KB\n");
  g_autoptr (JsonObject) done = fixture_do (self, first, by_template, FALSE, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, 2);
  g_autoptr (MsObject) ann = get_user (self, "ann");
  g_autoptr (MsObject) ann_mailbox = get_mailbox (self, "ann@harbour.example");
  g_autofree char *aliases = join_array (ann_mailbox, "aliases");
  g_assert_true (ms_object_get_boolean (ann, EXT ":rights.proxy", FALSE));
  g_assert_cmpstr (ms_object_get_string (ann, MS_URN_ENTERPRISE ":department"), ==, "Deck");
  g_assert_cmpstr (ms_object_get_string (ann, "displayName"), ==, "Ann Oar");
  g_assert_cmpstr (ms_object_get_link (ann_mailbox, "group"), ==, group);
  g_assert_cmpint (ms_object_get_int (ann_mailbox, "quota", 0), ==, 1000);
  g_assert_cmpstr (aliases, ==, "aoar@harbour.example");
  g_autoptr (MsObject) ben = get_user (self, "ben");
  g_autoptr (MsObject) ben_mailbox = get_mailbox (self, "ben@harbour.example");
  g_assert_cmpstr (ms_object_get_string (ben, MS_URN_ENTERPRISE ":department"), ==, "Engine");
  g_assert_cmpint (ms_object_get_int (ben_mailbox, "quota", 0), ==, 5000);

  /* Any user and mailbox will do; nobody becomes an administrator that way. */
  g_autofree char *by_objects = g_strdup_printf (
      "{'createUsers':true,'userTemplate':'%s','mailboxTemplate':'%s'}", model, model_mailbox);
  g_autofree char *second = fixture_upload (self, "login\ncarl\n");
  g_autoptr (JsonObject) again = fixture_do (self, second, by_objects, FALSE, "done");
  g_autoptr (MsObject) carl = get_user (self, "carl");
  g_autoptr (MsObject) carl_mailbox = get_mailbox (self, "carl@harbour.example");
  g_assert_cmpint (fixture_count (again, "create"), ==, 1);
  g_assert_true (ms_object_get_boolean (carl, EXT ":rights.pop3", FALSE));
  g_assert_cmpstr (ms_object_get_string (carl, EXT ":role"), !=, "administrator");
  g_assert_cmpint (ms_object_get_int (carl_mailbox, "quota", 0), ==, 2000);
  g_assert_false (ms_object_get_boolean (carl_mailbox, "keepCopy", TRUE));

  /* A mailbox without owner has its part of the template too. */
  g_autofree char *third = fixture_upload (self, "login\ninfo\n");
  g_autofree char *mailbox_only = g_strdup_printf ("{'mailboxTemplate':'%s'}", template);
  g_autoptr (JsonObject) last = fixture_do (self, third, mailbox_only, FALSE, "done");
  g_autoptr (MsObject) info = get_mailbox (self, "info@harbour.example");
  g_assert_cmpint (fixture_count (last, "create"), ==, 1);
  g_assert_cmpstr (ms_object_get_link (info, "group"), ==, group);
  g_assert_cmpint (ms_object_get_int (info, "quota", 0), ==, 1000);
}

static void
assert_start_fails (
    Fixture *self, const char *id, const char *options, MsError code, const char *path)
{
  g_autoptr (JsonObject) json = fixture_json (options);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (
      ms_service_import_start (self->service, self->actor, id, json, TRUE, out, &error));
  g_assert_error (error, MS_ERROR, (int) code);
  g_assert_cmpstr (ms_error_get_path (error), ==, path);
}

static void
test_start_refusals (Fixture *self, gconstpointer data)
{
  g_autofree char *id = fixture_upload (self, "login\nann\n");

  assert_start_fails (self, id, "{'userTemplate':'none'}", MS_ERROR_INVALID, "userTemplate");
  assert_start_fails (self, id, "{'mailboxTemplate':'none'}", MS_ERROR_INVALID, "mailboxTemplate");
  assert_start_fails (self, id, "{'group':'none'}", MS_ERROR_INVALID, "group");
  assert_start_fails (self, id, "{'mapping':[null]}", MS_ERROR_INVALID, "mapping");
  assert_start_fails (self, "none", "{}", MS_ERROR_NOT_FOUND, NULL);
  g_autoptr (JsonObject) import = fixture_get (self, id);
  g_assert_cmpstr (json_object_get_string_member (import, "state"), ==, "uploaded");
  g_autoptr (JsonObject) done = fixture_do (self, id, "{}", FALSE, "done");
  assert_start_fails (self, id, "{}", MS_ERROR_CONFLICT, NULL);
}

/* Whose mailboxes
 * ----------------------------------------------------------------------------------------------------
 */

static void
test_owners (Fixture *self, gconstpointer data)
{
  const char      *text = "login,owner,primary,e-mail forward,aliases\n"
                          "john,,,,\n"
                          "john-archive,john,no,,\n"
                          "j.doe,jane,yes,,jd\n"
                          "info,,no,,\n"
                          "lost,nobody,no,,\n";
  g_autofree char *id = fixture_upload (self, text);
  g_autoptr (JsonObject) rehearsed = fixture_do (self, id, ACCOUNTS, TRUE, "rehearsed");
  g_assert_cmpint (fixture_count (rehearsed, "create"), ==, 4);
  g_autoptr (JsonObject) done = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  g_autoptr (JsonArray) rows = fixture_rows (self, id, "refuse");

  g_assert_cmpint (fixture_count (done, "create"), ==, 4);
  g_assert_cmpstr (get_row_text (fixture_find_row (rows, 6), "field"), ==, "owner");
  g_autoptr (MsObject) john = get_user (self, "john");
  g_autoptr (MsObject) archive = get_mailbox (self, "john-archive@harbour.example");
  g_assert_cmpstr (ms_object_get_link (archive, "owner"), ==, ms_object_get_id (john));
  g_assert_false (ms_object_get_boolean (archive, "primary", FALSE));
  g_autoptr (MsObject) jane = get_user (self, "jane");
  g_autoptr (MsObject) j_doe = get_mailbox (self, "j.doe@harbour.example");
  g_assert_cmpstr (ms_object_get_link (j_doe, "owner"), ==, ms_object_get_id (jane));
  g_assert_true (ms_object_get_boolean (j_doe, "primary", FALSE));
  g_autoptr (MsObject) info = get_mailbox (self, "info@harbour.example");
  g_assert_null (ms_object_get_link (info, "owner"));
  assert_absent (self, "User", "userName", "info");
}

/* An owner that an earlier chunk of a rehearsal made, and took back */
static void
test_owner_in_another_chunk (Fixture *self, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("login,owner,primary\nfirst,,\n");

  for (guint i = 0; i < 600; i++)
    g_string_append_printf (text, "u%03u,,\n", i);
  g_string_append (text, "second,first,no\nfirst,,\nfirst-too,nobody,no\n");
  g_autofree char *id = fixture_upload (self, text->str);
  g_autoptr (JsonObject) rehearsed = fixture_do (self, id, ACCOUNTS, TRUE, "rehearsed");
  g_autoptr (JsonArray) rows = fixture_rows (self, id, "refuse");

  g_assert_cmpint (fixture_count (rehearsed, "create"), ==, 602);
  g_assert_cmpint (fixture_count (rehearsed, "refuse"), ==, 2);
  g_assert_nonnull (strstr (get_row_text (fixture_find_row (rows, 604), "reason"), "Line 2"));
  g_assert_cmpint (fixture_total (self, "User"), ==, 1);
}

static void
test_addresses_as_logins (Fixture *self, gconstpointer data)
{
  g_autofree char *domain = fixture_create (self, "Domain", "{'name':'pilots.example'}");
  g_autofree char *id
      = fixture_upload (self,
                        "e-mail,name\nann@Harbour.example,Ann\nann@pilots.example,Other Ann\n"
                        "ben@nowhere.example,Ben\n");
  g_autoptr (JsonObject) done = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  g_autoptr (JsonArray) rows = fixture_rows (self, id, "refuse");
  g_autoptr (MsObject) ann = get_user (self, "ann");
  g_autoptr (MsObject) mailbox = get_mailbox (self, "ann@harbour.example");
  g_autoptr (MsObject) other = get_user (self, "ann@pilots.example");
  g_autoptr (MsObject) other_mailbox = get_mailbox (self, "ann@pilots.example");

  g_assert_cmpint (fixture_count (done, "create"), ==, 2);
  g_assert_cmpstr (ms_object_get_link (mailbox, "owner"), ==, ms_object_get_id (ann));
  g_assert_cmpstr (ms_object_get_link (other_mailbox, "owner"), ==, ms_object_get_id (other));
  g_assert_cmpint (
      json_object_get_int_member (json_array_get_object_element (rows, 0), "line"), ==, 4);
}

/* Passwords
 * --------------------------------------------------------------------------------------------------------------
 */

static char *
take_passwords (Fixture *self, const char *id, GError **error)
{
  GString *out = g_string_new (NULL);

  if (ms_service_import_passwords (self->service, self->actor, id, out, error))
    return g_string_free (out, FALSE);
  g_string_free (out, TRUE);
  return NULL;
}

static void
test_generated (Fixture *self, gconstpointer data)
{
  g_autofree char *id = fixture_upload (self, "login,password\nann,\nben,his own one\n");
  g_autoptr (JsonObject) rehearsed = fixture_do (
      self, id, "{'createUsers':true,'generatePasswords':true}", TRUE, "rehearsed");
  g_assert_cmpint (json_object_get_int_member (rehearsed, "passwords"), ==, 0);
  g_autoptr (JsonObject) done = fixture_do (
      self, id, "{'createUsers':true,'generatePasswords':true}", FALSE, "done");
  g_autoptr (GError) error = NULL;
  g_autofree char *passwords = take_passwords (self, id, &error);

  g_assert_no_error (error);
  g_assert_cmpint (json_object_get_int_member (done, "passwords"), ==, 1);
  g_auto (GStrv) lines = g_strsplit (passwords, "\r\n", -1);
  g_assert_cmpstr (lines[0], ==, "userName,address,password");
  g_auto (GStrv) cells = g_strsplit (lines[1], ",", -1);
  g_assert_cmpstr (cells[0], ==, "ann");
  g_assert_cmpstr (cells[1], ==, "ann@harbour.example");
  g_assert_cmpuint (strlen (cells[2]), >=, 12);
  g_assert_cmpstr (lines[2], ==, "");
  g_autofree char *ann_hash = dup_hash (self, "ann");
  g_autofree char *ben_hash = dup_hash (self, "ben");
  g_assert_true (ms_password_verify (cells[2], ann_hash, NULL));
  g_assert_true (ms_password_verify ("his own one", ben_hash, NULL));

  /* Once, and nowhere else */
  g_autofree char *twice = take_passwords (self, id, &error);
  g_assert_null (twice);
  g_assert_error (error, MS_ERROR, MS_ERROR_NOT_FOUND);
  g_autoptr (JsonArray) rows = fixture_rows (self, id, NULL);
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), rows);
  g_autofree char *reports = ms_json_to_string (node);
  g_assert_null (strstr (reports, cells[2]));
  g_assert_null (strstr (reports, "his own one"));
}

/* The name is free, but its mailbox is there: a user who is not made has no password. */
static void
test_generated_skipped (Fixture *self, gconstpointer data)
{
  static const char *const options[] = {
    "{'createUsers':true,'generatePasswords':true}",
    "{'createUsers':true,'generatePasswords':true,'onExisting':'update'}",
  };
  g_autofree char *mailbox
      = fixture_create (self, "Mailbox", "{'name':'ann','domain':'harbour.example'}");
  g_autoptr (GError) error = NULL;

  g_autofree char *first = fixture_upload (self, "login\nann\nben\n");
  g_autoptr (JsonObject) skipped = fixture_do (self, first, options[0], FALSE, "done");
  g_assert_cmpint (fixture_count (skipped, "skip"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (skipped, "passwords"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (skipped, "passwordsMade"), ==, 1);
  g_autofree char *passwords = take_passwords (self, first, &error);
  g_assert_no_error (error);
  g_assert_null (strstr (passwords, "ann"));
  g_assert_nonnull (strstr (passwords, "ben"));
  g_autoptr (JsonArray) rows = fixture_rows (self, first, NULL);
  JsonObject *ann = fixture_find_row (rows, 2);
  JsonObject *ben = fixture_find_row (rows, 3);
  g_assert_false (json_object_has_member (ann, "generated"));
  g_assert_true (json_object_get_boolean_member (ben, "generated"));

  /* Here she is made, for the mailbox that is there. */
  g_autofree char *second = fixture_upload (self, "login\nann\nben\n");
  g_autoptr (JsonObject) updated = fixture_do (self, second, options[1], FALSE, "done");
  g_assert_cmpint (fixture_count (updated, "update"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (updated, "passwords"), ==, 1);
  g_autofree char *hers = take_passwords (self, second, &error);
  g_assert_no_error (error);
  g_auto (GStrv) lines = g_strsplit (hers, "\r\n", -1);
  g_auto (GStrv) cells = g_strsplit (lines[1], ",", -1);
  g_autofree char *hash = dup_hash (self, "ann");
  g_assert_cmpstr (cells[0], ==, "ann");
  g_assert_true (ms_password_verify (cells[2], hash, NULL));
}

/* Importing passwords again changes those that differ, and nothing else. */
static void
test_passwords_again (Fixture *self, gconstpointer data)
{
  g_autofree char *first = fixture_upload (self, "login,password\nann,one\nben,two\n");
  g_autoptr (JsonObject) done = fixture_do (self, first, "{'createUsers':true}", FALSE, "done");
  g_autofree char *before = dup_hash (self, "ann");
  g_autofree char *second = fixture_upload (self, "login,password\nann,one\nben,three\n");
  g_autoptr (JsonObject) rehearsed = fixture_do (
      self, second, "{'createUsers':true,'onExisting':'update'}", TRUE, "rehearsed");
  g_autoptr (JsonObject) again = fixture_do (
      self, second, "{'createUsers':true,'onExisting':'update'}", FALSE, "done");
  g_autofree char *ann = dup_hash (self, "ann");
  g_autofree char *ben = dup_hash (self, "ben");

  g_assert_cmpint (fixture_count (rehearsed, "update"), ==, 1);
  g_assert_cmpint (fixture_count (again, "update"), ==, 1);
  g_assert_cmpint (fixture_count (again, "skip"), ==, 1);
  g_assert_cmpstr (ann, ==, before);
  g_assert_true (ms_password_verify ("three", ben, NULL));

  static const char *const hashes[][2] = { { "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "sha" },
                                           { "{SSHA}yI6cZwQadOA1e+/f+T+H3eCQQhRzYWx0", "ssha" } };
  for (guint i = 0; i < G_N_ELEMENTS (hashes); i++)
    {
      g_autofree char *text = g_strdup_printf (
          "login,passwordHash\nann,%s\ncid%u,%s\n", hashes[i][0], i, hashes[i][0]);
      g_autofree char *third = fixture_upload (self, text);
      g_autoptr (JsonObject) last = fixture_do (
          self, third, "{'createUsers':true,'onExisting':'update'}", FALSE, "done");
      g_assert_cmpint (fixture_count (last, "update"), ==, 1);
      g_assert_cmpint (fixture_count (last, "create"), ==, 1);
      g_autofree char *made = g_strdup_printf ("cid%u", i);
      g_autoptr (MsObject) old = get_user (self, "ann");
      g_autoptr (MsObject) new = get_user (self, made);
      g_assert_cmpstr (ms_object_get_string (old, EXT ":passwordScheme"), ==, hashes[i][1]);
      g_assert_cmpstr (ms_object_get_string (new, EXT ":passwordScheme"), ==, hashes[i][1]);
    }
}

static void
test_hashes (Fixture *self, gconstpointer data)
{
  const char      *hash = "{SSHA}z9VSLcr+WZjaJTOw9lqJQK2FLi1zYWx0c2FsdA==";
  g_autofree char *text
      = g_strdup_printf ("login,password hash\nann,%s\nben,{PLAIN}secret\n", hash);
  g_autofree char *id = fixture_upload (self, text);
  g_autoptr (JsonObject) done = fixture_do (self, id, "{'createUsers':true}", FALSE, "done");
  g_autoptr (JsonArray) rows = fixture_rows (self, id, "refuse");
  g_autofree char *stored = dup_hash (self, "ann");

  g_assert_cmpint (fixture_count (done, "create"), ==, 1);
  g_assert_cmpstr (stored, ==, hash);
  g_assert_cmpstr (get_row_text (fixture_find_row (rows, 3), "field"), ==, "passwordHash");
  g_autofree char *second = fixture_upload (self, text);
  g_autoptr (JsonObject) again = fixture_do (
      self, second, "{'createUsers':true,'onExisting':'update'}", FALSE, "done");
  g_assert_cmpint (fixture_count (again, "skip"), ==, 1);
}

/* After the run the file with its passwords is gone from the store. */
static void
test_file_is_reduced (Fixture *self, gconstpointer data)
{
  g_autofree char *id
      = fixture_upload (self, "login,password\nann,MarkerOfASecret\nb b,OtherMarker\n");
  g_autoptr (JsonObject) done = fixture_do (self, id, "{'createUsers':true}", FALSE, "done");
  g_autofree char *rejects = fixture_rejects (self, id);

  g_assert_null (strstr (rejects, "MarkerOfASecret"));
  g_assert_nonnull (strstr (rejects, "OtherMarker"));
}

/* What an import is shown with holds no password, and the store neither. */
static gboolean
read_options (MsTxn *txn, gpointer user_data, GError **error)
{
  g_autoptr (GPtrArray) records = ms_txn_list_imports (txn, error);
  GString *out = user_data;

  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      const MsImportRecord *record = records->pdata[i];
      g_string_append_printf (out, "%s %s\n", record->options, record->result);
    }
  return records != NULL;
}

static char *
read_imports (Fixture *self)
{
  GString *out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_store_read (self->store, read_options, out, NULL, &error));
  g_assert_no_error (error);
  return g_string_free (out, FALSE);
}

static void
assert_not_kept (Fixture *self, const char *marker)
{
  g_autofree char *stored = read_imports (self);

  g_assert_null (strstr (stored, marker));
}

static void
test_preview_hides (Fixture *self, gconstpointer data)
{
  g_autofree char *id
      = fixture_upload (self, "login,password,extra\nann,MarkerOne,MarkerTwo\nbob,,MarkerTwo\n");
  g_autoptr (JsonObject) uploaded = fixture_get (self, id);
  JsonArray *preview = json_object_get_array_member (uploaded, "preview");

  assert_not_kept (self, "MarkerOne");
  JsonArray *first
      = json_object_get_array_member (json_array_get_object_element (preview, 0), "fields");
  JsonArray *second
      = json_object_get_array_member (json_array_get_object_element (preview, 1), "fields");
  g_assert_cmpstr (json_array_get_string_element (first, 0), ==, "ann");
  g_assert_cmpstr (json_array_get_string_element (first, 1), ==, "••••••");
  g_assert_cmpstr (json_array_get_string_element (first, 2), ==, "MarkerTwo");
  g_assert_cmpstr (json_array_get_string_element (second, 1), ==, "");

  /* A column that nobody could know for one, until it is said */
  g_autoptr (JsonObject) rehearsed = fixture_do (
      self, id, "{'createUsers':true,'mapping':['userName',null,'password']}", TRUE, "rehearsed");
  assert_not_kept (self, "MarkerTwo");
  g_assert_true (json_object_has_member (rehearsed, "preview"));

  g_autoptr (JsonObject) done = fixture_do (self, id, "{'createUsers':true}", FALSE, "done");
  g_assert_false (json_object_has_member (done, "preview"));
  g_assert_cmpint (fixture_count (done, "create"), ==, 2);
  assert_not_kept (self, "preview");
}

/* Its first record was taken for a header: names of columns, and warnings about them. */
static void
test_preview_hides_first (Fixture *self, gconstpointer data)
{
  static const char *const options
      = "{'createUsers':true,'format':{'header':false},'mapping':['userName','password',null]}";
  g_autofree char *id = fixture_upload (self, "login,MarkerOne,b\nbob,MarkerTwo,c\n");
  g_autofree char *before = read_imports (self);

  g_assert_nonnull (strstr (before, "MarkerOne"));
  g_autoptr (JsonObject) rehearsed = fixture_do (self, id, options, TRUE, "rehearsed");
  g_assert_cmpint (fixture_count (rehearsed, "create"), ==, 2);
  assert_not_kept (self, "Marker");
}

/* Imports of a store that an earlier version wrote */
typedef struct
{
  const char *id;
  const char *state;
} OldImport;

static gboolean
put_old_import (MsTxn *txn, gpointer user_data, GError **error)
{
  const OldImport *old = user_data;
  g_autoptr (MsImportRecord) record = ms_txn_get_import (txn, old->id, FALSE, error);

  if (record == NULL)
    return FALSE;
  g_free (record->options);
  g_free (record->state);
  record->state = g_strdup (old->state);
  record->options = g_strdup (
      "{\"upload\":{\"format\":{\"encoding\":\"UTF-8\",\"delimiter\":\",\",\"quote\":\"\\\"\","
      "\"header\":true},\"columns\":[\"login\",\"password\"],\"records\":1,"
      "\"preview\":[{\"line\":2,\"fields\":[\"ann\",\"MarkerOld\"]}],"
      "\"mapping\":[\"userName\",\"password\"],\"warnings\":[]},\"options\":null}");
  return ms_txn_put_import (txn, record, error);
}

static void
test_preview_of_old (Fixture *self, gconstpointer data)
{
  static const char *const states[] = { "done", "uploaded", "failed" };
  MsChangeContext          context = { NULL, NULL, "import", "import", NULL, NULL, 0 };
  char                    *ids[G_N_ELEMENTS (states)];
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      ids[i] = fixture_upload (self, "login,password\nann,x\n");
      OldImport old = { ids[i], states[i] };
      g_assert_true (ms_store_write (self->store, &context, put_old_import, &old, NULL, &error));
      g_assert_no_error (error);
    }
  g_autofree char *before = read_imports (self);
  g_assert_nonnull (strstr (before, "MarkerOld"));
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      g_autoptr (JsonObject) shown = fixture_get (self, ids[i]);
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), shown);
      g_autofree char *text = ms_json_to_string (node);
      g_assert_null (strstr (text, "MarkerOld"));
    }

  fixture_close (self);
  fixture_open (self);
  ms_service_resume_jobs (self->service);
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *now = read_imports (self);
      if (strstr (now, "MarkerOld") == NULL)
        break;
      g_usleep (10000);
    }
  assert_not_kept (self, "MarkerOld");
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      g_autoptr (JsonObject) shown = fixture_get (self, ids[i]);
      g_assert_cmpstr (json_object_get_string_member (shown, "state"), ==, states[i]);
      g_free (ids[i]);
    }
}

/* Bad files
 * ------------------------------------------------------------------------------------------------------------------
 */

static void
assert_upload_fails (Fixture *self, const char *name, GBytes *data, MsError code, const char *words)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_test_message ("%s", name);
  g_assert_false (ms_service_import_upload (self->service, self->actor, name, data, out, &error));
  g_assert_error (error, MS_ERROR, (int) code);
  g_test_message ("%s", error->message);
  if (words != NULL)
    g_assert_nonnull (strstr (error->message, words));
  g_assert_cmpuint (out->len, ==, 0);
}

static void
test_bad_files (Fixture *self, gconstpointer data)
{
  static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0";
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);
  g_autoptr (GBytes) picture = g_bytes_new_static (png, sizeof png - 1);
  g_autoptr (GBytes) header_only = g_bytes_new_static ("login,name\n", 11);
  gsize size = 64 * 1024 * 1024 + 1;
  g_autoptr (GBytes) huge = g_bytes_new_take (g_malloc0 (size), size);

  assert_upload_fails (self, "empty", empty, MS_ERROR_INVALID, "empty");
  assert_upload_fails (self, "picture", picture, MS_ERROR_INVALID, NULL);
  assert_upload_fails (self, "header-only", header_only, MS_ERROR_INVALID, "no record");
  assert_upload_fails (self, "huge", huge, MS_ERROR_LIMIT, "64 MiB");
  g_autoptr (GString) list = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_assert_true (ms_service_import_list (self->service, self->actor, list, &error));
  g_assert_cmpstr (list->str, ==, "{\"imports\":[]}");
}

/* 10 MB in one field: that row is refused, the others are imported. */
static void
test_huge_field (Fixture *self, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("login,name\nann,Ann\nben,\"");
  gsize            length = 10 * 1000 * 1000;
  g_autofree char *filler = g_malloc (length + 1);

  memset (filler, 'x', length);
  filler[length] = '\0';
  g_string_append (text, filler);
  g_string_append (text, "\"\ncarl,Carl\n");
  g_autofree char *id = fixture_upload (self, text->str);
  g_autoptr (JsonObject) done = fixture_do (self, id, "{'createUsers':true}", FALSE, "done");
  g_autoptr (JsonArray) rows = fixture_rows (self, id, "refuse");

  g_assert_cmpint (fixture_count (done, "create"), ==, 2);
  g_assert_cmpint (
      json_object_get_int_member (json_array_get_object_element (rows, 0), "line"), ==, 3);
  g_assert_nonnull (
      strstr (get_row_text (json_array_get_object_element (rows, 0), "reason"), "65536"));
}

static void
test_encoding (Fixture *self, gconstpointer data)
{
  /* Windows-1252, semicolons */
  g_autofree char *id
      = fixture_upload (self,
                        "Benutzername;Anzeigename;Beschreibung\r\njm;J\xfcrgen M\xfcller;Stra\xdf"
                        "e 5\r\n");
  g_autoptr (JsonObject) uploaded = fixture_get (self, id);
  JsonObject *format = json_object_get_object_member (uploaded, "format");
  g_autoptr (JsonObject) done = fixture_do (self, id, "{'createUsers':true}", FALSE, "done");
  g_autoptr (MsObject) jm = get_user (self, "jm");

  g_assert_cmpstr (json_object_get_string_member (format, "encoding"), ==, "WINDOWS-1252");
  g_assert_cmpstr (json_object_get_string_member (format, "delimiter"), ==, ";");
  g_assert_true (json_object_get_boolean_member (format, "header"));
  g_assert_cmpint (fixture_count (done, "create"), ==, 1);
  g_assert_cmpstr (ms_object_get_string (jm, "displayName"), ==, "Jürgen Müller");
}

/* Around it
 * ---------------------------------------------------------------------------------------------------------------------
 */

static void
test_policy (Fixture *self, gconstpointer data)
{
  g_autofree char *id = fixture_upload (self, "login\nann\n");
  g_autoptr (MsActor) nobody = ms_actor_copy (self->actor);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GBytes) file = g_bytes_new_static ("login\nann\n", 10);
  GError *error = NULL;

  nobody->role = MS_ROLE_AUDITOR;
#define ASSERT_DENIED(call)                                                                        \
  g_assert_false (call);                                                                           \
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);                                               \
  g_clear_error (&error)
  ASSERT_DENIED (ms_service_import_upload (self->service, nobody, "x", file, out, &error));
  ASSERT_DENIED (ms_service_import_get (self->service, nobody, id, out, &error));
  ASSERT_DENIED (ms_service_import_list (self->service, nobody, out, &error));
  ASSERT_DENIED (ms_service_import_start (self->service, nobody, id, NULL, FALSE, out, &error));
  ASSERT_DENIED (ms_service_import_cancel (self->service, nobody, id, &error));
  ASSERT_DENIED (ms_service_import_rows (self->service, nobody, id, NULL, 0, 10, out, &error));
  ASSERT_DENIED (ms_service_import_rejects (self->service, nobody, id, out, &error));
  ASSERT_DENIED (ms_service_import_passwords (self->service, nobody, id, out, &error));
  ASSERT_DENIED (ms_service_import_delete (self->service, nobody, id, &error));
#undef ASSERT_DENIED
  g_assert_cmpuint (out->len, ==, 0);
}

static void
test_housekeeping (Fixture *self, gconstpointer data)
{
  g_autofree char *id = fixture_upload (self, "login\nann\n");
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (ms_service_import_rejects (self->service, self->actor, id, out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_false (ms_service_import_cancel (self->service, self->actor, id, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_clear_error (&error);
  g_assert_false (
      ms_service_import_rows (self->service, self->actor, id, "made", 0, 10, out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_true (ms_service_import_delete (self->service, self->actor, id, &error));
  g_assert_no_error (error);
  g_assert_false (ms_service_import_get (self->service, self->actor, id, out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_NOT_FOUND);
}

static void
test_lists (Fixture *self, gconstpointer data)
{
  g_autofree char *people = fixture_upload (self, "login,group\nann,Deck/Crew\nben,\n");
  g_autoptr (JsonObject) made = fixture_do (self, people, ACCOUNTS, FALSE, "done");
  g_autofree char *id
      = fixture_upload (self,
                        "list,address,description,members,external members\n"
                        "Crew,crew,All of it,user:ann; mailbox:ben@harbour.example; "
                        "group:Deck/Crew,x@elsewhere.example\n"
                        "All,all,,list:crew@harbour.example; ann,\n"
                        "Ghosts,ghosts,,user:nobody,\n"
                        "Clash,ann,,,\n");
  g_autoptr (JsonObject) done = fixture_do (self, id, "{}", FALSE, "done");
  g_autoptr (JsonArray) rows = fixture_rows (self, id, "refuse");
  g_autofree char *exported = fixture_export (self, "Group");

  g_assert_cmpint (fixture_count (made, "create"), ==, 2);
  g_assert_cmpint (fixture_count (done, "create"), ==, 2);
  g_assert_cmpstr (get_row_text (fixture_find_row (rows, 4), "field"), ==, "members");
  g_assert_cmpstr (get_row_text (fixture_find_row (rows, 5), "field"), ==, "address");
  g_assert_nonnull (strstr (exported, "\r\nCrew,crew@harbour.example,,All of it,"));
  g_assert_nonnull (strstr (exported, "user:ann"));
  g_assert_nonnull (strstr (exported, "mailbox:ben@harbour.example"));
  g_assert_nonnull (strstr (exported, "group:Deck/Crew"));
  g_assert_nonnull (strstr (exported, ",x@elsewhere.example\r\n"));

  g_autofree char *again = fixture_upload (
      self, "list,address,members\nCrew,crew,user:ben; user:ann\nAll,all,list:Crew; user:ann\n");
  g_autoptr (JsonObject) updated
             = fixture_do (self, again, "{'onExisting':'update'}", FALSE, "done");
  g_autofree char *second = fixture_export (self, "Group");
  g_assert_cmpint (fixture_count (updated, "update"), ==, 1);
  g_assert_cmpint (fixture_count (updated, "skip"), ==, 1);
  g_assert_nonnull (strstr (second, "user:ben"));
  g_assert_null (strstr (second, "group:Deck"));
}

/* Names hold nothing that cannot be seen, and blanks of any script around them count for nothing:
 * not for who exists already either. */
static void
test_names (Fixture *self, gconstpointer data)
{
  g_autofree char *id = fixture_upload (self,
                                        "userName,displayName,group\n"
                                        "\xc2\xa0nora\xe3\x80\x80,Nora,\xc2\xa0Sales\xc2\xa0\n"
                                        "jo\xe2\x80\x8bhn,John,\n"
                                        "ja\xe3\x85\xa4ne,Jane,\n"
                                        "01890a5d-ac96-774b-bcce-b302099a8057,An Id,\n"
                                        "otto,Otto,Sa\xe2\x80\x8bles\n");
  g_autoptr (JsonObject) done = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  g_autoptr (JsonArray) rows = fixture_rows (self, id, "refuse");
  static const struct
  {
    gint64      line;
    const char *field;
    const char *reason;
  } refused[] = {
    { 3, "userName", "format character U+200B" },
    { 4, "userName", "invisible character U+3164 at position 3" },
    { 5, "userName", "has the form of an id" },
    { 6, "group", "U+200B at position 3" },
  };

  g_assert_cmpint (fixture_count (done, "create"), ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      JsonObject *row = fixture_find_row (rows, refused[i].line);
      g_test_message ("%s", get_row_text (row, "reason"));
      g_assert_cmpstr (get_row_text (row, "field"), ==, refused[i].field);
      g_assert_nonnull (strstr (get_row_text (row, "reason"), refused[i].reason));
      g_assert_null (strstr (get_row_text (row, "reason"), "\xe2\x80\x8b"));
      g_assert_null (strstr (get_row_text (row, "userName"), "\xe2\x80\x8b"));
    }
  g_autoptr (MsObject) nora = get_user (self, "nora");
  g_autoptr (MsObject) mailbox = get_mailbox (self, "nora@harbour.example");
  g_assert_cmpint (fixture_total (self, "MailGroup"), ==, 1);

  g_autofree char *again = fixture_upload (self, "userName,group\nnora\xc2\xa0,\nsecond,Sales\n");
  g_autoptr (JsonObject) skipped = fixture_do (self, again, ACCOUNTS, FALSE, "done");
  g_assert_cmpint (fixture_count (skipped, "skip"), ==, 1);
  g_assert_cmpint (fixture_count (skipped, "create"), ==, 1);
  g_assert_cmpint (fixture_total (self, "MailGroup"), ==, 1);
}

static void
assert_warnings (JsonObject *import, const char *expected)
{
  g_autoptr (JsonNode) node = json_node_copy (json_object_get_member (import, "warnings"));
  g_autofree char *text = ms_json_to_string (node);

  g_assert_cmpstr (text, ==, expected);
}

/* Columns that nothing is taken from, by the mapping in force: what was guessed, until options say
 * otherwise. */
static void
test_unused (Fixture *self, gconstpointer data)
{
  g_autofree char *text = g_strdup ("username,full name,email alias,shoe size\nann,Ann,a,43\n");
  g_autofree char *id = fixture_upload (self, text);
  const char      *both
      = "[\"Column 3 (“email alias”) is not used\",\"Column 4 (“shoe size”) is not used\"]";
  const char *one = "[\"Column 4 (“shoe size”) is not used\"]";
  const char *mapped = "{'createUsers':true,'mapping':['userName','displayName','aliases',null]}";

  g_autoptr (JsonObject) uploaded = fixture_get (self, id);
  assert_warnings (uploaded, both);
  g_autoptr (JsonObject) guessed = fixture_do (self, id, "{'createUsers':true}", TRUE, "rehearsed");
  assert_warnings (guessed, both);
  g_autoptr (JsonObject) rehearsed = fixture_do (self, id, mapped, TRUE, "rehearsed");
  assert_warnings (rehearsed, one);
  g_autoptr (JsonObject) again = fixture_do (self, id, mapped, TRUE, "rehearsed");
  assert_warnings (again, one);
  g_autoptr (JsonObject) done = fixture_do (self, id, mapped, FALSE, "done");
  assert_warnings (done, one);

  /* Of many the first are named, the others counted, and what else there is to say is said. */
  g_autoptr (GString) wide = g_string_new ("Notes,Login");
  for (guint i = 0; i < 25; i++)
    g_string_append_printf (wide, ",extra %u", i);
  g_string_append (wide, "\nAnn,ann,,,,,,,,,,,,,,,,,,,,,,,,,\n");
  g_autofree char *wide_id = fixture_upload (self, wide->str);
  g_autoptr (JsonObject) many = fixture_do (
      self, wide_id, "{'createUsers':true,'format':{'header':true}}", TRUE, "rehearsed");
  JsonArray *named = json_object_get_array_member (many, "warnings");
  guint      n = json_array_get_length (named);
  g_assert_cmpuint (n, ==, 22);
  g_assert_cmpstr (json_array_get_string_element (named, n - 1), ==, "5 more columns are not used");

  /* Also by another header, and where all is used nothing is said. */
  g_autofree char *whole = fixture_upload (self, "bert,Bert,x\n");
  g_autoptr (JsonObject) bare = fixture_do (self,
                                            whole,
                                            "{'createUsers':true,'format':{'header':false},"
                                            "'mapping':['userName','displayName','aliases']}",
                                            FALSE,
                                            "done");
  assert_warnings (bare, "[]");
  fixture_close (self);
  fixture_open (self);
  g_autoptr (JsonObject) later = fixture_get (self, id);
  assert_warnings (later, one);
}

/* (transfer full) (nullable): the job that the undo of @job is itself, else why it is refused */
static char *
undo_job (Fixture *self, const char *job, gboolean dry_run, char **message)
{
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);
  g_autoptr (GError) error = NULL;

  operation->job = g_strdup (job);
  operation->body = fixture_json (dry_run ? "{'dryRun':true}" : "{}");
  g_autoptr (MsOutcome) outcome = ms_service_apply (self->service, self->actor, operation, &error);
  g_clear_pointer (message, g_free);
  if (outcome == NULL)
    {
      g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
      *message = g_strdup (error->message);
      return NULL;
    }
  g_autoptr (JsonObject) answer = fixture_json (outcome->document->str);
  return g_strdup (json_object_get_string_member (answer, "job"));
}

/* What was undone as far as it could be is not undone once more; it says why, and what to do. */
static void
test_undo_again (Fixture *self, gconstpointer data)
{
  g_autofree char *id = fixture_upload (self, "login,group\nann,Deck\n");
  g_autoptr (JsonObject) done = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  g_autofree char *other = fixture_upload (self, "login,group\nben,Deck\n");
  g_autoptr (JsonObject) more = fixture_do (self, other, ACCOUNTS, FALSE, "done");
  g_autofree char *message = NULL;

  g_assert_cmpint (fixture_count (done, "create"), ==, 1);
  g_assert_cmpint (fixture_count (more, "create"), ==, 1);
  g_autofree char *undo = undo_job (self, id, FALSE, &message);
  g_assert_nonnull (undo);
  g_assert_cmpint (fixture_total (self, "MailGroup"), ==, 1); /* It is not empty. */
  g_autofree char *undo_other = undo_job (self, other, FALSE, &message);
  g_assert_nonnull (undo_other);
  for (gboolean dry_run = FALSE; dry_run <= TRUE; dry_run++)
    {
      g_assert_null (undo_job (self, id, dry_run, &message));
      g_autofree char *expected = g_strdup_printf (
          "This import was undone already, by change [0-9]+ of the undo %s; undo that undo first, "
          "to undo this once more",
          undo);
      g_test_message ("%s", message);
      g_assert_true (g_regex_match_simple (expected, message, 0, 0));
    }

  /* As it says */
  g_autofree char *redo = undo_job (self, undo, FALSE, &message);
  g_assert_nonnull (redo);
  g_autofree char *again = undo_job (self, id, FALSE, &message);
  g_assert_nonnull (again);
  g_assert_cmpint (fixture_total (self, "MailGroup"), ==, 0);
  /* The undo that is in force is named, not the one that was undone. */
  g_assert_null (undo_job (self, id, FALSE, &message));
  g_assert_nonnull (strstr (message, again));
}

/* The answer to the undo of one change set says of which import it is one. */
static void
test_undo_part (Fixture *self, gconstpointer data)
{
  g_autofree char *id = fixture_upload_file (self, "staff.csv");
  g_autoptr (JsonObject) done = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) list = g_string_new (NULL);

  g_assert_true (
      ms_service_list_changes (self->service, self->actor, NULL, id, 0, 1000, list, &error));
  g_autoptr (JsonObject) changes = fixture_json (list->str);
  JsonArray  *sets = json_object_get_array_member (changes, "changeSets");
  JsonObject *newest = json_array_get_object_element (sets, 0);
  g_assert_cmpuint (json_array_get_length (sets), >, 1);

  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);
  operation->sequence = json_object_get_int_member (newest, "sequence");
  operation->body = fixture_json ("{'dryRun':true}");
  g_autoptr (MsOutcome) outcome = ms_service_apply (self->service, self->actor, operation, &error);
  g_assert_no_error (error);
  g_autoptr (JsonObject) answer = fixture_json (outcome->document->str);
  g_assert_cmpstr (json_object_get_string_member (answer, "job"), ==, id);
  g_assert_cmpint (
      json_object_get_int_member (answer, "jobChanges"), ==, json_array_get_length (sets));

  /* One that is all of its import says nothing. */
  g_autofree char *small = fixture_upload (self, "userName\nlone\n");
  g_autoptr (JsonObject) made = fixture_do (self, small, ACCOUNTS, FALSE, "done");
  g_string_truncate (list, 0);
  g_assert_true (
      ms_service_list_changes (self->service, self->actor, NULL, small, 0, 10, list, &error));
  g_autoptr (JsonObject) only = fixture_json (list->str);
  MsOperation *whole = ms_operation_new (MS_VERB_UNDO);
  whole->sequence = json_object_get_int_member (
      json_array_get_object_element (json_object_get_array_member (only, "changeSets"), 0),
      "sequence");
  g_autoptr (MsOutcome) undone = ms_service_apply (self->service, self->actor, whole, &error);
  g_assert_no_error (error);
  g_assert_null (strstr (undone->document->str, "\"job\""));
}

#define ADD(path, func)                                                                            \
  g_test_add ("/import/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("sample", test_sample);
  ADD ("sample-again", test_sample_again);
  ADD ("newcomers", test_newcomers);
  ADD ("broken", test_broken);
  ADD ("rejects", test_rejects);
  ADD ("rejects-width", test_rejects_width);
  ADD ("rejects-without-header", test_rejects_headerless);
  ADD ("row-is-atomic", test_row_is_atomic);
  ADD ("existing/skip", test_skip);
  ADD ("existing/stop", test_stop);
  ADD ("existing/update", test_update);
  ADD ("existing/update-pairs", test_update_pairs);
  ADD ("mailboxes-only", test_mailboxes_only);
  ADD ("groups", test_groups);
  ADD ("templates", test_templates);
  ADD ("start-refusals", test_start_refusals);
  ADD ("owners", test_owners);
  ADD ("owner-in-another-chunk", test_owner_in_another_chunk);
  ADD ("addresses-as-logins", test_addresses_as_logins);
  ADD ("passwords/generated", test_generated);
  ADD ("passwords/generated-skipped", test_generated_skipped);
  ADD ("passwords/again", test_passwords_again);
  ADD ("passwords/hashes", test_hashes);
  ADD ("passwords/file-is-reduced", test_file_is_reduced);
  ADD ("passwords/preview", test_preview_hides);
  ADD ("passwords/preview-first", test_preview_hides_first);
  ADD ("passwords/preview-old", test_preview_of_old);
  ADD ("bad-files", test_bad_files);
  ADD ("huge-field", test_huge_field);
  ADD ("encoding", test_encoding);
  ADD ("policy", test_policy);
  ADD ("housekeeping", test_housekeeping);
  ADD ("lists", test_lists);
  ADD ("names", test_names);
  ADD ("undo-part", test_undo_part);
  ADD ("undo-again", test_undo_again);
  ADD ("unused", test_unused);
  return g_test_run ();
}
