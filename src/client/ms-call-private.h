/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One request in flight, as the sending and the reading of it share it: the data of its task.
 */
#pragma once

#include "ms-connection-private.h"

G_BEGIN_DECLS

/* With which the server is asked to end a body that it makes while it sends it, for the HTTP
 * library does not tell such a body from one that was cut off between two chunks. */
#define MS_ENDING_HEADER "X-Mailstead-Ending"

typedef struct
{
  MsCallFlags    flags;
  char          *path;
  char          *ending; /* what a chunked body ends with; NULL = unasked */
  SoupMessage   *message;
  GInputStream  *input;
  GByteArray    *received;
  gsize          written; /* of what was received, last */
  gboolean       at_end;
  GOutputStream *output; /* where a good answer goes instead; NULL = into memory */
  GError        *untrusted;
  JsonArray     *refused;
  GCancellable  *inner; /* follows the caller's, and ms_connection_close() */
  GCancellable  *outer;
  gulong         outer_id;
} MsCall;

/* Reads what is left of the body, and returns from the task with the reply or the reason why there
 * is none. @task: (transfer full) */
void ms_call_read (GTask *task);
/* Returns from the task with what @cause means here; the connection is told where it is over. */
void ms_call_return_error (GTask *task, const GError *cause);

G_END_DECLS
