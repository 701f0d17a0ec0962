/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * On whose behalf a call is made: a plain value, copied wherever it outlives a call.
 */
#include "ms-service-private.h"

MsActor *
ms_actor_copy (const MsActor *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  MsActor *copy = g_new0 (MsActor, 1);
  *copy = *self;
  copy->user_id = g_strdup (self->user_id);
  copy->user_name = g_strdup (self->user_name);
  copy->session_id = g_strdup (self->session_id);
  copy->channel = g_strdup (self->channel);
  copy->reason = g_strdup (self->reason);
  copy->client = g_strdup (self->client);
  return copy;
}

void
ms_actor_free (MsActor *self)
{
  if (self == NULL)
    return;
  g_free (self->user_id);
  g_free (self->user_name);
  g_free (self->session_id);
  g_free (self->channel);
  g_free (self->reason);
  g_free (self->client);
  g_free (self);
}

MsActor *
ms_actor_new_system (void)
{
  MsActor *self = g_new0 (MsActor, 1);

  self->user_name = g_strdup ("system");
  self->channel = g_strdup ("system");
  self->role = MS_ROLE_ADMINISTRATOR;
  return self;
}

MsChangeContext
ms_service_get_context (const MsActor *actor, const char *verb)
{
  return (MsChangeContext){
    .actor_id = actor->user_id,
    .actor_name = actor->user_name,
    .channel = actor->channel,
    .verb = verb,
    .reason = actor->reason,
  };
}
