/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Undo as a property: whatever was done, by whichever verbs, is undone newest first, or in any
 * order that is allowed, and then the digest of the whole store is what it was. The last seed is
 * another one each time; MS_TEST_SEED repeats a run by its own.
 */
#include "service-fixture.h"

#include <string.h>

#include "ms-schemas.h"
#include "ms-txn.h"

#define N_OPERATIONS 80
#define N_SEEDS 3
/* Change sets that there must be. */
#define ENOUGH (N_OPERATIONS / 4)
#define EXTRA "urn:example:test:Extra"

typedef struct
{
  Fixture   *f;
  GRand     *rand;
  GPtrArray *users, *boxes, *groups, *lists, *domains, *templates;
  GArray    *sequences;
  gboolean   returns; /* some of the operations are undos, or get things back otherwise */
  guint      made;
  guint      attributes; /* of the schema file, which no undo takes back; 0 = there is none */
  char      *restored;   /* (nullable): request of the last restore, to be undone and done again */
  char      *outcome;    /* (nullable): digest of the store after it, where it is undone */
} Random;

static GPtrArray *
new_ids (void)
{
  return g_ptr_array_new_with_free_func (g_free);
}

static void
random_init (Random *self, Fixture *f, guint32 seed, gboolean returns)
{
  *self = (Random){ .f = f,
                    .rand = g_rand_new_with_seed (seed),
                    .users = new_ids (),
                    .boxes = new_ids (),
                    .groups = new_ids (),
                    .lists = new_ids (),
                    .domains = new_ids (),
                    .templates = new_ids (),
                    .sequences = g_array_new (FALSE, FALSE, sizeof (gint64)),
                    .returns = returns };
}

static void
random_clear (Random *self)
{
  g_rand_free (self->rand);
  g_ptr_array_unref (self->users);
  g_ptr_array_unref (self->boxes);
  g_ptr_array_unref (self->groups);
  g_ptr_array_unref (self->lists);
  g_ptr_array_unref (self->domains);
  g_ptr_array_unref (self->templates);
  g_array_unref (self->sequences);
  g_free (self->restored);
  g_free (self->outcome);
}

static guint
pick_number (Random *self, guint n)
{
  return (guint) g_rand_int_range (self->rand, 0, (gint32) n);
}

static const char *
any (Random *self, GPtrArray *ids)
{
  return ids->len > 0 ? g_ptr_array_index (ids, pick_number (self, ids->len)) : "none";
}

/* One of any type that can be an entry of a list. */
static const char *
any_entry (Random *self)
{
  GPtrArray *all[] = { self->users, self->boxes, self->groups, self->lists };

  return any (self, all[pick_number (self, G_N_ELEMENTS (all))]);
}

/* Operations -------------------------------------------------------------------------------- */

typedef struct
{
  MsVerb      verb;
  const char *type;
  const char *id;
  char       *body;
  GPtrArray  *into;
  gint64      sequence;
  gboolean    keep_address;
} Step;

static char *
patch (const char *op, const char *path, const char *value)
{
  return json ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"
               "'Operations':[{'op':'%s','path':'%s','value':%s}]}",
               op,
               path,
               value);
}

static void
choose_create (Random *self, Step *step, guint n)
{
  static const char *const types[]
      = { "User", "User", "Mailbox", "Mailbox", "MailGroup", "Group", "Template", "Domain" };
  GPtrArray *into[] = { self->users,  self->users, self->boxes,     self->boxes,
                        self->groups, self->lists, self->templates, self->domains };
  /* One of each first, so that there is something to do things to. */
  guint kind = n < G_N_ELEMENTS (types) ? n : pick_number (self, G_N_ELEMENTS (types));
  char *bodies[] = {
    json ("{'userName':'user%u','title':'t%u'}", n, n),
    json ("{'userName':'user%u','emails':[{'value':'e%u@x.org'},{'value':'f@x.org'}],%s}",
          n,
          n,
          n % 2 ? "'password':'Correct-horse-1'"
                : "'" MS_URN_EXT_USER ":passwordHash':'{SSHA}yI6cZwQadOA1e+/f+T+H3eCQQhRzYWx0'"),
    json ("{'name':'box%u','owner':{'value':'%s'},'primary':%s}",
          n,
          any (self, self->users),
          n % 2 ? "true" : "false"),
    json ("{'name':'box%u','aliases':['a%u','c'],'group':{'value':'%s'}}",
          n,
          n,
          any (self, self->groups)),
    n % 2 || self->groups->len == 0
        ? json ("{'name':'group%u'}", n)
        : json ("{'name':'group%u','parent':{'value':'%s'},'address':'g%u'}",
                n,
                any (self, self->groups),
                n),
    json ("{'displayName':'list%u','members':[{'value':'%s'},{'value':'%s'}],'" MS_URN_EXT_GROUP
          "':{'address':'list%u','externalMembers':['o@other.org']}}",
          n,
          any_entry (self),
          any_entry (self),
          n),
    json (
        "{'name':'template%u','quota':%u,'group':{'value':'%s'}}", n, n, any (self, self->groups)),
    json ("{'name':'d%u.example','kind':'%s'}", n, n % 4 ? "equal" : "primary"),
  };

  step->verb = MS_VERB_CREATE;
  step->type = types[kind];
  step->into = into[kind];
  step->body = g_steal_pointer (&bodies[kind]);
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    g_free (bodies[i]);
}

