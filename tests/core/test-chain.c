/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The chain of change sets, checked over records as they are exported: whole, with each field
 * altered, with one taken out, put in, put elsewhere, and with a record that is none.
 */
#include "ms-change-chain.h"
#include "ms-change-record.h"
#include "ms-error.h"

#include <string.h>

#define N_SETS 5

static MsChange *
make_change (guint i)
{
  MsChange *change = g_new0 (MsChange, 1);

  change->verb = i % 2 == 0 ? MS_CHANGE_CREATE : MS_CHANGE_UPDATE;
  change->type_name = g_strdup ("User");
  change->id = g_strdup_printf ("id-%u", i);
  change->label = g_strdup_printf ("jöhn “%u”\n", i);
  change->version = i + 1;
  return change;
}

/* Five lines, one change set each, of which the third has two changes. (transfer full) */
static char **
make_lines (void)
{
  g_autoptr (GStrvBuilder) lines = g_strv_builder_new ();
  g_autofree char *before = g_strdup ("");

  for (guint i = 1; i <= N_SETS; i++)
    {
      g_autoptr (MsChangeSet) set = g_new0 (MsChangeSet, 1);
      const char *deltas[] = { "[{\"path\":\"title\",\"before\":\"a\",\"after\":\"b\"}]", "[]" };
      set->sequence = i;
      set->time = 1700000000000000 + i;
      set->actor_name = g_strdup ("admin");
      set->channel = g_strdup ("cli");
      set->verb = g_strdup ("update");
      set->reason = i == 2 ? g_strdup ("why\\not") : NULL;
      set->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) ms_change_free);
      for (guint c = 0; c < (i == 3 ? 2u : 1u); c++)
        g_ptr_array_add (set->changes, make_change (i * 10 + c));
      set->object_count = set->changes->len;
      GChecksum *chain = ms_change_chain_new (before, set);
      for (guint c = 0; c < set->changes->len; c++)
        ms_change_chain_add (chain, g_ptr_array_index (set->changes, c), deltas[c]);
      set->hash = g_strdup (g_checksum_get_string (chain));
      g_checksum_free (chain);
      g_free (before);
      before = g_strdup (set->hash);
      g_autoptr (GString) line = g_string_new (NULL);
      ms_change_record_append (line, set, deltas);
      g_assert_true (g_str_has_suffix (line->str, "\n"));
      g_assert_null (strchr (line->str, '\n')[1] != '\0' ? "more than a line" : NULL);
      g_strv_builder_add (lines, line->str);
    }
  return g_strv_builder_end (lines);
}

/* "2: problem" of each that has one, joined by "|"; lines that are %NULL are passed over. @head:
 * (out) (optional) */
static char *
check_lines (char **lines, guint n, gint64 since, const char *hash, char **head)
{
  g_auto (MsChainCheck) check = { 0 };
  g_autoptr (GString) problems = g_string_new (NULL);

  ms_chain_check_init (&check, since, hash);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) deltas = NULL;
      if (lines[i] == NULL)
        continue;
      g_autoptr (MsChangeSet) set = ms_change_record_parse (lines[i], -1, &deltas, &error);
      g_assert_no_error (error);
      g_autofree char *problem = ms_chain_check_add (&check, set, (const char *const *) deltas);
      if (problem != NULL)
        g_string_append_printf (problems, "%" G_GINT64_FORMAT ": %s|", set->sequence, problem);
    }
  if (head != NULL)
    *head = g_strdup (check.hash);
  return g_string_free (g_steal_pointer (&problems), FALSE);
}

static void
test_whole (void)
{
  g_auto (GStrv) lines = make_lines ();
  g_autofree char *head = NULL;
  g_autofree char *problems = check_lines (lines, N_SETS, 0, "", &head);

  g_assert_cmpstr (problems, ==, "");
  g_assert_true (ms_chain_is_hash (head));
  g_assert_nonnull (strstr (lines[N_SETS - 1], head));

  /* From somewhere in it, with the hash that was kept, and with another one. */
  g_autofree char *middle = NULL;
  g_autofree char *first = check_lines (lines, 2, 0, "", &middle);
  g_autofree char *rest = check_lines (lines + 2, N_SETS - 2, 2, middle, NULL);
  g_assert_cmpstr (first, ==, "");
  g_assert_cmpstr (rest, ==, "");
  g_autofree char *wrong = check_lines (lines + 2, N_SETS - 2, 2, head, NULL);
  g_assert_true (g_str_has_prefix (wrong, "3: it was altered"));
}

