"""The coverage ratchet: every derivation of a module has a check, or a reason why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeAlias

from gradcheck.claims import Claim
from gradcheck.layers import Layer, SourceLine, functions_of, source_line_at, unwrap
from gradcheck.pytest_plugin.reach import Key, follow, key_of
from gradcheck.running import BadTarget, modules_of

BACKWARD = ("vjp", "backward", "bwd", "pullback", "gradient", "grad", "rrule")
FORWARD = ("forward", "fwd")
RULES = {
    "custom_vjp": ("defvjp", "fun", "bwd"),
    "custom_jvp": ("defjvp", "fun", "jvp"),
    "CustomOpDef": ("register_autograd", "_init_fn", "_backward_fn"),
}
"""By the name of the class, since no framework is loaded here: how a rule is registered, and where the object
keeps the function and the rule."""

Functions: TypeAlias = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True)
class Derivation:
    """Something public that has a backward: a function with a twin, a class, or a record of a pair.

    Parameters
    ----------
    module, name
        Where it stands.
    forward
        What it is.
    backward
        What a check must refer to: any of these.
    line
        Where it begins.
    """

    module: str
    name: str
    forward: Key
    backward: frozenset[Key]
    twins: str
    line: SourceLine | None

    @property
    def place(self) -> str:
        """What an exemption calls it."""
        return f"{self.module}:{self.name}"

    @property
    def complaint(self) -> str:
        """What is said of it while it has no check."""
        return (
            f"{self.place} has a backward ({self.twins}), and no Layer of this run refers to it: "
            "check it, or exempt it with a reason in gradcheck_exempt"
        )


@dataclass(frozen=True)
class Exemption:
    """A derivation that needs no check, and why."""

    place: str
    reason: str


def derivations_of(targets: Sequence[str]) -> tuple[Derivation, ...]:
    """Return the derivations of modules, and of the submodules of packages.

    Raises
    ------
    BadTarget
        If a module can't be imported.
    """
    modules = {module.__name__: module for target in targets for module in modules_of(target)}
    found = [
        d
        for module in modules.values()
        for d in (*_pairs(module), *_classes(module), *_records(module), *_rules(module))
    ]
    return tuple(found)


def exemptions_of(texts: Sequence[str], derivations: Sequence[Derivation]) -> tuple[Exemption, ...]:
    """Return what ``gradcheck_exempt`` says.

    Raises
    ------
    BadTarget
        If an exemption has no reason, or names nothing that needs a check.
    """
    exemptions = []
    for text in texts:
        module, _, rest = text.partition(":")
        name, _, reason = rest.partition(":")
        place = f"{module.strip()}:{name.strip()}"
        if not reason.strip():
            message = f"gradcheck_exempt: {text!r} gives no reason; write module:name: why it has no check"
            raise BadTarget(message)
        known = [d.place for d in derivations]
        if place not in known:
            asked = ", ".join(known) or "nothing"
            message = f"gradcheck_exempt: {place!r} names nothing that gradcheck_require asks for: {asked}"
            raise BadTarget(message)
        exemptions.append(Exemption(place, reason.strip()))
    return tuple(exemptions)


def without_check(derivations: Sequence[Derivation], layers: Iterable[Layer]) -> tuple[Derivation, ...]:
    """Return the derivations to whose backward none of these layers refers."""
    stops = {key for d in derivations for key in (d.forward, *d.backward)}
    held = follow([function for layer in layers for function in functions_of(layer)], stops)
    return tuple(d for d in derivations if not d.backward & held)


def _pairs(module: ModuleType) -> Iterator[Derivation]:
    """Return the functions with a twin: ``f`` and ``f_vjp``, ``forward_f`` and ``backward_f``, …"""
    own = {name: value for name, value in vars(module).items() if _is_function_of(module, value)}
    twins: dict[str, list[str]] = {}
    for name in own:
        stem = _stem(name.lstrip("_"), BACKWARD)
        if stem is not None:
            twins.setdefault(stem, []).append(name)
    for name, value in own.items():
        if name.startswith("_") or _stem(name, BACKWARD) is not None:
            continue
        stem = _stem(name, FORWARD)
        found = twins.get(name if stem is None else stem, [])
        if found:
            yield _derivation(module, name, value, [own[twin] for twin in found], ", ".join(found))


def _classes(module: ModuleType) -> Iterator[Derivation]:
    for name, value in vars(module).items():
        own = isinstance(value, type) and value.__module__ == module.__name__ and not name.startswith("_")
        if own and all(callable(getattr(value, method, None)) for method in ("forward", "backward")):
            # A layer of a torch.autograd.Function holds its functions; an inherited one is of another class.
            own_functions = [vars(value)[m].__func__ for m in ("backward", "forward") if _is_static(value, m)]
            yield _derivation(module, name, value, [value, *own_functions[:1]], "a method")


def _records(module: ModuleType) -> Iterator[Derivation]:
    """Return the variables that hold a pair of functions under the names forward and backward, or vjp."""
    for name, value in vars(module).items():
        if name.startswith("_") or isinstance(value, type | ModuleType | Layer | Claim) or callable(value):
            continue
        held = value if isinstance(value, Mapping) else _fields(value)
        backward = next((held[word] for word in ("backward", "vjp") if callable(held.get(word))), None)
        if backward is not None and callable(held.get("forward")):
            yield _derivation(module, name, held["forward"], [backward], "a field")


def _rules(module: ModuleType) -> Iterator[Derivation]:
    """Return the functions of JAX, and operators of PyTorch, for which a gradient is registered by hand."""
    for name, value in vars(module).items():
        names = RULES.get(type(value).__name__)
        if names is None or name.startswith("_"):
            continue
        how, forward, backward = names[0], *(getattr(value, part, None) for part in names[1:])
        if callable(forward) and callable(backward) and forward.__module__ == module.__name__:
            yield _derivation(module, name, forward, [backward, forward], how)


def _is_static(kind: type, name: str) -> bool:
    return isinstance(vars(kind).get(name), staticmethod)


def _fields(value: Any) -> dict[str, Any]:
    """Return what an object holds itself under the names of a pair; its class's methods are the class's."""
    names = ("forward", "backward", "vjp")
    return {n: getattr(value, n, None) for n in names if not callable(getattr(type(value), n, None))}


def _derivation(
    module: ModuleType, name: str, forward: Any, backward: Sequence[Any], twins: str
) -> Derivation:
    keys = frozenset(key_of(unwrap(function)) for function in backward)
    return Derivation(
        module.__name__, name, key_of(unwrap(forward)), keys, twins, source_line_at(unwrap(forward))
    )


def _is_function_of(module: ModuleType, value: Any) -> bool:
    if isinstance(value, type) or not callable(value):
        return False
    function = unwrap(value)
    return hasattr(function, "__code__") and function.__module__ == module.__name__


def _stem(name: str, words: Sequence[str]) -> str | None:
    """Return a name without the word that begins or ends it, or None where none does."""
    for word in words:
        if name == word:
            return ""
        if name.endswith(f"_{word}"):
            return name.removesuffix(f"_{word}")
        if name.startswith(f"{word}_"):
            return name.removeprefix(f"{word}_")
    return None
