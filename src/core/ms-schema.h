/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a resource type looks like: its schemas, attributes and their characteristics (RFC 7643 §2,
 * §7), read from schema files. Nothing else in the program lists attributes: validation, filters,
 * PATCH, storage, /Schemas and the generic dialogs all walk these tables.
 *
 * The records below are immutable once their registry is built, and live as long as it; they are
 * public structs because every layer reads them all the time.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef enum
{
  MS_ATTR_STRING,
  MS_ATTR_BOOLEAN,
  MS_ATTR_DECIMAL,
  MS_ATTR_INTEGER,
  MS_ATTR_DATE_TIME,
  MS_ATTR_BINARY,
  MS_ATTR_REFERENCE,
  MS_ATTR_COMPLEX,
} MsAttrType;

typedef enum
{
  MS_MUTABILITY_READ_WRITE,
  MS_MUTABILITY_READ_ONLY,
  MS_MUTABILITY_IMMUTABLE,
  MS_MUTABILITY_WRITE_ONLY,
} MsMutability;

typedef enum
{
  MS_RETURNED_DEFAULT,
  MS_RETURNED_ALWAYS,
  MS_RETURNED_NEVER,
  MS_RETURNED_REQUEST,
} MsReturned;

typedef enum
{
  MS_UNIQUENESS_NONE,
  MS_UNIQUENESS_SERVER,
  MS_UNIQUENESS_GLOBAL,
} MsUniqueness;

/**
 * MsRelation:
 * @MS_RELATION_NONE: a plain attribute, kept in the object's document
 * @MS_RELATION_TO: a complex attribute whose "value" is the id of another object (Mailbox.owner,
 *   Group.members). Stored as links, never in the document, so that a member of a list of 100,000
 *   costs no more than one of three. "display", "type" and "$ref" beside it are computed on
 * reading.
 * @MS_RELATION_FROM: the other end of another type's relation (User.groups), always read-only
 */
typedef enum
{
  MS_RELATION_NONE,
  MS_RELATION_TO,
  MS_RELATION_FROM,
} MsRelation;

typedef struct _MsAttribute      MsAttribute;
typedef struct _MsSchema         MsSchema;
typedef struct _MsResourceType   MsResourceType;
typedef struct _MsSchemaRegistry MsSchemaRegistry;

/**
 * MsTextForm:
 * @MS_TEXT_FORM_PLAIN: any text
 * @MS_TEXT_FORM_DOMAIN: the name of a domain
 * @MS_TEXT_FORM_ADDRESS: an address
 *
 * How values that are not caseExact are compared: in names of domains ß is not ss, nor ς σ.
 */
typedef enum
{
  MS_TEXT_FORM_PLAIN,
  MS_TEXT_FORM_DOMAIN,
  MS_TEXT_FORM_ADDRESS,
} MsTextForm;

/**
 * MsAttribute:
 * @name: its own name, canonical case
 * @path: full path as in a filter: "userName", "name.familyName", "emails.value"; for an extension
 *   "urn:ietf:…:User:rights.imap". Unique within a resource type; the store's key for the
 * attribute.
 * @schema: the schema that declares it
 * @parent: (nullable): the complex attribute that this is a sub-attribute of
 * @unique_scope: (nullable): name of the set in which values must differ; "address" spans
 * mailboxes, lists and mail groups, otherwise it is the type name and path
 * @relation_types: (nullable) (array zero-terminated=1): names of the resource types that may be at
 * the other end
 * @relation_path: (nullable): for %MS_RELATION_FROM, the path of the relation on those types
 * @is_label: the attribute people know the object by
 * @text_form: how its text is compared
 * @is_search: searched by the console's filter box and by `search=`
 * @is_computed: made on reading, never stored, neither in the document nor in an index; always
 * read-only
 * @is_measured: it is computed, of what a reading says (src/store/ms-reading.h): not in the
 * document, but with rows in the index, which the reading writes
 * @multi_line: may hold line breaks and tabs
 * @default_value: (nullable): what a new object gets where its creator says nothing
 * @sub_attributes: (element-type MsAttribute): for complex attributes, never %NULL
 */
/* Bytes in a string value that has no max_length of its own. */
#define MS_ATTRIBUTE_MAX_LENGTH 8192

