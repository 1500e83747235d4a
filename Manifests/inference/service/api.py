"""The requests that the service answers: routes, what their bodies may say, and the replies."""

import base64
import json
import threading

import model

TEXTS_LIMIT = 256
BODY_LIMIT = 1 << 20


class RequestError(Exception):
    """A request that is refused; the message goes to the client, so it quotes nothing of the content."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class API:
    def __init__(self, loaded):
        self.model = loaded
        # One computation at a time: it already uses all the threads that it may.
        self.turn = threading.Lock()
        self.routes = {
            "/health": {"GET": self.health},
            "/v1/embeddings": {"POST": self.embeddings},
            "/v1/similarity": {"POST": self.similarity},
        }

    def answer(self, method, path, body):
        """The reply to a request; `body` gives its bytes and is asked only where a body belongs."""
        methods = self.routes.get(path)
        if methods is None:
            raise RequestError(404, "no such path")
        handler = methods.get(method)
        if handler is None:
            raise RequestError(405, f"only {', '.join(methods)} is allowed here")
        return handler() if method == "GET" else handler(parse(body()))

    def health(self):
        encoder = self.model.encoder
        return {"status": "ok", "model": model.NAME, "device": encoder.device, "backend": encoder.backend}

    def embeddings(self, request):
        check_members(request, "input", {"model", "encoding_format", "user"})
        if request.get("model", model.NAME) != model.NAME:
            raise RequestError(404, f"the only model here is {model.NAME}")
        encoding = request.get("encoding_format", "float")
        if encoding not in ("float", "base64"):
            raise RequestError(400, "encoding_format is neither float nor base64")
        value = request["input"]
        vectors, tokens = self.embed(texts("input", [value] if isinstance(value, str) else value))
        data = [
            {"object": "embedding", "index": index, "embedding": encoded(vector, encoding)}
            for index, vector in enumerate(vectors)
        ]
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return {"object": "list", "data": data, "model": model.NAME, "usage": usage}

    def similarity(self, request):
        check_members(request, "sentences", set())
        vectors, _ = self.embed(texts("sentences", request["sentences"]))
        return {"similarity": (vectors @ vectors.T).tolist()}

    def embed(self, checked):
        with self.turn:
            return self.model.embed(checked)


def encoded(vector, encoding):
    return vector.tolist() if encoding == "float" else base64.b64encode(vector.astype("<f4").tobytes()).decode()


def parse(body):
    def refuse(_):
        raise ValueError

    try:
        return json.loads(body.decode("utf-8"), parse_constant=refuse, object_pairs_hook=unique_members)
    except (ValueError, RecursionError):
        raise RequestError(400, "body is not JSON") from None


def unique_members(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RequestError(400, "a member appears twice")
    return members


def check_members(request, required, optional):
    if not isinstance(request, dict):
        raise RequestError(400, "body is not a JSON object")
    if required not in request:
        raise RequestError(400, f"{required} is missing")
    if not request.keys() <= optional | {required}:
        raise RequestError(400, f"members other than {', '.join(sorted(optional | {required}))}")


def texts(name, value):
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise RequestError(400, f"{name} is not a list of strings")
    if not 1 <= len(value) <= TEXTS_LIMIT:
        raise RequestError(400, f"{name} has {len(value)} texts, expected 1 to {TEXTS_LIMIT}")
    return value
