/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An answer into a file: under a name of its own beside it until it is whole, so that what was cut
 * off never looks like what was asked for, and what stood there before is still there. What the
 * server gives once has its room reserved before it is asked for.
 */
#define _GNU_SOURCE /* fallocate() */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixoutputstream.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ms-ctl-call.h"
#include "ms-ctl-output.h"

static gboolean
download (MsCtl *ctl, const char *path, GOutputStream *output, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ms_connection_download_async (ctl->connection, path, output, NULL, ms_ctl_on_result_cb, &result);
  g_autoptr (MsReply) reply
             = ms_connection_request_finish (ctl->connection, ms_ctl_wait (&result), error);
  return reply != NULL;
}

gboolean
ms_ctl_download_out (MsCtl *ctl, const char *path, GError **error)
{
  g_autoptr (GOutputStream) output = g_unix_output_stream_new (STDOUT_FILENO, FALSE);
  g_autoptr (GError) failed = NULL;

  ms_ctl_flush ();
  if (download (ctl, path, output, &failed))
    return TRUE;
  /* What fails on the way from the server is of our own domain. */
  if (failed->domain == G_IO_ERROR)
    g_prefix_error (&failed, "%s", _ ("Cannot write the output: "));
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

static gboolean
fail (const char *file, int code, GError **error)
{
  g_set_error (error,
               G_FILE_ERROR,
               g_file_error_from_errno (code),
               _ ("%s cannot be written: %s"), file, g_strerror (code));
  return FALSE;
}

/* @part: (nullable): none where the answer goes into @target itself: the standard output, a pipe */
struct _MsCtlTarget
{
  char    *target;
  char    *part;
  int      fd; /* -1: closed, or opened only when it is filled */
  gboolean is_kept;
};

void
ms_ctl_target_free (MsCtlTarget *self)
{
  if (self == NULL)
    return;
  if (self->fd >= 0)
    (void) close (self->fd); /* nothing was to be in it */
  if (self->part != NULL && !self->is_kept)
    (void) g_unlink (self->part); /* the reason is told already */
  g_free (self->target);
  g_free (self->part);
  g_free (self);
}

/* Where a file system cannot promise it, what is written shows whether there is room. */
static gboolean
reserve (MsCtlTarget *self, gint64 room, GError **error)
{
  int code = 0;

  /* Beyond its end, which stays where it is: of whoever is ended there is an empty file left. */
  if (room > 0 && fallocate (self->fd, FALLOC_FL_KEEP_SIZE, 0, room) != 0)
    code = errno;
  if (code != ENOSPC && code != EDQUOT && code != EFBIG)
    return TRUE;
  g_autofree char *size = ms_ctl_format_size (room);
  g_set_error (error,
               G_FILE_ERROR,
               g_file_error_from_errno (code),
               _ ("%s cannot be written: there is no room for about %s (%s)"),
                  self->target,
                  size,
                  g_strerror (code));
  return FALSE;
}

MsCtlTarget *
ms_ctl_target_open (const char *file, int mode, gint64 room, GError **error)
{
  g_autoptr (MsCtlTarget) self = g_new0 (MsCtlTarget, 1);
  g_autofree char *real = g_str_equal (file, "-") ? NULL : realpath (file, NULL);
  GStatBuf         st;

  self->fd = -1;
  self->target = g_strdup (real != NULL ? real : file);
  if (g_str_equal (file, "-"))
    return g_steal_pointer (&self);
  /* A pipe, a terminal: nothing that could be put in its place. */
  if (g_stat (self->target, &st) == 0 && !S_ISREG (st.st_mode))
    {
      int code = S_ISDIR (st.st_mode) ? EISDIR : access (self->target, W_OK) == 0 ? 0 : errno;
      if (code == 0)
        return g_steal_pointer (&self);
      fail (self->target, code, error);
      return NULL;
    }
  g_autofree char *part = g_strconcat (self->target, ".part-XXXXXX", NULL);
  self->fd = g_mkstemp_full (part, O_RDWR | O_CLOEXEC, mode);
  if (self->fd < 0)
    {
      fail (self->target, errno, error);
      return NULL;
    }
  self->part = g_steal_pointer (&part);
  return reserve (self, room, error) ? g_steal_pointer (&self) : NULL;
}

/* What of the room was not needed is given back. */
static gboolean
finish (MsCtlTarget *self, gboolean done, GError **error)
{
  off_t    end = self->part != NULL ? lseek (self->fd, 0, SEEK_CUR) : 0;
  gboolean cut
      = self->part == NULL || (end >= 0 && ftruncate (self->fd, end) == 0 && fsync (self->fd) == 0);
  int code = errno;

  if (close (g_steal_fd (&self->fd)) != 0 && cut)
    {
      code = errno;
      cut = FALSE;
    }
  self->is_kept = end > 0;
  return cut || !done ? done : fail (self->target, code, error);
}

gboolean
ms_ctl_target_fill (MsCtlTarget *self, MsCtl *ctl, const char *path, GError **error)
{
  g_autoptr (GError) failed = NULL;

  if (g_str_equal (self->target, "-"))
    return ms_ctl_download_out (ctl, path, error);
  if (self->part == NULL)
    self->fd = g_open (self->target, O_WRONLY | O_CLOEXEC, 0);
  if (self->fd < 0)
    return fail (self->target, errno, error);
  g_autoptr (GOutputStream) output = g_unix_output_stream_new (self->fd, FALSE);
  gboolean done = download (ctl, path, output, &failed);
  /* What fails on the way from the server is of our own domain. */
  if (!done && failed->domain == G_IO_ERROR)
    g_prefix_error (&failed, _ ("%s cannot be written: "), self->target);
  if (!done)
    g_propagate_error (error, g_steal_pointer (&failed));
  if (!finish (self, done, error))
    return FALSE;
  if (self->part != NULL && g_rename (self->part, self->target) != 0)
    return fail (self->target, errno, error);
  g_clear_pointer (&self->part, g_free);
  return TRUE;
}

const char *
ms_ctl_target_get_part (MsCtlTarget *self)
{
  return self->is_kept ? self->part : NULL;
}

gboolean
ms_ctl_download_to (MsCtl *ctl, const char *path, const char *file, int mode, GError **error)
{
  g_autoptr (MsCtlTarget) target = ms_ctl_target_open (file, mode, 0, error);

  if (target == NULL)
    return FALSE;
  gboolean done = ms_ctl_target_fill (target, ctl, path, error);
  target->is_kept = FALSE; /* it can be had again */
  return done;
}

gboolean
ms_ctl_check_new_file (const char *file, gboolean replace, GError **error)
{
  GStatBuf st;

  if (replace || g_str_equal (file, "-") || g_stat (file, &st) != 0 || !S_ISREG (st.st_mode))
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                NULL,
                NULL,
                _ ("%s is there already; --replace writes it anew"), file);
  return FALSE;
}
