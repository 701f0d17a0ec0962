/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An outside directory in memory in the place of LDAP, and short ways to set one up and run it. One
 * at a time: what reads it is a function without data of its own.
 */
#pragma once

#include "service-fixture.h"

#include "ms-directories.h"

#define CN "cn=reader,dc=example"
#define SECRET "correct-horse-battery-staple"

/* The people of it: each is a hash table of texts by attribute, "\n" between several values;
 * "!bytes:" and hexadecimal digits are binary. "disabled" is what an activeFilter leaves out. */
typedef GHashTable Entry;

typedef struct
{
  GPtrArray *entries; /* Entry */
  GError    *failure; /* (nullable): the next reading ends so, after half of the entries */
  guint      searches;
  gboolean   saw_password;      /* the last time it was asked it was given the right one */
  char      *uri;               /* that it was asked at last */
  void (*hook) (gpointer data); /* (nullable): called once, before the next answer */
  gpointer hook_data;
  gboolean waits; /* it answers when it is cancelled */
} Town;

extern Town town;

void town_set_up (Fixture *f, gconstpointer data);
void town_tear_down (Fixture *f, gconstpointer data);
/* @text: "uid=ann;mail=ann@example.org;…"; "\n" as "|". (transfer none): also in town.entries */
Entry *town_add (const char *text);
void   town_set (Entry *entry, const char *attribute, const char *value); /* %NULL takes it away */
void   town_remove (Entry *entry);
Entry *town_find (const char *uid);

/* What reads it, as MsDirectoryReadFunc. */
gboolean town_read (const MsDirectoryServer *server,
                    const MsDirectorySearch *search,
                    MsDirectoryEntryFunc     func,
                    gpointer                 user_data,
                    GCancellable            *cancellable,
                    GError                 **error);

/* A directory with the usual mapping; @more: members, beginning with a comma, or "". (transfer
 * full): its id */
char *make_directory (Fixture *f, const char *more);
void  set_directory (Fixture *f, const char *id, const char *body);
/* (transfer full): as answered */
JsonObject *get_directory (Fixture *f, const char *id);
JsonObject *get_rows (Fixture *f, const char *id, const char *status);
/* Begins and waits for the end. (transfer full): "last" */
JsonObject *run_directory (Fixture *f, const char *id, MsDirectoryMode mode, gboolean force);
void        wait_for_end (Fixture *f, const char *id);
/* It is done, with these counts: "create 2, refuse 1"; all others are 0. */
void run_and_expect (Fixture *f, const char *id, const char *counts);
void expect_counts (JsonObject *last, const char *counts);
/* (transfer full) (nullable): id of the user */
char *find_user_id (Fixture *f, const char *name);
char *find_mailbox_id (Fixture *f, const char *address);
/* Takes the last run back. */
void undo_directory (Fixture *f, const char *id);
/* (transfer full) */
char *digest (Fixture *f);
/* Who gets mail for @address: the addresses of mailboxes, with a blank between them. */
void expect_recipients (Fixture *f, const char *address, const char *recipients);

#define town_test(path, func) g_test_add (path, Fixture, NULL, town_set_up, func, town_tear_down)
