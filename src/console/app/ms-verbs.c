/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. One table says which verb fits which kind; one function for each verb, below
 * and in ms-verbs-delete.c, ms-verbs-export.c and ms-verbs-server.c.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-explain-window.h"
#include "ms-import-window.h"
#include "ms-move-to.h"
#include "ms-new-object.h"
#include "ms-new-user.h"
#include "ms-properties.h"
#include "ms-reset-password.h"
#include "ms-verbs-private.h"

#define LIST_ADDRESS "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group:address"

G_DEFINE_FINAL_TYPE (MsVerbs, ms_verbs, G_TYPE_OBJECT)

MsServer *
ms_verbs_get_server (MsVerbs *self)
{
  return self->node != NULL ? ms_node_get_server (self->node) : NULL;
}

MsConnection *
ms_verbs_get_connection (MsVerbs *self)
{
  ms_window_set_acting_server (self->window, ms_verbs_get_server (self));
  return ms_server_get_connection (ms_verbs_get_server (self));
}

static GtkWindow *
get_parent (MsVerbs *self)
{
  return GTK_WINDOW (self->window);
}

static MsResource *
get_first (MsVerbs *self)
{
  return self->set != NULL ? ms_object_set_get_first (self->set) : NULL;
}

/* A reference as SCIM has it, with the name for whoever shows it. */
static JsonObject *
new_reference (MsResource *resource)
{
  JsonObject *reference = json_object_new ();

  json_object_set_string_member (reference, "value", ms_resource_get_id (resource));
  json_object_set_string_member (reference, "display", ms_resource_get_label (resource));
  return reference;
}

/* The verbs
 * ------------------------------------------------------------------------------------------------------
 */

static void
do_properties (MsVerbs *self)
{
  if (self->kind == MS_NODE_GUEST)
    ms_properties_present (get_parent (self), ms_verbs_get_connection (self), "Guest", NULL);
  else if (get_first (self) != NULL)
    ms_properties_present (get_parent (self),
                           ms_verbs_get_connection (self),
                           ms_resource_get_type_name (get_first (self)),
                           ms_resource_get_id (get_first (self)));
}

static void
do_new_user (MsVerbs *self)
{
  ms_new_user_present (get_parent (self), ms_verbs_get_connection (self), NULL);
}

static void
do_duplicate (MsVerbs *self)
{
  ms_new_user_present (get_parent (self), ms_verbs_get_connection (self), get_first (self));
}

static MsResource *
get_context (MsVerbs *self, MsNodeKind kind)
{
  if (self->kind == kind && get_first (self) != NULL)
    return get_first (self);
  if (self->node != NULL && ms_node_get_kind (self->node) == kind)
    return ms_node_get_resource (self->node);
  return NULL;
}

static void
present_new (MsVerbs *self, const char *type_name, const char *link, MsNodeKind context)
{
  g_autoptr (JsonObject) preset = json_object_new ();
  MsResource *resource = link != NULL ? get_context (self, context) : NULL;

  if (resource != NULL)
    json_object_set_object_member (preset, link, new_reference (resource));
  ms_new_object_present (get_parent (self), ms_verbs_get_connection (self), type_name, preset);
}

static void
do_new_mailbox (MsVerbs *self)
{
  if (get_context (self, MS_NODE_USER) != NULL)
    present_new (self, "Mailbox", "owner", MS_NODE_USER);
  else
    present_new (self, "Mailbox", "group", MS_NODE_MAIL_GROUP);
}

static void
do_new_mail_group (MsVerbs *self)
{
  present_new (self, "MailGroup", "parent", MS_NODE_MAIL_GROUP);
}

static void
do_new_list (MsVerbs *self)
{
  present_new (self, "Group", NULL, MS_NODE_N_KINDS);
}

static void
do_new_template (MsVerbs *self)
{
  present_new (self, "Template", NULL, MS_NODE_N_KINDS);
}

