/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is written is looked for as a reader would: nothing else tells whether a label that need not
 * be unique, or one that looks like a type with a name behind it, leads back to its object. Only
 * names that the store keeps unique are spared that.
 */
#include "ms-end-names.h"

#include <string.h>

#include "ms-address.h"
#include "ms-domains.h"
#include "ms-error.h"
#include "ms-filter.h"
#include "ms-rules.h"

#define LIST_ADDRESS MS_URN_EXT_GROUP ":address"

/* Types -------------------------------------------------------------------------------------- */

/* (transfer full) */
static char *
dup_prefix (MsEndNames *self, const MsResourceType *type)
{
  const MsServiceTypes *types = self->values->types;

  if (type == types->mail_group)
    return g_strdup ("group:");
  if (type == types->list)
    return g_strdup ("list:");
  g_autofree char *lower = g_ascii_strdown (type->name, -1);
  return g_strconcat (lower, ":", NULL);
}

/* (nullable): what is behind the type in @text */
static const char *
skip_prefix (MsEndNames *self, const MsResourceType *type, const char *text)
{
  g_autofree char *prefix = dup_prefix (self, type);

  if (type == self->values->types->list && g_str_has_prefix (text, MS_END_LIST_NAME))
    return text + strlen (MS_END_LIST_NAME);
  return g_str_has_prefix (text, prefix) ? text + strlen (prefix) : NULL;
}

/* (nullable): at the end */
static const MsResourceType *
get_type (MsEndNames *self, const MsAttribute *relation, guint i)
{
  return relation->relation_types[i] != NULL
             ? ms_schema_registry_get_type_by_name (self->schemas, relation->relation_types[i])
             : NULL;
}

const char *
ms_end_names_skip_type (MsEndNames *self, const MsAttribute *relation, const char *text)
{
  const MsResourceType *type;

  for (guint i = 0; (type = get_type (self, relation, i)) != NULL; i++)
    {
      const char *name = skip_prefix (self, type, text);
      if (name != NULL)
        return name;
    }
  return text;
}

/* Finding ------------------------------------------------------------------------------------ */

