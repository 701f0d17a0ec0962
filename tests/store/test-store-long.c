/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Long texts are told apart to their end, though the index keeps their beginning only; and the keys
 * of stores whose index did not are made anew.
 */
#include <string.h>

#include "store-fixture.h"

#include "ms-query-sizes.h"
#include "ms-store-schemas.h"
#include "ms-text.h"

/* 255 characters of three bytes, and @end */
static char *
make_wide (const char *end)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < 255; i++)
    g_string_append (out, "漢");
  g_string_append (out, end);
  return g_string_free (out, FALSE);
}

static char *
make_title (const char *end)
{
  g_autofree char *begin = g_strnfill (300, 'x');

  return g_strconcat (begin, end, NULL);
}

static char *
insert_named (Fixture *fixture, const char *type, const char *path, const char *name)
{
  g_autofree char *json = g_strdup_printf ("{'%s':'%s'}", path, name);

  return fixture_insert (fixture, type, json);
}

static void
insert_titled (Fixture *fixture, const char *name, const char *end)
{
  g_autofree char *title = make_title (end);
  g_autofree char *json = g_strdup_printf ("{'userName':'%s','title':'%s'}", name, title);

  g_free (fixture_insert (fixture, "User", json));
}

static void
assert_refused (Fixture *fixture, const char *type, const char *path, const char *name)
{
  g_autofree char *json = g_strdup_printf ("{'%s':'%s'}", path, name);
  g_autofree char *id = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (fixture_try_insert (fixture, type, json, &id, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
}

static void
assert_titled (Fixture *fixture, const char *end, const char *expected)
{
  g_autofree char *title = make_title (end);
  g_autofree char *filter = g_strdup_printf ("title eq \"%s\"", title);

  assert_text (fixture_list (fixture, "User", filter, NULL, NULL, 0, 10, NULL), expected);
}

static void
test_told_apart (Fixture *fixture, gconstpointer data)
{
  g_autofree char *one = make_wide ("甲");
  g_autofree char *other = make_wide ("乙");

  insert_titled (fixture, "ann", "a");
  insert_titled (fixture, "ben", "b");
  assert_titled (fixture, "A", "ann");
  assert_titled (fixture, "b", "ben");
  assert_titled (fixture, "", "");

  g_free (insert_named (fixture, "User", "userName", one));
  g_free (insert_named (fixture, "User", "userName", other));
  g_free (insert_named (fixture, "MailGroup", "name", one));
  g_free (insert_named (fixture, "MailGroup", "name", other));
  assert_refused (fixture, "User", "userName", one);
  assert_refused (fixture, "MailGroup", "name", other);
  fixture_check_sound (fixture);
}

/* What the first edition wrote: 256 bytes at a character. */
static const char first_edition[]
    = "UPDATE attribute SET form = '1' || substr(form, 2) WHERE form LIKE '2%';"
      "UPDATE value SET key = substr(key, 1, 256) WHERE length(key) > 256;"
      "UPDATE value SET key = substr(key, 1, 85) WHERE key LIKE '漢%';"
      "UPDATE object SET label_key = substr(label_key, 1, 85) WHERE label_key LIKE '漢%';"
      "INSERT INTO uniq (scope, key, obj) SELECT scope, substr(key, 1, 85), obj FROM uniq"
      "  WHERE key LIKE '漢%';"
      "INSERT INTO uniq (scope, key, obj) SELECT scope, substr(key, 1, 87), obj FROM uniq"
      "  WHERE key LIKE '0/漢%';"
      "DELETE FROM uniq WHERE length(key) > 87;";

static void
test_first_edition (Fixture *fixture, gconstpointer data)
{
  g_autofree char *one = make_wide ("甲");
  g_autofree char *other = make_wide ("乙");
  g_autofree char *third = make_wide ("丙");
  g_autofree char *gone = NULL;

  insert_titled (fixture, "ann", "a");
  insert_titled (fixture, "ben", "b");
  g_free (insert_named (fixture, "User", "userName", one));
  g_free (insert_named (fixture, "MailGroup", "name", one));
  gone = insert_named (fixture, "User", "userName", third);
  fixture_delete (fixture, gone);
  fixture_close (fixture);
  fixture_run_sql (fixture, first_edition);
  fixture_reopen (fixture);

  fixture_check_sound (fixture);
  assert_titled (fixture, "a", "ann");
  assert_titled (fixture, "b", "ben");
  assert_refused (fixture, "User", "userName", one);
  assert_refused (fixture, "MailGroup", "name", one);
  g_free (insert_named (fixture, "User", "userName", other));
  g_free (insert_named (fixture, "MailGroup", "name", other));
  g_autoptr (GError) error = NULL;
  g_assert_true (fixture_try_restore (fixture, gone, &error));
  g_assert_no_error (error);
  fixture_check_sound (fixture);
}

#define SHELVES                                                                                    \
  "{\"schemas\":[{\"id\":\"urn:example:shelf\",\"name\":\"Shelf\",\"attributes\":["                \
  "{\"name\":\"mark\",\"label\":true,\"caseExact\":true}]}],\"resourceTypes\":[{\"name\":"         \
  "\"Shelf\","                                                                                     \
  "\"endpoint\":\"/Shelves\",\"schema\":\"urn:example:shelf\"}]}"

static gboolean
do_add_shelves (MsTxn *txn, gpointer data, GError **error)
{
  MsSchemaReport report = { 0 };
  g_autoptr (MsObject) file = fixture_make (data, "SchemaFile", "{'name':'shelves'}");

  ms_object_set_string (file, "text", SHELVES);
  return ms_txn_insert (txn, file, error) && ms_txn_apply_schemas (txn, TRUE, &report, error);
}

/* The key of a label is folded though its values are case exact. */
static void
test_first_edition_of_label (Fixture *fixture, gconstpointer data)
{
  g_autofree char *one = make_wide ("甲");
  g_autoptr (MsSchemaRegistry) builtin = fixture->schemas;

  fixture_write (fixture, do_add_shelves, fixture);
  fixture->schemas = ms_store_ref_schemas (fixture->store);
  g_free (insert_named (fixture, "Shelf", "mark", one));
  fixture_close (fixture);
  ms_schema_registry_unref (fixture->schemas);
  fixture->schemas = ms_schema_registry_ref (builtin);
  fixture_run_sql (fixture,
                   "UPDATE attribute SET form = '1' || substr(form, 2) WHERE form LIKE '2%';"
                   "UPDATE object SET label_key = substr(label_key, 1, 85)"
                   " WHERE label_key LIKE '漢%';");
  fixture_reopen (fixture);
  fixture_check_sound (fixture);
}

/* However it is searched: what lies behind the beginning is not (docs/scim.md). */
static void
test_roads (Fixture *fixture, gconstpointer data)
{
  static const gint64 sizes[][2] = { { 5000, 4000 }, { 0, 4000 }, { 0, 0 } };
  static const struct
  {
    const char *filter;
    const char *expected;
  } cases[] = {
    { "description co \"begin\"", "long short" },
    { "description co \"needle\"", "short" },
    { "description ew \"needle\"", "short" },
    { "description co \"Begin x\"", "long short" },
    { "aliases co \"needle\"", "" },
    { "aliases co \"begin\"", "long" },
    { "not (description co \"needle\")", "long" },
  };
  MsQuerySizes     usual = ms_query_sizes;
  g_autofree char *middle = g_strnfill (600, 'x');
  g_autofree char *json = g_strdup_printf (
      "{'name':'long','description':'begin %s needle','aliases':['begin%sneedle']}",
      middle,
      middle);

  g_free (fixture_insert (fixture, "MailGroup", json));
  g_free (fixture_insert (fixture, "MailGroup", "{'name':'short','description':'begin x needle'}"));
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      ms_query_sizes.looked_at = sizes[i][0];
      ms_query_sizes.keys = sizes[i][1];
      for (guint j = 0; j < G_N_ELEMENTS (cases); j++)
        {
          g_test_message ("%u: %s", i, cases[j].filter);
          assert_text (
              fixture_list (fixture, "MailGroup", cases[j].filter, NULL, "name", 0, 10, NULL),
              cases[j].expected);
        }
    }
  ms_query_sizes = usual;
}

/* The sign behind which a digest stands is in a text what any other is. */
static void
test_sign (Fixture *fixture, gconstpointer data)
{
  static const char *const filters[]
      = { "title co \"behind\"", "title ew \"behind\"", "title co \"before\"" };
  const gint64     usual = ms_query_sizes.keys;
  g_autofree char *json
      = g_strdup_printf ("{'userName':'short','title':'before %s behind'}", MS_TEXT_KEY_CUT);

  g_free (fixture_insert (fixture, "User", json));
  for (guint i = 0; i < 2 * G_N_ELEMENTS (filters); i++)
    {
      ms_query_sizes.keys = i % 2 == 0 ? usual : 0;
      assert_text (fixture_list (fixture, "User", filters[i / 2], NULL, NULL, 0, 10, NULL),
                   "short");
    }
  ms_query_sizes.keys = usual;
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("long/told-apart", NULL, test_told_apart);
  fixture_add ("long/first-edition", NULL, test_first_edition);
  fixture_add ("long/first-edition-of-label", NULL, test_first_edition_of_label);
  fixture_add ("long/roads", NULL, test_roads);
  fixture_add ("long/sign", NULL, test_sign);
  return g_test_run ();
}
