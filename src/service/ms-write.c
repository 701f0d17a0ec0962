/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one way objects are written: policy, then the rules of the type, then relations, then the
 * store. Every function runs inside a writing transaction and leaves nothing behind when it fails,
 * because the transaction does not.
 */
#include "ms-write.h"

#include <string.h>

#include "ms-error.h"
#include "ms-hash-pool.h"
#include "ms-password.h"
#include "ms-rules.h"
#include "ms-session-cache.h"
#include "ms-txn.h"

#define ROLE MS_URN_EXT_USER ":role"

void
ms_write_init (MsWrite *self, MsService *service, const MsActor *actor, MsHashes *hashes)
{
  memset (self, 0, sizeof *self);
  self->service = service;
  self->types = &service->types;
  self->actor = actor;
  self->hashes = hashes;
  self->seen_users = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
ms_write_clear (MsWrite *self)
{
  if (self->forgets_sessions)
    ms_session_cache_drop_all (self->service->sessions);
  else if (g_hash_table_size (self->seen_users) > 0)
    ms_session_cache_drop_users (self->service->sessions, self->seen_users);
  g_clear_pointer (&self->seen_users, g_hash_table_unref);
  g_clear_pointer (&self->undone_here, g_hash_table_unref);
  g_clear_pointer (&self->undone_returns, g_hash_table_unref);
  g_clear_pointer (&self->primary_domain, g_free);
  g_clear_pointer (&self->unguarded_list, g_free);
}

void
ms_write_note_user (MsWrite *self, const char *id)
{
  if (g_hash_table_add (self->seen_users, g_strdup (id)))
    ms_txn_announce (self->txn, MS_NEWS_USER, id);
}

void
ms_write_note_everybody (MsWrite *self)
{
  self->forgets_sessions = TRUE;
  ms_txn_announce (self->txn, MS_NEWS_EVERYBODY, "all");
}

const char *
ms_write_get_primary_domain (MsWrite *self, GError **error)
{
  if (self->primary_domain != NULL)
    return self->primary_domain;

  g_autoptr (GError) failed = NULL;
  self->primary_domain = ms_txn_get_setting (self->txn, MS_SETTING_PRIMARY_DOMAIN, &failed);
  if (failed != NULL)
    g_propagate_error (error, g_steal_pointer (&failed));
  else if (self->primary_domain == NULL)
    ms_error_set (error, MS_ERROR_CONFLICT, NULL, "domain", "The store has no primary domain yet");
  return self->primary_domain;
}

/* Policy ------------------------------------------------------------------------------------ */

/* “none” is what who says nothing has: it gives no role and takes none. */
static gboolean
is_same_role (const char *path, MsObject *before, MsObject *after)
{
  return strcmp (path, ROLE) == 0
         && ms_role_from_string (ms_object_get_string (before, path))
                == ms_role_from_string (ms_object_get_string (after, path));
}

/* @before: as it was; an empty one for a new object */
static gboolean
check_attributes (MsWrite     *self,
                  MsPolicyVerb verb,
                  MsObject    *before,
                  MsObject    *after,
                  GPtrArray   *deltas,
                  GError     **error)
{
  for (guint i = 0; i < deltas->len; i++)
    {
      const char *path = ((const MsDelta *) g_ptr_array_index (deltas, i))->attribute->path;
      if (!is_same_role (path, before, after)
          && !ms_policy_check (self->actor, verb, NULL, before, path, error))
        return FALSE;
    }
  return TRUE;
}

/* Relations --------------------------------------------------------------------------------- */

static gboolean
check_target_type (const MsAttribute *attribute, MsObject *target, GError **error)
{
  const char *name = ms_object_get_type (target)->name;

  if (attribute->relation_types == NULL
      || g_strv_contains ((const char *const *) attribute->relation_types, name))
    return TRUE;
  g_autofree char *allowed = g_strjoinv (", ", attribute->relation_types);
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                attribute->path,
                "“%s” cannot be a %s; allowed: %s",
                attribute->path,
                name,
                allowed);
  return FALSE;
}

MsObject *
ms_write_get_target (MsWrite *self, const MsAttribute *attribute, const char *id, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) target = ms_txn_get_object (self->txn, NULL, id, &failed);

  if (target == NULL && g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    attribute->path,
                    "“%s”: there is no object with the id %s",
                    attribute->path,
                    id);
      return NULL;
    }
  if (target == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return NULL;
    }
  return check_target_type (attribute, target, error) ? g_steal_pointer (&target) : NULL;
}

typedef struct
{
  MsWrite  *write;
  MsObject *before; /* (nullable) */
  MsObject *after;
  GError   *error;
} RelationCheck;

static void
check_relation (const MsAttribute *attribute, gpointer user_data)
{
  RelationCheck *check = user_data;

  if (check->error != NULL || attribute->relation != MS_RELATION_TO || attribute->multi_valued)
    return;
  const char *id = ms_object_get_link (check->after, attribute->path);
  const char *old
      = check->before != NULL ? ms_object_get_link (check->before, attribute->path) : NULL;
  if (id == NULL || g_strcmp0 (id, old) == 0)
    return;
  g_autoptr (MsObject) target = ms_write_get_target (check->write, attribute, id, &check->error);
}

