/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Relations in CSV: what is exported leads back to the very same objects, whatever else is called
 * so, here and in a store that has their likes; and all that a cell may say of them.
 */
#include "import-case.h"
#include "ms-json.h"
#include <string.h>

#define REL "urn:example:test:Rel"
#define ROOM "urn:example:test:Room"
#define VALUE                                                                                      \
  "'description':'D','subAttributes':[{'name':'value','type':'string','caseExact':true,"           \
  "'description':'D'}]}"

/* Rooms may share a name. */
static const char schema_file[]
    = "{'schemas':[{'id':'" REL "','name':'Rel','description':'D','attributes':["
      "{'name':'box','type':'complex','relation':{'to':['Mailbox']}," VALUE ","
      "{'name':'grp','type':'complex','relation':{'to':['MailGroup']}," VALUE ","
      "{'name':'list','type':'complex','relation':{'to':['Group']}," VALUE ","
      "{'name':'who','type':'complex','relation':{'to':['User']}," VALUE ","
      "{'name':'rooms','type':'complex','multiValued':true,'relation':{'to':['Room']}," VALUE ","
      "{'name':'any','type':'complex','multiValued':true,'relation':{'to':['User','Mailbox',"
      "'MailGroup','Group','Room']}," VALUE "]},"
      "{'id':'" ROOM "','name':'Room','description':'D','attributes':["
      "{'name':'name','type':'string','label':true,'description':'D'}]}],"
      "'resourceTypes':[{'name':'User','schemaExtensions':[{'schema':'" REL "'}]},"
      "{'name':'Room','endpoint':'/Rooms','description':'D','schema':'" ROOM "'}]}";

#define COLUMNS REL ":box," REL ":grp," REL ":list," REL ":who," REL ":rooms," REL ":any"
#define CELLS                                                                                      \
  "neo@two.example,B/X,listName:Friends @ home; all,neo,neo; room:room:7,"                         \
  "\"[\"\"group:A/X\"\",\"\"user:neo\"\",\"\"mailbox:neo@harbour.example\"\","                     \
  "\"\"mailbox:neo@two.example\"\",\"\"group:neo\"\",\"\"list:staff@harbour.example\"\","          \
  "\"\"listName:Friends @ home; all\"\",\"\"room:neo\"\"]\""

static char *
make_under (Harbour *h, const char *name, const char *parent)
{
  g_autofree char *json = g_strdup_printf ("{'name':'%s','parent':{'value':'%s'}}", name, parent);

  return import_make (h, "/scim/v2/MailGroups", json);
}

/* What is called "neo" is of every type, and there are two groups X and two rooms Twin. */
static Harbour *
open_harbour (void)
{
  static const struct
  {
    const char *path;
    const char *json;
  } objects[] = {
    { "Domains", "{'name':'two.example'}" },
    { "Users", "{'userName':'neo'}" },
    { "Mailboxes", "{'name':'neo'}" },
    { "Mailboxes", "{'name':'neo','domain':'two.example'}" },
    { "MailGroups", "{'name':'neo'}" },
    { "Groups",
      "{'displayName':'neo','urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group':"
      "{'address':'staff@harbour.example'}}" },
    { "Groups", "{'displayName':'Friends @ home; all'}" },
    { "Rooms", "{'name':'neo'}" },
    { "Rooms", "{'name':'Twin'}" },
    { "Rooms", "{'name':'Twin'}" },
    { "Rooms", "{'name':'room:7'}" },
  };
  Harbour *h = harbour_new (NULL);

  import_add_schemas (h, schema_file);
  g_autofree char *a = import_make (h, "/scim/v2/MailGroups", "{'name':'A'}");
  g_autofree char *b = import_make (h, "/scim/v2/MailGroups", "{'name':'B'}");
  g_autofree char *ax = make_under (h, "X", a);
  g_autofree char *bx = make_under (h, "X", b);
  for (gsize i = 0; i < G_N_ELEMENTS (objects); i++)
    {
      g_autofree char *path = g_strconcat ("/scim/v2/", objects[i].path, NULL);
      g_autofree char *id = import_make (h, path, objects[i].json);
    }
  return h;
}

