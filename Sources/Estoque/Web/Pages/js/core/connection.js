// Whether the server can be reached, and whether it asked us to wait.

class Connection extends EventTarget {
  online = true;
  #timer = null;

  /** A request got an answer. */
  reached() {
    if (this.online) return;
    this.online = true;
    clearTimeout(this.#timer);
    this.dispatchEvent(new Event('change'));
  }

  /** A request got none: look every few seconds whether the server is back. */
  lost() {
    if (!this.online) return;
    this.online = false;
    this.dispatchEvent(new Event('change'));
    this.#look();
  }

  /** Tells people that a request waits for `seconds`; a single one is hardly noticed. */
  waiting(seconds) {
    if (seconds < 2) return;
    this.dispatchEvent(new CustomEvent('waiting', { detail: { seconds } }));
  }

  #look() {
    this.#timer = setTimeout(async () => {
      try {
        await fetch('/api/health/live', { cache: 'no-store' });
        this.reached();
      } catch {
        this.#look();
      }
    }, 4000);
  }
}

export const connection = new Connection();
addEventListener('offline', () => connection.lost());
