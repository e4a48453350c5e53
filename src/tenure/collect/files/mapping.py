"""Which column of a file means what: checked as given by a person, or guessed from names and values in both languages."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tenure.collect.files.reading import Table
from tenure.errors import UsageError

__all__ = ["CUSTOMER_FIELDS", "EVENT_FIELDS", "ORDER_FIELDS", "Columns", "check_columns", "guess_columns"]


@dataclass(frozen=True)
class Field:
    """Something a column can mean: words it is called by (lower case), and a test its values should pass."""

    key: str
    names: tuple[str, ...]
    like: Callable[[str], bool] | None = None


def _like(pattern: str) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(pattern, value.strip()) is not None


_TIME = _like(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*|(19|20)\d{6}(\d{6})?|\d{10}|\d{13}|\d{1,2}[- ][A-Za-z]{3}.*")
_NUMBER = _like(r"[(+-]?\s*([¥￥$£€₹]|[A-Z]{3})?\s*[+-]?\d[\d.,' ]*\)?\s*([¥￥$£€₹元]|[A-Z]{3})?-?")
_EMAIL = _like(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = _like(r"\+?[\d\s().-]{7,20}")
_CURRENCY = _like(r"[A-Za-z]{3}")

_SHARED = (
    Field("email", ("email", "e-mail", "email address", "mail", "customer email", "邮箱", "电子邮箱", "邮件", "客户邮箱"), _EMAIL),
    Field("phone", ("phone", "mobile", "telephone", "phone number", "tel", "手机", "手机号", "电话", "手机号码", "联系电话"), _PHONE),
    Field("country", ("country", "国家", "国家地区", "country name", "shipping country", "billing country")),
    Field("channel", ("channel", "utm source", "acquisition channel", "渠道", "获客渠道", "来源渠道", "来源")),
)
_CUSTOMER = Field(
    "customer",
    (
        "customer", "customer id", "customerid", "customer no", "customer number", "user id", "userid", "user", "client id", "buyer id",
        "buyer", "member id", "account id", "external id", "id", "master id", "客户", "客户id", "客户编号", "客户号", "用户id", "用户编号",
        "会员id", "会员号", "会员编号", "买家", "买家id", "买家会员名",
    ),
)  # fmt: skip
_WHEN = Field(
    "time",
    (
        "time", "date", "invoicedate", "invoice date", "order date", "orderdate", "order time", "ordered at", "created at", "created",
        "timestamp", "datetime", "purchase date", "transaction date", "paid at", "occurred at", "时间", "日期", "下单时间", "订单时间",
        "订单日期", "下单日期", "付款时间", "支付时间", "交易时间", "成交时间", "订单付款时间", "订单创建时间", "发生时间", "创建时间",
    ),
    _TIME,
)  # fmt: skip

ORDER_FIELDS: tuple[Field, ...] = (
    _CUSTOMER,
    _WHEN,
    Field(
        "order",
        (
            "order", "order id", "orderid", "order no", "order number", "invoice", "invoiceno", "invoice no", "invoice id", "name",
            "transaction id", "receipt", "订单", "订单号", "订单编号", "主订单编号", "单号", "交易号", "流水号", "发票号",
        ),
    ),
    Field(
        "amount",
        (
            "amount", "total", "revenue", "line total", "sales", "dollars", "dollar value", "value", "paid", "order total", "grand total",
            "subtotal", "total price", "金额", "实付金额", "订单金额", "总金额", "支付金额", "实收", "实付", "销售额", "成交金额", "买家实际支付金额",
        ),
        _NUMBER,
    ),
    Field("price", ("price", "unitprice", "unit price", "lineitem price", "item price", "单价", "价格", "商品单价", "售价"), _NUMBER),
    Field("quantity", ("quantity", "qty", "units", "cds", "number of cds", "lineitem quantity", "count", "数量", "件数", "购买数量", "商品数量"), _NUMBER),
    Field("product", ("product", "product id", "sku", "stockcode", "stock code", "item", "item id", "lineitem sku", "商品", "商品id", "商品编号", "商品编码", "货号", "产品编号")),
    Field("product_name", ("product name", "description", "item name", "lineitem name", "title", "商品名称", "商品名", "产品名称", "品名", "商品标题", "宝贝标题")),
    Field("category", ("category", "product category", "department", "product type", "类别", "分类", "品类", "商品分类", "类目")),
    Field("currency", ("currency", "currency code", "币种", "货币"), _CURRENCY),
    *_SHARED,
    Field("coupon", ("coupon", "discount code", "优惠券", "优惠码")),
    Field("store", ("store", "shop", "branch", "门店", "店铺", "店铺名称")),
)
EVENT_FIELDS: tuple[Field, ...] = (
    Field("name", ("event", "name", "event name", "action", "事件", "事件名", "事件名称", "行为")),
    _WHEN,
    _CUSTOMER,
    Field("anonymous", ("anonymous", "anonymous id", "anonymousid", "device id", "cookie", "visitor id", "匿名id", "设备id", "访客id")),
    Field("message", ("message id", "messageid", "event id", "消息id", "事件id")),
    *_SHARED[:2],
)
CUSTOMER_FIELDS: tuple[Field, ...] = (
    _CUSTOMER,
    Field("name", ("name", "full name", "customer name", "姓名", "名字", "客户姓名", "客户名称", "收货人", "收货人姓名", "昵称")),
    *_SHARED,
    Field("time", ("created at", "created", "registered at", "signed up", "signup date", "registration date", "注册时间", "创建时间"), _TIME),
)
PROPERTY = "property."


@dataclass(frozen=True)
class Columns:
    """Checked: position (from 0) of each known field, and of each further property by its name."""

    fields: Mapping[str, int]
    properties: Mapping[str, int]
    by_number: bool

    def __contains__(self, field: str) -> bool:
        return field in self.fields


def check_columns(chosen: Mapping[str, str | int], table: Table, known: Sequence[Field], needs: Sequence[Sequence[str]]) -> Columns:
    """The positions of the chosen columns. `needs`: groups of fields of which one must be there. Raises UsageError."""
    keys = [field.key for field in known]
    fields: dict[str, int] = {}
    properties: dict[str, int] = {}
    for key, column in chosen.items():
        if column in ("", None):
            continue
        if key in keys:
            fields[key] = _position(column, table)
        elif key.startswith(PROPERTY) and re.fullmatch(r"[\w .-]{1,60}", key[len(PROPERTY) :]):
            properties[key[len(PROPERTY) :]] = _position(column, table)
        else:
            raise UsageError(_unknown(f'A column cannot mean "{key}".', key, keys, "Known meanings", "property.<name>"))
    for group in needs:
        if not any(set(choice.split("+")) <= fields.keys() for choice in group):
            raise UsageError(f"Say which column is the {' or '.join(group)}. {table.path.name} has: {_listed(table.names)}.")
    by_number = all(str(column).isdigit() and str(column) not in (table.header or ()) for column in chosen.values())
    return Columns(fields, properties, by_number)


def _position(column: str | int, table: Table) -> int:
    text = str(column).strip()
    folded = [_folded(name) for name in table.names]
    if text in table.names:
        return table.names.index(text)
    if folded.count(_folded(text)) == 1:
        return folded.index(_folded(text))
    if text.isdigit():
        if 1 <= int(text) <= table.width:
            return int(text) - 1
        raise UsageError(f"{table.path.name} has {table.width} columns; there is no column {text}.")
    raise UsageError(_unknown(f'{table.path.name} has no column "{text}".', text, table.names, "It has"))


def _unknown(start: str, word: str, names: Iterable[str], lead: str, more: str = "") -> str:
    listed = list(names)
    near = difflib.get_close_matches(word, listed, 1)
    guess = f' Did you mean "{near[0]}"?' if near else ""
    return f"{start}{guess} {lead}: {_listed([*listed, more] if more else listed)}."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:30]) + (" …" if len(names) > 30 else "")


def _folded(name: str) -> str:
    return re.sub(r"[\s_\-./:：()（）]+", " ", name).strip().lower()


def guess_columns(table: Table, known: Sequence[Field]) -> dict[str, str]:
    """The likeliest column for each field, by its name and checked against its values; empty where none fits."""
    values = [[row[at] for row in table.sample[:200] if at < len(row) and row[at].strip()] for at in range(table.width)]
    scores = sorted(
        ((_score(field, name, values[at]), -at, field.key) for field in known for at, name in enumerate(table.names)),
        key=lambda score: (-score[0], -score[1]),
    )
    found: dict[str, str] = {}
    used: set[int] = set()
    for score, minus_at, key in scores:
        if score > 0 and key not in found and -minus_at not in used:
            found[key] = table.names[-minus_at]
            used.add(-minus_at)
    return {field.key: found[field.key] for field in known if field.key in found}


def _score(field: Field, name: str, values: Sequence[str]) -> float:
    """Exact name 3, name contained 1.5, values alone (only for what cannot be mistaken) 1; 0 when the values do not fit."""
    fits = sum(map(field.like, values)) / len(values) if field.like and values else 1.0
    if fits < 0.7:
        return 0
    folded = _folded(name)
    plain = folded.replace(" ", "")
    rank = next((place for place, known in enumerate(field.names) if plain == known.replace(" ", "")), None)
    if rank is not None:
        return 3 - rank / 100
    if any(len(known) > 2 and (known in folded if known.isascii() else known in plain) for known in field.names[:6]):
        return 1.5
    return 1.0 if field.key in ("email", "time") and field.like and values and fits > 0.95 else 0
