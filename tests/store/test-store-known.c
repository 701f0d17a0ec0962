/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a transaction knows without asking (ms-object-cache.h) is what asking would say: after each
 * of many random steps, in savepoints that are kept or dropped, everything is read both ways.
 */
#include "store-fixture.h"

#include <string.h>

#include "ms-txn-private.h"

#define STEPS 60
#define NAMES 6

typedef struct
{
  Fixture   *fixture;
  GRand     *rand;
  GPtrArray *ids; /* of all that were ever made */
  GPtrArray *made;
  gboolean   fails;
} Known;

/* Reading ------------------------------------------------------------------------------------- */

static void
append_object (GString *out, MsObject *object)
{
  if (object == NULL)
    {
      g_string_append (out, "none\n");
      return;
    }
  g_autofree char *json = NULL;
  g_autoptr (JsonNode) node
             = json_node_init_object (json_node_alloc (), ms_object_get_attributes (object));
  json = ms_json_to_string (node);
  g_string_append_printf (out,
                          "%s %s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                          " %s\n",
                          ms_object_get_id (object),
                          ms_object_get_label (object),
                          ms_object_get_row (object),
                          ms_object_get_version (object),
                          ms_object_get_modified (object),
                          json);
}

static void
append_links (GString *out, MsTxn *txn, const char *id)
{
  g_autoptr (GPtrArray) links = ms_txn_list_links (txn, id, "owner", TRUE, 0, NULL);

  g_assert_nonnull (links);
  for (guint i = 0; i < links->len; i++)
    g_string_append_printf (out, "owns %s\n", ((MsLinkTarget *) links->pdata[i])->label);
}

static char *
read_all (Known *known, MsTxn *txn)
{
  GString              *out = g_string_new (NULL);
  const MsResourceType *user = fixture_type (known->fixture, "User");

  for (guint i = 0; i < known->ids->len; i++)
    {
      const char *id = known->ids->pdata[i];
      g_auto (MsFound) found = { 0 };
      g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, id, NULL);
      append_object (out, object);
      append_links (out, txn, id);
      g_assert_true (ms_txn_find_row (txn, id, TRUE, &found, NULL));
      g_string_append_printf (out, "%" G_GINT64_FORMAT " %s\n", found.row, found.label);
    }
  for (guint i = 0; i < NAMES; i++)
    {
      g_autofree char *login = g_strdup_printf ("User%u", i);
      g_autofree char *address = g_strdup_printf ("box%u@example.org", i);
      g_autoptr (MsObject) by_login = ms_txn_find_object (txn, user, "userName", login, NULL);
      g_autoptr (MsObject) by_address = ms_txn_find_address (txn, address, NULL);
      append_object (out, by_login);
      append_object (out, by_address);
    }
  return g_string_free (out, FALSE);
}

static void
compare (Known *known, MsTxn *txn)
{
  g_autofree char *quick = read_all (known, txn);
  MsObjectCache   *cache = g_steal_pointer (&txn->cache);
  g_autofree char *asked = read_all (known, txn);

  txn->cache = cache;
  g_assert_cmpstr (quick, ==, asked);
}

/* Writing ------------------------------------------------------------------------------------- */

/* (nullable) */
static MsObject *
pick (Known *known, MsTxn *txn, const char *type)
{
  if (known->ids->len == 0)
    return NULL;
  const char *id = known->ids->pdata[g_rand_int_range (known->rand, 0, (int) known->ids->len)];
  return ms_txn_get_object (txn, fixture_type (known->fixture, type), id, NULL);
}

static gboolean
insert (Known *known, MsTxn *txn, const char *type, const char *json, GError **error)
{
  g_autoptr (MsObject) object = fixture_make (known->fixture, type, json);

  g_ptr_array_add (known->made, g_strdup (ms_object_get_id (object)));
  return ms_txn_insert (txn, object, error);
}

static gboolean
insert_mailbox (Known *known, MsTxn *txn, int number, GError **error)
{
  g_autoptr (MsObject) owner = pick (known, txn, "User");
  g_autofree char *json
      = g_strdup_printf ("{'name':'box%d','address':'box%d@example.org','primary':%s%s%s%s}",
                         number,
                         number,
                         owner != NULL && g_rand_boolean (known->rand) ? "true" : "false",
                         owner != NULL ? ",'owner':{'value':'" : "",
                         owner != NULL ? ms_object_get_id (owner) : "",
                         owner != NULL ? "'}" : "");

  return insert (known, txn, "Mailbox", json, error);
}

static gboolean
change (Known *known, MsTxn *txn, int number, GError **error)
{
  g_autoptr (MsObject) user = pick (known, txn, "User");
  g_autofree char *name = g_strdup_printf ("user%d", number);

  if (user == NULL)
    return TRUE;
  ms_object_set_string (user, g_rand_boolean (known->rand) ? "userName" : "nickName", name);
  return ms_txn_update (txn, user, error);
}

