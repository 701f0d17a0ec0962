/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who may not set somebody's password gets none of that person's mail either, by whatever is
 * written: the known roads by name, and then whatever chance finds, with everybody who gets the
 * mail looked up after each write.
 */
#include "mail-guard-town.h"

#include <string.h>

#include "ms-delivery-walk.h"
#include "ms-txn.h"

/* The mailbox itself ------------------------------------------------------------------------- */

static void
test_own_mailbox (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { "a mailbox is deleted", MS_VERB_DELETE, "Mailbox", "boss", NULL, FALSE, NULL },
    { "a primary mailbox is made for them",
      MS_VERB_CREATE,
      "Mailbox",
      NULL,
      "{'name':'new','owner':{'value':'$admin'},'primary':true," EVIL "}",
      FALSE,
      "owner" },
    { "one is given to them",
      MS_VERB_PATCH,
      "Mailbox",
      "trap",
      SET ("owner", "{'value':'$admin'}") "," SET ("primary", "true"),
      FALSE,
      "owner" },
    { "taken from them", MS_VERB_PATCH, "Mailbox", "boss", REMOVE ("owner"), FALSE, "owner" },
    { "no longer primary",
      MS_VERB_PATCH,
      "Mailbox",
      "boss",
      SET ("primary", "false"),
      FALSE,
      "primary" },
    { "no copy kept",
      MS_VERB_PATCH,
      "Mailbox",
      "boss",
      SET ("keepCopy", "false"),
      FALSE,
      "keepCopy" },
    { "renamed", MS_VERB_PATCH, "Mailbox", "boss", SET ("name", "'b2'"), FALSE, "name" },
    { "an alias given up", MS_VERB_PATCH, "Mailbox", "boss", REMOVE ("aliases"), FALSE, "aliases" },
    { "a forward",
      MS_VERB_PATCH,
      "Mailbox",
      "ann",
      SET ("forwardTo", "['trap']"),
      FALSE,
      "forwardTo" },
    { "a quota is no way", MS_VERB_PATCH, "Mailbox", "boss", SET ("quota", "1000000"), TRUE, NULL },
    { "closed", MS_VERB_PATCH, "Mailbox", "boss", SET ("active", "false"), TRUE, NULL },
    { "opened, and so passing on again",
      MS_VERB_PATCH,
      "Mailbox",
      "boss",
      SET ("active", "true"),
      FALSE,
      "active" },
    { "closed", MS_VERB_PATCH, "Mailbox", "ann", SET ("active", "false"), TRUE, NULL },
    { "opened, without a forward",
      MS_VERB_PATCH,
      "Mailbox",
      "ann",
      SET ("active", "true"),
      TRUE,
      NULL },
    { "the owner goes and the mailbox stays",
      MS_VERB_DELETE,
      "User",
      "auditor",
      "{'mailboxes':'keep'}",
      FALSE,
      "owner" },
  };
  g_auto (Town) town = { NULL };

  town_init (&town, f);
  town_try (&town, town.token, cases, G_N_ELEMENTS (cases));
}

/* The ways from it --------------------------------------------------------------------------- */

static void
test_ways (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { "what it forwards to is made",
      MS_VERB_CREATE,
      "Mailbox",
      NULL,
      "{'name':'later'," EVIL "}",
      FALSE,
      "address" },
    { "made as a list",
      MS_VERB_CREATE,
      "Group",
      NULL,
      "{'displayName':'L','" LIST "':{'address':'later','externalMembers':['e@evil.example']}}",
      FALSE,
      LIST ":address" },
    { "made as a list with members",
      MS_VERB_CREATE,
      "Group",
      NULL,
      "{'displayName':'L','members':[{'value':'$trap'}],'" LIST "':{'address':'later'}}",
      FALSE,
      "members" },
    { "made as a mail group",
      MS_VERB_CREATE,
      "MailGroup",
      NULL,
      "{'name':'L','address':'later'}",
      FALSE,
      "address" },
    { "an alias of what there is",
      MS_VERB_PATCH,
      "Mailbox",
      "trap",
      ADD ("aliases", "['LATER']"),
      FALSE,
      "aliases" },
    { "by a domain that is an alias",
      MS_VERB_PATCH,
      "Mailbox",
      "trap",
      ADD ("aliases", "['later@same.example']"),
      FALSE,
      "aliases" },
    { "a helper forwards",
      MS_VERB_PATCH,
      "Mailbox",
      "helpers",
      ADD ("forwardTo", "['trap']"),
      FALSE,
      "forwardTo" },
    { "a helper's box is replaced",
      MS_VERB_PATCH,
      "Mailbox",
      "trap",
      SET ("group", "{'value':'$inner'}"),
      FALSE,
      "group" },
    { "a closed one on the way is opened",
      MS_VERB_PATCH,
      "Mailbox",
      "closed",
      SET ("active", "true"),
      FALSE,
      "active" },
    { "an outside member of the list",
      MS_VERB_PATCH,
      "Group",
      "crew",
      ADD (LIST ":externalMembers", "['e@evil.example']"),
      FALSE,
      LIST ":externalMembers" },
    { "a member of the list",
      MS_VERB_PATCH,
      "Group",
      "crew",
      ADD ("members", "[{'value':'$trap'}]"),
      FALSE,
      "members" },
    { "the list's members are others",
      MS_VERB_REPLACE,
      "Group",
      "crew",
      "{'displayName':'Crew','members':[{'value':'$trap'}]}",
      FALSE,
      "members" },
    { "by a list in the list",
      MS_VERB_PATCH,
      "Group",
      "crew",
      ADD ("members", "[{'value':'$nested'}]"),
      FALSE,
      "members" },
    { "a mailbox for a member of the list",
      MS_VERB_CREATE,
      "Mailbox",
      NULL,
      "{'name':'c2','owner':{'value':'$clerk'},'primary':true," EVIL "}",
      FALSE,
      "primary" },
    { "another one becomes primary",
      MS_VERB_PATCH,
      "Mailbox",
      "second",
      SET ("primary", "true"),
      FALSE,
      "primary" },
    { "a mail group moves there",
      MS_VERB_PATCH,
      "MailGroup",
      "other",
      SET ("parent", "{'value':'$team'}"),
      FALSE,
      "parent" },
    { "by addEntries",
      MS_VERB_ACTION,
      NULL,
      NULL,
      "{'verb':'addEntries','ids':['$trap'],'to':'$crew'}",
      FALSE,
      NULL },
    { "by move",
      MS_VERB_ACTION,
      NULL,
      NULL,
      "{'verb':'move','ids':['$trap'],'to':'$inner'}",
      FALSE,
      NULL },
    { "by setOwner",
      MS_VERB_ACTION,
      NULL,
      NULL,
      "{'verb':'setOwner','ids':['$boss'],'to':'$plain'}",
      FALSE,
      NULL },
    { "by an account",
      MS_VERB_ACCOUNT,
      NULL,
      NULL,
      "{'user':{'userName':'y'},'mailbox':{'name':'y','aliases':['later']}}",
      FALSE,
      "mailbox.aliases" },
  };
  g_auto (Town) town = { NULL };

  town_init (&town, f);
  town_try (&town, town.token, cases, G_N_ELEMENTS (cases));
}

