/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A writer that walks the schema's tables beside an object's attributes. Nothing is rendered that
 * the schema does not declare, and "schemas" lists the core schema and the extensions that the
 * answer holds something of.
 */
#include "ms-render.h"

#include <string.h>

#include "ms-error.h"
#include "ms-external-id.h"
#include "ms-json.h"
#include "ms-projection.h"
#include "ms-render-private.h"
#include "ms-txn.h"

MsRender *
ms_render_new (MsService            *service,
               const MsResourceType *type,
               const MsProjection   *projection,
               const char           *base_url,
               GError              **error)
{
  g_autoptr (MsAttributeSet) wanted = ms_attribute_set_new (type, projection, error);

  if (wanted == NULL)
    return NULL;
  MsRender *self = g_new0 (MsRender, 1);
  self->service = service;
  self->type = type;
  self->wanted = g_steal_pointer (&wanted);
  self->base_url = g_strdup (base_url != NULL ? base_url : "");
  self->sources = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->groups = ms_group_cache_new (service, self->sources);
  self->targets
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) ms_object_unref);
  self->scratch = g_string_new (NULL);
  return self;
}

void
ms_render_set_client (MsRender *self, const char *client)
{
  g_free (self->client);
  self->client = g_strdup (client);
}

void
ms_render_free (MsRender *self)
{
  ms_attribute_set_free (self->wanted);
  ms_group_cache_free (self->groups);
  g_hash_table_unref (self->targets);
  g_string_free (self->scratch, TRUE);
  g_array_unref (self->sources);
  g_free (self->base_url);
  g_free (self->client);
  g_free (self);
}

void
ms_render_use_cache (MsRender *self)
{
  if (self->service->rendered == NULL || self->type->singleton
      || !ms_attribute_set_is_plain (self->wanted))
    return;
  self->cache = self->service->rendered;
  self->moment = ms_render_cache_begin (self->cache);
}

static MsRenderedAs
rendered_as (MsRender *self)
{
  return (MsRenderedAs){ self->type, self->base_url, self->client };
}

gboolean
ms_render_append_known (MsRender *self, gint64 row, GString *out)
{
  MsRenderedAs as = rendered_as (self);

  return self->cache != NULL && ms_render_cache_get_row (self->cache, &self->moment, &as, row, out);
}

void
ms_render_note_unique (MsRender *self, gint64 row, const char *path, const char *value)
{
  MsRenderedAs as = rendered_as (self);

  if (self->cache != NULL)
    ms_render_cache_name (self->cache, &self->moment, &as, row, path, value);
}

void
ms_render_note_source (MsRender *self, gint64 changed)
{
  g_array_append_val (self->sources, changed);
}

void
ms_render_begin_member (GString *out, const char *name)
{
  char last = out->len > 0 ? out->str[out->len - 1] : '\0';

  if (last != '{' && last != '[' && last != '\0')
    g_string_append_c (out, ',');
  g_string_append_c (out, '"');
  g_string_append (out, name);
  g_string_append (out, "\":");
}

void
ms_render_append_text (GString *out, const char *name, const char *text)
{
  if (text == NULL)
    return;
  ms_render_begin_member (out, name);
  ms_json_append_string (out, text);
}

void
ms_render_append_time (GString *out, const char *name, gint64 usec)
{
  g_autofree char *time = ms_json_format_time (usec);

  ms_render_append_text (out, name, time);
}

void
ms_render_append_location (MsRender *self, const MsResourceType *type, const char *id, GString *out)
{
  /* Ids and endpoints hold nothing that JSON would escape; the base is the operator's. */
  g_autofree char *location = type->singleton
                                  ? g_strconcat (self->base_url, type->endpoint, NULL)
                                  : g_strconcat (self->base_url, type->endpoint, "/", id, NULL);
  ms_json_append_string (out, location);
}

/* Plain values ------------------------------------------------------------------------------ */

static void
append_partial (MsRender *self, const MsAttribute *attribute, JsonObject *element, GString *out)
{
  g_string_append_c (out, '{');
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      JsonNode          *value = json_object_get_member (element, sub->name);
      if (value == NULL || !ms_attribute_set_has_sub (self->wanted, sub))
        continue;
      ms_render_begin_member (out, sub->name);
      ms_json_append (out, value);
    }
  g_string_append_c (out, '}');
}