static void
do_new_domain (MsVerbs *self)
{
  present_new (self, "Domain", NULL, MS_NODE_N_KINDS);
}

static void
do_import (MsVerbs *self)
{
  ms_import_present (get_parent (self),
                     ms_verbs_get_connection (self),
                     NULL,
                     get_context (self, MS_NODE_MAIL_GROUP));
}

static void
do_reset_password (MsVerbs *self)
{
  ms_reset_password_present (get_parent (self), ms_verbs_get_connection (self), get_first (self));
}

static void
do_rename (MsVerbs *self)
{
  ms_window_start_rename (self->window);
}

static void
act (MsVerbs *self, const char *verb, const char *to, const char *format)
{
  g_autofree char *label = ms_object_set_dup_label (self->set);
  g_autofree char *text = NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  text = g_strdup_printf (format, label);
#pragma GCC diagnostic pop
  ms_window_act (self->window, self->set, verb, to, NULL, text);
}

static void
do_enable (MsVerbs *self)
{
  act (self, "enable", NULL, self->kind == MS_NODE_USER ? _("Enabled %s") : _("Opened %s"));
}

static void
do_disable (MsVerbs *self)
{
  act (self, "disable", NULL, self->kind == MS_NODE_USER ? _("Disabled %s") : _("Closed %s"));
}

static void
do_remove_entries (MsVerbs *self)
{
  act (self,
       "removeEntries",
       ms_resource_get_id (ms_node_get_resource (self->node)),
       _("Removed %s from the list"));
}

static void
on_made_primary_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MsWindow) window = MS_WINDOW (user_data);
  g_autoptr (GError) error = NULL;
  gint64 change = 0;
  g_autoptr (MsResource) resource
             = ms_connection_resource_finish (MS_CONNECTION (source), result, &change, &error);
  g_autofree char *text = NULL;

  if (resource == NULL)
    {
      ms_window_report_error (window, _("The Mailbox Could Not Be Made Primary"), error);
      return;
    }
  text = g_strdup_printf (_("%s is the primary mailbox now"), ms_resource_get_label (resource));
  ms_window_report_change (window, ms_window_get_server (window), text, change);
}

static void
do_make_primary (MsVerbs *self)
{
  g_autoptr (JsonArray) operations = json_array_new ();
  JsonObject *operation = json_object_new ();

  json_object_set_string_member (operation, "op", "replace");
  json_object_set_string_member (operation, "path", "primary");
  json_object_set_boolean_member (operation, "value", TRUE);
  json_array_add_object_element (operations, operation);
  ms_connection_patch_async (ms_verbs_get_connection (self),
                             "Mailbox",
                             ms_resource_get_id (get_first (self)),
                             operations,
                             ms_resource_get_etag (get_first (self)),
                             NULL,
                             on_made_primary_cb,
                             g_object_ref (self->window));
}

typedef struct
{
  MsWindow *window;
  gboolean  to_list;
} MoveData;

static void
on_move_ids_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree MoveData *data = user_data;
  g_autoptr (MsWindow) window = data->window;
  MsObjectSet *set = MS_OBJECT_SET (source);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) ids = ms_object_set_collect_ids_finish (set, result, &error);

  if (ids == NULL)
    {
      ms_window_report_error (window, _("The Selection Could Not Be Read"), error);
      return;
    }
  ms_window_set_acting_server (window, ms_object_set_get_server (set));
  ms_move_to_present (GTK_WINDOW (window),
                      ms_server_get_connection (ms_object_set_get_server (set)),
                      ms_object_set_get_type_name_of (set),
                      (const char *const *) ids,
                      g_strv_length (ids),
                      data->to_list);
}

static void
choose_target (MsVerbs *self, gboolean to_list)
{
  MoveData *data = g_new0 (MoveData, 1);

  data->window = g_object_ref (self->window);
  data->to_list = to_list;
  ms_object_set_collect_ids_async (self->set, NULL, on_move_ids_cb, data);
}

