/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is kept is as it will be shown: printable, the empty name as "", of a long one the beginning
 * with dots behind it.
 */
#include "ms-ignored.h"

#include "ms-text.h"

#include <string.h>

#define MAX_NAME 256
#define DOTS "..."

MsIgnored *
ms_ignored_new (void)
{
  MsIgnored *self = g_new0 (MsIgnored, 1);

  self->names = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
ms_ignored_free (MsIgnored *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->names);
  g_clear_pointer (&self->seen, g_hash_table_unref);
  g_free (self);
}

/* (transfer full) */
static char *
make_shown (const char *prefix, const char *name)
{
  gsize length = strlen (name);
  /* What is behind the last colon of "urn:example:x:" is a name too. */
  gboolean         is_empty = length == 0 || name[length - 1] == ':';
  g_autofree char *whole = g_strconcat (
      prefix != NULL ? prefix : "", prefix != NULL ? "." : "", name, is_empty ? "\"\"" : "", NULL);
  g_autofree char *valid = ms_text_printable (whole);

  if (strlen (valid) <= MAX_NAME)
    return g_steal_pointer (&valid);
  const char      *end = g_utf8_find_prev_char (valid, valid + MAX_NAME - strlen (DOTS));
  g_autofree char *beginning = g_strndup (valid, (gsize) (end - valid));
  return g_strconcat (beginning, DOTS, NULL);
}

void
ms_ignored_add (MsIgnored *self, const char *prefix, const char *name)
{
  if (self == NULL)
    return;
  if (self->seen == NULL)
    self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (g_hash_table_size (self->seen) >= MS_IGNORED_MOST)
    return;
  g_autofree char *shown = make_shown (prefix, name);
  if (g_hash_table_contains (self->seen, shown))
    return;
  if (self->names->len < MS_IGNORED_NAMES)
    g_ptr_array_add (self->names, g_strdup (shown));
  else
    self->more++;
  g_hash_table_add (self->seen, g_steal_pointer (&shown));
}

void
ms_ignored_add_all (MsIgnored *self, const char *prefix, const MsIgnored *other)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < other->names->len; i++)
    ms_ignored_add (self, prefix, g_ptr_array_index (other->names, i));
  self->more += other->more;
}

static gboolean
is_known (const char *const *known, const char *name)
{
  for (; *known != NULL; known++)
    if (g_ascii_strcasecmp (*known, name) == 0)
      return TRUE;
  return FALSE;
}

void
ms_ignored_add_members (MsIgnored         *self,
                        const char        *prefix,
                        JsonObject        *object,
                        const char *const *known)
{
  JsonObjectIter iter;
  const char    *name;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    if (!is_known (known, name))
      ms_ignored_add (self, prefix, name);
}

void
ms_ignored_add_urns (MsIgnored *self, JsonNode *schemas, const char *const *known)
{
  JsonArray *array
      = schemas != NULL && JSON_NODE_HOLDS_ARRAY (schemas) ? json_node_get_array (schemas) : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *urn = json_array_get_element (array, i);
      if (json_node_get_value_type (urn) == G_TYPE_STRING
          && !is_known (known, json_node_get_string (urn)))
        ms_ignored_add (self, NULL, json_node_get_string (urn));
    }
}
