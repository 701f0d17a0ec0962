/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whatever order related objects go into the bin in, and come out of it, by whichever verbs, one by
 * one or several at once: when all are back, so is every relation between them. And what an undo
 * brings back is related as it was, though a part of it cannot be.
 */
#include "service-fixture.h"

#include <string.h>

#define MANAGER MS_URN_ENTERPRISE ":manager"
#define N_SEEDS 6

/**
 * Thing: one of a few that refer to each other
 * @delete: (nullable): options of its DELETE
 */
typedef struct
{
  const char *type;
  char       *id;
  const char *delete;
} Thing;

static void
thing_clear (gpointer data)
{
  g_free (((Thing *) data)->id);
}

static GArray *
new_things (void)
{
  GArray *things = g_array_new (FALSE, FALSE, sizeof (Thing));

  g_array_set_clear_func (things, thing_clear);
  return things;
}

/* @id: (transfer full) */
static const char *
add (GArray *things, const char *type, char *id, const char *options)
{
  Thing thing = { type, id, options };

  g_array_append_val (things, thing);
  return id;
}

static const char *
get_id (GArray *things, guint at)
{
  return g_array_index (things, Thing, at).id;
}

static void
relate (Fixture *f, const char *type, const char *id, const char *attribute, const char *to)
{
  g_autofree char *value = strcmp (attribute, "members") == 0 ? json ("[{'value':'%s'}]", to)
                                                              : json ("{'value':'%s'}", to);

  change (f, type, id, attribute, value);
}

static char *
make_list (Fixture *f, const char *name)
{
  g_autofree char *body = json ("{'displayName':'%s'}", name);

  return make (f, "Group", body);
}

static char *
digest (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  char *text = ms_store_digest (f->store, MS_DIGEST_STATE, NULL, &error);

  g_assert_no_error (error);
  return text;
}

/* (transfer full): what it says */
static JsonObject *
restore (Fixture *f, const char *ids, const char *more)
{
  g_autofree char *body = json ("{'ids':[%s]%s}", ids, more);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_RESTORE, NULL, NULL, body, &error);

  g_assert_no_error (error);
  g_test_message ("restore %s: %s", body, outcome->document->str);
  return parse (outcome->document->str);
}

/* Graphs ------------------------------------------------------------------------------------ */

typedef GArray *(*MakeThings) (Fixture *f, const char *name);

static GArray *
make_list_of_mailbox (Fixture *f, const char *name)
{
  GArray     *things = new_things ();
  const char *user = add (things, "User", make_user (f, name), "{'mailboxes':'keep'}");
  const char *box = add (things, "Mailbox", make_mailbox (f, name, user, TRUE), NULL);
  const char *list = add (things, "Group", make_list (f, name), NULL);

  relate (f, "Group", list, "members", box);
  return things;
}

static GArray *
make_list_of_account (Fixture *f, const char *name)
{
  GArray *things = make_list_of_mailbox (f, name);

  g_array_index (things, Thing, 0).delete = "{'mailboxes':'delete'}";
  return things;
}

/* Each the manager of the next one. */
static GArray *
make_managers (Fixture *f, const char *name)
{
  GArray *things = new_things ();

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *own = g_strdup_printf ("%s%u", name, i);
      const char      *user = add (things, "User", make_user (f, own), NULL);
      if (i > 0)
        relate (f, "User", user, MANAGER, get_id (things, i - 1));
    }
  return things;
}

static GArray *
make_manager_circle (Fixture *f, const char *name)
{
  GArray *things = make_managers (f, name);

  relate (f, "User", get_id (things, 0), MANAGER, get_id (things, 2));
  return things;
}

/* Each an entry of the next one. */
static GArray *
make_lists (Fixture *f, const char *name)
{
  GArray *things = new_things ();

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *own = g_strdup_printf ("%s%u", name, i);
      const char      *list = add (things, "Group", make_list (f, own), NULL);
      if (i > 0)
        relate (f, "Group", list, "members", get_id (things, i - 1));
    }
  return things;
}

static GArray *
make_list_circle (Fixture *f, const char *name)
{
  GArray *things = make_lists (f, name);

  relate (f, "Group", get_id (things, 0), "members", get_id (things, 2));
  return things;
}

