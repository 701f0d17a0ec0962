/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Edits of multi-valued relations. Adding or removing single entries costs the same however long
 * the list is; only edits that speak of all entries ("replace", "remove matching") read them, and
 * then write just what differs. Of several that speak of one entry the last counts: what a request
 * gives and takes back is no change (RFC 7644 §3.5.2.1).
 */
#include "ms-write.h"

#include <string.h>

#include "ms-error.h"
#include "ms-rules.h"
#include "ms-txn.h"

static void
link_edit_free (gpointer data)
{
  MsLinkEdit *edit = data;

  g_clear_pointer (&edit->filter, ms_filter_free);
  g_free (edit->target);
  g_free (edit);
}

MsEdit *
ms_write_wrap (MsObject *object)
{
  MsEdit *edit = g_new0 (MsEdit, 1);

  edit->object = ms_object_ref (object);
  edit->links = g_ptr_array_new_with_free_func (link_edit_free);
  edit->secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  edit->ignored = ms_ignored_new ();
  return edit;
}

static gboolean
check_link (MsWrite           *self,
            MsObject          *object,
            const MsAttribute *attribute,
            const char        *target_id,
            GError           **error)
{
  const MsRules *rules = ms_rules_find (ms_object_get_type (object));

  g_autoptr (MsObject) target = ms_write_get_target (self, attribute, target_id, error);
  return target != NULL
         && (rules->check_link == NULL
             || rules->check_link (self, object, attribute, target, error));
}

gboolean
ms_write_add_link (MsWrite           *self,
                   MsObject          *object,
                   const MsAttribute *attribute,
                   const char        *target_id,
                   gboolean          *changed,
                   GError           **error)
{
  gboolean is_new = FALSE;

  if (!check_link (self, object, attribute, target_id, error)
      || !ms_txn_add_link (self->txn, object, attribute, target_id, &is_new, error)
      || (is_new && !ms_rules_check_entry (self, object, attribute, error)))
    return FALSE;
  *changed |= is_new;
  return TRUE;
}

static gboolean
remove_link (MsWrite           *self,
             MsObject          *object,
             const MsAttribute *attribute,
             const char        *target_id,
             gboolean          *changed,
             GError           **error)
{
  gboolean was_there = FALSE;

  if (!ms_txn_remove_link (self->txn, object, attribute, target_id, &was_there, error))
    return FALSE;
  *changed |= was_there;
  return TRUE;
}

/* What is said of the other end ---------------------------------------------------------------- */

/* Whether @uri, absolute or relative, by whatever name of this server, ends in the endpoint and id
 * of @target; one of an id alone is taken. */
static gboolean
leads_to (const char *uri, MsObject *target)
{
  g_autofree char *path = g_strndup (uri, strcspn (uri, "?#"));
  const char      *endpoint = ms_object_get_type (target)->endpoint;

  while (g_str_has_suffix (path, "/"))
    path[strlen (path) - 1] = '\0';
  char *slash = strrchr (path, '/');
  if (strcmp (slash != NULL ? slash + 1 : path, ms_object_get_id (target)) != 0)
    return FALSE;
  if (slash == NULL)
    return TRUE;
  *slash = '\0';
  char *before = strrchr (path, '/');
  return g_ascii_strcasecmp (before != NULL ? before + 1 : path, endpoint + 1) == 0;
}

gboolean
ms_write_check_claims (MsWrite *self, MsEdit *edit, GError **error)
{
  g_autoptr (MsObject) target = NULL;
  const char *id = NULL;

  for (guint i = 0; edit->claims != NULL && i < edit->claims->len; i++)
    {
      const MsLinkClaim *claim = g_ptr_array_index (edit->claims, i);

      /* "type" and "$ref" of one stand together. */
      if (g_strcmp0 (id, claim->target) != 0)
        {
          g_clear_pointer (&target, ms_object_unref);
          id = claim->target;
          if (!ms_txn_look_up (self->txn, NULL, id, &target, error))
            return FALSE;
        }
      /* What is not there is told of by whoever needs it. */
      if (target == NULL
          || (strcmp (claim->part->name, "type") == 0
                  ? g_ascii_strcasecmp (claim->value, ms_object_get_type (target)->name) == 0
                  : leads_to (claim->value, target)))
        continue;
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    "invalidValue",
                    claim->path,
                    "“%s” contradicts “value”, which is the id of a %s",
                    claim->path,
                    ms_object_get_type (target)->name);
      return FALSE;
    }
  return TRUE;
}

