"""What people call an area: official, short and bare names, numbers written alike (地名)."""

import re
import unicodedata

from linli.place.rules.codes import Level

STREET_ENDINGS = ("街道办事处", "地区办事处", "街道办", "办事处", "街道", "镇", "乡")
COMMUNITY_ENDINGS = (
    ("社区居民委员会", "社区"),
    ("社区居委会", "社区"),
    ("居民委员会", "社区"),
    ("居委会", "社区"),
    ("村民委员会", "村"),
    ("村委会", "村"),
    ("社区", "社区"),
    ("村", "村"),
)
SPELLED_ENDINGS = (
    " subdistrict",
    " sub-district",
    " street",
    " township",
    " town",
    " community",
    " village",
    "་ཁྲོམ་གཞུང",
    "་སྡེ་ཁུལ",
    "་གྲོང་ཚོ",
)

CHINESE_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
COUNTED = "号栋幢院楼单元组层弄巷网格座门排室户"
CHINESE_NUMBER = re.compile(f"第*([零〇一二两三四五六七八九十百]+)(?=[{COUNTED}])")
ORDINAL = re.compile(r"第+(?=\d)")
LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
OTHER_WORDS = (("号楼", "栋"), ("幢", "栋"))
MARKS = re.compile(r"[,.;:!?'\"()\[\]{}<>/\\|#*_~`·、。，；：！？“”‘’（）【】《》〈〉—…\-།༎]+")
SPELLED = r"[a-z\u0f00-\u0fff]"
SPACES = re.compile(rf"(?<!{SPELLED}) | (?!{SPELLED})")


def short_name(level: Level, official: str) -> str:
    """Return the name people see: 洛堆社区居委会 is 洛堆社区 (简称)."""
    if level is Level.STREET and official.endswith(("街道办事处", "街道办")):
        return official[: official.rindex("街道")] + "街道"
    if level is Level.COMMUNITY:
        for ending, kind in COMMUNITY_ENDINGS:
            if official.endswith(ending) and len(official) > len(ending):
                return official[: -len(ending)] + kind
    return official


def bare_name(level: Level, name: str) -> str:
    """Return the name without its kind: 洛堆社区 is 洛堆 (裸名)."""
    endings = STREET_ENDINGS if level is Level.STREET else tuple(ending for ending, _kind in COMMUNITY_ENDINGS)
    for ending in endings:
        if name.endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return name


def alike(text: str) -> str:
    """Write equal addresses equally: full width, Chinese numbers, 幢 and 号楼, spaces and marks (归一)."""
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = SPACES.sub("", " ".join(MARKS.sub(" ", plain).split()))
    plain = CHINESE_NUMBER.sub(lambda found: str(_number(found.group(1))), plain)
    plain = LEADING_ZEROS.sub("", ORDINAL.sub("", plain))
    for said, written in OTHER_WORDS:
        plain = plain.replace(said, written)
    return plain.rstrip("་")


def full_terms(level: Level, name: str) -> set[str]:
    """Return every way the whole name is written (全称写法)."""
    bare = bare_name(level, name)
    kinds: tuple[str, ...]
    if level is Level.STREET:
        kinds = ("街道", "街道办事处", "街道办", "办事处") if name.endswith(("街道", "办事处", "街道办")) else ()
    elif level is Level.COMMUNITY and bare != name:
        kinds = (
            ("村", "村委会", "村民委员会")
            if "村" in name[len(bare) :]
            else ("社区", "社区居委会", "居委会", "社区居民委员会")
        )
    else:
        kinds = ()
    return {alike(name), *(alike(bare + kind) for kind in kinds)} - {""}


def bare_spelled(name: str) -> str:
    """Return a name written with letters without its kind: Luodui Community is luodui (裸名)."""
    written = alike(name)
    for ending in SPELLED_ENDINGS:
        written = written.removesuffix(ending)
    return written


def _number(words: str) -> int:
    """Read a Chinese number below a thousand; digit by digit where no 十 or 百 is said."""
    if "十" not in words and "百" not in words:
        return int("".join(str(CHINESE_DIGITS[sign]) for sign in words))
    total, digit = 0, 0
    for sign in words:
        if sign in CHINESE_DIGITS:
            digit = CHINESE_DIGITS[sign]
        else:
            total += (digit or 1) * (10 if sign == "十" else 100)
            digit = 0
    return total + digit
