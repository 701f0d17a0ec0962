/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One server as its client sees it: trust (a pinned certificate), a session, requests, and the
 * event stream that says what others change. Everything is asynchronous on the main context that
 * made it; nothing blocks.
 *
 * States: OFFLINE -> CONNECTING -> ONLINE -> (stream lost) RECONNECTING -> ONLINE, with back-off of
 * 1 … 30 s; REFUSED when only a person can help (wrong password, session over, changed
 * certificate): see "error".
 */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include "ms-error.h"
#include "ms-resource.h"
#include "ms-schema.h"

G_BEGIN_DECLS

typedef enum
{
  MS_CONNECTION_OFFLINE,
  MS_CONNECTION_CONNECTING,
  MS_CONNECTION_ONLINE,
  MS_CONNECTION_RECONNECTING,
  MS_CONNECTION_REFUSED,
} MsConnectionState;

#define MS_TYPE_CONNECTION (ms_connection_get_type ())
G_DECLARE_FINAL_TYPE (MsConnection, ms_connection, MS, CONNECTION, GObject)

/* Properties: "state" (MsConnectionState as int, read, notified), "base-url", "user-name",
 * "fingerprint" (pinned). Signals: "change" (JsonObject *change_set): an event of the stream, in
 * order; "import" (JsonObject *import); "reset": everything may have changed, read afresh.
 * @channel: "console" or "cli". @fingerprint: (nullable): "SHA256:AA:BB:…" pinned earlier; without
 * it every request fails with %MS_ERROR_UNTRUSTED unless the system trusts the certificate. */
MsConnection *ms_connection_new (const char *base_url,
                                 const char *user_name,
                                 const char *channel,
                                 const char *fingerprint);

MsConnectionState ms_connection_get_state (MsConnection *self);
const GError     *ms_connection_get_error (MsConnection *self);
const char       *ms_connection_get_base_url (MsConnection *self);
const char       *ms_connection_get_host (MsConnection *self);
const char       *ms_connection_get_user_name (MsConnection *self);
const char       *ms_connection_get_fingerprint (MsConnection *self);
void              ms_connection_set_fingerprint (MsConnection *self, const char *fingerprint);
/* Read-only connections refuse every write with %MS_ERROR_DENIED before it leaves. */
gboolean ms_connection_get_read_only (MsConnection *self);
void     ms_connection_set_read_only (MsConnection *self, gboolean read_only);
/* Kept by the server with whatever this connection changes from now on. @reason: (nullable) */
void ms_connection_set_reason (MsConnection *self, const char *reason);
/* What /api/v1/server last said; %NULL before the first log-on. Property "server-info", notified.
 */
JsonObject *ms_connection_get_server_info (MsConnection *self);
/* Whether the last log-on said that the user is to set another password. */
gboolean ms_connection_get_must_change_password (MsConnection *self);
/* Whether the server has said that nothing may be done before the second step of logging on is set
 * up: at log-on, or later, when the state becomes REFUSED. ms_connection_resume_async() goes on. */
gboolean ms_connection_get_must_set_up_second_step (MsConnection *self);

/* The certificate that the server shows, without trusting it: what the fingerprint question asks
 * about. */
typedef struct
{
  char    *fingerprint; /* "SHA256:AA:BB:…" over the DER form, as mailsteadd prints it */
  char    *subject;
  char    *not_after; /* ISO 8601 */
  gboolean trusted;   /* by the system's authorities, for this host name */
} MsCertificateInfo;
void ms_certificate_info_free (MsCertificateInfo *self);
void ms_connection_probe_async (MsConnection       *self,
                                GCancellable       *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer            user_data);
MsCertificateInfo *
ms_connection_probe_finish (MsConnection *self, GAsyncResult *result, GError **error);

/* Logs on; on success the state is ONLINE and the event stream runs, unless the second step must be
 * set up first (ms_connection_get_must_set_up_second_step()): then it stays CONNECTING until
 * ms_connection_resume_async(). @code: (nullable): of the second step; it is wanted where
 * ms_connection_error_wants_code() says so of the error. Errors: UNTRUSTED (pinned and
 * seen fingerprint in the message), UNAUTHENTICATED, LIMIT (how long to wait in the message),
 * UNAVAILABLE (no server there, and why). */
void     ms_connection_log_on_async (MsConnection       *self,
                                     const char         *password,
                                     const char         *code,
                                     GCancellable       *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer            user_data);
gboolean ms_connection_log_on_finish (MsConnection *self, GAsyncResult *result, GError **error);
/* The password was right and the account logs on in two steps. Path "code": with another code. */
gboolean ms_connection_error_wants_code (const GError *error);
/* The role must log on in two steps, and nothing else is let in before the second step is set up.
 */
gboolean ms_connection_error_wants_second_step (const GError *error);
/* Asks what the session may do now, and goes online with it. */
void     ms_connection_resume_async (MsConnection       *self,
                                     GCancellable       *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer            user_data);
gboolean ms_connection_resume_finish (MsConnection *self, GAsyncResult *result, GError **error);
/* For the CLI: use a token made earlier, without an event stream. */
void        ms_connection_set_token (MsConnection *self, const char *token);
const char *ms_connection_get_token (MsConnection *self);
/* Starts the event stream for a connection that has a token, or tries again at once when it is
 * reconnecting. */
