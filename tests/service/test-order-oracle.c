/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every order of every type over random objects: what the store lists is what sorting the objects
 * as clients see them makes of it, by number and by cursor, either way round, with and without a
 * filter, and where objects stand. Once with the sizes of production, by which so few objects are
 * sorted in memory, and once with such that they are many. The seed is g_test's.
 */
#include "oracle-world.h"

#include <string.h>

#include "ms-filter.h"
#include "ms-query-sizes.h"
#include "ms-text.h"

#define PAGE 7

/**
 * Item: an object and what it is sorted by
 * @has: whether it has a value; texts are in @text, everything else is a number
 * @second: of the object that a relation leads to, in the order of creation
 */
typedef struct
{
  const char *id;
  gboolean    has;
  char       *text;
  double      number;
  guint       second;
  guint       place;
} Item;

/**
 * Order:
 * @attribute: (nullable): %NULL where @meta says what it is
 * @is_derived: it is not that of an index, and is looked at in all ways
 */
typedef struct
{
  Fixture           *f;
  Population        *all;
  guint              t;
  const MsAttribute *attribute;
  MsFilterMeta       meta;
  MsFilter          *filter;
  GArray            *items;
  gboolean           is_derived;
  const char        *name;
} Order;

static void
item_clear (gpointer data)
{
  g_clear_pointer (&((Item *) data)->text, g_free);
}

static int
item_compare (gconstpointer a, gconstpointer b)
{
  const Item *one = a;
  const Item *other = b;

  if (one->has != other->has)
    return one->has ? -1 : 1;
  int texts = g_strcmp0 (one->text, other->text);
  if (texts != 0)
    return texts;
  if (one->number < other->number || one->number > other->number)
    return one->number < other->number ? -1 : 1;
  if (one->second != other->second)
    return one->second < other->second ? -1 : 1;
  return one->place < other->place ? -1 : one->place > other->place;
}

/* What an object is sorted by ----------------------------------------------------------------- */

/* (nullable): the primary one, or the first */
static JsonNode *
find_representative (JsonNode *node)
{
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return node;
  JsonArray *array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      if (JSON_NODE_HOLDS_OBJECT (element)
          && json_object_get_boolean_member_with_default (
              json_node_get_object (element), "primary", FALSE))
        return element;
    }
  return json_array_get_length (array) > 0 ? json_array_get_element (array, 0) : NULL;
}

/* @attribute: (nullable): what it is a value of; %NULL: the name of an object, or its id */
static void
set_value (Item *item, const MsAttribute *attribute, gboolean case_exact, JsonNode *value)
{
  MsAttrType type = attribute != NULL ? attribute->type : MS_ATTR_STRING;
  gint64     time = 0;

  item->has = value != NULL && !JSON_NODE_HOLDS_NULL (value);
  if (!item->has)
    return;
  if (json_node_get_value_type (value) != G_TYPE_STRING)
    item->number = json_node_get_value_type (value) == G_TYPE_BOOLEAN
                       ? json_node_get_boolean (value)
                       : json_node_get_double (value);
  else if (type == MS_ATTR_DATE_TIME)
    {
      g_assert_true (ms_json_parse_time (json_node_get_string (value), &time));
      item->number = (double) time;
    }
  else if (case_exact || type == MS_ATTR_BINARY)
    item->text = g_strdup (json_node_get_string (value));
  else
    item->text = attribute != NULL ? ms_attribute_fold (attribute, json_node_get_string (value))
                                   : ms_text_fold (json_node_get_string (value));
}

static const MsAttribute *
relation_of (const MsAttribute *attribute)
{
  if (attribute->relation != MS_RELATION_NONE)
    return attribute;
  return attribute->parent != NULL && attribute->parent->relation != MS_RELATION_NONE
             ? attribute->parent
             : NULL;
}

/* What stands for the object at the other end is its name. */
static gboolean
is_whole_end (const MsAttribute *attribute, const MsAttribute *relation)
{
  static const char *const names[] = { "value", "$ref", "display", "displayName", NULL };

  return attribute == relation || g_strv_contains (names, attribute->name);
}

