"""The words for mistakes that have no details."""

from __future__ import annotations

from gradcheck.diagnosis.arrangements import MistakeKey

_SYMMETRIC = '; if the input is always symmetric, say so: tangent={name: "symmetric"}'
_NONLINEAR = "it is not linear in the cotangent of the output"

PLAIN: dict[MistakeKey, str] = {
    ("zero",): "it is zero",
    ("sign",): "it has the wrong sign",
    ("diagonal",): "only the diagonal of the Jacobian is there: each output depends on other entries too",
    ("not transposed",): "it is the Jacobian times the cotangent: it should be the transposed Jacobian",
    ("inverse",): "it is the cotangent times the inverse of the Jacobian",
    ("at output",): "it is the derivative at the output in place of the input",
    (
        "input for output",
    ): "it uses the input where the output belongs: given the output in its place, backward is right",
    ("identity",): "it is the cotangent of the output as it comes, without the derivative",
    (
        "residual",
        "missing",
    ): "the cotangent of the output itself is not added: the direct way around the rest",
    ("residual", "added"): "the cotangent of the output itself is added, which it should not be",
    ("nonlinear",): _NONLINEAR,
    (
        "nonlinear",
        "constant",
    ): f"{_NONLINEAR}: whatever that is makes no difference, it is not multiplied by it",
    ("nonlinear", "scale"): f"{_NONLINEAR}: how large that is makes no difference",
    ("nonlinear", "even"): f"{_NONLINEAR}: the sign of that makes no difference",
    ("nonlinear", "squared"): f"{_NONLINEAR}: it is multiplied by it twice",
    ("nonlinear", "offset"): f"{_NONLINEAR}: something is added that does not depend on it",
    ("unrepeatable",): "it is another one when the pullback is called again with the same cotangent",
    ("mean",): "where several outputs contribute, it is their mean: they should add up",
    ("counted",): "where several outputs contribute, it is multiplied by their number",
    ("float32",): "it is right to float32 only: something casts it on the way",
    ("squared",): "the derivative is squared: it is applied twice",
    ("squared", "even"): "the derivative is squared: it is applied twice",
    ("reciprocal",): "it is divided by the derivative: it should be multiplied by it",
    ("absolute",): "the derivative is taken without its sign",
    ("over all", "first"): "it is the derivative as if all entries of the input were one axis",
    ("over all", "last"): "it is the derivative as if all entries of the input were one axis",
    (
        "symmetrised",
        "mean",
    ): f"it is symmetrised, and forward takes the two triangles of the input for different{_SYMMETRIC}",
    ("symmetrised", "sum"): "it is the sum of itself and its transpose",
    ("symmetrised", "off the diagonal"): "it is the sum of itself and its transpose, but on the diagonal",
    ("triangle", "lower"): "only the lower triangle is there: forward reads the upper one too",
    ("triangle", "upper"): "only the upper triangle is there: forward reads the lower one too",
    ("folded", "lower"): "both triangles are added up in the lower one",
    ("folded", "upper"): "both triangles are added up in the upper one",
    (
        "held constant",
        "mean and variance",
    ): "mean and variance are held constant: they depend on the input too",
    ("held constant", "mean"): "the mean is held constant: it depends on the input too",
    ("held constant", "variance"): "the variance is held constant: it depends on the input too",
    ("held constant", "norm"): "the norm is held constant: it depends on the input too",
    ("held constant", "total"): "the total is held constant: it depends on the input too",
    ("terms missing",): "some of the Jacobian's terms are missing, the others are right",
    ("terms added",): "the Jacobian's terms are right, and others are there that should be zero",
}
