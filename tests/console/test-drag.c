/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Dragging with a real pointer in a real window, ending in a changed store on a real server; what
 * is refused; and taking it back.
 */
#include "config.h"

#include "console-fixture.h"

typedef struct
{
  char *sales, *emea, *support, *list;
  char *anna, *bert, *cleo, *dora; /* mailboxes at the top */
  char *anna_user;
} Organisation;

static char *
find_id (ConsoleFixture *fixture, const char *type_name, const char *filter)
{
  g_autofree char *escaped = g_uri_escape_string (filter, NULL, FALSE);
  g_autofree char *path
      = g_strdup_printf ("%s?filter=%s", ms_type_name_to_endpoint (type_name), escaped);
  g_autoptr (JsonNode) node
             = console_request (ms_server_get_connection (fixture->server), "GET", path, NULL);
  JsonArray *resources = json_object_get_array_member (json_node_get_object (node), "Resources");

  g_assert_cmpuint (json_array_get_length (resources), ==, 1);
  return g_strdup (
      json_object_get_string_member (json_array_get_object_element (resources, 0), "id"));
}

static char *
new_account (ConsoleFixture *fixture, const char *name)
{
  g_autofree char *json = g_strdup_printf (
      "{\"user\":{\"userName\":\"%s\"},\"mailbox\":{\"name\":\"%s\"},\"userTemplate\":null,"
      "\"mailboxTemplate\":null,\"generatePassword\":true}",
      name,
      name);
  g_autofree char *user = console_create (fixture, "/api/v1/accounts", json);
  g_autofree char *filter = g_strdup_printf ("name eq \"%s\"", name);

  return find_id (fixture, "Mailbox", filter);
}

static void
make_organisation (ConsoleFixture *fixture, Organisation *org)
{
  g_autofree char *emea = NULL;

  org->sales = console_create (fixture, "/scim/v2/MailGroups", "{\"name\":\"Sales\"}");
  org->support = console_create (fixture, "/scim/v2/MailGroups", "{\"name\":\"Support\"}");
  emea = g_strdup_printf ("{\"name\":\"EMEA\",\"parent\":{\"value\":\"%s\"}}", org->sales);
  org->emea = console_create (fixture, "/scim/v2/MailGroups", emea);
  org->list = console_create (fixture, "/scim/v2/Groups", "{\"displayName\":\"Everybody\"}");
  org->anna = new_account (fixture, "anna");
  org->bert = new_account (fixture, "bert");
  org->cleo = new_account (fixture, "cleo");
  org->dora = new_account (fixture, "dora");
  org->anna_user = find_id (fixture, "User", "userName eq \"anna\"");
}

static void
organisation_clear (Organisation *org)
{
  g_free (org->sales);
  g_free (org->emea);
  g_free (org->support);
  g_free (org->list);
  g_free (org->anna);
  g_free (org->bert);
  g_free (org->cleo);
  g_free (org->dora);
  g_free (org->anna_user);
}

static void
show_mailboxes (ConsoleFixture *fixture)
{
  MsWindow *window = fixture->window;

  tree_select (window, "Mailboxes");
  tree_expand (window, "Mailboxes", TRUE);
  wait_for (find_tree_row (window, "Sales") != NULL);
  wait_for (find_label (GTK_WIDGET (window->list), "anna") != NULL);
  wait_for (find_label (GTK_WIDGET (window->list), "dora") != NULL);
  console_catch_up (fixture);
}

static gboolean
is_in (ConsoleFixture *fixture, const char *mailbox, const char *group)
{
  g_autofree char *id = console_read (fixture, "Mailbox", mailbox, "group.value");

  return g_strcmp0 (id, group) == 0;
}

static gboolean
is_below (ConsoleFixture *fixture, const char *group, const char *parent)
{
  g_autofree char *id = console_read (fixture, "MailGroup", group, "parent.value");

  return g_strcmp0 (id, parent) == 0;
}

/* The server may have done it before the console has heard so, and the next change would shift the
 * rows while the pointer is on its way. */
static void
undo_by_key (ConsoleFixture *fixture)
{
  wait_for (ms_undo_stack_can_undo (fixture->window->undo));
  console_catch_up (fixture);
  gtk_widget_grab_focus (GTK_WIDGET (fixture->window->tree));
  console_settle ();
  keyboard_press ("ctrl+z");
}

