"""What is answered when a request cannot be done (RFC 9457)."""

TITLES = {
    400: "Pedido inválido",
    401: "Não autenticado",
    403: "Acesso não permitido",
    404: "Não encontrado",
    409: "Conflito",
    412: "Alterado por outra pessoa",
    422: "Dados não aceitos",
    428: "Falta If-Match",
    429: "Muitos pedidos em pouco tempo",
    500: "Erro no servidor",
    503: "Servidor ocupado",
}


class Problem(Exception):
    """An answer that is no success."""

    def __init__(self, status, detail="", errors=None, retry_after=None):
        super().__init__(detail)
        self.status, self.detail, self.errors, self.retry_after = status, detail, errors, retry_after

    def body(self, path):
        """The body of the answer."""
        body = {
            "type": "about:blank",
            "title": TITLES.get(self.status, "Erro"),
            "status": self.status,
            "detail": self.detail,
            "instance": path,
        }
        if self.errors:
            body["errors"] = [{"field": field, "message": message} for field, message in self.errors]
        return body
