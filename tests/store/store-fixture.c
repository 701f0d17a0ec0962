/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See store-fixture.h.
 */
#include "store-fixture.h"

#include "store-place.h"
#include "test-folder.h"

#include "ms-store-schemas.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  const char   *driver;
  gconstpointer data;
  FixtureFunc   func;
} Case;

const MsChangeContext fixture_context = { NULL, "tester", "system", "update", NULL, NULL, 0 };

/* Set-up -------------------------------------------------------------------------------------- */

static void
open_store (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  self->store = ms_store_open (self->uri, self->schemas, MS_STORE_CREATE, &error);
  g_assert_no_error (error);
  g_assert_nonnull (self->store);
}

void
fixture_close (Fixture *self)
{
  if (self->store != NULL)
    ms_store_close (self->store);
  g_clear_object (&self->store);
}

void
fixture_reopen (Fixture *self)
{
  fixture_close (self);
  open_store (self);
}

void
fixture_renew (Fixture *self)
{
  fixture_close (self);
  (void) test_folder_remove (self->folder);
  g_assert_cmpint (g_mkdir (self->folder, 0700), ==, 0);
  g_free (self->uri);
  self->uri = store_place_new (self->driver, self->folder);
  open_store (self);
}

static void
run_case (gconstpointer user_data)
{
  const Case *self = user_data;
  g_autoptr (GError) error = NULL;
  Fixture fixture = { 0 };

  fixture.folder = test_folder_new ();
  fixture.uri = store_place_new (self->driver, fixture.folder);
  fixture.driver = self->driver;
  fixture.schemas = ms_schema_registry_new_builtin ();
  open_store (&fixture);
  self->func (&fixture, self->data);
  if (fixture.store != NULL)
    {
      fixture_check_sound (&fixture);
      ms_store_close (fixture.store);
      g_object_unref (fixture.store);
    }
  (void) test_folder_remove (fixture.folder);
  ms_schema_registry_unref (fixture.schemas);
  g_free (fixture.uri);
  g_free (fixture.folder);
}

/* Until the end: GLib frees the data of those cases only that it runs. */
static GPtrArray *cases;

void
fixture_add_for (const char *driver, const char *name, gconstpointer data, FixtureFunc func)
{
  g_autofree char *path = g_strdup_printf ("/store/%s/%s", driver, name);
  Case            *self = g_new (Case, 1);

  *self = (Case){ driver, data, func };
  if (cases == NULL)
    cases = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (cases, self);
  g_test_add_data_func (path, self, run_case);
}

void
fixture_add (const char *name, gconstpointer data, FixtureFunc func)
{
  for (guint i = 0; store_place_drivers[i] != NULL; i++)
    fixture_add_for (store_place_drivers[i], name, data, func);
}

void
fixture_check_sound (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) problems = ms_store_verify (self->store, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < problems->len; i++)
    g_test_message ("problem: %s", (const char *) problems->pdata[i]);
  g_assert_cmpuint (problems->len, ==, 0);
}

void
fixture_run_sql (Fixture *self, const char *text)
{
  store_place_run_sql (self->driver, self->folder, text);
}

/* Objects ------------------------------------------------------------------------------------- */

const MsResourceType *
fixture_type (Fixture *self, const char *name)
{
  const MsResourceType *type = ms_schema_registry_get_type_by_name (self->schemas, name);

  g_assert_nonnull (type);
  return type;
}

MsObject *
fixture_make (Fixture *self, const char *type, const char *json)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strdelimit (g_strdup (json), "'", '"');
  g_autofree char *id = ms_object_new_id ();
  g_autoptr (JsonNode) node = ms_json_parse (text, -1, &ms_json_default_limits, &error);

  g_assert_no_error (error);
  return ms_object_new (
      fixture_type (self, type), id, json_object_ref (json_node_get_object (node)));
}

static gboolean
do_insert (MsTxn *txn, gpointer data, GError **error)
{
  return ms_txn_insert (txn, data, error);
}

MsObject *
fixture_restore (MsTxn *txn, const char *id, GError **error)
{
  g_autoptr (MsObject) object = ms_txn_get_binned (txn, id, error);

  return object != NULL && ms_txn_restore_object (txn, object, error) ? g_steal_pointer (&object)
                                                                      : NULL;
}

static gboolean
do_restore (MsTxn *txn, gpointer data, GError **error)
{
  g_autoptr (MsObject) object = fixture_restore (txn, data, error);

  return object != NULL;
}

static gboolean
do_update (MsTxn *txn, gpointer data, GError **error)
{
  return ms_txn_update (txn, data, error);
}

static gboolean
do_delete (MsTxn *txn, gpointer data, GError **error)
{
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, data, error);

  return object != NULL && ms_txn_delete (txn, object, error);
}

gboolean
fixture_try_insert (Fixture *self, const char *type, const char *json, char **id, GError **error)
{
  g_autoptr (MsObject) object = fixture_make (self, type, json);
  gboolean done = ms_store_write (self->store, &fixture_context, do_insert, object, NULL, error);

  if (done && id != NULL)
    *id = g_strdup (ms_object_get_id (object));
  return done;
}

