/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsMembersField: a list view over the entries, a button that adds one of each kind, and Delete. An
 * entry is kept as a resource of which only type, id and name are known. Each added or removed
 * entry is an operation of its own: two people who work on one list do not undo each other, and a
 * long list is never sent whole.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-members-field.h"
#include "ms-object-words.h"
#include "ms-any-picker.h"

/* Of the entries of a mailing list. */
static const char *const list_types[] = { "User", "Mailbox", "MailGroup", "Group", NULL };

struct _MsMembersField
{
  MsField parent_instance;

  /* Owned */
  MsConnection      *connection;
  GListStore        *entries;
  char             **types; /* what entries may be */
  GtkMultiSelection *selection;

  /* Borrowed: in our row, which we own */
  GtkWidget *popover;
  GtkWidget *remove;
  GtkWidget *stack;
  GtkWidget *view;
};

G_DEFINE_FINAL_TYPE (MsMembersField, ms_members_field, MS_TYPE_FIELD)

static MsResource *
new_entry (const char *type_name, const char *id, const char *name)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonObject *meta = json_object_new ();

  json_object_set_string_member (object, "id", id);
  json_object_set_string_member (object, "userName", name);
  json_object_set_string_member (object, "name", name);
  json_object_set_string_member (object, "displayName", name);
  json_object_set_string_member (meta, "resourceType", type_name);
  json_object_set_object_member (object, "meta", meta);

  return ms_resource_new (object);
}

static gboolean
has_entry (MsMembersField *self, const char *id)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->entries));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (MsResource) entry = g_list_model_get_item (G_LIST_MODEL (self->entries), i);

      if (g_strcmp0 (ms_resource_get_id (entry), id) == 0)
        return TRUE;
    }

  return FALSE;
}

static void
update_state (MsMembersField *self)
{
  g_autoptr (GtkBitset) selected
             = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));
  gboolean empty = g_list_model_get_n_items (G_LIST_MODEL (self->entries)) == 0;

  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), empty ? "empty" : "list");
  gtk_widget_set_sensitive (self->remove, !gtk_bitset_is_empty (selected));
}

static void
remove_selected (MsMembersField *self)
{
  g_autoptr (GtkBitset) selected
             = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (self->selection));
  g_autoptr (GtkBitset) positions = gtk_bitset_copy (selected);

  while (!gtk_bitset_is_empty (positions))
    {
      guint last = gtk_bitset_get_maximum (positions);

      gtk_bitset_remove (positions, last);
      g_list_store_remove (self->entries, last);
    }
  update_state (self);
  ms_field_changed (MS_FIELD (self));
}

static gboolean
on_delete_key_cb (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  remove_selected (user_data);

  return GDK_EVENT_STOP;
}

static void
on_picked_cb (MsAnyPicker *picker, MsResource *resource, MsMembersField *self)
{
  if (resource != NULL)
    ms_members_field_add (self, resource);
}

static void
on_row_setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *name = gtk_label_new (NULL);
  GtkWidget *kind = gtk_label_new (NULL);

  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_widget_add_css_class (kind, "dim-label");
  gtk_widget_add_css_class (kind, "caption");
  gtk_box_append (GTK_BOX (box), gtk_image_new ());
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), kind);
  gtk_list_item_set_child (item, box);
}

static void
on_row_bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  MsResource *entry = gtk_list_item_get_item (item);
  GtkWidget  *image = gtk_widget_get_first_child (gtk_list_item_get_child (item));
  GtkWidget  *name = gtk_widget_get_next_sibling (image);
  const char *type_name = ms_resource_get_type_name (entry);

  gtk_image_set_from_icon_name (GTK_IMAGE (image), ms_object_words_icon (type_name));
  gtk_label_set_text (GTK_LABEL (name), ms_resource_get_label (entry));
  gtk_widget_set_tooltip_text (name, ms_resource_get_label (entry));
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_next_sibling (name)),
                      ms_object_words_type (type_name));
}

static GtkWidget *
build_add_button (MsMembersField *self)
{
  GtkWidget *button = gtk_menu_button_new ();
  GtkWidget *picker
      = ms_any_picker_new (self->connection, (const char *const *) self->types, 380, 280);

  g_signal_connect_object (picker, "picked", G_CALLBACK (on_picked_cb), self, 0);
  self->popover = gtk_popover_new ();
  gtk_popover_set_child (GTK_POPOVER (self->popover), picker);

  gtk_menu_button_set_label (GTK_MENU_BUTTON (button), _("_Add Entry"));
  gtk_menu_button_set_use_underline (GTK_MENU_BUTTON (button), TRUE);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), self->popover);

  return button;
}

