/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Numbers for attributes, given once and stored. An attribute that a schema has newly got, or whose
 * form changed (another type, another rule about case), is indexed for the objects that are there
 * already.
 */
#include "ms-index-private.h"

#include "ms-anchor.h"
#include "ms-document.h"
#include "ms-error.h"
#include "ms-presence.h"

#include <string.h>

typedef struct
{
  MsIndex     *index;
  MsIndexType *type;
  MsSql       *sql;
  gboolean     may_write;
  GHashTable  *stored; /* char: path -> Stored, as the store has them for this type */
  gboolean     fresh;  /* the type is: its sets must be made */
  gboolean     bare;   /* as is_bare found it, once something was fresh */
  gboolean     parts;  /* the unique values and searched texts of the type must be made anew */
  gboolean     looked;
  GError      *error;
} LoadContext;

typedef struct
{
  gint64 number;
  char  *form; /* (nullable): in a damaged file */
} Stored;

/* The form of the set of all objects. */
#define FORM_OBJECTS "1 objects"

static void
stored_free (gpointer data)
{
  Stored *self = data;

  g_free (self->form);
  g_free (self);
}

static void
index_type_free (MsIndexType *self)
{
  g_array_unref (self->leaves);
  g_array_unref (self->relations);
  g_hash_table_unref (self->numbers);
  g_free (self);
}

MsIndex *
ms_index_ref (MsIndex *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
ms_index_unref (MsIndex *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_hash_table_unref (self->types);
  ms_schema_registry_unref (self->schemas);
  g_free (self);
}

MsSchemaRegistry *
ms_index_get_schemas (MsIndex *self)
{
  return self->schemas;
}

gint64
ms_index_get_edition (MsIndex *self)
{
  return self->edition;
}

void
ms_index_set_edition (MsIndex *self, gint64 edition)
{
  self->edition = edition;
}

static gboolean
is_multiple (const MsAttribute *attribute)
{
  return attribute->multi_valued || (attribute->parent != NULL && attribute->parent->multi_valued);
}

static gboolean
is_listed (const MsAttribute *attribute)
{
  return !is_multiple (attribute)
         && (attribute->type == MS_ATTR_BOOLEAN
             || (attribute->type == MS_ATTR_STRING && attribute->canonical_only));
}

/* What the rows of an attribute look like; another form means other rows. First: the edition of the
 * keys; at its end: whether there are sets of the objects that have each value. Folded texts of the
 * first edition were cut without a digest (ms-index-long.c), and the key of a label is folded
 * always. Parts of several values had no rows at first (ms-index-parts.c), and addresses and
 * domains were folded as any text (ms-index-mail.c). */
#define LISTED " listed"
#define SEVERAL " several"
#define MAIL " mail"
#define FIRST_EDITION '1'
#define FOLDED_EDITION '2'

static char *
describe_form (const MsAttribute *attribute)
{
  static const char *const types[]
      = { "text", "boolean", "decimal", "integer", "time", "exact", "reference", "relation" };
  gboolean exact = attribute->case_exact && attribute->type != MS_ATTR_COMPLEX;
  gboolean is_text = attribute->type == MS_ATTR_STRING || attribute->type == MS_ATTR_REFERENCE;
  gboolean folded = is_text && (!exact || attribute->is_label);

  return g_strdup_printf ("%c %s%s%s%s%s",
                          folded ? FOLDED_EDITION : FIRST_EDITION,
                          types[attribute->type],
                          exact ? " exact" : "",
                          ms_index_is_part_of_many (attribute) ? SEVERAL : "",
                          attribute->text_form != MS_TEXT_FORM_PLAIN ? MAIL : "",
                          is_listed (attribute) ? LISTED : "");
}

/* @form without its @ending, if it has that. */
static char *
without (const char *form, const char *ending)
{
  gsize length = strlen (form);

  return g_strndup (form, g_str_has_suffix (form, ending) ? length - strlen (ending) : length);
}

gboolean
ms_index_insert_rows (MsSql *sql, GArray *rows, gint64 obj, GError **error)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const MsIndexRow *row = &g_array_index (rows, MsIndexRow, i);
      if (!ms_sql_run (sql,
                       error,
                       "INSERT INTO value (attr, key, obj, elem) VALUES ($1, $2, $3, $4)",
                       "isii",
                       row->attr,
                       row->key,
                       obj,
                       row->elem))
        return FALSE;
    }
  return TRUE;
}

