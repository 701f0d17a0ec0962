/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is told of parts that stay as they are: of which object, by the name that it has now, and
 * why; of what was changed since by which change sets, and of several values which of them.
 */
#include "ms-undo.h"

#include <string.h>

#include "ms-json.h"
#include "ms-txn.h"

/* Enough to see what it is about: so many change sets, and so many elements of each. */
#define MAX_SETS 3
#define MAX_ELEMENTS 3

/* What is refused of one object stands together. */
static gboolean
is_refused (JsonArray *refused, const char *id, const char *path, const char *reason)
{
  for (guint i = json_array_get_length (refused); i > 0; i--)
    {
      JsonObject *entry = json_array_get_object_element (refused, i - 1);

      if (strcmp (json_object_get_string_member (entry, "id"), id) != 0)
        return FALSE;
      if (g_strcmp0 (json_object_get_string_member_with_default (entry, "path", NULL), path) == 0
          && strcmp (json_object_get_string_member (entry, "reason"), reason) == 0)
        return TRUE;
    }
  return FALSE;
}

/* (transfer none) (nullable): %NULL where that is told already */
static JsonObject *
add_entry (JsonArray *refused, const MsChange *change, const char *path, const char *reason)
{
  if (is_refused (refused, change->id, path, reason))
    return NULL;
  JsonObject *entry = json_object_new ();
  json_object_set_string_member (entry, "type", change->type_name);
  json_object_set_string_member (entry, "id", change->id);
  json_object_set_string_member (entry, "label", change->label != NULL ? change->label : "");
  if (path != NULL)
    json_object_set_string_member (entry, "path", path);
  json_object_set_string_member (entry, "reason", reason);
  json_array_add_object_element (refused, entry);
  return entry;
}

void
ms_undo_refuse (JsonArray *refused, const MsChange *change, const char *path, const char *reason)
{
  (void) add_entry (refused, change, path, reason);
}

void
ms_undo_refuse_gone (JsonArray         *refused,
                     const MsChange    *change,
                     const MsAttribute *attribute,
                     JsonNode          *link)
{
  g_autofree char *name = ms_undo_name_element (attribute, link);
  g_autofree char *reason = g_strdup_printf ("“%s” is there no more", name != NULL ? name : "");

  ms_undo_refuse (refused, change, attribute->path, reason);
}

gboolean
ms_undo_refuse_deleted_since (JsonArray      *refused,
                              MsWrite        *write,
                              const MsChange *change,
                              GError        **error)
{
  gint64 by = 0;

  if (!ms_txn_find_deletion (write->txn, change->id, &by, error))
    return FALSE;
  if (by == 0)
    {
      ms_undo_refuse (refused, change, NULL, "It was deleted since");
      return TRUE;
    }
  g_autofree char *reason
      = g_strdup_printf ("It was deleted since, by change %" G_GINT64_FORMAT, by);
  JsonObject *entry = add_entry (refused, change, NULL, reason);
  if (entry != NULL)
    json_object_set_int_member (entry, "change", by);
  return TRUE;
}

/* Since -------------------------------------------------------------------------------------- */

/**
 * Since: what one change set did
 * @by: its number; 0 = not known
 * @names: (element-type utf8): the first of the elements
 */
typedef struct
{
  gint64     by;
  GPtrArray *names;
  guint      n_elements;
} Since;

/* @sets: (element-type Since): in the order in which they were found */
struct _MsUndoSince
{
  GArray *sets;
};

static void
since_clear (gpointer data)
{
  g_ptr_array_unref (((Since *) data)->names);
}

MsUndoSince *
ms_undo_since_new (void)
{
  MsUndoSince *self = g_new0 (MsUndoSince, 1);

  self->sets = g_array_new (FALSE, FALSE, sizeof (Since));
  g_array_set_clear_func (self->sets, since_clear);
  return self;
}

void
ms_undo_since_free (MsUndoSince *self)
{
  g_array_unref (self->sets);
  g_free (self);
}

gboolean
ms_undo_since_is_empty (const MsUndoSince *self)
{
  return self->sets->len == 0;
}

static Since *
require_set (MsUndoSince *self, gint64 by)
{
  for (guint i = 0; i < self->sets->len; i++)
    if (g_array_index (self->sets, Since, i).by == by)
      return &g_array_index (self->sets, Since, i);
  Since one = { by, g_ptr_array_new_with_free_func (g_free), 0 };
  g_array_append_val (self->sets, one);
  return &g_array_index (self->sets, Since, self->sets->len - 1);
}

char *
ms_undo_name_element (const MsAttribute *attribute, JsonNode *element)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (element) ? json_node_get_object (element) : NULL;
  const char *display = object != NULL && attribute->relation != MS_RELATION_NONE
                            ? json_object_get_string_member_with_default (object, "display", NULL)
                            : NULL;

  if (display != NULL)
    return g_strdup (display);
  JsonNode *value = ms_delta_element_value (attribute, element);
  return value != NULL && json_node_get_value_type (value) == G_TYPE_STRING
             ? g_strdup (json_node_get_string (value))
             : NULL;
}

