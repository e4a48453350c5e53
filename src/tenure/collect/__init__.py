"""Taking in what customers do: accept, check, de-duplicate, identify, load."""

from tenure.collect.accept import LIMIT, SHORT, Refused
from tenure.collect.calls import Happening
from tenure.collect.database import Unavailable
from tenure.collect.dead_letters import DeadLetter
from tenure.collect.inbox import Full
from tenure.collect.profiles import PersonalField
from tenure.collect.pulling.room import LastSync, Pulling, Synced
from tenure.collect.reasons import REASONS, words
from tenure.collect.refunds import Waiting
from tenure.collect.room import Collect
from tenure.collect.sources import Source, WriteKey
from tenure.collect.staging import Batch, LoadResult, StagedEvent, StagedProduct, create_staging, stage

__all__ = [
    "LIMIT",
    "REASONS",
    "SHORT",
    "Batch",
    "Collect",
    "DeadLetter",
    "Full",
    "Happening",
    "LastSync",
    "LoadResult",
    "PersonalField",
    "Pulling",
    "Refused",
    "Source",
    "StagedEvent",
    "StagedProduct",
    "Synced",
    "Unavailable",
    "Waiting",
    "WriteKey",
    "create_staging",
    "stage",
    "words",
]
