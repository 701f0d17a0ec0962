/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Deltas are written as a JSON text inside of the JSON, not as a tree, because their very bytes are
 * hashed.
 */
#include "ms-change-record.h"

#include <string.h>

#include "ms-change-chain.h"
#include "ms-error.h"
#include "ms-json.h"

/* Of one line: deltas of a list of 100,000 entries are long. */
static const MsJsonLimits line_limits
    = { 1024 * 1024 * 1024, 8, 512 * 1024 * 1024, 10 * 1000 * 1000 };

/* Writing ----------------------------------------------------------------------------------- */

static void
append_text (GString *out, const char *name, const char *text)
{
  if (text == NULL)
    return;
  g_string_append_printf (out, ",\"%s\":", name);
  ms_json_append_string (out, text);
}

static void
append_number (GString *out, const char *name, gint64 number)
{
  g_string_append_printf (out, ",\"%s\":%" G_GINT64_FORMAT, name, number);
}

static void
append_change (GString *out, const MsChange *change, const char *deltas)
{
  g_string_append_printf (out, "{\"verb\":%d", change->verb);
  append_number (out, "version", change->version);
  append_text (out, "type", change->type_name);
  append_text (out, "id", change->id);
  append_text (out, "label", change->label);
  append_text (out, "deltas", deltas);
  g_string_append_c (out, '}');
}

void
ms_change_record_append (GString *out, const MsChangeSet *set, const char *const *deltas)
{
  g_string_append_printf (out, "{\"sequence\":%" G_GINT64_FORMAT, set->sequence);
  append_number (out, "time", set->time);
  append_text (out, "actorId", set->actor_id);
  append_text (out, "actorName", set->actor_name);
  append_text (out, "channel", set->channel);
  append_text (out, "verb", set->verb);
  append_text (out, "reason", set->reason);
  append_text (out, "job", set->job);
  append_text (out, "target", set->target_label);
  append_number (out, "undoOf", set->undo_of);
  append_number (out, "objectCount", set->object_count);
  append_text (out, "hash", set->hash);
  g_string_append (out, ",\"changes\":[");
  for (guint i = 0; set->changes != NULL && i < set->changes->len; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      append_change (out, g_ptr_array_index (set->changes, i), deltas[i]);
    }
  g_string_append (out, "]}\n");
}

/* Reading ----------------------------------------------------------------------------------- */

static gboolean
refuse (const char *name, GError **error)
{
  ms_error_set (error, MS_ERROR_INVALID, "invalidValue", name, "“%s” is missing or wrong", name);
  return FALSE;
}

static gboolean
read_number (JsonObject *object, const char *name, gint64 *number, GError **error)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_INT64)
    return refuse (name, error);
  *number = json_node_get_int (node);
  return TRUE;
}

static gboolean
read_text (JsonObject *object, const char *name, gboolean required, char **text, GError **error)
{
  JsonNode *node = json_object_get_member (object, name);

  if (node == NULL)
    return !required || refuse (name, error);
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return refuse (name, error);
  *text = json_node_dup_string (node);
  return TRUE;
}

static gboolean
read_change (JsonNode *node, MsChangeSet *set, GPtrArray *texts, GError **error)
{
  g_autoptr (MsChange) change = g_new0 (MsChange, 1);
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  char       *deltas = NULL;
  gint64      verb;

  if (object == NULL)
    return refuse ("changes", error);
  if (!read_number (object, "verb", &verb, error)
      || !read_number (object, "version", &change->version, error)
      || !read_text (object, "type", TRUE, &change->type_name, error)
      || !read_text (object, "id", TRUE, &change->id, error)
      || !read_text (object, "label", TRUE, &change->label, error)
      || !read_text (object, "deltas", TRUE, &deltas, error))
    return FALSE;
  change->verb = (MsChangeVerb) verb;
  g_ptr_array_add (texts, deltas);
  g_ptr_array_add (set->changes, g_steal_pointer (&change));
  return TRUE;
}

static gboolean
read_changes (JsonObject *object, MsChangeSet *set, GPtrArray *texts, GError **error)
{
  JsonNode *node = json_object_get_member (object, "changes");

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return refuse ("changes", error);
  set->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_change_free);
  JsonArray *array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!read_change (json_array_get_element (array, i), set, texts, error))
      return FALSE;
  return TRUE;
}

