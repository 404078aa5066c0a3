"""Encryption of columns and files: AES-256-GCM with key ids, newest key first."""

import base64
import hashlib
import hmac
import os
import re
import unicodedata
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from registry.base.errors import BadInput, Broken, Fault
from registry.base.i18n import msg


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys by id; the first one encrypts, all of them decrypt."""

    keys: dict[str, bytes]

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """From `id:base64,id:base64`. Raises BadInput when a key is not 32 bytes."""
        keys = {}
        for part in filter(None, text.split(",")):
            kid, _, encoded = part.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except ValueError:
                key = b""
            if not kid or len(key) != 32:
                raise BadInput(
                    Fault(msg("REGISTRY_FIELD_KEYS must be id:base64 of 32 bytes."), field="REGISTRY_FIELD_KEYS")
                )
            keys[kid] = key
        if not keys:
            raise BadInput(Fault(msg("REGISTRY_FIELD_KEYS holds no key."), field="REGISTRY_FIELD_KEYS"))
        return cls(keys)

    @property
    def newest(self) -> str:
        """The id of the key that encrypts."""
        return next(iter(self.keys))

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt; `place` must be said again to open."""
        kid, key = next(iter(self.keys.items()))
        nonce = os.urandom(12)
        return b"v1:" + kid.encode() + b":" + nonce + AESGCM(key).encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt. Raises Broken when the key is missing or the bytes were changed or moved."""
        version, _, named = bytes(sealed).partition(b":")
        kid, _, rest = named.partition(b":")
        if version != b"v1" or len(rest) < 12:
            raise Broken(msg("The value at {place} is not encrypted as this registry does it.", place=place))
        name = kid.decode(errors="replace")
        key = self.keys.get(name)
        if key is None:
            raise Broken(msg("Key {kid} is not in REGISTRY_FIELD_KEYS; what it encrypted cannot be read.", kid=name))
        try:
            return AESGCM(key).decrypt(rest[:12], rest[12:], place.encode())
        except InvalidTag:
            raise Broken(
                msg(
                    "An encrypted value at {place} was changed or moved, or {kid} in REGISTRY_FIELD_KEYS is another key.",
                    place=place,
                    kid=name,
                )
            ) from None


CONTACTS = {
    "phone": re.compile(
        r"(?<![0-9])(?:(?:\+?86[- ]?)?1[3-9](?:[- ]?[0-9]){9}|0[0-9]{2,3}[- ]?[2-9][0-9]{6,7})(?![0-9])"
    ),
    "id_number": re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])"),
    "email": re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"),
}
"""What leads to a person, wherever it is written."""


@dataclass(frozen=True, slots=True)
class BlindIndex:
    """Finds equal values without decrypting any: a keyed hash under a key of its own, another one for each kind.

    Who has the database and not this key cannot tell which number a digest stands for, nor try all of them.
    """

    key: bytes

    @classmethod
    def parse(cls, text: str) -> "BlindIndex":
        """From base64 of 32 bytes. Raises BadInput when it is none."""
        try:
            key = base64.b64decode(text, validate=True)
        except ValueError:
            key = b""
        if len(key) != 32:
            raise BadInput(Fault(msg("REGISTRY_INDEX_KEY must be base64 of 32 bytes."), field="REGISTRY_INDEX_KEY"))
        return cls(key)

    def of(self, kind: str, value: str) -> str:
        """The digest of a value of a kind (`phone`, `id_number`, `email`): 128 bits as hexadecimal digits."""
        own = hmac.new(self.key, kind.encode(), hashlib.sha256).digest()
        return hmac.new(own, normalised(kind, value).encode(), hashlib.sha256).hexdigest()[:32]


def normalised(kind: str, value: str) -> str:
    """How a value of a kind is written when two of them are compared: without spaces, dashes, country code, case."""
    plain = unicodedata.normalize("NFKC", value).strip().upper()
    if kind == "email":
        return plain
    bare = "".join(c for c in plain if c.isalnum())
    return bare[2:] if kind == "phone" and len(bare) == 13 and bare.startswith("86") else bare


def contact_digests(index: BlindIndex, words: str) -> set[tuple[str, str]]:
    """(kind, digest) of each telephone number, ID number and e-mail address in some words."""
    flat = unicodedata.normalize("NFKC", words)
    found = {(kind, match) for kind, pattern in CONTACTS.items() for match in pattern.findall(flat)}
    return {(kind, index.of(kind, match)) for kind, match in found}


def commitment(salt: str, value: bytes) -> str:
    """What the record says of words that may have to be erased: without the salt it tells nothing."""
    return hmac.new(salt.encode(), value, hashlib.sha256).hexdigest()
