"""How the miniature VACE of `assets/models/mini/` is made: pictures by comp, a VAE, a text encoder, a transformer.

Place in the path: beside it. The package never imports this; `docs/training.md` is its log.
"""
