/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is before the @ is compared as the store compares it, the domain by its A-labels, which the
 * DNS has. Addresses in domains that are not the store's stand in it as somebody wrote them, so
 * what is searched for has to be written in every way.
 */
#include "ms-mail-guard.h"

#include "ms-idn.h"

#include <string.h>

#define MAX_SPELLINGS 32

/* Each of @beginnings with @label behind it. */
static void
append_label (GPtrArray *to, GPtrArray *beginnings, const char *label)
{
  for (guint i = 0; i < beginnings->len; i++)
    {
      const char *beginning = beginnings->pdata[i];
      g_ptr_array_add (to, g_strconcat (beginning, *beginning != '\0' ? "." : "", label, NULL));
    }
}

GPtrArray *
ms_mail_guard_list_spellings (const char *domain)
{
  g_return_val_if_fail (domain != NULL, NULL);

  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);

  if (!ms_idn_has_spellings (domain))
    {
      g_ptr_array_add (found, g_strdup (domain));
      return g_steal_pointer (&found);
    }
  g_auto (GStrv) labels = g_strsplit (domain, ".", -1);
  g_ptr_array_add (found, g_strdup (""));
  for (guint i = 0; labels[i] != NULL && found->len <= MAX_SPELLINGS; i++)
    {
      g_autofree char *letters = ms_idn_to_unicode (labels[i]);
      g_autofree char *ascii = ms_idn_to_ascii (letters);
      g_autoptr (GPtrArray) longer = g_ptr_array_new_with_free_func (g_free);
      append_label (longer, found, letters);
      if (strcmp (letters, ascii) != 0)
        append_label (longer, found, ascii);
      g_clear_pointer (&found, g_ptr_array_unref);
      found = g_steal_pointer (&longer);
    }
  return found->len <= MAX_SPELLINGS ? g_steal_pointer (&found) : NULL;
}
