/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The fields of one object together: loads them, says whether they may be stored, makes the request
 * out of what changed, and finds out what to do when somebody else changed the object meanwhile.
 * Knows no window and no network.
 */
#pragma once

#include "ms-field.h"

G_BEGIN_DECLS

#define MS_TYPE_FORM (ms_form_get_type ())
G_DECLARE_FINAL_TYPE (MsForm, ms_form, MS, FORM, GObject)

/* Signal "changed": a field was changed by the person, or the form was loaded. */
MsForm *ms_form_new (void);

/* (transfer full) of @field. Returns it for use right away. */
MsField *ms_form_add (MsForm *self, MsField *field);
/* By path, or by the path of a sub-attribute ("quota", "urn:…:rights.imap"). (transfer none)
 * (nullable) */
MsField *ms_form_find (MsForm *self, const char *path);
/* (element-type MsField) (transfer none) */
GPtrArray *ms_form_get_fields (MsForm *self);

void ms_form_load (MsForm *self, MsResource *resource);
/* Shows values that the person has not seen yet, of a new object: they count as typed. */
void     ms_form_preset (MsForm *self, JsonObject *attributes);
gboolean ms_form_is_changed (MsForm *self);
/* @culprit: (out) (optional) (transfer none): the first field that cannot stay so */
gboolean ms_form_verify (MsForm *self, MsField **culprit, GError **error);
/* PATCH operations for what changed. (transfer full) */
JsonArray *ms_form_dup_operations (MsForm *self);
/* Attributes of a new object. (transfer full) */
JsonObject *ms_form_dup_attributes (MsForm *self);

/**
 * MsConflict:
 * @field: changed here and there, to different values
 * @base: what it was when the dialog was opened
 * @theirs: what the other one made of it
 * @mine: what is typed
 */
typedef struct
{
  MsField  *field;
  JsonNode *base;
  JsonNode *theirs;
  JsonNode *mine;
} MsConflict;
void ms_conflict_free (MsConflict *conflict);

/* Takes over what @theirs brings where nothing was typed, and keeps what was typed. Returns
 * (element-type MsConflict) (transfer full) the fields about which somebody must decide; the typed
 * value stands until then.
 * @taken: (out) (optional) (element-type MsField) (transfer container): the fields that were taken
 * over silently */
GPtrArray *ms_form_merge (MsForm *self, MsResource *theirs, GPtrArray **taken);

G_END_DECLS
