/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading one object and lists. Each call is one read transaction on the calling thread.
 */
#include "ms-service-private.h"

#include "ms-error.h"
#include "ms-external-id.h"
#include "ms-json.h"
#include "ms-projection.h"
#include "ms-query-sizes.h"
#include "ms-render-cache.h"
#include "ms-render.h"
#include "ms-singleton.h"
#include "ms-txn.h"

#define LIST_RESPONSE "urn:ietf:params:scim:api:messages:2.0:ListResponse"
#define LIST_BEGIN "{\"schemas\":[\"" LIST_RESPONSE "\"],\"Resources\":["

/* One object -------------------------------------------------------------------------------- */

typedef struct
{
  MsService            *service;
  const MsResourceType *type;
  const char           *id;
  MsRender             *render;
  GString              *out;
  gint64                version;
} GetRead;

/* As lists say it of theirs. */
static void
append_own_damage (GString *out, MsObject *object)
{
  if (!ms_object_is_damaged (object))
    return;
  g_autoptr (GString) ids = g_string_new (NULL);
  ms_service_note_damaged (ids, object);
  g_assert (out->len > 0 && out->str[out->len - 1] == '}');
  g_string_truncate (out, out->len - 1);
  ms_service_append_damaged (out, ids);
  g_string_append_c (out, '}');
}

static gboolean
get_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  GetRead *read = user_data;
  g_autoptr (MsObject) object
             = read->type->singleton
                   ? ms_singleton_or_object (txn, read->type, NULL, error)
                   : ms_txn_show_object (txn, read->type, read->id != NULL ? read->id : "", error);

  if (object == NULL || !ms_render_append (read->render, txn, object, read->out, error))
    return FALSE;
  read->version = ms_object_get_version (object);
  append_own_damage (read->out, object);
  return TRUE;
}

gboolean
ms_service_get (MsService            *self,
                const MsActor        *actor,
                const MsResourceType *type,
                const char           *id,
                const MsProjection   *projection,
                const char           *base_url,
                GString              *out,
                gint64               *version,
                GError              **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && type != NULL, FALSE);

  if (!ms_policy_check (actor, MS_POLICY_READ, type, NULL, NULL, error))
    return FALSE;
  MsRenderedAs as = { type, base_url != NULL ? base_url : "", actor->client };
  if (self->rendered != NULL && id != NULL && !type->singleton
      && ms_projection_is_plain (projection)
      && ms_render_cache_get (self->rendered, &as, id, out, version))
    return TRUE;
  g_autoptr (MsRender) render = ms_render_new (self, type, projection, base_url, error);
  if (render == NULL)
    return FALSE;
  ms_render_set_client (render, actor->client);
  ms_render_use_cache (render);

  GetRead read = { .service = self, .type = type, .id = id, .render = render, .out = out };
  if (!ms_store_read (self->store, get_in_txn, &read, NULL, error))
    return FALSE;
  if (version != NULL)
    *version = read.version;
  return TRUE;
}

/* Lists ------------------------------------------------------------------------------------- */

void
ms_service_append_total (GString *out, const char *name, const MsQuery *query, gint64 total)
{
  gboolean more = ms_query_has_more (query, total);

  g_string_append_printf (out,
                          "\"%s\":%" G_GINT64_FORMAT "%s",
                          name,
                          more ? ms_query_sizes.counted : total,
                          more ? ",\"atLeast\":true" : "");
}

void
ms_service_note_damaged (GString *ids, MsObject *object)
{
  if (!ms_object_is_damaged (object))
    return;
  if (ids->len > 0)
    g_string_append_c (ids, ',');
  ms_json_append_string (ids, ms_object_get_id (object));
}

void
ms_service_append_damaged (GString *out, const GString *ids)
{
  if (ids->len > 0)
    g_string_append_printf (out, ",\"damaged\":[%s]", ids->str);
}

gboolean
ms_service_check_reach (const MsQuery *query, gint64 total, GError **error)
{
  if (!ms_query_has_more (query, total) || query->start <= ms_query_sizes.counted - query->count)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "tooMany",
                "startIndex",
                "Of what a search finds, the first %" G_GINT64_FORMAT
                " objects can be asked for by number; use a cursor, or search for more words",
                ms_query_sizes.counted);
  return FALSE;
}

typedef struct
{
  MsQuery  *query;
  MsRender *render;
  GString  *out;
  gint64    shown;
  gint64    total;
  GString  *damaged; /* ids, as JSON */
} ListRead;

/* (nullable): the text that one object at most can have in the attribute that the query asks for,
 * and for nothing else */
