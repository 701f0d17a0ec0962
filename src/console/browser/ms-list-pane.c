/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. A new node means a new windowed list; the words typed in the filter go with the
 * list they were typed for.
 */
#include "config.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "ms-entry-list.h"
#include "ms-list-pane.h"
#include "ms-list-view.h"
#include "ms-signal.h"

struct _MsListPane
{
  AdwBin parent_instance;

  /* Template children */
  GtkWidget      *box;
  GtkMenuButton  *columns;
  AdwStatusPage  *empty;
  AdwStatusPage  *error;
  GtkSearchEntry *filter;
  GtkSpinner     *spinner;
  GtkStack       *stack;
  MsListView     *view;

  /* Owned */
  MsNode     *node;
  GListModel *list;
  gboolean    setting_up;
};

G_DEFINE_FINAL_TYPE (MsListPane, ms_list_pane, ADW_TYPE_BIN)

enum
{
  SIGNAL_CHANGED,
  SIGNAL_ACTIVATED,
  SIGNAL_MENU_REQUESTED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

typedef struct
{
  MsNodeKind  kind;
  const char *icon;
  const char *title;
  const char *text;
  const char *button; /* (nullable) */
  const char *action;
} EmptyPage;

static const EmptyPage empty_pages[] = {
  { MS_NODE_USERS,
    "ms-users-symbolic",
    N_ ("No Users Yet"),
        N_ ("Users log on to mail, proxy and FTP servers."), N_ ("_New User…"), "node.new-user" },
        { MS_NODE_MAILBOXES,
          "ms-mailboxes-symbolic",
          N_ ("No Mailboxes Yet"),
              N_ ("A new user comes with a mailbox of its own."),
                  N_ ("_New User…"), "node.new-user" },
              { MS_NODE_MAIL_GROUP,
                "ms-mail-group-symbolic",
                N_ ("No Mailboxes in This Group"),
                    N_ ("Drag mailboxes here, or choose Move To… from their menu."),
                        N_ ("New _Mailbox…"), "node.new-mailbox" },
                    { MS_NODE_USER,
                      "ms-mailbox-symbolic",
                      N_ ("This User Has No Mailbox"),
                          N_ ("Without a primary mailbox the user cannot receive mail."),
                              N_ ("New _Mailbox…"), "node.new-mailbox" },
                          { MS_NODE_LISTS,
                            "ms-lists-symbolic",
                            N_ ("No Mailing Lists Yet"),
                                N_ ("A mailing list delivers to all of its entries."),
                                    N_ ("New Mailing _List…"), "node.new-list" },
                                { MS_NODE_MAILING_LIST,
                                  "ms-list-symbolic",
                                  N_ ("No Entries Yet"),
                                      N_ ("Drag mailboxes, users or groups onto the list to add them."),
                                          NULL,
                                          NULL },
                                  { MS_NODE_TEMPLATES,
                                    "ms-templates-symbolic",
                                    N_ ("No Templates Yet"),
                                        N_ ("A template gives new accounts their rights, group and limits."),
                                            N_ ("New _Template…"), "node.new-template" },
                                        { MS_NODE_DOMAINS,
                                          "ms-domains-symbolic",
                                          N_ ("No Domains Yet"),
                                              N_ ("Addresses need a domain."),
                                                  N_ ("New _Domain…"), "node.new-domain" },
                                         };

static void
emit_changed (MsListPane *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static gboolean
has_search (MsListPane *self)
{
  return *gtk_editable_get_text (GTK_EDITABLE (self->filter)) != '\0';
}

static const GError *
get_error (MsListPane *self)
{
  return MS_IS_REMOTE_LIST (self->list) ? ms_remote_list_get_error (MS_REMOTE_LIST (self->list))
                                        : NULL;
}

static gboolean
is_loading (MsListPane *self)
{
  return MS_IS_REMOTE_LIST (self->list) && ms_remote_list_is_loading (MS_REMOTE_LIST (self->list));
}

static void
fill_empty_page (MsListPane *self)
{
  MsNodeKind kind = ms_node_get_kind (self->node);
  GtkWidget *button = NULL;

  if (kind == MS_NODE_RANGE)
    kind = MS_NODE_USERS;
  for (guint i = 0; i < G_N_ELEMENTS (empty_pages); i++)
    {
      const EmptyPage *page = &empty_pages[i];

      if (page->kind != kind)
        continue;
      adw_status_page_set_icon_name (self->empty, page->icon);
      adw_status_page_set_title (self->empty, _(page->title));
      adw_status_page_set_description (self->empty, _(page->text));
      if (page->button != NULL)
        {
          button = gtk_button_new_with_mnemonic (_(page->button));
          gtk_actionable_set_action_name (GTK_ACTIONABLE (button), page->action);
          gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
          gtk_widget_add_css_class (button, "pill");
          gtk_widget_add_css_class (button, "suggested-action");
        }
    }
  adw_status_page_set_child (self->empty, button);
}

static void
show_page (MsListPane *self, const char *page)
{
  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), page) != 0)
    gtk_stack_set_visible_child_name (self->stack, page);
  gtk_spinner_set_spinning (self->spinner, g_strcmp0 (page, "loading") == 0);
}

