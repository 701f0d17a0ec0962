/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whether the headers are what the client sent, line for line.
 *
 * The library up to 0.9.76 hides two things that RFC 9110 §5.5 and RFC 9112 §5.2 have refused: it
 * takes a value for over at a NUL, and appends a line that begins with a blank to the name of the
 * header before it ("Authorization: a" with " b" below becomes a header Authorizationb). Its
 * strings lie in the buffer that the request was read into, one behind the other, with the line
 * ends made NULs. So what was left out shows as a gap, and a name that was put together lies
 * elsewhere. Later ones refuse both by themselves, and cut values at both ends.
 */
#include "ms-http-mhd-private.h"
#include <string.h>

#define FOLDED "A header goes on in a second line."
#define HIDDEN "A header holds a NUL."

/**
 * Lines: places, which are compared and never read
 * @end: of what came before, but for its line end
 */
typedef struct
{
  const char *end;
  const char *wrong;
} Lines;

static enum MHD_Result
on_header_cb (void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
  Lines      *self = cls;
  const char *name_end = name + strlen (name);

  if (value <= name_end)
    self->wrong = FOLDED;
  else if (self->end != NULL && name - self->end != 1 && name - self->end != 2)
    self->wrong = HIDDEN;
  self->end = value + strlen (value);
  return self->wrong == NULL ? MHD_YES : MHD_NO;
}

static gboolean
shows_places (void)
{
  const char *version = MHD_get_version ();
  const char *last = strrchr (version, '.');

  return g_str_has_prefix (version, "0.9.") && g_ascii_strtoull (last + 1, NULL, 10) <= 76;
}

const char *
ms_http_mhd_check_lines (struct MHD_Connection *mhd, const char *method)
{
  const union MHD_ConnectionInfo *info
      = MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  Lines lines = { NULL, NULL };

  if (info == NULL || !shows_places ())
    return NULL;
  (void) MHD_get_connection_values (mhd, MHD_HEADER_KIND, on_header_cb, &lines);
  if (lines.wrong != NULL || lines.end == NULL)
    return lines.wrong;
  /* The line's own end and the empty line. */
  ptrdiff_t rest = method + info->header_size - lines.end;
  return rest < 2 || rest > 4 ? HIDDEN : NULL;
}