static gboolean
index_existing (LoadContext *context, const MsIndexLeaf *leaf)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement = NULL;

  if (!ms_sql_run (
          context->sql, &context->error, "DELETE FROM value WHERE attr = $1", "i", leaf->attr))
    return FALSE;
  if (leaf->attribute->is_measured)
    return ms_index_insert_measured (context->sql, leaf, &context->error);
  statement = ms_sql_query (context->sql,
                            &context->error,
                            "SELECT o.n, d.body FROM object o JOIN document d ON d.obj = o.n"
                            " WHERE o.type = $1 AND o.deleted IS NULL",
                            "s",
                            context->type->type->name);
  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, &context->error))
        return FALSE;
      if (!row)
        return TRUE;
      g_autoptr (GError) damaged = NULL;
      g_autoptr (JsonObject) attributes
                 = ms_document_parse (ms_statement_get_text (statement, 1), &damaged);
      g_autoptr (GArray) rows = ms_index_new_rows ();
      /* Nobody can read it; that it stands there is for verify to say. */
      if (attributes == NULL)
        {
          g_message ("Row %" G_GINT64_FORMAT " is not found by %s: %s",
                     ms_statement_get_int (statement, 0),
                     leaf->attribute->path,
                     damaged->message);
          continue;
        }
      ms_index_collect_leaf (leaf, attributes, rows);
      if (!ms_index_insert_rows (
              context->sql, rows, ms_statement_get_int (statement, 0), &context->error))
        return FALSE;
    }
}

/* What must be made of an attribute for the objects that are there. */
typedef enum
{
  FRESH_NOT,
  FRESH_MAIL, /* rows and unique values of some names of domains, and the sets */
  FRESH_SETS,
  FRESH_LONG,  /* the rows of long texts, and the sets */
  FRESH_ROWS,  /* and the sets */
  FRESH_PARTS, /* the same, and what else is made of the values */
} Freshness;

/* @stored: (nullable): in a damaged file */
static Freshness
compare_forms (const char *stored, const char *form)
{
  if (stored == NULL)
    return FRESH_ROWS;
  if (strcmp (stored, form) == 0)
    return FRESH_NOT;
  if (g_str_has_suffix (form, MAIL) && !g_str_has_suffix (stored, MAIL))
    {
      g_autofree char *before = without (form, MAIL);
      Freshness        rest = compare_forms (stored, before);
      return rest == FRESH_NOT ? FRESH_MAIL : rest;
    }
  if (g_str_has_suffix (form, SEVERAL) && !g_str_has_suffix (stored, SEVERAL))
    return FRESH_PARTS;
  g_autofree char *rows_stored = without (stored, LISTED);
  g_autofree char *rows = without (form, LISTED);
  if (strcmp (rows_stored, rows) == 0)
    return FRESH_SETS;
  return *rows_stored == FIRST_EDITION && *rows == FOLDED_EDITION
                 && strcmp (rows_stored + 1, rows + 1) == 0
             ? FRESH_LONG
             : FRESH_ROWS;
}

/* @text: finds all attributes of a type. Those that are known already stay as they are. */
static gboolean
load_stored_by (LoadContext *context, const char *text, GError **error)
{
  gboolean row = TRUE;
  g_autoptr (MsStatement) statement
             = ms_sql_query (context->sql, error, text, "s", context->type->type->name);

  if (statement == NULL)
    return FALSE;
  ms_statement_expect_many (statement);
  while (TRUE)
    {
      if (!ms_statement_step (statement, &row, error))
        return FALSE;
      if (!row)
        return TRUE;
      char *path = ms_statement_dup_text (statement, 0);
      if (path == NULL || g_hash_table_contains (context->stored, path))
        {
          g_free (path); /* only in a damaged file */
          continue;
        }
      Stored *stored = g_new (Stored, 1);
      *stored
          = (Stored){ ms_statement_get_int (statement, 1), ms_statement_dup_text (statement, 2) };
      g_hash_table_insert (context->stored, path, stored);
    }
}

/* All attributes of the type at once: one by one they would be some hundred questions whenever a
 * store is opened. */