static void
choose_patch (Random *self, Step *step, guint n)
{
  static const struct
  {
    const char *type;
    const char *op;
    const char *path;
    const char *value; /* %u is a number, ID an id */
  } edits[] = {
    { "User", "replace", "title", "'v%u'" },
    { "User", "replace", "name.givenName", "'v%u'" },
    { "User", "replace", "userName", "'renamed%u'" },
    { "User", "add", "emails", "[{'value':'e%u@x.org','type':'work'}]" },
    { "User", "replace", "active", "false" },
    { "User", "replace", EXTRA ":x0", "%u" },
    { "User", "replace", EXTRA ":x2", "%u" },
    { "User", "replace", MS_URN_EXT_USER ":rights.imap", "true" },
    { "Mailbox", "replace", "aliases", "['a%u','b','c']" },
    { "Mailbox", "replace", "name", "'moved%u'" },
    { "Mailbox", "replace", "primary", "true" },
    { "Mailbox", "replace", "forwardTo", "['f%u@x.org','g@x.org']" },
    { "Mailbox", "replace", "owner", "{'value':'USER'}" },
    { "MailGroup", "replace", "parent", "{'value':'GROUP'}" },
    { "MailGroup", "replace", "name", "'g%u'" },
    { "MailGroup", "replace", "quota", "%u" },
    { "Group", "add", "members", "[{'value':'ENTRY'},{'value':'USER'}]" },
    { "Group", "replace", "members", "[{'value':'ENTRY'}]" },
    { "Group", "replace", MS_URN_EXT_GROUP ":address", "'l%u'" },
    { "Group", "replace", MS_URN_EXT_GROUP ":externalMembers", "['p%u@o.org']" },
    { "Template", "replace", "group", "{'value':'GROUP'}" },
    { "Template", "replace", "aliasPatterns", "['{given}%u']" },
    { "Domain", "replace", "kind", "'primary'" },
    { "Domain", "replace", "description", "'d%u'" },
  };
  guint            kind = pick_number (self, G_N_ELEMENTS (edits));
  const char      *type = edits[kind].type;
  GString         *value = g_string_new (edits[kind].value);
  g_autofree char *number = g_strdup_printf ("%u", n);

  g_string_replace (value, "%u", number, 0);
  g_string_replace (value, "USER", any (self, self->users), 0);
  g_string_replace (value, "GROUP", any (self, self->groups), 0);
  g_string_replace (value, "ENTRY", any_entry (self), 0);
  step->verb = MS_VERB_PATCH;
  step->type = type;
  step->id = any (self,
                  strcmp (type, "User") == 0        ? self->users
                  : strcmp (type, "Mailbox") == 0   ? self->boxes
                  : strcmp (type, "MailGroup") == 0 ? self->groups
                  : strcmp (type, "Group") == 0     ? self->lists
                  : strcmp (type, "Domain") == 0    ? self->domains
                                                    : self->templates);
  step->body = patch (edits[kind].op, edits[kind].path, value->str);
  step->keep_address = n % 3 == 0
                       && (strstr (edits[kind].path, "name") != NULL
                           || strstr (edits[kind].path, "address") != NULL)
                       && strcmp (type, "User") != 0;
  g_string_free (value, TRUE);
}

static void
choose_action (Random *self, Step *step, guint n)
{
  step->verb = MS_VERB_ACTION;
  switch (pick_number (self, 6))
    {
    case 0:
    case 1:
      step->body = json ("{'verb':'move','ids':['%s','%s'],'to':'%s'}",
                         any (self, self->boxes),
                         any (self, self->groups),
                         any (self, self->groups));
      break;
    case 2:
      step->body = json ("{'verb':'%s','ids':['%s','%s'],'to':'%s'}",
                         n % 2 ? "addEntries" : "removeEntries",
                         any_entry (self),
                         any_entry (self),
                         any (self, self->lists));
      break;
    case 3:
      step->body = json ("{'verb':'setOwner','ids':['%s'],'to':'%s'}",
                         any (self, self->boxes),
                         any (self, self->users));
      break;
    case 4:
      step->body = json ("{'verb':'delete','ids':['%s','%s','%s'],'content':'delete'}",
                         any_entry (self),
                         any (self, self->users),
                         any (self, self->groups));
      break;
    default:
      step->body = json ("{'verb':'%s','ids':['%s','%s']}",
                         n % 2 ? "enable" : "disable",
                         any (self, self->users),
                         any (self, self->boxes));
    }
}