struct _MsAttribute
{
  char              *name;
  char              *path;
  char              *description;
  MsAttrType         type;
  MsMutability       mutability;
  MsReturned         returned;
  MsUniqueness       uniqueness;
  gboolean           multi_valued;
  gboolean           required;
  gboolean           case_exact;
  MsTextForm         text_form;
  gboolean           is_label;
  gboolean           is_search;
  gboolean           is_computed;
  gboolean           is_measured;
  gboolean           multi_line;
  char             **canonical_values;
  gboolean           canonical_only; /* values outside canonical_values are refused */
  char             **reference_types;
  gint64             minimum; /* for integers; G_MININT64 where none */
  gint64             maximum;
  guint              max_length; /* for strings, in bytes; 0 = MS_ATTRIBUTE_MAX_LENGTH */
  char              *unique_scope;
  MsRelation         relation;
  char             **relation_types;
  char              *relation_path;
  JsonNode          *default_value;
  const MsSchema    *schema;
  const MsAttribute *parent;
  GPtrArray         *sub_attributes;
};

struct _MsSchema
{
  char      *id; /* URN */
  char      *name;
  char      *description;
  gboolean   internal;   /* of an internal type */
  GPtrArray *attributes; /* MsAttribute, in file order */
};

struct _MsResourceType
{
  char    *name;     /* "User", "Mailbox", "MailGroup", "Group", "Domain", "Template", "Guest" */
  char    *endpoint; /* "/Users" */
  char    *description;
  gboolean singleton; /* Guest: one object that is always there */
  gboolean internal;  /* kept in the store like all, but no SCIM resource: SchemaFile, Directory */
  const MsSchema *schema;
  GPtrArray      *extensions;          /* const MsSchema */
  GPtrArray      *required_extensions; /* const MsSchema: those that every object must have */
};

/* An empty registry, and one with all that Mailstead knows by itself (data/schemas). */
MsSchemaRegistry *ms_schema_registry_new (void);
MsSchemaRegistry *ms_schema_registry_new_builtin (void);
MsSchemaRegistry *ms_schema_registry_ref (MsSchemaRegistry *self);
void              ms_schema_registry_unref (MsSchemaRegistry *self);
/* Adds a schema file: schemas, resource types, and extensions for types that exist ({"name":
 * "User", "schemaExtensions": […]}). Everything or nothing; the error's path is the place in the
 * file. To be called before the registry is shared with other threads. */
