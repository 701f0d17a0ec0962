/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the queue of imports does, and the passwords that were made.
 */
#include "ms-import-manager.h"

#include <string.h>

#include "ms-csv.h"
#include "ms-error.h"
#include "ms-import-keys.h"
#include "ms-import-preview.h"
#include "ms-import-run.h"
#include "ms-job-queue.h"

/* Passwords that nobody asks for are not kept for ever. */
#define PASSWORD_LIFE (G_TIME_SPAN_DAY)
/* Other servers that share the store may end in the middle of an import, and the store may not take
 * the end of one. */
#define LOOK_USEC (10 * G_USEC_PER_SEC)

typedef struct
{
  char *user_name;
  char *address;
  char *password;
} HandOut;

typedef struct
{
  GPtrArray *hand_outs;
  gint64     last_added; /* monotonic */
} PasswordSet;

struct _MsImportManager
{
  /* Borrowed */
  MsService       *service;
  MsImportStepFunc step_func;
  gpointer         step_data;

  /* Owned */
  MsJobQueue *queue;
  GHashTable *passwords; /* id -> PasswordSet */
  GMutex      lock;      /* of them */

  gboolean has_to_hide; /* atomic */
};

static void
wipe_free (char *secret)
{
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

static void
hand_out_free (gpointer data)
{
  HandOut *self = data;

  g_free (self->user_name);
  g_free (self->address);
  wipe_free (self->password);
  g_free (self);
}

static void
password_set_free (gpointer data)
{
  PasswordSet *self = data;

  g_ptr_array_unref (self->hand_outs);
  g_free (self);
}

/* Taking up again
 * ------------------------------------------------------------------------------------------ */

static gboolean
list_free (MsTxn *txn, gpointer user_data, GError **error)
{
  GPtrArray **ids = user_data;

  *ids = ms_txn_list_free_imports (txn, error);
  return *ids != NULL;
}

/* What an earlier version kept of passwords; whoever looks before this is through is shown none
 * either. */
static void
hide_passwords (MsImportManager *self)
{
  g_autoptr (GError) error = NULL;

  if (!ms_import_hide_all (self->service, &error))
    g_debug ("Previews of imports were left as they are: %s", error->message);
  g_clear_error (&error);
  if (!ms_import_keys_seal_old (self->service, &error))
    g_debug ("Files of imports were left as they are: %s", error->message);
}

/* What a server left that ended, this one or another. */
static void
take_up_free (gpointer user_data)
{
  MsImportManager *self = user_data;
  g_autoptr (GPtrArray) ids = NULL;
  g_autoptr (GError) error = NULL;

  if (ms_store_is_read_only (self->service->store))
    return;
  if (g_atomic_int_compare_and_exchange (&self->has_to_hide, TRUE, FALSE))
    hide_passwords (self);
  if (!ms_store_read (self->service->store, list_free, &ids, NULL, &error))
    {
      g_debug ("Imports cannot be taken up again: %s", error->message);
      return;
    }
  for (guint i = 0; i < ids->len; i++)
    ms_job_queue_add (self->queue, ids->pdata[i]);
}

static void
work (const char *id, gpointer user_data)
{
  MsImportManager *self = user_data;

  ms_import_run (self, self->service, id);
}

static const MsJobQueueKind kind = {
  .thread = "ms-imports", .what = "import", .many = "imports", .work = work, .look = take_up_free
};

void
ms_import_manager_resume (MsImportManager *self)
{
  g_atomic_int_set (&self->has_to_hide, TRUE);
  ms_job_queue_look (self->queue);
}

MsImportManager *
ms_import_manager_new (MsService *service)
{
  MsImportManager *self = g_new0 (MsImportManager, 1);

  self->service = service;
  self->queue = ms_job_queue_new (&kind, LOOK_USEC, self);
  g_mutex_init (&self->lock);
  self->passwords = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, password_set_free);
  return self;
}

void
ms_import_manager_shutdown (MsImportManager *self)
{
  ms_job_queue_shutdown (self->queue);
}

void
ms_import_manager_pause (MsImportManager *self)
{
  ms_job_queue_pause (self->queue);
}

void
ms_import_manager_go_on (MsImportManager *self)
{
  g_atomic_int_set (&self->has_to_hide, TRUE);
  ms_job_queue_go_on (self->queue);
}

void
ms_import_manager_free (MsImportManager *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->queue, ms_job_queue_free);
  g_clear_pointer (&self->passwords, g_hash_table_unref);
  g_mutex_clear (&self->lock);
  g_free (self);
}

