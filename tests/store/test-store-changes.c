/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Change sets: what they say after each kind of edit, how edits of one transaction are merged,
 * savepoints, what undo asks, and that no secret is in them. And the small tables of the service,
 * which make none.
 */
#include "store-fixture.h"

#include <string.h>

#define LIST_EXT "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group"
#define SCHEME "urn:ietf:params:scim:schemas:extension:mailstead:2.0:User:passwordScheme"

/* Replaces ids by names, so that expected texts can be written down. */
static void
assert_change (Fixture *fixture, const char *const *ids, const char *expected)
{
  g_autofree char *text = fixture_last_change (fixture);
  GString         *named = g_string_new (text);

  for (guint i = 0; ids != NULL && ids[i] != NULL; i += 2)
    g_string_replace (named, ids[i], ids[i + 1], 0);
  g_assert_cmpstr (named->str, ==, expected);
  g_string_free (named, TRUE);
}

/* Kinds of edits ------------------------------------------------------------------------------ */

static void
test_deltas (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id
      = fixture_insert (fixture,
                        "User",
                        "{'userName':'u','externalId':'7','active':true,'name':{'familyName':'F'},"
                        "'emails':[{'value':'a@x.org'}]}");

  assert_change (
      fixture,
      NULL,
      "create User u v1 [{'path':'externalId','after':'7'},{'path':'userName','after':'u'},"
      "{'path':'name.familyName','after':'F'},{'path':'active','after':true},"
      "{'path':'emails','after':[{'value':'a@x.org'}]}]");
  g_autoptr (MsObject) object = fixture_get (fixture, id);
  JsonObject *attributes = ms_object_get_attributes (object);
  JsonArray  *emails = json_object_get_array_member (attributes, "emails");
  g_autoptr (JsonObject) more = json_object_new ();
  json_object_set_string_member (more, "value", "b@x.org");
  json_array_remove_element (emails, 0);
  json_array_add_object_element (emails, g_steal_pointer (&more));
  ms_object_set_string (object, "name.givenName", "G");
  ms_object_set_string (object, "externalId", NULL);
  fixture_update (fixture, object);
  assert_change (
      fixture,
      NULL,
      "update User u v2 [{'path':'externalId','before':'7'},{'path':'name.givenName','after':'G'},"
      "{'path':'emails','added':[{'value':'b@x.org'}],'removed':[{'value':'a@x.org'}]}]");
  fixture_delete (fixture, id);
  assert_change (
      fixture,
      NULL,
      "delete User u v3 [{'path':'userName','before':'u'},{'path':'name.familyName','before':'F'},"
      "{'path':'name.givenName','before':'G'},{'path':'active','before':true},"
      "{'path':'emails','before':[{'value':'b@x.org'}]}]");
  g_assert_true (fixture_try_restore (fixture, id, NULL));
  assert_change (
      fixture,
      NULL,
      "restore User u v4 [{'path':'userName','after':'u'},{'path':'name.familyName','after':'F'},"
      "{'path':'name.givenName','after':'G'},{'path':'active','after':true},"
      "{'path':'emails','after':[{'value':'b@x.org'}]}]");
}

static void
test_relations (Fixture *fixture, gconstpointer data)
{
  g_autofree char *user = fixture_insert (fixture, "User", "{'userName':'u'}");
  g_autofree char *json = g_strdup_printf ("{'name':'box','owner':{'value':'%s'}}", user);
  g_autofree char *box = fixture_insert (fixture, "Mailbox", json);
  g_autofree char *list = fixture_insert (fixture, "Group", "{'displayName':'all'}");
  const char      *ids[] = { user, "USER", box, "BOX", NULL };

  fixture_link (fixture, list, "members", user, TRUE, TRUE);
  assert_change (
      fixture,
      ids,
      "update Group all v2 [{'path':'members','added':[{'value':'USER','display':'u'}]}]");
  fixture_link (fixture, list, "members", box, TRUE, TRUE);
  fixture_delete (fixture, user);
  assert_change (
      fixture,
      ids,
      "update Mailbox box v2 [{'path':'owner','before':{'value':'USER','display':'u'}}]\n"
      "update Group all v4 [{'path':'members','removed':[{'value':'USER','display':'u'}]}]\n"
      "delete User u v2 [{'path':'userName','before':'u'}]");
  fixture_delete (fixture, list);
  assert_change (fixture,
                 ids,
                 "delete Group all v5 [{'path':'displayName','before':'all'},"
                 "{'path':'members','before':[{'value':'BOX','display':'box'}]}]");
}

