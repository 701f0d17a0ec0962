/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The undo of very many: an import of ten thousand rows, and a delete of all users; and the restore
 * of all of these, who are in one list that went and came in between. How long
 * each takes, and how long others wait for their turn meanwhile, is printed and judged by nobody.
 */
#include "import-fixture.h"

#include <string.h>

#include "ms-txn.h"

#define ROWS 10000
#define FEWER_ROWS 2000
#define GROUPS 40
#define OPTIONS "{'createUsers':true,'createGroups':true,'onExisting':'update'}"

static char *
digest (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  char *text = ms_store_digest (self->store, MS_DIGEST_STATE, NULL, &error);

  g_assert_no_error (error);
  return text;
}

/* With some rows that say twice who somebody is: those users are changed by two change sets. */
static char *
make_file (guint rows)
{
  g_autoptr (GString) text = g_string_new ("userName,displayName,mailbox,group\n");

  for (guint i = 0; i < rows; i++)
    g_string_append_printf (text,
                            "user%05u,User %u,user%05u,group %u\n",
                            i % 100 == 99 ? i - 99 : i,
                            i,
                            i % 100 == 99 ? i - 99 : i,
                            (i - (i % 100 == 99 ? 99 : 0)) % GROUPS);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Meanwhile --------------------------------------------------------------------------------- */

/* Another client, who writes all the time */
typedef struct
{
  Fixture *fixture;
  int      stop;
  gint64   longest;
} Other;

static gboolean
write_nothing (MsTxn *txn, gpointer user_data, GError **error)
{
  return TRUE;
}

static gpointer
other_main (gpointer data)
{
  Other          *self = data;
  MsChangeContext context = { .actor_name = "other", .channel = "cli", .verb = "update" };

  while (!g_atomic_int_get (&self->stop))
    {
      g_autoptr (GError) error = NULL;
      gint64 start = g_get_monotonic_time ();
      g_assert_true (
          ms_store_write (self->fixture->store, &context, write_nothing, NULL, NULL, &error));
      self->longest = MAX (self->longest, g_get_monotonic_time () - start);
      g_usleep (1000);
    }
  return NULL;
}

/* Applies it (transfer full) while somebody else writes. (transfer full) */
static JsonObject *
measure (Fixture *self, const char *name, MsOperation *operation, gint64 *sequence)
{
  g_autoptr (GError) error = NULL;
  Other    other = { self, FALSE, 0 };
  GThread *thread = g_thread_new ("other", other_main, &other);
  gint64   start = g_get_monotonic_time ();
  g_autoptr (MsOutcome) outcome = ms_service_apply (self->service, self->actor, operation, &error);
  gint64 took = g_get_monotonic_time () - start;

  g_atomic_int_set (&other.stop, TRUE);
  g_thread_join (thread);
  g_assert_no_error (error);
  g_test_message ("%s: %.2f s, others waited for %.2f s at most",
                  name,
                  (double) took / G_USEC_PER_SEC,
                  (double) other.longest / G_USEC_PER_SEC);
  if (sequence != NULL)
    *sequence = outcome->sequence;
  return fixture_json (outcome->document->str);
}

static JsonObject *
undo_job (Fixture *self, const char *name, const char *job, gboolean dry_run)
{
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);

  operation->job = g_strdup (job);
  operation->body = fixture_json (dry_run ? "{'dryRun':true}" : "{}");
  JsonObject *answer = measure (self, name, operation, NULL);
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (answer, "refused")), ==, 0);
  return answer;
}

static JsonObject *
undo_set (Fixture *self, const char *name, gint64 sequence, gboolean dry_run, gint64 *made)
{
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);

  operation->sequence = sequence;
  operation->body = fixture_json (dry_run ? "{'dryRun':true}" : "{}");
  JsonObject *answer = measure (self, name, operation, made);
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (answer, "refused")), ==, 0);
  return answer;
}

