/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How far something long has come, and a way to stop it.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* @step: what is being done, in English: "copying change". @total: 0 where nobody knows */
typedef void (*MsProgressFunc) (const char *step, gint64 done, gint64 total, gpointer user_data);

/**
 * MsProgress:
 * @func: (nullable): called now and then, on the thread that works
 * @cancellable: (nullable)
 */
typedef struct
{
  MsProgressFunc func;
  gpointer       user_data;
  GCancellable  *cancellable;
} MsProgress;

/* @self: (nullable). %FALSE with @error set where it was cancelled. */
static inline gboolean
ms_progress_report (
    const MsProgress *self, const char *step, gint64 done, gint64 total, GError **error)
{
  if (self == NULL)
    return TRUE;
  if (self->func != NULL)
    self->func (step, done, total, self->user_data);
  return !g_cancellable_set_error_if_cancelled (self->cancellable, error);
}

G_END_DECLS
