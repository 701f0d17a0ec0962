/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Exports, and that the import takes them back: export, import into an empty store, export again,
 * the same text.
 */
#include "import-fixture.h"

#include <string.h>

#include "ms-error.h"
#include "ms-export-order.h"
#include "ms-filter.h"
#include "ms-txn.h"
#include "store-place.h"

#define ACCOUNTS "{'createUsers':true,'createGroups':true}"

/* What sample files do not have: names that differ, mailboxes without owner, further ones, closed
 * ones, what looks like a formula, quotes and line breaks, a mailbox without description beside a
 * user with a name. */
static void
fill (Fixture *self)
{
  g_autofree char *staff = fixture_upload_file (self, "staff.csv");
  g_autoptr (JsonObject) imported = fixture_do (self, staff, ACCOUNTS, FALSE, "done");
  g_autofree char *jane = fixture_create (
      self,
      "User",
      "{'userName':'jane@elsewhere.example','displayName':'=1+1','active':false,'externalId':'x-1',"
      "'phoneNumbers':[{'value':'-5'}],'urn:ietf:params:scim:schemas:extension:mailstead:2.0:User':"
      "{'description':'@SUM(A1)'}}");
  g_autofree char *own = g_strdup_printf (
      "{'name':'j.d','owner':{'value':'%s'},'primary':true,'active':false,'keepCopy':false,"
      "'forwardTo':['j@elsewhere.example','j2@elsewhere.example'],'quota':0}",
      jane);
  g_autofree char *own_id = fixture_create (self, "Mailbox", own);
  g_autofree char *archive = g_strdup_printf ("{'name':'a-archive','owner':{'value':'%s'},'"
                                              "description':'It\\u0027s, \\\"old\\\"\\nand big'}",
                                              jane);
  g_autofree char *archive_id = fixture_create (self, "Mailbox", archive);
  g_autofree char *info = fixture_create (
      self, "Mailbox", "{'name':'info','description':'\\u0027quoted','aliases':['desk','help']}");
  g_autofree char *device = fixture_create (self, "User", "{'userName':'weighbridge'}");

  g_assert_cmpint (fixture_count (imported, "create"), ==, 500);
}

static void
check_round_trip (Fixture *self, const char *type)
{
  Fixture          other = { 0 };
  g_autofree char *first = fixture_export (self, type);

  fixture_set_up (&other, NULL);
  g_autofree char *id = fixture_upload (&other, first);
  g_autoptr (JsonObject) done = fixture_do (
      &other, id, "{'createUsers':true,'createGroups':true,'onExisting':'update'}", FALSE, "done");
  g_autoptr (JsonArray) refused = fixture_rows (&other, id, "refuse");
  for (guint i = 0; i < json_array_get_length (refused); i++)
    g_test_message (
        "%s", json_object_get_string_member (json_array_get_object_element (refused, i), "reason"));
  g_assert_cmpint (fixture_count (done, "refuse"), ==, 0);
  g_autofree char *second = fixture_export (&other, type);
  g_auto (GStrv) a = g_strsplit (first, "\r\n", -1);
  g_auto (GStrv) b = g_strsplit (second, "\r\n", -1);
  for (guint i = 0; a[i] != NULL && b[i] != NULL; i++)
    g_assert_cmpstr (a[i], ==, b[i]);
  g_assert_cmpstr (first, ==, second);
  fixture_tear_down (&other, NULL);
}

static void
test_mailboxes (Fixture *self, gconstpointer data)
{
  fill (self);
  g_autofree char *text = fixture_export (self, "Mailbox");
  g_assert_true (g_str_has_prefix (
      text, "userName,displayName,givenName,familyName,domain,owner,primary,group,aliases,quota,"));
  /* Guarded, each of them */
  g_assert_nonnull (strstr (text, ",'=1+1,"));
  g_assert_nonnull (strstr (text, ",'@SUM(A1),"));
  g_assert_nonnull (strstr (text, ",''quoted,"));
  g_assert_nonnull (strstr (text, ",'+44 1632 960000,"));
  g_assert_null (strstr (text, ",=1+1,"));
  /* A further mailbox comes after its owner's own one, though its name sorts first. */
  g_assert_true (strstr (text, "\r\na-archive,") > strstr (text, "\r\nj.d,"));
  check_round_trip (self, "Mailbox");
}

