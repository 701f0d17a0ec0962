/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the catalogue says of a store's tables, keys and indexes, in the words that all drivers
 * share (MsSqlDriver.definitions_query). Whatever makes one of them behave otherwise than the
 * migrations made it adds a word that the model lacks. What an administrator tunes (tablespaces,
 * fill factors, access methods of tables, statistics) adds none, and only what the catalogue of
 * every server since 13 has is asked for.
 */
#include "ms-postgres-private.h"

/* Temporary tables are in schemas of their own. Rows of children are read as those of the table. */
#define TABLES                                                                                     \
  "t (oid, name, form) AS ("                                                                       \
  "  SELECT c.oid, c.relname::text,"                                                               \
  "   CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'durable' END"                           \
  "   || CASE c.relkind WHEN 'p' THEN ', partitioned' ELSE '' END"                                 \
  "   || COALESCE ((SELECT ', with the rows of '"                                                  \
  "      || string_agg (h.inhrelid::regclass::text, ', ' ORDER BY h.inhrelid::regclass::text)"     \
  "     FROM pg_inherits h WHERE h.inhparent = c.oid), '')"                                        \
  "   || COALESCE ((SELECT ', as a part of '"                                                      \
  "      || string_agg (h.inhparent::regclass::text, ', ' ORDER BY h.inhparent::regclass::text)"   \
  "     FROM pg_inherits h WHERE h.inhrelid = c.oid), '')"                                         \
  "  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"                                \
  "  WHERE n.nspname = '" MS_POSTGRES_SCHEMA "' AND c.relkind IN ('r', 'p'))"

/* Texts are in an order that the store relies on: one in another is another column, or index. */
#define ORDER_NAME "COALESCE (' in the order ' || l.collname::text, '')"
#define OTHER_ORDER "l.oid <> 'pg_catalog.\"C\"'::regcollation"

/* One row for each column of an index. The numbers are the bits of pg_index.h: descending, nulls
 * first. */
#define INDEX_COLUMNS                                                                              \
  "c (index, place, text) AS ("                                                                    \
  "  SELECT i.indexrelid, k.place,"                                                                \
  "   COALESCE (a.attname::text, pg_get_indexdef (i.indexrelid, k.place::int, TRUE))"              \
  "   || " ORDER_NAME                                                                              \
  "   || CASE WHEN o.opcdefault THEN '' ELSE COALESCE (' by ' || o.opcname::text, '') END"         \
  "   || CASE k.bits & 3 WHEN 1 THEN ' desc nulls last' WHEN 2 THEN ' nulls first'"                \
  "     WHEN 3 THEN ' desc' ELSE '' END"                                                           \
  "  FROM t JOIN pg_index i ON i.indrelid = t.oid"                                                 \
  "  CROSS JOIN LATERAL unnest (i.indkey::int2[], i.indclass::oid[],"                              \
  "   i.indcollation::oid[], i.indoption::int2[])"                                                 \
  "   WITH ORDINALITY AS k (number, class, ordered, bits, place)"                                  \
  "  LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number AND k.number <> 0"     \
  "  LEFT JOIN pg_collation l ON l.oid = k.ordered AND " OTHER_ORDER                               \
  "  LEFT JOIN pg_opclass o ON o.oid = k.class)"

/* Columns that are only carried along are apart. */
#define INDEXES                                                                                    \
  "x (tab, name, prim, uniq, keyed, cols, form, condition) AS ("                                   \
  "  SELECT t.name, r.relname::text, i.indisprimary, i.indisunique,"                               \
  "   EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid"                       \
  "    AND k.contype = 'u'),"                                                                      \
  "   (SELECT string_agg (c.text, ', ' ORDER BY c.place) FROM c"                                   \
  "    WHERE c.index = i.indexrelid AND c.place <= i.indnkeyatts),"                                \
  "   COALESCE (' including (' || (SELECT string_agg (c.text, ', ' ORDER BY c.place) FROM c"       \
  "    WHERE c.index = i.indexrelid AND c.place > i.indnkeyatts) || ')', '')"                      \
  "   || CASE WHEN m.amname <> 'btree' THEN ' using ' || m.amname::text ELSE '' END"               \
  "   || CASE WHEN i.indimmediate THEN '' ELSE ' deferrable' END,"                                 \
  "   COALESCE (' where ' || lower (trim (both '()' FROM"                                          \
  "    pg_get_expr (i.indpred, i.indrelid))), '')"                                                 \
  "  FROM t JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class r ON r.oid = i.indexrelid"         \
  "  JOIN pg_am m ON m.oid = r.relam)"

