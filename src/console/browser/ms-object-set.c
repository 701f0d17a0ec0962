/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. What it says about itself is fixed when it is made: a drag or a question goes on
 * about the same objects while the list below changes. Only the ids of rows that were not loaded
 * are looked up later.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-csv.h"
#include "ms-object-set.h"

struct _MsObjectSet
{
  GObject parent_instance;

  /* Owned */
  MsServer   *server;
  GListModel *list;      /* (nullable) */
  GtkBitset  *positions; /* (nullable) */
  GPtrArray  *loaded;
  char      **ids;
  char      **places;
  char      **owners;

  MsNodeKind kind;
  guint      n;
};

G_DEFINE_FINAL_TYPE (MsObjectSet, ms_object_set, G_TYPE_OBJECT)

static void
ms_object_set_finalize (GObject *object)
{
  MsObjectSet *self = MS_OBJECT_SET (object);

  g_clear_object (&self->server);
  g_clear_object (&self->list);
  g_clear_pointer (&self->positions, gtk_bitset_unref);
  g_clear_pointer (&self->loaded, g_ptr_array_unref);
  g_strfreev (self->ids);
  g_strfreev (self->places);
  g_strfreev (self->owners);
  G_OBJECT_CLASS (ms_object_set_parent_class)->finalize (object);
}

static void
ms_object_set_class_init (MsObjectSetClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ms_object_set_finalize;
}

static void
ms_object_set_init (MsObjectSet *self)
{
  self->loaded = g_ptr_array_new_with_free_func (g_object_unref);
}

static const char *
get_link (MsResource *resource, const char *path)
{
  const char *id = ms_resource_get_string (resource, path);

  return id != NULL ? id : "";
}

/* What the drop rules ask about each of the objects. */
static void
read_links (MsObjectSet *self)
{
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();
  g_autoptr (GStrvBuilder) places = g_strv_builder_new ();
  g_autoptr (GStrvBuilder) owners = g_strv_builder_new ();
  const char *place = self->kind == MS_NODE_MAIL_GROUP ? "parent.value" : "group.value";

  for (guint i = 0; i < self->loaded->len; i++)
    {
      MsResource *resource = g_ptr_array_index (self->loaded, i);

      g_strv_builder_add (ids, ms_resource_get_id (resource));
      g_strv_builder_add (places, get_link (resource, place));
      g_strv_builder_add (owners, get_link (resource, "owner.value"));
    }
  self->ids = g_strv_builder_end (ids);
  self->places = g_strv_builder_end (places);
  self->owners = g_strv_builder_end (owners);
}

MsObjectSet *
ms_object_set_new_single (MsServer *server, MsNodeKind kind, MsResource *resource)
{
  MsObjectSet *self = g_object_new (MS_TYPE_OBJECT_SET, NULL);

  self->server = g_object_ref (server);
  self->kind = kind;
  self->n = 1;
  if (ms_resource_is_loaded (resource))
    g_ptr_array_add (self->loaded, g_object_ref (resource));
  read_links (self);
  return self;
}

/* Only what is in the list's memory already: get_item() on a windowed list would fetch the rest, so
 * a long selection is sampled at its edges only. */
static void
read_loaded (MsObjectSet *self)
{
  GtkBitsetIter iter;
  guint         position;
  guint         seen = 0;

  if (!gtk_bitset_iter_init_first (&iter, self->positions, &position))
    return;
  do
    {
      g_autoptr (MsResource) resource = g_list_model_get_item (self->list, position);

      if (resource == NULL || !ms_resource_is_loaded (resource))
        break;
      g_ptr_array_add (self->loaded, g_object_ref (resource));
    }
  while (++seen < MS_OBJECT_SET_MAX && gtk_bitset_iter_next (&iter, &position));
}

MsObjectSet *
ms_object_set_new_selection (MsServer        *server,
                             MsNodeKind       kind,
                             GListModel      *list,
                             const GtkBitset *positions)
{
  MsObjectSet *self = g_object_new (MS_TYPE_OBJECT_SET, NULL);

  self->server = g_object_ref (server);
  self->kind = kind;
  self->list = g_object_ref (list);
  self->positions = gtk_bitset_copy (positions);
  self->n = (guint) gtk_bitset_get_size (positions);
  read_loaded (self);
  read_links (self);
  return self;
}

MsServer *
ms_object_set_get_server (MsObjectSet *self)
{
  g_return_val_if_fail (MS_IS_OBJECT_SET (self), NULL);

  return self->server;
}

