/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Roads to somebody's mail that are longer or less plain than one write: whoever becomes the owner
 * of a mailbox on the way, ways from who lies in the bin, through what is closed, by the other
 * spelling of a domain; and what is no road, though it looks like one.
 */
#include "mail-guard-town.h"

#include <string.h>

/* Who owns a mailbox ------------------------------------------------------------------------- */

static void
test_owner (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { "what it forwards to gets another owner",
      MS_VERB_PATCH,
      "Mailbox",
      "helpers",
      SET ("owner", "{'value':'$plain'}"),
      FALSE,
      "owner" },
    { "who has it as primary",
      MS_VERB_PATCH,
      "Mailbox",
      "shared",
      SET ("owner", "{'value':'$plain'}") "," SET ("primary", "true"),
      FALSE,
      "owner" },
    { "what nobody owns gets an owner",
      MS_VERB_PATCH,
      "Mailbox",
      "shared",
      SET ("owner", "{'value':'$plain'}"),
      FALSE,
      "owner" },
    { "by PUT",
      MS_VERB_REPLACE,
      "Mailbox",
      "shared",
      "{'name':'shared','owner':{'value':'$plain'}}",
      FALSE,
      "owner" },
    { "by setOwner",
      MS_VERB_ACTION,
      NULL,
      NULL,
      "{'verb':'setOwner','ids':['$shared'],'to':'$plain'}",
      FALSE,
      NULL },
    { "the same owner",
      MS_VERB_PATCH,
      "Mailbox",
      "helpers",
      SET ("owner", "{'value':'$helper'}"),
      TRUE,
      NULL },
    { "no owner", MS_VERB_PATCH, "Mailbox", "helpers", REMOVE ("owner"), TRUE, NULL },
    { "and then another one",
      MS_VERB_PATCH,
      "Mailbox",
      "helpers",
      SET ("owner", "{'value':'$plain'}"),
      FALSE,
      "owner" },
    { "no such mail",
      MS_VERB_PATCH,
      "Mailbox",
      "second",
      SET ("owner", "{'value':'$plain'}"),
      TRUE,
      NULL },
  };
  static const Case of_delegate[] = {
    { "what an auditor's forwards to gets an owner",
      MS_VERB_PATCH,
      "Mailbox",
      "shared",
      SET ("owner", "{'value':'$plain'}"),
      FALSE,
      "owner" },
    { "no such mail",
      MS_VERB_PATCH,
      "Mailbox",
      "free",
      SET ("owner", "{'value':'$clerk'}"),
      TRUE,
      NULL },
  };
  g_auto (Town) town = { NULL };

  town_init (&town, f);
  town_make (&town, "shared", "Mailbox", "{'name':'shared'}");
  change (f, "Mailbox", g_hash_table_lookup (town.ids, "ann"), "forwardTo", "['shared']");
  town_try (&town, town.token, cases, G_N_ELEMENTS (cases));
  town_try (&town, town.delegate, of_delegate, G_N_ELEMENTS (of_delegate));
}

/* Domains ------------------------------------------------------------------------------------ */

#define DOMAIN(name) "{'name':'" name "','kind':'alias','aliasOf':'calm.example'}"

