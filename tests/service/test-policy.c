/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The policy as a matrix: every verb on every type for every role, written down once more and
 * compared.
 */
#include "service-fixture.h"

#include <string.h>

#define TYPES 7
#define ROLES 4

static const char *const type_names[TYPES]
    = { "User", "Mailbox", "MailGroup", "Group", "Domain", "Template", "Guest" };

/* For each verb and type who may: n(one), d(elegate), u (auditor), a(dministrator). */
static const struct
{
  MsPolicyVerb verb;
  const char  *allowed[TYPES];
} matrix[] = {
  { MS_POLICY_READ, { "dua", "dua", "dua", "dua", "dua", "dua", "dua" } },
  { MS_POLICY_CREATE, { "da", "da", "a", "a", "a", "a", "a" } },
  { MS_POLICY_UPDATE, { "da", "da", "a", "a", "a", "a", "a" } },
  { MS_POLICY_DELETE, { "a", "a", "a", "a", "a", "a", "a" } },
  { MS_POLICY_PASSWORD, { "da", "a", "a", "a", "a", "a", "a" } },
  { MS_POLICY_MAIL, { "da", "a", "a", "a", "a", "a", "a" } },
  { MS_POLICY_HISTORY, { "dua", "dua", "dua", "dua", "dua", "dua", "dua" } },
  { MS_POLICY_UNDO, { "a", "a", "a", "a", "a", "a", "a" } },
  { MS_POLICY_IMPORT, { "a", "a", "a", "a", "a", "a", "a" } },
  { MS_POLICY_EXPORT, { "dua", "dua", "dua", "dua", "dua", "dua", "dua" } },
  { MS_POLICY_TOKENS, { "a", "a", "a", "a", "a", "a", "a" } },
  { MS_POLICY_LOG_OFF, { "ndua", "ndua", "ndua", "ndua", "ndua", "ndua", "ndua" } },
  { MS_POLICY_CONNECTIONS, { "ua", "ua", "ua", "ua", "ua", "ua", "ua" } },
  { MS_POLICY_END_CONNECTION, { "a", "a", "a", "a", "a", "a", "a" } },
  { MS_POLICY_PURGE, { "a", "a", "a", "a", "a", "a", "a" } },
  { MS_POLICY_READ_SETTINGS, { "ua", "ua", "ua", "ua", "ua", "ua", "ua" } },
  { MS_POLICY_SETTINGS, { "a", "a", "a", "a", "a", "a", "a" } },
  { MS_POLICY_AUDIT, { "ua", "ua", "ua", "ua", "ua", "ua", "ua" } },
  { MS_POLICY_OWN_SECOND_STEP, { "dua", "dua", "dua", "dua", "dua", "dua", "dua" } },
  { MS_POLICY_CLEAR_SECOND_STEP, { "a", "a", "a", "a", "a", "a", "a" } },
  { MS_POLICY_REPORT_USAGE, { "a", "a", "a", "a", "a", "a", "a" } },
  { MS_POLICY_READ_DIRECTORIES, { "ua", "ua", "ua", "ua", "ua", "ua", "ua" } },
  { MS_POLICY_DIRECTORIES, { "a", "a", "a", "a", "a", "a", "a" } },
};

static const char role_letters[] = "ndua";

static void
test_matrix (void)
{
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();

  g_assert_cmpuint (G_N_ELEMENTS (matrix), ==, MS_POLICY_N_VERBS);
  for (guint v = 0; v < G_N_ELEMENTS (matrix); v++)
    for (guint t = 0; t < TYPES; t++)
      for (guint r = 0; r < ROLES; r++)
        {
          g_autoptr (GError) error = NULL;
          MsActor  actor = { .channel = (char *) "console", .role = (MsRole) r };
          gboolean expected = strchr (matrix[v].allowed[t], role_letters[r]) != NULL;
          gboolean allowed
              = ms_policy_check (&actor,
                                 matrix[v].verb,
                                 ms_schema_registry_get_type_by_name (schemas, type_names[t]),
                                 NULL,
                                 NULL,
                                 &error);
          g_test_message ("verb %u, %s, %c", matrix[v].verb, type_names[t], role_letters[r]);
          g_assert_cmpint (allowed, ==, expected);
          if (!expected)
            g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
        }
}

