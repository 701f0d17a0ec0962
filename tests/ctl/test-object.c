/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * mailsteadctl with what operators have added: attributes of their extensions, objects of their own
 * types. Renaming, and API tokens. Tests run in the order of their names and use what those before
 * have made.
 */
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "ms-run-server.h"

#define BADGE "urn:example:params:scim:schemas:extension:office:2.0:Badge"

static RealServer *server;

static void
test_start (void)
{
  static const RunStep steps[] = {
    { "schema add data/examples/printers.json", NULL, 0, NULL, NULL },
    { "user create ann --generate-password", NULL, 0, NULL, NULL },
    { "user create ben --generate-password", NULL, 0, NULL, NULL },
  };

  run_log_on (server);
  run_steps (steps, G_N_ELEMENTS (steps));
}

/* Attributes of operators' extensions, on what everybody has. */
static void
test_extensions (void)
{
  static const RunStep steps[] = {
    { "user set ann number=B-7", NULL, 0, "ann changed", NULL },
    { "user set ann " BADGE ":validUntil=2030-01-01T00:00:00Z", NULL, 0, "ann changed", NULL },
    { "user show ann", NULL, 0, "B-7", NULL },
    { "user set ann doors=front,back", NULL, 0, NULL, NULL },
    { "user set ann doors+=cellar doors-=front", NULL, 0, NULL, NULL },
    { "user show ann --json", NULL, 0, "\"cellar\"", NULL },
    { "user set ann 'doors=[\"a, b\", \"c\"]'", NULL, 0, NULL, NULL },
    { "user show ann --json", NULL, 0, "\"a, b\"", NULL },
    { "user set ann 'doors=[\"a\"'", NULL, 1, NULL, "doors: JSON line 1" },
    { "user set ann 'doors=[1]'", NULL, 1, NULL, "doors: “1” is not a string" },
    { "user set ann printers=x", NULL, 1, NULL, "printers: It is computed" },
    { "user set ann nonsense=x", NULL, 1, NULL, "nonsense: There is no such attribute" },
    { "user set ben number=B-7", NULL, 4, NULL, "B-7" },
    { "user create cy number=B-8 --generate-password", NULL, 0, NULL, NULL },
    { "user list --filter '" BADGE ":number eq \"B-8\"'", NULL, 0, "cy", NULL },
    { "user set ann validUntil= doors=", NULL, 0, NULL, NULL },
    { "user set ann number=", NULL, 1, NULL, "number" },
    { "user set ann " BADGE "=", NULL, 0, "ann changed", NULL },
    { "user set ben number=B-9 title=Boss --dry-run",
      NULL,
      0,
      "replace " BADGE ":number \"B-9\"",
      NULL },
    { "user set ben title= --dry-run", NULL, 0, "remove title\n", NULL },
    { "user set ben number=B-9 --dry-run --json", NULL, 0, "\"operations\"", NULL },
    { "user show ben --json", NULL, 0, "\"userName\" : \"ben\"", NULL },
    { "user set ben number=B-9 --dry-run nonsense=1", NULL, 1, NULL, "nonsense" },
    { "user set ben "
      "'emails=[{\"value\":\"b@x.example\",\"type\":\"work\"},{\"value\":\"c@x.example\"}]'",
      NULL,
      0,
      NULL,
      NULL },
    { "user show ben --json", NULL, 0, "\"work\"", NULL },
    { "user set ben 'emails-={\"type\":\"work\"}'", NULL, 0, NULL, NULL },
    { "user set ben 'emails+={\"value\":\"d@x.example\",\"colour\":\"red\"}'",
      NULL,
      1,
      NULL,
      "emails.colour: There is no such attribute" },
    { "user set ben 'name={\"givenName\":\"Ben\",\"familyName\":\"Bay\"}'", NULL, 0, NULL, NULL },
    { "user show ben", NULL, 0, "familyName: Bay", NULL },
    { "user set ben name=Ben",
      NULL,
      1,
      NULL,
      "name: It has parts: name one of them, such as name.formatted, or give a JSON object" },
    { "user set ben 'name={\"givenName\":7}'", NULL, 1, NULL, "givenName" },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
  g_autoptr (Run) ben = run_expect ("user show ben --json", NULL, 0);
  assert_lacks (ben->out, "B-9");
  assert_lacks (ben->out, "b@x.example");
  assert_contains (ben->out, "c@x.example");
}

/* What docs/cli.md shows of setting attributes, line by line as it stands there. */
static void
test_manual (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint            count = 0;

  g_assert_true (g_file_get_contents ("docs/cli.md", &text, NULL, &error));
  g_assert_no_error (error);
  const char *section = strstr (text, "\n## Setting attributes\n");
  g_assert_nonnull (section);
  const char *begin = strstr (section, "\n```\n");
  g_assert_nonnull (begin);
  begin += strlen ("\n```\n");
  const char *end = strstr (begin, "\n```\n");
  g_assert_nonnull (end);
  g_autofree char *block = g_strndup (begin, (gsize) (end - begin));
  g_auto (GStrv) lines = g_strsplit (block, "\n", -1);
  g_autoptr (Run) made = run_expect ("user create john --generate-password", NULL, 0);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_assert_true (g_str_has_prefix (lines[i], "mailsteadctl "));
      g_autoptr (GString) line = g_string_new (lines[i] + strlen ("mailsteadctl "));
      const char *comment = strstr (line->str, "  #");
      if (comment != NULL)
        g_string_truncate (line, (gsize) (comment - line->str));
      g_string_replace (line, "urn:example:…:Badge", BADGE, 0);
      g_test_message ("%s", line->str);
      g_autoptr (Run) run = run_expect (line->str, NULL, 0);
      count++;
    }
  g_assert_cmpuint (count, >, 5);
  g_autoptr (Run) gone = run_expect ("user delete john --yes", NULL, 0);
}

