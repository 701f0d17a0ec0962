/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a server said about who gets mail for an address (docs/api.md, "explain"), as a tree to be
 * shown: the graph unrolled from the address, each place with what comes after it once; where it
 * comes again, or closes a loop, a row says so and ends there.
 */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef enum
{
  MS_WAY_FIRST, /* what comes after it is below */
  MS_WAY_AGAIN, /* that is below another row */
  MS_WAY_LOOP,  /* it is above: mail would go round */
} MsWayMark;

#define MS_TYPE_WAY_ROW (ms_way_row_get_type ())
G_DECLARE_FINAL_TYPE (MsWayRow, ms_way_row, MS, WAY_ROW, GObject)

/* How mail comes here: "alias", "forward" and so on; "" for the address itself. */
const char *ms_way_row_get_kind (MsWayRow *self);
/* "address", "outside", "Mailbox", "MailGroup", "Group" or "User" */
const char *ms_way_row_get_type_name (MsWayRow *self);
const char *ms_way_row_get_id (MsWayRow *self);
const char *ms_way_row_get_label (MsWayRow *self);
const char *ms_way_row_get_address (MsWayRow *self); /* (nullable) */
/* "passesOn", "delivered" or "deadEnd" */
const char *ms_way_row_get_state (MsWayRow *self);
const char *ms_way_row_get_reason (MsWayRow *self); /* (nullable) */
gboolean    ms_way_row_is_disabled (MsWayRow *self);
MsWayMark   ms_way_row_get_mark (MsWayRow *self);
/* How many of what comes next are not shown. */
gint64 ms_way_row_get_more (MsWayRow *self);
/* (transfer none) (nullable): rows; %NULL where there are none */
GListModel *ms_way_row_get_children (MsWayRow *self);

typedef struct _MsExplanation MsExplanation;

/* %MS_ERROR_INTERNAL where it is no such answer. */
MsExplanation *ms_explanation_new (JsonObject *json, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void           ms_explanation_free (MsExplanation *self);

MsWayRow *ms_explanation_get_root (MsExplanation *self);
/* %FALSE: an address of a domain that is not the server's */
gboolean ms_explanation_is_local (MsExplanation *self);
/* Nodes were left out. */
gboolean ms_explanation_is_truncated (MsExplanation *self);
/* Even the numbers are too small. */
gboolean ms_explanation_is_complete (MsExplanation *self);

typedef enum
{
  MS_EXPLAINED_MAILBOXES,
  MS_EXPLAINED_OUTSIDE,
  MS_EXPLAINED_LOOPS,
  MS_EXPLAINED_DEAD_ENDS,
  MS_EXPLAINED_NODES,
} MsExplained;
gint64 ms_explanation_count (MsExplanation *self, MsExplained what);

/* Problem @i: its places, in order: of a loop all, of a dead end one. (transfer full) (nullable):
 * %NULL past the last. (element-type MsWayRow): without children. @is_loop: (out) */
GPtrArray *ms_explanation_dup_problem (MsExplanation *self, guint i, gboolean *is_loop);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsExplanation, ms_explanation_free)

G_END_DECLS