/* @box_goes: the mailbox in the inner one is deleted too, by itself */
static GArray *
make_nested (
    Fixture *f, const char *name, gboolean box_goes, const char *outer_goes, const char *inner_goes)
{
  GArray          *things = new_things ();
  g_autofree char *below = g_strdup_printf ("%s-below", name);
  g_autofree char *box = make_mailbox (f, name, NULL, FALSE);
  const char      *outer = add (things, "MailGroup", make_group (f, name, NULL), outer_goes);
  const char      *inner = add (things, "MailGroup", make_group (f, below, outer), inner_goes);

  relate (f, "Mailbox", box, "group", inner);
  if (box_goes)
    add (things, "Mailbox", g_steal_pointer (&box), NULL);
  return things;
}

static GArray *
make_groups_with_content (Fixture *f, const char *name)
{
  return make_nested (f, name, TRUE, "{'content':'delete'}", "{'content':'delete'}");
}

static GArray *
make_groups_to_parents (Fixture *f, const char *name)
{
  return make_nested (f, name, TRUE, "{'content':'parent'}", "{'content':'parent'}");
}

static GArray *
make_groups_mixed (Fixture *f, const char *name)
{
  return make_nested (f, name, TRUE, "{'content':'delete'}", "{'content':'parent'}");
}

static GArray *
make_groups_box_stays (Fixture *f, const char *name)
{
  return make_nested (f, name, FALSE, "{'content':'parent'}", "{'content':'parent'}");
}

/* Three mail groups inside each other, and a mailbox that stays in the innermost. */
static GArray *
make_deep_groups (Fixture *f, const char *name)
{
  GArray          *things = make_groups_box_stays (f, name);
  g_autofree char *deep = g_strdup_printf ("%s-deep", name);
  g_autofree char *box_name = g_strdup_printf ("%s-box", name);
  g_autofree char *box = make_mailbox (f, box_name, NULL, FALSE);
  const char      *group
      = add (things, "MailGroup", make_group (f, deep, get_id (things, 1)), "{'content':'parent'}");

  relate (f, "Mailbox", box, "group", group);
  return things;
}

/* Every order ------------------------------------------------------------------------------- */

/* The @n numbers in the @order-th order. */
static void
put_in_order (guint *numbers, guint n, guint order)
{
  guint left[8];

  for (guint i = 0; i < n; i++)
    left[i] = i;
  for (guint i = 0; i < n; i++)
    {
      guint at = order % (n - i);
      order /= n - i;
      numbers[i] = left[at];
      memmove (left + at, left + at + 1, (n - i - at - 1) * sizeof *left);
    }
}

static guint
count_orders (guint n)
{
  return n < 2 ? 1 : n * count_orders (n - 1);
}

static void
drop_in_order (Fixture *f, GArray *things, guint order)
{
  guint numbers[8];

  put_in_order (numbers, things->len, order);
  for (guint i = 0; i < things->len; i++)
    {
      const Thing *thing = &g_array_index (things, Thing, numbers[i]);
      g_test_message ("delete %s %s", thing->type, thing->id);
      if (is_there (f, thing->type, thing->id))
        drop (f, thing->type, thing->id, thing->delete);
    }
}

/* @mask: bit i: the i-th comes back in one request with the one before it */
static void
restore_in_order (Fixture *f, GArray *things, guint order, guint mask, const char *more)
{
  guint numbers[8];
  g_autoptr (GString) ids = g_string_new (NULL);

  put_in_order (numbers, things->len, order);
  for (guint i = 0; i < things->len; i++)
    {
      const Thing *thing = &g_array_index (things, Thing, numbers[i]);
      if (!is_there (f, thing->type, thing->id))
        g_string_append_printf (ids, "%s'%s'", ids->len > 0 ? "," : "", thing->id);
      if ((i + 1 < things->len && (mask >> (i + 1) & 1) != 0) || ids->len == 0)
        continue;
      g_autoptr (JsonObject) answer = restore (f, ids->str, more);
      g_string_truncate (ids, 0);
    }
}

/* MS_TEST_ORDERS: only every so many-th, where all of them would take too long. */
static gboolean
is_left_out (guint n)
{
  const char *given = g_getenv ("MS_TEST_ORDERS");
  guint       stride = given != NULL ? (guint) g_ascii_strtoull (given, NULL, 10) : 1;

  return n % MAX (stride, 1) != 0;
}

