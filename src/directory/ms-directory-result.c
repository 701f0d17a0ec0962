/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a directory means when it refuses: the result codes of RFC 4511 in our error domain and in
 * words for whoever set it up. See ms-directory-private.h.
 */
#include "ms-directory-private.h"

#include "ms-error.h"

#include <string.h>

#define MAX_DIAGNOSTIC 300
/* Of a wrong path (a member of the directory's JSON): that of the step. */
#define OF_STEP "?"

/**
 * Meaning:
 * @path: (nullable)
 */
typedef struct
{
  int         code;
  MsError     error;
  const char *path;
  const char *words;
} Meaning;

static const Meaning meanings[] = {
  { LDAP_INVALID_CREDENTIALS, MS_ERROR_DENIED, "bindDn", "bindDn or password is wrong" },
  { LDAP_INAPPROPRIATE_AUTH, MS_ERROR_DENIED, "bindDn", "it lets nobody in like this" },
  { LDAP_STRONG_AUTH_REQUIRED, MS_ERROR_DENIED, "bindDn", "it wants another way to log on" },
  { LDAP_AUTH_METHOD_NOT_SUPPORTED, MS_ERROR_DENIED, "bindDn", "it wants another way to log on" },
  { LDAP_CONFIDENTIALITY_REQUIRED, MS_ERROR_DENIED, "server", "it wants encryption" },
  { LDAP_INSUFFICIENT_ACCESS, MS_ERROR_DENIED, "bindDn", "bindDn may not read there" },
  { LDAP_NO_SUCH_OBJECT,
    MS_ERROR_INVALID,
    OF_STEP,
    "there is no such entry, or it is hidden from bindDn" },
  { LDAP_INVALID_DN_SYNTAX,
    MS_ERROR_INVALID,
    OF_STEP,
    "it does not take this as the name of an entry" },
  { LDAP_REFERRAL, MS_ERROR_INVALID, OF_STEP, "it sends us to another server for this" },
  { LDAP_FILTER_ERROR, MS_ERROR_INVALID, "filter", "it does not understand the filter" },
  { LDAP_INAPPROPRIATE_MATCHING,
    MS_ERROR_INVALID,
    "filter",
    "it cannot compare as the filter says" },
  { LDAP_UNDEFINED_TYPE,
    MS_ERROR_INVALID,
    "filter",
    "it does not know an attribute of the filter" },
  { LDAP_SIZELIMIT_EXCEEDED,
    MS_ERROR_DENIED,
    NULL,
    "it has more entries than it gives to bindDn (its size limit)" },
  { LDAP_TIMELIMIT_EXCEEDED, MS_ERROR_UNAVAILABLE, NULL, "the search took longer than it allows" },
  { LDAP_ADMINLIMIT_EXCEEDED,
    MS_ERROR_DENIED,
    NULL,
    "the search is more than it allows to bindDn (its administrative limit)" },
  { LDAP_BUSY, MS_ERROR_UNAVAILABLE, NULL, "it is busy" },
  { LDAP_UNAVAILABLE, MS_ERROR_UNAVAILABLE, NULL, "it is not ready" },
  { LDAP_UNWILLING_TO_PERFORM, MS_ERROR_UNAVAILABLE, NULL, "it is not willing to" },
  { LDAP_PROTOCOL_ERROR, MS_ERROR_UNAVAILABLE, NULL, "it does not know what was asked" },
};

/* What Active Directory says in numbers ("… data 52e, v4563"). */
static const struct
{
  const char *data;
  const char *words;
} numbers[] = {
  { " data 525,", "there is no such account" },
  { " data 52e,", "bindDn or password is wrong" },
  { " data 530,", "the account may not log on at this time" },
  { " data 532,", "the account's password has expired" },
  { " data 533,", "the account is disabled" },
  { " data 701,", "the account has expired" },
  { " data 773,", "the account must change its password first" },
  { " data 775,", "the account is locked" },
};

static const char *
describe_number (const char *diagnostic)
{
  for (gsize i = 0; diagnostic != NULL && i < G_N_ELEMENTS (numbers); i++)
    if (strstr (diagnostic, numbers[i].data) != NULL)
      return numbers[i].words;
  return NULL;
}

/* (transfer full): the server's words to put behind ours, which may be none. They are a stranger's:
 * short, one line, and not the password said back. */
static char *
quote (const char *diagnostic, const char *password)
{
  if (diagnostic == NULL || *diagnostic == '\0'
      || (password != NULL && strstr (diagnostic, password) != NULL))
    return g_strdup ("");
  g_autofree char *valid = g_utf8_make_valid (diagnostic, -1);
  g_autofree char *some
      = g_utf8_substring (valid, 0, MIN (g_utf8_strlen (valid, -1), MAX_DIAGNOSTIC));
  for (char *at = some; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      *at = ' ';
  return *g_strstrip (some) == '\0' ? g_strdup ("") : g_strdup_printf (" (“%s”)", some);
}

static const Meaning *
find_meaning (int code)
{
  for (gsize i = 0; i < G_N_ELEMENTS (meanings); i++)
    if (meanings[i].code == code)
      return &meanings[i];
  return NULL;
}

void
ms_directory_set_result_error (GError                 **error,
                               const MsDirectoryServer *server,
                               MsDirectoryStep          step,
                               int                      code,
                               const char              *diagnostic)
{
  static const char *const paths[] = { "startTls", "bindDn", "base" };
  static const char *const tasks[] = { "StartTLS", "the log-on", "the search" };
  const Meaning           *meaning = find_meaning (code);
  g_autofree char         *quoted = quote (diagnostic, server->password);
  const char              *words = describe_number (diagnostic);
  const char              *path = meaning != NULL ? meaning->path : NULL;
  MsError                  kind = meaning != NULL ? meaning->error : MS_ERROR_UNAVAILABLE;

  /* Active Directory's way to say that nobody logged on. */
  if (step == MS_DIRECTORY_SEARCH && code == LDAP_OPERATIONS_ERROR && server->bind_dn == NULL)
    {
      kind = MS_ERROR_DENIED;
      path = "bindDn";
      words = "it shows nothing to those who have not logged on";
    }
  if (words == NULL)
    words = meaning != NULL ? meaning->words : ldap_err2string (code);
  ms_error_set (error,
                kind,
                NULL,
                g_strcmp0 (path, OF_STEP) == 0 ? paths[step] : path,
                "The directory refused %s: %s%s.",
                tasks[step],
                words,
                quoted);
}
