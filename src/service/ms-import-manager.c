/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Queue, thread and passwords of imports. One lock for all of it; it is never held while an import
 * is worked on.
 */
#include "ms-import-manager.h"

#include <string.h>

#include "ms-csv.h"
#include "ms-error.h"
#include "ms-import-keys.h"
#include "ms-import-preview.h"
#include "ms-import-run.h"

#define MAX_WAITING 16
/* Passwords that nobody asks for are not kept for ever. */
#define PASSWORD_LIFE (G_TIME_SPAN_DAY)
/* Where other servers share the store, which may end in the middle of an import. */
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
  GThread    *thread;
  GQueue      waiting;   /* ids */
  GHashTable *passwords; /* id -> PasswordSet */
  char       *current;

  GMutex   lock;
  GCond    wake;
  GCond    idle;
  gboolean is_cancelled; /* the current one */
  gboolean has_to_look;
  gboolean is_looking;
  gboolean has_to_hide;
  gboolean is_shutting_down;
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
take_up_free (MsImportManager *self)
{
  g_autoptr (GPtrArray) ids = NULL;
  g_autoptr (GError) error = NULL;

  if (!ms_store_read (self->service->store, list_free, &ids, NULL, &error))
    {
      g_debug ("Imports cannot be taken up again: %s", error->message);
      return;
    }
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < ids->len; i++)
    if (g_queue_find_custom (&self->waiting, ids->pdata[i], (GCompareFunc) strcmp) == NULL)
      g_queue_push_tail (&self->waiting, g_strdup (ids->pdata[i]));
  g_mutex_unlock (&self->lock);
}

/* With the lock held: until there is work, or it is time to look for some. */
static void
wait_a_while (MsImportManager *self)
{
  gint64 end = g_get_monotonic_time () + LOOK_USEC;

  if (!self->has_to_look && g_queue_is_empty (&self->waiting))
    g_cond_broadcast (&self->idle);
  while (!self->is_shutting_down && !self->has_to_look && g_queue_is_empty (&self->waiting))
    if (ms_store_is_exclusive (self->service->store))
      g_cond_wait (&self->wake, &self->lock);
    else if (!g_cond_wait_until (&self->wake, &self->lock, end))
      self->has_to_look = TRUE;
}

/* The next id, or %NULL when the service ends. (transfer full) */
static char *
wait_for_work (MsImportManager *self)
{
  char *id = NULL;

  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->current, g_free);
  while (!self->is_shutting_down && id == NULL)
    {
      wait_a_while (self);
      if (self->has_to_look && !self->is_shutting_down)
        {
          gboolean hides = self->has_to_hide;
          self->has_to_look = self->has_to_hide = FALSE;
          self->is_looking = TRUE;
          g_mutex_unlock (&self->lock);
          if (hides)
            hide_passwords (self);
          take_up_free (self);
          g_mutex_lock (&self->lock);
          self->is_looking = FALSE;
        }
      if (!self->is_shutting_down)
        id = g_queue_pop_head (&self->waiting);
    }
  if (id != NULL)
    {
      self->current = g_strdup (id);
      self->is_cancelled = FALSE;
    }
  g_mutex_unlock (&self->lock);
  return id;
}

static gpointer
run_thread (gpointer data)
{
  MsImportManager *self = data;

  for (;;)
    {
      g_autofree char *id = wait_for_work (self);
      if (id == NULL)
        return NULL;
      ms_import_run (self, self->service, id);
    }
}

/* With the lock held */
static void
start_thread (MsImportManager *self)
{
  if (self->thread == NULL && !self->is_shutting_down)
    self->thread = g_thread_new ("ms-imports", run_thread, self);
  g_cond_signal (&self->wake);
}

void
ms_import_manager_resume (MsImportManager *self)
{
  g_mutex_lock (&self->lock);
  self->has_to_look = self->has_to_hide = TRUE;
  start_thread (self);
  g_mutex_unlock (&self->lock);
}

MsImportManager *
ms_import_manager_new (MsService *service)
{
  MsImportManager *self = g_new0 (MsImportManager, 1);

  self->service = service;
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  g_cond_init (&self->idle);
  g_queue_init (&self->waiting);
  self->passwords = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, password_set_free);
  return self;
}

