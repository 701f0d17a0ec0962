/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the documents of users say of their passwords: the scheme of each is that of the hash, and
 * there is none where there is no password. Nothing of a hash is said.
 */
#include "ms-verify-private.h"

#include <string.h>

#include "ms-json.h"
#include "ms-password-scheme.h"
#include "ms-txn-private.h"

MsStatement *
ms_verifier_query_passwords (MsVerifier *self, GError **error)
{
  return ms_sql_query (self->txn->sql,
                       error,
                       "SELECT obj, value FROM secret WHERE kind = 'password' ORDER BY obj",
                       "");
}

/* (transfer full) (nullable): also of what is no text, which only another hand can have put there
 */
static char *
dup_said (MsObject *object)
{
  const MsAttribute *attribute
      = ms_resource_type_find (ms_object_get_type (object), MS_PATH_PASSWORD_SCHEME);
  JsonNode   *node = ms_attribute_get_value (attribute, ms_object_get_attributes (object));
  const char *text = ms_object_get_string (object, MS_PATH_PASSWORD_SCHEME);

  return node != NULL && text == NULL ? ms_json_to_string (node) : g_strdup (text);
}

static void
compare (MsVerifier *self, MsObject *object, const char *scheme)
{
  g_autofree char *said = dup_said (object);

  if (g_strcmp0 (said, scheme) == 0)
    return;
  if (said == NULL)
    ms_verifier_complain_of (
        self, object, "its passwordScheme is missing, and its password is stored as “%s”", scheme);
  else if (scheme == NULL)
    ms_verifier_complain_of (
        self, object, "its passwordScheme is “%s”, and it has no password", said);
  else
    ms_verifier_complain_of (self,
                             object,
                             "its passwordScheme is “%s”, and its password is stored as “%s”",
                             said,
                             scheme);
}

gboolean
ms_verifier_check_password (MsVerifier     *self,
                            MsObject       *object,
                            MsVerifyCursor *passwords,
                            GError        **error)
{
  gint64      row = ms_object_get_row (object);
  const char *scheme = NULL;

  while (ms_verify_cursor_get_object (passwords) < row)
    if (!ms_verify_cursor_step (passwords, error))
      return FALSE;
  if (ms_verify_cursor_get_object (passwords) == row)
    scheme = ms_password_scheme_find (ms_statement_get_text (passwords->statement, 1));
  /* Operators' types may have secrets of that name. */
  if (strcmp (ms_object_get_type (object)->name, MS_TYPE_NAME_USER) == 0)
    compare (self, object, scheme);
  return TRUE;
}
