/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows of a damaged store are asked for one by one, by their number, so that a damaged page costs
 * what is on it and nothing else. Each object is then made anew in the new store, as one that never
 * was there, in a savepoint of its own: indexes and counters come from it, nothing is copied that
 * could contradict it. What an object points at must be there first; what points at each other, or
 * forward, is linked in a second round.
 */
#include "ms-rescue.h"

#include "ms-document.h"
#include "ms-error.h"
#include "ms-new-file.h"
#include "ms-store-schemas.h"
#include "ms-txn-private.h"

#include <string.h>

#define BATCH 200
#define PROGRESS_ROWS 1000
/* No page of 4 KiB holds more rows than this; a number beyond is damage. */
#define ROWS_OF_PAGE 400

typedef struct
{
  gint64 row;
  int    order; /* of its type; objects in the bin come first */
} Place;

/* Rows one after another that nothing is known of but one reason. */
typedef struct
{
  gint64 first;
  gint64 last;
  char  *reason; /* (nullable): there are none */
} Gap;

typedef struct
{
  MsSql            *from;
  MsStore          *to;
  const MsProgress *progress;
  MsRescueFunc      func;
  gpointer          user_data;
  GArray           *places;   /* Place */
  GHashTable       *saved;    /* ids of live objects that are in the new store */
  GArray           *unlinked; /* gint64: rows whose links wait for the second round */
  gint64            losses;
  gboolean          unnamed; /* what is lost is not all known by name */
  gint64            count;
  guint             first; /* of the batch at hand */
} Rescue;

static const MsChangeContext rescue_context
    = { NULL, "system", "system", "restoreStore", NULL, NULL, 0 };

static const char *const orders[]
    = { MS_TYPE_NAME_SCHEMA_FILE, "Domain",  MS_TYPE_NAME_MAIL_GROUP, "User",
        MS_TYPE_NAME_MAILBOX,     "Template" };

static void lose (Rescue *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
lose (Rescue *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  self->losses++;
  self->func (text, self->user_data);
}

/* Reading ------------------------------------------------------------------------------------- */

/* (nullable): the first row of what was found; without an error where there is none. What is
 * damaged is no reason to stop. */
static MsStatement *
ask (Rescue *self, const char *text, gint64 row, GError **error)
{
  gboolean found = FALSE;

  self->from->lost = FALSE;
  g_autoptr (MsStatement) statement = ms_sql_query (self->from, error, text, "i", row);
  gboolean done = statement != NULL && ms_statement_step (statement, &found, error);
  self->from->lost = FALSE;
  return done && found ? g_steal_pointer (&statement) : NULL;
}

static gint64
ask_int (Rescue *self, const char *text)
{
  gint64 value = 0;

  self->from->lost = FALSE;
  (void) !ms_sql_get_int (self->from, &value, NULL, text, ""); /* others are asked too */
  self->from->lost = FALSE;
  return value;
}

/* The last row that there can be. */
static gint64
find_last_row (Rescue *self)
{
  gint64 bound = ask_int (self, "PRAGMA page_count") * ROWS_OF_PAGE;
  gint64 last = MAX (ask_int (self, "SELECT max(n) FROM object"),
                     ask_int (self, "SELECT max(obj) FROM document"));

  last = MAX (last, ask_int (self, "SELECT max(obj) FROM search"));
  return last > 0 ? MIN (last, bound) : bound;
}

static int
find_order (const char *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    if (g_strcmp0 (type, orders[i]) == 0)
      return (int) i + 1;
  return G_N_ELEMENTS (orders) + 1;
}

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const Place *one = a;
  const Place *other = b;

  if (one->order != other->order)
    return one->order - other->order;
  return (one->row > other->row) - (one->row < other->row);
}

static void
end_gap (Rescue *self, Gap *gap)
{
  if (gap->reason != NULL && gap->first == gap->last)
    lose (self, "object in row %" G_GINT64_FORMAT ": %s", gap->first, gap->reason);
  else if (gap->reason != NULL)
    lose (self,
          "all objects that there were in rows %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ": %s",
          gap->first,
          gap->last,
          gap->reason);
  self->unnamed = self->unnamed || gap->reason != NULL;
  g_clear_pointer (&gap->reason, g_free);
}

