// Files by drag and drop, or by the browser's own choice of files.

import { h } from '../core/dom.js';
import { button } from './button.js';
import { icon } from './icon.js';

/** Calls `take(files)` with what was dropped or chosen. */
export function dropzone({ title, hint, accept, multiple = false, take, signal, label = 'Escolher arquivos' }) {
  const input = h('input', { type: 'file', accept, multiple, hidden: true, 'aria-label': label });
  const element = h(
    'div.dropzone',
    null,
    icon('upload'),
    h('h2', null, title),
    h('p.soft', null, hint),
    button(label, { kind: 'main', press: () => input.click() }),
    input,
  );
  const offer = (files) => {
    const list = [...files];
    if (list.length > 0) take(multiple ? list : list.slice(0, 1));
  };
  input.addEventListener('change', () => {
    offer(input.files);
    input.value = '';
  });
  let depth = 0;
  const over = (isOver) => element.classList.toggle('over', isOver);
  // The whole window takes files, so that one that misses the zone does not open instead of the page.
  addEventListener(
    'dragenter',
    (event) => {
      if (!hasFiles(event)) return;
      depth += 1;
      over(true);
    },
    { signal },
  );
  addEventListener(
    'dragleave',
    () => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) over(false);
    },
    { signal },
  );
  addEventListener(
    'dragover',
    (event) => {
      if (hasFiles(event)) event.preventDefault();
    },
    { signal },
  );
  addEventListener(
    'drop',
    (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth = 0;
      over(false);
      offer(event.dataTransfer.files);
    },
    { signal },
  );
  element.input = input;
  return element;
}

const hasFiles = (event) => event.dataTransfer?.types.includes('Files') ?? false;