static void
update (MsListPane *self)
{
  const GError *error = get_error (self);
  guint         n = self->list != NULL ? g_list_model_get_n_items (self->list) : 0;

  if (self->node == NULL || self->setting_up)
    return;
  if (n > 0)
    {
      show_page (self, "list");
    }
  else if (error != NULL)
    {
      g_autofree char *text = g_markup_escape_text (error->message, -1);

      adw_status_page_set_description (self->error, text);
      show_page (self, "error");
    }
  else if (is_loading (self))
    {
      show_page (self, "loading");
    }
  else if (has_search (self))
    {
      show_page (self, "nothing-found");
    }
  else
    {
      fill_empty_page (self);
      show_page (self, "empty");
    }
  emit_changed (self);
}

static void
apply_sort (MsListPane *self)
{
  const char *sort_by;
  gboolean    descending;

  if (MS_IS_REMOTE_LIST (self->list) && ms_list_view_get_sort (self->view, &sort_by, &descending))
    ms_remote_list_set_sort (MS_REMOTE_LIST (self->list), sort_by, descending);
}

static void
on_sort_changed_cb (MsListView *view, const char *sort_by, gboolean descending, gpointer user_data)
{
  apply_sort (MS_LIST_PANE (user_data));
}

static void
on_search_changed_cb (GtkSearchEntry *entry, gpointer user_data)
{
  MsListPane *self = MS_LIST_PANE (user_data);
  const char *text = gtk_editable_get_text (GTK_EDITABLE (entry));

  if (self->list == NULL || self->setting_up)
    return;
  if (MS_IS_REMOTE_LIST (self->list))
    ms_remote_list_set_search (MS_REMOTE_LIST (self->list), *text != '\0' ? text : NULL);
  else
    ms_entry_list_set_search (self->list, text);
  update (self);
}

static void
on_stop_search_cb (GtkSearchEntry *entry, gpointer user_data)
{
  MsListPane *self = MS_LIST_PANE (user_data);

  gtk_editable_set_text (GTK_EDITABLE (entry), "");
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
on_filter_activate_cb (GtkSearchEntry *entry, gpointer user_data)
{
  gtk_widget_grab_focus (GTK_WIDGET (MS_LIST_PANE (user_data)->view));
}

static void
on_view_activated_cb (MsListView *view, MsResource *resource, gpointer user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_ACTIVATED], 0, resource);
}

static void
on_view_menu_requested_cb (MsListView *view, gpointer user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_MENU_REQUESTED], 0);
}

static void
on_try_again_cb (GtkButton *button, gpointer user_data)
{
  ms_list_pane_reload (MS_LIST_PANE (user_data));
}

static void
on_list_notify_cb (GObject *list, GParamSpec *pspec, gpointer user_data)
{
  update (MS_LIST_PANE (user_data));
}

static void
on_list_items_changed_cb (
    GListModel *list, guint position, guint removed, guint added, gpointer user_data)
{
  update (MS_LIST_PANE (user_data));
}

static void
drop_list (MsListPane *self)
{
  if (self->list == NULL)
    return;
  g_signal_handlers_disconnect_by_func (self->list, on_list_items_changed_cb, self);
  g_signal_handlers_disconnect_by_func (self->list, on_list_notify_cb, self);
  g_clear_object (&self->list);
}

static void
focus_filter_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ms_list_pane_focus_filter (MS_LIST_PANE (widget));
}

static void
ms_list_pane_dispose (GObject *object)
{
  MsListPane *self = MS_LIST_PANE (object);

  drop_list (self);
  g_clear_object (&self->node);
  adw_bin_set_child (ADW_BIN (object), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), MS_TYPE_LIST_PANE);
  G_OBJECT_CLASS (ms_list_pane_parent_class)->dispose (object);
}

