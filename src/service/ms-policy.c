/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The policy table. Rows are tried in order and the first that fits decides; what no row names is
 * for administrators. A delegate's scope (which objects) is not here yet: it reads all.
 */
#include "ms-policy.h"

#include "ms-error.h"
#include "ms-second-step.h"

#define NONE (1u << MS_ROLE_NONE)
#define DELEGATE (1u << MS_ROLE_DELEGATE)
#define AUDITOR (1u << MS_ROLE_AUDITOR)
#define ADMINISTRATOR (1u << MS_ROLE_ADMINISTRATOR)

#define ANY_VERB (-1)

/**
 * PolicyRow: @type, @attribute: (nullable): fits any; @of: only where the object is a user with one
 * of these roles, 0 = whatever it is
 */
typedef struct
{
  int         verb;
  const char *type;
  const char *attribute;
  guint       of;
  guint       roles;
} PolicyRow;

static const PolicyRow rows[] = {
  { MS_POLICY_LOG_OFF, NULL, NULL, 0, NONE | DELEGATE | AUDITOR | ADMINISTRATOR },
  { MS_POLICY_OWN_SECOND_STEP, NULL, NULL, 0, DELEGATE | AUDITOR | ADMINISTRATOR },
  { MS_POLICY_READ, NULL, NULL, 0, DELEGATE | AUDITOR | ADMINISTRATOR },
  { MS_POLICY_HISTORY, NULL, NULL, 0, DELEGATE | AUDITOR | ADMINISTRATOR },
  { MS_POLICY_EXPORT, NULL, NULL, 0, DELEGATE | AUDITOR | ADMINISTRATOR },
  { MS_POLICY_CONNECTIONS, NULL, NULL, 0, AUDITOR | ADMINISTRATOR },
  { MS_POLICY_END_CONNECTION, NULL, NULL, 0, ADMINISTRATOR },
  { MS_POLICY_READ_SETTINGS, NULL, NULL, 0, AUDITOR | ADMINISTRATOR },
  { MS_POLICY_AUDIT, NULL, NULL, 0, AUDITOR | ADMINISTRATOR },
  { MS_POLICY_REPORT_USAGE, NULL, NULL, 0, ADMINISTRATOR },
  { MS_POLICY_READ_DIRECTORIES, NULL, NULL, 0, AUDITOR | ADMINISTRATOR },
  { ANY_VERB, MS_TYPE_NAME_USER, MS_URN_EXT_USER ":role", 0, ADMINISTRATOR },
  { ANY_VERB, MS_TYPE_NAME_USER, NULL, ADMINISTRATOR, ADMINISTRATOR },
  { MS_POLICY_CREATE, MS_TYPE_NAME_USER, NULL, 0, DELEGATE | ADMINISTRATOR },
  { MS_POLICY_CREATE, MS_TYPE_NAME_MAILBOX, NULL, 0, DELEGATE | ADMINISTRATOR },
  { MS_POLICY_UPDATE, MS_TYPE_NAME_USER, NULL, 0, DELEGATE | ADMINISTRATOR },
  { MS_POLICY_UPDATE, MS_TYPE_NAME_MAILBOX, NULL, 0, DELEGATE | ADMINISTRATOR },
  /* Who sets a password can be that user, and an auditor sees what a delegate does not. With mail
   * passwords are reset: it is the same road. */
  { MS_POLICY_PASSWORD, MS_TYPE_NAME_USER, NULL, AUDITOR, ADMINISTRATOR },
  { MS_POLICY_PASSWORD, MS_TYPE_NAME_USER, NULL, 0, DELEGATE | ADMINISTRATOR },
  { MS_POLICY_MAIL, MS_TYPE_NAME_USER, NULL, AUDITOR, ADMINISTRATOR },
  { MS_POLICY_MAIL, MS_TYPE_NAME_USER, NULL, 0, DELEGATE | ADMINISTRATOR },
};

