/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rules that hold for every statement, as triggers. The store never meets them: it asks first and
 * says why. They stand between the data and another program, or a mistake in this one. What the
 * tables themselves refuse (a second address, a second primary mailbox, a link to nothing) is not
 * repeated here.
 *
 * A rule that has been released is not changed; a migration may replace it.
 */
#include "ms-integrity.h"

#define MAILBOX_OWNER "(SELECT attr FROM attribute WHERE type = 'Mailbox' AND path = 'owner')"
#define GROUP_PARENT "(SELECT attr FROM attribute WHERE type = 'MailGroup' AND path = 'parent')"

static const MsSqlRule rules[] = {
  /* Links */
  { "link_ends",
    "link",
    "INSERT",
    "NOT EXISTS (SELECT 1 FROM object WHERE n = NEW.from_n AND deleted IS NULL)"
    " OR NOT EXISTS (SELECT 1 FROM object WHERE n = NEW.to_n AND deleted IS NULL)",
    "a link from or to no object",
    FALSE },
  { "link_circle",
    "link",
    "INSERT",
    "NEW.attr = " GROUP_PARENT " AND EXISTS ("
    "  WITH RECURSIVE above (n) AS ("
    "    SELECT NEW.to_n UNION"
    "    SELECT l.to_n FROM above a JOIN link l ON l.from_n = a.n AND l.attr = NEW.attr)"
    "  SELECT 1 FROM above WHERE n = NEW.from_n)",
    "a mail group inside of itself",
    TRUE },
  { "link_fixed", "link", "UPDATE", "TRUE", "links are made and removed, not changed", FALSE },
  { "link_of_primary",
    "link",
    "DELETE",
    "OLD.attr = " MAILBOX_OWNER " AND EXISTS (SELECT 1 FROM uniq WHERE scope = 'primary'"
    "  AND key = CAST (OLD.to_n AS TEXT) AND obj = OLD.from_n)",
    "a primary mailbox without owner",
    FALSE },
  /* Unique values */
  { "uniq_holder",
    "uniq",
    "INSERT",
    "NOT EXISTS (SELECT 1 FROM object WHERE n = NEW.obj AND deleted IS NULL)",
    "a unique value of no object",
    FALSE },
  { "uniq_primary",
    "uniq",
    "INSERT",
    "NEW.scope = 'primary' AND NOT EXISTS ("
    "  SELECT 1 FROM link WHERE from_n = NEW.obj AND attr = " MAILBOX_OWNER
    "  AND CAST (to_n AS TEXT) = NEW.key)",
    "a primary mailbox without owner",
    FALSE },
  { "uniq_fixed",
    "uniq",
    "UPDATE",
    "TRUE",
    "unique values are taken and given back, not changed",
    FALSE },
  /* Secrets stay with an object in the bin, but it gets none there. */
  { "secret_holder",
    "secret",
    "INSERT",
    "NOT EXISTS (SELECT 1 FROM object WHERE n = NEW.obj AND deleted IS NULL)",
    "a secret of no object",
    FALSE },
  /* Objects. A cross join, for SQLite would begin with all links else. */
  { "object_fixed",
    "object",
    "UPDATE",
    "NEW.n <> OLD.n OR NEW.id <> OLD.id OR NEW.type <> OLD.type OR NEW.created <> OLD.created"
    " OR NEW.version < OLD.version",
    "the identity of an object",
    FALSE },
  { "object_into_bin",
    "object",
    "UPDATE",
    "OLD.deleted IS NULL AND NEW.deleted IS NOT NULL AND ("
    "  EXISTS (SELECT 1 FROM link WHERE from_n = OLD.n)"
    "  OR EXISTS (SELECT 1 FROM attribute a CROSS JOIN link l"
    "    WHERE l.attr = a.attr AND l.to_n = OLD.n)"
    "  OR EXISTS (SELECT 1 FROM uniq WHERE obj = OLD.n))",
    "an object in the bin that still has links or unique values",
    FALSE },
  { "object_purged",
    "object",
    "DELETE",
    "OLD.deleted IS NULL",
    "an object that is not in the bin cannot be purged",
    FALSE },
  /* What happened */
  { "change_set_kept", "change_set", "DELETE", "TRUE", "change sets are kept", FALSE },
  { "change_set_fixed",
    "change_set",
    "UPDATE OF sequence, time, actor_id, actor_name, channel, verb, reason, job, undo_of,"
    " object_count, first_type, first_id, first_label, target_label, hash",
    "TRUE",
    "change sets are never changed",
    FALSE },
  { "change_kept", "change", "DELETE", "TRUE", "changes are kept", FALSE },
  { "change_fixed", "change", "UPDATE", "TRUE", "changes are never changed", FALSE },
};

gboolean
ms_integrity_create (MsSql *sql, GError **error)
{
  g_autoptr (GString) script = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    sql->driver->append_rule (&rules[i], script);
  return sql->driver->execute (sql, script->str, error);
}
