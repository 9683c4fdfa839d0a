"""Views of lists: kept by a post, shared with its unit, opened by default; and the ledger of what left in files."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.shared.models import Export
from linli.shared.roles import Role
from linli.shared.scope import EVERYTHING
from linli.staff.models import SavedView
from tests import make
from tests.contract.test_row_security import as_application

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
OPEN = "/community/lists/open/"


@pytest.fixture
def at():
    return timezone.now() - timedelta(hours=1)


@pytest.fixture
def post():
    make.neighbourhood()
    return make.post(Role.COMMUNITY)


@pytest.fixture
def desk(client, post):
    client.force_login(post.account, backend=BACKEND)
    return client


@pytest.fixture
def colleague(post):
    return make.post(Role.COMMUNITY)


def keep(desk, query="late=yes&sort=due", name="今天要催的", path=OPEN, **given):
    return desk.post("/views/keep/", {"path": path, "query": query, "name": name} | given)


def enter(client, post):
    client.force_login(post.account, backend=BACKEND)
    return client


def test_a_view_keeps_filters_order_and_columns_but_not_the_page(desk, post):
    answer = keep(desk, "sort=due&late=yes&hide=channel&after=x&open=3&export=csv&q=")

    assert answer.headers["Location"] == f"{OPEN}?hide=channel&late=yes&sort=due"
    view = SavedView.objects.get()
    assert (view.post_id, view.unit_id, view.is_shared, view.is_default) == (post.pk, post.unit_id, False, False)
    page = desk.get(answer.headers["Location"]).context["page"]
    assert [(each.name, each.is_chosen) for each in page.views] == [("今天要催的", True)]


def test_columns_can_be_hidden_but_the_headline_stays(desk, at):
    make.case(at=at)

    page = desk.get(OPEN, {"hide": "number,place,title"}).context["page"]

    assert [column.key for column in page.declared.columns] == ["title", "state", "due", "category", "opened"]
    assert [label for label, _url, is_shown, _is_spare in page.shown if not is_shown] == ["地点", "编号"]


def test_a_shared_view_is_seen_by_the_unit_and_a_private_one_is_not(desk, colleague, client):
    keep(desk, name="我的")
    keep(desk, name="大家的", is_shared="on")
    stranger = make.post(Role.STREET)

    def names(post):
        return [view.name for view in enter(client, post).get(f"{OPEN}?view=all").context["page"].views]

    assert (names(colleague), names(stranger)) == (["大家的"], [])


def test_the_default_view_opens_the_list_and_the_whole_list_is_one_click_away(desk):
    keep(desk, is_default="on")

    assert desk.get(OPEN).headers["Location"] == f"{OPEN}?late=yes&sort=due"
    assert desk.get(f"{OPEN}?view=all").status_code == 200
    keep(desk, "late=no", name="别的", is_default="on")
    assert [view.name for view in SavedView.objects.filter(is_default=True)] == ["别的"]


def test_a_view_is_renamed_shared_and_removed_by_whoever_kept_it(desk):
    keep(desk)
    view = SavedView.objects.get()

    desk.post(f"/views/{view.pk}/", {"name": "新名字", "is_shared": "on"})
    view.refresh_from_db()
    renamed = (view.name, view.is_shared)
    desk.post(f"/views/{view.pk}/", {"remove": "1"})

    assert renamed == ("新名字", True)
    assert SavedView.objects.count() == 0


def test_a_colleagues_view_is_not_changed_by_others(desk, colleague, client):
    keep(desk, is_shared="on")
    view = SavedView.objects.get()

    answer = enter(client, colleague).post(f"/views/{view.pk}/", {"remove": "1"})

    assert answer.status_code == 409
    assert "只能由存它的人更改" in answer.content.decode()
    assert SavedView.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"name": " "}, 422),
        ({"name": "长" * 41}, 422),
        ({"path": "//elsewhere.example/"}, 404),
        ({"path": "https://elsewhere.example/"}, 404),
        ({"path": "/no/such/page/"}, 404),
        ({"query": "q=" + "x" * 2100}, 409),
    ],
)
def test_a_view_that_cannot_be_kept_is_refused_and_nothing_is_kept(desk, given, status):
    assert keep(desk, **given).status_code == status
    assert SavedView.objects.count() == 0


def test_two_views_of_a_list_have_two_names(desk):
    keep(desk)

    assert keep(desk).status_code == 409
    assert SavedView.objects.count() == 1


def test_views_cost_a_list_no_statement_once_they_are_known(desk, at):
    keep(desk)
    desk.get(f"{OPEN}?view=all")

    with CaptureQueriesContext(connection) as asked:
        desk.get(f"{OPEN}?view=all")

    assert len(asked) == 2


# -- the ledger of exports -------------------------------------------------------------------------------------------


def test_rows_about_people_leave_only_for_a_purpose_and_are_written_down(desk, post, at):
    case = make.case(at=at)

    asked = desk.get(OPEN, {"export": "csv", "late": "no"})
    assert "用途" in asked.content.decode()
    assert Export.objects.count() == 0

    answer = desk.get(OPEN, {"export": "csv", "late": "no", "purpose": "HANDLE_CASE", "reason": "周例会"})

    assert case.number in b"".join(answer.streaming_content).decode("utf-8-sig")
    row = Export.objects.get()
    assert (row.list_title, row.kind, row.row_count, row.filters) == ("辖区内未结", "csv", 1, {"late": "no"})
    assert (row.is_personal, row.purpose, row.reason, row.by_post_id) == (True, "HANDLE_CASE", "周例会", post.pk)
    assert post.account.name in row.by_words


@pytest.mark.parametrize("purpose", ["", "OWN_RECORD", "CURIOSITY"])
def test_a_purpose_that_is_none_of_this_posts_opens_no_file(desk, at, purpose):
    make.case(at=at)

    answer = desk.get(OPEN, {"export": "xlsx", "purpose": purpose})

    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "text/html; charset=utf-8")
    assert Export.objects.count() == 0


def test_hidden_columns_do_not_leave_either(desk, at):
    make.case(at=at)

    answer = desk.get(OPEN, {"export": "csv", "hide": "place,category", "purpose": "HANDLE_CASE"})

    head = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()[0]
    assert head == "事项,状态,时限,编号,登记"
    assert Export.objects.get().columns == head.split(",")


def test_the_auditor_and_the_administrator_read_the_ledger_and_nobody_else(desk, at, client):
    make.case(at=at)
    desk.get(OPEN, {"export": "csv", "purpose": "HANDLE_CASE", "reason": "周例会"})
    worker = desk.get("/admin/exports/").status_code

    pages = [enter(client, make.post(role)).get("/admin/exports/") for role in (Role.ADMIN, Role.AUDITOR)]

    assert worker == 403
    assert [page.status_code for page in pages] == [200, 200]
    assert all("周例会" in page.content.decode() and "辖区内未结" in page.content.decode() for page in pages)


def test_the_ledger_itself_leaves_its_mark_when_exported(client):
    enter(client, make.post(Role.AUDITOR)).get("/admin/exports/?export=csv")

    assert [(row.list_title, row.is_personal) for row in Export.objects.all()] == [("导出台账", False)]


def test_the_ledger_is_never_rewritten():
    row = Export.objects.create(at=make.AT, list_title="x", path="/", kind="csv", row_count=1, is_personal=False)

    with as_application(EVERYTHING):
        for verb in ("UPDATE shared_export SET row_count = 0", "DELETE FROM shared_export"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(verb)
    with pytest.raises(IntegrityError), transaction.atomic():
        Export.objects.create(at=make.AT, list_title="x", path="/", kind="csv", row_count=1, is_personal=True)
    assert Export.objects.get().pk == row.pk
