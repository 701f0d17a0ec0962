/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From a row to the attributes of a user and a mailbox, as SCIM JSON. Against what is there already
 * only differences are named, so that an update that changes nothing makes no change set and no new
 * version.
 */
#include "ms-import-apply.h"

#include <string.h>

#include "ms-address.h"
#include "ms-change-note.h"
#include "ms-error.h"
#include "ms-import-more.h"
#include "ms-json.h"
#include "ms-text.h"

/* Texts of a user: where each goes */
static const struct
{
  MsImportField field;
  const char   *parent; /* complex attribute or extension */
  const char   *name;
} user_texts[] = {
  { MS_IMPORT_DISPLAY_NAME, NULL, "displayName" },
  { MS_IMPORT_GIVEN_NAME, "name", "givenName" },
  { MS_IMPORT_FAMILY_NAME, "name", "familyName" },
  { MS_IMPORT_TITLE, NULL, "title" },
  { MS_IMPORT_EXTERNAL_ID, NULL, "externalId" },
  { MS_IMPORT_DEPARTMENT, MS_URN_ENTERPRISE, "department" },
  { MS_IMPORT_EMPLOYEE_NUMBER, MS_URN_ENTERPRISE, "employeeNumber" },
  { MS_IMPORT_DESCRIPTION, MS_URN_EXT_USER, "description" },
};

void
ms_import_note_path (JsonArray *changes, const char *path, const char *before, const char *after)
{
  (void) ms_change_note_add (changes, path, before, after);
}

void
ms_import_note_change (JsonArray    *changes,
                       MsImportField field,
                       const char   *before,
                       const char   *after)
{
  const char *name = ms_import_field_get_name (field);

  if (field == MS_IMPORT_PASSWORD || field == MS_IMPORT_PASSWORD_HASH)
    ms_change_note_add_secret (changes, name);
  else
    (void) ms_change_note_add (changes, name, before, after);
}

/* The object below @name; for the parts of a name it begins with those that are there. */
static JsonObject *
get_parent (JsonObject *json, const char *name, MsObject *existing)
{
  if (name == NULL)
    return json;
  if (!json_object_has_member (json, name))
    {
      JsonNode   *old = existing != NULL && strcmp (name, "name") == 0
                            ? json_object_get_member (ms_object_get_attributes (existing), name)
                            : NULL;
      JsonObject *parent = old != NULL && JSON_NODE_HOLDS_OBJECT (old)
                               ? ms_json_deep_copy_object (json_node_get_object (old))
                               : json_object_new ();
      json_object_set_object_member (json, name, parent);
    }
  return json_object_get_object_member (json, name);
}

/* (transfer full) (nullable) @given, @family: (nullable) */
static char *
join_name (const char *given, const char *family)
{
  return given != NULL && family != NULL ? g_strjoin (" ", given, family, NULL)
                                         : g_strdup (given != NULL ? given : family);
}

/* The full name by the halves of it, of which those that the row leaves out stay. One that is there
 * and was not made of them somebody chose. (transfer full) (nullable) */
static char *
make_display_name (const MsImportRow *row, MsObject *existing)
{
  const char *given = row->values[MS_IMPORT_GIVEN_NAME];
  const char *family = row->values[MS_IMPORT_FAMILY_NAME];

  if (given == NULL && family == NULL)
    return NULL;
  if (existing == NULL)
    return join_name (given, family);
  const char      *old = ms_object_get_string (existing, "displayName");
  const char      *old_given = ms_object_get_string (existing, "name.givenName");
  const char      *old_family = ms_object_get_string (existing, "name.familyName");
  g_autofree char *made = join_name (old_given, old_family);
  if (old != NULL && g_strcmp0 (old, made) != 0)
    return NULL;
  return join_name (given != NULL ? given : old_given, family != NULL ? family : old_family);
}

/* What the field is to hold; %NULL leaves it alone. (transfer full) */
static char *
get_wanted_text (MsImportApply     *self,
                 const MsImportRow *row,
                 MsObject          *existing,
                 MsImportField      field)
{
  if (row->values[field] != NULL)
    return g_strdup (row->values[field]);
  if (field == MS_IMPORT_DISPLAY_NAME && !self->options->is_mapped[field])
    return make_display_name (row, existing);
  return NULL;
}

