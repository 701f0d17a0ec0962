/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parser of filters: RFC 7644 §3.4.2.2, figure 1. Precedence is not, then and, then or. Chains of "and" and
 * "or" become balanced trees, so that nobody who walks a tree recurses deeply: the depth is bounded by
 * MAX_DEPTH brackets times the logarithm of the length.
 *
 * Beyond the RFC, because clients send it: attribute[filter].sub op value (Entra), strings for booleans
 * ("True"), null as the absent value. Secrets cannot be asked for, not even whether there is one.
 */
#include "ms-filter-private.h"
#include "ms-schema-private.h"

#include "ms-error.h"
#include "ms-json.h"

#include <string.h>

#define MAX_LENGTH 8192
#define MAX_DEPTH  64

typedef struct
{
  const MsResourceType *type;    /* NULL where only the inside of brackets is parsed */
  const MsAttribute    *context; /* the attribute whose brackets we are in */
  gboolean              inside;  /* in brackets; with context NULL those of an unknown attribute */
  const char           *begin;
  const char           *at;
  const char           *end;
  guint                 depth;
  GError              **error;
} Parser;

/* What a name in a filter stands for; neither attribute nor meta: nothing that exists. */
typedef struct
{
  const MsAttribute *attribute;
  MsFilterMeta       meta;
} Target;

static MsFilter *parse_or (Parser *self);

static gboolean
fail_at (Parser *self, const char *where, const char *format, ...)
{
  g_autofree char *what = NULL;
  glong            column = g_utf8_pointer_to_offset (self->begin, where) + 1;
  va_list          args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  ms_error_set (self->error, MS_ERROR_INVALID, "invalidFilter", NULL, "filter, column %ld: %s", column, what);
  return FALSE;
}

/* Words -------------------------------------------------------------------------------------------- */

static void
skip_space (Parser *self)
{
  while (self->at < self->end && g_ascii_isspace (*self->at))
    self->at++;
}

static gboolean
is_word_char (char c)
{
  return c != '\0' && !g_ascii_isspace (c) && strchr ("()[]\"", c) == NULL;
}

/* The word at the cursor, which stays. */
static gsize
peek_word (Parser *self)
{
  const char *p = self->at;

  while (p < self->end && is_word_char (*p))
    p++;
  return (gsize) (p - self->at);
}

static gboolean
word_is (const char *word, gsize length, const char *wanted)
{
  return strlen (wanted) == length && g_ascii_strncasecmp (word, wanted, length) == 0;
}

static gboolean
take_word (Parser *self, const char *wanted)
{
  skip_space (self);
  gsize length = peek_word (self);
  if (!word_is (self->at, length, wanted))
    return FALSE;
  self->at += length;
  return TRUE;
}

static gboolean
take_char (Parser *self, char wanted)
{
  skip_space (self);
  if (self->at >= self->end || *self->at != wanted)
    return FALSE;
  self->at++;
  return TRUE;
}

/* Names -------------------------------------------------------------------------------------------- */

static gboolean
is_name (const char *name)
{
  if (!g_ascii_isalpha (*name) && *name != '$')
    return FALSE;
  for (const char *p = name; *p != '\0'; p++)
    {
      if (!g_ascii_isalnum (*p) && strchr ("-_$.:", *p) == NULL)
        return FALSE;
      if ((*p == '.' || *p == ':') && (p[1] == '.' || p[1] == ':' || p[1] == '\0'))
        return FALSE;
    }
  return TRUE;
}

static MsFilterMeta
find_meta (const MsResourceType *type, const char *name)
{
  gsize urn = strlen (type->schema->id);

  if (g_ascii_strncasecmp (name, type->schema->id, urn) == 0 && name[urn] == ':')
    name += urn + 1;
  if (g_ascii_strcasecmp (name, "meta") == 0)
    return MS_FILTER_META_CREATED;
  for (int i = MS_FILTER_META_ID; ms_filter_meta_names[i] != NULL; i++)
    if (g_ascii_strcasecmp (name, ms_filter_meta_names[i]) == 0)
      return (MsFilterMeta) i;
  return MS_FILTER_META_NONE;
}

static gboolean
resolve (Parser *self, const char *where, const char *name, Target *target)
{
  memset (target, 0, sizeof *target);
  if (!is_name (name))
    return fail_at (self, where, "not an attribute name");
  if (self->inside)
    {
      if (self->context == NULL)
        return TRUE;
      if (self->context->type != MS_ATTR_COMPLEX && g_ascii_strcasecmp (name, "value") == 0)
        target->attribute = self->context;
      else
        target->attribute = ms_attribute_find_sub (self->context, name);
    }
  else
    {
      target->attribute = ms_resource_type_find (self->type, name);
      if (target->attribute == NULL)
        target->meta = find_meta (self->type, name);
    }
  if (target->attribute != NULL
      && (target->attribute->returned == MS_RETURNED_NEVER || target->attribute->is_computed))
    return fail_at (self, where, "“%s” cannot be filtered by", name);
  return TRUE;
}

