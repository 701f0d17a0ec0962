/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the store needs of a database, and no more: connections, prepared statements with numbered
 * parameters ($1, $2, …), transactions and savepoints. The store's logic above is written once, in
 * the SQL that SQLite and PostgreSQL share; whatever they do not share is a field or function of
 * MsSqlDriver.
 *
 * A connection belongs to one thread at a time. Statements are cached by their text; one that is in
 * use already (a query inside a query) is prepared a second time, so that nesting is always safe.
 */
#pragma once

#include "ms-problems.h"
#include "ms-progress.h"
#include "ms-store.h"

G_BEGIN_DECLS

typedef struct _MsSqlDriver MsSqlDriver;
typedef struct _MsDatabase  MsDatabase;
typedef struct _MsSql       MsSql;
typedef struct _MsStatement MsStatement;

/* What only some databases can do, past the rules about rows: insert a row in the place of others,
 * which are not deleted then, and empty a table. */
#define MS_SQL_REPLACE "REPLACE"
#define MS_SQL_TRUNCATE "TRUNCATE"

/**
 * MsSqlExpect: what is known of a statement beforehand
 * @MS_SQL_EXPECT_MANY: its result may be too large to be held in memory, and all of it is read
 * @MS_SQL_EXPECT_FIRST: so too, but reading may end after the first rows
 * @MS_SQL_EXPECT_VALUES: how it is best answered depends on its parameters
 */
typedef enum
{
  MS_SQL_EXPECT_MANY,
  MS_SQL_EXPECT_FIRST,
  MS_SQL_EXPECT_VALUES,
} MsSqlExpect;

/**
 * MsSqlRule: what must not be done to the rows of a table
 * @event: "INSERT", "DELETE", "UPDATE", "UPDATE OF columns", or one of the above
 * @condition: over NEW and OLD: when it is refused
 * @message: with these words
 * @serial: two transactions that do not see each other could break it together
 */
typedef struct
{
  const char *name;
  const char *table;
  const char *event;
  const char *condition;
  const char *message;
  gboolean    serial;
} MsSqlRule;

/* %FALSE: no more are wanted. */
typedef gboolean (*MsSqlRowFunc) (gint64 row, gpointer user_data);

typedef enum
{
  MS_SQL_STREAMED_STOPPED, /* no more were wanted */
  MS_SQL_STREAMED_FIRST,   /* nor here, and they were the first by row */
  MS_SQL_STREAMED_ALL,
  MS_SQL_STREAMED_SOME, /* there may be others, which cannot be told in this way */
} MsSqlStreamed;

