/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. A row is the name and, fainter, the first few other values that the schema has.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-confirm.h"
#include "ms-new-object.h"
#include "ms-notice.h"
#include "ms-properties.h"
#include "ms-remote-list.h"
#include "ms-report.h"
#include "ms-row-menu.h"
#include "ms-thing-pane.h"
#include "ms-value-text.h"

#define MAX_DETAILS 4
/* What one request of /api/v1/actions takes. */
#define MAX_DELETED 10000

struct _MsThingPane
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget     *box;
  AdwStatusPage *empty;
  AdwStatusPage *error;
  GtkWidget     *filter;
  GtkListView   *list;
  GtkWidget     *new_button;
  GtkStack      *stack;

  /* Owned */
  MsServer          *server;
  MsSchemaRegistry  *schemas;
  MsRemoteList      *objects;
  GtkMultiSelection *selection;
  GCancellable      *cancellable;
  GtkWidget         *menu;

  /* Borrowed: the registry's */
  const MsResourceType *type;
};

G_DEFINE_FINAL_TYPE (MsThingPane, ms_thing_pane, ADW_TYPE_BIN)

static guint changed_signal;

static void on_server_changed_cb (MsThingPane *self);

/* Rows ---------------------------------------------------------------------------------------- */

static const char *
get_label (MsThingPane *self, MsResource *resource)
{
  const MsAttribute *label = ms_resource_type_get_label (self->type);
  const char        *text = label != NULL ? ms_resource_get_string (resource, label->path) : NULL;

  return text != NULL ? text : ms_resource_get_id (resource);
}

static gboolean
is_detail (const MsAttribute *attribute)
{
  return !attribute->is_label && !attribute->multi_valued && attribute->type != MS_ATTR_BINARY
         && attribute->returned != MS_RETURNED_NEVER && attribute->returned != MS_RETURNED_REQUEST;
}

/* "Color: red · Level: 3" (transfer full) */
static char *
describe_details (MsThingPane *self, MsResource *resource)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GPtrArray *attributes = self->type->schema->attributes;
  guint      told = 0;

  for (guint i = 0; i < attributes->len && told < MAX_DETAILS; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (attributes, i);
      gboolean           refers = attribute->relation != MS_RELATION_NONE;
      g_autofree char   *path
          = refers ? g_strconcat (attribute->path, ".display", NULL) : g_strdup (attribute->path);
      JsonNode        *node = is_detail (attribute) ? ms_resource_get_node (resource, path) : NULL;
      g_autofree char *value = ms_value_text_show (attribute, node);
      g_autofree char *title = ms_value_text_title (attribute);

      if (*value == '\0')
        continue;
      g_string_append_printf (text, "%s%s: %s", told++ > 0 ? "  ·  " : "", title, value);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static GtkWidget *
new_label (void)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_single_line_mode (GTK_LABEL (label), TRUE);
  return label;
}

static void
on_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *detail = new_label ();

  gtk_widget_add_css_class (row, "bin-row");
  gtk_widget_add_css_class (detail, "dim-label");
  gtk_widget_add_css_class (detail, "caption");
  gtk_box_append (GTK_BOX (row), gtk_image_new_from_icon_name ("application-x-addon-symbolic"));
  gtk_box_append (GTK_BOX (lines), new_label ());
  gtk_box_append (GTK_BOX (lines), detail);
  gtk_widget_set_hexpand (lines, TRUE);
  gtk_box_append (GTK_BOX (row), lines);
  gtk_list_item_set_child (item, row);
  ms_row_menu_mark (item);
}

static void
show_row (MsThingPane *self, GtkListItem *item)
{
  MsResource      *resource = gtk_list_item_get_item (item);
  GtkWidget       *lines = gtk_widget_get_last_child (gtk_list_item_get_child (item));
  GtkWidget       *name = gtk_widget_get_first_child (lines);
  gboolean         loaded = ms_resource_is_loaded (resource) && self->type != NULL;
  g_autofree char *details = loaded ? describe_details (self, resource) : g_strdup ("");

  gtk_label_set_label (GTK_LABEL (name), loaded ? get_label (self, resource) : "…");
  gtk_label_set_label (GTK_LABEL (gtk_widget_get_next_sibling (name)), details);
}

