"""What goes wrong: in the record that somebody wrote, or in the functions that it holds."""


class MalformedLayer(TypeError):  # noqa: N818 -- the public name
    """A `Layer` record contradicts itself or its functions; the sentence names what and where."""


class MalformedClaim(TypeError):  # noqa: N818 -- the public name
    """A `Claim` record contradicts itself; the sentence names what and where."""


class NothingToLearn(Exception):  # noqa: N818 -- it reports a finding, not a fault of ours
    """At this example nothing can be learnt; the three ways in which that happens are below."""


class LayerRaised(NothingToLearn):
    """The user's own function raised while a check called it.

    Parameters
    ----------
    layer
        The layer's name.
    role
        Which function raised: ``"forward"``, ``"vjp"``, ``"pullback"``, ``"oracle"``, ``"cases"`` or
        ``"where"``.
    cause
        The exception that came out of it.
    hint
        What follows its words: how to mend it, where that is known.
    """

    def __init__(self, layer: str, role: str, cause: BaseException, hint: str = "") -> None:
        self.role = role
        self.cause = cause
        text = _first_line(cause)
        super().__init__(
            f"{role} of {layer!r} raised {type(cause).__name__}" + (f": {text}" if text else "") + hint
        )


def _first_line(cause: BaseException) -> str:
    try:
        first, _, rest = str(cause).strip().partition("\n")
    except Exception:  # a class whose own words raise
        return ""
    following = rest.strip().partition("\n")[0]
    return f"{first} {following}" if first.endswith(":") and following else first


def is_control(cause: BaseException) -> bool:
    """Return whether an exception steers the run and says nothing of the user's function.

    That is an interrupt from the keyboard, and what this package, Hypothesis and pytest raise themselves. Any
    other is the function's own: `SystemExit` too, and what Hypothesis says of a strategy's arguments.
    """
    if isinstance(cause, KeyboardInterrupt | GeneratorExit):
        return True
    kind = type(cause)
    tool = kind.__module__.partition(".")[0] in ("gradcheck", "hypothesis", "_pytest")
    return tool and kind.__name__ != "InvalidArgument"


class BrokenContract(NothingToLearn):
    """The layer returned something whose form alone is wrong: a count, a shape, a ``None``."""


class CannotVerify(NothingToLearn):
    """Nothing can be concluded at this example, and the message says why."""


class NotFinite(CannotVerify):
    """An output, or a derived cotangent, is not finite at this example."""


class EndlessCall(CannotVerify):
    """A function does not end in a precision that its layer was not given."""
