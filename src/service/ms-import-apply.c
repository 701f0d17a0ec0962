/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows of accounts and mailboxes: who exists already, who is meant, and the one call of the service
 * that does it.
 */
#include "ms-import-apply.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"
#include "ms-patch.h"
#include "ms-text.h"

void
ms_import_outcome_clear (MsImportOutcome *self)
{
  g_clear_pointer (&self->reason, g_free);
  g_clear_pointer (&self->changes, json_array_unref);
  g_clear_pointer (&self->groups, g_ptr_array_unref);
}

/* Begins anew, also after an attempt that failed half-way. */
static void
outcome_reset (MsImportOutcome *self)
{
  ms_import_outcome_clear (self);
  self->count = MS_IMPORT_REFUSED;
  self->field = NULL;
  self->changes = json_array_new ();
  self->groups = g_ptr_array_new_with_free_func (g_free);
}

void
ms_import_apply_init (MsImportApply          *self,
                      MsService              *service,
                      const MsActor          *actor,
                      const MsImportSettings *options,
                      MsHashes               *hashes,
                      GHashTable             *planned_users,
                      GHashTable             *known_groups)
{
  memset (self, 0, sizeof *self);
  self->service = service;
  self->options = options;
  self->planned_users = planned_users;
  self->known_groups = known_groups;
  self->made_groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->group_ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  ms_write_init (&self->write, service, actor, hashes);
}

static gboolean
read_template (MsImportApply        *self,
               const MsResourceType *type,
               const char           *id,
               const char           *path,
               MsObject **template,
               GError **error)
{
  g_autoptr (GError) failed = NULL;

  *template = ms_write_get_template (&self->write, type, id, path, &failed);
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

gboolean
ms_import_apply_begin (MsImportApply *self, MsTxn *txn, GError **error)
{
  const MsServiceTypes *types = &self->service->types;

  self->write.txn = txn;
  ms_import_values_init (&self->values, types, txn);
  return read_template (self,
                        types->user,
                        self->options->user_template,
                        "userTemplate",
                        &self->user_template,
                        error)
         && read_template (self,
                           types->mailbox,
                           self->options->mailbox_template,
                           "mailboxTemplate",
                           &self->mailbox_template,
                           error);
}

gboolean
ms_import_apply_expect (
    MsImportApply *self, GPtrArray *rows, guint first, guint count, GError **error)
{
  const MsServiceTypes *types = &self->service->types;
  g_autoptr (GPtrArray) logins = g_ptr_array_new ();
  g_autoptr (GPtrArray) addresses = g_ptr_array_new ();

  for (guint i = first; i < MIN (first + count, rows->len); i++)
    {
      const MsImportRow *row = rows->pdata[i];
      if (row->problem != NULL || row->kind == MS_IMPORT_MAILING_LIST)
        continue;
      if (row->login != NULL)
        g_ptr_array_add (logins, row->login);
      if (row->address != NULL)
        g_ptr_array_add (addresses, row->address);
    }
  return ms_txn_expect_objects (self->write.txn, types->user, "userName", logins, error)
         && ms_txn_expect_objects (self->write.txn, types->mailbox, "address", addresses, error);
}

void
ms_import_apply_end (MsImportApply *self, gboolean committed)
{
  GHashTableIter iter;
  gpointer       key, id;

  g_hash_table_iter_init (&iter, self->group_ids);
  while (self->known_groups != NULL && g_hash_table_iter_next (&iter, &key, &id))
    if (committed || !g_hash_table_contains (self->made_groups, key))
      g_hash_table_insert (self->known_groups, g_strdup (key), g_strdup (id));
}

void
ms_import_apply_clear (MsImportApply *self)
{
  g_clear_pointer (&self->user_template, ms_object_unref);
  g_clear_pointer (&self->mailbox_template, ms_object_unref);
  g_clear_pointer (&self->group_ids, g_hash_table_unref);
  g_clear_pointer (&self->made_groups, g_hash_table_unref);
  ms_import_values_clear (&self->values);
  ms_write_clear (&self->write);
}

/* Mail groups
 * ----------------------------------------------------------------------------------------- */

static const char *
remember_group (MsImportApply *self, const char *key, const char *id)
{
  char *copy = g_strdup (id);

  g_hash_table_insert (self->group_ids, g_strdup (key), copy);
  return copy;
}

static const char *
find_group (MsImportApply *self, const char *path, const char *key, gboolean create, GError **error)
{
  const char *known = g_hash_table_lookup (self->group_ids, key);

  if (known == NULL && self->known_groups != NULL)
    known = g_hash_table_lookup (self->known_groups, key);
  if (known != NULL)
    return known;
  g_autoptr (MsObject) group = ms_write_resolve_group (&self->write, NULL, path, create, error);
  return group != NULL ? remember_group (self, key, ms_object_get_id (group)) : NULL;
}

/* Makes the groups above first, so that each that is made is counted. */
static const char *
make_group (MsImportApply *self, const char *path, MsImportOutcome *outcome, GError **error)
{
  g_autofree char *key = ms_text_fold (path);
  g_autoptr (GError) missing = NULL;
  const char *id = find_group (self, path, key, FALSE, &missing);

  if (id != NULL)
    return id;
  if (!self->options->create_groups || !g_error_matches (missing, MS_ERROR, MS_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&missing));
      return NULL;
    }
  const char *slash = strrchr (path, '/');
  if (slash != NULL)
    {
      g_autofree char *above = g_strndup (path, (gsize) (slash - path));
      if (make_group (self, above, outcome, error) == NULL)
        return NULL;
    }
  id = find_group (self, path, key, TRUE, error);
  if (id == NULL)
    return NULL;
  g_hash_table_add (self->made_groups, g_strdup (key));
  g_ptr_array_add (outcome->groups, g_steal_pointer (&key));
  return id;
}

