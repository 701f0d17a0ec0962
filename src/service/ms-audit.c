/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Notes for the chain of change sets, and the checks and the export of it. A check does a bounded
 * piece and says where it stopped; who asked goes on from there.
 */
#include "ms-audit.h"

#include <string.h>

#include "ms-change-record.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-render-private.h"
#include "ms-txn.h"

/* Change sets of one request, and as many as are read under one snapshot by an export. */
#define MAX_CHECKED 10000
#define EXPORT_PAGE 500
#define MAX_PROBLEMS 100

/* Notes ------------------------------------------------------------------------------------- */

void
ms_audit_add_delta (JsonArray *deltas, const char *path, const char *text, gboolean gone)
{
  if (text == NULL)
    return;
  JsonObject *delta = json_object_new ();
  json_object_set_string_member (delta, "path", path);
  json_object_set_string_member (delta, gone ? "before" : "after", text);
  json_array_add_object_element (deltas, delta);
}

typedef struct
{
  const char *type_name;
  const char *id;
  const char *label;
  JsonArray  *deltas;
} Note;

static gboolean
write_note (MsTxn *txn, gpointer user_data, GError **error)
{
  const Note *note = user_data;

  ms_txn_note (txn, MS_CHANGE_NOTE, note->type_name, note->id, note->label, note->deltas);
  return TRUE;
}

gboolean
ms_audit_note (MsService     *service,
               const MsActor *actor,
               const char    *verb,
               const char    *type_name,
               const char    *id,
               const char    *label,
               JsonArray     *deltas,
               GError       **error)
{
  MsChangeContext context = ms_service_get_context (actor, verb);
  Note            note = { type_name, id, label, deltas };

  /* What only reads is not to fail for the note's sake. */
  if (ms_store_is_read_only (service->store))
    return TRUE;
  return ms_store_write (service->store, &context, write_note, &note, NULL, error);
}

/* The head of the chain --------------------------------------------------------------------- */

static gboolean
append_head (MsTxn *txn, gpointer user_data, GError **error)
{
  GString *out = user_data;
  g_autoptr (GPtrArray) sets = ms_txn_list_change_sets (txn, NULL, NULL, NULL, 0, 1, error);

  if (sets == NULL)
    return FALSE;
  const MsChangeSet *last = sets->len > 0 ? g_ptr_array_index (sets, 0) : NULL;
  g_autofree char   *time = last != NULL ? ms_json_format_time (last->time) : NULL;
  g_string_append_printf (out,
                          "{\"sequence\":%" G_GINT64_FORMAT ",\"hash\":",
                          last != NULL ? last->sequence : (gint64) 0);
  ms_json_append_string (out, last != NULL ? last->hash : "");
  if (time != NULL)
    {
      ms_render_begin_member (out, "time");
      ms_json_append_string (out, time);
    }
  g_string_append_c (out, '}');
  return TRUE;
}

gboolean
ms_service_get_chain_head (MsService *self, const MsActor *actor, GString *out, GError **error)
{
  return ms_policy_check (actor, MS_POLICY_AUDIT, NULL, NULL, NULL, error)
         && ms_store_read_afresh (self->store, append_head, out, NULL, error);
}

/* Checking ---------------------------------------------------------------------------------- */

typedef struct
{
  MsTxn       *txn;
  MsChainCheck check;
  gint64       since;
  const char  *hash; /* (nullable): that @since must have */
  guint        limit;
  JsonArray   *problems;
  gboolean     complete;
} Verify;

static void
add_problem (Verify *self, gint64 sequence, const char *text)
{
  if (json_array_get_length (self->problems) >= MAX_PROBLEMS)
    return;
  JsonObject *problem = json_object_new ();
  json_object_set_int_member (problem, "sequence", sequence);
  json_object_set_string_member (problem, "problem", text);
  json_array_add_object_element (self->problems, problem);
}

static gboolean
check_one (const MsChangeSet *set, const char *const *deltas, gpointer user_data, GError **error)
{
  Verify          *self = user_data;
  g_autofree char *problem = ms_chain_check_add (&self->check, set, deltas);
  g_autofree char *mark = NULL;
  gint64           sequence = 0;

  if (problem != NULL)
    add_problem (self, set->sequence, problem);
  if (!ms_txn_check_undo_marks (self->txn, set, &sequence, &mark, error))
    return FALSE;
  if (mark != NULL)
    add_problem (self, sequence, mark);
  return TRUE;
}

/* @since is not there: beyond the end, or taken out. */
static gboolean
add_missing_start (Verify *self, MsTxn *txn, GError **error)
{
  g_autoptr (GPtrArray) sets = ms_txn_list_change_sets (txn, NULL, NULL, NULL, 0, 1, error);

  if (sets == NULL)
    return FALSE;
  const MsChangeSet *last = sets->len > 0 ? g_ptr_array_index (sets, 0) : NULL;
  if (last == NULL || last->sequence > self->since)
    {
      add_problem (self, self->since, "it is not there any more, or this is another store");
      return TRUE;
    }
  g_autofree char *text
      = g_strdup_printf ("it is not there any more: the store ends with change %" G_GINT64_FORMAT
                         ", or this is another store",
                         last->sequence);
  add_problem (self, self->since, text);
  return TRUE;
}