/* Always the same ones, so that what came before is history of them. */
static void
test_every_order (Fixture *f, gconstpointer data)
{
  MakeThings make_things = (MakeThings) data;
  g_autoptr (GArray) things = make_things (f, "thing");
  g_autofree char *before = digest (f);
  const guint      orders = count_orders (things->len);
  guint            run = 0;

  for (guint gone = 0; gone < orders; gone++)
    for (guint back = 0; back < orders; back++)
      {
        if (is_left_out (gone * orders + back))
          continue;
        guint together = 2 * ((gone + back) % 4);

        g_test_message ("order %u, back %u, together %u", gone, back, together);
        drop_in_order (f, things, gone);
        restore_in_order (f, things, back, together, run++ % 2 == 0 ? "" : ",'alone':true");
        g_autofree char *after = digest (f);
        g_assert_cmpstr (after, ==, before);
      }
}

/* What comes back in one request is refused nothing. */
static void
test_all_at_once (Fixture *f, gconstpointer data)
{
  MakeThings make_things = (MakeThings) data;
  g_autoptr (GArray) things = make_things (f, "thing");
  g_autofree char *before = digest (f);
  const guint      orders = count_orders (things->len);

  for (guint gone = 0; gone < orders; gone++)
    for (guint back = 0; back < orders; back++)
      {
        if (is_left_out (gone * orders + back))
          continue;
        guint numbers[8];
        g_autoptr (GString) ids = g_string_new (NULL);

        drop_in_order (f, things, gone);
        put_in_order (numbers, things->len, back);
        for (guint i = 0; i < things->len; i++)
          g_string_append_printf (ids, "%s'%s'", i > 0 ? "," : "", get_id (things, numbers[i]));
        g_test_message ("order %u, back %u", gone, back);
        g_autoptr (JsonObject) answer = restore (f, ids->str, "");
        assert_picked (answer, "refused", "[]");
        g_autofree char *after = digest (f);
        g_assert_cmpstr (after, ==, before);
      }
}

/* The reason names what is not there, not what is. */
static void
test_names_the_gone (Fixture *f, gconstpointer data)
{
  g_autoptr (GArray) things = make_list_of_account (f, "zoe");
  g_autofree char *user = json ("'%s'", get_id (things, 0));
  g_autofree char *box = json ("'%s'", get_id (things, 1));
  g_autofree char *list = json ("'%s'", get_id (things, 2));

  drop_in_order (f, things, 2);
  g_autoptr (JsonObject) first = restore (f, list, "");
  assert_picked (first, "refused[0].path", "members");
  assert_picked (first, "refused[0].reason", "“zoe” is there no more");
  assert_picked (first, "refused[1]", NULL);
  g_autoptr (JsonObject) second = restore (f, box, "");
  assert_picked (second, "refused[0].path", "primary");
  assert_picked (second, "refused[1].path", "owner");
  assert_picked (second, "refused[2]", NULL);
  assert_shown (f, "Group", get_id (things, 2), "members[0].value", get_id (things, 1));
  g_autoptr (JsonObject) third = restore (f, user, "");
  assert_picked (third, "refused", "[]");
  assert_shown (f, "Mailbox", get_id (things, 1), "owner.value", get_id (things, 0));
  assert_shown (f, "Mailbox", get_id (things, 1), "primary", "true");
}

/* A mailbox that stayed in the bin when its user came back, and comes with it after the user went
 * again: the first deletion of the user is over. */
