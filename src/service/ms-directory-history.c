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
#include "ms-undo.h"

#define PAGE 100

char *
ms_directory_make_reason (const char *name)
{
  return g_strdup_printf ("directory %s", name);
}

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

/* %FALSE ends it. */
typedef gboolean (*SetFunc) (const MsChangeSet *set, gpointer user_data);

/* What happened to an object, or to @path (nullable) of it, newest first. */
static gboolean
walk_sets (
    MsTxn *txn, const char *id, const char *path, SetFunc func, gpointer user_data, GError **error)
{
  gint64 before = 0;
  guint  found;

  do
    {
      g_autoptr (GPtrArray) sets
                 = path != NULL ? ms_txn_list_path_history (txn, id, path, before, PAGE, error)
                                : ms_txn_list_object_history (txn, id, before, PAGE, error);
      if (sets == NULL)
        return FALSE;
      found = sets->len;
      for (guint i = 0; i < found; i++)
        {
          const MsChangeSet *set = sets->pdata[i];
          before = set->sequence;
          if (!func (set, user_data))
            return TRUE;
        }
    }
  while (found == PAGE);
  return TRUE;
}

typedef struct
{
  const char *path;
  DeltaFunc   func;
  gpointer    user_data;
} DeltaWalk;

static gboolean
take_deltas (const MsChangeSet *set, gpointer user_data)
{
  const DeltaWalk *self = user_data;

  return walk_deltas (set, self->path, self->func, self->user_data);
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
  DeltaWalk walk = { path, func, user_data };

  return walk_sets (txn, id, path, take_deltas, &walk, error);
}

/* What was undone, and the undo of it, are as if neither had been ----------------------------- */

/**
 * Standing:
 * @undone: (element-type gint64): sequence numbers of change sets that newer ones undid
 */
typedef struct
{
  GHashTable *undone;
  DeltaFunc   func;
  gpointer    user_data;
} Standing;

/* Newest first: whether @set is to be passed over. An undo that was undone itself undid nothing. */
static gboolean
is_passed (GHashTable *undone, const MsChangeSet *set)
{
  if (g_hash_table_contains (undone, &set->sequence))
    return TRUE;
  if (set->undo_of != 0)
    g_hash_table_add (undone, g_memdup2 (&set->undo_of, sizeof set->undo_of));
  return set->undo_of != 0;
}

static gboolean
take_standing (const MsChangeSet *set, JsonObject *delta, gpointer user_data)
{
  Standing *self = user_data;

  return is_passed (self->undone, set) || self->func (set, delta, self->user_data);
}

/* As walk_history(), of what still stands. An undo that left @path alone did not undo what happened
 * to it. */
static gboolean
walk_standing (MsTxn      *txn,
               const char *id,
               const char *path,
               DeltaFunc   func,
               gpointer    user_data,
               GError    **error)
{
  g_autoptr (GHashTable) undone = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  Standing self = { undone, func, user_data };

  return walk_history (txn, id, path, take_standing, &self, error);
}

/* Into the bin and out of it goes whoever is disabled as such: that disables nobody. */
static gboolean
take_disabling (const MsChangeSet *set, JsonObject *delta, gpointer user_data)
{
  gboolean       *answer = user_data;
  const MsChange *change = set->changes->pdata[0];
  JsonNode       *after = json_object_get_member (delta, "after");

  if (change->verb == MS_CHANGE_DELETE || change->verb == MS_CHANGE_RESTORE)
    return TRUE;
  *answer = g_strcmp0 (set->channel, MS_DIRECTORY_CHANNEL) == 0 && after != NULL
            && JSON_NODE_HOLDS_VALUE (after) && !json_node_get_boolean (after);
  return FALSE;
}

