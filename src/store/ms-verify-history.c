/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Objects with what the change sets tell of them. The changes of one object are read from the
 * newest back to the one that brought it into being; of each value the first word is the last that
 * counts, and it must be so. What nothing tells of must not be there.
 *
 * A transaction that ends where it began leaves a higher version and no change; what lies in the
 * bin keeps no relations; what was made and deleted at once left no trace. Secrets are not in
 * change sets. That a password had a scheme was not told before the scheme was stored; it is
 * compared with the password itself (ms-verify-passwords.c).
 */
#include "ms-verify-private.h"

#include "ms-json.h"
#include "ms-password-scheme.h"
#include "ms-patch.h"
#include "ms-txn-private.h"

#include <string.h>

/* Of a change set; what it says was bounded when it was written. */
static const MsJsonLimits delta_limits
    = { 1024 * 1024 * 1024, 40, 64 * 1024 * 1024, 100 * 1000 * 1000 };

/**
 * History: one object and its changes
 * @present: path -> key of the value; of several values path and element -> ""
 * @told: (element-type utf8): keys of @present, or of what is not there, that were compared
 * @named: (element-type utf8): paths that were complained of
 * @sequence: of the change at hand
 * @count: of changes that were read
 * @begun: the last one brought it into being
 * @ended: the last one took it away
 * @done: no older one matters
 */
typedef struct
{
  MsVerifier *verifier;
  MsObject   *object;
  GHashTable *present;
  GHashTable *told;
  GHashTable *named;
  gint64      sequence;
  gint64      count;
  gboolean    begun;
  gboolean    ended;
  gboolean    done;
} History;

