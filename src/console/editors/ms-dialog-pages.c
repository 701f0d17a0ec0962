/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables: every page of every property dialog. The order here is the order on the screen.
 * Fields flagged MS_FIELD_NEW also stand on the small dialog that makes such an object.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-address.h"
#include "ms-attributes.h"
#include "ms-dialog-spec.h"

/* clang-format off */
static const MsChoice roles[] = {
  { "none", N_ ("None: an ordinary user") },
  { "delegate", N_ ("Delegate: manages part of the store") },
  { "auditor", N_ ("Auditor: reads everything") },
  { "administrator", N_ ("Administrator: changes everything") },
  { NULL },
};
/* clang-format on */

static const MsChoice domain_kinds[] = {
  { "equal", N_ ("Equal: has addresses of its own") },
    { "alias", N_ ("Alias: the same addresses as another domain") },
      { "primary", N_ ("Primary: what bare names belong to") }, { NULL },
    };

#define GROUP(title_, hint_)                                                                       \
  {                                                                                                \
    .kind = MS_FIELD_GROUP, .title = title_, .hint = hint_                                         \
  }
#define GROUP_NEW(title_, hint_)                                                                   \
  {                                                                                                \
    .kind = MS_FIELD_GROUP, .title = title_, .hint = hint_, .flags = MS_FIELD_NEW                  \
  }
#define RIGHTS(path_)                                                                              \
  {                                                                                                \
    .kind = MS_FIELD_RIGHTS, .path = path_, .title = N_ ("Rights")                                 \
  }

/* clang-format off */
static const MsFieldSpec user_general[] = {
  { .kind = MS_FIELD_TEXT, .path = "userName", .title = N_ ("_Log-on name"),
    .flags = MS_FIELD_REQUIRED },
  { .kind = MS_FIELD_TEXT, .path = "displayName", .title = N_ ("_Full name") },
  { .kind = MS_FIELD_TEXT, .path = "name.givenName", .title = N_ ("_Given name") },
  { .kind = MS_FIELD_TEXT, .path = "name.familyName", .title = N_ ("Family na_me") },
  { .kind = MS_FIELD_MULTILINE, .path = MS_USER_URN ":description", .title = N_ ("_Description") },
  GROUP (NULL, NULL),
  { .kind = MS_FIELD_SWITCH, .path = "active", .title = N_ ("May log _on"),
    .hint = N_ ("Off ends every session at once; mail still arrives"),
    .flags = MS_FIELD_ON_UNSET },
  MS_FIELD_SPEC_END,
};
/* clang-format on */

static const MsFieldSpec user_rights[] = {
  GROUP (N_ ("Services"), N_ ("What this user may do after logging on")),
         RIGHTS (MS_USER_URN ":rights"),
         MS_FIELD_SPEC_END,
};

static const MsFieldSpec user_mailboxes[] = {
  { .kind = MS_FIELD_LINKS,
    .path = MS_USER_URN ":mailboxes",
    .title = N_ ("Mailboxes"),
                 .type_name = "Mailbox",
                 .words = N_ ("No mailbox yet: mail for this user has nowhere to go"),
                              .hint = N_ ("_New Mailbox…") },
                 { .kind = MS_FIELD_LINKS,
                   .path = "groups",
                   .title = N_ ("On the mailing lists"),
                                .type_name = "Group",
                                .words = N_ ("On no mailing list") },
                   MS_FIELD_SPEC_END,
                  };

