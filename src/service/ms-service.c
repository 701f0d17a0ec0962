/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The service's parts put together and taken apart. Asynchronous work is counted, not referenced:
 * shutting down waits for all of it, so that no pool thread ever drops the last reference.
 */
#include "ms-service-private.h"

#include <string.h>

#include "ms-back-off.h"
#include "ms-bin.h"
#include "ms-cursor.h"
#include "ms-directory-runs.h"
#include "ms-events.h"
#include "ms-gate.h"
#include "ms-hash-pool.h"
#include "ms-import-keys.h"
#include "ms-import-manager.h"
#include "ms-import-seal.h"
#include "ms-own-sessions.h"
#include "ms-periodic.h"
#include "ms-render-cache.h"
#include "ms-schema-watch.h"
#include "ms-session-cache.h"

/* Some 25,000 users. */
#define RENDERED_BYTES (48 * 1024 * 1024)

G_DEFINE_FINAL_TYPE (MsService, ms_service, G_TYPE_OBJECT)

static gint64
real_clock (gpointer user_data)
{
  return g_get_real_time ();
}

gint64
ms_service_get_time (MsService *self)
{
  return self->clock (self->clock_data);
}

void
ms_service_set_clock (MsService *self, MsClockFunc clock, gpointer user_data)
{
  self->clock = clock;
  self->clock_data = user_data;
}

void
ms_service_set_directory_read (MsService *self, MsDirectoryReadFunc func)
{
  self->directory_read = func;
}

MsService *
ms_service_begin_work (MsService *self)
{
  ms_gate_begin_work (self->gate);
  return self;
}

void
ms_service_end_work (MsService *self)
{
  ms_gate_end_work (self->gate);
}

void
ms_service_enter (MsService *self)
{
  ms_gate_enter (self->gate);
}

void
ms_service_leave (MsService *self)
{
  ms_gate_leave (self->gate);
}

void
ms_service_hand_over (MsService *self)
{
  ms_gate_begin_work (self->gate);
}

void
ms_service_take_over (MsService *self)
{
  ms_gate_take_over (self->gate);
}

void
ms_service_shutdown (MsService *self)
{
  g_return_if_fail (MS_IS_SERVICE (self));

  if (!g_atomic_int_compare_and_exchange (&self->is_shut_down, FALSE, TRUE))
    return;
  if (self->imports != NULL)
    ms_import_manager_shutdown (self->imports);
  if (self->directories != NULL)
    ms_directory_runs_shutdown (self->directories);
  g_clear_pointer (&self->bin_job, ms_periodic_free);
  g_mutex_lock (&self->usage_lock);
  MsPeriodic *usage_teller = g_steal_pointer (&self->usage_teller);
  g_mutex_unlock (&self->usage_lock);
  g_clear_pointer (&usage_teller, ms_periodic_free);
  g_clear_pointer (&self->schema_watch, ms_periodic_free);
  ms_gate_wait_until_empty (self->gate);
  if (self->store != NULL)
    {
      ms_store_set_commit_func (self->store, NULL, NULL);
      ms_store_set_news_func (self->store, NULL, NULL);
    }
}

void
ms_service_resume_jobs (MsService *self)
{
  g_return_if_fail (MS_IS_SERVICE (self));

  if (!ms_store_is_read_only (self->store))
    {
      g_autoptr (GError) error = NULL;

      ms_cursor_keep_key (self);
      /* It is tried again by the next upload. */
      if (!ms_import_keys_read (self, &error))
        g_message ("The key for imports is not shown to other servers yet: %s", error->message);
      ms_import_manager_resume (self->imports);
      ms_directory_runs_resume (self->directories);
    }
  if (self->schema_watch == NULL && !ms_store_is_exclusive (self->store))
    self->schema_watch = ms_schema_watch_new (self);
  if (self->bin_job == NULL && !ms_store_is_read_only (self->store))
    self->bin_job = ms_bin_job_new (self);
}

static void
ms_service_dispose (GObject *object)
{
  MsService *self = MS_SERVICE (object);

  ms_service_shutdown (self);
  g_clear_pointer (&self->imports, ms_import_manager_free);
  g_clear_pointer (&self->directories, ms_directory_runs_free);
  g_clear_pointer (&self->hash_pool, ms_hash_pool_free);
  g_clear_pointer (&self->sessions, ms_session_cache_free);
  g_clear_pointer (&self->own_sessions, ms_own_sessions_free);
  g_clear_pointer (&self->back_off, ms_back_off_free);
  g_clear_pointer (&self->events, ms_event_hub_free);
  if (self->rendered != NULL)
    ms_store_set_changed_func (self->store, NULL, NULL);
  g_clear_pointer (&self->rendered, ms_render_cache_free);
  g_clear_pointer (&self->schemas, ms_schema_registry_unref);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (ms_service_parent_class)->dispose (object);
}

