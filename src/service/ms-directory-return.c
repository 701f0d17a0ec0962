/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who left, was put into the bin by a run and is in the directory again: out of it, with the
 * mailboxes. Under the name and the address of before; where somebody has those by now, under those
 * that the directory says. What else somebody has stays in the bin and is told of: nobody shares an
 * address by coming back.
 *
 * The addresses of the primary mailbox are looked at where it gets what the directory says.
 */
#include "ms-directory-apply.h"

#include <string.h>

#include "ms-bin.h"
#include "ms-change-note.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-rules.h"
#include "ms-text.h"
#include "ms-txn.h"

/* The name, the address and each of the other mailboxes may be found out one after the other. */
#define MAX_ATTEMPTS 100

/**
 * Return: one who comes back, or a mailbox of theirs
 * @id: of the user, or of the mailbox
 * @owner_id: (nullable): whose that is
 * @terms: how
 * @old_name, @old_address: (nullable): what they, or their primary mailbox, are not called any more
 * @why: (nullable): why that address could not come back
 * @stays: (element-type utf8): what is told of the mailboxes that are left, of all attempts
 * @remarks: (element-type utf8): and of the rest, of this attempt
 * @again: it is to be done once more, with other terms
 */
typedef struct
{
  MsDirectoryApply        *apply;
  const MsDirectoryItem   *item;
  const MsDirectoryPerson *person;
  const char              *id;
  const char              *owner_id;
  MsBinTerms               terms;
  char                    *old_name;
  char                    *old_address;
  char                    *why;
  GPtrArray               *stays;
  GPtrArray               *remarks;
  MsObject                *found;
  gboolean                 again;
} Return;

static const char *
get_text (JsonObject *object, const char *name)
{
  return json_object_get_string_member_with_default (object, name, NULL);
}

static gboolean
try_again (Return *self, GError **error)
{
  self->again = TRUE;
  ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "Otherwise, then");
  return FALSE;
}

/* What is in the way has a name. @path: of what it is about */
static gboolean
refuse (const char *path, const char *what, const char *reason, GError **error)
{
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                "uniqueness",
                path,
                "%s is in the bin and cannot come back: %s",
                what,
                reason);
  return FALSE;
}

/* The user ---------------------------------------------------------------------------------- */

/* (nullable): the entry of @refused about the object @id as a whole, or any about it */
static JsonObject *
find_refused (JsonArray *refused, const char *id)
{
  for (guint i = 0; i < json_array_get_length (refused); i++)
    if (g_strcmp0 (get_text (json_array_get_object_element (refused, i), "id"), id) == 0)
      return json_array_get_object_element (refused, i);
  return NULL;
}

/* The user is in the bin still: perhaps the name is somebody's. */
static gboolean
rename_user (Return *self, JsonArray *refused, GError **error)
{
  const char *id = self->item->binned_id;
  g_autoptr (MsObject) binned = NULL;

  if (!ms_bin_look_up (self->apply->write.txn, id, &binned, error))
    return FALSE;
  const char      *label = binned != NULL ? ms_object_get_label (binned) : "";
  g_autofree char *old = ms_text_fold (label);
  g_autofree char *new = ms_text_fold (self->person->user_name);
  if (strcmp (old, new) != 0 && !g_hash_table_contains (self->terms.as, id))
    {
      JsonObject *as = json_object_new ();
      json_object_set_string_member (as, "userName", self->person->user_name);
      g_hash_table_insert (self->terms.as, g_strdup (id), as);
      self->old_name = g_strdup (label);
      return try_again (self, error);
    }
  JsonObject *entry = find_refused (refused, id);
  const char *path = entry != NULL ? get_text (entry, "path") : NULL;
  const char *reason = entry != NULL ? get_text (entry, "reason") : NULL;
  return refuse (path != NULL ? path : "userName",
                 self->person->user_name,
                 reason != NULL ? reason : "It is not there any more",
                 error);
}

/* Mailboxes that could not come ------------------------------------------------------------- */

/* @old: as it lies in the bin */
static gboolean
readdress (Return *self, MsObject *binned, const char *old, const char *reason, GError **error)
{
  const char *id = ms_object_get_id (binned);
  const char *address = self->person->mailbox;
  const char *at = address != NULL ? strrchr (address, '@') : NULL;

  if (at == NULL || g_ascii_strcasecmp (address, old) == 0
      || g_hash_table_contains (self->terms.as, id))
    {
      g_autofree char *what = g_strdup_printf ("The mailbox %s", old);
      return refuse ("address", what, reason, error);
    }
  JsonObject      *as = json_object_new ();
  g_autofree char *name = g_strndup (address, (gsize) (at - address));
  json_object_set_string_member (as, "name", name);
  json_object_set_string_member (as, "domain", at + 1);
  g_hash_table_insert (self->terms.as, g_strdup (id), as);
  self->old_address = g_strdup (old);
  self->why = g_strdup (reason);
  return try_again (self, error);
}

