/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between the files of the verb import: what its options said.
 */
#pragma once

#include "ms-ctl.h"

G_BEGIN_DECLS

/* What the command does with the import; the rest of the options goes to the server. */
typedef struct
{
  gboolean rehearse;
  gboolean generate;
  /* Files to write, where they were named. */
  char *rejects;
  char *passwords;
  /* Also over files that are there. */
  gboolean replace;
} MsImportSaid;

extern MsImportSaid       ms_import_said;
extern const GOptionEntry ms_import_options[];

/* The body of rehearse and run. @import: as the upload was answered, with the columns and the
 * mapping that the server guessed. @data: the file. INVALID where the options contradict each other
 * or name a column that the file has not, NOT_FOUND where they name an object that is not there.
 * (transfer full) */
JsonObject *ms_import_make_options (MsCtl *ctl, JsonObject *import, GBytes *data, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
