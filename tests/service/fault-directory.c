/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "fault-directory.h"

#include <string.h>

#include "directory-fixture.h"
#include "ms-directory-runs.h"

#define WAIT_USEC (60 * G_USEC_PER_SEC)

void
fault_directory_use (Fixture *f)
{
  if (town.entries == NULL)
    {
      town.entries = g_ptr_array_new_with_free_func ((GDestroyNotify) g_hash_table_unref);
      town_add ("uid=dira;cn=Dira;mail=dira@example.org;entryUUID=1");
      town_add ("uid=dirb;cn=Dirb;mail=dirb@example.org;entryUUID=2");
      town_add ("uid=dirc;cn=Dirc;mail=dirc@example.org;entryUUID=3");
      town_add ("uid=dire;cn=Dire;mail=dire@example.org;entryUUID=5");
      town_add ("uid=dirf;cn=Dirf;mail=dirf@example.org;entryUUID=6");
    }
  ms_service_set_directory_read (f->service, town_read);
}

/* Here again without the mailbox. */
static void
bring_back_alone (Fixture *f, const char *user)
{
  g_autofree char *body = g_strdup_printf ("{'ids':['%s'],'alone':true}", user);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) back = try_verb (f, NULL, MS_VERB_RESTORE, NULL, NULL, body, &error);

  g_assert_no_error (error);
}

/* Whose name and addresses others have by now. (transfer full): their entry, which is to be there
 * again */
static Entry *
let_go (Fixture *f, const char *id)
{
  g_autofree char *user = find_user_id (f, "dire");
  g_autofree char *second = make_mailbox (f, "dire-b", user, FALSE);
  Entry           *entry = g_hash_table_ref (town_find ("dire"));

  town_remove (entry);
  town_remove (town_find ("dirf"));
  set_directory (f, id, "{'leavers':'delete'}");
  run_and_expect (f, id, "delete 2, unchanged 3");
  set_directory (f, id, "{'leavers':'disable'}");
  g_autofree char *other = make_user (f, "dire");
  g_autofree char *others = make_mailbox (f, "dire", other, FALSE);
  change (f, "Mailbox", others, "aliases", "[\"dire-b@example.org\"]");
  town_set (entry, "uid", "dire2");
  town_set (entry, "mail", "dire2@example.org");
  return entry;
}

char *
fault_directory_make (Fixture *f)
{
  char *id = make_directory (
      f, ",'mapping':{'userName':'uid','displayName':'cn','mailbox':'mail','aliases':'other'}");

  run_and_expect (f, id, "create 5");
  g_autofree char *alone = find_user_id (f, "dirf");
  Entry           *gone = let_go (f, id);
  town_set (town.entries->pdata[1], "mail", "dirb2@example.org");
  run_and_expect (f, id, "update 1, unchanged 2");
  g_ptr_array_add (town.entries, gone);
  bring_back_alone (f, alone);
  town_add ("uid=dirf;cn=Dirf;mail=dirf@example.org;entryUUID=6");
  town_set (town.entries->pdata[0], "uid", "dirx");
  town_set (town.entries->pdata[0], "mail", "dirx@example.org");
  town_set (town.entries->pdata[1], "other", "smtp:second@example.org");
  town_set (town.entries->pdata[2], "entryUUID", "4");
  town_set (town.entries->pdata[2], "uid", "dird");
  /* What another one has kept. */
  town_set (town.entries->pdata[2], "mail", "dirb@example.org");
  /* And what another one gives up only now. */
  town_add ("uid=dira;cn=New;mail=dira@example.org;entryUUID=5");
  return id;
}

static gboolean
put (Fixture *f, const char *id, const char *text, GError **error)
{
  g_autoptr (JsonObject) body = parse (text);
  g_autoptr (GString) out = g_string_new (NULL);

  return ms_service_put_directory (
      f->service, f->admin, id, body, NULL, out, NULL, NULL, NULL, error);
}

gboolean
fault_directory_create (Fixture *f, GError **error)
{
  return put (f,
              NULL,
              "{'kind':'openldap','name':'new','server':'ldaps://l','base':'dc=x','bindDn':'cn=x',"
              "'password':'" SECRET "','every':60}",
              error);
}

gboolean
fault_directory_update (Fixture *f, const char *id, GError **error)
{
  return put (f, id, "{'server':'ldaps://other','every':90}", error);
}

gboolean
fault_directory_delete (Fixture *f, const char *id, GError **error)
{
  return ms_service_delete_directory (f->service, f->admin, id, NULL, NULL, error);
}

gboolean
fault_directory_read (Fixture *f, const char *id, GString *answer, GError **error)
{
  return ms_service_list_directories (f->service, f->admin, answer, error)
         && ms_service_get_directory (f->service, f->admin, id, answer, NULL, error)
         && ms_service_list_directory_rows (
             f->service, f->admin, id, "create", 0, 10, answer, error)
         && ms_service_try_directory (f->service, f->admin, id, NULL, 2, NULL, answer, error);
}

static void
wait_until_idle (Fixture *f)
{
  g_assert_true (ms_job_queue_wait_idle (ms_directory_runs_get_queue (f->service->directories),
                                         g_get_monotonic_time () + WAIT_USEC));
}

gboolean
fault_directory_run (
    Fixture *f, const char *id, gboolean rehearse, gboolean *is_stuck, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  MsDirectoryMode mode = rehearse ? MS_DIRECTORY_REHEARSE : MS_DIRECTORY_RUN;

  *is_stuck = FALSE;
  if (!ms_service_start_directory (f->service, f->admin, id, mode, FALSE, out, error))
    return FALSE;
  wait_until_idle (f);
  g_string_truncate (out, 0);
  if (!ms_service_get_directory (f->service, f->admin, id, out, NULL, error))
    return FALSE;
  *is_stuck = strstr (out->str, "\"state\":\"idle\"") == NULL;
  if (!*is_stuck && strstr (out->str, "\"result\":\"failed\"") == NULL)
    return TRUE;
  g_set_error_literal (error, MS_ERROR, MS_ERROR_UNAVAILABLE, "The run met the fault");
  return FALSE;
}

gboolean
fault_directory_cancel (Fixture *f, const char *id, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) failed = NULL;

  if (!ms_service_start_directory (f->service, f->admin, id, MS_DIRECTORY_RUN, FALSE, out, error))
    return FALSE;
  gboolean cancelled = ms_service_cancel_directory (f->service, f->admin, id, &failed);
  wait_until_idle (f);
  if (cancelled || g_error_matches (failed, MS_ERROR, MS_ERROR_CONFLICT))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

void
fault_directory_take_up (Fixture *f, const char *id)
{
  ms_directory_runs_resume (f->service->directories);
  wait_until_idle (f);
  g_autoptr (JsonObject) directory = get_directory (f, id);
  assert_picked (directory, "state", "idle");
  assert_picked (directory, "last.result", "failed");
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);
  assert_picked (last, "result", "done");
}
