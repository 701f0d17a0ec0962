/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Imports of mailing lists that are on each other, in any order and in circles, and of lists that
 * are known by their names only: one run is enough. And that what the export says of a list is
 * taken back as it was.
 */
#include "import-fixture.h"
#include "import-gate.h"

#include <string.h>

#define HEADER "list,address,members\n"

static JsonObject *
import (Fixture *self, const char *rows, const char *options)
{
  g_autofree char *text = g_strconcat (HEADER, rows, NULL);
  g_autofree char *id = fixture_upload (self, text);

  return fixture_do (self, id, options, FALSE, "done");
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* "NAME ADDRESS: MEMBER MEMBER", sorted, a line each. (transfer full) */
static char *
dup_lists (Fixture *self)
{
  g_autofree char *exported = fixture_export (self, "Group");
  g_auto (GStrv) lines = g_strsplit (exported, "\r\n", -1);
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();

  for (guint i = 1; lines[i] != NULL && *lines[i] != '\0'; i++)
    g_ptr_array_add (sorted, lines[i]);
  g_ptr_array_sort (sorted, compare_texts);
  g_ptr_array_add (sorted, NULL);
  return g_strjoinv ("\n", (char **) sorted->pdata);
}

static char *
sort_members (const char *text)
{
  g_auto (GStrv) words = g_strsplit_set (text, " ;,\n", -1);
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();

  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      g_ptr_array_add (sorted, words[i]);
  g_ptr_array_sort (sorted, compare_texts);
  g_ptr_array_add (sorted, NULL);
  return g_strjoinv (" ", (char **) sorted->pdata);
}

/* In whichever order members are written */
static void
assert_lists (Fixture *self, const char *expected)
{
  g_autofree char *lists = dup_lists (self);
  g_autofree char *found = sort_members (lists);
  g_autofree char *wanted = sort_members (expected);

  g_assert_cmpstr (found, ==, wanted);
}

/* What is on a list stands behind it. */
static void
test_order (Fixture *self, gconstpointer data)
{
  g_autoptr (JsonObject) done = import (self,
                                        "Alpha,a,list:Bravo; list:c@harbour.example\n"
                                        "Bravo,,c@harbour.example\n"
                                        "Charlie,c,user:admin\n",
                                        "{}");

  g_assert_cmpint (fixture_count (done, "create"), ==, 3);
  assert_lists (self,
                "Alpha,a@harbour.example,,list:Bravo; list:c@harbour.example,\n"
                "Bravo,,,list:c@harbour.example,\n"
                "Charlie,c@harbour.example,,user:admin,");
}

static const char circle[] = "Xray,x,list:Alpha\n"
                             "Alpha,a,list:Bravo\n"
                             "Bravo,,list:Charlie; user:admin\n"
                             "Charlie,c,list:Alpha\n"
                             "Self,s,list:s@harbour.example\n"
                             "Yankee,y,\n";
static const char circle_made[] = "Alpha,a@harbour.example,,list:Bravo,\n"
                                  "Bravo,,,user:admin; list:c@harbour.example,\n"
                                  "Charlie,c@harbour.example,,list:a@harbour.example,\n"
                                  "Xray,x@harbour.example,,list:a@harbour.example,\n"
                                  "Yankee,y@harbour.example,,,";

static void
test_circle (Fixture *self, gconstpointer data)
{
  g_autofree char *text = g_strconcat (HEADER, circle, NULL);
  g_autofree char *id = fixture_upload (self, text);
  g_autoptr (JsonObject) rehearsed = fixture_do (self, id, "{}", TRUE, "rehearsed");
  g_assert_cmpint (fixture_count (rehearsed, "create"), ==, 5);
  g_autoptr (JsonArray) refused = fixture_rows (self, id, "refuse");
  g_assert_cmpstr (json_object_get_string_member (fixture_find_row (refused, 6), "reason"),
                   ==,
                   "A list cannot be an entry of itself");
  g_assert_cmpint (fixture_total (self, "Group"), ==, 0);
  g_autoptr (JsonObject) done = fixture_do (self, id, "{}", FALSE, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, 5);
  assert_lists (self, circle_made);

  g_autoptr (JsonArray) rows = fixture_rows (self, id, "create");
  g_autofree char *changes = fixture_changes (fixture_find_row (rows, 4));
  g_assert_cmpstr (changes, ==, "list:>Bravo members:>list:Charlie; user:admin");

  g_autoptr (JsonObject) again = import (self, circle, "{'onExisting':'update'}");
  g_assert_cmpint (fixture_count (again, "skip"), ==, 5);
  g_autoptr (JsonObject) skipped = import (self, circle, "{'onExisting':'skip'}");
  g_assert_cmpint (fixture_count (skipped, "skip"), ==, 5);
  assert_lists (self, circle_made);
  fixture_undo (self, id);
  g_assert_cmpint (fixture_total (self, "Group"), ==, 0);
}

/* One that cannot be made takes with it those that it was to be on, and no others. */
static void
test_refused (Fixture *self, gconstpointer data)
{
  static const char rows_text[] = "Alpha,a,list:Bravo\n"
                                  "Bravo,b,list:Charlie; user:nobody\n"
                                  "Charlie,c,list:Alpha; list:Delta\n"
                                  "Delta,d,list:Echo\n"
                                  "Echo,e,list:Delta\n";
  g_autofree char  *text = g_strconcat (HEADER, rows_text, NULL);
  g_autofree char  *id = fixture_upload (self, text);
  g_autoptr (JsonObject) done = fixture_do (self, id, "{}", FALSE, "done");
  g_autoptr (JsonArray) rows = fixture_rows (self, id, "refuse");

  g_assert_cmpint (fixture_count (done, "create"), ==, 2);
  g_assert_cmpint (fixture_count (done, "refuse"), ==, 3);
  g_assert_cmpstr (json_object_get_string_member (fixture_find_row (rows, 3), "reason"),
                   ==,
                   "There is no “user:nobody” in the store");
  g_assert_cmpstr (json_object_get_string_member (fixture_find_row (rows, 2), "reason"),
                   ==,
                   "“Bravo” is to be on it, whose line 3 is refused");
  g_assert_cmpstr (json_object_get_string_member (fixture_find_row (rows, 4), "reason"),
                   ==,
                   "“Alpha” is to be on it, whose line 2 is refused");
  assert_lists (self,
                "Delta,d@harbour.example,,list:e@harbour.example,\n"
                "Echo,e@harbour.example,,list:d@harbour.example,");

  /* Where it is in the store already, the others go on. */
  g_autoptr (JsonObject) bare = import (self, "Bravo,b,\n", "{}");
  g_assert_cmpint (fixture_count (bare, "create"), ==, 1);
  g_autoptr (JsonObject) again = import (self, rows_text, "{'onExisting':'update'}");
  g_assert_cmpint (fixture_count (again, "refuse"), ==, 1);
  g_assert_cmpint (fixture_count (again, "create"), ==, 2);
  g_assert_cmpint (fixture_count (again, "skip"), ==, 2);
}

/* A name alone means the list without an address, where there is one. */
static void
test_names (Fixture *self, gconstpointer data)
{
  g_autoptr (JsonObject) done = import (self,
                                        "Holder,h,list:Crew\n"
                                        "Crew,crew,user:admin\n"
                                        "Crew,,list:crew@harbour.example\n",
                                        "{}");

  g_assert_cmpint (fixture_count (done, "create"), ==, 3);
  assert_lists (self,
                "Crew,,,list:crew@harbour.example,\n"
                "Crew,crew@harbour.example,,user:admin,\n"
                "Holder,h@harbour.example,,list:Crew,");
  g_autofree char *exported = fixture_export (self, "Group");
  g_autofree char *id = fixture_upload (self, exported);
  g_autoptr (JsonObject) same = fixture_do (self, id, "{'onExisting':'update'}", FALSE, "done");
  g_assert_cmpint (fixture_count (same, "skip"), ==, 3);
  /* Where there is none, the one of that name that there is. */
  g_autoptr (JsonObject) more
             = import (self, "Top,t,list:Holder\nHolder,,user:admin\n", "{'onExisting':'update'}");
  g_assert_cmpint (fixture_count (more, "create"), ==, 1);
  g_assert_cmpint (fixture_count (more, "update"), ==, 1);
  g_assert_cmpint (fixture_total (self, "Group"), ==, 4);
}

/* Entries in quotes hold what would part them otherwise; a quote within one is doubled. */
static void
test_quoted (Fixture *self, gconstpointer data)
{
  static const char text[] = HEADER
      "\"a; \"\"b\",,user:admin\n"
      "Plain\"s,,user:admin\n"
      "Top,,\" \"\"list:a; \"\"\"\"b\"\" ;list:Plain\"\"s\nuser:admin;\"\"user:admin\"\";\"\n"
      "Open,,\"user:admin; \"\"user:admin\"\n"
      "Behind,,\"\"\"user:admin\"\" x; user:admin\"\n";
  g_autofree char *id = fixture_upload (self, text);
  g_autoptr (JsonObject) done = fixture_do (self, id, "{}", FALSE, "done");
  g_autoptr (JsonArray) rows = fixture_rows (self, id, "refuse");

  g_assert_cmpint (fixture_count (done, "create"), ==, 3);
  g_assert_cmpint (fixture_count (done, "refuse"), ==, 2);
  g_autofree char *exported = fixture_export (self, "Group");
  g_assert_nonnull (strstr (exported, "\"\"list:a; \"\"\"\"b\"\""));
  for (guint i = 0; i < 2; i++)
    {
      JsonObject *row = json_array_get_object_element (rows, i);
      g_assert_cmpstr (json_object_get_string_member (row, "field"), ==, "members");
      g_assert_cmpstr (json_object_get_string_member (row, "reason"),
                       ==,
                       i == 0 ? "The quote before “user:admin” is never closed"
                              : "There is something behind the closing quote of “user:admin”");
    }
}

/* Any columns; how many rows are refused */
static gint64
import_lists (Fixture *self, const char *text, const char *options)
{
  g_autofree char *id = fixture_upload (self, text);
  g_autoptr (JsonObject) done = fixture_do (self, id, options, FALSE, "done");

  return fixture_count (done, "refuse");
}

/* Names of those on a list that hold what parts the entries, a quote, or another entry altogether.
 */
static void
test_ambiguous_names (Fixture *self, gconstpointer data)
{
  static const char *const groups[] = { "Räum; one", "\\\"Quoted\\\"; two", "user:victim" };
  Fixture                  other = { 0 };
  Fixture                 *both[] = { self, &other };
  g_autoptr (GString) members = g_string_new (NULL);

  fixture_set_up (&other, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    {
      g_autofree char *victim = fixture_create (both[i], "User", "{'userName':'victim'}");
      g_autofree char *mailbox = fixture_create (both[i], "Mailbox", "{'name':'victim'}");
      for (guint k = 0; k < G_N_ELEMENTS (groups); k++)
        {
          g_autofree char *json = g_strdup_printf ("{'name':'%s'}", groups[k]);
          g_autofree char *id = fixture_create (both[i], "MailGroup", json);
          if (both[i] == self)
            g_string_append_printf (members, ",{'value':'%s'}", id);
        }
    }
  g_autofree char *staff
      = fixture_create (self, "Group", "{'displayName':'staff; user:victim','members':[]}");
  g_autofree char *quoted
      = fixture_create (self, "Group", "{'displayName':'\\\"A\\\"; \\\"B','members':[]}");
  g_autofree char *address
      = fixture_create (self, "Group", "{'displayName':'victim@harbour.example','members':[]}");
  g_autofree char *top = g_strdup_printf (
      "{'displayName':'Top','members':[{'value':'%s'},{'value':'%s'},{'value':'%s'}%s]}",
      staff,
      quoted,
      address,
      members->str);
  g_autofree char *top_id = fixture_create (self, "Group", top);

  g_autofree char *text = fixture_export (self, "Group");
  g_assert_nonnull (strstr (text, "\"\"list:staff; user:victim\"\""));
  g_assert_nonnull (strstr (text, "\"\"group:Räum; one\"\""));
  g_assert_nonnull (strstr (text, "group:user:victim"));
  g_assert_nonnull (strstr (text, "listName:victim@harbour.example"));
  g_assert_cmpint (import_lists (&other, text, "{}"), ==, 0);
  g_autofree char *again = fixture_export (&other, "Group");
  g_auto (GStrv) a = g_strsplit_set (text, ";\r\n", -1);
  g_auto (GStrv) b = g_strsplit_set (again, ";\r\n", -1);
  g_assert_cmpuint (g_strv_length (a), ==, g_strv_length (b));
  g_assert_cmpuint (strlen (text), ==, strlen (again));
  g_assert_null (strstr (again, " user:victim;"));
  /* And a third time: nothing differs. */
  g_autofree char *id = fixture_upload (&other, text);
  g_autoptr (JsonObject) same = fixture_do (&other, id, "{'onExisting':'update'}", FALSE, "done");
  g_assert_cmpint (fixture_count (same, "skip"), ==, 4);
  fixture_tear_down (&other, NULL);
}

/* Aliases of a list come with it, into an empty store and where it is there already. */
static void
test_list_aliases (Fixture *self, gconstpointer data)
{
  static const char both[] = "Alpha,a@harbour.example,alfa@harbour.example; one@harbour.example,,"
                             "list:b@harbour.example,\r\n"
                             "Bravo,b@harbour.example,beta@harbour.example,,"
                             "list:a@harbour.example,\r\n";
  Fixture           other = { 0 };
  g_autofree char  *bare = fixture_create (self,
                                          "Group",
                                          "{'displayName':'Plain','" MS_URN_EXT_GROUP
                                          "':{'address':'plain','aliases':"
                                           "['even','smooth']}}");
  g_autofree char  *text = fixture_export (self, "Group");

  g_assert_nonnull (strstr (text, "even@harbour.example; smooth@harbour.example,"));
  fixture_set_up (&other, NULL);
  g_assert_cmpint (import_lists (&other, text, "{}"), ==, 0);
  g_autofree char *again = fixture_export (&other, "Group");
  g_assert_cmpstr (again, ==, text);
  g_autofree char *id = fixture_upload (&other, text);
  g_autoptr (JsonObject) same = fixture_do (&other, id, "{'onExisting':'update'}", FALSE, "done");
  g_assert_cmpint (fixture_count (same, "skip"), ==, 1);

  /* Those of the file are all that it has then; an empty cell says nothing. */
  g_autofree char *changed = fixture_upload (
      &other, "list,address,aliases\nPlain,plain@harbour.example,smooth rough PLAIN\n");
  g_autoptr (JsonObject) updated
             = fixture_do (&other, changed, "{'onExisting':'update'}", FALSE, "done");
  g_autoptr (JsonArray) rows = fixture_rows (&other, changed, "update");
  g_assert_cmpint (fixture_count (updated, "update"), ==, 1);
  g_autofree char *changes = fixture_changes (fixture_find_row (rows, 2));
  g_assert_cmpstr (changes,
                   ==,
                   "aliases:even@harbour.example; smooth@harbour.example>"
                   "smooth@harbour.example; rough@harbour.example; PLAIN@harbour.example");
  g_assert_cmpint (
      import_lists (&other, "list,address,aliases\nPlain,plain,\n", "{'onExisting':'update'}"),
      ==,
      0);
  g_autofree char *after = fixture_export (&other, "Group");
  g_assert_nonnull (strstr (after, "smooth@harbour.example; rough@harbour.example,"));
  g_assert_null (strstr (after, "even@"));
  g_assert_cmpint (import_lists (&other, "list,address,aliases\nBad,bad,a b@@c\n", "{}"), ==, 1);
  fixture_tear_down (&other, NULL);

  /* Of a in_circle, too */
  fixture_set_up (&other, NULL);
  g_autofree char *in_circle
      = g_strconcat ("list,address,aliases,description,members,externalMembers\r\n", both, NULL);
  g_assert_cmpint (import_lists (&other, in_circle, "{}"), ==, 0);
  g_autofree char *made = fixture_export (&other, "Group");
  g_assert_nonnull (strstr (made, "alfa@harbour.example; one@harbour.example,"));
  g_assert_nonnull (strstr (made, "beta@harbour.example,"));
  fixture_tear_down (&other, NULL);
}

/* Each on the next, from the last to the first: several transactions, and a server that stops. */
#define CHAIN 700

static void
test_long (Fixture *self, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (HEADER);
  Gate gate;

  for (guint i = 0; i < CHAIN; i++)
    g_string_append_printf (text, "List %u,l%u,list:List %u\n", i, i, i + 1);
  g_string_append_printf (text, "List %d,,user:admin\n", CHAIN);
  g_autofree char *id = fixture_upload (self, text->str);
  g_autoptr (JsonObject) rehearsed = fixture_do (self, id, "{}", TRUE, "rehearsed");
  g_assert_cmpint (fixture_count (rehearsed, "create"), ==, CHAIN + 1);

  gate_set_up (&gate, self->service->imports, 0);
  gate_open_to_stop (&gate);
  fixture_start (self, id, "{}", FALSE);
  gate_wait (&gate);
  fixture_close (self);
  fixture_open (self);
  g_autoptr (JsonObject) found = fixture_get (self, id);
  g_assert_cmpint (fixture_count (found, "create"), >, 0);
  g_assert_cmpint (fixture_count (found, "create"), <, CHAIN);
  ms_service_resume_jobs (self->service);
  g_autoptr (JsonObject) done = fixture_wait (self, id);
  g_assert_cmpstr (json_object_get_string_member (done, "state"), ==, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, CHAIN + 1);
  g_assert_cmpint (fixture_total (self, "Group"), ==, CHAIN + 1);
  g_autofree char *rejects = fixture_rejects (self, id);
  g_assert_cmpstr (rejects, ==, "list,address,members,error\r\n");
}

/* As many in one circle are done in one transaction. */
static void
test_large_circle (Fixture *self, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (HEADER);

  for (guint i = 0; i < CHAIN; i++)
    g_string_append_printf (text, "List %u,l%u,list:List %u\n", i, i, (i + 1) % CHAIN);
  g_string_append (text, "Bad,bad,list:List 0; user:nobody\n");
  g_autofree char *id = fixture_upload (self, text->str);
  g_autoptr (JsonObject) done = fixture_do (self, id, "{}", FALSE, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, CHAIN);
  g_assert_cmpint (fixture_count (done, "refuse"), ==, 1);
}

#define ADD(path, func)                                                                            \
  g_test_add ("/import-lists/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("order", test_order);
  ADD ("circle", test_circle);
  ADD ("refused", test_refused);
  ADD ("names", test_names);
  ADD ("quoted", test_quoted);
  ADD ("ambiguous-names", test_ambiguous_names);
  ADD ("aliases", test_list_aliases);
  ADD ("long", test_long);
  ADD ("large-circle", test_large_circle);
  return g_test_run ();
}
