/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What must be there, or be gone, before a change can be done: objects that it refers to come
 * before it, what it no longer refers to goes after it, a unique value is given up before it is
 * taken. Where that is a circle, ms-feed-split.c makes relations wait, and unique values.
 */
#include "ms-feed-order.h"
#include "ms-idn.h"

#include <string.h>

#include "ms-json.h"
#include "ms-text.h"

/* Changes that give up the same thing, such as the name of a mail group in many places: of more
 * nobody looks at each. */
#define MAX_OFFERS 100

/**
 * Step: one change
 * @hard, @soft: how many must come before it; the latter can be done without
 * @hard_after, @soft_after: of guint: those before which it must come
 */
typedef struct
{
  const MsResourceType *type; /* NULL: none that anybody is told of */
  guint                 hard;
  guint                 soft;
  GArray               *hard_after;
  GArray               *soft_after;
  guint                 place;
} Step;

/**
 * MsFeedOrder:
 * @offers: (element-type utf8 GArray): steps by what they make, take away or give up
 */
struct _MsFeedOrder
{
  const MsChangeSet *set;
  Step              *steps;
  guint             *order;
  guint              length;
  GHashTable        *offers;
};

static const MsChange *
get_change (MsFeedOrder *self, guint index)
{
  return g_ptr_array_index (self->set->changes, index);
}

static gboolean
is_made (const MsChange *change)
{
  return change->verb == MS_CHANGE_CREATE || change->verb == MS_CHANGE_RESTORE;
}

/* Keys ---------------------------------------------------------------------------------------- */

/* @kind: "made" or "gone" with an id, "free" with a unique value, "owner" with the id of one who
 * loses a mailbox, "domain" and "no domain" with a name, "sibling" with a mail group's name */
static char *
make_key (const char *kind, const char *scope, const char *value)
{
  return g_strconcat (kind, "\n", scope, "\n", value, NULL);
}

static void
offer (MsFeedOrder *self, guint index, char *key)
{
  GArray *indexes = g_hash_table_lookup (self->offers, key);

  if (indexes == NULL)
    {
      indexes = g_array_new (FALSE, FALSE, sizeof (guint));
      g_hash_table_insert (self->offers, key, indexes);
    }
  else
    g_free (key);
  g_array_append_val (indexes, index);
}

static void
add_edge (MsFeedOrder *self, guint first, guint second, gboolean hard)
{
  Step *before = &self->steps[first], *after = &self->steps[second];

  if (first == second)
    return;
  g_array_append_val (hard ? before->hard_after : before->soft_after, second);
  if (hard)
    after->hard++;
  else
    after->soft++;
}

/* @key: (transfer full). @waits: that @index comes after those who offer it, or before them */
static void
need (MsFeedOrder *self, guint index, char *key, gboolean waits, gboolean hard)
{
  g_autofree char *owned = key;
  GArray          *indexes = g_hash_table_lookup (self->offers, owned);

  if (indexes == NULL || indexes->len > MAX_OFFERS)
    return;
  for (guint i = 0; i < indexes->len; i++)
    {
      guint other = g_array_index (indexes, guint, i);
      add_edge (self, waits ? other : index, waits ? index : other, hard);
    }
}

/* Deltas -------------------------------------------------------------------------------------- */

/* One value that an attribute had before or has after the change. */
typedef void (*ValueFunc) (
    MsFeedOrder *self, guint index, const MsAttribute *attribute, JsonNode *value, gboolean after);

static void
foreach_value (MsFeedOrder       *self,
               guint              index,
               const MsAttribute *attribute,
               JsonNode          *node,
               gboolean           after,
               ValueFunc          func)
{
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    {
      func (self, index, attribute, node, after);
      return;
    }
  JsonArray *array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    func (self, index, attribute, json_array_get_element (array, i), after);
}

