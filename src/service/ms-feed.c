/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What happened to the objects, for other programs: the change sets once more, one security event
 * token's claims (RFC 8417) for each object, with the events of RFC 9967. A reader keeps the
 * sequence number that it has come to, and goes on from there; nothing is remembered of it here.
 */
#include "ms-events.h"

#include <string.h>

#include "ms-bin-rejoin.h"
#include "ms-error.h"
#include "ms-external-id.h"
#include "ms-feed-deltas.h"
#include "ms-feed-split.h"
#include "ms-json.h"
#include "ms-patch.h"
#include "ms-render-private.h"
#include "ms-service-private.h"
#include "ms-txn.h"

#define EVENT "urn:ietf:params:scim:event:prov:"
#define PATCH_OP "urn:ietf:params:scim:api:messages:2.0:PatchOp"
#define MAX_SETS 1000
/* Change sets read at once, and tokens of one answer, counted in whole change sets. */
#define PAGE 50
#define MAX_TOKENS 5000
/* Elements of one "add": with their names they are less than a request may hold. */
#define MAX_ADDED 1000

typedef struct
{
  MsService  *service;
  const char *issuer;
  const char *client; /* (nullable): that reads it */
  gboolean    full;
  gint64      since;
  guint       limit;
  guint       sets;
  guint       tokens;
  gboolean    more;
  gboolean    reset;
  GString    *out;
} Feed;

/* Data of events ---------------------------------------------------------------------------- */

static const char *
get_path (JsonObject *delta)
{
  return json_object_get_string_member_with_default (delta, "path", "");
}

static void
add_schemas (JsonObject *resource, const MsResourceType *type)
{
  JsonArray *schemas = json_array_new ();

  json_array_add_string_element (schemas, type->schema->id);
  for (guint i = 0; i < type->extensions->len; i++)
    {
      const MsSchema *extension = g_ptr_array_index (type->extensions, i);
      if (json_object_has_member (resource, extension->id))
        json_array_add_string_element (schemas, extension->id);
    }
  json_object_set_array_member (resource, "schemas", schemas);
}

/* The object as it was made. */
static JsonObject *
make_resource (const MsResourceType *type, const MsChange *change)
{
  JsonArray  *deltas = json_node_get_array (change->deltas);
  JsonObject *resource = json_object_new ();

  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject        *delta = json_array_get_object_element (deltas, i);
      const MsAttribute *attribute = ms_resource_type_find (type, get_path (delta));
      JsonNode          *after = json_object_get_member (delta, "after");
      if (attribute != NULL && after != NULL && attribute->returned != MS_RETURNED_NEVER)
        ms_attribute_set_value (attribute, resource, ms_feed_tell_value (attribute, after));
    }
  ms_feed_refuse_defaults (type, resource);
  json_object_set_string_member (resource, "id", change->id);
  add_schemas (resource, type);
  return resource;
}

/**
 * Patches: a change as PatchOps that this server, too, would take
 * @all: of JsonObject
 * @operations: of the last one
 * @elements, @searches: in the last one
 */
typedef struct
{
  JsonArray *all;
  JsonArray *operations;
  guint      elements;
  guint      searches;
} Patches;

static void
begin_patch (Patches *self)
{
  JsonObject *patch = json_object_new ();
  JsonArray  *schemas = json_array_new ();

  self->operations = json_array_new ();
  self->elements = 0;
  self->searches = 0;
  json_array_add_string_element (schemas, PATCH_OP);
  json_object_set_array_member (patch, "schemas", schemas);
  json_object_set_array_member (patch, "Operations", self->operations);
  json_array_add_object_element (self->all, patch);
}

