/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where readings are counted, after what they are of has moved. What a transaction has touched is
 * looked at when its work is done, so that only the place where it ended counts: first all that is
 * elsewhere now is taken out of its old place, then the rest of the tree moves, then it is put in.
 * At each moment the tree that "usage_total" has is one (with parts that are loose from the root),
 * and the totals in it are right, in whatever order things moved.
 */
#include "ms-txn-usage-private.h"

#include "ms-usage-index.h"

#include <string.h>

#define PARENT_OF_ROOT (G_GINT64_CONSTANT (-1)) /* also of what is loose */

/* A mailbox with a reading. */
typedef struct
{
  gint64 row;
  gint64 group; /* -1: in the bin */
  gint64 domain;
  gint64 old_group;
  gint64 old_domain;
  gint64 out_since; /* "usage_reading" */
  char  *name_key;
  gint64 values[MS_USAGE_N_INDEXED];
} Mailbox;

/* A mail group or domain. */
typedef struct
{
  gint64 row;
  gint64 parent; /* PARENT_OF_ROOT: it is not there any more */
  gint64 old_parent;
  char  *name_key;
  char  *old_name_key; /* (nullable): it has no total yet */
} Branch;

static void
mailbox_clear (gpointer data)
{
  g_free (((Mailbox *) data)->name_key);
}

static void
branch_clear (gpointer data)
{
  g_free (((Branch *) data)->name_key);
  g_free (((Branch *) data)->old_name_key);
}

static gint64
relation_of (MsTxn *txn, const char *type_name, const char *path)
{
  return ms_index_get_relation (txn->index, type_name, path);
}

/* @domain: (out): row of the domain that the mailbox says it is in; 0 = of none that is there */
static gboolean
find_domain (MsTxn *txn, gint64 row, gint64 *domain, GError **error)
{
  const MsResourceType *type
      = ms_schema_registry_get_type_by_name (txn->schemas, MS_TYPE_NAME_DOMAIN);
  const MsAttribute *name = ms_resource_type_find (type, "name");
  g_autoptr (MsObject) mailbox = ms_txn_load_row (txn, row, FALSE, error);

  *domain = 0;
  if (mailbox == NULL)
    return FALSE;
  const char *text = ms_object_get_string (mailbox, "domain");
  if (text == NULL)
    return TRUE;
  g_autofree char *key = ms_index_attribute_key (name, text);
  return ms_sql_get_int (txn->sql,
                         domain,
                         error,
                         "SELECT obj FROM uniq WHERE scope = $1 AND key = $2",
                         "ss",
                         name->unique_scope,
                         key);
}

/* Looking ------------------------------------------------------------------------------------- */

static gboolean
set_name (MsTxn *txn, const Mailbox *mailbox, GError **error)
{
  return ms_sql_run (txn->sql,
                     error,
                     "UPDATE usage_reading SET name_key = $1 WHERE obj = $2",
                     "si",
                     mailbox->name_key,
                     mailbox->row);
}

/* Adds it to @moved (element-type Mailbox) where it has a reading that is counted elsewhere. Of
 * what has another name and stays where it is, no total changes. */
static gboolean
look_at_mailbox (MsTxn *txn, gint64 row, GArray *moved, GError **error)
{
  gboolean found = FALSE;
  Mailbox  mailbox = { .row = row };
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql,
      error,
      "SELECT u.grp, u.dom, u.name_key, o.label_key, COALESCE(o.deleted, 0),"
      " COALESCE((SELECT MIN(l.to_n) FROM link l WHERE l.from_n = u.obj AND l.attr = $2), 0)"
      ", u.out_since, " MS_USAGE_INDEXED
      " FROM usage_reading u JOIN object o ON o.n = u.obj WHERE u.obj = $1",
      "ii",
      row,
      relation_of (txn, MS_TYPE_NAME_MAILBOX, "group"));

  if (statement == NULL || !ms_statement_step (statement, &found, error))
    return FALSE;
  if (!found)
    return TRUE;
  mailbox.old_group = ms_statement_get_int (statement, 0);
  mailbox.old_domain = ms_statement_get_int (statement, 1);
  gboolean same_name
      = g_strcmp0 (ms_statement_get_text (statement, 2), ms_statement_get_text (statement, 3)) == 0;
  gboolean in_bin = ms_statement_get_int (statement, 4) != 0;
  mailbox.group = in_bin ? -1 : ms_statement_get_int (statement, 5);
  mailbox.out_since = ms_statement_get_int (statement, 6);
  mailbox.domain = -1;
  for (guint i = 0; i < MS_USAGE_N_INDEXED; i++)
    mailbox.values[i] = ms_statement_get_int (statement, 7 + i);
  mailbox.name_key = ms_statement_dup_text (statement, 3);
  g_clear_pointer (&statement, ms_statement_release);
  if (!in_bin && !find_domain (txn, row, &mailbox.domain, error))
    {
      g_free (mailbox.name_key);
      return FALSE;
    }
  if (mailbox.group != mailbox.old_group || mailbox.domain != mailbox.old_domain)
    {
      g_array_append_val (moved, mailbox);
      return TRUE;
    }
  gboolean done = same_name || set_name (txn, &mailbox, error);
  g_free (mailbox.name_key);
  return done;
}

