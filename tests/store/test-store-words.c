/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Searches against a look at every text: words of any length, script and number, frequent and rare,
 * and frequent in one type only, in any order, whole and with totals that are bounded, at every
 * border of the sizes that decide how they are answered.
 */
#include "store-fixture.h"

#include "ms-query-sizes.h"
#include "ms-row-set.h"
#include "ms-sql.h"
#include "ms-text.h"

#include <string.h>

#define OBJECTS 260
#define SEARCHES 72

/* Some are frequent; of some the folded form has another length. */
static const char *const letters[]
    = { "a", "a",  "a",  "a",  "b", "b", "b", "c", "c", "B",    "é", "É", "e", "ß", "ж",
        "Ж", "字", "画", "힟", "ﬁ", "𝒳", "%", "_", "*", "\\\"", "z", "-", " ", " ", "İ" };

typedef struct
{
  char  *id;
  char  *type;
  char **texts; /* folded */
} Thing;

typedef struct
{
  Fixture   *fixture;
  GRand     *random;
  GPtrArray *things;
} World;

static void
thing_free (gpointer data)
{
  Thing *thing = data;

  g_free (thing->id);
  g_free (thing->type);
  g_strfreev (thing->texts);
  g_free (thing);
}

static char *
make_text (World *world, guint least, guint most)
{
  GString *text = g_string_new (NULL);
  guint    length = (guint) g_rand_int_range (world->random, (gint32) least, (gint32) most + 1);

  for (guint i = 0; i < length; i++)
    {
      guint letter = (guint) g_rand_int_range (world->random, 0, G_N_ELEMENTS (letters));
      g_string_append (text, letters[letter]);
    }
  return g_string_free (text, FALSE);
}

/* As the text is in a body. */
static char *
fold (const char *text)
{
  g_autofree char *plain = g_strdup (text);

  for (char *p = strchr (plain, '\\'); p != NULL; p = strchr (p, '\\'))
    memmove (p, p + 1, strlen (p));
  return ms_text_fold_search (plain);
}

static void
add_thing (World *world, const char *type, const char *json, const char *name, const char *more)
{
  g_autoptr (GError) error = NULL;
  char *id = NULL;

  if (!fixture_try_insert (world->fixture, type, json, &id, &error))
    return;
  Thing *thing = g_new0 (Thing, 1);
  thing->id = id;
  thing->type = g_strdup (type);
  thing->texts = g_new0 (char *, 3);
  thing->texts[0] = fold (name);
  thing->texts[1] = more != NULL ? fold (more) : NULL;
  g_ptr_array_add (world->things, thing);
}

static void
add_things (World *world)
{
  for (guint i = 0; i < OBJECTS; i++)
    {
      g_autofree char *name = make_text (world, 1, i % 3 == 0 ? 2 : 6);
      g_autofree char *more = make_text (world, 1, 9);
      g_autofree char *group = g_strdup_printf ("{'name':'%s'}", name);
      g_autofree char *user = g_strdup_printf ("{'userName':'%s','displayName':'%s','active':%s}",
                                               name,
                                               more,
                                               i % 4 == 0 ? "true" : "false");
      if (i % 3 == 2)
        add_thing (world, "User", user, name, more);
      else
        add_thing (world, "MailGroup", group, name, NULL);
    }
}

/* What is expected --------------------------------------------------------------------------- */

static gboolean
has_word (const Thing *thing, const char *word)
{
  for (guint i = 0; thing->texts[i] != NULL; i++)
    if (strstr (thing->texts[i], word) != NULL)
      return TRUE;
  return FALSE;
}

static const Thing *
find_thing (World *world, const char *id)
{
  for (guint i = 0; i < world->things->len; i++)
    if (g_strcmp0 (((Thing *) world->things->pdata[i])->id, id) == 0)
      return world->things->pdata[i];
  g_assert_not_reached ();
}

