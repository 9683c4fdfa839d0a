"""Where a case is, said once: an address adds to its area and does not repeat it."""

import pytest

from linli.web.casepage.rows import beyond


@pytest.mark.parametrize(
    ("address", "area", "said"),
    [
        ("八朗学社区云霞路3号院3栋", "吉日街道·八朗学社区·03网格·云霞路3号院3栋", ""),
        ("八朗学社区云霞路3号院3栋门口", "吉日街道·八朗学社区·03网格·云霞路3号院3栋", "门口"),
        ("八朗学社区顺松路3号院1栋", "吉日街道·八朗学社区·01网格", "顺松路3号院1栋"),
        ("顺松路12号", "吉日街道·顺松路1", "顺松路12号"),
        ("小学东门对面", "吉日街道", "小学东门对面"),
        ("", "城关区", ""),
    ],
)
def test_an_address_does_not_repeat_its_area(address, area, said):
    assert beyond(address, area) == said
