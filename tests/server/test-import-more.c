/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Attributes that operators added, in CSV: an export of one server imported at another and exported
 * again is the same file, with a value of every kind; and what such a cell may not hold.
 */
#include "import-case.h"
#include "ms-json.h"
#include <string.h>

#define BADGE "urn:example:test:Badge"
#define STICKER "urn:example:test:Sticker"

static const char schema_file[]
    = "{'schemas':[{'id':'" BADGE "','name':'Badge','description':'On people','attributes':["
      "{'name':'number','type':'string','uniqueness':'server','description':'N'},"
      "{'name':'note','type':'string','multiLine':true,'description':'N'},"
      "{'name':'guarded','type':'boolean','description':'N'},"
      "{'name':'level','type':'integer','description':'N'},"
      "{'name':'weight','type':'decimal','description':'N'},"
      "{'name':'issued','type':'dateTime','description':'N'},"
      "{'name':'picture','type':'binary','description':'N'},"
      "{'name':'page','type':'reference','referenceTypes':['external'],'description':'N'},"
      "{'name':'colours','type':'string','multiValued':true,'description':'N'},"
      "{'name':'levels','type':'integer','multiValued':true,'description':'N'},"
      "{'name':'sealed','type':'string','mutability':'readOnly','description':'N'},"
      "{'name':'pin','type':'string','mutability':'writeOnly','returned':'never','description':'N'}"
      ","
      "{'name':'room','type':'complex','description':'N','subAttributes':["
      "{'name':'house','type':'string','description':'N'},"
      "{'name':'floor','type':'integer','description':'N'},"
      "{'name':'seen','type':'string','mutability':'readOnly','description':'N'}]},"
      "{'name':'frozen','type':'complex','mutability':'readOnly','description':'N',"
      "'subAttributes':[{'name':'depth','type':'string','description':'N'}]},"
      "{'name':'doors','type':'complex','multiValued':true,'description':'N','subAttributes':["
      "{'name':'value','type':'string','description':'N'},"
      "{'name':'open','type':'boolean','description':'N'}]},"
      "{'name':'boss','type':'complex','relation':{'to':['User']},'description':'N',"
      "'subAttributes':[{'name':'value','type':'string','caseExact':true,'description':'N'}]},"
      "{'name':'mates','type':'complex','multiValued':true,'relation':{'to':['User']},"
      "'description':'N','subAttributes':["
      "{'name':'value','type':'string','caseExact':true,'description':'N'}]}]},"
      "{'id':'" STICKER "','name':'Sticker','description':'On anything','attributes':["
      "{'name':'text','type':'string','description':'N'}]}],"
      "'resourceTypes':[{'name':'User','schemaExtensions':[{'schema':'" BADGE
      "','required':false},{'schema':'" STICKER "','required':false}]},"
      "{'name':'Mailbox','schemaExtensions':[{'schema':'" STICKER "','required':false}]},"
      "{'name':'Group','schemaExtensions':[{'schema':'" STICKER "','required':false}]}]}";

static Harbour *
open_harbour (void)
{
  Harbour *h = harbour_new (NULL);

  import_add_schemas (h, schema_file);
  return h;
}

static void
fill (Harbour *h)
{
  g_autofree char *boss = import_make (h, "/scim/v2/Users", "{'userName':'a.boss'}");
  g_autofree char *ann = import_make (
      h,
      "/scim/v2/Users",
      "{'userName':'ann','" BADGE
      "':{'number':'=7','note':' two\\nlines; and more ','guarded':true,'level':-3,'weight':2.5,"
      "'issued':'2026-01-02T03:04:05Z','picture':'AAEC/w==','page':'https://a.example/x?y=1;z',"
      "'colours':['red','light; blue',' [grey]'],'levels':[3,1,2],"
      "'room':{'house':'A','floor':0},'doors':[{'value':'north; "
      "1','open':true},{'value':'south'}]},"
      "'" STICKER "':{'text':'user'}}");
  g_autofree char *rest = g_strdup_printf (
      "{'userName':'ben','" BADGE "':{'guarded':false,'weight':3,'colours':['red','blue'],"
      "'room':{'floor':12},'boss':{'value':'%s'},'mates':[{'value':'%s'},{'value':'%s'}]}}",
      boss,
      boss,
      ann);
  g_autofree char *ben = import_make (h, "/scim/v2/Users", rest);
  g_autofree char *box
      = import_make (h, "/scim/v2/Mailboxes", "{'name':'info','" STICKER "':{'text':'mailbox'}}");
  g_autofree char *list
      = import_make (h, "/scim/v2/Groups", "{'displayName':'Staff','" STICKER "':{'text':'list'}}");
}