gboolean
ms_directory_was_disabled (MsTxn *txn, const char *user_id, gboolean *answer, GError **error)
{
  *answer = FALSE;
  return walk_standing (txn, user_id, "active", take_disabling, answer, error);
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
ms_directory_compare_password (MsTxn      *txn,
                               const char *user_id,
                               const char *hash,
                               gboolean   *other,
                               gboolean   *has_one,
                               GError    **error)
{
  g_autoptr (GError) failed = NULL;
  char *now = ms_txn_get_secret (txn, user_id, "password", &failed);

  *other = g_strcmp0 (now, hash) != 0;
  *has_one = now != NULL;
  if (now != NULL)
    explicit_bzero (now, strlen (now));
  g_free (now);
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

/**
 * Setting: who set a password, by change sets as a whole
 */
typedef struct
{
  GHashTable *undone;
  gboolean    by_run;
} Setting;

static gboolean
take_setting (const MsChangeSet *set, gpointer user_data)
{
  Setting *self = user_data;

  return is_passed (self->undone, set) || walk_deltas (set, "password", take_run, &self->by_run);
}

/* Whether a run set it that still stands. An undo leaves a password alone that somebody set after
 * the run, and then it is as little the directory's as one that was set after the undo; and the
 * undo of an undo brings none back. So it has to stand by what happened to it, and by what happened
 * to the user. */
static gboolean
was_set_by_run (MsTxn *txn, const char *user_id, gboolean *answer, GError **error)
{
  g_autoptr (GHashTable) undone = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  Setting self = { undone, FALSE };

  if (!walk_standing (txn, user_id, "password", take_run, answer, error))
    return FALSE;
  if (!*answer)
    return TRUE;
  if (!walk_sets (txn, user_id, NULL, take_setting, &self, error))
    return FALSE;
  *answer = self.by_run;
  return TRUE;
}

gboolean
ms_directory_keeps_password (MsTxn *txn, const char *user_id, gboolean *answer, GError **error)
{
  gboolean set_by_run = FALSE;
  gboolean made_by_run = FALSE;

  if (!was_set_by_run (txn, user_id, &set_by_run, error)
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

  return walk_standing (txn, mailbox_id, "address", take_address, keys, error)
             ? g_steal_pointer (&keys)
             : NULL;
}

/**
 * Gift: an alias that somebody was given
 * @is_ours: by a run
 */
typedef struct
{
  char    *key;
  gboolean is_ours;
} Gift;

/* What comes out of the bin had it before. */
static gboolean
take_gift (const MsChangeSet *set, JsonObject *delta, gpointer user_data)
{
  Gift           *self = user_data;
  const MsChange *change = set->changes->pdata[0];
  JsonArray      *added
      = ms_json_get_array (delta, change->verb == MS_CHANGE_CREATE ? "after" : "added");

  for (guint i = 0; added != NULL && i < json_array_get_length (added); i++)
    {
      g_autofree char *key = ms_address_key (json_array_get_string_element (added, i));
      if (strcmp (key, self->key) != 0)
        continue;
      self->is_ours = g_strcmp0 (set->channel, MS_DIRECTORY_CHANNEL) == 0;
      return FALSE;
    }
  return TRUE;
}

gboolean
ms_directory_gave_alias (
    MsTxn *txn, const char *mailbox_id, const char *address, gboolean *answer, GError **error)
{
  g_autofree char *key = ms_address_key (address);
  Gift             gift = { key, FALSE };

  *answer = FALSE;
  if (!walk_standing (txn, mailbox_id, "aliases", take_gift, &gift, error))
    return FALSE;
  *answer = gift.is_ours;
  return TRUE;
}

/* The bin ----------------------------------------------------------------------------------- */

/**
 * Binning: why an object is in the bin
 * @is_ours: a run deleted it, or made it before that was undone
 */
typedef struct
{
  GHashTable *undone;
  gboolean    is_ours;
} Binning;

static gboolean
take_binning (const MsChangeSet *set, gpointer user_data)
{
  Binning        *self = user_data;
  const MsChange *change
      = set->changes != NULL && set->changes->len > 0 ? set->changes->pdata[0] : NULL;
  gboolean is_new = change != NULL && change->verb == MS_CHANGE_CREATE;
  gboolean is_move
      = change != NULL && (change->verb == MS_CHANGE_DELETE || change->verb == MS_CHANGE_RESTORE);

  if (!is_new && (!is_move || is_passed (self->undone, set)))
    return TRUE;
  self->is_ours = g_strcmp0 (set->channel, MS_DIRECTORY_CHANNEL) == 0;
  return FALSE;
}

static gboolean
is_binned_by_run (MsTxn *txn, const MsBinEntry *entry, gboolean *answer, GError **error)
{
  g_autoptr (GHashTable) undone = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  Binning self = { undone, FALSE };

  *answer
      = entry->deletion != NULL && g_strcmp0 (entry->deletion->channel, MS_DIRECTORY_CHANNEL) == 0;
  if (entry->deletion == NULL || entry->deletion->undo_of == 0)
    return TRUE;
  if (!walk_sets (txn, entry->id, NULL, take_binning, &self, error))
    return FALSE;
  *answer = self.is_ours;
  return TRUE;
}

/* Why it could not be read with the others. */
static gboolean
fail_unread (MsTxn *txn, const MsBinEntry *entry, GError **error)
{
  g_autoptr (MsObject) binned = NULL;

  return ms_bin_look_up (txn, entry->id, &binned, error);
}

static gboolean
note_binned (
    MsTxn *txn, const MsBinEntry *entry, const char *client, GHashTable *ids, GError **error)
{
  gboolean         by_run;
  g_autofree char *identity
      = entry->object != NULL ? ms_directory_get_identity (entry->object, client) : NULL;

  if (entry->object != NULL && (identity == NULL || g_hash_table_contains (ids, identity)))
    return TRUE;
  if (!is_binned_by_run (txn, entry, &by_run, error))
    return FALSE;
  if (by_run && identity != NULL)
    g_hash_table_insert (ids, g_steal_pointer (&identity), g_strdup (entry->id));
  return !by_run || entry->object != NULL || fail_unread (txn, entry, error);
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
                 = ms_txn_list_bin_objects (txn, types->user->name, deleted, row, PAGE, error);
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

/* Mailboxes there --------------------------------------------------------------------------- */

/**
 * Lost: the mailbox of a user that is looked for
 * @id: (nullable): found
 */
typedef struct
{
  const MsServiceTypes *types;
  MsTxn                *txn;
  const char           *user_id;
  char                **id;
  gboolean             *is_ours;
  GError              **error;
  gboolean              failed;
} Lost;

/* (nullable) (transfer none): what something that was deleted had there */
static JsonNode *
get_lost (const MsChange *change, const char *path)
{
  JsonArray *deltas = change->deltas != NULL && JSON_NODE_HOLDS_ARRAY (change->deltas)
                          ? json_node_get_array (change->deltas)
                          : NULL;

  for (guint i = 0; deltas != NULL && i < json_array_get_length (deltas); i++)
    {
      JsonObject *delta = json_array_get_object_element (deltas, i);
      if (g_strcmp0 (json_object_get_string_member_with_default (delta, "path", ""), path) == 0)
        return json_object_get_member (delta, "before");
    }
  return NULL;
}

static gboolean
was_primary_of (const MsChange *change, const char *user_id)
{
  JsonNode *primary = get_lost (change, "primary");

  return change->verb == MS_CHANGE_DELETE && primary != NULL && JSON_NODE_HOLDS_VALUE (primary)
         && json_node_get_boolean (primary)
         && g_strcmp0 (ms_undo_get_link_id (get_lost (change, "owner")), user_id) == 0;
}

/* Whether @id is there still, and by @set; if so, that is it. */
static gboolean
note_lost (Lost *self, const char *id, MsChangeSet *set, GError **error)
{
  MsBinEntry entry = { .id = (char *) id, .deletion = set };
  gint64     last = 0;
  g_autoptr (MsObject) binned = NULL;

  if (!ms_bin_look_up (self->txn, id, &binned, error))
    return FALSE;
  if (binned == NULL)
    return TRUE;
  if (!ms_txn_find_standing_deletion (self->txn, id, 0, &last, error))
    return FALSE;
  if (last != set->sequence)
    return TRUE;
  *self->id = g_strdup (id);
  return is_binned_by_run (self->txn, &entry, self->is_ours, error);
}

static gboolean
look_through_set (Lost *self, gint64 sequence, GError **error)
{
  g_autoptr (MsChangeSet) set = ms_txn_get_change_set (self->txn, sequence, error);

  for (guint i = 0; set != NULL && *self->id == NULL && i < set->changes->len; i++)
    {
      const MsChange *change = set->changes->pdata[i];
      if (g_strcmp0 (change->type_name, self->types->mailbox->name) == 0
          && was_primary_of (change, self->user_id) && !note_lost (self, change->id, set, error))
        return FALSE;
    }
  return set != NULL;
}

/* The user went into the bin, and came back without it. */
static gboolean
take_leaving (const MsChangeSet *set, JsonObject *delta, gpointer user_data)
{
  Lost           *self = user_data;
  const MsChange *change = set->changes->pdata[0];

  if (change->verb == MS_CHANGE_DELETE)
    self->failed = !look_through_set (self, set->sequence, self->error);
  return !self->failed && *self->id == NULL;
}

static gboolean
look_at_entry (Lost *self, const MsBinEntry *entry, GError **error)
{
  g_autoptr (GPtrArray) sets = ms_txn_list_object_history (self->txn, entry->id, 0, 1, error);

  if (sets == NULL)
    return FALSE;
  MsChangeSet *set = sets->len > 0 ? sets->pdata[0] : NULL;
  return set == NULL || set->changes->len == 0
         || !was_primary_of (set->changes->pdata[0], self->user_id)
         || note_lost (self, entry->id, set, error);
}

/* It went there by itself. */
static gboolean
look_for_name (Lost *self, const char *name, GError **error)
{
  gint64 deleted = 0;
  gint64 row = 0;
  guint  found;

  do
    {
      g_autoptr (GPtrArray) entries = ms_txn_list_bin (
          self->txn, self->types->mailbox->name, name, deleted, row, PAGE, error);
      if (entries == NULL)
        return FALSE;
      found = entries->len;
      for (guint i = 0; *self->id == NULL && i < found; i++)
        {
          const MsBinEntry *entry = entries->pdata[i];
          deleted = entry->deleted;
          row = entry->row;
          if (g_ascii_strcasecmp (entry->label, name) == 0 && !look_at_entry (self, entry, error))
            return FALSE;
        }
    }
  while (*self->id == NULL && found == PAGE);
  return TRUE;
}

gboolean
ms_directory_find_binned_mailbox (const MsServiceTypes *types,
                                  MsTxn                *txn,
                                  const char           *user_id,
                                  const char           *name,
                                  char                **id,
                                  gboolean             *is_ours,
                                  GError              **error)
{
  Lost self = { types, txn, user_id, id, is_ours, error, FALSE };

  *id = NULL;
  *is_ours = FALSE;
  return walk_history (txn, user_id, "userName", take_leaving, &self, error) && !self.failed
         && (*id != NULL || look_for_name (&self, name, error));
}
