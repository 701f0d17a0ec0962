/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The walk of mail against a resolver that knows nothing of it: the whole store as a few arrays,
 * every hop found by looking at everything, reachability and loops by repeating until nothing
 * changes. Random stores of all that may meet: mutual lists and forwards, aliases of aliases'
 * addresses, alias domains, nested groups, closed mailboxes, users without a mailbox.
 *
 * Each store lives in a savepoint and is rolled back. MS_ORACLE_STORES says how many.
 */
#include "service-fixture.h"

#include <stdlib.h>
#include <string.h>

#include "ms-address.h"
#include "ms-delivery-walk.h"

#define EXT_GROUP "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group"
#define DEFAULT_STORES 2000
/* In one transaction: PostgreSQL looks through what was rolled back in it, again and again. */
#define STORES_AT_ONCE 100
#define STARTS 6

#define N_LOCALS 7
#define N_DOMAINS 5
#define N_ADDRESSES (N_LOCALS * N_DOMAINS)
#define N_MAILBOXES 8
#define N_GROUPS 4
#define N_LISTS 4
#define N_USERS 4
#define N_THINGS (N_ADDRESSES + N_MAILBOXES + N_GROUPS + N_LISTS + N_USERS)
#define MAILBOX(i) (N_ADDRESSES + (i))
#define GROUP(i) (MAILBOX (N_MAILBOXES) + (i))
#define LIST(i) (GROUP (N_GROUPS) + (i))
#define USER(i) (LIST (N_LISTS) + (i))
#define NONE (-1)
#define MAX_REFERENCES 3

static const struct
{
  const char *name;
  gboolean    is_local;
  int         alias_of;
} domains[N_DOMAINS] = {
  { "example.org", TRUE, NONE }, { "two.example", TRUE, NONE },  { "same.example", TRUE, 0 },
  { "also.example", TRUE, 1 },   { "far.example", FALSE, NONE },
};

/* Address i is local part i / N_DOMAINS in domain i % N_DOMAINS. References are things, or NONE. */
typedef struct
{
  int      address;
  int      aliases[MAX_REFERENCES];
  int      forward[MAX_REFERENCES];
  gboolean keeps, active, primary;
  int      owner, group;
} Mailbox;

typedef struct
{
  int address, parent;
  int aliases[MAX_REFERENCES];
} Group;

typedef struct
{
  int address;
  int aliases[MAX_REFERENCES];
  int members[MAX_REFERENCES];
  int external[MAX_REFERENCES];
} List;

typedef struct
{
  int      mailboxes, groups, lists, users;
  Mailbox  mailbox[N_MAILBOXES];
  Group    group[N_GROUPS];
  List     list[N_LISTS];
  gboolean own[N_ADDRESSES]; /* taken as something's own */
  char    *ids[N_THINGS];
  gboolean hop[N_THINGS][N_THINGS];
  gboolean way[N_THINGS][N_THINGS]; /* hop, again and again */
} Model;

/* Random stores ------------------------------------------------------------------------------- */

static gboolean
chance (int percent)
{
  return g_test_rand_int_range (0, 100) < percent;
}

static int
pick_of (int count)
{
  return count > 0 ? g_test_rand_int_range (0, count) : NONE;
}

static int
pick_own_address (Model *self)
{
  for (int i = 0; i < 50; i++)
    {
      int address = pick_of (N_ADDRESSES);
      if (address % N_DOMAINS > 1 || self->own[address])
        continue;
      self->own[address] = TRUE;
      return address;
    }
  return NONE;
}

static void
pick_addresses (int *references, int percent)
{
  for (int i = 0; i < MAX_REFERENCES; i++)
    references[i] = chance (percent) ? pick_of (N_ADDRESSES) : NONE;
}

static int
pick_member (Model *self)
{
  switch (g_test_rand_int_range (0, 4))
    {
    case 0:
      return self->mailboxes > 0 ? MAILBOX (pick_of (self->mailboxes)) : NONE;
    case 1:
      return self->groups > 0 ? GROUP (pick_of (self->groups)) : NONE;
    case 2:
      return self->users > 0 ? USER (pick_of (self->users)) : NONE;
    default:
      return LIST (pick_of (self->lists));
    }
}

