"""The rules in NHS England's data validation engine over DuckDB: contract, then filters."""

import json
import logging
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
from dve.core_engine.backends.implementations.duckdb.auditing import DDBAuditingManager
from dve.core_engine.models import SubmissionInfo
from dve.pipeline.duckdb_pipeline import DDBDVEPipeline
from measured import REPEATED, measured

ENTITY = "procedure"
KINDS = {"integer": "int", "decimal": "float", "date": "date"}


def check(path: Path, asked: dict[str, Any]) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        rules = home / f"{ENTITY}.dischema.json"
        rules.write_text(json.dumps(_dischema(asked)), "utf-8")
        received = home / "sent"
        received.mkdir()
        (received / path.name).symlink_to(path)
        sent = SubmissionInfo(
            submission_id="sent", dataset_id=ENTITY, file_name=path.stem, file_extension="csv"
        )
        with duckdb.connect() as connection:
            engine = DDBDVEPipeline(
                processed_files_path=home.as_posix(),
                audit_tables=DDBAuditingManager(":memory:", None, connection),
                connection=connection,
                rules_path=rules.as_posix(),
                submitted_files_path=None,
                logger=logging.getLogger("silent"),
            )
            for step in (
                engine.file_transformation,
                engine.apply_data_contract,
                engine.apply_business_rules,
            ):
                step(sent)
        told = (received / "errors" / "business_rules_errors.jsonl").read_text("utf-8")
    codes = Counter(json.loads(line)["ErrorCode"] for line in told.splitlines())
    return dict(codes)


def _dischema(asked: dict[str, Any]) -> dict[str, Any]:
    fields = {name: KINDS.get(kind, "str") for name, kind in asked["types"].items()}
    booleans = {name for name, kind in asked["types"].items() if kind == "boolean"}
    filters = [
        {
            "entity": ENTITY,
            "name": rule["id"],
            "expression": _holds(rule, booleans),
            "error_code": rule["id"],
            "reporting_field": rule["column"],
            "failure_message": rule["id"],
        }
        for rule in asked["rules"]
    ]
    repeated = {
        "entity": ENTITY,
        "name": REPEATED,
        "expression": "times = 1",
        "error_code": REPEATED,
        "reporting_field": asked["key"],
        "failure_message": REPEATED,
    }
    reader = {"reader": "DuckDBCSVReader", "kwargs": {"field_check": True}}
    table = {"fields": fields, "reader_config": {".csv": reader}, "key_field": asked["key"]}
    times = {
        "name": "times",
        "operation": "add",
        "entity": ENTITY,
        "column_name": "times",
        "expression": f"count(*) over (partition by {asked['key']})",
    }
    return {
        "contract": {"datasets": {ENTITY: table}},
        "transformations": {
            "parameters": {"entity": ENTITY},
            "rules": [times],
            "filters": [*filters, repeated],
        },
    }


def _holds(rule: dict[str, Any], booleans: set[str]) -> str:
    """What is true of a sound row, as SQL; a missing value passes all but `not_null`."""
    column = rule["column"]
    if rule["kind"] == "not_null":
        is_there = f"coalesce({column} in ('Y', 'N'), false)" if column in booleans else ""
        is_there = is_there or f"{column} is not null"
        if rule["when"] is None:
            return is_there
        return f"(not coalesce({_in(**rule['when'])}, false) or {is_there})"
    if rule["kind"] == "in":
        holds = _in(column, rule["values"])
    elif rule["kind"] == "match":
        holds = f"regexp_matches({column}, '{rule['pattern']}')"
    elif rule["kind"] == "length":
        holds = f"length({column}) between {rule['low']} and {rule['high']}"
    else:
        holds = f"{column} between {rule['low']} and {rule['high']}"
    return f"coalesce({holds}, true)"


def _in(column: str, values: list[str]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} in ({listed})"


if __name__ == "__main__":
    measured(check)