const char *
ms_import_get_group (MsImportApply   *self,
                     const char      *path,
                     MsImportOutcome *outcome,
                     GError         **error)
{
  g_autoptr (GError) failed = NULL;
  const char *id = make_group (self, path, outcome, &failed);

  if (id != NULL)
    return id;
  /* Errors of the group's own attributes are about the path in the file. */
  int code = failed->domain == MS_ERROR ? failed->code : MS_ERROR_INTERNAL;
  ms_error_set (error, code, ms_error_get_scim_type (failed), "group", "%s", failed->message);
  return NULL;
}

/* Who and what is there already
 * ------------------------------------------------------------------------ */

static gboolean
find_user (
    MsTxn *txn, const MsServiceTypes *types, const char *login, MsObject **user, GError **error)
{
  g_autoptr (GError) failed = NULL;

  *user = login != NULL ? ms_txn_find_object (txn, types->user, "userName", login, &failed) : NULL;
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

static gboolean
find_holder (MsTxn *txn, const char *address, MsObject **holder, GError **error)
{
  g_autoptr (GError) failed = NULL;

  *holder = address != NULL ? ms_txn_find_unique (txn, "address", address, &failed) : NULL;
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

gboolean
ms_import_check_absent (MsTxn                *txn,
                        const MsServiceTypes *types,
                        const MsImportRow    *row,
                        gboolean             *absent,
                        GError              **error)
{
  g_autoptr (MsObject) user = NULL;
  g_autoptr (MsObject) holder = NULL;

  if (row->kind == MS_IMPORT_ACCOUNT && !find_user (txn, types, row->login, &user, error))
    return FALSE;
  if (!find_holder (txn, row->address, &holder, error))
    return FALSE;
  *absent = user == NULL && holder == NULL;
  return TRUE;
}

static const char *
describe (MsImportApply *self, MsObject *object)
{
  gboolean is_mailbox = ms_object_get_type (object) == self->service->types.mailbox;

  return is_mailbox ? ms_object_get_string (object, "address") : ms_object_get_label (object);
}

gboolean
ms_import_meet_existing (MsImportApply   *self,
                         MsObject        *existing,
                         MsImportOutcome *outcome,
                         gboolean        *go_on,
                         GError         **error)
{
  *go_on = FALSE;
  switch (self->options->existing)
    {
    case MS_IMPORT_UPDATE_EXISTING:
      *go_on = TRUE;
      return TRUE;
    case MS_IMPORT_SKIP_EXISTING:
      outcome->count = MS_IMPORT_SKIPPED;
      outcome->reason = g_strdup_printf ("%s exists already", describe (self, existing));
      return TRUE;
    case MS_IMPORT_STOP_AT_EXISTING:
    default:
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    "uniqueness",
                    ms_object_get_type (existing) == self->service->types.list ? "list"
                                                                               : "userName",
                    "%s exists already, and the import was told to stop at that",
                    describe (self, existing));
      return FALSE;
    }
}

static const char *
get_row_field (const MsImportRow *row)
{
  return ms_import_field_get_name (row->values[MS_IMPORT_MAILBOX] != NULL ? MS_IMPORT_MAILBOX
                                                                          : MS_IMPORT_USER_NAME);
}

/* An address that something else than a mailbox has cannot become one's. */
static gboolean
check_holder (MsImportApply *self, const MsImportRow *row, MsObject *holder, GError **error)
{
  if (holder == NULL || ms_object_get_type (holder) == self->service->types.mailbox)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                "uniqueness",
                get_row_field (row),
                "%s is the address of “%s”, which is no mailbox",
                row->address,
                ms_object_get_label (holder));
  return FALSE;
}

