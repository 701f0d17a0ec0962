/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PATCH: the RFC, and what Entra, Okta, authentik and Keycloak's plugins really send, one named
 * case each.
 */
#include "ms-error.h"
#include "ms-json.h"
#include "ms-patch.h"

#include <string.h>

#define X MS_URN_EXT_USER
#define E MS_URN_ENTERPRISE
#define URN "urn:ietf:params:scim:api:messages:2.0:PatchOp"

static MsSchemaRegistry *registry;

#define USER                                                                                       \
  "{\"userName\":\"bjensen\",\"name\":{\"familyName\":\"Jensen\",\"givenName\":\"Barbara\"},"      \
  "\"active\":true,"                                                                               \
  "\"emails\":[{\"value\":\"b@work.org\",\"type\":\"work\",\"primary\":true},{\"value\":\"b@home." \
  "org\",\"type\":\"home\"}]}"
#define NAMES                                                                                      \
  "\"userName\":\"bjensen\",\"name\":{\"familyName\":\"Jensen\",\"givenName\":\"Barbara\"},"       \
  "\"active\":true"
#define WORK "{\"value\":\"b@work.org\",\"type\":\"work\",\"primary\":true}"
#define HOME "{\"value\":\"b@home.org\",\"type\":\"home\"}"

typedef struct
{
  const char *name;
  const char *before;
  const char *operations;
  const char *after; /* or of a refusal: scimType */
  const char *path;  /* of a refusal; "" for none */
} Case;

