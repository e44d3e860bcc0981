// One visitor's way through the whole demo site, with every kind of event on it.

/** Runs the visit on `page`; `landing` is the address it arrives at. */
export async function clickThrough(page, base, settled, landing = "/?utm_source=newsletter&utm_medium=email&utm_campaign=autumn") {
  const arrive = async (action) => {
    await Promise.all([page.waitForEvent("load"), action]);
    await settled(page);
  };
  const follow = (selector) => arrive(page.click(selector));

  await arrive(page.goto(base + landing));
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await page.waitForFunction(() => window.demoLog().some((event) => event.name === "scroll"));
  await page.waitForTimeout(1100);
  await follow(".hero a[href='/courses']");
  for (const slug of ["nursing", "law"]) await page.check(`[data-compare=${slug}]`);
  await follow("a.course-link[href='/courses/nursing']");
  await page.click("[data-video]");
  await Promise.all([page.waitForEvent("download"), page.click("[data-download]")]);
  await follow(".top a[href='/fees']");
  await page.fill("#q-top", "rooms & rent");
  await arrive(page.press("#q-top", "Enter"));
  await follow("#results a[href='/open-day']");
  await page.fill("[name=name]", "Robin Vale");
  await page.fill("[name=email]", "robin@mail.example");
  await page.click("form.card .button");
  await follow(".top a[href='/prospectus']");
  await page.fill("[name=name]", "Robin Vale");
  await page.fill("[name=email]", "robin@mail.example");
  await page.waitForTimeout(1100);
  await page.click("form.card .button");
  await follow(".top a[href='/apply/start']");
  await page.selectOption("[name=course]", "nursing");
  await follow("form.card .button");
  await page.fill("[name=name]", "Robin Vale");
  await page.fill("[name=email]", "robin@mail.example");
  await follow("form.card .button");
  await page.check("[name=true]");
  await follow("form.card .button");
}
