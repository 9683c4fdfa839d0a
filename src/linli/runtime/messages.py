"""Collect every sentence shown to people into the translation catalogues: ``python -m linli.runtime.messages``.

Sentences are written in Chinese where they are used. Templates are turned into Python by Django's own ``templatize``;
labels that stand in tables of the code are read from there. System gettext is not needed.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parent.parent
HEADER = "# The sentences of linli in one language; collected by python -m linli.runtime.messages."
LOCALES = ("en", "bo")
GETTEXT = frozenset(
    {"_", "gettext", "gettext_lazy", "gettext_noop", "pgettext", "pgettext_lazy", "ngettext", "ngettext_lazy"}
)
REFUSALS = frozenset({"Refused", "Overtaken", "Conflict", "Fault"})
CHINESE = re.compile(r"[\u3400-\u9fff\uff00-\uffef]")
QUOTED = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
LITERAL = re.compile(QUOTED)
CALL = re.compile(rf"\b(?P<name>n?p?gettext|_)\(\s*(?P<words>{QUOTED}(?:\s*,\s*{QUOTED})*)")
TABLES = ("LABELS", "MOVES", "WORDS", "SENTENCES", "TITLES", "HELP", "OUTCOMES", "FAULTS", "WEEKDAYS")
NOT_SHOWN = frozenset({"_WORDS", "OTHER_WORDS"})  # read from what people wrote, never shown


def collect() -> Catalog:
    """Return every message of the package with the places where it is used."""
    found = Catalog(domain="django", project="linli")
    modules = [path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts]
    named: dict[str, list[str]] = {}
    for name, words in (pair for path in modules for pair in _constants(path)):
        named.setdefault(name, []).append(words)  # several modules may use one name; one sentence too many is no harm
    for path in modules:
        _add(found, path, named)
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
            case "gettext" | "_":
                found.add(words[0], locations=[(where, 0)])
            case "pgettext":
                found.add(words[1], context=words[0], locations=[(where, 0)])
            case "ngettext":
                found.add((words[0], words[1]), locations=[(where, 0)])


def _add(found: Catalog, path: Path, named: Mapping[str, list[str]]) -> None:
    """Add the messages of a module; its syntax tree also shows the calls inside f-strings, which tokens do not."""
    where = str(path.relative_to(PACKAGE))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        words = [words for arg in node.args[:2] for words in _words(arg, named)] if name in GETTEXT | REFUSALS else []
        places = [(where, node.lineno)]
        if name.startswith("ngettext") and len(words) == 2:
            found.add((words[0], words[1]), locations=places)
        elif name.startswith("pgettext") and len(words) == 2:
            found.add(words[1], context=words[0], locations=places)
        else:
            for each in words:
                if not each.isascii():
                    found.add(each, locations=places)


def _words(arg: ast.expr, named: Mapping[str, list[str]]) -> list[str]:
    """Return the strings an argument may be: written here, one of two, or a constant known by its name."""
    match arg:
        case ast.Constant(value=str(words)):
            return [words]
        case ast.IfExp():
            return _words(arg.body, named) + _words(arg.orelse, named)
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in named:
            return named[name]
    return []


def _constants(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the names in capitals that stand for one Chinese string in a module."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(words))):
                if name.isupper() and CHINESE.search(words):
                    yield name, words


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
        header_comment=known.header_comment or HEADER,
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