char *
fixture_insert (Fixture *self, const char *type, const char *json)
{
  g_autoptr (GError) error = NULL;
  char *id = NULL;

  gboolean done = fixture_try_insert (self, type, json, &id, &error);

  g_assert_no_error (error);
  g_assert_true (done);
  return id;
}

gboolean
fixture_try_update (Fixture *self, MsObject *object, gint64 *sequence, GError **error)
{
  return ms_store_write (self->store, &fixture_context, do_update, object, sequence, error);
}

#define ROOMS                                                                                      \
  "{\"schemas\":[{\"id\":\"urn:x:room\",\"name\":\"Room\",\"attributes\":[{\"name\":\"name\","     \
  "\"required\":true,\"label\":true,\"uniqueness\":\"server\"}]}],\"resourceTypes\":["             \
  "{\"name\":\"Room\",\"endpoint\":\"/Rooms\",\"schema\":\"urn:x:room\"}]}"

static gboolean
do_change_rooms (MsTxn *txn, gpointer data, GError **error)
{
  Fixture       *self = data;
  MsSchemaReport report = { 0 };
  g_autoptr (MsObject) file
             = ms_txn_find_object (txn, fixture_type (self, "SchemaFile"), "name", "rooms", error);

  if (file != NULL)
    return ms_txn_delete (txn, file, error) && ms_txn_apply_schemas (txn, TRUE, &report, error);
  file = fixture_make (self, "SchemaFile", "{'name':'rooms'}");
  ms_object_set_string (file, "text", ROOMS);
  return ms_txn_insert (txn, file, error) && ms_txn_apply_schemas (txn, TRUE, &report, error);
}

void
fixture_change_rooms (Fixture *self, gboolean add)
{
  fixture_write (self, do_change_rooms, self);
  ms_schema_registry_unref (self->schemas);
  self->schemas = ms_store_ref_schemas (self->store);
  g_assert_true (add == (ms_schema_registry_get_type_by_name (self->schemas, "Room") != NULL));
}

typedef struct
{
  Fixture    *fixture;
  guint       count;
  const char *list;
  GPtrArray  *ids;
} Members;

static gboolean
insert_members (MsTxn *txn, gpointer data, GError **error)
{
  Members *self = data;
  gboolean changed = FALSE;
  g_autoptr (MsObject) list = NULL;

  if (self->list != NULL && (list = ms_txn_get_object (txn, NULL, self->list, error)) == NULL)
    return FALSE;
  for (guint i = 0; i < self->count; i++)
    {
      g_autofree char *json = g_strdup_printf ("{'userName':'member-%u-%u'}", self->count, i);
      g_autoptr (MsObject) user = fixture_make (self->fixture, "User", json);
      if (!ms_txn_insert (txn, user, error)
          || (list != NULL
              && !ms_txn_add_link (txn,
                                   list,
                                   ms_resource_type_find (ms_object_get_type (list), "members"),
                                   ms_object_get_id (user),
                                   &changed,
                                   error)))
        return FALSE;
      g_ptr_array_add (self->ids, g_strdup (ms_object_get_id (user)));
    }
  return TRUE;
}

GPtrArray *
fixture_insert_members (Fixture *self, guint count, const char *list)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  Members members = { self, count, list, ids };

  fixture_write (self, insert_members, &members);
  return g_steal_pointer (&ids);
}

static gboolean
purge (MsTxn *txn, gpointer data, GError **error)
{
  GPtrArray *ids = data;

  for (guint i = 0; i < ids->len; i++)
    {
      g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, ids->pdata[i], error);
      if (object == NULL || !ms_txn_delete (txn, object, error))
        return FALSE;
    }
  for (guint i = 0; i < ids->len; i++)
    if (!ms_txn_purge (txn, ids->pdata[i], error))
      return FALSE;
  return TRUE;
}

void
fixture_purge (Fixture *self, GPtrArray *ids)
{
  fixture_write (self, purge, ids);
}

