/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What was found wrong with a store. Each is said once; the first of them are kept in words, all of
 * them are counted.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MsProblems:
 * @texts: (element-type utf8): the first ones
 * @count: of all, also those that are not kept
 */
typedef struct
{
  GPtrArray  *texts;
  guint       count;
  GHashTable *seen; /* those texts */
} MsProblems;

MsProblems *ms_problems_new (void);
void        ms_problems_free (MsProblems *self);
/* Nothing happens where one of the kept ones says the same. */
void ms_problems_add (MsProblems *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* The same of a text that is no format. Either is kept as one line that can be shown, whatever
 * bytes are in it. @said: (transfer full) */
void ms_problems_take (MsProblems *self, char *said);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsProblems, ms_problems_free)

G_END_DECLS
