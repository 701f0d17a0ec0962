/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Outside directories: set up by one road only, changed by nobody while a run goes by them or is
 * undone, and never with a password that was meant for another server.
 */
#include "ms-rules.h"

#include <string.h>

#include "ms-directory-config.h"
#include "ms-directory-state.h"
#include "ms-error.h"
#include "ms-name.h"
#include "ms-txn.h"

/* Who asks for a run goes through the same calls; an undo or restore puts back what they made. */
static gboolean
check_road (MsWrite *write, GError **error)
{
  if (write->changing_directories || write->undoing)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_DENIED,
                NULL,
                NULL,
                "Directories are set up by “mailsteadctl directory” or /api/v1/directories only,"
                " and go back by an undo of that");
  return FALSE;
}

/* @state: (out) (transfer full) */
static gboolean
check_idle (MsWrite *write, MsObject *object, MsDirectoryState **state, GError **error)
{
  g_autoptr (MsDirectoryState) found
             = ms_directory_state_load (write->txn, ms_object_get_id (object), error);

  if (found == NULL || !ms_directory_state_check_idle (found, error))
    return FALSE;
  *state = g_steal_pointer (&found);
  return TRUE;
}

/* A password is for the server that it was given for. */
static void
guard_password (MsObject *before, MsEdit *edit)
{
  if (g_strcmp0 (ms_object_get_string (before, "server"),
                 ms_object_get_string (edit->object, "server"))
          != 0
      && !g_hash_table_contains (edit->secrets, MS_DIRECTORY_PASSWORD))
    g_hash_table_insert (edit->secrets, g_strdup (MS_DIRECTORY_PASSWORD), NULL);
}

static gboolean
prepare (MsWrite *write, MsObject *before, MsEdit *edit, GError **error)
{
  g_autoptr (MsDirectoryState) state = NULL;

  if (!check_road (write, error)
      || !ms_rules_check_name (write, before, edit->object, "name", MS_NAME_FREEFORM, error)
      || (before != NULL && !check_idle (write, before, &state, error)))
    return FALSE;
  g_autoptr (MsDirectoryConfig) config
             = ms_directory_config_new (write->types, edit->object, NULL, error);
  if (config == NULL)
    return FALSE;
  if (before != NULL)
    guard_password (before, edit);
  return TRUE;
}

/* Whether others are found than before, or taken for others, or something else is made of them. */
static gboolean
is_another_search (MsObject *before, MsObject *after)
{
  static const char *const paths[]
      = { "server", "base", "scope", "filter", "activeFilter", "identity", "mapping", NULL };
  g_autoptr (GPtrArray) deltas = ms_delta_compute (before, after);
  gboolean is_another = FALSE;

  for (guint i = 0; !is_another && i < deltas->len; i++)
    is_another = g_strv_contains (paths, ((MsDelta *) deltas->pdata[i])->attribute->path);
  return is_another;
}

/* When it is next due follows from how it is set up now, and for whom; never before somebody has
 * seen what it comes to. */
static gboolean
stored (MsWrite *write, MsObject *before, MsObject *after, GError **error)
{
  g_autoptr (MsDirectoryState) state = NULL;
  gint64 every = ms_object_get_int (after, "every", 0);
  gint64 old_every = before != NULL ? ms_object_get_int (before, "every", 0) : 0;

  if (!check_idle (write, after, &state, error))
    return FALSE;
  ms_directory_state_set_actor (state, write->actor);
  if (before != NULL && is_another_search (before, after))
    state->is_proven = FALSE;
  if (every != old_every)
    ms_directory_state_restart_clock (state, ms_service_get_time (write->service), every);
  else if (every == 0 || !state->is_proven)
    ms_directory_state_set_clock (state, ms_service_get_time (write->service), every);
  return ms_directory_state_save (state, write->txn, error);
}

static gboolean
set_secret (MsWrite    *write,
            MsObject   *object,
            gboolean    created,
            const char *path,
            const char *value,
            GError    **error)
{
  return ms_txn_set_secret (write->txn, object, path, value, error);
}

static gboolean
remove_directory (MsWrite *write, MsObject *object, GError **error)
{
  g_autoptr (MsDirectoryState) state = NULL;

  return check_road (write, error) && check_idle (write, object, &state, error)
         && ms_txn_delete_directory (write->txn, ms_object_get_id (object), error);
}

const MsRules ms_rules_directory = {
  .secrets = { MS_DIRECTORY_PASSWORD },
  .prepare = prepare,
  .stored = stored,
  .set_secret = set_secret,
  .remove = remove_directory,
};
