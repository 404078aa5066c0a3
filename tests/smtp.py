"""A mail server for tests: it speaks SMTP over a socket, takes mails, or refuses them as it is told."""

import base64
import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage


@dataclass
class Mailbox:
    """What a server has taken, and how it answers. `says`: verb → an answer in place of the good one."""

    port: int = 0
    says: dict[str, str] = field(default_factory=dict)
    account: tuple[str, str] | None = None
    """Name and password, without which it takes nothing."""
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

    def handle(self) -> None:
        box, to, let_in = self.server.box, "", self.server.box.account is None
        box.connections += 1
        self.say(box.says.get("CONNECT", "220 test"))
        while line := self.rfile.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            verb = verb.upper()
            if verb in box.says:
                self.say(box.says[verb])
            elif verb == "EHLO":
                self.wfile.write(b"250-test\r\n250 AUTH PLAIN\r\n")
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


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    box: Mailbox


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A server on a port of its own, until the block ends."""
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.box = Mailbox(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server.box
        server.shutdown()
