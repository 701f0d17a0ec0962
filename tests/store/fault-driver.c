/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * See fault-driver.h.
 */
#include "config.h"

#include "fault-private.h"

#include "ms-error.h"

#include <string.h>

static struct
{
  GMutex      lock;
  gboolean    armed;
  FaultKind   kind;
  guint       call;
  guint       calls;
  char       *hit;   /* (nullable) */
  GHashTable *names; /* (nullable) (element-type utf8 guint): how often each came */
} plan;

static guint n_kinds;

const char *const fault_schemes[] = { "fault:", NULL };

const char *
fault_kind_to_string (FaultKind kind)
{
  static const char *const names[]
      = { "busy", "lost", "cancelled", "constraint", "damaged", "unanswered" };

  return names[kind];
}

void
fault_driver_arm (FaultKind kind, guint call)
{
  g_mutex_lock (&plan.lock);
  plan.armed = TRUE;
  plan.kind = kind;
  plan.call = call;
  plan.calls = 0;
  g_clear_pointer (&plan.names, g_hash_table_unref);
  plan.names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_clear_pointer (&plan.hit, g_free);
  g_mutex_unlock (&plan.lock);
}

gboolean
fault_driver_disarm (const char **name)
{
  g_mutex_lock (&plan.lock);
  const char *hit = plan.hit;
  plan.armed = FALSE;
  g_mutex_unlock (&plan.lock);
  if (name != NULL)
    *name = hit;
  return hit != NULL;
}

guint
fault_driver_count_calls (void)
{
  g_mutex_lock (&plan.lock);
  guint calls = plan.calls;
  g_mutex_unlock (&plan.lock);
  return calls;
}

guint
fault_driver_count_named (const char *name)
{
  g_mutex_lock (&plan.lock);
  gpointer times = plan.names != NULL ? g_hash_table_lookup (plan.names, name) : NULL;
  g_mutex_unlock (&plan.lock);
  return GPOINTER_TO_UINT (times);
}

static void
note (const char *name)
{
  guint times = GPOINTER_TO_UINT (g_hash_table_lookup (plan.names, name));

  g_hash_table_replace (plan.names, g_strdup (name), GUINT_TO_POINTER (times + 1));
}

gboolean
fault_driver_comes (const char *name, FaultKind *kind)
{
  g_mutex_lock (&plan.lock);
  gboolean now = plan.armed && ++plan.calls == plan.call;
  *kind = plan.kind;
  if (plan.armed)
    note (name);
  if (now)
    plan.hit = g_strdup (name);
  g_mutex_unlock (&plan.lock);
  return now;
}

gboolean
fault_driver_fail (FaultKind kind, GError **error)
{
  static const int codes[] = { MS_ERROR_UNAVAILABLE, MS_ERROR_UNAVAILABLE, 0,
                               MS_ERROR_CONFLICT,    MS_ERROR_INTERNAL,    MS_ERROR_UNAVAILABLE };

  if (kind == FAULT_CANCELLED)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Operation was cancelled");
  else
    ms_error_set (error,
                  (MsError) codes[kind],
                  NULL,
                  NULL,
                  "The store: the planned fault (%s)",
                  fault_kind_to_string (kind));
  return FALSE;
}

guint
fault_driver_count_kinds (void)
{
  return n_kinds;
}

void
fault_driver_register (const char *driver)
{
#ifdef HAVE_POSTGRES
  if (strcmp (driver, "postgresql") == 0)
    {
      n_kinds = FAULT_UNANSWERED + 1;
      ms_sql_add_driver (fault_postgres_get_driver ());
      return;
    }
#endif
  g_assert_cmpstr (driver, ==, "sqlite");
  n_kinds = FAULT_UNANSWERED;
  ms_sql_add_driver (fault_sqlite_get_driver ());
}
