/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PATCH (RFC 7644 §3.5.2) and whole-object input, by the tables of a resource type: what a client
 * sent becomes new attributes of an object and link edits, or one clear error; never half of it.
 */
#pragma once

#include "ms-object.h"
#include "ms-filter.h"
#include "ms-ignored.h"

G_BEGIN_DECLS

typedef enum
{
  MS_LINK_ADD,
  MS_LINK_REMOVE,
  MS_LINK_REMOVE_ALL,
  MS_LINK_REMOVE_MATCHING, /* members[type eq "User"]: @filter over the elements */
} MsLinkOp;

/**
 * MsLinkEdit: one edit of a multi-valued relation
 * @target: id at the other end, for %MS_LINK_ADD and %MS_LINK_REMOVE
 */
typedef struct
{
  MsLinkOp           op;
  const MsAttribute *attribute;
  char              *target;
  MsFilter          *filter;
} MsLinkEdit;

/**
 * MsLinkClaim: what a request says of the object at the other end of a relation, beside its id
 * @part: "type" or "$ref" of the relation
 * @target: the id
 * @path: where it says so, as "members[2].type"
 */
typedef struct
{
  const MsAttribute *part;
  char              *target;
  char              *value;
  char              *path;
} MsLinkClaim;

/* Elements that one multi-valued attribute may have in a document. */
#define MS_EDIT_MAX_ELEMENTS 20000

/**
 * MsEdit: what a request wants an object to become
 * @object: the object with its new attributes (a changed copy)
 * @links: (element-type MsLinkEdit): edits of multi-valued relations, in order
 * @secrets: (element-type utf8 utf8): values of attributes that are never returned ("password"), by
 * path; a %NULL value removes it
 * @ignored: paths that were there and that nothing here knows
 * @claims: (nullable) (element-type MsLinkClaim): to be compared with what is there
 */
typedef struct
{
  MsObject   *object;
  GPtrArray  *links;
  GHashTable *secrets;
  MsIgnored  *ignored;
  GPtrArray  *claims;
} MsEdit;

void ms_edit_free (MsEdit *self);

/* Checks what is given for all of an attribute, the array of a multi-valued one, and brings it to
 * its canonical form. @value: (out) (nullable): %NULL for what means unassigned. @ignored:
 * (nullable): gets the names that nobody knows; readOnly parts are left out without a word. */
gboolean ms_value_check_all (const MsAttribute *attribute,
                             JsonNode          *given,
                             MsIgnored         *ignored,
                             JsonNode         **value,
                             GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* The id in a relation's value: {"value": id} or id. Members that nobody knows go to @ignored. @id:
 * (out) (nullable) (transfer none) */
gboolean ms_value_check_link (const MsAttribute *attribute,
                              JsonNode          *given,
                              MsIgnored         *ignored,
                              const char       **id,
                              GError           **error) G_GNUC_WARN_UNUSED_RESULT;

/* A whole object as in POST: readOnly attributes are ignored, unknown ones noted, names brought to
 * canonical case, types, canonical values, required and max_length checked. scimType: invalidValue,
 * invalidSyntax. */
MsEdit *ms_edit_new_from_create (const MsResourceType *type,
                                 JsonObject           *body,
                                 GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* As in PUT: attributes not given are cleared, except secrets and relations (docs/scim.md says
 * why), and extensions that the body names neither as a member nor in "schemas"; immutable ones
 * must match (scimType mutability). Members of a list: null leaves them, [] takes all out. */
MsEdit *ms_edit_new_from_replace (MsObject   *object,
                                  JsonObject *body,
                                  GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of one PATCH. What ServiceProviderConfig says of Bulk is this number too: authentik cuts its
 * PATCHes by it. */
#define MS_PATCH_MAX_OPERATIONS 5000
/* How many of them may be over all values of an attribute, and not over members by their ids. */
#define MS_PATCH_MAX_SEARCHES 1000
/* … and values that they look at: they are done while nobody else can write. */
#define MS_PATCH_MAX_LOOKED 1000000
/* As in PATCH: @body is the whole PatchOp message. add / replace / remove in any case; paths with
 * value filters, sub-attributes and extension URNs; no path; Entra's "True"/"False" for booleans.
 */
MsEdit *ms_edit_new_from_patch (MsObject   *object,
                                JsonObject *body,
                                GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* Sets the error of a PATCH's @path that leads to nothing. */
void ms_patch_refuse_unknown (const char *path, GError **error);
/* For an edit that puts back what was stored at an earlier time: the same rules as for any request,
 * by the tables of today, for each value that is not as in @before (nullable: for all), which is
 * brought to its canonical form. The error's path is the attribute. */
gboolean
ms_edit_check_again (MsEdit *self, MsObject *before, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsEdit, ms_edit_free)

/* One changed attribute between two states of an object. For a multi-valued attribute @added and
 * @removed elements, otherwise @before and @after; %NULL = unset. @whole: (nullable): all elements
 * that there are afterwards, where a PATCH cannot name those that went and no others. */
typedef struct
{
  const MsAttribute *attribute;
  JsonNode          *before;
  JsonNode          *after;
  JsonArray         *added;
  JsonArray         *removed;
  JsonArray         *whole;
} MsDelta;

void ms_delta_free (MsDelta *self);
/* The same text for two elements of a multi-valued attribute that differ in the order of their
 * members or in how numbers are written only; of a relation the id at the other end. (transfer
 * full) */
char *ms_delta_element_key (const MsAttribute *attribute, JsonNode *element);
/* The value that names @element in a filter of the elements, "attribute[value eq …]"; %NULL where
 * it has none, or none that is short and plain. (transfer none) (nullable) */
JsonNode *ms_delta_element_value (const MsAttribute *attribute, JsonNode *element);
/* (element-type MsDelta): top-level and extension attributes that differ, complex single ones by
 * sub-attribute */
GPtrArray *ms_delta_compute (MsObject *before, MsObject *after);
/* Puts each value of @before into the place of one in @after that is equal to it and yet written in
 * another way (1.0 and 1): what no delta tells of stays, to the letter. */
void ms_delta_keep_equal (MsObject *before, MsObject *after);

G_END_DECLS
