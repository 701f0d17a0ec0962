/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One entry: whose it is, and what becomes of that user and mailbox.
 */
#include "ms-directory-apply.h"

#include <string.h>

#include "ms-bin.h"
#include "ms-change-note.h"
#include "ms-directory-history.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-rules.h"
#include "ms-text.h"
#include "ms-txn.h"
#include "ms-write.h"

#define PASSWORD_HASH MS_URN_EXT_USER ":passwordHash"
#define ROLE MS_URN_EXT_USER ":role"
/* Users whom other clients call the same. */
#define MAX_SAME_VALUE 1000

/**
 * Account: one entry at work
 * @user: (nullable): as stored before
 * @is_back: out of the bin, or enabled again
 * @is_restored: they, or their mailbox, out of the bin
 * @is_mailbox_back: the mailbox alone
 */
typedef struct
{
  MsDirectoryApply        *apply;
  const MsDirectoryItem   *item;
  const MsDirectoryPerson *person;
  MsDirectoryOutcome      *outcome;
  MsObject                *user;
  gboolean                 is_back;
  gboolean                 is_restored;
  gboolean                 is_mailbox_back;
  gboolean                 is_adopted;
} Account;

static MsWrite *
get_write (Account *self)
{
  return &self->apply->write;
}

/* What is told of it though it was done. */
static void
remark (Account *self, const char *text)
{
  ms_directory_outcome_remark (self->outcome, "%s", text);
}

/* Who it is --------------------------------------------------------------------------------- */

/* Somebody may have been linked since the plan was made. */
static gboolean
find_linked (Account *self, GError **error)
{
  const MsDirectoryConfig *config = self->apply->config;
  g_autoptr (GPtrArray) found = NULL;
  g_autofree char *identity = ms_filter_quote (self->person->identity);

  if (self->item->user_id != NULL)
    {
      if (!ms_txn_look_up (get_write (self)->txn,
                           self->apply->service->types.user,
                           self->item->user_id,
                           &self->user,
                           error))
        return FALSE;
      g_autofree char *now
          = self->user != NULL ? ms_directory_get_identity (self->user, config->client) : NULL;
      if (g_strcmp0 (now, self->person->identity) == 0)
        return TRUE;
      g_clear_pointer (&self->user, ms_object_unref);
    }
  /* By the value alone, which few have, and not by the client too, which all of the directory do.
   */
  if (!ms_write_query (get_write (self),
                       self->apply->service->types.user,
                       MAX_SAME_VALUE,
                       &found,
                       NULL,
                       error,
                       "externalIds.value eq %s",
                       identity))
    return FALSE;
  for (guint i = 0; i < found->len; i++)
    {
      g_autofree char *own = ms_directory_get_identity (found->pdata[i], config->client);
      if (g_strcmp0 (own, self->person->identity) != 0)
        continue;
      if (self->user != NULL)
        {
          ms_error_set (error,
                        MS_ERROR_CONFLICT,
                        "uniqueness",
                        "identity",
                        MS_DIRECTORY_LINKED_TWICE,
                        ms_object_get_label (self->user),
                        ms_object_get_label (found->pdata[i]));
          return FALSE;
        }
      self->user = ms_object_ref (found->pdata[i]);
    }
  return TRUE;
}

static gboolean
check_adoptable (Account *self, MsObject *user, GError **error)
{
  const char *why = NULL;

  if (!ms_directory_find_adoption_bar (&self->apply->service->types,
                                       get_write (self)->txn,
                                       self->apply->config,
                                       user,
                                       &why,
                                       error))
    return FALSE;
  if (why == NULL)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                "uniqueness",
                "userName",
                "%s is here already and %s",
                ms_object_get_label (user),
                why);
  return FALSE;
}

/* Whoever is called so now will be called otherwise. */
static gboolean
gives_up_name (Account *self, MsObject *user)
{
  g_autofree char       *key = ms_text_fold (self->person->user_name);
  const MsDirectoryItem *item
      = self->apply->foretells ? g_hash_table_lookup (self->apply->plan->freed_names, key) : NULL;

  return item != NULL && g_strcmp0 (item->user_id, ms_object_get_id (user)) == 0;
}

