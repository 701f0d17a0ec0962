/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The bin and undo together, as properties, of objects that are related in every way: users with
 * their primary mailboxes, lists with entries, mail groups with content. Whatever was deleted,
 * restored and undone, undos too: all of it undone, the newest first, leads to where it began, and
 * the undo of that to where it ended. And what was done and undone leaves no trace: what restores
 * bring back then is what they had brought back without it. The last seed is another one each time;
 * MS_TEST_SEED repeats a run by its own.
 */
#include "service-fixture.h"

#include <string.h>

#define N_SEEDS 7
#define N_ROUNDS 12
/* A slow machine does fewer rounds. */
#define MAX_SECONDS 30
#define N_OPERATIONS 9

/**
 * World: a few objects, and what is done to them
 * @things: (element-type Thing)
 * @sequences: (element-type gint64): of all that was done
 * @deadline: when no other round begins
 */
typedef struct
{
  Fixture *f;
  GRand   *rand;
  GArray  *things;
  GArray  *sequences;
  gint64   deadline;
} World;

typedef struct
{
  const char *type;
  char       *id;
} Thing;

static void
thing_clear (gpointer data)
{
  g_free (((Thing *) data)->id);
}

static gboolean
goes_on (const World *self, guint round)
{
  return round < N_ROUNDS && g_get_monotonic_time () < self->deadline;
}

static guint
pick_number (World *self, guint n)
{
  return (guint) g_rand_int_range (self->rand, 0, (gint32) n);
}

/* @id: (transfer full) */
static const char *
add (World *self, const char *type, char *id)
{
  Thing thing = { type, id };

  g_array_append_val (self->things, thing);
  return id;
}

static const char *
add_list (World *self, const char *name, const char *one, const char *other)
{
  g_autofree char *body
      = json ("{'displayName':'%s','members':[{'value':'%s'},{'value':'%s'}]}", name, one, other);

  return add (self, "Group", make (self->f, "Group", body));
}

static void
world_init (World *self, Fixture *f, guint32 seed)
{
  *self = (World){ .f = f,
                   .rand = g_rand_new_with_seed (seed),
                   .things = g_array_new (FALSE, FALSE, sizeof (Thing)),
                   .sequences = g_array_new (FALSE, FALSE, sizeof (gint64)),
                   .deadline = g_get_monotonic_time () + MAX_SECONDS * G_USEC_PER_SEC };
  g_array_set_clear_func (self->things, thing_clear);
  const char      *ann = add (self, "User", make_user (f, "ann"));
  const char      *bob = add (self, "User", make_user (f, "bob"));
  const char      *outer = add (self, "MailGroup", make_group (f, "outer", NULL));
  const char      *inner = add (self, "MailGroup", make_group (f, "inner", outer));
  const char      *of_ann = add (self, "Mailbox", make_mailbox (f, "ann", ann, TRUE));
  const char      *of_bob = add (self, "Mailbox", make_mailbox (f, "bob", bob, TRUE));
  const char      *list = add_list (self, "list", ann, of_bob);
  g_autofree char *in_inner = json ("{'value':'%s'}", inner);
  g_autofree char *in_outer = json ("{'value':'%s'}", outer);

  add_list (self, "above", list, inner);
  change (f, "Mailbox", of_ann, "group", in_inner);
  change (f, "Mailbox", of_bob, "group", in_outer);
}

static void
world_clear (World *self)
{
  g_rand_free (self->rand);
  g_array_unref (self->things);
  g_array_unref (self->sequences);
}

static char *
digest (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  char *text = ms_store_digest (f->store, MS_DIGEST_STATE, NULL, &error);

  g_assert_no_error (error);
  return text;
}

/* For the log of a run that fails. */
static void
tell (World *self, const char *when)
{
  for (guint i = 0; i < self->things->len; i++)
    {
      const Thing *thing = &g_array_index (self->things, Thing, i);
      g_autoptr (JsonObject) object = is_there (self->f, thing->type, thing->id)
                                          ? show (self->f, thing->type, thing->id)
                                          : json_object_new ();
      json_object_remove_member (object, "meta");
      json_object_remove_member (object, "schemas");
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), object);
      g_autofree char *all = ms_json_to_string (node);
      g_test_message ("%s: %s %s: %s", when, thing->type, thing->id, all);
    }
}

/* What is done ------------------------------------------------------------------------------ */

