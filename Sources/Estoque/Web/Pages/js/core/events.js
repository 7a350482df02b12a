// What the server tells while it happens (SSE): one connection, open while somebody listens and the page is seen. When the server cannot say what
// was missed, or nobody was connected for a while, everything is read again.

import { get } from './api.js';

const KINDS = ['nfe', 'import', 'export', 'stock'];
const listeners = new Map(KINDS.map((kind) => [kind, new Set()]));
let source = null;
let hasMissed = false;

/** Calls `handler(item)` for each change of a kind, and `reset()` when anything may have changed, until the signal stops it. */
export function listen(kind, handler, reset, signal) {
  const set = listeners.get(kind);
  const listener = { handler, reset };
  set.add(listener);
  connect();
  signal?.addEventListener(
    'abort',
    () => {
      set.delete(listener);
      connect();
    },
    { once: true },
  );
}

function connect() {
  const isWanted = !document.hidden && KINDS.some((kind) => listeners.get(kind).size > 0);
  if (!isWanted) {
    if (source && document.hidden) hasMissed = true;
    source?.close();
    source = null;
    return;
  }
  if (source && source.readyState !== EventSource.CLOSED) return;
  if (source) hasMissed = true;
  source = new EventSource('/api/events');
  for (const kind of KINDS) source.addEventListener(kind, (event) => tell(kind, event.data));
  source.addEventListener('reset', reset);
  if (hasMissed) source.addEventListener('open', reset, { once: true });
  hasMissed = false;
}

function reset() {
  const resets = KINDS.flatMap((kind) => [...listeners.get(kind)].map((listener) => listener.reset));
  for (const reset of new Set(resets)) reset();
}

function tell(kind, text) {
  let item;
  try {
    item = JSON.parse(text);
  } catch {
    return;
  }
  for (const { handler } of [...listeners.get(kind)]) handler(item);
}

document.addEventListener('visibilitychange', connect);
// A connection that the server refused is not opened again by the browser. Perhaps the session has ended: asking for it tells.
setInterval(async () => {
  if (source?.readyState !== EventSource.CLOSED) return;
  await get('/session').catch(() => {});
  connect();
}, 5000);