/* Which mailbox of @user an update means; %NULL where one is to be made. @holder: what has the
 * row's address */
static gboolean
choose_mailbox (MsImportApply     *self,
                const MsImportRow *row,
                MsObject          *user,
                MsObject          *holder,
                MsObject         **mailbox,
                GError           **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) primary = NULL;

  *mailbox = NULL;
  if (user != NULL)
    {
      primary = ms_write_find_primary (&self->write, ms_object_get_id (user), &failed);
      if (failed != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return FALSE;
        }
    }
  if (primary != NULL && !row->names_mailbox)
    {
      *mailbox = g_steal_pointer (&primary);
      return TRUE;
    }
  const char *owner = holder != NULL ? ms_object_get_link (holder, "owner") : NULL;
  if (owner != NULL && (user == NULL || strcmp (owner, ms_object_get_id (user)) != 0))
    {
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    "uniqueness",
                    get_row_field (row),
                    "The mailbox %s is somebody else's",
                    row->address);
      return FALSE;
    }
  if (primary != NULL && owner == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    get_row_field (row),
                    "The primary mailbox of %s is %s; an import gives nobody another",
                    row->login,
                    describe (self, primary));
      return FALSE;
    }
  *mailbox = holder != NULL ? ms_object_ref (holder) : NULL;
  return TRUE;
}

/* Accounts
 * ---------------------------------------------------------------------------------------------- */

/* Between the look before the transaction and now the user has gone or come. */
static gboolean
check_password_is_ready (MsImportApply *self, const MsImportRow *row, GError **error)
{
  if (self->planned_users != NULL || row->is_hashed || ms_import_row_get_password (row) == NULL)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                "userName",
                "%s was changed by somebody else meanwhile; import this record again",
                row->login);
  return FALSE;
}

/* An account's mailbox is described by its user's name, unless a column of its own says that it is
 * not described at all. */
static gboolean
clear_description (MsImportApply *self, const MsImportRow *row, MsObject *mailbox, GError **error)
{
  if (mailbox == NULL || !self->options->is_mapped[MS_IMPORT_MAILBOX_DESCRIPTION]
      || row->values[MS_IMPORT_MAILBOX_DESCRIPTION] != NULL
      || ms_object_get_string (mailbox, "description") == NULL)
    return TRUE;
  g_autoptr (MsObject) after = ms_object_copy (mailbox);
  ms_object_set_string (after, "description", NULL);
  g_autoptr (MsObject) stored = ms_write_update_object (&self->write, mailbox, after, NULL, error);
  return stored != NULL;
}

