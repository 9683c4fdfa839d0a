"""The map, the words and the pages cannot lie: they are compared with the code."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from docs.draw import drawn
from linli.case.states import MOVES
from linli.runtime.commands import measurements

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "linli"
PACKAGES = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)


def caption(path):
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n")[0]


@pytest.mark.parametrize("name", PACKAGES)
def test_the_map_in_the_readme_has_each_package_with_its_caption(name):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert re.search(rf"── {name}/ +{re.escape(caption(PACKAGE / name / '__init__.py'))}\n", readme)


def test_every_stage_stands_in_the_import_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    flow = next(contract for contract in contracts if contract["id"] == "flow")
    named = {name.strip(" ()") for layer in flow["layers"] for name in layer.split("|")} | set(
        flow["exhaustive_ignores"]
    )

    assert set(PACKAGES) <= named


def test_the_page_of_the_case_is_drawn_from_the_table_of_moves():
    page = (ROOT / "docs" / "flow" / "03-case.md").read_text(encoding="utf-8")

    assert page == drawn(page)
    assert all(f"`{step.name}`" in page for step in MOVES)


def test_every_setting_has_its_line():
    settings = (PACKAGE / "config" / "settings.py").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "howto" / "settings.md").read_text(encoding="utf-8")
    named = set(re.findall(r'"(LINLI_[A-Z_]+)"', settings))

    assert {name for name in named if f"`{name}`" not in page} == set()


def test_every_measurement_has_its_command_its_aim_and_its_peer():
    page = (ROOT / "docs" / "howto" / "measure.md").read_text(encoding="utf-8")

    rows = re.findall(r"^\| `(\w+)` \|(.+)\|(.+)\|(.+)\|$", page, flags=re.MULTILINE)

    assert sorted(name for name, *_cells in rows) == measurements()
    assert all(cell.strip() for row in rows for cell in row)


def test_the_words_of_the_moves_stand_in_the_glossary():
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")

    for word in ("吹哨", "报到", "派单", "办结", "确认", "退回重办", "归并", "督办"):
        assert word in glossary


def test_every_link_in_the_readme_and_docs_leads_somewhere():
    broken = [
        f"{page.relative_to(ROOT)} → {target}"
        for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]

    assert broken == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_file_is_longer_than_four_hundred_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


FORBIDDEN = re.compile(r"(?<![a-z])(data|info|item|manager|util|utils|helper|misc|temp|tmp)(?![a-z])")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_names_say_the_domain(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]

    assert [name for name in [path.stem, *named] if FORBIDDEN.fullmatch(name.lower())] == []
