// Short messages in a corner, read aloud by screen readers.

import { h } from '../core/dom.js';
import { sentence } from '../core/format.js';
import { Problem } from '../core/problem.js';
import { icon } from './icon.js';

const LOOKS = { good: 'check', warn: 'alert', bad: 'alert', info: 'info' };

/** Shows a message for some seconds; errors stay until they are closed. */
export function toast(text, { kind = 'good', detail = '', link } = {}) {
  const box = document.getElementById('avisos');
  const close = h(
    'button.button.quiet.icon-only.small',
    { type: 'button', 'aria-label': 'Fechar aviso' },
    icon('close'),
  );
  const element = h(
    'div.toast',
    { class: kind },
    icon(LOOKS[kind]),
    h(
      'div',
      null,
      h('div.strong', null, text),
      detail && h('div.small.soft', null, detail),
      link && h('a.small', { href: link.href }, link.text),
    ),
    close,
  );
  const shut = () => element.remove();
  close.addEventListener('click', shut);
  // A dialog is above everything else: its messages belong into it.
  box.append(element);
  raise(box);
  while (box.children.length > 4) box.firstElementChild.remove();
  if (kind !== 'bad') setTimeout(shut, 6000);
}

/** Tells what went wrong. */
export function failed(error) {
  if (!(error instanceof Problem)) {
    console.error(error);
    toast('Algo deu errado nesta página', { kind: 'bad', detail: 'Recarregue-a e tente de novo.' });
    return;
  }
  if (error.status === 401) return;
  const wait = error.retryAfter ? ` Tente de novo em ${error.retryAfter} s.` : '';
  toast(error.title, { kind: 'bad', detail: explanation(error) + wait });
}

/** A problem's sentences: its detail, and what is wrong with fields. */
export function explanation(problem) {
  const fields = problem.errors.map((error) => error.message).filter(Boolean);
  return [problem.detail, ...fields]
    .filter((text, index, all) => text && all.indexOf(text) === index)
    .map(sentence)
    .join(' ');
}

// Puts the box above open dialogs, where the browser can.
function raise(box) {
  if (!box.showPopover || !document.querySelector('dialog[open]')) return;
  box.popover = 'manual';
  if (box.matches(':popover-open')) box.hidePopover();
  box.showPopover();
}
