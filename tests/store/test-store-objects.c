/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Objects, links, secrets and the bin: what the store promises about one of them at a time.
 */
#include "store-fixture.h"
#include "store-place.h"

#include <string.h>

/* Insert, read, update ------------------------------------------------------------------------ */

static void
test_insert (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = fixture_insert (
      fixture,
      "User",
      "{'userName':'John','name':{'familyName':'Doe'},'active':true,"
      "'emails':[{'value':'a@x.org','type':'work'},{'value':'b@x.org','primary':true}]}");
  g_autoptr (MsObject) object = fixture_get (fixture, id);

  g_assert_nonnull (object);
  g_assert_cmpint (ms_object_get_version (object), ==, 1);
  g_assert_cmpint (ms_object_get_created (object), >, 0);
  g_assert_cmpint (ms_object_get_created (object), ==, ms_object_get_modified (object));
  g_assert_cmpstr (ms_object_get_string (object, "name.familyName"), ==, "Doe");
  g_assert_cmpstr (ms_object_get_label (object), ==, "John");
  fixture_reopen (fixture);
  g_autoptr (MsObject) again = fixture_get (fixture, id);
  g_autofree char *one
      = ms_json_to_string (json_object_get_member (ms_object_get_attributes (object), "emails"));
  g_assert_nonnull (again);
  assert_text (
      ms_json_to_string (json_object_get_member (ms_object_get_attributes (again), "emails")), one);
}

static void
test_not_found (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MsObject) object = fixture_get (fixture, "nothing");

  g_assert_null (object);
}

typedef struct
{
  Fixture    *fixture;
  const char *id;
  const char *other;
  MsObject   *found;
} Search;

static gboolean
find_by_names (MsTxn *txn, gpointer data, GError **error)
{
  Search               *search = data;
  const MsResourceType *user = fixture_type (search->fixture, "User");
  const MsResourceType *mailbox = fixture_type (search->fixture, "Mailbox");
  g_autoptr (GError) wrong_type = NULL;
  g_autoptr (MsObject) by_name = ms_txn_find_object (txn, user, "userName", "JOHN", error);
  g_autoptr (MsObject) none = ms_txn_find_object (txn, user, "userName", "joh", error);
  g_autoptr (MsObject) by_address = ms_txn_find_object (txn, mailbox, "address", "A@x.ORG", error);
  g_autoptr (MsObject) by_scope = ms_txn_find_address (txn, "a@X.org", error);
  g_autoptr (MsObject) other = ms_txn_get_object (txn, mailbox, search->id, &wrong_type);

  g_assert_nonnull (by_name);
  g_assert_cmpstr (ms_object_get_id (by_name), ==, search->id);
  g_assert_null (none);
  g_assert_nonnull (by_address);
  g_assert_cmpstr (ms_object_get_id (by_address), ==, search->other);
  g_assert_nonnull (by_scope);
  g_assert_cmpstr (ms_object_get_id (by_scope), ==, search->other);
  g_assert_null (other);
  g_assert_error (wrong_type, MS_ERROR, MS_ERROR_NOT_FOUND);
  return TRUE;
}

static void
test_find (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = fixture_insert (fixture, "User", "{'userName':'john'}");
  g_autofree char *box
      = fixture_insert (fixture, "Mailbox", "{'name':'a','domain':'x.org','address':'a@x.org'}");
  Search search = { fixture, id, box, NULL };

  fixture_read (fixture, find_by_names, &search);
}

