// Addresses to pages, with the browser's history.

let routes = [];
let show = () => {};
let leaving = null;
let shown = '';

/** `[{ path: '/produtos/:id', … }]` and what shows a route: `show(route, { params, query, signal })`. */
export function start(table, display) {
  routes = table.map((route) => ({ ...route, pattern: patternOf(route.path) }));
  show = display;
  // A link within the page fires popstate too, and is no other page.
  addEventListener('popstate', () => {
    if (location.pathname + location.search !== shown) render();
  });
  document.addEventListener('click', onClick);
  history.scrollRestoration = 'auto';
  render();
}

/** Goes to an address of this site. */
export function go(path, { replace = false } = {}) {
  if (replace) history.replaceState(null, '', path);
  else history.pushState(null, '', path);
  scrollTo(0, 0);
  render();
}

/** Shows the present address again. */
export function render() {
  leaving?.abort();
  leaving = new AbortController();
  shown = location.pathname + location.search;
  const path = location.pathname.replace(/(.)\/$/, '$1');
  for (const route of routes) {
    const match = route.pattern.exec(path);
    if (!match) continue;
    show(route, { params: match.groups ?? {}, query: new URLSearchParams(location.search), signal: leaving.signal });
    return;
  }
  show(null, { params: {}, query: new URLSearchParams(), signal: leaving.signal });
}

/** Keeps filters in the address, without a new page in the history. */
export function keepQuery(values) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value === '' || value === null || value === undefined || value === false) query.delete(name);
    else query.set(name, value === true ? 'sim' : value);
  }
  const text = query.toString();
  shown = location.pathname + (text ? `?${text}` : '');
  history.replaceState(null, '', shown);
}

function patternOf(path) {
  return new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
}

function onClick(event) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target.closest?.('a[href]');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (link.pathname.startsWith('/api/') || link.pathname === '/metrics' || link.getAttribute('href').startsWith('#'))
    return;
  event.preventDefault();
  link.closest('dialog')?.close();
  go(link.pathname + link.search);
}
