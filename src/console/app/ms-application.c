/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. A server given on the command line is not saved, and its password comes from a
 * file, never from an argument that other people on the computer could read.
 */
#include "config.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "ms-about.h"
#include "ms-application.h"
#include "ms-shortcuts.h"
#include "ms-window.h"

#define MAX_PASSWORD_FILE 4096

struct _MsApplication
{
  AdwApplication parent_instance;

  /* Owned */
  MsServers *servers;
  GSettings *settings;
  gboolean   greeted;
};

G_DEFINE_FINAL_TYPE (MsApplication, ms_application, ADW_TYPE_APPLICATION)

/* clang-format off */
static const MsShortcutEntry shortcuts[] = {
  { N_ ("General"), N_ ("New user"), "<Control>n" },
  { N_ ("General"), N_ ("Import mailboxes and users"), "<Control>i" },
  { N_ ("General"), N_ ("Undo"), "<Control>z" },
  { N_ ("General"), N_ ("Redo"), "<Control><Shift>z" },
  { N_ ("General"), N_ ("Filter this list"), "<Control>f" },
  { N_ ("General"), N_ ("Who gets mail for an address"), "<Control>e" },
  { N_ ("General"), N_ ("Read afresh"), "F5" },
  { N_ ("General"), N_ ("Show or hide the tree"), "F9" },
  { N_ ("General"), N_ ("Between tree and list"), "F6" },
  { N_ ("General"), N_ ("Main menu"), "F10" },
  { N_ ("General"), N_ ("Keyboard shortcuts"), "<Control>question" },
  { N_ ("General"), N_ ("Close the window"), "<Control>w" },
  { N_ ("General"), N_ ("Quit"), "<Control>q" },
  { N_ ("What is selected"), N_ ("Properties"), "<Alt>Return" },
  { N_ ("What is selected"), N_ ("Context menu"), "<Shift>F10" },
  { N_ ("What is selected"), N_ ("Rename a mail group"), "F2" },
  { N_ ("What is selected"), N_ ("Delete"), "Delete" },
  { N_ ("What is selected"), N_ ("Restore from the bin"), "<Control><Shift>r" },
  { N_ ("What is selected"), N_ ("Move to a mail group"), "<Control><Shift>m" },
  { N_ ("What is selected"), N_ ("Add to a mailing list"), "<Control><Shift>l" },
  { N_ ("What is selected"), N_ ("Duplicate a user"), "<Control>d" },
  { N_ ("What is selected"), N_ ("Reset a password"), "<Control><Shift>p" },
  { N_ ("What is selected"), N_ ("Copy name or address"), "<Control>c" },
  { N_ ("What is selected"), N_ ("Select all rows"), "<Control>a" },
  { NULL },
};
/* clang-format on */

static MsWindow *
get_window (MsApplication *self)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l != NULL; l = l->next)
    if (MS_IS_WINDOW (l->data))
      return l->data;
  return NULL;
}

static void
quit_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  MsWindow *window = get_window (MS_APPLICATION (user_data));

  if (window != NULL)
    gtk_window_close (GTK_WINDOW (window));
  else
    g_application_quit (G_APPLICATION (user_data));
}

static void
close_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (user_data));

  if (window != NULL)
    gtk_window_close (window);
}

/* What each connected server says about itself. */
static char *
describe_servers (MsApplication *self)
{
  GString *text = g_string_new (_("Manages the users of mail, proxy and FTP servers."));
  guint    n = ms_servers_get_n (self->servers);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (MsServer) server = g_list_model_get_item (G_LIST_MODEL (self->servers), i);
      JsonObject *info = ms_server_get_server_info (server);
      gint64      limit = 0;
      gint64      used = ms_server_get_seats (server, &limit);

      if (info == NULL || used < 0)
        continue;
      g_string_append_printf (text,
                              "\n\n%s, mailsteadd %s\n",
                              ms_server_get_name (server),
                              json_object_get_string_member_with_default (info, "version", "?"));
      if (limit > 0)
        g_string_append_printf (text, _("%'u of %'u seats used"), (guint) used, (guint) limit);
      else
        g_string_append_printf (
            text, ngettext ("%'u seat used", "%'u seats used", (gulong) used), (guint) used);
    }
  return g_string_free (text, FALSE);
}