static gboolean
has_words (const Thing *thing, const char *search)
{
  g_autofree char *folded = ms_text_fold_search (search);
  g_auto (GStrv) words = g_strsplit_set (folded, " \t\n\r", -1);

  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0' && !has_word (thing, words[i]))
      return FALSE;
  return TRUE;
}

static gboolean
add_id (MsObject *object, gpointer data, GError **error)
{
  g_ptr_array_add (data, g_strdup (ms_object_get_id (object)));
  return TRUE;
}

typedef struct
{
  World  *world;
  MsQuery query;
} Asked;

/* Those of the list without the search that have the words. */
static GPtrArray *
expect (MsTxn *txn, Asked *asked)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
  MsQuery    whole = asked->query;

  whole.search = NULL;
  whole.bounded = FALSE;
  whole.start = 0;
  whole.count = 100000;
  g_assert_true (ms_txn_query (txn, &whole, add_id, ids, NULL, NULL));
  for (guint i = ids->len; i > 0; i--)
    if (!has_words (find_thing (asked->world, ids->pdata[i - 1]), asked->query.search))
      g_ptr_array_remove_index (ids, i - 1);
  return ids;
}

static gboolean
is_blank (const char *search)
{
  return search[strspn (search, " ")] == '\0';
}

static void
check_page (MsTxn *txn, Asked *asked, GPtrArray *expected, gint64 start, gint64 count)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  MsQuery query = asked->query;
  gint64  all = expected->len;
  gint64  total = -1;

  query.start = start;
  query.count = count;
  gboolean done = ms_txn_query (txn, &query, count > 0 ? add_id : NULL, ids, &total, &error);
  g_assert_no_error (error);
  g_assert_true (done);
  g_assert_cmpint (total,
                   ==,
                   query.bounded && !is_blank (query.search) ? MIN (all, ms_query_sizes.counted + 1)
                                                             : all);
  g_assert_cmpint (ids->len, ==, CLAMP (all - start, 0, count));
  for (guint i = 0; i < ids->len; i++)
    g_assert_cmpstr (ids->pdata[i], ==, expected->pdata[start + i]);
}

static gboolean
do_check (MsTxn *txn, gpointer data, GError **error)
{
  Asked *asked = data;
  g_autoptr (GPtrArray) expected = expect (txn, asked);

  check_page (txn, asked, expected, 0, 0);
  for (gint64 start = 0; start <= (gint64) expected->len; start += 1 + expected->len / 5)
    check_page (txn, asked, expected, start, 4);
  check_page (txn, asked, expected, 0, 100000);
  return TRUE;
}

/* --------------------------------------------------------------------------------------------- */

static const struct
{
  const char *type;
  const char *sort;
  const char *filter;
} lists[] = {
  { "MailGroup", NULL, NULL },
  { "MailGroup", "name", NULL },
  { "User", "userName", NULL },
  { "User", "displayName", "active eq true" },
  { "User", "title", "not (active eq true)" },
  { "User", NULL, "userName co \"b\"" },
};

/* A part of some text, or what nobody has. */
static char *
make_word (World *world)
{
  guint        which = (guint) g_rand_int_range (world->random, 0, (gint32) world->things->len);
  const Thing *thing = world->things->pdata[which];
  const char  *text = thing->texts[g_strv_length (thing->texts) - 1];
  glong        length = g_utf8_strlen (text, -1);

  if (length == 0 || g_rand_int_range (world->random, 0, 8) == 0)
    return g_strdup ("q");
  glong            start = g_rand_int_range (world->random, 0, (gint32) length);
  glong            wanted = start + g_rand_int_range (world->random, 1, 5);
  glong            end = MIN (length, wanted);
  g_autofree char *part = g_utf8_substring (text, start, end);
  return g_rand_boolean (world->random) ? g_utf8_strup (part, -1) : g_steal_pointer (&part);
}

