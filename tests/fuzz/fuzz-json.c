/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The JSON reader with any bytes. What it takes, it writes; what it wrote, it takes again as the
 * same.
 */
#include "fuzz.h"
#include "ms-json.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = ms_json_parse ((const char *) data, (gssize) size, NULL, &error);

  g_assert_true ((node == NULL) == (error != NULL));
  if (node == NULL)
    {
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  g_autofree char *text = ms_json_to_string (node);
  g_autoptr (JsonNode) again = ms_json_parse (text, -1, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (ms_json_equal (node, again));
  return 0;
}
