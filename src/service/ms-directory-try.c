/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A directory asked for its first entries, with what each would be here. Nothing is written, and
 * of the store nothing is asked but how it spells domains; who is there already is for a rehearsal.
 */
#include "ms-directories.h"

#include <string.h>

#include "ms-directory-plan.h"
#include "ms-error.h"
#include "ms-gate.h"
#include "ms-json.h"
#include "ms-session.h"
#include "ms-txn.h"

/**
 * Try:
 * @object: (nullable): as stored
 * @password: (nullable): as stored
 * @entries: (element-type MsDirectoryEntry)
 * @persons: (element-type MsDirectoryPerson): of as many of them as are shown
 */
typedef struct
{
  MsService         *service;
  const MsActor     *actor;
  const char        *id;
  MsObject          *object;
  char              *password;
  char              *primary_domain;
  MsDirectoryConfig *config;
  GPtrArray         *entries;
  GPtrArray         *persons;
  JsonBuilder       *into;
  guint              limit;
  gboolean           any_active;
} Try;

static gboolean
load_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Try *self = user_data;
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsActor) present = ms_actor_copy (self->actor);

  /* Who asked may have lost the right to it while the directory was waited for. */
  if (!ms_session_check_actor (self->service, txn, present, error)
      || !ms_policy_check (present, MS_POLICY_DIRECTORIES, NULL, NULL, NULL, error))
    return FALSE;
  if (self->id != NULL)
    {
      self->object = ms_txn_get_object (txn, self->service->types.directory, self->id, error);
      if (self->object == NULL)
        return FALSE;
      self->password = ms_txn_get_secret (txn, self->id, MS_DIRECTORY_PASSWORD, &failed);
    }
  if (failed == NULL)
    self->primary_domain = ms_txn_get_setting (txn, MS_SETTING_PRIMARY_DOMAIN, &failed);
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

/* A stored password goes to no other server than the stored one. */
static const char *
choose_password (Try *self, const MsDirectoryBody *body, MsObject *wanted)
{
  if (body->says_password)
    return body->password;
  return self->object != NULL
                 && g_strcmp0 (ms_object_get_string (self->object, "server"),
                               ms_object_get_string (wanted, "server"))
                        == 0
             ? self->password
             : NULL;
}

static gboolean
set_up (Try *self, JsonObject *json, GError **error)
{
  g_auto (MsDirectoryBody) body = { NULL };
  g_autoptr (JsonObject) nothing = json_object_new ();

  if (!ms_directory_body_read (
          &body, &self->service->types, self->object, json != NULL ? json : nothing, error))
    return FALSE;
  g_autoptr (MsEdit) edit = self->object != NULL
                                ? ms_edit_new_from_replace (self->object, body.attributes, error)
                                : ms_edit_new_from_create (
                                    self->service->types.directory, body.attributes, error);
  if (edit == NULL)
    return FALSE;
  self->config = ms_directory_config_new (
      &self->service->types, edit->object, choose_password (self, &body, edit->object), error);
  return self->config != NULL && ms_directory_config_check_password (self->config, error);
}

/* Entries ----------------------------------------------------------------------------------- */

static void
add_text (JsonBuilder *into, const char *name, const char *text)
{
  json_builder_set_member_name (into, name);
  if (text != NULL)
    json_builder_add_string_value (into, text);
  else
    json_builder_add_null_value (into);
}

static void
add_values (Try *self, const MsDirectoryPerson *person)
{
  json_builder_set_member_name (self->into, "values");
  json_builder_begin_object (self->into);
  for (guint i = 0; i < person->n_values; i++)
    {
      const MsDirectoryField *field = self->config->fields->pdata[i];
      if (person->values[i] == NULL)
        continue;
      json_builder_set_member_name (self->into, field->attribute->path);
      json_builder_add_value (self->into, ms_json_deep_copy (person->values[i]));
    }
  json_builder_end_object (self->into);
}

static void
add_aliases (Try *self, const MsDirectoryPerson *person)
{
  if (person->aliases == NULL)
    return;
  json_builder_set_member_name (self->into, "aliases");
  json_builder_begin_array (self->into);
  for (guint i = 0; person->aliases[i] != NULL; i++)
    json_builder_add_string_value (self->into, person->aliases[i]);
  json_builder_end_array (self->into);
}

static void
show_person (Try *self, const MsDirectoryPerson *person)
{
  json_builder_begin_object (self->into);
  add_text (self->into, "dn", person->dn);
  add_text (self->into, "identity", person->identity);
  add_text (self->into, "userName", person->user_name);
  add_text (self->into, "mailbox", person->mailbox);
  add_aliases (self, person);
  if (self->config->quota != NULL && person->quota >= 0)
    {
      json_builder_set_member_name (self->into, "quota");
      json_builder_add_int_value (self->into, person->quota);
    }
  if (self->config->password_hash != NULL)
    {
      json_builder_set_member_name (self->into, "hasPasswordHash");
      json_builder_add_boolean_value (self->into, person->password_hash != NULL);
    }
  add_values (self, person);
  if (person->problem != NULL)
    {
      json_builder_set_member_name (self->into, "problem");
      json_builder_begin_object (self->into);
      add_text (self->into, "field", ms_error_get_path (person->problem));
      add_text (self->into, "reason", person->problem->message);
      json_builder_end_object (self->into);
    }
  if (person->warning != NULL)
    add_text (self->into, "warning", person->warning);
  json_builder_end_object (self->into);
}

/* Reading ----------------------------------------------------------------------------------- */

