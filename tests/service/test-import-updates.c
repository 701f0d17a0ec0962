/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Imports over what is there: what a row leaves alone of it.
 */
#include "import-fixture.h"

#include <string.h>

#define HEADER "userName,owner,primary,quota\n"
#define UPDATE "{'createUsers':true,'onExisting':'update'}"

/* (transfer full): the reports on all rows */
static JsonArray *
import (Fixture *self, const char *text, const char *options, JsonObject **done)
{
  g_autofree char *id = fixture_upload (self, text);

  *done = fixture_do (self, id, options, FALSE, "done");
  return fixture_rows (self, id, NULL);
}

static void
assert_mailbox (Fixture *self, const char *address, gboolean primary, gint64 quota)
{
  g_autoptr (MsObject) mailbox = fixture_find (self, "Mailbox", "address", address);

  g_assert_nonnull (mailbox);
  g_assert_cmpint (ms_object_get_boolean (mailbox, "primary", FALSE), ==, primary);
  g_assert_cmpint (ms_object_get_int (mailbox, "quota", 0), ==, quota);
}

/* Nobody gets another primary mailbox, not by a mailbox of their own either. Without users to make,
 * rows are those of mailboxes. */
static void
test_primary (Fixture *self, gconstpointer data)
{
  static const char *const refused[]
      = { "pb,pa,yes,1 GB\n", "pc,pa,yes,2 GB\n", "qa,pa,yes,3 GB\n" };
  static const char *const options[] = { UPDATE, "{'onExisting':'update'}" };
  g_autoptr (JsonObject) made = NULL;
  g_autoptr (JsonArray) first = import (self, HEADER "pa,,,\npb,pa,no,\nqa,,,\n", UPDATE, &made);

  g_assert_cmpint (fixture_count (made, "create"), ==, 3);
  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    for (guint r = 0; r < G_N_ELEMENTS (refused); r++)
      {
        g_autofree char *text = g_strdup_printf (HEADER "%s", refused[r]);
        g_autoptr (JsonObject) done = NULL;
        g_autoptr (JsonArray) rows = import (self, text, options[i], &done);
        JsonObject *row = fixture_find_row (rows, 2);

        g_test_message ("%s", refused[r]);
        g_assert_cmpint (fixture_count (done, "refuse"), ==, 1);
        g_assert_nonnull (strstr (json_object_get_string_member (row, "reason"),
                                  r == 2 && i == 0 ? "somebody else's"
                                                   : "The primary mailbox of pa is pa@harbour"));
        assert_mailbox (self, "pa@harbour.example", TRUE, 0);
        assert_mailbox (self, "pb@harbour.example", FALSE, 0);
        assert_mailbox (self, "qa@harbour.example", TRUE, 0);
        g_assert_null (fixture_find (self, "Mailbox", "address", "pc@harbour.example"));
      }
  g_autoptr (JsonObject) done = NULL;
  g_autoptr (JsonArray) rows = import (self, HEADER "pa,pa,yes,\npb,pa,no,1 KB\n", UPDATE, &done);
  g_assert_cmpint (fixture_count (done, "skip"), ==, 1);
  g_assert_cmpint (fixture_count (done, "update"), ==, 1);
  assert_mailbox (self, "pb@harbour.example", FALSE, 1000);
}

