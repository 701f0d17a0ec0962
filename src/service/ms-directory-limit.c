/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a run may do unforced: so many people may leave, and so many lose what is mapped. A
 * directory of which not all can be read any more looks like one whose people lost it.
 */
#include "ms-directory-plan.h"

#include <string.h>

#include "ms-address.h"
#include "ms-error.h"
#include "ms-rules.h"

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
loss_free (gpointer data)
{
  MsDirectoryLoss *self = data;

  g_free (self->user_id);
  g_free (self->mailbox_id);
  g_free (self->address);
  g_array_unref (self->places);
  g_free (self);
}

GPtrArray *
ms_directory_plan_make_losers (void)
{
  return g_ptr_array_new_with_free_func (loss_free);
}

/* (transfer none): that of the user who is looked at */
static MsDirectoryLoss *
require_loss (MsDirectoryPlan   *self,
              MsDirectoryGroup   group,
              MsDirectoryPerson *person,
              const char        *user_id)
{
  MsDirectoryLoss *last = self->losers->len > 0 ? self->losers->pdata[self->losers->len - 1] : NULL;

  if (last != NULL && last->person == person)
    return last;
  last = g_new0 (MsDirectoryLoss, 1);
  last->person = person;
  last->group = group;
  last->user_id = g_strdup (user_id);
  last->places = g_array_new (FALSE, FALSE, sizeof (guint));
  g_ptr_array_add (self->losers, last);
  return last;
}

static gboolean
has (MsObject *object, const MsAttribute *attribute)
{
  return ms_attribute_get_value (attribute, ms_object_get_attributes (object)) != NULL;
}

void
ms_directory_plan_count_losses (MsDirectoryPlan         *self,
                                const MsDirectoryConfig *config,
                                MsDirectoryGroup         group,
                                MsDirectoryPerson       *person,
                                MsObject                *before,
                                MsObject                *after)
{
  for (guint i = 0; i < config->fields->len; i++)
    {
      const MsAttribute *attribute = ((MsDirectoryField *) config->fields->pdata[i])->attribute;
      MsDirectoryTally  *tally = &g_array_index (self->losses, MsDirectoryTally, i);
      if (!has (before, attribute))
        continue;
      tally->having[group]++;
      if (has (after, attribute))
        continue;
      tally->losing[group]++;
      g_array_append_val (require_loss (self, group, person, ms_object_get_id (before))->places, i);
    }
}

/* Whether the directory gives @person the address of the key as an alias. */
static gboolean
is_alias_there (const MsDirectoryPerson *person, const char *key)
{
  for (guint i = 0; person->aliases != NULL && person->aliases[i] != NULL; i++)
    {
      g_autofree char *alias = ms_address_key (person->aliases[i]);
      if (strcmp (alias, key) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Whether @mailbox has an alias that it has not only kept. */
static gboolean
has_alias (MsObject *mailbox, const MsDirectoryPerson *person, GHashTable *was_own)
{
  JsonArray *aliases = ms_rules_get_array (mailbox, "aliases");

  for (guint i = 0; aliases != NULL && i < json_array_get_length (aliases); i++)
    {
      g_autofree char *key = ms_address_key (json_array_get_string_element (aliases, i));
      if (was_own == NULL || !g_hash_table_contains (was_own, key) || is_alias_there (person, key))
        return TRUE;
    }
  return FALSE;
}

static gboolean
has_of_mailbox (MsObject                *mailbox,
                guint                    which,
                const MsDirectoryPerson *person,
                GHashTable              *was_own)
{
  return which == LOSS_ALIASES ? has_alias (mailbox, person, was_own)
                               : json_object_has_member (ms_object_get_attributes (mailbox),
                                                         losses_of_mailbox[which]);
}

void
ms_directory_plan_count_losses_of_mailbox (MsDirectoryPlan         *self,
                                           const MsDirectoryConfig *config,
                                           MsDirectoryGroup         group,
                                           MsDirectoryPerson       *person,
                                           const char              *user_id,
                                           GHashTable              *was_own,
                                           MsObject                *before,
                                           MsObject                *after)
{
  for (guint i = 0; before != NULL && i < N_OF_MAILBOX; i++)
    {
      guint             place = config->fields->len + i;
      MsDirectoryTally *tally = &g_array_index (self->losses, MsDirectoryTally, place);
      if (!has_of_mailbox (before, i, person, was_own))
        continue;
      tally->having[group]++;
      if (has_of_mailbox (after, i, person, was_own))
        continue;
      tally->losing[group]++;
      g_array_append_val (require_loss (self, group, person, user_id)->places, place);
    }
  MsDirectoryLoss *loss = self->losers->len > 0 ? self->losers->pdata[self->losers->len - 1] : NULL;
  if (loss == NULL || loss->person != person)
    return;
  loss->mailbox_id = before != NULL ? g_strdup (ms_object_get_id (before)) : NULL;
  if (before != NULL)
    loss->address = g_strdup_printf (
        "%s@%s", ms_object_get_label (after), ms_object_get_string (after, "domain"));
  else if (config->create_mailboxes)
    loss->address = g_strdup (person->mailbox);
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

gboolean
ms_directory_plan_check_losses (MsDirectoryPlan         *self,
                                const MsDirectoryConfig *config,
                                GError                 **error)
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
  return check_leaving (self, config, error)
         && ms_directory_plan_check_losses (self, config, error);
}
