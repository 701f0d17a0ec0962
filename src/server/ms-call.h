/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One request as the route functions see it: who asks for what, with its parameters taken apart,
 * and the ways to answer. It belongs to its HTTP request and lives as long.
 */
#pragma once

#include "ms-http.h"
#include "ms-ignored.h"
#include "ms-router.h"
#include "ms-service.h"
#include "ms-target.h"

G_BEGIN_DECLS

typedef struct _MsServer MsServer;

/**
 * MsCall:
 * @schemas: the tables that @type is of
 * @type: (nullable): the resource type that the path names
 * @parameters: what stood in the path at "{}", decoded
 * @actor: (nullable): %NULL only on routes for anybody
 * @token: (nullable)
 * @base_url: what comes before "/Users" in the addresses of objects: "https://host:port/scim/v2"
 * @body: (nullable): on routes that take JSON
 * @ignored: (nullable): what the request says that nothing here knows
 */
struct _MsCall
{
  /* Borrowed */
  MsServer             *server;
  MsService            *service;
  MsHttpRequest        *request;
  const MsRoute        *route;
  const MsResourceType *type;
  const char           *parameters[MS_ROUTE_MAX_PARAMETERS];

  /* Owned */
  MsSchemaRegistry *schemas;
  MsTarget         *target;
  MsActor          *actor;
  char             *token;
  char             *base_url;
  JsonObject       *body;
  MsIgnored        *ignored;

  gboolean was_known; /* ms_service_knew() who calls, though there is no actor */
  /* See ms-call-again.h */
  gboolean may_repeat;
  gboolean put_by;
};

void ms_call_free (MsCall *self);
/* As it was before anything was asked of it. */
void ms_call_clear (MsCall *self);

/* Parameters of the query. Each getter fails with %MS_ERROR_INVALID naming the parameter. */
const char *ms_call_get_query (MsCall *self, const char *name);
gboolean    ms_call_get_int (MsCall     *self,
                             const char *name,
                             gint64      fallback,
                             gint64     *value,
                             GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for how many are wanted: at least 1, and more than @most is @most. */
gboolean ms_call_get_count (MsCall     *self,
                            const char *name,
                            guint       fallback,
                            guint       most,
                            guint      *value,
                            GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Likewise, and not below @minimum, which is not asked of @fallback. */
gboolean ms_call_get_number (MsCall     *self,
                             const char *name,
                             gint64      fallback,
                             gint64      minimum,
                             gint64     *value,
                             GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* @choices: %NULL-terminated; @value stays %NULL where the parameter is not given. */
gboolean ms_call_get_choice (MsCall            *self,
                             const char        *name,
                             const char *const *choices,
                             const char       **value,
                             GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* The query's "attributes" and "excludedAttributes". */
gboolean ms_call_get_projection (MsCall       *self,
                                 MsProjection *projection,
                                 GError      **error) G_GNUC_WARN_UNUSED_RESULT;
/* A member of the body that is a text, or @fallback where it is not given. (nullable) @fallback */
gboolean ms_call_get_member (MsCall      *self,
                             const char  *name,
                             const char  *fallback,
                             const char **value,
                             GError     **error) G_GNUC_WARN_UNUSED_RESULT;
/* A text that the body must have. */
gboolean ms_call_need_member (MsCall *self, const char *name, const char **value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void ms_projection_clear (MsProjection *self);

/* What the answer's X-Mailstead-Ignored names, and one line of the log. */
void ms_call_note_ignored (MsCall *self, const char *name);
/* Notes what the service ignored. */
void ms_call_note_outcome (MsCall *self, const MsOutcome *outcome);
/* Notes every parameter of the query that is not in @known (%NULL-terminated). */
void ms_call_note_parameters (MsCall *self, const char *const *known);
/* Notes the names of attributes that the call's type does not have, or without one no type. @names:
 * (nullable) */
void ms_call_note_names (MsCall *self, char **names);
/* Whether a provisioning client asks, from which others' names of objects are hidden. */
gboolean ms_call_is_client (MsCall *self);
/* Whether the route knows all parameters of the query, and all members of the body: under /api/v1,
 * where what nobody reads is more than passed over, since a misspelt "dryRun" would be the real
 * thing. They fail with %MS_ERROR_INVALID naming the first that it does not know. */
gboolean ms_call_check_query (MsCall *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_call_check_members (MsCall *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What was ignored in a line that is fit for a header, cut between names, with how many more there
 * are. (transfer full) (nullable) */
char *ms_call_dup_ignored (MsCall *self);
/* The same for the log, which holds nothing of a query or a body: only what has the form of an
 * attribute's path; the rest is counted. (transfer full) (nullable) */
char *ms_call_dup_ignored_for_log (MsCall *self);

/* ms-call-log.c: one line of the log. @text holds nothing that the request says. */
void ms_call_log (MsCall *self, guint status, const char *text);
/* The same of a request that did not become a call. */
void ms_call_log_request (MsHttpRequest *request, guint status, const char *text);
void ms_call_log_failure (MsCall *self, guint status, const GError *error);
/* Whether @text has the form of an attribute's path, or of a parameter as "?name": what the log may
 * repeat of a request. */
gboolean ms_call_is_path (const char *text);

/* Answers. Each is the one answer of the call; failures are logged here and nowhere else. */
void ms_call_respond (MsCall *self, guint status, const char *content_type, GBytes *body);
/* Names the change set @sequence in the answer's headers; 0: there is none. Before the answer. */
void ms_call_add_change (MsCall *self, gint64 sequence);
/* @json: (transfer full) */
void ms_call_respond_json (MsCall *self, guint status, GString *json);
/* What a call came to: @json (transfer full) where it is @done, else @error. */
void ms_call_respond_result (
    MsCall *self, gboolean done, guint status, GString *json, const GError *error);
void ms_call_respond_empty (MsCall *self, guint status);
void ms_call_respond_error (MsCall *self, const GError *error);
/* @status 0: the error's own */
void ms_call_respond_failure (MsCall *self, guint status, const GError *error);
/* Answers with what @func appends, by @deadline or not at all; where it fails with
 * %G_IO_ERROR_TIMED_OUT it is called once more, later and with more time. It may run on another
 * thread. */
typedef gboolean (*MsCallReadFunc) (
    MsCall *self, gint64 deadline, gpointer data, GString *out, GError **error);
/* @data: (transfer full) */
void ms_call_read (MsCall *self, MsCallReadFunc func, gpointer data, GDestroyNotify data_free);
/* Hands a write to the service and answers with what it comes to. @operation: (transfer full) */
void ms_call_apply (MsCall *self, MsOperation *operation);

G_END_DECLS
