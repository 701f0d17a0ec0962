/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finding: one filtered request a name, and a clear word where it does not lead to exactly one
 * object.
 */
#include "config.h"

#include <string.h>

#include "ms-ctl-call.h"
#include "ms-ctl-objects.h"
#include "ms-filter.h"

#define MAX_CANDIDATES 50
#define MAX_NAMED 5u

static const struct
{
  const char *type_name;
  const char *prefix;     /* for ms_ctl_find_any() */
  const char *by_name;    /* filter, %s is the quoted text */
  const char *by_address; /* the same, where the text has an @ */
  const char *not_found;
} types[] = {
  { "User", "user:", "userName eq %s", NULL, N_ ("There is no user “%s”") },
    { "Mailbox",
      "mailbox:",
      "name eq %s",
      "address eq %s or aliases eq %s",
      N_ ("There is no mailbox “%s”") },
      { "MailGroup", "group:", "name eq %s", "address eq %s", N_ ("There is no mail group “%s”") },
        { "Group",
          "list:",
          "displayName eq %s",
          "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group:address eq %s",
          N_ ("There is no mailing list “%s”") },
          { "Domain", NULL, "name eq %s", NULL, N_ ("There is no domain “%s”") },
            { "Template", NULL, "name eq %s", NULL, N_ ("There is no template “%s”") },
          };

/* Of an operator's type: as many as there are rows. */
static gsize
type_row (const char *type_name)
{
  gsize i = 0;

  while (i < G_N_ELEMENTS (types) && !g_str_equal (types[i].type_name, type_name))
    i++;
  return i;
}

static gboolean
is_id (const char *text)
{
  return g_uuid_string_is_valid (text);
}

static char *
format_filter (const char *format, const char *text)
{
  g_autofree char *quoted = ms_filter_quote (text);
  GString         *filter = g_string_new (format);

  g_string_replace (filter, "%s", quoted, 0);
  return g_string_free (filter, FALSE);
}

static JsonArray *
query (MsCtl *ctl, const char *type_name, const char *filter, GError **error)
{
  g_autofree char *escaped = g_uri_escape_string (filter, NULL, FALSE);
  g_autofree char *endpoint = ms_connection_dup_endpoint (ctl->connection, type_name);
  g_autofree char *path
      = g_strdup_printf ("%s?count=%d&filter=%s", endpoint, MAX_CANDIDATES, escaped);
  g_autoptr (JsonObject) list = ms_ctl_get (ctl, path, error);

  return list != NULL ? ms_ctl_array (list, "Resources") : NULL;
}

/* "Sales / EMEA" and "Sales/EMEA" are the same path. */
static gboolean
same_path (const char *shown, const char *typed)
{
  g_auto (GStrv) a = g_strsplit (shown, "/", -1);
  g_auto (GStrv) b = g_strsplit (typed, "/", -1);
  gsize i = 0;

  for (; a[i] != NULL && b[i] != NULL; i++)
    {
      g_autofree char *first = g_utf8_casefold (g_strstrip (a[i]), -1);
      g_autofree char *second = g_utf8_casefold (g_strstrip (b[i]), -1);
      if (!g_str_equal (first, second))
        return FALSE;
    }
  return a[i] == NULL && b[i] == NULL;
}

static char *
describe (JsonObject *object)
{
  static const char *const names[] = { "path", "address", "userName", "displayName", "name" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (ms_ctl_string (object, names[i]) != NULL)
      return g_strdup_printf (
          "%s (%s)", ms_ctl_string (object, names[i]), ms_ctl_string (object, "id"));
  return g_strdup (ms_ctl_string (object, "id"));
}

static void
append_rest (GString *candidates, guint found)
{
  if (found == MAX_CANDIDATES)
    g_string_append (candidates, _ (" and many more"));
  else if (found > MAX_NAMED)
    g_string_append_printf (candidates, _ (" and %u more"), found - MAX_NAMED);
}

static MsResource *
pick (JsonArray *found, const char *type_name, const char *text, GError **error)
{
  g_autoptr (GString) candidates = g_string_new (NULL);

  if (json_array_get_length (found) == 1)
    {
      g_autoptr (JsonObject) object = ms_ctl_element (found, 0);
      return ms_resource_new (object);
    }
  if (json_array_get_length (found) == 0)
    {
      gsize row = type_row (type_name);
      if (row == G_N_ELEMENTS (types))
        ms_error_set (
            error, MS_ERROR_NOT_FOUND, NULL, NULL, _ ("There is no %s “%s”"), type_name, text);
      else
        {
          g_autoptr (GString) message = g_string_new (_ (types[row].not_found));
          g_string_replace (message, "%s", text, 1);
          ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, NULL, "%s", message->str);
        }
      return NULL;
    }
  for (guint i = 0; i < MIN (json_array_get_length (found), MAX_NAMED); i++)
    {
      g_autoptr (JsonObject) object = ms_ctl_element (found, i);
      g_autofree char *label = describe (object);
      g_string_append_printf (candidates, "%s%s", i > 0 ? ", " : "", label);
    }
  append_rest (candidates, json_array_get_length (found));
  ms_error_set (
      error,
      MS_ERROR_CONFLICT,
      NULL,
      NULL,
      _ ("“%s” may be one of several: %s. Name it by its id or in full"), text, candidates->str);
  return NULL;
}

