/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One filter for several types (RFC 7644 §3.4.2.1): what one of them does not have, or has of
 * another kind, matches nothing there.
 */
#include "ms-filter-parser.h"

#include <string.h>

static int
compare_places (gconstpointer a, gconstpointer b)
{
  gsize one = GPOINTER_TO_SIZE (*(gpointer *) a), other = GPOINTER_TO_SIZE (*(gpointer *) b);

  return (one > other) - (one < other);
}

/* In the order of the text. */
static void
take_unknown (GHashTable *unknown, GHashTable *known, GPtrArray *into)
{
  g_autoptr (GPtrArray) places = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer       key;

  g_hash_table_iter_init (&iter, unknown);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (places, key);
  g_ptr_array_sort (places, compare_places);
  for (guint i = 0; i < places->len; i++)
    {
      gpointer place = g_ptr_array_index (places, i);
      if (!g_hash_table_contains (known, place))
        g_ptr_array_add (into, g_strdup (g_hash_table_lookup (unknown, place)));
    }
}

GPtrArray *
ms_filter_parse_for_types (
    GPtrArray *types, const char *text, gboolean is_client, GPtrArray *unknown, GError **error)
{
  g_return_val_if_fail (types != NULL && types->len > 0 && text != NULL, NULL);

  g_autoptr (GPtrArray) filters = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_filter_free);
  g_autoptr (GHashTable) fits = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) misfits
             = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_error_free);
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) nowhere = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  GHashTableIter iter;
  gpointer       place, misfit;

  for (guint i = 0; i < types->len; i++)
    {
      MsFilterParser parser = { .type = g_ptr_array_index (types, i),
                                .begin = text,
                                .at = text,
                                .end = text + strlen (text),
                                .is_client = is_client,
                                .by_any_form = TRUE,
                                .fits = fits,
                                .misfits = misfits,
                                .known = known,
                                .unknown = nowhere,
                                .error = error };
      MsFilter      *filter = ms_filter_parser_run (&parser);
      if (filter == NULL)
        return NULL;
      g_ptr_array_add (filters, filter);
    }
  g_hash_table_iter_init (&iter, misfits);
  while (g_hash_table_iter_next (&iter, &place, &misfit))
    if (!g_hash_table_contains (fits, place))
      {
        g_propagate_error (error, g_error_copy (misfit));
        return NULL;
      }
  if (unknown != NULL)
    take_unknown (nowhere, known, unknown);
  return g_steal_pointer (&filters);
}