/* clang-format off */
static const Case cases[] = {
  /* Single values */
  { "replace", "{\"userName\":\"a\"}", "{\"op\":\"replace\",\"path\":\"title\",\"value\":\"Boss\"}", "{\"userName\":\"a\",\"title\":\"Boss\"}", NULL },
  { "op-any-case", "{\"userName\":\"a\"}", "{\"op\":\"Replace\",\"path\":\"TITLE\",\"value\":\"Boss\"}", "{\"userName\":\"a\",\"title\":\"Boss\"}", NULL },
  { "keys-any-case", "{\"userName\":\"a\"}", "{\"OP\":\"ADD\",\"Path\":\"title\",\"Value\":\"Boss\"}", "{\"userName\":\"a\",\"title\":\"Boss\"}", NULL },
  { "remove", "{\"userName\":\"a\",\"title\":\"x\"}", "{\"op\":\"remove\",\"path\":\"title\"}", "{\"userName\":\"a\"}", NULL },
  { "remove-absent", "{\"userName\":\"a\"}", "{\"op\":\"remove\",\"path\":\"title\"}", "{\"userName\":\"a\"}", NULL },
  { "null-unsets", "{\"userName\":\"a\",\"title\":\"x\"}", "{\"op\":\"replace\",\"path\":\"title\",\"value\":null}", "{\"userName\":\"a\"}", NULL },
  { "empty-text-unsets", "{\"userName\":\"a\",\"title\":\"x\"}", "{\"op\":\"replace\",\"path\":\"title\",\"value\":\"\"}", "{\"userName\":\"a\"}", NULL },
  { "sub", USER, "{\"op\":\"replace\",\"path\":\"name.familyName\",\"value\":\"Smith\"},{\"op\":\"remove\",\"path\":\"emails\"}",
    "{\"userName\":\"bjensen\",\"name\":{\"familyName\":\"Smith\",\"givenName\":\"Barbara\"},\"active\":true}", NULL },
  { "sub-remove", "{\"userName\":\"a\",\"name\":{\"familyName\":\"x\"}}", "{\"op\":\"remove\",\"path\":\"name.familyName\"}", "{\"userName\":\"a\"}", NULL },
  { "sub-of-nothing", "{\"userName\":\"a\"}", "{\"op\":\"add\",\"path\":\"name.givenName\",\"value\":\"x\"}", "{\"userName\":\"a\",\"name\":{\"givenName\":\"x\"}}", NULL },
  { "complex-merges", "{\"userName\":\"a\",\"name\":{\"familyName\":\"x\",\"givenName\":\"y\"}}",
    "{\"op\":\"replace\",\"path\":\"name\",\"value\":{\"familyName\":\"z\",\"GIVENNAME\":null}}", "{\"userName\":\"a\",\"name\":{\"familyName\":\"z\"}}", NULL },
  { "complex-remove", "{\"userName\":\"a\",\"name\":{\"familyName\":\"x\"}}", "{\"op\":\"remove\",\"path\":\"name\"}", "{\"userName\":\"a\"}", NULL },
  { "urn-core", "{\"userName\":\"a\"}", "{\"op\":\"add\",\"path\":\"" MS_URN_USER ":name.givenName\",\"value\":\"x\"}", "{\"userName\":\"a\",\"name\":{\"givenName\":\"x\"}}", NULL },
  { "urn-extension", "{\"userName\":\"a\"}", "{\"op\":\"add\",\"path\":\"URN:ietf:params:scim:schemas:extension:enterprise:2.0:USER:Department\",\"value\":\"x\"}",
    "{\"userName\":\"a\",\"" E "\":{\"department\":\"x\"}}", NULL },
  { "urn-extension-sub", "{\"userName\":\"a\"}", "{\"op\":\"add\",\"path\":\"" X ":rights.imap\",\"value\":true}", "{\"userName\":\"a\",\"" X "\":{\"rights\":{\"imap\":true}}}", NULL },
  { "urn-extension-alone", "{\"userName\":\"a\"}", "{\"op\":\"add\",\"path\":\"" E "\",\"value\":{\"department\":\"x\",\"division\":\"y\"}}",
    "{\"userName\":\"a\",\"" E "\":{\"department\":\"x\",\"division\":\"y\"}}", NULL },
  { "urn-extension-remove", "{\"userName\":\"a\",\"" E "\":{\"department\":\"x\",\"manager\":{\"value\":\"m\"}}}", "{\"op\":\"remove\",\"path\":\"" E "\"}", "{\"userName\":\"a\"}", NULL },
  { "urn-extension-null", "{\"userName\":\"a\",\"" E "\":{\"department\":\"x\",\"manager\":{\"value\":\"m\"}}}", "{\"op\":\"replace\",\"path\":\"" E "\",\"value\":null}", "{\"userName\":\"a\"}", NULL },
  { "urn-extension-null-add", "{\"userName\":\"a\",\"" E "\":{\"department\":\"x\"}}", "{\"op\":\"add\",\"path\":\"" E "\",\"value\":null}", "{\"userName\":\"a\"}", NULL },
  { "urn-extension-null-no-path", "{\"userName\":\"a\",\"" E "\":{\"department\":\"x\"}}", "{\"op\":\"replace\",\"value\":{\"" E "\":null,\"title\":\"t\"}}", "{\"userName\":\"a\",\"title\":\"t\"}", NULL },
  { "urn-extension-empty-merges", "{\"userName\":\"a\",\"" E "\":{\"department\":\"x\"}}", "{\"op\":\"replace\",\"path\":\"" E "\",\"value\":{}}", "{\"userName\":\"a\",\"" E "\":{\"department\":\"x\"}}", NULL },
  { "external-id", "{\"userName\":\"a\"}", "{\"op\":\"add\",\"path\":\"externalId\",\"value\":\"E\"}", "{\"userName\":\"a\",\"externalId\":\"E\"}", NULL },
  { "same-again-changes-nothing", USER, "{\"op\":\"add\",\"path\":\"userName\",\"value\":\"bjensen\"},{\"op\":\"add\",\"path\":\"emails\",\"value\":[" HOME "]}", USER, NULL },
  { "in-order", "{\"userName\":\"a\"}", "{\"op\":\"add\",\"path\":\"title\",\"value\":\"1\"},{\"op\":\"replace\",\"path\":\"title\",\"value\":\"2\"}",
    "{\"userName\":\"a\",\"title\":\"2\"}", NULL },
  { "time", "{\"userName\":\"a\"}", "{\"op\":\"add\",\"path\":\"" X ":validFrom\",\"value\":\"2026-01-01T01:00:00+01:00\"}",
    "{\"userName\":\"a\",\"" X "\":{\"validFrom\":\"2026-01-01T00:00:00.000Z\"}}", NULL },

  /* Without a path */
  { "no-path", "{\"userName\":\"a\"}", "{\"op\":\"replace\",\"value\":{\"title\":\"x\",\"active\":false,\"" E "\":{\"department\":\"d\"}}}",
    "{\"userName\":\"a\",\"title\":\"x\",\"active\":false,\"" E "\":{\"department\":\"d\"}}", NULL },
  { "path-null", "{\"userName\":\"a\"}", "{\"op\":\"replace\",\"path\":null,\"value\":{\"title\":\"x\"}}", "{\"userName\":\"a\",\"title\":\"x\"}", NULL },
  { "path-empty", "{\"userName\":\"a\"}", "{\"op\":\"add\",\"path\":\"\",\"value\":{\"title\":\"x\"}}", "{\"userName\":\"a\",\"title\":\"x\"}", NULL },
  { "path-core-urn", "{\"userName\":\"a\"}", "{\"op\":\"add\",\"path\":\"" MS_URN_USER "\",\"value\":{\"title\":\"x\"}}", "{\"userName\":\"a\",\"title\":\"x\"}", NULL },
  { "entra-dotted-names", "{\"userName\":\"a\"}", "{\"op\":\"Add\",\"value\":{\"name.givenName\":\"G\",\"" E ":department\":\"d\",\"" X ":rights.imap\":\"True\"}}",
    "{\"userName\":\"a\",\"name\":{\"givenName\":\"G\"},\"" E "\":{\"department\":\"d\"},\"" X "\":{\"rights\":{\"imap\":true}}}", NULL },
  { "entra-paths-as-names", "{\"userName\":\"a\"}", "{\"op\":\"Add\",\"value\":{\"emails[type eq \\\"work\\\"].value\":\"x@y.z\"}}",
    "{\"userName\":\"a\",\"emails\":[{\"type\":\"work\",\"value\":\"x@y.z\"}]}", NULL },
  { "authentik-sends-id-and-schemas", "{\"userName\":\"a\"}",
    "{\"op\":\"replace\",\"value\":{\"id\":\"id-1\",\"schemas\":[\"" MS_URN_USER "\"],\"meta\":{\"version\":\"x\"},\"title\":\"x\"}}", "{\"userName\":\"a\",\"title\":\"x\"}", NULL },
  { "whole-object-with-read-only", "{\"userName\":\"a\"}",
    "{\"op\":\"replace\",\"value\":{\"title\":\"x\",\"groups\":[{\"value\":\"g\"}],\"" X "\":{\"passwordScheme\":\"y\",\"mailboxes\":[]}}}", "{\"userName\":\"a\",\"title\":\"x\"}", NULL },
  { "no-path-unknown-ignored", "{\"userName\":\"a\"}", "{\"op\":\"replace\",\"value\":{\"shoeSize\":44,\"title\":\"x\",\"urn:foreign:x\":{\"y\":1}}}", "{\"userName\":\"a\",\"title\":\"x\"}", NULL },
  { "no-path-array-replaces", USER, "{\"op\":\"replace\",\"value\":{\"emails\":[{\"value\":\"n@x\"}]}}", "{" NAMES ",\"emails\":[{\"value\":\"n@x\"}]}", NULL },
  { "no-path-array-appends", USER, "{\"op\":\"add\",\"value\":{\"emails\":[{\"value\":\"n@x\"}]}}", "{" NAMES ",\"emails\":[" WORK "," HOME ",{\"value\":\"n@x\"}]}", NULL },

  /* Kinds of values that clients mix up */
  { "entra-boolean-as-text", "{\"userName\":\"a\",\"active\":true}", "{\"op\":\"Replace\",\"path\":\"active\",\"value\":\"False\"}", "{\"userName\":\"a\",\"active\":false}", NULL },
  { "entra-wrapped-value", "{\"userName\":\"a\"}", "{\"op\":\"Replace\",\"path\":\"displayName\",\"value\":[{\"$ref\":null,\"value\":\"N\"}]}", "{\"userName\":\"a\",\"displayName\":\"N\"}", NULL },
  { "entra-manager-as-text", "{\"userName\":\"a\"}", "{\"op\":\"Add\",\"path\":\"" E ":manager\",\"value\":\"boss\"}", "{\"userName\":\"a\",\"" E "\":{\"manager\":{\"value\":\"boss\"}}}", NULL },
  { "entra-manager-wrapped", "{\"userName\":\"a\"}", "{\"op\":\"Add\",\"path\":\"" E ":manager\",\"value\":[{\"$ref\":null,\"value\":\"boss\"}]}",
    "{\"userName\":\"a\",\"" E "\":{\"manager\":{\"value\":\"boss\"}}}", NULL },
  { "manager-value", "{\"userName\":\"a\"}", "{\"op\":\"replace\",\"path\":\"" E ":manager.value\",\"value\":\"boss\"}", "{\"userName\":\"a\",\"" E "\":{\"manager\":{\"value\":\"boss\"}}}", NULL },
  { "manager-remove", "{\"userName\":\"a\",\"" E "\":{\"manager\":{\"value\":\"boss\"}}}", "{\"op\":\"remove\",\"path\":\"" E ":manager\"}", "{\"userName\":\"a\"}", NULL },
  { "manager-empty-unsets", "{\"userName\":\"a\",\"" E "\":{\"manager\":{\"value\":\"boss\"}}}", "{\"op\":\"replace\",\"path\":\"" E ":manager\",\"value\":{\"value\":\"\"}}", "{\"userName\":\"a\"}", NULL },

  /* Several values: whole */
  { "multi-add-array", "{\"userName\":\"a\"}", "{\"op\":\"add\",\"path\":\"emails\",\"value\":[" HOME "]}", "{\"userName\":\"a\",\"emails\":[" HOME "]}", NULL },
  { "multi-add-one", "{\"userName\":\"a\"}", "{\"op\":\"add\",\"path\":\"emails\",\"value\":" HOME "}", "{\"userName\":\"a\",\"emails\":[" HOME "]}", NULL },
  { "multi-add-same-in-other-case", USER, "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"B@HOME.org\",\"type\":\"HOME\",\"display\":\"d\"}]}",
    "{" NAMES ",\"emails\":[" WORK ",{\"value\":\"b@home.org\",\"type\":\"home\",\"display\":\"d\"}]}", NULL },
  { "multi-add-same-in-other-case-only", USER, "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"B@HOME.org\",\"type\":\"HOME\"}]}", USER, NULL },
  { "multi-replace", USER, "{\"op\":\"replace\",\"path\":\"emails\",\"value\":[{\"value\":\"n@x\"}]}", "{" NAMES ",\"emails\":[{\"value\":\"n@x\"}]}", NULL },
  { "multi-replace-empty", USER, "{\"op\":\"replace\",\"path\":\"emails\",\"value\":[]}", "{" NAMES "}", NULL },
  { "multi-remove", USER, "{\"op\":\"remove\",\"path\":\"emails\"}", "{" NAMES "}", NULL },
  { "multi-remove-named-only", USER, "{\"op\":\"remove\",\"path\":\"emails\",\"value\":[{\"value\":\"B@work.ORG\"}]}", "{" NAMES ",\"emails\":[" HOME "]}", NULL },
  { "multi-remove-named-none", USER, "{\"op\":\"remove\",\"path\":\"emails\",\"value\":[]}", USER, NULL },
  { "multi-remove-named-other-type", USER, "{\"op\":\"remove\",\"path\":\"emails\",\"value\":[{\"value\":\"b@work.org\",\"type\":\"home\"}]}", USER, NULL },
  { "multi-remove-by-type", USER, "{\"op\":\"remove\",\"path\":\"emails\",\"value\":[{\"type\":\"home\"}]}", "{" NAMES ",\"emails\":[" WORK "]}", NULL },
  { "multi-add-primary-clears-others", USER, "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"n@x\",\"primary\":true}]}",
    "{" NAMES ",\"emails\":[{\"value\":\"b@work.org\",\"type\":\"work\",\"primary\":false}," HOME ",{\"value\":\"n@x\",\"primary\":true}]}", NULL },
  { "simple-add", "{\"userName\":\"a\",\"" X "\":{\"allowedNetworks\":[\"10.0.0.0/8\"]}}", "{\"op\":\"add\",\"path\":\"" X ":allowedNetworks\",\"value\":[\"::1/128\",\"10.0.0.0/8\"]}",
    "{\"userName\":\"a\",\"" X "\":{\"allowedNetworks\":[\"10.0.0.0/8\",\"::1/128\"]}}", NULL },
  { "simple-add-text", "{\"userName\":\"a\"}", "{\"op\":\"add\",\"path\":\"" X ":allowedNetworks\",\"value\":\"::1/128\"}", "{\"userName\":\"a\",\"" X "\":{\"allowedNetworks\":[\"::1/128\"]}}", NULL },
  { "simple-remove-named", "{\"userName\":\"a\",\"" X "\":{\"allowedNetworks\":[\"a\",\"b\"]}}", "{\"op\":\"remove\",\"path\":\"" X ":allowedNetworks\",\"value\":[\"A\"]}",
    "{\"userName\":\"a\",\"" X "\":{\"allowedNetworks\":[\"b\"]}}", NULL },
  { "simple-remove-filtered", "{\"userName\":\"a\",\"" X "\":{\"allowedNetworks\":[\"a\",\"b\"]}}", "{\"op\":\"remove\",\"path\":\"" X ":allowedNetworks[value eq \\\"b\\\"]\"}",
    "{\"userName\":\"a\",\"" X "\":{\"allowedNetworks\":[\"a\"]}}", NULL },
  { "simple-replace-filtered", "{\"userName\":\"a\",\"" X "\":{\"allowedNetworks\":[\"a\",\"b\"]}}",
    "{\"op\":\"replace\",\"path\":\"" X ":allowedNetworks[value eq \\\"b\\\"].value\",\"value\":\"c\"}", "{\"userName\":\"a\",\"" X "\":{\"allowedNetworks\":[\"a\",\"c\"]}}", NULL },

  /* Several values: some */
  { "filter-sub-replace", USER, "{\"op\":\"replace\",\"path\":\"emails[type eq \\\"work\\\"].value\",\"value\":\"n@x\"}",
    "{" NAMES ",\"emails\":[{\"value\":\"n@x\",\"type\":\"work\",\"primary\":true}," HOME "]}", NULL },
  { "filter-urn", USER, "{\"op\":\"replace\",\"path\":\"" MS_URN_USER ":emails[type eq \\\"home\\\" and value co \\\"]\\\" or type eq \\\"home\\\"].display\",\"value\":\"d\"}",
    "{" NAMES ",\"emails\":[" WORK ",{\"value\":\"b@home.org\",\"type\":\"home\",\"display\":\"d\"}]}", NULL },
  { "filter-primary-as-text", USER, "{\"op\":\"replace\",\"path\":\"emails[primary eq \\\"True\\\"].value\",\"value\":\"n@x\"}",
    "{" NAMES ",\"emails\":[{\"value\":\"n@x\",\"type\":\"work\",\"primary\":true}," HOME "]}", NULL },
  { "filter-sub-remove", USER, "{\"op\":\"remove\",\"path\":\"emails[type eq \\\"work\\\"].primary\"}",
    "{" NAMES ",\"emails\":[{\"value\":\"b@work.org\",\"type\":\"work\"}," HOME "]}", NULL },
  { "filter-value-remove-takes-the-element", USER, "{\"op\":\"remove\",\"path\":\"emails[type eq \\\"work\\\"].value\"}", "{" NAMES ",\"emails\":[" HOME "]}", NULL },
  { "filter-makes-two-the-same", "{\"userName\":\"a\",\"emails\":[" HOME ",{\"value\":\"b@home.org\",\"type\":\"other\"}]}",
    "{\"op\":\"replace\",\"path\":\"emails[type eq \\\"other\\\"].type\",\"value\":\"home\"}", "{\"userName\":\"a\",\"emails\":[" HOME "]}", NULL },
  { "filter-makes-two-agree", "{\"userName\":\"a\",\"emails\":[{\"value\":\"b@x\",\"type\":\"home\",\"display\":\"B\"},{\"value\":\"b@x\",\"type\":\"other\",\"primary\":true}]}",
    "{\"op\":\"replace\",\"path\":\"emails[type eq \\\"other\\\"].type\",\"value\":\"home\"}",
    "{\"userName\":\"a\",\"emails\":[{\"value\":\"b@x\",\"type\":\"home\",\"display\":\"B\",\"primary\":true}]}", NULL },
  { "multi-add-in-two-parts", "{\"userName\":\"a\",\"emails\":[{\"value\":\"b@x\",\"display\":\"B\"}]}",
    "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"b@x\",\"primary\":true},{\"value\":\"b@x\",\"display\":\"C\"}]}",
    "{\"userName\":\"a\",\"emails\":[{\"value\":\"b@x\",\"display\":\"C\",\"primary\":true}]}", NULL },
  { "filter-remove", USER, "{\"op\":\"remove\",\"path\":\"emails[type eq \\\"work\\\"]\"}", "{" NAMES ",\"emails\":[" HOME "]}", NULL },
  { "filter-remove-nothing", USER, "{\"op\":\"remove\",\"path\":\"emails[type eq \\\"other\\\"]\"}", USER, NULL },
  { "filter-replace-element", USER, "{\"op\":\"replace\",\"path\":\"emails[type eq \\\"work\\\"]\",\"value\":{\"value\":\"n@x\"}}",
    "{" NAMES ",\"emails\":[{\"value\":\"n@x\",\"type\":\"work\",\"primary\":true}," HOME "]}", NULL },
  { "filter-replace-element-merges", USER, "{\"op\":\"replace\",\"path\":\"emails[type eq \\\"home\\\"]\",\"value\":{\"display\":\"d\",\"TYPE\":null}}",
    "{" NAMES ",\"emails\":[" WORK ",{\"value\":\"b@home.org\",\"display\":\"d\"}]}", NULL },
  { "filter-replace-element-with-nothing", USER, "{\"op\":\"replace\",\"path\":\"emails[type eq \\\"home\\\"]\",\"value\":{}}", USER, NULL },
  { "filter-replace-element-with-null", USER, "{\"op\":\"replace\",\"path\":\"emails[type eq \\\"home\\\"]\",\"value\":null}", "{" NAMES ",\"emails\":[" WORK "]}", NULL },
  { "filter-replace-value-with-null", USER, "{\"op\":\"replace\",\"path\":\"emails[type eq \\\"home\\\"]\",\"value\":{\"value\":null}}", "{" NAMES ",\"emails\":[" WORK "]}", NULL },
  { "multi-remove-null-is-none", USER, "{\"op\":\"remove\",\"path\":\"emails\",\"value\":null}", USER, NULL },
  { "single-remove-null", "{\"userName\":\"a\",\"title\":\"x\"}", "{\"op\":\"remove\",\"path\":\"title\",\"value\":null}", "{\"userName\":\"a\"}", NULL },
  { "entra-replace-primary-makes-the-element", "{\"userName\":\"a\"}", "{\"op\":\"Replace\",\"path\":\"roles[primary eq \\\"True\\\"].value\",\"value\":\"r\"}",
    "{\"userName\":\"a\",\"roles\":[{\"primary\":true,\"value\":\"r\"}]}", NULL },
  { "filter-add-to-element", USER, "{\"op\":\"add\",\"path\":\"emails[type eq \\\"home\\\"]\",\"value\":{\"display\":\"d\"}}",
    "{" NAMES ",\"emails\":[" WORK ",{\"value\":\"b@home.org\",\"type\":\"home\",\"display\":\"d\"}]}", NULL },
  { "filter-sets-primary", USER, "{\"op\":\"replace\",\"path\":\"emails[type eq \\\"home\\\"].primary\",\"value\":true}",
    "{" NAMES ",\"emails\":[{\"value\":\"b@work.org\",\"type\":\"work\",\"primary\":false},{\"value\":\"b@home.org\",\"type\":\"home\",\"primary\":true}]}", NULL },
  { "entra-add-makes-the-element", USER, "{\"op\":\"Add\",\"path\":\"emails[type eq \\\"other\\\"].value\",\"value\":\"o@x\"}",
    "{" NAMES ",\"emails\":[" WORK "," HOME ",{\"type\":\"other\",\"value\":\"o@x\"}]}", NULL },
  { "entra-add-primary-makes-the-element", "{\"userName\":\"a\"}", "{\"op\":\"Add\",\"path\":\"roles[primary eq \\\"True\\\"].value\",\"value\":\"r\"}",
    "{\"userName\":\"a\",\"roles\":[{\"primary\":true,\"value\":\"r\"}]}", NULL },
  { "entra-replace-makes-the-element", "{\"userName\":\"a\"}", "{\"op\":\"Replace\",\"path\":\"phoneNumbers[type eq \\\"mobile\\\"].value\",\"value\":\"1\"}",
    "{\"userName\":\"a\",\"phoneNumbers\":[{\"type\":\"mobile\",\"value\":\"1\"}]}", NULL },
  { "entra-address-parts", "{\"userName\":\"a\"}",
    "{\"op\":\"Add\",\"path\":\"addresses[type eq \\\"work\\\"].locality\",\"value\":\"Ulm\"},{\"op\":\"Add\",\"path\":\"addresses[type eq \\\"work\\\"].country\",\"value\":\"DE\"}",
    "{\"userName\":\"a\",\"addresses\":[{\"type\":\"work\",\"locality\":\"Ulm\",\"country\":\"DE\"}]}", NULL },
  { "made-element-has-no-empty-type", "{\"userName\":\"a\"}", "{\"op\":\"Add\",\"path\":\"emails[type eq \\\"\\\"].value\",\"value\":\"n@x\"}",
    "{\"userName\":\"a\",\"emails\":[{\"value\":\"n@x\"}]}", NULL },
  { "add-element-by-filter", "{\"userName\":\"a\"}", "{\"op\":\"add\",\"path\":\"emails[type eq \\\"work\\\"]\",\"value\":{\"value\":\"n@x\"}}",
    "{\"userName\":\"a\",\"emails\":[{\"value\":\"n@x\",\"type\":\"work\"}]}", NULL },
  { "all-sub", USER, "{\"op\":\"replace\",\"path\":\"emails.display\",\"value\":\"d\"}",
    "{" NAMES ",\"emails\":[{\"value\":\"b@work.org\",\"type\":\"work\",\"primary\":true,\"display\":\"d\"},{\"value\":\"b@home.org\",\"type\":\"home\",\"display\":\"d\"}]}", NULL },
  { "all-sub-first", "{\"userName\":\"a\"}", "{\"op\":\"add\",\"path\":\"emails.value\",\"value\":\"n@x\"}", "{\"userName\":\"a\",\"emails\":[{\"value\":\"n@x\"}]}", NULL },

  { "external-id-of-no-client-stays", "{\"userName\":\"a\",\"externalIds\":[{\"value\":\"x\"}]}",
    "{\"op\":\"add\",\"path\":\"externalIds\",\"value\":[{\"client\":\"entra\",\"value\":\"E-1\"}]}",
    "{\"userName\":\"a\",\"externalIds\":[{\"value\":\"x\"},{\"client\":\"entra\",\"value\":\"E-1\"}]}", NULL },
  { "external-ids-of-two-clients", "{\"userName\":\"a\",\"externalIds\":[{\"client\":\"okta\",\"value\":\"O-1\"}]}",
    "{\"op\":\"add\",\"path\":\"externalIds\",\"value\":[{\"client\":\"entra\",\"value\":\"O-1\"}]}",
    "{\"userName\":\"a\",\"externalIds\":[{\"client\":\"okta\",\"value\":\"O-1\"},{\"client\":\"entra\",\"value\":\"O-1\"}]}", NULL },

  /* Refused */
  { "refuse-no-target", USER, "{\"op\":\"replace\",\"path\":\"emails[value eq \\\"nobody\\\"].display\",\"value\":\"d\"}", "noTarget", "emails" },
  { "refuse-no-target-element", USER, "{\"op\":\"replace\",\"path\":\"emails[type eq \\\"other\\\"]\",\"value\":{\"value\":\"d\"}}", "noTarget", "emails" },
  { "refuse-no-target-and", USER, "{\"op\":\"replace\",\"path\":\"emails[type eq \\\"other\\\" and primary eq true].value\",\"value\":\"n@x\"}", "noTarget", "emails" },
  { "refuse-no-target-and-add", USER, "{\"op\":\"add\",\"path\":\"emails[type eq \\\"other\\\" and primary eq true].value\",\"value\":\"n@x\"}", "noTarget", "emails" },
  { "refuse-no-target-not-primary", USER, "{\"op\":\"add\",\"path\":\"roles[primary eq false].value\",\"value\":\"r\"}", "noTarget", "roles" },
  { "refuse-no-target-value-add", USER, "{\"op\":\"add\",\"path\":\"emails[value eq \\\"n@x\\\"].display\",\"value\":\"r\"}", "noTarget", "emails" },
  { "refuse-no-target-add", USER, "{\"op\":\"add\",\"path\":\"emails[type co \\\"other\\\"].value\",\"value\":\"d\"}", "noTarget", "emails" },
  { "refuse-made-element-with-bad-type", USER, "{\"op\":\"add\",\"path\":\"emails[type eq \\\"a\\\\u0007\\\"].value\",\"value\":\"d\"}", "invalidValue", "emails.type" },
  { "refuse-remove-without-path", USER, "{\"op\":\"remove\"}", "noTarget", "Operations" },
  { "refuse-remove-without-path-value", USER, "{\"op\":\"remove\",\"value\":{\"title\":\"x\"}}", "noTarget", "Operations" },
  { "refuse-remove-required", USER, "{\"op\":\"remove\",\"path\":\"userName\"}", "mutability", "userName" },
  { "refuse-null-required", USER, "{\"op\":\"replace\",\"path\":\"userName\",\"value\":null}", "invalidValue", "userName" },
  { "refuse-null-required-no-path", USER, "{\"op\":\"replace\",\"value\":{\"userName\":\"\"}}", "invalidValue", "userName" },
  { "refuse-read-only", USER, "{\"op\":\"add\",\"path\":\"groups\",\"value\":[{\"value\":\"g\"}]}", "mutability", "groups" },
  { "refuse-read-only-filter", USER, "{\"op\":\"remove\",\"path\":\"groups[value eq \\\"g\\\"]\"}", "mutability", "groups" },
  { "refuse-read-only-extension", USER, "{\"op\":\"add\",\"path\":\"" X ":passwordScheme\",\"value\":\"x\"}", "mutability", X ":passwordScheme" },
  { "refuse-read-only-sub", USER, "{\"op\":\"add\",\"path\":\"" E ":manager.displayName\",\"value\":\"x\"}", "mutability", E ":manager.displayName" },
  { "refuse-two-that-become-one", "{\"userName\":\"a\",\"emails\":[{\"value\":\"a@x\",\"display\":\"A\"},{\"value\":\"b@x\",\"display\":\"B\"}]}",
    "{\"op\":\"replace\",\"path\":\"emails[display eq \\\"B\\\"].value\",\"value\":\"A@x\"}", "invalidValue", "emails" },
  { "refuse-add-of-two-that-are-one", USER,
    "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"n@x\",\"display\":\"A\"},{\"value\":\"n@x\",\"display\":\"B\"}]}", "invalidValue", "emails" },
  { "refuse-manager-ref", USER, "{\"op\":\"add\",\"path\":\"" E ":manager.$ref\",\"value\":\"x\"}", "mutability", E ":manager.$ref" },
  { "refuse-id", USER, "{\"op\":\"replace\",\"path\":\"id\",\"value\":\"id-1\"}", "mutability", "id" },
  { "refuse-id-in-value", USER, "{\"op\":\"replace\",\"value\":{\"id\":\"other\"}}", "mutability", "id" },
  { "refuse-meta", USER, "{\"op\":\"replace\",\"path\":\"meta.version\",\"value\":\"x\"}", "mutability", "meta.version" },
  { "refuse-unknown-path", USER, "{\"op\":\"add\",\"path\":\"shoeSize\",\"value\":44}", "invalidPath", "shoeSize" },
  { "refuse-unknown-sub", USER, "{\"op\":\"add\",\"path\":\"name.colour\",\"value\":\"x\"}", "invalidPath", "name.colour" },
  { "refuse-unknown-sub-of-filter", USER, "{\"op\":\"add\",\"path\":\"emails[type eq \\\"work\\\"].colour\",\"value\":\"x\"}", "invalidPath", "emails[type eq \"work\"].colour" },
  { "refuse-unknown-urn", USER, "{\"op\":\"add\",\"path\":\"urn:foreign:x\",\"value\":{}}", "invalidPath", "urn:foreign:x" },
  { "refuse-unqualified-extension", USER, "{\"op\":\"add\",\"path\":\"department\",\"value\":\"x\"}", "invalidPath", "department" },
  { "refuse-path-not-closed", USER, "{\"op\":\"remove\",\"path\":\"emails[type eq \\\"work\\\"\"}", "invalidPath", "emails[type eq \"work\"" },
  { "refuse-path-quote-not-closed", USER, "{\"op\":\"remove\",\"path\":\"emails[type eq \\\"work]\"}", "invalidPath", "emails[type eq \"work]" },
  { "refuse-path-tail", USER, "{\"op\":\"remove\",\"path\":\"emails[type eq \\\"work\\\"]value\"}", "invalidPath", "emails[type eq \"work\"]value" },
  { "refuse-path-dot-at-end", USER, "{\"op\":\"remove\",\"path\":\"emails[type eq \\\"work\\\"].\"}", "invalidPath", "emails[type eq \"work\"]." },
  { "refuse-path-of-single", USER, "{\"op\":\"remove\",\"path\":\"name[familyName eq \\\"x\\\"]\"}", "invalidPath", "name[familyName eq \"x\"]" },
  { "refuse-path-of-sub", USER, "{\"op\":\"remove\",\"path\":\"emails.value[value eq \\\"x\\\"]\"}", "invalidPath", "emails.value[value eq \"x\"]" },
  { "refuse-path-filter", USER, "{\"op\":\"remove\",\"path\":\"emails[type is \\\"x\\\"]\"}", "invalidFilter", "emails[type is \"x\"]" },
  { "refuse-path-filter-empty", USER, "{\"op\":\"remove\",\"path\":\"emails[]\"}", "invalidFilter", "emails[]" },
  { "refuse-path-number", USER, "{\"op\":\"remove\",\"path\":7}", "invalidPath", "Operations" },
  { "refuse-value-missing", USER, "{\"op\":\"add\",\"path\":\"title\"}", "invalidValue", "title" },
  { "refuse-value-missing-no-path", USER, "{\"op\":\"replace\"}", "invalidValue", "Operations" },
  { "refuse-value-kind", USER, "{\"op\":\"add\",\"path\":\"title\",\"value\":7}", "invalidValue", "title" },
  { "refuse-value-kind-boolean", USER, "{\"op\":\"replace\",\"path\":\"active\",\"value\":\"maybe\"}", "invalidValue", "active" },
  { "refuse-value-two-for-one", USER, "{\"op\":\"replace\",\"path\":\"title\",\"value\":[\"a\",\"b\"]}", "invalidValue", "title" },
  { "refuse-value-no-object", USER, "{\"op\":\"replace\",\"value\":\"x\"}", "invalidSyntax", "Operations" },
  { "refuse-value-complex", USER, "{\"op\":\"replace\",\"path\":\"name\",\"value\":\"x\"}", "invalidValue", "name" },
  { "refuse-two-primary", USER, "{\"op\":\"add\",\"path\":\"emails\",\"value\":[{\"value\":\"1\",\"primary\":true},{\"value\":\"2\",\"primary\":true}]}", "invalidValue", "emails" },
  { "refuse-all-primary", USER, "{\"op\":\"replace\",\"path\":\"emails.primary\",\"value\":true}", "invalidValue", "emails" },
  { "refuse-op", USER, "{\"op\":\"move\",\"path\":\"title\",\"value\":\"x\"}", "invalidSyntax", "Operations" },
  { "refuse-op-missing", USER, "{\"path\":\"title\",\"value\":\"x\"}", "invalidSyntax", "Operations" },
  { "refuse-op-number", USER, "{\"op\":1,\"path\":\"title\",\"value\":\"x\"}", "invalidSyntax", "Operations" },
  { "refuse-operation-text", USER, "\"add\"", "invalidSyntax", "Operations" },
  { "refuse-no-operations", USER, "", "invalidSyntax", "Operations" },
  { "refuse-atomic", USER, "{\"op\":\"add\",\"path\":\"title\",\"value\":\"x\"},{\"op\":\"add\",\"path\":\"nonsense\",\"value\":\"x\"}", "invalidPath", "nonsense" },
  { "refuse-remove-core", USER, "{\"op\":\"remove\",\"path\":\"" MS_URN_USER "\"}", "mutability", MS_URN_USER },
  { "refuse-external-id-of-no-client", USER, "{\"op\":\"add\",\"path\":\"externalIds\",\"value\":[{\"value\":\"x\"}]}", "invalidValue", "externalIds.client" },
  { "refuse-two-external-ids-of-a-client", "{\"userName\":\"a\",\"externalIds\":[{\"client\":\"okta\",\"value\":\"O-1\"}]}",
    "{\"op\":\"add\",\"path\":\"externalIds\",\"value\":[{\"client\":\"okta\",\"value\":\"O-0\"}]}", "invalidValue", "externalIds" },
  { "refuse-empty-password", USER, "{\"op\":\"replace\",\"path\":\"password\",\"value\":\"\"}", "invalidValue", "password" },
  { "refuse-password-in-an-array", USER, "{\"op\":\"replace\",\"path\":\"password\",\"value\":[\"new\"]}", "invalidValue", "password" },
  { "refuse-password-in-an-object", USER, "{\"op\":\"replace\",\"path\":\"password\",\"value\":{\"value\":\"new\"}}", "invalidValue", "password" },
};
/* clang-format on */

