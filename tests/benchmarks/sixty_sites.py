"""A registry of 60 sites over ten years, ingested whole: what the pages are measured against.

Every site tells the story of one of the sample registry four times, each time two and a half
years earlier, under identifiers of its own; every pulse is given at four times as many
positions. About 10,000 procedures and 400,000 pulse rows.
"""

import hashlib
import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from expectations.dictionary import tables
from ingest import inbox
from ingest.home import create_home, open_home, writer_lock
from ingest.register import load_register
from ingest.validating import renew
from ingest.worker import Worker
from sample_data._calendar import Quarter, demo_quarters
from sample_data._exports import Export, at, cut_rows
from sample_data._registry import build_registry
from sample_data._sites import register_tables
from sample_data._write import csv_bytes, write_export
from sql.ledger import Ledger

TODAY = date(2026, 11, 16)
STORIES = (
    "ZZ101", "ZZ102", "ZZ201", "ZZ301", "ZZ302", "ZZ401", "ZZ501", "ZZ601", "ZZ101", "ZZ102",
    "ZZ201", "ZZ101",
)  # fmt: skip
SITES = 60
TIMES = 4
APART = timedelta(weeks=130)  # ten quarters, to the day of the week
POSITIONS = 4  # times as many positions of the electrodes as told
MOST_POSITIONS = 7
EXTRACTED = date(2026, 10, 26)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
HASHED = ("patient_pseudo_id", "operator_pseudo_id")


def codes():
    """The sites' codes, each with whose story it tells; Trusts of up to three sites' codes."""
    numbers = (f"ZZ{trust}{place:02d}" for place in range(1, 8) for trust in range(1, 10))
    return {
        code: STORIES[place % len(STORIES)]
        for place, code in zip(range(SITES), numbers, strict=False)
    }


def fill(path):
    """Make the home, or take it from an earlier run."""
    if path.exists():
        return open_home(path)
    unfinished = path.with_name(path.name + ".tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    work = unfinished.with_name(path.name + ".exports")
    shutil.rmtree(work, ignore_errors=True)
    home = create_home(unfinished, demo_today=TODAY)
    opened = datetime(2016, 9, 1, 9, tzinfo=UTC)
    _write_register(work / "register")
    number = load_register(home, work / "register", by="registry team", at=opened)
    now = [opened]
    with writer_lock(home), Ledger(home.ledger_path) as ledger:
        ledger.append("register loaded", str(number), by="registry team", at=opened)
        worker = Worker(home, ledger, clock=lambda: now[0])
        registry = build_registry(532)
        for place, (code, story) in enumerate(codes().items()):
            export = work / f"{code}.zip"
            _write_export(registry[story], code, export)
            now[0] = at(EXTRACTED, 10, 0) + timedelta(minutes=10 * place)
            sender = f"data manager, {code}"
            sent = inbox.deposit(
                home.path, export.read_bytes(), export.name, site=code, by=sender, at=now[0]
            )
            assert worker.check(sent) == "accepted", code
        now[0] = home.noon
        worker.publish()
    renew(home)
    shutil.rmtree(work)
    unfinished.rename(path)
    return open_home(path)


def _write_register(folder):
    folder.mkdir(parents=True)
    told = register_tables(is_revised=True)
    earliest = timedelta(days=0) - APART * (TIMES - 1)
    sites = {
        "site": lambda row, code: row | {"trust_ods_code": code[:3]},
        "site_designation": lambda row, code: (
            row | {name: _moved(row[name], earliest) for name in ("designation_start",)}
        ),
    }
    rows = {"research_study": [], "study_site": []}
    for name, made in sites.items():
        rows[name] = [
            made({key: _renamed(text, story, code) for key, text in row.items()}, code)
            for code, story in codes().items()
            for row in told[name]
            if row["site_ods_code"] == story
        ]
    for time in range(TIMES):
        for row in told["research_study"]:
            rows["research_study"].append(
                _moved_row(row, time)
                | {
                    "study_id": _study(row["study_id"], time),
                    "iras_id": str(int(row["iras_id"]) + 100 * time),
                }
            )
        for code, story in codes().items():
            rows["study_site"] += [
                _moved_row(row, time)
                | {
                    "study_id": _study(row["study_id"], time),
                    "site_ods_code": code,
                }
                for row in told["study_site"]
                if row["site_ods_code"] == story
            ]
    for name, found in rows.items():
        (folder / f"{name}.csv").write_bytes(csv_bytes(name, found))


def _write_export(held, code, path):
    story, told = held.site.code, cut_rows(held.all_records(), demo_quarters()[-1].end)
    rows = {name: [] for name in tables()}
    for time in range(TIMES):
        for name, found in told.items():
            rows[name] += [_told_again(name, row.values, story, code, time) for row in found]
    rows["pulse_delivery"] = list(_more_positions(rows["pulse_delivery"]))
    first = Quarter(2016, 3)
    when = at(EXTRACTED, 9, 0)
    export = Export(held, code, first, demo_quarters()[-1], when, when, kind="FULL")
    manifest = export.manifest | {
        "submitting_site": code,
        "hes_ire_count": len(rows["procedure"]),
    }
    write_export(rows, manifest, path, "csv-zip")


def _told_again(table, row, story, code, time):
    again = {}
    for name, text in row.items():
        if not text:
            again[name] = text
        elif name.endswith("operator_pseudo_id"):
            again[name] = "OP" + _digest(text, code, time)[:14]
        elif name == "patient_pseudo_id":
            again[name] = _digest(text, code, time)
        elif name == "study_id":
            again[name] = _study(text, time)
        elif name.endswith("_id"):
            again[name] = f"{_renamed(text, story, code)}-{time}"
        elif DATE.fullmatch(text):
            again[name] = _moved(text, -APART * time)
        else:
            again[name] = _renamed(text, story, code)
    if table == "vital_status" and row["status"] == "ALIVE":
        again["status_date"] = row["status_date"]
    return again


def _more_positions(rows):
    for again in range(POSITIONS):
        for row in rows:
            yield row | {
                "position_no": str(int(row["position_no"]) + again * MOST_POSITIONS),
                "delivery_id": f"{row['delivery_id']}-{again}",
            }


def _moved_row(row, time):
    return {
        name: _moved(text, -APART * time) if DATE.fullmatch(text) else text
        for name, text in row.items()
    }


def _moved(text, by):
    return (date.fromisoformat(text) + by).isoformat()


def _renamed(text, story, code):
    return text.replace(story, code).replace(story.lower(), code.lower())


def _study(name, time):
    return f"{name}-{time}"


def _digest(*parts):
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest().upper()


if __name__ == "__main__":
    fill(Path(".bench/sixty-sites"))
