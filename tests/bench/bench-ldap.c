/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Load on an LDAP server, for the yardsticks of tests/bench/http: as many threads as connections,
 * each with one request under way at a time over its own ldaps connection.
 *
 *   bench-ldap URI CA-FILE BASE search|add CONNECTIONS SECONDS NAME
 *
 * "search" finds the one entry with uid=NAME and reads it whole; "add" adds inetOrgPerson entries
 * whose uid begins with NAME. Binds as cn=admin,BASE with the password in $BENCH_LDAP_PASSWORD.
 * Prints one line of JSON: requests, failed, seconds, p99 in milliseconds.
 */
#include <glib.h>
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct
{
  const char *uri;
  const char *ca;
  const char *base;
  const char *name;
  gboolean    add;
  gint64      end;    /* monotonic */
  int         failed; /* atomic */
} Load;

typedef struct
{
  Load    *load;
  guint    number;
  GThread *thread;
  GArray  *times; /* gint64: microseconds */
} Worker;

static void
check (int code, const char *what)
{
  if (code == LDAP_SUCCESS)
    return;
  fprintf (stderr, "bench-ldap: %s: %s\n", what, ldap_err2string (code));
  exit (1);
}

static LDAP *
connect_to (Load *load)
{
  LDAP            *ldap = NULL;
  int              version = LDAP_VERSION3;
  int              demand = LDAP_OPT_X_TLS_DEMAND;
  int              server = 0;
  const char      *password = g_getenv ("BENCH_LDAP_PASSWORD");
  g_autofree char *dn = g_strdup_printf ("cn=admin,%s", load->base);
  struct berval    secret = { strlen (password), (char *) password };

  check (ldap_initialize (&ldap, load->uri), "initialize");
  check (ldap_set_option (ldap, LDAP_OPT_PROTOCOL_VERSION, &version), "version");
  check (ldap_set_option (ldap, LDAP_OPT_X_TLS_CACERTFILE, load->ca), "certificate");
  check (ldap_set_option (ldap, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand), "verification");
  check (ldap_set_option (ldap, LDAP_OPT_X_TLS_NEWCTX, &server), "TLS");
  check (ldap_sasl_bind_s (ldap, dn, LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL), "bind");
  return ldap;
}

static gboolean
search_one (LDAP *ldap, Load *load)
{
  LDAPMessage     *found = NULL;
  g_autofree char *filter = g_strdup_printf ("(uid=%s)", load->name);
  int              code = ldap_search_ext_s (
      ldap, load->base, LDAP_SCOPE_SUBTREE, filter, NULL, FALSE, NULL, NULL, NULL, 2, &found);
  gboolean good = code == LDAP_SUCCESS && ldap_count_entries (ldap, found) == 1;

  ldap_msgfree (found);
  return good;
}

static gboolean
add_one (LDAP *ldap, Load *load, guint worker, guint n)
{
  g_autofree char *uid = g_strdup_printf ("%s.%u.%u", load->name, worker, n);
  g_autofree char *dn = g_strdup_printf ("uid=%s,%s", uid, load->base);
  g_autofree char *mail = g_strdup_printf ("%s@harbour.example", uid);
  g_autofree char *cn = g_strdup_printf ("Bench Number %u", n);
  char            *classes[] = { "inetOrgPerson", NULL };
  char            *uids[] = { uid, NULL };
  char            *mails[] = { mail, NULL };
  char            *names[] = { cn, NULL };
  char            *family[] = { "Number", NULL };
  char            *given[] = { "Bench", NULL };
  LDAPMod          mods[] = {
             { LDAP_MOD_ADD, "objectClass", { classes } }, { LDAP_MOD_ADD, "uid", { uids } },
             { LDAP_MOD_ADD, "mail", { mails } },          { LDAP_MOD_ADD, "cn", { names } },
             { LDAP_MOD_ADD, "displayName", { names } },   { LDAP_MOD_ADD, "sn", { family } },
             { LDAP_MOD_ADD, "givenName", { given } },
  };
  LDAPMod *list[G_N_ELEMENTS (mods) + 1] = { NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (mods); i++)
    list[i] = &mods[i];
  return ldap_add_ext_s (ldap, dn, list, NULL, NULL) == LDAP_SUCCESS;
}

static gpointer
work (gpointer data)
{
  Worker *self = data;
  Load   *load = self->load;
  LDAP   *ldap = connect_to (load);
  gint64  now = g_get_monotonic_time ();

  for (guint n = 0; now < load->end; n++)
    {
      gint64   begun = now;
      gboolean good = load->add ? add_one (ldap, load, self->number, n) : search_one (ldap, load);
      now = g_get_monotonic_time ();
      gint64 took = now - begun;
      g_array_append_val (self->times, took);
      if (!good)
        g_atomic_int_inc (&load->failed);
    }
  ldap_unbind_ext_s (ldap, NULL, NULL);
  return NULL;
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 one = *(const gint64 *) a;
  gint64 other = *(const gint64 *) b;

  return one < other ? -1 : one > other;
}

int
main (int argc, char *argv[])
{
  if (argc != 8 || g_getenv ("BENCH_LDAP_PASSWORD") == NULL)
    {
      fprintf (stderr, "usage: bench-ldap URI CA-FILE BASE search|add CONNECTIONS SECONDS NAME\n");
      return 2;
    }
  guint              n = (guint) CLAMP (atoi (argv[5]), 1, 1000);
  gint64             seconds = MAX (atoi (argv[6]), 1);
  Load               load = { .uri = argv[1], .ca = argv[2], .base = argv[3], .name = argv[7] };
  g_autofree Worker *workers = g_new0 (Worker, n);
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (gint64));

  load.add = strcmp (argv[4], "add") == 0;
  gint64 begun = g_get_monotonic_time ();
  load.end = begun + seconds * G_USEC_PER_SEC;
  for (guint i = 0; i < n; i++)
    {
      workers[i] = (Worker){ &load, i, NULL, g_array_new (FALSE, FALSE, sizeof (gint64)) };
      workers[i].thread = g_thread_new ("load", work, &workers[i]);
    }
  for (guint i = 0; i < n; i++)
    {
      g_thread_join (workers[i].thread);
      g_array_append_vals (all, workers[i].times->data, workers[i].times->len);
      g_array_unref (workers[i].times);
    }
  double took = (double) (g_get_monotonic_time () - begun) / G_USEC_PER_SEC;
  g_array_sort (all, compare_times);
  printf ("{\"requests\": %u, \"failed\": %d, \"seconds\": %.3f, \"p99\": %.3f}\n",
          all->len,
          load.failed,
          took,
          all->len > 0 ? (double) g_array_index (all, gint64, all->len - 1 - all->len / 100) / 1000
                       : 0);
  return 0;
}
