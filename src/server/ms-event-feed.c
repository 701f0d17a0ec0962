/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The feed's clients, and the thread that looks after them: heartbeats, sessions that ended,
 * streams that have gone.
 *
 * A client that resumes is added first and replayed second; what comes meanwhile waits in
 * `pending`, so that nothing is lost between the two, and `last` keeps the overlap from being sent
 * twice. The service is only listened to while there is a client: change sets that nobody waits for
 * are not read and rendered between two commits. Lock order: listening, service, feed, client,
 * stream.
 */
#include "ms-event-feed.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-policy.h"
#include <string.h>

#define REPLAY_MAX 1000
#define PENDING_MAX 1000
#define LOOK_INTERVAL G_USEC_PER_SEC

typedef struct
{
  gatomicrefcount refs;
  MsHttpStream   *stream;
  char           *token;
  char           *session_id;
  char           *peer;
  gint64          begun; /* microseconds since 1970 */
  gint64          since;
  gint            sees_directories;

  GMutex   lock;
  gint64   last; /* highest sequence sent */
  gboolean replaying;
  gboolean overflown; /* while replaying */
  GQueue   pending;   /* Event */
} Client;

typedef struct
{
  gint64  sequence;
  GBytes *text;
} Event;

struct _MsEventFeed
{
  MsService *service;
  GMutex     listening;
  guint      listener; /* 0 without clients */
  GThread   *thread;
  guint      heartbeat_seconds;

  GMutex     lock;
  GCond      changed;
  GPtrArray *clients;
  gboolean   look_now;
  gboolean   closed;
};

static void
event_free (gpointer data)
{
  Event *event = data;

  g_bytes_unref (event->text);
  g_free (event);
}

static Client *
client_ref (Client *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

static void
client_unref (gpointer data)
{
  Client *self = data;

  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_queue_clear_full (&self->pending, event_free);
  ms_http_stream_unref (self->stream);
  g_mutex_clear (&self->lock);
  g_free (self->token);
  g_free (self->session_id);
  g_free (self->peer);
  g_free (self);
}

/* Rendering ----------------------------------------------------------------------------------- */

static GBytes *
render (const char *kind, gint64 sequence, const char *json)
{
  GString *out = g_string_sized_new (strlen (json) + 64);

  g_string_append_printf (out, "event: %s\n", kind);
  if (sequence > 0)
    g_string_append_printf (out, "id: %" G_GINT64_FORMAT "\n", sequence);
  g_string_append_printf (out, "data: %s\n\n", json);
  return g_string_free_to_bytes (out);
}

static void
send_reset (Client *self)
{
  g_autoptr (GBytes) text = render ("reset", 0, "{}");
  ms_http_stream_replace (self->stream, text);
}

/* With the client's lock held. */
static void
send_event (Client *self, gint64 sequence, GBytes *text)
{
  if (sequence > 0 && sequence <= self->last)
    return;
  if (sequence > 0)
    self->last = sequence;
  if (!ms_http_stream_offer (self->stream, text))
    send_reset (self);
}

/* Live ---------------------------------------------------------------------------------------- */

static void
client_take (Client *self, gint64 sequence, GBytes *text)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!self->replaying)
    send_event (self, sequence, text);
  else if (g_queue_get_length (&self->pending) >= PENDING_MAX)
    self->overflown = TRUE;
  else
    {
      Event *event = g_new (Event, 1);
      event->sequence = sequence;
      event->text = g_bytes_ref (text);
      g_queue_push_tail (&self->pending, event);
    }
}

/* What @actor may hear of, from now on. */
static void
client_set_actor (Client *self, const MsActor *actor)
{
  g_atomic_int_set (&self->sees_directories,
                    ms_policy_check (actor, MS_POLICY_READ_DIRECTORIES, NULL, NULL, NULL, NULL));
}

static gboolean
client_may_hear (Client *self, const char *kind)
{
  return strcmp (kind, "directory") != 0 || g_atomic_int_get (&self->sees_directories);
}

/* On the store's writer or a job's thread: rendered once, never waits. */
static void
on_event_cb (const char *kind, gint64 sequence, const char *json, gpointer user_data)
{
  MsEventFeed *self = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->clients->len == 0)
    return;
  g_autoptr (GBytes) text = render (kind, sequence, json);
  for (guint i = 0; i < self->clients->len; i++)
    if (client_may_hear (self->clients->pdata[i], kind))
      client_take (self->clients->pdata[i], sequence, text);
}

