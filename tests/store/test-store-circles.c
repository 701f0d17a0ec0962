/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files whose damage would lead in a circle: rows out of their order, so that who reads on from the
 * last one comes back to where it was, and pages that are met again and again. Whatever reads one
 * comes to an end and says that it is damaged. The damage is made page by page, so that it is the
 * same every time.
 */
#include "store-fixture.h"

#include "ms-copy.h"
#include "ms-query-sizes.h"
#include "ms-rescue.h"
#include "ms-store-schemas.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#define PAGE_BYTES 4096
/* What goes on in a circle ends here, with a word from the last message on where it was. */
#define PATIENCE_SECONDS 120
#define USERS 24
/* Pages read by number, as many as would be too many for a file of this size. */
#define MOST_PAGES 1000

/* Of a page in which a reader gets lost. */
#define CHILDREN 4

#define INTERIOR_INDEX 0x02
#define INTERIOR_TABLE 0x05
#define LEAF_INDEX 0x0a
#define LEAF_TABLE 0x0d

/* Pages ----------------------------------------------------------------------------------------
 */

typedef struct
{
  char       *path;
  GByteArray *bytes;
} File;

static guint
get16 (const guint8 *at)
{
  return (guint) at[0] << 8 | at[1];
}

static guint32
get32 (const guint8 *at)
{
  return (guint32) get16 (at) << 16 | get16 (at + 2);
}

static void
put16 (guint8 *at, guint value)
{
  at[0] = (guint8) (value >> 8);
  at[1] = (guint8) value;
}

static void
put32 (guint8 *at, guint32 value)
{
  put16 (at, value >> 16);
  put16 (at + 2, value & 0xffff);
}

