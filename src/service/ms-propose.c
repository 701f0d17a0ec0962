/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A login, a mailbox name and an address for somebody new, by a template's pattern and free of
 * collisions: john.doe, then john.doe2. A proposal reserves nothing; who creates the account may
 * still meet a conflict.
 */
#include "ms-service-private.h"

#include <string.h>

#include "ms-address.h"
#include "ms-error.h"
#include "ms-json.h"
#include "ms-policy.h"
#include "ms-text.h"
#include "ms-txn.h"

#define DEFAULT_PATTERN "{given}.{family}"
#define MAX_NAME 256
/* john, john2 … are looked up one by one; more of one name than this get a few random letters
 * instead. */
#define MAX_TRIES 200
#define MAX_LOCAL 64

typedef struct
{
  MsService  *service;
  MsWrite     reading;
  char       *given;
  char       *family;
  const char *template_id;
  char       *login;
  char       *address;
} Proposal;

/* "Doe, John" and "John Q. Doe": the family name is what is before a comma, or the last word.
 * Particles ("van der Berg") go with it. */
static void
split_name (const char *name, char **given, char **family)
{
  static const char *const particles[]
      = { "van", "von", "der", "den", "de",  "del", "della", "di",  "da", "dos", "du",
          "la",  "le",  "zu",  "ter", "ten", "af",  "av",    "bin", "al", NULL };
  g_autofree char *text = g_strstrip (g_strdup (name));
  char            *comma = strchr (text, ',');

  if (comma != NULL)
    {
      *comma = '\0';
      *family = g_strdup (g_strstrip (text));
      *given = g_strdup (g_strstrip (comma + 1));
      return;
    }
  g_auto (GStrv) words = g_strsplit_set (text, " \t", -1);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      g_ptr_array_add (kept, words[i]);
  guint first = kept->len > 1 ? kept->len - 1 : kept->len;
  while (first > 1 && first < kept->len)
    {
      g_autofree char *folded = g_utf8_casefold (kept->pdata[first - 1], -1);
      if (!g_strv_contains (particles, folded))
        break;
      first--;
    }
  g_ptr_array_add (kept, NULL);
  *family = first < kept->len - 1 ? g_strjoinv (" ", (char **) &kept->pdata[first]) : g_strdup ("");
  kept->pdata[first] = NULL;
  *given = g_strjoinv (" ", (char **) kept->pdata);
}

/* The particles are left out of an address: "Jan van der Berg" is jan.berg */
static char *
make_base (const char *pattern, const char *given, const char *family)
{
  const char      *last = strrchr (family, ' ');
  const char      *space = strchr (given, ' ');
  g_autofree char *first
      = space != NULL ? g_strndup (given, (gsize) (space - given)) : g_strdup (given);
  char *base = ms_address_propose (pattern, first, last != NULL ? last + 1 : family, "");

  if (*base != '\0')
    return base;
  g_free (base);
  base = ms_address_propose ("{given}{family}", given, family, "");
  if (*base != '\0')
    return base;
  /* A script that has no Latin letters: somebody has to type one, and this one can be created
   * meanwhile. */
  g_free (base);
  return g_strdup ("user");
}

static gboolean
is_free (Proposal *self, const char *login, const char *address, gboolean *free, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) user = ms_txn_find_object (
      self->reading.txn, self->service->types.user, "userName", login, &failed);
  g_autoptr (MsObject) holder
             = failed == NULL ? ms_txn_find_address (self->reading.txn, address, &failed) : NULL;

  *free = user == NULL && holder == NULL;
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

static char *
make_candidate (const char *base, guint number)
{
  if (number <= 1)
    return g_strndup (base, MAX_LOCAL);
  g_autofree char *suffix
      = number <= MAX_TRIES ? g_strdup_printf ("%u", number) : ms_text_new_password (6);
  g_autofree char *lower = g_ascii_strdown (suffix, -1);
  g_autofree char *start = g_strndup (base, MAX_LOCAL - strlen (lower));
  return g_strconcat (start, lower, NULL);
}

