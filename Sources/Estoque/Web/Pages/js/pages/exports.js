// Exports: files that are made in the background, and fetched when they are ready.

import { get, newKey, post, remove } from '../core/api.js';
import { h } from '../core/dom.js';
import { listen } from '../core/events.js';
import { button } from '../ui/button.js';
import { confirm, dialog } from '../ui/dialog.js';
import { icon } from '../ui/icon.js';
import { isActive, jobColumns } from '../ui/job.js';
import { list } from '../ui/list.js';
import { pageHead } from '../ui/page-head.js';
import { empty } from '../ui/states.js';
import { toast } from '../ui/toast.js';
import { exportForm } from './export-form.js';

const KINDS = { movements: 'Movimentos', stock: 'Estoque', products: 'Produtos', labels: 'Etiquetas' };

export function page({ view, signal }) {
  const begin = async () => {
    const body = await dialog('Nova exportação', (close) => exportForm((body) => create(body, close), close));
    if (body) jobs.reload();
  };
  const jobs = list({
    caption: 'Exportações',
    signal,
    columns: jobColumns({
      first: (job) => [
        h('span.strong', null, KINDS[job.kind] ?? job.kind),
        h('span.sub', null, [job.format?.toUpperCase(), job.file].filter(Boolean).join(' · ')),
      ],
      words: ['linha', 'linhas'],
      actions: (job) => jobActions(job, () => jobs.reload()),
    }),
    page: (after, stop) => get('/exports', { query: { limit: 50, after }, signal: stop }),
    empty: () =>
      empty(
        'Nenhuma exportação ainda',
        'Planilhas e etiquetas são preparadas em segundo plano; pode continuar trabalhando.',
        { icon: 'export', actions: [button('Nova exportação', { icon: 'plus', kind: 'main', press: begin })] },
      ),
  });
  view.append(
    pageHead('Exportações', {
      lead: 'Planilhas e etiquetas para baixar.',
      actions: [button('Nova exportação', { icon: 'plus', kind: 'main', press: begin })],
    }),
    h('section.card', { 'aria-label': 'Exportações' }, jobs),
  );
  jobs.reload();
  listen('export', (job) => jobs.put(job), () => jobs.reload(), signal);
}

async function create(body, close) {
  const job = await post('/exports', body, { key: newKey() });
  toast('Exportação iniciada');
  close(job ?? true);
}

function jobActions(job, changed) {
  const name = `${KINDS[job.kind] ?? job.kind}-${job.id}.${job.format ?? 'csv'}`.toLowerCase();
  return [
    job.state === 'done' &&
      h('a.button.small', { href: `/api/exports/${job.id}/file`, download: name }, icon('download'), 'Baixar'),
    isActive(job)
      ? button('Cancelar', {
          kind: 'small harm',
          press: async () => {
            await post(`/exports/${job.id}/cancel`, undefined, { key: newKey() });
            toast('Exportação cancelada');
            await changed();
          },
        })
      : button('', {
          icon: 'trash',
          kind: 'small quiet',
          label: `Excluir a exportação ${job.id}`,
          press: async () => {
            if (
              !(await confirm('Excluir a exportação?', 'O arquivo deixa de existir no servidor.', {
                yes: 'Excluir',
                harm: true,
              }))
            )
              return;
            await remove(`/exports/${job.id}`);
            toast('Exportação excluída');
            await changed();
          },
        }),
  ];
}
