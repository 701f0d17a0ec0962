/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Addresses of whom was deleted by somebody that may not redirect their mail, and those that their
 * mail was passed on to: noted beside the settings, by address and by domain, with the ids of the
 * users. A note counts as long as such a user lies in the bin: who comes back has the address
 * again, and for who is gone for good it is not kept any longer.
 */
#include "ms-mail-guard.h"

#include "ms-error.h"
#include "ms-rules.h"
#include "ms-txn.h"

#include <string.h>

#define NOTE "address-of-deleted:"

/* (nullable) (transfer full): the users noted by @name who lie in the bin still.
 * (element-type MsObject) */
static GPtrArray *
list_noted (MsWrite *write, const char *name, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (GPtrArray) users = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_object_unref);
  g_autofree char *text = ms_txn_get_setting (write->txn, name, &failed);
  g_auto (GStrv) ids = g_strsplit (text != NULL ? text : "", " ", 0);

  for (guint i = 0; failed == NULL && ids[i] != NULL; i++)
    {
      MsObject *user = *ids[i] != '\0' ? ms_txn_get_binned (write->txn, ids[i], &failed) : NULL;
      if (user != NULL)
        g_ptr_array_add (users, user);
      if (g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
        g_clear_error (&failed);
    }
  if (failed == NULL)
    return g_steal_pointer (&users);
  g_propagate_error (error, g_steal_pointer (&failed));
  return NULL;
}

/* Beside others who lie in the bin with the same. */
static gboolean
note_by (MsWrite *write, const char *name, const char *owner, GError **error)
{
  g_autoptr (GPtrArray) users = list_noted (write, name, error);
  g_autoptr (GString) ids = g_string_new (owner);

  if (users == NULL)
    return FALSE;
  for (guint i = 0; i < users->len; i++)
    if (strcmp (ms_object_get_id (users->pdata[i]), owner) != 0)
      g_string_append_printf (ids, " %s", ms_object_get_id (users->pdata[i]));
  return ms_txn_set_setting (write->txn, name, ids->str, error);
}

static gboolean
note (MsWrite *write, const char *address, const char *owner, GError **error)
{
  g_autofree char *key = ms_mail_guard_make_key (address);
  g_autofree char *name = g_strconcat (NOTE, key, NULL);
  g_autofree char *domain = g_strconcat (NOTE, strrchr (key, '@'), NULL);

  return note_by (write, name, owner, error) && note_by (write, domain, owner, error);
}

static gboolean
note_all (MsWrite *write, JsonArray *addresses, const char *owner, GError **error)
{
  for (guint i = 0; addresses != NULL && i < json_array_get_length (addresses); i++)
    if (!note (write, json_array_get_string_element (addresses, i), owner, error))
      return FALSE;
  return TRUE;
}

gboolean
ms_mail_guard_reserve (MsWrite *write, MsObject *mailbox, MsObject *owner, GError **error)
{
  const char *id = ms_object_get_id (owner);

  return note (write, ms_object_get_string (mailbox, "address"), id, error)
         && note_all (write, ms_rules_get_array (mailbox, "aliases"), id, error)
         && note_all (write, ms_rules_get_array (mailbox, "forwardTo"), id, error);
}

gboolean
ms_mail_guard_find_reserved (
    MsWrite *write, const char *address, MsObject **owner, GError **why, GError **error)
{
  g_autofree char *key = ms_mail_guard_make_key (address);
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
