/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A backup is NAME.unverified until it was read whole and found sound. One that fails takes away
 * what is its own, and nothing else.
 */
#include "ms-backup-keeper.h"

#include <glib/gstdio.h>
#include <string.h>

#include "ms-backup-folder.h"
#include "ms-copy.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-new-file.h"

#define RETRY (15 * G_TIME_SPAN_MINUTE)
/* So that a clock that is set is noticed. What the time of day is by a time zone that has changed
 * is, too, after the next backup or verification. */
#define LOOK_EVERY (20 * G_USEC_PER_SEC)

typedef enum
{
  JOB_NONE,
  JOB_BACKUP,
  JOB_VERIFY,
} JobKind;

typedef struct
{
  JobKind    kind;
  char      *state; /* "running", "done", "failed" */
  char      *step;
  char      *file;     /* (nullable) */
  char      *digest;   /* (nullable) */
  char      *error;    /* (nullable) */
  GPtrArray *problems; /* (nullable) (element-type utf8) */
  guint      n_problems;
  GPtrArray *notes; /* (nullable) (element-type utf8) */
  gint64     done;
  gint64     total;
  gint64     started;
  gint64     ended;
} Job;

struct _MsBackupKeeper
{
  MsService      *service;
  MsBackupOptions options;
  GThread        *thread;
  GCancellable   *cancellable;

  GMutex   lock; /* what follows */
  GCond    wake;
  gboolean stop;
  JobKind  wanted;
  Job      backup;
  Job      verification;
  gint64   last; /* of the newest backup; 0: there is none */
  gint64   next; /* 0: never */
};

static void
job_begin (Job *self, JobKind kind)
{
  g_clear_pointer (&self->problems, g_ptr_array_unref);
  g_clear_pointer (&self->notes, g_ptr_array_unref);
  g_free (self->state);
  g_free (self->step);
  g_free (self->file);
  g_free (self->digest);
  g_free (self->error);
  memset (self, 0, sizeof *self);
  self->kind = kind;
  if (kind == JOB_NONE)
    return;
  self->state = g_strdup ("running");
  self->step = g_strdup ("");
  self->started = g_get_real_time ();
}

/* Work ---------------------------------------------------------------------------------------- */

typedef struct
{
  MsBackupKeeper *keeper;
  Job            *job;
} Watch;

static void
on_progress (const char *step, gint64 done, gint64 total, gpointer user_data)
{
  Watch *watch = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&watch->keeper->lock);

  if (g_strcmp0 (watch->job->step, step) != 0)
    {
      g_free (watch->job->step);
      watch->job->step = g_strdup (step);
    }
  watch->job->done = done;
  watch->job->total = total;
}

/* (nullable): the digest of the sound store in @path */
static char *
verify_file (const char *path, const MsProgress *progress, GError **error)
{
  g_autofree char *uri = g_strconcat (MS_BACKUP_SCHEME, path, NULL);
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autoptr (MsStore) store = ms_store_open (uri, schemas, MS_STORE_READ_ONLY, error);

  if (store == NULL)
    return NULL;
  g_autoptr (GPtrArray) problems = ms_store_verify_with (store, progress, NULL, error);
  char *digest = NULL;
  if (problems != NULL && problems->len > 0)
    ms_error_set (error,
                  MS_ERROR_INTERNAL,
                  NULL,
                  NULL,
                  "The backup is not sound, and neither is the store then: %s",
                  (const char *) problems->pdata[0]);
  else if (problems != NULL)
    digest = ms_store_digest (store, MS_DIGEST_WHOLE, progress->cancellable, error);
  ms_store_close (store);
  return digest;
}

/* @name: which is claimed. (nullable): the digest. Nothing is left where it fails. */
static char *
write_backup (MsBackupKeeper *self, const char *name, const MsProgress *progress, GError **error)
{
  const char      *folder = self->options.folder;
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *raw = g_strconcat (path, ".unverified", NULL);
  g_autofree char *digest_path = g_strconcat (path, ".digest", NULL);
  g_autofree char *digest = NULL;

  if (ms_store_backup (ms_service_get_store (self->service), raw, progress, error))
    digest = verify_file (raw, progress, error);
  gboolean done = digest != NULL && ms_backup_folder_note (folder, name, raw, digest, error)
                  && ms_new_file_rename (raw, path, FALSE, error);
  /* Or what SQLite kept beside it while it was read. */
  ms_new_file_discard (raw);
  if (done)
    return g_steal_pointer (&digest);
  (void) g_unlink (digest_path); /* which claimed the name; the reason to fail is known */
  return NULL;
}

