/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * GET /api/v1/feed?events=full as a property: whatever is done to one server, a second one that is
 * sent what the feed tells, request by request, takes all of it and has the same objects. The last
 * seed is another one each time; MS_TEST_SEED repeats a run by its own.
 */
#include "harbour.h"
#include "ms-json.h"
#include "ms-schema.h"

#include <string.h>

#define N_OPERATIONS 250
#define N_SEEDS 3
#define REPLAY "urn:example:params:scim:schemas:replay:2.0:"
#define EXTRA REPLAY "Extra"
#define LINKED REPLAY "Linked"
#define BADGE REPLAY "Badge"
#define PERKS REPLAY "Perks"
#define ASIDE REPLAY "Aside"
#define DEPUTIES "deputies"
#define MESSAGES "urn:ietf:params:scim:api:messages:2.0:"
#define MESSAGES_OWN "urn:ietf:params:scim:api:messages:mailstead:2.0:"
#define EVENT "urn:ietf:params:scim:event:prov:"
/* So that an alias which something else has already is none of a mistake, as from the console. */
#define CHANNEL "X-Mailstead-Channel: cli\r\n"

/* What there is to do ------------------------------------------------------------------------- */

/* %n: a small number; %m: another one each time; %u, %b, %g, %l, %t, %d, %r: the id of a user,
 * mailbox, mail group, list, template, domain, room; %x: of anything that was deleted; %D: a
 * domain's name */
typedef struct
{
  const char *path;
  const char *values[7];
  gboolean    only_patch;
  gboolean    once; /* set once: no undo takes it back for a client */
} Attribute;

#define USER_EXT(name) MS_URN_EXT_USER ":" name

#define PERKS_ATTRIBUTES                                                                           \
  { PERKS ":seat", { "{'row':'r%n','marks':['a%n','b']}", "{'marks':['A%n']}" } },                 \
      { PERKS ":seat.marks", { "['a%n','c%n']", "'A%n'" }, TRUE },                                 \
      { PERKS ":keys",                                                                             \
        { "[{'value':'k%n','words':['a%n','b'],'primary':true}]",                                  \
          "[{'value':'K%n','words':['A%n']},{'value':'l%n'}]" } },                                 \
      { PERKS ":keys[value eq \\\"k1\\\"].words", { "['c%n']" }, TRUE },                           \
      { PERKS ":keys.words", { "['d%n']" }, TRUE }, { PERKS ":home", { "{'value':'%r'}" } },       \
      { PERKS ":rooms", { "[{'value':'%r'}]", "[{'value':'%r'},{'value':'%r'}]" } },               \
      { PERKS ":rooms[value eq \\\"%r\\\"]", { NULL }, TRUE },                                     \
  {                                                                                                \
    PERKS, { NULL }, TRUE                                                                          \
  }

/* Of an extension whose schema comes and goes. */
#define ASIDE_ATTRIBUTES                                                                           \
  { ASIDE ":word", { "'w%n'" } }, { ASIDE ":words", { "['w%n','x']", "['W%n']" } },                \
      { ASIDE ":box", { "{'a':'a%n','many':[%n,1%n]}" } },                                         \
      { ASIDE ":friends", { "[{'value':'%u'}]", "[{'value':'%u'},{'value':'%u'}]" } },             \
  {                                                                                                \
    ASIDE, { NULL }, TRUE                                                                          \
  }

static const Attribute user_attributes[] = {
  { "userName", { "'user%n%n'", "'User%n%n'", "'u%m'" } },
  { "name", { "{'givenName':'G%n','familyName':'F%n'}", "{'formatted':'F%n'}" } },
  { "name.givenName", { "'G%n'" }, TRUE },
  { "displayName", { "'D%n'", "'\\\\\\'%n]'" } },
  { "profileUrl", { "'https://x.example/%n'" } },
  { "title", { "'T%n'" } },
  { "active", { "true", "false" } },
  { "password", { "'Correct-horse-%m'" } },
  { "externalId", { "'E%n'" } },
  { "externalIds", { "[{'client':'one','value':'%n'},{'client':'two','value':'%n'}]" } },
  { "emails",
    { "[{'value':'a%n@x.org','type':'work'},{'value':'A%n@x.org','type':'home','primary':true}]",
      "[{'value':'b%n@x.org'}]",
      "[{'type':'other','primary':true}]",
      "[{'value':'a%n@x.org','type':'work','display':'%n'}]" } },
  { "emails[value eq \\\"a0@x.org\\\"].display", { "'E%n'" }, TRUE },
  { "emails[type eq \\\"work\\\"]", { "{'value':'w%n@x.org','primary':true}" }, TRUE },
  { "phoneNumbers", { "[{'value':'+%n\\\\\\'%n','type':'fax'}]", "[{'value':'+%n'}]" } },
  { "addresses",
    { "[{'locality':'L%n','type':'work'},{'locality':'l%n','type':'work'}]",
      "[{'locality':'L%n','primary':true}]" } },
  { "addresses[type eq \\\"work\\\"].country", { "'C%n'" }, TRUE },
  { "x509Certificates", { "[{'value':'AAA%n'}]", "[{'value':'aaa%n','display':'%n'}]" } },
  { MS_URN_ENTERPRISE ":department", { "'Dep%n'" } },
  { MS_URN_ENTERPRISE ":manager", { "{'value':'%u'}" } },
  { MS_URN_ENTERPRISE, { NULL }, TRUE },
  { USER_EXT ("description"), { "'Line%n\\n'" } },
  { USER_EXT ("rights"), { "{'imap':true,'pop3':false}", "{'webmail':true}" } },
  { USER_EXT ("rights.imap"), { "true", "false" }, TRUE },
  { USER_EXT ("role"), { "'delegate'", "'administrator'", "'none'" } },
  { USER_EXT ("allowedNetworks"), { "['192.0.2.%n']", "['192.0.2.%n','10.0.0.0/8']" } },
  { USER_EXT ("validUntil"), { "'2099-01-01T00:00:0%nZ'" } },
  { USER_EXT ("mustChangePassword"), { "true", "false" } },
  { MS_URN_EXT_USER, { NULL }, TRUE },
  { BADGE ":number", { "'%n%n'" } },
  { BADGE ":doors", { "['a','b%n']", "['A']" } },
  { BADGE ":level", { "%n" } },
  { BADGE, { NULL }, TRUE },
  PERKS_ATTRIBUTES,
  ASIDE_ATTRIBUTES,
};

static const Attribute mailbox_attributes[] = {
  { "name", { "'box%n%n'", "'Box%n%n'", "'b%m'" } },
  { "domain", { "'%D'" } },
  { "description", { "'D%n'" } },
  { "owner", { "{'value':'%u'}" } },
  { "primary", { "true", "true", "false" } },
  { "group", { "{'value':'%g'}" } },
  { "aliases", { "['al%n%n']", "['al%n','Al%n%n','box%n%n@%D']" } },
  { "quota", { "1%n000" } },
  { "forwardTo", { "['f%n@x.org']", "['f%n@x.org','F%n@y.org']" } },
  { "keepCopy", { "true", "false" } },
  { "active", { "true", "false" } },
  { BADGE ":number", { "'%n%n'" } },
  { BADGE ":issued", { "'2026-01-01T00:00:0%nZ'" } },
  { BADGE, { NULL }, TRUE },
};

static const Attribute group_attributes[] = {
  { "name", { "'group%n'", "'g%m'" } },
  { "description", { "'D%n'" } },
  { "parent", { "{'value':'%g'}" } },
  { "address", { "'grp%n@%D'" } },
  { "aliases", { "['ga%n']", "['ga%n','gb%n']" } },
  { "quota", { "1%n000" } },
  ASIDE_ATTRIBUTES,
};

static const Attribute list_attributes[] = {
  { "displayName", { "'list%n'" } },
  { "members",
    { "[{'value':'%u'},{'value':'%b'}]", "[{'value':'%l'}]", "[{'value':'%g'},{'value':'%u'}]" } },
  { "members[value eq \\\"%u\\\"]", { NULL }, TRUE },
  { MS_URN_EXT_GROUP ":address", { "'list%n@%D'" } },
  { MS_URN_EXT_GROUP ":aliases", { "['la%n']", "['la%n','lb%n']" } },
  { MS_URN_EXT_GROUP ":description", { "'D%n'" } },
  { MS_URN_EXT_GROUP ":externalMembers", { "['x%n@x.org']", "['x%n@x.org','y%n@x.org']" } },
  { MS_URN_EXT_GROUP, { NULL }, TRUE },
  PERKS_ATTRIBUTES,
};