static void
foreach_side (MsFeedOrder *self, guint index, ValueFunc func)
{
  static const char *const members[] = { "before", "removed", "after", "added" };
  const MsResourceType    *type = self->steps[index].type;
  JsonArray               *deltas = json_node_get_array (get_change (self, index)->deltas);

  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject        *delta = json_array_get_object_element (deltas, i);
      const char        *path = json_object_get_string_member_with_default (delta, "path", "");
      const MsAttribute *attribute = ms_resource_type_find (type, path);
      for (guint j = 0; attribute != NULL && j < G_N_ELEMENTS (members); j++)
        foreach_value (
            self, index, attribute, json_object_get_member (delta, members[j]), j >= 2, func);
    }
}

const char *
ms_feed_order_get_link (JsonNode *value)
{
  return JSON_NODE_HOLDS_OBJECT (value) ? json_object_get_string_member_with_default (
             json_node_get_object (value), "value", "")
                                        : "";
}

/* (transfer full) (nullable): the unique value that this is */
static char *
make_unique_key (const MsAttribute *attribute, JsonNode *value)
{
  g_autofree char *text = NULL;

  if (attribute->uniqueness == MS_UNIQUENESS_NONE || attribute->unique_scope == NULL
      || !JSON_NODE_HOLDS_VALUE (value))
    return NULL;
  if (json_node_get_value_type (value) != G_TYPE_STRING)
    text = ms_json_to_string (value);
  else if (attribute->case_exact)
    text = g_strdup (json_node_get_string (value));
  else
    text = ms_attribute_fold (attribute, json_node_get_string (value));
  return make_key ("free", attribute->unique_scope, text);
}

static void
use_unique (
    MsFeedOrder *self, guint index, const MsAttribute *attribute, JsonNode *value, gboolean after)
{
  char *key = make_unique_key (attribute, value);

  if (key != NULL && after)
    need (self, index, key, TRUE, TRUE);
  else if (key != NULL)
    offer (self, index, key);
}

static void
use_unique_parts (
    MsFeedOrder *self, guint index, const MsAttribute *attribute, JsonNode *value, gboolean after)
{
  if (!JSON_NODE_HOLDS_OBJECT (value))
    {
      use_unique (self, index, attribute, value, after);
      return;
    }
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      JsonNode          *part = json_object_get_member (json_node_get_object (value), sub->name);
      if (part != NULL)
        use_unique (self, index, sub, part, after);
    }
}

/* What is offered ----------------------------------------------------------------------------- */

/* Whether an attribute of that name is among what changed. @side: (nullable): as a text, "before"
 * or "after" */
static const char *
find_text (const MsChange *change, const char *path, const char *side, gboolean *found)
{
  JsonArray *deltas = json_node_get_array (change->deltas);

  for (guint i = 0; i < json_array_get_length (deltas); i++)
    {
      JsonObject *delta = json_array_get_object_element (deltas, i);
      if (strcmp (json_object_get_string_member_with_default (delta, "path", ""), path) != 0)
        continue;
      if (found != NULL)
        *found = TRUE;
      return side != NULL ? json_object_get_string_member_with_default (delta, side, NULL) : NULL;
    }
  return NULL;
}

static gboolean
is_of_type (MsFeedOrder *self, guint index, const char *name)
{
  return strcmp (self->steps[index].type->name, name) == 0;
}

/* A mailbox that comes to a user stays primary only where the user's other one has gone. */
static gboolean
is_owner (MsFeedOrder *self, guint index, const MsAttribute *attribute)
{
  return strcmp (attribute->path, "owner") == 0 && is_of_type (self, index, MS_TYPE_NAME_MAILBOX);
}

static void
offer_given_up (
    MsFeedOrder *self, guint index, const MsAttribute *attribute, JsonNode *value, gboolean after)
{
  if (after)
    return;
  if (is_owner (self, index, attribute))
    offer (self, index, make_key ("owner", "", ms_feed_order_get_link (value)));
  else if (attribute->relation == MS_RELATION_NONE)
    use_unique_parts (self, index, attribute, value, FALSE);
}

/* A domain that addresses can be in from now on, and one that they cannot be in any more; one that
 * is the primary one no longer. */
