/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From what a transaction did to the rows of "change_set" and "change". Secrets are named here,
 * never shown: they are no part of what is collected.
 */
#include "ms-changes-private.h"

#include "ms-change-chain.h"
#include "ms-json.h"
#include "ms-txn-private.h"

#include <string.h>

typedef struct
{
  MsTxn       *txn;
  MsChangeVerb verb;
  GString     *out;
  GError      *error;
} DeltaWriter;

/* One delta ----------------------------------------------------------------------------------- */

static void
begin_delta (DeltaWriter *writer, const char *path)
{
  g_string_append (writer->out, writer->out->len > 1 ? ",{\"path\":" : "{\"path\":");
  ms_json_append_string (writer->out, path);
}

static void
append_link (GString *out, const char *id, const char *label)
{
  g_string_append (out, "{\"value\":");
  ms_json_append_string (out, id);
  g_string_append (out, ",\"display\":");
  ms_json_append_string (out, label != NULL ? label : "");
  g_string_append_c (out, '}');
}

/* The id that a relation, or its "value", holds. */
static const char *
link_id (JsonNode *node)
{
  if (node == NULL)
    return NULL;
  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_object_get_string_member_with_default (json_node_get_object (node), "value", NULL);
  return json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

static void
append_link_side (DeltaWriter *writer, const char *name, JsonNode *node)
{
  const char *id = link_id (node);
  g_auto (MsFound) found = { 0 };

  if (id == NULL || writer->error != NULL
      || !ms_txn_find_row (writer->txn, id, TRUE, &found, &writer->error))
    return;
  g_string_append_printf (writer->out, ",\"%s\":", name);
  append_link (writer->out, id, found.label);
}

static void
append_side (DeltaWriter *writer, const char *name, JsonNode *node)
{
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return;
  g_string_append_printf (writer->out, ",\"%s\":", name);
  ms_json_append (writer->out, node);
}

static void
append_array (DeltaWriter *writer, const char *name, JsonArray *array)
{
  if (array == NULL || json_array_get_length (array) == 0)
    return;
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), array);
  append_side (writer, name, node);
}

/* Also where it is empty: that nothing is left is what it says. */
static void
append_whole (DeltaWriter *writer, JsonArray *whole)
{
  if (whole == NULL || writer->verb != MS_CHANGE_UPDATE)
    return;
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), whole);
  append_side (writer, "whole", node);
}

/* A thing that comes into being has all as "after", one that goes has all as "before". */
static const char *
side_name (DeltaWriter *writer, gboolean added)
{
  if (writer->verb == MS_CHANGE_UPDATE)
    return added ? "added" : "removed";
  return writer->verb == MS_CHANGE_DELETE ? "before" : "after";
}

static void
append_delta (DeltaWriter *writer, const MsDelta *delta)
{
  const MsAttribute *attribute = delta->attribute;
  const MsAttribute *parent = attribute->parent;

  if (parent != NULL && parent->relation != MS_RELATION_NONE)
    attribute = parent;
  begin_delta (writer, attribute->path);
  if (attribute->relation != MS_RELATION_NONE)
    {
      append_link_side (writer, "before", delta->before);
      append_link_side (writer, "after", delta->after);
    }
  else
    {
      append_side (writer, "before", delta->before);
      append_side (writer, "after", delta->after);
      append_array (writer, side_name (writer, TRUE), delta->added);
      append_array (writer, side_name (writer, FALSE), delta->removed);
      append_whole (writer, delta->whole);
    }
  g_string_append_c (writer->out, '}');
}

/* Deltas of one object ------------------------------------------------------------------------ */

static void
append_attributes (DeltaWriter *writer, const MsObjectChange *entry)
{
  MsObject *latest = entry->latest;
  g_autoptr (MsObject) nothing = ms_object_new (
      ms_object_get_type (latest), ms_object_get_id (latest), json_object_new ());
  MsObject *before = entry->existed ? entry->before : nothing;
  MsObject *after = entry->exists ? entry->after : nothing;

  if (before == NULL || after == NULL)
    return;
  g_autoptr (GPtrArray) deltas = ms_delta_compute (before, after);
  for (guint i = 0; i < deltas->len; i++)
    append_delta (writer, deltas->pdata[i]);
}

/* All links of one relation that went the same way. */
static void
append_links_of (DeltaWriter       *writer,
                 GPtrArray         *links,
                 const MsAttribute *attribute,
                 int                difference)
{
  gboolean first = TRUE;

  for (guint i = 0; i < links->len; i++)
    {
      const MsLinkChange *link = links->pdata[i];

      if (link->attribute != attribute || link->difference != difference)
        continue;
      if (first)
        g_string_append_printf (writer->out, ",\"%s\":[", side_name (writer, difference > 0));
      else
        g_string_append_c (writer->out, ',');
      append_link (writer->out, link->id, link->label);
      first = FALSE;
    }
  if (!first)
    g_string_append_c (writer->out, ']');
}

