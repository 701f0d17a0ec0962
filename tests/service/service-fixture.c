/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "service-fixture.h"

#include <string.h>

#include "ms-txn.h"
#include "store-place.h"
#include "test-folder.h"

static gint64
fixture_clock (gpointer user_data)
{
  return ((Fixture *) user_data)->now;
}

void
fixture_use_clock (Fixture *self)
{
  ms_service_set_clock (self->service, fixture_clock, self);
}

typedef struct
{
  const MsResourceType *type;
  MsObject             *found;
} Search;

static gboolean
find_admin (MsTxn *txn, gpointer user_data, GError **error)
{
  Search *search = user_data;

  search->found = ms_txn_find_object (txn, search->type, "userName", "admin", error);
  return search->found != NULL;
}

void
fixture_set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsSchemaRegistry) schemas = ms_schema_registry_new_builtin ();

  self->folder = test_folder_new ();
  self->uri = store_place_new (store_place_get_driver (), self->folder);
  self->store = ms_store_open (self->uri, schemas, MS_STORE_CREATE, &error);
  g_assert_no_error (error);
  self->service = ms_service_new (self->store);
  self->now = g_get_real_time ();
  fixture_use_clock (self);
  gboolean initialized
      = ms_service_initialize (self->service, "example.org", "admin", &self->password, &error);
  g_assert_no_error (error);
  g_assert_true (initialized);

  Search search = { self->service->types.user, NULL };
  g_assert_true (ms_store_read (self->store, find_admin, &search, NULL, &error));
  self->admin
      = fixture_actor (self, ms_object_get_id (search.found), MS_ROLE_ADMINISTRATOR, "console");
  ms_object_unref (search.found);
}

void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) problems = ms_store_verify_content (self->store, NULL, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < problems->len; i++)
    g_test_message ("%s", (char *) g_ptr_array_index (problems, i));
  g_assert_cmpuint (problems->len, ==, 0);

  ms_service_shutdown (self->service);
  g_clear_object (&self->service);
  ms_store_close (self->store);
  g_clear_object (&self->store);
  (void) test_folder_remove (self->folder);
  g_clear_pointer (&self->folder, g_free);
  g_clear_pointer (&self->uri, g_free);
  g_clear_pointer (&self->password, g_free);
  g_clear_pointer (&self->admin, ms_actor_free);
}

MsActor *
fixture_actor (Fixture *self, const char *user_id, MsRole role, const char *channel)
{
  MsActor *actor = g_new0 (MsActor, 1);

  actor->user_id = g_strdup (user_id);
  actor->user_name = g_strdup (ms_role_to_string (role));
  actor->role = role;
  actor->channel = g_strdup (channel);
  return actor;
}

const MsResourceType *
fixture_type (Fixture *self, const char *name)
{
  const MsResourceType *type
      = ms_schema_registry_get_type_by_name (ms_service_get_schemas (self->service), name);

  g_assert_nonnull (type);
  return type;
}

static char *
quote (char *text)
{
  g_strdelimit (text, "'", '"');
  return text;
}

char *
json (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  char *text = g_strdup_vprintf (format, args);
  va_end (args);
  return quote (text);
}

JsonObject *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *quoted = quote (g_strdup (text));
  g_autoptr (JsonNode) node = ms_json_parse (quoted, -1, &ms_json_default_limits, &error);

  g_assert_no_error (error);
  return json_node_dup_object (node);
}

MsOutcome *
try_verb (Fixture       *self,
          const MsActor *actor,
          MsVerb         verb,
          const char    *type,
          const char    *id,
          const char    *body,
          GError       **error)
{
  MsOperation *operation = ms_operation_new (verb);

  operation->type = type != NULL ? fixture_type (self, type) : NULL;
  operation->id = g_strdup (id);
  operation->body = body != NULL ? parse (body) : NULL;
  operation->base_url = g_strdup ("https://x/scim/v2");
  return ms_service_apply (self->service, actor != NULL ? actor : self->admin, operation, error);
}

char *
make (Fixture *self, const char *type, const char *body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = try_verb (self, NULL, MS_VERB_CREATE, type, NULL, body, &error);

  g_assert_no_error (error);
  g_assert_true (outcome->created);
  g_assert_cmpint (outcome->sequence, >, 0);
  return g_strdup (outcome->id);
}

