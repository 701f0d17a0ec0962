/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. GtkMultiSelection keeps every selected item and asks the model for each of them;
 * over a windowed list of a server that would fetch the whole store.
 */
#include "config.h"

#include "ms-bitset-selection.h"

struct _MsBitsetSelection
{
  GObject parent_instance;

  /* Owned */
  GListModel *model;
  GtkBitset  *selected;
};

static void ms_bitset_selection_list_init (GListModelInterface *iface);
static void ms_bitset_selection_selection_init (GtkSelectionModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MsBitsetSelection,
                               ms_bitset_selection,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      ms_bitset_selection_list_init)
                                   G_IMPLEMENT_INTERFACE (GTK_TYPE_SELECTION_MODEL,
                                                          ms_bitset_selection_selection_init))

static GType
get_item_type (GListModel *list)
{
  return G_TYPE_OBJECT;
}

static guint
get_n_items (GListModel *list)
{
  MsBitsetSelection *self = MS_BITSET_SELECTION (list);

  return self->model != NULL ? g_list_model_get_n_items (self->model) : 0;
}

static gpointer
get_item (GListModel *list, guint position)
{
  MsBitsetSelection *self = MS_BITSET_SELECTION (list);

  return self->model != NULL ? g_list_model_get_item (self->model, position) : NULL;
}

static void
ms_bitset_selection_list_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static gboolean
is_selected (GtkSelectionModel *model, guint position)
{
  return gtk_bitset_contains (MS_BITSET_SELECTION (model)->selected, position);
}

static GtkBitset *
get_selection_in_range (GtkSelectionModel *model, guint position, guint n_items)
{
  GtkBitset *range = gtk_bitset_new_range (position, n_items);

  gtk_bitset_intersect (range, MS_BITSET_SELECTION (model)->selected);
  return range;
}

static gboolean
set_selection (GtkSelectionModel *model, GtkBitset *selected, GtkBitset *mask)
{
  MsBitsetSelection *self = MS_BITSET_SELECTION (model);
  g_autoptr (GtkBitset) changed = gtk_bitset_copy (self->selected);
  g_autoptr (GtkBitset) wanted = gtk_bitset_copy (selected);
  guint n = get_n_items (G_LIST_MODEL (self));
  guint first, last;

  gtk_bitset_intersect (wanted, mask);
  gtk_bitset_subtract (self->selected, mask);
  gtk_bitset_union (self->selected, wanted);
  gtk_bitset_remove_range (self->selected, n, G_MAXUINT - n);

  gtk_bitset_difference (changed, self->selected);
  if (gtk_bitset_is_empty (changed))
    return TRUE;
  first = gtk_bitset_get_minimum (changed);
  last = gtk_bitset_get_maximum (changed);
  gtk_selection_model_selection_changed (model, first, last - first + 1);
  return TRUE;
}

static void
ms_bitset_selection_selection_init (GtkSelectionModelInterface *iface)
{
  iface->is_selected = is_selected;
  iface->get_selection_in_range = get_selection_in_range;
  iface->set_selection = set_selection;
}

static void
on_items_changed_cb (
    GListModel *model, guint position, guint removed, guint added, gpointer user_data)
{
  MsBitsetSelection *self = MS_BITSET_SELECTION (user_data);

  gtk_bitset_splice (self->selected, position, removed, added);
  g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
}

static void
ms_bitset_selection_dispose (GObject *object)
{
  MsBitsetSelection *self = MS_BITSET_SELECTION (object);

  if (self->model != NULL)
    g_signal_handlers_disconnect_by_func (self->model, on_items_changed_cb, self);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (ms_bitset_selection_parent_class)->dispose (object);
}

static void
ms_bitset_selection_finalize (GObject *object)
{
  g_clear_pointer (&MS_BITSET_SELECTION (object)->selected, gtk_bitset_unref);
  G_OBJECT_CLASS (ms_bitset_selection_parent_class)->finalize (object);
}

static void
ms_bitset_selection_class_init (MsBitsetSelectionClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ms_bitset_selection_dispose;
  G_OBJECT_CLASS (klass)->finalize = ms_bitset_selection_finalize;
}

static void
ms_bitset_selection_init (MsBitsetSelection *self)
{
  self->selected = gtk_bitset_new_empty ();
}

MsBitsetSelection *
ms_bitset_selection_new (GListModel *model)
{
  MsBitsetSelection *self = g_object_new (MS_TYPE_BITSET_SELECTION, NULL);

  ms_bitset_selection_set_model (self, model);
  return self;
}

GListModel *
ms_bitset_selection_get_model (MsBitsetSelection *self)
{
  g_return_val_if_fail (MS_IS_BITSET_SELECTION (self), NULL);

  return self->model;
}

void
ms_bitset_selection_set_model (MsBitsetSelection *self, GListModel *model)
{
  guint before, after;

  g_return_if_fail (MS_IS_BITSET_SELECTION (self));
  g_return_if_fail (model == NULL || G_IS_LIST_MODEL (model));

  if (self->model == model)
    return;
  before = get_n_items (G_LIST_MODEL (self));
  if (self->model != NULL)
    g_signal_handlers_disconnect_by_func (self->model, on_items_changed_cb, self);
  g_set_object (&self->model, model);
  if (model != NULL)
    g_signal_connect (model, "items-changed", G_CALLBACK (on_items_changed_cb), self);
  gtk_bitset_remove_all (self->selected);
  after = get_n_items (G_LIST_MODEL (self));
  if (before > 0 || after > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, before, after);
}

guint
ms_bitset_selection_get_size (MsBitsetSelection *self)
{
  g_return_val_if_fail (MS_IS_BITSET_SELECTION (self), 0);

  return (guint) gtk_bitset_get_size (self->selected);
}

const GtkBitset *
ms_bitset_selection_peek (MsBitsetSelection *self)
{
  g_return_val_if_fail (MS_IS_BITSET_SELECTION (self), NULL);

  return self->selected;
}
