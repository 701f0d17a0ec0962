/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The row every field editor shows itself in: title at the left, control at the right, hint and
 * error below it.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define MS_TYPE_FIELD_ROW (ms_field_row_get_type ())
G_DECLARE_FINAL_TYPE (MsFieldRow, ms_field_row, MS, FIELD_ROW, AdwPreferencesRow)

/**
 * MsFieldRowLayout:
 * @MS_FIELD_ROW_FILL: the control takes what width there is beside the title
 * @MS_FIELD_ROW_END: the control keeps its own width, at the end of the row (switches)
 * @MS_FIELD_ROW_BELOW: the control takes the whole width below the title (lists, grids)
 */
typedef enum
{
  MS_FIELD_ROW_FILL,
  MS_FIELD_ROW_END,
  MS_FIELD_ROW_BELOW,
} MsFieldRowLayout;

/* @title has a mnemonic. @hint: (nullable). */
GtkWidget *ms_field_row_new (const char *title, const char *hint);
/* @target: (nullable): what the title names and the mnemonic focuses, where it is not @control
 * itself */
void ms_field_row_set_control (MsFieldRow      *self,
                               GtkWidget       *control,
                               GtkWidget       *target,
                               MsFieldRowLayout layout);
/* The title stands beside the first line of a high control. */
void ms_field_row_align_top (MsFieldRow *self);
/* Leaves out the title; a list that is alone on its group needs none. */
void ms_field_row_hide_title (MsFieldRow *self);
void ms_field_row_set_hint (MsFieldRow *self, const char *hint);
/* @error: (nullable): shown beside the control, and told to assistive technology */
void        ms_field_row_set_error (MsFieldRow *self, const char *error);
const char *ms_field_row_get_error (MsFieldRow *self);
GtkWidget  *ms_field_row_get_target (MsFieldRow *self);

G_END_DECLS
