___TERMS_OF_SERVICE___

By creating or modifying this file you agree to Google Tag Manager's Community
Template Gallery Developer Terms of Service available at
https://developers.google.com/tag-manager/gallery-tos (or such other URL as
Google may provide), as modified from time to time.


___INFO___

{
  "type": "MACRO",
  "id": "cvt_temp_public_id",
  "version": 1,
  "securityGroups": [],
  "displayName": "Inkling linear score",
  "categories": ["ANALYTICS", "PERSONALIZATION"],
  "brand": {"id": "brand_dummy", "displayName": ""},
  "description": "A small linear model, evaluated in the sandbox, for sites that forbid injected scripts. It sees page views and GA4's session only; a feature that it cannot see adds nothing. Rendered by inkling gtm render --linear.",
  "containerContexts": ["WEB"]
}


___TEMPLATE_PARAMETERS___

[
  {
    "type": "SELECT",
    "name": "value",
    "displayName": "Value",
    "simpleValueType": true,
    "macrosInSelect": false,
    "defaultValue": "band",
    "selectItems": [
      {"value": "band", "displayValue": "Band: low, medium or high"},
      {"value": "score", "displayValue": "Score, in steps of 0.05"},
      {"value": "model", "displayValue": "Version of the model"}
    ]
  },
  {
    "type": "TEXT",
    "name": "stream",
    "displayName": "GA4 stream",
    "simpleValueType": true,
    "valueHint": "G-ABC1234567",
    "help": "Needed only where the site has more than one stream.",
    "valueValidators": [{"type": "REGEX", "args": ["^(G-[A-Z0-9]+)?$"], "errorMessage": "G- and what follows, or nothing"}]
  }
]


___SANDBOXED_JS_FOR_WEB_TEMPLATE___

const getTimestampMillis = require('getTimestampMillis');
const getUrl = require('getUrl');
const isConsentGranted = require('isConsentGranted');
const JSON = require('JSON');
const localStorage = require('localStorage');
const makeNumber = require('makeNumber');
const Math = require('Math');
const readAnalyticsStorage = require('readAnalyticsStorage');
const templateStorage = require('templateStorage');

// What `inkling gtm render --linear` writes here comes from a bundle. This one is an example.
const RENDERED = {"version":"example","bias":-3,"terms":[{"feature":"page_views","cap":500,"sqrt":true,"mean":1.5,"deviation":0.8,"weight":0.4},{"feature":"count","group":1,"cap":1000,"sqrt":true,"mean":0.5,"deviation":0.7,"weight":0.6}],"calibration":{"kind":"none"},"bands":[0.05,0.2],"groups":[["/courses/*"]],"timeout":1800};
// The tests bring models of their own.
const MODEL = data.model || RENDERED;
const KEY = 'inkling_linear';
const E = 2.718281828459045;
// Ids are compared by this remainder, so that none is stored.
const REMAINDER = 99991;

const pick = (scored) => {
  if (data.value === 'score') return Math.round(scored.score * 20) / 20;
  if (data.value === 'model') return MODEL.version;
  return scored.band;
};

const matches = (pattern, path) => {
  const parts = pattern.split('*');
  if (parts.length === 1) return path === pattern;
  const last = parts[parts.length - 1];
  if (path.indexOf(parts[0]) !== 0) return false;
  let at = parts[0].length;
  for (let i = 1; i < parts.length - 1; i++) {
    const next = path.indexOf(parts[i], at);
    if (next < 0) return false;
    at = next + parts[i].length;
  }
  return path.length - last.length >= at && path.slice(path.length - last.length) === last;
};

// 1-based; the one after the last is every other page.
const groupOf = (path) => {
  for (let i = 0; i < MODEL.groups.length; i++) {
    if (MODEL.groups[i].some((pattern) => matches(pattern, path))) return i + 1;
  }
  return MODEL.groups.length + 1;
};

