/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The same export as /api/v1/export, by the service on a store of this machine, so that what comes
 * out is what the import knows.
 */
#include "ms-rescue-csv.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "ms-error.h"
#include "ms-new-file.h"
#include "ms-service.h"

gboolean
ms_rescue_csv_prepare (const char *folder, GError **error)
{
  if (g_mkdir (folder, 0700) == 0)
    return TRUE;
  if (errno != EEXIST)
    {
      ms_error_set (error,
                    MS_ERROR_UNAVAILABLE,
                    NULL,
                    NULL,
                    "The folder %s cannot be made: %s",
                    folder,
                    g_strerror (errno));
      return FALSE;
    }
  g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
  if (dir == NULL)
    return FALSE;
  if (g_dir_read_name (dir) == NULL)
    return TRUE;
  ms_error_set (
      error, MS_ERROR_CONFLICT, NULL, NULL, "The folder %s is not empty; name another", folder);
  return FALSE;
}

static gboolean
write_all (const char *data, gsize length, gpointer user_data, GError **error)
{
  int fd = GPOINTER_TO_INT (user_data);

  while (length > 0)
    {
      gssize written = write (fd, data, length);
      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        {
          ms_error_set (error,
                        MS_ERROR_UNAVAILABLE,
                        NULL,
                        NULL,
                        "A CSV file cannot be written: %s",
                        g_strerror (errno));
          return FALSE;
        }
      data += written;
      length -= (gsize) written;
    }
  return TRUE;
}

static gboolean
write_type (MsService *service, const MsResourceType *type, const char *path, GError **error)
{
  g_autoptr (MsActor) actor = ms_actor_new_system ();
  MsQuery          query = { .type = type };
  g_autofree char *partial = ms_new_file_begin (path, FALSE, error);
  int fd = partial != NULL ? g_open (partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;

  if (partial == NULL)
    return FALSE;
  if (fd < 0)
    {
      ms_error_set (error, MS_ERROR_UNAVAILABLE, NULL, NULL, "%s: %s", partial, g_strerror (errno));
      return FALSE;
    }
  /* Which the export ends. */
  ms_service_hand_over (service);
  gboolean done
      = ms_service_export (service, actor, &query, write_all, GINT_TO_POINTER (fd), error);
  done = close (fd) == 0 && done && ms_new_file_finish (partial, path, error);
  if (!done)
    ms_new_file_discard (partial);
  return done;
}

/* Users before the mailboxes that are theirs, these before lists that hold both. */
static int
compare_types (gconstpointer a, gconstpointer b)
{
  static const char *const first[] = { "Domain", "MailGroup", "User", "Mailbox", "Group", NULL };
  const MsResourceType    *types[]
      = { *(const MsResourceType *const *) a, *(const MsResourceType *const *) b };
  guint place[2] = { 0, 0 };

  for (guint i = 0; i < 2; i++)
    while (first[place[i]] != NULL && strcmp (first[place[i]], types[i]->name) != 0)
      place[i]++;
  return place[0] != place[1] ? (int) place[0] - (int) place[1]
                              : strcmp (types[0]->name, types[1]->name);
}

static gboolean
write_types (MsService *service, const char *folder, GPtrArray *names, GError **error)
{
  GPtrArray *all = ms_schema_registry_get_types (ms_service_get_schemas (service));
  g_autoptr (GPtrArray) types = g_ptr_array_new ();

  for (guint i = 0; i < all->len; i++)
    {
      const MsResourceType *type = all->pdata[i];
      if (!type->singleton && !type->internal)
        g_ptr_array_add (types, (gpointer) type);
    }
  g_ptr_array_sort (types, compare_types);
  for (guint i = 0; i < types->len; i++)
    {
      const MsResourceType *type = types->pdata[i];
      g_autofree char      *plain = g_ascii_strdown (type->endpoint + 1, -1);
      g_autofree char      *name = g_strconcat (plain, ".csv", NULL);
      char                 *path = g_build_filename (folder, name, NULL);

      g_ptr_array_add (names, path);
      if (!write_type (service, type, path, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
ms_rescue_csv_write (const char *store_path, const char *folder, GPtrArray **names, GError **error)
{
  g_autofree char *uri = g_strconcat ("sqlite:", store_path, NULL);
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autoptr (MsStore) store = ms_store_open (uri, schemas, 0, error);
  g_autoptr (GPtrArray) written = g_ptr_array_new_with_free_func (g_free);

  if (store == NULL)
    return FALSE;
  g_autoptr (MsService) service = ms_service_new (store);
  gboolean done = write_types (service, folder, written, error);
  ms_service_shutdown (service);
  ms_store_close (store);
  if (done)
    *names = g_steal_pointer (&written);
  return done;
}
