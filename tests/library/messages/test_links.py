"""Links lead through our redirect only to where the letter pointed."""

from tenure.messages import Letter, click_token, new_token, read_click, tracked

SECRET = b"s" * 32


def test_web_links_are_counted_and_others_left_or_dropped():
    page = (
        '<body><a class="x" href="https://a.example/?x=1&amp;y=2">a</a><a href="https://a.example/?x=1&amp;y=2">b</a>'
        '<a href="mailto:x@y.example">m</a><a href="javascript:alert(1)">j</a><a href="https://t.example/u/1">u</a></body>'
    )
    found, targets = tracked(
        Letter("s", page, "t"), "https://t.example/c/{}".format, "https://t.example/o/1", "https://t.example/u/1"
    )
    assert targets == ["https://a.example/?x=1&y=2"]
    assert found.html.count('href="https://t.example/c/0"') == 2
    assert 'href="mailto:x@y.example"' in found.html
    assert "javascript" not in found.html
    assert 'href="https://t.example/u/1"' in found.html
    assert found.html.endswith("</body>")
    assert found.html.index("https://t.example/o/1") < found.html.index("</body>")


def test_a_click_name_cannot_be_made_up():
    token = new_token()
    name = click_token(SECRET, token, 3)
    assert read_click(SECRET, name) == (token, 3)
    for forged in (
        name.replace(".3.", ".4."),
        name[:-1],
        f"x{name}",
        token,
        "",
        "a.b.c.d",
        f"{token}.3.",
        f"{token}.٣.x",
    ):
        assert read_click(SECRET, forged) is None
    assert read_click(b"t" * 32, name) is None


def test_tokens_are_opaque_and_long():
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) >= 32 for token in tokens)
