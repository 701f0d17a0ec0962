/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rows of mailing lists. Entries are written so that people can type them: "user:john",
 * "mailbox:info@example.org", "group:Sales/EMEA", "list:staff@example.org" or "list:Staff",
 * "listName:Friends @ home"; without such a word an address is a mailbox or a list, and anything
 * else a user. How they are parted is in ms-import-members.h.
 */
#include "ms-import-apply.h"

#include <string.h>

#include "ms-error.h"
#include "ms-import-members.h"
#include "ms-import-more.h"
#include "ms-patch.h"
#include "ms-text.h"

#define EXPECTED_MEMBERS 512
#define ADDRESS MS_URN_EXT_GROUP ":address"

/* %FALSE with @error, or @found may be %NULL: there is none. */
static gboolean
find_by_name (MsImportApply *self, const char *name, MsObject **found, GError **error)
{
  gboolean is_ambiguous = FALSE;

  if (!ms_end_names_find_list (&self->names, name, found, &is_ambiguous, error))
    return FALSE;
  if (!is_ambiguous)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                "list",
                "There are several lists called “%s”; name it by its address",
                name);
  return FALSE;
}

static gboolean
find_by_address (MsImportApply *self, const char *text, MsObject **found, GError **error)
{
  return ms_end_names_find_address (&self->names, text, "members", found, error);
}

/* In a rehearsal, that of an earlier transaction was taken back. */
static gboolean
is_planned (MsImportApply *self, const char *text)
{
  g_autofree char *key = self->planned_ends != NULL ? ms_import_order_make_key (text) : NULL;

  return key != NULL && g_hash_table_contains (self->planned_ends, key);
}

/* @id: (out) (transfer full) (nullable): of one entry; none where it is planned */
static gboolean
resolve_member (MsImportApply *self, const char *text, char **id, GError **error)
{
  g_autoptr (MsObject) found = NULL;
  gboolean asked;

  if (g_str_has_prefix (text, "user:"))
    asked = ms_end_names_find_user (&self->names, text + strlen ("user:"), &found, error);
  else if (g_str_has_prefix (text, "group:"))
    asked = ms_end_names_find_group (&self->names, text + strlen ("group:"), &found, error);
  else if (g_str_has_prefix (text, "mailbox:"))
    asked = find_by_address (self, text + strlen ("mailbox:"), &found, error);
  else if (g_str_has_prefix (text, MS_END_LIST_NAME))
    asked = find_by_name (self, text + strlen (MS_END_LIST_NAME), &found, error);
  else if (g_str_has_prefix (text, "list:"))
    asked = strchr (text, '@') != NULL
                ? find_by_address (self, text + strlen ("list:"), &found, error)
                : find_by_name (self, text + strlen ("list:"), &found, error);
  else if (g_uuid_string_is_valid (text))
    asked = ms_txn_look_up (self->write.txn, NULL, text, &found, error);
  else
    asked = strchr (text, '@') != NULL ? find_by_address (self, text, &found, error)
                                       : ms_end_names_find_user (&self->names, text, &found, error);
  if (!asked)
    return FALSE;
  if (found == NULL && !is_planned (self, text))
    {
      ms_error_set (
          error, MS_ERROR_NOT_FOUND, NULL, "members", "There is no “%s” in the store", text);
      return FALSE;
    }
  *id = found != NULL ? g_strdup (ms_object_get_id (found)) : NULL;
  return TRUE;
}

/* Many are asked for at once, before they are asked for one by one. */
static gboolean
expect_members (MsImportApply *self, char *const *members, GError **error)
{
  const MsServiceTypes *types = &self->service->types;
  g_autoptr (GPtrArray) logins = g_ptr_array_new ();
  g_autoptr (GPtrArray) addresses = g_ptr_array_new ();

  for (guint i = 0; i < EXPECTED_MEMBERS && members[i] != NULL; i++)
    {
      const char *name = strchr (members[i], ':');
      name = name != NULL ? name + 1 : members[i];
      if (g_str_has_prefix (members[i], "user:") || strchr (members[i], '@') == NULL)
        g_ptr_array_add (logins, (gpointer) name);
      else
        g_ptr_array_add (addresses, (gpointer) name);
    }
  return ms_txn_expect_objects (self->write.txn, types->user, "userName", logins, error)
         && ms_txn_expect_objects (self->write.txn, types->mailbox, "address", addresses, error);
}

