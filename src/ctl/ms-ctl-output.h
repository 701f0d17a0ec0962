/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is printed: tables for people, JSON for programs. Text of a store never reaches a terminal
 * with control characters in it.
 */
#pragma once

#include "ms-ctl.h"

G_BEGIN_DECLS

/* To stdout and stderr, with control characters but \n made visible. */
void ms_ctl_print (const char *format, ...) G_GNUC_PRINTF (1, 2);
void ms_ctl_printerr (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* That a list goes on, to stderr: @how to see it. Nothing where the list could not be written. */
void ms_ctl_print_more (const char *how);
/* A question, for people in any case. */
void ms_ctl_print_question (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* To stdout as it is: what controls a terminal on purpose. */
void ms_ctl_print_raw (const char *text);
/* The same of what need not be text. */
void ms_ctl_print_bytes (GBytes *bytes);
/* What was printed is out, as somebody must see it now. */
void ms_ctl_flush (void);
/* Before anything is opened: what the caller has closed of the standard descriptors must not become
 * a connection or a file, which would be printed into. */
void ms_ctl_hold_descriptors (void);
/* At the end: whether all that was printed to stdout was written. */
gboolean ms_ctl_finish_output (GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* From now on what goes to stderr is for programs: a line of JSON each, {"note": text} where there
 * is nothing better. */
void     ms_ctl_use_json_notes (void);
gboolean ms_ctl_has_json_notes (void);
/* {"@name": @value} as one line to stderr. @note: (nullable): the same for people. @value:
 * (transfer full) */
void ms_ctl_print_json_note (const char *name, JsonNode *value, const char *note);

/* Pretty-printed, with a newline at the end. */
void ms_ctl_print_json (JsonNode *node);
void ms_ctl_print_json_object (JsonObject *object);

/* Rows of text in aligned columns; widths as a terminal shows them. */
typedef struct _MsTable MsTable;

/* @titles: %NULL-terminated; one that begins with ">" is a column of numbers, aligned right. */
MsTable *ms_table_new (const char *const *titles);
void     ms_table_free (MsTable *self);
/* @cells: %NULL-terminated, as many as there are titles */
void  ms_table_add (MsTable *self, const char *const *cells);
guint ms_table_get_n_rows (MsTable *self);
/* (transfer full) */
char *ms_table_to_text (MsTable *self);
void  ms_table_print (MsTable *self);

/* What people read for a word of the API; tables of them end with a row of %NULL. */
typedef struct
{
  const char *word;
  const char *text; /* marked for translation */
} MsCtlWord;

/* (nullable): where @words does not have it */
const char *ms_ctl_translate (const MsCtlWord *words, const char *word);

/* Cells a terminal needs for @text. */
guint ms_text_width (const char *text);
/* "2 GB", "unlimited" for 0. (transfer full) */
char *ms_ctl_format_size (gint64 bytes);
/* An ISO time as the local one, to the minute. (transfer full) */
char *ms_ctl_format_time (const char *iso);

/* "address" for an extension's "urn:…:Group:address", which people know by its own name. */
const char *ms_ctl_short_path (const char *path);
/* What the server says of @path (nullable), less the places that only its protocol has.
 * (transfer full) */
char *ms_ctl_dup_reason (const char *message, const char *path);

/* An object as "path: value" lines. */
void ms_ctl_print_resource (MsResource *resource);
/* The same with the parts of its elements, but not of those that lead to objects. */
void ms_ctl_print_whole (JsonObject *object);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsTable, ms_table_free)

G_END_DECLS
