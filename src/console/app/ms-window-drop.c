/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What happens while something is dragged over the window, and when it is let go: the hint beside
 * the pointer and in the status line, the action, and files dropped anywhere.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-column.h"
#include "ms-drop-rules.h"
#include "ms-import-window.h"
#include "ms-window-private.h"

/* Below the picture of what is dragged, which hangs at the pointer. */
#define HINT_OFFSET_X 12
#define HINT_OFFSET_Y 54
#define HINT_DELAY_MS 200

typedef struct
{
  MsWindow    *window;
  MsObjectSet *set;
  char        *verb;
  char        *to;
  guint        serial;
} Question;

static void
question_free (Question *question)
{
  g_object_unref (question->window);
  g_object_unref (question->set);
  g_free (question->verb);
  g_free (question->to);
  g_free (question);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

static void
drop_question (MsWindow *self)
{
  self->hint_serial++;
  g_clear_handle_id (&self->hint_source, g_source_remove);
  if (self->hint_question != NULL)
    question_free (self->hint_question);
  self->hint_question = NULL;
}

void
ms_window_clear_drop (MsWindow *self)
{
  drop_question (self);
  g_clear_pointer (&self->hint_text, g_free);
  g_clear_pointer (&self->hint_effect, g_free);
}

/* The text and what comes of it: "Move 12 mailboxes to EMEA: the limit of 12 mailboxes becomes 2
 * GB" */
static void
say_hint (MsWindow *self)
{
  g_autofree char *text = self->hint_effect != NULL && self->hint_text != NULL
                              ? g_strdup_printf ("%s: %s", self->hint_text, self->hint_effect)
                              : g_strdup (self->hint_text);

  ms_status_line_set_hint (self->status, text);
  gtk_label_set_label (self->hint, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->hint), text != NULL);
}

static char *
describe_effect (JsonObject *effect)
{
  guint            count = (guint) json_object_get_int_member_with_default (effect, "count", 0);
  JsonNode        *to = json_object_get_member (effect, "to");
  g_autofree char *size = NULL;

  if (g_strcmp0 (json_object_get_string_member_with_default (effect, "kind", ""), "quota") != 0)
    return NULL;
  if (to == NULL || !JSON_NODE_HOLDS_VALUE (to) || json_node_get_int (to) == 0)
    return g_strdup_printf (
        ngettext ("%u mailbox loses its limit", "%u mailboxes lose their limit", count), count);
  size = ms_column_format_size (json_node_get_int (to));
  return g_strdup_printf (ngettext ("the limit of %u mailbox becomes %s",
                                    "the limit of %u mailboxes becomes %s",
                                    count),
                          count,
                          size);
}

static void
on_dry_run_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Question) question = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer
             = ms_object_set_act_finish (MS_OBJECT_SET (source), result, NULL, &error);
  JsonNode *effects = answer != NULL ? json_object_get_member (answer, "effects") : NULL;
  MsWindow *self = question->window;

  /* Another target by now, or none. */
  if (question->serial != self->hint_serial || self->hint_text == NULL)
    return;
  g_clear_pointer (&self->hint_effect, g_free);
  if (answer == NULL)
    self->hint_effect = g_strdup (error->message);
  else if (effects != NULL && JSON_NODE_HOLDS_ARRAY (effects)
           && json_array_get_length (json_node_get_array (effects)) > 0)
    self->hint_effect
        = describe_effect (json_array_get_object_element (json_node_get_array (effects), 0));
  say_hint (self);
}

static gboolean
on_question_timeout_cb (gpointer user_data)
{
  MsWindow *self = MS_WINDOW (user_data);
  Question *question = g_steal_pointer (&self->hint_question);
  g_autoptr (JsonObject) options = json_object_new ();

  self->hint_source = 0;
  json_object_set_boolean_member (options, "dryRun", TRUE);
  ms_object_set_act_async (question->set,
                           question->verb,
                           question->to,
                           options,
                           self->cancellable,
                           on_dry_run_cb,
                           question);
  return G_SOURCE_REMOVE;
}

/* Asks the server what would come of it, once the pointer rests. */
static void
on_tree_hover_action_cb (
    MsTreePane *tree, MsObjectSet *set, const char *verb, const char *to, gpointer user_data)
{
  MsWindow *self = MS_WINDOW (user_data);
  Question *question = g_new0 (Question, 1);

  drop_question (self);
  question->window = g_object_ref (self);
  question->set = g_object_ref (set);
  question->verb = g_strdup (verb);
  question->to = g_strdup (to);
  question->serial = self->hint_serial;
  self->hint_question = question;
  self->hint_source = g_timeout_add (HINT_DELAY_MS, on_question_timeout_cb, self);
}