static void
tell_stays (GPtrArray *remarks, const char *address, const char *reason)
{
  g_ptr_array_add (remarks,
                   g_strdup_printf ("The mailbox %s stays in the bin: %s", address, reason));
}

/* The one that mail goes to comes along, or nobody does: a new and empty one in its place would
 * hide what is in it. */
static gboolean
take_refused (Return *self, JsonObject *entry, GError **error)
{
  MsWrite    *write = &self->apply->write;
  const char *reason = get_text (entry, "reason");
  g_autoptr (MsObject) binned = NULL;

  if (g_strcmp0 (get_text (entry, "type"), write->types->mailbox->name) != 0)
    return TRUE;
  if (!ms_bin_look_up (write->txn, get_text (entry, "id"), &binned, error))
    return FALSE;
  if (binned == NULL)
    return TRUE;
  g_autofree char *address = g_strdup_printf (
      "%s@%s", ms_object_get_label (binned), ms_object_get_string (binned, "domain"));
  if (ms_object_get_boolean (binned, "primary", FALSE))
    return readdress (self, binned, address, reason, error);
  tell_stays (self->remarks, address, reason);
  return TRUE;
}

/* Mailboxes that came, beside the primary one ----------------------------------------------- */

static gboolean
leave (Return *self, MsObject *mailbox, GError **taken, GError **error)
{
  if (g_strcmp0 (ms_error_get_scim_type (*taken), "uniqueness") != 0)
    {
      g_propagate_error (error, g_steal_pointer (taken));
      return FALSE;
    }
  tell_stays (self->stays, ms_object_get_string (mailbox, "address"), (*taken)->message);
  g_hash_table_add (self->terms.left, g_strdup (ms_object_get_id (mailbox)));
  return try_again (self, error);
}

static gboolean
drop_alias (Return *self, MsObject *mailbox, GError **taken, GError **error)
{
  if (g_strcmp0 (ms_error_get_scim_type (*taken), "uniqueness") != 0)
    {
      g_propagate_error (error, g_steal_pointer (taken));
      return FALSE;
    }
  g_ptr_array_add (self->remarks,
                   g_strdup_printf ("Left out as an alias of %s: %s",
                                    ms_object_get_string (mailbox, "address"),
                                    (*taken)->message));
  return TRUE;
}

static gboolean
drop_aliases (Return *self, MsObject *mailbox, GError **error)
{
  MsWrite   *write = &self->apply->write;
  JsonArray *aliases = ms_rules_get_array (mailbox, "aliases");
  guint      n = aliases != NULL ? json_array_get_length (aliases) : 0;
  g_autoptr (MsObject) after = ms_object_copy (mailbox);
  g_autoptr (JsonArray) left = json_array_new ();

  for (guint i = 0; i < n; i++)
    {
      const char *alias = json_array_get_string_element (aliases, i);
      g_autoptr (GError) taken = NULL;
      if (ms_rules_check_is_free (write, mailbox, alias, "aliases", &taken))
        json_array_add_string_element (left, alias);
      else if (!drop_alias (self, mailbox, &taken, error))
        return FALSE;
    }
  if (json_array_get_length (left) == n)
    return TRUE;
  ms_directory_set_aliases (ms_object_get_attributes (after), g_steal_pointer (&left));
  g_autoptr (MsObject) stored = ms_write_update_object (write, mailbox, after, NULL, error);
  return stored != NULL;
}

static gboolean
check_restored (Return *self, const char *id, GError **error)
{
  MsWrite *write = &self->apply->write;
  g_autoptr (MsObject) mailbox = NULL;
  g_autoptr (GError) taken = NULL;

  if (!ms_txn_look_up (write->txn, write->types->mailbox, id, &mailbox, error))
    return FALSE;
  if (mailbox == NULL || ms_object_get_boolean (mailbox, "primary", FALSE))
    return TRUE;
  return ms_rules_check_is_free (
             write, mailbox, ms_object_get_string (mailbox, "address"), "address", &taken)
             ? drop_aliases (self, mailbox, error)
             : leave (self, mailbox, &taken, error);
}

/* All --------------------------------------------------------------------------------------- */

static gboolean
take_all (Return *self, JsonArray *objects, JsonArray *refused, GError **error)
{
  for (guint i = 0; i < json_array_get_length (refused); i++)
    if (!take_refused (self, json_array_get_object_element (refused, i), error))
      return FALSE;
  for (guint i = 0; i < json_array_get_length (objects); i++)
    {
      JsonObject *entry = json_array_get_object_element (objects, i);
      if (g_strcmp0 (get_text (entry, "verb"), "restore") == 0
          && g_strcmp0 (get_text (entry, "type"), self->apply->write.types->mailbox->name) == 0
          && !check_restored (self, get_text (entry, "id"), error))
        return FALSE;
    }
  return TRUE;
}