gboolean
ms_end_names_find_user (MsEndNames *self, const char *name, MsObject **found, GError **error)
{
  g_autoptr (GError) failed = NULL;

  *found
      = ms_txn_find_object (self->write->txn, self->values->types->user, "userName", name, &failed);
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

gboolean
ms_end_names_find_group (MsEndNames *self, const char *path, MsObject **found, GError **error)
{
  g_autoptr (GError) failed = NULL;

  *found = ms_write_resolve_group (self->write, NULL, path, FALSE, &failed);
  if (failed == NULL || g_error_matches (failed, MS_ERROR, MS_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

gboolean
ms_end_names_find_address (
    MsEndNames *self, const char *address, const char *path, MsObject **found, GError **error)
{
  const char *primary = ms_write_get_primary_domain (self->write, error);
  g_autoptr (GError) failed = NULL;

  *found = NULL;
  if (primary == NULL)
    return FALSE;
  g_autofree char *normal = ms_address_normalize (address, primary, path, error);
  if (normal == NULL)
    return FALSE;
  g_autofree char *spelled
      = ms_domain_spell_address (self->write->txn, self->write->types, normal, error);
  if (spelled == NULL)
    return FALSE;
  *found = ms_txn_find_address (self->write->txn, spelled, &failed);
  if (failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failed));
  return FALSE;
}

/* The one object of @type whose @label is @name. @also: further condition */
static gboolean
find_label (MsEndNames           *self,
            const MsResourceType *type,
            const char           *label,
            const char           *name,
            const char           *also,
            MsObject            **found,
            gboolean             *is_ambiguous,
            GError              **error)
{
  g_autofree char *quoted = ms_filter_quote (name);
  g_autoptr (GPtrArray) hits = NULL;

  *found = NULL;
  if (!ms_write_query (self->write, type, 2, &hits, NULL, error, "%s eq %s%s", label, quoted, also))
    return FALSE;
  *is_ambiguous = hits->len > 1;
  if (hits->len == 1)
    *found = ms_object_ref (hits->pdata[0]);
  return TRUE;
}

gboolean
ms_end_names_find_list (
    MsEndNames *self, const char *name, MsObject **found, gboolean *is_ambiguous, GError **error)
{
  static const char *const also[] = { " and not (" LIST_ADDRESS " pr)", "" };
  const MsResourceType    *type = self->values->types->list;

  *found = NULL;
  *is_ambiguous = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (also) && *found == NULL && !*is_ambiguous; i++)
    if (!find_label (self, type, "displayName", name, also[i], found, is_ambiguous, error))
      return FALSE;
  return TRUE;
}

/* The mailbox or list that has the address; what is no address is nobody's. */
static gboolean
find_addressed (MsEndNames           *self,
                const MsResourceType *type,
                const char           *text,
                MsObject            **found,
                GError              **error)
{
  g_autoptr (GError) failed = NULL;

  if (!ms_end_names_find_address (self, text, NULL, found, &failed)
      && !g_error_matches (failed, MS_ERROR, MS_ERROR_INVALID))
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return FALSE;
    }
  if (*found != NULL && ms_object_get_type (*found) != type)
    g_clear_pointer (found, ms_object_unref);
  return TRUE;
}

/* @text: with nothing before the name */
static gboolean
find_of_type (MsEndNames           *self,
              const MsResourceType *type,
              const char           *text,
              MsObject            **found,
              gboolean             *is_ambiguous,
              GError              **error)
{
  const MsServiceTypes *types = self->values->types;
  const MsAttribute    *label = ms_resource_type_get_label (type);

  *found = NULL;
  *is_ambiguous = FALSE;
  if (type == types->user)
    return ms_end_names_find_user (self, text, found, error);
  if (type == types->mail_group)
    return ms_end_names_find_group (self, text, found, error);
  if ((type == types->mailbox || type == types->list) && strchr (text, '@') != NULL)
    return find_addressed (self, type, text, found, error);
  if (type == types->list)
    return ms_end_names_find_list (self, text, found, is_ambiguous, error);
  return label == NULL
         || find_label (self, type, label->path, text, "", found, is_ambiguous, error);
}

static gboolean
find_id (MsEndNames        *self,
         const MsAttribute *relation,
         const char        *text,
         MsObject         **found,
         GError           **error)
{
  *found = NULL;
  if (!g_uuid_string_is_valid (text))
    return TRUE;
  if (!ms_txn_look_up (self->write->txn, NULL, text, found, error))
    return FALSE;
  const char *const *names = (const char *const *) relation->relation_types;
  if (*found != NULL && !g_strv_contains (names, ms_object_get_type (*found)->name))
    g_clear_pointer (found, ms_object_unref);
  return TRUE;
}

gboolean
ms_end_names_find (MsEndNames        *self,
                   const MsAttribute *relation,
                   const char        *text,
                   MsObject         **found,
                   gboolean          *is_ambiguous,
                   GError           **error)
{
  const char *name = ms_end_names_skip_type (self, relation, text);
  gboolean    is_list_name = g_str_has_prefix (text, MS_END_LIST_NAME) && name != text;
  g_autoptr (MsObject) only = NULL;
  const MsResourceType *type;

  *found = NULL;
  *is_ambiguous = FALSE;
  for (guint i = 0; (type = get_type (self, relation, i)) != NULL; i++)
    {
      g_autoptr (MsObject) hit = NULL;
      gboolean several = FALSE;

      if (name != text && skip_prefix (self, type, text) != name)
        continue;
      if (is_list_name && type == self->values->types->list
              ? !ms_end_names_find_list (self, name, &hit, &several, error)
              : !find_of_type (self, type, name, &hit, &several, error))
        return FALSE;
      *is_ambiguous |= several || (hit != NULL && only != NULL);
      if (only == NULL)
        only = g_steal_pointer (&hit);
    }
  if (*is_ambiguous)
    return TRUE;
  *found = g_steal_pointer (&only);
  return *found != NULL || find_id (self, relation, name, found, error);
}

/* Writing ------------------------------------------------------------------------------------ */

/* (transfer full): with no type before it; %NULL with @error, or without where there is none.
 * @prefix: (out) (transfer full) */
static char *
name_target (MsEndNames *self, const MsLinkTarget *target, char **prefix, GError **error)
{
  const MsServiceTypes *types = self->values->types;
  const char           *address;

  *prefix = dup_prefix (self, target->type);
  if (target->type == types->mail_group)
    return g_strdup (ms_import_values_get_path (self->values, target->id, error));
  if (target->type != types->mailbox && target->type != types->list)
    return ms_resource_type_get_label (target->type) != NULL ? g_strdup (target->label) : NULL;

  g_autoptr (MsObject) object
             = ms_txn_get_object (self->write->txn, target->type, target->id, error);
  if (object == NULL)
    return NULL;
  address = ms_object_get_string (object, target->type == types->list ? LIST_ADDRESS : "address");
  if (address != NULL)
    return g_strdup (address);
  /* A name may look like somebody's address. */
  if (strchr (target->label, '@') != NULL)
    {
      g_free (*prefix);
      *prefix = g_strdup (MS_END_LIST_NAME);
    }
  return g_strdup (target->label);
}

char *
ms_end_names_write_with_type (MsEndNames *self, const MsLinkTarget *target, GError **error)
{
  g_autofree char *prefix = NULL;
  g_autoptr (GError) failed = NULL;
  g_autofree char *name = name_target (self, target, &prefix, &failed);

  if (name != NULL)
    return g_strconcat (prefix, name, NULL);
  if (failed == NULL)
    return g_strdup (target->id);
  g_propagate_error (error, g_steal_pointer (&failed));
  return NULL;
}

/* Blanks around a cell are not read. */
static gboolean
has_outer_blanks (const char *text)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));

  return strcmp (stripped, text) != 0;
}

