/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See races.h.
 */
#include "races.h"

#define MAILBOX_SCHEMAS "\"schemas\":[\"urn:ietf:params:scim:schemas:mailstead:2.0:Mailbox\"]"
#define MAIL_GROUP_SCHEMAS "\"schemas\":[\"urn:ietf:params:scim:schemas:mailstead:2.0:MailGroup\"]"
#define USER_SCHEMAS "\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"]"

/* What one of the two does in a round. */
typedef struct
{
  Harbour    *server;
  const char *method;
  const char *path;
  const char *body;
  const char *headers;
  guint       status;
  char       *said;
} Runner;

static struct
{
  GMutex lock;
  GCond  cond;
  guint  waiting;
} barrier;

/* Nobody starts before both are there. */
static void
meet (void)
{
  g_mutex_lock (&barrier.lock);
  guint goal = (barrier.waiting / 2 + 1) * 2;
  barrier.waiting++;
  while (barrier.waiting < goal)
    g_cond_wait (&barrier.cond, &barrier.lock);
  g_cond_broadcast (&barrier.cond);
  g_mutex_unlock (&barrier.lock);
}

static gpointer
run (gpointer data)
{
  Runner *runner = data;

  meet ();
  g_autoptr (Answer) answer
             = ask (runner->server, runner->method, runner->path, runner->body, runner->headers);
  runner->status = answer->status;
  runner->said = g_strdup (answer->reply->body->str);
  return NULL;
}

/* Both at once: one gets @won, the other @lost. */
static void
race (Runner *one, Runner *other, guint won, guint lost)
{
  GThread *threads[] = { g_thread_new ("race", run, one), g_thread_new ("race", run, other) };

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  if (MIN (one->status, other->status) != won || MAX (one->status, other->status) != lost)
    g_test_message ("%u %s\n%u %s", one->status, one->said, other->status, other->said);
  g_assert_cmpuint (MIN (one->status, other->status), ==, won);
  g_assert_cmpuint (MAX (one->status, other->status), ==, lost);
  g_clear_pointer (&one->said, g_free);
  g_clear_pointer (&other->said, g_free);
}

/* Their own connections, kept from round to round; the third is for what comes before and after. */
typedef struct
{
  Harbour one;
  Harbour other;
  Harbour judge;
} Course;

static void
course_clear (Course *self)
{
  g_clear_pointer (&self->one.wire, wire_close);
  g_clear_pointer (&self->other.wire, wire_close);
  g_clear_pointer (&self->judge.wire, wire_close);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Course, course_clear)

static Course
make_course (Harbour *one, Harbour *other)
{
  return (Course){ .one = { .port = one->port, .token = one->token },
                   .other = { .port = other->port, .token = other->token },
                   .judge = { .port = other->port, .token = other->token } };
}

void
race_if_match (Harbour *one, Harbour *other, guint rounds)
{
  g_auto (Course) course = make_course (one, other);
  g_autofree char *id = make_user (&course.judge, "if-match");
  g_autofree char *path = g_strconcat ("/scim/v2/Users/", id, NULL);

  for (guint i = 1; i <= rounds; i++)
    {
      g_autofree char *headers = g_strdup_printf ("If-Match: W/\"%u\"\r\n", i);
      g_autofree char *first
          = g_strdup_printf ("{" PATCH_SCHEMAS ",\"Operations\":[{\"op\":\"replace\","
                             "\"path\":\"title\",\"value\":\"first of %u\"}]}",
                             i);
      g_autofree char *second
          = g_strdup_printf ("{" PATCH_SCHEMAS ",\"Operations\":[{\"op\":\"replace\","
                             "\"path\":\"title\",\"value\":\"second of %u\"}]}",
                             i);
      Runner a = { &course.one, "PATCH", path, first, headers, 0, NULL };
      Runner b = { &course.other, "PATCH", path, second, headers, 0, NULL };
      race (&a, &b, 200, 412);
      g_autoptr (Answer) now = ask (&course.judge, "GET", path, NULL, NULL);
      g_autofree char *version = g_strdup_printf ("W/\"%u\"", i + 1);
      g_assert_cmpstr (get_text (now, "meta.version"), ==, version);
    }
}

