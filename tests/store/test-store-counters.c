/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Counters and index tables after many random operations, compared with what counting finds. The
 * seed is fixed: a failure comes again. ms_store_verify() is the judge of everything else, so a
 * test here also damages a store and wants to hear of it.
 */
#include "store-fixture.h"

#include "store-place.h"

#include <string.h>

#define STEPS 1500
#define MAX_LIVE 40

typedef struct
{
  Fixture   *fixture;
  GRand     *random;
  GPtrArray *users;
  GPtrArray *mailboxes;
  GPtrArray *groups;
  GPtrArray *lists;
  GPtrArray *bin;
  guint      next;

  /* What the step at hand makes of the lists above, if it is kept */
  GPtrArray *into;
  GPtrArray *out_of;
  char      *moved;
} World;

static void
plan (World *world, GPtrArray *into, GPtrArray *out_of, const char *id)
{
  world->into = into;
  world->out_of = out_of;
  g_free (world->moved);
  world->moved = g_strdup (id);
}

static void
settle (World *world, gboolean kept)
{
  guint index;

  if (kept && world->into != NULL)
    {
      if (world->out_of != NULL
          && g_ptr_array_find_with_equal_func (world->out_of, world->moved, g_str_equal, &index))
        g_ptr_array_remove_index_fast (world->out_of, index);
      g_ptr_array_add (world->into, g_strdup (world->moved));
    }
  world->into = NULL;
}

static const char *
pick (World *world, GPtrArray *ids)
{
  return ids->len > 0 ? ids->pdata[g_rand_int_range (world->random, 0, (int) ids->len)] : NULL;
}

/* A parent or owner, sometimes none. */
static const char *
pick_or_none (World *world, GPtrArray *ids)
{
  return g_rand_int_range (world->random, 0, 4) == 0 ? NULL : pick (world, ids);
}

static GPtrArray *
array_of (World *world, const char *type)
{
  if (strcmp (type, "User") == 0)
    return world->users;
  if (strcmp (type, "Mailbox") == 0)
    return world->mailboxes;
  return strcmp (type, "MailGroup") == 0 ? world->groups : world->lists;
}

static gboolean
may_fail (const GError *error)
{
  return g_error_matches (error, MS_ERROR, MS_ERROR_CONFLICT);
}

/* Steps --------------------------------------------------------------------------------------- */

static gboolean
create (World *world, MsTxn *txn, GError **error)
{
  static const char *const types[] = { "User", "Mailbox", "Mailbox", "MailGroup", "Group" };
  const char              *type = types[g_rand_int_range (world->random, 0, G_N_ELEMENTS (types))];
  guint                    number = world->next++;
  g_autofree char         *json = g_strdup_printf (strcmp (type, "User") == 0 ? "{'userName':'u%u'}"
                                           : strcmp (type, "Group") == 0 ? "{'displayName':'l%u'}"
                                                                         : "{'name':'n%u'}",
                                           number % 50);
  g_autoptr (MsObject) object = fixture_make (world->fixture, type, json);

  if (array_of (world, type)->len >= MAX_LIVE)
    return TRUE;
  if (strcmp (type, "Mailbox") == 0)
    {
      const char *owner = pick_or_none (world, world->users);
      ms_object_set_link (object, "owner", owner);
      ms_object_set_link (object, "group", pick_or_none (world, world->groups));
      ms_object_set_boolean (object, "primary", g_rand_boolean (world->random));
    }
  if (strcmp (type, "MailGroup") == 0)
    ms_object_set_link (object, "parent", pick_or_none (world, world->groups));
  if (!ms_txn_insert (txn, object, error))
    return FALSE;
  plan (world, array_of (world, type), NULL, ms_object_get_id (object));
  return TRUE;
}

static gboolean
would_tie_a_circle (MsTxn *txn, const char *group, const char *parent, GError **error)
{
  g_autoptr (GPtrArray) above = ms_txn_list_ancestors (txn, parent, error);

  return strcmp (group, parent) == 0
         || g_ptr_array_find_with_equal_func (above, group, g_str_equal, NULL);
}

