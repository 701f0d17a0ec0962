/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unique values of objects. What must be unique is decided by the database: the row is either
 * inserted or was there. Who has it is then named.
 *
 * Taking can be put off to the end of a savepoint, giving back never is: so objects can exchange
 * values in any order, and each of them is written once.
 */
#include "ms-txn-private.h"

#include "ms-error.h"
#include "ms-json.h"

#include <string.h>

/* The value within @node that @unique is of. (nullable) */
static JsonNode *
find_unique_value (const MsIndexUnique *unique, JsonNode *node)
{
  JsonNode *found = NULL;

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);
      for (guint i = 0; found == NULL && i < json_array_get_length (array); i++)
        found = find_unique_value (unique, json_array_get_element (array, i));
      return found;
    }
  /* A part may have several values itself. */
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    return find_unique_value (
        unique, json_object_get_member (json_node_get_object (node), unique->attribute->name));
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return NULL;
  g_autofree char *key = ms_index_key (unique->attribute, node);
  return g_strcmp0 (key, unique->key) == 0 ? node : NULL;
}

/* As the object has it: the key may be of a form that is nobody's but the index's. */
static char *
dup_unique_value (MsObject *object, const MsIndexUnique *unique)
{
  const MsAttribute *attribute = unique->attribute;

  if (attribute == NULL)
    return g_strdup (unique->key);
  const char *text = ms_object_get_string (object, attribute->path);
  if (text != NULL)
    return g_strdup (text);
  JsonNode *value = find_unique_value (
      unique,
      ms_attribute_get_value (attribute->parent != NULL ? attribute->parent : attribute,
                              ms_object_get_attributes (object)));
  if (value == NULL)
    return g_strdup (unique->key);
  return json_node_get_value_type (value) == G_TYPE_STRING ? json_node_dup_string (value)
                                                           : ms_json_to_string (value);
}

/* Bytes of a value that an error shows. */
#define MAX_SHOWN 200

/* Cut to what a person reads of it. */
static char *
shorten (char *text)
{
  if (strlen (text) <= MAX_SHOWN)
    return text;
  g_autofree char *whole = text;
  const char      *end = g_utf8_find_prev_char (whole, whole + MAX_SHOWN + 1);
  g_autofree char *begin = g_strndup (whole, (gsize) (end - whole));
  return g_strconcat (begin, "…", NULL);
}

static void
note_conflict (MsTxn *txn, MsObject *loser, MsObject *holder)
{
  g_free (txn->loser);
  g_free (txn->holder);
  txn->loser = g_strdup (ms_object_get_id (loser));
  txn->holder = g_strdup (ms_object_get_id (holder));
}

static gboolean
fail_unique (MsObject *object, const MsIndexUnique *unique, MsObject *holder, GError **error)
{
  const char      *path = unique->attribute != NULL ? unique->attribute->path : NULL;
  g_autofree char *value = shorten (dup_unique_value (object, unique));
  g_autofree char *own = shorten (g_strdup (ms_object_get_shown_name (object)));
  g_autofree char *other = shorten (g_strdup (ms_object_get_shown_name (holder)));

  if (strcmp (unique->scope, MS_SCOPE_PRIMARY) == 0)
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  "uniqueness",
                  path,
                  "The owner of “%s” has another primary mailbox, “%s”",
                  own,
                  other);
  else if (strcmp (unique->scope, MS_SCOPE_GROUP_NAME) == 0)
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  "uniqueness",
                  path,
                  "There is a mail group “%s” in the same place already",
                  own);
  else
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  "uniqueness",
                  path,
                  "%s “%s” is in use already by the %s “%s”",
                  path,
                  value,
                  ms_object_get_type (holder)->name,
                  other);
  return FALSE;
}

/* Takes the value where nobody has it, and says who does. */
static gboolean
ask_unique (MsTxn *txn, const MsIndexUnique *unique, gint64 row, gint64 *holder, GError **error)
{
  gint64 changes = 0;

  *holder = row;
  if (!ms_sql_run_counted (txn->sql,
                           &changes,
                           error,
                           "INSERT INTO uniq (scope, key, obj) VALUES ($1, $2, $3)"
                           " ON CONFLICT DO NOTHING",
                           "ssi",
                           unique->scope,
                           unique->key,
                           row))
    return FALSE;
  return changes != 0
         || ms_sql_get_int (txn->sql,
                            holder,
                            error,
                            "SELECT obj FROM uniq WHERE scope = $1 AND key = $2",
                            "ss",
                            unique->scope,
                            unique->key);
}