void
race_user_name (Harbour *one, Harbour *other, guint rounds)
{
  g_auto (Course) course = make_course (one, other);

  for (guint i = 0; i < rounds; i++)
    {
      g_autofree char *lower = g_strdup_printf ("{" USER_SCHEMAS ",\"userName\":\"runner%u\"}", i);
      g_autofree char *upper = g_strdup_printf ("{" USER_SCHEMAS ",\"userName\":\"RUNNER%u\"}", i);
      Runner           a = { &course.one, "POST", "/scim/v2/Users", lower, NULL, 0, NULL };
      Runner           b = { &course.other, "POST", "/scim/v2/Users", upper, NULL, 0, NULL };
      race (&a, &b, 201, 409);
    }
}

void
race_address (Harbour *one, Harbour *other, guint rounds)
{
  g_auto (Course) course = make_course (one, other);

  for (guint i = 0; i < rounds; i++)
    {
      g_autofree char *mailbox = g_strdup_printf ("{" MAILBOX_SCHEMAS ",\"name\":\"race%u\"}", i);
      g_autofree char *list = g_strdup_printf (
          "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\","
          "\"urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group\"],"
          "\"displayName\":\"race\",\"urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group\":"
          "{\"address\":\"race%u@harbour.example\"}}",
          i);
      Harbour *boxes = i % 2 == 0 ? &course.one : &course.other;
      Harbour *lists = i % 2 == 0 ? &course.other : &course.one;
      Runner   a = { boxes, "POST", "/scim/v2/Mailboxes", mailbox, NULL, 0, NULL };
      Runner   b = { lists, "POST", "/scim/v2/Groups", list, NULL, 0, NULL };
      race (&a, &b, 201, 409);
    }
}

void
race_group_address (Harbour *one, Harbour *other, guint rounds)
{
  g_auto (Course) course = make_course (one, other);

  for (guint i = 0; i < rounds; i++)
    {
      g_autofree char *group = g_strdup_printf ("{" MAIL_GROUP_SCHEMAS ",\"name\":\"crew%u\","
                                                "\"address\":\"crew%u@harbour.example\"}",
                                                i,
                                                i);
      g_autofree char *mailbox = g_strdup_printf ("{" MAILBOX_SCHEMAS ",\"name\":\"CREW%u\"}", i);
      g_autofree char *list = g_strdup_printf (
          "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\","
          "\"urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group\"],"
          "\"displayName\":\"crew\",\"urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group\":"
          "{\"address\":\"Crew%u@harbour.example\"}}",
          i);
      gboolean    with_list = i % 2 == 0;
      const char *path = with_list ? "/scim/v2/Groups" : "/scim/v2/Mailboxes";
      Runner      a = { &course.one, "POST", "/scim/v2/MailGroups", group, NULL, 0, NULL };
      Runner      b = { &course.other, "POST", path, with_list ? list : mailbox, NULL, 0, NULL };
      race (&a, &b, 201, 409);
    }
}

/* Another server takes up the schemas that one has changed within moments, and writes none of their
 * objects before. */
static void
wait_for_tools (Harbour *server)
{
  gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  guint  status = 0;

  while (status != 201 && g_get_monotonic_time () < end)
    {
      g_autoptr (Answer) answer
                 = ask (server, "POST", "/scim/v2/Tools", "{\"name\":\"first\"}", NULL);
      status = answer->status;
      if (status != 201)
        g_usleep (20 * 1000);
    }
  g_assert_cmpuint (status, ==, 201);
}