static void
choose_delete (Random *self, Step *step, guint n)
{
  static const char *const types[] = { "User", "MailGroup", "Mailbox", "Group", "Domain" };
  GPtrArray *ids[] = { self->users, self->groups, self->boxes, self->lists, self->domains };
  guint      kind = pick_number (self, G_N_ELEMENTS (types));

  step->verb = MS_VERB_DELETE;
  step->type = types[kind];
  step->id = any (self, ids[kind]);
  step->body = g_strdup (kind == 0   ? (n % 2 ? "{'mailboxes':'keep'}" : "{}")
                         : kind == 1 ? (n % 2 ? "{'content':'parent'}" : "{'content':'delete'}")
                                     : "{}");
}

static void
choose_account (Random *self, Step *step, guint n)
{
  step->verb = MS_VERB_ACCOUNT;
  step->body = json ("{'user':{'userName':'acc%u'},'mailbox':{'group':{'value':'%s'}}}",
                     n,
                     any (self, self->groups));
}

/* A PUT: what it leaves out goes. */
static void
choose_replace (Random *self, Step *step, guint n)
{
  static const char *const types[] = { "User", "Mailbox", "MailGroup", "Group" };
  GPtrArray               *ids[] = { self->users, self->boxes, self->groups, self->lists };
  char                    *bodies[] = {
                       json ("{'userName':'put%u','emails':[{'value':'p%u@x.org'}],'active':%s}",
          n,
          n,
          n % 2 ? "true" : "false"),
                       json (
        "{'name':'put%u','owner':{'value':'%s'},'aliases':['p%u']}", n, any (self, self->users), n),
                       json ("{'name':'put%u','parent':{'value':'%s'}}", n, any (self, self->groups)),
                       json ("{'displayName':'put%u','members':[{'value':'%s'}]}", n, any_entry (self)),
  };
  guint kind = pick_number (self, G_N_ELEMENTS (types));

  step->verb = MS_VERB_REPLACE;
  step->type = types[kind];
  step->id = any (self, ids[kind]);
  step->keep_address = kind == 1 && n % 3 == 0;
  step->body = g_steal_pointer (&bodies[kind]);
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    g_free (bodies[i]);
}

/* Several operations in one change set. */
static void
choose_bulk (Random *self, Step *step, guint n)
{
  g_autofree char *edit = patch ("replace", "title", "'bulk'");

  step->verb = MS_VERB_BULK;
  step->body = json (
      "{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],'" MS_URN_BULK_OPTIONS
      "':{'atomic':true},'Operations':["
      "{'method':'POST','path':'/Users','bulkId':'u','data':{'userName':'bulk%u'}},"
      "{'method':'POST','path':'/Groups','bulkId':'g','data':{'displayName':'bulk%u',"
      "'members':[{'value':'bulkId:u'},{'value':'%s'}]}},"
      "{'method':'PATCH','path':'/Users/%s','data':%s},"
      "{'method':'%s','path':'/Mailboxes/%s'%s}]}",
      n,
      n,
      any (self, self->users),
      any (self, self->users),
      edit,
      n % 2 ? "DELETE" : "PUT",
      any (self, self->boxes),
      n % 2 ? "" : ",'data':{'name':'of-bulk'}");
}

/* JSON of what @id has now; null where it is not there (any more). (transfer full) */
static char *
get_value (Random *self, const char *type, const char *id, const char *path)
{
  g_autoptr (JsonObject) object = is_there (self->f, type, id) ? show (self->f, type, id) : NULL;
  g_autofree char *text = object != NULL ? pick (object, path) : NULL;

  if (text == NULL)
    return g_strdup ("null");
  return g_str_has_suffix (path, ".value") ? json ("{'value':'%s'}", text) : json ("'%s'", text);
}

static void
add_edit (
    GString *bulk, const char *plural, const char *id, const char *attribute, const char *value)
{
  g_autofree char *data = patch ("replace", attribute, value);

  g_string_append_printf (bulk,
                          "%s{'method':'PATCH','path':'/%s/%s','data':%s}",
                          g_str_has_suffix (bulk->str, "[") ? "" : ",",
                          plural,
                          id,
                          data);
}

