/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of a rescue share: the two stores, what was found in the damaged one, and what of
 * it is in the new one.
 */
#pragma once

#include "ms-rescue.h"
#include "ms-txn-private.h"

G_BEGIN_DECLS

/* Files with schemas come first, for what they describe can be read only when they are known; what
 * lies in the bin comes before the rest, whose unique values it may have had. */
typedef enum
{
  MS_RESCUE_BINNED_FILES,
  MS_RESCUE_SCHEMA_FILES,
  MS_RESCUE_BINNED,
  MS_RESCUE_OTHERS, /* from here on by type */
} MsRescueOrder;

typedef struct
{
  gint64 row;
  guint  order; /* MsRescueOrder */
} MsRescuePlace;

typedef struct
{
  MsSql            *from;
  MsStore          *to;
  const MsProgress *progress;
  MsRescueFunc      func;
  gpointer          user_data;
  GArray           *places;      /* MsRescuePlace */
  GHashTable       *saved;       /* ids of live objects that are in the new store */
  GArray           *unlinked;    /* gint64: rows whose links wait for the second round */
  gboolean          has_primary; /* domain */
  GHashTable       *unknown;     /* types that rows and their index have, and no file describes */
  MsSchemaRegistry *schemas;     /* of the files that were saved, with those of the program */
  gint64            losses;
  gboolean          unnamed; /* what is lost is not all known by name */
  gint64            count;
  gboolean          has_readings; /* of mailboxes … */
  gboolean          has_periods;  /* … and of months: it has the table */
  gint64            month;        /* the first one that is counted anew: the one at hand */
  gint64            last;         /* the one that the damaged store has come to; 0: unknown */
  gboolean          was_ahead;    /* the clock, by which something was measured later */
  gint64            last_month;   /* what is later was never measured */
  GHashTable       *months;       /* gint64: row -> guint: how many it has, until they are taken */
  gboolean          has_counted;  /* all that are in their order */
  GHashTable       *kept_months;  /* gint64: row -> GArray of MsUsagePeriod */
  guint             n_kept;       /* months in it */
  gboolean          has_kept;     /* it has all that it will have */
  gboolean          has_lost_months; /* which is told */
  guint             n_cut;           /* totals whose last month is not there */
  char             *first_cut;       /* (nullable): the name of the first one, or the store */
  guint             first;           /* of the batch at hand */
} MsRescue;

/* ms-rescue.c */
void ms_rescue_lose (MsRescue *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* ms-rescue-read.c */
/* (nullable): the first row of what was found; without an error where there is none. What is
 * damaged is no reason to stop. */
MsStatement *ms_rescue_ask (MsRescue *self, const char *text, gint64 row, GError **error);
gint64       ms_rescue_ask_int (MsRescue *self, const char *text);
/* Fills in the places. */
gboolean ms_rescue_find_objects (MsRescue *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* (nullable): as it is in the damaged store, without its row there */
MsObject *ms_rescue_read_object (MsRescue *self, MsTxn *txn, gint64 row, GError **error);
/* What is known of one whose attributes cannot be read. (transfer full) */
char *ms_rescue_name_row (MsRescue *self, gint64 row);

/* ms-rescue-compare.c */
/* Gives @object, as its document has it, what only other tables of the damaged store have, and
 * takes from it what no store can hold. @is_told: what it lacks is said */
void ms_rescue_compare (
    MsRescue *self, MsTxn *txn, MsObject *object, gint64 row, gboolean in_bin, gboolean is_told);

/* ms-rescue-months.c: what cannot be read is said to be lost */
/* First. */
void ms_rescue_scan_months (MsRescue *self);
/* All of an object, as they are there, in their order. @lost: (inout): stays where it is set.
 * (transfer full) (element-type MsUsagePeriod) */
GArray *ms_rescue_read_months (MsRescue *self, gint64 row, GError **lost);
/* Last: what months there are that nobody took. */
void ms_rescue_compare_months (MsRescue *self);

/* ms-rescue-usage.c: what cannot be read is said to be lost */
/* First, and what was measured of the whole store. */
gboolean
ms_rescue_save_usage_of_all (MsRescue *self, MsTxn *txn, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of an object that is in the new store. @row: in the damaged one. @in_bin: it goes there */
gboolean ms_rescue_save_usage (MsRescue *self,
                               MsTxn    *txn,
                               MsObject *object,
                               gint64    row,
                               gboolean  in_bin,
                               GError  **error) G_GNUC_WARN_UNUSED_RESULT;

/* ms-rescue-objects.c: what cannot be saved is said to be lost */
void ms_rescue_save_object (MsRescue *self, MsTxn *txn, const MsRescuePlace *place);
/* The second round. */
void ms_rescue_link_object (MsRescue *self, MsTxn *txn, gint64 row);

G_END_DECLS
