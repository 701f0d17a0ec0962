/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What each verb of an action does to one object, and the table of them. What is so already is left
 * alone: that counts as unchanged, and an action that changes nothing leaves no trace.
 */
#include "ms-action.h"

#include <string.h>

#include "ms-error.h"
#include "ms-rules.h"
#include "ms-txn.h"
#include "ms-write.h"

static gboolean
refuse_type (MsAction *self, MsObject *object, GError **error)
{
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                NULL,
                "“%s” cannot be done to a %s",
                self->verb->name,
                ms_object_get_type (object)->name);
  return FALSE;
}

static gboolean
is_type (MsAction *self, MsObject *object, const MsResourceType *type)
{
  return ms_object_get_type (object) == type;
}

static gboolean
store (MsAction *self, MsObject *before, MsObject *after, gboolean *changed, GError **error)
{
  gboolean did_change = FALSE;
  g_autoptr (MsObject) written
             = ms_write_update_object (self->write, before, after, &did_change, error);

  *changed |= did_change;
  return written != NULL;
}

static gboolean
move_one (MsAction *self, MsObject *object, const char *path, gboolean *changed, GError **error)
{
  const char *group = self->target != NULL ? ms_object_get_id (self->target) : NULL;

  if (g_strcmp0 (ms_object_get_link (object, path), group) == 0)
    return TRUE;
  if (!ms_effects_add_move (self->effects, self->write, object, group, error))
    return FALSE;
  g_autoptr (MsObject) after = ms_object_copy (object);
  ms_object_set_link (after, path, group);
  return store (self, object, after, changed, error);
}

static gboolean
move_mailboxes_of (MsAction *self, MsObject *user, gboolean *changed, GError **error)
{
  const MsResourceType *type = self->write->types->mailbox;
  g_autoptr (GPtrArray) owned = ms_txn_list_links (
      self->write->txn, ms_object_get_id (user), "owner", TRUE, 0, error);

  for (guint i = 0; owned != NULL && i < owned->len; i++)
    {
      const MsLinkTarget *link = g_ptr_array_index (owned, i);
      if (link->type != type)
        continue;
      g_autoptr (MsObject) mailbox = ms_txn_get_object (self->write->txn, type, link->id, error);
      if (mailbox == NULL || !move_one (self, mailbox, "group", changed, error))
        return FALSE;
    }
  return owned != NULL;
}

static gboolean
act_move (MsAction *self, MsObject *object, gboolean *changed, GError **error)
{
  const MsServiceTypes *types = &self->write->service->types;

  if (is_type (self, object, types->mailbox))
    return move_one (self, object, "group", changed, error);
  if (is_type (self, object, types->mail_group))
    return move_one (self, object, "parent", changed, error);
  if (is_type (self, object, types->user))
    return move_mailboxes_of (self, object, changed, error);
  return refuse_type (self, object, error);
}

static gboolean
act_set_owner (MsAction *self, MsObject *object, gboolean *changed, GError **error)
{
  const char *owner = ms_object_get_id (self->target);

  if (!is_type (self, object, self->write->types->mailbox))
    return refuse_type (self, object, error);
  if (g_strcmp0 (ms_object_get_link (object, "owner"), owner) == 0)
    return TRUE;
  g_autoptr (MsObject) after = ms_object_copy (object);
  ms_object_set_link (after, "owner", owner);
  if (ms_object_get_boolean (after, "primary", FALSE))
    ms_object_set_boolean (after, "primary", FALSE);
  return store (self, object, after, changed, error);
}

static gboolean
edit_entries (MsAction *self, MsObject *object, gboolean add, gboolean *changed, GError **error)
{
  const MsAttribute *members = ms_resource_type_find (ms_object_get_type (self->target), "members");
  gboolean           was_there = FALSE;

  if (!ms_policy_check (
          self->write->actor, MS_POLICY_UPDATE, NULL, self->target, members->path, error))
    return FALSE;
  if (add)
    return ms_write_add_link (
        self->write, self->target, members, ms_object_get_id (object), changed, error);
  if (!ms_txn_remove_link (
          self->write->txn, self->target, members, ms_object_get_id (object), &was_there, error))
    return FALSE;
  *changed |= was_there;
  return TRUE;
}

static gboolean
act_add_entry (MsAction *self, MsObject *object, gboolean *changed, GError **error)
{
  return edit_entries (self, object, TRUE, changed, error);
}

static gboolean
act_remove_entry (MsAction *self, MsObject *object, gboolean *changed, GError **error)
{
  return edit_entries (self, object, FALSE, changed, error);
}

