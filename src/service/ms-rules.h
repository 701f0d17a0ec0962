/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What makes sense for each type: one file and one table row per type, called by ms-write.c at
 * fixed points. A type of an operator has none but that of names.
 */
#pragma once

#include "ms-service-private.h"
#include "ms-name.h"
#include "ms-patch.h"

G_BEGIN_DECLS

/**
 * MsRules: everything is optional
 * @address, @aliases: paths of the address and of further ones
 * @domain: path of the domain that the address is made with: with another one it is another address
 * @leader, @led: a single relation and an attribute that is unset with it: a mailbox that loses its
 * owner is not primary any more
 * @kept: (array zero-terminated=1): what every object has: a PUT that leaves it out keeps it, and a
 * PATCH cannot remove it
 * @prepare: before it is stored: checks, and brings edit->object to its normal form. @before:
 * (nullable): for a new one
 * @stored: after it was stored and did change
 * @secrets: (array zero-terminated=1): attributes that are never returned and have a way of their
 * own to be stored, and @set_secret: that
 * @check_link: before an entry is added to a multi-valued relation
 * @remove: before it goes to the bin: checks, and sees to what hangs on it
 */
struct _MsRules
{
  const char *address;
  const char *domain;
  const char *aliases;
  const char *leader;
  const char *led;
  const char *kept[3];
  const char *secrets[3];
  gboolean (*prepare) (MsWrite *write, MsObject *before, MsEdit *edit, GError **error);
  gboolean (*stored) (MsWrite *write, MsObject *before, MsObject *after, GError **error);
  gboolean (*set_secret) (MsWrite    *write,
                          MsObject   *object,
                          gboolean    created,
                          const char *path,
                          const char *value,
                          GError    **error);
  gboolean (*check_link) (MsWrite           *write,
                          MsObject          *from,
                          const MsAttribute *attribute,
                          MsObject          *target,
                          GError           **error);
  gboolean (*remove) (MsWrite *write, MsObject *object, GError **error);
};

extern const MsRules ms_rules_user;
extern const MsRules ms_rules_mailbox;
extern const MsRules ms_rules_mail_group;
extern const MsRules ms_rules_list;
extern const MsRules ms_rules_domain;
extern const MsRules ms_rules_template;
extern const MsRules ms_rules_guest;
extern const MsRules ms_rules_schema_file;
extern const MsRules ms_rules_directory;

/* (transfer none): never %NULL */
const MsRules *ms_rules_find (const MsResourceType *type);
/* Whether what is at @path changes with the relation @relation by itself. */
gboolean ms_rules_leads (const MsResourceType *type, const MsAttribute *relation, const char *path);

/* What several types' rules need: addresses (ms-rules-address.c) and questions to the store. */

/* Brings the string at @path to a full address in normal form; unset stays unset. @before:
 * (nullable): what stands there is not asked whether it is a good name. @local: its domain must be
 * the store's. */