static gboolean
find_by_name (Account *self, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) user = ms_txn_find_object (get_write (self)->txn,
                                                  self->apply->service->types.user,
                                                  "userName",
                                                  self->person->user_name,
                                                  &failed);

  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (user == NULL || gives_up_name (self, user))
    return TRUE;
  if (!check_adoptable (self, user, error))
    return FALSE;
  self->user = g_steal_pointer (&user);
  self->is_adopted = TRUE;
  remark (self, "Taken over by the user name");
  return TRUE;
}

static gboolean
restore (Account *self, GError **error)
{
  if (!ms_directory_return (self->apply, self->item, self->outcome, &self->user, error))
    return FALSE;
  self->is_back = self->is_restored = TRUE;
  return TRUE;
}

static gboolean
is_still_binned (Account *self, gboolean *binned, GError **error)
{
  g_autoptr (MsObject) object = NULL;

  *binned = FALSE;
  if (self->item->binned_id == NULL)
    return TRUE;
  if (!ms_bin_look_up (get_write (self)->txn, self->item->binned_id, &object, error))
    return FALSE;
  *binned = object != NULL;
  return TRUE;
}

static gboolean
find_user (Account *self, GError **error)
{
  gboolean binned;

  if (!find_linked (self, error))
    return FALSE;
  if (self->user != NULL)
    return TRUE;
  if (!is_still_binned (self, &binned, error))
    return FALSE;
  return binned ? restore (self, error) : find_by_name (self, error);
}

/* Addresses --------------------------------------------------------------------------------- */

/* What @wanted (inout) is to have and did not have is nobody else's then. @before: as stored, or
 * without anything for a new one */
static gboolean
give_addresses (Account *self, MsObject *before, JsonObject *wanted, GError **error)
{
  /* What comes out of the bin with the mailbox may be somebody else's by now. */
  gboolean         is_new = self->is_restored;
  JsonArray       *known = is_new ? NULL : ms_rules_get_array (before, "aliases");
  JsonArray       *aliases = ms_json_get_array (wanted, "aliases");
  const char      *old = ms_object_get_string (before, "address");
  g_autofree char *address
      = g_strdup_printf ("%s@%s",
                         json_object_get_string_member_with_default (wanted, "name", ""),
                         json_object_get_string_member_with_default (wanted, "domain", ""));

  if ((is_new || old == NULL || g_strcmp0 (old, address) != 0)
      && !ms_directory_free_address (
          self->apply, self->person, before, address, self->outcome, error))
    return FALSE;
  if (is_new && !ms_rules_check_is_free (get_write (self), before, address, "address", error))
    return FALSE;
  g_autoptr (JsonArray) picked = ms_directory_pick_aliases (
      self->apply, self->person, before, known, aliases, self->outcome, error);
  if (picked == NULL)
    return FALSE;
  if (aliases == NULL || json_array_get_length (picked) == json_array_get_length (aliases))
    return TRUE;
  ms_directory_set_aliases (wanted, g_steal_pointer (&picked));
  return TRUE;
}

/* A new one --------------------------------------------------------------------------------- */

/* (transfer full) (nullable): it gets none */
static JsonObject *
make_mailbox_json (Account *self)
{
  const MsDirectoryConfig *config = self->apply->config;
  const char              *address = self->person->mailbox;

  if (!config->create_mailboxes || address == NULL)
    return NULL;
  JsonObject      *json = json_object_new ();
  const char      *at = strrchr (address, '@');
  g_autofree char *name = g_strndup (address, (gsize) (at - address));
  json_object_set_string_member (json, "name", name);
  json_object_set_string_member (json, "domain", at + 1);
  if (self->person->aliases != NULL)
    {
      JsonArray *aliases = json_array_new ();
      for (guint i = 0; self->person->aliases[i] != NULL; i++)
        json_array_add_string_element (aliases, self->person->aliases[i]);
      json_object_set_array_member (json, "aliases", aliases);
    }
  if (config->quota != NULL && self->person->quota >= 0)
    json_object_set_int_member (json, "quota", self->person->quota);
  if (config->group_id != NULL)
    {
      JsonObject *group = json_object_new ();
      json_object_set_string_member (group, "value", config->group_id);
      json_object_set_object_member (json, "group", group);
    }
  return json;
}

