/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Printing. Everything for people goes through put(), which is where text becomes harmless.
 */
#include "config.h"
#include "ms-ctl-output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ms-ctl-call.h"
#include "ms-json.h"
#include "ms-text.h"

struct _MsTable
{
  char     **titles;
  guint      n_columns;
  GPtrArray *rows; /* char ** */
};

/* Of the whole program, as stderr is. */
static gboolean json_notes;
/* Of the first write to stdout that failed, or 0. A stream only knows that one did, and drops what
 * it held, so that a later flush of it succeeds. */
static int output_errno;

void
ms_ctl_hold_descriptors (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0)
      (void) open ("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static void
write_text (FILE *stream, const char *text)
{
  if (fputs (text, stream) < 0 && stream == stdout && output_errno == 0)
    output_errno = errno;
}

void
ms_ctl_flush (void)
{
  if (fflush (stdout) != 0 && output_errno == 0)
    output_errno = errno;
}

gboolean
ms_ctl_finish_output (GError **error)
{
  ms_ctl_flush ();
  /* Of a file on another machine only closing it says that it has no room. */
  int fd = dup (STDOUT_FILENO);
  if (fd >= 0 && close (fd) != 0 && output_errno == 0)
    output_errno = errno;
  if (output_errno == 0)
    return TRUE;
  g_set_error (error,
               G_IO_ERROR,
               g_io_error_from_errno (output_errno),
               _ ("Cannot write the output: %s"), g_strerror (output_errno));
  return FALSE;
}

void
ms_ctl_print_raw (const char *text)
{
  write_text (stdout, text);
}

void
ms_ctl_print_bytes (GBytes *bytes)
{
  gsize       length = 0;
  const void *data = g_bytes_get_data (bytes, &length);

  if (length > 0 && fwrite (data, 1, length, stdout) != length && output_errno == 0)
    output_errno = errno;
}

static void
put (FILE *stream, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *harmless = ms_text_printable (lines[i]);
      g_autofree char *shown
          = g_get_charset (NULL) ? NULL : g_locale_from_utf8 (harmless, -1, NULL, NULL, NULL);
      write_text (stream, shown != NULL ? shown : harmless);
      if (lines[i + 1] != NULL)
        write_text (stream, "\n");
    }
}

void
ms_ctl_print (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  put (stdout, text);
}

void
ms_ctl_printerr (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  if (json_notes)
    {
      ms_ctl_print_json_note (NULL, NULL, g_strstrip (text));
      return;
    }
  ms_ctl_flush ();
  put (stderr, text);
}

void
ms_ctl_print_more (const char *how)
{
  ms_ctl_flush ();
  if (output_errno == 0)
    ms_ctl_printerr (_ ("There is more: %s\n"), how);
}

void
ms_ctl_print_question (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  ms_ctl_flush ();
  put (stderr, text);
}

void
ms_ctl_use_json_notes (void)
{
  json_notes = TRUE;
}

gboolean
ms_ctl_has_json_notes (void)
{
  return json_notes;
}

void
ms_ctl_print_json_note (const char *name, JsonNode *value, const char *note)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);

  if (name != NULL)
    json_object_set_member (object, name, value);
  if (note != NULL)
    json_object_set_string_member (object, "note", note);
  g_autofree char *text = ms_json_to_string (node);
  ms_ctl_flush ();
  fprintf (stderr, "%s\n", text);
}

void
ms_ctl_print_json (JsonNode *node)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();

  json_generator_set_pretty (generator, TRUE);
  json_generator_set_root (generator, node);
  g_autofree char *text = json_generator_to_data (generator, NULL);
  write_text (stdout, text);
  write_text (stdout, "\n");
}

const char *
ms_ctl_translate (const MsCtlWord *words, const char *word)
{
  for (; words->word != NULL; words++)
    if (g_strcmp0 (word, words->word) == 0)
      return _ (words->text);
  return NULL;
}

void
ms_ctl_print_json_object (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);

  ms_ctl_print_json (node);
}

