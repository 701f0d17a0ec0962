/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tests/slapd as a child, and ldapmodify to write to it.
 */
#include "slapd.h"

#include <string.h>

static void
take_line (Slapd *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *line = g_data_input_stream_read_line (self->output, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (line);
  g_assert_true (json_parser_load_from_data (parser, line, -1, &error));
  g_clear_pointer (&self->said, json_object_unref);
  self->said = json_object_ref (json_node_get_object (json_parser_get_root (parser)));
}

Slapd *
slapd_new (const char *options)
{
  Slapd *self = g_new0 (Slapd, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_auto (GStrv) given = g_strsplit (options != NULL ? options : "", " ", -1);
  g_autofree char *program = g_build_filename (g_getenv ("MS_SOURCE_DIR"), "tests", "slapd", NULL);
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);

  g_subprocess_launcher_unsetenv (launcher, "G_DEBUG");
  g_strv_builder_add (words, program);
  g_strv_builder_addv (words, (const char **) given);
  g_auto (GStrv) arguments = g_strv_builder_end (words);
  self->process = g_subprocess_launcher_spawnv (launcher, (const char *const *) arguments, &error);
  g_assert_no_error (error);
  self->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  take_line (self);
  return self;
}

void
slapd_free (Slapd *self)
{
  (void) g_output_stream_close (g_subprocess_get_stdin_pipe (self->process), NULL, NULL);
  (void) g_subprocess_wait (self->process, NULL, NULL);
  g_object_unref (self->output);
  g_object_unref (self->process);
  json_object_unref (self->said);
  g_free (self);
}

const char *
slapd_get (Slapd *self, const char *name)
{
  return json_object_get_string_member (self->said, name);
}

static void
tell (Slapd *self, const char *word)
{
  g_autoptr (GError) error = NULL;
  GOutputStream *input = g_subprocess_get_stdin_pipe (self->process);

  g_assert_true (g_output_stream_write_all (input, word, strlen (word), NULL, NULL, &error)
                 && g_output_stream_flush (input, NULL, &error));
  take_line (self);
}

void
slapd_stop (Slapd *self)
{
  tell (self, "stop\n");
}

void
slapd_start (Slapd *self)
{
  tell (self, "start\n");
}

void
slapd_apply (Slapd *self, const char *ldif)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE
      | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autofree char *said = NULL;

  g_subprocess_launcher_setenv (launcher, "LDAPNOINIT", "1", TRUE);
  g_autoptr (GSubprocess) process = g_subprocess_launcher_spawn (launcher,
                                                                 &error,
                                                                 "ldapmodify",
                                                                 "-a",
                                                                 "-x",
                                                                 "-H",
                                                                 slapd_get (self, "ldapi"),
                                                                 "-D",
                                                                 slapd_get (self, "rootDn"),
                                                                 "-w",
                                                                 slapd_get (self, "rootPassword"),
                                                                 NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, ldif, NULL, &said, NULL, &error));
  if (!g_subprocess_get_successful (process))
    g_error ("ldapmodify: %s", said);
}

void
slapd_add_person (GString *ldif, const char *uid, const char *domain, const char *more)
{
  g_string_append_printf (ldif,
                          "dn: uid=%s,ou=people,dc=example,dc=test\n"
                          "changetype: add\n"
                          "objectClass: inetOrgPerson\n"
                          "uid: %s\n"
                          "cn: Person %s\n"
                          "sn: %s\n"
                          "mail: %s@%s\n"
                          "%s\n",
                          uid,
                          uid,
                          uid,
                          uid,
                          uid,
                          domain,
                          more != NULL ? more : "");
}
