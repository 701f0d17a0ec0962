/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Filters with any bytes: parsed, matched, written and parsed again to the same.
 */
#include "fuzz.h"
#include "ms-filter.h"
#include "ms-json.h"

#include <string.h>

static const char user[]
    = "{\"userName\":\"john\",\"active\":true,\"name\":{\"familyName\":\"Doe\"},\"emails\":[{"
      "\"value\":\"j@x.org\","
      "\"type\":\"work\",\"primary\":true},{\"value\":\"h@x.org\",\"type\":\"home\"}],"
      "\"" MS_URN_EXT_USER
      "\":{\"allowedNetworks\":[\"10.0.0.0/8\"],\"validFrom\":\"2026-01-01T00:00:00.000Z\"}}";

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static MsSchemaRegistry     *registry;
  static const MsResourceType *type;
  static JsonNode             *object;
  g_autofree char             *text = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;

  /* Read again each time, or the compiler drops it and the leak checker misses it. */
  if (registry == NULL)
    {
      registry = ms_schema_registry_new_builtin ();
      type = ms_schema_registry_get_type_by_name (registry, MS_TYPE_NAME_USER);
      object = ms_json_parse (user, -1, NULL, NULL);
    }

  g_autoptr (MsFilter) filter = ms_filter_parse (type, text, &error);
  g_assert_true ((filter == NULL) == (error != NULL));
  if (filter == NULL)
    {
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  gboolean         matches = ms_filter_matches (filter, json_node_get_object (object));
  g_autofree char *written = ms_filter_to_string (filter);
  g_autoptr (MsFilter) again = ms_filter_parse (type, written, &error);
  /* What is written may be longer: names get their URN and their sub-attribute. */
  if (again == NULL && strlen (written) > 8192)
    return 0;
  g_assert_no_error (error);
  g_autofree char *written_again = ms_filter_to_string (again);
  g_assert_cmpstr (written_again, ==, written);
  g_assert_true (ms_filter_matches (again, json_node_get_object (object)) == matches);
  return 0;
}