static void
do_move_to (MsVerbs *self)
{
  choose_target (self, FALSE);
}

static void
do_add_to_list (MsVerbs *self)
{
  choose_target (self, TRUE);
}

/* (nullable) */
static const char *
get_address (MsResource *resource)
{
  const char *address = ms_resource_get_string (resource, "address");

  return address != NULL ? address : ms_resource_get_string (resource, LIST_ADDRESS);
}

static void
do_copy_address (MsVerbs *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GPtrArray *loaded = ms_object_set_get_loaded (self->set);

  for (guint i = 0; i < loaded->len; i++)
    {
      MsResource *resource = g_ptr_array_index (loaded, i);
      const char *address = get_address (resource);

      g_string_append_printf (text,
                              "%s%s",
                              i > 0 ? "\n" : "",
                              address != NULL ? address : ms_resource_get_label (resource));
    }
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self->window)), text->str);
}

static void
do_explain (MsVerbs *self)
{
  MsResource *first = get_first (self);

  ms_explain_present (get_parent (self),
                      ms_verbs_get_connection (self),
                      first != NULL ? get_address (first) : NULL);
}

static void
do_show_activity (MsVerbs *self)
{
  ms_window_show_activity (self->window, ms_verbs_get_server (self), get_first (self));
}

/* The table
 * ------------------------------------------------------------------------------------------------------
 */

#define M(kind) MS_NODE_MASK (kind)
#define ENTRIES (1u << MS_NODE_N_KINDS)
#define OBJECTS                                                                                    \
  (M (MS_NODE_USER) | M (MS_NODE_MAILBOX) | M (MS_NODE_MAIL_GROUP) | M (MS_NODE_MAILING_LIST)      \
   | M (MS_NODE_TEMPLATE) | M (MS_NODE_DOMAIN))
#define ANY 0xffffffffu

typedef enum
{
  NEEDS_ONE = 1 << 0,
  NEEDS_SOME = 1 << 1,
  NEEDS_WRITE = 1 << 2,
  NEEDS_ONLINE = 1 << 3,
  NEEDS_OFFLINE = 1 << 4,
  NEEDS_TREE = 1 << 5,
} Needs;

typedef struct
{
  const char *name;
  guint       kinds;
  guint       needs;
  void (*run) (MsVerbs *self);
} Verb;

