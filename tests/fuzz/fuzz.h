/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The entry point that libFuzzer and our own replay call with one input after the other.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
