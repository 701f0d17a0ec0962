/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Aliases of whatever has an address: mailboxes, lists, mail groups. An address that is given up
 * can become one.
 */
#include "ms-rules.h"

#include <string.h>

#include "ms-address.h"
#include "ms-directory-history.h"
#include "ms-domains.h"
#include "ms-error.h"
#include "ms-filter.h"
#include "ms-txn.h"

/* @old: (nullable) */
static gboolean
is_same (const char *old, const char *address)
{
  g_autofree char *old_key = old != NULL ? ms_address_key (old) : NULL;
  g_autofree char *key = ms_address_key (address);

  return g_strcmp0 (old_key, key) == 0;
}

gboolean
ms_rules_array_has_address (JsonArray *array, const char *address)
{
  g_autofree char *key = ms_address_ascii_key (address);

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      g_autofree char *other = ms_address_ascii_key (json_array_get_string_element (array, i));
      if (strcmp (key, other) == 0)
        return TRUE;
    }
  return FALSE;
}

/* An object of @type other than @object that has @alias. @holder: (out) (transfer full): untouched
 * where there is none */
static gboolean
find_other (MsWrite              *write,
            const MsResourceType *type,
            MsObject             *object,
            const char           *alias,
            MsObject            **holder,
            GError              **error)
{
  const char      *path = ms_rules_find (type)->aliases;
  g_autofree char *quoted = ms_filter_quote (alias);
  g_autoptr (GPtrArray) found = NULL;

  if (!ms_write_query (write, type, 2, &found, NULL, error, "%s eq %s", path, quoted))
    return FALSE;
  for (guint i = 0; i < found->len && *holder == NULL; i++)
    if (g_strcmp0 (ms_object_get_id (g_ptr_array_index (found, i)), ms_object_get_id (object)) != 0)
      *holder = ms_object_ref (g_ptr_array_index (found, i));
  return TRUE;
}

/* By whom, where the writer may see that. */
static gboolean
refuse_taken (MsWrite *write, MsObject *holder, const char *alias, const char *path, GError **error)
{
  const MsResourceType *type = ms_object_get_type (holder);
  gboolean visible = ms_policy_check (write->actor, MS_POLICY_READ, type, holder, NULL, NULL);

  if (visible)
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  "uniqueness",
                  path,
                  "%s is already an address of the %s “%s”",
                  alias,
                  type->name,
                  ms_object_get_label (holder));
  else
    ms_error_set (error,
                  MS_ERROR_CONFLICT,
                  "uniqueness",
                  path,
                  "%s is already an address of something else",
                  alias);
  return FALSE;
}

/* (out) (transfer full) @holder: whatever other than @object has @alias as an alias */
static gboolean
find_alias_holder (
    MsWrite *write, MsObject *object, const char *alias, MsObject **holder, GError **error)
{
  const MsServiceTypes *types = &write->service->types;

  return find_other (write, types->mailbox, object, alias, holder, error)
         && find_other (write, types->list, object, alias, holder, error)
         && find_other (write, types->mail_group, object, alias, holder, error);
}

/* %FALSE with an error where something other than @object has exactly @alias as its address or as
 * an alias. */
static gboolean
check_is_free_as_written (
    MsWrite *write, MsObject *object, const char *alias, const char *path, GError **error)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) holder = ms_txn_find_address (write->txn, alias, &failed);

  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (holder != NULL && g_strcmp0 (ms_object_get_id (holder), ms_object_get_id (object)) == 0)
    g_clear_pointer (&holder, ms_object_unref);
  if (holder == NULL && !find_alias_holder (write, object, alias, &holder, error))
    return FALSE;
  return holder == NULL || refuse_taken (write, holder, alias, path, error);
}

gboolean
ms_rules_check_is_free (
    MsWrite *write, MsObject *object, const char *address, const char *path, GError **error)
{
  g_autoptr (GPtrArray) twins = ms_domain_list_twins (write, address, error);
  gboolean is_free = twins != NULL;

  for (guint i = 0; is_free && i < twins->len; i++)
    is_free = check_is_free_as_written (write, object, twins->pdata[i], path, error);
  return is_free;
}

