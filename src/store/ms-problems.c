/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See ms-problems.h.
 */
#include "ms-problems.h"

#include "ms-store.h"
#include "ms-text.h"

MsProblems *
ms_problems_new (void)
{
  MsProblems *self = g_new0 (MsProblems, 1);

  self->texts = g_ptr_array_new_with_free_func (g_free);
  self->seen = g_hash_table_new (g_str_hash, g_str_equal);
  return self;
}

void
ms_problems_free (MsProblems *self)
{
  g_hash_table_unref (self->seen);
  g_ptr_array_unref (self->texts);
  g_free (self);
}

/* It may repeat what stands in a damaged file. */
void
ms_problems_take (MsProblems *self, char *said)
{
  char *text = ms_text_printable_line (said);

  g_free (said);
  if (g_hash_table_contains (self->seen, text))
    {
      g_free (text);
      return;
    }
  self->count++;
  if (self->texts->len == MS_VERIFY_LISTED)
    {
      g_free (text);
      return;
    }
  g_ptr_array_add (self->texts, text);
  g_hash_table_add (self->seen, text);
}

void
ms_problems_add (MsProblems *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  ms_problems_take (self, g_strdup_vprintf (format, args));
  va_end (args);
}
