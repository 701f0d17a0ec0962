/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mailing lists: an address of the store, entries that are not the list itself, outside addresses
 * in normal form. Lists may hold each other; who expands them sees to loops.
 */
#include "ms-rules.h"

#include "ms-error.h"

#define ADDRESS MS_URN_EXT_GROUP ":address"
#define EXTERNAL MS_URN_EXT_GROUP ":externalMembers"

static gboolean
prepare (MsWrite *write, MsObject *before, MsEdit *edit, GError **error)
{
  MsObject *after = edit->object;

  return ms_rules_check_name (write, before, after, "displayName", MS_NAME_FREEFORM, error)
         && ms_rules_normalize_address (write, before, after, ADDRESS, TRUE, error)
         && ms_rules_prepare_aliases (write, before, after, error)
         && ms_rules_normalize_addresses (
             write, before, after, EXTERNAL, ms_object_get_string (after, ADDRESS), error);
}

static gboolean
check_link (
    MsWrite *write, MsObject *from, const MsAttribute *attribute, MsObject *target, GError **error)
{
  if (g_strcmp0 (ms_object_get_id (from), ms_object_get_id (target)) != 0)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                attribute->path,
                "A list cannot be an entry of itself");
  return FALSE;
}

const MsRules ms_rules_list = {
  .address = ADDRESS,
  .aliases = MS_URN_EXT_GROUP ":aliases",
  .prepare = prepare,
  .check_link = check_link,
};
