/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What can still be read of a damaged store, as a new one.
 */
#pragma once

#include "ms-progress.h"
#include "ms-schema.h"

G_BEGIN_DECLS

/* One line about something that could not be saved, or not whole. */
typedef void (*MsRescueFunc) (const char *loss, gpointer user_data);

/* Makes a new store at @to_path of every object that can be read in @from_uri, one by one: with its
 * id, attributes, secrets and links. History, sessions, imports, versions and times stay behind.
 * @saved: (out): how many objects. @losses: (out): how often @func was called. Fails where nothing
 * can be read at all; the new store is sound or not there. */
gboolean ms_rescue (const char       *from_uri,
                    const char       *to_path,
                    MsSchemaRegistry *schemas,
                    const MsProgress *progress,
                    MsRescueFunc      func,
                    gpointer          user_data,
                    gint64           *saved,
                    gint64           *losses,
                    GError          **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
