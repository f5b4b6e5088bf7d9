import pytest
from imports.fetching.targets import redirected, target
from jobs.errors import Refused


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("HTTP://Shop.Example.COM", "http://shop.example.com/"),
        ("http://shop.example.com.:80/a/../b?c=d#e", "http://shop.example.com/b?c=d"),
        ("https://shop.example.com:443", "https://shop.example.com/"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("http://straße.example.com/größe?für", "http://xn--strae-oqa.example.com/gr%C3%B6%C3%9Fe?f%C3%BCr"),
        ("  http://shop.example.com/a b\t", "http://shop.example.com/a%20b"),
        ("http://shop.example.com?a", "http://shop.example.com/?a"),
        ("http://shop.example.com\\@127.0.0.1/", "http://shop.example.com/%5C@127.0.0.1/"),
        ("http://%31%32%37.0.0.1/", "http://127.0.0.1/"),
        ("http://①②⑦.0.0.1/", None),
        ("http://127。0。0。1/", None),
        ("http://[fe80::1%25lo]/", None),
        ("http://shop.example.com:0/", None),
        ("http://shop.example.com/\0", None),
        ("http://shop.example.com/\r\nHost: other", None),
        ("http://.../", None),
        ("http://\ud800/", None),
        ("http://" + "a" * 5000, None),
        ("http://shop.example.com/" + "a" * 1_000_000, None),
    ],
)
def test_a_url_is_read_in_one_way_or_not_at_all(url: str, read: str | None) -> None:
    if read:
        assert target(url).url == read
    else:
        with pytest.raises(Refused) as refused:
            target(url)
        assert len(str(refused.value)) < 500
        assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://user:secret@shop.example.com/", "http://user:secret@[::1", "http://user:secret@h:99999/",
        "http://user:se/secret@shop.example.com/", "http://:secret@shop.example.com/", "http://a@b:secret@c/",
    ],
)  # fmt: skip
def test_no_password_comes_back_in_what_is_said(url: str) -> None:
    with pytest.raises(Refused) as refused:
        target(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("to", "read"),
    [
        ("b", "https://shop.example.com/a/b"),
        ("//other.example.com/x", "https://other.example.com/x"),
        ("?page=2", "https://shop.example.com/a/?page=2"),
    ],
)
def test_a_redirect_may_be_relative(to: str, read: str) -> None:
    assert redirected(target("https://shop.example.com/a/"), to).url == read
