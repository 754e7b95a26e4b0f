"""From many observations to one value per field, with the proofs it passed and an honest state.

Order of trust: the electronic original, a QR code, optical readers. A field is *proven* only when a
second, independent piece of evidence agrees: arithmetic, 大写, a check character, the QR code, the
same value printed twice, or two different recognisers. A single reader's score, however high,
makes a field at most *likely*: 43.00 was once read as 40.30 with a score of 0.999.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from mobile_hrp.domain.receipts import grammar, tax_id
from mobile_hrp.domain.receipts.identity import normal_title
from mobile_hrp.domain.receipts.kinds import DIGITAL_KINDS, UNPROVABLE_TOTAL_KINDS, ReceiptKind
from mobile_hrp.domain.receipts.reading import (
    Buyer,
    Evidence,
    Field,
    FieldState,
    Notice,
    Proof,
    ProofCode,
    Source,
    Value,
)

_SOURCE_WEIGHT = {Source.EFILE: 4.0, Source.QR: 3.0, Source.OCR: 1.0, Source.DERIVED: 0.9}
_STRONG = {
    ProofCode.ARITHMETIC,
    ProofCode.WORDS,
    ProofCode.QR,
    ProofCode.TAX_ID,
    ProofCode.PRINTED_TWICE,
    ProofCode.BUYER_IS_US,
    ProofCode.FILE,
    ProofCode.SECOND_READER,
    ProofCode.LINES,
}
_HELPERS = {"words", "lines_total"}
"""Observations that only serve as proofs of the total."""
_CONTRADICTING = {ProofCode.ARITHMETIC, ProofCode.WORDS, ProofCode.QR, ProofCode.DATE_PLAUSIBLE}
_PRIVATE_BUYERS = {"个人", "个人(自然人)", "自然人"}
_CANDIDATES_MAX = 4
_STOCK_YEARS = 6
_CLEAR = 0.9
_CLOSE = 0.04
_WEAK_READERS = {"tiny": 0.03}
"""Taken off the weight of readers that err more often, so that they lose a tie."""
_RATE_TELLS_FROM_FEN = 10_000
"""On small amounts most differences are within two fen of some rate: that proves nothing there."""
_LEGAL_RATES = (0.0, 0.01, 0.015, 0.03, 0.05, 0.06, 0.09, 0.10, 0.11, 0.13, 0.16, 0.17)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Calibrated on measured readings; see docs on receipts for the figures."""

    second_reader: float = 0.95
    """Both readers must score at least this for their agreement to prove a field."""
    likely: float = 0.96
    likely_agreed: float = 0.80
    """For a field that two readers or two places agree on without reaching a proof."""
    likely_disputed: float = 0.985
    """For a value that another reader read differently: one in six of those was wrong."""
    likely_bare_total: float = 0.9
    """For a total that stands on the paper once, in figures, with nothing to check it by."""
    checked_id: float = 0.75
    checked_id_alone: float = 0.9
    """One in 31 misread ids has a right check character: a poor reading of one reader is none."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    value: Value
    evidence: tuple[Evidence, ...]
    weight: float

    @property
    def best(self) -> Evidence:
        return max(self.evidence, key=lambda e: _SOURCE_WEIGHT[e.source] * e.score)

    def readers(self) -> set[str]:
        return {e.reader for e in self.evidence if e.source is Source.OCR}

    def recognisers(self) -> set[str]:
        return {_recogniser(reader) for reader in self.readers()}

    def sources(self) -> set[Source]:
        return {e.source for e in self.evidence}


def _recogniser(reader: str) -> str:
    """``small-red`` is the recogniser ``small`` in red light: no second opinion to ``small``."""
    return reader.partition("-")[0]


@dataclass(frozen=True, slots=True)
class _Case:
    """A field about to be judged: the chosen value, all candidates, and the proofs."""

    kind: ReceiptKind
    name: str
    candidate: _Candidate
    rivals: tuple[_Candidate, ...]
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class Fused:
    fields: dict[str, Field]
    notices: tuple[Notice, ...]


def fuse(
    kind: ReceiptKind,
    evidence: Mapping[str, Sequence[Evidence]],
    *,
    expected: Iterable[str],
    buyer: Buyer | None = None,
    today: dt.date | None = None,
    thresholds: Thresholds | None = None,
) -> Fused:
    """Settle every field. ``expected`` names are listed as missing when nothing was seen."""
    limits = thresholds or Thresholds()
    ranked = {name: _rank(items) for name, items in evidence.items() if items}
    chosen = {name: items[0] for name, items in ranked.items()}
    chosen |= _consistent_years(ranked)
    chosen |= _consistent_amounts(ranked)
    chosen = _derive(kind, chosen)
    proofs = _proofs(kind, chosen, ranked, buyer=buyer, today=today, limits=limits)
    fields: dict[str, Field] = {}
    for name in (*expected, *(n for n in chosen if n not in set(expected))):
        if name in _HELPERS:
            continue
        candidate = chosen.get(name)
        if candidate is None:
            if not _has_none(name, chosen):
                fields[name] = Field(value=None, state=FieldState.MISSING)
            continue
        case = _Case(kind, name, candidate, tuple(ranked.get(name, ())), tuple(proofs[name]))
        fields[name] = _settle(case, limits)
    return Fused(fields, _notices(fields, buyer))


def _has_none(name: str, chosen: Mapping[str, "_Candidate"]) -> bool:
    """A private buyer has no tax id: nobody is asked for it."""
    buyer = chosen.get("buyer")
    return name == "buyer_tax" and buyer is not None and buyer.value in _PRIVATE_BUYERS


def _rank(items: Sequence[Evidence]) -> list[_Candidate]:
    """Candidates of one field, most trusted first; agreement of readers adds weight."""
    groups: dict[Value, list[Evidence]] = {}
    for item in items:
        groups.setdefault(item.value, []).append(item)
    candidates = []
    for value, group in groups.items():
        best = max(
            _SOURCE_WEIGHT[e.source] * e.score - _WEAK_READERS.get(e.reader, 0) for e in group
        )
        readers = {(e.source, e.reader) for e in group}
        candidates.append(
            _Candidate(
                value, tuple(group), best + 0.15 * (len(readers) - 1) + 0.05 * (len(group) - 1)
            )
        )
    return sorted(candidates, key=lambda c: -c.weight)


def _consistent_amounts(ranked: Mapping[str, list[_Candidate]]) -> dict[str, _Candidate]:
    """The combination of total, amount and tax that best satisfies arithmetic and 大写."""
    names = [name for name in ("total", "amount", "tax") if name in ranked]
    if "total" not in names and "words" not in ranked:
        return {}
    words = ranked["words"][0].value if "words" in ranked else None
    options = [ranked[name][:_CANDIDATES_MAX] for name in names]
    best: tuple[float, dict[str, _Candidate]] = (-1.0, {})
    for combination in product(*options):
        pick = dict(zip(names, combination, strict=True))
        points = sum(c.weight for c in combination)
        values = {name: int(c.value) for name, c in pick.items()}
        if {"total", "amount", "tax"} <= values.keys():
            points += 2.0 * (values["amount"] + values["tax"] == values["total"])
        if words is not None and values.get("total") == words:
            points += 2.0
        if points > best[0]:
            best = (points, pick)
    return best[1]


def _consistent_years(ranked: Mapping[str, list[_Candidate]]) -> dict[str, _Candidate]:
    """The most trusted date and code that agree: no invoice is older than its code's year."""
    if "code" not in ranked or "date" not in ranked:
        return {}
    best: tuple[float, dict[str, _Candidate]] = (-1.0, {})
    for code, date in product(ranked["code"][:_CANDIDATES_MAX], ranked["date"][:_CANDIDATES_MAX]):
        points = code.weight + date.weight + 0.5 * _years_fit(str(code.value), str(date.value))
        if points > best[0]:
            best = (points, {"code": code, "date": date})
    return best[1]