static MsObject *
new_object (const char *type, const char *json)
{
  g_autoptr (JsonNode) node = ms_json_parse (json, -1, NULL, NULL);

  return ms_object_new (ms_schema_registry_get_type_by_name (registry, type),
                        "id-1",
                        json_object_ref (json_node_get_object (node)));
}

static char *
attributes_to_string (MsObject *object)
{
  g_autoptr (JsonNode) node
             = json_node_init_object (json_node_alloc (), ms_object_get_attributes (object));

  return ms_json_to_string (node);
}

static MsEdit *
patch (MsObject *object, const char *operations, GError **error)
{
  g_autofree char *text
      = g_strdup_printf ("{\"schemas\":[\"" URN "\"],\"Operations\":[%s]}", operations);
  g_autoptr (JsonNode) body = ms_json_parse (text, -1, NULL, error);

  g_assert_nonnull (body);
  return ms_edit_new_from_patch (object, json_node_get_object (body), error);
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MsObject) object = new_object ("User", test->before);
  g_autoptr (MsEdit) edit = patch (object, test->operations, &error);
  g_autofree char *untouched = attributes_to_string (object);

  g_assert_cmpstr (untouched, ==, test->before);
  if (g_str_has_prefix (test->name, "refuse"))
    {
      g_assert_null (edit);
      g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
      g_test_message ("%s", error->message);
      g_assert_cmpstr (ms_error_get_scim_type (error), ==, test->after);
      g_assert_cmpstr (ms_error_get_path (error), ==, test->path);
      return;
    }
  g_assert_no_error (error);
  g_autofree char *after = attributes_to_string (edit->object);
  g_assert_cmpstr (after, ==, test->after);
}

