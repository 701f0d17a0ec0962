/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Breadth first, against the hops of ms-delivery.c. Only mail that is passed on has a way back: a
 * place that nobody forwards to, and that is in nothing, is asked about with a handful of queries.
 */
#include "ms-mail-guard.h"

#include <string.h>

#include "ms-address.h"
#include "ms-domains.h"
#include "ms-error.h"
#include "ms-filter.h"
#include "ms-rules.h"
#include "ms-txn.h"

#define LIST_EXTERNAL MS_URN_EXT_GROUP ":externalMembers"

/* Places on the ways back; addresses that are looked at for them (each has twins in the domains
 * that are aliases of its own, and spellings) with whoever has these. Every one costs a query or
 * part of one, on the writer's thread. */
#define MAX_PLACES 2000
#define MAX_LOOKS 4000
#define MAX_AT_ONCE 16

/**
 * Guard: one walk
 * @object: (nullable): whose mail is not looked at as a holder of an address
 * @places: (element-type utf8): ids and keys of addresses, in the order in which they were met
 * @seen: the same, borrowed
 * @endings: name of a domain -> (element-type utf8): by which addresses in it are written, and
 * their twins
 * @looks: addresses that were looked at, and who has them
 * @keeps: whether anything is kept for anybody who was deleted
 * @owner, @mailbox: (nullable): whose mail was found, and by which mailbox
 * @is_reserved: of @owner, who lies in the bin
 * @why: (nullable): what the policy says of it
 */
typedef struct
{
  MsWrite    *write;
  MsObject   *object;
  GPtrArray  *places;
  GHashTable *seen;
  GHashTable *endings;
  guint       looks;
  gboolean    keeps;
  gboolean    too_many;
  gboolean    is_reserved;
  MsObject   *owner;
  MsObject   *mailbox;
  GError     *why;
} Guard;

static void
guard_clear (Guard *self)
{
  g_clear_pointer (&self->seen, g_hash_table_unref);
  g_clear_pointer (&self->places, g_ptr_array_unref);
  g_clear_pointer (&self->endings, g_hash_table_unref);
  g_clear_pointer (&self->owner, ms_object_unref);
  g_clear_pointer (&self->mailbox, ms_object_unref);
  g_clear_error (&self->why);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Guard, guard_clear)

gboolean
ms_mail_guard_is_on (MsWrite *write)
{
  return write->actor->scim_only || write->actor->role != MS_ROLE_ADMINISTRATOR;
}

static gboolean
is_address (const char *place)
{
  return strchr (place, '@') != NULL;
}

static void
push (Guard *self, const char *place)
{
  if (place == NULL || g_hash_table_contains (self->seen, place))
    return;
  if (self->places->len >= MAX_PLACES)
    {
      self->too_many = TRUE;
      return;
    }
  char *kept = g_strdup (place);
  g_ptr_array_add (self->places, kept);
  g_hash_table_add (self->seen, kept);
}

static void
push_address (Guard *self, const char *address)
{
  g_autofree char *key = address != NULL ? ms_address_ascii_key (address) : NULL;

  push (self, key);
}

static void
push_addresses (Guard *self, MsObject *object)
{
  const MsRules *rules = ms_rules_find (ms_object_get_type (object));
  JsonArray     *aliases = ms_rules_get_array (object, rules->aliases);

  push_address (self, ms_object_get_string (object, rules->address));
  for (guint i = 0; aliases != NULL && i < json_array_get_length (aliases); i++)
    push_address (self, json_array_get_string_element (aliases, i));
}

/* Whether there is room to look at @n more. */
static gboolean
count (Guard *self, guint n)
{
  self->looks += n;
  if (self->looks > MAX_LOOKS)
    self->too_many = TRUE;
  return !self->too_many;
}

