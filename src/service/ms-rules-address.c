/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Addresses in objects: brought to one normal form on their way in, so that what is stored compares
 * equal wherever it came from. A bare name takes the primary domain.
 */
#include "ms-rules.h"

#include <string.h>

#include "ms-address.h"
#include "ms-domains.h"
#include "ms-error.h"
#include "ms-idn.h"
#include "ms-txn.h"
#include "ms-text.h"

gboolean
ms_rules_is_other_name (MsObject *before, MsObject *after, const char *path)
{
  const char      *old = ms_object_get_string (before, path);
  const char      *now = ms_object_get_string (after, path);
  g_autofree char *old_key = old != NULL ? ms_text_fold (old) : NULL;
  g_autofree char *key = now != NULL ? ms_text_fold (now) : NULL;

  return g_strcmp0 (old_key, key) != 0;
}

JsonArray *
ms_rules_get_array (MsObject *object, const char *path)
{
  const MsAttribute *attribute = ms_resource_type_find (ms_object_get_type (object), path);
  JsonNode          *node = attribute != NULL
                                ? ms_attribute_get_value (attribute, ms_object_get_attributes (object))
                                : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

gboolean
ms_rules_check_domain (MsWrite *write, const char *domain, const char *path, GError **error)
{
  g_autoptr (MsObject) found = NULL;

  if (!ms_domain_find (write->txn, write->types, domain, &found, error))
    return FALSE;
  if (found == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    path,
                    "%s is not a domain of this store",
                    domain);
      return FALSE;
    }
  if (g_strcmp0 (ms_object_get_string (found, "kind"), "alias") == 0)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    path,
                    "%s is an alias of %s and has no addresses of its own",
                    domain,
                    ms_object_get_string (found, "aliasOf"));
      return FALSE;
    }
  return TRUE;
}

static char *
normalize (MsWrite *write, const char *text, const char *path, GError **error)
{
  const char *primary = NULL;

  if (strchr (text, '@') == NULL)
    {
      primary = ms_write_get_primary_domain (write, error);
      if (primary == NULL)
        return NULL;
    }
  g_autofree char *normal = ms_address_normalize (text, primary, path, error);
  return normal != NULL ? ms_domain_spell_address (write->txn, write->types, normal, error) : NULL;
}

/* What is before the @, of an address that is new. */
static gboolean
check_local_name (const char *address, const char *path, GError **error)
{
  g_autofree char *local = g_strndup (address, (gsize) (strrchr (address, '@') - address));

  return ms_name_check_characters (local, MS_NAME_IDENTIFIER, path, error);
}

gboolean
ms_rules_normalize_address (MsWrite    *write,
                            MsObject   *before,
                            MsObject   *object,
                            const char *path,
                            gboolean    local,
                            GError    **error)
{
  const char *text = ms_object_get_string (object, path);

  if (text == NULL)
    return TRUE;
  g_autofree char *address = normalize (write, text, path, error);
  if (address == NULL
      || (g_strcmp0 (ms_rules_get_old (write, before, path), address) != 0
          && !check_local_name (address, path, error)))
    return FALSE;
  if (local && !ms_rules_check_domain (write, strrchr (address, '@') + 1, path, error))
    return FALSE;
  if (strcmp (address, text) != 0)
    ms_object_set_string (object, path, address);
  return TRUE;
}

/* Puts @addresses in the place of the array's elements. */
static void
replace_elements (JsonArray *array, GPtrArray *addresses)
{
  while (json_array_get_length (array) > 0)
    json_array_remove_element (array, json_array_get_length (array) - 1);
  for (guint i = 0; i < addresses->len; i++)
    json_array_add_string_element (array, g_ptr_array_index (addresses, i));
}

/* Keys of what stands at @path already, and of the address that becomes an alias. */
static GHashTable *
collect_known (MsWrite *write, MsObject *before, const char *path)
{
  GHashTable *known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  MsObject   *old = before != NULL ? before : write->reviving;
  JsonArray  *array = old != NULL ? ms_rules_get_array (old, path) : NULL;
  const char *own = old != NULL ? ms_rules_find (ms_object_get_type (old))->address : NULL;
  const char *address = own != NULL ? ms_object_get_string (old, own) : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    if (json_array_get_string_element (array, i) != NULL)
      g_hash_table_add (known, ms_address_key (json_array_get_string_element (array, i)));
  if (address != NULL)
    g_hash_table_add (known, ms_address_key (address));
  return known;
}

/* By what an address is told from others: in a domain of ours, which gave it its spelling, as it is
 * spelled, for an earlier version may have taken both as two; elsewhere however it is. (nullable)
 */
static char *
make_key (MsWrite *write, const char *address, GError **error)
{
  const char *domain = strrchr (address, '@') + 1;
  g_autoptr (MsObject) found = NULL;

  if (!ms_idn_has_spellings (domain))
    return ms_address_key (address);
  if (!ms_domain_find (write->txn, write->types, domain, &found, error))
    return NULL;
  return found != NULL ? ms_address_key (address) : ms_address_ascii_key (address);
}

gboolean
ms_rules_normalize_addresses (MsWrite    *write,
                              MsObject   *before,
                              MsObject   *object,
                              const char *path,
                              const char *own,
                              GError    **error)
{
  JsonArray *array = ms_rules_get_array (object, path);

  if (array == NULL)
    return TRUE;

  g_autoptr (GPtrArray) addresses = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) known = collect_known (write, before, path);
  if (own != NULL)
    g_hash_table_add (seen, ms_address_key (own));

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      const char      *text = json_array_get_string_element (array, i);
      g_autofree char *address = normalize (write, text != NULL ? text : "", path, error);
      if (address == NULL)
        return FALSE;
      g_autofree char *key = ms_address_key (address);
      if (!g_hash_table_contains (known, key) && !check_local_name (address, path, error))
        return FALSE;
      char *identity = make_key (write, address, error);
      if (identity == NULL)
        return FALSE;
      if (g_hash_table_add (seen, identity))
        g_ptr_array_add (addresses, g_steal_pointer (&address));
    }
  replace_elements (array, addresses);
  if (addresses->len == 0)
    ms_object_set_string (object, path, NULL);
  return TRUE;
}