/* Closes the store. */
static void
file_load (File *self, Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  char *bytes = NULL;
  gsize length = 0;

  fixture_close (fixture);
  self->path = g_build_filename (fixture->folder, "store.db", NULL);
  g_assert_true (g_file_get_contents (self->path, &bytes, &length, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (length % PAGE_BYTES, ==, 0);
  self->bytes = g_byte_array_new_take ((guint8 *) bytes, length);
}

/* Opens it for reading, as one that may be damaged. */
static void
file_store (File *self, Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  put32 (self->bytes->data + 28, self->bytes->len / PAGE_BYTES);
  g_assert_true (g_file_set_contents (
      self->path, (char *) self->bytes->data, (gssize) self->bytes->len, &error));
  g_assert_no_error (error);
  fixture->store = ms_store_open (
      fixture->uri, fixture->schemas, MS_STORE_READ_ONLY | MS_STORE_DAMAGED, &error);
  g_assert_no_error (error);
  alarm (PATIENCE_SECONDS);
}

static void
file_clear (File *self, Fixture *fixture)
{
  alarm (0);
  if (fixture->store != NULL)
    ms_store_close (fixture->store);
  g_clear_object (&fixture->store);
  g_byte_array_unref (self->bytes);
  g_free (self->path);
}

static guint8 *
get_page (File *self, guint32 number)
{
  g_assert_cmpuint (number, >, 1);
  g_assert_cmpuint (number * PAGE_BYTES, <=, self->bytes->len);
  return self->bytes->data + (gsize) (number - 1) * PAGE_BYTES;
}

static guint32
find_root (File *self, const char *name)
{
  sqlite3      *db = NULL;
  sqlite3_stmt *statement = NULL;

  g_assert_cmpint (sqlite3_open_v2 (self->path, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  g_assert_cmpint (
      sqlite3_prepare_v2 (
          db, "SELECT rootpage FROM sqlite_schema WHERE name = ?", -1, &statement, NULL),
      ==,
      SQLITE_OK);
  sqlite3_bind_text (statement, 1, name, -1, SQLITE_STATIC);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  guint32 root = (guint32) sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  sqlite3_close (db);
  return root;
}

static gboolean
is_interior (const guint8 *page)
{
  return page[0] == INTERIOR_TABLE || page[0] == INTERIOR_INDEX;
}

/* The place of a cell's offset. */
static guint8 *
get_pointer (guint8 *page, guint i)
{
  return page + (is_interior (page) ? 12 : 8) + 2 * i;
}

/* (element-type guint32) */
static void
collect_leaves (File *self, guint32 number, GArray *leaves)
{
  guint8 *page = get_page (self, number);
  guint   count = get16 (page + 3);

  if (!is_interior (page))
    {
      g_array_append_val (leaves, number);
      return;
    }
  for (guint i = 0; i < count; i++)
    collect_leaves (self, get32 (page + get16 (get_pointer (page, i))), leaves);
  collect_leaves (self, get32 (page + 8), leaves);
}

/* (nullable) */
static guint8 *
find_bytes (guint8 *in, gsize length, const char *what, gsize what_length)
{
  for (gsize i = 0; i + what_length <= length; i++)
    if (memcmp (in + i, what, what_length) == 0)
      return in + i;
  return NULL;
}

static gboolean
cell_has (guint8 *page, guint offset, const char *text)
{
  /* A cell of these tables is never longer. */
  gsize length = MIN ((gsize) PAGE_BYTES - offset, 80);

  return text == NULL || find_bytes (page + offset, length, text, strlen (text)) != NULL;
}

/* Of the last leaf of a table or an index that has two cells with @text (nullable: any), the first
 * and the last of them change places. */
static void
swap_ends (File *self, const char *name, const char *text)
{
  g_autoptr (GArray) leaves = g_array_new (FALSE, FALSE, sizeof (guint32));

  collect_leaves (self, find_root (self, name), leaves);
  for (guint l = leaves->len; l > 0; l--)
    {
      guint8 *page = get_page (self, g_array_index (leaves, guint32, l - 1));
      guint8 *first = NULL;
      guint8 *last = NULL;
      for (guint i = 0; i < get16 (page + 3); i++)
        if (cell_has (page, get16 (get_pointer (page, i)), text))
          {
            last = get_pointer (page, i);
            first = first != NULL ? first : last;
          }
      if (first == last)
        continue;
      guint offset = get16 (first);
      put16 (first, get16 (last));
      put16 (last, offset);
      return;
    }
  g_assert_not_reached ();
}

static guint32
add_page (File *self)
{
  static const guint8 nothing[PAGE_BYTES] = { 0 };

  g_byte_array_append (self->bytes, nothing, PAGE_BYTES);
  return self->bytes->len / PAGE_BYTES;
}

/* An inner page all of whose children are @child. @cell: (nullable): what divides them, in an index
 */
static void
fill_page (guint8 *page, guint32 child, const guint8 *cell, guint length)
{
  guint offset = PAGE_BYTES;

  memset (page, 0, PAGE_BYTES);
  page[0] = cell != NULL ? INTERIOR_INDEX : INTERIOR_TABLE;
  put16 (page + 3, CHILDREN - 1);
  put32 (page + 8, child);
  for (guint i = 0; i + 1 < CHILDREN; i++)
    {
      offset -= 4 + (cell != NULL ? length : 1);
      put32 (page + offset, child);
      if (cell != NULL)
        memcpy (page + offset + 4, cell, length);
      else
        page[offset + 4] = (guint8) (i + 1); /* a row number */
      put16 (page + 12 + 2 * i, offset);
    }
  put16 (page + 5, offset);
}

/* The same leaf several times under a page, this one several times under another, and so on: a few
 * pages with more rows than anybody can wait for. @text: (nullable): in the first cell of its leaf
 */
static void
fold (File *self, const char *name, guint levels)
{
  guint32 root = find_root (self, name);
  guint8  cell[PAGE_BYTES];
  guint   length = 0;
  g_autoptr (GArray) leaves = g_array_new (FALSE, FALSE, sizeof (guint32));

  collect_leaves (self, root, leaves);
  guint32 child = add_page (self);
  guint8 *leaf = get_page (self, g_array_index (leaves, guint32, 0));
  memcpy (get_page (self, child), leaf, PAGE_BYTES);
  if (leaf[0] == LEAF_INDEX)
    {
      guint offset = get16 (get_pointer (leaf, 0));
      length = leaf[offset] + 1;
      g_assert_cmpuint (length, <, 128); /* one byte tells it, and all of it is here */
      memcpy (cell, leaf + offset, length);
    }
  for (guint i = 0; i < levels; i++)
    {
      guint32 parent = i + 1 < levels ? add_page (self) : root;
      fill_page (get_page (self, parent), child, length > 0 ? cell : NULL, length);
      child = parent;
    }
}

static void
assert_damaged (GError *error, const char *what)
{
  g_assert_error (error, MS_ERROR, MS_ERROR_INTERNAL);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "damaged"));
  if (what != NULL)
    g_assert_nonnull (strstr (error->message, what));
}

/* Rows out of their order ---------------------------------------------------------------------- */

static void
fill (Fixture *fixture, char **first)
{
  for (guint i = 0; i < USERS; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'userName':'walker-%02u'}", i);
      char            *id = fixture_insert (fixture, "User", text);
      if (i == 0 && first != NULL)
        *first = id;
      else
        g_free (id);
    }
}

static void
test_digest (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  File file = { 0 };

  fill (fixture, NULL);
  file_load (&file, fixture);
  swap_ends (&file, "sqlite_autoindex_object_1", NULL);
  file_store (&file, fixture);
  g_assert_null (ms_store_digest (fixture->store, MS_DIGEST_WHOLE, NULL, &error));
  assert_damaged (error, "objects by id");
  file_clear (&file, fixture);
}

typedef struct
{
  Fixture *fixture;
  char    *id;
  gint64   at;
  gint64   row;
  gint64   count;
  gboolean backwards;
} Reading;

typedef gboolean (*PageFunc) (Reading *reading, MsTxn *txn, guint *found, GError **error);

typedef struct
{
  Reading *reading;
  PageFunc func;
} Paging;

/* As who lists all of it: on from the last one while there are any. */
static gboolean
read_all (MsTxn *txn, gpointer data, GError **error)
{
  Paging *paging = data;
  guint   found = 1;

  for (guint i = 0; found > 0; i++)
    {
      g_assert_cmpuint (i, <, MOST_PAGES);
      if (!paging->func (paging->reading, txn, &found, error))
        return FALSE;
    }
  return TRUE;
}

static void
assert_read_fails (Fixture *fixture, Reading *reading, PageFunc func, const char *what)
{
  g_autoptr (GError) error = NULL;
  Paging paging = { reading, func };

  g_assert_false (ms_store_read (fixture->store, read_all, &paging, NULL, &error));
  assert_damaged (error, what);
}

#define BY_TWO 2

static gboolean
take_sets (Reading *reading, GPtrArray *sets, guint *found)
{
  if (sets == NULL)
    return FALSE;
  *found = sets->len;
  if (sets->len > 0)
    reading->at = ((MsChangeSet *) sets->pdata[sets->len - 1])->sequence;
  return TRUE;
}

static gboolean
read_sets_of_job (Reading *reading, MsTxn *txn, guint *found, GError **error)
{
  g_autoptr (GPtrArray) sets
             = ms_txn_list_change_sets (txn, NULL, "job", NULL, reading->at, BY_TWO, error);

  return take_sets (reading, sets, found);
}

static gboolean
read_sets_since (Reading *reading, MsTxn *txn, guint *found, GError **error)
{
  g_autoptr (GPtrArray) sets = ms_txn_list_changes_since (txn, reading->at, BY_TWO, error);

  return take_sets (reading, sets, found);
}

static gboolean
read_history (Reading *reading, MsTxn *txn, guint *found, GError **error)
{
  g_autoptr (GPtrArray) sets
             = ms_txn_list_object_history (txn, reading->id, reading->at, BY_TWO, error);

  return take_sets (reading, sets, found);
}

static gboolean
keep_sequence (const MsChangeSet *set, const char *const *deltas, gpointer data, GError **error)
{
  Reading *reading = data;

  reading->at = set->sequence;
  reading->count++;
  return TRUE;
}

static gboolean
read_chain (Reading *reading, MsTxn *txn, guint *found, GError **error)
{
  reading->count = 0;
  if (!ms_txn_walk_chain (txn, reading->at, BY_TWO, keep_sequence, reading, error))
    return FALSE;
  *found = (guint) reading->count;
  return TRUE;
}

static gboolean
read_links (Reading *reading, MsTxn *txn, guint *found, GError **error)
{
  g_autoptr (MsObject) list = ms_txn_get_object (txn, NULL, reading->id, error);
  g_autoptr (GPtrArray) targets
             = list != NULL
                   ? ms_txn_list_links_after (txn, list, "members", reading->at, BY_TWO, error)
                   : NULL;

  if (targets == NULL)
    return FALSE;
  *found = targets->len;
  if (targets->len > 0)
    reading->at = ((MsLinkTarget *) targets->pdata[targets->len - 1])->row;
  return TRUE;
}

static gboolean
read_bin (Reading *reading, MsTxn *txn, guint *found, GError **error)
{
  g_autoptr (GPtrArray) entries
             = ms_txn_list_bin (txn, NULL, NULL, reading->at, reading->row, BY_TWO, error);

  if (entries == NULL)
    return FALSE;
  *found = entries->len;
  if (entries->len > 0)
    {
      const MsBinEntry *last = entries->pdata[entries->len - 1];
      reading->at = last->deleted;
      reading->row = last->row;
    }
  return TRUE;
}

static gboolean
add_user (MsTxn *txn, gpointer data, GError **error)
{
  g_autoptr (MsObject) user = fixture_make (data, "User", "{'userName':'of-a-job'}");
  g_autofree char *name = ms_object_new_id ();

  ms_object_set_string (user, "userName", name);
  return ms_txn_insert (txn, user, error);
}

static void
test_job (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  MsChangeContext context = fixture_context;
  File            file = { 0 };
  Reading         reading = { .fixture = fixture };

  context.job = "job";
  for (guint i = 0; i < 9; i++)
    g_assert_true (ms_store_write (fixture->store, &context, add_user, fixture, NULL, &error));
  file_load (&file, fixture);
  swap_ends (&file, "change_set_by_job", NULL);
  file_store (&file, fixture);
  assert_read_fails (fixture, &reading, read_sets_of_job, "change sets by number");
  file_clear (&file, fixture);
}

/* Those that are read by their number. */
static void
test_change_sets (Fixture *fixture, gconstpointer data)
{
  File    file = { 0 };
  Reading reading = { .fixture = fixture };

  fill (fixture, NULL);
  file_load (&file, fixture);
  swap_ends (&file, "change_set", NULL);
  file_store (&file, fixture);
  assert_read_fails (fixture, &reading, read_sets_since, "change sets by number");
  reading.at = 0;
  assert_read_fails (fixture, &reading, read_chain, "change sets by number");
  file_clear (&file, fixture);
}

static void
test_history (Fixture *fixture, gconstpointer data)
{
  File    file = { 0 };
  Reading reading = { .fixture = fixture };

  fill (fixture, &reading.id);
  for (guint i = 0; i < 9; i++)
    {
      g_autoptr (MsObject) user = fixture_get (fixture, reading.id);
      g_autofree char *title = g_strdup_printf ("title %u", i);
      ms_object_set_string (user, "title", title);
      fixture_update (fixture, user);
    }
  file_load (&file, fixture);
  swap_ends (&file, "change_by_object", reading.id);
  file_store (&file, fixture);
  assert_read_fails (fixture, &reading, read_history, "change sets by number");
  file_clear (&file, fixture);
  g_free (reading.id);
}

static void
test_links (Fixture *fixture, gconstpointer data)
{
  File    file = { 0 };
  Reading reading = { .fixture = fixture };

  reading.id = fixture_insert (fixture, "Group", "{'displayName':'all'}");
  for (guint i = 0; i < USERS; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'userName':'walker-%02u'}", i);
      g_autofree char *id = fixture_insert (fixture, "User", text);
      fixture_link (fixture, reading.id, "members", id, TRUE, TRUE);
    }
  file_load (&file, fixture);
  swap_ends (&file, "link", NULL);
  file_store (&file, fixture);
  assert_read_fails (fixture, &reading, read_links, "links by number");
  file_clear (&file, fixture);
  g_free (reading.id);
}

