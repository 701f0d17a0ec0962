/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The window that lists every key.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* One key of the list. @section: title of the group it stands in; entries of one group follow each
 * other. */
typedef struct
{
  const char *section;
  const char *title;
  const char *accelerator;
} MsShortcutEntry;

/* @entries: ended by one without title. Section and title are translated here. */
void ms_shortcuts_present (GtkWindow *parent, const MsShortcutEntry *entries);

G_END_DECLS
