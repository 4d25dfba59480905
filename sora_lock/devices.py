"""Which GPUs there are, as the driver tells, and how much memory: torch is not asked, since the page and the supervisor do not have it.

Place in the path: under the worker, which gives each GPU one child, and under engines that say how much memory is free.
"""

from __future__ import annotations

import os
import shutil
import subprocess

VISIBLE = "CUDA_VISIBLE_DEVICES"
TOLD_WITHIN_S = 5


def gpus() -> tuple[str, ...]:
    """The GPUs that this process may use, as `CUDA_VISIBLE_DEVICES` names them; none where there is no driver."""
    if VISIBLE in os.environ:
        return tuple(name for name in (n.strip() for n in os.environ[VISIBLE].split(",")) if name not in ("", "-1"))
    return tuple(line.strip() for line in _driver("index"))


def memory_bytes() -> int:
    """Memory of this machine, in all; 8 GB where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 8 << 30


def free_bytes() -> int | None:
    """Free memory of the first GPU that this process may use; None without one."""
    mine = gpus()
    if not mine:
        return None
    told = _driver("memory.free", "-i", mine[0])
    return int(told[0]) << 20 if told and told[0].strip().isdigit() else None


def _driver(wanted: str, *more: str) -> list[str]:
    """Lines of NVIDIA's tool; none where it is missing, fails or hangs."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    command = [tool, f"--query-gpu={wanted}", "--format=csv,noheader,nounits", *more]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TOLD_WITHIN_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return done.stdout.splitlines()
