/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the parts of MsConnection share: its fields, the one way to make a message, the one way to
 * run a request, and what a test needs to turn (trust, delays).
 */
#pragma once

#include <libsoup/soup.h>

#include "ms-connection.h"
#include "ms-json.h"

G_BEGIN_DECLS

#define MS_CHANNEL_HEADER "X-Mailstead-Channel"

typedef struct _MsEventStream MsEventStream;

struct _MsConnection
{
  GObject parent_instance;

  /* Owned */
  char             *base_url; /* without a slash at its end */
  char             *host;
  char             *where; /* host and port, for messages */
  char             *user_name;
  char             *channel;
  char             *reason;
  char             *fingerprint;
  char             *token;
  GError           *url_error; /* why base_url cannot be used, or NULL */
  GError           *error;
  SoupSession      *session;
  GTlsDatabase     *trust; /* NULL: the system's */
  JsonObject       *server_info;
  MsSchemaRegistry *schemas; /* NULL: what is built in */
  MsEventStream    *stream;
  GQueue            calls; /* MsCall in flight, borrowed from their tasks */

  guint16           port;
  MsConnectionState state;
  gboolean          read_only;
  gboolean          must_change_password;
  gboolean          must_set_up_second_step;
};

typedef enum
{
  MS_CALL_DEFAULT = 0,
  MS_CALL_SESSION = 1 << 0, /* log-on and log-off: also when read-only; 401 is an answer, not the
                               end of the session */
} MsCallFlags;

/* Runs one request; finished by ms_connection_request_finish(). @body: (nullable) */
void ms_connection_call (MsConnection       *self,
                         gpointer            source_tag,
                         const char         *method,
                         const char         *path,
                         const char         *content_type,
                         GBytes             *body,
                         const char         *if_match,
                         MsCallFlags         flags,
                         GCancellable       *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer            user_data);
void ms_connection_cancel_calls (MsConnection *self);
/* @node as the body of a request; wiped when it is freed, for it may hold a password. */
GBytes *ms_connection_new_body (JsonNode *node);

/* A message with certificate check, token, channel and reason in place; %NULL and @error where the
 * URL is no good.
 * @untrusted: set when the certificate is refused, so that the failure that follows can be told
 * from others. */
SoupMessage *ms_connection_new_message (
    MsConnection *self, const char *method, const char *path, GError **untrusted, GError **error);
/* Whether @certificate may be talked to: the pinned one, or where none is pinned one that the
 * system trusts. */
gboolean
ms_connection_check_certificate (MsConnection *self, GTlsCertificate *certificate, GError **error);
gboolean ms_connection_is_trusted (MsConnection *self, GTlsCertificate *certificate);

void ms_connection_set_state (MsConnection *self, MsConnectionState state, const GError *error);
/* Only a person can help now: ends the event stream. */
void ms_connection_refuse (MsConnection *self, const GError *error);
void ms_connection_set_server_info (MsConnection *self, JsonObject *info);
void ms_connection_handle_event (MsConnection *self, const char *name, const char *data);

/* What an answer may be at most. */
const MsJsonLimits *ms_connection_get_json_limits (void);

/* For tests: whom to trust instead of the system's authorities. */
void ms_connection_set_trust_database (MsConnection *self, GTlsDatabase *database);
/* For tests: shorter delays than 1 s, 30 s and 45 s. */
void ms_connection_set_stream_delays (MsConnection *self,
                                      guint         retry_min_ms,
                                      guint         retry_max_ms,
                                      guint         heartbeat_ms);

G_END_DECLS
