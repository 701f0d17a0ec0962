/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * kill -9 at random moments under load, again and again: this program, told by its environment,
 * writes for ever and says what it tries and what was answered; the test kills it (on PostgreSQL
 * now and then the whole database server) and looks at the store. What was answered must be there,
 * what was not must be there wholly or not at all.
 *
 * A process that is killed loses nothing that it gave to the kernel, so this says nothing about
 * power cuts. It is done on a disk all the same, with every write waited for as in production: the
 * waits are the moments at which a kill finds most under way.
 *
 * MS_TEST_KILLS says how often (200).
 */
#include "config.h"

#include "store-fixture.h"

#ifdef HAVE_POSTGRES
#include "postgres-server.h"
#endif

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WRITERS 4
/* A fresh store now and then, or looking through it would take longer with every kill. */
#define ROUNDS_PER_STORE 10
/* Every so many rounds the database server is killed, not the writer. */
#define SERVER_ROUND 5

/* The writer ---------------------------------------------------------------------------------- */

/* What one write makes: a user, its mailbox, a list with both in it; and the one before goes. */
typedef struct
{
  MsObject *user;
  MsObject *mailbox;
  MsObject *list;
  char     *before; /* (nullable): user made by the write before */
} Work;

static Fixture writer;

static void
say (char what, const char *id)
{
  g_autofree char *line = g_strdup_printf ("%c%s\n", what, id);

  /* One write of less than PIPE_BUF: lines of different threads do not mix. */
  if (write (STDOUT_FILENO, line, strlen (line)) != (ssize_t) strlen (line))
    _exit (4);
}

static gboolean
add_member (MsTxn *txn, MsObject *list, MsObject *member, GError **error)
{
  const MsAttribute *members = ms_resource_type_find (ms_object_get_type (list), "members");
  gboolean           changed;

  return ms_txn_add_link (txn, list, members, ms_object_get_id (member), &changed, error);
}

static gboolean
do_work (MsTxn *txn, gpointer data, GError **error)
{
  Work *work = data;

  ms_object_set_link (work->mailbox, "owner", ms_object_get_id (work->user));
  if (!ms_txn_insert (txn, work->user, error) || !ms_txn_insert (txn, work->mailbox, error)
      || !ms_txn_insert (txn, work->list, error) || !add_member (txn, work->list, work->user, error)
      || !add_member (txn, work->list, work->mailbox, error)
      || !ms_txn_set_secret (txn, work->user, "password", "$y$nothing", error))
    return FALSE;
  if (work->before == NULL)
    return TRUE;
  g_autoptr (MsObject) before = ms_txn_get_object (txn, NULL, work->before, error);
  if (before == NULL)
    return FALSE;
  ms_object_set_string (before, "title", "written twice");
  return ms_txn_update (txn, before, error);
}

static void
work_clear (Work *work)
{
  ms_object_unref (work->user);
  ms_object_unref (work->mailbox);
  ms_object_unref (work->list);
}

static gpointer
write_for_ever (gpointer data)
{
  g_autofree char *before = NULL;

  while (TRUE)
    {
      g_autofree char *name = ms_object_new_id ();
      g_autofree char *user = g_strdup_printf ("{'userName':'%s'}", name);
      g_autofree char *mailbox = g_strdup_printf (
          "{'name':'%s','domain':'x.org','address':'%s@x.org','primary':true}", name, name);
      g_autofree char *list = g_strdup_printf ("{'displayName':'%s'}", name);
      Work             work = { fixture_make (&writer, "User", user),
                                fixture_make (&writer, "Mailbox", mailbox),
                                fixture_make (&writer, "Group", list),
                                before };
      g_autoptr (GError) error = NULL;
      g_autofree char *id = g_strdup (ms_object_get_id (work.user));

      say ('T', name);
      if (ms_store_write (writer.store, &fixture_context, do_work, &work, NULL, &error))
        {
          say ('A', name);
          g_free (before);
          before = g_steal_pointer (&id);
        }
      else if (g_error_matches (error, MS_ERROR, MS_ERROR_UNAVAILABLE))
        g_usleep (5000); /* its server was killed */
      else
        g_error ("%s", error->message);
      work_clear (&work);
    }
  return NULL;
}

static int
run_writer (const char *uri)
{
  g_autoptr (GError) error = NULL;

  writer.schemas = ms_schema_registry_new_builtin ();
  writer.store = ms_store_open (uri, writer.schemas, 0, &error);
  g_assert_no_error (error);
  for (int i = 0; i < WRITERS; i++)
    g_thread_unref (g_thread_new ("write", write_for_ever, NULL));
  while (TRUE)
    pause ();
  return 0;
}

/* Killing it ---------------------------------------------------------------------------------- */

static GPid
start_writer (Fixture *fixture, int *output)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) environment
          = g_environ_setenv (g_get_environ (), "MS_TEST_WRITE_FOR_EVER", fixture->uri, TRUE);
  char *arguments[] = { (char *) "/proc/self/exe", NULL };
  GPid  pid = 0;

  g_assert_true (g_spawn_async_with_pipes (NULL,
                                           arguments,
                                           environment,
                                           G_SPAWN_DO_NOT_REAP_CHILD,
                                           NULL,
                                           NULL,
                                           &pid,
                                           NULL,
                                           output,
                                           NULL,
                                           &error));
  g_assert_no_error (error);
  return pid;
}

static guint
count_answers (const GString *said)
{
  guint n = 0;

  for (gsize i = 0; i < said->len; i++)
    n += said->str[i] == 'A';
  return n;
}

