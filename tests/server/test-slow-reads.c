/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lists that take long: they are begun anew on threads of their own, one user's one after the
 * other, and given up in the end. What is long is what the options say, so that nothing here needs
 * to be.
 */
#include <string.h>
#include "harbour.h"
#include "ms-error.h"
#include "ms-slow-reads.h"

#define OF_ONE 17 /* that run or wait */

static Harbour *
open_harbour (guint list_msec)
{
  MsServerOptions options;

  ms_server_options_init (&options);
  options.threads = 2;
  options.quick_msec = options.busy_msec = 0;
  options.list_msec = list_msec;
  return harbour_new (&options);
}

typedef struct
{
  const char *method;
  const char *path;
  const char *body;
  const char *answer; /* has this */
} ListCase;

static const ListCase lists[] = {
  { "GET", "/scim/v2/Users?filter=userName%20sw%20%22a%22", NULL, "\"totalResults\":1" },
  { "GET", "/scim/v2/Users?filter=title%20pr&count=0", NULL, "\"totalResults\":0" },
  { "GET", "/scim/v2/Users?cursor&count=1", NULL, "\"userName\":\"admin\"" },
  { "GET", "/scim/v2?search=admin", NULL, "\"userName\":\"admin\"" },
  { "POST", "/scim/v2/.search", "{\"filter\":\"userName co \\\"dm\\\"\"}", "\"admin\"" },
  { "POST", "/scim/v2/Users/.search", "{\"sortBy\":\"title\"}", "\"admin\"" },
  { "GET", "/api/v1/ranges?type=User&step=1", NULL, "\"from\":\"admin\"" },
};

static void
test_put_off (void)
{
  g_autoptr (Harbour) h = open_harbour (60 * 1000);

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autoptr (Answer) answer = ask (h, lists[i].method, lists[i].path, lists[i].body, NULL);
      g_test_message ("%s", lists[i].path);
      assert_status (answer, 200);
      g_assert_nonnull (strstr (answer->reply->body->str, lists[i].answer));
    }
  g_autoptr (Answer) unknown = ask (h, "GET", "/scim/v2/Users?filter=colour%20pr", NULL, NULL);
  assert_status (unknown, 200);
  g_assert_cmpstr (wire_reply_get (unknown->reply, "x-mailstead-ignored"), ==, "colour");
  g_autoptr (Answer) wrong = ask (h, "GET", "/scim/v2/Users?filter=x", NULL, NULL);
  assert_status (wrong, 400);
}

static void
test_given_up (void)
{
  g_autoptr (Harbour) h = open_harbour (0);

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autoptr (Answer) answer = ask (h, lists[i].method, lists[i].path, lists[i].body, NULL);
      g_test_message ("%s", lists[i].path);
      assert_status (answer, 400);
      g_assert_cmpstr (get_text (answer, "scimType"), ==, "tooMany");
    }
  /* What is no list may take its time. */
  g_autoptr (Answer) me = ask (h, "GET", "/scim/v2/Me", NULL, NULL);
  assert_status (me, 200);
  g_autoptr (Answer) exported
             = ask (h, "GET", "/api/v1/export?type=User&filter=userName%20pr", NULL, NULL);
  assert_status (exported, 200);
  g_assert_nonnull (strstr (exported->reply->body->str, "admin"));
}

/* Turns ------------------------------------------------------------------------------------------
 */

typedef struct
{
  GMutex   lock;
  GCond    changed;
  gboolean open; /* whoever runs may end */
  GString *log;  /* who began, in order; in capitals who was refused */
} Turns;

typedef struct
{
  Turns *turns;
  char   name;
} Turn;

static void
on_turn_cb (gpointer data, gboolean refused)
{
  Turn  *turn = data;
  Turns *turns = turn->turns;

  g_mutex_lock (&turns->lock);
  g_string_append_c (turns->log, refused ? g_ascii_toupper (turn->name) : turn->name);
  g_cond_broadcast (&turns->changed);
  while (!turns->open && !refused)
    g_cond_wait (&turns->changed, &turns->lock);
  g_mutex_unlock (&turns->lock);
}

static void
wait_for_turns (Turns *turns, gsize count)
{
  g_mutex_lock (&turns->lock);
  while (turns->log->len < count)
    g_cond_wait (&turns->changed, &turns->lock);
  g_mutex_unlock (&turns->lock);
}

static void
push_turn (MsSlowReads *slow, Turn *turn)
{
  const char who[] = { turn->name, '\0' };
  g_autoptr (GError) error = NULL;

  g_assert_true (ms_slow_reads_reserve (slow, who, &error));
  g_assert_no_error (error);
  ms_slow_reads_push (slow, who, on_turn_cb, turn);
}

static void
test_turns (void)
{
  MsSlowReads *slow = ms_slow_reads_new ();
  Turns        turns = { .log = g_string_new (NULL) };
  Turn         a = { &turns, 'a' };
  Turn         b = { &turns, 'b' };
  g_autoptr (GError) many = NULL;
  g_autoptr (GError) closed = NULL;

  g_mutex_init (&turns.lock);
  g_cond_init (&turns.changed);
  for (guint i = 0; i < OF_ONE; i++)
    push_turn (slow, &a);
  g_assert_true (ms_slow_reads_has (slow, "a"));
  g_assert_false (ms_slow_reads_has (slow, "b"));
  g_assert_false (ms_slow_reads_reserve (slow, "a", &many));
  g_assert_error (many, MS_ERROR, MS_ERROR_LIMIT);
  wait_for_turns (&turns, 1);
  /* The other thread is not for who has one already. */
  push_turn (slow, &b);
  wait_for_turns (&turns, 2);
  g_assert_cmpstr (turns.log->str, ==, "ab");

  ms_slow_reads_close (slow);
  g_assert_false (ms_slow_reads_reserve (slow, "c", &closed));
  g_assert_error (closed, MS_ERROR, MS_ERROR_UNAVAILABLE);
  g_mutex_lock (&turns.lock);
  turns.open = TRUE;
  g_cond_broadcast (&turns.changed);
  g_mutex_unlock (&turns.lock);
  ms_slow_reads_free (slow);
  g_assert_cmpstr (turns.log->str, ==, "abAAAAAAAAAAAAAAAA");
  g_string_free (turns.log, TRUE);
  g_cond_clear (&turns.changed);
  g_mutex_clear (&turns.lock);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/slow-reads/put-off", test_put_off);
  g_test_add_func ("/slow-reads/given-up", test_given_up);
  g_test_add_func ("/slow-reads/turns", test_turns);
  return g_test_run ();
}