def _years_fit(code: str, date: str) -> bool:
    """Codes are used in their year and some years after, while stocks last."""
    year = grammar.year_in_code(code)
    return year is not None and year <= int(date[:4]) <= year + _STOCK_YEARS


def _derive(kind: ReceiptKind, chosen: dict[str, _Candidate]) -> dict[str, _Candidate]:
    """Values that follow from others: total from 大写, tax and amount by subtraction."""
    result = dict(chosen)
    words = result.get("words")
    if words and "total" not in result:
        result["total"] = _derived(int(words.value), (words,))
    total, amount, tax = (result.get(name) for name in ("total", "amount", "tax"))
    if (
        total
        and amount
        and not tax
        and _rate_of(int(total.value) - int(amount.value), int(amount.value)) is not None
    ):
        result["tax"] = _derived(int(total.value) - int(amount.value), (total, amount))
    elif total and tax and not amount and kind not in UNPROVABLE_TOTAL_KINDS:
        result["amount"] = _derived(int(total.value) - int(tax.value), (total, tax))
    elif amount and tax and not total:
        result["total"] = _derived(int(amount.value) + int(tax.value), (amount, tax))
    return result


def _derived(value: int, parents: tuple[_Candidate, ...]) -> _Candidate:
    score = min(parent.best.score for parent in parents)
    evidence = Evidence(value, Source.DERIVED, score, "derived", parents[0].best.box)
    return _Candidate(value, (evidence,), score)


