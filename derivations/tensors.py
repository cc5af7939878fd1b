"""The fourth-order derivatives of convolution as Einstein sums of Kronecker deltas (A2).

The article stops before this appendix. A repeated letter is summed; δ[a,b] is 1 where a = b, else 0. Where
an operand slides, index k of the larger one is i + p, of the output and of the smaller operand:

    D[k,i,p] = δ[k, i+p],      Y[i,j] = D[k,i,p] D[l,j,q] W[k,l] X[p,q]

so Y = W ⋆ X is bilinear with constant coefficients. An entry's derivative in an entry of its own array is a
product of deltas, ∂X[p,q]/∂X[u,v] = δ[p,u] δ[q,v], and a delta inside a sum renames an index. Hence

    ∂Y[i,j]/∂X[u,v] = D[k,i,p] D[l,j,q] W[k,l] δ[p,u] δ[q,v] = D[k,i,u] D[l,j,v] W[k,l]    (= W[i+u, j+v])
    ∂Y[i,j]/∂W[u,v] = D[k,i,p] D[l,j,q] δ[k,u] δ[l,v] X[p,q] = D[u,i,p] D[v,j,q] X[p,q]    (= X[u−i, v−j])

where an entry outside X counts as 0, as D is 0 there. Contracted with Ȳ[i,j] they are C4 and C7: no pad
and no flip are seen, for both are ways to write D as a ⋆.
"""

import numpy as np

from derivations.types import Array


def dY_dX(W: Array, shape: tuple[int, int]) -> Array:  # noqa: N802 -- the article's symbols
    """Return ∂Y/∂X of Y = W ⋆ X as a tensor (r, s, p, q), for W (h, w) and X of `shape` (p, q)."""
    rows, cols = (_slide(large, small) for large, small in zip(W.shape, shape, strict=True))
    tensor: Array = np.einsum("kiu,ljv,kl->ijuv", rows, cols, W)
    return tensor


def dY_dW(shape: tuple[int, int], X: Array) -> Array:  # noqa: N802
    """Return ∂Y/∂W of Y = W ⋆ X as a tensor (r, s, h, w), for W of `shape` (h, w) and X (p, q)."""
    rows, cols = (_slide(large, small) for large, small in zip(shape, X.shape, strict=True))
    tensor: Array = np.einsum("uip,vjq,pq->ijuv", rows, cols, X)
    return tensor


def _slide(large: int, small: int) -> Array:
    """Return D[k,i,p] = δ[k, i+p], for k below `large`, p below `small`, and every i at which X fits."""
    k, i, p = np.ogrid[:large, : large - small + 1, :small]
    deltas: Array = np.equal(k, i + p).astype(np.int64)
    return deltas
