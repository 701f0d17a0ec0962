/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lists read by cursor (RFC 9865), and lists over several types (RFC 7644 §3.4.3). The total is
 * counted for the first page only and then travels in the cursor.
 */
#include "ms-service-private.h"

#include <string.h>

#include "ms-cursor.h"
#include "ms-error.h"
#include "ms-external-id.h"
#include "ms-merge.h"

#define LIST_RESPONSE "urn:ietf:params:scim:api:messages:2.0:ListResponse"
/* Sorted over several types, a page deep inside costs all pages before it. */
#define MAX_MERGED 10000

/**
 * Span: what a page shows of one type
 * @mode: where it began: at @begin, where it has a place
 * @first, @last: in the order of reading, where it shows any
 */
typedef struct
{
  MsCursorMode mode;
  MsQueryPlace begin;
  gboolean     shows_any;
  MsQueryPlace first;
  MsQueryPlace last;
} Span;

typedef struct
{
  MsService       *service;
  const MsListing *listing;
  MsQuery         *queries; /* with filters as the client means them */
  GPtrArray       *renders;
  GString         *out;
  MsTxn           *txn;
  GPtrArray       *parts; /* of a page read backwards: utf8 */
  gint64           total;
  gint64           shown;
  gsize            bytes; /* of parts */
  GString         *damaged;

  /* By cursor */
  char     *binding;
  MsCursor *begin; /* (nullable): what the client sent */
  gboolean  more;
  MsMerge  *merge;
  Span     *spans; /* of each type */
} Pages;

static void
pages_clear (Pages *self)
{
  for (guint i = 0; i < self->listing->n_queries; i++)
    {
      ms_filter_free ((MsFilter *) self->queries[i].filter);
      ms_query_place_clear (&self->spans[i].begin);
      ms_query_place_clear (&self->spans[i].first);
      ms_query_place_clear (&self->spans[i].last);
    }
  g_free (self->queries);
  g_free (self->spans);
  g_free (self->binding);
  g_string_free (self->damaged, TRUE);
  g_clear_pointer (&self->renders, g_ptr_array_unref);
  g_clear_pointer (&self->parts, g_ptr_array_unref);
  g_clear_pointer (&self->begin, ms_cursor_free);
  g_clear_pointer (&self->merge, ms_merge_free);
}

/* What must be the same on every page ------------------------------------------------------- */

static void
bind_list (GString *out, char **names)
{
  for (; names != NULL && *names != NULL; names++)
    g_string_append_printf (out, "%s,", *names);
  g_string_append_c (out, '\n');
}

static char *
make_binding (const MsActor *actor, const MsListing *listing)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text,
                          "%s\n%s\n%s\n%s\n%d\n",
                          actor->user_id != NULL ? actor->user_id : "",
                          actor->client != NULL ? actor->client : "",
                          listing->queries[0].search != NULL ? listing->queries[0].search : "",
                          listing->sort_by != NULL ? listing->sort_by : "",
                          listing->queries[0].descending);
  for (guint i = 0; i < listing->n_queries; i++)
    {
      const MsQuery   *query = &listing->queries[i];
      g_autofree char *filter = query->filter != NULL ? ms_filter_to_string (query->filter) : NULL;
      g_string_append_printf (text, "%s\n%s\n", query->type->name, filter != NULL ? filter : "");
    }
  bind_list (text, listing->projection != NULL ? listing->projection->attributes : NULL);
  bind_list (text, listing->projection != NULL ? listing->projection->excluded : NULL);
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text->str, (gssize) text->len);
}

static gboolean
open_cursor (Pages *self, GError **error)
{
  if (self->listing->cursor == NULL || *self->listing->cursor == '\0')
    return TRUE;
  self->begin = ms_cursor_open (self->service, self->listing->cursor, self->binding, error);
  if (self->begin == NULL)
    return FALSE;
  if (self->begin->count == self->queries[0].count)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidCount",
                "count",
                "The list was begun with a count of %" G_GINT64_FORMAT ", which goes for all of it",
                self->begin->count);
  return FALSE;
}

