/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. What the kinds have in common stands in one table; a node's children are made on
 * the first question and kept, because GtkTreeListModel asks for them whenever it draws an arrow.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-node-list.h"
#include "ms-node.h"
#include "ms-remote-schemas.h"

struct _MsNode
{
  GObject parent_instance;

  /* Owned */
  MsServer   *server;
  MsResource *resource;
  GListModel *children;
  char       *added_type; /* (nullable) */
  char       *filter;
  char       *from;
  char       *to;
  gulong      resource_handler;

  MsNodeKind kind;
  MsNodeKind item_kind; /* of a range: what it is a range of */
  guint      start;
  guint      length;
};

G_DEFINE_FINAL_TYPE (MsNode, ms_node, G_TYPE_OBJECT)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

typedef struct
{
  const char *label; /* of a branch */
  const char *icon;
  const char *key;
  const char *type_name;
  gboolean    counted; /* by the server's count of the type */
} MsNodeKindInfo;

static const MsNodeKindInfo kinds[MS_NODE_N_KINDS] = {
  [MS_NODE_SERVER] = { NULL, "ms-server-symbolic", "server", NULL, FALSE },
  [MS_NODE_USERS]
  = { N_ ("Users"), "ms-users-symbolic", "users", "User", TRUE },
      [MS_NODE_RANGE] = { NULL, "ms-range-symbolic", "range", NULL, FALSE },
      [MS_NODE_USER] = { NULL, "ms-user-symbolic", "user", "User", FALSE },
      [MS_NODE_MAILBOXES]
      = { N_ ("Mailboxes"), "ms-mailboxes-symbolic", "mailboxes", "Mailbox", TRUE },
          [MS_NODE_MAILBOX] = { NULL, "ms-mailbox-symbolic", "mailbox", "Mailbox", FALSE },
          [MS_NODE_MAIL_GROUP]
          = { NULL, "ms-mail-group-symbolic", "mail-group", "MailGroup", FALSE },
          [MS_NODE_LISTS]
          = { N_ ("Mailing Lists"), "ms-lists-symbolic", "lists", "Group", TRUE },
              [MS_NODE_MAILING_LIST] = { NULL, "ms-list-symbolic", "list", "Group", FALSE },
              [MS_NODE_TEMPLATES]
              = { N_ ("Templates"), "ms-templates-symbolic", "templates", "Template", TRUE },
                  [MS_NODE_TEMPLATE]
                  = { NULL, "ms-template-symbolic", "template", "Template", FALSE },
                  [MS_NODE_GUEST]
                  = { N_ ("Guest"), "ms-guest-symbolic", "guest", "Guest", FALSE },
                      [MS_NODE_DOMAINS]
                      = { N_ ("Domains"), "ms-domains-symbolic", "domains", "Domain", TRUE },
                          [MS_NODE_DOMAIN]
                          = { NULL, "ms-domain-symbolic", "domain", "Domain", FALSE },
                          [MS_NODE_TYPE]
                          = { NULL, "application-x-addon-symbolic", "type", NULL, FALSE },
                          [MS_NODE_ACTIVITY]
                          = { N_ ("Activity"), "ms-activity-symbolic", "activity", NULL, FALSE },
                              [MS_NODE_BIN]
                              = { N_ ("Bin"), "user-trash-symbolic", "bin", NULL, FALSE },
                              };

