/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsImportRowItem keeps its identity while its content comes, so that a grid cell only has to
 * listen.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-import-columns.h"
#include "ms-import-row-item.h"

struct _MsImportRowItem
{
  GObject parent_instance;

  /* Owned */
  JsonObject *json;
};

G_DEFINE_FINAL_TYPE (MsImportRowItem, ms_import_row_item, G_TYPE_OBJECT)

static guint changed_signal;

static void
ms_import_row_item_finalize (GObject *object)
{
  g_clear_pointer (&MS_IMPORT_ROW_ITEM (object)->json, json_object_unref);

  G_OBJECT_CLASS (ms_import_row_item_parent_class)->finalize (object);
}

static void
ms_import_row_item_class_init (MsImportRowItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ms_import_row_item_finalize;
  changed_signal = g_signal_new (
      "changed", MS_TYPE_IMPORT_ROW_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ms_import_row_item_init (MsImportRowItem *self)
{
}

MsImportRowItem *
ms_import_row_item_new (void)
{
  return g_object_new (MS_TYPE_IMPORT_ROW_ITEM, NULL);
}

void
ms_import_row_item_set_json (MsImportRowItem *self, JsonObject *json)
{
  g_return_if_fail (MS_IS_IMPORT_ROW_ITEM (self));

  json_object_ref (json);
  g_clear_pointer (&self->json, json_object_unref);
  self->json = json;
  g_signal_emit (self, changed_signal, 0);
}

gboolean
ms_import_row_item_is_loaded (MsImportRowItem *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_ROW_ITEM (self), FALSE);

  return self->json != NULL;
}

static const char *
get_string (MsImportRowItem *self, const char *name)
{
  return self->json != NULL ? json_object_get_string_member_with_default (self->json, name, "")
                            : "";
}

gint64
ms_import_row_item_get_line (MsImportRowItem *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_ROW_ITEM (self), 0);

  return self->json != NULL ? json_object_get_int_member_with_default (self->json, "line", 0) : 0;
}

const char *
ms_import_row_item_get_status (MsImportRowItem *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_ROW_ITEM (self), NULL);

  return get_string (self, "status");
}

const char *
ms_import_row_item_get_label (MsImportRowItem *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_ROW_ITEM (self), NULL);

  return get_string (self, "label");
}

const char *
ms_import_row_item_get_user_name (MsImportRowItem *self)
{
  g_return_val_if_fail (MS_IS_IMPORT_ROW_ITEM (self), NULL);

  return get_string (self, "userName");
}

/* (nullable) where there is nothing worth a word */
static char *
dup_text (JsonObject *change, const char *name)
{
  JsonNode *node = json_object_get_member (change, name);

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return NULL;
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_dup_string (node);

  return json_to_string (node, FALSE);
}

static void
append_change (GString *text, JsonObject *change)
{
  const char      *field = json_object_get_string_member_with_default (change, "field", "");
  g_autofree char *before = dup_text (change, "before");
  g_autofree char *after = dup_text (change, "after");

  if (text->len > 0)
    g_string_append (text, " · ");
  g_string_append_printf (text, "%s: ", ms_import_column_get_label (field));
  if (before != NULL)
    g_string_append_printf (text, "%s → ", before);
  /* The server never says a secret back; an import cannot take one away either. */
  if (after == NULL && g_str_has_prefix (field, "password"))
    g_string_append (text, _("set, not shown"));
  else
    g_string_append (text, after != NULL ? after : _("none"));
}

char *
ms_import_row_item_dup_detail (MsImportRowItem *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const char *field, *reason;

  g_return_val_if_fail (MS_IS_IMPORT_ROW_ITEM (self), NULL);

  if (self->json == NULL)
    return g_strdup ("");

  field = get_string (self, "field");
  reason = get_string (self, "reason");
  if (reason[0] != '\0' && field[0] != '\0')
    g_string_printf (text, "%s: %s", ms_import_column_get_label (field), reason);
  else
    g_string_assign (text, reason);

  if (json_object_has_member (self->json, "changes"))
    {
      JsonArray *changes = json_object_get_array_member (self->json, "changes");

      for (guint i = 0; i < json_array_get_length (changes); i++)
        append_change (text, json_array_get_object_element (changes, i));
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}
