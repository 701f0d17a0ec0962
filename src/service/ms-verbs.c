/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The four SCIM writes inside their transaction: find the object, compare its version, read what
 * the client wants by core's MsEdit, write it, render the answer.
 */
#include "ms-apply.h"

#include <string.h>

#include "ms-error.h"
#include "ms-etag.h"
#include "ms-external-id.h"
#include "ms-patch.h"
#include "ms-render.h"
#include "ms-rules.h"
#include "ms-singleton.h"
#include "ms-txn.h"
#include "ms-write.h"

gboolean
ms_outcome_render (
    MsOutcome *self, MsWrite *write, MsOperation *operation, MsObject *object, GError **error)
{
  g_free (self->id);
  self->id = g_strdup (ms_object_get_id (object));
  self->version = ms_object_get_version (object);
  if (operation->bare)
    return TRUE;

  g_autoptr (MsRender) render = ms_render_new (write->service,
                                               ms_object_get_type (object),
                                               &operation->projection,
                                               operation->base_url,
                                               error);
  if (render == NULL)
    return FALSE;
  ms_render_set_client (render, write->actor->client);
  self->document = g_string_sized_new (1024);
  return ms_render_append (render, write->txn, object, self->document, error);
}

void
ms_outcome_set_ignored (MsOutcome *self, const MsIgnored *ignored)
{
  g_strfreev (self->ignored);
  self->ignored = NULL;
  self->more_ignored = ignored->more;
  if (ignored->names->len == 0)
    return;
  self->ignored = g_new0 (char *, ignored->names->len + 1);
  for (guint i = 0; i < ignored->names->len; i++)
    self->ignored[i] = g_strdup (g_ptr_array_index (ignored->names, i));
}

typedef MsEdit *(*MakeEditFunc) (MsObject *object, JsonObject *body, GError **error);

/* An edit of @before by a request that may see another externalId than is stored. @before, @make:
 * %NULL for an object that is created */
static MsEdit *
make_edit (
    MsWrite *write, MsOperation *operation, MsObject *before, MakeEditFunc make, GError **error)
{
  const char *client = write->actor->client;
  gboolean    is_patch = make == ms_edit_new_from_patch;
  g_autoptr (MsIgnored) hidden = ms_ignored_new ();
  g_autoptr (JsonObject) body = ms_external_id_read_body (
      operation->type, operation->body, is_patch, client, hidden, error);
  if (body == NULL)
    return NULL;

  g_autoptr (MsObject) seen = before != NULL ? ms_external_id_show (before, client) : NULL;
  MsEdit *edit = before != NULL ? make (seen, body, error)
                                : ms_edit_new_from_create (operation->type, body, error);
  if (edit == NULL)
    return NULL;
  ms_ignored_add_all (edit->ignored, NULL, hidden);
  ms_external_id_keep (edit, before, client);
  return edit;
}

static const char *
name_if_match (const MsOperation *operation)
{
  return operation->in_bulk ? MS_ETAG_IN_BULK : MS_ETAG_IF_MATCH;
}

gboolean
ms_verb_create (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error)
{
  if (!ms_etag_check_new (operation->if_match, name_if_match (operation), error))
    return FALSE;

  g_autoptr (MsEdit) edit = make_edit (write, operation, NULL, NULL, error);
  if (edit == NULL)
    return FALSE;
  ms_write_give_id (edit, operation->id);
  g_autoptr (MsObject) created = ms_write_create (write, edit, error);
  if (created == NULL)
    return FALSE;
  ms_outcome_set_ignored (outcome, edit->ignored);
  outcome->created = TRUE;
  outcome->changed = TRUE;
  return ms_outcome_render (outcome, write, operation, created, error);
}

/* The object that the operation means, at the version that the client knows. */
static MsObject *
get_current (MsWrite *write, MsOperation *operation, GError **error)
{
  g_autoptr (MsObject) object
             = ms_singleton_or_object (write->txn, operation->type, operation->id, error);

  if (object == NULL
      || !ms_etag_check (operation->if_match, name_if_match (operation), object, error)
      || !ms_etag_check_none (operation->if_none_match, object, error))
    return NULL;
  return g_steal_pointer (&object);
}