static void
offer_domain (MsFeedOrder *self, guint index)
{
  const MsChange *change = get_change (self, index);
  const char     *old_name = find_text (change, "name", "before", NULL);
  const char     *new_name = find_text (change, "name", "after", NULL);
  const char     *old_kind = find_text (change, "kind", "before", NULL);
  const char     *new_kind = find_text (change, "kind", "after", NULL);

  if (new_name != NULL || g_strcmp0 (old_kind, "alias") == 0)
    offer (self, index, make_key ("domain", "", new_name != NULL ? new_name : change->label));
  if (old_name != NULL || g_strcmp0 (new_kind, "alias") == 0)
    offer (self, index, make_key ("no domain", "", old_name != NULL ? old_name : change->label));
  if (g_strcmp0 (old_kind, "primary") == 0)
    offer (self, index, make_key ("demoted", "", ""));
}

static gboolean
changes_place (const MsChange *change)
{
  gboolean found = change->verb != MS_CHANGE_UPDATE;

  (void) find_text (change, "name", NULL, &found);
  (void) find_text (change, "parent", NULL, &found);
  return found;
}

/* Names of mail groups are unique in one place each; it is enough not to know which. */
static char *
make_sibling_key (const MsChange *change, const char *side)
{
  const char      *name = find_text (change, "name", side, NULL);
  g_autofree char *folded
      = ms_text_fold (name != NULL ? name : (change->label != NULL ? change->label : ""));

  return make_key ("sibling", "", folded);
}

static void
offer_all (MsFeedOrder *self, guint index)
{
  const MsChange *change = get_change (self, index);

  if (is_made (change))
    offer (self, index, make_key ("made", "", change->id));
  if (change->verb == MS_CHANGE_DELETE)
    offer (self, index, make_key ("gone", "", change->id));
  foreach_side (self, index, offer_given_up);
  if (is_of_type (self, index, MS_TYPE_NAME_DOMAIN))
    offer_domain (self, index);
  if (is_of_type (self, index, MS_TYPE_NAME_MAIL_GROUP) && !is_made (change)
      && changes_place (change))
    offer (self, index, make_sibling_key (change, "before"));
}

/* What is needed ------------------------------------------------------------------------------ */

gboolean
ms_feed_order_can_wait (const MsResourceType *type, const MsAttribute *attribute)
{
  gboolean ours = (strcmp (type->name, MS_TYPE_NAME_MAILBOX) == 0
                   || strcmp (type->name, MS_TYPE_NAME_MAIL_GROUP) == 0)
                  && !ms_attribute_is_in_extension (attribute);

  return !ours && !attribute->required;
}

static void
need_domain (MsFeedOrder *self, guint index, const char *name, gboolean after)
{
  g_autofree char *folded = ms_idn_lower (name);

  need (self, index, make_key (after ? "domain" : "no domain", "", folded), after, TRUE);
}

/* Several values lose what is deleted with the object itself, so that two that are deleted may have
 * each other; and what is required may be replaced by what is made after the deletion. */
static void
need_link (
    MsFeedOrder *self, guint index, const MsAttribute *attribute, JsonNode *value, gboolean after)
{
  gboolean can_wait = ms_feed_order_can_wait (self->steps[index].type, attribute);
  gboolean yields = attribute->multi_valued
                    && (!can_wait || get_change (self, index)->verb != MS_CHANGE_UPDATE);
  char *key = make_key (after ? "made" : "gone", "", ms_feed_order_get_link (value));

  need (self, index, key, after, after ? !can_wait : !yields);
}

static void
need_value (
    MsFeedOrder *self, guint index, const MsAttribute *attribute, JsonNode *value, gboolean after)
{
  const char *text
      = JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING
            ? json_node_get_string (value)
            : NULL;

  if (after && is_owner (self, index, attribute))
    need (self, index, make_key ("owner", "", ms_feed_order_get_link (value)), TRUE, FALSE);
  if (attribute->relation == MS_RELATION_TO)
    need_link (self, index, attribute, value, after);
  else if (attribute->relation == MS_RELATION_NONE && after)
    use_unique_parts (self, index, attribute, value, TRUE);
  if (text == NULL)
    return;
  if (strcmp (attribute->path, "domain") == 0 || strcmp (attribute->path, "aliasOf") == 0)
    need_domain (self, index, text, after);
  else if (g_strcmp0 (attribute->unique_scope, "address") == 0 && strrchr (text, '@') != NULL)
    need_domain (self, index, strrchr (text, '@') + 1, after);
}