static gboolean
load_stored (LoadContext *context)
{
  g_autoptr (GError) failed = NULL;

  if (load_stored_by (context, "SELECT path, attr, form FROM attribute WHERE type = $1", &failed))
    return TRUE;
  /* A damaged store that is read all the same may lack the index; this does without. */
  if (g_error_matches (failed, MS_ERROR, MS_ERROR_INTERNAL) && !context->sql->lost
      && !context->may_write)
    return load_stored_by (
        context, "SELECT path, attr, form FROM attribute WHERE type || '' = $1", &context->error);
  g_propagate_error (&context->error, g_steal_pointer (&failed));
  return FALSE;
}

/* @number: (out): 0 where the store does not have it and may not be written */
static gboolean
find_number (
    LoadContext *context, const char *path, const char *form, gint64 *number, Freshness *fresh)
{
  const Stored *stored = g_hash_table_lookup (context->stored, path);

  *number = stored != NULL ? stored->number : 0;
  *fresh = stored != NULL ? compare_forms (stored->form, form) : FRESH_ROWS;
  if (!context->may_write)
    *fresh = FRESH_NOT;
  if (*fresh == FRESH_NOT)
    return TRUE;
  if (stored != NULL)
    return ms_sql_run (context->sql,
                       &context->error,
                       "UPDATE attribute SET form = $1 WHERE attr = $2",
                       "si",
                       form,
                       *number);
  return ms_sql_get_int (
      context->sql,
      number,
      &context->error,
      "INSERT INTO attribute (type, path, form) VALUES ($1, $2, $3) RETURNING attr",
      "sss",
      context->type->type->name,
      path,
      form);
}

/* Whether the store has nothing from which an index could be made, nor anything of one, as when it
 * is new: then there is nothing to do for each of its attributes. */
static gboolean
is_bare (LoadContext *context, gboolean *bare)
{
  gint64 rows = 0;

  if (!context->looked
      && !ms_sql_get_int (
          context->sql,
          &rows,
          &context->error,
          "SELECT count(*) FROM (SELECT 1 WHERE EXISTS (SELECT 1 FROM object)"
          " OR EXISTS (SELECT 1 FROM value) OR EXISTS (SELECT 1 FROM link)"
          " OR EXISTS (SELECT 1 FROM presence) OR EXISTS (SELECT 1 FROM anchor)) AS something",
          ""))
    return FALSE;
  if (!context->looked)
    context->bare = rows == 0;
  context->looked = TRUE;
  *bare = context->bare;
  return TRUE;
}

/* A type that is new here, or a store from before there were sets. */
static gboolean
load_objects (LoadContext *context)
{
  MsIndexType *type = context->type;
  Freshness    fresh = FRESH_NOT;
  gboolean     bare = FALSE;

  if (!load_stored (context) || !find_number (context, "", FORM_OBJECTS, &type->objects, &fresh))
    return FALSE;
  context->fresh = fresh != FRESH_NOT;
  if (!context->fresh)
    return TRUE;
  return is_bare (context, &bare)
         && (bare
             || ms_presence_rebuild_objects (
                 context->sql, type->objects, type->type, &context->error));
}

static gboolean
load_relation (LoadContext *context, const MsIndexRelation *relation, Freshness fresh)
{
  gboolean bare = FALSE;

  g_array_append_val (context->type->relations, *relation);
  if ((fresh == FRESH_NOT && !context->fresh) || relation->attribute->multi_valued)
    return TRUE;
  return is_bare (context, &bare)
         && (bare || ms_presence_rebuild_relation (context->sql, relation, &context->error));
}

/* Whether the rows of @attribute were made when it was folded as any text. */
static gboolean
was_plain (LoadContext *context, const MsAttribute *attribute)
{
  const Stored *stored = g_hash_table_lookup (context->stored, attribute->path);

  return attribute->text_form != MS_TEXT_FORM_PLAIN && stored != NULL
         && (stored->form == NULL || !g_str_has_suffix (stored->form, MAIL));
}

