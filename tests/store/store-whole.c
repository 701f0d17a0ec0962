/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See store-whole.h.
 */
#include "store-whole.h"

#include "ms-reading.h"

#include <glib/gstdio.h>

char *
whole_path (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

char *
whole_uri (const char *path)
{
  return g_strconcat ("sqlite:", path, NULL);
}

static gboolean
do_secret (MsTxn *txn, gpointer data, GError **error)
{
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, data, error);
  const MsSession session = { (char *) "session-1",
                              (char *) "session",
                              (char *) "naïve",
                              data,
                              (char *) "all",
                              (char *) "scim",
                              1,
                              2,
                              G_MAXINT64 };

  return object != NULL && ms_txn_set_secret (txn, object, "password", "$y$j9T$x", error)
         && ms_txn_insert_session (txn, &session, "hash", error)
         && ms_txn_set_setting (txn, "primary-domain", "example.org", error);
}

static gboolean
do_secret_of_gone (MsTxn *txn, gpointer data, GError **error)
{
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, data, error);

  return object != NULL && ms_txn_set_secret (txn, object, "password", "$y$j9T$gone", error);
}

static gboolean
do_import (MsTxn *txn, gpointer data, GError **error)
{
  static const guint8 bytes[] = { 0, 1, 2, 0xff, '\'', 0 };
  g_autoptr (GBytes) file = g_bytes_new_static (bytes, sizeof bytes);
  MsImportRecord record = { .id = (char *) "job-1",
                            .name = (char *) "a.csv",
                            .state = (char *) "done",
                            .data = file,
                            .next_record = 3 };

  return ms_txn_put_import (txn, &record, error)
         && ms_txn_add_import_row (txn, "job-1", 1, "create", "{}", error);
}

static gboolean
do_usage (MsTxn *txn, gpointer data, GError **error)
{
  const gint64 now = ms_usage_period_of (g_get_real_time ());
  MsReading    reading = { 12345, 67, 1700000000000000, now, 8, 9 };
  MsReading    earlier = MS_READING_INIT;
  gboolean     changed;
  g_autoptr (MsObject) object = ms_txn_get_object (txn, NULL, data, error);

  earlier.period = now - 1;
  earlier.sent_messages = 3;
  return object != NULL && ms_txn_take_reading (txn, object, &reading, &changed, error)
         && ms_txn_take_reading (txn, object, &earlier, &changed, error);
}

/* Something in every table. */
void
whole_fill (Fixture *fixture)
{
  g_autofree char *group = fixture_insert (fixture, "MailGroup", "{'name':'Küste'}");
  g_autofree char *list = fixture_insert (fixture, "Group", "{'displayName':'Ålle'}");
  g_autofree char *gone = fixture_insert (fixture, "User", "{'userName':'gone'}");

  for (guint i = 0; i < WHOLE_USERS; i++)
    {
      g_autofree char *text = g_strdup_printf (
          "{'userName':'user-%u','displayName':'日本 %u','title':'a title; of two'}", i, i);
      g_autofree char *id = fixture_insert (fixture, "User", text);
      g_autofree char *box
          = g_strdup_printf ("{'name':'m%u','domain':'example.org','address':'m%u@example.org',"
                             "'primary':true,'owner':{'value':'%s'},'group':{'value':'%s'}}",
                             i,
                             i,
                             id,
                             group);
      g_autofree char *box_id = fixture_insert (fixture, "Mailbox", box);
      fixture_link (fixture, list, "members", id, TRUE, TRUE);
      if (i == 0)
        fixture_write (fixture, do_secret, id);
      if (i < 3)
        fixture_write (fixture, do_usage, box_id);
    }
  g_autofree char *domain
      = fixture_insert (fixture, "Domain", "{'name':'example.org','kind':'primary'}");
  g_assert_nonnull (domain);
  fixture_write (fixture, do_import, NULL);
  fixture_write (fixture, do_secret_of_gone, gone); /* which it keeps in the bin */
  fixture_delete (fixture, gone);
  g_autofree char *empty
      = fixture_insert (fixture, "Mailbox", "{'name':'gone','domain':'example.org'}");
  fixture_write (fixture, do_usage, empty);
  fixture_delete (fixture, empty);
}

char *
whole_digest (MsStore *store)
{
  g_autoptr (GError) error = NULL;
  char *digest = ms_store_digest (store, MS_DIGEST_WHOLE, NULL, &error);

  g_assert_no_error (error);
  return digest;
}

MsStore *
whole_open_sound (Fixture *fixture, const char *uri, MsStoreFlags flags)
{
  g_autoptr (GError) error = NULL;
  Fixture other = *fixture;

  other.store = ms_store_open (uri, fixture->schemas, flags, &error);
  g_assert_no_error (error);
  fixture_check_sound (&other); /* its rules too */
  return other.store;
}

void
whole_assert_absent (const char *path, const char *ending)
{
  g_autofree char *name = g_strconcat (path, ending, NULL);

  g_assert_false (g_file_test (name, G_FILE_TEST_EXISTS));
}

void
whole_forget (const char *path)
{
  static const char *const endings[] = { "", "-wal", "-shm", ".lock" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_autofree char *name = g_strconcat (path, endings[i], NULL);
      (void) g_unlink (name); /* some are not there */
    }
}
