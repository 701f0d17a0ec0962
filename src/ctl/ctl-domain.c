/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * domain …, template …, guest …: the types with nothing but the common verbs.
 */
#include "config.h"

#include "ms-ctl-verbs.h"

static MsExit
run_create (MsCtl *ctl, const char *type_name, char **args, GError **error)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "name", args[0]);
  return ms_run_create (ctl, type_name, object, args + 1, error);
}

/* Domains
 * ---------------------------------------------------------------------------------------------- */

static MsExit
run_domain_list (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_list (ctl, "Domain", args, error);
}

static MsExit
run_domain_show (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_show (ctl, "Domain", args[0], error);
}

static MsExit
run_domain_create (MsCtl *ctl, char **args, GError **error)
{
  return run_create (ctl, "Domain", args, error);
}

static MsExit
run_domain_set (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_set (ctl, "Domain", args[0], args + 1, error);
}

static MsExit
run_domain_rename (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_rename_label (ctl, "Domain", args[0], args[1], error);
}

static MsExit
run_domain_delete (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_delete (ctl, "Domain", args, _ ("Delete the domains %s?"), NULL, error);
}

const MsCtlVerb ms_verbs_domain[] = {
  { "domain",
    "list",
    "[WORD…]",
    N_ ("List domains"), 0, -1, TRUE, ms_list_options, run_domain_list },
    { "domain", "show", "DOMAIN", N_ ("Show a domain"), 1, 1, TRUE, NULL, run_domain_show },
      { "domain",
        "create",
        "DOMAIN [KEY=VALUE…]",
        N_ ("Add a domain"), 1, -1, TRUE, ms_dry_run_options, run_domain_create },
        { "domain",
          "set",
          "DOMAIN KEY=VALUE…",
          N_ ("Change a domain: kind=primary, kind=alias aliasOf=DOMAIN"),
              2,
              -1,
              TRUE,
              ms_dry_run_options,
              run_domain_set },
          { "domain",
            "rename",
            "DOMAIN NEW-NAME",
            N_ ("Rename a domain that no address uses"),
                2,
                2,
                TRUE,
                ms_dry_run_options,
                run_domain_rename },
            { "domain",
              "delete",
              "DOMAIN…",
              N_ ("Delete domains that no mailbox uses"), 1, -1, TRUE, NULL, run_domain_delete },
              { NULL },
          };

/* Templates
 * -------------------------------------------------------------------------------------------- */

static MsExit
run_template_list (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_list (ctl, "Template", args, error);
}

static MsExit
run_template_show (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_show (ctl, "Template", args[0], error);
}

static MsExit
run_template_create (MsCtl *ctl, char **args, GError **error)
{
  return run_create (ctl, "Template", args, error);
}

static MsExit
run_template_set (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_set (ctl, "Template", args[0], args + 1, error);
}

static MsExit
run_template_rename (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_rename_label (ctl, "Template", args[0], args[1], error);
}

static MsExit
run_template_delete (MsCtl *ctl, char **args, GError **error)
{
  return ms_run_delete (ctl, "Template", args, _ ("Delete the templates %s?"), NULL, error);
}

const MsCtlVerb ms_verbs_template[] = {
  { "template",
    "list",
    "[WORD…]",
    N_ ("List templates"), 0, -1, TRUE, ms_list_options, run_template_list },
    { "template", "show", "TEMPLATE", N_ ("Show a template"), 1, 1, TRUE, NULL, run_template_show },
      { "template",
        "create",
        "NAME [KEY=VALUE…]",
        N_ ("Make a template"), 1, -1, TRUE, ms_dry_run_options, run_template_create },
        { "template",
          "set",
          "TEMPLATE KEY=VALUE…",
          N_ ("Change a template"), 2, -1, TRUE, ms_dry_run_options, run_template_set },
          { "template",
            "rename",
            "TEMPLATE NEW-NAME",
            N_ ("Rename a template"), 2, 2, TRUE, ms_dry_run_options, run_template_rename },
            { "template",
              "delete",
              "TEMPLATE…",
              N_ ("Delete templates"), 1, -1, TRUE, NULL, run_template_delete },
              { NULL },
          };

/* Guest
 * ------------------------------------------------------------------------------------------------
 */

static MsResource *
get_guest (MsCtl *ctl, GError **error)
{
  g_autoptr (JsonObject) object = ms_ctl_get (ctl, "/scim/v2/Guest", error);

  return object != NULL ? ms_resource_new (object) : NULL;
}

static MsExit
run_guest_show (MsCtl *ctl, char **args, GError **error)
{
  g_autoptr (MsResource) guest = get_guest (ctl, error);

  if (guest == NULL)
    return MS_EXIT_FAILED;
  if (ctl->json)
    ms_ctl_print_json_object (ms_resource_get_json (guest));
  else
    ms_ctl_print_resource (guest);
  return MS_EXIT_OK;
}

static MsExit
run_guest_set (MsCtl *ctl, char **args, GError **error)
{
  gint64 change = 0;
  g_autoptr (MsResource) guest = get_guest (ctl, error);
  JsonArray *operations = guest != NULL ? ms_ctl_parse_patch (ctl, guest, args, error) : NULL;

  if (operations == NULL)
    return MS_EXIT_FAILED;
  g_autoptr (MsResource) changed = ms_ctl_patch (ctl, guest, operations, &change, error);
  if (changed == NULL)
    return MS_EXIT_FAILED;
  ms_report_change (ctl, _ ("The guest's rights changed"), changed, change);
  return MS_EXIT_OK;
}

const MsCtlVerb ms_verbs_guest[] = {
  { "guest",
    "show",
    NULL,
    N_ ("Show the rights of whoever has not logged on"), 0, 0, TRUE, NULL, run_guest_show },
    { "guest",
      "set",
      "rights.RIGHT=yes|no…",
      N_ ("Change the rights of whoever has not logged on"), 1, -1, TRUE, NULL, run_guest_set },
      { NULL },
  };
