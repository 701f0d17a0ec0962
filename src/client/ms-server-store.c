/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A key file with one group a server. Fingerprints are in it: whoever can write it decides whom we
 * trust, hence 0600.
 */
#include "config.h"
#include "ms-server-store.h"

#include <glib/gstdio.h>

#include "ms-error.h"
#include "ms-server-address.h"

#define MAX_FILE (1024 * 1024)

struct _MsServerStore
{
  GObject parent_instance;

  /* Owned */
  char      *path;
  GPtrArray *servers;
};

static void ms_server_store_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MsServerStore,
                               ms_server_store,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      ms_server_store_model_init))

static GType
ms_server_store_get_item_type (GListModel *model)
{
  return MS_TYPE_SERVER_INFO;
}

static guint
ms_server_store_get_n_items (GListModel *model)
{
  return MS_SERVER_STORE (model)->servers->len;
}

static gpointer
ms_server_store_get_item (GListModel *model, guint position)
{
  MsServerStore *self = MS_SERVER_STORE (model);

  return position < self->servers->len ? g_object_ref (g_ptr_array_index (self->servers, position))
                                       : NULL;
}

static void
ms_server_store_model_init (GListModelInterface *iface)
{
  iface->get_item_type = ms_server_store_get_item_type;
  iface->get_n_items = ms_server_store_get_n_items;
  iface->get_item = ms_server_store_get_item;
}

static void
ms_server_store_finalize (GObject *object)
{
  MsServerStore *self = MS_SERVER_STORE (object);

  g_free (self->path);
  g_ptr_array_unref (self->servers);
  G_OBJECT_CLASS (ms_server_store_parent_class)->finalize (object);
}

static void
ms_server_store_class_init (MsServerStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ms_server_store_finalize;
}

static void
ms_server_store_init (MsServerStore *self)
{
  self->servers = g_ptr_array_new_with_free_func (g_object_unref);
}

static gboolean
load (MsServerStore *self, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) cause = NULL;
  g_autoptr (GKeyFile) file = g_key_file_new ();
  gsize length = 0;

  if (!g_file_get_contents (self->path, &text, &length, &cause))
    {
      if (g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
      ms_error_set (error,
                    MS_ERROR_INTERNAL,
                    NULL,
                    NULL,
                    "The list of servers cannot be read: %s",
                    cause->message);
      return FALSE;
    }
  if (length > MAX_FILE || !g_key_file_load_from_data (file, text, length, G_KEY_FILE_NONE, &cause))
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    "The list of servers in %s is damaged: %s",
                    self->path,
                    cause != NULL ? cause->message : "it is too large");
      return FALSE;
    }

  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
  for (gsize i = 0; groups[i] != NULL; i++)
    g_ptr_array_add (self->servers, ms_server_info_new_from_key_file (file, groups[i]));
  return TRUE;
}

MsServerStore *
ms_server_store_new (const char *path, GError **error)
{
  g_autoptr (MsServerStore) self = g_object_new (MS_TYPE_SERVER_STORE, NULL);

  self->path = path != NULL
                   ? g_strdup (path)
                   : g_build_filename (g_get_user_config_dir (), "mailstead", "servers", NULL);
  return load (self, error) ? g_steal_pointer (&self) : NULL;
}

MsServerInfo *
ms_server_store_find (MsServerStore *self, const char *text)
{
  g_return_val_if_fail (MS_IS_SERVER_STORE (self), NULL);
  g_return_val_if_fail (text != NULL, NULL);

  for (guint i = 0; i < self->servers->len; i++)
    {
      MsServerInfo *info = g_ptr_array_index (self->servers, i);
      if (g_ascii_strcasecmp (ms_server_info_get_name (info), text) == 0
          || g_str_equal (ms_server_info_get_id (info), text))
        return info;
    }

  g_autofree char *user = NULL;
  g_autofree char *url = ms_server_address_parse (text, &user, NULL, NULL, NULL);
  return url != NULL ? ms_server_store_find_url (self, url, user) : NULL;
}

MsServerInfo *
ms_server_store_find_url (MsServerStore *self, const char *url, const char *user_name)
{
  g_return_val_if_fail (MS_IS_SERVER_STORE (self), NULL);
  g_return_val_if_fail (url != NULL, NULL);

  for (guint i = 0; i < self->servers->len; i++)
    {
      MsServerInfo *info = g_ptr_array_index (self->servers, i);
      if (g_ascii_strcasecmp (ms_server_info_get_url (info), url) == 0
          && (user_name == NULL || g_strcmp0 (ms_server_info_get_user_name (info), user_name) == 0))
        return info;
    }
  return NULL;
}

MsServerInfo *
ms_server_store_get_last (MsServerStore *self)
{
  MsServerInfo *last = NULL;

  g_return_val_if_fail (MS_IS_SERVER_STORE (self), NULL);

  for (guint i = 0; i < self->servers->len; i++)
    {
      MsServerInfo *info = g_ptr_array_index (self->servers, i);
      if (last == NULL || ms_server_info_get_last_used (info) > ms_server_info_get_last_used (last))
        last = info;
    }
  return last;
}

void
ms_server_store_note_use (MsServerStore *self, MsServerInfo *info)
{
  gint64 now = g_get_real_time ();

  g_return_if_fail (MS_IS_SERVER_STORE (self));
  g_return_if_fail (MS_IS_SERVER_INFO (info));

  MsServerInfo *last = ms_server_store_get_last (self);
  ms_server_info_set_last_used (
      info, last != NULL ? MAX (now, ms_server_info_get_last_used (last) + 1) : now);
}

void
ms_server_store_add (MsServerStore *self, MsServerInfo *info)
{
  g_return_if_fail (MS_IS_SERVER_STORE (self));
  g_return_if_fail (MS_IS_SERVER_INFO (info));

  if (g_ptr_array_find (self->servers, info, NULL))
    return;
  g_ptr_array_add (self->servers, g_object_ref (info));
  g_list_model_items_changed (G_LIST_MODEL (self), self->servers->len - 1, 0, 1);
}

void
ms_server_store_remove (MsServerStore *self, MsServerInfo *info)
{
  guint position = 0;

  g_return_if_fail (MS_IS_SERVER_STORE (self));

  if (!g_ptr_array_find (self->servers, info, &position))
    return;
  g_ptr_array_remove_index (self->servers, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

gboolean
ms_server_store_save (MsServerStore *self, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVER_STORE (self), FALSE);

  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) cause = NULL;
  g_autofree char *folder = g_path_get_dirname (self->path);
  gsize            length = 0;

  for (guint i = 0; i < self->servers->len; i++)
    ms_server_info_save_to_key_file (g_ptr_array_index (self->servers, i), file);
  g_autofree char *text = g_key_file_to_data (file, &length, NULL);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    g_set_error_literal (&cause, G_FILE_ERROR, g_file_error_from_errno (errno), g_strerror (errno));
  else
    (void) g_file_set_contents_full (self->path,
                                     text,
                                     (gssize) length,
                                     G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                     0600,
                                     &cause);
  if (cause != NULL)
    {
      ms_error_set (error,
                    MS_ERROR_INTERNAL,
                    NULL,
                    NULL,
                    "The list of servers cannot be saved: %s",
                    cause->message);
      return FALSE;
    }
  return TRUE;
}
