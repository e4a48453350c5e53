"""Journeys: automated paths of waits, checks, branches and messages. Only rules: place + facts + now → intents."""

from tenure.journeys.decision import Facts, Fail, Intent, Leave, Pass, Place, Send, Stay, decide
from tenure.journeys.files import check_files
from tenure.journeys.holdout import Difference, difference, held_out
from tenure.journeys.journey import Arm, Branch, Check, Email, Goal, Journey, Step, Trigger, Wait
from tenure.journeys.naming import IN, STAGE, columns, rules_over, unknown_places
from tenure.journeys.reading import read
from tenure.journeys.tree import change, insert, kind_of, lists, numbered, remove, step_of

__all__ = [
    "IN",
    "STAGE",
    "Arm",
    "Branch",
    "Check",
    "Difference",
    "Email",
    "Facts",
    "Fail",
    "Goal",
    "Intent",
    "Journey",
    "Leave",
    "Pass",
    "Place",
    "Send",
    "Stay",
    "Step",
    "Trigger",
    "Wait",
    "change",
    "check_files",
    "columns",
    "decide",
    "difference",
    "held_out",
    "insert",
    "kind_of",
    "lists",
    "numbered",
    "read",
    "remove",
    "rules_over",
    "step_of",
    "unknown_places",
]