static gboolean
add_members (MsImportApply *self, const MsImportRow *row, JsonObject *json, GError **error)
{
  if (row->members == NULL)
    return TRUE;
  g_autoptr (JsonArray) members = json_array_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; row->members[i] != NULL; i++)
    {
      g_autofree char *id = NULL;
      if (i % EXPECTED_MEMBERS == 0 && !expect_members (self, row->members + i, error))
        return FALSE;
      if (!resolve_member (self, row->members[i], &id, error))
        return FALSE;
      if (id == NULL || g_hash_table_contains (seen, id))
        continue;
      JsonObject *member = json_object_new ();
      json_object_set_string_member (member, "value", id);
      g_hash_table_add (seen, g_steal_pointer (&id));
      json_array_add_object_element (members, member);
    }
  json_object_set_array_member (json, "members", json_array_ref (members));
  return TRUE;
}

static void
add_outsiders (MsImportApply *self, const MsImportRow *row, JsonObject *extension)
{
  if (row->values[MS_IMPORT_EXTERNAL_MEMBERS] == NULL)
    return;
  const char *at = row->values[MS_IMPORT_EXTERNAL_MEMBERS];
  JsonArray  *array = json_array_new ();

  /* Of one more than there can be, the attribute says so. */
  while (json_array_get_length (array) <= MS_EDIT_MAX_ELEMENTS)
    {
      g_autofree char *part = ms_text_next_part (&at, self->options->alias_separators);
      if (part == NULL)
        break;
      json_array_add_string_element (array, part);
    }
  json_object_set_array_member (extension, "externalMembers", array);
}

/* @existing: (nullable); what differs of the aliases is noted in @changes. (transfer full) */
static JsonObject *
make_list (MsImportApply     *self,
           const MsImportRow *row,
           MsObject          *existing,
           gboolean           with_members,
           JsonArray         *changes,
           GError           **error)
{
  g_autoptr (JsonObject) json = json_object_new ();
  JsonObject *extension = json_object_new ();

  json_object_set_object_member (json, MS_URN_EXT_GROUP, extension);
  json_object_set_string_member (json, "displayName", row->values[MS_IMPORT_LIST]);
  if (row->address != NULL)
    json_object_set_string_member (extension, "address", row->address);
  if (row->values[MS_IMPORT_DESCRIPTION] != NULL)
    json_object_set_string_member (extension, "description", row->values[MS_IMPORT_DESCRIPTION]);
  ms_import_add_addresses (row->aliases,
                           ms_import_get_list_array (existing, "aliases"),
                           "aliases",
                           row->address,
                           MS_IMPORT_ALIASES,
                           extension,
                           changes);
  add_outsiders (self, row, extension);
  return !with_members || add_members (self, row, json, error) ? g_steal_pointer (&json) : NULL;
}

