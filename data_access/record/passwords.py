"""Passwords: Argon2id at OWASP's minimum, and the few rules that help."""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from data_access.errors import NotAllowed

SHORTEST = 8
"""OWASP ASVS 5.0, 6.2.1: eight characters at least; longer ones are advised."""
LONGEST = 128

# OWASP Password Storage Cheat Sheet: Argon2id, 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# The hash of a random text that was thrown away: unknown users cost the same work as known ones.
NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$wBaD5Mm3aCnUDJ"
    "txulH1ZA$Fm1hJYK7iLqNofc0m166Vu30Eb0oCUVhf/qywEgM5UY"
)

# Each hash takes 19 MiB and a core: a flood of sign-ins queues here instead of exhausting memory.
_AT_ONCE = threading.BoundedSemaphore(2)

# What people type first when a length is asked for; shorter common passwords fail by length.
_COMMON = frozenset(
    """
    00000000 11111111 12121212 12341234 12345678 123456789 1234567890 11223344 87654321 88888888
    1q2w3e4r 1qaz2wsx abc12345 abcd1234 adminadmin baseball changeme computer corvette football
    hospital iloveyou internet jennifer letmein1 maverick michelle mercedes passw0rd password
    password1 password12 password123 princess qwertyui qwerty123 qwertyuiop starwars sunshine
    superman trustno1 welcome1 welcome123 whatever zaq12wsx
    000000000000 111111111111 121212121212 123123123123 123412341234 123456123456 123456789000
    123456789012 1234567890ab 1234567890qwerty 123456789abc 1q2w3e4r5t6y 1qaz2wsx3edc 987654321000
    aaaaaaaaaaaa abc123abc123 abcabcabcabc abcd1234abcd abcdefgh1234 abcdefghijkl adminadmin12
    adminadminadmin administrator administrator1 administrator123 asdfasdfasdf asdfghjkl123
    changemechangeme changeme1234 changeme12345 football1234 hospital1234 iloveyou1234
    iloveyouiloveyou immunoboard1 immunoboard12 immunoboard123 immunotherapy letmein12345
    letmeinletmein motdepasse12 motdepasse123 oncology1234 p@ssw0rd1234 passw0rd1234
    password1234 password12345 password123456 password123! passwordpassword password2024
    password2025 password2026 qazwsxedcrfv qwerty123456 qwertyqwerty qwertyuiop12 qwertyuiop123
    qwertyuiop[] qwertzuiop12 sunshine1234 superman1234 welcome12345 welcome123456 zaq12wsxcde3
    """.split()
)


def check_password(password: str, user_name: str) -> None:
    """Accept a new password or say why not; there are no rules about kinds of characters.

    Raises:
        NotAllowed: too short, too long, the user name itself, or among the most common ones.
    """
    text = _normal(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise NotAllowed(f"A password has {SHORTEST} to {LONGEST} characters.")
    if text.casefold() in _COMMON or len(set(text)) == 1:
        raise NotAllowed("This password is among the first that are guessed: choose another.")
    if text.casefold() == user_name.casefold():
        raise NotAllowed("The password must not be the user name.")


def hash_password(password: str) -> str:
    """The Argon2id hash, with its parameters and salt."""
    with _AT_ONCE:
        return _HASHER.hash(_normal(password).encode(errors="replace"))


def password_fits(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; for an unknown user (None) the same work, then False."""
    if len(password) > LONGEST:
        password, password_hash = "", None
    known = password_hash is not None
    with _AT_ONCE:
        try:
            typed = _normal(password).encode(errors="replace")
            return _HASHER.verify(password_hash or NOBODY, typed) and known
        except (VerificationError, InvalidHashError):
            return False


def _normal(password: str) -> str:
    """One spelling for letters that keyboards compose differently (NIST SP 800-63B, 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
