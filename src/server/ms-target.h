/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The target of a request, "/scim/v2/Users?filter=…", taken apart: strict where leniency would let
 * two programs read the same line differently (bad escapes, NUL, what is not UTF-8, a parameter
 * given twice).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MsTarget:
 * @path: as written, without the query
 * @segments: (array zero-terminated=1): of the path, decoded one by one; an empty last one
 * (trailing slash) is dropped
 * @query: (element-type utf8 utf8): decoded, "+" as space
 */
typedef struct
{
  char       *path;
  char      **segments;
  GHashTable *query;
} MsTarget;

/* Fails with %MS_ERROR_INVALID; the error's path is the parameter's name, where it is one. */
MsTarget *ms_target_parse (const char *target, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void      ms_target_free (MsTarget *self);
/* What follows scheme and authority of an absolute target ("https://host/x"), as a target without
 * them; %NULL where it is none of that kind, or its authority is none of @authorities
 * (%NULL-terminated). (transfer full) (nullable) */
char *ms_target_dup_local (const char *target, const char *const *authorities);
/* What the log may have of @target (of anybody, and as it came): the path, of a bounded length,
 * with all that is not printable ASCII as %XX. (transfer full) */
char *ms_target_dup_path_for_log (const char *target);
/* The same of a method. (transfer full) */
char *ms_target_dup_method_for_log (const char *method);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsTarget, ms_target_free)

G_END_DECLS