static void
make_model (Model *self)
{
  memset (self, 0, sizeof *self);
  self->mailboxes = g_test_rand_int_range (0, N_MAILBOXES + 1);
  self->groups = g_test_rand_int_range (0, N_GROUPS + 1);
  self->lists = g_test_rand_int_range (0, N_LISTS + 1);
  self->users = g_test_rand_int_range (0, N_USERS + 1);
  for (int i = 0; i < self->groups; i++)
    {
      self->group[i].address = chance (60) ? pick_own_address (self) : NONE;
      self->group[i].parent = chance (60) ? pick_of (i) : NONE;
      pick_addresses (self->group[i].aliases, 10);
    }
  for (int i = 0; i < self->mailboxes; i++)
    {
      Mailbox *mailbox = &self->mailbox[i];
      mailbox->address = pick_own_address (self);
      pick_addresses (mailbox->aliases, 25);
      pick_addresses (mailbox->forward, 25);
      mailbox->keeps = chance (50);
      mailbox->active = chance (85);
      mailbox->group = chance (60) ? pick_of (self->groups) : NONE;
      mailbox->owner = chance (50) ? pick_of (self->users) : NONE;
      mailbox->primary = mailbox->owner != NONE && chance (70);
      for (int j = 0; j < i; j++)
        if (self->mailbox[j].owner == mailbox->owner && self->mailbox[j].primary)
          mailbox->primary = FALSE;
    }
  for (int i = 0; i < self->lists; i++)
    {
      self->list[i].address = chance (80) ? pick_own_address (self) : NONE;
      pick_addresses (self->list[i].aliases, 10);
      pick_addresses (self->list[i].external, 25);
      for (int j = 0; j < MAX_REFERENCES; j++)
        {
          int member = chance (60) ? pick_member (self) : NONE;
          self->list[i].members[j] = member == LIST (i) ? NONE : member;
        }
    }
}

/* Into the store ------------------------------------------------------------------------------ */

/* In any case: addresses do not mind. (transfer full) */
static char *
write_address (int address)
{
  return g_strdup_printf (
      "%c@%s", (chance (50) ? 'a' : 'A') + address / N_DOMAINS, domains[address % N_DOMAINS].name);
}

static void
set_addresses (MsObject *object, const char *path, const int *references)
{
  const MsAttribute *attribute = ms_resource_type_find (ms_object_get_type (object), path);
  g_autoptr (JsonArray) array = json_array_new ();

  for (int i = 0; i < MAX_REFERENCES; i++)
    if (references[i] != NONE)
      {
        g_autofree char *text = write_address (references[i]);
        json_array_add_string_element (array, text);
      }
  if (json_array_get_length (array) == 0)
    return;
  JsonNode *node = json_node_init_array (json_node_alloc (), array);
  ms_attribute_set_value (attribute, ms_object_get_attributes (object), node);
}

static void
set_address (MsObject *object, const char *path, int address)
{
  g_autofree char *text = address != NONE ? write_address (address) : NULL;

  ms_object_set_string (object, path, text);
}

static MsObject *
new_object (Model *self, const MsResourceType *type, int thing)
{
  g_autofree char *name = g_strdup_printf ("thing%d", thing);
  MsObject        *object = NULL;

  self->ids[thing] = ms_object_new_id ();
  object = ms_object_new (type, self->ids[thing], json_object_new ());
  ms_object_set_string (object, ms_resource_type_get_label (type)->path, name);
  return object;
}

static void
insert (MsTxn *txn, MsObject *object)
{
  g_autoptr (GError) error = NULL;
  gboolean inserted = ms_txn_insert (txn, object, &error);

  g_assert_no_error (error);
  g_assert_true (inserted);
}

static void
store_mailbox (Model *self, MsTxn *txn, const MsResourceType *type, int number)
{
  const Mailbox *mailbox = &self->mailbox[number];
  g_autoptr (MsObject) object = new_object (self, type, MAILBOX (number));

  set_address (object, "address", mailbox->address);
  set_addresses (object, "aliases", mailbox->aliases);
  set_addresses (object, "forwardTo", mailbox->forward);
  ms_object_set_boolean (object, "keepCopy", mailbox->keeps);
  ms_object_set_boolean (object, "active", mailbox->active);
  ms_object_set_boolean (object, "primary", mailbox->primary);
  if (mailbox->owner != NONE)
    ms_object_set_link (object, "owner", self->ids[USER (mailbox->owner)]);
  if (mailbox->group != NONE)
    ms_object_set_link (object, "group", self->ids[GROUP (mailbox->group)]);
  insert (txn, object);
}

