import pytest

from tests.docs.blocks import Command, File, Script, matches, read

DOCUMENT = """Text.
```console
$ tenure run \\
    --json
{"a": 1}
$ ls
```
1. In a list:
   ```csv file=orders.csv
   a,b
   ```
```python
import tenure
```
```sh
never run
```
"""


def test_it_reads_commands_files_and_scripts_in_order():
    assert list(read(DOCUMENT)) == [
        Command("tenure run \\\n    --json", ('{"a": 1}',)),
        Command("ls", ()),
        File("orders.csv", "a,b\n"),
        Script("import tenure\n"),
    ]


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ((), "anything", True),
        (("a", "b"), "a\nb\n", True),
        (("a",), "a\nb\n", False),
        (("a … c",), "a 12 c", True),
        (("a", "…", "d"), "a\nb\nc\nd", True),
        (("a", "…", "d"), "a\nd", True),
        (("1.5",), "125", False),
    ],
)
def test_it_compares_output_with_wildcards(expected, printed, same):
    assert matches(expected, printed) is same
