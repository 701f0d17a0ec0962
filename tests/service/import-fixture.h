/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A service on a store of its own, and what tests of imports do with it all the time: upload a
 * text, run it to its end, look at what came of it. Fails the test where a step fails that the test
 * does not expect to.
 */
#pragma once

#include <json-glib/json-glib.h>

#include "ms-service-private.h"

G_BEGIN_DECLS

typedef struct
{
  char             *folder;
  char             *uri;
  MsSchemaRegistry *schemas;
  MsStore          *store;
  MsService        *service;
  MsActor          *actor;
} Fixture;

/* Domain harbour.example, administrator "admin". */
void fixture_set_up (Fixture *self, gconstpointer data);
void fixture_tear_down (Fixture *self, gconstpointer data);
/* The key of uploaded files that every server of the tests has. */
void fixture_set_key (MsService *service);
/* Closes the store as a stopped server would, and opens it again. */
void fixture_close (Fixture *self);
void fixture_open (Fixture *self);

/* Of so many as a test has, those that it is to have here: MS_TEST_SIZE percent */
guint fixture_size (guint whole);

/* @json may use ' for ". (transfer full) */
JsonObject *fixture_json (const char *json);
/* (transfer full): the id */
char *fixture_upload (Fixture *self, const char *text);
char *fixture_upload_file (Fixture *self, const char *name);
/* data/examples/NAME. (transfer full) */
char *fixture_read_example (const char *name, gsize *length);
/* Starts it; the answer is as ms_service_import_start() gave it. */
void fixture_start (Fixture *self, const char *id, const char *options, gboolean rehearse);
/* Until it is no longer under way. (transfer full): as ms_service_import_get() has it */
JsonObject *fixture_wait (Fixture *self, const char *id);
/* Both, with the expectation that it comes to @state. */
JsonObject *fixture_do (
    Fixture *self, const char *id, const char *options, gboolean rehearse, const char *state);
JsonObject *fixture_get (Fixture *self, const char *id);
gint64      fixture_count (JsonObject *import, const char *name);
/* Reports of @status (nullable: all). (transfer full) */
JsonArray *fixture_rows (Fixture *self, const char *id, const char *status);
/* The report of @line; fails without one. Borrowed from @rows */
JsonObject *fixture_find_row (JsonArray *rows, gint64 line);
/* "field:before>after" of each change, separated by blanks. (transfer full) */
char *fixture_changes (JsonObject *row);
char *fixture_rejects (Fixture *self, const char *id);
/* The whole export of a type. (transfer full) */
char *fixture_export (Fixture *self, const char *type_name);
/* A User, Mailbox … by its unique attribute. (transfer full) (nullable) */
MsObject *fixture_find (Fixture *self, const char *type_name, const char *path, const char *value);
gint64    fixture_total (Fixture *self, const char *type_name);
/* A SCIM create through the service. (transfer full): the id */
char *fixture_create (Fixture *self, const char *type_name, const char *json);
void  fixture_undo (Fixture *self, const char *id);

G_END_DECLS