/* What is given up is taken again by somebody else. */
static void
test_given_up (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { "what it forwards to goes", MS_VERB_DELETE, "Mailbox", "helpers", NULL, TRUE, NULL },
    { "and is made again", MS_VERB_CREATE, "Mailbox", NULL, "{'name':'helper'}", FALSE, "address" },
    { "the list goes", MS_VERB_DELETE, "Group", "crew", NULL, TRUE, NULL },
    { "and its address is taken",
      MS_VERB_PATCH,
      "Mailbox",
      "trap",
      SET ("name", "'crew'"),
      FALSE,
      "address" },
    { "somebody who has a role goes, mailbox and all",
      MS_VERB_DELETE,
      "User",
      "auditor",
      NULL,
      TRUE,
      NULL },
    { "and the address is taken",
      MS_VERB_CREATE,
      "Mailbox",
      NULL,
      "{'name':'ann'}",
      FALSE,
      "address" },
    { "by a list",
      MS_VERB_CREATE,
      "Group",
      NULL,
      "{'displayName':'A','" LIST "':{'address':'ann','externalMembers':['e@evil.example']}}",
      FALSE,
      LIST ":address" },
    { "by an alias",
      MS_VERB_PATCH,
      "Mailbox",
      "trap",
      SET ("aliases", "['Ann@same.example']"),
      FALSE,
      "aliases" },
    { "somebody else goes", MS_VERB_DELETE, "User", "plain", NULL, TRUE, NULL },
    { "and that address is taken", MS_VERB_CREATE, "Mailbox", NULL, "{'name':'free'}", TRUE, NULL },
  };
  g_auto (Town) town = { NULL };

  town_init (&town, f);
  town_try (&town, town.token, cases, G_N_ELEMENTS (cases));
  /* An administrator may. */
  g_autofree char *again = make (f, "Mailbox", "{'name':'ann'}");
}

/* Where mail of whom was deleted went on to stays guarded, since a restore makes the ways live
 * again; and as long as one of several who had the same lies in the bin. */
static void
test_given_up_stream (Fixture *f, gconstpointer data)
{
  static const Case before[] = {
    { "somebody who has a role goes", MS_VERB_DELETE, "User", "auditor", NULL, TRUE, NULL },
    { "and another one", MS_VERB_DELETE, "User", "second auditor", NULL, TRUE, NULL },
  };
  static const Case cases[] = {
    { "what is there passes on more",
      MS_VERB_PATCH,
      "Mailbox",
      "relay",
      SET ("forwardTo", "['e@evil.example']"),
      FALSE,
      "forwardTo" },
    { "what is not there is made",
      MS_VERB_CREATE,
      "Mailbox",
      NULL,
      "{'name':'post','forwardTo':['e@evil.example']}",
      FALSE,
      "address" },
    { "a list gets another member",
      MS_VERB_PATCH,
      "Group",
      "ring",
      SET (LIST ":externalMembers", "['e@evil.example']"),
      FALSE,
      LIST ":externalMembers" },
  };
  g_auto (Town) town = { NULL };
  g_autoptr (GError) error = NULL;

  town_init (&town, f);
  g_hash_table_insert (town.ids, (gpointer) "relay", make (f, "Mailbox", "{'name':'relay'}"));
  g_hash_table_insert (town.ids,
                       (gpointer) "ring",
                       make (f, "Group", "{'displayName':'Ring','" LIST "':{'address':'ring'}}"));
  char *second = make (f, "User", "{'userName':'bea','" EXT "':{'role':'auditor'}}");
  g_hash_table_insert (town.ids, (gpointer) "second auditor", second);
  g_autofree char *body = json ("{'name':'bea','owner':{'value':'%s'},'primary':true,"
                                "'forwardTo':['relay','post','ring']}",
                                second);
  g_autofree char *box = make (f, "Mailbox", body);
  change (
      f, "Mailbox", g_hash_table_lookup (town.ids, "ann"), "forwardTo", "['relay','post','ring']");
  town_try (&town, town.token, before, G_N_ELEMENTS (before));
  town_try (&town, town.token, cases, G_N_ELEMENTS (cases));
  g_autofree char *purge = json ("{'ids':['%s']}", second);
  g_assert_true (town_write_as (&town, NULL, MS_VERB_PURGE, NULL, NULL, purge, &error));
  g_assert_no_error (error);
  town_try (&town, town.token, cases, G_N_ELEMENTS (cases));
}