static void
test_round_trip (void)
{
  static const char *const types[] = { "User", "Mailbox", "Group" };
  g_autoptr (Harbour) one = open_harbour ();
  g_autoptr (Harbour) other = open_harbour ();
  g_autofree char *path = NULL;

  fill (one);
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autofree char *first = import_export (one, types[i]);
      g_assert_nonnull (strstr (first, STICKER ":text"));
      g_autoptr (Answer) done = import_text (other, first, NULL, "run", &path);
      assert_no_refusals (other, path, done);
      g_assert_null (find_node (done, "warnings.0"));
      g_autofree char *second = import_export (other, types[i]);
      g_assert_cmpstr (second, ==, first);
      /* Where it came from nothing differs. */
      g_autoptr (Answer) again = import_text (one, first, NULL, "run", &path);
      assert_no_refusals (one, path, again);
      g_assert_cmpint (get_number (again, "counts.update"), ==, 0);
      g_assert_cmpint (get_number (again, "counts.create"), ==, 0);
    }
  g_autoptr (Answer) ann
             = ask (other, "GET", "/scim/v2/Users?filter=userName%20eq%20%22ann%22", NULL, NULL);
  g_assert_cmpstr (get_text (ann, "Resources.0." BADGE ".number"), ==, "=7");
  g_assert_cmpstr (get_text (ann, "Resources.0." BADGE ".note"), ==, " two\nlines; and more ");
  g_assert_cmpstr (get_text (ann, "Resources.0." BADGE ".colours.1"), ==, "light; blue");
  g_assert_cmpstr (get_text (ann, "Resources.0." STICKER ".text"), ==, "user");
}

/* Words of people, a mapping by hand, and parts of what is there that stay. */
static void
test_update (void)
{
  g_autoptr (Harbour) h = open_harbour ();
  g_autofree char *path = NULL;

  fill (h);
  g_autoptr (Answer) done
             = import_text (h,
                            "login,safe,storey,with\nann,nein,4,ben; a.boss\n",
                            "\"format\":{\"header\":true},\"mapping\":[\"userName\",\"" BADGE
                            ":guarded\",\"" BADGE ":room.floor\",\"" BADGE ":mates\"]",
                            "run",
                            &path);
  assert_no_refusals (h, path, done);
  g_assert_cmpint (get_number (done, "counts.update"), ==, 1);
  g_autofree char *rows = g_strconcat (path, "/rows", NULL);
  g_autoptr (Answer) reports = ask (h, "GET", rows, NULL, NULL);
  g_assert_cmpstr (get_text (reports, "rows.0.changes.0.field"), ==, BADGE ":guarded");
  g_assert_cmpstr (get_text (reports, "rows.0.changes.0.before"), ==, "true");
  g_autoptr (Answer) ann
             = ask (h, "GET", "/scim/v2/Users?filter=userName%20eq%20%22ann%22", NULL, NULL);
  g_assert_cmpstr (get_text (ann, "Resources.0." BADGE ".room.house"), ==, "A");
  g_assert_cmpint (get_number (ann, "Resources.0." BADGE ".room.floor"), ==, 4);
  g_assert_false (json_node_get_boolean (find_node (ann, "Resources.0." BADGE ".guarded")));
  g_assert_nonnull (find_node (ann, "Resources.0." BADGE ".mates.1"));
  g_assert_cmpstr (get_text (ann, "Resources.0." BADGE ".number"), ==, "=7");
}

/* What is the same in the store's form is no difference, and what nothing here knows is left out
 * with a warning; so a second run finds nothing to do. */