static void
test_update (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = fixture_insert (fixture, "User", "{'userName':'john','title':'Dr'}");
  g_autoptr (MsObject) object = fixture_get (fixture, id);
  g_autoptr (MsObject) stale = fixture_get (fixture, id);
  g_autoptr (GError) error = NULL;
  gint64 sequence = -1;

  g_assert_true (fixture_try_update (fixture, object, &sequence, &error));
  g_assert_cmpint (sequence, ==, 0);
  g_assert_cmpint (ms_object_get_version (object), ==, 1);
  ms_object_set_string (object, "title", NULL);
  ms_object_set_string (object, "displayName", "John Doe");
  g_assert_true (fixture_try_update (fixture, object, &sequence, &error));
  g_assert_cmpint (sequence, ==, 2);
  g_assert_cmpint (ms_object_get_version (object), ==, 2);
  g_autoptr (MsObject) stored = fixture_get (fixture, id);
  g_assert_cmpint (ms_object_get_version (stored), ==, 2);
  g_assert_cmpint (ms_object_get_modified (stored), >, ms_object_get_created (stored));
  g_assert_null (ms_object_get_string (stored, "title"));

  ms_object_set_string (stale, "title", "Prof");
  g_assert_false (fixture_try_update (fixture, stale, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_STALE);
}

/* Order of several values is no difference (RFC 7643 §2.4), and what is computed is not kept. */
static void
test_update_same (Fixture *fixture, gconstpointer data)
{
  g_autofree char *user = fixture_insert (fixture, "User", "{'userName':'u'}");
  g_autofree char *json = g_strdup_printf ("{'name':'a','aliases':['x@x.org','y@x.org'],"
                                           "'owner':{'value':'%s','display':'u','$ref':'../u'}}",
                                           user);
  g_autofree char *id = fixture_insert (fixture, "Mailbox", json);
  g_autoptr (MsObject) object = fixture_get (fixture, id);
  JsonArray *aliases = json_array_new ();

  JsonObject *owner = json_object_get_object_member (ms_object_get_attributes (object), "owner");
  g_assert_cmpuint (json_object_get_size (owner), ==, 1);
  json_array_add_string_element (aliases, "y@x.org");
  json_array_add_string_element (aliases, "x@x.org");
  json_object_set_array_member (ms_object_get_attributes (object), "aliases", aliases);
  json_object_set_string_member (owner, "display", "u");
  fixture_update (fixture, object);
  g_autoptr (MsObject) stored = fixture_get (fixture, id);
  g_assert_cmpint (ms_object_get_version (stored), ==, 1);
}

/* Uniqueness ---------------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *first_type;
  const char *first;
  const char *second_type;
  const char *second;
  const char *path; /* NULL = both may be there */
} UniqueCase;

static const UniqueCase unique_cases[] = {
  { "user-name", "User", "{'userName':'john'}", "User", "{'userName':'John'}", "userName" },
  { "user-name-unicode",
    "User",
    "{'userName':'straße'}",
    "User",
    "{'userName':'STRASSE'}",
    "userName" },
  { "mailbox-address",
    "Mailbox",
    "{'name':'a','address':'a@x.org'}",
    "Mailbox",
    "{'name':'A','address':'A@X.org'}",
    "address" },
  { "list-and-mailbox",
    "Mailbox",
    "{'name':'a','address':'a@x.org'}",
    "Group",
    "{'displayName':'l','urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group':{'address':'a@"
    "x.org'}}",
    "urn:ietf:params:scim:schemas:extension:mailstead:2.0:Group:address" },
  { "group-and-mailbox",
    "MailGroup",
    "{'name':'g','address':'a@x.org'}",
    "Mailbox",
    "{'name':'a','address':'a@x.org'}",
    "address" },
  { "alias-is-free",
    "Mailbox",
    "{'name':'a','address':'a@x.org','aliases':['b@x.org']}",
    "Mailbox",
    "{'name':'b','address':'b@x.org'}",
    NULL },
  { "domain",
    "Domain",
    "{'name':'x.org','kind':'equal'}",
    "Domain",
    "{'name':'X.ORG','kind':'equal'}",
    "name" },
  { "template", "Template", "{'name':'a'}", "Template", "{'name':'A'}", "name" },
  { "group-name-at-top", "MailGroup", "{'name':'Sales'}", "MailGroup", "{'name':'sales'}", "name" },
  { "list-names-may-repeat", "Group", "{'displayName':'l'}", "Group", "{'displayName':'l'}", NULL },
};

static void
test_unique (Fixture *fixture, gconstpointer data)
{
  const UniqueCase *self = data;
  g_autofree char  *id = fixture_insert (fixture, self->first_type, self->first);
  g_autoptr (GError) error = NULL;
  gboolean done = fixture_try_insert (fixture, self->second_type, self->second, NULL, &error);

  if (self->path == NULL)
    {
      g_assert_no_error (error);
      g_assert_true (done);
      return;
    }
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_cmpstr (ms_error_get_scim_type (error), ==, "uniqueness");
  g_assert_cmpstr (ms_error_get_path (error), ==, self->path);
  g_clear_error (&error);
  fixture_delete (fixture, id);
  g_assert_true (fixture_try_insert (fixture, self->second_type, self->second, NULL, &error));
  g_assert_no_error (error);
}

