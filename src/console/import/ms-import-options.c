/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Templates and what to do with what exists. A template may be one, or any user or mailbox; of the
 * two pickers for a part the one that was used last counts.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-dialog-spec.h"
#include "ms-import-options.h"
#include "ms-reference-field.h"

#define GROUP(title_, hint_)                                                                       \
  {                                                                                                \
    .kind = MS_FIELD_GROUP, .title = title_, .hint = hint_                                         \
  }

static const MsChoice existing[] = {
  { "skip", N_ ("Skip the row") },
    { "update", N_ ("Change what the file says otherwise") },
      { "stop", N_ ("Stop the import") }, { NULL },
    };

static const MsFieldSpec fields[] = {
  GROUP (
      N_ ("Mailboxes"), NULL),
      { .kind = MS_FIELD_REFERENCE,
        .path = "mailboxTemplate",
        .title = N_ ("Mailbox _template"),
                     .type_name = "Template",
                     .words = N_ ("Default: nothing preset") },
        { .kind = MS_FIELD_REFERENCE,
          .path = "mailboxLike",
          .title = N_ ("Or like the _mailbox"), .type_name = "Mailbox", .words = N_ ("None") },
          { .kind = MS_FIELD_REFERENCE,
            .path = "group",
            .title = N_ ("Into mail _group"),
                .type_name = "MailGroup",
                .words = N_ ("Mailboxes (no group)"),
                             .hint = N_ ("For rows without a group of their own") },
                { .kind = MS_FIELD_SWITCH,
                  .path = "createGroups",
                  .title
                  = N_ ("Create m_issing groups"),
                        .flags = MS_FIELD_ON_UNSET,
                        .hint = N_ ("Those a group column names and the store does not have") },
                  GROUP (
                      N_ ("Users"), NULL),
                      { .kind = MS_FIELD_SWITCH,
                        .path = "createUsers",
                        .title = N_ ("Create matching _users"),
                                     .flags = MS_FIELD_ON_UNSET,
                                     .hint
                                     = N_ ("One for each mailbox, which becomes its primary one") },
                        { .kind = MS_FIELD_REFERENCE,
                          .path = "userTemplate",
                          .title = N_ ("User t_emplate"),
                                       .type_name = "Template",
                                       .words = N_ ("Default: nothing preset") },
                          { .kind = MS_FIELD_REFERENCE,
                            .path = "userLike",
                            .title = N_ ("Or _like the user"), .type_name = "User", .words = N_ ("Nobody") },
                            { .kind = MS_FIELD_SWITCH,
                              .path = "generatePasswords",
                              .title
                              = N_ ("Generate _passwords"),
                                    .hint
                                    = N_ ("Where the file has none; handed out once at the end") },
                              GROUP (N_ ("What Exists Already"), NULL),
                                     { .kind = MS_FIELD_CHOICE,
                                       .path = "onExisting",
                                       .title = N_ ("_When it exists"), .choices = existing },
                                       MS_FIELD_SPEC_END,
                              };

static const char *const pairs[][2] = {
  { "mailboxTemplate", "mailboxLike" },
  { "userTemplate", "userLike" },
};

static const char *
get_id (MsForm *form, const char *path)
{
  return ms_reference_field_get_id (MS_REFERENCE_FIELD (ms_form_find (form, path)));
}

static gboolean
get_boolean (MsForm *form, const char *path, gboolean when_unset)
{
  g_autoptr (JsonNode) value = ms_field_dup_value (ms_form_find (form, path));

  return value != NULL ? json_node_get_boolean (value) : when_unset;
}

static void
on_picked_cb (MsField *field, MsField *other)
{
  if (ms_reference_field_get_id (MS_REFERENCE_FIELD (field)) != NULL)
    ms_field_load_value (other, NULL);
}

static void
on_form_changed_cb (MsForm *form)
{
  static const char *const of_users[] = { "userTemplate", "userLike", "generatePasswords" };
  gboolean                 users = get_boolean (form, "createUsers", TRUE);

  for (guint i = 0; i < G_N_ELEMENTS (of_users); i++)
    gtk_widget_set_sensitive (GTK_WIDGET (ms_field_get_row (ms_form_find (form, of_users[i]))),
                              users);
}

GtkWidget *
ms_import_options_build (MsForm *form, MsConnection *connection)
{
  GtkWidget *page = ms_dialog_spec_build_page (fields, FALSE, form, connection, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    for (guint j = 0; j < 2; j++)
      g_signal_connect_object (ms_form_find (form, pairs[i][j]),
                               "changed",
                               G_CALLBACK (on_picked_cb),
                               ms_form_find (form, pairs[i][1 - j]),
                               0);
  g_signal_connect (form, "changed", G_CALLBACK (on_form_changed_cb), NULL);

  return page;
}

static void
set_id (JsonObject *request, const char *name, const char *id)
{
  if (id != NULL)
    json_object_set_string_member (request, name, id);
  else
    json_object_set_null_member (request, name);
}

JsonObject *
ms_import_options_request (MsForm *form, const MsCsvFormat *format, JsonArray *mapping)
{
  JsonObject *request = json_object_new ();
  JsonObject *json = json_object_new ();
  char        delimiter[2] = { format->delimiter, '\0' };
  char        quote[2] = { format->quote, '\0' };
  g_autoptr (JsonNode) on_existing = ms_field_dup_value (ms_form_find (form, "onExisting"));

  json_object_set_string_member (json, "encoding", format->encoding);
  json_object_set_string_member (json, "delimiter", delimiter);
  json_object_set_string_member (json, "quote", quote);
  json_object_set_boolean_member (json, "header", format->has_header);
  json_object_set_object_member (request, "format", json);
  json_object_set_array_member (request, "mapping", json_array_ref (mapping));
  json_object_set_boolean_member (request, "createUsers", get_boolean (form, "createUsers", TRUE));
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      const char *template = get_id (form, pairs[i][0]);

      set_id (request, pairs[i][0], template != NULL ? template : get_id (form, pairs[i][1]));
    }
  set_id (request, "group", get_id (form, "group"));
  json_object_set_boolean_member (
      request, "createGroups", get_boolean (form, "createGroups", TRUE));
  json_object_set_string_member (
      request, "onExisting", on_existing != NULL ? json_node_get_string (on_existing) : "skip");
  json_object_set_boolean_member (
      request, "generatePasswords", get_boolean (form, "generatePasswords", FALSE));

  return request;
}

gboolean
ms_import_format_equals (const MsCsvFormat *format, JsonObject *json)
{
  const char *delimiter = json_object_get_string_member_with_default (json, "delimiter", ",");
  const char *quote = json_object_get_string_member_with_default (json, "quote", "\"");

  return delimiter[0] == format->delimiter && quote[0] == format->quote
         && json_object_get_boolean_member_with_default (json, "header", TRUE) == format->has_header
         && g_ascii_strcasecmp (json_object_get_string_member_with_default (json, "encoding", ""),
                                format->encoding)
                == 0;
}
