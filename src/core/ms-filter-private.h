/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What parser, printer and matcher of filters share, and PATCH paths use too.
 */
#pragma once

#include "ms-filter.h"

G_BEGIN_DECLS

MsFilter *ms_filter_new (MsFilterKind kind);

/* What stands between the brackets of attribute[…]; names are those of @context's sub-attributes,
 * or "value" for the elements of a simple one. */
MsFilter *ms_filter_parse_inner (const MsAttribute *context,
                                 const char        *text,
                                 gsize              length,
                                 GError           **error) G_GNUC_WARN_UNUSED_RESULT;

extern const char *const ms_filter_op_names[];
extern const char *const ms_filter_meta_names[];

/* Written where an attribute is meant that does not exist. */
#define MS_FILTER_NOTHING_TEXT "urn:none:none pr"

G_END_DECLS
