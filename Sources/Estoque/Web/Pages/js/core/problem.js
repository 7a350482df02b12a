// What went wrong with a request, in words for people.

const TITLES = {
  0: 'Sem conexão com o servidor',
  400: 'Pedido inválido',
  401: 'Sessão encerrada',
  403: 'Acesso não permitido',
  404: 'Não encontrado',
  408: 'O servidor demorou demais',
  409: 'Conflito com outra operação',
  412: 'Alterado por outra pessoa',
  413: 'Arquivo grande demais',
  415: 'Tipo de arquivo não aceito',
  422: 'Dados não aceitos',
  429: 'Muitos pedidos em pouco tempo',
  500: 'Erro no servidor',
  502: 'Servidor indisponível',
  503: 'Servidor ocupado',
  504: 'O servidor demorou demais',
};

/** An answer that is no success, after RFC 9457; status 0 when there was no answer. */
export class Problem extends Error {
  constructor({ status = 0, title, detail, errors, retryAfter, instance } = {}) {
    super(detail || title || TITLES[status] || 'Algo deu errado');
    this.name = 'Problem';
    this.status = status;
    this.title = title || TITLES[status] || 'Algo deu errado';
    this.detail = detail || '';
    this.errors = Array.isArray(errors) ? errors : [];
    this.retryAfter = retryAfter ?? null;
    this.instance = instance;
  }

  /** Reads the answer's body. */
  static async from(response) {
    const body = await response.json().catch(() => ({}));
    const retryAfter = waitOf(response.headers.get('Retry-After'));
    return new Problem({ ...body, status: response.status, retryAfter });
  }

  static offline() {
    return new Problem({ status: 0, detail: 'Confira a rede. O que você digitou continua aqui.' });
  }
}

/** Seconds of a Retry-After header, which is a number or a date. */
export function waitOf(header) {
  if (!header) return null;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : null;
}

/** Whether a request was given up because its page was left. */
export const isAbort = (error) => error?.name === 'AbortError';