/* A file that lost its end lost thousands of rows, and many were never there. */
static void
widen_gap (Rescue *self, Gap *gap, gint64 row, const char *reason)
{
  if (g_strcmp0 (gap->reason, reason) != 0)
    {
      end_gap (self, gap);
      gap->first = row;
      gap->reason = g_strdup (reason);
    }
  gap->last = row;
}

/* Rows that are not there neither end nor widen a gap. */
static void
find_object (Rescue *self, gint64 row, Gap *gap)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsStatement) found
             = ask (self, "SELECT type, deleted FROM object WHERE n = $1", row, &error);

  if (error != NULL)
    widen_gap (self, gap, row, error->message);
  if (found == NULL)
    return;
  gboolean in_bin = ms_statement_get_text (found, 1) != NULL;
  Place    place = { row, in_bin ? 0 : find_order (ms_statement_get_text (found, 0)) };
  end_gap (self, gap);
  g_array_append_val (self->places, place);
}

static gboolean
find_objects (Rescue *self, GError **error)
{
  gint64 last = find_last_row (self);
  Gap    gap = { 0 };

  for (gint64 row = 1; row <= last; row++)
    {
      find_object (self, row, &gap);
      if (row % PROGRESS_ROWS == 0
          && !ms_progress_report (self->progress, "looking for objects", row, last, error))
        {
          g_free (gap.reason);
          return FALSE;
        }
    }
  end_gap (self, &gap);
  g_array_sort (self->places, compare_places);
  if (self->places->len > 0)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INTERNAL,
                NULL,
                NULL,
                "Not one object can be read in the store %s",
                self->from->database->name);
  return FALSE;
}

/* (nullable): as it is in the damaged store, with its row there. @in_bin: (out) */
static MsObject *
read_object (Rescue *self, MsTxn *txn, gint64 row, GError **error)
{
  g_autoptr (MsStatement) found = ask (self,
                                       "SELECT o.id, o.type, d.body FROM object o"
                                       " JOIN document d ON d.obj = o.n WHERE o.n = $1",
                                       row,
                                       error);

  if (found == NULL)
    {
      if (error != NULL && *error == NULL)
        ms_error_set (error, MS_ERROR_INTERNAL, NULL, NULL, "its attributes are not there");
      return NULL;
    }
  const char           *id = ms_statement_get_text (found, 0);
  const char           *name = ms_statement_get_text (found, 1);
  const char           *body = ms_statement_get_text (found, 2);
  const MsResourceType *type
      = name != NULL ? ms_schema_registry_get_type_by_name (txn->schemas, name) : NULL;
  if (type == NULL || id == NULL || body == NULL || !g_utf8_validate (body, -1, NULL)
      || !g_utf8_validate (id, -1, NULL) || strlen (id) > 64)
    {
      ms_error_set (error, MS_ERROR_INTERNAL, NULL, NULL, "it is not of a type that is known");
      return NULL;
    }
  JsonObject *attributes = ms_document_parse (body, error);
  return attributes != NULL ? ms_object_new (type, id, attributes) : NULL;
}

/* What is known of one whose attributes cannot be read. (transfer full) */
static char *
name_row (Rescue *self, gint64 row)
{
  g_autoptr (MsStatement) found
             = ask (self, "SELECT type, label, id FROM object WHERE n = $1", row, NULL);

  if (found == NULL)
    return g_strdup_printf ("object in row %" G_GINT64_FORMAT, row);
  g_autofree char *name = g_strdup_printf ("%s “%s” %s",
                                           ms_statement_get_text (found, 0),
                                           ms_statement_get_text (found, 1),
                                           ms_statement_get_text (found, 2));
  return g_utf8_make_valid (name, -1);
}

/* Writing ------------------------------------------------------------------------------------- */

static gboolean
is_primary (MsObject *object)
{
  return strcmp (ms_object_get_type (object)->name, MS_TYPE_NAME_MAILBOX) == 0
         && ms_object_get_boolean (object, "primary", FALSE);
}

