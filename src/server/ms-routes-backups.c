/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * /api/v1/backups and /api/v1/verify: backups by the server, and its store verified meanwhile.
 */
#include "ms-backup-keeper.h"
#include "ms-call.h"
#include "ms-server.h"

static void
list_backups (MsCall *call)
{
  g_autoptr (GString) out = g_string_new (NULL);

  ms_backup_keeper_append_list (ms_server_get_backups (call->server), out);
  ms_call_respond_json (call, 200, g_steal_pointer (&out));
}

static void
begin_backup (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done = ms_backup_keeper_back_up (ms_server_get_backups (call->server), out, &error);

  ms_call_respond_result (call, done, 202, out, error);
}

static void
begin_verification (MsCall *call)
{
  g_autoptr (GError) error = NULL;
  GString *out = g_string_new (NULL);
  gboolean done = ms_backup_keeper_verify (ms_server_get_backups (call->server), out, &error);

  ms_call_respond_result (call, done, 202, out, error);
}

static void
get_verification (MsCall *call)
{
  g_autoptr (GString) out = g_string_new (NULL);

  ms_backup_keeper_append_verification (ms_server_get_backups (call->server), out);
  ms_call_respond_json (call, 200, g_steal_pointer (&out));
}

/* clang-format off: one row, one line */
const MsRoute ms_routes_backups[] = {
  { "GET", "/api/v1/backups", list_backups, MS_POLICY_READ_SETTINGS, MS_ROUTE_WORKER },
  { "POST", "/api/v1/backups", begin_backup, MS_POLICY_SETTINGS, 0 },
  { "GET", "/api/v1/verify", get_verification, MS_POLICY_READ_SETTINGS, 0 },
  { "POST", "/api/v1/verify", begin_verification, MS_POLICY_SETTINGS, 0 },
  { NULL },
};
/* clang-format on */
