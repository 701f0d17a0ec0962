/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who gets mail for an address, told as a graph: docs/api.md, "explain". The walk is whole; what is
 * told of it is bounded, with the numbers of what is left out.
 */
#include "ms-delivery-walk.h"

#include <string.h>

#include "ms-error.h"
#include "ms-json.h"
#include "ms-policy.h"

/* Longer than any address. */
#define MAX_ADDRESS 1024
#define MAX_NODES 5000
/* Loops and dead ends told; of a loop, places. */
#define MAX_PROBLEMS 100
#define MAX_LOOP 100

typedef struct
{
  MsService      *service;
  MsWrite         reading;
  const char     *address;
  guint           max_nodes;
  MsDeliveryWalk *walk;
  GPtrArray      *loops;
  GString        *out;
} Explain;

static const char *const type_names[] = {
  [MS_PLACE_ADDRESS] = "address",
  [MS_PLACE_OUTSIDE] = "outside",
  [MS_PLACE_MAILBOX] = MS_TYPE_NAME_MAILBOX,
  [MS_PLACE_MAIL_GROUP] = MS_TYPE_NAME_MAIL_GROUP,
  [MS_PLACE_LIST] = MS_TYPE_NAME_LIST,
  [MS_PLACE_USER] = MS_TYPE_NAME_USER,
};

static const char *const hop_names[] = {
  [MS_HOP_ADDRESS] = "address", [MS_HOP_ALIAS] = "alias",     [MS_HOP_ALIAS_DOMAIN] = "aliasDomain",
  [MS_HOP_MEMBER] = "member",   [MS_HOP_PRIMARY] = "primary", [MS_HOP_MAILBOX] = "mailbox",
  [MS_HOP_SUBGROUP] = "group",  [MS_HOP_FORWARD] = "forward",
};

static const char *const reason_names[] = {
  [MS_DEAD_END_NONE] = NULL,
  [MS_DEAD_END_UNKNOWN_ADDRESS] = "unknownAddress",
  [MS_DEAD_END_CLOSED] = "closed",
  [MS_DEAD_END_EMPTY_LIST] = "emptyList",
  [MS_DEAD_END_EMPTY_GROUP] = "emptyGroup",
  [MS_DEAD_END_NO_PRIMARY] = "noPrimaryMailbox",
};

static const MsPlace *
get_place (const Explain *self, guint number)
{
  return g_ptr_array_index (self->walk->places, number);
}

static void
append_member (GString *out, const char *name, const char *text)
{
  g_string_append_printf (out, ",\"%s\":", name);
  ms_json_append_string (out, text);
}

/* {"type":…,"id":…,"label":…[,"address":…], without its end */
static void
begin_place (GString *out, const MsPlace *place)
{
  g_string_append_printf (out, "{\"type\":\"%s\"", type_names[place->kind]);
  append_member (out, "id", place->key);
  append_member (out, "label", place->label);
  if (place->address != NULL)
    append_member (out, "address", place->address);
}

static const char *
get_state (const MsPlace *place)
{
  if (place->dead_end != MS_DEAD_END_NONE)
    return "deadEnd";
  return place->is_recipient ? "delivered" : "passesOn";
}

static void
append_nodes (Explain *self, guint shown)
{
  g_autofree guint *more = g_new0 (guint, shown);

  for (guint i = 0; i < self->walk->hops->len; i++)
    {
      const MsHop *hop = &g_array_index (self->walk->hops, MsHop, i);
      if (hop->from < shown && hop->to >= shown)
        more[hop->from]++;
    }
  g_string_append (self->out, ",\"nodes\":[");
  for (guint i = 0; i < shown; i++)
    {
      const MsPlace *place = get_place (self, i);
      if (i > 0)
        g_string_append_c (self->out, ',');
      begin_place (self->out, place);
      append_member (self->out, "state", get_state (place));
      if (place->dead_end != MS_DEAD_END_NONE)
        append_member (self->out, "reason", reason_names[place->dead_end]);
      if (place->disabled)
        g_string_append (self->out, ",\"disabled\":true");
      if (more[i] > 0)
        g_string_append_printf (self->out, ",\"more\":%u", more[i]);
      g_string_append_c (self->out, '}');
    }
  g_string_append_c (self->out, ']');
}

static void
append_edges (Explain *self, guint shown)
{
  gboolean any = FALSE;

  g_string_append (self->out, ",\"edges\":[");
  for (guint i = 0; i < self->walk->hops->len; i++)
    {
      const MsHop *hop = &g_array_index (self->walk->hops, MsHop, i);
      if (hop->from >= shown || hop->to >= shown)
        continue;
      g_string_append (self->out, any ? ",{\"from\":" : "{\"from\":");
      any = TRUE;
      ms_json_append_string (self->out, get_place (self, hop->from)->key);
      append_member (self->out, "to", get_place (self, hop->to)->key);
      g_string_append_printf (self->out, ",\"kind\":\"%s\"}", hop_names[hop->kind]);
    }
  g_string_append_c (self->out, ']');
}

