/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose mail comes by a place, asked against its stream: from an address, a list, a mail group, a
 * user or a mailbox back to those whose mail the actor may not redirect (ms-policy.h). Where none
 * of them is found, what mail does from that place on is nobody's whom it matters to. Mailboxes
 * count as open and as keeping nothing back, so that what is closed for a while is guarded too.
 *
 * What it costs follows from the ways that lead to the place, not from the size of the store, and
 * is bounded: of a place that more ways lead to, it is said that nobody knows. Who may redirect
 * everybody's mail is not asked at all.
 *
 * Addresses are compared by ms_address_ascii_key() and by nothing else, so that the spellings of
 * an internationalised domain are one, also of one that is not the store's.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

/* Whether there is anybody whose mail the actor may not redirect. */
gboolean ms_mail_guard_is_on (MsWrite *write);
/* The user that @mailbox is of, if the actor may not redirect that user's mail. @owner: (out)
 * (transfer full) (nullable); @why: (out) (transfer full) (nullable): what the policy says */
gboolean ms_mail_guard_find_owner (MsWrite   *write,
                                   MsObject  *mailbox,
                                   MsObject **owner,
                                   GError   **why,
                                   GError   **error) G_GNUC_WARN_UNUSED_RESULT;
/* %MS_ERROR_DENIED at @path where @place, an address or the id of an object, gets mail of such a
 * user. @object: what is about to get or pass on mail there; as the holder of an address it is not
 * asked */
gboolean ms_mail_guard_check (MsWrite    *write,
                              MsObject   *object,
                              const char *place,
                              const char *path,
                              GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, of mail that does not come by @known (nullable) (element-type utf8): ids of objects of
 * which @object has got all mail already */
gboolean ms_mail_guard_check_more (MsWrite    *write,
                                   MsObject   *object,
                                   const char *place,
                                   GPtrArray  *known,
                                   const char *path,
                                   GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of every address in one of @domains (element-type utf8): by those users, which are few,
 * and from them down the stream. */
gboolean ms_mail_guard_check_domains (MsWrite    *write,
                                      GPtrArray  *domains,
                                      const char *path,
                                      GError    **error) G_GNUC_WARN_UNUSED_RESULT;

/* Those who were deleted (ms-mail-guard-kept.c) ------------------------------------------------ */

/* The addresses of @mailbox, which goes into the bin together with @owner, and those that it passed
 * mail on to, are nobody's while @owner lies there: not for those who may not redirect @owner's
 * mail. */
gboolean ms_mail_guard_reserve (MsWrite *write, MsObject *mailbox, MsObject *owner, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Whether anything was ever kept so. */
gboolean
ms_mail_guard_keeps_any (MsWrite *write, gboolean *keeps, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* For whom @address is kept so. @owner: (out) (transfer full) (nullable); @why: as above */
gboolean ms_mail_guard_find_reserved (MsWrite    *write,
                                      const char *address,
                                      MsObject  **owner,
                                      GError    **why,
                                      GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Everybody for whom anything is kept, as they lie in the bin. (transfer full) (element-type
 * MsObject) */
GPtrArray *ms_mail_guard_list_deleted (MsWrite *write, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The mailboxes of @user, one of these, as they lie in the bin. (transfer full) (element-type
 * MsObject) */
GPtrArray *ms_mail_guard_list_deleted_mailboxes (MsWrite  *write,
                                                 MsObject *user,
                                                 GError  **error) G_GNUC_WARN_UNUSED_RESULT;

/* Spellings (ms-mail-guard-key.c) -------------------------------------------------------------- */

/* Every way in which somebody may have written @domain: each of its labels with letters or as an
 * A-label. (transfer full) (nullable) (element-type utf8): %NULL where there are too many */
GPtrArray *ms_mail_guard_list_spellings (const char *domain);

G_END_DECLS
