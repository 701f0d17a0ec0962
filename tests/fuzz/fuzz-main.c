/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Runs a fuzz target over its corpus as an ordinary test: every file as it is, and mutations of it.
 * The mutations come from a fixed seed (or the one in MS_FUZZ_SEED), so that what fails once fails
 * again; MS_FUZZ_RUNS says how many for each file. With libFuzzer this file is left out.
 */
#include "fuzz.h"

#include <glib.h>
#include <string.h>

#define MAX_LENGTH 4096

static guint
number_from_environment (const char *name, guint fallback)
{
  const char *text = g_getenv (name);

  return text != NULL ? (guint) g_ascii_strtoull (text, NULL, 10) : fallback;
}

/* Exact size on the heap, so that the sanitizers see a read behind the end. */
static void
run (const char *data, gsize length)
{
  g_autofree guint8 *copy = g_memdup2 (data, MAX (length, 1));
  guint8            *exact = length > 0 ? g_realloc (g_steal_pointer (&copy), length) : NULL;

  LLVMFuzzerTestOneInput (exact != NULL ? exact : (const guint8 *) "", length);
  g_free (exact);
}

static void
mutate_once (GString *text, GRand *rand, const char *alphabet)
{
  gssize at = text->len > 0 ? g_rand_int_range (rand, 0, (gint32) text->len) : 0;
  gssize span = text->len > 0
                    ? g_rand_int_range (rand, 1, (gint32) MIN (text->len - (gsize) at, 40) + 1)
                    : 0;

  switch (g_rand_int_range (rand, 0, 6))
    {
    case 0:
      g_string_insert_c (
          text, at, alphabet[g_rand_int_range (rand, 0, (gint32) strlen (alphabet))]);
      break;
    case 1:
      g_string_erase (text, at, span);
      break;
    case 2:
      if (text->len > 0)
        text->str[at] = (char) g_rand_int_range (rand, 0, 256);
      break;
    case 3:
      if (text->len > 0)
        text->str[at] = alphabet[g_rand_int_range (rand, 0, (gint32) strlen (alphabet))];
      break;
    case 4:
      {
        g_autofree char *piece = g_memdup2 (text->str + at, (gsize) span + 1);
        gssize           to = text->len > 0 ? g_rand_int_range (rand, 0, (gint32) text->len) : 0;
        if (span > 0 && text->len < MAX_LENGTH)
          g_string_insert_len (text, to, piece, span);
        break;
      }
    default:
      g_string_truncate (text, (gsize) at);
    }
}

static void
run_file (const char *path, guint seed, guint runs)
{
  g_autofree char *data = NULL;
  gsize            length;
  g_autoptr (GError) error = NULL;
  GRand *rand = g_rand_new_with_seed (seed);

  g_file_get_contents (path, &data, &length, &error);
  g_assert_no_error (error);
  run (data, length);
  for (guint i = 0; i < runs; i++)
    {
      GString *text = g_string_new_len (data, (gssize) length);
      for (gint32 j = g_rand_int_range (rand, 1, 8); j > 0; j--)
        mutate_once (text, rand, " \t\n\"'()[]{}.,:;|$\\0aA1-+=@eE\xc3\xa4");
      run (text->str, text->len);
      g_string_free (text, TRUE);
    }
  g_rand_free (rand);
}

static void
test_corpus (gconstpointer data)
{
  const char *folder = data;
  guint       seed = number_from_environment ("MS_FUZZ_SEED", 1);
  guint       runs = number_from_environment ("MS_FUZZ_RUNS", 500);
  guint       files = 0;
  g_autoptr (GError) error = NULL;
  GDir       *dir = g_dir_open (folder, 0, &error);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_test_message ("%s", name);
      run_file (path, seed, runs);
      files++;
    }
  g_dir_close (dir);
  g_assert_cmpuint (files, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  g_test_add_data_func ("/fuzz/corpus", argv[1], test_corpus);
  return g_test_run ();
}