/* Objects ----------------------------------------------------------------------------------- */

static gboolean
append_object (Pages *self, guint type, MsObject *object, GError **error)
{
  MsRender *render = g_ptr_array_index (self->renders, type);

  g_autoptr (GString) part = self->parts != NULL ? g_string_new (NULL) : NULL;

  if (part == NULL && self->shown > 0)
    g_string_append_c (self->out, ',');
  self->shown++;
  if (!ms_render_append (render, self->txn, object, part != NULL ? part : self->out, error))
    return FALSE;
  ms_service_note_damaged (self->damaged, object);
  if (part == NULL)
    return TRUE;
  self->bytes += part->len;
  g_ptr_array_add (self->parts, g_string_free (g_steal_pointer (&part), FALSE));
  return TRUE;
}

static void
append_parts (Pages *self)
{
  for (guint i = self->parts != NULL ? self->parts->len : 0; i > 0; i--)
    {
      g_string_append (self->out, g_ptr_array_index (self->parts, i - 1));
      if (i > 1)
        g_string_append_c (self->out, ',');
    }
}

static gboolean
is_full (const Pages *self)
{
  return self->out->len + self->bytes >= MS_RENDER_PAGE_BYTES;
}

static gboolean
count_all (Pages *self, GError **error)
{
  self->total = 0;
  for (guint i = 0; i < self->listing->n_queries; i++)
    {
      gint64 total = 0;
      if (!ms_txn_query (self->txn, &self->queries[i], NULL, NULL, &total, error))
        return FALSE;
      self->total += total;
    }
  return TRUE;
}

/* By cursor --------------------------------------------------------------------------------- */

/* @at: with its key. @place: (out): to be cleared */
static gboolean
find_place (Pages *self, guint type, const MsCursorPlace *at, MsQueryPlace *place, GError **error)
{
  gboolean exists = FALSE;

  if (!at->is_long)
    {
      *place = (MsQueryPlace){ g_strdup (at->place.key), at->place.row };
      return TRUE;
    }
  if (!ms_txn_find_place (self->txn, &self->queries[type], at->place.row, place, &exists, error))
    return FALSE;
  if (!exists)
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  "expiredCursor",
                  "cursor",
                  "The object where this cursor stood has gone; begin the list anew");
  return exists;
}

static gboolean
begin_span (Pages *self, guint type, const MsCursorPlace *at, GError **error)
{
  Span *span = &self->spans[type];

  span->mode = at->mode;
  if (at->mode == MS_CURSOR_NOTHING)
    ms_merge_leave_out (self->merge, type);
  if (at->mode == MS_CURSOR_NOTHING || at->mode == MS_CURSOR_START)
    return TRUE;
  if (!find_place (self, type, at, &span->begin, error))
    return FALSE;
  ms_merge_set_place (self->merge, type, &span->begin, at->mode == MS_CURSOR_FROM);
  return TRUE;
}

static gboolean
go_to_begin (Pages *self, GError **error)
{
  if (self->begin == NULL)
    return count_all (self, error);
  self->total = self->begin->total;
  ms_merge_set_backwards (self->merge, self->begin->backwards);
  for (guint i = 0; i < self->listing->n_queries && i < self->begin->places->len; i++)
    if (!begin_span (self, i, &g_array_index (self->begin->places, MsCursorPlace, i), error))
      return FALSE;
  return TRUE;
}

static void
note_place (Span *span, MsQueryPlace *place)
{
  if (!span->shows_any)
    span->first = (MsQueryPlace){ g_strdup (place->key), place->row };
  span->shows_any = TRUE;
  ms_query_place_clear (&span->last);
  span->last = *place;
  *place = (MsQueryPlace){ NULL, 0 };
}

static gboolean
read_page (MsTxn *txn, gpointer user_data, GError **error)
{
  Pages *self = user_data;

  self->txn = txn;
  if (!go_to_begin (self, error))
    return FALSE;
  while (TRUE)
    {
      guint type = 0;
      g_auto (MsQueryPlace) place = { NULL, 0 };
      MsObject *next = NULL;

      if (!ms_merge_next (self->merge, txn, &type, &next, &place, error))
        return FALSE;
      g_autoptr (MsObject) object = next;
      self->more = object != NULL;
      if (object == NULL || self->shown == self->queries[0].count || is_full (self))
        return TRUE;
      note_place (&self->spans[type], &place);
      if (!append_object (self, type, object, error))
        return FALSE;
    }
}

