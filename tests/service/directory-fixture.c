/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See the header.
 */
#include "directory-fixture.h"

#include <string.h>

#include "ms-directory-runs.h"
#include "ms-txn.h"

#define WAIT_USEC (240 * G_USEC_PER_SEC)

Town town;

void
town_set_up (Fixture *f, gconstpointer data)
{
  fixture_set_up (f, data);
  ms_service_set_directory_read (f->service, town_read);
  town = (Town){ 0 };
  town.entries = g_ptr_array_new_with_free_func ((GDestroyNotify) g_hash_table_unref);
}

void
town_tear_down (Fixture *f, gconstpointer data)
{
  fixture_tear_down (f, data);
  g_ptr_array_unref (town.entries);
  g_clear_error (&town.failure);
  g_clear_pointer (&town.uri, g_free);
}

void
town_set (Entry *entry, const char *attribute, const char *value)
{
  char *key = g_ascii_strdown (attribute, -1);

  if (value != NULL)
    g_hash_table_replace (entry, key, g_strdelimit (g_strdup (value), "|", '\n'));
  else
    {
      g_hash_table_remove (entry, key);
      g_free (key);
    }
}

Entry *
town_add (const char *text)
{
  Entry *entry = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) parts = g_strsplit (text, ";", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (parts[i], "=", 2);
      g_assert_cmpuint (g_strv_length (pair), ==, 2);
      town_set (entry, pair[0], pair[1]);
    }
  if (!g_hash_table_contains (entry, "entryuuid"))
    {
      g_autofree char *uuid = g_uuid_string_random ();
      town_set (entry, "entryUUID", uuid);
    }
  g_ptr_array_add (town.entries, entry);
  return entry;
}

void
town_remove (Entry *entry)
{
  g_assert_true (g_ptr_array_remove (town.entries, entry));
}

Entry *
town_find (const char *uid)
{
  for (guint i = 0; i < town.entries->len; i++)
    if (g_strcmp0 (g_hash_table_lookup (town.entries->pdata[i], "uid"), uid) == 0)
      return town.entries->pdata[i];
  return NULL;
}

static GBytes *
make_bytes (const char *text)
{
  g_autoptr (GByteArray) array = g_byte_array_new ();

  if (!g_str_has_prefix (text, "!bytes:"))
    return g_bytes_new (text, strlen (text));
  for (const char *p = text + strlen ("!bytes:"); p[0] != '\0'; p += 2)
    {
      guint8 byte = (guint8) (g_ascii_xdigit_value (p[0]) * 16 + g_ascii_xdigit_value (p[1]));
      g_byte_array_append (array, &byte, 1);
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&array));
}

static MsDirectoryEntry *
make_entry (Entry *from, const MsDirectorySearch *search)
{
  const char       *uid = g_hash_table_lookup (from, "uid");
  g_autofree char  *dn = g_strdup_printf ("uid=%s,%s", uid != NULL ? uid : "?", search->base);
  MsDirectoryEntry *entry = ms_directory_entry_new (dn);

  for (guint i = 0; search->attributes[i] != NULL; i++)
    {
      g_autofree char *key = g_ascii_strdown (search->attributes[i], -1);
      const char      *text = g_hash_table_lookup (from, key);
      g_auto (GStrv) values = text != NULL ? g_strsplit (text, "\n", -1) : NULL;
      for (guint v = 0; values != NULL && values[v] != NULL; v++)
        {
          g_autoptr (GBytes) bytes = make_bytes (values[v]);
          ms_directory_entry_add (entry, search->attributes[i], bytes);
        }
    }
  return entry;
}

gboolean
town_read (const MsDirectoryServer *server,
           const MsDirectorySearch *search,
           MsDirectoryEntryFunc     func,
           gpointer                 user_data,
           GCancellable            *cancellable,
           GError                 **error)
{
  gboolean only_active = strstr (search->filter, "(!(disabled=*))") != NULL;
  guint    handed = 0;
  guint    end = town.failure != NULL ? (town.entries->len + 1) / 2 : town.entries->len;

  town.searches++;
  town.saw_password = g_strcmp0 (server->password, SECRET) == 0;
  g_free (town.uri);
  town.uri = g_strdup (server->uri);
  if (town.hook != NULL)
    {
      void (*hook) (gpointer data) = town.hook;
      town.hook = NULL;
      hook (town.hook_data);
    }
  for (; town.waits && !g_cancellable_is_cancelled (cancellable); g_usleep (1000))
    if (search->alive != NULL && !search->alive (user_data, error))
      return FALSE;
  for (guint i = 0; i < end && (search->limit == 0 || handed < search->limit); i++)
    {
      Entry *from = town.entries->pdata[i];
      if (only_active && g_hash_table_contains (from, "disabled"))
        continue;
      g_autoptr (MsDirectoryEntry) entry = make_entry (from, search);
      handed++;
      if (!func (entry, user_data, error))
        return FALSE;
    }
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (town.failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&town.failure));
  return FALSE;
}

/* The service ------------------------------------------------------------------------------- */

