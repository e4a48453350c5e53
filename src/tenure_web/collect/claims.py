"""Make this app's work known to every process that may do it."""

from tenure_web.worker.jobs import handler
from tenure_web.worker.loop import register


def _take_in(job, progress):  # type: ignore[no-untyped-def]
    from tenure_web.collect.work import take_in

    return take_in(job, progress)


def _undo(job, progress):  # type: ignore[no-untyped-def]
    from tenure_web.collect.work import undo

    return undo(job, progress)


def _forget(now):  # type: ignore[no-untyped-def]
    from tenure_web.collect.work import forget

    return forget(now)


def _erase(job, progress):  # type: ignore[no-untyped-def]
    from tenure_web.collect.erasing import work

    return work(job, progress)


def _sync(job, progress):  # type: ignore[no-untyped-def]
    from tenure_web.collect.syncing import sync

    return sync(job, progress)


def _ask(now):  # type: ignore[no-untyped-def]
    from tenure_web.collect.syncing import ask

    return ask(now)


handler("customers.erase")(_erase)
handler("import.file")(_take_in)
handler("import.undo")(_undo)
handler("sync.source")(_sync)
register("collect.sync", _ask, every=30)
register("collect.forget", _forget, every=3600)
