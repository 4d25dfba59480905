"""Every error Sora Lock raises on purpose, as one tree.

Place in the path: everywhere; depends on nothing. A message says what came, what was wanted and what to do, in one line that
can be shown to a user as it stands. A failing continuity check is not here: it is a report.
"""

from __future__ import annotations


class SoraLockError(Exception):
    """Base of the tree; catching it catches all that the project raises on purpose."""


class InputError(SoraLockError):
    """What a person typed, chose or uploaded cannot be used as it is."""


class PromptError(InputError):
    """A prompt is empty, too long, or holds characters no text may hold."""


class NamingError(InputError):
    """A name (lock, scene, shot, person) is malformed or collides with another."""


class ShotError(InputError):
    """Frames, size, frame rate, seed or placement is outside what can be shot."""


class PolicyError(InputError):
    """A policy or override names an unknown attribute or value."""


class MediaError(InputError):
    """An uploaded or named file is not what it says, is damaged, or exceeds a limit."""


class ContradictionError(InputError):
    """A line asks for a change of something a lock holds; carries the contradictions.

    Attributes:
        contradictions: the findings of `sora_lock.lock.contradictions`, in the order of the lines.
    """

    def __init__(self, message: str, contradictions: tuple[object, ...] = ()) -> None:
        super().__init__(message)
        self.contradictions = contradictions


class ConsentError(InputError):
    """The consent of a person who was locked was revoked or has ended."""


class NotFoundError(InputError):
    """A lock, take, scene, cell or file that was named is not in this store."""


class StoreError(SoraLockError):
    """The shared history could not be read or written."""


class StoreUnwritableError(StoreError):
    """The data folder is read-only, or the disk is full; nothing was half-written."""


class StoreDamagedError(StoreError):
    """A row or a media file does not match its digest."""


class EngineError(SoraLockError):
    """An engine failed, or cannot run on this machine."""


class EngineUnavailableError(EngineError):
    """The engine lacks weights, a token or a device; the message says how to get it."""


class TakeCancelled(SoraLockError):
    """The take was cancelled by a person; not a failure."""


class ServerError(SoraLockError):
    """The page could not be served as asked (port taken, host without a pass-phrase)."""
