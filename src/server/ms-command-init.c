/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadd init: a folder with settings, certificate and an empty store with its first
 * administrator. Asks nothing. What it made before it failed goes again; what was there before it
 * is never touched.
 */
#include "ms-address.h"
#include "ms-command-store.h"
#include "ms-config.h"
#include "ms-error.h"
#include "ms-listener.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct
{
  char    *data;
  char    *domain;
  char    *admin;
  char    *listen;
  char    *store;
  gboolean join;
  char   **host_names;
  char    *certificate;
  char    *key;
} InitOptions;

static void
init_options_clear (InitOptions *options)
{
  g_free (options->data);
  g_free (options->domain);
  g_free (options->admin);
  g_free (options->listen);
  g_free (options->store);
  g_strfreev (options->host_names);
  g_free (options->certificate);
  g_free (options->key);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (InitOptions, init_options_clear)

/* What stands behind the first dot of this machine's name; a machine without one gets the domain
 * kept for examples. */
static char *
dup_default_domain (void)
{
  const char *host = g_get_host_name ();
  const char *dot = strchr (host, '.');
  g_autoptr (GError) error = NULL;

  if (dot != NULL && strchr (dot + 1, '.') != NULL
      && ms_address_check_domain (dot + 1, NULL, &error))
    return g_ascii_strdown (dot + 1, -1);
  return g_strdup ("example.org");
}

/* Somebody wrote them, or an earlier server had them. */
static gboolean
check_no_settings (const char *directory, GError **error)
{
  g_autofree char *file = g_build_filename (directory, MS_CONFIG_FILE, NULL);

  if (!g_file_test (file, G_FILE_TEST_EXISTS))
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                NULL,
                "There are settings at %s already, which stay as they are. Move them aside and add "
                "what is in them to the new ones afterwards, or give another folder.",
                file);
  return FALSE;
}

/* A folder with settings runs it; another one that would be made does not, and goes again. */
static gboolean
refuse_store (const char *directory, const char *store, GError **error)
{
  g_autofree char *settings = g_build_filename (directory, MS_CONFIG_FILE, NULL);
  g_autofree char *beside = g_path_get_dirname (store);

  if (g_file_test (settings, G_FILE_TEST_EXISTS) || strcmp (beside, directory) == 0)
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  NULL,
                  NULL,
                  "There is a store at %s already. Run it with “mailsteadd run --data %s”, or give "
                  "another folder.",
                  store,
                  directory);
  else
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  NULL,
                  NULL,
                  "There is a store at %s already, which stays as it is. Run it with “mailsteadd "
                  "run” and the folder of its settings, or give another --store.",
                  store);
  return FALSE;
}

static gboolean
prepare_directory (const char *directory, const char *uri, GError **error)
{
  g_autofree char *store = uri != NULL && g_str_has_prefix (uri, "sqlite:")
                               ? g_strdup (uri + strlen ("sqlite:"))
                               : g_build_filename (directory, "store.db", NULL);

  if (g_file_test (store, G_FILE_TEST_EXISTS))
    return refuse_store (directory, store, error);
  if (g_mkdir_with_parents (directory, 0700) < 0)
    {
      ms_error_set (error,
                    MS_ERROR_UNAVAILABLE,
                    NULL,
                    NULL,
                    "The folder %s cannot be made: %s.",
                    directory,
                    g_strerror (errno));
      return FALSE;
    }
  return check_no_settings (directory, error);
}

/* Given files are used where they are; otherwise a certificate of an earlier try is used again. */
static MsCertificate *
prepare_certificate (const InitOptions *options, const char *directory, GError **error)
{
  g_autofree char *certificate_file = g_build_filename (directory, "server.crt", NULL);
  g_autofree char *key_file = g_build_filename (directory, "server.key", NULL);

  if (options->certificate != NULL)
    return ms_certificate_load (options->certificate, options->key, error);
  if (g_file_test (certificate_file, G_FILE_TEST_EXISTS)
      && g_file_test (key_file, G_FILE_TEST_EXISTS))
    return ms_certificate_load (certificate_file, key_file, error);
  const char *own[] = { g_get_host_name (), NULL };
  g_autoptr (MsCertificate) certificate = ms_certificate_new_self_signed (
      options->host_names != NULL ? (const char *const *) options->host_names : own, error);
  if (certificate == NULL || !ms_certificate_save (certificate, certificate_file, key_file, error))
    return NULL;
  return g_steal_pointer (&certificate);
}

