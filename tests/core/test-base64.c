/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Base64: every way to write some bytes becomes one, and everything else is refused.
 */
#include "ms-base64.h"

#include <string.h>

static void
test_forms (void)
{
  static const struct
  {
    const char *text;
    const char *canonical; /* (nullable): refused */
  } cases[] = {
    { "", "" },           { "AAE=", "AAE=" }, { "AAE", "AAE=" }, { "AA==", "AA==" },
    { "AA", "AA==" },     { "AAE1", "AAE1" }, { "_-E", "/+E=" }, { "/+E=", "/+E=" },
    { "-/E=", "+/E=" },   { "A", NULL },      { "AAE==", NULL }, { "AA=", NULL },
    { "AAAA====", NULL }, { "A=AA", NULL },   { "AA E", NULL },  { "AA\nE", NULL },
    { "!!", NULL },       { "AAF", NULL },    { "AB==", NULL },  { "=", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *canonical = ms_base64_canonical (cases[i].text);
      g_test_message ("“%s”", cases[i].text);
      g_assert_cmpstr (canonical, ==, cases[i].canonical);
    }
}

static void
test_bytes (void)
{
  for (guint length = 0; length < 40; length++)
    {
      guchar bytes[40];
      for (guint i = 0; i < length; i++)
        bytes[i] = (guchar) g_test_rand_int_range (0, 256);
      g_autofree char *standard = g_base64_encode (bytes, length);
      g_autofree char *bare = g_strdelimit (g_strdup (standard), "+", '-');
      g_strdelimit (bare, "/", '_');
      char *padding = strchr (bare, '=');
      if (padding != NULL)
        *padding = '\0';
      g_autofree char *canonical = ms_base64_canonical (bare);
      g_assert_cmpstr (canonical, ==, standard);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base64/forms", test_forms);
  g_test_add_func ("/base64/bytes", test_bytes);
  return g_test_run ();
}
