"""A patient of a site's first two quarters, what gives them away, and the moves to erase one."""

import csv
import json
import zipfile
from io import StringIO

import duckdb

from expectations.dictionary import PATIENT, site_tables
from ingest import inbox
from ingest.pseudonym import history_keys, patient_key
from sql.access import DEMO_VIEWERS
from sql.publish_release import public_path, served
from sql.warehouse import release_path
from tests.ingest.test_journey import FIRST, changed, zipped

TEAM = DEMO_VIEWERS["team"]
LATER = {"extract_datetime": "2024-11-20T08:00:00+00:00"}


def tables_of(source):
    """The rows of an export's tables, by table."""
    with zipfile.ZipFile(source) as archive:
        return {
            name.removesuffix(".csv"): list(csv.DictReader(StringIO(archive.read(name).decode())))
            for name in archive.namelist()
            if name.endswith(".csv")
        }


PATIENTS = [row[PATIENT] for row in tables_of(FIRST)["procedure"]]
OURS = PATIENTS[0]


def of_patient(patient, *sources):
    """The ids of a patient's records in some exports, by column."""
    found = {PATIENT: {patient}}
    for tables in map(tables_of, sources):
        for name, rows in tables.items():
            key = site_tables()[name].key[0] if name in site_tables() else PATIENT
            if key != PATIENT and PATIENT in site_tables()[name].columns:
                ids = {row[key] for row in rows if row[PATIENT] == patient}
                found[key] = found.get(key, set()) | ids
        for row in tables.get("pulse_delivery", []):
            if row["procedure_id"] in found["procedure_id"]:
                found.setdefault("delivery_id", set()).add(row["delivery_id"])
    return found


def without(source, patient, *sources):
    """Changes of an export that take a patient's rows out of it."""
    ids = of_patient(patient, *sources)

    def change(text):
        head, *lines = csv.reader(StringIO(text, newline=""))
        owned = [name for name in head if name == PATIENT or name in ids]
        by = [PATIENT] if PATIENT in owned else owned
        written = StringIO()
        file = csv.writer(written, lineterminator="\n")
        file.writerow(head)
        file.writerows(
            line for line in lines if not any(line[head.index(name)] in ids[name] for name in by)
        )
        return written.getvalue()

    return changed(source, **dict.fromkeys(tables_of(source), change))


def only(source, *names):
    """Some tables of an export, the others left out of it."""
    with zipfile.ZipFile(source) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        files = {f"{name}.csv": archive.read(f"{name}.csv") for name in names}
    manifest["files"] = [one for one in manifest["files"] if one["name"] in files]
    manifest |= LATER
    return zipped(files | {"manifest.json": json.dumps(manifest).encode()})


def words(registry, patient, *sources, site="ZZ101"):
    """All that may give the patient away: the pseudonym, its keys, and the ids of records."""
    storage = registry.home.storage_keys()
    keys = {
        patient,
        patient_key(storage, patient),
        patient_key(history_keys(storage, site), patient),
    }
    return keys | {one for ids in of_patient(patient, *sources).values() for one in ids}


def order(registry, ids, site="ZZ101", reason="a letter of 3 May"):
    """Order an erasure as the page does, and let the worker preview it; gives its number."""
    said = {"reason": reason, "viewer": TEAM, "at": registry.now}
    number = inbox.order_erasure(registry.home.path, site, ids, **said)
    registry.worker.run_once()
    return number


def erase(registry, *ids, site="ZZ101"):
    """Order and confirm; gives the erasure's row."""
    number = order(registry, ids, site)
    inbox.confirm_erasure(registry.home.path, number, viewer=TEAM, at=registry.now)
    registry.worker.run_once()
    return row(registry, number)


def row(registry, number):
    return next(r for r in inbox.erasure_list(registry.home.path, TEAM) if r["number"] == number)


PASSING = (
    *("submission_id", "record_key", "source_line", "sha256", "release_number", "as_of"),
    *("log_number", "log_hash"),
)


def figures(registry, number=None):
    """Every table of a release, full and public, but for what differs from run to run."""
    number = number or served(registry.home.path)
    found = {}
    for path in (release_path(registry.home.path, number), public_path(registry.home.path, number)):
        with duckdb.connect(str(path), read_only=True) as connection:
            names = connection.execute("select table_name from duckdb_tables()").fetchall()
            for (name,) in sorted(names):
                columns = [row[0] for row in connection.execute(f"describe {name}").fetchall()]
                kept = [c for c in columns if c not in PASSING and not c.endswith("_at")]
                listed = ", ".join(f'"{column}"' for column in kept)
                rows = connection.execute(f"select {listed} from {name}").fetchall()
                found[f"{path.suffixes} {name}"] = sorted(map(repr, rows))
    return found


def submitted(registry):
    return [one["submission_id"] for one in registry.ledger.submissions()]


def told(registry):
    """What manifests and ledger say of each submission."""
    found = []
    for one in registry.ledger.submissions():
        folder = registry.home.submission_folder(one["submission_id"])
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        names = ("canonical_digest", "records_read", "records_excluded", "duplicates", "findings")
        assert manifest["canonical_digest"] == one["canonical_digest"]
        rows = {name: of["rows"] for name, of in manifest["tables"].items()}
        found.append([rows, *(manifest[name] for name in names)])
    return found
