/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A request's names looked up once, so that rendering asks by pointer.
 */
#include "ms-projection.h"

#include "ms-error.h"

struct _MsAttributeSet
{
  gboolean    any; /* nothing was said: everything that is returned by default */
  gboolean    excludes;
  guint       meta; /* MsMetaPart: those that are named */
  gboolean    external_id;
  GHashTable *named;   /* MsAttribute, and MsSchema of whole extensions */
  GHashTable *parents; /* MsAttribute of which a sub-attribute is named */
};

/* The parts of "meta" that @name is about; 0 where it is about something else. */
static guint
find_meta (const char *name)
{
  static const char *const parts[]
      = { "resourceType", "created", "lastModified", "location", "version" };

  if (g_ascii_strcasecmp (name, "meta") == 0)
    return MS_META_ALL;
  if (g_ascii_strncasecmp (name, "meta.", 5) != 0)
    return 0;
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (g_ascii_strcasecmp (name + 5, parts[i]) == 0)
      return 1U << i;
  return 0;
}

static void
add_name (MsAttributeSet *self, const MsResourceType *type, const char *name)
{
  const MsAttribute *attribute = ms_resource_type_find (type, name);

  self->external_id |= attribute != NULL && g_strcmp0 (attribute->path, "externalId") == 0;
  if (attribute != NULL)
    {
      g_hash_table_add (self->named, (gpointer) attribute);
      if (attribute->parent != NULL)
        g_hash_table_add (self->parents, (gpointer) attribute->parent);
      return;
    }
  self->meta |= find_meta (ms_resource_type_skip_schema (type, name));
  if (g_ascii_strcasecmp (name, type->schema->id) == 0)
    g_hash_table_add (self->named, (gpointer) type->schema);
  for (guint i = 0; i < type->extensions->len; i++)
    {
      const MsSchema *schema = g_ptr_array_index (type->extensions, i);
      if (g_ascii_strcasecmp (name, schema->id) == 0)
        g_hash_table_add (self->named, (gpointer) schema);
    }
}

static gboolean
is_given (char **names)
{
  return names != NULL && names[0] != NULL;
}

gboolean
ms_projection_is_plain (const MsProjection *projection)
{
  return projection == NULL
         || (!is_given (projection->attributes) && !is_given (projection->excluded));
}

MsAttributeSet *
ms_attribute_set_new (const MsResourceType *type, const MsProjection *projection, GError **error)
{
  gboolean names = projection != NULL && is_given (projection->attributes);
  gboolean excludes = projection != NULL && is_given (projection->excluded);

  if (names && excludes)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "attributes",
                    "Give “attributes” or “excludedAttributes”, not both");
      return NULL;
    }

  MsAttributeSet *self = g_new0 (MsAttributeSet, 1);
  self->any = !names && !excludes;
  self->excludes = excludes;
  self->named = g_hash_table_new (NULL, NULL);
  self->parents = g_hash_table_new (NULL, NULL);
  char **list = names ? projection->attributes : excludes ? projection->excluded : NULL;
  for (guint i = 0; list != NULL && list[i] != NULL; i++)
    add_name (self, type, list[i]);
  return self;
}

void
ms_attribute_set_free (MsAttributeSet *self)
{
  g_hash_table_unref (self->named);
  g_hash_table_unref (self->parents);
  g_free (self);
}

static gboolean
is_named (const MsAttributeSet *self, const MsAttribute *attribute)
{
  return g_hash_table_contains (self->named, attribute)
         || g_hash_table_contains (self->named, attribute->schema);
}

static gboolean
shows_unversioned (const MsAttributeSet *self, const MsSchema *schema)
{
  for (guint i = 0; i < schema->attributes->len; i++)
    {
      const MsAttribute *attribute = g_ptr_array_index (schema->attributes, i);
      if (attribute->is_computed && attribute->returned == MS_RETURNED_REQUEST
          && ms_attribute_set_has (self, attribute))
        return TRUE;
    }
  return FALSE;
}

gboolean
ms_projection_shows_unversioned (const MsProjection *projection, const MsResourceType *type)
{
  g_return_val_if_fail (type != NULL, FALSE);

  if (projection == NULL || !is_given (projection->attributes))
    return FALSE;
  /* A projection that makes no sense is refused where the object is read. */
  g_autoptr (MsAttributeSet) set = ms_attribute_set_new (type, projection, NULL);
  gboolean shown = set != NULL && shows_unversioned (set, type->schema);
  for (guint i = 0; set != NULL && !shown && i < type->extensions->len; i++)
    shown = shows_unversioned (set, g_ptr_array_index (type->extensions, i));
  return shown;
}

static gboolean
has_part_always (const MsAttribute *attribute)
{
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    if (((const MsAttribute *) g_ptr_array_index (attribute->sub_attributes, i))->returned
        == MS_RETURNED_ALWAYS)
      return TRUE;
  return FALSE;
}

gboolean
ms_attribute_set_has (const MsAttributeSet *self, const MsAttribute *attribute)
{
  if (attribute->returned == MS_RETURNED_NEVER)
    return FALSE;
  /* A part that is always returned brings with it what it is a part of. Not so of a relation, whose
   * entries may be very many and are not part of the object. */
  if (attribute->returned == MS_RETURNED_ALWAYS
      || (attribute->relation == MS_RELATION_NONE && has_part_always (attribute)))
    return TRUE;
  if (self->any || self->excludes)
    return attribute->returned == MS_RETURNED_DEFAULT && (self->any || !is_named (self, attribute));
  return is_named (self, attribute) || g_hash_table_contains (self->parents, attribute);
}

gboolean
ms_attribute_set_is_partial (const MsAttributeSet *self, const MsAttribute *attribute)
{
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    if (!ms_attribute_set_has_sub (self, g_ptr_array_index (attribute->sub_attributes, i)))
      return TRUE;
  return FALSE;
}

gboolean
ms_attribute_set_has_sub (const MsAttributeSet *self, const MsAttribute *sub)
{
  const MsAttribute *parent = sub->parent;
  gboolean           by_default = sub->returned == MS_RETURNED_DEFAULT;

  if (sub->returned == MS_RETURNED_NEVER)
    return FALSE;
  if (sub->returned == MS_RETURNED_ALWAYS)
    return TRUE;
  if (self->any)
    return by_default && parent->returned != MS_RETURNED_REQUEST;
  /* Whether there is more of the attribute than its parts that are always returned. */
  if (self->excludes)
    return by_default && parent->returned != MS_RETURNED_REQUEST
           && (parent->returned == MS_RETURNED_ALWAYS || !is_named (self, parent))
           && !g_hash_table_contains (self->named, sub);
  if (g_hash_table_contains (self->named, sub))
    return TRUE;
  return by_default
         && (is_named (self, parent)
             || (parent->returned == MS_RETURNED_ALWAYS
                 && !g_hash_table_contains (self->parents, parent)));
}

guint
ms_attribute_set_get_meta (const MsAttributeSet *self)
{
  if (self->any)
    return MS_META_ALL;
  return self->excludes ? MS_META_ALL & ~self->meta : self->meta;
}

gboolean
ms_attribute_set_has_external_id (const MsAttributeSet *self)
{
  return self->any || self->external_id != self->excludes;
}

gboolean
ms_attribute_set_is_plain (const MsAttributeSet *self)
{
  return self->any;
}
