"""Verbs about the views of a list that a post keeps, for itself or for its unit (视图)."""

from typing import Any

from django.db import IntegrityError, transaction

from linli.shared.refusals import Refused
from linli.staff import queries
from linli.staff.models import Post, SavedView

NAME_MAX = 40
QUERY_MAX = 2000
VIEWS_MAX = 30  # of one post for one list


def keep_view(
    *, post: Post, path: str, name: str, query: str, is_shared: bool = False, is_default: bool = False
) -> SavedView:
    """Keep the filters, the order and the columns of a list under a name (存为视图).

    Raises:
        Refused: no name, a name that is taken, or too many.
    """
    if len(path) > 200 or len(query) > QUERY_MAX:
        raise Refused("这个列表的条件太长，存不下。")
    with transaction.atomic():
        own = SavedView.objects.select_for_update().filter(post=post, path=path)
        if len(own) >= VIEWS_MAX:
            raise Refused("一个列表最多存 %(most)s 个视图，请先移除不用的。", most=VIEWS_MAX)
        return _written(
            SavedView(post=post, unit_id=post.unit_id, path=path, query=query, is_shared=is_shared),
            name=name,
            is_default=is_default,
        )


def change_view(*, view: SavedView, post: Post, name: str, is_shared: bool, is_default: bool) -> SavedView:
    """Rename a view, share it with the unit or no longer, open the list with it or no longer (更改视图).

    Raises:
        Refused: it is a colleague's, the name is taken or none.
    """
    _own(view, post)
    view.is_shared = is_shared
    with transaction.atomic():
        return _written(view, name=name, is_default=is_default)


def remove_view(*, view: SavedView, post: Post) -> None:
    """Keep a view no longer (移除视图).

    Raises:
        Refused: it is a colleague's.
    """
    _own(view, post)
    view.delete()
    transaction.on_commit(queries.forget)


def _own(view: SavedView, post: Post) -> None:
    if view.post_id != post.pk:
        raise Refused("这是同事的视图，只能由存它的人更改。")


def _written(view: SavedView, *, name: str, is_default: bool) -> SavedView:
    name = " ".join(name.split())
    if not name or len(name) > NAME_MAX:
        raise Refused("请给视图起个名字，最多 %(most)s 个字。", most=NAME_MAX)
    view.name, view.is_default = name, is_default
    others: Any = SavedView.objects.filter(post_id=view.post_id, path=view.path).exclude(pk=view.pk)
    if is_default:
        others.update(is_default=False)
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as fault:
        raise Refused("已经有叫“%(name)s”的视图了。", name=name) from fault
    transaction.on_commit(queries.forget)
    return view
