/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mail groups: a tree without cycles, names unique among siblings, nothing lost when one is
 * deleted.
 */
#include "ms-rules.h"

#include <string.h>

#include "ms-error.h"
#include "ms-filter.h"
#include "ms-txn.h"

/* Deeper than any organisation, and bounded: paths and inheritance walk up. */
#define MAX_DEPTH 32

static gboolean
check_place (MsWrite *write, MsObject *group, GError **error)
{
  const char *id = ms_object_get_id (group);
  const char *parent = ms_object_get_link (group, "parent");

  if (parent == NULL)
    return TRUE;
  if (g_strcmp0 (parent, id) == 0)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "parent",
                    "A mail group cannot be inside itself");
      return FALSE;
    }

  g_autoptr (GPtrArray) ancestors = ms_txn_list_ancestors (write->txn, parent, error);
  if (ancestors == NULL)
    return FALSE;
  for (guint i = 0; i < ancestors->len; i++)
    if (g_strcmp0 (g_ptr_array_index (ancestors, i), id) == 0)
      {
        ms_error_set (error,
                      MS_ERROR_INVALID,
                      "invalidValue",
                      "parent",
                      "A mail group cannot be inside one that is below it");
        return FALSE;
      }
  /* The parent and the group itself, with all that come along below it. */
  gint64 above = (gint64) ancestors->len + 2, below = 0;
  if (!ms_txn_measure_below (write->txn, id, MAX_DEPTH, &below, error))
    return FALSE;
  if (above + below <= MAX_DEPTH)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                "parent",
                "Mail groups nest at most %d deep",
                MAX_DEPTH);
  return FALSE;
}

gboolean
ms_rules_find_sibling (MsWrite    *write,
                       const char *name,
                       const char *parent,
                       const char *except,
                       MsObject  **sibling,
                       GError    **error)
{
  g_autofree char *quoted = ms_filter_quote (name);
  g_autofree char *quoted_parent = parent != NULL ? ms_filter_quote (parent) : NULL;
  g_autofree char *place = parent != NULL ? g_strdup_printf ("parent.value eq %s", quoted_parent)
                                          : g_strdup ("not (parent pr)");
  g_autoptr (GPtrArray) found = NULL;

  *sibling = NULL;
  if (!ms_write_query (write,
                       write->types->mail_group,
                       2,
                       &found,
                       NULL,
                       error,
                       "name eq %s and %s",
                       quoted,
                       place))
    return FALSE;
  for (guint i = 0; *sibling == NULL && i < found->len; i++)
    if (g_strcmp0 (ms_object_get_id (g_ptr_array_index (found, i)), except) != 0)
      *sibling = ms_object_ref (g_ptr_array_index (found, i));
  return TRUE;
}

static gboolean
check_siblings (MsWrite *write, MsObject *group, GError **error)
{
  const char *name = ms_object_get_string (group, "name");
  g_autoptr (MsObject) sibling = NULL;

  if (write->exchanging)
    return TRUE;
  if (!ms_rules_find_sibling (write,
                              name,
                              ms_object_get_link (group, "parent"),
                              ms_object_get_id (group),
                              &sibling,
                              error))
    return FALSE;
  if (sibling == NULL)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                "uniqueness",
                "name",
                "There is a mail group “%s” here already",
                name);
  return FALSE;
}

static gboolean
prepare (MsWrite *write, MsObject *before, MsEdit *edit, GError **error)
{
  MsObject *after = edit->object;

  if (!ms_rules_check_name (write, before, after, "name", MS_NAME_FREEFORM, error))
    return FALSE;
  if (strchr (ms_object_get_string (after, "name"), '/') != NULL)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    "name",
                    "The name of a mail group cannot hold “/”, which parts the names in a path");
      return FALSE;
    }

  gboolean placed
      = before == NULL
        || g_strcmp0 (ms_object_get_link (before, "parent"), ms_object_get_link (after, "parent"))
               != 0;
  gboolean named
      = before == NULL
        || g_strcmp0 (ms_object_get_string (before, "name"), ms_object_get_string (after, "name"))
               != 0;
  if (placed && !check_place (write, after, error))
    return FALSE;
  if ((placed || named) && !check_siblings (write, after, error))
    return FALSE;
  return ms_rules_normalize_address (write, before, after, "address", TRUE, error)
         && ms_rules_prepare_aliases (write, before, after, error);
}

static gboolean
move_to (MsWrite *write, MsObject *child, const char *path, const char *parent, GError **error)
{
  g_autoptr (MsObject) after = ms_object_copy (child);

  ms_object_set_link (after, path, parent);
  g_autoptr (MsObject) moved = ms_write_update_object (write, child, after, NULL, error);
  return moved != NULL;
}

/* Sees to what is at the other end of @path: mailboxes ("group") or mail groups ("parent"). */
static gboolean
release_children (
    MsWrite *write, MsObject *group, const MsResourceType *type, const char *path, GError **error)
{
  g_autoptr (GPtrArray) children
             = ms_txn_list_links (write->txn, ms_object_get_id (group), path, TRUE, 0, error);

  if (children == NULL)
    return FALSE;
  for (guint i = 0; i < children->len; i++)
    {
      const MsLinkTarget *target = g_ptr_array_index (children, i);
      if (target->type != type)
        continue;
      g_autoptr (MsObject) child = ms_txn_get_object (write->txn, type, target->id, error);
      if (child == NULL)
        return FALSE;
      gboolean done
          = strcmp (write->content, "delete") == 0
                ? ms_write_delete (write, child, error)
                : move_to (write, child, path, ms_object_get_link (group, "parent"), error);
      if (!done)
        return FALSE;
    }
  return TRUE;
}

static gboolean
remove_group (MsWrite *write, MsObject *group, GError **error)
{
  const MsServiceTypes *types = &write->service->types;
  gint64                here = 0, below = 0, groups = 0;

  if (!ms_txn_count_group (write->txn, ms_object_get_id (group), &here, &below, &groups, error))
    return FALSE;
  if (here == 0 && groups == 0)
    return TRUE;
  if (write->content == NULL)
    {
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    NULL,
                    "“%s” is not empty: mailboxes in it: %" G_GINT64_FORMAT
                    ", mail groups: %" G_GINT64_FORMAT,
                    ms_object_get_label (group),
                    here,
                    groups);
      return FALSE;
    }
  return release_children (write, group, types->mail_group, "parent", error)
         && release_children (write, group, types->mailbox, "group", error);
}

const MsRules ms_rules_mail_group = {
  .address = "address",
  .aliases = "aliases",
  .prepare = prepare,
  .remove = remove_group,
};
