/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Attributes of an object to be made, put together path by path.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define MS_USER_URN "urn:ietf:params:scim:schemas:extension:mailstead:2.0:User"
#define MS_GROUP_URN "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group"
#define MS_ENTERPRISE_URN "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

/* "name.givenName", "urn:…:User:rights.imap": makes the objects in between. @value is copied. */
void ms_attributes_set (JsonObject *attributes, const char *path, JsonNode *value);
/* The "schemas" that @attributes belong to, as RFC 7643 §3.3 wants them in a request. */
void ms_attributes_set_schemas (JsonObject *attributes, const char *type_name);

G_END_DECLS