/* @elements: that it names. @searches: it looks at all values of an attribute */
static JsonObject *
add_operation (Patches *self, const char *op, const char *path, guint elements, gboolean searches)
{
  JsonObject *operation = json_object_new ();

  if (json_array_get_length (self->operations) > 0
      && (self->elements + elements > MS_PATCH_MAX_OPERATIONS
          || self->searches + (searches ? 1 : 0) > MS_PATCH_MAX_SEARCHES))
    begin_patch (self);
  self->elements += elements;
  self->searches += searches ? 1 : 0;
  json_object_set_string_member (operation, "op", op);
  json_object_set_string_member (operation, "path", path);
  json_array_add_object_element (self->operations, operation);
  return operation;
}

/* One element that went, named by its value: it has one, or the delta has the whole. */
static void
add_removal (Patches *self, const MsAttribute *attribute, const char *path, JsonNode *element)
{
  JsonNode *value = ms_delta_element_value (attribute, element);

  if (value == NULL)
    return;
  g_autofree char *text = ms_json_to_string (value);
  g_autofree char *filtered = g_strdup_printf ("%s[value eq %s]", path, text);
  (void) add_operation (self, "remove", filtered, 1, attribute->relation == MS_RELATION_NONE);
}

/* All that there is now, in place of what there was. */
static void
add_replacement (Patches *self, const char *path, JsonArray *whole)
{
  if (json_array_get_length (whole) == 0)
    (void) add_operation (self, "remove", path, 1, FALSE);
  else
    json_object_set_array_member (
        add_operation (self, "replace", path, 1, TRUE), "value", json_array_ref (whole));
}

/* Elements that came, so many at once that a request holds them. */
static void
add_additions (Patches *self, const MsAttribute *attribute, const char *path, JsonArray *added)
{
  guint length = json_array_get_length (added);

  for (guint first = 0; first < length; first += MAX_ADDED)
    {
      guint      count = MIN (MAX_ADDED, length - first);
      JsonArray *part = json_array_new ();
      for (guint i = 0; i < count; i++)
        json_array_add_element (part, json_node_copy (json_array_get_element (added, first + i)));
      json_object_set_array_member (
          add_operation (self, "add", path, count, attribute->relation == MS_RELATION_NONE),
          "value",
          part);
    }
}

static void
add_elements (Patches *self, const MsAttribute *attribute, JsonObject *delta)
{
  const char *path = get_path (delta);
  JsonArray  *added = ms_json_get_array (delta, "added");
  JsonArray  *removed = ms_json_get_array (delta, "removed");

  for (guint i = 0; removed != NULL && i < json_array_get_length (removed); i++)
    add_removal (self, attribute, path, json_array_get_element (removed, i));
  if (added != NULL)
    add_additions (self, attribute, path, added);
}

static void
add_operations (Patches *self, const MsResourceType *type, JsonObject *delta)
{
  const char        *path = get_path (delta);
  const MsAttribute *attribute = ms_resource_type_find (type, path);
  JsonArray         *whole = ms_json_get_array (delta, "whole");
  JsonNode          *after = json_object_get_member (delta, "after");

  if (json_object_get_boolean_member_with_default (delta, "gone", FALSE))
    (void) add_operation (self, "remove", path, 1, FALSE);
  else if (attribute == NULL)
    return; /* one that no schema has any more is none of the object's */
  else if (whole != NULL)
    add_replacement (self, path, whole);
  else if (ms_json_get_array (delta, "added") != NULL
           || ms_json_get_array (delta, "removed") != NULL)
    add_elements (self, attribute, delta);
  else if (after != NULL)
    json_object_set_member (
        add_operation (self, "replace", path, 1, FALSE), "value", ms_json_deep_copy (after));
  else
    (void) add_operation (self, "remove", path, 1, FALSE);
}

/* @deltas: as they are told. (transfer full): of PatchOps, at least one, to be done one after the
 * other */
static JsonArray *
make_patches (const MsResourceType *type, JsonArray *deltas)
{
  Patches patches = { .all = json_array_new () };

  begin_patch (&patches);
  for (guint i = 0; i < json_array_get_length (deltas); i++)
    add_operations (&patches, type, json_array_get_object_element (deltas, i));
  return patches.all;
}

