import { demand } from "../refused.ts";
import { checkSigned, hex, isRole, own, parse, type Document, type Verify } from "./document.ts";

const TOP = ["root", "timestamp", "snapshot", "targets"];
type Bytes = Uint8Array<ArrayBuffer>;

/**
 * The documents that are trusted so far, and the rules by which one more joins them (section 5 of the TUF
 * specification, 1.0.34). They join in the order root, timestamp, snapshot, targets. `now` (ms) is the moment at which
 * the update began, and stays that moment.
 */
export class Trusted {
  root!: any;
  timestamp: any;
  snapshot: any;
  targets: any;
  readonly now: number;
  readonly verify: Verify;

  private constructor(now: number, verify: Verify) {
    this.now = now;
    this.verify = verify;
  }

  /** Begins with a root that is trusted because somebody says so. */
  static async begin(root: Bytes, now: number, verify: Verify): Promise<Trusted> {
    const trusted = new Trusted(now, verify);
    const document = readRoot(root);
    await trusted.signedBy(document, document.signed, "root");
    trusted.root = document.signed;
    return trusted;
  }

  /** The next root: one version up, signed by the old keys and by its own. */
  async updateRoot(bytes: Bytes): Promise<void> {
    const document = readRoot(bytes);
    await this.signedBy(document, this.root, "root");
    await this.signedBy(document, document.signed, "root");
    demand(document.signed.version === this.root.version + 1, "rolled-back");
    this.root = document.signed;
  }

  /** False: it has the version that is trusted already, which stays. An expired one joins, to compare others with. */
  async updateTimestamp(bytes: Bytes): Promise<boolean> {
    this.fresh(this.root);
    const document = parse(bytes, "timestamp");
    const next = document.signed;
    await this.signedBy(document, this.root, "timestamp");
    const meta = metaOf(next, "snapshot.json");
    demand(meta);
    if (this.timestamp) {
      demand(next.version >= this.timestamp.version, "rolled-back");
      if (next.version === this.timestamp.version) return false;
      demand(meta.version >= metaOf(this.timestamp, "snapshot.json").version, "rolled-back");
    }
    this.timestamp = next;
    this.fresh(next);
    return true;
  }

  /** Of a `stored` one length and hash are not compared: it may be older, and then joins only to compare with. */
  async updateSnapshot(bytes: Bytes, stored = false): Promise<void> {
    const meta = this.announcedSnapshot();
    if (!stored) await this.matches(bytes, meta);
    const document = parse(bytes, "snapshot");
    const next = document.signed;
    await this.signedBy(document, this.root, "snapshot");
    for (const name of Object.keys(this.snapshot?.meta ?? {})) {
      demand(metaOf(next, name)?.version >= this.snapshot.meta[name].version, "rolled-back");
    }
    this.snapshot = next;
    this.holds(next, meta);
  }

  /** The targets document, or with `role` and `by` one that others delegate to. */
  async readTargets(bytes: Bytes, role = "targets", by?: { role: any; keys: any }): Promise<any> {
    const meta = this.announcedTargets(role);
    await this.matches(bytes, meta);
    const document = parse(bytes, "targets");
    if (by) await checkSigned(document, by.role, by.keys, this.verify);
    else await this.signedBy(document, this.root, "targets");
    this.holds(document.signed, meta, true);
    demand(document.signed.targets && typeof document.signed.targets === "object");
    return document.signed;
  }

  announcedSnapshot(): any {
    demand(this.timestamp);
    this.fresh(this.timestamp);
    return metaOf(this.timestamp, "snapshot.json");
  }

  announcedTargets(role: string): any {
    const meta = this.announcedSnapshot();
    demand(this.snapshot);
    this.holds(this.snapshot, meta);
    const announced = metaOf(this.snapshot, `${role}.json`);
    demand(announced);
    return announced;
  }

  /** Length and SHA-256, as far as they are announced; another hash alone is no proof. */
  async matches(bytes: Bytes, meta: any): Promise<void> {
    demand(meta.length === undefined || meta.length === bytes.length, "length-mismatch");
    const hash = own(meta.hashes, "sha256");
    demand(hash || !meta.hashes || !Object.keys(meta.hashes).length);
    demand(!hash || hash === hex(await crypto.subtle.digest("SHA-256", bytes)), "hash-mismatch");
  }

  private signedBy(document: Document, root: any, role: string): Promise<void> {
    return checkSigned(document, own(root.roles, role), root.keys, this.verify);
  }

  private holds(signed: any, meta: any, versionFirst = false): void {
    if (!versionFirst) this.fresh(signed);
    demand(signed.version === meta.version, "rolled-back");
    this.fresh(signed);
  }

  private fresh(signed: any): void {
    demand(this.now < Date.parse(signed.expires), "expired");
  }
}

function readRoot(bytes: Bytes): Document {
  const document = parse(bytes, "root");
  demand(TOP.every((role) => isRole(own(document.signed.roles, role))));
  return document;
}

function metaOf(signed: any, name: string): any {
  const meta = own(signed.meta, name);
  demand(meta === undefined || (Number.isSafeInteger(meta?.version) && meta.version > 0));
  return meta;
}