static void
test_bin (Fixture *fixture, gconstpointer data)
{
  File    file = { 0 };
  Reading reading = { .fixture = fixture };

  for (guint i = 0; i < 9; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'userName':'walker-%02u'}", i);
      g_autofree char *id = fixture_insert (fixture, "User", text);
      fixture_delete (fixture, id);
    }
  file_load (&file, fixture);
  swap_ends (&file, "object_in_bin", NULL);
  file_store (&file, fixture);
  assert_read_fails (fixture, &reading, read_bin, "objects in the bin by time");
  file_clear (&file, fixture);
}

/* Lists by cursor ------------------------------------------------------------------------------ */

typedef struct
{
  Reading      *reading;
  MsQueryPlace *last;
  guint         found;
} Taken;

static gboolean
take_place (MsObject *object, const MsQueryPlace *place, gpointer data, GError **error)
{
  Taken *taken = data;

  ms_query_place_clear (taken->last);
  *taken->last = (MsQueryPlace){ g_strdup (place->key), place->row };
  taken->found++;
  return TRUE;
}

static gboolean
read_by_cursor (MsTxn *txn, gpointer data, GError **error)
{
  Reading *reading = data;
  MsQuery  query = { .type = fixture_type (reading->fixture, "User"), .count = BY_TWO };
  gboolean more = TRUE;
  g_auto (MsQueryPlace) last = { NULL, 0 };

  query.sort_by = ms_resource_type_find (query.type, "userName");
  for (guint i = 0; more; i++)
    {
      Taken taken = { reading, &last, 0 };
      g_assert_cmpuint (i, <, MOST_PAGES);
      if (!ms_txn_query_from (txn,
                              &query,
                              i > 0 ? &last : NULL,
                              reading->backwards,
                              take_place,
                              &taken,
                              &more,
                              error))
        return FALSE;
    }
  return TRUE;
}