/* (transfer full): id of the import */
static char *
import (Fixture *self, guint rows)
{
  g_autofree char *text = make_file (rows);
  g_autofree char *id = fixture_upload (self, text);
  gint64           users = fixture_total (self, "User");
  gint64           start = g_get_monotonic_time ();
  g_autoptr (JsonObject) done = fixture_do (self, id, OPTIONS, FALSE, "done");

  g_test_message ("import: %.2f s", (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  g_assert_cmpint (fixture_total (self, "User") - users, ==, rows - rows / 100);
  return g_steal_pointer (&id);
}

static void
test_import (Fixture *self, gconstpointer data)
{
  g_autofree char *before = digest (self);
  g_autofree char *id = import (self, fixture_size (ROWS));
  g_autofree char *after = digest (self);

  g_autoptr (JsonObject) dry = undo_job (self, "dry run", id, TRUE);
  g_autofree char *still = digest (self);
  g_assert_cmpstr (still, ==, after);
  g_autoptr (JsonObject) undone = undo_job (self, "undo", id, FALSE);
  g_assert_cmpint (json_object_get_int_member (dry, "undone"),
                   ==,
                   json_object_get_int_member (undone, "undone"));
  g_autofree char *back = digest (self);
  g_assert_cmpstr (back, ==, before);

  g_autoptr (JsonObject) redone
             = undo_job (self, "undo of it", json_object_get_string_member (undone, "job"), FALSE);
  g_autofree char *again = digest (self);
  g_assert_cmpstr (again, ==, after);
}

static gboolean
collect_id (MsObject *object, gpointer user_data, GError **error)
{
  GString *ids = user_data;

  if (strcmp (ms_object_get_string (object, "userName"), "admin") != 0)
    g_string_append_printf (ids, "%s'%s'", ids->len > 0 ? "," : "", ms_object_get_id (object));
  return TRUE;
}

typedef struct
{
  MsQuery  query;
  GString *ids;
} Ids;

static gboolean
read_ids (MsTxn *txn, gpointer user_data, GError **error)
{
  Ids   *self = user_data;
  gint64 total = 0;

  return ms_txn_query (txn, &self->query, collect_id, self->ids, &total, error);
}

static char *
list_users (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  GString *list = g_string_new (NULL);
  Ids      ids = { { .type = self->service->types.user, .count = G_MAXINT64 }, list };

  g_assert_true (ms_store_read (self->store, read_ids, &ids, NULL, &error));
  return g_string_free (list, FALSE);
}

/* All users with their mailboxes, by one change set: all at once, or not at all. */
static void
test_delete (Fixture *self, gconstpointer data)
{
  g_autofree char *id = import (self, fixture_size (FEWER_ROWS));
  g_autofree char *before = digest (self);
  g_autoptr (GString) body = g_string_new ("{'verb':'delete','ids':[");
  g_autofree char *list = list_users (self);
  MsOperation     *operation = ms_operation_new (MS_VERB_ACTION);
  gint64           sequence = 0;
  gint64           undo = 0;

  g_string_append_printf (body, "%s]}", list);
  operation->body = fixture_json (body->str);
  g_autoptr (JsonObject) deleted = measure (self, "delete", operation, &sequence);
  g_autofree char *after = digest (self);
  g_assert_cmpint (fixture_total (self, "User"), ==, 1);

  g_autoptr (JsonObject) dry = undo_set (self, "dry run", sequence, TRUE, NULL);
  g_autoptr (JsonObject) undone = undo_set (self, "undo", sequence, FALSE, &undo);
  g_autofree char *back = digest (self);
  g_assert_cmpstr (back, ==, before);
  g_autoptr (JsonObject) redone = undo_set (self, "undo of it", undo, FALSE, NULL);
  g_autofree char *again = digest (self);
  g_assert_cmpstr (again, ==, after);
}

static void
do_to (Fixture *self, const char *name, gboolean deletes, const char *ids)
{
  g_autofree char *body
      = g_strdup_printf ("{%s'ids':[%s]}", deletes ? "'verb':'delete'," : "", ids);
  MsOperation *operation = ms_operation_new (deletes ? MS_VERB_ACTION : MS_VERB_RESTORE);

  operation->body = fixture_json (body);
  g_autoptr (JsonObject) done = measure (self, name, operation, NULL);
  g_assert_nonnull (done);
}

static void
test_list (Fixture *self, gconstpointer data)
{
  g_autofree char *id = import (self, fixture_size (FEWER_ROWS));
  g_autofree char *users = list_users (self);
  g_autoptr (GString) body = g_string_new (users);
  g_string_replace (body, ",", "},{'value':", 0);
  g_string_prepend (body, "{'displayName':'all','members':[{'value':");
  g_string_append (body, "}]}");
  g_autofree char *list = fixture_create (self, "Group", body->str);
  g_autofree char *quoted = g_strdup_printf ("'%s'", list);
  g_autofree char *before = digest (self);

  do_to (self, "delete", TRUE, users);
  do_to (self, "delete list", TRUE, quoted);
  do_to (self, "restore list", FALSE, quoted);
  do_to (self, "restore", FALSE, users);
  g_autofree char *back = digest (self);
  g_assert_cmpstr (back, ==, before);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/undo/many/import", Fixture, NULL, fixture_set_up, test_import, fixture_tear_down);
  g_test_add ("/undo/many/delete", Fixture, NULL, fixture_set_up, test_delete, fixture_tear_down);
  g_test_add ("/undo/many/list", Fixture, NULL, fixture_set_up, test_list, fixture_tear_down);
  return g_test_run ();
}
