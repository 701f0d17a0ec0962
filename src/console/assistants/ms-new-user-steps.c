/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The fields of each step as tables; the same editors as on the property pages.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-address.h"
#include "ms-attributes.h"
#include "ms-dialog-spec.h"
#include "ms-new-user-steps.h"
#include "ms-reference-field.h"

#define GROUP(title_, hint_)                                                                       \
  {                                                                                                \
    .kind = MS_FIELD_GROUP, .title = title_, .hint = hint_                                         \
  }

/* clang-format off */
static const MsChoice roles[] = {
  { "none", N_ ("None: an ordinary user") },
  { "delegate", N_ ("Delegate: manages part of the store") },
  { "auditor", N_ ("Auditor: reads everything") },
  { "administrator", N_ ("Administrator: changes everything") },
  { NULL },
};
/* clang-format on */

static const MsFieldSpec template_fields[] = {
  GROUP (
      N_ ("Begin With"),
          N_ ("What it says about rights, mail group and limits fills the next steps, where you can change all of it.")),
      { .kind = MS_FIELD_REFERENCE,
        .path = "template",
        .title
        = N_ ("_Template"), .type_name = "Template", .words = N_ ("Default: nothing preset") },
        GROUP (NULL, NULL),
        { .kind = MS_FIELD_REFERENCE,
          .path = "user",
          .title = N_ ("Or _like the user"),
              .type_name = "User",
              .words = N_ ("Nobody"),
                  .hint = N_ ("Takes rights, department, mail group and limit of that user and mailbox") },
              MS_FIELD_SPEC_END,
          };

/* clang-format off */
static const MsFieldSpec who_fields[] = {
  GROUP (N_ ("Who"), NULL),
  { .kind = MS_FIELD_TEXT, .path = "displayName", .title = N_ ("_Full name"),
    .flags = MS_FIELD_REQUIRED },
  { .kind = MS_FIELD_TEXT, .path = "name.givenName", .title = N_ ("_Given name") },
  { .kind = MS_FIELD_TEXT, .path = "name.familyName", .title = N_ ("Family na_me") },
  GROUP (N_ ("Log-On"), N_ ("Proposed from the name, free of collisions")),
  { .kind = MS_FIELD_TEXT, .path = "userName", .title = N_ ("_Log-on name"),
    .flags = MS_FIELD_REQUIRED },
  GROUP (NULL, NULL),
  { .kind = MS_FIELD_TEXT, .path = MS_ENTERPRISE_URN ":department", .title = N_ ("_Department") },
  { .kind = MS_FIELD_TEXT, .path = "title", .title = N_ ("_Position") },
  MS_FIELD_SPEC_END,
};
/* clang-format on */

/* clang-format off */
static const MsFieldSpec mailbox_fields[] = {
  { .kind = MS_FIELD_SWITCH, .path = "create", .title = N_ ("_Create a mailbox"),
    .flags = MS_FIELD_ON_UNSET, .hint = N_ ("The user's primary mailbox; takes a seat") },
  GROUP (N_ ("Address"), NULL),
  { .kind = MS_FIELD_TEXT, .path = "name", .title = N_ ("_Name"), .check = ms_address_check_local },
  { .kind = MS_FIELD_DOMAIN, .path = "domain", .title = N_ ("_Domain") },
  { .kind = MS_FIELD_LIST, .path = "aliases", .title = N_ ("_Aliases"),
    .words = N_ ("Add an address"), .flags = MS_FIELD_ADDRESSES, .check = ms_check_address },
  GROUP (N_ ("Place and Limit"), NULL),
  { .kind = MS_FIELD_REFERENCE, .path = "group", .title = N_ ("Mail _group"),
    .type_name = "MailGroup", .words = N_ ("Mailboxes (no group)") },
  { .kind = MS_FIELD_SIZE, .path = "quota", .title = N_ ("_Limit") },
  MS_FIELD_SPEC_END,
};
/* clang-format on */

/* clang-format off */
static const MsFieldSpec rights_fields[] = {
  GROUP (N_ ("Services"), N_ ("What the user may do after logging on")),
  { .kind = MS_FIELD_RIGHTS, .path = MS_USER_URN ":rights", .title = N_ ("Rights") },
  GROUP (NULL, NULL),
  { .kind = MS_FIELD_CHOICE, .path = MS_USER_URN ":role", .title = N_ ("R_ole"), .choices = roles },
  MS_FIELD_SPEC_END,
};
/* clang-format on */

GtkWidget *
ms_new_user_build_template (MsForm *form, MsConnection *connection)
{
  return ms_dialog_spec_build_page (template_fields, FALSE, form, connection, NULL);
}

GtkWidget *
ms_new_user_build_who (MsForm *form)
{
  return ms_dialog_spec_build_page (who_fields, FALSE, form, NULL, NULL);
}

GtkWidget *
ms_new_user_build_mailbox (MsForm *form, MsConnection *connection, GCancellable *cancellable)
{
  return ms_dialog_spec_build_page (mailbox_fields, FALSE, form, connection, cancellable);
}

GtkWidget *
ms_new_user_build_rights (MsForm *form)
{
  return ms_dialog_spec_build_page (rights_fields, FALSE, form, NULL, NULL);
}
