/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What inheritance changes when things move: told before and after, so that hovering can say "quota
 * becomes 2 GB".
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

typedef struct _MsEffects MsEffects;

MsEffects *ms_effects_new (void);
void       ms_effects_free (MsEffects *self);
/* Counts the mailboxes whose quota becomes another one when @object (a mailbox or a mail group, as
 * it is before the move) goes into @group (nullable: the top). */
gboolean ms_effects_add_move (MsEffects  *self,
                              MsWrite    *write,
                              MsObject   *object,
                              const char *group,
                              GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* [{"kind":"quota","count":12,"to":2000000000}…]; "to" null = unlimited */
void ms_effects_append (MsEffects *self, GString *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsEffects, ms_effects_free)

G_END_DECLS
