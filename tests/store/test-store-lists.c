/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Long lists against brute force: after random operations, some of them rolled back, every window,
 * position, total and range of lists in many orders and with many filters is what sorting all
 * objects in memory makes of it. Sizes are chosen so that every road is taken with a few dozen
 * objects: sets, anchors that split and join, walks from either end. The seed is fixed.
 */
#include "store-fixture.h"

#include "ms-query-sizes.h"
#include "ms-text.h"

#include <string.h>

#define ROUNDS 30
#define MAILBOXES MS_URN_EXT_USER ":mailboxes"

typedef struct
{
  Fixture   *fixture;
  GRand     *random;
  GPtrArray *users;
  GPtrArray *boxes;
  GPtrArray *bin;
  GPtrArray *groups;
  guint      next;
} World;

static const char *const words[]
    = { "alder", "Birch", "cedar", "Éclair", "fir", "", "gum", "Hazel" };

static int
roll (World *world, int sides)
{
  return g_rand_int_range (world->random, 0, sides);
}

static const char *
pick (World *world, GPtrArray *ids)
{
  return ids->len > 0 ? ids->pdata[roll (world, (int) ids->len)] : NULL;
}

/* Steps: each changes the store, and the lists above only once it is kept. -------------------- */

static void
dress_user (World *world, MsObject *user)
{
  if (roll (world, 3) > 0)
    ms_object_set_string (user, "displayName", words[roll (world, G_N_ELEMENTS (words))]);
  else
    ms_object_set_string (user, "displayName", NULL);
  if (roll (world, 2) > 0)
    ms_object_set_boolean (user, "active", roll (world, 2) > 0);
  if (roll (world, 4) == 0)
    ms_object_set_string (user, "nickName", words[roll (world, G_N_ELEMENTS (words))]);
}

static gboolean
make_user (World *world, MsTxn *txn, GPtrArray *made, GError **error)
{
  g_autofree char *json = g_strdup_printf ("{'userName':'u%u','emails':[{'value':'%c@x.org'},"
                                           "{'value':'%c@x.org','primary':true}]}",
                                           world->next++ * 7919 % 1000,
                                           'a' + roll (world, 26),
                                           'a' + roll (world, 26));
  g_autoptr (MsObject) user = fixture_make (world->fixture, "User", json);

  dress_user (world, user);
  if (roll (world, 5) == 0)
    json_object_remove_member (ms_object_get_attributes (user), "emails");
  if (!ms_txn_insert (txn, user, error))
    return FALSE;
  g_ptr_array_add (made, g_strdup (ms_object_get_id (user)));
  return TRUE;
}

static gboolean
make_box (World *world, MsTxn *txn, GPtrArray *made, GError **error)
{
  g_autofree char *json
      = g_strdup_printf ("{'name':'b%u','quota':%d}", world->next++ % 40, roll (world, 5) * 100);
  g_autoptr (MsObject) box = fixture_make (world->fixture, "Mailbox", json);
  const char *owner = roll (world, 3) > 0 ? pick (world, world->users) : NULL;

  ms_object_set_link (box, "owner", owner);
  if (world->next % 6 < world->groups->len)
    ms_object_set_link (box, "group", world->groups->pdata[world->next % 6]);
  if (!ms_txn_insert (txn, box, error))
    return FALSE;
  g_ptr_array_add (made, g_strdup (ms_object_get_id (box)));
  return TRUE;
}

static gboolean
change_user (World *world, MsTxn *txn, GError **error)
{
  const char *id = pick (world, world->users);
  g_autoptr (GError) gone = NULL;
  g_autoptr (MsObject) user = id != NULL ? ms_txn_get_object (txn, NULL, id, &gone) : NULL;

  if (user == NULL)
    return TRUE;
  dress_user (world, user);
  return ms_txn_update (txn, user, error);
}

