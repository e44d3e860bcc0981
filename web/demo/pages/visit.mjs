import { courses } from "../courses.mjs";

const options = courses.map((it) => `<option value="${it.slug}">${it.name}</option>`).join("");

export const search = {
  path: "/search",
  title: "Search",
  body: `
<section class="wrap head"><h1>Search</h1><form class="search-big" action="/search" role="search"><label class="hidden" for="q">Search for</label><input id="q" name="q" type="search" autocomplete="off" placeholder="Bursary, nursing, rooms"><button class="button">Search</button></form></section>
<section class="wrap"><p id="found" class="muted" role="status">Try a course, or something about living here.</p><ol id="results" class="results"></ol></section>`,
};

export const openDay = {
  path: "/open-day",
  title: "Open day",
  body: `
<section class="wrap head"><h1>Open day</h1><p class="lead">Saturday 12 December, 10 to 4. Nothing is staged: the wards, labs and court are in use, and you may ask anyone anything.</p></section>
<section class="wrap two side-first">
  <article class="prose"><h2>The day</h2><ol class="day">
    <li><b>10:00</b><span>Gate House. Coffee, maps, and a student from your school.</span></li>
    <li><b>10:45</b><span>Your course: two hours in the rooms where it is taught.</span></li>
    <li><b>13:00</b><span>Lunch in the old goods shed.</span></li>
    <li><b>14:00</b><span>Rooms, money and visas. Fifteen-minute sessions, as many as you like.</span></li>
    <li><b>15:15</b><span>Walk to the river, or sit in on the moot.</span></li></ol>
    <p>Trains: nine minutes on foot from Northgate Central. We refund your ticket up to £40.</p></article>
  <aside class="side"><form class="card" data-form="sign_up" data-form-id="open-day">
    <h2>Book your place</h2>
    <label>Name <input name="name" autocomplete="name" required></label>
    <label>E-mail <input name="email" type="email" autocomplete="email" required></label>
    <label>Course <select name="course">${options}</select></label>
    <button class="button">Book my place</button>
    <p class="done" hidden role="status">You are booked. The gate is on North Road; you cannot miss it.</p>
  </form></aside>
</section>`,
};

export const prospectus = {
  path: "/prospectus",
  title: "Request a prospectus",
  body: `
<section class="wrap two form-page">
  <div class="head"><h1>Request a prospectus</h1><p class="lead">A hundred and twelve pages on paper made twelve miles from here. It comes in three days, and we do not ring you.</p>
  <ul class="plain"><li>Every module of every course</li><li>Rooms with their floor plans and rents</li><li>What graduates earn, the lower quarter included</li></ul></div>
  <form class="card" data-form="generate_lead" data-form-id="prospectus">
    <label>Name <input name="name" autocomplete="name" required></label>
    <label>E-mail <input name="email" type="email" autocomplete="email" required></label>
    <label>Postal address <textarea name="address" rows="3" autocomplete="street-address"></textarea></label>
    <label>I am interested in <select name="course">${options}</select></label>
    <button class="button">Send it to me</button>
    <p class="done" hidden role="status">It is in tomorrow’s post. Meanwhile: <a href="/open-day">see us in person</a>.</p>
  </form>
</section>`,
};
