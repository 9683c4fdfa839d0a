"""Every table is in a section of the configuration, or it is said here why it does not travel."""

from pathlib import Path

from django.apps import apps

from linli.web.admin.configuration.sections import SECTIONS

# What happened and who lives here is never moved.
WORK = {
    "case.Case", "case.Event", "case.Joined", "case.Similar", "case.Supervision", "case.Pause", "case.Extension",
    "case.Assignment", "case.Tie", "case.Wording", "case.WordingMark", "whistle.Whistle", "whistle.Called",
    "whistle.Dispute", "whistle.Ruling", "handling.Task", "handling.Application", "confirm.Confirmation",
    "confirm.CallBack", "confirm.CallBackTry", "confirm.NoCall", "intake.Appeal", "intake.PartnerUpdate",
    "intake.Spent", "intake.HotlineFile", "outside.Asked", "notice.FreshEvent",
    "notice.Notice", "notice.Delivery", "notice.ReadMark",
    "report.Fact", "report.Cell", "report.Mark", "shared.Photo", "shared.AuditEntry", "shared.Export", "shared.Erasure",
    "shared.ErasureHead", "shared.Attachment", "call.Press", "call.Call", "call.CallEvent", "call.Responder",
    "call.FollowUp", "call.Told", "call.Trouble", "call.DeviceTask", "call.Shift", "call.Leave", "call.Presence",
    "call.DeviceEvent",
}  # fmt: skip
PEOPLE = {
    "people.Household", "people.Resident", "people.Membership", "people.ContactPoint", "people.Consent", "people.Need",
    "people.Look", "notice.Choice", "call.Holding", "call.HoldingContact",
}  # fmt: skip
# Accounts, their posts, keys and secrets belong to one system.
OURS_ALONE = {
    "staff.Account", "staff.Post", "staff.SavedView", "staff.Login", "intake.ApiKey", "notice.Subscriber",
    "notice.Gateway", "outside.Body", "call.Device", "call.PushSubscription",
    "call.Vendor",
}  # fmt: skip
# Areas come from their own files, with their own history.
AREAS = {"place.Area", "place.AreaVersion", "place.Edition"}
# Marks by which a process sees that it must read again.
MARKS = {"case.Rulebook", "routing.Edition", "staff.Version"}


def test_every_table_has_its_section_or_its_excuse():
    ours = {model._meta.label for model in apps.get_models() if model.__module__.startswith("linli.")}
    carried = {table for section in SECTIONS for table in section.tables}

    assert ours - carried - WORK - PEOPLE - OURS_ALONE - AREAS - MARKS == set()
    assert carried <= ours
    assert not carried & (WORK | PEOPLE | OURS_ALONE | AREAS | MARKS)


def test_every_section_is_on_the_page_that_explains_moving():
    page = (Path(__file__).parents[2] / "docs/howto/move-configuration.md").read_text(encoding="utf-8")

    assert [section.name for section in SECTIONS if f"| `{section.name}` |" not in page] == []
