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
#include "ms-list-item.h"
#include "ms-thing-pane.h"
#include "ms-value-text.h"

#define MAX_DETAILS 4
/* What one request of /api/v1/actions takes. */
#define MAX_DELETED 10000

struct _MsThingPane
{
  MsRowPane parent_instance;

  /* Template children */
  AdwStatusPage *empty;
  GtkWidget     *new_button;

  /* Owned */
  MsSchemaRegistry *schemas;
  GCancellable     *cancellable;

  /* Borrowed: the registry's */
  const MsResourceType *type;
};

G_DEFINE_FINAL_TYPE (MsThingPane, ms_thing_pane, MS_TYPE_ROW_PANE)

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
  ms_list_item_mark (item);
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

static gboolean
ms_thing_pane_is_loading (GListModel *list)
{
  return ms_remote_list_is_loading (MS_REMOTE_LIST (list));
}

static const GError *
ms_thing_pane_get_error (GListModel *list)
{
  return ms_remote_list_get_error (MS_REMOTE_LIST (list));
}

static void
ms_thing_pane_reload_list (GListModel *list)
{
  ms_remote_list_reload (MS_REMOTE_LIST (list));
}

static void
ms_thing_pane_search (MsRowPane *pane, const char *words)
{
  GListModel *objects = ms_row_pane_get_list (pane);

  if (objects != NULL)
    ms_remote_list_set_search (MS_REMOTE_LIST (objects), words);
}

static void
ms_thing_pane_update_actions (MsRowPane *pane)
{
  GtkWidget *widget = GTK_WIDGET (pane);
  gboolean   writable = ms_row_pane_is_writable (pane);
  guint      n = ms_row_pane_count_selected (pane);

  gtk_widget_action_set_enabled (widget, "thing.new", writable);
  gtk_widget_action_set_enabled (widget, "thing.properties", n == 1);
  gtk_widget_action_set_enabled (widget, "thing.delete", writable && n > 0 && n <= MAX_DELETED);
}

static char *
ms_thing_pane_describe (GListModel *list)
{
  if (ms_remote_list_is_loading (MS_REMOTE_LIST (list)))
    return NULL;

  guint            n = g_list_model_get_n_items (list);
  g_autofree char *count = g_strdup_printf (ngettext ("%'u object", "%'u objects", n), n);
  /* Translators: "10,000 objects": a search finds more, and the list shows that many */
  return ms_remote_list_has_more (MS_REMOTE_LIST (list))
      ? g_strdup_printf (_("more than %s"), count)
      : g_steal_pointer (&count);
}

static MsConnection *
get_connection (MsThingPane *self)
{
  return ms_server_get_connection (ms_row_pane_get_server (MS_ROW_PANE (self)));
}

static void
make_list (MsThingPane *self)
{
  const MsAttribute *label = ms_resource_type_get_label (self->type);

  ms_row_pane_set_list (
      MS_ROW_PANE (self),
      G_LIST_MODEL (ms_remote_list_new (
          get_connection (self), self->type->name, NULL, label != NULL ? label->path : NULL)));
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

  ms_new_object_present (get_window (self), get_connection (self), self->type->name, NULL);
}

/* (transfer full) (nullable) */
static MsResource *
dup_selected (MsThingPane *self, guint n)
{
  MsRowPane *pane = MS_ROW_PANE (self);
  g_autoptr (GtkBitset) selected = ms_row_pane_dup_selected (pane);

  return selected != NULL && n < gtk_bitset_get_size (selected)
             ? g_list_model_get_item (ms_row_pane_get_list (pane), gtk_bitset_get_nth (selected, n))
             : NULL;
}

static void
properties_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  MsThingPane *self = MS_THING_PANE (widget);
  g_autoptr (MsResource) resource = dup_selected (self, 0);

  if (resource != NULL && ms_resource_is_loaded (resource))
    ms_properties_present (
        get_window (self), get_connection (self), self->type->name, ms_resource_get_id (resource));
}

