/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names and addresses in filters. What people know an object by is kept without blanks around it,
 * and a domain in one of two spellings: whoever made an object, or was told that it is there, must
 * find it by what was sent. So a comparison with such a value becomes one with each form in which
 * it may be kept. What was sent itself stays among them, since older versions kept names as they
 * came. Rules, which ask for what is stored, mean it to the letter.
 */
#include "ms-filter-parser.h"

#include "ms-idn.h"
#include "ms-json.h"
#include "ms-name.h"

#include <string.h>

static gboolean
is_domain (const MsAttribute *attribute)
{
  return g_ascii_strcasecmp (attribute->schema->id, MS_URN_DOMAIN) == 0
         && (attribute->is_label || strcmp (attribute->name, "aliasOf") == 0);
}

static gboolean
is_address (const MsAttribute *attribute)
{
  static const char *const others[] = { "aliases", "forwardTo", "externalMembers", NULL };
  static const char        ours[] = "urn:ietf:params:scim:schemas:";

  return g_strcmp0 (attribute->unique_scope, "address") == 0
         || (g_ascii_strncasecmp (attribute->schema->id, ours, strlen (ours)) == 0
             && attribute->multi_valued && g_strv_contains (others, attribute->name));
}

/* Each once. @form: (transfer full) */
static void
add_form (GPtrArray *forms, char *form)
{
  if (*form == '\0' || g_ptr_array_find_with_equal_func (forms, form, g_str_equal, NULL))
    g_free (form);
  else
    g_ptr_array_add (forms, form);
}

static void
add_spellings (GPtrArray *forms, const char *text)
{
  const char *at = strrchr (text, '@');
  const char *domain = at != NULL ? at + 1 : text;

  if (!ms_idn_has_spellings (domain))
    return;
  g_autofree char *local = g_strndup (text, (gsize) (domain - text));
  g_autofree char *letters = ms_idn_to_unicode (domain);
  g_autofree char *labels = ms_idn_to_ascii (domain);
  add_form (forms, g_strconcat (local, letters, NULL));
  add_form (forms, g_strconcat (local, labels, NULL));
}

static MsFilter *
new_comparison (const MsFilter *like, const char *text)
{
  MsFilter *node = ms_filter_copy (like);

  json_node_unref (node->value);
  node->value = json_node_init_string (json_node_alloc (), text);
  return node;
}

/* @forms: of at least one */
static MsFilter *
join (const MsFilter *like, GPtrArray *forms)
{
  MsFilter *joined = new_comparison (like, forms->pdata[0]);

  for (guint i = 1; i < forms->len; i++)
    {
      MsFilter *node = ms_filter_new (like->op == MS_FILTER_NE ? MS_FILTER_AND : MS_FILTER_OR);
      node->left = joined;
      node->right = new_comparison (like, forms->pdata[i]);
      joined = node;
    }
  return joined;
}

MsFilter *
ms_filter_widen (MsFilter *comparison)
{
  const MsAttribute *attribute = comparison->attribute;
  MsFilterOp         op = comparison->op;

  if (attribute == NULL || attribute->type != MS_ATTR_STRING || op == MS_FILTER_CO
      || !(attribute->is_label || is_address (attribute) || is_domain (attribute)))
    return comparison;

  const char      *text = json_node_get_string (comparison->value);
  g_autofree char *kept = ms_name_trim (text, op != MS_FILTER_EW, op != MS_FILTER_SW);
  gboolean         is_equality = op == MS_FILTER_EQ || op == MS_FILTER_NE;
  gboolean         is_part = op == MS_FILTER_SW || op == MS_FILTER_EW;
  g_autoptr (GPtrArray) forms = g_ptr_array_new_with_free_func (g_free);

  /* Of several values one that differs from all forms is meant, which two comparisons do not say.
   */
  if (*kept == '\0' || (op == MS_FILTER_NE && attribute->multi_valued))
    return comparison;
  add_form (forms, g_strdup (kept));
  if (is_equality || is_part)
    add_form (forms, g_strdup (text));
  if (is_equality && (is_address (attribute) || is_domain (attribute)))
    add_spellings (forms, kept);
  MsFilter *widened = join (comparison, forms);
  ms_filter_free (comparison);
  return widened;
}
