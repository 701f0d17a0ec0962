/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * CSV with any bytes: detected, read, and every record written and read again to the same fields.
 */
#include "fuzz.h"
#include "ms-csv.h"

#include <string.h>

static void
check_record (char **fields)
{
  static const MsCsvFormat format = { .encoding = "UTF-8", .delimiter = ',', .quote = '"' };
  g_autoptr (GString) out = g_string_new (NULL);

  ms_csv_append_record (out, (const char *const *) fields, ',');
  g_autoptr (MsCsvReader) reader = ms_csv_reader_new (out->str, out->len, &format, NULL, NULL);
  g_assert_nonnull (reader);
  g_auto (GStrv) again = ms_csv_reader_next (reader, NULL, NULL);
  g_assert_nonnull (again);
  g_assert_cmpuint (g_strv_length (again), ==, g_strv_length (fields));
  for (guint i = 0; fields[i] != NULL; i++)
    {
      g_autofree char *field = ms_csv_unguard (again[i]);
      g_assert_cmpstr (field, ==, fields[i]);
    }
}

static guint
read_all (MsCsvReader *reader)
{
  guint records = 0;
  guint last_line = 0;

  for (;;)
    {
      g_autoptr (GError) error = NULL;
      guint line = 0;
      g_auto (GStrv) fields = ms_csv_reader_next (reader, &line, &error);

      g_assert_true (fields == NULL || error == NULL);
      if (fields == NULL && error == NULL)
        return records;
      g_assert_cmpuint (line, >, last_line);
      last_line = line;
      records++;
      if (fields != NULL)
        check_record (fields);
      else
        g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const MsCsvLimits limits = { .max_file = 1 << 20, .max_field = 64, .max_columns = 16 };
  MsCsvFormat              format = { NULL };
  g_autoptr (GError) error = NULL;

  if (!ms_csv_detect ((const char *) data, size, &format, &error))
    {
      g_assert_nonnull (error);
      return 0;
    }
  g_autoptr (MsCsvReader) reader
             = ms_csv_reader_new ((const char *) data, size, &format, &limits, &error);
  g_assert_true ((reader == NULL) == (error != NULL));
  if (reader == NULL)
    return 0;
  guint first = read_all (reader);
  ms_csv_reader_rewind (reader);
  g_assert_cmpuint (read_all (reader), ==, first);
  return 0;
}
