/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JSON from outside, bounded before it is parsed. json-glib 1.6 overflows its stack on deep nesting
 * and accepts single quotes, several roots and duplicate names (all refused here); see
 * docs/architecture.md. And a small writer that appends JSON to a GString without building a tree.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef struct
{
  gsize max_size;   /* bytes in all */
  guint max_depth;  /* of nested arrays and objects */
  gsize max_string; /* bytes of one string or name */
  guint max_items;  /* elements and members in all */
} MsJsonLimits;

/* 1 MiB, 32 levels, 256 KiB, 100,000 items */
extern const MsJsonLimits ms_json_default_limits;

/* Fails with %MS_ERROR_LIMIT or %MS_ERROR_INVALID, both of scimType invalidSyntax; the message
 * names line and column. Refuses what RFC 8259 does not allow, duplicate names (also those that
 * differ in case only), and \u0000. (transfer full) */
JsonNode *ms_json_parse (const char         *data,
                         gssize              length,
                         const MsJsonLimits *limits,
                         GError            **error) G_GNUC_WARN_UNUSED_RESULT;

/* Compact text of a tree. */
char *ms_json_to_string (JsonNode *node);
void  ms_json_append (GString *out, JsonNode *node);
void  ms_json_append_string (GString *out, const char *text);
/* RFC 3339 in UTC with milliseconds, as in meta.lastModified: "2026-11-22T12:00:00.000Z" */
char    *ms_json_format_time (gint64 unix_usec);
gboolean ms_json_parse_time (const char *text, gint64 *unix_usec);
/* Whether it begins as a time, on a day that its month does not have. */
gboolean ms_json_is_day_missing (const char *text);

gboolean ms_json_equal (JsonNode *a, JsonNode *b);
/* Text that is the same for two trees exactly where they are equal. */
char       *ms_json_to_key (JsonNode *node);
void        ms_json_append_key (GString *out, JsonNode *node);
JsonNode   *ms_json_deep_copy (JsonNode *node);
JsonObject *ms_json_deep_copy_object (JsonObject *object);
/* Member by name in any case; %NULL where there is none. */
JsonNode *ms_json_object_find (JsonObject *object, const char *name);
/* @object: (nullable). (nullable) (transfer none): its member, where that is an array */
JsonArray *ms_json_get_array (JsonObject *object, const char *name);

G_END_DECLS
