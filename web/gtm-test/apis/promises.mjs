/**
 * The promises of server containers. One that is rejected while nobody listens is kept in `lost`, so that what fails in
 * a callback cannot get lost there.
 */
export class Promises {
  #open = [];

  get lost() {
    return this.#open.filter((one) => one.rejected && !one.heard).map(({ reason }) => reason);
  }

  create = (run) => this.#of(new Promise(run));
  all = (promises) => this.#of(Promise.all(promises));

  #of(promise) {
    const one = { rejected: false, heard: false, reason: undefined };
    this.#open.push(one);
    promise.catch((reason) => Object.assign(one, { rejected: true, reason }));
    // A rejection goes on to the promise that comes of this.
    const heard = (next) => {
      one.heard = true;
      return this.#of(next());
    };
    return {
      then: (done, failed) => heard(() => promise.then(done, failed)),
      catch: (failed) => heard(() => promise.catch(failed)),
      finally: (end) => heard(() => promise.finally(end)),
    };
  }
}
