#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""./start without a display, as a newcomer would run it: the first time, and again on the same store."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

SOURCE = pathlib.Path(os.environ['MS_SOURCE_DIR'])
number = 0


def check(true, name, *notes):
    global number
    number += 1
    for note in notes if not true else ():
        print('# ' + str(note).replace('\n', '\n# '))
    print(f"{'ok' if true else 'not ok'} {number} - {name}", flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def run_start(home, port):
    """Runs ./start until it says that the server goes on, then ends it as Ctrl-C does. (output, seconds, exit status)"""
    environment = {k: v for k, v in os.environ.items() if k not in ('DISPLAY', 'WAYLAND_DISPLAY')}
    environment |= {'HOME': str(home), 'XDG_DATA_HOME': str(home / 'share'), 'MS_PORT': str(port), 'TMPDIR': str(home)}
    began = time.monotonic()
    process = subprocess.Popen([str(SOURCE / 'start')], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               start_new_session=True)
    watchdog = threading.Timer(200, lambda: os.killpg(process.pid, signal.SIGKILL))
    watchdog.start()
    lines = []
    seconds = None
    for line in process.stdout:
        lines.append(line)
        if 'until Ctrl-C' in line:
            seconds = time.monotonic() - began
            os.killpg(process.pid, signal.SIGINT)
    status = process.wait()
    watchdog.cancel()
    return ''.join(lines), seconds, status


home = pathlib.Path(tempfile.mkdtemp(prefix='mailstead-start-test.'))
port = free_port()
print('1..11')
try:
    first, seconds, status = run_start(home, port)
    check(seconds is not None, 'the first start comes up', first)
    fingerprint = re.search(r'^Fingerprint: +(SHA256:[0-9A-F:]{95})$', first, re.M)
    check(fingerprint, 'it prints the fingerprint', first)
    check(re.search(r'^ *password +\S{8,}$', first, re.M), "it prints the admin's generated password", first)
    picture = re.search(r'^Picture of the console: (.+)$', first, re.M)
    check(picture and pathlib.Path(picture[1]).stat().st_size > 10000, 'it saves a picture of the console', first)
    check('undo --last' in first and 'failed' not in first, 'it does the main job', first)
    check(status in (130, -signal.SIGINT), 'Ctrl-C ends it', f'exit status {status}', first)
    with socket.socket() as probe:
        check(probe.connect_ex(('127.0.0.1', port)) != 0, 'and the server with it')

    second, again, status = run_start(home, port)
    other = re.search(r'^Fingerprint: +(\S+)$', second, re.M)
    check(again is not None and other and fingerprint and other[1] == fingerprint[1] and not re.search(r'^ *password ', second, re.M),
          'the second start uses the same store', second)
    mode = (home / 'share/mailstead/admin-password').stat().st_mode & 0o777
    check(mode == 0o600, 'the password file is private', oct(mode))

    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        busy = taken.getsockname()[1]
        third, up, status = run_start(home, busy)
        check(up is None and status == 1 and 'MS_PORT=' in third, 'a port that is taken is said, and how to choose another', third)
    port = free_port()
    fourth, up, status = run_start(home, port)
    check(up is not None and f'https://127.0.0.1:{port} ' in fourth, 'the same store comes up on another port', fourth)
    print(f'# first start {seconds and round(seconds, 1)} s, second {again and round(again, 1)} s')
finally:
    shutil.rmtree(home, ignore_errors=True)