/* Has a write of its own, which only undoes. */
static gboolean
bring_back (Return               *self,
            MsTxn                *txn,
            const MsResourceType *type,
            JsonArray            *objects,
            JsonArray            *refused,
            GError              **error)
{
  MsWrite *write = &self->apply->write;
  MsWrite  undo;

  ms_write_init (&undo, write->service, write->actor, NULL);
  undo.txn = txn;
  gboolean done = ms_bin_bring_back (&undo, self->id, &self->terms, objects, refused, error);
  ms_write_clear (&undo);
  return done && ms_txn_look_up (txn, type, self->id, &self->found, error);
}

static gboolean
attempt (MsTxn *txn, gpointer user_data, GError **error)
{
  Return *self = user_data;
  g_autoptr (JsonArray) objects = json_array_new ();
  g_autoptr (JsonArray) refused = json_array_new ();

  if (!bring_back (self, txn, self->apply->write.types->user, objects, refused, error))
    return FALSE;
  return self->found != NULL ? take_all (self, objects, refused, error)
                             : rename_user (self, refused, error);
}

/* It is nobody else's by that. */
static gboolean
check_owner (Return *self, GError **error)
{
  const char *owner_id = self->found != NULL ? ms_object_get_link (self->found, "owner") : NULL;

  return g_strcmp0 (owner_id, self->owner_id) == 0
         || refuse (
             "mailbox", "The mailbox of before", "It does not belong to this user any more", error);
}

static gboolean
attempt_mailbox (MsTxn *txn, gpointer user_data, GError **error)
{
  Return *self = user_data;
  g_autoptr (JsonArray) objects = json_array_new ();
  g_autoptr (JsonArray) refused = json_array_new ();

  return bring_back (self, txn, self->apply->write.types->mailbox, objects, refused, error)
         && take_all (self, objects, refused, error) && check_owner (self, error);
}

static gboolean
attempt_all (Return *self, MsTxnFunc func, GError **error)
{
  for (guint i = 0; i < MAX_ATTEMPTS; i++)
    {
      g_autoptr (GError) failed = NULL;

      self->again = FALSE;
      g_ptr_array_set_size (self->remarks, 0);
      if (ms_txn_savepoint (self->apply->write.txn, TRUE, func, self, &failed))
        return TRUE;
      g_clear_pointer (&self->found, ms_object_unref);
      if (!self->again)
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return FALSE;
        }
    }
  return refuse ("address",
                 self->person->user_name,
                 "Too many of the mailboxes have addresses that are somebody else's by now",
                 error);
}

/* What else they are called from now on; all else is told where it is compared. */
static void
tell_changes (const Return *self, MsDirectoryOutcome *outcome)
{
  if (self->old_name != NULL)
    (void) ms_change_note_add (
        outcome->changes, "userName", self->old_name, self->person->user_name);
  if (self->old_address == NULL)
    return;
  /* Of a mailbox that comes alone all is told as new. */
  if (self->owner_id == NULL)
    (void) ms_change_note_add (
        outcome->changes, "mailbox", self->old_address, self->person->mailbox);
  ms_directory_outcome_remark (outcome, "Not kept as an alias: %s", self->why);
}

static void
return_clear (Return *self)
{
  g_free (self->old_name);
  g_free (self->old_address);
  g_free (self->why);
}

/* @found: (out) (transfer full) */
static gboolean
return_one (MsDirectoryApply      *self,
            const MsDirectoryItem *item,
            const char            *id,
            const char            *owner_id,
            MsTxnFunc              func,
            MsDirectoryOutcome    *outcome,
            MsObject             **found,
            GError               **error)
{
  g_autoptr (GHashTable) as = g_hash_table_new_full (
      g_str_hash, g_str_equal, g_free, (GDestroyNotify) json_object_unref);
  g_autoptr (GHashTable) left = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) stays = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) remarks = g_ptr_array_new_with_free_func (g_free);
  Return work = { .apply = self,
                  .item = item,
                  .person = item->person,
                  .id = id,
                  .owner_id = owner_id,
                  .terms = { as, left },
                  .stays = stays,
                  .remarks = remarks };

  gboolean done = attempt_all (&work, func, error);
  if (done)
    tell_changes (&work, outcome);
  return_clear (&work);
  for (guint i = 0; done && i < stays->len; i++)
    ms_directory_outcome_remark (outcome, "%s", (const char *) stays->pdata[i]);
  for (guint i = 0; done && i < remarks->len; i++)
    ms_directory_outcome_remark (outcome, "%s", (const char *) remarks->pdata[i]);
  *found = work.found;
  return done;
}

gboolean
ms_directory_return (MsDirectoryApply      *self,
                     const MsDirectoryItem *item,
                     MsDirectoryOutcome    *outcome,
                     MsObject             **user,
                     GError               **error)
{
  return return_one (self, item, item->binned_id, NULL, attempt, outcome, user, error);
}

gboolean
ms_directory_return_mailbox (MsDirectoryApply      *self,
                             const MsDirectoryItem *item,
                             const char            *id,
                             const char            *owner_id,
                             MsDirectoryOutcome    *outcome,
                             MsObject             **mailbox,
                             GError               **error)
{
  return return_one (self, item, id, owner_id, attempt_mailbox, outcome, mailbox, error);
}
