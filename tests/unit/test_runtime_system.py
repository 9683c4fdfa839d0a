import json
import os
import signal
import socket
from pathlib import Path

import pytest

from linli.runtime import assets, commands, doctor, fingerprints, first_run, ports
from linli.runtime.__main__ import main
from linli.runtime.folder import Folder, Running
from linli.runtime.system import ROLE, System, require_reachable, sample_logins
from linli.runtime.trouble import Trouble


@pytest.fixture
def system(tmp_path, monkeypatch):
    monkeypatch.delenv("LINLI_DATABASE_ROLE", raising=False)
    folder = Folder(tmp_path / "data")
    folder.prepare()
    return System(folder, database_url="postgresql://somewhere")


def test_a_database_that_does_not_answer_is_one_clear_line():
    with pytest.raises(Trouble) as refused:
        require_reachable("postgresql://nobody@127.0.0.1:1/nothing")

    assert str(refused.value).startswith("The database of LINLI_DATABASE_URL cannot be reached: ")
    assert "\n" not in str(refused.value)


def test_only_migrations_and_seeding_act_as_owner_of_the_tables(system):
    assert system.surroundings()["LINLI_DATABASE_ROLE"] == ROLE
    assert system.surroundings(as_owner=True)["LINLI_DATABASE_ROLE"] == ""


def test_settings_of_the_folder_reach_the_processes_and_the_environment_overrules_them(system, monkeypatch):
    system.folder.keep_settings({"LINLI_DISTRICT": "540102", "LINLI_CALENDAR": "lhasa"})
    monkeypatch.setenv("LINLI_CALENDAR", "statutory")

    surroundings = system.surroundings()

    assert surroundings["LINLI_DISTRICT"] == "540102"
    assert surroundings["LINLI_CALENDAR"] == "statutory"


def test_a_half_filled_outside_database_is_never_thrown_away(system, monkeypatch):
    monkeypatch.setenv("LINLI_DATABASE_URL", "postgresql://somewhere")

    with pytest.raises(Trouble):
        system.empty_database()


def test_a_new_district_without_anybody_to_ask_names_the_missing_answer(monkeypatch):
    monkeypatch.delenv("LINLI_ADMIN_NAME", raising=False)
    question = next(question for question in first_run.QUESTIONS if question.variable == "LINLI_ADMIN_NAME")

    with pytest.raises(Trouble) as refused:
        first_run._answer(question, asks=False)

    assert str(refused.value) == "This district is new: set LINLI_ADMIN_NAME (name of the first administrator)."


@pytest.mark.parametrize(
    ("variable", "wrong", "right", "complaint"),
    [
        ("LINLI_DISTRICT", "5401", "540102", "that is not six digits"),
        ("LINLI_AREAS", "/no/such.csv", "-", "there is no file /no/such.csv"),
        ("LINLI_ADMIN_PASSWORD", "short", "long enough", "that is shorter than 10 characters"),
        ("LINLI_ADMIN_PASSWORD", "1234567890", "long enough", "that is digits only"),
    ],
)
def test_a_wrong_answer_is_told_at_once_and_asked_again(monkeypatch, capsys, variable, wrong, right, complaint):
    monkeypatch.delenv(variable, raising=False)
    question = next(question for question in first_run.QUESTIONS if question.variable == variable)
    answers = iter([wrong, right])
    monkeypatch.setattr("builtins.input", lambda _words: next(answers))
    monkeypatch.setattr(first_run.getpass, "getpass", lambda _words: next(answers))

    assert first_run._answer(question, asks=True) == right

    assert capsys.readouterr().out == f"Not so: {complaint}.\n"


def test_a_wrong_answer_of_the_environment_stops_the_start(monkeypatch):
    monkeypatch.setenv("LINLI_DISTRICT", "5401")

    with pytest.raises(Trouble) as refused:
        first_run._answer(first_run.QUESTIONS[0], asks=True)

    assert str(refused.value) == "LINLI_DISTRICT: that is not six digits."


def test_an_administrator_who_was_refused_is_asked_for_alone(system, monkeypatch):
    given = {"DISTRICT": "540102", "AREAS": "-", "DISTRICT_NAME": "x", "ADMIN_NAME": "x"}
    for name, answer in {**given, "ADMIN_PASSWORD": "password12"}.items():
        monkeypatch.setenv(f"LINLI_{name}", answer)
    monkeypatch.setattr(first_run, "_has_accounts", lambda _system: False)
    monkeypatch.setattr("builtins.input", lambda _words: "admin")
    monkeypatch.setattr(first_run.getpass, "getpass", lambda _words: "quite another one")
    tried = []

    def create(*_arguments):
        tried.append(os.environ["LINLI_ADMIN_PASSWORD"])
        if len(tried) == 1:
            raise Trouble("too common")

    monkeypatch.setattr(system, "run_owner", create)

    first_run.lead(system, asks=True)

    assert tried == ["password12", "quite another one"]
    assert "LINLI_ADMIN_PASSWORD" not in os.environ


def test_the_first_password_is_not_left_with_the_pages(system, monkeypatch):
    monkeypatch.setenv("LINLI_ADMIN_PASSWORD", "secret")

    assert "LINLI_ADMIN_PASSWORD" not in system.surroundings()
    assert system.surroundings(as_owner=True)["LINLI_ADMIN_PASSWORD"] == "secret"