/* Events ------------------------------------------------------------------------------------ */

static JsonArray *
list_attributes (const MsChange *change, gboolean secrets_only)
{
  JsonArray *deltas = json_node_get_array (change->deltas);
  JsonArray *paths = json_array_new ();

  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject *delta = json_array_get_object_element (deltas, i);
      if (!secrets_only || json_object_get_boolean_member_with_default (delta, "secret", FALSE))
        json_array_add_string_element (paths, get_path (delta));
    }
  return paths;
}

/* @form: "full" or "notice", with @payload (transfer full) as its @member */
static void
add_event (JsonObject     *events,
           const MsChange *change,
           const char     *form,
           const char     *member,
           JsonNode       *payload)
{
  const char      *kind = change->verb == MS_CHANGE_UPDATE ? "patch" : "create";
  g_autofree char *uri = g_strconcat (EVENT, kind, ":", form, NULL);
  g_autofree char *version = g_strdup_printf ("W/\"%" G_GINT64_FORMAT "\"", change->version);
  JsonObject      *event = json_object_new ();

  json_object_set_member (event, member, payload);
  json_object_set_string_member (event, "version", version);
  json_object_set_object_member (events, uri, event);
}

static void
add_notice (JsonObject *events, const MsChange *change, JsonArray *paths)
{
  JsonNode *node = json_node_init_array (json_node_alloc (), paths);

  add_event (events, change, "notice", "attributes", node);
  json_array_unref (paths);
}

static void
add_full (JsonObject *events, const MsChange *change, JsonObject *data)
{
  add_event (events, change, "full", "data", json_node_init_object (json_node_alloc (), data));
}

/* "full" carries data, "notice" the names of what changed; never both (RFC 9967 §2.4). What has no
 * data, as secrets have none, is in a notice of its own. @patch: the first PatchOp */
static void
add_full_update (JsonObject         *events,
                 const MsChange     *change,
                 const MsFeedDeltas *deltas,
                 JsonObject         *patch)
{
  gboolean tells = json_array_get_length (json_object_get_array_member (patch, "Operations")) > 0;

  if (tells)
    add_full (events, change, patch);
  if (json_array_get_length (deltas->named) > 0)
    add_notice (events, change, json_array_ref (deltas->named));
  else if (!tells)
    /* A PatchOp has operations (RFC 7644 §3.5.2), and there is none to do. */
    add_notice (events, change, list_attributes (change, FALSE));
}

static void
add_change (JsonObject *events, const MsResourceType *type, const MsChange *change, gboolean full)
{
  g_autoptr (JsonArray) named = list_attributes (change, full);

  if (full)
    {
      g_autoptr (JsonObject) resource = make_resource (type, change);
      add_full (events, change, resource);
    }
  if (!full || json_array_get_length (named) > 0)
    add_notice (events, change, g_steal_pointer (&named));
}

/* Log-on given or taken away, in the same token. */
static void
add_activation (JsonObject *events, const MsChange *change)
{
  JsonArray *deltas = json_node_get_array (change->deltas);

  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject *delta = json_array_get_object_element (deltas, i);
      if (strcmp (get_path (delta), "active") == 0)
        json_object_set_object_member (
            events,
            json_object_get_boolean_member_with_default (delta, "after", TRUE) ? EVENT "activate"
                                                                               : EVENT "deactivate",
            json_object_new ());
    }
}

/* @deltas, @patch: (nullable): of an update in full, as they are told */
static JsonObject *
make_events (const Feed           *self,
             const MsResourceType *type,
             const MsChange       *change,
             const MsFeedDeltas   *deltas,
             JsonObject           *patch)
{
  JsonObject *events = json_object_new ();

  if (change->verb == MS_CHANGE_DELETE)
    json_object_set_object_member (events, EVENT "delete", json_object_new ());
  else if (patch != NULL)
    add_full_update (events, change, deltas, patch);
  else
    add_change (events, type, change, self->full);
  if (change->verb == MS_CHANGE_UPDATE)
    add_activation (events, change);
  return events;
}