static void
test_without_type (void)
{
  for (guint v = 0; v < G_N_ELEMENTS (matrix); v++)
    for (guint r = 0; r < ROLES; r++)
      {
        MsActor actor = { .channel = (char *) "console", .role = (MsRole) r };
        /* What is not about a type at all: a delegate may write only what is known to be a user or
         * a mailbox. */
        gboolean reads = matrix[v].verb == MS_POLICY_READ || matrix[v].verb == MS_POLICY_HISTORY
                         || matrix[v].verb == MS_POLICY_EXPORT
                         || matrix[v].verb == MS_POLICY_OWN_SECOND_STEP;
        gboolean audits = matrix[v].verb == MS_POLICY_READ_SETTINGS
                          || matrix[v].verb == MS_POLICY_AUDIT
                          || matrix[v].verb == MS_POLICY_READ_DIRECTORIES
                          || matrix[v].verb == MS_POLICY_CONNECTIONS;
        gboolean expected = r == MS_ROLE_ADMINISTRATOR || matrix[v].verb == MS_POLICY_LOG_OFF
                            || (reads && r != MS_ROLE_NONE) || (audits && r == MS_ROLE_AUDITOR);
        g_assert_cmpint (
            ms_policy_check (&actor, matrix[v].verb, NULL, NULL, NULL, NULL), ==, expected);
      }
}

static void
test_read_only (void)
{
  for (guint v = 0; v < G_N_ELEMENTS (matrix); v++)
    {
      MsActor actor
          = { .channel = (char *) "scim", .role = MS_ROLE_ADMINISTRATOR, .read_only = TRUE };
      gboolean reads
          = matrix[v].verb == MS_POLICY_READ || matrix[v].verb == MS_POLICY_HISTORY
            || matrix[v].verb == MS_POLICY_EXPORT || matrix[v].verb == MS_POLICY_LOG_OFF
            || matrix[v].verb == MS_POLICY_CONNECTIONS || matrix[v].verb == MS_POLICY_READ_SETTINGS
            || matrix[v].verb == MS_POLICY_READ_DIRECTORIES || matrix[v].verb == MS_POLICY_AUDIT;
      g_assert_cmpint (ms_policy_check (&actor, matrix[v].verb, NULL, NULL, NULL, NULL), ==, reads);
    }
}

static MsObject *
new_user (MsSchemaRegistry *schemas, const char *role)
{
  MsObject *user = ms_object_new (ms_schema_registry_get_type_by_name (schemas, "User"), "u", NULL);

  ms_object_set_string (user, MS_URN_EXT_USER ":role", role);
  return user;
}

