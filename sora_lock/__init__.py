"""Sora Lock: lock a character or a set once, fan out variations, see what held and what drifted."""

__version__ = "0.1.0"
