/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Addresses in a domain that comes to be there, or to be spelled otherwise: made, renamed, taken
 * out of the bin or brought back by an undo. Those that stand somewhere already, since nothing kept
 * them from it or because an undo gave them back a moment before, get the domain's spelling. Only
 * what finds them by it changes, so their own rules are not asked.
 */
#include "ms-rules.h"

#include <string.h>

#include "ms-filter.h"
#include "ms-idn.h"

#define BATCH 200

typedef struct
{
  const char *type;
  const char *path;
} Place;

static const Place places[] = {
  { MS_TYPE_NAME_MAILBOX, "aliases" },
  { MS_TYPE_NAME_MAILBOX, "forwardTo" },
  { MS_TYPE_NAME_MAIL_GROUP, "aliases" },
  { MS_TYPE_NAME_LIST, MS_URN_EXT_GROUP ":aliases" },
  { MS_TYPE_NAME_LIST, MS_URN_EXT_GROUP ":externalMembers" },
  { MS_TYPE_NAME_TEMPLATE, "forwardTo" },
};

/* The same addresses; one that is there in both spellings is there once. Whether any differs. */
static gboolean
respell (JsonArray *array, const char *ending, const char *name)
{
  guint    n = json_array_get_length (array);
  gboolean found = FALSE;
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) addresses = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < n; i++)
    {
      const char *text = json_array_get_string_element (array, i);
      char       *address
          = g_str_has_suffix (text, ending)
                ? g_strdup_printf ("%.*s@%s", (int) (strlen (text) - strlen (ending)), text, name)
                : g_strdup (text);
      found = found || strcmp (address, text) != 0;
      if (g_hash_table_add (seen, g_strdup (address)))
        g_ptr_array_add (addresses, address);
      else
        g_free (address);
    }
  if (!found)
    return FALSE;
  for (guint i = n; i > 0; i--)
    json_array_remove_element (array, i - 1);
  for (guint i = 0; i < addresses->len; i++)
    json_array_add_string_element (array, addresses->pdata[i]);
  return TRUE;
}

static gboolean
respell_place (
    MsWrite *write, const Place *place, const char *ending, const char *name, GError **error)
{
  const MsResourceType *type
      = ms_schema_registry_get_type_by_name (write->service->schemas, place->type);
  g_autofree char *quoted = ms_filter_quote (ending);
  guint            n_found, n_changed;

  do
    {
      g_autoptr (GPtrArray) found = NULL;
      n_changed = 0;
      if (!ms_write_query (
              write, type, BATCH, &found, NULL, error, "%s ew %s", place->path, quoted))
        return FALSE;
      n_found = found->len;
      for (guint i = 0; i < found->len; i++)
        {
          g_autoptr (MsObject) after = ms_object_copy (found->pdata[i]);
          JsonArray *array = ms_rules_get_array (after, place->path);
          if (array == NULL || !respell (array, ending, name))
            continue;
          n_changed++;
          if (!ms_txn_update (write->txn, after, error))
            return FALSE;
        }
    }
  while (n_found == BATCH && n_changed > 0);
  return TRUE;
}

gboolean
ms_rules_spell_addresses (MsWrite *write, const char *name, GError **error)
{
  g_autofree char  *letters = ms_idn_to_unicode (name);
  g_autofree char  *labels = ms_idn_to_ascii (letters);
  const char *const spellings[] = { letters, labels };

  for (guint i = 0; i < G_N_ELEMENTS (spellings) && ms_idn_has_spellings (name); i++)
    {
      g_autofree char *ending = g_strconcat ("@", spellings[i], NULL);
      g_autoptr (GError) failed = NULL;

      if (strcmp (spellings[i], name) == 0)
        continue;
      /* Two that an earlier version took stay two. */
      g_autoptr (MsObject) other = ms_txn_find_object (
          write->txn, write->types->domain, "name", spellings[i], &failed);
      if (failed != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return FALSE;
        }
      for (guint p = 0; other == NULL && p < G_N_ELEMENTS (places); p++)
        if (!respell_place (write, &places[p], ending, name, error))
          return FALSE;
    }
  return TRUE;
}
