"""The commands that a site runs on its own computer; nothing in them needs POSIX."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from expectations.dictionary import site_tables
from ingest.header import fold
from ingest.home import HomeError, open_home
from ingest.keys import LINKAGE_KEY, KeyUnusable, linkage_key
from ingest.reading import BROWSER, RawExport

if TYPE_CHECKING:  # Great Expectations takes seconds to load, and only a check needs it
    from ingest.form import Form
    from ingest.pipeline import Verdict
    from ingest.report_kept import Kept
    from ingest.submission import Registry

OURS = 1
EXIT = {"accepted": 0, "repeated": 0, "held": 3, "refused": 4}
ONE_TABLE = (".csv", ".parquet")
ALONE, BESIDE = "as far as this file shows", "beside what the registry holds"


@dataclass(frozen=True)
class Known:
    """What a check may lay the export over, at which moment."""

    registry: Callable[[str], Registry]
    now: datetime
    scope: str = BESIDE
    linkage_key: bytes | None = None


def check(options: argparse.Namespace) -> int:
    if not options.path.exists():
        raise HomeError(f"{options.path}: no such file or folder")
    form = _form(options, _table(options))
    if options.report is not None and options.report.exists():
        raise HomeError(f"{options.report}: is there already; give a new name")
    read: list[RawExport] = []
    with ExitStack() as stack:
        known = _known(options, stack)
        verdict = _judged(options, form, known, read)
    if options.report is not None:
        from ingest.site_report import site_report

        _write_owned(options.report, site_report(options.path, verdict, read, known.now))
    if options.json:
        print(json.dumps(verdict.report | {"scope": known.scope}, ensure_ascii=False))
    else:
        _print_report(verdict.kept, known.scope)
    return EXIT[verdict.verdict]


def _table(options: argparse.Namespace) -> str | None:
    """The one table that the file holds, if it is no whole export."""
    if options.table is not None:
        return str(options.table)
    if options.path.suffix.lower() not in ONE_TABLE:
        return None
    name = fold(options.path.stem)
    if name not in site_tables():
        raise HomeError(f"{options.path.name}: name the table that it holds with --table")
    return name


def _form(options: argparse.Namespace, table: str | None) -> Form | None:
    """What is said of a single table's file, in place of a manifest."""
    from ingest.form import Form
    from sql.reader_periods import reporting_period

    said = [options.period, options.type, options.reason]
    if table is None:
        if any(said):
            raise HomeError("--period, --type and --reason are for a single table's file")
        return None
    try:
        if not any(said):
            return Form(table)
        if options.site is None or options.period is None:
            raise ValueError("a single table's file needs --site and --period to be judged as sent")
        period = reporting_period(options.period)
        kind = options.type or "INCREMENTAL"
        return Form(table, period.start, period.end, kind, options.reason or "")
    except ValueError as error:
        raise HomeError(str(error)) from None


def _known(options: argparse.Namespace, stack: ExitStack) -> Known:
    """What the check lays the export over: a home, a history file, or nothing."""
    from ingest.submission import Registry

    if options.history is not None:
        return _known_by_history(options, stack)
    if options.home is None:
        return Known(lambda site: Registry(), datetime.now(UTC), ALONE)
    from ingest.worker import Worker
    from sql.ledger import Ledger

    home = open_home(Path(options.home))
    now = home.noon or datetime.now(UTC)
    worker = Worker(home, stack.enter_context(Ledger(home.ledger_path)), clock=lambda: now)
    key = worker.linkage_key(options.site) if options.site else None
    return Known(worker.registry, now, linkage_key=key)


def _known_by_history(options: argparse.Namespace, stack: ExitStack) -> Known:
    from ingest.history_file import HistoryUnusable, opened

    if not options.history.is_file():
        raise HomeError(f"{options.history}: no such file")
    # Unpacked for the time of the check; on the site's own computer these are its own rows.
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="ire-audit-")))
    try:
        history = opened(options.history.read_bytes(), folder)
    except HistoryUnusable as unusable:
        raise HomeError(f"{options.history.name}: {unusable}") from None
    scope = f"beside what the registry held of {history.site} at {history.made_at[:16]} UTC"
    if history.patients_without_key:
        scope += f" ({history.patients_without_key} patients of it cannot be recognised)"
    key = None
    if history.may_send_numbers and (options.key_file or LINKAGE_KEY in os.environ):
        key = _linkage_key(options)
    return Known(lambda site: history.registry, datetime.now(UTC), scope, key)


