/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The asynchronous client as calls that wait: a program that does one thing has nothing else to do
 * meanwhile.
 */
#pragma once

#include "ms-ctl.h"

G_BEGIN_DECLS

/* @body: (transfer full) (nullable) */
MsReply *ms_ctl_request (MsCtl      *ctl,
                         const char *method,
                         const char *path,
                         JsonNode   *body,
                         GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer full); %MS_ERROR_UNAVAILABLE where the answer is no object */
JsonObject *ms_ctl_reply_dup_object (MsReply *reply, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What of the request the server did not know, to stderr. */
void ms_ctl_print_ignored (MsReply *reply);
/* The same, where the answer must be an object; tells what was ignored: (transfer full) */
JsonObject *ms_ctl_get (MsCtl *ctl, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, where the first answer told already what the server does not know. */
JsonObject *
ms_ctl_get_next (MsCtl *ctl, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* For people; @user_data: what ms_ctl_show() was given */
typedef MsExit (*MsCtlPrintFunc) (JsonObject *answer, gpointer user_data, GError **error);
/* Gets an object and prints it: as it is for programs, with @print for people. */
MsExit ms_ctl_show (MsCtl         *ctl,
                    const char    *path,
                    MsCtlPrintFunc print,
                    gpointer       user_data,
                    GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* @attributes: (transfer full) */
MsResource *ms_ctl_create (MsCtl      *ctl,
                           const char *type_name,
                           JsonObject *attributes,
                           gint64     *change,
                           GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* @operations: (transfer full). Based on what @resource was when it was read. */
MsResource *ms_ctl_patch (MsCtl      *ctl,
                          MsResource *resource,
                          JsonArray  *operations,
                          gint64     *change,
                          GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* One verb on many objects. @options: (transfer full) (nullable). The objects refused are printed
 * to stderr one by one. */
JsonObject *ms_ctl_action (MsCtl             *ctl,
                           const char        *verb,
                           const char *const *ids,
                           const char        *to,
                           JsonObject        *options,
                           GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* Posts @body (transfer full) where the answer must be an object. Parts that were refused are
 * printed to stderr one by one. (transfer full) */
JsonObject *ms_ctl_post (MsCtl *ctl, const char *path, JsonObject *body, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Each with its label, path and reason, to stderr. */
void     ms_ctl_print_refused (JsonArray *refused);
MsReply *ms_ctl_upload (MsCtl      *ctl,
                        const char *path,
                        const char *content_type,
                        GBytes     *data,
                        GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* To the standard output. */
gboolean
ms_ctl_download_out (MsCtl *ctl, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Into @file, "-" for the standard output, which stays what it was until the answer is there whole.
 * @mode: of a new file, less the umask */
gboolean ms_ctl_download_to (MsCtl      *ctl,
                             const char *path,
                             const char *file,
                             int         mode,
                             GError    **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * MsCtlTarget: a file to be written by one answer that the server gives once
 */
typedef struct _MsCtlTarget MsCtlTarget;

/* Makes the file that becomes @file when it is filled, with @room bytes reserved for it: what has
 * no room is refused before anything is asked for. "-" is the standard output, a pipe stays one. */
MsCtlTarget *ms_ctl_target_open (const char *file, int mode, gint64 room, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Once. On failure what was written stays: see ms_ctl_target_get_part(). */
gboolean ms_ctl_target_fill (MsCtlTarget *self, MsCtl *ctl, const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* (nullable) (transfer none): where what was written before it failed is */
const char *ms_ctl_target_get_part (MsCtlTarget *self);
/* Of one that was not filled there is nothing left. */
void ms_ctl_target_free (MsCtlTarget *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsCtlTarget, ms_ctl_target_free)

/* %FALSE where @file is there, unless it may be replaced or is no file but a pipe or the like. */
gboolean ms_ctl_check_new_file (const char *file,
                                gboolean    replace,
                                GError    **error) G_GNUC_WARN_UNUSED_RESULT;

/* For the few other calls: give it as callback, with a GAsyncResult* that is %NULL, and wait. */
void          ms_ctl_on_result_cb (GObject *source, GAsyncResult *result, gpointer user_data);
GAsyncResult *ms_ctl_wait (GAsyncResult **result);
/* Waits with the main context alive. */
void ms_ctl_sleep (guint milliseconds);

/* Members of answers, without trust in their types. */
const char *ms_ctl_string (JsonObject *object, const char *name);
gint64      ms_ctl_int (JsonObject *object, const char *name);
gboolean    ms_ctl_boolean (JsonObject *object, const char *name);
JsonObject *ms_ctl_object (JsonObject *object, const char *name);
/* Never %NULL: an empty one where it is missing. (transfer full) */
JsonArray *ms_ctl_array (JsonObject *object, const char *name);
/* Element @i as object, or an empty one. (transfer full) */
JsonObject *ms_ctl_element (JsonArray *array, guint i);

G_END_DECLS
