/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Random objects of every type, the operator's own (all-kinds.json) among them, and how clients see
 * them: what oracles of filters and of orders search and sort in memory.
 */
#pragma once

#include "service-fixture.h"

G_BEGIN_DECLS

#define ORACLE_TYPES 7

extern const char *const oracle_types[ORACLE_TYPES];

/**
 * Population: all objects of one type, in the order in which they were made
 * @ids: (element-type utf8)
 * @objects: (element-type JsonObject): as a client reads them
 */
typedef struct
{
  const MsResourceType *type;
  GPtrArray            *ids;
  GPtrArray            *objects;
} Population;

/* Makes them in an empty store. @all: (out): of %ORACLE_TYPES, to be cleared */
void oracle_world_make (Fixture *f, Population *all);
void oracle_world_clear (Population *all);

gboolean oracle_chance (int percent);
/* (transfer full): a value that an attribute of its kind may have; of few, so that they meet */
JsonNode *oracle_any_value (const MsAttribute *attribute);

G_END_DECLS
