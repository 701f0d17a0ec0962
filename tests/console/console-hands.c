/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See console-fixture.h: finding widgets, and a pointer and a keyboard that press on them. xdotool
 * sends what a person's would; where to is computed from the widgets themselves at that moment.
 * There is no window manager: windows stand at 0, 0.
 */
#include "config.h"

#include "console-fixture.h"

typedef gboolean (*Matches) (GtkWidget *widget, gconstpointer what);

static GtkWidget *
find (GtkWidget *root, Matches matches, gconstpointer what)
{
  if (root == NULL || !gtk_widget_get_mapped (root))
    return NULL;
  if (matches (root, what))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, matches, what);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static gboolean
has_type (GtkWidget *widget, gconstpointer what)
{
  return g_type_is_a (G_OBJECT_TYPE (widget), *(const GType *) what);
}

GtkWidget *
find_widget (GtkWidget *root, GType type)
{
  return find (root, has_type, &type);
}

static gboolean
has_label (GtkWidget *widget, gconstpointer what)
{
  return GTK_IS_LABEL (widget) && g_strcmp0 (gtk_label_get_text (GTK_LABEL (widget)), what) == 0;
}

GtkWidget *
find_label (GtkWidget *root, const char *text)
{
  return find (root, has_label, text);
}

static gboolean
is_button (GtkWidget *widget, gconstpointer what)
{
  return GTK_IS_BUTTON (widget) && find_label (widget, what) != NULL;
}

GtkWidget *
find_button (GtkWidget *root, const char *label)
{
  return find (root, is_button, label);
}

static gboolean
is_tree_row (GtkWidget *widget, gconstpointer what)
{
  g_autofree char *label = NULL;

  if (!MS_IS_TREE_ROW (widget) || ms_tree_row_get_node (MS_TREE_ROW (widget)) == NULL)
    return FALSE;
  label = ms_node_dup_label (ms_tree_row_get_node (MS_TREE_ROW (widget)));
  return g_strcmp0 (label, what) == 0;
}

GtkWidget *
find_tree_row (MsWindow *window, const char *label)
{
  return find (GTK_WIDGET (window->tree), is_tree_row, label);
}

static guint
find_tree_position (MsWindow *window, const char *label)
{
  GListModel *tree = G_LIST_MODEL (window->tree->tree);

  for (guint i = 0; i < g_list_model_get_n_items (tree); i++)
    {
      g_autoptr (GtkTreeListRow) row = g_list_model_get_item (tree, i);
      g_autoptr (MsNode) node = gtk_tree_list_row_get_item (row);
      g_autofree char *name = ms_node_dup_label (node);

      if (g_strcmp0 (name, label) == 0)
        return i;
    }
  return G_MAXUINT;
}

gboolean
tree_has (MsWindow *window, const char *label)
{
  return find_tree_position (window, label) != G_MAXUINT;
}

gboolean
tree_is_below (MsWindow *window, const char *label, const char *parent)
{
  guint position = find_tree_position (window, label);

  if (position == G_MAXUINT)
    return FALSE;
  g_autoptr (GtkTreeListRow) row
             = g_list_model_get_item (G_LIST_MODEL (window->tree->tree), position);
  g_autoptr (GtkTreeListRow) above = gtk_tree_list_row_get_parent (row);
  if (above == NULL)
    return FALSE;
  g_autoptr (MsNode) node = gtk_tree_list_row_get_item (above);
  g_autofree char *name = ms_node_dup_label (node);
  return g_strcmp0 (name, parent) == 0;
}

void
tree_expand (MsWindow *window, const char *label, gboolean expand)
{
  g_autoptr (GtkTreeListRow) row = NULL;

  wait_for (tree_has (window, label));
  row = g_list_model_get_item (G_LIST_MODEL (window->tree->tree),
                               find_tree_position (window, label));
  gtk_tree_list_row_set_expanded (row, expand);
  console_settle ();
}

void
tree_select (MsWindow *window, const char *label)
{
  wait_for (tree_has (window, label));
  gtk_single_selection_set_selected (window->tree->selection, find_tree_position (window, label));
  console_settle ();
}

