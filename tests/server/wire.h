/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An HTTP client for tests that can say anything: it sends bytes over TLS as given, well-formed or
 * not, and takes answers apart. Blocking, with a time-out on everything.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _Wire Wire;

typedef struct
{
  guint       status;  /* 0: the connection ended, or nothing came, before there was one */
  GHashTable *headers; /* names in lower case */
  GString    *body;
  gboolean    cut; /* the body ended before it was whole */
} WireReply;

/* Never NULL; whether the server took the connection shows with the first reply. */
Wire *wire_open (guint port);
/* From that address of this host. */
Wire *wire_open_from (guint port, const char *source);
/* With a small receive buffer: a client that soon holds the server up. */
Wire *wire_open_narrow (guint port);
/* With a GnuTLS priority string. */
Wire    *wire_open_tls (guint port, const char *priority);
gboolean wire_is_open (Wire *self);
void     wire_close (Wire *self);
/* %FALSE where the connection has ended. */
gboolean wire_send (Wire *self, const char *text);
gboolean wire_send_bytes (Wire *self, const void *data, gsize length);
/* Says that nothing more will come; answers may. */
void       wire_end_sending (Wire *self);
WireReply *wire_read (Wire *self);
/* An answer to HEAD has no body. */
WireReply *wire_read_head (Wire *self);
/* Status and headers only: for event streams. */
WireReply *wire_read_start (Wire *self);
/* Reads on (chunked) until @text was in what came since the last call; %NULL: it did not within
 * @seconds. (transfer full): what came, up to the end of @text */
char *wire_read_until (Wire *self, const char *text, guint seconds);
/* Whether anything came within @seconds, or the end. */
gboolean wire_has_heard (Wire *self, guint seconds);
/* Whether the server ends the connection within @seconds; what comes before that is thrown away. */
gboolean wire_has_ended (Wire *self, guint seconds);
/* SHA-256 over the certificate that the server showed, as in MsCertificate. (transfer full)
 * (nullable) */
char       *wire_fingerprint (Wire *self);
char       *wire_protocol (Wire *self);
void        wire_reply_free (WireReply *reply);
const char *wire_reply_get (WireReply *reply, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Wire, wire_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WireReply, wire_reply_free)

G_END_DECLS