void
fixture_write (Fixture *self, MsTxnFunc func, gpointer data)
{
  g_autoptr (GError) error = NULL;

  gboolean done = ms_store_write (self->store, &fixture_context, func, data, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (done);
}

void
fixture_read (Fixture *self, MsTxnFunc func, gpointer data)
{
  g_autoptr (GError) error = NULL;

  gboolean done = ms_store_read (self->store, func, data, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (done);
}

void
fixture_update (Fixture *self, MsObject *object)
{
  fixture_write (self, do_update, object);
}

void
fixture_delete (Fixture *self, const char *id)
{
  fixture_write (self, do_delete, (gpointer) id);
}

gboolean
fixture_try_restore (Fixture *self, const char *id, GError **error)
{
  return ms_store_write (self->store, &fixture_context, do_restore, (gpointer) id, NULL, error);
}

typedef struct
{
  const char *from;
  const char *path;
  const char *to;
  gboolean    add;
  gboolean    changed;
} LinkEdit;

static gboolean
do_link (MsTxn *txn, gpointer data, GError **error)
{
  LinkEdit *edit = data;
  g_autoptr (MsObject) from = ms_txn_get_object (txn, NULL, edit->from, error);

  if (from == NULL)
    return FALSE;
  const MsAttribute *attribute = ms_resource_type_find (ms_object_get_type (from), edit->path);
  return edit->add ? ms_txn_add_link (txn, from, attribute, edit->to, &edit->changed, error)
                   : ms_txn_remove_link (txn, from, attribute, edit->to, &edit->changed, error);
}

void
fixture_link (Fixture    *self,
              const char *from,
              const char *path,
              const char *to,
              gboolean    add,
              gboolean    expect_change)
{
  LinkEdit edit = { from, path, to, add, FALSE };

  fixture_write (self, do_link, &edit);
  g_assert_cmpint (edit.changed, ==, expect_change);
}

typedef struct
{
  const char *id;
  MsObject   *object;
} Get;

static gboolean
do_get (MsTxn *txn, gpointer data, GError **error)
{
  Get *get = data;
  g_autoptr (GError) local_error = NULL;

  get->object = ms_txn_get_object (txn, NULL, get->id, &local_error);
  if (get->object == NULL)
    g_assert_error (local_error, MS_ERROR, MS_ERROR_NOT_FOUND);
  return TRUE;
}

MsObject *
fixture_get (Fixture *self, const char *id)
{
  Get get = { id, NULL };

  fixture_read (self, do_get, &get);
  return get.object;
}

/* Lists --------------------------------------------------------------------------------------- */

typedef struct
{
  MsQuery  query;
  GString *labels;
  gint64   total;
} List;

static gboolean
on_listed (MsObject *object, gpointer data, GError **error)
{
  List *list = data;

  if (list->labels->len > 0)
    g_string_append_c (list->labels, ' ');
  g_string_append (list->labels, ms_object_get_label (object));
  return TRUE;
}

static gboolean
do_list (MsTxn *txn, gpointer data, GError **error)
{
  List *list = data;

  return ms_txn_query (txn, &list->query, on_listed, list, &list->total, error);
}

char *
fixture_list (Fixture    *self,
              const char *type,
              const char *filter,
              const char *search,
              const char *sort,
              gint64      start,
              gint64      count,
              gint64     *total)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsFilter) tree = NULL;
  List list = { .labels = g_string_new (NULL), .total = -1 };

  list.query.type = fixture_type (self, type);
  if (filter != NULL)
    {
      tree = ms_filter_parse (list.query.type, filter, &error);
      g_assert_no_error (error);
    }
  list.query.filter = tree;
  list.query.search = search;
  list.query.descending = sort != NULL && *sort == '-';
  if (list.query.descending)
    sort++;
  if (g_strcmp0 (sort, "id") == 0)
    list.query.sort_meta = MS_FILTER_META_ID;
  else if (g_strcmp0 (sort, "lastModified") == 0)
    list.query.sort_meta = MS_FILTER_META_LAST_MODIFIED;
  else if (sort != NULL && *sort != '\0')
    {
      list.query.sort_by = ms_resource_type_find (list.query.type, sort);
      g_assert_nonnull (list.query.sort_by);
    }
  list.query.start = start;
  list.query.count = count;
  fixture_read (self, do_list, &list);
  if (total != NULL)
    *total = list.total;
  return g_string_free (list.labels, FALSE);
}

/* Change sets --------------------------------------------------------------------------------- */

static gboolean
do_last_sequence (MsTxn *txn, gpointer data, GError **error)
{
  *(gint64 *) data = ms_txn_get_last_sequence (txn);
  return TRUE;
}

gint64
fixture_last_sequence (Fixture *self)
{
  gint64 sequence = -1;

  fixture_read (self, do_last_sequence, &sequence);
  return sequence;
}

static gboolean
do_last_change (MsTxn *txn, gpointer data, GError **error)
{
  static const char *const verbs[MS_CHANGE_N_VERBS]
      = { "create", "update", "delete", "restore", "purge", "note" };
  GString *out = data;
  g_autoptr (MsChangeSet) set = ms_txn_get_change_set (txn, ms_txn_get_last_sequence (txn), error);

  if (set == NULL)
    return FALSE;
  g_assert_cmpint (set->object_count, ==, set->changes->len);
  for (guint i = 0; i < set->changes->len; i++)
    {
      const MsChange  *change = set->changes->pdata[i];
      g_autofree char *deltas = ms_json_to_string (change->deltas);
      g_string_append_printf (out,
                              "%s%s %s %s v%" G_GINT64_FORMAT " %s",
                              i > 0 ? "\n" : "",
                              verbs[change->verb],
                              change->type_name,
                              change->label,
                              change->version,
                              g_strdelimit (deltas, "\"", '\''));
    }
  return TRUE;
}

char *
fixture_last_change (Fixture *self)
{
  GString *out = g_string_new (NULL);

  fixture_read (self, do_last_change, out);
  return g_string_free (out, FALSE);
}
