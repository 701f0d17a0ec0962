/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Addresses and domains in the index: names that are two since IDNA2008 are told apart, and a store
 * whose index took them for one is brought along when it is opened.
 */
#include "store-fixture.h"

#include "store-place.h"

#define LIST "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group"

/* What an index from before has. Sorted lists and sets are of the same keys. */
static const char before[]
    = "UPDATE value SET key = replace(replace(key, 'ß', 'ss'), 'ς', 'σ') WHERE attr IN"
      "  (SELECT attr FROM attribute WHERE form LIKE '% mail');"
      "UPDATE presence SET key = replace(replace(key, 'ß', 'ss'), 'ς', 'σ') WHERE attr IN"
      "  (SELECT attr FROM attribute WHERE form LIKE '% mail');"
      "UPDATE anchor SET key = replace(replace(key, 'ß', 'ss'), 'ς', 'σ') WHERE attr IN"
      "  (SELECT attr FROM attribute WHERE form LIKE '% mail');"
      "INSERT INTO uniq (scope, key, obj)"
      "  SELECT scope, replace(replace(key, 'ß', 'ss'), 'ς', 'σ'), obj FROM uniq"
      "  WHERE scope IN ('address', 'Domain.name') AND (key LIKE '%ß%' OR key LIKE '%ς%');"
      "DELETE FROM uniq WHERE scope IN ('address', 'Domain.name')"
      "  AND (key LIKE '%ß%' OR key LIKE '%ς%');"
      "UPDATE attribute SET form = replace(form, ' mail', '');";

/* Further back than that (ms-index-long.c). */
static const char first_edition[]
    = "UPDATE attribute SET form = '1' || substr(form, 2) WHERE form LIKE '2%';";

static void
add_all (Fixture *fixture)
{
  g_free (fixture_insert (fixture, "Domain", "{'name':'weiß.example'}"));
  g_free (fixture_insert (
      fixture, "Domain", "{'name':'same.example','kind':'alias','aliasOf':'weiß.example'}"));
  g_free (fixture_insert (fixture,
                          "Mailbox",
                          "{'name':'straße','domain':'weiß.example',"
                          "'address':'straße@weiß.example','aliases':['office@βόλος.example'],"
                          "'forwardTo':['a@groß.example','b@gross.example']}"));
  g_free (fixture_insert (
      fixture, "Group", "{'displayName':'crew','" LIST "':{'address':'crew@weiß.example'}}"));
  g_free (fixture_insert (
      fixture, "User", "{'userName':'weiß','emails':[{'value':'w@weiß.example'}]}"));
  g_free (fixture_insert (fixture, "User", "{'userName':'other'}"));
}

static void
assert_found (Fixture *fixture, const char *type, const char *filter, const char *labels)
{
  g_test_message ("%s %s", type, filter);
  assert_text (fixture_list (fixture, type, filter, NULL, NULL, 0, 10, NULL), labels);
}

static void
assert_told_apart (Fixture *fixture)
{
  static const char *const taken[][2] = {
    { "Domain", "{'name':'WEIß.example'}" },
    { "Mailbox", "{'name':'m','domain':'weiß.example','address':'STRASSE@Weiß.example'}" },
  };
  static const char *const free_ones[][2] = {
    { "Domain", "{'name':'weiss.example'}" },
    { "Mailbox", "{'name':'m','domain':'weiss.example','address':'straße@weiss.example'}" },
    { "MailGroup", "{'name':'g','address':'crew@weiss.example'}" },
  };

  fixture_check_sound (fixture);
  assert_found (fixture, "Domain", "name eq \"weiß.example\"", "weiß.example");
  assert_found (fixture, "Domain", "name eq \"weiss.example\"", "");
  assert_found (fixture, "Domain", "aliasOf eq \"weiss.example\"", "");
  assert_found (fixture, "Mailbox", "address eq \"STRASSE@weiß.example\"", "straße");
  assert_found (fixture, "Mailbox", "address eq \"straße@weiss.example\"", "");
  assert_found (fixture, "Mailbox", "aliases eq \"office@βόλος.example\"", "straße");
  assert_found (fixture, "Mailbox", "aliases eq \"office@βόλοσ.example\"", "");
  assert_found (fixture, "Mailbox", "forwardTo eq \"a@gross.example\"", "");
  assert_found (fixture, "Mailbox", "forwardTo eq \"b@gross.example\"", "straße");
  assert_found (fixture, "Mailbox", "domain eq \"weiss.example\"", "");
  assert_found (fixture, "User", "emails.value eq \"w@weiß.example\"", "weiß");
  assert_found (fixture, "User", "emails.value eq \"w@weiss.example\"", "");
  /* What people are called by is compared as ever. */
  assert_found (fixture, "User", "userName eq \"WEISS\"", "weiß");
  assert_text (fixture_list (fixture, "Domain", NULL, "weiss", NULL, 0, 10, NULL), "weiß.example");
  for (guint i = 0; i < G_N_ELEMENTS (taken); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *id = NULL;
      g_assert_false (fixture_try_insert (fixture, taken[i][0], taken[i][1], &id, &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
    }
  for (guint i = 0; i < G_N_ELEMENTS (free_ones); i++)
    g_free (fixture_insert (fixture, free_ones[i][0], free_ones[i][1]));
  assert_text (fixture_list (fixture, "Domain", NULL, NULL, "name", 0, 10, NULL),
               "same.example weiss.example weiß.example");
  fixture_check_sound (fixture);
}

static void
test_told_apart (Fixture *fixture, gconstpointer data)
{
  add_all (fixture);
  assert_told_apart (fixture);
}

/* @data: (nullable): statements besides */
static void
test_from_before (Fixture *fixture, gconstpointer data)
{
  add_all (fixture);
  fixture_close (fixture);
  fixture_run_sql (fixture, before);
  if (data != NULL)
    fixture_run_sql (fixture, data);
  fixture_reopen (fixture);
  assert_told_apart (fixture);
}

/* A document that nobody can read keeps nobody from the others. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  add_all (fixture);
  g_free (fixture_insert (fixture, "Domain", "{'name':'groß.example'}"));
  fixture_close (fixture);
  fixture_run_sql (fixture, before);
  fixture_run_sql (fixture,
                   "UPDATE document SET body = '{ß' WHERE obj ="
                   " (SELECT n FROM object WHERE label = 'groß.example')");
  fixture_reopen (fixture);
  assert_found (fixture, "Domain", "name eq \"weiß.example\"", "weiß.example");
  g_autoptr (GPtrArray) problems = ms_store_verify (fixture->store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, >, 0);
  fixture_renew (fixture);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("mail/told-apart", NULL, test_told_apart);
  fixture_add ("mail/from-before", NULL, test_from_before);
  fixture_add ("mail/from-first-edition", first_edition, test_from_before);
  fixture_add ("mail/damaged", NULL, test_damaged);
  return g_test_run ();
}