/* For good, or back: the address is nobody's any more, or theirs. */
static void
test_given_up_for_good (Fixture *f, gconstpointer data)
{
  static const Case first
      = { "somebody who has a role goes", MS_VERB_DELETE, "User", "auditor", NULL, TRUE, NULL };
  static const Case last
      = { "the address is free", MS_VERB_CREATE, "Mailbox", NULL, "{'name':'ann'}", TRUE, NULL };
  g_auto (Town) town = { NULL };
  g_autoptr (GError) error = NULL;

  town_init (&town, f);
  town_try (&town, town.token, &first, 1);
  g_assert_true (
      town_write_as (&town, NULL, MS_VERB_PURGE, NULL, NULL, "{'ids':['$auditor']}", &error));
  g_assert_no_error (error);
  town_try (&town, town.token, &last, 1);
}

static void
test_domains (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { "the domain that it forwards to is made",
      MS_VERB_CREATE,
      "Domain",
      NULL,
      "{'name':'new.example'}",
      FALSE,
      NULL },
    { "as an alias",
      MS_VERB_CREATE,
      "Domain",
      NULL,
      "{'name':'new.example','kind':'alias','aliasOf':'idle.example'}",
      FALSE,
      NULL },
    { "one that it forwards to is made an alias",
      MS_VERB_PATCH,
      "Domain",
      "idle",
      SET ("kind", "'alias'") "," SET ("aliasOf", "'example.org'"),
      FALSE,
      "kind" },
    { "one that it has an alias in",
      MS_VERB_PATCH,
      "Domain",
      "equal",
      SET ("kind", "'alias'") "," SET ("aliasOf", "'idle.example'"),
      FALSE,
      "kind" },
    { "an alias of its domain leads elsewhere",
      MS_VERB_PATCH,
      "Domain",
      "same",
      SET ("aliasOf", "'idle.example'"),
      FALSE,
      "aliasOf" },
    { "one is deleted", MS_VERB_DELETE, "Domain", "idle", NULL, FALSE, NULL },
    { "another one is primary",
      MS_VERB_PATCH,
      "Domain",
      "equal",
      SET ("kind", "'primary'"),
      FALSE,
      "kind" },
    { "one that comes by who shares an alias",
      MS_VERB_CREATE,
      "Domain",
      NULL,
      "{'name':'shared.example'}",
      FALSE,
      NULL },
    { "others", MS_VERB_CREATE, "Domain", NULL, "{'name':'fine.example'}", TRUE, NULL },
    { "an alias of theirs, which could not be deleted then",
      MS_VERB_CREATE,
      "Domain",
      NULL,
      "{'name':'fine2.example','kind':'alias','aliasOf':'example.org'}",
      FALSE,
      NULL },
    { "an alias of others",
      MS_VERB_CREATE,
      "Domain",
      NULL,
      "{'name':'fine3.example','kind':'alias','aliasOf':'fine.example'}",
      TRUE,
      NULL },
    { "what it says of itself",
      MS_VERB_PATCH,
      "Domain",
      "same",
      SET ("description", "'d'"),
      TRUE,
      NULL },
  };
  g_auto (Town) town = { NULL };

  town_init (&town, f);
  g_autofree char *shared
      = make (f,
              "Mailbox",
              "{'name':'s','aliases':['boss@same.example'],'forwardTo':['x@shared.example']}");
  town_try (&town, town.token, cases, G_N_ELEMENTS (cases));
}

/* In one request, in which each part alone might seem to be nothing. */
static void
test_bulk (Fixture *f, gconstpointer data)
{
  static const char body[]
      = "{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],"
        "'urn:ietf:params:scim:api:messages:mailstead:2.0:BulkOptions':{'atomic':%s},"
        "'Operations':[{'method':'POST','path':'/Groups','bulkId':'a','data':{'displayName':'A',"
        "'members':[{'value':'bulkId:b'}]}},{'method':'POST','path':'/Groups','bulkId':'b',"
        "'data':{'displayName':'B','members':[{'value':'bulkId:a'},{'value':'$trap'}],"
        "'" LIST "':{'address':'later'}}}]}";
  static const char *const atomic[] = { "true", "false" };
  g_auto (Town) town = { NULL };

  town_init (&town, f);
  for (guint i = 0; i < G_N_ELEMENTS (atomic); i++)
    {
      g_autoptr (GString) text = g_string_new (body);
      g_autoptr (GError) error = NULL;
      gint64 last = last_sequence (f);
      g_string_replace (text, "%s", atomic[i], 1);
      g_autofree char *filled = town_fill_in (&town, text->str);
      g_autoptr (MsOutcome) outcome
                 = try_verb (f, town.token, MS_VERB_BULK, NULL, NULL, filled, &error);
      g_assert_no_error (error);
      g_test_message ("%s", outcome->document->str);
      g_assert_nonnull (strstr (outcome->document->str, "\"403\""));
      g_assert_cmpint (last_sequence (f), ==, last);
    }
}

