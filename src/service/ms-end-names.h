/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the objects at the ends of relations are called in CSV, where nobody wants to read ids: a
 * user by the user name, a mailbox or a list by its address, a list without one by its name, a mail
 * group by its path, and whatever operators added by its label. What may be of several types has
 * its type before it: "user:john", "mailbox:info@example.org", "group:Sales/EMEA",
 * "list:staff@example.org", "listName:Friends @ home", "printer:hall".
 */
#pragma once

#include "ms-import-values.h"
#include "ms-service-private.h"
#include "ms-txn.h"

G_BEGIN_DECLS

/* Before a list's name, whatever that looks like; "list:" may have an address behind it. */
#define MS_END_LIST_NAME "listName:"

/**
 * MsEndNames: names within one transaction; all borrowed
 * @schemas: the tables of the transaction
 */
typedef struct
{
  MsWrite          *write;
  MsImportValues   *values;
  MsSchemaRegistry *schemas;
} MsEndNames;

/* @target with its type before it, whether or not another one is called so too. (transfer full)
 * (nullable): error */
char *ms_end_names_write_with_type (MsEndNames         *self,
                                    const MsLinkTarget *target,
                                    GError            **error) G_GNUC_WARN_UNUSED_RESULT;
/* @target as ms_end_names_find() takes it for that one and no other: the name alone where @relation
 * leads to one type only, and the id where there is no such name. (transfer full) (nullable): error
 */
char *ms_end_names_write (MsEndNames         *self,
                          const MsAttribute  *relation,
                          const MsLinkTarget *target,
                          GError            **error) G_GNUC_WARN_UNUSED_RESULT;
/* What @text is the name or the id of, among what @relation may lead to. @found: (out) (transfer
 * full) (nullable); @is_ambiguous: (out): several are called so, and none is given */
gboolean ms_end_names_find (MsEndNames        *self,
                            const MsAttribute *relation,
                            const char        *text,
                            MsObject         **found,
                            gboolean          *is_ambiguous,
                            GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* What is behind the type in @text, if it begins with one that @relation may lead to, or else
 * @text. (transfer none) */
const char *
ms_end_names_skip_type (MsEndNames *self, const MsAttribute *relation, const char *text);

/* One kind of names each. @found: (out) (transfer full) (nullable)
 * -----------------------------------------------------------------------------------------------
 */

gboolean ms_end_names_find_user (MsEndNames *self,
                                 const char *name,
                                 MsObject  **found,
                                 GError    **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_end_names_find_group (MsEndNames *self,
                                  const char *path,
                                  MsObject  **found,
                                  GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* A mailbox, list or mail group; without "@" in the primary domain. @path: the attribute that an
 * address which is none is complained of at */
gboolean ms_end_names_find_address (MsEndNames *self,
                                    const char *address,
                                    const char *path,
                                    MsObject  **found,
                                    GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* A list without an address is meant before one that has one. */
gboolean ms_end_names_find_list (MsEndNames *self,
                                 const char *name,
                                 MsObject  **found,
                                 gboolean   *is_ambiguous,
                                 GError    **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
