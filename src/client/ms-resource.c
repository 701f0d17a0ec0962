/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The JSON of one object with access by attribute path. Extension URNs contain dots and colons, so
 * a path that begins with one is split at the last colon; the member of that name holds the rest.
 */
#include "config.h"
#include "ms-resource.h"

#include "ms-json.h"

struct _MsResource
{
  GObject parent_instance;

  /* Owned */
  JsonObject *json; /* NULL while a placeholder */
};

G_DEFINE_FINAL_TYPE (MsResource, ms_resource, G_TYPE_OBJECT)

enum
{
  PROP_LOADED = 1,
  PROP_ID,
  PROP_LABEL,
  PROP_TYPE_NAME,
  N_PROPS
};

static GParamSpec *props[N_PROPS];
static guint       changed_signal;

/* The member of @object for the first part of @path; @rest: what is left of the path, or NULL. */
static JsonNode *
find_first (JsonObject *object, const char *path, const char **rest)
{
  if (g_ascii_strncasecmp (path, "urn:", 4) == 0)
    {
      /* The URN itself may be the whole path, or be followed by ":attribute". */
      JsonNode *whole = ms_json_object_find (object, path);
      if (whole != NULL)
        {
          *rest = NULL;
          return whole;
        }
      const char      *colon = strrchr (path, ':');
      g_autofree char *urn = g_strndup (path, (gsize) (colon - path));
      JsonNode        *extension = ms_json_object_find (object, urn);
      *rest = colon + 1;
      if (extension != NULL)
        return extension;
      /* "urn:…:core:2.0:User:userName" names an attribute of the object itself. */
      return find_first (object, colon + 1, rest);
    }

  const char      *dot = strchr (path, '.');
  g_autofree char *name = dot != NULL ? g_strndup (path, (gsize) (dot - path)) : g_strdup (path);
  *rest = dot != NULL ? dot + 1 : NULL;
  return ms_json_object_find (object, name);
}

static JsonNode *
find_path (JsonObject *object, const char *path)
{
  while (path != NULL && object != NULL)
    {
      const char *rest = NULL;
      JsonNode   *node = find_first (object, path, &rest);

      if (node == NULL || rest == NULL)
        return node;
      if (JSON_NODE_HOLDS_ARRAY (node))
        {
          JsonArray *array = json_node_get_array (node);
          node = json_array_get_length (array) > 0 ? json_array_get_element (array, 0) : NULL;
        }
      object = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
      path = rest;
    }
  return NULL;
}

