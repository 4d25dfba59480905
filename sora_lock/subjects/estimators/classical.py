"""The offline default: matte, normals, depth and reflectance without any weights.

Place in the path: estimators; the modules beside it, one a subject, behind the one protocol.
"""

from __future__ import annotations

from sora_lock.subjects.estimators import Estimate, Floats, Hints, Matte, Stand, depth, matting, normals, reflectance


class Classical:
    """See `estimators.Estimator`."""

    name = "classical"
    version = "1"

    def matte(self, picture: Floats, hints: Hints) -> Matte:
        """`matting.matte`."""
        return matting.matte(picture, hints)

    def normal(self, picture: Floats, alpha: Floats) -> Estimate:
        """`normals.normal`."""
        return normals.normal(picture, alpha)

    def depth(self, picture: Floats, alpha: Floats, stand: Stand) -> Estimate:
        """`depth.depth`."""
        return depth.depth(picture, alpha, stand)

    def reflectance(
        self, picture: Floats, alpha: Floats, facing: Floats | None = None, mean: float = reflectance.MEAN
    ) -> Estimate:
        """`reflectance.reflectance`."""
        return reflectance.reflectance(picture, alpha, facing, mean)