static void
store_members (Model *self, MsTxn *txn, MsObject *object, int number)
{
  const MsAttribute *members = ms_resource_type_find (ms_object_get_type (object), "members");

  for (int i = 0; i < MAX_REFERENCES; i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean changed = FALSE;
      int      member = self->list[number].members[i];
      if (member == NONE)
        continue;
      g_assert_true (ms_txn_add_link (txn, object, members, self->ids[member], &changed, &error));
      g_assert_no_error (error);
    }
}

static void
store_model (Model *self, MsTxn *txn, const MsServiceTypes *types)
{
  MsObject *lists[N_LISTS];

  for (int i = 0; i < self->users; i++)
    {
      g_autoptr (MsObject) object = new_object (self, types->user, USER (i));
      insert (txn, object);
    }
  for (int i = 0; i < self->groups; i++)
    {
      g_autoptr (MsObject) object = new_object (self, types->mail_group, GROUP (i));
      set_address (object, "address", self->group[i].address);
      set_addresses (object, "aliases", self->group[i].aliases);
      if (self->group[i].parent != NONE)
        ms_object_set_link (object, "parent", self->ids[GROUP (self->group[i].parent)]);
      insert (txn, object);
    }
  for (int i = 0; i < self->mailboxes; i++)
    store_mailbox (self, txn, types->mailbox, i);
  for (int i = 0; i < self->lists; i++)
    {
      lists[i] = new_object (self, types->list, LIST (i));
      set_address (lists[i], EXT_GROUP ":address", self->list[i].address);
      set_addresses (lists[i], EXT_GROUP ":aliases", self->list[i].aliases);
      set_addresses (lists[i], EXT_GROUP ":externalMembers", self->list[i].external);
      insert (txn, lists[i]);
    }
  for (int i = 0; i < self->lists; i++)
    {
      store_members (self, txn, lists[i], i);
      ms_object_unref (lists[i]);
    }
}

/* The oracle ---------------------------------------------------------------------------------- */

static gboolean
holds (const int *references, int wanted)
{
  for (int i = 0; i < MAX_REFERENCES; i++)
    if (references[i] == wanted)
      return TRUE;
  return FALSE;
}

static gboolean
has_mailbox_below (const Model *self, int group)
{
  for (int i = 0; i < self->mailboxes; i++)
    for (int at = self->mailbox[i].group; at != NONE; at = self->group[at].parent)
      if (at == group)
        return TRUE;
  return FALSE;
}

static void
find_hops_of_address (Model *self, int address)
{
  gboolean *to = self->hop[address];
  int       domain = address % N_DOMAINS;

  if (!domains[domain].is_local)
    return;
  for (int i = 0; i < self->mailboxes; i++)
    to[MAILBOX (i)]
        = self->mailbox[i].address == address || holds (self->mailbox[i].aliases, address);
  for (int i = 0; i < self->groups; i++)
    to[GROUP (i)] = self->group[i].address == address || holds (self->group[i].aliases, address);
  for (int i = 0; i < self->lists; i++)
    to[LIST (i)] = self->list[i].address == address || holds (self->list[i].aliases, address);
  if (domains[domain].alias_of != NONE)
    to[address - domain + domains[domain].alias_of] = TRUE;
}

static void
find_hops (Model *self)
{
  for (int i = 0; i < N_ADDRESSES; i++)
    find_hops_of_address (self, i);
  for (int i = 0; i < self->mailboxes; i++)
    {
      const Mailbox *mailbox = &self->mailbox[i];
      for (int j = 0; j < N_ADDRESSES; j++)
        self->hop[MAILBOX (i)][j] = mailbox->active && holds (mailbox->forward, j);
      if (mailbox->owner != NONE && mailbox->primary)
        self->hop[USER (mailbox->owner)][MAILBOX (i)] = TRUE;
      if (mailbox->group != NONE)
        self->hop[GROUP (mailbox->group)][MAILBOX (i)] = TRUE;
    }
  for (int i = 0; i < self->groups; i++)
    if (self->group[i].parent != NONE && has_mailbox_below (self, i))
      self->hop[GROUP (self->group[i].parent)][GROUP (i)] = TRUE;
  for (int i = 0; i < self->lists; i++)
    for (int j = 0; j < N_THINGS; j++)
      self->hop[LIST (i)][j]
          = holds (self->list[i].members, j) || holds (self->list[i].external, j);
}