/* @name: before what it is about; @alone: (nullable): where it is about no kind of object */
static const struct
{
  const char *name;
  gboolean    writes;
  const char *alone;
} verbs[MS_POLICY_N_VERBS] = {
  [MS_POLICY_READ] = { "read", FALSE },
  [MS_POLICY_CREATE] = { "create", TRUE },
  [MS_POLICY_UPDATE] = { "change", TRUE },
  [MS_POLICY_DELETE] = { "delete", TRUE },
  [MS_POLICY_PASSWORD] = { "set the password of", TRUE },
  [MS_POLICY_MAIL] = { "redirect the mail of", TRUE },
  [MS_POLICY_HISTORY] = { "read the history of", FALSE, "read the history" },
  [MS_POLICY_UNDO] = { "undo changes of", TRUE, "undo changes" },
  [MS_POLICY_IMPORT] = { "import", TRUE, "import" },
  [MS_POLICY_EXPORT] = { "export", FALSE, "export" },
  [MS_POLICY_TOKENS] = { "manage API tokens of", TRUE, "manage API tokens" },
  [MS_POLICY_LOG_OFF] = { "log off", FALSE },
  [MS_POLICY_CONNECTIONS] = { "see the connections of", FALSE, "see who is connected" },
  [MS_POLICY_END_CONNECTION] = { "end connections of", TRUE, "end connections" },
  [MS_POLICY_PURGE] = { "remove for good", TRUE, "remove for good" },
  [MS_POLICY_READ_SETTINGS] = { "read the settings of", FALSE, "read the settings" },
  [MS_POLICY_SETTINGS]
  = { "change the settings of", TRUE, "change the settings or begin a job of the server" },
  [MS_POLICY_AUDIT] = { "audit", FALSE, "audit" },
  [MS_POLICY_OWN_SECOND_STEP]
  = { "change the second step of logging on of", TRUE, "have a second step of logging on" },
  [MS_POLICY_CLEAR_SECOND_STEP]
  = { "remove the second step of logging on of", TRUE, "remove a second step of logging on" },
  [MS_POLICY_REPORT_USAGE] = { "report the usage of", TRUE, "report what mailboxes use" },
  [MS_POLICY_READ_DIRECTORIES]
  = { "read the directories of", FALSE, "read how outside directories are set up" },
  [MS_POLICY_DIRECTORIES]
  = { "take over from directories", TRUE, "set up or run outside directories" },
};

static const char *const role_names[] = { "none", "delegate", "auditor", "administrator" };

MsRole
ms_role_from_string (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (role_names); i++)
    if (g_strcmp0 (name, role_names[i]) == 0)
      return (MsRole) i;
  return MS_ROLE_NONE;
}

const char *
ms_role_to_string (MsRole role)
{
  g_return_val_if_fail ((guint) role < G_N_ELEMENTS (role_names), role_names[0]);
  return role_names[role];
}

static gboolean
has_role (MsObject *object, guint roles)
{
  return object != NULL && g_strcmp0 (ms_object_get_type (object)->name, MS_TYPE_NAME_USER) == 0
         && (roles
             & (1u << ms_role_from_string (ms_object_get_string (object, MS_URN_EXT_USER ":role"))))
                != 0;
}

static gboolean
row_fits (const PolicyRow      *row,
          MsPolicyVerb          verb,
          const MsResourceType *type,
          MsObject             *object,
          const char           *attribute)
{
  if (row->verb != ANY_VERB && row->verb != (int) verb)
    return FALSE;
  if (row->type != NULL && (type == NULL || strcmp (row->type, type->name) != 0))
    return FALSE;
  if (row->attribute != NULL && g_strcmp0 (row->attribute, attribute) != 0)
    return FALSE;
  return row->of == 0 || has_role (object, row->of);
}

static guint
roles_allowed (MsPolicyVerb          verb,
               const MsResourceType *type,
               MsObject             *object,
               const char           *attribute)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (row_fits (&rows[i], verb, type, object, attribute))
      return rows[i].roles;
  return ADMINISTRATOR;
}

/* Whether SCIM does that to the store at all. */
static gboolean
is_of_scim (MsPolicyVerb verb)
{
  return !verbs[verb].writes || verb == MS_POLICY_CREATE || verb == MS_POLICY_UPDATE
         || verb == MS_POLICY_DELETE || verb == MS_POLICY_PASSWORD || verb == MS_POLICY_MAIL;
}

/* What would make somebody of whoever holds the token that is kept at an identity provider: roles,
 * the templates by which others get theirs, what those may who do not log on, and mail of those who
 * have a role, with which passwords are reset elsewhere. */