/* The rows, and what is unique. @changed: (out): whether there are others now */
static gboolean
mend_rows (LoadContext *context, const MsIndexLeaf *leaf, Freshness fresh, gboolean *changed)
{
  const MsResourceType *type = context->type->type;
  guint                 mended = 0;

  if ((fresh == FRESH_ROWS || fresh == FRESH_PARTS) && !index_existing (context, leaf))
    return FALSE;
  if (fresh == FRESH_LONG && !ms_index_mend_long (context->sql, type, leaf, &context->error))
    return FALSE;
  if (was_plain (context, leaf->attribute)
      && !ms_index_mend_mail (context->sql, type, leaf, &mended, &context->error))
    return FALSE;
  *changed = fresh != FRESH_MAIL || mended > 0;
  return TRUE;
}

static gboolean
load_leaf (LoadContext *context, const MsIndexLeaf *leaf, Freshness fresh)
{
  gboolean label = context->type->label == leaf->attr;
  gboolean anchored = label;
  gboolean bare = FALSE;
  gboolean changed = FALSE;

  g_array_append_val (context->type->leaves, *leaf);
  if (fresh == FRESH_NOT && !context->fresh)
    return TRUE;
  if (!is_bare (context, &bare))
    return FALSE;
  if (bare && !label)
    return TRUE;
  context->parts = context->parts || fresh == FRESH_PARTS;
  if (!mend_rows (context, leaf, fresh, &changed))
    return FALSE;
  if (!changed && !context->fresh)
    return TRUE;
  return ms_presence_rebuild_leaf (context->sql, leaf, &context->error)
         && (label || ms_anchor_exists (context->sql, leaf->attr, &anchored, &context->error))
         && (!anchored || ms_anchor_build (context->sql, leaf->attr, &context->error));
}

static gboolean
load_attribute (LoadContext *context, const MsAttribute *attribute)
{
  g_autofree char *form = describe_form (attribute);
  Freshness        fresh = FRESH_NOT;
  gint64           number = 0;

  if (!find_number (context, attribute->path, form, &number, &fresh))
    return FALSE;
  if (number == 0)
    return TRUE;
  g_hash_table_insert (
      context->type->numbers, (gpointer) attribute, GINT_TO_POINTER ((int) number));
  if (attribute == ms_resource_type_get_label (context->type->type))
    context->type->label = number;
  if (attribute->relation == MS_RELATION_TO)
    return load_relation (context, &(MsIndexRelation){ number, attribute }, fresh);
  return load_leaf (
      context,
      &(MsIndexLeaf){ number, attribute, is_multiple (attribute), is_listed (attribute) },
      fresh);
}

static void
on_leaf (const MsAttribute *attribute, gpointer user_data)
{
  LoadContext *context = user_data;

  if (context->error != NULL || ms_attribute_is_derived (attribute)
      || attribute->returned == MS_RETURNED_NEVER || attribute->relation == MS_RELATION_FROM)
    return;
  (void) load_attribute (context, attribute); /* context->error says it */
}

static gboolean
load_type (LoadContext *context)
{
  const MsResourceType *type = context->type->type;

  if (load_objects (context))
    ms_resource_type_foreach_leaf (type, on_leaf, context);
  return context->error == NULL
         && (!context->parts
             || ms_index_mend_parts (context->sql, context->index, type, &context->error));
}

MsIndex *
ms_index_load (MsSql *sql, MsSchemaRegistry *schemas, gboolean may_write, GError **error)
{
  GPtrArray *types = ms_schema_registry_get_types (schemas);
  g_autoptr (MsIndex) self = g_new0 (MsIndex, 1);
  g_autoptr (GHashTable) stored
             = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, stored_free);
  LoadContext context = { .index = self, .sql = sql, .may_write = may_write, .stored = stored };

  g_atomic_ref_count_init (&self->ref_count);
  self->schemas = ms_schema_registry_ref (schemas);
  self->types = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) index_type_free);
  for (guint i = 0; i < types->len; i++)
    {
      MsIndexType *type = g_new0 (MsIndexType, 1);

      g_hash_table_remove_all (stored);
      context.type = type;
      context.parts = FALSE;
      type->type = types->pdata[i];
      type->leaves = g_array_new (FALSE, FALSE, sizeof (MsIndexLeaf));
      type->relations = g_array_new (FALSE, FALSE, sizeof (MsIndexRelation));
      type->numbers = g_hash_table_new (NULL, NULL);
      g_hash_table_insert (self->types, (gpointer) type->type, type);
      if (!load_type (&context))
        {
          g_propagate_error (error, context.error);
          return NULL;
        }
    }
  return g_steal_pointer (&self);
}