/* Lists, whose entry @id is. */
static gboolean
push_lists (Guard *self, const char *id, GError **error)
{
  g_autoptr (GPtrArray) lists
             = ms_txn_list_links (self->write->txn, id, "members", TRUE, MAX_PLACES + 1, error);

  for (guint i = 0; lists != NULL && i < lists->len; i++)
    if (((const MsLinkTarget *) lists->pdata[i])->type == self->write->types->list)
      push (self, ((const MsLinkTarget *) lists->pdata[i])->id);
  return lists != NULL;
}

/* Whose mail it is ---------------------------------------------------------------------------- */

gboolean
ms_mail_guard_find_owner (
    MsWrite *write, MsObject *mailbox, MsObject **owner, GError **why, GError **error)
{
  const char *id = mailbox != NULL ? ms_object_get_link (mailbox, "owner") : NULL;
  g_autoptr (MsObject) user = NULL;

  *owner = NULL;
  if (id == NULL)
    return TRUE;
  if (!ms_txn_look_up (write->txn, write->types->user, id, &user, error))
    return FALSE;
  if (user != NULL && !ms_policy_check (write->actor, MS_POLICY_MAIL, NULL, user, NULL, why))
    *owner = g_steal_pointer (&user);
  return TRUE;
}

/* Notes whose mailbox it is, if that matters. */
static gboolean
ask_mailbox (Guard *self, MsObject *mailbox, GError **error)
{
  if (!ms_mail_guard_find_owner (self->write, mailbox, &self->owner, &self->why, error))
    return FALSE;
  if (self->owner != NULL)
    self->mailbox = ms_object_ref (mailbox);
  return TRUE;
}

/* The places ---------------------------------------------------------------------------------- */

static gboolean
is_object (const Guard *self, MsObject *holder)
{
  return self->object != NULL
         && g_strcmp0 (ms_object_get_id (holder), ms_object_get_id (self->object)) == 0;
}

/* A filter by which any of @addresses stands at any of @paths. (transfer full) */
static char *
make_filter (GPtrArray *addresses, const char *const *paths)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < addresses->len; i++)
    {
      g_autofree char *quoted = ms_filter_quote (addresses->pdata[i]);
      for (guint j = 0; paths[j] != NULL; j++)
        g_string_append_printf (text, "%s%s eq %s", text->len > 0 ? " or " : "", paths[j], quoted);
    }
  return g_string_free (text, FALSE);
}

static gboolean
forwards_to_any (MsObject *mailbox, GPtrArray *addresses)
{
  JsonArray *forward = ms_rules_get_array (mailbox, "forwardTo");

  for (guint i = 0; forward != NULL && i < addresses->len; i++)
    if (ms_rules_array_has_address (forward, addresses->pdata[i]))
      return TRUE;
  return FALSE;
}

/* Who has one of @addresses gets its mail as well; who forwards to it is where mail comes from. All
 * of them: among many that share an alias one may be the one that matters. */
static gboolean
look_at_mailboxes_by (Guard *self, GPtrArray *addresses, GError **error)
{
  static const char *const paths[] = { "address", "aliases", "forwardTo", NULL };
  g_autofree char         *filter = make_filter (addresses, paths);
  g_autoptr (GPtrArray) holders = NULL;

  if (!ms_write_query (self->write,
                       self->write->types->mailbox,
                       MAX_LOOKS - self->looks + 1,
                       &holders,
                       NULL,
                       error,
                       "%s",
                       filter))
    return FALSE;
  if (!count (self, holders->len))
    return TRUE;
  for (guint i = 0; i < holders->len && self->owner == NULL; i++)
    {
      MsObject *holder = holders->pdata[i];
      if (!is_object (self, holder) && !ask_mailbox (self, holder, error))
        return FALSE;
      if (forwards_to_any (holder, addresses))
        push (self, ms_object_get_id (holder));
    }
  return TRUE;
}