static void
ms_list_pane_class_init (MsListPaneClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GType     resource[] = { MS_TYPE_RESOURCE };

  g_type_ensure (MS_TYPE_LIST_VIEW);
  G_OBJECT_CLASS (klass)->dispose = ms_list_pane_dispose;
  signals[SIGNAL_CHANGED] = ms_signal_new ("changed", MS_TYPE_LIST_PANE, 0, NULL);
  signals[SIGNAL_ACTIVATED] = ms_signal_new ("activated", MS_TYPE_LIST_PANE, 1, resource);
  signals[SIGNAL_MENU_REQUESTED] = ms_signal_new ("menu-requested", MS_TYPE_LIST_PANE, 0, NULL);
  /* An action of its own gives the pane a place in the chain of actions before its children look
   * for theirs; groups inserted into it later would not be found by them otherwise. */
  gtk_widget_class_install_action (widget_class, "list-pane.filter", NULL, focus_filter_action);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/browser/ms-list-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, MsListPane, box);
  gtk_widget_class_bind_template_child (widget_class, MsListPane, columns);
  gtk_widget_class_bind_template_child (widget_class, MsListPane, empty);
  gtk_widget_class_bind_template_child (widget_class, MsListPane, error);
  gtk_widget_class_bind_template_child (widget_class, MsListPane, filter);
  gtk_widget_class_bind_template_child (widget_class, MsListPane, spinner);
  gtk_widget_class_bind_template_child (widget_class, MsListPane, stack);
  gtk_widget_class_bind_template_child (widget_class, MsListPane, view);
  gtk_widget_class_bind_template_callback (widget_class, emit_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_filter_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_sort_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_stop_search_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_try_again_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_view_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_view_menu_requested_cb);
}

static void
ms_list_pane_init (MsListPane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_search_entry_set_key_capture_widget (self->filter, NULL);
}

static const char *
get_owner_id (MsNode *node, MsNode *parent)
{
  MsResource *resource = ms_node_get_resource (node);

  if (ms_node_get_kind (node) == MS_NODE_MAILBOX)
    return ms_resource_get_string (resource, "owner.value");
  return ms_resource_get_id (resource);
}

static GListModel *
new_list (MsListPane *self, MsNode *node, MsNode *parent)
{
  MsConnection    *connection = ms_server_get_connection (ms_node_get_server (node));
  MsNodeKind       kind = ms_node_get_kind (node);
  g_autofree char *filter = NULL;
  MsRemoteList    *list;

  if (kind == MS_NODE_MAILING_LIST)
    return ms_entry_list_new (ms_node_get_resource (node));
  if (kind == MS_NODE_USER || kind == MS_NODE_MAILBOX)
    filter = g_strdup_printf ("owner.value eq \"%s\"", get_owner_id (node, parent));
  else if (kind == MS_NODE_MAIL_GROUP)
    filter = g_strdup_printf ("group.value eq \"%s\"",
                              ms_resource_get_id (ms_node_get_resource (node)));
  list = ms_remote_list_new (
      connection, ms_node_kind_get_type_name (ms_node_get_row_kind (node)), filter, NULL);
  if (kind == MS_NODE_RANGE)
    ms_remote_list_set_range (list, ms_node_get_start (node), ms_node_get_length (node));
  return G_LIST_MODEL (list);
}

static const char *
get_placeholder (MsNodeKind row_kind)
{
  switch (row_kind)
    {
    case MS_NODE_USER:
      return _("Filter users by name, login or address");
    case MS_NODE_MAILBOX:
      return _("Filter mailboxes by name, address or alias");
    case MS_NODE_MAILING_LIST:
      return _("Filter mailing lists by name or address");
    case MS_NODE_TEMPLATE:
      return _("Filter templates by name");
    case MS_NODE_DOMAIN:
      return _("Filter domains by name");
    default:
      return _("Filter entries by name");
    }
}

void
ms_list_pane_set_node (MsListPane *self, MsNode *node, MsNode *parent)
{
  MsNodeKind row_kind;
  g_autoptr (GMenuModel) columns = NULL;

  g_return_if_fail (MS_IS_LIST_PANE (self));

  if (self->node == node)
    return;
  drop_list (self);
  g_set_object (&self->node, node);
  if (node == NULL)
    {
      ms_list_view_set_list (self->view, NULL, ms_list_view_get_row_kind (self->view), NULL);
      return;
    }
  self->setting_up = TRUE;
  row_kind = ms_node_get_row_kind (node);
  gtk_editable_set_text (GTK_EDITABLE (self->filter), "");
  g_object_set (self->filter, "placeholder-text", get_placeholder (row_kind), NULL);
  self->list = new_list (self, node, parent);
  g_signal_connect (self->list, "items-changed", G_CALLBACK (on_list_items_changed_cb), self);
  if (MS_IS_REMOTE_LIST (self->list))
    {
      g_signal_connect (self->list, "notify::loading", G_CALLBACK (on_list_notify_cb), self);
      g_signal_connect (self->list, "notify::error", G_CALLBACK (on_list_notify_cb), self);
    }
  /* The columns know the order the list is to be asked in; so they come first, then the first row
   * is asked for. */
  ms_list_view_set_list (self->view, ms_node_get_server (node), row_kind, NULL);
  apply_sort (self);
  ms_list_view_set_list (self->view, ms_node_get_server (node), row_kind, self->list);
  columns = ms_list_view_new_column_menu (self->view);
  gtk_menu_button_set_menu_model (self->columns, columns);
  self->setting_up = FALSE;
  update (self);
}

