/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Domains by either of their spellings (RFC 5890): “bücher.example” is “xn--bcher-kva.example”. In
 * the store each has the one that it was given, and so have the addresses in it.
 */
#pragma once

#include "ms-service-private.h"
#include "ms-txn.h"

G_BEGIN_DECLS

/* The domain called @name exactly so, or else spelled otherwise. @found: (out) (nullable): none */
gboolean ms_domain_find (MsTxn                *txn,
                         const MsServiceTypes *types,
                         const char           *name,
                         MsObject            **found,
                         GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* @address, in normal form, with its domain as the store spells it where it is one of the store's.
 * (transfer full) (nullable) */
char *ms_domain_spell_address (MsTxn                *txn,
                               const MsServiceTypes *types,
                               const char           *address,
                               GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for a domain that stands alone at @path of @object, if any. */
gboolean ms_domain_spell (MsTxn                *txn,
                          const MsServiceTypes *types,
                          MsObject             *object,
                          const char           *path,
                          GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* @address, and the same name in each domain for which mail goes where that of its domain goes, or
 * the other way round: the one that its domain is an alias of, or the aliases of its domain.
 * (transfer full) (element-type utf8) */
GPtrArray *ms_domain_list_twins (MsWrite    *write,
                                 const char *address,
                                 GError    **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
