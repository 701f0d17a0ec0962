/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whether a text is a search filter of RFC 4515, so that what is wrong with one is said when it is
 * typed, with the place. libldap's own reading takes much that is none ("(a=b)(c=d)") and would put
 * it on the wire. What passes here is one filter within brackets, so that "(&" FILTER FILTER ")" is
 * one again.
 */
#include "ms-directory-private.h"

#include "ms-error.h"

#include <string.h>

#define MAX_FILTER 65536
/* libldap reads what is nested by calling itself. */
#define MAX_DEPTH 64

typedef struct
{
  const char *text;
  const char *at;
  const char *path;
  GError    **error;
} Reader;

static gboolean
fail (const Reader *self, const char *what)
{
  ms_error_set (self->error,
                MS_ERROR_INVALID,
                "invalidFilter",
                self->path,
                "This is not an LDAP filter: at character %ld %s.",
                g_utf8_strlen (self->text, self->at - self->text) + 1,
                what);
  return FALSE;
}

/* "cn" or "2.5.4.3" (RFC 4512 §1.4). %FALSE where there is none, or half of one. */
static gboolean
take_oid (Reader *self)
{
  const char *start = self->at;

  if (g_ascii_isalpha (*start))
    {
      while (g_ascii_isalnum (*self->at) || *self->at == '-')
        self->at++;
      return TRUE;
    }
  for (;; self->at++)
    {
      if (!g_ascii_isdigit (*self->at))
        return FALSE;
      while (g_ascii_isdigit (*self->at))
        self->at++;
      if (*self->at != '.')
        return TRUE;
    }
}

/* The same with options (";lang-de;binary"), which matching rules do not have. */
static gboolean
take_name (Reader *self)
{
  if (!take_oid (self))
    return FALSE;
  while (*self->at == ';')
    {
      const char *option = ++self->at;
      while (g_ascii_isalnum (*self->at) || *self->at == '-')
        self->at++;
      if (self->at == option)
        return FALSE;
    }
  return TRUE;
}

/* Up to the bracket that ends it. Asterisks make it a substring or a presence, which only "=" has.
 */
static gboolean
take_value (Reader *self, gboolean stars)
{
  for (; *self->at != ')'; self->at++)
    {
      if (*self->at == '\0')
        return fail (self, "a closing bracket is missing");
      if (*self->at == '(')
        return fail (self, "a bracket stands within a value; write it as \\28");
      if (*self->at == '*' && !stars)
        return fail (self, "an asterisk stands where it means nothing; write it as \\2a");
      if (self->at[0] == '*' && self->at[1] == '*')
        return fail (self, "two asterisks stand side by side");
      if (*self->at == '\\')
        {
          if (!g_ascii_isxdigit (self->at[1]) || !g_ascii_isxdigit (self->at[2]))
            return fail (self, "a backslash is not followed by two hexadecimal digits");
          self->at += 2;
        }
    }
  return TRUE;
}

/* NAME:dn:RULE:=VALUE, with NAME or RULE, from the first colon on. */
static gboolean
take_extended (Reader *self, gboolean has_name)
{
  self->at++;
  if (g_ascii_strncasecmp (self->at, "dn:", 3) == 0)
    self->at += 3;
  if (*self->at != '=')
    {
      if (!take_oid (self))
        return fail (self, "a matching rule is missing");
      if (*self->at != ':')
        return fail (self, "“:=” is missing");
      self->at++;
    }
  else if (!has_name)
    return fail (self, "an attribute or a matching rule is missing");
  if (*self->at != '=')
    return fail (self, "“:=” is missing");
  self->at++;
  return take_value (self, FALSE);
}

static gboolean
take_condition (Reader *self)
{
  if (*self->at == ':')
    return take_extended (self, FALSE);
  if (!take_name (self))
    return fail (self, "the name of an attribute is missing");
  if (*self->at == ':')
    return take_extended (self, TRUE);
  if (*self->at == '=')
    {
      self->at++;
      return take_value (self, TRUE);
    }
  if (strchr ("<>~", *self->at) != NULL && *self->at != '\0' && self->at[1] == '=')
    {
      self->at += 2;
      return take_value (self, FALSE);
    }
  return fail (self, "one of =, >=, <=, ~= and := is missing");
}

static gboolean
take_filter (Reader *self, guint depth)
{
  if (*self->at != '(')
    return fail (self, "an opening bracket is missing");
  if (depth > MAX_DEPTH)
    return fail (self, "it is nested too deeply");
  self->at++;

  char kind = *self->at;
  if (kind != '&' && kind != '|' && kind != '!')
    {
      if (!take_condition (self))
        return FALSE;
    }
  else
    {
      self->at++;
      /* "(&)" and "(|)" are those that are always true and always false (RFC 4526). */
      guint n = 0;
      for (; *self->at == '('; n++)
        if (!take_filter (self, depth + 1))
          return FALSE;
      if (kind == '!' && n != 1)
        return fail (self, "“!” has not exactly one filter");
    }
  if (*self->at != ')')
    return fail (self, "a closing bracket is missing");
  self->at++;
  return TRUE;
}

gboolean
ms_directory_check_filter (const char *filter, const char *path, GError **error)
{
  g_return_val_if_fail (filter != NULL, FALSE);

  Reader self = { filter, filter, path, error };

  if (strlen (filter) > MAX_FILTER || !g_utf8_validate (filter, -1, NULL))
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidFilter",
                    path,
                    "An LDAP filter is UTF-8 text of at most %d bytes.",
                    MAX_FILTER);
      return FALSE;
    }
  if (!take_filter (&self, 1))
    return FALSE;
  return *self.at == '\0' || fail (&self, "something follows after its end");
}
