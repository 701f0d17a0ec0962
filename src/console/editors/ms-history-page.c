/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsHistoryPage: the newest change sets of one object; what each changed is asked for when it is
 * opened. "Return to This" makes the object as it was after a change, in one change set of its own;
 * what could not be put back is said.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-date-time-field.h"
#include "ms-dialog.h"
#include "ms-history-page.h"
#include "ms-object-words.h"
#include "ms-report.h"

#define SHOWN 50

struct _MsHistoryPage
{
  GtkWidget parent_instance;

  /* Template children */
  GtkWidget *group;
  GtkWidget *message;
  GtkWidget *more;
  GtkWidget *stack;

  /* Owned */
  MsConnection *connection;
  GCancellable *cancellable;
  char         *id;
  JsonArray    *change_sets; /* as shown */
  GPtrArray    *rows;        /* borrowed: children of the group */
};

G_DEFINE_FINAL_TYPE (MsHistoryPage, ms_history_page, GTK_TYPE_WIDGET)

enum
{
  RETURNED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const char *
describe_verb (const char *verb)
{
  static const struct
  {
    const char *verb;
    const char *words;
  } verbs[] = {
    /* clang-format off */
    { "create", N_ ("Made") },
    { "update", N_ ("Changed") },
    { "delete", N_ ("Deleted") },
    { "restore", N_ ("Restored") },
    { "purge", N_ ("Deleted for good") },
    { "move", N_ ("Moved") },
    { "undo", N_ ("Undone") },
    { "return", N_ ("Put back") },
    { "bulk", N_ ("Changed in one go") },
    { "import", N_ ("Imported") },
    { "enable", N_ ("Enabled") },
    { "disable", N_ ("Disabled") },
    { "password", N_ ("New password") },
    { "totp-enrol", N_ ("Two-step log-on turned on") },
    { "totp-remove", N_ ("Two-step log-on removed") },
    { "totp-recovery", N_ ("Recovery code used") },
                                  /* clang-format on */
                                };

  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (g_strcmp0 (verbs[i].verb, verb) == 0)
      return _(verbs[i].words);

  return verb;
}

static void
show_error (MsHistoryPage *self, const GError *error)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (MS_IS_DIALOG (root))
    ms_dialog_show_error (MS_DIALOG (root), error);
}

/* The way back ------------------------------------------------------------------------------------
 */

/* What could not be put back; (transfer full) (nullable) */
static char *
describe_refused (JsonArray *refused)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; refused != NULL && i < json_array_get_length (refused); i++)
    {
      JsonNode   *node = json_array_get_element (refused, i);
      JsonObject *part = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
      if (part == NULL)
        continue;
      g_string_append_printf (text,
                              "%s%s",
                              text->len > 0 ? "; " : "",
                              json_object_get_string_member_with_default (part, "reason", ""));
    }
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

static void
report_returned (MsHistoryPage *self, MsReply *reply)
{
  GtkRoot         *root = gtk_widget_get_root (GTK_WIDGET (self));
  JsonObject      *answer = reply->json != NULL && JSON_NODE_HOLDS_OBJECT (reply->json)
                                ? json_node_get_object (reply->json)
                                : NULL;
  JsonNode        *refused = answer != NULL ? json_object_get_member (answer, "refused") : NULL;
  g_autofree char *reasons = refused != NULL && JSON_NODE_HOLDS_ARRAY (refused)
                                 ? describe_refused (json_node_get_array (refused))
                                 : NULL;

  ms_report_change (GTK_IS_WINDOW (root) ? gtk_window_get_transient_for (GTK_WINDOW (root)) : NULL,
                    _("Returned to an earlier state"), reply->change);
  if (reasons != NULL && MS_IS_DIALOG (root))
    {
      g_autofree char *text = g_strdup_printf (_("Not all of it could be put back: %s"), reasons);
      ms_dialog_show_message (MS_DIALOG (root), text);
    }
}

static void
on_returned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  MsHistoryPage   *self = MS_HISTORY_PAGE (user_data);
  g_autofree char *reasons
      = reply == NULL ? describe_refused (ms_connection_error_get_refused (result)) : NULL;
  gtk_widget_set_sensitive (self->stack, TRUE);
  if (reply != NULL)
    report_returned (self, reply);
  else if (reasons != NULL && MS_IS_DIALOG (gtk_widget_get_root (GTK_WIDGET (self))))
    ms_dialog_show_message (MS_DIALOG (gtk_widget_get_root (GTK_WIDGET (self))), reasons);
  else
    show_error (self, error);
  ms_history_page_load (self);
  if (reply != NULL)
    g_signal_emit (self, signals[RETURNED], 0);
}

/* What one change set did -------------------------------------------------------------------------
 */

static void
add_line (AdwExpanderRow *row, const char *title, const char *text)
{
  GtkWidget *line = adw_action_row_new ();

  g_object_set (
      line, "use-markup", FALSE, "title", title, "subtitle", text, "subtitle-lines", 6, NULL);
  adw_expander_row_add_row (row, line);
}

