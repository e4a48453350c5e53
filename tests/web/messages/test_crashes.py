"""A worker is killed (kill -9) while people walk and messages leave: nothing goes out twice, every doubt is shown."""

import json
import os
from collections import Counter
from pathlib import Path

import tenure

WALKING = "journeys.decided journeys.written journeys.committed".split()
PLACES = "messages.gate messages.claimed messages.handing messages.handed messages.outcome messages.written".split()
CHILD = """
import json, os, sys
from datetime import datetime, timedelta, UTC
import django
from django.conf import settings
settings.DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
django.setup()
from django.core.management import call_command
from django.db import connections
from tenure_web.customers.models import Customer
from tenure_web.customers.labels import label_id
from tenure_web.customers.models import State
from tenure_web.journeys import advance, running
from tenure_web.journeys.models import Enrolment, Journey
from tenure_web.messages import consent, handoff
from tenure_web.messages.models import Message, Template
from tenure_web.settings.models import MailServer
import tenure_web.urls  # letters have links; else each child imports all pages

at = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)
call_command("migrate", verbosity=0)
MailServer.objects.create(host="127.0.0.1", port=int(sys.argv[1]), security="none")
Template.objects.create(key="hello", name="Hello", subject_en="Hi {{ customer.name }}", body_en="Hello")
for key in range(1, 21):
    Customer.objects.create(customer_key=key, name=f"C{key}", email=f"c{key}@shop.example", created_at=at)
    consent.say(f"c{key}@shop.example", "granted", "box", "", at, "test")
    State.objects.create(customer_key=key, segment=label_id("segment", "loyal"))
steps = [{"id": "email-1", "email": "hello"}]
tree = {"key": "x", "title": {"en": "X"}, "trigger": {"segment": "loyal"}, "steps": steps}
running.start(Journey.objects.create(key="x", draft=tree), None, at, everybody=True)

def work(part, minutes, place):
    connections.close_all()
    child = os.fork()
    if child == 0:
        os.environ["TENURE_FAILPOINT"] = place
        part(at + timedelta(minutes=minutes))
        os._exit(0)
    return os.waitpid(child, 0)[1]

journey = [place for place in sys.argv[2:] if place.startswith("journeys.")]
post = [place for place in sys.argv[2:] if place.startswith("messages.")]
deaths = [work(advance.advance, 5 * turn, place) for turn, place in enumerate(journey)]
ends = [work(advance.advance, 25, "")]
done = Enrolment.objects.filter(state="done").count()
deaths += [work(handoff.work, 30 + turn, place) for turn, place in enumerate(post)]
ends += [work(handoff.work, 60, ""), work(handoff.work, 120, "")]
print(json.dumps([deaths, ends, done, list(Message.objects.values_list("address", "state"))]))
"""


def crashed(warm, folder, port):
    """A worker over a workspace of its own, killed at each place in turn; what the outbox says in the end."""
    shop = tenure.init(folder, company="Lin's tea", zone="Asia/Shanghai", sender_email="hello@lin.example")
    environment = {
        **os.environ,
        "TENURE_WORKSPACE": str(shop.folder),
        "TENURE_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "tenure_web.configuration",
        "PYTHONPATH": str(Path(tenure.__file__).parents[1]),
    }
    script = shop.folder / "tmp" / "child.py"
    script.write_text(CHILD)
    done = warm.run([str(script), str(port), *WALKING, *PLACES], environment, "python")
    assert done.returncode == 0, done.stderr
    deaths, ends, walked, fates = json.loads(done.stdout)
    assert (set(deaths), set(ends)) == ({9}, {0})
    assert (walked, len(fates)) == (20, 20), "each walked to the end, each has one message"
    return dict(fates)


def test_no_crash_ever_sends_a_message_twice(tmp_path, open_post, warm):
    states = crashed(warm, tmp_path / "crash", open_post.port)
    got = Counter(to for to, _ in open_post.got)
    assert max(got.values()) == 1
    assert Counter(states.values())["sent"] + Counter(states.values())["unknown"] == 20
    for address, state in states.items():
        assert got[address] == 1 or state == "unknown", "what was not sent is not called sent"
    doubts = {address for address, state in states.items() if state == "unknown"}
    assert len(doubts) == len(PLACES) - 2, "a crash before the claim or after the outcome leaves no doubt"
    assert sum(got[address] for address in doubts) == 2, "two of the doubtful ones had in truth gone"