gboolean
ms_import_manager_has_room (MsImportManager *self, const char *id, GError **error)
{
  return ms_job_queue_has_room (self->queue, id, error);
}

gboolean
ms_import_manager_put (MsImportManager *self, const char *id, GError **error)
{
  return ms_job_queue_put (self->queue, id, error);
}

gboolean
ms_import_manager_cancel (MsImportManager *self, const char *id)
{
  return ms_job_queue_cancel (self->queue, id);
}

gboolean
ms_import_manager_is_ending (MsImportManager *self, const char *id, gboolean *shut_down)
{
  return ms_job_queue_is_ending (self->queue, id, shut_down);
}

gboolean
ms_import_manager_leave (MsImportManager *self, const char *id)
{
  gboolean shut_down = FALSE;

  return ms_job_queue_leave (self->queue, id, &shut_down);
}

void
ms_import_manager_cancel_again (MsImportManager *self, const char *id)
{
  ms_job_queue_cancel_again (self->queue, id);
}

void
ms_import_manager_set_step_func (MsImportManager *self, MsImportStepFunc func, gpointer user_data)
{
  self->step_func = func;
  self->step_data = user_data;
}

void
ms_import_manager_step (MsImportManager *self, const char *id, gint64 done)
{
  if (self->step_func != NULL)
    self->step_func (id, done, self->step_data);
}

gboolean
ms_import_manager_wait_idle (MsImportManager *self, gint64 end)
{
  return ms_job_queue_wait_idle (self->queue, end);
}

/* Passwords
 * -------------------------------------------------------------------------------------------------
 */

static gboolean
is_too_old (gpointer key, gpointer value, gpointer user_data)
{
  const PasswordSet *set = value;
  const gint64      *now = user_data;

  return *now - set->last_added > PASSWORD_LIFE;
}

void
ms_import_manager_add_password (MsImportManager *self,
                                const char      *id,
                                const char      *user_name,
                                const char      *address,
                                const char      *password)
{
  HandOut *hand_out = g_new0 (HandOut, 1);
  gint64   now = g_get_monotonic_time ();

  hand_out->user_name = g_strdup (user_name);
  hand_out->address = g_strdup (address != NULL ? address : "");
  hand_out->password = g_strdup (password);
  g_mutex_lock (&self->lock);
  g_hash_table_foreach_remove (self->passwords, is_too_old, &now);
  PasswordSet *set = g_hash_table_lookup (self->passwords, id);
  if (set == NULL)
    {
      set = g_new0 (PasswordSet, 1);
      set->hand_outs = g_ptr_array_new_with_free_func (hand_out_free);
      g_hash_table_insert (self->passwords, g_strdup (id), set);
    }
  set->last_added = now;
  g_ptr_array_add (set->hand_outs, hand_out);
  g_mutex_unlock (&self->lock);
}

guint
ms_import_manager_count_passwords (MsImportManager *self, const char *id)
{
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&self->lock);
  g_hash_table_foreach_remove (self->passwords, is_too_old, &now);
  PasswordSet *set = g_hash_table_lookup (self->passwords, id);
  guint        n = set != NULL ? set->hand_outs->len : 0;
  g_mutex_unlock (&self->lock);
  return n;
}

GString *
ms_import_manager_take_passwords (MsImportManager *self, const char *id)
{
  static const char *const header[] = { "userName", "address", "password", NULL };
  g_autofree char         *key = NULL;
  PasswordSet             *set = NULL;

  g_mutex_lock (&self->lock);
  (void) g_hash_table_steal_extended (self->passwords, id, (gpointer *) &key, (gpointer *) &set);
  g_mutex_unlock (&self->lock);
  if (set == NULL)
    return NULL;

  GString *out = g_string_sized_new (64 * (set->hand_outs->len + 1));
  ms_csv_append_record (out, header, ',');
  for (guint i = 0; i < set->hand_outs->len; i++)
    {
      const HandOut    *hand_out = set->hand_outs->pdata[i];
      const char *const record[]
          = { hand_out->user_name, hand_out->address, hand_out->password, NULL };
      ms_csv_append_record (out, record, ',');
    }
  password_set_free (set);
  return out;
}

void
ms_import_manager_drop_passwords (MsImportManager *self, const char *id)
{
  g_mutex_lock (&self->lock);
  g_hash_table_remove (self->passwords, id);
  g_mutex_unlock (&self->lock);
}
