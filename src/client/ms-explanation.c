/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The unrolling: depth first, in the order of the edges, with a stack of its own. Nothing that came
 * is trusted: what is missing or of a wrong kind is as if it were empty.
 */
#include "ms-explanation.h"

#include "ms-error.h"
#include "ms-json.h"

/* The row ---------------------------------------------------------------------------------------
 */

struct _MsWayRow
{
  GObject parent_instance;

  /* Owned */
  JsonObject *node;
  char       *kind;
  GListStore *children;

  MsWayMark mark;
};

G_DEFINE_FINAL_TYPE (MsWayRow, ms_way_row, G_TYPE_OBJECT)

static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

static const char *
get_text_or (JsonObject *object, const char *name, const char *fallback)
{
  const char *text = get_text (object, name);

  return text != NULL ? text : fallback;
}

static gint64
get_number (JsonObject *object, const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node)
                                                                         : 0;
}

static gboolean
is_true (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_BOOLEAN
         && json_node_get_boolean (node);
}

/* (nullable) */
static JsonObject *
get_object (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* (nullable): element @i of a list of objects; @array may be missing */
static JsonObject *
get_element (JsonArray *array, guint i)
{
  JsonNode *node = array != NULL && i < json_array_get_length (array)
                       ? json_array_get_element (array, i)
                       : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static void
ms_way_row_finalize (GObject *object)
{
  MsWayRow *self = MS_WAY_ROW (object);

  g_clear_pointer (&self->node, json_object_unref);
  g_clear_pointer (&self->kind, g_free);
  g_clear_object (&self->children);
  G_OBJECT_CLASS (ms_way_row_parent_class)->finalize (object);
}

static void
ms_way_row_class_init (MsWayRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ms_way_row_finalize;
}

static void
ms_way_row_init (MsWayRow *self)
{
}

static MsWayRow *
row_new (JsonObject *node, const char *kind, MsWayMark mark)
{
  MsWayRow *self = g_object_new (MS_TYPE_WAY_ROW, NULL);

  self->node = json_object_ref (node);
  self->kind = g_strdup (kind);
  self->mark = mark;
  return self;
}

const char *
ms_way_row_get_kind (MsWayRow *self)
{
  return self->kind;
}

const char *
ms_way_row_get_type_name (MsWayRow *self)
{
  return get_text_or (self->node, "type", "");
}

const char *
ms_way_row_get_id (MsWayRow *self)
{
  return get_text_or (self->node, "id", "");
}

const char *
ms_way_row_get_label (MsWayRow *self)
{
  return get_text_or (self->node, "label", "");
}

const char *
ms_way_row_get_address (MsWayRow *self)
{
  return get_text (self->node, "address");
}

const char *
ms_way_row_get_state (MsWayRow *self)
{
  return get_text_or (self->node, "state", "passesOn");
}

const char *
ms_way_row_get_reason (MsWayRow *self)
{
  return get_text (self->node, "reason");
}

gboolean
ms_way_row_is_disabled (MsWayRow *self)
{
  return is_true (self->node, "disabled");
}

MsWayMark
ms_way_row_get_mark (MsWayRow *self)
{
  return self->mark;
}

gint64
ms_way_row_get_more (MsWayRow *self)
{
  return self->mark == MS_WAY_FIRST ? get_number (self->node, "more") : 0;
}

GListModel *
ms_way_row_get_children (MsWayRow *self)
{
  return G_LIST_MODEL (self->children);
}

/* The tree --------------------------------------------------------------------------------------
 */

struct _MsExplanation
{
  /* Owned */
  JsonObject *json;
  MsWayRow   *root;
};

typedef struct
{
  JsonObject *node;
  GPtrArray  *edges; /* JsonObject, borrowed */
  gboolean    is_done;
  gboolean    is_open; /* on the way to where we are */
} Place;

typedef struct
{
  Place    *place;
  MsWayRow *row;
  guint     next;
} Step;

static void
place_free (gpointer data)
{
  Place *place = data;

  g_ptr_array_unref (place->edges);
  g_free (place);
}

/* id -> Place */
static GHashTable *
read_graph (JsonObject *json)
{
  GHashTable *places = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, place_free);
  JsonArray  *nodes = ms_json_get_array (json, "nodes");
  JsonArray  *edges = ms_json_get_array (json, "edges");

  for (guint i = 0; nodes != NULL && i < json_array_get_length (nodes); i++)
    {
      JsonObject *node = get_element (nodes, i);
      const char *id = node != NULL ? get_text (node, "id") : NULL;
      if (id == NULL)
        continue;
      Place *place = g_new0 (Place, 1);
      place->node = node;
      place->edges = g_ptr_array_new ();
      g_hash_table_replace (places, (char *) id, place);
    }
  for (guint i = 0; edges != NULL && i < json_array_get_length (edges); i++)
    {
      JsonObject *edge = get_element (edges, i);
      const char *from = edge != NULL ? get_text (edge, "from") : NULL;
      Place      *place = from != NULL ? g_hash_table_lookup (places, from) : NULL;
      if (place != NULL)
        g_ptr_array_add (place->edges, edge);
    }
  return places;
}

static void
open_place (GArray *steps, Place *place, MsWayRow *row)
{
  Step step = { place, row, 0 };

  place->is_done = place->is_open = TRUE;
  g_array_append_val (steps, step);
}

static void
follow_edge (GArray *steps, GHashTable *places, JsonObject *edge)
{
  MsWayRow   *above = g_array_index (steps, Step, steps->len - 1).row;
  const char *to = get_text (edge, "to");
  Place      *place = to != NULL ? g_hash_table_lookup (places, to) : NULL;

  if (place == NULL)
    return;
  MsWayMark mark = place->is_open ? MS_WAY_LOOP : place->is_done ? MS_WAY_AGAIN : MS_WAY_FIRST;
  g_autoptr (MsWayRow) row = row_new (place->node, get_text_or (edge, "kind", ""), mark);
  if (above->children == NULL)
    above->children = g_list_store_new (MS_TYPE_WAY_ROW);
  g_list_store_append (above->children, row);
  if (mark == MS_WAY_FIRST)
    open_place (steps, place, row);
}

static MsWayRow *
unroll (JsonObject *json, JsonObject *first)
{
  g_autoptr (GHashTable) places = read_graph (json);
  g_autoptr (GArray) steps = g_array_new (FALSE, FALSE, sizeof (Step));
  MsWayRow *root = row_new (first, "", MS_WAY_FIRST);
  Place    *start = g_hash_table_lookup (places, ms_way_row_get_id (root));

  if (start != NULL)
    open_place (steps, start, root);
  while (steps->len > 0)
    {
      Step *step = &g_array_index (steps, Step, steps->len - 1);
      if (step->next < step->place->edges->len)
        {
          follow_edge (steps, places, g_ptr_array_index (step->place->edges, step->next++));
          continue;
        }
      step->place->is_open = FALSE;
      g_array_set_size (steps, steps->len - 1);
    }
  return root;
}

MsExplanation *
ms_explanation_new (JsonObject *json, GError **error)
{
  g_return_val_if_fail (json != NULL, NULL);

  JsonObject *first = get_element (ms_json_get_array (json, "nodes"), 0);
  if (first == NULL || get_text (first, "id") == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_INTERNAL,
                    NULL,
                    NULL,
                    "The server's answer does not say who gets mail for the address");
      return NULL;
    }
  MsExplanation *self = g_new0 (MsExplanation, 1);
  self->json = json_object_ref (json);
  self->root = unroll (json, first);
  return self;
}