static gboolean
find_free (Proposal *self, const char *base, const char *domain, GError **error)
{
  for (guint number = 1; number <= MAX_TRIES + 10; number++)
    {
      g_autofree char *login = make_candidate (base, number);
      g_autofree char *address = ms_address_normalize (login, domain, "name", error);
      gboolean         free = FALSE;

      if (address == NULL || !is_free (self, login, address, &free, error))
        return FALSE;
      if (!free)
        continue;
      self->login = g_steal_pointer (&login);
      self->address = g_steal_pointer (&address);
      return TRUE;
    }
  ms_error_set (
      error, MS_ERROR_CONFLICT, "uniqueness", "name", "No free login like “%s” was found", base);
  return FALSE;
}

static gboolean
propose (MsTxn *txn, gpointer user_data, GError **error)
{
  Proposal *self = user_data;
  g_autoptr (GError) failed = NULL;

  self->reading.txn = txn;
  g_autoptr (MsObject) template = ms_write_get_template (
      &self->reading, self->service->types.user, self->template_id, "template", &failed);
  const char *primary
      = failed == NULL ? ms_write_get_primary_domain (&self->reading, &failed) : NULL;
  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  gboolean is_template
      = template != NULL && ms_object_get_type (template) == self->service->types.template;
  const char      *pattern = is_template ? ms_object_get_string (template, "loginPattern") : NULL;
  const char      *domain = is_template ? ms_object_get_string (template, "domain") : NULL;
  g_autofree char *base
      = make_base (pattern != NULL ? pattern : DEFAULT_PATTERN, self->given, self->family);
  return find_free (self, base, domain != NULL ? domain : primary, error);
}

static void
append_proposal (Proposal *self, GString *out)
{
  g_autofree char *full = *self->given != '\0' && *self->family != '\0'
                              ? g_strjoin (" ", self->given, self->family, NULL)
                              : g_strconcat (self->given, self->family, NULL);
  g_autofree char *local
      = g_strndup (self->address, (gsize) (strrchr (self->address, '@') - self->address));

  g_string_append (out, "{\"userName\":");
  ms_json_append_string (out, self->login);
  g_string_append (out, ",\"displayName\":");
  ms_json_append_string (out, full);
  g_string_append (out, ",\"name\":{\"givenName\":");
  ms_json_append_string (out, self->given);
  g_string_append (out, ",\"familyName\":");
  ms_json_append_string (out, self->family);
  g_string_append (out, "},\"mailboxName\":");
  ms_json_append_string (out, local);
  g_string_append (out, ",\"address\":");
  ms_json_append_string (out, self->address);
  g_string_append_c (out, '}');
}

gboolean
ms_service_propose (MsService     *self,
                    const MsActor *actor,
                    const char    *name,
                    const char    *template_id,
                    GString       *out,
                    GError       **error)
{
  g_return_val_if_fail (MS_IS_SERVICE (self) && actor != NULL && out != NULL, FALSE);

  Proposal proposal = { .service = self, .template_id = template_id };

  if (!ms_policy_check (actor, MS_POLICY_CREATE, self->types.user, NULL, NULL, error))
    return FALSE;
  if (name == NULL || strlen (name) > MAX_NAME)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "name",
                    "A name of at most %d bytes is needed",
                    MAX_NAME);
      return FALSE;
    }
  if (!ms_text_check (name, FALSE, "name", error))
    return FALSE;
  split_name (name, &proposal.given, &proposal.family);
  if (*proposal.given == '\0' && *proposal.family == '\0')
    ms_error_set (error, MS_ERROR_INVALID, "invalidValue", "name", "A name is needed");
  ms_write_init (&proposal.reading, self, actor, NULL);
  gboolean found = (*proposal.given != '\0' || *proposal.family != '\0')
                   && ms_store_read (self->store, propose, &proposal, NULL, error);
  ms_write_clear (&proposal.reading);
  if (found)
    append_proposal (&proposal, out);
  g_free (proposal.given);
  g_free (proposal.family);
  g_free (proposal.login);
  g_free (proposal.address);
  return found;
}
