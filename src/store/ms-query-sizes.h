/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is few and what is far in a list. They decide how an answer is found, never what it is;
 * tests make them small, so that a few dozen objects take every road.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MsQuerySizes:
 * @few: results up to this many are sorted in memory
 * @near: rows up to which a walk along an index costs less than looking at anchors
 * @far: rows from which on it is worth giving anchors to an attribute
 * @block: rows from one anchor to the next
 * @looked_at: objects that are loaded and looked at, rather than the values of all
 * @keys: different values of an attribute that are looked at, rather than each object's
 * @worth: objects passed over in the time that one at the other end of a relation takes
 * @counted: objects with the words of a search that are counted where a total may be bounded
 * @tested: objects whose texts are looked at for a page, rather than finding all with the words
 * @joined: conditions that one statement may ask for together; more are found one by one
 */
typedef struct
{
  gint64 few;
  gint64 near;
  gint64 far;
  gint64 block;
  gint64 looked_at;
  gint64 keys;
  gint64 worth;
  gint64 counted;
  gint64 tested;
  gint64 joined;
} MsQuerySizes;

extern MsQuerySizes ms_query_sizes;

G_END_DECLS
