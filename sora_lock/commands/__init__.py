"""What each command of the command line does, as a function from parsed arguments to (JSON result, lines for people, exit status).

Place in the path: on top; a peer of the notebook.
"""

from sora_lock.commands.audition import audition
from sora_lock.commands.bringing import consent, cutout, lock, locks
from sora_lock.commands.continuity import continuity
from sora_lock.commands.credentials import credentials
from sora_lock.commands.report import report
from sora_lock.commands.running import page, space, verify, worker
from sora_lock.commands.takes import export, fanout, history, mark

__all__ = [
    "audition",
    "consent",
    "continuity",
    "credentials",
    "cutout",
    "export",
    "fanout",
    "history",
    "lock",
    "locks",
    "mark",
    "page",
    "report",
    "space",
    "verify",
    "worker",
]
