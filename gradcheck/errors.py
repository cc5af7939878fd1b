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
    """

    def __init__(self, layer: str, role: str, cause: BaseException) -> None:
        self.role = role
        self.cause = cause
        said = str(cause).strip().split("\n")[0]
        super().__init__(f"{role} of {layer!r} raised {type(cause).__name__}" + (f": {said}" if said else ""))


class BrokenContract(NothingToLearn):
    """The layer returned something whose form alone is wrong: a count, a shape, a ``None``."""


class CannotVerify(NothingToLearn):
    """Nothing can be concluded at this example, and the message says why."""
