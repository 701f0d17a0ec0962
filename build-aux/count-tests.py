#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adds up what meson's runs report (LOG: path of a log without its ending): a line for each program, the slowest, why something
was skipped, what failed and the last that it said, and the closing line. A program that ends badly without a failed case (a leak,
a crash at its end, time that ran out) is a failure too. Whoever sees only the end of a log shall learn there what failed."""
import argparse
import collections
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as tree

SLOWEST = 10
LAST_LINES = 15
LINE_LENGTH = 400
GOOD = ('OK', 'SKIP', 'EXPECTEDFAIL')


def read_cases(logs):
    """(suite, case, element) of each case."""
    # What a test prints may hold control characters, which XML does not allow and meson does not escape.
    text = logs.with_name(logs.name + '.junit.xml').read_text(encoding='utf-8', errors='replace')
    text = re.sub(r'[^\t\n\r\x20-\ufffd\U00010000-\U0010ffff]', '\ufffd', text)
    for suite in tree.fromstring(text.encode()).iter('testsuite'):
        for case in suite.iter('testcase'):
            yield suite.get('name', '?'), case.get('name') or '?', case


def read_programs(logs):
    for line in logs.with_name(logs.name + '.json').read_text(encoding='utf-8', errors='replace').splitlines():
        yield json.loads(line)


def last_lines(program):
    """Of both its channels, without what libraries say to themselves; a passed case shows where the failed one begins."""
    for channel in ('stdout', 'stderr'):
        lines = [line for line in (program.get(channel) or '').splitlines()
                 if line.strip() and not re.match(r'# \S*-DEBUG:', line)]
        for line in lines[-LAST_LINES:]:
            yield line[:LINE_LENGTH]


class Round:
    def __init__(self, argument):
        title, _, log = argument.rpartition('=')
        self.title = title
        self.logs = pathlib.Path(log)
        self.passed = collections.Counter()
        self.skipped = []
        self.failed = []
        self.programs = list(read_programs(self.logs))
        self.bad = {program['name'] for program in self.programs if program['result'] not in GOOD}
        self.blamed = collections.defaultdict(list)
        for suite, name, case in read_cases(self.logs):
            self.count(suite, name, case)
        for program in self.programs:
            self.judge(program)

    def count(self, suite, name, case):
        if case.find('failure') is not None or case.find('error') is not None:
            # Of a crashed program the case has the program's own name, in a suite that has not.
            self.blamed[suite].append(name)
            if suite != name:
                self.blamed[name].append(name)
        elif case.find('skipped') is not None:
            reason = case.find('skipped').get('message') or case.findtext('skipped') or 'no reason given'
            self.skipped.append(f'{suite}: {name}: {reason}')
        elif name not in self.bad:
            # What ran out of time before its first case is in there as if it had passed.
            self.passed[suite] += 1

    def judge(self, program):
        name = program['name']
        cases = next((cases for suite, cases in self.blamed.items() if suite.endswith(name)), [])
        end = f"{program['result']}, exit status {program['returncode']}"
        if program['result'] in GOOD and not cases:
            return
        for case in cases or [end]:
            self.failed.append(f'{name}: {end if name.endswith(case) else case}')

    def print_details(self):
        for program in self.programs:
            if any(label.startswith(f"{program['name']}: ") for label in self.failed):
                print(f"\n--- {program['name']}, {self.title}: {program['result']}, exit status {program['returncode']}, "
                      f"{program['duration']:.0f} seconds; the last it said:")
                for line in last_lines(program):
                    print(f'    {line}')

    def print_slowest(self):
        print(f"{sum(program['duration'] for program in self.programs):.0f} seconds in programs, {self.title}; the slowest:")
        for program in sorted(self.programs, key=lambda program: -program['duration'])[:SLOWEST]:
            print(f"{program['duration']:8.1f}  {program['name']}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--broken', type=int, default=0)
    parser.add_argument('rounds', nargs='*', type=Round, metavar='TITLE=LOG')
    arguments = parser.parse_args()
    passed = sum((one.passed for one in arguments.rounds), collections.Counter())

    for name, count in sorted(passed.items()):
        print(f'{count:6} passed  {name}')
    for one in arguments.rounds:
        one.print_slowest()
    for one in arguments.rounds:
        for label in one.skipped:
            print(f'skipped: {label} ({one.title})')
    failures = [f'{label} ({one.title})' for one in arguments.rounds for label in one.failed]
    for one in arguments.rounds:
        one.print_details()
    if failures:
        print()
    for label in failures:
        print(f'FAILED:  {label}')
    if arguments.broken:
        failures.append('the run itself')
        print('FAILED:  the run itself (see above)')
    print(f'{passed.total()} passed, {len(failures)} failed, {sum(len(one.skipped) for one in arguments.rounds)} skipped')
    sys.exit(1 if failures or not passed else 0)


if __name__ == '__main__':
    main()