static const Attribute domain_attributes[] = {
  { "name", { "'d%n.example'" } },
  { "kind", { "'primary'", "'equal'", "'alias'" } },
  { "aliasOf", { "'%D'" } },
  { "description", { "'D%n'" } },
  PERKS_ATTRIBUTES,
};

static const Attribute template_attributes[] = {
  { "name", { "'template%n'", "'t%m'" } },
  { "rights", { "{'imap':true}", "{'pop3':true,'webmail':false}" } },
  { "role", { "'none'", "'auditor'" } },
  { "loginPattern", { "'{given}.{family}'", "'{g}{family}'" } },
  { "group", { "{'value':'%g'}" } },
  { "domain", { "'%D'" } },
  { "quota", { "1%n000" } },
  { "forwardTo", { "['f%n@x.org']" } },
  { "aliasPatterns", { "['{family}']", "['{family}','{login}']" } },
};

static const Attribute room_attributes[] = {
  { "name", { "'room%n'" } },
  { "code", { "'c%n'", "'C%n'" } },
  { "serial", { "'s%n'" }, FALSE, TRUE },
  { "pin", { "'secret-%m'" } },
  { "note", { "'N%n\\n'" } },
  { "color", { "'red'", "'green'" } },
  { "level", { "%n" } },
  { "on", { "true", "false" } },
  { "size", { "%n.5" } },
  { "made", { "'2026-01-01T00:00:0%nZ'" } },
  { "blob", { "'AAA%n'" } },
  { "link", { "'https://x.example/%n'" } },
  { "keeper", { "'/Users/%u'" } },
  { "tags", { "['a%n','b%n']", "['A%n']", "['\\\\\\'%n','c]']" } },
  { "exact", { "['a%n','A%n']", "['A%n']" } },
  { "flags", { "[true]", "[false,true]" } },
  { "numbers", { "[%n,1%n]", "[%n]" } },
  { "sizes", { "[%n.5]", "[%n.25,1e10]" } },
  { "times", { "['2026-01-01T00:00:0%nZ']" } },
  { "blobs", { "['AAA%n']", "['aaa%n','AAA%n']" } },
  { "plates", { "['p%n%n']", "['p%n%n','P%m']" } },
  { "geo", { "{'lat':%n.5,'lon':1}", "{'lat':1,'lon':%n,'alt':%n,'names':['a%n','b']}" } },
  { "geo.alt", { "%n" }, TRUE },
  { "geo.names", { "['a%n','b%n']", "['A%n']" }, TRUE },
  { "paths", { "{'steps':['a%n','b']}", "{'steps':['A%n'],'text':'%n'}" } },
  { "paths.text", { "'T%n'" }, TRUE },
  { "paths.steps", { "['a%n','c']", "'B'", "['\\\\\\'%n]']" }, TRUE },
  { "paths",
    { "{'sizes':[%n,%n.5],'times':['2026-01-01T00:00:0%nZ'],'blobs':['AAA%n']}",
      "{'sizes':[%n.0],'blobs':['aaa%n','AAA%n']}" },
    TRUE },
  { "paths.sizes", { "[%n.5,2]", "%n" }, TRUE },
  { "paths.blobs", { "['AAA%n']" }, TRUE },
  { "lock", { "{'code':'l%n','keys':['a%n','A%n']}", "{'keys':['a%n']}" } },
  { "lock.code", { "'l%n'" }, TRUE },
  { "lock.keys", { "['A%n','b%n']" }, TRUE },
  { "links", { "['https://x.example/%n']", "['https://x.example/%n','https://X.example/%n']" } },
  { "stacks",
    { "[{'value':'s%n','type':'x','words':['a%n','b'],'numbers':[%n]},{'value':'S%n','primary':"
      "true}]",
      "[{'value':'s%n','type':'x','words':['A%n']}]",
      "[{'type':'y','words':['c%n']},{'type':'y','words':['d%n']}]",
      "[{'words':['a','b%n']}]" } },
  { "stacks[value eq \\\"s1\\\"].words", { "['e%n']", "'f%n'" }, TRUE },
  { "stacks[type eq \\\"x\\\"]", { "{'words':['g%n'],'numbers':[%n]}", "{'primary':true}" }, TRUE },
  { "stacks.numbers", { "[%n,7]" }, TRUE },
  { "spot", { "{'mark':'m%n','text':'%n'}" }, FALSE, TRUE },
  { "spot.text", { "'T%n'" }, TRUE },
  { "parts",
    { "[{'value':'p%n','type':'inner','weight':%n.5,'primary':true},{'value':'P%n','type':'outer'}"
      "]",
      "[{'value':'p%n'}]",
      "[{'value':'q%n','number':%n}]" } },
  { "parts", { "[{'value':'m%n','mark':'%n'}]" }, FALSE, TRUE },
  { "parts[value eq \\\"p1\\\"]", { "{'weight':%n.25,'primary':true}" }, TRUE },
  { "parts[type eq \\\"inner\\\"].weight", { "%n.75" }, TRUE },
  { "parts[value eq \\\"p0\\\" and type eq \\\"outer\\\"].primary", { "true", "false" }, TRUE },
  { "rows", { "[{'n':%n,'words':['a','b%n']},{'n':%n}]", "[{'n':%n}]" } },
  { "rows[n eq 1].words", { "['a','c%n']", "'d%n'" }, TRUE },
  { "rows[n eq 1]", { "{'words':['e%n']}" }, TRUE },
  { "boss", { "{'value':'%u'}" } },
  { "needs", { "[{'value':'%u'},{'value':'%r'}]", "[{'value':'%r'}]" } },
  { "needs[value eq \\\"%r\\\"]", { NULL }, TRUE },
  { DEPUTIES, { "[{'value':'%u'},{'value':'%r'}]" }, FALSE, TRUE },
  { EXTRA,
    { "{'need':'%n','place':{'street':'S%n'},'marks':['m%n'],'bits':[{'value':'v%n'}]}",
      "{'need':'%n','place':{'street':'S','floor':%n},'marks':['m','n%n'],'mate':{'value':'%r'}"
      "}" } },
  { EXTRA ":need", { "'%n'" }, TRUE },
  { EXTRA ":place", { "{'street':'T%n'}", "{'floor':%n}" }, TRUE },
  { EXTRA ":place.floor", { "%n" }, TRUE },
  { EXTRA ":kind", { "'k%n'" }, TRUE, TRUE },
  { EXTRA ":level", { "%n" }, TRUE },
  { EXTRA ":marks", { "['x%n']" }, TRUE },
  { EXTRA ":code", { "'secret-%m'" }, TRUE },
  { EXTRA ":mate", { "{'value':'%r'}" }, TRUE },
  { EXTRA, { NULL }, TRUE },
  { LINKED,
    { "{'need':'%n','box':{'a':'a%n'},'pals':[{'value':'%u'}]}",
      "{'need':'%n','box':{'a':'a','b':'%n'},'text':'t'}",
      "{}",
      "null" } },
  { LINKED ":pals", { "[{'value':'%r'},{'value':'%u'}]" }, TRUE },
  { LINKED ":box.b", { "'b%n'" }, TRUE },
  { LINKED, { NULL }, TRUE },
};

static const Attribute guest_attributes[] = {
  { "rights", { "{'imap':true}", "{'pop3':true,'webmail':false}" } },
  { "rights.ftpProxy", { "true", "false" }, TRUE },
};

typedef struct
{
  const char      *endpoint;
  char             letter; /* of its ids in values */
  const Attribute *attributes;
  guint            n_attributes;
} Type;

#define TYPE(endpoint, letter, attributes)                                                         \
  {                                                                                                \
    endpoint, letter, attributes, G_N_ELEMENTS (attributes)                                        \
  }

static const Type types[] = {
  TYPE ("/Users", 'u', user_attributes),         TYPE ("/Mailboxes", 'b', mailbox_attributes),
  TYPE ("/MailGroups", 'g', group_attributes),   TYPE ("/Groups", 'l', list_attributes),
  TYPE ("/Rooms", 'r', room_attributes),         TYPE ("/Domains", 'd', domain_attributes),
  TYPE ("/Templates", 't', template_attributes), TYPE ("/Guest", '-', guest_attributes),
};
#define GUEST (G_N_ELEMENTS (types) - 1)