static void
about_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  MsApplication   *self = MS_APPLICATION (user_data);
  g_autofree char *comments = describe_servers (self);
  g_autofree char *debug = g_strdup_printf ("Mailstead %s\nGTK %u.%u.%u\nlibadwaita %u.%u.%u\n%s",
                                            MS_VERSION,
                                            gtk_get_major_version (),
                                            gtk_get_minor_version (),
                                            gtk_get_micro_version (),
                                            adw_get_major_version (),
                                            adw_get_minor_version (),
                                            adw_get_micro_version (),
                                            comments);

  ms_about_present (GTK_WINDOW (get_window (self)), comments, debug);
}

static void
shortcuts_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  ms_shortcuts_present (GTK_WINDOW (get_window (MS_APPLICATION (user_data))), shortcuts);
}

static void
apply_appearance (MsApplication *self)
{
  g_autofree char *name = g_settings_get_string (self->settings, "appearance");
  AdwColorScheme   scheme = ADW_COLOR_SCHEME_DEFAULT;

  if (g_str_equal (name, "light"))
    scheme = ADW_COLOR_SCHEME_FORCE_LIGHT;
  else if (g_str_equal (name, "dark"))
    scheme = ADW_COLOR_SCHEME_FORCE_DARK;
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), scheme);
}

/* Starting
 * -------------------------------------------------------------------------------------------------------
 */

static void
read_servers (MsApplication *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsServerStore) store = NULL;

  if (self->servers != NULL)
    return;
  store = ms_server_store_new (NULL, &error);
  /* A file that cannot be read is left alone, and nothing is written over it. */
  if (store == NULL)
    g_printerr ("mailstead: %s\n", error->message);
  self->servers = ms_servers_new (store);
}

static void
ms_application_startup (GApplication *application)
{
  static const GActionEntry actions[] = {
    { "quit", quit_action },
    { "close", close_action },
    { "about", about_action },
    { "shortcuts", shortcuts_action },
  };
  MsApplication  *self = MS_APPLICATION (application);
  GtkApplication *gtk = GTK_APPLICATION (application);
  g_autoptr (GAction) appearance = NULL;

  G_APPLICATION_CLASS (ms_application_parent_class)->startup (application);
  self->settings = g_settings_new (MS_APP_ID);
  read_servers (self);
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  appearance = g_settings_create_action (self->settings, "appearance");
  g_action_map_add_action (G_ACTION_MAP (self), appearance);
  g_signal_connect_object (self->settings,
                           "changed::appearance",
                           G_CALLBACK (apply_appearance),
                           self,
                           G_CONNECT_SWAPPED);
  apply_appearance (self);
  /* Labels from which one may copy are not shown selected whenever the focus comes to them. */
  g_object_set (gtk_settings_get_default (), "gtk-label-select-on-focus", FALSE, NULL);
  gtk_application_set_accels_for_action (gtk, "app.quit", (const char *[]){ "<Control>q", NULL });
  gtk_application_set_accels_for_action (gtk, "app.close", (const char *[]){ "<Control>w", NULL });
  gtk_application_set_accels_for_action (
      gtk, "app.shortcuts", (const char *[]){ "<Control>question", NULL });
}

/* The server used last, by itself; unless a command line says otherwise. */
static void
connect_last (MsApplication *self, MsWindow *window)
{
  g_autoptr (MsServer) last = NULL;
  guint n = ms_servers_get_n (self->servers);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (MsServer) server = g_list_model_get_item (G_LIST_MODEL (self->servers), i);

      if (last == NULL
          || ms_server_info_get_last_used (ms_server_get_info (server))
                 > ms_server_info_get_last_used (ms_server_get_info (last)))
        g_set_object (&last, server);
    }
  if (last != NULL)
    ms_window_connect (window, last, NULL);
}

static MsWindow *
present_window (MsApplication *self, gboolean connect)
{
  MsWindow *window = get_window (self);

  if (window == NULL)
    {
      window = ms_window_new (GTK_APPLICATION (self), self->servers);
      gtk_window_present (GTK_WINDOW (window));
      if (connect)
        connect_last (self, window);
      return window;
    }
  gtk_window_present (GTK_WINDOW (window));
  return window;
}

static void
ms_application_activate (GApplication *application)
{
  present_window (MS_APPLICATION (application), TRUE);
}

