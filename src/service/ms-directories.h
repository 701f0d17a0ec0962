/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Outside directories (LDAP) whose people are taken over as users: the calls of
 * /api/v1/directories, which docs/api.md describes. Each appends the JSON that is described there.
 *
 * What is asked of a directory itself blocks as long as its server takes:
 * ms_service_try_directory() is for a worker. Runs and rehearsals go on on a thread of the
 * service's; each call here returns at once.
 */
#pragma once

#include "ms-service.h"

G_BEGIN_DECLS

typedef enum
{
  MS_DIRECTORY_REHEARSE,
  MS_DIRECTORY_RUN,
} MsDirectoryMode;

/* {"directories":[…]}, by name */
gboolean ms_service_list_directories (MsService     *self,
                                      const MsActor *actor,
                                      GString       *out,
                                      GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* @version: (out) (optional): for the ETag */
gboolean ms_service_get_directory (MsService     *self,
                                   const MsActor *actor,
                                   const char    *id,
                                   GString       *out,
                                   gint64        *version,
                                   GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* @id: (nullable): a new one. @body: of a new one whole, otherwise the members that change, of
 * which null clears. @if_match: (nullable). @new_id: (out) (transfer full) (optional). @sequence:
 * (out) (optional): of the change set; 0 where nothing changed. %MS_ERROR_CONFLICT while a run is
 * under way. */
gboolean ms_service_put_directory (MsService     *self,
                                   const MsActor *actor,
                                   const char    *id,
                                   JsonObject    *body,
                                   const char    *if_match,
                                   GString       *out,
                                   char         **new_id,
                                   gint64        *version,
                                   gint64        *sequence,
                                   GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* The users stay as they are, and are known again where that is undone. */
gboolean ms_service_delete_directory (MsService     *self,
                                      const MsActor *actor,
                                      const char    *id,
                                      const char    *if_match,
                                      gint64        *sequence,
                                      GError       **error) G_GNUC_WARN_UNUSED_RESULT;

/* Entries that a trial shows at most. */
#define MS_DIRECTORY_TRY_MAX 100
/* Connects and reads the first @limit entries: {"entries":[{"dn","identity","userName","mailbox",
 * "values":{PATH:…},"problem"?:{"field","reason"}}…],"more":bool,"anyActive":bool|null}. @id:
 * (nullable): with a whole @body. @body: (nullable): members to try without keeping them.
 * @cancellable: (nullable) */
gboolean ms_service_try_directory (MsService     *self,
                                   const MsActor *actor,
                                   const char    *id,
                                   JsonObject    *body,
                                   guint          limit,
                                   GCancellable  *cancellable,
                                   GString       *out,
                                   GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* Begins it. @force: also where more would leave than the limit says. Appends the directory.
 * %MS_ERROR_CONFLICT where it is under way already. */
gboolean ms_service_start_directory (MsService      *self,
                                     const MsActor  *actor,
                                     const char     *id,
                                     MsDirectoryMode mode,
                                     gboolean        force,
                                     GString        *out,
                                     GError        **error) G_GNUC_WARN_UNUSED_RESULT;
/* What is written stays; a run that is under way ends soon after. */
gboolean ms_service_cancel_directory (MsService     *self,
                                      const MsActor *actor,
                                      const char    *id,
                                      GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* What the last rehearsal or run did: {"total","rows":[{"status","dn","userName","changes",
 * "reason"?,"field"?}…]}. @status: (nullable): one of create, update, rename, disable, enable,
 * delete, refuse, unchanged; of the last only those about which there is something to say. @start:
 * rows to pass over */
gboolean ms_service_list_directory_rows (MsService     *self,
                                         const MsActor *actor,
                                         const char    *id,
                                         const char    *status,
                                         gint64         start,
                                         gint64         count,
                                         GString       *out,
                                         GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* The job of the last run that wrote, to be undone as one: what MS_VERB_UNDO takes as @job.
 * (transfer full). %MS_ERROR_CONFLICT while a run is under way, or where none has written
 * anything. */
char *ms_service_get_directory_job (MsService     *self,
                                    const MsActor *actor,
                                    const char    *id,
                                    GError       **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