static void
test_deleted_again (Fixture *f, gconstpointer data)
{
  g_autoptr (GArray) things = make_list_of_account (f, "zoe");
  g_autofree char *list = make_list (f, "of-users");
  g_autofree char *user = json ("'%s'", get_id (things, 0));
  g_autofree char *both = json ("'%s','%s'", get_id (things, 1), get_id (things, 0));

  relate (f, "Group", list, "members", get_id (things, 0));
  g_autofree char *before = digest (f);
  drop (f, "User", get_id (things, 0), NULL);
  g_autoptr (JsonObject) first = restore (f, user, ",'alone':true");
  assert_picked (first, "refused", "[]");
  drop (f, "User", get_id (things, 0), NULL);
  g_autoptr (JsonObject) second = restore (f, both, "");
  assert_picked (second, "refused", "[]");
  assert_picked (second, "restored", "4");
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

/* What somebody did since the deletions stays. */
static void
test_content_moved_since (Fixture *f, gconstpointer data)
{
  g_autoptr (GArray) things = make_groups_to_parents (f, "g");
  g_autofree char *other = make_group (f, "other", NULL);
  g_autofree char *ids = json ("'%s','%s'", get_id (things, 0), get_id (things, 1));

  drop (f, "MailGroup", get_id (things, 1), "{'content':'parent'}");
  relate (f, "Mailbox", get_id (things, 2), "group", other);
  relate (f, "Mailbox", get_id (things, 2), "group", get_id (things, 0));
  g_autofree char *reason = g_strdup_printf (
      "It was changed again since, by change %" G_GINT64_FORMAT, last_sequence (f));
  drop (f, "MailGroup", get_id (things, 0), "{'content':'parent'}");
  g_autoptr (JsonObject) answer = restore (f, ids, "");
  assert_picked (answer, "refused[0].path", "group");
  assert_picked (answer, "refused[0].reason", reason);
  assert_shown (f, "Mailbox", get_id (things, 2), "group.value", get_id (things, 0));
}

/* Where the inner group cannot come back, its content is in the outer one, as it was before that.
 */
static void
test_content_without_inner (Fixture *f, gconstpointer data)
{
  g_autoptr (GArray) things = make_groups_to_parents (f, "g");
  g_autofree char *ids = json ("'%s','%s'", get_id (things, 0), get_id (things, 1));
  g_autofree char *inner = json ("'%s'", get_id (things, 1));

  drop (f, "MailGroup", get_id (things, 1), "{'content':'parent'}");
  g_autofree char *taken = make_group (f, "g-below", get_id (things, 0));
  drop (f, "MailGroup", get_id (things, 0), "{'content':'parent'}");
  g_autoptr (JsonObject) answer = restore (f, ids, "");
  assert_shown (f, "Mailbox", get_id (things, 2), "group.value", get_id (things, 0));
  g_autoptr (JsonObject) renamed = restore (f, inner, ",'as':{'name':'g-again'}");
  assert_picked (renamed, "refused", "[]");
  assert_shown (f, "Mailbox", get_id (things, 2), "group.value", get_id (things, 1));
}

/* Two restores are as if neither deletion had been, for an undo of what came before them too. */
static void
test_undo_before_restores (Fixture *f, gconstpointer data)
{
  g_autoptr (GArray) things = make_groups_to_parents (f, "g");
  g_autofree char *value = json ("{'value':'%s'}", get_id (things, 1));
  g_autoptr (GError) error = NULL;

  change (f, "Mailbox", get_id (things, 2), "group", "null");
  gint64 sequence = change_sequence (f, "Mailbox", get_id (things, 2), "group", value);
  drop_in_order (f, things, 0);
  restore_in_order (f, things, 0, 0, ",'alone':true");
  assert_shown (f, "Mailbox", get_id (things, 2), "group.value", get_id (things, 1));
  drop (f, "MailGroup", get_id (things, 1), "{'content':'parent'}");
  restore_in_order (f, things, 0, 0, "");
  g_autoptr (MsOutcome) outcome = undo (f, sequence, &error);
  g_assert_no_error (error);
  assert_shown (f, "Mailbox", get_id (things, 2), "group", NULL);
}

/* Undo -------------------------------------------------------------------------------------- */

static gint64
delete_together (Fixture *f, GArray *things)
{
  g_autoptr (GString) body = g_string_new ("{'verb':'delete','ids':[");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < things->len; i++)
    g_string_append_printf (body, "%s'%s'", i > 0 ? "," : "", get_id (things, i));
  g_string_append (body, "],'mailboxes':'keep','content':'parent'}");
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_ACTION, NULL, NULL, body->str, &error);
  g_assert_no_error (error);
  return outcome->sequence;
}

