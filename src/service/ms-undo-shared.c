/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a run of a directory did, undone: nobody shares an address by that. A run takes an address
 * away so that somebody else can have it, and whoever was given it meanwhile keeps it. So what has
 * come back is looked at once all of a change set is done, for until then those who are to give up
 * an address may have it still; where something else has one, that is withheld, and the change set
 * is done once more.
 *
 * What else is undone may share aliases again, as people may; and what was shared by somebody
 * before the run is so again, as is what an object has already, be it as an alias that becomes the
 * address.
 */
#include "ms-undo-shared.h"

#include <string.h>

#include "ms-address.h"
#include "ms-directory-history.h"
#include "ms-domains.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-rules.h"
#include "ms-txn.h"

/* Who share one address are few. */
#define MAX_HOLDERS 100

/* An address that an object does not get back. @is_own: as its address, and not as an alias */
typedef struct
{
  char    *address;
  char    *reason;
  gboolean is_own;
} Withheld;

static void
withheld_free (gpointer data)
{
  Withheld *self = data;

  g_free (self->address);
  g_free (self->reason);
  g_free (self);
}

GHashTable *
ms_undo_withheld_new (void)
{
  return g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
}

gboolean
ms_undo_is_of_run (MsTxn *txn, const MsChangeSet *set, gboolean *answer, GError **error)
{
  gint64 undone = set->undo_of;
  gint64 at = set->sequence;

  *answer = g_strcmp0 (set->channel, MS_DIRECTORY_CHANNEL) == 0;
  /* What is undone is older; what is not, in a damaged store, would lead round for ever. */
  while (!*answer && undone != 0 && undone < at)
    {
      g_autoptr (MsChangeSet) next = ms_undo_get_head (txn, undone, error);
      if (next == NULL)
        return FALSE;
      *answer = g_strcmp0 (next->channel, MS_DIRECTORY_CHANNEL) == 0;
      at = undone;
      undone = next->undo_of;
    }
  return TRUE;
}

/* Mailboxes and users ----------------------------------------------------------------------- */

static JsonArray *
get_deltas (const MsUndoItem *item)
{
  const MsChange *change = item->change;

  return change->deltas != NULL && JSON_NODE_HOLDS_ARRAY (change->deltas)
             ? json_node_get_array (change->deltas)
             : NULL;
}

void
ms_undo_bind_mailboxes (GPtrArray *items, const MsServiceTypes *types)
{
  g_autoptr (GHashTable) users = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < items->len; i++)
    {
      const MsUndoItem *item = g_ptr_array_index (items, i);
      if (item->kind == MS_UNDO_BRING_BACK && item->type == types->user)
        g_hash_table_add (users, item->change->id);
    }
  for (guint i = 0; g_hash_table_size (users) > 0 && i < items->len; i++)
    {
      MsUndoItem *item = g_ptr_array_index (items, i);
      JsonArray  *deltas = get_deltas (item);
      if (item->kind != MS_UNDO_BRING_BACK || item->type != types->mailbox || deltas == NULL
          || item->belongs_to != NULL)
        continue;
      const char *owner = ms_undo_get_link_id (ms_undo_find_side (deltas, "owner", "before"));
      if (owner == NULL || !g_hash_table_contains (users, owner))
        continue;
      item->belongs_to = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (item->belongs_to, g_strdup (owner));
    }
}

/* Looking ----------------------------------------------------------------------------------- */

typedef struct
{
  MsWrite    *write;
  GPtrArray  *items;
  GHashTable *withheld;
  MsUndoItem *item;
  MsObject   *object;
  gboolean    any;
} Look;

