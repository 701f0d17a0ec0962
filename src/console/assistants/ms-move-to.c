/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsMoveToWindow: choosing a target, with what would happen written below it before anything does.
 * The server says what that is (dryRun), so this can neither promise too much nor allow what would
 * be refused.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-move-to-window.h"
#include "ms-move-to.h"
#include "ms-object-words.h"
#include "ms-report.h"
#include "ms-size-field.h"

struct _MsMoveToWindow
{
  MsDialog parent_instance;

  /* Template children */
  GtkWidget *effect;
  GtkWidget *go;
  GtkWidget *slot;

  /* Owned */
  MsConnection *connection;
  GCancellable *rehearsal;
  char         *type_name;
  char        **ids;
  MsResource   *target;

  /* Borrowed: in the slot */
  GtkWidget *picker;

  guint    n;
  gboolean to_list;
  gboolean wanted; /* to be done as soon as the rehearsal has said yes */
};

G_DEFINE_FINAL_TYPE (MsMoveToWindow, ms_move_to_window, MS_TYPE_DIALOG)

static void run (MsMoveToWindow *self);

static const char *
get_verb (MsMoveToWindow *self)
{
  return self->to_list ? "addEntries" : "move";
}

static void
show_effect (MsMoveToWindow *self, const char *text, gboolean possible)
{
  gtk_label_set_text (GTK_LABEL (self->effect), text);
  if (possible)
    gtk_widget_remove_css_class (self->effect, "error");
  else
    gtk_widget_add_css_class (self->effect, "error");
}

/* The "effects" of an action in a sentence; "" where there are none. (transfer full) */
static char *
describe_effects (JsonObject *answer)
{
  g_autoptr (GString) text = g_string_new (NULL);
  JsonArray *effects;

  g_return_val_if_fail (answer != NULL, NULL);

  if (!json_object_has_member (answer, "effects"))
    return g_string_free (g_steal_pointer (&text), FALSE);

  effects = json_object_get_array_member (answer, "effects");
  for (guint i = 0; i < json_array_get_length (effects); i++)
    {
      JsonObject      *effect = json_array_get_object_element (effects, i);
      gint64           count = json_object_get_int_member_with_default (effect, "count", 0);
      g_autofree char *size = NULL;
      g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, count);

      if (g_strcmp0 (json_object_get_string_member_with_default (effect, "kind", ""), "quota") != 0)
        continue;

      size = ms_size_describe (json_object_get_int_member_with_default (effect, "to", 0));
      if (text->len > 0)
        g_string_append_c (text, ' ');
      /* Translators: %1$s is a number, %2$s a size such as "2 GB" or "No limit" */
      g_string_append_printf (text,
                              ngettext ("The limit of %1$s mailbox becomes: %2$s.",
                                        "The limit of %1$s mailboxes becomes: %2$s.",
                                        (gulong) count),
                              number,
                              size);
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
describe_plan (MsMoveToWindow *self, JsonObject *answer)
{
  gint64           changed = json_object_get_int_member_with_default (answer, "changed", 0);
  gint64           unchanged = json_object_get_int_member_with_default (answer, "unchanged", 0);
  g_autofree char *effects = describe_effects (answer);
  g_autofree char *what = NULL;
  const char *place = self->target != NULL ? ms_resource_get_label (self->target) : _("the top");
  g_autofree char *sentence = NULL;

  if (changed == 0)
    return g_strdup (_("Nothing to do: already there."));

  what = ms_object_words_count (self->type_name, (guint) changed);
  sentence = g_strdup_printf (self->to_list ? _("Adds %1$s to %2$s.")
                                            : _("Moves %1$s to %2$s."), what, place);
  if (unchanged > 0)
    {
      g_autofree char *first = g_steal_pointer (&sentence);

      sentence = g_strdup_printf (ngettext ("%1$s %2$d is there already.",
                                            "%1$s %2$d are there already.",
                                            (gulong) unchanged),
                                  first,
                                  (int) unchanged);
    }

  return effects[0] != '\0' ? g_strdup_printf ("%s %s", sentence, effects)
                            : g_steal_pointer (&sentence);
}

static char *
describe_refusal (JsonArray *refused, const GError *error)
{
  JsonObject *first;

  if (refused == NULL || json_array_get_length (refused) == 0)
    return g_strdup (error->message);

  first = json_array_get_object_element (refused, 0);

  return g_strdup_printf (
      "%s: %s",
      json_object_get_string_member_with_default (first, "label", ""),
      json_object_get_string_member_with_default (first, "reason", error->message));
}

static void
on_rehearsed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  g_autofree char *text = NULL;
  MsMoveToWindow  *self;
  JsonObject      *answer;
  gboolean         possible;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  if (reply == NULL || reply->json == NULL || !JSON_NODE_HOLDS_OBJECT (reply->json))
    {
      text = error != NULL ? describe_refusal (ms_connection_error_get_refused (result), error)
                           : g_strdup (_("The answer could not be understood"));
      show_effect (self, text, FALSE);
      self->wanted = FALSE;
      return;
    }

  answer = json_node_get_object (reply->json);
  possible = json_object_get_int_member_with_default (answer, "changed", 0) > 0;
  text = describe_plan (self, answer);
  show_effect (self, text, TRUE);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "move-to.go", possible);
  if (possible && self->wanted)
    run (self);
  self->wanted = FALSE;
}