static void
on_return_clicked_cb (GtkWidget *button, MsHistoryPage *self)
{
  g_autoptr (JsonObject) body = json_object_new ();
  g_autofree char *escaped = g_uri_escape_string (self->id, NULL, FALSE);
  g_autofree char *path = g_strdup_printf ("/api/v1/history/%s/return", escaped);
  const char      *sequence = g_object_get_data (G_OBJECT (button), "ms-sequence");

  json_object_set_int_member (body, "sequence", g_ascii_strtoll (sequence, NULL, 10));
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), body);
  gtk_widget_set_sensitive (self->stack, FALSE);
  ms_connection_request_async (
      self->connection, "POST", path, node, NULL, self->cancellable, on_returned_cb, self);
}

static void
add_return (MsHistoryPage *self, AdwExpanderRow *row)
{
  gboolean    is_now = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), "ms-index")) == 0;
  const char *reason = is_now ? _("This is how it is now") : NULL;
  GtkWidget  *line = adw_action_row_new ();
  GtkWidget  *button = gtk_button_new_with_mnemonic (_("_Return to This"));

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_sensitive (button, !is_now);
  if (reason != NULL)
    g_object_set (line, "use-markup", FALSE, "subtitle", reason, NULL);
  g_object_set_data_full (G_OBJECT (button),
                          "ms-sequence",
                          g_strdup (g_object_get_data (G_OBJECT (row), "ms-sequence")),
                          g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_return_clicked_cb), self, 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (line), button);
  adw_expander_row_add_row (row, line);
}

static void
show_deltas (MsHistoryPage *self, AdwExpanderRow *row, JsonObject *change_set)
{
  JsonArray *changes = json_object_has_member (change_set, "changes")
                           ? json_object_get_array_member (change_set, "changes")
                           : NULL;
  gboolean   any = FALSE;

  for (guint i = 0; changes != NULL && i < json_array_get_length (changes); i++)
    {
      JsonObject *change = json_array_get_object_element (changes, i);
      JsonArray  *deltas;

      if (g_strcmp0 (json_object_get_string_member_with_default (change, "id", NULL), self->id) != 0
          || !json_object_has_member (change, "deltas"))
        continue;

      deltas = json_object_get_array_member (change, "deltas");
      for (guint j = 0; j < json_array_get_length (deltas); j++)
        {
          JsonObject      *delta = json_array_get_object_element (deltas, j);
          g_autofree char *text = ms_history_describe_delta (delta);
          const char      *path = json_object_get_string_member_with_default (delta, "path", "");

          add_line (row, ms_object_words_attribute (path), text);
          any = TRUE;
        }
    }
  if (!any)
    add_line (row, _("No attribute changed"), NULL);
  add_return (self, row);
}

static void
on_deltas_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) row = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  GtkWidget *page;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  page = gtk_widget_get_ancestor (row, MS_TYPE_HISTORY_PAGE);
  if (page == NULL)
    return;
  if (reply == NULL || reply->json == NULL || !JSON_NODE_HOLDS_OBJECT (reply->json))
    add_line (ADW_EXPANDER_ROW (row), _("Cannot be read"), error != NULL ? error->message : NULL);
  else
    show_deltas (
        MS_HISTORY_PAGE (page), ADW_EXPANDER_ROW (row), json_node_get_object (reply->json));
}

static void
on_row_expanded_cb (AdwExpanderRow *row, GParamSpec *pspec, MsHistoryPage *self)
{
  g_autofree char *path = NULL;

  if (!adw_expander_row_get_expanded (row)
      || g_object_get_data (G_OBJECT (row), "ms-asked") != NULL)
    return;

  g_object_set_data (G_OBJECT (row), "ms-asked", row);
  path = g_strdup_printf ("/api/v1/changes/%s",
                          (const char *) g_object_get_data (G_OBJECT (row), "ms-sequence"));
  ms_connection_request_async (self->connection,
                               "GET",
                               path,
                               NULL,
                               NULL,
                               self->cancellable,
                               on_deltas_cb,
                               g_object_ref (row));
}

/* The list ----------------------------------------------------------------------------------------
 */

