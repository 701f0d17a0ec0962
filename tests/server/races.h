/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Races between two who write at the same moment, by the same server or by two on one store: what
 * must be unique, free of circles or one of a kind stays so, and exactly one of them is told that
 * it won. Each fails the test where it does not hold.
 */
#pragma once

#include "harbour.h"

G_BEGIN_DECLS

#define PATCH_SCHEMAS "\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"]"

typedef struct
{
  const char *name;
  void (*race) (Harbour *one, Harbour *other, guint rounds);
} RaceCase;

/* @one, @other: the servers, by port and token; each gets a connection of its own. */
void race_if_match (Harbour *one, Harbour *other, guint rounds);
/* Two users of one name. */
void race_user_name (Harbour *one, Harbour *other, guint rounds);
/* A mailbox here and a list there of one address. */
void race_address (Harbour *one, Harbour *other, guint rounds);
/* A mail group here and a mailbox or a list there of one address. */
void race_group_address (Harbour *one, Harbour *other, guint rounds);
/* Two objects of an operator's type, whose schema says that nobody else has the value. */
void race_unique_value (Harbour *one, Harbour *other, guint rounds);
/* Two mail groups, each put below the other. */
void race_cycle (Harbour *one, Harbour *other, guint rounds);
/* Two primary mailboxes of a user: the later one takes over. */
void race_primary (Harbour *one, Harbour *other, guint rounds);

G_END_DECLS
