/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A directory and a store that both change by chance. After each run: who is in the directory is
 * here as it says there, but for whom the run says that it refused them, who are as they were; who
 * left is disabled; nobody else was touched, and nobody gets the mail of somebody else. The same
 * run once more writes nothing, and the undo of it leaves the store as it was.
 */
#include "directory-fixture.h"

#include <string.h>

#include "ms-directory-config.h"
#include "ms-rules.h"
#include "ms-txn.h"

#define ROUNDS 14

static const char *const names[] = { "ann", "bob", "cid", "dot", "eve", "fay", "gil", "hal" };

static const char *
any_name (void)
{
  return names[g_test_rand_int_range (0, G_N_ELEMENTS (names))];
}

/* What is in the store --------------------------------------------------------------------- */

typedef struct
{
  Fixture    *f;
  GHashTable *users;     /* id -> MsObject */
  GHashTable *mailboxes; /* id -> MsObject */
} World;

static gboolean
keep (MsObject *object, gpointer user_data, GError **error)
{
  g_hash_table_insert (user_data, g_strdup (ms_object_get_id (object)), ms_object_copy (object));
  return TRUE;
}

static gboolean
read_world (MsTxn *txn, gpointer user_data, GError **error)
{
  World  *self = user_data;
  MsQuery users = { .type = fixture_type (self->f, "User"), .count = 10000 };
  MsQuery mailboxes = { .type = fixture_type (self->f, "Mailbox"), .count = 10000 };
  gint64  total;

  return ms_txn_query (txn, &users, keep, self->users, &total, error)
         && ms_txn_query (txn, &mailboxes, keep, self->mailboxes, &total, error);
}

static World
world_new (Fixture *f)
{
  World world = {
    f,
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) ms_object_unref),
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) ms_object_unref),
  };

  g_assert_true (ms_store_read (f->store, read_world, &world, NULL, NULL));
  return world;
}

static void
world_clear (World *self)
{
  g_hash_table_unref (self->users);
  g_hash_table_unref (self->mailboxes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

static MsObject *
find_linked (World *self, const char *client, const char *identity)
{
  GHashTableIter iter;
  gpointer       user;

  g_hash_table_iter_init (&iter, self->users);
  while (g_hash_table_iter_next (&iter, NULL, &user))
    {
      g_autofree char *own = ms_directory_get_identity (user, client);
      if (g_strcmp0 (own, identity) == 0)
        return user;
    }
  return NULL;
}

static MsObject *
find_primary (World *self, const char *user_id)
{
  GHashTableIter iter;
  gpointer       mailbox;

  g_hash_table_iter_init (&iter, self->mailboxes);
  while (g_hash_table_iter_next (&iter, NULL, &mailbox))
    if (g_strcmp0 (ms_object_get_link (mailbox, "owner"), user_id) == 0
        && ms_object_get_boolean (mailbox, "primary", FALSE))
      return mailbox;
  return NULL;
}

static void
assert_same (MsObject *before, MsObject *after)
{
  if (before == NULL || after == NULL)
    {
      g_assert_true (before == after);
      return;
    }
  g_autoptr (JsonNode) a
             = json_node_init_object (json_node_alloc (), ms_object_get_attributes (before));
  g_autoptr (JsonNode) b
             = json_node_init_object (json_node_alloc (), ms_object_get_attributes (after));
  g_autofree char *left = ms_json_to_string (a);
  g_autofree char *right = ms_json_to_string (b);
  g_assert_cmpstr (left, ==, right);
}

/* Chance ----------------------------------------------------------------------------------- */

static void
change_town (void)
{
  Entry           *entry = town.entries->len > 0
                               ? town.entries->pdata[g_test_rand_int_range (0, (int) town.entries->len)]
                               : NULL;
  int              what = entry != NULL ? g_test_rand_int_range (0, 12) : 0;
  g_autofree char *text = NULL;

  switch (what)
    {
    case 0:
    case 1:
    case 2:
      text = g_strdup_printf ("uid=%s;cn=New;mail=%s@example.org", any_name (), any_name ());
      town_add (text);
      break;
    case 3:
      if (town.entries->len > 2)
        town_remove (entry);
      break;
    case 4:
    case 5:
      town_set (entry, "uid", any_name ());
      break;
    case 6:
      text = g_strdup_printf ("%s%d@example.org", any_name (), g_test_rand_int_range (0, 3));
      town_set (entry, "mail", text);
      break;
    case 7:
      town_set (entry, "disabled", g_test_rand_bit () ? "yes" : NULL);
      break;
    case 8:
      town_set (entry, "title", g_test_rand_bit () ? any_name () : NULL);
      break;
    case 9:
      town_set (entry, "cn", any_name ());
      break;
    case 10:
      text = g_strdup_printf ("smtp:%s.x@example.org|smtp:%s", any_name (), any_name ());
      town_set (entry, "proxyAddresses", g_test_rand_bit () ? text : NULL);
      break;
    default:
      town_set (entry, "mail", g_test_rand_bit () ? "not an address" : NULL);
      break;
    }
}

/* Anything, also what cannot be: then nothing is changed. */
static void
try_change (Fixture *f, const char *type, const char *id, const char *path, const char *value)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *body = json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                                "'Operations':[{'op':'replace','path':'%s','value':%s}]}",
                                path,
                                value);
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, MS_VERB_PATCH, type, id, body, &error);
}

