/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who is inside of the service. Calls enter and leave; the tables of attributes are replaced only
 * while the gate is closed and nobody is inside, so that whoever is may keep pointers into them.
 * Those who come meanwhile wait, they are not refused.
 *
 * A thread that is inside may enter again without waiting, and may begin work that ends on another
 * thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MsGate MsGate;

MsGate *ms_gate_new (void);
void    ms_gate_free (MsGate *self);

void ms_gate_enter (MsGate *self);
/* On the thread that entered. */
void ms_gate_leave (MsGate *self);
/* For a call that is about to wait for somebody else: %TRUE where its thread has left, and must
 * ms_gate_enter() again; what it has kept of the tables is not good any more then. */
gboolean ms_gate_step_out (MsGate *self) G_GNUC_WARN_UNUSED_RESULT;
/* Work that outlives the call that began it; on any thread each. */
void ms_gate_begin_work (MsGate *self);
void ms_gate_end_work (MsGate *self);
/* On a thread that goes on with begun work: from now on it is a call, which ms_gate_leave() ends.
 */
void ms_gate_take_over (MsGate *self);
/* Until nobody is inside, no work is under way, and it is open: who has closed it, and works by the
 * service then, counts as little among those inside as who waits to be let in. What comes meanwhile
 * is waited for too. */
void ms_gate_wait_until_empty (MsGate *self);

/* Waits until another who closed it has opened it, then for all who are inside, but at most
 * @timeout_usec altogether: %FALSE leaves it open. The caller may be inside itself and is not
 * waited for. */
gboolean ms_gate_close (MsGate *self, gint64 timeout_usec) G_GNUC_WARN_UNUSED_RESULT;
void     ms_gate_open (MsGate *self);
/* For messages: how many are inside, the caller not counted. */
guint ms_gate_count (MsGate *self);
/* For tests: how many wait, for what ever. */
guint ms_gate_count_waiting (MsGate *self);

G_END_DECLS
