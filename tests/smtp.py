"""A mail server for tests: it speaks SMTP over a socket, takes mails, or refuses them as it is told."""

import base64
import email
import email.policy
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from registry.testing import Kit


@dataclass
class Mailbox:
    """What a server has taken, and how it answers. `says`: verb → an answer in place of the good one."""

    port: int = 0
    says: dict[str, str] = field(default_factory=dict)
    account: tuple[str, str] | None = None
    """Name and password, without which it takes nothing."""
    context: ssl.SSLContext | None = None
    """With it the server speaks TLS: after STARTTLS, or `at_once`."""
    at_once: bool = False
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    """(recipient, mail) in the order in which they came."""
    connections: int = 0

    @property
    def last(self) -> EmailMessage:
        """The newest mail."""
        return self.taken[-1][1]

    def to(self, address: str) -> list[EmailMessage]:
        """The mails of somebody."""
        return [mail for to, mail in self.taken if to == address]


class _Talk(socketserver.StreamRequestHandler):
    """One connection."""

    server: "_Server"

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def encrypt(self) -> None:
        """From here on by TLS."""
        assert self.server.box.context
        self.connection = self.server.box.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)

    def handle(self) -> None:
        box, to, let_in = self.server.box, "", self.server.box.account is None
        box.connections += 1
        if box.at_once:
            self.encrypt()
        self.say(box.says.get("CONNECT", "220 test"))
        while line := self.rfile.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            verb = verb.upper()
            if verb in box.says:
                self.say(box.says[verb])
            elif verb == "EHLO":
                self.wfile.write(b"250-test\r\n")
                self.say("250-STARTTLS" if box.context and not box.at_once else "250-SIZE 1000000")
                self.say("250 AUTH PLAIN")
            elif verb == "STARTTLS":
                self.say("220 go on")
                self.encrypt()
            elif verb == "AUTH":
                name, password = base64.b64decode(rest.split()[1]).decode().split("\0")[1:]
                let_in = (name, password) == box.account
                self.say("235 welcome" if let_in else "535 wrong name or password")
            elif verb in ("MAIL", "RCPT") and not let_in:
                self.say("530 sign in first")
            elif verb == "RCPT":
                to = rest.partition("<")[2].partition(">")[0]
                self.say("250 ok")
            elif verb == "DATA":
                self.say("354 go on")
                lines = []
                while (one := self.rfile.readline()) != b".\r\n":
                    lines.append(one.removeprefix(b"."))
                mail = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
                if answer := box.says.get("END"):
                    self.say(answer)
                    continue
                box.taken.append((to, mail))  # type: ignore[arg-type]
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


def certified(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS for `localhost`, and the certificate that whoever trusts it must have."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]),
    )
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1)
    )
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    certificate, private = folder / "mail.crt", folder / "mail.key"
    certificate.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    return context, certificate


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    box: Mailbox

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever does not trust us hangs up: that is no news."""


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A server on a port of its own, until the block ends."""
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.box = Mailbox(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server.box
        server.shutdown()


def sends_by(kit: Kit, box: Mailbox, **more: object) -> None:
    """Let a registry send its mail by this server."""
    given = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_tls": "none", "mail_from": "登记 <r@example.cn>"}
    kit.registry.settings = kit.registry.settings.model_copy(update=given | more)


def text(mail: EmailMessage) -> str:
    """What a mail says."""
    return str(mail.get_content())
