// Categories and places: short lists that many pages need, asked for once a minute at most.

import { get } from './api.js';

const LIFETIME = 60_000;
const kept = new Map();

function cached(path) {
  const entry = kept.get(path);
  if (entry && Date.now() - entry.at < LIFETIME) return entry.items;
  const items = all(path).catch((error) => {
    kept.delete(path);
    throw error;
  });
  kept.set(path, { at: Date.now(), items });
  return items;
}

async function all(path) {
  const items = [];
  let after;
  do {
    const page = await get(path, { query: { limit: 200, after } });
    if (Array.isArray(page)) return page;
    items.push(...page.items);
    after = page.next;
  } while (after);
  return items;
}

export const categories = () => cached('/categories');
export const locations = () => cached('/locations');

/** After a change: ask again. */
export function forget() {
  kept.clear();
}

/** The id of something that is given as a number or with its details. */
export const idOf = (thing) => (thing !== null && typeof thing === 'object' ? thing.id : thing);

/** What to call something that is given as a number, a text or with its details. */
export function nameOf(thing, list = []) {
  if (thing === null || thing === undefined || thing === '') return '';
  if (typeof thing === 'object') return thing.name ?? thing.code ?? thing.login ?? String(thing.id);
  return list.find((item) => item.id === thing)?.name ?? String(thing);
}
