/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What mailboxes use, as mail servers report it: readings of what is stored, when somebody logged
 * on last, and what was sent in a month (UTC).
 *
 * A reading is a measurement and no change: it makes no change set, counts up no version and is no
 * event of an object. It is written by ms_txn_take_reading() and nothing else. With it go the rows
 * in "value" by which lists are filtered and sorted, and the totals of all mail groups above the
 * mailbox, of the store and of the domain, at the price of the depth of the tree.
 *
 * Totals are of the mailboxes that are there now. What is moved, deleted or restored takes what it
 * has stored with it, and what it has sent in the month at hand; the totals of months that are over
 * stay as they were, but that what comes back from the bin brings all months back that it took. A
 * count of a month that is over and comes late goes to where the mailbox is now.
 */
#pragma once

#include "ms-object.h"
#include "ms-store.h"

G_BEGIN_DECLS

/* Of what nobody has said. */
#define MS_USAGE_UNKNOWN (G_GINT64_CONSTANT (-1))
/* The most that a count of one mailbox may be (of bytes 8 TiB), and the most that is added up,
 * where a total stops: a quarter of a million mailboxes with the most of everything come to that,
 * which are many more than can be, and a few such totals are still a number together. */
#define MS_USAGE_MOST G_GINT64_CONSTANT (8796093022208)
#define MS_USAGE_MOST_SQL "8796093022208"
#define MS_USAGE_MOST_TOTAL G_GINT64_CONSTANT (2305843009213693952)
#define MS_USAGE_MOST_TOTAL_SQL "2305843009213693952"

/* What is dated later than this from now, and months that are later than this one by more, were
 * taken by a clock that was wrong then. */
#define MS_USAGE_GRACE (G_GINT64_CONSTANT (5) * 60 * G_USEC_PER_SEC)
#define MS_USAGE_MONTHS_AHEAD 1

/* Months are counted from the year 0. */
gint64 ms_usage_period_of (gint64 usec);
/* "2026-11"; %FALSE where @text is no month. */
gboolean ms_usage_period_parse (const char *text, gint64 *period);
/* (transfer full): of what is no month (of the years 0 to 9999) its number */
char *ms_usage_period_format (gint64 period);
/* Microseconds since 1970, as readings, their months and changes are dated by; for tests it can be
 * another time than now. 0 = the clock's again */
gint64 ms_usage_get_time (void);
/* As times are shown, and as filters have them: cut to milliseconds. @usec: not below 0 */
gint64 ms_usage_cut_time (gint64 usec);
void   ms_usage_set_time (gint64 usec);

/**
 * MsReading: what is said of a mailbox
 * @stored_bytes, @stored_messages: or %MS_USAGE_UNKNOWN: stays as it is
 * @last_access: microseconds since 1970; 0 = unknown. An older one than is known changes nothing,
 * unless what is known is of the future
 * @period: that of what is sent; 0 = nothing is said of it
 * @sent_messages, @sent_bytes: all of that month so far, or %MS_USAGE_UNKNOWN. Less than is known
 * changes nothing, so that it does not matter in which order readings arrive, or how often
 */
typedef struct
{
  gint64 stored_bytes;
  gint64 stored_messages;
  gint64 last_access;
  gint64 period;
  gint64 sent_messages;
  gint64 sent_bytes;
} MsReading;
#define MS_READING_INIT                                                                            \
  {                                                                                                \
    MS_USAGE_UNKNOWN, MS_USAGE_UNKNOWN, 0, 0, 0, 0                                                 \
  }

/**
 * MsUsage: what is known of a mailbox, a mail group, a domain or the store
 * @row, @id, @type_name, @label: of whom; @id is %NULL for the store
 * @mailboxes: how many were measured: of a mailbox 1, or 0 where there is no reading
 * @direct: the same, only those directly in a mail group
 * @stored_bytes, @stored_messages: of a mailbox perhaps %MS_USAGE_UNKNOWN
 * @sent_messages, @sent_bytes: in the month at hand; of a mailbox perhaps %MS_USAGE_UNKNOWN
 * @last_access, @measured: of a mailbox; 0 = unknown
 */
typedef struct
{
  gint64 row;
  char  *id;
  char  *type_name;
  char  *label;
  gint64 mailboxes;
  gint64 direct;
  gint64 stored_bytes;
  gint64 stored_messages;
  gint64 sent_messages;
  gint64 sent_bytes;
  gint64 last_access;
  gint64 measured;
} MsUsage;
void ms_usage_clear (MsUsage *self);
void ms_usage_free (MsUsage *self);

/**
 * MsUsagePeriod: one month
 * @mailboxes, @stored_bytes, @stored_messages: when it was measured last in that month, or
 * %MS_USAGE_UNKNOWN
 */
typedef struct
{
  gint64 period;
  gint64 mailboxes;
  gint64 stored_bytes;
  gint64 stored_messages;
  gint64 sent_messages;
  gint64 sent_bytes;
} MsUsagePeriod;

typedef enum
{
  MS_USAGE_BY_NAME,
  MS_USAGE_BY_STORED_BYTES,
  MS_USAGE_BY_SENT_BYTES,
} MsUsageOrder;

typedef enum
{
  MS_USAGE_OF_MAILBOXES, /* measured ones, directly in a mail group or the root, or of a domain */
  MS_USAGE_OF_GROUPS,    /* directly in a mail group or the root */
  MS_USAGE_OF_DOMAINS,   /* all */
} MsUsageChildren;

/* The month at hand, in all of the transaction. Of a clock that was set back over the end of a
 * month it is the one that the store has come to. */
gboolean
ms_txn_get_usage_month (MsTxn *txn, gint64 *month, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* In a writing transaction. @mailbox: outside of the bin. @changed: (out): whether anything is
 * known now that was not, beside when it was measured */
gboolean ms_txn_take_reading (MsTxn           *txn,
                              MsObject        *mailbox,
                              const MsReading *reading,
                              gboolean        *changed,
                              GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* @object: (nullable): a mailbox, mail group or domain; %NULL = the store. Of what has no reading
 * "mailboxes" is 0. */
gboolean ms_txn_get_usage (MsTxn *txn, MsObject *object, MsUsage *usage, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The newest ones, newest first, of those that have something, but none of the future. (transfer
 * full) (element-type MsUsagePeriod) */
GArray *ms_txn_list_usage_periods (MsTxn *txn, MsObject *object, guint limit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* @object: (nullable): as above. @start: from 0. @total: (out): how many there are. (transfer full)
 * (element-type MsUsage) */
GPtrArray *ms_txn_list_usage_children (MsTxn          *txn,
                                       MsObject       *object,
                                       MsUsageChildren kind,
                                       MsUsageOrder    order,
                                       gboolean        descending,
                                       gint64          start,
                                       gint64          count,
                                       gint64         *total,
                                       GError        **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsUsage, ms_usage_clear)

G_END_DECLS