gboolean ms_rules_normalize_address (MsWrite    *write,
                                     MsObject   *before,
                                     MsObject   *object,
                                     const char *path,
                                     gboolean    local,
                                     GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for a list of addresses, without repetitions and without @own (nullable). */
gboolean ms_rules_normalize_addresses (MsWrite    *write,
                                       MsObject   *before,
                                       MsObject   *object,
                                       const char *path,
                                       const char *own,
                                       GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Brings the aliases to normal form, with the address that is given up among them where the request
 * said so; refuses taken ones to provisioning clients and directories. The address must be in its
 * final form. */
gboolean ms_rules_prepare_aliases (MsWrite  *write,
                                   MsObject *before,
                                   MsObject *after,
                                   GError  **error) G_GNUC_WARN_UNUSED_RESULT;
/* %MS_ERROR_CONFLICT ("uniqueness", at @path) where anything other than @object, which may be a new
 * one, has @address as its own or as an alias. */
gboolean ms_rules_check_is_free (MsWrite    *write,
                                 MsObject   *object,
                                 const char *address,
                                 const char *path,
                                 GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* %MS_ERROR_INVALID where objects of @type have no address that could be kept. */
gboolean ms_rules_check_keeps_address (const MsResourceType *type,
                                       GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* Mail of those whose mail the actor may not redirect (ms-rules-redirect.c): %MS_ERROR_DENIED. */

/* At @path, where @address, which is to be new to @object, gets such mail; a provisioning client is
 * asked by ms_rules_check_ways(). */
gboolean ms_rules_check_mail_of (MsWrite    *write,
                                 MsObject   *object,
                                 const char *address,
                                 const char *path,
                                 GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* At the first thing by which a mailbox that is such a user's would get or pass on other mail than
 * it does, or become such a user's, or not be so any more. @before: (nullable) */
gboolean ms_rules_check_mail_stays (MsWrite  *write,
                                    MsObject *before,
                                    MsObject *after,
                                    GError  **error) G_GNUC_WARN_UNUSED_RESULT;
/* Before @object is deleted, where it is such a user's mailbox and does not go with that user. */
gboolean ms_rules_check_mail_goes (MsWrite  *write,
                                   MsObject *object,
                                   GError  **error) G_GNUC_WARN_UNUSED_RESULT;
/* After @after was stored, at the first thing by which such mail comes to more than before.
 * @before: (nullable) */
gboolean ms_rules_check_ways (MsWrite *write, MsObject *before, MsObject *after, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* After @list got another entry by @attribute, where such mail comes to @list. */
gboolean ms_rules_check_entry (MsWrite           *write,
                               MsObject          *list,
                               const MsAttribute *attribute,
                               GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* Before a domain is made (@before: %NULL), changed or deleted (@after: %NULL), where such mail
 * comes by an address in it. */
gboolean ms_rules_check_domain_ways (MsWrite  *write,
                                     MsObject *before,
                                     MsObject *after,
                                     GError  **error) G_GNUC_WARN_UNUSED_RESULT;
/* %MS_ERROR_DENIED at the first limit that would be loosened of a user whose password the actor may
 * not set, or who is the actor, unless that is an administrator. */
gboolean ms_rules_check_limits (MsWrite *write, MsObject *before, MsEdit *edit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* %MS_ERROR_DENIED, path "externalIds", where what links a user to an outside directory is not as
 * it was and the actor may not run directories. @before: (nullable) */
gboolean ms_rules_check_directory_links (MsWrite  *write,
                                         MsObject *before,
                                         MsObject *after,
                                         GError  **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether one of @array (nullable) is @address, however their domains are spelled. */
gboolean ms_rules_array_has_address (JsonArray *array, const char *address);
/* %MS_ERROR_INVALID at @path where @domain is none of the store's, or only an alias of one. */
gboolean ms_rules_check_domain (MsWrite    *write,
                                const char *domain,
                                const char *path,
                                GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* (nullable) (transfer none): elements of a multi-valued attribute */
JsonArray *ms_rules_get_array (MsObject *object, const char *path);
/* Whether it is another name there than by case; none is another than any. */
gboolean ms_rules_is_other_name (MsObject *before, MsObject *after, const char *path);
/* Gives the aliases, forwards and outside members that stand in the other spelling of the domain
 * @name its own. */
gboolean ms_rules_spell_addresses (MsWrite    *write,
                                   const char *name,
                                   GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Objects of @type that match the filter made by @format; at most @limit of them in @found ((out)
 * (optional) (element-type MsObject)). @total: (out) (optional). Texts in it are quoted by
 * ms_filter_quote(). */
gboolean ms_write_query (MsWrite              *write,
                         const MsResourceType *type,
                         guint                 limit,
                         GPtrArray           **found,
                         gint64               *total,
                         GError              **error,
                         const char           *format,
                         ...) G_GNUC_PRINTF (7, 8) G_GNUC_WARN_UNUSED_RESULT;
/* A mail group of that name in @parent (nullable: at the top) that is not @except (nullable).
 * @sibling: (out) (transfer full) (nullable) */
gboolean ms_rules_find_sibling (MsWrite    *write,
                                const char *name,
                                const char *parent,
                                const char *except,
                                MsObject  **sibling,
                                GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* "active" is always set: true on a new object, as it was where a client leaves it out. */
void ms_rules_keep_active (MsObject *before, MsObject *after);
/* The text at @path as the store has it, of an object in the bin that comes back too. @before:
 * (nullable). (transfer none) (nullable) */
const char *ms_rules_get_old (MsWrite *write, MsObject *before, const char *path);
/* Brings the name at @path to the form in which it is stored, or says why it cannot be one
 * (ms-name.h). One that the store has already, from before there was this rule, stays what it is:
 * it must not be in the way of other changes. */
gboolean ms_rules_check_name (MsWrite    *write,
                              MsObject   *before,
                              MsObject   *after,
                              const char *path,
                              MsNameClass name_class,
                              GError    **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
