/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MsDateTimeField: local time in the dialog, UTC on the wire. Typed as "2026-11-22 18:30" (a date
 * alone is its midnight); the calendar keeps the time of day that stands there.
 */
#include "config.h"

#include <glib/gi18n.h>
#include "ms-date-time-field.h"
#include "ms-error.h"

struct _MsDateTimeField
{
  MsField parent_instance;

  /* Borrowed: in our row, which we own */
  GtkWidget *calendar;
  GtkWidget *entry;
  GtkWidget *popover;
};

G_DEFINE_FINAL_TYPE (MsDateTimeField, ms_date_time_field, MS_TYPE_FIELD)

static GDateTime *
parse_local (const char *text)
{
  g_autoptr (GTimeZone) local = g_time_zone_new_local ();
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  int              year, month, day, hour = 0, minute = 0, consumed = 0;

  if (sscanf (trimmed, "%4d-%2d-%2d%n", &year, &month, &day, &consumed) != 3)
    return NULL;
  if (trimmed[consumed] != '\0')
    {
      const char *rest = trimmed + consumed;
      int         end = 0;

      if ((*rest != ' ' && *rest != 'T')
          || sscanf (rest + 1, "%2d:%2d%n", &hour, &minute, &end) != 2 || rest[1 + end] != '\0')
        return NULL;
    }

  return g_date_time_new (local, year, month, day, hour, minute, 0);
}

static void
on_entry_changed_cb (MsField *self)
{
  ms_field_changed (self);
}

static void
on_day_selected_cb (MsDateTimeField *self)
{
  g_autoptr (GDateTime) day = gtk_calendar_get_date (GTK_CALENDAR (self->calendar));
  g_autoptr (GDateTime) before = parse_local (gtk_editable_get_text (GTK_EDITABLE (self->entry)));
  g_autofree char *text = g_strdup_printf ("%04d-%02d-%02d %02d:%02d",
                                           g_date_time_get_year (day),
                                           g_date_time_get_month (day),
                                           g_date_time_get_day_of_month (day),
                                           before != NULL ? g_date_time_get_hour (before) : 0,
                                           before != NULL ? g_date_time_get_minute (before) : 0);

  gtk_editable_set_text (GTK_EDITABLE (self->entry), text);
  gtk_popover_popdown (GTK_POPOVER (self->popover));
}

static void
on_popover_shown_cb (MsDateTimeField *self)
{
  g_autoptr (GDateTime) shown = parse_local (gtk_editable_get_text (GTK_EDITABLE (self->entry)));

  if (shown == NULL)
    shown = g_date_time_new_now_local ();

  g_signal_handlers_block_by_func (self->calendar, on_day_selected_cb, self);
  gtk_calendar_select_day (GTK_CALENDAR (self->calendar), shown);
  g_signal_handlers_unblock_by_func (self->calendar, on_day_selected_cb, self);
}

static void
ms_date_time_field_build (MsField *field, MsFieldRow *row)
{
  MsDateTimeField *self = MS_DATE_TIME_FIELD (field);
  GtkWidget       *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget       *button = gtk_menu_button_new ();

  self->entry = gtk_entry_new ();
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->entry), _("Not set"));
  gtk_entry_set_activates_default (GTK_ENTRY (self->entry), TRUE);
  gtk_widget_set_tooltip_text (self->entry,
                               _("Year-month-day hour:minute, such as 2026-11-22 18:30"));
  gtk_entry_set_max_length (GTK_ENTRY (self->entry), 40);
  gtk_widget_set_hexpand (self->entry, TRUE);

  self->calendar = gtk_calendar_new ();
  self->popover = gtk_popover_new ();
  gtk_popover_set_child (GTK_POPOVER (self->popover), self->calendar);
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "x-office-calendar-symbolic");
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), self->popover);
  gtk_widget_set_tooltip_text (button, _("Choose from a Calendar"));
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Choose from a Calendar"), -1);

  g_signal_connect_object (
      self->entry, "changed", G_CALLBACK (on_entry_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (
      self->calendar, "day-selected", G_CALLBACK (on_day_selected_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (
      self->popover, "show", G_CALLBACK (on_popover_shown_cb), self, G_CONNECT_SWAPPED);

  gtk_box_append (GTK_BOX (box), self->entry);
  gtk_box_append (GTK_BOX (box), button);
  ms_field_row_set_control (row, box, self->entry, MS_FIELD_ROW_FILL);
}

static void
ms_date_time_field_set_value (MsField *field, JsonNode *value)
{
  MsDateTimeField *self = MS_DATE_TIME_FIELD (field);
  g_autofree char *text = ms_field_describe (field, value);

  gtk_editable_set_text (GTK_EDITABLE (self->entry), text);
}

static JsonNode *
ms_date_time_field_dup_value (MsField *field)
{
  MsDateTimeField *self = MS_DATE_TIME_FIELD (field);
  const char      *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));
  g_autoptr (GDateTime) local = parse_local (text);
  g_autoptr (GDateTime) utc = NULL;
  g_autofree char *iso = NULL;

  if (text[0] == '\0')
    return NULL;
  if (local == NULL)
    return json_node_init_string (json_node_alloc (), text);

  utc = g_date_time_to_utc (local);
  iso = g_date_time_format (utc, "%Y-%m-%dT%H:%M:%SZ");

  return json_node_init_string (json_node_alloc (), iso);
}

static gboolean
ms_date_time_field_verify (MsField *field, GError **error)
{
  MsDateTimeField *self = MS_DATE_TIME_FIELD (field);
  const char      *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));
  g_autoptr (GDateTime) local = parse_local (text);

  if (text[0] == '\0' || local != NULL)
    return TRUE;

  ms_error_set (error,
                MS_ERROR_INVALID,
                "invalidValue",
                ms_field_get_path (field),
                "%s",
                _("Type it as year-month-day hour:minute, such as 2026-11-22 18:30"));

  return FALSE;
}

static char *
ms_date_time_field_describe (MsField *field, JsonNode *value)
{
  return ms_date_time_describe (value != NULL ? json_node_get_string (value) : NULL);
}

static void
ms_date_time_field_class_init (MsDateTimeFieldClass *klass)
{
  MsFieldClass *field_class = MS_FIELD_CLASS (klass);

  field_class->build = ms_date_time_field_build;
  field_class->set_value = ms_date_time_field_set_value;
  field_class->dup_value = ms_date_time_field_dup_value;
  field_class->verify = ms_date_time_field_verify;
  field_class->describe = ms_date_time_field_describe;
}

static void
ms_date_time_field_init (MsDateTimeField *self)
{
}

MsField *
ms_date_time_field_new (const char *path, const char *title, const char *hint)
{
  return ms_field_new (MS_TYPE_DATE_TIME_FIELD, path, title, hint);
}

char *
ms_date_time_describe (const char *iso8601)
{
  g_autoptr (GTimeZone) utc_zone = g_time_zone_new_utc ();
  g_autoptr (GDateTime) utc = NULL;
  g_autoptr (GDateTime) local = NULL;

  if (iso8601 == NULL)
    return g_strdup ("");

  utc = g_date_time_new_from_iso8601 (iso8601, utc_zone);
  if (utc == NULL)
    return g_strdup (iso8601);
  local = g_date_time_to_local (utc);

  return g_date_time_format (local, "%Y-%m-%d %H:%M");
}
