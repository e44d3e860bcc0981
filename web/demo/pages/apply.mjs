import { courses } from "../courses.mjs";

const steps = ["Start", "Details", "Review"];
const stepper = (now) => `<ol class="steps">${steps.map((name, at) => `<li${at === now ? ' aria-current="step"' : at < now ? ' class="past"' : ""}>${name}</li>`).join("")}</ol>`;

const step = (now, path, title, lead, form) => ({
  path,
  title,
  body: `<section class="wrap narrow"><div class="head">${stepper(now)}<h1>${title}</h1><p class="lead">${lead}</p></div>${form}</section>`,
});

export const apply = [
  step(0, "/apply/start", "Apply to Northgate", "Ten minutes, three steps. You can come back to it for thirty days.", `
<form class="card" data-apply="/apply/details" data-event="application_start">
  <label>Course <select name="course">${courses.map((it) => `<option value="${it.slug}">${it.name}</option>`).join("")}</select></label>
  <fieldset><legend>Start in</legend><label class="check"><input type="radio" name="start" value="2027-09" checked> September 2027</label><label class="check"><input type="radio" name="start" value="2028-01"> January 2028</label></fieldset>
  <button class="button">Start my application</button></form>`),
  step(1, "/apply/details", "About you", "As on your passport or driving licence.", `
<form class="card" data-apply="/apply/review">
  <label>Full name <input name="name" autocomplete="name" required></label>
  <label>E-mail <input name="email" type="email" autocomplete="email" required></label>
  <label>School or college <input name="school"></label>
  <label>Why this course? <textarea name="why" rows="4"></textarea></label>
  <button class="button">Continue to review</button></form>`),
  step(2, "/apply/review", "Check and send", "Read it once more. After this a person reads it, not a machine.", `
<form class="card" data-apply="/apply/thank-you"><dl class="review" data-review></dl>
  <label class="check"><input type="checkbox" name="true" required> What I wrote is true</label>
  <button class="button">Send my application</button></form>`),
  {
    path: "/apply/thank-you",
    title: "Thank you",
    body: `<section class="wrap narrow thanks"><div class="head"><h1>Thank you.<br>It is with us.</h1><p class="lead">Someone in your school reads it this week, and you hear from a named person within ten days.</p>
<div class="actions"><a class="button" href="/open-day">Book the open day</a><a class="button quiet" href="/">Back to the start</a></div></div></section>`,
  },
];