/* The id of the only object, or else of the one with that number, that a filter finds. (transfer
 * full) */
static char *
find_id (Harbour *h, const char *type, const char *filter, guint number)
{
  g_autofree char *escaped = g_uri_escape_string (filter, NULL, FALSE);
  g_autofree char *path = g_strdup_printf ("/scim/v2/%s?filter=%s", type, escaped);
  g_autofree char *id = g_strdup_printf ("Resources.%u.id", number);
  g_autoptr (Answer) found = ask (h, "GET", path, NULL, NULL);

  assert_status (found, 200);
  return g_strdup (get_text (found, id));
}

/* What the export has of mia behind Mailstead's own columns. (transfer full) */
static char *
dup_cells (Harbour *h)
{
  g_autofree char *text = import_export (h, "User");
  char            *row = strstr (text, "\r\nmia,");

  g_assert_nonnull (row);
  *strstr (row + 2, "\r\n") = '\0';
  for (guint i = 0; i < 20; i++)
    row = strchr (row + 1, ',');
  return g_strdup (row + 1);
}

static void
set_cells (Harbour *h, const char *cells)
{
  g_autofree char *csv = g_strdup_printf ("userName," COLUMNS "\nmia,%s\n", cells);
  g_autofree char *path = NULL;
  g_autoptr (Answer) done = import_text (h, csv, NULL, "run", &path);

  assert_no_refusals (h, path, done);
}

static void
test_round_trip (void)
{
  g_autoptr (Harbour) one = open_harbour ();
  g_autoptr (Harbour) other = open_harbour ();
  g_autofree char *path = NULL;

  set_cells (one, CELLS);
  g_autofree char *cells = dup_cells (one);
  g_assert_cmpstr (cells, ==, CELLS);
  g_autofree char *first = import_export (one, "User");
  g_autoptr (Answer) same = import_text (one, first, NULL, "run", &path);
  assert_no_refusals (one, path, same);
  g_assert_cmpint (get_number (same, "counts.update"), ==, 0);

  /* What has changed is as it was. */
  set_cells (one, "neo@harbour.example,A/X,staff@harbour.example,admin,neo,user:neo");
  g_autofree char *changed = dup_cells (one);
  g_assert_cmpstr (changed, ==, "neo@harbour.example,A/X,staff@harbour.example,admin,neo,user:neo");
  g_autoptr (Answer) restored = import_text (one, first, NULL, "run", &path);
  assert_no_refusals (one, path, restored);
  g_assert_cmpint (get_number (restored, "counts.update"), ==, 1);
  g_autofree char *again = dup_cells (one);
  g_assert_cmpstr (again, ==, CELLS);

  g_autoptr (Answer) done = import_text (other, first, NULL, "run", &path);
  assert_no_refusals (other, path, done);
  g_autofree char *second = import_export (other, "User");
  g_assert_cmpstr (second, ==, first);
}

/* Where there is only something else of that name, a row is refused. */
static void
test_elsewhere (void)
{
  g_autoptr (Harbour) h = harbour_new (NULL);
  g_autofree char *path = NULL;

  import_add_schemas (h, schema_file);
  g_autofree char *box = import_make (h, "/scim/v2/Mailboxes", "{'name':'neo'}");
  g_autofree char *a = import_make (h, "/scim/v2/MailGroups", "{'name':'A'}");
  g_autofree char *ax = make_under (h, "X", a);
  g_autoptr (Answer) done = import_text (h,
                                         "userName," REL ":box," REL ":grp\n"
                                         "mia,neo@two.example,\nann,,B/X\nben,,X\n",
                                         NULL,
                                         "run",
                                         &path);
  g_assert_cmpint (get_number (done, "counts.refuse"), ==, 3);
  g_autofree char *list = g_strconcat (path, "/rows?status=refuse", NULL);
  g_autoptr (Answer) refused = ask (h, "GET", list, NULL, NULL);
  g_assert_cmpstr (get_text (refused, "rows.0.reason"),
                   ==,
                   "“neo@two.example” is nobody and nothing in the store");
}