/* Members of lists --------------------------------------------------------------------------- */

/* clang-format off */
static const struct
{
  const char *name;
  const char *operations;
  const char *links;
} link_cases[] = {
  { "add", "{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"1\"},{\"value\":\"2\"}]}", "+1 +2" },
  { "add-one", "{\"op\":\"add\",\"path\":\"members\",\"value\":{\"value\":\"1\",\"$ref\":null,\"type\":\"User\",\"display\":\"x\"}}", "+1" },
  { "add-text", "{\"op\":\"Add\",\"path\":\"members\",\"value\":\"1\"}", "+1" },
  { "add-no-path", "{\"op\":\"add\",\"value\":{\"members\":[{\"value\":\"1\"}]}}", "+1" },
  { "replace", "{\"op\":\"replace\",\"path\":\"members\",\"value\":[{\"value\":\"1\"}]}", "all +1" },
  { "replace-empty", "{\"op\":\"replace\",\"path\":\"members\",\"value\":[]}", "all" },
  { "remove-all", "{\"op\":\"remove\",\"path\":\"members\"}", "all" },
  { "entra-remove-named-only", "{\"op\":\"Remove\",\"path\":\"members\",\"value\":[{\"value\":\"1\",\"$ref\":null}]}", "-1" },
  { "authentik-remove-named-only", "{\"op\":\"remove\",\"path\":\"members\",\"value\":[{\"value\":\"1\"},{\"value\":\"2\"}]}", "-1 -2" },
  { "remove-empty-list-is-none", "{\"op\":\"remove\",\"path\":\"members\",\"value\":[]}", "" },
  { "remove-null-is-none", "{\"op\":\"Remove\",\"path\":\"members\",\"value\":null}", "" },
  { "remove-by-id", "{\"op\":\"remove\",\"path\":\"members[value eq \\\"1\\\"]\"}", "-1" },
  { "remove-by-urn", "{\"op\":\"remove\",\"path\":\"" MS_URN_GROUP ":members[value eq \\\"1\\\"]\"}", "-1" },
  { "remove-by-type", "{\"op\":\"remove\",\"path\":\"members[type eq \\\"User\\\"]\"}", "~members.type eq \"User\"" },
  { "remove-by-two-ids", "{\"op\":\"remove\",\"path\":\"members[value eq \\\"1\\\" or value eq \\\"2\\\"]\"}", "~members.value eq \"1\" or members.value eq \"2\"" },
  { "in-order", "{\"op\":\"remove\",\"path\":\"members\"},{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"1\"}]}", "all +1" },
  { "okta-rename-with-id", "{\"op\":\"replace\",\"value\":{\"id\":\"id-1\",\"displayName\":\"new\"}}", "" },
  { "refuse-sub", "{\"op\":\"replace\",\"path\":\"members.value\",\"value\":\"1\"}", NULL },
  { "refuse-display", "{\"op\":\"replace\",\"path\":\"members[value eq \\\"1\\\"].display\",\"value\":\"x\"}", NULL },
  { "refuse-replace-one", "{\"op\":\"replace\",\"path\":\"members[value eq \\\"1\\\"]\",\"value\":{\"value\":\"2\"}}", NULL },
  { "refuse-without-id", "{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"display\":\"x\"}]}", NULL },
  { "refuse-empty-id", "{\"op\":\"remove\",\"path\":\"members\",\"value\":[{\"value\":\"\"}]}", NULL },
};
/* clang-format on */

