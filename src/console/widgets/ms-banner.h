/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A line across the top of a window or dialog that says what is wrong, with at most one button.
 * Screen readers hear it (role alert). Hidden until it has something to say.
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

typedef enum
{
  MS_BANNER_WARNING,
  MS_BANNER_ERROR,
} MsBannerKind;

#define MS_TYPE_BANNER (ms_banner_get_type ())
G_DECLARE_FINAL_TYPE (MsBanner, ms_banner, MS, BANNER, AdwBin)

/* Signal "button-clicked". */

/* Shows @text with an optional button. @button: (nullable) */
void ms_banner_show_text (MsBanner *self, MsBannerKind kind, const char *text, const char *button);
void ms_banner_dismiss (MsBanner *self);
gboolean    ms_banner_is_shown (MsBanner *self);
const char *ms_banner_get_text (MsBanner *self);

G_END_DECLS
