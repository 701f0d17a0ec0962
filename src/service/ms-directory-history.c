/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "ms-directory-history.h"

#include <string.h>

#include "ms-address.h"
#include "ms-bin.h"
#include "ms-directory-config.h"
#include "ms-json.h"

#define PAGE 100

/* %FALSE ends it. */
typedef gboolean (*DeltaFunc) (const MsChangeSet *set, JsonObject *delta, gpointer user_data);

static gboolean
walk_deltas (const MsChangeSet *set, const char *path, DeltaFunc func, gpointer user_data)
{
  const MsChange *change
      = set->changes != NULL && set->changes->len > 0 ? set->changes->pdata[0] : NULL;
  JsonArray *deltas
      = change != NULL && change->deltas != NULL && JSON_NODE_HOLDS_ARRAY (change->deltas)
            ? json_node_get_array (change->deltas)
            : NULL;

  for (guint i = 0; deltas != NULL && i < json_array_get_length (deltas); i++)
    {
      JsonObject *delta = json_array_get_object_element (deltas, i);
      if (g_strcmp0 (json_object_get_string_member_with_default (delta, "path", ""), path) == 0
          && !func (set, delta, user_data))
        return FALSE;
    }
  return TRUE;
}

/* What happened to @path of an object, newest first. */
static gboolean
walk_history (MsTxn      *txn,
              const char *id,
              const char *path,
              DeltaFunc   func,
              gpointer    user_data,
              GError    **error)
{
  gint64 before = 0;
  guint  found;

  do
    {
      g_autoptr (GPtrArray) sets = ms_txn_list_object_history (txn, id, before, PAGE, error);
      if (sets == NULL)
        return FALSE;
      found = sets->len;
      for (guint i = 0; i < found; i++)
        {
          const MsChangeSet *set = sets->pdata[i];
          before = set->sequence;
          if (!walk_deltas (set, path, func, user_data))
            return TRUE;
        }
    }
  while (found == PAGE);
  return TRUE;
}

static gboolean
take_channel (const MsChangeSet *set, JsonObject *delta, gpointer user_data)
{
  gboolean *answer = user_data;
  JsonNode *after = json_object_get_member (delta, "after");

  *answer = g_strcmp0 (set->channel, MS_DIRECTORY_CHANNEL) == 0 && after != NULL
            && JSON_NODE_HOLDS_VALUE (after) && !json_node_get_boolean (after);
  return FALSE;
}

gboolean
ms_directory_was_disabled (MsTxn *txn, const char *user_id, gboolean *answer, GError **error)
{
  *answer = FALSE;
  return walk_history (txn, user_id, "active", take_channel, answer, error);
}

static gboolean
take_run (const MsChangeSet *set, JsonObject *delta, gpointer user_data)
{
  gboolean *by_run = user_data;

  *by_run = g_strcmp0 (set->channel, MS_DIRECTORY_CHANNEL) == 0;
  return !*by_run;
}

static gboolean
take_maker (const MsChangeSet *set, JsonObject *delta, gpointer user_data)
{
  const MsChange *change = set->changes->pdata[0];

  return change->verb != MS_CHANGE_CREATE || take_run (set, delta, user_data);
}

gboolean
ms_directory_keeps_password (MsTxn *txn, const char *user_id, gboolean *answer, GError **error)
{
  gboolean set_by_run = FALSE;
  gboolean made_by_run = FALSE;

  if (!walk_history (txn, user_id, "password", take_run, &set_by_run, error)
      || (!set_by_run && !walk_history (txn, user_id, "userName", take_maker, &made_by_run, error)))
    return FALSE;
  *answer = !set_by_run && !made_by_run;
  return TRUE;
}

static gboolean
take_address (const MsChangeSet *set, JsonObject *delta, gpointer user_data)
{
  GHashTable *keys = user_data;
  const char *before = json_object_get_string_member_with_default (delta, "before", NULL);

  if (before != NULL)
    g_hash_table_add (keys, ms_address_key (before));
  return TRUE;
}

GHashTable *
ms_directory_list_own_addresses (MsTxn *txn, const char *mailbox_id, GError **error)
{
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  return walk_history (txn, mailbox_id, "address", take_address, keys, error)
             ? g_steal_pointer (&keys)
             : NULL;
}

/* The bin ----------------------------------------------------------------------------------- */

static gboolean
note_binned (
    MsTxn *txn, const MsBinEntry *entry, const char *client, GHashTable *ids, GError **error)
{
  g_autoptr (MsObject) binned = NULL;

  if (entry->deletion == NULL || g_strcmp0 (entry->deletion->channel, MS_DIRECTORY_CHANNEL) != 0)
    return TRUE;
  if (!ms_bin_look_up (txn, entry->id, &binned, error))
    return FALSE;
  g_autofree char *identity = binned != NULL ? ms_directory_get_identity (binned, client) : NULL;
  if (identity != NULL && !g_hash_table_contains (ids, identity))
    g_hash_table_insert (ids, g_steal_pointer (&identity), g_strdup (entry->id));
  return TRUE;
}

GHashTable *
ms_directory_list_binned (const MsServiceTypes *types,
                          MsTxn                *txn,
                          const char           *client,
                          gboolean (*live) (gpointer live_data, GError **error),
                          gpointer live_data,
                          GError **error)
{
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gint64 deleted = 0;
  gint64 row = 0;
  guint  found;

  do
    {
      g_autoptr (GPtrArray) entries
                 = ms_txn_list_bin (txn, types->user->name, NULL, deleted, row, PAGE, error);
      if (entries == NULL)
        return NULL;
      found = entries->len;
      for (guint i = 0; i < found; i++)
        {
          const MsBinEntry *entry = entries->pdata[i];
          deleted = entry->deleted;
          row = entry->row;
          if (!note_binned (txn, entry, client, ids, error) || !live (live_data, error))
            return NULL;
        }
    }
  while (found == PAGE);
  return g_steal_pointer (&ids);
}