static void
append_recipients (Explain *self)
{
  guint mailboxes = 0, outside = 0;

  g_string_append (self->out, ",\"recipients\":{\"list\":[");
  for (guint i = 0; i < self->walk->places->len; i++)
    {
      const MsPlace *place = get_place (self, i);
      if (!place->is_recipient)
        continue;
      if (mailboxes + outside < self->max_nodes)
        {
          if (mailboxes + outside > 0)
            g_string_append_c (self->out, ',');
          begin_place (self->out, place);
          g_string_append_c (self->out, '}');
        }
      if (place->kind == MS_PLACE_MAILBOX)
        mailboxes++;
      else
        outside++;
    }
  g_string_append_printf (self->out,
                          "],\"total\":%u,\"mailboxes\":%u,\"outside\":%u}",
                          mailboxes + outside,
                          mailboxes,
                          outside);
}

static void
append_loop (Explain *self, const GArray *loop)
{
  g_string_append (self->out, "{\"kind\":\"loop\",\"path\":[");
  for (guint i = 0; i < MIN (loop->len, MAX_LOOP); i++)
    {
      if (i > 0)
        g_string_append_c (self->out, ',');
      begin_place (self->out, get_place (self, g_array_index (loop, guint, i)));
      g_string_append_c (self->out, '}');
    }
  g_string_append_printf (self->out, "],\"length\":%u}", loop->len);
}

/* Returns how many dead ends there are. */
static guint
append_problems (Explain *self)
{
  guint told = 0, dead_ends = 0;

  g_string_append (self->out, ",\"problems\":[");
  for (guint i = 0; i < self->loops->len && told < MAX_PROBLEMS; i++)
    {
      if (told++ > 0)
        g_string_append_c (self->out, ',');
      append_loop (self, g_ptr_array_index (self->loops, i));
    }
  for (guint i = 0; i < self->walk->places->len; i++)
    {
      const MsPlace *place = get_place (self, i);
      if (place->dead_end == MS_DEAD_END_NONE || ++dead_ends > MAX_PROBLEMS)
        continue;
      if (told++ > 0)
        g_string_append_c (self->out, ',');
      g_string_append_printf (self->out,
                              "{\"kind\":\"deadEnd\",\"reason\":\"%s\",\"at\":",
                              reason_names[place->dead_end]);
      begin_place (self->out, place);
      g_string_append (self->out, "}}");
    }
  g_string_append_c (self->out, ']');
  return dead_ends;
}

static void
append_explanation (Explain *self)
{
  guint total = self->walk->places->len;
  guint shown = MIN (total, self->max_nodes);

  g_string_append (self->out, "{\"address\":");
  ms_json_append_string (self->out, get_place (self, 0)->address);
  g_string_append_printf (
      self->out, ",\"local\":%s", get_place (self, 0)->kind == MS_PLACE_ADDRESS ? "true" : "false");
  append_recipients (self);
  append_nodes (self, shown);
  append_edges (self, shown);
  guint dead_ends = append_problems (self);
  g_string_append_printf (self->out,
                          ",\"counts\":{\"nodes\":%u,\"edges\":%u,\"loops\":%u,\"deadEnds\":%u}"
                          ",\"truncated\":%s,\"complete\":%s}",
                          total,
                          self->walk->hops->len,
                          self->loops->len,
                          dead_ends,
                          shown < total ? "true" : "false",
                          self->walk->complete ? "true" : "false");
}

static gboolean
walk_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Explain *self = user_data;

  self->reading.txn = txn;
  self->walk = ms_delivery_walk (
      &self->reading, self->address, MS_DELIVERY_MAX_PLACES, MS_DELIVERY_MAX_HOPS, error);
  return self->walk != NULL;
}

static gboolean
check_address (const char *address, GError **error)
{
  if (address != NULL && *address != '\0' && strlen (address) <= MAX_ADDRESS)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                "address",
                "%s",
                address == NULL || *address == '\0'
                    ? "An address is needed"
                    : "The address is longer than an address can be");
  return FALSE;
}

gboolean
ms_service_explain (MsService     *self,
                    const MsActor *actor,
                    const char    *address,
                    guint          max_nodes,
                    GString       *out,
                    GError       **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && out != NULL, FALSE);

  Explain explain = {
    .service = self, .address = address, .max_nodes = CLAMP (max_nodes, 1, MAX_NODES), .out = out
  };
  if (!ms_policy_check (actor, MS_POLICY_READ, NULL, NULL, NULL, error)
      || !check_address (address, error))
    return FALSE;
  ms_write_init (&explain.reading, self, actor, NULL);
  gboolean walked = ms_store_read (self->store, walk_in_txn, &explain, NULL, error);
  ms_write_clear (&explain.reading);
  if (walked)
    {
      explain.loops = ms_delivery_walk_find_loops (explain.walk);
      append_explanation (&explain);
      g_ptr_array_unref (explain.loops);
    }
  g_clear_pointer (&explain.walk, ms_delivery_walk_free);
  return walked;
}
