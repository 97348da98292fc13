"""The rooms and the one-way rule, read off the syntax tree."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "expectations": set(),
    "sql": {"expectations"},
    "ingest": {"expectations", "sql"},
    "dashboard": {"expectations", "sql", "ingest.inbox", "ingest.home"},
}
ONLY_HERE = {"great_expectations": {"expectations/suite.py", "ingest/check.py"}}
MODULES = [path for room in MAY_IMPORT for path in sorted((ROOT / room).rglob("*.py"))]
SQL = re.compile(
    r"\b(select\s.+\sfrom|insert into|create (temp )?(table|view)|update .+ set)\b", re.I
)


def imported(path: Path) -> set[str]:
    return imported_by(ast.parse(path.read_text("utf-8")), path)


def imported_by(tree: ast.Module, path: Path) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module or ""}
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_what_it_may(path):
    room = path.relative_to(ROOT).parts[0]
    allowed = MAY_IMPORT[room] | {room}
    for name in imported(path):
        if name.split(".")[0] in MAY_IMPORT:
            parts = name.split(".")
            prefixes = {".".join(parts[:end]) for end in range(1, len(parts) + 1)}
            is_package_of_allowed = name in {a.split(".")[0] for a in allowed if "." in a}
            assert prefixes & allowed or is_package_of_allowed, f"{path}: {name}"
        for library, places in ONLY_HERE.items():
            if name.split(".")[0] == library:
                assert str(path.relative_to(ROOT)) in places


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "dashboard").rglob("*.py")),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_sql_text_stands_in_the_dashboard(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not SQL.search(node.value), f"{path}:{node.lineno}"


def test_no_module_needs_itself_to_be_imported():
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in MODULES}
    needs = {name: needed(path) & names.keys() for name, path in names.items()}
    while done := {name for name, others in needs.items() if not others}:
        needs = {name: others - done for name, others in needs.items() if name not in done}
    assert not needs, f"they import each other: {sorted(needs)}"


def needed(path: Path) -> set[str]:
    """What a module imports when it is imported itself: not what a function of it imports."""
    tree = ast.parse(path.read_text("utf-8"))
    tree.body = [line for line in tree.body if isinstance(line, ast.Import | ast.ImportFrom)]
    return imported_by(tree, path)


def test_only_entry_points_read_the_clock():
    clock = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|time\.time)\(")
    entries = {
        "ingest/opened.py",
        "ingest/site_commands.py",
        "dashboard/__main__.py",
        "dashboard/reports/__main__.py",
        "dashboard/viewer.py",
    }
    for path in MODULES:
        if str(path.relative_to(ROOT)) not in entries:
            assert not clock.search(path.read_text("utf-8")), path
