/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A directory that behaves as none of ours does (Active Directory's ranges), or as none should: a
 * few lines of LDAP behind a socket, in a thread of the test's.
 */
#pragma once

#include <gio/gio.h>

typedef enum
{
  RESPONDER_GOOD,     /* one entry and a reference to another server */
  RESPONDER_RANGES,   /* the five members of a group, two at a time */
  RESPONDER_REPEATS,  /* the same range again and again */
  RESPONDER_SILENT,   /* takes the connection and says nothing */
  RESPONDER_HALFWAY,  /* two entries, then the end of the connection */
  RESPONDER_HUGE,     /* an entry of 20 MiB */
  RESPONDER_GARBAGE,  /* what is no LDAP */
  RESPONDER_ECHO,     /* lets nobody in, and says the password back */
  RESPONDER_REFERRAL, /* sends all searches elsewhere */
  RESPONDER_ENDLESS,  /* empty pages without end */
  RESPONDER_FORGETS,  /* a page with one entry, of several; then an end that knows of no pages */
  RESPONDER_BUSY,     /* an error, with what else belongs to the end of a page */
  RESPONDER_DRIPS,    /* an entry, a byte at a time, and then the end of the connection */
  RESPONDER_GOODBYE,  /* takes its leave after the log-on (RFC 4511 §4.4.1) */
} ResponderManner;

typedef struct _Responder Responder;

/* @folder: for its socket. @cancellable: (nullable): cancelled when the first bytes have come */
Responder  *responder_new (const char *folder, ResponderManner manner, GCancellable *cancellable);
void        responder_free (Responder *self);
const char *responder_get_uri (Responder *self);
/* The next clients are sent so many bytes each, and then no more. Not while there is one. */
void responder_set_budget (Responder *self, gsize budget);
/* Searches that it was asked for. */
guint responder_get_searches (Responder *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Responder, responder_free)
