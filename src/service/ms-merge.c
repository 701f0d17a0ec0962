/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Streams read by keyset, a few objects at a time, and the choice among their heads.
 */
#include "ms-merge.h"

#include <string.h>

#include "ms-json.h"

/* Objects read ahead of each type where there are several. */
#define AHEAD 50

typedef struct
{
  MsObject    *object;
  MsQueryPlace place;
  char *rank; /* what is compared between types; %NULL where the types simply follow each other */
} Head;

typedef struct
{
  MsQuery      query;
  GQueue       heads; /* Head */
  MsQueryPlace last;
  gboolean     has_last;
  gboolean     ended;
} Stream;

struct _MsMerge
{
  Stream  *streams;
  guint    count;
  gboolean backwards;
  gboolean sorted; /* by something that the types have in common */
};

static void
head_free (gpointer data)
{
  Head *head = data;

  g_clear_pointer (&head->object, ms_object_unref);
  ms_query_place_clear (&head->place);
  g_free (head->rank);
  g_free (head);
}

MsMerge *
ms_merge_new (const MsQuery *queries, guint count)
{
  MsMerge *self = g_new0 (MsMerge, 1);

  self->streams = g_new0 (Stream, count);
  self->count = count;
  for (guint i = 0; i < count; i++)
    {
      self->streams[i].query = queries[i];
      /* Alone, a page and whether there is another are read at once. */
      self->streams[i].query.count
          = count > 1 ? CLAMP (queries[i].count, 1, AHEAD) : queries[i].count + 1;
      self->sorted
          |= count > 1
             && (queries[i].sort_by != NULL || queries[i].sort_meta != MS_FILTER_META_NONE);
    }
  return self;
}

void
ms_merge_free (MsMerge *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->count; i++)
    {
      g_queue_clear_full (&self->streams[i].heads, head_free);
      ms_query_place_clear (&self->streams[i].last);
    }
  g_free (self->streams);
  g_free (self);
}

void
ms_merge_set_place (MsMerge *self, guint type, const MsQueryPlace *place, gboolean with)
{
  Stream *stream = &self->streams[type];
  /* Rows are whole numbers and the last thing compared: one before it there is no other place. */
  gint64 step = self->backwards != stream->query.descending ? 1 : -1;

  ms_query_place_clear (&stream->last);
  stream->has_last = TRUE;
  stream->last.row = place->row + (with ? step : 0);
  stream->last.key = g_strdup (place->key);
}

void
ms_merge_leave_out (MsMerge *self, guint type)
{
  self->streams[type].ended = TRUE;
}

void
ms_merge_set_backwards (MsMerge *self, gboolean backwards)
{
  self->backwards = backwards;
}

/* A type that lacks the attribute has only objects without a value. */
static char *
make_rank (const MsQuery *query, MsObject *object, const MsQueryPlace *place)
{
  switch (query->sort_meta)
    {
    case MS_FILTER_META_CREATED:
      return g_strdup_printf ("%020" G_GINT64_FORMAT, ms_object_get_created (object));
    case MS_FILTER_META_RESOURCE_TYPE:
      return g_strdup (query->type->name);
    case MS_FILTER_META_SCHEMAS:
      return g_ascii_strdown (query->type->schema->id, -1);
    case MS_FILTER_META_LOCATION:
      return g_strconcat (query->type->endpoint, "/", place->key, NULL);
    case MS_FILTER_META_ID:
    case MS_FILTER_META_LAST_MODIFIED:
    case MS_FILTER_META_VERSION:
    case MS_FILTER_META_NONE:
    default:
      break;
    }
  return g_strdup (place->key != NULL ? place->key : "\xf4\x8f\xbf\xbf");
}

typedef struct
{
  Stream  *stream;
  gboolean sorted;
} Fill;

static gboolean
take_object (MsObject *object, const MsQueryPlace *place, gpointer user_data, GError **error)
{
  Fill *fill = user_data;
  Head *head = g_new0 (Head, 1);

  head->object = ms_object_ref (object);
  head->place.row = place->row;
  head->place.key = g_strdup (place->key);
  head->rank = fill->sorted ? make_rank (&fill->stream->query, object, place) : NULL;
  g_queue_push_tail (&fill->stream->heads, head);
  return TRUE;
}

static gboolean
fill (MsMerge *self, Stream *stream, MsTxn *txn, GError **error)
{
  Fill     filling = { stream, self->sorted };
  gboolean more = FALSE;

  if (stream->ended || !g_queue_is_empty (&stream->heads))
    return TRUE;
  if (!ms_txn_query_from (txn,
                          &stream->query,
                          stream->has_last ? &stream->last : NULL,
                          self->backwards,
                          take_object,
                          &filling,
                          &more,
                          error))
    return FALSE;
  stream->ended = !more;
  return TRUE;
}

/* Whether @one is read before @other; equals in the order of their types. */
static gboolean
comes_before (const MsMerge *self, const Head *one, const Head *other)
{
  int order = strcmp (one->rank, other->rank);

  return self->streams[0].query.descending != self->backwards ? order > 0 : order < 0;
}

gboolean
ms_merge_next (
    MsMerge *self, MsTxn *txn, guint *type, MsObject **object, MsQueryPlace *place, GError **error)
{
  const Head *best = NULL;

  *object = NULL;
  for (guint turn = 0; turn < self->count; turn++)
    {
      guint i = self->backwards ? self->count - 1 - turn : turn;
      if (!fill (self, &self->streams[i], txn, error))
        return FALSE;
      const Head *head = g_queue_peek_head (&self->streams[i].heads);
      if (head == NULL || (best != NULL && !comes_before (self, head, best)))
        continue;
      best = head;
      *type = i;
      if (!self->sorted)
        break;
    }
  if (best == NULL)
    return TRUE;

  Head *taken = g_queue_pop_head (&self->streams[*type].heads);
  ms_merge_set_place (self, *type, &taken->place, FALSE);
  *object = g_steal_pointer (&taken->object);
  place->row = taken->place.row;
  place->key = g_steal_pointer (&taken->place.key);
  head_free (taken);
  return TRUE;
}