static void
set_end (const Order *self, Item *item, JsonObject *element, gboolean is_single)
{
  static const char *const names[] = { "display", "displayName" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (json_object_has_member (element, names[i]))
      set_value (item, NULL, FALSE, json_object_get_member (element, names[i]));
  g_assert_true (item->has);
  for (guint t = 0; is_single && t < ORACLE_TYPES; t++)
    for (guint i = 0; i < self->all[t].ids->len; i++)
      if (g_str_equal (json_object_get_string_member (element, "value"),
                       self->all[t].ids->pdata[i]))
        item->second = i;
}

static void
set_by_attribute (const Order *self, Item *item, JsonObject *object)
{
  const MsAttribute *attribute = self->attribute;
  const MsAttribute *relation = relation_of (attribute);
  const MsAttribute *whole = attribute->parent != NULL ? attribute->parent : attribute;
  JsonNode          *node = find_representative (ms_attribute_get_value (whole, object));

  if (node == NULL)
    return;
  if (relation != NULL && is_whole_end (attribute, relation))
    {
      set_end (self, item, json_node_get_object (node), !relation->multi_valued);
      return;
    }
  if (attribute->parent != NULL)
    node = find_representative (
        json_object_get_member (json_node_get_object (node), attribute->name));
  set_value (item, attribute, attribute->case_exact, node);
}

static void
set_by_meta (const Order *self, Item *item, JsonObject *object)
{
  JsonObject *meta = json_object_get_object_member (object, "meta");

  if (self->meta == MS_FILTER_META_ID || self->meta == MS_FILTER_META_LOCATION)
    set_value (item, NULL, TRUE, json_object_get_member (object, "id"));
  else if (self->meta == MS_FILTER_META_VERSION)
    item->number = (double) g_ascii_strtoll (
        json_object_get_string_member (meta, "version") + strlen ("W/\""), NULL, 10);
  item->has = TRUE;
}

static void
fill (Order *self)
{
  const Population *population = &self->all[self->t];

  g_array_set_size (self->items, 0);
  for (guint i = 0; i < population->objects->len; i++)
    {
      JsonObject *object = population->objects->pdata[i];
      Item        item = { .id = population->ids->pdata[i], .place = i };

      if (self->filter != NULL && !ms_filter_matches (self->filter, object))
        continue;
      if (self->attribute != NULL)
        set_by_attribute (self, &item, object);
      else
        set_by_meta (self, &item, object);
      g_array_append_val (self->items, item);
    }
  g_array_sort (self->items, item_compare);
}

/* Comparing ----------------------------------------------------------------------------------- */

static const char *
expected_id (const Order *self, gboolean descending, guint i)
{
  return g_array_index (self->items, Item, descending ? self->items->len - 1 - i : i).id;
}

static MsQuery
make_query (const Order *self, gboolean descending, gint64 start, gint64 count)
{
  return (MsQuery){ .type = self->all[self->t].type,
                    .filter = self->filter,
                    .sort_by = self->attribute,
                    .sort_meta = self->meta,
                    .descending = descending,
                    .start = start,
                    .count = count };
}

static JsonNode *
read_answer (const Order *self, const GString *out, GError *error)
{
  if (error != NULL)
    g_error ("%s %s: %s", oracle_types[self->t], self->name, error->message);
  JsonNode *node = ms_json_parse (out->str, (gssize) out->len, NULL, &error);
  g_assert_no_error (error);
  return node;
}

/* How many there are, which are those that are to be there from @start on. */
static guint
check_page (const Order *self, JsonNode *answer, gboolean descending, guint start)
{
  JsonObject *list = json_node_get_object (answer);
  JsonArray  *resources = json_object_get_array_member (list, "Resources");
  guint       length = json_array_get_length (resources);

  g_assert_cmpint (json_object_get_int_member (list, "totalResults"), ==, self->items->len);
  g_assert_cmpuint (start + length, <=, self->items->len);
  for (guint i = 0; i < length; i++)
    {
      const char *id
          = json_object_get_string_member (json_array_get_object_element (resources, i), "id");
      const char *wanted = expected_id (self, descending, start + i);
      if (!g_str_equal (id, wanted))
        g_error ("%s by %s%s: at %u stands %s, and not %s",
                 oracle_types[self->t],
                 self->name,
                 descending ? ", descending" : "",
                 start + i,
                 id,
                 wanted);
    }
  return length;
}

static char        *only_id[] = { (char *) "id", NULL };
static MsProjection projection = { only_id, NULL };

static void
check_window (const Order *self, gboolean descending, guint start, guint count)
{
  MsQuery query = make_query (self, descending, start, count);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  gboolean done
      = ms_service_list (self->f->service, self->f->admin, &query, &projection, "", out, &error);
  g_assert_cmpint (done, ==, error == NULL);
  g_autoptr (JsonNode) answer = read_answer (self, out, error);
  guint left = self->items->len > start ? self->items->len - start : 0;
  g_assert_cmpuint (check_page (self, answer, descending, start), ==, MIN (count, left));
}

/* @cursor: (inout) (nullable): becomes that which the page has under @name */
static guint
check_cursor (const Order *self, gboolean descending, guint start, const char *name, char **cursor)
{
  MsQuery query = make_query (self, descending, 0, PAGE);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  MsListing listing = { .queries = &query,
                        .n_queries = 1,
                        .sort_by = self->name,
                        .projection = &projection,
                        .cursor = *cursor,
                        .base_url = "" };

  gboolean done = ms_service_list_pages (self->f->service, self->f->admin, &listing, out, &error);
  g_assert_cmpint (done, ==, error == NULL);
  g_autoptr (JsonNode) answer = read_answer (self, out, error);
  g_free (*cursor);
  *cursor = g_strdup (
      json_object_get_string_member_with_default (json_node_get_object (answer), name, NULL));
  return check_page (self, answer, descending, start);
}

/* To the end, and from its last page back to the beginning. */
static void
check_cursors (const Order *self, gboolean descending)
{
  g_autofree char *cursor = g_strdup ("");
  guint            start = 0;
  guint            last = 0;

  while (cursor != NULL)
    {
      g_autofree char *here = g_strdup (cursor);
      last = start;
      start += check_cursor (self, descending, start, "nextCursor", &cursor);
      if (cursor == NULL && last > 0)
        {
          (void) check_cursor (self, descending, last, "previousCursor", &here);
          for (guint at = last; here != NULL; at -= PAGE)
            g_assert_cmpuint (
                check_cursor (self, descending, at - PAGE, "previousCursor", &here), ==, PAGE);
        }
    }
  g_assert_cmpuint (start, ==, self->items->len);
}

static void
check_positions (const Order *self, gboolean descending)
{
  MsQuery query = make_query (self, descending, 0, 1);

  for (guint i = 0; i < self->items->len; i += 5)
    {
      g_autoptr (GError) error = NULL;
      gint64   position = -2;
      gboolean done = ms_service_find_position (self->f->service,
                                                self->f->admin,
                                                &query,
                                                expected_id (self, descending, i),
                                                &position,
                                                &error);
      g_assert_no_error (error);
      g_assert_true (done);
      g_assert_cmpint (position, ==, i);
    }
}

static void
check_order (Order *self)
{
  fill (self);
  guint length = self->items->len;
  for (int descending = 0; descending < 2; descending++)
    {
      check_window (self, descending, 0, length + 1);
      check_window (self, descending, 0, 3);
      check_window (self, descending, length / 2, 4);
      check_window (self, descending, length - MIN (length, 2), 4);
      check_window (self, descending, 0, 0);
      if (!self->is_derived)
        continue;
      check_cursors (self, descending);
      check_positions (self, descending);
    }
}

/* All orders ---------------------------------------------------------------------------------- */

static void
check_attribute (Order *self, const MsAttribute *attribute)
{
  gboolean is_relation = relation_of (attribute) != NULL;

  if (attribute->returned == MS_RETURNED_NEVER || attribute->returned == MS_RETURNED_REQUEST)
    return;
  self->attribute = attribute;
  self->name = attribute->path;
  self->is_derived = is_relation || attribute->is_computed;
  if (attribute->type != MS_ATTR_COMPLEX || is_relation)
    check_order (self);
  for (guint i = 0; i < attribute->sub_attributes->len; i++)
    check_attribute (self, attribute->sub_attributes->pdata[i]);
}

static void
check_type (Order *self)
{
  static const MsFilterMeta metas[] = { MS_FILTER_META_ID,
                                        MS_FILTER_META_RESOURCE_TYPE,
                                        MS_FILTER_META_VERSION,
                                        MS_FILTER_META_LOCATION,
                                        MS_FILTER_META_SCHEMAS };
  const MsResourceType     *type = self->all[self->t].type;

  for (guint i = 0; i < type->schema->attributes->len; i++)
    check_attribute (self, type->schema->attributes->pdata[i]);
  for (guint k = 0; k < type->extensions->len; k++)
    {
      const MsSchema *schema = type->extensions->pdata[k];
      for (guint i = 0; i < schema->attributes->len; i++)
        check_attribute (self, schema->attributes->pdata[i]);
    }
  self->attribute = NULL;
  self->is_derived = TRUE;
  self->name = "meta";
  for (guint i = 0; i < G_N_ELEMENTS (metas); i++)
    {
      self->meta = metas[i];
      check_order (self);
    }
  self->meta = MS_FILTER_META_NONE;
}

static void
test_orders (Fixture *f, gconstpointer data)
{
  const MsQuerySizes production = ms_query_sizes;
  const MsQuerySizes small
      = { .few = 3, .near = 2, .far = 4, .block = 4, .looked_at = 8, .keys = 30 };
  Population all[ORACLE_TYPES];
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (Item));

  g_array_set_clear_func (items, item_clear);
  oracle_world_make (f, all);
  for (guint i = 0; i < ORACLE_TYPES * 4; i++)
    {
      g_autoptr (GError) error = NULL;
      guint t = i / 4;
      g_autoptr (MsFilter) half = ms_filter_parse (all[t].type, "id gt \"8\"", &error);
      Order order = { f, all, t, .filter = i % 2 == 1 ? half : NULL, .items = items };

      g_assert_no_error (error);
      ms_query_sizes = i % 4 < 2 ? production : small;
      check_type (&order);
    }
  ms_query_sizes = production;
  oracle_world_clear (all);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/order/oracle", test_orders);
  return g_test_run ();
}
