/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one thread that works on imports, its bounded queue, what the imports under way are doing,
 * and the generated passwords, which are nowhere but in its memory. It must keep true: an import is
 * in the queue or being worked on exactly while its stored state is "running" or "rehearsing", so
 * that whoever starts the server again knows what is left to do.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

/* @service is borrowed: it owns the manager. */
MsImportManager *ms_import_manager_new (MsService *service);
/* Lets the chunk in flight finish and ends the thread; what is not done stays "running" in the
 * store. Idempotent. */
void ms_import_manager_shutdown (MsImportManager *self);
/* The same for a while: what was under way or waiting is taken up again by the second. Passwords
 * stay. */
void ms_import_manager_pause (MsImportManager *self);
void ms_import_manager_go_on (MsImportManager *self);
/* Shuts down, and wipes the passwords. */
void ms_import_manager_free (MsImportManager *self);
/* Announced among daemons: an import that its server let go. */
#define MS_NEWS_FREE_IMPORT "free-import"
/* Takes up what is under way and nobody works on: left by a server that ended or was killed, or by
 * this one, whose end of it the store did not take. From then on by itself too, now and then. */
void ms_import_manager_resume (MsImportManager *self);

/* Queues an import whose stored state says that it is to be worked on, room or not.
 * %MS_ERROR_UNAVAILABLE where the queue is being shut down. */
gboolean ms_import_manager_put (MsImportManager *self,
                                const char      *id,
                                GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether there is room for one more in the queue, and @id is not in it. */
gboolean ms_import_manager_has_room (MsImportManager *self,
                                     const char      *id,
                                     GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* As ms_job_queue_cancel(), ms_job_queue_leave() and ms_job_queue_cancel_again(). */
gboolean ms_import_manager_cancel (MsImportManager *self, const char *id);
gboolean ms_import_manager_leave (MsImportManager *self, const char *id);
void     ms_import_manager_cancel_again (MsImportManager *self, const char *id);
/* Whether the import being worked on should stop after this chunk: cancelled, or the server ends
 * (@shut_down). */
gboolean ms_import_manager_is_ending (MsImportManager *self, const char *id, gboolean *shut_down);

/* Called on the manager's thread before each transaction of an import; it may take its time, for
 * nothing is held. For tests only, before the first import. */
typedef void (*MsImportStepFunc) (const char *id, gint64 done, gpointer user_data);
void
ms_import_manager_set_step_func (MsImportManager *self, MsImportStepFunc func, gpointer user_data);
void ms_import_manager_step (MsImportManager *self, const char *id, gint64 done);

/* Until no import is under way or waiting, or it is @end (monotonic). For tests only: nothing but
 * the store says how an import went, and this does not. %FALSE when it took too long. */
gboolean ms_import_manager_wait_idle (MsImportManager *self, gint64 end) G_GNUC_WARN_UNUSED_RESULT;

/* Generated passwords: kept until taken, at most a day, wiped with the manager. */
void  ms_import_manager_add_password (MsImportManager *self,
                                      const char      *id,
                                      const char      *user_name,
                                      const char      *address,
                                      const char      *password);
guint ms_import_manager_count_passwords (MsImportManager *self, const char *id);
/* As CSV with a header; forgets them. (nullable): there are none */
GString *ms_import_manager_take_passwords (MsImportManager *self, const char *id);
void     ms_import_manager_drop_passwords (MsImportManager *self, const char *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsImportManager, ms_import_manager_free)

G_END_DECLS
