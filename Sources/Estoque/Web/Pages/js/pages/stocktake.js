// One stock-take: counting with a scanner, and closing.

import { get, newKey, post, put, remove } from '../core/api.js';
import { fill, h } from '../core/dom.js';
import * as format from '../core/format.js';
import { idOf, locations, nameOf } from '../core/lookups.js';
import { render } from '../core/router.js';
import { session } from '../core/session.js';
import { STOCKTAKE_STATES, badge, stateBadge } from '../ui/badge.js';
import { button } from '../ui/button.js';
import { confirm } from '../ui/dialog.js';
import { card, pageHead } from '../ui/page-head.js';
import { empty } from '../ui/states.js';
import { table } from '../ui/table.js';
import { toast } from '../ui/toast.js';
import { counter } from './stocktake-counter.js';

export async function page({ view, params, signal, title }) {
  const id = encodeURIComponent(params.id);
  const [take, places] = await Promise.all([get(`/stocktakes/${id}`, { signal }), locations()]);
  const isOpen = take.state === 'open';
  const mayCount = isOpen && session.may('operator');
  title(`Contagem ${take.id}`);
  const counts = h('div');
  const show = (data) => fill(counts, countTable(data.counts ?? [], mayCount && drop));
  const refresh = async () => {
    Object.assign(take, await get(`/stocktakes/${id}`, { signal }));
    show(take);
  };
  const save = async (product, quantity) => {
    await put(`/stocktakes/${id}/counts`, [{ product: product.id, quantity }]);
    await refresh();
  };
  const drop = async ({ product }) => {
    const sure = await confirm(
      'Desfazer a contagem do produto?',
      `${product.name} volta a não ter sido contado, e o estoque dele fica como está.`,
      { yes: 'Desfazer', harm: true },
    );
    if (!sure) return;
    await remove(`/stocktakes/${id}/counts/${idOf(product)}`);
    toast('Contagem desfeita');
    await refresh();
  };
  view.append(
    pageHead(`Contagem ${take.id}`, {
      back: { href: '/inventario', text: 'Inventário' },
      mark: stateBadge(STOCKTAKE_STATES, take.state),
      lead: [nameOf(idOf(take.location), places), take.note, `aberta em ${format.time(take.openedAt)}`]
        .filter(Boolean)
        .join(' · '),
      actions: mayCount
        ? [
            button('Cancelar contagem', { kind: 'harm', press: () => end(id, 'cancel', take) }),
            button('Encerrar contagem', { icon: 'check', kind: 'main', press: () => end(id, 'close', take) }),
          ]
        : [],
    }),
    (mayCount &&
      card(
        'Contar',
        counter({
          save,
          counted: (product) => take.counts?.find((count) => idOf(count.product) === product.id),
          signal,
        }),
      )) ||
      '',
    card('Produtos contados', counts, { flush: true }),
  );
  show(take);
}

function difference(count) {
  if (count.difference !== undefined && count.difference !== null) return count.difference;
  const gap = Number(count.quantity) - Number(count.expected);
  return String(Math.round(gap * 1e4) / 1e4);
}

function countTable(counts, drop) {
  if (counts.length === 0)
    return empty('Nada contado ainda', 'Leia o código de barras do primeiro produto.', {
      icon: 'barcode',
      tight: true,
    });
  return table({
    caption: 'Produtos contados',
    rows: counts,
    columns: [
      {
        title: 'Produto',
        place: 'lead',
        cell: ({ product }) => [
          h('a.title', { href: `/produtos/${idOf(product)}` }, product.name ?? `Produto ${idOf(product)}`),
          product.code && h('span.sub', null, product.code),
        ],
      },
      {
        title: 'Contado',
        end: true,
        cell: ({ quantity, product }) => h('span.strong', null, format.quantity(quantity, product.unit)),
      },
      { title: 'No sistema', end: true, cell: ({ expected }) => format.quantity(expected) },
      {
        title: 'Diferença',
        end: true,
        place: 'side',
        cell: (count) =>
          Number(difference(count)) === 0
            ? badge('confere', 'good', 'check')
            : badge(format.change(difference(count)), 'warn'),
      },
      { title: 'Quando', cell: ({ countedAt }) => (countedAt ? format.time(countedAt) : '') },
      drop && {
        title: 'Ações',
        hideTitle: true,
        end: true,
        place: 'bare',
        cell: (count) =>
          button('', {
            icon: 'trash',
            kind: 'quiet small',
            label: `Desfazer a contagem de ${count.product.name}`,
            press: () => drop(count),
          }),
      },
    ].filter(Boolean),
  });
}

async function end(id, action, take) {
  const differing = (take.counts ?? []).filter((count) => Number(difference(count)) !== 0).length;
  const isClose = action === 'close';
  const sure = await confirm(
    isClose ? 'Encerrar a contagem?' : 'Cancelar a contagem?',
    isClose
      ? `${format.plural(take.counts?.length ?? 0, 'produto contado', 'produtos contados')}; ${format.plural(differing, 'diferença será lançada', 'diferenças serão lançadas')} como ajuste. O que não foi contado fica como está.`
      : 'O que foi contado fica guardado, mas nada muda no estoque.',
    { yes: isClose ? 'Encerrar' : 'Cancelar contagem', harm: !isClose },
  );
  if (!sure) return;
  await post(`/stocktakes/${id}/${action}`, undefined, { key: newKey() });
  toast(isClose ? 'Contagem encerrada' : 'Contagem cancelada');
  render();
}
