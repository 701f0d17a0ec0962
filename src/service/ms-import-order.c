/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tarjan's strongly connected components over the rows, with a stack of its own: a chain of lists
 * may be as long as the file. It finds members before what holds them.
 */
#include "ms-import-order.h"

#include <string.h>

#include "ms-address.h"
#include "ms-end-names.h"
#include "ms-text.h"

#define NONE G_MAXUINT

/* One row while its circle is looked for */
typedef struct
{
  GArray  *members; /* (element-type guint) (nullable): rows that are on it */
  guint    next;    /* of @members, to be looked at */
  guint    index;   /* when it was met; NONE: not yet */
  guint    lowest;
  gboolean is_open; /* its circle is not complete */
} Node;

struct _MsImportOrder
{
  GPtrArray  *rows;
  GArray     *order; /* of guint */
  guint       next;
  GHashTable *by_key;    /* key -> row and one */
  GHashTable *addressed; /* folded names */
};

char *
ms_import_order_make_key (const char *member)
{
  if (g_str_has_prefix (member, MS_END_LIST_NAME))
    {
      g_autofree char *name = ms_text_fold (member + strlen (MS_END_LIST_NAME));
      return g_strconcat ("list ", name, NULL);
    }
  gboolean    is_named = g_str_has_prefix (member, "list:");
  const char *text = is_named ? member + strlen ("list:") : member;

  if (strchr (text, '@') == NULL && !is_named)
    return NULL;
  if (strchr (text, '@') != NULL && !is_named && strchr (text, ':') != NULL)
    return NULL; /* "mailbox:…" */
  g_autofree char *folded
      = strchr (text, '@') != NULL ? ms_address_key (text) : ms_text_fold (text);
  return g_strconcat (strchr (text, '@') != NULL ? "address " : "list ", folded, NULL);
}

static gboolean
takes_part (const MsImportRow *row)
{
  return row->problem == NULL && row->kind == MS_IMPORT_MAILING_LIST
         && row->values[MS_IMPORT_LIST] != NULL;
}

static void
note_key (MsImportOrder *self, const char *key, guint row)
{
  if (!g_hash_table_contains (self->by_key, key))
    g_hash_table_insert (self->by_key, g_strdup (key), GUINT_TO_POINTER (row + 1));
}

/* Lists without an address have their name before those that have one. */
static void
note_keys (MsImportOrder *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      const MsImportRow *row = self->rows->pdata[i];
      g_autoptr (GPtrArray) keys = takes_part (row) ? ms_import_row_list_keys (row) : NULL;
      for (guint k = 0; keys != NULL && k < keys->len; k++)
        note_key (self, keys->pdata[k], i);
    }
  for (guint i = 0; i < self->rows->len; i++)
    {
      const MsImportRow *row = self->rows->pdata[i];
      if (!takes_part (row) || row->address == NULL)
        continue;
      char            *folded = ms_text_fold (row->values[MS_IMPORT_LIST]);
      g_autofree char *key = g_strconcat ("list ", folded, NULL);
      note_key (self, key, i);
      g_hash_table_add (self->addressed, folded);
    }
}

static void
find_members (MsImportOrder *self, guint index, Node *node)
{
  const MsImportRow *row = self->rows->pdata[index];

  if (!takes_part (row) || row->members == NULL)
    return;
  for (guint i = 0; row->members[i] != NULL; i++)
    {
      g_autofree char *key = ms_import_order_make_key (row->members[i]);
      guint found = key != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (self->by_key, key)) : 0;
      if (found == 0)
        continue;
      if (node->members == NULL)
        node->members = g_array_new (FALSE, FALSE, sizeof (guint));
      found--;
      g_array_append_val (node->members, found);
    }
}

static gboolean
holds_itself (const Node *node, guint index)
{
  for (guint i = 0; node->members != NULL && i < node->members->len; i++)
    if (g_array_index (node->members, guint, i) == index)
      return TRUE;
  return FALSE;
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;

  return x < y ? -1 : x > y;
}

/* Who holds whom, for what is refused takes with it what holds it. */
static void
note_holders (MsImportOrder *self, Node *nodes, const guint *rows, guint n)
{
  for (guint i = 0; i < n; i++)
    for (guint k = 0; nodes[rows[i]].members != NULL && k < nodes[rows[i]].members->len; k++)
      {
        guint        index = g_array_index (nodes[rows[i]].members, guint, k);
        MsImportRow *member = self->rows->pdata[index];
        if (bsearch (&index, rows, n, sizeof *rows, compare_rows) == NULL)
          continue;
        if (member->holders == NULL)
          member->holders = g_ptr_array_new ();
        g_ptr_array_add (member->holders, self->rows->pdata[rows[i]]);
      }
}