void
ms_import_manager_shutdown (MsImportManager *self)
{
  g_mutex_lock (&self->lock);
  self->is_shutting_down = TRUE;
  g_cond_signal (&self->wake);
  GThread *thread = g_steal_pointer (&self->thread);
  g_mutex_unlock (&self->lock);
  if (thread != NULL)
    g_thread_join (thread);
}

void
ms_import_manager_pause (MsImportManager *self)
{
  ms_import_manager_shutdown (self);
  g_mutex_lock (&self->lock);
  g_queue_clear_full (&self->waiting, g_free);
  g_mutex_unlock (&self->lock);
}

void
ms_import_manager_go_on (MsImportManager *self)
{
  g_mutex_lock (&self->lock);
  self->is_shutting_down = FALSE;
  g_mutex_unlock (&self->lock);
  ms_import_manager_resume (self);
}

void
ms_import_manager_free (MsImportManager *self)
{
  if (self == NULL)
    return;
  ms_import_manager_shutdown (self);
  g_queue_clear_full (&self->waiting, g_free);
  g_clear_pointer (&self->passwords, g_hash_table_unref);
  g_clear_pointer (&self->current, g_free);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_cond_clear (&self->idle);
  g_free (self);
}

/* With the lock held */
static gboolean
check_room (MsImportManager *self, const char *id, GError **error)
{
  if (self->is_shutting_down)
    {
      ms_error_set (error, MS_ERROR_UNAVAILABLE, NULL, NULL, "The server is being stopped");
      return FALSE;
    }
  /* The current one may have said in the store that it is over, and be about to leave: then it may
   * come again. */
  if (g_queue_find_custom (&self->waiting, id, (GCompareFunc) strcmp) != NULL)
    {
      ms_error_set (error, MS_ERROR_CONFLICT, NULL, NULL, "This import is under way already");
      return FALSE;
    }
  if (g_queue_get_length (&self->waiting) >= MAX_WAITING)
    {
      ms_error_set (error,
                    MS_ERROR_LIMIT,
                    NULL,
                    NULL,
                    "%d imports are waiting already; try again later",
                    MAX_WAITING);
      return FALSE;
    }
  return TRUE;
}

/* With the lock held. The thread exists from the first import on. */
static void
push (MsImportManager *self, const char *id)
{
  g_queue_push_tail (&self->waiting, g_strdup (id));
  start_thread (self);
}

gboolean
ms_import_manager_has_room (MsImportManager *self, const char *id, GError **error)
{
  g_mutex_lock (&self->lock);
  gboolean has_room = check_room (self, id, error);
  g_mutex_unlock (&self->lock);
  return has_room;
}

gboolean
ms_import_manager_enqueue (MsImportManager *self, const char *id, GError **error)
{
  g_mutex_lock (&self->lock);
  gboolean has_room = check_room (self, id, error);
  if (has_room)
    push (self, id);
  g_mutex_unlock (&self->lock);
  return has_room;
}

gboolean
ms_import_manager_cancel (MsImportManager *self, const char *id)
{
  gboolean found = FALSE;

  g_mutex_lock (&self->lock);
  GList *link = g_queue_find_custom (&self->waiting, id, (GCompareFunc) strcmp);
  if (link != NULL)
    {
      g_free (link->data);
      g_queue_delete_link (&self->waiting, link);
    }
  else if (g_strcmp0 (self->current, id) == 0)
    found = self->is_cancelled = TRUE;
  g_mutex_unlock (&self->lock);
  return found;
}

gboolean
ms_import_manager_is_ending (MsImportManager *self, const char *id, gboolean *shut_down)
{
  g_mutex_lock (&self->lock);
  gboolean is_cancelled = self->is_cancelled && g_strcmp0 (self->current, id) == 0;
  *shut_down = self->is_shutting_down;
  g_mutex_unlock (&self->lock);
  return is_cancelled || *shut_down;
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
  gboolean in_time = TRUE;

  g_mutex_lock (&self->lock);
  while (in_time && self->thread != NULL
         && (self->current != NULL || self->has_to_look || self->is_looking
             || !g_queue_is_empty (&self->waiting)))
    in_time = g_cond_wait_until (&self->idle, &self->lock, end);
  g_mutex_unlock (&self->lock);
  return in_time;
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
