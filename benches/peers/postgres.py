"""A temporary PostgreSQL server on a unix socket, gone when the program ends."""

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import peers


def programs():
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True)
    for folder in folders:
        if (folder / "pg_ctl").is_file():
            return folder
    raise SystemExit("no PostgreSQL server was found: install one (Debian: apt-get install postgresql)")


class Server:
    def __init__(self):
        self.bin = programs()
        self.folder = Path(tempfile.mkdtemp(prefix="migrate-pg-", dir="/tmp"))
        self.as_user = {}
        # The server refuses to run as root.
        if os.getuid() == 0:
            try:
                user = pwd.getpwnam("postgres")
            except KeyError:
                user = pwd.getpwnam("nobody")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.as_user = {"user": user.pw_uid, "group": user.pw_gid}
        self.folder.chmod(0o755)
        atexit.register(self.stop)
        data = self.folder / "data"
        self.call("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D", data)
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off"
        self.call("pg_ctl", "start", "-w", "-D", data, "-l", self.folder / "log", "-o", options)
        self.count = 0

    def call(self, program, *words):
        with open(self.folder / "said", "w") as said:
            subprocess.run(
                [self.bin / program, *map(str, words)],
                check=True, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/", **self.as_user,
            )

    def stop(self):
        subprocess.run(
            [self.bin / "pg_ctl", "stop", "-m", "immediate", "-D", self.folder / "data"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **self.as_user,
        )
        shutil.rmtree(self.folder, ignore_errors=True)

    def database(self):
        """The URL of a new database."""
        self.count += 1
        self.sql("postgres", f"create database d{self.count}")
        return f"postgres:///d{self.count}?host={self.folder}&user=postgres"

    def sql(self, url, sql):
        """What a statement answers, or the error."""
        database = url.split("///")[1].split("?")[0] if "///" in url else url
        done = subprocess.run(
            [self.bin / "psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "postgres",
             "-d", database, "-c", sql],
            capture_output=True, text=True,
        )
        return done.returncode == 0, (done.stdout if done.returncode == 0 else done.stderr).strip()

    def version(self):
        return self.sql("postgres", "show server_version")[1].split()[0]

    def schema(self, url):
        """What there is in a database, but for the tools' own tables: to compare before and after."""
        own = peers.OWN_TABLES
        return self.sql(
            url,
            "select table_name, column_name from information_schema.columns where table_schema = 'public' and table_name "
            f"not in {own} union all select tablename, indexname from pg_indexes where schemaname = 'public' "
            f"and tablename not in {own} order by 1, 2",
        )[1]