/* A complex attribute compared stands for its "value". */
static gboolean
make_leaf (Parser *self, const char *where, Target *target)
{
  const MsAttribute *attribute = target->attribute;

  if (attribute == NULL || attribute->type != MS_ATTR_COMPLEX)
    return TRUE;
  target->attribute = ms_attribute_find_sub (attribute, "value");
  return target->attribute != NULL || fail_at (self, where, "“%s” needs one of its sub-attributes", attribute->path);
}

/* Values ------------------------------------------------------------------------------------------- */

static const char *
find_string_end (const char *at, const char *end)
{
  for (at++; at < end && *at != '"'; at++)
    if (*at == '\\' && at + 1 < end)
      at++;
  return at < end ? at + 1 : NULL;
}

static JsonNode *
parse_value (Parser *self)
{
  skip_space (self);
  const char *start = self->at;
  if (start >= self->end)
    {
      fail_at (self, start, "a value is missing");
      return NULL;
    }
  if (*start == '"')
    {
      const char *stop = find_string_end (start, self->end);
      if (stop == NULL)
        {
          fail_at (self, start, "the quote is not closed");
          return NULL;
        }
      self->at = stop;
      JsonNode *text = ms_json_parse (start, stop - start, NULL, NULL);
      if (text == NULL)
        fail_at (self, start, "not a valid string");
      return text;
    }

  gsize length = peek_word (self);
  self->at += length;
  if (word_is (start, length, "true"))
    return json_node_init_boolean (json_node_alloc (), TRUE);
  if (word_is (start, length, "false"))
    return json_node_init_boolean (json_node_alloc (), FALSE);
  if (word_is (start, length, "null"))
    return json_node_init_null (json_node_alloc ());
  JsonNode *number = length > 0 ? ms_json_parse (start, (gssize) length, NULL, NULL) : NULL;
  if (number == NULL || !JSON_NODE_HOLDS_VALUE (number))
    {
      g_clear_pointer (&number, json_node_unref);
      fail_at (self, start, "a string, number, true, false or null is expected");
    }
  return number;
}

static gboolean
is_text_op (MsFilterOp op)
{
  return op == MS_FILTER_CO || op == MS_FILTER_SW || op == MS_FILTER_EW;
}

static gboolean
is_order_op (MsFilterOp op)
{
  return op == MS_FILTER_GT || op == MS_FILTER_GE || op == MS_FILTER_LT || op == MS_FILTER_LE;
}

static MsAttrType
target_type (const Target *target)
{
  if (target->attribute != NULL)
    return target->attribute->type;
  if (target->meta == MS_FILTER_META_CREATED || target->meta == MS_FILTER_META_LAST_MODIFIED)
    return MS_ATTR_DATE_TIME;
  return MS_ATTR_STRING;
}

/* A new node, because json-glib 1.6 reads freed memory when one that holds a value is initialised again. */
static gboolean
coerce_boolean (JsonNode **value)
{
  if (json_node_get_value_type (*value) == G_TYPE_BOOLEAN)
    return TRUE;
  if (json_node_get_value_type (*value) != G_TYPE_STRING)
    return FALSE;
  const char *text = json_node_get_string (*value);
  gboolean    yes = g_ascii_strcasecmp (text, "true") == 0;
  if (!yes && g_ascii_strcasecmp (text, "false") != 0)
    return FALSE;
  json_node_unref (*value);
  *value = json_node_init_boolean (json_node_alloc (), yes);
  return TRUE;
}

/* Whether the operator and the kind of value go with the attribute's type. */
static gboolean
check_value (Parser *self, const char *where, MsAttrType type, MsFilterOp op, JsonNode **value)
{
  GType    kind = json_node_get_value_type (*value);
  gint64   unused;
  gboolean op_fits = TRUE;
  gboolean value_fits = FALSE;

  switch (type)
    {
    case MS_ATTR_BOOLEAN:
      op_fits = !is_text_op (op) && !is_order_op (op);
      value_fits = coerce_boolean (value);
      break;
    case MS_ATTR_BINARY:
      op_fits = !is_text_op (op) && !is_order_op (op);
      value_fits = kind == G_TYPE_STRING;
      break;
    case MS_ATTR_INTEGER:
    case MS_ATTR_DECIMAL:
      op_fits = !is_text_op (op);
      value_fits = kind == G_TYPE_INT64 || kind == G_TYPE_DOUBLE;
      break;
    case MS_ATTR_DATE_TIME:
      op_fits = !is_text_op (op);
      value_fits = kind == G_TYPE_STRING && ms_json_parse_time (json_node_get_string (*value), &unused);
      break;
    case MS_ATTR_STRING:
    case MS_ATTR_REFERENCE:
    case MS_ATTR_COMPLEX:
    default:
      value_fits = kind == G_TYPE_STRING;
    }
  if (!op_fits)
    return fail_at (self, where, "“%s” is not for values of type %s", ms_filter_op_names[op], ms_attr_type_names[type]);
  return value_fits || fail_at (self, where, "the value is not a %s", ms_attr_type_names[type]);
}