/* What a provider does every day. */
static void
test_everyday (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { "a user", MS_VERB_CREATE, "User", NULL, "{'userName':'new'}", TRUE, NULL },
    { "their mailbox",
      MS_VERB_CREATE,
      "Mailbox",
      NULL,
      "{'name':'new','owner':{'value':'$plain'},'primary':true,'group':{'value':'$other'}}",
      TRUE,
      NULL },
    { "an alias and a forward",
      MS_VERB_PATCH,
      "Mailbox",
      "free",
      ADD ("aliases", "['free2']") "," ADD ("forwardTo", "['f@elsewhere.example']"),
      TRUE,
      NULL },
    { "another mailbox",
      MS_VERB_PATCH,
      "Mailbox",
      "free",
      SET ("owner", "{'value':'$clerk'}"),
      TRUE,
      NULL },
    { "a list, with people who have a role in it",
      MS_VERB_CREATE,
      "Group",
      NULL,
      "{'displayName':'All','members':[{'value':'$admin'},{'value':'$plain'},{'value':'$boss'}],"
      "'" LIST "':{'address':'all'}}",
      TRUE,
      NULL },
    { "another member",
      MS_VERB_PATCH,
      "Group",
      "nested",
      ADD ("members", "[{'value':'$auditor'},{'value':'$trap'}]"),
      TRUE,
      NULL },
    { "out of the list", MS_VERB_PATCH, "Group", "crew", REMOVE ("members"), TRUE, NULL },
    { "a mail group", MS_VERB_CREATE, "MailGroup", NULL, "{'name':'N','address':'n'}", TRUE, NULL },
    { "forwards that come to them",
      MS_VERB_PATCH,
      "Mailbox",
      "trap",
      SET ("forwardTo", "['boss','ann']"),
      TRUE,
      NULL },
    { "a role that is none",
      MS_VERB_CREATE,
      "User",
      NULL,
      "{'userName':'nobody','" EXT "':{'role':'none'}}",
      TRUE,
      NULL },
    { "and said again", MS_VERB_PATCH, "User", "plain", SET (EXT ":role", "'none'"), TRUE, NULL },
    { "and left away", MS_VERB_PATCH, "User", "plain", REMOVE (EXT ":role"), TRUE, NULL },
    { "a role given",
      MS_VERB_PATCH,
      "User",
      "plain",
      SET (EXT ":role", "'auditor'"),
      FALSE,
      EXT ":role" },
    { "a role taken",
      MS_VERB_PATCH,
      "User",
      "auditor",
      SET (EXT ":role", "'none'"),
      FALSE,
      EXT ":role" },
    { "who has a role is disabled",
      MS_VERB_PATCH,
      "User",
      "auditor",
      SET ("active", "false"),
      TRUE,
      NULL },
  };
  g_auto (Town) town = { NULL };
  g_autoptr (GError) error = NULL;

  town_init (&town, f);
  town_try (&town, town.token, cases, G_N_ELEMENTS (cases));
  /* Who finds it taken looks it up then: by whom does not matter. */
  g_assert_false (town_write_as (
      &town, town.token, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'boss'}", &error));
  refuse_error (error, MS_ERROR_CONFLICT, "address");
}

/* Delegates, for auditors; with each other they may. */
static void
test_delegate (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { "an auditor's forward",
      MS_VERB_PATCH,
      "Mailbox",
      "ann",
      SET ("forwardTo", "['e@evil.example']") "," SET ("keepCopy", "false"),
      FALSE,
      "forwardTo" },
    { "an auditor's mailbox is given away",
      MS_VERB_PATCH,
      "Mailbox",
      "ann",
      SET ("owner", "{'value':'$plain'}"),
      FALSE,
      "owner" },
    { "an auditor gets one",
      MS_VERB_PATCH,
      "Mailbox",
      "trap",
      SET ("owner", "{'value':'$auditor'}"),
      FALSE,
      "owner" },
    { "an auditor's address",
      MS_VERB_CREATE,
      "Mailbox",
      NULL,
      "{'name':'x','aliases':['ann']}",
      FALSE,
      "aliases" },
    { "a helper's forward",
      MS_VERB_PATCH,
      "Mailbox",
      "helpers",
      ADD ("forwardTo", "['trap']"),
      FALSE,
      "forwardTo" },
    { "a box in the group",
      MS_VERB_PATCH,
      "Mailbox",
      "trap",
      SET ("group", "{'value':'$inner'}"),
      FALSE,
      "group" },
    { "an auditor's quota", MS_VERB_PATCH, "Mailbox", "ann", SET ("quota", "1000000"), TRUE, NULL },
    { "an auditor's title", MS_VERB_PATCH, "User", "auditor", SET ("title", "'T'"), TRUE, NULL },
    { "a delegate's mailbox",
      MS_VERB_CREATE,
      "Mailbox",
      NULL,
      "{'name':'w','owner':{'value':'$worker'},'primary':true," EVIL "}",
      TRUE,
      NULL },
    { "a role that is none",
      MS_VERB_CREATE,
      "User",
      NULL,
      "{'userName':'nobody','" EXT "':{'role':'none'}}",
      TRUE,
      NULL },
  };
  g_auto (Town) town = { NULL };

  town_init (&town, f);
  town_try (&town, town.delegate, cases, G_N_ELEMENTS (cases));
}

