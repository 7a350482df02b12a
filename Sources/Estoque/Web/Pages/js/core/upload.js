// Sends files with progress, which fetch cannot tell.

import { address } from './api.js';
import { connection } from './connection.js';
import { Problem, waitOf } from './problem.js';
import { session } from './session.js';

/** Posts a form; `progress(sent, total)` in bytes. Resolves to the answer's data. */
export function upload(path, form, { query, key, signal, progress } = {}) {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open('POST', address(path, query));
    call.responseType = 'text';
    call.setRequestHeader('Accept', 'application/json');
    if (session.csrf) call.setRequestHeader('X-CSRF-Token', session.csrf);
    if (key) call.setRequestHeader('Idempotency-Key', key);
    call.upload.addEventListener('progress', (event) => progress?.(event.loaded, event.total));
    call.addEventListener('load', () => {
      connection.reached();
      const data = parsed(call.responseText);
      if (call.status >= 200 && call.status < 300) return resolve(data);
      if (call.status === 401) session.end(true);
      return reject(
        new Problem({ ...data, status: call.status, retryAfter: waitOf(call.getResponseHeader('Retry-After')) }),
      );
    });
    call.addEventListener('error', () => {
      connection.lost();
      reject(Problem.offline());
    });
    call.addEventListener('abort', () => reject(new DOMException('left', 'AbortError')));
    signal?.addEventListener('abort', () => call.abort(), { once: true });
    call.send(form);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
