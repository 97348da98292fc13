"""A PostgreSQL server of the tests' own: Debian's, below a temporary folder, on a socket there.

It goes with the process that started it, however that ends.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

USER = "postgres"
SLOWEST_SECONDS = 30
# A test's data need not outlive the machine: a commit is written, not flushed to the disk.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "max_wal_size": "256MB",
}
_END = "select pg_terminate_backend(pid) from pg_stat_activity where datname = '{}'"
_MADE = """
    select (select md5(string_agg(concat(tgname, tgenabled), ',' order by oid)) from pg_trigger),
        (select seal from log_head where number = 0)
"""
_EMPTY = """
do $$ declare one record; begin
    set local session_replication_role = replica;
    for one in
        select oid::regclass as name, relkind from pg_class
        where relnamespace = 'public'::regnamespace and relname <> 'alembic_version'
    loop
        case one.relkind
            when 'r' then execute 'delete from ' || one.name;
            when 'S' then perform setval(one.name, 1, false);
            else null;
        end case;
    end loop;
end $$
"""


def programs() -> Path | None:
    """The folder of the newest PostgreSQL's programs; None where there is none."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in found), key=lambda p: float(p.parent.name), default=None)


class Server:
    """A cluster; started, stopped or killed by its own process only."""

    def __init__(self, data: Path | None = None, **settings: str) -> None:
        found = programs()
        if found is None:
            raise RuntimeError("PostgreSQL is missing; install it: make postgres")
        self.programs = found
        self.folder = Path(tempfile.mkdtemp(prefix="ire-postgresql-"))
        self.data = data or self.folder / "data"
        self.log = self.folder / "log"
        self.settings = SETTINGS | settings
        self.numbers = count(1)
        if os.getuid() == 0:
            shutil.chown(self.folder, USER, USER)
        initdb = [str(self.programs / "initdb"), "-D", str(self.data), "-U", USER, "-A", "trust"]
        said = [*_as_user(), *initdb, "--no-sync", "--wal-segsize=1", "-E", "UTF8", "--locale=C"]
        subprocess.run(said, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)
        self.start()

    def start(self) -> None:
        """Start it, and wait until it lets people in."""
        until = time.monotonic() + SLOWEST_SECONDS
        told = [f"-c{name}={value}" for name, value in self.settings.items()]
        program = [str(self.programs / "postgres"), "-D", str(self.data), "-k", str(self.folder)]
        command = ["setpriv", "--pdeathsig=SIGQUIT", *_as_user()[1:], *program, *told]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
            while not self.is_there():
                if time.monotonic() > until:
                    self.stop()
                    raise RuntimeError(self.log.read_text()[-2000:])
                time.sleep(0.05)
                # It does not start while what was killed with the last one still dies.
                if self.process.poll() is not None:
                    self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def is_there(self) -> bool:
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str, folder: Path | None = None) -> str:
        """How to get in: on its socket, or on another's that stands before it."""
        return f"postgresql://{USER}@/{database}?host={folder or self.folder}"

    def new_database(self, template: str = "template0") -> str:
        """The name of a new database, a copy of another in which nobody stays."""
        name = f"ledger_{next(self.numbers)}"
        self.do("postgres", _END.format(template), f"create database {name} template {template}")
        return name

    def do(self, database: str, *statements: str) -> tuple[Any, ...] | None:
        """Say these to a database; gives the first row of the last one."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                told = connection.execute(statement)
            return told.fetchone() if told.description else None

    def begun_anew(self, name: str, empty: str) -> str:
        """A ledger without a row: this one emptied, or where more was changed a new one.

        A copy takes 0.2 s of the machine's time, and there are hundreds of tests.
        """
        triggers, seal = self.do(empty, _MADE)
        if self.do(name, _MADE)[0] == triggers:
            self.do(name, _EMPTY, f"insert into log_head values (1, 0, '{seal}')")
            return name
        self.do("postgres", f"drop database {name} with (force)")
        return self.new_database(empty)

    def kill(self) -> None:
        """As a power cut would: the postmaster and all that work for it, at once."""
        first = self.process.pid
        os.kill(first, signal.SIGSTOP)  # it begins no other
        children = Path(f"/proc/{first}/task/{first}/children").read_text("ascii")
        for pid in (*map(int, children.split()), first):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)


def _as_user() -> list[str]:
    """PostgreSQL does not start as root."""
    if os.getuid() != 0:
        return ["setpriv"]
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