/* Their mail goes round by others; they may lie in the bin, and others see to where it goes on. */
static void
test_domains_of_deleted (Fixture *f, gconstpointer data)
{
  static const Case before[]
      = { { "there", MS_VERB_CREATE, "Domain", NULL, DOMAIN ("out.example"), FALSE, NULL },
          { "they go", MS_VERB_DELETE, "User", "auditor", NULL, TRUE, NULL } };
  static const Case cases[] = {
    { "in the bin", MS_VERB_CREATE, "Domain", NULL, DOMAIN ("out.example"), FALSE, NULL },
    { "no alias", MS_VERB_CREATE, "Domain", NULL, "{'name':'out.example'}", FALSE, NULL },
    { "it went there itself", MS_VERB_CREATE, "Domain", NULL, DOMAIN ("own.example"), FALSE, NULL },
    { "their own", MS_VERB_PATCH, "Domain", "lone", SET ("name", "'l.example'"), FALSE, "name" },
  };
  static const Case later
      = { "since then", MS_VERB_CREATE, "Domain", NULL, DOMAIN ("late.example"), FALSE, NULL };
  static const Case last
      = { "for good", MS_VERB_CREATE, "Domain", NULL, DOMAIN ("out.example"), TRUE, NULL };
  g_auto (Town) town = { NULL };
  g_autoptr (GError) error = NULL;

  town_init (&town, f);
  town_make (&town, "calm", "Domain", "{'name':'calm.example'}");
  town_make (&town, "lone", "Domain", "{'name':'lone.example'}");
  town_make (&town, "mid", "Mailbox", "{'name':'mid','forwardTo':['x@out.example']}");
  change (f,
          "Mailbox",
          g_hash_table_lookup (town.ids, "ann"),
          "forwardTo",
          "['mid','x@own.example','x@lone.example']");
  town_try (&town, town.token, before, G_N_ELEMENTS (before));
  town_try (&town, town.token, cases, G_N_ELEMENTS (cases));
  change (f,
          "Mailbox",
          g_hash_table_lookup (town.ids, "mid"),
          "forwardTo",
          "['x@out.example','x@late.example']");
  town_try (&town, town.token, &later, 1);
  g_assert_true (
      town_write_as (&town, NULL, MS_VERB_PURGE, NULL, NULL, "{'ids':['$auditor']}", &error));
  g_assert_no_error (error);
  town_try (&town, town.token, &last, 1);
}

static void
test_domains_of_closed (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { "open", MS_VERB_CREATE, "Domain", NULL, DOMAIN ("far.example"), FALSE, NULL },
    { "closed", MS_VERB_PATCH, "Mailbox", "mid", SET ("active", "false"), TRUE, NULL },
    { "what it would go to", MS_VERB_CREATE, "Domain", NULL, DOMAIN ("far.example"), FALSE, NULL },
    { "and further", MS_VERB_CREATE, "Domain", NULL, DOMAIN ("off.example"), FALSE, NULL },
    { "others", MS_VERB_CREATE, "Domain", NULL, DOMAIN ("fine.example"), TRUE, NULL },
  };
  g_auto (Town) town = { NULL };

  town_init (&town, f);
  town_make (&town, "calm", "Domain", "{'name':'calm.example'}");
  town_make (&town, "mid", "Mailbox", "{'name':'mid','forwardTo':['x@far.example','more']}");
  town_make (&town, "more", "Mailbox", "{'name':'more','forwardTo':['x@off.example']}");
  change (f, "Mailbox", g_hash_table_lookup (town.ids, "more"), "active", "false");
  change (f, "Mailbox", g_hash_table_lookup (town.ids, "ann"), "forwardTo", "['mid']");
  town_try (&town, town.token, cases, G_N_ELEMENTS (cases));
}

/* Whoever may make one may delete it. */
static void
test_alias_domains (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { "an alias of theirs",
      MS_VERB_CREATE,
      "Domain",
      NULL,
      "{'name':'a.example','kind':'alias','aliasOf':'example.org'}",
      FALSE,
      NULL },
    { "made one of theirs",
      MS_VERB_PATCH,
      "Domain",
      "turn",
      SET ("aliasOf", "'example.org'"),
      FALSE,
      "aliasOf" },
    { "one of others is deleted", MS_VERB_DELETE, "Domain", "turn", NULL, TRUE, NULL },
    { "and made again",
      MS_VERB_CREATE,
      "Domain",
      NULL,
      "{'name':'turn.example','kind':'alias','aliasOf':'plain.example'}",
      TRUE,
      NULL },
    { "their domain in the other spelling",
      MS_VERB_PATCH,
      "Domain",
      "foreign",
      SET ("name", "'xn--fsq.example'"),
      TRUE,
      NULL },
  };
  g_auto (Town) town = { NULL };

  town_init (&town, f);
  town_make (&town, "base", "Domain", "{'name':'plain.example'}");
  town_make (
      &town, "turn", "Domain", "{'name':'turn.example','kind':'alias','aliasOf':'plain.example'}");
  town_make (&town, "foreign", "Domain", "{'name':'例.example'}");
  change (f, "Mailbox", g_hash_table_lookup (town.ids, "ann"), "aliases", "['x@例.example']");
  town_try (&town, town.token, cases, G_N_ELEMENTS (cases));
}