static void
test_altered (void)
{
  static const char *const edits[][2] = {
    { "\"time\":1700000000000003", "\"time\":1700000000000004" },
    { "\"actorName\":\"admin\"", "\"actorName\":\"other\"" },
    { "\"actorName\":\"admin\",", "" },
    { "\"channel\":\"cli\"", "\"channel\":\"scim\"" },
    { "\"channel\":\"cli\"", "\"channel\":\"cli\",\"reason\":\"\"" },
    { "\"undoOf\":0", "\"undoOf\":1" },
    { "\"id\":\"id-30\"", "\"id\":\"id-99\"" },
    { "\"version\":31", "\"version\":32" },
    { "\"type\":\"User\"", "\"type\":\"Mailbox\"" },
    { "\\\"after\\\":\\\"b\\\"", "\\\"after\\\":\\\"c\\\"" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (edits); i++)
    {
      g_auto (GStrv) lines = make_lines ();
      GString *altered = g_string_new (lines[2]);
      g_test_message ("%s", edits[i][0]);
      g_assert_cmpuint (g_string_replace (altered, edits[i][0], edits[i][1], 1), ==, 1);
      g_free (lines[2]);
      lines[2] = g_string_free (altered, FALSE);
      g_autofree char *problems = check_lines (lines, N_SETS, 0, "", NULL);
      g_assert_cmpstr (problems, ==, "3: it was altered, or the hash of the one before it was|");
    }
}

static void
test_taken_out (void)
{
  g_auto (GStrv) lines = make_lines ();
  char *all[N_SETS];

  memcpy (all, lines, sizeof all);
  all[1] = NULL;
  g_autofree char *gap = check_lines (all, N_SETS, 0, "", NULL);
  g_assert_cmpstr (gap, ==, "3: what stood before it is missing (2 to 2), or it was altered|");
  all[1] = all[3];
  g_autofree char *moved = check_lines (all, N_SETS, 0, "", NULL);
  g_assert_nonnull (strstr (moved, "4: "));
  g_assert_nonnull (strstr (moved, "3: it stands behind number 4|"));

  /* One of the changes inside, with and without the count. */
  g_autofree char *two = g_strdup (lines[2]);
  char            *second = strstr (two, ",{\"verb\":0,\"version\":32") != NULL
                                ? strstr (two, ",{\"verb\":0,\"version\":32")
                                : strstr (two, ",{\"verb\":1,\"version\":32");
  g_assert_nonnull (second);
  g_autofree char *head = g_strndup (two, (gsize) (second - two));
  g_autofree char *short_line = g_strconcat (head, "]}\n", NULL);
  memcpy (all, lines, sizeof all);
  all[2] = short_line;
  g_autofree char *fewer = check_lines (all, N_SETS, 0, "", NULL);
  g_assert_cmpstr (fewer, ==, "3: it is said to hold 2 changes and holds 1|");
}

static void
test_no_record (void)
{
  static const char *const bad[][2] = {
    { "", NULL },
    { "[]", NULL },
    { "{}", "sequence" },
    { "{\"sequence\":\"1\"}", "sequence" },
    { "{\"sequence\":1,\"time\":1,\"undoOf\":0,\"objectCount\":1}", "hash" },
    { "{\"sequence\":1,\"time\":1,\"undoOf\":0,\"objectCount\":1,\"hash\":\"x\"}", "changes" },
    { "{\"sequence\":1,\"time\":1,\"undoOf\":0,\"objectCount\":1,\"hash\":\"x\",\"changes\":[7]}",
      "changes" },
    { "{\"sequence\":1,\"time\":1,\"undoOf\":0,\"objectCount\":1,\"hash\":\"x\",\"changes\":[{"
      "\"verb\":1,\"version\":1,\"type\":\"User\",\"id\":\"i\",\"label\":\"l\"}]}",
      "deltas" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) deltas = NULL;
      g_autoptr (MsChangeSet) set = ms_change_record_parse (bad[i][0], -1, &deltas, &error);
      g_test_message ("%s", bad[i][0]);
      g_assert_null (set);
      g_assert_error (error, MS_ERROR, MS_ERROR_INVALID);
      if (bad[i][1] != NULL)
        g_assert_cmpstr (ms_error_get_path (error), ==, bad[i][1]);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chain/whole", test_whole);
  g_test_add_func ("/chain/altered", test_altered);
  g_test_add_func ("/chain/taken-out", test_taken_out);
  g_test_add_func ("/chain/no-record", test_no_record);
  return g_test_run ();
}