static char *
read_password (GApplicationCommandLine *line, const char *path)
{
  g_autoptr (GFile) file = g_application_command_line_create_file_for_arg (line, path);
  g_autofree char *password = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  if (!g_file_load_contents (file, NULL, &password, &length, NULL, &error))
    {
      g_application_command_line_printerr (line, "mailstead: %s\n", error->message);
      return NULL;
    }
  if (length > MAX_PASSWORD_FILE)
    {
      g_application_command_line_printerr (line,
                                           _("mailstead: %s is too large for a password\n"), path);
      return NULL;
    }
  return g_strdup (g_strchomp (password));
}

static gboolean
open_server (MsApplication           *self,
             GApplicationCommandLine *line,
             const char              *address,
             const char              *fingerprint,
             const char              *password_file)
{
  g_autofree char *user = NULL;
  g_autofree char *password = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *url = ms_server_parse_url (address, &user, &error);
  MsWindow        *window;
  MsServer        *there;

  if (url == NULL)
    {
      g_application_command_line_printerr (line, "mailstead: %s\n", error->message);
      return FALSE;
    }
  if (password_file != NULL && (password = read_password (line, password_file)) == NULL)
    return FALSE;
  window = present_window (self, FALSE);
  there = ms_servers_find (self->servers, url, user);
  if (there == NULL && user == NULL)
    {
      ms_window_ask_server (window, url + strlen ("https://"), NULL);
      return TRUE;
    }
  if (there == NULL)
    {
      g_autoptr (MsServerInfo) info = ms_server_info_new (NULL, url, user, fingerprint);

      there = ms_server_new (info);
      (void) ms_servers_add (self->servers, there, FALSE, NULL);
      g_object_unref (there);
    }
  else if (fingerprint != NULL)
    {
      ms_server_trust (there, fingerprint);
    }
  ms_window_connect (window, there, password);
  return TRUE;
}

static int
ms_application_command_line (GApplication *application, GApplicationCommandLine *line)
{
  MsApplication *self = MS_APPLICATION (application);
  GVariantDict  *options = g_application_command_line_get_options_dict (line);
  g_auto (GStrv) arguments = g_application_command_line_get_arguments (line, NULL);
  const char *server = NULL;
  const char *fingerprint = NULL;
  const char *password_file = NULL;

  (void) g_variant_dict_lookup (options, "server", "&s", &server);
  (void) g_variant_dict_lookup (options, "fingerprint", "&s", &fingerprint);
  (void) g_variant_dict_lookup (options, "password-file", "^&ay", &password_file);
  if (server == NULL && arguments[0] != NULL && arguments[1] != NULL)
    server = arguments[1];
  if (server == NULL)
    {
      g_application_activate (application);
      return 0;
    }
  return open_server (self, line, server, fingerprint, password_file) ? 0 : 1;
}

static void
ms_application_finalize (GObject *object)
{
  MsApplication *self = MS_APPLICATION (object);

  g_clear_object (&self->servers);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (ms_application_parent_class)->finalize (object);
}

static void
ms_application_class_init (MsApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ms_application_finalize;
  application_class->startup = ms_application_startup;
  application_class->activate = ms_application_activate;
  application_class->command_line = ms_application_command_line;
}

static void
ms_application_init (MsApplication *self)
{
  static const GOptionEntry options[] = {
    { "server",
      's',
      0,
      G_OPTION_ARG_STRING,
      NULL,
      N_ ("Connect to this server"), N_ ("USER@HOST[:PORT]") },
      { "fingerprint",
        0,
        0,
        G_OPTION_ARG_STRING,
        NULL,
        N_ ("Trust this certificate"), N_ ("FINGERPRINT") },
        { "password-file",
          0,
          0,
          G_OPTION_ARG_FILENAME,
          NULL,
          N_ ("Read the password from this file"), N_ ("FILE") },
          { NULL },
        };

  g_application_add_main_option_entries (G_APPLICATION (self), options);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), _("[HOST]"));
}

MsApplication *
ms_application_new (void)
{
  return g_object_new (MS_TYPE_APPLICATION,
                       "application-id",
                       MS_APP_ID,
                       "flags",
                       G_APPLICATION_HANDLES_COMMAND_LINE,
                       "resource-base-path",
                       "/org/mailstead/Mailstead",
                       NULL);
}

void
ms_application_set_servers (MsApplication *self, MsServers *servers)
{
  g_return_if_fail (MS_IS_APPLICATION (self));

  g_set_object (&self->servers, servers);
}
