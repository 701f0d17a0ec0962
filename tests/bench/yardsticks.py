# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks share: our server, nginx and slapd as throw-away processes, and how much processor time each took."""
import json
import os
import pathlib
import re
import secrets
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get('MS_BUILD_DIR', SOURCE / 'build')).resolve()
BASE = 'dc=harbour,dc=example'
CONNECTIONS = 16

CREATE = '''
local n = 0
local threads = 0
function setup (thread) threads = threads + 1; thread:set ("me", threads) end
function request ()
  n = n + 1
  return wrk.format ("POST", "/scim/v2/Users", {["Content-Type"] = "application/scim+json", ["Authorization"] = wrk.headers["Authorization"]},
    string.format ('{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"RUN.%d.%d","displayName":"Bench %d","name":{"givenName":"Bench","familyName":"Number %d"},"emails":[{"value":"RUN.%d.%d@harbour.example","type":"work","primary":true}],"active":true}', me, n, n, n, me, n))
end
'''


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def wait_for_port(port, process, log):
    for _ in range(200):
        with socket.socket() as s:
            if s.connect_ex(('127.0.0.1', port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise SystemExit(f'did not start: {log.read_text() if log.exists() else ""}')


def processor_time(pid):
    """Seconds of the process and its children that run."""
    total = 0
    for one in [pid, *children(pid)]:
        try:
            fields = pathlib.Path(f'/proc/{one}/stat').read_text().rsplit(')', 1)[1].split()
        except FileNotFoundError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf('SC_CLK_TCK')


def children(pid):
    try:
        return [int(p) for p in pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split()]
    except FileNotFoundError:
        return []


def resident(pid):
    """KiB in memory: all of it, and what is the process's own."""
    values = {}
    for line in pathlib.Path(f'/proc/{pid}/status').read_text().splitlines():
        name, _, value = line.partition(':')
        values[name] = value.split()
    return int(values['VmRSS'][0]), int(values['RssAnon'][0])


def descriptors(pid):
    return len(os.listdir(f'/proc/{pid}/fd'))


def write_create(folder, name):
    """A script for wrk that creates users, whose names begin with @name."""
    script = folder.path / 'create.lua'
    script.write_text(CREATE.replace('RUN', name))
    return script


def wrk(url, seconds, token=None, script=None):
    """As many connections as everywhere here, for @seconds: requests, failed, seconds, p99 in ms."""
    command = ['wrk', '-t2', f'-c{CONNECTIONS}', f'-d{seconds}s', '--latency']
    command += ['-H', f'Authorization: Bearer {token}'] if token else []
    command += ['-s', str(script)] if script else []
    out = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    value, unit = re.search(r'99% +([\d.]+)(us|ms|s)', out).groups()
    bad = re.search(r'Non-2xx or 3xx responses: (\d+)', out)
    errors = re.search(r'Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)', out)
    done, took = re.search(r'(\d+) requests in ([\d.]+)s', out).groups()
    return {'requests': int(done), 'failed': (int(bad[1]) if bad else 0) + (sum(map(int, errors.groups())) if errors else 0),
            'seconds': float(took), 'p99': float(value) * {'us': 0.001, 'ms': 1, 's': 1000}[unit]}


class Folder:
    """A private folder with a certificate in it, gone at the end."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix='mailstead-bench.'))
        self.key, self.certificate = self.path / 'key.pem', self.path / 'cert.pem'
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', self.key,
                        '-out', self.certificate, '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
                       check=True, capture_output=True)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


class Mailstead:
    """tests/serve, with its settings changed before the start if @settings says so."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([SOURCE / 'tests/serve', *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit('tests/serve did not start')
        for name, value in json.loads(line).items():
            setattr(self, name, value)
        self.port = int(self.url.rsplit(':', 1)[1])
        self.context = ssl.create_default_context(cafile=self.certificate)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def get(self, path):
        request = urllib.request.Request(self.url + path, headers={'Authorization': 'Bearer ' + self.token})
        return urllib.request.urlopen(request, context=self.context).read()


class Nginx:
    """Serves one static file over TLS with as many workers as our server has threads."""

    def __init__(self, folder, body):
        self.folder, self.body = folder, body

    def __enter__(self):
        port, path = free_port(), self.folder.path / 'nginx'
        (path / 'www').mkdir(parents=True)
        (path / 'www' / 'user').write_bytes(self.body)
        temporary = ''
        for option, name in (('client_body', 'body'), ('proxy', 'proxy'), ('fastcgi', 'fastcgi'), ('uwsgi', 'uwsgi'), ('scgi', 'scgi')):
            (path / name).mkdir()
            temporary += f'{option}_temp_path {path}/{name};'
        workers = max(4, min(4 * os.cpu_count(), 16))
        (path / 'conf').write_text(f'''daemon off; worker_processes {workers}; pid {path}/pid; error_log {path}/log; {"user root;" if os.getuid() == 0 else ""}
events {{ worker_connections 512; }}
http {{ access_log off; keepalive_requests 1000000000; {temporary}
  server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {self.folder.certificate}; ssl_certificate_key {self.folder.key}; root {path}/www; }} }}''')
        self.process = subprocess.Popen(['nginx', '-c', path / 'conf', '-e', path / 'log'])
        self.pid = self.process.pid
        wait_for_port(port, self.process, path / 'log')
        self.url = f'https://127.0.0.1:{port}/user'
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def person(uid, n):
    return (f'dn: uid={uid},{BASE}\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: Ada Adler {n}\nsn: Adler\ngivenName: Ada\n'
            f'displayName: Ada Adler\nmail: {uid}@seed.example\n')


class Slapd:
    """OpenLDAP's server with an mdb database of @count people, an index on uid, ldaps, and mdb's default: each write fsynced."""

    def __init__(self, folder, count):
        self.folder, self.count = folder, count
        self.password = secrets.token_urlsafe(12)

    def configuration(self, path):
        return f'''dn: cn=config
objectClass: olcGlobal
cn: config
olcPidFile: {path}/pid
olcTLSCertificateFile: {self.folder.certificate}
olcTLSCertificateKeyFile: {self.folder.key}

dn: cn=module,cn=config
objectClass: olcModuleList
cn: module
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif
include: file:///etc/ldap/schema/cosine.ldif
include: file:///etc/ldap/schema/inetorgperson.ldif

dn: olcDatabase=mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: mdb
olcSuffix: {BASE}
olcRootDN: cn=admin,{BASE}
olcRootPW: {self.password}
olcDbDirectory: {path}/db
olcDbMaxSize: 4294967296
olcDbIndex: objectClass,uid,mail eq
'''

    def people(self):
        yield f'dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: harbour\no: Harbour\n'
        for n in range(self.count):
            yield person(f'user{n:06}', n)

    def __enter__(self):
        path = self.folder.path / 'slapd'
        (path / 'db').mkdir(parents=True)
        (path / 'conf').mkdir()
        (path / 'config.ldif').write_text(self.configuration(path))
        (path / 'people.ldif').write_text('\n'.join(self.people()))
        subprocess.run(['/usr/sbin/slapadd', '-n0', '-F', path / 'conf', '-l', path / 'config.ldif'], check=True, capture_output=True)
        subprocess.run(['/usr/sbin/slapadd', '-q', '-n1', '-F', path / 'conf', '-l', path / 'people.ldif'], check=True, capture_output=True)
        port = free_port()
        self.url = f'ldaps://127.0.0.1:{port}'
        self.process = subprocess.Popen(['/usr/sbin/slapd', '-F', path / 'conf', '-h', self.url, '-d', '0'], stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        wait_for_port(port, self.process, path / 'pid')
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def load(self, what, connections, seconds, name):
        out = subprocess.run([BUILD / 'tests/bench/bench-ldap', self.url, self.folder.certificate, BASE, what, str(connections), str(seconds), name],
                             capture_output=True, text=True, env={**os.environ, 'BENCH_LDAP_PASSWORD': self.password})
        if out.returncode != 0:
            raise SystemExit(out.stderr)
        return json.loads(out.stdout)

    def ldapadd(self, seconds, name):
        """The program itself: one connection, one entry after the other. A few tell how many it does in @seconds."""
        some = 30
        took = self.add_file(some, name + '.some')
        count = max(some, int(some / took * seconds))
        return {'requests': count, 'failed': 0, 'seconds': self.add_file(count, name), 'p99': 0}

    def add_file(self, count, name):
        password, entries = self.folder.path / 'slapd' / 'password', self.folder.path / 'slapd' / 'entries.ldif'
        password.touch(mode=0o600)
        password.write_text(self.password)
        entries.write_text('\n'.join(person(f'{name}.{n}', n) for n in range(count)))
        started = time.monotonic()
        done = subprocess.run(['ldapadd', '-x', '-H', self.url, '-D', f'cn=admin,{BASE}', '-y', password, '-f', entries],
                              capture_output=True, text=True, env={**os.environ, 'LDAPTLS_CACERT': str(self.folder.certificate)})
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        return time.monotonic() - started