// Without query, fragment and trailing slashes, in small letters.
const pathOfPage = () => {
  let path = getUrl('path').toLowerCase();
  while (path.length > 1 && path.charAt(path.length - 1) === '/') path = path.slice(0, -1);
  return path || '/';
};

// What GA4 knows of the session and of the first touch; 0 is unknown.
const identify = () => {
  const stored = readAnalyticsStorage() || {};
  const sessions = (stored.sessions || []).filter((one) => !data.stream || one.measurement_id === data.stream);
  const session = sessions[0] || {};
  const client = (stored.client_id || '').split('.');
  return {
    check: session.session_id ? makeNumber(session.session_id) % REMAINDER + 1 : 0,
    number: makeNumber(session.session_number || 0),
    touch: client.length > 1 ? makeNumber(client[client.length - 1]) * 1000 : 0
  };
};

// The session as it was left by the page before, if it goes on; by id, without one by the time since.
const resume = (id, now) => {
  const before = JSON.parse(localStorage.getItem(KEY) || 'null');
  const known = before && before.start > 0;
  const goesOn = known && (before.check && id.check ? before.check === id.check : now - before.last <= MODEL.timeout * 1000);
  if (goesOn) return before;
  return {check: 0, number: 0, ordinal: known ? (before.number || before.ordinal) + 1 : 1, start: now, views: 0, page: 0, groups: {}};
};

// The features of the moment; one that is not there is missing.
const observe = (session, id, group, now) => {
  const previous = session.page;
  const counted = session.groups[group] || [0, 0];
  session.check = session.check || id.check;
  session.number = Math.max(session.number, id.number);
  session.views = session.views + 1;
  session.page = now;
  session.last = now;
  session.groups[group] = [counted[0] + 1, now - session.start];
  const values = {
    page_views: session.views,
    number: session.number || session.ordinal,
    seconds: (now - session.start) / 1000,
    seconds_per_page: (now - session.start) / 1000 / session.views,
    since_event: 0
  };
  if (id.touch) values.since_first_touch = Math.max(0, now - id.touch) / 1000;
  if (previous) values.since_page_view = (now - previous) / 1000;
  return values;
};

const valueOf = (term, values, session, now) => {
  if (term.group === undefined) return values[term.feature];
  const counted = session.groups[term.group];
  if (term.feature === 'count') return counted ? counted[0] : 0;
  return counted ? (now - session.start - counted[1]) / 1000 : undefined;
};

const addend = (term, value) => {
  if (value === undefined) return 0;
  const capped = Math.min(value, term.cap);
  const x = term.sqrt ? Math.sqrt(capped) : capped;
  return term.weight * Math.max(-8, Math.min(8, (x - term.mean) / term.deviation));
};

const logistic = (margin) => 1 / (1 + Math.pow(E, -margin));

const calibrate = (margin) => {
  const c = MODEL.calibration;
  if (c.kind === 'platt') return logistic(c.a * margin + c.b);
  if (c.kind === 'none') return logistic(margin);
  let above = 0;
  while (above < c.margins.length && c.margins[above] <= margin) above++;
  if (above === 0) return c.probabilities[0];
  if (above === c.margins.length) return c.probabilities[above - 1];
  const low = c.probabilities[above - 1];
  const share = (margin - c.margins[above - 1]) / (c.margins[above] - c.margins[above - 1]);
  return low + (c.probabilities[above] - low) * share;
};

const bandOf = (score) => {
  if (score >= MODEL.bands[1]) return 'high';
  return score >= MODEL.bands[0] ? 'medium' : 'low';
};

if (!isConsentGranted('analytics_storage')) {
  localStorage.removeItem(KEY);
  templateStorage.removeItem(KEY);
  return undefined;
}
const path = pathOfPage();
// Tag Manager asks for a variable many times on a page; the page is one page view.
const scored = templateStorage.getItem(KEY);
if (scored && scored.path === path) return pick(scored);

