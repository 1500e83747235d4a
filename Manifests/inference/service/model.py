"""Sentence embeddings: all-MiniLM-L6-v2 from a directory of its published files."""

import json
import os

import numpy as np

import bert_numpy
import safetensors
from tokenizer import Tokenizer

NAME = "all-MiniLM-L6-v2"
# Tokens of one batch, padding included: bounds the memory that a request takes.
BATCH_TOKENS = 2048


class Model:
    def __init__(self, directory):
        def load(name):
            with open(os.path.join(directory, name), encoding="utf-8") as file:
                return json.load(file)

        config = load("config.json")
        expected = {"model_type": "bert", "hidden_act": "gelu"}
        for key, value in expected.items():
            if config.get(key) != value:
                raise ValueError(f"config.json: {key} is {config.get(key)!r}, expected {value!r}")
        limit = load("sentence_bert_config.json")["max_seq_length"]
        self.tokenizer = Tokenizer(os.path.join(directory, "vocab.txt"), limit)
        tensors = safetensors.read(os.path.join(directory, "model.safetensors"))
        self.dimensions = config["hidden_size"]
        self.encoder = make_encoder(tensors, config)

    def embed(self, texts):
        """Unit vectors (n, dimensions) of the texts, and the number of tokens in all."""
        tokens = [self.tokenizer.encode(text) for text in texts]
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for batch in batches(tokens):
            width = len(tokens[batch[-1]])
            ids = [tokens[i] + [0] * (width - len(tokens[i])) for i in batch]
            mask = [[1] * len(tokens[i]) + [0] * (width - len(tokens[i])) for i in batch]
            vectors[batch] = self.encoder.encode(ids, mask)
        return vectors, sum(map(len, tokens))


def batches(tokens):
    """Indices in groups of similar length, the longest last, so that little of a batch is padding."""
    group = []
    for index in sorted(range(len(tokens)), key=lambda i: len(tokens[i])):
        if group and (len(group) + 1) * len(tokens[index]) > BATCH_TOKENS:
            yield group
            group = []
        group.append(index)
    if group:
        yield group


def make_encoder(tensors, config):
    """PyTorch where it is installed and finds a GPU, else numpy."""
    try:
        import torch
    except ImportError:
        return bert_numpy.Encoder(tensors, config)
    if not torch.cuda.is_available():
        return bert_numpy.Encoder(tensors, config)
    import bert_torch
    return bert_torch.Encoder(tensors, config, "cuda:0")
