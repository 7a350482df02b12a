// Buttons, and links that look like them.

import { h } from '../core/dom.js';
import { isAbort } from '../core/problem.js';
import { icon } from './icon.js';
import { failed } from './toast.js';

/** `button('Salvar', { icon: 'check', kind: 'main', press })`. */
export function button(text, { icon: name, kind = '', type = 'button', press, label, ...rest } = {}) {
  const isBare = text === '';
  const element = h(
    'button.button',
    {
      type,
      class: `${kind}${isBare ? ' icon-only' : ''}`,
      'aria-label': label,
      title: isBare ? label : undefined,
      ...rest,
    },
    name && icon(name),
    kind.includes('row-action') ? h('span', null, text) : text,
  );
  if (press) element.addEventListener('click', (event) => whileBusy(element, () => press(event)));
  return element;
}

/** A link that looks like a button. */
export function linkButton(text, href, { icon: name, kind = '', ...rest } = {}) {
  return h('a.button', { href, class: kind, ...rest }, name && icon(name), text);
}

/** Runs an action once at a time; what it throws becomes a toast. */
async function whileBusy(element, action) {
  if (element.getAttribute('aria-busy') === 'true') return;
  const promise = action();
  if (!(promise instanceof Promise)) return;
  element.setAttribute('aria-busy', 'true');
  try {
    await promise;
  } catch (error) {
    if (!isAbort(error)) failed(error);
  } finally {
    element.removeAttribute('aria-busy');
  }
}