static gboolean
drop (World *world, MsTxn *txn, GPtrArray *ids, GPtrArray *dropped, GError **error)
{
  const char *id = pick (world, ids);
  g_autoptr (GError) gone = NULL;
  g_autoptr (MsObject) object = id != NULL ? ms_txn_get_object (txn, NULL, id, &gone) : NULL;

  if (object == NULL)
    return TRUE;
  if (!ms_txn_delete (txn, object, error))
    return FALSE;
  g_ptr_array_add (dropped, g_strdup (id));
  return TRUE;
}

typedef struct
{
  World     *world;
  GPtrArray *users;
  GPtrArray *boxes;
  GPtrArray *dropped;
  gboolean   fail;
  gboolean   nested;
} Doing;

static gboolean do_steps (MsTxn *txn, gpointer data, GError **error);

/* In the middle of a write: what was noted up to here must be in the tables then. */
static gboolean
look (World *world, MsTxn *txn, GError **error)
{
  MsQuery query = { .type = fixture_type (world->fixture, "User"), .count = 0 };
  gint64  total = -1;
  gint64  counted = -1;

  if (!ms_txn_query (txn, &query, NULL, NULL, &total, error)
      || !ms_txn_count (txn, MS_COUNT_OBJECTS, query.type, &counted, error))
    return FALSE;
  g_assert_cmpint (total, ==, counted);
  return TRUE;
}

static gboolean
fail_nested (Doing *doing, MsTxn *txn, GError **error)
{
  g_autoptr (GPtrArray) users = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) boxes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) dropped = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) expected = NULL;
  Doing inner = { doing->world, users, boxes, dropped, roll (doing->world, 2) == 0, TRUE };

  gboolean done = ms_txn_savepoint (txn, FALSE, do_steps, &inner, &expected);
  g_assert_cmpint (done, ==, !inner.fail);
  return TRUE;
}

static gboolean
do_steps (MsTxn *txn, gpointer data, GError **error)
{
  Doing   *doing = data;
  World   *world = doing->world;
  gboolean done = TRUE;
  int      count = 1 + roll (world, 8);

  for (int i = 0; i < count && done; i++)
    switch (roll (world, doing->nested ? 8 : 9))
      {
      case 0:
      case 1:
        done = make_user (world, txn, doing->users, error);
        break;
      case 2:
        done = make_box (world, txn, doing->boxes, error);
        break;
      case 3:
      case 4:
        done = change_user (world, txn, error);
        break;
      case 5:
        done = drop (world, txn, world->users, doing->dropped, error);
        break;
      case 6:
        done = drop (world, txn, world->boxes, doing->dropped, error);
        break;
      case 7:
        done = look (world, txn, error);
        break;
      default:
        done = fail_nested (doing, txn, error);
      }
  if (done && doing->fail)
    ms_error_set (error, MS_ERROR_INVALID, NULL, NULL, "On purpose");
  return done && !doing->fail;
}

static void
move_all (GPtrArray *from, GPtrArray *to)
{
  for (guint i = 0; i < from->len; i++)
    g_ptr_array_add (to, g_strdup (from->pdata[i]));
}

static void
forget (GPtrArray *ids, const char *id)
{
  guint index;

  if (g_ptr_array_find_with_equal_func (ids, id, g_str_equal, &index))
    g_ptr_array_remove_index (ids, index);
}

static void
do_round (World *world)
{
  g_autoptr (GPtrArray) users = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) boxes = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) dropped = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  Doing doing = { world, users, boxes, dropped, roll (world, 4) == 0, FALSE };

  if (!ms_store_write (world->fixture->store, &fixture_context, do_steps, &doing, NULL, &error))
    {
      g_assert_true (doing.fail || g_error_matches (error, MS_ERROR, MS_ERROR_CONFLICT));
      return;
    }
  move_all (users, world->users);
  move_all (boxes, world->boxes);
  for (guint i = 0; i < dropped->len; i++)
    {
      forget (world->users, dropped->pdata[i]);
      forget (world->boxes, dropped->pdata[i]);
      g_ptr_array_add (world->bin, g_strdup (dropped->pdata[i]));
    }
  if (world->bin->len > 0 && roll (world, 3) == 0)
    {
      g_autofree char *id = g_strdup (pick (world, world->bin));
      g_autoptr (GError) taken = NULL;
      if (fixture_try_restore (world->fixture, id, &taken))
        {
          g_autoptr (MsObject) object = fixture_get (world->fixture, id);
          gboolean is_user = strcmp (ms_object_get_type (object)->name, "User") == 0;
          g_ptr_array_add (is_user ? world->users : world->boxes, g_strdup (id));
          forget (world->bin, id);
        }
    }
}

