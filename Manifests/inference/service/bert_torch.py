"""BERT encoder on PyTorch: the same weights and the same steps as bert_numpy, on a GPU."""

import torch
import torch.nn.functional as F

DTYPES = {"F32": torch.float32, "I64": torch.int64}


class Encoder:
    backend = f"torch {torch.__version__}"

    def __init__(self, tensors, config, device):
        self.target = torch.device(device)
        cuda = self.target.type == "cuda"
        self.device = f"{device} {torch.cuda.get_device_name(self.target)}" if cuda else device
        # The mapping is read-only and torch has no such tensors: the bytes are copied.
        self.weights = {
            name: torch.frombuffer(bytearray(tensor.data), dtype=DTYPES[tensor.dtype])
            .reshape(tensor.shape).to(self.target)
            for name, tensor in tensors.items()
        }
        self.layers = config["num_hidden_layers"]
        self.heads = config["num_attention_heads"]
        self.epsilon = config["layer_norm_eps"]

    @torch.no_grad()
    def encode(self, ids, mask):
        """Unit vectors (n, hidden) of the token ids (n, length); `mask` is 1 for tokens, 0 for padding."""
        ids = torch.tensor(ids, device=self.target)
        mask = torch.tensor(mask, dtype=torch.float32, device=self.target)
        hidden = self.embed(ids)
        bias = (1 - mask)[:, None, None, :] * -1e9
        for number in range(self.layers):
            layer = f"encoder.layer.{number}"
            attended = self.linear(f"{layer}.attention.output.dense", self.attend(layer, hidden, bias))
            hidden = self.norm(f"{layer}.attention.output.LayerNorm", hidden + attended)
            inner = F.gelu(self.linear(f"{layer}.intermediate.dense", hidden))
            hidden = self.norm(f"{layer}.output.LayerNorm", hidden + self.linear(f"{layer}.output.dense", inner))
        mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return F.normalize(mean).cpu().numpy()

    def embed(self, ids):
        table = "embeddings.{}_embeddings.weight".format
        positions = self.weights[table("position")][:ids.shape[1]]
        hidden = self.weights[table("word")][ids] + positions + self.weights[table("token_type")][0]
        return self.norm("embeddings.LayerNorm", hidden)

    def attend(self, layer, hidden, bias):
        count, length, size = hidden.shape

        def split(name):
            projected = self.linear(f"{layer}.attention.self.{name}", hidden)
            return projected.reshape(count, length, self.heads, -1).transpose(1, 2)

        query, key, value = split("query"), split("key"), split("value")
        scores = query @ key.transpose(2, 3) / (size // self.heads) ** 0.5 + bias
        return (scores.softmax(-1) @ value).transpose(1, 2).reshape(count, length, size)

    def linear(self, name, inputs):
        return F.linear(inputs, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def norm(self, name, inputs):
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return F.layer_norm(inputs, weight.shape, weight, bias, self.epsilon)