/* @name: of the token, behind the change set's number. @events: (transfer full) */
static void
append_token (Feed                 *self,
              const MsChangeSet    *set,
              const MsResourceType *type,
              const MsChange       *change,
              const char           *name,
              JsonObject           *events)
{
  g_autoptr (JsonObject) claims = json_object_new ();
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), claims);
  g_autofree char *jti = g_strdup_printf ("%" G_GINT64_FORMAT "-%s", set->sequence, name);
  g_autofree char *transaction = g_strdup_printf ("%" G_GINT64_FORMAT, set->sequence);
  g_autofree char *uri = type->singleton ? g_strdup (type->endpoint)
                                         : g_strconcat (type->endpoint, "/", change->id, NULL);
  JsonObject      *subject = json_object_new ();

  json_object_set_string_member (subject, "format", "scim");
  json_object_set_string_member (subject, "uri", uri);
  json_object_set_string_member (claims, "jti", jti);
  json_object_set_string_member (claims, "iss", self->issuer);
  json_object_set_int_member (claims, "iat", set->time / G_USEC_PER_SEC);
  json_object_set_string_member (claims, "txn", transaction);
  json_object_set_object_member (claims, "sub_id", subject);
  json_object_set_object_member (claims, "events", events);
  if (self->tokens++ > 0)
    g_string_append_c (self->out, ',');
  ms_json_append (self->out, node);
}

/* One token; or more, where the PatchOp would be larger than a request may be. */
static void
append_patches (Feed                 *self,
                const MsChangeSet    *set,
                const MsResourceType *type,
                const MsChange       *change,
                const char           *name)
{
  g_auto (MsFeedDeltas) deltas = { NULL };

  ms_feed_deltas_init (&deltas, type, change->deltas);
  g_autoptr (JsonArray) patches = make_patches (type, deltas.told);
  JsonObject *first = json_array_get_object_element (patches, 0);
  append_token (self, set, type, change, name, make_events (self, type, change, &deltas, first));
  for (guint i = 1; i < json_array_get_length (patches); i++)
    {
      g_autofree char *next = g_strdup_printf ("%s.%u", name, i);
      JsonObject      *events = json_object_new ();
      add_full (events, change, json_array_get_object_element (patches, i));
      append_token (self, set, type, change, next, events);
    }
}

/* What was purged had been deleted before, and notes are about no object. */
static gboolean
is_told (const MsChange *change)
{
  return change->verb != MS_CHANGE_PURGE && change->verb != MS_CHANGE_NOTE;
}

/* The change as @self's reader sees it; what other clients call the object is no news to it. */
static void
append_change (Feed *self, const MsChangeSet *set, const MsChange *change, const char *name)
{
  const MsResourceType *type
      = ms_schema_registry_get_type_by_name (self->service->schemas, change->type_name);

  if (type == NULL || type->internal || !is_told (change))
    return;
  g_autoptr (JsonNode) deltas = ms_external_id_show_deltas (change->deltas, self->client);
  MsChange shown = *change;
  shown.deltas = deltas;
  if (change->verb == MS_CHANGE_UPDATE && json_array_get_length (json_node_get_array (deltas)) == 0
      && json_array_get_length (json_node_get_array (change->deltas)) > 0)
    return;
  if (self->full && change->verb == MS_CHANGE_UPDATE)
    append_patches (self, set, type, &shown, name);
  else
    append_token (self, set, type, &shown, name, make_events (self, type, &shown, NULL, NULL));
}

