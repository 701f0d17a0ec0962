/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Domains are few (hundreds at most), so one request brings them all.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-domain-choices.h"

static void
on_domains_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MsChoiceField) field = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsReply) reply = ms_connection_request_finish (MS_CONNECTION (source), result, &error);
  JsonArray *resources;

  if (reply == NULL || reply->json == NULL || !JSON_NODE_HOLDS_OBJECT (reply->json))
    {
      g_debug ("No domains to choose from: %s", error != NULL ? error->message : "odd answer");
      return;
    }
  if (!json_object_has_member (json_node_get_object (reply->json), "Resources"))
    return;

  resources = json_object_get_array_member (json_node_get_object (reply->json), "Resources");
  for (guint i = 0; i < json_array_get_length (resources); i++)
    {
      JsonObject *domain = json_array_get_object_element (resources, i);
      const char *name = json_object_get_string_member_with_default (domain, "name", NULL);

      if (name != NULL)
        ms_choice_field_add (field, name, name);
    }
}

void
ms_domain_choices_fill (MsChoiceField *field, MsConnection *connection, GCancellable *cancellable)
{
  g_return_if_fail (MS_IS_CHOICE_FIELD (field));
  g_return_if_fail (MS_IS_CONNECTION (connection));

  ms_connection_request_async (connection,
                               "GET",
                               "/scim/v2/Domains?attributes=name&sortBy=name&count=1000",
                               NULL,
                               NULL,
                               cancellable,
                               on_domains_cb,
                               g_object_ref (field));
}