/* Lists that are entries of each other, and an entry of both that is gone since. */
static void
test_undo_circle_and_gone (Fixture *f, gconstpointer data)
{
  g_autofree char *user = make_user (f, "ann");
  g_autoptr (GArray) things = new_things ();
  const char      *one = add (things, "Group", make_list (f, "one"), NULL);
  const char      *two = add (things, "Group", make_list (f, "two"), NULL);
  g_autofree char *of_one = json ("[{'value':'%s'},{'value':'%s'}]", user, two);
  g_autofree char *of_two = json ("[{'value':'%s'},{'value':'%s'}]", user, one);
  g_autofree char *gone = json ("'%s'", user);
  g_autoptr (GError) error = NULL;

  change (f, "Group", one, "members", of_one);
  change (f, "Group", two, "members", of_two);
  g_autofree char *before = digest (f);
  gint64           sequence = delete_together (f, things);
  drop (f, "User", user, NULL);
  g_autoptr (MsOutcome) outcome = undo (f, sequence, &error);
  g_assert_no_error (error);
  g_test_message ("%s", outcome->document->str);
  g_autoptr (JsonObject) answer = parse (outcome->document->str);
  assert_picked (answer, "undone", "2");
  assert_picked (answer, "objects[1].verb", "restore");
  assert_picked (answer, "objects[2]", NULL);
  assert_picked (answer, "refused[0].reason", "“ann” is there no more");
  assert_picked (answer, "refused[1].reason", "“ann” is there no more");
  assert_picked (answer, "refused[2]", NULL);
  assert_shown (f, "Group", one, "members[0].value", two);
  assert_shown (f, "Group", two, "members[0].value", one);
  g_autoptr (JsonObject) back = restore (f, gone, "");
  assert_picked (back, "refused", "[]");
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

/* Managers of each other; the name of one is taken since. */
static void
test_undo_circle_and_taken (Fixture *f, gconstpointer data)
{
  g_autoptr (GArray) things = make_managers (f, "boss");
  const char      *taken = get_id (things, 0);
  const char      *other = get_id (things, 1);
  const char      *third = get_id (things, 2);
  g_autofree char *ids = json ("'%s'", taken);
  g_autoptr (GError) error = NULL;

  relate (f, "User", taken, MANAGER, other);
  gint64           sequence = delete_together (f, things);
  g_autofree char *now = make_user (f, "boss0");
  g_autoptr (MsOutcome) outcome = undo (f, sequence, &error);
  g_assert_no_error (error);
  g_test_message ("%s", outcome->document->str);
  g_autoptr (JsonObject) answer = parse (outcome->document->str);
  assert_picked (answer, "undone", "2");
  assert_picked (answer, "refused[2]", NULL);
  assert_shown (f, "User", third, MANAGER ".value", other);
  g_autoptr (JsonObject) back = restore (f, ids, ",'as':{'userName':'boss9'}");
  assert_picked (back, "refused", "[]");
  assert_shown (f, "User", taken, MANAGER ".value", other);
  assert_shown (f, "User", other, MANAGER ".value", taken);
  assert_shown (f, "User", third, MANAGER ".value", other);
}

/* Neither of a circle can come back; who waited for one of them can. */
static void
test_undo_circle_all_taken (Fixture *f, gconstpointer data)
{
  g_autoptr (GArray) things = make_managers (f, "boss");
  const char      *third = get_id (things, 2);
  g_autofree char *ids = json ("'%s'", get_id (things, 1));
  g_autoptr (GError) error = NULL;

  relate (f, "User", get_id (things, 0), MANAGER, get_id (things, 1));
  gint64           sequence = delete_together (f, things);
  g_autofree char *one = make_user (f, "boss0");
  g_autofree char *two = make_user (f, "boss1");
  g_autoptr (MsOutcome) outcome = undo (f, sequence, &error);
  g_assert_no_error (error);
  g_test_message ("%s", outcome->document->str);
  g_autoptr (JsonObject) answer = parse (outcome->document->str);
  assert_picked (answer, "undone", "1");
  assert_picked (answer, "objects[0].id", third);
  assert_picked (answer, "refused[0].path", "userName");
  assert_picked (answer, "refused[1].path", "userName");
  assert_picked (answer, "refused[2].path", MANAGER);
  assert_picked (answer, "refused[2].reason", "“boss1” is there no more");
  assert_picked (answer, "refused[3]", NULL);
  g_autoptr (JsonObject) back = restore (f, ids, ",'as':{'userName':'boss9'}");
  assert_picked (back, "refused[1].reason", "“boss0” is there no more");
  assert_shown (f, "User", third, MANAGER ".value", get_id (things, 1));
}

/* What an undo brings back last finds what came back before, as with a restore. */
static void
test_undo_in_any_order (Fixture *f, gconstpointer data)
{
  for (guint order = 0; order < 4; order++)
    {
      g_autofree char *name = g_strdup_printf ("both%u", order);
      g_autofree char *user = make_user (f, name);
      g_autofree char *list = make_list (f, name);
      gint64           sets[2];
      gboolean         list_first = (order & 1) != 0;

      relate (f, "Group", list, "members", user);
      g_autofree char *before = digest (f);
      sets[0] = drop (f, list_first ? "Group" : "User", list_first ? list : user, NULL);
      sets[1] = drop (f, list_first ? "User" : "Group", list_first ? user : list, NULL);
      for (guint i = 0; i < 2; i++)
        {
          g_autoptr (GError) error = NULL;
          g_autoptr (MsOutcome) outcome = undo (f, sets[i ^ (order >> 1)], &error);
          g_assert_no_error (error);
          g_test_message ("%u: %s", order, outcome->document->str);
        }
      g_autofree char *after = digest (f);
      g_assert_cmpstr (after, ==, before);
    }
}

/* As it was after change set @sequence; the new change set. */
static gint64
return_to (Fixture *f, const char *id, gint64 sequence)
{
  g_autoptr (GError) error = NULL;
  MsOperation *operation = ms_operation_new (MS_VERB_RETURN);

  operation->id = g_strdup (id);
  operation->sequence = sequence;
  operation->body = parse ("{}");
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, &error);
  g_assert_no_error (error);
  return outcome->sequence;
}

