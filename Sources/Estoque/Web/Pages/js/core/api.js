// Requests to /api: JSON both ways, CSRF, ETags, keys against doubles, and patience with a busy server.

import { connection } from './connection.js';
import { Problem, isAbort } from './problem.js';
import { session } from './session.js';

const BUSY = new Set([429, 503]);
const PATIENCE = { attempts: 3, longest: 30, otherwise: 2 };

/** `/api` + path with a query; empty values are left out. */
export function address(path, query) {
  const pairs = Object.entries(query ?? {}).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  );
  const text = new URLSearchParams(pairs).toString();
  return `/api${path}${text ? `?${text}` : ''}`;
}

/** A key that makes a POST happen once, however often it is sent. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Sends a request and reads the answer: `{ data, etag, status }`. Throws a Problem, or an AbortError. */
export async function request(method, path, { query, body, etag, key, signal, quiet = false } = {}) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && session.csrf) headers['X-CSRF-Token'] = session.csrf;
  if (etag) headers['If-Match'] = etag;
  if (key) headers['Idempotency-Key'] = key;
  const init = {
    method,
    headers,
    signal,
    credentials: 'same-origin',
    body: body === undefined ? undefined : JSON.stringify(body),
  };
  const mayRepeat = method === 'GET' || Boolean(key);

  for (let attempt = 1; ; attempt += 1) {
    const response = await send(address(path, query), init);
    if (response.ok) return read(response);
    const problem = await Problem.from(response);
    if (response.status === 401 && !quiet) session.end(true);
    const wait = problem.retryAfter ?? PATIENCE.otherwise;
    const isLast = attempt >= PATIENCE.attempts || wait > PATIENCE.longest;
    if (!BUSY.has(response.status) || !mayRepeat || isLast) throw problem;
    connection.waiting(wait);
    await pause(wait * 1000, signal);
  }
}

async function send(url, init) {
  try {
    const response = await fetch(url, init);
    connection.reached();
    return response;
  } catch (error) {
    if (isAbort(error)) throw error;
    connection.lost();
    throw Problem.offline();
  }
}

async function read(response) {
  const isJSON = /\bjson\b/.test(response.headers.get('Content-Type') ?? '');
  const data = isJSON ? await response.json() : null;
  return { data, etag: response.headers.get('ETag'), status: response.status };
}

/** Waits, unless the signal says to stop. */
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException('left', 'AbortError'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

export const get = async (path, options) => (await request('GET', path, options)).data;
export const post = async (path, body, options) => (await request('POST', path, { body, ...options })).data;
export const put = async (path, body, options) => (await request('PUT', path, { body, ...options })).data;
export const remove = async (path, options) => (await request('DELETE', path, options)).data;
