"""A demo home, filled once from the sample exports and kept until the code changes."""

import fcntl
import gc
import hashlib
import os
import random
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.postgresql import Server

ROOT = Path(__file__).parent.parent
# A registry that is no demo does not start without its secrets.
os.environ.setdefault("IRE_AUDIT_KEY", "of the tests alone: " + 20 * "a")
if "PYTEST_XDIST_WORKER" in os.environ:
    # Workers share the cores: threads beside them only wake each other, a tenth of a check.
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
# What a demo home is made from: while none of it changes, the last one made is right.
MADE_FROM = ("expectations", "ingest", "sql", "sample_data")
WAITED_FOR = frozenset({"demo_home", "chromium"})


def _digest() -> str:
    digest = hashlib.sha256()
    for room in MADE_FROM:
        for path in sorted((ROOT / room).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(ROOT)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None]:
    """No garbage is looked for among what is only made, nor later among what stays to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_sessionfinish() -> None:
    gc.unfreeze()


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    """Say which cases are trials; once these are left out, put the files in order."""
    _sample(items)
    yield
    _spread(items)


def _sample(items: list[pytest.Item]) -> None:
    """Of the cases of a sampled test, all but as many as it names are trials."""
    cases: dict[tuple[Path, str], list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("sampled"):
            cases.setdefault((item.path, item.name.partition("[")[0]), []).append(item)
    for (_, name), found in cases.items():
        sampled = found[0].get_closest_marker("sampled")
        assert sampled is not None
        kept = random.Random(name).sample(found, min(sampled.args[0], len(found)))
        for item in found:
            if item not in kept:
                item.add_marker("trial")


def _spread(items: list[pytest.Item]) -> None:
    """Files that wait for the demo home or for a browser are spread among those that do not.

    The first that looks at the demo home comes first: one worker fills it while the others
    begin with the rest. None of them comes late: many short files are shared out at the end.
    """
    files = list(dict.fromkeys(item.path for item in items))
    needs: dict[Path, set[str]] = {path: set() for path in files}
    for item in items:
        needs[item.path] |= WAITED_FOR.intersection(getattr(item, "fixturenames", ()))
    first = [path for path in files if "demo_home" in needs[path]][:1]
    waiting = [path for path in files if needs[path] and path not in first]
    others = [path for path in files if not needs[path]]
    begin, room = len(others) / 5, len(others) * 3 / 5
    place = dict.fromkeys(first, -1.0) | {path: float(n) for n, path in enumerate(others)}
    place |= {path: begin + room * n / len(waiting) for n, path in enumerate(waiting)}
    items.sort(key=lambda item: place[item.path])


@pytest.fixture(scope="session")
def demo_home() -> Path:
    """A demo home as `make run` fills it; read it, don't change it."""
    kept = ROOT / ".demo-test"
    kept.mkdir(exist_ok=True)
    home = kept / _digest()
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two runs at once fill it once
        if not home.exists():
            from ingest.demo import fill

            for old in kept.glob("*/"):
                shutil.rmtree(old)
            fill(home, ROOT / "sample_data")
    return home


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server of this run."""
    started = Server()
    yield started
    started.remove()


@pytest.fixture(scope="session")
def empty_ledgers(server: Server, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """On the server: a ledger without a row, and a copy of it for one test after the other."""
    from sql.ledger import Ledger

    empty = server.new_database()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("IRE_LEDGER_URL", server.url(empty))
        Ledger(tmp_path_factory.mktemp("empty") / "ledger.sqlite").close()
    return [empty, server.new_database(empty)]


@pytest.fixture
def on_postgresql(
    server: Server, empty_ledgers: list[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Ledgers are kept on a server; gives the URL that says so."""
    empty, name = empty_ledgers
    monkeypatch.setenv("IRE_LEDGER_URL", server.url(name))
    yield server.url(name)
    empty_ledgers[1] = server.begun_anew(name, empty)


@pytest.fixture
def killable(server: Server, on_postgresql: str) -> Iterator[Server]:
    """The server that ledgers are kept on, which a test may kill and start."""
    yield server
    if server.process.poll() is not None:
        server.start()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Once with the ledger in a file, once with it on a server."""
    if request.param == "postgresql":
        request.getfixturevalue("on_postgresql")
    return str(request.param)


@pytest.fixture
def changeable_home(demo_home: Path, tmp_path: Path) -> Path:
    """A copy of the demo home that a test may change."""
    return copy_of(demo_home, tmp_path / "home")


def copy_of(home: Path, copy: Path) -> Path:
    """A copy of a home that may be changed."""
    shutil.copytree(home, copy, copy_function=_linked)
    return copy


def _linked(source: str, target: str) -> None:
    """Submissions and releases are never changed in place: a link is as good as a copy."""
    if Path(source).suffix in (".parquet", ".duckdb"):
        os.link(source, target)
    else:
        shutil.copy2(source, target)
