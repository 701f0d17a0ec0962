/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One object of a server as its client sees it: the JSON that came, with access by attribute path.
 * A resource keeps its identity while its content changes: list rows and dialogs hold on to it and
 * listen to "changed". While "loaded" is FALSE it is a placeholder of a list whose page is on its
 * way.
 */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define MS_TYPE_RESOURCE (ms_resource_get_type ())
G_DECLARE_FINAL_TYPE (MsResource, ms_resource, MS, RESOURCE, GObject)

/* Properties, all read-only and notified: "loaded", "id", "label", "type-name". Signal "changed":
 * new content. */
MsResource *ms_resource_new (JsonObject *json);
MsResource *ms_resource_new_placeholder (void);

gboolean    ms_resource_is_loaded (MsResource *self);
const char *ms_resource_get_id (MsResource *self);
const char *ms_resource_get_type_name (MsResource *self); /* meta.resourceType */
const char *ms_resource_get_etag (MsResource *self);      /* meta.version */
/* What people know it by: userName, name or displayName; "" while a placeholder. */
const char *ms_resource_get_label (MsResource *self);
JsonObject *ms_resource_get_json (MsResource *self);
void        ms_resource_set_json (MsResource *self, JsonObject *json);

/* By path: "userName", "name.familyName", "owner.display", "urn:…:User:rights.imap"; any case.
 * %NULL / fallback where unset. */
JsonNode   *ms_resource_get_node (MsResource *self, const char *path);
const char *ms_resource_get_string (MsResource *self, const char *path);
gboolean    ms_resource_get_boolean (MsResource *self, const char *path, gboolean fallback);
gint64      ms_resource_get_int (MsResource *self, const char *path, gint64 fallback);
/* Elements of a multi-valued attribute of strings, or the "value" of complex elements. (transfer
 * full) */
char **ms_resource_dup_strv (MsResource *self, const char *path);

G_END_DECLS
