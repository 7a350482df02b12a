// Labelled fields. Each has `.input`, and `.fail(message)` to say what is wrong with it.

import { h, newId } from '../core/dom.js';
import { sentence } from '../core/format.js';

/** Wraps a control with its label, a hint and a place for what is wrong. */
export function field(label, control, { hint, name, grow = false, whole = false } = {}) {
  const id = control.id || newId('campo');
  control.id = id;
  const wrong = h('span.wrong', { id: `${id}-erro`, role: 'alert' });
  const described = [hint && `${id}-dica`, `${id}-erro`].filter(Boolean).join(' ');
  control.setAttribute('aria-describedby', described);
  const element = h(
    'div.field',
    { class: `${grow ? 'grow' : ''} ${whole ? 'whole' : ''}` },
    h('label', { for: id }, label),
    control.closest('.with-icon, .combo') ?? control,
    hint && h('span.hint', { id: `${id}-dica` }, hint),
    wrong,
  );
  element.input = control;
  element.name = name ?? control.name;
  element.fail = (message) => {
    wrong.textContent = sentence(message);
    if (message) control.setAttribute('aria-invalid', 'true');
    else control.removeAttribute('aria-invalid');
  };
  control.addEventListener('input', () => element.fail(null));
  return element;
}

/** A text field. */
export function text(label, { name, hint, grow, whole, class: classes, ...attributes } = {}) {
  return field(label, h('input.input', { type: 'text', name, autocomplete: 'off', class: classes, ...attributes }), {
    hint,
    name,
    grow,
    whole,
  });
}

/** A number with a comma; its value is read with `parse.decimal`. */
export function decimal(label, options = {}) {
  return text(label, { inputmode: 'decimal', class: 'number', ...options });
}

/** Several lines. */
export function area(label, { name, hint, value, ...attributes } = {}) {
  return field(label, h('textarea.input', { name, value, rows: 3, ...attributes }), { hint, name, whole: true });
}

/** A choice from a list of `[value, text]`. */
export function choice(label, options, { name, value, hint, grow, whole, ...attributes } = {}) {
  const control = h(
    'select.input',
    { name, ...attributes },
    options.map(([key, title]) => h('option', { value: key, selected: String(key) === String(value ?? '') }, title)),
  );
  return field(label, control, { hint, name, grow, whole });
}

/** A box to tick. */
export function tick(label, { name, checked = false, ...attributes } = {}) {
  const input = h('input', { type: 'checkbox', name, checked, ...attributes });
  const element = h('label.check', null, input, h('span', null, label));
  element.input = input;
  return element;
}

/** A few choices beside each other; `pick(value)` when one is taken. */
export function choices(label, options, { name, value, pick } = {}) {
  const group = name ?? newId('opcoes');
  return h(
    'fieldset.field',
    null,
    h('legend', null, label),
    h(
      'div.choices',
      null,
      options.map(([key, title, mark]) =>
        h(
          'label',
          null,
          h('input', {
            type: 'radio',
            name: group,
            value: key,
            checked: key === value,
            on: { change: () => pick?.(key) },
          }),
          h('span', null, mark, title),
        ),
      ),
    ),
  );
}
