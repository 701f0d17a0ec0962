/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Templates and the guest. A template must be usable: its domain exists, its patterns name only
 * what there is to fill in. There is one guest, made with the store.
 */
#include "ms-rules.h"

#include <string.h>

#include "ms-domains.h"
#include "ms-error.h"
#include "ms-idn.h"
#include "ms-name.h"
#include "ms-txn.h"

static const char *const placeholders[] = { "{given}", "{family}", "{g}", "{f}", "{login}" };

static gboolean
check_pattern (const char *pattern, const char *path, GError **error)
{
  const char *at = strpbrk (pattern, "{}");

  if (!ms_name_check_characters (pattern, MS_NAME_IDENTIFIER, path, error))
    return FALSE;
  while (at != NULL)
    {
      gsize length = 0;
      for (guint i = 0; i < G_N_ELEMENTS (placeholders); i++)
        if (g_str_has_prefix (at, placeholders[i]))
          length = strlen (placeholders[i]);
      if (length == 0)
        {
          ms_error_set (
              error,
              MS_ERROR_INVALID,
              "invalidValue",
              path,
              "The pattern “%s” holds something other than {given} {family} {g} {f} {login}",
              pattern);
          return FALSE;
        }
      at = strpbrk (at + length, "{}");
    }
  return TRUE;
}

static gboolean
array_has (JsonArray *array, const char *text)
{
  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    if (g_strcmp0 (json_array_get_string_element (array, i), text) == 0)
      return TRUE;
  return FALSE;
}

/* Those that the template had already are left alone, as names are. */
static gboolean
check_patterns (MsWrite *write, MsObject *before, MsObject *template, GError **error)
{
  const char *login = ms_object_get_string (template, "loginPattern");
  JsonArray  *aliases = ms_rules_get_array (template, "aliasPatterns");
  MsObject   *old = before != NULL ? before : write->reviving;
  JsonArray  *known = old != NULL ? ms_rules_get_array (old, "aliasPatterns") : NULL;

  if (login != NULL && g_strcmp0 (ms_rules_get_old (write, before, "loginPattern"), login) != 0
      && !check_pattern (login, "loginPattern", error))
    return FALSE;
  for (guint i = 0; aliases != NULL && i < json_array_get_length (aliases); i++)
    {
      const char *pattern = json_array_get_string_element (aliases, i);
      if (pattern != NULL && !array_has (known, pattern)
          && !check_pattern (pattern, "aliasPatterns", error))
        return FALSE;
    }
  return TRUE;
}

/* One that the template had already may be gone since: it is used no more until somebody says
 * another one, but the rest can be changed. */
static gboolean
check_domain (MsWrite *write, MsObject *before, MsObject *template, GError **error)
{
  const char *domain = ms_object_get_string (template, "domain");

  if (domain == NULL
      || (before != NULL && g_strcmp0 (ms_object_get_string (before, "domain"), domain) == 0))
    return TRUE;
  g_autofree char *folded = ms_idn_lower (domain);
  if (strcmp (folded, domain) != 0)
    ms_object_set_string (template, "domain", folded);
  return ms_domain_spell (write->txn, write->types, template, "domain", error)
         && ms_rules_check_domain (write, folded, "domain", error);
}

static gboolean
prepare_template (MsWrite *write, MsObject *before, MsEdit *edit, GError **error)
{
  MsObject *after = edit->object;

  if (!ms_rules_check_name (write, before, after, "name", MS_NAME_FREEFORM, error)
      || !check_patterns (write, before, after, error)
      || !check_domain (write, before, after, error))
    return FALSE;
  return ms_rules_normalize_addresses (write, before, after, "forwardTo", NULL, error);
}

const MsRules ms_rules_template = {
  .prepare = prepare_template,
};

static gboolean
prepare_guest (MsWrite *write, MsObject *before, MsEdit *edit, GError **error)
{
  gint64 guests = 0;

  if (before != NULL)
    return TRUE;
  if (!ms_txn_count (
          write->txn, MS_COUNT_OBJECTS, ms_object_get_type (edit->object), &guests, error))
    return FALSE;
  if (guests == 0)
    return TRUE;
  ms_error_set (
      error, MS_ERROR_CONFLICT, "uniqueness", NULL, "There is a guest already, and only one");
  return FALSE;
}

static gboolean
remove_guest (MsWrite *write, MsObject *guest, GError **error)
{
  ms_error_set (error,
                MS_ERROR_DENIED,
                NULL,
                NULL,
                "The guest cannot be deleted; take its rights away instead");
  return FALSE;
}

const MsRules ms_rules_guest = {
  .prepare = prepare_guest,
  .remove = remove_guest,
};
