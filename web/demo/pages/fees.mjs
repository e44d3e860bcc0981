import { courses, pounds } from "../courses.mjs";

export const fees = {
  path: "/fees",
  title: "Fees and funding",
  body: `
<section class="wrap head"><h1>Fees and funding</h1><p class="lead">What it costs, what comes back, and what a year in Northgate really takes.</p></section>
<section class="wrap two side-first">
  <article class="prose"><h2>Tuition in 2027</h2>
    <table><thead><tr><th scope="col">Course</th><th scope="col">UK</th><th scope="col">International</th></tr></thead>
    <tbody>${courses.map((it) => `<tr><th scope="row"><a href="/courses/${it.slug}">${it.name}</a></th><td>${pounds(it.fee)}</td><td>${pounds(it.fee * 2 + 1400)}</td></tr>`).join("")}</tbody></table>
    <h2>Bursaries</h2><p>If your household earns under £42,000 you get £2,000 a year, without a form: we read it from your student finance. Nurses get a further £5,000 from the NHS.</p>
    <h2>Scholarships</h2><p>Thirty Gate Scholarships of £4,500 go to the people whose applications made an argument break out in the committee room.</p>
  </article>
  <aside class="side"><form class="card" data-costs>
    <h2>Your year</h2>
    <label>Room <select name="room"><option value="118">On campus, £118 a week</option><option value="104">Shared house, £104 a week</option><option value="0">At home</option></select></label>
    <label>Food and everything else <output name="spend-out">£95 a week</output><input type="range" name="spend" min="40" max="180" step="5" value="95"></label>
    <label class="check"><input type="checkbox" name="bursary"> Household under £42,000</label>
    <p class="sum"><output name="sum"></output><span>for forty weeks, before tuition</span></p>
  </form></aside>
</section>
<section class="wrap aside-row"><p>Want it on paper, with the small print?</p><a class="button quiet" href="/prospectus">Request a prospectus</a></section>`,
};
