"""All the other checkers at once: `PEERS`, name by name."""

from collections.abc import Callable, Mapping

from benchmarks.calibration.peers import autograd, jax, scipy, torch
from benchmarks.calibration.peers.pair import Pair

PEERS: Mapping[str, Callable[[Pair], bool]] = {
    "torch gradcheck, slow": torch.slow,
    "torch gradcheck, fast": torch.fast,
    "jax check_grads": jax.rejects,
    "autograd check_grads": autograd.rejects,
    "scipy check_grad": scipy.rejects,
}
"""Whether each rejects a gradient; in the order of the tables."""
