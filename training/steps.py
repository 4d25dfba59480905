"""The optimizer of both trainings: Muon for matrices, AdamW for all else.

Place in the path: training, at the bottom, beside `keep`. Muon (Jordan 2024, "Muon: an optimizer for hidden layers in neural networks") makes each step of a matrix orthogonal, so
that directions of small variance, colour in dim pictures say, are learned as fast as those of large variance. Kernels of convolutions count as matrices,
[out, in x taps], as there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

MOST_NORM = 1.0
"""Norm to which the gradient is clipped."""


class Steps:
    """Steps of a module's weights; what `torch.optim` has, over two of its optimizers.

    Args:
        module: what is trained.
        hidden: of a weight's name and itself, whether it is a matrix within the network; those that read words or pixels, or write pixels, are better left to AdamW.
        betas: of AdamW.
    """

    def __init__(
        self, module: nn.Module, hidden: Callable[[str, Tensor], bool], betas: tuple[float, float], decay: float
    ) -> None:
        named = list(module.named_parameters())
        self._all = [p for _, p in named]
        self._matrices = [p for name, p in named if hidden(name, p)]
        own = {id(p) for p in self._matrices}
        self._views = [nn.Parameter(p.data.view(p.shape[0], -1)) for p in self._matrices]
        rest = [p for p in self._all if id(p) not in own]
        self._parts: tuple[torch.optim.Optimizer, ...] = (
            torch.optim.Muon(self._views, lr=0.0, weight_decay=decay, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(rest, lr=0.0, betas=betas, weight_decay=decay, fused=True),
        )

    def take(self, loss: Tensor, rate: float) -> None:
        """One step down the slope of a loss at a learning rate; gradients that were there already count too, and none are left."""
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._all, MOST_NORM)
        for weight, view in zip(self._matrices, self._views, strict=True):
            view.grad = None if weight.grad is None else weight.grad.view(view.shape)
        for part in self._parts:
            for group in part.param_groups:
                group["lr"] = rate
            part.step()
        for weight in self._all:
            weight.grad = None

    def state(self) -> list[dict[str, Any]]:
        """What a checkpoint keeps."""
        return [part.state_dict() for part in self._parts]

    def load(self, state: list[dict[str, Any]]) -> None:
        """Goes on from a checkpoint."""
        for part, kept in zip(self._parts, state, strict=True):
            part.load_state_dict(kept)