/* Objects of operators' own types, and of all others by the same verbs. */
static void
test_objects (void)
{
  static const RunStep steps[] = {
    { "object types", NULL, 0, "Printer", NULL },
    { "object types --json", NULL, 0, "\"Mailbox\"", NULL },
    { "object create Printer name=hall model='Acme 9' color=yes pages=7 costPerPage=0.25 "
      "keeper=ann "
      "'trays=[{\"value\":\"upper\",\"sheets\":250},{\"value\":\"lower\"}]'",
      NULL,
      0,
      "hall created (change ",
      NULL },
    { "object create printers name=attic serialNumber=S-1 --json", NULL, 0, "\"attic\"", NULL },
    { "object create Printer name=hall", NULL, 4, NULL, "hall" },
    { "object create Printer model=x", NULL, 1, NULL, "name" },
    { "object create Printer name=den pages=many", NULL, 1, NULL, "pages: “many” is not a number" },
    { "object create Printer name=den color=perhaps",
      NULL,
      1,
      NULL,
      "color: “perhaps” is neither yes nor no" },
    { "object create Printer name=den keeper=nobody", NULL, 3, NULL, "There is no user “nobody”" },
    { "object create Printer name=den adminPin=1234",
      NULL,
      1,
      NULL,
      "mailsteadctl object secret Printer NAME adminPin" },
    { "object attributes Printer", NULL, 0, "costPerPage", NULL },
    { "object attributes users", NULL, 0, "name.familyName", NULL },
    { "object attributes User", NULL, 0, "rights.imap", NULL },
    { "object attributes Printer --json", NULL, 0, "\"mutability\" : \"writeOnly\"", NULL },
    { "object attributes Scanner", NULL, 3, NULL, "There is no type" },
    { "object set Guest - nonsense=x", NULL, 1, NULL, "object attributes Guest lists them" },
    { "object create Printer 'trays=[{\"paper\":\"A4\"}]' name=den", NULL, 1, NULL, "trays.value" },
    { "object create User userName=dd name.familyName=Doe 'name={\"givenName\":\"D\"}' --dry-run",
      NULL,
      0,
      "\"familyName\" : \"Doe\"",
      NULL },
    { "object create Printer name=den --dry-run", NULL, 0, "\"name\" : \"den\"", NULL },
    { "object create Scanner name=x",
      NULL,
      3,
      NULL,
      "There is no type “Scanner”; there are User, Mailbox, " },
    { "object list Printer", NULL, 0, "hall", NULL },
    { "object list Printer", NULL, 0, "NAME", NULL },
    { "object list Printer --filter 'pages gt 5'", NULL, 0, "hall", NULL },
    { "object list Printer --sort -name --json", NULL, 0, "\"attic\"", NULL },
    { "object list Printer acme", NULL, 0, "hall", NULL },
    { "object list User", NULL, 0, "LOGIN", NULL },
    { "object show Printer hall", NULL, 0, "Acme 9", NULL },
    { "object show Printer hall --json", NULL, 0, "\"upper\"", NULL },
    { "object show Printer hall", NULL, 0, "\ntrays: upper (sheets: 250), lower\n", NULL },
    { "object show Printer hall", NULL, 0, "\nkeeper: ann\n", NULL },
    { "object export Printer", NULL, 0, "Acme 9", NULL },
    { "object export printers attic", NULL, 0, "S-1", NULL },
    { "object export Printer --filter 'pages gt 5'", NULL, 0, "hall", NULL },
    { "object export User ann", NULL, 0, "userName,", NULL },
    { "object export Guest", NULL, 2, NULL, "There is one Guest only" },
    { "object export Scanner", NULL, 3, NULL, "There is no type “Scanner”" },
    { "export Printer", NULL, 2, NULL, "others by object export TYPE" },
    { "object show Printer cellar", NULL, 3, NULL, "There is no Printer “cellar”" },
    { "object show User ann", NULL, 0, "ann", NULL },
    { "object show Guest -", NULL, 0, "rights", NULL },
    { "object set Printer hall pages=8 kind=ink trays-=lower", NULL, 0, "hall changed", NULL },
    { "object set Printer hall pages=8", NULL, 0, "Nothing to do", NULL },
    { "object set Printer hall kind=steam", NULL, 1, NULL, "kind" },
    { "object set Printer attic serialNumber=S-2", NULL, 1, NULL, "serialNumber" },
    { "object set Printer hall 'trays+={\"value\":\"side\",\"sheets\":\"few\"}'",
      NULL,
      1,
      NULL,
      "sheets" },
    { "object secret Printer hall adminPin --password-file -",
      "4711-0815\n",
      0,
      "hall has a new adminPin",
      NULL },
    { "object secret Printer hall model --password-file -",
      "x\n",
      1,
      NULL,
      "model: It is no secret" },
    { "object secret Printer hall nonsense --password-file -", "x\n", 1, NULL, "nonsense" },
    { "object show Printer hall", NULL, 0, "pages: 8", NULL },
    { "object rename Printer attic loft", NULL, 0, "attic renamed", NULL },
    { "object show Printer loft", NULL, 0, "S-1", NULL },
    { "object delete Printer loft", NULL, 2, NULL, "say --yes" },
    { "object delete Printer hall loft --yes", NULL, 0, "2 changed", NULL },
    { "object list Printer --json", NULL, 0, "[]", NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

static void
test_rename (void)
{
  static const RunStep steps[] = {
    { "user rename ben benno", NULL, 0, "ben renamed (change ", NULL },
    { "user show benno", NULL, 0, "benno", NULL },
    { "user show ben", NULL, 3, NULL, "There is no user “ben”" },
    { "user rename benno ann", NULL, 4, NULL, "ann" },
    { "user rename ann anna --mailbox --keep-address", NULL, 0, "ann renamed", NULL },
    { "mailbox show anna", NULL, 0, "aliases: ann@harbour.example", NULL },
    { "user rename benno b2 --keep-address", NULL, 2, NULL, "--keep-address goes with --mailbox" },
    { "domain create spare.example", NULL, 0, NULL, NULL },
    { "domain rename spare.example other.example", NULL, 0, "spare.example renamed", NULL },
    { "domain show other.example", NULL, 0, "other.example", NULL },
    { "domain rename harbour.example port.example", NULL, 4, NULL, "harbour.example" },
    { "template create Plain", NULL, 0, NULL, NULL },
    { "template rename Plain Simple", NULL, 0, "Plain renamed", NULL },
    { "template show Simple", NULL, 0, "Simple", NULL },
    { "user rename benno b3 --dry-run", NULL, 0, "replace userName \"b3\"", NULL },
    { "user show benno", NULL, 0, NULL, NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

static char *
find_after (const char *text, const char *before)
{
  const char *at = strstr (text, before);

  g_assert_nonnull (at);
  at += strlen (before);
  return g_strndup (at, strcspn (at, " \n\","));
}

static void
test_tokens (void)
{
  g_autoptr (Run) made = run_expect ("token create entra --expires 2090-01-01T00:00:00Z", NULL, 0);
  g_autofree char *token = find_after (made->out, "Token: ");
  g_autofree char *file = run_path ("token");
  g_autofree char *into = g_strdup_printf ("token create okta --scope read --output %s", file);

  assert_contains (made->out, "shown only now");
  g_autoptr (Run) listed = run_expect ("token list", NULL, 0);
  assert_contains (listed->out, "entra");
  assert_contains (listed->out, "scim");
  assert_lacks (listed->out, token);
  g_autoptr (Run) json = run_expect ("token list --json", NULL, 0);
  assert_lacks (json->out, token);

  /* It works, as far as its scope goes. */
  g_autofree char *ask = g_strdup_printf ("scim GET /Users?count=0");
  g_setenv ("MAILSTEAD_URL", real_server_get (server, "url"), TRUE);
  g_setenv ("MAILSTEAD_FINGERPRINT", real_server_get (server, "fingerprint"), TRUE);
  g_setenv ("MAILSTEAD_TOKEN", token, TRUE);
  g_autoptr (Run) works = run_expect (ask, NULL, 0);
  /* What the program itself sends is none of what somebody asked. */
  g_assert_cmpstr (works->err, ==, "");
  g_autoptr (Run) odd = run_expect ("scim GET '/Users?count=0&zz=1'", NULL, 0);
  g_assert_cmpstr (odd->err, ==, "The server knows nothing of ?zz\n");
  g_autoptr (Run) narrow = run_expect ("token list", NULL, 5);
  /* There is no session to end. */
  g_autoptr (Run) off = run_expect ("logout", NULL, 5);
  assert_contains (off->err, "This token is for /scim/v2 only");
  assert_lacks (off->out, "Logged off");
  g_autoptr (Run) stays = run_expect (ask, NULL, 0);
  g_unsetenv ("MAILSTEAD_TOKEN");
  g_unsetenv ("MAILSTEAD_URL");
  g_unsetenv ("MAILSTEAD_FINGERPRINT");

  /* Into a file that only its owner reads, and not on the terminal then. */
  g_autoptr (Run) kept = run_expect (into, NULL, 0);
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  g_strchomp (text);
  g_assert_cmpuint (strlen (text), >, 20);
  assert_lacks (kept->out, text);
  g_autoptr (Run) again = run_expect (into, NULL, 1);
  assert_contains (again->err, "is there already");

  static const RunStep steps[] = {
    { "token create x --scope everything", NULL, 1, NULL, "scope" },
    { "token create x --expires tomorrow", NULL, 1, NULL, "expires" },
    { "token create x --expires 2001-01-01T00:00:00Z", NULL, 1, NULL, "expires" },
    { "token revoke entra", NULL, 2, NULL, "say --yes" },
    { "token revoke entra --yes", NULL, 0, "1 token revoked", NULL },
    { "token revoke entra --yes", NULL, 3, NULL, "There is no token “entra”" },
    { "token create twice", NULL, 0, NULL, NULL },
    { "token create twice", NULL, 0, NULL, NULL },
    { "token revoke twice --yes", NULL, 4, NULL, "may be one of several" },
  };
  run_steps (steps, G_N_ELEMENTS (steps));
}

/* What is to go is found as the server finds it: a time by when it is, a text by its case or
 * without, a bare alias in the primary domain. What is not there is refused. */
static void
test_removals (void)
{
  static const RunStep steps[] = {
    { "schema add tests/server/all-kinds.json", NULL, 0, NULL, NULL },
    { "object create Gadget name=lamp times=2027-01-01T00:00:00Z,2028-01-01T00:00:00Z "
      "tags=STRASSE,ÖL,Word sizes=5,0.5 numbers=1,2 flags=yes "
      "'parts=[{\"value\":\"foot\",\"weight\":2,\"built\":\"2027-01-01T00:00:00Z\"}]'",
      NULL,
      0,
      "lamp created",
      NULL },
    { "object set Gadget lamp 'box={\"tags\":[\"in\",\"out\"]}'", NULL, 0, "lamp changed", NULL },
    { "object show Gadget lamp --json", NULL, 0, "\"out\"", NULL },
    { "object set Gadget lamp 'box={\"tags\":[1]}'", NULL, 1, NULL, "“1” is not a string" },
    { "object set Gadget lamp 'box={\"tags\":[[\"a\"]]}'", NULL, 1, NULL, "is not a string" },
    { "object set Gadget lamp times-=2027-01-01T00:00:00Z", NULL, 0, "lamp changed", NULL },
    { "object show Guest nobody", NULL, 2, NULL, "There is one Guest only" },
    { "object list Gadget --limit -1", NULL, 2, NULL, "--limit is a number from 0 on" },
    { "object set Gadget lamp times-=2028-01-01T01:00:00+01:00", NULL, 0, "lamp changed", NULL },
    { "object set Gadget lamp tags-=öl", NULL, 0, "lamp changed", NULL },
    { "object set Gadget lamp tags-=word", NULL, 0, "lamp changed", NULL },
    { "object set Gadget lamp sizes-=5.00", NULL, 0, "lamp changed", NULL },
    { "object set Gadget lamp numbers-=2", NULL, 0, "lamp changed", NULL },
    { "object set Gadget lamp numbers-=2",
      NULL,
      3,
      NULL,
      "numbers: “lamp” has no “2” among its numbers" },
    { "object set Gadget lamp flags-=no",
      NULL,
      3,
      NULL,
      "flags: “lamp” has no “false” among its flags" },
    { "object set Gadget lamp tags-=stras",
      NULL,
      3,
      NULL,
      "tags: “lamp” has no “stras” among its tags" },
    { "object set Gadget lamp 'parts-={\"weight\":3}'", NULL, 3, NULL, "parts: “lamp” has no “{" },
    { "object set Gadget lamp 'parts-={\"weight\":2.0,\"built\":\"2027-01-01T00:00:00.000Z\"}'",
      NULL,
      0,
      "lamp changed",
      NULL },
    { "mailbox set anna aliases+=chief,boss@other.example", NULL, 0, "anna changed", NULL },
    { "mailbox set anna aliases-=chief", NULL, 0, "anna changed", NULL },
    { "mailbox show anna", NULL, 0, "aliases: ann@harbour.example, boss@other.example", NULL },
    { "mailbox set anna aliases-=boss",
      NULL,
      3,
      NULL,
      "aliases: “anna” has no “boss” among its aliases" },
    { "mailbox alias remove anna boss",
      NULL,
      3,
      NULL,
      "aliases: “anna” has no “boss” among its aliases" },
    { "mailbox set anna aliases-=Boss@Other.example", NULL, 0, "anna changed", NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

/* A relation of an operator's to several types, those of operators among them. */
static void
test_relations (void)
{
  static const RunStep steps[] = {
    { "object create Gadget name=bulb", NULL, 0, NULL, NULL },
    { "object set Gadget lamp needs=bulb,anna", NULL, 0, "lamp changed", NULL },
    { "object show Gadget lamp --json", NULL, 0, "\"bulb\"", NULL },
    { "object show Gadget lamp --json", NULL, 0, "\"anna\"", NULL },
    { "object set Gadget lamp needs-=user:anna", NULL, 0, "lamp changed", NULL },
    { "object set Gadget lamp needs-=anna",
      NULL,
      3,
      NULL,
      "needs: “lamp” has no “anna” among its needs" },
    { "object set Gadget lamp needs-=gadget:bulb", NULL, 0, "lamp changed", NULL },
    { "object set Gadget lamp needs+=nobody",
      NULL,
      3,
      NULL,
      "There is no Gadget or user “nobody”" },
    /* As an export writes it, also where there is one type only. */
    { "object set Gadget lamp holder=user:anna", NULL, 0, "lamp changed", NULL },
    { "object set Gadget lamp holder=user:nobody", NULL, 3, NULL, "There is no user “nobody”" },
    { "object set Gadget lamp holder=", NULL, 0, "lamp changed", NULL },
  };

  run_steps (steps, G_N_ELEMENTS (steps));
}

#define SHY                                                                                        \
  "{\"schemas\":[{\"id\":\"urn:example:test:shy\",\"name\":\"Shy\",\"attributes\":["               \
  "{\"name\":\"tag\",\"label\":true},{\"name\":\"plain\"},{\"name\":\"asked\",\"returned\":"       \
  "\"request\"},{\"name\":\"box\",\"type\":\"complex\",\"subAttributes\":[{\"name\":\"open\"},"    \
  "{\"name\":\"inside\",\"returned\":\"request\"}]},{\"name\":\"keys\",\"type\":\"complex\","      \
  "\"multiValued\":true,\"subAttributes\":[{\"name\":\"value\"},{\"name\":\"hint\","               \
  "\"returned\":\"request\"}]}]},{\"id\":\"urn:example:test:shyuser\","                            \
  "\"name\":\"ShyUser\",\"attributes\":[{\"name\":\"hobby\",\"returned\":\"request\"}]}],"         \
  "\"resourceTypes\":[{\"name\":\"Shy\",\"endpoint\":\"/Shies\",\"schema\":"                       \
  "\"urn:example:test:shy\"},{\"name\":\"User\",\"schemaExtensions\":[{\"schema\":"                \
  "\"urn:example:test:shyuser\"}]}]}"

/* What is returned on request only is there too, for whoever asks for all. */
static void
test_requested (void)
{
  static const RunStep steps[] = {
    { "object create Shy tag=a plain=p asked=q box.open=o box.inside=i", NULL, 0, NULL, NULL },
    { "object show Shy a", NULL, 0, "asked: q", NULL },
    { "object show Shy a", NULL, 0, "plain: p", NULL },
    { "object show Shy a", NULL, 0, "inside: i", NULL },
    { "object show Shy a --json", NULL, 0, "\"asked\" : \"q\"", NULL },
    { "object show Shy a --json", NULL, 0, "\"open\" : \"o\"", NULL },
    { "object show Shy a --json", NULL, 0, "\"location\"", NULL },
    { "user create fay hobby=chess --generate-password", NULL, 0, NULL, NULL },
    { "object show User fay", NULL, 0, "chess", NULL },
    { "object show User fay", NULL, 0, "active", NULL },
    { "object show Guest -", NULL, 0, "rights", NULL },
    { "object create Shy tag=k 'keys=[{\"value\":\"x\",\"hint\":\"s\"},{\"value\":\"y\"}]'",
      NULL,
      0,
      NULL,
      NULL },
    { "object set Shy k 'keys-={\"hint\":\"s\"}'", NULL, 0, "k changed", NULL },
    { "object set Shy k keys-=x", NULL, 3, NULL, "keys: “k” has no “x” among its keys" },
    { "object set Shy k keys-=y", NULL, 0, "k changed", NULL },
  };
  g_autofree char *file = run_path ("shy.json");
  g_autofree char *add = g_strdup_printf ("schema add %s", file);

  g_assert_true (g_file_set_contents (file, SHY, -1, NULL));
  g_autoptr (Run) added = run_expect (add, NULL, 0);
  run_steps (steps, G_N_ELEMENTS (steps));
}

/* Every object is found by its name for what is done with it whatever it is, there or deleted. */
static void
test_names (void)
{
  static const RunStep steps[] = {
    { "object create Printer name=lobby model=X-1", NULL, 0, NULL, NULL },
    { "object set Printer lobby model=X-2", NULL, 0, NULL, NULL },
    { "history printer:lobby", NULL, 0, "model: X-1 → X-2", NULL },
    { "history Printer:lobby", NULL, 0, "model: X-1 → X-2", NULL },
    { "history lobby", NULL, 0, "model: X-1 → X-2", NULL },
    { "changes --object printer:lobby", NULL, 0, "lobby", NULL },
    { "history printer:cellar", NULL, 3, NULL, "There is no Printer “cellar”" },
    { "history cellar", NULL, 3, NULL, "There is nothing called “cellar”" },
    { "history steamer:cellar", NULL, 3, NULL, "There is nothing called “steamer:cellar”" },
    { "history schemafile:printers", NULL, 3, NULL, "There is nothing called" },
    { "template create Usual", NULL, 0, NULL, NULL },
    { "history template:Usual", NULL, 0, "Usual", NULL },
    { "history Usual", NULL, 0, "Usual", NULL },
    { "history domain:other.example", NULL, 0, "spare.example → other.example", NULL },
    { "history other.example", NULL, 0, "spare.example → other.example", NULL },
    { "object set Guest - rights.imap=yes", NULL, 0, NULL, NULL },
    { "history guest", NULL, 0, "imap", NULL },
    { "history guest:", NULL, 0, "imap", NULL },
    /* Those that everybody has go before others; among these nothing is guessed. */
    { "mailbox create lobby", NULL, 0, NULL, NULL },
    { "history lobby", NULL, 0, "Mailbox", NULL },
    { "mailbox delete lobby --yes", NULL, 0, NULL, NULL },
    { "bin purge mailbox:lobby --yes", NULL, 0, NULL, NULL },
    { "template create lobby", NULL, 0, NULL, NULL },
    { "history lobby", NULL, 4, NULL, "may be one of several: template:lobby, printer:lobby." },
    { "template delete lobby --yes", NULL, 0, NULL, NULL },
    { "object delete Printer lobby --yes", NULL, 0, NULL, NULL },
    { "history printer:lobby", NULL, 0, "model: X-1 → X-2", NULL },
    { "changes --object printer:lobby", NULL, 0, "lobby", NULL },
    { "history lobby", NULL, 4, NULL, "Several things in the bin are called “lobby”" },
    { "bin restore user:lobby", NULL, 3, NULL, "Nothing in the bin is called “user:lobby”" },
    { "bin restore printer:lobby template:lobby", NULL, 0, "Restored", NULL },
    { "object show Printer lobby", NULL, 0, "X-2", NULL },
    { "template delete lobby Usual --yes", NULL, 0, NULL, NULL },
    { "bin purge TEMPLATE:lobby template:Usual --yes", NULL, 0, "Removed for good: 2", NULL },
  };
  run_steps (steps, G_N_ELEMENTS (steps));

  g_autoptr (Run) changes = run_expect ("changes --object printer:lobby --json", NULL, 0);
  const char *at = g_strrstr (changes->out, "\"sequence\" : ");
  g_assert_nonnull (at);
  gint64           made = g_ascii_strtoll (at + strlen ("\"sequence\" : "), NULL, 10);
  g_autofree char *back = g_strdup_printf ("return printer:lobby %" G_GINT64_FORMAT, made);
  g_autoptr (Run) returned = run_expect (back, NULL, 0);
  g_autoptr (Run) shown = run_expect ("object show Printer lobby", NULL, 0);
  assert_contains (shown->out, "model: X-1");
}

/* With --json a program can read all that is said. */
static void
assert_json_lines (const char *arguments, int code, const char *part)
{
  g_autoptr (Run) run = run_expect (arguments, NULL, code);
  g_auto (GStrv) lines = g_strsplit (run->err, "\n", -1);

  g_test_message ("%s: %s", arguments, run->err);
  g_assert_nonnull (strstr (run->err, part));
  for (guint i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) node = json_from_string (lines[i], &error);
      g_assert_no_error (error);
      g_assert_true (JSON_NODE_HOLDS_OBJECT (node));
    }
  g_assert_true (*run->err == '\0' || g_str_has_suffix (run->err, "\n"));
}

static void
test_json_notes (void)
{
  static const RunStep steps[] = {
    { "user create dee --generate-password", NULL, 0, NULL, NULL },
    { "user delete dee --yes", NULL, 0, NULL, NULL },
    { "user create dee --generate-password", NULL, 0, NULL, NULL },
  };
  g_autofree char *file = run_path ("rows.csv");
  g_autofree char *import = g_strdup_printf ("import %s --create-users --json", file);

  g_assert_true (g_file_set_contents (file, "Login,Name\neve,Eve\n,Nobody\n", -1, NULL));
  run_steps (steps, G_N_ELEMENTS (steps));
  assert_json_lines ("user list --filter 'nix eq 1' --json", 0, "{\"ignored\":\"nix\"");
  assert_json_lines ("bin restore user:dee --json", 4, "{\"refused\":{");
  assert_json_lines ("bin restore user:dee --json", 4, "\"suggestion\"");
  assert_json_lines ("user show nobody --json", 3, "{\"error\":\"notFound\"");
  assert_json_lines ("bin list --count 1 --json", 0, "");
  assert_json_lines (import, 1, "{\"refused\":{");
  assert_json_lines ("--json nonsense", 2, "{\"error\":\"usage\"");
  assert_json_lines ("user --json", 2, "{\"error\":\"usage\"");
  assert_json_lines ("user list --nonsense --json", 2, "{\"error\":\"usage\"");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  run_make_folders ();
  g_assert_cmpint (g_chdir (g_getenv ("MS_SOURCE_DIR")), ==, 0);
  server = real_server_new ("--empty");

  g_test_add_func ("/ctl/object/1-start", test_start);
  g_test_add_func ("/ctl/object/2-extensions", test_extensions);
  g_test_add_func ("/ctl/object/2-manual", test_manual);
  g_test_add_func ("/ctl/object/3-objects", test_objects);
  g_test_add_func ("/ctl/object/4-rename", test_rename);
  g_test_add_func ("/ctl/object/5-tokens", test_tokens);
  g_test_add_func ("/ctl/object/6-removals", test_removals);
  g_test_add_func ("/ctl/object/7-relations", test_relations);
  g_test_add_func ("/ctl/object/8-requested", test_requested);
  g_test_add_func ("/ctl/object/8-names", test_names);
  g_test_add_func ("/ctl/object/9-json-notes", test_json_notes);

  int status = g_test_run ();
  real_server_free (server);
  run_clear_folders ();
  return status;
}
