/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsForm: see the header. What must stay true: after a merge the base of every field is the newest
 * known value, so that the operations made next are against exactly the version they will be sent
 * with.
 */
#include "config.h"

#include "ms-attributes.h"
#include "ms-form.h"
#include "ms-json.h"

struct _MsForm
{
  GObject parent_instance;

  /* Owned */
  GPtrArray *fields;
};

G_DEFINE_FINAL_TYPE (MsForm, ms_form, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static gboolean
is_equal (JsonNode *a, JsonNode *b)
{
  return a == b || (a != NULL && b != NULL && ms_json_equal (a, b));
}

static void
on_field_changed_cb (MsForm *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
ms_form_finalize (GObject *object)
{
  g_ptr_array_unref (MS_FORM (object)->fields);

  G_OBJECT_CLASS (ms_form_parent_class)->finalize (object);
}

static void
ms_form_class_init (MsFormClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ms_form_finalize;

  signals[CHANGED] = g_signal_new (
      "changed", MS_TYPE_FORM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ms_form_init (MsForm *self)
{
  self->fields = g_ptr_array_new_with_free_func (g_object_unref);
}

MsForm *
ms_form_new (void)
{
  return g_object_new (MS_TYPE_FORM, NULL);
}

MsField *
ms_form_add (MsForm *self, MsField *field)
{
  g_return_val_if_fail (MS_IS_FORM (self), NULL);
  g_return_val_if_fail (MS_IS_FIELD (field), NULL);

  g_ptr_array_add (self->fields, field);
  g_signal_connect_object (
      field, "changed", G_CALLBACK (on_field_changed_cb), self, G_CONNECT_SWAPPED);

  return field;
}

MsField *
ms_form_find (MsForm *self, const char *path)
{
  g_return_val_if_fail (MS_IS_FORM (self), NULL);

  for (guint i = 0; path != NULL && i < self->fields->len; i++)
    {
      const char *own = ms_field_get_path (self->fields->pdata[i]);
      gsize       length = strlen (own);

      if (g_ascii_strncasecmp (own, path, length) == 0 && strchr (".[", path[length]) != NULL)
        return self->fields->pdata[i];
    }

  return NULL;
}

GPtrArray *
ms_form_get_fields (MsForm *self)
{
  g_return_val_if_fail (MS_IS_FORM (self), NULL);

  return self->fields;
}

void
ms_form_load (MsForm *self, MsResource *resource)
{
  g_return_if_fail (MS_IS_FORM (self));
  g_return_if_fail (MS_IS_RESOURCE (resource));

  for (guint i = 0; i < self->fields->len; i++)
    ms_field_load (self->fields->pdata[i], resource);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
ms_form_preset (MsForm *self, JsonObject *attributes)
{
  g_autoptr (MsResource) preset = NULL;

  g_return_if_fail (MS_IS_FORM (self));
  g_return_if_fail (attributes != NULL);

  preset = ms_resource_new (attributes);
  for (guint i = 0; i < self->fields->len; i++)
    {
      MsField  *field = self->fields->pdata[i];
      JsonNode *value = ms_resource_get_node (preset, ms_field_get_path (field));

      if (value != NULL)
        ms_field_set_value (field, value);
    }
}

gboolean
ms_form_is_changed (MsForm *self)
{
  g_return_val_if_fail (MS_IS_FORM (self), FALSE);

  for (guint i = 0; i < self->fields->len; i++)
    if (ms_field_is_changed (self->fields->pdata[i]))
      return TRUE;

  return FALSE;
}

gboolean
ms_form_verify (MsForm *self, MsField **culprit, GError **error)
{
  g_autoptr (GError) first = NULL;

  g_return_val_if_fail (MS_IS_FORM (self), FALSE);

  for (guint i = 0; i < self->fields->len; i++)
    {
      g_autoptr (GError) local_error = NULL;

      if (ms_field_verify (self->fields->pdata[i], &local_error) || first != NULL)
        continue;
      first = g_steal_pointer (&local_error);
      if (culprit != NULL)
        *culprit = self->fields->pdata[i];
    }
  if (first == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&first));

  return FALSE;
}

JsonArray *
ms_form_dup_operations (MsForm *self)
{
  JsonArray *operations;

  g_return_val_if_fail (MS_IS_FORM (self), NULL);

  operations = json_array_new ();
  for (guint i = 0; i < self->fields->len; i++)
    ms_field_apply (self->fields->pdata[i], operations);

  return operations;
}

JsonObject *
ms_form_dup_attributes (MsForm *self)
{
  JsonObject *attributes;

  g_return_val_if_fail (MS_IS_FORM (self), NULL);

  attributes = json_object_new ();
  for (guint i = 0; i < self->fields->len; i++)
    {
      g_autoptr (JsonNode) value = ms_field_dup_value (self->fields->pdata[i]);

      if (value != NULL)
        ms_attributes_set (attributes, ms_field_get_path (self->fields->pdata[i]), value);
    }

  return attributes;
}

void
ms_conflict_free (MsConflict *conflict)
{
  g_clear_object (&conflict->field);
  g_clear_pointer (&conflict->base, json_node_unref);
  g_clear_pointer (&conflict->theirs, json_node_unref);
  g_clear_pointer (&conflict->mine, json_node_unref);
  g_free (conflict);
}

static JsonNode *
copy_node (JsonNode *node)
{
  return node != NULL ? ms_json_deep_copy (node) : NULL;
}

/* NULL where nobody has to decide. */
static MsConflict *
merge_field (MsField *field, MsResource *theirs, gboolean *taken)
{
  JsonNode *wire = ms_resource_get_node (theirs, ms_field_get_path (field));
  g_autoptr (JsonNode) base = copy_node (ms_field_get_base (field));
  g_autoptr (JsonNode) mine = ms_field_dup_value (field);
  g_autoptr (JsonNode) other = ms_field_normalize (field, wire);
  gboolean    theirs_changed = !is_equal (other, base);
  gboolean    mine_changed = !is_equal (mine, base);
  MsConflict *conflict;

  *taken = theirs_changed && !mine_changed;
  if (!mine_changed)
    {
      ms_field_load (field, theirs);
      return NULL;
    }

  ms_field_rebase (field, wire);
  if (!theirs_changed || is_equal (mine, other))
    return NULL;

  conflict = g_new0 (MsConflict, 1);
  conflict->field = g_object_ref (field);
  conflict->base = g_steal_pointer (&base);
  conflict->theirs = g_steal_pointer (&other);
  conflict->mine = g_steal_pointer (&mine);

  return conflict;
}

GPtrArray *
ms_form_merge (MsForm *self, MsResource *theirs, GPtrArray **taken)
{
  g_autoptr (GPtrArray) fields_taken = g_ptr_array_new ();
  GPtrArray *conflicts;

  g_return_val_if_fail (MS_IS_FORM (self), NULL);
  g_return_val_if_fail (MS_IS_RESOURCE (theirs), NULL);

  conflicts = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_conflict_free);
  for (guint i = 0; i < self->fields->len; i++)
    {
      gboolean    was_taken = FALSE;
      MsConflict *conflict = merge_field (self->fields->pdata[i], theirs, &was_taken);

      if (conflict != NULL)
        g_ptr_array_add (conflicts, conflict);
      if (was_taken)
        g_ptr_array_add (fields_taken, self->fields->pdata[i]);
    }
  if (taken != NULL)
    *taken = g_steal_pointer (&fields_taken);
  g_signal_emit (self, signals[CHANGED], 0);

  return conflicts;
}
