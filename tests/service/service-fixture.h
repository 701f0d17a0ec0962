/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A service on a real store in a folder of its own, made anew for each test, and short ways to ask
 * it for things.
 */
#pragma once

#include "ms-error.h"
#include "ms-json.h"
#include "ms-service-private.h"

/* Where requests come from, unless a test says otherwise. */
#define PEER "127.0.0.1"

typedef struct
{
  char      *folder;
  char      *uri; /* of the store */
  MsStore   *store;
  MsService *service;
  MsActor   *admin;    /* the administrator that initialize made, channel "console" */
  char      *password; /* and the password */
  gint64     now;      /* what the service's clock says */
} Fixture;

/* With domain example.org and administrator "admin". */
void fixture_set_up (Fixture *self, gconstpointer data);
void fixture_tear_down (Fixture *self, gconstpointer data);
/* Gives a service that was made anew the test's clock. */
void fixture_use_clock (Fixture *self);
/* (transfer full): another actor on the same store */
MsActor *fixture_actor (Fixture *self, const char *user_id, MsRole role, const char *channel);
const MsResourceType *fixture_type (Fixture *self, const char *name);

/* All of these take JSON with ' for ", so that it reads well in C. */
JsonObject *parse (const char *text);
/* As @actor (nullable: the administrator). (transfer full) (nullable): with @error. */
MsOutcome *try_verb (Fixture       *self,
                     const MsActor *actor,
                     MsVerb         verb,
                     const char    *type,
                     const char    *id,
                     const char    *body,
                     GError       **error);
/* These must succeed. (transfer full) */
char *make (Fixture *self, const char *type, const char *body);
void
change (Fixture *self, const char *type, const char *id, const char *attribute, const char *value);
/* PATCH replace; the change set's sequence. */
gint64 change_sequence (
    Fixture *self, const char *type, const char *id, const char *attribute, const char *value);
gint64      drop (Fixture *self, const char *type, const char *id, const char *options);
JsonObject *show (Fixture *self, const char *type, const char *id);
gboolean    is_there (Fixture *self, const char *type, const char *id);
/* (nullable): of a path like "a.b[0].c"; text of strings, JSON of anything else. (transfer full) */
char *pick (JsonObject *object, const char *path);
/* It fails, with that code and path (NULL: none). */
void refuse_error (GError *error, int code, const char *path);
/* ' becomes " ; arguments are put in. (transfer full) */
char      *json (const char *format, ...) G_GNUC_PRINTF (1, 2);
MsOutcome *undo (Fixture *self, gint64 sequence, GError **error);
gint64     last_sequence (Fixture *self);

/* What lies in the bin, all of it but when it came there. (transfer full) (element-type utf8 utf8):
 * by id */
GHashTable *describe_bin (Fixture *self);
/* All that was in the bin then, by describe_bin(), is there now, and the same. */
void assert_bin_keeps (Fixture *self, GHashTable *then);

/* It is refused with that code and path, and leaves no change set. */
void expect (Fixture    *f,
             MsVerb      verb,
             const char *type,
             const char *id,
             const char *body,
             int         code,
             const char *path);
void expect_patch (Fixture    *f,
                   const char *type,
                   const char *id,
                   const char *path,
                   const char *value,
                   int         code,
                   const char *fault);
/* The usual ones. (transfer full): the id */
char *make_user (Fixture *f, const char *name);
char *make_mailbox (Fixture *f, const char *name, const char *owner, gboolean primary);
char *make_group (Fixture *f, const char *name, const char *parent);

#define fixture_add(path, func)                                                                    \
  g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
#define assert_picked(object, path, expected)                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *picked_ = pick (object, path);                                                \
    g_assert_cmpstr (picked_, ==, expected);                                                       \
  }                                                                                                \
  G_STMT_END
#define assert_shown(fixture, type, id, path, expected)                                            \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autoptr (JsonObject) shown_ = show (fixture, type, id);                                      \
    assert_picked (shown_, path, expected);                                                        \
  }                                                                                                \
  G_STMT_END
