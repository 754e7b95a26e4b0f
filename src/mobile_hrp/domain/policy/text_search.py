"""Words in texts as people write them: blanks, punctuation, width and case do not hide a word."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_AROUND: Final = 8


@dataclass(frozen=True, slots=True)
class Folded:
    """The letters and digits of a text, each with its place in the text."""

    original: str
    letters: str
    places: tuple[int, ...]

    def find(self, word: str) -> Iterator[tuple[int, int]]:
        """Where the word stands in the text, as first and past-the-last place."""
        wanted = fold(word).letters
        start = self.letters.find(wanted) if wanted else -1
        while start >= 0:
            end = start + len(wanted)
            yield self.places[start], self.places[end - 1] + 1
            start = self.letters.find(wanted, end)


def fold(text: str) -> Folded:
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for letter in unicodedata.normalize("NFKC", character).casefold():
            if letter.isalnum():
                letters.append(letter)
                places.append(place)
    return Folded(text, "".join(letters), tuple(places))


def excerpt(text: str, first: int, end: int) -> str:
    """The place with a few characters on both sides."""
    return text[max(first - _AROUND, 0) : end + _AROUND]