static gboolean
give_away (Known *known, MsTxn *txn, GError **error)
{
  g_autoptr (MsObject) mailbox = pick (known, txn, "Mailbox");
  g_autoptr (MsObject) owner = pick (known, txn, "User");

  if (mailbox == NULL)
    return TRUE;
  ms_object_set_boolean (mailbox, "primary", FALSE);
  ms_object_set_link (mailbox, "owner", owner != NULL ? ms_object_get_id (owner) : NULL);
  return ms_txn_update (txn, mailbox, error);
}

static gboolean delete (Known *known, MsTxn *txn, GError **error)
{
  g_autoptr (MsObject) object
             = pick (known, txn, g_rand_boolean (known->rand) ? "User" : "Mailbox");

  return object == NULL || ms_txn_delete (txn, object, error);
}

static gboolean
set_secret (Known *known, MsTxn *txn, int number, GError **error)
{
  g_autoptr (MsObject) user = pick (known, txn, "User");
  static const char *const kinds[] = { "$y$", "{SSHA}", "" };
  const char              *kind = kinds[g_rand_int_range (known->rand, 0, G_N_ELEMENTS (kinds))];
  g_autofree char         *hash = g_strdup_printf ("%shash%d", kind, number);

  return user == NULL || ms_txn_set_secret (txn, user, "password", hash, error);
}

static gboolean
restore (Known *known, MsTxn *txn, GError **error)
{
  if (known->ids->len == 0)
    return TRUE;
  const char *id = known->ids->pdata[g_rand_int_range (known->rand, 0, (int) known->ids->len)];
  g_autoptr (MsObject) object = fixture_restore (txn, id, error);
  return object != NULL;
}

/* From the bin, or from before it. */
static gboolean
purge (Known *known, MsTxn *txn, GError **error)
{
  if (known->ids->len == 0)
    return TRUE;
  const char *id = known->ids->pdata[g_rand_int_range (known->rand, 0, (int) known->ids->len)];
  g_autoptr (MsObject) live = ms_txn_get_object (txn, NULL, id, NULL);
  if (live != NULL && !ms_txn_delete (txn, live, error))
    return FALSE;
  g_autoptr (MsObject) object = ms_txn_get_binned (txn, id, NULL);
  return object == NULL || ms_txn_purge (txn, id, error);
}

static gboolean
do_step (MsTxn *txn, gpointer data, GError **error)
{
  Known           *known = data;
  int              number = g_rand_int_range (known->rand, 0, NAMES);
  g_autofree char *user = g_strdup_printf ("{'userName':'user%d'}", number);
  gboolean         done;

  switch (g_rand_int_range (known->rand, 0, 9))
    {
    case 0:
    case 1:
      done = insert (known, txn, "User", user, error);
      break;
    case 2:
    case 3:
      done = insert_mailbox (known, txn, number, error);
      break;
    case 4:
      done = change (known, txn, number, error);
      break;
    case 5:
      done = give_away (known, txn, error);
      break;
    case 6:
      done
          = g_rand_boolean (known->rand) ? delete (known, txn, error) : restore (known, txn, error);
      break;
    case 7:
      done = purge (known, txn, error);
      break;
    default:
      done = set_secret (known, txn, number, error);
    }
  if (!done)
    return FALSE;
  compare (known, txn);
  if (!known->fails)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "wanted");
  return FALSE;
}

static gboolean
do_steps (MsTxn *txn, gpointer data, GError **error)
{
  Known *known = data;

  for (guint i = 0; i < STEPS; i++)
    {
      g_autoptr (GPtrArray) logins = g_ptr_array_new ();
      g_autoptr (GError) refused = NULL;

      g_ptr_array_add (logins, (gpointer) "USER1");
      g_ptr_array_add (logins, (gpointer) "user2");
      if (i % 9 == 0
          && !ms_txn_expect_objects (
              txn, fixture_type (known->fixture, "User"), "userName", logins, error))
        return FALSE;
      known->fails = g_rand_int_range (known->rand, 0, 4) == 0;
      gboolean kept = ms_txn_savepoint (txn, TRUE, do_step, known, &refused);
      if (kept)
        g_ptr_array_extend_and_steal (known->ids, g_ptr_array_ref (known->made));
      g_ptr_array_set_size (known->made, 0);
      g_assert_true (kept || (refused->domain != MS_ERROR || refused->code != MS_ERROR_INTERNAL));
      compare (known, txn);
    }
  return TRUE;
}

static void
test_known (Fixture *fixture, gconstpointer data)
{
  for (guint32 seed = 1; seed <= 5; seed++)
    {
      g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GPtrArray) made = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      Known known = { fixture, rand, ids, made, FALSE };

      g_test_message ("seed %u", seed);
      fixture_write (fixture, do_steps, &known);
      fixture_check_sound (fixture);
      fixture_renew (fixture);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("known/as-asked", NULL, test_known);
  return g_test_run ();
}