/* @user: (out): as made, where the mailbox is there already */
static gboolean
create_account (MsImportApply     *self,
                const MsImportRow *row,
                gboolean           with_mailbox,
                MsObject         **user,
                MsImportOutcome   *outcome,
                GError           **error)
{
  if (!check_password_is_ready (self, row, error))
    return FALSE;
  g_autoptr (JsonObject) user_json = ms_import_make_user (self, row, NULL, outcome->changes, error);
  if (user_json == NULL)
    return FALSE;
  g_autoptr (JsonObject) mailbox_json = NULL;
  if (with_mailbox)
    {
      mailbox_json = ms_import_make_mailbox (self, row, NULL, NULL, outcome, error);
      if (mailbox_json == NULL)
        return FALSE;
    }
  MsAccount account
      = { user_json, mailbox_json, self->user_template, self->mailbox_template, NULL };
  g_autoptr (MsObject) mailbox = NULL;
  return ms_write_create_account (&self->write, &account, user, &mailbox, NULL, error)
         && clear_description (self, row, mailbox, error);
}

/* @user: (nullable): only a mailbox without owner is there, which becomes the new user's */
static gboolean
update_account (MsImportApply     *self,
                const MsImportRow *row,
                MsObject          *user,
                MsObject          *holder,
                MsImportOutcome   *outcome,
                GError           **error)
{
  g_autoptr (MsObject) mailbox = NULL;
  g_autoptr (MsObject) made = NULL;
  g_autoptr (JsonObject) user_json = NULL;
  g_autoptr (JsonObject) mailbox_json = NULL;
  gboolean changed = FALSE;

  if (row->address != NULL && !choose_mailbox (self, row, user, holder, &mailbox, error))
    return FALSE;
  if (user == NULL)
    {
      if (!create_account (self, row, FALSE, &made, outcome, error))
        return FALSE;
      user_json = json_object_new ();
    }
  else
    {
      if (!check_password_is_ready (self, row, error))
        return FALSE;
      user_json = ms_import_make_user (self, row, user, outcome->changes, error);
      if (user_json == NULL)
        return FALSE;
    }
  if (row->address != NULL)
    {
      mailbox_json
          = ms_import_make_mailbox (self, row, mailbox, user != NULL ? user : made, outcome, error);
      if (mailbox_json == NULL)
        return FALSE;
      if (made != NULL)
        json_object_set_boolean_member (mailbox_json, "primary", TRUE);
      else if (mailbox != NULL && json_object_get_size (mailbox_json) == 0)
        g_clear_pointer (&mailbox_json, json_object_unref);
    }
  MsAccount account
      = { user_json, mailbox_json, NULL, mailbox == NULL ? self->mailbox_template : NULL, NULL };
  if (!ms_write_update_account (
          &self->write, &account, user != NULL ? user : made, mailbox, &changed, error))
    return FALSE;
  outcome->count
      = json_array_get_length (outcome->changes) > 0 || (row->address != NULL && mailbox == NULL)
            ? MS_IMPORT_UPDATED
            : MS_IMPORT_SKIPPED;
  if (outcome->count == MS_IMPORT_SKIPPED)
    outcome->reason = g_strdup ("Nothing differs");
  return TRUE;
}

static gboolean
apply_account (MsImportApply     *self,
               const MsImportRow *row,
               MsImportOutcome   *outcome,
               GError           **error)
{
  g_autoptr (MsObject) user = NULL;
  g_autoptr (MsObject) holder = NULL;
  gboolean go_on = FALSE;

  if (!find_user (self->write.txn, &self->service->types, row->login, &user, error)
      || !find_holder (self->write.txn, row->address, &holder, error)
      || !check_holder (self, row, holder, error))
    return FALSE;
  if (user == NULL && holder == NULL)
    {
      outcome->count = MS_IMPORT_CREATED;
      return create_account (self, row, row->address != NULL, NULL, outcome, error);
    }
  if (!ms_import_meet_existing (self, user != NULL ? user : holder, outcome, &go_on, error))
    return FALSE;
  return !go_on || update_account (self, row, user, holder, outcome, error);
}

