/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The error domain: a GError with scimType and path in its private part, and the one table that
 * says which HTTP status stands for which code, in both directions.
 */
#include "ms-error.h"

#include <string.h>

typedef struct
{
  char *scim_type;
  char *path;
  char *details;
  char *words;
} MsErrorPrivate;

/* Never called with NULL; GLib's own null checks in between make gcc think so. */
static void
ms_error_private_init (MsErrorPrivate *priv)
{
  g_assert (priv != NULL);
  priv->scim_type = NULL;
  priv->path = NULL;
  priv->details = NULL;
  priv->words = NULL;
}

static void
ms_error_private_copy (const MsErrorPrivate *src, MsErrorPrivate *dest)
{
  g_assert (src != NULL && dest != NULL);
  dest->scim_type = g_strdup (src->scim_type);
  dest->path = g_strdup (src->path);
  dest->details = g_strdup (src->details);
  dest->words = g_strdup (src->words);
}

static void
ms_error_private_clear (MsErrorPrivate *priv)
{
  g_assert (priv != NULL);
  g_clear_pointer (&priv->scim_type, g_free);
  g_clear_pointer (&priv->path, g_free);
  g_clear_pointer (&priv->details, g_free);
  g_clear_pointer (&priv->words, g_free);
}

G_DEFINE_EXTENDED_ERROR (MsError, ms_error)

/* The first row with a status is the code that a client reads out of it. */
static const struct
{
  MsError code;
  int     status;
} statuses[] = {
  { MS_ERROR_INVALID, 400 },     { MS_ERROR_UNAUTHENTICATED, 401 }, { MS_ERROR_DENIED, 403 },
  { MS_ERROR_NOT_FOUND, 404 },   { MS_ERROR_CONFLICT, 409 },        { MS_ERROR_STALE, 412 },
  { MS_ERROR_LIMIT, 413 },       { MS_ERROR_LIMIT, 414 },           { MS_ERROR_LIMIT, 429 },
  { MS_ERROR_LIMIT, 431 },       { MS_ERROR_INTERNAL, 500 },        { MS_ERROR_UNSUPPORTED, 501 },
  { MS_ERROR_UNAVAILABLE, 503 }, { MS_ERROR_UNAVAILABLE, 502 },     { MS_ERROR_UNAVAILABLE, 504 },
  { MS_ERROR_UNAVAILABLE, 408 },
};

#define FILLED_IN "…"

/* The text of @format with a sign for all that is filled in. (nullable): nothing else is in it */
static char *
take_words (const char *format)
{
  GString *words = g_string_new (NULL);
  gboolean has_letter = FALSE;

  for (const char *at = format; *at != '\0'; at++)
    {
      if (*at != '%')
        {
          has_letter = has_letter || g_ascii_isalpha (*at);
          g_string_append_c (words, *at);
          continue;
        }
      at++;
      if (*at == '%')
        {
          g_string_append_c (words, '%');
          continue;
        }
      at += strspn (at, "#0- +'.*hlLqjzt" G_CSET_DIGITS);
      g_string_append (words, FILLED_IN);
      if (*at == '\0')
        break;
    }
  return g_string_free (words, !has_letter);
}

void
ms_error_set (
    GError **error, MsError code, const char *scim_type, const char *path, const char *format, ...)
{
  va_list args;

  if (error == NULL)
    return;

  va_start (args, format);
  g_autoptr (GError) made = g_error_new_valist (MS_ERROR, (int) code, format, args);
  va_end (args);

  MsErrorPrivate *priv = ms_error_get_private (made);
  g_assert (priv != NULL);
  priv->scim_type = g_strdup (scim_type);
  priv->path = g_strdup (path);
  priv->words = take_words (format);
  g_propagate_error (error, g_steal_pointer (&made));
}

const char *
ms_error_get_scim_type (const GError *error)
{
  if (error == NULL || error->domain != MS_ERROR)
    return NULL;
  const MsErrorPrivate *priv = ms_error_get_private (error);
  return priv != NULL ? priv->scim_type : NULL;
}

const char *
ms_error_get_path (const GError *error)
{
  if (error == NULL || error->domain != MS_ERROR)
    return NULL;
  const MsErrorPrivate *priv = ms_error_get_private (error);
  return priv != NULL ? priv->path : NULL;
}

const char *
ms_error_get_words (const GError *error)
{
  if (error == NULL || error->domain != MS_ERROR)
    return NULL;
  const MsErrorPrivate *priv = ms_error_get_private (error);
  return priv != NULL ? priv->words : NULL;
}

void
ms_error_set_details (GError *error, const char *details)
{
  g_return_if_fail (error != NULL && error->domain == MS_ERROR);

  MsErrorPrivate *priv = ms_error_get_private (error);
  g_assert (priv != NULL);
  g_free (priv->details);
  priv->details = g_strdup (details);
}

const char *
ms_error_get_details (const GError *error)
{
  if (error == NULL || error->domain != MS_ERROR)
    return NULL;
  const MsErrorPrivate *priv = ms_error_get_private (error);
  return priv != NULL ? priv->details : NULL;
}

int
ms_error_to_http_status (const GError *error)
{
  if (error == NULL || error->domain != MS_ERROR)
    return 500;
  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    if ((int) statuses[i].code == error->code)
      return statuses[i].status;
  /* MS_ERROR_UNTRUSTED never leaves a client. */
  return 500;
}

MsError
ms_error_from_http_status (int status)
{
  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    if (statuses[i].status == status)
      return statuses[i].code;
  return status >= 400 && status < 500 ? MS_ERROR_INVALID : MS_ERROR_INTERNAL;
}