gint64
change_sequence (
    Fixture *self, const char *type, const char *id, const char *attribute, const char *value)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *body
      = value != NULL ? json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                              "'Operations':[{'op':'replace','path':'%s','value':%s}]}",
                              attribute,
                              value)
                      : json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                              "'Operations':[{'op':'remove','path':'%s'}]}",
                              attribute);
  g_autoptr (MsOutcome) outcome = try_verb (self, NULL, MS_VERB_PATCH, type, id, body, &error);

  g_assert_no_error (error);
  return outcome->sequence;
}

void
change (Fixture *self, const char *type, const char *id, const char *attribute, const char *value)
{
  g_assert_cmpint (change_sequence (self, type, id, attribute, value), >, 0);
}

gint64
drop (Fixture *self, const char *type, const char *id, const char *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome = try_verb (self, NULL, MS_VERB_DELETE, type, id, options, &error);

  g_assert_no_error (error);
  return outcome->sequence;
}

JsonObject *
show (Fixture *self, const char *type, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);

  gboolean found = ms_service_get (self->service,
                                   self->admin,
                                   fixture_type (self, type),
                                   id,
                                   NULL,
                                   "https://x/scim/v2",
                                   out,
                                   NULL,
                                   &error);
  g_assert_no_error (error);
  g_assert_true (found);
  g_autoptr (JsonNode) node
             = ms_json_parse (out->str, (gssize) out->len, &ms_json_default_limits, &error);
  g_assert_no_error (error);
  return json_node_dup_object (node);
}

gboolean
is_there (Fixture *self, const char *type, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  gboolean found = ms_service_get (
      self->service, self->admin, fixture_type (self, type), id, NULL, NULL, out, NULL, &error);

  if (!found)
    g_assert_error (error, MS_ERROR, MS_ERROR_NOT_FOUND);
  return found;
}

/* One step of a path: "name", then any number of "[i]"; URNs hold dots and are written with their
 * last one as "|". */
static JsonNode *
step (JsonNode *node, const char *part)
{
  gsize            length = strcspn (part, "[");
  g_autofree char *name = g_strndup (part, length);

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  node = json_object_get_member (json_node_get_object (node), name);
  for (const char *at = part + length; node != NULL && *at == '['; at = strchr (at, ']') + 1)
    {
      guint index = (guint) g_ascii_strtoull (at + 1, NULL, 10);
      if (!JSON_NODE_HOLDS_ARRAY (node)
          || index >= json_array_get_length (json_node_get_array (node)))
        return NULL;
      node = json_array_get_element (json_node_get_array (node), index);
    }
  return node;
}

char *
pick (JsonObject *object, const char *path)
{
  static const char *const extensions[] = { MS_URN_EXT_USER, MS_URN_EXT_GROUP, MS_URN_ENTERPRISE };
  g_autoptr (JsonNode) root = json_node_init_object (json_node_alloc (), object);
  JsonNode *node = root;

  for (guint i = 0; i < G_N_ELEMENTS (extensions); i++)
    if (g_str_has_prefix (path, extensions[i]))
      {
        node = step (node, extensions[i]);
        path += strlen (extensions[i]);
        path += *path == ':' ? 1 : 0; /* the whole of it, otherwise */
      }
  g_auto (GStrv) parts = g_strsplit (path, ".", -1);
  for (guint i = 0; parts[i] != NULL; i++)
    node = step (node, parts[i]);
  if (node == NULL)
    return NULL;
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_dup_string (node);
  return ms_json_to_string (node);
}

void
refuse_error (GError *error, int code, const char *path)
{
  g_assert_error (error, MS_ERROR, code);
  g_assert_cmpstr (ms_error_get_path (error), ==, path);
}

MsOutcome *
undo (Fixture *self, gint64 sequence, GError **error)
{
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);

  operation->sequence = sequence;
  return ms_service_apply (self->service, self->admin, operation, error);
}

static gboolean
read_sequence (MsTxn *txn, gpointer user_data, GError **error)
{
  *(gint64 *) user_data = ms_txn_get_last_sequence (txn);
  return TRUE;
}

gint64
last_sequence (Fixture *self)
{
  gint64 sequence = 0;

  g_assert_true (ms_store_read (self->store, read_sequence, &sequence, NULL, NULL));
  return sequence;
}

