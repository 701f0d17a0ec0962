/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Parts of several values in the index: what a store of an earlier edition lacks of them is made
 * when it is opened, and nothing of what else there is is made anew.
 */
#include "store-fixture.h"

#include <string.h>

#include "ms-store-schemas.h"

#define PARTS                                                                                      \
  "'subAttributes':[{'name':'tags','multiValued':true,'uniqueness':'server','search':true},"       \
  "{'name':'nums','type':'integer','multiValued':true},{'name':'type'}]}"
#define CRATES                                                                                     \
  "{'schemas':[{'id':'urn:example:crate','name':'Crate','attributes':["                            \
  "{'name':'mark','label':true},{'name':'box','type':'complex'," PARTS                             \
  ",{'name':'items','type':'complex','multiValued':true," PARTS "]}],'resourceTypes':["            \
  "{'name':'Crate','endpoint':'/Crates','schema':'urn:example:crate'}]}"

static gboolean
do_add_crates (MsTxn *txn, gpointer data, GError **error)
{
  MsSchemaReport report = { 0 };
  g_autoptr (MsObject) file = fixture_make (data, "SchemaFile", "{'name':'crates'}");
  g_autofree char *text = g_strdelimit (g_strdup (CRATES), "'", '"');

  ms_object_set_string (file, "text", text);
  return ms_txn_insert (txn, file, error) && ms_txn_apply_schemas (txn, FALSE, &report, error);
}

/* What an index of the first edition has of such parts. */
static const char first_edition[]
    = "DELETE FROM value WHERE attr IN (SELECT attr FROM attribute WHERE form LIKE '% several');"
      "DELETE FROM presence WHERE attr IN (SELECT attr FROM attribute"
      "  WHERE form LIKE '% several');"
      "DELETE FROM uniq WHERE scope LIKE '%tags%';"
      "DELETE FROM search WHERE obj IN (SELECT n FROM object WHERE label IN ('one', 'two'));"
      "UPDATE attribute SET form = replace(form, ' several', '');";

static char *
list (Fixture *fixture, const char *filter, const char *search, const char *sort)
{
  return fixture_list (fixture, "Crate", filter, search, sort, 0, 10, NULL);
}

static void
add_crates (Fixture *fixture)
{
  fixture_write (fixture, do_add_crates, fixture);
  ms_schema_registry_unref (fixture->schemas);
  fixture->schemas = ms_store_ref_schemas (fixture->store);
  g_free (fixture_insert (fixture,
                          "Crate",
                          "{'mark':'two','items':[{'type':'t','tags':['x','y'],'nums':[9,5]},"
                          "{'tags':['z'],'nums':[1]}]}"));
  g_free (fixture_insert (
      fixture, "Crate", "{'mark':'one','box':{'tags':['a','b']},'items':[{'nums':[3]}]}"));
}

/* @more: (nullable): statements besides */
static void
age (Fixture *fixture, const char *more)
{
  fixture_close (fixture);
  fixture_run_sql (fixture, first_edition);
  if (more != NULL)
    fixture_run_sql (fixture, more);
  ms_schema_registry_unref (fixture->schemas);
  fixture->schemas = ms_schema_registry_new_builtin ();
  fixture_reopen (fixture);
  ms_schema_registry_unref (fixture->schemas);
  fixture->schemas = ms_store_ref_schemas (fixture->store);
}

static void
test_first_edition (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;

  add_crates (fixture);
  age (fixture, NULL);
  fixture_check_sound (fixture);
  assert_text (list (fixture, "box.tags eq \"B\"", NULL, NULL), "one");
  assert_text (list (fixture, "items[tags eq \"y\" and nums gt 8]", NULL, NULL), "two");
  assert_text (list (fixture, "items[tags eq \"z\" and nums gt 8]", NULL, NULL), "");
  assert_text (list (fixture, NULL, "z", NULL), "two");
  assert_text (list (fixture, NULL, NULL, "items.nums"), "one two");
  g_assert_false (
      fixture_try_insert (fixture, "Crate", "{'mark':'c','items':[{'tags':['Z']}]}", &id, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
}

/* Two objects have what only one may, for nobody looked: the store opens, and says so when it is
 * asked. */
static void
test_taken_twice (Fixture *fixture, gconstpointer data)
{
  guint told = 0;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;

  add_crates (fixture);
  g_free (fixture_insert (fixture, "Crate", "{'mark':'three','items':[{'tags':['q']}]}"));
  age (fixture, "UPDATE document SET body = replace(body, '\"q\"', '\"y\"');");
  assert_text (list (fixture, "items.tags eq \"y\"", NULL, "mark"), "three two");
  g_assert_false (
      fixture_try_insert (fixture, "Crate", "{'mark':'c','items':[{'tags':['y']}]}", &id, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_clear_error (&error);
  g_autoptr (GPtrArray) problems = ms_store_verify (fixture->store, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < problems->len; i++)
    if (strstr (problems->pdata[i], "“three”") != NULL
        && strstr (problems->pdata[i], "“y” is not held by it") != NULL)
      told++;
  g_assert_cmpuint (told, ==, 1);
  /* This one is not sound, and stays so. */
  ms_schema_registry_unref (fixture->schemas);
  fixture->schemas = ms_schema_registry_new_builtin ();
  fixture_renew (fixture);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("several/first-edition", NULL, test_first_edition);
  fixture_add ("several/taken-twice", NULL, test_taken_twice);
  return g_test_run ();
}
