/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Domains: exactly one is primary; what addresses use keeps its name and stays; an alias points at
 * a real one.
 */
#include "ms-rules.h"

#include <string.h>

#include "ms-address.h"
#include "ms-domains.h"
#include "ms-error.h"
#include "ms-filter.h"
#include "ms-idn.h"
#include "ms-name.h"
#include "ms-txn.h"

static const char *
get_kind (MsObject *domain)
{
  const char *kind = domain != NULL ? ms_object_get_string (domain, "kind") : NULL;

  return kind != NULL ? kind : "equal";
}

static gboolean
is_kind (MsObject *domain, const char *kind)
{
  return domain != NULL && strcmp (get_kind (domain), kind) == 0;
}

/* How many mailboxes, lists and mail groups have an address in the domain. */
static gboolean
count_uses (MsWrite *write, const char *domain, gint64 *uses, GError **error)
{
  const MsServiceTypes *types = &write->service->types;
  g_autofree char      *quoted = ms_filter_quote (domain);
  g_autofree char      *ending = g_strconcat ("@", domain, NULL);
  g_autofree char      *quoted_ending = ms_filter_quote (ending);
  gint64                mailboxes = 0, lists = 0, groups = 0;

  if (!ms_write_query (write, types->mailbox, 0, NULL, &mailboxes, error, "domain eq %s", quoted)
      || !ms_write_query (write,
                          types->list,
                          0,
                          NULL,
                          &lists,
                          error,
                          MS_URN_EXT_GROUP ":address ew %s",
                          quoted_ending)
      || !ms_write_query (
          write, types->mail_group, 0, NULL, &groups, error, "address ew %s", quoted_ending))
    return FALSE;
  *uses = mailboxes + lists + groups;
  return TRUE;
}

static gboolean
check_unused (MsWrite *write, MsObject *domain, const char *path, const char *wish, GError **error)
{
  const char      *name = ms_object_get_label (domain);
  g_autofree char *quoted = ms_filter_quote (name);
  gint64           uses = 0, aliases = 0;

  if (!count_uses (write, name, &uses, error))
    return FALSE;
  if (uses > 0)
    {
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    path,
                    "%s cannot be %s: addresses that use it: %" G_GINT64_FORMAT,
                    name,
                    wish,
                    uses);
      return FALSE;
    }
  if (!ms_write_query (
          write, ms_object_get_type (domain), 0, NULL, &aliases, error, "aliasOf eq %s", quoted))
    return FALSE;
  if (aliases == 0)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                path,
                "%s cannot be %s: domains that are an alias of it: %" G_GINT64_FORMAT,
                name,
                wish,
                aliases);
  return FALSE;
}

/* (transfer none) (nullable) */
static const char *
find_ending (JsonArray *array, const char *ending)
{
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    if (g_str_has_suffix (json_array_get_string_element (array, i), ending))
      return json_array_get_string_element (array, i);
  return NULL;
}

static gboolean
check_no_alias_at (MsWrite              *write,
                   const MsResourceType *type,
                   const char           *path,
                   const char           *domain,
                   GError              **error)
{
  g_autofree char *ending = g_strconcat ("@", domain, NULL);
  g_autofree char *quoted = ms_filter_quote (ending);
  g_autoptr (GPtrArray) found = NULL;

  if (!ms_write_query (write, type, 1, &found, NULL, error, "%s ew %s", path, quoted))
    return FALSE;
  if (found->len == 0)
    return TRUE;
  const char *alias = find_ending (ms_rules_get_array (found->pdata[0], path), ending);
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                "name",
                "%s cannot be renamed: %s “%s” has the alias “%s”",
                domain,
                type->name,
                ms_object_get_label (found->pdata[0]),
                alias != NULL ? alias : ending);
  return FALSE;
}

/* They would stay behind, and nothing would be delivered to them. In another spelling of its name
 * they go with it (ms_rules_spell_addresses()). */
static gboolean
check_no_alias_in (MsWrite *write, const char *domain, const char *name, GError **error)
{
  const MsServiceTypes *types = &write->service->types;
  g_autofree char      *letters = ms_idn_to_unicode (domain);
  g_autofree char      *labels = ms_idn_to_ascii (letters);

  if (strcmp (letters, name) == 0 || strcmp (labels, name) == 0)
    return TRUE;
  return check_no_alias_at (write, types->mailbox, "aliases", domain, error)
         && check_no_alias_at (write, types->list, MS_URN_EXT_GROUP ":aliases", domain, error)
         && check_no_alias_at (write, types->mail_group, "aliases", domain, error);
}

/* One that is spelled otherwise. The very same name is the store's to refuse. */
static gboolean
check_spelling (MsWrite *write, MsObject *after, const char *name, GError **error)
{
  g_autofree char  *letters = ms_idn_to_unicode (name);
  g_autofree char  *labels = ms_idn_to_ascii (letters);
  const char *const spellings[] = { letters, labels };

  for (guint i = 0; i < G_N_ELEMENTS (spellings) && ms_idn_has_spellings (name); i++)
    {
      g_autoptr (MsObject) other = NULL;
      if (strcmp (spellings[i], name) == 0)
        continue;
      if (!ms_domain_find (write->txn, write->types, spellings[i], &other, error))
        return FALSE;
      if (other == NULL || strcmp (ms_object_get_label (other), name) == 0
          || g_strcmp0 (ms_object_get_id (other), ms_object_get_id (after)) == 0)
        continue;
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    "uniqueness",
                    "name",
                    "“%s” is the domain “%s”, which is there already, in another spelling",
                    name,
                    ms_object_get_label (other));
      return FALSE;
    }
  return TRUE;
}

