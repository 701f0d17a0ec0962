/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the server says about itself, and a session about its user.
 */
#include "ms-service-private.h"

#include "config.h"

#include "ms-error.h"
#include "ms-json.h"
#include "ms-session.h"
#include "ms-settings.h"
#include "ms-txn.h"

typedef struct
{
  MsService   *service;
  JsonBuilder *into;
} ServerRead;

static void
add_text (JsonBuilder *into, const char *name, const char *text)
{
  json_builder_set_member_name (into, name);
  json_builder_add_string_value (into, text);
}

static void
add_int (JsonBuilder *into, const char *name, gint64 value)
{
  json_builder_set_member_name (into, name);
  json_builder_add_int_value (into, value);
}

static gboolean
add_seats (MsTxn *txn, JsonBuilder *into, GError **error)
{
  gint64   used = 0;
  gint64   limit, extended;
  gboolean is_limited;

  if (!ms_txn_count (txn, MS_COUNT_SEATS, NULL, &used, error))
    return FALSE;
  if (!ms_settings_get (txn, MS_SETTING_SEAT_LIMIT, &limit, &is_limited, error)
      || !ms_settings_get (txn, MS_SETTING_EXTENDED_SEATS, &extended, NULL, error))
    return FALSE;
  json_builder_set_member_name (into, "seats");
  json_builder_begin_object (into);
  add_int (into, "used", used);
  json_builder_set_member_name (into, "limit");
  if (is_limited)
    json_builder_add_int_value (into, limit);
  else
    json_builder_add_null_value (into);
  add_int (into, "extended", extended);
  json_builder_end_object (into);
  return TRUE;
}

static gboolean
add_counts (MsService *service, MsTxn *txn, JsonBuilder *into, GError **error)
{
  GPtrArray *types = ms_schema_registry_get_types (service->schemas);

  json_builder_set_member_name (into, "counts");
  json_builder_begin_object (into);
  for (guint i = 0; i < types->len; i++)
    {
      const MsResourceType *type = g_ptr_array_index (types, i);
      gint64                count = 0;
      if (type->singleton || type->internal)
        continue;
      if (!ms_txn_count (txn, MS_COUNT_OBJECTS, type, &count, error))
        return FALSE;
      add_int (into, type->name, count);
    }
  json_builder_end_object (into);
  return TRUE;
}

static gboolean
describe_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  const ServerRead *read = user_data;
  MsService        *service = read->service;
  JsonBuilder      *into = read->into;
  g_autoptr (GError) failed = NULL;
  g_autofree char *domain = ms_txn_get_setting (txn, MS_SETTING_PRIMARY_DOMAIN, &failed);
  g_autofree char *started = ms_json_format_time (service->started);

  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  add_text (into, "product", "Mailstead");
  json_builder_set_member_name (into, "apiVersion");
  json_builder_add_int_value (into, 1);
  add_text (into, "version", MS_VERSION);
  add_text (into, "hostName", service->host_name);
  add_text (into, "primaryDomain", domain != NULL ? domain : "");
  json_builder_set_member_name (into, "store");
  json_builder_begin_object (into);
  add_text (into, "driver", ms_store_get_driver_name (service->store));
  add_int (into, "schemaVersion", ms_store_get_schema_version (service->store));
  json_builder_set_member_name (into, "readOnly");
  json_builder_add_boolean_value (into, ms_store_is_read_only (service->store));
  json_builder_end_object (into);
  add_text (into, "started", started);
  add_int (into, "sequence", ms_txn_get_last_sequence (txn));
  return add_seats (txn, into, error) && add_counts (service, txn, into, error);
}

gboolean
ms_service_describe_server (MsService     *self,
                            const MsActor *actor,
                            JsonBuilder   *into,
                            GError       **error)
{
  ServerRead read = { self, into };

  return ms_policy_check (actor, MS_POLICY_READ, NULL, NULL, NULL, error)
         && ms_store_read (self->store, describe_in_txn, &read, NULL, error);
}

/* The session ------------------------------------------------------------------------------- */

typedef struct
{
  MsService     *service;
  const MsActor *actor;
  JsonBuilder   *into;
} SessionRead;

static gint64
find_expiry (GPtrArray *sessions, const char *id)
{
  for (guint i = 0; sessions != NULL && i < sessions->len; i++)
    {
      const MsSession *session = g_ptr_array_index (sessions, i);
      if (g_strcmp0 (session->id, id) == 0)
        return session->expires;
    }
  return 0;
}

static gboolean
session_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  const SessionRead *read = user_data;
  const char        *id = read->actor->user_id;
  g_autoptr (MsObject) user
             = ms_txn_get_object (txn, read->service->types.user, id != NULL ? id : "", error);
  g_autoptr (GPtrArray) sessions
             = user != NULL ? ms_session_list (read->service, txn, "session", error) : NULL;

  if (user == NULL || sessions == NULL)
    return FALSE;
  gint64 expires = find_expiry (sessions, read->actor->session_id);
  if (expires != 0)
    {
      g_autofree char *text = ms_json_format_time (expires);
      add_text (read->into, "expires", text);
    }
  const char *display = ms_object_get_string (user, "displayName");
  json_builder_set_member_name (read->into, "mustChangePassword");
  json_builder_add_boolean_value (
      read->into, ms_object_get_boolean (user, MS_URN_EXT_USER ":mustChangePassword", FALSE));
  json_builder_set_member_name (read->into, "mustSetUpSecondStep");
  json_builder_add_boolean_value (read->into, read->actor->must_enrol);
  json_builder_set_member_name (read->into, "user");
  json_builder_begin_object (read->into);
  add_text (read->into, "id", ms_object_get_id (user));
  add_text (read->into, "userName", ms_object_get_label (user));
  add_text (read->into, "displayName", display != NULL ? display : ms_object_get_label (user));
  add_text (read->into, "role", ms_role_to_string (read->actor->role));
  json_builder_end_object (read->into);
  return TRUE;
}

gboolean
ms_service_describe_session (MsService     *self,
                             const MsActor *actor,
                             JsonBuilder   *into,
                             GError       **error)
{
  SessionRead read = { self, actor, into };

  return ms_store_read (self->store, session_in_txn, &read, NULL, error);
}
