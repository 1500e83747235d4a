"""Of Hack/gpu: inside a container and outside of it, the same work by the same files.

bench N   generates tokens with a small transformer, N rounds; prints {"device", "first", "rate"}: when the first token was
          there (seconds since 1970), and tokens a second in the median round
nodes     prints the device nodes of GPUs
wait      holds its GPU until it is killed
"""

import glob
import json
import statistics
import sys
import time

TOKENS = 64


def model(torch):
    torch.manual_seed(7)
    layer = torch.nn.TransformerEncoderLayer(d_model=1024, nhead=16, dim_feedforward=4096, batch_first=True)
    return torch.nn.TransformerEncoder(layer, num_layers=12).half().cuda().eval(), torch.nn.Linear(1024, 32000).half().cuda()


def bench(rounds):
    import torch

    encoder, head = model(torch)
    embedding = torch.nn.Embedding(32000, 1024).half().cuda()
    first, rates = None, []
    with torch.inference_mode():
        for _ in range(rounds):
            tokens = torch.arange(32, device="cuda").unsqueeze(0)
            torch.cuda.synchronize()
            start = time.monotonic()
            for _ in range(TOKENS):
                logits = head(encoder(embedding(tokens))[:, -1])
                tokens = torch.cat([tokens, logits.argmax(-1, keepdim=True)], dim=1)
                if first is None:
                    tokens[0, -1].item()
                    first = time.time()
            torch.cuda.synchronize()
            rates.append(TOKENS / (time.monotonic() - start))
    print(json.dumps({"device": torch.cuda.get_device_name(0), "first": first, "rate": statistics.median(rates)}))


what = sys.argv[1]
if what == "bench":
    bench(int(sys.argv[2]))
elif what == "nodes":
    print("\n".join(glob.glob("/dev/nvidia*") + glob.glob("/dev/dri/*") + glob.glob("/dev/kfd")))
elif what == "wait":
    time.sleep(3600)
else:
    sys.exit(f"bench.py: unknown {what}")
