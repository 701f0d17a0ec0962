/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose mail may be made to go elsewhere. With mail passwords are reset, so who may not set
 * somebody's password may neither change where that mail goes nor get any of it, by whatever is
 * written. The policy says who (ms-policy.h), ms-mail-guard.h who is concerned; this says by what
 * it would be done: each write is asked for the ways that it adds, and only for these. Who has been
 * asked for each way since an administrator made the others has added none to that mail.
 */
#include "ms-rules.h"

#include <string.h>

#include "ms-address.h"
#include "ms-error.h"
#include "ms-idn.h"
#include "ms-mail-guard.h"
#include "ms-txn.h"

#define LIST_EXTERNAL MS_URN_EXT_GROUP ":externalMembers"

/* What is the same domain, however it is written. */
static gboolean
is_same_domain (const char *before, const char *after)
{
  g_autofree char *old = before != NULL ? ms_idn_to_ascii (before) : NULL;
  g_autofree char *now = after != NULL ? ms_idn_to_ascii (after) : NULL;

  return g_strcmp0 (old, now) == 0;
}

/* Whether @after has an address at @path that @before had not. */
static gboolean
has_more (MsObject *before, MsObject *after, const char *path)
{
  JsonArray *now = ms_rules_get_array (after, path);
  JsonArray *known = ms_rules_get_array (before, path);

  for (guint i = 0; now != NULL && i < json_array_get_length (now); i++)
    if (!ms_rules_array_has_address (known, json_array_get_string_element (now, i)))
      return TRUE;
  return FALSE;
}

static gboolean
has_other_addresses (MsObject *before, MsObject *after, const char *path)
{
  return has_more (before, after, path) || has_more (after, before, path);
}

static gboolean
has_other_link (MsObject *before, MsObject *after, const char *path)
{
  return g_strcmp0 (ms_object_get_link (before, path), ms_object_get_link (after, path)) != 0;
}

static gboolean
has_other_domain (MsObject *before, MsObject *after, const char *path)
{
  return !is_same_domain (ms_object_get_string (before, path), ms_object_get_string (after, path));
}

/* What a mailbox gets its mail by, and where the mail goes. By how it is written it is the same. */
static const struct
{
  const char *path;
  gboolean (*is_other) (MsObject *before, MsObject *after, const char *path);
} leading[] = {
  { "owner", has_other_link },          { "name", ms_rules_is_other_name },
  { "domain", has_other_domain },       { "aliases", has_other_addresses },
  { "forwardTo", has_other_addresses },
};
/* The same, of those that say what holds where nothing is said. */
static const struct
{
  const char *path;
  gboolean    fallback;
} switches[] = { { "primary", FALSE }, { "keepCopy", TRUE } };

static gboolean
refuse (MsObject     *owner,
        MsObject     *mailbox,
        const char   *address,
        const char   *path,
        const GError *why,
        GError      **error)
{
  ms_error_set (error,
                MS_ERROR_DENIED,
                NULL,
                path,
                "“%s” gets mail of “%s” (mailbox “%s”): %s",
                address,
                ms_object_get_label (owner),
                ms_object_get_label (mailbox),
                why->message);
  return FALSE;
}

gboolean
ms_rules_check_mail_of (
    MsWrite *write, MsObject *object, const char *address, const char *path, GError **error)
{
  /* What somebody has already is 409 to provisioning clients, which look it up then; they are asked
   * when it is written (ms_rules_check_ways()). */
  return write->actor->scim_only || ms_mail_guard_check (write, object, address, path, error);
}

/* Whose mailbox it is ---------------------------------------------------------------------------
 */

static gboolean
has_forward (MsObject *mailbox)
{
  JsonArray *forward = ms_rules_get_array (mailbox, "forwardTo");

  return forward != NULL && json_array_get_length (forward) > 0;
}

/* The attribute of a mailbox that stays somebody's by which mail would go another way. (nullable)
 */
static const char *
find_leading (MsObject *before, MsObject *after)
{
  for (guint i = 0; i < G_N_ELEMENTS (leading); i++)
    if (leading[i].is_other (before, after, leading[i].path))
      return leading[i].path;
  for (guint i = 0; i < G_N_ELEMENTS (switches); i++)
    if (ms_object_get_boolean (before, switches[i].path, switches[i].fallback)
        != ms_object_get_boolean (after, switches[i].path, switches[i].fallback))
      return switches[i].path;
  /* Closed, and open as it was, but not to pass on what it did not a moment ago. */
  return !ms_object_get_boolean (before, "active", TRUE)
                 && ms_object_get_boolean (after, "active", TRUE) && has_forward (after)
             ? "active"
             : NULL;
}

