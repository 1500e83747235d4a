import json
import pathlib
import unittest

from support import MODEL, WEATHER

import numpy as np

import bert_numpy
import model
import safetensors

TORCH = True
try:
    import torch
except ImportError:
    TORCH = False

# The similarities that the documentation of sentence-transformers prints for this model.
PUBLISHED = [
    (WEATHER, WEATHER, [[1.0000, 0.6660, 0.1046], [0.6660, 1.0000, 0.1411], [0.1046, 0.1411, 1.0000]]),
    (
        ["The new movie is awesome", "The cat sits outside", "A man is playing guitar"],
        ["The dog plays in the garden", "The new movie is so great", "A woman watches TV"],
        [[0.0543, 0.8939, -0.0502], [0.2838, -0.0029, 0.1310], [0.2277, -0.0136, -0.0327]],
    ),
]


@unittest.skipUnless(MODEL, "INFERENCE_MODEL is not set")
class ModelTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.model = model.Model(MODEL)

    def test_similarities_are_the_published_ones(self):
        for left, right, expected in PUBLISHED:
            found = self.model.embed(left)[0] @ self.model.embed(right)[0].T
            np.testing.assert_allclose(found, expected, atol=1e-4)

    def test_vectors_have_unit_length(self):
        vectors, _ = self.model.embed(WEATHER + ["", "word " * 1000])
        self.assertEqual(vectors.shape, (5, 384))
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)

    def test_padding_and_order_do_not_change_a_vector(self):
        texts = ["word " * n for n in (300, 1, 40, 250, 0, 7) * 3]
        together, tokens = self.model.embed(texts)
        alone = np.concatenate([self.model.embed([text])[0] for text in texts])
        np.testing.assert_allclose(together, alone, atol=1e-5)
        self.assertEqual(tokens, 3 * (256 + 3 + 42 + 252 + 2 + 9))

    def test_batches_cover_all_texts_within_the_bound(self):
        tokens = [[0] * (n * 37 % 256 + 1) for n in range(200)]
        groups = list(model.batches(tokens))
        self.assertEqual(sorted(sum(groups, [])), list(range(200)))
        for group in groups:
            self.assertLessEqual(len(group) * max(len(tokens[i]) for i in group), model.BATCH_TOKENS)

    @unittest.skipUnless(TORCH, "torch is not installed")
    def test_torch_gives_the_same_vectors(self):
        import bert_torch
        directory = pathlib.Path(MODEL)
        tensors = safetensors.read(directory / "model.safetensors")
        config = json.loads((directory / "config.json").read_text())
        texts = WEATHER + ["", "word " * 300]
        ids = [self.model.tokenizer.encode(text) for text in texts]
        width = max(map(len, ids))
        mask = [[1] * len(row) + [0] * (width - len(row)) for row in ids]
        ids = [row + [0] * (width - len(row)) for row in ids]
        expected = bert_numpy.Encoder(tensors, config).encode(ids, mask)
        for device in ["cpu"] + ["cuda:0"] * torch.cuda.is_available():
            found = bert_torch.Encoder(tensors, config, device).encode(ids, mask)
            np.testing.assert_allclose(found, expected, atol=1e-4)


class GELUTests(unittest.TestCase):
    def test_gelu_is_the_one_with_erf(self):
        from math import erf, sqrt
        x = np.linspace(-8, 8, 4001, dtype=np.float32)
        exact = [v * (1 + erf(v / sqrt(2))) / 2 for v in x.tolist()]
        np.testing.assert_allclose(bert_numpy.gelu(x), exact, atol=2e-6)


if __name__ == "__main__":
    unittest.main()
