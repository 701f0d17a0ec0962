/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What tests of attributes that operators added do with exports and imports. Fails the test where a
 * step fails that the test does not expect to.
 */
#pragma once

#include "harbour.h"

G_BEGIN_DECLS

/* JSON may have single quotes. */
void import_add_schemas (Harbour *h, const char *json);
/* Creates, and returns the id. (transfer full) */
char *import_make (Harbour *h, const char *path, const char *json);
/* (transfer full) */
char *import_export (Harbour *h, const char *type);
/* Uploads @csv and runs or rehearses it (@verb) to its end; users are made, and what is there is
 * updated. @mapping: (nullable): further options. @path: (inout): of the import. (transfer full) */
Answer      *
import_text (Harbour *h, const char *csv, const char *mapping, const char *verb, char **path);
void assert_no_refusals (Harbour *h, const char *path, Answer *done);

G_END_DECLS