/* Spellings ---------------------------------------------------------------------------------- */

static void
test_spellings (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { "outside, as it is written",
      MS_VERB_PATCH,
      "Mailbox",
      "trap",
      ADD ("aliases", "['r6@öre.example']"),
      FALSE,
      "aliases" },
    { "outside, as the DNS has it",
      MS_VERB_PATCH,
      "Mailbox",
      "trap",
      ADD ("aliases", "['R6@xn--re-eka.example']"),
      FALSE,
      "aliases" },
    { "in some of both",
      MS_VERB_PATCH,
      "Mailbox",
      "trap",
      ADD ("aliases", "['m@xn--re-eka.bücher.example']"),
      FALSE,
      "aliases" },
    { "another name",
      MS_VERB_PATCH,
      "Mailbox",
      "trap",
      ADD ("aliases", "['r7@xn--re-eka.example']"),
      TRUE,
      NULL },
    { "another domain",
      MS_VERB_PATCH,
      "Mailbox",
      "trap",
      ADD ("aliases", "['r6@ore.example']"),
      TRUE,
      NULL },
    { "a domain that it forwards to",
      MS_VERB_CREATE,
      "Domain",
      NULL,
      DOMAIN ("xn--re-eka.example"),
      FALSE,
      NULL },
    { "they go", MS_VERB_DELETE, "User", "auditor", NULL, TRUE, NULL },
    { "the domain, as it is written",
      MS_VERB_CREATE,
      "Domain",
      NULL,
      DOMAIN ("öre.example"),
      FALSE,
      NULL },
    { "as the DNS has it",
      MS_VERB_CREATE,
      "Domain",
      NULL,
      DOMAIN ("xn--re-eka.example"),
      FALSE,
      NULL },
    { "outside, as the DNS has it",
      MS_VERB_PATCH,
      "Mailbox",
      "trap",
      ADD ("aliases", "['r6@xn--re-eka.example']"),
      FALSE,
      "aliases" },
    { "their own address",
      MS_VERB_CREATE,
      "Mailbox",
      NULL,
      "{'name':'rus','domain':'дом.example'}",
      FALSE,
      "address" },
  };
  static const Case again[] = {
    { "their own address in a domain that is spelled otherwise now",
      MS_VERB_CREATE,
      "Mailbox",
      NULL,
      "{'name':'rus','domain':'xn--d1aqf.example'}",
      FALSE,
      "address" },
    { "another one",
      MS_VERB_CREATE,
      "Mailbox",
      NULL,
      "{'name':'rus2','domain':'xn--d1aqf.example'}",
      TRUE,
      NULL },
  };
  g_auto (Town) town = { NULL };

  town_init (&town, f);
  town_make (&town, "calm", "Domain", "{'name':'calm.example'}");
  town_make (&town, "house", "Domain", "{'name':'дом.example'}");
  town_make (&town,
             "rus",
             "Mailbox",
             "{'name':'rus','domain':'дом.example','owner':{'value':'$auditor'}}");
  change (f,
          "Mailbox",
          g_hash_table_lookup (town.ids, "ann"),
          "forwardTo",
          "['r6@öre.example','m@öre.xn--bcher-kva.example']");
  town_try (&town, town.token, cases, G_N_ELEMENTS (cases));
  change (f, "Domain", g_hash_table_lookup (town.ids, "house"), "name", "'xn--d1aqf.example'");
  town_try (&town, town.token, again, G_N_ELEMENTS (again));
}