/* Two or three of a kind pass on what only one of them can have, in one change set. */
static void
choose_exchange (Random *self, Step *step, guint n)
{
  static const struct
  {
    const char *type;
    const char *plural;
    const char *attribute;
    const char *path;
    const char *temporary; /* %u is a number */
    const char *other;     /* attribute that changes too */
    const char *value;
  } kinds[] = {
    { "User", "Users", "userName", "userName", "'between%u'", "title", "'exchanged'" },
    { "Mailbox", "Mailboxes", "name", "name", "'between%u'", "quota", "%u" },
    { "Mailbox", "Mailboxes", "owner", "owner.value", "null", "primary", "true" },
    { "MailGroup", "MailGroups", "name", "name", "'between%u'", "quota", "%u" },
    { "MailGroup", "MailGroups", "parent", "parent.value", "null", "quota", "%u" },
    { "Group",
      "Groups",
      MS_URN_EXT_GROUP ":address",
      MS_URN_EXT_GROUP ":address",
      "'between%u'",
      "displayName",
      "'exchanged%u'" },
  };
  guint       kind = pick_number (self, G_N_ELEMENTS (kinds));
  const char *type = kinds[kind].type;
  GPtrArray  *ids = strcmp (type, "User") == 0        ? self->users
                    : strcmp (type, "Mailbox") == 0   ? self->boxes
                    : strcmp (type, "MailGroup") == 0 ? self->groups
                                                      : self->lists;
  GString    *bulk = g_string_new ("{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest"
                                   "'],'" MS_URN_BULK_OPTIONS "':{'atomic':true},'Operations':[");
  const guint others = 1 + n % 2;
  g_autofree char *number = g_strdup_printf ("%u", n);
  const char      *first = any (self, ids);
  g_autofree char *passed = get_value (self, type, first, kinds[kind].path);

  add_edit (bulk, kinds[kind].plural, first, kinds[kind].attribute, kinds[kind].temporary);
  for (guint i = 0; i < others; i++)
    {
      const char *id = any (self, ids);
      char       *own = get_value (self, type, id, kinds[kind].path);
      add_edit (bulk, kinds[kind].plural, id, kinds[kind].attribute, passed);
      g_free (passed);
      passed = own;
    }
  add_edit (bulk, kinds[kind].plural, first, kinds[kind].attribute, passed);
  add_edit (bulk, kinds[kind].plural, first, kinds[kind].other, kinds[kind].value);
  g_string_append (bulk, "]}");
  g_string_replace (bulk, "%u", number, 0);
  step->verb = MS_VERB_BULK;
  step->body = g_string_free (bulk, FALSE);
}

/* Names ------------------------------------------------------------------------------------- */

/* What only one of a kind can have, of which there are so few that it is often taken. */
typedef struct
{
  const char *type;
  const char *plural;
  const char *path;
  const char *name;   /* %u is a number */
  const char *create; /* NAME is that */
} Named;

static const Named named[] = {
  { "User", "Users", "userName", "pool%u", "{'userName':'NAME','title':'named'}" },
  { "Mailbox", "Mailboxes", "name", "pool%u", "{'name':'NAME','owner':{'value':'USER'}}" },
  { "MailGroup", "MailGroups", "name", "pool%u", "{'name':'NAME'}" },
  { "Template", "Templates", "name", "pool%u", "{'name':'NAME'}" },
  { "MailGroup", "MailGroups", "address", "pool%u@example.org", "{'name':'NAME'}" },
  { "Group",
    "Groups",
    MS_URN_EXT_GROUP ":address",
    "pool%u@example.org",
    "{'displayName':'named','" MS_URN_EXT_GROUP "':{'address':'NAME'}}" },
  { "Domain", "Domains", "name", "pool%u.example", "{'name':'NAME'}" },
};

static GPtrArray *
get_ids (Random *self, const char *type)
{
  return strcmp (type, "User") == 0        ? self->users
         : strcmp (type, "Mailbox") == 0   ? self->boxes
         : strcmp (type, "MailGroup") == 0 ? self->groups
         : strcmp (type, "Group") == 0     ? self->lists
         : strcmp (type, "Domain") == 0    ? self->domains
                                           : self->templates;
}

static const Named *
pick_named (Random *self)
{
  return &named[pick_number (self, G_N_ELEMENTS (named))];
}

/* (transfer full) */
static char *
pick_name (Random *self, const Named *kind)
{
  g_autoptr (GString) name = g_string_new (kind->name);
  g_autofree char *number = g_strdup_printf ("%u", pick_number (self, 4));

  g_string_replace (name, "%u", number, 0);
  return g_string_free (g_steal_pointer (&name), FALSE);
}

/* Renamed, perhaps twice, and then deleted, in one change set. */
static char *
make_last_will (Random *self, const Named *kind, const char *id)
{
  GString *bulk = g_string_new (
      "{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],'" MS_URN_BULK_OPTIONS
      "':{'atomic':true},'Operations':[");

  for (guint i = 0; i < 1 + pick_number (self, 2); i++)
    {
      g_autofree char *name = pick_name (self, kind);
      g_autofree char *value = json ("'%s'", name);
      add_edit (bulk, kind->plural, id, kind->path, value);
    }
  g_string_append_printf (bulk, ",{'method':'DELETE','path':'/%s/%s'}]}", kind->plural, id);
  return g_string_free (bulk, FALSE);
}

