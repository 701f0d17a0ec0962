/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A running parse of a filter: what its grammar (ms-filter-parse.c) and its words and values
 * (ms-filter-lex.c) share.
 */
#pragma once

#include "ms-filter-private.h"

G_BEGIN_DECLS

typedef struct
{
  const MsResourceType *type;    /* NULL where only the inside of brackets is parsed */
  const MsAttribute    *context; /* the attribute whose brackets we are in */
  gboolean              inside;  /* in brackets; with context NULL those of an unknown attribute */
  gboolean              in_meta; /* in those of meta */
  gboolean    by_any_form;       /* names and addresses by each form in which they may be kept */
  const char *begin;
  const char *at;
  const char *end;
  const char *value_at; /* the literal that was read last, which ends at @at */
  guint       depth;
  gboolean    is_client; /* a provisioning client asks: what is hidden from it is not */
  GHashTable *fits;      /* (nullable): places of comparisons that some type allows */
  GHashTable *misfits;   /* (nullable): place -> GError of those that this one does not */
  GHashTable *known;     /* (nullable): places of names that some type has */
  GHashTable *unknown;   /* (nullable): place -> name of those that this one has not */
  GError    **error;
} MsFilterParser;

/* What a name in a filter stands for; neither attribute nor meta: nothing that exists.
 * @is_whole_meta: "meta" itself, which is there but cannot be compared */
typedef struct
{
  const MsAttribute *attribute;
  MsFilterMeta       meta;
  gboolean           is_whole_meta;
} MsFilterTarget;

/* Sets the error for the place @where; always %FALSE. */
gboolean ms_filter_fail (MsFilterParser *self, const char *where, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* Of brackets behind the common attribute at @where; always %FALSE. */
gboolean ms_filter_refuse_brackets (MsFilterParser *self, const char *where);

/* All of the text. (transfer full) (nullable) */
MsFilter *ms_filter_parser_run (MsFilterParser *self);

void ms_filter_skip_space (MsFilterParser *self);
/* Length of the word at the cursor, which stays; 0 where there is none. */
gsize    ms_filter_peek_word (MsFilterParser *self);
gboolean ms_filter_word_is (const char *word, gsize length, const char *wanted);
/* Passes over @wanted where it is next, and says whether it was. */
gboolean ms_filter_take_word (MsFilterParser *self, const char *wanted);
gboolean ms_filter_take_char (MsFilterParser *self, char wanted);

/* The operator at the cursor. */
gboolean ms_filter_read_op (MsFilterParser *self, MsFilterOp *op);
/* ms-filter-schemas.c: whether @name is the common attribute "schemas", and what follows it where
 * it stood at @where. */
gboolean  ms_filter_is_schemas (const MsFilterParser *self, const char *name);
MsFilter *ms_filter_parse_schemas (MsFilterParser *self, const char *where);
/* Whether @name is the URN of the type's schema or of one of its extensions, and what follows it at
 * @where. (transfer none) (nullable) */
const MsSchema *ms_filter_find_schema (const MsFilterParser *self, const char *name);
MsFilter *
ms_filter_parse_presence (MsFilterParser *self, const char *where, const MsSchema *schema);
/* ms-filter-names.c: @comparison, or what asks for each form in which the name or address that it
 * compares may be kept. @comparison: (transfer full). (transfer full) */
MsFilter *ms_filter_widen (MsFilter *comparison);
/* The literal at the cursor. (transfer full) */
JsonNode  *ms_filter_read_value (MsFilterParser *self);
MsAttrType ms_filter_target_type (const MsFilterTarget *target);
/* Whether the operator at @where, and the value read last, go with the attribute's type; may put
 * another node into @value. */
gboolean ms_filter_check_value (
    MsFilterParser *self, const char *where, MsAttrType type, MsFilterOp op, JsonNode **value);

G_END_DECLS
