/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Objects as people name them: by login, address, name, path or id. And what people want of them:
 * KEY=VALUE.
 */
#pragma once

#include "ms-ctl.h"

G_BEGIN_DECLS

/* From now on ctl->schemas has what the server's operators have added too. */
gboolean ms_ctl_load_schemas (MsCtl *ctl, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Any type of the server's, by its name or the last part of its address. */
const MsResourceType *
ms_ctl_find_type (MsCtl *ctl, const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* An attribute by its path, where an extension's URN may be left out. %NULL with an error where
 * there is none, or several. */
const MsAttribute *ms_ctl_find_attribute (MsCtl      *ctl,
                                          const char *type_name,
                                          const char *key,
                                          GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* What an object is called, of whichever type. */
const char *ms_ctl_get_label (MsCtl *ctl, MsResource *resource);
/* What @text means as a value of @attribute, of several ones as an array. (transfer full) */
JsonNode *ms_ctl_parse_value (MsCtl             *ctl,
                              const MsAttribute *attribute,
                              const char        *text,
                              GError           **error) G_GNUC_WARN_UNUSED_RESULT;

/* NOT_FOUND where there is none, CONFLICT (naming them) where there are several. (transfer full) */
MsResource *ms_ctl_find (MsCtl *ctl, const char *type_name, const char *text, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Ids of all of @names; fails at the first that is not there. (transfer full) */
char **ms_ctl_find_ids (MsCtl *ctl, const char *type_name, char **names, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* "user:ann", "mailbox:…", "group:…", "list:…" or without prefix whichever there is: (transfer
 * full) */
MsResource *
ms_ctl_find_any (MsCtl *ctl, const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of @type_names only, operators' types among them ("printer:hall"): the first of them
 * that has one of that name. (transfer full) */
MsResource *ms_ctl_find_among (MsCtl *ctl, char **type_names, const char *text, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* What an object's type is where it stands before its name ("printer:hall"); %NULL and @text itself
 * where none does. @type_name: (out) (nullable) */
gboolean ms_ctl_split_type (MsCtl       *ctl,
                            const char  *text,
                            const char **type_name,
                            const char **name,
                            GError     **error) G_GNUC_WARN_UNUSED_RESULT;
/* Of any type: one that stands before the name, else as ms_ctl_find_any(), else the only one of
 * another type that is called so. (transfer full) */
MsResource *
ms_ctl_find_anywhere (MsCtl *ctl, const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "user:john", "john": the one in the bin that was called so; an id is taken as it is. (transfer
 * full): its id */
char *ms_ctl_find_in_bin (MsCtl *ctl, const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* An id, whether or not it is there now; or what people call one that is, or that is in the bin.
 * (transfer full): its id */
char *ms_ctl_find_ever (MsCtl *ctl, const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A mail group by path, where "/" and "" are the top: (transfer full) (nullable): %NULL without
 * error is the top */
gboolean ms_ctl_find_group_id (MsCtl *ctl, const char *path, char **id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* "key=value", "key+=value", "key-=value", "key=" as PATCH operations on @object, checked against
 * its type's schemas; NOT_FOUND where it has not what is to be taken from it. (transfer full) */
JsonArray *ms_ctl_parse_patch (MsCtl *ctl, MsResource *object, char **settings, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The same for a new object: only "key=value". Puts them into @into. */
gboolean ms_ctl_parse_create (MsCtl      *ctl,
                              const char *type_name,
                              char      **settings,
                              JsonObject *into,
                              GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* An operation more: {"op","path","value"} with a text. */
void
ms_ctl_add_operation (JsonArray *operations, const char *op, const char *path, const char *value);

G_END_DECLS
