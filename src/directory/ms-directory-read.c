/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One search from the first page to the last. Whatever comes in between that is not the server's
 * word for "this is all" is an error: who reads a directory to see who has left must never take a
 * part for the whole. See ms-directory.h.
 */
#include "ms-directory-private.h"

#include "ms-error.h"

#include <string.h>

#define PAGE 500
#define MAX_ENTRIES 2000000
/* Active Directory ends a page early when its search takes long, and may have found nothing yet. */
#define MAX_EMPTY_PAGES 10000
/* While the rest of a value's range is asked for, what else comes of the page waits in memory. */
#define MAX_PAGE_BYTES (256 * 1024 * 1024)
/* Seconds for each answer where somebody waits for a look at the first few entries. */
#define LOOK_TIMEOUT 15
#define UNREADABLE "an entry that cannot be read"
#define RANGE_OPTION ";range="

typedef struct
{
  /* Borrowed */
  MsDirectoryLink         *link;
  const MsDirectoryServer *server;
  const MsDirectorySearch *search;
  MsDirectoryEntryFunc     func;
  gpointer                 user_data;

  guint   n_entries;
  guint64 page_start; /* bytes received before this page */
} Reading;

/**
 * Range: what is missing of an attribute's values
 * @attribute: without the option
 * @next: number of the first that is missing
 */
typedef struct
{
  char   *attribute;
  guint64 next;
} Range;

static void
range_free (Range *self)
{
  g_free (self->attribute);
  g_free (self);
}

static LDAP *
get_ldap (const Reading *self)
{
  return ms_directory_link_get_ldap (self->link);
}

static gboolean
fail_unreadable (GError **error, const char *what)
{
  ms_error_set (error, MS_ERROR_UNAVAILABLE, NULL, "server", "The directory sent %s.", what);
  return FALSE;
}

static gboolean
tell_alive (const Reading *self, GError **error)
{
  return self->search->alive == NULL || self->search->alive (self->user_data, error);
}

/* (transfer full) (nullable) */
static LDAPMessage *
wait_for (const Reading *self, int operation, GError **error)
{
  LDAPMessage *message = ms_directory_link_wait (self->link, operation, error);

  if (message == NULL || tell_alive (self, error))
    return message;
  ldap_msgfree (message);
  return NULL;
}

/* Results ------------------------------------------------------------------------------------ */

/* The end of an operation: its result must be success. @controls: (out) (optional) (nullable): to
 * ldap_controls_free(). Takes @message. */
static gboolean
take_result (const Reading  *self,
             MsDirectoryStep step,
             LDAPMessage    *message,
             LDAPControl  ***controls,
             GError        **error)
{
  char         *said = NULL;
  LDAPControl **found = NULL;
  int           result = LDAP_SUCCESS;
  int code = ldap_parse_result (get_ldap (self), message, &result, NULL, &said, NULL, &found, 1);

  if (code == LDAP_SUCCESS)
    code = result;
  if (code != LDAP_SUCCESS)
    ms_directory_set_result_error (error, self->server, step, code, said);
  ldap_memfree (said);
  if (controls != NULL && code == LDAP_SUCCESS)
    *controls = g_steal_pointer (&found);
  ldap_controls_free (found);
  return code == LDAP_SUCCESS;
}

static gboolean
log_on (const Reading *self, GError **error)
{
  const char   *dn = self->server->bind_dn;
  struct berval password = { 0 };
  int           operation = 0;

  if (dn != NULL)
    {
      password.bv_val = self->server->password;
      password.bv_len = strlen (self->server->password);
    }
  int code = ldap_sasl_bind (
      get_ldap (self), dn != NULL ? dn : "", LDAP_SASL_SIMPLE, &password, NULL, NULL, &operation);
  if (code != LDAP_SUCCESS)
    {
      ms_directory_link_set_error (self->link, code, error);
      return FALSE;
    }
  LDAPMessage *answer = wait_for (self, operation, error);
  return answer != NULL && take_result (self, MS_DIRECTORY_BIND, answer, NULL, error);
}

/* Entries ------------------------------------------------------------------------------------ */

/* Divides "member;range=0-1499". %FALSE where it has no such option; @next is 0 where the range
 * goes to the end. */