/* Where the check begins, against what was kept elsewhere. */
static gboolean
begin_check (Verify *self, MsTxn *txn, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsChangeSet) start
             = self->since > 0 ? ms_txn_get_change_set (txn, self->since, &failed) : NULL;

  if (failed != NULL && !g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (self->since > 0 && start == NULL)
    {
      if (!add_missing_start (self, txn, error))
        return FALSE;
    }
  else if (self->hash != NULL && g_strcmp0 (start != NULL ? start->hash : "", self->hash) != 0)
    add_problem (self, self->since, "its hash is not the one that was kept");
  const char *hash = self->hash != NULL ? self->hash : start != NULL ? start->hash : "";
  ms_chain_check_init (&self->check, self->since, hash);
  return TRUE;
}

static gboolean
verify_chain (MsTxn *txn, gpointer user_data, GError **error)
{
  Verify *self = user_data;

  self->txn = txn;
  if (!begin_check (self, txn, error)
      || !ms_txn_walk_chain (txn, self->since, self->limit, check_one, self, error))
    return FALSE;
  self->complete = self->check.checked < self->limit;
  return TRUE;
}

gboolean
ms_service_verify_chain (MsService     *self,
                         const MsActor *actor,
                         gint64         since,
                         const char    *hash,
                         guint          limit,
                         GString       *out,
                         GError       **error)
{
  g_autoptr (JsonArray) problems = json_array_new ();
  Verify verify = { .since = since, .hash = hash, .problems = problems };

  verify.limit = CLAMP (limit, 1, MAX_CHECKED);
  if (!ms_policy_check (actor, MS_POLICY_AUDIT, NULL, NULL, NULL, error))
    return FALSE;
  if (hash != NULL && *hash != '\0' && !ms_chain_is_hash (hash))
    {
      ms_error_set (
          error, MS_ERROR_INVALID, "invalidValue", "hash", "“hash” is 64 hexadecimal digits");
      return FALSE;
    }
  gboolean done = ms_store_read_afresh (self->store, verify_chain, &verify, NULL, error);
  if (done)
    {
      g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), problems);
      g_string_append_printf (out,
                              "{\"since\":%" G_GINT64_FORMAT ",\"checked\":%" G_GINT64_FORMAT
                              ",\"sequence\":%" G_GINT64_FORMAT ",\"hash\":",
                              since,
                              verify.check.checked,
                              verify.check.sequence);
      ms_json_append_string (out, verify.check.hash);
      g_string_append_printf (
          out, ",\"complete\":%s,\"problems\":", verify.complete ? "true" : "false");
      ms_json_append (out, node);
      g_string_append_c (out, '}');
    }
  ms_chain_check_clear (&verify.check);
  return done;
}

/* Export ------------------------------------------------------------------------------------ */

typedef struct
{
  gint64   since;
  guint    found;
  GString *lines;
} Page;

static gboolean
append_record (const MsChangeSet *set,
               const char *const *deltas,
               gpointer           user_data,
               GError           **error)
{
  Page *page = user_data;

  ms_change_record_append (page->lines, set, deltas);
  page->since = set->sequence;
  page->found++;
  return TRUE;
}

static gboolean
read_page (MsTxn *txn, gpointer user_data, GError **error)
{
  Page *page = user_data;

  page->found = 0;
  return ms_txn_walk_chain (txn, page->since, EXPORT_PAGE, append_record, page, error);
}

gboolean
ms_service_begin_export_chain (MsService *self, const MsActor *actor, gint64 since, GError **error)
{
  g_autofree char *id = ms_object_new_id ();
  g_autofree char *from = g_strdup_printf ("%" G_GINT64_FORMAT, since);
  g_autoptr (JsonArray) deltas = json_array_new ();

  ms_audit_add_delta (deltas, "since", from, FALSE);
  return ms_policy_check (actor, MS_POLICY_AUDIT, NULL, NULL, NULL, error)
         && ms_audit_note (self, actor, "export", MS_NOTE_EXPORT, id, "change sets", deltas, error);
}

gboolean
ms_service_export_chain (MsService     *self,
                         const MsActor *actor,
                         gint64         since,
                         MsWriteFunc    write,
                         gpointer       user_data,
                         GError       **error)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  Page page = { since, 0, lines };

  if (!ms_policy_check (actor, MS_POLICY_AUDIT, NULL, NULL, NULL, error))
    return FALSE;
  do
    {
      g_string_truncate (lines, 0);
      /* Not while a slow reader holds it up. */
      ms_service_enter (self);
      gboolean done = ms_store_read_afresh (self->store, read_page, &page, NULL, error);
      ms_service_leave (self);
      if (!done || !write (lines->str, lines->len, user_data, error))
        return FALSE;
    }
  while (page.found == EXPORT_PAGE);
  return TRUE;
}