/* By more ways than are followed: nobody is let through for that. */
static void
test_too_many (Fixture *f, gconstpointer data)
{
  g_auto (Town) town = { NULL };
  g_autoptr (GString) body
             = g_string_new ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],"
                             "'urn:ietf:params:scim:api:messages:mailstead:2.0:BulkOptions':"
                             "{'atomic':true},'Operations':[");
  g_autoptr (GError) error = NULL;

  town_init (&town, f);
  for (guint i = 0; i < 2001; i++)
    g_string_append_printf (body,
                            "%s{'method':'POST','path':'/Mailboxes','bulkId':'m%u','data':"
                            "{'name':'many%u','forwardTo':['many']}}",
                            i > 0 ? "," : "",
                            i,
                            i);
  g_string_append (body, "]}");
  g_autoptr (MsOutcome) made = try_verb (f, NULL, MS_VERB_BULK, NULL, NULL, body->str, &error);
  g_assert_no_error (error);
  g_assert_cmpint (made->sequence, >, 0);
  g_assert_false (town_write_as (
      &town, town.token, MS_VERB_CREATE, "Mailbox", NULL, "{'name':'many'}", &error));
  refuse_error (error, MS_ERROR_DENIED, "address");
  g_assert_nonnull (strstr (error->message, "so many ways"));
  /* An administrator may. */
  g_autofree char *many = make (f, "Mailbox", "{'name':'many'}");
}

/* Limits ------------------------------------------------------------------------------------- */

