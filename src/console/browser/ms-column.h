/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The columns that lists of each type have: title, how a cell's text is made, and by which
 * attribute the server sorts.
 */
#pragma once

#include "ms-node.h"

G_BEGIN_DECLS

typedef enum
{
  MS_COLUMN_NAME = 1 << 0,    /* carries the icon */
  MS_COLUMN_NUMERIC = 1 << 1, /* right-aligned */
  MS_COLUMN_HIDDEN = 1 << 2,  /* until the person asks for it */
  MS_COLUMN_EXPAND = 1 << 3,  /* takes the room that is left */
} MsColumnFlags;

typedef struct
{
  const char   *id;
  const char   *title;   /* untranslated */
  const char   *sort_by; /* (nullable): attribute */
  int           width;
  MsColumnFlags flags;
  char *(*dup_text) (MsResource *resource); /* never %NULL */
} MsColumn;

/* @row_kind: of the rows; MS_NODE_N_KINDS for the entries of a mailing list. (transfer none): ended
 * by one without id; the first one is the name. */
const MsColumn *ms_column_get_all (MsNodeKind row_kind);

/* "1.5 GB"; "None" for 0. (transfer full) */
char *ms_column_format_size (gint64 bytes);
/* A date in the form of the person's locale; relative where it is recent. @iso: (nullable).
 * (transfer full) */
char *ms_column_format_time (const char *iso);

G_END_DECLS
