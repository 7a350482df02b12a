// A page's head: what it is, and what can be done here.

import { h } from '../core/dom.js';
import { icon } from './icon.js';

export function pageHead(title, { lead, actions = [], back, mark } = {}) {
  return h(
    'header.head',
    null,
    h(
      'div',
      null,
      back && h('a.back', { href: back.href }, icon('back'), back.text),
      h('div.row', null, h('h1', { tabindex: '-1' }, title), mark),
      lead && h('p.lead', null, lead),
    ),
    actions.length > 0 && h('div.actions', null, actions),
  );
}

/** A card with a title. */
export function card(title, content, { actions, flush = false, level = 'h2', id } = {}) {
  return h(
    'section.card',
    { 'aria-label': title },
    h('div.card-head', null, h(level, { id }, title), actions),
    h('div.body', { class: flush ? 'flush' : '' }, content),
  );
}