static gboolean
add_user_texts (MsImportApply     *self,
                const MsImportRow *row,
                MsObject          *existing,
                JsonObject        *json,
                JsonArray         *changes,
                GError           **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (user_texts); i++)
    {
      MsImportField    field = user_texts[i].field;
      g_autofree char *wanted = get_wanted_text (self, row, existing, field);
      if (wanted == NULL)
        continue;
      g_autofree char *before = ms_import_values_read (&self->values, existing, NULL, field, error);
      if (before == NULL)
        return FALSE;
      if (existing != NULL && strcmp (before, wanted) == 0)
        continue;
      json_object_set_string_member (
          get_parent (json, user_texts[i].parent, existing), user_texts[i].name, wanted);
      ms_import_note_change (changes, field, before, wanted);
    }
  return TRUE;
}

/* Other numbers that the user has stay. */
static void
add_phone (const MsImportRow *row, MsObject *existing, JsonObject *json, JsonArray *changes)
{
  const char *wanted = row->values[MS_IMPORT_PHONE];
  JsonNode   *node = existing != NULL ? json_object_get_member (ms_object_get_attributes (existing),
                                                              "phoneNumbers")
                                      : NULL;
  JsonNode   *copy = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? ms_json_deep_copy (node) : NULL;
  int         index = copy != NULL ? ms_import_find_phone (json_node_get_array (copy)) : -1;

  if (wanted == NULL)
    {
      g_clear_pointer (&copy, json_node_unref);
      return;
    }
  if (copy == NULL)
    {
      g_autoptr (JsonArray) none = json_array_new ();
      copy = json_node_init_array (json_node_alloc (), none);
    }
  if (index < 0)
    {
      JsonObject *number = json_object_new ();
      json_object_set_string_member (number, "value", wanted);
      json_object_set_string_member (number, "type", "work");
      json_array_add_object_element (json_node_get_array (copy), number);
      ms_import_note_change (changes, MS_IMPORT_PHONE, NULL, wanted);
      json_object_set_member (json, "phoneNumbers", copy);
      return;
    }
  JsonObject *number = json_array_get_object_element (json_node_get_array (copy), (guint) index);
  g_autofree char *before = g_strdup (json_object_get_string_member (number, "value"));
  if (strcmp (before, wanted) == 0)
    {
      json_node_unref (copy);
      return;
    }
  json_object_set_string_member (number, "value", wanted);
  ms_import_note_change (changes, MS_IMPORT_PHONE, before, wanted);
  json_object_set_member (json, "phoneNumbers", copy);
}

static void
add_answer (MsImportAnswer wanted,
            MsObject      *existing,
            const char    *name,
            gboolean       if_unset,
            MsImportField  field,
            JsonObject    *json,
            JsonArray     *changes)
{
  if (wanted == MS_IMPORT_UNSAID)
    return;
  gboolean value = wanted == MS_IMPORT_YES;
  gboolean before = existing != NULL ? ms_object_get_boolean (existing, name, if_unset) : if_unset;
  if (existing != NULL && before == value)
    return;
  json_object_set_boolean_member (json, name, value);
  ms_import_note_change (changes,
                         field,
                         existing != NULL ? (before ? "true" : "false") : NULL,
                         value ? "true" : "false");
}

static void
add_passwords (MsImportApply     *self,
               const MsImportRow *row,
               MsObject          *existing,
               JsonObject        *json,
               JsonArray         *changes)
{
  const char *password = ms_import_row_get_password (row);
  const char *hash = row->values[MS_IMPORT_PASSWORD_HASH];

  if (hash != NULL && !row->is_same_password)
    {
      json_object_set_string_member (
          get_parent (json, MS_URN_EXT_USER, existing), "passwordHash", hash);
      ms_import_note_change (changes, MS_IMPORT_PASSWORD_HASH, NULL, NULL);
    }
  if (password == NULL)
    return;
  ms_import_note_change (changes, MS_IMPORT_PASSWORD, NULL, NULL);
  /* A rehearsal hashes nothing: that takes 15 ms each, and cannot fail for what was checked
   * already. */
  if (self->planned_users == NULL)
    json_object_set_string_member (json, "password", password);
}

JsonObject *
ms_import_make_user (MsImportApply     *self,
                     const MsImportRow *row,
                     MsObject          *existing,
                     JsonArray         *changes,
                     GError           **error)
{
  g_autoptr (JsonObject) json = json_object_new ();

  if (existing == NULL)
    json_object_set_string_member (json, "userName", row->login);
  if (!add_user_texts (self, row, existing, json, changes, error)
      || !ms_import_more_add (self, row, self->service->types.user, existing, json, changes, error))
    return NULL;
  add_phone (row, existing, json, changes);
  add_answer (row->active, existing, "active", TRUE, MS_IMPORT_ACTIVE, json, changes);
  add_passwords (self, row, existing, json, changes);
  return g_steal_pointer (&json);
}

