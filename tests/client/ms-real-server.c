/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tests/serve as a child: one line of JSON at its start, and its end when its standard input
 * closes.
 */
#include "ms-real-server.h"

#include <signal.h>

RealServer *
real_server_new (const char *filling)
{
  RealServer *self = g_new0 (RealServer, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *serve = g_build_filename (g_getenv ("MS_SOURCE_DIR"), "tests", "serve", NULL);
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);

  /* What a sanitizer says about the server is the server suites' business; it must not reach ours
   * as a leak of Python's. */
  g_subprocess_launcher_unsetenv (launcher, "G_DEBUG");
  self->process = g_subprocess_launcher_spawn (launcher, &error, serve, filling, NULL);
  g_assert_no_error (error);
  g_autoptr (GDataInputStream) output
             = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  g_autofree char *line = g_data_input_stream_read_line (output, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (line);
  g_assert_true (json_parser_load_from_data (parser, line, -1, &error));
  self->said = json_object_ref (json_node_get_object (json_parser_get_root (parser)));
  return self;
}

void
real_server_free (RealServer *self)
{
  (void) g_output_stream_close (g_subprocess_get_stdin_pipe (self->process), NULL, NULL);
  (void) g_subprocess_wait (self->process, NULL, NULL);
  g_object_unref (self->process);
  json_object_unref (self->said);
  g_free (self);
}

const char *
real_server_get (RealServer *self, const char *name)
{
  return json_object_get_string_member (self->said, name);
}

void
real_server_kill (RealServer *self, int number)
{
  (void) kill ((pid_t) json_object_get_int_member (self->said, "pid"), number);
}
