/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading a damaged store: rows are asked for one by one, by their number, so that a damaged page
 * costs what is on it and nothing else.
 */
#include "ms-rescue-private.h"

#include "ms-document.h"
#include "ms-error.h"

#include <string.h>

#define PROGRESS_ROWS 1000
/* No page of 4 KiB holds more rows than this; a number beyond is damage. */
#define ROWS_OF_PAGE 400

/* Rows one after another that nothing is known of but one reason. */
typedef struct
{
  gint64 first;
  gint64 last;
  char  *reason; /* (nullable): there are none */
} Gap;

static const char *const orders[]
    = { "Domain", MS_TYPE_NAME_MAIL_GROUP, "User", MS_TYPE_NAME_MAILBOX, "Template" };

/* (nullable): the first row of what was found; without an error where there is none. What is
 * damaged is no reason to stop. */
MsStatement *
ms_rescue_ask (MsRescue *self, const char *text, gint64 row, GError **error)
{
  gboolean found = FALSE;

  self->from->lost = FALSE;
  g_autoptr (MsStatement) statement = ms_sql_query (self->from, error, text, "i", row);
  gboolean done = statement != NULL && ms_statement_step (statement, &found, error);
  self->from->lost = FALSE;
  return done && found ? g_steal_pointer (&statement) : NULL;
}

gint64
ms_rescue_ask_int (MsRescue *self, const char *text)
{
  gint64 value = 0;

  self->from->lost = FALSE;
  (void) !ms_sql_get_int (self->from, &value, NULL, text, ""); /* others are asked too */
  self->from->lost = FALSE;
  return value;
}

/* The last row that there can be. */
static gint64
find_last_row (MsRescue *self)
{
  gint64 bound = ms_rescue_ask_int (self, "PRAGMA page_count") * ROWS_OF_PAGE;
  gint64 last = MAX (ms_rescue_ask_int (self, "SELECT max(n) FROM object"),
                     ms_rescue_ask_int (self, "SELECT max(obj) FROM document"));

  last = MAX (last, ms_rescue_ask_int (self, "SELECT max(obj) FROM search"));
  return last > 0 ? MIN (last, bound) : bound;
}

static guint
find_order (const char *type, gboolean in_bin)
{
  if (g_strcmp0 (type, MS_TYPE_NAME_SCHEMA_FILE) == 0)
    return in_bin ? MS_RESCUE_BINNED_FILES : MS_RESCUE_SCHEMA_FILES;
  if (in_bin)
    return MS_RESCUE_BINNED;
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    if (g_strcmp0 (type, orders[i]) == 0)
      return MS_RESCUE_OTHERS + i;
  return MS_RESCUE_OTHERS + G_N_ELEMENTS (orders);
}

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const MsRescuePlace *one = a;
  const MsRescuePlace *other = b;

  if (one->order != other->order)
    return one->order < other->order ? -1 : 1;
  return (one->row > other->row) - (one->row < other->row);
}

static void
end_gap (MsRescue *self, Gap *gap)
{
  if (gap->reason != NULL && gap->first == gap->last)
    ms_rescue_lose (self, "object in row %" G_GINT64_FORMAT ": %s", gap->first, gap->reason);
  else if (gap->reason != NULL)
    ms_rescue_lose (self,
                    "all objects that there were in rows %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                    ": %s",
                    gap->first,
                    gap->last,
                    gap->reason);
  self->unnamed = self->unnamed || gap->reason != NULL;
  g_clear_pointer (&gap->reason, g_free);
}

/* A file that lost its end lost thousands of rows, and many were never there. */
static void
widen_gap (MsRescue *self, Gap *gap, gint64 row, const char *reason)
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
find_object (MsRescue *self, gint64 row, Gap *gap)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsStatement) found
             = ms_rescue_ask (self, "SELECT type, deleted FROM object WHERE n = $1", row, &error);

  if (error != NULL)
    widen_gap (self, gap, row, error->message);
  if (found == NULL)
    return;
  gboolean      in_bin = ms_statement_get_text (found, 1) != NULL;
  MsRescuePlace place = { row, find_order (ms_statement_get_text (found, 0), in_bin) };
  end_gap (self, gap);
  g_array_append_val (self->places, place);
}

gboolean
ms_rescue_find_objects (MsRescue *self, GError **error)
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

/* Where the row has none that is known: the index by type has it too. What a schema file describes
 * is read by then, so that it comes too late. (nullable) */
static const MsResourceType *
find_type (MsRescue *self, MsTxn *txn, gint64 row, const char *name)
{
  const MsResourceType *type
      = name != NULL ? ms_schema_registry_get_type_by_name (txn->schemas, name) : NULL;

  if (type != NULL || (name != NULL && g_hash_table_contains (self->unknown, name)))
    return type;
  /* Why the index cannot be read is no news of the row. */
  g_autoptr (MsStatement) found
             = ms_rescue_ask (self,
                              "SELECT type FROM object WHERE n + 0 = $1 AND deleted IS NULL"
                              " AND type > ''",
                              row,
                              NULL);
  const char *filed = found != NULL ? ms_statement_get_text (found, 0) : NULL;
  /* Once: each time all of the index is read. */
  if (name != NULL && g_strcmp0 (name, filed) == 0)
    g_hash_table_add (self->unknown, g_strdup (name));
  type = filed != NULL ? ms_schema_registry_get_type_by_name (txn->schemas, filed) : NULL;
  return type != NULL && strcmp (type->name, MS_TYPE_NAME_SCHEMA_FILE) != 0 ? type : NULL;
}

/* (nullable): as it is in the damaged store, without its row there */
MsObject *
ms_rescue_read_object (MsRescue *self, MsTxn *txn, gint64 row, GError **error)
{
  g_autoptr (MsStatement) found = ms_rescue_ask (self,
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
  const MsResourceType *type = find_type (self, txn, row, name);
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
char *
ms_rescue_name_row (MsRescue *self, gint64 row)
{
  g_autoptr (MsStatement) found
             = ms_rescue_ask (self, "SELECT type, label, id FROM object WHERE n = $1", row, NULL);

  if (found == NULL)
    return g_strdup_printf ("object in row %" G_GINT64_FORMAT, row);
  g_autofree char *name = g_strdup_printf ("%s “%s” %s",
                                           ms_statement_get_text (found, 0),
                                           ms_statement_get_text (found, 1),
                                           ms_statement_get_text (found, 2));
  return g_utf8_make_valid (name, -1);
}
