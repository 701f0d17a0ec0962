/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who may do what: one function for every channel, over one table. It knows roles, types and
 * attributes; whether what is asked makes sense is left to the rules (ms-rules.h).
 */
#pragma once

#include "ms-object.h"
#include "ms-service.h"

G_BEGIN_DECLS

typedef enum
{
  MS_POLICY_READ, /* objects, lists, ranges, the server's description */
  MS_POLICY_CREATE,
  MS_POLICY_UPDATE,
  MS_POLICY_DELETE,
  MS_POLICY_PASSWORD, /* set the password of a user */
  MS_POLICY_MAIL,     /* have mail of a user go elsewhere, or somewhere else too */
  MS_POLICY_HISTORY,  /* read change sets and events */
  MS_POLICY_UNDO,
  MS_POLICY_IMPORT, /* upload, rehearse, run, read results */
  MS_POLICY_EXPORT,
  MS_POLICY_TOKENS, /* make, list and revoke API tokens */
  MS_POLICY_LOG_OFF,
  MS_POLICY_CONNECTIONS,    /* see who is connected */
  MS_POLICY_END_CONNECTION, /* end a session or token, of anybody */
  MS_POLICY_PURGE,          /* out of the bin for good */
  MS_POLICY_READ_SETTINGS,
  MS_POLICY_SETTINGS,          /* change settings of the store */
  MS_POLICY_AUDIT,             /* check and export all change sets */
  MS_POLICY_OWN_SECOND_STEP,   /* set up and take away one's own second step of logging on */
  MS_POLICY_CLEAR_SECOND_STEP, /* take away anybody's */
  MS_POLICY_REPORT_USAGE,      /* say what mailboxes use */
  MS_POLICY_READ_DIRECTORIES,  /* how outside directories are set up, what runs did */
  MS_POLICY_DIRECTORIES,       /* set them up, try, rehearse and run */
  MS_POLICY_N_VERBS
} MsPolicyVerb;

/* @type, @object, @attribute: (nullable): as far as known; asked again with more once it is.
 * @attribute is a full path. Fails with %MS_ERROR_DENIED, path set to @attribute. */
gboolean ms_policy_check (const MsActor        *actor,
                          MsPolicyVerb          verb,
                          const MsResourceType *type,
                          MsObject             *object,
                          const char           *attribute,
                          GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* %MS_ERROR_DENIED, details {"secondStep":"enrol"}, for one who must set up the second step first.
 * ms_policy_check() asks it too. */
gboolean ms_policy_check_enrolled (const MsActor *actor, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "administrator" and so on; unknown or %NULL is %MS_ROLE_NONE */
MsRole      ms_role_from_string (const char *name);
const char *ms_role_to_string (MsRole role);

G_END_DECLS
