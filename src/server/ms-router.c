/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finding the route of a request.
 */
#include "ms-router.h"
#include <string.h>

/* One table, one line: what is added does not move the others. */
/* clang-format off */
static const MsRoute *const tables[] = {
  ms_routes_discovery,
  ms_routes_me,
  ms_routes_bulk,
  ms_routes_scim,
  ms_routes_session,
  ms_routes_second_step,
  ms_routes_tokens,
  ms_routes_server,
  ms_routes_backups,
  ms_routes_accounts,
  ms_routes_actions,
  ms_routes_changes,
  ms_routes_events,
  ms_routes_imports,
  ms_routes_export,
  ms_routes_ranges,
  ms_routes_connections,
  ms_routes_directories,
  ms_routes_explain,
  ms_routes_search,
  ms_routes_audit,
  ms_routes_bin,
  ms_routes_feed,
  ms_routes_history,
  ms_routes_settings,
  ms_routes_schemas,
};
/* clang-format on */

static const MsResourceType *
find_type (MsSchemaRegistry *schemas, const char *segment, gboolean singleton)
{
  char endpoint[128];

  if ((gsize) g_snprintf (endpoint, sizeof endpoint, "/%s", segment) >= sizeof endpoint)
    return NULL;
  const MsResourceType *type = ms_schema_registry_get_type_by_endpoint (schemas, endpoint);
  return type != NULL && !type->singleton == !singleton ? type : NULL;
}

/* One segment against the template's, which is @length long at @pattern. */
static gboolean
match_segment (MsSchemaRegistry *schemas,
               const char       *pattern,
               gsize             length,
               const char       *segment,
               MsMatch          *match,
               guint            *n_parameters)
{
  if (*pattern != '{')
    return strlen (segment) == length && strncmp (pattern, segment, length) == 0;
  /* No name begins with a dot; ".search" is an address of its own. */
  if (*segment == '\0' || *segment == '.')
    return FALSE;
  if (length == 2)
    {
      g_assert (*n_parameters < MS_ROUTE_MAX_PARAMETERS);
      match->parameters[(*n_parameters)++] = segment;
      return TRUE;
    }
  match->type = find_type (schemas, segment, strncmp (pattern, "{single}", length) == 0);
  return match->type != NULL;
}

static gboolean
match_path (MsSchemaRegistry *schemas, const char *path, char **segments, MsMatch *match)
{
  guint n_parameters = 0;

  match->type = NULL;
  memset (match->parameters, 0, sizeof match->parameters);
  for (; *segments != NULL && *path == '/'; segments++)
    {
      const char *pattern = path + 1;
      path = strchrnul (pattern, '/');
      if (!match_segment (
              schemas, pattern, (gsize) (path - pattern), *segments, match, &n_parameters))
        return FALSE;
    }
  return *segments == NULL && *path == '\0';
}

static gboolean
is_method (const MsRoute *route, const char *method)
{
  if (strcmp (method, "HEAD") == 0)
    return strcmp (route->method, "GET") == 0 && (route->flags & MS_ROUTE_NO_HEAD) == 0;
  return strcmp (route->method, method) == 0;
}

static void
add_allowed (GString *allow, const MsRoute *route)
{
  if (strstr (allow->str, route->method) == NULL)
    g_string_append_printf (allow, "%s%s", allow->len > 0 ? ", " : "", route->method);
  if (is_method (route, "HEAD") && strstr (allow->str, "HEAD") == NULL)
    g_string_append (allow, ", HEAD");
}

void
ms_router_match (MsSchemaRegistry *schemas, const char *method, char **segments, MsMatch *match)
{
  g_autoptr (GString) allow = g_string_new (NULL);

  memset (match, 0, sizeof *match);
  for (gsize t = 0; t < G_N_ELEMENTS (tables); t++)
    for (const MsRoute *route = tables[t]; route->method != NULL; route++)
      {
        if (!match_path (schemas, route->path, segments, match))
          continue;
        if (is_method (route, method))
          {
            match->route = route;
            return;
          }
        add_allowed (allow, route);
      }
  if (allow->len > 0)
    g_string_append (allow, ", OPTIONS");
  if (allow->len > 0)
    match->allow = g_string_free (g_steal_pointer (&allow), FALSE);
}