/* What is wanted of it, to be looked at when all are there. */
static gboolean
keep_entry (MsDirectoryEntry *entry, gpointer user_data, GError **error)
{
  Try              *self = user_data;
  MsDirectoryEntry *copy = ms_directory_entry_new (ms_directory_entry_get_dn (entry));

  for (char **name = self->config->wanted; *name != NULL; name++)
    for (guint i = 0; i < ms_directory_entry_count (entry, *name); i++)
      ms_directory_entry_add (copy, *name, ms_directory_entry_get (entry, *name, i));
  g_ptr_array_add (self->entries, copy);
  return TRUE;
}

static gboolean
note_active (MsDirectoryEntry *entry, gpointer user_data, GError **error)
{
  ((Try *) user_data)->any_active = TRUE;
  return TRUE;
}

/* One more is asked for, to know whether there is more. */
static gboolean
read_entries (Try *self, GCancellable *cancellable, GError **error)
{
  const MsDirectoryConfig *config = self->config;
  MsDirectorySearch        search
      = { config->base,    config->scope, config->filter, (const char *const *) config->wanted,
          self->limit + 1, NULL };

  if (!self->service->directory_read (
          &config->server, &search, keep_entry, self, cancellable, error))
    return FALSE;
  if (config->active_filter == NULL)
    return TRUE;
  g_autofree char *both = g_strdup_printf ("(&%s%s)", config->filter, config->active_filter);
  search.filter = both;
  search.limit = 1;
  return self->service->directory_read (
      &config->server, &search, note_active, self, cancellable, error);
}

static void
forget_set_up (Try *self)
{
  g_clear_pointer (&self->object, ms_object_unref);
  g_clear_pointer (&self->config, ms_directory_config_free);
  if (self->password != NULL)
    explicit_bzero (self->password, strlen (self->password));
  g_clear_pointer (&self->password, g_free);
  g_clear_pointer (&self->primary_domain, g_free);
}

static gboolean
load (Try *self, JsonObject *body, GError **error)
{
  forget_set_up (self);
  return ms_store_read (self->service->store, load_in_txn, self, NULL, error)
         && set_up (self, body, error);
}

/* While a stranger's server is waited for nobody here waits for this: the tables of attributes may
 * be exchanged meanwhile, and so all that is of them is had anew. Of a directory that was set up
 * otherwise meanwhile it was not asked what it would be now. */
static gboolean
read_outside (Try *self, JsonObject *body, GCancellable *cancellable, GError **error)
{
  gint64   version = self->object != NULL ? ms_object_get_version (self->object) : 0;
  gboolean is_outside = ms_gate_step_out (self->service->gate);
  gboolean read = read_entries (self, cancellable, error);

  if (is_outside)
    ms_gate_enter (self->service->gate);
  if (!read || !load (self, body, error))
    return FALSE;
  if (self->object == NULL || ms_object_get_version (self->object) == version)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                NULL,
                "The directory was set up otherwise while it was asked: try again");
  return FALSE;
}

static gboolean
spell_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Try *self = user_data;

  return ms_directory_spell_persons (self->persons, txn, &self->service->types, error);
}

/* As a run has them. */
static gboolean
make_persons (Try *self, GError **error)
{
  const char *domain = self->primary_domain != NULL ? self->primary_domain : "";

  for (guint i = 0; i < MIN (self->entries->len, self->limit); i++)
    g_ptr_array_add (self->persons,
                     ms_directory_person_new (self->config, self->entries->pdata[i], domain));
  return ms_store_read (self->service->store, spell_in_txn, self, NULL, error);
}

static void
show_all (Try *self)
{
  json_builder_begin_object (self->into);
  json_builder_set_member_name (self->into, "entries");
  json_builder_begin_array (self->into);
  for (guint i = 0; i < self->persons->len; i++)
    show_person (self, self->persons->pdata[i]);
  json_builder_end_array (self->into);
  json_builder_set_member_name (self->into, "more");
  json_builder_add_boolean_value (self->into, self->entries->len > self->limit);
  json_builder_set_member_name (self->into, "anyActive");
  if (self->config->active_filter != NULL)
    json_builder_add_boolean_value (self->into, self->any_active);
  else
    json_builder_add_null_value (self->into);
  json_builder_end_object (self->into);
}

gboolean
ms_service_try_directory (MsService     *self,
                          const MsActor *actor,
                          const char    *id,
                          JsonObject    *body,
                          guint          limit,
                          GCancellable  *cancellable,
                          GString       *out,
                          GError       **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && out != NULL, FALSE);
  g_return_val_if_fail (id != NULL || body != NULL, FALSE);

  g_autoptr (JsonBuilder) builder = json_builder_new ();
  Try work = { .service = self,
               .actor = actor,
               .id = id,
               .into = builder,
               .limit = CLAMP (limit, 1, MS_DIRECTORY_TRY_MAX) };

  if (!ms_policy_check (actor, MS_POLICY_DIRECTORIES, NULL, NULL, NULL, error))
    return FALSE;
  work.entries = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_directory_entry_free);
  work.persons = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_directory_person_free);
  gboolean done = load (&work, body, error) && read_outside (&work, body, cancellable, error)
                  && make_persons (&work, error);
  if (done)
    {
      show_all (&work);
      g_autoptr (JsonNode) root = json_builder_get_root (builder);
      ms_json_append (out, root);
    }
  forget_set_up (&work);
  g_ptr_array_unref (work.persons);
  g_ptr_array_unref (work.entries);
  return done;
}
