/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands on the pages of each object's dialog, as tables; and the form made from such a table.
 */
#pragma once

#include "ms-choice-field.h"
#include "ms-connection.h"
#include "ms-form.h"
#include "ms-text-field.h"

G_BEGIN_DECLS

typedef enum
{
  MS_FIELD_GROUP, /* no field: begins a group of rows, with @title (nullable) and @hint below it */
  MS_FIELD_TEXT,
  MS_FIELD_MULTILINE,
  MS_FIELD_SWITCH,
  MS_FIELD_CHOICE,
  MS_FIELD_DOMAIN, /* a choice of the store's domains */
  MS_FIELD_SIZE,
  MS_FIELD_DATE_TIME,
  MS_FIELD_LIST,
  MS_FIELD_REFERENCE,
  MS_FIELD_RIGHTS,
  MS_FIELD_LABEL,
  MS_FIELD_LINKS,
  MS_FIELD_MEMBERS,
  MS_FIELD_SECOND_STEP, /* of a user: not an attribute; @path is any */
} MsFieldKind;

typedef enum
{
  MS_FIELD_REQUIRED = 1 << 0,
  MS_FIELD_ON_UNSET = 1 << 1,  /* a switch that is on where its attribute is absent */
  MS_FIELD_ADDRESSES = 1 << 2, /* entries are compared as addresses */
  MS_FIELD_ELEMENTS = 1 << 3,  /* entries are the "value" of complex elements */
  MS_FIELD_NEW = 1 << 4,       /* also on the small dialog that makes a new object */
} MsFieldFlags;

/**
 * MsFieldSpec:
 * @kind: which editor
 * @path: the attribute
 * @title: with a mnemonic
 * @hint: (nullable): a line below it
 * @type_name: for references and links: what is at the other end
 * @words: placeholder of a text or list, name of "none" for a reference, "nothing there" for links
 * @choices: for %MS_FIELD_CHOICE
 * @check: for texts and lists
 */
typedef struct
{
  MsFieldKind     kind;
  const char     *path;
  const char     *title;
  const char     *hint;
  MsFieldFlags    flags;
  const char     *type_name;
  const char     *words;
  const MsChoice *choices;
  MsTextCheck     check;
} MsFieldSpec;

/* @fields: ends with a %NULL title and kind %MS_FIELD_GROUP, where @end is set by MS_FIELD_SPEC_END
 */
#define MS_FIELD_SPEC_END                                                                          \
  {                                                                                                \
    .kind = MS_FIELD_GROUP, .path = "end"                                                          \
  }

typedef struct
{
  const char        *name;
  const char        *title;
  const char        *icon;
  const MsFieldSpec *fields;
} MsPageSpec;

/* Pages of a type, the last one with a %NULL name. (nullable) */
const MsPageSpec *ms_dialog_spec_get_pages (const char *type_name);

/* Makes the fields of one page into @form and their rows, grouped, into a widget. @only_new: just
 * those of the small dialog. Choices that the server knows come when it has answered. (transfer
 * floating) */
GtkWidget *ms_dialog_spec_build_page (const MsFieldSpec *fields,
                                      gboolean           only_new,
                                      MsForm            *form,
                                      MsConnection      *connection,
                                      GCancellable      *cancellable);

/* Checks for texts: MsTextCheck. */
gboolean ms_check_address (const char *text, const char *path, GError **error);
gboolean ms_check_network (const char *text, const char *path, GError **error);
gboolean ms_check_pattern (const char *text, const char *path, GError **error);

G_END_DECLS