/* Two objects have one name, which leads to neither; their ids do. */
static void
test_ids (void)
{
  g_autoptr (Harbour) h = open_harbour ();
  g_autofree char *twin = find_id (h, "Rooms", "name eq \"twin\"", 1);
  g_autofree char *far = find_id (h, "Mailboxes", "address eq \"neo@two.example\"", 0);
  g_autofree char *cells = g_strdup_printf (
      "%s,,,,\"[{\"\"value\"\":\"\"%s\"\"}]\",mailbox:%s; %s", far, twin, far, twin);
  g_autofree char *expected
      = g_strdup_printf ("neo@two.example,,,,%s,mailbox:neo@two.example; %s", twin, twin);

  set_cells (h, cells);
  g_autofree char *found = dup_cells (h);
  g_assert_cmpstr (found, ==, expected);
}

typedef struct
{
  const char *attribute;
  const char *cell;
  const char *shown;  /* in the report and the next export */
  const char *reason; /* of a refusal */
} CellCase;

static const CellCase cell_cases[] = {
  { "box", "neo@two.example", "neo@two.example", NULL },
  { "box", "NEO@Two.Example", "neo@two.example", NULL },
  { "box", "mailbox:neo@two.example", "neo@two.example", NULL },
  { "box", "neo", NULL, "several objects" },
  { "box", "user:neo", NULL, "nobody and nothing" },
  { "box", "staff@harbour.example", NULL, "nobody and nothing" },
  { "box", "no @ address", NULL, "nobody and nothing" },
  { "grp", "B/X", "B/X", NULL },
  { "grp", "group:b/x", "B/X", NULL },
  { "grp", "X", NULL, "nobody and nothing" },
  { "list", "staff@harbour.example", "staff@harbour.example", NULL },
  { "list", "neo", "staff@harbour.example", NULL },
  { "list", "list:neo", "staff@harbour.example", NULL },
  { "list", "Friends @ home; all", NULL, "nobody and nothing" },
  { "list", "listName:Friends @ home; all", "listName:Friends @ home; all", NULL },
  { "who", "user:neo", "neo", NULL },
  { "rooms", "neo; room:neo", "neo", NULL },
  { "rooms", "Twin", NULL, "several objects" },
  { "rooms", "room:7", NULL, "nobody and nothing" },
  { "any", "neo", NULL, "several objects" },
  { "any", "user:neo; neo@two.example", "user:neo; mailbox:neo@two.example", NULL },
  { "any", "group:neo; mia", "group:neo; user:mia", NULL },
  { "any", "user:nobody.here", NULL, "nobody and nothing" },
};

static void
test_cells (void)
{
  g_autoptr (Harbour) h = open_harbour ();
  g_autofree char *mia = import_make (h, "/scim/v2/Users", "{'userName':'mia'}");
  g_autofree char *path = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (cell_cases); i++)
    {
      const CellCase  *cell = &cell_cases[i];
      g_autofree char *field = g_strconcat (REL ":", cell->attribute, NULL);
      g_autofree char *csv = g_strdup_printf ("userName,%s\nmia,%s\n", field, cell->cell);
      g_autoptr (Answer) done = import_text (h, csv, NULL, "rehearse", &path);
      g_autofree char *list = g_strconcat (path, "/rows", NULL);
      g_autoptr (Answer) rows = ask (h, "GET", list, NULL, NULL);

      g_test_message ("%s: %s: %s", cell->attribute, cell->cell, rows->reply->body->str);
      if (cell->reason != NULL)
        {
          g_assert_cmpint (get_number (done, "counts.refuse"), ==, 1);
          g_assert_nonnull (strstr (get_text (rows, "rows.0.reason"), cell->reason));
          g_assert_cmpstr (get_text (rows, "rows.0.field"), ==, field);
          continue;
        }
      g_assert_cmpint (get_number (done, "counts.update"), ==, 1);
      g_assert_cmpstr (get_text (rows, "rows.0.changes.0.field"), ==, field);
      g_assert_cmpstr (get_text (rows, "rows.0.changes.0.after"), ==, cell->shown);
    }
}

