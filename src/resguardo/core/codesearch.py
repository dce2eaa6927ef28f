"""Finding a code by everyday words: "me hackearon el face" leads to the account break-in.

An officer types a few words, with or without accents, with slips of the keys; the labels, everyday words and
definitions of the code lists are searched. Nothing is guessed: what shares no word with a code is not found.
Source: Robertson and Sparck Jones, weighting by rarity (idf); Snowball stemmers; design, ideas 4 and 6.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import snowballstemmer  # type: ignore[import-untyped]
from rapidfuzz import process
from rapidfuzz.distance import OSA

from resguardo.core.codes import Code, Register

APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u02bc\ua78c\u00b4\u2018`", "'"))
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*'?")
CODED = re.compile(r"(?=.*\d).{4}")
LONGEST = 200
SHORTEST_PREFIX = 3

SOUNDS = tuple(
    (re.compile(written), heard)
    for written, heard in (
        ("^ex(?=[^aeiou])", "es"),
        ("qu(?=[ei])|ck|c(?=[^eihy]|$)", "k"),
        ("z|c(?=[eiy])", "s"),
        ("g(?=[ei])", "j"),
        ("[gh]u(?=a)", "w"),
        ("(?<![csp])h", ""),
        ("v", "b"),
        ("ll", "y"),
        (r"(.)\1", r"\1"),
    )
)

LABEL, WORDS, PART, OTHER, MEANING = 1.0, 1.0, 0.6, 0.5, 0.3
PHRASE, WHOLE = 0.8, 0.5
HEARD, BEGUN, SLIP = 0.8, 0.7, 0.6
FAINT = 0.35

FILLERS = frozenset(
    "a al algo an and ante aqui are as at be buena buenas buenos by como con cuando de del desde dia dias "  # noqa: SIM905
    "e el ella en era es esa ese eso esta estaba estan estar este esto estoy for from fue ha haber hace "
    "hacen han has have hay he her him his hola i in is it la las le les lo los me mi mis muy my ni no "
    "nos o of on or otra otro para pero por porque que quien quiere quiero se senor she si sin sobre son "
    "su sus te that the their them they this ti tiene to tu u un una unas uno unos usted was who with y "
    "ya yo".split()
)


Reached = list[list[tuple[str, float]]]


@dataclass(frozen=True, slots=True)
class Found:
    """One code that was found: its list, its label in the language asked, the words that led to it."""

    list: str
    code: str
    label: str
    why: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class _Entry:
    """Words that stand together in a code: how they are written, and their stems."""

    doc: int
    text: str
    stems: tuple[str, ...]


def plain(text: str) -> str:
    """`text` in small letters, without accents, with one kind of apostrophe."""
    apart = unicodedata.normalize("NFKD", text.translate(APOSTROPHES).casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


def spoken(text: str) -> list[str]:
    """The words of `text` that carry meaning, plain, in order; an apostrophe may be left out in typing."""
    words = (word.replace("'", "") for word in WORD.findall(plain(text)))
    return [word for word in words if word and word not in FILLERS]


def stem(word: str, language: str) -> str:
    """The stem of a plain word; short words and words with figures stand as they are.

    Nothing typed is kept, and a stemmer holds the word it works on: each call has its own.
    """
    if len(word) < 4 or not word.isalpha():
        return word
    return str(snowballstemmer.stemmer("english" if language == "en" else "spanish").stemWord(word))


def sound(word: str) -> str:
    """How a plain word sounds in Guatemala, where b and v, s, c and z, ll and y are heard alike."""
    for written, heard in SOUNDS:
        word = written.sub(heard, word)
    return word


class _Index:
    """What one language needs to be searched: postings by stem, phrases, and words that may be mistyped."""

    def __init__(self, docs: list[tuple[str, Code]], language: str) -> None:
        self.language = language
        self.postings: dict[str, dict[int, tuple[float, str]]] = defaultdict(dict)
        self.phrases: dict[str, list[_Entry]] = defaultdict(list)
        self.stems: dict[str, str] = {}
        self.sounds: dict[str, set[str]] = defaultdict(set)
        for number, (_, code) in enumerate(docs):
            self._add(number, code)
        for word, root in self.stems.items():
            self.sounds[sound(word)].add(root)
        total = len(docs)
        self.rarity = {s: math.log(1 + total / len(found)) for s, found in self.postings.items()}
        self.vocabulary = sorted(self.stems)

    def _add(self, doc: int, code: Code) -> None:
        other = "es" if self.language == "en" else "en"
        self._entry(doc, code.in_(self.language), LABEL, phrase=True)
        if CODED.search(code.code):
            self._entry(doc, code.code, LABEL, phrase=True)
        for words in code.words:
            self._entry(doc, words, WORDS, phrase=True)
        if code.in_(other) != code.in_(self.language):
            self._entry(doc, code.in_(other), OTHER, phrase=False)
        self._entry(doc, code.meaning(self.language), MEANING, phrase=False)

    def _entry(self, doc: int, text: str, worth: float, *, phrase: bool) -> None:
        words = spoken(text)
        stems = tuple(self.stems.get(word) or stem(word, self.language) for word in words)
        alone = worth if len(words) < 2 or worth < PART else max(PART, worth / math.sqrt(len(words)))
        for word, root in zip(words, stems, strict=True):
            self.stems.setdefault(word, root)
            held = self.postings[root].get(doc)
            if held is None or held[0] < alone:
                self.postings[root][doc] = (alone, text if phrase else word)
        if phrase and stems:
            self.phrases[stems[0]].append(_Entry(doc, text, stems))

    def reached(self, word: str, *, last: bool) -> Iterator[tuple[str, float]]:
        """The stems that a typed word leads to, and how surely: itself, begun, or with a slip of the keys."""
        root = stem(word, self.language)
        if root in self.postings:
            yield root, 1.0
        if last and len(word) >= SHORTEST_PREFIX:
            begun = {s for w, s in self.stems.items() if w.startswith(word) and s != root}
            yield from ((s, BEGUN) for s in sorted(begun))
            if begun:
                return
        if word in self.stems:
            return
        alike = sorted(self.sounds.get(sound(word), set()) - {root})
        yield from ((s, HEARD) for s in alike)
        if not alike and root not in self.postings and len(word) >= 4:
            yield from self._slips(word)

    def _slips(self, word: str) -> Iterator[tuple[str, float]]:
        allowed = 1 if len(word) < 7 else 2
        near = process.extract(word, self.vocabulary, scorer=OSA.distance, score_cutoff=allowed, limit=None)
        best: dict[str, float] = {}
        for other, distance, _ in near:
            if len(other) >= 4:
                sure = SLIP * (1 - distance / (2 * len(word)))
                best[self.stems[other]] = max(best.get(self.stems[other], 0.0), sure)
        yield from sorted(best.items())


class Finder:
    """Searches the codes that can be chosen today, in all `lists` of `register` or in those named.

    Made once (a few tenths of a second) and asked often, by many threads; it keeps nothing that is typed.
    """

    def __init__(self, register: Register, lists: Collection[str] | None = None) -> None:
        self.docs = [
            (name, code)
            for name, codes in register.lists.items()
            if lists is None or name in lists
            for code in codes
            if not code.until
        ]
        self._indexes = {language: _Index(self.docs, language) for language in ("es", "en")}

    def find(
        self, text: str, language: str = "es", list_: str | None = None, limit: int = 8
    ) -> tuple[Found, ...]:
        """The codes that `text` may mean, the likeliest first; none where no word of it is known.

        The words of the code are searched in `language`; everyday words are searched in either. The last
        word may be unfinished.
        """
        index = self._indexes["en" if language.startswith("en") else "es"]
        words = spoken(text[:LONGEST])
        reached = [[*index.reached(word, last=n == len(words))] for n, word in enumerate(words, 1)]
        scores: dict[int, float] = defaultdict(float)
        whys: dict[int, dict[str, None]] = defaultdict(dict)
        for doc, score, why in (*self._phrases(index, reached), *self._singles(index, reached)):
            if list_ is None or self.docs[doc][0] == list_:
                scores[doc] += score
                whys[doc][why] = None
        best = max(scores.values(), default=0.0)
        ranked = sorted((-round(score, 6), doc) for doc, score in scores.items() if score >= best * FAINT)
        return tuple(
            Found(
                self.docs[doc][0], self.docs[doc][1].code, self.docs[doc][1].in_(language), (*whys[doc],), -s
            )
            for s, doc in ranked[:limit]
        )

    def _singles(self, index: _Index, reached: Reached) -> Iterator[tuple[int, float, str]]:
        """For each typed word, the best that it gives to each code."""
        for stems in reached:
            given: dict[int, tuple[float, str]] = {}
            for root, sure in stems:
                for doc, (worth, why) in index.postings[root].items():
                    score = sure * worth * index.rarity[root]
                    if doc not in given or given[doc][0] < score:
                        given[doc] = (score, why)
            yield from ((doc, score, why) for doc, (score, why) in given.items())

    def _phrases(self, index: _Index, reached: Reached) -> Iterator[tuple[int, float, str]]:
        """The best phrase of each code that stands whole in what was typed, or is the whole of it.

        A mistyped or unfinished word counts as the stem that it most surely leads to.
        """
        typed = tuple(max(stems, key=lambda one: one[1])[0] if stems else "" for stems in reached)
        given: dict[int, tuple[float, str]] = {}
        for start, root in enumerate(typed):
            for entry in index.phrases.get(root, ()):
                size = len(entry.stems)
                if typed[start : start + size] == entry.stems:
                    score = sum(index.rarity[s] for s in entry.stems) * (PHRASE if size > 1 else 0.0)
                    score += WHOLE * index.rarity[root] if size == len(typed) else 0.0
                    if score and (entry.doc not in given or given[entry.doc][0] < score):
                        given[entry.doc] = (score, entry.text)
        yield from ((doc, score, why) for doc, (score, why) in given.items())
