"""Letters: a template's body becomes a responsive e-mail in a plain, good-looking frame, with the plain text beside it.

A body is simple text (paragraphs, **bold**, links, a link alone on a line is a button, "# " a heading, "- " a list)
or MJML for those who want the whole page. Liquid passes through both untouched.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from mjml import mjml2html

from tenure.messages.wording import WordingError, fill, problems

__all__ = ["Letter", "Wording", "letter", "wording_problems"]

TEXT, MJML = "text", "mjml"
FOOT = {
    "en": ("You receive this because you agreed to hear from {{ company.name }}.", "Unsubscribe"),
    "zh": ("您收到此邮件，是因为您同意接收 {{ company.name }} 的消息。", "退订"),
}
FONTS = "-apple-system,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',Arial,sans-serif"
_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_KEPT = re.compile(r"LQx(\d+)xQL")
_CHINESE = "[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]"
_NAMED_HERE = re.compile(rf"(?:(?<={_CHINESE}) )?(?P<name>{{{{-?\s*company\.name\s*-?}}}})(?: (?={_CHINESE}))?")
_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Wording:
    """A template in one language."""

    subject: str
    body: str
    form: str = TEXT
    language: str = "en"


@dataclass(frozen=True)
class Letter:
    """A filled-in message, ready for any channel that takes e-mail."""

    subject: str
    html: str
    text: str


def letter(wording: Wording, values: Mapping[str, object], marketing: bool = True) -> Letter:
    """The wording filled in with values. Raises WordingError when it cannot be."""
    subject = " ".join(fill(_closed_up(wording.subject, values), values, html=False).split())
    if not subject:
        raise WordingError("The subject is empty.")
    page, plain = _compiled(wording, marketing)
    page, plain = (_closed_up(text, values) for text in (page, plain))
    return Letter(subject, fill(page, values, html=True), _tidy(fill(plain, values, html=False)))


def _closed_up(text: str, values: Mapping[str, object]) -> str:
    """The text without the blanks that part a company's Chinese name from Chinese words; a Latin one keeps them."""
    company = values.get("company")
    name = str(company.get("name", "")) if isinstance(company, Mapping) else ""
    return _NAMED_HERE.sub(r"\g<name>", text) if re.fullmatch(f"{_CHINESE}(.*{_CHINESE})?", name) else text


def wording_problems(wording: Wording, known: Mapping[str, frozenset[str] | None]) -> list[str]:
    """All that stands against saving this wording."""
    found = ["The subject is empty."] if not wording.subject.strip() else []
    found += ["The text is empty."] if not wording.body.strip() else []
    found += [f"Subject: {problem}" for problem in problems(wording.subject, known)]
    found += problems(wording.body, known)
    for target in _targets(wording.body):
        if not re.match(r"(https?://|mailto:|tel:|\{\{)", target, re.IGNORECASE):
            found.append(f'The link "{target}" must begin with https://.')
    if wording.form == MJML and "unsubscribe_url" not in wording.body:
        found.append("Put a link to {{ unsubscribe_url }} into the page, so that people can leave.")
    if not found:
        try:
            _compiled(wording, True)
        except WordingError as error:
            found.append(str(error))
    return found


def _targets(body: str) -> list[str]:
    return [target for _, target in _LINK.findall(body)] + re.findall(r'href="([^"]*)"', body)


@lru_cache(maxsize=256)
def _compiled(wording: Wording, marketing: bool) -> tuple[str, str]:
    """(HTML, plain text), both still with Liquid in them."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f"LQx{len(kept) - 1}xQL"

    body = _LIQUID.sub(keep, wording.body)
    source = body if wording.form == MJML else _page(body, wording.language, marketing, keep)
    try:
        page = mjml2html(source, disable_comments=True, fonts={})
    except Exception as error:  # the parser raises bare exceptions of several kinds
        raise WordingError(f"The MJML cannot be read: {str(error)[:200]}") from error
    plain = wording.body if wording.form == TEXT else _without_tags(page)
    if marketing and wording.form == TEXT:
        plain = f"{plain}\n\n-- \n{FOOT[wording.language][0]}\n{FOOT[wording.language][1]}: {{{{ unsubscribe_url }}}}"
    return _restored(page, kept), _restored(_LINK.sub(r"\1: \2", plain), kept)


def _restored(text: str, kept: list[str]) -> str:
    return _KEPT.sub(lambda match: kept[int(match.group(1))], text)


def _page(body: str, language: str, marketing: bool, keep: object) -> str:
    """The MJML of a simple text in our frame. `body` has its Liquid already put aside."""
    blocks = "\n".join(_block(block) for block in re.split(r"\n\s*\n", body.strip()) if block.strip())
    foot = _LIQUID.sub(keep, _foot(language)) if marketing else ""  # type: ignore[call-overload]
    name = _LIQUID.sub(keep, "{{ company.name }}")  # type: ignore[call-overload]
    return f"""<mjml><mj-head><mj-attributes>
<mj-all font-family="{FONTS}" /><mj-text font-size="16px" line-height="1.6" color="#1f2937" />
<mj-button background-color="#2f6fed" color="#ffffff" border-radius="8px" font-size="16px" inner-padding="12px 28px" />
</mj-attributes></mj-head><mj-body background-color="#f3f5f8" width="600px">
<mj-section padding="24px 0 8px"><mj-column><mj-text font-weight="700" color="#475569">{name}</mj-text></mj-column>
</mj-section>
<mj-section background-color="#ffffff" border-radius="12px" padding="16px 8px 24px"><mj-column>
{blocks}
</mj-column></mj-section>{foot}</mj-body></mjml>"""


def _foot(language: str) -> str:
    why, leave = FOOT[language]
    return f"""<mj-section padding="12px 0 32px"><mj-column>
<mj-text font-size="12px" color="#64748b" line-height="1.5">{why}
<a href="{{{{ unsubscribe_url }}}}" style="color:#64748b">{leave}</a><br />
{{% if company.postal_address %}}{{{{ company.postal_address }}}}{{% endif %}}</mj-text></mj-column></mj-section>"""


def _block(block: str) -> str:
    lines = [line.strip() for line in block.strip().splitlines()]
    button = _LINK.fullmatch(lines[0]) if len(lines) == 1 else None
    if button:
        label, target = (html.escape(part) for part in button.groups())
        return f'<mj-button align="left" href="{target}">{label}</mj-button>'
    if len(lines) == 1 and lines[0].startswith("# "):
        return f'<mj-text font-size="24px" font-weight="700" line-height="1.3">{_inline(lines[0][2:])}</mj-text>'
    if all(line.startswith("- ") for line in lines):
        items = "".join(f"<li>{_inline(line[2:])}</li>" for line in lines)
        return f'<mj-text><ul style="margin:0;padding-left:20px">{items}</ul></mj-text>'
    return f"<mj-text>{'<br />'.join(_inline(line) for line in lines)}</mj-text>"


def _inline(text: str) -> str:
    text = html.escape(text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    return _LINK.sub(r'<a href="\2" style="color:#2f6fed">\1</a>', text)


def _without_tags(page: str) -> str:
    body = re.sub(r"(?is)<(style|script|head|title)\b.*?</\1>", " ", page)
    body = re.sub(r'(?is)<a\b[^>]*href="([^"]*)"[^>]*>(.*?)</a>', r"\2 \1", body)
    return html.unescape(re.sub(r"(?s)<[^>]+>", "\n", body))


def _tidy(text: str) -> str:
    lines = [re.sub(r"\*\*(.+?)\*\*", r"\1", line.rstrip()) for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