static void
rehearse (MsMoveToWindow *self)
{
  g_autoptr (JsonObject) options = json_object_new ();
  MsResource *target = NULL;

  g_cancellable_cancel (self->rehearsal);
  g_clear_object (&self->rehearsal);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "move-to.go", FALSE);
  if (!ms_picker_get_selected (MS_PICKER (self->picker), &target))
    {
      show_effect (self,
                   self->to_list
                   ? _("Choose a mailing list.")
                   : _("Choose where to move to."), TRUE);
      return;
    }

  g_set_object (&self->target, target);
  show_effect (self, _("Asking what would happen…"), TRUE);
  self->rehearsal = g_cancellable_new ();
  json_object_set_boolean_member (options, "dryRun", TRUE);
  ms_connection_action_async (self->connection,
                              get_verb (self),
                              (const char *const *) self->ids,
                              target != NULL ? ms_resource_get_id (target) : NULL,
                              options,
                              self->rehearsal,
                              on_rehearsed_cb,
                              self);
}

static void
on_picked_cb (MsPicker *picker, MsResource *resource, MsMoveToWindow *self)
{
  self->wanted = TRUE;
  rehearse (self);
}

static void
on_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  g_autofree char *text = NULL;
  g_autofree char *what = NULL;
  MsMoveToWindow  *self;
  JsonObject      *answer;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  ms_dialog_set_busy (MS_DIALOG (self), FALSE);
  if (reply == NULL || reply->json == NULL || !JSON_NODE_HOLDS_OBJECT (reply->json))
    {
      text = error != NULL ? describe_refusal (ms_connection_error_get_refused (result), error)
                           : g_strdup (_("The answer could not be understood"));
      ms_dialog_show_message (MS_DIALOG (self), text);
      return;
    }

  answer = json_node_get_object (reply->json);
  what = ms_object_words_count (
      self->type_name, (guint) json_object_get_int_member_with_default (answer, "changed", 0));
  text = g_strdup_printf (self->to_list
                          ? _("%1$s added to %2$s")
                          : _("%1$s moved to %2$s"),
                               what,
                               self->target != NULL ? ms_resource_get_label (self->target)
                                                    : _("the top"));
  ms_report_change (gtk_window_get_transient_for (GTK_WINDOW (self)),
                    text,
                    json_object_get_int_member_with_default (answer, "changeSet", 0));
  gtk_window_destroy (GTK_WINDOW (self));
}

static void
run (MsMoveToWindow *self)
{
  ms_dialog_clear_error (MS_DIALOG (self));
  ms_dialog_set_busy (MS_DIALOG (self), TRUE);
  ms_connection_action_async (self->connection,
                              get_verb (self),
                              (const char *const *) self->ids,
                              self->target != NULL ? ms_resource_get_id (self->target) : NULL,
                              NULL,
                              ms_dialog_get_cancellable (MS_DIALOG (self)),
                              on_done_cb,
                              self);
}

