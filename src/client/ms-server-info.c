/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The members of a saved server are one table: property, key in the file, place.
 */
#include "config.h"
#include "ms-server-info.h"

#include "ms-server-address.h"

struct _MsServerInfo
{
  GObject parent_instance;

  /* Owned */
  char *id;
  char *name;
  char *url;
  char *user_name;
  char *fingerprint;
  char *colour;

  gint64   last_used;
  gboolean read_only;
};

G_DEFINE_FINAL_TYPE (MsServerInfo, ms_server_info, G_TYPE_OBJECT)

enum
{
  PROP_NAME = 1,
  PROP_URL,
  PROP_USER_NAME,
  PROP_FINGERPRINT,
  PROP_COLOUR,
  PROP_READ_ONLY,
  PROP_LAST_USED,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static const struct
{
  guint       property;
  const char *key;
  gsize       offset;
} texts[] = {
  { PROP_NAME, "Name", G_STRUCT_OFFSET (MsServerInfo, name) },
  { PROP_URL, "Url", G_STRUCT_OFFSET (MsServerInfo, url) },
  { PROP_USER_NAME, "User", G_STRUCT_OFFSET (MsServerInfo, user_name) },
  { PROP_FINGERPRINT, "Fingerprint", G_STRUCT_OFFSET (MsServerInfo, fingerprint) },
  { PROP_COLOUR, "Colour", G_STRUCT_OFFSET (MsServerInfo, colour) },
};

static char **
text_member (MsServerInfo *self, gsize row)
{
  return G_STRUCT_MEMBER_P (self, texts[row].offset);
}

static void
set_text (MsServerInfo *self, guint property, const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      char **member = text_member (self, i);

      if (texts[i].property != property || g_strcmp0 (*member, text) == 0)
        continue;
      g_free (*member);
      *member = g_strdup (text);
      g_object_notify_by_pspec (G_OBJECT (self), props[property]);
    }
}