static void
test_cursor (Fixture *fixture, gconstpointer data)
{
  MsQuerySizes sizes = ms_query_sizes;
  File         file = { 0 };

  fill (fixture, NULL);
  file_load (&file, fixture);
  swap_ends (&file, "value", "walker-");
  file_store (&file, fixture);
  ms_query_sizes.few = 0;
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      Reading reading = { .fixture = fixture, .backwards = i > 0 };
      g_assert_false (ms_store_read (fixture->store, read_by_cursor, &reading, NULL, &error));
      assert_damaged (error, "lists");
    }
  ms_query_sizes = sizes;
  file_clear (&file, fixture);
}

/* The search index ----------------------------------------------------------------------------- */

static gboolean
keep_none (MsObject *object, gpointer data, GError **error)
{
  return TRUE;
}

static gboolean
search_letters (MsTxn *txn, gpointer data, GError **error)
{
  MsQuery query
      = { .type = fixture_type (data, "User"), .search = "zz", .count = 10, .bounded = TRUE };
  gint64 total = 0;

  return ms_txn_query (txn, &query, keep_none, NULL, &total, error);
}

/* The last of all trigrams begins with what is no letter: who looks for the next letter has gone
 * round. */
static void
test_trigram (Fixture *fixture, gconstpointer data)
{
  static const char last[] = "\1\014\xf0\x90\x8d\x88\xf0\x90\x8d\x88\xf0\x90\x8d\x88";
  File              file = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) problems = NULL;

  fill (fixture, NULL);
  g_free (fixture_insert (
      fixture,
      "User",
      "{'userName':'goth','displayName':'\xf0\x90\x8d\x88\xf0\x90\x8d\x88\xf0\x90\x8d\x88'}"));
  file_load (&file, fixture);
  guint8 *found = find_bytes (file.bytes->data, file.bytes->len, last, sizeof last - 1);
  g_assert_nonnull (found);
  if (found != NULL) /* the compiler cannot tell */
    found[2] = 0xff;
  file_store (&file, fixture);
  problems = ms_store_verify (fixture->store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_nonnull (strstr (problems->pdata[0], "search"));
  g_assert_false (ms_store_read (fixture->store, search_letters, fixture, NULL, &error));
  assert_damaged (error, "search");
  file_clear (&file, fixture);
}