static void
on_resource_changed_cb (MsResource *resource, GtkListItem *item)
{
  GtkWidget *pane = gtk_widget_get_ancestor (gtk_list_item_get_child (item), MS_TYPE_THING_PANE);

  if (pane != NULL)
    show_row (MS_THING_PANE (pane), item);
}

static void
on_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  g_signal_connect (
      gtk_list_item_get_item (item), "changed", G_CALLBACK (on_resource_changed_cb), item);
  show_row (MS_THING_PANE (user_data), item);
}

static void
on_unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer user_data)
{
  g_signal_handlers_disconnect_by_func (
      gtk_list_item_get_item (item), on_resource_changed_cb, item);
}

/* What is shown ------------------------------------------------------------------------------- */

/* (transfer full) (nullable) */
static GtkBitset *
get_selected (MsThingPane *self)
{
  return self->selection != NULL
             ? gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection))
             : NULL;
}

static guint
count_selected (MsThingPane *self)
{
  g_autoptr (GtkBitset) selected = get_selected (self);

  return selected != NULL ? (guint) gtk_bitset_get_size (selected) : 0;
}

static void
update_actions (MsThingPane *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  gboolean   writable = self->server != NULL && ms_server_is_writable (self->server);
  guint      n = count_selected (self);

  gtk_widget_action_set_enabled (widget, "thing.new", writable);
  gtk_widget_action_set_enabled (widget, "thing.properties", n == 1);
  gtk_widget_action_set_enabled (widget, "thing.delete", writable && n > 0 && n <= MAX_DELETED);
  g_signal_emit (self, changed_signal, 0);
}

static const char *
get_page (MsThingPane *self)
{
  if (g_list_model_get_n_items (G_LIST_MODEL (self->objects)) > 0)
    return "list";
  if (ms_remote_list_get_error (self->objects) != NULL)
    return "error";
  if (ms_remote_list_is_loading (self->objects))
    return "loading";
  return *gtk_editable_get_text (GTK_EDITABLE (self->filter)) != '\0' ? "nothing-found" : "empty";
}

static void
update (MsThingPane *self)
{
  if (self->objects == NULL)
    return;

  const char *page = get_page (self);
  if (g_str_equal (page, "error"))
    {
      g_autofree char *text
          = g_markup_escape_text (ms_remote_list_get_error (self->objects)->message, -1);
      adw_status_page_set_description (self->error, text);
    }
  gtk_stack_set_visible_child_name (self->stack, page);
  update_actions (self);
}

static void
drop_list (MsThingPane *self)
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
make_list (MsThingPane *self)
{
  const MsAttribute *label = ms_resource_type_get_label (self->type);

  self->objects = ms_remote_list_new (ms_server_get_connection (self->server),
                                      self->type->name,
                                      NULL,
                                      label != NULL ? label->path : NULL);
  self->selection = gtk_multi_selection_new (g_object_ref (G_LIST_MODEL (self->objects)));
  g_signal_connect_swapped (self->objects, "items-changed", G_CALLBACK (update), self);
  g_signal_connect_swapped (self->objects, "notify::loading", G_CALLBACK (update), self);
  g_signal_connect_swapped (self->objects, "notify::error", G_CALLBACK (update), self);
  g_signal_connect_swapped (
      self->selection, "selection-changed", G_CALLBACK (update_actions), self);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (self->selection));
  update (self);
}

/* Doing --------------------------------------------------------------------------------------- */

static GtkWindow *
get_window (MsThingPane *self)
{
  return GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
}

static void
new_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  MsThingPane *self = MS_THING_PANE (widget);

  ms_new_object_present (
      get_window (self), ms_server_get_connection (self->server), self->type->name, NULL);
}

