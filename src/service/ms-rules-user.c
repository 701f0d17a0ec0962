/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Users: somebody must always be able to administer the store; whoever is disabled or gets a new
 * password is logged off at once; a password is stored only as a hash.
 */
#include "ms-rules.h"

#include <gio/gio.h>
#include <string.h>

#include "ms-error.h"
#include "ms-hash-pool.h"
#include "ms-json.h"
#include "ms-password.h"
#include "ms-password-scheme.h"
#include "ms-session.h"
#include "ms-txn.h"

#define ROLE MS_URN_EXT_USER ":role"
#define NETWORKS MS_URN_EXT_USER ":allowedNetworks"
#define VALID_FROM MS_URN_EXT_USER ":validFrom"
#define VALID_UNTIL MS_URN_EXT_USER ":validUntil"
#define MUST_CHANGE MS_URN_EXT_USER ":mustChangePassword"
#define PASSWORD_HASH MS_URN_EXT_USER ":passwordHash"

/* Administrators who are looked at to find one that stays. */
#define MAX_ADMINISTRATORS 1000

/* How well somebody can administer the store. */
typedef enum
{
  ADMINISTERS_NOT,
  ADMINISTERS_WITHIN_LIMITS, /* an end is set, or networks from which alone it can be done */
  ADMINISTERS_FREELY,
} Administers;

static gint64
get_time (MsObject *user, const char *path, gint64 otherwise)
{
  const char *text = ms_object_get_string (user, path);
  gint64      time;

  return text != NULL && ms_json_parse_time (text, &time) ? time : otherwise;
}

static gboolean
has_networks (MsObject *user)
{
  JsonArray *networks = ms_rules_get_array (user, NETWORKS);

  return networks != NULL && json_array_get_length (networks) > 0;
}

/* @has_password: nobody logs on without one */
static Administers
get_administers (MsWrite *write, MsObject *user, gboolean has_password)
{
  gint64 now = ms_service_get_time (write->service);
  gint64 until = get_time (user, VALID_UNTIL, G_MAXINT64);

  if (!has_password
      || ms_role_from_string (ms_object_get_string (user, ROLE)) != MS_ROLE_ADMINISTRATOR
      || !ms_object_get_boolean (user, "active", TRUE) || until <= now
      || get_time (user, VALID_FROM, G_MININT64) > now)
    return ADMINISTERS_NOT;
  return until == G_MAXINT64 && !has_networks (user) ? ADMINISTERS_FREELY
                                                     : ADMINISTERS_WITHIN_LIMITS;
}

/* As stored; the password is looked up where it matters. */
static gboolean
read_administers (MsWrite *write, MsObject *user, Administers *administers, GError **error)
{
  g_autoptr (GError) failed = NULL;

  *administers = get_administers (write, user, TRUE);
  if (*administers == ADMINISTERS_NOT)
    return TRUE;
  g_autofree char *hash
      = ms_txn_get_secret (write->txn, ms_object_get_id (user), "password", &failed);
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (hash == NULL)
    *administers = ADMINISTERS_NOT;
  return TRUE;
}

/* @user, who administers as well as @least, is about to do so less: is there another one? */
static gboolean
check_not_last (MsWrite *write, MsObject *user, Administers least, const char *path, GError **error)
{
  g_autoptr (GPtrArray) administrators = NULL;

  if (!ms_write_query (write,
                       write->types->user,
                       MAX_ADMINISTRATORS,
                       &administrators,
                       NULL,
                       error,
                       ROLE " eq \"administrator\" and active eq true"))
    return FALSE;
  for (guint i = 0; i < administrators->len; i++)
    {
      MsObject   *other = g_ptr_array_index (administrators, i);
      Administers administers;
      if (strcmp (ms_object_get_id (other), ms_object_get_id (user)) == 0)
        continue;
      if (!read_administers (write, other, &administers, error))
        return FALSE;
      if (administers >= least)
        return TRUE;
    }
  ms_error_set (
      error,
      MS_ERROR_CONFLICT,
      NULL,
      path,
      least == ADMINISTERS_FREELY
          ? "This is the last administrator who can log on at any time and from anywhere; "
            "nobody could administer the store"
          : "This is the last administrator who can log on; nobody could administer the "
            "store");
  return FALSE;
}

