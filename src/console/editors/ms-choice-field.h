/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A string attribute that has one of a few values, chosen from a drop-down.
 */
#pragma once

#include "ms-field.h"

G_BEGIN_DECLS

/**
 * MsChoice:
 * @value: what is stored; "" is unset
 * @label: what people read; translated by gettext() when shown
 */
typedef struct
{
  const char *value;
  const char *label;
} MsChoice;

#define MS_TYPE_CHOICE_FIELD (ms_choice_field_get_type ())
G_DECLARE_FINAL_TYPE (MsChoiceField, ms_choice_field, MS, CHOICE_FIELD, MsField)

/* @choices: (nullable): ends with a %NULL value; the first one is shown where the attribute is
 * unset. */
MsField *ms_choice_field_new (const char     *path,
                              const char     *title,
                              const char     *hint,
                              const MsChoice *choices);
/* Choices that are known later (domains). The value shown stays, also where it is not among them.
 */
void        ms_choice_field_add (MsChoiceField *self, const char *value, const char *label);
const char *ms_choice_field_get_selected (MsChoiceField *self);

G_END_DECLS
