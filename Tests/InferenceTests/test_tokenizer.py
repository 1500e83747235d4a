import os
import tempfile
import unittest

from support import MODEL

from tokenizer import Tokenizer, normalize, words

UNKNOWN, FIRST, LAST = 100, 101, 102


class WordTests(unittest.TestCase):
    def test_normalization(self):
        for text, expected in {
            "Naïve CAFÉ Ångström": "naive cafe angstrom",
            "e\u0301": "e",
            "İstanbul": "istanbul",
            "ΟΔΟΣ": "οδοσ",
            "a\x00b\u200dc\ufffdd\ud800e": "abcde",
            "a\tb\nc\u00a0d\u3000e": "a b c d e",
            "x北京y": "x 北  京 y",
            "ひらがな": "ひらかな",
            "Straße": "straße",
        }.items():
            with self.subTest(text=ascii(text)):
                self.assertEqual(normalize(text), expected)

    def test_punctuation_is_a_word_each(self):
        self.assertEqual(list(words("don't stop... $5^2")), ["don", "'", "t", "stop", ".", ".", ".", "$", "5", "^", "2"])
        self.assertEqual(list(words("«a»—b")), ["«", "a", "»", "—", "b"])
        self.assertEqual(list(words(" \n ")), [])


@unittest.skipUnless(MODEL, "INFERENCE_MODEL is not set")
class TokenizerTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tokenizer = Tokenizer(os.path.join(MODEL, "vocab.txt"), 256)

    def test_known_texts(self):
        for text, expected in {
            "": [],
            " \t\n": [],
            "Hello, World!": [7592, 1010, 2088, 999],
            "naïve café": [15743, 7668],
            "ÅNGSTRÖM": [17076, 15687],
            "北京": [1781, 1755],
            "😀": [UNKNOWN],
            "x" * 101: [UNKNOWN],
            "word " * 3: [2773] * 3,
        }.items():
            with self.subTest(text=text):
                self.assertEqual(self.tokenizer.encode(text), [FIRST, *expected, LAST])

    def test_text_cannot_make_special_tokens(self):
        found = self.tokenizer.encode("[SEP][CLS][MASK][PAD]")
        self.assertTrue({0, 103, FIRST, LAST}.isdisjoint(found[1:-1]))

    def test_long_text_is_cut_with_its_end_token(self):
        for count, length in ((253, 255), (254, 256), (255, 256), (100_000, 256)):
            found = self.tokenizer.encode("word " * count)
            self.assertEqual(len(found), length)
            self.assertEqual((found[0], found[-1]), (FIRST, LAST))

    def test_cut_inside_a_word(self):
        self.assertEqual(self.tokenizer.encode("x" * 100 + " y" * 300)[:52], self.tokenizer.encode("x" * 100)[:-1] + [1061])


class VocabularyTests(unittest.TestCase):
    def test_longest_piece_wins_and_an_unmatched_rest_is_unknown(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("\n".join(["[UNK]", "[CLS]", "[SEP]", "un", "unable", "##able", "##a", "##ble"]))
            file.flush()
            tokenizer = Tokenizer(file.name, 8)
        self.assertEqual(tokenizer.pieces("unable"), [4])
        self.assertEqual(tokenizer.pieces("ununable"), [0])
        self.assertEqual(tokenizer.pieces("unaable"), [3, 6, 5])
        self.assertEqual(tokenizer.encode("unable zzz un"), [1, 4, 0, 3, 2])


if __name__ == "__main__":
    unittest.main()
