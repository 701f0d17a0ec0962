/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The schema of the store. @words@ are replaced by what the driver's database calls it. A step that
 * has been released is never changed, only followed by another; each step runs in one transaction
 * with the change of the version, so that a store is always of exactly one version.
 *
 * What is where: an object's own attributes are one JSON text in "document". "value", "link",
 * "uniq", "search", "presence", "anchor", "counter" and "group_count" are made from it in the same
 * transaction and could be made again (ms_store_verify() compares them). "usage_reading" and
 * "usage_period" are measured and in no document; "usage_total" is the sum of the former.
 */
#include "ms-migrations.h"

#include "ms-error.h"
#include "ms-integrity.h"
#include "ms-migrate-schemes.h"

#include <string.h>

static const char *const steps[] = {
  /* 1: the first one */
  "CREATE TABLE object ("
  "  n @row@, id @text@ NOT NULL UNIQUE, type @text@ NOT NULL, version @int@ NOT NULL,"
  "  created @int@ NOT NULL, modified @int@ NOT NULL, deleted @int@, label @text@ NOT NULL,"
  "  label_key @text@ NOT NULL) @table@;"
  "CREATE INDEX object_by_type ON object (type, n) WHERE deleted IS NULL;"
  "CREATE INDEX object_by_modified ON object (type, modified, n) WHERE deleted IS NULL;"
  "CREATE INDEX object_in_bin ON object (deleted) WHERE deleted IS NOT NULL;"
  "CREATE TABLE document (obj @key@ REFERENCES object (n), body @text@ NOT NULL) @table@;"
  "CREATE TABLE attribute ("
  "  attr @row@, type @text@ NOT NULL, path @text@ NOT NULL, form @text@ NOT NULL,"
  "  UNIQUE (type, path)) @table@;"
  "CREATE TABLE value ("
  "  attr @int@ NOT NULL, key @text@ NOT NULL, obj @int@ NOT NULL, elem @int@ NOT NULL,"
  "  PRIMARY KEY (attr, key, obj, elem)) @clustered@;"
  "CREATE TABLE link ("
  "  from_n @int@ NOT NULL REFERENCES object (n), attr @int@ NOT NULL,"
  "  to_n @int@ NOT NULL REFERENCES object (n), PRIMARY KEY (from_n, attr, to_n)) @clustered@;"
  "CREATE INDEX link_by_target ON link (attr, to_n, from_n);"
  "CREATE TABLE uniq ("
  "  scope @text@ NOT NULL, key @text@ NOT NULL, obj @int@ NOT NULL,"
  "  PRIMARY KEY (scope, key)) @clustered@;"
  "CREATE TABLE search (obj @key@, body @text@ NOT NULL) @table@;"
  "CREATE TABLE secret ("
  "  obj @int@ NOT NULL REFERENCES object (n), kind @text@ NOT NULL, value @text@ NOT NULL,"
  "  PRIMARY KEY (obj, kind)) @clustered@;"
  "CREATE TABLE counter (name @text@ NOT NULL PRIMARY KEY, value @int@ NOT NULL) @clustered@;"
  "CREATE TABLE group_count ("
  "  obj @key@, mailboxes @int@ NOT NULL, below @int@ NOT NULL, groups @int@ NOT NULL) @table@;"
  "INSERT INTO group_count (obj, mailboxes, below, groups) VALUES (0, 0, 0, 0);"
  "CREATE TABLE change_set ("
  "  sequence @key@, time @int@ NOT NULL, actor_id @text@, actor_name @text@, channel @text@,"
  "  verb @text@, reason @text@, job @text@, undo_of @int@ NOT NULL, undone_by @int@ NOT NULL,"
  "  object_count @int@ NOT NULL, first_type @text@, first_id @text@, first_label @text@,"
  "  target_label @text@, hash @text@ NOT NULL) @table@;"
  "CREATE INDEX change_set_by_job ON change_set (job, sequence) WHERE job IS NOT NULL;"
  "CREATE INDEX change_set_by_actor ON change_set (actor_id, sequence) WHERE actor_id IS NOT NULL;"
  "CREATE TABLE change ("
  "  n @row@, sequence @int@ NOT NULL REFERENCES change_set (sequence), id @text@ NOT NULL,"
  "  type @text@ NOT NULL, verb @int@ NOT NULL, label @text@ NOT NULL, version @int@ NOT NULL,"
  "  deltas @text@ NOT NULL) @table@;"
  "CREATE INDEX change_by_sequence ON change (sequence, n);"
  "CREATE INDEX change_by_object ON change (id, sequence);"
  "CREATE TABLE setting (name @text@ NOT NULL PRIMARY KEY, value @text@ NOT NULL) @clustered@;"
  "CREATE TABLE session ("
  "  id @text@ NOT NULL PRIMARY KEY, kind @text@ NOT NULL, name @text@, user_id @text@, scope "
  "@text@,"
  "  channel @text@, created @int@ NOT NULL, last_used @int@ NOT NULL, expires @int@ NOT NULL,"
  "  token_hash @text@ NOT NULL UNIQUE) @table@;"
  "CREATE INDEX session_by_user ON session (user_id);"
  "CREATE INDEX session_by_expiry ON session (expires);"
  "CREATE TABLE import_job ("
  "  id @text@ NOT NULL PRIMARY KEY, actor_id @text@, actor_name @text@, name @text@,"
  "  state @text@ NOT NULL, options @text@, result @text@, next_record @int@ NOT NULL,"
  "  created @int@ NOT NULL) @table@;"
  "CREATE TABLE import_file ("
  "  id @text@ NOT NULL PRIMARY KEY REFERENCES import_job (id) ON DELETE CASCADE,"
  "  data @blob@ NOT NULL) @table@;"
  "CREATE TABLE import_row ("
  "  import_id @text@ NOT NULL REFERENCES import_job (id) ON DELETE CASCADE, line @int@ NOT NULL,"
  "  status @text@ NOT NULL, json @text@ NOT NULL, PRIMARY KEY (import_id, line)) @table@;"
  "CREATE INDEX import_row_by_status ON import_row (import_id, status, line);",
  /* 2: after the first release */
  /* the bin, listed by type */
  "CREATE INDEX object_in_bin_by_type ON object (type, deleted, n) WHERE deleted IS NOT NULL;"
  /* with all that a list asks of them, so that the table itself is not read */
  "DROP INDEX object_by_type;"
  "CREATE INDEX object_by_type ON object (type, n, deleted) WHERE deleted IS NULL;"
  "DROP INDEX object_by_modified;"
  "CREATE INDEX object_by_modified ON object (type, modified, n, deleted) WHERE deleted IS NULL;"
  /* what an object holds, for the rules of ms-integrity.c, which are made with this step */
  "CREATE INDEX uniq_by_object ON uniq (obj);"
  /* what came out of the bin lately, for those who left it before (ms_txn_list_restored()) */
  "CREATE INDEX change_restored ON change (sequence, id) WHERE verb = 3;"
  /* which of several daemons works on an import, and until when it is believed to */
  "ALTER TABLE import_job ADD COLUMN holder @text@;"
  "ALTER TABLE import_job ADD COLUMN held_until @int@;"
  /* sets of objects in the place of rows for absent values, and anchors of sorted lists; both are
     filled when the attributes are loaded */
  "CREATE TABLE presence ("
  "  attr @int@ NOT NULL, key @text@ NOT NULL, block @int@ NOT NULL, n @int@ NOT NULL,"
  "  bits @blob@ NOT NULL, PRIMARY KEY (attr, key, block)) @clustered@;"
  "CREATE TABLE anchor ("
  "  attr @int@ NOT NULL, key @text@ NOT NULL, obj @int@ NOT NULL, n @int@ NOT NULL,"
  "  PRIMARY KEY (attr, key, obj)) @clustered@;"
  "ALTER TABLE attribute ADD COLUMN anchored @int@ NOT NULL DEFAULT 0;"
  "DELETE FROM value WHERE key = '\xf4\x8f\xbf\xbf';"
  "UPDATE attribute SET form = replace(form, ' missing', '');",
  /* 3: passwordScheme is stored: documents change, by ms-migrate-schemes.c */
  "",
  /* 4: what leads to an object, whatever it is to it: who goes into the bin or out of it for good
     must have none, which was asked of each attribute, and of all links by the reference to
     objects. Some stores of version 3 have it */
  "CREATE INDEX IF NOT EXISTS link_by_end ON link (to_n);"
  /* what mailboxes use (ms-reading.h): the present reading of each, with where it is counted (-1:
     in the bin, nowhere); what is unknown is -1, and the sort keys of reports have an index each.
     "out_since" of what is counted nowhere: the first month of which totals do not have what it
     sent; else 0 */
  "CREATE TABLE usage_reading ("
  "  obj @key@, grp @int@ NOT NULL, dom @int@ NOT NULL, name_key @text@ NOT NULL,"
  "  stored_bytes @int@ NOT NULL, stored_messages @int@ NOT NULL, last_access @int@ NOT NULL,"
  "  sent_period @int@ NOT NULL, sent_messages @int@ NOT NULL, sent_bytes @int@ NOT NULL,"
  "  measured @int@ NOT NULL, out_since @int@ NOT NULL) @table@;"
  "CREATE INDEX usage_reading_by_name ON usage_reading (grp, name_key, obj);"
  "CREATE INDEX usage_reading_by_bytes ON usage_reading (grp, stored_bytes, obj);"
  "CREATE INDEX usage_reading_by_sent ON usage_reading (grp, sent_period, sent_bytes, obj);"
  "CREATE INDEX usage_reading_dom_by_name ON usage_reading (dom, name_key, obj);"
  "CREATE INDEX usage_reading_dom_by_bytes ON usage_reading (dom, stored_bytes, obj);"
  "CREATE INDEX usage_reading_dom_by_sent ON usage_reading (dom, sent_period, sent_bytes, obj);"
  /* totals of mail groups, of the store (row 0, in nothing: -1) and of domains (in -2) */
  "CREATE TABLE usage_total ("
  "  obj @key@, parent @int@ NOT NULL, name_key @text@ NOT NULL, mailboxes @int@ NOT NULL,"
  "  direct @int@ NOT NULL, stored_bytes @int@ NOT NULL, stored_messages @int@ NOT NULL,"
  "  sent_period @int@ NOT NULL, sent_messages @int@ NOT NULL, sent_bytes @int@ NOT NULL) @table@;"
  "CREATE INDEX usage_total_by_name ON usage_total (parent, name_key, obj);"
  "CREATE INDEX usage_total_by_bytes ON usage_total (parent, stored_bytes, obj);"
  "CREATE INDEX usage_total_by_sent ON usage_total (parent, sent_period, sent_bytes, obj);"
  "INSERT INTO usage_total (obj, parent, name_key, mailboxes, direct, stored_bytes,"
  "  stored_messages, sent_period, sent_messages, sent_bytes)"
  "  VALUES (0, -1, '', 0, 0, 0, 0, 0, 0, 0);"
  "INSERT INTO usage_total (obj, parent, name_key, mailboxes, direct, stored_bytes,"
  "  stored_messages, sent_period, sent_messages, sent_bytes)"
  "  SELECT o.n, COALESCE((SELECT l.to_n FROM link l JOIN attribute a ON a.attr = l.attr"
  "    WHERE l.from_n = o.n AND a.type = 'MailGroup' AND a.path = 'parent'), 0), o.label_key,"
  "    0, 0, 0, 0, 0, 0, 0 FROM object o WHERE o.type = 'MailGroup' AND o.deleted IS NULL;"
  "INSERT INTO usage_total (obj, parent, name_key, mailboxes, direct, stored_bytes,"
  "  stored_messages, sent_period, sent_messages, sent_bytes)"
  "  SELECT o.n, -2, o.label_key, 0, 0, 0, 0, 0, 0, 0 FROM object o"
  "    WHERE o.type = 'Domain' AND o.deleted IS NULL;"
  /* of a mailbox, a mail group, a domain or the store in one month, counted from the year 0 */
  "CREATE TABLE usage_period ("
  "  obj @int@ NOT NULL, period @int@ NOT NULL, mailboxes @int@ NOT NULL,"
  "  stored_bytes @int@ NOT NULL, stored_messages @int@ NOT NULL,"
  "  sent_messages @int@ NOT NULL, sent_bytes @int@ NOT NULL,"
  "  PRIMARY KEY (obj, period)) @clustered@;"
  /* outside directories: how far each is, which is no part of how it is set up, and what its last
     run did; by the id of the object */
  "CREATE TABLE directory_job ("
  "  id @text@ NOT NULL PRIMARY KEY, actor_id @text@, actor_name @text@, state @text@ NOT NULL,"
  "  job @text@, result @text@, next_run @int@ NOT NULL, holder @text@,"
  "  held_until @int@) @table@;"
  "CREATE TABLE directory_row ("
  "  directory_id @text@ NOT NULL REFERENCES directory_job (id) ON DELETE CASCADE,"
  "  line @int@ NOT NULL, status @text@ NOT NULL, json @text@ NOT NULL,"
  "  PRIMARY KEY (directory_id, line)) @table@;"
  "CREATE INDEX directory_row_by_status ON directory_row (directory_id, status, line);",
};