/* Of a file without a column for the full name */
static const struct
{
  const char *name;
  const char *user; /* as it is, but for its userName */
  const char *text;
  const char *changes;
  const char *display; /* (nullable): none */
} names[] = {
  { "one-half",
    "'displayName':'Ann Lee','name':{'givenName':'Ann','familyName':'Lee'}",
    "userName,familyName\nfn,Smith\n",
    "displayName:Ann Lee>Ann Smith familyName:Lee>Smith",
    "Ann Smith" },
  { "both-halves",
    "'displayName':'Ann Lee','name':{'givenName':'Ann','familyName':'Lee'}",
    "userName,givenName,familyName\nfn,Anna,Smith\n",
    "displayName:Ann Lee>Anna Smith givenName:Ann>Anna familyName:Lee>Smith",
    "Anna Smith" },
  { "empty-cell",
    "'displayName':'Ann Lee','name':{'givenName':'Ann','familyName':'Lee'}",
    "userName,givenName,familyName\nfn,Anna,\n",
    "displayName:Ann Lee>Anna Lee givenName:Ann>Anna",
    "Anna Lee" },
  { "second-half",
    "'displayName':'Ann','name':{'givenName':'Ann'}",
    "userName,familyName\nfn,Smith\n",
    "displayName:Ann>Ann Smith familyName:>Smith",
    "Ann Smith" },
  { "none-yet",
    "'name':{'givenName':'Ann'}",
    "userName,familyName\nfn,Smith\n",
    "displayName:>Ann Smith familyName:>Smith",
    "Ann Smith" },
  { "chosen",
    "'displayName':'Dr Ann Lee','name':{'givenName':'Ann','familyName':'Lee'}",
    "userName,givenName,familyName\nfn,Ann,Smith\n",
    "familyName:Lee>Smith",
    "Dr Ann Lee" },
  { "chosen-alone",
    "'displayName':'Ann Lee'",
    "userName,familyName\nfn,Smith\n",
    "familyName:>Smith",
    "Ann Lee" },
  { "same",
    "'displayName':'Dr Ann Lee','name':{'givenName':'Ann','familyName':'Lee'}",
    "userName,givenName,familyName\nfn,Ann,Lee\n",
    "",
    "Dr Ann Lee" },
  { "column-empty",
    "'displayName':'Ann Lee','name':{'givenName':'Ann','familyName':'Lee'}",
    "userName,displayName,familyName\nfn,,Smith\n",
    "familyName:Lee>Smith",
    "Ann Lee" },
};

static void
test_name (Fixture *self, gconstpointer data)
{
  guint            i = GPOINTER_TO_UINT (data);
  g_autofree char *json = g_strdup_printf ("{'userName':'fn',%s}", names[i].user);
  g_autofree char *id = fixture_create (self, "User", json);
  g_autoptr (JsonObject) done = NULL;
  g_autoptr (JsonArray) rows = import (self, names[i].text, UPDATE, &done);
  g_autofree char *changes = fixture_changes (fixture_find_row (rows, 2));
  g_autoptr (MsObject) user = fixture_find (self, "User", "userName", "fn");

  g_assert_cmpint (fixture_count (done, "refuse"), ==, 0);
  g_assert_cmpstr (changes, ==, names[i].changes);
  g_assert_cmpstr (ms_object_get_string (user, "displayName"), ==, names[i].display);
}

/* A column "description" is about the user in a file with our names. In another one it may be the
 * full name, and it is said where it is taken for that. */
static void
test_description (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *text;
    const char *options;
    const char *changes;
    const char *warning; /* (nullable): none */
  } files[] = {
    { "userName,description\njohn,About John\n", UPDATE, "description:>About John", NULL },
    { "Username,Description\njohn,John Dow\n",
      UPDATE,
      "displayName:John>John Dow",
      "Column 2 (“Description”) is taken for the full name: map it to description if it is about "
      "the user" },
    { "Username,Description\njohn,At sea\n",
      "{'createUsers':true,'onExisting':'update','mapping':['userName','description']}",
      "description:About John>At sea",
      NULL },
  };
  g_autofree char *john = fixture_create (self, "User", "{'userName':'john','displayName':'John'}");

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (JsonObject) done = NULL;
      g_autoptr (JsonArray) rows = import (self, files[i].text, files[i].options, &done);
      g_autofree char *changes = fixture_changes (fixture_find_row (rows, 2));
      JsonArray       *warnings = json_object_get_array_member (done, "warnings");

      g_assert_cmpstr (changes, ==, files[i].changes);
      g_assert_cmpuint (json_array_get_length (warnings), ==, files[i].warning != NULL ? 1 : 0);
      if (files[i].warning != NULL)
        g_assert_cmpstr (json_array_get_string_element (warnings, 0), ==, files[i].warning);
    }
}

#define ADD(path, func)                                                                            \
  g_test_add ("/import-updates/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("primary", test_primary);
  ADD ("description", test_description);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strconcat ("/import-updates/name/", names[i].name, NULL);
      g_test_add (
          path, Fixture, GUINT_TO_POINTER (i), fixture_set_up, test_name, fixture_tear_down);
    }
  return g_test_run ();
}
