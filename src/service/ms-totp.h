/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Codes of a second step at log-on: time-based ones of six digits every 30 seconds (RFC 6238 over
 * HMAC-SHA-1, what every authenticator application knows), and recovery codes for whoever has lost
 * theirs. Arithmetic only; where secrets are kept and when a code counts is ms-second-step.h.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MS_TOTP_DIGITS 6
#define MS_TOTP_PERIOD 30
#define MS_TOTP_RECOVERY_CODES 10
#define MS_TOTP_CODE_MAX 64 /* of what people type, with blanks */

/* (transfer full): 160 random bits in base 32 */
char *ms_totp_new_secret (void);
/* (transfer full): what authenticator applications read, also as a QR code: otpauth://totp/… */
char *ms_totp_make_uri (const char *secret, const char *issuer, const char *account);
/* The time step that @time (microseconds since 1970) is in. */
gint64 ms_totp_get_step (gint64 time);
/* (transfer full) (nullable): the code of a step; %NULL for a secret that is none */
char *ms_totp_make_code (const char *secret, gint64 step);
/* The step whose code @code is, of the one at @time and the ones before and after it, if it is
 * later than @last_step; 0 = none. Always as long. */
gint64 ms_totp_find_step (const char *secret, const char *code, gint64 time, gint64 last_step);
/* (transfer full): without the blanks and hyphens that people put in, in lower case; wiped by
 * ms_totp_free_code() */
char *ms_totp_clean_code (const char *typed);
void  ms_totp_free_code (char *code);
/* Whether it has the form of a recovery code, once cleaned. */
gboolean ms_totp_is_recovery_code (const char *code);
/* (transfer full): of 80 random bits, "abcd-efgh-ijkl-mnop" */
char *ms_totp_new_recovery_code (void);
/* (transfer full): what is kept of one. 80 random bits need no slow hash. */
char *ms_totp_hash_recovery_code (const char *cleaned);

G_END_DECLS