static gboolean
parse_range (const char *name, char **attribute, guint64 *first, guint64 *next)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);
  const char      *option = strstr (lower, RANGE_OPTION);
  char            *end = NULL;

  if (option == NULL)
    return FALSE;
  *first = g_ascii_strtoull (option + strlen (RANGE_OPTION), &end, 10);
  if (*end != '-')
    return FALSE;
  *next = end[1] == '*' ? 0 : g_ascii_strtoull (end + 1, NULL, 10) + 1;
  const char *rest = strchr (end, ';');
  *attribute = g_strdup_printf (
      "%.*s%s", (int) (option - lower), name, rest != NULL ? name + (rest - lower) : "");
  return TRUE;
}

/* Adds the values of one attribute of @message to @entry. Where they are a part only, that is noted
 * in @ranges. */
static gboolean
add_values (MsDirectoryEntry    *entry,
            const struct berval *name,
            BerVarray            values,
            GPtrArray           *ranges,
            GError             **error)
{
  g_autofree char *given = g_strndup (name->bv_val, name->bv_len);
  g_autofree char *base = NULL;
  guint64          first = 0;
  guint64          next = 0;

  if (parse_range (given, &base, &first, &next))
    {
      /* Also keeps one who sends the same range for ever from being asked for ever. */
      if (first != ms_directory_entry_count (entry, base)
          || (next != 0 && (values == NULL || values[0].bv_val == NULL)))
        return fail_unreadable (error, "a range of values that it was not asked for");
      if (next != 0)
        {
          Range *range = g_new0 (Range, 1);
          range->attribute = g_strdup (base);
          g_ptr_array_add (ranges, range);
        }
    }
  for (gsize i = 0; values != NULL && values[i].bv_val != NULL; i++)
    {
      /* No copy but the entry's, which wipes it. */
      g_autoptr (GBytes) value = g_bytes_new_static (values[i].bv_val, values[i].bv_len);
      ms_directory_entry_add (entry, base != NULL ? base : given, value);
    }
  return TRUE;
}

static gboolean
add_attributes (const Reading    *self,
                LDAPMessage      *message,
                BerElement       *ber,
                MsDirectoryEntry *entry,
                GPtrArray        *ranges,
                GError          **error)
{
  for (;;)
    {
      struct berval name = { 0 };
      BerVarray     values = NULL;

      if (ldap_get_attribute_ber (get_ldap (self), message, ber, &name, &values) != LDAP_SUCCESS)
        return fail_unreadable (error, UNREADABLE);
      if (name.bv_val == NULL)
        return TRUE;
      gboolean added = add_values (entry, &name, values, ranges, error);
      ber_memfree (values);
      if (!added)
        return FALSE;
    }
}

/* Adds what @message holds to @entry, which is made where it is %NULL. */
static gboolean
read_message (const Reading     *self,
              LDAPMessage       *message,
              MsDirectoryEntry **entry,
              GPtrArray         *ranges,
              GError           **error)
{
  BerElement   *ber = NULL;
  struct berval dn = { 0 };

  if (ldap_get_dn_ber (get_ldap (self), message, &ber, &dn) != LDAP_SUCCESS
      || !g_utf8_validate (dn.bv_val, dn.bv_len, NULL))
    {
      ber_free (ber, 0);
      return fail_unreadable (error, UNREADABLE);
    }
  if (*entry == NULL)
    {
      g_autofree char *name = g_strndup (dn.bv_val, dn.bv_len);
      *entry = ms_directory_entry_new (name);
    }
  gboolean read = add_attributes (self, message, ber, *entry, ranges, error);
  ber_free (ber, 0);
  return read;
}

/* Ranges ------------------------------------------------------------------------------------- */

