"""Files of a case: known by what they hold, shut until looked at, handed out as downloads, each time written down."""

import io
import json
import socket
import struct
import threading
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from linli.case.models import Event
from linli.shared import actions as shared
from linli.shared import scanning
from linli.shared.models import Attachment, AuditEntry, Scan
from linli.shared.queries import attachment_path
from linli.shared.roles import Role
from linli.shared.sniffing import safe_name, sniffed
from tests import make

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PDF = b"%PDF-1.7\n1 0 obj\n"
VIRUS = PDF + b"X5O!P%@AP[4-PZX54(P^)7CC)7}$EICAR"


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.ATTACHMENT_DIR = tmp_path


@pytest.fixture
def post():
    make.neighbourhood()
    return make.post(Role.COMMUNITY)


@pytest.fixture
def desk(client, post):
    client.force_login(post.account, backend=BACKEND)
    return client


@pytest.fixture
def case(post):
    return make.case(at=timezone.now() - timedelta(hours=1))


def packed(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


def send(desk, case, *told, words="现场记录"):
    sent = [SimpleUploadedFile(name, content) for name, content in told]
    return desk.post(f"/community/cases/{case.pk}/moves/attach/", {"words": words, "attached": sent})


@pytest.fixture
def clamd(settings):
    """A clamd as its protocol says: pieces with their length before them, zero ends, one answer."""
    answers, seen = [], []
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                line, _address = server.accept()
            except OSError:
                return
            with line, line.makefile("rb") as read:
                assert read.read(10) == b"zINSTREAM\0"
                content = b""
                while size := struct.unpack("!L", read.read(4))[0]:
                    content += read.read(size)
                seen.append(content)
                line.sendall(answers.pop(0) if answers else b"stream: OK\0")

    threading.Thread(target=serve, daemon=True).start()
    settings.CLAMD_URL = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    yield answers, seen
    server.close()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "pdf"),
        (packed("[Content_Types].xml", "word/document.xml"), "docx"),
        (packed("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
        (b"ID3\x04rest", "mp3"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "wav"),
        (b"\x00\x00\x00\x18ftypM4A ", "m4a"),
        (b"#!AMR\n", "amr"),
    ],
)
def test_a_file_is_known_by_what_it_holds(content, kind):
    assert sniffed(content)[1] == kind


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00",
        b"<html><script>alert(1)</script>",
        b"\xd0\xcf\x11\xe0old office",
        packed("evil.exe"),
        packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        b"PK\x03\x04broken",
        b"",
    ],
)
def test_a_file_of_no_known_kind_is_refused_whatever_its_name_and_nothing_is_kept(desk, case, content, tmp_path):
    answer = send(desk, case, ("报告.pdf", content))

    assert answer.status_code == 409
    assert "报告.pdf" in answer.content.decode()
    assert (Attachment.objects.count(), Event.objects.filter(name="attach").count()) == (0, 0)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\temp\\报告.exe", "报告.pdf"),
        ("发票\u202efdp.exe", "发票fdp.pdf"),
        ("", "附件.pdf"),
        ("长" * 300, "长" * 116 + ".pdf"),
    ],
)
def test_a_name_leads_nowhere_and_ends_as_its_kind_does(given, safe):
    assert safe_name(given, "pdf") == safe


def test_a_file_hangs_on_its_case_and_is_handed_out_as_a_download_each_time_written_down(desk, case, post):
    send(desk, case, ("现场报告.pdf", PDF), ("录音.mp3", b"ID3\x04rest"))

    event = Event.objects.get(name="attach")
    page = desk.get(f"/community/cases/{case.pk}/").content.decode()
    answer = desk.get(f"/community/cases/{case.pk}/files/{event.detail['files'][0]}/")

    assert (event.is_told, event.detail["words"]) == (False, "现场记录")
    assert all(words in page for words in ("现场报告.pdf", "录音.mp3", "只有工作人员看得到"))
    assert b"".join(answer.streaming_content) == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    entry = AuditEntry.objects.get(verb="open_file")
    assert (entry.subject, entry.by_post_id) == (f"{case.number} 现场报告.pdf", post.pk)


