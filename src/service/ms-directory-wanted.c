/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a person of the directory is to be, written into copies of what is here. The directory is
 * the master of what is mapped: what it does not have any more is taken away, but for a user name
 * and what an object must have. What nothing maps stays.
 */
#include "ms-directory-person.h"

#include <string.h>

#include "ms-address.h"
#include "ms-json.h"
#include "ms-rules.h"
#include "ms-text.h"

/* The link to the directory, in the place of one that it had by the same name. */
static void
set_identity (const MsDirectoryPerson *self, const MsDirectoryConfig *config, MsObject *user)
{
  JsonObject      *attributes = ms_object_get_attributes (user);
  JsonArray       *before = ms_json_get_array (attributes, "externalIds");
  g_autofree char *now = ms_directory_get_identity (user, config->client);

  if (g_strcmp0 (now, self->identity) == 0)
    return;
  JsonArray *after = json_array_new ();
  for (guint i = 0; before != NULL && i < json_array_get_length (before); i++)
    {
      JsonObject *element = json_array_get_object_element (before, i);
      const char *client = json_object_get_string_member_with_default (element, "client", "");
      if (g_ascii_strcasecmp (client, config->client) != 0)
        json_array_add_object_element (after, ms_json_deep_copy_object (element));
    }
  JsonObject *own = json_object_new ();
  json_object_set_string_member (own, "client", config->client);
  json_object_set_string_member (own, "value", self->identity);
  json_array_add_object_element (after, own);
  json_object_set_array_member (attributes, "externalIds", after);
}

/* What is the same of two elements: what else they say is the user's. (transfer full) */
static char *
make_element_key (const MsDirectoryField *field, JsonNode *element)
{
  return field->is_elements ? g_strdup (json_object_get_string_member_with_default (
             json_node_get_object (element), "value", ""))
                            : ms_json_to_string (element);
}

/* (transfer full) (element-type utf8) */
static GHashTable *
collect_keys (const MsDirectoryField *field, JsonArray *array)
{
  GHashTable *keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < json_array_get_length (array); i++)
    g_hash_table_add (keys, make_element_key (field, json_array_get_element (array, i)));
  return keys;
}

/* What is wanted of several values: those that are here stay as they are, in their order, and
 * others come after them. (transfer full) */
static JsonNode *
merge_values (const MsDirectoryField *field, JsonNode *now, JsonNode *wanted)
{
  JsonArray *here = json_node_get_array (now);
  JsonArray *there = json_node_get_array (wanted);
  g_autoptr (GHashTable) here_keys = collect_keys (field, here);
  g_autoptr (GHashTable) there_keys = collect_keys (field, there);
  g_autoptr (JsonArray) merged = json_array_new ();

  for (guint i = 0; i < json_array_get_length (here); i++)
    {
      JsonNode        *element = json_array_get_element (here, i);
      g_autofree char *key = make_element_key (field, element);
      if (g_hash_table_contains (there_keys, key))
        json_array_add_element (merged, ms_json_deep_copy (element));
    }
  for (guint i = 0; i < json_array_get_length (there); i++)
    {
      JsonNode        *element = json_array_get_element (there, i);
      g_autofree char *key = make_element_key (field, element);
      if (!g_hash_table_contains (here_keys, key))
        json_array_add_element (merged, ms_json_deep_copy (element));
    }
  return json_node_init_array (json_node_alloc (), merged);
}

static void
set_value (const MsDirectoryField *field, JsonNode *wanted, JsonObject *attributes)
{
  JsonNode *now = ms_attribute_get_value (field->attribute, attributes);
  gboolean  are_several = now != NULL && wanted != NULL && JSON_NODE_HOLDS_ARRAY (now)
                         && JSON_NODE_HOLDS_ARRAY (wanted);

  if (wanted == NULL && (now == NULL || field->attribute->required))
    return;
  g_autoptr (JsonNode) value = are_several      ? merge_values (field, now, wanted)
                               : wanted != NULL ? ms_json_deep_copy (wanted)
                                                : NULL;
  if (value == NULL || now == NULL || !ms_json_equal (now, value))
    ms_attribute_set_value (field->attribute, attributes, g_steal_pointer (&value));
}

