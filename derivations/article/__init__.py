"""The article itself, machine-checked: one `Claim` for each of its statements that a machine can test.

`CLAIMS` follows the article's order and `BESIDE` holds what it might have added: the same gradients under
true convolution and in the other layout. What the machine finds about a claim is written nowhere here;
``gradcheck.decide(claim)`` says it. A left side differentiates a literal definition, a right side is the
article's formula, and no function of this package is called by both.
"""

from derivations.article import (
    conventions,
    example,
    multichannel,
    pooling,
    recap,
    single_channel,
    unfinished,
)
from gradcheck import Claim

CLAIMS: tuple[Claim, ...] = (
    *recap.CLAIMS,
    conventions.C0,
    example.C1,
    single_channel.C2,
    example.C3,
    single_channel.C4,
    example.C5,
    example.C6,
    single_channel.C7,
    single_channel.C8,
    single_channel.C9,
    *pooling.CLAIMS,
    *multichannel.CLAIMS,
    pooling.P1,
    multichannel.F1,
    *unfinished.CLAIMS,
)
"""Every claim of the article, in its order."""

BESIDE: tuple[Claim, ...] = conventions.BESIDE
"""Claims that stand beside the article's own."""

__all__ = ["BESIDE", "CLAIMS"]