static void
choose_name (Random *self, Step *step, guint n)
{
  const Named     *kind = pick_named (self);
  g_autofree char *name = pick_name (self, kind);
  g_autofree char *value = json ("'%s'", name);
  g_autoptr (GString) body = g_string_new (kind->create);

  step->type = kind->type;
  step->id = any (self, get_ids (self, kind->type));
  switch (pick_number (self, 3))
    {
    case 0:
      g_string_replace (body, "NAME", name, 0);
      g_string_replace (body, "USER", any (self, self->users), 0);
      step->verb = MS_VERB_CREATE;
      step->id = NULL;
      step->into = get_ids (self, kind->type);
      step->body = g_string_free (g_steal_pointer (&body), FALSE);
      break;
    case 1:
      step->verb = MS_VERB_PATCH;
      step->body = patch ("replace", kind->path, value);
      step->keep_address = n % 4 == 0 && strcmp (kind->type, "Mailbox") == 0;
      break;
    default:
      step->verb = MS_VERB_BULK;
      step->body = make_last_will (self, kind, step->id);
      step->type = NULL;
      step->id = NULL;
    }
}

/* One that is there no more, where a few tries find one. */
static const char *
any_gone (Random *self, const char *type)
{
  const char *id = any (self, get_ids (self, type));

  for (guint i = 0; i < 8 && is_there (self->f, type, id); i++)
    id = any (self, get_ids (self, type));
  return id;
}

/* One that came from the bin under another name, or without one that it need not have. */
static char *
make_restore_as (Random *self)
{
  const Named     *kind = pick_named (self);
  g_autofree char *name = pick_name (self, kind);
  gboolean         none = g_str_has_suffix (kind->path, "address") && pick_number (self, 3) == 0;
  g_autofree char *value = none ? g_strdup ("null") : json ("'%s'", name);

  return json ("{'ids':['%s'],'as':{'%s':%s}%s}",
               any_gone (self, kind->type),
               kind->path,
               value,
               pick_number (self, 4) == 0 ? ",'alone':true" : "");
}

/* Back from the bin, back in history, settings, and undos of what was done. */
static void
choose_return (Random *self, Step *step, guint n)
{
  guint kind = self->returns ? pick_number (self, 6) : 2;

  if (kind >= 4)
    {
      step->verb = MS_VERB_RESTORE;
      step->body = make_restore_as (self);
      return;
    }
  if (kind == 3 && self->sequences->len > 0)
    {
      step->verb = MS_VERB_UNDO;
      step->sequence
          = g_array_index (self->sequences, gint64, pick_number (self, self->sequences->len));
      return;
    }
  step->verb = kind == 0 ? MS_VERB_RESTORE : kind == 1 ? MS_VERB_RETURN : MS_VERB_SETTINGS;
  if (kind == 0)
    step->body = json ("{'ids':['%s','%s']}", any_entry (self), any (self, self->users));
  else if (kind == 1)
    {
      const char *type = pick_named (self)->type;
      step->id = n % 2 ? any_gone (self, type) : any (self, get_ids (self, type));
      step->sequence
          = self->sequences->len > 0
                ? g_array_index (self->sequences, gint64, pick_number (self, self->sequences->len))
                : 1;
      step->body = g_strdup ("{}");
    }
  else
    step->body = json ("{'bin-retention-days':%u}", n);
}

/* Whatever it comes to: many are refused, and that is fine. */
static void
do_something (Random *self)
{
  static void (*const choices[]) (Random *, Step *, guint) = {
    choose_create,   choose_create,  choose_create,  choose_patch,  choose_patch,
    choose_patch,    choose_action,  choose_action,  choose_delete, choose_account,
    choose_return,   choose_replace, choose_replace, choose_bulk,   choose_exchange,
    choose_exchange, choose_return,  choose_name,    choose_name,   choose_return,
  };
  g_autoptr (GError) error = NULL;
  Step  step = { MS_VERB_CREATE, NULL, NULL, NULL, NULL, 0, FALSE };
  guint n = self->made++;

  choices[n < 8 ? 0 : pick_number (self, G_N_ELEMENTS (choices))](self, &step, n);
  MsOperation *operation = ms_operation_new (step.verb);
  operation->type = step.type != NULL ? fixture_type (self->f, step.type) : NULL;
  operation->id = g_strdup (step.id);
  operation->sequence = step.sequence;
  operation->keep_address = step.keep_address;
  operation->body = step.body != NULL ? parse (step.body) : NULL;
  operation->base_url = g_strdup ("");
  g_autoptr (MsOutcome) outcome
             = ms_service_apply (self->f->service, self->f->admin, operation, &error);
  if (outcome != NULL && outcome->sequence > 0)
    g_test_message ("%" G_GINT64_FORMAT ": %d %s %s %s",
                    outcome->sequence,
                    step.verb,
                    step.type != NULL ? step.type : "",
                    step.id != NULL ? step.id : "",
                    step.body != NULL ? step.body : "");
  if (outcome != NULL && step.into != NULL)
    g_ptr_array_add (step.into, g_strdup (outcome->id));
  if (outcome != NULL && outcome->sequence > 0 && step.verb == MS_VERB_RESTORE)
    self->restored = g_strdup (step.body);
  if (error != NULL)
    g_assert_false (g_error_matches (error, MS_ERROR, MS_ERROR_INTERNAL));
  g_free (step.body);
}

