"""A plausible day of an installation, for the pictures of the docs: products, traffic, and what people did."""

PRODUCTS = """
import random, time
from catalogue.models import Product
random.seed(7)
looks = "Oak Walnut Linen Copper Brass Felt Rattan Marble Enamel Cotton Ceramic Glass".split()
things = "lamp,chair,side table,bench,shelf,vase,kettle,carafe,throw,cushion,mirror,stool,tray,clock,basket".split(",")
rooms = ["", ", small", ", large", ", black", ", white", ", natural", ", set of two"]
titles = [f"{look} {thing}{room}" for look in looks for thing in things for room in rooms]
random.shuffle(titles)
for start in range(0, len(titles), 30):
    Product.objects.bulk_create(
        Product(title=title, price=f"{random.randrange(8, 480)}.{random.choice(['00', '50', '90'])}",
                sku=f"LS-{10_000 + start + number}", description=f"{title}. Made to order in two weeks.")
        for number, title in enumerate(titles[start : start + 30]))
    time.sleep(0.2)  # nobody makes a thousand at once, which would be the highest peak of the lag
"""
# What a day leaves behind, minute by minute, as the processes themselves write it. The last two minutes are their own.
DAY = """
import math, random
from datetime import timedelta
from django.utils import timezone
from processes.activity import LAG_BUCKETS
from processes.models import Minute, Process
random.seed(11)
process = Process.objects.filter(role={role!r}).latest("id")
newest = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes={skip})
for back in range(24 * 60):
    at = newest - timedelta(minutes=back)
    hour = at.hour + at.minute / 60
    rate = 6 + 5 * math.sin((hour - 8) / 24 * 2 * math.pi) ** 2 + 2 * math.sin(back / 2.3) + random.uniform(-1.2, 1.2)
    rate *= 2.6 if back in (6, 7) else 1
    done = max(0, round(rate * 60))
    lag = [0] * (len(LAG_BUCKETS) + 1)
    for bucket, share in ((1, 0.13), (2, 0.46), (3, 0.29), (4, 0.1), (5, 0.02)):
        lag[min(bucket + (back in (6, 7)), 13)] += round(done * share * random.uniform(0.7, 1.3))
    Minute.objects.get_or_create(
        process=process, at=at, defaults={{"counts": {{{name!r}: done}}, "lag": lag if {name!r} == "applied" else []}})
"""
TRAFFIC = """
import random, time
from catalogue.models import Product
ids = list(Product.objects.values_list("id", flat=True))
ends = time.monotonic() + {seconds}
while time.monotonic() < ends:
    began = time.monotonic()
    Product.objects.filter(id__in=random.sample(ids, random.randrange({few}, {many}))).update(
        price=f"{{random.randrange(8, 480)}}.90")
    time.sleep(max(0, 1 - (time.monotonic() - began)))
"""
LETTERS = """
import json
from inbox.dead_letters import store
from inbox.envelope import Delivery, Rejected
def letter(body, reason, error, **properties):
    store([(Delivery(body=body, source="broker 127.0.0.1, queue service.products", properties=properties),
            Rejected(reason, error))])
letter(b"<product><id>17</id></product>", "unreadable", "not JSON: Expecting value: line 1 column 1 (char 0)",
       message_id="legacy-export-17", app_id="legacy-export")
for number in (41, 58, 73):
    event = {"specversion": "1.0", "id": f"0199-{number}", "source": "/lockstep/admin", "subject": str(number),
             "type": "lockstep.catalogue.product.updated.v2", "time": "2026-01-02T03:04:05Z", "data": {"id": number}}
    letter(json.dumps(event).encode(), "unknown_type",
           "nothing here handles lockstep.catalogue.product.updated.v2", message_id=f"0199-{number}")
"""
