/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "ms-change-note.h"

#include <string.h>

#include "ms-text.h"

/* Of a value, in bytes; what is longer ends in an ellipsis. */
#define MAX_SHOWN 4096

/* A value may hold a hundred thousand names, and a report is read by people. (nullable) */
static void
set_shown (JsonObject *change, const char *name, const char *text)
{
  g_autofree char *shown = text != NULL ? ms_text_cut (text, MAX_SHOWN) : NULL;

  if (shown == NULL || (*shown == '\0' && strcmp (name, "before") == 0))
    json_object_set_null_member (change, name);
  else
    json_object_set_string_member (change, name, shown);
}

JsonObject *
ms_change_note_add (JsonArray *changes, const char *field, const char *before, const char *after)
{
  JsonObject *change = json_object_new ();

  json_object_set_string_member (change, "field", field);
  set_shown (change, "before", before);
  set_shown (change, "after", after);
  json_array_add_object_element (changes, change);
  return change;
}

void
ms_change_note_add_secret (JsonArray *changes, const char *field)
{
  JsonObject *change = ms_change_note_add (changes, field, NULL, NULL);

  json_object_set_boolean_member (change, "secret", TRUE);
}
