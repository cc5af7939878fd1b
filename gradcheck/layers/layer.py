"""`Layer`: a forward map, its derived gradient, and how to draw inputs for both. Data, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from gradcheck._util import leaves
from gradcheck.errors import MalformedLayer
from gradcheck.layers import functional as functional
from gradcheck.layers import jacobians, jaxes, torch_layers, validation
from gradcheck.layers.constraints import Projection
from gradcheck.layers.foreign import ForeignArrays, foreign_arrays
from gradcheck.layers.framework import Framework
from gradcheck.layers.objects import Module, Place
from gradcheck.layers.pytorch import TorchFunction
from gradcheck.layers.shapes import call_with_known, fits
from gradcheck.types import Pullback


@dataclass(frozen=True, repr=False)
class Layer:
    """A function and its derived gradient, side by side, ready to be checked.

    Parameters
    ----------
    forward
        ``forward(*primals, **options) -> y``: an array or number, or a tuple, list or dict of them.
        Inputs may be nested likewise; at a point, a list of numbers is an array, unless `shapes` declares
        a list.
    vjp
        ``vjp(*primals, **options) -> (y, pullback)`` with ``pullback(y_bar) -> (x_bar, ...)``:
        one cotangent for each primal, in order, ``None`` for each of `constants` (or without them).
        ``y_bar`` has the structure of ``y``, a cotangent that of its primal; a single one may come
        bare, a list counts as a tuple, and a dict by the inputs' names will do. The cotangent of a
        complex z is ∂c/∂Re z + i ∂c/∂Im z.
    name
        What reports call it; the forward function's name if left out.
    shapes
        The inputs' names and shapes in order, such as ``{"x": "n i", "w": "i o", "b": "o"}``:
        equal letters are equal sizes, ``"g*i"`` and ``"h+p-1"`` are computed from others, ``"..."`` is
        any shape, ``""`` a scalar. A nested input has a nested shape: ``{"params": {"W": "i o", "b": "o"}}``.
    sizes
        The least and the largest size of a letter, ``{"n": (1, 64)}``. Without it, most sizes are at most 4,
        several at once reach 9, and single ones 33; a size of 0 is drawn where the range has it, or there is
        no range.
    where
        A predicate over sizes and options, which it names as its parameters:
        ``lambda h, p, padding: p <= h + 2 * padding``.
    options
        Keyword arguments of `forward` and `vjp`, each with the values to sweep:
        ``{"stride": (1, 2, 3)}``. A value may be anything; every call gets a copy of its own, so that a
        generator is in the same state for each. What can't be copied, as a lock, is passed as it is.
    cases
        In place of `shapes`: any Hypothesis strategy of ``(primals, options)``, or a function
        that returns one, so that a module with layers need not load Hypothesis.
    domain
        Closed bounds of an input's values: ``{"x": (0.1, 4.0)}``, for integers also by sizes:
        ``{"labels": (0, "k-1")}``. Without bounds, values of any sign and of magnitudes from 1e-8
        to 1e8 are drawn.
    constants
        Inputs without a derivative; their cotangent is ``None``. They may be anything: a sparse matrix, a
        table, a string.
    dtype
        Of the inputs that are drawn: ``"float64"``, ``"float32"``, ``"complex128"`` or ``"complex64"``,
        for all or for each by name; ``{"labels": "int64"}`` for integers and ``{"mask": "bool"}``, which have
        no derivative.
    oracle
        An independent implementation, ``oracle(*primals, **options) -> (y, pullback)``;
        ``pullback`` is ``None`` where only the forward map has one.
    reference
        A plain implementation in the form of `vjp`, for a function that computes in a narrower type than
        float64: the plain one is called in float64, and what moves of one unit in the last place of the
        narrow type do to it says how far the two may differ.
    surrogate
        The function whose gradient backward is meant to be, where that is not forward: the identity for a
        straight-through estimator, ``lambda x: -x`` for a gradient reversal, a smooth step for a spiking
        neuron. It is called as forward is, and returns what has forward's shape. What measures a gradient
        measures this function's; all other checks are of forward itself.
    jvp
        ``jvp(primals, tangents, **options) -> (y, y_dot)``, if the layer has one.
    traits
        What is known of `forward`: ``"multilinear"`` (affine in each input while the others are
        fixed), ``"piecewise-linear"`` (one elementary such operation, as ReLU or max-pooling),
        ``"smooth"`` (no kinks), ``"analytic"`` (smooth, and it computes with complex numbers too).
        The first two are checked with integers, bit for bit; the last by complex steps.
    batch
        The letter of `shapes` that counts samples which do not influence each other.
    state
        Options that hold state which the functions may change, such as running statistics;
        every call gets a copy.
    sparsity
        ``sparsity(*shapes, **options)`` returns for each input which entries of its Jacobian may differ
        from zero: two integer arrays, of positions in the raveled output and in the raveled input, or a
        `scipy.sparse` array of them; None for an input whose Jacobian is dense. It serves
        ``check(…, jacobian=True)`` alone, and is not trusted there.
    exempt
        Checks that are left out, each with the reason: ``{"layout": "callers pass C order"}``. Every report
        shows them, and says of one that is not needed that it is stale.
    accuracy
        The relative accuracy to which forward or its gradient is computed, if it is an approximation (an
        iteration, an ODE solver, ``log(p + 1e-7)``): ``1e-6`` for all inputs, or ``{"x": 1e-6}``. Smaller
        differences count as agreement, and are told.
    nondeterministic
        How far repeated calls may be apart, relative to the largest entry of what they return: ``1e-6`` for
        sums in no fixed order, as atomic operations on accelerators make them. Such a layer need not
        return the same bits again, and whatever compares two calls allows so much.
    tangent
        Inputs that live on a constraint: ``{"a": "symmetric"}`` or ``"skew"`` (of the last two axes),
        ``"simplex"`` (the last axis adds up to one), or a function that projects a direction onto those that
        stay on it. Such inputs move along it only, and their cotangent is compared along it only.
    arrays
        Whose arrays `forward`, `vjp` and `jvp` take and return: ``"numpy"``, ``"torch"`` (tensors on the CPU,
        which autograd need not know), ``"cupy"``, a namespace of the array API standard, or a pair of
        functions ``(to, back)`` that convert one array.
    module
        The object behind the functions, where `from_module` made them.
    framework
        The function of PyTorch or JAX behind the functions, where `from_torch` or `from_jax` made them.

    Raises
    ------
    MalformedLayer
        If the record contradicts itself; the sentence names the field, what came and what was expected.

    Examples
    --------
    >>> from gradcheck import Layer, check
    >>> square = Layer(lambda x: x * x, lambda x: (x * x, lambda y_bar: 2 * x * y_bar), shapes={"x": "n"})
    >>> print(check(square).verdict)
    CORRECT
    """

    forward: Callable[..., Any]
    vjp: Callable[..., tuple[Any, Pullback]]
    name: str = field(default="", kw_only=True)
    shapes: Mapping[str, Any] | None = field(default=None, kw_only=True)
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict, kw_only=True)
    where: Callable[..., bool] | None = field(default=None, kw_only=True)
    options: Mapping[str, Sequence[Any]] = field(default_factory=dict, kw_only=True)
    cases: Any = field(default=None, kw_only=True)
    domain: Mapping[str, tuple[Any, Any]] = field(default_factory=dict, kw_only=True)
    constants: Collection[str] = field(default=(), kw_only=True)
    dtype: str | Mapping[str, str] = field(default="float64", kw_only=True)
    oracle: Callable[..., tuple[Any, Pullback | None]] | None = field(default=None, kw_only=True)
    reference: Callable[..., tuple[Any, Pullback]] | None = field(default=None, kw_only=True)
    surrogate: Callable[..., Any] | None = field(default=None, kw_only=True)
    jvp: Callable[..., tuple[Any, Any]] | None = field(default=None, kw_only=True)
    traits: Collection[str] = field(default=(), kw_only=True)
    batch: str = field(default="", kw_only=True)
    state: Collection[str] = field(default=(), kw_only=True)
    sparsity: Callable[..., Sequence[Any]] | None = field(default=None, kw_only=True)
    exempt: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    accuracy: float | Mapping[str, float] = field(default=0.0, kw_only=True)
    nondeterministic: float = field(default=0.0, kw_only=True)
    tangent: Mapping[str, str | Projection] = field(default_factory=dict, kw_only=True)
    arrays: Any = field(default="numpy", kw_only=True)
    module: Module | None = field(default=None, kw_only=True)
    framework: Framework | None = field(default=None, kw_only=True)

    def __new__(cls, *_: Any, **fields: Any) -> Layer:
        """Refuse a keyword that is no field, and list those that are, whichever way the layer is made."""
        unknown = validation.describe_unknown(fields, cls.__dataclass_fields__)
        if unknown:
            raise TypeError(unknown)
        return super().__new__(cls)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or getattr(self.forward, "__name__", "layer"))
        complaint = validation.complaint(self)
        if complaint:
            raise MalformedLayer(complaint)
        # Copies, so that a dict the caller goes on changing cannot change a frozen record.
        for name in ("shapes", "sizes", "options", "domain", "exempt", "tangent"):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else dict(value))
        object.__setattr__(self, "constants", tuple(self.constants))
        self._convert_arrays()
        object.__setattr__(self, "state", tuple(self.state))
        object.__setattr__(self, "traits", frozenset(self.traits))

    def __repr__(self) -> str:
        """Return one line, which pytest shows above a failing test: the name, and the inputs' shapes."""
        shapes = ", ".join(f"{name} ({', '.join(s.split())})" for name, s in self.leaf_shapes.items())
        return f"<Layer {self.name!r}: {shapes}>" if shapes else f"<Layer {self.name!r}>"

    def _convert_arrays(self) -> None:
        """Let the functions take NumPy's arrays, unless they do already, as in a copy of a record they do."""
        found = self.foreign_arrays
        if found is None or getattr(self.forward, "converts_arrays", False):
            return
        if self.module is not None or self.framework is not None:
            others = "from_module, from_torch and from_jax have their own"
            message = f"Layer {self.name!r}: arrays= is for functions on arrays; {others}"
            raise MalformedLayer(message)
        object.__setattr__(self, "forward", found.convert_forward(self.forward))
        self.forward.converts_arrays = True  # type: ignore[attr-defined]
        object.__setattr__(self, "vjp", found.convert_vjp(self.vjp))
        if self.surrogate is not None:
            object.__setattr__(self, "surrogate", found.convert_forward(self.surrogate))
        if self.jvp is not None:
            object.__setattr__(self, "jvp", found.convert_jvp(self.jvp))

    @property
    def library(self) -> Framework | ForeignArrays | None:
        """What computes with other arrays than NumPy's, and rounds in its own way; None for NumPy's."""
        return self.framework or self.foreign_arrays

    @cached_property
    def foreign_arrays(self) -> ForeignArrays | None:
        """How arrays are converted for the functions; None where these take NumPy's."""
        return foreign_arrays(self.arrays)

    @classmethod
    def from_pullback(cls, vjp: Callable[..., tuple[Any, Pullback]], **fields: Any) -> Layer:
        """Make a layer of ``vjp(*primals) -> (y, pullback)`` alone, whose y is forward's.

        Parameters
        ----------
        vjp
            As the record's field; without a forward of its own nothing tells a wrong y.
        **fields
            The record's other fields.

        Raises
        ------
        MalformedLayer
            As `Layer` does.
        """
        return cls(functional.forward_of(vjp), vjp, **fields)

    @classmethod
    def from_backward(cls, forward: Callable[..., Any], backward: Callable[..., Any], **fields: Any) -> Layer:
        """Make a layer of ``forward(*primals)`` and ``backward(y_bar, *primals)``.

        Parameters
        ----------
        forward
            ``forward(*primals, **options) -> y``.
        backward
            ``backward(y_bar, *primals, **options) -> (x_bar, ...)``.
        **fields
            The record's other fields, as in `Layer`.

        Raises
        ------
        MalformedLayer
            As `Layer` does.
        """
        return cls(forward, functional.pullback_from_backward(forward, backward), **fields)

    @classmethod
    def from_cached(cls, forward: Callable[..., Any], backward: Callable[..., Any], **fields: Any) -> Layer:
        """Make a layer of a forward that hands a cache to its backward.

        Parameters
        ----------
        forward
            ``forward(*primals, **options) -> (y, cache)``, or ``(y, z, ..., cache)`` with several outputs.
        backward
            ``backward(y_bar, cache) -> (x_bar, ...)``, or ``backward(y_bar, z_bar, ..., cache)``.
        **fields
            The record's other fields. A configuration that forward takes is an option:
            ``options={"conf": ({"stride": 1}, {"stride": 2})}``.

        Raises
        ------
        MalformedLayer
            As `Layer` does.
        """
        return cls(*functional.from_cached(forward, backward), **fields)

    @classmethod
    def from_gradient(
        cls, forward: Callable[..., Any], gradient: Callable[..., Any] | None = None, **fields: Any
    ) -> Layer:
        """Make a layer of a loss, whose gradient takes no cotangent.

        Parameters
        ----------
        forward
            ``forward(*primals, **options) -> c``, a number; without `gradient`
            ``forward(*primals, **options) -> (c, gradients)``.
        gradient
            ``gradient(*primals, **options) -> (∂c/∂x, ...)``.
        **fields
            The record's other fields.

        Raises
        ------
        MalformedLayer
            As `Layer` does.
        """
        return cls(*functional.from_gradient(forward, gradient), **fields)

    @classmethod
    def from_module(
        cls,
        factory: Callable[..., Any],
        *,
        parameters: Mapping[str, tuple[Place, Place]] | None = None,
        forward: str = "forward",
        backward: str = "backward",
        accumulates: bool = False,
        keeps: Collection[Place] = (),
        **fields: Any,
    ) -> Layer:
        """Make a layer of objects whose methods ``forward`` and ``backward`` keep gradients in them.

        The primals are the inputs of the method `forward`, then the parameters.

        Parameters
        ----------
        factory
            Makes a new object. It is given those sizes, options and parameters that it names:
            ``lambda i, o: Linear(i, o)``. Other options go to the method `forward`.
        parameters
            For each parameter the place of its value and that of its gradient, such as
            ``{"W": ("params['W']", "grads['W']"), "b": ("b", "db")}``: attributes and keys as one
            writes them after ``layer.``, or functions of the object that return them.
        forward, backward
            The methods' names. A backward without parameters is that of a loss.
        accumulates
            Whether each call of `backward` adds to the gradients of the earlier ones.
        keeps
            Places that forward and backward must leave alone, such as ``"training"`` or, in evaluation
            mode, ``"running_mean"``. Parameters are always among them.
        **fields
            The record's other fields; `shapes` names the inputs and then the parameters.

        Raises
        ------
        MalformedLayer
            As `Layer` does, and if the object has no such method or place; the sentence lists those it has.
        """
        for name, value, kind in (("parameters", parameters or {}, Mapping), ("keeps", keeps, tuple | list)):
            if not isinstance(value, kind):
                text = (
                    "map each parameter to (value, gradient)"
                    if name == "parameters"
                    else "be a tuple of places"
                )
                message = f"{name} must {text}, got {value!r}"
                raise MalformedLayer(message)
        named = dict(parameters or {})
        shapes = fields.get("shapes") or {}
        module = Module(factory, forward, backward, named, bool(accumulates), tuple(keeps), shapes)
        fields.setdefault("name", module.title)
        return cls(*module.functions(), module=module, **fields)

    @classmethod
    def from_jax(
        cls,
        function: Callable[..., Any],
        *,
        jit: bool = True,
        reference: Callable[..., Any] | None = None,
        surrogate: Callable[..., Any] | None = None,
        second_order: bool | None = None,
        **fields: Any,
    ) -> Layer:
        """Make a layer of a function of JAX, whose gradient is `jax.vjp`'s.

        Parameters
        ----------
        function
            ``function(*primals, **options)``: a ``custom_vjp`` or ``custom_jvp``, or anything that JAX
            differentiates. What it takes by ``nondiff_argnums`` is an option or a constant. It computes in
            float64 whatever JAX's configuration.
        jit
            Whether it is compiled, once for each shape; few shapes are drawn then.
        reference
            A plain function of JAX that the function must agree with, as far as its precision goes.
        surrogate
            A function of JAX, whose gradient the function's is meant to be; see `Layer`.
        second_order
            True if the gradient must be differentiable again, False if nobody asks; by default a wrong second
            derivative is told and is no failure.
        **fields
            The record's other fields.

        Raises
        ------
        MalformedLayer
            As `Layer` does; when it is first used, if JAX is not installed.
        """
        settings: dict[str, Any] = {"jit": jit, "second_order": second_order}
        if reference is not None:
            fields["reference"] = jaxes.functions_of_jax(reference, fields, **settings)["vjp"]
        if surrogate is not None:
            fields["surrogate"] = jaxes.functions_of_jax(surrogate, fields, **settings)["forward"]
        return cls(**jaxes.functions_of_jax(function, fields, **settings))

    @classmethod
    def from_jacobian(cls, fun: Callable[..., Any], jac: jacobians.Jac, **fields: Any) -> Layer:
        """Make a layer of a function and its Jacobian, as SciPy's solvers take them: ``jac=``.

        Parameters
        ----------
        fun
            ``fun(x, *args, **options) -> y``.
        jac
            ``jac(x, *args, **options) -> J``, of the shape outputs × inputs (raveled): an array, a
            `scipy.sparse` array or a `scipy.sparse.linalg.LinearOperator`. True if fun returns ``(y, J)``; a
            tuple of such functions, one for each input; or a function that returns a tuple of Jacobians,
            where `constants` says which inputs have none.
        **fields
            The record's other fields. Unless they say so, what follows x is a constant. The entries that a
            sparse Jacobian stores are its `sparsity`.

        Raises
        ------
        MalformedLayer
            As `Layer` does.
        """
        return cls(**jacobians.from_jacobian(fun, jac, fields))

    @classmethod
    def from_hessian(
        cls,
        gradient: Callable[..., Any],
        hessian: Callable[..., Any] | None = None,
        *,
        hessp: Callable[..., Any] | None = None,
        **fields: Any,
    ) -> Layer:
        """Make a layer of a gradient and the Hessian, as SciPy's solvers take them: ``jac=``, ``hess=``.

        Parameters
        ----------
        gradient
            ``gradient(x, *args, **options) -> g``, in the shape of x.
        hessian
            ``hessian(x, *args, **options) -> H``, symmetric: an array, a `scipy.sparse` array or a
            `scipy.sparse.linalg.LinearOperator`.
        hessp
            ``hessp(x, p, *args, **options) -> H p``, beside `hessian` or instead of it.
        **fields
            The record's other fields. Unless they say so, what follows x is a constant.

        Raises
        ------
        MalformedLayer
            As `Layer` does.
        """
        return cls(**jacobians.from_hessian(gradient, hessian, hessp, fields))

    @classmethod
    def from_torch(
        cls,
        function: Any,
        *,
        device: Any = None,
        reference: Any = None,
        surrogate: Any = None,
        second_order: bool | None = None,
        compiled: bool | str = False,
        autocast: str | None = None,
        vmap: bool = False,
        **fields: Any,
    ) -> Layer:
        """Make a layer of a function on PyTorch's tensors, whose gradient autograd computes.

        Parameters
        ----------
        function
            A ``torch.autograd.Function``, to which options go by position, and whose own ``jvp`` is checked
            if it has one; an operator; a function on
            tensors, ``function(*tensors, **options)``; a ``torch.nn.Module``, or a function that makes one
            and is given the sizes and options that it names. A module's parameters are inputs after the
            others, named as in ``named_parameters()``; its buffers are copied for each call.
        device
            Where tensors live: ``"cpu"`` or ``"cuda"``, or a ``torch.device``. By default where a module's
            own parameters are; the CPU for all else.
        reference
            A plain function on tensors, or anything that `function` may be, that the function must agree
            with, as far as its precision goes; autograd computes its gradient.
        surrogate
            A function on tensors, whose gradient the function's is meant to be; see `Layer`.
        second_order
            True if the gradient must be differentiable again, False if nobody asks; by default a wrong second
            derivative is told and is no failure.
        compiled
            Whether the function must compute the same under ``torch.compile``; or its backend, such as
            ``"aot_eager"``, which traces forward and backward and needs no compiler of C++.
        autocast
            A type such as ``"bfloat16"`` in which ``torch.autocast`` lets operations compute.
        vmap
            Whether the function must compute the same under ``torch.func.vmap``.
        **fields
            The record's other fields. ``dtype`` may also be ``"bfloat16"`` or ``"float16"``: inputs are drawn
            in float32, given as tensors of that type, and compared best with a `reference`.

        Raises
        ------
        MalformedLayer
            As `Layer` does; when it is first used, if PyTorch is not installed.
        """
        settings = {
            "device": device,
            "second_order": second_order,
            "compiled": compiled,
            "autocast": autocast,
            "vmap": vmap,
        }
        if reference is not None:
            found = torch_layers.functions_of_torch(reference, dict(fields), device=device)
            fields["reference"] = found["vjp"]
        if surrogate is not None:
            found = torch_layers.functions_of_torch(surrogate, dict(fields), device=device)
            fields["surrogate"] = found["forward"]
        return cls(**torch_layers.functions_of_torch(function, fields, **settings))

    @property
    def functions(self) -> tuple[Callable[..., Any], ...]:
        """What the user wrote, the derivation first: the VJP and forward; of objects, the factory."""
        return (self.vjp, self.forward) if self.module is None else (self.module.factory,)

    @property
    def is_loss(self) -> bool:
        """Whether the cotangent is the gradient of one number, written without a cotangent of its own."""
        return getattr(self.vjp, "is_loss", False) or (self.module is not None and self.module.is_loss)

    @property
    def in_halves(self) -> bool:
        """Whether inputs are declared to be of half precision."""
        return bool(self.halves)

    @property
    def halves(self) -> frozenset[str]:
        """The types of half precision in which inputs are declared, by name."""
        return frozenset(getattr(self.framework, "halves", {}).values())

    @property
    def words_for_products(self) -> tuple[str, str]:
        """What the user calls the VJP and the JVP: both may be made of a Jacobian, or of a Hessian."""
        words: tuple[str, str] = getattr(self.jvp, "words", ("vjp", "jvp"))
        return words

    @property
    def vjp_calls_forward(self) -> bool:
        """Whether the primal value of the VJP is what forward returns, since it comes from there."""
        return getattr(self.vjp, "calls", None) is self.forward

    @property
    def is_smooth(self) -> bool:
        """Whether forward is declared to have no kinks."""
        return bool({"smooth", "analytic"}.intersection(self.traits))

    @cached_property
    def leaf_shapes(self) -> dict[str, str]:
        """The declared shape of every leaf of the inputs, by the leaf's name."""
        return dict(found for name, tree in (self.shapes or {}).items() for found in leaves(tree, name))

    def declaration_for(self, name_of_field: str, leaf: str, default: Any) -> Any:
        """Return what a mapping field says of a leaf: under its own name, or that of its input."""
        mapping = getattr(self, name_of_field)
        return mapping.get(leaf, mapping.get(leaf.partition("[")[0], default))

    @property
    def tolerances(self) -> dict[str, float]:
        """What may differ beyond rounding, by the words that declare it, as ``accuracy=1e-06 of 'x'``."""
        accuracies = self.accuracy if isinstance(self.accuracy, Mapping) else {"": self.accuracy}
        found = {_words(name, value): value for name, value in accuracies.items()}
        found[self.nondeterministic_words] = self.nondeterministic
        return {words: value for words, value in found.items() if value > 0.0}

    @property
    def nondeterministic_words(self) -> str:
        """The words that declare by how much repeated calls may differ."""
        return f"nondeterministic={self.nondeterministic:g}"

    def accuracy_of(self, leaf: str) -> tuple[str, float]:
        """Return the words that declare a leaf's accuracy, and the accuracy, 0 for that of its type."""
        if not isinstance(self.accuracy, Mapping):
            return _words("", self.accuracy), float(self.accuracy)
        name = leaf if leaf in self.accuracy else leaf.partition("[")[0]
        value = float(self.accuracy.get(name, 0.0))
        return _words(name, value), value

    def dtype_of(self, leaf: str) -> str:
        """Return the dtype in which a leaf is drawn."""
        return self.dtype if isinstance(self.dtype, str) else self.declaration_for("dtype", leaf, "float64")

    def accepts(self, known: Mapping[str, Any]) -> bool:
        """Return whether these sizes and options make shapes, and `where` accepts them."""
        if not fits(self.leaf_shapes.values(), known):
            return False
        return self.where is None or call_with_known(self.where, known)

    def as_measured(self) -> Layer:
        """Return the layer with its surrogate in place of forward, if it declares one."""
        if self.surrogate is None:
            return self
        vjp = functional.with_surrogate(self.vjp, self.surrogate)
        return replace(self, forward=self.surrogate, vjp=vjp, surrogate=None)

    def with_inputs(self, count: int) -> Layer:
        """Return the layer with so many inputs: of a module, optional ones may be among them."""
        function = self.framework
        if not isinstance(function, TorchFunction) or function.module is None or self.shapes is not None:
            return self
        names = function.names_of(count)
        if names == tuple(function.names):
            return self
        return replace(self, **torch_layers.name_inputs(function, names, self.forward, self.vjp))

    def input_names(self, count: int) -> tuple[str, ...]:
        """Return the names of `count` primals: declared, else the forward's own, else by position."""
        if self.shapes is not None and len(self.shapes) == count:
            return tuple(self.shapes)
        if self.framework is not None and len(self.framework.names) == count:
            return tuple(self.framework.names)  # of a module's parameters, which are no names of Python's
        return functional.names_of(self.forward, count)


def _words(name: str, accuracy: float) -> str:
    return f"accuracy={accuracy:g}" + (f" of {name!r}" if name else "")