/* (transfer full) (nullable) */
static MsResource *
dup_selected (MsThingPane *self, guint n)
{
  g_autoptr (GtkBitset) selected = get_selected (self);

  return selected != NULL && n < gtk_bitset_get_size (selected) ? g_list_model_get_item (
             G_LIST_MODEL (self->objects), gtk_bitset_get_nth (selected, n))
                                                                : NULL;
}

static void
properties_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  MsThingPane *self = MS_THING_PANE (widget);
  g_autoptr (MsResource) resource = dup_selected (self, 0);

  if (resource != NULL && ms_resource_is_loaded (resource))
    ms_properties_present (get_window (self),
                           ms_server_get_connection (self->server),
                           self->type->name,
                           ms_resource_get_id (resource));
}

static void
on_row_activate_cb (GtkListView *list, guint position, gpointer user_data)
{
  MsThingPane *self = MS_THING_PANE (user_data);

  gtk_selection_model_select_item (GTK_SELECTION_MODEL (self->selection), position, TRUE);
  gtk_widget_activate_action (GTK_WIDGET (self), "thing.properties", NULL);
}

/* "red lamp", or "3 objects" (transfer full) */
static char *
dup_selection_label (MsThingPane *self)
{
  guint n = count_selected (self);
  g_autoptr (MsResource) first = n == 1 ? dup_selected (self, 0) : NULL;

  return first != NULL && ms_resource_is_loaded (first)
             ? g_strdup (get_label (self, first))
             : g_strdup_printf (ngettext ("%'u object", "%'u objects", n), n);
}

static void
on_deleted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  MsThingPane *self = MS_THING_PANE (user_data);
  if (reply == NULL)
    ms_notice_present (get_window (self), _("Nothing Was Deleted"), error->message);
  else
    ms_report_change (get_window (self), _("Deleted; it lies in the bin"), reply->change);
}

static void
on_ids_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) ids = ms_remote_list_collect_ids_finish (MS_REMOTE_LIST (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  MsThingPane *self = MS_THING_PANE (user_data);
  if (ids == NULL)
    ms_notice_present (get_window (self), _("Nothing Was Deleted"), error->message);
  else
    ms_connection_action_async (ms_server_get_connection (self->server),
                                "delete",
                                (const char *const *) ids,
                                NULL,
                                NULL,
                                self->cancellable,
                                on_deleted_cb,
                                self);
}

static void
on_delete_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MsThingPane) self = MS_THING_PANE (user_data);
  g_autoptr (GtkBitset) selected = get_selected (self);
  g_autoptr (GArray) positions = g_array_new (FALSE, FALSE, sizeof (guint));

  if (!ms_confirm_finish (result, NULL) || selected == NULL)
    return;
  for (guint i = 0; i < gtk_bitset_get_size (selected); i++)
    {
      guint position = gtk_bitset_get_nth (selected, i);
      g_array_append_val (positions, position);
    }
  ms_remote_list_collect_ids_async (self->objects,
                                    (const guint *) (gpointer) positions->data,
                                    positions->len,
                                    self->cancellable,
                                    on_ids_cb,
                                    self);
}

static void
delete_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  MsThingPane     *self = MS_THING_PANE (widget);
  g_autofree char *label = dup_selection_label (self);
  g_autofree char *heading = g_strdup_printf (_("Delete %s?"), label);

  ms_confirm_async (
      get_window (self),
      heading,
      _("It can be restored from the bin."),
         _("_Delete"), TRUE, self->cancellable, on_delete_answered_cb, g_object_ref (self));
}

static void
on_search_changed_cb (GtkSearchEntry *entry, gpointer user_data)
{
  MsThingPane *self = MS_THING_PANE (user_data);

  if (self->objects != NULL)
    ms_remote_list_set_search (self->objects, gtk_editable_get_text (GTK_EDITABLE (entry)));
}

