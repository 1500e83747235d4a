"""BERT encoder on numpy, float32."""

import math

import numpy as np

DTYPES = {"F32": np.dtype("<f4"), "I64": np.dtype("<i8")}


class Encoder:
    device = "cpu"
    backend = f"numpy {np.__version__}"

    def __init__(self, tensors, config):
        self.weights = {
            name: np.frombuffer(tensor.data, DTYPES[tensor.dtype]).reshape(tensor.shape)
            for name, tensor in tensors.items()
        }
        self.layers = config["num_hidden_layers"]
        self.heads = config["num_attention_heads"]
        self.epsilon = config["layer_norm_eps"]

    def encode(self, ids, mask):
        """Unit vectors (n, hidden) of the token ids (n, length); `mask` is 1 for tokens, 0 for padding."""
        ids, mask = np.asarray(ids), np.asarray(mask, np.float32)
        hidden = self.embed(ids)
        bias = (1 - mask)[:, None, None, :] * np.float32(-1e9)
        for number in range(self.layers):
            layer = f"encoder.layer.{number}"
            attended = self.linear(f"{layer}.attention.output.dense", self.attend(layer, hidden, bias))
            hidden = self.norm(f"{layer}.attention.output.LayerNorm", hidden + attended)
            inner = gelu(self.linear(f"{layer}.intermediate.dense", hidden))
            hidden = self.norm(f"{layer}.output.LayerNorm", hidden + self.linear(f"{layer}.output.dense", inner))
        mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def embed(self, ids):
        table = "embeddings.{}_embeddings.weight".format
        positions = self.weights[table("position")][:ids.shape[1]]
        hidden = self.weights[table("word")][ids] + positions + self.weights[table("token_type")][0]
        return self.norm("embeddings.LayerNorm", hidden)

    def attend(self, layer, hidden, bias):
        count, length, size = hidden.shape

        def split(name):
            projected = self.linear(f"{layer}.attention.self.{name}", hidden)
            return projected.reshape(count, length, self.heads, -1).transpose(0, 2, 1, 3)

        query, key, value = split("query"), split("key"), split("value")
        scores = query @ key.transpose(0, 1, 3, 2)
        scores *= np.float32(1 / math.sqrt(size // self.heads))
        scores += bias
        scores -= scores.max(-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(-1, keepdims=True)
        return (scores @ value).transpose(0, 2, 1, 3).reshape(count, length, size)

    def linear(self, name, inputs):
        # One matrix product for the whole batch: numpy would make one per text of a stack.
        flat = inputs.reshape(-1, inputs.shape[-1]) @ self.weights[f"{name}.weight"].T
        flat += self.weights[f"{name}.bias"]
        return flat.reshape(*inputs.shape[:-1], -1)

    def norm(self, name, inputs):
        centred = inputs - inputs.mean(-1, keepdims=True)
        variance = np.square(centred).mean(-1, keepdims=True)
        centred /= np.sqrt(variance + np.float32(self.epsilon))
        centred *= self.weights[f"{name}.weight"]
        centred += self.weights[f"{name}.bias"]
        return centred


def gelu(x):
    """x Φ(x), with erf by Abramowitz and Stegun 7.1.26 (error below 1.5e-7): numpy has no erf."""
    z = np.abs(x) * np.float32(math.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    tail = np.full_like(t, 1.061405429)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail *= t
        tail += np.float32(coefficient)
    tail *= t * np.exp(-np.square(z))
    return np.float32(0.5) * x * (1 + np.copysign(1 - tail, x))