static void
test_links (gconstpointer data)
{
  guint index = GPOINTER_TO_UINT (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsObject) list = new_object ("Group", "{\"displayName\":\"l\"}");
  g_autoptr (MsEdit) edit = patch (list, link_cases[index].operations, &error);
  g_autoptr (GString) out = g_string_new (NULL);

  if (link_cases[index].links == NULL)
    {
      g_assert_null (edit);
      g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
      return;
    }
  g_assert_no_error (error);
  for (guint i = 0; i < edit->links->len; i++)
    {
      static const char *const signs[] = { "+", "-", "all", "~" };
      const MsLinkEdit        *link = g_ptr_array_index (edit->links, i);
      g_autofree char *filter = link->filter != NULL ? ms_filter_to_string (link->filter) : NULL;

      g_assert_cmpstr (link->attribute->path, ==, "members");
      g_string_append_printf (out,
                              "%s%s%s",
                              i > 0 ? " " : "",
                              signs[link->op],
                              link->target != NULL ? link->target
                              : filter != NULL     ? filter
                                                   : "");
    }
  g_assert_cmpstr (out->str, ==, link_cases[index].links);
  g_assert_false (json_object_has_member (ms_object_get_attributes (edit->object), "members"));
}

/* Others ------------------------------------------------------------------------------------- */