static GtkWidget *
build_view (MsMembersField *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget          *scroller = gtk_scrolled_window_new ();
  GtkEventController *shortcuts = gtk_shortcut_controller_new ();
  g_autofree char    *title = ms_field_dup_title (MS_FIELD (self));

  g_signal_connect (factory, "setup", G_CALLBACK (on_row_setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_row_bind_cb), NULL);
  self->selection = gtk_multi_selection_new (G_LIST_MODEL (g_object_ref (self->entries)));
  self->view = gtk_list_view_new (GTK_SELECTION_MODEL (g_object_ref (self->selection)), factory);
  gtk_widget_add_css_class (self->view, "navigation-sidebar");
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (shortcuts),
      gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Delete, 0),
                        gtk_callback_action_new (on_delete_key_cb, self, NULL)));
  gtk_widget_add_controller (self->view, shortcuts);
  g_signal_connect_object (
      self->selection, "selection-changed", G_CALLBACK (update_state), self, G_CONNECT_SWAPPED);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->view);
  gtk_scrolled_window_set_policy (
      GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);

  return scroller;
}

static void
ms_members_field_build (MsField *field, MsFieldRow *row)
{
  MsMembersField *self = MS_MEMBERS_FIELD (field);
  GtkWidget      *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget      *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget      *empty = gtk_label_new (_("No entries yet"));

  self->stack = gtk_stack_new ();
  gtk_widget_set_size_request (self->stack, -1, 220);
  gtk_widget_add_css_class (empty, "dim-label");
  gtk_stack_add_named (GTK_STACK (self->stack), build_view (self), "list");
  gtk_stack_add_named (GTK_STACK (self->stack), empty, "empty");

  self->remove = gtk_button_new_with_mnemonic (_("Re_move"));
  gtk_widget_set_tooltip_text (self->remove, _("Remove the selected entries (Delete)"));
  g_signal_connect_object (
      self->remove, "clicked", G_CALLBACK (remove_selected), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (buttons), self->remove);
  gtk_box_append (GTK_BOX (buttons), build_add_button (self));
  gtk_widget_set_halign (buttons, GTK_ALIGN_END);

  gtk_box_append (GTK_BOX (box), self->stack);
  gtk_box_append (GTK_BOX (box), buttons);
  ms_field_row_set_control (row, box, self->view, MS_FIELD_ROW_BELOW);
  update_state (self);
}

static void
ms_members_field_set_value (MsField *field, JsonNode *value)
{
  MsMembersField *self = MS_MEMBERS_FIELD (field);

  g_list_store_remove_all (self->entries);
  if (value != NULL && JSON_NODE_HOLDS_ARRAY (value))
    {
      JsonArray *array = json_node_get_array (value);
      g_autoptr (GPtrArray) added = g_ptr_array_new_with_free_func (g_object_unref);

      for (guint i = 0; i < json_array_get_length (array); i++)
        {
          JsonObject *element = json_array_get_object_element (array, i);
          const char *id = json_object_get_string_member_with_default (element, "value", "");
          const char *name = json_object_get_string_member_with_default (element, "display", id);

          g_ptr_array_add (added,
                           new_entry (json_object_get_string_member_with_default (
                                          element, "type", self->types[0]),
                                      id,
                                      name));
        }
      g_list_store_splice (self->entries, 0, 0, added->pdata, added->len);
    }
  update_state (self);
}

static JsonNode *
ms_members_field_dup_value (MsField *field)
{
  MsMembersField *self = MS_MEMBERS_FIELD (field);
  g_autoptr (JsonArray) array = json_array_new ();
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->entries));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (MsResource) entry = g_list_model_get_item (G_LIST_MODEL (self->entries), i);
      JsonObject *element = json_object_new ();

      json_object_set_string_member (element, "value", ms_resource_get_id (entry));
      json_object_set_string_member (element, "type", ms_resource_get_type_name (entry));
      json_object_set_string_member (element, "display", ms_resource_get_label (entry));
      json_array_add_object_element (array, element);
    }
  if (n == 0)
    return NULL;

  return json_node_init_array (json_node_alloc (), array);
}