static gboolean
move (World *world, MsTxn *txn, GError **error)
{
  gboolean    mailbox = g_rand_boolean (world->random);
  const char *id = pick (world, mailbox ? world->mailboxes : world->groups);
  const char *to = pick_or_none (world, world->groups);

  if (id == NULL || (!mailbox && to != NULL && would_tie_a_circle (txn, id, to, error)))
    return TRUE;
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, id, error);
  g_assert_nonnull (object);
  ms_object_set_link (object, mailbox ? "group" : "parent", to);
  return ms_txn_update (txn, object, error);
}

static gboolean
edit (World *world, MsTxn *txn, GError **error)
{
  const char *id = pick (world, world->mailboxes);

  if (id == NULL)
    return TRUE;
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, id, error);
  g_assert_nonnull (object);
  ms_object_set_link (object, "owner", pick_or_none (world, world->users));
  ms_object_set_boolean (object, "primary", g_rand_boolean (world->random));
  ms_object_set_string (object, "description", g_rand_boolean (world->random) ? "some text" : NULL);
  return ms_txn_update (txn, object, error);
}

static gboolean
drop (World *world, MsTxn *txn, GError **error)
{
  GPtrArray *arrays[] = { world->users, world->mailboxes, world->groups, world->lists };
  GPtrArray *ids = arrays[g_rand_int_range (world->random, 0, 4)];

  if (ids->len < 3)
    return TRUE;
  guint index = (guint) g_rand_int_range (world->random, 0, (int) ids->len);
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, ids->pdata[index], error);
  g_assert_nonnull (object);
  if (!ms_txn_delete (txn, object, error))
    return FALSE;
  plan (world, world->bin, ids, ms_object_get_id (object));
  return TRUE;
}

static gboolean
bring_back (World *world, MsTxn *txn, GError **error)
{
  if (world->bin->len == 0)
    return TRUE;
  guint index = (guint) g_rand_int_range (world->random, 0, (int) world->bin->len);
  g_autoptr (MsObject) object = fixture_restore (txn, world->bin->pdata[index], error);
  if (object == NULL)
    return FALSE;
  plan (world,
        array_of (world, ms_object_get_type (object)->name),
        world->bin,
        ms_object_get_id (object));
  return TRUE;
}

static gboolean
link_member (World *world, MsTxn *txn, GError **error)
{
  GPtrArray  *arrays[] = { world->users, world->mailboxes, world->groups, world->lists };
  const char *list = pick (world, world->lists);
  const char *member = pick (world, arrays[g_rand_int_range (world->random, 0, 4)]);
  gboolean    changed;

  if (list == NULL || member == NULL)
    return TRUE;
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, list, error);
  g_assert_nonnull (object);
  const MsAttribute *members = ms_resource_type_find (ms_object_get_type (object), "members");
  return g_rand_int_range (world->random, 0, 3) > 0
             ? ms_txn_add_link (txn, object, members, member, &changed, error)
             : ms_txn_remove_link (txn, object, members, member, &changed, error);
}

typedef gboolean (*Step) (World *world, MsTxn *txn, GError **error);

static const Step steps[]
    = { create, create, create, move, move, edit, drop, bring_back, link_member, link_member };

typedef struct
{
  World *world;
  Step   step;
} Doing;

static gboolean
do_one (MsTxn *txn, gpointer data, GError **error)
{
  Doing *doing = data;

  return doing->step (doing->world, txn, error);
}

/* Several steps, each in a savepoint, so that one that is refused leaves the others. */
static gboolean
do_several (MsTxn *txn, gpointer data, GError **error)
{
  World *world = data;
  int    count = g_rand_int_range (world->random, 1, 6);

  for (int i = 0; i < count; i++)
    {
      Doing doing = { world, steps[g_rand_int_range (world->random, 0, G_N_ELEMENTS (steps))] };
      g_autoptr (GError) local_error = NULL;
      gboolean done = ms_txn_savepoint (txn, TRUE, do_one, &doing, &local_error);
      settle (world, done);
      if (!done && !may_fail (local_error))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
    }
  return TRUE;
}

