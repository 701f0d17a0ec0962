/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a run may do unforced: so many people may leave, and so many lose what is mapped. A
 * directory of which not all can be read any more looks like one whose people lost it.
 */
#include "ms-directory-plan.h"

#include <string.h>

#include "ms-error.h"

/* So many may always leave: of ten people two are more than ten per cent. */
#define ALWAYS_ALLOWED 5

/* What may be lost, after the fields. */
enum
{
  LOSS_ALIASES,
  LOSS_QUOTA,
  N_OF_MAILBOX,
};
static const char *const losses_of_mailbox[N_OF_MAILBOX] = { "aliases", "quota" };

GArray *
ms_directory_plan_make_losses (const MsDirectoryConfig *config)
{
  GArray *losses = g_array_new (FALSE, TRUE, sizeof (MsDirectoryLoss));

  return g_array_set_size (losses, config->fields->len + N_OF_MAILBOX);
}

static void
count_loss (MsDirectoryPlan *self, guint i, gboolean has, gboolean will_have)
{
  MsDirectoryLoss *loss = &g_array_index (self->losses, MsDirectoryLoss, i);

  loss->having += has ? 1 : 0;
  loss->losing += has && !will_have ? 1 : 0;
}

void
ms_directory_plan_count_losses (MsDirectoryPlan         *self,
                                const MsDirectoryConfig *config,
                                MsObject                *before,
                                MsObject                *after)
{
  for (guint i = 0; i < config->fields->len; i++)
    {
      const MsAttribute *attribute = ((MsDirectoryField *) config->fields->pdata[i])->attribute;
      count_loss (self,
                  i,
                  ms_attribute_get_value (attribute, ms_object_get_attributes (before)) != NULL,
                  ms_attribute_get_value (attribute, ms_object_get_attributes (after)) != NULL);
    }
}

void
ms_directory_plan_count_losses_of_mailbox (MsDirectoryPlan         *self,
                                           const MsDirectoryConfig *config,
                                           MsObject                *before,
                                           MsObject                *after)
{
  for (guint i = 0; i < N_OF_MAILBOX; i++)
    count_loss (self,
                config->fields->len + i,
                json_object_has_member (ms_object_get_attributes (before), losses_of_mailbox[i]),
                json_object_has_member (ms_object_get_attributes (after), losses_of_mailbox[i]));
}

/* Nobody leaves unforced where the limit is 0; else a few always may. */
static gboolean
check_leaving (MsDirectoryPlan *self, const MsDirectoryConfig *config, GError **error)
{
  if ((config->leaver_limit > 0 && self->leaving <= ALWAYS_ALLOWED)
      || self->leaving * 100 <= config->leaver_limit * self->linked)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                "leaverLimit",
                "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                " users would be %s; the limit is %" G_GINT64_FORMAT " %%",
                self->leaving,
                self->linked,
                config->leavers == MS_LEAVERS_DELETE ? "disabled or deleted" : "disabled",
                config->leaver_limit);
  return FALSE;
}

static const char *
get_loss_path (const MsDirectoryConfig *config, guint i)
{
  return i < config->fields->len ? ((MsDirectoryField *) config->fields->pdata[i])->path
                                 : losses_of_mailbox[i - config->fields->len];
}

static gboolean
check_losses (MsDirectoryPlan *self, const MsDirectoryConfig *config, GError **error)
{
  for (guint i = 0; i < self->losses->len; i++)
    {
      const MsDirectoryLoss *loss = &g_array_index (self->losses, MsDirectoryLoss, i);
      if (loss->losing <= ALWAYS_ALLOWED
          || loss->losing * 100 <= config->leaver_limit * loss->having)
        continue;
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    "leaverLimit",
                    "%s of %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                    " users would be cleared; the limit is %" G_GINT64_FORMAT " %%",
                    get_loss_path (config, i),
                    loss->losing,
                    loss->having,
                    config->leaver_limit);
      return FALSE;
    }
  return TRUE;
}

gboolean
ms_directory_plan_check_limit (MsDirectoryPlan         *self,
                               const MsDirectoryConfig *config,
                               GError                 **error)
{
  return check_leaving (self, config, error) && check_losses (self, config, error);
}
