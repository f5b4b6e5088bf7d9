import pytest
from django.core.exceptions import ImproperlyConfigured
from outbox.conf import OutboxConf


def test_without_settings_there_are_defaults() -> None:
    conf = OutboxConf.from_environ({"PATH": "/bin", "INBOX_BATCH": "1"})
    assert (conf.source, conf.type_prefix, conf.batch) == ("/lockstep/admin", "lockstep.catalogue", 5000)
    assert (conf.lease_seconds, conf.poll_seconds, conf.hold_after) == (10, 1.0, 10)


def test_each_knob_is_read_with_its_type() -> None:
    conf = OutboxConf.from_environ({"OUTBOX_BATCH": "20", "OUTBOX_POLL_SECONDS": "0.5", "OUTBOX_SOURCE": "/shop"})
    assert (conf.batch, conf.poll_seconds, conf.source) == (20, 0.5, "/shop")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OUTBOX_BATCH", "0"),
        ("OUTBOX_BATCH", "20001"),
        ("OUTBOX_BATCH", "1.5"),
        ("OUTBOX_BATCH", "many"),
        ("OUTBOX_BATCH", ""),
        ("OUTBOX_LEASE_SECONDS", "2"),
        ("OUTBOX_POLL_SECONDS", "0"),
        ("OUTBOX_POLL_SECONDS", "nan"),
        ("OUTBOX_RETRY_MAX_SECONDS", "inf"),
        ("OUTBOX_CONFIRM_SECONDS", "-1"),
        ("OUTBOX_HOLD_AFTER", "0"),
        ("OUTBOX_SOURCE", ""),
        ("OUTBOX_SOURCE", "with space"),
        ("OUTBOX_SOURCE", "/" + "x" * 255),
        ("OUTBOX_TYPE_PREFIX", "Lockstep"),
        ("OUTBOX_TYPE_PREFIX", "a..b"),
        ("OUTBOX_TYPE_PREFIX", "a" * 200),
        ("OUTBOX_TYPE_PREFIX", "a\n"),
        ("OUTBOX_BATCHES", "5"),
        ("OUTBOX_", "5"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_names_that_do(name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="OUTBOX_BATCH") as refusal:
        OutboxConf.from_environ({name: value})
    assert "\n" not in str(refusal.value)
    assert name.removeprefix("OUTBOX_").lower() in str(refusal.value)


def test_a_knob_cannot_be_turned_later() -> None:
    with pytest.raises(AttributeError):
        OutboxConf().batch = 1  # type: ignore[misc]
