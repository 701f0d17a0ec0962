/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What whole-object input and PATCH share: checking values, elements of multi-valued attributes,
 * the edit that both fill, and PATCH paths.
 */
#pragma once

#include "ms-patch.h"

G_BEGIN_DECLS

/* Values (ms-edit-value.c) ------------------------------------------------------------------- */

/* Checks one value (of a multi-valued attribute one element) and brings it to its canonical form.
 * @value: (out) (nullable): %NULL for null, "" and {}, which mean unassigned. Names that nobody
 * knows go to @ignored. */
gboolean ms_value_check (const MsAttribute *attribute,
                         JsonNode          *given,
                         MsIgnored         *ignored,
                         JsonNode         **value,
                         GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* Sets a relation to one object, as {"value": id}. @id: (nullable): %NULL removes it */
void ms_value_set_link (const MsAttribute *attribute, JsonObject *attributes, const char *id);
/* Case and the order of several are a difference only where they are one to the attribute. */
gboolean ms_value_equal (const MsAttribute *attribute, JsonNode *a, JsonNode *b);
/* Adds @value as JSON, several values in an order of their own: theirs is no difference. */
void ms_value_append (GString *out, const MsAttribute *attribute, JsonNode *value);

/* Elements (ms-edit-elements.c) -------------------------------------------------------------- */

/* Adds the @given elements (checked ones) to @into: those that are there already are merged, one
 * that is primary takes that from the others. Fails where two of @given are the same one and
 * contradict each other. */
gboolean ms_elements_add (const MsAttribute *attribute,
                          JsonArray         *into,
                          JsonArray         *given,
                          GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same text for two elements that are the same one: of the same value and type, or else with
 * the same members. (transfer full) */
char *ms_elements_make_key (const MsAttribute *attribute, JsonNode *element);
/* Takes out of @from every element that one of @given means. (transfer full) */
JsonArray *ms_elements_without (const MsAttribute *attribute, JsonArray *from, JsonArray *given);
/* How many of @given have no "value", so that each is compared with all elements to take out. */
guint ms_elements_count_nameless (const MsAttribute *attribute, JsonArray *given);
/* Leaves "primary" true only in elements of @among. Fails where there are several. */
gboolean ms_elements_keep_primary (const MsAttribute *attribute,
                                   JsonArray         *elements,
                                   GHashTable        *among,
                                   GError           **error) G_GNUC_WARN_UNUSED_RESULT;

/* Edits (ms-edit.c) -------------------------------------------------------------------------- */

/* @object: (transfer full) */
MsEdit *ms_edit_new (MsObject *object);
/* @target: (transfer full) (nullable), @filter: (transfer full) (nullable) */
void ms_edit_add_link (
    MsEdit *self, MsLinkOp op, const MsAttribute *attribute, char *target, MsFilter *filter);
/* Keeps what @given, a relation's value of which @id is the id, says of "type" and "$ref". @index:
 * among several, or -1 */
gboolean ms_edit_add_claims (MsEdit            *self,
                             const MsAttribute *attribute,
                             JsonNode          *given,
                             const char        *id,
                             int                index,
                             GError           **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_edit_set_secret (MsEdit            *self,
                             const MsAttribute *attribute,
                             JsonNode          *given,
                             GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* In ms-edit-result.c. What must hold in the end: required attributes are there, immutable ones as
 * in @before (nullable). */
gboolean
ms_edit_check_result (MsEdit *self, MsObject *before, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of what is put back as it was stored at an earlier time into @stored (nullable): what is
 * set once may be taken back to before it was, and external ids of no client, or of two whose names
 * are one, which older versions took, stay. */
gboolean ms_edit_check_result_again (MsEdit   *self,
                                     MsObject *stored,
                                     GError  **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the edit gives the object something of the extension @schema that does not stand in its
 * attributes: entries of a relation of many, or a secret. */
gboolean ms_edit_gives_aside (MsEdit *self, const MsSchema *schema);
/* What ms_edit_check_result() cannot see in the attributes: an extension of which something is
 * given aside has what it requires too. */
gboolean ms_edit_check_given_aside (MsEdit *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the immutable parts that one element (or the single value) of @attribute had @before are
 * the same @after (nullable); scimType mutability. */
gboolean ms_edit_check_parts (const MsAttribute *attribute,
                              JsonNode          *before,
                              JsonNode          *after,
                              GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* id, schemas and all that begins with meta, which are no attributes of a type; also behind the URN
 * of its own schema. */
gboolean ms_edit_is_common_name (const MsResourceType *type, const char *name);
/* (nullable) */
const MsSchema *ms_resource_type_find_extension (const MsResourceType *type, const char *urn);

/* Paths (ms-patch-path.c) -------------------------------------------------------------------- */

/**
 * MsPatchPath: attribute[filter].sub, or attribute.sub[filter]
 * @attribute: (nullable): at the top or of an extension
 * @sub: (nullable)
 * @filter: (nullable): over the elements
 * @is_in_sub: @filter is over the values of @sub, which has several
 * @schema: (nullable): set where the path is a schema's URN only
 * All %NULL where the path names what does not exist.
 */
typedef struct
{
  const MsAttribute *attribute;
  const MsAttribute *sub;
  MsFilter          *filter;
  gboolean           is_in_sub;
  const MsSchema    *schema;
} MsPatchPath;

gboolean ms_patch_path_parse (const MsResourceType *type,
                              const char           *text,
                              MsPatchPath          *path,
                              GError              **error) G_GNUC_WARN_UNUSED_RESULT;
void     ms_patch_path_clear (MsPatchPath *path);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsPatchPath, ms_patch_path_clear)

G_END_DECLS