static const MsFieldSpec user_access[] = {
  GROUP (N_ ("Log-On"), NULL),
         { .kind = MS_FIELD_LABEL,
           .path = MS_USER_URN ":passwordScheme",
           .title = N_ ("Password stored as") },
           { .kind = MS_FIELD_SECOND_STEP, .path = "id", .title = N_ ("Two-step log-on") },
             { .kind = MS_FIELD_SWITCH,
               .path = MS_USER_URN ":mustChangePassword",
               .title = N_ ("Must _change password"),
                            .hint = N_ ("The next log-on has to set a new one") },
               { .kind = MS_FIELD_DATE_TIME,
                 .path = MS_USER_URN ":validFrom",
                 .title = N_ ("Valid _from") },
                 { .kind = MS_FIELD_DATE_TIME,
                   .path = MS_USER_URN ":validUntil",
                   .title = N_ ("Valid _until") },
                   GROUP (NULL, NULL),
                   { .kind = MS_FIELD_LIST,
                     .path = MS_USER_URN ":allowedNetworks",
                     .title = N_ ("Allowed _networks"),
                         .words = N_ ("Add a network, such as 192.0.2.0/24"),
                                      .hint = N_ ("Without any, log-on is allowed from everywhere"),
                                                  .check = ms_check_network },
                         MS_FIELD_SPEC_END,
                     };

static const MsFieldSpec user_role[] = {
  GROUP (N_ ("Role"),
             N_ ("What this user may do in this console and through the programming interface")),
         { .kind = MS_FIELD_CHOICE,
           .path = MS_USER_URN ":role",
           .title = N_ ("_Role"), .choices = roles },
           MS_FIELD_SPEC_END,
  };

static const MsFieldSpec user_directory[] = {
  GROUP (
      N_ ("Organisation"), NULL),
      { .kind = MS_FIELD_TEXT, .path = "title", .title = N_ ("_Position") },
        { .kind = MS_FIELD_TEXT,
          .path = MS_ENTERPRISE_URN ":department",
          .title = N_ ("_Department") },
          { .kind = MS_FIELD_TEXT,
            .path = MS_ENTERPRISE_URN ":division",
            .title = N_ ("D_ivision") },
            { .kind = MS_FIELD_TEXT,
              .path = MS_ENTERPRISE_URN ":organization",
              .title = N_ ("_Organisation") },
              { .kind = MS_FIELD_TEXT,
                .path = MS_ENTERPRISE_URN ":employeeNumber",
                .title = N_ ("Employee _number") },
                { .kind = MS_FIELD_TEXT,
                  .path = MS_ENTERPRISE_URN ":costCenter",
                  .title = N_ ("Cost c_entre") },
                  { .kind = MS_FIELD_REFERENCE,
                    .path = MS_ENTERPRISE_URN ":manager",
                    .title = N_ ("_Manager"), .type_name = "User", .words = N_ ("Nobody") },
                    GROUP (
                        N_ ("Contact"), NULL),
                        { .kind = MS_FIELD_LIST,
                          .path = "phoneNumbers",
                          .title = N_ ("_Telephone"),
                                       .words = N_ ("Add a number"), .flags = MS_FIELD_ELEMENTS },
                          { .kind = MS_FIELD_LIST,
                            .path = "emails",
                            .title = N_ ("E-mail _addresses"),
                                .words
                                = N_ ("Add an address"),
                                      .hint
                                      = N_ ("For the directory; delivery is decided by mailboxes"),
                                            .flags = MS_FIELD_ELEMENTS | MS_FIELD_ADDRESSES,
                                            .check = ms_check_address },
                                GROUP (NULL, NULL),
                                { .kind = MS_FIELD_TEXT,
                                  .path = "externalId",
                                  .title
                                  = N_ ("E_xternal id"),
                                        .hint = N_ ("How a provisioning system knows this user") },
                                  MS_FIELD_SPEC_END,
                                 };

static const MsFieldSpec mailbox_general[] = {
  { .kind = MS_FIELD_TEXT,
    .path = "name",
    .title
    = N_ ("_Name"), .flags = MS_FIELD_REQUIRED | MS_FIELD_NEW, .check = ms_address_check_local },
    { .kind = MS_FIELD_DOMAIN, .path = "domain", .title = N_ ("_Domain"), .flags = MS_FIELD_NEW },
      { .kind = MS_FIELD_MULTILINE,
        .path = "description",
        .title = N_ ("De_scription"), .flags = MS_FIELD_NEW },
        GROUP_NEW (NULL, NULL),
        { .kind = MS_FIELD_REFERENCE,
          .path = "owner",
          .title
          = N_ ("_Owner"), .type_name = "User", .words = N_ ("Nobody"), .flags = MS_FIELD_NEW },
          { .kind = MS_FIELD_SWITCH,
            .path = "primary",
            .title = N_ ("_Primary mailbox"),
                         .hint = N_ ("The one its owner logs on to; takes a seat"),
                                     .flags = MS_FIELD_NEW },
            { .kind = MS_FIELD_REFERENCE,
              .path = "group",
              .title = N_ ("Mail _group"),
                           .type_name = "MailGroup",
                           .words = N_ ("Mailboxes (no group)"), .flags = MS_FIELD_NEW },
              GROUP (NULL, NULL),
              { .kind = MS_FIELD_SWITCH,
                .path = "active",
                .title
                = N_ ("Op_en"), .hint = N_ ("Off refuses mail"), .flags = MS_FIELD_ON_UNSET },
                MS_FIELD_SPEC_END,
               };

