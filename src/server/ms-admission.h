/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is asked of a request before its body is read: an address that exists, a log-on, a right, a
 * content type.
 */
#pragma once

#include "ms-call.h"
#include "ms-server.h"

G_BEGIN_DECLS

/* Fills in what the headers say. %FALSE: it has been answered. @max_body: (out): how much body may
 * come */
gboolean ms_call_admit (MsCall *self, gsize *max_body);
/* Once the body is there, inside of the service: operators may have replaced the tables meanwhile.
 * %FALSE: it has been answered. */
gboolean ms_call_catch_up (MsCall *self);
/* Parses the body as the route wants it. %FALSE: it has been answered. */
gboolean ms_call_read_body (MsCall *self);

G_END_DECLS
