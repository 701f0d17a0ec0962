/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One verb on many objects (POST /api/v1/actions): all of it or nothing. Each object is tried in a
 * savepoint of its own, so that every one that cannot is named, not just the first; a rehearsal is
 * rolled back as a whole.
 */
#include "ms-action.h"

#include <string.h>

#include "ms-error.h"
#include "ms-etag.h"
#include "ms-txn.h"
#include "ms-undo.h"

#define MAX_OBJECTS 10000
#define MAX_REFUSED 200

/* What is asked ----------------------------------------------------------------------------- */

static gboolean
refuse_body (const char *path, const char *what, GError **error)
{
  ms_error_set (error, MS_ERROR_INVALID, "invalidValue", path, "%s", what);
  return FALSE;
}

static const char *
get_string (JsonNode *node)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
                 && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

/* A version as a number, or as the ETag that meta has; %FALSE where it is something else.
 * @version: (out) (nullable) (transfer full): none is given */
static gboolean
read_version (JsonNode *node, char **version)
{
  *version = NULL;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64)
    *version = g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
  else
    *version = g_strdup (get_string (node));
  return *version != NULL;
}

/* A misspelt “version” would let go what another has changed. */
static gboolean
has_only_known (JsonObject *object)
{
  return json_object_get_size (object) == (json_object_has_member (object, "version") ? 2 : 1);
}

static gboolean
read_object_member (MsAction *self, JsonNode *node, GError **error)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *id = object != NULL ? get_string (json_object_get_member (object, "id")) : NULL;

  if (id == NULL || !has_only_known (object))
    return refuse_body (
        "objects",
        "“objects” holds objects with an “id” and, if need be, a “version”, and nothing else",
        error);
  char *version;
  if (!read_version (json_object_get_member (object, "version"), &version))
    {
      g_autofree char *path = g_strdup_printf ("objects[%u].version", self->ids->len);
      return refuse_body (path, "A “version” is a number, or the text that “meta” has", error);
    }
  g_ptr_array_add (self->ids, (gpointer) id);
  g_ptr_array_add (self->versions, version);
  return TRUE;
}

static gboolean
read_ids (MsAction *self, GError **error)
{
  JsonObject *body = self->operation->body;
  gboolean    bare = json_object_has_member (body, "ids");
  const char *name = bare ? "ids" : "objects";
  JsonNode   *node = json_object_get_member (body, name);
  JsonArray  *array
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array == NULL || json_array_get_length (array) == 0)
    return refuse_body (name, "Name the objects in “ids” or “objects”", error);
  if (json_array_get_length (array) > MAX_OBJECTS)
    {
      ms_error_set (
          error, MS_ERROR_LIMIT, "tooMany", name, "At most %d objects in one action", MAX_OBJECTS);
      return FALSE;
    }
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode   *element = json_array_get_element (array, i);
      const char *id = bare ? get_string (element) : NULL;
      if (bare && id == NULL)
        return refuse_body (name, "“ids” holds ids", error);
      if (!bare && !read_object_member (self, element, error))
        return FALSE;
      if (bare)
        {
          g_ptr_array_add (self->ids, (gpointer) id);
          g_ptr_array_add (self->versions, NULL);
        }
    }
  return TRUE;
}