static gboolean
is_of_directory (MsWrite *write)
{
  return g_strcmp0 (write->actor->channel, MS_DIRECTORY_CHANNEL) == 0;
}

/* People may let several objects get mail for one alias; a provisioning client that asks for it has
 * made a mistake, and so has a directory. What an undo brings back nobody asks for anew. */
static gboolean
asks_for_free (MsWrite *write)
{
  return !write->undoing
         && (g_strcmp0 (write->actor->channel, "scim") == 0 || is_of_directory (write));
}

/* Nobody may thereby get mail of those whom they may not touch. */
static gboolean
check_new (MsWrite *write, MsObject *before, MsObject *after, const char *path, GError **error)
{
  JsonArray  *aliases = ms_rules_get_array (after, path);
  JsonArray  *known = before != NULL ? ms_rules_get_array (before, path) : NULL;
  const char *own = ms_rules_find (ms_object_get_type (after))->address;
  const char *old = before != NULL ? ms_object_get_string (before, own) : NULL;

  for (guint i = 0; aliases != NULL && i < json_array_get_length (aliases); i++)
    {
      const char *alias = json_array_get_string_element (aliases, i);
      if (ms_rules_array_has_address (known, alias))
        continue;
      if (!is_same (old, alias) && !ms_rules_check_mail_of (write, after, alias, path, error))
        return FALSE;
      /* What a run lets it keep of its own it shares with nobody with whom it did not before. */
      if (asks_for_free (write) && !(is_of_directory (write) && is_same (old, alias))
          && !ms_rules_check_is_free (write, after, alias, path, error))
        return FALSE;
    }
  return TRUE;
}

/* The other direction: an own address that is new and an alias of something else already. Whether
 * it is the address of something else is asked of all, by the database. */
static gboolean
check_new_address (MsWrite    *write,
                   MsObject   *object,
                   const char *old,
                   const char *address,
                   const char *path,
                   GError    **error)
{
  if (address == NULL || is_same (old, address))
    return TRUE;
  if (!ms_rules_check_mail_of (write, object, address, path, error))
    return FALSE;
  if (!asks_for_free (write))
    return TRUE;

  g_autoptr (GPtrArray) twins = ms_domain_list_twins (write, address, error);
  if (twins == NULL)
    return FALSE;
  for (guint i = 0; i < twins->len; i++)
    {
      g_autoptr (MsObject) holder = NULL;
      if (!find_alias_holder (write, object, twins->pdata[i], &holder, error))
        return FALSE;
      if (holder != NULL)
        return refuse_taken (write, holder, address, path, error);
    }
  return TRUE;
}

static void
add_alias (MsObject *object, const char *path, const char *address)
{
  const MsAttribute *attribute = ms_resource_type_find (ms_object_get_type (object), path);
  JsonArray         *old = ms_rules_get_array (object, path);
  g_autoptr (JsonArray) aliases = json_array_new ();

  for (guint i = 0; old != NULL && i < json_array_get_length (old); i++)
    json_array_add_string_element (aliases, json_array_get_string_element (old, i));
  json_array_add_string_element (aliases, address);
  ms_attribute_set_value (attribute,
                          ms_object_get_attributes (object),
                          json_node_init_array (json_node_alloc (), aliases));
}

gboolean
ms_rules_prepare_aliases (MsWrite *write, MsObject *before, MsObject *after, GError **error)
{
  const MsRules *rules = ms_rules_find (ms_object_get_type (after));
  const char    *address = ms_object_get_string (after, rules->address);
  const char    *old = before != NULL ? ms_object_get_string (before, rules->address) : NULL;

  if (write->keep_address && old != NULL && g_strcmp0 (old, address) != 0)
    add_alias (after, rules->aliases, old);
  return ms_rules_normalize_addresses (write, before, after, rules->aliases, address, error)
         && check_new (write, before, after, rules->aliases, error)
         && check_new_address (write, after, old, address, rules->address, error);
}

gboolean
ms_rules_check_keeps_address (const MsResourceType *type, GError **error)
{
  if (ms_rules_find (type)->address != NULL)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                "keepAddress",
                "“keepAddress” is for what has an address and aliases, which a %s has not",
                type->name);
  return FALSE;
}
