"""The first start: a made-up district for the demo, or the questions a district of one's own must answer (首次启动)."""

import getpass
import json
import os
from dataclasses import dataclass
from pathlib import Path

import psycopg

from linli.runtime.system import System
from linli.runtime.trouble import Trouble

SEEDING = "seeding-began"


@dataclass(frozen=True)
class Question:
    """One answer a new district needs, from the environment or from the keyboard."""

    variable: str
    words: str
    default: str = ""
    is_secret: bool = False


QUESTIONS = (
    Question("LINLI_DISTRICT", "Six-digit code of the district", "540102"),
    Question("LINLI_DISTRICT_NAME", "Name of the district"),
    Question("LINLI_AREAS", "CSV file of its streets and communities (empty: import later)", "-"),
    Question("LINLI_ADMIN_NAME", "Name of the first administrator"),
    Question("LINLI_ADMIN_USERNAME", "Login of the first administrator", "admin"),
    Question("LINLI_ADMIN_PASSWORD", "Password (at least 10 characters)", is_secret=True),
)


def seed(system: System, *, scale: str, seed: int) -> None:
    """Fill an empty demo; begin anew when the last filling was interrupted.

    Raises:
        Trouble: the folder holds another demo, or a district of somebody's own.
    """
    note, began = system.folder.path / "demo.json", system.folder.path / SEEDING
    wanted = {"scale": scale, "seed": seed}
    if note.exists():
        _require_same(json.loads(note.read_text()), wanted, system)
        return
    if began.exists():
        system.tell("The last start was interrupted while making the district; beginning anew …")
        system.empty_database()
    elif _has_accounts(system):
        raise Trouble(f"{system.folder.path} already holds a district: choose another --data for the demo.")
    began.touch()
    system.tell(f"Making the district (scale {scale}, seed {seed}) …")
    system.run_owner("-m", "demo", "--scale", scale, "--seed", str(seed))
    note.write_text(json.dumps(wanted))
    began.unlink()


def lead(system: System, *, asks: bool) -> None:
    """Lead an empty district through its first questions; a district with an administrator is not asked again.

    Raises:
        Trouble: an answer is missing and nobody is there to ask.
    """
    if _has_accounts(system):
        return
    answers = {question.variable: _answer(question, asks=asks) for question in QUESTIONS}
    system.folder.keep_settings({"LINLI_DISTRICT": answers["LINLI_DISTRICT"]})
    if answers["LINLI_AREAS"] not in {"", "-"}:
        system.run_owner("-m", "django", "import_areas", str(_file(answers["LINLI_AREAS"])), "--write")
    os.environ["LINLI_ADMIN_PASSWORD"] = answers["LINLI_ADMIN_PASSWORD"]  # not on a command line others can read
    system.run_owner(
        "-m", "django", "create_administrator",
        "--username", answers["LINLI_ADMIN_USERNAME"],
        "--name", answers["LINLI_ADMIN_NAME"],
        "--district-name", answers["LINLI_DISTRICT_NAME"],
        "--district-code", answers["LINLI_DISTRICT"],
        *(["--no-second-factor"] if os.environ.get("LINLI_SECOND_FACTOR") == "off" else []),
    )  # fmt: skip
    del os.environ["LINLI_ADMIN_PASSWORD"]


def _answer(question: Question, *, asks: bool) -> str:
    given = os.environ.get(question.variable, "").strip()
    if given:
        return given
    if not asks:
        if question.default:
            return question.default
        raise Trouble(f"This district is new: set {question.variable} ({question.words.lower()}).")
    shown = f" [{question.default}]" if question.default not in {"", "-"} else ""
    while True:
        ask = getpass.getpass if question.is_secret else input
        words = ask(f"{question.words}{shown}: ").strip() or question.default
        if words:
            return words


def _file(words: str) -> Path:
    return Path(words).expanduser().absolute()  # named where the person stands; our own programs run elsewhere


def _has_accounts(system: System) -> bool:
    with psycopg.connect(system.database_url) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM staff_account)").fetchone()
    return bool(row and row[0])


def _require_same(found: dict[str, object], wanted: dict[str, object], system: System) -> None:
    if found != wanted:
        raise Trouble(
            f"{system.folder.path} holds a demo of scale {found.get('scale')} and seed {found.get('seed')}: "
            "choose another --data, or the same --scale and --seed."
        )
