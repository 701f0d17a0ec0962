/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. Users are matched by what the directory calls them for good, and by nothing else;
 * who is not linked yet is left to the writing transaction.
 */
#include "ms-directory-plan.h"

#include <string.h>

#include "ms-directory-history.h"
#include "ms-error.h"
#include "ms-filter.h"
#include "ms-text.h"
#include "ms-txn.h"

void
ms_directory_plan_free (MsDirectoryPlan *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->freed_names);
  g_hash_table_unref (self->freed_addresses);
  g_hash_table_unref (self->freed_aliases);
  g_hash_table_unref (self->addresses);
  g_array_unref (self->losses);
  g_ptr_array_unref (self->losers);
  g_hash_table_unref (self->aliases);
  g_hash_table_unref (self->awaited);
  g_hash_table_unref (self->left);
  g_ptr_array_unref (self->items);
  g_free (self);
}

/**
 * Planning:
 * @by_identity: (element-type utf8 MsDirectoryItem): all that have one
 * @leavers: (element-type MsDirectoryItem): until they are put before the others
 * @binned: (nullable): ms_directory_list_binned(), once somebody may come out of the bin
 * @has_several: some entry has several user names
 * @names: (element-type utf8 MsDirectoryPerson): where there are such, whose names are sure, by
 * ms_text_fold(); %NULL for somebody who left
 * @choosing: (element-type MsDirectoryItem): linked ones who are called by none of several;
 * @choosing_users: (element-type MsObject): they as they are here
 * @is_unsure: some entry has no identity: who seems to have left may be that one
 */
typedef struct
{
  MsService               *service;
  const MsDirectoryConfig *config;
  MsDirectoryPlan         *plan;
  GPtrArray               *persons;
  GHashTable              *by_identity;
  GPtrArray               *leavers;
  GHashTable              *binned;
  GHashTable              *names;
  GPtrArray               *choosing;
  GPtrArray               *choosing_users;
  gboolean                 has_several;
  gboolean                 is_unsure;
  MsDirectoryLiveFunc      live;
  gpointer                 live_data;
  MsWrite                  reading; /* that only looks */
} Planning;

/* Entries that are the same one ------------------------------------------------------------- */

static void
find_same (Planning *self)
{
  for (guint i = 0; i < self->persons->len; i++)
    {
      MsDirectoryPerson *person = self->persons->pdata[i];
      MsDirectoryItem   *item = g_new0 (MsDirectoryItem, 1);

      item->person = person;
      item->user_name
          = g_strdup (person->user_name != NULL ? person->user_name : person->said_name);
      g_ptr_array_add (self->plan->items, item);
      self->is_unsure = self->is_unsure || person->identity == NULL;
      if (person->identity != NULL)
        {
          MsDirectoryItem *other = g_hash_table_lookup (self->by_identity, person->identity);
          if (other != NULL)
            ms_directory_refuse_both (other->person, person, "identity", person->identity);
          else
            g_hash_table_insert (self->by_identity, person->identity, item);
        }
      self->has_several = self->has_several || person->user_names != NULL;
    }
  ms_directory_refuse_same_names (self->persons, FALSE);
  for (guint i = 0; self->has_several && i < self->persons->len; i++)
    {
      MsDirectoryPerson *person = self->persons->pdata[i];
      if (person->user_name != NULL && person->user_names == NULL)
        ms_directory_names_note (self->names, person->user_name, person);
    }
}

/* Users who are linked ---------------------------------------------------------------------- */