/* @values: (nullable) */
static void
prefer_text (char **text, char *const *values, char *(*fold) (const char *text), const char *now)
{
  g_autofree char *wanted = now != NULL ? fold (now) : NULL;
  const char      *found = values != NULL ? values[0] : NULL;

  for (guint i = 0; values != NULL && wanted != NULL && values[i] != NULL; i++)
    {
      g_autofree char *key = fold (values[i]);
      if (strcmp (key, wanted) == 0)
        {
          found = values[i];
          break;
        }
    }
  if (found == NULL)
    return;
  char *copy = g_strdup (found);
  g_free (*text);
  *text = copy;
}

static void
prefer_value (JsonNode **value, JsonNode *choices, JsonNode *now)
{
  JsonArray *array = json_node_get_array (choices);
  JsonNode  *found = json_array_get_element (array, 0);

  for (guint i = 0; now != NULL && i < json_array_get_length (array); i++)
    if (ms_json_equal (json_array_get_element (array, i), now))
      found = now;
  g_clear_pointer (value, json_node_unref);
  *value = ms_json_deep_copy (found);
}

void
ms_directory_person_prefer_user (MsDirectoryPerson       *self,
                                 const MsDirectoryConfig *config,
                                 MsObject                *user)
{
  if (self->problem != NULL)
    return;
  prefer_text (
      &self->user_name, self->user_names, ms_text_fold, ms_object_get_string (user, "userName"));
  for (guint i = 0; i < self->n_values; i++)
    if (self->choices[i] != NULL)
      prefer_value (
          &self->values[i],
          self->choices[i],
          ms_attribute_get_value (((MsDirectoryField *) config->fields->pdata[i])->attribute,
                                  ms_object_get_attributes (user)));
}

void
ms_directory_person_prefer_mailbox (MsDirectoryPerson *self, MsObject *mailbox)
{
  if (self->problem == NULL)
    prefer_text (&self->mailbox,
                 self->mailboxes,
                 ms_address_ascii_key,
                 mailbox != NULL ? ms_object_get_string (mailbox, "address") : NULL);
}

void
ms_directory_person_set_user (const MsDirectoryPerson *self,
                              const MsDirectoryConfig *config,
                              MsObject                *user)
{
  if (g_strcmp0 (ms_object_get_string (user, "userName"), self->user_name) != 0)
    ms_object_set_string (user, "userName", self->user_name);
  set_identity (self, config, user);
  for (guint i = 0; i < self->n_values; i++)
    set_value (config->fields->pdata[i], self->values[i], ms_object_get_attributes (user));
}

/* The mailbox ------------------------------------------------------------------------------- */

static gboolean
is_same_address (const char *a, const char *b)
{
  g_autofree char *left = a != NULL ? ms_address_ascii_key (a) : NULL;
  g_autofree char *right = b != NULL ? ms_address_ascii_key (b) : NULL;

  return g_strcmp0 (left, right) == 0;
}

static void
set_address (MsObject *mailbox, const char *address)
{
  const char      *at = strrchr (address, '@');
  g_autofree char *name = g_strndup (address, (gsize) (at - address));

  if (is_same_address (ms_object_get_string (mailbox, "address"), address))
    return;
  ms_object_set_string (mailbox, "name", name);
  ms_object_set_string (mailbox, "domain", at + 1);
}

/* Where no attribute says what the address is, it goes with the name that it was made of. */
static void
follow_name (MsObject *mailbox, const char *old_name, const char *new_name)
{
  g_autofree char *before = g_strndup (old_name, strcspn (old_name, "@"));
  g_autofree char *after = g_strndup (new_name, strcspn (new_name, "@"));
  g_autofree char *now = ms_text_fold (ms_object_get_label (mailbox));
  g_autofree char *was = ms_text_fold (before);

  if (strcmp (now, was) == 0 && strcmp (before, after) != 0)
    ms_object_set_string (mailbox, "name", after);
}