gboolean
ms_render_is_empty (const GString *out)
{
  return out->str[out->len - 2] == '{';
}

static void
append_plain (MsRender *self, const MsAttribute *attribute, JsonNode *value, GString *out)
{
  if (!ms_attribute_set_is_partial (self->wanted, attribute))
    {
      ms_json_append (out, value);
      return;
    }
  if (JSON_NODE_HOLDS_OBJECT (value))
    {
      append_partial (self, attribute, json_node_get_object (value), out);
      return;
    }
  JsonArray *elements = JSON_NODE_HOLDS_ARRAY (value) ? json_node_get_array (value) : NULL;
  g_string_append_c (out, '[');
  gsize opened = out->len;
  for (guint i = 0; elements != NULL && i < json_array_get_length (elements); i++)
    {
      JsonNode *element = json_array_get_element (elements, i);
      if (!JSON_NODE_HOLDS_OBJECT (element))
        continue;
      gsize before = out->len;
      if (before > opened)
        g_string_append_c (out, ',');
      append_partial (self, attribute, json_node_get_object (element), out);
      if (ms_render_is_empty (out))
        g_string_truncate (out, before);
    }
  g_string_append_c (out, ']');
}

/* Objects ----------------------------------------------------------------------------------- */

static gboolean
append_wanted (MsRender          *self,
               MsTxn             *txn,
               MsObject          *object,
               JsonObject        *container,
               const MsAttribute *attribute,
               GString           *out,
               GError           **error)
{
  if (attribute->relation != MS_RELATION_NONE)
    return ms_render_append_links (self, txn, object, attribute, out, error);
  if (attribute->is_computed)
    return ms_render_append_computed (self, txn, object, attribute, out, error);

  JsonNode *value = container != NULL ? json_object_get_member (container, attribute->name) : NULL;
  if (value == NULL)
    return TRUE;
  gsize before = out->len;
  ms_render_begin_member (out, attribute->name);
  gsize begun = out->len;
  append_plain (self, attribute, value, out);
  /* Of what it has no part is wanted. */
  if (out->len == begun + 2 && attribute->type == MS_ATTR_COMPLEX)
    g_string_truncate (out, before);
  return TRUE;
}

/* What cannot be read of a damaged store is left out, and whoever shows the object says so. */
static gboolean
append_attribute (MsRender          *self,
                  MsTxn             *txn,
                  MsObject          *object,
                  JsonObject        *container,
                  const MsAttribute *attribute,
                  GString           *out,
                  GError           **error)
{
  gsize before = out->len;
  g_autoptr (GError) failed = NULL;

  if (!ms_attribute_set_has (self->wanted, attribute)
      || append_wanted (self, txn, object, container, attribute, out, &failed))
    return TRUE;
  if (!ms_txn_is_bearable (txn, failed))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  g_autofree char *what = g_strdup_printf ("“%s” is not shown", attribute->path);
  ms_txn_note_damage (txn, object, what, failed);
  g_string_truncate (out, before);
  return TRUE;
}

static gboolean
append_schema (MsRender       *self,
               MsTxn          *txn,
               MsObject       *object,
               JsonObject     *container,
               const MsSchema *schema,
               GString        *out,
               GError        **error)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    if (!append_attribute (
            self, txn, object, container, g_ptr_array_index (schema->attributes, i), out, error))
      return FALSE;
  return TRUE;
}

/* Appends to @out the extensions that have something, and their names to @schemas. */
static gboolean
append_extensions (
    MsRender *self, MsTxn *txn, MsObject *object, GString *schemas, GString *out, GError **error)
{
  JsonObject *attributes = ms_object_get_attributes (object);

  for (guint i = 0; i < self->type->extensions->len; i++)
    {
      const MsSchema *schema = g_ptr_array_index (self->type->extensions, i);
      JsonNode       *node = json_object_get_member (attributes, schema->id);
      JsonObject     *container
          = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
      gsize before = out->len;

      ms_render_begin_member (out, schema->id);
      g_string_append_c (out, '{');
      gsize opened = out->len;
      if (!append_schema (self, txn, object, container, schema, out, error))
        return FALSE;
      if (out->len == opened)
        {
          g_string_truncate (out, before);
          continue;
        }
      g_string_append_c (out, '}');
      g_string_append_printf (schemas, ",\"%s\"", schema->id);
    }
  return TRUE;
}

