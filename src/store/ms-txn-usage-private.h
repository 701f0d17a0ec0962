/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of ms-txn-usage*.c share, besides what is in ms-txn-private.h.
 */
#pragma once

#include "ms-txn-private.h"

G_BEGIN_DECLS

/* What the totals of domains are in, in place of a mail group. */
#define MS_USAGE_DOMAINS (G_GINT64_CONSTANT (-2))
#define MS_USAGE_DOMAINS_SQL "-2"

typedef enum
{
  MS_USAGE_CLOCK_WAS_AHEAD, /* A */
  MS_USAGE_CLOCK_IS_BEHIND, /* B */
  MS_USAGE_CLOCK_IS_EITHER, /* C */
} MsUsageFinding;

/* By what ms-txn-usage-clock.c says. @month: that of the clock. @last: what the store has come to,
 * later than the one after @month */
gboolean ms_usage_judge_clock (MsSql          *sql,
                               gint64          month,
                               gint64          last,
                               MsUsageFinding *finding,
                               GError        **error) G_GNUC_WARN_UNUSED_RESULT;

/* What lies in the bin went out of the totals in the month that it was deleted in, or in a later
 * one that the store had come to. @least: (out): that month; 1 where nobody knows it: it was
 * deleted by a clock that was ahead, or by a rescue, which does it again. Looks at all that was
 * changed since
 */
gboolean ms_usage_find_least_out (MsSql *sql, gint64 obj, gint64 *least, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* What @container, a mail group, the root (0) or a domain, and all above it are owed of what is
 * stored, and of what was sent in @period; less where a number is below 0. */
void ms_txn_usage_owe (MsTxn *self, gint64 container, gint64 bytes, gint64 messages);
void
ms_txn_usage_owe_sent (MsTxn *self, gint64 container, gint64 period, gint64 messages, gint64 bytes);
/* Where the month at hand has gone back, a writing transaction counts totals anew before it says
 * so: nothing may be owed then, nor anything of months have been written. */
gboolean
ms_txn_usage_get_clock (MsTxn *self, MsUsageClock *clock, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* @sign times what @obj has sent in the months from @since on. */
gboolean ms_txn_usage_owe_months (MsTxn   *self,
                                  gint64   obj,
                                  gint64   container,
                                  gint64   since,
                                  int      sign,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
