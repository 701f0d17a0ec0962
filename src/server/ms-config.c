/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading settings by table: group, key, where the value goes, and what makes it a good one.
 */
#include "ms-config.h"
#include "ms-error.h"
#include "ms-listener.h"
#include "ms-text.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef enum
{
  KIND_TEXT,
  KIND_FILE,
  KIND_LISTEN,
  KIND_URL,
  KIND_STORE,
  KIND_TIMES,
  KIND_NUMBER,
  KIND_SIZE,
} Kind;

typedef struct
{
  const char *group;
  const char *key;
  Kind        kind;
  gsize       offset;
  gint64      minimum;
  gint64      maximum;
} Setting;

#define AT(field) G_STRUCT_OFFSET (MsConfig, field)

/* clang-format off: one row, one line */
static const Setting settings[] = {
  { "server", "listen", KIND_LISTEN, AT (listen), 0, 0 },
  { "server", "base-url", KIND_URL, AT (options.base_url), 0, 0 },
  { "server", "threads", KIND_NUMBER, AT (options.threads), 0, 64 },
  { "server", "stop-seconds", KIND_NUMBER, AT (stop_seconds), 0, 600 },
  { "server", "heartbeat-seconds", KIND_NUMBER, AT (options.heartbeat_seconds), 1, 300 },
  { "store", "uri", KIND_STORE, AT (store_uri), 0, 0 },
  { "tls", "certificate", KIND_FILE, AT (certificate), 0, 0 },
  { "tls", "key", KIND_FILE, AT (key), 0, 0 },
  { "backup", "folder", KIND_FILE, AT (options.backup.folder), 0, 0 },
  { "backup", "every-hours", KIND_NUMBER, AT (options.backup.every_hours), 0, 8760 },
  { "backup", "at", KIND_TIMES, AT (options.backup.at), 0, 0 },
  { "backup", "keep", KIND_NUMBER, AT (options.backup.keep), 1, 10000 },
  { "limits", "connections", KIND_NUMBER, AT (options.http.connections), 8, 100000 },
  { "limits",
    "connections-per-address",
    KIND_NUMBER,
    AT (options.http.connections_per_address),
    1,
    100000 },
  { "limits", "header-bytes", KIND_SIZE, AT (options.http.header_bytes), 4096, 1024 * 1024 },
  { "limits", "header-seconds", KIND_NUMBER, AT (options.http.header_seconds), 1, 300 },
  { "limits", "idle-seconds", KIND_NUMBER, AT (options.http.idle_seconds), 1, 3600 },
  { "limits", "body-seconds", KIND_NUMBER, AT (options.http.body_seconds), 1, 3600 },
  { "limits", "body", KIND_SIZE, AT (options.max_body), 1024, 64 * 1024 * 1024 },
  { "limits", "bulk", KIND_SIZE, AT (options.max_bulk), 1024, 64 * 1024 * 1024 },
  { "limits", "upload", KIND_SIZE, AT (options.max_upload), 1024, 64 * 1024 * 1024 },
  { "limits",
    "bodies-in-flight",
    KIND_SIZE,
    AT (options.http.bodies_in_flight),
    1024 * 1024,
    G_GINT64_CONSTANT (64) * 1024 * 1024 * 1024 },
};
/* clang-format on */

char *
ms_config_dup_default_directory (void)
{
  if (geteuid () == 0)
    return g_strdup ("/var/lib/mailstead");
  return g_build_filename (g_get_user_data_dir (), "mailstead", NULL);
}

void
ms_config_free (MsConfig *self)
{
  if (self == NULL)
    return;
  g_free (self->directory);
  g_free (self->listen);
  g_free (self->store_uri);
  g_free (self->certificate);
  g_free (self->key);
  ms_server_options_clear (&self->options);
  g_free (self);
}