/* Replay -------------------------------------------------------------------------------------- */

static void
on_replayed_cb (const char *kind, gint64 sequence, const char *json, gpointer user_data)
{
  Client *client = user_data;
  g_autoptr (GBytes) text = render (kind, sequence, json);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&client->lock);

  send_event (client, sequence, text);
}

static void
end_replay (Client *self, gboolean complete)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!complete || self->overflown)
    {
      send_reset (self);
      g_queue_clear_full (&self->pending, event_free);
      if (self->last == self->since)
        self->last = 0; /* where the number is from another store, ours may be lower */
    }
  for (Event *event; (event = g_queue_pop_head (&self->pending)) != NULL; event_free (event))
    send_event (self, event->sequence, event->text);
  self->replaying = FALSE;
}

static void
replay (MsEventFeed *self, Client *client, const MsActor *actor)
{
  g_autoptr (GError) error = NULL;
  gboolean complete = FALSE;

  if (!ms_service_replay_events (self->service,
                                 actor,
                                 client->since,
                                 REPLAY_MAX,
                                 on_replayed_cb,
                                 client,
                                 &complete,
                                 &error))
    g_message (
        "Events after %" G_GINT64_FORMAT " cannot be replayed: %s", client->since, error->message);
  end_replay (client, complete);
}

/* %FALSE: closed. */
static gboolean
add_client (MsEventFeed *self, Client *client)
{
  g_autoptr (GMutexLocker) listening = g_mutex_locker_new (&self->listening);

  g_mutex_lock (&self->lock);
  gboolean closed = self->closed;
  if (!closed)
    g_ptr_array_add (self->clients, client_ref (client));
  g_mutex_unlock (&self->lock);
  if (!closed && self->listener == 0)
    self->listener = ms_service_add_listener (self->service, on_event_cb, self);
  return !closed;
}

static void
stop_listening (MsEventFeed *self)
{
  if (self->listener != 0)
    ms_service_remove_listener (self->service, self->listener);
  self->listener = 0;
}

static void
remove_client (MsEventFeed *self, Client *client)
{
  g_autoptr (GMutexLocker) listening = g_mutex_locker_new (&self->listening);

  g_mutex_lock (&self->lock);
  g_ptr_array_remove_fast (self->clients, client);
  gboolean last = self->clients->len == 0;
  g_mutex_unlock (&self->lock);
  if (last)
    stop_listening (self);
}

void
ms_event_feed_add (MsEventFeed   *self,
                   MsHttpStream  *stream,
                   const MsActor *actor,
                   const char    *token,
                   const char    *peer,
                   gint64         since)
{
  Client *client = g_new0 (Client, 1);
  g_autoptr (GBytes) greeting = g_bytes_new_static (": mailstead\n\n", 13);

  g_atomic_ref_count_init (&client->refs);
  g_mutex_init (&client->lock);
  g_queue_init (&client->pending);
  client->stream = stream;
  client->token = g_strdup (token);
  client->session_id = g_strdup (actor->session_id);
  client->peer = g_strdup (peer);
  client->begun = g_get_real_time ();
  client->since = since;
  client->last = MAX (since, 0);
  client->replaying = since >= 0;
  client_set_actor (client, actor);
  /* The first bytes: without them a proxy or client may sit on the headers. */
  (void) ms_http_stream_offer (stream, greeting);

  gboolean added = add_client (self, client);
  if (!added)
    ms_http_stream_close (stream, TRUE);
  else if (since >= 0)
    replay (self, client, actor);
  client_unref (client);
}

/* Looking after them -------------------------------------------------------------------------- */

static GPtrArray *
dup_clients (MsEventFeed *self)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (client_unref);

  for (guint i = 0; i < self->clients->len; i++)
    g_ptr_array_add (copy, client_ref (self->clients->pdata[i]));
  return copy;
}

/* What the client's stream ends with; %NULL: it goes on. */
static const char *
get_ending (MsEventFeed *self, Client *client)
{
  g_autoptr (GError) error = NULL;

  ms_service_enter (self->service);
  g_autoptr (MsActor) actor
             = ms_service_authenticate (self->service, client->token, client->peer, &error);
  ms_service_leave (self->service);

  if (actor != NULL)
    client_set_actor (client, actor);
  /* A store that cannot answer now says nothing about the session. */
  if (actor != NULL)
    return actor->must_enrol ? "{\"state\":\"ended\",\"secondStep\":\"enrol\"}" : NULL;
  return g_error_matches (error, MS_ERROR, MS_ERROR_UNAUTHENTICATED) ? "{\"state\":\"ended\"}"
                                                                     : NULL;
}

