// Choosing from many by typing (the combobox pattern of the ARIA Authoring Practices).

import { fill, h, newId } from '../core/dom.js';
import { isAbort } from '../core/problem.js';

/**
 * `find(text, signal)` brings items; `show(item)` is `{ title, note }`. The input has `.chosen`, and
 * tells of a choice by a `choose` event.
 */
export function combobox({ find, show, value = null, placeholder = '', name, ...attributes }) {
  const id = newId('lista');
  const input = h('input.input', {
    type: 'text',
    role: 'combobox',
    name,
    placeholder,
    maxlength: 120,
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-expanded': 'false',
    'aria-controls': id,
    'aria-autocomplete': 'list',
    ...attributes,
  });
  const box = h('ul', { id, role: 'listbox', 'aria-label': 'Sugestões', hidden: true });
  h('div.combo', null, input, box);
  let items = [];
  let at = -1;
  let running = null;
  let timer;

  const close = () => {
    box.hidden = true;
    at = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const mark = (index) => {
    at = (index + items.length) % items.length;
    for (const [position, option] of [...box.children].entries())
      option.setAttribute('aria-selected', String(position === at));
    input.setAttribute('aria-activedescendant', box.children[at].id);
    box.children[at].scrollIntoView({ block: 'nearest' });
  };
  const choose = (item) => {
    input.chosen = item;
    input.value = item ? show(item).title : '';
    close();
    input.dispatchEvent(new CustomEvent('choose', { detail: item }));
  };
  const open = () => {
    at = -1;
    const options = items.map((item) => {
      const { title, note } = show(item);
      return h(
        'li',
        {
          role: 'option',
          id: newId('opcao'),
          'aria-selected': 'false',
          on: { pointerdown: (event) => event.preventDefault(), click: () => choose(item) },
        },
        title,
        note && h('small', null, note),
      );
    });
    fill(
      box,
      options.length > 0 ? options : h('li.none', { role: 'option', 'aria-disabled': 'true' }, 'Nada encontrado'),
    );
    box.hidden = false;
    input.setAttribute('aria-expanded', 'true');
  };
  const search = async () => {
    running?.abort();
    running = new AbortController();
    try {
      items = await find(input.value.trim(), running.signal);
      if (document.activeElement === input) open();
    } catch (error) {
      if (!isAbort(error)) close();
    }
  };

  input.addEventListener('input', () => {
    input.chosen = null;
    clearTimeout(timer);
    timer = setTimeout(search, 180);
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (box.hidden) search();
      else if (items.length > 0) mark(at + (event.key === 'ArrowDown' ? 1 : at < 0 ? 0 : -1));
    } else if (event.key === 'Enter' && !box.hidden && items.length > 0 && (at >= 0 || items.length === 1)) {
      event.preventDefault();
      choose(items[Math.max(at, 0)]);
    } else if (event.key === 'Escape' && !box.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
  input.addEventListener('blur', close);
  input.chosen = value;
  input.value = value ? show(value).title : '';
  input.choose = choose;
  return input;
}
