/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Holds the thread of imports before a transaction, so that what happens then happens in the middle
 * of an import on any machine.
 */
#pragma once

#include "ms-import-manager.h"

G_BEGIN_DECLS

typedef struct
{
  MsImportManager *manager; /* borrowed */
  GMutex           lock;
  GCond            changed;
  gint64           after;
  gboolean         is_held;
  gboolean         is_released;
  gboolean         opens_to_stop;
} Gate;

/* To be held: before the first transaction (@after < 0), or the first with more than @after records
 * done. The gate must outlive the imports. */
void gate_set_up (Gate *self, MsImportManager *manager, gint64 after);
/* Lets go by itself as soon as the import is told to end. */
void gate_open_to_stop (Gate *self);
/* Until something is held; fails the test where nothing ever is. */
void gate_wait (Gate *self);
void gate_release (Gate *self);

G_END_DECLS