static JsonArray *
get_existing_array (MsObject *existing, const char *name)
{
  JsonNode *node = existing != NULL
                       ? json_object_get_member (ms_object_get_attributes (existing), name)
                       : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static GHashTable *
make_address_set (JsonArray *array, char *const *strv)
{
  GHashTable *set = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    g_hash_table_add (set, ms_address_key (json_array_get_string_element (array, i)));
  for (guint i = 0; strv != NULL && strv[i] != NULL; i++)
    g_hash_table_add (set, ms_address_key (strv[i]));
  return set;
}

static gboolean
is_same_set (GHashTable *a, GHashTable *b)
{
  GHashTableIter iter;
  gpointer       key;

  if (g_hash_table_size (a) != g_hash_table_size (b))
    return FALSE;
  g_hash_table_iter_init (&iter, a);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!g_hash_table_contains (b, key))
      return FALSE;
  return TRUE;
}

void
ms_import_add_addresses (char *const  *wanted,
                         JsonArray    *existing,
                         const char   *name,
                         const char   *own,
                         MsImportField field,
                         JsonObject   *json,
                         JsonArray    *changes)
{
  if (wanted == NULL)
    return;
  g_autoptr (GHashTable) before = make_address_set (existing, NULL);
  g_autoptr (GHashTable) after = make_address_set (NULL, wanted);
  /* The rules drop an alias that is the own address. */
  if (field == MS_IMPORT_ALIASES && own != NULL)
    {
      g_autofree char *key = ms_address_key (own);
      g_hash_table_remove (after, key);
    }
  if (is_same_set (before, after))
    return;

  JsonArray *array = json_array_new ();
  for (guint i = 0; wanted[i] != NULL; i++)
    json_array_add_string_element (array, wanted[i]);
  json_object_set_array_member (json, name, array);
  g_autofree char *old_text = ms_import_join_strings (existing);
  g_autofree char *new_text = ms_import_join_strings (array);
  ms_import_note_change (changes, field, old_text, new_text);
}

/* What is said of the mailbox itself, or else of the user, or else the name as the ancestor has it
 */
static const char *
get_wanted_description (MsImportApply *self, const MsImportRow *row, MsObject *existing)
{
  if (row->values[MS_IMPORT_MAILBOX_DESCRIPTION] != NULL
      || self->options->is_mapped[MS_IMPORT_MAILBOX_DESCRIPTION])
    return row->values[MS_IMPORT_MAILBOX_DESCRIPTION];
  /* A person's name in the file is no reason to replace what somebody wrote about the mailbox. */
  if (row->kind == MS_IMPORT_ACCOUNT && existing != NULL)
    return NULL;
  if (row->kind == MS_IMPORT_MAILBOX_ONLY && row->values[MS_IMPORT_DESCRIPTION] != NULL)
    return row->values[MS_IMPORT_DESCRIPTION];
  return row->values[MS_IMPORT_DISPLAY_NAME];
}

static void
add_description (MsImportApply     *self,
                 const MsImportRow *row,
                 MsObject          *existing,
                 JsonObject        *json,
                 JsonArray         *changes)
{
  const char *wanted = get_wanted_description (self, row, existing);
  const char *before = existing != NULL ? ms_object_get_string (existing, "description") : NULL;

  if (wanted == NULL || g_strcmp0 (before, wanted) == 0)
    return;
  json_object_set_string_member (json, "description", wanted);
  if (row->values[MS_IMPORT_MAILBOX_DESCRIPTION] != NULL || row->kind == MS_IMPORT_MAILBOX_ONLY
      || existing != NULL)
    ms_import_note_change (changes, MS_IMPORT_MAILBOX_DESCRIPTION, before, wanted);
}

static void
add_link (JsonObject *json, const char *name, const char *id)
{
  JsonObject *link = json_object_new ();

  json_object_set_string_member (link, "value", id);
  json_object_set_object_member (json, name, link);
}