static const char *
node_to_string (JsonNode *node)
{
  if (node != NULL && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_get_string (node);
  return NULL;
}

static void
ms_resource_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  MsResource *self = MS_RESOURCE (object);

  switch (id)
    {
    case PROP_LOADED:
      g_value_set_boolean (value, ms_resource_is_loaded (self));
      break;
    case PROP_ID:
      g_value_set_string (value, ms_resource_get_id (self));
      break;
    case PROP_LABEL:
      g_value_set_string (value, ms_resource_get_label (self));
      break;
    case PROP_TYPE_NAME:
      g_value_set_string (value, ms_resource_get_type_name (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ms_resource_finalize (GObject *object)
{
  MsResource *self = MS_RESOURCE (object);

  g_clear_pointer (&self->json, json_object_unref);
  G_OBJECT_CLASS (ms_resource_parent_class)->finalize (object);
}

static void
ms_resource_class_init (MsResourceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags   flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ms_resource_get_property;
  object_class->finalize = ms_resource_finalize;

  props[PROP_LOADED] = g_param_spec_boolean ("loaded", NULL, NULL, FALSE, flags);
  props[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);
  props[PROP_LABEL] = g_param_spec_string ("label", NULL, NULL, "", flags);
  props[PROP_TYPE_NAME] = g_param_spec_string ("type-name", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);

  changed_signal = g_signal_new (
      "changed", MS_TYPE_RESOURCE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ms_resource_init (MsResource *self)
{
}

MsResource *
ms_resource_new (JsonObject *json)
{
  g_return_val_if_fail (json != NULL, NULL);

  MsResource *self = g_object_new (MS_TYPE_RESOURCE, NULL);
  self->json = json_object_ref (json);
  return self;
}

MsResource *
ms_resource_new_placeholder (void)
{
  return g_object_new (MS_TYPE_RESOURCE, NULL);
}

gboolean
ms_resource_is_loaded (MsResource *self)
{
  g_return_val_if_fail (MS_IS_RESOURCE (self), FALSE);
  return self->json != NULL;
}

const char *
ms_resource_get_id (MsResource *self)
{
  return ms_resource_get_string (self, "id");
}

const char *
ms_resource_get_type_name (MsResource *self)
{
  return ms_resource_get_string (self, "meta.resourceType");
}

const char *
ms_resource_get_etag (MsResource *self)
{
  return ms_resource_get_string (self, "meta.version");
}

const char *
ms_resource_get_label (MsResource *self)
{
  static const char *const paths[] = { "userName", "name", "displayName" };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      const char *label = ms_resource_get_string (self, paths[i]);
      if (label != NULL)
        return label;
    }
  return "";
}

JsonObject *
ms_resource_get_json (MsResource *self)
{
  g_return_val_if_fail (MS_IS_RESOURCE (self), NULL);
  return self->json;
}

/**
 * ms_resource_set_json:
 *
 * Gives it new content; says so by "changed" and by notifying those properties that differ.
 */
void
ms_resource_set_json (MsResource *self, JsonObject *json)
{
  g_return_if_fail (MS_IS_RESOURCE (self));
  g_return_if_fail (json != NULL);

  if (self->json == json)
    return;

  gboolean         was_loaded = self->json != NULL;
  g_autofree char *old_id = g_strdup (ms_resource_get_id (self));
  g_autofree char *old_label = g_strdup (ms_resource_get_label (self));
  g_autofree char *old_type = g_strdup (ms_resource_get_type_name (self));

  json_object_ref (json);
  g_clear_pointer (&self->json, json_object_unref);
  self->json = json;

  g_object_freeze_notify (G_OBJECT (self));
  if (!was_loaded)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LOADED]);
  if (g_strcmp0 (old_id, ms_resource_get_id (self)) != 0)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ID]);
  if (g_strcmp0 (old_label, ms_resource_get_label (self)) != 0)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LABEL]);
  if (g_strcmp0 (old_type, ms_resource_get_type_name (self)) != 0)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TYPE_NAME]);
  g_object_thaw_notify (G_OBJECT (self));

  g_signal_emit (self, changed_signal, 0);
}

JsonNode *
ms_resource_get_node (MsResource *self, const char *path)
{
  g_return_val_if_fail (MS_IS_RESOURCE (self), NULL);
  g_return_val_if_fail (path != NULL, NULL);

  return self->json != NULL ? find_path (self->json, path) : NULL;
}

const char *
ms_resource_get_string (MsResource *self, const char *path)
{
  return node_to_string (ms_resource_get_node (self, path));
}

gboolean
ms_resource_get_boolean (MsResource *self, const char *path, gboolean fallback)
{
  JsonNode *node = ms_resource_get_node (self, path);

  if (node != NULL && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    return json_node_get_boolean (node);
  return fallback;
}

gint64
ms_resource_get_int (MsResource *self, const char *path, gint64 fallback)
{
  JsonNode *node = ms_resource_get_node (self, path);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return fallback;
  GType type = json_node_get_value_type (node);
  return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE ? json_node_get_int (node) : fallback;
}

char **
ms_resource_dup_strv (MsResource *self, const char *path)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  JsonNode *node = ms_resource_get_node (self, path);

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);
      for (guint i = 0; i < json_array_get_length (array); i++)
        {
          JsonNode   *element = json_array_get_element (array, i);
          const char *text = node_to_string (element);

          if (text == NULL && JSON_NODE_HOLDS_OBJECT (element))
            text = node_to_string (ms_json_object_find (json_node_get_object (element), "value"));
          if (text != NULL)
            g_strv_builder_add (builder, text);
        }
    }
  else if (node_to_string (node) != NULL)
    g_strv_builder_add (builder, node_to_string (node));

  return g_strv_builder_end (builder);
}