/* Entries -------------------------------------------------------------------------------------- */

/* An entry as a filter sees it. (transfer full) */
static JsonNode *
make_element (const char *id, const MsResourceType *type, const char *label)
{
  g_autoptr (JsonObject) element = json_object_new ();

  json_object_set_string_member (element, "value", id);
  json_object_set_string_member (element, "type", type->name);
  json_object_set_string_member (element, "display", label);
  return json_node_init_object (json_node_alloc (), element);
}

/* (transfer full): id -> element */
static GHashTable *
make_elements (GPtrArray *current)
{
  GHashTable *elements
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) json_node_unref);

  for (guint i = 0; i < current->len; i++)
    {
      const MsLinkTarget *target = g_ptr_array_index (current, i);
      g_hash_table_insert (
          elements, g_strdup (target->id), make_element (target->id, target->type, target->label));
    }
  return elements;
}

/* Takes out of @wanted what @edit matches. @elements: of those that were looked at; what the same
 * request added comes to them. */
static gboolean
keep_unmatched (
    MsWrite *self, const MsLinkEdit *edit, GHashTable *elements, GHashTable *wanted, GError **error)
{
  GHashTableIter iter;
  gpointer       id;

  g_hash_table_iter_init (&iter, wanted);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    {
      JsonNode *element = g_hash_table_lookup (elements, id);
      if (element == NULL)
        {
          g_autoptr (MsObject) target = ms_write_get_target (self, edit->attribute, id, error);
          if (target == NULL)
            return FALSE;
          element = make_element (id, ms_object_get_type (target), ms_object_get_label (target));
          g_hash_table_insert (elements, g_strdup (id), element);
        }
      if (ms_filter_matches_element (edit->filter, edit->attribute, element))
        g_hash_table_iter_remove (&iter);
    }
  return TRUE;
}

/* What the entries of @attribute shall be after all of @edits that speak of it. (transfer full)
 * (nullable) */
static GHashTable *
compute_wanted (MsWrite           *self,
                GPtrArray         *edits,
                const MsAttribute *attribute,
                GPtrArray         *current,
                GError           **error)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) elements = NULL;

  for (guint i = 0; i < current->len; i++)
    g_hash_table_add (wanted, g_strdup (((MsLinkTarget *) g_ptr_array_index (current, i))->id));
  for (guint i = 0; i < edits->len; i++)
    {
      const MsLinkEdit *edit = g_ptr_array_index (edits, i);
      if (edit->attribute != attribute)
        continue;
      switch (edit->op)
        {
        case MS_LINK_ADD:
          g_hash_table_add (wanted, g_strdup (edit->target));
          break;
        case MS_LINK_REMOVE:
          g_hash_table_remove (wanted, edit->target);
          break;
        case MS_LINK_REMOVE_ALL:
          g_hash_table_remove_all (wanted);
          break;
        case MS_LINK_REMOVE_MATCHING:
          if (elements == NULL)
            elements = make_elements (current);
          if (!keep_unmatched (self, edit, elements, wanted, error))
            return NULL;
          break;
        default:
          g_assert_not_reached ();
        }
    }
  return g_steal_pointer (&wanted);
}

/* What is set once is set by the first write that gives it entries. An undo takes back also that.
 */
static gboolean
check_set_once (MsWrite           *self,
                const MsAttribute *attribute,
                GPtrArray         *current,
                GHashTable        *wanted,
                GError           **error)
{
  gboolean same = g_hash_table_size (wanted) == current->len;

  if (attribute->mutability != MS_MUTABILITY_IMMUTABLE || current->len == 0 || self->undoing)
    return TRUE;
  for (guint i = 0; same && i < current->len; i++)
    same = g_hash_table_contains (wanted, ((MsLinkTarget *) g_ptr_array_index (current, i))->id);
  if (!same)
    ms_error_set (error,
                  MS_ERROR_INVALID,
                  "mutability",
                  attribute->path,
                  "“%s” cannot be changed once it is set",
                  attribute->path);
  return same;
}

