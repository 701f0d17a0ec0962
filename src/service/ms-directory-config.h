/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How one outside directory is set up: read from what a client sent, checked, taken apart, shown.
 */
#pragma once

#include "ms-directory.h"
#include "ms-service-private.h"

G_BEGIN_DECLS

/* The attribute that keeps the password, which only the server reads. */
#define MS_DIRECTORY_PASSWORD "bindPassword"
/* What users are known by begins so; the id of the directory follows. */
#define MS_DIRECTORY_CLIENT "directory:"

typedef enum
{
  MS_LEAVERS_DISABLE,
  MS_LEAVERS_DELETE,
  MS_LEAVERS_KEEP,
} MsLeavers;

/**
 * MsDirectoryField: one attribute of users that the directory is the master of
 * @attribute: borrowed of the tables; of "emails.value" the whole of "emails"
 * @there: what it is called there
 * @is_elements: each value there is the value of an element
 */
typedef struct
{
  const MsAttribute *attribute;
  char              *path;
  char              *there;
  gboolean           is_elements;
} MsDirectoryField;

/**
 * MsDirectoryConfig: kept only between ms_service_enter() and ms_service_leave(), or while the
 * thread of runs works
 * @client: what its users are known by in externalIds
 * @fields: (element-type MsDirectoryField): but for userName
 * @user_name, @mailbox, @aliases, @quota, @password_hash: attributes there; (nullable) but for the
 * first
 * @wanted: (array zero-terminated=1): all attributes to ask for
 * @every: minutes; 0 = never
 */
typedef struct
{
  char             *id;
  char             *name;
  char             *client;
  MsDirectoryServer server;
  char             *base;
  MsDirectoryScope  scope;
  char             *filter;
  char             *active_filter;
  char             *identity;
  GPtrArray        *fields;
  char             *user_name;
  char             *mailbox;
  char             *aliases;
  char             *quota;
  char             *password_hash;
  char            **wanted;
  char             *template_id;
  char             *group_id;
  gboolean          create_mailboxes;
  gboolean          adopt;
  MsLeavers         leavers;
  gint64            leaver_limit;
  gint64            every;
} MsDirectoryConfig;

/* @object: as stored, or about to be. @password: (nullable). Errors have the path of the member. */
MsDirectoryConfig *ms_directory_config_new (const MsServiceTypes *types,
                                            MsObject             *object,
                                            const char           *password,
                                            GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* Before it is asked: whether there is the password that it needs. */
gboolean ms_directory_config_check_password (const MsDirectoryConfig *self,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
void     ms_directory_config_free (MsDirectoryConfig *self);
/* The attribute of users that a mapping calls @path, be it a bare name of an extension. (nullable):
 * there is none */
const MsAttribute *ms_directory_find_attribute (const MsResourceType *user, const char *path);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MsDirectoryConfig, ms_directory_config_free)

/* "directory:ID". (transfer full) */
char *ms_directory_make_client (const char *id);
/* The id in such a one, however it is spelled: clients compare by NFKC and without case. (transfer
 * full) (nullable): it is none */
char *ms_directory_get_linked_id (const char *client);
/* (transfer full) (nullable): by what the directory @client knows @user */
char *ms_directory_get_identity (MsObject *user, const char *client);
/* (transfer full): ids of the directories from which @user comes, which may not be here any more */
char **ms_directory_list_links (MsObject *user);
/* Takes all of them away. */
void ms_directory_drop_links (MsObject *user);

/**
 * MsDirectoryBody: what a client sent
 * @attributes: all that the object is to have
 * @password: (nullable): the new one
 * @says_password: it says what the password is to be, or that there is none
 */
typedef struct
{
  JsonObject *attributes;
  char       *password;
  gboolean    says_password;
} MsDirectoryBody;
void ms_directory_body_clear (MsDirectoryBody *self);
/* @before: (nullable): what the members change */
gboolean ms_directory_body_read (MsDirectoryBody      *self,
                                 const MsServiceTypes *types,
                                 MsObject             *before,
                                 JsonObject           *body,
                                 GError              **error) G_GNUC_WARN_UNUSED_RESULT;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MsDirectoryBody, ms_directory_body_clear)

/* Adds the members that say how it is set up, to the object that @into has begun. */
void ms_directory_describe (MsObject *object, gboolean has_password, JsonBuilder *into);

G_END_DECLS
