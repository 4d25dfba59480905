"""The limits that the child processes of `child` set themselves before they touch a byte from outside.

Place in the path: beside the `*_sandbox.py` scripts, which run as `python -I` and so cannot import it by name: each runs it by its path. Standard library
only.
"""

from __future__ import annotations


def limit(memory_bytes: int, cpu_s: int, *, file_bytes: int = 0, files: int | None = None) -> None:
    """Caps memory, processor time and files of this process, where the system can.

    Args:
        file_bytes: size of the files it may write; files: how many it may have open, None for as many as usual.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    wanted = [
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    ]
    if files is not None:
        wanted.append((resource.RLIMIT_NOFILE, files))
    for what, most in wanted:
        try:
            hard = resource.getrlimit(what)[1]
            cap = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(what, (cap, cap))
        except (ValueError, OSError):  # macOS refuses some of them
            continue