/* The attribute by which @after administers less than it did. */
static const char *
find_loss (MsWrite *write, MsObject *after)
{
  if (!ms_object_get_boolean (after, "active", TRUE))
    return "active";
  if (ms_role_from_string (ms_object_get_string (after, ROLE)) != MS_ROLE_ADMINISTRATOR)
    return ROLE;
  if (get_time (after, VALID_FROM, G_MININT64) > ms_service_get_time (write->service))
    return VALID_FROM;
  return get_time (after, VALID_UNTIL, G_MAXINT64) == G_MAXINT64 ? NETWORKS : VALID_UNTIL;
}

static gboolean
check_networks (MsObject *user, GError **error)
{
  JsonArray *networks = ms_rules_get_array (user, NETWORKS);

  for (guint i = 0; networks != NULL && i < json_array_get_length (networks); i++)
    {
      const char *network = json_array_get_string_element (networks, i);
      g_autoptr (GInetAddressMask) mask
                 = network != NULL ? g_inet_address_mask_new_from_string (network, NULL) : NULL;
      if (mask != NULL)
        continue;
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    NETWORKS,
                    "“%s” is not a network, such as 192.0.2.0/24",
                    network != NULL ? network : "");
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_validity (MsObject *user, GError **error)
{
  const char *from = ms_object_get_string (user, VALID_FROM);
  const char *until = ms_object_get_string (user, VALID_UNTIL);
  gint64      from_time, until_time;

  if (from == NULL || until == NULL || !ms_json_parse_time (from, &from_time)
      || !ms_json_parse_time (until, &until_time) || from_time < until_time)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                VALID_UNTIL,
                "The end of validity is before its beginning");
  return FALSE;
}

/* The store keeps it with the hash (ms_txn_set_secret()). What a new user has of it beforehand is
 * written once, with the rest. */
static void
foretell_scheme (MsWrite *write, MsEdit *edit)
{
  const char *clear = g_hash_table_lookup (edit->secrets, "password");
  const char *hash = clear != NULL ? ms_hashes_lookup (write->hashes, clear)
                                   : g_hash_table_lookup (edit->secrets, PASSWORD_HASH);

  ms_object_set_string (edit->object, MS_PATH_PASSWORD_SCHEME, ms_password_scheme_find (hash));
}

static gboolean
prepare (MsWrite *write, MsObject *before, MsEdit *edit, GError **error)
{
  MsObject *after = edit->object;

  if (!ms_rules_check_name (write, before, after, "userName", MS_NAME_IDENTIFIER, error)
      || !check_networks (after, error) || !check_validity (after, error)
      || !ms_rules_check_directory_links (write, before, after, error))
    return FALSE;

  ms_rules_keep_active (before, after);
  /* What comes back from the bin has its own. */
  if (before == NULL && write->reviving == NULL)
    foretell_scheme (write, edit);
  if (before == NULL)
    return TRUE;
  if (!ms_rules_check_limits (write, before, edit, error))
    return FALSE;

  Administers least;
  if (!read_administers (write, before, &least, error)
      || (get_administers (write, after, TRUE) < least
          && !check_not_last (write, before, least, find_loss (write, after), error)))
    return FALSE;

  /* Whoever sets their own password has done what was asked for. */
  if (g_hash_table_contains (edit->secrets, "password")
      && g_strcmp0 (write->actor->user_id, ms_object_get_id (after)) == 0
      && ms_object_get_boolean (before, MUST_CHANGE, FALSE)
      && ms_object_get_boolean (after, MUST_CHANGE, FALSE))
    ms_object_set_boolean (after, MUST_CHANGE, FALSE);
  return TRUE;
}