static void
test_secrets (void)
{
  static const struct
  {
    const char *operations;
    const char *path;
    const char *value;
  } secrets[] = {
    { "{\"op\":\"replace\",\"path\":\"password\",\"value\":\"new\"}", "password", "new" },
    { "{\"op\":\"replace\",\"value\":{\"password\":\"new\"}}", "password", "new" },
    { "{\"op\":\"remove\",\"path\":\"password\"}", "password", NULL },
    { "{\"op\":\"replace\",\"path\":\"password\",\"value\":null}", "password", NULL },
    { "{\"op\":\"add\",\"path\":\"" X ":passwordHash\",\"value\":\"$y$\"}",
      X ":passwordHash",
      "$y$" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (MsObject) object = new_object ("User", USER);
      g_autoptr (MsEdit) edit = patch (object, secrets[i].operations, &error);
      gpointer value = "unset";

      g_assert_no_error (error);
      g_assert_true (g_hash_table_lookup_extended (edit->secrets, secrets[i].path, NULL, &value));
      g_assert_cmpstr (value, ==, secrets[i].value);
      g_autofree char *attributes = attributes_to_string (edit->object);
      g_assert_cmpstr (attributes, ==, USER);
    }
}

static void
test_envelope (void)
{
  static const struct
  {
    const char *body;
    gboolean    good;
  } bodies[] = {
    { "{\"schemas\":[\"" URN "\"],\"Operations\":[{\"op\":\"remove\",\"path\":\"title\"}]}", TRUE },
    { "{\"SCHEMAS\":[\"urn:other\",\"" URN
      "\"],\"operations\":[{\"op\":\"remove\",\"path\":\"title\"}]}",
      TRUE },
    { "{\"Operations\":[{\"op\":\"remove\",\"path\":\"title\"}]}", FALSE },
    { "{\"schemas\":[],\"Operations\":[{\"op\":\"remove\",\"path\":\"title\"}]}", FALSE },
    { "{\"schemas\":\"" URN "\",\"Operations\":[{\"op\":\"remove\",\"path\":\"title\"}]}", FALSE },
    { "{\"schemas\":[\"" MS_URN_USER "\"],\"Operations\":[{\"op\":\"remove\",\"path\":\"title\"}]}",
      FALSE },
    { "{\"schemas\":[\"" URN "\"]}", FALSE },
    { "{\"schemas\":[\"" URN "\"],\"Operations\":{}}", FALSE },
    { "{\"schemas\":[\"" URN "\"],\"Operations\":[]}", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) body = ms_json_parse (bodies[i].body, -1, NULL, NULL);
      g_autoptr (MsObject) object = new_object ("User", USER);
      g_autoptr (MsEdit) edit
                 = ms_edit_new_from_patch (object, json_node_get_object (body), &error);

      g_assert_true ((edit != NULL) == bodies[i].good);
      if (!bodies[i].good)
        g_assert_cmpstr (ms_error_get_scim_type (error), ==, "invalidSyntax");
    }
}

static void
test_too_many_operations (void)
{
  g_autoptr (GString) operations = g_string_new ("{\"op\":\"remove\",\"path\":\"title\"}");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsObject) object = new_object ("User", USER);

  for (guint i = 1; i < MS_PATCH_MAX_OPERATIONS; i++)
    g_string_append (operations, ",{\"op\":\"remove\",\"path\":\"title\"}");
  g_autoptr (MsEdit) edit = patch (object, operations->str, &error);
  g_assert_no_error (error);
  g_string_append (operations, ",{\"op\":\"remove\",\"path\":\"title\"}");
  g_assert_null (patch (object, operations->str, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_LIMIT);
  g_assert_cmpstr (ms_error_get_path (error), ==, "Operations");
}

/* (transfer full): @n elements, of @format with a number */
static char *
make_elements (const char *format, guint n)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", i);
      g_autoptr (GString) element = g_string_new (format);
      g_string_replace (element, "%", number, 0);
      g_string_append_printf (out, "%s%s", i > 0 ? "," : "", element->str);
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* Each of many named in one operation; each compared with each would take minutes. */
static void
test_remove_many (void)
{
  static const char *const formats[]
      = { "{\"value\":\"%@x\"}", "{\"value\":\"one@x\",\"type\":\"t%\"}", "{\"type\":\"t%\"}" };
  const guint n = 20000;

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean         named = strstr (formats[i], "value") != NULL;
      g_autofree char *all = make_elements (formats[i], n);
      g_autofree char *some = make_elements (formats[i], n - 1);
      g_autofree char *before = g_strdup_printf ("{\"userName\":\"a\",\"emails\":[%s]}", all);
      g_autofree char *remove
          = g_strdup_printf ("{\"op\":\"remove\",\"path\":\"emails\",\"value\":[%s]}", some);
      g_autoptr (MsObject) object = new_object ("User", before);
      g_autoptr (MsEdit) edit = patch (object, remove, &error);

      if (!named)
        {
          g_assert_null (edit);
          g_assert_error (error, MS_ERROR, MS_ERROR_LIMIT);
          continue;
        }
      g_assert_no_error (error);
      JsonArray *left
          = json_object_get_array_member (ms_object_get_attributes (edit->object), "emails");
      g_assert_cmpuint (json_array_get_length (left), ==, 1);
    }
}

