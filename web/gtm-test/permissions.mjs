// The permissions of a template, as plain values, and how to take one part of them away.

/** `[{ id, params }]` from GTM's own form, where every value is `{ type, string | boolean | listItem | mapKey … }`. */
export function readPermissions(raw) {
  return raw.map(({ instance }) => ({
    id: instance.key.publicId,
    params: Object.fromEntries((instance.param ?? []).map(({ key, value }) => [key, plain(value)])),
  }));
}

function plain(value) {
  if (value.type === 2) return (value.listItem ?? []).map(plain);
  if (value.type === 3) return Object.fromEntries((value.mapKey ?? []).map((key, i) => [key.string, plain(value.mapValue[i])]));
  return value.type === 8 ? value.boolean === true : value.string;
}

/**
 * Everything that could be left out: each permission, each entry of a list, each flag that is true. A part's `path` is
 * what a gate marks as used, its `without()` are the permissions without it.
 */
export function parts(permissions) {
  const found = [];
  const add = (path, text, change) => found.push({ path, text, without: () => changed(permissions, change) });
  permissions.forEach(({ id, params }, p) => {
    add(id, id, (all) => all.splice(p, 1));
    for (const [name, value] of Object.entries(params)) {
      if (value === true) add(`${id}/${name}`, `${id}: ${name}`, (all) => (all[p].params[name] = false));
      if (!Array.isArray(value)) continue;
      value.forEach((entry, i) => {
        const path = `${id}/${name}/${i}`;
        const text = `${id}: ${label(entry)}`;
        add(path, text, (all) => all[p].params[name].splice(i, 1));
        if (typeof entry !== "object") return;
        for (const flag of Object.keys(entry).filter((key) => entry[key] === true)) {
          add(`${path}/${flag}`, `${text} (${flag})`, (all) => (all[p].params[name][i][flag] = false));
        }
      });
    }
  });
  return found;
}

function label(entry) {
  return typeof entry === "object" ? String(entry.key ?? entry.consentType ?? entry.headerName ?? entry.name ?? JSON.stringify(entry)) : String(entry);
}

function changed(permissions, change) {
  const all = structuredClone(permissions);
  change(all);
  return all;
}