/* Pages that are met again and again ----------------------------------------------------------- */

/* As many as SQLite follows. */
#define LEVELS 17

static void
on_loss (const char *loss, gpointer user_data)
{
  g_ptr_array_add (user_data, g_strdup (loss));
}

/* @loss: (nullable): what there is a word of */
static void
assert_rescued (Fixture *fixture, gint64 objects, const char *loss)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) losses = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *target = g_build_filename (fixture->folder, "rescued.db", NULL);
  gint64           saved = 0;
  gint64           lost = 0;

  g_assert_true (ms_rescue (
      fixture->uri, target, fixture->schemas, NULL, on_loss, losses, &saved, &lost, &error));
  g_assert_no_error (error);
  g_assert_cmpint (saved, ==, objects);
  for (guint i = 0; i < losses->len; i++)
    g_test_message ("lost: %s", (char *) losses->pdata[i]);
  g_assert_cmpuint (losses->len, ==, loss != NULL);
  if (loss != NULL)
    g_assert_nonnull (strstr (losses->pdata[0], loss));
  g_assert_cmpint (g_unlink (target), ==, 0);
}

/* What opens it as it is, or copies it, finds the damage before it gets lost in it. */
static void
assert_refused (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *target = g_build_filename (fixture->folder, "copy.db", NULL);

  g_assert_null (ms_store_open (fixture->uri, fixture->schemas, 0, &error));
  assert_damaged (error, NULL);
  g_clear_error (&error);
  g_assert_false (ms_store_backup (fixture->store, target, NULL, &error));
  assert_damaged (error, NULL);
  g_assert_false (g_file_test (target, G_FILE_TEST_EXISTS));
  g_clear_error (&error);
  g_autoptr (GPtrArray) problems = ms_store_verify (fixture->store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, >, 0);
}

