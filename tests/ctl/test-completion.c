/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Completion in bash. Names come from whoever may make objects, and completion runs as whoever
 * presses the key: nothing in a name may be run, or be taken for another word.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "ms-run-server.h"

static RealServer *server;

static const char *const names[] = {
  "$(touch planted)", "`touch planted`", "it's \"so\"", "two words", "*",
  "back\\slash",      "${IFS}",          "~root",       "a;b|c&d",   "<(touch planted)",
};

/* Calls the completion with words as they stand on the line, the last one half typed; prints its
 * replies and, where these are words of their own, after "=" what a shell makes of each. */
static Run *
complete_words (const char *words, gboolean are_words)
{
  g_autofree char *script = g_strdup_printf (
      "source \"$SOURCE/data/completions/mailsteadctl\"\n"
      "timeout () { shift; \"$@\"; }\n" /* a slow machine is no failure */
      "COMP_WORDS=(mailsteadctl %s) COMPREPLY=()\n"
      "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
      "_mailsteadctl mailsteadctl \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD-1]}\"\n"
      "set -f\n"
      "for reply in \"${COMPREPLY[@]}\"; do\n"
      "  printf '%%s\\n' \"$reply\"\n"
      "  [[ %s -eq 0 || -e planted ]] || { eval \"set -- $reply\"; printf '=%%s\\n' \"$*\"; }\n"
      "done\n",
      words,
      are_words ? "1" : "0");
  Run             *run = run_bash (script);
  g_autofree char *planted = run_path ("planted");

  g_assert_false (g_file_test (planted, G_FILE_TEST_EXISTS));
  g_assert_cmpstr (run->err, ==, "");
  g_assert_cmpint (run->code, ==, 0);
  return run;
}

static void
make (const char *verb, const char *name, const char *more)
{
  g_autofree char *quoted = g_shell_quote (name);
  g_autofree char *command = g_strdup_printf ("%s create %s %s", verb, quoted, more);
  g_autoptr (Run) run = run_expect (command, NULL, 0);
}

static void
check_names (const char *words)
{
  g_autoptr (Run) run = complete_words (words, TRUE);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *line = g_strdup_printf ("\n=%s\n", names[i]);
      assert_contains (run->out, line);
    }
}

static void
test_names (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      make ("list", names[i], "");
      make ("group", names[i], "");
      make ("template", names[i], "");
      make ("token", names[i], "");
    }
  check_names ("list show ''");
  check_names ("group show ''");
  check_names ("template show ''");
  check_names ("token revoke ''");
  check_names ("user create x --group ''");
}

/* What is typed already stays as it was begun: plain, with backslashes, or in quotes. */
static void
test_typed (void)
{
  static const struct
  {
    const char *words;
    const char *reply;
  } cases[] = {
    { "list show two", "two\\ words\n=two words\n" },
    { "list show 'two\\ w'", "two\\ words\n=two words\n" },
    { "list show \\'two", "two words\n" },
    { "list show \\\"two", "two words\n" },
    { "list show \\'\\$", "$(touch planted)\n${IFS}\n" },
    { "list show \\\"\\$", "\\$(touch planted)\n\\${IFS}\n" },
    { "list show it", "it\\'s\\ \\\"so\\\"\n=it's \"so\"\n" },
    { "list show \\'it", "" }, /* cannot be said between these */
    { "list show '*'", "\\*\n=*\n" },
    { "list show '\\*'", "\\*\n=*\n" },
    { "list show '$(touch planted)'", NULL },
    { "list show '`touch planted`'", NULL },
    { "list show zzz", "" },
    { "'$(touch planted)' ''", "" },
    { "'x/e touch planted;s/' ''", "" },
    { "list '$(touch planted)' ''", NULL },
    { "us", "user\n=user\n" },
    { "user disa", "disable\n=disable\n" },
    { "mailbox alias ad", "add\n=add\n" },
    { "directory reh", "rehearse\n=rehearse\n" },
    { "directory rows x --status re", "rename\n=rename\nrefuse\n=refuse\n" },
    { "export ma", "mailboxes\n=mailboxes\n" },
    { "token create x --scope re", "read\n=read\n" },
    { "user create x --no-mail", "--no-mailbox\n=--no-mailbox\n" },
    { "--server har", "harbour\n=harbour\n" },
    { "object list Us", "User\n=User\n" },
    { "user show adm", "admin\n=admin\n" },
    /* bash divides words at these. */
    { "mailbox show admin@har", "harbour.example\n=harbour.example\n" },
    { "mailbox show admin @ har", "harbour.example\n=harbour.example\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gboolean are_words = cases[i].reply != NULL && strstr (cases[i].reply, "\n=") != NULL;

      g_test_message ("%s", cases[i].words);
      g_autoptr (Run) run = complete_words (cases[i].words, are_words);
      if (cases[i].reply != NULL)
        g_assert_cmpstr (run->out, ==, cases[i].reply);
    }
}

static void
test_files (void)
{
  g_autofree char *path = run_path ("$(touch planted) *.csv");

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  g_autoptr (Run) run = complete_words ("import '$(to'", FALSE);
  g_assert_cmpstr (run->out, ==, "$(touch planted) *.csv\n");
  g_assert_cmpint (g_unlink (path), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  run_make_folders ();
  server = real_server_new ("--empty");
  run_log_on (server);

  g_test_add_func ("/ctl/completion/names", test_names);
  g_test_add_func ("/ctl/completion/typed", test_typed);
  g_test_add_func ("/ctl/completion/files", test_files);

  int status = g_test_run ();
  real_server_free (server);
  run_clear_folders ();
  return status;
}
