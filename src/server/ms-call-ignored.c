/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a request says that nothing here knows: parameters, names of attributes. It is ignored, as
 * RFC 7644 §3.3 has it, and told.
 */
#include "ms-call.h"

#include <string.h>

#define MAX_IGNORED 100
#define MAX_IGNORED_LINE 1024

void
ms_call_note_ignored (MsCall *self, const char *name)
{
  if (self->ignored == NULL)
    self->ignored = g_ptr_array_new_with_free_func (g_free);
  if (self->ignored->len < MAX_IGNORED
      && !g_ptr_array_find_with_equal_func (self->ignored, name, g_str_equal, NULL))
    g_ptr_array_add (self->ignored, g_strdup (name));
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
is_known_name (MsCall *self, const char *name)
{
  static const char *const common[]
      = { "id",           "schemas",           "meta",          "meta.resourceType",
          "meta.created", "meta.lastModified", "meta.location", "meta.version" };

  const MsResourceType *type = self->type;

  for (gsize i = 0; i < G_N_ELEMENTS (common); i++)
    if (g_ascii_strcasecmp (common[i], name) == 0)
      return TRUE;
  if (ms_resource_type_find_for (type, name, ms_call_is_client (self)) != NULL
      || g_ascii_strcasecmp (type->schema->id, name) == 0)
    return TRUE;
  for (guint i = 0; i < type->extensions->len; i++)
    if (g_ascii_strcasecmp (((const MsSchema *) type->extensions->pdata[i])->id, name) == 0)
      return TRUE;
  return FALSE;
}

void
ms_call_note_names (MsCall *self, char **names)
{
  for (; names != NULL && *names != NULL && self->type != NULL; names++)
    if (!is_known_name (self, *names))
      ms_call_note_ignored (self, *names);
}

char *
ms_call_dup_ignored (MsCall *self)
{
  GPtrArray *names = self->ignored;
  g_autoptr (GString) joined = g_string_new (NULL);

  if (names == NULL)
    return NULL;
  for (guint i = 0; i < names->len && joined->len < MAX_IGNORED_LINE; i++)
    g_string_append_printf (joined, "%s%s", i > 0 ? ", " : "", (char *) names->pdata[i]);
  g_string_truncate (joined, MIN (joined->len, MAX_IGNORED_LINE));
  for (gsize i = 0; i < joined->len; i++)
    if (joined->str[i] < 0x20 || joined->str[i] > 0x7e)
      joined->str[i] = '?';
  return g_string_free (g_steal_pointer (&joined), FALSE);
}