/* @entries: (nullable) */
static gboolean
is_withheld (GPtrArray *entries, const char *address, gboolean is_own)
{
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const Withheld *entry = g_ptr_array_index (entries, i);
      if (entry->is_own == is_own && strcmp (entry->address, address) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Whether it had the address already, as its own or as an alias: then it shares no more than
 * before.
 */
static gboolean
had_address (const Look *self, const char *address)
{
  const MsRules *rules = ms_rules_find (self->item->type);
  MsObject      *had = self->item->had;
  const char    *own = had != NULL ? ms_object_get_string (had, rules->address) : NULL;

  if (had == NULL)
    return FALSE;
  g_autofree char *key = ms_address_ascii_key (address);
  g_autofree char *own_key = own != NULL ? ms_address_ascii_key (own) : NULL;
  return g_strcmp0 (own_key, key) == 0
         || ms_rules_array_has_address (ms_rules_get_array (had, rules->aliases), address);
}

/* Whether the object is what it was before the change set. */
static gboolean
is_put_back (const Look *self, const char *id)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      const MsUndoItem *item = g_ptr_array_index (self->items, i);
      if (item->has_changed && strcmp (item->change->id, id) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Whether @holder has got the address since, or by what is undone. @got: (out) */
static gboolean
ask_got (Look *self, MsObject *holder, const char *address, gboolean *got, GError **error)
{
  const MsResourceType *type = ms_object_get_type (holder);
  const MsRules        *rules = ms_rules_find (type);
  const MsAttribute    *aliases = ms_resource_type_find (type, rules->aliases);
  JsonArray            *array = ms_rules_get_array (holder, rules->aliases);
  g_autofree char      *wanted = ms_address_ascii_key (address);
  const char           *id = ms_object_get_id (holder);
  gint64                before = self->item->sequence - (is_put_back (self, id) ? 0 : 1);
  gboolean              is_own = TRUE;
  g_autoptr (MsUndoLater) later = ms_undo_later_new (self->write, type, id, before, error);

  if (later == NULL)
    return FALSE;
  *got = FALSE;
  for (guint i = 0; array != NULL && !*got && i < json_array_get_length (array); i++)
    {
      g_autofree char *has = ms_address_ascii_key (json_array_get_string_element (array, i));
      if (strcmp (has, wanted) != 0)
        continue;
      g_autofree char *key = ms_delta_element_key (aliases, json_array_get_element (array, i));
      *got = ms_undo_later_has_touched (later, rules->aliases, key);
      is_own = FALSE;
    }
  if (is_own)
    *got = ms_undo_later_has_touched (later, rules->address, NULL);
  return TRUE;
}

/* Whether somebody of @type has. @address: as it is written there */
static gboolean
ask_any_got (
    Look *self, const MsResourceType *type, const char *address, gboolean *got, GError **error)
{
  const MsRules   *rules = ms_rules_find (type);
  g_autofree char *quoted = ms_filter_quote (address);
  g_autoptr (GPtrArray) found = NULL;

  if (!ms_write_query (self->write,
                       type,
                       MAX_HOLDERS,
                       &found,
                       NULL,
                       error,
                       "%s eq %s or %s eq %s",
                       rules->aliases,
                       quoted,
                       rules->address,
                       quoted))
    return FALSE;
  *got = *got || found->len == MAX_HOLDERS;
  for (guint i = 0; !*got && i < found->len; i++)
    {
      MsObject *holder = g_ptr_array_index (found, i);
      if (g_strcmp0 (ms_object_get_id (holder), ms_object_get_id (self->object)) != 0
          && !ask_got (self, holder, address, got, error))
        return FALSE;
    }
  return TRUE;
}

/* Whether all who have it shared it then already: it is as it was. @so: (out) */
static gboolean
ask_shared_then (Look *self, const char *address, gboolean *so, GError **error)
{
  const MsServiceTypes *types = self->write->types;
  g_autoptr (GPtrArray) twins = ms_domain_list_twins (self->write, address, error);
  gboolean got = FALSE;

  for (guint i = 0; twins != NULL && !got && i < twins->len; i++)
    if (!ask_any_got (self, types->mailbox, twins->pdata[i], &got, error)
        || !ask_any_got (self, types->list, twins->pdata[i], &got, error)
        || !ask_any_got (self, types->mail_group, twins->pdata[i], &got, error))
      return FALSE;
  *so = !got;
  return twins != NULL;
}

/* Whether something else has it too, and has not had it all the time. */
static gboolean
look_at (Look *self, const char *address, gboolean is_own, GError **error)
{
  const char *id = self->item->change->id;
  g_autoptr (GError) taken = NULL;

  if (had_address (self, address)
      || ms_rules_check_is_free (self->write, self->object, address, "address", &taken))
    return TRUE;
  if (g_strcmp0 (ms_error_get_scim_type (taken), "uniqueness") != 0)
    {
      g_propagate_error (error, g_steal_pointer (&taken));
      return FALSE;
    }
  gboolean as_it_was = FALSE;
  if (!ask_shared_then (self, address, &as_it_was, error))
    return FALSE;
  if (as_it_was)
    return TRUE;
  GPtrArray *entries = g_hash_table_lookup (self->withheld, id);
  /* It has it all the same: then nothing of the change set is undone. */
  if (is_withheld (entries, address, is_own))
    {
      g_propagate_error (error, g_steal_pointer (&taken));
      return FALSE;
    }
  Withheld *entry = g_new0 (Withheld, 1);
  entry->address = g_strdup (address);
  entry->reason = g_strdup (taken->message);
  entry->is_own = is_own;
  if (entries == NULL)
    {
      entries = g_ptr_array_new_with_free_func (withheld_free);
      g_hash_table_insert (self->withheld, g_strdup (id), entries);
    }
  g_ptr_array_add (entries, entry);
  self->any = TRUE;
  return TRUE;
}

/* Its own address, where that came back. */
static gboolean
look_at_own (Look *self, const MsRules *rules, GError **error)
{
  const MsUndoItem *item = self->item;
  JsonArray        *deltas = get_deltas (item);
  JsonNode         *before = deltas != NULL && item->kind == MS_UNDO_CHANGE_BACK
                                 ? ms_undo_find_side (deltas, rules->address, "before")
                                 : NULL;
  const char       *now = ms_object_get_string (self->object, rules->address);

  if (now == NULL
      || (item->kind == MS_UNDO_CHANGE_BACK
          && (before == NULL || g_strcmp0 (json_node_get_string (before), now) != 0)))
    return TRUE;
  return look_at (self, now, TRUE, error);
}

/* @array: (nullable) */
static gboolean
look_at_aliases (Look *self, JsonArray *array, const char *path, GError **error)
{
  JsonArray *now = ms_rules_get_array (self->object, path);

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      const char *alias = json_array_get_string_element (array, i);
      if (ms_rules_array_has_address (now, alias) && !look_at (self, alias, FALSE, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
look_at_item (Look *self, const MsRules *rules, GError **error)
{
  const MsUndoItem *item = self->item;

  if (!look_at_own (self, rules, error))
    return FALSE;
  if (item->kind == MS_UNDO_BRING_BACK)
    return look_at_aliases (
        self, ms_rules_get_array (self->object, rules->aliases), rules->aliases, error);
  for (guint i = 0; i < item->parts->len; i++)
    {
      const MsUndoPart *part = g_ptr_array_index (item->parts, i);
      if (strcmp (part->attribute->path, rules->aliases) == 0
          && !look_at_aliases (self, part->put_in, rules->aliases, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
ms_undo_find_shared (
    GPtrArray *items, MsWrite *write, GHashTable *withheld, gboolean *any, GError **error)
{
  Look look = { .write = write, .items = items, .withheld = withheld };

  for (guint i = 0; i < items->len; i++)
    {
      MsUndoItem    *item = g_ptr_array_index (items, i);
      const MsRules *rules = item->type != NULL ? ms_rules_find (item->type) : NULL;
      g_autoptr (MsObject) object = NULL;
      if (!item->has_changed || item->kind == MS_UNDO_TAKE_AWAY || item->follows != NULL
          || rules == NULL || rules->address == NULL || rules->aliases == NULL)
        continue;
      if (!ms_txn_look_up (write->txn, item->type, item->change->id, &object, error))
        return FALSE;
      look.item = item;
      look.object = object;
      if (object != NULL && !look_at_item (&look, rules, error))
        return FALSE;
    }
  *any = look.any;
  return TRUE;
}

/* Withholding ------------------------------------------------------------------------------- */

/* (transfer none): made where there is none yet */
static MsUndoPart *
require_aliases (MsUndoItem *item, const char *path)
{
  for (guint i = 0; i < item->parts->len; i++)
    if (strcmp (((MsUndoPart *) g_ptr_array_index (item->parts, i))->attribute->path, path) == 0)
      return g_ptr_array_index (item->parts, i);
  return ms_undo_item_add_part (item, ms_resource_type_find (item->type, path));
}

/* (transfer full): @array (nullable) without @address, or with it */
static JsonArray *
copy_array (JsonArray *array, const char *address, gboolean with)
{
  JsonArray *copy = json_array_new ();
  g_autoptr (JsonArray) one = json_array_new ();

  json_array_add_string_element (one, address);
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      const char *element = json_array_get_string_element (array, i);
      if (with || !ms_rules_array_has_address (one, element))
        json_array_add_string_element (copy, element);
    }
  if (with)
    json_array_add_string_element (copy, address);
  return copy;
}

/* The change set may hold the same array, so that it is left as it is. */
static void
exchange_array (JsonArray **side, const char *address, gboolean with)
{
  JsonArray *after = copy_array (*side, address, with);

  g_clear_pointer (side, json_array_unref);
  *side = after;
}

/* It is not put in. What comes out of the bin may have it there as well; what stayed has not. */
static void
withhold_alias (MsUndoItem *item, const char *path, const Withheld *entry, JsonArray *refused)
{
  MsUndoPart *part = require_aliases (item, path);

  exchange_array (&part->put_in, entry->address, FALSE);
  if (item->kind == MS_UNDO_BRING_BACK)
    exchange_array (&part->take_out, entry->address, TRUE);
  ms_undo_refuse (refused, item->change, path, entry->reason);
  if ((part->take_out == NULL || json_array_get_length (part->take_out) == 0)
      && json_array_get_length (part->put_in) == 0)
    g_ptr_array_remove (item->parts, part);
}

static void
withhold_own (MsUndoItem *item, const MsRules *rules, const Withheld *entry, JsonArray *refused)
{
  g_autoptr (GError) taken = NULL;

  ms_error_set (&taken, MS_ERROR_CONFLICT, "uniqueness", rules->address, "%s", entry->reason);
  ms_undo_item_give_up (item, taken, refused);
}

void
ms_undo_withhold (GPtrArray *items, GHashTable *withheld, JsonArray *refused)
{
  for (guint i = 0; i < items->len; i++)
    {
      MsUndoItem *item = g_ptr_array_index (items, i);
      GPtrArray  *entries = g_hash_table_lookup (withheld, item->change->id);
      for (guint j = 0; entries != NULL && !item->is_settled && j < entries->len; j++)
        {
          const Withheld *entry = g_ptr_array_index (entries, j);
          const MsRules  *rules = ms_rules_find (item->type);
          if (item->kind == MS_UNDO_TAKE_AWAY)
            continue;
          if (entry->is_own)
            withhold_own (item, rules, entry, refused);
          else
            withhold_alias (item, rules->aliases, entry, refused);
          item->is_settled
              = item->is_settled || (item->kind == MS_UNDO_CHANGE_BACK && item->parts->len == 0);
        }
    }
}