void
ms_undo_since_add (MsUndoSince *self, gint64 by, const MsAttribute *attribute, JsonNode *element)
{
  Since *set = require_set (self, by);

  if (element == NULL)
    return;
  char *name = set->names->len < MAX_ELEMENTS ? ms_undo_name_element (attribute, element) : NULL;
  if (name != NULL)
    g_ptr_array_add (set->names, name);
  set->n_elements++;
}

static void
append_elements (GString *out, const Since *set)
{
  const guint left = set->n_elements - set->names->len;

  for (guint i = 0; i < set->names->len; i++)
    g_string_append_printf (
        out, "%s“%s”", i == 0 ? ": " : ", ", (const char *) g_ptr_array_index (set->names, i));
  /* Those that have no name to be called by are only counted. */
  if (left > 0 && set->names->len > 0)
    g_string_append_printf (out, " and %u more", left);
}

/* (transfer full) */
static char *
since_to_string (const MsUndoSince *self, const char *what)
{
  GString    *out = g_string_new (what);
  const guint n = MIN (self->sets->len, MAX_SETS);

  for (guint i = 0; i < n; i++)
    {
      const Since *set = &g_array_index (self->sets, Since, i);
      g_string_append (out, i == 0 ? "" : ";");
      if (set->by != 0)
        g_string_append_printf (out, "%s by change %" G_GINT64_FORMAT, i == 0 ? "," : "", set->by);
      append_elements (out, set);
    }
  if (self->sets->len > n)
    g_string_append_printf (out, "; and by %u more", self->sets->len - n);
  return g_string_free (out, FALSE);
}

char *
ms_undo_since_to_string (const MsUndoSince *self)
{
  return since_to_string (self, MS_UNDO_CHANGED_SINCE);
}

static gint64
get_newest (const MsUndoSince *self)
{
  gint64 newest = 0;

  for (guint i = 0; i < self->sets->len; i++)
    newest = MAX (newest, g_array_index (self->sets, Since, i).by);
  return newest;
}

void
ms_undo_refuse_since (JsonArray         *refused,
                      const MsChange    *change,
                      const char        *path,
                      const MsUndoSince *since)
{
  g_autofree char *reason = ms_undo_since_to_string (since);
  gint64           newest = get_newest (since);
  JsonObject      *entry = add_entry (refused, change, path, reason);

  if (entry != NULL && newest != 0)
    json_object_set_int_member (entry, "change", newest);
}

void
ms_undo_refuse_lost (JsonArray         *refused,
                     const MsChange    *change,
                     const char        *path,
                     const MsUndoSince *lost)
{
  g_autofree char *reason
      = since_to_string (lost, "What was deleted since comes back with this entry");

  ms_undo_refuse (refused, change, path, reason);
}

void
ms_undo_refuse_touched (JsonArray *refused, const MsChange *change, const char *path, gint64 by)
{
  g_autoptr (MsUndoSince) since = ms_undo_since_new ();

  ms_undo_since_add (since, by, NULL, NULL);
  ms_undo_refuse_since (refused, change, path, since);
}

static void
refuse_by (
    JsonArray *refused, const MsChange *change, const char *path, const char *reason, gint64 by)
{
  JsonObject *entry = add_entry (refused, change, path, reason);

  if (entry != NULL)
    json_object_set_int_member (entry, "change", by);
}

void
ms_undo_refuse_led (
    JsonArray *refused, const MsChange *change, const char *path, const char *leader, gint64 by)
{
  g_autofree char *reason
      = g_strdup_printf ("“%s” was changed again since, by change %" G_GINT64_FORMAT, leader, by);

  refuse_by (refused, change, path, reason, by);
}

void
ms_undo_refuse_going (JsonArray *refused, const MsChange *change, const char *path, gint64 by)
{
  g_autofree char *reason
      = g_strdup_printf (MS_UNDO_WOULD_CHANGE ", by change %" G_GINT64_FORMAT, by);

  refuse_by (refused, change, path, reason, by);
}

/* Names --------------------------------------------------------------------------------------- */

gboolean
ms_undo_tell_names (MsTxn *txn, JsonArray *entries, GError **error)
{
  for (guint i = 0; i < json_array_get_length (entries); i++)
    {
      JsonObject *entry = json_array_get_object_element (entries, i);
      g_autoptr (MsObject) object = NULL;
      if (!ms_txn_look_up (txn, NULL, json_object_get_string_member (entry, "id"), &object, error))
        return FALSE;
      if (object != NULL && *ms_object_get_label (object) != '\0')
        json_object_set_string_member (entry, "label", ms_object_get_label (object));
    }
  return TRUE;
}