static void
test_delegate (void)
{
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autoptr (MsObject) admin = new_user (schemas, "administrator");
  g_autoptr (MsObject) auditor = new_user (schemas, "auditor");
  g_autoptr (MsObject) delegated = new_user (schemas, "delegate");
  g_autoptr (MsObject) nobody = new_user (schemas, NULL);
  MsActor delegate = { .channel = (char *) "console", .role = MS_ROLE_DELEGATE };
  const struct
  {
    MsPolicyVerb verb;
    MsObject    *object;
    const char  *attribute;
    gboolean     allowed;
  } cases[] = {
    { MS_POLICY_UPDATE, nobody, NULL, TRUE },
    { MS_POLICY_UPDATE, nobody, "displayName", TRUE },
    { MS_POLICY_UPDATE, nobody, MS_URN_EXT_USER ":rights.imap", TRUE },
    { MS_POLICY_UPDATE, nobody, MS_URN_EXT_USER ":role", FALSE },
    { MS_POLICY_CREATE, nobody, MS_URN_EXT_USER ":role", FALSE },
    { MS_POLICY_PASSWORD, nobody, NULL, TRUE },
    { MS_POLICY_PASSWORD, auditor, NULL, FALSE },
    { MS_POLICY_PASSWORD, delegated, NULL, TRUE },
    { MS_POLICY_UPDATE, auditor, "displayName", TRUE },
    { MS_POLICY_PASSWORD, admin, NULL, FALSE },
    { MS_POLICY_MAIL, nobody, NULL, TRUE },
    { MS_POLICY_MAIL, admin, NULL, FALSE },
    { MS_POLICY_MAIL, auditor, NULL, FALSE },
    { MS_POLICY_MAIL, delegated, NULL, TRUE },
    { MS_POLICY_UPDATE, admin, "displayName", FALSE },
    { MS_POLICY_READ, admin, NULL, TRUE },
    { MS_POLICY_DELETE, nobody, NULL, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_test_message ("case %u", i);
      g_assert_cmpint (
          ms_policy_check (
              &delegate, cases[i].verb, NULL, cases[i].object, cases[i].attribute, &error),
          ==,
          cases[i].allowed);
      if (!cases[i].allowed)
        g_assert_cmpstr (ms_error_get_path (error), ==, cases[i].attribute);
    }
}

/* What is about no kind of object is not said to be about some. */
static void
test_words (void)
{
  MsActor nobody = { .channel = (char *) "scim", .role = MS_ROLE_NONE };

  for (int verb = 0; verb < MS_POLICY_N_VERBS; verb++)
    {
      g_autoptr (GError) error = NULL;
      if (ms_policy_check (&nobody, (MsPolicyVerb) verb, NULL, NULL, NULL, &error))
        continue;
      g_test_message ("%s", error->message);
      if (verb == MS_POLICY_TOKENS)
        g_assert_cmpstr (error->message, ==, "The role “none” may not manage API tokens");
      if (verb >= MS_POLICY_HISTORY)
        g_assert_null (strstr (error->message, "(objects)"));
    }
}

/* Who holds the token at a provider does what SCIM does, and even of that not what would make an
 * administrator of them. */
static void
test_scim_only (void)
{
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  const MsPolicyVerb guarded[] = { MS_POLICY_PASSWORD, MS_POLICY_MAIL };
  const char *const  roles[] = { NULL, "none", "delegate", "auditor", "administrator" };
  MsActor token = { .channel = (char *) "scim", .role = MS_ROLE_ADMINISTRATOR, .scim_only = TRUE };

  for (guint v = 0; v < G_N_ELEMENTS (matrix); v++)
    {
      gboolean is_beyond
          = matrix[v].verb == MS_POLICY_UNDO || matrix[v].verb == MS_POLICY_IMPORT
            || matrix[v].verb == MS_POLICY_TOKENS || matrix[v].verb == MS_POLICY_END_CONNECTION
            || matrix[v].verb == MS_POLICY_PURGE || matrix[v].verb == MS_POLICY_SETTINGS
            || matrix[v].verb == MS_POLICY_OWN_SECOND_STEP
            || matrix[v].verb == MS_POLICY_CLEAR_SECOND_STEP
            || matrix[v].verb == MS_POLICY_DIRECTORIES || matrix[v].verb == MS_POLICY_REPORT_USAGE;
      g_assert_cmpint (
          ms_policy_check (&token, matrix[v].verb, NULL, NULL, NULL, NULL), ==, !is_beyond);
    }
  for (guint i = 0; i < G_N_ELEMENTS (guarded); i++)
    for (guint r = 0; r < G_N_ELEMENTS (roles); r++)
      {
        g_autoptr (MsObject) user = new_user (schemas, roles[r]);
        g_assert_cmpint (ms_policy_check (&token, guarded[i], NULL, user, NULL, NULL), ==, r < 2);
      }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy/matrix", test_matrix);
  g_test_add_func ("/policy/without-type", test_without_type);
  g_test_add_func ("/policy/read-only", test_read_only);
  g_test_add_func ("/policy/delegate", test_delegate);
  g_test_add_func ("/policy/scim-only", test_scim_only);
  g_test_add_func ("/policy/words", test_words);
  return g_test_run ();
}
