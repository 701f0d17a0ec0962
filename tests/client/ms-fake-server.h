/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A TLS server inside the test, for faults and sequences that a real server cannot be made to
 * produce on demand: silence, cut streams, stale totals, redirects, other certificates. It knows
 * one list of objects with a name each. What the real server answers is tested against the real
 * server (test-real.c), not here.
 */
#pragma once

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

#define FAKE_TYPE_SERVER (fake_server_get_type ())
G_DECLARE_FINAL_TYPE (FakeServer, fake_server, FAKE, SERVER, GObject)

/* A key and a certificate for 127.0.0.1 of its own. (transfer full) */
GTlsCertificate *fake_certificate_new (void);

FakeServer *fake_server_new (GTlsCertificate *certificate, guint n_objects);
/* Gone, port and all; comes back at the same port by fake_server_listen(). */
void fake_server_stop (FakeServer *self);
void fake_server_listen (FakeServer *self);
void fake_server_listen_at (FakeServer *self, guint port);
/* Different TLS connections that requests came by. */
guint       fake_server_count_connections (FakeServer *self);
const char *fake_server_get_url (FakeServer *self);

/* The objects: "o17" is the id and "name 17" the name of the 18th, as they were made. */
guint       fake_server_get_length (FakeServer *self);
const char *fake_server_get_id (FakeServer *self, guint position);
const char *fake_server_get_name (FakeServer *self, guint position);
void        fake_server_insert (FakeServer *self, guint position, const char *id);
void        fake_server_remove (FakeServer *self, guint position);
void        fake_server_move (FakeServer *self, guint from, guint to);
void        fake_server_rename (FakeServer *self, guint position, const char *name);

/* Events, to whoever has the stream open. */
void fake_server_emit_change (FakeServer *self, const char *verb, const char *id);
void fake_server_emit_raw (FakeServer *self, const char *text);
/* Cuts every open stream. */
void  fake_server_cut_streams (FakeServer *self);
guint fake_server_count_streams (FakeServer *self);
/* Last-Event-ID of the last stream that was opened; NULL where it had none */
const char *fake_server_get_resumed (FakeServer *self);

/* The next request to @path (as it is without query) is answered so, once. @headers:
 * NULL-terminated pairs or NULL. */
void fake_server_answer_next (FakeServer        *self,
                              const char        *path,
                              guint              status,
                              const char *const *headers,
                              const char        *type,
                              const char        *body);
/* Keeps requests to the list waiting until released, for tests of order and cancelling. */
void fake_server_hold_lists (FakeServer *self, gboolean hold);

/* "GET /scim/v2/Mailboxes?startIndex=1&count=256": all requests but the event stream's, in the
 * order they came. */
GPtrArray *fake_server_get_log (FakeServer *self);
void       fake_server_clear_log (FakeServer *self);
/* Most requests to the list that were waiting at one time. */
guint fake_server_get_most_open (FakeServer *self);
/* One header of the last request. */
const char *fake_server_get_header (FakeServer *self, const char *name);
const char *fake_server_get_body (FakeServer *self);

/* Runs the main context until @condition is not zero; fails the test after 20 s. */
#define fake_wait_until(condition)                                                                 \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 _deadline = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;                              \
    guint  _ticker = fake_ticker_start ();                                                         \
    while (!(condition) && g_get_monotonic_time () < _deadline)                                    \
      g_main_context_iteration (NULL, TRUE);                                                       \
    g_source_remove (_ticker);                                                                     \
    g_assert_true (condition);                                                                     \
  }                                                                                                \
  G_STMT_END
/* Lets everything that is due happen, for asserting that something does not. */
void  fake_run_for (guint milliseconds);
guint fake_ticker_start (void);
