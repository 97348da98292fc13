"""What a board pack was made from, as hashes: data, rules and code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

import expectations
from sql.open_files import FILES
from sql.publish_release import public_path
from sql.warehouse import release_path

RULES = Path(expectations.__file__).parent
CODE = Path(__file__).parent
RULE_FILES = (".toml", ".sql")
CODE_FILES = (".py", ".sql", ".toml")


def full_hash(home: Path, release: int) -> str:
    """SHA-256 of the release's full file."""
    return digest_of_file(release_path(home, release))


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def public_hash(home: Path, release: int) -> str:
    """SHA-256 over the published rows: a function of what is published and of nothing else."""
    digest = hashlib.sha256()
    with FILES.reading(public_path(home, release)) as connection:
        tables = connection.execute("select table_name from duckdb_tables() order by all")
        for (name,) in tables.fetchall():
            rows = connection.execute(f"select * from {name} order by all").fetchall()
            digest.update(repr((name, rows)).encode())
    return digest.hexdigest()


def rules_hash() -> str:
    """SHA-256 over the dictionary, the code lists and the rules."""
    return _over(RULES, RULE_FILES)


def code_hash() -> str:
    """SHA-256 over everything that makes a figure: models, indicators, statistics, disclosure."""
    return _over(CODE, CODE_FILES)


@cache
def made_by() -> str:
    """What a release is made with, in sixteen digits: the rules and the code of this process."""
    return hashlib.sha256(f"{rules_hash()} {code_hash()}".encode()).hexdigest()[:16]


def changed_files(home: Path, submissions: Collection[str]) -> Iterator[str]:
    """The tables of these submissions whose file is not what their manifest says, or is gone."""
    for name in sorted(submissions):
        folder = home / "submissions" / name
        if not (folder / "manifest.json").is_file():
            yield f"{name} is not there"
            continue
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        for table, told in manifest["tables"].items():
            path = folder / f"{table}.parquet"
            if not path.is_file():
                yield f"{name}/{path.name} is not there"
            elif hashlib.sha256(path.read_bytes()).hexdigest() != told["sha256"]:
                yield f"{name}/{path.name} is not what was accepted"


def _over(folder: Path, kinds: Collection[str]) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in kinds:
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()
