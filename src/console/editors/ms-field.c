/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsField: see the header. What must stay true: loading is silent (no "changed"), and the base is
 * always in the canonical form of dup_value(), so that a field nobody touched is never "changed"
 * however odd the wire form was.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-error.h"
#include "ms-field.h"
#include "ms-json.h"

typedef struct
{
  /* Owned */
  char       *path;
  char       *title;
  char       *hint;
  MsFieldRow *row;
  JsonNode   *base;

  gboolean required;
  guint    silent;
} MsFieldPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (MsField, ms_field, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static MsFieldPrivate *
get_private (MsField *self)
{
  return ms_field_get_instance_private (self);
}

static gboolean
is_equal (JsonNode *a, JsonNode *b)
{
  if (a == NULL || b == NULL)
    return a == b;

  return ms_json_equal (a, b);
}

static void
show_value (MsField *self, JsonNode *value)
{
  MsFieldPrivate *priv = get_private (self);

  priv->silent++;
  MS_FIELD_GET_CLASS (self)->set_value (self, value);
  priv->silent--;
}

static void
ms_field_real_append_operations (MsField   *self,
                                 JsonNode  *base,
                                 JsonNode  *value,
                                 JsonArray *operations)
{
  ms_field_add_operation (
      operations, value != NULL ? "replace" : "remove", get_private (self)->path, value);
}

static char *
ms_field_real_describe (MsField *self, JsonNode *value)
{
  if (value == NULL || JSON_NODE_HOLDS_NULL (value))
    return g_strdup ("");
  if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING)
    return json_node_dup_string (value);

  return ms_json_to_string (value);
}

static void
ms_field_dispose (GObject *object)
{
  MsFieldPrivate *priv = get_private (MS_FIELD (object));

  g_clear_object (&priv->row);

  G_OBJECT_CLASS (ms_field_parent_class)->dispose (object);
}

static void
ms_field_finalize (GObject *object)
{
  MsFieldPrivate *priv = get_private (MS_FIELD (object));

  g_free (priv->path);
  g_free (priv->title);
  g_free (priv->hint);
  g_clear_pointer (&priv->base, json_node_unref);

  G_OBJECT_CLASS (ms_field_parent_class)->finalize (object);
}

static void
ms_field_class_init (MsFieldClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = ms_field_dispose;
  object_class->finalize = ms_field_finalize;
  klass->append_operations = ms_field_real_append_operations;
  klass->describe = ms_field_real_describe;

  signals[CHANGED] = g_signal_new (
      "changed", MS_TYPE_FIELD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ms_field_init (MsField *self)
{
}

MsField *
ms_field_new (GType type, const char *path, const char *title, const char *hint)
{
  MsField        *self = g_object_new (type, NULL);
  MsFieldPrivate *priv = get_private (self);

  g_return_val_if_fail (path != NULL && title != NULL, self);

  priv->path = g_strdup (path);
  priv->title = g_strdup (title);
  priv->hint = g_strdup (hint);

  return self;
}

const char *
ms_field_get_path (MsField *self)
{
  g_return_val_if_fail (MS_IS_FIELD (self), NULL);

  return get_private (self)->path;
}

char *
ms_field_dup_title (MsField *self)
{
  g_autoptr (GString) title = NULL;

  g_return_val_if_fail (MS_IS_FIELD (self), NULL);

  title = g_string_new (get_private (self)->title);
  g_string_replace (title, "_", "", 1);

  return g_string_free (g_steal_pointer (&title), FALSE);
}

MsFieldRow *
ms_field_get_row (MsField *self)
{
  MsFieldPrivate *priv;

  g_return_val_if_fail (MS_IS_FIELD (self), NULL);

  priv = get_private (self);
  if (priv->row == NULL)
    {
      priv->row = MS_FIELD_ROW (g_object_ref_sink (ms_field_row_new (priv->title, priv->hint)));
      priv->silent++;
      MS_FIELD_GET_CLASS (self)->build (self, priv->row);
      /* A field of a new object is never loaded: it begins with what unset looks like */
      MS_FIELD_GET_CLASS (self)->set_value (self, NULL);
      priv->silent--;
    }

  return priv->row;
}

void
ms_field_set_required (MsField *self, gboolean required)
{
  g_return_if_fail (MS_IS_FIELD (self));

  get_private (self)->required = required;
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (ms_field_row_get_target (ms_field_get_row (self))),
      GTK_ACCESSIBLE_PROPERTY_REQUIRED,
      required,
      -1);
}

gboolean
ms_field_get_required (MsField *self)
{
  g_return_val_if_fail (MS_IS_FIELD (self), FALSE);

  return get_private (self)->required;
}

void
ms_field_load (MsField *self, MsResource *resource)
{
  g_return_if_fail (MS_IS_FIELD (self));
  g_return_if_fail (MS_IS_RESOURCE (resource));

  (void) ms_field_get_row (self);
  if (MS_FIELD_GET_CLASS (self)->load != NULL)
    {
      get_private (self)->silent++;
      MS_FIELD_GET_CLASS (self)->load (self, resource);
      get_private (self)->silent--;
    }
  ms_field_load_value (self, ms_resource_get_node (resource, get_private (self)->path));
}

void
ms_field_load_value (MsField *self, JsonNode *value)
{
  MsFieldPrivate *priv;

  g_return_if_fail (MS_IS_FIELD (self));

  priv = get_private (self);
  (void) ms_field_get_row (self);
  show_value (self, value);
  g_clear_pointer (&priv->base, json_node_unref);
  priv->base = ms_field_dup_value (self);
  ms_field_row_set_error (priv->row, NULL);
}

void
ms_field_set_value (MsField *self, JsonNode *value)
{
  g_return_if_fail (MS_IS_FIELD (self));

  (void) ms_field_get_row (self);
  show_value (self, value);
  ms_field_changed (self);
}

JsonNode *
ms_field_dup_value (MsField *self)
{
  g_return_val_if_fail (MS_IS_FIELD (self), NULL);

  (void) ms_field_get_row (self);

  return MS_FIELD_GET_CLASS (self)->dup_value (self);
}

JsonNode *
ms_field_get_base (MsField *self)
{
  g_return_val_if_fail (MS_IS_FIELD (self), NULL);

  return get_private (self)->base;
}

JsonNode *
ms_field_normalize (MsField *self, JsonNode *value)
{
  g_autoptr (JsonNode) shown = NULL;
  JsonNode *normal;

  g_return_val_if_fail (MS_IS_FIELD (self), NULL);

  shown = ms_field_dup_value (self);
  show_value (self, value);
  normal = ms_field_dup_value (self);
  show_value (self, shown);

  return normal;
}

void
ms_field_rebase (MsField *self, JsonNode *value)
{
  MsFieldPrivate *priv;
  g_autoptr (JsonNode) normal = NULL;

  g_return_if_fail (MS_IS_FIELD (self));

  priv = get_private (self);
  normal = ms_field_normalize (self, value);
  g_clear_pointer (&priv->base, json_node_unref);
  priv->base = g_steal_pointer (&normal);
}

gboolean
ms_field_is_changed (MsField *self)
{
  g_autoptr (JsonNode) value = NULL;

  g_return_val_if_fail (MS_IS_FIELD (self), FALSE);

  value = ms_field_dup_value (self);

  return !is_equal (value, get_private (self)->base);
}

gboolean
ms_field_verify (MsField *self, GError **error)
{
  MsFieldPrivate *priv;
  g_autoptr (JsonNode) value = NULL;
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (MS_IS_FIELD (self), FALSE);

  priv = get_private (self);
  value = ms_field_dup_value (self);
  if (priv->required && value == NULL)
    g_set_error_literal (&local_error, MS_ERROR, MS_ERROR_INVALID, _("This cannot be empty"));
  else if (MS_FIELD_GET_CLASS (self)->verify != NULL)
    (void) MS_FIELD_GET_CLASS (self)->verify (self, &local_error);

  ms_field_row_set_error (ms_field_get_row (self),
                          local_error != NULL ? local_error->message : NULL);
  if (local_error == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&local_error));

  return FALSE;
}

