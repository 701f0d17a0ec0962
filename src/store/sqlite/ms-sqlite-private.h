/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of the SQLite driver share. Only this folder knows sqlite3.h.
 */
#pragma once

#include <sqlite3.h>

#include "ms-sqlite.h"

G_BEGIN_DECLS

typedef struct
{
  MsDatabase base;
  char      *path;
  int        lock_fd; /* -1 where nothing is locked */
  gboolean   read_only;
  gboolean   damaged;      /* may be: %MS_STORE_DAMAGED */
  gboolean   bare;         /* there were no files beside it, and nobody should find any */
  gboolean   checked;      /* before it is written to, and nothing was found */
  char      *size_problem; /* (nullable): what is wrong with the size of the file */
  GMutex     look_lock;
  gboolean   looked_through; /* with the lock held, see ms_sqlite_bound_take() */
  char      *look_problem;   /* (nullable): what was found then */
} MsSqliteDatabase;

typedef struct
{
  MsSql    base;
  sqlite3 *db;
  GArray  *searches; /* MsSqliteSearch: changes of the search index that wait for the commit */
  GArray  *marks;    /* guint: how many there were when each open savepoint began */
  gboolean immutable;
  gboolean is_sound; /* need not be bounded */
  guint64 *taken;    /* (nullable): steps of the statement that is being stepped */
  char    *endless;  /* (nullable): the damage for which one was stopped */
} MsSqlite;

/* Virtual-machine steps between two looks at the cancellable and the bound. */
#define MS_SQLITE_PROGRESS_STEPS 20000

/* Sets @error from @code and notes in the connection where the transaction cannot go on. Always
 * %FALSE */
gboolean ms_sqlite_fail (MsSqlite *self, int code, GError **error);

/* How SQLite, from 3.44 on, says that of the search index, which is no damage to the rest. */
#define MS_SQLITE_INDEX_IS_DAMAGED "inverted index for FTS5"

/* ms-sqlite-bound.c */
/* Of a statement that took @steps more: whether it is to be stopped, since the file is damaged. */
gboolean ms_sqlite_bound_take (MsSqlite *self, guint64 steps);

/* ms-sqlite-leave.c */
/* Before it is opened for reading, and after the last connection was closed. */
void ms_sqlite_note_bare (MsSqliteDatabase *self);
void ms_sqlite_leave_bare (MsSqliteDatabase *self);

/* ms-sqlite-database.c */
/* @db: (out): to be closed also where it fails */
int         ms_sqlite_open_file (MsSqliteDatabase *database,
                                 gboolean          immutable,
                                 gboolean          read_only,
                                 sqlite3         **db);
MsDatabase *ms_sqlite_open (const char *location, MsStoreFlags flags, GError **error);
MsDatabase *ms_sqlite_claim (const char *location, GError **error);
void        ms_sqlite_close (MsDatabase *database);
MsSql      *ms_sqlite_connect (MsDatabase *database, gboolean writing, GError **error);
void        ms_sqlite_disconnect (MsSql *sql);
gboolean    ms_sqlite_is_ours (MsSql *sql, gboolean *empty, GError **error);
gboolean    ms_sqlite_check (MsSql *sql, MsProblems *problems, GError **error);

/* ms-sqlite-backup.c */
extern const char ms_sqlite_columns_query[];
extern const char ms_sqlite_definitions_query[];
gboolean          ms_sqlite_rows_copied (MsSql *sql, GError **error);
gboolean          ms_sqlite_settle (MsSql *sql, GError **error);
gboolean
ms_sqlite_backup (MsSql *sql, const char *path, const MsProgress *progress, GError **error);

/* ms-sqlite-search.c */
extern const char ms_sqlite_search_schema[];
/* Of an entry that was found, in SQL. */
#define MS_SQLITE_FOUND_ROW "(search_index.rowid & 0xffffffffff)"
#define MS_SQLITE_FOUND_BODY "(SELECT body FROM search WHERE obj = " MS_SQLITE_FOUND_ROW ")"
/* The number of an object's entry in the index, ascending with the row in one type. */
gint64 ms_sqlite_search_entry (const char *type, gint64 row);
/* The row in "object". */
gint64   ms_sqlite_search_row (gint64 entry);
void     ms_sqlite_search_init (MsSqlite *self);
void     ms_sqlite_search_clear (MsSqlite *self);
void     ms_sqlite_search_forget (MsSqlite *self);
gboolean ms_sqlite_search_write (MsSqlite *self, GError **error);
void     ms_sqlite_search_mark (MsSqlite *self);
void     ms_sqlite_search_unmark (MsSqlite *self, gboolean keep);
gboolean ms_sqlite_search_changed (MsSql      *sql,
                                   const char *type,
                                   gint64      row,
                                   const char *before,
                                   const char *after,
                                   GError    **error);
void     ms_sqlite_search_condition (
        MsSql *sql, GString *out, const char *row, guint parameter, const char *word, char **pattern);
void ms_sqlite_search_set (MsSql *sql, GString *out, const char *const *words, GPtrArray *patterns);
/* Makes the index anew. */
gboolean ms_sqlite_search_mend (MsSql *sql, GError **error);
/* What the schema of an older store lacks. */
gboolean ms_sqlite_search_complete (MsSql *sql, GError **error);
/* The index will be told of changes when they are committed. */
gboolean ms_sqlite_search_is_behind (MsSql *sql);
/* Whether the index can be asked for it. */
gboolean ms_sqlite_search_is_indexed (MsSql *sql, const char *word);
/* @text as the index has it, which takes U+FFFE and U+FFFF for U+FFFD. (transfer full) */
char *ms_sqlite_search_dup_indexed (const char *text);
/* As a phrase of FTS5. */
void ms_sqlite_search_append_quoted (GString *out, const char *word);

/* ms-sqlite-search-check.c */
gboolean ms_sqlite_search_check (MsSql *sql, MsProblems *problems, GError **error);

/* ms-sqlite-search-stream.c */
/* Makes the list of trigrams, which belongs to a connection. */
extern const char ms_sqlite_search_terms[];
/* Behind every trigram that begins like a text, and before the next. */
#define MS_SQLITE_BEYOND "\001"
/* The first trigram at or behind @from. @term: (out) (nullable) */
gboolean ms_sqlite_search_find_term (MsSql *sql, const char *from, char **term, GError **error);
gboolean ms_sqlite_search_stream (MsSql             *sql,
                                  const char        *type,
                                  const char *const *words,
                                  gint64             first,
                                  gint64             last,
                                  MsSqlRowFunc       func,
                                  gpointer           user_data,
                                  MsSqlStreamed     *streamed,
                                  GError           **error);

/* What our SQL calls that SQLite does not have. A code of SQLite. */
int ms_sqlite_add_functions (sqlite3 *db);

G_END_DECLS
