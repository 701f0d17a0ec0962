/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whether the request's line and its headers are what the client sent, line for line.
 *
 * The library up to 0.9.76 hides two things that RFC 9110 §5.5 and RFC 9112 §5.2 have refused: it
 * takes a value for over at a NUL, the target and the method too, and appends a line that begins
 * with a blank to the name of the header before it ("Authorization: a" with " b" below becomes a
 * header Authorizationb). Its strings lie in the buffer that the request was read into, one behind
 * the other, with the line ends made NULs. So what was left out shows as a gap, and a name that was
 * put together lies elsewhere. Later ones refuse both by themselves, and cut values at both ends.
 */
#include "ms-http-mhd-private.h"
#include <string.h>

#define FOLDED "A header goes on in a second line."
#define HIDDEN "A header holds a NUL."
#define HIDDEN_IN_FIRST "The first line of the request holds a NUL, or more blanks than two."

/**
 * Lines: places, which are compared and never read
 * @end: of what came before, the request's line at first, but for its line end
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
  else if (name - self->end != 1 && name - self->end != 2)
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
ms_http_mhd_check_lines (MsHttpRequest *self, const MsHttpFirstLine *first)
{
  const union MHD_ConnectionInfo *info
      = MHD_get_connection_info (self->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  Lines lines = { first->version + strlen (first->version), NULL };

  if (info == NULL || !shows_places ())
    return NULL;
  /* The library makes a NUL of the question mark, too; the target was kept before that. */
  if (first->target - first->method != (ptrdiff_t) strlen (first->method) + 1
      || first->version - first->target != (ptrdiff_t) strlen (self->target) + 1)
    return HIDDEN_IN_FIRST;
  (void) MHD_get_connection_values (self->mhd, MHD_HEADER_KIND, on_header_cb, &lines);
  if (lines.wrong != NULL)
    return lines.wrong;
  /* The line's own end and the empty line. */
  ptrdiff_t rest = first->method + info->header_size - lines.end;
  return rest < 2 || rest > 4 ? HIDDEN : NULL;
}
