/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What lies in the bin, by whom and until when; and removing some of it for good.
 */
#include "ms-bin.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"
#include "ms-render-private.h"
#include "ms-settings.h"
#include "ms-txn.h"
#include "ms-undo.h"

#define MAX_PAGE 1000

gboolean
ms_bin_look_up (MsTxn *txn, const char *id, MsObject **binned, GError **error)
{
  g_autoptr (GError) failed = NULL;

  *binned = ms_txn_get_binned (txn, id, &failed);
  if (*binned != NULL || g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

/* Listing ----------------------------------------------------------------------------------- */

typedef struct
{
  const char *type_name;
  const char *search;
  gint64      deleted;
  gint64      row;
  guint       limit;
  GString    *out;
} BinRead;

static void
append_deletion (GString *out, const MsChangeSet *set)
{
  ms_render_begin_member (out, "by");
  g_string_append_c (out, '{');
  ms_render_append_text (out, "id", set->actor_id);
  ms_render_append_text (out, "name", set->actor_name);
  g_string_append_c (out, '}');
  ms_render_append_text (out, "channel", set->channel);
  ms_render_append_text (out, "reason", set->reason);
  ms_render_begin_member (out, "change");
  g_string_append_printf (out, "%" G_GINT64_FORMAT, set->sequence);
}

/* @retention: days, 0 = for ever */
static void
append_entry (GString *out, const MsBinEntry *entry, gint64 retention)
{
  g_string_append_c (out, '{');
  ms_render_append_text (out, "type", entry->type_name);
  ms_render_append_text (out, "id", entry->id);
  ms_render_append_text (out, "label", entry->label);
  ms_render_append_time (out, "deleted", entry->deleted);
  if (retention > 0)
    ms_render_append_time (out, "keptUntil", entry->deleted + retention * G_TIME_SPAN_DAY);
  if (entry->deletion != NULL)
    append_deletion (out, entry->deletion);
  g_string_append_c (out, '}');
}

static gboolean
list_bin (MsTxn *txn, gpointer user_data, GError **error)
{
  const BinRead *read = user_data;
  gint64         retention;

  if (!ms_settings_get (txn, MS_SETTING_BIN_RETENTION, &retention, NULL, error))
    return FALSE;
  g_autoptr (GPtrArray) entries = ms_txn_list_bin (
      txn, read->type_name, read->search, read->deleted, read->row, read->limit + 1, error);
  if (entries == NULL)
    return FALSE;
  g_string_append (read->out, "{\"objects\":[");
  for (guint i = 0; i < MIN (entries->len, read->limit); i++)
    {
      if (i > 0)
        g_string_append_c (read->out, ',');
      append_entry (read->out, g_ptr_array_index (entries, i), retention);
    }
  g_string_append (read->out, "],\"next\":");
  if (entries->len > read->limit)
    {
      const MsBinEntry *last = g_ptr_array_index (entries, read->limit - 1);
      g_string_append_printf (
          read->out, "\"%" G_GINT64_FORMAT ".%" G_GINT64_FORMAT "\"", last->deleted, last->row);
    }
  else
    g_string_append (read->out, "null");
  g_string_append_printf (read->out, ",\"retentionDays\":%" G_GINT64_FORMAT "}", retention);
  return TRUE;
}

/* The mark at which a list goes on: time and row. */
static gboolean
parse_before (const char *before, BinRead *read, GError **error)
{
  const char *dot = before != NULL ? strchr (before, '.') : NULL;

  if (before == NULL)
    return TRUE;
  g_autofree char *time = dot != NULL ? g_strndup (before, (gsize) (dot - before)) : NULL;
  if (dot != NULL && g_ascii_string_to_signed (time, 10, 1, G_MAXINT64, &read->deleted, NULL)
      && g_ascii_string_to_signed (dot + 1, 10, 1, G_MAXINT64, &read->row, NULL))
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                "before",
                "“before” is what “next” of the page before said");
  return FALSE;
}

gboolean
ms_service_list_bin (MsService     *self,
                     const MsActor *actor,
                     const char    *type_name,
                     const char    *search,
                     const char    *before,
                     guint          limit,
                     GString       *out,
                     GError       **error)
{
  BinRead read = { .type_name = type_name, .search = search, .out = out };

  read.limit = CLAMP (limit, 1, MAX_PAGE);
  if (!ms_policy_check (actor, MS_POLICY_HISTORY, NULL, NULL, NULL, error)
      || !parse_before (before, &read, error))
    return FALSE;
  const MsResourceType *type
      = type_name != NULL ? ms_schema_registry_get_type_by_name (self->schemas, type_name) : NULL;
  if (type_name != NULL && (type == NULL || type->internal))
    {
      ms_error_set (
          error, MS_ERROR_INVALID, "invalidValue", "type", "There is no type “%s”", type_name);
      return FALSE;
    }
  return ms_store_read (self->store, list_bin, &read, NULL, error);
}

/* Removing for good ------------------------------------------------------------------------- */

GPtrArray *
ms_bin_read_ids (JsonObject *body, GError **error)
{
  JsonNode  *node = json_object_get_member (body, "ids");
  JsonArray *array
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint length = array != NULL ? json_array_get_length (array) : 0;
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);

  if (length == 0 || length > MS_BIN_MAX_OBJECTS)
    {
      ms_error_set (error,
                    length == 0 ? MS_ERROR_INVALID : MS_ERROR_LIMIT,
                    length == 0 ? "invalidValue" : "tooMany",
                    "ids",
                    "“ids” holds the ids of at least one and at most %d objects",
                    MS_BIN_MAX_OBJECTS);
      return NULL;
    }
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < length; i++)
    {
      JsonNode *id = json_array_get_element (array, i);
      if (!JSON_NODE_HOLDS_VALUE (id) || json_node_get_value_type (id) != G_TYPE_STRING)
        {
          ms_error_set (error, MS_ERROR_INVALID, "invalidValue", "ids", "“ids” holds ids");
          return NULL;
        }
      if (g_hash_table_add (seen, (gpointer) json_node_get_string (id)))
        g_ptr_array_add (ids, json_node_dup_string (id));
    }
  return g_steal_pointer (&ids);
}

static gboolean
purge_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  GPtrArray *ids = user_data;

  for (guint i = 0; i < ids->len; i++)
    if (!ms_txn_purge (txn, g_ptr_array_index (ids, i), error))
      return FALSE;
  return TRUE;
}

gboolean
ms_verb_purge (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error)
{
  g_autoptr (GPtrArray) ids = ms_bin_read_ids (operation->body, error);
  gboolean dry_run = FALSE;

  if (ids == NULL || !ms_undo_read_dry_run (operation->body, &dry_run, error)
      || !ms_txn_savepoint (write->txn, !dry_run, purge_in_txn, ids, error))
    return FALSE;
  outcome->document = g_string_new (NULL);
  g_string_append_printf (outcome->document, "{\"purged\":%u}", ids->len);
  outcome->changed = !dry_run;
  return TRUE;
}