/* An extension that @object has by entries of relations only: what it requires is missing. */
static gboolean
check_extensions (MsWrite *write, MsObject *object, GError **error)
{
  const MsResourceType *type = ms_object_get_type (object);

  for (guint i = 0; i < type->extensions->len; i++)
    {
      const MsSchema    *schema = g_ptr_array_index (type->extensions, i);
      const MsAttribute *required = ms_schema_find_required (schema);
      gboolean           has = FALSE;

      if (required == NULL
          || json_object_has_member (ms_object_get_attributes (object), schema->id))
        continue;
      if (!ms_txn_has_extension_links (write->txn, object, schema, &has, error))
        return FALSE;
      if (!has)
        continue;
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    required->path,
                    "“%s” is required while the object has entries of “%s”",
                    required->path,
                    schema->id);
      return FALSE;
    }
  return TRUE;
}

static gboolean
update (MsWrite     *write,
        MsOperation *operation,
        MsObject    *before,
        MsEdit      *edit,
        MsOutcome   *outcome,
        GError     **error)
{
  if (operation->keep_address && !ms_rules_check_keeps_address (ms_object_get_type (before), error))
    return FALSE;
  write->keep_address = operation->keep_address;
  g_autoptr (MsObject) after = ms_write_update (write, before, edit, &outcome->changed, error);

  if (after == NULL || !check_extensions (write, after, error))
    return FALSE;
  ms_outcome_set_ignored (outcome, edit->ignored);
  /* What did not change is shown as it is stored, not as it was sent. */
  return ms_outcome_render (outcome, write, operation, outcome->changed ? after : before, error);
}

gboolean
ms_verb_replace (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error)
{
  g_autoptr (MsObject) before = get_current (write, operation, error);
  g_autoptr (MsEdit) edit
             = before != NULL
                   ? make_edit (write, operation, before, ms_edit_new_from_replace, error)
                   : NULL;

  return edit != NULL && update (write, operation, before, edit, outcome, error);
}

/* What a PUT keeps without being told, a PATCH has named. */
static gboolean
check_kept (MsObject *before, MsObject *after, GError **error)
{
  const char *const *kept = ms_rules_find (ms_object_get_type (before))->kept;

  for (; *kept != NULL; kept++)
    {
      if (json_object_has_member (ms_object_get_attributes (after), *kept)
          || !json_object_has_member (ms_object_get_attributes (before), *kept))
        continue;
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "mutability",
                    *kept,
                    "“%s” always has a value: it can be changed, not removed",
                    *kept);
      return FALSE;
    }
  return TRUE;
}

gboolean
ms_verb_patch (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error)
{
  g_autoptr (MsObject) before = get_current (write, operation, error);
  g_autoptr (MsEdit) edit
             = before != NULL ? make_edit (write, operation, before, ms_edit_new_from_patch, error)
                              : NULL;

  return edit != NULL && check_kept (before, edit->object, error)
         && update (write, operation, before, edit, outcome, error);
}

/* The text of @name, which is @other or “delete”. @choice: (out) (nullable): %NULL where it is
 * absent or null */
static gboolean
read_choice (
    JsonObject *body, const char *name, const char *other, const char **choice, GError **error)
{
  JsonNode *node = body != NULL ? json_object_get_member (body, name) : NULL;

  *choice = NULL;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    *choice = json_node_get_string (node);
  if (g_strcmp0 (*choice, other) == 0 || g_strcmp0 (*choice, "delete") == 0)
    return TRUE;
  ms_error_set (
      error, MS_ERROR_INVALID, "invalidValue", name, "“%s” is “%s” or “delete”", name, other);
  return FALSE;
}

gboolean
ms_write_set_delete_options (MsWrite *write, JsonObject *body, GError **error)
{
  const char *mailboxes, *content;

  if (!read_choice (body, "mailboxes", "keep", &mailboxes, error)
      || !read_choice (body, "content", "parent", &content, error))
    return FALSE;
  write->keep_mailboxes = g_strcmp0 (mailboxes, "keep") == 0;
  write->content = content;
  return TRUE;
}

gboolean
ms_verb_delete (MsWrite *write, MsOperation *operation, MsOutcome *outcome, GError **error)
{
  g_autoptr (MsObject) object = get_current (write, operation, error);

  if (object == NULL || !ms_write_set_delete_options (write, operation->body, error)
      || !ms_write_delete (write, object, error))
    return FALSE;
  g_free (outcome->id);
  outcome->id = g_strdup (ms_object_get_id (object));
  outcome->changed = TRUE;
  return TRUE;
}