const id = identify();
const now = getTimestampMillis();
const session = resume(id, now);
const values = observe(session, id, groupOf(path), now);
localStorage.setItem(KEY, JSON.stringify(session));
const margin = MODEL.terms.reduce((sum, term) => sum + addend(term, valueOf(term, values, session, now)), MODEL.bias);
const score = calibrate(margin);
const result = {path: path, score: score, band: bandOf(score)};
templateStorage.setItem(KEY, result);
return pick(result);


___WEB_PERMISSIONS___

[
  {
    "instance": {
      "key": {"publicId": "access_consent", "versionId": "1"},
      "param": [
        {
          "key": "consentTypes",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 3,
                "mapKey": [{"type": 1, "string": "consentType"}, {"type": 1, "string": "read"}, {"type": 1, "string": "write"}],
                "mapValue": [{"type": 1, "string": "analytics_storage"}, {"type": 8, "boolean": true}, {"type": 8, "boolean": false}]
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": {"isEditedByUser": true},
    "isRequired": true
  },
  {
    "instance": {
      "key": {"publicId": "access_local_storage", "versionId": "1"},
      "param": [
        {
          "key": "keys",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 3,
                "mapKey": [{"type": 1, "string": "key"}, {"type": 1, "string": "read"}, {"type": 1, "string": "write"}],
                "mapValue": [{"type": 1, "string": "inkling_linear"}, {"type": 8, "boolean": true}, {"type": 8, "boolean": true}]
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": {"isEditedByUser": true},
    "isRequired": true
  },
  {"instance": {"key": {"publicId": "access_template_storage", "versionId": "1"}, "param": []}, "isRequired": true},
  {
    "instance": {"key": {"publicId": "get_url", "versionId": "1"}, "param": [{"key": "urlParts", "value": {"type": 1, "string": "specific"}}, {"key": "path", "value": {"type": 8, "boolean": true}}]},
    "clientAnnotations": {"isEditedByUser": true},
    "isRequired": true
  },
  {"instance": {"key": {"publicId": "read_analytics_storage", "versionId": "1"}, "param": []}, "isRequired": true}
]


___TESTS___

scenarios:
- name: "nothing mocked: the model that was rendered gives a band"
  code: |-
    assertThat(runCode({value: 'band'})).isAnyOf('low', 'medium', 'high');
- name: "nothing mocked: it gives a score in steps of 0.05, and its version"
  code: |-
    const score = runCode({value: 'score'});
    assertThat(score).isGreaterThanOrEqualTo(0);
    assertThat(score).isLessThanOrEqualTo(1);
    near(score * 20, Math.round(score * 20));
    assertThat(runCode({value: 'model'})).isString();
- name: "nothing mocked but a denial: what was stored is erased"
  code: |-
    const localStorage = require('localStorage');
    localStorage.setItem('inkling_linear', '{}');
    mock('isConsentGranted', false);
    assertThat(runCode({value: 'band'})).isUndefined();
    assertThat(localStorage.getItem('inkling_linear')).isNull();
    assertApi('readAnalyticsStorage').wasNotCalled();
    assertApi('getUrl').wasNotCalled();
- name: "a page is one page view, however often it is asked"
  code: |-
    model.terms = [plain('page_views')];
    visit('/a');
    const first = logOdds();
    assertThat(runCode({model: model, value: 'model'})).isEqualTo('test-1');
    assertThat(logOdds()).isEqualTo(first);
    near(first, odds(1));
- name: "another page in the same document is another page view"
  code: |-
    model.terms = [plain('page_views')];
    visit('/a');
    mock('getUrl', '/b');
    runCode({model: model});
    near(logOdds(), odds(2));
- name: "page views are counted over pages"
  code: |-
    const views = read('page_views');
    near(views('/a'), odds(1));
    near(views('/b'), odds(2));
    near(views('/a'), odds(3));
- name: "the number is GA4's, of the stream that the field names, or else of the first"
  code: |-
    near(read('number')('/a'), odds(9));
    analytics.sessions[0].session_id = '6';
    visit('/b', {stream: 'G-MINE'});
    near(logOdds(), odds(3));
- name: "another session id begins a session"
  code: |-
    const views = read('page_views');
    views('/a');
    near(views('/b'), odds(2));
    analytics.sessions[0].session_id = '6';
    near(views('/c'), odds(1));
- name: "without ids a session ends after the timeout, and is numbered here"
  code: |-
    analytics = undefined;
    const number = read('number');
    near(number('/a'), odds(1));
    now = now + 1800000;
    near(number('/b'), odds(1));
    now = now + 1800001;
    near(number('/c'), odds(2));
- name: "an id that comes later is taken over"
  code: |-
    const ids = analytics;
    analytics = {};
    const views = read('page_views');
    views('/a');
    analytics = ids;
    near(views('/b'), odds(2));
    analytics.sessions[0].session_id = '6';
    near(views('/c'), odds(1));
- name: "a new session counts on from GA4's number when GA4 is silent"
  code: |-
    const number = read('number');
    number('/a');
    analytics = {};
    now = now + 1800001;
    near(number('/b'), odds(10));
- name: "seconds of the session, and per page"
  code: |-
    const seconds = read('seconds');
    near(seconds('/a'), odds(0));
    now = now + 90500;
    near(seconds('/b'), odds(90.5));
    model.terms = [plain('seconds_per_page')];
    now = now + 9500;
    visit('/c');
    near(logOdds(), odds(100 / 3));
- name: "seconds since the page view before; missing on the first"
  code: |-
    const since = read('since_page_view');
    near(since('/a'), odds(0));
    now = now + 30000;
    near(since('/b'), odds(30));
- name: "seconds since the first touch, from the client's id"
  code: |-
    near(read('since_first_touch')('/a'), odds(100));
- name: "a first touch that is not known is missing, one in the future is now"
  code: |-
    model.terms = [plain('since_first_touch')];
    analytics.client_id = 'unknown';
    visit('/a');
    near(logOdds(), 1);
    analytics.client_id = '1.1800000000';
    visit('/b');
    near(logOdds(), 1);
    analytics.client_id = undefined;
    visit('/c');
    near(logOdds(), 1);
- name: "pages of a group are counted; a group not seen counts 0"
  code: |-
    const count = read('count', 1);
    near(count('/about'), odds(0));
    near(count('/courses/physics'), odds(1));
    near(count('/STUDIUM/'), odds(2));
    near(count('/courses'), odds(2));
- name: "patterns with several stars, and every other page"
  code: |-
    const second = read('count', 2);
    near(second('/de/apply/2026/form'), odds(1));
    near(second('/de/apply/form'), odds(1));
    near(second('/apply//'), odds(2));
    near(second('/de/other/2026/form'), odds(2));
    near(second('/de/apply/2026/list'), odds(2));
    model.terms = [plain('count', 3)];
    visit('/');
    near(logOdds(), odds(4));
- name: "an empty path is the home page"
  code: |-
    model.groups = [['/']];
    near(read('count', 1)(''), odds(1));
- name: "seconds since the last page of a group; missing when there was none"
  code: |-
    const since = read('since', 1);
    near(since('/a'), 1);
    near(since('/courses/physics'), odds(0));
    now = now + 45000;
    near(since('/b'), odds(45));
- name: "caps, square roots, the clamp at eight deviations; a feature that is not known adds nothing"
  code: |-
    model.terms = [{feature: 'page_views', cap: 0.25, sqrt: true, mean: 0, deviation: 1, weight: 1}];
    visit('/a');
    near(logOdds(), odds(500));
    model.terms = [{feature: 'page_views', cap: 500, sqrt: false, mean: 0, deviation: 0.001, weight: 0.001}];
    visit('/b');
    near(logOdds(), odds(8));
    model.terms = [{feature: 'page_views', cap: 500, sqrt: false, mean: 100, deviation: 1, weight: 0.001}];
    visit('/c');
    near(logOdds(), odds(-8));
    near(read('unheard_of')('/d'), 1);
- name: "Platt's calibration"
  code: |-
    model.bias = 2;
    model.calibration = {kind: 'platt', a: 0.5, b: -0.25};
    visit('/a');
    near(logOdds(), odds(750));
- name: "isotonic calibration: flat outside the knots, straight between"
  code: |-
    model.calibration = {kind: 'isotonic', margins: [-1, 1, 3], probabilities: [0.1, 0.2, 0.8]};
    [[-2, 0.1], [-1, 0.1], [0, 0.15], [2, 0.5], [3, 0.8], [9, 0.8]].forEach((pair) => {
      model.bias = pair[0];
      visit('/a');
      near(templateStorage.getItem('inkling_linear').score, pair[1]);
    });
- name: "bands begin at their lowest scores"
  code: |-
    model.calibration = {kind: 'isotonic', margins: [0, 1], probabilities: [0, 1]};
    const band = (bias) => { model.bias = bias; return visit('/a'); };
    assertThat([0.39, 0.4, 0.6].map(band)).isEqualTo(['low', 'medium', 'high']);
- name: "a stored text that is damaged begins a session"
  code: |-
    const localStorage = require('localStorage');
    const views = read('page_views');
    views('/a');
    localStorage.setItem('inkling_linear', '{"start"');
    near(views('/b'), odds(1));
    localStorage.setItem('inkling_linear', '{"start": 0}');
    near(views('/c'), odds(1));
- name: "no id and no path is stored"
  code: |-
    const localStorage = require('localStorage');
    visit('/courses/physics');
    const stored = localStorage.getItem('inkling_linear');
    ['1234567890', '1699999900', 'physics'].forEach((secret) => {
      assertThat(stored).doesNotContain(secret);
    });
setup: |-
  const Math = require('Math');
  const templateStorage = require('templateStorage');
  const makeString = require('makeString');
  const START = 1700000000000;
  let now = START;
  mock('getTimestampMillis', () => now);
  let analytics = {
    client_id: '1234567890.1699999900',
    sessions: [{measurement_id: 'G-OTHER', session_id: '5', session_number: 9}, {measurement_id: 'G-MINE', session_id: '1700000000', session_number: 3}]
  };
  const model = {
    version: 'test-1', bias: 0, terms: [], calibration: {kind: 'none'}, bands: [0.4, 0.6], timeout: 1800,
    groups: [['/courses/*', '/studium'], ['*/apply/*/form', '/apply']]
  };
  const plain = (feature, group) => ({feature: feature, group: group, cap: 1000000, sqrt: false, mean: 0, deviation: 1000, weight: 1});
  // Another page is a new page: what the template keeps for one is gone.
  const visit = (path, more) => {
    templateStorage.clear();
    mock('getUrl', (part) => { assertThat(part).isEqualTo('path'); return path; });
    mock('readAnalyticsStorage', () => analytics);
    const settings = more || {};
    settings.model = settings.model || model;
    return runCode(settings);
  };
  // What a single plain term read, worked out of the exact score.
  const logOdds = () => {
    const score = templateStorage.getItem('inkling_linear').score;
    return score / (1 - score);
  };
  const near = (actual, expected) => assertThat(Math.abs(actual - expected), makeString(actual) + ' near ' + makeString(expected)).isLessThan(0.000001);
  const read = (feature, group) => {
    model.terms = [plain(feature, group)];
    return (path) => { visit(path); return logOdds(); };
  };
  const odds = (value) => Math.pow(2.718281828459045, value / 1000);


___NOTES___

Part of Inkling. The tests also run outside the editor: inkling gtm test template.tpl
