/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. What is done with the selection is the window's.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-bin-list.h"
#include "ms-bin-pane.h"
#include "ms-column.h"
#include "ms-object-words.h"
#include "ms-list-item.h"

struct _MsBinPane
{
  MsRowPane parent_instance;
};

G_DEFINE_FINAL_TYPE (MsBinPane, ms_bin_pane, MS_TYPE_ROW_PANE)

enum
{
  SIGNAL_RESTORE,
  SIGNAL_PURGE,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

/* Rows ---------------------------------------------------------------------------------------- */

static GtkWidget *
new_label (const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  if (css_class != NULL)
    {
      gtk_widget_add_css_class (label, "dim-label");
      gtk_widget_add_css_class (label, css_class);
    }
  return label;
}

/* [icon] [name / what, by whom, when] [kept until] */
static void
on_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_widget_add_css_class (row, "bin-row");
  gtk_box_append (GTK_BOX (row), gtk_image_new ());
  gtk_box_append (GTK_BOX (lines), new_label (NULL));
  gtk_box_append (GTK_BOX (lines), new_label ("caption"));
  gtk_widget_set_hexpand (lines, TRUE);
  gtk_box_append (GTK_BOX (row), lines);
  gtk_box_append (GTK_BOX (row), new_label ("caption"));
  gtk_list_item_set_child (item, row);
  ms_list_item_mark (item);
}

static char *
describe_deletion (MsBinItem *item)
{
  g_autofree char *time = ms_column_format_time (ms_bin_item_get_deleted (item));
  const char      *type = ms_object_words_type (ms_bin_item_get_type_name (item));
  const char      *by = ms_bin_item_get_by (item);

  /* Translators: %1$s is a type such as "Mailbox", %2$s a person, %3$s a time */
  return by != NULL ? g_strdup_printf (_ ("%1$s · deleted by %2$s · %3$s"), type, by, time)
                    : g_strdup_printf (_ ("%1$s · deleted · %2$s"), type, time);
}

static char *
describe_retention (MsBinItem *item)
{
  const char      *until = ms_bin_item_get_kept_until (item);
  g_autofree char *time = until != NULL ? ms_column_format_time (until) : NULL;

  return time != NULL ? g_strdup_printf (_("Kept until %s"), time) : g_strdup ("");
}

static void
on_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  MsBinItem       *object = gtk_list_item_get_item (item);
  GtkWidget       *icon = gtk_widget_get_first_child (gtk_list_item_get_child (item));
  GtkWidget       *lines = gtk_widget_get_next_sibling (icon);
  GtkWidget       *name = gtk_widget_get_first_child (lines);
  g_autofree char *deletion = describe_deletion (object);
  g_autofree char *retention = describe_retention (object);

  gtk_image_set_from_icon_name (GTK_IMAGE (icon),
                                ms_object_words_icon (ms_bin_item_get_type_name (object)));
  gtk_label_set_label (GTK_LABEL (name), ms_bin_item_get_label (object));
  gtk_label_set_label (GTK_LABEL (gtk_widget_get_next_sibling (name)), deletion);
  gtk_label_set_label (GTK_LABEL (gtk_widget_get_next_sibling (lines)), retention);
}

/* What is shown ------------------------------------------------------------------------------- */

static void
make_list (MsBinPane *self, const char *words)
{
  MsRowPane *pane = MS_ROW_PANE (self);
  MsServer  *server = ms_row_pane_get_server (pane);

  ms_row_pane_set_list (
      pane,
      server != NULL ? G_LIST_MODEL (ms_bin_list_new (ms_server_get_connection (server), words))
                     : NULL);
}

static gboolean
ms_bin_pane_is_loading (GListModel *list)
{
  return ms_paged_list_is_loading (MS_PAGED_LIST (list));
}

static const GError *
ms_bin_pane_get_error (GListModel *list)
{
  return ms_paged_list_get_error (MS_PAGED_LIST (list));
}

static void
ms_bin_pane_reload_list (GListModel *list)
{
  ms_paged_list_reload (MS_PAGED_LIST (list));
}

static void
ms_bin_pane_search (MsRowPane *pane, const char *words)
{
  make_list (MS_BIN_PANE (pane), words);
}

static void
ms_bin_pane_update_actions (MsRowPane *pane)
{
  gboolean possible = ms_row_pane_is_writable (pane) && ms_row_pane_count_selected (pane) > 0;

  gtk_widget_action_set_enabled (GTK_WIDGET (pane), "bin.restore", possible);
  gtk_widget_action_set_enabled (GTK_WIDGET (pane), "bin.purge", possible);
}