/* Merging ------------------------------------------------------------------------------------- */

typedef struct
{
  Fixture *fixture;
  char    *id;
  char    *other;
} Merge;

static gboolean
do_update_twice (MsTxn *txn, gpointer data, GError **error)
{
  Merge *merge = data;
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, merge->id, error);

  g_assert_nonnull (object);
  ms_object_set_string (object, "title", "one");
  if (!ms_txn_update (txn, object, error))
    return FALSE;
  g_assert_cmpint (ms_object_get_version (object), ==, 2);
  ms_object_set_string (object, "title", "two");
  ms_object_set_string (object, "nickName", "n");
  if (!ms_txn_update (txn, object, error)
      || !ms_txn_set_secret (txn, object, "password", "$y$s", error))
    return FALSE;
  g_assert_cmpint (ms_object_get_version (object), ==, 2);
  return TRUE;
}

static gboolean
do_there_and_back (MsTxn *txn, gpointer data, GError **error)
{
  Merge *merge = data;
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, merge->id, error);

  g_assert_nonnull (object);
  ms_object_set_string (object, "nickName", "other");
  if (!ms_txn_update (txn, object, error))
    return FALSE;
  ms_object_set_string (object, "nickName", "n");
  return ms_txn_update (txn, object, error);
}

static gboolean
do_delete_other (MsTxn *txn, gpointer data, GError **error)
{
  Merge *merge = data;
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, merge->other, error);

  return object != NULL && ms_txn_delete (txn, object, error);
}

static gboolean
do_create_and_delete (MsTxn *txn, gpointer data, GError **error)
{
  Merge *merge = data;
  g_autoptr (MsObject) object = fixture_make (merge->fixture, "User", "{'userName':'brief'}");

  merge->other = g_strdup (ms_object_get_id (object));
  return ms_txn_insert (txn, object, error)
         && ms_txn_set_secret (txn, object, "password", "hash", error)
         && ms_txn_savepoint (txn, TRUE, do_delete_other, merge, error);
}

/* It is there, for its deletion was none. */
static gboolean
do_create_and_rehearse (MsTxn *txn, gpointer data, GError **error)
{
  Merge *merge = data;
  g_autoptr (MsObject) object = fixture_make (merge->fixture, "User", "{'userName':'brief'}");

  merge->other = g_strdup (ms_object_get_id (object));
  return ms_txn_insert (txn, object, error)
         && ms_txn_savepoint (txn, FALSE, do_delete_other, merge, error);
}

static gboolean
do_look_for_gone (MsTxn *txn, gpointer data, GError **error)
{
  Merge *merge = data;
  g_autoptr (GError) local_error = NULL;
  g_autoptr (MsObject) binned = ms_txn_get_binned (txn, merge->other, &local_error);

  g_assert_null (binned);
  g_assert_error (local_error, MS_ERROR, MS_ERROR_NOT_FOUND);
  return TRUE;
}

static gboolean
do_create_list (MsTxn *txn, gpointer data, GError **error)
{
  Merge *merge = data;
  g_autoptr (MsObject) list = fixture_make (merge->fixture, "Group", "{'displayName':'l'}");
  const MsAttribute *members = ms_resource_type_find (ms_object_get_type (list), "members");
  gboolean           changed = FALSE;

  merge->other = g_strdup (ms_object_get_id (list));
  return ms_txn_insert (txn, list, error)
         && ms_txn_add_link (txn, list, members, merge->id, &changed, error)
         && ms_txn_add_link (txn, list, members, merge->other, &changed, error)
         && ms_txn_remove_link (txn, list, members, merge->other, &changed, error);
}