static void
test_limits (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { "no end",
      MS_VERB_PATCH,
      "User",
      "second",
      REMOVE (EXT ":validUntil"),
      FALSE,
      EXT ":validUntil" },
    { "a later end",
      MS_VERB_PATCH,
      "User",
      "second",
      SET (EXT ":validUntil", "'2021-01-01T00:00:00Z'"),
      FALSE,
      EXT ":validUntil" },
    { "a sooner end",
      MS_VERB_PATCH,
      "User",
      "second",
      SET (EXT ":validUntil", "'2019-06-01T00:00:00Z'"),
      TRUE,
      NULL },
    { "no beginning",
      MS_VERB_PATCH,
      "User",
      "second",
      REMOVE (EXT ":validFrom"),
      FALSE,
      EXT ":validFrom" },
    { "an earlier beginning",
      MS_VERB_PATCH,
      "User",
      "second",
      SET (EXT ":validFrom", "'2018-01-01T00:00:00Z'"),
      FALSE,
      EXT ":validFrom" },
    { "a later beginning",
      MS_VERB_PATCH,
      "User",
      "second",
      SET (EXT ":validFrom", "'2019-02-01T00:00:00Z'"),
      TRUE,
      NULL },
    { "from anywhere",
      MS_VERB_PATCH,
      "User",
      "second",
      REMOVE (EXT ":allowedNetworks"),
      FALSE,
      EXT ":allowedNetworks" },
    { "from elsewhere too",
      MS_VERB_PATCH,
      "User",
      "second",
      ADD (EXT ":allowedNetworks", "['127.0.0.0/8']"),
      FALSE,
      EXT ":allowedNetworks" },
    { "from a larger network",
      MS_VERB_PATCH,
      "User",
      "second",
      SET (EXT ":allowedNetworks", "['10.9.0.0/16']"),
      FALSE,
      EXT ":allowedNetworks" },
    { "from a smaller one",
      MS_VERB_PATCH,
      "User",
      "second",
      SET (EXT ":allowedNetworks", "['10.9.9.128/25','10.9.9.1']"),
      TRUE,
      NULL },
    { "all limits by PUT",
      MS_VERB_REPLACE,
      "User",
      "second",
      "{'userName':'second','" EXT "':{'role':'administrator'}}",
      FALSE,
      EXT ":validFrom" },
    { "the same name", MS_VERB_PATCH, "User", "second", SET ("userName", "'Second'"), TRUE, NULL },
    { "another name",
      MS_VERB_PATCH,
      "User",
      "second",
      SET ("userName", "'third'"),
      FALSE,
      "userName" },
    { "no new password",
      MS_VERB_PATCH,
      "User",
      "second",
      SET (EXT ":mustChangePassword", "false"),
      FALSE,
      EXT ":mustChangePassword" },
    { "let in again", MS_VERB_PATCH, "User", "second", SET ("active", "true"), FALSE, "active" },
    { "still out", MS_VERB_PATCH, "User", "second", SET ("active", "false"), TRUE, NULL },
    { "a title", MS_VERB_PATCH, "User", "second", SET ("title", "'T'"), TRUE, NULL },
    { "an end for one who had none",
      MS_VERB_PATCH,
      "User",
      "auditor",
      SET (EXT ":validUntil", "'2030-01-01T00:00:00Z'"),
      TRUE,
      NULL },
    { "networks for one who had none",
      MS_VERB_PATCH,
      "User",
      "auditor",
      SET (EXT ":allowedNetworks", "['10.0.0.0/8']"),
      TRUE,
      NULL },
    { "a new password for one who need not",
      MS_VERB_PATCH,
      "User",
      "auditor",
      SET (EXT ":mustChangePassword", "true"),
      TRUE,
      NULL },
    { "who has no role", MS_VERB_PATCH, "User", "plain", SET ("active", "false"), TRUE, NULL },
    { "comes and goes",
      MS_VERB_PATCH,
      "User",
      "plain",
      SET ("active", "true") "," SET ("userName", "'plainer'"),
      TRUE,
      NULL },
  };
  static const Case of_delegate[] = {
    { "an auditor is let in from anywhere",
      MS_VERB_PATCH,
      "User",
      "auditor",
      REMOVE (EXT ":allowedNetworks"),
      FALSE,
      EXT ":allowedNetworks" },
    { "an auditor is kept out",
      MS_VERB_PATCH,
      "User",
      "auditor",
      SET ("active", "false"),
      TRUE,
      NULL },
    { "an auditor is let in",
      MS_VERB_PATCH,
      "User",
      "auditor",
      SET ("active", "true"),
      FALSE,
      "active" },
    { "another delegate is let in from anywhere",
      MS_VERB_PATCH,
      "User",
      "mate",
      REMOVE (EXT ":allowedNetworks"),
      TRUE,
      NULL },
  };
  static const Case of_self[] = {
    { "from anywhere",
      MS_VERB_PATCH,
      "User",
      "worker",
      REMOVE (EXT ":allowedNetworks"),
      FALSE,
      EXT ":allowedNetworks" },
    { "no end",
      MS_VERB_PATCH,
      "User",
      "worker",
      REMOVE (EXT ":validUntil"),
      FALSE,
      EXT ":validUntil" },
    { "a later end",
      MS_VERB_PATCH,
      "User",
      "worker",
      SET (EXT ":validUntil", "'2040-01-01T00:00:00Z'"),
      FALSE,
      EXT ":validUntil" },
    { "a sooner end",
      MS_VERB_PATCH,
      "User",
      "worker",
      SET (EXT ":validUntil", "'2034-01-01T00:00:00Z'"),
      TRUE,
      NULL },
    { "no new password",
      MS_VERB_PATCH,
      "User",
      "worker",
      SET (EXT ":mustChangePassword", "false"),
      FALSE,
      EXT ":mustChangePassword" },
    { "a new password",
      MS_VERB_PATCH,
      "User",
      "worker",
      SET ("password", "'correct horse battery'") "," SET (EXT ":mustChangePassword", "false"),
      TRUE,
      NULL },
    { "another name", MS_VERB_PATCH, "User", "worker", SET ("userName", "'wo'"), TRUE, NULL },
  };
  static const Case of_administrator[] = {
    { "from anywhere", MS_VERB_PATCH, "User", "admin", REMOVE (EXT ":allowedNetworks"), TRUE, NULL }
  };
  g_auto (Town) town = { NULL };

  town_init (&town, f);
  g_autofree char *second
      = make (f,
              "User",
              "{'userName':'second','active':false,'" EXT
              "':{'role':'administrator','mustChangePassword':true,"
              "'validFrom':'2019-01-01T00:00:00Z','validUntil':'2020-01-01T00:00:00Z',"
              "'allowedNetworks':['10.9.9.0/24','192.0.2.1']}}");
  g_hash_table_insert (town.ids, (gpointer) "second", g_steal_pointer (&second));
  town_try (&town, town.token, cases, G_N_ELEMENTS (cases));
  town_make (&town,
             "mate",
             "User",
             "{'userName':'mate','" EXT "':{'role':'delegate','allowedNetworks':['10.9.9.0/24']}}");
  town_try (&town, town.delegate, of_delegate, G_N_ELEMENTS (of_delegate));
  const char *worker = g_hash_table_lookup (town.ids, "worker");
  change (f, "User", worker, EXT ":validUntil", "'2035-01-01T00:00:00Z'");
  change (f, "User", worker, EXT ":allowedNetworks", "['10.9.9.0/24']");
  change (f, "User", worker, EXT ":mustChangePassword", "true");
  town_try (&town, town.delegate, of_self, G_N_ELEMENTS (of_self));
  town_make (&town,
             "spare",
             "User",
             "{'userName':'spare','password':'correct horse battery','" EXT
             "':{'role':'administrator'}}");
  change (f, "User", f->admin->user_id, EXT ":allowedNetworks", "['10.9.9.0/24']");
  town_try (&town, NULL, of_administrator, G_N_ELEMENTS (of_administrator));
}

/* By chance ---------------------------------------------------------------------------------- */

static const char *const guarded[] = {
  "boss",
  "chief",
  "boss@same.example",
  "chief@same.example",
  "b@equal.example",
  "ann",
  "ann@same.example",
};

typedef struct
{
  Town       *town;
  GHashTable *got[G_N_ELEMENTS (guarded)]; /* keys of who gets that mail, and who reads it */
  GHashTable *primaries;                   /* of whom it matters */
} Look;

