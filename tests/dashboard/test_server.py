"""The server: its options, and what it refuses."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from dashboard.__main__ import main
from dashboard.options import OPTIONS, flags
from tests.dashboard.conftest import make_home

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "dashboard").rglob("*.py"))
# Calls that put HTML, script or a stranger's chart on a page.
FORBIDDEN = re.compile(r"unsafe_allow|st\.html|components\.|st\.iframe|st\.write\(")


def test_the_file_of_options_equals_what_the_server_is_given():
    declared = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    flat = {
        f"{section}.{name}": tuple(value) if isinstance(value, list) else value
        for section, options in declared.items()
        for name, value in options.items()
    }
    assert flat == dict(OPTIONS)


def test_streamlit_knows_every_option_and_takes_its_value():
    shown = subprocess.run(
        [sys.executable, "-m", "streamlit", "config", "show", *flags(OPTIONS)],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    ).stdout
    for name, expected in {
        "enableAgentApi": "false",
        "gatherUsageStats": "false",
        "fileWatcherType": '"none"',
        "showErrorDetails": '"none"',
        "toolbarMode": '"minimal"',
        "maxUploadSize": "50",
        "address": '"127.0.0.1"',
        "enableXsrfProtection": "true",
    }.items():
        assert re.search(rf"^ ?{name} = {re.escape(expected)}$", _plain(shown), re.M), name


def test_a_list_is_its_flag_once_for_each_entry():
    assert flags({"server.allowedHosts": ("a", "b"), "server.headless": True}) == [
        "--server.allowedHosts=a",
        "--server.allowedHosts=b",
        "--server.headless=true",
    ]


def test_a_demo_is_refused_on_a_home_that_is_not_one(tmp_path, capsys):
    home = make_home(tmp_path / "real", is_demo=False)
    assert main(["--home", str(home), "--demo"]) == 2
    assert "not a demo home" in capsys.readouterr().err


def test_a_folder_that_is_no_home_is_refused(tmp_path, capsys):
    assert main(["--home", str(tmp_path)]) == 2
    assert "no registry home here" in capsys.readouterr().err


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_writes_html_or_script(path):
    assert not FORBIDDEN.search(path.read_text("utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_markdown_is_never_made_of_an_unescaped_variable(path):
    tree = ast.parse(path.read_text("utf-8"))
    known = KNOWN_TEXTS | _constants(tree)
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        is_markdown = call.func.attr in ("markdown", "caption", "info", "warning", "success")
        if is_markdown and call.args and isinstance(call.args[0], ast.Name):
            assert call.args[0].id in known, f"{path.name}:{call.lineno}"


def _constants(tree: ast.Module) -> set[str]:
    """The names that a module gives to texts written out in it."""
    return {
        target.id
        for line in tree.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
        for target in line.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    }


# Constants of ours, and lines whose variable parts were escaped where they were made.
KNOWN_TEXTS = {
    "DEFINITION",
    "MATRIX_LEGEND",
    "STATUS_LEGEND",
    "PARTICIPATION_LEGEND",
    "unknown",
    "SMALL_NUMBERS",
    "RULE",
}


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
