/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One object of a damaged store made anew in the new one, as one that never was there, in a
 * savepoint of its own: indexes and counters come from it, nothing is copied that could contradict
 * it. What it points at must be there first; what points at each other, or forward, is linked in a
 * second round.
 */
#include "ms-rescue-private.h"

#include <string.h>

#include "ms-password-scheme.h"
#include "ms-schema-stored.h"

/* Writing ------------------------------------------------------------------------------------- */

static gboolean
is_primary (MsObject *object)
{
  return strcmp (ms_object_get_type (object)->name, MS_TYPE_NAME_MAILBOX) == 0
         && ms_object_get_boolean (object, "primary", FALSE);
}

static gboolean
is_user (MsObject *object)
{
  return strcmp (ms_object_get_type (object)->name, MS_TYPE_NAME_USER) == 0;
}

/* Relations to what is not there (yet). @wait: (out): there are some */
static void
drop_links (MsRescue *self, MsTxn *txn, MsObject *object, gboolean *wait)
{
  const MsIndexType *type = ms_index_get_type (txn->index, ms_object_get_type (object));

  for (guint i = 0; i < type->relations->len; i++)
    {
      const MsAttribute *attribute = g_array_index (type->relations, MsIndexRelation, i).attribute;
      const char        *id
          = attribute->multi_valued ? NULL : ms_object_get_link (object, attribute->path);
      if (attribute->multi_valued)
        *wait = TRUE;
      if (id == NULL || g_hash_table_contains (self->saved, id))
        continue;
      *wait = TRUE;
      ms_object_set_link (object, attribute->path, NULL);
      if (strcmp (attribute->path, "owner") == 0 && is_primary (object))
        ms_object_set_boolean (object, "primary", FALSE);
    }
}

typedef struct
{
  MsRescue *rescue;
  MsObject *object;
  gint64    row; /* in the damaged store */
  gboolean  in_bin;
} Work;

/* Texts that are never NULL but in a damaged file. */
static gboolean
has_texts (MsStatement *row)
{
  return ms_statement_get_text (row, 0) != NULL && ms_statement_get_text (row, 1) != NULL;
}

static gboolean
add_secrets (Work *work, MsTxn *txn, GError **error)
{
  MsSql           *from = work->rescue->from;
  gboolean         is_whole = TRUE;
  g_autofree char *last = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autoptr (MsStatement) found
             = ms_rescue_ask (work->rescue,
                              "SELECT kind, value FROM secret WHERE obj = $1 ORDER BY kind",
                              work->row,
                              &local_error);

  for (gboolean more = found != NULL; more;)
    {
      const char *kind = ms_statement_get_text (found, 0);
      if (!ms_sql_check_texts (from, "passwords by kind", last, kind, &local_error))
        break;
      if (!has_texts (found))
        is_whole = FALSE;
      else if (!ms_txn_set_secret (
                   txn, work->object, kind, ms_statement_get_text (found, 1), error))
        return FALSE;
      g_free (last);
      last = g_strdup (kind);
      if (!ms_statement_step (found, &more, &local_error))
        break;
    }
  from->lost = FALSE;
  if (local_error != NULL || !is_whole)
    ms_rescue_lose (work->rescue,
                    "%s %s: its password: %s",
                    ms_object_get_type (work->object)->name,
                    ms_object_get_id (work->object),
                    local_error != NULL ? local_error->message : "a part of it is not there");
  return TRUE;
}

static gboolean
is_primary_domain (MsObject *object)
{
  return strcmp (ms_object_get_type (object)->name, MS_TYPE_NAME_DOMAIN) == 0
         && g_strcmp0 (ms_object_get_string (object, "kind"), "primary") == 0;
}

/* Only one can be. */
static void
demote_second_primary (MsRescue *self, MsObject *object)
{
  if (!self->has_primary || !is_primary_domain (object))
    return;
  ms_object_set_string (object, "kind", "equal");
  ms_rescue_lose (self,
                  "%s “%s” %s: that it is primary, which another one is too",
                  ms_object_get_type (object)->name,
                  ms_object_get_label (object),
                  ms_object_get_id (object));
}

