/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. A column view keeps the columns clicked earlier as further sort keys: a column is
 * the first key when it wins against all others that contradict it.
 */
#include "config.h"

#include "ms-sort-probe.h"

#define MS_TYPE_PROBE (ms_probe_get_type ())
G_DECLARE_FINAL_TYPE (MsProbe, ms_probe, MS, PROBE, GObject)

struct _MsProbe
{
  GObject parent_instance;

  int values[MS_SORT_PROBE_MAX_COLUMNS];
};

G_DEFINE_FINAL_TYPE (MsProbe, ms_probe, G_TYPE_OBJECT)

static void
ms_probe_class_init (MsProbeClass *klass)
{
}

static void
ms_probe_init (MsProbe *self)
{
}

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  guint index = GPOINTER_TO_UINT (user_data);

  return MS_PROBE ((gpointer) a)->values[index] - MS_PROBE ((gpointer) b)->values[index];
}

GtkSorter *
ms_sort_probe_new_sorter (guint index)
{
  g_return_val_if_fail (index < MS_SORT_PROBE_MAX_COLUMNS, NULL);

  return GTK_SORTER (gtk_custom_sorter_new (compare, GUINT_TO_POINTER (index), NULL));
}

gboolean
ms_sort_probe_read (GtkSorter *sorter, guint n_columns, guint *index, gboolean *descending)
{
  g_autoptr (MsProbe) a = g_object_new (MS_TYPE_PROBE, NULL);
  g_autoptr (MsProbe) b = g_object_new (MS_TYPE_PROBE, NULL);
  int direction[MS_SORT_PROBE_MAX_COLUMNS] = { 0 };

  g_return_val_if_fail (n_columns <= MS_SORT_PROBE_MAX_COLUMNS, FALSE);

  if (sorter == NULL)
    return FALSE;
  for (guint i = 0; i < n_columns; i++)
    {
      b->values[i] = 1;
      direction[i] = gtk_sorter_compare (sorter, a, b);
      b->values[i] = 0;
    }
  for (guint i = 0; i < n_columns; i++)
    {
      if (direction[i] == 0)
        continue;
      /* In column i a goes before b, in all others behind it. */
      for (guint j = 0; j < n_columns; j++)
        b->values[j] = j == i ? -direction[j] : direction[j];
      if (gtk_sorter_compare (sorter, a, b) < 0)
        {
          *index = i;
          *descending = direction[i] > 0;
          return TRUE;
        }
    }
  return FALSE;
}
