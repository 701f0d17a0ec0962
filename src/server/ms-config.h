/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The server's settings: DIR/mailsteadd.conf, a key file. Nothing in it is ignored: an unknown
 * group or key, or a value that makes no sense, is an error that names file, group, key and reason.
 */
#pragma once

#include "ms-server.h"

G_BEGIN_DECLS

#define MS_CONFIG_FILE "mailsteadd.conf"
#define MS_CONFIG_DEFAULT_LISTEN "127.0.0.1:7443"

/**
 * MsConfig:
 * @directory: where everything is; relative file names start there
 * @certificate, @key: absolute file names
 * @stop_seconds: that requests in flight get when the server stops
 */
typedef struct
{
  char           *directory;
  char           *listen;
  char           *store_uri;
  char           *certificate;
  char           *key;
  guint           stop_seconds;
  MsServerOptions options;
} MsConfig;

/* (transfer full): /var/lib/mailstead for root, else in the user's data folder */
char *ms_config_dup_default_directory (void);
/* Where the file is missing the defaults hold. */
MsConfig *ms_config_load (const char *directory, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void      ms_config_free (MsConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsConfig, ms_config_free)

/* Whether the address of a store holds a password. */
gboolean ms_config_has_password (const char *store_uri);

/* The file that `init` writes. @store_uri, @certificate, @key: (nullable): other than in the folder
 */
gboolean ms_config_write_new (const char *directory,
                              const char *listen,
                              const char *store_uri,
                              const char *certificate,
                              const char *key,
                              GError    **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