/* Terms -------------------------------------------------------------------------------------------- */

static MsFilter *
new_inner (MsFilterKind kind, MsFilter *left, MsFilter *right)
{
  MsFilter *node = ms_filter_new (kind);

  node->left = left;
  node->right = right;
  return node;
}

static MsFilter *
new_leaf (MsFilterKind kind, const Target *target)
{
  MsFilter *node = ms_filter_new (kind);

  node->attribute = target->attribute;
  node->meta = target->meta;
  return node;
}

static gboolean
parse_op (Parser *self, MsFilterOp *op)
{
  skip_space (self);
  gsize length = peek_word (self);
  for (int i = 0; ms_filter_op_names[i] != NULL; i++)
    if (word_is (self->at, length, ms_filter_op_names[i]))
      {
        *op = (MsFilterOp) i;
        self->at += length;
        return TRUE;
      }
  return fail_at (self, self->at, "an operator (eq ne co sw ew gt ge lt le pr) is expected");
}

/* "= null" and "!= null" by "pr"; an attribute that does not exist is absent everywhere. */
static MsFilter *
make_comparison (const Target *target, MsFilterOp op, JsonNode *value)
{
  gboolean exists = target->attribute != NULL || target->meta != MS_FILTER_META_NONE;

  if (JSON_NODE_HOLDS_NULL (value))
    {
      MsFilter *present = exists ? new_leaf (MS_FILTER_PRESENT, target) : ms_filter_new (MS_FILTER_NOTHING);
      return op == MS_FILTER_NE ? present : new_inner (MS_FILTER_NOT, present, NULL);
    }
  if (!exists)
    {
      MsFilter *nothing = ms_filter_new (MS_FILTER_NOTHING);
      return op == MS_FILTER_NE ? new_inner (MS_FILTER_NOT, nothing, NULL) : nothing;
    }
  MsFilter *node = new_leaf (MS_FILTER_COMPARE, target);
  node->op = op;
  node->value = json_node_ref (value);
  return node;
}

/* After the name: "pr", or an operator and a value. */
static MsFilter *
parse_comparison (Parser *self, const char *where, Target *target)
{
  MsFilterOp op = MS_FILTER_EQ;
  gboolean   exists = target->attribute != NULL || target->meta != MS_FILTER_META_NONE;

  if (take_word (self, "pr"))
    return exists ? new_leaf (MS_FILTER_PRESENT, target) : ms_filter_new (MS_FILTER_NOTHING);
  skip_space (self);
  const char *op_at = self->at;
  if (!parse_op (self, &op))
    return NULL;
  g_autoptr (JsonNode) value = parse_value (self);
  if (value == NULL || !make_leaf (self, where, target))
    return NULL;
  if (JSON_NODE_HOLDS_NULL (value))
    {
      if (op != MS_FILTER_EQ && op != MS_FILTER_NE)
        {
          fail_at (self, op_at, "null goes with eq and ne only");
          return NULL;
        }
    }
  else if (exists && !check_value (self, op_at, target_type (target), op, &value))
    return NULL;
  return make_comparison (target, op, value);
}

/* At the first bracket. The result matches elements of @attribute (%NULL: an unknown one). */
static MsFilter *
parse_brackets (Parser *self, const MsAttribute *attribute)
{
  const char *open = self->at;

  if (self->inside)
    {
      fail_at (self, open, "brackets cannot be nested");
      return NULL;
    }
  self->at++;
  self->inside = TRUE;
  self->context = attribute;
  self->depth++;
  g_autoptr (MsFilter) inner = parse_or (self);
  if (inner != NULL && !take_char (self, ']'))
    {
      fail_at (self, self->at, "“]” is expected");
      return NULL;
    }
  self->depth--;
  self->inside = FALSE;
  self->context = NULL;
  return g_steal_pointer (&inner);
}

