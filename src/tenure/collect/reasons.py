"""Why an event is refused: one code, and words for people in both languages."""

from __future__ import annotations

__all__ = ["REASONS", "words"]

REASONS: dict[str, tuple[str, str]] = {
    "type": ("A field has a value of the wrong type.", "某个字段的类型不对。"),
    "no_id": (
        "It names nobody: no user id, anonymous id, e-mail or phone that can be used.",
        "没有可用的用户标识：缺少用户 ID、匿名 ID、邮箱或手机号。",
    ),
    "no_name": ("A track call needs the name of the event.", "track 调用缺少事件名称。"),
    "no_order_id": (
        "A refund without an amount, or a cancellation, must name its order (order_id).",
        "没有金额的退款或取消订单，必须注明订单号（order_id）。",
    ),
    "no_previous_id": ("An alias call needs the previous id and the user id.", "alias 调用需要旧 ID 和用户 ID。"),
    "unknown_type": ("The call type is not one we know.", "未知的调用类型。"),
    "number": ("It holds NaN, Infinity or a number too large to keep.", "含有 NaN、无穷大或过大的数字。"),
    "nul": ("It holds a NUL character.", "含有 NUL 字符。"),
    "text": ("It holds bytes that are not valid text.", "含有无法识别的文本字节。"),
    "too_large": ("The event is larger than 32 KB.", "事件超过 32 KB。"),
    "too_deep": ("The event is nested more than 32 levels deep.", "事件嵌套超过 32 层。"),
    "time": (
        "The time cannot be read. Write it as 2026-01-31T12:00:00Z.",
        "时间无法识别，请写成 2026-01-31T12:00:00Z。",
    ),
    "future": ("The time lies more than a day in the future.", "时间比现在晚一天以上。"),
    "amount": ("The amount is not a number that can be money.", "金额不是有效的数字。"),
    "currency": ("The currency is not three letters.", "币种不是三个字母的代码。"),
    "products": ("The products are not a list of objects.", "商品不是对象列表。"),
    "unforeseen": ("It cannot be taken in, for a reason no check foresaw.", "无法接收，原因不在已知检查之内。"),
    "failed": (
        "The whole request could not be loaded, for a reason no check foresaw.",
        "整个请求无法入库，原因不在已知检查之内。",
    ),
    "unreadable": ("The whole request could not be read again.", "整个请求无法再次读取。"),
}


def words(reason: str, language: str = "en") -> str:
    """The reason in words; a code we do not know is shown as it is."""
    english, chinese = REASONS.get(reason, (reason, reason))
    return chinese if language.startswith("zh") else english