static gboolean
read_target (MsAction *self, GError **error)
{
  const char *id = get_string (json_object_get_member (self->operation->body, "to"));
  g_autoptr (GError) failed = NULL;

  if (id == NULL)
    return !self->verb->needs_target || refuse_body ("to", "This verb needs “to”", error);
  self->target
      = ms_txn_get_object (self->write->txn, ms_action_get_target_type (self), id, &failed);
  if (self->target != NULL)
    return TRUE;
  if (g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  "invalidValue",
                  "to",
                  "“to” is no %s of this store",
                  ms_action_get_target_type (self)->name);
  else
    g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

/* Doing it ---------------------------------------------------------------------------------- */

static gboolean
check_version (MsAction *self, MsObject *object, GError **error)
{
  g_autofree char *version = g_strdup_printf ("%" G_GINT64_FORMAT, ms_object_get_version (object));
  g_autofree char *tag = g_strdup_printf ("W/\"%s\"", version);

  if (self->version == NULL || strcmp (self->version, version) == 0
      || strcmp (self->version, tag) == 0)
    return TRUE;
  ms_etag_refuse (object, self->version, "version", error);
  return FALSE;
}

static gboolean
act_on_one (MsTxn *txn, gpointer user_data, GError **error)
{
  MsAction *self = user_data;
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, self->id, &failed);

  self->did_change = g_hash_table_contains (self->existed, self->id);
  if (object == NULL && self->did_change && g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    return TRUE;
  if (object == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  self->label = g_strdup (ms_object_get_label (object));
  self->type_name = ms_object_get_type (object)->name;
  self->did_change = FALSE;
  return check_version (self, object, error)
         && self->verb->act (self, object, &self->did_change, error);
}

static void
note_refused (MsAction *self, const GError *error)
{
  g_autoptr (JsonObject) refused = json_object_new ();

  json_object_set_string_member (refused, "id", self->id);
  json_object_set_string_member (refused, "label", self->label != NULL ? self->label : "");
  if (self->type_name != NULL)
    json_object_set_string_member (refused, "type", self->type_name);
  json_object_set_string_member (refused, "reason", error->message);
  if (ms_error_get_path (error) != NULL)
    json_object_set_string_member (refused, "path", ms_error_get_path (error));
  json_array_add_object_element (self->refused, g_steal_pointer (&refused));
  self->denied += g_error_matches (error, MS_ERROR, MS_ERROR_DENIED) ? 1 : 0;
}

/* Faults of ours or of the disk are no property of the object: they end everything. */
static gboolean
is_refusal (const GError *error)
{
  return error->domain == MS_ERROR && error->code != MS_ERROR_INTERNAL
         && error->code != MS_ERROR_UNAVAILABLE;
}

/* Tries the one at @index; @refused: (out): it cannot. %FALSE where nothing can go on. */
static gboolean
try_one (MsAction *self, MsTxn *txn, guint index, gboolean *refused, GError **error)
{
  g_autoptr (GError) failed = NULL;

  self->id = g_ptr_array_index (self->ids, index);
  self->version = g_ptr_array_index (self->versions, index);
  gboolean done = ms_txn_savepoint (txn, TRUE, act_on_one, self, &failed);
  *refused = !done;
  if (done && self->did_change)
    self->changed++;
  else if (done)
    self->unchanged++;
  else if (is_refusal (failed))
    note_refused (self, failed);
  g_clear_pointer (&self->label, g_free);
  self->type_name = NULL;
  if (done || is_refusal (failed))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

/* Deleting again what could not go before something else did: a mail group selected with all that
 * is in it. */
static gboolean
try_again (MsAction *self, MsTxn *txn, GArray *left, GError **error)
{
  guint before = 0;

  while (self->verb->deletes && left->len > 0 && left->len != before)
    {
      g_autoptr (GArray) now = g_array_copy (left);
      before = left->len;
      g_array_set_size (left, 0);
      g_clear_pointer (&self->refused, json_array_unref);
      self->refused = json_array_new ();
      self->denied = 0;
      for (guint i = 0; i < now->len; i++)
        {
          gboolean refused = FALSE;
          guint    index = g_array_index (now, guint, i);
          if (!try_one (self, txn, index, &refused, error))
            return FALSE;
          if (refused)
            g_array_append_val (left, index);
        }
    }
  return TRUE;
}

/* What goes with something else, as a mailbox with its user, must not count as missing. */
static gboolean
note_existing (MsAction *self, MsTxn *txn, GError **error)
{
  for (guint i = 0; self->verb->deletes && i < self->ids->len; i++)
    {
      const char *id = g_ptr_array_index (self->ids, i);
      g_autoptr (MsObject) object = NULL;
      if (!ms_txn_look_up (txn, NULL, id, &object, error))
        return FALSE;
      if (object != NULL)
        g_hash_table_add (self->existed, (gpointer) id);
    }
  return TRUE;
}

static gboolean
act_on_all (MsTxn *txn, gpointer user_data, GError **error)
{
  MsAction *self = user_data;
  g_autoptr (GArray) left = g_array_new (FALSE, FALSE, sizeof (guint));

  if (!note_existing (self, txn, error))
    return FALSE;
  for (guint i = 0; i < self->ids->len && left->len < MAX_REFUSED; i++)
    {
      gboolean refused = FALSE;
      if (!try_one (self, txn, i, &refused, error))
        return FALSE;
      if (refused)
        g_array_append_val (left, i);
    }
  if (!try_again (self, txn, left, error))
    return FALSE;
  if (left->len == 0)
    return TRUE;
  g_autofree char *message = g_strdup_printf (
      "Nothing was done, because of %u of %u objects", left->len, self->ids->len);
  MsError code = self->denied == left->len ? MS_ERROR_DENIED : MS_ERROR_CONFLICT;
  return ms_outcome_refuse (self->refused, code, error, message);
}

static gboolean
run (MsAction *self, GError **error)
{
  JsonObject *body = self->operation->body;
  gboolean    dry_run = FALSE;

  if (!ms_undo_read_dry_run (body, &dry_run, error) || !read_ids (self, error)
      || !read_target (self, error) || !ms_write_set_delete_options (self->write, body, error))
    return FALSE;
  if (dry_run ? !ms_txn_savepoint (self->write->txn, FALSE, act_on_all, self, error)
              : !act_on_all (self->write->txn, self, error))
    return FALSE;
  if (self->target != NULL && self->changed > 0 && !dry_run)
    ms_txn_set_target_label (self->write->txn, ms_object_get_label (self->target));

  GString *out = self->outcome->document = g_string_sized_new (256);
  g_string_append_printf (out,
                          "{\"changed\":%" G_GINT64_FORMAT ",\"unchanged\":%" G_GINT64_FORMAT
                          ",\"effects\":",
                          self->changed,
                          self->unchanged);
  ms_effects_append (self->effects, out);
  g_string_append_c (out, '}');
  self->outcome->changed = self->changed > 0 && !dry_run;
  return TRUE;
}

gboolean
ms_verb_action (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error)
{
  g_autoptr (MsEffects) effects = ms_effects_new ();
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();
  g_autoptr (GPtrArray) versions = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) existed = g_hash_table_new (g_str_hash, g_str_equal);
  MsAction action = { .write = write,
                      .operation = operation,
                      .outcome = outcome,
                      .verb = ms_action_find_verb (operation->body),
                      .effects = effects,
                      .ids = ids,
                      .versions = versions,
                      .refused = json_array_new (),
                      .existed = existed };
  gboolean done = run (&action, error);

  g_clear_pointer (&action.target, ms_object_unref);
  json_array_unref (action.refused);
  return done;
}
