"""The article's claims by id, and the machine's rulings on them, each decided once a session."""

from functools import cache

from derivations.article import BESIDE, CLAIMS
from gradcheck import Ruling, decide

BY_ID = {claim.id: claim for claim in (*CLAIMS, *BESIDE)}
CORRECTIONS = {claim.correction.id: claim.correction for claim in CLAIMS if claim.correction is not None}
EVERY = BY_ID | CORRECTIONS
"""Whatever has an id: the article's claims, those beside them, and the corrections."""


@cache
def ruling(name: str) -> Ruling:
    return decide(BY_ID[name])
