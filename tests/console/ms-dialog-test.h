/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of the dialogs share: a server with the sample in it, a connection that is on
 * line, waiting for conditions, and pictures of windows on request (MS_SHOTS=folder).
 */
#pragma once

#include <adwaita.h>
#include "ms-connection.h"
#include "ms-form.h"

/* Starts GTK and, with @server, a server and a connection. Returns what main() returns. */
int ms_dialog_test_main (int argc, char **argv, gboolean server, void (*add_tests) (void));
MsConnection *ms_dialog_test_get_connection (void);
/* The window that dialogs belong to; counts what is reported to it. */
GtkWindow  *ms_dialog_test_get_parent (void);
const char *ms_dialog_test_get_report (void);
gint64      ms_dialog_test_get_reported_change (void);
void        ms_dialog_test_forget_report (void);

typedef gboolean (*MsCondition) (gpointer data);

/* Runs the main loop until @condition holds; fails the test after 90 seconds. */
void ms_wait_for (MsCondition condition, gpointer data, const char *what);
#define MS_WAIT(expression)                                                                        \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 ms_deadline = g_get_monotonic_time () + 90 * G_USEC_PER_SEC;                            \
    while (!(expression))                                                                          \
      {                                                                                            \
        if (g_get_monotonic_time () > ms_deadline)                                                 \
          g_error ("%s:%d: waited in vain for " #expression, __FILE__, __LINE__);                  \
        ms_dialog_test_iterate ();                                                                 \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END
void ms_dialog_test_iterate (void);

/* Requests that are waited for. */
MsReply *ms_dialog_test_request (const char *method, const char *path, JsonNode *body);
/* The first object of a type that a filter finds. (transfer full) (nullable) */
MsResource *ms_dialog_test_find (const char *type_name, const char *filter);
MsResource *ms_dialog_test_get (const char *type_name, const char *id);
/* PATCH of one attribute by somebody else: without the dialog under test. */
void ms_dialog_test_patch (MsResource *resource, const char *path, const char *value);

/* By its label, mnemonics left out; NULL where none is shown. (transfer none) */
GtkWidget *ms_dialog_test_find_button (GtkWidget *root, const char *label);
void       ms_dialog_test_press (GtkWidget *root, const char *label);
/* Of assistants: whether it is at @step; presses @button, and waits until it is at @step. */
gboolean ms_dialog_test_is_on (GtkWidget *window, const char *step);
void     ms_dialog_test_go_on (GtkWidget *window, const char *button, const char *step);
/* As ms_dialog_test_find_button(), of several the first that can be pressed. */
GtkWidget *ms_dialog_test_find_sensitive (GtkWidget *root, const char *label);
/* The top window of a type; NULL where there is none. */
gpointer ms_dialog_test_find_window (GType type);
void     ms_dialog_test_close_all (void);

/* Types into a field as a person would. */
void ms_dialog_test_type (MsForm *form, const char *path, const char *text);
/* The shown value as JSON text; "" for none. (transfer full) */
char *ms_dialog_test_value (MsForm *form, const char *path);

/* Saves pictures of @window, light and dark, where MS_SHOTS says so. */
void ms_dialog_test_shot (gpointer window, const char *name);