/* What no undo takes back ------------------------------------------------------------------- */

/* Somebody comes, goes and is taken out of the bin for good. */
static void
purge_bystander (Random *self)
{
  g_autofree char *name = g_strdup_printf ("bystander%u", self->made);
  g_autofree char *id = make_user (self->f, name);
  g_autofree char *body = json ("{'ids':['%s']}", id);
  g_autoptr (GError) error = NULL;

  drop (self->f, "User", id, NULL);
  g_autoptr (MsOutcome) outcome = try_verb (self->f, NULL, MS_VERB_PURGE, NULL, NULL, body, &error);
  g_assert_no_error (error);
  g_assert_cmpint (outcome->sequence, ==, last_sequence (self->f));
}

/* Users get that many attributes more than ours, 0 = none. %FALSE: refused, for values would be
 * lost. (The file is not removed and added again on the way, for it would be another object.) */
static gboolean
set_attributes (Random *self, guint n)
{
  g_autoptr (GString) text
             = g_string_new ("{'schemas':[{'id':'" EXTRA "','name':'Extra','attributes':[");
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gint64          version = 0;
  MsSchemaRequest request = { .verb = n == 0                  ? MS_SCHEMA_REMOVE
                                      : self->attributes == 0 ? MS_SCHEMA_ADD
                                                              : MS_SCHEMA_REPLACE,
                              .name = "extra" };

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s{'name':'x%u','type':'integer'}", i > 0 ? "," : "", i);
  g_string_append (
      text, "]}],'resourceTypes':[{'name':'User','schemaExtensions':[{'schema':'" EXTRA "'}]}]}");
  g_strdelimit (text->str, "'", '"');
  request.text = n > 0 ? text->str : NULL;
  if (!ms_service_change_schemas (
          self->f->service, self->f->admin, &request, out, &version, NULL, &error))
    {
      g_assert_error (error, MS_ERROR, MS_ERROR_CONFLICT);
      return FALSE;
    }
  g_test_message ("%" G_GINT64_FORMAT ": %u attributes", last_sequence (self->f), n);
  self->attributes = n;
  return TRUE;
}

/* Undoing ----------------------------------------------------------------------------------- */

static char *
digest (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  char *text = ms_store_digest (f->store, MS_DIGEST_STATE, NULL, &error);

  g_assert_no_error (error);
  return text;
}

/* Whether it stands in the way of what is put back, being there by now itself. */
static gboolean
is_in_the_way (const char *reason)
{
  static const char *const reasons[] = {
    "is in use already by",
    "The owner has another primary mailbox now",
    "A primary mailbox needs an owner",
    "There is a mail group",
    "A mail group cannot be inside itself",
  };

  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (strstr (reason, reasons[i]) != NULL)
      return TRUE;
  return FALSE;
}

/* Undoes all of @sequence, or nothing: %FALSE where something is in the way. Whatever else is
 * refused is a fault. */
static gboolean
try_to_undo (Fixture *f, gint64 sequence)
{
  g_autoptr (GError) error = NULL;
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);

  operation->sequence = sequence;
  operation->body = parse ("{'dryRun':true}");
  g_autoptr (MsOutcome) rehearsed = ms_service_apply (f->service, f->admin, operation, &error);
  const char *details = rehearsed != NULL ? rehearsed->document->str : ms_error_get_details (error);
  g_test_message ("undo %" G_GINT64_FORMAT ": %s", sequence, details);
  g_autoptr (JsonObject) answer = parse (details);
  JsonArray *refused = json_object_get_array_member (answer, "refused");
  for (guint i = 0; i < json_array_get_length (refused); i++)
    {
      g_autofree char *reason = pick (json_array_get_object_element (refused, i), "reason");
      g_assert_true (is_in_the_way (reason));
    }
  if (json_array_get_length (refused) > 0)
    return FALSE;
  g_assert_no_error (error);

  g_autoptr (MsOutcome) outcome = undo (f, sequence, &error);
  g_assert_no_error (error);
  g_autoptr (JsonObject) done = parse (outcome->document->str);
  assert_picked (done, "refused", "[]");
  return TRUE;
}

static void
undo_wholly (Fixture *f, gint64 sequence)
{
  g_assert_true (try_to_undo (f, sequence));
}

/* One thing that was done */
typedef struct
{
  gint64      sequence;
  char       *state;      /* digest of the store before it */
  GHashTable *bin;        /* and what lay in the bin */
  guint       attributes; /* as many as users had more before it */
  gboolean    is_schema;
} Done;

