"""`python -m assets.bake [NAME ...]`: bakes the named subjects, or all of them, into assets/cast and assets/sets."""

from __future__ import annotations

import importlib
import sys

CAST, SETS = ("mara", "ivo", "noor", "abel"), ("alley", "kitchen", "desert", "rooftop")


def main(names: list[str]) -> None:
    """Bakes each subject in turn; a name that is neither cast nor set ends with a line saying which there are."""
    unknown = [n for n in names if n not in CAST + SETS]
    if unknown:
        sys.exit(f"no such subject: {', '.join(unknown)} (there are {', '.join(CAST + SETS)})")
    for name in names or CAST + SETS:
        module = importlib.import_module(f"assets.bake.{name}")
        if name in SETS:
            module.build()
            continue
        for key, figure in module.main().items():
            print(f"{name} {key} {figure:.5g}")


if __name__ == "__main__":
    main(sys.argv[1:])