/* The same in other words, or in another order, is no difference; reports have one word for each.
 */
static void
test_report (void)
{
  g_autoptr (Harbour) h = open_harbour ();
  g_autofree char *path = NULL;

  set_cells (h, "neo@two.example,,,,,user:neo; mailbox:neo@two.example");
  g_autoptr (Answer) same
             = import_text (h,
                            "userName," REL ":box," REL ":any\n"
                            "mia,mailbox:neo@two.example,neo@two.example; user:neo; user:NEO\n",
                            NULL,
                            "run",
                            &path);
  g_assert_cmpint (get_number (same, "counts.skip"), ==, 1);
  g_autoptr (Answer) done = import_text (h,
                                         "userName," REL ":box," REL ":any\n"
                                         "mia,neo@harbour.example,user:neo; room:neo\n",
                                         NULL,
                                         "run",
                                         &path);
  g_assert_cmpint (get_number (done, "counts.update"), ==, 1);
  g_autofree char *list = g_strconcat (path, "/rows", NULL);
  g_autoptr (Answer) rows = ask (h, "GET", list, NULL, NULL);
  g_assert_cmpstr (get_text (rows, "rows.0.changes.0.before"), ==, "neo@two.example");
  g_assert_cmpstr (get_text (rows, "rows.0.changes.0.after"), ==, "neo@harbour.example");
  g_assert_cmpstr (
      get_text (rows, "rows.0.changes.1.before"), ==, "user:neo; mailbox:neo@two.example");
  g_assert_cmpstr (get_text (rows, "rows.0.changes.1.after"), ==, "user:neo; room:neo");
}

/* What stands further up in the file is there for a rehearsal too, however far up. */
static void
test_rehearsal (void)
{
  g_autoptr (Harbour) h = harbour_new (NULL);
  g_autoptr (GString) csv = g_string_new ("userName,group," REL ":box," REL ":who," REL ":grp\n");
  g_autofree char *path = NULL;

  import_add_schemas (h, schema_file);
  g_string_append (csv, "user0,Top/Mid,,,\n");
  for (guint i = 1; i < 600; i++)
    g_string_append_printf (csv,
                            "user%u,Top/Mid,user%u@harbour.example,user:user%u,Top/Mid\n",
                            i,
                            i > 500 ? 0 : i - 1,
                            i > 500 ? 0 : i - 1);
  g_autoptr (Answer) rehearsed
             = import_text (h, csv->str, "\"createGroups\":true", "rehearse", &path);
  g_assert_cmpint (get_number (rehearsed, "counts.create"), ==, 600);
  g_autoptr (Answer) done = import_text (h, csv->str, "\"createGroups\":true", "run", &path);
  assert_no_refusals (h, path, done);
  g_assert_cmpint (get_number (done, "counts.create"), ==, 600);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/import-ends/round-trip", test_round_trip);
  g_test_add_func ("/import-ends/elsewhere", test_elsewhere);
  g_test_add_func ("/import-ends/ids", test_ids);
  g_test_add_func ("/import-ends/cells", test_cells);
  g_test_add_func ("/import-ends/report", test_report);
  g_test_add_func ("/import-ends/rehearsal", test_rehearsal);
  return g_test_run ();
}
