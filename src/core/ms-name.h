/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names by which things are found: what they may be made of, so that no two look alike because of
 * what cannot be seen, and none looks like nothing or like an id. After the string classes of
 * RFC 8264 (PRECIS), as far as the character tables of GLib carry.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MsNameClass: what the name is for
 * @MS_NAME_IDENTIFIER: logging on and addresses (RFC 8265 §3.3, UsernameCaseMapped)
 * @MS_NAME_FREEFORM: reading (RFC 8266): may hold the joiners that some scripts need within a word
 */
typedef enum
{
  MS_NAME_IDENTIFIER,
  MS_NAME_FREEFORM,
} MsNameClass;

/* What @c is, where it cannot be seen or means nothing by itself: "format character", …; %NULL for
 * all others, blanks too. Joiners count as what cannot be seen. (nullable) (transfer none) */
const char *ms_name_describe_invisible (gunichar c);
/* @text without blanks of any script (Unicode's white space) at its ends; of what is not valid
 * UTF-8 only ASCII's go. (transfer full) */
char *ms_name_strip (const char *text);
/* @text as it would stand in a name: each blank a plain space, and none at its @begin or @end,
 * where these are set. Must be valid UTF-8. (transfer full) */
char *ms_name_trim (const char *text, gboolean begin, gboolean end);
/* @text for people, to be told what is wrong with it: what cannot be seen as <U+200B>. Need not be
 * valid UTF-8. (transfer full) */
char *ms_name_show (const char *text);
/* Whether @text, which may be part of a name, holds nothing that a name of this class cannot have.
 * %MS_ERROR_INVALID at @path names the first such character by number and place. */
gboolean ms_name_check_characters (const char *text,
                                   MsNameClass name_class,
                                   const char *path,
                                   GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* @name as it is stored: without outer blanks, each blank within a plain space (RFC 8265 §4.2.2).
 * %MS_ERROR_INVALID at @path where nothing is left of it, where it holds what it cannot have,
 * begins with a mark that belongs to a letter before it, or has the form of an object's id.
 * (transfer full) (nullable) */
char *ms_name_prepare (const char *name, MsNameClass name_class, const char *path, GError **error);

G_END_DECLS
