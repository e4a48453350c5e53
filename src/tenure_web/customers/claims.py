"""Make the work on customers known to the worker."""

from tenure_web.customers import changes

WORK = (changes.merge, changes.unmerge)