static void
check_searches (World *world, const char *search)
{
  for (guint i = 0; i < G_N_ELEMENTS (lists) * 4; i++)
    {
      const MsResourceType *type = fixture_type (world->fixture, lists[i / 4].type);
      const char           *sort = lists[i / 4].sort;
      const char           *text = lists[i / 4].filter;
      g_autoptr (MsFilter) filter = text != NULL ? ms_filter_parse (type, text, NULL) : NULL;
      Asked asked = { world,
                      { .type = type,
                        .filter = filter,
                        .search = search,
                        .sort_by = sort != NULL ? ms_resource_type_find (type, sort) : NULL,
                        .descending = i % 2 == 1,
                        .bounded = i / 2 % 2 == 1 } };

      g_test_message ("“%s” in %s by %s, %s, %d, %d",
                      search,
                      type->name,
                      sort,
                      text,
                      asked.query.descending,
                      asked.query.bounded);
      fixture_read (world->fixture, do_check, &asked);
    }
}

typedef struct
{
  MsQuery    query;
  GPtrArray *expected;
} Filtered;

static gboolean
add_matching (MsObject *object, gpointer data, GError **error)
{
  Filtered *filtered = data;

  if (ms_filter_matches (filtered->query.filter, ms_object_get_attributes (object)))
    g_ptr_array_add (filtered->expected, g_strdup (ms_object_get_id (object)));
  return TRUE;
}

static gboolean
do_check_filter (MsTxn *txn, gpointer data, GError **error)
{
  Filtered *filtered = data;
  MsQuery   all = filtered->query;
  gint64    total = -1;
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);

  all.filter = NULL;
  g_assert_true (ms_txn_query (txn, &all, add_matching, filtered, NULL, error));
  g_assert_true (ms_txn_query (txn, &filtered->query, add_id, ids, &total, error));
  g_assert_cmpint (total, ==, filtered->expected->len);
  g_assert_cmpuint (ids->len, ==, filtered->expected->len);
  for (guint i = 0; i < ids->len; i++)
    g_assert_cmpstr (ids->pdata[i], ==, filtered->expected->pdata[i]);
  return TRUE;
}

/* Parts and ends of values, which the same index may answer. */
static void
check_parts (World *world, const char *part)
{
  static const char *const filters[] = { "displayName co \"%s\"",
                                         "displayName ew \"%s\"",
                                         "userName co \"%s\"",
                                         "userName ew \"%s\" and active eq false" };
  const MsResourceType    *type = fixture_type (world->fixture, "User");

  if (strpbrk (part, "\"\\") != NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      g_auto (GStrv) halves = g_strsplit (filters[i], "%s", 2);
      g_autofree char *text = g_strjoinv (part, halves);
      g_autoptr (MsFilter) filter = ms_filter_parse (type, text, NULL);
      g_autoptr (GPtrArray) expected = g_ptr_array_new_with_free_func (g_free);
      Filtered filtered = { { .type = type, .filter = filter, .count = 100000 }, expected };

      g_assert_nonnull (filter);
      g_test_message ("%s", text);
      fixture_read (world->fixture, do_check_filter, &filtered);
    }
}

/* Bound, what is small enough to be looked at, what is walked for a page */
static const gint64 sizes[][3] = { { 0, 1, 1000 },   { 5, 2, 8 },   { 5, 1, 1000 },
                                   { 20, 60, 1000 }, { 40, 1, 50 }, { 1000, 10, 1000 } };

static void
test_random (Fixture *fixture, gconstpointer data)
{
  MsQuerySizes usual = ms_query_sizes;
  World        world
      = { fixture, g_rand_new_with_seed (20261128), g_ptr_array_new_with_free_func (thing_free) };

  add_things (&world);
  g_assert_cmpuint (world.things->len, >, OBJECTS / 2);
  for (guint i = 0; i < SEARCHES; i++)
    {
      g_autofree char *word = make_word (&world);
      g_autofree char *other = make_word (&world);
      g_autofree char *search = i % 3 == 2 ? g_strconcat (word, " ", other, NULL) : g_strdup (word);

      ms_query_sizes.few = i % 2 == 0 ? 3 : 1000;
      ms_query_sizes.counted = sizes[i % G_N_ELEMENTS (sizes)][0];
      ms_query_sizes.looked_at = sizes[i % G_N_ELEMENTS (sizes)][1];
      ms_query_sizes.tested = sizes[i % G_N_ELEMENTS (sizes)][2];
      ms_query_sizes.keys = i % 4 == 0 ? 1000 : 3;
      check_searches (&world, search);
      check_parts (&world, search);
    }
  ms_query_sizes = usual;
  g_rand_free (world.random);
  g_ptr_array_unref (world.things);
}

