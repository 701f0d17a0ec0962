/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whose mail may be made to go elsewhere. With mail passwords are reset, so who may not touch
 * somebody may neither change where that mail goes nor have an address that gets it too. The policy
 * says who (ms-policy.h); this says by what it would be done.
 */
#include "ms-rules.h"

#include <string.h>

#include "ms-domains.h"
#include "ms-error.h"
#include "ms-filter.h"
#include "ms-txn.h"

/* What a mailbox gets its mail by, and where the mail goes. */
static const char *const leading[] = { "owner", "name", "domain", "aliases", "forwardTo" };

/* The user that @mailbox is of. @owner: (out) (transfer full) (nullable): nobody's */
static gboolean
find_owner (MsWrite *write, MsObject *mailbox, MsObject **owner, GError **error)
{
  const char *id = ms_object_get_link (mailbox, "owner");

  *owner = NULL;
  return id == NULL || ms_txn_look_up (write->txn, write->types->user, id, owner, error);
}

static gboolean
refuse (MsObject     *owner,
        MsObject     *mailbox,
        const char   *address,
        const char   *path,
        const GError *why,
        GError      **error)
{
  ms_error_set (error,
                MS_ERROR_DENIED,
                NULL,
                path,
                "“%s” gets mail of “%s” (mailbox “%s”): %s",
                address,
                ms_object_get_label (owner),
                ms_object_get_label (mailbox),
                why->message);
  return FALSE;
}

static gboolean
check_holder (
    MsWrite *write, MsObject *mailbox, const char *address, const char *path, GError **error)
{
  g_autoptr (MsObject) owner = NULL;
  g_autoptr (GError) why = NULL;

  if (!find_owner (write, mailbox, &owner, error))
    return FALSE;
  return owner == NULL || ms_policy_check (write->actor, MS_POLICY_MAIL, NULL, owner, NULL, &why)
         || refuse (owner, mailbox, address, path, why, error);
}

gboolean
ms_rules_check_mail_of (
    MsWrite *write, MsObject *object, const char *address, const char *path, GError **error)
{
  /* Who may do all may do this; and what somebody has already is 409 to provisioning clients. */
  if (write->actor->role == MS_ROLE_ADMINISTRATOR)
    return TRUE;

  g_autoptr (GPtrArray) twins = ms_domain_list_twins (write, address, error);
  if (twins == NULL)
    return FALSE;
  for (guint i = 0; i < twins->len; i++)
    {
      g_autofree char *quoted = ms_filter_quote (twins->pdata[i]);
      g_autoptr (GPtrArray) holders = NULL;
      /* All of them: among many that share an alias one may be the one that matters. */
      if (!ms_write_query (write,
                           write->types->mailbox,
                           G_MAXINT,
                           &holders,
                           NULL,
                           error,
                           "address eq %s or aliases eq %s or forwardTo eq %s",
                           quoted,
                           quoted,
                           quoted))
        return FALSE;
      for (guint j = 0; j < holders->len; j++)
        if (g_strcmp0 (ms_object_get_id (holders->pdata[j]), ms_object_get_id (object)) != 0
            && !check_holder (write, holders->pdata[j], address, path, error))
          return FALSE;
    }
  return TRUE;
}

gboolean
ms_rules_check_mail_stays (MsWrite *write, MsObject *before, MsObject *after, GError **error)
{
  g_autoptr (MsObject) owner = NULL;
  g_autoptr (GError) why = NULL;

  if (!find_owner (write, before, &owner, error))
    return FALSE;
  if (owner == NULL || ms_policy_check (write->actor, MS_POLICY_MAIL, NULL, owner, NULL, &why))
    return TRUE;
  g_autoptr (GPtrArray) deltas = ms_delta_compute (before, after);
  for (guint i = 0; i < deltas->len; i++)
    {
      const char *path = ((const MsDelta *) deltas->pdata[i])->attribute->path;
      for (guint j = 0; j < G_N_ELEMENTS (leading); j++)
        if (strcmp (path, leading[j]) == 0)
          return refuse (owner, before, ms_object_get_string (before, "address"), path, why, error);
    }
  return TRUE;
}
