/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SQL and its parameters, put together side by side.
 */
#include "ms-sql-builder.h"

#include "ms-error.h"

/* Databases allow some tens of thousands; a filter of the permitted length needs a few thousand at
 * worst, but for operators with dozens of types. */
#define MAX_PARAMETERS 10000

typedef struct
{
  gboolean is_text;
  gint64   number;
  char    *text;
} Parameter;

static void
parameter_free (gpointer data)
{
  Parameter *parameter = data;

  g_free (parameter->text);
  g_free (parameter);
}

void
ms_sql_builder_init (MsSqlBuilder *self, MsTxn *txn)
{
  self->txn = txn;
  self->text = g_string_new (NULL);
  self->parameters = g_ptr_array_new_with_free_func (parameter_free);
}

void
ms_sql_builder_clear (MsSqlBuilder *self)
{
  g_clear_error (&self->error);
  if (self->text == NULL)
    return;
  g_string_free (g_steal_pointer (&self->text), TRUE);
  g_clear_pointer (&self->parameters, g_ptr_array_unref);
}

static guint
keep (MsSqlBuilder *self, gboolean is_text, gint64 number, const char *text)
{
  Parameter *parameter = g_new0 (Parameter, 1);

  parameter->is_text = is_text;
  parameter->number = number;
  parameter->text = g_strdup (text);
  g_ptr_array_add (self->parameters, parameter);
  return self->parameters->len;
}

void
ms_sql_builder_add_int (MsSqlBuilder *self, gint64 value)
{
  g_string_append_printf (self->text, "$%u", keep (self, FALSE, value, NULL));
}

guint
ms_sql_builder_keep_text (MsSqlBuilder *self, const char *value)
{
  return keep (self, TRUE, 0, value);
}

void
ms_sql_builder_add_text (MsSqlBuilder *self, const char *value)
{
  g_string_append_printf (self->text, "$%u", ms_sql_builder_keep_text (self, value));
}

void
ms_sql_builder_append (MsSqlBuilder *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_string_append_vprintf (self->text, format, args);
  va_end (args);
}

MsStatement *
ms_sql_builder_run (MsSqlBuilder *self, GError **error)
{
  if (self->error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->error));
      return NULL;
    }
  if (self->parameters->len + self->others > MAX_PARAMETERS)
    {
      (void) ms_sql_fail_too_much (error);
      return NULL;
    }
  MsStatement *statement = ms_sql_prepare (self->txn->sql, self->text->str, error);
  if (statement != NULL)
    ms_statement_expect_values (statement);
  for (guint i = 0; statement != NULL && i < self->parameters->len; i++)
    {
      const Parameter *parameter = self->parameters->pdata[i];
      if (parameter->is_text)
        ms_statement_bind_text (statement, i + 1, parameter->text);
      else
        ms_statement_bind_int (statement, i + 1, parameter->number);
    }
  return statement;
}
