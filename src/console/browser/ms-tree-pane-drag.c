/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Dragging from and dropping on the tree. One source and one target on the whole list, the row
 * found under the pointer: rows are recycled widgets, and what the target says depends on the row
 * alone. The rules are MsDropRules'; here they are asked, shown while hovering, and handed on when
 * something is dropped.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-drag-escape.h"
#include "ms-drag-icon.h"
#include "ms-tree-pane-private.h"

typedef struct
{
  MsDropSubject subject;
  MsDropTarget  target;
  MsObjectSet  *set; /* borrowed; NULL for a file */
  char         *label;
  char        **ancestors;
} Hover;

static void
hover_clear (Hover *hover)
{
  g_clear_pointer (&hover->label, g_free);
  g_clear_pointer (&hover->ancestors, g_strfreev);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Hover, hover_clear)

static gboolean
is_draggable (MsNodeKind kind)
{
  return kind == MS_NODE_USER || kind == MS_NODE_MAILBOX || kind == MS_NODE_MAIL_GROUP
         || kind == MS_NODE_MAILING_LIST;
}

static GdkContentProvider *
on_prepare_cb (GtkDragSource *source, double x, double y, gpointer user_data)
{
  MsTreePane *self = MS_TREE_PANE (user_data);
  MsTreeRow  *row = ms_tree_pane_row_at (self, x, y, NULL);
  MsNode     *node = row != NULL ? ms_tree_row_get_node (row) : NULL;
  g_autoptr (MsObjectSet) set = NULL;

  if (node == NULL || !is_draggable (ms_node_get_kind (node)) || ms_tree_row_is_renaming (row)
      || !ms_resource_is_loaded (ms_node_get_resource (node)))
    return NULL;
  set = ms_object_set_new_single (
      ms_node_get_server (node), ms_node_get_kind (node), ms_node_get_resource (node));
  return ms_drag_icon_new_content (set);
}

static void
on_drag_begin_cb (GtkDragSource *source, GdkDrag *drag, gpointer user_data)
{
  ms_drag_icon_show (drag);
}

/* Ids of the mail groups that the row is in. */
static char **
dup_ancestors (MsTreePane *self, guint position)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GtkTreeListRow) row = g_list_model_get_item (G_LIST_MODEL (self->tree), position);

  while (row != NULL)
    {
      GtkTreeListRow *parent = gtk_tree_list_row_get_parent (row);
      g_autoptr (MsNode) node = parent != NULL ? gtk_tree_list_row_get_item (parent) : NULL;

      if (node != NULL && ms_node_get_kind (node) == MS_NODE_MAIL_GROUP
          && ms_resource_is_loaded (ms_node_get_resource (node)))
        g_strv_builder_add (builder, ms_resource_get_id (ms_node_get_resource (node)));
      g_object_unref (row);
      row = parent;
    }
  return g_strv_builder_end (builder);
}

/* Reads what is dragged and what it is over. %FALSE where there is nothing to judge. */
static gboolean
read_hover (MsTreePane *self, const GValue *value, double x, double y, Hover *hover, MsNode **node)
{
  guint       position = 0;
  MsTreeRow  *row = ms_tree_pane_row_at (self, x, y, &position);
  MsResource *resource;

  *node = row != NULL ? ms_tree_row_get_node (row) : NULL;
  if (*node == NULL || value == NULL)
    return FALSE;
  resource = ms_node_get_resource (*node);
  if (resource != NULL && !ms_resource_is_loaded (resource))
    return FALSE;
  if (G_VALUE_HOLDS (value, MS_TYPE_OBJECT_SET))
    {
      hover->set = g_value_get_object (value);
      ms_object_set_get_subject (hover->set, &hover->subject);
    }
  else
    {
      hover->subject = (MsDropSubject){ .server = "", .kind = MS_NODE_N_KINDS, .n = 1 };
    }
  hover->label = ms_node_dup_label (*node);
  hover->ancestors = dup_ancestors (self, position);
  hover->target = (MsDropTarget){
    .server = ms_server_get_base_url (ms_node_get_server (*node)),
    .writable = ms_server_is_writable (ms_node_get_server (*node)),
    .kind = ms_node_get_kind (*node),
    .id = resource != NULL ? ms_resource_get_id (resource) : "",
    .label = hover->label,
    .ancestors = (const char *const *) hover->ancestors,
  };
  return TRUE;
}

void
ms_tree_pane_clear_hover (MsTreePane *self)
{
  if (self->hovered != NULL)
    {
      gtk_widget_remove_css_class (self->hovered, "drop-accepted");
      gtk_widget_remove_css_class (self->hovered, "drop-refused");
      g_object_remove_weak_pointer (G_OBJECT (self->hovered), (gpointer *) &self->hovered);
      self->hovered = NULL;
    }
}

static void
mark_row (MsTreePane *self, double x, double y, MsDropVerdict verdict)
{
  MsTreeRow *row = ms_tree_pane_row_at (self, x, y, NULL);
  GtkWidget *widget;

  ms_tree_pane_clear_hover (self);
  if (row == NULL || verdict == MS_DROP_NOTHING)
    return;
  widget = gtk_widget_get_parent (gtk_widget_get_parent (GTK_WIDGET (row)));
  gtk_widget_add_css_class (
      widget,
      verdict == MS_DROP_ACTION || verdict == MS_DROP_IMPORT ? "drop-accepted" : "drop-refused");
  self->hovered = widget;
  g_object_add_weak_pointer (G_OBJECT (widget), (gpointer *) &self->hovered);
}

