// Which address is which page. Pages are loaded when they are first seen.

export const routes = [
  { path: '/', name: 'painel', title: 'Painel', load: () => import('../pages/dashboard.js') },
  { path: '/estoque', name: 'estoque', title: 'Estoque', load: () => import('../pages/stock.js') },
  {
    path: '/produtos/novo',
    name: 'estoque',
    title: 'Novo produto',
    role: 'operator',
    load: () => import('../pages/product-new.js'),
  },
  { path: '/produtos/:id', name: 'estoque', title: 'Produto', load: () => import('../pages/product.js') },
  { path: '/movimentos', name: 'movimentos', title: 'Movimentos', load: () => import('../pages/movements.js') },
  { path: '/inventario', name: 'inventario', title: 'Inventário', load: () => import('../pages/stocktakes.js') },
  { path: '/inventario/:id', name: 'inventario', title: 'Contagem', load: () => import('../pages/stocktake.js') },
  { path: '/nfe', name: 'nfe', title: 'Notas fiscais', load: () => import('../pages/invoices.js') },
  { path: '/nfe/:id', name: 'nfe', title: 'Nota fiscal', load: () => import('../pages/invoice.js') },
  { path: '/importacoes', name: 'importacoes', title: 'Importações', load: () => import('../pages/imports.js') },
  {
    path: '/importacoes/nova',
    name: 'importacoes',
    title: 'Nova importação',
    role: 'operator',
    load: () => import('../pages/import-new.js'),
  },
  {
    path: '/importacoes/revendas',
    name: 'importacoes',
    title: 'Revendas',
    role: 'operator',
    load: () => import('../pages/staging.js'),
  },
  { path: '/exportacoes', name: 'exportacoes', title: 'Exportações', load: () => import('../pages/exports.js') },
  { path: '/relatorios', name: 'relatorios', title: 'Relatórios', load: () => import('../pages/reports.js') },
  { path: '/cadastros', name: 'cadastros', title: 'Cadastros', load: () => import('../pages/registers.js') },
  { path: '/usuarios', name: 'usuarios', title: 'Usuários', role: 'admin', load: () => import('../pages/users.js') },
  { path: '/auditoria', name: 'auditoria', title: 'Auditoria', role: 'admin', load: () => import('../pages/audit.js') },
  { path: '/conta', name: 'conta', title: 'Minha conta', load: () => import('../pages/account.js') },
];

/** The menu: groups of pages, with the letter that leads there after `g`. */
export const menu = [
  {
    items: [
      { name: 'painel', path: '/', title: 'Painel', icon: 'panel', key: 'p' },
      { name: 'estoque', path: '/estoque', title: 'Estoque', icon: 'stock', key: 'e' },
      { name: 'movimentos', path: '/movimentos', title: 'Movimentos', icon: 'moves', key: 'm' },
      { name: 'inventario', path: '/inventario', title: 'Inventário', icon: 'count', key: 'i' },
      { name: 'nfe', path: '/nfe', title: 'Notas fiscais', short: 'NF-e', icon: 'invoice', key: 'n' },
    ],
  },
  {
    title: 'Dados',
    items: [
      { name: 'importacoes', path: '/importacoes', title: 'Importações', icon: 'import', key: 'o' },
      { name: 'exportacoes', path: '/exportacoes', title: 'Exportações', icon: 'export', key: 'x' },
      { name: 'relatorios', path: '/relatorios', title: 'Relatórios', icon: 'report', key: 'r' },
      { name: 'cadastros', path: '/cadastros', title: 'Cadastros', icon: 'tags', key: 'c' },
    ],
  },
  {
    title: 'Administração',
    role: 'admin',
    items: [
      { name: 'usuarios', path: '/usuarios', title: 'Usuários', icon: 'users', key: 'u', role: 'admin' },
      { name: 'auditoria', path: '/auditoria', title: 'Auditoria', icon: 'audit', key: 'a', role: 'admin' },
    ],
  },
];