static gboolean
read_set (JsonObject *object, MsChangeSet *set, GError **error)
{
  return read_number (object, "sequence", &set->sequence, error)
         && read_number (object, "time", &set->time, error)
         && read_text (object, "actorId", FALSE, &set->actor_id, error)
         && read_text (object, "actorName", FALSE, &set->actor_name, error)
         && read_text (object, "channel", FALSE, &set->channel, error)
         && read_text (object, "verb", FALSE, &set->verb, error)
         && read_text (object, "reason", FALSE, &set->reason, error)
         && read_text (object, "job", FALSE, &set->job, error)
         && read_text (object, "target", FALSE, &set->target_label, error)
         && read_number (object, "undoOf", &set->undo_of, error)
         && read_number (object, "objectCount", &set->object_count, error)
         && read_text (object, "hash", TRUE, &set->hash, error);
}

/* What a line does not repeat. */
static void
describe_first (MsChangeSet *set)
{
  if (set->changes->len == 0)
    return;
  const MsChange *first = g_ptr_array_index (set->changes, 0);
  set->first_type = g_strdup (first->type_name);
  set->first_id = g_strdup (first->id);
  set->first_label = g_strdup (first->label);
}

MsChangeSet *
ms_change_record_parse (const char *line, gssize length, char ***deltas, GError **error)
{
  g_autoptr (JsonNode) node = ms_json_parse (line, length, &line_limits, error);
  g_autoptr (MsChangeSet) set = g_new0 (MsChangeSet, 1);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  if (node == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      ms_error_set (error, MS_ERROR_INVALID, "invalidSyntax", NULL, "This is no change set");
      return NULL;
    }
  if (!read_set (json_node_get_object (node), set, error)
      || !read_changes (json_node_get_object (node), set, texts, error))
    return NULL;
  describe_first (set);
  g_ptr_array_add (texts, NULL);
  *deltas = (char **) g_ptr_array_free (g_steal_pointer (&texts), FALSE);
  return g_steal_pointer (&set);
}

/* Checking ---------------------------------------------------------------------------------- */

void
ms_chain_check_init (MsChainCheck *self, gint64 sequence, const char *hash)
{
  self->sequence = sequence;
  self->hash = g_strdup (hash);
  self->checked = 0;
}

void
ms_chain_check_clear (MsChainCheck *self)
{
  g_clear_pointer (&self->hash, g_free);
}

gboolean
ms_chain_is_hash (const char *text)
{
  return text != NULL && strlen (text) == 64 && strspn (text, "0123456789abcdef") == strlen (text);
}

static char *
compute_hash (const char *before, const MsChangeSet *set, const char *const *deltas)
{
  GChecksum *chain = ms_change_chain_new (before, set);

  for (guint i = 0; i < set->changes->len; i++)
    ms_change_chain_add (chain, g_ptr_array_index (set->changes, i), deltas[i]);
  char *hash = g_strdup (g_checksum_get_string (chain));
  g_checksum_free (chain);
  return hash;
}

/* (nullable): what is wrong beside the hash, or explains it */
static char *
find_fault (const MsChainCheck *self, const MsChangeSet *set)
{
  const MsChange *first = set->changes->len > 0 ? g_ptr_array_index (set->changes, 0) : NULL;

  if (set->sequence <= self->sequence)
    return g_strdup_printf ("it stands behind number %" G_GINT64_FORMAT, self->sequence);
  if (set->object_count != set->changes->len)
    return g_strdup_printf ("it is said to hold %" G_GINT64_FORMAT " changes and holds %u",
                            set->object_count,
                            set->changes->len);
  if (g_strcmp0 (set->first_id, first != NULL ? first->id : NULL) != 0
      || g_strcmp0 (set->first_type, first != NULL ? first->type_name : NULL) != 0
      || g_strcmp0 (set->first_label, first != NULL ? first->label : NULL) != 0)
    return g_strdup ("the object shown for it is not the one that it changed first");
  return NULL;
}

char *
ms_chain_check_add (MsChainCheck *self, const MsChangeSet *set, const char *const *deltas)
{
  g_autofree char *hash = compute_hash (self->hash != NULL ? self->hash : "", set, deltas);
  g_autofree char *fault = find_fault (self, set);
  gint64           expected = self->sequence + 1;

  if (fault == NULL && g_strcmp0 (hash, set->hash) != 0)
    fault = set->sequence > expected
                ? g_strdup_printf ("what stood before it is missing (%" G_GINT64_FORMAT
                                   " to %" G_GINT64_FORMAT "), or it was altered",
                                   expected,
                                   set->sequence - 1)
                : g_strdup ("it was altered, or the hash of the one before it was");
  self->sequence = set->sequence;
  g_free (self->hash);
  self->hash = g_strdup (set->hash);
  self->checked++;
  return g_steal_pointer (&fault);
}
