/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the request gives wins over the template (api.md), so everything the person saw in the steps
 * is sent.
 */
#include "config.h"

#include "ms-attributes.h"
#include "ms-new-user-request.h"

static gboolean
wants_mailbox (const MsNewUserRequest *request)
{
  MsField *create = ms_form_find (request->mailbox, "create");
  g_autoptr (JsonNode) value = ms_field_dup_value (create);

  return value == NULL || json_node_get_boolean (value);
}

static void
set_id (JsonObject *body, const char *name, const char *id)
{
  if (id != NULL)
    json_object_set_string_member (body, name, id);
  else
    json_object_set_null_member (body, name);
}

static void
set_boolean (JsonObject *attributes, const char *path, gboolean value)
{
  g_autoptr (JsonNode) node = json_node_init_boolean (json_node_alloc (), value);

  ms_attributes_set (attributes, path, node);
}

static JsonObject *
dup_user (const MsNewUserRequest *request)
{
  JsonObject *user = ms_form_dup_attributes (request->who);
  g_autoptr (JsonObject) rights = ms_form_dup_attributes (request->rights);
  JsonObject    *extension;
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *member;

  if (json_object_has_member (rights, MS_USER_URN))
    {
      extension = json_object_get_object_member (rights, MS_USER_URN);
      json_object_iter_init (&iter, extension);
      while (json_object_iter_next (&iter, &name, &member))
        {
          g_autofree char *path = g_strdup_printf (MS_USER_URN ":%s", name);

          ms_attributes_set (user, path, member);
        }
    }
  set_boolean (user, MS_USER_URN ":mustChangePassword", request->must_change);
  ms_attributes_set_schemas (user, "User");

  return user;
}

JsonNode *
ms_new_user_request_build (const MsNewUserRequest *request, gboolean with_password)
{
  g_autoptr (JsonObject) body = json_object_new ();

  g_return_val_if_fail (request != NULL, NULL);

  json_object_set_object_member (body, "user", dup_user (request));
  if (wants_mailbox (request))
    {
      JsonObject *mailbox = ms_form_dup_attributes (request->mailbox);

      json_object_remove_member (mailbox, "create");
      ms_attributes_set_schemas (mailbox, "Mailbox");
      json_object_set_object_member (body, "mailbox", mailbox);
    }
  else
    json_object_set_null_member (body, "mailbox");

  set_id (body, "userTemplate", request->user_template);
  set_id (body, "mailboxTemplate", request->mailbox_template);
  json_object_set_boolean_member (body, "generatePassword", request->generate);
  if (with_password && !request->generate)
    json_object_set_string_member (body, "password", request->password);

  return json_node_init_object (json_node_alloc (), body);
}

/* From an attribute of the template to one of a form, unless the person has been there. */
static void
fill_field (MsForm *form, const char *path, MsResource *from, const char *from_path)
{
  MsField  *field = ms_form_find (form, path);
  JsonNode *value = from != NULL ? ms_resource_get_node (from, from_path) : NULL;

  if (field != NULL && !ms_field_is_changed (field))
    ms_field_load_value (field, value);
}

void
ms_new_user_fill (
    MsForm *who, MsForm *mailbox_form, MsForm *rights, MsResource *template, MsResource *mailbox)
{
  gboolean is_user
      = template != NULL && g_strcmp0 (ms_resource_get_type_name (template), "User") == 0;
  MsResource *place = is_user ? mailbox : template;

  fill_field (rights, MS_USER_URN ":rights", template, is_user ? MS_USER_URN ":rights" : "rights");
  fill_field (rights, MS_USER_URN ":role", template, is_user ? MS_USER_URN ":role" : "role");
  fill_field (who,
              MS_ENTERPRISE_URN ":department",
              template,
              is_user ? MS_ENTERPRISE_URN ":department" : "department");
  fill_field (mailbox_form, "group", place, "group");
  fill_field (mailbox_form, "quota", place, "quota");
  if (place != NULL && ms_resource_get_node (place, "domain") != NULL)
    fill_field (mailbox_form, "domain", place, "domain");
  g_signal_emit_by_name (mailbox_form, "changed");
}
