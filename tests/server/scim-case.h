/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of SCIM over the wire share: one server for a program, and cases as rows, one
 * request each and what must be in the answer.
 */
#pragma once

#include "harbour.h"
#include "ms-schema.h"

G_BEGIN_DECLS

#define URN_MESSAGES "urn:ietf:params:scim:api:messages:2.0:"
#define PATCH(operations)                                                                          \
  "{\"schemas\":[\"" URN_MESSAGES "PatchOp\"],\"Operations\":[" operations "]}"

/**
 * ScimCase: one request as the administrator
 * @send: (nullable): header lines, each with CRLF
 * @header: (nullable): "name: value" that the answer must have; without value: that it must be
 * there
 * @text: (nullable): must be in the body. @not_text: must not
 */
typedef struct
{
  const char *name;
  const char *method;
  const char *path;
  const char *body;
  const char *send;
  guint       status;
  const char *header;
  const char *text;
  const char *not_text;
} ScimCase;

/**
 * ScimPatch: one PATCH on an object of its own
 * @operations: what stands between the brackets or, beginning with {"schemas", the whole body
 */
typedef struct
{
  const char *name;
  const char *operations;
  guint       status;
  const char *text;
  const char *not_text;
} ScimPatch;

extern Harbour *scim_harbour;

/* @theme: "filter"; the cases become /scim/filter/NAME. */
void scim_add_cases (const char *theme, const ScimCase *cases, gsize count);
/* Each PATCH is sent to a fresh user with displayName "Patched". One that fails must leave it at
 * version 1. */
void scim_add_patches (const char *theme, const ScimPatch *cases, gsize count);
void scim_add (const char *path, GTestFunc func);
/* Sets up the server, lets @add add its tests, runs them. */
int scim_main (int argc, char **argv, void (*add) (void));

/* As the administrator, on the shared server. */
Answer *scim (const char *method, const char *path, const char *body, const char *headers);
/* "/scim/v2/TYPE?QUERY" with every value escaped: name, value, …, NULL. (transfer full) */
char *scim_query (const char *path, ...) G_GNUC_NULL_TERMINATED;
/* Whether the answer's body holds @text; says so where it does not. */
void assert_holds (Answer *answer, const char *text);
void assert_lacks (Answer *answer, const char *text);
/* How many objects a list of @path with that filter has. */
gint64 scim_count (const char *path, const char *filter);

G_END_DECLS
