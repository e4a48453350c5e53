"""The command line's Chinese. Keys are the English texts."""

CHINESE: dict[str, str] = {}