/* Brute force --------------------------------------------------------------------------------- */

typedef struct
{
  char  *id;
  char  *key;
  char  *second; /* order among equal keys, before the sequence of creation */
  gint64 place;
} Item;

static void
item_free (gpointer data)
{
  Item *item = data;

  g_free (item->id);
  g_free (item->key);
  g_free (item->second);
  g_free (item);
}

static int
item_compare (gconstpointer a, gconstpointer b)
{
  const Item *one = *(Item *const *) a;
  const Item *other = *(Item *const *) b;

  if ((one->key == NULL) != (other->key == NULL))
    return one->key == NULL ? 1 : -1;
  int keys = g_strcmp0 (one->key, other->key);
  if (keys == 0)
    keys = g_strcmp0 (one->second, other->second);
  return keys != 0 ? keys : one->place < other->place ? -1 : one->place > other->place;
}

typedef struct
{
  Fixture    *fixture;
  const char *type;
  const char *sort;
  const char *filter;
  MsFilter   *parsed;
  MsTxn      *txn;
  GPtrArray  *items;
} Oracle;

static char *
primary_email (MsObject *object)
{
  JsonObject *attributes = ms_object_get_attributes (object);

  if (!json_object_has_member (attributes, "emails"))
    return NULL;
  JsonArray *array = json_object_get_array_member (attributes, "emails");
  return g_strdup (
      json_object_get_string_member (json_array_get_object_element (array, 1), "value"));
}

static void
add_link_key (Oracle *oracle, Item *item, const char *target)
{
  g_autoptr (MsObject) object
             = target != NULL ? ms_txn_get_object (oracle->txn, NULL, target, NULL) : NULL;

  if (object == NULL)
    return;
  item->key = ms_text_fold (ms_object_get_label (object));
  item->second = g_strdup_printf ("%020" G_GINT64_FORMAT, ms_object_get_row (object));
}

/* Of a user the first of the mailboxes, none of which is primary here. */
static void
add_owned_key (Oracle *oracle, Item *item, MsObject *object)
{
  g_autoptr (GPtrArray) owned
             = ms_txn_list_object_links (oracle->txn, object, "owner", TRUE, 1, NULL);

  g_assert_nonnull (owned);
  if (owned->len > 0)
    item->key = ms_text_fold (((const MsLinkTarget *) owned->pdata[0])->label);
}

static gboolean
add_item (MsObject *object, gpointer data, GError **error)
{
  Oracle *oracle = data;
  Item   *item;

  if (oracle->parsed != NULL
      && !ms_filter_matches (oracle->parsed, ms_object_get_attributes (object)))
    return TRUE;
  item = g_new0 (Item, 1);
  item->id = g_strdup (ms_object_get_id (object));
  item->place = oracle->items->len;
  g_ptr_array_add (oracle->items, item);
  if (oracle->sort == NULL)
    return TRUE;
  if (strcmp (oracle->sort, "emails.value") == 0)
    item->key = primary_email (object);
  else if (strcmp (oracle->sort, "quota") == 0)
    item->key = g_strdup_printf ("%08d", (int) ms_object_get_int (object, "quota", -1));
  else if (strcmp (oracle->sort, "effectiveQuota") == 0)
    {
      gint64 quota = ms_object_get_int (object, "quota", 0);
      item->key = quota > 0 ? g_strdup_printf ("%08d", (int) quota) : NULL;
    }
  else if (strcmp (oracle->sort, MAILBOXES) == 0)
    add_owned_key (oracle, item, object);
  else if (strcmp (oracle->sort, "active") == 0)
    {
      if (json_object_has_member (ms_object_get_attributes (object), "active"))
        item->key = g_strdup (ms_object_get_boolean (object, "active", FALSE) ? "1" : "0");
    }
  else if (strcmp (oracle->sort, "owner") == 0 || strcmp (oracle->sort, "group") == 0)
    add_link_key (oracle, item, ms_object_get_link (object, oracle->sort));
  else if (ms_object_get_string (object, oracle->sort) != NULL)
    item->key = ms_text_fold (ms_object_get_string (object, oracle->sort));
  return TRUE;
}

