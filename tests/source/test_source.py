#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the tree itself; each prints one TAP line, and what is wrong as comments above it."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(os.environ['MS_SOURCE_DIR'])
BUILD = pathlib.Path(os.environ['MS_BUILD_DIR'])
# Lines of a source file.
LONGEST = 600
LAYERS = {
    'core': set(),
    'store': {'core'},
    'directory': {'core'},
    'service': {'core', 'store', 'directory'},
    'server': {'core', 'store', 'service'},
    'client': {'core'},
    'ctl': {'core', 'client'},
    'console': {'core', 'client'},
}


def tracked(*patterns):
    # Also what is new and not ignored, so that the check speaks before the commit.
    out = subprocess.run(['git', 'ls-files', '--cached', '--others', '--exclude-standard', '--', *patterns], cwd=SOURCE, check=True,
                         capture_output=True, text=True).stdout.split('\n')
    return [SOURCE / name for name in out if name and (SOURCE / name).exists()]


def meson_words():
    words = set()
    for file in tracked('*meson.build'):
        words |= {f'{file.parent}/{w}' for w in re.findall(r"'([^'\s]+)'", file.read_text())}
        words |= {f'{file.parent}/{w}{s}' for w in re.findall(r"'([^'\s]+)'", file.read_text()) for s in ('.c',)}
        words |= {f'{SOURCE}/{w}' for w in re.findall(r"'([^'\s]+)'", file.read_text())}
    return words


def every_source_is_built():
    words = meson_words()
    compiled = (BUILD / 'compile_commands.json').read_text()
    for file in tracked('src/*.c', 'tests/*.c'):
        if f'{file}' not in words and os.path.relpath(file, BUILD) not in compiled:
            yield f'{file.relative_to(SOURCE)} is compiled by no target'


def every_template_is_a_resource():
    listed = ' '.join(f.read_text() for f in tracked('*.gresource.xml'))
    for file in tracked('ui/*.ui'):
        if file.name not in listed:
            yield f'{file.relative_to(SOURCE)} is in no resource file'


def every_source_has_its_licence():
    for file in tracked('src/*.c', 'src/*.h', 'tests/*.c', 'tests/*.h', 'tests/*.py', 'build-aux/*', 'start', 'check', '.ci/run', 'tests/serve', 'tests/postgres', 'tests/slapd', 'tests/watch'):
        if 'SPDX-License-Identifier: GPL-3.0-or-later' not in file.read_text(errors='replace')[:400]:
            yield f'{file.relative_to(SOURCE)} has no SPDX line'


def layers_include_downwards_only():
    owner = {}
    own = {}
    for layer in LAYERS:
        own[layer] = {header.name for header in tracked(f'src/{layer}/*.h')}
        for name in own[layer]:
            owner[name] = layer
    for layer, below in LAYERS.items():
        for file in tracked(f'src/{layer}/*.c', f'src/{layer}/*.h'):
            for name in re.findall(r'#include "([^"]+)"', file.read_text()):
                # Two programs may each have a header of that name; their own one is meant.
                other = layer if os.path.basename(name) in own[layer] else owner.get(os.path.basename(name))
                if other and other != layer and other not in below:
                    yield f'{file.relative_to(SOURCE)} includes {name} of {other}'


def libraries_stay_in_their_place():
    for pattern, allowed in ((r'#include <sqlite3\.h>', 'src/store/sqlite/'), (r'#include <libpq-fe\.h>', 'src/store/postgres/'),
                              (r'#include <microhttpd\.h>', 'src/server/'),
                             (r'#include <(ldap|lber|openldap)\.h>', 'src/directory/'),
                             (r'#include <libsoup/', 'src/client/'), (r'#include <(gtk/gtk|adwaita)\.h>', 'src/console/')):
        for file in tracked('src/*.c', 'src/*.h'):
            if re.search(pattern, file.read_text()) and not str(file.relative_to(SOURCE)).startswith(allowed):
                yield f'{file.relative_to(SOURCE)} has {pattern}, which belongs to {allowed}'