/* What lies above @root on the open stack is one circle, or @root alone. */
static void
close_circle (MsImportOrder *self, Node *nodes, GArray *open, guint root)
{
  guint first = open->len;

  do
    first--;
  while (g_array_index (open, guint, first) != root);
  guint *rows = &g_array_index (open, guint, first);
  guint  n = open->len - first;
  qsort (rows, n, sizeof *rows, compare_rows);
  if (n > 1 || holds_itself (&nodes[root], root))
    {
      note_holders (self, nodes, rows, n);
      for (guint i = 0; i < n; i++)
        ((MsImportRow *) self->rows->pdata[rows[i]])->circle
            = i + 1 < n ? MS_IMPORT_CIRCLE_GOES_ON : MS_IMPORT_CIRCLE_ENDS;
    }
  for (guint i = 0; i < n; i++)
    nodes[rows[i]].is_open = FALSE;
  g_array_append_vals (self->order, rows, n);
  g_array_set_size (open, first);
}

static void
meet (Node *nodes, GArray *path, GArray *open, guint row, guint *met)
{
  nodes[row].index = nodes[row].lowest = (*met)++;
  nodes[row].is_open = TRUE;
  g_array_append_val (path, row);
  g_array_append_val (open, row);
}

static void
walk_from (MsImportOrder *self, Node *nodes, GArray *path, GArray *open, guint start, guint *met)
{
  meet (nodes, path, open, start, met);
  while (path->len > 0)
    {
      guint row = g_array_index (path, guint, path->len - 1);
      Node *node = &nodes[row];

      if (node->members != NULL && node->next < node->members->len)
        {
          guint member = g_array_index (node->members, guint, node->next++);
          if (nodes[member].index == NONE)
            meet (nodes, path, open, member, met);
          else if (nodes[member].is_open)
            node->lowest = MIN (node->lowest, nodes[member].index);
          continue;
        }
      g_array_set_size (path, path->len - 1);
      if (path->len > 0)
        {
          Node *above = &nodes[g_array_index (path, guint, path->len - 1)];
          above->lowest = MIN (above->lowest, node->lowest);
        }
      if (node->lowest == node->index)
        close_circle (self, nodes, open, row);
    }
}

static void
find_order (MsImportOrder *self)
{
  Node *nodes = g_new0 (Node, MAX (self->rows->len, 1));
  guint met = 0;
  g_autoptr (GArray) path = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < self->rows->len; i++)
    {
      nodes[i].index = NONE;
      find_members (self, i, &nodes[i]);
    }
  for (guint i = 0; i < self->rows->len; i++)
    if (nodes[i].index == NONE)
      walk_from (self, nodes, path, open, i, &met);
  for (guint i = 0; i < self->rows->len; i++)
    g_clear_pointer (&nodes[i].members, g_array_unref);
  g_free (nodes);
}

MsImportOrder *
ms_import_order_new (GPtrArray *rows)
{
  g_return_val_if_fail (rows != NULL, NULL);

  MsImportOrder *self = g_new0 (MsImportOrder, 1);
  self->rows = rows;
  self->order = g_array_new (FALSE, FALSE, sizeof (guint));
  self->by_key = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->addressed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  note_keys (self);
  find_order (self);
  return self;
}

void
ms_import_order_free (MsImportOrder *self)
{
  if (self == NULL)
    return;
  for (guint i = self->next; i < self->order->len; i++)
    ms_import_row_free (self->rows->pdata[g_array_index (self->order, guint, i)]);
  /* What was handed out is not here any more. */
  g_ptr_array_set_free_func (self->rows, NULL);
  g_ptr_array_unref (self->rows);
  g_array_unref (self->order);
  g_hash_table_unref (self->by_key);
  g_hash_table_unref (self->addressed);
  g_free (self);
}

MsImportRow *
ms_import_order_next (MsImportOrder *self)
{
  if (self->next >= self->order->len)
    return NULL;
  return self->rows->pdata[g_array_index (self->order, guint, self->next++)];
}

gboolean
ms_import_order_has_addressed (MsImportOrder *self, const char *name)
{
  g_autofree char *folded = ms_text_fold (name);

  return g_hash_table_contains (self->addressed, folded);
}
