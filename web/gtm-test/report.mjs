/** The result for people, in the Test Anything Protocol; what is no scenario follows as comments and one test. */
export function tap(file, result) {
  const lines = ["TAP version 14", `# ${file}${result.name ? `: ${result.name}` : ""}`];
  result.scenarios.forEach(({ name, ok, error }, i) => {
    lines.push(`${ok ? "ok" : "not ok"} ${i + 1} - ${name}`);
    if (!ok) lines.push(...error.split("\n").map((line) => `#   ${line}`));
  });
  lines.push(`1..${result.scenarios.length}`);
  const { total, missed } = result.branches;
  lines.push(`# ${result.passed} scenarios passed, ${result.failed} failed; ${total - missed.length} of ${total} branches`);
  if (result.scenarios.length === 0) lines.push("# wrong: there are no scenarios");
  for (const { line, text, scenario } of result.syntax) lines.push(`# wrong: ${scenario ? `scenario "${scenario}", ` : ""}line ${line}: ${text}`);
  for (const { line, text } of missed) lines.push(`# wrong: line ${line}: no scenario goes here (${text})`);
  for (const text of result.unused) lines.push(`# wrong: permission ${text}: no scenario needs it; take it out`);
  for (const text of result.unnoticed) lines.push(`# wrong: permission ${text}: no scenario fails without it; add one that calls the API unmocked`);
  lines.push(result.ok ? "# good" : "# not good");
  return lines.join("\n");
}
