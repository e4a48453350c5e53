"""What the library said in English, in the language of the reader: `said` in Python, `|said` in templates."""

from django.utils import translation

from tenure.sentences import in_language


def said(text: object) -> str:
    """The sentence in the reader's language. Stored sentences stay English and are translated when they are shown."""
    return in_language(str(text or ""), translation.get_language() or "en")