MsObjectSet *
ms_list_pane_dup_selected (MsListPane *self)
{
  g_return_val_if_fail (MS_IS_LIST_PANE (self), NULL);

  return self->node != NULL ? ms_list_view_dup_selected (self->view) : NULL;
}

guint
ms_list_pane_get_n_selected (MsListPane *self)
{
  g_return_val_if_fail (MS_IS_LIST_PANE (self), 0);

  return ms_bitset_selection_get_size (ms_list_view_get_selection (self->view));
}

/* Mailboxes that are not in this mail group itself but below it. */
static guint
get_n_below (MsListPane *self, guint n)
{
  gint64 all;

  if (ms_node_get_kind (self->node) != MS_NODE_MAIL_GROUP || has_search (self))
    return 0;
  all = ms_node_get_count (self->node);
  return all > n ? (guint) (all - n) : 0;
}

char *
ms_list_pane_dup_status (MsListPane *self)
{
  guint            n, selected;
  g_autofree char *count = NULL;

  g_return_val_if_fail (MS_IS_LIST_PANE (self), NULL);

  if (self->node == NULL || self->list == NULL || is_loading (self))
    return g_strdup ("");
  n = g_list_model_get_n_items (self->list);
  selected = ms_list_pane_get_n_selected (self);
  switch (ms_node_get_row_kind (self->node))
    {
    case MS_NODE_USER:
      count = g_strdup_printf (ngettext ("%'u user", "%'u users", n), n);
      break;
    case MS_NODE_MAILBOX:
      count = g_strdup_printf (ngettext ("%'u mailbox", "%'u mailboxes", n), n);
      break;
    case MS_NODE_MAILING_LIST:
      count = g_strdup_printf (ngettext ("%'u mailing list", "%'u mailing lists", n), n);
      break;
    case MS_NODE_TEMPLATE:
      count = g_strdup_printf (ngettext ("%'u template", "%'u templates", n), n);
      break;
    case MS_NODE_DOMAIN:
      count = g_strdup_printf (ngettext ("%'u domain", "%'u domains", n), n);
      break;
    default:
      count = g_strdup_printf (ngettext ("%'u entry", "%'u entries", n), n);
    }
  if (MS_IS_REMOTE_LIST (self->list) && ms_remote_list_has_more (MS_REMOTE_LIST (self->list)))
    {
      /* Translators: "10,000 users": a search finds more, and the list shows that many */
      char *more = g_strdup_printf (_("more than %s"), count);
      g_free (count);
      count = more;
    }
  if (selected > 0)
    return g_strdup_printf (
        ngettext ("%s, %'u selected", "%s, %'u selected", selected), count, selected);
  if (get_n_below (self, n) > 0)
    /* Translators: what the list shows ("17 mailboxes"), and how many more are in groups below this
     * one */
    return g_strdup_printf (ngettext ("%s, %'u more in the groups below",
                                      "%s, %'u more in the groups below",
                                      get_n_below (self, n)),
                            count,
                            get_n_below (self, n));
  return g_steal_pointer (&count);
}

GListModel *
ms_list_pane_get_list (MsListPane *self)
{
  g_return_val_if_fail (MS_IS_LIST_PANE (self), NULL);

  return self->list;
}

void
ms_list_pane_focus_filter (MsListPane *self)
{
  g_return_if_fail (MS_IS_LIST_PANE (self));

  gtk_widget_grab_focus (GTK_WIDGET (self->filter));
}

void
ms_list_pane_select_all (MsListPane *self, gboolean select)
{
  GtkSelectionModel *selection;

  g_return_if_fail (MS_IS_LIST_PANE (self));

  selection = GTK_SELECTION_MODEL (ms_list_view_get_selection (self->view));
  if (select)
    gtk_selection_model_select_all (selection);
  else
    gtk_selection_model_unselect_all (selection);
}

void
ms_list_pane_reload (MsListPane *self)
{
  g_return_if_fail (MS_IS_LIST_PANE (self));

  if (MS_IS_REMOTE_LIST (self->list))
    ms_remote_list_reload (MS_REMOTE_LIST (self->list));
}

void
ms_list_pane_set_menu (MsListPane *self, GMenuModel *menu)
{
  g_return_if_fail (MS_IS_LIST_PANE (self));

  ms_menu_host_set_menu (MS_MENU_HOST (self->view), menu);
}

const char *
ms_list_pane_get_page (MsListPane *self)
{
  g_return_val_if_fail (MS_IS_LIST_PANE (self), NULL);

  return gtk_stack_get_visible_child_name (self->stack);
}
