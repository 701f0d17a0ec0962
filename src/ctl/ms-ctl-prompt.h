/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Questions to a person, and passwords from wherever they come but the command line.
 */
#pragma once

#include "ms-ctl.h"

G_BEGIN_DECLS

gboolean ms_prompt_is_possible (void);
/* On the terminal; %FALSE where there is none. */
gboolean ms_prompt_yes_no (const char *question);
/* Before something is deleted: asks on a terminal, needs --yes elsewhere. */
gboolean
ms_prompt_confirm (MsCtl *ctl, const char *question, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* From @path ("-" = stdin; its first line), or typed without echo (twice with @twice), or from
 * stdin where that is no terminal. (transfer full): free with ms_secret_free() */
char *ms_prompt_password (const char *path, const char *question, gboolean twice, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* A one-time code: typed (and seen), or the next line of stdin where that is no terminal. (transfer
 * full): free with ms_secret_free() */
char *ms_prompt_code (const char *question, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void  ms_secret_free (char *secret);

typedef char MsSecret;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsSecret, ms_secret_free)

G_END_DECLS