/* Relations to what is not there (yet). @wait: (out): there are some */
static void
drop_links (Rescue *self, MsTxn *txn, MsObject *object, gboolean *wait)
{
  const MsIndexType *type = ms_index_get_type (txn->index, ms_object_get_type (object));

  for (guint i = 0; i < type->relations->len; i++)
    {
      const MsAttribute *attribute = g_array_index (type->relations, MsIndexRelation, i).attribute;
      const char        *id
          = attribute->multi_valued ? NULL : ms_object_get_link (object, attribute->path);
      if (attribute->multi_valued)
        *wait = TRUE;
      if (id == NULL || g_hash_table_contains (self->saved, id))
        continue;
      *wait = TRUE;
      ms_object_set_link (object, attribute->path, NULL);
      if (strcmp (attribute->path, "owner") == 0 && is_primary (object))
        ms_object_set_boolean (object, "primary", FALSE);
    }
}

typedef struct
{
  Rescue   *rescue;
  MsObject *object;
  gint64    row; /* in the damaged store */
  gboolean  in_bin;
} Work;

static gboolean
add_secrets (Work *work, MsTxn *txn, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (MsStatement) found = ask (
      work->rescue, "SELECT kind, value FROM secret WHERE obj = $1", work->row, &local_error);

  if (local_error != NULL)
    lose (work->rescue,
          "%s %s: its password: %s",
          ms_object_get_type (work->object)->name,
          ms_object_get_id (work->object),
          local_error->message);
  for (gboolean more = found != NULL; more;)
    {
      if (!ms_txn_set_secret (txn,
                              work->object,
                              ms_statement_get_text (found, 0),
                              ms_statement_get_text (found, 1),
                              error))
        return FALSE;
      if (!ms_statement_step (found, &more, NULL))
        break;
    }
  return TRUE;
}

static gboolean
add_object (MsTxn *txn, gpointer user_data, GError **error)
{
  Work *work = user_data;

  return ms_txn_insert (txn, work->object, error) && add_secrets (work, txn, error)
         && (!work->in_bin || ms_txn_delete (txn, work->object, error));
}

static void
save_object (Rescue *self, MsTxn *txn, const Place *place)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsObject) object = read_object (self, txn, place->row, &error);
  gboolean wait = FALSE;
  Work     work = { self, object, place->row, place->order == 0 };

  if (object == NULL)
    {
      g_autofree char *name = name_row (self, place->row);
      lose (self, "%s: %s", name, error->message);
      return;
    }
  drop_links (self, txn, object, &wait);
  if (!ms_txn_savepoint (txn, TRUE, add_object, &work, &error))
    {
      lose (self,
            "%s “%s” %s: %s",
            ms_object_get_type (object)->name,
            ms_object_get_label (object),
            ms_object_get_id (object),
            error->message);
      return;
    }
  self->count++;
  if (work.in_bin)
    return;
  g_hash_table_add (self->saved, g_strdup (ms_object_get_id (object)));
  if (wait)
    g_array_append_val (self->unlinked, place->row);
}

/* The second round ---------------------------------------------------------------------------- */

static gboolean
set_single_links (Rescue *self, MsTxn *txn, MsObject *there, MsObject *wanted, GError **error)
{
  const MsIndexType *type = ms_index_get_type (txn->index, ms_object_get_type (there));

  for (guint i = 0; i < type->relations->len; i++)
    {
      const MsAttribute *attribute = g_array_index (type->relations, MsIndexRelation, i).attribute;
      const char        *id
          = attribute->multi_valued ? NULL : ms_object_get_link (wanted, attribute->path);
      if (id == NULL)
        continue;
      if (g_hash_table_contains (self->saved, id))
        ms_object_set_link (there, attribute->path, id);
      else
        lose (self,
              "%s “%s” %s: what its %s is, %s, is lost",
              ms_object_get_type (there)->name,
              ms_object_get_label (there),
              ms_object_get_id (there),
              attribute->path,
              id);
    }
  if (is_primary (wanted) && ms_object_get_link (there, "owner") != NULL)
    ms_object_set_boolean (there, "primary", TRUE);
  return ms_txn_update (txn, there, error);
}

