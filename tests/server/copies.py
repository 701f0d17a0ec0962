#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Programs that copy into one empty database at the same time: one of them does, and what it copied is what is there.
"""Two copies into one database at once."""

import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAILSTEADD = os.environ["MAILSTEADD"]
RUNS = 5


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout


def find_digest(text):
    return next(line.split()[1] for line in text.splitlines() if line.startswith("digest"))


def copy_at_once(stores, uri):
    started = [subprocess.Popen([MAILSTEADD, "copy", store, uri], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
               for store in stores]
    return [(process.communicate()[0], process.returncode) for process in started]


def main():
    folder = tempfile.mkdtemp(prefix="mailstead-copies.")
    server = subprocess.Popen([sys.executable, ROOT / "tests/postgres"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        uri = json.loads(server.stdout.readline())["uri"]
        psql = sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))[-1]
        stores = []
        for name in "ab":
            run(MAILSTEADD, "init", "--data", f"{folder}/{name}", "--domain", f"{name}.example", "--listen", "127.0.0.1:0")
            stores.append(f"{folder}/{name}/store.db")
        for _ in range(RUNS):
            ended = copy_at_once(stores, uri)
            done = [text for text, status in ended if status == 0]
            refused = [text for text, status in ended if status != 0]
            assert len(done) == 1, ended
            assert "is not empty" in refused[0] or "Another program copies into the store" in refused[0], refused
            assert find_digest(run(MAILSTEADD, "verify", uri)) == find_digest(done[0]), done
            run(psql, uri, "-qc", "DROP SCHEMA mailstead CASCADE")
        print("1..1\nok 1 - one of two copies at once is done")
    finally:
        server.stdin.close()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


main()