static void
change_here (Fixture *f)
{
  g_autofree char *id = find_user_id (f, any_name ());
  g_autofree char *quoted = g_strdup_printf ("\"%s\"", any_name ());
  g_autofree char *address = g_strdup_printf ("%s@example.org", any_name ());
  g_autofree char *mailbox = find_mailbox_id (f, address);
  g_autofree char *alias = g_strdup_printf ("[\"%s.y@example.org\"]", any_name ());
  g_autoptr (GError) error = NULL;

  switch (id != NULL ? g_test_rand_int_range (0, 9) : 0)
    {
    case 0:
      {
        g_autofree char *body = json ("{'userName':'%s'}", any_name ());
        g_autoptr (MsOutcome) outcome
                   = try_verb (f, NULL, MS_VERB_CREATE, "User", NULL, body, &error);
        break;
      }
    case 1:
      try_change (f, "User", id, "title", quoted);
      break;
    case 2:
      try_change (f, "User", id, "nickName", quoted);
      break;
    case 3:
      try_change (f, "User", id, "userName", quoted);
      break;
    case 4:
      try_change (f, "User", id, "active", g_test_rand_bit () ? "false" : "true");
      break;
    case 5:
      {
        g_autoptr (MsOutcome) outcome
                   = try_verb (f, NULL, MS_VERB_DELETE, "User", id, NULL, &error);
        break;
      }
    case 6:
      if (mailbox != NULL)
        try_change (f, "Mailbox", mailbox, "aliases", alias);
      break;
    case 7:
      if (mailbox != NULL)
        try_change (f, "Mailbox", mailbox, "name", quoted);
      break;
    default:
      if (mailbox != NULL)
        try_change (f, "Mailbox", mailbox, "primary", "false");
      break;
    }
}

/* What must hold --------------------------------------------------------------------------- */

