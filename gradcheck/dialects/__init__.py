"""The ways in which people write a backward pass, each turned into the pullback form at the door.

Nothing behind the door knows of a dialect: a `Layer` always holds ``vjp(*primals) -> (y, pullback)``.
"""