/* Under the lock. After a failure it is tried again before the next regular time. */
static void
plan (MsBackupKeeper *self)
{
  gint64 now = g_get_real_time ();
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();

  if (self->options.folder == NULL)
    return;
  self->next
      = ms_backup_find_due (self->options.at, self->options.every_hours, self->last, now, zone);
  if (self->next != 0 && g_strcmp0 (self->backup.state, "failed") == 0)
    self->next = CLAMP (self->backup.ended + RETRY, now, MAX (self->next, now + RETRY));
}

/* Under the lock: who reads that it has ended may begin the next one. */
static void
end_job (MsBackupKeeper *self, Job *job, const GError *error)
{
  job->ended = g_get_real_time ();
  g_free (job->state);
  job->state = g_strdup (error == NULL ? "done" : "failed");
  job->error = error != NULL ? g_strdup (error->message) : NULL;
  self->wanted = JOB_NONE;
  plan (self);
}

/* @name: (out): of it. (nullable): its digest */
static char *
make_backup (MsBackupKeeper *self, char **name, const MsProgress *progress, GError **error)
{
  *name = ms_backup_folder_claim (self->options.folder, error);
  return *name != NULL ? write_backup (self, *name, progress, error) : NULL;
}

static void
run_backup (MsBackupKeeper *self)
{
  Watch      watch = { self, &self->backup };
  MsProgress progress = { on_progress, &watch, self->cancellable };
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;
  g_autofree char *digest = make_backup (self, &name, &progress, &error);

  if (digest != NULL)
    ms_backup_folder_prune (self->options.folder, self->options.keep, name);
  else if (!g_cancellable_is_cancelled (self->cancellable))
    g_message ("The backup into %s failed: %s", self->options.folder, error->message);
  g_mutex_lock (&self->lock);
  self->backup.file = digest != NULL ? g_strdup (name) : NULL;
  self->backup.digest = g_strdup (digest);
  if (digest != NULL)
    self->last = ms_backup_folder_read_time (name);
  end_job (self, &self->backup, error);
  g_mutex_unlock (&self->lock);
}

static void
run_verification (MsBackupKeeper *self)
{
  Watch      watch = { self, &self->verification };
  MsProgress progress = { on_progress, &watch, self->cancellable };
  MsStore   *store = ms_service_get_store (self->service);
  g_autoptr (GError) error = NULL;
  guint count = 0;
  g_autoptr (GPtrArray) problems = ms_store_verify_with (store, &progress, &count, &error);
  g_autofree char *digest
      = problems != NULL && problems->len == 0
            ? ms_store_digest (store, MS_DIGEST_WHOLE, self->cancellable, &error)
            : NULL;
  g_autoptr (GPtrArray) notes = digest != NULL ? ms_store_list_remarks (store, &error) : NULL;

  for (guint i = 0; problems != NULL && i < problems->len; i++)
    g_message ("The store is not sound: %s", (const char *) problems->pdata[i]);
  if (problems != NULL && count > problems->len)
    g_message ("The store is not sound: and %u more problems", count - problems->len);
  g_mutex_lock (&self->lock);
  self->verification.n_problems = count;
  self->verification.problems = g_steal_pointer (&problems);
  self->verification.notes = g_steal_pointer (&notes);
  self->verification.digest = g_strdup (digest);
  end_job (self, &self->verification, error);
  g_mutex_unlock (&self->lock);
}

