// Signing in.

import { get, post } from '../core/api.js';
import { h } from '../core/dom.js';
import { render } from '../core/router.js';
import { session } from '../core/session.js';
import { button } from '../ui/button.js';
import { text } from '../ui/field.js';
import { Wrong, form } from '../ui/form.js';

export function page({ view, signal }) {
  const login = text('Usuário', {
    name: 'login',
    autocomplete: 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
    required: true,
    autofocus: true,
  });
  const password = text('Senha', {
    name: 'password',
    type: 'password',
    autocomplete: 'current-password',
    required: true,
  });
  view.replaceWith(
    h(
      'main.login',
      { id: 'conteudo', tabindex: '-1' },
      h(
        'div.card',
        null,
        h('div.brand', null, h('img', { src: '/favicon.svg', alt: '', width: 44, height: 44 }), 'Estoque'),
        h('h1', { tabindex: '-1' }, 'Entrar'),
        form({
          fields: [login, password],
          content: [login, password],
          foot: button('Entrar', { type: 'submit', kind: 'main' }),
          send: async () => {
            const missing = [];
            if (!login.input.value.trim()) missing.push({ field: 'login', message: 'Informe o usuário.' });
            if (!password.input.value) missing.push({ field: 'password', message: 'Informe a senha.' });
            if (missing.length > 0) throw new Wrong(missing);
            const answer = await post(
              '/login',
              { login: login.input.value.trim(), password: password.input.value },
              { signal, quiet: true },
            );
            const whole = await get('/session', { quiet: true }).catch(() => answer);
            session.begin({ ...answer, ...whole });
            render();
          },
        }),
      ),
    ),
  );
  login.input.focus();
}
