"""Names nobody could take for a real person's: a made-up surname and a plant."""

import random

_SURNAMES = ("测", "试", "演", "样", "例", "拟", "仿", "示")
_PLANTS = (
    "海棠", "青松", "白杨", "紫藤", "茉莉", "银杏", "芦苇", "金桂", "木槿", "山茶", "合欢", "石榴",
    "百合", "丁香", "枫香", "冬青", "杜鹃", "蔷薇", "水杉", "香樟", "玉兰", "栀子", "忍冬", "薄荷",
    "半夏", "连翘", "白芷", "当归", "茯苓", "黄芪", "决明", "葛根", "桔梗", "苍术", "麦冬", "远志",
)  # fmt: skip
_NUMERALS = "甲乙丙丁戊己庚辛壬癸"


def made_up_name(rng: random.Random, index: int) -> str:
    """A name unique by ``index`` up to several thousand people: 测海棠, 试青松乙, ..."""
    surname = _SURNAMES[index % len(_SURNAMES)]
    plant = _PLANTS[(index // len(_SURNAMES)) % len(_PLANTS)]
    generation = index // (len(_SURNAMES) * len(_PLANTS))
    if generation == 0:
        return surname + plant
    first, second = divmod(generation - 1, len(_NUMERALS))
    suffix = _NUMERALS[second] + (_NUMERALS[first % len(_NUMERALS)] if first else "")
    return surname + plant + suffix + ("" if first < len(_NUMERALS) else rng.choice(_NUMERALS))