/* What went without a relation comes back without it, though it had it once and lost it by a
 * deletion. */
static void
test_without_from_before (Fixture *f, gconstpointer data)
{
  g_autofree char *group = make_group (f, "g", NULL);
  const gint64     early = last_sequence (f);
  g_autofree char *box = make_mailbox (f, "box", NULL, FALSE);
  g_autofree char *ids = json ("'%s'", box);
  g_autoptr (GError) error = NULL;

  relate (f, "Mailbox", box, "group", group);
  drop (f, "MailGroup", group, "{'content':'parent'}");
  (void) return_to (f, group, early);
  assert_shown (f, "Mailbox", box, "group", NULL);
  g_autofree char *before = digest (f);
  g_autoptr (MsOutcome) outcome = undo (f, drop (f, "Mailbox", box, NULL), &error);
  g_assert_no_error (error);
  g_autofree char *undone = digest (f);
  g_assert_cmpstr (undone, ==, before);
  drop (f, "Mailbox", box, NULL);
  g_autoptr (JsonObject) answer = restore (f, ids, "");
  g_autofree char *restored = digest (f);
  g_assert_cmpstr (restored, ==, before);
}

/* A mailbox that lost its owner by one deletion and its mail group, since it is back, by another.
 */
static void
test_owner_and_group (Fixture *f, gconstpointer data)
{
  g_autofree char *group = make_group (f, "g", NULL);
  g_autofree char *user = make_user (f, "ann");
  g_autofree char *box = make_mailbox (f, "box", user, TRUE);
  g_autofree char *box_alone = json ("'%s'", box);
  g_autofree char *both = json ("'%s','%s'", user, group);

  relate (f, "Mailbox", box, "group", group);
  g_autofree char *before = digest (f);
  drop (f, "User", user, NULL);
  g_autoptr (JsonObject) first = restore (f, box_alone, "");
  drop (f, "MailGroup", group, "{'content':'parent'}");
  g_autoptr (JsonObject) answer = restore (f, both, "");
  assert_picked (answer, "refused", "[]");
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

/* An object that was changed by coming back as it was once, and went by the undo of that. */
static void
test_undo_before_return (Fixture *f, gconstpointer data)
{
  g_autofree char *ann = make_user (f, "ann");
  g_autofree char *bob = make_user (f, "bob");
  g_autofree char *box = make_mailbox (f, "box", ann, FALSE);
  g_autofree char *to_bob = json ("{'value':'%s'}", bob);
  g_autofree char *before = digest (f);
  const gint64     early = last_sequence (f);
  gint64           sets[3] = { 0 };
  g_autoptr (GError) error = NULL;

  sets[0] = change_sequence (f, "Mailbox", box, "owner", to_bob);
  sets[1] = drop (f, "Mailbox", box, NULL);
  sets[2] = return_to (f, box, early);
  assert_shown (f, "Mailbox", box, "owner.value", ann);
  for (guint i = 3; i > 0; i--)
    {
      g_autoptr (MsOutcome) outcome = undo (f, sets[i - 1], &error);
      g_assert_no_error (error);
    }
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
}

/* By chance --------------------------------------------------------------------------------- */

typedef struct
{
  Fixture *f;
  GRand   *rand;
  GArray  *things;
} Chance;

static guint
pick_number (Chance *self, guint n)
{
  return (guint) g_rand_int_range (self->rand, 0, (gint32) n);
}

static const char *
any_of (Chance *self, const char *type)
{
  const Thing *thing;

  do
    thing = &g_array_index (self->things, Thing, pick_number (self, self->things->len));
  while (type != NULL && strcmp (thing->type, type) != 0);
  return thing->id;
}

/* @attribute of @id, or not; what the rules refuse is left as it is. */
static void
relate_by_chance (
    Chance *self, const char *type, const char *id, const char *attribute, const char *to_type)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *one = json ("{'value':'%s'}", any_of (self, to_type));
  g_autofree char *two
      = json ("[{'value':'%s'},{'value':'%s'}]", any_of (self, NULL), any_of (self, NULL));
  g_autofree char *body = json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                                "'Operations':[{'op':'replace','path':'%s','value':%s}]}",
                                attribute,
                                to_type != NULL ? one : two);

  if (pick_number (self, 5) > 0)
    {
      g_autoptr (MsOutcome) outcome
                 = try_verb (self->f, NULL, MS_VERB_PATCH, type, id, body, &error);
    }
}

