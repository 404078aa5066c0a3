"""Writes dist/labour-registry-VERSION-offline.tar.gz: everything that a machine without a network needs.

    python .ci/bundle.py [FOLDER]

The wheels of requirements.lock (checked by their hashes), our own wheel and those of the plugins in plugins/, a script
that installs them, a note, and checksums. It fits the system and Python that it was made with. Needs pip, setuptools
and Babel (the environment of `make run`), and a network while it is made.
"""

import hashlib
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "var", "dist", "build", "shots", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis"
)
INSTALL = """#!/bin/sh
# Installs the registry into a folder, without any network: sh install.sh [FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${{1:-./labour-registry}}
python=${{PYTHON:-python3}}
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != ({major}, {minor}))' || {{
  echo "需要 Python {major}.{minor}；可以写 PYTHON=python{major}.{minor} sh install.sh" >&2
  echo "This bundle is for Python {major}.{minor}; name it in PYTHON." >&2; exit 1; }}
(cd "$here" && sha256sum --check --quiet SHA256SUMS) || {{
  echo "文件不完整或被改动，没有安装。（A file is damaged; nothing was installed.）" >&2; exit 1; }}
"$python" -m venv "$target"
pip="$target/bin/pip --disable-pip-version-check --quiet --isolated"
$pip install --no-index --find-links "$here/wheels" --require-hashes -r "$here/requirements.lock"
$pip install --no-index --no-deps "$here"/ours/*.whl
"$target/bin/registry" --version
echo "已安装。演示 / demonstration: $target/bin/registry demo"
"""
README = """劳务品牌与创业载体登记系统 {version} 离线安装包
适用：{system}，Python {python}

1. 解压后运行：sh install.sh /opt/labour-registry
   先核对每个文件的校验和（SHA256SUMS），再安装；全程不联网。
2. 看演示：/opt/labour-registry/bin/registry demo
3. 正式使用：见 docs/offline.md。

Labour registry {version}, installation without a network
For {system}, Python {python}

1. Unpack and run: sh install.sh /opt/labour-registry
   Checksums of all files are compared first (SHA256SUMS); nothing is fetched from a network.
2. The demonstration: /opt/labour-registry/bin/registry demo
3. For real use see docs/offline.md.
"""


def main(out: Path) -> Path:
    """Make the archive in a folder; returns its path."""
    version = re.search(r'__version__ = "(.+)"', (ROOT / "registry/__init__.py").read_text(encoding="utf-8"))
    assert version
    name = f"labour-registry-{version.group(1)}-offline"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        folder.mkdir()
        own_wheels(Path(scratch) / "source", folder / "ours")
        shutil.copy(ROOT / "requirements.lock", folder)
        run(*PIP, "download", "--require-hashes", "--only-binary", ":all:", "-r", folder / "requirements.lock",
            "--dest", folder / "wheels")  # fmt: skip
        write_words(folder, version.group(1))
        write_checksums(folder)
        out.mkdir(exist_ok=True)
        archive = out / f"{name}.tar.gz"
        with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
            tar.add(folder, name, filter=by_nobody)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    archive.with_name(archive.name + ".sha256").write_text(f"{digest}  {archive.name}\n")
    return archive


def own_wheels(source: Path, target: Path) -> None:
    """Build our wheels from a copy without this checkout's leftovers."""
    shutil.copytree(ROOT, source, ignore=LEFT_OUT)
    plugins = sorted(project.parent for project in source.glob("plugins/*/pyproject.toml"))
    run(*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", target, source, *plugins)


def write_words(folder: Path, version: str) -> None:
    """The script that installs, and the note."""
    major, minor = sys.version_info[:2]
    about = {"system": f"{platform.system()} {platform.machine()}", "python": f"{major}.{minor}", "version": version}
    (folder / "README.txt").write_text(README.format(**about), encoding="utf-8")
    (folder / "install.sh").write_text(INSTALL.format(major=major, minor=minor), encoding="utf-8")
    (folder / "docs").mkdir()
    shutil.copy(ROOT / "docs/offline.md", folder / "docs")


def write_checksums(folder: Path) -> None:
    """SHA-256 of every file."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    lines = [f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.relative_to(folder).as_posix()}\n" for f in files]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def by_nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Files belong to whoever unpacks them."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def run(*command: object) -> None:
    """Run a command; its own words are the error."""
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True)


if __name__ == "__main__":
    print(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"))
