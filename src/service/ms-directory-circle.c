/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * People who wait for each other's names or addresses in a circle: none of them can be done before
 * the others, so all of one circle are exchanged in one transaction. Whoever waits for one of a
 * circle, and for whom nobody in it waits, is none of them and comes after it.
 */
#include "ms-directory-plan.h"

#include "ms-error.h"

#define NOBODY G_MAXUINT
#define WANTS MS_DIRECTORY_N_WANTS

/**
 * Graph:
 * @holders: (array length=n*WANTS): who has what the item wants, or %NOBODY
 * @waiters: (array length=n): the first of those who want what the item has, as a place in @holders
 * @next: (array length=n*WANTS): the next one of them
 * @left: (array length=n): how many hold up the item, or wait for it
 */
typedef struct
{
  MsDirectoryPlan *plan;
  guint            n;
  guint           *holders;
  guint           *waiters;
  guint           *next;
  guint           *left;
  gboolean        *is_in; /* of those who may be in a circle */
  GArray          *queue;
} Graph;

static void
graph_init (Graph *self, MsDirectoryPlan *plan)
{
  self->plan = plan;
  self->n = plan->items->len;
  self->holders = g_new (guint, self->n * WANTS);
  self->next = g_new (guint, self->n * WANTS);
  self->waiters = g_new (guint, self->n);
  self->left = g_new0 (guint, self->n);
  self->is_in = g_new (gboolean, self->n);
  self->queue = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < self->n; i++)
    {
      self->waiters[i] = NOBODY;
      self->is_in[i] = TRUE;
    }
}

static void
graph_clear (Graph *self)
{
  g_free (self->holders);
  g_free (self->next);
  g_free (self->waiters);
  g_free (self->left);
  g_free (self->is_in);
  g_array_unref (self->queue);
}

static void
note_want (Graph *self, GHashTable *places, guint i, guint which)
{
  MsDirectoryItem *holder
      = ms_directory_plan_get_holder (self->plan, self->plan->items->pdata[i], which);
  gpointer place = NULL;
  guint    want = i * WANTS + which;

  self->holders[want] = NOBODY;
  if (holder == NULL || !g_hash_table_lookup_extended (places, holder, NULL, &place))
    return;
  self->holders[want] = GPOINTER_TO_UINT (place);
  self->next[want] = self->waiters[self->holders[want]];
  self->waiters[self->holders[want]] = want;
}

static void
note_wants (Graph *self)
{
  g_autoptr (GHashTable) places = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < self->n; i++)
    g_hash_table_insert (places, self->plan->items->pdata[i], GUINT_TO_POINTER (i));
  for (guint i = 0; i < self->n; i++)
    for (guint which = 0; which < WANTS; which++)
      note_want (self, places, i, which);
}

/* Leaving out ------------------------------------------------------------------------------- */

static void
leave_out (Graph *self, guint i)
{
  self->is_in[i] = FALSE;
  g_array_append_val (self->queue, i);
}

static void
count_down (Graph *self, guint i)
{
  if (i != NOBODY && self->is_in[i] && --self->left[i] == 0)
    leave_out (self, i);
}

/* Those whom nobody holds up any more, one after the other. */
static void
leave_out_free (Graph *self)
{
  for (guint want = 0; want < self->n * WANTS; want++)
    self->left[want / WANTS] += self->holders[want] != NOBODY ? 1 : 0;
  for (guint i = 0; i < self->n; i++)
    if (self->left[i] == 0)
      leave_out (self, i);
  for (guint q = 0; q < self->queue->len; q++)
    {
      guint i = g_array_index (self->queue, guint, q);
      for (guint want = self->waiters[i]; want != NOBODY; want = self->next[want])
        count_down (self, want / WANTS);
    }
  g_array_set_size (self->queue, 0);
}

/* Those for whom nobody waits, of those who are left. */
static void
leave_out_last (Graph *self)
{
  for (guint i = 0; i < self->n; i++)
    {
      self->left[i] = 0;
      for (guint want = self->waiters[i]; want != NOBODY; want = self->next[want])
        self->left[i] += self->is_in[want / WANTS] ? 1 : 0;
    }
  for (guint i = 0; i < self->n; i++)
    if (self->is_in[i] && self->left[i] == 0)
      leave_out (self, i);
  for (guint q = 0; q < self->queue->len; q++)
    for (guint which = 0; which < WANTS; which++)
      count_down (self, self->holders[g_array_index (self->queue, guint, q) * WANTS + which]);
  g_array_set_size (self->queue, 0);
}

/* Circles ----------------------------------------------------------------------------------- */

static void
reach (Graph *self, guint i)
{
  if (i == NOBODY || !self->is_in[i])
    return;
  leave_out (self, i);
}

/* A rehearsal says so too; and who is disabled there is put out all the same. */
static void
refuse (MsDirectoryItem *item, guint size)
{
  item->is_settled = FALSE;
  item->is_put_out = !item->person->is_active && item->user_id != NULL;
  ms_error_set (&item->problem,
                MS_ERROR_CONFLICT,
                NULL,
                "userName",
                "%u people exchange names or addresses in a circle, which is too long for one run: "
                "%d at most can. Give one of them another name in the directory, run it, and then "
                "the right one",
                size,
                MS_DIRECTORY_CHUNK_ITEMS);
}

/* All who are bound to @i go into the queue. */
static void
mark (Graph *self, guint i, guint circle)
{
  g_array_set_size (self->queue, 0);
  reach (self, i);
  for (guint q = 0; q < self->queue->len; q++)
    {
      guint at = g_array_index (self->queue, guint, q);
      for (guint which = 0; which < WANTS; which++)
        reach (self, self->holders[at * WANTS + which]);
      for (guint want = self->waiters[at]; want != NOBODY; want = self->next[want])
        reach (self, want / WANTS);
    }
  for (guint q = 0; q < self->queue->len; q++)
    {
      MsDirectoryItem *item = self->plan->items->pdata[g_array_index (self->queue, guint, q)];
      item->circle = circle;
      if (self->queue->len > MS_DIRECTORY_CHUNK_ITEMS)
        refuse (item, self->queue->len);
    }
}

void
ms_directory_plan_find_circles (MsDirectoryPlan *self)
{
  Graph graph = { NULL };
  guint circle = 0;

  if (g_hash_table_size (self->freed_names) + g_hash_table_size (self->freed_addresses) < 2)
    return;
  graph_init (&graph, self);
  note_wants (&graph);
  leave_out_free (&graph);
  leave_out_last (&graph);
  for (guint i = 0; i < graph.n; i++)
    if (graph.is_in[i])
      mark (&graph, i, ++circle);
  graph_clear (&graph);
}
