"""The mathematics of docstrings, as MathML: what is written in plain characters is set as formulas.

The derivations write formulas as indented lines: ``∂c/∂X[p,q] = Σ_ij W[p+i, q+j] ∂c/∂Y[i,j]   (C4)``.
Brackets right behind a name are indices, a slash without spaces is a fraction, two spaces part columns, and
a word is a word. What is here knows that notation and no other.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from html import escape

from gradcheck.html.mathematics import mathml

TOKEN = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<word>(?:(?![\u00b2\u00b3\u00b9\u2070-\u209f\u1d40\u2211\u03a3])[^\W\d_][\u0300-\u036f]*)+)"
    r"|(?P<space>\s+)"
    r"|(?P<sign>.)",
    re.DOTALL,
)
FUNCTIONS = {
    *("log", "exp", "tanh", "sech", "max", "argmax", "softmax", "diag", "pad", "flip", "mean", "cell", "erf"),
    *("erfc", "pullback", "reshape"),
}
SCRIPTS = {
    **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)),
    **{"ᵀ": "T", "⁻": "−", "″": "″", "′": "′", "'": "′", "°": "∘", "*": "∗"},
}
"""What stands above the line, as it is set."""
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
CLOSING = {"(": ")", "[": "]", "{": "}"}
ACCENTS = {"\u0304": "¯", "\u0303": "~", "\u0302": "^", "\u0307": "˙"}
MARK = re.compile(r"\s{2,}\(([A-Z]\d+(?:, [A-Z]\d+)*)\)$")
"""The claims that a line is, at its end."""
NAMED = re.compile(r"\s*[A-Z]\d+  ")
"""The claim of which a paragraph speaks."""
WORDY = 4
"""A cell with so many words is a sentence, not a formula."""


@dataclass
class _Term:
    """One piece of a formula, with what stands before it."""

    text: str
    is_spaced: bool
    is_operand: bool


class _Formula:
    """A formula being read."""

    def __init__(self, text: str) -> None:
        self.tokens = [
            (kind, found[kind])
            for found in TOKEN.finditer(unicodedata.normalize("NFD", text))
            if (kind := found.lastgroup) is not None
        ]
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1][1]

    def row(self, closing: str = "") -> str:
        """Read as far as a closing bracket, and set fractions on the way."""
        terms: list[_Term] = []
        spaced = False
        while self.at < len(self.tokens) and not (closing and self.peek() == closing):
            if self.kind() == "space":
                self.take()
                spaced = True
                continue
            if (
                self.peek() == "/"
                and not spaced
                and terms
                and terms[-1].is_operand
                and self._has_denominator()
            ):
                self.take()
                above = self._run_back(terms)
                below = self._run()
                terms.append(
                    _Term(
                        f"<mfrac>{_mrow(_bare(above.text))}{_mrow(_bare(below))}</mfrac>",
                        above.is_spaced,
                        True,
                    )
                )
                spaced = False
                continue
            text, is_operand = self.term()
            terms.append(_Term(text, spaced, is_operand))
            spaced = False
        return "".join(_space(term, before) for before, term in zip([None, *terms], terms, strict=False))

    def _has_denominator(self) -> bool:
        after = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else ("space", "")
        return after[0] in ("number", "word") or after[1] in "(∂√"

    def _run_back(self, terms: list[_Term]) -> _Term:
        """Take back what stands before a slash without a space between."""
        last = terms.pop()
        while not last.is_spaced and terms and terms[-1].is_operand:
            before = terms.pop()
            last = _Term(before.text + last.text, before.is_spaced, True)
        return last

    def _run(self) -> str:
        """Read what stands behind a slash, as far as a space or a sign."""
        text = ""
        while self.kind() in ("number", "word") or (self.peek() and self.peek() in "(∂√"):
            text += self.term()[0]
        return text

    def term(self) -> tuple[str, bool]:
        """Read one piece with its indices and exponents, and return whether it may be divided."""
        kind, text = self.kind(), self.take()
        if kind == "number":
            return self.scripts(f"<mn>{text}</mn>"), True
        if kind == "word":
            return self.scripts(_name(text)), True
        if text == "∂":
            inner = self.term()[0] if self.kind() == "word" else ""
            return f"<mrow><mo>∂</mo>{inner}</mrow>", True
        if text == "√":
            return f"<msqrt>{_bare(self.term()[0])}</msqrt>", True
        if text in CLOSING:
            inner = self.row(CLOSING[text])
            if self.peek() == CLOSING[text]:
                self.take()
                closing = CLOSING[text]
            else:
                closing = ""
            group = f"<mrow><mo>{text}</mo>{inner}<mo>{closing}</mo></mrow>"
            return self.scripts(group), True
        if text == "|":
            inner = self.row("|")
            if self.peek() == "|":
                self.take()
                return self.scripts(f"<mrow><mo>|</mo>{inner}<mo>|</mo></mrow>"), True
            return f"<mo>|</mo>{inner}", False
        if text == "Σ":
            return self.scripts('<mo largeop="true" movablelimits="false">∑</mo>', is_large=True), False
        return f"<mo>{escape(text)}</mo>", False

    def scripts(self, base: str, *, is_large: bool = False) -> str:
        below, above = "", ""
        while self.at < len(self.tokens):
            sign = self.peek()
            if sign == "_":
                self.take()
                below += self._script()
            elif sign == "[" and not is_large:
                self.take()
                below += self.row("]")
                if self.peek() == "]":
                    self.take()
            elif sign == "^":
                self.take()
                above += self._script()
            elif sign and all(c in SCRIPTS for c in sign) and not (sign == "*" and self._is_product()):
                self.take()
                above += f"<mo>{''.join(SCRIPTS[c] for c in sign)}</mo>"
            elif sign and all(c in LOWERED for c in sign):
                self.take()
                below += f"<mn>{''.join(LOWERED[c] for c in sign)}</mn>"
            else:
                break
        if is_large and below:
            return f"<munder>{base}{_mrow(below)}</munder>"
        if below and above:
            return f"<msubsup>{base}{_mrow(below)}{_mrow(above)}</msubsup>"
        if below:
            return f"<msub>{base}{_mrow(below)}</msub>"
        return f"<msup>{base}{_mrow(above)}</msup>" if above else base

    def _is_product(self) -> bool:
        """Return whether an asterisk stands between two operands, and not behind one."""
        return self.at + 1 < len(self.tokens) and self.tokens[self.at + 1][0] == "word"

    def _script(self) -> str:
        sign = f"<mo>{self.take()}</mo>" if self.peek() and self.peek() in "−+" else ""
        if self.kind() == "word" and not sign:
            word = self.take()
            text = "".join(_name(letter) for letter in _letters(word)) if len(word) < 4 else _name(word)
            while self.peek() == "'":
                self.take()
                text += "<mo>′</mo>"
                if self.kind() == "word":  # Σ_p'q'
                    text += _name(self.take())
            if self.peek() == "[":  # e^x[k]: the index is that of the exponent
                self.take()
                text = f"<msub>{_mrow(text)}{_mrow(self.row(']'))}</msub>"
                if self.peek() == "]":
                    self.take()
            return text
        return sign + (_bare(self.term()[0]) if self.at < len(self.tokens) else "")


def _letters(word: str) -> list[str]:
    return re.findall(r".[\u0300-\u036f]*", word)


def _name(word: str) -> str:
    letters = _letters(word)
    if len(letters) == 1:
        base, accents = f"<mi>{letters[0][0]}</mi>", letters[0][1:]
        for accent in accents:
            base = (
                f'<mover accent="true">{base}<mo stretchy="false">{ACCENTS.get(accent, accent)}</mo></mover>'
            )
        return base
    if word in FUNCTIONS:
        return f'<mi mathvariant="normal">{word}</mi>'
    if all(unicodedata.category(c) in ("Lu", "Ll", "Mn", "Lm") for c in word) and len(letters) > 1:
        if word[-1] == "ᵀ":
            return f"<msup>{_mrow(_name(word[:-1]))}<mo>T</mo></msup>"
        if len(letters) == 2 and letters[0] in "∂Δδ":
            return _name(letters[0]) + _name(letters[1])
        if any("α" <= c <= "ω" for c in word) and len(letters) < 4:
            return "".join(map(_name, letters))
    return f"<mtext>{escape(unicodedata.normalize('NFC', word))}</mtext>"


def _space(term: _Term, before: _Term | None) -> str:
    """Return a term, with a gap before it where two words or two factors would run together."""
    if before is None or not term.is_spaced:
        return term.text
    if "<mtext>" in before.text[-60:] or term.text.startswith("<mtext>"):
        return f"<mspace width='0.35em'/>{term.text}"
    return f"<mspace width='0.15em'/>{term.text}" if term.is_operand and before.is_operand else term.text


def _mrow(text: str) -> str:
    return f"<mrow>{text}</mrow>"


def _bare(text: str) -> str:
    """Return a group without its parentheses, where a fraction or a root holds it together."""
    found = re.fullmatch(r"<mrow><mo>\(</mo>(.*)<mo>\)</mo></mrow>", text, re.DOTALL)
    return found[1] if found and _is_balanced(found[1]) else text


def _is_balanced(text: str) -> bool:
    depth = 0
    for sign in re.findall(r"<mo>([()])</mo>", text):
        depth += 1 if sign == "(" else -1
        if depth < 0:
            return False
    return depth == 0


def formula(text: str) -> str:
    """Return one formula as MathML."""
    return f'<math displaystyle="true">{_mrow(_Formula(text).row())}</math>'


def latex(text: str) -> str:
    """Return one formula of LaTeX as MathML."""
    return f'<div class="formula">{mathml(text)}</div>'


def _is_prose(cell: str) -> bool:
    words = re.findall(r"(?<![\w[])[a-z]{2,}(?![\w(])", cell)
    return len([word for word in words if word not in FUNCTIONS]) >= WORDY


def _cell(text: str) -> str:
    if not text:
        return "<td></td>"
    return f"<td>{escape(text) if _is_prose(text) else formula(text)}</td>"


def _sides(cell: str) -> list[str]:
    """Return the two sides of an equation, so that signs of equality stand below each other."""
    depth = 0
    for place, sign in enumerate(cell):
        depth += (sign in "([") - (sign in ")]")
        if depth == 0 and cell.startswith("= ", place):
            return [cell[:place].strip(), cell[place:]] if place else [cell]
    return [cell]


def display(lines: list[str]) -> str:
    """Return indented lines of a docstring as a table of formulas, or as sentences where they are these."""
    if NAMED.match(lines[0]):
        return _sentences(lines)
    splits = any(re.search(r"(?:^|\s{2})\s*= ", line) for line in lines)
    rows: list[tuple[list[str], str]] = []
    for line in lines:
        mark = MARK.search(line)
        cells = re.split(r"\s{2,}", (line[: mark.start()] if mark else line).strip())
        if splits:
            start = [""] if cells[0].startswith("= ") else []  # a line that goes on with the one above
            cells = start + [part for cell in cells for part in _sides(cell)]
        rows.append((cells, mark[1] if mark else ""))
    width = max(len(cells) for cells, _ in rows)
    body = "".join(
        "<tr>"
        + "".join(map(_cell, [*cells, *[""] * (width - len(cells))]))
        + f'<td class="id">{f"({mark})" if mark else ""}</td></tr>'
        for cells, mark in rows
    )
    return f'<div class="formula"><table class="equations">{body}</table></div>'


def _sentences(lines: list[str]) -> str:
    indent = min(len(line) - len(line.lstrip()) for line in lines)
    paragraphs: list[str] = []
    for line in lines:
        if len(line) - len(line.lstrip()) == indent or not paragraphs:
            paragraphs.append(line.strip())
        else:
            paragraphs[-1] += " " + line.strip()
    return "\n\n".join(f"> {_plain(re.sub(r' {2,}', ': ', p, count=1))}" for p in paragraphs)


def _plain(text: str) -> str:
    """Return prose of a docstring as Markdown: what is no code means no markup."""
    parts = re.split(r"(``?[^`]+``?)", text)
    return "".join(
        p if p.startswith("`") else re.sub(r"(?<!\w)\*(\w+)\*|([*_\[\]])", _escaped, p.replace("<", "&lt;"))
        for p in parts
    )


def _escaped(found: re.Match[str]) -> str:
    return f"*{found[1]}*" if found[1] else f"\\{found[2]}"


def docstring(text: str) -> str:
    """Return a docstring as Markdown: its title, its paragraphs, and its formulas typeset."""
    parts: list[str] = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.splitlines()
        groups: list[tuple[bool, list[str]]] = []
        for line in lines:
            is_indented = line.startswith("    ")
            if not groups or groups[-1][0] != is_indented:
                groups.append((is_indented, []))
            groups[-1][1].append(line)
        for is_indented, group in groups:
            parts.append(display(group) if is_indented else _plain("\n".join(group)))
    return "\n\n".join(parts)
