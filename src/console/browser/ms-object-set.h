/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Some objects of one kind on one server: what is selected, what a verb acts on, and what is
 * dragged. Of a long selection only the rows that are loaded are known by content; the ids of the
 * rest are fetched when needed.
 */
#pragma once

#include <gtk/gtk.h>

#include "ms-drop-rules.h"
#include "ms-remote-list.h"

G_BEGIN_DECLS

/* What /api/v1/actions takes at once. */
#define MS_OBJECT_SET_MAX 10000

#define MS_TYPE_OBJECT_SET (ms_object_set_get_type ())
G_DECLARE_FINAL_TYPE (MsObjectSet, ms_object_set, MS, OBJECT_SET, GObject)

/* One object that is there. */
MsObjectSet *ms_object_set_new_single (MsServer *server, MsNodeKind kind, MsResource *resource);
/* Rows of a list of MsResource. */
MsObjectSet *ms_object_set_new_selection (MsServer        *server,
                                          MsNodeKind       kind,
                                          GListModel      *list,
                                          const GtkBitset *positions);

MsServer   *ms_object_set_get_server (MsObjectSet *self);
MsNodeKind  ms_object_set_get_kind (MsObjectSet *self);
const char *ms_object_set_get_type_name_of (MsObjectSet *self);
guint       ms_object_set_get_n (MsObjectSet *self);
/* The first one that is loaded. (transfer none) (nullable) */
MsResource *ms_object_set_get_first (MsObjectSet *self);
/* Those that are loaded. (transfer none) (element-type MsResource) */
GPtrArray *ms_object_set_get_loaded (MsObjectSet *self);
gboolean   ms_object_set_is_loaded (MsObjectSet *self);
/* "john", or "12 mailboxes". (transfer full) */
char *ms_object_set_dup_label (MsObjectSet *self);
/* Fills @subject; it lives as long as the set. */
void ms_object_set_get_subject (MsObjectSet *self, MsDropSubject *subject);
/* The rows as CSV for other programs; %NULL where not all of them are loaded. (transfer full)
 * (nullable) */
char *ms_object_set_to_csv (MsObjectSet *self);

/* Ids of all of them. LIMIT where there are more than MS_OBJECT_SET_MAX. */
void   ms_object_set_collect_ids_async (MsObjectSet        *self,
                                        GCancellable       *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer            user_data);
char **ms_object_set_collect_ids_finish (MsObjectSet *self, GAsyncResult *result, GError **error);

/* Does @verb to all of them (/api/v1/actions). @to, @options: (nullable). */
void ms_object_set_act_async (MsObjectSet        *self,
                              const char         *verb,
                              const char         *to,
                              JsonObject         *options,
                              GCancellable       *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer            user_data);
/* (transfer full): the answer; @change: (out): the change set, 0 where nothing changed. The error's
 * message names what was refused and why. */
JsonObject *
ms_object_set_act_finish (MsObjectSet *self, GAsyncResult *result, gint64 *change, GError **error);

G_END_DECLS
