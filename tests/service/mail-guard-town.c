/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The people, and what is tried on them.
 */
#include "mail-guard-town.h"

#include <string.h>

static const struct
{
  const char *name, *type, *body;
} people[] = {
  { "auditor", "User", "{'userName':'ann','" EXT "':{'role':'auditor'}}" },
  { "worker", "User", "{'userName':'worker','" EXT "':{'role':'delegate'}}" },
  { "plain", "User", "{'userName':'plain'}" },
  { "helper", "User", "{'userName':'helper'}" },
  { "clerk", "User", "{'userName':'clerk'}" },
  { "same", "Domain", "{'name':'same.example','kind':'alias','aliasOf':'example.org'}" },
  { "equal", "Domain", "{'name':'equal.example'}" },
  { "idle", "Domain", "{'name':'idle.example'}" },
  { "team", "MailGroup", "{'name':'Team','address':'team'}" },
  { "inner", "MailGroup", "{'name':'Inner','parent':{'value':'$team'}}" },
  { "other", "MailGroup", "{'name':'Other','address':'other'}" },
  { "crew",
    "Group",
    "{'displayName':'Crew','members':[{'value':'$clerk'}],'" LIST "':{'address':'crew'}}" },
  { "nested", "Group", "{'displayName':'Nested'}" },
  { "boss",
    "Mailbox",
    "{'name':'boss','owner':{'value':'$admin'},'primary':true,'aliases':['chief','b@equal.example']"
    ",'forwardTo':['later','helper','crew','team','away@new.example','old@idle.example']}" },
  { "ann", "Mailbox", "{'name':'ann','owner':{'value':'$auditor'},'primary':true}" },
  { "helpers",
    "Mailbox",
    "{'name':'helper','owner':{'value':'$helper'},'primary':true,'group':{'value':'$inner'}}" },
  { "closed",
    "Mailbox",
    "{'name':'closed','active':false,'group':{'value':'$inner'},'forwardTo':['e@evil.example']}" },
  { "clerks", "Mailbox", "{'name':'clerk','owner':{'value':'$clerk'},'primary':true}" },
  { "second", "Mailbox", "{'name':'second','owner':{'value':'$clerk'}}" },
  { "trap", "Mailbox", "{'name':'trap'," EVIL "}" },
  { "free", "Mailbox", "{'name':'free','owner':{'value':'$plain'},'primary':true}" },
};

char *
town_fill_in (Town *town, const char *body)
{
  GString *text = body != NULL ? g_string_new (body) : NULL;

  for (char *at = text != NULL ? strchr (text->str, '$') : NULL; at != NULL;
       at = strchr (text->str, '$'))
    {
      gsize            place = (gsize) (at - text->str);
      gsize            length = strspn (at + 1, "abcdefghijklmnopqrstuvwxyz");
      g_autofree char *name = g_strndup (at + 1, length);
      const char      *id = g_hash_table_lookup (town->ids, name);
      g_assert_nonnull (id);
      g_string_erase (text, (gssize) place, (gssize) length + 1);
      g_string_insert (text, (gssize) place, id);
    }
  return text != NULL ? g_string_free (text, FALSE) : NULL;
}

void
town_make (Town *self, const char *name, const char *type, const char *body)
{
  g_autofree char *filled = town_fill_in (self, body);

  g_hash_table_insert (self->ids, (gpointer) name, make (self->f, type, filled));
}

void
town_init (Town *self, Fixture *f)
{
  self->f = f;
  self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  g_hash_table_insert (self->ids, (gpointer) "admin", g_strdup (f->admin->user_id));
  for (guint i = 0; i < G_N_ELEMENTS (people); i++)
    town_make (self, people[i].name, people[i].type, people[i].body);
  self->token = fixture_actor (f, f->admin->user_id, MS_ROLE_ADMINISTRATOR, "scim");
  self->token->scim_only = self->token->by_token = TRUE;
  self->token->client = g_strdup ("provider");
  self->delegate
      = fixture_actor (f, g_hash_table_lookup (self->ids, "worker"), MS_ROLE_DELEGATE, "console");
}

void
town_clear (Town *self)
{
  g_hash_table_unref (self->ids);
  ms_actor_free (self->token);
  ms_actor_free (self->delegate);
  g_free (self->last);
}

gboolean
town_write_as (Town          *self,
               const MsActor *actor,
               MsVerb         verb,
               const char    *type,
               const char    *id,
               const char    *body,
               GError       **error)
{
  g_autofree char *filled = town_fill_in (self, body);
  g_autofree char *whole
      = verb == MS_VERB_PATCH
            ? json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                    "'Operations':[%s]}",
                    filled)
            : g_strdup (filled);
  const char *object = id != NULL ? g_hash_table_lookup (self->ids, id) : NULL;
  g_autoptr (MsOutcome) outcome = try_verb (self->f, actor, verb, type, object, whole, error);

  g_free (self->last);
  self->last = outcome != NULL ? g_strdup (outcome->id) : NULL;
  return outcome != NULL;
}

void
town_try (Town *town, const MsActor *actor, const Case *cases, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      const Case *c = &cases[i];
      g_autoptr (GError) error = NULL;
      gint64 last = last_sequence (town->f);
      g_test_message ("%s", c->name);
      gboolean done = town_write_as (town, actor, c->verb, c->type, c->id, c->body, &error);
      g_test_message ("%s", error != NULL ? error->message : "done");
      if (c->allowed)
        g_assert_no_error (error);
      else
        refuse_error (error, MS_ERROR_DENIED, c->path);
      g_assert_cmpint (done, ==, c->allowed);
      if (!c->allowed)
        g_assert_cmpint (last_sequence (town->f), ==, last);
    }
}