static const MsFieldSpec mailbox_aliases[] = {
  { .kind = MS_FIELD_LIST,
    .path = "aliases",
    .title = N_ ("_Aliases"),
        .words
        = N_ ("Add an address"),
              .hint = N_ ("Further addresses that deliver here. A bare name belongs to the primary domain. "
                "Type to add, overtype to change, Delete to remove."),
                  .flags = MS_FIELD_ADDRESSES,
                  .check = ms_check_address },
        MS_FIELD_SPEC_END,
    };

static const MsFieldSpec mailbox_delivery[] = {
  GROUP (N_ ("Forwarding"), NULL),
         { .kind = MS_FIELD_LIST,
           .path = "forwardTo",
           .title = N_ ("_Forward to"),
                        .words = N_ ("Add an address"),
                                     .flags = MS_FIELD_ADDRESSES,
                                     .check = ms_check_address },
           { .kind = MS_FIELD_SWITCH,
             .path = "keepCopy",
             .title = N_ ("_Keep a copy"),
                          .hint = N_ ("Forwarded mail is stored here as well"),
                                      .flags = MS_FIELD_ON_UNSET },
             MS_FIELD_SPEC_END,
            };

/* clang-format off */
static const MsFieldSpec mailbox_limits[] = {
  GROUP (N_ ("Storage"), NULL),
  { .kind = MS_FIELD_SIZE, .path = "quota", .title = N_ ("_Limit"), .flags = MS_FIELD_NEW },
  MS_FIELD_SPEC_END,
};
/* clang-format on */

/* clang-format off */
static const MsFieldSpec mail_group_general[] = {
  { .kind = MS_FIELD_TEXT, .path = "name", .title = N_ ("_Name"),
    .flags = MS_FIELD_REQUIRED | MS_FIELD_NEW },
  { .kind = MS_FIELD_MULTILINE, .path = "description", .title = N_ ("_Description"),
    .flags = MS_FIELD_NEW },
  { .kind = MS_FIELD_REFERENCE, .path = "parent", .title = N_ ("_In mail group"),
    .type_name = "MailGroup", .words = N_ ("Mailboxes (top)"), .flags = MS_FIELD_NEW },
  { .kind = MS_FIELD_TEXT, .path = "address", .title = N_ ("_Address"),
    .hint = N_ ("Reaches every mailbox in the group and below"), .flags = MS_FIELD_NEW,
    .check = ms_check_address },
  GROUP (NULL, NULL),
  { .kind = MS_FIELD_LABEL, .path = "mailboxCount", .title = N_ ("Mailboxes, with those below") },
  { .kind = MS_FIELD_LABEL, .path = "groupCount", .title = N_ ("Mail groups in it") },
  MS_FIELD_SPEC_END,
};
/* clang-format on */

/* clang-format off */
static const MsFieldSpec mail_group_limits[] = {

    GROUP (N_ ("Storage"), N_ ("For each mailbox in the group and below that has no limit of its own")),
  { .kind = MS_FIELD_SIZE, .path = "quota", .title = N_ ("_Limit"), .flags = MS_FIELD_NEW },
  MS_FIELD_SPEC_END,
};
/* clang-format on */