static MsResource *
find_group (MsCtl *ctl, const char *text, GError **error)
{
  const char      *slash = strrchr (text, '/');
  g_autofree char *name = g_strstrip (g_strdup (slash != NULL ? slash + 1 : text));
  gsize            row = type_row ("MailGroup");
  g_autofree char *filter = format_filter (types[row].by_name, name);
  g_autoptr (JsonArray) found = query (ctl, "MailGroup", filter, error);

  if (found == NULL)
    return NULL;
  /* A name alone means the group at the top where there are several. */
  if (slash != NULL || json_array_get_length (found) > 1)
    {
      g_autoptr (JsonArray) exact = json_array_new ();
      for (guint i = 0; i < json_array_get_length (found); i++)
        {
          g_autoptr (JsonObject) object = ms_ctl_element (found, i);
          const char *path = ms_ctl_string (object, "path");
          if (path != NULL && same_path (path, text))
            json_array_add_object_element (exact, json_object_ref (object));
        }
      if (slash != NULL || json_array_get_length (exact) == 1)
        return pick (exact, "MailGroup", text, error);
    }
  return pick (found, "MailGroup", text, error);
}

/* By what its type is known by. */
static MsResource *
find_added (MsCtl *ctl, const char *type_name, const char *text, GError **error)
{
  const char *label = ms_connection_get_label_path (ctl->connection, type_name);

  if (label == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_NOT_FOUND,
                    NULL,
                    NULL,
                    _ ("%s has no attribute that names an object: name it by its id"), type_name);
      return NULL;
    }
  g_autofree char *quoted = ms_filter_quote (text);
  g_autofree char *filter = g_strdup_printf ("%s eq %s", label, quoted);
  g_autoptr (JsonArray) found = query (ctl, type_name, filter, error);
  return found != NULL ? pick (found, type_name, text, error) : NULL;
}

static MsResource *
get_object (MsCtl *ctl, const char *path, GError **error)
{
  g_autoptr (JsonObject) object = ms_ctl_get (ctl, path, error);

  return object != NULL ? ms_resource_new (object) : NULL;
}

MsResource *
ms_ctl_find (MsCtl *ctl, const char *type_name, const char *text, GError **error)
{
  gsize row = type_row (type_name);

  if (is_id (text))
    {
      g_autofree char *endpoint = ms_connection_dup_endpoint (ctl->connection, type_name);
      g_autofree char *path = g_strdup_printf ("%s/%s", endpoint, text);
      return get_object (ctl, path, error);
    }
  /* The only one, whatever it is called. */
  if (g_str_equal (type_name, "Guest"))
    return get_object (ctl, ms_type_name_to_endpoint (type_name), error);
  if (row == G_N_ELEMENTS (types))
    return find_added (ctl, type_name, text, error);
  if (g_str_equal (type_name, "MailGroup") && strchr (text, '@') == NULL)
    return find_group (ctl, text, error);

  const char      *format = strchr (text, '@') != NULL && types[row].by_address != NULL
                                ? types[row].by_address
                                : types[row].by_name;
  g_autofree char *filter = format_filter (format, text);
  g_autoptr (JsonArray) found = query (ctl, type_name, filter, error);
  if (found == NULL)
    return NULL;

  /* An address of its own is meant before the same one as an alias of others. */
  for (guint i = 0; i < json_array_get_length (found) && json_array_get_length (found) > 1; i++)
    {
      g_autoptr (JsonObject) object = ms_ctl_element (found, i);
      const char *address = ms_ctl_string (object, "address");
      if (address != NULL && g_ascii_strcasecmp (address, text) == 0)
        return ms_resource_new (object);
    }
  return pick (found, type_name, text, error);
}