/* The bound itself is still an exact total. */
static void
test_bound (Fixture *fixture, gconstpointer data)
{
  MsQuerySizes usual = ms_query_sizes;
  World        world = { fixture, NULL, g_ptr_array_new_with_free_func (thing_free) };

  for (guint i = 0; i < 30; i++)
    {
      g_autofree char *name = g_strdup_printf ("crew%02u", i);
      g_autofree char *json = g_strdup_printf ("{'name':'%s'}", name);
      add_thing (&world, "MailGroup", json, name, NULL);
    }
  for (gint64 counted = 28; counted <= 32; counted++)
    {
      ms_query_sizes.counted = counted;
      ms_query_sizes.looked_at = 1;
      check_searches (&world, "crew");
      check_searches (&world, "ew");
      check_searches (&world, "w");
      check_searches (&world, "w cr");
    }
  ms_query_sizes = usual;
  g_ptr_array_unref (world.things);
}

/* Of two types one has a word always, the other hardly, and letters of it sometimes. */
static void
add_uneven (World *world, const char *type, gboolean always)
{
  for (guint i = 0; i < OBJECTS / 2; i++)
    {
      g_autofree char *part = make_text (world, 1, 3);
      g_autofree char *often = g_strdup_printf ("harbour %s%u", part, i);
      g_autofree char *seldom = g_strdup_printf ("%s%s%u",
                                                 i % 40 == 7  ? "harbour "
                                                 : i % 9 == 0 ? "ha"
                                                 : i % 9 == 1 ? "hand"
                                                 : i % 9 == 2 ? "our"
                                                              : "",
                                                 part,
                                                 i);
      const char      *name = always ? often : seldom;
      g_autofree char *json = g_strdup_printf (
          strcmp (type, "User") == 0 ? "{'userName':'%s','displayName':'x','active':%s}"
                                     : "{'name':'%s'}",
          name,
          i % 4 == 0 ? "true" : "false");
      add_thing (world, type, json, name, strcmp (type, "User") == 0 ? "x" : NULL);
    }
}

static void
test_uneven (Fixture *fixture, gconstpointer data)
{
  static const char *const searches[]
      = { "ha", "harbour", "har", "h", "r", "ou", "our 1", "ha b", "a har", "hand", "our harb" };
  gboolean     users = GPOINTER_TO_INT (data);
  MsQuerySizes usual = ms_query_sizes;
  World world = { fixture, g_rand_new_with_seed (42), g_ptr_array_new_with_free_func (thing_free) };

  add_uneven (&world, "User", users);
  add_uneven (&world, "MailGroup", !users);
  g_assert_cmpuint (world.things->len, >, OBJECTS / 2);
  for (guint i = 0; i < 2 * G_N_ELEMENTS (searches); i++)
    {
      const gint64 *size = sizes[i % G_N_ELEMENTS (sizes)];

      ms_query_sizes.few = i % 2 == 0 ? 3 : 1000;
      ms_query_sizes.counted = size[0];
      ms_query_sizes.looked_at = size[1];
      ms_query_sizes.tested = size[2];
      check_searches (&world, searches[i % G_N_ELEMENTS (searches)]);
    }
  ms_query_sizes = usual;
  g_rand_free (world.random);
  g_ptr_array_unref (world.things);
}

typedef struct
{
  MsRowSet *users;
  guint     handed;
} Handed;

static gboolean
note_row (gint64 row, gpointer data)
{
  Handed *handed = data;

  g_assert_true (ms_row_set_contains (handed->users, row));
  handed->handed++;
  return TRUE;
}

