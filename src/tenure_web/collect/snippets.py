"""Lines to copy: the same order sent in four ways."""

from dataclasses import dataclass

CURL = """curl {host}/v1/track -u {key}: -H 'Content-Type: application/json' -d '{{
  "userId": "10001",
  "event": "Order Completed",
  "properties": {{"order_id": "A-1", "revenue": 99.5, "currency": "CNY"}}
}}'"""

PYTHON = """# pip install segment-analytics-python
import segment.analytics as analytics

analytics.write_key = "{key}"
analytics.host = "{host}"
analytics.identify("10001", {{"name": "Lin", "email": "lin@example.com"}})
analytics.track("10001", "Order Completed", {{"order_id": "A-1", "revenue": 99.5, "currency": "CNY"}})
analytics.flush()"""

NODE = """// npm install @segment/analytics-node
import {{ Analytics }} from "@segment/analytics-node";

const analytics = new Analytics({{ writeKey: "{key}", host: "{host}" }});
analytics.track({{
  userId: "10001",
  event: "Order Completed",
  properties: {{ order_id: "A-1", revenue: 99.5, currency: "CNY" }},
}});
await analytics.closeAndFlush();"""

BROWSER = """<script>
  const visitor = localStorage.visitor ||= crypto.randomUUID();
  const send = (call, body) => fetch("{host}/v1/" + call, {{
    method: "POST", keepalive: true,
    body: JSON.stringify({{ writeKey: "{key}", anonymousId: visitor, ...body }}),
  }});
  send("page", {{ name: document.title, properties: {{ url: location.href }} }});
  // send("track", {{ event: "Product Viewed", properties: {{ product_id: "tea" }} }});
</script>"""


@dataclass(frozen=True)
class Snippet:
    """A way to send events, and its lines."""

    key: str
    title: str
    text: str


def snippets(host: str, key: str) -> tuple[Snippet, ...]:
    """The lines with this installation's address and the key filled in."""
    ways = (
        ("curl", "curl", CURL),
        ("python", "Python", PYTHON),
        ("node", "Node", NODE),
        ("browser", "Browser", BROWSER),
    )
    return tuple(Snippet(name, title, text.format(host=host, key=key)) for name, title, text in ways)