static gboolean
give_to_new (Account *self, JsonObject *mailbox_json, GError **error)
{
  g_autoptr (MsObject) nothing
             = ms_object_new (self->apply->service->types.mailbox, NULL, json_object_new ());

  return give_addresses (self, nothing, mailbox_json, error);
}

/* (nullable): whom the template makes somebody of is no exception: see check_password() */
static const char *
get_first_password (Account *self)
{
  MsObject *template = self->apply->template;
  const char *role = template != NULL ? ms_object_get_string (template, "role") : NULL;

  if (self->person->password_hash == NULL || ms_role_from_string (role) == MS_ROLE_NONE)
    return self->person->password_hash;
  remark (self, "Who has a role gets no password of the directory");
  return NULL;
}

static gboolean
create (Account *self, GError **error)
{
  const MsResourceType *type = self->apply->service->types.user;
  g_autoptr (MsObject) nothing = ms_object_new (type, NULL, json_object_new ());
  g_autoptr (MsObject) wanted = ms_object_copy (nothing);
  g_autoptr (MsObject) user = NULL;
  g_autoptr (MsObject) mailbox = NULL;
  g_autoptr (JsonObject) mailbox_json = make_mailbox_json (self);

  if (!self->person->is_active)
    {
      remark (self, MS_DIRECTORY_NOT_MADE);
      return TRUE;
    }
  ms_directory_person_set_user (self->person, self->apply->config, wanted);
  const char *password_hash = get_first_password (self);
  MsAccount   account = { .user = ms_object_get_attributes (wanted),
                          .mailbox = mailbox_json,
                          .user_template = self->apply->template,
                          .mailbox_template = self->apply->template,
                          .password_hash = password_hash };
  self->outcome->status = MS_DIRECTORY_CREATE;
  if (mailbox_json != NULL && !give_to_new (self, mailbox_json, error))
    return FALSE;
  if (!ms_write_create_account (get_write (self), &account, &user, &mailbox, NULL, error))
    return FALSE;
  ms_directory_outcome_note_user (self->outcome, nothing, wanted);
  if (password_hash != NULL)
    ms_change_note_add_secret (self->outcome->changes, "passwordHash");
  if (mailbox != NULL)
    ms_directory_outcome_note_mailbox (self->outcome, NULL, mailbox);
  return TRUE;
}

/* One who is here --------------------------------------------------------------------------- */

/* Whether the password may become another. Who has a role keeps the one that was set here, or none:
 * whoever can write to the directory must not become an administrator by that. Who was here before
 * keeps theirs (@has_one), which nobody could bring back. */
static gboolean
check_password (Account *self, gboolean has_one, gboolean *may, GError **error)
{
  const char *id = ms_object_get_id (self->user);
  gboolean    keeps = FALSE;

  if (ms_role_from_string (ms_object_get_string (self->user, ROLE)) != MS_ROLE_NONE)
    remark (self, "Who has a role keeps the password that was set here");
  else if (!has_one)
    return TRUE;
  else if (!ms_directory_keeps_password (get_write (self)->txn, id, &keeps, error))
    return FALSE;
  else if (keeps)
    remark (self, "The password that was here before is kept");
  else
    return TRUE;
  *may = FALSE;
  return TRUE;
}

/* Whether the hash of the password is to be another. */
static gboolean
wants_password (Account *self, gboolean *wants, GError **error)
{
  gboolean has_one = FALSE;

  *wants = FALSE;
  return self->person->password_hash == NULL
         || (ms_directory_compare_password (get_write (self)->txn,
                                            ms_object_get_id (self->user),
                                            self->person->password_hash,
                                            wants,
                                            &has_one,
                                            error)
             && (!*wants || check_password (self, has_one, wants, error)));
}

