/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A new store of what can be read in a damaged one: its settings, then object by object, in
 * batches, then their links. It gets its name when it was found to be sound.
 */
#include "ms-rescue-private.h"

#include "ms-error.h"
#include "ms-new-file.h"
#include "ms-store-schemas.h"
#include "ms-text.h"
#include "ms-txn-private.h"

#define BATCH 200

static const MsChangeContext rescue_context
    = { NULL, "system", "system", MS_SET_RESTORE_STORE, NULL, NULL, 0 };

void
ms_rescue_lose (MsRescue *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  /* It may repeat what stands in a damaged file. */
  g_autofree char *line = ms_text_printable_line (text);
  self->losses++;
  self->func (line, self->user_data);
}

static gboolean
save_batch (MsTxn *txn, gpointer user_data, GError **error)
{
  MsRescue *self = user_data;
  guint     end = MIN (self->first + BATCH, self->places->len);
  gboolean  schemas = FALSE;

  for (guint i = self->first; i < end; i++)
    {
      const MsRescuePlace *place = &g_array_index (self->places, MsRescuePlace, i);
      schemas = schemas || place->order == MS_RESCUE_SCHEMA_FILES;
      /* What the files describe can be read when they are known: by the next batch. */
      if (schemas && place->order > MS_RESCUE_SCHEMA_FILES)
        {
          end = i;
          break;
        }
      ms_rescue_save_object (self, txn, place);
    }
  self->first = end;
  return !schemas || ms_txn_take_over_schemas (txn, error);
}

static gboolean
link_batch (MsTxn *txn, gpointer user_data, GError **error)
{
  MsRescue *self = user_data;
  guint     end = MIN (self->first + BATCH, self->unlinked->len);

  for (; self->first < end; self->first++)
    ms_rescue_link_object (self, txn, g_array_index (self->unlinked, gint64, self->first));
  return TRUE;
}

static gboolean
save_settings (MsTxn *txn, gpointer user_data, GError **error)
{
  MsRescue        *self = user_data;
  gboolean         more = FALSE;
  g_autofree char *last = NULL;
  g_autoptr (GError) local_error = NULL;

  /* Its history is not taken over, so that nothing tells which numbers clients know. */
  ms_txn_start_million (txn, ms_txn_find_unreached ());
  self->from->lost = FALSE;
  g_autoptr (MsStatement) found = ms_sql_query (
      self->from, &local_error, "SELECT name, value FROM setting ORDER BY name", "");
  while (found != NULL && ms_statement_step (found, &more, &local_error) && more)
    {
      const char *name = ms_statement_get_text (found, 0);
      const char *value = ms_statement_get_text (found, 1);
      if (!ms_sql_check_texts (self->from, "settings by name", last, name, &local_error))
        break;
      gboolean is_of_domain = g_strcmp0 (name, MS_SETTING_PRIMARY_DOMAIN) == 0;
      if (name == NULL || (value == NULL && !is_of_domain))
        ms_rescue_lose (self, "setting “%s”", name != NULL ? name : "?");
      /* That is made from the domain, which may be one of what is lost. */
      else if (!is_of_domain && !ms_txn_set_setting (txn, name, value, error))
        return FALSE;
      g_free (last);
      last = g_strdup (name);
    }
  self->from->lost = FALSE;
  if (local_error != NULL)
    ms_rescue_lose (self, "settings: %s", local_error->message);
  return ms_rescue_save_usage_of_all (self, txn, error);
}

static gboolean
run_batches (MsRescue *self, MsTxnFunc func, const char *step, GArray *rows, GError **error)
{
  for (self->first = 0; self->first < rows->len;)
    if (!ms_progress_report (self->progress, step, self->first, rows->len, error)
        || !ms_store_write (self->to, &rescue_context, func, self, NULL, error))
      return FALSE;
  return TRUE;
}

/* What lay in pages that are gone is known by number only. */
static void
compare_count (MsRescue *self)
{
  gint64 counted
      = ms_rescue_ask_int (self, "SELECT sum(value) FROM counter WHERE name LIKE 'objects:%'");
  gint64 live = g_hash_table_size (self->saved);

  if (self->unnamed && live < counted)
    ms_rescue_lose (self,
                    "%" G_GINT64_FORMAT " of the %" G_GINT64_FORMAT
                    " objects outside of the bin that the store counted were not saved",
                    counted - live,
                    counted);
}

static gboolean
check_sound (MsRescue *self, GError **error)
{
  g_autoptr (GPtrArray) problems = ms_store_verify_with (self->to, self->progress, NULL, error);

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
rescue_into (MsRescue *self, const char *partial, MsSchemaRegistry *schemas, GError **error)
{
  g_autofree char *uri = g_strconcat ("sqlite:", partial, NULL);

  if (!ms_rescue_find_objects (self, error))
    return FALSE;
  self->schemas = ms_schema_registry_copy (schemas);
  self->to = ms_store_open (uri, schemas, MS_STORE_CREATE, error);
  if (self->to == NULL)
    return FALSE;
  gboolean done = ms_store_write (self->to, &rescue_context, save_settings, self, NULL, error)
                  && run_batches (self, save_batch, "saving objects", self->places, error)
                  && run_batches (self, link_batch, "linking them", self->unlinked, error)
                  && check_sound (self, error);
  if (done)
    {
      compare_count (self);
      ms_rescue_compare_months (self);
    }
  ms_store_close (self->to);
  g_clear_object (&self->to);
  return done;
}

static gboolean
rescue_connection (MsRescue *self, const char *to_path, MsSchemaRegistry *schemas, GError **error)
{
  g_autofree char *partial = ms_new_file_begin (to_path, FALSE, error);

  if (partial == NULL)
    return FALSE;
  self->places = g_array_new (FALSE, FALSE, sizeof (MsRescuePlace));
  self->unlinked = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->unknown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->months = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->kept_months
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_array_unref);
  self->saved = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gboolean done
      = rescue_into (self, partial, schemas, error) && ms_new_file_finish (partial, to_path, error);
  if (!done)
    ms_new_file_discard (partial);
  g_array_unref (self->places);
  g_array_unref (self->unlinked);
  g_hash_table_unref (self->unknown);
  g_hash_table_unref (self->months);
  g_hash_table_unref (self->kept_months);
  g_hash_table_unref (self->saved);
  g_free (self->first_cut);
  g_clear_pointer (&self->schemas, ms_schema_registry_unref);
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

  MsRescue           self = { .progress = progress, .func = func, .user_data = user_data };
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