/* Two servers --------------------------------------------------------------------------------- */

/**
 * Replay:
 * @source, @copy: the server that things are done to, and the one that is told
 * @ids: of each type, of objects that are or were
 * @names: (element-type utf8 utf8): what the copy calls an object, by the source's id
 * @origins: (element-type utf8 utf8): the other way round, and also what the copy called those that
 * were deleted and came back since: an attribute of the type reference still says so
 * @touched, @all: (element-type utf8): URIs of objects that were changed since they were compared,
 * or ever
 * @stale: (element-type utf8): URIs of those that got again what nobody can write
 * @gone: (element-type utf8): ids of those that the copy has not any more
 * @deleted: (element-type utf8): ids in the order in which the source told that they went
 * @returns: what was done is undone now and then, and nothing is set that is set once
 * @import: (nullable): the last import
 * @bulk: what the operations of the bulk request at hand make, by the letter of its ids, or 0
 * @has_aside: the schema that comes and goes is there
 * @has_begun: what both servers began with was told
 */
typedef struct
{
  Harbour    *source, *copy;
  GRand      *rand;
  GPtrArray  *ids[G_N_ELEMENTS (types)];
  GHashTable *names;
  GHashTable *origins;
  GHashTable *touched, *all;
  GHashTable *stale;
  GHashTable *gone;
  GPtrArray  *deleted;
  GArray     *sequences;
  gint64      since;
  gboolean    returns;
  char       *import;
  char        bulk[4];
  gboolean    has_aside;
  gboolean    has_begun;
  guint       made;
  guint       done;
  guint       requests;
} Replay;

static guint
pick (Replay *self, guint n)
{
  return (guint) g_rand_int_range (self->rand, 0, (gint32) n);
}

/* One of what came last, for the old may be gone. */
static const char *
any_new (Replay *self, GPtrArray *ids)
{
  return ids->len > 0 ? g_ptr_array_index (ids, ids->len - 1 - pick (self, MIN (ids->len, 8)))
                      : "none";
}

/* Mostly one that is still there. */
static const char *
any_living (Replay *self, GPtrArray *ids)
{
  const char *id = any_new (self, ids);

  for (guint i = 0; i < 3 && g_hash_table_contains (self->gone, id) && pick (self, 4); i++)
    id = any_new (self, ids);
  return id;
}

static const char *
any_id (Replay *self, char letter)
{
  static const char *const of_bulk[] = { "bulkId:b0", "bulkId:b1", "bulkId:b2", "bulkId:b3" };

  for (guint i = 0; i < G_N_ELEMENTS (of_bulk); i++)
    if (self->bulk[i] == letter && pick (self, 2))
      return of_bulk[i];
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (types[i].letter == letter)
      return any_living (self, self->ids[i]);
  return letter == 'x' ? any_new (self, self->deleted) : "none";
}

/* (transfer full): @text with what stands in place of its letters */
static char *
fill_plain (Replay *self, const char *text)
{
  GString *out = g_string_new (NULL);

  for (const char *at = text; *at != '\0'; at++)
    {
      if (*at != '%')
        g_string_append_c (out, *at);
      else if (*++at == 'n')
        g_string_append_printf (out, "%u", pick (self, 3));
      else if (*at == 'm')
        g_string_append_printf (out, "%u", self->made++);
      else if (*at == 'D')
        g_string_append (out, pick (self, 2) ? "harbour.example" : "d1.example");
      else
        g_string_append (out, any_id (self, *at));
    }
  return g_string_free (out, FALSE);
}

/* (transfer full): the same in JSON's quotes */
static char *
fill (Replay *self, const char *text)
{
  g_autofree char *filled = fill_plain (self, text);

  return from_single_quotes (filled);
}

/* (transfer full) (nullable) */
static char *
any_value (Replay *self, const Attribute *attribute)
{
  guint n = 0;

  while (n < G_N_ELEMENTS (attribute->values) && attribute->values[n] != NULL)
    n++;
  g_autofree char *value = n > 0 ? fill (self, attribute->values[pick (self, n)]) : NULL;
  return value != NULL && strstr (value, "\"none\"") == NULL ? g_steal_pointer (&value) : NULL;
}

static Answer *
send (Replay *self, const char *method, const char *path, const char *body)
{
  Answer *answer = ask (self->source, method, path, body, pick (self, 2) ? CHANNEL : NULL);

  g_test_message ("%s %s %s: %u%s",
                  method,
                  path,
                  body != NULL ? body : "",
                  answer->status,
                  answer->status >= 400 ? answer->reply->body->str : "");
  g_assert_cmpuint (answer->status, <, 500);
  return answer;
}

static void
add_schema_file (Harbour *self, const char *name, const char *file)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, file, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  g_autofree char *body = g_strdup_printf ("{\"name\":\"%s\",\"file\":%s}", name, text);
  g_autoptr (Answer) added = ask (self, "POST", "/api/v1/schemas", body, NULL);
  assert_status (added, 201);
}

static Harbour *
open_harbour (void)
{
  Harbour *self = harbour_new (NULL);

  add_schema_file (self, "replay", "feed-replay.json");
  return self;
}

static void
match_name (Replay *self, const char *source, const char *copy)
{
  g_hash_table_insert (self->names, g_strdup (source), g_strdup (copy));
  g_hash_table_insert (self->origins, g_strdup (copy), g_strdup (source));
}

static void
replay_init (Replay *self, guint32 seed, gboolean returns)
{
  *self = (Replay){ .source = open_harbour (),
                    .copy = open_harbour (),
                    .rand = g_rand_new_with_seed (seed),
                    .names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
                    .origins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
                    .all = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
                    .stale = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
                    .gone = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
                    .touched = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
                    .deleted = g_ptr_array_new_with_free_func (g_free),
                    .sequences = g_array_new (FALSE, FALSE, sizeof (gint64)),
                    .returns = returns };
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    self->ids[i] = g_ptr_array_new_with_free_func (g_free);
}

static void
replay_clear (Replay *self)
{
  g_test_message ("%u requests", self->requests);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    g_ptr_array_unref (self->ids[i]);
  g_hash_table_unref (self->names);
  g_hash_table_unref (self->origins);
  g_hash_table_unref (self->all);
  g_hash_table_unref (self->stale);
  g_hash_table_unref (self->gone);
  g_hash_table_unref (self->touched);
  g_ptr_array_unref (self->deleted);
  g_array_unref (self->sequences);
  g_free (self->import);
  g_rand_free (self->rand);
  harbour_free (self->copy);
  harbour_free (self->source);
}

/* Objects as the copy would show them --------------------------------------------------------- */

/* (transfer full): @text with other ids */
static char *
translate (GHashTable *names, const char *text)
{
  static const gsize length = 36;
  GString           *out = g_string_new (NULL);

  while (*text != '\0')
    {
      g_autofree char *id = g_strndup (text, length);
      const char      *name = NULL;
      if (strlen (id) == length && g_uuid_string_is_valid (id))
        name = g_hash_table_lookup (names, id);
      g_string_append_printf (out, "%s", name != NULL ? name : "");
      if (name == NULL)
        g_string_append_c (out, *text);
      text += name != NULL ? length : 1;
    }
  return g_string_free (out, FALSE);
}

static void append_plain (GString *out, JsonNode *node);

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
append_sorted (GString *out, GPtrArray *texts)
{
  g_ptr_array_sort (texts, compare_texts);
  for (guint i = 0; i < texts->len; i++)
    g_string_append_printf (out, "%s\n", (char *) g_ptr_array_index (texts, i));
}

/* What is another one on each server, and what follows from secrets, which nobody is told. */
static gboolean
is_own (const char *name)
{
  return strcmp (name, "meta") == 0 || strcmp (name, "$ref") == 0 || strcmp (name, "schemas") == 0
         || strcmp (name, "passwordScheme") == 0;
}

static void
add_members (GPtrArray *texts, JsonObject *object)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *member;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &member))
    {
      GString *text = g_string_new (name);
      g_string_append (text, ": ");
      append_plain (text, member);
      /* An extension in which there is nothing else is none. */
      if (is_own (name) || strcmp (text->str + strlen (name), ": {}") == 0)
        g_string_free (text, TRUE);
      else
        g_ptr_array_add (texts, g_string_free (text, FALSE));
    }
}