static gboolean
add_group (MsImportApply     *self,
           const MsImportRow *row,
           MsObject          *existing,
           JsonObject        *json,
           MsImportOutcome   *outcome,
           GError           **error)
{
  const char *path = row->values[MS_IMPORT_GROUP];
  const char *old_id = existing != NULL ? ms_object_get_link (existing, "group") : NULL;

  if (path == NULL)
    {
      if (existing == NULL && self->options->group != NULL)
        add_link (json, "group", self->options->group);
      return TRUE;
    }
  const char *id = ms_import_get_group (self, path, outcome, error);
  if (id == NULL)
    return FALSE;
  if (g_strcmp0 (id, old_id) == 0)
    return TRUE;
  const char *before = ms_import_values_get_path (&self->values, old_id, error);
  if (before == NULL)
    return FALSE;
  add_link (json, "group", id);
  ms_import_note_change (outcome->changes, MS_IMPORT_GROUP, before, path);
  return TRUE;
}

static void
add_quota (const MsImportRow *row, MsObject *existing, JsonObject *json, JsonArray *changes)
{
  if (row->quota < 0)
    return;
  gboolean has_one
      = existing != NULL && json_object_has_member (ms_object_get_attributes (existing), "quota");
  if (has_one && ms_object_get_int (existing, "quota", 0) == row->quota)
    return;
  g_autofree char *before
      = has_one ? g_strdup_printf ("%" G_GINT64_FORMAT, ms_object_get_int (existing, "quota", 0))
                : NULL;
  g_autofree char *after = g_strdup_printf ("%" G_GINT64_FORMAT, row->quota);
  json_object_set_int_member (json, "quota", row->quota);
  ms_import_note_change (changes, MS_IMPORT_QUOTA, before, after);
}

static gboolean
add_owner (MsImportApply     *self,
           const MsImportRow *row,
           MsObject          *existing,
           MsObject          *owner,
           JsonObject        *json,
           JsonArray         *changes,
           GError           **error)
{
  if (owner == NULL)
    return TRUE;
  const char *old_id = existing != NULL ? ms_object_get_link (existing, "owner") : NULL;
  if (g_strcmp0 (old_id, ms_object_get_id (owner)) == 0)
    return TRUE;
  g_autofree char *before
      = ms_import_values_read (&self->values, NULL, existing, MS_IMPORT_OWNER, error);
  if (before == NULL)
    return FALSE;
  add_link (json, "owner", ms_object_get_id (owner));
  if (row->kind == MS_IMPORT_MAILBOX_ONLY || existing != NULL)
    ms_import_note_change (changes, MS_IMPORT_OWNER, before, ms_object_get_label (owner));
  return TRUE;
}

JsonObject *
ms_import_make_mailbox (MsImportApply     *self,
                        const MsImportRow *row,
                        MsObject          *existing,
                        MsObject          *owner,
                        MsImportOutcome   *outcome,
                        GError           **error)
{
  g_autoptr (JsonObject) json = json_object_new ();
  JsonArray     *changes = outcome->changes;
  MsImportAnswer active = row->mailbox_active;

  if (existing == NULL)
    {
      json_object_set_string_member (json, "name", row->name);
      json_object_set_string_member (json, "domain", row->domain);
    }
  if (active == MS_IMPORT_UNSAID && row->kind == MS_IMPORT_MAILBOX_ONLY)
    active = row->active;
  add_description (self, row, existing, json, changes);
  if (!add_group (self, row, existing, json, outcome, error)
      || !add_owner (self, row, existing, owner, json, changes, error)
      || !ms_import_more_add (
          self, row, self->service->types.mailbox, existing, json, changes, error))
    return NULL;
  ms_import_add_addresses (row->aliases,
                           get_existing_array (existing, "aliases"),
                           "aliases",
                           row->address,
                           MS_IMPORT_ALIASES,
                           json,
                           changes);
  add_quota (row, existing, json, changes);
  ms_import_add_addresses (row->forward_to,
                           get_existing_array (existing, "forwardTo"),
                           "forwardTo",
                           NULL,
                           MS_IMPORT_FORWARD_TO,
                           json,
                           changes);
  add_answer (row->keep_copy, existing, "keepCopy", TRUE, MS_IMPORT_KEEP_COPY, json, changes);
  add_answer (active, existing, "active", TRUE, MS_IMPORT_MAILBOX_ACTIVE, json, changes);
  add_answer (row->primary, existing, "primary", FALSE, MS_IMPORT_PRIMARY, json, changes);
  return g_steal_pointer (&json);
}
