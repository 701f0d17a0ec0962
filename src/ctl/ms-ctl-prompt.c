/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Terminal input. Echo comes back also when somebody presses Ctrl-C at a password.
 */
#include "config.h"
#include "ms-ctl-prompt.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ms-ctl-output.h"

#define MAX_SECRET 4096

static struct termios echo_before;
static int            echo_terminal = -1;

void
ms_secret_free (char *secret)
{
  if (secret == NULL)
    return;
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

gboolean
ms_prompt_is_possible (void)
{
  return isatty (STDIN_FILENO) && isatty (STDERR_FILENO);
}

/* One line of @fd without its end; %NULL at the end of the file. */
static char *
read_line (int fd)
{
  char  buffer[MAX_SECRET];
  gsize length = 0;
  char  c = 0;

  while (length + 1 < sizeof buffer)
    {
      gssize n = read (fd, &c, 1);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      if (c == '\n')
        break;
      buffer[length++] = c;
    }
  if (length == 0 && c != '\n')
    return NULL;
  if (length > 0 && buffer[length - 1] == '\r')
    length--;
  char *line = g_strndup (buffer, length);
  explicit_bzero (buffer, sizeof buffer);
  return line;
}

gboolean
ms_prompt_yes_no (const char *question)
{
  if (!ms_prompt_is_possible ())
    return FALSE;
  ms_ctl_print_question ("%s [y/N] ", question);
  g_autofree char *answer = read_line (STDIN_FILENO);
  return answer != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}

gboolean
ms_prompt_confirm (MsCtl *ctl, const char *question, GError **error)
{
  if (ctl->yes)
    return TRUE;
  if (!ms_prompt_is_possible ())
    {
      ms_ctl_usage_error (error, _ ("%s Nobody can be asked here: say --yes"), question);
      return FALSE;
    }
  if (ms_prompt_yes_no (question))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Nothing was done"));
  return FALSE;
}

static void
restore_echo (void)
{
  if (echo_terminal >= 0)
    (void) tcsetattr (echo_terminal, TCSAFLUSH, &echo_before);
  echo_terminal = -1;
}

static void
on_interrupt (int number)
{
  restore_echo ();
  (void) signal (number, SIG_DFL);
  (void) raise (number);
}

static char *
ask_secret (const char *question)
{
  struct termios silent;

  ms_ctl_print_question ("%s ", question);
  if (tcgetattr (STDIN_FILENO, &echo_before) == 0)
    {
      silent = echo_before;
      silent.c_lflag &= ~(tcflag_t) ECHO;
      echo_terminal = STDIN_FILENO;
      (void) signal (SIGINT, on_interrupt);
      (void) signal (SIGTERM, on_interrupt);
      (void) tcsetattr (STDIN_FILENO, TCSAFLUSH, &silent);
    }
  char *secret = read_line (STDIN_FILENO);
  restore_echo ();
  (void) signal (SIGINT, SIG_DFL);
  (void) signal (SIGTERM, SIG_DFL);
  ms_ctl_print_question ("\n");
  return secret;
}

char *
ms_prompt_password (const char *path, const char *question, gboolean twice, GError **error)
{
  g_autoptr (MsSecret) secret = NULL;

  if (path != NULL && !g_str_equal (path, "-"))
    {
      int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
      if (fd < 0)
        {
          ms_error_set (error,
                        MS_ERROR_INVALID,
                        NULL,
                        NULL,
                        _ ("%s cannot be read: %s"), path, g_strerror (errno));
          return NULL;
        }
      secret = read_line (fd);
      (void) close (fd);
    }
  else if (path != NULL || !ms_prompt_is_possible ())
    secret = read_line (STDIN_FILENO);
  else
    {
      secret = ask_secret (question);
      if (secret != NULL && twice)
        {
          g_autoptr (MsSecret) again = ask_secret (_ ("Once more:"));
          if (g_strcmp0 (secret, again) != 0)
            {
              ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, _ ("The two are not the same"));
              return NULL;
            }
        }
    }
  if (secret == NULL || *secret == '\0')
    {
      ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, _ ("No password was given"));
      return NULL;
    }
  if (!g_utf8_validate (secret, -1, NULL))
    {
      ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, _ ("The password is not text in UTF-8"));
      return NULL;
    }
  return g_steal_pointer (&secret);
}

char *
ms_prompt_code (const char *question, GError **error)
{
  if (ms_prompt_is_possible ())
    ms_ctl_print_question ("%s ", question);
  g_autoptr (MsSecret) code = read_line (STDIN_FILENO);
  if (code != NULL && *code != '\0' && g_utf8_validate (code, -1, NULL))
    return g_steal_pointer (&code);
  ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, _ ("No code was given"));
  return NULL;
}