/* A mailbox without description stays so, whosever it is, also where only it is missing. */
static void
test_undescribed (Fixture *self, gconstpointer data)
{
  static const char options[] = "{'createUsers':true,'createGroups':true,'onExisting':'update'}";
  Fixture           other = { 0 };
  g_autofree char  *ann
      = fixture_create (self, "User", "{'userName':'ann','displayName':'Ann Almond'}");
  g_autofree char *own
      = g_strdup_printf ("{'name':'ann','owner':{'value':'%s'},'primary':true}", ann);
  g_autofree char *own_id = fixture_create (self, "Mailbox", own);
  g_autofree char *further = g_strdup_printf ("{'name':'archive','owner':{'value':'%s'}}", ann);
  g_autofree char *further_id = fixture_create (self, "Mailbox", further);
  g_autofree char *text = fixture_export (self, "Mailbox");
  g_autofree char *users = fixture_export (self, "User");

  fixture_set_up (&other, NULL);
  g_autofree char *id = fixture_upload (&other, text);
  g_autoptr (JsonObject) done = fixture_do (&other, id, options, FALSE, "done");
  g_assert_cmpint (fixture_count (done, "create"), ==, 2);
  g_autofree char *again = fixture_export (&other, "Mailbox");
  g_assert_cmpstr (again, ==, text);
  g_autofree char *same_id = fixture_upload (&other, text);
  g_autoptr (JsonObject) same = fixture_do (&other, same_id, options, FALSE, "done");
  g_assert_cmpint (fixture_count (same, "skip"), ==, 3); /* and the administrator */
  fixture_tear_down (&other, NULL);

  /* Somebody who is there without a mailbox */
  fixture_set_up (&other, NULL);
  g_autofree char *there
      = fixture_create (&other, "User", "{'userName':'ann','displayName':'Ann Almond'}");
  g_autofree char *users_id = fixture_upload (&other, users);
  g_autoptr (JsonObject) filled = fixture_do (&other, users_id, options, FALSE, "done");
  g_assert_cmpint (fixture_count (filled, "update"), ==, 1);
  g_autofree char *users_again = fixture_export (&other, "User");
  g_assert_cmpstr (users_again, ==, users);
  fixture_tear_down (&other, NULL);

  /* Without such a column, the name describes it. */
  fixture_set_up (&other, NULL);
  g_autofree char *short_id
      = fixture_upload (&other, "userName,displayName,owner\nann,Ann Almond,\narchive,,ann\n");
  g_autoptr (JsonObject) named = fixture_do (&other, short_id, options, FALSE, "done");
  g_assert_cmpint (fixture_count (named, "create"), ==, 2);
  g_autofree char *described = fixture_export (&other, "Mailbox");
  g_assert_nonnull (strstr (described, "archive,,,,harbour.example,ann,false,,,,,,Ann Almond,"));
  fixture_tear_down (&other, NULL);
}

static void
test_users (Fixture *self, gconstpointer data)
{
  fill (self);
  g_autofree char *text = fixture_export (self, "User");
  /* It follows from the password, which is in no export. */
  g_assert_null (strstr (text, "passwordScheme"));
  g_assert_nonnull (strstr (text, "\r\nweighbridge,,,,(none),"));
  g_assert_nonnull (strstr (text, "\r\njane@elsewhere.example,'=1+1,,,j.d,harbour.example,"));
  check_round_trip (self, "User");
}

