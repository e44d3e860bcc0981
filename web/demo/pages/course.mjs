import { arch } from "../arch.mjs";
import { pounds } from "../courses.mjs";

const years = ["First year", "Second year", "Third year"];

export const course = (it) => ({
  path: `/courses/${it.slug}`,
  title: it.name,
  data: { item: it.slug, name: it.name, price: it.fee },
  body: `
<section class="course-head"><div class="wrap">
  <div><p class="crumb"><a href="/courses">Courses</a></p><h1>${it.name}</h1><p class="lead">${it.line}</p>
  <div class="actions"><a class="button bright" href="/apply/start?course=${it.slug}">Apply for 2027</a><a class="button ghost" href="/open-day">Visit us first</a></div></div>
  ${arch(it.slug)}
</div></section>
<section class="wrap facts"><dl>
  <div><dt>Award</dt><dd>${it.award}</dd></div><div><dt>Length</dt><dd>${it.years} years</dd></div><div><dt>Fee a year</dt><dd><a href="/fees">${pounds(it.fee)}</a></dd></div>
  <div><dt>Typical offer</dt><dd>${it.entry}</dd></div><div><dt>UCAS code</dt><dd>${it.ucas}</dd></div></dl></section>
<section class="wrap two">
  <article class="prose"><h2>What it is like</h2><p>${it.about}</p>
    <h2>What you study</h2>
    <div class="years">${it.year.map((modules, at) => `<section><h3>${years[at]}</h3><ul>${modules.map((name) => `<li>${name}</li>`).join("")}</ul></section>`).join("")}</div>
    <h2>Afterwards</h2><p>${it.after}.</p></article>
  <aside class="side">
    <button class="video" data-video="${it.name}: a week in the life"><span class="play" aria-hidden="true"></span><strong>A week in the life</strong><small>Film, 3 minutes</small></button>
    <a class="download" href="/demo/brochure-${it.slug}.pdf" data-download download><strong>${it.name} brochure</strong><small>PDF, one page</small></a>
    <div class="note"><strong>Questions?</strong><p>Current students answer at the <a href="/open-day">open day</a>, or have the <a href="/prospectus">prospectus</a> sent home.</p></div>
  </aside>
</section>`,
});
