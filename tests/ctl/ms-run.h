/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One run of mailsteadctl in folders of its own: arguments as a shell would divide them, input,
 * output and exit code.
 */
#pragma once

#include <gio/gio.h>

typedef struct
{
  int   code;
  char *out;
  char *err;
} Run;

void run_free (Run *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Run, run_free)

/* Folders for configuration and state, removed by run_clear_folders(). */
void  run_make_folders (void);
void  run_clear_folders (void);
char *run_path (const char *name);

/* Under way, with pipes to and from it. (transfer full) */
GSubprocess *run_start (const char *arguments);
/* @input: (nullable) */
Run *run_program (const char *arguments, const char *input);
/* By a shell, which redirects what the arguments say. */
Run *run_by_shell (const char *arguments);
/* @script by bash, with mailsteadctl in its path, in the tests' folder. */
Run *run_bash (const char *script);
/* What run_program() does, and the exit code must be @code; what was printed is shown otherwise. */
Run *run_expect (const char *arguments, const char *input, int code);
/* What was printed is what is in golden/NAME.txt. MS_UPDATE_GOLDEN=1 writes the golden files anew;
 * look at the difference before you believe it. */
void run_check_golden (const char *name, const char *text);

/**
 * RunStep: one run in a row of them
 * @out, @err: (nullable): part of what must be printed. A good run without @err must be silent
 * there
 */
typedef struct
{
  const char *arguments;
  const char *input;
  int         code;
  const char *out;
  const char *err;
} RunStep;

void run_steps (const RunStep *steps, gsize n_steps);

#define assert_contains(text, part)                                                                \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if (strstr (text, part) == NULL)                                                               \
      g_error ("%s:%d: “%s” is not in:\n%s", __FILE__, __LINE__, part, text);                      \
  }                                                                                                \
  G_STMT_END
#define assert_lacks(text, part)                                                                   \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if (strstr (text, part) != NULL)                                                               \
      g_error ("%s:%d: “%s” is in:\n%s", __FILE__, __LINE__, part, text);                          \
  }                                                                                                \
  G_STMT_END
