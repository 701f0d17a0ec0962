/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One entry of a directory as the user and mailbox that it is to be here.
 */
#pragma once

#include "ms-directory-config.h"

G_BEGIN_DECLS

/**
 * MsDirectoryPerson:
 * @dn: fit to be shown
 * @identity: (nullable): as externalIds has it
 * @user_name, @mailbox: (nullable): in normal form; @mailbox is a full address
 * @has_mailbox: @mailbox comes from an attribute that is mapped
 * @aliases: (nullable): %NULL where they are not mapped
 * @quota: bytes, or -1 for none
 * @password_hash: (nullable): in normal form
 * @said_name: (nullable): what is there in the place of a user name that is none, to be shown
 * @user_names, @mailboxes: (nullable): where there are several, all that could be @user_name or
 * @mailbox, the first one first
 * @choices: (element-type JsonNode): for each of @values all that it could be, as an array; %NULL
 * where there is one, or all are taken
 * @values: (element-type JsonNode): one for each field of the configuration, %NULL = unset
 * @is_active: not disabled there
 * @problem: (nullable): why nothing can be made of it
 * @warning: (nullable): what of it is left out
 */
typedef struct
{
  char      *dn;
  char      *identity;
  char      *user_name;
  char      *said_name;
  char      *mailbox;
  gboolean   has_mailbox;
  char     **aliases;
  gint64     quota;
  char      *password_hash;
  char     **user_names;
  char     **mailboxes;
  JsonNode **values;
  JsonNode **choices;
  guint      n_values;
  gboolean   is_active;
  GError    *problem;
  char      *warning;
} MsDirectoryPerson;

/* @primary_domain: of addresses without a domain. Never fails; what is wrong is in it. (transfer
 * full) */
MsDirectoryPerson *ms_directory_person_new (const MsDirectoryConfig *config,
                                            MsDirectoryEntry        *entry,
                                            const char              *primary_domain);
void               ms_directory_person_free (MsDirectoryPerson *self);
/* Unless it has a problem already. */
void
ms_directory_person_refuse (MsDirectoryPerson *self, const char *field, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* The identity of @entry as externalIds has it. (transfer full) (nullable): it has none, or
 * several, or none that could be one */
char *ms_directory_read_identity (MsDirectoryEntry *entry, const char *attribute);

/* What the person is to be here, against what is there: --------------------------------------- */

/* An attribute there may have several values, in any order, where here is one: what is here stays
 * as long as it is among them. */
void ms_directory_person_prefer_user (MsDirectoryPerson       *self,
                                      const MsDirectoryConfig *config,
                                      MsObject                *user);
/* @mailbox: (nullable): the first one is taken */
void ms_directory_person_prefer_mailbox (MsDirectoryPerson *self, MsObject *mailbox);
/* Sets in @user what is mapped, and the link to the directory; not whether it is active. */
void ms_directory_person_set_user (const MsDirectoryPerson *self,
                                   const MsDirectoryConfig *config,
                                   MsObject                *user);
/* Sets in @mailbox, which is the primary one of a user who was called @old_name (nullable), what is
 * mapped. @was_own: (nullable) (element-type utf8): keys (ms_address_key()) of addresses that it
 * had itself, which stay as aliases */
void ms_directory_person_set_mailbox (const MsDirectoryPerson *self,
                                      const MsDirectoryConfig *config,
                                      MsObject                *mailbox,
                                      const char              *old_name,
                                      GHashTable              *was_own);
/* Whether @mailbox has aliases that the directory does not have, of which it must be asked whether
 * they were addresses of its own. */
gboolean ms_directory_person_drops_aliases (const MsDirectoryPerson *self, MsObject *mailbox);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsDirectoryPerson, ms_directory_person_free)

G_END_DECLS
