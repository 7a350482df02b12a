// How a job in the background looks in a list.

import { h } from '../core/dom.js';
import * as format from '../core/format.js';
import { nameOf } from '../core/lookups.js';
import { JOB_STATES, stateBadge } from './badge.js';
import { progress } from './progress.js';

export const isActive = (job) => job.state === 'waiting' || job.state === 'running';

/** The bar of a running job, or what came of it. */
function jobProgress(job, one = 'linha', many = 'linhas') {
  if (isActive(job)) {
    return progress(job.state === 'waiting' ? 'Na fila' : 'Em andamento', {
      done: Number(job.done ?? 0),
      total: job.total,
    });
  }
  const failures = Number(job.failed ?? 0);
  return [
    format.plural(job.done ?? 0, one, many),
    failures > 0 && h('span.sub.down', null, format.plural(failures, 'falha', 'falhas')),
    job.message && h('span.sub', null, format.sentence(job.message)),
  ];
}

/** Columns that all jobs share; `first` is the title's cell, `actions` the last. */
export function jobColumns({ first, words, actions }) {
  return [
    { title: 'Trabalho', place: 'lead', cell: first },
    { title: 'Estado', place: 'side', cell: ({ state }) => stateBadge(JOB_STATES, state) },
    { title: 'Andamento', cell: (job) => jobProgress(job, ...words) },
    {
      title: 'Início',
      cell: ({ startedAt }) =>
        startedAt ? h('time', { datetime: startedAt, title: format.time(startedAt) }, format.ago(startedAt)) : '',
    },
    { title: 'Usuário', cell: ({ user }) => nameOf(user) },
    { title: 'Ações', hideTitle: true, place: 'bare', end: true, cell: (job) => h('div.actions', null, actions(job)) },
  ];
}
