// Undoing a movement, with a reason.

import { post } from '../core/api.js';
import { h } from '../core/dom.js';
import { once } from '../core/once.js';
import { button } from '../ui/button.js';
import { dialog } from '../ui/dialog.js';
import { area } from '../ui/field.js';
import { Wrong, form } from '../ui/form.js';
import { toast } from '../ui/toast.js';
import { session } from '../core/session.js';
import { amount } from './movement-columns.js';

/** The button of a movement that can be undone, or nothing. */
export function reversalButton(movement, after) {
  const isDone = movement.reversedBy || movement.reverses || movement.kind === 'reversal';
  if (isDone || !session.may('operator')) return null;
  return button('Estornar', {
    icon: 'undo',
    kind: 'quiet small row-action',
    title: 'Estornar',
    label: `Estornar o movimento de ${movement.product?.name ?? movement.id}`,
    press: () => reverse(movement, after),
  });
}

async function reverse(movement, after) {
  const keyOf = once();
  const note = area('Motivo', { name: 'note', required: true, maxlength: 500, autofocus: true });
  const done = await dialog('Estornar movimento', (close) =>
    form({
      fields: [note],
      content: [
        h(
          'p',
          null,
          'Será registrado um movimento contrário a ',
          amount(movement.quantity, movement.product?.unit),
          ` de ${movement.product?.name ?? 'este produto'}. Movimentos nunca são apagados.`,
        ),
        note,
      ],
      foot: h(
        'div.dialog-foot',
        null,
        button('Voltar', { press: () => close() }),
        button('Estornar', { type: 'submit', kind: 'main harm' }),
      ),
      send: async () => {
        const reason = note.input.value.trim();
        if (!reason) throw new Wrong([{ field: 'note', message: 'Diga por que o movimento é estornado.' }]);
        close(await post(`/movements/${movement.id}/reversal`, { note: reason }, { key: keyOf(reason) }));
      },
    }),
  );
  if (done === undefined) return;
  toast('Movimento estornado');
  await after?.();
}
