// Labels of one product: how many, and where on the sheet they begin.

import { address, get } from '../core/api.js';
import { h } from '../core/dom.js';
import { button } from '../ui/button.js';
import { dialog } from '../ui/dialog.js';
import { text } from '../ui/field.js';
import { Wrong, form } from '../ui/form.js';

const MOST = 500;
const SHEET = 30;

/** Asks how many, and fetches the PDF. */
export function labels(product) {
  const copies = text('Quantas etiquetas', { name: 'copies', value: '1', inputmode: 'numeric', class: 'number' });
  const first = text('Começar na etiqueta', {
    name: 'skip',
    value: '1',
    inputmode: 'numeric',
    class: 'number',
    hint: `De 1 a ${SHEET}, para aproveitar uma folha já começada.`,
  });
  return dialog('Etiquetas', (close) =>
    form({
      fields: [copies, first],
      content: [
        h('p.soft', null, 'PDF para folhas Carta com 30 etiquetas (Pimaco 6180, Avery 5160).'),
        h('div.fields', null, copies, first),
      ],
      foot: h(
        'div.dialog-foot',
        null,
        button('Cancelar', { press: () => close() }),
        button('Baixar PDF', { type: 'submit', icon: 'download', kind: 'main' }),
      ),
      send: async () => {
        const wrong = [
          { field: 'copies', value: whole(copies, MOST), message: `Um número de 1 a ${MOST}.` },
          { field: 'skip', value: whole(first, SHEET), message: `Um número de 1 a ${SHEET}.` },
        ];
        if (wrong.some(({ value }) => !value)) throw new Wrong(wrong.filter(({ value }) => !value));
        const [{ value: count }, { value: start }] = wrong;
        const query = { product: product.id, copies: count, skip: start - 1 };
        // What is wrong is told here; of a download the browser would only say that it failed.
        await get('/labels.pdf', { query });
        download(address('/labels.pdf', query));
        close();
      },
    }),
  );
}

function whole(field, most) {
  const typed = field.input.value.trim();
  const value = /^\d+$/.test(typed) ? Number(typed) : 0;
  return value <= most ? value : 0;
}

function download(href) {
  const link = h('a', { href, download: 'etiquetas.pdf', hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
}
