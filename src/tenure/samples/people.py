"""Names, addresses and telephone numbers of people who do not exist."""

from __future__ import annotations

from dataclasses import dataclass

from tenure.samples.lives import Lives

__all__ = ["Person", "external_id", "people", "stranger"]

_FAMILY = (
    "王wang 李li 张zhang 刘liu 陈chen 杨yang 黄huang 赵zhao 周zhou 吴wu 徐xu 孙sun 马ma 朱zhu 胡hu 林lin 郭guo 何he "
    "高gao 罗luo 郑zheng 梁liang 谢xie 宋song 唐tang 许xu 邓deng 冯feng 韩han 曹cao 曾zeng 彭peng 萧xiao 蔡cai "
    "潘pan 田tian 董dong 袁yuan 于yu 余yu 欧阳ouyang 诸葛zhuge"
).split()
_GIVEN = (
    "伟wei 芳fang 娜na 敏min 静jing 丽li 强qiang 磊lei 洋yang 艳yan 勇yong 杰jie 娟juan 涛tao 明ming 超chao 霞xia "
    "平ping 刚gang 婷ting 雪xue 晨chen 宇yu 欣xin 怡yi 涵han 轩xuan 悦yue 佳jia 琳lin 璐lu 峰feng 鹏peng 辰chen "
    "宁ning 岚lan 薇wei 晓xiao 若ruo 思si 子zi 雨yu 梓zi 浩hao 可ke 一yi 诗shi 天tian"
).split()
_FIRST = (
    "Alice Ben Chloe Daniel Emma Felix Grace Henry Isla Jack Katie Leo Maya Noah Olivia Paul Quinn Rosa Sam "
    "Tara Uma Victor Wendy Xavier Yara Zoe Amir Bea Carl Dora Elif Finn Gita Hugo Ines Jonas Klara Liam Mina "
    "Nora Oscar Priya Rafael Sofia"
).split()
_LAST = (
    "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Wright Walker White Green Hall Wood Clarke "
    "Lee Martin Morris Hill Young King Baker Adams Cooper Fischer Weber Schmidt Novak Rossi Garcia Silva Costa "
    "Murphy Kelly Singh Khan O'Brien Larsen Dubois"
).split()
_HOSTS = ("example.com", "example.org", "example.net")


@dataclass(frozen=True)
class Person:
    """What a person tells the shop; `email` and `phone` may be empty."""

    name: str
    email: str
    phone: str


def external_id(number: int) -> str:
    """The shop's own customer id."""
    return f"C{number + 1:07d}"


def people(lives: Lives) -> list[Person]:
    """One a row of `lives`; the same number is always the same person."""
    return [
        _person(int(number), bool(chinese), bool(mail), bool(phone))
        for number, chinese, mail, phone in zip(lives.number, lives.chinese, lives.mail, lives.phone, strict=True)
    ]


def stranger(dice: int, chinese: bool, mark: str) -> Person:
    """Somebody who was not among the shop's people; `mark` keeps the address unlike all others."""
    name, latin = _chinese(dice) if chinese else _western(dice)
    return Person(name, f"{latin}.{mark}@{_HOSTS[dice % len(_HOSTS)]}", "")


def _person(number: int, chinese: bool, mail: bool, phone: bool) -> Person:
    dice = number * 2654435761 % 4294967296
    name, latin = _chinese(dice) if chinese else _western(dice)
    email = f"{latin}.{number + 1}@{_HOSTS[dice % len(_HOSTS)]}" if mail else ""
    return Person(name, email, f"+86100{number:08d}" if phone else "")


def _chinese(dice: int) -> tuple[str, str]:
    family, first, second = _FAMILY[dice % len(_FAMILY)], _GIVEN[dice // 64 % len(_GIVEN)], _GIVEN[dice // 4096 % 48]
    given = [first] if dice // 524288 % 5 < 2 else [first, second]
    written = "".join(_split(part)[0] for part in (family, *given))
    return written, f"{''.join(_split(part)[1] for part in given)}.{_split(family)[1]}"


def _split(part: str) -> tuple[str, str]:
    count = sum(letter >= "一" for letter in part)
    return part[:count], part[count:]


def _western(dice: int) -> tuple[str, str]:
    first, last = _FIRST[dice % len(_FIRST)], _LAST[dice // 64 % len(_LAST)]
    return f"{first} {last}", f"{first}.{last}".lower().replace("'", "")
