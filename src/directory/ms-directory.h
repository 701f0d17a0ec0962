/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An outside directory (LDAP: OpenLDAP, Active Directory, 389, FreeIPA) as it is read, never
 * written. Knows the protocol and nothing of users.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MsDirectoryServer: where and as whom to ask
 * @uri: ldaps://HOST[:PORT], or ldap://HOST[:PORT] with @start_tls. Never in the clear, but for
 * ldapi:// (a socket of this machine)
 * @certificates: (nullable): PEM of the authorities to trust instead of the system's
 * @bind_dn, @password: (nullable): both or none, which is anonymous
 * @timeout: seconds, for connecting and for each answer, however slowly that comes
 */
typedef struct
{
  char    *uri;
  gboolean start_tls;
  char    *certificates;
  char    *bind_dn;
  char    *password;
  guint    timeout;
} MsDirectoryServer;

typedef enum
{
  MS_DIRECTORY_SUBTREE,
  MS_DIRECTORY_ONE_LEVEL,
} MsDirectoryScope;

/* The server has said something, be it an entry or not. %FALSE with @error set ends the search. */
typedef gboolean (*MsDirectoryAliveFunc) (gpointer user_data, GError **error);

/**
 * MsDirectorySearch:
 * @filter: RFC 4515
 * @attributes: (array zero-terminated=1): what is wanted of each entry
 * @limit: at most so many entries, then it ends; 0 = all
 * @alive: (nullable): called with the data of the entries' function after each answer
 */
typedef struct
{
  const char        *base;
  MsDirectoryScope   scope;
  const char        *filter;
  const char *const *attributes;
  guint              limit;

  MsDirectoryAliveFunc alive;
} MsDirectorySearch;

typedef struct _MsDirectoryEntry MsDirectoryEntry;
MsDirectoryEntry                *ms_directory_entry_new (const char *dn);
void                             ms_directory_entry_free (MsDirectoryEntry *self);
/* @value: (transfer none): copied. Attribute names without regard to case, options (;binary) as
 * they are. */
void        ms_directory_entry_add (MsDirectoryEntry *self, const char *attribute, GBytes *value);
const char *ms_directory_entry_get_dn (MsDirectoryEntry *self);
guint       ms_directory_entry_count (MsDirectoryEntry *self, const char *attribute);
/* (transfer none) (nullable) */
GBytes *ms_directory_entry_get (MsDirectoryEntry *self, const char *attribute, guint i);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsDirectoryEntry, ms_directory_entry_free)

/* @entry: (transfer none). %FALSE with @error set ends the search. */
typedef gboolean (*MsDirectoryEntryFunc) (MsDirectoryEntry *entry,
                                          gpointer          user_data,
                                          GError          **error);
/* Connects, binds, hands over every entry found, disconnects. Blocks; not for a main loop. Paged
 * (RFC 2696), values in ranges fetched whole (AD's "member;range="), referrals not followed.
 * %TRUE only where the server said that this is all of it: a size or time limit, a lost connection
 * or a referral of the base are errors, never fewer entries. %MS_ERROR_UNAVAILABLE where it cannot
 * be reached or its certificate is not trusted, %MS_ERROR_DENIED where it does not let us in or
 * read, %MS_ERROR_INVALID (path "server", "base", "filter", "bindDn" …) for what it does not
 * understand. Errors never hold the password. */
typedef gboolean (*MsDirectoryReadFunc) (const MsDirectoryServer *server,
                                         const MsDirectorySearch *search,
                                         MsDirectoryEntryFunc     func,
                                         gpointer                 user_data,
                                         GCancellable            *cancellable,
                                         GError                 **error);
gboolean ms_directory_read (const MsDirectoryServer *server,
                            const MsDirectorySearch *search,
                            MsDirectoryEntryFunc     func,
                            gpointer                 user_data,
                            GCancellable            *cancellable,
                            GError                 **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether these could be asked for at all, without asking: %MS_ERROR_INVALID with the path. */
gboolean ms_directory_check_server (const MsDirectoryServer *server,
                                    GError                 **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean
ms_directory_check_dn (const char *dn, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean ms_directory_check_filter (const char *filter,
                                    const char *path,
                                    GError    **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
