/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What every verb of mailsteadctl is given, and the table that it is a row of. A verb does one
 * thing, prints what came of it and returns an exit code or sets an error; the dispatcher turns
 * errors into text and codes.
 */
#pragma once

#include <gio/gio.h>
#include <glib/gi18n.h>

#include "ms-connection.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-schema.h"
#include "ms-server-store.h"

G_BEGIN_DECLS

/* Documented in docs/cli.md; scripts rely on them. */
typedef enum
{
  MS_EXIT_OK = 0,
  MS_EXIT_FAILED = 1,
  MS_EXIT_USAGE = 2,
  MS_EXIT_NOT_FOUND = 3,
  MS_EXIT_CONFLICT = 4,
  MS_EXIT_DENIED = 5,
  MS_EXIT_UNREACHABLE = 6,
  MS_EXIT_PARTIAL = 7,
  MS_EXIT_CANCELLED = 130,
} MsExit;

/**
 * MsCtl: one run of the program
 * @connection: (nullable): set for verbs that need a session
 * @info: (nullable): the saved server it belongs to; %NULL where the environment named the server
 * @schemas: what is built in; with @has_all_schemas also what the server's operators have added
 */
typedef struct
{
  gboolean          json;
  gboolean          yes;
  char             *server;
  char             *reason;
  MsServerStore    *servers;
  MsServerInfo     *info;
  MsConnection     *connection;
  MsSchemaRegistry *schemas;
  gboolean          has_all_schemas;
} MsCtl;

typedef MsExit (*MsVerbFunc) (MsCtl *ctl, char **args, GError **error);

/**
 * MsCtlVerb: one row of the tables
 * @family: "user"; @name: "create", "alias add", or %NULL where the family is the verb ("login")
 * @synopsis: (nullable): its arguments, "LOGIN [KEY=VALUE…]"
 * @max_args: -1 = any number
 * @options: (nullable): its own options, besides those that all have
 */
typedef struct
{
  const char         *family;
  const char         *name;
  const char         *synopsis;
  const char         *summary;
  int                 min_args;
  int                 max_args;
  gboolean            needs_session;
  const GOptionEntry *options;
  MsVerbFunc          run;
} MsCtlVerb;

/* Each ends with a row without family. */
extern const MsCtlVerb ms_verbs_session[];
extern const MsCtlVerb ms_verbs_user[];
extern const MsCtlVerb ms_verbs_mailbox[];
extern const MsCtlVerb ms_verbs_group[];
extern const MsCtlVerb ms_verbs_list[];
extern const MsCtlVerb ms_verbs_domain[];
extern const MsCtlVerb ms_verbs_template[];
extern const MsCtlVerb ms_verbs_guest[];
extern const MsCtlVerb ms_verbs_explain[];
extern const MsCtlVerb ms_verbs_schema[];
extern const MsCtlVerb ms_verbs_directory[];
extern const MsCtlVerb ms_verbs_search[];
extern const MsCtlVerb ms_verbs_import[];
extern const MsCtlVerb ms_verbs_export[];
extern const MsCtlVerb ms_verbs_changes[];
extern const MsCtlVerb ms_verbs_audit[];
extern const MsCtlVerb ms_verbs_backup[];
extern const MsCtlVerb ms_verbs_bin[];
extern const MsCtlVerb ms_verbs_setting[];
extern const MsCtlVerb ms_verbs_totp[];
extern const MsCtlVerb ms_verbs_connection[];
extern const MsCtlVerb ms_verbs_object[];
extern const MsCtlVerb ms_verbs_token[];
extern const MsCtlVerb ms_verbs_server[];
extern const MsCtlVerb ms_verbs_scim[];
extern const MsCtlVerb ms_verbs_store[];

/* The whole program but for locale and exit. */
MsExit ms_ctl_main (int argc, char **argv);
MsExit ms_ctl_exit_code (const GError *error);
/* A mistake in how the program was called: exit code 2. */
void ms_ctl_usage_error (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* What the option @name was given: a number from @least to @most. */
gboolean ms_ctl_check_count (const char *name, int value, int least, int most, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
