/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The console in a test program: a window on a real server, a real pointer and keyboard by xdotool,
 * and waiting that runs the main loop until something is so. Run by tests/console/run-x.
 */
#pragma once

#include "ms-application.h"
#include "ms-real-server.h"
#include "ms-tree-pane-private.h"
#include "ms-window-private.h"

/* So long that only what never comes is waited for in vain, on a slow machine and with the
 * sanitizers too. */
#define WAIT_USEC (90 * G_USEC_PER_SEC)

/* Runs the main loop until @expression is true; fails the test after WAIT_USEC. */
#define wait_for(expression)                                                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 wait_end_ = g_get_monotonic_time () + WAIT_USEC;                                        \
    while (!(expression))                                                                          \
      {                                                                                            \
        if (g_get_monotonic_time () > wait_end_)                                                   \
          g_error ("%s:%d: waited in vain for %s", __FILE__, __LINE__, #expression);               \
        console_iterate ();                                                                        \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

typedef struct
{
  RealServer    *real;
  MsApplication *application; /* borrowed */
  MsServers     *servers;
  MsServer      *server; /* borrowed: the first of the list, after console_fixture_connect() */
  MsWindow      *window; /* borrowed */
  gint64         heard;  /* the newest change set that the server told of */
} ConsoleFixture;

/* Once per program, before anything else. */
void console_init (int *argc, char ***argv);

/* A server and an empty console: nothing saved, not connected. */
ConsoleFixture *console_fixture_new (const char *filling);
/* Adds the server with its fingerprint and logs on, without the dialog. */
void console_fixture_connect (ConsoleFixture *self);
void console_fixture_free (ConsoleFixture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ConsoleFixture, console_fixture_free)

/* One turn of the main loop, at most some milliseconds. */
void console_iterate (void);
/* Whether it is there within @msec. For what may have to be done again, otherwise wait_for(). */
gboolean console_comes_soon (gboolean (*is_there) (void), guint msec);
/* Until all that the pointer and the keyboard did has arrived, and nothing is left to be done for a
 * fifth of a second of our own time: one that we do not get, for others are busy, does not count.
 */
void console_settle (void);
/* The same for a moment. */
void console_catch_breath (void);
/* Until the console shows all that the server has done so far, and its rows stay where they are. */
void console_catch_up (ConsoleFixture *self);

/* Requests beside the console, waiting for the answer; an error fails the test. (transfer full) */
JsonNode *
console_request (MsConnection *connection, const char *method, const char *path, const char *json);
/* A member of an object on the server as JSON, "" where it has none; @endpoint: "Users". (transfer
 * full) */
char *
console_read_json (ConsoleFixture *self, const char *endpoint, const char *id, const char *name);
/* Makes an object and returns its id. */
char *console_create (ConsoleFixture *self, const char *path, const char *json);
/* A string of an object on the server, by path; %NULL where unset. */
char *
console_read (ConsoleFixture *self, const char *type_name, const char *id, const char *attribute);
gint64 console_sequence (ConsoleFixture *self);

/* Widgets on screen; %NULL where there is none. */
GtkWidget *find_widget (GtkWidget *root, GType type);
GtkWidget *find_label (GtkWidget *root, const char *text);
/* Sets the text of the entry row titled @title. */
void       console_fill (GtkWidget *root, const char *title, const char *text);
GtkWidget *find_button (GtkWidget *root, const char *label);
/* The row of the tree with that name. */
GtkWidget *find_tree_row (MsWindow *window, const char *label);
gboolean   tree_has (MsWindow *window, const char *label);
/* Whether the tree shows it below that row. */
gboolean tree_is_below (MsWindow *window, const char *label, const char *parent);
void     tree_expand (MsWindow *window, const char *label, gboolean expand);
void     tree_select (MsWindow *window, const char *label);
/* A child of a widget's template, by its id. */
GtkWidget *find_part (GtkWidget *widget, const char *name);
/* The newest window of a type that is shown. */
GtkWidget *find_window (GType type);

/* Pointer and keyboard, real. */
void pointer_click (GtkWidget *widget, int button);
/* As a person does it, whose finger is slower than the console: what the press brings about is
 * there before pointer_let_go(). */
void pointer_press (GtkWidget *widget, int button);
/* A double click whose second press is held */
void pointer_press_twice (GtkWidget *widget);
void pointer_let_go (int button);
void pointer_click_with (GtkWidget *widget, const char *modifier);
void pointer_move (GtkWidget *widget, double fx, double fy);
/* Presses on @from, a row, and lets go over @to, which must take it. */
void pointer_drag (GtkWidget *from, GtkWidget *to);
/* Only presses and goes over @to; ended by pointer_release() or a key. */
void pointer_drag_over (GtkWidget *from, GtkWidget *to);
void pointer_release (void);
void keyboard_press (const char *keys);
void keyboard_type (const char *text);

/* A picture of the screen, where MS_SHOTS names a folder. */
void take_shot (const char *name);
