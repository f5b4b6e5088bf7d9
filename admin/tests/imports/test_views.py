"""The API of imports: asked for, followed, cancelled and tried again."""

import random
from typing import Any

import msgspec
import pytest
from access.models import Token
from catalogue.models import Product
from console.models import AuditEntry
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from imports import operations
from imports.models import Upload
from imports.storing import store
from jobs import claims
from jobs import operations as jobs
from jobs.models import Job, Line, State
from rest_framework.test import APIClient

from tests.conftest import PRODUCT_PERMISSIONS, person
from tests.imports.made import a_run, an_item

pytestmark = pytest.mark.django_db
URL = "https://shop.example.com/lamps"
CSV = b"sku,title\nL-1,Lamp\n"


def asked() -> Job:
    return operations.import_url(url=URL, by="ann")


def send(client: APIClient, name: str = "products.csv", content: bytes = CSV, **headers: Any) -> Any:
    file = SimpleUploadedFile(name, content, content_type="text/csv")
    return client.post("/api/imports", {"file": file}, format="multipart", **headers)


@pytest.mark.django_db(transaction=True)
def test_an_import_of_a_url_is_stored_sent_and_answered(client: APIClient, no_message: list[int]) -> None:
    answer = client.post("/api/imports", {"url": URL, "depth": 2, "max_pages": 10})
    job = Job.objects.get()
    assert (answer.status_code, answer["Location"]) == (202, f"/api/imports/{job.pk}")
    assert answer.json() == {
        "id": job.pk,
        "state": "queued",
        "url": URL,
        "file": None,
        "by": "anonymous",
        "schedule": "",
        "created_at": f"{job.created_at:%Y-%m-%dT%H:%M:%S.%fZ}",
        "started_at": None,
        "finished_at": None,
        "attempt": 0,
        "tries": 0,
        "crashes": 0,
        "worker": "",
        "progress": {"done": 0, "total": None},
        "counts": {"created": 0, "updated": 0, "unchanged": 0, "rejected": 0},
        "said": "",
        "error": "",
        "lines": [],
    }
    assert (job.kind, job.queue, job.label) == ("import", "imports", URL)
    assert job.spec == {"url": URL, "depth": 2, "max_pages": 10}
    assert no_message == [job.pk]
    assert client.get(answer["Location"]).json() == answer.json()


def test_a_url_alone_will_do(client: APIClient, settings: Any) -> None:
    assert client.post("/api/imports", {"url": URL}).status_code == 202
    assert Job.objects.get().spec == {"url": URL, "depth": None, "max_pages": settings.IMPORTS.max_pages}


@pytest.mark.parametrize("name", ["products.csv", "Products.JSON", "ä ö.csv"])
def test_a_file_is_stored_with_its_job(client: APIClient, name: str) -> None:
    content = CSV + bytes(range(256)) + b"'\"" * 100_000
    answer = send(client, name, content)
    assert (answer.status_code, answer.json()["file"], answer.json()["url"]) == (202, name, None)
    upload = Upload.objects.get(job=answer.json()["id"])
    assert (upload.name, upload.content_type, bytes(upload.content)) == (name, "text/csv", content)