static void
look_at (MsEventFeed *self, Client *client, gboolean beat)
{
  gboolean    gone = ms_http_stream_is_gone (client->stream);
  const char *ending = gone ? NULL : get_ending (self, client);

  if (!gone && ending == NULL)
    {
      g_autoptr (GBytes) comment = g_bytes_new_static (":\n\n", 3);
      if (beat)
        (void) ms_http_stream_offer (client->stream,
                                     comment); /* one with a full queue needs none */
      return;
    }
  g_autoptr (GBytes) text
             = render ("session", 0, ending != NULL ? ending : "{\"state\":\"ended\"}");
  ms_http_stream_replace (client->stream, text);
  ms_http_stream_close (client->stream, TRUE);
  remove_client (self, client);
}

static gpointer
feed_main (gpointer data)
{
  MsEventFeed *self = data;
  gint64       next_beat = g_get_monotonic_time () + self->heartbeat_seconds * G_USEC_PER_SEC;

  g_mutex_lock (&self->lock);
  while (!self->closed)
    {
      gint64 until = g_get_monotonic_time () + LOOK_INTERVAL;
      while (!self->closed && !self->look_now
             && g_cond_wait_until (&self->changed, &self->lock, until))
        ;
      self->look_now = FALSE;
      g_autoptr (GPtrArray) clients = dup_clients (self);
      g_mutex_unlock (&self->lock);

      gint64   now = g_get_monotonic_time ();
      gboolean beat = now >= next_beat;
      if (beat)
        next_beat = now + self->heartbeat_seconds * G_USEC_PER_SEC;
      for (guint i = 0; i < clients->len; i++)
        look_at (self, clients->pdata[i], beat);

      g_clear_pointer (&clients, g_ptr_array_unref);
      g_mutex_lock (&self->lock);
    }
  g_mutex_unlock (&self->lock);
  return NULL;
}

/* The feed ------------------------------------------------------------------------------------ */

MsEventFeed *
ms_event_feed_new (MsService *service, guint heartbeat_seconds)
{
  MsEventFeed *self = g_new0 (MsEventFeed, 1);

  self->service = g_object_ref (service);
  self->heartbeat_seconds = heartbeat_seconds;
  g_mutex_init (&self->listening);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->clients = g_ptr_array_new_with_free_func (client_unref);
  self->thread = g_thread_new ("event-feed", feed_main, self);
  return self;
}

void
ms_event_feed_look (MsEventFeed *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->look_now = TRUE;
  g_cond_broadcast (&self->changed);
}

guint
ms_event_feed_get_count (MsEventFeed *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  return self->clients->len;
}

void
ms_event_feed_describe (MsEventFeed *self, GString *out)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_string_append (out, "\"streams\":[");
  for (guint i = 0; i < self->clients->len; i++)
    {
      const Client    *client = self->clients->pdata[i];
      g_autofree char *begun = ms_json_format_time (client->begun);
      g_string_append (out, i > 0 ? ",{\"connection\":" : "{\"connection\":");
      ms_json_append_string (out, client->session_id != NULL ? client->session_id : "");
      g_string_append (out, ",\"peer\":");
      ms_json_append_string (out, client->peer != NULL ? client->peer : "");
      g_string_append_printf (out, ",\"since\":\"%s\"}", begun);
    }
  g_string_append_c (out, ']');
}

void
ms_event_feed_close (MsEventFeed *self)
{
  if (self->thread == NULL)
    return;
  g_mutex_lock (&self->listening);
  g_mutex_lock (&self->lock);
  self->closed = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  stop_listening (self);
  g_mutex_unlock (&self->listening);
  g_clear_pointer (&self->thread, g_thread_join);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  for (guint i = 0; i < self->clients->len; i++)
    ms_http_stream_close (((Client *) self->clients->pdata[i])->stream, TRUE);
  g_ptr_array_set_size (self->clients, 0);
}

void
ms_event_feed_free (MsEventFeed *self)
{
  if (self == NULL)
    return;
  ms_event_feed_close (self);
  g_ptr_array_unref (self->clients);
  g_object_unref (self->service);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_mutex_clear (&self->listening);
  g_free (self);
}
