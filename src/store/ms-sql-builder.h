/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A statement under construction. What comes from outside goes in as a parameter, never as text.
 */
#pragma once

#include "ms-txn-private.h"

G_BEGIN_DECLS

/**
 * MsSqlBuilder: SQL under construction, with its parameters
 * @others: parameters that other statements took for the same question
 * @error: (nullable): why it cannot be put together: running it fails so
 */
typedef struct
{
  MsTxn     *txn;
  GString   *text;
  GPtrArray *parameters;
  guint      others;
  GError    *error;
} MsSqlBuilder;

void ms_sql_builder_init (MsSqlBuilder *self, MsTxn *txn);
void ms_sql_builder_clear (MsSqlBuilder *self);
/* These append a parameter, or remember one and say its number. */
void  ms_sql_builder_add_int (MsSqlBuilder *self, gint64 value);
void  ms_sql_builder_add_text (MsSqlBuilder *self, const char *value);
guint ms_sql_builder_keep_text (MsSqlBuilder *self, const char *value);
void  ms_sql_builder_append (MsSqlBuilder *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* The statement, with the parameters bound. */
MsStatement *ms_sql_builder_run (MsSqlBuilder *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsSqlBuilder, ms_sql_builder_clear)

G_END_DECLS
