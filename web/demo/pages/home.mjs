import { arch, hero } from "../arch.mjs";
import { courses } from "../courses.mjs";

export const home = {
  path: "/",
  title: "Home",
  body: `
<section class="hero wrap">
  ${hero()}
  <div class="hero-text">
    <h1>The gate<br>is open.</h1>
    <p class="lead">Northgate has taught the north’s nurses, lawyers, builders and counters of things since 1874. Five schools, one campus, nine minutes’ walk from the station.</p>
    <div class="actions"><a class="button" href="/courses">Find your course</a><a class="button quiet" href="/prospectus">Request a prospectus</a></div>
  </div>
</section>
<section class="wrap doors" aria-labelledby="doors-title">
  <h2 id="doors-title">Five ways in</h2>
  <div class="doors-row">${courses.map((course) => `<a class="door" href="/courses/${course.slug}">${arch(course.slug)}<strong>${course.name}</strong><span>${course.line}</span></a>`).join("")}</div>
</section>
<section class="band"><div class="wrap band-row">
  <div class="date"><span>Sat</span><b>12</b><span>December</span></div>
  <div><h2>Come and stand in it</h2><p>Open day: labs, wards, court three and the building hall, all running. Lunch is on us; bring whoever is paying.</p></div>
  <a class="button bright" href="/open-day">Book your place</a>
</div></section>
<section class="wrap split">
  <figure class="quote"><blockquote>“In my second week I was on a ward. By my second year I was the one who noticed.”</blockquote><figcaption>Imani Okafor, <a href="/courses/nursing">Nursing</a>, third year</figcaption></figure>
  <dl class="numbers">
    <div><dt>students, so you will be known by name</dt><dd>6,200</dd></div>
    <div><dt>in work or study fifteen months on</dt><dd>94 %</dd></div>
    <div><dt>of first-years get a bursary</dt><dd>2 in 5</dd></div>
    <div><dt>a week for a room on campus</dt><dd>£118</dd></div>
  </dl>
</section>`,
};