/* Whether @text is read as @target and nothing else. */
static gboolean
leads_to (MsEndNames         *self,
          const MsAttribute  *relation,
          const char         *text,
          const MsLinkTarget *target,
          gboolean           *leads,
          GError            **error)
{
  g_autoptr (MsObject) found = NULL;
  gboolean is_ambiguous = FALSE;

  if (!ms_end_names_find (self, relation, text, &found, &is_ambiguous, error))
    return FALSE;
  *leads = found != NULL && strcmp (ms_object_get_id (found), target->id) == 0
           && !has_outer_blanks (text);
  return TRUE;
}

char *
ms_end_names_write (MsEndNames         *self,
                    const MsAttribute  *relation,
                    const MsLinkTarget *target,
                    GError            **error)
{
  g_autofree char *prefix = NULL;
  g_autoptr (GError) failed = NULL;
  g_autofree char *name = name_target (self, target, &prefix, &failed);
  gboolean         leads = FALSE;

  if (failed != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failed));
      return NULL;
    }
  if (name == NULL)
    return g_strdup (target->id);
  gboolean is_of_several = relation->relation_types[1] != NULL;
  gboolean looks_typed = ms_end_names_skip_type (self, relation, name) != name;
  /* The store keeps user names apart. */
  if (target->type == self->values->types->user && !is_of_several && !looks_typed)
    return g_steal_pointer (&name);
  gboolean         is_marked = strcmp (prefix, MS_END_LIST_NAME) == 0;
  g_autofree char *text
      = g_strconcat (is_of_several || looks_typed || is_marked ? prefix : "", name, NULL);
  if (!leads_to (self, relation, text, target, &leads, error))
    return NULL;
  return leads ? g_steal_pointer (&text) : g_strdup (target->id);
}
