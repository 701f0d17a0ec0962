/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One attribute (or a few that belong together) of an object, as a person edits it: load / verify /
 * apply.
 *
 * A field knows the value it was loaded with (its base) and the value it shows. It is changed where
 * the two differ; only changed fields become PATCH operations. A value is JSON as on the wire,
 * %NULL = unset. Fields know no network: what they need from it (the choices of a picker) they get
 * as list models.
 */
#pragma once

#include <adwaita.h>
#include <json-glib/json-glib.h>
#include "ms-field-row.h"
#include "ms-resource.h"

G_BEGIN_DECLS

#define MS_TYPE_FIELD (ms_field_get_type ())
G_DECLARE_DERIVABLE_TYPE (MsField, ms_field, MS, FIELD, GObject)

/**
 * MsFieldClass:
 * @build: makes the control and puts it into the row
 * @set_value: shows a value; must not emit "changed"
 * @dup_value: the value shown, in a canonical form: set_value(dup_value()) changes nothing
 * @verify: whether the value shown may be stored
 * @append_operations: the PATCH operations that make @base into @value; the default replaces or
 * removes the whole attribute
 * @describe: a value in words, for people
 * @load: looks at the whole object before its value is set, for what depends on other attributes
 *
 * Signal "changed": the person changed the value shown.
 */
struct _MsFieldClass
{
  GObjectClass parent_class;

  void (*build) (MsField *self, MsFieldRow *row);
  void (*set_value) (MsField *self, JsonNode *value);
  JsonNode *(*dup_value) (MsField *self);
  gboolean (*verify) (MsField *self, GError **error);
  void (*append_operations) (MsField *self, JsonNode *base, JsonNode *value, JsonArray *operations);
  char *(*describe) (MsField *self, JsonNode *value);
  void (*load) (MsField *self, MsResource *resource);
};

/* For the constructors of subclasses: @title has a mnemonic; @hint (nullable). */
MsField *ms_field_new (GType type, const char *path, const char *title, const char *hint);

const char *ms_field_get_path (MsField *self);
/* Without its mnemonic. (transfer full) */
char       *ms_field_dup_title (MsField *self);
MsFieldRow *ms_field_get_row (MsField *self);
/* A required field must not be left empty. */
void     ms_field_set_required (MsField *self, gboolean required);
gboolean ms_field_get_required (MsField *self);

/* Takes the attribute of @resource as base and shows it. Forgets what was typed. */
void ms_field_load (MsField *self, MsResource *resource);
/* Shows @value and takes it as base. */
void ms_field_load_value (MsField *self, JsonNode *value);
/* Shows @value as if typed: the base stays. */
void ms_field_set_value (MsField *self, JsonNode *value);
/* (transfer full) (nullable) */
JsonNode *ms_field_dup_value (MsField *self);
/* (transfer none) (nullable) */
JsonNode *ms_field_get_base (MsField *self);
/* What @value would be after a round trip through the control: for comparing with dup_value().
 * (transfer full) */
JsonNode *ms_field_normalize (MsField *self, JsonNode *value);
/* The other end of "somebody else changed it": @value becomes the base, what is shown stays. */
void     ms_field_rebase (MsField *self, JsonNode *value);
gboolean ms_field_is_changed (MsField *self);

/* Checks what is shown, and shows what is wrong beside the field. */
gboolean ms_field_verify (MsField *self, GError **error);
/* Shows an error that came from elsewhere, for example from the server; %NULL takes it away. */
void ms_field_show_error (MsField *self, const char *message);

/* Appends what changed to @operations: {"op","path","value"}. */
void ms_field_apply (MsField *self, JsonArray *operations);
/* In words; "" for nothing. (transfer full) */
char *ms_field_describe (MsField *self, JsonNode *value);

/* For subclasses: the person changed the value shown. */
void ms_field_changed (MsField *self);
/* For subclasses: between the two, what moves in the control is not the person's doing. They nest.
 */
void ms_field_freeze (MsField *self);
void ms_field_thaw (MsField *self);
/* For subclasses: adds one operation; @value %NULL removes. */
void
ms_field_add_operation (JsonArray *operations, const char *op, const char *path, JsonNode *value);

G_END_DECLS
