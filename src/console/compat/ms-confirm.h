/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A question with two answers before something is done. Not for what can be undone without loss.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ms_confirm_async:
 * @heading: the question, short
 * @body: what will happen, in full sentences; plain text
 * @accept: label of the button that does it, a verb ("Delete")
 * @destructive: whether that button is a red one
 */
void ms_confirm_async (GtkWindow          *parent,
                       const char         *heading,
                       const char         *body,
                       const char         *accept,
                       gboolean            destructive,
                       GCancellable       *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer            user_data);

/* The same with something to choose below the text, for example check buttons. @extra: (transfer
 * floating) */
void ms_confirm_with_extra_async (GtkWindow          *parent,
                                  const char         *heading,
                                  const char         *body,
                                  const char         *accept,
                                  gboolean            destructive,
                                  GtkWidget          *extra,
                                  GCancellable       *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer            user_data);

/* %TRUE when the person said yes; %FALSE without @error when not. */
gboolean ms_confirm_finish (GAsyncResult *result, GError **error);

G_END_DECLS
