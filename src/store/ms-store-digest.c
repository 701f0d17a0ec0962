/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A whole store as one SHA-256, the same on every driver. Everything is read in an order that the
 * data gives (ids, paths, sequence numbers; never row numbers, which differ from store to store),
 * page by page, so that memory does not grow with the store.
 *
 * The order: for each object by id its type, id, document and, for %MS_DIGEST_WHOLE, version, times
 * and whether it lies in the bin; then its links by path and target; then its secrets by kind; for
 * %MS_DIGEST_WHOLE what was measured of it. For %MS_DIGEST_WHOLE then settings, sessions, change
 * sets with their changes, imports with their files, and what was measured of the store.
 *
 * What is undone brings no password back, so of a password only that there is one belongs to the
 * state, and neither what it is nor its scheme.
 */
#include "ms-txn-private.h"

#include "ms-digest.h"
#include "ms-document.h"
#include "ms-json.h"
#include "ms-password-scheme.h"

#include <string.h>

/* Objects read at once. */
#define PAGE "1000"

typedef struct
{
  MsTxn       *txn;
  MsDigestKind kind;
  GChecksum   *sum;
  char        *first; /* ids of the page at hand: after this one … */
  char        *last;  /* … up to and with this one */
} Digest;

typedef gboolean (*RowFunc) (Digest *self, MsStatement *row, GError **error);

/* Hands each row of @statement (nullable: with error set) to @func. @count: (out) (optional) */
static gboolean
for_each (Digest *self, MsStatement *statement, RowFunc func, guint *count, GError **error)
{
  gboolean row = TRUE;
  guint    n = 0;

  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        break;
      if (!func (self, statement, error))
        return FALSE;
      n++;
    }
  if (count != NULL)
    *count = n;
  return TRUE;
}

/* Documents ----------------------------------------------------------------------------------- */

static void append_canonical (Digest *self, JsonNode *node, GString *out);

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* Multi-valued attributes are sets (RFC 7643 §2.4): what is undone may come back in another order.
 */
static void
append_array (Digest *self, JsonArray *array, GString *out)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      GString *text = g_string_new (NULL);
      append_canonical (self, json_array_get_element (array, i), text);
      g_ptr_array_add (texts, g_string_free (text, FALSE));
    }
  if (self->kind == MS_DIGEST_STATE)
    g_ptr_array_sort (texts, compare_texts);
  g_string_append_c (out, '[');
  for (guint i = 0; i < texts->len; i++)
    g_string_append_printf (out, "%s,", (char *) texts->pdata[i]);
  g_string_append_c (out, ']');
}

static void
append_object (Digest *self, JsonObject *object, GString *out)
{
  g_autoptr (GList) names = g_list_sort (json_object_get_members (object), (GCompareFunc) strcmp);

  g_string_append_c (out, '{');
  for (GList *at = names; at != NULL; at = at->next)
    {
      ms_json_append_string (out, at->data);
      append_canonical (self, json_object_get_member (object, at->data), out);
    }
  g_string_append_c (out, '}');
}

static void
append_canonical (Digest *self, JsonNode *node, GString *out)
{
  if (JSON_NODE_HOLDS_ARRAY (node))
    append_array (self, json_node_get_array (node), out);
  else if (JSON_NODE_HOLDS_OBJECT (node))
    append_object (self, json_node_get_object (node), out);
  else
    ms_json_append (out, node);
}

static void
leave_scheme_out (Digest *self, JsonObject *document)
{
  const MsResourceType *type
      = ms_schema_registry_get_type_by_name (self->txn->schemas, MS_TYPE_NAME_USER);

  ms_attribute_set_value (ms_resource_type_find (type, MS_PATH_PASSWORD_SCHEME), document, NULL);
}

static gboolean
add_document (Digest *self, const char *type, const char *body, GError **error)
{
  g_autoptr (JsonObject) document = ms_document_parse (body, error);
  g_autoptr (GString) text = g_string_sized_new (512);

  if (document == NULL)
    return FALSE;
  if (self->kind == MS_DIGEST_STATE && g_strcmp0 (type, MS_TYPE_NAME_USER) == 0)
    leave_scheme_out (self, document);
  append_object (self, document, text);
  ms_digest_add_text (self->sum, text->str);
  return TRUE;
}

/* Objects ------------------------------------------------------------------------------------- */

static gboolean
add_object (Digest *self, MsStatement *row, GError **error)
{
  gboolean    in_bin = ms_statement_get_int (row, 5) != 0;
  const char *id = ms_statement_get_text (row, 0);

  if (!ms_sql_check_texts (row->sql, "objects by id", self->last, id, error))
    return FALSE;
  g_free (self->last);
  self->last = g_strdup (id);
  if (in_bin && self->kind == MS_DIGEST_STATE)
    return TRUE;
  ms_digest_add_text (self->sum, "object");
  ms_digest_add_text (self->sum, self->last);
  ms_digest_add_text (self->sum, ms_statement_get_text (row, 1));
  for (guint i = 2; i <= 5 && self->kind == MS_DIGEST_WHOLE; i++)
    ms_digest_add_number (self->sum, ms_statement_get_int (row, i));
  if (add_document (self, ms_statement_get_text (row, 1), ms_statement_get_text (row, 6), error))
    return TRUE;
  g_prefix_error (error, "%s %s: ", ms_statement_get_text (row, 1), self->last);
  return FALSE;
}

