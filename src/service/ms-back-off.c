/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two tables of one kind. A peer may fail more often than an account before it waits, since many
 * people can be behind one address. When a table is full the entry that has been quiet longest
 * goes.
 */
#include "ms-back-off.h"

#define FREE_FAILURES_ACCOUNT 3
#define FREE_FAILURES_PEER 20
#define MAX_WAIT_SECONDS 900
#define FORGET_AFTER G_TIME_SPAN_HOUR

typedef struct
{
  char  *key;
  guint  failures; /* and attempts that are still under way */
  guint  under_way;
  gint64 until;
  gint64 last;
  GList  link; /* in the table's order */
} Entry;

typedef struct
{
  GHashTable *entries;
  GQueue      order; /* of Entry, the one used last at the tail */
  guint       free_failures;
} Table;

struct _MsBackOff
{
  GMutex lock;
  Table  accounts;
  Table  peers;
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->key);
  g_free (entry);
}

static void
table_init (Table *table, guint free_failures)
{
  table->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
  g_queue_init (&table->order);
  table->free_failures = free_failures;
}

static void
table_clear (Table *table)
{
  g_hash_table_unref (table->entries);
}

static void
table_remove (Table *table, const char *key)
{
  Entry *entry = g_hash_table_lookup (table->entries, key);

  if (entry == NULL)
    return;
  g_queue_unlink (&table->order, &entry->link);
  g_hash_table_remove (table->entries, key);
}

static Entry *
table_find (Table *table, const char *key, gint64 now)
{
  Entry *entry = g_hash_table_lookup (table->entries, key);

  if (entry != NULL && now - entry->last > FORGET_AFTER)
    {
      table_remove (table, key);
      return NULL;
    }
  return entry;
}

static guint
table_wait (Table *table, const char *key, gint64 now)
{
  const Entry *entry = table_find (table, key, now);

  if (entry == NULL || entry->until <= now)
    return 0;
  return (guint) ((entry->until - now + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC);
}

static void
table_count (Table *table, const char *key, gint64 now)
{
  Entry *entry = table_find (table, key, now);

  if (entry == NULL)
    {
      if (g_hash_table_size (table->entries) >= MS_BACK_OFF_MAX_ENTRIES)
        {
          const Entry     *oldest = g_queue_peek_head (&table->order);
          g_autofree char *oldest_key = g_strdup (oldest->key);
          table_remove (table, oldest_key);
        }
      entry = g_new0 (Entry, 1);
      entry->key = g_strdup (key);
      entry->link.data = entry;
      g_hash_table_insert (table->entries, entry->key, entry);
    }
  else
    {
      g_queue_unlink (&table->order, &entry->link);
    }
  g_queue_push_tail_link (&table->order, &entry->link);

  entry->failures++;
  entry->last = now;
  if (entry->failures >= table->free_failures)
    {
      guint doublings = MIN (entry->failures - table->free_failures, 20);
      guint seconds = MIN (1u << doublings, MAX_WAIT_SECONDS);
      entry->until = now + (gint64) seconds * G_USEC_PER_SEC;
    }
}

MsBackOff *
ms_back_off_new (void)
{
  MsBackOff *self = g_new0 (MsBackOff, 1);

  g_mutex_init (&self->lock);
  table_init (&self->accounts, FREE_FAILURES_ACCOUNT);
  table_init (&self->peers, FREE_FAILURES_PEER);
  return self;
}

void
ms_back_off_free (MsBackOff *self)
{
  table_clear (&self->accounts);
  table_clear (&self->peers);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* Whether whoever has to wait would only wait for what comes of others' attempts. */
static gboolean
table_is_settled (Table *table, const char *key, gint64 now)
{
  const Entry *entry = table_find (table, key, now);

  return entry != NULL && entry->until > now && entry->under_way == 0;
}

static void
table_begin (Table *table, const char *key, gint64 now)
{
  table_count (table, key, now);
  Entry *entry = g_hash_table_lookup (table->entries, key);
  entry->under_way++;
}

/* What was said of the entry meanwhile may have removed it, or made another one. */
static void
table_end (Table *table, const char *key)
{
  Entry *entry = g_hash_table_lookup (table->entries, key);

  if (entry != NULL && entry->under_way > 0)
    entry->under_way--;
}

gboolean
ms_back_off_is_settled (MsBackOff *self, const char *account, const char *peer, gint64 now)
{
  g_mutex_lock (&self->lock);
  gboolean settled = table_is_settled (&self->accounts, account, now)
                     || table_is_settled (&self->peers, peer, now);
  g_mutex_unlock (&self->lock);
  return settled;
}

void
ms_back_off_failed (MsBackOff *self, const char *account, const char *peer)
{
  g_mutex_lock (&self->lock);
  table_end (&self->accounts, account);
  table_end (&self->peers, peer);
  g_mutex_unlock (&self->lock);
}

guint
ms_back_off_begin (MsBackOff *self, const char *account, const char *peer, gint64 now)
{
  g_mutex_lock (&self->lock);
  guint wait
      = MAX (table_wait (&self->accounts, account, now), table_wait (&self->peers, peer, now));
  if (wait == 0)
    {
      table_begin (&self->accounts, account, now);
      table_begin (&self->peers, peer, now);
    }
  g_mutex_unlock (&self->lock);
  return wait;
}

void
ms_back_off_note (MsBackOff *self, const char *account, const char *peer, gint64 now)
{
  g_mutex_lock (&self->lock);
  table_count (&self->accounts, account, now);
  table_count (&self->peers, peer, now);
  g_mutex_unlock (&self->lock);
}

void
ms_back_off_forget (MsBackOff *self, const char *account)
{
  g_mutex_lock (&self->lock);
  table_remove (&self->accounts, account);
  g_mutex_unlock (&self->lock);
}

/* Takes back one attempt. It had been allowed, so there is nothing to wait for. */
static void
table_uncount (Table *table, const char *key)
{
  Entry *entry = g_hash_table_lookup (table->entries, key);

  table_end (table, key);
  if (entry != NULL && --entry->failures == 0)
    table_remove (table, key);
  else if (entry != NULL)
    entry->until = 0;
}

void
ms_back_off_cancel (MsBackOff *self, const char *account, const char *peer)
{
  g_mutex_lock (&self->lock);
  table_uncount (&self->accounts, account);
  table_uncount (&self->peers, peer);
  g_mutex_unlock (&self->lock);
}

/* The peer keeps what others behind it did, but does not pay for this one. */
gboolean
ms_back_off_succeeded (MsBackOff *self, const char *account, const char *peer)
{
  g_mutex_lock (&self->lock);
  const Entry *entry = g_hash_table_lookup (self->accounts.entries, account);
  gboolean     failed_before = entry != NULL && entry->failures > 1;
  table_remove (&self->accounts, account);
  table_uncount (&self->peers, peer);
  g_mutex_unlock (&self->lock);
  return failed_before;
}
