/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One line of hexadecimal digits. It is written beside its place first and linked there, so that it
 * is whole or not there, and the first of two that begin at once wins.
 */
#include "ms-import-key-file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ms-error.h"

#define DIGITS (2 * MS_IMPORT_KEY_LENGTH)

static gboolean
fail (const char *file, const char *reason, GError **error)
{
  ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, "%s %s", file, reason);
  return FALSE;
}

static gboolean
fail_errno (const char *file, const char *what, GError **error)
{
  int code = errno;

  ms_error_set (error,
                MS_ERROR_UNAVAILABLE,
                NULL,
                NULL,
                "%s cannot be %s: %s",
                file,
                what,
                g_strerror (code));
  return FALSE;
}

static gboolean
decode (const char *text, gsize length, guchar *key)
{
  if (length > 0 && text[length - 1] == '\n')
    length--;
  for (gsize i = 0; length == DIGITS && i < MS_IMPORT_KEY_LENGTH; i++)
    {
      int high = g_ascii_xdigit_value (text[2 * i]);
      int low = g_ascii_xdigit_value (text[2 * i + 1]);
      if (high < 0 || low < 0)
        return FALSE;
      key[i] = (guchar) (high << 4 | low);
    }
  return length == DIGITS;
}

/* @found: (out): there is one */
static gboolean
read_key (const char *file, guchar *key, gboolean *found, GError **error)
{
  char        text[DIGITS + 2];
  struct stat info;
  int         fd = open (file, O_RDONLY | O_CLOEXEC);

  *found = fd >= 0 || errno != ENOENT;
  if (fd < 0)
    return *found ? fail_errno (file, "read", error) : TRUE;
  gssize   length = read (fd, text, sizeof text);
  gboolean known = length >= 0 && fstat (fd, &info) == 0;
  if (!known)
    (void) fail_errno (file, "read", error);
  (void) close (fd);
  if (!known)
    return FALSE;
  gboolean good = decode (text, (gsize) length, key);
  explicit_bzero (text, sizeof text);
  if ((info.st_mode & 0007) != 0)
    return fail (
        file, "holds a private key that everybody on this machine may read; chmod 600 it.", error);
  return good
         || fail (file,
                  "is no key for imports: put back what it was, or remove it, and then upload "
                  "anew what was not imported yet.",
                  error);
}

static gboolean
write_text (int fd, const char *text)
{
  return write (fd, text, strlen (text)) == (gssize) strlen (text) && fsync (fd) == 0;
}

static gboolean
write_key (const char *file, const guchar *key, GError **error)
{
  char             text[DIGITS + 2];
  g_autofree char *partial = g_strconcat (file, ".XXXXXX", NULL);
  int              fd = g_mkstemp_full (partial, O_WRONLY | O_CLOEXEC, 0600);

  if (fd < 0)
    return fail_errno (file, "written", error);
  for (gsize i = 0; i < MS_IMPORT_KEY_LENGTH; i++)
    g_snprintf (text + 2 * i, 3, "%02x", key[i]);
  text[DIGITS] = '\n';
  text[DIGITS + 1] = '\0';
  gboolean written = write_text (fd, text) && link (partial, file) == 0;
  gboolean there = !written && errno == EEXIST;
  if (!written && !there)
    (void) fail_errno (file, "written", error);
  explicit_bzero (text, sizeof text);
  (void) close (fd);
  (void) unlink (partial);
  return written || there;
}

static gboolean
make_key (const char *file, guchar *key, gboolean *kept, GError **error)
{
  g_autoptr (GError) failed = NULL;

  *kept = RAND_bytes (key, MS_IMPORT_KEY_LENGTH) == 1 && write_key (file, key, &failed);
  if (*kept)
    return read_key (file, key, kept, error); /* another may have been quicker */
  g_message ("What is uploaded to be imported can be read until the server ends only: %s",
             failed != NULL ? failed->message : "no random numbers");
  return TRUE;
}

gboolean
ms_import_key_file_use (const char *directory, MsService *service, gboolean make, GError **error)
{
  g_autofree char *file = g_build_filename (directory, MS_IMPORT_KEY_FILE, NULL);
  guchar           key[MS_IMPORT_KEY_LENGTH];
  gboolean         found = FALSE;

  gboolean good = read_key (file, key, &found, error);
  if (good && !found && make)
    good = make_key (file, key, &found, error);
  if (good && found)
    good = ms_service_set_import_key (service, key, error);
  explicit_bzero (key, sizeof key);
  return good;
}
