"""A text in the code as a template: what it says, with {placeholders} named after what stands in them."""

import ast
import itertools
import re

ABOUT_THEIR_ARGUMENT = {
    *("len", "str", "sorted", "int", "float", "max", "min", "sum", "repr", "round", "list", "set", "tuple", "next"),
    *("type", "get_args", "abs", "enumerate", "first_line", "join", "capitalize"),
}
ABOUT_THEIR_OWNER = {
    *("splitlines", "split", "strip", "lower", "upper", "replace", "items", "values", "keys", "hex", "isoformat"),
    *("format", "total_seconds", "resolve", "text", "bit_length", "date", "title"),
}
FIELD = re.compile(r"(?<!\{)\{([a-z_0-9]*)(?::[,.\d]*[a-z%]?)?\}(?!\})")  # a field of what .format() fills later
MOST = 16


class Templates:
    """The templates of an expression: several where it chooses between texts, none where it is no text."""

    @classmethod
    def of(cls, node: ast.expr) -> list[str]:
        match node:
            case ast.Constant(value=str() as text):
                return [for_later(text)]
            case ast.IfExp():
                return cls.of(node.body) + cls.of(node.orelse)
            case ast.JoinedStr():
                return cls.joined(node)
            case ast.BinOp(op=ast.Add()):
                return cls.added(node)
            case ast.Call(func=ast.Attribute(value=ast.Constant() | ast.JoinedStr() as text, attr="format")):
                return cls.of(text)
        return []

    @classmethod
    def joined(cls, node: ast.JoinedStr) -> list[str]:
        parts, names = [], Names()
        for part in node.values:
            if isinstance(part, ast.Constant):
                parts.append([escaped(str(part.value))])
            elif isinstance(part, ast.FormattedValue):
                chosen = cls.of(part.value) if isinstance(part.value, ast.IfExp) else []
                parts.append([renamed(each, names) for each in chosen] or [f"{{{names.of(part.value)}}}"])
                if chosen and not (cls.of(part.value.body) and cls.of(part.value.orelse)):  # type: ignore[attr-defined]
                    parts[-1].append(f"{{{names.of(part.value)}}}")
        return ["".join(each) for each in itertools.islice(itertools.product(*parts), MOST)]

    @classmethod
    def added(cls, node: ast.BinOp) -> list[str]:
        left, right = cls.of(node.left), cls.of(node.right)
        if not left and not right:
            return []
        names = Names()
        left = left or [f"{{{names.of(node.left)}}}"]
        right = right or [f"{{{names.of(node.right)}}}"]
        return [a + b for a in left for b in right]


class Names:
    """Names placeholders after their expressions; the same expression has the same name."""

    def __init__(self) -> None:
        self.taken: dict[str, str] = {}

    def of(self, node: ast.expr) -> str:
        source = ast.unparse(node)
        if source not in self.taken:
            name, number = named(node), 1
            while name in self.taken.values():
                number += 1
                name = f"{named(node)}{number}"
            self.taken[source] = name
        return self.taken[source]


def named(node: ast.expr) -> str:
    """The last name of an expression: `", ".join(self.columns)` is about columns."""
    match node:
        case ast.Name():
            return node.id.strip("_").lower() or "value"
        case ast.Attribute(attr="__name__"):
            return named(node.value)
        case ast.Attribute(attr="name" | "text" | "key", value=owner) if not is_self(owner):
            return f"{named(owner)}_{node.attr}"
        case ast.Attribute():
            return node.attr.strip("_").lower()
        case ast.Call(func=ast.Attribute() as function):
            if function.attr in ABOUT_THEIR_ARGUMENT and node.args:
                return named(node.args[0])
            return named(function.value if function.attr in ABOUT_THEIR_OWNER else function)
        case ast.Call():
            inner = called(node) in ABOUT_THEIR_ARGUMENT and node.args
            return named(node.args[0] if inner else node.func)
        case ast.Subscript():
            return named(node.value)
        case ast.GeneratorExp() | ast.ListComp() | ast.SetComp():
            return named(node.generators[0].iter)
        case ast.BinOp():
            return named(node.right if isinstance(node.left, ast.Constant) else node.left)
        case ast.BoolOp():
            return named(node.values[0])
        case ast.IfExp():
            return named(node.body)
    return "value"


def is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def called(node: ast.Call) -> str:
    return str(getattr(node.func, "id", ""))


def escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def for_later(text: str) -> str:
    """A plain text; the fields that .format() fills keep their names, those without get a number."""
    numbers = itertools.count(1)
    parts = FIELD.split(text)
    fields = (f"{{{name or f'value{next(numbers)}'}}}" for name in parts[1::2])
    return "".join(itertools.chain(*itertools.zip_longest(map(escaped, parts[::2]), fields, fillvalue="")))


def renamed(text: str, names: Names) -> str:
    """A chosen text inside another one."""
    return text
