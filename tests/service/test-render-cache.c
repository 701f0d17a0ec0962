/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is kept of rendered objects: as a property (after any write, reading with it is reading
 * without it), under readers and a writer at once, and its bound.
 */
#include "service-fixture.h"

#include <string.h>

#include "ms-render-cache.h"

#define BASE "https://x/scim/v2"
#define N_OPERATIONS 400

static const char *const types[] = { "User", "Mailbox", "MailGroup", "Group", "Domain" };

/* What the filters by unique values find: names that users and mailboxes have, had or never had. */
static void
read_by_name (Fixture *f, guint n_names, GString *all)
{
  static const struct
  {
    const char *type;
    const char *path;
    const char *before; /* the number in the value */
    const char *after;
  } filters[] = {
    { "User", "userName", "u", "" },
    { "User", "userName", "N", "" },
    { "Mailbox", "name", "b", "" },
    { "Mailbox", "address", "m", "@example.org" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    for (guint n = i; n < n_names; n += 3)
      {
        g_autoptr (GError) error = NULL;
        const MsResourceType *type = fixture_type (f, filters[i].type);
        g_autofree char      *text = g_strdup_printf (
            "%s eq \"%s%u%s\"", filters[i].path, filters[i].before, n, filters[i].after);
        g_autoptr (MsFilter) filter = ms_filter_parse (type, text, &error);
        g_assert_no_error (error);
        MsQuery query = { .type = type, .filter = filter, .count = 10 };
        g_assert_true (ms_service_list (f->service, f->admin, &query, NULL, BASE, all, &error));
        g_string_append_c (all, '\n');
      }
}

/* The whole list by page, then each of @ids by itself; what is not there says so. */
static char *
read_all (Fixture *f, GPtrArray *ids)
{
  GString *all = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GError) error = NULL;
      MsQuery query = { .type = fixture_type (f, types[i]), .count = 1000 };
      g_assert_true (ms_service_list (f->service, f->admin, &query, NULL, BASE, all, &error));
      g_string_append_c (all, '\n');
    }
  read_by_name (f, MIN (ids->len, 60), all);
  for (guint i = 0; i < ids->len; i++)
    for (guint t = 0; t < G_N_ELEMENTS (types); t++)
      {
        g_autoptr (GError) error = NULL;
        gint64                version = 0;
        const MsResourceType *type = fixture_type (f, types[t]);
        if (!ms_service_get (
                f->service, f->admin, type, ids->pdata[i], NULL, BASE, all, &version, &error))
          g_assert_error (error, MS_ERROR, MS_ERROR_NOT_FOUND);
        g_string_append_printf (all, " %" G_GINT64_FORMAT "\n", version);
      }
  return g_string_free (all, FALSE);
}

static char *
read_all_anew (Fixture *f, GPtrArray *ids)
{
  MsRenderCache *kept = g_steal_pointer (&f->service->rendered);
  char          *all = read_all (f, ids);

  f->service->rendered = kept;
  return all;
}

typedef struct
{
  Fixture   *f;
  GRand     *rand;
  GPtrArray *ids;
  GPtrArray *users, *boxes, *groups, *lists;
} Random;

static const char *
any (Random *self, GPtrArray *ids)
{
  if (ids->len == 0)
    return "none";
  return g_ptr_array_index (ids, g_rand_int_range (self->rand, 0, (gint32) ids->len));
}

static void
apply (Random *self, MsVerb verb, const char *type, const char *id, char *body, GPtrArray *into)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *taken = body;
  g_autoptr (MsOutcome) outcome = try_verb (self->f, NULL, verb, type, id, taken, &error);

  if (outcome == NULL || into == NULL || outcome->id == NULL)
    return;
  g_ptr_array_add (self->ids, g_strdup (outcome->id));
  g_ptr_array_add (into, self->ids->pdata[self->ids->len - 1]);
}

static void
create_something (Random *self, guint n)
{
  switch (n % 4)
    {
    case 0:
      apply (self, MS_VERB_CREATE, "User", NULL, json ("{'userName':'u%u'}", n), self->users);
      break;
    case 1:
      apply (self,
             MS_VERB_CREATE,
             "Mailbox",
             NULL,
             json ("{'name':'b%u','owner':{'value':'%s'},'group':{'value':'%s'}}",
                   n,
                   any (self, self->users),
                   any (self, self->groups)),
             self->boxes);
      break;
    case 2:
      apply (self,
             MS_VERB_CREATE,
             "MailGroup",
             NULL,
             n % 8 == 2
                 ? json ("{'name':'g%u'}", n)
                 : json ("{'name':'g%u','parent':{'value':'%s'}}", n, any (self, self->groups)),
             self->groups);
      break;
    default:
      apply (self, MS_VERB_CREATE, "Group", NULL, json ("{'displayName':'l%u'}", n), self->lists);
    }
}

