/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Third step of the import as a form, and the request made of all steps together.
 */
#pragma once

#include "ms-connection.h"
#include "ms-csv.h"
#include "ms-form.h"

G_BEGIN_DECLS

/* (transfer floating) */
GtkWidget *ms_import_options_build (MsForm *form, MsConnection *connection);
/* The body of rehearse and run. @mapping: (transfer none). (transfer full) */
JsonObject *ms_import_options_request (MsForm *form, const MsCsvFormat *format, JsonArray *mapping);
gboolean    ms_import_format_equals (const MsCsvFormat *format, JsonObject *json);

G_END_DECLS
