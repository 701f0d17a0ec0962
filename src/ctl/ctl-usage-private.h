/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of usage share: reading reports, and sending them.
 */
#pragma once

#include "ms-ctl-verbs.h"

G_BEGIN_DECLS

/**
 * MsUsageLine: one reading of a file
 * @line: from 1: where it begins
 * @reading: as the API takes it
 */
typedef struct
{
  guint       line;
  JsonObject *reading;
} MsUsageLine;
void ms_usage_line_free (MsUsageLine *self);

/* ctl-usage-file.c: from JSON lines, or the output of doveadm as a table or parted by tabs. @quota:
 * (nullable): which quota of Dovecot's counts; else the first that a user has. @passed_over: (out):
 * lines of others. (transfer full) (element-type MsUsageLine): %NULL with an error that names the
 * line */
GPtrArray *ms_usage_file_parse (const char *file,
                                const char *text,
                                const char *quota,
                                guint      *passed_over,
                                GError    **error) G_GNUC_WARN_UNUSED_RESULT;

/* ctl-usage-report.c */
extern const GOptionEntry ms_usage_report_options[];
MsExit                    ms_ctl_usage_report (MsCtl *ctl, char **args, GError **error);

G_END_DECLS