/* More labels in other letters than anybody has. */
static void
test_too_many_spellings (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { "too many",
      MS_VERB_PATCH,
      "Mailbox",
      "trap",
      ADD ("aliases", "['r@ä.ö.ü.ä.ö.ü.example']"),
      FALSE,
      "aliases" },
    { "many",
      MS_VERB_PATCH,
      "Mailbox",
      "trap",
      ADD ("aliases", "['r@ä.ö.ü.ä.ö.example']"),
      TRUE,
      NULL },
  };
  g_auto (Town) town = { NULL };

  town_init (&town, f);
  town_try (&town, town.token, cases, G_N_ELEMENTS (cases));
}

/* What is no road ---------------------------------------------------------------------------- */

/* Written otherwise it is the same. */
static void
test_written_otherwise (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { "a name", MS_VERB_PATCH, "Mailbox", "boss", SET ("name", "'Boss'"), TRUE, NULL },
    { "a domain", MS_VERB_PATCH, "Mailbox", "boss", SET ("domain", "'EXAMPLE.org'"), TRUE, NULL },
    { "aliases",
      MS_VERB_PATCH,
      "Mailbox",
      "boss",
      SET ("aliases", "['B@equal.example','Chief']"),
      TRUE,
      NULL },
    { "forwards",
      MS_VERB_PATCH,
      "Mailbox",
      "ann",
      SET ("forwardTo", "['X@xn--re-eka.example','Helper']"),
      TRUE,
      NULL },
    { "fewer forwards",
      MS_VERB_PATCH,
      "Mailbox",
      "ann",
      SET ("forwardTo", "['helper']"),
      FALSE,
      "forwardTo" },
    { "other aliases",
      MS_VERB_PATCH,
      "Mailbox",
      "boss",
      SET ("aliases", "['b@equal.example','chef']"),
      FALSE,
      "aliases" },
    { "on the way",
      MS_VERB_PATCH,
      "Mailbox",
      "helpers",
      SET ("forwardTo", "['Y@xn--re-eka.example']"),
      TRUE,
      NULL },
  };
  g_auto (Town) town = { NULL };

  town_init (&town, f);
  change (f,
          "Mailbox",
          g_hash_table_lookup (town.ids, "ann"),
          "forwardTo",
          "['helper','x@öre.example']");
  change (
      f, "Mailbox", g_hash_table_lookup (town.ids, "helpers"), "forwardTo", "['y@öre.example']");
  town_try (&town, town.token, cases, G_N_ELEMENTS (cases));
}

/* What moves up, or within, was in that group already. */
static void
test_moved_within (Fixture *f, gconstpointer data)
{
  static const Case cases[] = {
    { "a mailbox moves within",
      MS_VERB_PATCH,
      "Mailbox",
      "low",
      SET ("group", "{'value':'$beside'}"),
      TRUE,
      NULL },
    { "to where more comes",
      MS_VERB_PATCH,
      "Mailbox",
      "low",
      SET ("group", "{'value':'$more'}"),
      FALSE,
      "group" },
    { "a mailbox moves up",
      MS_VERB_PATCH,
      "Mailbox",
      "low",
      SET ("group", "{'value':'$inner'}"),
      TRUE,
      NULL },
    { "a mail group moves up",
      MS_VERB_PATCH,
      "MailGroup",
      "deep",
      SET ("parent", "{'value':'$team'}"),
      TRUE,
      NULL },
    { "a mail group goes and leaves all to its parent",
      MS_VERB_DELETE,
      "MailGroup",
      "inner",
      "{'content':'parent'}",
      TRUE,
      NULL },
    { "a mailbox moves out",
      MS_VERB_PATCH,
      "Mailbox",
      "low",
      SET ("group", "{'value':'$other'}"),
      TRUE,
      NULL },
    { "and in again",
      MS_VERB_PATCH,
      "Mailbox",
      "low",
      SET ("group", "{'value':'$deep'}"),
      FALSE,
      "group" },
  };
  g_auto (Town) town = { NULL };

  town_init (&town, f);
  town_make (&town, "deep", "MailGroup", "{'name':'Deep','parent':{'value':'$inner'}}");
  town_make (&town, "beside", "MailGroup", "{'name':'Beside','parent':{'value':'$inner'}}");
  town_make (
      &town, "more", "MailGroup", "{'name':'More','parent':{'value':'$inner'},'address':'more'}");
  town_make (&town, "low", "Mailbox", "{'name':'low','group':{'value':'$deep'}}");
  change (f, "Mailbox", g_hash_table_lookup (town.ids, "ann"), "forwardTo", "['more']");
  town_try (&town, town.token, cases, G_N_ELEMENTS (cases));
}

