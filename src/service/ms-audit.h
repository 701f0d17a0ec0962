/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is recorded beside changes of objects, so that the chain tells of it: reading out what is
 * secret or much, and the making and ending of API tokens. Log-ons are not: they change nothing,
 * and whoever reaches the server could make the chain grow with them; the log has them.
 */
#pragma once

#include "ms-service-private.h"

G_BEGIN_DECLS

/* A delta {"path","after"} or, with @gone, {"path","before"}. @text: (nullable): left out */
void ms_audit_add_delta (JsonArray *deltas, const char *path, const char *text, gboolean gone);
/* Writes a note in a change set of its own, before what it tells of is done; none into a store that
 * is open for reading only. @deltas: (nullable) */
gboolean ms_audit_note (MsService     *service,
                        const MsActor *actor,
                        const char    *verb,
                        const char    *type_name,
                        const char    *id,
                        const char    *label,
                        JsonArray     *deltas,
                        GError       **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