static void
test_folded_changes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *target = g_build_filename (fixture->folder, "copy.db", NULL);
  g_autofree char *uri = g_strconcat ("sqlite:", target, NULL);
  File             file = { 0 };

  fill (fixture, NULL);
  file_load (&file, fixture);
  fold (&file, "change", LEVELS);
  file_store (&file, fixture);
  assert_refused (fixture);
  /* The copy does not take a row twice. */
  g_assert_false (ms_store_copy (fixture->store, uri, NULL, NULL, &error));
  g_assert_nonnull (strstr (error->message, "change"));
  assert_rescued (fixture, USERS, NULL);
  file_clear (&file, fixture);
}

/* An index by which a table is read as a whole. */
static void
test_folded_index (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  File file = { 0 };

  fill (fixture, NULL);
  file_load (&file, fixture);
  fold (&file, "change_by_sequence", LEVELS);
  file_store (&file, fixture);
  assert_refused (fixture);
  g_assert_null (ms_store_digest (fixture->store, MS_DIGEST_WHOLE, NULL, &error));
  assert_damaged (error, NULL);
  assert_rescued (fixture, USERS, NULL);
  file_clear (&file, fixture);
}

static void
test_folded_settings (Fixture *fixture, gconstpointer data)
{
  File file = { 0 };

  fill (fixture, NULL);
  fixture_run_sql (fixture, "INSERT INTO setting (name, value) VALUES ('a', '1'), ('b', '2')");
  file_load (&file, fixture);
  fold (&file, "setting", LEVELS);
  file_store (&file, fixture);
  assert_refused (fixture);
  assert_rescued (fixture, USERS, "settings");
  file_clear (&file, fixture);
}

static void
test_folded_links (Fixture *fixture, gconstpointer data)
{
  File file = { 0 };

  g_autofree char *list = fixture_insert (fixture, "Group", "{'displayName':'all'}");
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *text = g_strdup_printf ("{'userName':'walker-%02u'}", i);
      g_autofree char *id = fixture_insert (fixture, "User", text);
      fixture_link (fixture, list, "members", id, TRUE, TRUE);
    }
  file_load (&file, fixture);
  fold (&file, "link", LEVELS);
  file_store (&file, fixture);
  assert_refused (fixture);
  assert_rescued (fixture, 4, "members");
  file_clear (&file, fixture);
}

/* The counters are added up in a single statement. */
static void
test_folded_counters (Fixture *fixture, gconstpointer data)
{
  File file = { 0 };

  fill (fixture, NULL);
  file_load (&file, fixture);
  fold (&file, "counter", LEVELS);
  file_store (&file, fixture);
  assert_refused (fixture);
  assert_rescued (fixture, USERS, NULL);
  file_clear (&file, fixture);
}

static gboolean
search_titles (MsTxn *txn, gpointer data, GError **error)
{
  MsQuery query = { .type = fixture_type (data, "User"), .search = "w", .count = 10 };
  gint64  total = 0;

  return ms_txn_query (txn, &query, keep_none, NULL, &total, error);
}

