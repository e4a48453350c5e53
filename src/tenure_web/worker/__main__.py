"""`python -m tenure_web.worker`: hold the writer lock and work until told to stop."""

import logging
import os
import signal
import sys
import threading


def main() -> int:
    """Run the worker. Returns 0 when told to stop, 1 when it cannot start."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure_web.configuration")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    import django

    django.setup()
    from tenure.errors import TenureError
    from tenure_web.worker.workspace import current

    try:
        with current().writing():
            _work()
    except TenureError as error:
        print(f"tenure worker: {error}", file=sys.stderr)
        return 1
    return 0


def _work() -> None:
    from tenure_web.worker import jobs
    from tenure_web.worker.loop import Claimer, claimers, turn

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    first = [claimer for claimer in claimers() if claimer.name == "load"]
    heavy = [claimer for claimer in claimers() if claimer.name in ("everyone", "tidy")]
    rest = [claimer for claimer in claimers() if claimer not in first and claimer not in heavy]
    groups = [first, heavy, rest, [Claimer("jobs", jobs.work, 0.5)]]
    threads = [threading.Thread(target=turn, args=(group, stop), daemon=True) for group in groups if group]
    for thread in threads:
        thread.start()
    logging.getLogger("tenure.worker").info("working")
    stop.wait()
    for thread in threads:
        thread.join(timeout=20)


if __name__ == "__main__":
    sys.exit(main())
