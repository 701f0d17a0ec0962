/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A throw-away OpenLDAP server by tests/slapd, for as long as this object lives.
 */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

typedef struct
{
  GSubprocess      *process;
  GDataInputStream *output;
  JsonObject       *said; /* what tests/slapd printed: ldaps, certificate, base, bindDn, … */
} Slapd;

/* @options: (nullable): of tests/slapd, one word each, parted by spaces */
Slapd      *slapd_new (const char *options);
void        slapd_free (Slapd *self);
const char *slapd_get (Slapd *self, const char *name);
/* It can be started again, at the same addresses and with what it had. */
void slapd_stop (Slapd *self);
void slapd_start (Slapd *self);
/* Applies LDIF (changes, or entries to add) as the one who may write; the test fails where it
 * cannot be. */
void slapd_apply (Slapd *self, const char *ldif);
/* Appends the LDIF of a person under ou=people: inetOrgPerson with uid, cn, sn and mail
 * "UID@DOMAIN". @more: (nullable): lines to add */
void slapd_add_person (GString *ldif, const char *uid, const char *domain, const char *more);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Slapd, slapd_free)
