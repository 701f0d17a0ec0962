/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The examples of docs/api.md, sent in their order: each answer has the status, the headers and the
 * members that stand there, whatever it has besides.
 */
#include "harbour.h"
#include <string.h>

#define BEGIN "```http\n"
#define END "```"
#define ARROW "→ "

static Harbour *harbour;

typedef struct
{
  char    *method;
  char    *path;
  GString *headers; /* of the request, each with CRLF */
  GString *body;
  guint    status;
  GString *said; /* headers of the answer, each with CRLF */
  GString *members;
} Example;

/* What stands for something of an earlier answer. */
static char *last_id;
static char *last_sequence;

static void
example_free (Example *self)
{
  g_free (self->method);
  g_free (self->path);
  g_string_free (self->headers, TRUE);
  g_string_free (self->body, TRUE);
  g_string_free (self->said, TRUE);
  g_string_free (self->members, TRUE);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Example, example_free)

static gboolean
is_header (const char *line)
{
  return g_regex_match_simple ("^[A-Z][A-Za-z-]+: ", line, 0, 0);
}

/* (transfer full) */
static Example *
example_parse (const char *text)
{
  Example *self = g_new0 (Example, 1);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_auto (GStrv) words = g_strsplit (lines[0], " ", 2);

  g_assert_cmpuint (g_strv_length (words), ==, 2);
  self->method = g_strdup (words[0]);
  self->path = g_strdup (words[1]);
  self->headers = g_string_new (NULL);
  self->body = g_string_new (NULL);
  self->said = g_string_new (NULL);
  self->members = g_string_new (NULL);
  for (char **line = lines + 1; *line != NULL; line++)
    {
      gboolean answered = self->status != 0;
      if (g_str_has_prefix (*line, ARROW))
        self->status = (guint) g_ascii_strtoull (*line + strlen (ARROW), NULL, 10);
      else if (is_header (*line))
        g_string_append_printf (answered ? self->said : self->headers, "%s\r\n", *line);
      else
        g_string_append (answered ? self->members : self->body, *line);
    }
  g_assert_cmpuint (self->status, !=, 0);
  return self;
}

static char *
replace_word (const char *text, const char *pattern, const char *value)
{
  g_autoptr (GRegex) regex = g_regex_new (pattern, 0, 0, NULL);

  return g_regex_replace_literal (regex, text, -1, 0, value != NULL ? value : "", 0, NULL);
}

static char *
fill_in (const char *text)
{
  g_autofree char *with_id = replace_word (text, "\\bID\\b", last_id);

  return replace_word (with_id, "\\bSEQ\\b", last_sequence);
}

/* Whether all of @part is in @whole; of an array, in its order from the first element on. */
static gboolean
is_part (JsonNode *part, JsonNode *whole)
{
  if (whole == NULL || json_node_get_node_type (part) != json_node_get_node_type (whole))
    return FALSE;
  if (JSON_NODE_HOLDS_ARRAY (part))
    {
      JsonArray *few = json_node_get_array (part);
      JsonArray *all = json_node_get_array (whole);
      gboolean   found = json_array_get_length (few) <= json_array_get_length (all)
                       && (json_array_get_length (few) > 0 || json_array_get_length (all) == 0);
      for (guint i = 0; found && i < json_array_get_length (few); i++)
        found = is_part (json_array_get_element (few, i), json_array_get_element (all, i));
      return found;
    }
  if (!JSON_NODE_HOLDS_OBJECT (part))
    return json_node_equal (part, whole);
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *member;
  gboolean       found = TRUE;
  json_object_iter_init (&iter, json_node_get_object (part));
  while (found && json_object_iter_next (&iter, &name, &member))
    found = is_part (member, json_object_get_member (json_node_get_object (whole), name));
  return found;
}

static void
check_headers (Answer *answer, const char *said)
{
  g_auto (GStrv) lines = g_strsplit (said, "\r\n", -1);

  for (char **line = lines; *line != NULL && **line != '\0'; line++)
    {
      g_auto (GStrv) parts = g_strsplit (*line, ": ", 2);
      g_autofree char *name = g_ascii_strdown (parts[0], -1);
      g_assert_cmpstr (wire_reply_get (answer->reply, name), ==, parts[1]);
    }
}

static void
remember (const Example *self, Answer *answer)
{
  const char *sequence = wire_reply_get (answer->reply, "x-mailstead-change");

  if (sequence != NULL)
    {
      g_free (last_sequence);
      last_sequence = g_strdup (sequence);
    }
  if (self->status == 201)
    {
      g_free (last_id);
      last_id = g_strdup (get_text (answer, "id"));
    }
}

static void
run_example (const char *text)
{
  g_autoptr (Example) example = example_parse (text);
  g_autofree char *path = fill_in (example->path);
  g_autofree char *body = fill_in (example->body->str);
  g_autofree char *members = fill_in (example->members->str);
  g_autoptr (Answer) answer = ask (
      harbour, example->method, path, *body != '\0' ? body : NULL, example->headers->str);

  g_test_message ("%s %s", example->method, path);
  assert_status (answer, example->status);
  check_headers (answer, example->said->str);
  if (*members != '\0')
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) part = json_from_string (members, &error);
      g_assert_no_error (error);
      if (!is_part (part, answer->node))
        g_test_message ("%s is not in %s", members, answer->reply->body->str);
      g_assert_true (is_part (part, answer->node));
    }
  remember (example, answer);
}

static void
test_examples (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "..", "docs", "api.md", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  guint count = 0;

  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  g_assert_no_error (error);
  for (char *begin = strstr (text, BEGIN); begin != NULL; begin = strstr (begin, BEGIN))
    {
      begin += strlen (BEGIN);
      char *end = strstr (begin, END);
      g_assert_nonnull (end);
      g_autofree char *example = g_strndup (begin, (gsize) (end - begin));
      run_example (example);
      begin = end + strlen (END);
      count++;
    }
  g_assert_cmpuint (count, >=, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harbour = harbour_new (NULL);
  g_test_add_func ("/api/examples", test_examples);
  int result = g_test_run ();
  g_free (last_id);
  g_free (last_sequence);
  harbour_free (harbour);
  return result;
}