/* Lists need what is on them; so the mailboxes go first. */
static void
test_lists (Fixture *self, gconstpointer data)
{
  Fixture          other = { 0 };
  g_autofree char *people = fixture_upload_file (self, "staff.csv");
  g_autoptr (JsonObject) imported = fixture_do (self, people, ACCOUNTS, FALSE, "done");
  g_autofree char *lists = fixture_upload (
      self,
      "list,address,description,members,external members\n"
      "All hands,all,,group:Waterworks; group:Port Operations/Quays; john,\n"
      "Bosses,bosses,\"Heads, and deputies\",user:john; mailbox:ming.li@harbour.example,"
      "mayor@town.example press@town.example\n"
      "Cascade,,,list:all; list:bosses@harbour.example,\n");
  g_autoptr (JsonObject) made = fixture_do (self, lists, "{}", FALSE, "done");
  g_autofree char *mailboxes = fixture_export (self, "Mailbox");
  g_autofree char *first = fixture_export (self, "Group");

  g_assert_cmpint (fixture_count (made, "create"), ==, 2);
  g_assert_cmpint (fixture_count (made, "refuse"), ==, 1);
  fixture_set_up (&other, NULL);
  g_autofree char *mailboxes_id = fixture_upload (&other, mailboxes);
  g_autoptr (JsonObject) people_done
             = fixture_do (&other,
                           mailboxes_id,
                           "{'createUsers':true,'createGroups':true,'onExisting':'skip'}",
                           FALSE,
                           "done");
  g_autofree char *lists_id = fixture_upload (&other, first);
  g_autoptr (JsonObject) lists_done = fixture_do (&other, lists_id, "{}", FALSE, "done");
  g_autofree char *second = fixture_export (&other, "Group");
  g_assert_cmpint (fixture_count (people_done, "refuse"), ==, 0);
  g_assert_cmpint (fixture_count (lists_done, "refuse"), ==, 0);
  g_assert_cmpuint (strlen (first), ==, strlen (second));
  g_assert_nonnull (strstr (second, "user:john"));
  fixture_tear_down (&other, NULL);
}

/* Lists by number: links[i] are those on list i. Each may be written when those are, apart from
 * circles. */
typedef struct
{
  guint       n;
  GPtrArray **links; /* MsLinkTarget */
  GArray     *written;
  guint       looked_at;
} Lists;

static void
lists_init (Lists *self, guint n)
{
  self->n = n;
  self->links = g_new (GPtrArray *, n);
  self->written = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->looked_at = 0;
  for (guint i = 0; i < n; i++)
    self->links[i] = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_link_target_free);
}

static void
lists_clear (Lists *self)
{
  for (guint i = 0; i < self->n; i++)
    g_ptr_array_unref (self->links[i]);
  g_free (self->links);
  g_array_unref (self->written);
}

static void
lists_put (Lists *self, guint list, gint64 member)
{
  MsLinkTarget *target = g_new0 (MsLinkTarget, 1);

  target->row = member;
  g_ptr_array_add (self->links[list], target);
}

static void
lists_write (Lists *self)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 row;

  for (gint64 i = 0; i < self->n; i++)
    g_array_append_val (rows, i);
  g_autoptr (MsExportOrder) order = ms_export_order_new (rows);
  while (ms_export_order_get (order, &row))
    {
      self->looked_at++;
      if (ms_export_order_put_before (order, self->links[row]))
        continue;
      g_array_append_val (self->written, row);
      ms_export_order_drop (order);
    }
  g_assert_cmpuint (self->written->len, ==, self->n);
  g_assert_cmpuint (self->looked_at, <=, 2 * self->n);
}

/* A chain that is deeper than any stack of calls */
static void
test_order_chain (void)
{
  Lists lists;

  lists_init (&lists, 100000);
  for (guint i = 0; i + 1 < lists.n; i++)
    lists_put (&lists, i, i + 1);
  lists_write (&lists);
  for (guint i = 0; i < lists.n; i++)
    g_assert_cmpint (g_array_index (lists.written, gint64, i), ==, lists.n - 1 - i);
  lists_clear (&lists);
}

