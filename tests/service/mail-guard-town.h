/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Somebody of each role, whose mail goes on to whatever mail can go on to, and others who are to
 * get none of it: what the mail guard is tested with.
 */
#pragma once

#include "service-fixture.h"

#define EXT MS_URN_EXT_USER
#define LIST MS_URN_EXT_GROUP
#define EVIL "'forwardTo':['e@evil.example'],'keepCopy':false"

/* Operations of a PATCH */
#define SET(path, value) "{'op':'replace','path':'" path "','value':" value "}"
#define ADD(path, value) "{'op':'add','path':'" path "','value':" value "}"
#define REMOVE(path) "{'op':'remove','path':'" path "'}"

/* An administrator, whose mail goes on to whatever mail can go on to; an auditor; what they do not
 * have. "$name" in a body stands for the id of what was made by that name. */
typedef struct
{
  Fixture    *f;
  GHashTable *ids;
  MsActor    *token;
  MsActor    *delegate;
  char       *last; /* id of what was written last */
} Town;

void town_init (Town *self, Fixture *f);
void town_clear (Town *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Town, town_clear)

/* (transfer full) (nullable) */
char *town_fill_in (Town *self, const char *body);
/* Made by the administrator, to be known by @name: only letters. */
void town_make (Town *self, const char *name, const char *type, const char *body);
/* @id: (nullable): the name of what is written. @body of a PATCH: its operations. */
gboolean town_write_as (Town          *self,
                        const MsActor *actor,
                        MsVerb         verb,
                        const char    *type,
                        const char    *id,
                        const char    *body,
                        GError       **error);

typedef struct
{
  const char *name;
  MsVerb      verb;
  const char *type, *id, *body;
  gboolean    allowed;
  const char *path; /* that is blamed */
} Case;

/* One after the other: what is not allowed is refused, and leaves no change set. */
void town_try (Town *self, const MsActor *actor, const Case *cases, guint n);