static char *
ms_bin_pane_describe (GListModel *list)
{
  guint n = g_list_model_get_n_items (list);

  if (n == 0)
    return NULL;
  return g_strdup_printf (
      ms_paged_list_is_complete (MS_PAGED_LIST (list))
          ? ngettext ("%'u deleted object", "%'u deleted objects", n)
          : ngettext ("The last %'u deleted object", "The last %'u deleted objects", n),
      n);
}

/* Doing --------------------------------------------------------------------------------------- */

static void
emit_for_selection (MsBinPane *self, guint signal)
{
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();
  MsRowPane *pane = MS_ROW_PANE (self);
  g_autoptr (GtkBitset) selected = ms_row_pane_dup_selected (pane);
  g_autofree char *label = NULL;
  guint64          n = gtk_bitset_get_size (selected);

  for (guint64 i = 0; i < n; i++)
    {
      g_autoptr (MsBinItem) item = g_list_model_get_item (ms_row_pane_get_list (pane),
                                                          gtk_bitset_get_nth (selected, (guint) i));
      g_strv_builder_add (ids, ms_bin_item_get_id (item));
      if (n == 1)
        label = g_strdup (ms_bin_item_get_label (item));
    }
  if (label == NULL)
    label = g_strdup_printf (ngettext ("%'u object", "%'u objects", (gulong) n), (guint) n);
  g_auto (GStrv) strv = g_strv_builder_end (ids);
  g_signal_emit (self, signals[signal], 0, ms_row_pane_get_server (pane), strv, label);
}

static void
restore_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  emit_for_selection (MS_BIN_PANE (widget), SIGNAL_RESTORE);
}

static void
purge_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  emit_for_selection (MS_BIN_PANE (widget), SIGNAL_PURGE);
}

/* The pane ------------------------------------------------------------------------------------ */

static void
add_signals (void)
{
  static const char *const names[] = { [SIGNAL_RESTORE] = "restore", [SIGNAL_PURGE] = "purge" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    signals[i] = g_signal_new (names[i],
                               MS_TYPE_BIN_PANE,
                               G_SIGNAL_RUN_LAST,
                               0,
                               NULL,
                               NULL,
                               NULL,
                               G_TYPE_NONE,
                               3,
                               MS_TYPE_SERVER,
                               G_TYPE_STRV,
                               G_TYPE_STRING);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "bin.restore", NULL, restore_action);
  gtk_widget_class_install_action (widget_class, "bin.purge", NULL, purge_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "bin.purge", NULL);
  gtk_widget_class_add_binding_action (
      widget_class, GDK_KEY_r, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "bin.restore", NULL);
}

static void
ms_bin_pane_class_init (MsBinPaneClass *klass)
{
  MsRowPaneClass *pane_class = MS_ROW_PANE_CLASS (klass);

  pane_class->activated_action = "bin.restore";
  pane_class->is_loading = ms_bin_pane_is_loading;
  pane_class->get_error = ms_bin_pane_get_error;
  pane_class->reload = ms_bin_pane_reload_list;
  pane_class->search = ms_bin_pane_search;
  pane_class->update_actions = ms_bin_pane_update_actions;
  pane_class->describe = ms_bin_pane_describe;
  add_signals ();
  install_actions (GTK_WIDGET_CLASS (klass));
  ms_row_pane_class_set_template (pane_class, "/org/mailstead/Mailstead/ui/browser/ms-bin-pane.ui");
}

static void
ms_bin_pane_init (MsBinPane *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GMenu) menu = g_menu_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (factory, "setup", G_CALLBACK (on_setup_cb), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind_cb), self, 0);
  g_menu_append (menu, _("_Restore"), "bin.restore");
  g_menu_append (menu, _("_Delete for Good…"), "bin.purge");
  ms_row_pane_set_up (MS_ROW_PANE (self), factory, G_MENU_MODEL (menu));
}

void
ms_bin_pane_set_server (MsBinPane *self, MsServer *server)
{
  g_return_if_fail (MS_IS_BIN_PANE (self));

  MsRowPane *pane = MS_ROW_PANE (self);
  if (ms_row_pane_get_server (pane) == server)
    return;
  ms_row_pane_set_server (pane, server);
  ms_row_pane_clear_search (pane);
  make_list (self, "");
}

char *
ms_bin_pane_dup_status (MsBinPane *self)
{
  return ms_row_pane_dup_status (MS_ROW_PANE (self));
}

GListModel *
ms_bin_pane_get_list (MsBinPane *self)
{
  return ms_row_pane_get_list (MS_ROW_PANE (self));
}

GtkSelectionModel *
ms_bin_pane_get_selection (MsBinPane *self)
{
  return ms_row_pane_get_selection (MS_ROW_PANE (self));
}