static gboolean
add_link (Digest *self, MsStatement *row, GError **error)
{
  ms_digest_add_text (self->sum, "link");
  for (guint i = 0; i < 3; i++)
    ms_digest_add_text (self->sum, ms_statement_get_text (row, i));
  return TRUE;
}

static gboolean
add_secret (Digest *self, MsStatement *row, GError **error)
{
  if (ms_statement_get_int (row, 2) != 0 && self->kind == MS_DIGEST_STATE)
    return TRUE;
  ms_digest_add_text (self->sum, "secret");
  ms_digest_add_text (self->sum, ms_statement_get_text (row, 0));
  ms_digest_add_text (self->sum, ms_statement_get_text (row, 1));
  if (self->kind == MS_DIGEST_WHOLE)
    ms_digest_add_text (self->sum, ms_statement_get_text (row, 3));
  return TRUE;
}

static gboolean
add_numbers (Digest *self, MsStatement *row, GError **error)
{
  ms_digest_add_text (self->sum, "usage");
  ms_digest_add_text (self->sum, ms_statement_get_text (row, 0));
  for (guint i = 1; i <= 8; i++)
    ms_digest_add_number (self->sum, ms_statement_get_int (row, i));
  return TRUE;
}

/* What @text finds of the objects at hand. */
static gboolean
add_found (Digest *self, const char *text, RowFunc func, GError **error)
{
  g_autoptr (MsStatement) found
             = ms_sql_query (self->txn->sql, error, text, "ss", self->first, self->last);

  return for_each (self, found, func, NULL, error);
}

/* What was measured of them. */
static gboolean
add_usage (Digest *self, GError **error)
{
  if (self->kind == MS_DIGEST_STATE)
    return TRUE;
  return add_found (self,
                    "SELECT o.id, r.stored_bytes, r.stored_messages, r.last_access,"
                    " r.sent_period, r.sent_messages, r.sent_bytes, r.measured, r.out_since"
                    " FROM object o JOIN usage_reading r ON r.obj = o.n"
                    " WHERE o.id > $1 AND o.id <= $2 ORDER BY o.id",
                    add_numbers,
                    error)
         && add_found (self,
                       "SELECT o.id, p.period, p.mailboxes, p.stored_bytes, p.stored_messages,"
                       " p.sent_messages, p.sent_bytes, 0, 0"
                       " FROM object o JOIN usage_period p ON p.obj = o.n"
                       " WHERE o.id > $1 AND o.id <= $2 ORDER BY o.id, p.period",
                       add_numbers,
                       error);
}

static gboolean
add_page (Digest *self, guint *count, GError **error)
{
  g_autoptr (MsStatement) objects = ms_sql_query (
      self->txn->sql,
      error,
      "SELECT o.id, o.type, o.version, o.created, o.modified, COALESCE(o.deleted, 0), d.body"
      " FROM object o JOIN document d ON d.obj = o.n WHERE o.id > $1 ORDER BY o.id LIMIT " PAGE,
      "s",
      self->first);

  if (!for_each (self, objects, add_object, count, error))
    return FALSE;
  if (*count == 0)
    return TRUE;
  return add_found (self,
                    "SELECT f.id, a.path, t.id FROM object f JOIN link l ON l.from_n = f.n"
                    " JOIN attribute a ON a.attr = l.attr JOIN object t ON t.n = l.to_n"
                    " WHERE f.id > $1 AND f.id <= $2 ORDER BY f.id, a.path, t.id",
                    add_link,
                    error)
         && add_found (self,
                       "SELECT o.id, s.kind, COALESCE(o.deleted, 0), s.value"
                       " FROM object o JOIN secret s ON s.obj = o.n"
                       " WHERE o.id > $1 AND o.id <= $2 ORDER BY o.id, s.kind",
                       add_secret,
                       error)
         && add_usage (self, error);
}

static gboolean
add_objects (Digest *self, GError **error)
{
  guint count = 0;

  do
    {
      if (!add_page (self, &count, error))
        return FALSE;
      g_free (self->first);
      self->first = g_strdup (self->last != NULL ? self->last : "");
    }
  while (count > 0);
  return TRUE;
}

/* Everything else ----------------------------------------------------------------------------- */

/**
 * Table: read as rows of texts, numbers and bytes, a letter each ("t", "i", "b")
 * @order: begins with the first column
 */
typedef struct
{
  const char *name;
  const char *columns;
  const char *types;
  const char *order;
} Table;

