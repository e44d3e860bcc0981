// The university's mark is an open gate; every picture on the site is that gate with something else seen through it.

const GATE = "M20 240V110a80 80 0 0 1 160 0v130z";

const line = (d, extra = "") => `<path d="${d}" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" ${extra}/>`;

const views = {
  "data-science": () => {
    let dots = "";
    for (let row = 0; row < 12; row++) {
      for (let column = 0; column < 9; column++) {
        const r = 1.2 + 4.6 * Math.abs(Math.sin(row * 0.55 + column * 0.8) * Math.cos(column * 0.35));
        dots += `<circle cx="${30 + column * 17.5}" cy="${48 + row * 17}" r="${r.toFixed(1)}"/>`;
      }
    }
    return `<g fill="currentColor">${dots}</g>`;
  },
  nursing: () => [0, 1, 2, 3, 4].map((at) => line(`M10 ${90 + at * 32}h${46 + at * 6}l9 -16 14 ${44 - at * 5} 13 -${62 - at * 8} 12 ${46 - at * 5} 8 -12h90`, `opacity="${1 - at * 0.17}"`)).join(""),
  law: () => [38, 66, 94, 122, 150].map((x) => `<rect x="${x}" y="112" width="13" height="118" fill="currentColor"/>`).join("") + `<path d="M28 98 100 58l72 40z" fill="currentColor"/><rect x="28" y="102" width="144" height="5" fill="currentColor"/>`,
  architecture: () => line("M30 240V150l70-52 70 52v90M30 150h140M100 98v142M30 195h140M62 126v114M138 126v114") + line("M30 195 62 240M62 195 30 240M138 195l32 45M170 195l-32 45", 'opacity=".5"'),
  economics: () => line("M34 60v170h140", 'opacity=".5"') + line("M40 84c26 84 62 118 124 128") + line("M40 214C84 206 138 160 158 84") + `<circle cx="105" cy="176" r="8" fill="currentColor"/>`,
};

/** An arch with the course's own view in it. */
export function arch(slug) {
  return `<svg class="arch arch-${slug}" viewBox="0 0 200 240" aria-hidden="true"><clipPath id="gate-${slug}"><path d="${GATE}"/></clipPath><path class="arch-back" d="${GATE}"/><g clip-path="url(#gate-${slug})">${views[slug]()}</g></svg>`;
}

/** The landscape of the home page: arches within arches, and a road that runs through all of them to the hills. */
export function hero() {
  const gates = [0, 1, 2, 3].map((at) => {
    const inset = at * 44;
    const [left, right, top] = [20 + inset, 500 - inset, 260 + at * 26];
    const radius = (right - left) / 2;
    return `<path class="gate gate-${at}" d="M${left} 640V${top}a${radius} ${radius} 0 0 1 ${2 * radius} 0v${640 - top}z"/>`;
  });
  return `<svg class="hero-art" viewBox="0 0 520 640" aria-hidden="true">
    <clipPath id="inner"><path d="M152 640V338a108 108 0 0 1 216 0v302z"/></clipPath>${gates.join("")}
    <g clip-path="url(#inner)"><circle class="sun" cx="300" cy="352" r="44"/>
    <path class="hill hill-far" d="M140 470c40-60 74-76 112-30s76-34 130 22v200H140z"/><path class="hill hill-near" d="M140 520c60-44 110-34 140-14s60 10 100-16v170H140z"/></g>
    <path class="road" d="M246 506c16 10-6 26-14 44-10 24-40 52-96 90h230c-50-46-86-72-92-96-4-16 4-28-16-38z"/></svg>`;
}

/** The mark beside the name. */
export const mark = `<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path d="M3 30V15a13 13 0 0 1 26 0v15h-7V16a6 6 0 0 0-12 0v14z" fill="currentColor"/><path d="m16 12 2.2 5.8L16 29l-2.2-11.2z" class="mark-needle"/></svg>`;