/* Whatever it comes to: what is refused has done nothing. */
static void
attempt (World *self, MsVerb verb, const Thing *thing, const char *body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = try_verb (self->f,
                                            NULL,
                                            verb,
                                            verb == MS_VERB_RESTORE ? NULL : thing->type,
                                            verb == MS_VERB_RESTORE ? NULL : thing->id,
                                            body,
                                            &error);

  g_assert_false (g_error_matches (error, MS_ERROR, MS_ERROR_INTERNAL));
  if (outcome == NULL || outcome->sequence == 0)
    return;
  g_test_message ("%" G_GINT64_FORMAT ": %s %s %s %s: %s",
                  outcome->sequence,
                  verb == MS_VERB_RESTORE ? "restore" : "delete",
                  thing->type,
                  thing->id,
                  body,
                  outcome->document != NULL ? outcome->document->str : "");
  g_array_append_val (self->sequences, outcome->sequence);
}

static void
restore_thing (World *self, const Thing *thing, gboolean alone)
{
  g_autofree char *body = json ("{'ids':['%s']%s}", thing->id, alone ? ",'alone':true" : "");

  attempt (self, MS_VERB_RESTORE, thing, body);
}

static void
delete_thing (World *self, const Thing *thing)
{
  const gboolean other = pick_number (self, 2) == 0;
  const char    *body = strcmp (thing->type, "User") == 0
                            ? (other ? "{'mailboxes':'keep'}" : "{'mailboxes':'delete'}")
                        : strcmp (thing->type, "MailGroup") == 0
                            ? (other ? "{'content':'parent'}" : "{'content':'delete'}")
                            : "{}";

  attempt (self, MS_VERB_DELETE, thing, body);
}

/* %FALSE: it was undone already, or something is in the way. */
static gboolean
try_to_undo (World *self, gint64 sequence)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = undo (self->f, sequence, &error);

  if (outcome == NULL)
    {
      g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
      g_test_message ("undo %" G_GINT64_FORMAT ": %s %s",
                      sequence,
                      error->message,
                      ms_error_get_details (error));
      return FALSE;
    }
  g_test_message ("%" G_GINT64_FORMAT ": undo %" G_GINT64_FORMAT ": %s",
                  outcome->sequence,
                  sequence,
                  outcome->document->str);
  g_array_append_val (self->sequences, outcome->sequence);
  return strstr (outcome->document->str, "\"refused\":[]") != NULL;
}

/* @undoes: undos are among it, in any order */
static void
do_something (World *self, gboolean undoes)
{
  const Thing *thing = &g_array_index (self->things, Thing, pick_number (self, self->things->len));

  if (undoes && self->sequences->len > 0 && pick_number (self, 3) == 0)
    (void) try_to_undo (
        self, g_array_index (self->sequences, gint64, pick_number (self, self->sequences->len)));
  else if (is_there (self->f, thing->type, thing->id))
    delete_thing (self, thing);
  else
    restore_thing (self, thing, pick_number (self, 2) == 0);
}

static void
do_some (World *self, guint n, gboolean undoes)
{
  for (guint i = 0; i < n; i++)
    do_something (self, undoes);
}

/* Undoes all that was done since @since, the newest first. (transfer full) (element-type gint64):
 * by which change sets */
static GArray *
undo_since (World *self, guint since)
{
  GArray     *undos = g_array_new (FALSE, FALSE, sizeof (gint64));
  const guint until = self->sequences->len;

  for (guint i = until; i > since; i--)
    {
      g_assert_true (try_to_undo (self, g_array_index (self->sequences, gint64, i - 1)));
      gint64 by = last_sequence (self->f);
      g_array_append_val (undos, by);
    }
  g_array_set_size (self->sequences, since);
  return undos;
}

/* Likewise of @undos. */
static GArray *
undo_all (World *self, GArray *undos)
{
  GArray *redone = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = undos->len; i > 0; i--)
    {
      g_assert_true (try_to_undo (self, g_array_index (undos, gint64, i - 1)));
      gint64 by = last_sequence (self->f);
      g_array_append_val (redone, by);
    }
  return redone;
}

/* Properties -------------------------------------------------------------------------------- */

static guint32
read_seed (gconstpointer data)
{
  guint32 seed = GPOINTER_TO_UINT (data);

  g_printerr ("MS_TEST_SEED=%u repeats %s\n", seed, g_test_get_path ());
  return seed;
}

