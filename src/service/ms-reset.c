/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The way back into a store whose administrators are shut out, for whoever may open its files: a
 * user becomes an administrator who can log on from anywhere, with a new password and without a
 * second step. One change set, by the system.
 */
#include "ms-service-private.h"

#include "ms-error.h"
#include "ms-patch.h"
#include "ms-second-step.h"
#include "ms-text.h"
#include "ms-txn.h"
#include "ms-write.h"

#define PASSWORD_LENGTH 20

typedef struct
{
  MsWrite    *write;
  const char *name;
  const char *password;
} Reset;

static MsObject *
find_user (Reset *reset, GError **error)
{
  g_autoptr (GError) failed = NULL;
  MsObject *user = ms_txn_find_object (
      reset->write->txn, reset->write->types->user, "userName", reset->name, &failed);

  if (failed != NULL && !g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    g_propagate_error (error, g_steal_pointer (&failed));
  else if (user == NULL)
    ms_error_set (
        error, MS_ERROR_NOT_FOUND, NULL, NULL, "There is no user “%s” in this store", reset->name);
  return user;
}

static gboolean
reset_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  static const char *const limits[] = { "validFrom", "validUntil", "allowedNetworks" };
  Reset                   *reset = user_data;

  reset->write->txn = txn;
  g_autoptr (MsObject) before = find_user (reset, error);
  if (before == NULL)
    return FALSE;

  g_autoptr (MsObject) after = ms_object_copy (before);
  ms_object_set_boolean (after, "active", TRUE);
  ms_object_set_string (after, MS_URN_EXT_USER ":role", "administrator");
  JsonObject *extension
      = json_object_get_object_member (ms_object_get_attributes (after), MS_URN_EXT_USER);
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    if (json_object_has_member (extension, limits[i]))
      json_object_remove_member (extension, limits[i]);

  g_autoptr (MsEdit) edit = ms_write_wrap (after);
  g_hash_table_insert (edit->secrets, g_strdup ("password"), g_strdup (reset->password));
  g_autoptr (MsObject) done = ms_write_update (reset->write, before, edit, NULL, error);
  return done != NULL && ms_second_step_clear (reset->write, done, error);
}

gboolean
ms_service_reset_administrator (MsService *self, const char *name, char **password, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self), FALSE);
  g_return_val_if_fail (name != NULL && password != NULL, FALSE);

  g_autoptr (MsActor) actor = ms_actor_new_system ();
  g_autoptr (MsHashes) hashes = ms_hashes_new ();
  g_autofree char *made = ms_text_new_password (PASSWORD_LENGTH);
  MsChangeContext  context = ms_service_get_context (actor, "update");
  MsWrite          write;
  Reset            reset = { &write, name, made };

  context.reason = "mailsteadd reset-admin";
  ms_hashes_add (hashes, made);
  if (!ms_hashes_compute (hashes, error))
    return FALSE;
  ms_write_init (&write, self, actor, hashes);
  gboolean done = ms_store_write (self->store, &context, reset_in_txn, &reset, NULL, error);
  ms_write_clear (&write);
  if (done)
    *password = g_steal_pointer (&made);
  return done;
}