MsNodeKind
ms_object_set_get_kind (MsObjectSet *self)
{
  g_return_val_if_fail (MS_IS_OBJECT_SET (self), MS_NODE_N_KINDS);

  return self->kind;
}

const char *
ms_object_set_get_type_name_of (MsObjectSet *self)
{
  MsNodeKind kind = ms_object_set_get_kind (self);

  return kind < MS_NODE_N_KINDS ? ms_node_kind_get_type_name (kind) : NULL;
}

guint
ms_object_set_get_n (MsObjectSet *self)
{
  g_return_val_if_fail (MS_IS_OBJECT_SET (self), 0);

  return self->n;
}

MsResource *
ms_object_set_get_first (MsObjectSet *self)
{
  g_return_val_if_fail (MS_IS_OBJECT_SET (self), NULL);

  return self->loaded->len > 0 ? g_ptr_array_index (self->loaded, 0) : NULL;
}

GPtrArray *
ms_object_set_get_loaded (MsObjectSet *self)
{
  g_return_val_if_fail (MS_IS_OBJECT_SET (self), NULL);

  return self->loaded;
}

gboolean
ms_object_set_is_loaded (MsObjectSet *self)
{
  g_return_val_if_fail (MS_IS_OBJECT_SET (self), FALSE);

  return self->loaded->len == self->n;
}

char *
ms_object_set_dup_label (MsObjectSet *self)
{
  MsResource *first = ms_object_set_get_first (self);

  return ms_drop_rules_describe (
      self->kind, self->n, first != NULL ? ms_resource_get_label (first) : NULL);
}

void
ms_object_set_get_subject (MsObjectSet *self, MsDropSubject *subject)
{
  MsResource *first = ms_object_set_get_first (self);

  subject->server = ms_server_get_base_url (self->server);
  subject->kind = self->kind;
  subject->n = self->n;
  subject->label = first != NULL ? ms_resource_get_label (first) : "";
  subject->ids = (const char *const *) self->ids;
  subject->places = (const char *const *) self->places;
  subject->owners = (const char *const *) self->owners;
}

char *
ms_object_set_to_csv (MsObjectSet *self)
{
  static const char *const columns[][6] = {
    { "userName",
      "displayName",
      "title",
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
      NULL },
    { "name", "domain", "address", "description", "group.display", NULL },
    { "name", "path", "description", "address", NULL },
    { "displayName", "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group:address", NULL },
  };
  static const char *const headers[][6] = {
    { "userName", "displayName", "title", "department", NULL },
    { "userName", "domain", "address", "description", "group", NULL },
    { "name", "group", "description", "address", NULL },
    { "displayName", "address", NULL },
  };
  g_autoptr (GString) csv = g_string_new (NULL);
  guint which = self->kind == MS_NODE_USER         ? 0
                : self->kind == MS_NODE_MAILBOX    ? 1
                : self->kind == MS_NODE_MAIL_GROUP ? 2
                                                   : 3;

  g_return_val_if_fail (MS_IS_OBJECT_SET (self), NULL);

  if (!ms_object_set_is_loaded (self))
    return NULL;
  ms_csv_append_record (csv, headers[which], ',');
  for (guint i = 0; i < self->loaded->len; i++)
    {
      const char *fields[6] = { NULL };

      for (guint j = 0; columns[which][j] != NULL; j++)
        {
          const char *value
              = ms_resource_get_string (g_ptr_array_index (self->loaded, i), columns[which][j]);

          fields[j] = value != NULL ? value : "";
        }
      ms_csv_append_record (csv, fields, ',');
    }
  return g_string_free (g_steal_pointer (&csv), FALSE);
}

static void
on_ids_collected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  GError *error = NULL;
  char  **ids = ms_remote_list_collect_ids_finish (MS_REMOTE_LIST (source), result, &error);

  if (ids == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, ids, (GDestroyNotify) g_strfreev);
}

static void
collect_from_list (MsObjectSet *self, GTask *task)
{
  g_autofree guint *positions = g_new (guint, self->n);
  GtkBitsetIter     iter;
  guint             position;
  guint             n = 0;

  if (gtk_bitset_iter_init_first (&iter, self->positions, &position))
    do
      positions[n++] = position;
    while (gtk_bitset_iter_next (&iter, &position));
  ms_remote_list_collect_ids_async (MS_REMOTE_LIST (self->list),
                                    positions,
                                    n,
                                    g_task_get_cancellable (task),
                                    on_ids_collected_cb,
                                    g_object_ref (task));
}

