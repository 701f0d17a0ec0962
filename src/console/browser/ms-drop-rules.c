/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header. One function per kind of what is dragged; each decides by the kind of the target.
 */
#include "config.h"

#include <glib/gi18n.h>

#include "ms-drop-rules.h"

static MsDropJudgement *
judge_new (MsDropVerdict verdict, const char *verb, const char *to, char *text)
{
  MsDropJudgement *self = g_new0 (MsDropJudgement, 1);

  self->verdict = verdict;
  self->verb = verb;
  self->to = g_strdup (to);
  self->text = text != NULL ? text : g_strdup ("");
  return self;
}

void
ms_drop_judgement_free (MsDropJudgement *self)
{
  g_free (self->to);
  g_free (self->text);
  g_free (self);
}

static MsDropJudgement *
nothing (void)
{
  return judge_new (MS_DROP_NOTHING, NULL, NULL, NULL);
}

static MsDropJudgement *
refuse (char *text)
{
  return judge_new (MS_DROP_REFUSED, NULL, NULL, text);
}

char *
ms_drop_rules_describe (MsNodeKind kind, guint n, const char *label)
{
  if (n == 1 && label != NULL && *label != '\0')
    return g_strdup (label);
  switch (kind)
    {
    case MS_NODE_USER:
      return g_strdup_printf (ngettext ("%u user", "%u users", n), n);
    case MS_NODE_MAILBOX:
      return g_strdup_printf (ngettext ("%u mailbox", "%u mailboxes", n), n);
    case MS_NODE_MAIL_GROUP:
      return g_strdup_printf (ngettext ("%u mail group", "%u mail groups", n), n);
    case MS_NODE_MAILING_LIST:
      return g_strdup_printf (ngettext ("%u mailing list", "%u mailing lists", n), n);
    case MS_NODE_TEMPLATE:
      return g_strdup_printf (ngettext ("%u template", "%u templates", n), n);
    case MS_NODE_DOMAIN:
      return g_strdup_printf (ngettext ("%u domain", "%u domains", n), n);
    default:
      return g_strdup_printf (ngettext ("%u object", "%u objects", n), n);
    }
}

/* Whether all of what is dragged has @value in @list; not where any is unknown. */
static gboolean
all_are (const MsDropSubject *subject, const char *const *list, const char *value)
{
  guint known = 0;

  if (list == NULL)
    return FALSE;
  for (; list[known] != NULL; known++)
    if (g_strcmp0 (list[known], value) != 0)
      return FALSE;
  return known == subject->n;
}

static gboolean
drags_itself (const MsDropSubject *subject, const char *id)
{
  return subject->ids != NULL && *id != '\0' && g_strv_contains (subject->ids, id);
}

static gboolean
drags_an_ancestor (const MsDropSubject *subject, const MsDropTarget *target)
{
  for (guint i = 0; target->ancestors != NULL && target->ancestors[i] != NULL; i++)
    if (drags_itself (subject, target->ancestors[i]))
      return TRUE;
  return FALSE;
}

static gboolean
is_mail_place (const MsDropTarget *target)
{
  return target->kind == MS_NODE_MAIL_GROUP || target->kind == MS_NODE_MAILBOXES;
}

/* For "john is in Sales already" and the like: the words depend on how many there are. */
static char *
say_same_place (const MsDropSubject *subject, const char *what, const char *where)
{
  if (subject->n == 1)
    return g_strdup_printf (_("%s is in %s already"), what, where);
  return g_strdup_printf (_("%s are in %s already"), what, where);
}

static MsDropJudgement *
judge_move (const MsDropSubject *subject, const MsDropTarget *target, const char *what)
{
  const char *to = target->kind == MS_NODE_MAIL_GROUP ? target->id : NULL;

  if (all_are (subject, subject->places, target->id))
    return judge_new (MS_DROP_SAME_PLACE, NULL, to, say_same_place (subject, what, target->label));
  if (to == NULL)
    return judge_new (MS_DROP_ACTION,
                      "move",
                      NULL,
                      g_strdup_printf (_("Move %s to the top, out of any group"), what));
  return judge_new (
      MS_DROP_ACTION, "move", to, g_strdup_printf (_("Move %s to %s"), what, target->label));
}

static MsDropJudgement *
judge_entry (const MsDropSubject *subject, const MsDropTarget *target, const char *what)
{
  return judge_new (MS_DROP_ACTION,
                    "addEntries",
                    target->id,
                    g_strdup_printf (_("Add %s to the list %s"), what, target->label));
}

static MsDropJudgement *
judge_mailboxes (const MsDropSubject *subject, const MsDropTarget *target, const char *what)
{
  if (is_mail_place (target))
    return judge_move (subject, target, what);
  if (target->kind == MS_NODE_MAILING_LIST)
    return judge_entry (subject, target, what);
  if (target->kind == MS_NODE_USER)
    {
      if (all_are (subject, subject->owners, target->id))
        return judge_new (MS_DROP_SAME_PLACE,
                          NULL,
                          target->id,
                          subject->n == 1
                          ? g_strdup_printf (_("%s belongs to %s already"), what, target->label)
                          : g_strdup_printf (_("%s belong to %s already"), what, target->label));
      return judge_new (
          MS_DROP_ACTION,
          "setOwner",
          target->id,
          subject->n == 1
          ? g_strdup_printf (_("Make %s a secondary mailbox of %s"), what, target->label)
          : g_strdup_printf (_("Make %s secondary mailboxes of %s"), what, target->label));
    }
  if (target->kind == MS_NODE_USERS)
    return refuse (g_strdup (_("Drop mailboxes on one user to give them to that user")));
  if (target->kind == MS_NODE_LISTS)
    return refuse (g_strdup (_("Drop on one of the lists to add an entry")));
  return nothing ();
}