static gboolean
do_delete_and_restore (MsTxn *txn, gpointer data, GError **error)
{
  Merge *merge = data;
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, merge->id, error);

  if (object == NULL || !ms_txn_delete (txn, object, error))
    return FALSE;
  g_autoptr (MsObject) back = fixture_restore (txn, merge->id, error);
  if (back == NULL)
    return FALSE;
  ms_object_set_string (back, "nickName", "back");
  return ms_txn_update (txn, back, error);
}

static void
test_merge (Fixture *fixture, gconstpointer data)
{
  Merge merge = { fixture, fixture_insert (fixture, "User", "{'userName':'u'}"), NULL };

  fixture_write (fixture, do_update_twice, &merge);
  assert_change (fixture,
                 NULL,
                 "update User u v2 [{'path':'nickName','after':'n'},{'path':'title','after':'two'},"
                 "{'path':'" SCHEME "','after':'yescrypt'},{'path':'password','secret':true}]");
  gint64 sequence = fixture_last_sequence (fixture);
  fixture_write (fixture, do_there_and_back, &merge);
  fixture_write (fixture, do_create_and_delete, &merge);
  g_assert_cmpint (fixture_last_sequence (fixture), ==, sequence);
  /* What no change set tells of is not there: not in the bin either. */
  fixture_read (fixture, do_look_for_gone, &merge);
  fixture_check_sound (fixture);
  g_free (merge.other);
  fixture_write (fixture, do_create_and_rehearse, &merge);
  assert_change (fixture, NULL, "create User brief v1 [{'path':'userName','after':'brief'}]");
  fixture_check_sound (fixture);
  g_free (merge.other);
  fixture_write (fixture, do_create_list, &merge);
  const char *ids[] = { merge.id, "USER", NULL };
  assert_change (fixture,
                 ids,
                 "create Group l v1 [{'path':'displayName','after':'l'},"
                 "{'path':'members','after':[{'value':'USER','display':'u'}]}]");
  fixture_write (fixture, do_delete_and_restore, &merge);
  g_autofree char *text = fixture_last_change (fixture);
  g_assert_nonnull (
      strstr (text, "update User u v4 [{'path':'nickName','before':'n','after':'back'}]"));
  g_free (merge.id);
  g_free (merge.other);
}

/* Savepoints ---------------------------------------------------------------------------------- */

typedef struct
{
  Fixture *fixture;
  char    *id;
  int      depth;
} Nested;

static gboolean
do_fail (MsTxn *txn, gpointer data, GError **error)
{
  Nested *nested = data;
  g_autoptr (MsObject) object
             = fixture_make (nested->fixture, "Mailbox", "{'name':'lost','address':'lost@x.org'}");
  g_autoptr (MsObject) user = ms_txn_get_object (txn, NULL, nested->id, error);

  g_assert_nonnull (user);
  ms_object_set_string (user, "title", "lost");
  if (!ms_txn_insert (txn, object, error) || !ms_txn_update (txn, user, error))
    return FALSE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "on purpose");
  return FALSE;
}

static gboolean
do_keep (MsTxn *txn, gpointer data, GError **error)
{
  Nested *nested = data;
  g_autoptr (MsObject) object
             = fixture_make (nested->fixture, "Mailbox", "{'name':'kept','address':'kept@x.org'}");
  g_autoptr (MsObject) user = ms_txn_get_object (txn, NULL, nested->id, error);

  g_assert_nonnull (user);
  ms_object_set_string (user, "title", "kept");
  return ms_txn_insert (txn, object, error) && ms_txn_update (txn, user, error);
}

