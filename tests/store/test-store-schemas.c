/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Schema files that an earlier build took and today's rules refuse: the store opens with what they
 * say and complains; only what is new or changed must obey.
 */
#include "store-fixture.h"

#include <string.h>

#include "ms-rescue.h"
#include "ms-schema-stored.h"
#include "ms-store-schemas.h"

#define URN "urn:example:test:past:"
#define TYPE(name, attributes)                                                                     \
  "{'schemas':[{'id':'" URN name "','name':'" name                                                 \
  "','attributes':[{'name':'nm','label':true}" attributes "]}],'resourceTypes':[{'name':'" name    \
  "','endpoint':'/" name "s','schema':'" URN name "'}]}"
#define SCOPED(exact) ",{'name':'code','uniqueness':'server','scope':'mine','caseExact':" exact "}"

typedef struct
{
  Fixture    *fixture;
  const char *name;
  const char *text;
  gboolean    apply;
} Put;

/* Inserts a file or changes one. */
static gboolean
do_put (MsTxn *txn, gpointer data, GError **error)
{
  Put             *self = data;
  MsSchemaReport   report = { 0 };
  g_autofree char *text = g_strdup (self->text);
  g_autoptr (MsObject) before = ms_txn_find_object (
      txn, fixture_type (self->fixture, "SchemaFile"), "name", self->name, error);
  g_autoptr (MsObject) file = before != NULL ? ms_object_copy (before)
                                             : fixture_make (self->fixture, "SchemaFile", "{}");

  g_strdelimit (text, "'", '"');
  ms_object_set_string (file, "name", self->name);
  ms_object_set_string (file, "text", text);
  return (before != NULL ? ms_txn_update (txn, file, error) : ms_txn_insert (txn, file, error))
         && (!self->apply || ms_txn_apply_schemas (txn, FALSE, &report, error));
}

/* As an earlier build did, which looked for less. */
static void
put_unseen (Fixture *fixture, const char *name, const char *text)
{
  Put put = { fixture, name, text, FALSE };

  fixture_write (fixture, do_put, &put);
}

static void
set_schemas (Fixture *fixture, MsSchemaRegistry *schemas)
{
  ms_schema_registry_unref (fixture->schemas);
  fixture->schemas = schemas;
}

/* As this build does. */
static gboolean
try_put (Fixture *fixture, const char *name, const char *text, GError **error)
{
  Put put = { fixture, name, text, TRUE };

  if (!ms_store_write (fixture->store, &fixture_context, do_put, &put, NULL, error))
    return FALSE;
  set_schemas (fixture, ms_store_ref_schemas (fixture->store));
  return TRUE;
}

/* Opens the store anew, as a program does that knows its own types only. */
static void
take_schemas (Fixture *fixture)
{
  set_schemas (fixture, ms_schema_registry_new_builtin ());
  fixture_reopen (fixture);
  set_schemas (fixture, ms_store_ref_schemas (fixture->store));
}

static void
assert_complaint (MsSchemaRegistry *schemas, guint index, const char *text)
{
  GPtrArray *complaints = ms_schema_registry_get_complaints (schemas);

  g_assert_cmpuint (complaints->len, >, index);
  g_test_message ("%s", (const char *) complaints->pdata[index]);
  g_assert_nonnull (strstr (complaints->pdata[index], text));
}

static const char *const past[][3] = {
  { "not", TYPE ("Thing", ",{'name':'not'}"), "schemas[0].attributes[1].name" },
  { "labels", TYPE ("Thing", ",{'name':'b','label':true}"), "schemas[0].attributes[1].label" },
  { "note", TYPE ("Token", ""), "resourceTypes[0].name" },
  { "message",
    "{'schemas':[{'id':'" URN "M','name':'m','attributes':[{'name':'nm','label':true}]}],"
    "'resourceTypes':[{'name':'Schema','endpoint':'/Ms','schema':'" URN "M'}]}",
    "resourceTypes[0].name" },
  { "nothing", "{}", "schemas" },
  { "reference", TYPE ("Thing", ",{'name':'r','type':'reference','default':'no uri'}"), "default" },
  { "scope",
    TYPE ("Thing",
          SCOPED ("false") ",{'name':'d','uniqueness':'server','scope':'mine','caseExact':true}"),
    "caseExact" },
  { "parts",
    TYPE ("Thing",
          ",{'name':'r','type':'complex','relation':{'to':['User']},'subAttributes':"
          "[{'name':'value'},{'name':'note'}]}"),
    "“note”" },
  { "file",
    TYPE ("Thing",
          ",{'name':'r','type':'complex','relation':{'to':['SchemaFile']},'subAttributes':"
          "[{'name':'value'}]}"),
    "no relation leads to" },
  { "types-twice",
    TYPE ("Thing",
          ",{'name':'r','type':'complex','relation':{'to':['User','User']},'subAttributes':"
          "[{'name':'value'}]}"),
    "schemas[0].attributes[1].relation.to[1]: " },
  { "canonical-twice",
    TYPE ("Thing", ",{'name':'c','canonicalOnly':true,'canonicalValues':['A','b','a']}"),
    "schemas[0].attributes[1].canonicalValues[2]: " },
  { "canonical-twice-in-a-part",
    TYPE ("Thing",
          ",{'name':'c','type':'complex','subAttributes':[{'name':'value','caseExact':true,"
          "'canonicalValues':['A','a','A']}]}"),
    "schemas[0].attributes[1].subAttributes[0].canonicalValues[2]: " },
  { "references-twice",
    TYPE ("Thing", ",{'name':'r','type':'reference','referenceTypes':['uri','User','uri']}"),
    "schemas[0].attributes[1].referenceTypes[2]: " },
  { "urn",
    "{'schemas':[{'id':'" URN "U','name':'u','attributes':[{'name':'nm','label':true},{'name':'B'}]"
    "},{'id':'" URN "u:b','name':'e','attributes':[{'name':'c'}]}],'resourceTypes':[{'name':'U',"
    "'endpoint':'/Us','schema':'" URN "U','schemaExtensions':[{'schema':'" URN "u:b'}]}]}",
    "is the URN of another schema" },
  { "extension",
    "{'schemas':[{'id':'" URN "X','name':'x','attributes':[{'name':'nm','label':true}]}],"
    "'resourceTypes':[{'name':'X','endpoint':'/Xs','schema':'" URN "X','schemaExtensions':"
    "[{'schema':'" MS_URN_EXT_GROUP "'}]}]}",
    "resourceTypes[0].schemaExtensions[0].schema" },
};