gboolean
ms_rules_check_mail_stays (MsWrite *write, MsObject *before, MsObject *after, GError **error)
{
  g_autoptr (MsObject) old = NULL;
  g_autoptr (MsObject) new = NULL;
  g_autoptr (GError) why = NULL;

  if (!ms_mail_guard_is_on (write))
    return TRUE;
  if (!ms_mail_guard_find_owner (write, before, &old, &why, error))
    return FALSE;
  const char *path = old != NULL ? find_leading (before, after) : NULL;
  if (path != NULL)
    return refuse (old, before, ms_object_get_string (before, "address"), path, why, error);
  if (old != NULL)
    return TRUE;
  /* A mailbox that others know, and that may pass on what it gets, is a way too. */
  if (!ms_mail_guard_find_owner (write, after, &new, &why, error))
    return FALSE;
  if (new == NULL)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_DENIED,
                NULL,
                "owner",
                "“%s” would be a mailbox of “%s”: %s",
                ms_object_get_string (after, "address"),
                ms_object_get_label (new),
                why->message);
  return FALSE;
}

gboolean
ms_rules_check_mail_goes (MsWrite *write, MsObject *object, GError **error)
{
  g_autoptr (MsObject) owner = NULL;
  g_autoptr (GError) why = NULL;

  if (!ms_mail_guard_is_on (write) || ms_object_get_type (object) != write->types->mailbox)
    return TRUE;
  if (!ms_mail_guard_find_owner (write, object, &owner, &why, error))
    return FALSE;
  if (owner == NULL)
    return TRUE;
  /* With its owner it may go; by itself it would leave the address to whoever takes it next. */
  return g_strcmp0 (write->removing, ms_object_get_id (owner)) == 0
             ? ms_mail_guard_reserve (write, object, owner, error)
             : refuse (owner, object, ms_object_get_string (object, "address"), NULL, why, error);
}

/* The ways that a write adds ---------------------------------------------------------------------
 */

static gboolean
has_new_link (MsObject *before, MsObject *after, const char *path)
{
  const char *id = ms_object_get_link (after, path);

  return id != NULL && (before == NULL || g_strcmp0 (ms_object_get_link (before, path), id) != 0);
}

/* Whether @object got mail for @address already. */
static gboolean
had_address (MsObject *object, const char *address)
{
  const MsRules   *rules = ms_rules_find (ms_object_get_type (object));
  const char      *own = ms_object_get_string (object, rules->address);
  g_autofree char *old = own != NULL ? ms_address_ascii_key (own) : NULL;
  g_autofree char *key = ms_address_ascii_key (address);

  return g_strcmp0 (old, key) == 0
         || ms_rules_array_has_address (ms_rules_get_array (object, rules->aliases), address);
}

static gboolean
check_address (MsWrite    *write,
               MsObject   *before,
               MsObject   *after,
               const char *address,
               const char *path,
               GError    **error)
{
  return address == NULL || (before != NULL && had_address (before, address))
         || ms_mail_guard_check (write, after, address, path, error);
}

static gboolean
check_addresses (MsWrite *write, MsObject *before, MsObject *after, GError **error)
{
  const MsRules *rules = ms_rules_find (ms_object_get_type (after));
  JsonArray     *aliases = ms_rules_get_array (after, rules->aliases);

  if (!check_address (write,
                      before,
                      after,
                      ms_object_get_string (after, rules->address),
                      rules->address,
                      error))
    return FALSE;
  for (guint i = 0; aliases != NULL && i < json_array_get_length (aliases); i++)
    if (!check_address (write,
                        before,
                        after,
                        json_array_get_string_element (aliases, i),
                        rules->aliases,
                        error))
      return FALSE;
  return TRUE;
}

static gboolean
keeps_mail (MsObject *mailbox)
{
  return !has_forward (mailbox) || ms_object_get_boolean (mailbox, "keepCopy", TRUE);
}

/* The attribute by which a mailbox gets or passes on what it did not. (nullable) */
static const char *
find_opening (MsObject *before, MsObject *after)
{
  if (has_more (before, after, "forwardTo"))
    return "forwardTo";
  if (!ms_object_get_boolean (before, "active", TRUE)
      && ms_object_get_boolean (after, "active", TRUE))
    return "active";
  if (keeps_mail (before) || !keeps_mail (after))
    return NULL;
  return has_forward (after) ? "keepCopy" : "forwardTo";
}

/* Into the mail group at @path. Of the one that it was in it got the mail already, and of those
 * around that. */
static gboolean
check_group (MsWrite *write, MsObject *before, MsObject *after, const char *path, GError **error)
{
  const char *old = before != NULL ? ms_object_get_link (before, path) : NULL;
  g_autoptr (GPtrArray) known = NULL;

  if (!has_new_link (before, after, path))
    return TRUE;
  if (old != NULL)
    {
      known = ms_txn_list_ancestors (write->txn, old, error);
      if (known == NULL)
        return FALSE;
      g_ptr_array_add (known, g_strdup (old));
    }
  return ms_mail_guard_check_more (
      write, after, ms_object_get_link (after, path), known, path, error);
}