static void
kill_server (gboolean server)
{
#ifdef HAVE_POSTGRES
  if (server)
    postgres_server_kill ();
#endif
}

static void
start_server (gboolean server)
{
#ifdef HAVE_POSTGRES
  if (server)
    postgres_server_start ();
#endif
}

/* What it said until it died, a random while after its first answers. */
static char *
kill_writer (GPid pid, int output, gboolean server)
{
  GString *said = g_string_new (NULL);
  guint    enough = (guint) g_random_int_range (1, 12);
  char     buffer[4096];
  ssize_t  got;

  while ((got = read (output, buffer, sizeof buffer)) > 0)
    {
      g_string_append_len (said, buffer, got);
      if (enough == 0 || count_answers (said) < enough)
        continue;
      enough = 0;
      g_usleep ((gulong) g_random_int_range (0, 4000));
      kill_server (server);
      g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
    }
  close (output);
  g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
  start_server (server);
  return g_string_free (said, FALSE);
}

/* Looking at what it left --------------------------------------------------------------------- */

typedef struct
{
  const MsResourceType *user;
  const MsResourceType *mailbox;
  const char           *name;
  gboolean              there;
} Look;

static gboolean
do_look (MsTxn *txn, gpointer data, GError **error)
{
  Look            *look = data;
  g_autofree char *address = g_strconcat (look->name, "@x.org", NULL);
  g_autoptr (MsObject) user = ms_txn_find_object (txn, look->user, "userName", look->name, error);
  g_autoptr (MsObject) mailbox = ms_txn_find_object (txn, look->mailbox, "address", address, error);

  look->there = user != NULL;
  g_assert_cmpint (user != NULL, ==, mailbox != NULL);
  if (user == NULL)
    return TRUE;
  const char      *id = ms_object_get_id (user);
  g_autofree char *secret = ms_txn_get_secret (txn, id, "password", error);
  g_autoptr (GPtrArray) lists = ms_txn_list_links (txn, id, "members", TRUE, 0, error);
  g_assert_cmpstr (secret, ==, "$y$nothing");
  g_assert_cmpuint (lists->len, ==, 1);
  const MsLinkTarget *list = lists->pdata[0];
  g_autoptr (GPtrArray) members = ms_txn_list_links (txn, list->id, "members", FALSE, 0, error);
  g_assert_cmpuint (members->len, ==, 2);
  g_assert_cmpstr (ms_object_get_link (mailbox, "owner"), ==, id);
  return TRUE;
}

typedef struct
{
  guint answered;
  guint unanswered; /* and there all the same */
  guint lost;       /* neither */
} Tally;

static void
look_at (Fixture *fixture, const char *said, Tally *tally)
{
  g_auto (GStrv) lines = g_strsplit (said, "\n", -1);
  g_autoptr (GHashTable) answered = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; lines[i + 1] != NULL; i++)
    if (lines[i][0] == 'A')
      g_hash_table_add (answered, lines[i] + 1);
  for (guint i = 0; lines[i + 1] != NULL; i++)
    {
      Look look = {
        fixture_type (fixture, "User"), fixture_type (fixture, "Mailbox"), lines[i] + 1, FALSE
      };

      if (lines[i][0] != 'T')
        continue;
      fixture_read (fixture, do_look, &look);
      if (g_hash_table_contains (answered, look.name))
        {
          g_assert_true (look.there);
          tally->answered++;
        }
      else if (look.there)
        tally->unanswered++;
      else
        tally->lost++;
    }
  fixture_check_sound (fixture);
}

static gboolean
do_nothing (MsTxn *txn, gpointer data, GError **error)
{
  return TRUE;
}

static void
test_killed (Fixture *fixture, gconstpointer data)
{
  const char *wanted = g_getenv ("MS_TEST_KILLS");
  int         rounds = wanted != NULL ? atoi (wanted) : 200;
  gboolean    is_server = strcmp (fixture->driver, "postgresql") == 0;
  Tally       tally = { 0 };

  for (int round = 0; round < rounds; round++)
    {
      gboolean server = is_server && round % SERVER_ROUND == SERVER_ROUND - 1;
      int      output = -1;

      if (round % ROUNDS_PER_STORE == 0 && round > 0)
        {
          g_test_message ("%d kills", round);
          fixture_renew (fixture);
        }
      fixture_close (fixture);
      GPid             pid = start_writer (fixture, &output);
      g_autofree char *said = kill_writer (pid, output, server);
      fixture_reopen (fixture);
      /* A transaction of the dead that its server goes on with is over when we have had our turn.
       */
      fixture_write (fixture, do_nothing, NULL);
      look_at (fixture, said, &tally);
    }
  g_test_message ("%d kills: %u writes answered and there, %u unanswered and there, %u not there",
                  rounds,
                  tally.answered,
                  tally.unanswered,
                  tally.lost);
  g_assert_cmpuint (tally.answered, >=, (guint) rounds);
}

int
main (int argc, char *argv[])
{
  if (g_getenv ("MS_TEST_WRITE_FOR_EVER") != NULL)
    return run_writer (g_getenv ("MS_TEST_WRITE_FOR_EVER"));

  /* Wherever ./check has the other suites make their folders. */
  g_setenv ("TMPDIR", "/var/tmp", TRUE);
  g_test_init (&argc, &argv, NULL);
#ifdef HAVE_POSTGRES
  postgres_server_make_durable ();
#endif
  fixture_add ("killed", NULL, test_killed);
  return g_test_run ();
}
