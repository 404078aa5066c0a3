"""A pack as a ZIP, as every system makes it, and as somebody makes it who means no good."""

import io
import stat
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from registry.actions.pack_sources import texts
from registry.base.errors import BadInput
from registry.host.archive import packed, unpacked

XUYI = Path(__file__).parents[2] / "plugins/xuyi"
MANIFEST = 'id: jinhu\nversion: 1.0.0\ntitle: 金湖县\nregion: "320831"\n'


def made(files: Mapping[str, bytes | str], **about: Any) -> bytes:
    """A ZIP with these entries, each with these attributes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            info = zipfile.ZipInfo(path)
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in about.items():
                setattr(info, key, value)
            archive.writestr(info, content)
    return data.getvalue()


def refused(data: bytes) -> str:
    with pytest.raises(BadInput) as told:
        unpacked(data)
    assert all(f.field == "archive" for f in told.value.faults)
    return "\n".join(f.text("en") for f in told.value.faults)


def test_what_was_packed_comes_back() -> None:
    files = texts(XUYI)
    assert unpacked(packed(files)) == files and packed(files) == packed(files)


@pytest.mark.parametrize("folder", ["", "jinhu/", "我的规则/金湖/"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_folder_around_it_and_encoding_of_its_texts_do_not_matter(folder: str, encoding: str) -> None:
    data = made(
        {f"{folder}plugin.yaml": MANIFEST.encode(encoding), f"{folder}README.md": "金湖", folder or "forms/": ""}
    )
    assert unpacked(data) == {"plugin.yaml": MANIFEST, "README.md": "金湖"}


class NamedInGbk(zipfile.ZipInfo):
    """An entry as the Explorer of a Chinese Windows names it: in GBK, without a word about it."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def as_windows(files: Mapping[str, bytes | str]) -> bytes:
    """The same with `\\` between folders."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path, content in files.items():
            archive.writestr(NamedInGbk(path.replace("/", "\\")), content)
    return data.getvalue()


def test_names_in_gbk_with_backslashes_are_read() -> None:
    files = {
        "金湖县规则/plugin.yaml": MANIFEST,
        "金湖县规则/criteria/莲藕.yaml": "id: a\n",
        "金湖县规则/forms/申报表格.yaml": "id: b\n",
    }
    assert unpacked(as_windows(files)) == {
        "plugin.yaml": MANIFEST,
        "criteria/莲藕.yaml": "id: a\n",
        "forms/申报表格.yaml": "id: b\n",
    }


def test_what_systems_leave_behind_is_left_out() -> None:
    beside = {
        "__MACOSX/jinhu/._plugin.yaml": b"\0\1",
        "jinhu/.DS_Store": b"\0",
        "jinhu/Thumbs.db": b"\0",
        "jinhu/criteria/desktop.ini": "x",
    }
    assert unpacked(made({"jinhu/plugin.yaml": MANIFEST, **beside})) == {"plugin.yaml": MANIFEST}


@pytest.mark.parametrize(
    "path",
    [
        "../evil.yaml",
        "criteria/../../evil.yaml",
        "/etc/evil.yaml",
        "C:/evil.yaml",
        "criteria\\..\\..\\evil.yaml",
        "criteria//x.yaml",
    ],
)
def test_path_that_leads_elsewhere_is_refused(path: str) -> None:
    assert "leads out of the pack's folder" in refused(made({"plugin.yaml": MANIFEST, path: "id: a"}))


def test_link_is_refused() -> None:
    data = made({"plugin.yaml": MANIFEST}, external_attr=(stat.S_IFLNK | 0o777) << 16)
    assert "is a link, not a file" in refused(data)


def test_bomb_is_refused_before_it_is_opened() -> None:
    assert "larger than 256 kB" in refused(made({"plugin.yaml": MANIFEST, "forms/a.yaml": b"0" * 300_000}))
    many = {f"forms/f{n}.yaml": b"0" * 200_000 for n in range(20)}
    assert "Unpacked this would be 4 MB; a pack has 2 MB at most." in refused(made({"plugin.yaml": MANIFEST, **many}))


def test_bomb_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(made({"plugin.yaml": MANIFEST, "forms/a.yaml": b"0" * 5_000_000}))
    for sign, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.rfind(sign)
        struct.pack_into("<I", data, place + at, 100)
    assert "cannot be opened as a ZIP" in refused(bytes(data))


def test_too_many_files_are_refused() -> None:
    files = {f"forms/f{n}.yaml": "id: a" for n in range(250)}
    assert "There are 251 files in this ZIP; a pack has 200 at most." in refused(
        made({"plugin.yaml": MANIFEST, **files})
    )
    nothing = {f"__MACOSX/f{n}": "" for n in range(1001)}
    assert "There are 1002 files" in refused(made({"plugin.yaml": MANIFEST, **nothing}))


def test_password_is_told() -> None:
    data = bytearray(made({"plugin.yaml": MANIFEST}))
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(sign) + at] |= 1
    assert "locked with a password" in refused(bytes(data))


@pytest.mark.parametrize("data", [b"", b"Rar!\x1a\x07", b"PK\x03\x04", b"id: jinhu\n", b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_zip_is_told_with_what_to_do(data: bytes) -> None:
    assert "“Compressed folder”" in refused(data)


def test_broken_inside_is_told() -> None:
    data = bytearray(made({"plugin.yaml": MANIFEST * 50}))
    data[60:70] = b"\xff" * 10
    assert "cannot be opened as a ZIP" in refused(bytes(data))


def test_every_file_that_a_pack_does_not_have_is_named_at_once() -> None:
    data = made(
        {"plugin.yaml": MANIFEST, "__init__.py": "", "criteria/a.docx": "x", "x/plugin.yaml": "y", "photo.jpg": b"\xff"}
    )
    said = refused(data)
    assert (
        all(name in said for name in ("__init__.py", "a.docx", "x/plugin.yaml", "photo.jpg")) and said.count("\n") == 3
    )


def test_one_file_twice_is_told_whatever_its_letters() -> None:
    assert "is in this ZIP twice" in refused(made({"plugin.yaml": MANIFEST, "forms/A.yaml": "x", "forms/a.yaml": "y"}))


def test_without_a_manifest_it_is_no_pack() -> None:
    assert "There is no plugin.yaml in this ZIP" in refused(made({"criteria/a.yaml": "id: a"}))


def test_file_that_is_no_text_is_told_at_its_place() -> None:
    said = refused(made({"plugin.yaml": MANIFEST, "forms/a.yaml": b"id: a\x01\n", "forms/b.yaml": b"\xff\xff\xff"}))
    assert "forms/a.yaml:1:6" in said and "forms/b.yaml" in said