/* One text for all objects that are the same, in whatever order they are told. */
static void
append_plain (GString *out, JsonNode *node)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      add_members (texts, json_node_get_object (node));
      g_string_append (out, "{");
      append_sorted (out, texts);
      g_string_append (out, "}");
    }
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);
      for (guint i = 0; i < json_array_get_length (array); i++)
        {
          GString *text = g_string_new (NULL);
          append_plain (text, json_array_get_element (array, i));
          g_ptr_array_add (texts, g_string_free (text, FALSE));
        }
      g_string_append (out, "[");
      append_sorted (out, texts);
      g_string_append (out, "]");
    }
  else
    ms_json_append (out, node);
}

static void
append_answer (Replay *self, GString *out, Harbour *harbour, const char *path, gboolean stale)
{
  g_autoptr (Answer) answer = ask (harbour, "GET", path, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_string_append_printf (out, "%u\n", answer->status);
  if (answer->status != 200)
    return;
  g_autofree char *text = harbour == self->copy
                              ? translate (self->origins, answer->reply->body->str)
                              : g_strdup (answer->reply->body->str);
  g_autoptr (JsonNode) node = ms_json_parse (text, -1, &ms_json_default_limits, &error);
  g_assert_no_error (error);
  if (stale)
    json_object_remove_member (json_node_get_object (node), DEPUTIES);
  append_plain (out, node);
}

static char *
show (Replay *self, Harbour *harbour, const char *path, gboolean stale)
{
  GString         *out = g_string_new (NULL);
  g_autofree char *more = g_strconcat (path, "?attributes=note,externalIds,schemas", NULL);

  append_answer (self, out, harbour, path, stale);
  append_answer (self, out, harbour, more, stale);
  return g_string_free (out, FALSE);
}

static void
assert_same (Replay *self, const char *uri)
{
  gboolean         stale = g_hash_table_contains (self->stale, uri);
  g_autofree char *path = g_strconcat ("/scim/v2", uri, NULL);
  g_autofree char *copied = translate (self->names, path);
  g_autofree char *source = show (self, self->source, path, stale);
  g_autofree char *copy = show (self, self->copy, copied, stale);

  if (strcmp (source, copy) != 0)
    g_test_message ("%s\nsource: %s\ncopy: %s", uri, source, copy);
  g_assert_cmpstr (copy, ==, source);
}

/* What the feed tells ------------------------------------------------------------------------- */

/* (transfer full) */
static Answer *
tell (Replay *self, const char *method, const char *uri, JsonNode *data)
{
  g_autofree char *path = g_strconcat ("/scim/v2", uri, NULL);
  g_autofree char *copied = translate (self->names, path);
  g_autofree char *text = data != NULL ? ms_json_to_string (data) : NULL;
  g_autofree char *body = text != NULL ? translate (self->names, text) : NULL;
  Answer          *answer = ask (self->copy, method, copied, body, CHANNEL);

  self->requests++;
  if (answer->status >= 300)
    g_test_message (
        "%s %s %s\n%s", method, path, text != NULL ? text : "", answer->reply->body->str);
  return answer;
}

static void
forward (Replay *self, const char *method, const char *uri, JsonNode *data)
{
  g_autoptr (Answer) answer = tell (self, method, uri, data);

  g_assert_cmpuint (answer->status, >=, 200);
  g_assert_cmpuint (answer->status, <, 300);
  g_assert_null (wire_reply_get (answer->reply, "x-mailstead-ignored"));
}

/* (transfer full): where the copy has what it called taken when it was to make @data */
static char *
find_taken (Replay *self, const char *endpoint, JsonObject *data)
{
  gboolean    is_user = strcmp (endpoint, "/Users") == 0;
  const char *name = json_object_get_string_member (data, is_user ? "userName" : "name");
  g_autoptr (GString) filter = g_string_new (NULL);

  g_string_append_printf (filter, "%s eq \"%s\"", is_user ? "userName" : "name", name);
  if (strcmp (endpoint, "/Mailboxes") == 0)
    g_string_append_printf (
        filter, " and domain eq \"%s\"", json_object_get_string_member (data, "domain"));
  g_autofree char *escaped = g_uri_escape_string (filter->str, NULL, FALSE);
  g_autofree char *path = g_strdup_printf ("/scim/v2%s?filter=%s", endpoint, escaped);
  g_autoptr (Answer) found = ask (self->copy, "GET", path, NULL, NULL);
  g_assert_cmpint (get_number (found, "totalResults"), ==, 1);
  return g_strconcat (endpoint, "/", get_text (found, "Resources.0.id"), NULL);
}

/* As docs/api.md says: a POST, of the guest a PUT; and a PUT to what the copy has already, which is
 * only what both began with. */
static void
forward_create (Replay *self, const char *uri, JsonNode *data)
{
  JsonObject      *object = json_node_get_object (data);
  gboolean         is_singleton = strcmp (uri, "/Guest") == 0;
  g_autofree char *endpoint = g_strndup (uri, (gsize) (strrchr (uri, '/') - uri));
  g_autoptr (Answer) answer
             = tell (self, is_singleton ? "PUT" : "POST", is_singleton ? uri : endpoint, data);

  if (!self->has_begun && answer->status == 409)
    {
      g_assert_cmpstr (get_text (answer, "scimType"), ==, "uniqueness");
      g_autofree char *taken = find_taken (self, endpoint, object);
      Answer          *put = tell (self, "PUT", taken, data);
      answer_free (answer);
      answer = put;
    }
  g_assert_cmpuint (answer->status, ==, is_singleton || !self->has_begun ? 200 : 201);
  g_assert_null (wire_reply_get (answer->reply, "x-mailstead-ignored"));
  match_name (self, json_object_get_string_member (object, "id"), get_text (answer, "id"));
}

static void
note_id (Replay *self, const char *uri)
{
  const char *id = strrchr (uri, '/') + 1;

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_has_prefix (uri, types[i].endpoint) && uri[strlen (types[i].endpoint)] == '/'
        && !g_ptr_array_find_with_equal_func (self->ids[i], id, g_str_equal, NULL))
      g_ptr_array_add (self->ids[i], g_strdup (id));
}

/* Only what docs/api.md says is not told. */
static void
hear_notice (Replay *self, const char *uri, JsonObject *notice)
{
  JsonArray *names = json_object_get_array_member (notice, "attributes");

  for (guint i = 0; i < json_array_get_length (names); i++)
    {
      const char *name = json_array_get_string_element (names, i);
      if (strcmp (name, DEPUTIES) == 0)
        g_hash_table_add (self->stale, g_strdup (uri));
      /* What no schema has any more. */
      else if (g_str_has_prefix (name, ASIDE ":"))
        g_assert_false (self->has_aside);
      else
        g_assert_true (strcmp (name, "password") == 0 || strcmp (name, "pin") == 0
                       || strcmp (name, EXTRA ":code") == 0);
    }
}

/* What is deleted loses what refers to it first: no operation takes out what is no more. */
static void
assert_names_none_gone (Replay *self, JsonObject *patch)
{
  static const char by_value[] = "[value eq \"";
  JsonArray        *operations = json_object_get_array_member (patch, "Operations");

  for (guint i = 0; i < json_array_get_length (operations); i++)
    {
      JsonObject *operation = json_array_get_object_element (operations, i);
      const char *path = json_object_get_string_member_with_default (operation, "path", "");
      const char *value = strstr (path, by_value);
      if (value == NULL)
        continue;
      g_autofree char *id = g_strndup (value + strlen (by_value), 36);
      g_assert_false (g_hash_table_contains (self->gone, id));
    }
}