static MsConfig *
config_new (const char *directory)
{
  MsConfig *self = g_new0 (MsConfig, 1);

  self->directory = g_canonicalize_filename (directory, NULL);
  self->listen = g_strdup (MS_CONFIG_DEFAULT_LISTEN);
  self->store_uri = g_strdup_printf ("sqlite:%s/store.db", self->directory);
  self->certificate = g_build_filename (self->directory, "server.crt", NULL);
  self->key = g_build_filename (self->directory, "server.key", NULL);
  self->stop_seconds = 20;
  ms_server_options_init (&self->options);
  return self;
}

/* Values -------------------------------------------------------------------------------------- */

static gboolean
check_url (const char *text, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  const char *allowed = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-._~:/[]";

  if (uri != NULL && g_strcmp0 (g_uri_get_scheme (uri), "https") == 0
      && g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0'
      && strspn (text, allowed) == strlen (text) && !g_str_has_suffix (text, "/"))
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                NULL,
                NULL,
                "“%s” is no address of the form https://host[:port].",
                text);
  return FALSE;
}

static gboolean
check_store (const char *text, GError **error)
{
  gboolean in_file = g_str_has_prefix (text, "sqlite:");

  /* Where the server is started from is no part of its settings. */
  if (in_file && !g_str_has_prefix (text, "sqlite:/"))
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  NULL,
                  NULL,
                  "“%s” is no store; it looks like sqlite:/absolute/path.db.",
                  text);
  else if (in_file || ms_store_check_uri (text, error))
    return TRUE;
  return FALSE;
}

/* It would be the folder of the settings. */
static gboolean
check_file (const char *text, GError **error)
{
  if (*text != '\0')
    return TRUE;
  ms_error_set (
      error, MS_ERROR_INVALID, NULL, NULL, "it is empty; leave the key out for the default.");
  return FALSE;
}

static gboolean
set_text (MsConfig *self, const Setting *setting, const char *text, GError **error)
{
  char **field = G_STRUCT_MEMBER_P (self, setting->offset);

  if ((setting->kind == KIND_FILE && !check_file (text, error))
      || (setting->kind == KIND_LISTEN && !ms_listener_check_address (text, error))
      || (setting->kind == KIND_URL && !check_url (text, error))
      || (setting->kind == KIND_TIMES && !ms_backup_check_times (text, error))
      || (setting->kind == KIND_STORE && !check_store (text, error)))
    return FALSE;
  g_free (*field);
  *field = setting->kind == KIND_FILE ? g_canonicalize_filename (text, self->directory)
                                      : g_strdup (text);
  return TRUE;
}

static gboolean
set_number (MsConfig *self, const Setting *setting, const char *text, GError **error)
{
  gint64 value = 0;

  if (setting->kind == KIND_SIZE)
    {
      if (!ms_text_parse_size (text, &value, NULL))
        {
          ms_error_set (error,
                        MS_ERROR_INVALID,
                        NULL,
                        NULL,
                        "“%s” is no size from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                        " bytes, such as 2 MiB.",
                        text,
                        setting->minimum,
                        setting->maximum);
          return FALSE;
        }
    }
  else if (!g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &value, NULL))
    {
      ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, "“%s” is no whole number.", text);
      return FALSE;
    }
  if (value < setting->minimum || value > setting->maximum)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    "%s is not between %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT ".",
                    text,
                    setting->minimum,
                    setting->maximum);
      return FALSE;
    }
  if (setting->kind == KIND_SIZE)
    *(gsize *) G_STRUCT_MEMBER_P (self, setting->offset) = (gsize) value;
  else
    *(guint *) G_STRUCT_MEMBER_P (self, setting->offset) = (guint) value;
  return TRUE;
}