static gboolean
stored (MsWrite *write, MsObject *before, MsObject *after, GError **error)
{
  ms_write_note_user (write, ms_object_get_id (after));
  if (before == NULL || !ms_object_get_boolean (before, "active", TRUE)
      || ms_object_get_boolean (after, "active", TRUE))
    return TRUE;
  return ms_session_end_all (write, ms_object_get_id (after), NULL, error);
}

static gboolean
set_secret (MsWrite    *write,
            MsObject   *user,
            gboolean    created,
            const char *path,
            const char *value,
            GError    **error)
{
  g_autofree char *hash = NULL;

  if (value != NULL && strcmp (path, PASSWORD_HASH) == 0)
    {
      hash = ms_password_check_hash (value, error);
      if (hash == NULL)
        return FALSE;
    }
  else if (value != NULL)
    {
      hash = g_strdup (ms_hashes_lookup (write->hashes, value));
      if (hash == NULL && !ms_password_check_new (value, path, error))
        return FALSE;
      if (hash == NULL)
        {
          ms_error_set (
              error, MS_ERROR_INTERNAL, NULL, path, "The password was not hashed in time");
          return FALSE;
        }
    }

  Administers least = ADMINISTERS_NOT;
  if (hash == NULL && !created
      && (!read_administers (write, user, &least, error)
          || (least != ADMINISTERS_NOT && !check_not_last (write, user, least, path, error))))
    return FALSE;
  if (!ms_txn_set_secret (write->txn, user, "password", hash, error))
    return FALSE;
  if (created)
    return TRUE;
  ms_write_note_user (write, ms_object_get_id (user));
  return ms_session_end_all (write, ms_object_get_id (user), write->actor->session_id, error);
}

/* One mailbox of a user that goes: deleted with it, or left without an owner. */
static gboolean
release_mailbox (MsWrite *write, const char *id, GError **error)
{
  g_autoptr (MsObject) mailbox = ms_txn_get_object (write->txn, write->types->mailbox, id, error);

  if (mailbox == NULL)
    return FALSE;
  if (!write->keep_mailboxes)
    return ms_write_delete (write, mailbox, error);

  g_autoptr (MsObject) after = ms_object_copy (mailbox);
  ms_object_set_link (after, "owner", NULL);
  if (ms_object_get_boolean (after, "primary", FALSE))
    ms_object_set_boolean (after, "primary", FALSE);
  g_autoptr (MsObject) kept = ms_write_update_object (write, mailbox, after, NULL, error);
  return kept != NULL;
}

static gboolean
release_mailboxes (MsWrite *write, const char *user_id, GPtrArray *owned, GError **error)
{
  gboolean done = TRUE;

  write->removing = user_id;
  for (guint i = 0; done && i < owned->len; i++)
    {
      const MsLinkTarget *target = g_ptr_array_index (owned, i);
      done = target->type != write->types->mailbox || release_mailbox (write, target->id, error);
    }
  write->removing = NULL;
  return done;
}

static gboolean
remove_user (MsWrite *write, MsObject *user, GError **error)
{
  const char *id = ms_object_get_id (user);
  Administers least;

  if (!read_administers (write, user, &least, error)
      || (least != ADMINISTERS_NOT && !check_not_last (write, user, least, NULL, error)))
    return FALSE;

  g_autoptr (GPtrArray) mailboxes = ms_txn_list_links (write->txn, id, "owner", TRUE, 0, error);
  if (mailboxes == NULL)
    return FALSE;
  if (write->undoing && mailboxes->len > 0)
    {
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    NULL,
                    "The user owns mailboxes that were not made with it");
      return FALSE;
    }
  if (!release_mailboxes (write, id, mailboxes, error))
    return FALSE;

  /* Tokens lie in the bin with their user, refused there, and are good again when it comes back. */
  ms_write_note_user (write, id);
  return ms_txn_delete_sessions (write->txn, id, error);
}

const MsRules ms_rules_user = {
  .kept = { "active" },
  .prepare = prepare,
  .stored = stored,
  .secrets = { "password", PASSWORD_HASH },
  .set_secret = set_secret,
  .remove = remove_user,
};
