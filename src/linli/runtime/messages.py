"""Collect every sentence shown to people into the translation catalogues: ``python -m linli.runtime.messages``.

Sentences are written in Chinese where they are used. Templates are turned into Python by Django's own ``templatize``;
labels that stand in tables of the code are read from there. System gettext is not needed.
"""

import ast
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parent.parent
LOCALES = ("en", "bo")
GETTEXT = frozenset(
    {"_", "gettext", "gettext_lazy", "gettext_noop", "pgettext", "pgettext_lazy", "ngettext", "ngettext_lazy"}
)
REFUSALS = frozenset({"Refused", "Overtaken", "Conflict"})
CHINESE = re.compile(r"[\u3400-\u9fff]")
QUOTED = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
LITERAL = re.compile(QUOTED)
CALL = re.compile(rf"\b(?P<name>n?p?gettext)\(\s*(?P<words>{QUOTED}(?:\s*,\s*{QUOTED})*)")
TABLES = ("LABELS", "MOVES", "WORDS", "SENTENCES", "TITLES", "HELP")
NOT_SHOWN = frozenset({"_WORDS", "OTHER_WORDS"})  # read from what people wrote, never shown


def collect() -> Catalog:
    """Return every message of the package with the places where it is used."""
    found = Catalog(domain="django", project="linli")
    modules = [path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts]
    for path in modules:
        _add(found, path)
    for path in sorted(PACKAGE.rglob("*.html")) + sorted(PACKAGE.rglob("*.txt")):
        if "templates" in path.parts:
            _add_template(found, path)
    for path in modules:
        for words in _labels(path):
            found.add(words, locations=[(str(path.relative_to(PACKAGE)), 0)])
    return found


def _add_template(found: Catalog, path: Path) -> None:
    """Add the messages of a template; ``templatize`` leaves calls of gettext in a text that is otherwise blanked."""
    from django.utils.translation.template import templatize

    where = str(path.relative_to(PACKAGE))
    for call in CALL.finditer(templatize(path.read_text(encoding="utf-8"), origin=str(path))):
        words = [ast.literal_eval(literal) for literal in LITERAL.findall(call["words"])]
        match call["name"]:
            case "gettext":
                found.add(words[0], locations=[(where, 0)])
            case "pgettext":
                found.add(words[1], context=words[0], locations=[(where, 0)])
            case "ngettext":
                found.add((words[0], words[1]), locations=[(where, 0)])


def _add(found: Catalog, path: Path) -> None:
    """Add the messages of a module; its syntax tree also shows the calls inside f-strings, which tokens do not."""
    where = str(path.relative_to(PACKAGE))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        words = [arg.value for arg in node.args[:2] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if not words or words[-1].isascii() or name not in GETTEXT | REFUSALS:
            continue
        if name.startswith("ngettext"):
            found.add((words[0], words[1]), locations=[(where, node.lineno)])
        elif name.startswith("pgettext"):
            found.add(words[1], context=words[0], locations=[(where, node.lineno)])
        else:
            found.add(words[0], locations=[(where, node.lineno)])


def _labels(path: Path) -> Iterator[str]:
    """Yield the Chinese strings inside the upper-case tables of a module whose names say that they are shown."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(target, ast.Name) and _is_shown(target.id) for target in targets):
            leaves = (leaf.value for leaf in ast.walk(node.value) if isinstance(leaf, ast.Constant))
            yield from (words for words in leaves if isinstance(words, str) and CHINESE.search(words))


def _is_shown(name: str) -> bool:
    return name.isupper() and name.endswith(TABLES) and name not in NOT_SHOWN


def catalogue_path(locale: str) -> Path:
    """Return where the catalogue of a language lies."""
    return PACKAGE / "locale" / locale / "LC_MESSAGES" / "django.po"


def read(locale: str) -> Catalog:
    """Read the catalogue of a language, empty when there is none yet."""
    path = catalogue_path(locale)
    if not path.exists():
        return Catalog(locale=locale, domain="django", project="linli")
    with path.open("rb") as file:
        return read_po(file, domain="django")


def missing(locale: str) -> list[str]:
    """Return the messages that have no translation into a language yet."""
    known = read(locale)
    wanted = [message for message in collect() if message.id]
    return [_first(message.id) for message in wanted if not _translated(known, message)]


def write(locale: str) -> int:
    """Bring the catalogue of a language up to date with the code; return how many messages lack a translation."""
    known, wanted = read(locale), collect()
    fresh = Catalog(
        locale=locale,
        domain="django",
        project="linli",
        fuzzy=False,
        header_comment="# The sentences of linli in one language; collected by python -m linli.runtime.messages.",
        last_translator="linli",
        language_team=locale,
        charset="utf-8",
        revision_date=datetime(2026, 1, 1, tzinfo=UTC),
        creation_date=datetime(2026, 1, 1, tzinfo=UTC),
    )
    for message in wanted:
        if message.id:
            old = known.get(message.id, message.context)
            fresh.add(message.id, string=old.string if old else None, context=message.context)
    path = catalogue_path(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, fresh, width=0, no_location=True, omit_header=False, sort_output=True, include_previous=False)
    return len(missing(locale))


def _translated(known: Catalog, message: Any) -> bool:
    found = known.get(message.id, message.context)
    if found is None or "fuzzy" in found.flags:
        return False
    return all(found.string) if isinstance(found.string, tuple) else bool(found.string)


def _first(message_id: Any) -> str:
    return str(message_id[0] if isinstance(message_id, tuple) else message_id)


def main() -> None:
    """Write both catalogues and say what is left to translate."""
    import django

    django.setup()
    for locale in LOCALES:
        sys.stdout.write(f"{locale}: {write(locale)} to translate\n")


if __name__ == "__main__":
    main()