def version_switches_are_in_compat_only():
    for file in tracked('src/*.c', 'src/*.h'):
        if '/compat/' not in str(file) and re.search(r'^\s*#\s*if.*(GTK|ADW|SOUP|GLIB|JSON)_CHECK_VERSION', file.read_text(), re.M):
            yield f'{file.relative_to(SOURCE)} switches on a library version outside compat/'


def translated_files_are_listed():
    listed = set((SOURCE / 'po/POTFILES').read_text().split())
    for file in tracked('src/*.c', 'ui/*.ui', 'data/*.desktop.in', 'data/*.metainfo.xml.in', 'data/*.gschema.xml'):
        name = str(file.relative_to(SOURCE))
        text = file.read_text()
        marked = re.search(r'\b(_|N_|C_|ngettext|g_dngettext) ?\(\s*"', text) if name.endswith('.c') else 'translatable="yes"' in text \
            if name.endswith('.ui') else name.endswith(('.in', '.xml'))
        if marked and name not in listed:
            yield f'{name} has strings to translate and is not in po/POTFILES'
    for name in listed:
        if not (SOURCE / name).exists():
            yield f'po/POTFILES names {name}, which does not exist'


def programs_are_hardened():
    for name in ('src/server/mailsteadd', 'src/ctl/mailsteadctl', 'src/console/mailstead'):
        program = BUILD / name
        if not program.exists():
            continue
        headers = subprocess.run(['readelf', '-hlWd', str(program)], check=True, capture_output=True, text=True).stdout
        for mark, what in (('DYN (', 'PIE'), ('GNU_RELRO', 'RELRO'), ('NOW', 'NOW')):
            if mark not in headers:
                yield f'{name} is built without {what}'


def sources_are_short():
    # A file that has grown past that holds a second idea: docs/hacking.md, "Style".
    for file in tracked('src/*.c', 'src/*.h'):
        lines = len(file.read_text().splitlines())
        if lines > LONGEST:
            yield f'{file.relative_to(SOURCE)} has {lines} lines, more than {LONGEST}: what second idea is in it?'


def sources_are_formatted():
    program = shutil.which('clang-format-14') or shutil.which('clang-format')
    if program is None:
        yield 'clang-format-14 is not installed'
        return
    files = [str(f) for f in tracked('src/*.c', 'src/*.h', 'tests/*.c', 'tests/*.h')]
    for start in range(0, len(files), 40):
        result = subprocess.run([program, '--dry-run', '-Werror', *files[start:start + 40]], cwd=SOURCE, capture_output=True, text=True)
        for line in sorted({re.sub(r':\d+:\d+:.*', '', l) for l in result.stderr.split('\n') if 'error:' in l}):
            yield f'{os.path.relpath(line, SOURCE)} is not as clang-format 14 lays it out'


def metadata_is_valid():
    checks = [('desktop-file-validate', f) for f in BUILD.glob('data/*.desktop')]
    checks += [('appstreamcli', f) for f in BUILD.glob('data/*.metainfo.xml')]
    if not checks:
        yield 'no desktop file or metainfo was built'
    for program, file in checks:
        command = [program, 'validate', '--no-net', str(file)] if program == 'appstreamcli' else [program, str(file)]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode != 0:
            yield f'{program} {file.name}: {(result.stdout + result.stderr).strip()}'


CHECKS = [every_source_is_built, every_template_is_a_resource, every_source_has_its_licence, layers_include_downwards_only,
          libraries_stay_in_their_place, version_switches_are_in_compat_only, translated_files_are_listed, programs_are_hardened,
          sources_are_short, sources_are_formatted, metadata_is_valid]

print(f'1..{len(CHECKS)}')
for number, check in enumerate(CHECKS, 1):
    problems = list(check())
    for problem in problems:
        print('# ' + problem.replace('\n', '\n# '))
    print(f"{'not ok' if problems else 'ok'} {number} - {check.__name__.replace('_', ' ')}")
    sys.stdout.flush()