static void
done_free (gpointer data)
{
  Done *self = data;

  g_free (self->state);
  g_hash_table_unref (self->bin);
  g_free (self);
}

/* Said aloud, for the log of a run elsewhere may be all that is left of it. */
static guint32
read_seed (gconstpointer data)
{
  guint32 seed = GPOINTER_TO_UINT (data);

  g_printerr ("MS_TEST_SEED=%u repeats %s\n", seed, g_test_get_path ());
  return seed;
}

/* Rows that make and change several objects, in one change set. */
static void
import_some (Random *self)
{
  guint            n = self->made++;
  g_autofree char *csv = g_strdup_printf ("userName,displayName,group\nuser%u,Again,imported\n"
                                          "imported%u,Row %u,imported/below%u\n",
                                          pick_number (self, n),
                                          n,
                                          n,
                                          n);
  g_autoptr (GBytes) data = g_bytes_new (csv, strlen (csv));
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GString) state = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  MsService *service = self->f->service;
  MsActor   *admin = self->f->admin;

  g_assert_true (ms_service_import_upload (service, admin, "some.csv", data, out, &error));
  g_autoptr (JsonObject) job = parse (out->str);
  g_autofree char *id = pick (job, "id");
  g_autoptr (JsonObject) options
             = parse ("{'mapping':['userName','displayName','group'],'createUsers':true,"
                      "'createGroups':true,'onExisting':'update'}");
  g_assert_true (ms_service_import_start (service, admin, id, options, FALSE, out, &error));
  g_assert_no_error (error);
  do
    {
      g_usleep (500);
      g_string_truncate (state, 0);
      g_assert_true (ms_service_import_get (service, admin, id, state, &error));
    }
  while (strstr (state->str, "\"state\":\"running\"") != NULL);
  g_assert_nonnull (strstr (state->str, "\"state\":\"done\""));
  g_test_message ("%" G_GINT64_FORMAT ": import %s", last_sequence (self->f), csv);
}

/* The last restore is undone, and then done again: it comes to the same. */
static void
do_again (Random *self)
{
  if (self->outcome == NULL)
    {
      self->outcome = digest (self->f);
      undo_wholly (self->f, last_sequence (self->f));
      return;
    }
  g_autoptr (GError) error = NULL;
  g_autoptr (MsOutcome) outcome
             = try_verb (self->f, NULL, MS_VERB_RESTORE, NULL, NULL, self->restored, &error);
  g_assert_no_error (error);
  g_test_message ("%" G_GINT64_FORMAT ": again %s: %s",
                  outcome->sequence,
                  self->restored,
                  outcome->document->str);
  g_autofree char *state = digest (self->f);
  g_assert_cmpstr (state, ==, self->outcome);
  g_clear_pointer (&self->outcome, g_free);
  g_clear_pointer (&self->restored, g_free);
}

static void
do_any (Random *self)
{
  if (self->restored != NULL)
    do_again (self);
  else if (self->made > 8 && pick_number (self, 15) == 0)
    import_some (self);
  else if (self->returns && self->made > 8 && pick_number (self, 20) == 0)
    (void) set_attributes (self, 1 + pick_number (self, 3)); /* whatever it comes to */
  else
    do_something (self);
}

/* Does operations. (element-type Done): those that changed something */
static GPtrArray *
do_many (Random *self)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (done_free);

  /* Where all was deleted early, most of it is refused: then there is more of it. */
  for (guint i = 0; i < N_OPERATIONS || (all->len <= ENOUGH && i < 4 * N_OPERATIONS); i++)
    {
      guint attributes = self->attributes;
      if (self->returns && self->restored == NULL && pick_number (self, 20) == 0)
        purge_bystander (self);
      gint64           before = last_sequence (self->f);
      g_autofree char *state = digest (self->f);
      g_autoptr (GHashTable) bin = describe_bin (self->f);
      do_any (self);
      gint64 after = last_sequence (self->f);
      g_assert_cmpint (after - before, <=, 1);
      if (after == before)
        continue;
      Done *done = g_new0 (Done, 1);
      done->sequence = after;
      done->state = g_steal_pointer (&state);
      done->bin = g_steal_pointer (&bin);
      done->attributes = attributes;
      done->is_schema = self->attributes != attributes;
      g_ptr_array_add (all, done);
      if (!done->is_schema)
        g_array_append_val (self->sequences, after);
    }
  g_test_message ("%u change sets", all->len);
  g_assert_cmpuint (all->len, >, ENOUGH);
  return g_steal_pointer (&all);
}

