/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The error domain: what it carries, that it survives copying, and the way to HTTP and back.
 */
#include "ms-error.h"

#include <gio/gio.h>

static void
test_carries (void)
{
  g_autoptr (GError) error = NULL;

  ms_error_set (&error, MS_ERROR_CONFLICT, "uniqueness", "userName", "“%s” is taken", "john");
  g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
  g_assert_cmpstr (error->message, ==, "“john” is taken");
  g_autoptr (GError) copy = g_error_copy (error);
  g_clear_error (&error);
  g_assert_cmpstr (ms_error_get_scim_type (copy), ==, "uniqueness");
  g_assert_cmpstr (ms_error_get_path (copy), ==, "userName");
}

static void
test_foreign (void)
{
  g_autoptr (GError) foreign = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "x");
  g_autoptr (GError) plain = g_error_new_literal (MS_ERROR, MS_ERROR_DENIED, "x");

  g_assert_null (ms_error_get_scim_type (foreign));
  g_assert_null (ms_error_get_path (foreign));
  g_assert_null (ms_error_get_path (NULL));
  g_assert_null (ms_error_get_scim_type (plain));
  g_assert_cmpint (ms_error_to_http_status (foreign), ==, 500);
  g_assert_cmpint (ms_error_to_http_status (plain), ==, 403);
  ms_error_set (NULL, MS_ERROR_INTERNAL, NULL, NULL, "nobody listens");
}

static void
test_http (void)
{
  static const struct
  {
    MsError code;
    int     status;
  } cases[] = {
    { MS_ERROR_INVALID, 400 },     { MS_ERROR_UNAUTHENTICATED, 401 }, { MS_ERROR_DENIED, 403 },
    { MS_ERROR_NOT_FOUND, 404 },   { MS_ERROR_CONFLICT, 409 },        { MS_ERROR_STALE, 412 },
    { MS_ERROR_LIMIT, 413 },       { MS_ERROR_INTERNAL, 500 },        { MS_ERROR_UNSUPPORTED, 501 },
    { MS_ERROR_UNAVAILABLE, 503 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (MS_ERROR, (int) cases[i].code, "x");
      g_assert_cmpint (ms_error_to_http_status (error), ==, cases[i].status);
      g_assert_cmpint (ms_error_from_http_status (cases[i].status), ==, cases[i].code);
    }
  g_assert_cmpint (ms_error_from_http_status (429), ==, MS_ERROR_LIMIT);
  g_assert_cmpint (ms_error_from_http_status (502), ==, MS_ERROR_UNAVAILABLE);
  g_assert_cmpint (ms_error_from_http_status (418), ==, MS_ERROR_INVALID);
  g_assert_cmpint (ms_error_from_http_status (599), ==, MS_ERROR_INTERNAL);
}

/* For the log: nothing of what was filled in, nor of what was put before it. */
static void
test_words (void)
{
  g_autoptr (GError) error = NULL;

  ms_error_set (&error,
                MS_ERROR_INVALID,
                NULL,
                "x",
                "“%s” has %5.2f%% of %" G_GSIZE_FORMAT " parts",
                "private",
                1.5,
                (gsize) 7);
  g_assert_cmpstr (ms_error_get_words (error), ==, "“…” has …% of … parts");
  g_prefix_error (&error, "private: ");
  g_autoptr (GError) copy = g_error_copy (error);
  g_assert_cmpstr (ms_error_get_words (copy), ==, "“…” has …% of … parts");
  g_clear_error (&error);
  ms_error_set (&error, MS_ERROR_INVALID, NULL, NULL, "%s: %d", "private", 7);
  g_assert_null (ms_error_get_words (error));
  g_clear_error (&error);
  g_set_error (&error, G_FILE_ERROR, 0, "private");
  g_assert_null (ms_error_get_words (error));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/carries", test_carries);
  g_test_add_func ("/error/foreign", test_foreign);
  g_test_add_func ("/error/http", test_http);
  g_test_add_func ("/error/words", test_words);
  return g_test_run ();
}
