/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One node of the tree: a server, one of its branches (Users, Mailboxes, …), or an object. It knows
 * its name, icon, count and children; how it is drawn and what can be done to it is known
 * elsewhere.
 */
#pragma once

#include "ms-server.h"

G_BEGIN_DECLS

typedef enum
{
  MS_NODE_SERVER,
  MS_NODE_USERS,
  MS_NODE_RANGE, /* users, mail groups … "aaron … beth" of a branch that has too many */
  MS_NODE_USER,
  MS_NODE_MAILBOXES,
  MS_NODE_MAILBOX,
  MS_NODE_MAIL_GROUP,
  MS_NODE_LISTS,
  MS_NODE_MAILING_LIST,
  MS_NODE_TEMPLATES,
  MS_NODE_TEMPLATE,
  MS_NODE_GUEST,
  MS_NODE_DOMAINS,
  MS_NODE_DOMAIN,
  MS_NODE_TYPE, /* a type that operators have added */
  MS_NODE_ACTIVITY,
  MS_NODE_BIN,
  MS_NODE_N_KINDS,
} MsNodeKind;

#define MS_NODE_MASK(kind) (1u << (kind))

#define MS_TYPE_NODE (ms_node_get_type ())
G_DECLARE_FINAL_TYPE (MsNode, ms_node, MS, NODE, GObject)

/* Signal "changed": what is shown of it. */
MsNode *ms_node_new_server (MsServer *server);
MsNode *ms_node_new_branch (MsServer *server, MsNodeKind kind);
/* The branch of a type that operators have added. */
MsNode *ms_node_new_type (MsServer *server, const char *type_name);
/* Of %MS_NODE_TYPE. (transfer none) (nullable) */
const char *ms_node_get_added_type (MsNode *self);
/* @resource may still be a placeholder. @kind says what it will be. */
MsNode *ms_node_new_object (MsServer *server, MsNodeKind kind, MsResource *resource);
/* Rows [start, start + count) of a list: @filter, sorted by the name of @type_name. */
MsNode *ms_node_new_range (MsServer   *server,
                           const char *type_name,
                           const char *filter,
                           guint       start,
                           guint       count,
                           const char *from,
                           const char *to);

MsNodeKind ms_node_get_kind (MsNode *self);
MsServer  *ms_node_get_server (MsNode *self);
/* (nullable) */
MsResource *ms_node_get_resource (MsNode *self);
/* Holds the same object in another MsResource (a list that was read afresh). */
void ms_node_set_resource (MsNode *self, MsResource *resource);
/* Another stretch of the same branch. */
void ms_node_set_range (MsNode *self, guint count, const char *from, const char *to);
/* Of which kind the rows of its list are; MS_NODE_N_KINDS where it shows no list of objects. */
MsNodeKind ms_node_get_row_kind (MsNode *self);
guint      ms_node_get_start (MsNode *self);
guint      ms_node_get_length (MsNode *self);
/* (transfer full) */
char *ms_node_dup_label (MsNode *self);
/* The fainter second part of its name: a user's full name. (transfer full) (nullable) */
char       *ms_node_dup_detail (MsNode *self);
const char *ms_node_get_icon_name (MsNode *self);
/* -1 where it has none */
gint64 ms_node_get_count (MsNode *self);
/* Identity that outlasts the object: for expansion and selection. Unset (%NULL) while a
 * placeholder. (transfer full) (nullable) */
char *ms_node_dup_key (MsNode *self);
/* (transfer none) (nullable): the same model every time; %NULL for a leaf */
GListModel *ms_node_get_children (MsNode *self);

/* The type of what its list shows or what it is: "User", "Mailbox", …; %NULL for none. */
const char *ms_node_kind_get_type_name (MsNodeKind kind);
MsNodeKind  ms_node_kind_from_type (const char *type_name);
/* Icon of an object of this type (the blue flag needs ms_node_icon_for_resource()). */
const char *ms_node_icon_for_resource (MsResource *resource);

G_END_DECLS