static void
test_same_again (void)
{
  static const struct
  {
    const char *attribute;
    const char *cell; /* as in JSON, with ' */
    const char *after;
    const char *ignored; /* (nullable): none */
  } rows[] = {
    { "doors", "[{'value':'x','zz':1}]", "[{'value':'x'}]", "doors.zz" },
    { "doors", "[{'zz':{'y':1}},{'value':'y'}]", "[{'value':'y'}]", "doors.zz" },
    { "doors", "[{'OPEN':'True','Value':'x'}]", "[{'value':'x','open':true}]", NULL },
    { "issued", "2026-03-01T12:00:00+02:00", "2026-03-01T10:00:00.000Z", NULL },
    { "picture", "AAEC-w==", "AAEC+w==", NULL },
    { "guarded", "nein", "false", NULL },
    { "note", "a\r\n\r\nb\rc\n", "a\n\nb\nc\n", NULL },
    { "mates", "[{'value':'ID','zz':1}]", "ID", "mates.zz" },
  };
  g_autoptr (Harbour) h = open_harbour ();
  g_autofree char *path = NULL;

  fill (h);
  g_autoptr (Answer) boss
             = ask (h, "GET", "/scim/v2/Users?filter=userName%20eq%20%22a.boss%22", NULL, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    for (guint run = 0; run < 3; run++)
      {
        g_autoptr (GString) cell = g_string_new (rows[i].cell);
        g_string_replace (cell, "ID", get_text (boss, "Resources.0.id"), 0);
        g_string_replace (cell, "'", "\"\"", 0);
        g_autofree char *csv
            = g_strdup_printf ("userName," BADGE ":%s\nann,\"%s\"\n", rows[i].attribute, cell->str);
        g_autoptr (Answer) done = import_text (h, csv, NULL, run == 0 ? "rehearse" : "run", &path);
        g_autofree char *list = g_strconcat (path, "/rows", NULL);
        g_autoptr (Answer) reports = ask (h, "GET", list, NULL, NULL);
        g_autoptr (GString) after = g_string_new (rows[i].after);
        g_string_replace (after, "ID", get_text (boss, "Resources.0.id"), 0);
        g_string_replace (after, "'", "\"", 0);
        g_autofree char *warning
            = rows[i].ignored != NULL ? g_strdup_printf (
                  "“" BADGE ":%s” in a cell is left out: nothing here knows it", rows[i].ignored)
                                      : NULL;
        JsonNode *warned = find_node (done, "warnings.0");

        g_test_message ("%s: %s", rows[i].cell, reports->reply->body->str);
        g_assert_cmpint (get_number (done, "counts.refuse"), ==, 0);
        g_assert_cmpint (get_number (done, "counts.skip"), ==, run == 2 ? 1 : 0);
        if (run < 2)
          g_assert_cmpstr (get_text (reports, "rows.0.changes.0.after"), ==, after->str);
        g_assert_cmpstr (warned != NULL ? json_node_get_string (warned) : NULL, ==, warning);
        g_assert_null (find_node (done, "warnings.1"));
      }
}

/* Of many names the first are told, and that there are more. */
static void
test_many_ignored (void)
{
  g_autoptr (Harbour) h = open_harbour ();
  g_autoptr (GString) csv
             = g_string_new ("userName," BADGE ":doors\nann,\"[{\"\"value\"\":\"\"x\"\"");
  g_autofree char *path = NULL;

  fill (h);
  for (guint i = 0; i < 60; i++)
    g_string_append_printf (csv, ",\"\"z%u\"\":1", i);
  g_string_append (csv, "}]\"\n");
  g_autoptr (Answer) done = import_text (h, csv->str, NULL, "run", &path);
  g_assert_nonnull (find_node (done, "warnings.49"));
  g_assert_cmpstr (get_text (done, "warnings.50"),
                   ==,
                   "More names in cells are left out: nothing here knows them");
  g_assert_null (find_node (done, "warnings.51"));
}

/* Like an empty cell */
static void
test_blank (void)
{
  static const char *const names[] = { "colours", "issued", "level", "doors", "boss", "mates" };
  g_autoptr (Harbour) h = open_harbour ();
  g_autofree char *path = NULL;

  fill (h);
  g_autoptr (Answer) mailboxes = import_text (h, "userName\nann\nben\n", NULL, "run", &path);
  assert_no_refusals (h, path, mailboxes);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *csv
          = g_strdup_printf ("userName," BADGE ":%s\nann, \nben,\"\n\"\n", names[i]);
      g_autoptr (Answer) done = import_text (h, csv, NULL, "run", &path);
      assert_no_refusals (h, path, done);
      g_assert_cmpint (get_number (done, "counts.skip"), ==, 2);
    }
}