/* What is noted of an object elsewhere. */
static gboolean
note_primary (MsTxn *txn, MsObject *object, GError **error)
{
  return !is_primary_domain (object)
         || ms_txn_set_setting (
             txn, MS_SETTING_PRIMARY_DOMAIN, ms_object_get_label (object), error);
}

static gboolean
add_object (MsTxn *txn, gpointer user_data, GError **error)
{
  Work *work = user_data;

  /* It comes again with the password, if that can be read. */
  if (is_user (work->object))
    ms_object_set_string (work->object, MS_PATH_PASSWORD_SCHEME, NULL);
  if (!ms_txn_insert (txn, work->object, error) || !add_secrets (work, txn, error)
      || !note_primary (txn, work->object, error)
      || !ms_rescue_save_usage (work->rescue, txn, work->object, work->row, work->in_bin, error))
    return FALSE;
  if (!work->in_bin)
    return TRUE;
  if (!ms_txn_delete (txn, work->object, error))
    return FALSE;
  /* It comes out of a bin, else it were one that was made and deleted at once. */
  ms_changes_add_object (txn->changes, work->object, NULL, TRUE);
  return TRUE;
}

/* A file that cannot be read any more would keep the whole store from being opened. What is no file
 * is none of its business. */
static gboolean
take_file (MsRescue *self, MsObject *object, GError **error)
{
  if (strcmp (ms_object_get_type (object)->name, MS_TYPE_NAME_SCHEMA_FILE) != 0)
    return TRUE;
  const char *text = ms_object_get_string (object, "text");
  return ms_schema_registry_add_stored (
      self->schemas, ms_object_get_label (object), text != NULL ? text : "", -1, error);
}

void
ms_rescue_save_object (MsRescue *self, MsTxn *txn, const MsRescuePlace *place)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsObject) object = ms_rescue_read_object (self, txn, place->row, &error);
  gboolean wait = FALSE;
  gboolean in_bin = place->order == MS_RESCUE_BINNED || place->order == MS_RESCUE_BINNED_FILES;
  Work     work = { self, object, place->row, in_bin };

  if (object == NULL)
    {
      g_autofree char *name = ms_rescue_name_row (self, place->row);
      ms_rescue_lose (self, "%s: %s", name, error->message);
      return;
    }
  ms_rescue_compare (self, txn, object, place->row, in_bin, TRUE);
  drop_links (self, txn, object, &wait);
  demote_second_primary (self, object);
  if ((!in_bin && !take_file (self, object, &error))
      || !ms_txn_savepoint (txn, TRUE, add_object, &work, &error))
    {
      ms_rescue_lose (self,
                      "%s “%s” %s: %s",
                      ms_object_get_type (object)->name,
                      ms_object_get_label (object),
                      ms_object_get_id (object),
                      error->message);
      return;
    }
  self->count++;
  self->has_primary |= is_primary_domain (object);
  if (work.in_bin)
    return;
  g_hash_table_add (self->saved, g_strdup (ms_object_get_id (object)));
  if (wait)
    g_array_append_val (self->unlinked, place->row);
}

/* The second round ---------------------------------------------------------------------------- */

static gboolean
set_single_links (MsRescue *self, MsTxn *txn, MsObject *there, MsObject *wanted, GError **error)
{
  const MsIndexType *type = ms_index_get_type (txn->index, ms_object_get_type (there));

  for (guint i = 0; i < type->relations->len; i++)
    {
      const MsAttribute *attribute = g_array_index (type->relations, MsIndexRelation, i).attribute;
      const char        *id
          = attribute->multi_valued ? NULL : ms_object_get_link (wanted, attribute->path);
      if (id == NULL)
        continue;
      if (g_hash_table_contains (self->saved, id))
        ms_object_set_link (there, attribute->path, id);
      else
        ms_rescue_lose (self,
                        "%s “%s” %s: what its %s is, %s, is lost",
                        ms_object_get_type (there)->name,
                        ms_object_get_label (there),
                        ms_object_get_id (there),
                        attribute->path,
                        id);
    }
  if (is_primary (wanted) && ms_object_get_link (there, "owner") != NULL)
    ms_object_set_boolean (there, "primary", TRUE);
  return ms_txn_update (txn, there, error);
}

