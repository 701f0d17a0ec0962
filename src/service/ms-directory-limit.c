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
  GArray *losses = g_array_new (FALSE, TRUE, sizeof (MsDirectoryTally));

  return g_array_set_size (losses, config->fields->len + N_OF_MAILBOX);
}

static void
count_loss (
    MsDirectoryPlan *self, MsDirectoryGroup group, guint i, gboolean has, gboolean will_have)
{
  MsDirectoryTally *loss = &g_array_index (self->losses, MsDirectoryTally, i);

  loss->having[group] += has ? 1 : 0;
  loss->losing[group] += has && !will_have ? 1 : 0;
}

void
ms_directory_plan_count_losses (MsDirectoryPlan         *self,
                                const MsDirectoryConfig *config,
                                MsDirectoryGroup         group,
                                MsObject                *before,
                                MsObject                *after)
{
  for (guint i = 0; i < config->fields->len; i++)
    {
      const MsAttribute *attribute = ((MsDirectoryField *) config->fields->pdata[i])->attribute;
      count_loss (self,
                  group,
                  i,
                  ms_attribute_get_value (attribute, ms_object_get_attributes (before)) != NULL,
                  ms_attribute_get_value (attribute, ms_object_get_attributes (after)) != NULL);
    }
}

void
ms_directory_plan_count_losses_of_mailbox (MsDirectoryPlan         *self,
                                           const MsDirectoryConfig *config,
                                           MsDirectoryGroup         group,
                                           MsObject                *before,
                                           MsObject                *after)
{
  for (guint i = 0; i < N_OF_MAILBOX; i++)
    count_loss (self,
                group,
                config->fields->len + i,
                json_object_has_member (ms_object_get_attributes (before), losses_of_mailbox[i]),
                json_object_has_member (ms_object_get_attributes (after), losses_of_mailbox[i]));
}

/* Whether more than so many would lose it: of all, and of each group by itself. @having, @losing:
 * (out): how many those are */
static gboolean
is_beyond (const MsDirectoryTally  *tally,
           const MsDirectoryConfig *config,
           gint64                   always,
           gint64                  *having,
           gint64                  *losing)
{
  gint64 all_having = 0;
  gint64 all_losing = 0;

  for (guint i = 0; i < MS_DIRECTORY_N_GROUPS; i++)
    {
      all_having += tally->having[i];
      all_losing += tally->losing[i];
    }
  for (guint i = 0; i <= MS_DIRECTORY_N_GROUPS; i++)
    {
      *having = i == 0 ? all_having : tally->having[i - 1];
      *losing = i == 0 ? all_losing : tally->losing[i - 1];
      if (*losing > always && *losing * 100 > config->leaver_limit * *having)
        return TRUE;
    }
  return FALSE;
}

/* Nobody leaves unforced where the limit is 0; else a few always may. */
static gboolean
check_leaving (MsDirectoryPlan *self, const MsDirectoryConfig *config, GError **error)
{
  gint64 having;
  gint64 losing;

  if (!is_beyond (
          &self->leaving, config, config->leaver_limit > 0 ? ALWAYS_ALLOWED : 0, &having, &losing))
    return TRUE;
  ms_error_set (error,
                MS_ERROR_CONFLICT,
                NULL,
                "leaverLimit",
                "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                " users would be %s; the limit is %" G_GINT64_FORMAT " %%",
                losing,
                having,
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
      gint64 having;
      gint64 losing;
      if (!is_beyond (&g_array_index (self->losses, MsDirectoryTally, i),
                      config,
                      ALWAYS_ALLOWED,
                      &having,
                      &losing))
        continue;
      ms_error_set (error,
                    MS_ERROR_CONFLICT,
                    NULL,
                    "leaverLimit",
                    "%s of %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                    " users would be cleared; the limit is %" G_GINT64_FORMAT " %%",
                    get_loss_path (config, i),
                    losing,
                    having,
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