gboolean ms_schema_registry_add_json (MsSchemaRegistry *self,
                                      const char       *data,
                                      gssize            length,
                                      GError          **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for a file of an operator's, who may not have what only the program itself can keep:
 * computed attributes, singletons, scopes and names of ours. */
gboolean ms_schema_registry_add_file (MsSchemaRegistry *self,
                                      const char       *data,
                                      gssize            length,
                                      GError          **error) G_GNUC_WARN_UNUSED_RESULT;
/* One with the same tables, to which more may be added. */
MsSchemaRegistry     *ms_schema_registry_copy (MsSchemaRegistry *self);
GPtrArray            *ms_schema_registry_get_types (MsSchemaRegistry *self);
GPtrArray            *ms_schema_registry_get_schemas (MsSchemaRegistry *self);
const MsResourceType *ms_schema_registry_get_type_by_name (MsSchemaRegistry *self,
                                                           const char       *name);
/* Not internal ones. */
const MsResourceType *ms_schema_registry_get_type_by_endpoint (MsSchemaRegistry *self,
                                                               const char       *endpoint);
const MsSchema       *ms_schema_registry_get_schema (MsSchemaRegistry *self, const char *urn);

/* As in RFC 7643 §7 and §6, without meta.location, which the server knows. */
JsonNode *ms_schema_to_json (const MsSchema *schema);
/* The schema of @type itself, with externalIds, which is an attribute of every type and common only
 * to this server's. */
JsonNode *ms_resource_type_schema_to_json (const MsResourceType *type);
JsonNode *ms_resource_type_to_json (const MsResourceType *type);
/* The whole registry as a schema file, with Mailstead's own characteristics, as
 * ms_schema_registry_add_json() reads it. */
JsonNode *ms_schema_registry_to_json (MsSchemaRegistry *self);

/* Finds an attribute by any way a client may write it: any case, with or without the core schema's
 * URN. externalId is an attribute of every type, and so is "externalIds", in which what each
 * provisioning client calls the object is kept ({"client", "value"}); id, meta and schemas are
 * none. */
const MsAttribute *ms_resource_type_find (const MsResourceType *type, const char *path);
/* The same for one who may be such a client, to which there is no "externalIds". */
const MsAttribute *
ms_resource_type_find_for (const MsResourceType *type, const char *path, gboolean is_client);
/* @name behind the URN of the type's own schema, where it begins with that: common attributes too
 * may be written so (RFC 7644 §3.10). */
const char *ms_resource_type_skip_schema (const MsResourceType *type, const char *name);
/* Whether @name is id, schemas, meta or a part of meta, in any way a client may write it. */
gboolean           ms_resource_type_has_common (const MsResourceType *type, const char *name);
const MsAttribute *ms_resource_type_get_label (const MsResourceType *type);
/* Calls @func for every leaf (non-complex) attribute and every relation of the type and its
 * extensions. */
typedef void (*MsAttributeFunc) (const MsAttribute *attribute, gpointer user_data);
void ms_resource_type_foreach_leaf (const MsResourceType *type,
                                    MsAttributeFunc       func,
                                    gpointer              user_data);
/* The form in which @text is compared as a value of @attribute, unless that is caseExact, and the
 * key by which the store knows it (ms-text.h). (transfer full) */
char              *ms_attribute_fold (const MsAttribute *attribute, const char *text);
char              *ms_attribute_key (const MsAttribute *attribute, const char *text);
const MsAttribute *ms_attribute_find_sub (const MsAttribute *attribute, const char *name);

/* The value of @attribute (of any depth, extension or not) in an object's attributes; multi-valued
 * complex parents yield their first element. (nullable) (transfer none) */
JsonNode *ms_attribute_get_value (const MsAttribute *attribute, JsonObject *attributes);
/* Sets it, making what must be around it; %NULL removes it, and what that leaves empty. Not below
 * multi-valued parents. @value: (transfer full) (nullable) */
void ms_attribute_set_value (const MsAttribute *attribute, JsonObject *attributes, JsonNode *value);
/* Whether it (or its parent) belongs to an extension, and so lies below the extension's URN. */
gboolean ms_attribute_is_in_extension (const MsAttribute *attribute);
/* Whether lists can be filtered and sorted by it: not by secrets, nor by what is made of one on
 * reading. All else that is computed the store can derive (ms-derived.h). */
gboolean ms_attribute_can_be_found_by (const MsAttribute *attribute);
/* Whether it is computed and has no rows in the index either, so that the store derives it for
 * whoever filters or sorts by it. */
gboolean ms_attribute_is_derived (const MsAttribute *attribute);
/* The first attribute that is required where the schema is. (nullable) */
const MsAttribute *ms_schema_find_required (const MsSchema *schema);

#define MS_TYPE_NAME_USER "User"
#define MS_TYPE_NAME_MAILBOX "Mailbox"
#define MS_TYPE_NAME_MAIL_GROUP "MailGroup"
#define MS_TYPE_NAME_LIST "Group"
#define MS_TYPE_NAME_DOMAIN "Domain"
#define MS_TYPE_NAME_TEMPLATE "Template"
#define MS_TYPE_NAME_GUEST "Guest"
#define MS_TYPE_NAME_SCHEMA_FILE "SchemaFile"
#define MS_TYPE_NAME_DIRECTORY "Directory"

#define MS_URN_USER "urn:ietf:params:scim:schemas:core:2.0:User"
#define MS_URN_GROUP "urn:ietf:params:scim:schemas:core:2.0:Group"
#define MS_URN_ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
#define MS_URN_EXT_USER "urn:ietf:params:scim:schemas:extension:mailstead:2.0:User"
#define MS_URN_EXT_GROUP "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group"
#define MS_URN_MAILBOX "urn:ietf:params:scim:schemas:mailstead:2.0:Mailbox"
#define MS_URN_MAIL_GROUP "urn:ietf:params:scim:schemas:mailstead:2.0:MailGroup"
#define MS_URN_DOMAIN "urn:ietf:params:scim:schemas:mailstead:2.0:Domain"
#define MS_URN_TEMPLATE "urn:ietf:params:scim:schemas:mailstead:2.0:Template"
#define MS_URN_GUEST "urn:ietf:params:scim:schemas:mailstead:2.0:Guest"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsSchemaRegistry, ms_schema_registry_unref)

G_END_DECLS