static gboolean
do_nested (MsTxn *txn, gpointer data, GError **error)
{
  Nested *nested = data;
  g_autoptr (GError) local_error = NULL;
  g_autoptr (MsObject) user = ms_txn_get_object (txn, NULL, nested->id, error);
  gint64 count = -1;

  g_assert_nonnull (user);
  ms_object_set_string (user, "nickName", "outer");
  if (!ms_txn_update (txn, user, error))
    return FALSE;
  g_assert_false (ms_txn_savepoint (txn, TRUE, do_fail, nested, &local_error));
  g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_FAILED);
  /* A rehearsal succeeds and leaves nothing. */
  if (!ms_txn_savepoint (txn, FALSE, do_keep, nested, error)
      || !ms_txn_count (
          txn, MS_COUNT_OBJECTS, fixture_type (nested->fixture, "Mailbox"), &count, error))
    return FALSE;
  g_assert_cmpint (count, ==, 0);
  if (!ms_txn_savepoint (txn, TRUE, do_keep, nested, error)
      || !ms_txn_count (
          txn, MS_COUNT_OBJECTS, fixture_type (nested->fixture, "Mailbox"), &count, error))
    return FALSE;
  g_assert_cmpint (count, ==, 1);
  return TRUE;
}

static void
test_savepoints (Fixture *fixture, gconstpointer data)
{
  Nested nested = { fixture, fixture_insert (fixture, "User", "{'userName':'u'}"), 0 };

  fixture_write (fixture, do_nested, &nested);
  assert_change (
      fixture,
      NULL,
      "update User u v2 [{'path':'nickName','after':'outer'},{'path':'title','after':'kept'}]\n"
      "create Mailbox kept v1 "
      "[{'path':'name','after':'kept'},{'path':'address','after':'kept@x.org'}]");
  assert_text (fixture_list (fixture, "Mailbox", NULL, "x.org", NULL, 0, 10, NULL), "kept");
  assert_text (fixture_list (fixture, "User", "title eq \"kept\"", NULL, NULL, 0, 10, NULL), "u");
  g_free (nested.id);
}

/* Reading them back --------------------------------------------------------------------------- */

typedef struct
{
  const char *id;
  const char *title;
} Titled;

static gboolean
do_title (MsTxn *txn, gpointer data, GError **error)
{
  Titled *titled = data;
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, titled->id, error);

  if (object == NULL)
    return FALSE;
  ms_object_set_string (object, "title", titled->title);
  ms_txn_set_target_label (txn, "somewhere");
  return ms_txn_update (txn, object, error);
}

static gint64
set_title (Fixture *fixture, const char *id, const char *title, const char *job, gint64 undo_of)
{
  MsChangeContext context = { "actor-id", "admin", "console", "move", "because", job, undo_of };
  Titled          titled = { id, title };
  gint64          sequence = -1;
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_store_write (fixture->store, &context, do_title, &titled, &sequence, &error));
  g_assert_no_error (error);
  return sequence;
}

typedef struct
{
  const char *id;
  gint64      sequence;
  GString    *found;
} Later;

static void
on_later_change (
    const MsChange *change, gint64 sequence, gint64 undo_of, const char *set_verb, gpointer data)
{
  Later     *later = data;
  JsonArray *deltas = json_node_get_array (change->deltas);

  g_assert_cmpint (sequence, >, later->sequence);
  g_assert_nonnull (set_verb);
  g_string_append (later->found, ms_change_verb_to_string (change->verb));
  if (change->verb == MS_CHANGE_UPDATE)
    g_string_append_printf (
        later->found,
        " %s %" G_GINT64_FORMAT,
        json_object_get_string_member (json_array_get_object_element (deltas, 0), "path"),
        undo_of != 0 ? sequence - undo_of : 0);
  g_string_append (later->found, "; ");
}

static gboolean
do_walk_later (MsTxn *txn, gpointer data, GError **error)
{
  Later *later = data;

  return ms_txn_walk_later_changes (txn, later->id, later->sequence, on_later_change, later, error);
}

static char *
list_later (Fixture *fixture, const char *id, gint64 sequence)
{
  Later later = { id, sequence, g_string_new (NULL) };

  fixture_read (fixture, do_walk_later, &later);
  return g_string_free (later.found, FALSE);
}