GtkWidget *
find_part (GtkWidget *widget, const char *name)
{
  return GTK_WIDGET (gtk_widget_get_template_child (widget, G_OBJECT_TYPE (widget), name));
}

GtkWidget *
find_window (GType type)
{
  g_autoptr (GListModel) windows = g_object_ref (gtk_window_get_toplevels ());
  GtkWidget *found = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (g_type_is_a (G_OBJECT_TYPE (window), type) && gtk_widget_get_mapped (window))
        found = window;
    }
  return found;
}

/* xdotool
 * --------------------------------------------------------------------------------------------------------
 */

static void
on_exited_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_wait_check_finish (G_SUBPROCESS (source), result, &error);
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static void
xdotool (GStrvBuilder *arguments)
{
  g_auto (GStrv) argv = g_strv_builder_end (arguments);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process
             = g_subprocess_newv ((const char *const *) argv, G_SUBPROCESS_FLAGS_NONE, &error);
  gboolean done = FALSE;

  g_assert_no_error (error);
  g_subprocess_wait_check_async (process, NULL, on_exited_cb, &done);
  wait_for (done);
  g_strv_builder_unref (arguments);
}

static GStrvBuilder *
begin (void)
{
  GStrvBuilder *builder = g_strv_builder_new ();

  g_strv_builder_add (builder, "xdotool");
  return builder;
}

static void add (GStrvBuilder *builder, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
add (GStrvBuilder *builder, const char *format, ...)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  words = g_strsplit (text, " ", -1);
  g_strv_builder_addv (builder, (const char **) words);
}

static void
locate_now (GtkWidget *widget, double fx, double fy, int *x, int *y)
{
  GtkNative      *native = gtk_widget_get_native (widget);
  graphene_rect_t bounds;
  double          sx, sy;

  g_assert_nonnull (native);
  g_assert_true (gtk_widget_compute_bounds (widget, GTK_WIDGET (native), &bounds));
  gtk_native_get_surface_transform (native, &sx, &sy);
  *x = (int) (sx + bounds.origin.x + bounds.size.width * fx);
  *y = (int) (sy + bounds.origin.y + bounds.size.height * fy);
}

/* Where it comes to rest: toasts and popovers slide in. */
static void
locate (GtkWidget *widget, double fx, double fy, int *x, int *y)
{
  int before_x = -1;
  int before_y = -1;

  locate_now (widget, fx, fy, x, y);
  while (before_x != *x || before_y != *y)
    {
      before_x = *x;
      before_y = *y;
      console_settle ();
      locate_now (widget, fx, fy, x, y);
    }
}

void
pointer_move (GtkWidget *widget, double fx, double fy)
{
  GStrvBuilder *command = begin ();
  int           x, y;

  locate (widget, fx, fy, &x, &y);
  add (command, "mousemove %d %d", x, y);
  xdotool (command);
  console_settle ();
}

static void
press (GtkWidget *widget, const char *how, int button)
{
  GStrvBuilder *command = begin ();
  int           x, y;

  locate (widget, 0.5, 0.5, &x, &y);
  add (command, "mousemove %d %d sleep 0.03 %s %d", x, y, how, button);
  xdotool (command);
  console_settle ();
}

void
pointer_press (GtkWidget *widget, int button)
{
  press (widget, "mousedown", button);
}

void
pointer_click (GtkWidget *widget, int button)
{
  press (widget, "click", button);
}

void
pointer_press_twice (GtkWidget *widget)
{
  press (widget, "click 1 sleep 0.05 mousedown", 1);
}

void
pointer_let_go (int button)
{
  GStrvBuilder *command = begin ();

  add (command, "mouseup %d", button);
  xdotool (command);
  console_settle ();
}

void
pointer_click_with (GtkWidget *widget, const char *modifier)
{
  GStrvBuilder *command = begin ();
  int           x, y;

  locate (widget, 0.5, 0.5, &x, &y);
  add (command, "mousemove %d %d sleep 0.03 keydown %s click 1 keyup %s", x, y, modifier, modifier);
  xdotool (command);
  console_settle ();
}

/* Dragging: each step is taken once the one before has come about, for a drag has several parties
 * (the X server, who drags, who is dragged over) that answer one another.
 * --------------------------------------------------------------------------------------------------------
 */