/* Who searches in one type does not step over what the others have. */
static void
test_by_type (Fixture *fixture, gconstpointer data)
{
  static const char *const words[][2] = { { "harbour" }, { "ha" }, { "h" } };
  g_autoptr (GError) error = NULL;
  const char *location = NULL;
  gboolean    row = TRUE;
  World world = { fixture, g_rand_new_with_seed (7), g_ptr_array_new_with_free_func (thing_free) };

  add_uneven (&world, "User", FALSE);
  add_uneven (&world, "MailGroup", TRUE);
  fixture_close (fixture);
  const MsSqlDriver *driver = ms_sql_driver_for_uri (fixture->uri, &location, &error);
  MsDatabase        *database = driver->open (location, MS_STORE_READ_ONLY, &error);
  g_assert_no_error (error);
  MsSql *sql = driver->connect (database, FALSE, &error);
  g_assert_no_error (error);
  g_autoptr (MsRowSet) users = ms_row_set_new ();
  g_autoptr (MsStatement) statement
             = ms_sql_query (sql, &error, "SELECT n FROM object WHERE type = 'User'", "");
  while (ms_statement_step (statement, &row, &error) && row)
    ms_row_set_add (users, ms_statement_get_int (statement, 0));
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      Handed        handed = { users, 0 };
      MsSqlStreamed streamed = MS_SQL_STREAMED_SOME;

      g_assert_true (driver->search_stream (
          sql, "User", words[i], 0, G_MAXINT64, note_row, &handed, &streamed, &error));
      g_assert_cmpuint (handed.handed, >, 0);
    }
  g_clear_pointer (&statement, ms_statement_release);
  driver->disconnect (sql);
  driver->close (database);
  fixture_reopen (fixture);
  g_rand_free (world.random);
  g_ptr_array_unref (world.things);
}

/* Many changes of objects of two types in one write, some of the same one. */
static gboolean
do_change (MsTxn *txn, gpointer data, GError **error)
{
  Fixture *fixture = data;

  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *user_json = g_strdup_printf ("{'userName':'first%u'}", i);
      g_autofree char *group_json = g_strdup_printf ("{'name':'first%u'}", i);
      g_autofree char *later = g_strdup_printf ("later%u", i);
      g_autofree char *last = g_strdup_printf ("last%u", i);
      g_autoptr (MsObject) user = fixture_make (fixture, "User", user_json);
      g_autoptr (MsObject) group = fixture_make (fixture, "MailGroup", group_json);

      if (!ms_txn_insert (txn, user, error) || !ms_txn_insert (txn, group, error))
        return FALSE;
      ms_object_set_string (user, "userName", later);
      if (i % 4 > 0 && !ms_txn_update (txn, user, error))
        return FALSE;
      ms_object_set_string (user, "userName", last);
      if (i % 4 > 1 && !ms_txn_update (txn, user, error))
        return FALSE;
      if (i % 4 > 2 && !ms_txn_delete (txn, user, error))
        return FALSE;
    }
  return TRUE;
}

static void
test_one_write (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *search;
    const char *found;
  } cases[] = { { "first", "first0 first12 first16 first4 first8" },
                { "later", "later1 later13 later17 later5 later9" },
                { "last", "last10 last14 last18 last2 last6" } };

  fixture_write (fixture, do_change, fixture);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *labels
          = fixture_list (fixture, "User", NULL, cases[i].search, "userName", 0, 50, NULL);
      g_assert_cmpstr (labels, ==, cases[i].found);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("words/random", NULL, test_random);
  fixture_add ("words/bound", NULL, test_bound);
  fixture_add ("words/uneven/users", GINT_TO_POINTER (TRUE), test_uneven);
  fixture_add ("words/uneven/groups", GINT_TO_POINTER (FALSE), test_uneven);
  fixture_add_for ("sqlite", "words/by-type", NULL, test_by_type);
  fixture_add ("words/one-write", NULL, test_one_write);
  return g_test_run ();
}