/* (transfer full): the administrator's password */
static char *
make_store (const MsConfig *config, const char *domain, const char *admin, GError **error)
{
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autoptr (MsStore) store = ms_store_open (config->store_uri, schemas, MS_STORE_CREATE, error);
  g_autofree char *password = NULL;

  if (store == NULL)
    return NULL;
  g_autoptr (MsService) service = ms_service_new (store);
  gboolean made = ms_service_initialize (service, domain, admin, &password, error);
  ms_service_shutdown (service);
  ms_store_close (store);
  return made ? g_steal_pointer (&password) : NULL;
}

/* Else they would be in the way of the next try. */
static void
remove_settings (const char *directory)
{
  g_autofree char *file = g_build_filename (directory, MS_CONFIG_FILE, NULL);

  (void) g_unlink (file); /* where it cannot be removed, the next try says so */
}

/* What there was before. @parent: the nearest folder above it that there was, or it itself */
typedef struct
{
  char    *parent;
  gboolean has_certificate; /* or a part of one */
} Found;

static void
found_clear (Found *found)
{
  g_free (found->parent);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Found, found_clear)

static void
look_at_folder (const char *directory, Found *found)
{
  g_autofree char *certificate = g_build_filename (directory, "server.crt", NULL);
  g_autofree char *key = g_build_filename (directory, "server.key", NULL);

  found->has_certificate
      = g_file_test (certificate, G_FILE_TEST_EXISTS) || g_file_test (key, G_FILE_TEST_EXISTS);
  found->parent = g_strdup (directory);
  while (!g_file_test (found->parent, G_FILE_TEST_EXISTS))
    {
      char *above = g_path_get_dirname (found->parent);
      g_free (found->parent);
      found->parent = above;
    }
}

/* A certificate that nobody uses, and the folders that were made, where they are empty; where that
 * does not succeed, nothing is lost. */
static void
remove_made (const char *directory, const Found *found)
{
  g_autofree char *certificate = g_build_filename (directory, "server.crt", NULL);
  g_autofree char *key = g_build_filename (directory, "server.key", NULL);
  g_autofree char *folder = g_strdup (directory);

  if (!found->has_certificate)
    {
      (void) g_unlink (certificate);
      (void) g_unlink (key);
    }
  while (strcmp (folder, found->parent) != 0 && (g_rmdir (folder) == 0 || errno == ENOENT))
    {
      char *above = g_path_get_dirname (folder);
      g_free (folder);
      folder = above;
    }
}

/* A store that was begun and has no administrator is of no use, and would be in the way. In a
 * database the next try goes on with it, and who says that it was ours? */
static void
remove_store (const MsConfig *config)
{
  static const char *const endings[] = { "", "-wal", "-shm", "-journal", ".lock" };

  if (!g_str_has_prefix (config->store_uri, "sqlite:"))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *file
          = g_strconcat (config->store_uri + strlen ("sqlite:"), endings[i], NULL);
      (void) g_unlink (file);
    }
}

static gboolean
check_join (const InitOptions *options, GError **error)
{
  if (!options->join)
    return TRUE;
  if (options->store == NULL || g_str_has_prefix (options->store, "sqlite:"))
    ms_error_set (
        error,
        MS_ERROR_INVALID,
        NULL,
        NULL,
        "--join goes with the --store of other servers, in PostgreSQL: a store in a file has one "
        "server");
  else if (options->admin != NULL || options->domain != NULL)
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  NULL,
                  NULL,
                  "--join makes no store: --admin and --domain have no place beside it");
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_options (const InitOptions *options, GError **error)
{
  if ((options->certificate == NULL) != (options->key == NULL))
    {
      ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, "--certificate and --key go together");
      return FALSE;
    }
  return ms_listener_check_address (options->listen, error)
         && ms_address_check_domain (options->domain, NULL, error);
}

/* What a server needs besides the store. (nullable): what became of it */
static MsConfig *
make_folder (const InitOptions *options,
             const char        *directory,
             MsCertificate    **certificate,
             GError           **error)
{
  g_auto (Found) found = { 0 };
  MsConfig *config = NULL;

  look_at_folder (directory, &found);
  if (!prepare_directory (directory, options->store, error))
    {
      remove_made (directory, &found);
      return NULL;
    }
  *certificate = prepare_certificate (options, directory, error);
  if (*certificate != NULL
      && ms_config_write_new (
          directory, options->listen, options->store, options->certificate, options->key, error))
    {
      config = ms_config_load (directory, error);
      if (config == NULL)
        remove_settings (directory);
    }
  if (config == NULL)
    remove_made (directory, &found);
  return config;
}