void
expect (Fixture    *f,
        MsVerb      verb,
        const char *type,
        const char *id,
        const char *body,
        int         code,
        const char *path)
{
  g_autoptr (GError) error = NULL;
  gint64 before = last_sequence (f);
  g_autoptr (MsOutcome) outcome = try_verb (f, NULL, verb, type, id, body, &error);

  g_test_message ("%s %s", type, body != NULL ? body : "");
  g_assert_null (outcome);
  refuse_error (error, code, path);
  g_assert_cmpint (last_sequence (f), ==, before);
}

void
expect_patch (Fixture    *f,
              const char *type,
              const char *id,
              const char *path,
              const char *value,
              int         code,
              const char *fault)
{
  g_autofree char *body = json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
                                "'Operations':[{'op':'replace','path':'%s','value':%s}]}",
                                path,
                                value);
  expect (f, MS_VERB_PATCH, type, id, body, code, fault);
}

char *
make_user (Fixture *f, const char *name)
{
  g_autofree char *body = json ("{'userName':'%s'}", name);
  return make (f, "User", body);
}

char *
make_mailbox (Fixture *f, const char *name, const char *owner, gboolean primary)
{
  g_autofree char *body = owner != NULL ? json ("{'name':'%s','owner':{'value':'%s'},'primary':%s}",
                                                name,
                                                owner,
                                                primary ? "true" : "false")
                                        : json ("{'name':'%s'}", name);
  return make (f, "Mailbox", body);
}

char *
make_group (Fixture *f, const char *name, const char *parent)
{
  g_autofree char *body = parent != NULL
                              ? json ("{'name':'%s','parent':{'value':'%s'}}", name, parent)
                              : json ("{'name':'%s'}", name);
  return make (f, "MailGroup", body);
}

/* The bin ----------------------------------------------------------------------------------- */

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* Several values are a set. */
static char *
describe_value (const MsAttribute *attribute, MsObject *object)
{
  JsonNode *value = ms_attribute_get_value (attribute, ms_object_get_attributes (object));
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  if (!JSON_NODE_HOLDS_ARRAY (value))
    return ms_json_to_string (value);
  for (guint i = 0; i < json_array_get_length (json_node_get_array (value)); i++)
    g_ptr_array_add (texts,
                     ms_json_to_string (json_array_get_element (json_node_get_array (value), i)));
  g_ptr_array_sort (texts, compare_texts);
  g_ptr_array_add (texts, NULL);
  return g_strjoinv (" ", (char **) texts->pdata);
}

static char *
describe_binned (const MsBinEntry *entry, MsObject *object)
{
  g_autoptr (MsObject) nothing
             = ms_object_new (ms_object_get_type (object), entry->id, json_object_new ());
  g_autoptr (GPtrArray) deltas = ms_delta_compute (nothing, object);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s “%s”:", entry->type_name, entry->label);
  for (guint i = 0; i < deltas->len; i++)
    {
      const MsAttribute *attribute = ((const MsDelta *) g_ptr_array_index (deltas, i))->attribute;
      g_autofree char   *value = describe_value (attribute, object);
      g_string_append_printf (text, " %s=%s", attribute->path, value);
    }
  return g_string_free (text, FALSE);
}

static gboolean
read_bin (MsTxn *txn, gpointer user_data, GError **error)
{
  g_autoptr (GPtrArray) entries = ms_txn_list_bin (txn, NULL, NULL, 0, 0, G_MAXINT, error);

  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const MsBinEntry *entry = g_ptr_array_index (entries, i);
      g_autoptr (MsObject) object = ms_txn_get_binned (txn, entry->id, error);
      if (object == NULL)
        return FALSE;
      g_hash_table_insert (user_data, g_strdup (entry->id), describe_binned (entry, object));
    }
  return entries != NULL;
}

GHashTable *
describe_bin (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  GHashTable *bin = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gboolean    done = ms_store_read (f->store, read_bin, bin, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (done);
  return bin;
}

void
assert_bin_keeps (Fixture *f, GHashTable *then)
{
  g_autoptr (GHashTable) now = describe_bin (f);
  GHashTableIter iter;
  gpointer       id, text;

  g_hash_table_iter_init (&iter, then);
  while (g_hash_table_iter_next (&iter, &id, &text))
    g_assert_cmpstr (g_hash_table_lookup (now, id), ==, text);
}