static void
test_later_changes (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = fixture_insert (fixture, "User", "{'userName':'u'}");
  g_autofree char *other = fixture_insert (fixture, "User", "{'userName':'other'}");
  gint64           one = set_title (fixture, id, "one", NULL, 0);
  g_autofree char *nothing = list_later (fixture, id, one);

  g_assert_cmpstr (nothing, ==, "");
  set_title (fixture, other, "x", NULL, 0);
  gint64 two = set_title (fixture, id, "two", NULL, 0);
  set_title (fixture, id, "one", NULL, two);
  g_autofree char *undone = list_later (fixture, id, one);
  g_assert_cmpstr (undone, ==, "update title 0; update title 1; ");
  fixture_delete (fixture, id);
  g_assert_true (fixture_try_restore (fixture, id, NULL));
  g_autofree char *all = list_later (fixture, id, two);
  g_assert_cmpstr (all, ==, "update title 1; delete; restore; ");
}

typedef struct
{
  const char *id;
  const char *job;
  const char *actor;
  gint64      before;
  guint       limit;
  GString    *out;
} ListSets;

static gboolean
do_list_sets (MsTxn *txn, gpointer data, GError **error)
{
  ListSets *list = data;
  g_autoptr (GPtrArray) sets = ms_txn_list_change_sets (
      txn, list->id, list->job, list->actor, list->before, list->limit, error);

  for (guint i = 0; sets != NULL && i < sets->len; i++)
    g_string_append_printf (
        list->out, "%" G_GINT64_FORMAT " ", ((MsChangeSet *) sets->pdata[i])->sequence);
  return sets != NULL;
}

static void
assert_sets (Fixture    *fixture,
             const char *id,
             const char *job,
             const char *actor,
             gint64      before,
             guint       limit,
             const char *expected)
{
  ListSets list = { id, job, actor, before, limit, g_string_new (NULL) };

  fixture_read (fixture, do_list_sets, &list);
  g_assert_cmpstr (list.out->str, ==, expected);
  g_string_free (list.out, TRUE);
}

static gboolean
do_check_set (MsTxn *txn, gpointer data, GError **error)
{
  g_autoptr (MsChangeSet) set = ms_txn_get_change_set (txn, 3, error);
  g_autoptr (GPtrArray) since = ms_txn_list_changes_since (txn, 2, 2, error);
  g_autoptr (GError) none = NULL;

  g_assert_nonnull (set);
  g_assert_cmpstr (set->actor_id, ==, "actor-id");
  g_assert_cmpstr (set->actor_name, ==, "admin");
  g_assert_cmpstr (set->channel, ==, "console");
  g_assert_cmpstr (set->verb, ==, "move");
  g_assert_cmpstr (set->reason, ==, "because");
  g_assert_cmpstr (set->job, ==, "job");
  g_assert_cmpstr (set->first_type, ==, "User");
  g_assert_cmpstr (set->first_id, ==, data);
  g_assert_cmpstr (set->first_label, ==, "u");
  g_assert_cmpstr (set->target_label, ==, "somewhere");
  g_assert_cmpint (set->undone_by, ==, 4);
  g_assert_nonnull (since);
  g_assert_cmpuint (since->len, ==, 2);
  g_assert_cmpint (((MsChangeSet *) since->pdata[0])->sequence, ==, 3);
  g_assert_cmpuint (((MsChangeSet *) since->pdata[1])->changes->len, ==, 1);
  g_assert_cmpint (((MsChangeSet *) since->pdata[1])->undo_of, ==, 3);
  g_assert_null (ms_txn_get_change_set (txn, 99, &none));
  g_assert_error (none, MS_ERROR, MS_ERROR_NOT_FOUND);
  return TRUE;
}