static void
on_stop_search_cb (GtkSearchEntry *entry, gpointer user_data)
{
  gtk_editable_set_text (GTK_EDITABLE (entry), "");
  gtk_widget_grab_focus (GTK_WIDGET (MS_THING_PANE (user_data)->list));
}

static void
on_try_again_cb (GtkButton *button, gpointer user_data)
{
  ms_thing_pane_reload (MS_THING_PANE (user_data));
}

/* The pane ------------------------------------------------------------------------------------ */

static void
ms_thing_pane_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GTK_WIDGET_CLASS (ms_thing_pane_parent_class)->size_allocate (widget, width, height, baseline);
  gtk_popover_present (GTK_POPOVER (MS_THING_PANE (widget)->menu));
}

static void
ms_thing_pane_dispose (GObject *object)
{
  MsThingPane *self = MS_THING_PANE (object);

  g_cancellable_cancel (self->cancellable);
  if (self->server != NULL)
    g_signal_handlers_disconnect_by_func (self->server, on_server_changed_cb, self);
  drop_list (self);
  self->type = NULL;
  g_clear_pointer (&self->schemas, ms_schema_registry_unref);
  g_clear_object (&self->server);
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  adw_bin_set_child (ADW_BIN (object), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_THING_PANE);
  G_OBJECT_CLASS (ms_thing_pane_parent_class)->dispose (object);
}

static void
ms_thing_pane_finalize (GObject *object)
{
  g_clear_object (&MS_THING_PANE (object)->cancellable);
  G_OBJECT_CLASS (ms_thing_pane_parent_class)->finalize (object);
}

static void
ms_thing_pane_class_init (MsThingPaneClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_thing_pane_dispose;
  G_OBJECT_CLASS (klass)->finalize = ms_thing_pane_finalize;
  widget_class->size_allocate = ms_thing_pane_size_allocate;
  changed_signal = g_signal_new (
      "changed", MS_TYPE_THING_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_install_action (widget_class, "thing.new", NULL, new_action);
  gtk_widget_class_install_action (widget_class, "thing.properties", NULL, properties_action);
  gtk_widget_class_install_action (widget_class, "thing.delete", NULL, delete_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "thing.delete", NULL);
  gtk_widget_class_add_binding_action (
      widget_class, GDK_KEY_Return, GDK_ALT_MASK, "thing.properties", NULL);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/browser/ms-thing-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, MsThingPane, box);
  gtk_widget_class_bind_template_child (widget_class, MsThingPane, empty);
  gtk_widget_class_bind_template_child (widget_class, MsThingPane, error);
  gtk_widget_class_bind_template_child (widget_class, MsThingPane, filter);
  gtk_widget_class_bind_template_child (widget_class, MsThingPane, list);
  gtk_widget_class_bind_template_child (widget_class, MsThingPane, new_button);
  gtk_widget_class_bind_template_child (widget_class, MsThingPane, stack);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_stop_search_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_try_again_cb);
}

static GtkWidget *
new_menu (MsThingPane *self)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenu) last = g_menu_new ();

  g_menu_append (menu, _("_New…"), "thing.new");
  g_menu_append (menu, _("_Delete…"), "thing.delete");
  g_menu_append (last, _("P_roperties"), "thing.properties");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (last));
  return ms_row_menu_new (GTK_WIDGET (self), self->list, G_MENU_MODEL (menu));
}

static void
ms_thing_pane_init (MsThingPane *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (factory, "setup", G_CALLBACK (on_setup_cb), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind_cb), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (on_unbind_cb), self, 0);
  gtk_list_view_set_factory (self->list, factory);
  self->menu = new_menu (self);
  update_actions (self);
}