static void
hear (Replay *self, JsonObject *claims)
{
  JsonObject *subject = json_object_get_object_member (claims, "sub_id");
  JsonObject *events = json_object_get_object_member (claims, "events");
  const char *uri = json_object_get_string_member (subject, "uri");
  const char *created = EVENT "create:full", *patched = EVENT "patch:full";

  g_hash_table_add (self->touched, g_strdup (uri));
  g_hash_table_add (self->all, g_strdup (uri));
  /* Who does all this is not to be done away with. */
  if (self->has_begun)
    note_id (self, uri);
  if (json_object_has_member (events, EVENT "patch:notice"))
    hear_notice (self, uri, json_object_get_object_member (events, EVENT "patch:notice"));
  if (json_object_has_member (events, EVENT "delete"))
    {
      forward (self, "DELETE", uri, NULL);
      g_hash_table_add (self->gone, g_strdup (strrchr (uri, '/') + 1));
      g_ptr_array_add (self->deleted, g_strdup (strrchr (uri, '/') + 1));
    }
  else if (json_object_has_member (events, created))
    {
      forward_create (
          self,
          uri,
          json_object_get_member (json_object_get_object_member (events, created), "data"));
      (void) g_hash_table_remove (self->gone, strrchr (uri, '/') + 1);
    }
  else if (json_object_has_member (events, patched))
    {
      JsonNode *data
          = json_object_get_member (json_object_get_object_member (events, patched), "data");
      assert_names_none_gone (self, json_node_get_object (data));
      forward (self, "PATCH", uri, data);
    }
}

static void
listen (Replay *self)
{
  g_autofree char *path
      = g_strdup_printf ("/api/v1/feed?events=full&since=%" G_GINT64_FORMAT, self->since);
  g_autoptr (Answer) feed = ask (self->source, "GET", path, NULL, NULL);
  gint64 next = 0;

  assert_status (feed, 200);
  next = get_number (feed, "next");
  if (next > self->since)
    g_test_message ("to %" G_GINT64_FORMAT ": %s", next, feed->reply->body->str);
  for (gint64 i = self->since + 1; self->has_begun && i <= next; i++)
    g_array_append_val (self->sequences, i);
  self->since = next;
  JsonArray *sets = json_object_get_array_member (feed->json, "sets");
  for (guint i = 0; i < json_array_get_length (sets); i++)
    hear (self, json_array_get_object_element (sets, i));
}

/* @uris: (element-type utf8) */
static void
compare (Replay *self, GHashTable *uris)
{
  GHashTableIter iter;
  gpointer       uri;

  g_hash_table_iter_init (&iter, uris);
  while (g_hash_table_iter_next (&iter, &uri, NULL))
    assert_same (self, uri);
}

static void
catch_up (Replay *self)
{
  listen (self);
  compare (self, self->touched);
  g_hash_table_remove_all (self->touched);
}

/* From 0 on, with what a store begins with. */
static void
begin (Replay *self)
{
  catch_up (self);
  g_assert_cmpuint (g_hash_table_size (self->all), ==, 4);
  self->has_begun = TRUE;
}

/* Operations ---------------------------------------------------------------------------------- */

static gboolean
is_usable (Replay *self, const Attribute *attribute)
{
  return !attribute->once || !self->returns;
}

/* POST and PUT. (transfer full) */
static char *
make_body (Replay *self, const Type *type)
{
  GString *body = g_string_new ("{");
  g_autoptr (GHashTable) named = g_hash_table_new (g_str_hash, g_str_equal);
  guint one_of = 2 + pick (self, 6);

  for (guint i = 0; i < type->n_attributes; i++)
    {
      const Attribute *attribute = &type->attributes[i];
      g_autofree char *value = NULL;
      if (attribute->only_patch || !is_usable (self, attribute) || (i > 0 && pick (self, one_of))
          || g_str_has_suffix (attribute->path, "pin") || strcmp (attribute->path, "password") == 0
          || !g_hash_table_add (named, (gpointer) attribute->path))
        continue;
      value = any_value (self, attribute);
      if (value == NULL)
        continue;
      g_string_append_printf (
          body, "%s\"%s\":%s", body->len > 1 ? "," : "", attribute->path, value);
    }
  g_string_append_c (body, '}');
  return g_string_free (body, FALSE);
}

static void
append_operation (Replay *self, GString *out, const Type *type)
{
  static const char *const ops[] = { "add", "add", "replace", "replace", "remove" };
  const Attribute         *attribute = &type->attributes[pick (self, type->n_attributes)];
  g_autofree char         *path = fill (self, attribute->path);
  g_autofree char         *value = any_value (self, attribute);
  const char              *op = ops[pick (self, G_N_ELEMENTS (ops))];

  if (!is_usable (self, attribute))
    return;
  if (value == NULL)
    op = "remove";
  g_string_append_printf (out, "%s{\"op\":\"%s\"", out->len > 0 ? "," : "", op);
  /* A value with "remove" takes that out only. */
  if (strcmp (op, "remove") == 0 && (value == NULL || pick (self, 2)))
    g_string_append_printf (out, ",\"path\":\"%s\"}", path);
  else if (strcmp (op, "remove") != 0 && pick (self, 6) == 0)
    g_string_append_printf (out, ",\"value\":{\"%s\":%s}}", path, value);
  else
    g_string_append_printf (out, ",\"path\":\"%s\",\"value\":%s}", path, value);
}

/* (transfer full) */
static char *
make_patch (Replay *self, const Type *type)
{
  g_autoptr (GString) operations = g_string_new (NULL);

  for (guint n = 1 + (pick (self, 4) ? pick (self, 2) : pick (self, 6));
       n > 0 || operations->len == 0;
       n -= n > 0 ? 1 : 0)
    append_operation (self, operations, type);
  return g_strdup_printf ("{\"schemas\":[\"" MESSAGES "PatchOp\"],\"Operations\":[%s]}",
                          operations->str);
}

static void
do_create (Replay *self)
{
  /* Two of each first. */
  const Type      *type = &types[self->done < 2 * GUEST ? self->done % GUEST : pick (self, GUEST)];
  g_autofree char *path = g_strconcat ("/scim/v2", type->endpoint, NULL);
  g_autofree char *body = make_body (self, type);
  g_autoptr (Answer) answer = send (self, "POST", path, body);
}

/* A user with its mailbox, after the pattern of others. */
static void
do_account (Replay *self)
{
  static const char *const patterns[] = { "'%t'", "'%t'", "null" };
  g_autofree char         *user = make_body (self, &types[0]);
  g_autofree char         *mailbox = make_body (self, &types[1]);
  g_autofree char         *first = fill (self, pick (self, 2) ? "'%u'" : patterns[pick (self, 3)]);
  g_autofree char         *second = fill (self, pick (self, 2) ? "'%b'" : patterns[pick (self, 3)]);
  g_autofree char         *body
      = g_strdup_printf ("{\"user\":%s,\"mailbox\":%s,\"userTemplate\":%s,\"mailboxTemplate\":%s,"
                         "\"generatePassword\":%s}",
                         user,
                         pick (self, 4) ? mailbox : "null",
                         first,
                         second,
                         pick (self, 2) ? "true" : "false");
  g_autoptr (Answer) answer = send (self, "POST", "/api/v1/accounts", body);
}

/* (transfer full): of an object, that may be no more */
static char *
any_path (Replay *self, const char *prefix, const Type *type)
{
  return type == &types[GUEST]
             ? g_strconcat (prefix, type->endpoint, NULL)
             : g_strconcat (prefix, type->endpoint, "/", any_id (self, type->letter), NULL);
}

static void
do_patch (Replay *self)
{
  const Type      *type = &types[pick (self, 3) ? pick (self, G_N_ELEMENTS (types)) : 4];
  g_autofree char *path = any_path (self, "/scim/v2", type);
  gboolean         keeps = strchr ("bgl", type->letter) != NULL && pick (self, 3) == 0;
  g_autofree char *asked = g_strconcat (path, keeps ? "?keepAddress=true" : "", NULL);
  g_autofree char *body = make_patch (self, type);
  g_autoptr (Answer) answer = send (self, "PATCH", asked, body);
}

static void
do_put (Replay *self)
{
  const Type      *type = &types[pick (self, G_N_ELEMENTS (types))];
  g_autofree char *path = any_path (self, "/scim/v2", type);
  g_autofree char *body = make_body (self, type);
  g_autoptr (Answer) answer = send (self, "PUT", path, body);
}

static void
do_delete (Replay *self)
{
  static const char *const wishes[]
      = { "", "?mailboxes=keep", "?content=delete", "?content=parent" };
  const Type      *type = &types[pick (self, GUEST)];
  g_autofree char *path = any_path (self, "/scim/v2", type);
  g_autofree char *asked = g_strconcat (path,
                                        wishes[type->letter == 'u'   ? pick (self, 2)
                                               : type->letter == 'g' ? 2 + pick (self, 2)
                                                                     : 0],
                                        NULL);
  g_autoptr (Answer) answer = send (self, "DELETE", asked, NULL);
}