def _judged(
    options: argparse.Namespace, form: Form | None, known: Known, read: list[RawExport]
) -> Verdict:
    """The verdict, with a step to read and one a table shown to whoever watches.

    What could be read is put into `read`.
    """
    from tqdm import tqdm

    from ingest.pipeline import judge
    from ingest.read import read_export

    table, key = (form.table if form is not None else None), known.linkage_key
    with tqdm(total=1 + len(site_tables()), unit="table", disable=None) as bar:

        def progress(name: str) -> None:
            bar.set_description(name)
            bar.update()

        def export() -> RawExport:
            found = read_export(options.path, table=table, limits=BROWSER, linkage_key=key)
            read.append(replace(found, tables=dict(found.tables)))  # the report shows them
            return found

        return judge(
            export,
            known.registry,
            now=known.now,
            site=options.site,
            form=form,
            progress=progress,
        )


def _print_report(kept: Kept, scope: str) -> None:
    from ingest.report_words import cut_words

    report, counts = kept.words, kept.counts
    rows = sum(report["records"].values())
    print(
        f"{report['verdict']}, {scope}: {rows} rows read; {counts['F']} fatal,"
        f" {counts['R']} cannot be used, {counts['B']} breaches, {counts['W']} queries"
    )
    for finding in kept.findings.iter_rows(named=True):
        place = finding["file"] or finding["table"] or "submission"
        if finding["line"] is not None:
            place += f", line {finding['line']}"
        if finding["column"] is not None:
            place += f", {finding['column']}"
        print(f"  {finding['severity']} {finding['rule']}: {place}: {finding['message']}")
        print(f"      {finding['fix']}")
    for says in cut_words(kept.cut):
        print(f"  listed in part: {says}")
    for notice in report["notices"]:
        print(f"  note: {notice}")
    if report["not_evaluated"]:
        print(f"  not evaluated: {', '.join(report['not_evaluated'])}")
    if report["not_evaluable"]:
        told = ", ".join(f"{rule} on {n}" for rule, n in report["not_evaluable"].items())
        print("  neither held nor broken, since a value is missing or the rule is not meant:")
        print(f"    {told}")


def pseudonymise(options: argparse.Namespace) -> int:
    from ingest.pseudonymise import Identities, pseudonymised

    if not options.path.is_file():
        raise HomeError(f"{options.path}: no such file")
    if options.output.exists():
        raise HomeError(f"{options.output}: is there already; give a new name")
    key = _linkage_key(options)
    identities = Identities(options.column, options.local_column, options.site or "")
    made = pseudonymised(options.path.read_bytes(), options.path.name, identities, key)
    _write_owned(options.output, made.text.encode("utf-8"))
    print(f"{options.output}: {made.by_number} rows by NHS number, {made.by_local_id} by local id")
    if made.identifying:
        print(f"take these columns out before you send it: {', '.join(made.identifying)}")
    return 0


def _linkage_key(options: argparse.Namespace) -> bytes:
    try:
        return linkage_key(options.key_file, os.environ)
    except KeyUnusable as unusable:
        raise HomeError(str(unusable)) from None


def _write_owned(path: Path, data: bytes) -> None:
    """A new file that only its owner may read."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(data)


def template(options: argparse.Namespace) -> int:
    from ingest.template import write_template

    if options.xlsx is not None and options.xlsx.suffix.lower() != ".xlsx":
        raise HomeError(f"{options.xlsx}: the name of a workbook ends in .xlsx")
    paths = [path for path in (options.path, options.xlsx, options.csv) if path is not None]
    if not paths:
        raise HomeError("say what to write: --xlsx PATH, or --csv FOLDER")
    for path in paths:
        write_template(path)
        print(f"wrote {path}")
    return 0
