/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What other daemons on the same database announce, and what must be forgotten or repeated here
 * because of it.
 */
#include "ms-service-private.h"

#include "ms-back-off.h"
#include "ms-import-manager.h"
#include "ms-session-cache.h"
#include "ms-txn.h"

#include <string.h>

#define NEWS_FAILED "log-on-failed"
#define NEWS_PASSED "log-on-passed"
#define NEWS_EVENT "event"

static GHashTable *
make_set (char **ids)
{
  GHashTable *set = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; ids[i] != NULL; i++)
    g_hash_table_add (set, ids[i]);
  return set;
}

/* "ACCOUNT,PEER", both escaped */
static void
take_log_on (MsService *self, gboolean failed, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", 2);

  if (g_strv_length (parts) != 2)
    return;
  g_autofree char *account = g_uri_unescape_string (parts[0], NULL);
  g_autofree char *peer = g_uri_unescape_string (parts[1], NULL);
  if (account == NULL || peer == NULL)
    return;
  if (failed)
    ms_back_off_note (self->back_off, account, peer, ms_service_get_time (self));
  else
    ms_back_off_forget (self->back_off, account);
}

/* "KIND,JSON", the latter escaped */
static void
take_event (MsService *self, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", 2);
  g_autofree char *json
      = g_strv_length (parts) == 2 ? g_uri_unescape_string (parts[1], NULL) : NULL;

  if (json != NULL)
    ms_service_emit_event (self, parts[0], 0, json);
}

void
ms_service_take_news (MsStore *store, const char *topic, const char *text, gpointer user_data)
{
  MsService *self = user_data;
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  if (strcmp (topic, MS_NEWS_RESET) == 0)
    ms_session_cache_doubt_all (self->sessions);
  else if (strcmp (topic, MS_NEWS_EVERYBODY) == 0)
    ms_session_cache_drop_all (self->sessions);
  else if (strcmp (topic, MS_NEWS_USER) == 0)
    {
      g_autoptr (GHashTable) users = make_set (words);
      ms_session_cache_drop_users (self->sessions, users);
    }
  else if (strcmp (topic, MS_NEWS_FREE_IMPORT) == 0)
    ms_import_manager_resume (self->imports);
  for (guint i = 0; words[i] != NULL; i++)
    if (strcmp (topic, MS_NEWS_SESSION) == 0)
      ms_session_cache_drop_session (self->sessions, words[i]);
    else if (strcmp (topic, NEWS_FAILED) == 0 || strcmp (topic, NEWS_PASSED) == 0)
      take_log_on (self, strcmp (topic, NEWS_FAILED) == 0, words[i]);
    else if (strcmp (topic, NEWS_EVENT) == 0)
      take_event (self, words[i]);
}

void
ms_service_announce_log_on (MsService *self, gboolean failed, const char *account, const char *peer)
{
  g_autofree char *one = g_uri_escape_string (account, NULL, FALSE);
  g_autofree char *other = g_uri_escape_string (peer, NULL, FALSE);
  g_autofree char *text = g_strconcat (one, ",", other, NULL);

  ms_store_announce_async (self->store, failed ? NEWS_FAILED : NEWS_PASSED, text);
}

void
ms_service_publish_event (MsService *self, const char *kind, const char *json)
{
  g_autofree char *escaped = g_uri_escape_string (json, "{}[]:\"", FALSE);
  g_autofree char *text = g_strconcat (kind, ",", escaped, NULL);

  ms_service_emit_event (self, kind, 0, json);
  ms_store_announce_async (self->store, NEWS_EVENT, text);
}
