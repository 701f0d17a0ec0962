/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of the PostgreSQL driver share.
 *
 * A connection (MsPostgres) outlives the session behind it: where the server goes away, what was
 * under way is lost and says so, and the next transaction begins with a new session. Each session
 * has a number, so that a statement knows whether it must be prepared once more.
 */
#pragma once

#include "ms-postgres.h"

#include <libpq-fe.h>

G_BEGIN_DECLS

/* Where all that is ours lives. */
#define MS_POSTGRES_SCHEMA "mailstead"
/* Cursors are read to their end, but for MS_SQL_EXPECT_FIRST. */
#define MS_POSTGRES_ALL_OF_MANY "1"
/* What daemons tell each other through. */
#define MS_POSTGRES_CHANNEL "mailstead"

typedef struct
{
  MsDatabase   base;
  char        *conninfo; /* as libpq takes it; may hold a password */
  MsStoreFlags flags;

  /* Back-off: when connecting failed, others do not try again at once. */
  GMutex lock;
  gint64 not_before; /* monotonic time */
  guint  failures;   /* in a row */
} MsPostgresDatabase;

typedef struct
{
  MsSql      base;
  PGconn    *conn;    /* NULL where there is no session */
  guint64    session; /* counts up with each new one */
  guint64    last_name;
  GPtrArray *dropped; /* names of prepared statements that the server may forget */
  GString   *news;    /* statements that go with the commit */

  /* Inside of a transaction that writes. */
  gboolean piped;
  guint    depth;        /* of savepoints */
  GArray  *pending;      /* guint: the depth of each statement whose answer was not taken yet */
  GError  *failed;       /* (nullable): what makes all further statements fail */
  guint    failed_depth; /* the savepoint that it belongs to */
} MsPostgres;

/* ms-postgres-error.c */

/* Sets @error from what the server or libpq said, and notes in the connection where the transaction
 * cannot go on. @result: (nullable): that of the statement. Always %FALSE */
gboolean ms_postgres_fail (MsPostgres *self, const PGresult *result, GError **error);
/* The same for a session that did not come about. */
gboolean ms_postgres_fail_to_connect (MsPostgres *self, GError **error);

/* ms-postgres-session.c */

/* Makes sure that there is a session, as far as can be told without asking the server. */
gboolean ms_postgres_connect_session (MsPostgres *self, GError **error);
void     ms_postgres_drop_session (MsPostgres *self);
/* Waits for what was sent; the last result, or the first that failed. The cancellable is asked
 * meanwhile. (nullable): %NULL only where the session is broken */
PGresult *ms_postgres_wait (MsPostgres *self);
/* The next result of what was sent, when it is there. */
PGresult *ms_postgres_next_result (MsPostgres *self);
/* Runs a text without parameters. (transfer full) (nullable): its last result */
PGresult *ms_postgres_execute (MsPostgres *self, const char *text, GError **error);

/* ms-postgres-pipeline.c */

gboolean ms_postgres_enter_pipeline (MsPostgres *self, GError **error);
/* Whatever became of what was sent: whether the session can be used without it. */
gboolean ms_postgres_leave_pipeline (MsPostgres *self);
/* With the session. */
void ms_postgres_forget_pipeline (MsPostgres *self);
/* Before something is sent. */
gboolean ms_postgres_may_send (MsPostgres *self, GError **error);
/* After it, where its answer is collected next. */
gboolean ms_postgres_note_sent (MsPostgres *self, gboolean sent, GError **error);
/* After it: its answer is not waited for now. */
gboolean ms_postgres_put_off (MsPostgres *self, gboolean sent, GError **error);
/* Waits for all that was sent. (transfer full) (nullable): the last one's result, %NULL where any
 * of it failed */
PGresult *ms_postgres_collect (MsPostgres *self, GError **error);
gboolean  ms_postgres_settle_pipeline (MsPostgres *self, GError **error);
gboolean  ms_postgres_savepoint (MsSql *sql, GError **error);
gboolean  ms_postgres_keep_savepoint (MsSql *sql, GError **error);
gboolean  ms_postgres_drop_savepoint (MsSql *sql, GError **error);

/* ms-postgres-database.c */

MsDatabase       *ms_postgres_open (const char *location, MsStoreFlags flags, GError **error);
void              ms_postgres_close (MsDatabase *database);
MsSql            *ms_postgres_connect (MsDatabase *database, gboolean writing, GError **error);
void              ms_postgres_disconnect (MsSql *sql);
gboolean          ms_postgres_is_ours (MsSql *sql, gboolean *empty, GError **error);
extern const char ms_postgres_columns_query[];
/* What the planner knows. */
gboolean ms_postgres_analyze (MsSql *sql, GError **error);
gboolean ms_postgres_check (MsSql *sql, MsProblems *problems, GError **error);

/* ms-postgres-identities.c */

/* The columns whose numbers the server gives, as SQL texts. */
#define MS_POSTGRES_IDENTITIES "'object.n', 'attribute.attr', 'change.n'"
/* MsSqlDriver.check_identities */
gboolean
ms_postgres_check_identities (MsSql *sql, gboolean mend, MsProblems *problems, GError **error);
/* Numbers that the server gives go on behind those that were copied. */
gboolean ms_postgres_rows_copied (MsSql *sql, GError **error);

/* ms-postgres-definitions.c */

extern const char ms_postgres_definitions_query[];
extern const char ms_postgres_remarks_query[];

/* ms-postgres-statement.c */

MsStatement *ms_postgres_prepare (MsSql *sql, const char *text, GError **error);
/* (nullable): with @error: the name by which the session knows it, from now on where it did not */
const char *ms_postgres_get_prepared (MsStatement *statement, GError **error);
void        ms_postgres_finalize (MsStatement *statement);
void        ms_postgres_reset (MsStatement *statement);
void        ms_postgres_expect (MsStatement *statement, MsSqlExpect what);
void        ms_postgres_bind_int (MsStatement *statement, guint index, gint64 value);
void        ms_postgres_bind_text (MsStatement *statement, guint index, const char *value);
void        ms_postgres_bind_blob (MsStatement *statement, guint index, GBytes *value);
gboolean    ms_postgres_step (MsStatement *statement, gboolean *row, GError **error);
gboolean    ms_postgres_run (MsStatement *statement, GError **error);
gint64      ms_postgres_changes (MsStatement *statement);
gint64      ms_postgres_get_int (MsStatement *statement, guint column);
const char *ms_postgres_get_text (MsStatement *statement, guint column);
GBytes     *ms_postgres_dup_blob (MsStatement *statement, guint column);

/* ms-postgres-news.c */

gboolean ms_postgres_announce (MsSql *sql, const char *text, GError **error);
gboolean ms_postgres_listen (MsSql *sql, GError **error);
gboolean ms_postgres_wait_news (MsSql *sql, int wake_fd, gint64 usec, char **news, GError **error);

/* ms-postgres-search.c */

extern const char ms_postgres_search_schema[];
/* Makes the index where the server has got what it needs since. */
gboolean ms_postgres_search_complete (MsSql *sql, GError **error);
gboolean ms_postgres_search_check (MsSql *sql, MsProblems *problems, GError **error);
void     ms_postgres_search_condition (
        MsSql *sql, GString *out, const char *row, guint parameter, const char *word, char **pattern);
void
ms_postgres_search_set (MsSql *sql, GString *out, const char *const *words, GPtrArray *patterns);

G_END_DECLS
