/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A list of masks. A peer that is no address matches none of them.
 */
#include "ms-networks.h"

#include <gio/gio.h>
#include <string.h>

#include "ms-error.h"
#include "ms-rules.h"

#define NETWORKS MS_URN_EXT_USER ":allowedNetworks"

struct _MsNetworks
{
  GPtrArray *masks; /* GInetAddressMask */
};

MsNetworks *
ms_networks_new (MsObject *user)
{
  JsonArray *texts = ms_rules_get_array (user, NETWORKS);

  if (texts == NULL || json_array_get_length (texts) == 0)
    return NULL;
  MsNetworks *self = g_new (MsNetworks, 1);
  self->masks = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < json_array_get_length (texts); i++)
    {
      const char       *text = json_array_get_string_element (texts, i);
      GInetAddressMask *mask
          = text != NULL ? g_inet_address_mask_new_from_string (text, NULL) : NULL;
      if (mask != NULL)
        g_ptr_array_add (self->masks, mask);
    }
  return self;
}

void
ms_networks_free (MsNetworks *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->masks);
  g_free (self);
}

/* A peer as it was given: an address, perhaps one that IPv6 wraps around an IPv4 one. */
static GInetAddress *
parse_peer (const char *peer)
{
  if (peer == NULL)
    return NULL;
  if (g_ascii_strncasecmp (peer, "::ffff:", 7) == 0 && strchr (peer + 7, '.') != NULL)
    peer += 7;
  return g_inet_address_new_from_string (peer);
}

gboolean
ms_networks_check (const MsNetworks *self, const char *peer, GError **error)
{
  if (self == NULL)
    return TRUE;
  g_autoptr (GInetAddress) address = parse_peer (peer);
  for (guint i = 0; address != NULL && i < self->masks->len; i++)
    if (g_inet_address_mask_matches (g_ptr_array_index (self->masks, i), address))
      return TRUE;
  ms_error_set (
      error, MS_ERROR_UNAUTHENTICATED, NULL, NULL, "This account may not log on from this network");
  return FALSE;
}