static char *
patch (const char *operation, const char *path, char *value)
{
  char *body = json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                     "'Operations':[{'op':'%s','path':'%s','value':%s}]}",
                     operation,
                     path,
                     value);

  g_free (value);
  return body;
}

/* Each changes something that other objects show, or inherit. */
static void
change_something (Random *self, guint n)
{
  static const char *const ops[] = { "add", "remove", "replace" };
  const char              *user = any (self, self->users);
  const char              *box = any (self, self->boxes);
  const char              *group = any (self, self->groups);
  const char              *list = any (self, self->lists);
  MsVerb                   verb = MS_VERB_PATCH;

  switch (g_rand_int_range (self->rand, 0, 11))
    {
    case 0:
      apply (self, verb, "User", user, patch ("replace", "userName", json ("'n%u'", n)), NULL);
      break;
    case 1:
      apply (self, verb, "User", user, patch ("replace", "displayName", json ("'N %u'", n)), NULL);
      break;
    case 2:
      apply (
          self, verb, "User", user, patch ("replace", "password", json ("'Secret-%u'", n)), NULL);
      break;
    case 3:
      apply (self,
             verb,
             "Mailbox",
             box,
             patch ("replace", "owner", json ("{'value':'%s'}", user)),
             NULL);
      break;
    case 4:
      apply (self, verb, "Mailbox", box, patch ("replace", "name", json ("'m%u'", n)), NULL);
      break;
    case 5:
      apply (self, verb, "Mailbox", box, patch ("replace", "primary", json ("true")), NULL);
      break;
    case 6:
      apply (self,
             verb,
             "MailGroup",
             group,
             patch ("replace", "quota", json ("%u", 1000000 + n)),
             NULL);
      break;
    case 7:
      apply (self,
             verb,
             "MailGroup",
             group,
             patch ("replace", "parent", json ("{'value':'%s'}", any (self, self->groups))),
             NULL);
      break;
    case 8:
      apply (self, verb, "MailGroup", group, patch ("replace", "name", json ("'G%u'", n)), NULL);
      break;
    case 9:
      apply (self,
             verb,
             "Group",
             list,
             patch (ops[n % 3], "members", json ("[{'value':'%s'}]", n % 2 ? user : box)),
             NULL);
      break;
    default:
      apply (
          self,
          MS_VERB_ACTION,
          NULL,
          NULL,
          json (
              "{'verb':'move','ids':['%s','%s'],'to':'%s'}", box, group, any (self, self->groups)),
          NULL);
    }
}

static void
random_operation (Random *self, guint n)
{
  static const char *const deleted[] = { "User", "Mailbox", "MailGroup", "Group" };
  gint32                   dice = g_rand_int_range (self->rand, 0, 20);
  g_autoptr (GError) error = NULL;

  if (dice < 5 || n < 12)
    create_something (self, n);
  else if (dice == 5)
    apply (self, MS_VERB_DELETE, deleted[n % 4], any (self, self->ids), json ("{}"), NULL);
  else if (dice == 6)
    {
      g_autoptr (MsOutcome) undone = undo (self->f, last_sequence (self->f), &error);
    }
  else
    change_something (self, n);
}

static void
test_property (Fixture *f, gconstpointer data)
{
  Random random = { .f = f,
                    .rand = g_rand_new_with_seed (7),
                    .ids = g_ptr_array_new_with_free_func (g_free),
                    .users = g_ptr_array_new (),
                    .boxes = g_ptr_array_new (),
                    .groups = g_ptr_array_new (),
                    .lists = g_ptr_array_new () };
  guint  kept = 0;

  for (guint i = 0; i < N_OPERATIONS; i++)
    {
      random_operation (&random, i);
      g_autofree char *with = read_all (f, random.ids);
      g_autofree char *again = read_all (f, random.ids);
      g_autofree char *without = read_all_anew (f, random.ids);
      g_assert_cmpstr (with, ==, without);
      g_assert_cmpstr (again, ==, without);
      kept = MAX (kept, ms_render_cache_get_length (f->service->rendered));
    }
  g_assert_cmpuint (kept, >, 20);
  g_test_message ("%u objects made, up to %u kept", random.ids->len, kept);
  g_rand_free (random.rand);
  g_ptr_array_unref (random.users);
  g_ptr_array_unref (random.boxes);
  g_ptr_array_unref (random.groups);
  g_ptr_array_unref (random.lists);
  g_ptr_array_unref (random.ids);
}