#define COLUMNS                                                                                    \
  "SELECT 'column', t.name || '.' || a.attname::text, CASE a.atttypid"                             \
  " WHEN 'bigint'::regtype THEN 'integer' WHEN 'bytea'::regtype THEN 'bytes'"                      \
  " WHEN 'text'::regtype THEN 'text' WHEN 'integer'::regtype THEN 'integer of 4 bytes'"            \
  " ELSE 'type ' || format_type (a.atttypid, a.atttypmod) END || " ORDER_NAME                      \
  " || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END"                                        \
  " || COALESCE (CASE WHEN a.attgenerated <> '' THEN ' generated as ' ELSE ' default ' END"        \
  "  || regexp_replace (pg_get_expr (d.adbin, d.adrelid), '::[a-z ]+$', ''), '')"                  \
  " FROM t JOIN pg_attribute a ON a.attrelid = t.oid"                                              \
  " LEFT JOIN pg_collation l ON l.oid = a.attcollation AND " OTHER_ORDER                           \
  " LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum"                            \
  " WHERE a.attnum > 0 AND NOT a.attisdropped"

/* A reference is kept by triggers of the server on both tables, which can be switched off. */
#define REFERENCES                                                                                 \
  "SELECT 'reference', t.name || '.' || a.attname::text, k.confrelid::regclass::text || '.'"       \
  " || b.attname::text || ', ' || CASE k.confdeltype WHEN 'a' THEN 'no action'"                    \
  "  WHEN 'c' THEN 'cascade' ELSE k.confdeltype::text END"                                         \
  " || CASE WHEN k.confupdtype <> 'a' THEN ', on update ' || k.confupdtype::text ELSE '' END"      \
  " || CASE WHEN k.condeferrable THEN ', deferrable' ELSE '' END"                                  \
  " || CASE WHEN EXISTS (SELECT 1 FROM pg_trigger g WHERE g.tgconstraint = k.oid"                  \
  "   AND g.tgenabled NOT IN ('O', 'A')) THEN ', switched off' ELSE '' END"                        \
  " FROM t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'f'"                         \
  " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.conkey[1]"                          \
  " JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1]"

/* The store's tables have none of these. */
#define CONSTRAINTS                                                                                \
  "SELECT 'constraint', t.name || '.' || k.conname::text, pg_get_constraintdef (k.oid)"            \
  " FROM t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype IN ('c', 'x')"

/* Without it the next row of such a table has no number and is refused; so is one whose number is
 * not above all others, or the last that there is. The model has no word for it, so all of them are
 * listed. */
#define IDENTITIES                                                                                 \
  "SELECT 'identity of', t.name || '.' || a.attname::text, CASE a.attidentity"                     \
  " WHEN 'd' THEN 'by default' WHEN 'a' THEN 'always' ELSE 'none' END"                             \
  " || CASE WHEN s.seqincrement <> 1 THEN ' in steps of ' || s.seqincrement ELSE '' END"           \
  " || CASE WHEN s.seqmin <> 1 THEN ' from ' || s.seqmin ELSE '' END"                              \
  " || CASE WHEN s.seqmax <> 9223372036854775807 THEN ' up to ' || s.seqmax ELSE '' END"           \
  " || CASE WHEN s.seqcycle THEN ' and over again' ELSE '' END, 'by default'"                      \
  " FROM t JOIN pg_attribute a ON a.attrelid = t.oid"                                              \
  " LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.deptype = 'i'"                 \
  "  AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid"                          \
  "  AND d.refobjsubid = a.attnum"                                                                 \
  " LEFT JOIN pg_sequence s ON s.seqrelid = d.objid"                                               \
  " WHERE t.name || '.' || a.attname::text IN (" MS_POSTGRES_IDENTITIES ")"

/* What a session begins with: ours is set right where we may, those of others are not. */
#define PARAMETERS                                                                                 \
  "SELECT 'parameter', name, reset_val, 'origin' FROM pg_settings"                                 \
  " WHERE name = 'session_replication_role'"

const char ms_postgres_definitions_query[]
    = "WITH " TABLES ", " INDEX_COLUMNS ", " INDEXES ", d (kind, name, form) AS ("
      " SELECT 'table', name, form FROM t"
      " UNION ALL " COLUMNS
      " UNION ALL SELECT 'primary key of', tab, cols || form FROM x WHERE prim"
      " UNION ALL SELECT 'unique key', tab || ' (' || cols || ')', 'unique' || form FROM x"
      "  WHERE keyed"
      " UNION ALL SELECT 'index', name, tab || ' (' || cols || ')'"
      "  || CASE WHEN uniq THEN ' unique' ELSE '' END || form || condition"
      "  FROM x WHERE NOT prim AND NOT keyed"
      " UNION ALL " REFERENCES " UNION ALL " CONSTRAINTS ")"
      " SELECT kind, name, form, NULL FROM d UNION ALL " PARAMETERS " UNION ALL " IDENTITIES;

/* Sound as what is there may be, what is answered next is not on the disk yet. */
const char ms_postgres_remarks_query[]
    = "SELECT 'the parameter “synchronous_commit” is off: what was answered as saved may be lost"
      " when the database''s server fails (ALTER DATABASE or ALTER ROLE … RESET"
      " synchronous_commit)' FROM pg_settings"
      " WHERE name = 'synchronous_commit' AND reset_val = 'off'";
