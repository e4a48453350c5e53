"""Simulated shops with known truth: for the demo, the tests and the benchmarks."""

from tenure.samples.adaptors import costs_to_collect, profiles_to, titles_to, to_collect, to_files, to_store
from tenure.samples.shop import BLOCK, Block, Shop, Truth
from tenure.samples.trickle import Trickle
from tenure.samples.words import say

__all__ = [
    "BLOCK",
    "Block",
    "Shop",
    "Trickle",
    "Truth",
    "costs_to_collect",
    "profiles_to",
    "say",
    "titles_to",
    "to_collect",
    "to_files",
    "to_store",
]