static gboolean
look_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Look   *look = user_data;
  MsWrite reading;

  ms_write_init (&reading, look->town->f->service, look->town->f->admin, NULL);
  reading.txn = txn;
  for (guint i = 0; i < G_N_ELEMENTS (guarded); i++)
    {
      g_autoptr (MsDeliveryWalk) walk
                 = ms_delivery_walk (&reading, guarded[i], 10000, 30000, error);
      g_assert_nonnull (walk);
      for (guint j = 0; j < walk->places->len; j++)
        {
          const MsPlace *place = walk->places->pdata[j];
          if (!place->is_recipient)
            continue;
          g_hash_table_add (look->got[i], g_strdup (place->key));
          g_autoptr (MsObject) mailbox = NULL;
          g_assert_true (ms_txn_look_up (txn, reading.types->mailbox, place->key, &mailbox, error));
          const char *owner = mailbox != NULL ? ms_object_get_link (mailbox, "owner") : NULL;
          if (owner != NULL)
            g_hash_table_add (look->got[i], g_strconcat (place->key, " of ", owner, NULL));
        }
    }
  static const char *const users[] = { "admin", "auditor" };
  for (guint i = 0; i < G_N_ELEMENTS (users); i++)
    {
      g_autoptr (MsObject) primary = ms_write_find_primary (
          &reading, g_hash_table_lookup (look->town->ids, users[i]), NULL);
      if (primary != NULL)
        g_hash_table_add (look->primaries, g_strdup (ms_object_get_id (primary)));
    }
  ms_write_clear (&reading);
  return TRUE;
}

static void
look_init (Look *self, Town *town)
{
  g_autoptr (GError) error = NULL;

  self->town = town;
  for (guint i = 0; i < G_N_ELEMENTS (guarded); i++)
    self->got[i] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->primaries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_assert_true (ms_store_read (town->f->store, look_in_txn, self, NULL, &error));
  g_assert_no_error (error);
}

static void
look_clear (Look *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (guarded); i++)
    g_hash_table_unref (self->got[i]);
  g_hash_table_unref (self->primaries);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Look, look_clear)

static void
assert_holds_all (GHashTable *all, GHashTable *some, const char *what)
{
  GHashTableIter iter;
  gpointer       key;

  g_hash_table_iter_init (&iter, some);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!g_hash_table_contains (all, key))
      g_error ("%s comes to %s now", what, (char *) key);
}

static const char *
pick_one (GRand *rand, const char *const *from, guint n)
{
  return from[g_rand_int_range (rand, 0, (gint32) n)];
}

#define PICK(rand, from) pick_one (rand, from, G_N_ELEMENTS (from))

static const char *const locals[]
    = { "boss", "chief", "ann", "later", "helper", "crew", "team", "trap", "x", "y", "z" };
static const char *const hosts[] = { "example.org",  "example.org", "same.example", "equal.example",
                                     "idle.example", "new.example", "evil.example" };
static const char *const mailboxes[]
    = { "boss", "ann", "helpers", "closed", "clerks", "second", "trap", "free", "made", "made" };
static const char *const users[] = { "admin", "auditor", "worker", "plain", "helper", "clerk" };
static const char *const groups[] = { "team", "inner", "other" };
static const char *const lists[] = { "crew", "nested", "listed" };
static const char *const truths[] = { "true", "false" };

static char *
make_address (GRand *rand)
{
  return g_strconcat (PICK (rand, locals), "@", PICK (rand, hosts), NULL);
}