guint
ms_text_width (const char *text)
{
  guint width = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      width += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    }
  return width;
}

MsTable *
ms_table_new (const char *const *titles)
{
  MsTable *self = g_new0 (MsTable, 1);

  self->titles = g_strdupv ((char **) titles);
  self->n_columns = g_strv_length (self->titles);
  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  return self;
}

void
ms_table_free (MsTable *self)
{
  g_strfreev (self->titles);
  g_ptr_array_unref (self->rows);
  g_free (self);
}

void
ms_table_add (MsTable *self, const char *const *cells)
{
  g_autoptr (GStrvBuilder) row = g_strv_builder_new ();

  for (guint i = 0; i < self->n_columns; i++)
    {
      /* A row is one line, whatever a description holds. */
      g_autofree char *harmless = ms_text_printable_line (cells[i]);
      g_strv_builder_add (row, harmless);
    }
  g_ptr_array_add (self->rows, g_strv_builder_end (row));
}

guint
ms_table_get_n_rows (MsTable *self)
{
  return self->rows->len;
}

static void
append_line (MsTable *self, GString *text, char **cells, const guint *widths)
{
  for (guint i = 0; i < self->n_columns; i++)
    {
      gboolean right = self->titles[i][0] == '>';
      guint    gap = widths[i] - ms_text_width (cells[i]);

      if (i > 0)
        g_string_append (text, "  ");
      if (right)
        g_string_append_printf (text, "%*s", (int) gap, "");
      g_string_append (text, cells[i]);
      if (!right)
        g_string_append_printf (text, "%*s", (int) gap, "");
    }
  while (text->len > 0 && text->str[text->len - 1] == ' ')
    g_string_truncate (text, text->len - 1);
  g_string_append_c (text, '\n');
}

char *
ms_table_to_text (MsTable *self)
{
  g_autofree guint *widths = g_new0 (guint, self->n_columns);
  g_auto (GStrv) titles = g_new0 (char *, self->n_columns + 1);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < self->n_columns; i++)
    {
      titles[i] = g_strdup (self->titles[i] + (self->titles[i][0] == '>' ? 1 : 0));
      widths[i] = ms_text_width (titles[i]);
      for (guint r = 0; r < self->rows->len; r++)
        widths[i]
            = MAX (widths[i], ms_text_width (((char **) g_ptr_array_index (self->rows, r))[i]));
    }
  append_line (self, text, titles, widths);
  for (guint r = 0; r < self->rows->len; r++)
    append_line (self, text, g_ptr_array_index (self->rows, r), widths);
  return g_string_free (text, FALSE);
}

void
ms_table_print (MsTable *self)
{
  g_autofree char *text = ms_table_to_text (self);

  put (stdout, text);
}

char *
ms_ctl_format_size (gint64 bytes)
{
  if (bytes <= 0)
    return g_strdup (_ ("unlimited"));
  /* An ordinary space, so that what is shown can be typed. */
  g_autofree char *size = g_format_size ((guint64) bytes);
  g_auto (GStrv) parts = g_strsplit (size, "\xC2\xA0", -1);
  return g_strjoinv (" ", parts);
}

char *
ms_ctl_format_time (const char *iso)
{
  g_autoptr (GDateTime) time = iso != NULL ? g_date_time_new_from_iso8601 (iso, NULL) : NULL;
  g_autoptr (GDateTime) local = time != NULL ? g_date_time_to_local (time) : NULL;

  return local != NULL ? g_date_time_format (local, "%Y-%m-%d %H:%M")
                       : g_strdup (iso != NULL ? iso : "");
}

/* Objects
 * ---------------------------------------------------------------------------------------------- */

static char *value_to_text (JsonNode *node, gboolean whole);

