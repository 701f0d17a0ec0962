/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Typed members of the objects in a schema file. All of them set an error that names the place, as
 * "schemas[0].attributes[3].type", and leave what they would fill as it was where a member is not
 * there.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Sets an error for the place @where (and the member @key of it); always %FALSE. */
gboolean
ms_schema_fail (GError **error, const char *where, const char *key, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* Whether @object has no key but those of @allowed (%NULL-terminated). */
gboolean ms_schema_file_check_keys (JsonObject        *object,
                                    const char *const *allowed,
                                    const char        *where,
                                    GError           **error);
/* @required: must be there and not be empty. @value: (inout) (transfer full) */
gboolean ms_schema_file_get_string (JsonObject *object,
                                    const char *where,
                                    const char *key,
                                    gboolean    required,
                                    char      **value,
                                    GError    **error);
gboolean ms_schema_file_get_flag (
    JsonObject *object, const char *where, const char *key, gboolean *value, GError **error);
gboolean ms_schema_file_get_integer (
    JsonObject *object, const char *where, const char *key, gint64 *value, GError **error);
/* @names: %NULL-terminated. @value: the place in them */
gboolean ms_schema_file_get_choice (JsonObject        *object,
                                    const char        *where,
                                    const char        *key,
                                    const char *const *names,
                                    int               *value,
                                    GError           **error);
/* @array: (transfer none) (nullable): %NULL where there is none */
gboolean ms_schema_file_get_array (
    JsonObject *object, const char *where, const char *key, JsonArray **array, GError **error);
/* @values: (inout) (transfer full) */
gboolean ms_schema_file_get_strings (
    JsonObject *object, const char *where, const char *key, char ***values, GError **error);
/* The element at @index, which is the place @where. (transfer none); %NULL where it is no object */
JsonObject *
ms_schema_file_get_element (JsonArray *array, guint index, const char *where, GError **error);

G_END_DECLS