def _rate_of(tax: int, amount: int) -> float | None:
    """The legal VAT rate that the tax is of the amount, None if it is none (both in fen).

    Several rates on one invoice mix, so a mismatch refutes nothing.
    """
    for rate in _LEGAL_RATES:
        if abs(amount * rate - tax) <= 2:  # noqa: PLR2004 - rounding by line, in fen
            return rate
    return None


def _proofs(
    kind: ReceiptKind,
    chosen: Mapping[str, _Candidate],
    ranked: Mapping[str, list[_Candidate]],
    *,
    buyer: Buyer | None,
    today: dt.date | None,
    limits: Thresholds,
) -> dict[str, list[Proof]]:
    proofs: dict[str, list[Proof]] = {name: [] for name in chosen}
    for name, candidate in chosen.items():
        proofs[name] += _own_proofs(name, candidate, ranked.get(name, []), limits)
    _amount_proofs(chosen, proofs)
    _number_proofs(kind, chosen, proofs)
    if "date" in chosen and today:
        plausible = str(chosen["date"].value) <= today.isoformat()
        proofs["date"].append(Proof(ProofCode.DATE_PLAUSIBLE, plausible))
    _buyer_proofs(chosen, proofs, buyer)
    return proofs


def _own_proofs(
    name: str, candidate: _Candidate, rivals: Sequence[_Candidate], limits: Thresholds
) -> list[Proof]:
    """Proofs from the observations of the field alone."""
    proofs: list[Proof] = []
    sources = candidate.sources()
    if Source.EFILE in sources:
        proofs.append(Proof(ProofCode.FILE, passed=True))
    stated_by_qr = [c for c in rivals if Source.QR in c.sources()]
    if stated_by_qr:
        stated = {c.value for c in stated_by_qr}
        passed = stated == {candidate.value} and not _refutes_code(candidate.value, rivals, limits)
        proofs.append(Proof(ProofCode.QR, passed=passed))
    clear = {
        _recogniser(e.reader)
        for e in candidate.evidence
        if e.source is Source.OCR and e.score >= limits.second_reader
    }
    if len(clear) > 1:
        proofs.append(Proof(ProofCode.SECOND_READER, passed=True))
    if _printed_twice(candidate):
        proofs.append(Proof(ProofCode.PRINTED_TWICE, passed=True))
    if name.endswith("_tax"):
        form = tax_id.form_of(str(candidate.value))
        agreed = len(candidate.recognisers()) > 1
        clear_id = limits.checked_id if agreed else limits.checked_id_alone
        if form is tax_id.TaxIdForm.CHECKED and candidate.best.score >= clear_id:
            proofs.append(Proof(ProofCode.TAX_ID, passed=True))
        elif form is tax_id.TaxIdForm.WRONG:
            proofs.append(Proof(ProofCode.TAX_ID, passed=False))
    return proofs


