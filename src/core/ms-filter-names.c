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
#include "ms-text.h"

#include <string.h>

static gboolean
has_several (const MsAttribute *attribute)
{
  return attribute->multi_valued || (attribute->parent != NULL && attribute->parent->multi_valued);
}

/* What is before the @ compares as any text, what is behind it as a domain. Of a part of an address
 * without an @ nobody knows which it is. @text: as a part of the former, where that is another one.
 * (transfer full) (nullable) */
static char *
make_local_form (const MsAttribute *attribute, MsFilterOp op, const char *text)
{
  if (attribute->text_form != MS_TEXT_FORM_ADDRESS || op == MS_FILTER_EQ || op == MS_FILTER_NE
      || op == MS_FILTER_EW || strchr (text, '@') != NULL)
    return NULL;
  g_autofree char *folded = ms_text_fold (text);
  g_autofree char *as_domain = ms_idn_fold (text);
  return strcmp (folded, as_domain) != 0 ? g_steal_pointer (&folded) : NULL;
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

  if (attribute == NULL || attribute->type != MS_ATTR_STRING
      || !(attribute->is_label || attribute->text_form != MS_TEXT_FORM_PLAIN))
    return comparison;

  const char      *text = json_node_get_string (comparison->value);
  gboolean         is_equality = op == MS_FILTER_EQ || op == MS_FILTER_NE;
  gboolean         is_part = op == MS_FILTER_SW || op == MS_FILTER_EW || op == MS_FILTER_CO;
  gboolean         is_name = op != MS_FILTER_CO && attribute->parent == NULL;
  g_autofree char *kept
      = is_name ? ms_name_trim (text, op != MS_FILTER_EW, op != MS_FILTER_SW) : g_strdup (text);
  g_autofree char *local = make_local_form (attribute, op, kept);
  g_autoptr (GPtrArray) forms = g_ptr_array_new_with_free_func (g_free);

  /* Of several values one that differs from all forms is meant, which two comparisons do not say.
   */
  if (*kept == '\0' || (op == MS_FILTER_NE && has_several (attribute)))
    return comparison;
  if (local != NULL)
    add_form (forms, g_steal_pointer (&local));
  if (forms->len == 0 || is_part)
    add_form (forms, g_strdup (kept));
  if (is_equality || is_part)
    add_form (forms, g_strdup (text));
  if (is_equality && attribute->text_form != MS_TEXT_FORM_PLAIN)
    add_spellings (forms, kept);
  MsFilter *widened = join (comparison, forms);
  ms_filter_free (comparison);
  return widened;
}
