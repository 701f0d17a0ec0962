/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsQuotaSource: walks from the mail group that is chosen upwards, one request a step, to the first
 * that sets a limit. A change of the group while walking begins afresh. The walk is bounded: no
 * tree of groups is that deep.
 */
#include "config.h"

#include "ms-quota-source.h"

#define MAX_STEPS 64

struct _MsQuotaSource
{
  GObject parent_instance;

  /* Owned */
  MsConnection     *connection;
  MsReferenceField *group;
  MsSizeField      *size;
  GCancellable     *cancellable;
  char             *known_id;

  gboolean known;
  guint    steps;
};

G_DEFINE_FINAL_TYPE (MsQuotaSource, ms_quota_source, G_TYPE_OBJECT)

static void walk (MsQuotaSource *self, const char *id);

static void
on_group_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsResource) group
             = ms_connection_resource_finish (MS_CONNECTION (source), result, NULL, &error);
  MsQuotaSource *self;
  gint64         quota;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  if (group == NULL)
    {
      g_debug ("No inherited limit: %s", error->message);
      return;
    }

  quota = ms_resource_get_int (group, "quota", -1);
  if (quota >= 0)
    ms_size_field_set_inherited (self->size, quota, ms_resource_get_label (group));
  else
    walk (self, ms_resource_get_string (group, "parent.value"));
}

static void
walk (MsQuotaSource *self, const char *id)
{
  if (id == NULL)
    {
      ms_size_field_set_inherited (self->size, 0, NULL);
      return;
    }
  if (self->steps++ < MAX_STEPS)
    ms_connection_get_async (
        self->connection, "MailGroup", id, self->cancellable, on_group_cb, self);
}

static void
on_form_changed_cb (MsQuotaSource *self)
{
  const char *id = ms_reference_field_get_id (self->group);

  if (self->known && g_strcmp0 (id, self->known_id) == 0)
    return;

  self->known = TRUE;
  g_free (self->known_id);
  self->known_id = g_strdup (id);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->steps = 0;
  ms_size_field_set_inherited (self->size, -1, NULL);
  walk (self, self->known_id);
}

static void
ms_quota_source_dispose (GObject *object)
{
  MsQuotaSource *self = MS_QUOTA_SOURCE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->connection);
  g_clear_object (&self->group);
  g_clear_object (&self->size);
  g_clear_pointer (&self->known_id, g_free);

  G_OBJECT_CLASS (ms_quota_source_parent_class)->dispose (object);
}

static void
ms_quota_source_class_init (MsQuotaSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ms_quota_source_dispose;
}

static void
ms_quota_source_init (MsQuotaSource *self)
{
  self->cancellable = g_cancellable_new ();
}

MsQuotaSource *
ms_quota_source_new (MsConnection     *connection,
                     MsForm           *form,
                     MsReferenceField *group,
                     MsSizeField      *size)
{
  MsQuotaSource *self;

  g_return_val_if_fail (MS_IS_CONNECTION (connection), NULL);
  g_return_val_if_fail (MS_IS_FORM (form), NULL);

  self = g_object_new (MS_TYPE_QUOTA_SOURCE, NULL);
  self->connection = g_object_ref (connection);
  self->group = g_object_ref (group);
  self->size = g_object_ref (size);
  g_signal_connect_object (
      form, "changed", G_CALLBACK (on_form_changed_cb), self, G_CONNECT_SWAPPED);
  on_form_changed_cb (self);

  return self;
}
