/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the verbs of all types have in common: list, show, set, delete, and how a change is
 * reported.
 */
#pragma once

#include "ms-ctl-call.h"
#include "ms-ctl-objects.h"
#include "ms-ctl-output.h"
#include "ms-ctl-prompt.h"

G_BEGIN_DECLS

extern const GOptionEntry ms_list_options[];

MsExit ms_run_list (MsCtl *ctl, const char *type_name, char **words, GError **error);
MsExit ms_run_show (MsCtl *ctl, const char *type_name, const char *name, GError **error);
MsExit
ms_run_set (MsCtl *ctl, const char *type_name, const char *name, char **settings, GError **error);
/* Options of the verbs that set and make; whether --dry-run was given. */
extern const GOptionEntry ms_dry_run_options[];
extern gboolean           ms_option_dry_run;
/* @object: (transfer full): what it has besides @settings */
MsExit ms_run_create (
    MsCtl *ctl, const char *type_name, JsonObject *object, char **settings, GError **error);
/* Gives an object another value of the attribute that it is known by. */
MsExit ms_run_rename_label (
    MsCtl *ctl, const char *type_name, const char *name, const char *new_name, GError **error);
/* @question: with %u for how many; @options: (transfer full) (nullable) for the action */
MsExit ms_run_delete (MsCtl      *ctl,
                      const char *type_name,
                      char      **names,
                      const char *question,
                      JsonObject *options,
                      GError    **error);
/* One verb of /api/v1/actions on objects named by people. @options: (transfer full) (nullable) */
MsExit ms_run_action (MsCtl      *ctl,
                      const char *verb,
                      const char *type_name,
                      char      **names,
                      const char *to,
                      JsonObject *options,
                      GError    **error);

/* Options of the verbs that rename. */
extern const GOptionEntry ms_rename_options[];
/* @settings: (transfer full): what it shall be called: "name", "domain", "address"; those of the
 * options are added */
MsExit ms_run_rename (
    MsCtl *ctl, const char *type_name, const char *name, JsonObject *settings, GError **error);
/* One change set with its deltas, for people. */
void ms_ctl_print_change (JsonObject *change);
/* What an undo, a restore or a return came to: @text and the change, then what was not done.
 * %MS_EXIT_PARTIAL where something was not. @count_name: of the member that says how many;
 * @dry_run: only what would be */
MsExit ms_report_partial (
    MsCtl *ctl, JsonObject *answer, const char *count_name, const char *text, gboolean dry_run);
/* One sentence, or the object and the change as JSON. @resource: (nullable) */
void ms_report_change (MsCtl *ctl, const char *text, MsResource *resource, gint64 change);

/* user rename: of more than one object. The second takes the answer to an atomic bulk request, and
 * fails with the reason of the operation that failed. */
extern const GOptionEntry ms_user_rename_options[];
MsExit                    ms_ctl_user_rename (MsCtl *ctl, char **args, GError **error);
gboolean ms_ctl_check_results (JsonObject *answer, GError **error) G_GNUC_WARN_UNUSED_RESULT;
MsExit   ms_ctl_object_attributes (MsCtl *ctl, char **args, GError **error);
/* export: of any type that has several objects. @words: what is searched for, may be none */
extern const GOptionEntry ms_export_options[];
MsExit ms_run_export (MsCtl *ctl, const char *type_name, char **words, GError **error);
/* server verify: lives with the backups, which are jobs of the server too. */
MsExit ms_ctl_server_verify (MsCtl *ctl, char **args, GError **error);

G_END_DECLS
