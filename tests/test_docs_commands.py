"""Every command that the documents show can be given as they show it.

Each document's commands are run one after another, on a copy of the demo home of its own. What
cannot be run here is parsed: its command, its options, the files and targets that it names.
"""

import contextlib
import hashlib
import io
import re
import shlex
import shutil
import subprocess
import zipfile
from pathlib import Path

import polars as pl
import pytest

from ingest import inbox
from ingest.__main__ import main, parser
from ingest.home import open_home
from sql.access import DEMO_VIEWERS
from sql.reader import Reader
from tests.cli_reference import arguments, commands
from tests.conftest import copy_of

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.M | re.S)
PROMPT = re.compile(r"^ *[$#] (.+)$")
SHELL_WORDS = re.compile(r"^ *(?:[$#] |ire-audit |make |\.venv/|git |export \w+=|sudo )", re.M)
TARGETS = set(re.findall(r"^([\w./]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
NOT_RUN = {
    "make": "makes an environment, serves, or tests everything",
    "python": "writes the sample data anew",
    "pytest": "tests within a test",
    "ire-audit serve": "serves until it is stopped",
    "createdb": "needs a database server",
    "export": "holds for the shell that it is typed in",
}
NEWEST = ROOT / "sample_data" / "exports" / "ZZ101" / "2026-27-Q2.zip"
SITE = "ZZ101"
WITHOUT_A_HOME = {"README.md", "docs/check-offline.md"}  # typed where no registry is known


def typed(document):
    """The commands of a document's shell blocks in order, and what each is shown to print."""
    told = []
    for language, block in FENCED.findall(document.read_text("utf-8")):
        for line in block.splitlines() if language == "console" else ():
            if given := PROMPT.match(line):
                told.append([given.group(1), ""])
            else:
                told[-1][1] += f" {line}"
    return told


WITH_COMMANDS = [document for document in DOCUMENTS if typed(document)]


def named(document):
    return str(document.relative_to(ROOT))


def words(command):
    """A command's words without the environment's folder and without the shell's comment."""
    first, *rest = shlex.split(command, comments=True)
    return [first.removeprefix(".venv/bin/"), *rest]


def test_no_block_of_the_shell_is_left_out():
    for document in DOCUMENTS:
        for language, block in FENCED.findall(document.read_text("utf-8")):
            if language != "console":
                assert not SHELL_WORDS.search(block), f"{named(document)}: {block[:60]}"
    assert len(WITH_COMMANDS) > 8


@pytest.fixture
def place(demo_home, tmp_path, monkeypatch):
    """A folder with what the documents speak of, and a demo home to work on."""
    home = copy_of(demo_home, tmp_path / ".demo")
    monkeypatch.setenv("REGISTRY_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data")
    shutil.copy(NEWEST, tmp_path / "export.zip")
    with zipfile.ZipFile(NEWEST) as export:
        export.extract("procedure.csv", tmp_path)
        patient = export.read("patient.csv").decode().splitlines()[1]
    (tmp_path / "ids.txt").write_text(patient.split(",")[0] + "\n")
    (tmp_path / "patient.csv").write_text("nhs_number\n9434765919\n")
    at = open_home(home).noon
    (tmp_path / "history.zip").write_bytes(inbox.history(home, SITE, at=at))
    (tmp_path / "linkage.key").write_text(hashlib.sha256(b"of this test").hexdigest())
    (tmp_path / "linkage.key").chmod(0o400)
    return tmp_path


@pytest.mark.parametrize("document", WITH_COMMANDS, ids=named)
def test_each_command_does_what_its_document_shows(document, place, monkeypatch):
    if named(document) in WITHOUT_A_HOME:
        monkeypatch.delenv("REGISTRY_HOME")
    for command, output in typed(document):
        told = run(command, place)
        if output:  # … stands for a word that is another in each home
            like = r"\s+".join(map(re.escape, output.split())).replace("…", r"\S+")
            assert re.fullmatch(like, told.strip()), f"{command}\n{told}"


def run(command, place):
    """Carry a command out, or hold that it could be; gives what it printed."""
    command = re.sub(r"(?<![\w.:])/(?=(?:mnt|srv|etc)/)", f"{place}/", command)
    given = words(command)
    for start in (given[0], " ".join(given[:2])):
        if start in NOT_RUN:
            could_be_given(given)
            return ""
    printed = io.StringIO()
    if given[0] == "ire-audit":
        with contextlib.redirect_stdout(printed):
            assert main(given[1:]) == 0, f"{command}\n{printed.getvalue()}"
        return printed.getvalue()
    done = subprocess.run(["bash", "-euc", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def could_be_given(given):
    """The command parses, and what it names is there."""
    if given[0] == "ire-audit":
        parser().parse_args(given[1:])
    elif given[0] == "make":
        asked = [word for word in given[1:] if "=" not in word]
        assert asked, given
        assert set(asked) <= TARGETS, given
    elif given[0] in ("python", "pytest"):
        paths = [word for word in given[1:] if "/" in word]
        assert paths, given
        assert all((ROOT / path).exists() for path in paths), given


def test_each_command_within_a_sentence_is_one_that_there_is():
    known = {
        name: {option for action in arguments(one) for option in action.option_strings}
        | {"--home", "--help"}
        for name, (_, one) in commands().items()
    }
    spoken = re.compile(r"`(?:\.venv/bin/)?(ire-audit|make) ([a-z][^`]*)`")
    found = 0
    for document in DOCUMENTS:
        prose = FENCED.sub("", document.read_text("utf-8")).replace("\\|", "|")
        for tool, said in spoken.findall(prose):
            found += 1
            name = said.split()[0]
            where = f"{named(document)}: {tool} {said}"
            if tool == "make":
                assert name in TARGETS, where
            else:
                assert name in known, where
                assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", said)) <= known[name], where
    assert found > 40


def test_the_first_insight_of_the_readme_is_what_the_demo_shows(demo_home):
    at = open_home(demo_home).noon
    with Reader.open(demo_home, DEMO_VIEWERS["team"], at=at) as reader:
        found = reader.rates(["S2_30"]).filter(pl.col("verdict") == "alarm")
    [counts] = found.select("events", "known").rows()
    said = "At one hospital {} of {} procedures were followed by bleeding".format(*counts)
    assert said in " ".join((ROOT / "README.md").read_text("utf-8").split())