/* Rows hold rows: a long chain must not be dropped from within itself. */
static void
drop_tree (MsWayRow *root)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_add (rows, root);
  for (guint i = 0; i < rows->len; i++)
    {
      GListModel *children = ms_way_row_get_children (g_ptr_array_index (rows, i));
      for (guint j = 0; children != NULL && j < g_list_model_get_n_items (children); j++)
        g_ptr_array_add (rows, g_list_model_get_item (children, j));
    }
  while (rows->len > 0)
    g_ptr_array_remove_index (rows, rows->len - 1);
}

void
ms_explanation_free (MsExplanation *self)
{
  json_object_unref (self->json);
  drop_tree (self->root);
  g_free (self);
}

MsWayRow *
ms_explanation_get_root (MsExplanation *self)
{
  return self->root;
}

gboolean
ms_explanation_is_local (MsExplanation *self)
{
  return is_true (self->json, "local");
}

gboolean
ms_explanation_is_truncated (MsExplanation *self)
{
  return is_true (self->json, "truncated");
}

gboolean
ms_explanation_is_complete (MsExplanation *self)
{
  return is_true (self->json, "complete");
}

gint64
ms_explanation_count (MsExplanation *self, MsExplained what)
{
  static const struct
  {
    const char *object;
    const char *member;
  } members[] = {
    [MS_EXPLAINED_MAILBOXES] = { "recipients", "mailboxes" },
    [MS_EXPLAINED_OUTSIDE] = { "recipients", "outside" },
    [MS_EXPLAINED_LOOPS] = { "counts", "loops" },
    [MS_EXPLAINED_DEAD_ENDS] = { "counts", "deadEnds" },
    [MS_EXPLAINED_NODES] = { "counts", "nodes" },
  };

  return get_number (get_object (self->json, members[what].object), members[what].member);
}

GPtrArray *
ms_explanation_dup_problem (MsExplanation *self, guint i, gboolean *is_loop)
{
  JsonObject *problem = get_element (ms_json_get_array (self->json, "problems"), i);

  if (problem == NULL)
    return NULL;
  GPtrArray  *places = g_ptr_array_new_with_free_func (g_object_unref);
  JsonObject *at = get_object (problem, "at");
  JsonArray  *path = ms_json_get_array (problem, "path");
  *is_loop = path != NULL;
  if (at != NULL)
    {
      MsWayRow   *row = row_new (at, "", MS_WAY_FIRST);
      const char *reason = get_text (problem, "reason");
      g_ptr_array_add (places, row);
      json_object_set_string_member (row->node, "state", "deadEnd");
      if (reason != NULL)
        json_object_set_string_member (row->node, "reason", reason);
    }
  for (guint j = 0; path != NULL && j < json_array_get_length (path); j++)
    if (get_element (path, j) != NULL)
      g_ptr_array_add (places, row_new (get_element (path, j), "", MS_WAY_FIRST));
  return places;
}
