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
#include "ms-row-menu.h"

struct _MsBinPane
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget     *box;
  AdwStatusPage *error;
  GtkWidget     *filter;
  GtkListView   *list;
  GtkStack      *stack;

  /* Owned */
  MsServer          *server;
  MsBinList         *objects;
  GtkMultiSelection *selection;
  GtkWidget         *menu;
};

G_DEFINE_FINAL_TYPE (MsBinPane, ms_bin_pane, ADW_TYPE_BIN)

enum
{
  SIGNAL_RESTORE,
  SIGNAL_PURGE,
  SIGNAL_CHANGED,
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
  ms_row_menu_mark (item);
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

static guint
count_selected (MsBinPane *self)
{
  g_autoptr (GtkBitset) selected
             = self->selection != NULL
                   ? gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection))
                   : NULL;

  return selected != NULL ? (guint) gtk_bitset_get_size (selected) : 0;
}

static void
update_actions (MsBinPane *self)
{
  gboolean possible
      = self->server != NULL && ms_server_is_writable (self->server) && count_selected (self) > 0;

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "bin.restore", possible);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "bin.purge", possible);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static const char *
get_page (MsBinPane *self)
{
  if (g_list_model_get_n_items (G_LIST_MODEL (self->objects)) > 0)
    return "list";
  if (ms_paged_list_get_error (MS_PAGED_LIST (self->objects)) != NULL)
    return "error";
  if (ms_paged_list_is_loading (MS_PAGED_LIST (self->objects)))
    return "loading";
  return *gtk_editable_get_text (GTK_EDITABLE (self->filter)) != '\0' ? "nothing-found" : "empty";
}

static void
update (MsBinPane *self)
{
  if (self->objects == NULL)
    return;

  const char *page = get_page (self);
  if (g_str_equal (page, "error"))
    {
      g_autofree char *text = g_markup_escape_text (
          ms_paged_list_get_error (MS_PAGED_LIST (self->objects))->message, -1);
      adw_status_page_set_description (self->error, text);
    }
  gtk_stack_set_visible_child_name (self->stack, page);
  update_actions (self);
}

static void
drop_list (MsBinPane *self)
{
  if (self->objects != NULL)
    g_signal_handlers_disconnect_by_func (self->objects, update, self);
  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_func (self->selection, update_actions, self);
  if (self->list != NULL)
    gtk_list_view_set_model (self->list, NULL);
  g_clear_object (&self->selection);
  g_clear_object (&self->objects);
}

static void
make_list (MsBinPane *self)
{
  drop_list (self);
  if (self->server == NULL)
    return;
  self->objects = ms_bin_list_new (ms_server_get_connection (self->server),
                                   gtk_editable_get_text (GTK_EDITABLE (self->filter)));
  self->selection = gtk_multi_selection_new (g_object_ref (G_LIST_MODEL (self->objects)));
  g_signal_connect_swapped (self->objects, "items-changed", G_CALLBACK (update), self);
  g_signal_connect_swapped (self->objects, "notify::loading", G_CALLBACK (update), self);
  g_signal_connect_swapped (
      self->selection, "selection-changed", G_CALLBACK (update_actions), self);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (self->selection));
  update (self);
}

/* Doing --------------------------------------------------------------------------------------- */

static void
emit_for_selection (MsBinPane *self, guint signal)
{
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();
  g_autoptr (GtkBitset) selected
             = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));
  g_autofree char *label = NULL;
  guint64          n = gtk_bitset_get_size (selected);

  for (guint64 i = 0; i < n; i++)
    {
      g_autoptr (MsBinItem) item = g_list_model_get_item (G_LIST_MODEL (self->objects),
                                                          gtk_bitset_get_nth (selected, (guint) i));
      g_strv_builder_add (ids, ms_bin_item_get_id (item));
      if (n == 1)
        label = g_strdup (ms_bin_item_get_label (item));
    }
  if (label == NULL)
    label = g_strdup_printf (ngettext ("%'u object", "%'u objects", (gulong) n), (guint) n);
  g_auto (GStrv) strv = g_strv_builder_end (ids);
  g_signal_emit (self, signals[signal], 0, self->server, strv, label);
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

static void
on_row_activate_cb (GtkListView *list, guint position, gpointer user_data)
{
  MsBinPane *self = MS_BIN_PANE (user_data);

  gtk_selection_model_select_item (GTK_SELECTION_MODEL (self->selection), position, TRUE);
  gtk_widget_activate_action (GTK_WIDGET (self), "bin.restore", NULL);
}

static void
on_search_changed_cb (GtkSearchEntry *entry, gpointer user_data)
{
  make_list (MS_BIN_PANE (user_data));
}

static void
on_stop_search_cb (GtkSearchEntry *entry, gpointer user_data)
{
  gtk_editable_set_text (GTK_EDITABLE (entry), "");
  gtk_widget_grab_focus (GTK_WIDGET (MS_BIN_PANE (user_data)->list));
}