/* The members of @object but for @but: "paper: A4, sheets: 250". (transfer full) */
static char *
parts_to_text (JsonObject *object, const char *but)
{
  g_autoptr (GList) names = json_object_get_members (object);
  GString *text = g_string_new (NULL);

  for (GList *l = names; l != NULL; l = l->next)
    if (g_strcmp0 (l->data, but) != 0)
      {
        g_autofree char *value = value_to_text (json_object_get_member (object, l->data), TRUE);
        g_string_append_printf (
            text, "%s%s: %s", text->len > 0 ? ", " : "", (const char *) l->data, value);
      }
  return g_string_free (text, FALSE);
}

/* What people know it by; @whole: and its other parts, unless it leads to an object, which is shown
 * by its own name. */
static char *
object_to_text (JsonObject *object, gboolean whole)
{
  static const char *const heads[] = { "address", "display", "value" };
  gboolean                 is_link = json_object_has_member (object, "$ref");
  const char              *head = NULL;

  for (gsize i = 0; head == NULL && i < G_N_ELEMENTS (heads); i++)
    if (ms_ctl_string (object, heads[i]) != NULL)
      head = heads[i];
  if (head == NULL && !whole)
    {
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
      return ms_json_to_string (node);
    }
  if (head != NULL && (is_link || !whole))
    return g_strdup (ms_ctl_string (object, head));
  g_autofree char *parts = parts_to_text (object, head);
  return head == NULL     ? g_strdup_printf ("(%s)", parts)
         : *parts == '\0' ? g_strdup (ms_ctl_string (object, head))
                          : g_strdup_printf ("%s (%s)", ms_ctl_string (object, head), parts);
}

/* As an argument names it: "user:ann". (transfer full) (nullable): it leads to no object */
static char *
name_with_type (JsonNode *node, const char *name)
{
  static const char *const words[][2] = { { "MailGroup", "group" }, { "Group", "list" } };
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *type = ms_ctl_string (object, "type");

  if (type == NULL || !json_object_has_member (object, "$ref"))
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (type, words[i][0]))
      return g_strconcat (words[i][1], ":", name, NULL);
  g_autofree char *word = g_ascii_strdown (type, -1);
  return g_strconcat (word, ":", name, NULL);
}

/* (transfer full) (element-type utf8): those that are there more than once */
static GHashTable *
find_doubles (GPtrArray *texts)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTable *doubles = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < texts->len; i++)
    if (!g_hash_table_add (seen, texts->pdata[i]))
      g_hash_table_add (doubles, g_strdup (texts->pdata[i]));
  return doubles;
}

/* Objects that are called the same are told apart by their types, and where these are the same too
 * by their ids. */
static void
tell_apart (JsonArray *array, GPtrArray *texts)
{
  g_autoptr (GHashTable) names = find_doubles (texts);

  for (guint i = 0; i < texts->len && g_hash_table_size (names) > 0; i++)
    {
      g_autofree char *longer
          = g_hash_table_contains (names, texts->pdata[i])
                ? name_with_type (json_array_get_element (array, i), texts->pdata[i])
                : NULL;
      if (longer == NULL)
        continue;
      g_free (texts->pdata[i]);
      texts->pdata[i] = g_steal_pointer (&longer);
    }
  g_autoptr (GHashTable) still = find_doubles (texts);
  for (guint i = 0; i < texts->len && g_hash_table_size (still) > 0; i++)
    {
      JsonNode   *node = json_array_get_element (array, i);
      const char *id = JSON_NODE_HOLDS_OBJECT (node)
                           ? ms_ctl_string (json_node_get_object (node), "value")
                           : NULL;
      if (id == NULL || !g_hash_table_contains (still, texts->pdata[i]))
        continue;
      char *longer = g_strdup_printf ("%s (%s)", (char *) texts->pdata[i], id);
      g_free (texts->pdata[i]);
      texts->pdata[i] = longer;
    }
}

static char *
array_to_text (JsonArray *array, gboolean whole)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  GString *line = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (array); i++)
    g_ptr_array_add (texts, value_to_text (json_array_get_element (array, i), whole));
  tell_apart (array, texts);
  for (guint i = 0; i < texts->len; i++)
    g_string_append_printf (line, "%s%s", i > 0 ? ", " : "", (char *) texts->pdata[i]);
  return g_string_free (line, FALSE);
}

