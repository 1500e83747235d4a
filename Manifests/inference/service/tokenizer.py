"""WordPiece tokenizer of the uncased BERT models.

Text such as "[SEP]" in an input is plain text here, never a special token.
"""

import unicodedata

WORD_LIMIT = 100
CJK = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)


class Tokenizer:
    def __init__(self, vocabulary, limit):
        """`vocabulary`: path of vocab.txt; `limit`: tokens of a text with [CLS] and [SEP]."""
        with open(vocabulary, encoding="utf-8", newline="\n") as file:
            self.ids = {line.rstrip("\n"): number for number, line in enumerate(file)}
        self.unknown, self.first, self.last = (self.ids[name] for name in ("[UNK]", "[CLS]", "[SEP]"))
        self.limit = limit

    def encode(self, text):
        """Token ids of a text, cut to the limit."""
        ids = [self.first]
        for word in words(normalize(text)):
            ids += self.pieces(word)
            if len(ids) >= self.limit:
                break
        return ids[:self.limit - 1] + [self.last]

    def pieces(self, word):
        """Greedy longest match from the left; a word with an unmatched rest is one unknown token."""
        if len(word) > WORD_LIMIT:
            return [self.unknown]
        found = []
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            for end in range(len(word), start, -1):
                number = self.ids.get(prefix + word[start:end])
                if number is not None:
                    found.append(number)
                    start = end
                    break
            else:
                return [self.unknown]
        return found


def normalize(text):
    """Drop control characters, space out CJK characters, strip accents, lower the case."""
    if text.isascii() and text.isprintable():
        return text.lower()
    cleaned = "".join(map(clean, text))
    decomposed = unicodedata.normalize("NFD", cleaned)
    # One character at a time: the lower case of a capital sigma must not depend on its neighbours.
    return "".join(c.lower() for c in decomposed if unicodedata.category(c) != "Mn")


def clean(character):
    if character in "\t\n\r":
        return " "
    category = unicodedata.category(character)
    # Unassigned characters (Cn) stay, and make their word an unknown one.
    if category in ("Cc", "Cf", "Co", "Cs") or character == "\ufffd":
        return ""
    if category.startswith("Z"):
        return " "
    code = ord(character)
    if code >= 0x3400 and any(low <= code <= high for low, high in CJK):
        return f" {character} "
    return character


def words(text):
    """Words between spaces, punctuation characters each a word of their own."""
    for chunk in text.split():
        start = 0
        for position, character in enumerate(chunk):
            if is_punctuation(character):
                if start < position:
                    yield chunk[start:position]
                yield character
                start = position + 1
        if start < len(chunk):
            yield chunk[start:]


def is_punctuation(character):
    # ASCII symbols such as "$" and "^" count as punctuation for BERT although Unicode says otherwise.
    if character.isascii():
        return not character.isalnum() and character.isprintable()
    return unicodedata.category(character).startswith("P")
