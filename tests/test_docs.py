"""What the documents promise is there."""

import re
import subprocess
from pathlib import Path

import pytest

from tests import cli_reference

ROOT = Path(__file__).parent.parent
OPERATIONS = ROOT / "docs" / "operations"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
HAZARDS = (ROOT / "docs" / "safety" / "hazard-log.md").read_text("utf-8")
LINK = re.compile(r"\]\(([^)#:]*)#?([^)#:]*)\)")


def test_every_control_of_the_hazard_log_names_tests_that_exist():
    logged, controlled = HAZARDS.split("## Controls and their tests")
    hazards = re.findall(r"^\| (HZ\d+) \|", logged, re.M)
    tests = dict(re.findall(r"^\| (HZ\d+) \| (.+) \|$", controlled, re.M))
    assert sorted(hazards) == sorted(tests)
    assert len(set(hazards)) == len(hazards) >= 12
    for hazard, named in tests.items():
        found = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", named)
        assert found, hazard
        for path, test in found:
            assert f"def {test}(" in (ROOT / path).read_text("utf-8"), f"{hazard}: {path}::{test}"


def test_every_link_between_documents_leads_somewhere():
    for path in DOCUMENTS:
        for target, heading in LINK.findall(path.read_text("utf-8")):
            there = (path.parent / target) if target else path
            assert there.exists(), f"{path.name}: {target}"
            if heading:
                assert heading in headings(there), f"{path.name}: {target}#{heading}"


def headings(path):
    """The headings of a document as a link names them."""
    said = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", one).lower().replace(" ", "-") for one in said}


def test_every_screenshot_is_shown_said_in_words_and_small():
    shown = set()
    for path in DOCUMENTS:
        for words, target in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", path.read_text("utf-8")):
            assert len(words.split()) >= 5, f"{path.name}: {target}"
            shown.add((path.parent / target).resolve())
    kept = set((ROOT / "docs" / "images").iterdir())
    assert shown == kept
    assert sum(image.stat().st_size for image in kept) < 2_500_000


def test_the_guides_are_reached_from_the_readme_and_lead_to_each_other():
    guides = {f"for-{who}.md" for who in ("sites", "governance-leads", "commissioners")}
    for path in (ROOT / "README.md", *(ROOT / "docs" / guide for guide in sorted(guides))):
        linked = {Path(target).name for target, _ in LINK.findall(path.read_text("utf-8"))}
        assert guides - {path.name} <= linked, path.name


def test_the_reference_of_the_command_line_is_what_the_commands_say():
    assert cli_reference.PAGE.read_text("utf-8") == cli_reference.reference()
    assert cli_reference.GUIDES.keys() <= cli_reference.commands().keys()


@pytest.mark.parametrize("name", cli_reference.commands())
def test_a_command_and_all_that_it_takes_say_what_they_are_for(name):
    text, command = cli_reference.commands()[name]
    assert text.endswith(".")
    for action in cli_reference.arguments(command):
        assert action.help, f"{name}: {action.dest}"


@pytest.mark.parametrize("unit", sorted(OPERATIONS.glob("*.service")), ids=lambda unit: unit.name)
def test_each_unit_is_one_that_systemd_takes_and_shuts_in(unit, tmp_path):
    text = unit.read_text("utf-8")
    command = re.search(r"^ExecStart=(\S+)", text, re.M).group(1)
    assert command == "/opt/ire-audit/.venv/bin/ire-audit"
    copy = tmp_path / unit.name
    copy.write_text(text.replace(command, "/bin/true"))
    for asked in (["verify"], ["security", "--offline=true", "--threshold=20"]):
        said = subprocess.run(
            ["systemd-analyze", *asked, str(copy)], capture_output=True, text=True, check=False
        )
        assert said.returncode == 0, said.stdout[-300:] + said.stderr


def test_each_unit_names_every_secret_that_the_product_asks_for():
    asked = {
        name
        for room in ("sql", "ingest", "dashboard")
        for path in (ROOT / room).rglob("*.py")
        for name in re.findall(r"[\"'](IRE_\w+_(?:KEY|SECRET))[\"']", path.read_text("utf-8"))
    }
    assert len(asked) >= 4
    unit = (OPERATIONS / "ire-audit.service").read_text("utf-8")
    named = set(re.findall(r"^Environment=(IRE_\w+)_FILE=%d/", unit, re.M))
    assert named == asked - {"IRE_LINKAGE_KEY"}  # the sites' own, asked of them alone
