/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All that the directory says, before anything is done about it. Fewer entries than there are
 * would look like people who left; so whatever is not certainly all of it is an error, and so is
 * nobody at all.
 */
#include "ms-directory-run.h"

#include "ms-error.h"

typedef struct
{
  MsDirectoryRun *run;
  GHashTable     *active; /* identities */
} Fetch;

static gboolean
take_entry (MsDirectoryEntry *entry, gpointer user_data, GError **error)
{
  Fetch          *self = user_data;
  MsDirectoryRun *run = self->run;

  g_ptr_array_add (run->persons, ms_directory_person_new (run->config, entry, run->primary_domain));
  run->state->found = run->persons->len;
  return ms_directory_run_live (run, error);
}

static gboolean
take_active (MsDirectoryEntry *entry, gpointer user_data, GError **error)
{
  Fetch *self = user_data;
  char  *identity = ms_directory_read_identity (entry, self->run->config->identity);

  if (identity != NULL)
    g_hash_table_add (self->active, identity);
  return ms_directory_run_live (self->run, error);
}

/* Answers without entries, as pages that are empty, are no reason to take it for dead. */
static gboolean
note_alive (gpointer user_data, GError **error)
{
  return ms_directory_run_live (((Fetch *) user_data)->run, error);
}

static gboolean
refuse_nobody (const char *path, const char *what, GError **error)
{
  ms_error_set (
      error,
      MS_ERROR_CONFLICT,
      NULL,
      path,
      "The directory found nobody by %s: that is taken for a mistake, and nothing was done",
      what);
  return FALSE;
}

/* Who is found by the filter and not by both is disabled there. */
static gboolean
fetch_active (Fetch *self, GError **error)
{
  MsDirectoryRun          *run = self->run;
  const MsDirectoryConfig *config = run->config;
  g_autofree char  *filter = g_strdup_printf ("(&%s%s)", config->filter, config->active_filter);
  const char *const attributes[] = { config->identity, NULL };
  MsDirectorySearch search = { config->base, config->scope, filter, attributes, 0, note_alive };

  if (!run->service->directory_read (
          &config->server, &search, take_active, self, run->cancellable, error))
    return FALSE;
  if (g_hash_table_size (self->active) == 0)
    return refuse_nobody ("activeFilter", "“filter” and “activeFilter” together", error);
  for (guint i = 0; i < run->persons->len; i++)
    {
      MsDirectoryPerson *person = run->persons->pdata[i];
      person->is_active
          = person->identity != NULL && g_hash_table_contains (self->active, person->identity);
    }
  return TRUE;
}

gboolean
ms_directory_run_fetch (MsDirectoryRun *self, GError **error)
{
  const MsDirectoryConfig *config = self->config;
  g_autoptr (GHashTable) active = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Fetch             fetch = { self, active };
  MsDirectorySearch search
      = { config->base, config->scope, config->filter, (const char *const *) config->wanted, 0,
          note_alive };

  if (!self->service->directory_read (
          &config->server, &search, take_entry, &fetch, self->cancellable, error))
    return FALSE;
  if (self->persons->len == 0)
    return refuse_nobody ("filter", "“filter”", error);
  return config->active_filter == NULL || fetch_active (&fetch, error);
}
