/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. GtkShortcutsWindow until 4.18 deprecates it; AdwShortcutsDialog came with
 * libadwaita 1.8.
 */
#include "config.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "ms-shortcuts.h"

#if ADW_CHECK_VERSION(1, 8, 0)
void
ms_shortcuts_present (GtkWindow *parent, const MsShortcutEntry *entries)
{
  AdwDialog           *dialog = adw_shortcuts_dialog_new ();
  AdwShortcutsSection *section = NULL;

  for (guint i = 0; entries[i].title != NULL; i++)
    {
      if (i == 0 || g_strcmp0 (entries[i].section, entries[i - 1].section) != 0)
        {
          section = adw_shortcuts_section_new (_(entries[i].section));
          adw_shortcuts_dialog_add (ADW_SHORTCUTS_DIALOG (dialog), section);
        }
      adw_shortcuts_section_add (
          section, adw_shortcuts_item_new (_(entries[i].title), entries[i].accelerator));
    }
  adw_dialog_present (dialog, GTK_WIDGET (parent));
}
#else
static void
append_element (GString *xml, const char *name, const char *value)
{
  g_autofree char *escaped = g_markup_escape_text (value, -1);

  g_string_append_printf (xml, "<property name='%s'>%s</property>", name, escaped);
}

/* GtkShortcutsWindow can only be filled by GtkBuilder in GTK 4.8. */
static char *
new_description (const MsShortcutEntry *entries)
{
  GString *xml = g_string_new ("<interface><object class='GtkShortcutsWindow' id='window'>"
                               "<property name='modal'>1</property><child>"
                               "<object class='GtkShortcutsSection'>"
                               "<property name='section-name'>all</property>"
                               "<property name='max-height'>12</property>");

  for (guint i = 0; entries[i].title != NULL; i++)
    {
      gboolean first = i == 0 || g_strcmp0 (entries[i].section, entries[i - 1].section) != 0;
      gboolean last = entries[i + 1].title == NULL
                      || g_strcmp0 (entries[i].section, entries[i + 1].section) != 0;

      if (first)
        {
          g_string_append (xml, "<child><object class='GtkShortcutsGroup'>");
          append_element (xml, "title", _(entries[i].section));
        }
      g_string_append (xml, "<child><object class='GtkShortcutsShortcut'>");
      append_element (xml, "title", _(entries[i].title));
      append_element (xml, "accelerator", entries[i].accelerator);
      g_string_append (xml, "</object></child>");
      if (last)
        g_string_append (xml, "</object></child>");
    }
  g_string_append (xml, "</object></child></object></interface>");
  return g_string_free (xml, FALSE);
}

void
ms_shortcuts_present (GtkWindow *parent, const MsShortcutEntry *entries)
{
  g_autofree char *xml = new_description (entries);
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_string (xml, -1);
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "window"));

  gtk_window_set_transient_for (window, parent);
  gtk_window_present (window);
}
#endif