/* One more server on a store, which is looked at and not touched. */
static int
join (const InitOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = g_canonicalize_filename (options->data, NULL);
  g_autoptr (MsCertificate) certificate = NULL;
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autoptr (MsStore) store = ms_store_open (options->store, schemas, MS_STORE_READ_ONLY, &error);

  if (store == NULL)
    return ms_command_fail (error);
  ms_store_close (store);
  g_autoptr (MsConfig) config = make_folder (options, directory, &certificate, &error);
  if (config == NULL)
    return ms_command_fail (error);
  g_print ("One more server for the store is in %s\n\n"
           "  fingerprint  %s\n\n"
           "Its users log on as at the other servers.\n"
           "Start the server with: mailsteadd run --data %s\n",
           directory,
           certificate->fingerprint,
           directory);
  return MS_EXIT_DONE;
}

static int
init (const InitOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = g_canonicalize_filename (options->data, NULL);
  g_auto (Found) found = { 0 };

  look_at_folder (directory, &found);
  g_autoptr (MsCertificate) certificate = NULL;
  g_autoptr (MsConfig) config = make_folder (options, directory, &certificate, &error);
  if (config == NULL)
    return ms_command_fail (error);
  g_autofree char *password = make_store (config, options->domain, options->admin, &error);
  if (password == NULL)
    {
      remove_store (config);
      remove_settings (directory);
      remove_made (directory, &found);
      if (g_error_matches (error, MS_ERROR, MS_ERROR_CONFLICT))
        g_prefix_error (&error,
                        "No store was made; --join, without --domain and --admin, makes one more "
                        "server for one that is there. ");
      return ms_command_fail (error);
    }
  g_print ("A new store is in %s\n\n"
           "  domain       %s\n"
           "  user         %s\n"
           "  password     %s\n"
           "  fingerprint  %s\n\n"
           "The password is shown this once. The console asks about the fingerprint when it first "
           "connects.\n"
           "Start the server with: mailsteadd run --data %s\n",
           directory,
           options->domain,
           options->admin,
           password,
           certificate->fingerprint,
           directory);
  return MS_EXIT_DONE;
}

int
ms_command_init (int argc, char **argv)
{
  g_auto (InitOptions) options = { 0 };
  const GOptionEntry entries[] = {
    { "data",
      0,
      0,
      G_OPTION_ARG_FILENAME,
      &options.data,
      "Folder to make (default: /var/lib/mailstead for root, else in the user's data folder)",
      "DIR" },
    { "domain",
      0,
      0,
      G_OPTION_ARG_STRING,
      &options.domain,
      "Primary mail domain (default: this machine's)",
      "DOMAIN" },
    { "admin",
      0,
      0,
      G_OPTION_ARG_STRING,
      &options.admin,
      "Name of the first administrator (default: admin)",
      "NAME" },
    { "listen",
      0,
      0,
      G_OPTION_ARG_STRING,
      &options.listen,
      "Where to listen (default: " MS_CONFIG_DEFAULT_LISTEN ")",
      "ADDRESS:PORT" },
    { "store",
      0,
      0,
      G_OPTION_ARG_STRING,
      &options.store,
      "Where the store is to be (default: store.db in the folder)",
      "URI" },
    { "join",
      0,
      0,
      G_OPTION_ARG_NONE,
      &options.join,
      "The store is there: make one more server on it, for PostgreSQL",
      NULL },
    { "host-name",
      0,
      0,
      G_OPTION_ARG_STRING_ARRAY,
      &options.host_names,
      "Name or address for the certificate; may be repeated",
      "NAME" },
    { "certificate",
      0,
      0,
      G_OPTION_ARG_FILENAME,
      &options.certificate,
      "Use this certificate (PEM, with its chain)",
      "FILE" },
    { "key", 0, 0, G_OPTION_ARG_FILENAME, &options.key, "Use this private key (PEM)", "FILE" },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  int exit_code = MS_EXIT_DONE;

  if (!ms_command_parse (argc,
                         argv,
                         "Make a new store with its first administrator. Asks nothing.",
                         entries,
                         &exit_code))
    return exit_code;
  if (options.data == NULL)
    options.data = ms_config_dup_default_directory ();
  if ((options.store != NULL && !ms_command_check_address (options.store, &error))
      || !check_join (&options, &error))
    {
      g_printerr ("mailsteadd init: %s\n", error->message);
      return MS_EXIT_USAGE;
    }
  if (options.domain == NULL)
    options.domain = dup_default_domain ();
  if (options.admin == NULL)
    options.admin = g_strdup ("admin");
  if (options.listen == NULL)
    options.listen = g_strdup (MS_CONFIG_DEFAULT_LISTEN);
  if (!check_options (&options, &error))
    {
      g_printerr ("mailsteadd init: %s\n", error->message);
      return MS_EXIT_USAGE;
    }
  return options.join ? join (&options) : init (&options);
}