static gboolean
check_mailbox (MsWrite *write, MsObject *before, MsObject *after, GError **error)
{
  const char *owner = ms_object_get_link (after, "owner");
  const char *opening = before != NULL ? find_opening (before, after) : NULL;
  gboolean    is_primary = owner != NULL && ms_object_get_boolean (after, "primary", FALSE);
  gboolean    was_primary = before != NULL && ms_object_get_boolean (before, "primary", FALSE)
                         && g_strcmp0 (ms_object_get_link (before, "owner"), owner) == 0;

  if (is_primary && !was_primary && !ms_mail_guard_check (write, after, owner, "primary", error))
    return FALSE;
  if (!check_group (write, before, after, "group", error))
    return FALSE;
  /* Who owns it reads it. */
  if (opening == NULL && before != NULL && has_new_link (before, after, "owner"))
    opening = "owner";
  if (opening == NULL)
    return TRUE;
  /* Of one whose own mail is guarded ms_rules_check_mail_stays() has said what may be. */
  g_autoptr (MsObject) guarded = NULL;
  return ms_mail_guard_find_owner (write, after, &guarded, NULL, error)
         && (guarded != NULL
             || ms_mail_guard_check (write, after, ms_object_get_id (after), opening, error));
}

gboolean
ms_rules_check_ways (MsWrite *write, MsObject *before, MsObject *after, GError **error)
{
  const MsServiceTypes *types = write->types;
  const MsResourceType *type = ms_object_get_type (after);

  if (!ms_mail_guard_is_on (write)
      || (type != types->mailbox && type != types->list && type != types->mail_group))
    return TRUE;
  if (write->actor->scim_only && !check_addresses (write, before, after, error))
    return FALSE;
  /* A new one has no mail yet but by its addresses, and by what it says that it is in. */
  if (type == types->mailbox)
    return check_mailbox (write, before, after, error);
  if (type == types->mail_group)
    return check_group (write, before, after, "parent", error);
  return before == NULL || !has_more (before, after, LIST_EXTERNAL)
         || ms_mail_guard_check (write, after, ms_object_get_id (after), LIST_EXTERNAL, error);
}

gboolean
ms_rules_check_entry (MsWrite *write, MsObject *list, const MsAttribute *attribute, GError **error)
{
  const char *id = ms_object_get_id (list);

  if (!ms_mail_guard_is_on (write) || ms_object_get_type (list) != write->types->list
      || g_strcmp0 (write->unguarded_list, id) == 0)
    return TRUE;
  if (!ms_mail_guard_check (write, list, id, attribute->path, error))
    return FALSE;
  /* Nothing that this actor does afterwards brings such mail there. */
  g_free (write->unguarded_list);
  write->unguarded_list = g_strdup (id);
  return TRUE;
}

/* Domains ---------------------------------------------------------------------------------------
 */

static const char *
get_kind (MsObject *domain)
{
  const char *kind = ms_object_get_string (domain, "kind");

  return kind != NULL ? kind : "equal";
}

static gboolean
is_alias (MsObject *domain)
{
  return strcmp (get_kind (domain), "alias") == 0;
}

/* The attribute by which addresses in the domain lead elsewhere. (nullable) */
static const char *
find_turn (MsObject *before, MsObject *after)
{
  if (!is_same_domain (ms_object_get_label (before), ms_object_get_label (after)))
    return "name";
  if (is_alias (before) != is_alias (after))
    return "kind";
  return is_same_domain (ms_object_get_string (before, "aliasOf"),
                         ms_object_get_string (after, "aliasOf"))
             ? NULL
             : "aliasOf";
}

/* What mail in @domain comes by: of an alias the other one's addresses are, as its own. */
static void
add_names (GPtrArray *names, MsObject *domain)
{
  g_ptr_array_add (names, (gpointer) ms_object_get_label (domain));
  if (is_alias (domain))
    g_ptr_array_add (names, (gpointer) ms_object_get_string (domain, "aliasOf"));
}

gboolean
ms_rules_check_domain_ways (MsWrite *write, MsObject *before, MsObject *after, GError **error)
{
  g_autoptr (GPtrArray) domains = g_ptr_array_new ();
  const char *path = before != NULL && after != NULL ? find_turn (before, after) : NULL;

  if (!ms_mail_guard_is_on (write))
    return TRUE;
  /* Addresses without “@”, everybody's, are in the primary domain. */
  if (after != NULL && strcmp (get_kind (after), "primary") == 0
      && (before == NULL || strcmp (get_kind (before), "primary") != 0))
    {
      ms_error_set (error,
                    MS_ERROR_DENIED,
                    NULL,
                    "kind",
                    "Another primary domain would redirect the mail of everybody, also of who has "
                    "a role: this is for an administrator who logs on");
      return FALSE;
    }
  if (before != NULL && after != NULL && path == NULL)
    return TRUE;
  /* Of both alike, so that whoever makes an alias may delete it. */
  if (before != NULL)
    add_names (domains, before);
  if (after != NULL)
    add_names (domains, after);
  return ms_mail_guard_check_domains (write, domains, path, error);
}