static void
need_all (MsFeedOrder *self, guint index)
{
  const MsChange *change = get_change (self, index);

  foreach_side (self, index, need_value);
  /* Another one is made primary; that takes it from the one that was. */
  if (is_of_type (self, index, MS_TYPE_NAME_DOMAIN)
      && g_strcmp0 (find_text (change, "kind", "after", NULL), "primary") == 0)
    need (self, index, make_key ("demoted", "", ""), FALSE, TRUE);
  if (is_of_type (self, index, MS_TYPE_NAME_MAIL_GROUP) && change->verb != MS_CHANGE_DELETE
      && changes_place (change))
    need (self, index, make_sibling_key (change, "after"), TRUE, TRUE);
}

/* Ordering ------------------------------------------------------------------------------------ */

static int
compare_indexes (gconstpointer a, gconstpointer b)
{
  guint one = GPOINTER_TO_UINT (a), other = GPOINTER_TO_UINT (b);

  return one < other ? -1 : one > other;
}

/* By how much each waits for: nothing, what can be done without, more. */
typedef struct
{
  GTree *waiting[3];
} Queues;

static GTree *
get_queue (MsFeedOrder *self, Queues *queues, guint index)
{
  const Step *step = &self->steps[index];

  return queues->waiting[step->hard > 0 ? 2 : step->soft > 0 ? 1 : 0];
}

static void
release (MsFeedOrder *self, Queues *queues, GArray *after, gboolean hard)
{
  for (guint i = 0; i < after->len; i++)
    {
      guint    index = g_array_index (after, guint, i);
      gpointer key = GUINT_TO_POINTER (index);
      gboolean waits = g_tree_remove (get_queue (self, queues, index), key);
      if (hard)
        self->steps[index].hard--;
      else
        self->steps[index].soft--;
      if (waits)
        g_tree_insert (get_queue (self, queues, index), key, key);
    }
}

/* Of a circle the first one that is there already: what it takes can wait, as an object that is
 * made cannot. */
static GTreeNode *
find_in_circle (MsFeedOrder *self, GTree *waiting)
{
  GTreeNode *node = g_tree_node_first (waiting);

  while (node != NULL
         && get_change (self, GPOINTER_TO_UINT (g_tree_node_key (node)))->verb != MS_CHANGE_UPDATE)
    node = g_tree_node_next (node);
  return node != NULL ? node : g_tree_node_first (waiting);
}

static guint
take_next (MsFeedOrder *self, Queues *queues)
{
  GTreeNode *node = g_tree_node_first (queues->waiting[0]);

  if (node == NULL)
    node = g_tree_node_first (queues->waiting[1]);
  if (node == NULL)
    node = find_in_circle (self, queues->waiting[2]);
  gpointer key = g_tree_node_key (node);
  guint    index = GPOINTER_TO_UINT (key);
  g_tree_remove (get_queue (self, queues, index), key);
  return index;
}

static void
sort (MsFeedOrder *self)
{
  Queues queues;

  for (guint i = 0; i < G_N_ELEMENTS (queues.waiting); i++)
    queues.waiting[i] = g_tree_new (compare_indexes);
  for (guint i = 0; i < self->length; i++)
    g_tree_insert (get_queue (self, &queues, i), GUINT_TO_POINTER (i), GUINT_TO_POINTER (i));
  for (guint place = 0; place < self->length; place++)
    {
      guint index = take_next (self, &queues);
      self->order[place] = index;
      self->steps[index].place = place;
      release (self, &queues, self->steps[index].hard_after, TRUE);
      release (self, &queues, self->steps[index].soft_after, FALSE);
    }
  for (guint i = 0; i < G_N_ELEMENTS (queues.waiting); i++)
    g_tree_unref (queues.waiting[i]);
}