/* What the deletion of a member did to its list, and what came out of the bin. */
static gboolean
do_ask_losses (MsTxn *txn, gpointer data, GError **error)
{
  const Later *later = data;
  gboolean     deleted = FALSE;
  g_autoptr (GPtrArray) losses = ms_txn_list_losses (txn, later->id, G_MAXINT64, error);
  g_autoptr (GPtrArray) earlier = ms_txn_list_losses (txn, later->id, later->sequence, error);
  g_autoptr (GPtrArray) restored = ms_txn_list_restored (txn, later->sequence, 0, NULL, error);
  g_autoptr (GPtrArray) until
             = ms_txn_list_restored (txn, later->sequence, later->sequence, NULL, error);

  if (losses == NULL || earlier == NULL || restored == NULL || until == NULL)
    return FALSE;
  g_assert_cmpuint (until->len, ==, 0);
  g_assert_cmpuint (losses->len, ==, 1);
  const MsChangeSet *set = losses->pdata[0];
  g_assert_cmpint (set->sequence, ==, later->sequence);
  g_assert_cmpuint (set->changes->len, ==, 1);
  g_assert_cmpstr (((MsChange *) set->changes->pdata[0])->id, ==, later->id);
  g_assert_cmpuint (earlier->len, ==, 0);
  g_assert_cmpuint (restored->len, ==, 1);
  if (!ms_txn_was_deleted_by (txn, restored->pdata[0], later->sequence, &deleted, error))
    return FALSE;
  g_assert_true (deleted);
  if (!ms_txn_was_deleted_by (txn, later->id, later->sequence, &deleted, error))
    return FALSE;
  g_assert_false (deleted);
  return TRUE;
}

/* Both came out of the bin; it is the list that tells of the user. */
static gboolean
do_ask_related (MsTxn *txn, gpointer data, GError **error)
{
  const char *const *ids = data;
  g_autoptr (GPtrArray) all = ms_txn_list_restored (txn, 0, 0, NULL, error);
  g_autoptr (GPtrArray) of_user = ms_txn_list_restored (txn, 0, 0, ids[0], error);
  g_autoptr (GPtrArray) of_list = ms_txn_list_restored (txn, 0, 0, ids[1], error);

  if (all == NULL || of_user == NULL || of_list == NULL)
    return FALSE;
  g_assert_cmpuint (all->len, ==, 2);
  g_assert_cmpuint (of_user->len, ==, 1);
  g_assert_cmpstr (of_user->pdata[0], ==, ids[1]);
  g_assert_cmpuint (of_list->len, ==, 0);
  return TRUE;
}

static void
test_losses (Fixture *fixture, gconstpointer data)
{
  g_autofree char *user = fixture_insert (fixture, "User", "{'userName':'u'}");
  g_autofree char *list = fixture_insert (fixture, "Group", "{'displayName':'l'}");

  fixture_link (fixture, list, "members", user, TRUE, TRUE);
  fixture_link (fixture, list, "members", user, FALSE, TRUE);
  fixture_link (fixture, list, "members", user, TRUE, TRUE);
  fixture_delete (fixture, user);
  Later later = { list, fixture_last_sequence (fixture), NULL };
  g_assert_true (fixture_try_restore (fixture, user, NULL));
  fixture_read (fixture, do_ask_losses, &later);
  fixture_delete (fixture, list);
  g_assert_true (fixture_try_restore (fixture, list, NULL));
  const char *ids[] = { user, list };
  fixture_read (fixture, do_ask_related, ids);
}

static void
test_sets (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = fixture_insert (fixture, "User", "{'userName':'u'}");
  g_autofree char *other = fixture_insert (fixture, "User", "{'userName':'v'}");

  g_assert_cmpint (set_title (fixture, id, "one", "job", 0), ==, 3);
  g_assert_cmpint (set_title (fixture, id, NULL, NULL, 3), ==, 4);
  g_assert_cmpint (set_title (fixture, other, "x", "job", 0), ==, 5);
  fixture_read (fixture, do_check_set, id);
  assert_sets (fixture, NULL, NULL, NULL, 0, 10, "5 4 3 2 1 ");
  assert_sets (fixture, NULL, NULL, NULL, 4, 2, "3 2 ");
  assert_sets (fixture, id, NULL, NULL, 0, 10, "4 3 1 ");
  assert_sets (fixture, NULL, "job", NULL, 0, 10, "5 3 ");
  assert_sets (fixture, id, "job", NULL, 0, 10, "3 ");
  assert_sets (fixture, NULL, NULL, "actor-id", 0, 10, "5 4 3 ");
  assert_sets (fixture, other, "job", "actor-id", 6, 10, "5 ");
  assert_sets (fixture, other, "job", "nobody", 0, 10, "");
}