/* As wide as a type with many attributes, and as long as one of them may be. */
static void
test_large (void)
{
  g_autoptr (Harbour) one = harbour_new (NULL);
  g_autoptr (Harbour) other = harbour_new (NULL);
  g_autoptr (GString) file = g_string_new (
      "{'schemas':[{'id':'urn:example:test:Wide','name':'Wide','description':'D','attributes':["
      "{'name':'long','type':'string','maxLength':262144,'description':'D'},"
      "{'name':'texts','type':'string','multiValued':true,'maxLength':262144,'description':'D'}");
  g_autofree char *filler = g_strnfill (260000, 'x');
  g_autofree char *path = NULL;

  for (guint i = 0; i < 3000; i++)
    g_string_append_printf (file, ",{'name':'a%u','description':'D'}", i);
  g_string_append (file,
                   "]}],'resourceTypes':[{'name':'User','schemaExtensions':"
                   "[{'schema':'urn:example:test:Wide'}]}]}");
  import_add_schemas (one, file->str);
  import_add_schemas (other, file->str);
  g_autofree char *json = g_strdup_printf ("{'userName':'ann','urn:example:test:Wide':{'long':'%s',"
                                           "'texts':['1;%s','2%s','3%s'],'a0':'x','a2999':'y'}}",
                                           filler,
                                           filler,
                                           filler,
                                           filler);
  g_autofree char *ann = import_make (one, "/scim/v2/Users", json);
  g_autofree char *first = import_export (one, "User");
  g_autoptr (Answer) done = import_text (other, first, NULL, "run", &path);
  assert_no_refusals (other, path, done);
  g_autofree char *second = import_export (other, "User");
  g_assert_true (g_str_equal (second, first));
  /* A value is reported by its beginning. */
  g_autofree char *rows = g_strconcat (path, "/rows?count=10", NULL);
  g_autoptr (Answer) reports = ask (other, "GET", rows, NULL, NULL);
  g_assert_cmpuint (reports->reply->body->len, <, 100000);
  g_autoptr (Answer) again = import_text (one, first, NULL, "run", &path);
  assert_no_refusals (one, path, again);
  g_assert_cmpint (get_number (again, "counts.update"), ==, 0);
}

static void
test_cells_refused (void)
{
  static const struct
  {
    const char *attribute;
    const char *cell;
    const char *reason;
  } rows[] = {
    { "guarded", "perhaps", "neither yes nor no" },
    { "level", "1.5", "no whole number" },
    { "level", "many", "no whole number" },
    { "weight", "heavy", "no number" },
    { "issued", "yesterday", "" },
    { "picture", "%%%", "" },
    { "levels", "1; two", "no whole number" },
    { "levels", "[1", "first must be: JSON line 1, column 3" },
    { "doors", "north", "no JSON array of the elements" },
    { "boss", "nobody.here", "nobody and nothing in the store" },
    { "mates", "a.boss; nobody.here", "nobody and nothing in the store" },
  };
  g_autoptr (Harbour) h = open_harbour ();
  g_autofree char *path = NULL;

  fill (h);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *csv
          = g_strdup_printf ("userName," BADGE ":%s\nann,%s\n", rows[i].attribute, rows[i].cell);
      g_autoptr (Answer) done = import_text (h, csv, NULL, "rehearse", &path);
      g_autofree char *list = g_strconcat (path, "/rows?status=refuse", NULL);
      g_autoptr (Answer) refused = ask (h, "GET", list, NULL, NULL);
      g_autofree char *field = g_strconcat (BADGE ":", rows[i].attribute, NULL);
      g_test_message ("%s: %s", rows[i].attribute, refused->reply->body->str);
      g_assert_cmpint (get_number (done, "counts.refuse"), ==, 1);
      g_assert_nonnull (strstr (get_text (refused, "rows.0.reason"), rows[i].reason));
      g_assert_true (g_str_has_prefix (get_text (refused, "rows.0.field"), field));
    }
}

static void
test_columns_refused (void)
{
  static const struct
  {
    const char *name;
    const char *detail;
  } rows[] = {
    { BADGE ":height", "no field" },
    { BADGE ":sealed", "read-only" },
    { BADGE ":room.seen", "read-only" },
    { BADGE ":frozen.depth", "read-only" },
    { BADGE ":pin", "secret" },
    { BADGE ":room", "map a column to each" },
    { BADGE ":doors.value", "the whole" },
    { "urn:none:x", "no field" },
    { MS_URN_EXT_USER ":passwordScheme", "no field" },
  };
  g_autoptr (Harbour) h = open_harbour ();
  g_autofree char *path = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *mapping = g_strdup_printf (
          "\"format\":{\"header\":true},\"mapping\":[\"userName\",\"%s\"]", rows[i].name);
      g_autoptr (Answer) answer = import_text (h, "login,x\nann,1\n", mapping, "run", &path);
      assert_status (answer, 400);
      g_assert_cmpstr (get_text (answer, "path"), ==, "mapping[1]");
      g_assert_nonnull (strstr (get_text (answer, "detail"), rows[i].name));
      g_assert_nonnull (strstr (get_text (answer, "detail"), rows[i].detail));
      /* In a header it is passed over, as any name that nobody knows. */
      g_autofree char *csv = g_strdup_printf ("userName,%s\ncolumn%zu,1\n", rows[i].name, i);
      g_autoptr (Answer) done = import_text (h, csv, NULL, "run", &path);
      assert_no_refusals (h, path, done);
    }
}