/* At once ------------------------------------------------------------------------------------- */

typedef struct
{
  Fixture    *f;
  const char *id;
  int         answered; /* atomic: the number that the last answered write set */
  int         stop;     /* atomic */
} Race;

static int
read_number (Race *race, gboolean listed)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  Fixture              *f = race->f;
  const MsResourceType *type = fixture_type (f, "User");
  MsQuery               query = { .type = type, .count = 10 };

  if (listed)
    g_assert_true (ms_service_list (f->service, f->admin, &query, NULL, BASE, out, &error));
  else
    g_assert_true (
        ms_service_get (f->service, f->admin, type, race->id, NULL, BASE, out, NULL, &error));
  const char *title = strstr (out->str, "\"title\":\"");
  g_assert_nonnull (title);
  return atoi (title + strlen ("\"title\":\""));
}

static gpointer
race_reader (gpointer data)
{
  Race *race = data;
  int   last = 0;

  for (guint i = 0; !g_atomic_int_get (&race->stop); i++)
    {
      int answered = g_atomic_int_get (&race->answered);
      int number = read_number (race, i % 3 == 0);
      g_assert_cmpint (number, >=, answered);
      g_assert_cmpint (number, >=, last);
      last = number;
    }
  return NULL;
}

static void
test_race (Fixture *f, gconstpointer data)
{
  g_autofree char *id = make (f, "User", "{'userName':'racer','title':'0'}");
  Race             race = { .f = f, .id = id };
  GThread         *readers[3];

  for (guint i = 0; i < G_N_ELEMENTS (readers); i++)
    readers[i] = g_thread_new ("reader", race_reader, &race);
  for (int i = 1; i <= 300; i++)
    {
      g_autofree char *value = json ("'%d'", i);
      change (f, "User", id, "title", value);
      g_atomic_int_set (&race.answered, i);
    }
  g_atomic_int_set (&race.stop, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (readers); i++)
    g_thread_join (readers[i]);
}

/* Alone --------------------------------------------------------------------------------------- */

static MsObject *
object_in_row (const MsResourceType *type, gint64 row)
{
  g_autofree char *id = g_strdup_printf ("id-%" G_GINT64_FORMAT, row);
  MsObject        *object = ms_object_new (type, id, json_object_new ());

  ms_object_set_row (object, row);
  ms_object_set_version (object, row + 5);
  return object;
}

static void
add_at (MsRenderCache        *cache,
        const MsCacheMoment  *moment,
        const MsResourceType *type,
        gint64                row,
        gsize                 size)
{
  g_autoptr (GArray) sources = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autofree char *text = g_strnfill (size, 'x');
  g_autoptr (MsObject) object = object_in_row (type, row);
  MsRenderedAs as = { type, BASE, NULL };
  gint64       source = MS_CHANGED_CONTENT (row);

  g_array_append_val (sources, source);
  ms_render_cache_add (cache, moment, &as, TRUE, object, text, size, sources);
}

static void
add (MsRenderCache *cache, const MsResourceType *type, gint64 row, gsize size)
{
  MsCacheMoment moment = ms_render_cache_begin (cache);

  add_at (cache, &moment, type, row, size);
}

static gboolean
has (MsRenderCache *cache, const MsResourceType *type, gint64 row, const char *base)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *id = g_strdup_printf ("id-%" G_GINT64_FORMAT, row);
  MsRenderedAs     as = { type, base, "client" };
  gint64           version = 0;
  gboolean         found = ms_render_cache_get (cache, &as, id, out, &version);

  g_assert_cmpint (version, ==, found ? row + 5 : 0);
  return found;
}