/* Where what is being dragged comes from */
static GtkDragSource *dragging;

static GtkDragSource *
find_dragging (GtkWidget *widget)
{
  for (; widget != NULL; widget = gtk_widget_get_parent (widget))
    {
      g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);

      for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
        {
          g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

          if (GTK_IS_DRAG_SOURCE (controller)
              && gtk_drag_source_get_drag (GTK_DRAG_SOURCE (controller)) != NULL)
            return GTK_DRAG_SOURCE (g_steal_pointer (&controller));
        }
    }
  return NULL;
}

static void
move_to (int x, int y)
{
  GStrvBuilder *command = begin ();

  add (command, "mousemove %d %d", x, y);
  xdotool (command);
  console_catch_breath ();
}

/* Presses there and pulls until GTK sees a drag. */
static void
begin_drag (GtkWidget *from, int x, int y)
{
  GStrvBuilder *command = begin ();
  gint64        end = g_get_monotonic_time () + WAIT_USEC;

  /* The row may show something else by the time that it is dragged; its list stays. */
  from = gtk_widget_get_ancestor (from, GTK_TYPE_LIST_BASE);
  g_assert_nonnull (from);
  add (command, "mousemove %d %d sleep 0.05 mousedown 1", x, y);
  xdotool (command);
  console_catch_breath ();
  for (int i = 1; (dragging = find_dragging (from)) == NULL; i++)
    {
      if (g_get_monotonic_time () > end)
        g_error ("what is pulled does not come along");
      /* Back and forth, further than what counts as holding still */
      move_to (x + (i % 2 == 1 ? 12 : -12), y);
    }
}

void
pointer_drag_over (GtkWidget *from, GtkWidget *to)
{
  int sx, sy, tx, ty;

  locate (from, 0.5, 0.5, &sx, &sy);
  locate (to, 0.5, 0.5, &tx, &ty);
  begin_drag (from, sx, sy);
  for (int i = 1; i <= 10; i++)
    move_to (sx + (tx - sx) * i / 10, sy + (ty - sy) * i / 10);
  /* GDK forgets motion while it waits for the answer to the last. */
  for (int i = 0; i < 4; i++)
    move_to (tx + (i % 2) * 2, ty);
}

void
pointer_drag (GtkWidget *from, GtkWidget *to)
{
  pointer_drag_over (from, to);
  /* Let go before the target has taken to it, nothing would happen. */
  wait_for (gtk_drag_source_get_drag (dragging) != NULL
            && gdk_drag_get_selected_action (gtk_drag_source_get_drag (dragging)) != 0);
  pointer_release ();
}

void
pointer_release (void)
{
  GStrvBuilder *command = begin ();

  add (command, "mouseup 1");
  xdotool (command);
  wait_for (gtk_drag_source_get_drag (dragging) == NULL);
  g_clear_object (&dragging);
  console_settle ();
}

void
keyboard_press (const char *keys)
{
  GStrvBuilder *command = begin ();

  add (command, "key --delay 60 %s", keys);
  xdotool (command);
  console_settle ();
}

void
keyboard_type (const char *text)
{
  GStrvBuilder *command = begin ();

  g_strv_builder_add_many (command, "type", "--delay", "8", text, NULL);
  xdotool (command);
  console_settle ();
}

void
take_shot (const char *name)
{
  const char      *folder = g_getenv ("MS_SHOTS");
  g_autofree char *path = NULL;
  const char      *argv[] = { "import", "-window", "root", NULL, NULL };
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  gboolean done = FALSE;

  if (folder == NULL)
    return;
  path = g_strdup_printf ("%s/%s.png", folder, name);
  argv[3] = path;
  console_settle ();
  process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_NONE, &error);
  g_assert_no_error (error);
  g_subprocess_wait_check_async (process, NULL, on_exited_cb, &done);
  wait_for (done);
}

void
console_fill (GtkWidget *root, const char *title, const char *text)
{
  GtkWidget *label = find_label (root, title);
  GtkWidget *row = label != NULL ? gtk_widget_get_ancestor (label, ADW_TYPE_ENTRY_ROW) : NULL;

  g_assert_nonnull (row);
  gtk_editable_set_text (GTK_EDITABLE (row), text);
  console_settle ();
}
