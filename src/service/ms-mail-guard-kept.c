/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Those who were deleted, with their mailboxes, by somebody that may not redirect their mail: notes
 * beside the settings. By each address that their mailboxes had or passed mail on to stands whose
 * it is, for asking about one address; who they are and which mailboxes they had, for following
 * their mail from there. A note counts as long as such a user lies in the bin: who comes back has
 * the addresses again, and for who is gone for good they are not kept any longer.
 */
#include "ms-mail-guard.h"

#include "ms-address.h"
#include "ms-error.h"
#include "ms-rules.h"
#include "ms-txn.h"

#include <string.h>

#define NOTE "address-of-deleted:"
#define USERS "deleted-with-mail"
#define MAILBOXES "mailboxes-of-deleted:"

/* (nullable) (transfer full) (element-type MsObject): what is noted by @name and lies in the bin
 * still */
static GPtrArray *
list_noted (MsWrite *write, const char *name, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (GPtrArray) noted = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_object_unref);
  g_autofree char *text = ms_txn_get_setting (write->txn, name, &failed);
  g_auto (GStrv) ids = g_strsplit (text != NULL ? text : "", " ", 0);

  for (guint i = 0; failed == NULL && ids[i] != NULL; i++)
    {
      MsObject *object = *ids[i] != '\0' ? ms_txn_get_binned (write->txn, ids[i], &failed) : NULL;
      if (object != NULL)
        g_ptr_array_add (noted, object);
      if (g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
        g_clear_error (&failed);
    }
  if (failed == NULL)
    return g_steal_pointer (&noted);
  g_propagate_error (error, g_steal_pointer (&failed));
  return NULL;
}

/* Beside others that lie in the bin. */
static gboolean
note_by (MsWrite *write, const char *name, MsObject *object, GError **error)
{
  g_autoptr (GPtrArray) noted = list_noted (write, name, error);
  g_autoptr (GString) ids = g_string_new (ms_object_get_id (object));

  if (noted == NULL)
    return FALSE;
  for (guint i = 0; i < noted->len; i++)
    if (strcmp (ms_object_get_id (noted->pdata[i]), ms_object_get_id (object)) != 0)
      g_string_append_printf (ids, " %s", ms_object_get_id (noted->pdata[i]));
  return ms_txn_set_setting (write->txn, name, ids->str, error);
}

static gboolean
note_address (MsWrite *write, const char *address, MsObject *owner, GError **error)
{
  g_autofree char *key = ms_address_ascii_key (address);
  g_autofree char *name = g_strconcat (NOTE, key, NULL);

  return note_by (write, name, owner, error);
}

static gboolean
note_addresses (MsWrite *write, JsonArray *addresses, MsObject *owner, GError **error)
{
  for (guint i = 0; addresses != NULL && i < json_array_get_length (addresses); i++)
    if (!note_address (write, json_array_get_string_element (addresses, i), owner, error))
      return FALSE;
  return TRUE;
}

static char *
name_mailboxes (MsObject *user)
{
  return g_strconcat (MAILBOXES, ms_object_get_id (user), NULL);
}

gboolean
ms_mail_guard_reserve (MsWrite *write, MsObject *mailbox, MsObject *owner, GError **error)
{
  g_autofree char *mailboxes = name_mailboxes (owner);

  return note_by (write, USERS, owner, error) && note_by (write, mailboxes, mailbox, error)
         && note_address (write, ms_object_get_string (mailbox, "address"), owner, error)
         && note_addresses (write, ms_rules_get_array (mailbox, "aliases"), owner, error)
         && note_addresses (write, ms_rules_get_array (mailbox, "forwardTo"), owner, error);
}

gboolean
ms_mail_guard_keeps_any (MsWrite *write, gboolean *keeps, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autofree char *text = ms_txn_get_setting (write->txn, USERS, &failed);

  *keeps = text != NULL;
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

gboolean
ms_mail_guard_find_reserved (
    MsWrite *write, const char *address, MsObject **owner, GError **why, GError **error)
{
  g_autofree char *key = ms_address_ascii_key (address);
  g_autofree char *name = g_strconcat (NOTE, key, NULL);
  g_autoptr (GPtrArray) users = list_noted (write, name, error);

  *owner = NULL;
  for (guint i = 0; users != NULL && i < users->len; i++)
    if (!ms_policy_check (write->actor, MS_POLICY_MAIL, NULL, users->pdata[i], NULL, why))
      {
        *owner = ms_object_ref (users->pdata[i]);
        break;
      }
  return users != NULL;
}

GPtrArray *
ms_mail_guard_list_deleted (MsWrite *write, GError **error)
{
  return list_noted (write, USERS, error);
}

GPtrArray *
ms_mail_guard_list_deleted_mailboxes (MsWrite *write, MsObject *user, GError **error)
{
  g_autofree char *name = name_mailboxes (user);

  return list_noted (write, name, error);
}