/* Who was disabled here by somebody stays so; who was by a run comes back. */
static gboolean
set_active (Account *self, MsObject *after, GError **error)
{
  gboolean is_active = ms_object_get_boolean (self->user, "active", TRUE);
  gboolean ours = FALSE;

  if (is_active == self->person->is_active)
    return TRUE;
  if (is_active && !ms_directory_check_not_actor (self->apply, self->user, error))
    return FALSE;
  if (!is_active
      && !ms_directory_was_disabled (
          get_write (self)->txn, ms_object_get_id (self->user), &ours, error))
    return FALSE;
  if (is_active || ours)
    ms_object_set_boolean (after, "active", self->person->is_active);
  self->is_back = self->is_back || (!is_active && ours);
  return TRUE;
}

static gboolean
update_user (Account *self, MsObject **after, gboolean *changed, GError **error)
{
  g_autoptr (MsObject) wanted = ms_object_copy (self->user);
  gboolean with_password;

  ms_directory_person_prefer_user (self->item->person, self->apply->config, self->user);
  /* What is left is known to lead nowhere: nobody is of two directories, should one come back. */
  if (self->is_adopted)
    ms_directory_drop_links (wanted);
  ms_directory_person_set_user (self->person, self->apply->config, wanted);
  if (!set_active (self, wanted, error) || !wants_password (self, &with_password, error))
    return FALSE;
  g_autoptr (MsEdit) edit = ms_write_wrap (wanted);
  if (with_password)
    g_hash_table_insert (
        edit->secrets, g_strdup (PASSWORD_HASH), g_strdup (self->person->password_hash));
  *after = ms_write_update (get_write (self), self->user, edit, changed, error);
  if (*after == NULL)
    return FALSE;
  ms_directory_outcome_note_user (self->outcome, self->user, *after);
  if (with_password)
    ms_change_note_add_secret (self->outcome->changes, "passwordHash");
  return TRUE;
}

