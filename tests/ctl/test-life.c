/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadctl against mailsteadd: the whole life of users, mailboxes, mail groups and lists;
 * import, export, undo; bad input. Tests run in the order of their names and use what those before
 * have made.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "ms-real-server.h"
#include "ms-run.h"

static RealServer *server;

static const char *
address (void)
{
  return real_server_get (server, "url") + strlen ("https://");
}

static void
test_login (void)
{
  g_autofree char *password = g_strdup_printf ("%s\n", real_server_get (server, "password"));
  g_autofree char *bare = g_strdup_printf ("login admin@%s", address ());
  g_autofree char *pinned = g_strdup_printf (
      "%s --fingerprint %s --name harbour", bare, real_server_get (server, "fingerprint"));
  g_autofree char *other = g_strdup_printf (
      "%s --fingerprint 0000000000000000000000000000000000000000000000000000000000000000", bare);
  g_autofree char *state = run_path ("state/mailstead");
  GStatBuf         status;

  /* Nobody to ask: the fingerprint is shown and nothing is sent. */
  g_autoptr (Run) unknown = run_expect (bare, password, 6);
  assert_contains (unknown->err, real_server_get (server, "fingerprint"));
  g_autoptr (Run) changed = run_expect (other, password, 6);
  assert_contains (changed->err, real_server_get (server, "fingerprint"));
  g_autoptr (Run) wrong = run_expect (pinned, "sesame-77\n", 5);
  assert_lacks (wrong->err, "sesame");
  g_autoptr (Run) empty = run_expect (pinned, "", 1);
  g_autoptr (Run) none = run_expect ("user list", NULL, 5);

  g_autoptr (Run) good = run_expect (pinned, password, 0);
  assert_contains (good->out, "Logged on to harbour as admin");

  /* The token is the owner's alone, and refused when it was not. */
  g_autoptr (GDir) dir = g_dir_open (state, 0, NULL);
  g_autofree char *session = g_build_filename (state, g_dir_read_name (dir), NULL);
  g_assert_cmpint (g_stat (session, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_chmod (session, 0644), ==, 0);
  g_autoptr (Run) exposed = run_expect ("user list", NULL, 5);
  assert_contains (exposed->err, "can be read by others");
  g_assert_cmpint (g_chmod (session, 0600), ==, 0);
  g_autoptr (Run) again = run_expect ("user list", NULL, 0);
  assert_contains (again->out, "Administrator");

  /* Whoever is to set another password hears of it. */
  assert_lacks (good->err, "to be changed");
  g_autoptr (Run) must = run_expect ("user set admin mustChangePassword=yes", NULL, 0);
  g_autoptr (Run) hint = run_expect (pinned, password, 0);
  assert_contains (hint->err, "mailsteadctl user password admin");
  g_autoptr (Run) may = run_expect ("user set admin mustChangePassword=no", NULL, 0);
}

static void
test_groups (void)
{
  static const RunStep steps[] = {
    { "group create Sales quota='2 GB'", NULL, 0, "Sales created (change ", NULL },
    { "group create Sales", NULL, 4, NULL, "Sales" },
    { "group create Sales/EMEA 'description=Europe and more'",
      NULL,
      0,
      "Sales / EMEA created",
      NULL },
    { "group create Nowhere/EMEA", NULL, 3, NULL, "There is no mail group “Nowhere”" },
    { "group create Support", NULL, 0, NULL, NULL },
    { "group create Support/EMEA", NULL, 0, NULL, NULL },
    { "group show EMEA", NULL, 4, NULL, "may be one of several" },
    { "group create A", NULL, 0, NULL, NULL },
    { "group create B", NULL, 0, NULL, NULL },
    { "group create C", NULL, 0, NULL, NULL },
    { "group create D", NULL, 0, NULL, NULL },
    { "group create A/EMEA", NULL, 0, NULL, NULL },
    { "group create B/EMEA", NULL, 0, NULL, NULL },
    { "group create C/EMEA", NULL, 0, NULL, NULL },
    { "group create D/EMEA", NULL, 0, NULL, NULL },
    { "group show EMEA", NULL, 4, NULL, " and 1 more. Name it" },
    { "group delete A --content delete --yes", NULL, 0, NULL, NULL },
    { "group delete B --content delete --yes", NULL, 0, NULL, NULL },
    { "group delete C --content delete --yes", NULL, 0, NULL, NULL },
    { "group delete D --content delete --yes", NULL, 0, NULL, NULL },
    { "group show Support/EMEA", NULL, 0, "path: Support / EMEA", NULL },
    { "group tree",
      NULL,
      0,
      "├─ Sales (0)\n│  └─ EMEA (0)\n└─ Support (0)\n   └─ EMEA (0)\n",
      NULL },
    { "group rename Support/EMEA North", NULL, 0, "EMEA renamed", NULL },
    { "group move North --to Sales", NULL, 0, "1 changed", NULL },
    { "group move Sales North", NULL, 4, NULL, "Nothing was done" },
    { "group move North", NULL, 2, NULL, "Where to?" },
    { "group move North /", NULL, 0, "1 changed", NULL },
    { "group set North quota=lots", NULL, 1, NULL, "quota: “lots” is not a number or size" },
    { "group delete North", NULL, 2, NULL, "say --yes" },
    { "group delete North --yes", NULL, 0, "1 changed", NULL },
    { "group delete Sales --yes", NULL, 4, NULL, "not empty" },
    { "group delete Sales --yes --content=nonsense", NULL, 2, NULL, "--content" },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_users (void)
{
  static const RunStep steps[] = {
    { "user create john --name 'John Doe' --group Sales/EMEA --generate-password title=Boss "
      "mailbox.quota=1GB",
      NULL,
      0,
      "john created with mailbox john@harbour.example",
      NULL },
    { "user create john", NULL, 4, NULL, "john" },
    { "user create ann --no-mailbox --password-file -",
      "a long pass phrase\n",
      0,
      "ann created (change",
      NULL },
    { "user create bad active=perhaps", NULL, 1, NULL, "active: “perhaps” is neither yes nor no" },
    { "user create bad nonsense=1", NULL, 1, NULL, "nonsense: There is no such attribute" },
    { "user create bad name=x", NULL, 1, NULL, "It has parts" },
    { "user create bad password=x", NULL, 1, NULL, "Secrets are not given on the command line" },
    { "user create bad id=x", NULL, 1, NULL, "id" },
    { "user create bad title", NULL, 2, NULL, "is not KEY=VALUE" },
    { "user create bad --group Nowhere", NULL, 3, NULL, "Nowhere" },
    { "user create bad --template Nowhere", NULL, 3, NULL, "Nowhere" },
    { "user show bad", NULL, 3, NULL, "There is no user “bad”" },
    { "user show john", NULL, 0, "mailboxes: john@harbour.example", NULL },
    { "user set john title=Chief name.familyName=Dow rights.imap=no",
      NULL,
      0,
      "john changed",
      NULL },
    { "user show john", NULL, 0, "rights.imap: no", NULL },
    { "user set john title=Chief", NULL, 0, "Nothing to do", NULL },
    { "user set john id=x", NULL, 1, NULL, "id: An id is given by the server" },
    { "changes 1", NULL, 0, "create Guest\n", NULL },
    { "user set john title+=x", NULL, 1, NULL, "title: It has one value" },
    { "user set john emails+=a@b.example,c@d.example", NULL, 0, NULL, NULL },
    { "user set john emails-=a@b.example", NULL, 0, NULL, NULL },
    { "user show john", NULL, 0, "emails: c@d.example", NULL },
    { "user set john title=", NULL, 0, NULL, NULL },
    { "user list john",
      NULL,
      0,
      "LOGIN  NAME      MAILBOXES             ROLE  ACTIVE\njohn   John Doe  john@harbour.example  "
      "      yes\n",
      NULL },
    { "user list --filter 'nonsense ee'", NULL, 1, NULL, "column" },
    { "user disable john ann", NULL, 0, "2 changed", NULL },
    { "user disable john", NULL, 0, "Nothing to do", NULL },
    { "user enable john ann", NULL, 0, "2 changed", NULL },
    { "user password ann", "another long pass phrase\n", 0, "ann has a new password", NULL },
    { "user password ann", "\n", 1, NULL, "No password" },
    { "user password ann --generate", NULL, 0, "Password: ", NULL },
    { "user delete nobody --yes", NULL, 3, NULL, "nobody" },
    { "user delete admin --yes", NULL, 4, NULL, "admin" },
    { "user delete ann --yes --reason 'left the house'", NULL, 0, "1 changed", NULL },
    { "changes --count 1", NULL, 0, "left the house", NULL },
    { "undo --last", NULL, 0, "undone", NULL },
    { "user show ann", NULL, 0, "userName: ann", NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_schemas (void)
{
  static const RunStep steps[] = {
    { "schema list", NULL, 0, "No schema files", NULL },
    { "schema check data/examples/printers.json", NULL, 0, "printers could be added", NULL },
    { "schema add data/examples/nothing.json", NULL, 1, NULL, "nothing.json" },
    { "schema add data/examples/staff.csv", NULL, 1, NULL, "staff.csv: JSON line 1, column 1" },
    { "schema add data/examples/printers.json", NULL, 0, "printers added", NULL },
    { "schema add data/examples/printers.json", NULL, 4, NULL, "printers" },
    { "schema list", NULL, 0, "Printer", NULL },
    { "schema show printers", NULL, 0, "\"endpoint\": \"/Printers\"", NULL },
    { "schema show nothing", NULL, 3, NULL, "nothing" },
    { "schema replace data/examples/printers.json", NULL, 0, "Nothing to do", NULL },
    { "changes --count 1", NULL, 0, "printers", NULL },
    { "schema remove printers --yes", NULL, 0, "printers removed", NULL },
    { "schema remove printers --yes", NULL, 3, NULL, "printers" },
  };

  g_assert_cmpint (g_chdir (g_getenv ("MS_SOURCE_DIR")), ==, 0);
  run_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_mailboxes (void)
{
  static const RunStep steps[] = {
    { "mailbox create info --owner john --group Support quota=unlimited",
      NULL,
      0,
      "info@harbour.example created",
      NULL },
    { "mailbox create info@nowhere.example", NULL, 1, NULL, "nowhere.example" },
    { "mailbox create info", NULL, 4, NULL, "info" },
    { "mailbox show info", NULL, 0, "group: Support", NULL },
    { "mailbox alias add info desk help@harbour.example", NULL, 0, "info changed", NULL },
    { "mailbox show desk@harbour.example",
      NULL,
      0,
      "aliases: desk@harbour.example, help@harbour.example",
      NULL },
    { "mailbox alias remove info desk", NULL, 0, "info changed", NULL },
    { "mailbox alias remove info desk",
      NULL,
      3,
      NULL,
      "aliases: “info” has no “desk” among its aliases" },
    { "mailbox set info aliases=one,two description='Two lines'", NULL, 0, NULL, NULL },
    { "mailbox list info", NULL, 0, "one@harbour.example, two@harbour.example", NULL },
    { "mailbox set info owner=ann", NULL, 0, NULL, NULL },
    { "mailbox set info owner=nobody", NULL, 3, NULL, "nobody" },
    { "mailbox set info address=x", NULL, 1, NULL, "cannot be set" },
    { "mailbox close info", NULL, 0, "1 changed", NULL },
    { "mailbox show info", NULL, 0, "active: no", NULL },
    { "mailbox open info", NULL, 0, "1 changed", NULL },
    { "mailbox move john info --to Sales", NULL, 0, "2 changed", NULL },
    { "mailbox move john info Sales", NULL, 0, "Nothing to do", NULL },
    { "mailbox move john nobody --to Support", NULL, 3, NULL, "There is no mailbox “nobody”" },
    { "mailbox show john", NULL, 0, "group: Sales", NULL },
    { "mailbox move john --to /", NULL, 0, "1 changed", NULL },
    { "undo --last", NULL, 0, "undone", NULL },
    { "mailbox show john", NULL, 0, "group: Sales", NULL },
    { "mailbox delete info --yes", NULL, 0, "1 changed", NULL },
    { "mailbox show info", NULL, 3, NULL, NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_others (void)
{
  static const RunStep steps[] = {
    { "list create staff staff description='All of us'", NULL, 0, "staff created", NULL },
    { "list add staff user:john group:Sales outside@other.example",
      NULL,
      0,
      "staff changed",
      NULL },
    { "list add staff nobody", NULL, 3, NULL, "nobody" },
    { "list show staff", NULL, 0, "externalMembers: outside@other.example", NULL },
    { "list remove staff user:john outside@other.example", NULL, 0, "staff changed", NULL },
    { "list show staff", NULL, 0, "members: Sales", NULL },
    { "list delete staff --yes", NULL, 0, "1 changed", NULL },
    { "domain create alias.example kind=alias aliasOf=harbour.example",
      NULL,
      0,
      "alias.example created",
      NULL },
    { "domain list", NULL, 0, "alias.example    alias    harbour.example", NULL },
    { "domain set alias.example kind=nonsense", NULL, 1, NULL, "kind" },
    { "domain delete alias.example --yes", NULL, 0, NULL, NULL },
    { "domain delete harbour.example --yes", NULL, 4, NULL, "harbour.example" },
    { "template create Std quota=3GB department=Quay", NULL, 0, "Std created", NULL },
    { "user create tim --template Std", NULL, 0, "tim created", NULL },
    { "mailbox show tim", NULL, 0, "quota: 3.0 GB", NULL },
    { "user show tim", NULL, 0, "department: Quay", NULL },
    { "user delete tim --keep-mailboxes --yes", NULL, 0, NULL, NULL },
    { "mailbox show tim", NULL, 0, "address: tim@harbour.example", NULL },
    { "guest show", NULL, 0, "rights.imap: no", NULL },
    { "guest set rights.proxy=yes", NULL, 0, "changed", NULL },
    { "guest show", NULL, 0, "rights.proxy: yes", NULL },
    { "server info", NULL, 0, "primaryDomain: harbour.example", NULL },
    { "server verify", NULL, 0, "The store is sound; digest ", NULL },
    { "server verify --json", NULL, 0, "\"problemCount\" : 0", NULL },
    { "backup list", NULL, 0, "", NULL },
    { "backup now", NULL, 4, NULL, "group [backup], key folder" },
    { "undo 99999", NULL, 3, NULL, "99999" },
    { "undo x", NULL, 2, NULL, "is not the number" },
    { "undo", NULL, 2, NULL, "Undo what?" },
    { "changes --object user:john", NULL, 0, "john", NULL },
    { "changes --object user:nobody", NULL, 3, NULL, "nobody" },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_json (void)
{
  g_autoptr (Run) list = run_expect ("user list --json --filter 'userName eq \"john\"'", NULL, 0);
  g_autoptr (Run) nobody = run_expect ("user list --json nobodyatall", NULL, 0);
  g_autoptr (Run) change = run_expect ("user set john title=Json --json", NULL, 0);
  g_autoptr (Run) same = run_expect ("user set john title=Json --json", NULL, 0);
  g_autoptr (Run) taken = run_expect ("user create john --json", NULL, 4);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (json_parser_load_from_data (parser, list->out, -1, &error));
  JsonArray *array = json_node_get_array (json_parser_get_root (parser));
  g_assert_cmpuint (json_array_get_length (array), ==, 1);
  g_assert_cmpstr (
      json_object_get_string_member (json_array_get_object_element (array, 0), "userName"),
      ==,
      "john");
  g_assert_cmpstr (nobody->out, ==, "[]\n");

  g_assert_true (json_parser_load_from_data (parser, change->out, -1, &error));
  JsonObject *report = json_node_get_object (json_parser_get_root (parser));
  g_assert_cmpint (json_object_get_int_member (report, "changeSet"), >, 0);
  g_assert_cmpstr (
      json_object_get_string_member (json_object_get_object_member (report, "resource"), "title"),
      ==,
      "Json");
  assert_contains (same->out, "\"changeSet\" : null");
  g_assert_true (g_str_has_prefix (taken->err, "{\"error\":\"conflict\""));
  assert_contains (taken->err, "\"scimType\":\"uniqueness\"");
}

static void
test_import (void)
{
  g_autofree char *staff
      = g_build_filename (g_getenv ("MS_SOURCE_DIR"), "data", "examples", "staff.csv", NULL);
  g_autofree char *broken
      = g_build_filename (g_getenv ("MS_SOURCE_DIR"), "data", "examples", "broken.csv", NULL);
  g_autofree char *rejects = run_path ("rejects.csv");
  g_autofree char *passwords = run_path ("passwords.csv");
  g_autofree char *exported = run_path ("exported.csv");
  g_autofree char *rehearse
      = g_strdup_printf ("import %s --create-users --create-groups --rehearse", staff);
  g_autofree char *run_staff = g_strdup_printf ("import %s --create-users --create-groups", staff);
  g_autofree char *run_broken
      = g_strdup_printf ("import %s --create-users --create-groups --rejects %s", broken, rejects);
  g_autofree char *generate
      = g_strdup_printf ("import - --create-users --generate-passwords --passwords %s", passwords);
  g_autofree char *export = g_strdup_printf ("export users --output %s", exported);
  g_autofree char *import_again
      = g_strdup_printf ("import %s --create-users --existing update --rehearse", exported);
  g_autofree char *text = NULL;
  GStatBuf         status;

  /* A rehearsal leaves nothing behind. */
  g_autoptr (Run) rehearsed = run_expect (rehearse, NULL, 0);
  assert_contains (rehearsed->out, "Would create 499, update 0, skip 1, refuse 0");
  g_autoptr (Run) not_there = run_expect ("user show maria.nunez", NULL, 3);

  g_autoptr (Run) done = run_expect (run_staff, NULL, 0);
  g_assert_true (
      g_str_has_prefix (done->out, "499 created, 0 updated, 1 skipped, 0 refused\nImport "));
  g_autoptr (Run) there = run_expect ("user show maria.nunez", NULL, 0);
  assert_contains (there->out, "displayName: María José Núñez");
  g_autoptr (Run) group = run_expect ("mailbox show maria.nunez", NULL, 0);
  assert_contains (group->out, "group: Finance");
  assert_contains (group->out, "effectiveQuota: 5.0 GB");
  assert_contains (group->out, "invoices@harbour.example");
  g_autoptr (Run) found = run_expect ("user list nunez --limit 1", NULL, 0);
  assert_contains (found->out, "Núñez");

  /* Each refused row is named by line, field and reason; the others are in. */
  g_autoptr (Run) refused = run_expect (run_broken, NULL, 1);
  assert_contains (refused->err, "line 3, userName: ");
  assert_contains (refused->err, "line 4 two words, userName: ");
  g_assert_true (g_file_get_contents (rejects, &text, NULL, NULL));
  assert_contains (text, "two words");
  assert_contains (text, ",error");
  g_clear_pointer (&text, g_free);
  /* The refused rows are there with the passwords they came with. */
  g_assert_cmpint (g_stat (rejects, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_autoptr (Run) good = run_expect ("user show good.one", NULL, 0);

  g_autoptr (Run) mapped
             = run_expect ("import - --map who=userName --map what=displayName --create-users",
                           "who,what\nzed,Zed Zed\n",
                           0);
  g_autoptr (Run) zed = run_expect ("user show zed", NULL, 0);
  assert_contains (zed->out, "displayName: Zed Zed");
  assert_lacks (mapped->err, "Warning");
  static const char *const unused[]
      = { "import - --create-users --rehearse", "import - --create-users" };
  for (guint i = 0; i < G_N_ELEMENTS (unused); i++)
    {
      g_autoptr (Run) warned = run_expect (
          unused[i], "username,full name,email alias,shoe size\nwarn,Warn One,w1,43\n", 0);
      assert_contains (warned->err, "Warning: Column 3 (“email alias”) is not used\n");
      assert_contains (warned->err, "Warning: Column 4 (“shoe size”) is not used\n");
      assert_lacks (warned->out, "Warning");
    }
  /* By a name that the server took for a password, and shows to nobody */
  g_autoptr (Run) keyed
             = run_expect ("import - --map who=userName --map key=password --create-users",
                           "who,what,key\nzara,Zara Zed,Sea gull 77\n",
                           0);
  assert_contains (keyed->out, "1 created");
  g_autoptr (Run) unmapped = run_expect ("import - --map nope=userName", "who,what\nzed,Zed\n", 2);
  assert_contains (unmapped->err, "The file has no column “nope”");
  g_autoptr (Run) binary = run_expect ("import -",
                                       "\x01\x02\x7F"
                                       "ELF\x03\x04\n",
                                       1);
  g_autoptr (Run) template
             = run_expect ("import - --create-users --user-template Nope", "username\nzed\n", 3);
  assert_contains (template->err, "There is neither a template nor a user “Nope”");
  g_autoptr (Run) missing = run_expect ("import /nonexistent.csv", NULL, 1);
  g_autoptr (Run) existing = run_expect ("import - --existing nonsense", "a,b\n", 2);

  /* Nobody is made whose password would have nowhere to go. */
  g_autoptr (Run) unsaved = run_expect (
      "import - --create-users --generate-passwords", "username,full name\nnew.one,New One\n", 2);
  g_assert_nonnull (strstr (unsaved->err, "--passwords"));
  g_autoptr (Run) nowhere = run_expect (
      "import - --create-users --generate-passwords --passwords /nonexistent/p.csv",
      "username,full name\nnew.one,New One\n",
      1);
  g_assert_nonnull (strstr (nowhere->err, "/nonexistent"));
  g_autoptr (Run) unmade = run_expect ("user show new.one", NULL, 3);
  g_autoptr (Run) generated = run_expect (generate, "username,full name\nnew.one,New One\n", 0);
  assert_lacks (generated->out, "new.one");
  g_assert_true (g_file_get_contents (passwords, &text, NULL, NULL));
  assert_contains (text, "new.one");
  g_assert_cmpint (g_stat (passwords, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0600);

  /* What the export writes the import takes back unchanged. */
  g_autoptr (Run) written = run_expect (export, NULL, 0);
  g_autoptr (Run) back = run_expect (import_again, NULL, 0);
  assert_contains (back->out, "create 0, update 0,");
  assert_contains (back->out, "refuse 0");

  /* Passwords were handed out and an export was written since, which nothing takes back. */
  g_autoptr (Run) last = run_expect ("undo --last", NULL, 4);
  const char *advice = strstr (last->err, "mailsteadctl undo ");
  g_assert_nonnull (advice);
  g_autofree char *undo = g_strdup (g_strchomp ((char *) advice + strlen ("mailsteadctl ")));
  g_autoptr (Run) undone = run_expect (undo, NULL, 0);
  g_autoptr (Run) gone = run_expect ("user show new.one", NULL, 3);
}

/* Names with control characters and bidirectional tricks cannot be stored; what comes from
 * elsewhere is shown harmless. */
static void
test_hostile (void)
{
  static const RunStep steps[] = {
    { "user create 'a\x1B[31mb'", NULL, 1, NULL, NULL },
    { "user set john 'displayName=\xE2\x80\xAE"
      "evil'",
      NULL,
      1,
      NULL,
      "displayName" },
    { "user show 'x\" or userName pr or userName eq \"x'", NULL, 3, NULL, "There is no user" },
    { "user show '../Mailboxes'", NULL, 3, NULL, "There is no user" },
    { "user show -- -x", NULL, 3, NULL, "-x" },
    { "user create ''", NULL, 1, NULL, "userName" },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_logout (void)
{
  static const RunStep steps[] = {
    { "logout", NULL, 0, "Logged off", NULL },
    { "user list", NULL, 5, NULL, "Not logged on to harbour" },
    { "server list", NULL, 0, "harbour", NULL },
    { "server remove harbour", NULL, 0, "forgotten", NULL },
    { "server list --json", NULL, 0, "[]", NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  run_make_folders ();
  server = real_server_new ("--empty");

  g_test_add_func ("/ctl/life/1-login", test_login);
  g_test_add_func ("/ctl/life/2-groups", test_groups);
  g_test_add_func ("/ctl/life/3-users", test_users);
  g_test_add_func ("/ctl/life/4-mailboxes", test_mailboxes);
  g_test_add_func ("/ctl/life/5-others", test_others);
  g_test_add_func ("/ctl/life/5-schemas", test_schemas);
  g_test_add_func ("/ctl/life/6-json", test_json);
  g_test_add_func ("/ctl/life/7-import", test_import);
  g_test_add_func ("/ctl/life/8-hostile", test_hostile);
  g_test_add_func ("/ctl/life/9-logout", test_logout);

  int status = g_test_run ();
  real_server_free (server);
  run_clear_folders ();
  return status;
}