static gboolean
check_relations (MsWrite *self, MsObject *before, MsObject *after, GError **error)
{
  RelationCheck check = { self, before, after, NULL };

  ms_resource_type_foreach_leaf (ms_object_get_type (after), check_relation, &check);
  if (check.error == NULL)
    return TRUE;
  g_propagate_error (error, check.error);
  return FALSE;
}

/* Secrets ----------------------------------------------------------------------------------- */

/* Secrets that operators declare are kept as passwords are; nothing but the hash stays. */
static gboolean
write_declared_secret (
    MsWrite *self, MsObject *object, const char *path, const char *value, GError **error)
{
  const char *hash = value != NULL ? ms_hashes_lookup (self->hashes, value) : NULL;

  if (value == NULL || hash != NULL)
    return ms_txn_set_secret (self->txn, object, path, hash, error);
  if (!ms_password_check_new (value, path, error))
    return FALSE;
  ms_error_set (
      error,
      MS_ERROR_INVALID,
      "invalidValue",
      path,
      "“%s” is a secret: a string is expected, as a member of this name or as the value of "
      "an operation whose path it is",
      path);
  return FALSE;
}

static gboolean
write_secrets (MsWrite    *self,
               MsObject   *object,
               gboolean    created,
               gboolean    is_own,
               GHashTable *secrets,
               GError    **error)
{
  const MsResourceType *type = ms_object_get_type (object);
  const MsRules        *rules = ms_rules_find (type);
  GHashTableIter        iter;
  gpointer              path, value;

  g_hash_table_iter_init (&iter, secrets);
  while (g_hash_table_iter_next (&iter, &path, &value))
    {
      gboolean by_rules = rules->set_secret != NULL && g_strv_contains (rules->secrets, path);
      if ((!is_own && !ms_policy_check (self->actor, MS_POLICY_PASSWORD, type, object, NULL, error))
          || !(by_rules ? rules->set_secret (self, object, created, path, value, error)
                        : write_declared_secret (self, object, path, value, error)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_secrets (GHashTable *secrets, GError **error)
{
  if (!g_hash_table_contains (secrets, "password")
      || !g_hash_table_contains (secrets, MS_URN_EXT_USER ":passwordHash"))
    return TRUE;
  ms_error_set (
      error, MS_ERROR_INVALID, "invalidValue", "password", "Give a password or its hash, not both");
  return FALSE;
}

/* Objects ----------------------------------------------------------------------------------- */

void
ms_write_give_id (MsEdit *edit, const char *given)
{
  if (ms_object_get_id (edit->object) != NULL)
    return;
  g_autofree char *id = given != NULL ? g_strdup (given) : ms_object_new_id ();
  MsObject        *object = ms_object_new (ms_object_get_type (edit->object),
                                    id,
                                    json_object_ref (ms_object_get_attributes (edit->object)));
  ms_object_unref (edit->object);
  edit->object = object;
}

MsObject *
ms_write_create (MsWrite *self, MsEdit *edit, GError **error)
{
  const MsResourceType *type = ms_object_get_type (edit->object);
  const MsRules        *rules = ms_rules_find (type);
  gboolean              changed = FALSE;

  if (!ms_policy_check (self->actor, MS_POLICY_CREATE, type, NULL, NULL, error)
      || !check_secrets (edit->secrets, error))
    return NULL;
  ms_write_give_id (edit, NULL);
  if (rules->prepare != NULL && !rules->prepare (self, NULL, edit, error))
    return NULL;

  g_autoptr (MsObject) nothing = ms_object_new (type, NULL, json_object_new ());
  g_autoptr (GPtrArray) deltas = ms_delta_compute (nothing, edit->object);
  if (!check_attributes (self, MS_POLICY_CREATE, nothing, edit->object, deltas, error)
      || !ms_write_check_claims (self, edit, error)
      || !check_relations (self, NULL, edit->object, error)
      || !ms_txn_insert (self->txn, edit->object, error)
      || !ms_write_links (self, edit->object, edit->links, &changed, error)
      || !write_secrets (self, edit->object, TRUE, FALSE, edit->secrets, error)
      || (rules->stored != NULL && !rules->stored (self, NULL, edit->object, error))
      || !ms_rules_check_ways (self, NULL, edit->object, error))
    return NULL;
  return ms_object_ref (edit->object);
}

/* Whether the edit is no more than a new password of the actor's own. */
static gboolean
is_own_password (MsWrite *self, MsObject *before, MsEdit *edit)
{
  if (self->actor->by_token || self->actor->must_enrol
      || g_strcmp0 (self->actor->user_id, ms_object_get_id (before)) != 0
      || g_hash_table_size (edit->secrets) != 1
      || !g_hash_table_contains (edit->secrets, "password")
      || (edit->links != NULL && edit->links->len > 0))
    return FALSE;
  g_autoptr (GPtrArray) deltas = ms_delta_compute (before, edit->object);
  return deltas->len == 0;
}

/* What it would need that the own password may be set whatever the role. (nullable): it may */
static const char *
find_missing_right (MsObject *user)
{
  static const char *const needed[]
      = { MS_URN_EXT_USER ":rights.changePassword", MS_URN_EXT_USER ":mustChangePassword" };

  for (guint i = 0; i < G_N_ELEMENTS (needed); i++)
    if (!ms_object_get_boolean (user, needed[i], FALSE))
      return needed[i];
  return NULL;
}

/* @missing: (nullable): where it is no more than the own password, what that lacks */
static gboolean
check_update (MsWrite *self, MsObject *before, const char *missing, GError **error)
{
  g_autoptr (GError) denied = NULL;

  if (ms_policy_check (self->actor, MS_POLICY_UPDATE, NULL, before, NULL, &denied))
    return TRUE;
  if (missing == NULL)
    g_propagate_error (error, g_steal_pointer (&denied));
  else
    ms_error_set (error,
                  MS_ERROR_DENIED,
                  NULL,
                  missing,
                  "%s; but the own password where “rights.changePassword” and “mustChangePassword” "
                  "are true, and “%s” is not",
                  denied->message,
                  missing + strlen (MS_URN_EXT_USER ":"));
  return FALSE;
}

MsObject *
ms_write_update (MsWrite *self, MsObject *before, MsEdit *edit, gboolean *changed, GError **error)
{
  const MsResourceType *type = ms_object_get_type (before);
  const MsRules        *rules = ms_rules_find (type);
  gboolean              links_changed = FALSE;
  gboolean              is_alone = is_own_password (self, before, edit);
  const char           *missing = is_alone ? find_missing_right (before) : NULL;
  const gboolean        is_own = is_alone && missing == NULL;

  if ((!is_own && !check_update (self, before, missing, error))
      || !check_secrets (edit->secrets, error)
      || (rules->prepare != NULL && !rules->prepare (self, before, edit, error)))
    return NULL;

  MsObject *after = edit->object;
  g_autoptr (GPtrArray) deltas = ms_delta_compute (before, after);
  gboolean has_secrets = g_hash_table_size (edit->secrets) > 0;
  if ((!is_own && !check_attributes (self, MS_POLICY_UPDATE, before, after, deltas, error))
      || !ms_write_check_claims (self, edit, error) || !check_relations (self, before, after, error)
      || (deltas->len > 0 && !ms_txn_update (self->txn, after, error))
      || !ms_write_links (self, after, edit->links, &links_changed, error)
      || (has_secrets && !write_secrets (self, after, FALSE, is_own, edit->secrets, error)))
    return NULL;

  gboolean did_change = deltas->len > 0 || links_changed || has_secrets;
  if (did_change
      && ((rules->stored != NULL && !rules->stored (self, before, after, error))
          || !ms_rules_check_ways (self, before, after, error)))
    return NULL;
  if (changed != NULL)
    *changed = did_change;
  return ms_object_ref (after);
}

MsObject *
ms_write_update_object (
    MsWrite *self, MsObject *before, MsObject *after, gboolean *changed, GError **error)
{
  g_autoptr (MsEdit) edit = ms_write_wrap (after);

  return ms_write_update (self, before, edit, changed, error);
}

gboolean
ms_write_revive (MsWrite *self, MsObject *stored, MsObject *object, MsEdit *edit, GError **error)
{
  const MsRules *rules = ms_rules_find (ms_object_get_type (object));
  gboolean       changed = FALSE;

  self->reviving = stored;
  gboolean prepared = ms_policy_check (self->actor, MS_POLICY_CREATE, NULL, object, NULL, error)
                      && (rules->prepare == NULL || rules->prepare (self, NULL, edit, error));
  self->reviving = NULL;
  return prepared && check_relations (self, NULL, edit->object, error)
         && ms_txn_update (self->txn, edit->object, error)
         && ms_write_links (self, edit->object, edit->links, &changed, error)
         && (rules->stored == NULL || rules->stored (self, NULL, edit->object, error))
         && ms_rules_check_ways (self, NULL, edit->object, error);
}

gboolean
ms_write_delete (MsWrite *self, MsObject *object, GError **error)
{
  const MsRules *rules = ms_rules_find (ms_object_get_type (object));

  if (!ms_policy_check (self->actor, MS_POLICY_DELETE, NULL, object, NULL, error)
      || !ms_rules_check_mail_goes (self, object, error))
    return FALSE;
  if (rules->remove == NULL)
    return ms_txn_delete (self->txn, object, error);

  if (!rules->remove (self, object, error))
    return FALSE;

  /* What hung on it went first, and may have counted its version up. */
  g_autoptr (MsObject) now = ms_txn_get_object (
      self->txn, ms_object_get_type (object), ms_object_get_id (object), error);
  if (now == NULL)
    return FALSE;
  return ms_txn_delete (self->txn, now, error);
}