/**
 * MsSqlDriver: one kind of database
 * @name: "sqlite"
 * @schemes: what its URIs begin with, including the colon, ended by %NULL
 * @dialect: pairs of placeholder and replacement for the migrations, ended by %NULL
 * @batch_writes: how many writes may share one transaction
 * @reserve_query: (nullable): gives $1 row numbers of "object" that nobody else will get, ascending
 * @exclusive: the process that has it open for writing is the only one that writes
 * @find_function: name of the SQL function (text, part) that is above 0 where the text contains the
 * part
 * @number_key: what stands before and behind an SQL expression of a whole number, not below 0, to
 * make its key (ms_index_int_key()), which compares as all keys do
 * @key_number: what stands before and behind an SQL expression of such a key, to make its number
 * @begin_asking: (nullable): begins as @begin, and asks in the transaction's own snapshot, without
 * waiting once more: @value: (out): the first column of the first row of @query, unchanged where
 * there is no row
 * @open: takes the database for this process: makes, locks and checks it as far as that needs no
 * schema
 * @claim: (nullable): keeps every daemon off what is or will be there, whatever it is, until @close
 * @is_ours: whether what was opened may be used: empty, or one of our stores. Called in a
 * transaction. One that was opened with %MS_STORE_DAMAGED is, whatever is found.
 * @expect: (nullable): what is known of a statement beforehand; called before the first step
 * @step: @row: whether there is a row to read
 * @run: (nullable): runs a statement whose rows nobody wants. It may be put off until something is
 * asked for, and what goes wrong is then said by what comes next in the same savepoint, at the
 * latest by
 * @keep_savepoint or @commit.
 * @changes: how many rows the last statement touched
 * @execute: several statements without parameters, separated by semicolons
 * @savepoint, @keep_savepoint, @drop_savepoint: nested by the caller, innermost last. One that
 * could not be kept is dropped.
 * @announce: (nullable): hands a text to the other daemons with the commit of this transaction
 * @listen: (nullable): makes a connection hear what others announce, and itself
 * @wait_news: (nullable): @news: (out): the next text that was announced, %NULL when @usec have
 * passed or @wake_fd can be read
 * @search_changed: (nullable): keeps an index over the table "search" that the database does not
 * keep by itself; the table was changed already, for an object of @type. Called within the
 * transaction; may be put off until @commit.
 * @search_condition: appends a condition over the row number @row that a word of at least one
 * character, in
 *   "$@parameter", occurs in its search text. @pattern: (out): what to bind for it
 * @search_set: appends a statement whose rows are those in whose search text all @words occur (""
 * is none). @patterns: what to bind for it, from the first parameter on
 * @search_stream: (nullable): hands such rows to @func, as far as it wants them, in no order and
 * some perhaps twice where it does not say otherwise. @type: (nullable): only those of objects of
 * that type between @first and @last need be handed over, and few others should be; without it
 * all
 * @search_complete: makes what the search of an older store lacks, in an open transaction; for one
 * of a version that is known, and by who may write to it
 * @check: adds what is wrong with the file to @problems
 * @search_check: likewise with what the driver has made to search the table "search"
 * @search_mend: (nullable): makes that again, in an open transaction
 * @check_identities: (nullable): likewise where the numbers that the database gives to new rows are
 * in use; @mend: sets that right, in an open transaction for writing
 * @has_event: whether there is such an @event of a rule; the functions that follow get no other
 * @append_rule: appends the statements that make a rule, in the place of one of its name
 * @rules_query: name, table and definition of the rules that are there and in force, and what their
 * functions have beside their texts that makes them behave otherwise, %NULL where that is nothing
 * @additions_query: kind, name and table of all that acts on reading or writing in the database's
 * own stead, our rules among them; what is switched on for a table as a whole has no name
 * @dup_rule: the definition as @rules_query has it of a rule that is as it should be
 * @in_file: a location is the name of a file, which can be renamed once nobody has it open
 * @columns_query: table, column and type letter ("i", "s", "b") of all tables, in the order in
 * which they were made; without those that the driver keeps for itself
 * @definitions_query: kind, name and definition of every table, column, key, reference and index,
 * in words that all drivers share, without those that the driver keeps for itself; and what the
 * definition should be, %NULL where that is what the same query says of an empty model
 * @remarks_query: (nullable): texts about how the database is set, where somebody should look at it
 * @rows_copied: brings what the driver keeps for itself to what the tables hold, after rows were
 * copied into them; in the transaction that did
 * @settle: (nullable): what is good for a file that was filled, after that transaction; where it
 * fails, the file is given up
 * @backup: (nullable): writes the snapshot that the transaction of @sql reads into a new file that
 * the same driver can open, of mode 0600, and checks it
 */
struct _MsSqlDriver
{
  const char        *name;
  const char *const *schemes;
  const char *const *dialect;
  gboolean           exclusive;
  const char        *find_function;
  const char *const *number_key;
  const char *const *key_number;
  const char        *search_schema;
  const char        *columns_query;
  const char        *definitions_query;
  const char        *remarks_query;
  const char        *reserve_query;
  gboolean           in_file;
  guint              batch_writes;

  MsDatabase *(*open) (const char *location, MsStoreFlags flags, GError **error);
  MsDatabase *(*claim) (const char *location, GError **error);
  void (*close) (MsDatabase *database);
  MsSql *(*connect) (MsDatabase *database, gboolean writing, GError **error);
  void (*disconnect) (MsSql *sql);
  gboolean (*is_ours) (MsSql *sql, gboolean *empty, GError **error);