static gpointer
keeper_main (gpointer user_data)
{
  MsBackupKeeper *self = user_data;

  g_mutex_lock (&self->lock);
  plan (self);
  while (!self->stop)
    {
      if (self->wanted == JOB_NONE && self->next != 0 && self->next <= g_get_real_time ())
        {
          job_begin (&self->backup, JOB_BACKUP);
          self->wanted = JOB_BACKUP;
        }
      JobKind kind = self->wanted;
      if (kind == JOB_NONE)
        {
          (void) g_cond_wait_until (&self->wake, &self->lock, g_get_monotonic_time () + LOOK_EVERY);
          continue;
        }
      g_mutex_unlock (&self->lock);
      if (kind == JOB_BACKUP)
        run_backup (self);
      else
        run_verification (self);
      g_mutex_lock (&self->lock);
    }
  g_mutex_unlock (&self->lock);
  return NULL;
}

/* From outside -------------------------------------------------------------------------------- */

MsBackupKeeper *
ms_backup_keeper_new (MsService *service, const MsBackupOptions *options)
{
  MsBackupKeeper *self = g_new0 (MsBackupKeeper, 1);

  self->service = service;
  self->options = *options;
  self->options.folder = g_strdup (options->folder);
  self->options.at = g_strdup (options->at);
  self->options.keep = MAX (options->keep, 1);
  self->cancellable = g_cancellable_new ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  /* A folder that cannot be listed is the first backup's to complain of. */
  g_autoptr (GPtrArray) names
             = options->folder != NULL ? ms_backup_folder_list (options->folder, TRUE, NULL) : NULL;
  if (names != NULL && names->len > 0)
    self->last = ms_backup_folder_read_time (names->pdata[names->len - 1]);
  self->thread = g_thread_new ("ms-backup", keeper_main, self);
  return self;
}

void
ms_backup_keeper_stop (MsBackupKeeper *self)
{
  g_cancellable_cancel (self->cancellable);
  g_mutex_lock (&self->lock);
  self->stop = TRUE;
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&self->thread, g_thread_join);
}

void
ms_backup_keeper_free (MsBackupKeeper *self)
{
  if (self == NULL)
    return;
  ms_backup_keeper_stop (self);
  job_begin (&self->backup, JOB_NONE);
  job_begin (&self->verification, JOB_NONE);
  g_object_unref (self->cancellable);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_free (self->options.folder);
  g_free (self->options.at);
  g_free (self);
}

static void
append_text (GString *out, const char *name, const char *text)
{
  g_string_append_printf (out, ",\"%s\":", name);
  if (text != NULL)
    ms_json_append_string (out, text);
  else
    g_string_append (out, "null");
}

static void
append_time (GString *out, const char *name, gint64 time)
{
  g_autofree char *text = time != 0 ? ms_json_format_time (time) : NULL;

  append_text (out, name, text);
}

/* @texts: (nullable) */
static void
append_texts (GString *out, const char *name, GPtrArray *texts)
{
  g_string_append_printf (out, ",\"%s\":[", name);
  for (guint i = 0; texts != NULL && i < texts->len; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      ms_json_append_string (out, texts->pdata[i]);
    }
  g_string_append_c (out, ']');
}

static void
append_problems (GString *out, const Job *job)
{
  g_string_append_printf (out, ",\"problemCount\":%u", job->n_problems);
  append_texts (out, "problems", job->problems);
  append_texts (out, "notes", job->notes);
}

/* Under the lock. */
static void
append_job (GString *out, const Job *job)
{
  if (job->kind == JOB_NONE)
    {
      g_string_append (out, "null");
      return;
    }
  g_string_append (out, "{\"state\":");
  ms_json_append_string (out, job->state);
  append_text (out, "step", job->step);
  g_string_append_printf (
      out, ",\"done\":%" G_GINT64_FORMAT ",\"total\":%" G_GINT64_FORMAT, job->done, job->total);
  append_time (out, "started", job->started);
  append_time (out, "ended", job->ended);
  if (job->kind == JOB_BACKUP)
    append_text (out, "name", job->file);
  else
    append_problems (out, job);
  append_text (out, "digest", job->digest);
  append_text (out, "error", job->error);
  g_string_append_c (out, '}');
}