static MsDropJudgement *
judge_groups (const MsDropSubject *subject, const MsDropTarget *target, const char *what)
{
  if (is_mail_place (target))
    {
      if (drags_itself (subject, target->id))
        return refuse (g_strdup (_("A mail group cannot be moved into itself")));
      if (drags_an_ancestor (subject, target))
        return refuse (g_strdup_printf (_("%s is inside of what you are moving"), target->label));
      return judge_move (subject, target, what);
    }
  if (target->kind == MS_NODE_MAILING_LIST)
    return judge_entry (subject, target, what);
  if (target->kind == MS_NODE_USER || target->kind == MS_NODE_USERS)
    return refuse (g_strdup (_("Mail groups hold mailboxes; they do not belong to users")));
  if (target->kind == MS_NODE_LISTS)
    return refuse (g_strdup (_("Drop on one of the lists to add an entry")));
  return nothing ();
}

static MsDropJudgement *
judge_users (const MsDropSubject *subject, const MsDropTarget *target, const char *what)
{
  if (target->kind == MS_NODE_MAIL_GROUP)
    return judge_new (MS_DROP_ACTION,
                      "move",
                      target->id,
                      g_strdup_printf (_("Move the mailboxes of %s to %s"), what, target->label));
  if (target->kind == MS_NODE_MAILBOXES)
    return judge_new (MS_DROP_ACTION,
                      "move",
                      NULL,
                      g_strdup_printf (_("Move the mailboxes of %s out of their groups"), what));
  if (target->kind == MS_NODE_MAILING_LIST)
    return judge_entry (subject, target, what);
  if (target->kind == MS_NODE_USERS)
    return judge_new (MS_DROP_SAME_PLACE, NULL, NULL, g_strdup (_("Users are here already")));
  if (target->kind == MS_NODE_USER)
    return refuse (g_strdup (_("A user cannot be put into another user")));
  if (target->kind == MS_NODE_LISTS)
    return refuse (g_strdup (_("Drop on one of the lists to add an entry")));
  return nothing ();
}

static MsDropJudgement *
judge_lists (const MsDropSubject *subject, const MsDropTarget *target, const char *what)
{
  if (target->kind == MS_NODE_MAILING_LIST && drags_itself (subject, target->id))
    return refuse (g_strdup (_("A list cannot be an entry of itself")));
  if (target->kind == MS_NODE_MAILING_LIST)
    return judge_entry (subject, target, what);
  if (is_mail_place (target))
    return refuse (g_strdup (_("Mail groups hold mailboxes and mail groups, no mailing lists")));
  return nothing ();
}

static MsDropJudgement *
judge_file (const MsDropSubject *subject, const MsDropTarget *target)
{
  if (!target->writable)
    return refuse (g_strdup (_("This server is opened read-only")));
  if (target->kind == MS_NODE_MAIL_GROUP)
    return judge_new (MS_DROP_IMPORT,
                      NULL,
                      target->id,
                      g_strdup_printf (_("Import the file into %s"), target->label));
  return judge_new (
      MS_DROP_IMPORT, NULL, NULL, g_strdup (_("Import mailboxes and users from the file")));
}

MsDropJudgement *
ms_drop_rules_judge (const MsDropSubject *subject, const MsDropTarget *target)
{
  g_autofree char *what = NULL;

  g_return_val_if_fail (subject != NULL && target != NULL, NULL);

  if (subject->kind == MS_NODE_N_KINDS)
    return judge_file (subject, target);
  if (g_strcmp0 (subject->server, target->server) != 0)
    return refuse (g_strdup (_("Objects cannot be moved to another server")));
  if (!target->writable)
    return refuse (g_strdup (_("This server is opened read-only")));

  what = ms_drop_rules_describe (subject->kind, subject->n, subject->label);
  switch (subject->kind)
    {
    case MS_NODE_MAILBOX:
      return judge_mailboxes (subject, target, what);
    case MS_NODE_MAIL_GROUP:
      return judge_groups (subject, target, what);
    case MS_NODE_USER:
      return judge_users (subject, target, what);
    case MS_NODE_MAILING_LIST:
      return judge_lists (subject, target, what);
    default:
      return nothing ();
    }
}

char *
ms_drop_rules_report (const MsDropSubject *subject, const MsDropTarget *target, const char *verb)
{
  g_autofree char *what = ms_drop_rules_describe (subject->kind, subject->n, subject->label);

  if (g_strcmp0 (verb, "addEntries") == 0)
    return g_strdup_printf (_("Added %s to %s"), what, target->label);
  if (g_strcmp0 (verb, "setOwner") == 0)
    return g_strdup_printf (_("Gave %s to %s"), what, target->label);
  if (subject->kind == MS_NODE_USER)
    return g_strdup_printf (_("Moved the mailboxes of %s to %s"), what, target->label);
  return g_strdup_printf (_("Moved %s to %s"), what, target->label);
}