static gboolean
look_at_lists_by (Guard *self, GPtrArray *addresses, GError **error)
{
  static const char *const paths[] = { LIST_EXTERNAL, NULL };
  g_autofree char         *filter = make_filter (addresses, paths);
  g_autoptr (GPtrArray) lists = NULL;

  if (!ms_write_query (
          self->write, self->write->types->list, MAX_PLACES + 1, &lists, NULL, error, "%s", filter))
    return FALSE;
  for (guint i = 0; i < lists->len; i++)
    push (self, ms_object_get_id (lists->pdata[i]));
  return TRUE;
}

static gboolean
look_at_kept (Guard *self, GPtrArray *addresses, GError **error)
{
  for (guint i = 0; self->keeps && i < addresses->len && self->owner == NULL; i++)
    if (!ms_mail_guard_find_reserved (
            self->write, addresses->pdata[i], &self->owner, &self->why, error))
      return FALSE;
  self->is_reserved = self->owner != NULL;
  return TRUE;
}

/* As they are written. */
static gboolean
look_at_addresses (Guard *self, GPtrArray *addresses, GError **error)
{
  if (!count (self, addresses->len))
    return TRUE;
  if (!look_at_mailboxes_by (self, addresses, error) || !look_at_lists_by (self, addresses, error))
    return FALSE;
  return self->owner != NULL || look_at_kept (self, addresses, error);
}

/* In every spelling, of its twins too: “@bücher.example”, “@xn--bcher-kva.example”, …; (nullable)
 * (transfer full) (element-type utf8) */
static GPtrArray *
make_endings (Guard *self, const char *address, GError **error)
{
  g_autofree char *spelled
      = ms_domain_spell_address (self->write->txn, self->write->types, address, error);
  g_autoptr (GPtrArray) twins
             = spelled != NULL ? ms_domain_list_twins (self->write, spelled, error) : NULL;
  g_autoptr (GPtrArray) endings = g_ptr_array_new_with_free_func (g_free);

  if (twins == NULL)
    return NULL;
  for (guint i = 0; i < twins->len; i++)
    {
      g_autoptr (GPtrArray) spellings
                 = ms_mail_guard_list_spellings (strrchr (twins->pdata[i], '@') + 1);
      if (spellings == NULL)
        self->too_many = TRUE;
      for (guint j = 0; spellings != NULL && j < spellings->len; j++)
        g_ptr_array_add (endings, g_strconcat ("@", spellings->pdata[j], NULL));
    }
  return g_steal_pointer (&endings);
}

/* (transfer none) (nullable) (element-type utf8) */
static GPtrArray *
get_endings (Guard *self, const char *address, GError **error)
{
  const char *domain = strrchr (address, '@') + 1;
  GPtrArray  *endings = g_hash_table_lookup (self->endings, domain);

  if (endings != NULL)
    return endings;
  endings = make_endings (self, address, error);
  if (endings != NULL)
    g_hash_table_insert (self->endings, g_strdup (domain), endings);
  return endings;
}

/* A bounded number at once. */
static gboolean
look_at_address (Guard *self, const char *address, GError **error)
{
  GPtrArray       *endings = get_endings (self, address, error);
  g_autofree char *local = g_strndup (address, (gsize) (strrchr (address, '@') - address));

  for (guint i = 0; endings != NULL && i < endings->len && self->owner == NULL && !self->too_many;)
    {
      g_autoptr (GPtrArray) written = g_ptr_array_new_with_free_func (g_free);
      for (; written->len < MAX_AT_ONCE && i < endings->len; i++)
        g_ptr_array_add (written, g_strconcat (local, endings->pdata[i], NULL));
      if (!look_at_addresses (self, written, error))
        return FALSE;
    }
  return endings != NULL;
}

static gboolean
look_at_mailbox (Guard *self, MsObject *mailbox, GError **error)
{
  if (!ask_mailbox (self, mailbox, error))
    return FALSE;
  push_addresses (self, mailbox);
  push (self, ms_object_get_link (mailbox, "group"));
  if (ms_object_get_boolean (mailbox, "primary", FALSE))
    push (self, ms_object_get_link (mailbox, "owner"));
  return TRUE;
}