/* It is refused today, and taken where it is there. */
static void
test_past (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (past); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", past[i][0]);
      g_assert_false (try_put (fixture, past[i][0], past[i][1], &error));
      g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, past[i][2]));
      put_unseen (fixture, past[i][0], past[i][1]);
      take_schemas (fixture);
      assert_complaint (fixture->schemas, 0, past[i][2]);
      assert_complaint (fixture->schemas, 0, past[i][0]);
      fixture_check_sound (fixture);
      set_schemas (fixture, ms_schema_registry_new_builtin ());
      fixture_renew (fixture);
    }
}

static void
test_use (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  put_unseen (fixture, "old", TYPE ("Thing", ",{'name':'not'},{'name':'x'}" SCOPED ("false")));
  take_schemas (fixture);
  g_autofree char *id = fixture_insert (fixture, "Thing", "{'nm':'a','not':'b','x':'c'}");
  g_autoptr (MsObject) object = fixture_get (fixture, id);
  g_assert_cmpstr (ms_object_get_string (object, "not"), ==, "b");

  /* Other files come and go beside it; what would make it worse does not. */
  g_assert_true (try_put (fixture, "new", TYPE ("New", ""), &error));
  g_assert_no_error (error);
  g_assert_false (try_put (fixture, "scoped", TYPE ("Scoped", SCOPED ("true")), &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_clear_error (&error);
  put_unseen (fixture, "after", TYPE ("After", SCOPED ("true")));
  take_schemas (fixture);
  assert_complaint (fixture->schemas, 1, "after");

  /* Changed, it must obey. */
  g_assert_false (try_put (fixture, "old", TYPE ("Thing", ",{'name':'not'},{'name':'y'}"), &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
  g_clear_error (&error);
  fixture_check_sound (fixture);
}

/* A change of one file is to blame for what another one has against it. */
static void
test_blame (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (try_put (fixture, "first", TYPE ("First", SCOPED ("false")), &error));
  g_assert_no_error (error);
  g_assert_true (try_put (fixture, "second", TYPE ("Second", SCOPED ("false")), &error));
  g_assert_no_error (error);
  g_assert_false (try_put (fixture, "first", TYPE ("First", SCOPED ("true")), &error));
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_nonnull (strstr (error->message, "“second”"));
}

static void
on_loss (const char *loss, gpointer user_data)
{
  g_test_message ("%s", loss);
}

static void
test_rescue (Fixture *fixture, gconstpointer data)
{
  g_autofree char *target = g_build_filename (fixture->folder, "rescued.db", NULL);
  g_autofree char *uri = g_strconcat ("sqlite:", target, NULL);
  g_autoptr (MsSchemaRegistry) builtin = ms_schema_registry_new_builtin ();
  g_autoptr (GError) error = NULL;
  gint64 saved = 0;
  gint64 losses = 0;

  put_unseen (fixture, "old", TYPE ("Thing", ",{'name':'not'}"));
  take_schemas (fixture);
  g_autofree char *id = fixture_insert (fixture, "Thing", "{'nm':'a','not':'b'}");
  fixture_close (fixture);
  g_assert_true (
      ms_rescue (fixture->uri, target, builtin, NULL, on_loss, NULL, &saved, &losses, &error));
  g_assert_no_error (error);
  g_assert_cmpint (losses, ==, 0);
  g_autoptr (MsStore) store = ms_store_open (uri, builtin, 0, &error);
  g_assert_no_error (error);
  g_autoptr (MsSchemaRegistry) schemas = ms_store_ref_schemas (store);
  assert_complaint (schemas, 0, "“old”");
  ms_store_close (store);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_add ("schemas/past", NULL, test_past);
  fixture_add ("schemas/use", NULL, test_use);
  fixture_add ("schemas/blame", NULL, test_blame);
  fixture_add_for ("sqlite", "schemas/rescue", NULL, test_rescue);
  return g_test_run ();
}
