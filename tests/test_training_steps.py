"""The optimizer of both trainings."""

from __future__ import annotations

import torch
from torch import nn

from training.steps import Steps


def _net():
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv2d(4, 8, 3), nn.Flatten(), nn.Linear(8, 6))


def _matrices(name, weight):
    return weight.dim() > 1


class TestSteps:
    def test_a_step_of_a_matrix_moves_all_its_directions_alike(self):
        net = _net()
        before = net[0].weight.detach().reshape(8, -1).clone()
        steps = Steps(net, _matrices, (0.9, 0.99), 0.0)
        x = torch.randn(16, 4, 3, 3) * torch.tensor([1.0, 0.3, 0.1, 0.03]).view(
            1, 4, 1, 1
        )  # some directions hardly show
        steps.take(net(x).square().mean(), 0.01)
        moved = torch.linalg.svdvals(net[0].weight.detach().reshape(8, -1) - before)[:6]
        assert moved.max() / moved.min() < 3

    def test_kernels_and_biases_are_trained_where_they_lie_and_no_gradient_is_left(self):
        net = _net()
        before = {k: v.clone() for k, v in net.state_dict().items()}
        Steps(net, _matrices, (0.9, 0.99), 0.0).take(net(torch.randn(5, 4, 3, 3)).square().mean(), 0.01)
        assert all(not torch.equal(v, before[k]) for k, v in net.state_dict().items())
        assert all(p.grad is None for p in net.parameters())

    def test_a_checkpoint_goes_on_to_the_same_weights(self):
        torch.manual_seed(4)
        batches = torch.randn(6, 5, 4, 3, 3)

        def trained(stop):
            net = _net()
            steps = Steps(net, _matrices, (0.9, 0.99), 0.01)
            for k, x in enumerate(batches):
                if k == stop:
                    kept, weights = steps.state(), {n: v.clone() for n, v in net.state_dict().items()}
                    net = _net()
                    net.load_state_dict(weights)
                    steps = Steps(net, _matrices, (0.9, 0.99), 0.01)
                    steps.load(kept)
                steps.take((net(x) - 1).square().mean(), 0.02)
            return net.state_dict()

        whole, halted = trained(None), trained(3)
        assert all(torch.allclose(whole[k], halted[k], atol=1e-6) for k in whole)
