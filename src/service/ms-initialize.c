/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a new store begins with: the primary domain, a guest without rights, and somebody who can do
 * everything else. One change set, by the system.
 */
#include "ms-service-private.h"

#include <string.h>

#include "ms-error.h"
#include "ms-patch.h"
#include "ms-rules.h"
#include "ms-text.h"
#include "ms-txn.h"

#define PASSWORD_LENGTH 20

static const char *const rights[] = {
  "submission", "imap",     "pop3",           "webmail",     "proxy",
  "ftpService", "ftpProxy", "changePassword", "selfService",
};

/* What the first administrator may use: mail, and the own password. */
static const char *const admin_rights[]
    = { "submission", "imap", "pop3", "webmail", "changePassword", "selfService" };

typedef struct
{
  MsWrite    *write;
  const char *domain;
  const char *admin_name;
  const char *password;
} Initialize;

static gboolean
create (MsWrite *write, const MsResourceType *type, JsonObject *body, GError **error)
{
  g_autoptr (MsEdit) edit = ms_edit_new_from_create (type, body, error);
  g_autoptr (MsObject) created = edit != NULL ? ms_write_create (write, edit, error) : NULL;

  return created != NULL;
}

static gboolean
check_empty (MsWrite *write, GError **error)
{
  gint64 administrators = 0, domains = 0;

  if (!ms_write_query (write,
                       write->types->user,
                       0,
                       NULL,
                       &administrators,
                       error,
                       MS_URN_EXT_USER ":role eq \"administrator\"")
      || !ms_txn_count (write->txn, MS_COUNT_OBJECTS, write->types->domain, &domains, error))
    return FALSE;
  if (administrators == 0 && domains == 0)
    return TRUE;
  ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "This store has an administrator already");
  return FALSE;
}

static gboolean
create_domain (Initialize *init, GError **error)
{
  g_autoptr (JsonObject) body = json_object_new ();

  json_object_set_string_member (body, "name", init->domain);
  json_object_set_string_member (body, "kind", "primary");
  return create (init->write, init->write->types->domain, body, error);
}

static JsonObject *
make_rights (const char *const *names, guint count, gboolean value)
{
  JsonObject *object = json_object_new ();

  for (guint i = 0; i < count; i++)
    json_object_set_boolean_member (object, names[i], value);
  return object;
}

static gboolean
create_guest (Initialize *init, GError **error)
{
  g_autoptr (JsonObject) body = json_object_new ();

  json_object_set_object_member (
      body, "rights", make_rights (rights, G_N_ELEMENTS (rights), FALSE));
  return create (init->write, init->write->types->guest, body, error);
}

static gboolean
create_admin (Initialize *init, GError **error)
{
  g_autoptr (JsonObject) user = json_object_new ();
  g_autoptr (JsonObject) mailbox = json_object_new ();
  JsonObject *extension = json_object_new ();
  MsAccount   account = { .user = user, .mailbox = mailbox };

  json_object_set_string_member (extension, "role", "administrator");
  json_object_set_object_member (
      extension, "rights", make_rights (admin_rights, G_N_ELEMENTS (admin_rights), TRUE));
  json_object_set_object_member (user, MS_URN_EXT_USER, extension);
  json_object_set_string_member (user, "userName", init->admin_name);
  json_object_set_string_member (user, "displayName", "Administrator");
  json_object_set_string_member (user, "password", init->password);
  return ms_write_create_account (init->write, &account, NULL, NULL, NULL, error);
}

static gboolean
initialize_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Initialize *init = user_data;

  init->write->txn = txn;
  return check_empty (init->write, error) && create_domain (init, error)
         && create_guest (init, error) && create_admin (init, error);
}

gboolean
ms_service_initialize (
    MsService *self, const char *domain, const char *admin_name, char **password, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self), FALSE);
  g_return_val_if_fail (domain != NULL && admin_name != NULL && password != NULL, FALSE);

  g_autoptr (MsActor) actor = ms_actor_new_system ();
  g_autoptr (MsHashes) hashes = ms_hashes_new ();
  g_autofree char *made = ms_text_new_password (PASSWORD_LENGTH);
  MsChangeContext  context = ms_service_get_context (actor, "create");
  MsWrite          write;
  Initialize       init = { &write, domain, admin_name, made };

  ms_hashes_add (hashes, made);
  if (!ms_hashes_compute (hashes, error))
    return FALSE;
  ms_write_init (&write, self, actor, hashes);
  gboolean done = ms_store_write (self->store, &context, initialize_in_txn, &init, NULL, error);
  ms_write_clear (&write);
  if (done)
    *password = g_steal_pointer (&made);
  return done;
}
