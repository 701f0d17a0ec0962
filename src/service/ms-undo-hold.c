/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. In JSON: {"UNDO": microseconds since 1970 (real time)…}
 */
#include "ms-undo-hold.h"

#define MEMBER "undoneUntil"
/* How long one transaction of an undo may take. */
#define HOLD_USEC G_TIME_SPAN_MINUTE
/* Clocks of daemons may differ by as much; what lasts longer was written before one was set back.
 */
#define SKEW_USEC (5 * G_TIME_SPAN_MINUTE)

static gboolean
is_in_force (JsonNode *until, gint64 now)
{
  gint64 left = JSON_NODE_HOLDS_VALUE (until) ? json_node_get_int (until) - now : 0;

  return left > 0 && left <= HOLD_USEC + SKEW_USEC;
}

JsonObject *
ms_undo_holds_read (JsonObject *result)
{
  JsonNode      *node = json_object_get_member (result, MEMBER);
  JsonObject    *self = json_object_new ();
  gint64         now = g_get_real_time ();
  JsonObjectIter iter;
  const char    *undo;
  JsonNode      *until;

  /* An earlier version had one number for all. */
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return self;
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &undo, &until))
    if (is_in_force (until, now))
      json_object_set_int_member (self, undo, json_node_get_int (until));
  return self;
}

void
ms_undo_holds_write (JsonObject *self, JsonObject *result)
{
  if (json_object_get_size (self) > 0)
    json_object_set_object_member (result, MEMBER, json_object_ref (self));
  else
    json_object_remove_member (result, MEMBER);
}

gboolean
ms_undo_holds_any (JsonObject *self)
{
  return json_object_get_size (self) > 0;
}

void
ms_undo_holds_take (JsonObject *self, const char *undo)
{
  json_object_set_int_member (self, undo, g_get_real_time () + HOLD_USEC);
}

gboolean
ms_undo_holds_drop (JsonObject *self, const char *undo)
{
  if (!json_object_has_member (self, undo))
    return FALSE;
  json_object_remove_member (self, undo);
  return TRUE;
}