static char *
translate (const MsSqlDriver *driver, const char *script)
{
  GString *out = g_string_new (script);

  for (guint i = 0; driver->dialect[i] != NULL; i += 2)
    g_string_replace (out, driver->dialect[i], driver->dialect[i + 1], 0);
  g_assert (strchr (out->str, '@') == NULL);
  return g_string_free (out, FALSE);
}

static gboolean
run_step (MsSql *sql, guint step, GError **error)
{
  g_autofree char *script = translate (sql->driver, steps[step]);

  if (*script != '\0' && !sql->driver->execute (sql, script, error))
    return FALSE;
  if (step == 0)
    {
      g_autofree char *first
          = translate (sql->driver,
                       "CREATE TABLE store_info (version @int@ NOT NULL) @table@;"
                       "INSERT INTO store_info (version) VALUES (0);");
      if (!sql->driver->execute (sql, first, error)
          || !sql->driver->execute (sql, sql->driver->search_schema, error))
        return FALSE;
    }
  if (step == 1 && !ms_integrity_create (sql, error))
    return FALSE;
  if (step == 2 && !ms_migrate_schemes (sql, error))
    return FALSE;
  return ms_sql_run (sql, error, "UPDATE store_info SET version = $1", "i", (gint64) step + 1);
}

/* Of a store that is there. */
static gboolean
check_known (MsSql *sql, gint64 stored, gboolean may_write, GError **error)
{
  const gint64 known = G_N_ELEMENTS (steps);
  /* A file is copied as it is, and its copy migrated; a database is read to be copied. */
  const gboolean can_copy = sql->database->driver->backup != NULL;

  if (stored < 1)
    {
      ms_error_set (error,
                    MS_ERROR_INTERNAL,
                    NULL,
                    NULL,
                    "The store %s is damaged: the table “store_info” does not say of which version"
                    " it is",
                    sql->database->name);
      return FALSE;
    }
  if (stored > known)
    {
      ms_error_set (error,
                    MS_ERROR_UNSUPPORTED,
                    NULL,
                    NULL,
                    "The store %s was written by a newer version of this program"
                    " (it is of version %" G_GINT64_FORMAT
                    ", known are versions up to %" G_GINT64_FORMAT ")",
                    sql->database->name,
                    stored,
                    known);
      return FALSE;
    }
  if (stored < known && !may_write)
    {
      ms_error_set (error,
                    MS_ERROR_UNSUPPORTED,
                    NULL,
                    NULL,
                    "The store %s is of the older version %" G_GINT64_FORMAT
                    ", which is not read: start this version of mailsteadd on it once, which"
                    " brings it to version %" G_GINT64_FORMAT "%s, or restore a backup",
                    sql->database->name,
                    stored,
                    known,
                    can_copy ? ", or let “mailsteadd copy” make a copy of that version" : "");
      return FALSE;
    }
  return TRUE;
}

