// Sends the drawing to be read while the pen moves.

/** Keeps at most one request on its way, and always asks once more if something changed meanwhile. */
class Sender {
  #busy = false;
  #wanted = false;
  #stale = false;

  /** `read` asks the server and gives a promise of its answer; `show` takes the answer. */
  constructor(read, show, pause) {
    this.read = read;
    this.show = show;
    this.pause = pause;
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
    const answer = await this.read();
    if (!this.#stale) this.show(answer);
    const rest = this.pause - (performance.now() - started);
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
  }
}