static void
test_ignored (void)
{
  g_autoptr (MsObject) object = new_object ("User", USER);
  g_autoptr (MsEdit) edit = patch (
      object,
      "{\"op\":\"add\",\"value\":{\"shoeSize\":1,\"name\":{\"colour\":2},\"" E "\":{\"car\":3},"
      "\"emails[type eq \\\"work\\\"].foo\":1,\"" X ":allowedNetworks[value pr].foo\":1,"
      "\"schemas\":[\"" MS_URN_USER "\",\"" E "\",\"urn:x\"],"
      "\"" MS_URN_USER "\":{\"schemas\":[\"urn:y\"]},\"" MS_URN_USER ":schemas\":[\"urn:z\"],"
      "\"" MS_URN_USER ":meta.version\":5}}",
      NULL);

  g_assert_nonnull (edit);
  g_ptr_array_add (edit->ignored->names, NULL);
  g_autofree char *ignored = g_strjoinv (" ", (char **) edit->ignored->names->pdata);
  g_assert_cmpstr (ignored,
                   ==,
                   "shoeSize name.colour " E ":car emails[type eq \"work\"].foo " X
                   ":allowedNetworks[value pr].foo urn:x urn:y urn:z");
}

/* Also of the message and of an operation. */
static void
test_ignored_in_message (void)
{
  g_autoptr (JsonNode) body = ms_json_parse (
      "{\"schemas\":[\"" URN
      "\",\"urn:example:x\"],\"operation\":[],\"Operations\":[{\"op\":\"add\","
      "\"path\":\"title\",\"value\":\"T\",\"ifMatch\":1},{\"op\":\"remove\",\"path\":\"title\","
      "\"ifMatch\":1}]}",
      -1,
      NULL,
      NULL);
  g_autoptr (MsObject) object = new_object ("User", USER);
  g_autoptr (MsEdit) edit = ms_edit_new_from_patch (object, json_node_get_object (body), NULL);

  g_assert_nonnull (edit);
  g_ptr_array_add (edit->ignored->names, NULL);
  g_autofree char *ignored = g_strjoinv (" ", (char **) edit->ignored->names->pdata);
  g_assert_cmpstr (ignored, ==, "urn:example:x operation Operations.ifMatch");
}

