"""The worker's part: let people in, take them on, see who reached the goal."""

from tenure_web.journeys import advance, enrol, goals
from tenure_web.worker import loop

loop.register("journeys.enrol", enrol.enrol, every=0.5, counted=True)
loop.register("journeys.goals", goals.sweep, every=5, counted=True)
loop.register("journeys.advance", advance.advance, every=0.5, counted=True)
