"""Whoever brings a few customers up to date goes before the next part of a long work."""

import threading

from tenure_web.customers.writing import Writing


def test_a_long_work_in_parts_lets_whoever_waits_go_first() -> None:
    writing, order = Writing(), list[str]()
    begun, go_on = threading.Event(), threading.Event()

    def long_work() -> None:
        for part in range(3):
            with writing.when_free():
                order.append(f"part {part}")
                begun.set()
                go_on.wait()

    def few() -> None:
        with writing.at_once(), writing.at_once():
            order.append("few")

    threads = [threading.Thread(target=long_work), threading.Thread(target=few)]
    threads[0].start()
    begun.wait()
    threads[1].start()
    with writing._asked:
        writing._asked.wait_for(lambda: writing._waiting == 1)
    go_on.set()
    for thread in threads:
        thread.join()
    assert order == ["part 0", "few", "part 1", "part 2"]


def test_an_error_in_a_part_leaves_the_way_free() -> None:
    writing = Writing()
    for way in (writing.at_once, writing.when_free):
        try:
            with way():
                raise OSError
        except OSError:
            pass
    with writing.when_free():
        pass