/* A change as far as it can be done at its place. @later: (element-type MsChange): gets the rest */
static void
append_first (Feed *self, const MsChangeSet *set, MsFeedOrder *order, guint index, GPtrArray *later)
{
  const MsChange       *change = g_ptr_array_index (set->changes, index);
  const MsResourceType *type
      = ms_schema_registry_get_type_by_name (self->service->schemas, change->type_name);
  g_autofree char *name = g_strdup_printf ("%u", index);
  g_autoptr (JsonNode) rest = NULL;

  if (!self->full || type == NULL || change->verb == MS_CHANGE_DELETE || !is_told (change))
    {
      append_change (self, set, change, name);
      return;
    }
  g_autoptr (JsonNode) deltas = ms_feed_split (order, type, set, index, &rest);
  MsChange first = *change;
  first.deltas = deltas;
  /* Of an update nothing may be left to do. */
  if (rest == NULL || change->verb != MS_CHANGE_UPDATE
      || json_array_get_length (json_node_get_array (deltas)) > 0)
    append_change (self, set, &first, name);
  if (rest != NULL)
    g_ptr_array_add (later, ms_bin_make_part (change, json_node_get_array (rest)));
}

/* In an order in which they can be done; what goes in a circle when all is there. */
static void
append_set (Feed *self, const MsChangeSet *set)
{
  g_autoptr (MsFeedOrder) order = ms_feed_order_new (self->service->schemas, set);
  g_autoptr (GPtrArray) later = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_change_free);

  for (guint i = 0; i < set->changes->len; i++)
    append_first (self, set, order, ms_feed_order_get (order, i), later);
  for (guint i = 0; i < later->len; i++)
    {
      g_autofree char *name = g_strdup_printf ("later%u", i);
      append_change (self, set, g_ptr_array_index (later, i), name);
    }
  self->since = set->sequence;
  self->sets++;
}

/* Reading ----------------------------------------------------------------------------------- */

static gboolean
read_page (MsTxn *txn, gpointer user_data, GError **error)
{
  Feed    *self = user_data;
  guint    limit = MIN (PAGE, self->limit - self->sets);
  gboolean known = TRUE;

  if (!ms_txn_knows_sequence (txn, self->since, &known, error))
    return FALSE;
  if (!known)
    {
      /* From there on, once everything was read afresh. */
      self->reset = TRUE;
      self->since = ms_txn_get_last_sequence (txn);
      self->more = FALSE;
      return TRUE;
    }
  g_autoptr (GPtrArray) sets = ms_txn_list_changes_since (txn, self->since, limit + 1, error);
  if (sets == NULL)
    return FALSE;
  self->more = sets->len > limit;
  for (guint i = 0; i < MIN (sets->len, limit); i++)
    {
      if (self->tokens >= MAX_TOKENS)
        {
          self->more = TRUE;
          return TRUE;
        }
      append_set (self, g_ptr_array_index (sets, i));
    }
  return TRUE;
}

gboolean
ms_service_read_feed (MsService     *self,
                      const MsActor *actor,
                      gint64         since,
                      guint          limit,
                      gboolean       full,
                      const char    *issuer,
                      GString       *out,
                      GError       **error)
{
  Feed feed = { .service = self,
                .issuer = issuer,
                .client = actor->client,
                .full = full,
                .since = since,
                .out = out };

  feed.limit = CLAMP (limit, 1, MAX_SETS);
  if (!ms_policy_check (actor, MS_POLICY_HISTORY, NULL, NULL, NULL, error))
    return FALSE;
  g_string_append (out, "{\"sets\":[");
  do
    if (!ms_store_read (self->store, read_page, &feed, NULL, error))
      return FALSE;
  while (feed.more && feed.sets < feed.limit && feed.tokens < MAX_TOKENS);
  g_string_append_printf (out,
                          "],\"next\":%" G_GINT64_FORMAT ",\"moreAvailable\":%s,\"reset\":%s}",
                          feed.since,
                          feed.more ? "true" : "false",
                          feed.reset ? "true" : "false");
  return TRUE;
}