/* Mailboxes
 * -----------------------------------------------------------------------------------------------
 */

/* The owner may be somebody whom an earlier row of this rehearsal made and took back: then somebody
 * of that name is made again, to be taken back with this row. */
static gboolean
get_owner (MsImportApply *self, const MsImportRow *row, MsObject **owner, GError **error)
{
  *owner = NULL;
  if (row->login == NULL)
    return TRUE;
  if (!find_user (self->write.txn, &self->service->types, row->login, owner, error))
    return FALSE;
  if (*owner != NULL)
    return TRUE;

  g_autofree char *folded = ms_text_fold (row->login);
  if (self->planned_users == NULL || !g_hash_table_contains (self->planned_users, folded))
    {
      ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, "owner", "There is no user %s", row->login);
      return FALSE;
    }
  g_autoptr (JsonObject) json = json_object_new ();
  json_object_set_string_member (json, "userName", row->login);
  MsAccount account = { json, NULL, NULL, NULL, NULL };
  return ms_write_create_account (&self->write, &account, owner, NULL, NULL, error);
}

/* A mailbox without an owner takes from the template what a mailbox can; a mailbox has these under
 * the same names. */
static void
fill_from_template (MsObject *template, JsonObject *json)
{
  static const char *const names[] = { "group", "quota", "forwardTo", "keepCopy" };

  for (guint i = 0; template != NULL && i < G_N_ELEMENTS (names); i++)
    {
      JsonNode *value = json_object_get_member (ms_object_get_attributes (template), names[i]);
      if (value != NULL && !json_object_has_member (json, names[i]))
        json_object_set_member (json, names[i], ms_json_deep_copy (value));
    }
}

static gboolean
create_mailbox (MsImportApply     *self,
                const MsImportRow *row,
                MsObject          *owner,
                MsImportOutcome   *outcome,
                GError           **error)
{
  g_autoptr (JsonObject) json = ms_import_make_mailbox (self, row, NULL, owner, outcome, error);

  if (json == NULL)
    return FALSE;
  outcome->count = MS_IMPORT_CREATED;
  if (owner == NULL)
    {
      fill_from_template (self->mailbox_template, json);
      g_autoptr (MsEdit) edit = ms_edit_new_from_create (self->service->types.mailbox, json, error);
      g_autoptr (MsObject) made = edit != NULL ? ms_write_create (&self->write, edit, error) : NULL;
      return made != NULL;
    }
  if (!json_object_has_member (json, "primary"))
    json_object_set_boolean_member (json, "primary", FALSE);
  g_autoptr (JsonObject) nothing = json_object_new ();
  MsAccount account = { nothing, json, NULL, self->mailbox_template, NULL };
  gboolean  changed;
  return ms_write_update_account (&self->write, &account, owner, NULL, &changed, error);
}

static gboolean
update_mailbox (MsImportApply     *self,
                const MsImportRow *row,
                MsObject          *mailbox,
                MsObject          *owner,
                MsImportOutcome   *outcome,
                GError           **error)
{
  g_autoptr (JsonObject) json = ms_import_make_mailbox (self, row, mailbox, owner, outcome, error);

  if (json == NULL)
    return FALSE;
  if (json_array_get_length (outcome->changes) == 0)
    {
      outcome->count = MS_IMPORT_SKIPPED;
      outcome->reason = g_strdup ("Nothing differs");
      return TRUE;
    }
  outcome->count = MS_IMPORT_UPDATED;
  g_autoptr (MsEdit) edit = ms_import_make_patch (mailbox, json, error);
  g_autoptr (MsObject) stored
             = edit != NULL ? ms_write_update (&self->write, mailbox, edit, NULL, error) : NULL;
  return stored != NULL;
}