/* Of lists that are on many others, without circles: those on a list come before it. */
static void
test_order_random (void)
{
  for (guint round = 0; round < 200; round++)
    {
      Lists lists;
      lists_init (&lists, (guint) g_test_rand_int_range (1, 40));
      g_autofree gint64 *height = g_new (gint64, lists.n);
      for (guint i = 0; i < lists.n; i++)
        height[i] = g_test_rand_int_range (0, 40);
      for (guint i = 0; i < lists.n; i++)
        for (guint j = 0; j < lists.n; j++)
          if (height[i] > height[j] && g_test_rand_int_range (0, 4) == 0)
            lists_put (&lists, i, j);
      lists_write (&lists);
      g_autoptr (GHashTable) met = g_hash_table_new (g_int64_hash, g_int64_equal);
      for (guint i = 0; i < lists.n; i++)
        {
          gint64    *row = &g_array_index (lists.written, gint64, i);
          GPtrArray *links = lists.links[*row];
          for (guint j = 0; j < links->len; j++)
            g_assert_true (
                g_hash_table_contains (met, &((const MsLinkTarget *) links->pdata[j])->row));
          g_assert_true (g_hash_table_add (met, row));
        }
      lists_clear (&lists);
    }
}

/* Lists that hold each other or themselves come once, and what is not to be written is not waited
 * for. */
static void
test_order_circle (void)
{
  static const gint64 expected[] = { 3, 2, 1, 0 };
  Lists               lists;

  lists_init (&lists, G_N_ELEMENTS (expected));
  lists_put (&lists, 0, 1);
  lists_put (&lists, 1, 2);
  lists_put (&lists, 2, 0);
  lists_put (&lists, 2, 3);
  lists_put (&lists, 3, 3);
  lists_put (&lists, 3, 77);
  lists_write (&lists);
  for (guint i = 0; i < lists.n; i++)
    g_assert_cmpint (g_array_index (lists.written, gint64, i), ==, expected[i]);
  lists_clear (&lists);
}

static void
make_lists (Fixture *self, const char *rows)
{
  g_autofree char *text = g_strconcat ("list,address,members\n", rows, NULL);
  g_autofree char *id = fixture_upload (self, text);
  g_autoptr (JsonObject) done = fixture_do (self, id, "{'onExisting':'update'}", FALSE, "done");

  g_assert_cmpint (fixture_count (done, "refuse"), ==, 0);
}

static gint64
import_lists (Fixture *self, const char *text, const char *options)
{
  g_autofree char *id = fixture_upload (self, text);
  g_autoptr (JsonObject) done = fixture_do (self, id, options, FALSE, "done");

  return fixture_count (done, "refuse");
}

/* @expected: the rows below the header */
static void
check_lists (Fixture *self, const char *expected)
{
  g_autofree char *text = fixture_export (self, "Group");
  g_autofree char *whole = g_strconcat (
      "list,address,aliases,description,members,externalMembers\r\n", expected, NULL);

  g_assert_cmpstr (text, ==, whole);
}

typedef struct
{
  const char *name;
  const char *made; /* in this order, without members */
  const char *filled;
  const char *exported;
} NestedCase;

/* Made, and called, so that neither order has the members first. */
static const NestedCase nested_cases[] = {
  { "outer-first",
    "Aouter,a,\nZinner,z,\n",
    "Aouter,a,list:Zinner\n",
    "Zinner,z@harbour.example,,,,\r\n"
    "Aouter,a@harbour.example,,,list:z@harbour.example,\r\n" },
  { "chain",
    "Alpha,a,\nBravo,b,\nCharlie,c,\n",
    "Alpha,a,list:Bravo\nBravo,b,list:Charlie\n",
    "Charlie,c@harbour.example,,,,\r\n"
    "Bravo,b@harbour.example,,,list:c@harbour.example,\r\n"
    "Alpha,a@harbour.example,,,list:b@harbour.example,\r\n" },
  { "shared",
    "Alpha,a,\nBravo,b,\nCharlie,c,\nDelta,,\n",
    "Alpha,a,list:Bravo; list:Charlie\nBravo,b,list:Charlie\nCharlie,c,list:Delta\n",
    "Delta,,,,,\r\n"
    "Charlie,c@harbour.example,,,list:Delta,\r\n"
    "Bravo,b@harbour.example,,,list:c@harbour.example,\r\n"
    "Alpha,a@harbour.example,,,list:b@harbour.example; list:c@harbour.example,\r\n" },
};

