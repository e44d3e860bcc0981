/** A one-page PDF, so that the brochure link of a course downloads something real. */
export function brochure(course) {
  const plain = (text) => text.replace(/[^\x20-\x7e]/g, "-").replace(/[()\\]/g, "\\$&");
  const lines = [`${course.name}, ${course.award}`, course.line, `Northgate University, ${course.school}`, `${course.years} years. ${course.entry}.`];
  const text = `BT /F1 22 Tf 60 760 Td ${lines.map((line) => `(${plain(line)}) Tj 0 -34 Td /F1 13 Tf`).join(" ")} ET`;
  const objects = [
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
    `<</Length ${text.length}>>stream\n${text}\nendstream`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
  ];
  let pdf = "%PDF-1.4\n";
  const offsets = objects.map((object, at) => {
    const offset = pdf.length;
    pdf += `${at + 1} 0 obj${object}endobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  return `${pdf}xref\n0 6\n0000000000 65535 f \n${table}trailer<</Size 6/Root 1 0 R>>\nstartxref\n${pdf.length}\n%%EOF\n`;
}
