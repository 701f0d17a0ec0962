/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A body that is made while it is sent: a bounded queue between whoever writes and the library's
 * thread. The library asks for bytes; where there are none the connection is suspended, and the
 * next chunk (or the end) resumes it, once.
 *
 * Lock order: the stream's own lock, then whatever the library takes in suspend and resume. Never
 * the other way: the library calls the reader without holding those.
 */
#include "ms-http-mhd-private.h"
#include <string.h>

struct _MsHttpStream
{
  gatomicrefcount        refs;
  GMutex                 lock;
  GCond                  room;
  struct MHD_Connection *mhd; /* Borrowed; NULL once gone */
  GQueue                 chunks;
  gsize                  queued;
  gsize                  max_queued;
  gsize                  head_sent; /* of the first chunk */
  gboolean               suspended;
  gboolean               closed;
  gboolean               complete;
};

MsHttpStream *
ms_http_stream_new (struct MHD_Connection *mhd, gsize max_queued)
{
  MsHttpStream *self = g_new0 (MsHttpStream, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->lock);
  g_cond_init (&self->room);
  g_queue_init (&self->chunks);
  self->mhd = mhd;
  self->max_queued = max_queued;
  return self;
}

MsHttpStream *
ms_http_stream_ref (MsHttpStream *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

static void
clear_chunks (MsHttpStream *self)
{
  g_queue_clear_full (&self->chunks, (GDestroyNotify) g_bytes_unref);
  self->queued = 0;
  self->head_sent = 0;
}

void
ms_http_stream_unref (MsHttpStream *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  clear_chunks (self);
  g_cond_clear (&self->room);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* With the lock held. */
static void
wake (MsHttpStream *self)
{
  if (!self->suspended || self->mhd == NULL)
    return;
  self->suspended = FALSE;
  MHD_resume_connection (self->mhd);
}

static void
append (MsHttpStream *self, GBytes *chunk)
{
  self->queued += g_bytes_get_size (chunk);
  g_queue_push_tail (&self->chunks, g_bytes_ref (chunk));
  wake (self);
}

/* An empty queue takes a chunk of any size: else one too large would wait forever. */
static gboolean
has_room (MsHttpStream *self, GBytes *chunk)
{
  return self->queued == 0 || self->queued + g_bytes_get_size (chunk) <= self->max_queued;
}

gboolean
ms_http_stream_offer (MsHttpStream *self, GBytes *chunk)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->mhd == NULL || self->closed)
    return TRUE;
  if (!has_room (self, chunk))
    return FALSE;
  append (self, chunk);
  return TRUE;
}

gboolean
ms_http_stream_push (MsHttpStream *self, GBytes *chunk)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  while (self->mhd != NULL && !self->closed && !has_room (self, chunk))
    g_cond_wait (&self->room, &self->lock);
  if (self->mhd == NULL || self->closed)
    return FALSE;
  append (self, chunk);
  return TRUE;
}

void
ms_http_stream_replace (MsHttpStream *self, GBytes *chunk)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr (GBytes) head = NULL;
  gsize sent = self->head_sent;

  if (self->mhd == NULL || self->closed)
    return;
  /* What is half sent has to be finished, or the client would read the rest as something else. */
  if (sent > 0)
    head = g_queue_pop_head (&self->chunks);
  clear_chunks (self);
  if (head != NULL)
    {
      self->queued = g_bytes_get_size (head);
      self->head_sent = sent;
      g_queue_push_tail (&self->chunks, g_steal_pointer (&head));
    }
  append (self, chunk);
}

void
ms_http_stream_close (MsHttpStream *self, gboolean complete)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->closed)
    return;
  self->closed = TRUE;
  self->complete = complete;
  g_cond_broadcast (&self->room);
  wake (self);
}

gboolean
ms_http_stream_is_gone (MsHttpStream *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  return self->mhd == NULL;
}

void
ms_http_stream_mark_gone (MsHttpStream *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->mhd = NULL;
  self->suspended = FALSE;
  clear_chunks (self);
  g_cond_broadcast (&self->room);
}

/* With the lock held: moves what fits into @buffer. */
static gsize
take (MsHttpStream *self, char *buffer, gsize max)
{
  gsize taken = 0;

  while (taken < max && !g_queue_is_empty (&self->chunks))
    {
      GBytes     *head = g_queue_peek_head (&self->chunks);
      gsize       size;
      const char *data = g_bytes_get_data (head, &size);
      gsize       part = MIN (size - self->head_sent, max - taken);

      if (part > 0)
        memcpy (buffer + taken, data + self->head_sent, part);
      taken += part;
      self->head_sent += part;
      if (self->head_sent < size)
        break;
      self->queued -= size;
      self->head_sent = 0;
      g_bytes_unref (g_queue_pop_head (&self->chunks));
      g_cond_broadcast (&self->room);
    }
  return taken;
}

static ssize_t
on_read_cb (void *cls, uint64_t position, char *buffer, size_t max)
{
  MsHttpStream *self = cls;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  gsize taken = take (self, buffer, max);
  if (taken > 0)
    return (ssize_t) taken;
  if (self->closed)
    return self->complete ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
  if (self->mhd == NULL)
    return MHD_CONTENT_READER_END_WITH_ERROR;
  self->suspended = TRUE;
  MHD_suspend_connection (self->mhd);
  return 0;
}

static void
on_answer_freed_cb (void *cls)
{
  ms_http_stream_unref (cls);
}

struct MHD_Response *
ms_http_stream_make_answer (MsHttpStream *self)
{
  return MHD_create_response_from_callback (
      MHD_SIZE_UNKNOWN, 16 * 1024, on_read_cb, ms_http_stream_ref (self), on_answer_freed_cb);
}
