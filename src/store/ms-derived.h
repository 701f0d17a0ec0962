/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Values without rows of their own in the table "value": what is computed on reading, and what the
 * objects are called, or have, that a relation leads to. Instead of being kept, which would let
 * one write change as many rows as there are objects below a mail group, they are derived from the
 * other tables by whoever filters or sorts by them: a source is a query that names each object of a
 * type that has a value, once, with a key of the form that keys have in "value". What it says is
 * what clients are shown (src/service/ms-render.c, ms-render-computed.c); tests/service compares
 * both.
 *
 * A source looks at all objects of the type, or at all links of the relation: it is read once for a
 * statement, never once for an object.
 */
#pragma once

#include "ms-sql-builder.h"

G_BEGIN_DECLS

/* Whether there is a source for it. @attribute: computed, or a relation or a part of one */
gboolean ms_derived_exists (MsTxn *txn, const MsResourceType *type, const MsAttribute *attribute);
/* Appends "(SELECT … AS obj, … AS key …)". @of_some: for who asks for some objects by their rows,
 * in no order */
void ms_derived_append (MsSqlBuilder         *builder,
                        const MsResourceType *type,
                        const MsAttribute    *attribute,
                        gboolean              of_some);
/* The key that stands for a literal; %NULL where nothing compares so. @attribute: computed */
char *ms_derived_key (const MsAttribute *attribute, JsonNode *value);

/* ms-derived-relation.c: what a relation leads to. Of several objects the one counts that is shown
 * as primary, or else the first that is shown. @attribute: the relation or a part of it. By the
 * relation itself, its "value", "$ref" and "display" it is the name of that object. */
gboolean
ms_derived_relation_exists (MsTxn *txn, const MsResourceType *type, const MsAttribute *attribute);
void ms_derived_relation_append (MsSqlBuilder         *builder,
                                 const MsResourceType *type,
                                 const MsAttribute    *attribute,
                                 gboolean              of_some);
/* Whether it stands for the name of the object that @relation leads to. */
gboolean ms_derived_is_end (const MsAttribute *relation, const MsAttribute *attribute);

G_END_DECLS