static void
test_newest_first (Fixture *f, gconstpointer data)
{
  Random random;

  random_init (&random, f, read_seed (data), TRUE);
  g_autoptr (GPtrArray) all = do_many (&random);
  for (guint i = all->len; i > 0; i--)
    {
      const Done *done = g_ptr_array_index (all, i - 1);
      if (done->is_schema)
        g_assert_true (set_attributes (&random, done->attributes));
      else
        undo_wholly (f, done->sequence);
      g_autofree char *state = digest (f);
      g_assert_cmpstr (state, ==, done->state);
      assert_bin_keeps (f, done->bin);
    }
  random_clear (&random);
}

/* %TRUE where all of it can be undone now, and nothing that is left may need what goes by it: an
 * object is taken away only as the newest. (Nor may what came back from the bin have been changed
 * before it is taken away again; so nothing comes back where the order is free.) */
static gboolean
is_allowed (Fixture *f, gint64 sequence, gboolean is_newest)
{
  MsOperation *operation = ms_operation_new (MS_VERB_UNDO);

  operation->sequence = sequence;
  operation->body = parse ("{'dryRun':true}");
  g_autoptr (MsOutcome) outcome = ms_service_apply (f->service, f->admin, operation, NULL);
  if (outcome == NULL)
    return FALSE;
  g_autoptr (JsonObject) answer = parse (outcome->document->str);
  g_autofree char *objects = pick (answer, "objects");
  return json_array_get_length (json_object_get_array_member (answer, "refused")) == 0
         && (is_newest || strstr (objects, "\"delete\"") == NULL);
}

/* What was undone, and by which change set */
typedef struct
{
  gint64   sequence;
  gint64   by;
  gboolean is_free; /* it was its turn by chance, not as the newest of what was left */
} Undone;

static void
put_undone (Fixture *f, GArray *undone, gint64 sequence, gboolean is_free)
{
  Undone one = { sequence, last_sequence (f), is_free };

  g_array_append_val (undone, one);
}

/* In which order things are undone is free as far as one does not get in the way of another: by it
 * something has a name again that another had since, and lost by what is still to be undone. Then
 * as much is taken back, the newest first, as leads out of there. */
static void
take_back (Fixture *f, GArray *undone, GArray *left)
{
  gboolean is_free = FALSE;

  while (!is_free)
    {
      g_assert_cmpuint (undone->len, >, 0);
      const Undone one = g_array_index (undone, Undone, undone->len - 1);
      undo_wholly (f, one.by);
      guint at = 0;
      while (at < left->len && g_array_index (left, gint64, at) < one.sequence)
        at++;
      g_array_insert_val (left, at, one.sequence);
      is_free = one.is_free;
      g_array_set_size (undone, undone->len - 1);
    }
}

static void
test_any_order (Fixture *f, gconstpointer data)
{
  Random   random;
  gboolean progress = TRUE;

  random_init (&random, f, read_seed (data), FALSE);
  g_autofree char *before = digest (f);
  g_autoptr (GPtrArray) all = do_many (&random);
  g_autoptr (GArray) undone = g_array_new (FALSE, FALSE, sizeof (Undone));
  GArray *left = random.sequences;
  while (progress)
    {
      progress = FALSE;
      for (guint tries = 0; tries < 4 * left->len && left->len > 0; tries++)
        {
          guint  at = pick_number (&random, left->len);
          gint64 sequence = g_array_index (left, gint64, at);
          if (!is_allowed (f, sequence, at + 1 == left->len))
            continue;
          undo_wholly (f, sequence);
          put_undone (f, undone, sequence, TRUE);
          g_array_remove_index (left, at);
          progress = TRUE;
        }
    }
  while (left->len > 0)
    {
      gint64 sequence = g_array_index (left, gint64, left->len - 1);
      if (try_to_undo (f, sequence))
        {
          put_undone (f, undone, sequence, FALSE);
          g_array_set_size (left, left->len - 1);
        }
      else
        take_back (f, undone, left);
    }
  g_autofree char *after = digest (f);
  g_assert_cmpstr (after, ==, before);
  random_clear (&random);
}

/* A case is called the same each time, for who lists the cases draws another seed. */
static void
add_run (const char *name, guint i, guint32 seed, void (*func) (Fixture *f, gconstpointer data))
{
  g_autofree char *path = g_strdup_printf ("/undo/random/%s/%u", name, i + 1);

  g_test_add (path, Fixture, GUINT_TO_POINTER (seed), fixture_set_up, func, fixture_tear_down);
}

int
main (int argc, char *argv[])
{
  const char *given = g_getenv ("MS_TEST_SEED");
  guint32     seeds[N_SEEDS] = { 1, 2, g_random_int () };

  g_test_init (&argc, &argv, NULL);
  if (given != NULL)
    seeds[0] = (guint32) g_ascii_strtoull (given, NULL, 10);
  for (guint i = 0; i < (given != NULL ? 1 : N_SEEDS); i++)
    {
      add_run ("newest-first", i, seeds[i], test_newest_first);
      add_run ("any-order", i, seeds[i], test_any_order);
    }
  return g_test_run ();
}