/* attribute[…], also Entra's attribute[…].sub op value */
static MsFilter *
parse_value_path (Parser *self, const char *where, const Target *target)
{
  if (target->meta != MS_FILTER_META_NONE)
    {
      fail_at (self, where, "brackets are not for a common attribute");
      return NULL;
    }
  g_autoptr (MsFilter) inner = parse_brackets (self, target->attribute);
  if (inner == NULL)
    return NULL;
  if (self->at < self->end && *self->at == '.')
    {
      Target      sub;
      const char *sub_at = ++self->at;
      gsize       length = peek_word (self);
      g_autofree char *name = g_strndup (self->at, length);

      self->at += length;
      self->inside = TRUE;
      self->context = target->attribute;
      gboolean good = resolve (self, sub_at, name, &sub);
      self->inside = FALSE;
      self->context = NULL;
      MsFilter *comparison = good ? parse_comparison (self, sub_at, &sub) : NULL;
      if (comparison == NULL)
        return NULL;
      inner = new_inner (MS_FILTER_AND, g_steal_pointer (&inner), comparison);
    }
  if (target->attribute == NULL)
    return ms_filter_new (MS_FILTER_NOTHING);
  MsFilter *node = new_leaf (MS_FILTER_VALUE_PATH, target);
  node->left = g_steal_pointer (&inner);
  return node;
}

static MsFilter *
parse_group (Parser *self)
{
  if (++self->depth > MAX_DEPTH)
    {
      fail_at (self, self->at, "nested too deeply");
      return NULL;
    }
  g_autoptr (MsFilter) inner = parse_or (self);
  if (inner != NULL && !take_char (self, ')'))
    {
      fail_at (self, self->at, "“)” is expected");
      return NULL;
    }
  self->depth--;
  return g_steal_pointer (&inner);
}

static MsFilter *
parse_term (Parser *self)
{
  Target target;

  if (take_char (self, '('))
    return parse_group (self);

  skip_space (self);
  const char *where = self->at;
  gsize       length = peek_word (self);
  if (length == 0)
    {
      fail_at (self, where, "an attribute name is expected");
      return NULL;
    }
  self->at += length;
  if (word_is (where, length, "not"))
    {
      if (!take_char (self, '('))
        {
          fail_at (self, self->at, "“(” is expected after not");
          return NULL;
        }
      MsFilter *inner = parse_group (self);
      return inner != NULL ? new_inner (MS_FILTER_NOT, inner, NULL) : NULL;
    }

  g_autofree char *name = g_strndup (where, length);
  if (!resolve (self, where, name, &target))
    return NULL;
  if (self->at < self->end && *self->at == '[')
    return parse_value_path (self, where, &target);
  return parse_comparison (self, where, &target);
}

/* Steals the nodes. */
static MsFilter *
balance (MsFilterKind kind, MsFilter **nodes, guint count)
{
  if (count == 1)
    return nodes[0];
  guint half = count / 2;
  return new_inner (kind, balance (kind, nodes, half), balance (kind, nodes + half, count - half));
}

typedef MsFilter *(*ParseFunc) (Parser *self);

static MsFilter *
parse_chain (Parser *self, MsFilterKind kind, const char *word, ParseFunc parse)
{
  g_autoptr (GPtrArray) nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_filter_free);

  do
    {
      MsFilter *node = parse (self);
      if (node == NULL)
        return NULL;
      g_ptr_array_add (nodes, node);
    }
  while (take_word (self, word));

  g_ptr_array_set_free_func (nodes, NULL);
  return balance (kind, (MsFilter **) nodes->pdata, nodes->len);
}

static MsFilter *
parse_and (Parser *self)
{
  return parse_chain (self, MS_FILTER_AND, "and", parse_term);
}

static MsFilter *
parse_or (Parser *self)
{
  return parse_chain (self, MS_FILTER_OR, "or", parse_and);
}

static MsFilter *
parse_all (Parser *self)
{
  const char *bad;
  gsize       length = (gsize) (self->end - self->begin);

  if (length > MAX_LENGTH)
    {
      self->begin = self->at;
      fail_at (self, self->begin, "longer than %d bytes", MAX_LENGTH);
      return NULL;
    }
  if (!g_utf8_validate (self->begin, (gssize) length, &bad))
    {
      fail_at (self, bad, "not UTF-8");
      return NULL;
    }
  g_autoptr (MsFilter) filter = parse_or (self);
  skip_space (self);
  if (filter != NULL && self->at < self->end)
    {
      fail_at (self, self->at, "“and”, “or” or the end is expected");
      return NULL;
    }
  return g_steal_pointer (&filter);
}

MsFilter *
ms_filter_parse (const MsResourceType *type, const char *text, GError **error)
{
  g_return_val_if_fail (type != NULL && text != NULL, NULL);

  Parser parser = { .type = type, .begin = text, .at = text, .end = text + strlen (text), .error = error };
  return parse_all (&parser);
}

MsFilter *
ms_filter_parse_inner (const MsAttribute *context, const char *text, gsize length, GError **error)
{
  Parser parser = { .context = context, .inside = TRUE, .begin = text, .at = text, .end = text + length, .error = error };

  return parse_all (&parser);
}