char **
ms_ctl_find_ids (MsCtl *ctl, const char *type_name, char **names, GError **error)
{
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  for (gsize i = 0; names[i] != NULL; i++)
    {
      g_autoptr (MsResource) resource = ms_ctl_find (ctl, type_name, names[i], error);
      if (resource == NULL)
        return NULL;
      g_strv_builder_add (ids, ms_resource_get_id (resource));
    }
  return g_strv_builder_end (ids);
}

MsResource *
ms_ctl_find_any (MsCtl *ctl, const char *text, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (types[i].prefix != NULL && g_str_has_prefix (text, types[i].prefix))
      return ms_ctl_find (ctl, types[i].type_name, text + strlen (types[i].prefix), error);

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GError) cause = NULL;

      if (types[i].prefix == NULL)
        continue;
      g_autoptr (MsResource) resource = ms_ctl_find (ctl, types[i].type_name, text, &cause);
      if (resource != NULL)
        return g_steal_pointer (&resource);
      if (!g_error_matches (cause, MS_ERROR, MS_ERROR_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&cause));
          return NULL;
        }
    }
  ms_error_set (error,
                MS_ERROR_NOT_FOUND,
                NULL,
                NULL,
                _ ("There is no user, mailbox, mail group or mailing list “%s”"), text);
  return NULL;
}

/* "user:"; of an operator's type its name. (transfer full) */
static char *
dup_prefix (const char *type_name)
{
  gsize            row = type_row (type_name);
  g_autofree char *lower = g_ascii_strdown (type_name, -1);

  return row < G_N_ELEMENTS (types) && types[row].prefix != NULL ? g_strdup (types[row].prefix)
                                                                 : g_strconcat (lower, ":", NULL);
}

/* Like "user:", of any type, in whatever case. */
static gboolean
skip_prefix (const char *text, const char *prefix, const char **rest)
{
  if (g_ascii_strncasecmp (text, prefix, strlen (prefix)) != 0)
    return FALSE;
  *rest = text + strlen (prefix);
  return TRUE;
}

gboolean
ms_ctl_split_type (
    MsCtl *ctl, const char *text, const char **type_name, const char **name, GError **error)
{
  *type_name = NULL;
  *name = text;
  if (strchr (text, ':') == NULL)
    return TRUE;
  for (gsize i = 0; *type_name == NULL && i < G_N_ELEMENTS (types); i++)
    if (types[i].prefix != NULL && skip_prefix (text, types[i].prefix, name))
      *type_name = types[i].type_name;
  if (*type_name != NULL)
    return TRUE;
  if (!ms_ctl_load_schemas (ctl, error))
    return FALSE;
  GPtrArray *all = ms_schema_registry_get_types (ctl->schemas);
  for (guint i = 0; *type_name == NULL && i < all->len; i++)
    {
      const MsResourceType *type = g_ptr_array_index (all, i);
      g_autofree char      *prefix = g_strconcat (type->name, ":", NULL);
      if (!type->internal && skip_prefix (text, prefix, name))
        *type_name = type->name;
    }
  return TRUE;
}

/* The types that are asked only where none of the four with an own prefix has the name. */
static gboolean
is_asked_later (const MsResourceType *type)
{
  gsize row = type_row (type->name);

  return !type->internal && (row == G_N_ELEMENTS (types) || types[row].prefix == NULL);
}

/* Objects of all these types that are called @text, several types' where they have it. */
static GPtrArray *
find_later (MsCtl *ctl, const char *text, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_object_unref);

  if (!ms_ctl_load_schemas (ctl, error))
    return NULL;
  GPtrArray *all = ms_schema_registry_get_types (ctl->schemas);
  for (guint i = 0; i < all->len; i++)
    {
      const MsResourceType *type = g_ptr_array_index (all, i);
      g_autoptr (GError) cause = NULL;

      if (!is_asked_later (type) || (type->singleton && g_ascii_strcasecmp (type->name, text) != 0))
        continue;
      MsResource *object = ms_ctl_find (ctl, type->name, text, &cause);
      if (object != NULL)
        g_ptr_array_add (found, object);
      /* What one may not look at is not there for one. */
      else if (!g_error_matches (cause, MS_ERROR, MS_ERROR_NOT_FOUND)
               && !g_error_matches (cause, MS_ERROR, MS_ERROR_DENIED))
        {
          g_propagate_error (error, g_steal_pointer (&cause));
          return NULL;
        }
    }
  return g_steal_pointer (&found);
}