/* @type: of the object in @row, or %NULL where none is. The row of a mail group that was taken back
 * with a savepoint may be another object's by now. */
static gboolean
look_at_branch (MsTxn *txn, gint64 row, const char *type, GArray *moved, GError **error)
{
  gboolean is_group = g_strcmp0 (type, MS_TYPE_NAME_MAIL_GROUP) == 0;
  gboolean is_branch = is_group || g_strcmp0 (type, MS_TYPE_NAME_DOMAIN) == 0;
  gboolean found = FALSE;
  Branch   branch = { .row = row, .parent = PARENT_OF_ROOT, .old_parent = PARENT_OF_ROOT };
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql,
      error,
      "SELECT (SELECT o.label_key FROM object o WHERE o.n = $1 AND o.deleted IS NULL),"
      " (SELECT t.name_key FROM usage_total t WHERE t.obj = $1),"
      " COALESCE((SELECT t.parent FROM usage_total t WHERE t.obj = $1), -1),"
      " COALESCE((SELECT MIN(l.to_n) FROM link l WHERE l.from_n = $1 AND l.attr = $2), 0)",
      "ii",
      row,
      relation_of (txn, MS_TYPE_NAME_MAIL_GROUP, "parent"));

  if (statement == NULL || !ms_statement_step (statement, &found, error))
    return FALSE;
  branch.name_key = is_branch ? ms_statement_dup_text (statement, 0) : NULL;
  branch.old_name_key = ms_statement_dup_text (statement, 1);
  branch.old_parent = ms_statement_get_int (statement, 2);
  if (branch.name_key != NULL)
    branch.parent = is_group ? ms_statement_get_int (statement, 3) : MS_USAGE_DOMAINS;
  g_array_append_val (moved, branch);
  return TRUE;
}

/* Readings that no domain was there for when they were taken: of a domain that is new mostly none.
 */
static gboolean
note_waiting (MsTxn *txn, gint64 row, GError **error)
{
  const MsResourceType *mailbox
      = ms_schema_registry_get_type_by_name (txn->schemas, MS_TYPE_NAME_MAILBOX);
  const MsResourceType *domain
      = ms_schema_registry_get_type_by_name (txn->schemas, MS_TYPE_NAME_DOMAIN);
  const MsAttribute *in = ms_resource_type_find (mailbox, "domain");
  gboolean           more = TRUE;
  g_autoptr (MsStatement) statement = ms_sql_query (
      txn->sql,
      error,
      "SELECT u.obj FROM uniq q JOIN value v ON v.attr = $1 AND v.key = q.key"
      " JOIN usage_reading u ON u.obj = v.obj AND u.dom = 0"
      " WHERE q.obj = $2 AND q.scope = $3",
      "iis",
      ms_index_get_number (txn->index, mailbox, in),
      row,
      ms_resource_type_find (domain, "name")->unique_scope);

  while (statement != NULL && ms_statement_step (statement, &more, error))
    {
      if (!more)
        return TRUE;
      ms_txn_note_moved (txn, ms_statement_get_int (statement, 0));
    }
  return FALSE;
}

static gboolean
look_at (MsTxn *txn, gint64 row, GArray *mailboxes, GArray *branches, GError **error)
{
  gboolean found = FALSE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (txn->sql, error, "SELECT type FROM object WHERE n = $1", "i", row);

  if (statement == NULL || !ms_statement_step (statement, &found, error))
    return FALSE;
  g_autofree char *type = found ? ms_statement_dup_text (statement, 0) : NULL;
  g_clear_pointer (&statement, ms_statement_release);
  if (g_strcmp0 (type, MS_TYPE_NAME_MAILBOX) == 0)
    return look_at_mailbox (txn, row, mailboxes, error);
  if (!look_at_branch (txn, row, type, branches, error))
    return FALSE;
  /* Nothing waits for one that was looked at with this name before: all domains that changed are
     looked at once more in the end. */
  const Branch *branch = &g_array_index (branches, Branch, branches->len - 1);
  return g_strcmp0 (type, MS_TYPE_NAME_DOMAIN) != 0
         || g_strcmp0 (branch->name_key, branch->old_name_key) == 0
         || note_waiting (txn, row, error);
}

