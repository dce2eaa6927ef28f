"""The encodings that an e-mail may be written in and that are read; all are loaded with this module.

In a cage nothing can be opened, and Python looks for an encoding that it has not loaded in files.
Source: IANA's names of character sets, as Python's `encodings.aliases` lists them.
"""

from __future__ import annotations

import codecs
from encodings.aliases import aliases

WRITTEN_IN = """
utf-8 utf-7 utf-16 ascii latin-1 iso-8859-2 iso-8859-9 iso-8859-15 cp1250 cp1251 cp1252 cp1254 cp437 cp850
koi8-r mac-roman gb2312 gbk gb18030 big5 shift_jis euc-jp iso-2022-jp euc-kr
"""


def _module(name: str) -> str:
    normal = name.strip().lower().replace("-", "_")
    return aliases.get(normal, normal)


LOADED = frozenset(_module(codecs.lookup(name).name) for name in WRITTEN_IN.split())


def is_loaded(charset: str) -> bool:
    """Whether `charset`, by any of its names, is one of those that are read."""
    return _module(charset) in LOADED