void
ms_object_set_collect_ids_async (MsObjectSet        *self,
                                 GCancellable       *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, ms_object_set_collect_ids_async);
  if (self->n > MS_OBJECT_SET_MAX)
    g_task_return_new_error (task,
                             MS_ERROR,
                             MS_ERROR_LIMIT,
                             _("%u objects are selected; at most %u can be changed at once"),
                                self->n,
                                MS_OBJECT_SET_MAX);
  else if (ms_object_set_is_loaded (self) || !MS_IS_REMOTE_LIST (self->list))
    g_task_return_pointer (task, g_strdupv (self->ids), (GDestroyNotify) g_strfreev);
  else
    collect_from_list (self, task);
}

char **
ms_object_set_collect_ids_finish (MsObjectSet *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

typedef struct
{
  char       *verb;
  char       *to;
  JsonObject *options;
  gint64      change;
} ActData;

static void
act_data_free (ActData *data)
{
  g_free (data->verb);
  g_free (data->to);
  g_clear_pointer (&data->options, json_object_unref);
  g_free (data);
}

/* "All or nothing" left everything as it was; the message says about the first few why. */
static void
append_refused (GError **error, JsonArray *refused)
{
  g_autoptr (GString) text = g_string_new ((*error)->message);
  guint n = json_array_get_length (refused);

  for (guint i = 0; i < MIN (n, 5); i++)
    {
      JsonObject *one = json_array_get_object_element (refused, i);

      g_string_append_printf (text,
                              "\n• %s: %s",
                              json_object_get_string_member_with_default (one, "label", ""),
                              json_object_get_string_member_with_default (one, "reason", ""));
    }
  if (n > 5)
    g_string_append_printf (text, ngettext ("\n… and %u more", "\n… and %u more", n - 5), n - 5);
  g_free ((*error)->message);
  (*error)->message = g_string_free (g_steal_pointer (&text), FALSE);
}

static void
on_action_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  ActData   *data = g_task_get_task_data (task);
  JsonArray *refused = ms_connection_error_get_refused (result);
  GError    *error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  JsonNode *node;

  if (reply == NULL)
    {
      if (refused != NULL)
        append_refused (&error, refused);
      g_task_return_error (task, error);
      return;
    }
  if (reply->json == NULL || !JSON_NODE_HOLDS_OBJECT (reply->json))
    {
      g_task_return_new_error (task,
                               MS_ERROR,
                               MS_ERROR_INTERNAL,
                               _("The server gave an answer that cannot be understood"));
      return;
    }
  node = json_object_get_member (json_node_get_object (reply->json), "changeSet");
  data->change
      = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_int (node) : reply->change;
  g_task_return_pointer (task,
                         json_object_ref (json_node_get_object (reply->json)),
                         (GDestroyNotify) json_object_unref);
}

static void
on_act_ids_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  MsObjectSet *self = MS_OBJECT_SET (source);
  ActData     *data = g_task_get_task_data (task);
  GError      *error = NULL;
  g_auto (GStrv) ids = ms_object_set_collect_ids_finish (self, result, &error);

  if (ids == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  ms_connection_action_async (ms_server_get_connection (self->server),
                              data->verb,
                              (const char *const *) ids,
                              data->to,
                              data->options,
                              g_task_get_cancellable (task),
                              on_action_done_cb,
                              g_object_ref (task));
}

void
ms_object_set_act_async (MsObjectSet        *self,
                         const char         *verb,
                         const char         *to,
                         JsonObject         *options,
                         GCancellable       *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  ActData *data = g_new0 (ActData, 1);

  data->verb = g_strdup (verb);
  data->to = g_strdup (to);
  data->options = options != NULL ? json_object_ref (options) : NULL;
  g_task_set_task_data (task, data, (GDestroyNotify) act_data_free);
  g_task_set_source_tag (task, ms_object_set_act_async);
  ms_object_set_collect_ids_async (self, cancellable, on_act_ids_cb, g_steal_pointer (&task));
}

JsonObject *
ms_object_set_act_finish (MsObjectSet *self, GAsyncResult *result, gint64 *change, GError **error)
{
  ActData    *data;
  JsonObject *answer;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  data = g_task_get_task_data (G_TASK (result));
  answer = g_task_propagate_pointer (G_TASK (result), error);
  if (answer != NULL && change != NULL)
    *change = data->change;
  return answer;
}
