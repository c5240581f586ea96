"""Links to patients: the pseudonym encrypted for one viewer, of no use to anybody else."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from data_access.errors import NotFound
from data_access.record.viewer import Viewer


class PatientTokens:
    """Deterministic authenticated encryption (AES-SIV, RFC 5297), the viewer as associated data.

    The same viewer gets the same token for the same patient as long as the secret key stays.
    """

    def __init__(self, secret: bytes) -> None:
        key = HKDF(SHA256(), length=64, salt=None, info=b"immunoboard patient tokens").derive(
            secret
        )
        self._cipher = AESSIV(key)

    def token(self, viewer: Viewer, patient_id: str) -> str:
        """The part of a URL that stands for this patient, for this viewer."""
        return self.tokens(viewer, [patient_id])[0]

    def tokens(self, viewer: Viewer, patient_ids: Iterable[str]) -> list[str]:
        """One token per pseudonym, in order."""
        encrypt, theirs = self._cipher.encrypt, _only_for(viewer)
        sealed = [encrypt(patient_id.encode(), theirs) for patient_id in patient_ids]
        return [urlsafe_b64encode(each).decode().rstrip("=") for each in sealed]

    def patient_id(self, viewer: Viewer, token: str) -> str:
        """The pseudonym behind a token.

        Raises:
            NotFound: the token was made for another viewer, was altered, or is not one.
        """
        try:
            sealed = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
            patient_id = self._cipher.decrypt(sealed, _only_for(viewer)).decode()
        except (InvalidTag, binascii.Error, ValueError):
            raise NotFound from None
        if token != self.token(viewer, patient_id):  # Base64 has several spellings of one value.
            raise NotFound
        return patient_id


def _only_for(viewer: Viewer) -> list[bytes]:
    return [f"user {viewer.user_id}".encode()]