/* The same pages may be met again and again. @attr, @to: (inout): of the link before */
static gboolean
check_link_order (MsRescue *self, MsStatement *link, gint64 *attr, gint64 *to, GError **error)
{
  gint64 last_attr = *attr;
  gint64 last = *to;

  *attr = ms_statement_get_int (link, 2);
  *to = ms_statement_get_int (link, 3);
  return last_attr == *attr
             ? ms_sql_check_numbers (self->from, "links by number", last, *to, error)
             : ms_sql_check_numbers (self->from, "links by number", last_attr, *attr, error);
}

static gboolean
add_multiple_links (Work *work, MsTxn *txn, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gboolean changed = FALSE;
  gboolean is_whole = TRUE;
  gint64   attr = G_MININT64;
  gint64   to = G_MININT64;
  g_autoptr (MsStatement) found
             = ms_rescue_ask (work->rescue,
                              "SELECT a.path, t.id, l.attr, l.to_n FROM link l"
                              " JOIN attribute a ON a.attr = l.attr JOIN object t ON t.n = l.to_n"
                              " WHERE l.from_n = $1 ORDER BY l.attr, l.to_n",
                              work->row,
                              &local_error);

  for (gboolean more = found != NULL; more;)
    {
      const char        *path = ms_statement_get_text (found, 0);
      const char        *id = ms_statement_get_text (found, 1);
      const MsAttribute *attribute
          = path != NULL ? ms_resource_type_find (ms_object_get_type (work->object), path) : NULL;
      if (!check_link_order (work->rescue, found, &attr, &to, &local_error))
        break;
      if (!has_texts (found))
        is_whole = FALSE;
      else if (attribute != NULL && attribute->multi_valued && attribute->relation == MS_RELATION_TO
               && g_hash_table_contains (work->rescue->saved, id)
               && !ms_txn_add_link (txn, work->object, attribute, id, &changed, error))
        return FALSE;
      if (!ms_statement_step (found, &more, &local_error))
        break;
    }
  work->rescue->from->lost = FALSE;
  if (local_error != NULL || !is_whole)
    ms_rescue_lose (work->rescue,
                    "%s “%s” %s: not all of its members: %s",
                    ms_object_get_type (work->object)->name,
                    ms_object_get_label (work->object),
                    ms_object_get_id (work->object),
                    local_error != NULL ? local_error->message : "who they are is not there");
  return TRUE;
}

static gboolean
add_links (MsTxn *txn, gpointer user_data, GError **error)
{
  Work *work = user_data;
  g_autoptr (MsObject) there
             = ms_txn_get_object (txn, NULL, ms_object_get_id (work->object), error);

  if (there == NULL || !set_single_links (work->rescue, txn, there, work->object, error))
    return FALSE;
  Work on_there = { work->rescue, there, work->row, FALSE };
  return add_multiple_links (&on_there, txn, error);
}

void
ms_rescue_link_object (MsRescue *self, MsTxn *txn, gint64 row)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsObject) object = ms_rescue_read_object (self, txn, row, &error);
  Work work = { self, object, row, FALSE };

  if (object != NULL)
    ms_rescue_compare (self, txn, object, row, FALSE, FALSE);
  if (object == NULL || !ms_txn_savepoint (txn, TRUE, add_links, &work, &error))
    {
      g_autofree char *name = ms_rescue_name_row (self, row);
      ms_rescue_lose (self, "%s: its links: %s", name, error->message);
    }
}