static void
show_words (MsThingPane *self)
{
  g_autofree char *empty = g_strdup_printf (_("No %s Yet"), self->type->endpoint + 1);
  g_autofree char *escaped = g_markup_escape_text (empty, -1);
  g_autofree char *description
      = self->type->description != NULL ? g_markup_escape_text (self->type->description, -1) : NULL;
  g_autofree char *tip = g_strdup_printf (_("New %s"), self->type->name);

  adw_status_page_set_title (self->empty, escaped);
  adw_status_page_set_description (self->empty, description);
  gtk_widget_set_tooltip_text (self->new_button, tip);
}

/* The type as the server has it now; %FALSE where it has none of that name any more. */
static gboolean
take_type (MsThingPane *self, MsServer *server, const char *type_name)
{
  MsSchemaRegistry     *schemas = ms_server_get_schemas (server);
  const MsResourceType *type = schemas != NULL && type_name != NULL
                                   ? ms_schema_registry_get_type_by_name (schemas, type_name)
                                   : NULL;
  g_autoptr (MsSchemaRegistry) old = g_steal_pointer (&self->schemas);

  self->type = type;
  if (type == NULL)
    return FALSE;
  self->schemas = ms_schema_registry_ref (schemas);
  show_words (self);
  return TRUE;
}

/* What may be done changes with the connection; what there is to show, with the schemas. */
static void
on_server_changed_cb (MsThingPane *self)
{
  MsSchemaRegistry *schemas = ms_server_get_schemas (self->server);

  /* A type that is gone is left to the tree, which loses its branch. */
  if (schemas != NULL && schemas != self->schemas
      && ms_schema_registry_get_type_by_name (schemas, self->type->name) != NULL)
    {
      g_autofree char *name = g_strdup (self->type->name);
      drop_list (self);
      (void) take_type (self, self->server, name); /* it was found just now */
      make_list (self);
      ms_remote_list_set_search (self->objects,
                                 gtk_editable_get_text (GTK_EDITABLE (self->filter)));
    }
  update_actions (self);
}

void
ms_thing_pane_set_type (MsThingPane *self, MsServer *server, const char *type_name)
{
  g_return_if_fail (MS_IS_THING_PANE (self));

  if (self->server == server && self->type != NULL && g_strcmp0 (self->type->name, type_name) == 0)
    return;
  drop_list (self);
  if (self->server != NULL)
    g_signal_handlers_disconnect_by_func (self->server, on_server_changed_cb, self);
  g_clear_object (&self->server);
  gtk_editable_set_text (GTK_EDITABLE (self->filter), "");
  if (server == NULL || !take_type (self, server, type_name))
    {
      self->type = NULL;
      g_clear_pointer (&self->schemas, ms_schema_registry_unref);
      return;
    }
  self->server = g_object_ref (server);
  g_signal_connect_swapped (server, "changed", G_CALLBACK (on_server_changed_cb), self);
  make_list (self);
}

void
ms_thing_pane_reload (MsThingPane *self)
{
  g_return_if_fail (MS_IS_THING_PANE (self));

  if (self->objects != NULL)
    ms_remote_list_reload (self->objects);
}

void
ms_thing_pane_focus_filter (MsThingPane *self)
{
  g_return_if_fail (MS_IS_THING_PANE (self));

  gtk_widget_grab_focus (self->filter);
}

char *
ms_thing_pane_dup_status (MsThingPane *self)
{
  g_return_val_if_fail (MS_IS_THING_PANE (self), NULL);

  if (self->objects == NULL || ms_remote_list_is_loading (self->objects))
    return g_strdup ("");

  guint            n = g_list_model_get_n_items (G_LIST_MODEL (self->objects));
  guint            selected = count_selected (self);
  g_autofree char *all = g_strdup_printf (ngettext ("%'u object", "%'u objects", n), n);
  return selected > 0 ? g_strdup_printf (_("%1$s, %2$'u selected"), all, selected)
                      : g_steal_pointer (&all);
}

GtkSelectionModel *
ms_thing_pane_get_selection (MsThingPane *self)
{
  g_return_val_if_fail (MS_IS_THING_PANE (self), NULL);

  return GTK_SELECTION_MODEL (self->selection);
}