  MsStatement *(*prepare) (MsSql *sql, const char *text, GError **error);
  void (*finalize) (MsStatement *statement);
  void (*reset) (MsStatement *statement);
  void (*expect) (MsStatement *statement, MsSqlExpect what);
  void (*bind_int) (MsStatement *statement, guint index, gint64 value);
  void (*bind_text) (MsStatement *statement, guint index, const char *value);
  void (*bind_blob) (MsStatement *statement, guint index, GBytes *value);
  gboolean (*step) (MsStatement *statement, gboolean *row, GError **error);
  gboolean (*run) (MsStatement *statement, GError **error);
  gint64 (*changes) (MsStatement *statement);
  gint64 (*get_int) (MsStatement *statement, guint column);
  const char *(*get_text) (MsStatement *statement, guint column);
  GBytes *(*dup_blob) (MsStatement *statement, guint column);

  gboolean (*execute) (MsSql *sql, const char *script, GError **error);
  gboolean (*begin) (MsSql *sql, GError **error);
  gboolean (*begin_asking) (MsSql *sql, const char *query, gint64 *value, GError **error);
  gboolean (*commit) (MsSql *sql, GError **error);
  void (*rollback) (MsSql *sql);
  gboolean (*savepoint) (MsSql *sql, GError **error);
  gboolean (*keep_savepoint) (MsSql *sql, GError **error);
  gboolean (*drop_savepoint) (MsSql *sql, GError **error);

  gboolean (*announce) (MsSql *sql, const char *text, GError **error);
  gboolean (*listen) (MsSql *sql, GError **error);
  gboolean (*wait_news) (MsSql *sql, int wake_fd, gint64 usec, char **news, GError **error);

  gboolean (*search_changed) (MsSql      *sql,
                              const char *type,
                              gint64      row,
                              const char *before,
                              const char *after,
                              GError    **error);
  void (*search_condition) (
      MsSql *sql, GString *out, const char *row, guint parameter, const char *word, char **pattern);
  void (*search_set) (MsSql *sql, GString *out, const char *const *words, GPtrArray *patterns);
  gboolean (*search_stream) (MsSql             *sql,
                             const char        *type,
                             const char *const *words,
                             gint64             first,
                             gint64             last,
                             MsSqlRowFunc       func,
                             gpointer           user_data,
                             MsSqlStreamed     *streamed,
                             GError           **error);
  gboolean (*search_complete) (MsSql *sql, GError **error);
  gboolean (*check) (MsSql *sql, MsProblems *problems, GError **error);
  gboolean (*search_check) (MsSql *sql, MsProblems *problems, GError **error);
  gboolean (*search_mend) (MsSql *sql, GError **error);
  gboolean (*check_identities) (MsSql *sql, gboolean mend, MsProblems *problems, GError **error);

  gboolean (*has_event) (const char *event);
  void (*append_rule) (const MsSqlRule *rule, GString *script);
  const char *rules_query;
  const char *additions_query;
  char *(*dup_rule) (const MsSqlRule *rule);
  gboolean (*rows_copied) (MsSql *sql, GError **error);
  gboolean (*settle) (MsSql *sql, GError **error);
  gboolean (*backup) (MsSql *sql, const char *path, const MsProgress *progress, GError **error);
};

/* What a store has open once; drivers put their own fields behind it. */
struct _MsDatabase
{
  const MsSqlDriver *driver;
  char              *name;    /* for messages */
  gint64             version; /* of the schema; 0 until the store is open */
  GPtrArray         *damage;  /* (nullable) (element-type utf8): see ms_store_get_damage() */
};

#define MS_SQL_NEAR 256

/**
 * MsSql: one connection; drivers put their own fields behind it
 * @writing: it is the one that writes
 * @lost: (a part of) the open transaction is lost whatever the caller does: disk full, I/O error,
 * damage; not damage that is met in reading a database that was opened with %MS_STORE_DAMAGED
 * @cancellable: (nullable): asked now and then during long statements
 * @near: what was found last for a text at some address, since nearly all texts are literals and
 * cost more to hash than to compare
 */
struct _MsSql
{
  const MsSqlDriver *driver;
  MsDatabase        *database;
  gboolean           writing;
  gboolean           lost;
  GCancellable      *cancellable;
  gint64             deadline; /* monotonic time after which nothing more is looked for; 0 = none */
  GHashTable        *cache;    /* text -> MsStatement */
  MsStatement       *near[MS_SQL_NEAR];
  guint64            uses;
};