static gboolean
has_address (char *const *addresses, const char *address)
{
  for (guint i = 0; addresses[i] != NULL; i++)
    if (is_same_address (addresses[i], address))
      return TRUE;
  return FALSE;
}

gboolean
ms_directory_person_drops_aliases (const MsDirectoryPerson *self, MsObject *mailbox)
{
  JsonArray *now = ms_json_get_array (ms_object_get_attributes (mailbox), "aliases");

  for (guint i = 0; self->aliases != NULL && now != NULL && i < json_array_get_length (now); i++)
    if (!has_address (self->aliases, json_array_get_string_element (now, i)))
      return TRUE;
  return FALSE;
}

static gboolean
was_its_own (GHashTable *was_own, const char *alias)
{
  g_autofree char *key = ms_address_key (alias);

  return was_own != NULL && g_hash_table_contains (was_own, key);
}

static gboolean
array_has_address (JsonArray *array, const char *address)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (is_same_address (json_array_get_string_element (array, i), address))
      return TRUE;
  return FALSE;
}

/* Those that are there keep their order and spelling. */
static void
set_aliases (const MsDirectoryPerson *self, MsObject *mailbox, GHashTable *was_own)
{
  JsonObject *attributes = ms_object_get_attributes (mailbox);
  JsonArray  *now = ms_json_get_array (attributes, "aliases");
  g_autoptr (JsonArray) after = json_array_new ();
  const char      *own = ms_object_get_string (mailbox, "address");
  g_autofree char *new_own = g_strdup_printf (
      "%s@%s", ms_object_get_string (mailbox, "name"), ms_object_get_string (mailbox, "domain"));
  gboolean moves = own != NULL && !is_same_address (own, new_own);
  guint    kept = 0;

  for (guint i = 0; now != NULL && i < json_array_get_length (now); i++)
    {
      const char *alias = json_array_get_string_element (now, i);
      if (!has_address (self->aliases, alias) && !was_its_own (was_own, alias))
        continue;
      json_array_add_string_element (after, alias);
      kept++;
    }
  for (guint i = 0; self->aliases[i] != NULL; i++)
    if (!is_same_address (self->aliases[i], new_own)
        && !(moves && is_same_address (self->aliases[i], own))
        && !array_has_address (after, self->aliases[i]))
      json_array_add_string_element (after, self->aliases[i]);
  guint there = now != NULL ? json_array_get_length (now) : 0;
  if (kept == there && json_array_get_length (after) == there)
    return;
  if (json_array_get_length (after) == 0)
    json_object_remove_member (attributes, "aliases");
  else
    json_object_set_array_member (attributes, "aliases", json_array_ref (after));
}

void
ms_directory_person_set_mailbox (const MsDirectoryPerson *self,
                                 const MsDirectoryConfig *config,
                                 MsObject                *mailbox,
                                 const char              *old_name,
                                 GHashTable              *was_own)
{
  if (self->has_mailbox && self->mailbox != NULL)
    set_address (mailbox, self->mailbox);
  else if (config->mailbox == NULL && old_name != NULL && self->user_name != NULL)
    follow_name (mailbox, old_name, self->user_name);
  if (self->aliases != NULL)
    set_aliases (self, mailbox, was_own);
  if (config->quota == NULL)
    return;
  JsonObject *attributes = ms_object_get_attributes (mailbox);
  if (self->quota < 0)
    json_object_remove_member (attributes, "quota");
  else if (!json_object_has_member (attributes, "quota")
           || ms_object_get_int (mailbox, "quota", 0) != self->quota)
    json_object_set_int_member (attributes, "quota", self->quota);
}
