/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the verbs of directory … share.
 */
#pragma once

#include "ms-ctl-verbs.h"

G_BEGIN_DECLS

#define MS_DIRECTORIES_PATH "/api/v1/directories"

/* The directory of that name or id. (transfer full): as the server shows it */
JsonObject *
ms_ctl_find_directory (MsCtl *ctl, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer full): "/api/v1/directories/ID", @verb: (nullable): "/VERB" */
char *ms_ctl_directory_path (JsonObject *directory, const char *verb);
/* KEY=VALUE… as members of a directory. @before: (nullable): the one that they change, whose
 * mapping stays where it is not told otherwise. (transfer full) */
JsonObject *ms_ctl_parse_directory (MsCtl *ctl, JsonObject *before, char **settings, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* What became of the last run or rehearsal in one word; @directory: its object */
const char *ms_ctl_describe_last (JsonObject *directory);

MsExit ms_ctl_directory_rehearse (MsCtl *ctl, char **args, GError **error);
MsExit ms_ctl_directory_run (MsCtl *ctl, char **args, GError **error);
MsExit ms_ctl_directory_cancel (MsCtl *ctl, char **args, GError **error);
MsExit ms_ctl_directory_rows (MsCtl *ctl, char **args, GError **error);
MsExit ms_ctl_directory_undo (MsCtl *ctl, char **args, GError **error);

extern const GOptionEntry ms_directory_run_options[];
extern const GOptionEntry ms_directory_rows_options[];
extern const GOptionEntry ms_directory_undo_options[];

G_END_DECLS
