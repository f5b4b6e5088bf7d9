"""What pika and the broker say, in words for the person who meets it, never with the password."""

import ssl

from pika.exceptions import (
    AMQPError,
    ChannelClosedByBroker,
    ConnectionClosedByBroker,
    IncompatibleProtocolError,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)

from inbox.sources import SourceRefused, SourceUnavailable


def explain(error: BaseException, *, where: str) -> SourceUnavailable:
    """Why there is no connection, or none any more."""
    error = _root(error)
    if refusal := _refusal(error):
        return SourceRefused(f"{where} {refusal}")
    if isinstance(error, IncompatibleProtocolError):
        return SourceUnavailable(f"{where} hung up at once: it is starting, or its port speaks TLS (amqps://)")
    if isinstance(error, ConnectionClosedByBroker):
        return SourceUnavailable(f"{where} closed the connection: {error.reply_code} {error.reply_text}")
    said = str(error) if not isinstance(error, AMQPError) or error.args else ""
    return SourceUnavailable(f"{where} cannot be reached: {type(error).__name__} {said}".rstrip())


def explain_channel(error: BaseException, *, where: str, wanted: str) -> SourceUnavailable:
    """Why a channel was closed; `wanted` is what was to be declared on it, nothing where that was done."""
    if not isinstance(error, ChannelClosedByBroker):
        return explain(error, where=where)
    said = f"{where} said {error.reply_code}: {error.reply_text}"
    if error.reply_code == 404:
        return SourceUnavailable(f"{said}. Admin's relay declares the exchange when it connects")
    if error.reply_code == 403:
        return SourceRefused(f"{said}. The user needs configure, write and read on service.*, read on the exchange")
    if error.reply_code == 406 and wanted:
        return SourceRefused(
            f"{said}. Wanted for {wanted}. Arguments cannot be changed: "
            "when the queue is empty delete it, and it is declared anew within seconds"
        )
    return SourceUnavailable(said)


def _refusal(error: BaseException) -> str:
    """What somebody must mend before another try can do better, if it is that."""
    if isinstance(error, ProbableAuthenticationError):
        return "refuses the user or its password: check BROKER_URL"
    if isinstance(error, ProbableAccessDeniedError) or getattr(error, "reply_code", 0) == 530:
        return "has no such vhost, or not for this user: check BROKER_URL"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"shows a certificate that is not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER":
        return "does not speak TLS on this port, and amqps:// wants it"
    return ""


def _root(error: BaseException) -> BaseException:
    """pika wraps why a connection attempt failed several times over; the innermost says it."""
    while inner := getattr(error, "exceptions", None) or getattr(error, "exception", None) or error.args:
        inner = inner[-1] if isinstance(inner, list | tuple) else inner
        if not isinstance(inner, BaseException):
            break
        error = inner
    return error