/* The message says which operation it was. */
static void
test_message (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsObject) object = new_object ("User", USER);

  g_assert_null (patch (
      object,
      "{\"op\":\"remove\",\"path\":\"title\"},{\"op\":\"add\",\"path\":\"active\",\"value\":7}",
      &error));
  g_assert_true (g_str_has_prefix (error->message, "operation 2: "));
}

static void
test_keeps_identity (void)
{
  g_autoptr (MsObject) object = new_object ("User", USER);

  ms_object_set_version (object, 4);
  ms_object_set_row (object, 9);
  g_autoptr (MsEdit) edit = patch (object, "{\"op\":\"remove\",\"path\":\"title\"}", NULL);
  g_assert_cmpstr (ms_object_get_id (edit->object), ==, "id-1");
  g_assert_cmpint (ms_object_get_version (edit->object), ==, 4);
  g_assert_cmpint (ms_object_get_row (edit->object), ==, 9);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  registry = ms_schema_registry_new_builtin ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = g_strconcat ("/patch/user/", cases[i].name, NULL);
      g_test_add_data_func (name, &cases[i], test_case);
    }
  for (guint i = 0; i < G_N_ELEMENTS (link_cases); i++)
    {
      g_autofree char *name = g_strconcat ("/patch/members/", link_cases[i].name, NULL);
      g_test_add_data_func (name, GUINT_TO_POINTER (i), test_links);
    }
  g_test_add_func ("/patch/secrets", test_secrets);
  g_test_add_func ("/patch/envelope", test_envelope);
  g_test_add_func ("/patch/too-many-operations", test_too_many_operations);
  g_test_add_func ("/patch/remove-many", test_remove_many);
  g_test_add_func ("/patch/ignored", test_ignored);
  g_test_add_func ("/patch/ignored-in-message", test_ignored_in_message);
  g_test_add_func ("/patch/message", test_message);
  g_test_add_func ("/patch/keeps-identity", test_keeps_identity);
  int status = g_test_run ();
  ms_schema_registry_unref (registry);
  return status;
}
