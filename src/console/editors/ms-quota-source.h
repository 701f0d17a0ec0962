/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where a limit that is not set comes from: "Inherit: 2 GB from Sales".
 */
#pragma once

#include "ms-connection.h"
#include "ms-form.h"
#include "ms-reference-field.h"
#include "ms-size-field.h"

G_BEGIN_DECLS

#define MS_TYPE_QUOTA_SOURCE (ms_quota_source_get_type ())
G_DECLARE_FINAL_TYPE (MsQuotaSource, ms_quota_source, MS, QUOTA_SOURCE, GObject)

/* Follows @group and tells @size what it would inherit. Lives until it is disposed; cancelled then.
 */
MsQuotaSource *ms_quota_source_new (MsConnection     *connection,
                                    MsForm           *form,
                                    MsReferenceField *group,
                                    MsSizeField      *size);

G_END_DECLS
