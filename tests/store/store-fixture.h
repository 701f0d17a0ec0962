/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A new store in a folder of its own for each test, and short words for what tests do with it.
 * Every test program registers its cases once per driver with fixture_add(), so that one contract
 * holds for all of them.
 */
#pragma once

#include "ms-error.h"
#include "ms-json.h"
#include "ms-store.h"
#include "ms-txn.h"

typedef struct
{
  const char       *driver;
  char             *folder;
  char             *uri;
  MsSchemaRegistry *schemas;
  MsStore          *store;
} Fixture;

typedef void (*FixtureFunc) (Fixture *fixture, gconstpointer data);

/* "/store/<driver>/<name>" for each driver */
void fixture_add (const char *name, gconstpointer data, FixtureFunc func);
/* For what only one of them can meet. */
void fixture_add_for (const char *driver, const char *name, gconstpointer data, FixtureFunc func);
void fixture_close (Fixture *self);
void fixture_reopen (Fixture *self);
/* A new store in place of the old one, which is gone. */
void fixture_renew (Fixture *self);
void fixture_check_sound (Fixture *self);
/* Statements past the store, on a connection of their own. */
void fixture_run_sql (Fixture *self, const char *text);

const MsResourceType *fixture_type (Fixture *self, const char *name);
/* (transfer full): from JSON with single quotes for double ones, not stored */
MsObject *fixture_make (Fixture *self, const char *type, const char *json);
/* Each is one write of its own. */
char *fixture_insert (Fixture *self, const char *type, const char *json);
gboolean
fixture_try_insert (Fixture *self, const char *type, const char *json, char **id, GError **error);
gboolean fixture_try_update (Fixture *self, MsObject *object, gint64 *sequence, GError **error);
void     fixture_update (Fixture *self, MsObject *object);
void     fixture_delete (Fixture *self, const char *id);
/* Out of the bin, as it went in. (nullable) */
MsObject *fixture_restore (MsTxn *txn, const char *id, GError **error);
gboolean  fixture_try_restore (Fixture *self, const char *id, GError **error);
void      fixture_link (Fixture    *self,
                        const char *from,
                        const char *path,
                        const char *to,
                        gboolean    add,
                        gboolean    expect_change);
/* The type "Room", by a schema file, and with @add %FALSE no more, with what of it is in the bin.
 * From then on the fixture has the schemas with it, or without. */
void fixture_change_rooms (Fixture *self, gboolean add);
/* @count new users, each of them member of the list @list, which is linked to nothing; or, where it
 * is %NULL, of nothing. (element-type utf8) (transfer full): their ids */
GPtrArray *fixture_insert_members (Fixture *self, guint count, const char *list);
/* Each goes into the bin, and out of it for good. */
void fixture_purge (Fixture *self, GPtrArray *ids);
void fixture_write (Fixture *self, MsTxnFunc func, gpointer data);
void fixture_read (Fixture *self, MsTxnFunc func, gpointer data);
/* (nullable) */
MsObject *fixture_get (Fixture *self, const char *id);
/* Labels of what a query finds, joined by spaces. @filter, @sort: (nullable); @total: (optional) */
char *fixture_list (Fixture    *self,
                    const char *type,
                    const char *filter,
                    const char *search,
                    const char *sort,
                    gint64      start,
                    gint64      count,
                    gint64     *total);
/* The newest change set as JSON text: verb, then of each change its verb, label, version and
 * deltas. */
char  *fixture_last_change (Fixture *self);
gint64 fixture_last_sequence (Fixture *self);

extern const MsChangeContext fixture_context;

/* As g_assert_cmpstr(), but frees the first. */
#define assert_text(expression, expected)                                                          \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *assert_text_got = (expression);                                               \
    g_assert_cmpstr (assert_text_got, ==, (expected));                                             \
  }                                                                                                \
  G_STMT_END
