/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The program is started as people start it, without a terminal.
 */
#include "ms-run.h"

#include "test-folder.h"

static char *folder;

void
run_free (Run *self)
{
  g_free (self->out);
  g_free (self->err);
  g_free (self);
}

void
run_make_folders (void)
{
  folder = test_folder_new ();
}

void
run_clear_folders (void)
{
  (void) test_folder_remove (folder);
  g_clear_pointer (&folder, g_free);
}

char *
run_path (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static char *
bytes_to_text (GBytes *bytes)
{
  return bytes != NULL && g_bytes_get_size (bytes) > 0
             ? g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes))
             : g_strdup ("");
}

static GSubprocess *
start (char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *config = run_path ("config");
  g_autofree char *state = run_path ("state");

  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE
      | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_subprocess_launcher_setenv (launcher, "XDG_CONFIG_HOME", config, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_STATE_HOME", state, TRUE);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_subprocess_launcher_setenv (launcher, "LANGUAGE", "en", TRUE);
  GSubprocess *process
      = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv, &error);
  g_assert_no_error (error);
  return process;
}

GSubprocess *
run_start (const char *arguments)
{
  g_auto (GStrv) parsed = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_add (builder, g_getenv ("MAILSTEADCTL"));
  if (*arguments != '\0')
    {
      g_assert_true (g_shell_parse_argv (arguments, NULL, &parsed, &error));
      g_strv_builder_addv (builder, (const char **) parsed);
    }
  g_auto (GStrv) argv = g_strv_builder_end (builder);
  return start (argv);
}

/* To its end. @started: (transfer full) */
static Run *
finish (GSubprocess *started, const char *input)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = started;
  Run *run = g_new0 (Run, 1);

  g_autoptr (GBytes) in
             = g_bytes_new (input != NULL ? input : "", input != NULL ? strlen (input) : 0);
  g_autoptr (GBytes) out = NULL;
  g_autoptr (GBytes) err = NULL;
  (void) g_subprocess_communicate (process, in, NULL, &out, &err, &error);
  /* Who does not read its input closes it: no failure. */
  g_clear_error (&error);
  g_assert_true (g_subprocess_wait (process, NULL, &error));
  run->code = g_subprocess_get_if_exited (process) ? g_subprocess_get_exit_status (process)
                                                   : -g_subprocess_get_term_sig (process);
  run->out = bytes_to_text (out);
  run->err = bytes_to_text (err);
  return run;
}

Run *
run_program (const char *arguments, const char *input)
{
  return finish (run_start (arguments), input);
}

Run *
run_by_shell (const char *arguments)
{
  g_autofree char *command = g_strdup_printf ("\"$MAILSTEADCTL\" %s", arguments);
  char            *argv[] = { (char *) "sh", (char *) "-c", command, NULL };

  return finish (start (argv), NULL);
}

Run *
run_bash (const char *script)
{
  g_autofree char *programs = g_path_get_dirname (g_getenv ("MAILSTEADCTL"));
  g_autofree char *program = g_canonicalize_filename (programs, NULL);
  g_autofree char *source = g_canonicalize_filename (g_getenv ("MS_SOURCE_DIR"), NULL);
  g_autofree char *command = g_strdup_printf (
      "cd '%s'; PATH='%s':$PATH; SOURCE='%s'\n%s", folder, program, source, script);
  char *argv[] = { (char *) "bash", (char *) "--norc", (char *) "--noprofile",
                   (char *) "-c",   command,           NULL };

  return finish (start (argv), NULL);
}

Run *
run_expect (const char *arguments, const char *input, int code)
{
  Run *run = run_program (arguments, input);

  if (run->code != code)
    g_error ("mailsteadctl %s: exit code %d, not %d\n%s%s",
             arguments,
             run->code,
             code,
             run->out,
             run->err);
  return run;
}

void
run_check_golden (const char *name, const char *text)
{
  g_autofree char *file = g_strdup_printf ("%s.txt", name);
  g_autofree char *path
      = g_build_filename (g_getenv ("MS_SOURCE_DIR"), "tests", "ctl", "golden", file, NULL);
  g_autofree char *golden = NULL;
  g_autoptr (GError) error = NULL;

  if (g_getenv ("MS_UPDATE_GOLDEN") != NULL)
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_true (g_file_get_contents (path, &golden, NULL, &error));
  g_assert_cmpstr (text, ==, golden);
}

void
run_steps (const RunStep *steps, gsize n_steps)
{
  for (gsize i = 0; i < n_steps; i++)
    {
      g_test_message ("mailsteadctl %s", steps[i].arguments);
      g_autoptr (Run) run = run_expect (steps[i].arguments, steps[i].input, steps[i].code);
      if (steps[i].out != NULL)
        assert_contains (run->out, steps[i].out);
      if (steps[i].err != NULL)
        assert_contains (run->err, steps[i].err);
      if (steps[i].code == 0 && steps[i].err == NULL)
        g_assert_cmpstr (run->err, ==, "");
    }
}