def test_a_file_of_another_case_or_desk_is_not_handed_out_and_not_written_down(desk, case, client):
    other = make.case(at=timezone.now() - timedelta(hours=1))
    send(desk, case, ("报告.pdf", PDF))
    file_id = Event.objects.get(name="attach").detail["files"][0]

    by_other_case = desk.get(f"/community/cases/{other.pk}/files/{file_id}/")
    client.force_login(make.post(Role.DEPARTMENT, unit=make.department()).account, backend=BACKEND)
    by_stranger = client.get(f"/department/cases/{case.pk}/files/{file_id}/")

    assert (by_other_case.status_code, by_stranger.status_code) == (404, 404)
    assert not AuditEntry.objects.filter(verb="open_file").exists()


def test_a_file_that_is_too_big_stops_the_move_and_says_which(desk, case, settings):
    settings.ATTACHMENT_BYTES_MAX = 20

    answer = send(desk, case, ("小.pdf", PDF), ("大.pdf", PDF + b"x" * 100))

    assert (answer.status_code, "大.pdf" in answer.content.decode()) == (409, True)
    assert not Event.objects.filter(name="attach").exists()


def jobs():
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'shared.scan_attachment'")
        return [json.loads(args) if isinstance(args, str) else args for (args,) in cursor.fetchall()]


def waiting(settings):
    settings.CLAMD_URL = settings.CLAMD_URL or "tcp://127.0.0.1:1"
    return shared.keep_attachment(content=PDF, name="报告.pdf", at=make.AT)


def test_where_the_site_looks_for_viruses_a_file_stays_shut_until_it_is_clean(desk, case, clamd):
    send(desk, case, ("报告.pdf", PDF))
    asked = [job["attachment_id"] for job in jobs()]
    url = f"/community/cases/{case.pk}/files/{asked[0]}/"

    before = desk.get(url)
    shared.scan_attachment(attachment_id=asked[0], at=make.AT)
    after = desk.get(url)

    assert (before.status_code, "正在查毒" in before.content.decode()) == (409, True)
    assert (after.status_code, clamd[1]) == (200, [PDF])
    assert Attachment.objects.get().scan == Scan.CLEAN


def test_a_file_in_which_something_was_found_is_never_opened(desk, case, clamd):
    clamd[0].append(b"stream: Win.Test.EICAR_HDB-1 FOUND\0")
    send(desk, case, ("坏.pdf", VIRUS))
    row = Attachment.objects.get()

    shared.scan_attachment(attachment_id=row.pk, at=make.AT)

    row.refresh_from_db()
    answer = desk.get(f"/community/cases/{case.pk}/files/{row.pk}/")
    assert (row.scan, row.scan_words) == (Scan.FOUND, "Win.Test.EICAR_HDB-1")
    assert (answer.status_code, "查出病毒" in answer.content.decode()) == (409, True)
    assert "查出病毒" in desk.get(f"/community/cases/{case.pk}/").content.decode()


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"\0", b"stream: OK and more\0"])
def test_an_answer_that_is_no_verdict_leaves_the_file_shut_and_is_shown(clamd, settings, answer):
    clamd[0].append(answer)
    row = waiting(settings)

    with pytest.raises(scanning.NotScanned):
        shared.scan_attachment(attachment_id=row.pk, at=make.AT)

    row.refresh_from_db()
    assert (row.scan, row.may_be_opened) == (Scan.FAILED, False)


def test_when_nobody_answers_the_file_stays_shut_and_a_later_look_opens_it(settings, clamd):
    there = settings.CLAMD_URL
    settings.CLAMD_URL = "tcp://127.0.0.1:1"
    row = waiting(settings)
    with pytest.raises(scanning.NotScanned):
        shared.scan_attachment(attachment_id=row.pk, at=make.AT)
    settings.CLAMD_URL = there

    shared.scan_attachment(attachment_id=row.pk, at=make.later(minutes=1))

    row.refresh_from_db()
    assert (row.scan, row.scanned_at) == (Scan.CLEAN, make.later(minutes=1))
    assert attachment_path(row.pk).read_bytes() == PDF