static gboolean
is_refused (JsonObject *rows, const char *dn)
{
  JsonArray *array = json_object_get_array_member (rows, "rows");

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *row = json_array_get_object_element (array, i);
      if (g_strcmp0 (json_object_get_string_member_with_default (row, "dn", NULL), dn) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Nothing of it could be taken but that it is disabled. */
static gboolean
is_put_out (JsonObject *disabled, const char *dn)
{
  JsonArray *array = json_object_get_array_member (disabled, "rows");

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *row = json_array_get_object_element (array, i);
      const char *reason = json_object_get_string_member_with_default (row, "reason", "");
      if (g_strcmp0 (json_object_get_string_member_with_default (row, "dn", NULL), dn) == 0
          && strstr (reason, "Nothing else of the entry was taken") != NULL)
        return TRUE;
    }
  return FALSE;
}

/* How many mailboxes get the mail of @address, without @mailbox (nullable). */
static guint
count_holders (World *world, MsObject *mailbox, const char *address)
{
  GHashTableIter iter;
  gpointer       other;
  guint          n = 0;

  g_hash_table_iter_init (&iter, world->mailboxes);
  while (g_hash_table_iter_next (&iter, NULL, &other))
    if (other != mailbox
        && (g_strcmp0 (ms_object_get_string (other, "address"), address) == 0
            || ms_rules_array_has_address (ms_rules_get_array (other, "aliases"), address)))
      n++;
  return n;
}

static gboolean
is_somebody_elses (World *world, MsObject *mailbox, const char *address)
{
  return count_holders (world, mailbox, address) > 0;
}

/* The directory gives it to somebody else as the address of their mailbox, who may be refused. */
static gboolean
is_promised (Entry *entry, const char *address)
{
  for (guint i = 0; i < town.entries->len; i++)
    if (town.entries->pdata[i] != entry
        && g_strcmp0 (g_hash_table_lookup (town.entries->pdata[i], "mail"), address) == 0)
      return TRUE;
  return FALSE;
}

/* What people here did not share, a run does not make them share. */
static void
check_shared (World *before, World *after)
{
  GHashTableIter iter;
  gpointer       mailbox;

  g_hash_table_iter_init (&iter, after->mailboxes);
  while (g_hash_table_iter_next (&iter, NULL, &mailbox))
    {
      JsonArray  *aliases = ms_rules_get_array (mailbox, "aliases");
      const char *address = ms_object_get_string (mailbox, "address");

      g_assert_cmpuint (
          count_holders (after, NULL, address), <=, MAX (count_holders (before, NULL, address), 1));
      for (guint i = 0; aliases != NULL && i < json_array_get_length (aliases); i++)
        {
          const char *alias = json_array_get_string_element (aliases, i);
          g_assert_cmpuint (
              count_holders (after, NULL, alias), <=, MAX (count_holders (before, NULL, alias), 1));
        }
    }
}

static void
check_entry (World      *before,
             World      *after,
             const char *client,
             Entry      *entry,
             JsonObject *refused,
             JsonObject *disabled)
{
  const char      *identity = g_hash_table_lookup (entry, "entryuuid");
  const char      *mail = g_hash_table_lookup (entry, "mail");
  const char      *aliases = g_hash_table_lookup (entry, "proxyaddresses");
  const char      *uid = g_hash_table_lookup (entry, "uid");
  gboolean         is_disabled = g_hash_table_contains (entry, "disabled");
  MsObject        *old;
  MsObject        *user = find_linked (after, client, identity);
  g_autofree char *dn = g_strdup_printf ("uid=%s,dc=example", uid);

  if (is_refused (refused, dn))
    return;
  if (is_put_out (disabled, dn))
    {
      g_assert_true (!is_disabled || user == NULL || !ms_object_get_boolean (user, "active", TRUE));
      return;
    }
  /* Of such an entry nothing is taken, but that it is disabled. */
  if (g_strcmp0 (mail, "not an address") == 0)
    {
      g_assert_true (is_disabled);
      g_assert_true (user == NULL || !ms_object_get_boolean (user, "active", TRUE));
      return;
    }
  if (user == NULL)
    {
      g_assert_true (is_disabled);
      return;
    }
  /* Who was taken over was here too. */
  old = g_hash_table_lookup (before->users, ms_object_get_id (user));
  g_assert_cmpstr (ms_object_get_label (user), ==, uid);
  g_assert_cmpstr (
      ms_object_get_string (user, "displayName"), ==, g_hash_table_lookup (entry, "cn"));
  g_assert_cmpstr (ms_object_get_string (user, "title"), ==, g_hash_table_lookup (entry, "title"));
  if (old != NULL)
    g_assert_cmpstr (
        ms_object_get_string (user, "nickName"), ==, ms_object_get_string (old, "nickName"));
  if (is_disabled)
    g_assert_false (ms_object_get_boolean (user, "active", TRUE));
  else if (old == NULL || ms_object_get_boolean (old, "active", TRUE))
    g_assert_true (ms_object_get_boolean (user, "active", TRUE));
  MsObject *mailbox = find_primary (after, ms_object_get_id (user));
  if (mail == NULL)
    return;
  g_assert_nonnull (mailbox);
  g_assert_cmpstr (ms_object_get_string (mailbox, "address"), ==, mail);
  JsonArray *now = ms_json_get_array (ms_object_get_attributes (mailbox), "aliases");
  g_autoptr (JsonArray) none = json_array_new ();
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), now != NULL ? now : none);
  g_autofree char *text = ms_json_to_string (node);
  g_auto (GStrv) wanted = g_strsplit (aliases != NULL ? aliases : "", "\n", 0);
  for (guint i = 0; wanted[i] != NULL; i++)
    {
      const char      *name = wanted[i] + strlen ("smtp:");
      g_autofree char *address
          = strchr (name, '@') != NULL ? g_strdup (name) : g_strdup_printf ("%s@example.org", name);
      g_assert_true (strcmp (address, mail) == 0 || strstr (text, address) != NULL
                     || is_somebody_elses (after, mailbox, address)
                     || is_promised (entry, address));
    }
}

/* (nullable) */
static Entry *
find_in_town (const char *identity)
{
  for (guint i = 0; i < town.entries->len; i++)
    if (g_strcmp0 (g_hash_table_lookup (town.entries->pdata[i], "entryuuid"), identity) == 0)
      return town.entries->pdata[i];
  return NULL;
}

static gboolean
is_one_of_several (Entry *entry)
{
  const char *uid = g_hash_table_lookup (entry, "uid");
  guint       n = 0;

  for (guint i = 0; i < town.entries->len; i++)
    n += g_strcmp0 (g_hash_table_lookup (town.entries->pdata[i], "uid"), uid) == 0;
  return n > 1;
}

/* @entry: (nullable). Of several by that name it is not told which: one may be refused and another
 * one put out. */