static const MsFieldSpec guest_rights[] = {
  GROUP (N_ ("Whoever Has Not Logged On"),
             N_ ("These rights hold without a password, for everybody who reaches the servers")),
         RIGHTS ("rights"),
         MS_FIELD_SPEC_END,
};

static const MsFieldSpec list_general[] = {
  { .kind = MS_FIELD_TEXT,
    .path = "displayName",
    .title = N_ ("_Name"), .flags = MS_FIELD_REQUIRED | MS_FIELD_NEW },
    { .kind = MS_FIELD_TEXT,
      .path = MS_GROUP_URN ":address",
      .title = N_ ("_Address"),
                   .hint = N_ ("Mail to it reaches every entry"),
                               .flags = MS_FIELD_NEW,
                               .check = ms_check_address },
      { .kind = MS_FIELD_MULTILINE,
        .path = MS_GROUP_URN ":description",
        .title = N_ ("_Description"), .flags = MS_FIELD_NEW },
        MS_FIELD_SPEC_END,
      };

static const MsFieldSpec list_members[] = {
  GROUP_NEW (N_ ("In This Store"), NULL),
             { .kind = MS_FIELD_MEMBERS,
               .path = "members",
               .title = N_ ("_Entries"), .flags = MS_FIELD_NEW },
               GROUP (N_ ("Outside"), NULL),
                      { .kind = MS_FIELD_LIST,
                        .path = MS_GROUP_URN ":externalMembers",
                        .title = N_ ("_Outside addresses"),
                                     .words = N_ ("Add an address"),
                                                  .flags = MS_FIELD_ADDRESSES,
                                                  .check = ms_check_address },
                        MS_FIELD_SPEC_END,
                       };

static const MsFieldSpec template_general[] = {
  { .kind = MS_FIELD_TEXT,
    .path = "name",
    .title = N_ ("_Name"), .flags = MS_FIELD_REQUIRED | MS_FIELD_NEW },
    { .kind = MS_FIELD_MULTILINE,
      .path = "description",
      .title = N_ ("_Description"), .flags = MS_FIELD_NEW },
      MS_FIELD_SPEC_END,
  };

/* clang-format off */
static const MsFieldSpec template_user[] = {
  GROUP (N_ ("New Users"), NULL),
  { .kind = MS_FIELD_TEXT, .path = "loginPattern", .title = N_ ("_Log-on pattern"),
    .hint = N_ ("For example {given}.{family}, or {g}{family} with the first letter only"),
    .check = ms_check_pattern },
  { .kind = MS_FIELD_TEXT, .path = "department", .title = N_ ("_Department") },
  { .kind = MS_FIELD_CHOICE, .path = "role", .title = N_ ("_Role"), .choices = roles },
  { .kind = MS_FIELD_SWITCH, .path = "mustChangePassword", .title = N_ ("Must _change password"),
    .hint = N_ ("At the first log-on") },
  GROUP (N_ ("Services"), NULL),
  RIGHTS ("rights"),
  MS_FIELD_SPEC_END,
};
/* clang-format on */

/* clang-format off */
static const MsFieldSpec template_mailbox[] = {
  GROUP_NEW ( N_ ("New Mailboxes"), NULL),
  { .kind = MS_FIELD_REFERENCE, .path = "group", .title = N_ ("Mail _group"),
    .type_name = "MailGroup", .words = N_ ("Mailboxes (no group)"), .flags = MS_FIELD_NEW },
  { .kind = MS_FIELD_DOMAIN, .path = "domain", .title = N_ ("_Domain") },
  { .kind = MS_FIELD_SIZE, .path = "quota", .title = N_ ("_Limit"), .flags = MS_FIELD_NEW },
  GROUP (N_ ("Forwarding"), NULL),
  { .kind = MS_FIELD_LIST, .path = "forwardTo", .title = N_ ("_Forward to"),
    .words = N_ ("Add an address"), .flags = MS_FIELD_ADDRESSES, .check = ms_check_address },
  { .kind = MS_FIELD_SWITCH, .path = "keepCopy", .title = N_ ("_Keep a copy"),
    .flags = MS_FIELD_ON_UNSET },
  GROUP (N_ ("Aliases"), NULL),
  { .kind = MS_FIELD_LIST, .path = "aliasPatterns", .title = N_ ("Alias _patterns"),
    .words = N_ ("Add a pattern, such as {g}{family}"), .check = ms_check_pattern },
  MS_FIELD_SPEC_END,
};
/* clang-format on */