char *
make_directory (Fixture *f, const char *more)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  /* What is said wins. */
  static const char *const usual[][2] = {
    { "'name':", "'name':'town'" },
    { "'server':", "'server':'ldaps://ldap.example.org'" },
    { "'bindDn':", "'bindDn':'" CN "','password':'" SECRET "'" },
    { "'base':", "'base':'dc=example'" },
    { "'filter':", "'filter':'(objectClass=person)'" },
    { "'identity':", "'identity':'entryUUID'" },
    { "'mapping':",
      "'mapping':{'userName':'uid','displayName':'cn','name.givenName':'givenName',"
      "'title':'title','mailbox':'mail'}" },
  };
  g_autoptr (GString) text = g_string_new ("{'startTls':false");
  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    if (strstr (more, usual[i][0]) == NULL)
      g_string_append_printf (text, ",%s", usual[i][1]);
  g_string_append_printf (text, "%s}", more);
  g_autoptr (JsonObject) body = parse (text->str);
  char *id = NULL;

  gboolean done = ms_service_put_directory (
      f->service, f->admin, NULL, body, NULL, out, &id, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (done);
  return id;
}

void
set_directory (Fixture *f, const char *id, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (JsonObject) body = parse (text);

  gboolean done = ms_service_put_directory (
      f->service, f->admin, id, body, NULL, out, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (done);
}

JsonObject *
get_directory (Fixture *f, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);

  gboolean done = ms_service_get_directory (f->service, f->admin, id, out, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (done);
  return parse (out->str);
}

JsonObject *
get_rows (Fixture *f, const char *id, const char *status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);

  gboolean done
      = ms_service_list_directory_rows (f->service, f->admin, id, status, 0, 1000, out, &error);
  g_assert_no_error (error);
  g_assert_true (done);
  return parse (out->str);
}

void
wait_for_end (Fixture *f, const char *id)
{
  gint64 end = g_get_monotonic_time () + WAIT_USEC;

  g_assert_true (
      ms_job_queue_wait_idle (ms_directory_runs_get_queue (f->service->directories), end));
  g_autoptr (JsonObject) directory = get_directory (f, id);
  assert_picked (directory, "state", "idle");
}

JsonObject *
run_directory (Fixture *f, const char *id, MsDirectoryMode mode, gboolean force)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new (NULL);

  gboolean done = ms_service_start_directory (f->service, f->admin, id, mode, force, out, &error);
  g_assert_no_error (error);
  g_assert_true (done);
  wait_for_end (f, id);
  g_autoptr (JsonObject) directory = get_directory (f, id);
  return json_object_ref (json_object_get_object_member (directory, "last"));
}

void
expect_counts (JsonObject *last, const char *counts)
{
  static const char *const names[]
      = { "create", "update", "rename", "disable", "enable", "delete", "refuse", "unchanged" };
  g_autoptr (GString) found = g_string_new (NULL);
  JsonObject *all = json_object_get_object_member (last, "counts");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      gint64 count = json_object_get_int_member (all, names[i]);
      if (count != 0)
        g_string_append_printf (
            found, "%s%s %d", found->len > 0 ? ", " : "", names[i], (int) count);
    }
  g_assert_cmpstr (found->str, ==, counts);
}

void
run_and_expect (Fixture *f, const char *id, const char *counts)
{
  g_autoptr (JsonObject) last = run_directory (f, id, MS_DIRECTORY_RUN, FALSE);

  assert_picked (last, "reason", NULL);
  assert_picked (last, "result", "done");
  expect_counts (last, counts);
}

typedef struct
{
  Fixture    *f;
  const char *type;
  const char *path;
  const char *value;
  char       *id;
} Finding;

static gboolean
find_in_txn (MsTxn *txn, gpointer user_data, GError **error)
{
  Finding *self = user_data;
  g_autoptr (GError) failed = NULL;
  g_autoptr (MsObject) object = ms_txn_find_object (
      txn, fixture_type (self->f, self->type), self->path, self->value, &failed);

  g_assert_no_error (failed);
  self->id = object != NULL ? g_strdup (ms_object_get_id (object)) : NULL;
  return TRUE;
}

static char *
find_id (Fixture *f, const char *type, const char *path, const char *value)
{
  Finding finding = { f, type, path, value, NULL };

  g_assert_true (ms_store_read (f->store, find_in_txn, &finding, NULL, NULL));
  return finding.id;
}

char *
find_user_id (Fixture *f, const char *name)
{
  return find_id (f, "User", "userName", name);
}

char *
find_mailbox_id (Fixture *f, const char *address)
{
  return find_id (f, "Mailbox", "address", address);
}

void
undo_directory (Fixture *f, const char *id)
{
  g_autoptr (GError) error = NULL;
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);

  operation->job = ms_service_get_directory_job (f->service, f->admin, id, &error);
  g_assert_no_error (error);
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, &error);
  g_assert_no_error (error);
  g_autoptr (JsonObject) answer = parse (outcome->document->str);
  assert_picked (answer, "refused", "[]");
}

char *
digest (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  char *text = ms_store_digest (f->store, MS_DIGEST_STATE, NULL, &error);

  g_assert_no_error (error);
  return text;
}

/* (transfer full) */
static char *
find_recipients (Fixture *f, const char *address)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GString) found = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  gboolean done = ms_service_explain (f->service, f->admin, address, 100, out, &error);
  g_assert_no_error (error);
  g_assert_true (done);
  g_autoptr (JsonObject) answer = parse (out->str);
  JsonObject *recipients = json_object_get_object_member (answer, "recipients");
  JsonArray  *list = json_object_get_array_member (recipients, "list");
  for (guint i = 0; i < json_array_get_length (list); i++)
    g_string_append_printf (
        found,
        "%s%s",
        i > 0 ? " " : "",
        json_object_get_string_member (json_array_get_object_element (list, i), "address"));
  return g_string_free (g_steal_pointer (&found), FALSE);
}

void
expect_recipients (Fixture *f, const char *address, const char *recipients)
{
  g_autofree char *found = find_recipients (f, address);

  g_test_message ("%s", address);
  g_assert_cmpstr (found, ==, recipients);
}