static gboolean
is_entry_refused (JsonObject *refused, Entry *entry)
{
  g_autofree char *dn = g_strdup_printf (
      "uid=%s,dc=example",
      entry != NULL ? (const char *) g_hash_table_lookup (entry, "uid") : "nobody");

  return entry != NULL && !is_one_of_several (entry) && is_refused (refused, dn);
}

/* Everybody else, and who left. */
static void
check_others (World *before, World *after, const char *client, JsonObject *refused)
{
  GHashTableIter iter;
  gpointer       id, object;

  g_hash_table_iter_init (&iter, before->users);
  while (g_hash_table_iter_next (&iter, &id, &object))
    {
      g_autofree char *identity = ms_directory_get_identity (object, client);
      MsObject        *now = g_hash_table_lookup (after->users, id);

      g_assert_nonnull (now);
      g_autofree char *taken = ms_directory_get_identity (now, client);
      /* Who was taken over by the name is met with the entries. */
      if (identity == NULL && taken != NULL)
        g_assert_nonnull (find_in_town (taken));
      else if (identity == NULL)
        {
          assert_same (object, now);
          assert_same (find_primary (before, id), find_primary (after, id));
        }
      else if (find_in_town (identity) == NULL)
        {
          g_assert_false (ms_object_get_boolean (now, "active", TRUE));
          g_assert_cmpstr (ms_object_get_label (now), ==, ms_object_get_label (object));
        }
      else if (is_entry_refused (refused, find_in_town (identity)))
        assert_same (object, now);
    }
}

static void
run_round (Fixture *f, const char *id, const char *client)
{
  g_autofree char *digest_before = digest (f);
  g_auto (World) before = world_new (f);
  gint64 sequence = last_sequence (f);
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_RUN, TRUE);

  assert_picked (last, "reason", NULL);
  assert_picked (last, "result", "done");
  g_autoptr (JsonObject) refused = get_rows (f, id, "refuse");
  g_autoptr (JsonObject) disabled = get_rows (f, id, "disable");
  g_auto (World) after = world_new (f);
  for (guint i = 0; i < town.entries->len; i++)
    check_entry (&before, &after, client, town.entries->pdata[i], refused, disabled);
  check_others (&before, &after, client, refused);
  check_shared (&before, &after);

  gint64           written = last_sequence (f);
  g_autofree char *digest_after = digest (f);
  g_autoptr (JsonObject) again = run_directory (f, id, MS_DIRECTORY_RUN, TRUE);
  assert_picked (again, "reason", NULL);
  assert_picked (again, "result", "done");
  g_autofree char *digest_again = digest (f);
  g_assert_cmpstr (digest_again, ==, digest_after);
  g_assert_cmpint (last_sequence (f), ==, written);
  if (written == sequence)
    return;
  undo_directory (f, id);
  g_autofree char *digest_undone = digest (f);
  g_assert_cmpstr (digest_undone, ==, digest_before);
  /* On with it. */
  g_autoptr (JsonObject) once_more = run_directory (f, id, MS_DIRECTORY_RUN, TRUE);
  assert_picked (once_more, "reason", NULL);
  assert_picked (once_more, "result", "done");
}

/* A town in which nobody may log on is taken for a mistake. */
static void
enable_somebody (void)
{
  for (guint i = 0; i < town.entries->len; i++)
    if (!g_hash_table_contains (town.entries->pdata[i], "disabled"))
      return;
  town_set (town.entries->pdata[0], "disabled", NULL);
}

/* @data: a number: each test begins with the same seed, and goes by others of its numbers. */
static void
test_random (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 1000 * GPOINTER_TO_UINT (data); i++)
    (void) g_test_rand_int ();
  g_autofree char *id = make_directory (
      f,
      ",'activeFilter':'(!(disabled=*))','adopt':true,'leaverLimit':100,'mapping':{'userName':'uid'"
      ","
      "'displayName':'cn','title':'title','mailbox':'mail','aliases':'proxyAddresses'}");
  g_autofree char *client = ms_directory_make_client (id);

  town_add ("uid=first;cn=First;mail=first@example.org");
  town_add ("uid=second;cn=Second;mail=second@example.org");
  for (guint round = 0; round < ROUNDS; round++)
    {
      g_test_message ("round %u", round);
      for (int i = g_test_rand_int_range (0, 8); i > 0; i--)
        change_town ();
      enable_somebody ();
      for (int i = g_test_rand_int_range (0, 5); i > 0; i--)
        change_here (f);
      run_round (f, id, client);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *path = g_strdup_printf ("/directory/random/%u", i);
      g_test_add (path, Fixture, GUINT_TO_POINTER (i), town_set_up, test_random, town_tear_down);
    }
  return g_test_run ();
}