static gboolean
set_active (MsAction *self, MsObject *object, gboolean active, gboolean *changed, GError **error)
{
  const MsServiceTypes *types = &self->write->service->types;

  if (!is_type (self, object, types->user) && !is_type (self, object, types->mailbox))
    return refuse_type (self, object, error);
  if (ms_object_get_boolean (object, "active", TRUE) == active)
    return TRUE;
  g_autoptr (MsObject) after = ms_object_copy (object);
  ms_object_set_boolean (after, "active", active);
  return store (self, object, after, changed, error);
}

static gboolean
act_enable (MsAction *self, MsObject *object, gboolean *changed, GError **error)
{
  return set_active (self, object, TRUE, changed, error);
}

static gboolean
act_disable (MsAction *self, MsObject *object, gboolean *changed, GError **error)
{
  return set_active (self, object, FALSE, changed, error);
}

/* A text of the body, or null; %FALSE in @given where the body does not speak of it. */
static gboolean
read_text (MsAction *self, const char *name, const char **text, gboolean *given, GError **error)
{
  JsonNode *node = json_object_get_member (self->operation->body, name);

  *given = node != NULL;
  *text = NULL;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    {
      *text = json_node_get_string (node);
      return TRUE;
    }
  ms_error_set (error, MS_ERROR_INVALID, "invalidValue", name, "“%s” is a text", name);
  return FALSE;
}

/* Puts the text of the body's @name at @path (nullable: such objects have none). */
static gboolean
take_text (MsAction *self, const char *name, const char *path, MsObject *after, GError **error)
{
  const char *text;
  gboolean    given;

  if (!read_text (self, name, &text, &given, error))
    return FALSE;
  if (!given)
    return TRUE;
  if (path == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    name,
                    "A %s has no “%s” that can be set",
                    ms_object_get_type (after)->name,
                    name);
      return FALSE;
    }
  ms_object_set_string (after, path, text);
  return TRUE;
}

static gboolean
take_keep_address (MsAction *self, const MsResourceType *type, GError **error)
{
  JsonNode *node = json_object_get_member (self->operation->body, "keepAddress");

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    {
      ms_error_set (
          error, MS_ERROR_INVALID, "invalidValue", "keepAddress", "“keepAddress” is true or false");
      return FALSE;
    }
  self->write->keep_address = json_node_get_boolean (node);
  return !self->write->keep_address || ms_rules_check_keeps_address (type, error);
}

/* One object, since names differ. The address of a mailbox is made of name and domain. */
static gboolean
act_rename (MsAction *self, MsObject *object, gboolean *changed, GError **error)
{
  const MsResourceType *type = ms_object_get_type (object);
  const MsAttribute    *label = ms_resource_type_get_label (type);
  gboolean              is_mailbox = type == self->write->service->types.mailbox;
  g_autoptr (MsObject) after = ms_object_copy (object);

  if (self->ids->len != 1)
    {
      ms_error_set (error, MS_ERROR_INVALID, "invalidValue", "ids", "Rename one object at a time");
      return FALSE;
    }
  if (!take_text (self, "name", label != NULL ? label->path : NULL, after, error)
      || !take_text (self, "domain", is_mailbox ? "domain" : NULL, after, error)
      || !take_text (
          self, "address", is_mailbox ? NULL : ms_rules_find (type)->address, after, error)
      || !take_keep_address (self, type, error))
    return FALSE;
  return store (self, object, after, changed, error);
}

static gboolean
act_delete (MsAction *self, MsObject *object, gboolean *changed, GError **error)
{
  if (!ms_write_delete (self->write, object, error))
    return FALSE;
  *changed = TRUE;
  return TRUE;
}

static const MsActionVerb verbs[] = {
  { "move", "move", act_move, FALSE, FALSE },
  { "setOwner", "update", act_set_owner, TRUE, FALSE },
  { "addEntries", "update", act_add_entry, TRUE, FALSE },
  { "removeEntries", "update", act_remove_entry, TRUE, FALSE },
  { "enable", "enable", act_enable, FALSE, FALSE },
  { "disable", "disable", act_disable, FALSE, FALSE },
  { "rename", "update", act_rename, FALSE, FALSE },
  { "delete", "delete", act_delete, FALSE, TRUE },
};

const MsActionVerb *
ms_action_find_verb (JsonObject *body)
{
  const char *name = json_object_get_string_member_with_default (body, "verb", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (g_strcmp0 (name, verbs[i].name) == 0)
      return &verbs[i];
  return NULL;
}

const char *
ms_action_get_change_verb (JsonObject *body)
{
  const MsActionVerb *verb = body != NULL ? ms_action_find_verb (body) : NULL;

  return verb != NULL ? verb->change_verb : NULL;
}

const MsResourceType *
ms_action_get_target_type (MsAction *self)
{
  const MsServiceTypes *types = &self->write->service->types;

  if (self->verb->act == act_set_owner)
    return types->user;
  return self->verb->act == act_move ? types->mail_group : types->list;
}
