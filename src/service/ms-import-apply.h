/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What one row does to the store. Every row works in a savepoint of its own, so that it is done
 * altogether or not at all; a rehearsal does the very same and somebody else rolls it back.
 */
#pragma once

#include "ms-end-names.h"
#include "ms-import.h"
#include "ms-import-order.h"
#include "ms-import-values.h"
#include "ms-patch.h"

G_BEGIN_DECLS

/**
 * MsImportApply: the rows of one chunk, inside one writing transaction
 * @planned_users: (nullable): of a rehearsal: folded logins that earlier chunks would have made
 * @planned_ends: (nullable): the same for lists, and for mailboxes where a relation may lead to
 * them: keys, as ms_import_row_list_keys() has them
 * @planned_groups: (nullable): the same for mail groups: folded paths
 * @order: (nullable): that of the rows, where the file is one of lists
 * @ignored: paths in cells that nothing here knows
 * @known_groups: (nullable) (element-type utf8 utf8): ids by folded path, from earlier chunks;
 * somebody may have deleted one since
 * @group_ids: the same, from this transaction
 * @made_groups: folded paths of those that were made in this transaction, and would go if it were
 * rolled back
 */
typedef struct
{
  MsService              *service;
  const MsImportSettings *options;
  GHashTable             *planned_users;
  GHashTable             *planned_ends;
  GHashTable             *planned_groups;
  MsImportOrder          *order;
  MsWrite                 write;
  MsImportValues          values;
  MsEndNames              names;
  MsObject               *user_template;
  MsObject               *mailbox_template;
  MsIgnored              *ignored;
  GHashTable             *known_groups;
  GHashTable             *group_ids;
  GHashTable             *made_groups;
} MsImportApply;

/**
 * MsImportOutcome: what became of a row
 * @makes_user: a user was made, who has the password that was generated for the row, if one was
 * @field, @reason: (nullable): why it was left alone
 * @groups: (element-type utf8): folded paths of the mail groups made on the way
 */
typedef struct
{
  MsImportCount count;
  gboolean      makes_user;
  const char   *field;
  char         *reason;
  JsonArray    *changes;
  GPtrArray    *groups;
} MsImportOutcome;

void ms_import_outcome_clear (MsImportOutcome *self);
/* Begins anew, also after an attempt that failed half-way. */
void ms_import_outcome_reset (MsImportOutcome *self);
/* Whether it is the store or the server that failed, and not the row */
gboolean ms_import_apply_is_fatal (const GError *error);

/* Before the transaction. @hashes: (nullable) */
void ms_import_apply_init (MsImportApply          *self,
                           MsService              *service,
                           const MsActor          *actor,
                           const MsImportSettings *options,
                           MsHashes               *hashes,
                           GHashTable             *planned_users,
                           GHashTable             *known_groups);
