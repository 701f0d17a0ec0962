/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the parts of src/directory/ share: addresses taken apart, authorities, a connection that
 * libldap speaks through, and what the server's refusals mean.
 */
#pragma once

#include "ms-directory.h"

#include <ldap.h>

G_BEGIN_DECLS

/* Of one message of a server, and so of one entry. */
#define MS_DIRECTORY_MAX_ENTRY (16 * 1024 * 1024)
#define MS_DIRECTORY_MAX_TIMEOUT 600

typedef enum
{
  MS_DIRECTORY_LDAPS,
  MS_DIRECTORY_LDAP,
  MS_DIRECTORY_LDAPI,
} MsDirectoryScheme;

/**
 * MsDirectoryAddress:
 * @host: (nullable): without brackets; %NULL with %MS_DIRECTORY_LDAPI
 * @socket: (nullable): file of the socket; only there with it
 */
typedef struct
{
  MsDirectoryScheme scheme;
  char             *host;
  guint16           port;
  char             *socket;
} MsDirectoryAddress;

void ms_directory_address_clear (MsDirectoryAddress *self);
/* %MS_ERROR_INVALID with path "server". */
gboolean ms_directory_address_parse (const char         *uri,
                                     MsDirectoryAddress *address,
                                     GError            **error) G_GNUC_WARN_UNUSED_RESULT;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsDirectoryAddress, ms_directory_address_clear)

/* (transfer full) (nullable) (element-type GTlsCertificate): at least one; %MS_ERROR_INVALID with
 * path "certificates" */
GPtrArray *ms_directory_parse_certificates (const char *pem, GError **error);

/* Before the first use of libldap, or of sockets and TLS of GIO's; costs nothing later. */
void ms_directory_prepare (void);

/* A stream to the server of which libldap is given the bytes. It is ours and not libldap's so that
 * it can be cancelled at any time, is never silent for longer than the timeout, checks certificates
 * as the rest of Mailstead does, and heeds no ldap.conf, no ~/.ldaprc and no environment. */
typedef struct _MsDirectoryLink MsDirectoryLink;

/* Connected and, but for ldapi, encrypted; not bound yet. @server and @cancellable outlive it. */
MsDirectoryLink *
ms_directory_link_new (const MsDirectoryServer *server, GCancellable *cancellable, GError **error);
void ms_directory_link_free (MsDirectoryLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsDirectoryLink, ms_directory_link_free)

LDAP *ms_directory_link_get_ldap (MsDirectoryLink *self);
/* It ends with an error at that time (monotonic, µs), also when the server goes on sending. */
void ms_directory_link_set_deadline (MsDirectoryLink *self, gint64 deadline);
/* Bytes received until now. */
guint64 ms_directory_link_get_received (MsDirectoryLink *self);
/* The next message of the operation. (transfer full) (nullable): to ldap_msgfree() */
LDAPMessage *ms_directory_link_wait (MsDirectoryLink *self, int operation, GError **error);
/* @error says why an operation could not be sent, where libldap said @code. */
void ms_directory_link_set_error (MsDirectoryLink *self, int code, GError **error);

typedef enum
{
  MS_DIRECTORY_START_TLS,
  MS_DIRECTORY_BIND,
  MS_DIRECTORY_SEARCH,
} MsDirectoryStep;

/* @error says what the server's result @code means at that step. @diagnostic: (nullable): the
 * server's own words, of which nothing is taken over if it repeats the password */
void ms_directory_set_result_error (GError                 **error,
                                    const MsDirectoryServer *server,
                                    MsDirectoryStep          step,
                                    int                      code,
                                    const char              *diagnostic);

G_END_DECLS