static void
note_values (const MsImportRow *row, MsObject *existing, JsonArray *changes)
{
  static const struct
  {
    MsImportField field;
    const char   *path;
  } fields[] = {
    { MS_IMPORT_LIST, "displayName" },
    { MS_IMPORT_ADDRESS, ADDRESS },
    { MS_IMPORT_DESCRIPTION, MS_URN_EXT_GROUP ":description" },
    { MS_IMPORT_MEMBERS, NULL },
    { MS_IMPORT_EXTERNAL_MEMBERS, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      const char *wanted = row->values[fields[i].field];
      const char *before = existing != NULL && fields[i].path != NULL
                               ? ms_object_get_string (existing, fields[i].path)
                               : NULL;
      if (wanted != NULL && g_strcmp0 (before, wanted) != 0)
        ms_import_note_change (changes, fields[i].field, before, wanted);
    }
}

static gboolean
update_list (MsImportApply     *self,
             const MsImportRow *row,
             MsObject          *existing,
             JsonObject        *json,
             MsImportOutcome   *outcome,
             GError           **error)
{
  g_autoptr (MsEdit) edit = ms_write_make_patch (existing, json, error);
  gboolean changed = FALSE;

  if (edit == NULL)
    return FALSE;
  g_autoptr (MsObject) stored = ms_write_update (&self->write, existing, edit, &changed, error);
  if (stored == NULL)
    return FALSE;
  outcome->count = changed ? MS_IMPORT_UPDATED : MS_IMPORT_SKIPPED;
  if (changed)
    note_values (row, existing, outcome->changes);
  else
    outcome->reason = g_strdup ("Nothing differs");
  return TRUE;
}

static gboolean
find_existing (MsImportApply *self, const MsImportRow *row, MsObject **existing, GError **error)
{
  if (row->address == NULL)
    {
      if (!find_by_name (self, row->values[MS_IMPORT_LIST], existing, error))
        return FALSE;
      /* That is the one of another row. */
      if (*existing != NULL && ms_object_get_string (*existing, ADDRESS) != NULL
          && self->order != NULL
          && ms_import_order_has_addressed (self->order, row->values[MS_IMPORT_LIST]))
        g_clear_pointer (existing, ms_object_unref);
      return TRUE;
    }
  if (!find_by_address (self, row->address, existing, error))
    return FALSE;
  if (*existing == NULL || ms_object_get_type (*existing) == self->service->types.list)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                "uniqueness",
                "address",
                "%s is the address of “%s”, which is no mailing list",
                row->address,
                ms_object_get_label (*existing));
  return FALSE;
}

static gboolean
create_list (MsImportApply *self, JsonObject *json, GError **error)
{
  g_autoptr (MsEdit) edit = ms_edit_new_from_create (self->service->types.list, json, error);
  g_autoptr (MsObject) made = edit != NULL ? ms_write_create (&self->write, edit, error) : NULL;

  return made != NULL;
}

gboolean
ms_import_make_bare_list (MsImportApply     *self,
                          const MsImportRow *row,
                          gboolean          *made,
                          gboolean          *there,
                          MsImportOutcome   *outcome,
                          GError           **error)
{
  const MsResourceType *type = self->service->types.list;
  g_autoptr (MsObject) existing = NULL;

  *made = FALSE;
  if (!find_existing (self, row, &existing, error))
    return FALSE;
  *there = existing != NULL;
  if (existing != NULL)
    return TRUE;
  g_autoptr (JsonObject) json = make_list (self, row, NULL, FALSE, outcome->changes, error);
  *made = json != NULL && ms_import_more_add (self, row, type, NULL, json, outcome->changes, error)
          && create_list (self, json, error);
  if (*made)
    note_values (row, NULL, outcome->changes);
  return *made;
}

gboolean
ms_import_fill_bare_list (MsImportApply     *self,
                          const MsImportRow *row,
                          MsImportOutcome   *outcome,
                          GError           **error)
{
  g_autoptr (MsObject) bare = NULL;
  g_autoptr (JsonObject) json = json_object_new ();
  MsImportOutcome update = { 0 }; /* which is none for who reads the report */

  if (!find_existing (self, row, &bare, error) || !add_members (self, row, json, error))
    return FALSE;
  g_return_val_if_fail (bare != NULL, FALSE);
  ms_import_outcome_reset (&update);
  gboolean filled = update_list (self, row, bare, json, &update, error);
  ms_import_outcome_clear (&update);
  outcome->count = MS_IMPORT_CREATED;
  return filled;
}

gboolean
ms_import_apply_list (MsImportApply     *self,
                      const MsImportRow *row,
                      MsImportOutcome   *outcome,
                      GError           **error)
{
  g_autoptr (MsObject) existing = NULL;
  gboolean go_on = FALSE;

  if (!find_existing (self, row, &existing, error)
      || (existing != NULL && !ms_import_meet_existing (self, existing, outcome, &go_on, error)))
    return FALSE;
  if (existing != NULL && !go_on)
    return TRUE;
  g_autoptr (JsonObject) json = make_list (self, row, existing, TRUE, outcome->changes, error);
  if (json == NULL
      || !ms_import_more_add (
          self, row, self->service->types.list, existing, json, outcome->changes, error))
    return FALSE;
  if (existing != NULL)
    return update_list (self, row, existing, json, outcome, error);

  note_values (row, NULL, outcome->changes);
  outcome->count = MS_IMPORT_CREATED;
  return create_list (self, json, error);
}
