// Sends the drawing to be read while the pen moves.

const PATIENCE = 10_000; // milliseconds; an answer that late is taken for lost

/** Keeps at most one request on its way, and always asks once more if something changed meanwhile. */
class Sender {
  #busy = false;
  #wanted = false;
  #stale = false;

  /**
   * `read` asks the server and promises its answer; `show` takes the answer, `failed` tells that none came;
   * between two requests lie at least `pause` milliseconds.
   */
  constructor({ read, show, failed, pause }) {
    Object.assign(this, { read, show, failed, pause });
  }

  /** What is on its way no longer matters: something else is being read. */
  drop() {
    this.#stale = true;
    this.#wanted = false;
  }

  /** The drawing has changed. */
  async changed() {
    this.#wanted = true;
    if (this.#busy) return;
    this.#busy = true;
    while (this.#wanted) {
      this.#wanted = this.#stale = false;
      await this.#once();
    }
    this.#busy = false;
  }

  async #once() {
    const started = performance.now();
    const answer = await Promise.race([this.read(), sleep(PATIENCE)]).catch(() => undefined);
    if (!answer) return this.#later();
    if (!this.#stale) this.show(answer);
    await sleep(this.pause - (performance.now() - started));
  }

  /** No answer came: says so, and asks again in a while, for the page must end up right. */
  async #later() {
    if (this.#stale) return; // what the page shows by now is another's answer
    this.failed();
    await sleep(1000);
    if (!this.#stale) this.#wanted = true; // and where a picture came meanwhile, only what was drawn after it
  }
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
}