static void
say (MsTreePane *self, const char *text, MsDropVerdict verdict, double x, double y)
{
  graphene_point_t point = GRAPHENE_POINT_INIT_ZERO;

  if (!gtk_widget_compute_point (GTK_WIDGET (self->list),
                                 GTK_WIDGET (self),
                                 &GRAPHENE_POINT_INIT ((float) x, (float) y),
                                 &point))
    text = NULL;
  g_signal_emit (self,
                 ms_tree_pane_signals[MS_TREE_PANE_HOVER],
                 0,
                 text,
                 (int) verdict,
                 (double) point.x,
                 (double) point.y);
}

/* Once for each target, not for each motion. */
static void
tell_action (MsTreePane *self, Hover *hover, MsDropJudgement *judgement)
{
  g_autofree char *key
      = g_strdup_printf ("%s %s", judgement->verb, judgement->to != NULL ? judgement->to : "");

  if (g_strcmp0 (key, self->hover_key) == 0)
    return;
  g_free (self->hover_key);
  self->hover_key = g_steal_pointer (&key);
  g_signal_emit (self,
                 ms_tree_pane_signals[MS_TREE_PANE_HOVER_ACTION],
                 0,
                 hover->set,
                 judgement->verb,
                 judgement->to);
}

static GdkDragAction
on_motion_cb (GtkDropTarget *target, double x, double y, gpointer user_data)
{
  MsTreePane *self = MS_TREE_PANE (user_data);
  g_auto (Hover) hover = { 0 };
  g_autoptr (MsDropJudgement) judgement = NULL;
  MsNode *node;

  if (!read_hover (self, gtk_drop_target_get_value (target), x, y, &hover, &node))
    {
      ms_tree_pane_clear_hover (self);
      say (self, NULL, MS_DROP_NOTHING, x, y);
      return 0;
    }
  judgement = ms_drop_rules_judge (&hover.subject, &hover.target);
  mark_row (self, x, y, judgement->verdict);
  say (self, *judgement->text != '\0' ? judgement->text : NULL, judgement->verdict, x, y);
  switch (judgement->verdict)
    {
    case MS_DROP_ACTION:
      tell_action (self, &hover, judgement);
      return g_strcmp0 (judgement->verb, "addEntries") == 0 ? GDK_ACTION_COPY : GDK_ACTION_MOVE;
    case MS_DROP_IMPORT:
      return GDK_ACTION_COPY;
    case MS_DROP_SAME_PLACE:
      return GDK_ACTION_MOVE; /* letting go here is no mistake; nothing happens */
    default:
      return 0;
    }
}

static void
on_leave_cb (GtkDropTarget *target, gpointer user_data)
{
  MsTreePane *self = MS_TREE_PANE (user_data);

  ms_tree_pane_clear_hover (self);
  g_clear_pointer (&self->hover_key, g_free);
  say (self, NULL, MS_DROP_NOTHING, 0, 0);
}

static GFile *
dup_file (const GValue *value)
{
  GSList *files;

  if (G_VALUE_HOLDS (value, G_TYPE_FILE))
    return g_value_dup_object (value);
  if (!G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    return NULL;
  files = g_value_get_boxed (value);
  return files != NULL ? g_object_ref (files->data) : NULL;
}

static gboolean
on_drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, gpointer user_data)
{
  MsTreePane *self = MS_TREE_PANE (user_data);
  g_auto (Hover) hover = { 0 };
  g_autoptr (MsDropJudgement) judgement = NULL;
  g_autoptr (GFile) file = NULL;
  MsNode *node;

  on_leave_cb (target, self);
  if (!read_hover (self, value, x, y, &hover, &node))
    return FALSE;
  judgement = ms_drop_rules_judge (&hover.subject, &hover.target);
  if (judgement->verdict == MS_DROP_ACTION)
    {
      g_autofree char *report
          = ms_drop_rules_report (&hover.subject, &hover.target, judgement->verb);

      g_signal_emit (self,
                     ms_tree_pane_signals[MS_TREE_PANE_DROPPED],
                     0,
                     hover.set,
                     judgement->verb,
                     judgement->to,
                     report);
      return TRUE;
    }
  file = dup_file (value);
  if (judgement->verdict != MS_DROP_IMPORT || file == NULL)
    return FALSE;
  g_signal_emit (self, ms_tree_pane_signals[MS_TREE_PANE_FILE_DROPPED], 0, file, node);
  return TRUE;
}

void
ms_tree_pane_init_drag (MsTreePane *self)
{
  const GType    types[] = { MS_TYPE_OBJECT_SET, GDK_TYPE_FILE_LIST, G_TYPE_FILE };
  GtkDragSource *source = gtk_drag_source_new ();
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_MOVE | GDK_ACTION_COPY);

  gtk_drag_source_set_actions (source, GDK_ACTION_MOVE | GDK_ACTION_COPY);
  g_signal_connect_object (source, "prepare", G_CALLBACK (on_prepare_cb), self, 0);
  g_signal_connect_object (source, "drag-begin", G_CALLBACK (on_drag_begin_cb), self, 0);
  ms_drag_escape_attach (source);
  gtk_widget_add_controller (GTK_WIDGET (self->list), GTK_EVENT_CONTROLLER (source));

  gtk_drop_target_set_gtypes (target, (GType *) types, G_N_ELEMENTS (types));
  gtk_drop_target_set_preload (target, TRUE);
  g_signal_connect_object (target, "enter", G_CALLBACK (on_motion_cb), self, 0);
  g_signal_connect_object (target, "motion", G_CALLBACK (on_motion_cb), self, 0);
  g_signal_connect_object (target, "leave", G_CALLBACK (on_leave_cb), self, 0);
  g_signal_connect_object (target, "drop", G_CALLBACK (on_drop_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self->list), GTK_EVENT_CONTROLLER (target));
}
