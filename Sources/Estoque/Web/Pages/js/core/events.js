// What the server tells while it happens (SSE): one connection, open while somebody listens and the page is seen.

import { get } from './api.js';

const KINDS = ['nfe', 'import', 'export', 'stock'];
const listeners = new Map(KINDS.map((kind) => [kind, new Set()]));
let source = null;

/** Calls `handler(item)` for each change of a kind, until the signal stops it. */
export function listen(kind, handler, signal) {
  const set = listeners.get(kind);
  set.add(handler);
  connect();
  signal?.addEventListener(
    'abort',
    () => {
      set.delete(handler);
      connect();
    },
    { once: true },
  );
}

function connect() {
  const isWanted = !document.hidden && KINDS.some((kind) => listeners.get(kind).size > 0);
  if (!isWanted) {
    source?.close();
    source = null;
    return;
  }
  if (source && source.readyState !== EventSource.CLOSED) return;
  source = new EventSource('/api/events');
  for (const kind of KINDS) source.addEventListener(kind, (event) => tell(kind, event.data));
}

function tell(kind, text) {
  let item;
  try {
    item = JSON.parse(text);
  } catch {
    return;
  }
  for (const handler of [...listeners.get(kind)]) handler(item);
}

document.addEventListener('visibilitychange', connect);
// A connection that the server refused is not opened again by the browser. Perhaps the session has ended: asking for it tells.
setInterval(async () => {
  if (source?.readyState !== EventSource.CLOSED) return;
  await get('/session').catch(() => {});
  connect();
}, 5000);