static gboolean
look_at_all (MsTxn *txn, GArray *mailboxes, GArray *branches, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  /* It may grow meanwhile. */
  for (guint i = txn->settled; i < txn->moved->len; i++)
    {
      gint64 row = g_array_index (txn->moved, gint64, i);
      if (g_hash_table_add (seen, g_memdup2 (&row, sizeof row))
          && !look_at (txn, row, mailboxes, branches, error))
        return FALSE;
    }
  return TRUE;
}

/* Mailboxes ----------------------------------------------------------------------------------- */

static gboolean
count_mailbox (
    MsTxn *txn, gint64 row, gint64 group, gint64 domain, gint64 since, int sign, GError **error)
{
  return (group < 0 || ms_txn_usage_count (txn, row, group, FALSE, since, sign, error))
         && (domain <= 0 || ms_txn_usage_count (txn, row, domain, FALSE, since, sign, error));
}

/* What was taken out of the totals in an earlier month has to come back into all months since. */
static gboolean
place_mailbox (MsTxn *txn, const Mailbox *mailbox, gint64 month, GError **error)
{
  gboolean comes = mailbox->old_group < 0 && mailbox->group >= 0;
  gboolean goes = mailbox->old_group >= 0 && mailbox->group < 0;
  gint64   out_since = mailbox->group >= 0 ? 0 : goes ? month : mailbox->out_since;

  if (!ms_sql_run (txn->sql,
                   error,
                   "UPDATE usage_reading SET grp = $1, dom = $2, name_key = $3, out_since = $4"
                   " WHERE obj = $5",
                   "iisii",
                   mailbox->group,
                   mailbox->domain,
                   mailbox->name_key,
                   out_since,
                   mailbox->row))
    return FALSE;
  if (!comes && !goes)
    return TRUE;
  g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (MsIndexRow));
  g_autoptr (GArray) rows = ms_usage_index_rows (txn->index, mailbox->values);
  return ms_txn_apply_rows (txn, comes ? none : rows, comes ? rows : none, mailbox->row, error);
}

static gboolean
take_mailboxes_out (MsTxn *txn, GArray *mailboxes, gint64 month, GError **error)
{
  for (guint i = 0; i < mailboxes->len; i++)
    {
      const Mailbox *mailbox = &g_array_index (mailboxes, Mailbox, i);
      if (!count_mailbox (
              txn, mailbox->row, mailbox->old_group, mailbox->old_domain, month, -1, error))
        return FALSE;
    }
  return ms_txn_usage_flush (txn, error);
}

static gboolean
put_mailboxes_in (MsTxn *txn, GArray *mailboxes, gint64 month, GError **error)
{
  for (guint i = 0; i < mailboxes->len; i++)
    {
      const Mailbox *mailbox = &g_array_index (mailboxes, Mailbox, i);
      /* Exactly what it took along, whatever the clock said then and says now. */
      gint64 since = mailbox->old_group < 0 ? mailbox->out_since : month;
      if (!place_mailbox (txn, mailbox, month, error)
          || !count_mailbox (txn, mailbox->row, mailbox->group, mailbox->domain, since, 1, error))
        return FALSE;
    }
  return ms_txn_usage_flush (txn, error);
}

/* Mail groups and domains --------------------------------------------------------------------- */

static gboolean
is_moved (const Branch *branch)
{
  return branch->old_name_key != NULL && branch->parent != branch->old_parent;
}

static gboolean
set_parent (MsTxn *txn, gint64 row, gint64 parent, GError **error)
{
  return ms_sql_run (
      txn->sql, error, "UPDATE usage_total SET parent = $1 WHERE obj = $2", "ii", parent, row);
}

static gboolean
take_branches_out (MsTxn *txn, GArray *branches, gint64 month, GError **error)
{
  for (guint i = 0; i < branches->len; i++)
    {
      const Branch *branch = &g_array_index (branches, Branch, i);
      if (!is_moved (branch) || branch->old_parent < 0)
        continue;
      if (!ms_txn_usage_count (txn, branch->row, branch->old_parent, TRUE, month, -1, error)
          || !ms_txn_usage_flush (txn, error)
          || !set_parent (txn, branch->row, PARENT_OF_ROOT, error))
        return FALSE;
    }
  return TRUE;
}