static const MsFieldSpec domain_general[] = {
  { .kind = MS_FIELD_TEXT,
    .path = "name",
    .title
    = N_ ("_Name"), .flags = MS_FIELD_REQUIRED | MS_FIELD_NEW, .check = ms_address_check_domain },
    { .kind = MS_FIELD_CHOICE,
      .path = "kind",
      .title = N_ ("_Kind"), .flags = MS_FIELD_NEW, .choices = domain_kinds },
      { .kind = MS_FIELD_DOMAIN,
        .path = "aliasOf",
        .title = N_ ("_Alias of"), .flags = MS_FIELD_NEW, .words = N_ ("None") },
        { .kind = MS_FIELD_MULTILINE,
          .path = "description",
          .title = N_ ("_Description"), .flags = MS_FIELD_NEW },
          MS_FIELD_SPEC_END,
        };

#define PAGE(name_, title_, icon_, fields_)                                                        \
  {                                                                                                \
    name_, title_, icon_, fields_                                                                  \
  }
#define GENERAL(fields_) PAGE ("general", N_ ("General"), "document-properties-symbolic", fields_)

static const MsPageSpec user_pages[] = {
  GENERAL (user_general),
  PAGE ("rights", N_ ("Rights"), "security-high-symbolic", user_rights),
        PAGE ("mailboxes", N_ ("Mailboxes"), "mail-unread-symbolic", user_mailboxes),
              PAGE ("access", N_ ("Access"), "dialog-password-symbolic", user_access),
                    PAGE ("role", N_ ("Role"), "starred-symbolic", user_role),
                          PAGE ("directory",
                                N_ ("Directory Entry"),
                                    "x-office-address-book-symbolic",
                                    user_directory),
                                { NULL },
                    };

static const MsPageSpec mailbox_pages[] = {
  GENERAL (mailbox_general),
  PAGE ("aliases", N_ ("Aliases"), "emblem-shared-symbolic", mailbox_aliases),
        PAGE ("delivery", N_ ("Delivery"), "mail-forward-symbolic", mailbox_delivery),
              PAGE ("limits", N_ ("Limits"), "drive-harddisk-symbolic", mailbox_limits), { NULL },
        };

static const MsPageSpec mail_group_pages[] = {
  GENERAL (mail_group_general),
  PAGE ("limits", N_ ("Limits"), "drive-harddisk-symbolic", mail_group_limits), { NULL },
  };

static const MsPageSpec guest_pages[] = {
  PAGE ("rights", N_ ("Rights"), "security-high-symbolic", guest_rights), { NULL },
};

static const MsPageSpec list_pages[] = {
  GENERAL (list_general),
  PAGE ("members", N_ ("Entries"), "system-users-symbolic", list_members), { NULL },
  };

static const MsPageSpec template_pages[] = {
  GENERAL (template_general),
  PAGE ("user", N_ ("User Part"), "avatar-default-symbolic", template_user),
        PAGE ("mailbox", N_ ("Mailbox Part"), "mail-unread-symbolic", template_mailbox), { NULL },
  };

static const MsPageSpec domain_pages[] = {
  GENERAL (domain_general),
  { NULL },
};

static const struct
{
  const char       *type_name;
  const MsPageSpec *pages;
} dialogs[] = {
  { "User", user_pages },     { "Mailbox", mailbox_pages }, { "MailGroup", mail_group_pages },
  { "Guest", guest_pages },   { "Group", list_pages },      { "Template", template_pages },
  { "Domain", domain_pages },
};

const MsPageSpec *
ms_dialog_spec_get_pages (const char *type_name)
{
  for (guint i = 0; i < G_N_ELEMENTS (dialogs); i++)
    if (g_strcmp0 (dialogs[i].type_name, type_name) == 0)
      return dialogs[i].pages;

  return NULL;
}
