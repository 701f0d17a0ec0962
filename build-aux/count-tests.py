#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds up what meson's runs report in their folders: a line for each program, what failed and why something was skipped, and the
closing line. A program that ends badly without a failed case (a leak, a crash at its end, time that ran out) is a failure too."""
import argparse
import collections
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as tree

parser = argparse.ArgumentParser()
parser.add_argument('--broken', type=int, default=0)
parser.add_argument('logs', nargs='*', type=pathlib.Path, metavar='MESON-LOGS')
arguments = parser.parse_args()

passed = collections.Counter()
failed = []
skipped = []
for logs in arguments.logs:
    blamed = set()
    # What a test prints may hold control characters, which XML does not allow and meson does not escape.
    with open(logs / 'testlog.junit.xml', encoding='utf-8', errors='replace') as file:
        text = re.sub(r'[^\t\n\r\x20-\ufffd\U00010000-\U0010ffff]', '\ufffd', file.read())
    for suite in tree.fromstring(text.encode()).iter('testsuite'):
        name = suite.get('name', '?')
        for case in suite.iter('testcase'):
            label = f"{name}: {case.get('name')}"
            if case.find('failure') is not None or case.find('error') is not None:
                failed.append(label)
                # Of a crashed program the case has the program's own name, in a suite that has not.
                blamed.update((name, case.get('name', '')))
            elif case.find('skipped') is not None:
                skipped.append(f"{label}: {case.find('skipped').get('message') or case.findtext('skipped') or 'no reason given'}")
            else:
                passed[name] += 1
    for line in (logs / 'testlog.json').read_text(encoding='utf-8', errors='replace').splitlines():
        program = json.loads(line)
        if program['result'] in ('OK', 'SKIP', 'EXPECTEDFAIL') or any(suite.endswith(program['name']) for suite in blamed):
            continue
        failed.append(f"{program['name']}: {program['result']}, exit status {program['returncode']}")

for name, count in sorted(passed.items()):
    print(f'{count:6} passed  {name}')
for label in skipped:
    print(f'skipped: {label}')
for label in failed:
    print(f'FAILED:  {label}')
if arguments.broken:
    failed.append('the run itself')
    print('FAILED:  the run itself (see above)')
print(f'{sum(passed.values())} passed, {len(failed)} failed, {len(skipped)} skipped')
sys.exit(1 if failed or not passed else 0)