static void
append_links (DeltaWriter *writer, GPtrArray *links)
{
  g_autoptr (GPtrArray) done = g_ptr_array_new ();

  for (guint i = 0; i < links->len; i++)
    {
      const MsLinkChange *link = links->pdata[i];

      if (link->difference == 0 || g_ptr_array_find (done, link->attribute, NULL))
        continue;
      g_ptr_array_add (done, (gpointer) link->attribute);
      begin_delta (writer, link->attribute->path);
      append_links_of (writer, links, link->attribute, 1);
      append_links_of (writer, links, link->attribute, -1);
      g_string_append_c (writer->out, '}');
    }
}

static void
append_secrets (DeltaWriter *writer, GPtrArray *secrets)
{
  for (guint i = 0; i < secrets->len; i++)
    {
      begin_delta (writer, secrets->pdata[i]);
      g_string_append (writer->out, ",\"secret\":true}");
    }
}

static MsChangeVerb
verb_of (const MsObjectChange *entry)
{
  if (entry->existed)
    return entry->exists ? MS_CHANGE_UPDATE : MS_CHANGE_DELETE;
  return entry->from_bin ? MS_CHANGE_RESTORE : MS_CHANGE_CREATE;
}

/* (nullable): what is to be written of one object; %NULL where it is as it was. @deltas: (out):
 * their text */
static MsChange *
make_change (MsTxn *txn, const MsObjectChange *entry, char **deltas, GError **error)
{
  DeltaWriter writer = { txn, verb_of (entry), g_string_new ("["), NULL };

  append_attributes (&writer, entry);
  append_links (&writer, entry->links);
  if (writer.verb != MS_CHANGE_DELETE)
    append_secrets (&writer, entry->secrets);
  gboolean changed = writer.out->len > 1 || writer.verb != MS_CHANGE_UPDATE;
  g_string_append_c (writer.out, ']');
  g_autofree char *text = g_string_free (writer.out, FALSE);
  if (writer.error != NULL)
    g_propagate_error (error, writer.error);
  if (writer.error != NULL || !changed)
    return NULL;

  MsChange *change = g_new0 (MsChange, 1);
  change->verb = writer.verb;
  change->type_name = g_strdup (ms_object_get_type (entry->latest)->name);
  change->id = g_strdup (ms_object_get_id (entry->latest));
  change->label = g_strdup (ms_object_get_label (entry->latest));
  change->version = ms_object_get_version (entry->latest);
  *deltas = g_steal_pointer (&text);
  return change;
}

/* @versions: gets the one that it had before */
static gboolean
entry_cancels (MsTxn                *txn,
               const MsObjectChange *entry,
               GHashTable           *versions,
               gboolean             *cancels,
               GError              **error)
{
  g_autoptr (GError) failed = NULL;
  g_autofree char *deltas = NULL;

  *cancels = entry->existed == entry->exists && !entry->from_bin;
  if (!*cancels || !entry->existed)
    return TRUE;
  MsChange *change = make_change (txn, entry, &deltas, &failed);
  *cancels = change == NULL;
  g_clear_pointer (&change, ms_change_free);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  g_hash_table_insert (versions,
                       g_strdup (ms_object_get_id (entry->latest)),
                       g_memdup2 (&entry->version, sizeof entry->version));
  return TRUE;
}

gboolean
ms_changes_cancel (
    MsChanges *self, MsTxn *txn, GHashTable *versions, gboolean *cancel, GError **error)
{
  guint      n_notes = 0;
  GPtrArray *entries = ms_changes_get_latest (self, &n_notes);

  *cancel = n_notes == 0 && entries->len > 0;
  for (guint i = 0; *cancel && i < entries->len; i++)
    if (!entry_cancels (txn, entries->pdata[i], versions, cancel, error))
      return FALSE;
  return TRUE;
}

/* The change set ------------------------------------------------------------------------------ */