static gboolean
apply_mailbox (MsImportApply     *self,
               const MsImportRow *row,
               MsImportOutcome   *outcome,
               GError           **error)
{
  g_autoptr (MsObject) owner = NULL;
  g_autoptr (MsObject) holder = NULL;
  gboolean go_on = FALSE;

  if (!find_holder (self->write.txn, row->address, &holder, error)
      || !check_holder (self, row, holder, error))
    return FALSE;
  if (holder != NULL && !ms_import_meet_existing (self, holder, outcome, &go_on, error))
    return FALSE;
  if (holder != NULL && !go_on)
    return TRUE;
  if (!get_owner (self, row, &owner, error))
    return FALSE;
  return holder == NULL ? create_mailbox (self, row, owner, outcome, error)
                        : update_mailbox (self, row, holder, owner, outcome, error);
}

/* Rows
 * ---------------------------------------------------------------------------------------------------
 */

/* As a PATCH without a path would say it. */
MsEdit *
ms_import_make_patch (MsObject *object, JsonObject *values, GError **error)
{
  g_autoptr (JsonObject) body = json_object_new ();
  JsonArray  *schemas = json_array_new ();
  JsonArray  *operations = json_array_new ();
  JsonObject *operation = json_object_new ();

  json_array_add_string_element (schemas, "urn:ietf:params:scim:api:messages:2.0:PatchOp");
  json_object_set_array_member (body, "schemas", schemas);
  json_object_set_string_member (operation, "op", "replace");
  json_object_set_object_member (operation, "value", json_object_ref (values));
  json_array_add_object_element (operations, operation);
  json_object_set_array_member (body, "Operations", operations);
  return ms_edit_new_from_patch (object, body, error);
}

typedef struct
{
  MsImportApply   *apply;
  MsImportRow     *row;
  MsImportOutcome *outcome;
} RowWork;

static gboolean
work_on_row (MsTxn *txn, gpointer user_data, GError **error)
{
  RowWork *work = user_data;

  switch (work->row->kind)
    {
    case MS_IMPORT_ACCOUNT:
      return apply_account (work->apply, work->row, work->outcome, error);
    case MS_IMPORT_MAILBOX_ONLY:
      return apply_mailbox (work->apply, work->row, work->outcome, error);
    case MS_IMPORT_MAILING_LIST:
    default:
      return ms_import_apply_list (work->apply, work->row, work->outcome, error);
    }
}

/* Whether it is the store or the server that failed, and not the row */
static gboolean
is_fatal (const GError *error)
{
  return error->domain != MS_ERROR || error->code == MS_ERROR_INTERNAL
         || error->code == MS_ERROR_UNAVAILABLE;
}

/* In a savepoint of its own; what it made and remembered goes with it when it fails. */
static gboolean
try_row (MsImportApply *self, MsImportRow *row, MsImportOutcome *outcome, GError **error)
{
  RowWork work = { self, row, outcome };

  outcome_reset (outcome);
  if (ms_txn_savepoint (self->write.txn, TRUE, work_on_row, &work, error))
    return TRUE;
  if (outcome->groups->len > 0)
    {
      g_hash_table_remove_all (self->group_ids);
      ms_import_values_forget (&self->values);
    }
  outcome_reset (outcome);
  return FALSE;
}

/* A mail group that an earlier chunk found may have been deleted since. */
static gboolean
may_be_stale (MsImportApply *self, const MsImportRow *row, const GError *error)
{
  const char *path = ms_error_get_path (error);

  return row->values[MS_IMPORT_GROUP] != NULL && path != NULL && g_str_has_suffix (path, "group")
         && self->known_groups != NULL && g_hash_table_size (self->known_groups) > 0;
}

gboolean
ms_import_apply_row (MsImportApply   *self,
                     MsImportRow     *row,
                     MsImportOutcome *outcome,
                     GError         **error)
{
  g_autoptr (GError) failed = NULL;

  outcome_reset (outcome);
  if (row->problem != NULL || try_row (self, row, outcome, &failed))
    return TRUE;
  if (!is_fatal (failed) && may_be_stale (self, row, failed))
    {
      g_hash_table_remove_all (self->known_groups);
      g_clear_error (&failed);
      if (try_row (self, row, outcome, &failed))
        return TRUE;
    }
  if (is_fatal (failed))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  ms_import_row_refuse (row, g_steal_pointer (&failed));
  return TRUE;
}