static gboolean
check_scim_only (MsPolicyVerb          verb,
                 const MsResourceType *type,
                 MsObject             *object,
                 const char           *attribute,
                 GError              **error)
{
  const char *role = MS_URN_EXT_USER ":role";
  gboolean    of_somebody = has_role (object, DELEGATE | AUDITOR | ADMINISTRATOR);

  if (!is_of_scim (verb))
    ms_error_set (error,
                  MS_ERROR_DENIED,
                  NULL,
                  attribute,
                  "A token of the scope “scim” may not %s",
                  verbs[verb].alone != NULL ? verbs[verb].alone : verbs[verb].name);
  else if (verbs[verb].writes && type != NULL
           && (strcmp (type->name, MS_TYPE_NAME_TEMPLATE) == 0
               || strcmp (type->name, MS_TYPE_NAME_GUEST) == 0))
    ms_error_set (error,
                  MS_ERROR_DENIED,
                  NULL,
                  attribute,
                  "A token of the scope “scim” may change neither templates nor Guest");
  else if (verbs[verb].writes && g_strcmp0 (attribute, role) == 0)
    ms_error_set (error,
                  MS_ERROR_DENIED,
                  NULL,
                  attribute,
                  "A token of the scope “scim” may neither give a role nor take one");
  else if (verb == MS_POLICY_PASSWORD && of_somebody)
    ms_error_set (error,
                  MS_ERROR_DENIED,
                  NULL,
                  NULL,
                  "A token of the scope “scim” may not set the password of who has a role");
  else if (verb == MS_POLICY_MAIL && of_somebody)
    ms_error_set (error,
                  MS_ERROR_DENIED,
                  NULL,
                  NULL,
                  "A token of the scope “scim” may not redirect the mail of who has a role");
  else
    return TRUE;
  return FALSE;
}

gboolean
ms_policy_check_enrolled (const MsActor *actor, GError **error)
{
  if (!actor->must_enrol)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_DENIED,
                NULL,
                NULL,
                "The role “%s” must log on in two steps: set up the second step first"
                " (POST /api/v1/session/totp)",
                ms_role_to_string (actor->role));
  if (error != NULL)
    ms_error_set_details (*error, MS_SECOND_STEP_ENROL);
  return FALSE;
}

gboolean
ms_policy_check (const MsActor        *actor,
                 MsPolicyVerb          verb,
                 const MsResourceType *type,
                 MsObject             *object,
                 const char           *attribute,
                 GError              **error)
{
  g_return_val_if_fail (actor != NULL, FALSE);
  g_return_val_if_fail (verb < MS_POLICY_N_VERBS, FALSE);

  if (type == NULL && object != NULL)
    type = ms_object_get_type (object);

  if (verb != MS_POLICY_LOG_OFF && verb != MS_POLICY_OWN_SECOND_STEP
      && !ms_policy_check_enrolled (actor, error))
    return FALSE;
  if (actor->read_only && verbs[verb].writes)
    {
      ms_error_set (error, MS_ERROR_DENIED, NULL, attribute, "This token may only read");
      return FALSE;
    }
  if (actor->usage_only && verb != MS_POLICY_REPORT_USAGE)
    {
      ms_error_set (error,
                    MS_ERROR_DENIED,
                    NULL,
                    attribute,
                    "A token of the scope “usage” may report what mailboxes use and nothing else");
      return FALSE;
    }
  if (actor->scim_only && !check_scim_only (verb, type, object, attribute, error))
    return FALSE;

  if ((roles_allowed (verb, type, object, attribute) & (1u << actor->role)) != 0)
    return TRUE;

  const char *what = type != NULL ? type->name : "objects";
  if (attribute != NULL)
    ms_error_set (error,
                  MS_ERROR_DENIED,
                  NULL,
                  attribute,
                  "The role “%s” may not %s “%s” of a %s",
                  ms_role_to_string (actor->role),
                  verbs[verb].name,
                  attribute,
                  what);
  else if (has_role (object, ADMINISTRATOR | AUDITOR))
    ms_error_set (error,
                  MS_ERROR_DENIED,
                  NULL,
                  NULL,
                  "The role “%s” may not %s an %s",
                  ms_role_to_string (actor->role),
                  verbs[verb].name,
                  has_role (object, AUDITOR) ? "auditor" : "administrator");
  else if (type == NULL && verbs[verb].alone != NULL)
    ms_error_set (error,
                  MS_ERROR_DENIED,
                  NULL,
                  NULL,
                  "The role “%s” may not %s",
                  ms_role_to_string (actor->role),
                  verbs[verb].alone);
  else
    ms_error_set (error,
                  MS_ERROR_DENIED,
                  NULL,
                  NULL,
                  "The role “%s” may not %s this (%s)",
                  ms_role_to_string (actor->role),
                  verbs[verb].name,
                  what);
  return FALSE;
}
