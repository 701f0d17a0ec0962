/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-way-words.h"

static gboolean
is_type (MsWayRow *row, const char *type_name)
{
  return g_str_equal (ms_way_row_get_type_name (row), type_name);
}

const char *
ms_way_words_name (MsWayRow *row)
{
  const char *address = ms_way_row_get_address (row);

  return is_type (row, "Mailbox") && address != NULL ? address : ms_way_row_get_label (row);
}

const char *
ms_way_words_via (MsWayRow *row)
{
  const char *kind = ms_way_row_get_kind (row);

  if (g_str_equal (kind, "alias"))
    return _ ("Alias of");
  if (g_str_equal (kind, "aliasDomain"))
    return _ ("The same as");
  if (g_str_equal (kind, "forward"))
    return _ ("Forwards to");
  return "";
}

static const char *
explain_dead_end (const char *reason)
{
  static const struct
  {
    const char *reason;
    const char *text;
  } texts[] = {
    { "unknownAddress", N_ ("Nobody has this address") },
      { "closed", N_ ("Closed: mail is refused") },
        { "emptyList", N_ ("The list has no entries") },
          { "emptyGroup", N_ ("No mailbox in it or below") },
            { "noPrimaryMailbox", N_ ("No primary mailbox") },
          };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (g_strcmp0 (reason, texts[i].reason) == 0)
      return _ (texts[i].text);
  return _ ("Mail ends here");
}

gboolean
ms_way_words_is_problem (MsWayRow *row)
{
  return ms_way_row_get_mark (row) == MS_WAY_LOOP
         || g_str_equal (ms_way_row_get_state (row), "deadEnd");
}

const char *
ms_way_words_state (MsWayRow *row)
{
  gboolean delivered = g_str_equal (ms_way_row_get_state (row), "delivered");

  if (ms_way_row_get_mark (row) == MS_WAY_LOOP)
    return _ ("Loop: mail was here already");
  if (g_str_equal (ms_way_row_get_state (row), "deadEnd"))
    return explain_dead_end (ms_way_row_get_reason (row));
  if (ms_way_row_get_mark (row) == MS_WAY_AGAIN)
    return _ ("See above");
  if (is_type (row, "outside"))
    return _ ("Leaves this server");
  if (delivered && ms_way_row_get_children (row) != NULL)
    return _ ("Delivered, and sent on");
  if (delivered)
    return _ ("Delivered");
  if (is_type (row, "Mailbox"))
    return _ ("Keeps no copy");
  return ms_way_row_is_disabled (row) ? _ ("Log-on is off, mail arrives") : "";
}

const char *
ms_way_words_icon (MsWayRow *row)
{
  if (is_type (row, "Mailbox"))
    return "ms-mailbox-symbolic";
  if (is_type (row, "MailGroup"))
    return "ms-mail-group-symbolic";
  if (is_type (row, "Group"))
    return "ms-list-symbolic";
  if (is_type (row, "User"))
    return ms_way_row_is_disabled (row) ? "ms-user-disabled-symbolic" : "ms-user-symbolic";
  return "ms-address-symbolic";
}

char *
ms_way_words_dup_problem (MsExplanation *explanation, guint i)
{
  gboolean is_loop = FALSE;
  g_autoptr (GPtrArray) places = ms_explanation_dup_problem (explanation, i, &is_loop);
  g_autoptr (GString) text = g_string_new (NULL);
  const char *before = NULL;

  if (places == NULL)
    return NULL;
  if (places->len == 0)
    return g_strdup (_ ("Mail ends here"));
  for (guint j = 0; j < places->len; j++)
    {
      const char *name = ms_way_words_name (g_ptr_array_index (places, j));

      /* An address and the mailbox that has it are two places of one name. */
      if (g_strcmp0 (name, before) != 0)
        g_string_append_printf (text, "%s%s", j > 0 ? " → " : "", name);
      before = name;
    }
  /* Translators: %1$s is a way of mail such as "sales → staff", %2$s where it begins again */
  if (is_loop)
    return g_strdup_printf (
        _ ("Loop: %1$s → %2$s"), text->str, ms_way_words_name (g_ptr_array_index (places, 0)));
  return g_strdup_printf ("%s: %s",
                          text->str,
                          explain_dead_end (ms_way_row_get_reason (g_ptr_array_index (places, 0))));
}

char *
ms_way_words_dup_summary (MsExplanation *explanation)
{
  gint64           mailboxes = ms_explanation_count (explanation, MS_EXPLAINED_MAILBOXES);
  gint64           outside = ms_explanation_count (explanation, MS_EXPLAINED_OUTSIDE);
  g_autofree char *boxes = g_strdup_printf (
      ngettext ("%'u mailbox", "%'u mailboxes", (gulong) mailboxes), (guint) mailboxes);
  g_autofree char *elsewhere = g_strdup_printf (
      ngettext ("%'u address elsewhere", "%'u addresses elsewhere", (gulong) outside),
      (guint) outside);

  if (!ms_explanation_is_local (explanation))
    return g_strdup (_ ("An address of another domain: mail leaves this server"));
  if (mailboxes + outside == 0)
    return g_strdup (_ ("Nobody gets this mail"));
  if (outside == 0)
    return g_strdup_printf (_ ("Reaches %s"), boxes);
  if (mailboxes == 0)
    return g_strdup_printf (_ ("Reaches %s"), elsewhere);
  /* Translators: %1$s is "3 mailboxes", %2$s "2 addresses elsewhere" */
  return g_strdup_printf (_ ("Reaches %1$s and %2$s"), boxes, elsewhere);
}
