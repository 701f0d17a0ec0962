/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * LeakSanitizer looks away from before the first library's constructor until all of them have run.
 */
#include <sanitizer/lsan_interface.h>

static void
begin (int argc, char *argv[], char *envp[])
{
  (void) argc;
  (void) argv;
  (void) envp;
  __lsan_disable ();
}

__attribute__ ((section (".preinit_array"),
                used)) static void (*const preinit) (int, char *[], char *[])
    = begin;

__attribute__ ((constructor)) static void
end (void)
{
  __lsan_enable ();
}