static void
drag_one (ConsoleFixture *fixture, Organisation *org)
{
  MsWindow *window = fixture->window;

  show_mailboxes (fixture);
  pointer_drag (find_label (GTK_WIDGET (window->list), "anna"), find_tree_row (window, "Sales"));
  wait_for (is_in (fixture, org->anna, org->sales));
  wait_for (find_label (GTK_WIDGET (window), "Moved anna to Sales") != NULL);
  take_shot ("drag-toast");
  undo_by_key (fixture);
  wait_for (is_in (fixture, org->anna, NULL));
}

static void
drag_many (ConsoleFixture *fixture, Organisation *org)
{
  MsWindow  *window = fixture->window;
  GtkWidget *list = GTK_WIDGET (window->list);

  show_mailboxes (fixture);
  pointer_click (find_label (list, "bert"), 1);
  pointer_click_with (find_label (list, "cleo"), "ctrl");
  pointer_click_with (find_label (list, "dora"), "ctrl");
  wait_for (ms_list_pane_get_n_selected (window->list) == 3);
  pointer_drag (find_label (list, "cleo"), find_tree_row (window, "Support"));
  wait_for (is_in (fixture, org->dora, org->support)); /* one transaction */
  g_assert_true (is_in (fixture, org->bert, org->support));
  g_assert_true (is_in (fixture, org->cleo, org->support));
  g_assert_true (is_in (fixture, org->anna, NULL));
  wait_for (find_label (GTK_WIDGET (window), "Moved 3 mailboxes to Support") != NULL);
  pointer_click (find_button (GTK_WIDGET (window->toasts), "Undo"), 1);
  wait_for (is_in (fixture, org->dora, NULL));
  g_assert_true (is_in (fixture, org->bert, NULL));
}

static void
drag_group (ConsoleFixture *fixture, Organisation *org)
{
  MsWindow *window = fixture->window;

  show_mailboxes (fixture);
  tree_expand (window, "Sales", TRUE);
  wait_for (tree_is_below (window, "EMEA", "Sales"));
  console_catch_up (fixture);
  pointer_drag (find_tree_row (window, "EMEA"), find_tree_row (window, "Support"));
  wait_for (is_below (fixture, org->emea, org->support));
  wait_for (!tree_is_below (window, "EMEA", "Sales"));
  undo_by_key (fixture);
  wait_for (is_below (fixture, org->emea, org->sales));
  wait_for (tree_is_below (window, "EMEA", "Sales"));
  console_catch_up (fixture);
  pointer_drag (find_tree_row (window, "EMEA"), find_tree_row (window, "Mailboxes"));
  wait_for (is_below (fixture, org->emea, NULL));
  wait_for (tree_is_below (window, "EMEA", "Mailboxes"));
  undo_by_key (fixture);
  wait_for (is_below (fixture, org->emea, org->sales));
  wait_for (tree_is_below (window, "EMEA", "Sales"));
}

static void
drag_refused (ConsoleFixture *fixture, Organisation *org)
{
  MsWindow *window = fixture->window;
  gint64    before;

  show_mailboxes (fixture);
  tree_expand (window, "Sales", TRUE);
  wait_for (tree_is_below (window, "EMEA", "Sales"));
  console_catch_up (fixture);
  before = console_sequence (fixture);
  pointer_drag_over (find_tree_row (window, "Sales"), find_tree_row (window, "EMEA"));
  wait_for (
      g_strcmp0 (ms_status_line_get_shown (window->status), "EMEA is inside of what you are moving")
      == 0);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (window->hint)));
  take_shot ("drag-refused");
  pointer_release ();
  wait_for (!gtk_widget_get_visible (GTK_WIDGET (window->hint)));
  g_assert_true (is_below (fixture, org->sales, NULL));
  g_assert_cmpint (console_sequence (fixture), ==, before);
}

static void
drag_cancelled (ConsoleFixture *fixture, Organisation *org)
{
  MsWindow *window = fixture->window;
  gint64    before;

  show_mailboxes (fixture);
  before = console_sequence (fixture);
  pointer_drag_over (find_label (GTK_WIDGET (window->list), "anna"),
                     find_tree_row (window, "Sales"));
  wait_for (g_str_has_prefix (ms_status_line_get_shown (window->status), "Move anna to Sales"));
  keyboard_press ("Escape");
  wait_for (!gtk_widget_get_visible (GTK_WIDGET (window->hint)));
  pointer_release ();
  g_assert_true (is_in (fixture, org->anna, NULL));
  g_assert_cmpint (console_sequence (fixture), ==, before);
}

