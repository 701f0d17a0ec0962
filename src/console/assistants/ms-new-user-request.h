/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the New User assistant sends, and how a template fills its forms. No widgets of its own.
 */
#pragma once

#include "ms-form.h"

G_BEGIN_DECLS

typedef struct
{
  MsForm *template_form;
  MsForm *who;
  MsForm *mailbox;
  MsForm *rights;
  /* (nullable): ids of what the account is made after */
  const char *user_template;
  const char *mailbox_template;
  gboolean    must_change;
  gboolean    generate;
  const char *password; /* "" where it is generated */
} MsNewUserRequest;

/* The body of POST /api/v1/accounts. Where @with_password is FALSE it is left out, for showing.
 * (transfer full) */
JsonNode *ms_new_user_request_build (const MsNewUserRequest *request, gboolean with_password);

/* Puts into the forms what @template says: a Template, or a user with @mailbox (nullable) its
 * primary mailbox. Values already typed stay. */
void ms_new_user_fill (
    MsForm *who, MsForm *mailbox_form, MsForm *rights, MsResource *template, MsResource *mailbox);

G_END_DECLS