static World *
world_new (Fixture *fixture)
{
  World *world = g_new0 (World, 1);

  world->fixture = fixture;
  world->random = g_rand_new_with_seed (4711);
  world->users = g_ptr_array_new_with_free_func (g_free);
  world->mailboxes = g_ptr_array_new_with_free_func (g_free);
  world->groups = g_ptr_array_new_with_free_func (g_free);
  world->lists = g_ptr_array_new_with_free_func (g_free);
  world->bin = g_ptr_array_new_with_free_func (g_free);
  return world;
}

static void
world_free (World *world)
{
  g_rand_free (world->random);
  g_free (world->moved);
  g_ptr_array_unref (world->users);
  g_ptr_array_unref (world->mailboxes);
  g_ptr_array_unref (world->groups);
  g_ptr_array_unref (world->lists);
  g_ptr_array_unref (world->bin);
  g_free (world);
}

/* Brute force --------------------------------------------------------------------------------- */

typedef struct
{
  World      *world;
  gint64      seats;
  GHashTable *parents; /* group -> parent */
  GHashTable *here;    /* group -> mailboxes in it */
} Census;

static gboolean
on_mailbox (MsObject *object, gpointer data, GError **error)
{
  Census     *census = data;
  const char *group = ms_object_get_link (object, "group");
  gpointer    key = g_strdup (group != NULL ? group : "");

  census->seats += ms_object_get_boolean (object, "primary", FALSE)
                   && ms_object_get_link (object, "owner") != NULL;
  g_hash_table_insert (
      census->here,
      key,
      GINT_TO_POINTER (GPOINTER_TO_INT (g_hash_table_lookup (census->here, key)) + 1));
  return TRUE;
}

static gboolean
on_group (MsObject *object, gpointer data, GError **error)
{
  Census     *census = data;
  const char *parent = ms_object_get_link (object, "parent");

  g_hash_table_insert (census->parents,
                       g_strdup (ms_object_get_id (object)),
                       g_strdup (parent != NULL ? parent : ""));
  return TRUE;
}

static gboolean
is_below (Census *census, const char *group, const char *top)
{
  while (g_strcmp0 (group, top) != 0)
    {
      if (group == NULL || *group == '\0')
        return FALSE;
      group = g_hash_table_lookup (census->parents, group);
    }
  return TRUE;
}

static void
check_group (MsTxn *txn, Census *census, const char *id, GError **error)
{
  gint64         here = -1, below = -1, groups = -1;
  gint64         below_expected = 0, groups_expected = 0;
  GHashTableIter iter;
  gpointer       key, value;

  g_hash_table_iter_init (&iter, census->here);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (*id == '\0' || is_below (census, key, id))
      below_expected += GPOINTER_TO_INT (value);
  g_hash_table_iter_init (&iter, census->parents);
  while (g_hash_table_iter_next (&iter, &key, &value))
    groups_expected += strcmp (value, id) == 0;
  g_assert_true (ms_txn_count_group (txn, *id != '\0' ? id : NULL, &here, &below, &groups, error));
  g_assert_cmpint (here, ==, GPOINTER_TO_INT (g_hash_table_lookup (census->here, id)));
  g_assert_cmpint (below, ==, below_expected);
  g_assert_cmpint (groups, ==, groups_expected);
}