static const char *
get_unique_value (const MsQuery *query)
{
  const MsFilter *filter = query->filter;

  if (filter == NULL || filter->kind != MS_FILTER_COMPARE || filter->op != MS_FILTER_EQ
      || filter->attribute == NULL || filter->attribute->unique_scope == NULL
      || filter->attribute->multi_valued || filter->attribute->parent != NULL
      || json_node_get_value_type (filter->value) != G_TYPE_STRING
      || (query->search != NULL && *query->search != '\0') || query->start != 0 || query->count < 1)
    return NULL;
  return json_node_get_string (filter->value);
}

/* @damaged: (nullable) */
static void
append_end (GString *out, const MsQuery *query, gint64 total, gint64 shown, const GString *damaged)
{
  g_string_append (out, "],");
  ms_service_append_total (out, "totalResults", query, total);
  g_string_append_printf (out,
                          ",\"startIndex\":%" G_GINT64_FORMAT ",\"itemsPerPage\":%" G_GINT64_FORMAT,
                          query->start + 1,
                          shown);
  if (damaged != NULL)
    ms_service_append_damaged (out, damaged);
  g_string_append_c (out, '}');
}

/* The list of the one object that is known from before to be all. */
static gboolean
append_known_list (MsService *self, const MsRenderedAs *as, const MsQuery *query, GString *out)
{
  const char *unique = get_unique_value (query);
  gsize       start = out->len;

  if (self->rendered == NULL || unique == NULL)
    return FALSE;
  g_string_append (out, LIST_BEGIN);
  if (ms_render_cache_get_named (self->rendered, as, query->filter->attribute->path, unique, out))
    {
      append_end (out, query, 1, 1, NULL);
      return TRUE;
    }
  g_string_truncate (out, start);
  return FALSE;
}

static gboolean
append_row (ListRead *read, MsTxn *txn, gint64 row, GError **error)
{
  if (read->shown++ > 0)
    g_string_append_c (read->out, ',');
  if (ms_render_append_known (read->render, row, read->out))
    return TRUE;
  g_autoptr (MsObject) object = ms_txn_list_row (txn, read->query->type, row, error);
  if (object == NULL || !ms_render_append (read->render, txn, object, read->out, error))
    return FALSE;
  ms_service_note_damaged (read->damaged, object);
  return TRUE;
}

/* A page far in has to know first whether there is so much. */
static gboolean
check_reach (MsTxn *txn, const MsQuery *query, GError **error)
{
  gint64 total = 0;

  if (!query->bounded || query->start <= ms_query_sizes.counted - query->count)
    return TRUE;
  return ms_txn_query (txn, query, NULL, NULL, &total, error)
         && ms_service_check_reach (query, total, error);
}

static gboolean
list_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  ListRead *read = user_data;

  if (!check_reach (txn, read->query, error))
    return FALSE;
  g_autoptr (GArray) rows = ms_txn_query_rows (txn, read->query, &read->total, error);

  for (guint i = 0; rows != NULL && i < rows->len && read->out->len < MS_RENDER_PAGE_BYTES; i++)
    if (!append_row (read, txn, g_array_index (rows, gint64, i), error))
      return FALSE;
  const char *unique = get_unique_value (read->query);
  if (rows != NULL && rows->len == 1 && unique != NULL)
    ms_render_note_unique (read->render,
                           g_array_index (rows, gint64, 0),
                           read->query->filter->attribute->path,
                           unique);
  return rows != NULL;
}

gboolean
ms_service_list (MsService          *self,
                 const MsActor      *actor,
                 const MsQuery      *query,
                 const MsProjection *projection,
                 const char         *base_url,
                 GString            *out,
                 GError            **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && query != NULL, FALSE);

  if (!ms_policy_check (actor, MS_POLICY_READ, query->type, NULL, NULL, error))
    return FALSE;
  MsQuery asked = *query;
  if (!ms_external_id_order (&asked, actor->client, error))
    return FALSE;
  MsRenderedAs as = { query->type, base_url != NULL ? base_url : "", actor->client };
  if (ms_projection_is_plain (projection) && append_known_list (self, &as, query, out))
    return TRUE;
  g_autoptr (MsRender) render = ms_render_new (self, query->type, projection, base_url, error);
  if (render == NULL)
    return FALSE;
  ms_render_set_client (render, actor->client);

  ms_render_use_cache (render);
  g_autoptr (MsFilter) filter = ms_external_id_filter (query->filter, query->type, actor->client);
  g_autoptr (GString) damaged = g_string_new (NULL);
  ListRead read = { .query = &asked, .render = render, .out = out, .damaged = damaged };
  asked.filter = filter;
  asked.bounded = query->search != NULL;
  gsize start = out->len;
  g_string_append (out, LIST_BEGIN);
  if (!ms_store_read_until (self->store, query->deadline, list_in_txn, &read, NULL, error))
    {
      g_string_truncate (out, start);
      return FALSE;
    }
  append_end (out, &asked, read.total, read.shown, damaged);
  return TRUE;
}
