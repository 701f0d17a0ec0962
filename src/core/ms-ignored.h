/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names in a request that nothing here knows. They are passed over (RFC 7644 §3.3) and told: the
 * first of them by name, of the others how many they are, so that no request makes this grow.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* So many are kept by name, and so many told from each other: beyond that nobody counts. */
#define MS_IGNORED_NAMES 100
#define MS_IGNORED_MOST 10000

/**
 * MsIgnored:
 * @names: (element-type utf8): each once, fit to be shown
 * @more: how many there are besides
 */
typedef struct
{
  GPtrArray *names;
  guint      more;
  /* Private */
  GHashTable *seen; /* (nullable): all of them */
} MsIgnored;

MsIgnored *ms_ignored_new (void);
void       ms_ignored_free (MsIgnored *self);
/* Notes @name, below @prefix (nullable). @self: (nullable): nobody wants to know */
void ms_ignored_add (MsIgnored *self, const char *prefix, const char *name);
/* All of @other, below @prefix (nullable). */
void ms_ignored_add_all (MsIgnored *self, const char *prefix, const MsIgnored *other);
/* The members of @object but those in @known, in any case. */
void ms_ignored_add_members (MsIgnored         *self,
                             const char        *prefix,
                             JsonObject        *object,
                             const char *const *known);
/* The URNs in a message's "schemas" (nullable) but those in @known, in any case. */
void ms_ignored_add_urns (MsIgnored *self, JsonNode *schemas, const char *const *known);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsIgnored, ms_ignored_free)

G_END_DECLS
