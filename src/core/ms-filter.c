/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Filter trees: making, copying and writing them. What ms_filter_to_string() writes,
 * ms_filter_parse() reads back to an equal tree.
 */
#include "ms-filter-private.h"

#include "ms-json.h"

const char *const ms_filter_op_names[]
    = { "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", NULL };
const char *const ms_filter_meta_names[] = { "",
                                             "id",
                                             "meta.created",
                                             "meta.lastModified",
                                             "meta.resourceType",
                                             "meta.version",
                                             "meta.location",
                                             NULL };

MsFilter *
ms_filter_new (MsFilterKind kind)
{
  MsFilter *self = g_new0 (MsFilter, 1);

  self->kind = kind;
  return self;
}

void
ms_filter_free (MsFilter *self)
{
  if (self == NULL)
    return;
  ms_filter_free (self->left);
  ms_filter_free (self->right);
  g_clear_pointer (&self->value, json_node_unref);
  g_free (self);
}

MsFilter *
ms_filter_copy (const MsFilter *self)
{
  if (self == NULL)
    return NULL;

  MsFilter *copy = ms_filter_new (self->kind);
  copy->op = self->op;
  copy->meta = self->meta;
  copy->attribute = self->attribute;
  copy->value = self->value != NULL ? ms_json_deep_copy (self->value) : NULL;
  copy->left = ms_filter_copy (self->left);
  copy->right = ms_filter_copy (self->right);
  return copy;
}

char *
ms_filter_quote (const char *text)
{
  g_return_val_if_fail (text != NULL, NULL);

  GString *out = g_string_new (NULL);
  ms_json_append_string (out, text);
  return g_string_free (out, FALSE);
}

static void append_filter (GString *out, const MsFilter *self, const MsAttribute *context);

/* @context: the attribute in whose brackets we are */
static void
append_name (GString *out, const MsFilter *self, const MsAttribute *context)
{
  if (self->meta != MS_FILTER_META_NONE)
    g_string_append (out, ms_filter_meta_names[self->meta]);
  else if (context == NULL)
    g_string_append (out, self->attribute->path);
  else
    g_string_append (out, self->attribute == context ? "value" : self->attribute->name);
}

/* An "or" within an "and" needs brackets, nothing else does. */
static void
append_operand (GString           *out,
                const MsFilter    *operand,
                MsFilterKind       outer,
                const MsAttribute *context)
{
  gboolean brackets = outer == MS_FILTER_AND && operand->kind == MS_FILTER_OR;

  if (brackets)
    g_string_append_c (out, '(');
  append_filter (out, operand, context);
  if (brackets)
    g_string_append_c (out, ')');
}

static void
append_filter (GString *out, const MsFilter *self, const MsAttribute *context)
{
  switch (self->kind)
    {
    case MS_FILTER_AND:
    case MS_FILTER_OR:
      append_operand (out, self->left, self->kind, context);
      g_string_append (out, self->kind == MS_FILTER_AND ? " and " : " or ");
      append_operand (out, self->right, self->kind, context);
      break;
    case MS_FILTER_NOT:
      g_string_append (out, "not (");
      append_filter (out, self->left, context);
      g_string_append_c (out, ')');
      break;
    case MS_FILTER_COMPARE:
      append_name (out, self, context);
      g_string_append_printf (out, " %s ", ms_filter_op_names[self->op]);
      ms_json_append (out, self->value);
      break;
    case MS_FILTER_PRESENT:
      append_name (out, self, context);
      g_string_append (out, " pr");
      break;
    case MS_FILTER_VALUE_PATH:
      g_string_append (out, self->attribute->path);
      g_string_append_c (out, '[');
      append_filter (out, self->left, self->attribute);
      g_string_append_c (out, ']');
      break;
    case MS_FILTER_NOTHING:
      g_string_append (out, MS_FILTER_NOTHING_TEXT);
      break;
    default:
      g_assert_not_reached ();
    }
}

char *
ms_filter_to_string (const MsFilter *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  GString *out = g_string_sized_new (128);
  append_filter (out, self, NULL);
  return g_string_free (out, FALSE);
}