static void
ms_service_finalize (GObject *object)
{
  MsService *self = MS_SERVICE (object);

  explicit_bzero (self->cursor_key, strlen (self->cursor_key));
  g_free (self->cursor_key);
  ms_import_seal_free (self->import_seal);
  g_free (self->host_name);
  ms_gate_free (self->gate);
  g_mutex_clear (&self->catch_up_lock);
  g_mutex_clear (&self->usage_lock);
  g_mutex_clear (&self->log_ons_lock);
  g_hash_table_unref (self->secret_names);
  G_OBJECT_CLASS (ms_service_parent_class)->finalize (object);
}

static void
ms_service_class_init (MsServiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ms_service_dispose;
  object_class->finalize = ms_service_finalize;
}

static void
ms_service_init (MsService *self)
{
  self->gate = ms_gate_new ();
  g_mutex_init (&self->catch_up_lock);
  g_mutex_init (&self->usage_lock);
  self->secret_names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->clock = real_clock;
  self->host_name = g_strdup (g_get_host_name ());
  self->cursor_key = ms_cursor_make_key ();
  self->import_seal = ms_import_seal_new (NULL, NULL);
  if (self->import_seal == NULL)
    g_error ("libcrypto makes no keys");
  self->hash_pool = ms_hash_pool_new ();
  self->sessions = ms_session_cache_new ();
  self->back_off = ms_back_off_new ();
  g_mutex_init (&self->log_ons_lock);
  g_queue_init (&self->log_ons);
  self->events = ms_event_hub_new (self);
  self->started = g_get_real_time ();
}

void
ms_service_types_init (MsServiceTypes *self, MsSchemaRegistry *schemas)
{
  self->user = ms_schema_registry_get_type_by_name (schemas, MS_TYPE_NAME_USER);
  self->mailbox = ms_schema_registry_get_type_by_name (schemas, MS_TYPE_NAME_MAILBOX);
  self->mail_group = ms_schema_registry_get_type_by_name (schemas, MS_TYPE_NAME_MAIL_GROUP);
  self->list = ms_schema_registry_get_type_by_name (schemas, MS_TYPE_NAME_LIST);
  self->domain = ms_schema_registry_get_type_by_name (schemas, MS_TYPE_NAME_DOMAIN);
  self->template = ms_schema_registry_get_type_by_name (schemas, MS_TYPE_NAME_TEMPLATE);
  self->guest = ms_schema_registry_get_type_by_name (schemas, MS_TYPE_NAME_GUEST);
  self->schema_file = ms_schema_registry_get_type_by_name (schemas, MS_TYPE_NAME_SCHEMA_FILE);
  self->directory = ms_schema_registry_get_type_by_name (schemas, MS_TYPE_NAME_DIRECTORY);
}

static void
note_secret (const MsAttribute *attribute, gpointer user_data)
{
  GHashTable *names = user_data;

  /* A hash is kept as it comes. */
  if (attribute->returned != MS_RETURNED_NEVER
      || strcmp (attribute->path, MS_URN_EXT_USER ":passwordHash") == 0)
    return;
  g_hash_table_add (names, g_ascii_strdown (attribute->name, -1));
  g_hash_table_add (names, g_ascii_strdown (attribute->path, -1));
}

void
ms_service_take_schemas (MsService *self, MsSchemaRegistry *schemas)
{
  GPtrArray *types = ms_schema_registry_get_types (schemas);

  g_hash_table_remove_all (self->secret_names);
  for (guint i = 0; i < types->len; i++)
    ms_resource_type_foreach_leaf (types->pdata[i], note_secret, self->secret_names);
  g_clear_pointer (&self->schemas, ms_schema_registry_unref);
  self->schemas = schemas;
  ms_service_types_init (&self->types, schemas);
}

MsService *
ms_service_new (MsStore *store)
{
  g_return_val_if_fail (MS_IS_STORE (store), NULL);

  MsService *self = g_object_new (MS_TYPE_SERVICE, NULL);
  self->store = g_object_ref (store);
  ms_service_take_schemas (self, ms_store_ref_schemas (store));
  self->imports = ms_import_manager_new (self);
  self->directories = ms_directory_runs_new (self);
  self->directory_read = ms_directory_read;
  if (ms_store_is_exclusive (store))
    {
      self->rendered = ms_render_cache_new (RENDERED_BYTES);
      ms_store_set_changed_func (store, ms_render_cache_on_changed, self->rendered);
    }
  if (ms_store_is_read_only (store))
    self->own_sessions = ms_own_sessions_new ();
  ms_store_set_commit_func (store, ms_event_hub_on_commit, self);
  ms_store_set_news_func (store, ms_service_take_news, self);
  return self;
}

MsStore *
ms_service_get_store (MsService *self)
{
  g_return_val_if_fail (MS_IS_SERVICE (self), NULL);
  return self->store;
}

MsSchemaRegistry *
ms_service_get_schemas (MsService *self)
{
  g_return_val_if_fail (MS_IS_SERVICE (self), NULL);
  return self->schemas;
}