/* Renaming to itself in another case is no conflict, to another one's name it is, and the old name
 * is free then. */
static void
test_rename (Fixture *fixture, gconstpointer data)
{
  g_autofree char *john = fixture_insert (fixture, "User", "{'userName':'john'}");
  g_autofree char *jane = fixture_insert (fixture, "User", "{'userName':'jane'}");
  g_autoptr (MsObject) object = fixture_get (fixture, john);
  g_autoptr (GError) error = NULL;

  ms_object_set_string (object, "userName", "JOHN");
  fixture_update (fixture, object);
  ms_object_set_string (object, "userName", "Jane");
  g_assert_false (fixture_try_update (fixture, object, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_clear_error (&error);
  ms_object_set_string (object, "userName", "jim");
  fixture_update (fixture, object);
  g_autofree char *again = fixture_insert (fixture, "User", "{'userName':'john'}");
  g_assert_nonnull (again);
}

static char *
insert_mailbox (
    Fixture *fixture, const char *name, const char *owner, gboolean primary, GError **error)
{
  g_autofree char *json
      = g_strdup_printf ("{'name':'%s','address':'%s@x.org','owner':{'value':'%s'},'primary':%s}",
                         name,
                         name,
                         owner,
                         primary ? "true" : "false");
  char *id = NULL;

  return fixture_try_insert (fixture, "Mailbox", json, &id, error) ? id : NULL;
}

static void
test_one_primary (Fixture *fixture, gconstpointer data)
{
  g_autofree char *john = fixture_insert (fixture, "User", "{'userName':'john'}");
  g_autofree char *jane = fixture_insert (fixture, "User", "{'userName':'jane'}");
  g_autofree char *one = insert_mailbox (fixture, "one", john, TRUE, NULL);
  g_autofree char *two = insert_mailbox (fixture, "two", john, FALSE, NULL);
  g_autofree char *hers = insert_mailbox (fixture, "hers", jane, TRUE, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *three = insert_mailbox (fixture, "three", john, TRUE, &error);

  g_assert_nonnull (one);
  g_assert_nonnull (two);
  g_assert_nonnull (hers);
  g_assert_null (three);
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_cmpstr (ms_error_get_path (error), ==, "primary");
  g_clear_error (&error);
  /* Nor by changing the flag, nor by changing the owner. */
  g_autoptr (MsObject) object = fixture_get (fixture, two);
  ms_object_set_boolean (object, "primary", TRUE);
  g_assert_false (fixture_try_update (fixture, object, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_clear_error (&error);
  g_autoptr (MsObject) moved = fixture_get (fixture, hers);
  ms_object_set_link (moved, "owner", john);
  g_assert_false (fixture_try_update (fixture, moved, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_clear_error (&error);
  /* Without an owner it is nobody's primary one. */
  g_autoptr (MsObject) first = fixture_get (fixture, one);
  ms_object_set_link (first, "owner", NULL);
  fixture_update (fixture, first);
  g_assert_true (fixture_try_update (fixture, object, NULL, &error));
  g_assert_no_error (error);
}

static void
test_group_names (Fixture *fixture, gconstpointer data)
{
  g_autofree char *sales = fixture_insert (fixture, "MailGroup", "{'name':'Sales'}");
  g_autofree char *below = g_strdup_printf ("{'name':'Sales','parent':{'value':'%s'}}", sales);
  g_autofree char *inner = fixture_insert (fixture, "MailGroup", below);
  g_autoptr (GError) error = NULL;

  g_assert_false (fixture_try_insert (fixture, "MailGroup", below, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_clear_error (&error);
  g_autoptr (MsObject) object = fixture_get (fixture, inner);
  ms_object_set_link (object, "parent", NULL);
  g_assert_false (fixture_try_update (fixture, object, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
}

static void
test_target_must_exist (Fixture *fixture, gconstpointer data)
{
  g_autofree char *domain = fixture_insert (fixture, "Domain", "{'name':'x.org','kind':'equal'}");
  g_autofree char *json = g_strdup_printf ("{'name':'a','owner':{'value':'%s'}}", domain);
  g_autoptr (GError) error = NULL;

  g_assert_false (fixture_try_insert (fixture, "Mailbox", json, NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_assert_cmpstr (ms_error_get_path (error), ==, "owner");
  g_clear_error (&error);
  g_assert_false (fixture_try_insert (
      fixture, "Mailbox", "{'name':'a','owner':{'value':'gone'}}", NULL, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_assert_cmpstr (ms_error_get_scim_type (error), ==, "invalidValue");
}

/* Links --------------------------------------------------------------------------------------- */

typedef struct
{
  const char *id;
  const char *path;
  gboolean    reverse;
  guint       limit;
  GString    *out;
} Links;

static gboolean
do_links (MsTxn *txn, gpointer data, GError **error)
{
  Links *links = data;
  g_autoptr (GPtrArray) targets
             = ms_txn_list_links (txn, links->id, links->path, links->reverse, links->limit, error);

  for (guint i = 0; targets != NULL && i < targets->len; i++)
    {
      const MsLinkTarget *target = targets->pdata[i];
      g_string_append_printf (
          links->out, "%s%s:%s", i > 0 ? " " : "", target->type->name, target->label);
    }
  return targets != NULL;
}

static char *
list_links (Fixture *fixture, const char *id, const char *path, gboolean reverse, guint limit)
{
  Links links = { id, path, reverse, limit, g_string_new (NULL) };

  fixture_read (fixture, do_links, &links);
  return g_string_free (links.out, FALSE);
}

static void
test_links (Fixture *fixture, gconstpointer data)
{
  g_autofree char *user = fixture_insert (fixture, "User", "{'userName':'u'}");
  g_autofree char *box = insert_mailbox (fixture, "box", user, TRUE, NULL);
  g_autofree char *list = fixture_insert (fixture, "Group", "{'displayName':'all'}");

  fixture_link (fixture, list, "members", user, TRUE, TRUE);
  fixture_link (fixture, list, "members", user, TRUE, FALSE);
  fixture_link (fixture, list, "members", box, TRUE, TRUE);
  fixture_link (fixture, list, "members", list, TRUE, TRUE);
  assert_text (list_links (fixture, list, "members", FALSE, 0), "User:u Mailbox:box Group:all");
  assert_text (list_links (fixture, list, "members", FALSE, 2), "User:u Mailbox:box");
  assert_text (list_links (fixture, user, "members", TRUE, 0), "Group:all");
  assert_text (list_links (fixture, user, "owner", TRUE, 0), "Mailbox:box");
  assert_text (list_links (fixture, box, "owner", FALSE, 0), "User:u");
  fixture_link (fixture, list, "members", user, FALSE, TRUE);
  fixture_link (fixture, list, "members", user, FALSE, FALSE);
  fixture_link (fixture, list, "members", "nobody", FALSE, FALSE);
  assert_text (list_links (fixture, user, "members", TRUE, 0), "");
  g_autoptr (MsObject) object = fixture_get (fixture, list);
  g_assert_cmpint (ms_object_get_version (object), ==, 5);
}

static gboolean
do_ancestors (MsTxn *txn, gpointer data, GError **error)
{
  const char **ids = data;
  g_autoptr (GPtrArray) found = ms_txn_list_ancestors (txn, ids[2], error);

  g_assert_nonnull (found);
  g_assert_cmpuint (found->len, ==, 2);
  g_assert_cmpstr (found->pdata[0], ==, ids[1]);
  g_assert_cmpstr (found->pdata[1], ==, ids[0]);
  return TRUE;
}

static gboolean
do_below (MsTxn *txn, gpointer data, GError **error)
{
  const char **ids = data;

  for (guint i = 0; i < 3; i++)
    {
      gint64 depth = -1;
      if (!ms_txn_measure_below (txn, ids[i], 10, &depth, error))
        return FALSE;
      g_assert_cmpint (depth, ==, 2 - i);
    }
  gint64 bounded = -1, nothing = -1;
  if (!ms_txn_measure_below (txn, ids[0], 1, &bounded, error)
      || !ms_txn_measure_below (txn, "none", 10, &nothing, error))
    return FALSE;
  g_assert_cmpint (bounded, ==, 1);
  g_assert_cmpint (nothing, ==, 0);
  return TRUE;
}

static void
test_ancestors (Fixture *fixture, gconstpointer data)
{
  g_autofree char *top = fixture_insert (fixture, "MailGroup", "{'name':'top'}");
  g_autofree char *in_top = g_strdup_printf ("{'name':'middle','parent':{'value':'%s'}}", top);
  g_autofree char *middle = fixture_insert (fixture, "MailGroup", in_top);
  g_autofree char *in_middle = g_strdup_printf ("{'name':'leaf','parent':{'value':'%s'}}", middle);
  g_autofree char *leaf = fixture_insert (fixture, "MailGroup", in_middle);
  const char      *ids[] = { top, middle, leaf };

  fixture_read (fixture, do_ancestors, ids);
  fixture_read (fixture, do_below, ids);
}

/* The bin ------------------------------------------------------------------------------------- */

static gboolean
do_set_secret (MsTxn *txn, gpointer data, GError **error)
{
  const char **texts = data;
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, texts[0], error);

  return object != NULL && ms_txn_set_secret (txn, object, "password", texts[1], error);
}

static gboolean
do_check_secret (MsTxn *txn, gpointer data, GError **error)
{
  const char     **texts = data;
  g_autofree char *secret = ms_txn_get_secret (txn, texts[0], "password", error);

  g_assert_cmpstr (secret, ==, texts[1]);
  return TRUE;
}

static void
test_delete_restore (Fixture *fixture, gconstpointer data)
{
  g_autofree char *user = fixture_insert (fixture, "User", "{'userName':'u','title':'Dr'}");
  g_autofree char *box = insert_mailbox (fixture, "box", user, TRUE, NULL);
  g_autofree char *list = fixture_insert (fixture, "Group", "{'displayName':'all'}");
  const char      *secret[] = { user, "$y$hash" };
  const char      *none[] = { user, NULL };
  g_autoptr (GError) error = NULL;

  fixture_link (fixture, list, "members", user, TRUE, TRUE);
  fixture_write (fixture, do_set_secret, secret);
  fixture_read (fixture, do_check_secret, secret);
  fixture_delete (fixture, user);
  g_autoptr (MsObject) gone = fixture_get (fixture, user);
  g_assert_null (gone);
  fixture_read (fixture, do_check_secret, none);
  assert_text (fixture_list (fixture, "User", NULL, NULL, NULL, 0, 10, NULL), "");
  assert_text (fixture_list (fixture, "User", "title eq \"dr\"", NULL, NULL, 0, 10, NULL), "");
  g_autoptr (MsObject) orphan = fixture_get (fixture, box);
  g_assert_null (ms_object_get_link (orphan, "owner"));
  g_assert_cmpint (ms_object_get_version (orphan), ==, 2);
  g_autoptr (MsObject) shorter = fixture_get (fixture, list);
  g_assert_cmpint (ms_object_get_version (shorter), ==, 3);

  g_assert_true (fixture_try_restore (fixture, user, &error));
  g_assert_no_error (error);
  fixture_read (fixture, do_check_secret, secret);
  g_autoptr (MsObject) back = fixture_get (fixture, user);
  g_assert_cmpint (ms_object_get_version (back), ==, 4);
  assert_text (fixture_list (fixture, "User", "title eq \"dr\"", NULL, NULL, 0, 10, NULL), "u");
  g_assert_false (fixture_try_restore (fixture, user, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_NOT_FOUND);
}

static void
test_restore_conflict (Fixture *fixture, gconstpointer data)
{
  g_autofree char *user = fixture_insert (fixture, "User", "{'userName':'u'}");
  g_autoptr (GError) error = NULL;

  fixture_delete (fixture, user);
  g_autofree char *other = fixture_insert (fixture, "User", "{'userName':'U'}");
  g_assert_false (fixture_try_restore (fixture, user, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_clear_error (&error);
  fixture_delete (fixture, other);
  g_assert_true (fixture_try_restore (fixture, user, &error));
  g_assert_no_error (error);
}

typedef struct
{
  const char *group;
  const char *parent;
} GroupBack;

static gboolean
do_restore_below (MsTxn *txn, gpointer data, GError **error)
{
  GroupBack *back = data;
  g_autoptr (MsObject) group = fixture_restore (txn, back->group, error);

  if (group == NULL)
    return FALSE;
  ms_object_set_link (group, "parent", back->parent);
  return ms_txn_update (txn, group, error);
}

/* While a group comes back it is at the top for a moment, where its name may be taken. */
static void
test_restore_group (Fixture *fixture, gconstpointer data)
{
  g_autofree char *sales = fixture_insert (fixture, "MailGroup", "{'name':'Sales'}");
  g_autofree char *json = g_strdup_printf ("{'name':'EMEA','parent':{'value':'%s'}}", sales);
  g_autofree char *inner = fixture_insert (fixture, "MailGroup", json);
  g_autofree char *taken = fixture_insert (fixture, "MailGroup", "{'name':'EMEA'}");
  GroupBack        back = { inner, sales };
  g_autoptr (GError) error = NULL;

  fixture_delete (fixture, inner);
  g_assert_false (fixture_try_restore (fixture, inner, &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  fixture_write (fixture, do_restore_below, &back);
  g_autoptr (MsObject) group = fixture_get (fixture, inner);
  g_assert_cmpstr (ms_object_get_link (group, "parent"), ==, sales);
}

/* What leads to an object whose row is damaged says so, in place of an end without a type. */
static gboolean
meet_unknown_type (MsTxn *txn, gpointer data, GError **error)
{
  Search *search = data;
  g_autoptr (GError) backwards = NULL;
  g_autoptr (GError) onwards = NULL;
  g_autoptr (GError) asked = NULL;
  gboolean has = FALSE;
  g_autoptr (MsObject) list
             = ms_txn_get_object (txn, fixture_type (search->fixture, "Group"), search->id, error);
  g_assert_nonnull (list);
  g_autofree char *expected = g_strdup_printf ("Mahlbox %s “box”: there is no schema of its type",
                                               ms_object_get_id (search->found));

  g_assert_null (ms_txn_list_links (txn, search->other, "owner", TRUE, 0, &backwards));
  g_assert_error (backwards, MS_ERROR, MS_ERROR_INTERNAL);
  g_assert_cmpstr (backwards->message, ==, expected);
  g_assert_null (ms_txn_list_links_after (txn, list, "members", 0, 10, &onwards));
  g_assert_error (onwards, MS_ERROR, MS_ERROR_INTERNAL);
  g_assert_cmpstr (onwards->message, ==, expected);
  g_assert_false (
      ms_txn_has_link (txn, search->id, "members", ms_object_get_id (search->found), &has, &asked));
  g_assert_error (asked, MS_ERROR, MS_ERROR_INTERNAL);
  g_assert_cmpstr (asked->message, ==, expected);
  return TRUE;
}

/* The next one who opens it makes the rules again. */
static void
set_type (Fixture *fixture, const char *sql)
{
  fixture_close (fixture);
  store_place_lift_rules (fixture->driver, fixture->folder);
  fixture_run_sql (fixture, sql);
  fixture_reopen (fixture);
}

static void
test_unknown_type (Fixture *fixture, gconstpointer data)
{
  g_autofree char *user = fixture_insert (fixture, "User", "{'userName':'alma'}");
  g_autofree char *text = g_strdup_printf ("{'name':'box','owner':{'value':'%s'}}", user);
  g_autofree char *box = fixture_insert (fixture, "Mailbox", text);
  g_autofree char *list = fixture_insert (fixture, "Group", "{'displayName':'all'}");
  g_autoptr (MsObject) mailbox = fixture_get (fixture, box);
  Search search = { fixture, list, user, mailbox };

  fixture_link (fixture, list, "members", box, TRUE, TRUE);
  set_type (fixture, "UPDATE object SET type = 'Mahlbox' WHERE label = 'box'");
  fixture_read (fixture, meet_unknown_type, &search);
  set_type (fixture, "UPDATE object SET type = 'Mailbox' WHERE label = 'box'");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("insert", NULL, test_insert);
  fixture_add ("not-found", NULL, test_not_found);
  fixture_add ("find", NULL, test_find);
  fixture_add ("update", NULL, test_update);
  fixture_add ("update/same", NULL, test_update_same);
  for (guint i = 0; i < G_N_ELEMENTS (unique_cases); i++)
    {
      g_autofree char *name = g_strconcat ("unique/", unique_cases[i].name, NULL);
      fixture_add (name, &unique_cases[i], test_unique);
    }
  fixture_add ("unique/rename", NULL, test_rename);
  fixture_add ("unique/one-primary", NULL, test_one_primary);
  fixture_add ("unique/group-names", NULL, test_group_names);
  fixture_add ("links/target-must-exist", NULL, test_target_must_exist);
  fixture_add ("links/members", NULL, test_links);
  fixture_add ("links/unknown-type", NULL, test_unknown_type);
  fixture_add ("links/ancestors", NULL, test_ancestors);
  fixture_add ("bin/delete-restore", NULL, test_delete_restore);
  fixture_add ("bin/restore-conflict", NULL, test_restore_conflict);
  fixture_add ("bin/restore-group", NULL, test_restore_group);
  return g_test_run ();
}
