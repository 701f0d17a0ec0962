/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Loops in a walk: its strongly connected components by Tarjan's algorithm, with a stack of its own
 * since a chain of forwards may be long; and one way round in each, breadth first.
 */
#include "ms-delivery-walk.h"

#define UNSEEN G_MAXUINT

typedef struct
{
  const MsDeliveryWalk *walk;
  guint                *first; /* number of a place's first hop; one more at the end */
  guint                *index; /* order in which places were met */
  guint                *low;   /* the first met that can be reached from here */
  guint                *loop;  /* number of the component, from 1; 0 = none yet */
  guint                *next;  /* the hop to look at next */
  GArray               *open;  /* places whose component is not known yet */
  GArray               *path;  /* how we got here */
  guint                 loops;
  guint                 met;
} Search;

static const MsHop *
get_hop (const Search *self, guint number)
{
  return &g_array_index (self->walk->hops, MsHop, number);
}

static void
search_init (Search *self, const MsDeliveryWalk *walk)
{
  guint n = walk->places->len;
  guint hop = 0;

  *self = (Search){ .walk = walk };
  self->first = g_new (guint, n + 1);
  self->index = g_new (guint, n);
  self->low = g_new0 (guint, n);
  self->loop = g_new0 (guint, n);
  self->next = g_new (guint, n);
  self->open = g_array_new (FALSE, FALSE, sizeof (guint));
  self->path = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < n; i++)
    {
      self->index[i] = UNSEEN;
      self->first[i] = self->next[i] = hop;
      while (hop < walk->hops->len && get_hop (self, hop)->from == i)
        hop++;
    }
  self->first[n] = hop;
}

static void
search_clear (Search *self)
{
  g_free (self->first);
  g_free (self->index);
  g_free (self->low);
  g_free (self->loop);
  g_free (self->next);
  g_array_unref (self->open);
  g_array_unref (self->path);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Search, search_clear)

static guint
get_last (GArray *array)
{
  return g_array_index (array, guint, array->len - 1);
}

static void
enter (Search *self, guint place)
{
  self->index[place] = self->low[place] = self->met++;
  g_array_append_val (self->open, place);
  g_array_append_val (self->path, place);
}

/* Everything that can be reached from @place was seen. */
static void
leave (Search *self, guint place)
{
  g_array_set_size (self->path, self->path->len - 1);
  if (self->path->len > 0)
    {
      guint above = get_last (self->path);
      self->low[above] = MIN (self->low[above], self->low[place]);
    }
  if (self->low[place] != self->index[place])
    return;
  self->loops++;
  while (self->loop[place] == 0)
    {
      self->loop[get_last (self->open)] = self->loops;
      g_array_set_size (self->open, self->open->len - 1);
    }
}

static void
find_components (Search *self, guint from)
{
  enter (self, from);
  while (self->path->len > 0)
    {
      guint place = get_last (self->path);
      if (self->next[place] == self->first[place + 1])
        {
          leave (self, place);
          continue;
        }
      guint to = get_hop (self, self->next[place]++)->to;
      if (self->index[to] == UNSEEN)
        enter (self, to);
      else if (self->loop[to] == 0)
        self->low[place] = MIN (self->low[place], self->index[to]);
    }
}

/* A shortest way from @start back to it, within its component. (nullable): there is none. @via: for
 * each place the one before it */
static GArray *
find_way_round (Search *self, guint start, guint *via)
{
  g_autoptr (GArray) queue = g_array_new (FALSE, FALSE, sizeof (guint));

  g_array_append_val (queue, start);
  for (guint i = 0; i < queue->len; i++)
    {
      guint at = g_array_index (queue, guint, i);
      for (guint hop = self->first[at]; hop < self->first[at + 1]; hop++)
        {
          guint to = get_hop (self, hop)->to;
          if (self->loop[to] != self->loop[start] || via[to] != UNSEEN)
            continue;
          via[to] = at;
          if (to != start)
            {
              g_array_append_val (queue, to);
              continue;
            }
          GArray *way = g_array_new (FALSE, FALSE, sizeof (guint));
          for (guint place = via[start]; place != start; place = via[place])
            g_array_prepend_val (way, place);
          g_array_prepend_val (way, start);
          return way;
        }
    }
  return NULL;
}

GPtrArray *
ms_delivery_walk_find_loops (MsDeliveryWalk *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  GPtrArray        *loops = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  guint             n = self->places->len;
  g_autofree guint *via = g_new (guint, n);
  g_auto (Search) search = { 0 };

  search_init (&search, self);
  for (guint i = 0; i < n; i++)
    {
      via[i] = UNSEEN;
      if (search.index[i] == UNSEEN)
        find_components (&search, i);
    }
  g_autofree gboolean *done = g_new0 (gboolean, search.loops + 1);
  for (guint i = 0; i < n; i++)
    {
      if (done[search.loop[i]])
        continue;
      done[search.loop[i]] = TRUE;
      GArray *way = find_way_round (&search, i, via);
      if (way != NULL)
        g_ptr_array_add (loops, way);
    }
  return loops;
}
