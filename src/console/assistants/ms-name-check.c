/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsNameCheck: a courtesy while typing; the server still decides when the object is made. An answer
 * counts only for the value that was last asked about.
 */
#include "config.h"

#include "ms-json.h"
#include "ms-name-check.h"

#define DELAY_MS 250

struct _MsNameCheck
{
  GObject parent_instance;

  /* Owned */
  MsConnection *connection;
  MsField      *field;
  GCancellable *cancellable;
  char         *type_name;
  char         *attribute;
  char         *taken_text;
  char         *value;

  guint    timeout;
  gboolean taken;
};

G_DEFINE_FINAL_TYPE (MsNameCheck, ms_name_check, G_TYPE_OBJECT)

enum
{
  CHECKED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
on_answer_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  MsNameCheck *self;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  if (reply != NULL && reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json))
    self->taken = json_object_get_int_member_with_default (
                      json_node_get_object (reply->json), "totalResults", 0)
                  > 0;
  if (self->taken)
    {
      g_autoptr (GString) text = g_string_new (self->taken_text);

      g_string_replace (text, "%s", self->value, 1);
      ms_field_show_error (self->field, text->str);
    }
  g_signal_emit (self, signals[CHECKED], 0);
}

static gboolean
on_timeout_cb (gpointer user_data)
{
  MsNameCheck *self = user_data;
  g_autoptr (GString) filter = g_string_new (self->attribute);
  g_autofree char *escaped = NULL;
  g_autofree char *path = NULL;

  self->timeout = 0;
  self->cancellable = g_cancellable_new ();
  g_string_append (filter, " eq ");
  ms_json_append_string (filter, self->value);
  escaped = g_uri_escape_string (filter->str, NULL, FALSE);
  path = g_strdup_printf (
      "%s?count=1&attributes=id&filter=%s", ms_type_name_to_endpoint (self->type_name), escaped);
  ms_connection_request_async (
      self->connection, "GET", path, NULL, NULL, self->cancellable, on_answer_cb, self);

  return G_SOURCE_REMOVE;
}

static void
stop (MsNameCheck *self)
{
  g_clear_handle_id (&self->timeout, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
ms_name_check_dispose (GObject *object)
{
  MsNameCheck *self = MS_NAME_CHECK (object);

  stop (self);
  g_clear_object (&self->connection);
  g_clear_object (&self->field);
  g_clear_pointer (&self->type_name, g_free);
  g_clear_pointer (&self->attribute, g_free);
  g_clear_pointer (&self->taken_text, g_free);
  g_clear_pointer (&self->value, g_free);

  G_OBJECT_CLASS (ms_name_check_parent_class)->dispose (object);
}

static void
ms_name_check_class_init (MsNameCheckClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ms_name_check_dispose;

  signals[CHECKED] = g_signal_new (
      "checked", MS_TYPE_NAME_CHECK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ms_name_check_init (MsNameCheck *self)
{
}

MsNameCheck *
ms_name_check_new (MsConnection *connection,
                   MsField      *field,
                   const char   *type_name,
                   const char   *attribute,
                   const char   *taken)
{
  MsNameCheck *self;

  g_return_val_if_fail (MS_IS_CONNECTION (connection), NULL);
  g_return_val_if_fail (MS_IS_FIELD (field), NULL);

  self = g_object_new (MS_TYPE_NAME_CHECK, NULL);
  self->connection = g_object_ref (connection);
  self->field = g_object_ref (field);
  self->type_name = g_strdup (type_name);
  self->attribute = g_strdup (attribute);
  self->taken_text = g_strdup (taken);

  return self;
}

void
ms_name_check_ask (MsNameCheck *self, const char *value)
{
  g_return_if_fail (MS_IS_NAME_CHECK (self));

  if (g_strcmp0 (value, self->value) == 0)
    return;

  stop (self);
  self->taken = FALSE;
  g_free (self->value);
  self->value = g_strdup (value);
  if (value != NULL && value[0] != '\0')
    self->timeout = g_timeout_add (DELAY_MS, on_timeout_cb, self);
}

gboolean
ms_name_check_is_taken (MsNameCheck *self)
{
  g_return_val_if_fail (MS_IS_NAME_CHECK (self), FALSE);

  return self->taken;
}