static void
test_nested (Fixture *self, gconstpointer data)
{
  const NestedCase *nested = data;
  Fixture           other = { 0 };

  make_lists (self, nested->made);
  make_lists (self, nested->filled);
  check_lists (self, nested->exported);
  g_autofree char *text = fixture_export (self, "Group");
  fixture_set_up (&other, NULL);
  g_assert_cmpint (import_lists (&other, text, "{}"), ==, 0);
  g_assert_cmpint (fixture_total (&other, "Group"), ==, fixture_total (self, "Group"));
  g_autofree char *again = fixture_export (&other, "Group");
  g_assert_cmpuint (strlen (again), ==, strlen (text));
  fixture_tear_down (&other, NULL);
}

/* Lists that hold each other */
static void
test_circle (Fixture *self, gconstpointer data)
{
  static const char exported[] = "Bravo,b@harbour.example,,,list:a@harbour.example,\r\n"
                                 "Alpha,a@harbour.example,,,list:b@harbour.example,\r\n"
                                 "Yankee,y@harbour.example,,,list:a@harbour.example,\r\n";
  Fixture           other = { 0 };

  make_lists (self, "Alpha,a,\nBravo,b,\nYankee,y,\n");
  make_lists (self, "Alpha,a,list:Bravo\nBravo,b,list:Alpha\nYankee,y,list:Alpha\n");
  check_lists (self, exported);
  g_autofree char *text = fixture_export (self, "Group");

  fixture_set_up (&other, NULL);
  g_assert_cmpint (import_lists (&other, text, "{}"), ==, 0);
  check_lists (&other, exported);
  fixture_tear_down (&other, NULL);
}

static gboolean
collect (const char *data, gsize length, gpointer user_data, GError **error)
{
  g_string_append_len (user_data, data, (gssize) length);
  return TRUE;
}

static gboolean
refuse (const char *data, gsize length, gpointer user_data, GError **error)
{
  ms_error_set (error, MS_ERROR_UNAVAILABLE, NULL, NULL, "gone");
  return FALSE;
}