static const Table tables[] = {
  { "setting", "name, value", "tt", "name" },
  { "session",
    "id, kind, name, user_id, scope, channel, created, expires, token_hash",
    "ttttttiit",
    "id" },
  { "change_set",
    "sequence, time, actor_id, actor_name, channel, verb, reason, job, undo_of, undone_by,"
    " object_count, first_type, first_id, first_label, target_label, hash",
    "iittttttiiittttt",
    "sequence" },
  { "change", "sequence, id, type, verb, label, version, deltas", "ittitit", "sequence, n" },
  { "import_job",
    "id, actor_id, actor_name, name, state, options, result, next_record, created",
    "tttttttii",
    "id" },
  { "import_file", "id, data", "tb", "id" },
  { "import_row", "import_id, line, status, json", "titt", "import_id, line" },
  { "directory_job", "id, actor_id, actor_name, state, job, result, next_run", "tttttti", "id" },
  { "directory_row", "directory_id, line, status, json", "titt", "directory_id, line" },
};

/* Pages of a damaged file may be met again and again. @last: (inout) (nullable): of the row before
 */
static gboolean
check_row_order (const Table *table, MsStatement *row, char **last, GError **error)
{
  const char *key = ms_statement_get_text (row, 0);
  gboolean    growing = TRUE;

  if (*last != NULL && key != NULL)
    growing = table->types[0] == 'i'
                  ? g_ascii_strtoll (*last, NULL, 10) <= ms_statement_get_int (row, 0)
                  : strcmp (*last, key) <= 0;
  if (!growing)
    return ms_sql_fail_order (row->sql, table->name, *last, key, error);
  if (g_strcmp0 (*last, key) != 0)
    {
      g_free (*last);
      *last = g_strdup (key);
    }
  return TRUE;
}

static void
add_bytes (Digest *self, MsStatement *row, guint column)
{
  g_autoptr (GBytes) bytes = ms_statement_dup_blob (row, column);
  g_autofree char *sum
      = bytes != NULL ? g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes) : NULL;

  ms_digest_add_text (self->sum, sum);
}

static void
add_column (Digest *self, MsStatement *row, char type, guint column)
{
  if (type == 'i')
    ms_digest_add_number (self->sum, ms_statement_get_int (row, column));
  else if (type == 'b')
    add_bytes (self, row, column);
  else
    ms_digest_add_text (self->sum, ms_statement_get_text (row, column));
}

static gboolean
add_table (Digest *self, const Table *table, GError **error)
{
  g_autofree char *last = NULL;
  g_autofree char *text = g_strdup_printf (
      "SELECT %s FROM %s ORDER BY %s", table->columns, table->name, table->order);
  g_autoptr (MsStatement) statement = ms_sql_query (self->txn->sql, error, text, "");
  gboolean row = TRUE;

  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      if (!check_row_order (table, statement, &last, error))
        return FALSE;
      ms_digest_add_text (self->sum, table->name);
      for (guint i = 0; table->types[i] != '\0'; i++)
        add_column (self, statement, table->types[i], i);
    }
}

/* Of the store as a whole. */
static gboolean
add_usage_of_all (Digest *self, GError **error)
{
  g_autoptr (MsStatement) periods
             = ms_sql_query (self->txn->sql,
                             error,
                             "SELECT '', period, mailboxes, stored_bytes, stored_messages,"
                             " sent_messages, sent_bytes, 0, 0 FROM usage_period WHERE obj = 0"
                             " ORDER BY period",
                             "");

  return for_each (self, periods, add_numbers, NULL, error);
}

static gboolean
add_rest (Digest *self, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    if (!add_table (self, &tables[i], error))
      return FALSE;
  return add_usage_of_all (self, error);
}

char *
ms_txn_digest (MsTxn *txn, MsDigestKind kind, GError **error)
{
  g_return_val_if_fail (txn != NULL, NULL);

  Digest self = { txn, kind, g_checksum_new (G_CHECKSUM_SHA256), g_strdup (""), NULL };
  char  *text = NULL;
  if (add_objects (&self, error) && (kind == MS_DIGEST_STATE || add_rest (&self, error)))
    text = g_strdup (g_checksum_get_string (self.sum));
  g_checksum_free (self.sum);
  g_free (self.first);
  g_free (self.last);
  return text;
}

typedef struct
{
  MsDigestKind kind;
  char        *text;
} DigestRead;

static gboolean
read_digest (MsTxn *txn, gpointer user_data, GError **error)
{
  DigestRead *read = user_data;

  read->text = ms_txn_digest (txn, read->kind, error);
  return read->text != NULL;
}

char *
ms_store_digest (MsStore *self, MsDigestKind kind, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (MS_IS_STORE (self), NULL);

  DigestRead read = { kind, NULL };
  return ms_store_read_afresh (self, read_digest, &read, cancellable, error) ? read.text : NULL;
}
