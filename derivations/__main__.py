"""``python -m derivations``: the article, claim by claim, with the machine's verdict on each."""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.progress import track

from derivations.article import BESIDE, CLAIMS
from gradcheck import Claim, Ruling, Verdict, decide, html

DECIDED, FAILED, UNDECIDED, INTERRUPTED = 0, 2, 3, 130
BESIDE_SECTION = "Beside the article"


def main(arguments: Sequence[str] | None = None) -> int:
    """Decide every claim of the article, print it with its verdict, and return the exit status.

    0 if every claim could be decided (a refuted one is a result, not a failure), 2 if the command
    could not do what it was asked, 3 if a claim could not be decided.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without ∂ is no reason to stop
    parsed = _parser().parse_args(arguments)
    try:
        if parsed.html is not None:
            html.require()  # fail before the work, not after it
        for file in (parsed.json, parsed.html):
            if file is not None:
                file.open("a", encoding="utf-8").close()
        return _annotate(parsed.seed, parsed.json, parsed.html)
    except html.MissingExtra as problem:
        print(f"derivations: {problem}", file=sys.stderr)
        return FAILED
    except OSError as problem:
        print(f"derivations: {problem.filename!r} can't be written: {problem.strerror}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("derivations: interrupted", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m derivations",
        description="Print the article claim by claim: verdict, smallest counterexample, correction.",
        epilog="exit status: 0 every claim was decided, 2 the command could not do what it was asked, "
        "3 a claim could not be decided",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: %(default)s")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the rulings to FILE as JSON")
    parser.add_argument("--html", type=Path, metavar="FILE", help="also write a report to open in a browser")
    return parser


def _annotate(seed: int, file: Path | None, page: Path | None) -> int:
    started = time.perf_counter()
    rulings = list(_decided((*CLAIMS, *BESIDE), seed))
    article, beside = rulings[: len(CLAIMS)], rulings[len(CLAIMS) :]
    for section, group in groupby(article, key=lambda ruling: ruling.claim.section):
        _print_section(section, list(group))
    _print_section(BESIDE_SECTION, beside)
    counted = Counter(ruling.decision.value for ruling in article)
    said = ", ".join(f"{count} {word}" for word, count in counted.items())
    print(f"{len(article)} claims of the article: {said}; seed {seed}, {time.perf_counter() - started:.1f} s")
    if file is not None:
        document = {"seed": seed, "claims": [ruling.as_dict() for ruling in rulings]}
        text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
        file.write_text(text + "\n", encoding="utf-8")
    if page is not None:
        html.write(page, rulings, seconds=time.perf_counter() - started)
    undecided = any(ruling.verdict is Verdict.UNVERIFIED for ruling in rulings)
    return UNDECIDED if undecided else DECIDED


def _decided(claims: Sequence[Claim], seed: int) -> Iterator[Ruling]:
    console = Console(stderr=True)
    for claim in track(claims, "deciding", console=console, transient=True, disable=not console.is_terminal):
        yield decide(claim, seed=seed)


def _print_section(section: str, rulings: Sequence[Ruling]) -> None:
    print(f"{section}\n{'─' * len(section)}\n")
    for ruling in rulings:
        print(f"{ruling}\n")


if __name__ == "__main__":
    raise SystemExit(main())