static gboolean
do_census (MsTxn *txn, gpointer data, GError **error)
{
  Census  *census = data;
  Fixture *fixture = census->world->fixture;
  MsQuery  mailboxes = { .type = fixture_type (fixture, "Mailbox"), .count = 10000 };
  MsQuery  groups = { .type = fixture_type (fixture, "MailGroup"), .count = 10000 };
  gint64   seats = -1, total = -1;

  if (!ms_txn_query (txn, &mailboxes, on_mailbox, census, &total, error))
    return FALSE;
  g_assert_cmpint (total, ==, census->world->mailboxes->len);
  if (!ms_txn_query (txn, &groups, on_group, census, &total, error)
      || !ms_txn_count (txn, MS_COUNT_SEATS, NULL, &seats, error))
    return FALSE;
  g_assert_cmpint (total, ==, census->world->groups->len);
  g_assert_cmpint (seats, ==, census->seats);
  check_group (txn, census, "", error);
  for (guint i = 0; i < census->world->groups->len; i++)
    check_group (txn, census, census->world->groups->pdata[i], error);
  return TRUE;
}

static void
take_census (World *world)
{
  Census census = { world,
                    0,
                    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
                    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };

  fixture_read (world->fixture, do_census, &census);
  g_hash_table_unref (census.parents);
  g_hash_table_unref (census.here);
}

static void
test_random (Fixture *fixture, gconstpointer data)
{
  World *world = world_new (fixture);

  for (guint i = 0; i < STEPS; i++)
    {
      fixture_write (fixture, do_several, world);
      if (i % 100 == 99)
        {
          take_census (world);
          fixture_check_sound (fixture);
        }
    }
  g_assert_cmpuint (world->groups->len, >, 3);
  g_assert_cmpuint (world->bin->len, >, 3);
  world_free (world);
}

/* The judge ----------------------------------------------------------------------------------- */

static const char *const damages[] = {
  "DELETE FROM value WHERE key = 'box'",
  "INSERT INTO value SELECT attr, 'extra', obj, elem FROM value LIMIT 1",
  "UPDATE value SET key = 'other' WHERE key = 'box'",
  "DELETE FROM link",
  "DELETE FROM uniq WHERE scope = 'address'",
  "UPDATE uniq SET obj = 99 WHERE scope = 'primary'",
  "UPDATE counter SET value = value + 1 WHERE name = 'seats'",
  "UPDATE counter SET value = value - 1 WHERE name = 'objects:Mailbox'",
  "UPDATE group_count SET below = below + 1 WHERE obj <> 0",
  "UPDATE group_count SET groups = groups + 1 WHERE obj = 0",
  "UPDATE search SET body = 'nonsense'",
  "UPDATE object SET label = 'nonsense' WHERE type = 'User'",
  "UPDATE object SET deleted = 1 WHERE type = 'User'",
  "UPDATE document SET body = '{\"userName\":' WHERE body LIKE '%userName%'",
  "UPDATE document SET body = replace(body, 'x.org', 'y.org')",
  "UPDATE change SET deltas = replace(deltas, 'x.org', 'y.org')",
  "UPDATE change_set SET actor_name = 'nobody' WHERE sequence = 1",
  "DELETE FROM change WHERE sequence = 1; DELETE FROM change_set WHERE sequence = 1",
};

static void
test_verify (Fixture *fixture, gconstpointer data)
{
  g_autofree char *user = fixture_insert (fixture, "User", "{'userName':'u'}");
  g_autofree char *group = fixture_insert (fixture, "MailGroup", "{'name':'g'}");
  g_autofree char *json = g_strdup_printf (
      "{'name':'box','address':'box@x.org','primary':true,'owner':{'value':'%s'},"
      "'group':{'value':'%s'}}",
      user,
      group);
  g_autofree char *box = fixture_insert (fixture, "Mailbox", json);
  g_autoptr (GError) error = NULL;

  fixture_check_sound (fixture);
  ms_store_close (fixture->store);
  g_clear_object (&fixture->store);
  store_place_lift_rules (fixture->driver, fixture->folder);
  fixture_run_sql (fixture, data);
  fixture_reopen (fixture);
  g_autoptr (GPtrArray) problems = ms_store_verify (fixture->store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, >, 0);
  ms_store_close (fixture->store);
  g_clear_object (&fixture->store);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("counters/random", NULL, test_random);
  for (guint i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_autofree char *name = g_strdup_printf ("verify/%u", i);
      fixture_add (name, damages[i], test_verify);
    }
  return g_test_run ();
}