/* (transfer full) (nullable): the one message of the entry @dn */
static LDAPMessage *
ask_for_range (const Reading *self, const char *dn, const Range *range, GError **error)
{
  g_autofree char *wanted = g_strdup_printf (
      "%s" RANGE_OPTION "%" G_GUINT64_FORMAT "-*", range->attribute, range->next);
  char        *attributes[] = { wanted, NULL };
  int          operation = 0;
  LDAPMessage *found = NULL;

  int code = ldap_search_ext (get_ldap (self),
                              dn,
                              LDAP_SCOPE_BASE,
                              "(objectClass=*)",
                              attributes,
                              0,
                              NULL,
                              NULL,
                              NULL,
                              0,
                              &operation);
  if (code != LDAP_SUCCESS)
    {
      ms_directory_link_set_error (self->link, code, error);
      return NULL;
    }
  for (;;)
    {
      LDAPMessage *message = wait_for (self, operation, error);
      if (message == NULL)
        break;
      int type = ldap_msgtype (message);
      if (type == LDAP_RES_SEARCH_RESULT)
        {
          if (!take_result (self, MS_DIRECTORY_SEARCH, message, NULL, error))
            break;
          if (found == NULL)
            (void) fail_unreadable (error, "an entry without the rest of its values");
          return found;
        }
      if (type == LDAP_RES_SEARCH_ENTRY && found == NULL)
        found = message;
      else
        ldap_msgfree (message);
    }
  ldap_msgfree (found);
  return NULL;
}

static gboolean
complete_range (
    const Reading *self, MsDirectoryEntry *entry, Range *range, GPtrArray *ranges, GError **error)
{
  range->next = ms_directory_entry_count (entry, range->attribute);
  LDAPMessage *message = ask_for_range (self, ms_directory_entry_get_dn (entry), range, error);
  if (message == NULL)
    return FALSE;
  gboolean read = read_message (self, message, &entry, ranges, error);
  ldap_msgfree (message);
  /* Nothing new: who left while this was read is one whom the next reading sees. */
  if (read && ms_directory_entry_count (entry, range->attribute) == range->next)
    return fail_unreadable (error, "an entry without the rest of its values");
  return read;
}

static gboolean
complete_ranges (const Reading *self, MsDirectoryEntry *entry, GPtrArray *ranges, GError **error)
{
  while (ranges->len > 0)
    {
      Range   *range = g_ptr_array_steal_index (ranges, 0);
      gboolean completed = complete_range (self, entry, range, ranges, error);
      range_free (range);
      if (!completed)
        return FALSE;
      if (ms_directory_link_get_received (self->link) - self->page_start > MAX_PAGE_BYTES)
        {
          ms_error_set (error,
                        MS_ERROR_LIMIT,
                        NULL,
                        NULL,
                        "The directory sent more than %d MiB for %d entries.",
                        MAX_PAGE_BYTES / (1024 * 1024),
                        PAGE);
          return FALSE;
        }
    }
  return TRUE;
}

/* Pages -------------------------------------------------------------------------------------- */

static gboolean
hand_over (Reading *self, LDAPMessage *message, GError **error)
{
  g_autoptr (MsDirectoryEntry) entry = NULL;
  g_autoptr (GPtrArray) ranges = g_ptr_array_new_with_free_func ((GDestroyNotify) range_free);

  if (++self->n_entries > MAX_ENTRIES)
    {
      ms_error_set (error,
                    MS_ERROR_LIMIT,
                    NULL,
                    "filter",
                    "The directory has more than %d such entries.",
                    MAX_ENTRIES);
      return FALSE;
    }
  return read_message (self, message, &entry, ranges, error)
         && complete_ranges (self, entry, ranges, error)
         && self->func (entry, self->user_data, error);
}

static gboolean
is_enough (const Reading *self)
{
  return self->search->limit != 0 && self->n_entries >= self->search->limit;
}

static gboolean
send_search (const Reading *self, struct berval *cookie, int *operation, GError **error)
{
  guint        page = self->search->limit != 0 ? MIN (PAGE, self->search->limit) : PAGE;
  LDAPControl *control = NULL;
  /* Not critical: who knows no pages sends all at once, or says that it is too much. */
  int code = ldap_create_page_control (get_ldap (self), page, cookie, 0, &control);

  if (code == LDAP_SUCCESS)
    {
      LDAPControl *controls[] = { control, NULL };
      code = ldap_search_ext (get_ldap (self),
                              self->search->base,
                              self->search->scope == MS_DIRECTORY_SUBTREE ? LDAP_SCOPE_SUBTREE
                                                                          : LDAP_SCOPE_ONELEVEL,
                              self->search->filter,
                              (char **) self->search->attributes,
                              0,
                              controls,
                              NULL,
                              NULL,
                              0,
                              operation);
      ldap_control_free (control);
    }
  if (code == LDAP_FILTER_ERROR)
    ms_directory_set_result_error (error, self->server, MS_DIRECTORY_SEARCH, code, NULL);
  else if (code != LDAP_SUCCESS)
    ms_directory_link_set_error (self->link, code, error);
  return code == LDAP_SUCCESS;
}

