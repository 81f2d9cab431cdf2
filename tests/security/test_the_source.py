"""What no line of ours does (ASVS 1.2.4, 1.2.5, 1.3.2, 3.2.2): run a program for a reader, or text as code."""

import ast
import re

from tests.conftest import ROOT

FLOORS = ("okalib", "catalog", "notifications", "holds", "circulation", "delivery")
RUN_BY_HAND = re.compile(r"^okalib/(?:embedded|management|rehearsal)/")
"""What starts servers, backs them up and rehearses: nobody reaches it by a page."""

NEVER = {"eval", "exec", "compile", "__import__"}
PROGRAMS = {"subprocess", "pty", "commands"}


def sources():
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def test_no_text_is_run_as_code_and_no_page_starts_a_program():
    found = []
    for name, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NEVER:
                found.append(f"{name}:{node.lineno} {node.func.id}")
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if PROGRAMS & set(names) and not RUN_BY_HAND.match(name):
                found.append(f"{name}:{node.lineno} {names}")
            is_system = isinstance(node, ast.Attribute) and node.attr in ("system", "popen", "pickle")
            if is_system and isinstance(node.value, ast.Name) and node.value.id == "os":
                found.append(f"{name}:{node.lineno} os.{node.attr}")
    assert found == []


def test_no_script_of_ours_writes_markup_or_runs_text():
    """What is a text for readers is set as a text."""
    forbidden = re.compile(
        r"\.innerHTML\s*=|\.outerHTML\s*=|insertAdjacentHTML|document\.write\(|\beval\(|new Function\("
    )
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in sorted((ROOT / "static").rglob("*.js"))
        for match in forbidden.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_templates_escape_what_they_show():
    """Nothing is marked as safe in a template but what is named here with its reason."""
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for folder in ("templates", *FLOORS)
        for path in sorted((ROOT / folder).rglob("*.html"))
        for match in re.finditer(r"\|\s*safe\b|autoescape off|safeseq", path.read_text(encoding="utf-8"))
    ]
    assert found == []
