// My account: password, and tokens for programs.

import { post } from '../core/api.js';
import { h } from '../core/dom.js';
import { ROLES, session } from '../core/session.js';
import { button } from '../ui/button.js';
import { text } from '../ui/field.js';
import { Wrong, form } from '../ui/form.js';
import { card, pageHead } from '../ui/page-head.js';
import { toast } from '../ui/toast.js';
import { tokenCard } from './account-tokens.js';

export function page({ view, signal }) {
  const { name, login, role } = session.user;
  view.append(
    pageHead('Minha conta', { lead: `${name} · ${login} · ${ROLES[role] ?? role}` }),
    h('div.grid', null, card('Trocar a senha', passwordForm()), tokenCard(signal)),
  );
}

function passwordForm() {
  const old = text('Senha atual', { name: 'old', type: 'password', autocomplete: 'current-password', required: true });
  const fresh = text('Nova senha', {
    name: 'new',
    type: 'password',
    autocomplete: 'new-password',
    required: true,
    hint: 'Ao menos 10 caracteres. As outras sessões desta conta são encerradas.',
  });
  const again = text('Nova senha de novo', {
    name: 'again',
    type: 'password',
    autocomplete: 'new-password',
    required: true,
  });
  const element = form({
    fields: [old, fresh, again],
    content: [
      // Password managers want to know whose password it is.
      h('input', { type: 'text', name: 'username', value: session.user.login, autocomplete: 'username', hidden: true }),
      old,
      fresh,
      again,
    ],
    foot: h('div.actions', null, button('Trocar senha', { type: 'submit', kind: 'main' })),
    send: async () => {
      const wrong = [];
      if (!old.input.value) wrong.push({ field: 'old', message: 'Informe a senha atual.' });
      if (fresh.input.value.length < 10) wrong.push({ field: 'new', message: 'Use ao menos 10 caracteres.' });
      if (fresh.input.value !== again.input.value) wrong.push({ field: 'again', message: 'As duas não são iguais.' });
      if (wrong.length > 0) throw new Wrong(wrong);
      await post('/session/password', { old: old.input.value, new: fresh.input.value }, { quiet: true });
      element.reset();
      toast('Senha trocada');
    },
  });
  return element;
}