static gboolean
apply_setting (MsConfig   *self,
               const char *file,
               const char *group,
               const char *key,
               GKeyFile   *keys,
               GError    **error)
{
  g_autofree char *text = g_key_file_get_string (keys, group, key, error);

  if (text == NULL)
    return FALSE;
  g_strstrip (text);
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      const Setting *setting = &settings[i];
      if (strcmp (setting->group, group) != 0 || strcmp (setting->key, key) != 0)
        continue;
      gboolean number = setting->kind == KIND_NUMBER || setting->kind == KIND_SIZE;
      if (number ? set_number (self, setting, text, error) : set_text (self, setting, text, error))
        return TRUE;
      g_prefix_error (error, "%s, group [%s], key %s: ", file, group, key);
      return FALSE;
    }
  ms_error_set (error,
                MS_ERROR_INVALID,
                NULL,
                NULL,
                "%s, group [%s], key %s: there is no such setting.",
                file,
                group,
                key);
  return FALSE;
}

/* The file ------------------------------------------------------------------------------------ */

/* The key file takes the last of several, and whoever edits another one wonders. Groups may be
 * taken up again. */
static gboolean
check_repeats (const char *file, const char *text, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *group = g_strdup ("");

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *line = g_strstrip (lines[i]);
      char *equals = strchr (line, '=');
      if (*line == '[')
        {
          g_free (group);
          group = g_strndup (line + 1, strcspn (line + 1, "]"));
        }
      if (*line == '[' || *line == '#' || equals == NULL)
        continue;
      *equals = '\0';
      g_autofree char *name = g_strdup_printf ("[%s], key %s", group, g_strchomp (line));
      guint            first = GPOINTER_TO_UINT (g_hash_table_lookup (seen, name));
      if (first == 0)
        {
          g_hash_table_insert (seen, g_steal_pointer (&name), GUINT_TO_POINTER (i + 1));
          continue;
        }
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    "%s, line %u, group %s: it is in line %u already.",
                    file,
                    i + 1,
                    name,
                    first);
      return FALSE;
    }
  return TRUE;
}

gboolean
ms_config_has_password (const char *store_uri)
{
  const char *authority = strstr (store_uri, "://");
  const char *at = authority != NULL ? strchr (authority, '@') : NULL;

  /* libpq reads the names of parameters without their escapes too. */
  g_autofree char *plain = g_uri_unescape_string (store_uri, NULL);

  return strstr (store_uri, "password=") != NULL
         || (plain != NULL && strstr (plain, "password=") != NULL)
         || (at != NULL && memchr (authority + 3, ':', (gsize) (at - authority - 3)) != NULL);
}

static gboolean
check_mode (const MsConfig *self, const char *file, GError **error)
{
  struct stat info;

  if (!ms_config_has_password (self->store_uri) || stat (file, &info) < 0
      || (info.st_mode & 0007) == 0)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_DENIED,
                NULL,
                NULL,
                "%s, group [store], key uri: holds a password, and everybody on this machine may "
                "read the file; chmod 600 it.",
                file);
  return FALSE;
}

/* A schedule without a place would be a backup that somebody believes in. */
static gboolean
check_backup (const MsConfig *self, const char *file, GError **error)
{
  const MsBackupOptions *backup = &self->options.backup;

  if (backup->folder == NULL && backup->every_hours == 0 && backup->at == NULL)
    return TRUE;
  if (backup->folder == NULL)
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  NULL,
                  NULL,
                  "%s, group [backup]: the key folder is missing: where backups go.",
                  file);
  else if (g_file_test (backup->folder, G_FILE_TEST_IS_DIR))
    return TRUE;
  else
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  NULL,
                  NULL,
                  "%s, group [backup], key folder: there is no folder %s.",
                  file,
                  backup->folder);
  return FALSE;
}

