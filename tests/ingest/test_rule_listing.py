"""The catalogue on the command line."""

import json

from expectations.rules import catalogue
from ingest.__main__ import main


def test_the_catalogue_is_exported_as_json(capsys):
    assert main(["rules", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [rule["id"] for rule in told] == sorted(catalogue())
    known = {rule["id"]: rule for rule in told}
    assert known["P11"] | {"message": "", "fix": "", "title": ""} == {
        "id": "P11",
        "code": "P11",
        "severity": "W",
        "table": "pulse_delivery",
        "column": "voltage_v",
        "places": ["pulse_delivery.voltage_v"],
        "clause": ["2.4"],
        "title": "",
        "message": "",
        "fix": "",
        "reading": "",
        "stands_for": None,
        "source": "IRE-REG 1.0, rule P11 [P]; lethal at about 500 to 600 V/cm [S23]",
        "provenance": "[P], [S23]",
        "is_to_be_verified": False,
        "version": "1",
        "effective_from": "2026-01-01",
    }
    assert known["K10"]["places"] == []


def test_the_catalogue_is_listed_a_rule_a_line(capsys):
    assert main(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(catalogue())
    assert "B P04  procedure.cardiology_signoff_date: " in "\n".join(lines)
    assert [line for line in lines if line.startswith("F K10  whole export: ")]
    p04 = next(line for line in lines if line.startswith("B P04 "))
    assert p04.endswith("(to be verified)")
