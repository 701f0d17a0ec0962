/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Line by line; CR, LF and CRLF end a line, also when CR and LF come in different reads.
 */
#include "config.h"
#include "ms-event-parser.h"

#include "ms-error.h"

/* A change event with 200 objects is some 50 KiB; an import with its warnings less. */
#define MAX_EVENT (4 * 1024 * 1024)

struct _MsEventParser
{
  MsEventFunc func;
  gpointer    user_data;

  GString *line;
  GString *data;
  char    *name;
  char    *id;
  gboolean has_data;
  gboolean after_cr;
  gboolean started; /* past a byte order mark */
};

MsEventParser *
ms_event_parser_new (MsEventFunc func, gpointer user_data)
{
  MsEventParser *self = g_new0 (MsEventParser, 1);

  self->func = func;
  self->user_data = user_data;
  self->line = g_string_new (NULL);
  self->data = g_string_new (NULL);
  return self;
}

void
ms_event_parser_free (MsEventParser *self)
{
  g_string_free (self->line, TRUE);
  g_string_free (self->data, TRUE);
  g_free (self->name);
  g_free (self->id);
  g_free (self);
}

static void
dispatch (MsEventParser *self)
{
  if (self->has_data)
    self->func (
        self->name != NULL ? self->name : "message", self->data->str, self->id, self->user_data);
  g_string_truncate (self->data, 0);
  self->has_data = FALSE;
  g_clear_pointer (&self->name, g_free);
}

static void
take_field (MsEventParser *self, const char *field, const char *value)
{
  if (g_str_equal (field, "data"))
    {
      if (self->has_data)
        g_string_append_c (self->data, '\n');
      g_string_append (self->data, value);
      self->has_data = TRUE;
    }
  else if (g_str_equal (field, "event"))
    {
      g_free (self->name);
      self->name = g_strdup (value);
    }
  else if (g_str_equal (field, "id"))
    {
      g_free (self->id);
      self->id = g_strdup (value);
    }
}

static void
take_line (MsEventParser *self)
{
  char *line = self->line->str;

  if (line[0] == '\0')
    dispatch (self);
  else if (line[0] != ':')
    {
      char *colon = strchr (line, ':');
      char *value = line + self->line->len;
      if (colon != NULL)
        {
          *colon = '\0';
          value = colon[1] == ' ' ? colon + 2 : colon + 1;
        }
      take_field (self, line, value);
    }
  g_string_truncate (self->line, 0);
}

gboolean
ms_event_parser_feed (MsEventParser *self, const char *data, gsize length, GError **error)
{
  for (gsize i = 0; i < length; i++)
    {
      char c = data[i];

      if (c == '\n' && self->after_cr)
        {
          self->after_cr = FALSE;
          continue;
        }
      self->after_cr = c == '\r';
      if (c == '\r' || c == '\n')
        {
          if (!self->started && g_str_has_prefix (self->line->str, "\xEF\xBB\xBF"))
            g_string_erase (self->line, 0, 3);
          self->started = TRUE;
          take_line (self);
        }
      else if (self->line->len + self->data->len >= MAX_EVENT)
        {
          ms_error_set (error,
                        MS_ERROR_LIMIT,
                        NULL,
                        NULL,
                        "The event stream sent an event of more than %d bytes",
                        MAX_EVENT);
          return FALSE;
        }
      else if (c != '\0')
        g_string_append_c (self->line, c);
    }
  return TRUE;
}
