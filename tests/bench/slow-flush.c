/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A disk on which a flush takes longer, for a process that has this preloaded (LD_PRELOAD):
 * whatever waits for the disk waits SLOW_FLUSH_USEC more. These are fsync(), fdatasync(), msync()
 * with MS_SYNC, and writes to files opened with O_DSYNC or O_SYNC, as LMDB writes its meta page.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static void
wait_longer (void)
{
  const char     *text = getenv ("SLOW_FLUSH_USEC");
  long            usec = text != NULL ? strtol (text, NULL, 10) : 0;
  struct timespec left = { usec / 1000000, usec % 1000000 * 1000 };

  if (usec > 0)
    while (nanosleep (&left, &left) != 0)
      continue;
}

static void
wait_if_flushed (int fd)
{
  int flags = fcntl (fd, F_GETFL);

  if (flags >= 0 && (flags & O_DSYNC) != 0)
    wait_longer ();
}

#define REAL(name) ((__typeof__ (&name)) dlsym (RTLD_NEXT, #name))

int
fsync (int fd)
{
  wait_longer ();
  return REAL (fsync) (fd);
}

int
fdatasync (int fd)
{
  wait_longer ();
  return REAL (fdatasync) (fd);
}

int
msync (void *address, size_t length, int flags)
{
  if ((flags & MS_SYNC) != 0)
    wait_longer ();
  return REAL (msync) (address, length, flags);
}

/* Both names of each, whichever a program was built for; that of here depends on the size of off_t.
 */
#define DEFINE_WRITE(name, symbol, type)                                                           \
  ssize_t name (int fd, type data, size_t length, off_t offset) __asm__(symbol);                   \
  ssize_t name (int fd, type data, size_t length, off_t offset)                                    \
  {                                                                                                \
    __typeof__ (&name) real = (__typeof__ (&name)) dlsym (RTLD_NEXT, symbol);                      \
    wait_if_flushed (fd);                                                                          \
    return real (fd, data, length, offset);                                                        \
  }

DEFINE_WRITE (slow_pwrite, "pwrite", const void *)
DEFINE_WRITE (slow_pwrite64, "pwrite64", const void *)
