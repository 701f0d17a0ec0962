/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The verbs that all types have, but for their lists.
 */
#include "config.h"
#include "ms-ctl-verbs.h"

MsExit
ms_run_show (MsCtl *ctl, const char *type_name, const char *name, GError **error)
{
  g_autoptr (MsResource) found = ms_ctl_find (ctl, type_name, name, error);

  if (found == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    ms_ctl_print_json_object (ms_resource_get_json (found));
  else
    ms_ctl_print_resource (found);
  return MS_EXIT_OK;
}

static char    *option_address;
static gboolean option_keep_address;

/* clang-format off */
const GOptionEntry ms_rename_options[] = {
  { "address", 0, 0, G_OPTION_ARG_STRING, &option_address, N_ ("And give it another address (lists, mail groups)"), N_ ("ADDRESS") },
  { "keep-address", 0, 0, G_OPTION_ARG_NONE, &option_keep_address, N_ ("Its old address becomes an alias"), NULL },
  { NULL },
};
/* clang-format on */

MsExit
ms_run_rename (
    MsCtl *ctl, const char *type_name, const char *name, JsonObject *settings, GError **error)
{
  g_autoptr (JsonObject) options = settings;
  g_autoptr (MsResource) object = ms_ctl_find (ctl, type_name, name, error);

  if (object == NULL)
    return MS_EXIT_FAILED;
  if (option_address != NULL)
    json_object_set_string_member (options, "address", option_address);
  if (option_keep_address)
    json_object_set_boolean_member (options, "keepAddress", TRUE);
  const char *ids[] = { ms_resource_get_id (object), NULL };
  g_autoptr (JsonObject) answer
             = ms_ctl_action (ctl, "rename", ids, NULL, g_steal_pointer (&options), error);
  if (answer == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *text = g_strdup_printf (_ ("%s renamed"), ms_resource_get_label (object));
  ms_report_change (ctl, text, NULL, ms_ctl_int (answer, "changeSet"));
  return MS_EXIT_OK;
}

MsExit
ms_report_partial (
    MsCtl *ctl, JsonObject *answer, const char *count_name, const char *text, gboolean dry_run)
{
  g_autoptr (JsonArray) refused = ms_ctl_array (answer, "refused");
  MsExit code = json_array_get_length (refused) > 0 ? MS_EXIT_PARTIAL : MS_EXIT_OK;

  if (ctl->json)
    {
      ms_ctl_print_json_object (answer);
      return code;
    }
  if (dry_run)
    ms_ctl_print (_ ("Objects that would change: %" G_GINT64_FORMAT "\n"),
                     ms_ctl_int (answer, count_name));
  else
    ms_report_change (ctl, text, NULL, ms_ctl_int (answer, "changeSet"));
  if (json_array_get_length (refused) > 0)
    {
      ms_ctl_printerr (dry_run ? _ ("Would not be done:\n") : _ ("Not done:\n"));
      ms_ctl_print_refused (refused);
    }
  return code;
}

void
ms_report_change (MsCtl *ctl, const char *text, MsResource *resource, gint64 change)
{
  if (ctl->json)
    {
      g_autoptr (JsonObject) report = json_object_new ();
      if (resource != NULL)
        json_object_set_object_member (
            report, "resource", json_object_ref (ms_resource_get_json (resource)));
      if (change > 0)
        json_object_set_int_member (report, "changeSet", change);
      else
        json_object_set_null_member (report, "changeSet");
      ms_ctl_print_json_object (report);
    }
  else if (change > 0)
    ms_ctl_print (_ ("%s (change %" G_GINT64_FORMAT ")\n"), text, change);
  else
    ms_ctl_print (_ ("Nothing to do: it was so already\n"));
}

gboolean ms_option_dry_run;

const GOptionEntry ms_dry_run_options[] = {
  { "dry-run",
    0,
    0,
    G_OPTION_ARG_NONE,
    &ms_option_dry_run,
    N_ ("Only say what would be sent; whether the server takes it is not asked"), NULL },
    { NULL },
};

/* "replace title "Boss"", a line each. */
static void
print_operations (MsCtl *ctl, JsonArray *operations)
{
  for (guint i = 0; !ctl->json && i < json_array_get_length (operations); i++)
    {
      g_autoptr (JsonObject) operation = ms_ctl_element (operations, i);
      JsonNode        *value = json_object_get_member (operation, "value");
      g_autofree char *text = value != NULL ? ms_json_to_string (value) : g_strdup ("");
      ms_ctl_print ("%s %s%s%s\n",
                    ms_ctl_string (operation, "op"),
                    ms_ctl_string (operation, "path"),
                    value != NULL ? " " : "",
                    text);
    }
  if (!ctl->json)
    return;
  g_autoptr (JsonObject) report = json_object_new ();
  json_object_set_array_member (report, "operations", json_array_ref (operations));
  ms_ctl_print_json_object (report);
}

/* @done: with %s for what the object was called */
static MsExit
patch (MsCtl *ctl, MsResource *found, JsonArray *operations, const char *done, GError **error)
{
  g_autoptr (JsonArray) owned = operations;
  gint64 change = 0;

  if (ms_option_dry_run)
    {
      print_operations (ctl, operations);
      return MS_EXIT_OK;
    }
  g_autoptr (MsResource) changed
             = ms_ctl_patch (ctl, found, g_steal_pointer (&owned), &change, error);
  if (changed == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (GString) text = g_string_new (done);
  g_string_replace (text, "%s", ms_ctl_get_label (ctl, found), 1);
  ms_report_change (ctl, text->str, changed, change);
  return MS_EXIT_OK;
}

MsExit
ms_run_set (MsCtl *ctl, const char *type_name, const char *name, char **settings, GError **error)
{
  g_autoptr (MsResource) found = ms_ctl_find (ctl, type_name, name, error);

  if (found == NULL)
    return MS_EXIT_FAILED;
  JsonArray *operations = ms_ctl_parse_patch (ctl, found, settings, error);
  if (operations == NULL)
    return MS_EXIT_FAILED;
  return patch (ctl, found, operations, _ ("%s changed"), error);
}

MsExit
ms_run_rename_label (
    MsCtl *ctl, const char *type_name, const char *name, const char *new_name, GError **error)
{
  const MsResourceType *type = ms_schema_registry_get_type_by_name (ctl->schemas, type_name);
  const MsAttribute    *label = ms_resource_type_get_label (type);
  g_autoptr (MsResource) found = ms_ctl_find (ctl, type_name, name, error);

  if (found == NULL)
    return MS_EXIT_FAILED;
  if (label == NULL || label->mutability != MS_MUTABILITY_READ_WRITE)
    {
      ms_error_set (error,
                    MS_ERROR_INVALID,
                    NULL,
                    NULL,
                    _ ("What %s is called cannot be changed: it follows from other attributes"),
                       ms_ctl_get_label (ctl, found));
      return MS_EXIT_FAILED;
    }
  JsonArray *operations = json_array_new ();
  ms_ctl_add_operation (operations, "replace", label->path, new_name);
  return patch (ctl, found, operations, _ ("%s renamed"), error);
}

MsExit
ms_run_create (
    MsCtl *ctl, const char *type_name, JsonObject *object, char **settings, GError **error)
{
  g_autoptr (JsonObject) owned = object;
  gint64 change = 0;

  if (!ms_ctl_parse_create (ctl, type_name, settings, object, error))
    return MS_EXIT_FAILED;
  if (ms_option_dry_run)
    {
      ms_ctl_print_json_object (object);
      return MS_EXIT_OK;
    }
  g_autoptr (MsResource) created
             = ms_ctl_create (ctl, type_name, g_steal_pointer (&owned), &change, error);
  if (created == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *text = g_strdup_printf (_ ("%s created"), ms_ctl_get_label (ctl, created));
  ms_report_change (ctl, text, created, change);
  return MS_EXIT_OK;
}

static void
print_effects (JsonObject *answer)
{
  g_autoptr (JsonArray) effects = ms_ctl_array (answer, "effects");

  for (guint i = 0; i < json_array_get_length (effects); i++)
    {
      g_autoptr (JsonObject) effect = ms_ctl_element (effects, i);
      if (g_strcmp0 (ms_ctl_string (effect, "kind"), "quota") == 0)
        {
          g_autofree char *size = ms_ctl_format_size (ms_ctl_int (effect, "to"));
          ms_ctl_print (_ ("  quota becomes %s for %" G_GINT64_FORMAT "\n"), size, ms_ctl_int (effect, "count"));
        }
    }
}

static MsExit
run_ids (MsCtl             *ctl,
         const char        *verb,
         const char *const *ids,
         const char        *to,
         JsonObject        *options,
         GError           **error)
{
  g_autoptr (JsonObject) answer = ms_ctl_action (ctl, verb, ids, to, options, error);

  if (answer == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    {
      ms_ctl_print_json_object (answer);
      return MS_EXIT_OK;
    }
  g_autofree char *text
      = g_strdup_printf (_ ("%" G_GINT64_FORMAT " changed, %" G_GINT64_FORMAT " unchanged"),
                            ms_ctl_int (answer, "changed"),
                            ms_ctl_int (answer, "unchanged"));
  ms_report_change (ctl, text, NULL, ms_ctl_int (answer, "changeSet"));
  print_effects (answer);
  return MS_EXIT_OK;
}

MsExit
ms_run_action (MsCtl      *ctl,
               const char *verb,
               const char *type_name,
               char      **names,
               const char *to,
               JsonObject *options,
               GError    **error)
{
  g_autoptr (JsonObject) owned = options;
  g_auto (GStrv) ids = ms_ctl_find_ids (ctl, type_name, names, error);

  if (ids == NULL)
    return MS_EXIT_FAILED;
  return run_ids (ctl, verb, (const char *const *) ids, to, g_steal_pointer (&owned), error);
}

MsExit
ms_run_delete (MsCtl      *ctl,
               const char *type_name,
               char      **names,
               const char *question,
               JsonObject *options,
               GError    **error)
{
  g_autoptr (JsonObject) owned = options;
  g_auto (GStrv) ids = ms_ctl_find_ids (ctl, type_name, names, error);

  if (ids == NULL)
    return MS_EXIT_FAILED;
  g_autofree char *joined = g_strjoinv (", ", names);
  g_autoptr (GString) asked = g_string_new (question);
  g_string_replace (asked, "%s", joined, 1);
  if (!ms_prompt_confirm (ctl, asked->str, error))
    return MS_EXIT_FAILED;
  return run_ids (ctl, "delete", (const char *const *) ids, NULL, g_steal_pointer (&owned), error);
}