static const Verb verbs[] = {
  { "properties", OBJECTS, NEEDS_ONE | NEEDS_ONLINE, do_properties },
  { "guest", ANY, NEEDS_ONLINE, do_properties },
  { "new-user", ANY, NEEDS_WRITE, do_new_user },
  { "new-mailbox", ANY, NEEDS_WRITE, do_new_mailbox },
  { "new-mail-group", ANY, NEEDS_WRITE, do_new_mail_group },
  { "new-list", ANY, NEEDS_WRITE, do_new_list },
  { "new-template", ANY, NEEDS_WRITE, do_new_template },
  { "new-domain", ANY, NEEDS_WRITE, do_new_domain },
  { "import", ANY, NEEDS_WRITE, do_import },
  { "export", ANY, NEEDS_ONLINE, ms_verbs_export },
  { "duplicate", M (MS_NODE_USER), NEEDS_ONE | NEEDS_WRITE, do_duplicate },
  { "reset-password", M (MS_NODE_USER), NEEDS_ONE | NEEDS_WRITE, do_reset_password },
  { "rename", M (MS_NODE_MAIL_GROUP), NEEDS_ONE | NEEDS_WRITE | NEEDS_TREE, do_rename },
  { "enable", M (MS_NODE_USER) | M (MS_NODE_MAILBOX), NEEDS_SOME | NEEDS_WRITE, do_enable },
  { "disable", M (MS_NODE_USER) | M (MS_NODE_MAILBOX), NEEDS_SOME | NEEDS_WRITE, do_disable },
  { "make-primary", M (MS_NODE_MAILBOX), NEEDS_ONE | NEEDS_WRITE, do_make_primary },
  { "move-to",
    M (MS_NODE_USER) | M (MS_NODE_MAILBOX) | M (MS_NODE_MAIL_GROUP),
    NEEDS_SOME | NEEDS_WRITE,
    do_move_to },
  { "add-to-list",
    M (MS_NODE_USER) | M (MS_NODE_MAILBOX) | M (MS_NODE_MAIL_GROUP) | M (MS_NODE_MAILING_LIST),
    NEEDS_SOME | NEEDS_WRITE,
    do_add_to_list },
  { "remove-entries", ENTRIES, NEEDS_SOME | NEEDS_WRITE, do_remove_entries },
  { "copy-address", OBJECTS | ENTRIES, NEEDS_SOME, do_copy_address },
  { "explain",
    M (MS_NODE_MAILBOX) | M (MS_NODE_MAIL_GROUP) | M (MS_NODE_MAILING_LIST),
    NEEDS_ONE | NEEDS_ONLINE,
    do_explain },
  { "explain-any", ANY, NEEDS_ONLINE, do_explain },
  { "show-activity", OBJECTS, NEEDS_ONE | NEEDS_ONLINE, do_show_activity },
  { "delete", OBJECTS, NEEDS_SOME | NEEDS_WRITE, ms_verbs_delete },
  { "connect", M (MS_NODE_SERVER), NEEDS_OFFLINE, ms_verbs_connect },
  { "log-off", M (MS_NODE_SERVER), NEEDS_ONLINE, ms_verbs_log_off },
  { "second-step", M (MS_NODE_SERVER), NEEDS_ONLINE, ms_verbs_second_step },
  { "settings", M (MS_NODE_SERVER), NEEDS_ONLINE, ms_verbs_settings },
  { "options", M (MS_NODE_SERVER), 0, ms_verbs_options },
  { "remove-server", M (MS_NODE_SERVER), 0, ms_verbs_remove_server },
};

static gboolean
is_offline (MsServer *server)
{
  MsConnectionState state = ms_connection_get_state (ms_server_get_connection (server));

  return state == MS_CONNECTION_OFFLINE || state == MS_CONNECTION_REFUSED;
}

static gboolean
is_possible (MsVerbs *self, const Verb *verb)
{
  MsServer *server = ms_verbs_get_server (self);
  guint     n = self->set != NULL ? ms_object_set_get_n (self->set) : 0;

  if (server == NULL || !(verb->kinds & (1u << self->kind)))
    return FALSE;
  if ((verb->needs & NEEDS_ONE) && (n != 1 || get_first (self) == NULL))
    return FALSE;
  if ((verb->needs & NEEDS_SOME) && n == 0)
    return FALSE;
  if ((verb->needs & NEEDS_TREE) && !self->in_tree)
    return FALSE;
  if ((verb->needs & NEEDS_OFFLINE) && !is_offline (server))
    return FALSE;
  if ((verb->needs & NEEDS_ONLINE) && !ms_server_is_online (server))
    return FALSE;
  return !(verb->needs & NEEDS_WRITE) || ms_server_is_writable (server);
}

/* What the kind alone cannot say: verbs that would change nothing for this one object. */
static gboolean
makes_sense (MsVerbs *self, const Verb *verb)
{
  MsResource *first = get_first (self);
  gboolean    one = self->set != NULL && ms_object_set_get_n (self->set) == 1 && first != NULL;

  if (self->kind == MS_NODE_GUEST && verb->run == do_properties)
    return TRUE;
  if (verb->run == do_enable && one)
    return !ms_resource_get_boolean (first, "active", TRUE);
  if (verb->run == do_disable && one)
    return ms_resource_get_boolean (first, "active", TRUE);
  if (verb->run == do_make_primary)
    return !ms_resource_get_boolean (first, "primary", FALSE)
           && ms_resource_get_string (first, "owner.value") != NULL;
  if (g_str_equal (verb->name, "explain"))
    return first != NULL && get_address (first) != NULL;
  if (g_str_equal (verb->name, "guest"))
    return self->kind == MS_NODE_GUEST;
  return TRUE;
}

