/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A change set as one line of JSON, with everything that its hash is made of, as it is exported;
 * and the check of a row of them, by the server over its store or by anybody over a file.
 */
#pragma once

#include "ms-change.h"

G_BEGIN_DECLS

/* Appends the line, with its line feed. @deltas: the text of each change's deltas, as it is hashed
 */
void ms_change_record_append (GString *out, const MsChangeSet *set, const char *const *deltas);
/* @deltas: (out) (transfer full): likewise. Fails with %MS_ERROR_INVALID naming what is missing.
 * (transfer full) */
MsChangeSet *ms_change_record_parse (const char *line,
                                     gssize      length,
                                     char     ***deltas,
                                     GError    **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * MsChainCheck: how far a check has come
 * @sequence, @hash: (nullable): of the last one seen; what comes before the first to be checked, ""
 * and 0 at the beginning of a store
 * @checked: how many
 */
typedef struct
{
  gint64 sequence;
  char  *hash;
  gint64 checked;
} MsChainCheck;
void ms_chain_check_init (MsChainCheck *self, gint64 sequence, const char *hash);
void ms_chain_check_clear (MsChainCheck *self);
/* The next one. (transfer full) (nullable): what is wrong with it */
char *ms_chain_check_add (MsChainCheck *self, const MsChangeSet *set, const char *const *deltas);

/* Whether @text could be one of the hashes. */
gboolean ms_chain_is_hash (const char *text);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsChainCheck, ms_chain_check_clear)

G_END_DECLS
