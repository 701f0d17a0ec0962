/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How a list of which only parts are known became another one of which only parts are known, as few
 * insertions and removals as can be. Pure; MsRemoteList turns the result into items-changed.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint       position;
  const char *id;
} MsKnownRow;

/* At @position of the list as the splices before have left it, @removed rows go and @added rows
 * come. */
typedef struct
{
  guint position;
  guint removed;
  guint added;
} MsSplice;

/* Both ascending by position. @touched: (nullable) (element-type utf8): ids that something is known
 * to have happened to; a row that is not among them and no longer in sight was pushed aside, not
 * deleted. %NULL = anything may have happened. (transfer full) (element-type MsSplice) */
GArray *ms_remote_diff (const MsKnownRow *old_rows,
                        guint             n_old_rows,
                        guint             old_total,
                        const MsKnownRow *new_rows,
                        guint             n_new_rows,
                        guint             new_total,
                        GHashTable       *touched);

G_END_DECLS