static void
emit_changed (MsNode *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
ms_node_dispose (GObject *object)
{
  MsNode *self = MS_NODE (object);

  if (self->resource != NULL)
    g_clear_signal_handler (&self->resource_handler, self->resource);
  g_clear_object (&self->resource);
  g_clear_object (&self->children);
  g_clear_object (&self->server);
  G_OBJECT_CLASS (ms_node_parent_class)->dispose (object);
}

static void
ms_node_finalize (GObject *object)
{
  MsNode *self = MS_NODE (object);

  g_free (self->added_type);
  g_free (self->filter);
  g_free (self->from);
  g_free (self->to);
  G_OBJECT_CLASS (ms_node_parent_class)->finalize (object);
}

static void
ms_node_class_init (MsNodeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ms_node_dispose;
  object_class->finalize = ms_node_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new (
      "changed", MS_TYPE_NODE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ms_node_init (MsNode *self)
{
}

static MsNode *
new_node (MsServer *server, MsNodeKind kind)
{
  MsNode *self = g_object_new (MS_TYPE_NODE, NULL);

  self->server = g_object_ref (server);
  self->kind = kind;
  return self;
}

MsNode *
ms_node_new_branch (MsServer *server, MsNodeKind kind)
{
  MsNode *self = new_node (server, kind);

  g_signal_connect_object (server, "changed", G_CALLBACK (emit_changed), self, G_CONNECT_SWAPPED);
  return self;
}

/* A server's branches are there while it is connected, or was and is trying again. */
static void
update_branches (MsNode *self)
{
  static const MsNodeKind branches[]
      = { MS_NODE_USERS, MS_NODE_MAILBOXES, MS_NODE_LISTS,    MS_NODE_TEMPLATES,
          MS_NODE_GUEST, MS_NODE_DOMAINS,   MS_NODE_ACTIVITY, MS_NODE_BIN };
  GListStore       *store = G_LIST_STORE (self->children);
  MsConnectionState state = ms_connection_get_state (ms_server_get_connection (self->server));
  gboolean          shown = g_list_model_get_n_items (self->children) > 0;

  if (state == MS_CONNECTION_ONLINE && !shown)
    {
      g_autoptr (GPtrArray) nodes = g_ptr_array_new_with_free_func (g_object_unref);

      for (guint i = 0; i < G_N_ELEMENTS (branches); i++)
        g_ptr_array_add (nodes, ms_node_new_branch (self->server, branches[i]));
      g_list_store_splice (store, 0, 0, nodes->pdata, nodes->len);
    }
  else if ((state == MS_CONNECTION_OFFLINE || state == MS_CONNECTION_REFUSED) && shown)
    {
      g_list_store_remove_all (store);
    }
}

/* (transfer full) (element-type utf8): names of the types that operators have added */
static GPtrArray *
list_added_types (MsServer *server)
{
  GPtrArray        *names = g_ptr_array_new_with_free_func (g_free);
  MsSchemaRegistry *schemas = ms_server_get_schemas (server);
  GPtrArray        *types = schemas != NULL ? ms_schema_registry_get_types (schemas) : NULL;

  for (guint i = 0; types != NULL && i < types->len; i++)
    {
      const MsResourceType *type = g_ptr_array_index (types, i);
      if (ms_remote_schemas_is_added_type (type) && !type->singleton)
        g_ptr_array_add (names, g_strdup (type->name));
    }
  return names;
}

static MsNodeKind
get_kind_at (GListModel *nodes, guint position)
{
  g_autoptr (MsNode) node = g_list_model_get_item (nodes, position);

  return node != NULL ? node->kind : MS_NODE_N_KINDS;
}

static gboolean
is_type_at (GListModel *nodes, guint position, const char *name)
{
  g_autoptr (MsNode) node = g_list_model_get_item (nodes, position);

  return node != NULL && g_strcmp0 (node->added_type, name) == 0;
}

/* Takes the branches away whose type is gone. */
static void
remove_types (MsNode *self, guint start, GPtrArray *names)
{
  for (guint i = start; get_kind_at (self->children, i) == MS_NODE_TYPE;)
    {
      g_autoptr (MsNode) node = g_list_model_get_item (self->children, i);
      if (g_ptr_array_find_with_equal_func (names, node->added_type, g_str_equal, NULL))
        i++;
      else
        g_list_store_remove (G_LIST_STORE (self->children), i);
    }
}

/* The branches of added types stand between Domains and Activity. What is there already stays the
 * same node: it may be the selected one. */
static void
update_types (MsNode *self)
{
  g_autoptr (GPtrArray) names = list_added_types (self->server);
  GListStore *store = G_LIST_STORE (self->children);
  guint       start = 0;

  if (g_list_model_get_n_items (self->children) == 0)
    return;
  while (get_kind_at (self->children, start) != MS_NODE_TYPE
         && get_kind_at (self->children, start) != MS_NODE_ACTIVITY)
    start++;
  remove_types (self, start, names);
  for (guint i = 0; i < names->len; i++)
    {
      if (is_type_at (self->children, start + i, names->pdata[i]))
        continue;
      for (guint j = start + i; get_kind_at (self->children, j) == MS_NODE_TYPE; j++)
        if (is_type_at (self->children, j, names->pdata[i]))
          {
            g_list_store_remove (store, j);
            break;
          }
      g_autoptr (MsNode) node = ms_node_new_type (self->server, names->pdata[i]);
      g_list_store_insert (store, start + i, node);
    }
}

static void
on_server_changed_cb (MsServer *server, gpointer user_data)
{
  MsNode *self = MS_NODE (user_data);

  update_branches (self);
  update_types (self);
  emit_changed (self);
}

MsNode *
ms_node_new_server (MsServer *server)
{
  MsNode *self = new_node (server, MS_NODE_SERVER);

  self->children = G_LIST_MODEL (g_list_store_new (MS_TYPE_NODE));
  g_signal_connect_object (server, "changed", G_CALLBACK (on_server_changed_cb), self, 0);
  update_branches (self);
  update_types (self);
  return self;
}

MsNode *
ms_node_new_type (MsServer *server, const char *type_name)
{
  MsNode *self = ms_node_new_branch (server, MS_NODE_TYPE);

  self->added_type = g_strdup (type_name);
  return self;
}

const char *
ms_node_get_added_type (MsNode *self)
{
  g_return_val_if_fail (MS_IS_NODE (self), NULL);

  return self->added_type;
}

MsNode *
ms_node_new_object (MsServer *server, MsNodeKind kind, MsResource *resource)
{
  MsNode *self = new_node (server, kind);

  ms_node_set_resource (self, resource);
  return self;
}

MsNode *
ms_node_new_range (MsServer   *server,
                   const char *type_name,
                   const char *filter,
                   guint       start,
                   guint       count,
                   const char *from,
                   const char *to)
{
  MsNode *self = new_node (server, MS_NODE_RANGE);

  self->item_kind = ms_node_kind_from_type (type_name);
  self->filter = g_strdup (filter);
  self->start = start;
  self->length = count;
  self->from = g_strdup (from);
  self->to = g_strdup (to);
  return self;
}

MsNodeKind
ms_node_get_kind (MsNode *self)
{
  g_return_val_if_fail (MS_IS_NODE (self), MS_NODE_SERVER);

  return self->kind;
}

MsServer *
ms_node_get_server (MsNode *self)
{
  g_return_val_if_fail (MS_IS_NODE (self), NULL);

  return self->server;
}

MsResource *
ms_node_get_resource (MsNode *self)
{
  g_return_val_if_fail (MS_IS_NODE (self), NULL);

  return self->resource;
}

void
ms_node_set_resource (MsNode *self, MsResource *resource)
{
  g_return_if_fail (MS_IS_NODE (self));
  g_return_if_fail (MS_IS_RESOURCE (resource));

  if (self->resource == resource)
    return;
  if (self->resource != NULL)
    g_clear_signal_handler (&self->resource_handler, self->resource);
  g_set_object (&self->resource, resource);
  self->resource_handler
      = g_signal_connect_swapped (resource, "changed", G_CALLBACK (emit_changed), self);
  emit_changed (self);
}

void
ms_node_set_range (MsNode *self, guint count, const char *from, const char *to)
{
  g_return_if_fail (MS_IS_NODE (self));
  g_return_if_fail (self->kind == MS_NODE_RANGE);

  if (self->length == count && g_strcmp0 (self->from, from) == 0 && g_strcmp0 (self->to, to) == 0)
    return;
  self->length = count;
  g_free (self->from);
  g_free (self->to);
  self->from = g_strdup (from);
  self->to = g_strdup (to);
  if (self->children != NULL)
    ms_node_list_set_range (MS_NODE_LIST (self->children), self->start, count);
  emit_changed (self);
}

MsNodeKind
ms_node_get_row_kind (MsNode *self)
{
  g_return_val_if_fail (MS_IS_NODE (self), MS_NODE_N_KINDS);

  switch (self->kind)
    {
    case MS_NODE_RANGE:
      return self->item_kind;
    case MS_NODE_USERS:
      return MS_NODE_USER;
    case MS_NODE_USER:
    case MS_NODE_MAILBOX:
    case MS_NODE_MAILBOXES:
    case MS_NODE_MAIL_GROUP:
      return MS_NODE_MAILBOX;
    case MS_NODE_LISTS:
      return MS_NODE_MAILING_LIST;
    case MS_NODE_TEMPLATES:
    case MS_NODE_TEMPLATE:
      return MS_NODE_TEMPLATE;
    case MS_NODE_DOMAINS:
    case MS_NODE_DOMAIN:
      return MS_NODE_DOMAIN;
    default:
      return MS_NODE_N_KINDS;
    }
}

guint
ms_node_get_start (MsNode *self)
{
  g_return_val_if_fail (MS_IS_NODE (self), 0);

  return self->start;
}

guint
ms_node_get_length (MsNode *self)
{
  g_return_val_if_fail (MS_IS_NODE (self), 0);

  return self->length;
}

/* A type has no name for people but its endpoint, which is its plural. */
static char *
dup_type_label (MsNode *self)
{
  MsSchemaRegistry     *schemas = ms_server_get_schemas (self->server);
  const MsResourceType *type
      = schemas != NULL ? ms_schema_registry_get_type_by_name (schemas, self->added_type) : NULL;

  return g_strdup (type != NULL ? type->endpoint + 1 : self->added_type);
}

char *
ms_node_dup_label (MsNode *self)
{
  g_return_val_if_fail (MS_IS_NODE (self), NULL);

  if (self->kind == MS_NODE_SERVER)
    return g_strdup (ms_server_get_name (self->server));
  if (self->kind == MS_NODE_RANGE)
    /* Translators: a stretch of an alphabetical list, from the first to the last name in it */
    return g_strdup_printf (_("%s … %s"), self->from, self->to);
  if (self->kind == MS_NODE_TYPE)
    return dup_type_label (self);
  if (self->resource != NULL)
    return g_strdup (ms_resource_is_loaded (self->resource) ? ms_resource_get_label (self->resource)
                                                            : "…");
  return g_strdup (_(kinds[self->kind].label));
}

char *
ms_node_dup_detail (MsNode *self)
{
  g_return_val_if_fail (MS_IS_NODE (self), NULL);

  if (self->kind == MS_NODE_USER && ms_resource_is_loaded (self->resource))
    return g_strdup (ms_resource_get_string (self->resource, "displayName"));
  return NULL;
}

const char *
ms_node_get_icon_name (MsNode *self)
{
  g_return_val_if_fail (MS_IS_NODE (self), NULL);

  if (self->resource != NULL && ms_resource_is_loaded (self->resource))
    return ms_node_icon_for_resource (self->resource);
  return kinds[self->kind].icon;
}

gint64
ms_node_get_count (MsNode *self)
{
  g_return_val_if_fail (MS_IS_NODE (self), -1);

  if (self->kind == MS_NODE_RANGE)
    return self->length;
  if (self->kind == MS_NODE_MAIL_GROUP && ms_resource_is_loaded (self->resource))
    return ms_resource_get_int (self->resource, "mailboxCount", -1);
  if (self->kind == MS_NODE_TYPE)
    return ms_server_get_count (self->server, self->added_type);
  if (kinds[self->kind].counted)
    return ms_server_get_count (self->server, kinds[self->kind].type_name);
  return -1;
}

char *
ms_node_dup_key (MsNode *self)
{
  const char *base;

  g_return_val_if_fail (MS_IS_NODE (self), NULL);

  base = ms_server_get_base_url (self->server);
  if (self->kind == MS_NODE_RANGE)
    return g_strdup_printf ("%s %s %s %s %u",
                            base,
                            kinds[self->kind].key,
                            kinds[self->item_kind].key,
                            self->filter != NULL ? self->filter : "",
                            self->start);
  if (self->kind == MS_NODE_TYPE)
    return g_strdup_printf ("%s %s %s", base, kinds[self->kind].key, self->added_type);
  if (self->resource == NULL)
    return g_strdup_printf ("%s %s", base, kinds[self->kind].key);
  if (!ms_resource_is_loaded (self->resource))
    return NULL;
  return g_strdup_printf (
      "%s %s %s", base, kinds[self->kind].key, ms_resource_get_id (self->resource));
}

static GListModel *
new_children (MsNode *self)
{
  switch (self->kind)
    {
    case MS_NODE_USERS:
      return G_LIST_MODEL (ms_node_list_new (self->server, MS_NODE_USER, NULL));
    case MS_NODE_RANGE:
      return G_LIST_MODEL (ms_node_list_new_range (
          self->server, self->item_kind, self->filter, self->start, self->length));
    case MS_NODE_USER:
      return G_LIST_MODEL (
          ms_node_list_new_below (self->server, MS_NODE_MAILBOX, "owner.value", self->resource));
    case MS_NODE_MAILBOXES:
      return G_LIST_MODEL (
          ms_node_list_new (self->server, MS_NODE_MAIL_GROUP, "not (parent.value pr)"));
    case MS_NODE_MAIL_GROUP:
      return G_LIST_MODEL (ms_node_list_new_below (
          self->server, MS_NODE_MAIL_GROUP, "parent.value", self->resource));
    case MS_NODE_LISTS:
      return G_LIST_MODEL (ms_node_list_new (self->server, MS_NODE_MAILING_LIST, NULL));
    case MS_NODE_TEMPLATES:
      return G_LIST_MODEL (ms_node_list_new (self->server, MS_NODE_TEMPLATE, NULL));
    case MS_NODE_DOMAINS:
      return G_LIST_MODEL (ms_node_list_new (self->server, MS_NODE_DOMAIN, NULL));
    default:
      return NULL;
    }
}

GListModel *
ms_node_get_children (MsNode *self)
{
  g_return_val_if_fail (MS_IS_NODE (self), NULL);

  if (self->children == NULL)
    self->children = new_children (self);
  return self->children;
}

const char *
ms_node_kind_get_type_name (MsNodeKind kind)
{
  g_return_val_if_fail (kind < MS_NODE_N_KINDS, NULL);

  return kinds[kind].type_name;
}

MsNodeKind
ms_node_kind_from_type (const char *type_name)
{
  static const MsNodeKind objects[]
      = { MS_NODE_USER,     MS_NODE_MAILBOX, MS_NODE_MAIL_GROUP, MS_NODE_MAILING_LIST,
          MS_NODE_TEMPLATE, MS_NODE_DOMAIN,  MS_NODE_GUEST };

  for (guint i = 0; i < G_N_ELEMENTS (objects); i++)
    if (g_strcmp0 (kinds[objects[i]].type_name, type_name) == 0)
      return objects[i];
  return MS_NODE_N_KINDS;
}

const char *
ms_node_icon_for_resource (MsResource *resource)
{
  MsNodeKind kind;

  g_return_val_if_fail (MS_IS_RESOURCE (resource), NULL);

  kind = ms_node_kind_from_type (ms_resource_get_type_name (resource));
  if (kind == MS_NODE_MAILBOX && ms_resource_get_boolean (resource, "primary", FALSE))
    return "ms-mailbox-primary";
  if (kind == MS_NODE_USER && !ms_resource_get_boolean (resource, "active", TRUE))
    return "ms-user-disabled-symbolic";
  return kind < MS_NODE_N_KINDS ? kinds[kind].icon : "ms-address-symbolic";
}
