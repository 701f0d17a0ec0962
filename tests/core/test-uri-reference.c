/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * References: what is a URI, and what leads to an object of some types.
 */
#include "ms-uri-reference.h"

static void
test_valid (void)
{
  static const struct
  {
    const char *text;
    gboolean    valid;
  } cases[] = {
    { "https://a.example/x?y=1;z#top", TRUE },
    { "urn:ietf:params:scim:schemas:core:2.0:User", TRUE },
    { "mailto:john@harbour.example", TRUE },
    { "data:image/png;base64,AAE=", TRUE },
    { "../Users/42", TRUE },
    { "www.harbour.example", TRUE },
    { "https://[::1]:8443/", TRUE },
    { "https://m\303\274ller.example/\303\244", TRUE },
    { "a%20b", TRUE },
    { "not a uri", FALSE },
    { "a%zz", FALSE },
    { "http://x:bad/", FALSE },
    { "http://x/<b>", FALSE },
    { "http://x/\"", FALSE },
    { "http://x/{id}", FALSE },
    { "a\nb", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("“%s”", cases[i].text);
      g_assert_true (ms_uri_reference_is_valid (cases[i].text) == cases[i].valid);
    }
}

static void
test_leads_to (void)
{
  char *const endpoints[] = { (char *) "/Users", (char *) "/Groups", NULL };
  static const struct
  {
    const char *text;
    gboolean    leads;
  } cases[] = {
    { "https://h.example/scim/v2/Users/42", TRUE },
    { "/scim/v2/Groups/42", TRUE },
    { "../Users/42", TRUE },
    { "Users/42", TRUE },
    { "users/42?x=1", TRUE },
    { "/Users", FALSE },
    { "/Users/", FALSE },
    { "42", FALSE },
    { "/Mailboxes/42", FALSE },
    { "/Users/42/x", FALSE },
    { "/SuperUsers/42", FALSE },
    { "https://h.example/?/Users/42", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("“%s”", cases[i].text);
      g_assert_true (ms_uri_reference_leads_to (cases[i].text, (char **) endpoints)
                     == cases[i].leads);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uri-reference/valid", test_valid);
  g_test_add_func ("/uri-reference/leads-to", test_leads_to);
  return g_test_run ();
}
