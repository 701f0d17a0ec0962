/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The undo of a change of schema files. The file goes back as any object does; then the whole store
 * is brought to what the files say, as when somebody adds, replaces or removes one: while nobody
 * else is inside of the service, and not where objects are in the way.
 */
#include "ms-undo-schemas.h"

#include <string.h>

#include "ms-error.h"
#include "ms-schemas.h"
#include "ms-txn.h"

typedef struct
{
  gint64   sequence;
  gboolean is_one;
} Ask;

/* Of such a change set the file is the first that it tells of: nothing else writes one. */
static gboolean
ask_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Ask *self = user_data;
  g_autoptr (GPtrArray) sets
             = ms_txn_list_change_sets (txn, NULL, NULL, NULL, self->sequence + 1, 1, error);

  if (sets == NULL)
    return FALSE;
  const MsChangeSet *set = sets->len > 0 ? g_ptr_array_index (sets, 0) : NULL;
  self->is_one = set != NULL && set->sequence == self->sequence
                 && g_strcmp0 (set->first_type, MS_TYPE_NAME_SCHEMA_FILE) == 0;
  return TRUE;
}

gboolean
ms_undo_ask_schemas (MsService *service, gint64 sequence, gboolean *is_one, GError **error)
{
  Ask ask = { sequence, FALSE };

  if (!ms_store_read (service->store, ask_in_txn, &ask, NULL, error))
    return FALSE;
  *is_one = ask.is_one;
  return TRUE;
}

typedef struct
{
  MsWrite      write;
  MsOperation *operation;
  MsOutcome   *outcome;
} UndoSchemas;

static gboolean
undo_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  UndoSchemas *self = user_data;

  self->write.txn = txn;
  return ms_verb_undo (&self->write, self->operation, self->outcome, error);
}

static gboolean
write_closed (UndoSchemas *self, MsService *service, const MsActor *actor, GError **error)
{
  MsChangeContext context = ms_service_get_context (actor, "undo");

  context.undo_of = self->operation->sequence;
  if (!ms_schemas_close (service, error))
    return FALSE;
  ms_write_init (&self->write, service, actor, NULL);
  self->write.changing_schemas = TRUE;
  gboolean done = ms_store_write (
      service->store, &context, undo_in_txn, self, &self->outcome->sequence, error);
  ms_write_clear (&self->write);
  if (done && self->outcome->sequence != 0)
    ms_service_take_schemas (service, ms_store_ref_schemas (service->store));
  ms_schemas_open (service);
  return done;
}

MsOutcome *
ms_undo_schemas (MsService *service, const MsActor *actor, MsOperation *operation, GError **error)
{
  g_autoptr (MsOutcome) outcome = g_new0 (MsOutcome, 1);
  UndoSchemas self = { .operation = operation, .outcome = outcome };

  /* Who closes the gate is not waited for, if it is a call. */
  ms_service_take_over (service);
  gboolean done = write_closed (&self, service, actor, error);
  ms_service_hand_over (service);
  ms_service_leave (service);
  if (!done)
    return NULL;
  outcome->changed = outcome->sequence != 0;
  if (outcome->changed)
    ms_service_emit_event (service, "schemas", 0, "{}");
  return g_steal_pointer (&outcome);
}