/* A query of a server that serves it for reading. */
static void
test_folded_texts (Fixture *fixture, gconstpointer data)
{
  File file = { 0 };

  fill (fixture, NULL);
  file_load (&file, fixture);
  fold (&file, "search", LEVELS);
  file_store (&file, fixture);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_false (ms_store_read (fixture->store, search_titles, fixture, NULL, &error));
      assert_damaged (error, NULL);
    }
  file_clear (&file, fixture);
}

/* What a schema lets go ------------------------------------------------------------------------ */

#define ROOM(rest)                                                                                 \
  "{\"schemas\":[{\"id\":\"urn:x:room\",\"name\":\"Room\",\"attributes\":[{\"name\":\"name\","     \
  "\"required\":true,\"label\":true,\"uniqueness\":\"server\"}" rest                               \
  "]}],\"resourceTypes\":[{\"name\":\"Room\",\"endpoint\":\"/Rooms\",\"schema\":\"urn:x:room\"}]}"

static gboolean
add_floor (MsTxn *txn, gpointer data, GError **error)
{
  MsSchemaReport report = { 0 };
  g_autoptr (MsObject) file = fixture_make (data, "SchemaFile", "{'name':'rooms'}");

  ms_object_set_string (file, "text", ROOM (",{\"name\":\"floor\"}"));
  return ms_txn_insert (txn, file, error) && ms_txn_apply_schemas (txn, TRUE, &report, error);
}

static gboolean
drop_floor (MsTxn *txn, gpointer data, GError **error)
{
  MsSchemaReport report = { 0 };
  g_autoptr (MsObject) file
             = ms_txn_find_object (txn, fixture_type (data, "SchemaFile"), "name", "rooms", error);

  if (file == NULL)
    return FALSE;
  ms_object_set_string (file, "text", ROOM (""));
  return ms_txn_update (txn, file, error) && ms_txn_apply_schemas (txn, TRUE, &report, error);
}

/* The index goes on telling of a value that was taken away, as nothing was. */
static void
test_lost_values (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  MsSchemaRegistry *builtin = fixture->schemas;

  fixture_write (fixture, add_floor, fixture);
  fixture->schemas = ms_store_ref_schemas (fixture->store);
  g_free (fixture_insert (fixture, "Room", "{'name':'North','floor':'2'}"));
  ms_schema_registry_unref (fixture->schemas);
  fixture->schemas = builtin;
  fixture_close (fixture);
  fixture_run_sql (
      fixture,
      "UPDATE document SET body = replace (body, 'floor', 'flaw') WHERE body LIKE '%North%'");
  fixture_reopen (fixture);
  fixture->schemas = ms_store_ref_schemas (fixture->store);
  alarm (PATIENCE_SECONDS);
  g_assert_false (
      ms_store_write (fixture->store, &fixture_context, drop_floor, fixture, NULL, &error));
  alarm (0);
  g_assert_error (error, MS_ERROR, MS_ERROR_INTERNAL);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "floor"));
  fixture_close (fixture);
  ms_schema_registry_unref (builtin);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add_for ("sqlite", "circles/digest", NULL, test_digest);
  fixture_add_for ("sqlite", "circles/job", NULL, test_job);
  fixture_add_for ("sqlite", "circles/change-sets", NULL, test_change_sets);
  fixture_add_for ("sqlite", "circles/history", NULL, test_history);
  fixture_add_for ("sqlite", "circles/links", NULL, test_links);
  fixture_add_for ("sqlite", "circles/bin", NULL, test_bin);
  fixture_add_for ("sqlite", "circles/cursor", NULL, test_cursor);
  fixture_add_for ("sqlite", "circles/trigram", NULL, test_trigram);
  fixture_add_for ("sqlite", "circles/lost-values", NULL, test_lost_values);
  fixture_add_for ("sqlite", "circles/folded-changes", NULL, test_folded_changes);
  fixture_add_for ("sqlite", "circles/folded-index", NULL, test_folded_index);
  fixture_add_for ("sqlite", "circles/folded-settings", NULL, test_folded_settings);
  fixture_add_for ("sqlite", "circles/folded-links", NULL, test_folded_links);
  fixture_add_for ("sqlite", "circles/folded-counters", NULL, test_folded_counters);
  fixture_add_for ("sqlite", "circles/folded-texts", NULL, test_folded_texts);
  return g_test_run ();
}