/* Of several objects, which may refer to each other. */
static void
do_action (Replay *self)
{
  static const char *const bodies[] = {
    "{'verb':'delete','ids':['%u','%r','%l'],'mailboxes':'keep'}",
    "{'verb':'delete','ids':['%u','%l']}",
    "{'verb':'delete','ids':['%g','%u','%b'],'content':'parent'}",
    "{'verb':'delete','ids':['%g','%r'],'content':'delete'}",
    "{'verb':'move','ids':['%b','%g'],'to':'%g'}",
    "{'verb':'move','ids':['%u','%b'],'to':null}",
    "{'verb':'setOwner','ids':['%b','%b'],'to':'%u'}",
    "{'verb':'addEntries','ids':['%u','%b','%g'],'to':'%l'}",
    "{'verb':'removeEntries','ids':['%u','%u','%l'],'to':'%l'}",
    "{'verb':'rename','ids':['%b'],'name':'box%n%n','keepAddress':true}",
    "{'verb':'rename','ids':['%l'],'name':'list%n','address':'la%n@%D','keepAddress':true}",
    "{'verb':'rename','ids':['%g'],'name':'group%n','address':'grp%n@%D','keepAddress':true}",
    "{'verb':'rename','ids':['%b'],'domain':'%D','keepAddress':true}",
    "{'verb':'rename','ids':['%u'],'name':'user%n%n','keepAddress':true}",
    "{'verb':'delete','ids':['%r','%d','%t']}",
    "{'verb':'disable','ids':['%u','%b']}",
    "{'verb':'enable','ids':['%u','%b']}",
  };
  g_autofree char *body = fill (self, bodies[pick (self, G_N_ELEMENTS (bodies))]);
  g_autoptr (Answer) answer = send (self, "POST", "/api/v1/actions", body);
}

static const Type *
any_bulk_type (Replay *self, const char *method)
{
  /* What is made refers to each other in lists, rooms and users. */
  static const guint tied[] = { 0, 0, 3, 4, 4 };

  return strcmp (method, "POST") == 0 && pick (self, 2)
             ? &types[tied[pick (self, G_N_ELEMENTS (tied))]]
             : &types[pick (self, GUEST)];
}

static void
append_bulk (Replay *self, GString *out, guint index, const char *method, const Type *type)
{
  g_autofree char *path = any_path (self, "", type);
  gboolean         made = strcmp (method, "POST") == 0;
  gboolean         gone = strcmp (method, "DELETE") == 0;
  g_autofree char *data
      = strcmp (method, "PATCH") == 0 ? make_patch (self, type) : make_body (self, type);

  g_string_append_printf (out,
                          "%s{\"method\":\"%s\",\"path\":\"%s\",\"bulkId\":\"b%u\"",
                          out->len > 0 ? "," : "",
                          method,
                          made ? type->endpoint : path,
                          index);
  if (!gone)
    g_string_append_printf (out, ",\"data\":%s", data);
  g_string_append_c (out, '}');
}

/* All or nothing, and one change set; or each for itself. */
static void
do_bulk (Replay *self)
{
  static const char *const methods[] = { "POST", "POST", "PATCH", "PATCH", "PUT", "DELETE" };
  g_autoptr (GString) operations = g_string_new (NULL);
  guint       n = 2 + pick (self, 3);
  const char *chosen[G_N_ELEMENTS (self->bulk)];
  const Type *of[G_N_ELEMENTS (self->bulk)];

  for (guint i = 0; i < n; i++)
    {
      chosen[i] = methods[pick (self, G_N_ELEMENTS (methods))];
      of[i] = any_bulk_type (self, chosen[i]);
    }
  for (guint i = 0; i < n; i++)
    self->bulk[i] = strcmp (chosen[i], "POST") == 0 ? of[i]->letter : 0;
  for (guint i = 0; i < n; i++)
    append_bulk (self, operations, i, chosen[i], of[i]);
  memset (self->bulk, 0, sizeof self->bulk);
  g_autofree char *body = g_strdup_printf ("{\"schemas\":[\"" MESSAGES "BulkRequest\"],"
                                           "\"" MESSAGES_OWN "BulkOptions\":{\"atomic\":%s},"
                                           "\"Operations\":[%s]}",
                                           pick (self, 3) ? "true" : "false",
                                           operations->str);
  g_autoptr (Answer) answer = send (self, "POST", "/scim/v2/Bulk", body);
}

static void
do_restore (Replay *self)
{
  static const char *const bodies[] = {
    "{'ids':['%u']}",
    "{'ids':['%l','%u','%r']}",
    "{'ids':['%b','%g','%l']}",
    "{'ids':['%r','%r']}",
    "{'ids':['%x']}",
    "{'ids':['%x']}",
    "{'ids':['%x','%x','%x']}",
    "{'ids':['%x'],'alone':true}",
    "{'ids':['%d']}",
    "{'ids':['%t','%g']}",
    "{'ids':['%u'],'alone':true}",
    "{'ids':['%b','%b','%d']}",
    "{'ids':['%b'],'as':{'name':'b%m'}}",
    "{'ids':['%u'],'as':{'userName':'u%m'}}",
  };
  g_autofree char *body = fill (self, bodies[pick (self, G_N_ELEMENTS (bodies))]);
  g_autoptr (Answer) answer = send (self, "POST", "/api/v1/bin/restore", body);
}

/* An undo may have brought the schema file back, or taken it away: the copy must have the same. */
static void
follow_schema (Replay *self)
{
  g_autoptr (Answer) there = ask (self->source, "GET", "/api/v1/schemas/aside", NULL, NULL);

  if ((there->status == 200) == self->has_aside)
    return;
  self->has_aside = !self->has_aside;
  if (self->has_aside)
    {
      add_schema_file (self->copy, "aside", "feed-replay-aside.json");
      return;
    }
  catch_up (self);
  g_autoptr (Answer) gone
             = ask (self->copy, "DELETE", "/api/v1/schemas/aside?dropValues=true", NULL, NULL);
  assert_status (gone, 200);
}

static void
do_return (Replay *self)
{
  const Type *type = &types[pick (self, GUEST)];

  if (!self->returns || self->sequences->len == 0)
    return;
  gint64 sequence = g_array_index (self->sequences, gint64, pick (self, self->sequences->len));
  g_autofree char *undo = g_strdup_printf ("/api/v1/changes/%" G_GINT64_FORMAT "/undo", sequence);
  g_autofree char *back
      = g_strconcat ("/api/v1/history/", any_id (self, type->letter), "/return", NULL);
  g_autofree char *body = g_strdup_printf ("{\"sequence\":%" G_GINT64_FORMAT "}", sequence);
  gboolean         undoes = pick (self, 2);
  g_autoptr (Answer) answer = send (self, "POST", undoes ? undo : back, undoes ? "{}" : body);
  follow_schema (self);
}

static void
do_purge (Replay *self)
{
  g_autofree char *path = g_strconcat ("/api/v1/bin/", any_id (self, 'x'), NULL);
  g_autoptr (Answer) answer = send (self, "DELETE", path, NULL);
}

static void
wait_for_import (Replay *self, const char *path)
{
  gint64 deadline = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;

  for (;;)
    {
      g_autoptr (Answer) answer = ask (self->source, "GET", path, NULL, NULL);
      assert_status (answer, 200);
      if (strcmp (get_text (answer, "state"), "running") != 0)
        return;
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_usleep (5000);
    }
}

/* All of an import, or all of such an undo. */
static void
do_undo_import (Replay *self)
{
  if (!self->returns || self->import == NULL)
    return;
  g_autofree char *path = g_strconcat (self->import, "/undo", NULL);
  g_autoptr (Answer) answer = send (self, "POST", path, "{}");
}

