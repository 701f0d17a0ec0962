/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What mailboxes use: taking what mail servers report, and reading it for reports. Measurements are
 * no changes (src/store/ms-reading.h): ms_service_report_usage() is the one call that writes to the
 * store without a change set about what it wrote. Whatever measures ends there: the API, and who
 * else has numbers.
 */
#pragma once

#include "ms-reading.h"
#include "ms-service.h"

G_BEGIN_DECLS

/* Readings of one transaction, and of one request. */
#define MS_USAGE_MAX_READINGS 1000
/* Months that can be asked for, and reported. */
#define MS_USAGE_MAX_PERIODS 120
#define MS_USAGE_MAX_CHILDREN 1000
/* At most so often is told that there was something to take, in microseconds. */
#define MS_USAGE_TELL_EVERY (5 * G_USEC_PER_SEC)

/**
 * MsUsageReport: one reading
 * @mailbox: an address, a log-on name or an id
 * @path: of "mailbox", as errors name it: "readings[3].mailbox"
 */
typedef struct
{
  char     *mailbox;
  char     *path;
  MsReading reading;
} MsUsageReport;
void ms_usage_report_free (MsUsageReport *self);

/**
 * MsUsageRefusal: one that was not taken
 */
typedef struct
{
  char *mailbox;
  char *path;
  char *reason;
} MsUsageRefusal;

/**
 * MsUsageOutcome: what became of them
 * @taken: something is known now that was not
 * @unchanged: nothing is, but when it was measured
 * @refused: (element-type MsUsageRefusal)
 */
typedef struct
{
  guint      taken;
  guint      unchanged;
  GPtrArray *refused;
} MsUsageOutcome;
void ms_usage_outcome_init (MsUsageOutcome *self);
void ms_usage_outcome_clear (MsUsageOutcome *self);

/* From the "readings" of a request. @now: microseconds since 1970. (transfer full) (nullable)
 * (element-type MsUsageReport): %MS_ERROR_INVALID with the place as path where one of them makes no
 * sense, %MS_ERROR_LIMIT where they are too many */
GPtrArray *ms_usage_parse (JsonArray *readings, gint64 now, GError **error);

/* @reports: (element-type MsUsageReport), at most %MS_USAGE_MAX_READINGS of them in a transaction.
 * What is of no mailbox, or of nobody knows which, is refused by itself. Waits for the store: never
 * on its thread. @outcome: (out): what was taken of them, also on failure, when it is repeated
 * without harm */
gboolean ms_service_report_usage (MsService      *self,
                                  const MsActor  *actor,
                                  GPtrArray      *reports,
                                  MsUsageOutcome *outcome,
                                  GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* {"taken":n,"unchanged":n,"refused":[{"mailbox","reason","path"}…]} */
void ms_usage_outcome_append (const MsUsageOutcome *self, GString *out);

/**
 * MsUsageQuery: a report
 * @of: (nullable): id of a mailbox, mail group or domain; %NULL = the whole store
 * @children: (nullable): "mailboxes", "groups" or "domains"
 * @sort_by: (nullable): "name", "storedBytes" (or unsaid) or "sentBytes"
 * @sort_order: (nullable): "ascending" or "descending"; unsaid, names ascend and sizes descend
 * @start: from 0
 * @count: of children
 * @periods: months up to this one
 */
typedef struct
{
  const char *of;
  const char *children;
  const char *sort_by;
  const char *sort_order;
  gint64      start;
  guint       count;
  guint       periods;
} MsUsageQuery;

/* Appends {"of","period","usage","periods"?,"children"?} as in docs/api.md. */
gboolean ms_service_read_usage (MsService          *self,
                                const MsActor      *actor,
                                const MsUsageQuery *query,
                                GString            *out,
                                GError            **error) G_GNUC_WARN_UNUSED_RESULT;

/* Part of the stored bytes in a limit of @quota bytes, rounded down; -1 where there is no limit, or
 * nothing is known that can be. */
gint64 ms_usage_get_percent (const MsUsage *usage, gint64 quota);
/* Appends "usage" as an object. @percent: or -1; @quota: or 0: none. @is_wanted: (nullable):
 * whether a member is to be there */
typedef gboolean (*MsUsageWanted) (const char *name, gconstpointer user_data);
void ms_usage_append (const MsUsage *usage,
                      gint64         percent,
                      MsUsageWanted  is_wanted,
                      gconstpointer  user_data,
                      GString       *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsUsageReport, ms_usage_report_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsUsageOutcome, ms_usage_outcome_clear)

G_END_DECLS