/* A prepared statement; drivers put their own fields behind it. */
struct _MsStatement
{
  MsSql   *sql;
  char    *text;
  gboolean cached;
  gboolean busy;
  guint64  last_use;
};

/* (nullable): the driver for @uri; @location: (out): what follows the scheme */
const MsSqlDriver *ms_sql_driver_for_uri (const char *uri, const char **location, GError **error);

/* Makes one more known, for tests that stand between the store and its database. @driver: borrowed
 * for good. Before any store is opened. */
void ms_sql_add_driver (const MsSqlDriver *driver);

/* For drivers: fills in and clears what all connections have. */
void ms_sql_init (MsSql *self, MsDatabase *database, gboolean writing);
void ms_sql_clear (MsSql *self);
/* Of a connection that is closed, and may be made again. */
void ms_sql_forget_statements (MsSql *self);

/* A statement with its parameters bound, to be stepped. @types holds a letter per parameter: "i"
 * gint64, "s" (nullable) const char *, "b" (nullable) GBytes *. Texts are copied. */
MsStatement *ms_sql_query (MsSql *self, GError **error, const char *text, const char *types, ...)
    G_GNUC_WARN_UNUSED_RESULT;
/* The same without parameters bound yet. */
MsStatement *
ms_sql_prepare (MsSql *self, const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Runs a statement whose rows nobody wants; it may fail later, see MsSqlDriver.run. */
gboolean ms_sql_run (MsSql *self, GError **error, const char *text, const char *types, ...)
    G_GNUC_WARN_UNUSED_RESULT;
/* As ms_sql_run(). @changes: (out): rows touched */
gboolean ms_sql_run_counted (MsSql      *self,
                             gint64     *changes,
                             GError    **error,
                             const char *text,
                             const char *types,
                             ...) G_GNUC_WARN_UNUSED_RESULT;
/* The first column of the first row, @value unchanged where there is no row. */
gboolean ms_sql_get_int (MsSql      *self,
                         gint64     *value,
                         GError    **error,
                         const char *text,
                         const char *types,
                         ...) G_GNUC_WARN_UNUSED_RESULT;

/* As ms_sql_run() for one with its parameters bound. */
gboolean ms_statement_run (MsStatement *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Before the first step: there may be very many rows, of which only some need be held at a time. */
void ms_statement_expect_many (MsStatement *self);
/* So too, of one in order, of which the first rows may be enough. */
void ms_statement_expect_first (MsStatement *self);
/* Its values decide how it is best answered, as those of a filter do. */
void ms_statement_expect_values (MsStatement *self);
gboolean
     ms_statement_step (MsStatement *self, gboolean *row, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void ms_statement_bind_int (MsStatement *self, guint index, gint64 value);
void ms_statement_bind_text (MsStatement *self, guint index, const char *value);
gint64 ms_statement_get_int (MsStatement *self, guint column);
/* (nullable): until the next step */
const char *ms_statement_get_text (MsStatement *self, guint column);
char       *ms_statement_dup_text (MsStatement *self, guint column);
/* (nullable) (transfer full) */
GBytes *ms_statement_dup_blob (MsStatement *self, guint column);
/* For who reads on from the last row: @after must be beyond @before (nullable: the beginning). In a
 * damaged database it may not be, and reading would go round for ever. %FALSE with @error set then.
 * @what: "objects by id" */
gboolean ms_sql_check_texts (MsSql      *self,
                             const char *what,
                             const char *before,
                             const char *after,
                             GError    **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_sql_check_numbers (MsSql      *self,
                               const char *what,
                               gint64      before,
                               gint64      after,
                               GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Says so. Always %FALSE */
gboolean ms_sql_fail_order (
    MsSql *self, const char *what, const char *before, const char *after, GError **error);
/* Whether its time is over; drivers ask while a statement runs. */
gboolean ms_sql_is_overdue (const MsSql *self);
/* Says so: %G_IO_ERROR_TIMED_OUT. Always %FALSE */
gboolean ms_sql_fail_overdue (MsSql *self, GError **error);
/* For what no database takes, or not at once: only a filter can be so. Always %FALSE */
gboolean ms_sql_fail_too_much (GError **error);
/* Back to the cache. */
void ms_statement_release (MsStatement *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsStatement, ms_statement_release)

G_END_DECLS