/* Of several types: which they are. */
static void
set_several (GPtrArray *found, const char *text, GError **error)
{
  g_autoptr (GString) candidates = g_string_new (NULL);

  for (guint i = 0; i < found->len; i++)
    {
      g_autofree char *prefix
          = dup_prefix (ms_resource_get_type_name (g_ptr_array_index (found, i)));
      g_string_append_printf (candidates, "%s%s%s", i > 0 ? ", " : "", prefix, text);
    }
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                NULL,
                _ ("“%s” may be one of several: %s. Say which"), text, candidates->str);
}

MsResource *
ms_ctl_find_anywhere (MsCtl *ctl, const char *text, GError **error)
{
  const char *type_name = NULL;
  const char *name = NULL;
  g_autoptr (GError) cause = NULL;

  if (!ms_ctl_split_type (ctl, text, &type_name, &name, error))
    return NULL;
  if (type_name != NULL)
    return ms_ctl_find (ctl, type_name, name, error);
  MsResource *usual = ms_ctl_find_any (ctl, text, &cause);
  if (usual != NULL)
    return usual;
  if (!g_error_matches (cause, MS_ERROR, MS_ERROR_NOT_FOUND))
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return NULL;
    }
  g_autoptr (GPtrArray) found = find_later (ctl, text, error);
  if (found == NULL)
    return NULL;
  if (found->len == 1)
    return g_object_ref (g_ptr_array_index (found, 0));
  if (found->len > 1)
    set_several (found, text, error);
  else
    ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, NULL, _ ("There is nothing called “%s”"), text);
  return NULL;
}

/* What each is called in a sentence; an operator's type by its name. */
static const char *
get_word (const char *type_name)
{
  static const char *const words[][2] = {
    { "User", N_ ("user") },
      { "Mailbox", N_ ("mailbox") },
        { "MailGroup", N_ ("mail group") },
          { "Group", N_ ("mailing list") },
            { "Domain", N_ ("domain") },
              { "Template", N_ ("template") },
            };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i][0], type_name))
      return _ (words[i][1]);
  return type_name;
}

static void
set_none_of (char **type_names, const char *text, GError **error)
{
  g_autoptr (GString) words = g_string_new (NULL);

  for (gsize i = 0; type_names[i] != NULL; i++)
    g_string_append_printf (
        words,
        "%s%s",
        i == 0 ? "" : type_names[i + 1] == NULL ? _ (" or ") : ", ", get_word (type_names[i]));
  ms_error_set (error, MS_ERROR_NOT_FOUND, NULL, NULL, _ ("There is no %s “%s”"), words->str, text);
}

MsResource *
ms_ctl_find_among (MsCtl *ctl, char **type_names, const char *text, GError **error)
{
  for (gsize i = 0; type_names[i] != NULL; i++)
    {
      g_autofree char *prefix = dup_prefix (type_names[i]);
      if (g_str_has_prefix (text, prefix))
        return ms_ctl_find (ctl, type_names[i], text + strlen (prefix), error);
    }
  if (type_names[1] == NULL)
    return ms_ctl_find (ctl, type_names[0], text, error);
  for (gsize i = 0; type_names[i] != NULL; i++)
    {
      g_autoptr (GError) cause = NULL;
      g_autoptr (MsResource) resource = ms_ctl_find (ctl, type_names[i], text, &cause);
      if (resource != NULL)
        return g_steal_pointer (&resource);
      if (!g_error_matches (cause, MS_ERROR, MS_ERROR_NOT_FOUND))
        {
          g_propagate_error (error, g_steal_pointer (&cause));
          return NULL;
        }
    }
  set_none_of (type_names, text, error);
  return NULL;
}

gboolean
ms_ctl_find_group_id (MsCtl *ctl, const char *path, char **id, GError **error)
{
  *id = NULL;
  if (*path == '\0' || g_str_equal (path, "/"))
    return TRUE;
  g_autoptr (MsResource) group
             = ms_ctl_find (ctl, "MailGroup", *path == '/' ? path + 1 : path, error);
  if (group == NULL)
    return FALSE;
  *id = g_strdup (ms_resource_get_id (group));
  return TRUE;
}