static gboolean
set_name (MsWrite *write, MsObject *before, MsObject *after, GError **error)
{
  const char *old = ms_rules_get_old (write, before, "name");

  /* One that comes out of the bin may meet what was made meanwhile. */
  if (old != NULL && g_strcmp0 (old, ms_object_get_string (after, "name")) == 0)
    return before != NULL || check_spelling (write, after, old, error);
  if (!ms_rules_check_name (write, before, after, "name", MS_NAME_IDENTIFIER, error))
    return FALSE;
  g_autofree char *name = ms_idn_lower (ms_object_get_string (after, "name"));
  if (!ms_address_check_domain (name, "name", error))
    return FALSE;
  /* As it was typed, in letters or in labels, but not in some of both. */
  g_autofree char *letters = ms_idn_to_unicode (name);
  g_autofree char *labels = ms_idn_to_ascii (letters);
  if (ms_idn_has_spellings (name) && strcmp (name, labels) != 0)
    {
      gboolean readable = ms_name_check_characters (letters, MS_NAME_IDENTIFIER, "name", NULL);
      g_free (name);
      name = readable ? g_steal_pointer (&letters) : g_steal_pointer (&labels);
    }
  ms_object_set_string (after, "name", name);
  if (!check_spelling (write, after, name, error))
    return FALSE;
  return before == NULL || strcmp (ms_object_get_label (before), name) == 0
         || (check_unused (write, before, "name", "renamed", error)
             && check_no_alias_in (write, ms_object_get_label (before), name, error));
}

static gboolean
check_alias (MsWrite *write, MsObject *before, MsObject *after, GError **error)
{
  const char *target = ms_object_get_string (after, "aliasOf");

  if (!is_kind (after, "alias"))
    {
      if (target != NULL && is_kind (before, "alias"))
        ms_object_set_string (after, "aliasOf", NULL);
      else if (target != NULL)
        {
          ms_error_set (error,
                        MS_ERROR_INVALID,
                        "invalidValue",
                        "aliasOf",
                        "Only a domain of the kind “alias” is one of another");
          return FALSE;
        }
      return TRUE;
    }
  if (target == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "aliasOf",
                    "An alias needs the domain that it is one of");
      return FALSE;
    }

  g_autofree char *folded = ms_idn_lower (target);
  ms_object_set_string (after, "aliasOf", folded);
  if (!ms_domain_spell (write->txn, write->types, after, "aliasOf", error))
    return FALSE;
  if (g_strcmp0 (ms_object_get_string (after, "aliasOf"), ms_object_get_label (after)) == 0)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "aliasOf",
                    "A domain cannot be an alias of itself");
      return FALSE;
    }
  if (!ms_rules_check_domain (write, folded, "aliasOf", error))
    return FALSE;
  return before == NULL || is_kind (before, "alias")
         || check_unused (write, before, "kind", "made an alias", error);
}

/* The one that was primary becomes an equal, without asking its rules: they would refuse. */
static gboolean
demote_other (MsWrite *write, MsObject *promoted, GError **error)
{
  g_autoptr (GPtrArray) found = NULL;

  if (!ms_write_query (
          write, ms_object_get_type (promoted), 4, &found, NULL, error, "kind eq \"primary\""))
    return FALSE;
  for (guint i = 0; i < found->len; i++)
    {
      MsObject *other = g_ptr_array_index (found, i);
      if (g_strcmp0 (ms_object_get_id (other), ms_object_get_id (promoted)) == 0)
        continue;
      g_autoptr (MsObject) after = ms_object_copy (other);
      ms_object_set_string (after, "kind", "equal");
      if (!ms_txn_update (write->txn, after, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_kind (MsWrite *write, MsObject *before, MsObject *after, GError **error)
{
  if (is_kind (after, "primary"))
    return is_kind (before, "primary") || demote_other (write, after, error);
  if (!is_kind (before, "primary"))
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                "kind",
                "One domain must be primary: make another one primary instead");
  return FALSE;
}

static gboolean
prepare (MsWrite *write, MsObject *before, MsEdit *edit, GError **error)
{
  if (ms_object_get_string (edit->object, "kind") == NULL)
    ms_object_set_string (edit->object, "kind", get_kind (before));
  return set_name (write, before, edit->object, error)
         && check_alias (write, before, edit->object, error)
         && ms_rules_check_domain_ways (write, before, edit->object, error)
         && check_kind (write, before, edit->object, error);
}

static gboolean
stored (MsWrite *write, MsObject *before, MsObject *after, GError **error)
{
  const char *name = ms_object_get_label (after);

  if ((before == NULL || strcmp (ms_object_get_label (before), name) != 0)
      && !ms_rules_spell_addresses (write, name, error))
    return FALSE;
  if (!is_kind (after, "primary"))
    return TRUE;
  g_clear_pointer (&write->primary_domain, g_free);
  return ms_txn_set_setting (
      write->txn, MS_SETTING_PRIMARY_DOMAIN, ms_object_get_label (after), error);
}

static gboolean
remove_domain (MsWrite *write, MsObject *domain, GError **error)
{
  if (is_kind (domain, "primary"))
    {
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    NULL,
                    "The primary domain cannot be deleted: make another one primary first");
      return FALSE;
    }
  return check_unused (write, domain, NULL, "deleted", error)
         && ms_rules_check_domain_ways (write, domain, NULL, error);
}

const MsRules ms_rules_domain = {
  .kept = { "kind" },
  .prepare = prepare,
  .stored = stored,
  .remove = remove_domain,
};
