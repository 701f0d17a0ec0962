/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Filters over the wire (RFC 7644 §3.4.2.2). The language itself is tested in tests/core, SQL
 * against memory in tests/store.
 */
#include "scim-case.h"
#include <string.h>

/* clang-format off: one row, one line */
static const ScimCase cases[] = {
  { "unclosed-quote",
    "GET",
    "/scim/v2/Users?filter=userName%20eq%20%22x",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "unclosed-bracket",
    "GET",
    "/scim/v2/Users?filter=emails%5Btype%20eq%20%22x%22",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "unknown-operator",
    "GET",
    "/scim/v2/Users?filter=userName%20like%20%22x%22",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "unknown-attribute",
    "GET",
    "/scim/v2/Users?filter=colour%20eq%20%22red%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "password",
    "GET",
    "/scim/v2/Users?filter=password%20sw%20%22a%22",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "gt-boolean",
    "GET",
    "/scim/v2/Users?filter=active%20gt%20true",
    NULL,
    NULL,
    400,
    NULL,
    "invalidFilter" },
  { "precedence",
    "GET",
    "/scim/v2/"
    "Users?filter=userName%20eq%20%22nobody%22%20and%20active%20eq%20true%20or%20userName%20eq%20%"
    "22admin%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1" },
  { "not",
    "GET",
    "/scim/v2/Domains?filter=not%20(name%20eq%20%22harbour.example%22)",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "pr", "GET", "/scim/v2/Domains?filter=name%20pr", NULL, NULL, 200, NULL, "\"totalResults\":1" },
  { "wildcards-are-text",
    "GET",
    "/scim/v2/Users?filter=userName%20co%20%22%25%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "urn",
    "GET",
    "/scim/v2/Users?filter=" MS_URN_USER ":userName%20eq%20%22admin%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1" },
  { "entra-and",
    "GET",
    "/scim/v2/Groups?filter=id%20eq%20%22g%22%20and%20members%20eq%20%22u%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":0" },
  { "last-modified",
    "GET",
    "/scim/v2/Domains?filter=meta.lastModified%20gt%20%222020-01-01T00:00:00%2B02:00%22",
    NULL,
    NULL,
    200,
    NULL,
    "\"totalResults\":1" },
};
/* clang-format on */

static void
add (void)
{
  scim_add_cases ("filter", cases, G_N_ELEMENTS (cases));
}

int
main (int argc, char **argv)
{
  return scim_main (argc, argv, add);
}