/* @cookie is replaced; it is empty after the last page. */
static gboolean
take_page_end (const Reading *self, LDAPMessage *message, struct berval *cookie, GError **error)
{
  LDAPControl **controls = NULL;
  ber_int_t     total = 0;
  gboolean      is_further = cookie->bv_len > 0;

  ber_memfree (cookie->bv_val);
  memset (cookie, 0, sizeof *cookie);
  if (!take_result (self, MS_DIRECTORY_SEARCH, message, &controls, error))
    return FALSE;
  LDAPControl *control = ldap_control_find (LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
  int          code = control != NULL
                          ? ldap_parse_pageresponse_control (get_ldap (self), control, &total, cookie)
                          : LDAP_SUCCESS;
  ldap_controls_free (controls);
  /* Who does not say that there are no more has forgotten where it was. */
  if (is_further && control == NULL)
    return fail_unreadable (error, "a page that says neither that it is the last one nor the next");
  if (code != LDAP_SUCCESS)
    ms_directory_link_set_error (self->link, code, error);
  return code == LDAP_SUCCESS;
}

static gboolean
read_page (Reading *self, struct berval *cookie, GError **error)
{
  int operation = 0;

  self->page_start = ms_directory_link_get_received (self->link);
  if (!send_search (self, cookie, &operation, error))
    return FALSE;
  for (;;)
    {
      LDAPMessage *message = wait_for (self, operation, error);
      if (message == NULL)
        return FALSE;
      int type = ldap_msgtype (message);
      if (type == LDAP_RES_SEARCH_RESULT)
        return take_page_end (self, message, cookie, error);
      /* References to other servers lie beside what this one has: Active Directory names its other
       * partitions so in each search of a whole domain. */
      gboolean read = type != LDAP_RES_SEARCH_ENTRY || hand_over (self, message, error);
      ldap_msgfree (message);
      if (!read)
        return FALSE;
      if (is_enough (self))
        return TRUE;
    }
}

static gboolean
read_pages (Reading *self, GError **error)
{
  struct berval cookie = { 0 };
  gboolean      read;
  guint         empty = 0;

  do
    {
      guint before = self->n_entries;
      read = read_page (self, &cookie, error);
      empty = self->n_entries == before ? empty + 1 : 0;
      if (read && empty > MAX_EMPTY_PAGES)
        read = fail_unreadable (error, "one empty page after the other");
    }
  while (read && cookie.bv_len > 0 && !is_enough (self));
  ber_memfree (cookie.bv_val);
  return read;
}

gboolean
ms_directory_read (const MsDirectoryServer *server,
                   const MsDirectorySearch *search,
                   MsDirectoryEntryFunc     func,
                   gpointer                 user_data,
                   GCancellable            *cancellable,
                   GError                 **error)
{
  g_return_val_if_fail (server != NULL && search != NULL && func != NULL, FALSE);

  if (!ms_directory_check_dn (search->base, "base", error)
      || !ms_directory_check_filter (search->filter, "filter", error))
    return FALSE;
  MsDirectoryServer asked = *server;
  if (search->limit != 0)
    asked.timeout = MIN (server->timeout, LOOK_TIMEOUT);
  g_autoptr (MsDirectoryLink) link = ms_directory_link_new (&asked, cancellable, error);
  if (link == NULL)
    return FALSE;
  Reading self
      = { .link = link, .server = &asked, .search = search, .func = func, .user_data = user_data };
  if (search->limit != 0)
    ms_directory_link_set_deadline (
        link, g_get_monotonic_time () + 2 * (gint64) asked.timeout * G_USEC_PER_SEC);
  return tell_alive (&self, error) && log_on (&self, error) && read_pages (&self, error);
}
