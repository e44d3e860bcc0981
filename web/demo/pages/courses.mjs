import { arch } from "../arch.mjs";
import { courses as all, pounds } from "../courses.mjs";

const row = (course) => `<li class="course-row">
  <a class="course-link" href="/courses/${course.slug}">${arch(course.slug)}<span><strong>${course.name}</strong><small>${course.award}, ${course.school}</small></span></a>
  <p>${course.line}</p>
  <dl><div><dt>Length</dt><dd>${course.years} years</dd></div><div><dt>Fee a year</dt><dd>${pounds(course.fee)}</dd></div><div><dt>Entry</dt><dd>${course.entry}</dd></div></dl>
  <label class="check"><input type="checkbox" data-compare="${course.slug}" data-name="${course.name}" data-years="${course.years}" data-fee="${pounds(course.fee)}" data-entry="${course.entry}" data-after="${course.after}"> Compare</label>
</li>`;

export const courses = {
  path: "/courses",
  title: "Courses",
  body: `
<section class="wrap head"><h1>Courses</h1><p class="lead">Five degrees, each taught by people who still do the work. Tick two to see them side by side.</p></section>
<section class="wrap"><ul class="course-list">${all.map(row).join("")}</ul>
<div class="compare" id="compare" hidden aria-live="polite"></div></section>
<section class="wrap aside-row"><p>Not sure yet? The prospectus has every module, every placement and the true cost of living here.</p><a class="button quiet" href="/prospectus">Request a prospectus</a></section>`,
};