static gboolean
begin (MsBackupKeeper *self, JobKind kind, GString *out, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Job *job = kind == JOB_BACKUP ? &self->backup : &self->verification;

  if (self->stop)
    {
      ms_error_set (error, MS_ERROR_UNAVAILABLE, NULL, NULL, "The server is being stopped");
      return FALSE;
    }
  if (self->wanted != JOB_NONE)
    {
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    NULL,
                    self->wanted == JOB_BACKUP ? "A backup is being made; wait for its end"
                                               : "The store is being verified; wait for its end");
      return FALSE;
    }
  job_begin (job, kind);
  self->wanted = kind;
  append_job (out, job);
  g_cond_signal (&self->wake);
  return TRUE;
}

gboolean
ms_backup_keeper_back_up (MsBackupKeeper *self, GString *out, GError **error)
{
  if (self->options.folder != NULL)
    return begin (self, JOB_BACKUP, out, error);
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                NULL,
                "No folder for backups is set: group [backup], key folder in mailsteadd.conf");
  return FALSE;
}

gboolean
ms_backup_keeper_verify (MsBackupKeeper *self, GString *out, GError **error)
{
  return begin (self, JOB_VERIFY, out, error);
}

static void
append_backup (MsBackupKeeper *self, const char *name, GString *out)
{
  static const char *const states[] = {
    [MS_BACKUP_UNKNOWN] = "unknown",
    [MS_BACKUP_DAMAGED] = "damaged",
    [MS_BACKUP_VERIFIED] = "verified",
  };
  gint64           size = 0;
  g_autofree char *digest = NULL;
  MsBackupState    state = ms_backup_folder_look (self->options.folder, name, &digest, &size);

  g_string_append (out, "{\"name\":");
  ms_json_append_string (out, name);
  append_time (out, "time", ms_backup_folder_read_time (name));
  g_string_append_printf (out, ",\"size\":%" G_GINT64_FORMAT, size);
  append_text (out, "digest", digest);
  append_text (out, "state", states[state]);
  g_string_append_c (out, '}');
}

void
ms_backup_keeper_append_list (MsBackupKeeper *self, GString *out)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) names = self->options.folder != NULL
                                    ? ms_backup_folder_list (self->options.folder, FALSE, &error)
                                    : g_ptr_array_new ();

  g_string_append_printf (out, "{\"keep\":%u", self->options.keep);
  append_text (out, "folder", self->options.folder);
  g_mutex_lock (&self->lock);
  append_time (out, "next", self->next);
  g_string_append (out, ",\"job\":");
  append_job (out, &self->backup);
  g_mutex_unlock (&self->lock);
  /* A folder that is gone must not hide how the last backup went. */
  append_text (out, "error", error != NULL ? error->message : NULL);
  g_string_append (out, ",\"backups\":[");
  for (guint i = names != NULL ? names->len : 0; i > 0; i--)
    {
      append_backup (self, names->pdata[i - 1], out);
      if (i > 1)
        g_string_append_c (out, ',');
    }
  g_string_append (out, "]}");
}

void
ms_backup_keeper_append_verification (MsBackupKeeper *self, GString *out)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_string_append (out, "{\"job\":");
  append_job (out, &self->verification);
  g_string_append_c (out, '}');
}

static void
add_time (JsonBuilder *into, const char *name, gint64 time)
{
  g_autofree char *text = time != 0 ? ms_json_format_time (time) : NULL;

  json_builder_set_member_name (into, name);
  if (text != NULL)
    json_builder_add_string_value (into, text);
  else
    json_builder_add_null_value (into);
}

void
ms_backup_keeper_describe (MsBackupKeeper *self, JsonBuilder *into)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gboolean failed = g_strcmp0 (self->backup.state, "failed") == 0;

  json_builder_set_member_name (into, "backup");
  json_builder_begin_object (into);
  json_builder_set_member_name (into, "scheduled");
  json_builder_add_boolean_value (into, self->next != 0);
  add_time (into, "last", self->last);
  add_time (into, "next", self->next);
  add_time (into, "failed", failed ? self->backup.ended : 0);
  json_builder_set_member_name (into, "error");
  if (failed)
    json_builder_add_string_value (into, self->backup.error);
  else
    json_builder_add_null_value (into);
  json_builder_end_object (into);
}
