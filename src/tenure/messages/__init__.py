"""Messages: wording, consent, budget, quiet hours and the channels that hand messages off."""

from tenure.messages.consent import GRANTED, WITHDRAWN, Entry, current, entry, normal_address
from tenure.messages.frame import MJML, TEXT, Letter, Wording, letter, wording_problems
from tenure.messages.links import click_token, new_token, read_click, tracked
from tenure.messages.mime import Mail, address_problem, to_ascii, written
from tenure.messages.quiet import QuietHours
from tenure.messages.verdict import REASONS, Budget, Delay, Go, Question, Skip, Verdict, budget_free_at, judge
from tenure.messages.wording import WordingError

__all__ = [
    "GRANTED",
    "MJML",
    "REASONS",
    "TEXT",
    "WITHDRAWN",
    "Budget",
    "Delay",
    "Entry",
    "Go",
    "Letter",
    "Mail",
    "Question",
    "QuietHours",
    "Skip",
    "Verdict",
    "Wording",
    "WordingError",
    "address_problem",
    "budget_free_at",
    "click_token",
    "current",
    "entry",
    "judge",
    "letter",
    "new_token",
    "normal_address",
    "read_click",
    "to_ascii",
    "tracked",
    "wording_problems",
    "written",
]
