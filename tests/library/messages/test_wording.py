"""Wording: Liquid under limits, escaped, and never a hole in the text."""

import time

import pytest

from tenure.messages import MJML, Wording, WordingError, letter, wording_problems

VALUES = {
    "customer": {"name": "王芳", "first_name": "芳"},
    "company": {"name": "Lin & Co", "currency": "CNY", "postal_address": "1 Road"},
    "features": {"orders": 3, "revenue": 123456},
    "unsubscribe_url": "https://shop.example/u/abc",
}
KNOWN = {
    "customer": frozenset({"name", "first_name"}),
    "company": frozenset({"name"}),
    "features": frozenset({"orders"}),
    "unsubscribe_url": frozenset(),
}


def made(body, subject="Hi", **more):
    return letter(Wording(subject, body), {**VALUES, **more})


def test_a_simple_text_becomes_a_letter_in_both_forms():
    body = "# Hello {{ customer.name }}\n\nYou **bought** {{ features.orders }} times.\n\n[Look](https://shop.example/?a=1&b=2)"
    found = letter(Wording("谢谢 {{ customer.name }}", body, language="zh"), VALUES)
    assert found.subject == "谢谢 王芳"
    assert "Hello 王芳" in found.html
    assert "<b>bought</b>" in found.html
    assert 'href="https://shop.example/?a=1&amp;b=2"' in found.html
    assert "退订" in found.html
    assert "Look: https://shop.example/?a=1&b=2" in found.text
    assert "https://shop.example/u/abc" in found.text
    assert "Lin &amp; Co" in found.html
    assert "LQx" not in found.html + found.text


def test_a_name_is_never_markup():
    found = made("{{ customer.name }}", customer={"name": "<script>alert(1)</script>"})
    assert "<script>alert" not in found.html
    assert "&lt;script&gt;" in found.html


def test_a_subject_is_one_line():
    assert made("x", "Hi\r\nBcc: {{ customer.name }}", customer={"name": "a\r\nX: y"}).subject == "Hi Bcc: a X: y"


def test_what_is_missing_blocks_the_message_unless_there_is_a_default():
    with pytest.raises(WordingError, match="nickname"):
        made("{{ customer.nickname }}")
    assert "friend" in made('{{ customer.nickname | default: "friend" }}').html
    assert "no" in made("{% if customer.nickname %}yes{% else %}no{% endif %}").text


def test_money_is_shown_in_the_companys_currency():
    assert "¥1,234.56" in made("{{ features.revenue | money }}").text


def test_a_whole_page_in_mjml_keeps_its_liquid():
    page = (
        "<mjml><mj-body><mj-section><mj-column><mj-text>{% if features.orders > 2 %}Hi {{ customer.name }}{% endif %}"
        '</mj-text><mj-button href="{{ unsubscribe_url }}">x</mj-button></mj-column></mj-section></mj-body></mjml>'
    )
    found = letter(Wording("s", page, MJML), VALUES)
    assert "Hi 王芳" in found.html
    assert 'href="https://shop.example/u/abc"' in found.html
    assert "王芳" in found.text
    assert wording_problems(Wording("s", page, MJML), KNOWN) == []


@pytest.mark.parametrize(
    ("wording", "told"),
    [
        (Wording("", "x"), "subject is empty"),
        (Wording("s", ""), "text is empty"),
        (Wording("s", "{{ customer.nmae }}"), "customer.nmae"),
        (Wording("s", "{{ order.total }}"), "order.total"),
        (Wording("s", "{{ customer.name"), "expected"),
        (Wording("s", "{% include 'x' %}"), "include"),
        (Wording("s", "{{ customer.name | base64_encode }}"), "base64_encode"),
        (Wording("s", "[x](javascript:alert(1)"), "https://"),
        (Wording("s", "<mjml><mj-bdy></mjml>", MJML), "unsubscribe"),
        (Wording("s", "<mjml>{{ unsubscribe_url }}", MJML), "MJML"),
    ],
)
def test_what_is_wrong_is_told_when_saving(wording, told):
    assert told in " ".join(wording_problems(wording, KNOWN))


HOSTILE = [
    "{{ (1..100000000) | join }}",
    "{{ (1..1000000000) | size }}",
    "{% for i in (1..1000) %}{% for j in (1..1000) %}x{% endfor %}{% endfor %}",
    "{% assign s = 'xxxxxxxxxx' %}" + "{% assign s = s | append: s %}" * 40 + "{{ s }}",
    "{% assign n = 9999999999 %}" + "{% assign n = n | times: n %}" * 40 + "{{ n }}",
    "{% capture a %}{% for i in (1..1000) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}{% endcapture %}"
    + "{% for i in (1..900) %}{{ a }}{% endfor %}",
    "{% assign a = 'a,b,c,d' | split: ',' %}" + "{% assign a = a | concat: a %}" * 30 + "{{ a | size }}",
    "{{ 'now' | date: '%999999999d' }}",
    "{{ customer.__class__.__mro__ }}",
    "{{ customer.name.__class__ }}",
    "{{ customer.items }}",
    "{{ company.__init__.__globals__ }}",
    "{% if " * 200,
    "{{ " + "(" * 500,
    "{% if true %}" * 500 + "{% endif %}" * 500,
    "{{ 'a' | replace: '', 'bbbbbbbbbbbbbbbb' | replace: '', 'cccccccccccccccc' | replace: '', '" + "d" * 5000 + "' }}",
    "{% render 'x' %}",
    "{% tablerow i in (1..1000) %}x{% endtablerow %}",
    "{{ 1 | divided_by: 0 }}",
    "{{ customer | map: 'x' | join }}{{ customer.none }}",
    "{% cycle 'a','b' %}{{ forloop.parentloop.x }}",
    "{% for c in customer.name %}{{ c.x }}{% endfor %}{{ zzz }}",
    "{{ 'x' | truncate: 100000000000000000000, customer.zip }}",
    "{{ 5 | round: 1000000000 }}{{ nope }}",
    "{{ 2 | times: '1e400' }}",
]


@pytest.mark.parametrize("body", HOSTILE)
def test_a_hostile_template_ends_quickly_and_prints_nothing_of_ours(body):
    begun = time.process_time()
    try:
        found = made(body)
        assert "class" not in found.text
        assert len(found.text) < 600_000
    except WordingError:
        pass
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(("name", "said"), [("山茶茶行", "接收山茶茶行的消息"), ("Lin & Co", "接收 Lin & Co 的消息")])
def test_only_a_latin_name_is_parted_from_chinese_by_blanks(name: str, said: str) -> None:
    values = {**VALUES, "company": {**VALUES["company"], "name": name}}
    found = letter(Wording("在 {{ company.name }} 吃得还满意吗？", "谢谢", language="zh"), values)
    assert said in found.text
    assert said.replace("&", "&amp;") in found.html
    assert found.subject == ("在山茶茶行吃得还满意吗？" if name == "山茶茶行" else "在 Lin & Co 吃得还满意吗？")
    english = letter(Wording("Welcome to {{ company.name }} today", "Hi"), values)
    assert english.subject == f"Welcome to {name} today"
