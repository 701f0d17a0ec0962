/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The list of listeners. They are called with the lock held, so that one that was removed is never
 * called again; they must be quick and must not add or remove listeners.
 */
#include "ms-events.h"

#include "ms-txn.h"

/* How many change sets are read at once, to bound memory when an import commits. */
#define BATCH 64

typedef struct
{
  guint       id;
  MsEventFunc func;
  gpointer    user_data;
} Listener;

struct _MsEventHub
{
  MsService *service;
  GMutex     lock;
  GArray    *listeners;
  guint      last_id;
};

MsEventHub *
ms_event_hub_new (MsService *service)
{
  MsEventHub *self = g_new0 (MsEventHub, 1);

  self->service = service;
  g_mutex_init (&self->lock);
  self->listeners = g_array_new (FALSE, FALSE, sizeof (Listener));
  return self;
}

void
ms_event_hub_free (MsEventHub *self)
{
  g_array_unref (self->listeners);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gboolean
has_listeners (MsEventHub *self)
{
  g_mutex_lock (&self->lock);
  gboolean has = self->listeners->len > 0;
  g_mutex_unlock (&self->lock);
  return has;
}

void
ms_service_emit_event (MsService *self, const char *kind, gint64 sequence, const char *json)
{
  MsEventHub *hub = self->events;

  g_mutex_lock (&hub->lock);
  for (guint i = 0; i < hub->listeners->len; i++)
    {
      const Listener *listener = &g_array_index (hub->listeners, Listener, i);
      listener->func (kind, sequence, json, listener->user_data);
    }
  g_mutex_unlock (&hub->lock);
}

guint
ms_service_add_listener (MsService *self, MsEventFunc func, gpointer user_data)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && func != NULL, 0);

  MsEventHub *hub = self->events;
  g_mutex_lock (&hub->lock);
  Listener listener = { ++hub->last_id, func, user_data };
  g_array_append_val (hub->listeners, listener);
  g_mutex_unlock (&hub->lock);
  return listener.id;
}

void
ms_service_remove_listener (MsService *self, guint id)
{
  g_return_if_fail (MS_IS_SERVICE (self));

  MsEventHub *hub = self->events;
  g_mutex_lock (&hub->lock);
  for (guint i = 0; i < hub->listeners->len; i++)
    if (g_array_index (hub->listeners, Listener, i).id == id)
      {
        g_array_remove_index (hub->listeners, i);
        break;
      }
  g_mutex_unlock (&hub->lock);
}

/* Reading change sets for listeners --------------------------------------------------------- */

typedef struct
{
  gint64     since;
  guint      limit;
  gboolean   ask;   /* whether @since is known */
  GPtrArray *sets;  /* MsChangeSet */
  gboolean unknown; /* @since was given out by no change set that is here: a backup was put back */
} ChangesRead;

static gboolean
read_changes (MsTxn *txn, gpointer user_data, GError **error)
{
  ChangesRead *read = user_data;
  gboolean     known = TRUE;

  if (read->ask && !ms_txn_knows_sequence (txn, read->since, &known, error))
    return FALSE;
  read->unknown = !known;
  read->sets = ms_txn_list_changes_since (txn, read->since, read->limit, error);
  return read->sets != NULL;
}

static void
hand_out (MsChangeSet *set, MsEventFunc func, gpointer user_data)
{
  g_autoptr (GString) json = g_string_sized_new (512);

  ms_change_set_append (set, TRUE, NULL, json);
  func ("change", set->sequence, json->str, user_data);
}

static void
emit_change (const char *kind, gint64 sequence, const char *json, gpointer user_data)
{
  ms_service_emit_event (user_data, kind, sequence, json);
}

void
ms_event_hub_on_commit (MsStore *store,
                        gint64   first_sequence,
                        gint64   last_sequence,
                        gpointer user_data)
{
  MsService *service = user_data;
  gint64     since = first_sequence - 1;

  while (since < last_sequence && has_listeners (service->events))
    {
      ChangesRead read = { since, (guint) MIN (last_sequence - since, BATCH), FALSE, NULL, FALSE };
      g_autoptr (GError) error = NULL;
      if (!ms_store_read_afresh (store, read_changes, &read, NULL, &error) || read.sets->len == 0)
        {
          /* Listeners see the gap in the numbers and read afresh. */
          g_debug ("events since %" G_GINT64_FORMAT ": %s",
                   since,
                   error != NULL ? error->message : "none");
          g_clear_pointer (&read.sets, g_ptr_array_unref);
          return;
        }
      for (guint i = 0; i < read.sets->len; i++)
        {
          MsChangeSet *set = g_ptr_array_index (read.sets, i);
          if (set->sequence <= last_sequence)
            hand_out (set, emit_change, service);
          since = set->sequence;
        }
      g_ptr_array_unref (read.sets);
    }
}

gboolean
ms_service_replay_events (MsService     *self,
                          const MsActor *actor,
                          gint64         since,
                          guint          limit,
                          MsEventFunc    func,
                          gpointer       user_data,
                          gboolean      *complete,
                          GError       **error)
{
  ChangesRead read = { since, limit + 1, TRUE, NULL, FALSE };

  if (!ms_policy_check (actor, MS_POLICY_HISTORY, NULL, NULL, NULL, error)
      || !ms_store_read_afresh (self->store, read_changes, &read, NULL, error))
    return FALSE;
  for (guint i = 0; i < MIN (read.sets->len, limit); i++)
    hand_out (g_ptr_array_index (read.sets, i), func, user_data);
  *complete = !read.unknown && read.sets->len <= limit;
  g_ptr_array_unref (read.sets);
  return TRUE;
}
