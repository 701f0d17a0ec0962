/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A list of a hundred thousand members is exported, and imported into another store; a cell that is
 * larger than any of an export is refused with its place.
 */
#include "import-fixture.h"

#include <string.h>

#include "ms-csv.h"
#include "ms-error.h"
#include "ms-txn.h"
#include "store-place.h"

#define HEADER "list,address,aliases,description,members,externalMembers"
#define AT_ONCE 5000

/* Each is asked for and linked by itself, which waits for the other server each time; so there it
 * is only more than ever fitted. */
static guint
count_members (void)
{
  return g_str_equal (store_place_get_driver (), "postgresql") ? fixture_size (12000)
                                                               : fixture_size (100000);
}

typedef struct
{
  const MsResourceType *type;
  guint                 first;
  guint                 end;
} PeopleWork;

static gboolean
insert_people (MsTxn *txn, gpointer user_data, GError **error)
{
  PeopleWork *work = user_data;

  for (guint i = work->first; i < work->end; i++)
    {
      g_autofree char *id = ms_object_new_id ();
      g_autofree char *name = g_strdup_printf ("member%05u", i);
      g_autoptr (MsObject) user = ms_object_new (work->type, id, json_object_new ());
      ms_object_set_string (user, "userName", name);
      if (!ms_txn_insert (txn, user, error))
        return FALSE;
    }
  return TRUE;
}

static void
make_people (Fixture *self)
{
  const MsChangeContext context = { .actor_name = "test", .channel = "test", .verb = "create" };
  PeopleWork            work = { self->service->types.user, 0, 0 };
  g_autoptr (GError) error = NULL;

  for (guint n = count_members (); work.first < n; work.first = work.end)
    {
      work.end = MIN (work.first + AT_ONCE, n);
      gboolean written = ms_store_write (self->store, &context, insert_people, &work, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (written);
    }
}

/* @first: the first member */
static char *
make_list (const char *first)
{
  GString *text = g_string_new (HEADER "\r\nAll,,,,");

  g_string_append (text, first);
  for (guint i = 1; i < count_members (); i++)
    g_string_append_printf (text, "; user:member%05u", i);
  g_string_append (text, ",\r\n");
  return g_string_free (text, FALSE);
}

static void
import (Fixture *self, const char *text, gboolean rehearse, const char *counted)
{
  g_autofree char *id = fixture_upload (self, text);
  g_autoptr (JsonObject) done = fixture_do (
      self, id, "{'onExisting':'update'}", rehearse, rehearse ? "rehearsed" : "done");

  g_assert_cmpint (fixture_count (done, counted), ==, 1);
}

static void
test_members (Fixture *self, gconstpointer data)
{
  g_autofree char *text = make_list ("user:member00000");
  Fixture          other = { 0 };

  make_people (self);
  import (self, text, FALSE, "create");
  g_autofree char *exported = fixture_export (self, "Group");
  g_assert_true (g_str_equal (exported, text));
  import (self, exported, FALSE, "skip");

  fixture_set_up (&other, NULL);
  make_people (&other);
  import (&other, exported, TRUE, "create");
  import (&other, exported, FALSE, "create");
  g_autofree char *again = fixture_export (&other, "Group");
  g_assert_true (g_str_equal (again, text));
  fixture_tear_down (&other, NULL);
}

/* One of so many is nobody: all of them come back to be mended, the reason only says what is wrong.
 */
static void
test_rejects (Fixture *self, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (HEADER "\r\nAll,,,,user:admin; user:");

  for (guint i = 0; i < 200000; i++)
    g_string_append (text, "nobody");
  g_string_append (text, ",\r\n");
  g_autofree char *id = fixture_upload (self, text->str);
  g_autoptr (JsonObject) done = fixture_do (self, id, "{}", FALSE, "done");
  g_assert_cmpint (fixture_count (done, "refuse"), ==, 1);
  g_autoptr (JsonArray) rows = fixture_rows (self, id, "refuse");
  JsonObject *row = json_array_get_object_element (rows, 0);
  g_assert_cmpuint (strlen (json_object_get_string_member (row, "reason")), <, 3000);
  g_autofree char *rejects = fixture_rejects (self, id);
  g_assert_true (g_str_has_prefix (rejects, HEADER ",error\r\nAll,,,,user:admin; user:nobodyn"));
  g_assert_cmpuint (strlen (rejects), >, text->len);
}

static void
test_too_long (Fixture *self, gconstpointer data)
{
  g_autofree char *filler = g_strnfill (ms_csv_default_limits.max_field + 1, 'x');
  g_autofree char *text
      = g_strdup_printf ("list,members\nOne,user:admin\nTwo,%s\nThree,user:admin\n", filler);
  g_autofree char *id = fixture_upload (self, text);
  g_autoptr (JsonObject) done = fixture_do (self, id, "{}", FALSE, "done");
  g_autoptr (JsonArray) rows = fixture_rows (self, id, "refuse");

  g_assert_cmpint (fixture_count (done, "create"), ==, 2);
  g_assert_cmpstr (
      json_object_get_string_member (json_array_get_object_element (rows, 0), "reason"),
      ==,
      "line 3, column 5: the field is longer than 33554432 bytes");
}

/* More addresses than anybody types, but no more than a mailbox may have */
static void
test_aliases (Fixture *self, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("userName,aliases\ninfo,\"a0");

  for (guint i = 1; i < 3000; i++)
    g_string_append_printf (text, "; a%u", i);
  g_string_append (text, "\"\n");
  import (self, text->str, FALSE, "create");
  g_autofree char *exported = fixture_export (self, "Mailbox");
  import (self, exported, FALSE, "skip");
}

#define ADD(path, func)                                                                            \
  g_test_add ("/import-large/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("members", test_members);
  ADD ("rejects", test_rejects);
  ADD ("too-long", test_too_long);
  ADD ("aliases", test_aliases);
  return g_test_run ();
}