void     ms_connection_start_events (MsConnection *self);
void     ms_connection_log_off_async (MsConnection       *self,
                                      GCancellable       *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer            user_data);
gboolean ms_connection_log_off_finish (MsConnection *self, GAsyncResult *result, GError **error);
/* Stops everything at once; state OFFLINE. */
void ms_connection_close (MsConnection *self);

/* MsReply: (transfer full) what a request came to. */
typedef struct
{
  guint     status;
  JsonNode *json;    /* (nullable): parsed, where the answer is JSON */
  GBytes   *body;    /* (nullable): otherwise */
  char     *etag;    /* (nullable) */
  gint64    change;  /* the change set it made, or 0 */
  char    **ignored; /* (nullable) */
} MsReply;
void ms_reply_free (MsReply *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsReply, ms_reply_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsCertificateInfo, ms_certificate_info_free)

/* Any request. @path: "/scim/v2/Users?…", already escaped. @body: (nullable) (transfer none).
 * @if_match: (nullable). HTTP errors become MS_ERROR with the server's detail, scimType and path;
 * for 409 of an action the refused objects can be read by ms_connection_error_get_refused(). */
void     ms_connection_request_async (MsConnection       *self,
                                      const char         *method,
                                      const char         *path,
                                      JsonNode           *body,
                                      const char         *if_match,
                                      GCancellable       *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer            user_data);
MsReply *ms_connection_request_finish (MsConnection *self, GAsyncResult *result, GError **error);
/* The "refused" array carried by an error of the call above; (transfer none) (nullable) */
JsonArray *ms_connection_error_get_refused (GAsyncResult *result);
/* A request with a body that is not JSON (the CSV of an import). */
void ms_connection_upload_async (MsConnection       *self,
                                 const char         *path,
                                 const char         *content_type,
                                 GBytes             *data,
                                 GCancellable       *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer            user_data);
/* Finished by ms_connection_request_finish(). */

/* GET of something large: a good answer's body goes to @output (which is not closed), not into
 * memory. Finished by ms_connection_request_finish(). */
void ms_connection_download_async (MsConnection       *self,
                                   const char         *path,
                                   GOutputStream      *output,
                                   GCancellable       *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer            user_data);

/* Typed calls over it -----------------------------------------------------------------------------
 */

/* One object afresh. @type_name: "User", … Finish with ms_connection_resource_finish(). */
void ms_connection_get_async (MsConnection       *self,
                              const char         *type_name,
                              const char         *id,
                              GCancellable       *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer            user_data);
void ms_connection_create_async (MsConnection       *self,
                                 const char         *type_name,
                                 JsonObject         *attributes,
                                 GCancellable       *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer            user_data);
/* @operations: array of {"op","path","value"}; @if_match the ETag it is based on, %NULL = whatever
 * is there now. */
void ms_connection_patch_async (MsConnection       *self,
                                const char         *type_name,
                                const char         *id,
                                JsonArray          *operations,
                                const char         *if_match,
                                GCancellable       *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer            user_data);
/* The same; an address that the object gives up stays with it as an alias. */
void ms_connection_patch_keeping_address_async (MsConnection       *self,
                                                const char         *type_name,
                                                const char         *id,
                                                JsonArray          *operations,
                                                const char         *if_match,
                                                GCancellable       *cancellable,
                                                GAsyncReadyCallback callback,
                                                gpointer            user_data);
/* @change: (out) (optional): number of the change set it made, for Undo; 0 = it was so already */
MsResource *ms_connection_resource_finish (MsConnection *self,
                                           GAsyncResult *result,
                                           gint64       *change,
                                           GError      **error);
/* POST /api/v1/actions. @ids: %NULL-terminated. @to: (nullable). @options: (nullable): further
 * members. Finish with request_finish. */
void ms_connection_action_async (MsConnection       *self,
                                 const char         *verb,
                                 const char *const  *ids,
                                 const char         *to,
                                 JsonObject         *options,
                                 GCancellable       *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer            user_data);
void ms_connection_undo_async (MsConnection       *self,
                               gint64              sequence,
                               GCancellable       *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer            user_data);

/* "/scim/v2/Users" for "User"; known without asking for the built-in types. */
const char *ms_type_name_to_endpoint (const char *type_name);
/* The same, also for types that operators have added. (transfer full) (nullable) */
char *ms_connection_dup_endpoint (MsConnection *self, const char *type_name);
/* What the server's types are (ms-remote-schemas.h). Whoever keeps a type or an attribute keeps a
 * reference to the registry too. (nullable) (transfer none) */
void              ms_connection_set_schemas (MsConnection *self, MsSchemaRegistry *schemas);
MsSchemaRegistry *ms_connection_get_schemas (MsConnection *self);
/* The attribute that names objects of a type, also of one that operators have added. (nullable)
 * (transfer none): until the schemas are set anew */
const char *ms_connection_get_label_path (MsConnection *self, const char *type_name);
/* What @resource is called by it; "" where it has no name. (transfer none) */
const char *ms_connection_get_label_of (MsConnection *self, MsResource *resource);

G_END_DECLS