/* Each round leaves a history to the next one, and half of them what they have done. */
static void
test_there_and_back (Fixture *f, gconstpointer data)
{
  World world;

  world_init (&world, f, read_seed (data));
  for (guint round = 0; goes_on (&world, round); round++)
    {
      g_autofree char *before = digest (f);
      do_some (&world, N_OPERATIONS, TRUE);
      g_autofree char *after = digest (f);
      tell (&world, "once");
      g_autoptr (GArray) undos = undo_since (&world, 0);
      g_autofree char *undone = digest (f);
      g_assert_cmpstr (undone, ==, before);
      g_test_message ("the undos of the undos");
      g_autoptr (GArray) redone = undo_all (&world, undos);
      g_autofree char *again = digest (f);
      tell (&world, "again");
      g_assert_cmpstr (again, ==, after);
      g_array_set_size (world.sequences, 0);
      if (round % 2 == 0)
        continue;
      g_test_message ("and the undos of these");
      g_autoptr (GArray) last = undo_all (&world, redone);
      g_autofree char *end = digest (f);
      g_assert_cmpstr (end, ==, before);
      g_array_set_size (world.sequences, 0);
    }
  world_clear (&world);
}

/* Brings back what lies in the bin, one after the other in an order by @seed. */
static void
restore_all (World *self, guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  const guint n = self->things->len;
  const guint first = (guint) g_rand_int_range (rand, 0, (gint32) n);
  const guint steps[] = { 1, 3, 5, 7 }; /* each has no divisor in common with 8 */
  const guint step = steps[g_rand_int_range (rand, 0, G_N_ELEMENTS (steps))];

  for (guint i = 0; i < n; i++)
    {
      const Thing   *thing = &g_array_index (self->things, Thing, (first + i * step) % n);
      const gboolean alone = g_rand_boolean (rand);
      if (!is_there (self->f, thing->type, thing->id))
        restore_thing (self, thing, alone);
    }
}

static void
test_without_trace (Fixture *f, gconstpointer data)
{
  World world;

  world_init (&world, f, read_seed (data));
  for (guint round = 0; goes_on (&world, round); round++)
    {
      const guint32 seed = g_rand_int (world.rand);
      do_some (&world, 1 + pick_number (&world, N_OPERATIONS), round % 2 == 0);
      const guint      since = world.sequences->len;
      g_autofree char *before = digest (f);
      restore_all (&world, seed);
      g_autofree char *once = digest (f);
      tell (&world, "once");
      g_autoptr (GArray) undos = undo_since (&world, since);
      do_some (&world, 1 + pick_number (&world, N_OPERATIONS), FALSE);
      g_autoptr (GArray) more = undo_since (&world, since);
      g_autofree char *undone = digest (f);
      g_assert_cmpstr (undone, ==, before);
      g_test_message ("again");
      restore_all (&world, seed);
      g_autofree char *again = digest (f);
      tell (&world, "again");
      g_assert_cmpstr (again, ==, once);
    }
  world_clear (&world);
}

/* One by one -------------------------------------------------------------------------------- */

static void
undo_wholly (Fixture *f, gint64 sequence)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = undo (f, sequence, &error);

  if (error != NULL)
    g_test_message ("undo %" G_GINT64_FORMAT ": %s", sequence, ms_error_get_details (error));
  g_assert_no_error (error);
  g_assert_nonnull (strstr (outcome->document->str, "\"refused\":[]"));
}

static gint64
bring_back (Fixture *f, const char *id)
{
  g_autofree char *body = json ("{'ids':['%s']}", id);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_RESTORE, NULL, NULL, body, &error);

  g_assert_no_error (error);
  return outcome->sequence;
}

/* How both came and went before the restores that count. */
typedef enum
{
  UNDONE_IN_TURN,   /* both restored, and both restores undone, the newest first */
  UNDONE_CROSSWISE, /* both restored, and the restores undone, the oldest first */
  UNDONE_BY_UNDO,   /* the deletions undone, and these undos too */
  DELETED_BETWEEN,  /* both restored, one deleted, the restore of the other undone */
} Detour;

static void
make_detour (Fixture    *f,
             Detour      detour,
             const char *type,
             const char *holder,
             const char *user,
             gint64      sets[2])
{
  gint64 user_back = 0;
  gint64 holder_back = 0;

  if (detour == UNDONE_BY_UNDO)
    {
      undo_wholly (f, sets[1]);
      user_back = last_sequence (f);
      undo_wholly (f, sets[0]);
      holder_back = last_sequence (f);
    }
  else
    {
      user_back = bring_back (f, user);
      holder_back = bring_back (f, holder);
    }
  if (detour == DELETED_BETWEEN)
    drop (f, type, holder, NULL);
  else if (detour != UNDONE_CROSSWISE)
    undo_wholly (f, holder_back);
  undo_wholly (f, user_back);
  if (detour == UNDONE_CROSSWISE)
    undo_wholly (f, holder_back);
}

