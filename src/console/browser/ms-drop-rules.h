/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What may be dropped where, and what it would do: the rules of dragging, without a widget, so that
 * they can be tested as a table. The store has the last word; these rules spare it what cannot
 * succeed and say why.
 */
#pragma once

#include <glib.h>

#include "ms-node.h"

G_BEGIN_DECLS

/* What is dragged. Ids may be unknown for rows that were never loaded; then @ids is shorter than
 * @n. */
typedef struct
{
  const char *server; /* base URL; "" for a file */
  MsNodeKind  kind;   /* MS_NODE_MAILBOX, _USER, _MAIL_GROUP, _LIST; MS_NODE_N_KINDS for a file */
  guint       n;
  const char *label;      /* of the first one */
  const char *const *ids; /* (nullable) */
  const char *const
      *places; /* (nullable): id of the group, parent or "" of each, as far as known */
  const char *const *owners; /* (nullable): id of the owner or "" of each mailbox */
} MsDropSubject;

/* What the pointer is over. */
typedef struct
{
  const char *server;
  gboolean    writable;
  MsNodeKind  kind;
  const char *id; /* "" for a branch */
  const char *label;
  const char *const
      *ancestors; /* (nullable): ids of the mail groups that it is in, nearest first */
} MsDropTarget;

typedef enum
{
  MS_DROP_NOTHING,    /* not a target for this at all: nothing is said */
  MS_DROP_REFUSED,    /* a target, but it makes no sense: @text says why */
  MS_DROP_SAME_PLACE, /* it is there already: nothing would happen, @text says so */
  MS_DROP_ACTION,     /* @verb with @to */
  MS_DROP_IMPORT,     /* a file: opens the import */
} MsDropVerdict;

typedef struct
{
  MsDropVerdict verdict;
  const char   *verb; /* of /api/v1/actions */
  char         *to;   /* (nullable): %NULL is the top */
  char         *text; /* what would happen or why not, translated; "" for MS_DROP_NOTHING */
} MsDropJudgement;

MsDropJudgement *ms_drop_rules_judge (const MsDropSubject *subject, const MsDropTarget *target);
void             ms_drop_judgement_free (MsDropJudgement *self);

/* "john" for one, "12 mailboxes" for more. (transfer full) */
char *ms_drop_rules_describe (MsNodeKind kind, guint n, const char *label);
/* What is said after it was done, for the toast: "Moved 12 mailboxes to EMEA". (transfer full) */
char *
ms_drop_rules_report (const MsDropSubject *subject, const MsDropTarget *target, const char *verb);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsDropJudgement, ms_drop_judgement_free)

G_END_DECLS