def _refutes_code(stated: Value, rivals: Sequence[_Candidate], limits: Thresholds) -> bool:
    """Whether the print clearly says something else than the code: an altered paper or code."""
    for rival in rivals:
        if rival.value == stated:
            continue
        clear = [e for e in rival.evidence if e.score >= limits.second_reader]
        if len({_recogniser(e.reader) for e in clear}) > 1 or Source.EFILE in rival.sources():
            return True
    return False


def _printed_twice(candidate: _Candidate) -> bool:
    """One reader saw the value at two places that do not overlap."""
    for reader in candidate.readers():
        boxes = [e.box for e in candidate.evidence if e.reader == reader and e.box]
        for index, first in enumerate(boxes):
            for second in boxes[index + 1 :]:
                apart_x = first.x1 <= second.x0 or second.x1 <= first.x0
                apart_y = first.y1 <= second.y0 or second.y1 <= first.y0
                if apart_x or apart_y:
                    return True
    return False


def _amount_proofs(chosen: Mapping[str, _Candidate], proofs: dict[str, list[Proof]]) -> None:
    total, amount, tax, words = (chosen.get(name) for name in ("total", "amount", "tax", "words"))
    if total and words and total.sources() != {Source.DERIVED}:
        proofs["total"].append(Proof(ProofCode.WORDS, passed=total.value == words.value))
    if total and (lines := chosen.get("lines_total")):
        proofs["total"].append(Proof(ProofCode.LINES, passed=total.value == lines.value))
    observed = [c for c in (total, amount, tax) if c and c.sources() != {Source.DERIVED}]
    if total and amount and tax and len(observed) == 3:  # noqa: PLR2004 - all of them
        agrees = int(amount.value) + int(tax.value) == int(total.value)
        for name in ("total", "amount", "tax"):
            proofs[name].append(Proof(ProofCode.ARITHMETIC, passed=agrees))
    elif total and amount and tax and words and total.value == words.value:
        # 大写 proves the total, and its difference from the amount is a legal tax on it.
        telling = int(amount.value) >= _RATE_TELLS_FROM_FEN
        rate = _rate_of(int(tax.value), int(amount.value)) if telling else None
        for name in ("amount", "tax"):
            if rate:
                proofs[name].append(Proof(ProofCode.ARITHMETIC, passed=True))
    if (
        amount
        and tax
        and int(amount.value) > 0
        and _rate_of(int(tax.value), int(amount.value)) is not None
    ):
        proofs["tax"].append(Proof(ProofCode.RATE, passed=True))


def _number_proofs(
    kind: ReceiptKind, chosen: Mapping[str, _Candidate], proofs: dict[str, list[Proof]]
) -> None:
    number, code, date = chosen.get("number"), chosen.get("code"), chosen.get("date")
    if number and kind in DIGITAL_KINDS | {ReceiptKind.RAIL_E}:
        right = grammar.is_digital_number(str(number.value))
        proofs["number"].append(Proof(ProofCode.NUMBER_GRAMMAR, passed=right))
        if right and date:
            same = str(date.value)[2:4] == str(number.value)[:2]
            proofs["number"].append(Proof(ProofCode.YEAR_IN_NUMBER, passed=same))
            proofs["date"].append(Proof(ProofCode.YEAR_IN_NUMBER, passed=same))
    if code and date and grammar.year_in_code(str(code.value)):
        plausible = _years_fit(str(code.value), str(date.value))
        proofs["code"].append(Proof(ProofCode.YEAR_IN_NUMBER, passed=plausible))


def _buyer_proofs(
    chosen: Mapping[str, _Candidate], proofs: dict[str, list[Proof]], buyer: Buyer | None
) -> None:
    if buyer is None:
        return
    name, number = chosen.get("buyer"), chosen.get("buyer_tax")
    if name:
        same = normal_title(str(name.value)) == normal_title(buyer.name)
        proofs["buyer"].append(Proof(ProofCode.BUYER_IS_US, passed=same))
    if number and buyer.tax_id:
        proofs["buyer_tax"].append(
            Proof(ProofCode.BUYER_IS_US, passed=number.value == buyer.tax_id)
        )