MsFeedOrder *
ms_feed_order_new (MsSchemaRegistry *schemas, const MsChangeSet *set)
{
  MsFeedOrder *self = g_new0 (MsFeedOrder, 1);

  self->set = set;
  self->length = set->changes->len;
  self->steps = g_new0 (Step, self->length);
  self->order = g_new0 (guint, self->length);
  self->offers
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  for (guint i = 0; i < self->length; i++)
    {
      self->steps[i].type
          = ms_schema_registry_get_type_by_name (schemas, get_change (self, i)->type_name);
      self->steps[i].hard_after = g_array_new (FALSE, FALSE, sizeof (guint));
      self->steps[i].soft_after = g_array_new (FALSE, FALSE, sizeof (guint));
    }
  for (guint i = 0; i < self->length; i++)
    if (self->steps[i].type != NULL)
      offer_all (self, i);
  for (guint i = 0; self->length > 1 && i < self->length; i++)
    if (self->steps[i].type != NULL)
      need_all (self, i);
  sort (self);
  return self;
}

void
ms_feed_order_free (MsFeedOrder *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->length; i++)
    {
      g_array_unref (self->steps[i].hard_after);
      g_array_unref (self->steps[i].soft_after);
    }
  g_hash_table_unref (self->offers);
  g_free (self->steps);
  g_free (self->order);
  g_free (self);
}

guint
ms_feed_order_get (MsFeedOrder *self, guint place)
{
  return self->order[place];
}

guint
ms_feed_order_get_place (MsFeedOrder *self, guint index)
{
  return self->steps[index].place;
}

const MsChange *
ms_feed_order_find (MsFeedOrder *self, const char *id, gboolean made, guint *place)
{
  /* The usual case: a list of very many members has one more. */
  if (g_hash_table_size (self->offers) == 0)
    return NULL;
  g_autofree char *key = make_key (made ? "made" : "gone", "", id);
  GArray          *indexes = g_hash_table_lookup (self->offers, key);
  if (indexes == NULL)
    return NULL;
  guint index = g_array_index (indexes, guint, 0);
  *place = self->steps[index].place;
  return get_change (self, index);
}

/* @key: (transfer full) (nullable) */
static gboolean
is_offered_later (MsFeedOrder *self, guint index, char *key)
{
  g_autofree char *owned = key;
  GArray          *indexes = owned != NULL ? g_hash_table_lookup (self->offers, owned) : NULL;

  for (guint i = 0; indexes != NULL && i < indexes->len; i++)
    if (self->steps[g_array_index (indexes, guint, i)].place > self->steps[index].place)
      return TRUE;
  return FALSE;
}

gboolean
ms_feed_order_is_held (MsFeedOrder       *self,
                       guint              index,
                       const MsAttribute *attribute,
                       JsonNode          *value)
{
  if (!JSON_NODE_HOLDS_OBJECT (value))
    return is_offered_later (self, index, make_unique_key (attribute, value));
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    {
      const MsAttribute *sub = g_ptr_array_index (attribute->sub_attributes, i);
      JsonNode          *part = json_object_get_member (json_node_get_object (value), sub->name);
      if (part != NULL && is_offered_later (self, index, make_unique_key (sub, part)))
        return TRUE;
    }
  return FALSE;
}

gboolean
ms_feed_order_is_name_held (MsFeedOrder *self, guint index)
{
  const MsChange *change = get_change (self, index);

  if (is_of_type (self, index, MS_TYPE_NAME_MAIL_GROUP))
    return changes_place (change)
           && is_offered_later (self, index, make_sibling_key (change, "after"));
  const MsAttribute *address = is_of_type (self, index, MS_TYPE_NAME_MAILBOX)
                                   ? ms_resource_type_find (self->steps[index].type, "address")
                                   : NULL;
  const char        *text = address != NULL ? find_text (change, "address", "after", NULL) : NULL;
  if (text == NULL)
    return FALSE;
  g_autoptr (JsonNode) value = json_node_init_string (json_node_alloc (), text);
  return ms_feed_order_is_held (self, index, address, value);
}
