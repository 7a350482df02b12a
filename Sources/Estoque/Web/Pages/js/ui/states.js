// What stands where there is nothing yet: loading, nothing found, something wrong.

import { fill, h } from '../core/dom.js';
import { Problem, isAbort } from '../core/problem.js';
import { button } from './button.js';
import { icon } from './icon.js';
import { explanation } from './toast.js';

/** Grey lines while data is on its way. */
export function skeleton(lines = 5, kind = '') {
  return h(
    'div.skeleton',
    { class: kind, 'aria-hidden': 'true' },
    Array.from({ length: lines }, () => h('i')),
  );
}

/** Nothing there, and what can be done about it. */
export function empty(title, text, { icon: name = 'stock', actions = [], tight = false } = {}) {
  return h(
    'div.state',
    { class: tight ? 'tight' : '' },
    icon(name),
    h('p.title', null, title),
    text && h('p', null, text),
    actions.length > 0 && h('div.actions', null, actions),
  );
}

/** Something went wrong, with a way to try again. */
export function trouble(error, retry) {
  const problem = error instanceof Problem ? error : new Problem({ title: 'Algo deu errado nesta página' });
  if (problem !== error) console.error(error);
  const isMissing = problem.status === 404;
  return h(
    'div.state.bad',
    { role: 'alert' },
    icon(problem.status === 0 && problem === error ? 'offline' : 'alert'),
    h('p.title', null, problem.title),
    h('p', null, explanation(problem)),
    retry && !isMissing && h('div.actions', null, button('Tentar de novo', { icon: 'retry', press: retry })),
  );
}

/** Shows a skeleton, then what `fetch` brings, or what went wrong. */
export async function load(container, { fetch, render, signal, skeleton: ghost = skeleton() }) {
  const attempt = async () => {
    container.setAttribute('aria-busy', 'true');
    fill(container, ghost);
    try {
      const data = await fetch();
      if (signal?.aborted) return;
      fill(container, await render(data));
    } catch (error) {
      if (isAbort(error) || error.status === 401) return;
      fill(container, trouble(error, attempt));
    } finally {
      container.removeAttribute('aria-busy');
    }
  };
  await attempt();
}