/* One that is larger than all together would be refused each time, as if others were in its way. */
static gboolean
check_bodies (const MsConfig *self, const char *file, GError **error)
{
  const MsServerOptions *options = &self->options;
  const struct
  {
    const char *key;
    gsize       size;
  } bodies[] = {
    { "body", options->max_body },
    { "bulk", options->max_bulk },
    { "upload", options->max_upload },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
    if (bodies[i].size > ms_http_limits_get_large_bodies (&options->http))
      {
        ms_error_set (error,
                      MS_ERROR_INVALID,
                      NULL,
                      NULL,
                      "%s, group [limits], key %s: one body may have %zu bytes, and all that are "
                      "large together %zu (seven eighths of bodies-in-flight).",
                      file,
                      bodies[i].key,
                      bodies[i].size,
                      ms_http_limits_get_large_bodies (&options->http));
        return FALSE;
      }
  return TRUE;
}

/* Without keys, since a key says the same. */
static gboolean
check_group (const char *file, const char *group, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    if (strcmp (settings[i].group, group) == 0)
      return TRUE;
  ms_error_set (
      error, MS_ERROR_INVALID, NULL, NULL, "%s, group [%s]: there is no such group.", file, group);
  return FALSE;
}

static gboolean
apply_all (MsConfig *self, const char *file, GKeyFile *keys, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (keys, NULL);

  for (char **group = groups; *group != NULL; group++)
    {
      g_auto (GStrv) names = g_key_file_get_keys (keys, *group, NULL, error);
      if (names == NULL || (*names == NULL && !check_group (file, *group, error)))
        return FALSE;
      for (char **name = names; *name != NULL; name++)
        if (!apply_setting (self, file, *group, *name, keys, error))
          return FALSE;
    }
  return TRUE;
}

MsConfig *
ms_config_load (const char *directory, GError **error)
{
  g_autoptr (MsConfig) self = config_new (directory);
  g_autofree char *file = g_build_filename (self->directory, MS_CONFIG_FILE, NULL);
  g_autoptr (GKeyFile) keys = g_key_file_new ();
  g_autoptr (GError) local_error = NULL;
  g_autofree char *text = NULL;
  gsize            length = 0;

  /* A key with a language would be passed over in silence. */
  if (!g_file_get_contents (file, &text, &length, &local_error)
      || !g_key_file_load_from_data (
          keys, text, length, G_KEY_FILE_KEEP_TRANSLATIONS, &local_error))
    {
      if (g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return g_steal_pointer (&self);
      ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, "%s: %s", file, local_error->message);
      return NULL;
    }
  if (!check_repeats (file, text, error) || !apply_all (self, file, keys, error)
      || !check_mode (self, file, error) || !check_backup (self, file, error)
      || !check_bodies (self, file, error))
    return NULL;
  return g_steal_pointer (&self);
}

gboolean
ms_config_write_new (const char *directory,
                     const char *listen,
                     const char *store_uri,
                     const char *certificate,
                     const char *key,
                     GError    **error)
{
  g_autofree char *file = g_build_filename (directory, MS_CONFIG_FILE, NULL);
  g_autofree char *certificate_path
      = certificate != NULL ? g_canonicalize_filename (certificate, NULL) : NULL;
  g_autofree char *key_path = key != NULL ? g_canonicalize_filename (key, NULL) : NULL;
  g_autofree char *store
      = store_uri != NULL ? g_strdup_printf ("\n[store]\nuri=%s\n", store_uri) : g_strdup ("");
  g_autofree char *text
      = g_strdup_printf ("# Settings of mailsteadd; docs/operations.md explains each.\n"
                         "# After a change: mailsteadd check-config, then restart.\n\n"
                         "[server]\nlisten=%s\n\n[tls]\ncertificate=%s\nkey=%s\n%s",
                         listen,
                         certificate_path != NULL ? certificate_path : "server.crt",
                         key_path != NULL ? key_path : "server.key",
                         store);

  g_autoptr (GError) local_error = NULL;
  if (g_file_set_contents_full (file,
                                text,
                                -1,
                                G_FILE_SET_CONTENTS_DURABLE | G_FILE_SET_CONTENTS_CONSISTENT,
                                0600,
                                &local_error))
    return TRUE;
  ms_error_set (error, MS_ERROR_UNAVAILABLE, NULL, NULL, "%s", local_error->message);
  return FALSE;
}