static gboolean
collect_ids (MsObject *object, gpointer data, GError **error)
{
  g_ptr_array_add (data, g_strdup (ms_object_get_id (object)));
  return TRUE;
}

static gint64
expected_place (const Oracle *oracle, gboolean descending, gint64 i)
{
  return descending ? (gint64) oracle->items->len - 1 - i : i;
}

static void
check_window (Oracle *oracle, MsQuery *query, gint64 start, gint64 count, GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  gint64 total = -1;

  query->start = start;
  query->count = count;
  g_assert_true (ms_txn_query (oracle->txn, query, collect_ids, ids, &total, error));
  g_assert_cmpint (total, ==, oracle->items->len);
  g_assert_cmpint (ids->len, ==, CLAMP ((gint64) oracle->items->len - start, 0, count));
  for (guint i = 0; i < ids->len; i++)
    {
      const Item *item
          = oracle->items->pdata[expected_place (oracle, query->descending, start + i)];
      g_assert_cmpstr (ids->pdata[i], ==, item->id);
    }
}

static void
check_places (Oracle *oracle, MsQuery *query, GError **error)
{
  g_autoptr (GPtrArray) ranges = ms_txn_list_ranges (oracle->txn, query, 5, error);

  g_assert_nonnull (ranges);
  g_assert_cmpuint (ranges->len, ==, (oracle->items->len + 4) / 5);
  for (guint i = 0; i < oracle->items->len; i += 5)
    {
      const Item *item = oracle->items->pdata[expected_place (oracle, query->descending, i)];
      gint64      position = -2;
      g_assert_true (ms_txn_find_position (oracle->txn, query, item->id, &position, error));
      g_assert_cmpint (position, ==, i);
      g_autoptr (MsObject) object = ms_txn_get_object (oracle->txn, NULL, item->id, error);
      g_assert_cmpstr (ranges->pdata[i / 5], ==, ms_object_get_label (object));
    }
}

static gboolean
do_check (MsTxn *txn, gpointer data, GError **error)
{
  Oracle *oracle = data;
  gint64  total = -1;
  MsQuery query = { .type = NULL };

  oracle->txn = txn;
  const MsResourceType *type = fixture_type (oracle->fixture, oracle->type);
  query.type = type;
  query.count = 100000;
  g_assert_true (ms_txn_query (txn, &query, add_item, oracle, NULL, error));
  g_ptr_array_sort (oracle->items, item_compare);
  query.filter = oracle->parsed;
  query.sort_by = oracle->sort != NULL ? ms_resource_type_find (type, oracle->sort) : NULL;
  query.count = 0;
  g_assert_true (ms_txn_query (txn, &query, NULL, NULL, &total, error));
  g_assert_cmpint (total, ==, oracle->items->len);
  for (query.descending = FALSE;; query.descending = TRUE)
    {
      for (gint64 start = 0; start <= (gint64) oracle->items->len; start += 7)
        check_window (oracle, &query, start, 4, error);
      check_places (oracle, &query, error);
      if (query.descending)
        return TRUE;
    }
}

