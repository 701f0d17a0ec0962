/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proposals for somebody new: names of all sorts, patterns of templates, collisions.
 */
#include "import-fixture.h"

#include "ms-error.h"
#include "ms-json.h"

static const struct
{
  const char *name;
  const char *person;
  const char *user_name;
  const char *given;
  const char *family;
} cases[] = {
  { "plain", "John Doe", "john.doe", "John", "Doe" },
  { "reversed", "Doe, John", "john.doe", "John", "Doe" },
  { "accents", "José Müller", "jose.mueller", "José", "Müller" },
  { "middle", "Anna Maria Berg", "anna.berg", "Anna Maria", "Berg" },
  { "particles", "Jan van der Berg", "jan.berg", "Jan", "van der Berg" },
  { "one-word", "Cher", "cher", "Cher", "" },
  { "cyrillic", "Юрий Щукин", "iurii.shchukin", "Юрий", "Щукин" },
  { "greek", "Γιώργος Παπάς", "giorgos.papas", "Γιώργος", "Παπάς" },
  { "blanks", "  Ada   Lovelace ", "ada.lovelace", "Ada", "Lovelace" },
};

static JsonObject *
propose (Fixture *self, const char *person, const char *template)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean found = ms_service_propose (self->service, self->actor, person, template, out, &error);

  g_assert_no_error (error);
  g_assert_true (found);
  return fixture_json (out->str);
}

static void
test_names (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].name);
      g_autoptr (JsonObject) json = propose (self, cases[i].person, NULL);
      g_autofree char *address = g_strconcat (cases[i].user_name, "@harbour.example", NULL);
      JsonObject      *name = json_object_get_object_member (json, "name");

      g_assert_cmpstr (json_object_get_string_member (json, "userName"), ==, cases[i].user_name);
      g_assert_cmpstr (json_object_get_string_member (json, "mailboxName"), ==, cases[i].user_name);
      g_assert_cmpstr (json_object_get_string_member (json, "address"), ==, address);
      g_assert_cmpstr (json_object_get_string_member (name, "givenName"), ==, cases[i].given);
      g_assert_cmpstr (json_object_get_string_member (name, "familyName"), ==, cases[i].family);
    }
}

/* Another script gives something that can be created, if nothing better. */
static void
test_other_script (Fixture *self, gconstpointer data)
{
  g_autoptr (JsonObject) json = propose (self, "李明", NULL);

  g_assert_cmpstr (json_object_get_string_member (json, "userName"), !=, "");
  g_assert_cmpstr (json_object_get_string_member (json, "displayName"), ==, "李明");
}

/* Logins and addresses are both asked, of every type. */
static void
test_collisions (Fixture *self, gconstpointer data)
{
  g_autofree char *user = fixture_create (self, "User", "{'userName':'John.Doe'}");
  g_autofree char *mailbox = fixture_create (self, "Mailbox", "{'name':'john.doe2'}");
  g_autofree char *list = fixture_create (
      self,
      "Group",
      "{'displayName':'Does','urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group':"
      "{'address':'john.doe3@harbour.example'}}");
  g_autoptr (JsonObject) json = propose (self, "John Doe", NULL);

  g_assert_cmpstr (json_object_get_string_member (json, "userName"), ==, "john.doe4");
  g_assert_cmpstr (
      json_object_get_string_member (json, "address"), ==, "john.doe4@harbour.example");
  g_assert_cmpstr (json_object_get_string_member (json, "displayName"), ==, "John Doe");
}

static void
test_template (Fixture *self, gconstpointer data)
{
  g_autofree char *domain = fixture_create (self, "Domain", "{'name':'pilots.example'}");
  g_autofree char *template = fixture_create (
      self, "Template", "{'name':'Pilots','loginPattern':'{g}{family}','domain':'pilots.example'}");
  g_autoptr (JsonObject) json = propose (self, "John Doe", template);

  g_assert_cmpstr (json_object_get_string_member (json, "userName"), ==, "jdoe");
  g_assert_cmpstr (json_object_get_string_member (json, "address"), ==, "jdoe@pilots.example");
}

static void
test_refusals (Fixture *self, gconstpointer data)
{
  static const char *const names[] = { "", "   ", "Bell\aRinger", NULL };
  g_autoptr (GString) out = g_string_new (NULL);

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_false (ms_service_propose (self->service, self->actor, names[i], NULL, out, &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
      g_assert_cmpstr (ms_error_get_path (error), ==, "name");
    }
  g_autoptr (GError) error = NULL;
  g_assert_false (
      ms_service_propose (self->service, self->actor, "John Doe", "no-such-template", out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_assert_cmpstr (ms_error_get_path (error), ==, "template");

  g_autoptr (MsActor) nobody = ms_actor_copy (self->actor);
  nobody->role = MS_ROLE_NONE;
  g_clear_error (&error);
  g_assert_false (ms_service_propose (self->service, nobody, "John Doe", NULL, out, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_DENIED);
  g_assert_cmpuint (out->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/propose/names", Fixture, NULL, fixture_set_up, test_names, fixture_tear_down);
  g_test_add (
      "/propose/other-script", Fixture, NULL, fixture_set_up, test_other_script, fixture_tear_down);
  g_test_add (
      "/propose/collisions", Fixture, NULL, fixture_set_up, test_collisions, fixture_tear_down);
  g_test_add ("/propose/template", Fixture, NULL, fixture_set_up, test_template, fixture_tear_down);
  g_test_add ("/propose/refusals", Fixture, NULL, fixture_set_up, test_refusals, fixture_tear_down);
  return g_test_run ();
}