static gboolean
make_mailbox (Account *self, MsObject *user, gboolean *changed, GError **error)
{
  g_autoptr (JsonObject) json = make_mailbox_json (self);
  g_autoptr (JsonObject) nothing = json_object_new ();
  g_autoptr (GError) failed = NULL;
  gboolean made = FALSE;

  if (json == NULL)
    return TRUE;
  if (!give_to_new (self, json, error))
    return FALSE;
  MsAccount account
      = { .user = nothing, .mailbox = json, .mailbox_template = self->apply->template };
  if (!ms_write_update_account (get_write (self), &account, user, NULL, &made, error))
    return FALSE;
  g_autoptr (MsObject) mailbox
             = ms_write_find_primary (get_write (self), ms_object_get_id (user), &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (mailbox != NULL)
    ms_directory_outcome_note_mailbox (self->outcome, NULL, mailbox);
  *changed = TRUE;
  return TRUE;
}

/* Whether the address that @mailbox has had until now becomes an alias of it. @keeps: (out) */
static gboolean
ask_keeps (Account *self, MsObject *mailbox, MsObject *wanted, gboolean *keeps, GError **error)
{
  const char      *old = ms_object_get_string (mailbox, "address");
  g_autofree char *address = g_strdup_printf (
      "%s@%s", ms_object_get_label (wanted), ms_object_get_string (wanted, "domain"));
  g_autoptr (GError) taken = NULL;

  if (!ms_directory_find_kept (
          self->apply, self->person, mailbox, address, self->outcome, keeps, error))
    return FALSE;
  if (!*keeps || !self->is_restored || g_strcmp0 (old, address) == 0
      || ms_rules_check_is_free (get_write (self), mailbox, old, "aliases", &taken))
    return TRUE;
  *keeps = FALSE;
  return ms_directory_leave_out (self->outcome, "Not kept as an alias", &taken, error);
}

/* @mailbox: (out) (nullable) (transfer full): they are to get a new one, if any */
static gboolean
find_mailbox (Account *self, const char *user_id, MsObject **mailbox, GError **error)
{
  if (!ms_directory_find_mailbox (
          get_write (self), self->apply->config, self->person, user_id, mailbox, error))
    return FALSE;
  if (*mailbox != NULL)
    return TRUE;
  if (!ms_directory_bring_mailbox (self->apply, self->item, user_id, self->outcome, mailbox, error))
    return FALSE;
  self->is_mailbox_back = *mailbox != NULL;
  self->is_restored = self->is_restored || self->is_mailbox_back;
  return TRUE;
}

static gboolean
update_mailbox (Account *self, MsObject *user, gboolean *changed, GError **error)
{
  g_autoptr (GHashTable) was_own = NULL;
  g_autoptr (MsObject) mailbox = NULL;
  gboolean did_change = FALSE;

  if (!find_mailbox (self, ms_object_get_id (user), &mailbox, error))
    return FALSE;
  ms_directory_person_prefer_mailbox (self->item->person, mailbox);
  if (mailbox == NULL)
    return make_mailbox (self, user, changed, error);
  if (ms_directory_person_drops_aliases (self->person, mailbox))
    {
      was_own = ms_directory_list_own_addresses (
          get_write (self)->txn, ms_object_get_id (mailbox), error);
      if (was_own == NULL)
        return FALSE;
    }
  g_autoptr (MsObject) wanted = ms_object_copy (mailbox);
  ms_directory_person_set_mailbox (
      self->person, self->apply->config, wanted, ms_object_get_label (self->user), was_own);
  if (!ms_object_get_boolean (mailbox, "primary", FALSE))
    {
      ms_object_set_boolean (wanted, "primary", TRUE);
      ms_directory_outcome_remark (self->outcome,
                                   "Their mailbox %s becomes the primary one",
                                   ms_object_get_string (mailbox, "address"));
    }
  if (!give_addresses (self, mailbox, ms_object_get_attributes (wanted), error))
    return FALSE;
  if (!ask_keeps (self, mailbox, wanted, &get_write (self)->keep_address, error))
    return FALSE;
  g_autoptr (MsObject) after
             = ms_write_update_object (get_write (self), mailbox, wanted, &did_change, error);
  get_write (self)->keep_address = TRUE;
  if (after == NULL)
    return FALSE;
  ms_directory_outcome_note_mailbox (self->outcome, self->is_mailbox_back ? NULL : mailbox, after);
  *changed |= did_change || self->is_mailbox_back;
  return TRUE;
}

static MsDirectoryStatus
tell_status (Account *self, MsObject *after, gboolean changed)
{
  gboolean was_active = ms_object_get_boolean (self->user, "active", TRUE);

  if (!changed && !self->is_back)
    return MS_DIRECTORY_UNCHANGED;
  if (self->is_back)
    return MS_DIRECTORY_ENABLE;
  if (was_active && !ms_object_get_boolean (after, "active", TRUE))
    return MS_DIRECTORY_DISABLE;
  return g_strcmp0 (ms_object_get_label (self->user), ms_object_get_label (after)) != 0
             ? MS_DIRECTORY_RENAME
             : MS_DIRECTORY_UPDATE;
}

static gboolean
update (Account *self, GError **error)
{
  g_autoptr (MsObject) after = NULL;
  gboolean changed = FALSE;

  if (!update_user (self, &after, &changed, error)
      || !update_mailbox (self, after, &changed, error))
    return FALSE;
  self->outcome->status = tell_status (self, after, changed);
  return TRUE;
}

gboolean
ms_directory_apply_person (MsDirectoryApply      *self,
                           const MsDirectoryItem *item,
                           MsDirectoryOutcome    *outcome,
                           GError               **error)
{
  Account account = { .apply = self, .item = item, .person = item->person, .outcome = outcome };

  if (item->person->warning != NULL)
    remark (&account, item->person->warning);
  gboolean done = find_user (&account, error)
                  && (account.user != NULL ? update (&account, error) : create (&account, error));
  g_clear_pointer (&account.user, ms_object_unref);
  return done;
}