static GHashTable *
new_id_set (JsonNode *value)
{
  GHashTable *ids = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; value != NULL && i < json_array_get_length (json_node_get_array (value)); i++)
    {
      JsonObject *element = json_array_get_object_element (json_node_get_array (value), i);

      g_hash_table_insert (
          ids, (gpointer) json_object_get_string_member (element, "value"), element);
    }

  return ids;
}

static void
ms_members_field_append_operations (MsField   *field,
                                    JsonNode  *base,
                                    JsonNode  *value,
                                    JsonArray *operations)
{
  g_autoptr (GHashTable) before = new_id_set (base);
  g_autoptr (GHashTable) after = new_id_set (value);
  g_autoptr (JsonArray) added = json_array_new ();
  GHashTableIter iter;
  gpointer       id, element;

  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    if (!g_hash_table_contains (after, id))
      {
        g_autofree char *path
            = g_strdup_printf ("%s[value eq \"%s\"]", ms_field_get_path (field), (const char *) id);

        ms_field_add_operation (operations, "remove", path, NULL);
      }

  g_hash_table_iter_init (&iter, after);
  while (g_hash_table_iter_next (&iter, &id, &element))
    if (!g_hash_table_contains (before, id))
      {
        JsonObject *entry = json_object_new ();

        json_object_set_string_member (entry, "value", id);
        json_array_add_object_element (added, entry);
      }
  if (json_array_get_length (added) > 0)
    {
      g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), added);

      ms_field_add_operation (operations, "add", ms_field_get_path (field), node);
    }
}

static char *
ms_members_field_describe (MsField *field, JsonNode *value)
{
  guint n = value != NULL && JSON_NODE_HOLDS_ARRAY (value)
                ? json_array_get_length (json_node_get_array (value))
                : 0;

  return g_strdup_printf (ngettext ("%u entry", "%u entries", n), n);
}

static void
ms_members_field_finalize (GObject *object)
{
  MsMembersField *self = MS_MEMBERS_FIELD (object);

  g_clear_object (&self->connection);
  g_clear_object (&self->selection);
  g_clear_object (&self->entries);
  g_strfreev (self->types);

  G_OBJECT_CLASS (ms_members_field_parent_class)->finalize (object);
}

static void
ms_members_field_class_init (MsMembersFieldClass *klass)
{
  MsFieldClass *field_class = MS_FIELD_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ms_members_field_finalize;
  field_class->build = ms_members_field_build;
  field_class->set_value = ms_members_field_set_value;
  field_class->dup_value = ms_members_field_dup_value;
  field_class->append_operations = ms_members_field_append_operations;
  field_class->describe = ms_members_field_describe;
}

static void
ms_members_field_init (MsMembersField *self)
{
  self->entries = g_list_store_new (MS_TYPE_RESOURCE);
  self->types = g_strdupv ((char **) list_types);
}

MsField *
ms_members_field_new (const char   *path,
                      const char   *title,
                      const char   *hint,
                      MsConnection *connection)
{
  MsField *self;

  g_return_val_if_fail (MS_IS_CONNECTION (connection), NULL);

  self = ms_field_new (MS_TYPE_MEMBERS_FIELD, path, title, hint);
  MS_MEMBERS_FIELD (self)->connection = g_object_ref (connection);

  return self;
}

void
ms_members_field_set_types (MsMembersField *self, const char *const *types)
{
  g_return_if_fail (MS_IS_MEMBERS_FIELD (self));
  g_return_if_fail (types != NULL && types[0] != NULL);

  g_strfreev (self->types);
  self->types = g_strdupv ((char **) types);
}

void
ms_members_field_add (MsMembersField *self, MsResource *resource)
{
  g_autoptr (MsResource) entry = NULL;

  g_return_if_fail (MS_IS_MEMBERS_FIELD (self));
  g_return_if_fail (MS_IS_RESOURCE (resource));

  (void) ms_field_get_row (MS_FIELD (self));
  if (has_entry (self, ms_resource_get_id (resource)))
    return;

  entry = new_entry (ms_resource_get_type_name (resource),
                     ms_resource_get_id (resource),
                     ms_connection_get_label_of (self->connection, resource));
  g_list_store_append (self->entries, entry);
  update_state (self);
  ms_field_changed (MS_FIELD (self));
}