static char *
value_to_text (JsonNode *node, gboolean whole)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    return object_to_text (json_node_get_object (node), whole);
  if (JSON_NODE_HOLDS_ARRAY (node))
    return array_to_text (json_node_get_array (node), whole);
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_dup_string (node);
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    return g_strdup (json_node_get_boolean (node) ? _ ("yes") : _ ("no"));
  return ms_json_to_string (node);
}

/* Whether it is shown in one line rather than part by part. */
static gboolean
is_one_value (JsonNode *node, gboolean whole)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  return object == NULL
         || (ms_ctl_string (object, "display") != NULL
             && (!whole || json_object_has_member (object, "$ref")));
}

/* The last part of an extension's URN says enough: its attributes are named without it everywhere.
 */
static void
print_object (JsonObject *object, const char *prefix, gboolean whole)
{
  g_autoptr (GList) names = json_object_get_members (object);

  for (GList *l = names; l != NULL; l = l->next)
    {
      const char      *name = l->data;
      JsonNode        *node = json_object_get_member (object, name);
      gboolean         is_urn = g_str_has_prefix (name, "urn:");
      g_autofree char *path = is_urn ? g_strdup (prefix) : g_strconcat (prefix, name, NULL);
      g_autofree char *text = NULL;

      if (g_str_equal (name, "schemas"))
        continue;
      if (!is_one_value (node, whole))
        {
          g_autofree char *below = is_urn ? g_strdup (prefix) : g_strconcat (path, ".", NULL);
          print_object (json_node_get_object (node), below, whole);
          continue;
        }
      text = value_to_text (node, whole);
      if (g_strcmp0 (name, "quota") == 0 || g_strcmp0 (name, "effectiveQuota") == 0)
        {
          g_free (text);
          text = ms_ctl_format_size (json_node_get_int (node));
        }
      ms_ctl_print ("%s: %s\n", path, text);
    }
}

const char *
ms_ctl_short_path (const char *path)
{
  const char *colon = g_str_has_prefix (path, "urn:")
                          ? g_strrstr_len (path, (gssize) strcspn (path, "["), ":")
                          : NULL;

  return colon != NULL ? colon + 1 : path;
}

/* "operation 2: ": of a PATCH that nobody wrote. */
static const char *
skip_operation (const char *message)
{
  const char *at = message + strlen ("operation ");

  if (!g_str_has_prefix (message, "operation "))
    return message;
  at += strspn (at, "0123456789");
  return g_str_has_prefix (at, ": ") ? at + strlen (": ") : message;
}

char *
ms_ctl_dup_reason (const char *message, const char *path)
{
  g_autoptr (GString) text = g_string_new (skip_operation (message));

  if (path == NULL || *path == '\0')
    return g_string_free (g_steal_pointer (&text), FALSE);
  const char *name = ms_ctl_short_path (path);
  if (name != path)
    g_string_replace (text, path, name, 0);
  g_autofree char *quoted = g_strdup_printf ("“%s” ", name);
  g_autofree char *prefix = g_strdup_printf ("%s: ", name);
  g_autofree char *named = g_strdup_printf ("%s “", name);
  if (g_str_has_prefix (text->str, quoted))
    g_string_erase (text, 0, (gssize) strlen (quoted));
  else if (g_str_has_prefix (text->str, prefix))
    g_string_erase (text, 0, (gssize) strlen (prefix));
  else if (g_str_has_prefix (text->str, named))
    g_string_erase (text, 0, (gssize) strlen (name) + 1);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
ms_ctl_print_resource (MsResource *resource)
{
  print_object (ms_resource_get_json (resource), "", FALSE);
}

void
ms_ctl_print_whole (JsonObject *object)
{
  print_object (object, "", TRUE);
}
