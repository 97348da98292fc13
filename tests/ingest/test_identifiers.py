"""What identifies a patient is refused or asked about; what only looks like it is not."""

import pytest

from expectations.dictionary import manifest, tables
from ingest.identifying_names import identifies
from ingest.nhs_numbers import WITHHELD, holds_nhs_number, is_nhs_number, withheld_name
from ingest.read import ExportRefused, read_content
from ingest.reading import shown_name
from tests.ingest.reading_files import COLUMNS, KEY, NUMBER, good, row, text, with_line_4
from tests.trials.nhs_places import FORMATS, PLACES

VALID = "9434765919 9434765870 4505577104 4010232137 9990000018 9990000026 9990000034 9990000042"


def read(content):
    return read_content("p.csv", content.encode(), table="procedure")


def refusal(content, table="procedure"):
    with pytest.raises(ExportRefused) as caught:
        read_content("p.csv", content.encode(), table=table)
    return caught.value


@pytest.mark.parametrize("number", [*VALID.split(), "9990548609", "9876543210"])
def test_ten_digits_with_their_check_digit_are_an_nhs_number(number):
    assert is_nhs_number(number)


@pytest.mark.parametrize(
    "number", ["1234567890", "9991234567", "9434765918", "943476591", "94347659190"]
)
def test_ten_digits_without_it_are_none(number):
    assert not is_nhs_number(number)


@pytest.mark.parametrize("number", ["0000000000", "1111111111", "9999999999"])
def test_ten_equal_digits_pass_the_check_and_are_never_issued(number):
    assert not is_nhs_number(number)


@pytest.mark.parametrize(
    "said",
    [
        "A9434765919",
        "9434765919a",
        "94347659190",
        "12.9434765918",
        "2026-04-01T12:30:00",
        "1.5E9 platelets",
        "12345678-1234-1234-1234-123456789012",
    ],
)
def test_what_is_longer_shorter_or_part_of_a_word_is_none(said):
    assert not holds_nhs_number(said)


def test_a_number_that_overlaps_another_candidate_is_found():
    assert holds_nhs_number("ref 123 943 476 5919")


@pytest.mark.parametrize(
    ("value", "is_refused"),
    [("9434765919", True), ("9434765919.0", True), ("123.4567897", False), ("0.9434765919", False)],
)
def test_the_fraction_of_a_decimal_is_no_number(value, is_refused):
    content = with_line_4(**{NUMBER: value})
    if is_refused:
        assert refusal(content).code == "IDENTIFIER"
    else:
        assert read(content).records == {"procedure": 6}


def test_one_id_on_many_rows_counts_once():
    ids = ["9434765919"] * 5 + ["9434765911", "9434765912"]
    found = read(text([row(n, mdt_id=key) for n, key in enumerate(ids)])).findings
    assert [(p.rule, p.line) for p in found] == [("K08b", n) for n in range(2, 7)]


@pytest.mark.parametrize(
    "name",
    """Surname|Pt Surname|PATIENT_NAME|First Name|Fore-name|Family.name|Name|Patient's name
    |Post Code|POSTCODE|Home Postcode|postcode_of_usual_address|Zip code
    |DOB|D.O.B.|Date of Birth|date-of-birth|BirthDate|PT_DOB|DOB (dd/mm/yyyy)|Birth_dt
    |NHS No.|NHSNumber|New NHS Number|CHI No|Hospital Number|MRN|Casenotes
    |Address Line 2|Mobile|Email|National Insurance No""".replace("\n    ", "").split("|"),
)
def test_columns_that_identify_are_refused_in_every_spelling(name):
    content = text([[*cells, "x"] for cells in good()], [*COLUMNS, name])
    refused = refusal(content)
    assert (refused.code, refused.rule) == ("IDENTIFIER", "K08")


def test_no_column_of_the_dictionary_has_an_identifying_name():
    columns = [c for t in (*tables().values(), manifest()) for c in t.columns.values()]
    names = [name for column in columns for name in (column.name, *column.aliases)]
    assert [name for name in names if identifies(name)] == []


@pytest.mark.parametrize("name", ["site name", "consultant", "ward", "patient id", "birth year"])
def test_other_unknown_columns_are_refused_as_unknown(name):
    content = text([[*cells, "x"] for cells in good()], [*COLUMNS, name])
    assert refusal(content).code == "HEADER_UNKNOWN"


@pytest.mark.parametrize("said", ["lives at SW1A 1AA", "s8 2nd ablation", "(LS97TF)", "M1 1AE"])
def test_the_shape_of_a_postcode_in_free_text_is_a_query(said):
    found = read(with_line_4(comment=said)).findings
    assert [(p.rule, p.line, p.column) for p in found] == [("K08e", 4, "comment")]


@pytest.mark.parametrize("said", ["S8 and S2", "ASA 3, stage T2 N0", "J12.8", "grade 2b"])
def test_segments_stages_and_codes_are_no_postcode(said):
    assert read(with_line_4(comment=said)).findings == ()


PATIENT = list(tables()["patient"].columns)


def patients(births):
    return text([[born if c == "birth_year_month" else "" for c in PATIENT] for born in births],
                PATIENT)  # fmt: skip


@pytest.mark.parametrize("born", ["1950-03-12", "12/03/1950", "1950-03-12 00:00:00", "12 Mar 1950"])
def test_whole_dates_of_birth_are_refused(born):
    refused = refusal(patients(["1948-07", born]), "patient")
    assert (refused.code, [p.line for p in refused.places]) == ("IDENTIFIER", [3])


@pytest.mark.parametrize("born", ["1950-03", "1950-03-01", "01/03/1950", "03/1950"])
def test_a_month_of_birth_is_not_also_as_a_spreadsheet_writes_it(born):
    assert read_content("p.csv", patients([born]).encode(), table="patient").findings == ()


def test_a_name_with_a_number_is_shown_by_its_kind_only():
    assert shown_name("list 943 476 5919.xlsx") == f"{WITHHELD}.xlsx"
    assert shown_name("a/9434765919/x.csv") == f"{WITHHELD}.csv"
    assert shown_name("94347\x0165919.csv") == f"{WITHHELD}.csv"
    assert withheld_name("export.9434765919") == WITHHELD
    assert withheld_name("2026-27-Q1.zip") == "2026-27-Q1.zip"
    with pytest.raises(ExportRefused, match="IDENTIFIER"):
        read_content(f"{WITHHELD}.csv", text(good()).encode(), table="procedure")


def test_no_refusal_says_the_number():
    for content in (with_line_4(comment="943 476 5919"), with_line_4(**{KEY: "9434765919"})):
        assert "9434" not in str(refusal(content))


@pytest.mark.parametrize("place", ["comment of the archive", "comment of a member", "litter"])
@pytest.mark.parametrize("form", list(FORMATS))
def test_what_lies_beside_the_tables_is_looked_at_in_every_format(place, form):
    name, content = PLACES[place](FORMATS[form]("9434765919"))
    with pytest.raises(ExportRefused, match="IDENTIFIER"):
        read_content(name, content)