static void
on_try_again_cb (GtkButton *button, gpointer user_data)
{
  ms_bin_pane_reload (MS_BIN_PANE (user_data));
}

/* The pane ------------------------------------------------------------------------------------ */

static void
ms_bin_pane_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GTK_WIDGET_CLASS (ms_bin_pane_parent_class)->size_allocate (widget, width, height, baseline);
  gtk_popover_present (GTK_POPOVER (MS_BIN_PANE (widget)->menu));
}

static void
ms_bin_pane_dispose (GObject *object)
{
  MsBinPane *self = MS_BIN_PANE (object);

  drop_list (self);
  if (self->server != NULL)
    g_signal_handlers_disconnect_by_func (self->server, update_actions, self);
  g_clear_object (&self->server);
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  adw_bin_set_child (ADW_BIN (object), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_BIN_PANE);
  G_OBJECT_CLASS (ms_bin_pane_parent_class)->dispose (object);
}

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
  signals[SIGNAL_CHANGED] = g_signal_new (
      "changed", MS_TYPE_BIN_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
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
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_bin_pane_dispose;
  widget_class->size_allocate = ms_bin_pane_size_allocate;
  add_signals ();
  install_actions (widget_class);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/browser/ms-bin-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, MsBinPane, box);
  gtk_widget_class_bind_template_child (widget_class, MsBinPane, error);
  gtk_widget_class_bind_template_child (widget_class, MsBinPane, filter);
  gtk_widget_class_bind_template_child (widget_class, MsBinPane, list);
  gtk_widget_class_bind_template_child (widget_class, MsBinPane, stack);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_stop_search_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_try_again_cb);
}

static GtkWidget *
new_menu (MsBinPane *self)
{
  g_autoptr (GMenu) menu = g_menu_new ();

  g_menu_append (menu, _("_Restore"), "bin.restore");
  g_menu_append (menu, _("_Delete for Good…"), "bin.purge");
  return ms_row_menu_new (GTK_WIDGET (self), self->list, G_MENU_MODEL (menu));
}

static void
ms_bin_pane_init (MsBinPane *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (factory, "setup", G_CALLBACK (on_setup_cb), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind_cb), self, 0);
  gtk_list_view_set_factory (self->list, factory);
  self->menu = new_menu (self);
  update_actions (self);
}

void
ms_bin_pane_set_server (MsBinPane *self, MsServer *server)
{
  g_return_if_fail (MS_IS_BIN_PANE (self));

  if (self->server == server)
    return;
  if (self->server != NULL)
    g_signal_handlers_disconnect_by_func (self->server, update_actions, self);
  g_set_object (&self->server, server);
  /* What may be done changes with the connection. */
  if (server != NULL)
    g_signal_connect_swapped (server, "changed", G_CALLBACK (update_actions), self);
  gtk_editable_set_text (GTK_EDITABLE (self->filter), "");
  make_list (self);
}

void
ms_bin_pane_reload (MsBinPane *self)
{
  g_return_if_fail (MS_IS_BIN_PANE (self));

  if (self->objects != NULL)
    ms_paged_list_reload (MS_PAGED_LIST (self->objects));
}

char *
ms_bin_pane_dup_status (MsBinPane *self)
{
  guint            n, selected;
  g_autofree char *all = NULL;

  g_return_val_if_fail (MS_IS_BIN_PANE (self), NULL);

  if (self->objects == NULL)
    return g_strdup ("");
  n = g_list_model_get_n_items (G_LIST_MODEL (self->objects));
  selected = count_selected (self);
  if (n == 0)
    return g_strdup ("");
  all = g_strdup_printf (
      ms_paged_list_is_complete (MS_PAGED_LIST (self->objects))
          ? ngettext ("%'u deleted object", "%'u deleted objects", n)
          : ngettext ("The last %'u deleted object", "The last %'u deleted objects", n),
      n);
  /* Translators: %1$s is "3 deleted objects" */
  return selected > 0 ? g_strdup_printf (_("%1$s, %2$'u selected"), all, selected)
                      : g_steal_pointer (&all);
}

GListModel *
ms_bin_pane_get_list (MsBinPane *self)
{
  g_return_val_if_fail (MS_IS_BIN_PANE (self), NULL);

  return G_LIST_MODEL (self->objects);
}

GtkSelectionModel *
ms_bin_pane_get_selection (MsBinPane *self)
{
  g_return_val_if_fail (MS_IS_BIN_PANE (self), NULL);

  return GTK_SELECTION_MODEL (self->selection);
}

void
ms_bin_pane_focus_filter (MsBinPane *self)
{
  g_return_if_fail (MS_IS_BIN_PANE (self));

  gtk_widget_grab_focus (self->filter);
}