static void
add_change_set (MsHistoryPage *self, JsonObject *change_set, guint index)
{
  GtkWidget *row = adw_expander_row_new ();
  g_autoptr (GString) subtitle = g_string_new (NULL);
  g_autofree char *when = NULL;
  const char      *reason = json_object_get_string_member_with_default (change_set, "reason", NULL);
  const char      *verb = json_object_get_string_member_with_default (change_set, "verb", "");
  const char      *actor = NULL;
  gint64           count = json_object_get_int_member_with_default (change_set, "objectCount", 1);

  when
      = ms_date_time_describe (json_object_get_string_member_with_default (change_set, "time", ""));
  if (json_object_has_member (change_set, "actor")
      && JSON_NODE_HOLDS_OBJECT (json_object_get_member (change_set, "actor")))
    actor = json_object_get_string_member_with_default (
        json_object_get_object_member (change_set, "actor"), "name", NULL);

  g_string_append_printf (
      subtitle,
      "%s · %s · %s",
      when,
      actor != NULL ? actor
                    : _("the server"),
                         json_object_get_string_member_with_default (change_set, "channel", ""));
  if (count > 1)
    g_string_append_printf (subtitle,
                            ngettext (" · with %" G_GINT64_FORMAT " other",
                                      " · with %" G_GINT64_FORMAT " others",
                                      (gulong) count - 1),
                            count - 1);
  if (reason != NULL && reason[0] != '\0')
    g_string_append_printf (subtitle, " · %s", reason);
  if (json_object_get_int_member_with_default (change_set, "undoneBy", 0) != 0)
    g_string_append (subtitle, _(" · undone since"));

  g_object_set (row, "use-markup", FALSE, "title", describe_verb (verb), NULL);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row), subtitle->str);
  g_object_set_data (G_OBJECT (row), "ms-index", GUINT_TO_POINTER (index));
  g_object_set_data_full (
      G_OBJECT (row),
      "ms-sequence",
      g_strdup_printf ("%" G_GINT64_FORMAT,
                       json_object_get_int_member_with_default (change_set, "sequence", 0)),
      g_free);
  g_signal_connect_object (row, "notify::expanded", G_CALLBACK (on_row_expanded_cb), self, 0);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->group), row);
  g_ptr_array_add (self->rows, row);
}

static void
show_change_sets (MsHistoryPage *self, JsonArray *change_sets)
{
  guint n = json_array_get_length (change_sets);

  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self->group), self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  g_clear_pointer (&self->change_sets, json_array_unref);
  self->change_sets = json_array_ref (change_sets);

  for (guint i = 0; i < n; i++)
    add_change_set (self, json_array_get_object_element (change_sets, i), i);
  gtk_widget_set_visible (self->more, n == SHOWN);
  gtk_label_set_text (GTK_LABEL (self->message), _("No change has been recorded yet"));
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), n > 0 ? "list" : "message");
}

static void
on_change_sets_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  MsHistoryPage *self;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self = user_data;
  if (reply == NULL || reply->json == NULL || !JSON_NODE_HOLDS_OBJECT (reply->json)
      || !json_object_has_member (json_node_get_object (reply->json), "changeSets"))
    {
      gtk_label_set_text (GTK_LABEL (self->message),
                          error != NULL ? error->message
                                        : _("The answer could not be understood"));
      gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "message");
      return;
    }

  show_change_sets (
      self, json_object_get_array_member (json_node_get_object (reply->json), "changeSets"));
}

void
ms_history_page_load (MsHistoryPage *self)
{
  g_autofree char *escaped = NULL;
  g_autofree char *path = NULL;

  g_return_if_fail (MS_IS_HISTORY_PAGE (self));

  if (self->id == NULL)
    return;

  escaped = g_uri_escape_string (self->id, NULL, FALSE);
  path = g_strdup_printf ("/api/v1/changes?object=%s&count=%d", escaped, SHOWN);
  if (self->change_sets == NULL)
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "loading");
  ms_connection_request_async (
      self->connection, "GET", path, NULL, NULL, self->cancellable, on_change_sets_cb, self);
}

/* The class ---------------------------------------------------------------------------------------
 */

static void
ms_history_page_dispose (GObject *object)
{
  MsHistoryPage *self = MS_HISTORY_PAGE (object);
  GtkWidget     *child;

  g_cancellable_cancel (self->cancellable);
  gtk_widget_dispose_template (GTK_WIDGET (self), MS_TYPE_HISTORY_PAGE);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->change_sets, json_array_unref);
  g_clear_pointer (&self->rows, g_ptr_array_unref);

  G_OBJECT_CLASS (ms_history_page_parent_class)->dispose (object);
}

static void
ms_history_page_class_init (MsHistoryPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ms_history_page_dispose;

  signals[RETURNED] = g_signal_new (
      "returned", MS_TYPE_HISTORY_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/mailstead/Mailstead/ui/editors/ms-history-page.ui");
  gtk_widget_class_bind_template_child (widget_class, MsHistoryPage, group);
  gtk_widget_class_bind_template_child (widget_class, MsHistoryPage, message);
  gtk_widget_class_bind_template_child (widget_class, MsHistoryPage, more);
  gtk_widget_class_bind_template_child (widget_class, MsHistoryPage, stack);
}

static void
ms_history_page_init (MsHistoryPage *self)
{
  self->cancellable = g_cancellable_new ();
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
ms_history_page_new (MsConnection *connection, const char *id)
{
  MsHistoryPage *self;

  g_return_val_if_fail (MS_IS_CONNECTION (connection), NULL);

  self = g_object_new (MS_TYPE_HISTORY_PAGE, NULL);
  self->connection = g_object_ref (connection);
  self->id = g_strdup (id);

  return GTK_WIDGET (self);
}

void
ms_history_page_set_object (MsHistoryPage *self, const char *id)
{
  g_return_if_fail (MS_IS_HISTORY_PAGE (self));

  if (g_strcmp0 (self->id, id) == 0)
    return;

  g_free (self->id);
  self->id = g_strdup (id);
}