static gboolean
add_multiple_links (Work *work, MsTxn *txn, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gboolean changed = FALSE;
  g_autoptr (MsStatement) found
             = ask (work->rescue,
                    "SELECT a.path, t.id FROM link l JOIN attribute a ON a.attr = l.attr"
                    " JOIN object t ON t.n = l.to_n WHERE l.from_n = $1",
                    work->row,
                    &local_error);

  for (gboolean more = found != NULL; more;)
    {
      const MsAttribute *attribute = ms_resource_type_find (ms_object_get_type (work->object),
                                                            ms_statement_get_text (found, 0));
      const char        *id = ms_statement_get_text (found, 1);
      if (attribute != NULL && attribute->multi_valued && attribute->relation == MS_RELATION_TO
          && g_hash_table_contains (work->rescue->saved, id)
          && !ms_txn_add_link (txn, work->object, attribute, id, &changed, error))
        return FALSE;
      if (!ms_statement_step (found, &more, &local_error))
        break;
    }
  work->rescue->from->lost = FALSE;
  if (local_error != NULL)
    lose (work->rescue,
          "%s “%s” %s: not all of its members: %s",
          ms_object_get_type (work->object)->name,
          ms_object_get_label (work->object),
          ms_object_get_id (work->object),
          local_error->message);
  return TRUE;
}

static gboolean
add_links (MsTxn *txn, gpointer user_data, GError **error)
{
  Work *work = user_data;
  g_autoptr (MsObject) there
             = ms_txn_get_object (txn, NULL, ms_object_get_id (work->object), error);

  if (there == NULL || !set_single_links (work->rescue, txn, there, work->object, error))
    return FALSE;
  Work on_there = { work->rescue, there, work->row, FALSE };
  return add_multiple_links (&on_there, txn, error);
}

static void
link_object (Rescue *self, MsTxn *txn, gint64 row)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsObject) object = read_object (self, txn, row, &error);
  Work work = { self, object, row, FALSE };

  if (object == NULL || !ms_txn_savepoint (txn, TRUE, add_links, &work, &error))
    {
      g_autofree char *name = name_row (self, row);
      lose (self, "%s: its links: %s", name, error->message);
    }
}

/* All of it ----------------------------------------------------------------------------------- */

static gboolean
save_batch (MsTxn *txn, gpointer user_data, GError **error)
{
  Rescue        *self = user_data;
  guint          end = MIN (self->first + BATCH, self->places->len);
  MsSchemaReport report = { 0 };
  gboolean       schemas = FALSE;

  for (guint i = self->first; i < end; i++)
    {
      const Place *place = &g_array_index (self->places, Place, i);
      schemas = schemas || place->order == 1;
      /* What the files describe can be read when they are known: by the next batch. */
      if (schemas && place->order > 1)
        {
          end = i;
          break;
        }
      save_object (self, txn, place);
    }
  self->first = end;
  return !schemas || ms_txn_apply_schemas (txn, FALSE, &report, error);
}

static gboolean
link_batch (MsTxn *txn, gpointer user_data, GError **error)
{
  Rescue *self = user_data;
  guint   end = MIN (self->first + BATCH, self->unlinked->len);

  for (; self->first < end; self->first++)
    link_object (self, txn, g_array_index (self->unlinked, gint64, self->first));
  return TRUE;
}

static gboolean
save_settings (MsTxn *txn, gpointer user_data, GError **error)
{
  Rescue  *self = user_data;
  gboolean more = FALSE;
  g_autoptr (GError) local_error = NULL;

  self->from->lost = FALSE;
  g_autoptr (MsStatement) found
             = ms_sql_query (self->from, &local_error, "SELECT name, value FROM setting", "");
  while (found != NULL && ms_statement_step (found, &more, &local_error) && more)
    if (!ms_txn_set_setting (
            txn, ms_statement_get_text (found, 0), ms_statement_get_text (found, 1), error))
      return FALSE;
  self->from->lost = FALSE;
  if (local_error != NULL)
    lose (self, "settings: %s", local_error->message);
  return TRUE;
}