static gboolean
collect (MsChanges *self, MsTxn *txn, GPtrArray *found, GPtrArray *texts, GError **error)
{
  GPtrArray *entries = ms_changes_get_entries (self);
  g_autoptr (GError) local_error = NULL;

  for (guint i = 0; i < entries->len; i++)
    {
      const MsObjectChange *entry = entries->pdata[i];
      char                 *deltas = NULL;
      MsChange             *change = NULL;

      if (entry->existed || entry->exists)
        change = make_change (txn, entry, &deltas, &local_error);
      if (local_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      if (change == NULL)
        continue;
      g_ptr_array_add (found, change);
      g_ptr_array_add (texts, deltas);
    }
  return TRUE;
}

static void
collect_notes (MsChanges *self, GPtrArray *found, GPtrArray *texts)
{
  GPtrArray *notes = ms_changes_get_notes (self);

  for (guint i = 0; i < notes->len; i++)
    {
      MsNote *note = notes->pdata[i];
      g_ptr_array_add (found, g_steal_pointer (&note->change));
      g_ptr_array_add (texts, g_steal_pointer (&note->deltas));
    }
}

static void
describe_set (MsTxn *txn, GPtrArray *found, MsChangeSet *set)
{
  const MsChange        *first = found->len > 0 ? found->pdata[0] : NULL;
  const MsChangeContext *context = txn->context;

  set->time = txn->now;
  set->actor_id = (char *) context->actor_id;
  set->actor_name = (char *) context->actor_name;
  set->channel = (char *) context->channel;
  set->verb = (char *) context->verb;
  set->reason = (char *) context->reason;
  set->job = (char *) context->job;
  set->undo_of = context->undo_of;
  set->object_count = found->len;
  set->first_type = first != NULL ? first->type_name : NULL;
  set->first_id = first != NULL ? first->id : NULL;
  set->first_label = first != NULL ? first->label : NULL;
  set->target_label = txn->target_label;
}

static gboolean
find_last (MsTxn *txn, gint64 *sequence, char **hash, GError **error)
{
  gboolean row = FALSE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql, error, "SELECT sequence, hash FROM change_set ORDER BY sequence DESC LIMIT 1", "");

  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return FALSE;
  *sequence = row ? ms_statement_get_int (statement, 0) : 0;
  *hash = row ? ms_statement_dup_text (statement, 1) : g_strdup ("");
  return TRUE;
}

static char *
make_hash (const char *before, const MsChangeSet *set, GPtrArray *found, GPtrArray *texts)
{
  GChecksum *chain = ms_change_chain_new (before, set);

  for (guint i = 0; i < found->len; i++)
    ms_change_chain_add (chain, found->pdata[i], texts->pdata[i]);
  char *hash = g_strdup (g_checksum_get_string (chain));
  g_checksum_free (chain);
  return hash;
}

static gboolean
insert_set (MsTxn *txn, const MsChangeSet *set, const char *hash, GError **error)
{
  const gint64 nobody = 0;

  if (!ms_sql_run (
          txn->sql,
          error,
          "INSERT INTO change_set (sequence, time, actor_id, actor_name, channel, verb,"
          "  reason, job, undo_of, undone_by, object_count, first_type, first_id, first_label,"
          "  target_label, hash)"
          " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
          "iissssssiiisssss",
          set->sequence,
          set->time,
          set->actor_id,
          set->actor_name,
          set->channel,
          set->verb,
          set->reason,
          set->job,
          set->undo_of,
          nobody,
          set->object_count,
          set->first_type,
          set->first_id,
          set->first_label,
          set->target_label,
          hash))
    return FALSE;
  return set->undo_of == 0
         || ms_sql_run (txn->sql,
                        error,
                        "UPDATE change_set SET undone_by = $1 WHERE sequence = $2",
                        "ii",
                        set->sequence,
                        set->undo_of);
}

static gboolean
insert_changes (MsTxn *txn, gint64 sequence, GPtrArray *found, GPtrArray *texts, GError **error)
{
  for (guint i = 0; i < found->len; i++)
    {
      const MsChange *change = found->pdata[i];

      if (!ms_sql_run (txn->sql,
                       error,
                       "INSERT INTO change (sequence, id, type, verb, label, version, deltas)"
                       " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                       "issisis",
                       sequence,
                       change->id,
                       change->type_name,
                       (gint64) change->verb,
                       change->label,
                       change->version,
                       texts->pdata[i]))
        return FALSE;
    }
  return TRUE;
}

/* What was made and deleted at once was never there for anybody else, and no change set tells of
 * it: so nothing of it stays in the bin either. Not before the end: until then a savepoint may
 * bring it back, and its row number stands for it. */
static gboolean
erase_brief (MsChanges *self, MsTxn *txn, GError **error)
{
  GPtrArray *entries = ms_changes_get_entries (self);

  for (guint i = 0; i < entries->len; i++)
    {
      const MsObjectChange *entry = entries->pdata[i];

      if (!entry->existed && !entry->exists && !entry->from_bin
          && !ms_txn_erase_row (txn, entry->row, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
ms_changes_write (MsChanges *self, MsTxn *txn, gint64 *sequence, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_change_free);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *hash_before = NULL;
  MsChangeSet      set = { 0 };

  *sequence = 0;
  if (!collect (self, txn, found, texts, error) || !erase_brief (self, txn, error))
    return FALSE;
  collect_notes (self, found, texts);
  if (found->len == 0 && !txn->new_million)
    return TRUE;
  if (!find_last (txn, &set.sequence, &hash_before, error))
    return FALSE;
  set.sequence = txn->new_million
                     ? (MAX (set.sequence, txn->beyond) / MS_SEQUENCE_STEP + 1) * MS_SEQUENCE_STEP
                     : set.sequence + 1;
  describe_set (txn, found, &set);
  g_autofree char *hash = make_hash (hash_before, &set, found, texts);
  if (!insert_set (txn, &set, hash, error)
      || !insert_changes (txn, set.sequence, found, texts, error))
    return FALSE;
  *sequence = set.sequence;
  return TRUE;
}
