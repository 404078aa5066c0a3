"""One e-mail to a mail server by SMTP, and in one word why it was not taken."""

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

SECONDS = 30
"""How long the mail server may take for one answer."""
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*\.)+[A-Za-z0-9-]*[A-Za-z]")
"""What we send to: one address of plain characters, no name, no list, no line break."""


def is_mail_address(value: str) -> bool:
    """Whether e-mail can be sent there."""
    return len(value) <= 254 and ADDRESS.fullmatch(value) is not None and ".." not in value


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server, and who we are to it. `tls`: `starttls`, `tls` or `none`; `sender`: an address, or a name with one."""

    host: str
    port: int
    tls: str
    user: str
    password: str
    sender: str
    domain: str
    """The name we give ourselves, in greeting and in Message-IDs."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What is sent. `id` makes the Message-ID: the same mail sent again has the same one."""

    to: str
    subject: str
    text: str
    id: str
    at: datetime


class NotTaken(Exception):  # noqa: N818 – it is no error of the program's
    """The server did not take a mail: `why` is a word of `REASONS`."""

    def __init__(self, why: str, *, whole: bool = False, final: bool = False) -> None:
        super().__init__(why)
        self.why, self.whole, self.final = why, whole, final
        """`whole`: any other mail would fare the same now. `final`: this one will fare the same always."""


def send(server: Server, mail: Mail) -> None:
    """Hand a mail to the server. Raises NotTaken; nothing that is raised or logged names the address."""
    try:
        connection = _connected(server)
        try:
            connection.send_message(_message(server, mail), parseaddr(server.sender)[1], [mail.to])
        finally:
            with suppress(OSError):  # whatever it says now, it has taken the mail or not
                connection.quit()
    except OSError as error:
        raise _refusal(error) from None


def _connected(server: Server) -> smtplib.SMTP:
    context, where = ssl.create_default_context(), (server.host, server.port, server.domain)
    connection = (
        smtplib.SMTP_SSL(*where, timeout=SECONDS, context=context)
        if server.tls == "tls"
        else smtplib.SMTP(*where, timeout=SECONDS)
    )
    try:
        if server.tls == "starttls":
            connection.starttls(context=context)
        if server.user:
            connection.login(server.user, server.password)
    except OSError:
        connection.close()
        raise
    return connection


def _message(server: Server, mail: Mail) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = server.sender, mail.to, mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.id}@{server.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail.text, cte="base64")
    return message


def _refusal(error: OSError) -> NotTaken:
    """What an answer of the server, or its silence, means."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = max((code for code, _ in error.recipients.values()), default=450)
        return NotTaken("address", final=True) if code >= 500 else NotTaken("later")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return NotTaken("sign_in", whole=True)
    if isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code >= 500:
        return NotTaken("sender", whole=True)
    if isinstance(error, smtplib.SMTPDataError):
        return NotTaken("refused", final=True) if error.smtp_code >= 500 else NotTaken("later")
    if isinstance(error, smtplib.SMTPResponseException):
        return NotTaken("later", whole=True)
    if isinstance(error, ssl.SSLError | smtplib.SMTPNotSupportedError):
        return NotTaken("tls", whole=True)
    return NotTaken("unreachable", whole=True)