def _settle(case: _Case, limits: Thresholds) -> Field:
    candidate, best = case.candidate, case.candidate.best
    state = _state(case, limits)
    others = tuple(rival.value for rival in case.rivals if rival.value != candidate.value)
    return Field(
        value=candidate.value,
        state=state,
        confidence=round(_confidence(best.score, state), 4),
        source=best.source,
        box=best.box or next((e.box for e in candidate.evidence if e.box), None),
        proofs=tuple(dict.fromkeys(case.proofs)),
        alternatives=others[:_CANDIDATES_MAX],
        readers=tuple(sorted({e.reader for e in candidate.evidence})),
    )


def _confidence(score: float, state: FieldState) -> float:
    if state is FieldState.PROVEN:
        return max(score, 0.99)
    return min(score, 0.99 if state is FieldState.LIKELY else 0.9)


def _state(case: _Case, limits: Thresholds) -> FieldState:
    passed = {proof.code for proof in case.proofs if proof.passed}
    failed = {proof.code for proof in case.proofs if not proof.passed}
    strong = passed & _STRONG
    if case.name == "total" and case.kind in UNPROVABLE_TOTAL_KINDS:
        strong -= {ProofCode.SECOND_READER, ProofCode.PRINTED_TWICE}
    if failed & _CONTRADICTING and not _outvoted(strong, failed):
        return FieldState.DOUBTFUL
    misshapen = ProofCode.TAX_ID in failed and ProofCode.FILE not in passed
    if misshapen or ProofCode.NUMBER_GRAMMAR in failed:
        return FieldState.DOUBTFUL
    score = case.candidate.best.score
    rival = _strong_rival(case)
    by_eye = strong <= {ProofCode.SECOND_READER, ProofCode.PRINTED_TWICE}
    if strong and not (rival and by_eye):
        return FieldState.PROVEN if score >= limits.checked_id else FieldState.LIKELY
    bar = limits.likely_agreed if len(case.candidate.recognisers()) > 1 else limits.likely
    if _disputed(case):
        bar = max(bar, limits.likely_disputed)
    if case.name == "total" and case.kind in UNPROVABLE_TOTAL_KINDS:
        bar = max(bar, limits.likely_bare_total)
    return FieldState.LIKELY if not rival and score >= bar else FieldState.DOUBTFUL


def _outvoted(strong: set[ProofCode], failed: set[ProofCode]) -> bool:
    """A wrong 大写 reading does not refute a sum that adds up, and the other way round."""
    refuting = failed & _CONTRADICTING
    if refuting == {ProofCode.WORDS}:
        return bool(strong & {ProofCode.ARITHMETIC, ProofCode.QR})
    if refuting == {ProofCode.ARITHMETIC}:
        return bool(strong & {ProofCode.WORDS, ProofCode.QR})
    return False


def _disputed(case: _Case) -> bool:
    """One reader alone saw this value, and another saw something else."""
    readers = case.candidate.readers()
    if len(readers) != 1:
        return False
    return any(
        rival.value != case.candidate.value and rival.readers() - readers for rival in case.rivals
    )


def _strong_rival(case: _Case) -> bool:
    """Another value that was read clearly, and about as clearly as the chosen one."""
    bar = max(_CLEAR, case.candidate.best.score - _CLOSE)
    return any(
        rival.value != case.candidate.value and rival.best.score >= bar for rival in case.rivals
    )


def _notices(fields: Mapping[str, Field], buyer: Buyer | None) -> tuple[Notice, ...]:
    notices: list[Notice] = []
    for name, found in fields.items():
        failed = {proof.code for proof in found.proofs if not proof.passed}
        if ProofCode.QR in failed:
            notices.append(Notice("RECEIPT_QR_CONTRADICTS", {"field": name}))
        if ProofCode.DATE_PLAUSIBLE in failed:
            notices.append(Notice("RECEIPT_DATE_IN_FUTURE"))
        if buyer and name in {"buyer", "buyer_tax"} and ProofCode.BUYER_IS_US in failed:
            notices.append(Notice("RECEIPT_BUYER_NOT_US", {"field": name}))
    return tuple(notices)