/* One that comes back is counted anew from this month on: the mailboxes of a domain may have been
 * there all the time. */
static gboolean
make_branch (MsTxn *txn, const Branch *branch, gint64 month, GError **error)
{
  return ms_sql_run (txn->sql,
                     error,
                     "INSERT INTO usage_total (obj, parent, name_key, mailboxes, direct,"
                     " stored_bytes, stored_messages, sent_period, sent_messages, sent_bytes)"
                     " VALUES ($1, $2, $3, 0, 0, 0, 0, 0, 0, 0)",
                     "iis",
                     branch->row,
                     branch->parent,
                     branch->name_key)
         && ms_sql_run (txn->sql,
                        error,
                        "UPDATE usage_period SET sent_messages = 0, sent_bytes = 0"
                        " WHERE obj = $1 AND period >= $2",
                        "ii",
                        branch->row,
                        month);
}

static gboolean
drop_branch (MsTxn *txn, gint64 row, GError **error)
{
  return ms_sql_run (txn->sql, error, "DELETE FROM usage_total WHERE obj = $1", "i", row)
         && ms_sql_run (
             txn->sql, error, "UPDATE usage_reading SET dom = 0 WHERE dom = $1", "i", row);
}

/* New ones, and those that are there no more. */
static gboolean
make_branches (MsTxn *txn, GArray *branches, gint64 month, GError **error)
{
  for (guint i = 0; i < branches->len; i++)
    {
      const Branch *branch = &g_array_index (branches, Branch, i);
      gboolean      comes = branch->old_name_key == NULL && branch->name_key != NULL;
      gboolean      goes = branch->old_name_key != NULL && branch->name_key == NULL;
      if ((comes && !make_branch (txn, branch, month, error))
          || (goes && !drop_branch (txn, branch->row, error)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
put_branches_in (MsTxn *txn, GArray *branches, gint64 month, GError **error)
{
  for (guint i = 0; i < branches->len; i++)
    {
      const Branch *branch = &g_array_index (branches, Branch, i);
      if (branch->old_name_key == NULL || branch->name_key == NULL)
        continue;
      if (strcmp (branch->name_key, branch->old_name_key) != 0
          && !ms_sql_run (txn->sql,
                          error,
                          "UPDATE usage_total SET name_key = $1 WHERE obj = $2",
                          "si",
                          branch->name_key,
                          branch->row))
        return FALSE;
      if (is_moved (branch)
          && (!set_parent (txn, branch->row, branch->parent, error)
              || (branch->parent >= 0
                  && !ms_txn_usage_count (txn, branch->row, branch->parent, TRUE, month, 1, error))
              || !ms_txn_usage_flush (txn, error)))
        return FALSE;
    }
  return TRUE;
}

gboolean
ms_txn_usage_settle (MsTxn *self, GError **error)
{
  /* Reading; or names of domains are nobody's for a moment. */
  if (self->context == NULL || self->is_exchange)
    return TRUE;
  if (self->settled == self->moved->len)
    return ms_txn_usage_flush (self, error);
  g_autoptr (GArray) mailboxes = g_array_new (FALSE, FALSE, sizeof (Mailbox));
  g_autoptr (GArray) branches = g_array_new (FALSE, FALSE, sizeof (Branch));
  g_array_set_clear_func (mailboxes, mailbox_clear);
  g_array_set_clear_func (branches, branch_clear);
  MsUsageClock clock;
  if (!ms_txn_usage_get_clock (self, &clock, error) || !ms_txn_usage_flush (self, error)
      || !look_at_all (self, mailboxes, branches, error)
      || !take_mailboxes_out (self, mailboxes, clock.since, error)
      || !take_branches_out (self, branches, clock.since, error)
      || !make_branches (self, branches, clock.since, error)
      || !put_branches_in (self, branches, clock.since, error)
      || !put_mailboxes_in (self, mailboxes, clock.since, error))
    return FALSE;
  self->settled = self->moved->len;
  return TRUE;
}

gboolean
ms_txn_usage_erase (MsTxn *self, gint64 row, GError **error)
{
  static const char *const deletions[] = {
    "DELETE FROM usage_reading WHERE obj = $1",
    "DELETE FROM usage_period WHERE obj = $1",
  };

  /* What went into the bin in this transaction may be counted still. */
  if (!ms_txn_usage_settle (self, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (deletions); i++)
    if (!ms_sql_run (self->sql, error, deletions[i], "i", row))
      return FALSE;
  return TRUE;
}
