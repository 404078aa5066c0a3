"""Run where there is no network: installs a bundle, and serves the demonstration until it answers.

python offline.py BUNDLE HOME DEMONSTRATION
"""

import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

SIOCGIFFLAGS, SIOCSIFFLAGS, UP = 0x8913, 0x8914, 1


def loopback_up() -> None:
    """A new network namespace has a loopback that is down; outside of one there is nothing to do."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        request = struct.pack("16sh", b"lo", 0)
        flags = struct.unpack("16sh", fcntl.ioctl(probe, SIOCGIFFLAGS, request + b"\0" * 14)[:18])[1]
        if not flags & UP:
            fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sh", b"lo", flags | UP) + b"\0" * 14)


def main(bundle: Path, home: Path, data: Path) -> None:
    """Install, ask for the version, serve."""
    print("network:", ", ".join(name for _, name in socket.if_nameindex() if name != "lo") or "none")
    loopback_up()
    subprocess.run(["sh", str(bundle / "install.sh"), str(home)], check=True)
    program = home / "bin" / "registry"
    print(subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [program, "demo", "--port", str(port), "--data", str(data)]
    server = subprocess.Popen(command, start_new_session=True)
    try:
        print("served", answer(server, port))
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.wait(timeout=30)


def answer(server: subprocess.Popen[bytes], port: int) -> int:
    """The status of the first page that is served."""
    for _ in range(600):
        assert server.poll() is None, "the demonstration ended"
        try:
            return int(urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).status)
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    raise TimeoutError


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