/* Secrets ------------------------------------------------------------------------------------- */

static gboolean
do_secret (MsTxn *txn, gpointer data, GError **error)
{
  const char **texts = data;
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, texts[0], error);

  return object != NULL && ms_txn_set_secret (txn, object, "password", texts[1], error);
}

static void
test_secrets (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = fixture_insert (fixture, "User", "{'userName':'u'}");
  const char      *set[] = { id, "$y$j9T$very-secret" };
  const char      *clear[] = { id, NULL };

  fixture_write (fixture, do_secret, set);
  assert_change (fixture,
                 NULL,
                 "update User u v2 [{'path':'" SCHEME "','after':'yescrypt'},"
                 "{'path':'password','secret':true}]");
  gint64 sequence = fixture_last_sequence (fixture);
  fixture_write (fixture, do_secret, set);
  g_assert_cmpint (fixture_last_sequence (fixture), ==, sequence);
  fixture_write (fixture, do_secret, clear);
  assert_change (fixture,
                 NULL,
                 "update User u v3 [{'path':'" SCHEME "','before':'yescrypt'},"
                 "{'path':'password','secret':true}]");
}

/* Small tables -------------------------------------------------------------------------------- */

static gboolean
do_settings (MsTxn *txn, gpointer data, GError **error)
{
  g_autofree char *none = ms_txn_get_setting (txn, "a", error);

  g_assert_null (none);
  if (!ms_txn_set_setting (txn, "a", "1", error) || !ms_txn_set_setting (txn, "a", "2", error))
    return FALSE;
  g_autofree char *value = ms_txn_get_setting (txn, "a", error);
  g_assert_cmpstr (value, ==, "2");
  return ms_txn_set_setting (txn, "a", NULL, error);
}

static gboolean
do_sessions (MsTxn *txn, gpointer data, GError **error)
{
  gint64    now = g_get_real_time ();
  MsSession one = { (char *) "s1",
                    (char *) "session",
                    (char *) "peer",
                    (char *) "u1",
                    (char *) "all",
                    (char *) "console",
                    now,
                    now,
                    now + G_USEC_PER_SEC };
  MsSession two = one;
  MsSession token = one;

  two.id = (char *) "s2";
  two.expires = now - G_USEC_PER_SEC;
  token.id = (char *) "t1";
  token.kind = (char *) "token";
  token.user_id = (char *) "u2";
  if (!ms_txn_insert_session (txn, &one, "h1", error)
      || !ms_txn_insert_session (txn, &two, "h2", error)
      || !ms_txn_insert_session (txn, &token, "h3", error)
      || !ms_txn_touch_session (txn, "s1", now + 5, now + 9000000, error))
    return FALSE;
  g_autoptr (MsSession) found = ms_txn_find_session (txn, "h1", error);
  g_assert_cmpstr (found->id, ==, "s1");
  g_assert_cmpstr (found->name, ==, "peer");
  g_assert_cmpint (found->last_used, ==, now + 5);
  g_assert_null (ms_txn_find_session (txn, "h9", error));
  g_autoptr (GPtrArray) all = ms_txn_list_sessions (txn, NULL, error);
  g_autoptr (GPtrArray) tokens = ms_txn_list_sessions (txn, "token", error);
  g_assert_cmpuint (all->len, ==, 3);
  g_assert_cmpuint (tokens->len, ==, 1);
  if (!ms_txn_delete_sessions (txn, NULL, error))
    return FALSE;
  g_assert_null (ms_txn_find_session (txn, "h2", error));
  if (!ms_txn_delete_session (txn, "t1", error) || !ms_txn_delete_sessions (txn, "u1", error))
    return FALSE;
  g_autoptr (GPtrArray) rest = ms_txn_list_sessions (txn, NULL, error);
  g_assert_cmpuint (rest->len, ==, 0);
  return TRUE;
}