static void
ms_server_info_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  MsServerInfo *self = MS_SERVER_INFO (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, ms_server_info_get_name (self));
      break;
    case PROP_URL:
      g_value_set_string (value, self->url);
      break;
    case PROP_USER_NAME:
      g_value_set_string (value, self->user_name);
      break;
    case PROP_FINGERPRINT:
      g_value_set_string (value, self->fingerprint);
      break;
    case PROP_COLOUR:
      g_value_set_string (value, self->colour);
      break;
    case PROP_READ_ONLY:
      g_value_set_boolean (value, self->read_only);
      break;
    case PROP_LAST_USED:
      g_value_set_int64 (value, self->last_used);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ms_server_info_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  MsServerInfo *self = MS_SERVER_INFO (object);

  switch (id)
    {
    case PROP_NAME:
    case PROP_URL:
    case PROP_USER_NAME:
    case PROP_FINGERPRINT:
    case PROP_COLOUR:
      set_text (self, id, g_value_get_string (value));
      break;
    case PROP_READ_ONLY:
      ms_server_info_set_read_only (self, g_value_get_boolean (value));
      break;
    case PROP_LAST_USED:
      ms_server_info_set_last_used (self, g_value_get_int64 (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
ms_server_info_finalize (GObject *object)
{
  MsServerInfo *self = MS_SERVER_INFO (object);

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (*text_member (self, i));
  g_free (self->id);
  G_OBJECT_CLASS (ms_server_info_parent_class)->finalize (object);
}

static void
ms_server_info_class_init (MsServerInfoClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags   flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ms_server_info_get_property;
  object_class->set_property = ms_server_info_set_property;
  object_class->finalize = ms_server_info_finalize;

  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_URL] = g_param_spec_string ("url", NULL, NULL, NULL, flags);
  props[PROP_USER_NAME] = g_param_spec_string ("user-name", NULL, NULL, NULL, flags);
  props[PROP_FINGERPRINT] = g_param_spec_string ("fingerprint", NULL, NULL, NULL, flags);
  props[PROP_COLOUR] = g_param_spec_string ("colour", NULL, NULL, NULL, flags);
  props[PROP_READ_ONLY] = g_param_spec_boolean ("read-only", NULL, NULL, FALSE, flags);
  props[PROP_LAST_USED] = g_param_spec_int64 ("last-used", NULL, NULL, 0, G_MAXINT64, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
ms_server_info_init (MsServerInfo *self)
{
}

MsServerInfo *
ms_server_info_new (const char *name,
                    const char *url,
                    const char *user_name,
                    const char *fingerprint)
{
  g_return_val_if_fail (url != NULL, NULL);

  MsServerInfo *self = g_object_new (MS_TYPE_SERVER_INFO, NULL);
  self->id = g_uuid_string_random ();
  self->name = g_strdup (name);
  self->url = g_strdup (url);
  self->user_name = g_strdup (user_name);
  self->fingerprint = g_strdup (fingerprint);
  return self;
}

MsServerInfo *
ms_server_info_new_from_key_file (GKeyFile *file, const char *group)
{
  MsServerInfo *self = g_object_new (MS_TYPE_SERVER_INFO, NULL);

  self->id = g_strdup (group);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    *text_member (self, i) = g_key_file_get_string (file, group, texts[i].key, NULL);
  self->read_only = g_key_file_get_boolean (file, group, "ReadOnly", NULL);
  self->last_used = MAX (0, g_key_file_get_int64 (file, group, "LastUsed", NULL));
  if (self->url == NULL)
    self->url = g_strdup ("");
  return self;
}

void
ms_server_info_save_to_key_file (MsServerInfo *self, GKeyFile *file)
{
  g_return_if_fail (MS_IS_SERVER_INFO (self));

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (*text_member (self, i) != NULL)
      g_key_file_set_string (file, self->id, texts[i].key, *text_member (self, i));
  if (self->read_only)
    g_key_file_set_boolean (file, self->id, "ReadOnly", TRUE);
  if (self->last_used > 0)
    g_key_file_set_int64 (file, self->id, "LastUsed", self->last_used);
}

const char *
ms_server_info_get_id (MsServerInfo *self)
{
  g_return_val_if_fail (MS_IS_SERVER_INFO (self), NULL);
  return self->id;
}

const char *
ms_server_info_get_name (MsServerInfo *self)
{
  g_return_val_if_fail (MS_IS_SERVER_INFO (self), NULL);

  if (self->name == NULL || *self->name == '\0')
    {
      g_autofree char *host = NULL;
      g_autofree char *url = ms_server_address_parse (self->url, NULL, &host, NULL, NULL);
      g_free (self->name);
      self->name = url != NULL ? g_steal_pointer (&host) : g_strdup (self->url);
    }
  return self->name;
}

void
ms_server_info_set_name (MsServerInfo *self, const char *name)
{
  g_return_if_fail (MS_IS_SERVER_INFO (self));
  set_text (self, PROP_NAME, name);
}

const char *
ms_server_info_get_url (MsServerInfo *self)
{
  g_return_val_if_fail (MS_IS_SERVER_INFO (self), NULL);
  return self->url;
}

const char *
ms_server_info_get_user_name (MsServerInfo *self)
{
  g_return_val_if_fail (MS_IS_SERVER_INFO (self), NULL);
  return self->user_name;
}

const char *
ms_server_info_get_fingerprint (MsServerInfo *self)
{
  g_return_val_if_fail (MS_IS_SERVER_INFO (self), NULL);
  return self->fingerprint;
}

void
ms_server_info_set_fingerprint (MsServerInfo *self, const char *fingerprint)
{
  g_return_if_fail (MS_IS_SERVER_INFO (self));
  set_text (self, PROP_FINGERPRINT, fingerprint);
}

const char *
ms_server_info_get_colour (MsServerInfo *self)
{
  g_return_val_if_fail (MS_IS_SERVER_INFO (self), NULL);
  return self->colour;
}

void
ms_server_info_set_colour (MsServerInfo *self, const char *colour)
{
  g_return_if_fail (MS_IS_SERVER_INFO (self));
  set_text (self, PROP_COLOUR, colour);
}

gboolean
ms_server_info_get_read_only (MsServerInfo *self)
{
  g_return_val_if_fail (MS_IS_SERVER_INFO (self), FALSE);
  return self->read_only;
}

void
ms_server_info_set_read_only (MsServerInfo *self, gboolean read_only)
{
  g_return_if_fail (MS_IS_SERVER_INFO (self));

  if (self->read_only == !!read_only)
    return;
  self->read_only = !!read_only;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_READ_ONLY]);
}

gint64
ms_server_info_get_last_used (MsServerInfo *self)
{
  g_return_val_if_fail (MS_IS_SERVER_INFO (self), 0);
  return self->last_used;
}

void
ms_server_info_set_last_used (MsServerInfo *self, gint64 last_used)
{
  g_return_if_fail (MS_IS_SERVER_INFO (self));

  if (self->last_used == last_used)
    return;
  self->last_used = last_used;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LAST_USED]);
}