static gboolean
look_at_object (Guard *self, const char *id, GError **error)
{
  const MsServiceTypes *types = self->write->types;
  g_autoptr (MsObject) object = NULL;

  if (!ms_txn_look_up (self->write->txn, NULL, id, &object, error))
    return FALSE;
  if (object == NULL)
    return TRUE;
  const MsResourceType *type = ms_object_get_type (object);
  if (type == types->mailbox && !look_at_mailbox (self, object, error))
    return FALSE;
  if (type == types->list || type == types->mail_group)
    push_addresses (self, object);
  if (type == types->mail_group)
    push (self, ms_object_get_link (object, "parent"));
  if (type == types->user
      && !ms_policy_check (self->write->actor, MS_POLICY_MAIL, NULL, object, NULL, &self->why))
    self->owner = ms_object_ref (object);
  return self->owner != NULL || push_lists (self, id, error);
}

/* The walk ------------------------------------------------------------------------------------ */

static gboolean
walk (Guard *self, GError **error)
{
  for (guint i = 0; i < self->places->len && self->owner == NULL && !self->too_many; i++)
    {
      const char *place = self->places->pdata[i];
      if (!(is_address (place) ? look_at_address (self, place, error)
                               : look_at_object (self, place, error)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
refuse (const Guard *self, const char *place, const char *path, GError **error)
{
  const char *owner = ms_object_get_label (self->owner);
  const char *what
      = is_address (place) || self->object == NULL ? place : ms_object_get_label (self->object);

  if (self->mailbox != NULL)
    ms_error_set (error,
                  MS_ERROR_DENIED,
                  NULL,
                  path,
                  "“%s” gets mail of “%s” (mailbox “%s”): %s",
                  what,
                  owner,
                  ms_object_get_label (self->mailbox),
                  self->why->message);
  else
    ms_error_set (error,
                  MS_ERROR_DENIED,
                  NULL,
                  path,
                  self->is_reserved ? "“%s” gets mail of “%s”, who lies in the bin: %s"
                                    : "“%s” gets mail of “%s”: %s",
                  what,
                  owner,
                  self->why->message);
  return FALSE;
}

gboolean
ms_mail_guard_check (
    MsWrite *write, MsObject *object, const char *place, const char *path, GError **error)
{
  return ms_mail_guard_check_more (write, object, place, NULL, path, error);
}

gboolean
ms_mail_guard_check_more (MsWrite    *write,
                          MsObject   *object,
                          const char *place,
                          GPtrArray  *known,
                          const char *path,
                          GError    **error)
{
  g_return_val_if_fail (write != NULL && place != NULL, FALSE);

  g_auto (Guard) guard = { .write = write, .object = object };

  if (!ms_mail_guard_is_on (write))
    return TRUE;
  guard.places = g_ptr_array_new_with_free_func (g_free);
  guard.seen = g_hash_table_new (g_str_hash, g_str_equal);
  guard.endings
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  for (guint i = 0; known != NULL && i < known->len; i++)
    g_hash_table_add (guard.seen, known->pdata[i]);
  if (is_address (place))
    push_address (&guard, place);
  else
    push (&guard, place);
  if (!ms_mail_guard_keeps_any (write, &guard.keeps, error) || !walk (&guard, error))
    return FALSE;
  if (guard.owner != NULL)
    return refuse (&guard, place, path, error);
  if (!guard.too_many)
    return TRUE;
  ms_error_set (error,
                MS_ERROR_DENIED,
                NULL,
                path,
                "By so many ways mail leads to “%s” that nobody can say whose it is: this is for "
                "an administrator who logs on",
                is_address (place) || object == NULL ? place : ms_object_get_label (object));
  return FALSE;
}
