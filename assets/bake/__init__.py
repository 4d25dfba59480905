"""How the shipped cast and sets were made: scripts, run by `python -m assets.bake`, never at run time."""
