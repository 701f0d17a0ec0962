/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadd run: the server in the foreground, for systemd or a terminal.
 *
 * SIGTERM and SIGINT stop it in order: nothing new is taken, what is in flight finishes, the store
 * is closed. SIGHUP reads the certificate again, for connections from then on. The main thread
 * waits for signals and does nothing else.
 */
#include "config.h"
#include "ms-commands.h"
#include "ms-config.h"
#include "ms-error.h"
#include "ms-import-key-file.h"
#include "ms-listener.h"
#include "ms-schema-stored.h"
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef MS_HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

typedef struct
{
  MsConfig  *config;
  MsServer  *server;
  GMainLoop *loop;
  gboolean   read_only;
} Run;

static void
notify (const char *state)
{
#ifdef MS_HAVE_SYSTEMD
  (void) sd_notify (0, state); /* nobody listens outside of systemd */
#endif
}

static gboolean
on_stop_cb (gpointer user_data)
{
  Run *run = user_data;

  g_main_loop_quit (run->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_reload_cb (gpointer user_data)
{
  Run *run = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *reloading
      = g_strdup_printf ("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time ());

  notify (reloading);
  g_autoptr (MsCertificate) certificate
             = ms_certificate_load (run->config->certificate, run->config->key, &error);
  if (certificate == NULL || !ms_server_set_certificate (run->server, certificate, &error))
    g_message ("The certificate was not read again, the old one stays: %s", error->message);
  else
    g_message ("New connections get the certificate %s", certificate->fingerprint);
  notify ("READY=1");
  return G_SOURCE_CONTINUE;
}

/* A connection is a descriptor, and so is a database file; the usual soft limit of 1024 would be
 * too few. */
static void
raise_descriptor_limit (const MsConfig *config)
{
  rlim_t        wanted = config->options.http.connections + 256;
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
    return;
  limit.rlim_cur = MIN (wanted, limit.rlim_max);
  if (setrlimit (RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur < wanted)
    g_message ("Only %lu files may be open: fewer connections than set can be served.",
               (unsigned long) limit.rlim_cur);
}

/* Before anybody is told that the server runs: who is told may stop it at once. */
static void
watch_signals (Run *run, guint *sources)
{
  sources[0] = g_unix_signal_add (SIGTERM, on_stop_cb, run);
  sources[1] = g_unix_signal_add (SIGINT, on_stop_cb, run);
  sources[2] = g_unix_signal_add (SIGHUP, on_reload_cb, run);
}

/* @listener: taken */
static gboolean
serve (Run *run, MsService *service, int listener, GError **error)
{
  g_autofree char *authority = ms_listener_dup_authority (listener);
  guint            signals[3];
  g_autoptr (MsCertificate) certificate
             = ms_certificate_load (run->config->certificate, run->config->key, error);

  if (certificate == NULL)
    {
      (void) close (listener);
      return FALSE;
    }
  run->server = ms_server_new (service, listener, certificate, &run->config->options, error);
  if (run->server == NULL)
    return FALSE;
  ms_service_resume_jobs (service);
  watch_signals (run, signals);
  g_print ("listening on https://%s\n", authority);
  (void) fflush (stdout);
  notify ("READY=1");
  g_main_loop_run (run->loop);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    g_source_remove (signals[i]);
  notify ("STOPPING=1");
  ms_server_stop (run->server, run->config->stop_seconds);
  g_clear_pointer (&run->server, ms_server_free);
  return TRUE;
}

/* Somebody was at the database, or an earlier build made it. */
static void
log_mended (MsStore *store)
{
  GPtrArray *mended = ms_store_get_mended (store);

  for (guint i = 0; i < mended->len; i++)
    g_message ("The store was mended when it was opened: %s; set right",
               (const char *) mended->pdata[i]);
}

/* Once: what can be read is served all the same. */
static void
log_damage (MsStore *store)
{
  GPtrArray *damage = ms_store_get_damage (store);

  for (guint i = 0; damage != NULL && i < damage->len; i++)
    g_message ("The store is damaged: %s", (const char *) damage->pdata[i]);
}

/* Files that an earlier build took. */
static void
log_complaints (MsStore *store)
{
  g_autoptr (MsSchemaRegistry) schemas = ms_store_ref_schemas (store);
  GPtrArray *complaints = ms_schema_registry_get_complaints (schemas);

  for (guint i = 0; i < complaints->len; i++)
    g_message ("%s", (const char *) complaints->pdata[i]);
}

static gboolean
run_server (Run *run, GError **error)
{
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();

  if (!ms_command_check_store (run->config, error))
    return FALSE;
  g_autoptr (MsStore) store
             = ms_store_open (run->config->store_uri,
                              schemas,
                              run->read_only ? MS_STORE_READ_ONLY | MS_STORE_DAMAGED : 0,
                              error);
  if (store == NULL)
    return FALSE;
  log_mended (store);
  log_damage (store);
  log_complaints (store);
  g_autoptr (MsService) service = ms_service_new (store);
  gboolean served
      = ms_import_key_file_use (run->config->directory, service, !run->read_only, error);
  if (served)
    {
      int listener = ms_listener_take_over ();
      if (listener < 0)
        listener = ms_listener_open (run->config->listen, error);
      served = listener >= 0 && serve (run, service, listener, error);
    }
  ms_service_shutdown (service);
  ms_store_close (store);
  return served;
}

int
ms_command_run (int argc, char **argv)
{
  g_autofree char   *data = NULL;
  gboolean           read_only = FALSE;
  const GOptionEntry entries[] = {
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &data, "Folder with settings and store", "DIR" },
    { "read-only", 0, 0, G_OPTION_ARG_NONE, &read_only, "Never write to the store", NULL },
    { NULL },
  };
  g_autoptr (GError) error = NULL;
  int exit_code = MS_EXIT_DONE;

  if (!ms_command_parse (argc, argv, "Run the server until SIGTERM.", entries, &exit_code))
    return exit_code;
  if (data == NULL)
    data = ms_config_dup_default_directory ();
  g_autoptr (MsConfig) config = ms_config_load (data, &error);
  if (config == NULL)
    return ms_command_fail (error);
  raise_descriptor_limit (config);
  (void) signal (SIGPIPE, SIG_IGN); /* a client that has gone is an error of write(), not of ours */
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Run run = { .config = config, .loop = loop, .read_only = read_only };
  return run_server (&run, &error) ? MS_EXIT_DONE : ms_command_fail (error);
}
