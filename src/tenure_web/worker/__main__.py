"""`python -m tenure_web.worker`: work until told to stop; of several workers on PostgreSQL, one writes facts."""

import gc
import logging
import os
import signal
import sys
import threading

SWITCH = 0.0005
"""Seconds a thread may wait for Python while another computes; each step of a load waits so long beside other work."""


def main() -> int:
    """Run the worker. Returns 0 when told to stop, 1 when it cannot start."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure_web.configuration")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    import django

    django.setup()
    from django.db import connection

    from tenure.errors import TenureError
    from tenure_web.worker.workspace import current

    _look_at_new_objects_only()
    sys.setswitchinterval(SWITCH)
    several = connection.vendor == "postgresql"
    try:
        with current().writing(shared=several):
            _work(several)
    except TenureError as error:
        print(f"tenure worker: {error}", file=sys.stderr)
        return 1
    return 0


def _look_at_new_objects_only() -> None:
    """What stands after the start stands for good; searching it for garbage again and again took 4 µs an event."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def _work(several: bool) -> None:
    """Everything in turns: what writes facts while this worker is the one that writes, the rest always."""
    from tenure_web.worker import jobs, lease
    from tenure_web.worker.loop import Claimer, claimers, turn

    stop = jobs.stopping
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    writer = lease.Writer()
    first = [claimer for claimer in claimers() if claimer.name == "load"]
    heavy = [claimer for claimer in claimers() if claimer.name in ("everyone", "tidy")]
    rest = [claimer for claimer in claimers() if claimer not in first and claimer not in heavy]
    threads = [threading.Thread(target=turn, args=(rest, stop), daemon=True)]
    for group in (first, heavy, [Claimer("jobs", jobs.work, 0.5)]):
        may = {"may": lambda: writer.writes} if several else {}
        threads.append(threading.Thread(target=turn, args=(group, stop), kwargs=may, daemon=True))
    if several:
        lease.serving(writer)
        threads.append(threading.Thread(target=lease.keep_on, args=(writer, stop), daemon=True))
    for thread in threads:
        thread.start()
    logging.getLogger("tenure.worker").info("working")
    stop.wait()
    for thread in threads:
        thread.join(timeout=20)
    if several:
        writer.release()


if __name__ == "__main__":
    sys.exit(main())