/* A few rows of a file, which is one change set or several. */
static void
do_import (Replay *self)
{
  static const struct
  {
    const char *columns, *row;
  } files[] = {
    { "'userName','displayName','group','aliases','department','" BADGE ":number'",
      "user%n%n,D%n,group%n/g%n,al%n%n; al%n,Dep%n,%n%n\r\n" },
    { "'userName','mailbox','primary','forwardTo','externalId'",
      "user%n%n,box%n%n,yes,f%n@x.org; F%n@y.org,E%n\r\n" },
    { "'list','address','members','externalMembers','description'",
      "list%n,list%n@%D,box%n%n@harbour.example; user%n%n@harbour.example,x%n@x.org,D%n\r\n" },
    { "'userName','displayName','" PERKS ":seat','" PERKS ":keys'",
      "u%m,D%n,\"{\"\"marks\"\":[\"\"a%n\"\"]}\",\"{\"\"value\"\":\"\"k%n\"\"}\"\r\n" },
  };
  static const char *const existing[] = { "skip", "update", "update", "stop" };
  guint                    which = pick (self, G_N_ELEMENTS (files));
  g_autoptr (GString) csv = g_string_new (NULL);

  for (guint n = 1 + pick (self, 3); n > 0; n--)
    {
      g_autofree char *row = fill_plain (self, files[which].row);
      g_string_append (csv, row);
    }
  g_test_message ("%s", csv->str);
  g_autoptr (Answer) uploaded = ask (
      self->source, "POST", "/api/v1/imports?name=x.csv", csv->str, "Content-Type: text/csv\r\n");
  assert_status (uploaded, 201);
  g_free (self->import);
  self->import = g_strconcat ("/api/v1/imports/", get_text (uploaded, "id"), NULL);
  g_autofree char *options = g_strdup_printf (
      "{'format':{'encoding':'UTF-8','delimiter':',','quote':'\\'','header':false},'mapping':[%s],"
      "'createUsers':true,'createGroups':%s,'onExisting':'%s'}",
      files[which].columns,
      pick (self, 4) ? "true" : "false",
      existing[pick (self, G_N_ELEMENTS (existing))]);
  g_autofree char *body = from_single_quotes (options);
  g_autofree char *path = g_strconcat (self->import, "/run", NULL);
  g_autoptr (Answer) running = send (self, "POST", path, body);
  if (running->status == 202)
    wait_for_import (self, self->import);
  if (pick (self, 3) == 0)
    do_undo_import (self);
}

/* No object changes. */
static void
do_setting (Replay *self)
{
  g_autofree char *body = fill (self, "{'bin-retention-days':9%n}");
  g_autoptr (Answer) setting = send (self, "PATCH", "/api/v1/settings", body);
  g_autoptr (Answer) taken = send (self, "GET", "/api/v1/export?type=User", NULL);
}

/* The schema that comes and goes does so on both, for both must have the same. */
static void
do_schema (Replay *self)
{
  static const char *const path = "/api/v1/schemas/aside?dropValues=true";

  catch_up (self);
  self->has_aside = !self->has_aside;
  if (self->has_aside)
    {
      add_schema_file (self->source, "aside", "feed-replay-aside.json");
      add_schema_file (self->copy, "aside", "feed-replay-aside.json");
      return;
    }
  g_autoptr (Answer) source = send (self, "DELETE", path, NULL);
  assert_status (source, 200);
  g_autoptr (Answer) copy = ask (self->copy, "DELETE", path, NULL, NULL);
  assert_status (copy, 200);
}

static void
do_seldom (Replay *self)
{
  static void (*const choices[]) (Replay *)
      = { do_purge, do_import, do_import, do_setting, do_schema };

  choices[pick (self, G_N_ELEMENTS (choices))](self);
}

/* Whatever it comes to: many are refused, and that is fine. */
static void
do_something (Replay *self)
{
  static void (*const choices[]) (Replay *)
      = { do_create,  do_create,      do_create, do_patch,  do_patch,  do_patch,  do_patch,
          do_patch,   do_patch,       do_put,    do_put,    do_delete, do_delete, do_action,
          do_restore, do_return,      do_bulk,   do_bulk,   do_bulk,   do_action, do_restore,
          do_return,  do_undo_import, do_seldom, do_account };

  choices[self->done < 2 * GUEST ? 0 : pick (self, G_N_ELEMENTS (choices))](self);
  self->done++;
}

/* A reader comes at once, or when much has happened; for a while it is the one and then the other.
 */
static gboolean
is_time_to_listen (Replay *self, guint i)
{
  return i / 50 % 2 == 0 || pick (self, 6) == 0;
}

static void
run (guint32 seed, gboolean returns)
{
  Replay self;

  /* Said aloud, for the log of a run elsewhere may be all that is left of it. */
  g_printerr ("MS_TEST_SEED=%u repeats %s\n", seed, g_test_get_path ());
  replay_init (&self, seed, returns);
  begin (&self);
  for (guint i = 0; i < N_OPERATIONS; i++)
    {
      do_something (&self);
      if (is_time_to_listen (&self, i))
        catch_up (&self);
    }
  catch_up (&self);
  compare (&self, self.all);
  g_assert_cmpuint (self.requests, >, N_OPERATIONS / 4);
  replay_clear (&self);
}

static void
test_random (gconstpointer data)
{
  run (GPOINTER_TO_UINT (data), FALSE);
}

static void
test_returns (gconstpointer data)
{
  run (GPOINTER_TO_UINT (data), TRUE);
}

/* One by one ---------------------------------------------------------------------------------- */

#define OPS(operations) "{'schemas':['" MESSAGES "PatchOp'],'Operations':[" operations "]}"
#define REMOVE(path) "{'op':'remove','path':'" path "'}"
#define ADD(path, value) "{'op':'add','path':'" path "','value':" value "}"
#define REPLACE(path, value) "{'op':'replace','path':'" path "','value':" value "}"
#define STEP(path, operations) "{'method':'PATCH','path':'" path "','data':" OPS (operations) "}"
#define ATOMIC(operations)                                                                         \
  "{'schemas':['" MESSAGES "BulkRequest'],'" MESSAGES_OWN "BulkOptions':{'atomic':true},"          \
  "'Operations':[" operations "]}"

