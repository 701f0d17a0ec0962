/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An answer into a file: under a name of its own beside it until it is whole, so that what was cut
 * off never looks like what was asked for, and what stood there before is still there.
 */
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

/* @fd: (transfer full) */
static gboolean
fill (MsCtl *ctl, const char *path, const char *file, int fd, GError **error)
{
  g_autoptr (GOutputStream) output = g_unix_output_stream_new (fd, FALSE);
  gboolean done = download (ctl, path, output, error);

  if (close (fd) != 0 && done)
    return fail (file, errno, error);
  return done;
}

gboolean
ms_ctl_download_to (MsCtl *ctl, const char *path, const char *file, int mode, GError **error)
{
  if (g_str_equal (file, "-"))
    return ms_ctl_download_out (ctl, path, error);
  g_autofree char *real = realpath (file, NULL);
  const char      *target = real != NULL ? real : file;
  g_autofree char *part = g_strconcat (target, ".part-XXXXXX", NULL);
  GStatBuf         st;

  /* A pipe, a terminal: nothing that could be put in its place. */
  if (g_stat (target, &st) == 0 && !S_ISREG (st.st_mode))
    {
      int fd = g_open (target, O_WRONLY | O_CLOEXEC, 0);
      return fd >= 0 ? fill (ctl, path, target, fd, error) : fail (target, errno, error);
    }
  int fd = g_mkstemp_full (part, O_WRONLY | O_CLOEXEC, mode);
  if (fd < 0)
    return fail (target, errno, error);
  gboolean done = fill (ctl, path, target, fd, error);
  if (done && g_rename (part, target) != 0)
    done = fail (target, errno, error);
  if (!done)
    (void) g_unlink (part); /* the reason is told already */
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