/* @stored: (out): the version reached. In a transaction, for another daemon may be starting too. */
static gboolean
run_next_step (MsSql *sql, gboolean may_write, gint64 *stored, GError **error)
{
  gboolean empty = FALSE;

  *stored = 0;
  if (!sql->driver->is_ours (sql, &empty, error)
      || (!empty && !ms_sql_get_int (sql, stored, error, "SELECT version FROM store_info", ""))
      || (!empty && !check_known (sql, *stored, may_write, error))
      || (may_write && !empty && !sql->driver->search_complete (sql, error)))
    return FALSE;
  if (*stored == G_N_ELEMENTS (steps))
    return TRUE;
  if (!run_step (sql, (guint) *stored, error))
    {
      g_prefix_error (error, "Bringing the store to version %" G_GINT64_FORMAT ": ", *stored + 1);
      return FALSE;
    }
  ++*stored;
  return TRUE;
}

int
ms_migrations_get_last (void)
{
  return G_N_ELEMENTS (steps);
}

static gboolean
run_until (MsSql *sql, gint64 last, gboolean may_write, GError **error)
{
  for (gint64 stored = 0; stored < last;)
    {
      if (!sql->driver->begin (sql, error))
        return FALSE;
      if (!run_next_step (sql, may_write, &stored, error) || !sql->driver->commit (sql, error))
        {
          sql->driver->rollback (sql);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
ms_migrations_run_to (MsSql *sql, int version, GError **error)
{
  return run_until (sql, version, TRUE, error);
}

gboolean
ms_migrations_run (MsSql *sql, gboolean may_write, GError **error)
{
  if (!run_until (sql, ms_migrations_get_last (), may_write, error))
    return FALSE;
  sql->database->version = ms_migrations_get_last ();
  return TRUE;
}
