// Which of our products a supplier's code means, as the decisions on invoices have taught it.

import { get, remove } from '../core/api.js';
import { h } from '../core/dom.js';
import * as format from '../core/format.js';
import { idOf } from '../core/lookups.js';
import { session } from '../core/session.js';
import { button } from '../ui/button.js';
import { confirm } from '../ui/dialog.js';
import { list } from '../ui/list.js';
import { card } from '../ui/page-head.js';
import { empty } from '../ui/states.js';
import { toast } from '../ui/toast.js';

const keyOf = ({ supplier, code, unit }) => ({ supplier: supplier?.id ?? supplier, code, unit });

export function supplierCard(signal) {
  const mayWrite = session.may('operator');
  const items = list({
    caption: 'Códigos dos fornecedores',
    signal,
    idOf: (item) => JSON.stringify(keyOf(item)),
    columns: [
      {
        title: 'Código do fornecedor',
        place: 'lead',
        cell: ({ code, unit }) => [h('span.strong', null, code), unit && h('span.sub', null, unit)],
      },
      {
        title: 'Fornecedor',
        cell: ({ supplier }) => [
          supplier?.name,
          h(supplier?.name ? 'span.sub' : 'span', null, format.identity(supplier?.id ?? supplier)),
        ],
      },
      {
        title: 'Produto',
        cell: ({ product }) =>
          h('a', { href: `/produtos/${idOf(product)}` }, product?.name ?? `Produto ${idOf(product)}`),
      },
      { title: 'Fator', end: true, cell: ({ factor }) => format.quantity(factor) },
      mayWrite && {
        title: 'Ações',
        hideTitle: true,
        end: true,
        place: 'side',
        cell: (item) =>
          button('', {
            icon: 'trash',
            kind: 'quiet small',
            label: `Excluir o código ${item.code}`,
            press: () => drop(item, () => items.reload()),
          }),
      },
    ].filter(Boolean),
    page: (after, stop) => get('/supplier-products', { query: { limit: 50, after }, signal: stop }),
    empty: () =>
      empty(
        'Nenhum código ainda',
        'Ao aceitar uma nota em revisão, o sistema guarda aqui qual produto é cada código do fornecedor.',
        { icon: 'invoice', tight: true },
      ),
  });
  items.reload();
  return card('Códigos dos fornecedores', items, { flush: true });
}

async function drop(item, changed) {
  if (
    !(await confirm('Excluir o código?', `A próxima nota com o código ${item.code} volta a pedir o produto.`, {
      yes: 'Excluir',
      harm: true,
    }))
  )
    return;
  await remove('/supplier-products', { query: keyOf(item) });
  toast('Código excluído');
  await changed();
}
