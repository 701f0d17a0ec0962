/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One record of an import, understood: what it is about and what it wants, as far as that can be
 * said without the store. A row that cannot be understood keeps the error, whose path is the name
 * of the field at fault.
 */
#pragma once

#include "ms-import-settings.h"

G_BEGIN_DECLS

typedef enum
{
  MS_IMPORT_ACCOUNT,      /* a user, and its primary mailbox unless it has none */
  MS_IMPORT_MAILBOX_ONLY, /* a mailbox without a user, or a further one of a user who is there */
  MS_IMPORT_MAILING_LIST,
} MsImportKind;

typedef enum
{
  MS_IMPORT_UNSAID = -1,
  MS_IMPORT_NO = 0,
  MS_IMPORT_YES = 1,
} MsImportAnswer;

/* Of lists that hold each other; see ms-import-order.h */
typedef enum
{
  MS_IMPORT_CIRCLE_NONE,
  MS_IMPORT_CIRCLE_GOES_ON, /* with the next row */
  MS_IMPORT_CIRCLE_ENDS,
} MsImportCircle;

/**
 * MsImportRow:
 * @values: by field; %NULL where there is no column or the cell is empty
 * @more: (nullable) (array length=n_more): by column, of those mapped to %MS_IMPORT_MORE
 * @login: (nullable): of the account's user, or of the further mailbox's owner
 * @name, @domain, @address: (nullable): of the mailbox; none for a user without
 * @names_mailbox: the row says itself which mailbox it means; otherwise it is the user's primary
 * one, whatever its name
 * @quota: in bytes, -1 unsaid
 * @aliases, @forward_to: (nullable): normalised; %NULL unsaid
 * @members: (nullable): of a list: its entries; %NULL unsaid
 * @generated: (nullable): a password made for the row
 * @is_hashed: the row's password has been hashed, so that a user can be made with it
 * @is_same_password: the user has this password already
 * @circle: whether it has to be done together with rows beside it
 * @holders: (nullable) (element-type MsImportRow): of its circle, those whose lists it is to be on
 * @problem: (nullable): why the row is refused
 */
typedef struct
{
  gint64         line;
  MsImportKind   kind;
  char          *values[MS_IMPORT_N_FIELDS];
  char         **more;
  guint          n_more;
  char          *login;
  char          *name;
  char          *domain;
  char          *address;
  gboolean       names_mailbox;
  gint64         quota;
  char         **aliases;
  char         **forward_to;
  char         **members;
  MsImportAnswer active;
  MsImportAnswer mailbox_active;
  MsImportAnswer keep_copy;
  MsImportAnswer primary;
  char          *generated;
  gboolean       is_hashed;
  gboolean       is_same_password;
  MsImportCircle circle;
  GPtrArray     *holders;
  GError        *problem;
} MsImportRow;

/* What addresses without a domain get. */
typedef struct
{
  const char *primary_domain;
  const char *mailbox_domain; /* of new mailboxes: the template's, or the primary one */
} MsImportDomains;

/* @fields: (nullable) (transfer none): one per column; @problem: (transfer full) (nullable): why
 * there are none */
MsImportRow *ms_import_row_new (gint64                  line,
                                char *const            *fields,
                                const MsImportSettings *options,
                                const MsImportDomains  *domains,
                                GError                 *problem);
/* Wipes its passwords. */
void ms_import_row_free (MsImportRow *self);
/* Words for yes and no in several languages; %FALSE: it is neither */
gboolean ms_import_row_parse_answer (const char *text, gboolean *answer);
/* (transfer none) (nullable): the clear password of the row's user */
const char *ms_import_row_get_password (const MsImportRow *self);
/* What the row is called in reports: "" rather than %NULL. (transfer full) */
char *ms_import_row_dup_user_name (const MsImportRow *self);
char *ms_import_row_dup_label (const MsImportRow *self);
/* Puts @error, whose path may be an attribute's, into the row as its problem. @error: (transfer
 * full) */
void ms_import_row_refuse (MsImportRow *self, GError *error);
/* Keys that must not occur twice in one file; (element-type utf8) */
GPtrArray *ms_import_row_list_keys (const MsImportRow *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsImportRow, ms_import_row_free)

G_END_DECLS
