// Forms: sending once, and errors beside the fields they are about.

import { h } from '../core/dom.js';
import { Problem, isAbort } from '../core/problem.js';
import { icon } from './icon.js';
import { explanation, failed } from './toast.js';

/** A mistake found before anything is sent. */
export class Wrong extends Error {
  constructor(fields) {
    super('wrong');
    this.fields = fields;
  }
}

/**
 * A form of `fields` (from field.js). `send()` returns a promise; a Problem's errors go to the fields of
 * the same name, what has no field goes to a banner.
 */
export function form({ fields, content, foot, send, ...attributes }) {
  const banner = h('div', { tabindex: '-1', hidden: true });
  const element = h('form.form', { novalidate: true, ...attributes }, banner, content, foot);
  const submit = () => element.querySelector('[type="submit"]');

  const tell = (text) => {
    banner.hidden = !text;
    banner.className = 'banner bad';
    banner.replaceChildren(...(text ? [icon('alert'), h('div', null, text)] : []));
    if (text) banner.setAttribute('role', 'alert');
  };
  const blame = (errors) => {
    const rest = [];
    let first = null;
    for (const { field, message } of errors) {
      const target = fields.find((candidate) => candidate.name && candidate.name === field);
      if (!target) rest.push(message);
      else target.fail(message);
      first ??= target;
    }
    first?.input.focus();
    return rest;
  };

  element.addEventListener('submit', async (event) => {
    event.preventDefault();
    const control = submit();
    if (control?.getAttribute('aria-busy') === 'true') return;
    tell('');
    for (const target of fields) target.fail?.(null);
    control?.setAttribute('aria-busy', 'true');
    try {
      await send();
    } catch (error) {
      if (error instanceof Wrong) tell(blame(error.fields).join(' '));
      else if (error instanceof Problem && error.errors.length > 0) {
        const rest = blame(error.errors);
        tell(rest.length > 0 ? explanation(error) : '');
      } else if (error instanceof Problem)
        tell(
          `${error.title}. ${explanation(error)}${error.retryAfter ? ` Tente de novo em ${error.retryAfter} s.` : ''}`,
        );
      else if (!isAbort(error)) failed(error);
    } finally {
      control?.removeAttribute('aria-busy');
    }
  });
  return element;
}