static gboolean
insert_unique (MsTxn *txn, MsObject *object, const MsIndexUnique *unique, GError **error)
{
  gint64   row = ms_object_get_row (object);
  gint64   holder = 0;
  gboolean known = ms_object_cache_get_unique (txn->cache, unique->scope, unique->key, &holder);

  /* What is known to be free need not be waited for. */
  if (known && holder == 0)
    {
      holder = row;
      if (!ms_sql_run (txn->sql,
                       error,
                       "INSERT INTO uniq (scope, key, obj) VALUES ($1, $2, $3)",
                       "ssi",
                       unique->scope,
                       unique->key,
                       row))
        return FALSE;
    }
  else if (!known && !ask_unique (txn, unique, row, &holder, error))
    return FALSE;
  ms_object_cache_set_unique (txn->cache, unique->scope, unique->key, holder);
  /* Also where the same value is twice in one object. */
  if (holder == row)
    return TRUE;
  g_autoptr (MsObject) other = ms_txn_load_row (txn, holder, TRUE, error);
  if (other == NULL)
    return FALSE;
  note_conflict (txn, object, other);
  return fail_unique (object, unique, other, error);
}

static gboolean
has_unique (GArray *array, const MsIndexUnique *unique)
{
  for (guint i = 0; i < array->len; i++)
    {
      const MsIndexUnique *other = &g_array_index (array, MsIndexUnique, i);
      if (strcmp (other->scope, unique->scope) == 0 && strcmp (other->key, unique->key) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Once the other end of its relations is known, a restored group may get a name that is taken where
 * it is now. */
static gboolean
is_late (MsTxn *txn, const MsIndexUnique *unique, gboolean late_name)
{
  return txn->is_exchange || (late_name && strcmp (unique->scope, MS_SCOPE_GROUP_NAME) == 0);
}

gboolean
ms_txn_release_unique (MsTxn *self, MsObject *object, GArray *before, GArray *after, GError **error)
{
  for (guint i = 0; i < before->len; i++)
    {
      const MsIndexUnique *unique = &g_array_index (before, MsIndexUnique, i);
      if (has_unique (after, unique))
        continue;
      ms_object_cache_forget_unique (self->cache, unique->scope, unique->key);
      if (!ms_sql_run (self->sql,
                       error,
                       "DELETE FROM uniq WHERE scope = $1 AND key = $2 AND obj = $3",
                       "ssi",
                       unique->scope,
                       unique->key,
                       ms_object_get_row (object)))
        return FALSE;
    }
  return TRUE;
}

gboolean
ms_txn_take_unique (MsTxn    *self,
                    MsObject *object,
                    GArray   *before,
                    GArray   *after,
                    gboolean  late_name,
                    GError  **error)
{
  gint64 row = ms_object_get_row (object);

  for (guint i = 0; i < after->len; i++)
    {
      const MsIndexUnique *unique = &g_array_index (after, MsIndexUnique, i);
      if (has_unique (before, unique))
        continue;
      if (is_late (self, unique, late_name))
        g_array_append_val (self->late_unique, row);
      else if (!insert_unique (self, object, unique, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
take_late (MsTxn *txn, gint64 row, GError **error)
{
  gint64 there = 0;

  if (!ms_sql_get_int (txn->sql,
                       &there,
                       error,
                       "SELECT count(*) FROM object WHERE n = $1 AND deleted IS NULL",
                       "i",
                       row))
    return FALSE;
  if (there == 0)
    return TRUE;
  g_autoptr (MsObject) object = ms_txn_load_row (txn, row, FALSE, error);
  g_autoptr (GArray) values = object != NULL ? ms_txn_collect_unique (txn, object, error) : NULL;
  if (values == NULL)
    return FALSE;
  for (guint i = 0; i < values->len; i++)
    if (!insert_unique (txn, object, &g_array_index (values, MsIndexUnique, i), error))
      return FALSE;
  return TRUE;
}

gboolean
ms_txn_take_late (MsTxn *self, guint first, GError **error)
{
  for (guint i = first; i < self->late_unique->len; i++)
    if (!take_late (self, g_array_index (self->late_unique, gint64, i), error))
      return FALSE;
  g_array_set_size (self->late_unique, MIN (first, self->late_unique->len));
  return TRUE;
}
