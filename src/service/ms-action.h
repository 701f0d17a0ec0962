/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An action on many objects, shared by its files: ms-action.c takes it through all of them,
 * ms-action-verbs.c does each verb to one, ms-action-body.c looks at what is asked.
 */
#pragma once

#include "ms-apply.h"
#include "ms-effects.h"

G_BEGIN_DECLS

typedef struct _MsAction MsAction;

typedef gboolean (*MsActFunc) (MsAction *self, MsObject *object, gboolean *changed, GError **error);

typedef struct
{
  const char *name;
  const char *change_verb;
  MsActFunc   act;
  gboolean    needs_target;
  gboolean    deletes;
} MsActionVerb;

struct _MsAction
{
  MsWrite            *write;
  MsOperation        *operation;
  MsOutcome          *outcome;
  const MsActionVerb *verb;
  MsObject           *target; /* (nullable) */
  MsEffects          *effects;
  GPtrArray          *ids;      /* utf8, borrowed */
  GPtrArray          *versions; /* utf8 or NULL, owned */
  JsonArray          *refused;
  GHashTable         *existed; /* utf8, borrowed: what was there when a delete began */
  guint               denied;  /* of those refused: because of who asks */
  gint64              changed;
  gint64              unchanged;

  /* The one at hand */
  const char *id;
  const char *version;
  char       *label;
  const char *type_name;
  gboolean    did_change;
};

/* (nullable): the one that "verb" of a request's body names */
const MsActionVerb *ms_action_find_verb (JsonObject *body);
/* Of which type "to" must be. (nullable) */
const MsResourceType *ms_action_get_target_type (MsAction *self);

G_END_DECLS
