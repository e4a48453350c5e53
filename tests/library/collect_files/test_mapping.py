"""Columns as a person names them, or as they can be guessed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tenure.collect.files.mapping import CUSTOMER_FIELDS, ORDER_FIELDS, check_columns, guess_columns
from tenure.collect.files.orders import NEEDS
from tenure.collect.files.reading import reading
from tenure.errors import UsageError

Write = Callable[..., Path]


def test_it_guesses_the_columns_of_a_chinese_shop_export(write: Write) -> None:
    text = (
        "订单编号,买家会员名,订单创建时间,商品标题,商品编码,购买数量,单价,买家实际支付金额,店铺名称,收货人\n"
        "T1,小林,2026-01-02 10:00:00,龙井茶,LJ-1,2,128.00,256.00,旗舰店,林晓\n"
    )
    with reading(write("a.csv", text, "gb18030")) as table:
        assert guess_columns(table, ORDER_FIELDS) == {
            "customer": "买家会员名", "time": "订单创建时间", "order": "订单编号", "amount": "买家实际支付金额",
            "price": "单价",
            "quantity": "购买数量", "product": "商品编码", "product_name": "商品标题", "store": "店铺名称",
            "person": "收货人",
        }  # fmt: skip


def test_it_does_not_guess_a_column_whose_values_do_not_fit(write: Write) -> None:
    with reading(write("a.csv", "customer,date,total\n7,soon,plenty\n")) as table:
        assert guess_columns(table, ORDER_FIELDS) == {"customer": "customer"}


def test_it_knows_an_email_column_by_its_values(write: Write) -> None:
    with reading(write("a.csv", "who,reach\nLin,lin@example.com\nBob,bob@example.com\n")) as table:
        assert guess_columns(table, CUSTOMER_FIELDS)["email"] == "reach"


def test_a_wrong_name_is_told_with_the_nearest_right_one(write: Write) -> None:
    with reading(write("a.csv", "CustomerID,When\n1,2026-01-01\n")) as table:
        with pytest.raises(UsageError, match='Did you mean "CustomerID"'):
            check_columns({"customer": "CustomrID", "time": "When"}, table, ORDER_FIELDS, NEEDS)
        with pytest.raises(UsageError, match='Did you mean "customer"'):
            check_columns({"custmer": "CustomerID", "time": "When"}, table, ORDER_FIELDS, NEEDS)
        with pytest.raises(UsageError, match="Say which column is the time"):
            check_columns({"customer": "customer id"}, table, ORDER_FIELDS, NEEDS)
        with pytest.raises(UsageError, match="there is no column 3"):
            check_columns({"customer": 3, "time": 2}, table, ORDER_FIELDS, NEEDS)
