"""The form that asks for an import."""

from typing import Any

import pytest
from console.models import AuditEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from imports.models import Upload
from jobs.models import Job

from tests.conftest import browser, person
from tests.jobs.pages.conftest import MAY_IMPORT, shown, told

pytestmark = pytest.mark.django_db
ADD = "/admin/jobs/job/add/"
URL = "https://shop.example.com/lamps"


def file(name: str = "lamps.csv", content: bytes = b"title\nLamp\n") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/csv")


def test_a_url_becomes_a_job(operator: Client, no_message: list[int], django_capture_on_commit_callbacks: Any) -> None:
    assert 'name="url"' in shown(operator.get("/admin/jobs/job/"))
    with django_capture_on_commit_callbacks(execute=True):
        answer = operator.post(ADD, {"url": f"  {URL} "})
    job = Job.objects.get()
    assert f"Job {job.pk} is queued." in told(operator, answer)
    assert answer.headers["Location"] == f"/admin/jobs/job/{job.pk}/change/"
    assert (job.kind, job.label, job.spec["url"], job.by) == ("import", URL, URL, "ada")
    assert no_message == [job.pk]
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target, entry.said) == ("ada", "import", f"job {job.pk}", URL)


def test_a_file_becomes_a_job(operator: Client) -> None:
    told(operator, operator.post(ADD, {"url": "", "file": file()}))
    upload = Upload.objects.get()
    assert (upload.job.label, upload.name, bytes(upload.content)) == ("lamps.csv", "lamps.csv", b"title\nLamp\n")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Write a URL, or choose a file."),
        ({"url": " "}, "Write a URL, or choose a file."),
        ({"url": "ftp://shop.example.com"}, "begins with http"),
        ({"url": "http://127.0.0.1/lamps"}, "private network"),
        ({"url": "http://[::1"}, "no URL"),
        ({"url": "https://shop.example.com/\0"}, "Null characters"),
        ({"url": "https://shop.example.com/" + "a" * 2000}, "at most 2000 characters"),
        ({"url": "https://shop.example.com:99999999999/"}, "no URL"),
        ({"file": "not a file"}, "Write a URL, or choose a file."),
        ({"url": URL, "file": ("lamps.csv", b"a")}, "not both"),
        ({"file": ("lamps.exe", b"a")}, "ends with .csv or .json"),
        ({"file": ("lamps.csv", b"")}, "The file is empty."),
        ({"file": ("\0.csv\0", b"a")}, "Job"),
    ],
)
def test_what_cannot_be_imported_is_told_beside_the_field(operator: Client, fields: dict[str, Any], words: str) -> None:
    given = {name: file(*value) if isinstance(value, tuple) else value for name, value in fields.items()}
    answer = operator.post(ADD, given)
    if words == "Job":  # Django has made a name of it that can be seen
        assert Job.objects.get().label == ".csv"
        return
    assert words in shown(answer)
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not Job.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_file_that_is_too_large_is_refused(operator: Client, settings: Any) -> None:
    import msgspec

    settings.IMPORTS = msgspec.structs.replace(settings.IMPORTS, max_bytes=1000)
    assert "larger than 1,000 bytes" in shown(operator.post(ADD, {"file": file(content=b"a" * 1001)}))


def test_what_was_typed_stays(operator: Client) -> None:
    text = operator.post(ADD, {"url": 'ftp://x"><script>alert(1)</script>'}).content.decode()
    assert 'value="ftp://x&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in text


@pytest.mark.parametrize("missing", MAY_IMPORT)
def test_it_takes_the_permission_to_write_products_too(missing: str) -> None:
    client = browser(person("eve", may=("view_job", *(name for name in MAY_IMPORT if name != missing))))
    assert 'name="url"' not in shown(client.get("/admin/jobs/job/"))
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"url": URL}).status_code == 403
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_noted_is_not_asked_for(operator: Client, unnoted: None) -> None:
    assert operator.post(ADD, {"url": URL}).status_code == 503
    assert not Job.objects.exists()