/* @text: (nullable): it has none */
static void
assert_sticker (Answer *found, const char *text)
{
  JsonNode *node = find_node (found, "Resources.0." STICKER ".text");

  g_assert_cmpint (get_number (found, "totalResults"), ==, 1);
  g_assert_cmpstr (node != NULL ? json_node_get_string (node) : NULL, ==, text);
}

static void
assert_stickers (Harbour *h, const char *name, const char *of_user, const char *of_mailbox)
{
  g_autofree char *user_path
      = g_strdup_printf ("/scim/v2/Users?filter=userName%%20eq%%20%%22%s%%22", name);
  g_autofree char *mailbox_path
      = g_strdup_printf ("/scim/v2/Mailboxes?filter=name%%20eq%%20%%22%s%%22", name);
  g_autoptr (Answer) user = ask (h, "GET", user_path, NULL, NULL);
  g_autoptr (Answer) mailbox = ask (h, "GET", mailbox_path, NULL, NULL);

  assert_sticker (user, of_user);
  assert_sticker (mailbox, of_mailbox);
}

/* What users and mailboxes both have is one's only: the user's, or by a column "primary" the
 * mailbox's. */
static void
test_shared (void)
{
  g_autoptr (Harbour) h = open_harbour ();
  g_autofree char *path = NULL;
  g_autofree char *mia
      = import_make (h, "/scim/v2/Users", "{'userName':'mia','" STICKER "':{'text':'hers'}}");
  g_autofree char *json = g_strdup_printf ("{'name':'mia','owner':{'value':'%s'},'primary':true,"
                                           "'" STICKER "':{'text':'its'}}",
                                           mia);
  g_autofree char *mailbox = import_make (h, "/scim/v2/Mailboxes", json);
  g_autofree char *exported = import_export (h, "User");
  g_autoptr (Answer) same = import_text (h, exported, NULL, "run", &path);

  assert_no_refusals (h, path, same);
  g_assert_cmpint (get_number (same, "counts.update"), ==, 0);
  assert_stickers (h, "mia", "hers", "its");
  g_autoptr (Answer) of_users = import_text (
      h, "userName," STICKER ":text\nmia,blue\nnoa,red\nolaf,\n", NULL, "run", &path);
  assert_no_refusals (h, path, of_users);
  assert_stickers (h, "mia", "blue", "its");
  assert_stickers (h, "noa", "red", NULL);
  g_autoptr (Answer) of_mailboxes
             = import_text (h,
                            "userName,mailbox,owner,primary," STICKER
                            ":text\nmia,mia,mia,yes,grey\nolaf,,,,pink\npia,,,,cyan\n"
                            "quin,(none),,,black\n",
                            NULL,
                            "run",
                            &path);
  assert_no_refusals (h, path, of_mailboxes);
  assert_stickers (h, "mia", "blue", "grey");
  assert_stickers (h, "olaf", NULL, "pink");
  assert_stickers (h, "pia", NULL, "cyan");
  g_autoptr (Answer) quin
             = ask (h, "GET", "/scim/v2/Users?filter=userName%20eq%20%22quin%22", NULL, NULL);
  assert_sticker (quin, "black");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/import-more/round-trip", test_round_trip);
  g_test_add_func ("/import-more/update", test_update);
  g_test_add_func ("/import-more/shared", test_shared);
  g_test_add_func ("/import-more/same-again", test_same_again);
  g_test_add_func ("/import-more/many-ignored", test_many_ignored);
  g_test_add_func ("/import-more/blank", test_blank);
  g_test_add_func ("/import-more/large", test_large);
  g_test_add_func ("/import-more/cells-refused", test_cells_refused);
  g_test_add_func ("/import-more/columns-refused", test_columns_refused);
  return g_test_run ();
}