static void
show_hint (MsWindow *self, const char *text, MsDropVerdict verdict, double x, double y)
{
  graphene_point_t point;

  if (text == NULL)
    {
      ms_window_clear_drop (self);
    }
  else if (g_strcmp0 (text, self->hint_text) != 0)
    {
      g_clear_pointer (&self->hint_effect, g_free);
      g_free (self->hint_text);
      self->hint_text = g_strdup (text);
    }
  say_hint (self);
  if (text == NULL
      || !gtk_widget_compute_point (GTK_WIDGET (self->tree),
                                    GTK_WIDGET (self->overlay),
                                    &GRAPHENE_POINT_INIT ((float) x, (float) y),
                                    &point))
    return;
  if (verdict == MS_DROP_REFUSED)
    gtk_widget_add_css_class (GTK_WIDGET (self->hint), "refused");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->hint), "refused");
  self->hint_x = (int) point.x + HINT_OFFSET_X;
  self->hint_y = (int) point.y + HINT_OFFSET_Y;
  gtk_widget_queue_resize (GTK_WIDGET (self->hint));
}

static gboolean
on_get_child_position_cb (GtkOverlay   *overlay,
                          GtkWidget    *child,
                          GdkRectangle *allocation,
                          gpointer      user_data)
{
  MsWindow      *self = MS_WINDOW (user_data);
  GtkRequisition size;

  if (child != GTK_WIDGET (self->hint))
    return FALSE;
  gtk_widget_get_preferred_size (child, NULL, &size);
  allocation->width = MIN (size.width, gtk_widget_get_width (GTK_WIDGET (overlay)));
  allocation->height = size.height;
  allocation->x = MAX (
      0, MIN (self->hint_x, gtk_widget_get_width (GTK_WIDGET (overlay)) - allocation->width));
  allocation->y = MAX (
      0, MIN (self->hint_y, gtk_widget_get_height (GTK_WIDGET (overlay)) - allocation->height));
  return TRUE;
}

static void
on_tree_hover_cb (
    MsTreePane *tree, const char *text, int verdict, double x, double y, gpointer user_data)
{
  show_hint (MS_WINDOW (user_data), text, (MsDropVerdict) verdict, x, y);
}

static void
on_tree_dropped_cb (MsTreePane  *tree,
                    MsObjectSet *set,
                    const char  *verb,
                    const char  *to,
                    const char  *report,
                    gpointer     user_data)
{
  ms_window_act (MS_WINDOW (user_data), set, verb, to, NULL, report);
}

static void
open_import (MsWindow *self, MsServer *server, GFile *file, MsResource *group)
{
  ms_window_set_acting_server (self, server);
  ms_import_present (GTK_WINDOW (self), ms_server_get_connection (server), file, group);
}

static void
on_tree_file_dropped_cb (MsTreePane *tree, GFile *file, MsNode *node, gpointer user_data)
{
  MsResource *group
      = ms_node_get_kind (node) == MS_NODE_MAIL_GROUP ? ms_node_get_resource (node) : NULL;

  open_import (MS_WINDOW (user_data), ms_node_get_server (node), file, group);
}

/* Anywhere else in the window: into the server of the selected node. */
static gboolean
on_window_drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, gpointer data)
{
  MsWindow *self = MS_WINDOW (data);
  MsServer *server = ms_window_get_server (self);
  GSList   *files = g_value_get_boxed (value);

  if (files == NULL || server == NULL || !ms_server_is_writable (server))
    return FALSE;
  open_import (self, server, files->data, NULL);
  return TRUE;
}

void
ms_window_init_drops (MsWindow *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  g_signal_connect_object (target, "drop", G_CALLBACK (on_window_drop_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self->content), GTK_EVENT_CONTROLLER (target));
  g_signal_connect_object (
      self->overlay, "get-child-position", G_CALLBACK (on_get_child_position_cb), self, 0);
  g_signal_connect_object (self->tree, "hover", G_CALLBACK (on_tree_hover_cb), self, 0);
  g_signal_connect_object (
      self->tree, "hover-action", G_CALLBACK (on_tree_hover_action_cb), self, 0);
  g_signal_connect_object (self->tree, "dropped", G_CALLBACK (on_tree_dropped_cb), self, 0);
  g_signal_connect_object (
      self->tree, "file-dropped", G_CALLBACK (on_tree_file_dropped_cb), self, 0);
}