/* Work --------------------------------------------------------------------------------------- */

static GString *
begin_bulk (void)
{
  return g_string_new ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],"
                       "'urn:ietf:params:scim:api:messages:mailstead:2.0:BulkOptions':"
                       "{'atomic':true},'Operations':[{'method':'POST','path':'/Domains',"
                       "'bulkId':'base','data':{'name':'base.example'}}");
}

static void
add_alias_domains (GString *body, guint n)
{
  for (guint i = 0; i < n; i++)
    g_string_append_printf (body,
                            ",{'method':'POST','path':'/Domains','bulkId':'d%u','data':"
                            "{'name':'d%u.example','kind':'alias','aliasOf':'base.example'}}",
                            i,
                            i);
}

/* An address in each of them has as many twins as there are aliases of its domain. */
static void
try_many_twins (Fixture *f, guint n_domains, guint n_lists, gboolean allowed)
{
  g_auto (Town) town = { NULL };
  g_autoptr (GString) body = begin_bulk ();
  g_autoptr (GError) error = NULL;

  town_init (&town, f);
  add_alias_domains (body, n_domains);
  for (guint i = 0; i < n_lists; i++)
    g_string_append_printf (body,
                            ",{'method':'POST','path':'/Groups','bulkId':'l%u','data':"
                            "{'displayName':'L%u','members':[{'value':'$nested'}],'" LIST
                            "':{'address':'l%u@base.example'}}}",
                            i,
                            i,
                            i);
  g_string_append (body, "]}");
  g_autofree char *filled = town_fill_in (&town, body->str);
  g_autoptr (MsOutcome) made = try_verb (f, NULL, MS_VERB_BULK, NULL, NULL, filled, &error);
  g_assert_no_error (error);
  g_assert_cmpint (made->sequence, >, 0);
  gint64 begun = g_get_monotonic_time ();
  g_assert_cmpint (town_write_as (&town,
                                  town.token,
                                  MS_VERB_PATCH,
                                  "Group",
                                  "nested",
                                  ADD ("members", "[{'value':'$plain'}]"),
                                  &error),
                   ==,
                   allowed);
  g_test_message ("%u domains, %u lists: %" G_GINT64_FORMAT " ms",
                  n_domains,
                  n_lists,
                  (g_get_monotonic_time () - begun) / 1000);
  if (allowed)
    return;
  refuse_error (error, MS_ERROR_DENIED, "members");
  g_assert_nonnull (strstr (error->message, "so many ways"));
}

static void
test_many_twins (Fixture *f, gconstpointer data)
{
  try_many_twins (f, 10, 300, TRUE);
}

static void
test_too_many_twins (Fixture *f, gconstpointer data)
{
  try_many_twins (f, 100, 40, FALSE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("/mail-guard-ways/owner", test_owner);
  fixture_add ("/mail-guard-ways/domains-of-deleted", test_domains_of_deleted);
  fixture_add ("/mail-guard-ways/domains-of-closed", test_domains_of_closed);
  fixture_add ("/mail-guard-ways/alias-domains", test_alias_domains);
  fixture_add ("/mail-guard-ways/spellings", test_spellings);
  fixture_add ("/mail-guard-ways/too-many-spellings", test_too_many_spellings);
  fixture_add ("/mail-guard-ways/written-otherwise", test_written_otherwise);
  fixture_add ("/mail-guard-ways/moved-within", test_moved_within);
  fixture_add ("/mail-guard-ways/many-twins", test_many_twins);
  fixture_add ("/mail-guard-ways/too-many-twins", test_too_many_twins);
  return g_test_run ();
}