static void
append_meta (MsRender *self, guint parts, MsObject *object, GString *out)
{
  ms_render_begin_member (out, "meta");
  g_string_append_c (out, '{');
  if (parts & MS_META_RESOURCE_TYPE)
    g_string_append_printf (out, "\"resourceType\":\"%s\"", self->type->name);
  /* In a damaged store it may be lost. */
  if ((parts & MS_META_CREATED) && ms_object_get_created (object) != 0)
    ms_render_append_time (out, "created", ms_object_get_created (object));
  if (parts & MS_META_LAST_MODIFIED)
    ms_render_append_time (out, "lastModified", ms_object_get_modified (object));
  if (parts & MS_META_LOCATION)
    {
      ms_render_begin_member (out, "location");
      ms_render_append_location (self, self->type, ms_object_get_id (object), out);
    }
  if ((parts & MS_META_VERSION) && ms_object_get_version (object) != 0)
    {
      ms_render_begin_member (out, "version");
      g_string_append_printf (
          out, "\"W/\\\"%" G_GINT64_FORMAT "\\\"\"", ms_object_get_version (object));
    }
  g_string_append_c (out, '}');
}

static void
append_external_ids (MsRender *self, JsonObject *attributes, GString *out)
{
  const MsAttribute *all = ms_resource_type_find (self->type, "externalIds");
  JsonNode          *node = json_object_get_member (attributes, "externalIds");
  const char        *own = ms_external_id_get (attributes, self->client);

  /* Others may see other ones, or none. */
  self->own |= node != NULL || json_object_has_member (attributes, "externalId");
  if (own != NULL && ms_attribute_set_has_external_id (self->wanted))
    {
      ms_render_begin_member (out, "externalId");
      ms_json_append_string (out, own);
    }
  if (node != NULL && self->client == NULL && ms_attribute_set_has (self->wanted, all))
    {
      ms_render_begin_member (out, "externalIds");
      append_plain (self, all, node, out);
    }
}

static gboolean
append_object (MsRender *self, MsTxn *txn, MsObject *object, GString *out, GError **error)
{
  JsonObject *attributes = ms_object_get_attributes (object);
  gsize       start = out->len;

  g_string_truncate (self->scratch, 0);
  g_string_append (self->scratch, "{");
  g_string_append (out, "{\"schemas\":[");
  ms_json_append_string (out, self->type->schema->id);

  /* Attributes first into the scratch, since which schemas there are is known only afterwards. */
  append_external_ids (self, attributes, self->scratch);
  if (!append_schema (self, txn, object, attributes, self->type->schema, self->scratch, error)
      || !append_extensions (self, txn, object, out, self->scratch, error))
    {
      g_string_truncate (out, start);
      return FALSE;
    }
  guint meta = ms_attribute_set_get_meta (self->wanted);
  if (meta != 0)
    append_meta (self, meta, object, self->scratch);

  g_string_append (out, "],\"id\":");
  ms_json_append_string (out, ms_object_get_id (object));
  if (self->scratch->len > 1)
    {
      g_string_append_c (out, ',');
      g_string_append_len (out, self->scratch->str + 1, (gssize) self->scratch->len - 1);
    }
  g_string_append_c (out, '}');
  return TRUE;
}

gboolean
ms_render_append (MsRender *self, MsTxn *txn, MsObject *object, GString *out, GError **error)
{
  gsize start = out->len;

  g_return_val_if_fail (ms_object_get_type (object) == self->type, FALSE);

  self->untraced = FALSE;
  self->own = FALSE;
  g_array_set_size (self->sources, 0);
  ms_render_note_source (self, MS_CHANGED_CONTENT (ms_object_get_row (object)));
  if (!append_object (self, txn, object, out, error))
    return FALSE;
  if (self->cache != NULL && !self->untraced)
    {
      MsRenderedAs as = rendered_as (self);
      ms_render_cache_add (self->cache,
                           &self->moment,
                           &as,
                           !self->own,
                           object,
                           out->str + start,
                           out->len - start,
                           self->sources);
    }
  return TRUE;
}
