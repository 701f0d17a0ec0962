/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Brings the index tables from one state of an object to another by writing only what differs: rows
 * of "value", links of single-valued relations, unique values, search text and counters.
 */
#include "ms-txn-private.h"

#include "ms-error.h"
#include "ms-presence.h"
#include "ms-tally.h"

#include <string.h>

typedef struct
{
  gint64 attr;
  gint64 target;
} Link;

typedef struct
{
  GArray  *rows;   /* MsIndexRow */
  GArray  *unique; /* MsIndexUnique */
  GArray  *links;  /* Link */
  char    *search;
  gboolean seat;
  gint64   container; /* row of the mail group that a mailbox or mail group is in; 0 = the root */
} State;

static void
state_clear (State *self)
{
  g_clear_pointer (&self->rows, g_array_unref);
  g_clear_pointer (&self->unique, g_array_unref);
  g_clear_pointer (&self->links, g_array_unref);
  g_clear_pointer (&self->search, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (State, state_clear)

/* A state ------------------------------------------------------------------------------------- */

static gboolean
check_target (const MsAttribute *attribute, const char *id, const MsFound *found, GError **error)
{
  if (found->row != 0 && found->type != NULL
      && (attribute->relation_types == NULL
          || g_strv_contains ((const char *const *) attribute->relation_types, found->type->name)))
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                attribute->path,
                "%s: there is no %s “%s”",
                attribute->path,
                attribute->relation_types != NULL ? attribute->relation_types[0] : "object",
                id);
  return FALSE;
}

/* @check: its target must exist */
static gboolean
add_link (MsTxn                 *txn,
          MsObject              *object,
          const MsIndexRelation *relation,
          gboolean               check,
          State                 *state,
          gint64                *owner,
          GError               **error)
{
  const MsAttribute *attribute = relation->attribute;
  const char        *id = ms_object_get_link (object, attribute->path);
  g_auto (MsFound) found = { 0 };

  if (attribute->multi_valued || id == NULL)
    return TRUE;
  if (!ms_txn_find_row (txn, id, !check, &found, error)
      || (check && !check_target (attribute, id, &found, error)))
    return FALSE;
  if (found.row == 0)
    return TRUE;
  Link link = { relation->attr, found.row };
  g_array_append_val (state->links, link);
  if (ms_object_is_a (object, MS_TYPE_NAME_MAILBOX) && strcmp (attribute->path, "owner") == 0)
    *owner = found.row;
  if ((ms_object_is_a (object, MS_TYPE_NAME_MAILBOX) && strcmp (attribute->path, "group") == 0)
      || (ms_object_is_a (object, MS_TYPE_NAME_MAIL_GROUP)
          && strcmp (attribute->path, "parent") == 0))
    state->container = found.row;
  return TRUE;
}

/* Unique values that name another object's row. */
static void
add_unique_in_row (State *state, MsObject *object, const char *scope, const char *path, char *key)
{
  MsIndexUnique unique = { scope, key, ms_resource_type_find (ms_object_get_type (object), path) };

  g_array_append_val (state->unique, unique);
}

static void
add_special_unique (State *state, MsObject *object, gint64 owner)
{
  state->seat = ms_object_is_a (object, MS_TYPE_NAME_MAILBOX) && owner != 0
                && ms_object_get_boolean (object, "primary", FALSE);
  if (state->seat)
    add_unique_in_row (
        state, object, MS_SCOPE_PRIMARY, "primary", g_strdup_printf ("%" G_GINT64_FORMAT, owner));
  if (ms_object_is_a (object, MS_TYPE_NAME_MAIL_GROUP))
    {
      g_autofree char *name = ms_index_text_key (ms_object_get_label (object), FALSE);
      add_unique_in_row (state,
                         object,
                         MS_SCOPE_GROUP_NAME,
                         "name",
                         g_strdup_printf ("%" G_GINT64_FORMAT "/%s", state->container, name));
    }
}

/* @object: (nullable): what does not exist has nothing */
static gboolean
state_make (MsTxn *txn, MsObject *object, gboolean check, State *state, GError **error)
{
  MsIndex *index = txn->index;
  gint64   owner = 0;

  state->links = g_array_new (FALSE, FALSE, sizeof (Link));
  if (object == NULL)
    {
      state->rows = g_array_new (FALSE, FALSE, sizeof (MsIndexRow));
      state->unique = g_array_new (FALSE, FALSE, sizeof (MsIndexUnique));
      state->search = g_strdup ("");
      return TRUE;
    }
  const MsIndexType *type = ms_index_get_type (index, ms_object_get_type (object));
  for (guint i = 0; i < type->relations->len; i++)
    if (!add_link (txn,
                   object,
                   &g_array_index (type->relations, MsIndexRelation, i),
                   check,
                   state,
                   &owner,
                   error))
      return FALSE;
  state->rows = ms_index_collect_rows (index, object);
  state->unique = ms_index_collect_unique (index, object);
  state->search = ms_index_collect_search (index, object);
  add_special_unique (state, object, owner);
  return TRUE;
}

/* Differences --------------------------------------------------------------------------------- */

static gboolean
insert_value (MsTxn *txn, const MsIndexRow *row, gint64 obj, GError **error)
{
  return ms_sql_run (txn->sql,
                     error,
                     "INSERT INTO value (attr, key, obj, elem) VALUES ($1, $2, $3, $4)",
                     "isii",
                     row->attr,
                     row->key,
                     obj,
                     row->elem);
}

static gboolean
delete_value (MsTxn *txn, const MsIndexRow *row, gint64 obj, GError **error)
{
  return ms_sql_run (txn->sql,
                     error,
                     "DELETE FROM value WHERE attr = $1 AND key = $2 AND obj = $3 AND elem = $4",
                     "isii",
                     row->attr,
                     row->key,
                     obj,
                     row->elem);
}

/* Both are sorted. */
static gboolean
apply_values (MsTxn *txn, GArray *before, GArray *after, gint64 obj, GError **error)
{
  guint i = 0;
  guint j = 0;

  while (i < before->len || j < after->len)
    {
      const MsIndexRow *old = i < before->len ? &g_array_index (before, MsIndexRow, i) : NULL;
      const MsIndexRow *new = j < after->len ? &g_array_index (after, MsIndexRow, j) : NULL;
      int order = old == NULL ? 1 : new == NULL ? -1 : ms_index_row_compare (old, new);

      if (old != NULL && order < 0 && !delete_value (txn, old, obj, error))
        return FALSE;
      if (new != NULL && order > 0 && !insert_value (txn, new, obj, error))
        return FALSE;
      i += order <= 0;
      j += order >= 0;
    }
  return TRUE;
}

/* From @place on in @rows, which are sorted: the next that stands for its object. (nullable) */
static const MsIndexRow *
next_representative (GArray *rows, guint *place)
{
  while (*place < rows->len && g_array_index (rows, MsIndexRow, *place).elem != 0)
    ++*place;
  return *place < rows->len ? &g_array_index (rows, MsIndexRow, *place) : NULL;
}

/* One attribute: @old, @new (nullable) */
static gboolean
note_value (MsTxn *txn, const MsIndexRow *old, const MsIndexRow *new, gint64 obj, GError **error)
{
  const MsIndexRow *one = old != NULL ? old : new;
  MsTally          *tally = txn->store->tally;
  gboolean          anchored = FALSE;

  g_assert (one != NULL);
  const MsIndexLeaf *leaf = one->leaf;

  if (old != NULL && new != NULL && strcmp (old->key, new->key) == 0)
    return TRUE;
  if (!ms_tally_is_anchored (tally, txn->sql, leaf->attr, &anchored, error))
    return FALSE;
  if ((old == NULL) != (new == NULL))
    ms_tally_add_presence (tally, leaf->attr, MS_PRESENCE_ANY, obj, new != NULL);
  if (old != NULL && leaf->is_listed && *old->key != '\0')
    ms_tally_add_presence (tally, leaf->attr, old->key, obj, FALSE);
  if (new != NULL && leaf->is_listed &&*new->key != '\0')
    ms_tally_add_presence (tally, leaf->attr, new->key, obj, TRUE);
  if (old != NULL && anchored)
    ms_tally_add_anchor (tally, leaf->attr, old->key, obj, -1);
  if (new != NULL && anchored)
    ms_tally_add_anchor (tally, leaf->attr, new->key, obj, 1);
  return TRUE;
}

static gboolean
note_values (MsTxn *txn, GArray *before, GArray *after, gint64 obj, GError **error)
{
  guint i = 0;
  guint j = 0;

  while (TRUE)
    {
      const MsIndexRow *old = next_representative (before, &i);
      const MsIndexRow *new = next_representative (after, &j);
      if (old == NULL && new == NULL)
        return TRUE;
      int order = old == NULL   ? 1
                  : new == NULL ? -1
                                : (old->attr > new->attr) - (old->attr < new->attr);
      if (!note_value (txn, order <= 0 ? old : NULL, order >= 0 ? new : NULL, obj, error))
        return FALSE;
      i += order <= 0;
      j += order >= 0;
    }
}

gboolean
ms_txn_apply_rows (MsTxn *self, GArray *before, GArray *after, gint64 obj, GError **error)
{
  return apply_values (self, before, after, obj, error)
         && note_values (self, before, after, obj, error);
}

static gboolean
has_link (GArray *links, const Link *link)
{
  for (guint i = 0; i < links->len; i++)
    {
      const Link *other = &g_array_index (links, Link, i);
      if (other->attr == link->attr && other->target == link->target)
        return TRUE;
    }
  return FALSE;
}

/* Runs @text for each link of @links that is not in @others. */
static gboolean
run_links (MsTxn *txn, const char *text, GArray *links, GArray *others, gint64 obj, GError **error)
{
  for (guint i = 0; i < links->len; i++)
    {
      const Link *link = &g_array_index (links, Link, i);
      if (has_link (others, link))
        continue;
      if (!ms_sql_run (txn->sql, error, text, "iii", obj, link->attr, link->target))
        return FALSE;
      ms_txn_note_changed (txn, MS_CHANGED_LINKS (link->target));
    }
  return TRUE;
}

static gboolean
has_relation (GArray *links, gint64 attr)
{
  for (guint i = 0; i < links->len; i++)
    if (g_array_index (links, Link, i).attr == attr)
      return TRUE;
  return FALSE;
}

/* Of relations that were in @others no more, or are in them not yet. */
static void
note_links (MsTxn *txn, GArray *links, GArray *others, gint64 obj, gboolean present)
{
  for (guint i = 0; i < links->len; i++)
    {
      gint64 attr = g_array_index (links, Link, i).attr;
      if (!has_relation (others, attr))
        ms_tally_add_presence (txn->store->tally, attr, MS_PRESENCE_ANY, obj, present);
    }
}

static gboolean
apply_links (MsTxn *txn, GArray *before, GArray *after, gint64 obj, GError **error)
{
  note_links (txn, before, after, obj, FALSE);
  note_links (txn, after, before, obj, TRUE);
  return run_links (txn,
                    "DELETE FROM link WHERE from_n = $1 AND attr = $2 AND to_n = $3",
                    before,
                    after,
                    obj,
                    error)
         && run_links (txn,
                       "INSERT INTO link (from_n, attr, to_n) VALUES ($1, $2, $3)",
                       after,
                       before,
                       obj,
                       error);
}

/* All of it ----------------------------------------------------------------------------------- */

static gboolean
store_label (MsTxn *txn, MsObject *object, GError **error)
{
  g_autofree char *key = ms_index_text_key (ms_object_get_label (object), FALSE);

  return ms_sql_run (txn->sql,
                     error,
                     "UPDATE object SET label = $1, label_key = $2 WHERE n = $3",
                     "ssi",
                     ms_object_get_label (object),
                     key,
                     ms_object_get_row (object));
}

gboolean
ms_txn_reindex_object (
    MsTxn *self, MsIndex *next, MsObject *before, MsObject *after, GError **error)
{
  g_autoptr (GArray) old_unique = ms_index_collect_unique (self->index, before);
  g_autoptr (GArray) new_unique = ms_index_collect_unique (next, after);
  g_autofree char *old_search = ms_index_collect_search (self->index, before);
  g_autofree char *new_search = ms_index_collect_search (next, after);
  gboolean same_label = g_strcmp0 (ms_object_get_label (before), ms_object_get_label (after)) == 0;

  ms_object_cache_forget (self->cache, ms_object_get_row (before));
  return ms_txn_release_unique (self, before, old_unique, new_unique, error)
         && ms_txn_take_unique (self, before, old_unique, new_unique, FALSE, error)
         && ms_index_store_search (self->sql,
                                   ms_object_get_type (before),
                                   ms_object_get_row (before),
                                   old_search,
                                   new_search,
                                   error)
         && (same_label || store_label (self, after, error));
}

GArray *
ms_txn_collect_unique (MsTxn *self, MsObject *object, GError **error)
{
  g_auto (State) state = { 0 };

  return state_make (self, object, FALSE, &state, error) ? g_steal_pointer (&state.unique) : NULL;
}

GArray *
ms_txn_collect_unique_of (MsTxn *self, MsObject *object, gint64 owner, gint64 container)
{
  g_auto (State) state = { .container = container };

  state.unique = ms_index_collect_unique (self->index, object);
  add_special_unique (&state, object, owner);
  return g_steal_pointer (&state.unique);
}

/* Counters ------------------------------------------------------------------------------------ */

static void
count_mailbox (MsTxn *txn, MsObject *before, MsObject *after, const State *old, const State *new)
{
  ms_txn_count_seat (txn, new->seat - old->seat);
  if (before != NULL && after != NULL && old->container == new->container)
    return;
  if (before != NULL)
    ms_txn_count_mailbox (txn, old->container, -1);
  if (after != NULL)
    ms_txn_count_mailbox (txn, new->container, 1);
}

/* Before its link changes. */
static gboolean
count_group_out (MsTxn *txn, MsObject *before, MsObject *after, const State *old, GError **error)
{
  gint64 row = ms_object_get_row (before != NULL ? before : after);

  if (before != NULL && !ms_txn_count_group_in (txn, row, old->container, -1, error))
    return FALSE;
  if (before != NULL && after == NULL)
    return ms_txn_count_remove_group (txn, row, error);
  return before != NULL || ms_txn_count_add_group (txn, row, error);
}

/* Whether what is measured of it may have to be counted elsewhere (ms-txn-usage-places.c). What is
 * new was never measured, unless it comes from the bin, as what has its name late may. */
static gboolean
moves_usage (
    MsObject *before, MsObject *after, const State *old, const State *new, gboolean late_name)
{
  MsObject *object = after != NULL ? after : before;
  gboolean  mailbox = ms_object_is_a (object, MS_TYPE_NAME_MAILBOX);

  if (!mailbox && !ms_object_is_a (object, MS_TYPE_NAME_MAIL_GROUP)
      && !ms_object_is_a (object, MS_TYPE_NAME_DOMAIN))
    return FALSE;
  if (before == NULL || after == NULL)
    return !mailbox || before != NULL || late_name;
  return old->container != new->container
         || g_strcmp0 (ms_object_get_label (before), ms_object_get_label (after)) != 0
         || (mailbox
             && g_strcmp0 (ms_object_get_string (before, "domain"),
                           ms_object_get_string (after, "domain"))
                    != 0);
}

gboolean
ms_txn_apply_index (
    MsTxn *self, MsObject *before, MsObject *after, gboolean late_name, GError **error)
{
  MsObject *object = after != NULL ? after : before;
  gint64    row = ms_object_get_row (object);
  g_auto (State) old = { 0 };
  g_auto (State) new = { 0 };

  ms_txn_note_changed (self, MS_CHANGED_CONTENT (row));
  ms_object_cache_forget (self->cache, row);
  if (!state_make (self, before, FALSE, &old, error)
      || !state_make (self, after, TRUE, &new, error))
    return FALSE;
  gboolean moved = ms_object_is_a (object, MS_TYPE_NAME_MAIL_GROUP)
                   && (before == NULL || after == NULL || old.container != new.container);
  /* A primary mailbox has an owner for as long as it is one: the database looks at each step. */
  if (!ms_txn_release_unique (self, object, old.unique, new.unique, error)
      || (moved && !count_group_out (self, before, after, &old, error))
      || !apply_links (self, old.links, new.links, row, error)
      || !ms_txn_take_unique (self, object, old.unique, new.unique, late_name, error)
      || (moved && after != NULL && !ms_txn_count_group_in (self, row, new.container, 1, error))
      || !ms_txn_apply_rows (self, old.rows, new.rows, row, error)
      || !ms_index_store_search (
          self->sql, ms_object_get_type (object), row, old.search, new.search, error))
    return FALSE;
  ms_txn_count_object (self, ms_object_get_type (object), row, (after != NULL) - (before != NULL));
  if (ms_object_is_a (object, MS_TYPE_NAME_MAILBOX))
    count_mailbox (self, before, after, &old, &new);
  if (moves_usage (before, after, &old, &new, late_name))
    ms_txn_note_moved (self, row);
  return TRUE;
}