def test_another_demo_in_the_same_folder_is_not_mixed_with_it(system):
    (system.folder.path / "demo.json").write_text(json.dumps({"scale": "small", "seed": 7}))

    with pytest.raises(Trouble) as refused:
        first_run.seed(system, scale="district", seed=7)

    assert "holds a demo of scale small and seed 7" in str(refused.value)


def test_sample_logins_are_read_from_what_the_demo_wrote(system):
    assert sample_logins(system.folder) == []

    (system.folder.path / "demo-logins.json").write_text('[{"username": "admin", "password": "x"}]')

    assert sample_logins(system.folder) == [{"username": "admin", "password": "x"}]


def test_a_package_of_another_version_than_locked_is_found():
    assert doctor._not_as_locked("django==1.0 \\\nnumpy==1 ; python_version < '3'\nnobody-has-this==2 ; x\n") == [
        "django",
        "numpy",
    ]


def test_translations_are_compiled_once(tmp_path, monkeypatch):
    folder = tmp_path / "locale" / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n')
    monkeypatch.setattr(fingerprints, "PACKAGE", tmp_path)

    assert [assets.translations(), assets.translations()] == [1, 0]


def test_a_changed_file_changes_the_fingerprint_and_a_moved_tree_does_not(tmp_path, monkeypatch):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text("same")
    prints = []
    for name in ("one", "two"):
        monkeypatch.setattr(fingerprints, "REPOSITORY", tmp_path / name)
        prints.append(fingerprints.of([tmp_path / name / "a.txt"]))
    (tmp_path / "two" / "a.txt").write_text("changed")

    assert prints[0] == prints[1]
    assert fingerprints.of([tmp_path / "two" / "a.txt"]) != prints[0]


def test_a_foreseen_obstacle_is_one_line_and_no_traceback(capsys):
    assert main(["bench", "no-such-measurement"]) == 1

    assert capsys.readouterr().err.startswith("linli: Say which measurement: ")


@pytest.fixture
def _hears_ctrl_c():
    """A run begun in the background of a shell ignores Ctrl-C; these tests are about hearing it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_hears_ctrl_c")
@pytest.mark.parametrize("command", ["test", "bench", "manage"])
@pytest.mark.parametrize(("told", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_that_was_broken_off_has_not_succeeded(monkeypatch, command, told, code):
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setitem(commands.PASSED_ON, command, lambda _arguments: signal.raise_signal(told))

    try:
        assert main([command]) == code
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("_hears_ctrl_c")
def test_a_linli_that_serves_ends_well_when_told_to_stop(system, monkeypatch):
    for step in ("_start_broker", "_bring_up_to_date", "_programs", "_wait_for_web"):
        monkeypatch.setattr(System, step, lambda *_given: {})
    monkeypatch.setattr(ports, "require_free", lambda *_given: None)

    assert system.serve(lambda: signal.raise_signal(signal.SIGINT)) is None


def test_a_port_that_is_none_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["up", "--port", "70000"])

    assert "70000 is not a port (1 to 65535)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--data", "/x", "migrate"], ("/x", ["migrate"])),
        (["--data=/x", "migrate"], ("/x", ["migrate"])),
        (["migrate", "--plan"], ("None", ["migrate", "--plan"])),
    ],
)
def test_a_django_command_may_name_its_data_folder_first(arguments, expected):
    path, rest = commands._data_option(arguments)

    assert (str(path), rest) == expected


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A person who stands in a folder of their own."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "elsewhere"


def test_a_django_command_finds_its_files_where_the_person_stands(system, elsewhere, capfd):
    system.folder.lock()
    system.folder.tell(Running(1, "http://localhost:1/", "postgresql://somewhere", "nats://x", 2))
    program = "import os; print(os.getcwd())"

    code = commands.manage(["--data", str(system.folder.path), "shell", "--no-imports", "-c", program])
    system.folder.unlock()

    assert (code, capfd.readouterr().out.strip()) == (0, str(elsewhere))


def test_the_areas_of_a_new_district_are_read_where_the_person_stands(system, elsewhere, monkeypatch):
    for name in ("DISTRICT_NAME", "ADMIN_NAME", "ADMIN_PASSWORD"):
        monkeypatch.setenv(f"LINLI_{name}", "long enough")
    monkeypatch.setenv("LINLI_AREAS", "areas.csv")
    (elsewhere / "areas.csv").touch()
    ran = []
    monkeypatch.setattr(first_run, "_has_accounts", lambda _system: False)
    monkeypatch.setattr(system, "run_owner", lambda *arguments: ran.append(arguments))

    first_run.lead(system, asks=False)

    assert ran[0] == ("-m", "django", "import_areas", str(elsewhere / "areas.csv"), "--write")


def test_a_data_folder_lies_where_the_person_stands(elsewhere):
    assert Folder(Path("mydata")).path == elsewhere / "mydata"


def test_a_message_server_whose_port_was_taken_meanwhile_tries_another(tmp_path, monkeypatch):
    folder = Folder(tmp_path / "data")
    folder.prepare()
    system = System(folder, tell=lambda _words: None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        free, offered = ports.free, iter([taken.getsockname()[1]])
        monkeypatch.setattr(ports, "free", lambda *given, **named: next(offered, None) or free(*given, **named))

        try:
            system._start_broker()
            assert system.broker.is_healthy()
            assert [child.name for child in system.nursery.children] == ["broker"]
        finally:
            system.nursery.stop()