/* What the server would make of it is said too, once the pointer rests. */
static void
drag_effect (ConsoleFixture *fixture, Organisation *org)
{
  MsWindow        *window = fixture->window;
  g_autofree char *id = console_create (
      fixture, "/scim/v2/MailGroups", "{\"name\":\"Tight\",\"quota\":2000000000}");

  show_mailboxes (fixture);
  wait_for (find_tree_row (window, "Tight") != NULL);
  console_catch_up (fixture);
  pointer_drag_over (find_label (GTK_WIDGET (window->list), "anna"),
                     find_tree_row (window, "Tight"));
  wait_for (g_str_has_prefix (ms_status_line_get_shown (window->status),
                              "Move anna to Tight: the limit of 1 mailbox becomes 2"));
  pointer_release ();
  wait_for (is_in (fixture, org->anna, id));
  undo_by_key (fixture);
  wait_for (is_in (fixture, org->anna, NULL));
}

static void
drag_same_place (ConsoleFixture *fixture, Organisation *org)
{
  MsWindow *window = fixture->window;
  gint64    before;

  show_mailboxes (fixture);
  before = console_sequence (fixture);
  pointer_drag_over (find_label (GTK_WIDGET (window->list), "anna"),
                     find_tree_row (window, "Mailboxes"));
  wait_for (g_strcmp0 (ms_status_line_get_shown (window->status), "anna is in Mailboxes already")
            == 0);
  pointer_release ();
  g_assert_true (is_in (fixture, org->anna, NULL));
  g_assert_cmpint (console_sequence (fixture), ==, before);
}

static void
drag_to_list (ConsoleFixture *fixture, Organisation *org)
{
  MsWindow *window = fixture->window;
  gint64    before;

  tree_expand (window, "Mailing Lists", TRUE);
  wait_for (find_tree_row (window, "Everybody") != NULL);
  show_mailboxes (fixture);
  before = console_sequence (fixture);
  pointer_drag (find_label (GTK_WIDGET (window->list), "bert"),
                find_tree_row (window, "Everybody"));
  wait_for (console_sequence (fixture) > before);
  wait_for (find_label (GTK_WIDGET (window), "Added bert to Everybody") != NULL);
  tree_select (window, "Everybody");
  wait_for (find_label (GTK_WIDGET (window->list), "bert") != NULL);
}

static void
drag_user_to_group (ConsoleFixture *fixture, Organisation *org)
{
  MsWindow *window = fixture->window;

  show_mailboxes (fixture);
  tree_select (window, "Users");
  wait_for (find_label (GTK_WIDGET (window->list), "anna") != NULL);
  console_catch_up (fixture);
  pointer_drag (find_label (GTK_WIDGET (window->list), "anna"), find_tree_row (window, "Support"));
  wait_for (is_in (fixture, org->anna, org->support));
  undo_by_key (fixture);
  wait_for (is_in (fixture, org->anna, NULL));
}

typedef struct
{
  const char *name;
  void (*run) (ConsoleFixture *fixture, Organisation *org);
} Case;

static const Case cases[] = {
  { "one-onto-group", drag_one },
  { "three-onto-group", drag_many },
  { "group-onto-group-and-to-the-top", drag_group },
  { "group-below-itself-is-refused", drag_refused },
  { "effect-is-said-while-hovering", drag_effect },
  { "cancelled-by-escape", drag_cancelled },
  { "where-it-is-already", drag_same_place },
  { "user-onto-group", drag_user_to_group },
  { "mailbox-onto-list", drag_to_list },
};

/* One server and window for all: starting them takes longer than what is tested. */
static ConsoleFixture *shared;
static Organisation    organisation;

static void
run_case (gconstpointer data)
{
  const Case *self = data;

  if (shared == NULL)
    {
      shared = console_fixture_new ("--empty");
      console_fixture_connect (shared);
      make_organisation (shared, &organisation);
    }
  self->run (shared, &organisation);
}

int
main (int argc, char *argv[])
{
  console_init (&argc, &argv);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/console/drag/", cases[i].name, NULL);
      g_test_add_data_func (path, &cases[i], run_case);
    }
  int status = g_test_run ();
  g_clear_pointer (&shared, console_fixture_free);
  organisation_clear (&organisation);
  return status;
}