static void
test_bound (Fixture *f, gconstpointer data)
{
  const gsize           max = 256 * 1024;
  const MsResourceType *type = fixture_type (f, "User");
  g_autoptr (MsRenderCache) cache = ms_render_cache_new (max);

  for (gint64 row = 1; row <= 1000; row++)
    {
      add (cache, type, row, 1000);
      g_assert_cmpuint (ms_render_cache_get_bytes (cache), <=, max);
      g_assert_true (has (cache, type, 1, BASE)); /* used all the time: stays */
    }
  g_assert_cmpuint (ms_render_cache_get_length (cache), >, 100);
  g_assert_false (has (cache, type, 2, BASE));
  g_assert_true (has (cache, type, 1000, BASE));
  g_assert_false (has (cache, type, 1000, "https://other/scim/v2"));
  g_assert_false (has (cache, fixture_type (f, "Group"), 1000, BASE));
  add (cache, type, 2000, 64 * 1024); /* too large to be worth it */
  g_assert_false (has (cache, type, 2000, BASE));

  gint64 all = MS_CHANGED_ALL;
  ms_render_cache_on_changed (NULL, &all, 1, cache);
  g_assert_cmpuint (ms_render_cache_get_length (cache), ==, 0);
  g_assert_cmpuint (ms_render_cache_get_bytes (cache), ==, 0);
}

/* A commit between reading and adding; a list that was begun before one. */
static void
test_moments (Fixture *f, gconstpointer data)
{
  const MsResourceType *type = fixture_type (f, "User");
  g_autoptr (MsRenderCache) cache = ms_render_cache_new (256 * 1024);
  g_autoptr (GString) out = g_string_new (NULL);
  MsRenderedAs  as = { type, BASE, NULL };
  gint64        other = MS_CHANGED_CONTENT (99);
  MsCacheMoment before = ms_render_cache_begin (cache);

  add (cache, type, 1, 10);
  g_assert_true (ms_render_cache_get_row (cache, &before, &as, 1, out));
  ms_render_cache_on_changed (NULL, &other, 1, cache);
  MsCacheMoment during = ms_render_cache_begin (cache);
  g_assert_true (has (cache, type, 1, BASE));
  g_assert_false (ms_render_cache_get_row (cache, &before, &as, 1, out));
  add_at (cache, &during, type, 3, 3);
  g_assert_false (has (cache, type, 3, BASE));
  ms_render_cache_on_changed (NULL, NULL, 0, cache);
  g_assert_false (ms_render_cache_get_row (cache, &before, &as, 1, out));
  g_assert_false (ms_render_cache_get_row (cache, &during, &as, 1, out));
  MsCacheMoment after = ms_render_cache_begin (cache);
  g_assert_true (ms_render_cache_get_row (cache, &after, &as, 1, out));

  add_at (cache, &before, type, 3, 3);
  add_at (cache, &during, type, 3, 3);
  g_assert_false (has (cache, type, 3, BASE));
  add_at (cache, &after, type, 3, 3);
  g_assert_true (has (cache, type, 3, BASE));
  gint64 first = MS_CHANGED_CONTENT (1);
  ms_render_cache_on_changed (NULL, &first, 1, cache);
  g_assert_false (has (cache, type, 1, BASE));
}

/* What one client calls an object is not shown to another. */
static void
test_clients (Fixture *f, gconstpointer data)
{
  static const char *const clients[] = { NULL, "Entra", "Okta", "" };
  g_autofree char         *user = make (f, "User", "{'userName':'shared'}");
  g_autoptr (MsActor) actor = fixture_actor (f, f->admin->user_id, MS_ROLE_ADMINISTRATOR, "scim");

  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *body = json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                                    "'Operations':[{'op':'add','path':'externalId',"
                                    "'value':'called %u'}]}",
                                    i);
      g_free (actor->client);
      actor->client = g_strdup (clients[i]);
      g_autoptr (MsOutcome) outcome
                 = try_verb (f, actor, MS_VERB_PATCH, "User", user, body, &error);
      g_assert_no_error (error);
    }
  for (guint i = 0; i < 3 * G_N_ELEMENTS (clients); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) out = g_string_new (NULL);
      guint            n = i % G_N_ELEMENTS (clients);
      g_autofree char *wanted = json ("'externalId':'called %u'", n);
      g_free (actor->client);
      actor->client = g_strdup (clients[n]);
      g_assert_true (ms_service_get (
          f->service, actor, fixture_type (f, "User"), user, NULL, BASE, out, NULL, &error));
      g_assert_nonnull (strstr (out->str, wanted));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/render-cache/property", test_property);
  fixture_add ("/render-cache/race", test_race);
  fixture_add ("/render-cache/bound", test_bound);
  fixture_add ("/render-cache/moments", test_moments);
  fixture_add ("/render-cache/clients", test_clients);
  return g_test_run ();
}