static gboolean
do_imports (MsTxn *txn, gpointer data, GError **error)
{
  g_autoptr (GBytes) file = g_bytes_new_static ("a\0b", 3);
  MsImportRecord record = { (char *) "i1",
                            NULL,
                            (char *) "admin",
                            (char *) "people.csv",
                            (char *) "uploaded",
                            NULL,
                            NULL,
                            file,
                            0,
                            5 };
  gint64         total = -1;
  g_autoptr (GError) none = NULL;

  if (!ms_txn_put_import (txn, &record, error))
    return FALSE;
  record.state = (char *) "running";
  record.next_record = 7;
  record.data = NULL;
  if (!ms_txn_put_import (txn, &record, error)
      || !ms_txn_add_import_row (txn, "i1", 1, "create", "{}", error)
      || !ms_txn_add_import_row (txn, "i1", 2, "refuse", "{2}", error)
      || !ms_txn_add_import_row (txn, "i1", 2, "refuse", "{3}", error))
    return FALSE;
  g_autoptr (MsImportRecord) read = ms_txn_get_import (txn, "i1", TRUE, error);
  g_assert_cmpstr (read->state, ==, "running");
  g_assert_cmpint (read->next_record, ==, 7);
  g_assert_true (g_bytes_equal (read->data, file));
  g_autoptr (GPtrArray) rows = ms_txn_list_import_rows (txn, "i1", "refuse", 0, 10, &total, error);
  g_assert_cmpint (total, ==, 1);
  g_assert_cmpstr (rows->pdata[0], ==, "{3}");
  g_autoptr (GPtrArray) second = ms_txn_list_import_rows (txn, "i1", NULL, 1, 10, &total, error);
  g_assert_cmpint (total, ==, 2);
  g_assert_cmpuint (second->len, ==, 1);
  g_autoptr (GPtrArray) all = ms_txn_list_imports (txn, error);
  g_assert_cmpuint (all->len, ==, 1);
  if (!ms_txn_clear_import_rows (txn, "i1", error)
      || !ms_txn_add_import_row (txn, "i1", 1, "skip", "{}", error)
      || !ms_txn_delete_import (txn, "i1", error))
    return FALSE;
  g_assert_null (ms_txn_get_import (txn, "i1", FALSE, &none));
  g_assert_error (none, MS_ERROR, MS_ERROR_NOT_FOUND);
  g_autoptr (GPtrArray) left = ms_txn_list_import_rows (txn, "i1", NULL, 0, 10, &total, error);
  g_assert_cmpint (total, ==, 0);
  g_assert_cmpuint (left->len, ==, 0);
  return TRUE;
}

static void
test_small_tables (Fixture *fixture, gconstpointer data)
{
  fixture_write (fixture, (MsTxnFunc) data, NULL);
  g_assert_cmpint (fixture_last_sequence (fixture), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("changes/deltas", NULL, test_deltas);
  fixture_add ("changes/relations", NULL, test_relations);
  fixture_add ("changes/merge", NULL, test_merge);
  fixture_add ("changes/savepoints", NULL, test_savepoints);
  fixture_add ("changes/later-changes", NULL, test_later_changes);
  fixture_add ("changes/losses", NULL, test_losses);
  fixture_add ("changes/sets", NULL, test_sets);
  fixture_add ("changes/secrets", NULL, test_secrets);
  fixture_add ("tables/settings", do_settings, test_small_tables);
  fixture_add ("tables/sessions", do_sessions, test_small_tables);
  fixture_add ("tables/imports", do_imports, test_small_tables);
  return g_test_run ();
}