def test_the_largest_file_is_stored(client: APIClient, settings: Any) -> None:
    """MariaDB takes 16 MiB at once: what is stored is packed."""
    content = (b'"a quoted text";\n' * (settings.IMPORTS.max_bytes // 17 + 1))[: settings.IMPORTS.max_bytes]
    assert send(client, content=content).status_code == 202
    assert bytes(Upload.objects.get().content) == content


def test_it_tells_how_far_it_is(client: APIClient) -> None:
    run = a_run(asked())
    run.progress(3, 7, "Page 3")
    store(run, [an_item(1), an_item(2, title="")])
    run.beat()
    told = client.get(f"/api/imports/{run.job.pk}").json()
    assert (told["state"], told["attempt"], told["worker"]) == ("running", 1, "a-host:1")
    assert told["started_at"]
    assert (told["progress"], told["said"]) == ({"done": 3, "total": 7}, "Page 3")
    assert told["counts"] == {"created": 1, "updated": 0, "unchanged": 0, "rejected": 1}
    assert [(line["level"], line["attempt"]) for line in told["lines"]] == [("info", 1), ("warning", 1)]
    assert told["lines"][1]["text"] == "Rejected row 2: title: This field may not be blank."


def test_a_failed_one_says_why_and_shows_no_traceback(client: APIClient) -> None:
    run = a_run(asked())
    claims.finish(run, State.FAILED, "No product was found there.", error="Traceback: secret", level="error")
    answer = client.get(f"/api/imports/{run.job.pk}")
    told = answer.json()
    assert (told["state"], told["error"], told["said"]) == ("failed", *["No product was found there."] * 2)
    assert told["finished_at"]
    assert b"secret" not in answer.content


def test_the_last_lines_are_shown(client: APIClient) -> None:
    job = asked()
    Line.objects.bulk_create(Line(job=job, attempt=1, text=str(number)) for number in range(250))
    lines = client.get(f"/api/imports/{job.pk}").json()["lines"]
    assert [line["text"] for line in lines] == [str(number) for number in range(50, 250)]


def test_the_newest_is_the_first_of_the_list(client: APIClient, django_assert_num_queries: Any) -> None:
    made = [asked().pk for _ in range(5)]
    first = client.get("/api/imports?page_size=3").json()
    assert [one["id"] for one in first["results"]] == made[:1:-1]
    assert "lines" not in first["results"][0]
    with django_assert_num_queries(1):
        rest = client.get(first["next"]).json()
    assert [one["id"] for one in rest["results"]] == made[1::-1]
    assert [one["id"] for one in client.get(rest["previous"]).json()["results"]] == made[:1:-1]


def test_the_list_is_narrowed_down_to_a_state(client: APIClient) -> None:
    queued, running = asked(), asked()
    a_run(running)
    assert [one["id"] for one in client.get("/api/imports?state=queued").json()["results"]] == [queued.pk]
    assert [one["id"] for one in client.get("/api/imports?state=running").json()["results"]] == [running.pk]
    assert client.get("/api/imports?state=failed").json()["results"] == []


def test_jobs_of_another_kind_are_no_imports(client: APIClient) -> None:
    job = jobs.add(kind="drift check", label="all", spec={}, by="ann")
    assert client.get("/api/imports").json()["results"] == []
    paths = [("get", ""), ("post", "/cancel"), ("post", "/retry")]
    assert [getattr(client, how)(f"/api/imports/{job.pk}{path}").status_code for how, path in paths] == [404] * 3
    assert Job.objects.get().state == "queued"


def test_one_that_waits_is_cancelled_at_once(client: APIClient) -> None:
    job = asked()
    answer = client.post(f"/api/imports/{job.pk}/cancel")
    assert (answer.status_code, answer["Location"]) == (202, f"/api/imports/{job.pk}")
    assert (answer.json()["state"], answer.json()["said"]) == ("cancelled", "Cancelled by anonymous.")


def test_one_that_runs_is_asked_to_end(client: APIClient) -> None:
    run = a_run(asked())
    assert client.post(f"/api/imports/{run.job.pk}/cancel").json()["state"] == "running"
    assert run.beat()


def test_one_that_failed_is_tried_again(client: APIClient) -> None:
    run = a_run(asked())
    claims.finish(run, State.FAILED, "No.")
    answer = client.post(f"/api/imports/{run.job.pk}/retry")
    assert (answer.status_code, answer.json()["state"], answer.json()["error"]) == (202, "queued", "")
    assert answer.json()["lines"][-1]["text"] == "anonymous lets it be tried again."


@pytest.mark.parametrize(
    ("state", "act", "detail"),
    [
        ("succeeded", "cancel", "It has ended: succeeded."),
        ("failed", "cancel", "It has ended: failed."),
        ("cancelled", "cancel", "It has ended: cancelled."),
        ("queued", "retry", "It is queued: cancel it first, or wait for its end."),
        ("running", "retry", "It is running: cancel it first, or wait for its end."),
        ("succeeded", "retry", "It succeeded: ask for a new one to do it once more."),
    ],
)
def test_what_its_state_does_not_allow_is_a_409(client: APIClient, state: str, act: str, detail: str) -> None:
    job = asked()
    Job.objects.update(state=state, finished_at=timezone.now())
    answer = client.post(f"/api/imports/{job.pk}/{act}")
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert (answer.json()["detail"], answer.json()["code"]) == (detail, "does_not_fit")
    assert Job.objects.get().state == state


@pytest.mark.parametrize("path", ["", "/cancel", "/retry"])
@pytest.mark.parametrize("number", ["1", "0", "9" * 19, "9" * 20, str(2**63), "x", "1.5", "-1", "%00"])
def test_one_that_is_not_there_is_a_404(client: APIClient, number: str, path: str) -> None:
    Job.objects.all().delete()
    answer = (client.post if path else client.get)(f"/api/imports/{number}{path}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_the_same_again_is_answered_as_before(client: APIClient) -> None:
    key = {"HTTP_IDEMPOTENCY_KEY": "k-1"}
    first, again = (client.post("/api/imports", {"url": URL}, **key) for _ in range(2))
    assert (first.json(), again.json(), again["Location"]) == (first.json(), first.json(), first["Location"])
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")
    other = client.post("/api/imports", {"url": f"{URL}/2"}, **key)
    assert (other.status_code, other.json()["code"], Job.objects.count()) == (422, "idempotency_key_used", 1)


def test_the_same_file_again_is_answered_as_before(client: APIClient) -> None:
    """A form is another one in its boundaries each time it is sent."""
    key, large = {"HTTP_IDEMPOTENCY_KEY": "k-1"}, CSV * 200_000
    first, again = (send(client, content=large, **key) for _ in range(2))
    assert (first.status_code, again["Idempotency-Replayed"], first.json()) == (202, "true", again.json())
    for name, content in (("other.csv", large), ("products.csv", CSV)):
        assert send(client, name, content, **key).status_code == 422
    assert Job.objects.count() == Upload.objects.count() == 1


def test_it_is_said_who_asked(client: APIClient, settings: Any, boss: User) -> None:
    settings.IS_OPEN = False
    _, key = Token.objects.create_key(name="the shop's", scope="write")
    by_token = client.post("/api/imports", {"url": URL}, HTTP_AUTHORIZATION=f"Bearer {key}", secure=True)
    client.force_login(boss)
    by_user = client.post("/api/imports", {"url": URL}, secure=True)
    assert (by_token.json()["by"], by_user.json()["by"]) == ("token the shop's", "boss")


@pytest.mark.parametrize(
    ("may", "asks", "steers", "reads"),
    [
        ((*PRODUCT_PERMISSIONS, "view_job"), 403, 403, 200),
        (("add_job",), 403, 403, 403),
        (("add_job", "add_product", "change_product"), 202, 403, 403),
        (("work_job",), 403, 202, 403),
    ],
)
def test_staff_may_do_what_the_pages_let_them_do(
    client: APIClient, settings: Any, may: tuple[str, ...], asks: int, steers: int, reads: int
) -> None:
    settings.IS_OPEN = False
    job = asked()
    client.force_login(person("ann", may=may))
    assert client.post("/api/imports", {"url": URL}, secure=True).status_code == asks
    assert client.post(f"/api/imports/{job.pk}/cancel", secure=True).status_code == steers
    assert client.post(f"/api/imports/{job.pk}/retry", secure=True).status_code == steers
    assert client.get("/api/imports", secure=True).status_code == reads
    assert client.get(f"/api/imports/{job.pk}", secure=True).status_code == reads


def test_a_form_needs_the_token_against_forged_requests(boss: User, settings: Any) -> None:
    settings.IS_OPEN = False
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(boss)
    assert send(client, secure=True).status_code == 403
    client.get("/admin/", secure=True)
    headers = {"HTTP_X_CSRFTOKEN": client.cookies["lockstep_admin_csrf"].value, "HTTP_REFERER": "https://testserver/"}
    assert send(client, secure=True, **headers).status_code == 202
    assert bytes(Upload.objects.get().content) == CSV


def test_asking_alone_writes_no_product(client: APIClient) -> None:
    client.post("/api/imports", {"url": URL})
    send(client)
    assert not Product.objects.exists()


def test_what_is_done_is_in_the_audit(client: APIClient) -> None:
    number = client.post("/api/imports", {"url": URL}).json()["id"]
    client.post(f"/api/imports/{number}/cancel")
    client.post(f"/api/imports/{number}/retry")
    entries = AuditEntry.objects.order_by("id").values_list("actor", "action", "target")
    assert list(entries) == [("anonymous", action, f"job {number}") for action in ("import", "cancel", "retry")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'mysql'", reason="of MariaDB alone")
def test_a_file_that_mariadb_takes_for_too_large_is_refused_for_good(client: APIClient, settings: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@max_allowed_packet")
        ((most,),) = cursor.fetchall()
    settings.IMPORTS = msgspec.structs.replace(settings.IMPORTS, max_bytes=2 * most)
    answer = send(client, content=random.Random(7).randbytes(most + 1_000))
    assert (answer.status_code, "max_allowed_packet" in answer.json()["detail"]) == (413, True)
    assert not Job.objects.exists()