static void
make_by_chance (Chance *self)
{
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("x%u", i);
      add (self->things, "User", make_user (self->f, name), NULL);
      add (self->things, "Group", make_list (self->f, name), NULL);
      add (self->things, "MailGroup", make_group (self->f, name, NULL), NULL);
      add (self->things, "Mailbox", make_mailbox (self->f, name, NULL, FALSE), NULL);
    }
  for (guint i = 0; i < self->things->len; i++)
    {
      const Thing *thing = &g_array_index (self->things, Thing, i);
      if (strcmp (thing->type, "User") == 0)
        relate_by_chance (self, "User", thing->id, MANAGER, "User");
      else if (strcmp (thing->type, "Group") == 0)
        relate_by_chance (self, "Group", thing->id, "members", NULL);
      else if (strcmp (thing->type, "MailGroup") == 0)
        relate_by_chance (self, "MailGroup", thing->id, "parent", "MailGroup");
      else
        {
          relate_by_chance (self, "Mailbox", thing->id, "owner", "User");
          relate_by_chance (self, "Mailbox", thing->id, "group", "MailGroup");
        }
    }
}

/* One by DELETE, or several by an action or a bulk request. */
static void
drop_by_chance (Chance *self)
{
  static const char *const options[] = { "'mailboxes':'keep','content':'parent'",
                                         "'mailboxes':'delete','content':'delete'",
                                         "'mailboxes':'keep','content':'delete'",
                                         "'mailboxes':'delete','content':'parent'" };
  const char              *chosen = options[pick_number (self, G_N_ELEMENTS (options))];
  const Thing *thing = &g_array_index (self->things, Thing, pick_number (self, self->things->len));
  g_autoptr (GError) error = NULL;
  g_autofree char *body = NULL;
  g_autoptr (MsOutcome) outcome = NULL;

  switch (pick_number (self, 3))
    {
    case 0:
      body = json ("{'verb':'delete','ids':['%s','%s','%s'],%s}",
                   thing->id,
                   any_of (self, NULL),
                   any_of (self, NULL),
                   chosen);
      outcome = try_verb (self->f, NULL, MS_VERB_ACTION, NULL, NULL, body, &error);
      break;
    case 1:
      body = json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],"
                   "'" MS_URN_BULK_OPTIONS "':{'atomic':true},'Operations':["
                   "{'method':'DELETE','path':'/Users/%s'},"
                   "{'method':'DELETE','path':'/Groups/%s'}]}",
                   any_of (self, "User"),
                   any_of (self, "Group"));
      outcome = try_verb (self->f, NULL, MS_VERB_BULK, NULL, NULL, body, &error);
      break;
    default:
      body = json ("{%s}", chosen);
      outcome = try_verb (self->f, NULL, MS_VERB_DELETE, thing->type, thing->id, body, &error);
    }
  if (outcome != NULL)
    g_test_message (
        "%" G_GINT64_FORMAT ": delete %s %s %s", outcome->sequence, thing->type, thing->id, body);
}

/* %FALSE: the bin is empty. */
static gboolean
restore_by_chance (Chance *self)
{
  g_autoptr (GPtrArray) away = g_ptr_array_new ();
  g_autoptr (GString) ids = g_string_new (NULL);

  for (guint i = 0; i < self->things->len; i++)
    {
      const Thing *thing = &g_array_index (self->things, Thing, i);
      if (!is_there (self->f, thing->type, thing->id))
        g_ptr_array_add (away, thing->id);
    }
  if (away->len == 0)
    return FALSE;
  for (guint n = 1 + pick_number (self, MIN (away->len, 4)); n > 0; n--)
    {
      g_string_append_printf (
          ids,
          "%s'%s'",
          ids->len > 0 ? "," : "",
          (char *) g_ptr_array_remove_index (away, pick_number (self, away->len)));
    }
  g_autoptr (JsonObject) answer
             = restore (self->f, ids->str, pick_number (self, 2) > 0 ? "" : ",'alone':true");
  return TRUE;
}