static void
on_go_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  run (MS_MOVE_TO_WINDOW (widget));
}

static void
ms_move_to_window_dispose (GObject *object)
{
  MsMoveToWindow *self = MS_MOVE_TO_WINDOW (object);

  g_cancellable_cancel (self->rehearsal);
  self->picker = NULL;
  gtk_widget_dispose_template (GTK_WIDGET (self), MS_TYPE_MOVE_TO_WINDOW);
  g_clear_object (&self->rehearsal);
  g_clear_object (&self->connection);
  g_clear_object (&self->target);
  g_clear_pointer (&self->type_name, g_free);
  g_clear_pointer (&self->ids, g_strfreev);

  G_OBJECT_CLASS (ms_move_to_window_parent_class)->dispose (object);
}

static void
ms_move_to_window_class_init (MsMoveToWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_move_to_window_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/assistants/ms-move-to-window.ui");
  gtk_widget_class_bind_template_child (widget_class, MsMoveToWindow, effect);
  gtk_widget_class_bind_template_child (widget_class, MsMoveToWindow, go);
  gtk_widget_class_bind_template_child (widget_class, MsMoveToWindow, slot);
  gtk_widget_class_install_action (widget_class, "move-to.go", NULL, on_go_action);
}

static void
ms_move_to_window_init (MsMoveToWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
ms_move_to_window_new (GtkWindow         *parent,
                       MsConnection      *connection,
                       const char        *type_name,
                       const char *const *ids,
                       guint              n,
                       gboolean           to_list)
{
  MsMoveToWindow  *self;
  g_autofree char *what = NULL;

  g_return_val_if_fail (MS_IS_CONNECTION (connection), NULL);
  g_return_val_if_fail (type_name != NULL && ids != NULL && n > 0, NULL);

  self = g_object_new (MS_TYPE_MOVE_TO_WINDOW, "transient-for", parent, NULL);
  self->connection = g_object_ref (connection);
  self->type_name = g_strdup (type_name);
  self->ids = g_new0 (char *, n + 1);
  for (guint i = 0; i < n; i++)
    self->ids[i] = g_strdup (ids[i]);
  self->n = n;
  self->to_list = to_list;

  what = ms_object_words_count (type_name, n);
  gtk_window_set_title (GTK_WINDOW (self), to_list ? _("Add To List") : _("Move To"));
  gtk_button_set_label (GTK_BUTTON (self->go), to_list ? _("_Add") : _("_Move"));
  ms_dialog_set_subtitle (MS_DIALOG (self), what);

  self->picker = ms_picker_new (connection,
                                to_list ? "Group" : "MailGroup",
                                to_list
                                ? _("Search mailing lists")
                                : _("Search mail groups"));
  if (!to_list)
    ms_picker_set_none_label (MS_PICKER (self->picker), _("Mailboxes (top, no group)"));
  gtk_widget_set_vexpand (self->picker, TRUE);
  gtk_box_prepend (GTK_BOX (self->slot), self->picker);
  g_signal_connect_object (
      self->picker, "selection-changed", G_CALLBACK (rehearse), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->picker, "picked", G_CALLBACK (on_picked_cb), self, 0);
  rehearse (self);

  return GTK_WIDGET (self);
}

MsPicker *
ms_move_to_window_get_picker (MsMoveToWindow *self)
{
  g_return_val_if_fail (MS_IS_MOVE_TO_WINDOW (self), NULL);

  return MS_PICKER (self->picker);
}

const char *
ms_move_to_window_get_effect (MsMoveToWindow *self)
{
  g_return_val_if_fail (MS_IS_MOVE_TO_WINDOW (self), NULL);

  return gtk_label_get_text (GTK_LABEL (self->effect));
}

void
ms_move_to_present (GtkWindow         *parent,
                    MsConnection      *connection,
                    const char        *type_name,
                    const char *const *ids,
                    guint              n,
                    gboolean           to_list)
{
  GtkWidget *window = ms_move_to_window_new (parent, connection, type_name, ids, n, to_list);

  gtk_window_present (GTK_WINDOW (window));
  ms_picker_focus_search (ms_move_to_window_get_picker (MS_MOVE_TO_WINDOW (window)));
}
