/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A selection of many rows of a list that is too long to be looked at whole: positions in a bitset.
 * No item is ever fetched to select it, so "select all" of a million rows costs nothing. Rows that
 * come, go or move take their bits along as far as "items-changed" tells.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MS_TYPE_BITSET_SELECTION (ms_bitset_selection_get_type ())
G_DECLARE_FINAL_TYPE (MsBitsetSelection, ms_bitset_selection, MS, BITSET_SELECTION, GObject)

/* @model: (nullable) (transfer none) */
MsBitsetSelection *ms_bitset_selection_new (GListModel *model);
GListModel        *ms_bitset_selection_get_model (MsBitsetSelection *self);
/* Replaces the model; the selection is empty afterwards. */
void ms_bitset_selection_set_model (MsBitsetSelection *self, GListModel *model);
/* How many rows are selected. */
guint ms_bitset_selection_get_size (MsBitsetSelection *self);
/* (transfer none): live, not to be changed */
const GtkBitset *ms_bitset_selection_peek (MsBitsetSelection *self);

G_END_DECLS