/* First thing in the transaction: reads the templates. */
gboolean
ms_import_apply_begin (MsImportApply *self, MsTxn *txn, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The @count rows from @first on are next: what each would ask for is asked for at once. */
gboolean ms_import_apply_expect (MsImportApply *self,
                                 GPtrArray     *rows,
                                 guint          first,
                                 guint          count,
                                 GError       **error) G_GNUC_WARN_UNUSED_RESULT;
/* %FALSE only where the import cannot go on: the disk is full, or the store damaged. A row that is
 * refused has its problem set, and count %MS_IMPORT_REFUSED. */
gboolean ms_import_apply_row (MsImportApply   *self,
                              MsImportRow     *row,
                              MsImportOutcome *outcome,
                              GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of lists that hold each other. @outcomes: (inout) (array length=n_rows): cleared ones */
gboolean ms_import_apply_circle (MsImportApply   *self,
                                 MsImportRow    **rows,
                                 guint            n_rows,
                                 MsImportOutcome *outcomes,
                                 GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* After the transaction: what it found out about groups is known from now on; @committed: also
 * those it made. */
void ms_import_apply_end (MsImportApply *self, gboolean committed);
void ms_import_apply_clear (MsImportApply *self);

/* Whether there is something of the row in the store already; says so in @error. For the search
 * before a run that stops. */
gboolean ms_import_check_absent (MsTxn                *txn,
                                 const MsServiceTypes *types,
                                 const MsImportRow    *row,
                                 gboolean             *absent,
                                 GError              **error) G_GNUC_WARN_UNUSED_RESULT;

/* Shared by the files of applying
 * -------------------------------------------------------------------- */

/* Notes a difference for the report. @before: (nullable) */
void ms_import_note_change (JsonArray    *changes,
                            MsImportField field,
                            const char   *before,
                            const char   *after);
/* The same of an attribute by its path. @before, @after: "" is nothing */
void
ms_import_note_path (JsonArray *changes, const char *path, const char *before, const char *after);
/* Puts addresses into @json as @name where they are others than the @existing ones (nullable), and
 * notes it. @wanted: (nullable): unsaid; @own: (nullable): the object's own address */
void ms_import_add_addresses (char *const  *wanted,
                              JsonArray    *existing,
                              const char   *name,
                              const char   *own,
                              MsImportField field,
                              JsonObject   *json,
                              JsonArray    *changes);
/* Attributes as a client would send them; of an @existing one (nullable) only what differs. What
 * differs, or all that is given, is noted in @changes. (transfer full) */
JsonObject *ms_import_make_user (MsImportApply     *self,
                                 const MsImportRow *row,
                                 MsObject          *existing,
                                 JsonArray         *changes,
                                 GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* @owner: (nullable): whose it is to be */
JsonObject *ms_import_make_mailbox (MsImportApply     *self,
                                    const MsImportRow *row,
                                    MsObject          *existing,
                                    MsObject          *owner,
                                    MsImportOutcome   *outcome,
                                    GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* A new mailbox is described by its user's name, unless a column of its own says that it is not
 * described at all. */
gboolean ms_import_is_undescribed (MsImportApply *self, const MsImportRow *row);
/* One row of each kind. */
gboolean ms_import_apply_account (MsImportApply     *self,
                                  const MsImportRow *row,
                                  MsImportOutcome   *outcome,
                                  GError           **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_import_apply_mailbox (MsImportApply     *self,
                                  const MsImportRow *row,
                                  MsImportOutcome   *outcome,
                                  GError           **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_import_apply_list (MsImportApply     *self,
                               const MsImportRow *row,
                               MsImportOutcome   *outcome,
                               GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* The row's list without its members, where it is not there. @made, @there: (out): what of both it
 * is */
gboolean ms_import_make_bare_list (MsImportApply     *self,
                                   const MsImportRow *row,
                                   gboolean          *made,
                                   gboolean          *there,
                                   MsImportOutcome   *outcome,
                                   GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* Gives the list that ms_import_make_bare_list() made its members. */
gboolean ms_import_fill_bare_list (MsImportApply     *self,
                                   const MsImportRow *row,
                                   MsImportOutcome   *outcome,
                                   GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* @user, @holder: (out) (transfer full) (nullable): of a login (nullable), of an address (nullable)
 */
gboolean ms_import_find_user (MsTxn                *txn,
                              const MsServiceTypes *types,
                              const char           *login,
                              MsObject            **user,
                              GError              **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_import_find_holder (MsTxn *txn, const char *address, MsObject **holder, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* An address that something else than a mailbox has cannot become one's. @holder: (nullable) */
gboolean ms_import_check_holder (MsImportApply     *self,
                                 const MsImportRow *row,
                                 MsObject          *holder,
                                 GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* What a person knows @object by. (transfer none) */
const char *ms_import_describe (MsImportApply *self, MsObject *object);
/* The column that the row's address comes from. */
const char *ms_import_get_naming_field (const MsImportRow *row);
/* Says that the row's user has the mailbox @primary and gets no other in its place; %FALSE.
 * @field: that would give one */
gboolean ms_import_refuse_primary (MsImportApply     *self,
                                   const MsImportRow *row,
                                   MsObject          *primary,
                                   const char        *field,
                                   GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* What is there already: leaves it (%TRUE with count set, or an error to stop at), or says with
 * @go_on that the row updates it. */
gboolean ms_import_meet_existing (MsImportApply   *self,
                                  MsObject        *existing,
                                  MsImportOutcome *outcome,
                                  gboolean        *go_on,
                                  GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* The mail group at @path, made where the options say so; its id. (transfer none) */
const char *ms_import_get_group (MsImportApply   *self,
                                 const char      *path,
                                 MsImportOutcome *outcome,
                                 GError         **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
