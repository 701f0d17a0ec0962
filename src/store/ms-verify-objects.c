/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The objects of a store and what is made from each: its unique values, its links, its label and
 * search text, what its changes tell of it, which scheme its password has, and what should be in
 * the index (ms-verify-values.c). All of it is read in the order of the objects, each table once.
 */
#include "ms-verify-private.h"

#include "ms-txn-private.h"

#include <string.h>

/**
 * Walk: where the tables are being read
 * @here: (element-type MsVerifyLink): those of the object at hand
 * @owner, @container: rows of the user and the mail group that it belongs to, or 0
 */
typedef struct
{
  MsVerifier    *verifier;
  MsVerifyCursor objects;
  MsVerifyCursor links;
  MsVerifyCursor unique;
  MsVerifyCursor changes;
  MsVerifyCursor passwords;
  GArray        *here;
  gint64         owner;
  gint64         container;
} Walk;

static void
walk_clear (Walk *self)
{
  ms_verify_cursor_clear (&self->objects);
  ms_verify_cursor_clear (&self->links);
  ms_verify_cursor_clear (&self->unique);
  ms_verify_cursor_clear (&self->changes);
  ms_verify_cursor_clear (&self->passwords);
  g_clear_pointer (&self->here, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Walk, walk_clear)

static void
link_clear (gpointer data)
{
  g_free (((MsVerifyLink *) data)->id);
}

static gboolean
walk_open (Walk *self, GError **error)
{
  MsTxn *txn = self->verifier->txn;

  self->here = g_array_new (FALSE, FALSE, sizeof (MsVerifyLink));
  g_array_set_clear_func (self->here, link_clear);
  return ms_verify_cursor_open (
             &self->objects, ms_txn_query_objects (txn, G_MININT64, G_MAXINT64, error), error)
         && ms_verify_cursor_open (
             &self->links,
             ms_sql_query (txn->sql,
                           error,
                           "SELECT l.from_n, l.attr, l.to_n, t.id,"
                           "  CASE WHEN t.deleted IS NULL THEN 1 ELSE 0 END"
                           " FROM link l LEFT JOIN object t ON t.n = l.to_n ORDER BY l.from_n",
                           ""),
             error)
         && ms_verify_cursor_open (
             &self->unique,
             ms_sql_query (txn->sql, error, "SELECT obj, scope, key FROM uniq ORDER BY obj", ""),
             error)
         && ms_verify_cursor_open (
             &self->changes, ms_verifier_query_changes (self->verifier, error), error)
         && ms_verify_cursor_open (
             &self->passwords, ms_verifier_query_passwords (self->verifier, error), error);
}

/* Links --------------------------------------------------------------------------------------- */

/* Those of no object are complained of as references, those of one in the bin are counted. */
static gboolean
take_links (Walk *self, gint64 row, GError **error)
{
  g_array_set_size (self->here, 0);
  while (ms_verify_cursor_get_object (&self->links) <= row)
    {
      MsStatement *statement = self->links.statement;
      MsVerifyLink link = { ms_statement_get_int (statement, 1),
                            ms_statement_get_int (statement, 2),
                            NULL,
                            ms_statement_get_int (statement, 4) != 0 };
      if (ms_verify_cursor_get_object (&self->links) == row)
        {
          link.id = ms_statement_dup_text (statement, 3);
          g_array_append_val (self->here, link);
        }
      if (!ms_verify_cursor_step (&self->links, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_relation (MsObject *object, const MsIndexRelation *relation, const char *type, const char *path)
{
  return strcmp (ms_object_get_type (object)->name, type) == 0
         && strcmp (relation->attribute->path, path) == 0;
}

/* The row that a relation leads to. What it should be is in the document. */
static gboolean
find_target (
    Walk *self, MsObject *object, const MsIndexRelation *relation, gint64 *target, GError **error)
{
  const char *id = ms_object_get_link (object, relation->attribute->path);
  gboolean    more = FALSE;
  g_auto (MsFound) found = { 0 };

  *target = 0;
  for (guint i = 0; i < self->here->len; i++)
    {
      const MsVerifyLink *link = &g_array_index (self->here, MsVerifyLink, i);
      if (link->attr != relation->attr)
        continue;
      /* One to nothing was complained of as a reference. */
      if (id != NULL && (link->id == NULL || (link->present && strcmp (link->id, id) == 0)))
        *target = link->to;
      else
        more = TRUE;
    }
  if (id != NULL && *target == 0)
    {
      ms_verifier_complain_of (
          self->verifier, object, "its %s leads nowhere", relation->attribute->path);
      if (!ms_txn_find_row (self->verifier->txn, id, TRUE, &found, error))
        return FALSE;
      *target = found.row;
    }
  else if (more)
    ms_verifier_complain_of (self->verifier,
                             object,
                             "the index has a link of its %s that it does not have",
                             relation->attribute->path);
  return TRUE;
}

static gboolean
has_relation (const MsIndexType *type, gint64 attr)
{
  for (guint i = 0; i < type->relations->len; i++)
    if (g_array_index (type->relations, MsIndexRelation, i).attr == attr)
      return TRUE;
  return FALSE;
}

/* Of relations that its type does not have. */
static gboolean
check_other_links (Walk *self, MsObject *object, const MsIndexType *type, GError **error)
{
  for (guint i = 0; i < self->here->len; i++)
    {
      const MsVerifyLink *link = &g_array_index (self->here, MsVerifyLink, i);
      if (has_relation (type, link->attr))
        continue;
      g_autofree char *name = ms_verifier_dup_attribute (self->verifier, link->attr, error);
      if (name == NULL)
        return FALSE;
      ms_verifier_complain_of (
          self->verifier, object, "the index has a link of %s that it does not have", name);
    }
  return TRUE;
}

static gboolean
check_links (Walk *self, MsObject *object, GError **error)
{
  const MsIndexType *type
      = ms_index_get_type (self->verifier->txn->index, ms_object_get_type (object));

  self->owner = self->container = 0;
  for (guint i = 0; i < type->relations->len; i++)
    {
      const MsIndexRelation *relation = &g_array_index (type->relations, MsIndexRelation, i);
      gint64                 target = 0;
      if (relation->attribute->multi_valued)
        continue;
      if (!find_target (self, object, relation, &target, error))
        return FALSE;
      if (is_relation (object, relation, MS_TYPE_NAME_MAILBOX, "owner"))
        self->owner = target;
      if (is_relation (object, relation, MS_TYPE_NAME_MAILBOX, "group")
          || is_relation (object, relation, MS_TYPE_NAME_MAIL_GROUP, "parent"))
        self->container = target;
    }
  return check_other_links (self, object, type, error);
}

/* Unique values ------------------------------------------------------------------------------- */

static char *
make_unique (const char *scope, const char *key)
{
  return g_strconcat (scope, "\n", key, NULL);
}

/* Those of what is no object outside of the bin. */
static gboolean
pass_unique (Walk *self, gint64 row, GError **error)
{
  while (ms_verify_cursor_get_object (&self->unique) < row)
    {
      gint64           stray = ms_verify_cursor_get_object (&self->unique);
      g_autofree char *place = g_hash_table_contains (self->verifier->unread, &stray)
                                   ? NULL
                                   : ms_verifier_dup_place (self->verifier, stray, error);
      if (place != NULL)
        ms_verifier_complain (self->verifier,
                              "the %s “%s” is kept for %s",
                              ms_statement_get_text (self->unique.statement, 1),
                              ms_statement_get_text (self->unique.statement, 2),
                              place);
      else if (!g_hash_table_contains (self->verifier->unread, &stray))
        return FALSE;
      if (!ms_verify_cursor_step (&self->unique, error))
        return FALSE;
    }
  return TRUE;
}

/* @expected: what is not found stays in it */
static gboolean
find_unique (Walk *self, MsObject *object, GHashTable *expected, GError **error)
{
  while (ms_verify_cursor_get_object (&self->unique) == ms_object_get_row (object))
    {
      const char      *scope = ms_statement_get_text (self->unique.statement, 1);
      const char      *key = ms_statement_get_text (self->unique.statement, 2);
      g_autofree char *value = make_unique (scope, key);
      if (!g_hash_table_remove (expected, value))
        ms_verifier_complain_of (self->verifier,
                                 object,
                                 "the %s “%s” is kept for it, and it does not have it",
                                 scope,
                                 key);
      if (!ms_verify_cursor_step (&self->unique, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_unique (Walk *self, MsObject *object, GError **error)
{
  g_autoptr (GArray) values
             = ms_txn_collect_unique_of (self->verifier->txn, object, self->owner, self->container);
  g_autoptr (GHashTable) expected = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer       wanted;

  for (guint i = 0; i < values->len; i++)
    {
      MsIndexUnique *value = &g_array_index (values, MsIndexUnique, i);
      g_hash_table_insert (expected, make_unique (value->scope, value->key), value);
      self->verifier->seats += strcmp (value->scope, MS_SCOPE_PRIMARY) == 0;
    }
  if (!find_unique (self, object, expected, error))
    return FALSE;
  g_hash_table_iter_init (&iter, expected);
  while (g_hash_table_iter_next (&iter, NULL, &wanted))
    ms_verifier_complain_of (self->verifier,
                             object,
                             "its %s “%s” is not held by it",
                             ((MsIndexUnique *) wanted)->scope,
                             ((MsIndexUnique *) wanted)->key);
  return TRUE;
}

/* Objects ------------------------------------------------------------------------------------- */

/* @name: what it should be */
static void
check_name (MsVerifier *self, MsObject *object, MsStatement *statement, const char *name)
{
  const char      *label = ms_statement_get_text (statement, 7);
  g_autofree char *key = ms_index_text_key (name, FALSE);

  if (g_strcmp0 (label, name) != 0)
    ms_verifier_complain_of (self, object, "is filed under the name “%s”, not “%s”", label, name);
  else if (g_strcmp0 (ms_statement_get_text (statement, 9), key) != 0)
    ms_verifier_complain_of (self, object, "is not found by its name in the bin and in lists");
}

static void
check_texts (MsVerifier *self, MsObject *object, MsStatement *statement)
{
  const char      *search = ms_statement_get_text (statement, 8);
  g_autofree char *expected = ms_index_collect_search (self->txn->index, object);

  check_name (self, object, statement, ms_object_get_label (object));
  if (g_strcmp0 (search != NULL ? search : "", expected) != 0)
    ms_verifier_complain_of (self, object, "its search text is not made from it");
}

/* Its type, id and name are in another table than what it holds. */
static void
complain_of_unread (MsVerifier *self, MsStatement *statement, const char *reason)
{
  ms_verifier_complain (self,
                        "%s %s “%s”: %s",
                        ms_statement_get_text (statement, 2),
                        ms_statement_get_text (statement, 1),
                        ms_statement_get_text (statement, 7),
                        reason);
}

static gboolean
check_object (Walk *self, GError **error)
{
  MsVerifier  *verifier = self->verifier;
  MsStatement *statement = self->objects.statement;
  gint64       row = ms_statement_get_int (statement, 0);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (MsObject) object = ms_txn_read_object (verifier->txn, statement, &local_error);

  while (ms_verify_cursor_get_object (&self->changes) < row)
    if (!ms_verify_cursor_step (&self->changes, error))
      return FALSE;
  if (object == NULL)
    {
      g_hash_table_add (verifier->unread, g_memdup2 (&row, sizeof row));
      complain_of_unread (verifier, statement, local_error->message);
      return TRUE;
    }
  ms_verify_sums_expect (verifier->values, verifier->txn->index, object);
  ms_verifier_take_domain (verifier, object);
  check_texts (verifier, object, statement);
  return take_links (self, row, error) && check_links (self, object, error)
         && pass_unique (self, row, error) && check_unique (self, object, error)
         && ms_verifier_check_history (verifier, object, self->here, &self->changes, error)
         && ms_verifier_check_password (verifier, object, &self->passwords, error);
}

/* The bin ------------------------------------------------------------------------------------- */

/* What the change set that put it there called it. A type may have got another label since, which
 * leaves what lies in the bin alone. (transfer full) (nullable) */
static char *
dup_name_of_deletion (MsVerifier *self, MsObject *object, GError **error)
{
  gboolean row = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (self->txn->sql,
                             error,
                             "SELECT label FROM change WHERE id = $1 AND verb = $2"
                             " ORDER BY sequence DESC, n DESC LIMIT 1",
                             "si",
                             ms_object_get_id (object),
                             (gint64) MS_CHANGE_DELETE);

  if (statement == NULL || !ms_statement_step (statement, &row, error))
    return NULL;
  return row ? ms_statement_dup_text (statement, 0) : g_strdup (ms_object_get_label (object));
}

static gboolean
check_binned_name (MsVerifier *self, MsObject *object, MsStatement *statement, GError **error)
{
  if (g_strcmp0 (ms_statement_get_text (statement, 7), ms_object_get_label (object)) == 0)
    {
      check_name (self, object, statement, ms_object_get_label (object));
      return TRUE;
    }
  g_autofree char *name = dup_name_of_deletion (self, object, error);
  if (name != NULL)
    check_name (self, object, statement, name);
  return name != NULL;
}

static gboolean
check_binned (MsVerifier *self, MsStatement *statement, MsVerifyCursor *passwords, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (MsObject) object = ms_txn_read_object (self->txn, statement, &local_error);

  if (object != NULL)
    return check_binned_name (self, object, statement, error)
           && ms_verifier_check_password (self, object, passwords, error);
  complain_of_unread (self, statement, local_error->message);
  return TRUE;
}

static gboolean
check_bin (MsVerifier *self, GError **error)
{
  gboolean row = TRUE;
  g_auto (MsVerifyCursor) passwords = { 0 };
  g_autoptr (MsStatement) statement = ms_txn_query_bin (self->txn, error);

  if (statement == NULL
      || !ms_verify_cursor_open (&passwords, ms_verifier_query_passwords (self, error), error))
    return FALSE;
  ms_statement_expect_many (statement);
  while (ms_statement_step (statement, &row, error))
    {
      if (!row)
        return TRUE;
      if (!check_binned (self, statement, &passwords, error))
        return FALSE;
    }
  return FALSE;
}

gboolean
ms_verifier_check_objects (MsVerifier *self, GError **error)
{
  gint64 total = 0;
  gint64 done = 0;
  g_auto (Walk) walk = { .verifier = self };

  if (!ms_sql_get_int (
          self->txn->sql, &total, error, "SELECT count(*) FROM object WHERE deleted IS NULL", "")
      || !ms_progress_report (self->progress, "checking objects", 0, total, error)
      || !walk_open (&walk, error))
    return FALSE;
  while (walk.objects.row)
    if ((++done % MS_VERIFY_PROGRESS_ROWS == 0
         && !ms_progress_report (self->progress, "checking objects", done, total, error))
        || !check_object (&walk, error) || !ms_verify_cursor_step (&walk.objects, error))
      return FALSE;
  return pass_unique (&walk, G_MAXINT64, error) && check_bin (self, error)
         && ms_progress_report (self->progress, "checking objects", total, total, error);
}