/* What refers to the user goes first and comes back first: the user brings the relation along; and
 * all that undone and done again is the same. */
static void
test_relation (Fixture *f, gconstpointer data)
{
  const Detour     detour = (Detour) (GPOINTER_TO_INT (data) / 2);
  const gboolean   of_list = GPOINTER_TO_INT (data) % 2 != 0;
  const char      *type = of_list ? "Group" : "Mailbox";
  g_autofree char *user = make_user (f, "ann");
  g_autofree char *body = json ("{'displayName':'list','members':[{'value':'%s'}]}", user);
  g_autofree char *holder = of_list ? make (f, "Group", body) : make_mailbox (f, "ann", user, TRUE);
  g_autofree char *before = digest (f);
  gint64           sets[2];

  sets[0] = drop (f, type, holder, NULL);
  sets[1] = drop (f, "User", user, NULL);
  make_detour (f, detour, type, holder, user, sets);
  gint64           first = bring_back (f, holder);
  g_autofree char *alone = digest (f);
  gint64           second = bring_back (f, user);
  g_autofree char *both = digest (f);
  g_assert_cmpstr (both, ==, before);
  undo_wholly (f, second);
  gint64           no_second = last_sequence (f);
  g_autofree char *alone_again = digest (f);
  g_assert_cmpstr (alone_again, ==, alone);
  undo_wholly (f, first);
  undo_wholly (f, last_sequence (f));
  undo_wholly (f, no_second);
  g_autofree char *both_again = digest (f);
  g_assert_cmpstr (both_again, ==, before);
}

/* A list lost what comes back now by a deletion that counts no more: that it went and came itself
 * since, as if it had not, is no reason to put that back. */
static void
test_gone_between (Fixture *f, gconstpointer data)
{
  g_autofree char *group = make_group (f, "group", NULL);
  g_autofree char *list = make (f, "Group", "{'displayName':'list'}");
  g_autofree char *entries = json ("[{'value':'%s'}]", group);
  gint64           first = drop (f, "MailGroup", group, NULL);

  drop (f, "Group", list, NULL);
  (void) bring_back (f, list);
  gint64 back = bring_back (f, group);
  change (f, "Group", list, "members", entries);
  drop (f, "MailGroup", group, NULL);
  undo_wholly (f, first);
  undo_wholly (f, back);
  back = bring_back (f, group);
  g_autofree char *once = digest (f);
  undo_wholly (f, back);
  undo_wholly (f, drop (f, "Group", list, NULL));
  (void) bring_back (f, group);
  g_autofree char *again = digest (f);
  g_assert_cmpstr (again, ==, once);
}

static void
add_run (const char *name, guint i, guint32 seed, void (*func) (Fixture *f, gconstpointer data))
{
  g_autofree char *path = g_strdup_printf ("/bin/undo/%s/%u", name, i + 1);

  g_test_add (path, Fixture, GUINT_TO_POINTER (seed), fixture_set_up, func, fixture_tear_down);
}

int
main (int argc, char *argv[])
{
  const char *given = g_getenv ("MS_TEST_SEED");
  guint32     seeds[N_SEEDS] = { 1, 2, 5, 34, 433, 881, g_random_int () };

  g_test_init (&argc, &argv, NULL);
  if (given != NULL)
    seeds[0] = (guint32) g_ascii_strtoull (given, NULL, 10);
  for (guint i = 0; i < (given != NULL ? 1 : N_SEEDS); i++)
    {
      add_run ("there-and-back", i, seeds[i], test_there_and_back);
      add_run ("without-trace", i, seeds[i], test_without_trace);
    }
  for (int i = 0; i < 2 * (DELETED_BETWEEN + 1); i++)
    {
      static const char *const detours[]
          = { "undone-in-turn", "undone-crosswise", "undone-by-undo", "deleted-between" };
      /* A user does not go by such an undo while a mailbox is left without an owner by it. */
      if (i == 2 * UNDONE_CROSSWISE)
        continue;
      g_autofree char *path
          = g_strdup_printf ("/bin/undo/%s/%s", detours[i / 2], i % 2 != 0 ? "list" : "owner");
      g_test_add (
          path, Fixture, GINT_TO_POINTER (i), fixture_set_up, test_relation, fixture_tear_down);
    }
  g_test_add ("/bin/undo/gone-between",
              Fixture,
              NULL,
              fixture_set_up,
              test_gone_between,
              fixture_tear_down);
  return g_test_run ();
}