/* @mailbox: (out) (nullable) (transfer full) */
static gboolean
find_primary (Planning *self, const char *user_id, MsObject **mailbox, GError **error)
{
  g_autoptr (GError) failed = NULL;

  *mailbox = ms_write_find_primary (&self->reading, user_id, &failed);
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

static gboolean
differs (MsObject *before, MsObject *after)
{
  g_autoptr (GPtrArray) deltas = ms_delta_compute (before, after);

  return deltas->len > 0;
}

static gboolean
has_other_password (MsTxn                   *txn,
                    const MsDirectoryPerson *person,
                    const char              *user_id,
                    gboolean                *other,
                    GError                 **error)
{
  gboolean has_one = FALSE;
  gboolean keeps = FALSE;

  *other = FALSE;
  if (person->password_hash == NULL)
    return TRUE;
  if (!ms_directory_compare_password (txn, user_id, person->password_hash, other, &has_one, error))
    return FALSE;
  if (!*other || !has_one)
    return TRUE;
  if (!ms_directory_keeps_password (txn, user_id, &keeps, error))
    return FALSE;
  *other = !keeps;
  return TRUE;
}

static gboolean
compare_mailbox (Planning        *self,
                 MsTxn           *txn,
                 MsDirectoryItem *item,
                 MsDirectoryGroup group,
                 MsObject        *user,
                 GError         **error)
{
  MsDirectoryPerson *person = item->person;
  g_autoptr (MsObject) mailbox = NULL;
  g_autoptr (GHashTable) was_own = NULL;

  if (!ms_directory_find_mailbox (
          &self->reading, self->config, person, ms_object_get_id (user), &mailbox, error))
    return FALSE;
  if (mailbox == NULL)
    {
      ms_directory_plan_count_losses_of_mailbox (
          self->plan, self->config, group, person, ms_object_get_id (user), NULL, NULL, NULL);
      if (self->config->create_mailboxes && person->mailbox != NULL)
        ms_directory_plan_claim (self->plan, person, person->mailbox);
      item->is_settled
          = item->is_settled && (!self->config->create_mailboxes || person->mailbox == NULL);
      return TRUE;
    }
  if (ms_directory_person_drops_aliases (person, mailbox))
    {
      was_own = ms_directory_list_own_addresses (txn, ms_object_get_id (mailbox), error);
      if (was_own == NULL)
        return FALSE;
    }
  g_autoptr (MsObject) after = ms_object_copy (mailbox);
  ms_directory_person_prefer_mailbox (person, mailbox);
  ms_directory_person_set_mailbox (
      person, self->config, after, ms_object_get_label (user), was_own);
  item->is_settled = item->is_settled && !differs (mailbox, after)
                     && ms_object_get_boolean (mailbox, "primary", FALSE);
  ms_directory_plan_count_losses_of_mailbox (
      self->plan, self->config, group, person, ms_object_get_id (user), was_own, mailbox, after);
  g_autofree char *address = g_strdup_printf (
      "%s@%s", ms_object_get_label (after), ms_object_get_string (after, "domain"));
  ms_directory_plan_claim (self->plan, person, address);
  ms_directory_plan_note_freed_aliases (self->plan, item, mailbox, after);
  if (g_strcmp0 (ms_object_get_label (mailbox), ms_object_get_label (after)) != 0
      || g_strcmp0 (ms_object_get_string (mailbox, "domain"),
                    ms_object_get_string (after, "domain"))
             != 0)
    ms_directory_plan_note_freed_address (
        self->plan, item, ms_object_get_string (mailbox, "address"));
  else
    ms_directory_plan_keep_address (self->plan, person, address);
  return TRUE;
}

static gboolean
compare_active (MsTxn *txn, MsDirectoryItem *item, MsObject *user, GError **error)
{
  gboolean is_active = ms_object_get_boolean (user, "active", TRUE);
  gboolean ours = FALSE;

  if (is_active == item->person->is_active)
    return TRUE;
  if (!is_active && !ms_directory_was_disabled (txn, item->user_id, &ours, error))
    return FALSE;
  item->is_settled = item->is_settled && !is_active && !ours;
  return TRUE;
}

/* Most users are as they were, and need no writing transaction. */
static gboolean
compare (Planning *self, MsTxn *txn, MsDirectoryItem *item, MsObject *user, GError **error)
{
  g_autoptr (MsObject) after = ms_object_copy (user);
  gboolean other_password;

  ms_directory_person_prefer_user (item->person, self->config, user);
  ms_directory_person_set_user (item->person, self->config, after);
  item->is_settled = !differs (user, after);
  ms_directory_plan_count_losses (
      self->plan, self->config, MS_DIRECTORY_LINKED, item->person, user, after);
  g_autofree char *before_key = ms_text_fold (ms_object_get_label (user));
  g_autofree char *after_key = ms_text_fold (ms_object_get_label (after));
  if (strcmp (before_key, after_key) != 0)
    ms_directory_plan_note_freed_name (self->plan, item, ms_object_get_label (user));
  if (!compare_active (txn, item, user, error)
      || !has_other_password (txn, item->person, item->user_id, &other_password, error))
    return FALSE;
  item->is_settled = item->is_settled && !other_password;
  return compare_mailbox (self, txn, item, MS_DIRECTORY_LINKED, user, error);
}

static gboolean
add_leaver (Planning *self, MsObject *user, const char *identity, gboolean active, GError **error)
{
  MsDirectoryItem *item = g_new0 (MsDirectoryItem, 1);
  g_autoptr (MsObject) mailbox = NULL;

  item->user_id = g_strdup (ms_object_get_id (user));
  item->identity = g_strdup (identity);
  item->user_name = g_strdup (ms_object_get_label (user));
  g_ptr_array_add (self->leavers, item);
  if (self->has_several && (self->config->leavers != MS_LEAVERS_DELETE || self->is_unsure))
    ms_directory_names_note (self->names, item->user_name, NULL);
  if (self->config->leavers != MS_LEAVERS_KEEP && !self->is_unsure)
    g_hash_table_insert (self->plan->left, item->user_id, item);
  item->is_settled = self->config->leavers == MS_LEAVERS_KEEP
                     || (self->config->leavers == MS_LEAVERS_DISABLE && !active);
  if (item->is_settled)
    return TRUE;
  if (self->is_unsure)
    {
      ms_error_set (&item->problem,
                    MS_ERROR_CONFLICT,
                    NULL,
                    "identity",
                    "No entry has the identity %s, but some have none at all: nobody leaves as "
                    "long as it is not sure who did",
                    identity);
      return TRUE;
    }
  self->plan->leaving.losing[MS_DIRECTORY_LINKED]++;
  if (self->config->leavers != MS_LEAVERS_DELETE)
    return TRUE;
  self->plan->leaving.having[MS_DIRECTORY_LINKED] += active ? 0 : 1;
  ms_directory_plan_note_freed_name (self->plan, item, item->user_name);
  if (!find_primary (self, item->user_id, &mailbox, error))
    return FALSE;
  if (mailbox != NULL)
    ms_directory_plan_note_freed_address (
        self->plan, item, ms_object_get_string (mailbox, "address"));
  return TRUE;
}

/* Whatever else is wrong with an entry, whose it is may be certain. */
static gboolean
is_certain (const MsDirectoryPerson *person)
{
  return person->problem == NULL
         || g_strcmp0 (ms_error_get_path (person->problem), "identity") != 0;
}

static gboolean
meet_user (Planning *self, MsTxn *txn, MsObject *user, GError **error)
{
  g_autofree char *identity = ms_directory_get_identity (user, self->config->client);
  gboolean         active = ms_object_get_boolean (user, "active", TRUE);
  MsDirectoryItem *item
      = identity != NULL ? g_hash_table_lookup (self->by_identity, identity) : NULL;

  if (identity == NULL)
    return TRUE;
  self->plan->leaving.having[MS_DIRECTORY_LINKED] += active ? 1 : 0;
  if (item == NULL)
    return add_leaver (self, user, identity, active, error);
  if (item->user_id != NULL)
    {
      ms_directory_person_refuse (item->person,
                                  "identity",
                                  MS_DIRECTORY_LINKED_TWICE,
                                  item->user_name,
                                  ms_object_get_label (user));
      return TRUE;
    }
  item->user_id = g_strdup (ms_object_get_id (user));
  g_free (item->user_name);
  item->user_name = g_strdup (ms_object_get_label (user));
  if (active && !item->person->is_active && is_certain (item->person))
    self->plan->leaving.losing[MS_DIRECTORY_LINKED]++;
  gboolean is_called_so = item->person->user_names != NULL
                          && ms_directory_names_has_own (item->person, item->user_name);
  if (self->has_several && (item->person->problem != NULL || is_called_so))
    ms_directory_names_note (self->names, item->user_name, item->person);
  if (item->person->problem != NULL)
    return TRUE;
  if (item->person->user_names == NULL || is_called_so)
    return compare (self, txn, item, user, error);
  g_ptr_array_add (self->choosing, item);
  g_ptr_array_add (self->choosing_users, ms_object_ref (user));
  return TRUE;
}

static gboolean
choose_name (Planning *self, MsTxn *txn, MsDirectoryItem *item, GError **error)
{
  if (!ms_directory_names_choose (
          self->names, item->person, self->config, txn, &self->service->types, error))
    return FALSE;
  if (item->user_id != NULL)
    return TRUE;
  g_free (item->user_name);
  item->user_name = g_strdup (item->person->user_name);
  return TRUE;
}

/* Once it is known what the others are called. Of these themselves none is preferred; but to those
 * who are not here yet they are. */
static gboolean
choose_names (Planning *self, MsTxn *txn, GError **error)
{
  for (guint i = 0; i < self->choosing->len; i++)
    if (!choose_name (self, txn, self->choosing->pdata[i], error)
        || !self->live (self->live_data, error))
      return FALSE;
  for (guint i = 0; i < self->choosing->len; i++)
    {
      MsDirectoryItem *item = self->choosing->pdata[i];
      gboolean         is_refused = item->person->problem != NULL;
      ms_directory_names_note (
          self->names, is_refused ? item->user_name : item->person->user_name, item->person);
      if ((!is_refused && !compare (self, txn, item, self->choosing_users->pdata[i], error))
          || !self->live (self->live_data, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
meet_users (Planning *self, MsTxn *txn, GError **error)
{
  g_autofree char *quoted = ms_filter_quote (self->config->client);
  g_autofree char *text = g_strdup_printf ("externalIds.client eq %s", quoted);
  g_autoptr (MsFilter) filter = ms_filter_parse (self->service->types.user, text, error);
  MsQuery query = { .type = self->service->types.user, .filter = filter, .count = G_MAXINT64 };
  gint64  total = 0;

  if (filter == NULL)
    return FALSE;
  g_autoptr (GArray) rows = ms_txn_query_rows (txn, &query, &total, error);
  for (guint i = 0; rows != NULL && i < rows->len; i++)
    {
      g_autoptr (MsObject) user = ms_txn_get_row (txn, g_array_index (rows, gint64, i), error);
      if (user == NULL || !meet_user (self, txn, user, error)
          || !self->live (self->live_data, error))
        return FALSE;
    }
  return rows != NULL;
}

/* Who is not linked yet --------------------------------------------------------------------- */

/* Taking over may put out and take away as much as any other run. */
static gboolean
meet_adopted (Planning *self, MsTxn *txn, MsDirectoryItem *item, MsObject *user, GError **error)
{
  MsDirectoryPerson *person = item->person;
  gboolean           active = ms_object_get_boolean (user, "active", TRUE);
  MsDirectoryTally  *leaving = &self->plan->leaving;
  g_autoptr (MsObject) after = ms_object_copy (user);

  leaving->having[MS_DIRECTORY_ADOPTED] += active ? 1 : 0;
  leaving->losing[MS_DIRECTORY_ADOPTED] += active && !person->is_active ? 1 : 0;
  ms_directory_person_prefer_user (person, self->config, user);
  ms_directory_person_set_user (person, self->config, after);
  ms_directory_plan_count_losses (
      self->plan, self->config, MS_DIRECTORY_ADOPTED, person, user, after);
  return compare_mailbox (self, txn, item, MS_DIRECTORY_ADOPTED, user, error);
}

static gboolean
find_adopted_by (Planning   *self,
                 MsTxn      *txn,
                 const char *name,
                 MsObject  **user,
                 gboolean   *is_here,
                 GError    **error)
{
  const char *why = NULL;
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) found
             = ms_txn_find_object (txn, self->service->types.user, "userName", name, &failed);

  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  *is_here = *is_here || found != NULL;
  if (found != NULL
      && !ms_directory_find_adoption_bar (
          &self->service->types, txn, self->config, found, &why, error))
    return FALSE;
  *user = why == NULL ? g_steal_pointer (&found) : NULL;
  return TRUE;
}

/* Who is here by the name, or by one of several, and may be taken over. @user: (out) (nullable)
 * (transfer full). @is_here: (out): somebody is called so */
static gboolean
find_adopted (Planning        *self,
              MsTxn           *txn,
              MsDirectoryItem *item,
              MsObject       **user,
              gboolean        *is_here,
              GError         **error)
{
  MsDirectoryPerson *person = item->person;
  char *const        one[] = { person->user_name, NULL };
  char *const       *names = person->user_names != NULL ? person->user_names : one;

  *is_here = FALSE;
  *user = NULL;
  for (guint i = 0; *user == NULL && names[i] != NULL; i++)
    if (!find_adopted_by (self, txn, names[i], user, is_here, error))
      return FALSE;
  return TRUE;
}

/* Who is disabled there stays in the bin, so it is not looked through for them. */
static gboolean
find_binned (Planning *self, MsTxn *txn, MsDirectoryItem *item, GError **error)
{
  if (self->binned == NULL)
    self->binned = ms_directory_list_binned (
        &self->service->types, txn, self->config->client, self->live, self->live_data, error);
  if (self->binned != NULL)
    item->binned_id = g_strdup (g_hash_table_lookup (self->binned, item->person->identity));
  return self->binned != NULL;
}

/* Somebody who is disabled there and was never here is not made. */
static gboolean
meet_stranger (Planning *self, MsTxn *txn, MsDirectoryItem *item, GError **error)
{
  MsDirectoryPerson *person = item->person;
  gboolean           is_here = TRUE;
  g_autoptr (MsObject) user = NULL;

  if (person->user_names != NULL && !choose_name (self, txn, item, error))
    return FALSE;
  if (person->problem != NULL)
    return TRUE;
  if (person->is_active && !find_binned (self, txn, item, error))
    return FALSE;
  /* Who comes out of the bin is not taken over, and leaves nothing. */
  if ((!person->is_active || (item->binned_id == NULL && self->config->adopt))
      && !find_adopted (self, txn, item, &user, &is_here, error))
    return FALSE;
  if (user != NULL)
    return meet_adopted (self, txn, item, user, error);
  /* Who gets no mailbox takes no address from anybody. */
  if (person->is_active && (self->config->create_mailboxes || item->binned_id != NULL))
    ms_directory_plan_claim (self->plan, person, person->mailbox);
  item->is_settled = !is_here && !person->is_active;
  if (item->is_settled)
    item->remark = g_strdup (MS_DIRECTORY_NOT_MADE);
  return TRUE;
}

static gboolean
meet_strangers (Planning *self, MsTxn *txn, GError **error)
{
  for (guint i = 0; i < self->plan->items->len; i++)
    {
      MsDirectoryItem *item = self->plan->items->pdata[i];
      if (item->user_id != NULL || item->person->problem != NULL)
        continue;
      if (!meet_stranger (self, txn, item, error) || !self->live (self->live_data, error))
        return FALSE;
    }
  return TRUE;
}

/* All --------------------------------------------------------------------------------------- */

static gboolean
plan_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Planning *self = user_data;

  self->reading.txn = txn;
  if (!ms_directory_spell_persons (self->persons, txn, &self->service->types, error)
      || !meet_users (self, txn, error) || !choose_names (self, txn, error)
      || !meet_strangers (self, txn, error))
    return FALSE;
  if (self->has_several)
    ms_directory_refuse_same_names (self->persons, TRUE);
  if (!ms_directory_plan_spare_refused (
          self->plan, &self->service->types, txn, self->config, self->live, self->live_data, error))
    return FALSE;
  for (guint i = 0; i < self->plan->items->len; i++)
    {
      MsDirectoryItem *item = self->plan->items->pdata[i];
      if (!ms_directory_plan_await (self->plan, self->config, &self->reading, item, error)
          || !self->live (self->live_data, error))
        return FALSE;
      if (item->person->problem == NULL)
        continue;
      item->problem = g_error_copy (item->person->problem);
      item->is_put_out
          = item->user_id != NULL && !item->person->is_active && is_certain (item->person);
    }
  return TRUE;
}

/* Puts those who left before the others. */
static void
join (Planning *self)
{
  GPtrArray *items = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_directory_item_free);

  g_ptr_array_extend_and_steal (items, g_steal_pointer (&self->leavers));
  g_ptr_array_extend_and_steal (items, g_steal_pointer (&self->plan->items));
  self->plan->items = items;
}

MsDirectoryPlan *
ms_directory_plan_new (MsService               *service,
                       const MsDirectoryConfig *config,
                       GPtrArray               *persons,
                       MsDirectoryLiveFunc      live,
                       gpointer                 live_data,
                       GCancellable            *cancellable,
                       GError                 **error)
{
  MsDirectoryPlan *plan = g_new0 (MsDirectoryPlan, 1);
  g_autoptr (GHashTable) by_identity = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) choosing = g_ptr_array_new ();
  g_autoptr (GPtrArray) choosing_users
             = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_object_unref);
  Planning self = { .service = service,
                    .config = config,
                    .plan = plan,
                    .persons = persons,
                    .by_identity = by_identity,
                    .names = names,
                    .choosing = choosing,
                    .choosing_users = choosing_users,
                    .live = live,
                    .live_data = live_data };

  plan->items = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_directory_item_free);
  plan->freed_names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  plan->freed_addresses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  plan->freed_aliases = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  plan->losses = ms_directory_plan_make_losses (config);
  plan->losers = ms_directory_plan_make_losers ();
  plan->addresses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  plan->aliases = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  plan->awaited = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  plan->left = g_hash_table_new (g_str_hash, g_str_equal);
  self.leavers = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_directory_item_free);
  ms_write_init (&self.reading, service, NULL, NULL);
  find_same (&self);
  gboolean done = ms_store_read (service->store, plan_in_txn, &self, cancellable, error);
  ms_write_clear (&self.reading);
  g_clear_pointer (&self.binned, g_hash_table_unref);
  join (&self);
  if (done)
    ms_directory_plan_find_circles (plan);
  else
    g_clear_pointer (&plan, ms_directory_plan_free);
  return plan;
}