static void
update_actions (MsVerbs *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->group), verbs[i].name);
      gboolean possible = is_possible (self, &verbs[i]);

      g_simple_action_set_enabled (G_SIMPLE_ACTION (action),
                                   possible && makes_sense (self, &verbs[i]));
    }
}

static void
on_activate_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  MsVerbs    *self = MS_VERBS (user_data);
  const char *name = g_action_get_name (G_ACTION (action));
  /* A verb that selects something else exchanges the target while it runs. */
  g_autoptr (MsNode) node = self->node != NULL ? g_object_ref (self->node) : NULL;
  g_autoptr (MsObjectSet) set = self->set != NULL ? g_object_ref (self->set) : NULL;

  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (g_str_equal (verbs[i].name, name))
      {
        verbs[i].run (self);
        return;
      }
}

static void
ms_verbs_dispose (GObject *object)
{
  MsVerbs *self = MS_VERBS (object);

  g_clear_object (&self->set);
  g_clear_object (&self->node);
  g_clear_object (&self->group);
  G_OBJECT_CLASS (ms_verbs_parent_class)->dispose (object);
}

static void
ms_verbs_class_init (MsVerbsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ms_verbs_dispose;
}

static void
ms_verbs_init (MsVerbs *self)
{
  self->group = g_simple_action_group_new ();
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      g_autoptr (GSimpleAction) action = g_simple_action_new (verbs[i].name, NULL);

      g_simple_action_set_enabled (action, FALSE);
      g_signal_connect_object (action, "activate", G_CALLBACK (on_activate_cb), self, 0);
      g_action_map_add_action (G_ACTION_MAP (self->group), G_ACTION (action));
    }
}

MsVerbs *
ms_verbs_new (MsWindow *window, gboolean in_tree)
{
  MsVerbs *self = g_object_new (MS_TYPE_VERBS, NULL);

  self->window = window;
  self->in_tree = in_tree;
  return self;
}

GActionGroup *
ms_verbs_get_group (MsVerbs *self)
{
  g_return_val_if_fail (MS_IS_VERBS (self), NULL);

  return G_ACTION_GROUP (self->group);
}

void
ms_verbs_set_target (MsVerbs *self, MsNode *node, MsNodeKind kind, MsObjectSet *set)
{
  g_return_if_fail (MS_IS_VERBS (self));

  g_set_object (&self->node, node);
  g_set_object (&self->set, set);
  self->kind = kind;
  update_actions (self);
}

const char *
ms_verbs_get_menu_id (MsVerbs *self)
{
  static const char *const menus[MS_NODE_N_KINDS] = {
    [MS_NODE_SERVER] = "server-menu",         [MS_NODE_USERS] = "users-menu",
    [MS_NODE_RANGE] = "users-menu",           [MS_NODE_USER] = "user-menu",
    [MS_NODE_MAILBOXES] = "mailboxes-menu",   [MS_NODE_MAILBOX] = "mailbox-menu",
    [MS_NODE_MAIL_GROUP] = "mail-group-menu", [MS_NODE_LISTS] = "lists-menu",
    [MS_NODE_MAILING_LIST] = "list-menu",     [MS_NODE_TEMPLATES] = "templates-menu",
    [MS_NODE_TEMPLATE] = "template-menu",     [MS_NODE_GUEST] = "guest-menu",
    [MS_NODE_DOMAINS] = "domains-menu",       [MS_NODE_DOMAIN] = "domain-menu",
  };

  g_return_val_if_fail (MS_IS_VERBS (self), NULL);

  if (self->node == NULL)
    return NULL;
  if (self->kind == MS_NODE_N_KINDS)
    return "entry-menu";
  return menus[self->kind];
}
