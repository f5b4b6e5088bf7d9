import pytest
from django.core.exceptions import ImproperlyConfigured
from inbox.conf import InboxConf


def test_a_knob_has_its_default_and_can_be_turned() -> None:
    conf = InboxConf.from_environ({"INBOX_BATCH": "7", "INBOX_LINGER_SECONDS": "0.5", "PATH": "elsewhere"})
    assert (conf.batch, conf.linger_seconds) == (7, 0.5)
    assert conf.hold_seconds == InboxConf().hold_seconds


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INBOX_BATHC", "5"),
        ("INBOX_BATCH", "many"),
        ("INBOX_BATCH", "0"),
        ("INBOX_BATCH", "5001"),
        ("INBOX_BATCH", "1.5"),
        ("INBOX_BATCH", ""),
        ("INBOX_LINGER_SECONDS", "-1"),
        ("INBOX_LINGER_SECONDS", "nan"),
        ("INBOX_RETRY_MAX_SECONDS", "inf"),
        ("INBOX_HOLD_SECONDS", "901"),
        ("INBOX_TYPE_PREFIX", "Lockstep."),
        ("INBOX_TYPE_PREFIX", "lockstep.catalogue\n"),
    ],
)
def test_nonsense_is_refused_and_the_knobs_there_are_are_named(name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        InboxConf.from_environ({name: value})
    said = str(caught.value)
    assert name.removeprefix("INBOX_").lower() in said
    assert "Known names: INBOX_TYPE_PREFIX, INBOX_BATCH, INBOX_LINGER_SECONDS" in said
    assert "\n" not in said
