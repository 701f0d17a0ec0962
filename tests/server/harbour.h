/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A whole server in the test's process: a store in a folder of its own, the service, HTTPS on a
 * free port, and the administrator's session. And short ways to ask it things.
 */
#pragma once

#include <json-glib/json-glib.h>
#include "ms-server.h"
#include "ms-service.h"
#include "wire.h"

G_BEGIN_DECLS

typedef struct
{
  char          *directory; /* NULL where it joined another */
  char          *uri;
  MsStore       *store;
  MsService     *service;
  MsCertificate *certificate;
  MsServer      *server;
  guint          port;
  char          *password; /* of "admin" */
  char          *token;
  Wire          *wire; /* kept open from request to request */
} Harbour;

/* @options: (nullable) */
Harbour *harbour_new (const MsServerOptions *options);
/* Another server on the same store, with the same session; where stores can be shared. Freed before
 * the first. */
Harbour *harbour_join (Harbour *first);
void     harbour_free (Harbour *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Harbour, harbour_free)

/**
 * Answer: status, headers and JSON of an answer
 * @json: (nullable): where the body is an object
 */
typedef struct
{
  WireReply  *reply;
  guint       status;
  JsonNode   *node;
  JsonObject *json;
} Answer;
void answer_free (Answer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Answer, answer_free)

/* As the administrator. @body: (nullable). @headers: (nullable): further lines, each with CRLF */
Answer *
ask (Harbour *self, const char *method, const char *path, const char *body, const char *headers);
/* With @token, or with none for %NULL. */
Answer *ask_as (Harbour    *self,
                const char *token,
                const char *method,
                const char *path,
                const char *body,
                const char *headers);
/* A member of the answer by path, "user.userName" or "Resources.0.id"; colons belong to names;
 * fails the test where there is none. */
const char *get_text (Answer *answer, const char *path);
gint64      get_number (Answer *answer, const char *path);
JsonNode   *find_node (Answer *answer, const char *path);
/* JSON as tests write it, with single quotes; \' stands for a quote inside of a string. (transfer
 * full) */
char *from_single_quotes (const char *text);
/* Creates, and returns the id. (transfer full) */
char *make_user (Harbour *self, const char *user_name);
char *make_object (Harbour *self, const char *path, const char *body);

#define assert_status(answer, expected)                                                            \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if ((answer)->status != (expected))                                                            \
      g_test_message ("%s", (answer)->reply->body->str);                                           \
    g_assert_cmpuint ((answer)->status, ==, (expected));                                           \
  }                                                                                                \
  G_STMT_END

G_END_DECLS
