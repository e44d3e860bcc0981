export async function buildSite() {}
