"""The first start: a made-up district for the demo, or the questions a district of one's own must answer (首次启动)."""

import getpass
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from linli.runtime.system import System, tell
from linli.runtime.trouble import Trouble

SEEDING = "seeding-began"
DISTRICT_DIGITS = 6
PASSWORD_LETTERS_MIN = 10
NONE = "-"


@dataclass(frozen=True)
class Question:
    """One answer a new district needs, from the environment or from the keyboard."""

    variable: str
    words: str
    default: str = ""
    is_secret: bool = False
    complaint: Callable[[str], str] = lambda _words: ""


def _complaint_of_code(words: str) -> str:
    return "" if len(words) == DISTRICT_DIGITS and words.isascii() and words.isdigit() else "that is not six digits"


def _complaint_of_file(words: str) -> str:
    return "" if words == NONE or _file(words).is_file() else f"there is no file {_file(words)}"


def _complaint_of_password(words: str) -> str:
    if len(words) < PASSWORD_LETTERS_MIN:
        return f"that is shorter than {PASSWORD_LETTERS_MIN} characters"
    return "that is digits only" if words.isdigit() else ""


ADMINISTRATOR = (
    Question("LINLI_ADMIN_NAME", "Name of the first administrator"),
    Question("LINLI_ADMIN_USERNAME", "Login of the first administrator", "admin"),
    Question(
        "LINLI_ADMIN_PASSWORD",
        f"Password (at least {PASSWORD_LETTERS_MIN} characters)",
        is_secret=True,
        complaint=_complaint_of_password,
    ),
)
QUESTIONS = (
    Question("LINLI_DISTRICT", "Six-digit code of the district", "540102", complaint=_complaint_of_code),
    Question("LINLI_DISTRICT_NAME", "Name of the district"),
    Question(
        "LINLI_AREAS",
        "CSV file of its streets and communities (empty: import later)",
        NONE,
        complaint=_complaint_of_file,
    ),
    *ADMINISTRATOR,
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
        Trouble: an answer is missing or wrong, and nobody is there to ask.
    """
    if _has_accounts(system):
        return
    answers = {question.variable: _answer(question, asks=asks) for question in QUESTIONS}
    system.folder.keep_settings({"LINLI_DISTRICT": answers["LINLI_DISTRICT"]})
    if answers["LINLI_AREAS"] != NONE:
        system.run_owner("-m", "django", "import_areas", str(_file(answers["LINLI_AREAS"])), "--write")
    while True:
        try:
            _create_administrator(system, answers)
        except Trouble:  # the reason stands above, in the words of the command
            if not asks:
                raise
            answers |= {question.variable: _asked(question) for question in ADMINISTRATOR}
        else:
            return


def _create_administrator(system: System, answers: dict[str, str]) -> None:
    os.environ["LINLI_ADMIN_PASSWORD"] = answers["LINLI_ADMIN_PASSWORD"]  # not on a command line others can read
    try:
        system.run_owner(
            "-m", "django", "create_administrator",
            "--username", answers["LINLI_ADMIN_USERNAME"],
            "--name", answers["LINLI_ADMIN_NAME"],
            "--district-name", answers["LINLI_DISTRICT_NAME"],
            "--district-code", answers["LINLI_DISTRICT"],
            *(["--no-second-factor"] if os.environ.get("LINLI_SECOND_FACTOR") == "off" else []),
        )  # fmt: skip
    finally:
        del os.environ["LINLI_ADMIN_PASSWORD"]


def _answer(question: Question, *, asks: bool) -> str:
    given = os.environ.get(question.variable, "").strip()
    if given:
        if complaint := question.complaint(given):
            raise Trouble(f"{question.variable}: {complaint}.")
        return given
    if asks:
        return _asked(question)
    if question.default:
        return question.default
    raise Trouble(f"This district is new: set {question.variable} ({question.words.lower()}).")


def _asked(question: Question) -> str:
    shown = f" [{question.default}]" if question.default not in {"", NONE} else ""
    ask = getpass.getpass if question.is_secret else input
    while True:
        words = ask(f"{question.words}{shown}: ").strip() or question.default
        complaint = question.complaint(words)
        if words and not complaint:
            return words
        if complaint:
            tell(f"Not so: {complaint}.")


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
