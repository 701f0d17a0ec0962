#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What docs/operations.md says of replication, with a streaming standby of PostgreSQL's own: the standby can be verified
# and backed up, and when the primary is killed and the standby promoted, a daemon that has both in its address goes on
# there by itself. With synchronous replication nothing that was answered is lost.
"""A primary with a standby, failed over below a running mailsteadd."""

import importlib.machinery
import importlib.util
import json
import os
import re
import shutil
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).resolve().parents[2]
MAILSTEADD = os.environ["MAILSTEADD"]
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
WAIT = 120


def load_postgres():
    """tests/postgres as a module."""
    loader = importlib.machinery.SourceFileLoader("postgres", str(ROOT / "tests/postgres"))
    spec = importlib.util.spec_from_loader("postgres", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    module.SETTINGS |= {"wal_level": "replica", "max_wal_senders": "4"}
    return module


def wait_for(what, condition):
    end = time.monotonic() + WAIT
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.05)


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout


def ask(server, text, role="postgres"):
    """One value from a server."""
    return run(server.programs / "psql", "-h", server.folder, "-U", role, "-d", "postgres", "-Atc", text).strip()


def make_standby(primary, standby):
    primary.user.give(standby.folder)
    command = [primary.programs / "pg_basebackup", "-h", primary.folder, "-U", "postgres", "-D", standby.data, "-R",
               "-X", "stream", "-c", "fast"]
    subprocess.run(command, check=True, cwd=standby.folder, **primary.user.options(True))
    with open(standby.data / "postgresql.auto.conf", "a", encoding="utf-8") as conf:
        conf.write(f"unix_socket_directories = '{standby.folder}'\n")
    standby.start()
    ask(primary, "ALTER SYSTEM SET synchronous_standby_names = '*'")
    ask(primary, "SELECT pg_reload_conf()")
    wait_for("the standby", lambda: ask(primary, "SELECT sync_state FROM pg_stat_replication") == "sync")


class Client:
    def __init__(self, url, certificate):
        self.url = url
        self.token = None
        self.context = ssl.create_default_context(cafile=certificate)

    def call(self, method, path, body=None):
        """(status, headers, JSON)"""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=WAIT) as reply:
                return reply.status, reply.headers, json.load(reply)
        except urllib.error.HTTPError as error:
            return error.code, error.headers, json.load(error)

    def make_user(self, name):
        status, headers, _ = self.call("POST", "/scim/v2/Users", {"schemas": [USER], "userName": name})
        assert status in (201, 503), f"{name}: {status}"
        assert status == 201 or headers["Retry-After"], "503 without Retry-After"
        return status == 201

    def count(self, name):
        path = f"/scim/v2/Users?count=0&filter=userName%20eq%20%22{name}%22"
        return self.call("GET", path)[2]["totalResults"]


def verify(uri):
    return re.search(r"^digest\s+(\S+)$", run(MAILSTEADD, "verify", uri), re.M).group(1)


def fail_over(primary, standby, data):
    hosts = f"{primary.folder},{standby.folder}"
    uri = f"postgresql:///mailstead?host={hosts}&user=mailstead"
    said = run(MAILSTEADD, "init", "--data", data, "--listen", "127.0.0.1:0", "--domain=harbour.example", "--store", uri)
    daemon = subprocess.Popen([MAILSTEADD, "run", "--data", data], stdout=subprocess.PIPE, text=True)
    try:
        client = Client(daemon.stdout.readline().split()[-1], data / "server.crt")
        password = re.search(r"^\s*password\s+(\S+)$", said, re.M).group(1)
        client.token = client.call("POST", "/api/v1/session", {"userName": "admin", "password": password})[2]["token"]
        made = [name for name in (f"before-{i}" for i in range(50)) if client.make_user(name)]
        assert len(made) == 50

        one, other = (f"postgresql:///mailstead?host={server.folder}&user=mailstead" for server in (primary, standby))
        wait_for("the standby's replay", lambda: verify(one) == verify(other))
        run(MAILSTEADD, "copy", other, f"sqlite:{data}/copy.db")

        primary.kill()
        assert not client.make_user("meanwhile")
        assert ask(standby, "SELECT pg_promote()") == "t"
        wait_for("the new primary", lambda: client.make_user("after"))
        for name in made:
            assert client.count(name) == 1, f"{name} is lost"
        assert client.count("meanwhile") == 0
    finally:
        daemon.terminate()
        assert daemon.wait(WAIT) == 0
    verify(uri)


def main():
    postgres = load_postgres()
    options = SimpleNamespace(durable=True, cache=None)
    base = Path(tempfile.mkdtemp(prefix="mailstead-fo-", dir="/var/tmp"))
    base.chmod(0o755)
    folders = [base / name for name in ("a", "b", "data")]
    for folder in folders:
        folder.mkdir()
    primary, standby = (postgres.Server(options, folder) for folder in folders[:2])
    print("1..1", flush=True)
    try:
        primary.prepare()
        with open(primary.data / "pg_hba.conf", "a", encoding="ascii") as hba:
            hba.write("local replication all trust\n")
        primary.start()
        make_standby(primary, standby)
        fail_over(primary, standby, folders[2])
        print("ok 1 - a promoted standby")
    finally:
        standby.stop()
        primary.stop()
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
