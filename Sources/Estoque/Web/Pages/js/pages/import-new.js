// A new import: choose a file, say what its columns mean, begin.

import { fill, h } from '../core/dom.js';
import { once } from '../core/once.js';
import { go } from '../core/router.js';
import { upload } from '../core/upload.js';
import { button } from '../ui/button.js';
import { confirm } from '../ui/dialog.js';
import { dropzone } from '../ui/dropzone.js';
import { choice, choices, tick } from '../ui/field.js';
import { card, pageHead } from '../ui/page-head.js';
import { progress } from '../ui/progress.js';
import { trouble } from '../ui/states.js';
import { explanation, failed, toast } from '../ui/toast.js';
import { mappingTable } from './import-mapping.js';

const KINDS = [
  ['products', 'Produtos'],
  ['movements', 'Movimentos'],
  ['staging', 'Produtos por revenda'],
];
const DIRECTIONS = [
  ['receipts', 'Entradas'],
  ['sales', 'Vendas'],
  ['adjustments', 'Diferenças de contagem'],
];
const STEPS = ['Arquivo', 'Colunas', 'Importação'];

export function page({ view, signal }) {
  const content = h('div.stack');
  const steps = h('ol.steps', { 'aria-label': 'Passos' });
  const step = (at) =>
    fill(
      steps,
      STEPS.map((name, index) => h('li', { 'aria-current': index === at ? 'step' : undefined }, name)),
    );
  view.append(pageHead('Nova importação', { back: { href: '/importacoes', text: 'Importações' } }), steps, content);

  const choose = () => {
    step(0);
    fill(
      content,
      dropzone({
        title: 'Arraste a planilha para cá',
        hint: 'CSV, TSV ou Excel (.xlsx). Separador, codificação e títulos são reconhecidos.',
        accept: '.csv,.tsv,.txt,.xlsx',
        label: 'Escolher arquivo',
        signal,
        take: ([file]) => look(file),
      }),
    );
  };
  const look = async (file) => {
    const bar = progress(`Lendo ${file.name}…`, { done: 0, total: file.size, note: '' });
    fill(content, h('div.card', null, h('div.body', null, bar)));
    try {
      const preview = await send('/imports/preview', file, {
        signal,
        progress: (done, total) => bar.set({ done, total, note: ' ' }),
      });
      arrange(file, preview);
    } catch (error) {
      if (error.name !== 'AbortError') fill(content, trouble(error, choose));
    }
  };
  const arrange = (file, preview) => {
    step(1);
    let kind = 'products';
    const mapping = mappingTable(preview);
    const keyOf = once();
    const place = h('div.stack');
    const direction = choice('As quantidades são', DIRECTIONS, { hint: 'Uma quantidade negativa vale o contrário.' });
    direction.hidden = true;
    const create = tick('Criar os produtos que não existem', { checked: false });
    create.hidden = true;
    const begin = button('Importar', {
      icon: 'import',
      kind: 'main',
      press: async () => {
        const wrong = mapping.mistake(kind);
        if (wrong) return mapping.fail(wrong);
        const query = { kind, mapping: JSON.stringify(mapping.read()) };
        if (kind === 'movements') query.direction = direction.input.value;
        if (kind !== 'products') query.create = create.input.checked;
        return start(file, query, keyOf);
      },
    });
    fill(
      place,
      choices('O que a planilha traz', KINDS, {
        name: 'tipo',
        value: kind,
        pick: (value) => {
          kind = value;
          direction.hidden = kind !== 'movements';
          create.hidden = kind === 'products';
          create.input.checked = kind === 'movements';
          mapping.fail('');
        },
      }),
      h('div.filters', null, direction, create),
      mapping,
      h('div.actions', null, button('Outro arquivo', { press: choose }), begin),
    );
    fill(content, card(file.name, place));
  };
  const start = async (file, query, keyOf) => {
    const bar = progress('Enviando…');
    const place = h('div.card', null, h('div.body', null, bar));
    content.append(place);
    step(2);
    try {
      const job = await send('/imports', file, {
        query,
        key: keyOf(query),
        signal,
        progress: (done, total) => bar.set({ done, total, note: ' ' }),
      });
      toast('Importação iniciada', { detail: job?.file ?? file.name });
      return go('/importacoes');
    } catch (error) {
      place.remove();
      step(1);
      const isKnown = error.status === 409 && !query.force;
      if (!isKnown) return failed(error);
      const sure = await confirm('Importar de novo?', explanation(error) || 'Este arquivo já foi importado.', {
        yes: 'Importar de novo',
      });
      return sure ? start(file, { ...query, force: true }, keyOf) : undefined;
    }
  };
  choose();
}

function send(path, file, options) {
  const form = new FormData();
  form.append('file', file, file.name);
  return upload(path, form, options);
}