static void
test_part (Fixture *self, gconstpointer data)
{
  const MsResourceType *type = ms_schema_registry_get_type_by_name (self->schemas, "Mailbox");
  g_autoptr (GError) error = NULL;
  g_autoptr (MsFilter) filter = ms_filter_parse (type, "name sw \"b\"", &error);
  MsQuery query = { .type = type, .filter = filter, .sort_by = ms_resource_type_get_label (type) };
  g_autofree char *id = fixture_upload (self, "login\nann\nben\nbob\n");
  g_autoptr (JsonObject) done = fixture_do (self, id, ACCOUNTS, FALSE, "done");
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_cmpint (fixture_count (done, "create"), ==, 3);
  ms_service_hand_over (self->service);
  g_assert_true (ms_service_export (self->service, self->actor, &query, collect, out, &error));
  g_assert_no_error (error);
  g_assert_nonnull (strstr (out->str, "\r\nben,"));
  g_assert_nonnull (strstr (out->str, "\r\nbob,"));
  g_assert_null (strstr (out->str, "\r\nann,"));

  /* Who reads it has gone. */
  ms_service_hand_over (self->service);
  g_assert_false (ms_service_export (self->service, self->actor, &query, refuse, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_UNAVAILABLE);
}

/* What the request does not choose is not written because a list that it chooses holds it. */
static void
test_part_of_lists (Fixture *self, gconstpointer data)
{
  const MsResourceType *type = ms_schema_registry_get_type_by_name (self->schemas, "Group");
  MsQuery               query = { .type = type, .sort_by = ms_resource_type_get_label (type) };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  make_lists (self, "Alpha,a,\nBravo,b,\nCharlie,c,\nDelta,d,\n");
  make_lists (self, "Alpha,a,list:Delta\nBravo,b,list:Charlie; list:Delta\n");
  query.start = 1;
  query.count = 2;
  ms_service_hand_over (self->service);
  g_assert_true (ms_service_export (self->service, self->actor, &query, collect, out, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (out->str,
                   ==,
                   "list,address,aliases,description,members,externalMembers\r\n"
                   "Charlie,c@harbour.example,,,,\r\n"
                   "Bravo,b@harbour.example,,,list:c@harbour.example; list:d@harbour.example,\r\n");
}

static void
test_refusals (Fixture *self, gconstpointer data)
{
  MsQuery query = { .type = ms_schema_registry_get_type_by_name (self->schemas, "Guest") };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (MsActor) nobody = ms_actor_copy (self->actor);

  ms_service_hand_over (self->service);
  g_assert_false (ms_service_export (self->service, self->actor, &query, collect, out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_assert_cmpstr (ms_error_get_path (error), ==, "type");
  g_clear_error (&error);
  nobody->role = MS_ROLE_NONE;
  query.type = ms_schema_registry_get_type_by_name (self->schemas, "User");
  ms_service_hand_over (self->service);
  g_assert_false (ms_service_export (self->service, nobody, &query, collect, out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
  g_clear_error (&error);
  g_assert_false (ms_service_begin_export (self->service, nobody, &query, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
  g_assert_cmpuint (out->len, ==, 0);
}

/* No password and no hash comes out. */
static void
test_secrets (Fixture *self, gconstpointer data)
{
  g_autofree char *id = fixture_upload (self, "login,password\nann,MarkerOfASecret\n");
  g_autoptr (JsonObject) done = fixture_do (self, id, "{'createUsers':true}", FALSE, "done");
  g_autofree char *users = fixture_export (self, "User");
  g_autofree char *mailboxes = fixture_export (self, "Mailbox");

  g_assert_cmpint (fixture_count (done, "create"), ==, 1);
  g_assert_null (strstr (users, "Marker"));
  g_assert_null (strstr (users, "$y$"));
  g_assert_null (strstr (mailboxes, "$y$"));
}

/* One byte of a damaged file, which SQLite does not notice; PostgreSQL takes no such text. */
static void
test_damaged (Fixture *self, gconstpointer data)
{
  g_autofree char *id = fixture_upload (self, "login,display name\nann,Ann Almond\n");
  g_autoptr (JsonObject) done = fixture_do (self, id, "{'createUsers':true}", FALSE, "done");

  g_assert_cmpint (fixture_count (done, "create"), ==, 1);
  if (strcmp (store_place_get_driver (), "sqlite") != 0)
    return;
  fixture_close (self);
  store_place_run_sql ("sqlite",
                       self->folder,
                       "UPDATE document SET body = CAST (replace (CAST (body AS BLOB),"
                       " CAST ('Almond' AS BLOB), X'416CFF6F6E64') AS TEXT)");
  fixture_open (self);
  g_autofree char *users = fixture_export (self, "User");
  g_autofree char *mailboxes = fixture_export (self, "Mailbox");
  g_assert_nonnull (strstr (users, "Ann Al\xef\xbf\xbdond"));
  g_assert_true (g_utf8_validate (users, -1, NULL));
  g_assert_true (g_utf8_validate (mailboxes, -1, NULL));
}

#define ADD(path, func)                                                                            \
  g_test_add ("/export/" path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("mailboxes", test_mailboxes);
  ADD ("undescribed", test_undescribed);
  ADD ("users", test_users);
  ADD ("lists", test_lists);
  for (guint i = 0; i < G_N_ELEMENTS (nested_cases); i++)
    {
      g_autofree char *path = g_strconcat ("/export/nested/", nested_cases[i].name, NULL);
      g_test_add (path, Fixture, &nested_cases[i], fixture_set_up, test_nested, fixture_tear_down);
    }
  ADD ("circle", test_circle);
  g_test_add_func ("/export/order/chain", test_order_chain);
  g_test_add_func ("/export/order/random", test_order_random);
  g_test_add_func ("/export/order/circle", test_order_circle);
  ADD ("part", test_part);
  ADD ("part-of-lists", test_part_of_lists);
  ADD ("refusals", test_refusals);
  ADD ("secrets", test_secrets);
  ADD ("damaged", test_damaged);
  return g_test_run ();
}