static void
find_ways (Model *self)
{
  gboolean changed = TRUE;

  memcpy (self->way, self->hop, sizeof self->hop);
  while (changed)
    {
      changed = FALSE;
      for (int i = 0; i < N_THINGS; i++)
        for (int j = 0; j < N_THINGS; j++)
          for (int k = 0; self->way[i][j] && k < N_THINGS; k++)
            if (self->hop[j][k] && !self->way[i][k])
              self->way[i][k] = changed = TRUE;
    }
}

static gboolean
is_recipient (const Model *self, int thing)
{
  if (thing < N_ADDRESSES)
    return !domains[thing % N_DOMAINS].is_local;
  if (thing >= GROUP (0))
    return FALSE;
  const Mailbox *mailbox = &self->mailbox[thing - MAILBOX (0)];
  gboolean       forwards = FALSE;
  for (int i = 0; i < MAX_REFERENCES; i++)
    forwards = forwards || mailbox->forward[i] != NONE;
  return mailbox->active && (mailbox->keeps || !forwards);
}

/* Mail that comes here goes nowhere. */
static gboolean
is_dead_end (const Model *self, int thing)
{
  for (int i = 0; i < N_THINGS; i++)
    if (self->hop[thing][i])
      return FALSE;
  return !is_recipient (self, thing);
}

/* Comparison ---------------------------------------------------------------------------------- */

static int
find_thing (const Model *self, const MsPlace *place)
{
  if (place->kind == MS_PLACE_ADDRESS || place->kind == MS_PLACE_OUTSIDE)
    {
      for (int i = 0; i < N_DOMAINS; i++)
        if (g_str_equal (strchr (place->key, '@') + 1, domains[i].name))
          return (place->key[0] - 'a') * N_DOMAINS + i;
    }
  else
    for (int i = N_ADDRESSES; i < N_THINGS; i++)
      if (g_strcmp0 (self->ids[i], place->key) == 0)
        return i;
  g_error ("A place that is not in the store");
}

static MsDeadEnd
expected_reason (int thing)
{
  if (thing < N_ADDRESSES)
    return MS_DEAD_END_UNKNOWN_ADDRESS;
  if (thing < GROUP (0))
    return MS_DEAD_END_CLOSED;
  if (thing < LIST (0))
    return MS_DEAD_END_EMPTY_GROUP;
  return thing < USER (0) ? MS_DEAD_END_EMPTY_LIST : MS_DEAD_END_NO_PRIMARY;
}

static void
compare_places (const Model *self, const MsDeliveryWalk *walk, int start)
{
  gboolean walked[N_THINGS] = { FALSE };

  for (guint i = 0; i < walk->places->len; i++)
    {
      const MsPlace *place = g_ptr_array_index (walk->places, i);
      int            thing = find_thing (self, place);
      g_assert_false (walked[thing]);
      walked[thing] = TRUE;
      g_assert_cmpint (place->is_recipient, ==, is_recipient (self, thing));
      g_assert_cmpint (place->dead_end,
                       ==,
                       is_dead_end (self, thing) ? expected_reason (thing) : MS_DEAD_END_NONE);
    }
  for (int i = 0; i < N_THINGS; i++)
    g_assert_cmpint (walked[i], ==, i == start || self->way[start][i]);
}

static void
compare_hops (const Model *self, const MsDeliveryWalk *walk, int start)
{
  gboolean walked[N_THINGS][N_THINGS] = { { FALSE } };

  for (guint i = 0; i < walk->hops->len; i++)
    {
      const MsHop *hop = &g_array_index (walk->hops, MsHop, i);
      int          from = find_thing (self, g_ptr_array_index (walk->places, hop->from));
      int          to = find_thing (self, g_ptr_array_index (walk->places, hop->to));
      walked[from][to] = TRUE;
    }
  for (int i = 0; i < N_THINGS; i++)
    for (int j = 0; j < N_THINGS; j++)
      g_assert_cmpint (walked[i][j], ==, (i == start || self->way[start][i]) && self->hop[i][j]);
}