static void complain (History *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
complain (History *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  ms_verifier_complain_of (self->verifier, self->object, "%s", text);
}

/* What is there ------------------------------------------------------------------------------- */

static char *
make_key (const MsAttribute *attribute, JsonNode *element)
{
  g_autofree char *key = ms_delta_element_key (attribute, element);

  return g_strconcat (attribute->path, "\n", key, NULL);
}

/* (nullable): what is the same for equal values, of a relation the id, for the label beside it may
 * have changed since */
static char *
dup_value (const MsAttribute *attribute, JsonNode *node)
{
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return NULL;
  return attribute->relation != MS_RELATION_NONE ? ms_delta_element_key (attribute, node)
                                                 : ms_json_to_key (node);
}

static void
add_attributes (History *self)
{
  const MsResourceType *type = ms_object_get_type (self->object);
  g_autoptr (MsObject) nothing
             = ms_object_new (type, ms_object_get_id (self->object), json_object_new ());
  g_autoptr (GPtrArray) deltas = ms_delta_compute (nothing, self->object);

  for (guint i = 0; i < deltas->len; i++)
    {
      const MsDelta *delta = deltas->pdata[i];
      char          *value = dup_value (delta->attribute, delta->after);
      guint          length = delta->added != NULL ? json_array_get_length (delta->added) : 0;
      if (value != NULL)
        g_hash_table_insert (self->present, g_strdup (delta->attribute->path), value);
      for (guint j = 0; j < length; j++)
        g_hash_table_insert (self->present,
                             make_key (delta->attribute, json_array_get_element (delta->added, j)),
                             g_strdup (""));
    }
}

/* What leads nowhere was complained of as a reference. */
static void
add_links (History *self, const MsIndexRelation *relation, GArray *links)
{
  for (guint i = 0; i < links->len; i++)
    {
      const MsVerifyLink *link = &g_array_index (links, MsVerifyLink, i);
      if (link->attr != relation->attr)
        continue;
      if (link->id == NULL)
        g_hash_table_add (self->named, g_strdup (relation->attribute->path));
      else
        g_hash_table_insert (self->present,
                             g_strconcat (relation->attribute->path, "\n", link->id, NULL),
                             g_strdup (""));
    }
}

static void
add_present (History *self, GArray *links)
{
  const MsIndexType *type
      = ms_index_get_type (self->verifier->txn->index, ms_object_get_type (self->object));

  add_attributes (self);
  for (guint i = 0; i < type->relations->len; i++)
    {
      const MsIndexRelation *relation = &g_array_index (type->relations, MsIndexRelation, i);
      if (relation->attribute->multi_valued)
        add_links (self, relation, links);
    }
}

/* What is told -------------------------------------------------------------------------------- */

/* @key: (transfer full). @expected: (nullable): it is gone */
static void
tell (History *self, const MsAttribute *attribute, char *key, const char *expected)
{
  const char *found = g_hash_table_lookup (self->present, key);

  if (!g_hash_table_add (self->told, key) || g_strcmp0 (found, expected) == 0)
    return;
  if (g_hash_table_add (self->named, g_strdup (attribute->path)))
    complain (self,
              "its %s: change set %" G_GINT64_FORMAT " left something else there",
              attribute->path,
              self->sequence);
}

/* Only where @name is there and is what it should be: attributes may have had another form. */
static void
tell_elements (History           *self,
               const MsAttribute *attribute,
               JsonObject        *delta,
               const char        *name,
               const char        *expected)
{
  JsonNode *node = json_object_get_member (delta, name);

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return;
  for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
    {
      JsonNode *element = json_array_get_element (json_node_get_array (node), i);
      tell (self, attribute, make_key (attribute, element), expected);
    }
}

static void
tell_value (History *self, const MsAttribute *attribute, JsonObject *delta)
{
  JsonNode        *after = json_object_get_member (delta, "after");
  g_autofree char *value = NULL;

  if (after == NULL && !json_object_has_member (delta, "before"))
    return;
  if (after != NULL && JSON_NODE_HOLDS_ARRAY (after))
    return;
  value = dup_value (attribute, after);
  tell (self, attribute, g_strdup (attribute->path), value);
}

static void
tell_delta (History *self, JsonNode *node)
{
  JsonObject *delta = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *path
      = delta != NULL ? json_object_get_string_member_with_default (delta, "path", NULL) : NULL;
  const MsAttribute *attribute
      = path != NULL ? ms_resource_type_find (ms_object_get_type (self->object), path) : NULL;

  /* One that no schema has any more took its values with it. */
  if (attribute == NULL || attribute->returned == MS_RETURNED_NEVER
      || attribute->relation == MS_RELATION_FROM || json_object_has_member (delta, "secret"))
    return;
  if (!attribute->multi_valued)
    {
      tell_value (self, attribute, delta);
      return;
    }
  /* In this order: where a part of the elements is known no more, one that lost it has the same key
   * on both sides. */
  tell_elements (self, attribute, delta, "after", "");
  tell_elements (self, attribute, delta, "added", "");
  tell_elements (self, attribute, delta, "removed", NULL);
}

static void
tell_change (History *self, const char *deltas)
{
  g_autoptr (JsonNode) node = ms_json_parse (deltas, -1, &delta_limits, NULL);

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    {
      complain (self, "change set %" G_GINT64_FORMAT " cannot be read", self->sequence);
      return;
    }
  for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
    tell_delta (self, json_array_get_element (json_node_get_array (node), i));
}

/* Of a live object. */
static void
compare_newest (History *self, MsChangeVerb verb, gint64 version)
{
  if (verb == MS_CHANGE_DELETE || verb == MS_CHANGE_PURGE)
    complain (
        self, "it is there, though change set %" G_GINT64_FORMAT " deleted it", self->sequence);
  else if (version > ms_object_get_version (self->object))
    complain (self,
              "it is at version %" G_GINT64_FORMAT ", though change set %" G_GINT64_FORMAT
              " left it at %" G_GINT64_FORMAT,
              ms_object_get_version (self->object),
              self->sequence,
              version);
}

static void
take_change (History *self, MsStatement *statement)
{
  MsChangeVerb verb = (MsChangeVerb) ms_statement_get_int (statement, 2);

  self->sequence = ms_statement_get_int (statement, 1);
  self->ended = verb == MS_CHANGE_DELETE || verb == MS_CHANGE_PURGE;
  if (self->count++ == 0)
    compare_newest (self, verb, ms_statement_get_int (statement, 3));
  if (!self->ended)
    tell_change (self, ms_statement_get_text (statement, 4));
  self->begun = verb == MS_CHANGE_CREATE || verb == MS_CHANGE_RESTORE;
  self->done = self->begun || self->ended;
}

/* What is there, and no change said so. */
static void
complain_of_untold (History *self)
{
  GHashTableIter iter;
  gpointer       key;

  g_hash_table_iter_init (&iter, self->present);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      g_autofree char *path = g_strndup (key, strcspn (key, "\n"));
      if (!g_hash_table_contains (self->told, key) && strcmp (path, MS_PATH_PASSWORD_SCHEME) != 0
          && g_hash_table_add (self->named, g_strdup (path)))
        complain (self, "its %s: something is there that no change set tells of", path);
    }
}