static gboolean
run_batches (Rescue *self, MsTxnFunc func, const char *step, GArray *rows, GError **error)
{
  for (self->first = 0; self->first < rows->len;)
    if (!ms_progress_report (self->progress, step, self->first, rows->len, error)
        || !ms_store_write (self->to, &rescue_context, func, self, NULL, error))
      return FALSE;
  return TRUE;
}

/* What lay in pages that are gone is known by number only. */
static void
compare_count (Rescue *self)
{
  gint64 counted = ask_int (self, "SELECT sum(value) FROM counter WHERE name LIKE 'objects:%'");
  gint64 live = g_hash_table_size (self->saved);

  if (self->unnamed && live < counted)
    lose (self,
          "%" G_GINT64_FORMAT " of the %" G_GINT64_FORMAT
          " objects outside of the bin that the store counted were not saved",
          counted - live,
          counted);
}

static gboolean
check_sound (Rescue *self, GError **error)
{
  g_autoptr (GPtrArray) problems = ms_store_verify_with (self->to, self->progress, error);

  if (problems == NULL)
    return FALSE;
  if (problems->len == 0)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INTERNAL,
                NULL,
                NULL,
                "What was saved does not agree with itself: %s",
                (const char *) problems->pdata[0]);
  return FALSE;
}

static gboolean
rescue_into (Rescue *self, const char *partial, MsSchemaRegistry *schemas, GError **error)
{
  g_autofree char *uri = g_strconcat ("sqlite:", partial, NULL);

  if (!find_objects (self, error))
    return FALSE;
  self->to = ms_store_open (uri, schemas, MS_STORE_CREATE, error);
  if (self->to == NULL)
    return FALSE;
  gboolean done = ms_store_write (self->to, &rescue_context, save_settings, self, NULL, error)
                  && run_batches (self, save_batch, "saving objects", self->places, error)
                  && run_batches (self, link_batch, "linking them", self->unlinked, error)
                  && check_sound (self, error);
  if (done)
    compare_count (self);
  ms_store_close (self->to);
  g_clear_object (&self->to);
  return done;
}

static gboolean
rescue_connection (Rescue *self, const char *to_path, MsSchemaRegistry *schemas, GError **error)
{
  g_autofree char *partial = ms_new_file_begin (to_path, FALSE, error);

  if (partial == NULL)
    return FALSE;
  self->places = g_array_new (FALSE, FALSE, sizeof (Place));
  self->unlinked = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->saved = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gboolean done
      = rescue_into (self, partial, schemas, error) && ms_new_file_finish (partial, to_path, error);
  if (!done)
    ms_new_file_discard (partial);
  g_array_unref (self->places);
  g_array_unref (self->unlinked);
  g_hash_table_unref (self->saved);
  return done;
}

gboolean
ms_rescue (const char       *from_uri,
           const char       *to_path,
           MsSchemaRegistry *schemas,
           const MsProgress *progress,
           MsRescueFunc      func,
           gpointer          user_data,
           gint64           *saved,
           gint64           *losses,
           GError          **error)
{
  g_return_val_if_fail (from_uri != NULL && to_path != NULL && func != NULL, FALSE);

  Rescue             self = { .progress = progress, .func = func, .user_data = user_data };
  const char        *location = NULL;
  const MsSqlDriver *driver = ms_sql_driver_for_uri (from_uri, &location, error);
  MsDatabase        *database = driver != NULL
                                    ? driver->open (location, MS_STORE_READ_ONLY | MS_STORE_DAMAGED, error)
                                    : NULL;
  gboolean           done = FALSE;

  if (database == NULL)
    return FALSE;
  self.from = driver->connect (database, FALSE, error);
  if (self.from != NULL)
    {
      done = rescue_connection (&self, to_path, schemas, error);
      driver->disconnect (self.from);
    }
  driver->close (database);
  *saved = self.count;
  *losses = self.losses;
  return done;
}
