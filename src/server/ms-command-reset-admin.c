/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadd reset-admin: lets somebody in again who may open the store. With one in a file the
 * server must not be running, which the store's lock makes sure of; on PostgreSQL this is one more
 * that writes. Shows the new password this once.
 */
#include "ms-commands.h"
#include "ms-config.h"
#include "ms-error.h"
#include "ms-service.h"

/* (transfer full): the new password */
static char *
reset (const MsConfig *config, const char *admin, GError **error)
{
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autofree char *password = NULL;

  if (!ms_command_check_store (config, error))
    return NULL;
  g_autoptr (MsStore) store = ms_store_open (config->store_uri, schemas, 0, error);
  if (store == NULL)
    {
      if (error != NULL && g_error_matches (*error, MS_ERROR, MS_ERROR_UNAVAILABLE)
          && g_str_has_prefix (config->store_uri, "sqlite:"))
        g_prefix_error (error, "This needs the store for itself; stop the server first. ");
      return NULL;
    }
  g_autoptr (MsService) service = ms_service_new (store);
  gboolean done = ms_service_reset_administrator (service, admin, &password, error);
  ms_service_shutdown (service);
  ms_store_close (store);
  return done ? g_steal_pointer (&password) : NULL;
}

int
ms_command_reset_admin (int argc, char **argv)
{
  g_autofree char   *data = NULL;
  g_autofree char   *admin = NULL;
  const GOptionEntry entries[] = {
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &data, "Folder with settings and store", "DIR" },
    { "admin", 0, 0, G_OPTION_ARG_STRING, &admin, "Who is to get in (default: admin)", "NAME" },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  int exit_code = MS_EXIT_DONE;

  if (!ms_command_parse (argc,
                         argv,
                         "Make a user an administrator who can log on from anywhere, with a new "
                         "password. A server whose store is in SQLite must not be running.",
                         entries,
                         &exit_code))
    return exit_code;
  if (data == NULL)
    data = ms_config_dup_default_directory ();
  if (admin == NULL)
    admin = g_strdup ("admin");
  g_autoptr (MsConfig) config = ms_config_load (data, &error);
  if (config == NULL)
    return ms_command_fail (error);
  g_autofree char *password = reset (config, admin, &error);
  if (password == NULL)
    return ms_command_fail (error);
  g_print ("%s is an administrator and can log on from anywhere\n\n"
           "  password     %s\n\n"
           "The password is shown this once.\n",
           admin,
           password);
  return MS_EXIT_DONE;
}