static gboolean
append_cursor (Pages *self, const char *name, gboolean backwards, GError **error)
{
  g_autoptr (MsCursor) cursor = ms_cursor_new ();
  gboolean turns = backwards != (self->begin != NULL && self->begin->backwards);

  cursor->backwards = backwards;
  cursor->total = self->total;
  cursor->count = self->queries[0].count;
  for (guint i = 0; i < self->listing->n_queries; i++)
    {
      const Span *span = &self->spans[i];
      if (span->shows_any)
        ms_cursor_add_place (cursor, MS_CURSOR_BEYOND, turns ? &span->first : &span->last);
      else
        ms_cursor_add_place (
            cursor, turns ? ms_cursor_mode_turn (span->mode) : span->mode, &span->begin);
    }
  g_autofree char *text = ms_cursor_seal (cursor, self->service, self->binding, error);
  if (text == NULL)
    return FALSE;
  g_string_append_printf (self->out, ",\"%s\":\"%s\"", name, text);
  return TRUE;
}

/* Where a page holds nothing, it is the last one that way. */
static gboolean
append_cursors (Pages *self, GError **error)
{
  gboolean backwards = self->begin != NULL && self->begin->backwards;
  gboolean has_next = self->shown > 0 && (backwards || self->more);
  gboolean has_previous = self->shown > 0 && (backwards ? self->more : self->begin != NULL);

  return (!has_next || append_cursor (self, "nextCursor", FALSE, error))
         && (!has_previous || append_cursor (self, "previousCursor", TRUE, error));
}

/* By index ---------------------------------------------------------------------------------- */

/* One that was rendered before is not even read. */
static gboolean
append_row (Pages *self, guint type, gint64 row, GError **error)
{
  MsRender *render = g_ptr_array_index (self->renders, type);
  gsize     before = self->out->len;

  if (self->shown > 0)
    g_string_append_c (self->out, ',');
  if (ms_render_append_known (render, row, self->out))
    {
      self->shown++;
      return TRUE;
    }
  g_string_truncate (self->out, before);
  g_autoptr (MsObject) object = ms_txn_list_row (self->txn, self->queries[type].type, row, error);
  return object != NULL && append_object (self, type, object, error);
}

/* One type after the other. */
static gboolean
list_in_turn (Pages *self, GError **error)
{
  gint64 before = 0;

  for (guint i = 0; i < self->listing->n_queries; i++)
    {
      MsQuery query = self->queries[i];
      gint64  total = 0;

      query.start = MAX (query.start - before, 0);
      query.count = is_full (self) ? 0 : query.count - self->shown;
      g_autoptr (GArray) rows = ms_txn_query_rows (self->txn, &query, &total, error);
      if (rows == NULL)
        return FALSE;
      for (guint k = 0; k < rows->len && !is_full (self); k++)
        if (!append_row (self, i, g_array_index (rows, gint64, k), error))
          return FALSE;
      before += total;
    }
  self->total = before;
  return TRUE;
}

