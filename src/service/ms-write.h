/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What ms-write.c and its siblings share; the functions that others call are in
 * ms-service-private.h.
 */
#pragma once

#include "ms-patch.h"
#include "ms-service-private.h"

G_BEGIN_DECLS

/* (transfer full): an edit that is only @object, as a changed copy would be. */
MsEdit *ms_write_wrap (MsObject *object);
/* What a request brought has no id yet, which only the service makes. @given: (nullable): one that
 * it made before */
void ms_write_give_id (MsEdit *edit, const char *given);
/* @object has just come out of the bin, without relations; @edit puts them back. Asked as if it
 * were new, but for names that it had there: those of @stored. */
gboolean ms_write_revive (MsWrite  *self,
                          MsObject *stored,
                          MsObject *object,
                          MsEdit   *edit,
                          GError  **error) G_GNUC_WARN_UNUSED_RESULT;
/* The object at the other end of @attribute. %MS_ERROR_INVALID with the attribute's path where
 * there is none, or one of a type that cannot be there. (transfer full) */
MsObject *ms_write_get_target (MsWrite           *self,
                               const MsAttribute *attribute,
                               const char        *id,
                               GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* %MS_ERROR_INVALID at the place where the request says of the other end of a relation what is not
 * so. */
gboolean
ms_write_check_claims (MsWrite *self, MsEdit *edit, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Does the edits (element-type MsLinkEdit) of multi-valued relations, as few as are needed. */
gboolean ms_write_links (MsWrite   *self,
                         MsObject  *object,
                         GPtrArray *edits,
                         gboolean  *changed,
                         GError   **error) G_GNUC_WARN_UNUSED_RESULT;
/* @changed: (inout): set where something did. An entry that cannot be is an error, one that is
 * there already is not. */
gboolean ms_write_add_link (MsWrite           *self,
                            MsObject          *object,
                            const MsAttribute *attribute,
                            const char        *target_id,
                            gboolean          *changed,
                            GError           **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