/* One write of any kind. */
static gboolean
write_anything (Town *town, const MsActor *actor, GRand *rand, GError **error)
{
  g_autofree char *address = make_address (rand);
  g_autofree char *another = make_address (rand);
  const char      *mailbox = PICK (rand, mailboxes);
  const char      *user = PICK (rand, users);
  const char      *group = PICK (rand, groups);
  const char      *list = PICK (rand, lists);
  const char      *truth = PICK (rand, truths);
  const char      *host = hosts[g_rand_int_range (rand, 2, 7)];
  g_autofree char *text = NULL;
  const char      *type = "Mailbox";
  const char      *id = mailbox;
  MsVerb           verb = MS_VERB_PATCH;

#define TEXT(...) text = g_strdup_printf (__VA_ARGS__)
  switch (g_rand_int_range (rand, 0, 22))
    {
    case 0:
    case 1:
      TEXT ("{'name':'%s','domain':'%s','owner':{'value':'$%s'},'primary':%s,'aliases':['%s'],"
            "'forwardTo':['%s'],'keepCopy':%s,'group':{'value':'$%s'}}",
            PICK (rand, locals),
            hosts[g_rand_int_range (rand, 0, 4)],
            user,
            truth,
            address,
            another,
            truth,
            group);
      verb = MS_VERB_CREATE;
      break;
    case 2:
      TEXT ("{'name':'%s','forwardTo':['%s'],'keepCopy':%s}", PICK (rand, locals), another, truth);
      verb = MS_VERB_CREATE;
      break;
    case 3:
      TEXT (SET ("aliases", "['%s','%s']"), address, another);
      break;
    case 4:
      TEXT (SET ("forwardTo", "['%s']"), address);
      break;
    case 5:
      TEXT (SET ("keepCopy", "%s"), truth);
      break;
    case 6:
      TEXT (SET ("active", "%s"), truth);
      break;
    case 7:
      TEXT (SET ("owner", "{'value':'$%s'}") "," SET ("primary", "%s"), user, truth);
      break;
    case 8:
      TEXT (SET ("primary", "%s"), truth);
      break;
    case 9:
      TEXT (SET ("group", "{'value':'$%s'}"), group);
      break;
    case 10:
      TEXT (SET ("name", "'%s'"), PICK (rand, locals));
      break;
    case 11:
      TEXT (REMOVE ("%s"), PICK (rand, ((const char *const[]){ "owner", "forwardTo", "aliases" })));
      break;
    case 12:
      verb = MS_VERB_DELETE;
      break;
    case 13:
      type = "Group";
      verb = MS_VERB_CREATE;
      TEXT ("{'displayName':'N','members':[{'value':'$%s'},{'value':'$%s'}],'" LIST
            "':{'address':'%s','externalMembers':['%s']}}",
            user,
            mailbox,
            address,
            another);
      break;
    case 14:
      type = "Group";
      id = list;
      TEXT (ADD ("members", "[{'value':'$%s'}]"),
            g_rand_boolean (rand)   ? mailbox
            : g_rand_boolean (rand) ? user
                                    : group);
      break;
    case 15:
      type = "Group";
      id = list;
      TEXT (SET (LIST ":externalMembers", "['%s']"), address);
      break;
    case 16:
      type = "Group";
      id = list;
      TEXT (SET (LIST ":address", "'%s'"), address);
      break;
    case 17:
      type = "MailGroup";
      id = group;
      TEXT (SET ("parent", "{'value':'$%s'}"), PICK (rand, groups));
      break;
    case 18:
      type = "MailGroup";
      id = group;
      TEXT (SET ("address", "'%s'"), address);
      break;
    case 19:
      type = "Domain";
      verb = MS_VERB_CREATE;
      TEXT ("{'name':'%s'}", host);
      break;
    case 20:
      type = "Domain";
      id = PICK (rand, ((const char *const[]){ "same", "idle", "equal" }));
      if (g_rand_boolean (rand))
        TEXT (SET ("kind", "'alias'") "," SET ("aliasOf", "'%s'"), host);
      else
        verb = MS_VERB_DELETE;
      break;
    default:
      type = "User";
      id = user;
      verb = MS_VERB_DELETE;
      text = g_rand_boolean (rand) ? g_strdup ("{'mailboxes':'keep'}") : NULL;
      if (g_rand_int_range (rand, 0, 10) > 0)
        return FALSE;
      break;
    }
#undef TEXT
  gboolean made = verb == MS_VERB_CREATE;
  if (!town_write_as (town, actor, verb, type, made ? NULL : id, text, error))
    return FALSE;
  if (made && strcmp (type, "Domain") != 0)
    g_hash_table_insert (town->ids,
                         (gpointer) (strcmp (type, "Group") == 0 ? "listed" : "made"),
                         g_strdup (town->last));
  return TRUE;
}

static guint32
get_seed (void)
{
  const char *given = g_getenv ("MS_TEST_SEED");
  guint32     seed = given != NULL ? (guint32) g_ascii_strtoull (given, NULL, 10) : g_random_int ();

  g_printerr ("MS_TEST_SEED=%u repeats %s\n", seed, g_test_get_path ());
  return seed;
}

static void
write_by_chance (Town *town, const MsActor *actor)
{
  g_auto (Look) first = { NULL };
  g_autoptr (GRand) rand = g_rand_new_with_seed (get_seed ());
  guint done = 0, denied = 0;

  look_init (&first, town);
  for (guint i = 0; i < 400; i++)
    {
      g_autoptr (GError) error = NULL;
      if (!write_anything (town, actor, rand, &error))
        {
          denied += g_error_matches (error, MS_ERROR, MS_ERROR_DENIED) ? 1 : 0;
          continue;
        }
      done++;
      g_auto (Look) now = { NULL };
      look_init (&now, town);
      for (guint j = 0; j < G_N_ELEMENTS (guarded); j++)
        assert_holds_all (first.got[j], now.got[j], guarded[j]);
      assert_holds_all (first.primaries, now.primaries, "mail of a user");
    }
  g_test_message ("%u done, %u denied", done, denied);
  g_assert_cmpuint (done, >, 20);
  g_assert_cmpuint (denied, >, 20);
}

static void
test_chance (Fixture *f, gconstpointer data)
{
  g_auto (Town) town = { NULL };

  town_init (&town, f);
  g_hash_table_insert (
      town.ids, (gpointer) "made", g_strdup (g_hash_table_lookup (town.ids, "trap")));
  g_hash_table_insert (
      town.ids, (gpointer) "listed", g_strdup (g_hash_table_lookup (town.ids, "nested")));
  write_by_chance (&town, data != NULL ? town.delegate : town.token);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/mail-guard/own-mailbox", test_own_mailbox);
  fixture_add ("/mail-guard/ways", test_ways);
  fixture_add ("/mail-guard/given-up", test_given_up);
  fixture_add ("/mail-guard/given-up-stream", test_given_up_stream);
  fixture_add ("/mail-guard/given-up-for-good", test_given_up_for_good);
  fixture_add ("/mail-guard/domains", test_domains);
  fixture_add ("/mail-guard/bulk", test_bulk);
  fixture_add ("/mail-guard/everyday", test_everyday);
  fixture_add ("/mail-guard/delegate", test_delegate);
  fixture_add ("/mail-guard/too-many", test_too_many);
  fixture_add ("/mail-guard/limits", test_limits);
  fixture_add ("/mail-guard/chance", test_chance);
  g_test_add ("/mail-guard/chance-delegate",
              Fixture,
              "delegate",
              fixture_set_up,
              test_chance,
              fixture_tear_down);
  return g_test_run ();
}