static const struct
{
  const char *type;
  const char *sort;
  const char *filter;
} lists[] = {
  { "User", NULL, NULL },
  { "User", "userName", NULL },
  { "User", "displayName", NULL },
  { "User", "nickName", NULL },
  { "User", "active", NULL },
  { "User", "emails.value", NULL },
  { "User", "title", NULL },
  { "User", NULL, "active eq true" },
  { "User", "userName", "active eq true" },
  { "User", "nickName", "active eq false or not (displayName pr)" },
  { "User", "displayName", "displayName pr and active ne true" },
  { "User", "displayName", "userName ne \"u1\"" },
  { "User", "nickName", "userName co \"1\"" },
  { "User", "emails.value", "emails pr" },
  { "User", "userName", "displayName co \"ird\"" },
  { "User", "displayName", "displayName co \"clair\"" },
  { "User", "nickName", "not (nickName ew \"el\")" },
  { "User", NULL, "emails.value co \"@x\"" },
  { "User", NULL, "userName ew \"1\" or displayName co \"É\"" },
  { "User", "userName", "displayName gt \"c\"" },
  { "Mailbox", "owner", NULL },
  { "Mailbox", "quota", NULL },
  { "Mailbox", "owner", "quota ge 200" },
  { "Mailbox", "group", NULL },
  { "Mailbox", "group", "quota ge 200" },
  { "Mailbox", "effectiveQuota", NULL },
  { "Mailbox", "effectiveQuota", "quota lt 300" },
  { "User", MAILBOXES, NULL },
  { "User", MAILBOXES, "active eq true" },
};

static void
check_lists (World *world)
{
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (item_free);
      Oracle oracle
          = { world->fixture, lists[i].type, lists[i].sort, lists[i].filter, NULL, NULL, items };

      g_test_message ("%s by %s, %s", oracle.type, oracle.sort, oracle.filter);
      if (oracle.filter != NULL)
        oracle.parsed
            = ms_filter_parse (fixture_type (world->fixture, oracle.type), oracle.filter, &error);
      g_assert_no_error (error);
      fixture_read (world->fixture, do_check, &oracle);
      g_clear_pointer (&oracle.parsed, ms_filter_free);
    }
}

/* Two have one name, since they are in different places. */
static void
make_groups (World *world)
{
  static const char *const names[] = { "north", "East", "south", "west" };

  world->groups = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *json = g_strdup_printf ("{'name':'%s'}", names[i]);
      g_ptr_array_add (world->groups, fixture_insert (world->fixture, "MailGroup", json));
    }
  char *below = fixture_insert (world->fixture, "MailGroup", "{'name':'inner'}");
  g_autoptr (MsObject) group = fixture_get (world->fixture, below);
  ms_object_set_link (group, "parent", world->groups->pdata[0]);
  ms_object_set_string (group, "name", "East");
  fixture_update (world->fixture, group);
  g_ptr_array_add (world->groups, below);
}

static void
test_random (Fixture *fixture, gconstpointer data)
{
  World world = { fixture,
                  g_rand_new_with_seed (20261128),
                  g_ptr_array_new_with_free_func (g_free),
                  g_ptr_array_new_with_free_func (g_free),
                  g_ptr_array_new_with_free_func (g_free),
                  NULL,
                  0 };

  make_groups (&world);
  ms_query_sizes
      = (MsQuerySizes){ .few = 3, .near = 2, .far = 4, .block = 4, .looked_at = 8, .keys = 30 };
  for (guint i = 0; i < ROUNDS; i++)
    {
      for (guint j = 0; j < 5; j++)
        do_round (&world);
      if (i % 15 != 14)
        continue;
      check_lists (&world);
      fixture_check_sound (fixture);
    }
  g_assert_cmpuint (world.users->len, >, 12);
  g_assert_cmpuint (world.boxes->len, >, 4);
  while (world.users->len > 2)
    {
      fixture_delete (fixture, world.users->pdata[world.users->len / 2]);
      g_ptr_array_remove_index (world.users, world.users->len / 2);
    }
  fixture_check_sound (fixture);
  check_lists (&world);
  g_rand_free (world.random);
  g_ptr_array_unref (world.users);
  g_ptr_array_unref (world.boxes);
  g_ptr_array_unref (world.bin);
  g_ptr_array_unref (world.groups);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("lists/random", NULL, test_random);
  return g_test_run ();
}
