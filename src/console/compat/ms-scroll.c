/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. The scroll_to functions came with GTK 4.12; before, the inner list view's own
 * action does it.
 */
#include "config.h"

#include "ms-scroll.h"

#if GTK_CHECK_VERSION(4, 12, 0)
void
ms_scroll_to (GtkWidget *view, guint position, gboolean focus)
{
  GtkListScrollFlags flags = focus ? GTK_LIST_SCROLL_FOCUS : GTK_LIST_SCROLL_NONE;

  if (GTK_IS_COLUMN_VIEW (view))
    gtk_column_view_scroll_to (GTK_COLUMN_VIEW (view), position, NULL, flags, NULL);
  else if (GTK_IS_LIST_VIEW (view))
    gtk_list_view_scroll_to (GTK_LIST_VIEW (view), position, flags, NULL);
}
#else
void
ms_scroll_to (GtkWidget *view, guint position, gboolean focus)
{
  GtkWidget *list = view;

  if (GTK_IS_COLUMN_VIEW (view))
    for (list = gtk_widget_get_first_child (view); list != NULL && !GTK_IS_LIST_VIEW (list);)
      list = gtk_widget_get_next_sibling (list);
  if (list == NULL)
    return;
  gtk_widget_activate_action (list, "list.scroll-to-item", "u", position);
  if (focus)
    gtk_widget_grab_focus (view);
}
#endif