/* "red lamp", or "3 objects" (transfer full) */
static char *
dup_selection_label (MsThingPane *self)
{
  guint n = ms_row_pane_count_selected (MS_ROW_PANE (self));
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
    ms_connection_action_async (get_connection (self),
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
  MsRowPane *pane = MS_ROW_PANE (self);
  g_autoptr (GtkBitset) selected = ms_row_pane_dup_selected (pane);
  g_autoptr (GArray) positions = g_array_new (FALSE, FALSE, sizeof (guint));

  if (!ms_confirm_finish (result, NULL) || selected == NULL)
    return;
  for (guint i = 0; i < gtk_bitset_get_size (selected); i++)
    {
      guint position = gtk_bitset_get_nth (selected, i);
      g_array_append_val (positions, position);
    }
  ms_remote_list_collect_ids_async (MS_REMOTE_LIST (ms_row_pane_get_list (pane)),
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

/* The pane ------------------------------------------------------------------------------------ */

static void
ms_thing_pane_dispose (GObject *object)
{
  MsThingPane *self = MS_THING_PANE (object);

  g_cancellable_cancel (self->cancellable);
  ms_row_pane_set_list (MS_ROW_PANE (self), NULL);
  self->type = NULL;
  g_clear_pointer (&self->schemas, ms_schema_registry_unref);
  G_OBJECT_CLASS (ms_thing_pane_parent_class)->dispose (object);
}

static void
ms_thing_pane_finalize (GObject *object)
{
  g_clear_object (&MS_THING_PANE (object)->cancellable);
  G_OBJECT_CLASS (ms_thing_pane_parent_class)->finalize (object);
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

/* What there is to show changes with the schemas. */
static void
ms_thing_pane_server_changed (MsRowPane *pane)
{
  MsThingPane      *self = MS_THING_PANE (pane);
  MsServer         *server = ms_row_pane_get_server (pane);
  MsSchemaRegistry *schemas = ms_server_get_schemas (server);

  /* A type that is gone is left to the tree, which loses its branch. */
  if (schemas != NULL && schemas != self->schemas
      && ms_schema_registry_get_type_by_name (schemas, self->type->name) != NULL)
    {
      g_autofree char *name = g_strdup (self->type->name);
      ms_row_pane_set_list (pane, NULL);
      (void) take_type (self, server, name); /* it was found just now */
      make_list (self);
      ms_thing_pane_search (pane, ms_row_pane_get_search (pane));
    }
  ms_row_pane_update_actions (pane);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "thing.new", NULL, new_action);
  gtk_widget_class_install_action (widget_class, "thing.properties", NULL, properties_action);
  gtk_widget_class_install_action (widget_class, "thing.delete", NULL, delete_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "thing.delete", NULL);
  gtk_widget_class_add_binding_action (
      widget_class, GDK_KEY_Return, GDK_ALT_MASK, "thing.properties", NULL);
}

static void
ms_thing_pane_class_init (MsThingPaneClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  MsRowPaneClass *pane_class = MS_ROW_PANE_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_thing_pane_dispose;
  G_OBJECT_CLASS (klass)->finalize = ms_thing_pane_finalize;
  pane_class->activated_action = "thing.properties";
  pane_class->is_loading = ms_thing_pane_is_loading;
  pane_class->get_error = ms_thing_pane_get_error;
  pane_class->reload = ms_thing_pane_reload_list;
  pane_class->search = ms_thing_pane_search;
  pane_class->update_actions = ms_thing_pane_update_actions;
  pane_class->server_changed = ms_thing_pane_server_changed;
  pane_class->describe = ms_thing_pane_describe;
  install_actions (widget_class);
  ms_row_pane_class_set_template (pane_class,
                                  "/org/mailstead/Mailstead/ui/browser/ms-thing-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, MsThingPane, empty);
  gtk_widget_class_bind_template_child (widget_class, MsThingPane, new_button);
}

/* (transfer full) */
static GMenuModel *
new_menu (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) last = g_menu_new ();

  g_menu_append (menu, _("_New…"), "thing.new");
  g_menu_append (menu, _("_Delete…"), "thing.delete");
  g_menu_append (last, _("P_roperties"), "thing.properties");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (last));
  return G_MENU_MODEL (menu);
}

static void
ms_thing_pane_init (MsThingPane *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GMenuModel) menu = new_menu ();

  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (factory, "setup", G_CALLBACK (on_setup_cb), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind_cb), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (on_unbind_cb), self, 0);
  ms_row_pane_set_up (MS_ROW_PANE (self), factory, menu);
}

void
ms_thing_pane_set_type (MsThingPane *self, MsServer *server, const char *type_name)
{
  g_return_if_fail (MS_IS_THING_PANE (self));

  MsRowPane *pane = MS_ROW_PANE (self);
  if (ms_row_pane_get_server (pane) == server && self->type != NULL
      && g_strcmp0 (self->type->name, type_name) == 0)
    return;
  ms_row_pane_set_list (pane, NULL);
  ms_row_pane_set_server (pane, NULL);
  ms_row_pane_clear_search (pane);
  if (server == NULL || !take_type (self, server, type_name))
    {
      self->type = NULL;
      g_clear_pointer (&self->schemas, ms_schema_registry_unref);
      return;
    }
  ms_row_pane_set_server (pane, server);
  make_list (self);
}

char *
ms_thing_pane_dup_status (MsThingPane *self)
{
  return ms_row_pane_dup_status (MS_ROW_PANE (self));
}

GtkSelectionModel *
ms_thing_pane_get_selection (MsThingPane *self)
{
  return ms_row_pane_get_selection (MS_ROW_PANE (self));
}
