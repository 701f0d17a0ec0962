/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A throw-away mailsteadd by tests/serve, for as long as this object lives.
 */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

typedef struct
{
  GSubprocess *process;
  JsonObject  *said; /* what tests/serve printed: url, fingerprint, user, password, token, … */
} RealServer;

/* @filling: "--empty" or "--sample" */
RealServer *real_server_new (const char *filling);
void        real_server_free (RealServer *self);
const char *real_server_get (RealServer *self, const char *name);
/* Kills mailsteadd itself; what it had stays until real_server_free(). */
void real_server_kill (RealServer *self, int number);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RealServer, real_server_free)