/* clang-format off: it parts strings wherever a line is long */
/* @path: of /scim/v2, or from /api on. $0, $1, …: the ids of what was made, in that order */
static const struct
{
  const char *method;
  const char *path;
  const char *body;
} cases[] = {
  { "POST", "/Users", "{'userName':'one'}" },
  { "POST", "/Mailboxes", "{'name':'n9','owner':{'value':'$0'},'primary':true}" },
  { "POST",
    "/Rooms",
    "{'name':'room','geo':{'lat':1,'lon':2,'alt':3},"
    "'" EXTRA "':{'need':'x','place':{'street':'S','floor':1},'marks':['m','n'],"
    "'bits':[{'value':'b'}]},"
    "'" LINKED "':{'need':'x','box':{'a':'a','b':'b'},'text':'t','pals':[{'value':'$0'}]}}" },
  /* What follows from the name. */
  { "PATCH", "/Mailboxes/$1", OPS (REPLACE ("name", "'n10'")) },
  { "PATCH", "/Mailboxes/$1?keepAddress=true", OPS (REPLACE ("name", "'n11'")) },
  /* What is required goes with what requires it. */
  { "PATCH", "/Rooms/$2", OPS (REMOVE ("geo")) },
  { "PATCH", "/Rooms/$2", OPS (REMOVE (EXTRA)) },
  { "PUT",
    "/Rooms/$2",
    "{'name':'room','geo':{'lat':1,'lon':2},'" LINKED "':{'need':'x','box':{'a':'c'}}}" },
  { "PUT", "/Rooms/$2", "{'name':'room','geo':{'lat':1,'lon':2},'" LINKED "':{'pals':[]}}" },
  { "PATCH",
    "/Rooms/$2",
    OPS (REPLACE (EXTRA, "{'need':'y','place':{'street':'T'},'marks':['o']}") "," REMOVE ("geo")) },
  { "PATCH", "/Rooms/$2", OPS (REMOVE (EXTRA ":place.floor") "," REMOVE (EXTRA)) },
  /* What it had not, it does not get by default. */
  { "PATCH", "/Rooms/$2", OPS (REMOVE ("level") "," REMOVE ("on") "," REMOVE ("tags")) },
  { "DELETE", "/Rooms/$2", NULL },
  { "POST", "/api/v1/bin/restore", "{'ids':['$2']}" },
  /* One makes another one something else. */
  { "POST", "/Domains", "{'name':'two.example'}" },
  { "PATCH", "/Domains/$3", OPS (REPLACE ("kind", "'primary'")) },
  /* Those who refer to it, and to themselves. */
  { "POST", "/Users", "{'userName':'two'}" },
  { "PATCH",
    "/Users/$4",
    OPS (REPLACE (MS_URN_ENTERPRISE ":manager",
                  "{'value':'$4'}") "," REPLACE (MS_URN_ENTERPRISE ":department", "'D'")) },
  { "PATCH",
    "/Users/$0",
    OPS (REPLACE (MS_URN_ENTERPRISE ":manager",
                  "{'value':'$4'}") "," REPLACE (BADGE, "{'number':'7','doors':['a']}")) },
  { "POST", "/api/v1/actions", "{'verb':'delete','ids':['$0','$4']}" },
  { "POST", "/api/v1/bin/restore", "{'ids':['$4','$0']}" },
  { "DELETE", "/Users/$4?mailboxes=keep", NULL },
  { "DELETE", "/Users/$0?mailboxes=keep", NULL },
  { "POST", "/Users", "{'userName':'three'}" },
  /* A name that one gives up and another one takes, and two that refer to each other. */
  { "POST",
    "/Bulk",
    ATOMIC ("{'method':'POST','path':'/Users','bulkId':'u','data':{'userName':'four'}}," STEP (
        "/Users/$5", REPLACE ("userName", "'five'")) "," STEP ("/Users/bulkId:u",
                                                               REPLACE ("userName", "'three'"))) },
  { "POST",
    "/Bulk",
    ATOMIC ("{'method':'POST','path':'/Groups','bulkId':'a','data':{'displayName':'a',"
            "'members':[{'value':'bulkId:b'},{'value':'$5'}]}},"
            "{'method':'POST','path':'/Groups','bulkId':'b','data':{'displayName':'b',"
            "'members':[{'value':'bulkId:a'}]}}") },
  /* A tree goes from the leaves, and comes back from the root. */
  { "POST", "/MailGroups", "{'name':'up'}" },
  { "POST", "/MailGroups", "{'name':'down','parent':{'value':'$6'}}" },
  { "POST", "/Mailboxes", "{'name':'leaf','group':{'value':'$7'}}" },
  { "DELETE", "/MailGroups/$7?content=parent", NULL },
  { "POST", "/api/v1/bin/restore", "{'ids':['$7']}" },
  { "PATCH", "/Mailboxes/$8", OPS (REPLACE ("group", "{'value':'$7'}")) },
  { "DELETE", "/MailGroups/$6?content=delete", NULL },
  { "POST", "/api/v1/bin/restore", "{'ids':['$8','$7','$6']}" },
  /* Names and numbers that go round. */
  { "POST", "/Users", "{'userName':'nine','" BADGE "':{'number':'9'}}" },
  { "PATCH", "/Users/$5", OPS (REPLACE (BADGE, "{'number':'8'}")) },
  { "POST",
    "/Bulk",
    ATOMIC (
        STEP ("/Users/$5", REPLACE ("userName", "'x'")) "," STEP ("/Users/$5", REPLACE (BADGE ":number", "'x'")) "," STEP (
            "/Users/$9",
            REPLACE (
                "userName",
                "'five'")) "," STEP ("/Users/$9",
                                     REPLACE (
                                         BADGE ":number",
                                         "'8'")) "," STEP ("/Users/$5",
                                                           REPLACE (
                                                               "userName",
                                                               "'nine'")) "," STEP ("/Users/$5",
                                                                                    REPLACE (
                                                                                        BADGE
                                                                                        ":number",
                                                                                        "'9'"))) },
  { "POST",
    "/Bulk",
    ATOMIC (STEP ("/Mailboxes/$1", REPLACE ("name", "'x'")) "," STEP (
        "/Mailboxes/$8", REPLACE ("name", "'n11'")) "," STEP ("/Mailboxes/$1",
                                                              REPLACE ("name", "'leaf'"))) },
  /* One that refers to itself and to others. */
  { "PATCH",
    "/Rooms/$2",
    OPS (REPLACE (
        EXTRA,
        "{'need':'z','place':{'street':'T'},'marks':['o'],'mate':{'value':'$2'}}") "," REPLACE ("ne"
                                                                                                "ed"
                                                                                                "s",
                                                                                                "[{"
                                                                                                "'v"
                                                                                                "al"
                                                                                                "ue"
                                                                                                "':"
                                                                                                "'$"
                                                                                                "2'"
                                                                                                "},"
                                                                                                "{'"
                                                                                                "va"
                                                                                                "lu"
                                                                                                "e'"
                                                                                                ":'"
                                                                                                "$9"
                                                                                                "'}"
                                                                                                "]")) },
  { "DELETE", "/Rooms/$2", NULL },
  { "POST", "/api/v1/bin/restore", "{'ids':['$2']}" },
  /* One that others have among several, and that is changed before it goes. */
  { "POST",
    "/Bulk",
    ATOMIC (
        STEP ("/Users/$9", REPLACE ("title", "'T'")) ",{'method':'DELETE','path':'/Users/$9'}") },
  /* An extension that was taken off before it could get back what went. */
  { "POST", "/Users", "{'userName':'ten'}" },
  { "POST",
    "/Rooms",
    "{'name':'linked','" LINKED "':{'need':'x','box':{'a':'c'},'pals':[{'value':'$:'}]}}" },
  { "DELETE", "/Users/$:", NULL },
  { "PATCH", "/Rooms/$;", OPS (REMOVE (LINKED)) },
  { "DELETE", "/Rooms/$;", NULL },
  { "POST", "/api/v1/bin/restore", "{'ids':['$:','$;']}" },
  /* A part of several values gets more. */
  { "PATCH", "/Rooms/$;", OPS (REPLACE ("paths", "{'steps':['a','b'],'text':'t'}")) },
  { "PATCH", "/Rooms/$;", OPS (REPLACE ("paths.steps", "['a','b','c']")) },
  { "PATCH", "/Rooms/$;", OPS (ADD ("paths.steps", "['d']")) },
  /* A template outlives its domain. */
  { "POST", "/Domains", "{'name':'gone.example'}" },
  { "POST", "/Templates", "{'name':'t','domain':'gone.example','forwardTo':['f@x.org']}" },
  { "DELETE", "/Domains/$<", NULL },
  { "PATCH", "/Templates/$=", OPS (REMOVE ("forwardTo")) },
};
/* clang-format on */

/* (transfer full) */
static char *
put_ids (GPtrArray *ids, const char *text)
{
  GString *out = g_string_new (text != NULL ? text : "");

  for (guint i = 0; i < ids->len; i++)
    {
      char name[] = { '$', (char) ('0' + i), '\0' };
      g_string_replace (out, name, g_ptr_array_index (ids, i), 0);
    }
  g_autofree char *text_with = g_string_free (out, FALSE);
  return from_single_quotes (text_with);
}

static void
test_cases (void)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  Replay self;

  replay_init (&self, 1, FALSE);
  begin (&self);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char      *prefix = g_str_has_prefix (cases[i].path, "/api") ? "" : "/scim/v2";
      g_autofree char *filled = put_ids (ids, cases[i].path);
      g_autofree char *path = g_strconcat (prefix, filled, NULL);
      g_autofree char *body = put_ids (ids, cases[i].body);
      g_autoptr (Answer) answer
                 = send (&self, cases[i].method, path, cases[i].body != NULL ? body : NULL);
      g_assert_cmpuint (answer->status, <, 300);
      if (answer->status == 201)
        g_ptr_array_add (ids, g_strdup (get_text (answer, "id")));
      if (strcmp (cases[i].path, "/Bulk") == 0)
        assert_status (answer, 200);
      listen (&self);
      compare (&self, self.touched);
    }
  replay_clear (&self);
}

/* A case is called the same each time, for who lists the cases draws another seed. */
static void
add_run (const char *name, guint i, guint32 seed, GTestDataFunc func)
{
  g_autofree char *path = g_strdup_printf ("/feed/replay/%s/%u", name, i + 1);

  g_test_add_data_func (path, GUINT_TO_POINTER (seed), func);
}

int
main (int argc, char **argv)
{
  const char *given = g_getenv ("MS_TEST_SEED");
  guint32     seeds[N_SEEDS] = { 1, 2, g_random_int () };

  g_test_init (&argc, &argv, NULL);
  if (given != NULL)
    seeds[0] = (guint32) g_ascii_strtoull (given, NULL, 10);
  g_test_add_func ("/feed/replay/cases", test_cases);
  for (guint i = 0; i < (given != NULL ? 1 : N_SEEDS); i++)
    {
      add_run ("random", i, seeds[i], test_random);
      add_run ("returns", i, seeds[i], test_returns);
    }
  return g_test_run ();
}