void
ms_field_show_error (MsField *self, const char *message)
{
  g_return_if_fail (MS_IS_FIELD (self));

  if (message == NULL || strncmp (get_private (self)->path, "urn:", 4) != 0)
    {
      ms_field_row_set_error (ms_field_get_row (self), message);
      return;
    }
  /* The server names the attribute in full, the row by its title. */
  g_autofree char *path = g_strconcat ("“", get_private (self)->path, NULL);
  g_autofree char *title = ms_field_dup_title (self);
  g_autofree char *name = g_strconcat ("“", title, NULL);
  g_autoptr (GString) text = g_string_new (message);
  (void) g_string_replace (text, path, name, 0);
  ms_field_row_set_error (ms_field_get_row (self), text->str);
}

void
ms_field_apply (MsField *self, JsonArray *operations)
{
  g_autoptr (JsonNode) value = NULL;
  JsonNode *base;

  g_return_if_fail (MS_IS_FIELD (self));
  g_return_if_fail (operations != NULL);

  base = get_private (self)->base;
  value = ms_field_dup_value (self);
  if (!is_equal (value, base))
    MS_FIELD_GET_CLASS (self)->append_operations (self, base, value, operations);
}

char *
ms_field_describe (MsField *self, JsonNode *value)
{
  g_return_val_if_fail (MS_IS_FIELD (self), NULL);

  return MS_FIELD_GET_CLASS (self)->describe (self, value);
}

void
ms_field_changed (MsField *self)
{
  g_return_if_fail (MS_IS_FIELD (self));

  if (get_private (self)->silent > 0)
    return;

  (void) ms_field_verify (self, NULL);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
ms_field_freeze (MsField *self)
{
  g_return_if_fail (MS_IS_FIELD (self));

  get_private (self)->silent++;
}

void
ms_field_thaw (MsField *self)
{
  g_return_if_fail (MS_IS_FIELD (self));
  g_return_if_fail (get_private (self)->silent > 0);

  get_private (self)->silent--;
}

void
ms_field_add_operation (JsonArray *operations, const char *op, const char *path, JsonNode *value)
{
  JsonObject *operation = json_object_new ();

  json_object_set_string_member (operation, "op", op);
  json_object_set_string_member (operation, "path", path);
  if (value != NULL)
    json_object_set_member (operation, "value", ms_json_deep_copy (value));

  json_array_add_object_element (operations, operation);
}
