/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who calls, and what kind of caller that is.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  MS_ROLE_NONE,
  MS_ROLE_DELEGATE,
  MS_ROLE_AUDITOR,
  MS_ROLE_ADMINISTRATOR,
} MsRole;

/**
 * MsActor: on whose behalf a call is made
 * @channel: "console", "cli", "scim", "import", "system"
 * @reason: (nullable): what the actor gave as reason for this call
 * @read_only: the token's scope allows reading only
 * @scim_only: the token's scope is SCIM: the server lets it reach /scim/v2 and nothing else
 * @usage_only: the token may report what mailboxes use: the server lets it reach that and nothing
 * else
 * @client: (nullable): the provisioning client that a SCIM token is for: its name. externalId is
 * its own
 * @by_token: it came with an API token, not by logging on
 * @must_enrol: its role must log on in two steps and it has not set that up: it may do nothing else
 */
typedef struct
{
  char    *user_id;
  char    *user_name;
  char    *session_id;
  char    *channel;
  char    *reason;
  char    *client;
  MsRole   role;
  gboolean read_only;
  gboolean scim_only;
  gboolean usage_only;
  gboolean by_token;
  gboolean must_enrol;
} MsActor;
MsActor *ms_actor_copy (const MsActor *self);
void     ms_actor_free (MsActor *self);
/* The system itself: init, jobs. */
MsActor *ms_actor_new_system (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsActor, ms_actor_free)

G_END_DECLS
