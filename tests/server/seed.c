/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fills a store with many accounts for tests and measurements, through the service, before a server
 * opens it:
 *
 *   seed sqlite:/path/store.db COUNT
 *
 * The names are the same each time. Every 200 accounts are a mail group of their own, all below
 * "Seeded".
 */
#include "ms-error.h"
#include "ms-json.h"
#include "ms-service.h"
#include <stdlib.h>

#define IN_FLIGHT 512
#define GROUP_SIZE 200

static const char *const given_names[] = {
  "Ada",   "Ben",   "Clara", "Dario", "Elif",  "Femi",   "Greta",  "Hugo",
  "Ines",  "Jonas", "Katya", "Liam",  "Maria", "Nils",   "Olga",   "Pavel",
  "Quinn", "Rosa",  "Sven",  "Tomas", "Uma",   "Viktor", "Wanda",  "Xenia",
  "Yusuf", "Zoe",   "André", "Björn", "Chloé", "Jürgen", "Łukasz",
};
static const char *const family_names[] = {
  "Adler",   "Brandt", "Costa",   "Dahl",        "Eriksen", "Fischer", "García", "Hansen",
  "Ivanova", "Jansen", "Keller",  "Lehmann",     "Moreau",  "Novak",   "Okafor", "Peters",
  "Quist",   "Rossi",  "Schmidt", "Tanaka",      "Ueda",    "Vogel",   "Weber",  "Xu",
  "Young",   "Zimmer", "Müller",  "Søndergaard", "Nguyễn",
};

typedef struct
{
  MsService *service;
  MsActor   *actor;
  GMutex     lock;
  GCond      changed;
  guint      in_flight;
  GError    *error;
} Seed;

static void
on_applied_cb (MsOutcome *outcome, const GError *error, gpointer user_data)
{
  Seed *self = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_clear_pointer (&outcome, ms_outcome_free);
  if (error != NULL && self->error == NULL)
    self->error = g_error_copy (error);
  self->in_flight--;
  g_cond_signal (&self->changed);
}

static void
wait_below (Seed *self, guint limit)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  while (self->in_flight > limit)
    g_cond_wait (&self->changed, &self->lock);
}

static void
submit (Seed *self, MsOperation *operation)
{
  wait_below (self, IN_FLIGHT);
  g_mutex_lock (&self->lock);
  self->in_flight++;
  g_mutex_unlock (&self->lock);
  ms_service_apply_async (self->service, self->actor, operation, on_applied_cb, self);
}

static JsonObject *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = ms_json_parse (text, -1, &ms_json_default_limits, &error);

  if (node == NULL)
    g_error ("%s", error->message);
  return json_node_dup_object (node);
}

/* (transfer full) (nullable): the new group's id */
static char *
make_group (Seed *self, const char *name, const char *parent)
{
  g_autofree char *below
      = parent != NULL ? g_strdup_printf (",\"parent\":{\"value\":\"%s\"}", parent) : g_strdup ("");
  g_autofree char *text = g_strdup_printf (
      "{\"schemas\":[\"" MS_URN_MAIL_GROUP "\"],\"name\":\"%s\"%s}", name, below);
  MsOperation *operation = ms_operation_new (MS_VERB_CREATE);

  operation->type = ms_schema_registry_get_type_by_name (ms_service_get_schemas (self->service),
                                                         MS_TYPE_NAME_MAIL_GROUP);
  operation->body = parse (text);
  g_autoptr (MsOutcome) outcome
             = ms_service_apply (self->service, self->actor, operation, &self->error);
  return outcome != NULL ? g_strdup (outcome->id) : NULL;
}

static void
make_account (Seed *self, guint i, const char *group)
{
  const char *given = given_names[i % G_N_ELEMENTS (given_names)];
  const char *family = family_names[(i / G_N_ELEMENTS (given_names)) % G_N_ELEMENTS (family_names)];
  g_autofree char *text = g_strdup_printf (
      "{\"user\":{\"userName\":\"user%06u\",\"displayName\":\"%s "
      "%s\",\"name\":{\"givenName\":\"%s\",\"familyName\":\"%s\"},"
      "\"emails\":[{\"value\":\"user%06u@seed.example\",\"type\":\"work\",\"primary\":true}]},"
      "\"mailbox\":{\"quota\":%u,\"group\":{\"value\":\"%s\"}}}",
      i,
      given,
      family,
      given,
      family,
      i,
      (i % 10 + 1) * 100000000u,
      group);
  MsOperation *operation = ms_operation_new (MS_VERB_ACCOUNT);

  operation->body = parse (text);
  submit (self, operation);
}

static gboolean
fill (Seed *self, guint count)
{
  g_autofree char *top = count > 0 ? make_group (self, "Seeded", NULL) : NULL;
  g_autofree char *group = NULL;

  for (guint i = 0; i < count && self->error == NULL; i++)
    {
      if (i % GROUP_SIZE == 0)
        {
          g_autofree char *name = g_strdup_printf ("Team %04u", i / GROUP_SIZE + 1);
          g_free (group);
          group = make_group (self, name, top);
          if (group == NULL)
            break;
        }
      make_account (self, i, group);
    }
  wait_below (self, 0);
  return self->error == NULL;
}

int
main (int argc, char **argv)
{
  guint64 count = 0;
  Seed    seed = { 0 };
  g_autoptr (GError) error = NULL;

  if (argc != 3 || !g_ascii_string_to_unsigned (argv[2], 10, 0, 10000000, &count, NULL))
    {
      g_printerr ("Usage: seed sqlite:/path/store.db COUNT\n");
      return 2;
    }
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();
  g_autoptr (MsStore) store = ms_store_open (argv[1], schemas, 0, &error);
  if (store == NULL)
    {
      g_printerr ("seed: %s\n", error->message);
      return 1;
    }
  seed.service = ms_service_new (store);
  seed.actor = ms_actor_new_system ();
  gboolean done = fill (&seed, (guint) count);
  if (!done)
    g_printerr ("seed: %s\n", seed.error->message);
  ms_service_shutdown (seed.service);
  g_clear_object (&seed.service);
  ms_store_close (store);
  ms_actor_free (seed.actor);
  g_clear_error (&seed.error);
  return done ? 0 : 1;
}
