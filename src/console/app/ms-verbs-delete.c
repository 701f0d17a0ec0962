/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Delete…: the question says what goes with it, and offers what may be kept.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-confirm.h"
#include "ms-verbs-private.h"

#define MAILBOXES "urn:ietf:params:scim:schemas:extension:mailstead:2.0:User:mailboxes"

typedef struct
{
  MsWindow       *window;
  MsObjectSet    *set;
  GtkCheckButton *keep;   /* of users: their mailboxes; (nullable) */
  GtkCheckButton *parent; /* of mail groups: move what they hold up; (nullable) */
} DeleteData;

static void
delete_data_free (DeleteData *data)
{
  g_object_unref (data->window);
  g_object_unref (data->set);
  g_clear_object (&data->keep);
  g_clear_object (&data->parent);
  g_free (data);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DeleteData, delete_data_free)

static guint
count_mailboxes (MsObjectSet *set)
{
  GPtrArray *users = ms_object_set_get_loaded (set);
  guint      n = 0;

  for (guint i = 0; i < users->len; i++)
    {
      JsonNode *node = ms_resource_get_node (g_ptr_array_index (users, i), MAILBOXES);

      if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
        n += json_array_get_length (json_node_get_array (node));
    }
  return n;
}

static void
count_content (MsObjectSet *set, guint *mailboxes, guint *groups)
{
  GPtrArray *loaded = ms_object_set_get_loaded (set);

  *mailboxes = *groups = 0;
  for (guint i = 0; i < loaded->len; i++)
    {
      MsResource *group = g_ptr_array_index (loaded, i);

      *mailboxes += (guint) ms_resource_get_int (group, "mailboxCount", 0);
      *groups += (guint) ms_resource_get_int (group, "groupCount", 0);
    }
}

static char *
describe_users (DeleteData *data, GtkWidget **extra)
{
  guint            n = count_mailboxes (data->set);
  gboolean         all = ms_object_set_is_loaded (data->set);
  g_autofree char *text = NULL;

  if (n == 0 && all)
    return g_strdup (_("Log-on ends at once. No mailbox goes with it."));
  data->keep = g_object_ref_sink (GTK_CHECK_BUTTON (
      gtk_check_button_new_with_mnemonic (_("_Keep the mailboxes, without an owner"))));
  *extra = GTK_WIDGET (data->keep);
  text
      = all ? g_strdup_printf (ngettext ("%u mailbox is deleted too and no longer receives mail.",
                                         "%u mailboxes are deleted too and no longer receive mail.",
                                         n),
                               n)
            : g_strdup (_("Their mailboxes are deleted too and no longer receive mail."));
  return g_strdup_printf (_("Log-on ends at once. %s"), text);
}

static char *
describe_groups (DeleteData *data, GtkWidget **extra)
{
  guint            mailboxes, groups;
  GtkWidget       *box;
  GtkWidget       *everything;
  g_autofree char *n_mailboxes = NULL;
  g_autofree char *n_groups = NULL;

  count_content (data->set, &mailboxes, &groups);
  if (mailboxes == 0 && groups == 0)
    return g_strdup (_("It holds nothing."));
  box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  data->parent = g_object_ref_sink (GTK_CHECK_BUTTON (
      gtk_check_button_new_with_mnemonic (_("_Move what it holds one level up"))));
  everything = gtk_check_button_new_with_mnemonic (_("_Delete what it holds as well"));
  gtk_check_button_set_group (GTK_CHECK_BUTTON (everything), data->parent);
  gtk_check_button_set_active (data->parent, TRUE);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (data->parent));
  gtk_box_append (GTK_BOX (box), everything);
  *extra = box;
  n_mailboxes = g_strdup_printf (ngettext ("%'u mailbox", "%'u mailboxes", mailboxes), mailboxes);
  n_groups = g_strdup_printf (ngettext ("%'u mail group", "%'u mail groups", groups), groups);
  return g_strdup_printf (_("It holds %s and, directly below it, %s."), n_mailboxes, n_groups);
}

static char *
describe (DeleteData *data, MsNodeKind kind, GtkWidget **extra)
{
  switch (kind)
    {
    case MS_NODE_USER:
      return describe_users (data, extra);
    case MS_NODE_MAILBOX:
      return g_strdup (_("Mail to its address and aliases is refused from then on. "
                         "What is stored on the mail server stays there."));
    case MS_NODE_MAIL_GROUP:
      return describe_groups (data, extra);
    case MS_NODE_MAILING_LIST:
      return g_strdup (_("Its entries stay; mail to its address is refused from then on."));
    case MS_NODE_TEMPLATE:
      return g_strdup (_("Accounts that were made from it stay as they are."));
    default:
      return g_strdup (_("This can be undone."));
    }
}

static void
on_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DeleteData) data = user_data;
  g_autoptr (JsonObject) options = json_object_new ();
  g_autofree char *label = NULL;
  g_autofree char *text = NULL;

  if (!ms_confirm_finish (result, NULL))
    return;
  if (data->keep != NULL && gtk_check_button_get_active (data->keep))
    json_object_set_string_member (options, "mailboxes", "keep");
  if (data->parent != NULL)
    json_object_set_string_member (
        options, "content", gtk_check_button_get_active (data->parent) ? "parent" : "delete");
  label = ms_object_set_dup_label (data->set);
  text = g_strdup_printf (_("Deleted %s"), label);
  ms_window_act (data->window, data->set, "delete", NULL, options, text);
}

void
ms_verbs_delete (MsVerbs *self)
{
  DeleteData      *data = g_new0 (DeleteData, 1);
  GtkWidget       *extra = NULL;
  g_autofree char *label = ms_object_set_dup_label (self->set);
  g_autofree char *heading = g_strdup_printf (_("Delete %s?"), label);
  g_autofree char *body = NULL;

  data->window = g_object_ref (self->window);
  data->set = g_object_ref (self->set);
  body = describe (data, self->kind, &extra);
  ms_confirm_with_extra_async (GTK_WINDOW (self->window),
                               heading,
                               body,
                               _("_Delete"), TRUE, extra, NULL, on_answered_cb, data);
}
