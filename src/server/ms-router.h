/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which function answers which request: tables of method, path template, function and needed right,
 * one table per ms-routes-*.c. First match wins.
 */
#pragma once

#include "ms-policy.h"
#include "ms-schema.h"

G_BEGIN_DECLS

typedef struct _MsCall MsCall;
typedef void (*MsRouteFunc) (MsCall *call);

/* Rights beside those of MsPolicyVerb. */
#define MS_RIGHT_ANYBODY (-1)   /* no log-on looked at */
#define MS_RIGHT_OPTIONAL (-2)  /* a token, if there is one, must be good */
#define MS_RIGHT_LOGGED_ON (-3) /* any user */
#define MS_RIGHT_WRITE (-4)     /* any user whose token may write; the service says what */

typedef enum
{
  MS_ROUTE_JSON = 1 << 0, /* wants a JSON object as body */
  MS_ROUTE_OPTIONAL_JSON = 1 << 1,
  MS_ROUTE_LOG_ON = 1 << 2,  /* a small JSON object, read before anybody is known */
  MS_ROUTE_UPLOAD = 1 << 3,  /* wants a file as body */
  MS_ROUTE_WORKER = 1 << 4,  /* takes long or waits for the disk: not on a connection's thread */
  MS_ROUTE_NO_HEAD = 1 << 5, /* its GET has no HEAD */
  MS_ROUTE_BULK = 1 << 6,    /* wants a JSON object that may be larger than usual */
  MS_ROUTE_SCIM_TOKENS = 1 << 7, /* also for tokens that are for /scim/v2 only */
  MS_ROUTE_UNENROLLED = 1 << 8,  /* also for who must set up the second step of logging on first */
} MsRouteFlags;

/**
 * MsRoute:
 * @path: "{type}" and "{single}" stand for the endpoint of a resource type and of a singleton, "{}"
 * for anything
 * @right: an MsPolicyVerb, asked for the resource type of the path, or one of the above
 * @query, @members: (nullable): under /api/v1, the names of the parameters and of the body's
 * members that it knows, parted by spaces; others are refused, and %NULL has none.
 * %MS_ROUTE_ANY_NAME: what reads them looks after that. Elsewhere the RFCs say what becomes of
 * unknown ones.
 */
typedef struct
{
  const char  *method;
  const char  *path;
  MsRouteFunc  func;
  int          right;
  MsRouteFlags flags;
  const char  *query;
  const char  *members;
} MsRoute;

#define MS_ROUTE_ANY_NAME "*"

/* Each ends with a row without method. */
extern const MsRoute ms_routes_discovery[];
extern const MsRoute ms_routes_me[];
extern const MsRoute ms_routes_bulk[];
extern const MsRoute ms_routes_scim[];
extern const MsRoute ms_routes_session[];
extern const MsRoute ms_routes_second_step[];
extern const MsRoute ms_routes_tokens[];
extern const MsRoute ms_routes_server[];
extern const MsRoute ms_routes_backups[];
extern const MsRoute ms_routes_accounts[];
extern const MsRoute ms_routes_actions[];
extern const MsRoute ms_routes_changes[];
extern const MsRoute ms_routes_audit[];
extern const MsRoute ms_routes_bin[];
extern const MsRoute ms_routes_feed[];
extern const MsRoute ms_routes_history[];
extern const MsRoute ms_routes_settings[];
extern const MsRoute ms_routes_events[];
extern const MsRoute ms_routes_imports[];
extern const MsRoute ms_routes_export[];
extern const MsRoute ms_routes_ranges[];
extern const MsRoute ms_routes_connections[];
extern const MsRoute ms_routes_directories[];
extern const MsRoute ms_routes_explain[];
extern const MsRoute ms_routes_search[];
extern const MsRoute ms_routes_schemas[];

#define MS_ROUTE_MAX_PARAMETERS 3

/**
 * MsMatch:
 * @route: (nullable): %NULL where the path or the method is unknown
 * @type: (nullable): that the path names
 * @parameters: what stood at "{}", borrowed from the segments
 * @allow: (nullable): methods that the path does have, where only the method was wrong
 */
typedef struct
{
  const MsRoute        *route;
  const MsResourceType *type;
  const char           *parameters[MS_ROUTE_MAX_PARAMETERS];
  char                 *allow;
} MsMatch;

void
ms_router_match (MsSchemaRegistry *schemas, const char *method, char **segments, MsMatch *match);

G_END_DECLS
