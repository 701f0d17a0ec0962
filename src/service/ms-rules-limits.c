/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * By what somebody is kept out: who may not set the password may draw that tighter but not looser,
 * for with a password that leaked once it is all that is between. Nor may anybody for themselves
 * but administrators, who could for each other.
 */
#include "ms-rules.h"

#include <gio/gio.h>
#include <string.h>

#include "ms-error.h"
#include "ms-json.h"

#define NETWORKS MS_URN_EXT_USER ":allowedNetworks"
#define MUST_CHANGE MS_URN_EXT_USER ":mustChangePassword"

static gboolean
is_let_in (MsObject *before, MsObject *after, const char *path)
{
  return !ms_object_get_boolean (before, path, TRUE) && ms_object_get_boolean (after, path, TRUE);
}

static gboolean
is_released (MsObject *before, MsObject *after, const char *path)
{
  return ms_object_get_boolean (before, path, FALSE) && !ms_object_get_boolean (after, path, FALSE);
}

static gint64
get_time (MsObject *user, const char *path, gint64 otherwise)
{
  const char *text = ms_object_get_string (user, path);
  gint64      time;

  return text != NULL && ms_json_parse_time (text, &time) ? time : otherwise;
}

static gboolean
is_earlier (MsObject *before, MsObject *after, const char *path)
{
  return get_time (after, path, G_MININT64) < get_time (before, path, G_MININT64);
}

static gboolean
is_later (MsObject *before, MsObject *after, const char *path)
{
  return get_time (after, path, G_MAXINT64) > get_time (before, path, G_MAXINT64);
}

/* What is no network, as only an earlier version could have let in, lies in none: then it is wider.
 */
static gboolean
lies_in (const char *network, const char *other)
{
  g_autoptr (GInetAddressMask) inner = g_inet_address_mask_new_from_string (network, NULL);
  g_autoptr (GInetAddressMask) outer = g_inet_address_mask_new_from_string (other, NULL);

  return inner != NULL && outer != NULL
         && g_inet_address_mask_get_length (inner) >= g_inet_address_mask_get_length (outer)
         && g_inet_address_mask_matches (outer, g_inet_address_mask_get_address (inner));
}

static gboolean
lies_in_any (const char *network, JsonArray *others)
{
  for (guint i = 0; i < json_array_get_length (others); i++)
    if (lies_in (network, json_array_get_string_element (others, i)))
      return TRUE;
  return FALSE;
}

/* None at all is from anywhere. */
static gboolean
is_wider (MsObject *before, MsObject *after, const char *path)
{
  JsonArray *old = ms_rules_get_array (before, path);
  JsonArray *now = ms_rules_get_array (after, path);

  if (old == NULL || json_array_get_length (old) == 0)
    return FALSE;
  if (now == NULL || json_array_get_length (now) == 0)
    return TRUE;
  for (guint i = 0; i < json_array_get_length (now); i++)
    if (!lies_in_any (json_array_get_string_element (now, i), old))
      return TRUE;
  return FALSE;
}

/* @of_self: also for who changes themselves: by another name nobody logs on more than before. */
static const struct
{
  const char *path;
  gboolean    of_self;
  gboolean (*is_looser) (MsObject *before, MsObject *after, const char *path);
} limits[] = {
  { "userName", FALSE, ms_rules_is_other_name },
  { "active", TRUE, is_let_in },
  { MS_URN_EXT_USER ":validFrom", TRUE, is_earlier },
  { MS_URN_EXT_USER ":validUntil", TRUE, is_later },
  { NETWORKS, TRUE, is_wider },
  { MUST_CHANGE, TRUE, is_released },
};

static gboolean
is_self (const MsActor *actor, MsObject *user)
{
  return actor->role != MS_ROLE_ADMINISTRATOR
         && g_strcmp0 (actor->user_id, ms_object_get_id (user)) == 0;
}

gboolean
ms_rules_check_limits (MsWrite *write, MsObject *before, MsEdit *edit, GError **error)
{
  g_autoptr (GError) why = NULL;
  MsObject *after = edit->object;
  gboolean  may_log_on
      = ms_policy_check (write->actor, MS_POLICY_PASSWORD, NULL, before, NULL, &why);

  if (may_log_on && !is_self (write->actor, before))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      if ((may_log_on && !limits[i].of_self)
          || !limits[i].is_looser (before, after, limits[i].path)
          /* Done with that, if they may. */
          || (strcmp (limits[i].path, MUST_CHANGE) == 0
              && g_hash_table_contains (edit->secrets, "password")))
        continue;
      ms_error_set (error,
                    MS_ERROR_DENIED,
                    NULL,
                    limits[i].path,
                    "“%s” of “%s” cannot be changed so, by which more could log on: %s",
                    limits[i].path,
                    ms_object_get_label (before),
                    may_log_on ? "only an administrator loosens their own limits" : why->message);
      return FALSE;
    }
  return TRUE;
}
