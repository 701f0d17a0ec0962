/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * API tokens and settings, which are no objects, with the newest change set that tells of each. A
 * token that is not there any more may have expired, or its user be gone; one that no change set
 * tells of may be of a version that noted none; a setting that no change set tells of is one that
 * nobody chose, or came with a rescue. None of them is looked for.
 */
#include "ms-verify-private.h"

#include "ms-json.h"
#include "ms-txn-private.h"

/* Of a note. */
static const MsJsonLimits note_limits = { 1024 * 1024, 40, 1024 * 1024, 10000 };

/* What was left in @path, as text. @told: (out): whether it says so. (transfer full) (nullable) */
static char *
dup_after (JsonNode *deltas, const char *path, gboolean *told)
{
  JsonArray *array
      = deltas != NULL && JSON_NODE_HOLDS_ARRAY (deltas) ? json_node_get_array (deltas) : NULL;

  *told = FALSE;
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode   *node = json_array_get_element (array, i);
      JsonObject *delta = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
      if (delta == NULL
          || g_strcmp0 (json_object_get_string_member_with_default (delta, "path", NULL), path)
                 != 0)
        continue;
      JsonNode *after = json_object_get_member (delta, "after");
      *told = TRUE;
      if (after == NULL || !JSON_NODE_HOLDS_VALUE (after))
        return NULL;
      return json_node_get_value_type (after) == G_TYPE_STRING
                 ? json_node_dup_string (after)
                 : g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (after));
    }
  return NULL;
}

/* Tokens -------------------------------------------------------------------------------------- */

/* It says which client it is for, by whose name external ids are told apart. */
static void
compare_token_name (MsVerifier *self, MsStatement *statement)
{
  const char *name = ms_statement_get_text (statement, 10);
  const char *label = ms_statement_get_text (statement, 11);

  if (g_strcmp0 (name != NULL ? name : "", label != NULL ? label : "") != 0)
    ms_verifier_complain (self,
                          "%s %s: its name is “%s”: change set %" G_GINT64_FORMAT " left “%s”",
                          MS_NOTE_TOKEN,
                          ms_statement_get_text (statement, 0),
                          name != NULL ? name : "",
                          ms_statement_get_int (statement, 4),
                          label != NULL ? label : "");
}

static void
compare_token (MsVerifier *self, MsStatement *statement)
{
  static const char *const paths[] = { "scope", "user", "expires" };
  const char              *id = ms_statement_get_text (statement, 0);
  gint64                   sequence = ms_statement_get_int (statement, 4);
  g_autofree char         *expires = ms_json_format_time (ms_statement_get_int (statement, 3));
  g_autoptr (JsonNode) deltas
             = ms_json_parse (ms_statement_get_text (statement, 6), -1, &note_limits, NULL);

  compare_token_name (self, statement);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      gboolean         told = FALSE;
      g_autofree char *expected = dup_after (deltas, paths[i], &told);
      const char      *found = i < 2 ? ms_statement_get_text (statement, i + 1) : expires;
      if (told && g_strcmp0 (found, expected) != 0)
        ms_verifier_complain (self,
                              "%s %s: its %s is “%s”: change set %" G_GINT64_FORMAT " left “%s”",
                              MS_NOTE_TOKEN,
                              id,
                              paths[i],
                              found != NULL ? found : "",
                              sequence,
                              expected != NULL ? expected : "");
    }
}

static void
check_token (MsVerifier *self, MsStatement *statement)
{
  const char *id = ms_statement_get_text (statement, 0);
  gint64      sequence = ms_statement_get_int (statement, 4);
  gint64      created = ms_statement_get_int (statement, 7);
  gboolean    is_early = created >= ms_statement_get_int (statement, 8)
                      && created < ms_statement_get_int (statement, 9);

  if (sequence == 0 && !is_early)
    ms_verifier_complain (self, "%s %s: no change set tells of it", MS_NOTE_TOKEN, id);
  else if (sequence == 0)
    return;
  else if (ms_statement_get_int (statement, 5) != MS_CHANGE_CREATE)
    ms_verifier_complain (self,
                          "%s %s: it is there, though change set %" G_GINT64_FORMAT " revoked it",
                          MS_NOTE_TOKEN,
                          id,
                          sequence);
  else
    compare_token (self, statement);
}

static gboolean
check_tokens (MsVerifier *self, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      self->txn->sql,
      error,
      "SELECT s.id, s.scope, s.user_id, s.expires, COALESCE (c.sequence, 0),"
      "  COALESCE (c.verb, 0), COALESCE (c.deltas, '[]'), s.created,"
      "  (SELECT min (time) FROM change_set),"
      "  COALESCE ((SELECT min (e.time) FROM change_set e JOIN change n ON n.sequence = e.sequence"
      "             WHERE n.type = $1), $2), s.name, c.label"
      " FROM session s LEFT JOIN change c ON c.n ="
      "  (SELECT l.n FROM change l WHERE l.id = s.id AND l.type = $1"
      "   ORDER BY l.sequence DESC, l.n DESC LIMIT 1)"
      " WHERE s.kind = 'token' ORDER BY s.id",
      "si",
      MS_NOTE_TOKEN,
      G_MAXINT64);

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      check_token (self, statement);
    }
  return FALSE;
}

/* Settings ------------------------------------------------------------------------------------ */

static void
check_setting (MsVerifier *self, MsStatement *statement)
{
  gboolean    told = FALSE;
  const char *found = ms_statement_get_text (statement, 1);
  g_autoptr (JsonNode) deltas
             = ms_json_parse (ms_statement_get_text (statement, 3), -1, &note_limits, NULL);
  g_autofree char *expected = dup_after (deltas, "value", &told);

  if (told && g_strcmp0 (found, expected) != 0)
    ms_verifier_complain (self,
                          "%s %s: it is %s: change set %" G_GINT64_FORMAT " left %s",
                          MS_NOTE_SETTING,
                          ms_statement_get_text (statement, 0),
                          found != NULL ? found : "not set",
                          ms_statement_get_int (statement, 2),
                          expected != NULL ? expected : "it not set");
}

static gboolean
check_settings (MsVerifier *self, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (self->txn->sql,
                             error,
                             "SELECT c.id, s.value, c.sequence, c.deltas"
                             " FROM change c LEFT JOIN setting s ON s.name = c.id"
                             " WHERE c.type = $1 AND NOT EXISTS"
                             "  (SELECT 1 FROM change l WHERE l.id = c.id AND l.type = $1"
                             "   AND (l.sequence, l.n) > (c.sequence, c.n))"
                             " ORDER BY c.id",
                             "s",
                             MS_NOTE_SETTING);

  while (statement != NULL && ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      check_setting (self, statement);
    }
  return FALSE;
}

gboolean
ms_verifier_check_notes (MsVerifier *self, GError **error)
{
  return ms_progress_report (self->progress, "checking tokens and settings", 0, 0, error)
         && check_tokens (self, error) && check_settings (self, error);
}