static void
conclude (History *self)
{
  if (self->count == 0)
    complain (self, "no change set tells of it");
  else if (self->begun)
    complain_of_untold (self);
  else if (self->count > 1 || !self->ended)
    complain (self, "no change set tells how it came to be");
}

static GHashTable *
new_set (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

MsStatement *
ms_verifier_query_changes (MsVerifier *self, GError **error)
{
  /* A cross join, for SQLite would begin with all changes else. */
  return ms_sql_query (self->txn->sql,
                       error,
                       "SELECT o.n, c.sequence, c.verb, c.version, c.deltas"
                       " FROM object o CROSS JOIN change c"
                       " WHERE c.id = o.id AND o.deleted IS NULL AND c.verb <> $1"
                       " ORDER BY o.n, c.sequence DESC, c.n DESC",
                       "i",
                       (gint64) MS_CHANGE_NOTE);
}

gboolean
ms_verifier_check_history (
    MsVerifier *self, MsObject *object, GArray *links, MsVerifyCursor *changes, GError **error)
{
  g_autoptr (GHashTable) present = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GHashTable) told = new_set ();
  g_autoptr (GHashTable) named = new_set ();
  History history
      = { .verifier = self, .object = object, .present = present, .told = told, .named = named };

  add_present (&history, links);
  while (ms_verify_cursor_get_object (changes) == ms_object_get_row (object))
    {
      if (!history.done)
        take_change (&history, changes->statement);
      if (!ms_verify_cursor_step (changes, error))
        return FALSE;
    }
  conclude (&history);
  return TRUE;
}

/* What is not there --------------------------------------------------------------------------- */

/* @statement: (transfer full) (nullable): type, id, change set and label of each */
static gboolean
complain_of_rows (MsVerifier *self, MsStatement *statement, const char *what, GError **error)
{
  g_autoptr (MsStatement) rows = statement;
  gboolean row = TRUE;

  if (rows == NULL)
    return FALSE;
  ms_statement_expect_many (rows);
  while (TRUE)
    {
      if (!ms_statement_step (rows, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      /* Notes of settings and tokens have other types. */
      const char *type = ms_statement_get_text (rows, 0);
      if (ms_schema_registry_get_type_by_name (self->txn->schemas, type) != NULL)
        ms_verifier_complain (self,
                              "%s %s “%s”: it is %s, and change set %" G_GINT64_FORMAT
                              " does not say so",
                              type,
                              ms_statement_get_text (rows, 1),
                              ms_statement_get_text (rows, 3),
                              what,
                              ms_statement_get_int (rows, 2));
    }
}

static gboolean
check_binned (MsVerifier *self, GError **error)
{
  return complain_of_rows (
      self,
      ms_sql_query (self->txn->sql,
                    error,
                    "SELECT o.type, o.id, c.sequence, o.label FROM object o"
                    " JOIN change c ON c.id = o.id"
                    " WHERE o.deleted IS NOT NULL AND c.verb NOT IN ($1, $2) AND NOT EXISTS"
                    "  (SELECT 1 FROM change l WHERE l.id = c.id AND l.verb <> $1"
                    "   AND (l.sequence, l.n) > (c.sequence, c.n))",
                    "ii",
                    (gint64) MS_CHANGE_NOTE,
                    (gint64) MS_CHANGE_DELETE),
      "in the bin",
      error);
}

static gboolean
check_absent (MsVerifier *self, GError **error)
{
  return complain_of_rows (
      self,
      ms_sql_query (self->txn->sql,
                    error,
                    "SELECT c.type, c.id, c.sequence, c.label FROM change c"
                    " WHERE NOT EXISTS (SELECT 1 FROM object o WHERE o.id = c.id)"
                    " AND c.verb NOT IN ($1, $2) AND NOT EXISTS"
                    "  (SELECT 1 FROM change l WHERE l.id = c.id AND l.verb <> $1"
                    "   AND (l.sequence, l.n) > (c.sequence, c.n))",
                    "ii",
                    (gint64) MS_CHANGE_NOTE,
                    (gint64) MS_CHANGE_PURGE),
      "not there",
      error);
}

gboolean
ms_verifier_check_gone (MsVerifier *self, GError **error)
{
  return ms_progress_report (self->progress, "checking deleted objects", 0, 0, error)
         && check_binned (self, error) && check_absent (self, error);
}
