/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a request says that nothing here knows: parameters, names of attributes. It is ignored, as
 * RFC 7644 §3.3 has it, and told.
 */
#include "ms-call.h"

#include <string.h>

#define MAX_LINE 1024
#define ROOM_FOR_MORE 64 /* ", and at least 10000 more that are no names" */

void
ms_call_note_ignored (MsCall *self, const char *name)
{
  if (self->ignored == NULL)
    self->ignored = ms_ignored_new ();
  ms_ignored_add (self->ignored, NULL, name);
}

void
ms_call_note_outcome (MsCall *self, const MsOutcome *outcome)
{
  for (char **name = outcome->ignored; name != NULL && *name != NULL; name++)
    ms_call_note_ignored (self, *name);
  if (outcome->more_ignored > 0)
    self->ignored->more += outcome->more_ignored;
}

void
ms_call_note_parameters (MsCall *self, const char *const *known)
{
  g_autoptr (GList) names = g_hash_table_get_keys (self->target->query);

  names = g_list_sort (names, (GCompareFunc) strcmp);
  for (GList *l = names; l != NULL; l = l->next)
    {
      g_autofree char *shown = g_strconcat ("?", l->data, NULL);
      if (!g_strv_contains (known, l->data))
        ms_call_note_ignored (self, shown);
    }
}

gboolean
ms_call_is_client (MsCall *self)
{
  return self->actor != NULL && self->actor->client != NULL;
}

/* A name in "attributes" or "excludedAttributes". */
static gboolean
is_known_name (MsCall *self, const MsResourceType *type, const char *name)
{
  if (ms_resource_type_has_common (type, name)
      || ms_resource_type_find_for (type, name, ms_call_is_client (self)) != NULL
      || g_ascii_strcasecmp (type->schema->id, name) == 0)
    return TRUE;
  for (guint i = 0; i < type->extensions->len; i++)
    if (g_ascii_strcasecmp (((const MsSchema *) type->extensions->pdata[i])->id, name) == 0)
      return TRUE;
  return FALSE;
}

/* The same where objects of all types are asked for. */
static gboolean
is_known_anywhere (MsCall *self, GPtrArray *types, const char *name)
{
  for (guint i = 0; i < types->len; i++)
    {
      const MsResourceType *type = g_ptr_array_index (types, i);
      if (!type->internal && is_known_name (self, type, name))
        return TRUE;
    }
  return FALSE;
}

void
ms_call_note_names (MsCall *self, char **names)
{
  GPtrArray *types = ms_schema_registry_get_types (ms_service_get_schemas (self->service));

  for (; names != NULL && *names != NULL; names++)
    if (self->type != NULL ? !is_known_name (self, self->type, *names)
                           : !is_known_anywhere (self, types, *names))
      ms_call_note_ignored (self, *names);
}

/* @is_all: %FALSE where they were not counted to the end */
static void
append_more (GString *line, guint count, gboolean is_all, const char *what)
{
  if (count > 0)
    g_string_append_printf (
        line, "%s%s%u%s", line->len > 0 ? ", and " : "", is_all ? "" : "at least ", count, what);
}

static gboolean
has_room (const GString *line, const char *name)
{
  return line->len + strlen (name) + 2 <= MAX_LINE - ROOM_FOR_MORE;
}

static gboolean
is_all (const MsIgnored *ignored)
{
  return ignored->more < MS_IGNORED_MOST - MS_IGNORED_NAMES;
}

char *
ms_call_dup_ignored (MsCall *self)
{
  g_autoptr (GString) line = g_string_new (NULL);
  guint shown = 0;

  if (self->ignored == NULL || self->ignored->names->len == 0)
    return NULL;
  GPtrArray *names = self->ignored->names;
  for (; shown < names->len && has_room (line, names->pdata[shown]); shown++)
    g_string_append_printf (line, "%s%s", shown > 0 ? ", " : "", (char *) names->pdata[shown]);
  for (gsize i = 0; i < line->len; i++)
    if (line->str[i] < 0x20 || line->str[i] > 0x7e)
      line->str[i] = '?';
  append_more (line, names->len - shown + self->ignored->more, is_all (self->ignored), " more");
  return g_string_free (g_steal_pointer (&line), FALSE);
}

char *
ms_call_dup_ignored_for_log (MsCall *self)
{
  g_autoptr (GString) line = g_string_new (NULL);
  guint others = 0, more = 0;

  if (self->ignored == NULL || self->ignored->names->len == 0)
    return NULL;
  GPtrArray *names = self->ignored->names;
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = names->pdata[i];
      if (!ms_call_is_path (name))
        others++;
      else if (has_room (line, name))
        g_string_append_printf (line, "%s%s", line->len > 0 ? ", " : "", name);
      else
        more++;
    }
  append_more (line, others, TRUE, " without the form of a name");
  append_more (line, more + self->ignored->more, is_all (self->ignored), " more");
  return g_string_free (g_steal_pointer (&line), FALSE);
}