/* The last seed is another one each time; MS_TEST_SEED repeats a run by its own. */
static void
test_by_chance (Fixture *f, gconstpointer data)
{
  guint32 seed = GPOINTER_TO_UINT (data);
  Chance  chance = { f, g_rand_new_with_seed (seed), new_things () };

  g_printerr ("MS_TEST_SEED=%u repeats %s\n", seed, g_test_get_path ());
  make_by_chance (&chance);
  g_autofree char *before = digest (f);
  for (guint round = 0; round < 4; round++)
    {
      for (guint n = 2 + pick_number (&chance, 10); n > 0; n--)
        if (pick_number (&chance, 4) > 0)
          drop_by_chance (&chance);
        else
          (void) restore_by_chance (&chance); /* the bin may well be empty */
      while (restore_by_chance (&chance))
        ;
      g_autofree char *after = digest (f);
      g_assert_cmpstr (after, ==, before);
    }
  g_array_unref (chance.things);
  g_rand_free (chance.rand);
}

static void
add_orders (const char *name, MakeThings make_things)
{
  g_autofree char *every = g_strdup_printf ("/bin-order/every-order/%s", name);
  g_autofree char *at_once = g_strdup_printf ("/bin-order/all-at-once/%s", name);

  g_test_add (every,
              Fixture,
              (gconstpointer) make_things,
              fixture_set_up,
              test_every_order,
              fixture_tear_down);
  g_test_add (at_once,
              Fixture,
              (gconstpointer) make_things,
              fixture_set_up,
              test_all_at_once,
              fixture_tear_down);
}

int
main (int argc, char *argv[])
{
  const char *given = g_getenv ("MS_TEST_SEED");

  g_test_init (&argc, &argv, NULL);
  add_orders ("list-mailbox-owner", make_list_of_mailbox);
  add_orders ("list-account", make_list_of_account);
  add_orders ("managers", make_managers);
  add_orders ("manager-circle", make_manager_circle);
  add_orders ("lists", make_lists);
  add_orders ("list-circle", make_list_circle);
  add_orders ("groups-with-content", make_groups_with_content);
  add_orders ("groups-to-parents", make_groups_to_parents);
  add_orders ("groups-mixed", make_groups_mixed);
  add_orders ("groups-box-stays", make_groups_box_stays);
  add_orders ("deep-groups", make_deep_groups);
  fixture_add ("/bin-order/names-the-gone", test_names_the_gone);
  fixture_add ("/bin-order/deleted-again", test_deleted_again);
  fixture_add ("/bin-order/content-moved-since", test_content_moved_since);
  fixture_add ("/bin-order/content-without-inner", test_content_without_inner);
  fixture_add ("/bin-order/undo-before-restores", test_undo_before_restores);
  fixture_add ("/bin-order/undo/circle-and-gone", test_undo_circle_and_gone);
  fixture_add ("/bin-order/undo/circle-and-taken", test_undo_circle_and_taken);
  fixture_add ("/bin-order/undo/circle-all-taken", test_undo_circle_all_taken);
  fixture_add ("/bin-order/undo/in-any-order", test_undo_in_any_order);
  fixture_add ("/bin-order/without-from-before", test_without_from_before);
  fixture_add ("/bin-order/owner-and-group", test_owner_and_group);
  fixture_add ("/bin-order/undo/before-return", test_undo_before_return);
  for (guint i = 0; i < (given != NULL ? 1 : N_SEEDS); i++)
    {
      g_autofree char *path = g_strdup_printf ("/bin-order/by-chance/%u", i + 1);
      guint32          seed = given != NULL     ? (guint32) g_ascii_strtoull (given, NULL, 10)
                              : i + 1 < N_SEEDS ? i + 1
                                                : g_random_int ();
      g_test_add (path,
                  Fixture,
                  GUINT_TO_POINTER (seed),
                  fixture_set_up,
                  test_by_chance,
                  fixture_tear_down);
    }
  return g_test_run ();
}