static gboolean
list_merged (Pages *self, GError **error)
{
  gint64 start = self->queries[0].start;
  gint64 count = self->queries[0].count;

  if (!count_all (self, error))
    return FALSE;
  if (start > MAX_MERGED - count)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "tooMany",
                    "startIndex",
                    "Sorted over several types, the first %d objects can be asked for by number;"
                    " use a cursor, or list one type",
                    MAX_MERGED);
      return FALSE;
    }
  for (gint64 i = 0; i < start + count; i++)
    {
      guint type = 0;
      g_auto (MsQueryPlace) place = { NULL, 0 };
      MsObject *next = NULL;

      if (!ms_merge_next (self->merge, self->txn, &type, &next, &place, error))
        return FALSE;
      g_autoptr (MsObject) object = next;
      if (object == NULL)
        return TRUE;
      if (is_full (self))
        return TRUE;
      if (i >= start && !append_object (self, type, object, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_list (MsTxn *txn, gpointer user_data, GError **error)
{
  Pages *self = user_data;

  self->txn = txn;
  if (self->queries[0].bounded
      && (!count_all (self, error)
          || !ms_service_check_reach (&self->queries[0], self->total, error)))
    return FALSE;
  for (guint i = 1; i < self->listing->n_queries; i++)
    self->queries[i].count = self->queries[0].count;
  return self->listing->sort_by == NULL || self->listing->n_queries == 1
                 || self->queries[0].count == 0
             ? list_in_turn (self, error)
             : list_merged (self, error);
}

/* ------------------------------------------------------------------------------------------- */

static gboolean
prepare (Pages *self, const MsActor *actor, GError **error)
{
  const MsListing *listing = self->listing;

  self->renders = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_render_free);
  for (guint i = 0; i < listing->n_queries; i++)
    {
      const MsQuery *query = &listing->queries[i];
      if (!ms_policy_check (actor, MS_POLICY_READ, query->type, NULL, NULL, error)
          || !ms_external_id_order (&self->queries[i], actor->client, error))
        return FALSE;
      MsRender *render = ms_render_new (
          self->service, query->type, listing->projection, listing->base_url, error);
      if (render == NULL)
        return FALSE;
      ms_render_set_client (render, actor->client);
      ms_render_use_cache (render);
      g_ptr_array_add (self->renders, render);
      self->queries[i].bounded = query->search != NULL;
      self->queries[i].filter = ms_external_id_filter (query->filter, query->type, actor->client);
    }
  self->merge = ms_merge_new (self->queries, listing->n_queries);
  if (listing->cursor == NULL)
    return TRUE;
  self->binding = make_binding (actor, listing);
  if (!open_cursor (self, error))
    return FALSE;
  if (self->begin != NULL && self->begin->backwards)
    self->parts = g_ptr_array_new_with_free_func (g_free);
  return TRUE;
}

static gboolean
run (Pages *self, GError **error)
{
  const MsListing *listing = self->listing;

  g_string_append (self->out, "{\"schemas\":[\"" LIST_RESPONSE "\"],\"Resources\":[");
  if (!ms_store_read_until (self->service->store,
                            self->queries[0].deadline,
                            listing->cursor != NULL ? read_page : read_list,
                            self,
                            NULL,
                            error))
    return FALSE;
  append_parts (self);
  g_string_append (self->out, "],");
  ms_service_append_total (self->out, "totalResults", &self->queries[0], self->total);
  g_string_append_printf (self->out, ",\"itemsPerPage\":%" G_GINT64_FORMAT, self->shown);
  if (listing->cursor == NULL)
    g_string_append_printf (
        self->out, ",\"startIndex\":%" G_GINT64_FORMAT, listing->queries[0].start + 1);
  else if (!append_cursors (self, error))
    return FALSE;
  ms_service_append_damaged (self->out, self->damaged);
  g_string_append_c (self->out, '}');
  return TRUE;
}

gboolean
ms_service_list_pages (
    MsService *self, const MsActor *actor, const MsListing *listing, GString *out, GError **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && listing->n_queries > 0, FALSE);

  if (listing->n_queries == 1 && listing->cursor == NULL)
    return ms_service_list (
        self, actor, listing->queries, listing->projection, listing->base_url, out, error);

  gsize start = out->len;
  Pages running
      = { .service = self, .listing = listing, .out = out, .damaged = g_string_new (NULL) };
  running.queries = g_new0 (MsQuery, listing->n_queries);
  running.spans = g_new0 (Span, listing->n_queries);
  for (guint i = 0; i < listing->n_queries; i++)
    {
      running.queries[i] = listing->queries[i];
      running.queries[i].filter = NULL;
    }
  gboolean done = prepare (&running, actor, error) && run (&running, error);
  pages_clear (&running);
  if (!done)
    g_string_truncate (out, start);
  return done;
}
