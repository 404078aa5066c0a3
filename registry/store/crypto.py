"""Encryption of columns and files: AES-256-GCM with key ids, newest key first."""

import base64
import hashlib
import hmac
import os
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


def commitment(salt: str, value: bytes) -> str:
    """What the record says of words that may have to be erased: without the salt it tells nothing."""
    return hmac.new(salt.encode(), value, hashlib.sha256).hexdigest()