void
race_unique_value (Harbour *one, Harbour *other, guint rounds)
{
  static const char schemas[]
      = "{\"name\":\"tools\",\"file\":{\"schemas\":[{\"id\":\"urn:example:test:Tool\","
        "\"name\":\"Tool\",\"attributes\":[{\"name\":\"name\",\"required\":true,"
        "\"label\":true},{\"name\":\"mark\",\"uniqueness\":\"server\"}]}],"
        "\"resourceTypes\":[{\"name\":\"Tool\",\"endpoint\":\"/Tools\","
        "\"schema\":\"urn:example:test:Tool\"}]}}";
  g_auto (Course) course = make_course (one, other);
  g_autoptr (Answer) added = ask (&course.one, "POST", "/api/v1/schemas", schemas, NULL);

  assert_status (added, 201);
  wait_for_tools (&course.one);
  wait_for_tools (&course.other);
  for (guint i = 0; i < rounds; i++)
    {
      g_autofree char *lower = g_strdup_printf ("{\"name\":\"a\",\"mark\":\"mark%u\"}", i);
      g_autofree char *upper = g_strdup_printf ("{\"name\":\"b\",\"mark\":\"MARK%u\"}", i);
      Runner           a = { &course.one, "POST", "/scim/v2/Tools", lower, NULL, 0, NULL };
      Runner           b = { &course.other, "POST", "/scim/v2/Tools", upper, NULL, 0, NULL };
      race (&a, &b, 201, 409);
    }
}

static char *
make_mail_group (Harbour *server, char letter, guint round)
{
  g_autofree char *body
      = g_strdup_printf ("{" MAIL_GROUP_SCHEMAS ",\"name\":\"%c%u\"}", letter, round);

  return make_object (server, "/scim/v2/MailGroups", body);
}

static char *
make_parent_patch (const char *parent)
{
  return g_strdup_printf ("{" PATCH_SCHEMAS ",\"Operations\":[{\"op\":\"replace\","
                          "\"path\":\"parent\",\"value\":{\"value\":\"%s\"}}]}",
                          parent);
}

void
race_cycle (Harbour *one, Harbour *other, guint rounds)
{
  g_auto (Course) course = make_course (one, other);

  for (guint i = 0; i < rounds; i++)
    {
      g_autofree char *a = make_mail_group (&course.judge, 'a', i);
      g_autofree char *b = make_mail_group (&course.judge, 'b', i);
      g_autofree char *path_a = g_strconcat ("/scim/v2/MailGroups/", a, NULL);
      g_autofree char *path_b = g_strconcat ("/scim/v2/MailGroups/", b, NULL);
      g_autofree char *below_a = make_parent_patch (a);
      g_autofree char *below_b = make_parent_patch (b);
      Runner           first = { &course.one, "PATCH", path_a, below_b, NULL, 0, NULL };
      Runner           second = { &course.other, "PATCH", path_b, below_a, NULL, 0, NULL };
      race (&first, &second, 200, 400);
    }
}

void
race_primary (Harbour *one, Harbour *other, guint rounds)
{
  g_auto (Course) course = make_course (one, other);
  g_autofree char *owner = make_user (&course.judge, "two-primaries");
  g_autofree char *path
      = g_strdup_printf ("/scim/v2/Mailboxes?count=0&filter=primary%%20eq%%20true%%20and%%20"
                         "owner.value%%20eq%%20%%22%s%%22",
                         owner);

  for (guint i = 0; i < rounds; i++)
    {
      char *bodies[2];
      for (guint j = 0; j < 2; j++)
        bodies[j] = g_strdup_printf ("{" MAILBOX_SCHEMAS ",\"name\":\"primary%u-%u\","
                                     "\"primary\":true,\"owner\":{\"value\":\"%s\"}}",
                                     i,
                                     j,
                                     owner);
      Runner a = { &course.one, "POST", "/scim/v2/Mailboxes", bodies[0], NULL, 0, NULL };
      Runner b = { &course.other, "POST", "/scim/v2/Mailboxes", bodies[1], NULL, 0, NULL };
      race (&a, &b, 201, 201);
      g_free (bodies[0]);
      g_free (bodies[1]);
      g_autoptr (Answer) list = ask (&course.judge, "GET", path, NULL, NULL);
      g_assert_cmpint (get_number (list, "totalResults"), ==, 1);
    }
}