static gboolean
write_difference (MsWrite           *self,
                  MsObject          *object,
                  GPtrArray         *edits,
                  const MsAttribute *attribute,
                  gboolean          *changed,
                  GError           **error)
{
  g_autoptr (GPtrArray) current = ms_txn_list_links (
      self->txn, ms_object_get_id (object), attribute->path, FALSE, 0, error);
  if (current == NULL)
    return FALSE;

  g_autoptr (GHashTable) wanted = compute_wanted (self, edits, attribute, current, error);
  if (wanted == NULL || !check_set_once (self, attribute, current, wanted, error))
    return FALSE;
  for (guint i = 0; i < current->len; i++)
    {
      const MsLinkTarget *target = g_ptr_array_index (current, i);
      if (!g_hash_table_remove (wanted, target->id)
          && !remove_link (self, object, attribute, target->id, changed, error))
        return FALSE;
    }

  /* In the order in which they were asked for. */
  for (guint i = 0; i < edits->len; i++)
    {
      const MsLinkEdit *edit = g_ptr_array_index (edits, i);
      if (edit->attribute == attribute && edit->op == MS_LINK_ADD
          && g_hash_table_remove (wanted, edit->target)
          && !ms_write_add_link (self, object, attribute, edit->target, changed, error))
        return FALSE;
    }
  return TRUE;
}

/* The attributes of which one of @edits speaks of all entries, or all count because they are set
 * once. */
static GHashTable *
find_wholes (GPtrArray *edits)
{
  GHashTable *wholes = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < edits->len; i++)
    {
      const MsLinkEdit *edit = g_ptr_array_index (edits, i);
      if (edit->op == MS_LINK_REMOVE_ALL || edit->op == MS_LINK_REMOVE_MATCHING
          || edit->attribute->mutability == MS_MUTABILITY_IMMUTABLE)
        g_hash_table_add (wholes, (gpointer) edit->attribute);
    }
  return wholes;
}

static char *
make_entry_key (const MsLinkEdit *edit)
{
  return g_strconcat (edit->attribute->path, "\n", edit->target, NULL);
}

/* (transfer full): key of an entry -> the last edit that speaks of it, where there are several
 * edits at all */
static GHashTable *
find_last (GPtrArray *edits)
{
  GHashTable *last = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; edits->len > 1 && i < edits->len; i++)
    {
      MsLinkEdit *edit = g_ptr_array_index (edits, i);
      if (edit->target != NULL)
        g_hash_table_replace (last, make_entry_key (edit), edit);
    }
  return last;
}

/* One that a later one takes back must be possible all the same. */
static gboolean
write_entry (MsWrite          *self,
             MsObject         *object,
             const MsLinkEdit *edit,
             GHashTable       *last,
             gboolean         *changed,
             GError          **error)
{
  g_autofree char  *key = make_entry_key (edit);
  const MsLinkEdit *later = g_hash_table_lookup (last, key);
  gboolean          counts = later == NULL || later == edit;

  if (edit->op != MS_LINK_ADD)
    return !counts || remove_link (self, object, edit->attribute, edit->target, changed, error);
  return counts ? ms_write_add_link (self, object, edit->attribute, edit->target, changed, error)
                : check_link (self, object, edit->attribute, edit->target, error);
}

gboolean
ms_write_links (
    MsWrite *self, MsObject *object, GPtrArray *edits, gboolean *changed, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) wholes = find_wholes (edits);
  g_autoptr (GHashTable) last = find_last (edits);

  for (guint i = 0; i < edits->len; i++)
    {
      const MsLinkEdit  *edit = g_ptr_array_index (edits, i);
      const MsAttribute *attribute = edit->attribute;
      gboolean           done;

      if (!g_hash_table_contains (seen, attribute)
          && !ms_policy_check (self->actor, MS_POLICY_UPDATE, NULL, object, attribute->path, error))
        return FALSE;
      if (g_hash_table_contains (wholes, attribute))
        done = !g_hash_table_add (seen, (gpointer) attribute)
               || write_difference (self, object, edits, attribute, changed, error);
      else
        done = write_entry (self, object, edit, last, changed, error);
      if (!done)
        return FALSE;
    }
  return TRUE;
}
