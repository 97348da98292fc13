"""The same site quarter gives the same findings and digest in every format."""

import pytest

from ingest.pipeline import judge
from ingest.read import read_export
from ingest.submission import Registry
from sample_data._calendar import Quarter
from sample_data._exports import quarter_export
from sample_data._registry import build_registry
from sample_data._write import write_export
from tests.ingest.test_journey import AT

PLACES = {"csv-zip": "a.zip", "folder": "a", "xlsx": "a.xlsx", "parquet": "b.zip"}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """One verdict a format, of a quarter with a fault of several kinds in it."""
    export = quarter_export(build_registry(532)["ZZ302"], Quarter(2025, 2))
    rows = export.text_rows
    rows["patient"][0]["albumin"] = "4.1"  # outside the hard range
    rows["patient"][1]["bilirubin"] = ""  # a query
    rows["pulse_delivery"][2]["lesion_id"] = "nowhere"  # an orphan
    rows["procedure"][0]["approach"] = "BY HAND"  # no such code
    rows["lesion"].append(dict(rows["lesion"][0]))  # a repeated key
    # Of all that the site holds: only then a link that leads nowhere shows in the file.
    manifest = dict(export.manifest) | {"submission_type": "FULL"}
    found = {}
    for format, name in PLACES.items():
        path = tmp_path_factory.mktemp("parity") / name
        write_export(rows, manifest, path, format)
        found[format] = judge(lambda path=path: read_export(path), lambda _: Registry(), now=AT)
    return found


def findings(verdict):
    """Rule and place, without file and line, which are the format's own."""
    names = ("rule", "severity", "table", "column", "key")
    return sorted(
        tuple(str(finding[name]) for name in names) for finding in verdict.report["findings"]
    )


@pytest.mark.parametrize("format", ["folder", "xlsx", "parquet"])
def test_a_format_gives_the_findings_of_csv(verdicts, format):
    assert findings(verdicts[format]) == findings(verdicts["csv-zip"])
    rules = {finding["rule"] for finding in verdicts[format].report["findings"]}
    assert {
        "patient.albumin.HARD",
        "patient.bilirubin.REQUIRED",
        "K05a",
        "procedure.approach.CODE",
        "K04a",
    } <= rules


@pytest.mark.parametrize("format", ["folder", "xlsx", "parquet"])
def test_a_format_gives_the_digest_and_the_identities_of_csv(verdicts, format):
    ours, csv = verdicts[format].assessment, verdicts["csv-zip"].assessment
    assert ours.digest == csv.digest
    assert sorted(ours.findings["finding_id"]) == sorted(csv.findings["finding_id"])
    assert ours.findings["finding_id"].n_unique() == ours.findings.height


def test_the_line_is_the_sheet_s_row_in_xlsx_and_counts_from_1_in_parquet(verdicts):
    def line(format):
        found = verdicts[format].report["findings"]
        return next(f["line"] for f in found if f["rule"] == "procedure.approach.CODE")

    assert (line("csv-zip"), line("xlsx"), line("parquet")) == (2, 2, 1)
