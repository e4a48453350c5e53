"""Sentences: what the library says in English, said in Chinese: errors, problems, reasons, verdicts."""

from tenure.sentences.catalogue import Catalogue, chinese
from tenure.sentences.template import Template
from tenure.sentences.translating import Translator, in_language

__all__ = ["Catalogue", "Template", "Translator", "chinese", "in_language"]
