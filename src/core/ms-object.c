/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One object of the store. Reference counting is atomic: objects are handed between the server's
 * threads, but only one of them may change one. Reading is by path; an unknown path is a
 * programming error.
 */
#include "ms-object.h"

#include "ms-json.h"

#include <openssl/rand.h>

struct _MsObject
{
  gatomicrefcount       ref_count;
  const MsResourceType *type;
  char                 *id;
  JsonObject           *attributes;
  gint64                row;
  gint64                version;
  gint64                created;
  gint64                modified;
  gboolean              damaged;
};

MsObject *
ms_object_new (const MsResourceType *type, const char *id, JsonObject *attributes)
{
  g_return_val_if_fail (type != NULL, NULL);

  MsObject *self = g_new0 (MsObject, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->type = type;
  self->id = g_strdup (id);
  self->attributes = attributes != NULL ? attributes : json_object_new ();
  return self;
}

MsObject *
ms_object_ref (MsObject *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ms_object_unref (MsObject *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_free (self->id);
  json_object_unref (self->attributes);
  g_free (self);
}

MsObject *
ms_object_copy (MsObject *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  MsObject *copy
      = ms_object_new (self->type, self->id, ms_json_deep_copy_object (self->attributes));
  copy->row = self->row;
  copy->version = self->version;
  copy->created = self->created;
  copy->modified = self->modified;
  copy->damaged = self->damaged;
  return copy;
}

const MsResourceType *
ms_object_get_type (MsObject *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->type;
}

gboolean
ms_object_is_a (MsObject *self, const char *type_name)
{
  return self != NULL && strcmp (self->type->name, type_name) == 0;
}

const char *
ms_object_get_id (MsObject *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->id;
}

JsonObject *
ms_object_get_attributes (MsObject *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->attributes;
}

void
ms_object_take_attributes (MsObject *self, JsonObject *attributes)
{
  g_return_if_fail (self != NULL && attributes != NULL);

  json_object_unref (self->attributes);
  self->attributes = attributes;
}

gint64
ms_object_get_row (MsObject *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return self->row;
}

void
ms_object_set_row (MsObject *self, gint64 row)
{
  g_return_if_fail (self != NULL);
  self->row = row;
}

gint64
ms_object_get_version (MsObject *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return self->version;
}

void
ms_object_set_version (MsObject *self, gint64 version)
{
  g_return_if_fail (self != NULL);
  self->version = version;
}

gint64
ms_object_get_created (MsObject *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return self->created;
}

gint64
ms_object_get_modified (MsObject *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return self->modified;
}

gboolean
ms_object_is_damaged (MsObject *self)
{
  g_return_val_if_fail (self != NULL, FALSE);
  return self->damaged;
}

void
ms_object_set_damaged (MsObject *self)
{
  g_return_if_fail (self != NULL);
  self->damaged = TRUE;
}

void
ms_object_set_times (MsObject *self, gint64 created, gint64 modified)
{
  g_return_if_fail (self != NULL);

  self->created = created;
  self->modified = modified;
}

/* Attributes --------------------------------------------------------------------------------- */

static const MsAttribute *
find_attribute (MsObject *self, const char *path)
{
  const MsAttribute *attribute = ms_resource_type_find (self->type, path);

  if (attribute == NULL)
    g_critical ("%s has no attribute %s", self->type->name, path);
  return attribute;
}

static JsonNode *
get_value (MsObject *self, const char *path)
{
  const MsAttribute *attribute = find_attribute (self, path);

  return attribute != NULL ? ms_attribute_get_value (attribute, self->attributes) : NULL;
}

const char *
ms_object_get_label (MsObject *self)
{
  g_return_val_if_fail (self != NULL, "");

  const MsAttribute *attribute = ms_resource_type_get_label (self->type);
  JsonNode *node = attribute != NULL ? ms_attribute_get_value (attribute, self->attributes) : NULL;
  if (node == NULL || json_node_get_value_type (node) != G_TYPE_STRING)
    return "";
  return json_node_get_string (node);
}

const char *
ms_object_get_shown_name (MsObject *self)
{
  const char *label = ms_object_get_label (self);

  return *label != '\0' ? label : self->type->name;
}

const char *
ms_object_get_string (MsObject *self, const char *path)
{
  g_return_val_if_fail (self != NULL && path != NULL, NULL);

  JsonNode *node = get_value (self, path);
  if (node == NULL || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

gboolean
ms_object_get_boolean (MsObject *self, const char *path, gboolean fallback)
{
  g_return_val_if_fail (self != NULL && path != NULL, fallback);

  JsonNode *node = get_value (self, path);
  if (node == NULL || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return fallback;
  return json_node_get_boolean (node);
}

gint64
ms_object_get_int (MsObject *self, const char *path, gint64 fallback)
{
  g_return_val_if_fail (self != NULL && path != NULL, fallback);

  JsonNode *node = get_value (self, path);
  if (node == NULL || json_node_get_value_type (node) != G_TYPE_INT64)
    return fallback;
  return json_node_get_int (node);
}

/* @value: (transfer full) (nullable): %NULL removes it, and what it leaves empty */
static void
set_value (MsObject *self, const char *path, JsonNode *value)
{
  const MsAttribute *attribute = find_attribute (self, path);

  if (attribute != NULL)
    ms_attribute_set_value (attribute, self->attributes, value);
  else
    g_clear_pointer (&value, json_node_unref);
}

void
ms_object_set_string (MsObject *self, const char *path, const char *value)
{
  g_return_if_fail (self != NULL && path != NULL);

  set_value (self, path, value != NULL ? json_node_init_string (json_node_alloc (), value) : NULL);
}

void
ms_object_set_boolean (MsObject *self, const char *path, gboolean value)
{
  g_return_if_fail (self != NULL && path != NULL);

  set_value (self, path, json_node_init_boolean (json_node_alloc (), value));
}

const char *
ms_object_get_link (MsObject *self, const char *path)
{
  g_return_val_if_fail (self != NULL && path != NULL, NULL);

  JsonNode *node = get_value (self, path);
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  return json_object_get_string_member_with_default (json_node_get_object (node), "value", NULL);
}

void
ms_object_set_link (MsObject *self, const char *path, const char *id)
{
  g_return_if_fail (self != NULL && path != NULL);

  if (id == NULL)
    {
      set_value (self, path, NULL);
      return;
    }
  g_autoptr (JsonObject) link = json_object_new ();
  json_object_set_string_member (link, "value", id);
  set_value (self, path, json_node_init_object (json_node_alloc (), link));
}

/* Identifiers -------------------------------------------------------------------------------- */

char *
ms_object_new_id (void)
{
  static GMutex mutex;
  static gint64 last;
  guchar        random[8];

  if (RAND_bytes (random, sizeof random) != 1)
    g_error ("the system's random generator failed");

  /* 48 bits of milliseconds, then 12 bits that hold the fraction of one (RFC 9562 §6.2, method 3).
   * Never twice the same, and never going back within this process, so that ids sort as they were
   * made. */
  gint64 usec = g_get_real_time ();
  gint64 ticks = usec / 1000 * 4096 + usec % 1000 * 4096 / 1000;
  g_mutex_lock (&mutex);
  ticks = MAX (ticks, last + 1);
  last = ticks;
  g_mutex_unlock (&mutex);

  guint64 msec = (guint64) ticks >> 12;
  guint   fraction = (guint) (ticks & 0xfff);
  return g_strdup_printf ("%08x-%04x-7%03x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                          (guint) (msec >> 16),
                          (guint) (msec & 0xffff),
                          fraction,
                          (random[0] & 0x3f) | 0x80,
                          random[1],
                          random[2],
                          random[3],
                          random[4],
                          random[5],
                          random[6],
                          random[7]);
}
