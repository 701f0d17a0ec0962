/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of MsNewUserWindow share.
 */
#pragma once

#include "ms-form.h"
#include "ms-name-check.h"
#include "ms-new-user-window.h"

G_BEGIN_DECLS

struct _MsNewUserWindow
{
  MsAssistant parent_instance;

  /* Owned */
  MsConnection *connection;
  GCancellable *proposing;
  MsForm       *template_form;
  MsForm       *who;
  MsForm       *mailbox;
  MsForm       *rights;
  MsNameCheck  *login_check;
  MsNameCheck  *address_check;
  MsResource *template;
  char *user_template;
  char *mailbox_template;
  char *proposed_for;
  char *password;

  /* Borrowed: our descendants */
  GtkWidget *chooser;
  GtkWidget *summary;
  GtkWidget *result_row;
  GtkWidget *result_title;

  guint propose_timeout;
};

/* ms-new-user.c */
/* (transfer full): "" where unset */
char    *ms_new_user_dup_string (MsForm *form, const char *path);
gboolean ms_new_user_wants_mailbox (MsNewUserWindow *self);
/* (transfer full) */
char *ms_new_user_dup_address (MsNewUserWindow *self);
void  ms_new_user_update_complete (MsNewUserWindow *self);

/* ms-new-user-propose.c: names made from what was typed, and fields filled from a template */
void ms_new_user_stop_proposing (MsNewUserWindow *self);
void ms_new_user_on_who_changed_cb (MsNewUserWindow *self);
void ms_new_user_on_mailbox_changed_cb (MsNewUserWindow *self);
void ms_new_user_on_template_changed_cb (MsField *field, MsNewUserWindow *self);
/* %TRUE where nothing has to be asked first. */
gboolean ms_new_user_take_template (MsNewUserWindow *self);

G_END_DECLS
