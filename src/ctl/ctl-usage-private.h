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

/**
 * MsUsageFile: what a file says
 * @lines: (element-type MsUsageLine): to be sent
 * @refused: (element-type MsUsageLine): what Dovecot has no count of, or names nobody for, as the
 * API says what it refuses: {"mailbox","reason"}
 * @is_dovecot: whether "doveadm" made it, and not who knows the API
 * @passed_over: lines of quotas that do not count
 * @other: (nullable): the first of these quotas
 */
typedef struct
{
  GPtrArray *lines;
  GPtrArray *refused;
  gboolean   is_dovecot;
  guint      passed_over;
  char      *other;
} MsUsageFile;
void ms_usage_file_free (MsUsageFile *self);

/* ctl-usage-file.c: from JSON lines, or the output of doveadm as a table or parted by tabs. @quota:
 * (nullable): which quota of Dovecot's counts; else the first that a user has. (transfer full):
 * %NULL with an error that names the line */
MsUsageFile *ms_usage_file_parse (const char *file,
                                  const char *text,
                                  const char *quota,
                                  GError    **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsUsageFile, ms_usage_file_free)

/* ctl-usage-report.c */
extern const GOptionEntry ms_usage_report_options[];
MsExit                    ms_ctl_usage_report (MsCtl *ctl, char **args, GError **error);

G_END_DECLS
