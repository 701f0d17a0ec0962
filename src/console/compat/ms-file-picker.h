/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Choosing a file to open or to save to, by the desktop's portal where there is one.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ms_file_picker_open_async:
 * @title: title of the dialog
 * @filter_name: (nullable): name of the kind of file, for example "CSV files"
 * @patterns: (nullable): %NULL-terminated glob patterns of that kind; every kind can be chosen
 * beside it
 */
void ms_file_picker_open_async (GtkWindow          *parent,
                                const char         *title,
                                const char         *filter_name,
                                const char *const  *patterns,
                                GCancellable       *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer            user_data);
/* @suggested_name: what the file is called unless the person says otherwise */
void ms_file_picker_save_async (GtkWindow          *parent,
                                const char         *title,
                                const char         *suggested_name,
                                GCancellable       *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer            user_data);
/* (transfer full) (nullable): %NULL with %G_IO_ERROR_CANCELLED where nothing was chosen */
GFile *ms_file_picker_finish (GAsyncResult *result, GError **error);

G_END_DECLS