/* Each set of things that reach each other has one loop, which is a way round in it. */
static void
compare_loops (const Model *self, MsDeliveryWalk *walk, int start)
{
  g_autoptr (GPtrArray) loops = ms_delivery_walk_find_loops (walk);
  gboolean told[N_THINGS] = { FALSE };

  for (guint i = 0; i < loops->len; i++)
    {
      const GArray *loop = g_ptr_array_index (loops, i);
      int           first = NONE;
      for (guint j = 0; j < loop->len; j++)
        {
          guint at = g_array_index (loop, guint, j);
          guint next = g_array_index (loop, guint, (j + 1) % loop->len);
          int   thing = find_thing (self, g_ptr_array_index (walk->places, at));
          int   after = find_thing (self, g_ptr_array_index (walk->places, next));
          first = j == 0 ? thing : first;
          g_assert_true (self->hop[thing][after]);
          g_assert_true (j == 0 || thing != first);
        }
      g_assert_false (told[first]);
      for (int j = 0; j < N_THINGS; j++)
        if (self->way[first][j] && self->way[j][first])
          told[j] = TRUE;
    }
  for (int i = 0; i < N_THINGS; i++)
    g_assert_cmpint (told[i], ==, (i == start || self->way[start][i]) && self->way[i][i]);
}

typedef struct
{
  Fixture *fixture;
  int      left; /* stores */
  guint    walks, loops, recipients;
} Oracle;

static void
compare (Oracle *oracle, const Model *model, MsTxn *txn, int start)
{
  g_autofree char *address = write_address (start);
  g_autoptr (GError) error = NULL;
  MsWrite reading;

  ms_write_init (&reading, oracle->fixture->service, oracle->fixture->admin, NULL);
  reading.txn = txn;
  g_autoptr (MsDeliveryWalk) walk = ms_delivery_walk (&reading, address, 1000, 1000, &error);
  ms_write_clear (&reading);
  g_assert_no_error (error);
  g_assert_true (walk->complete);
  compare_places (model, walk, start);
  compare_hops (model, walk, start);
  compare_loops (model, walk, start);

  oracle->walks++;
  for (int i = 0; i < N_THINGS; i++)
    if (i == start || model->way[start][i])
      {
        oracle->loops += model->way[i][i];
        oracle->recipients += is_recipient (model, i);
      }
}

static gboolean
compare_one_store (MsTxn *txn, gpointer user_data, GError **error)
{
  Oracle           *oracle = user_data;
  g_autofree Model *model = g_new (Model, 1);

  make_model (model);
  store_model (model, txn, &oracle->fixture->service->types);
  find_hops (model);
  find_ways (model);
  for (int i = 0; i < STARTS; i++)
    compare (oracle, model, txn, pick_of (N_ADDRESSES));
  for (int i = 0; i < N_THINGS; i++)
    g_free (model->ids[i]);
  return TRUE;
}

static gboolean
compare_stores (MsTxn *txn, gpointer user_data, GError **error)
{
  Oracle *oracle = user_data;

  for (int i = 0; i < STORES_AT_ONCE && oracle->left > 0; i++, oracle->left--)
    if (!ms_txn_savepoint (txn, FALSE, compare_one_store, user_data, error))
      return FALSE;
  return TRUE;
}

static void
test_oracle (Fixture *f, gconstpointer data)
{
  const char *wanted = g_getenv ("MS_ORACLE_STORES");
  Oracle      oracle = { .fixture = f, .left = wanted != NULL ? atoi (wanted) : DEFAULT_STORES };
  MsChangeContext context = { .channel = "system", .verb = "create" };
  g_autoptr (GError) error = NULL;

  for (int i = 1; i < N_DOMAINS; i++)
    if (domains[i].is_local)
      {
        gboolean         alias = domains[i].alias_of != NONE;
        g_autofree char *more = alias ? g_strdup_printf (",'kind':'alias','aliasOf':'%s'",
                                                         domains[domains[i].alias_of].name)
                                      : g_strdup ("");
        g_autofree char *body = json ("{'name':'%s'%s}", domains[i].name, more);
        g_autofree char *id = make (f, "Domain", body);
      }
  while (oracle.left > 0)
    {
      g_assert_true (ms_store_write (f->store, &context, compare_stores, &oracle, NULL, &error));
      g_assert_no_error (error);
    }
  g_test_message (
      "%u walks: %u places in loops, %u recipients", oracle.walks, oracle.loops, oracle.recipients);
  /* Random stores in which nothing happens would prove nothing. */
  g_assert_cmpuint (oracle.recipients, >, oracle.walks / 4);
  g_assert_cmpuint (oracle.loops, >, oracle.walks / 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  fixture_add ("/explain/oracle", test_oracle);

  return g_test_run ();
}
