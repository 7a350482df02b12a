// Who is signed in; kept in memory only. The cookie that proves it is out of a script's reach.

const RANK = { viewer: 1, operator: 2, admin: 3 };
export const ROLES = { viewer: 'Consulta', operator: 'Operação', admin: 'Administração' };

class Session extends EventTarget {
  user = null;
  csrf = null;
  company = null;

  begin({ user, csrf, company }) {
    this.user = user;
    this.csrf = csrf;
    this.company = company ?? this.company;
    this.dispatchEvent(new Event('begin'));
  }

  /** Forgets the user; `expired` when the server did not know the session any more. */
  end(expired = false) {
    if (!this.user) return;
    this.user = null;
    this.csrf = null;
    this.dispatchEvent(new CustomEvent('end', { detail: { expired } }));
  }

  /** Whether the user has a role, or one above it. */
  may(role) {
    return !role || (RANK[this.user?.role] ?? 0) >= RANK[role];
  }

  /** The company's name, whether the API gives it as text or with its details. */
  get companyName() {
    return typeof this.company === 'string' ? this.company : (this.company?.name ?? '');
  }
}

export const session = new Session();
