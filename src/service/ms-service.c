/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The service's parts put together and taken apart. Asynchronous work is counted, not referenced:
 * shutting down waits for all of it, so that no pool thread ever drops the last reference.
 */
#include "ms-service-private.h"

#include "ms-back-off.h"
#include "ms-bin.h"
#include "ms-events.h"
#include "ms-hash-pool.h"
#include "ms-import-manager.h"
#include "ms-session-cache.h"

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

MsService *
ms_service_begin_work (MsService *self)
{
  g_mutex_lock (&self->work_lock);
  self->work++;
  g_mutex_unlock (&self->work_lock);
  return self;
}

void
ms_service_end_work (MsService *self)
{
  g_mutex_lock (&self->work_lock);
  if (--self->work == 0)
    g_cond_broadcast (&self->work_done);
  g_mutex_unlock (&self->work_lock);
}

static void
wait_for_work (MsService *self)
{
  g_mutex_lock (&self->work_lock);
  while (self->work > 0)
    g_cond_wait (&self->work_done, &self->work_lock);
  g_mutex_unlock (&self->work_lock);
}

void
ms_service_shutdown (MsService *self)
{
  g_return_if_fail (MS_IS_SERVICE (self));

  if (!g_atomic_int_compare_and_exchange (&self->is_shut_down, FALSE, TRUE))
    return;
  if (self->imports != NULL)
    ms_import_manager_shutdown (self->imports);
  g_clear_pointer (&self->bin_job, ms_bin_job_free);
  wait_for_work (self);
  if (self->store != NULL)
    ms_store_set_commit_func (self->store, NULL, NULL);
}

void
ms_service_resume_jobs (MsService *self)
{
  g_return_if_fail (MS_IS_SERVICE (self));

  ms_import_manager_resume (self->imports);
  if (self->bin_job == NULL)
    self->bin_job = ms_bin_job_new (self);
}

static void
ms_service_dispose (GObject *object)
{
  MsService *self = MS_SERVICE (object);

  ms_service_shutdown (self);
  g_clear_pointer (&self->imports, ms_import_manager_free);
  g_clear_pointer (&self->hash_pool, ms_hash_pool_free);
  g_clear_pointer (&self->sessions, ms_session_cache_free);
  g_clear_pointer (&self->back_off, ms_back_off_free);
  g_clear_pointer (&self->events, ms_event_hub_free);
  g_clear_pointer (&self->schemas, ms_schema_registry_unref);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (ms_service_parent_class)->dispose (object);
}

static void
ms_service_finalize (GObject *object)
{
  MsService *self = MS_SERVICE (object);

  g_free (self->host_name);
  g_mutex_clear (&self->work_lock);
  g_cond_clear (&self->work_done);
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
  g_mutex_init (&self->work_lock);
  g_cond_init (&self->work_done);
  self->clock = real_clock;
  self->host_name = g_strdup (g_get_host_name ());
  self->hash_pool = ms_hash_pool_new ();
  self->sessions = ms_session_cache_new ();
  self->back_off = ms_back_off_new ();
  self->events = ms_event_hub_new (self);
  self->started = g_get_real_time ();
}

static void
look_up_types (MsService *self)
{
  MsServiceTypes *types = &self->types;

  types->user = ms_schema_registry_get_type_by_name (self->schemas, MS_TYPE_NAME_USER);
  types->mailbox = ms_schema_registry_get_type_by_name (self->schemas, MS_TYPE_NAME_MAILBOX);
  types->mail_group = ms_schema_registry_get_type_by_name (self->schemas, MS_TYPE_NAME_MAIL_GROUP);
  types->list = ms_schema_registry_get_type_by_name (self->schemas, MS_TYPE_NAME_LIST);
  types->domain = ms_schema_registry_get_type_by_name (self->schemas, MS_TYPE_NAME_DOMAIN);
  types->template = ms_schema_registry_get_type_by_name (self->schemas, MS_TYPE_NAME_TEMPLATE);
  types->guest = ms_schema_registry_get_type_by_name (self->schemas, MS_TYPE_NAME_GUEST);
}

MsService *
ms_service_new (MsStore *store)
{
  g_return_val_if_fail (MS_IS_STORE (store), NULL);

  MsService *self = g_object_new (MS_TYPE_SERVICE, NULL);
  self->store = g_object_ref (store);
  self->schemas = ms_schema_registry_ref (ms_store_get_schemas (store));
  look_up_types (self);
  self->imports = ms_import_manager_new (self);
  ms_store_set_commit_func (store, ms_event_hub_on_commit, self);
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
