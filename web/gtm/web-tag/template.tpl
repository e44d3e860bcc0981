___TERMS_OF_SERVICE___

By creating or modifying this file you agree to Google Tag Manager's Community
Template Gallery Developer Terms of Service available at
https://developers.google.com/tag-manager/gallery-tos (or such other URL as
Google may provide), as modified from time to time.


___INFO___

{
  "type": "TAG",
  "id": "cvt_temp_public_id",
  "version": 1,
  "securityGroups": [],
  "displayName": "Inkling score",
  "categories": ["ANALYTICS", "PERSONALIZATION"],
  "brand": {"id": "brand_dummy", "displayName": ""},
  "description": "Scores in the visitor's browser how likely a visit is to convert, with a signed model. Waits for consent to analytics storage. No visitor data leaves the page.",
  "containerContexts": ["WEB"]
}


___TEMPLATE_PARAMETERS___

[
  {
    "type": "TEXT", "name": "root",
    "displayName": "Trusted root (SHA-256)",
    "simpleValueType": true, "valueHint": "9f86d081…",
    "valueValidators": [
      {"type": "NON_EMPTY"},
      {"type": "REGEX", "args": ["^[0-9a-f]{64}$"], "errorMessage": "64 hexadecimal digits, small letters"}
    ],
    "help": "SHA-256 of the root document of the releases, as <strong>inkling release keys show</strong> prints it. Only releases that this root vouches for are run."
  },
  {
    "type": "TEXT", "name": "site",
    "displayName": "Site",
    "simpleValueType": true, "valueHint": "northgate-university",
    "valueValidators": [
      {"type": "NON_EMPTY"},
      {"type": "REGEX", "args": ["^[a-z0-9][a-z0-9-]*$"], "errorMessage": "small letters, digits and hyphens"}
    ],
    "help": "Name of the site profile. A release for any other site is refused."
  },
  {
    "type": "TEXT", "name": "environment",
    "displayName": "Environment",
    "simpleValueType": true, "valueHint": "prod",
    "valueValidators": [
      {"type": "NON_EMPTY"},
      {"type": "REGEX", "args": ["^[a-z0-9-]+$"], "errorMessage": "small letters, digits and hyphens"}
    ],
    "help": "A release for any other environment is refused.", "defaultValue": "prod"
  },
  {
    "type": "TEXT", "name": "base",
    "displayName": "Folder of the releases",
    "simpleValueType": true, "valueHint": "https://www.example.edu/inkling/",
    "valueValidators": [
      {"type": "NON_EMPTY"},
      {
        "type": "REGEX",
        "args": ["^https://[^?#\\s]+/$"],
        "errorMessage": "https, with a slash at the end, without query and fragment"
      }
    ],
    "help": "Where release.json lies. The page fetches from here; the address of the loader itself is fixed in this template."
  },
  {
    "type": "TEXT", "name": "files",
    "displayName": "Address of their files, if it is another",
    "simpleValueType": true, "valueHint": "https://files.example.edu/inkling/",
    "valueValidators": [
      {
        "type": "REGEX",
        "args": ["^(https://[^?#\\s]+/)?$"],
        "errorMessage": "https, with a slash at the end, without query and fragment, or nothing"
      }
    ],
    "help": "Where the folder targets lies, for release.json from a server container."
  },
  {
    "type": "TEXT", "name": "stream",
    "displayName": "GA4 stream",
    "simpleValueType": true, "valueHint": "G-ABC1234567",
    "valueValidators": [{"type": "REGEX", "args": ["^(G-[A-Z0-9]+)?$"], "errorMessage": "G- and what follows, or nothing"}],
    "help": "Needed only where the site has more than one stream."
  },
  {
    "type": "SELECT", "name": "channel",
    "displayName": "Channel",
    "simpleValueType": true, "macrosInSelect": true,
    "defaultValue": "",
    "selectItems": [
      {"value": "", "displayValue": "A stable share of the visitors gets the canary"},
      {"value": "stable", "displayValue": "stable"},
      {"value": "canary", "displayValue": "canary"}
    ],
    "help": "Which releases this container loads."
  },
  {
    "type": "CHECKBOX", "name": "pageViews",
    "checkboxText": "Count page views by itself",
    "simpleValueType": true, "defaultValue": true,
    "help": "Switch off where the page sends every page_view itself."
  },
  {
    "type": "TEXT", "name": "domains",
    "displayName": "Other domains of the site",
    "simpleValueType": true, "valueHint": "example.org, example.com",
    "help": "As in GA4's list for cross-domain measurement, with commas between: links to them do not lead away."
  },
  {
    "type": "TEXT", "name": "search",
    "displayName": "Parameters of the site's search",
    "simpleValueType": true, "valueHint": "q, s, search, query, keyword",
    "help": "As in GA4's enhanced measurement, with commas between. Without any they are GA4's own."
  },
  {
    "type": "TEXT", "name": "off",
    "displayName": "Automatic events that GA4 does not count",
    "simpleValueType": true, "valueHint": "form_start, form_submit",
    "help": "Those that are switched off in GA4's enhanced measurement, with commas between."
  },
  {
    "type": "CHECKBOX", "name": "signed",
    "checkboxText": "The releases' host sends signatures",
    "simpleValueType": true, "defaultValue": false,
    "help": "As inkling serve does, and a bucket does not. Browsers that know such signatures then check them, too."
  },
  {
    "type": "CHECKBOX", "name": "memory",
    "checkboxText": "Without consent, score in memory only",
    "simpleValueType": true, "defaultValue": false,
    "help": "Off: without consent to analytics_storage nothing is loaded, read, stored or scored. On: the page is scored from what happens on it, and nothing is read from or stored on the device until consent comes."
  }
]


___SANDBOXED_JS_FOR_WEB_TEMPLATE___

const addConsentListener = require('addConsentListener');
const callInWindow = require('callInWindow');
const createArgumentsQueue = require('createArgumentsQueue');
const injectScript = require('injectScript');
const isConsentGranted = require('isConsentGranted');
const readAnalyticsStorage = require('readAnalyticsStorage');

// The one script that the permission below allows. `inkling gtm render` writes the site's own address here.
const LOADER = 'https://www.example.edu/inkling/loader.js';
const CONSENT = 'analytics_storage';

let started = false;

// What stands between commas; without any the field is as if left out.
const list = (text) => {
  const all = (text || '').split(',').map((one) => one.trim()).filter((one) => one);
  return all.length ? all : undefined;
};

// GA4's own identifiers; without consent they are not read.
const identifiers = () => {
  const stored = readAnalyticsStorage();
  if (!stored || !stored.client_id) return undefined;
  return {clientId: stored.client_id, sessions: stored.sessions || []};
};

const start = (granted) => {
  started = true;
  const inkling = createArgumentsQueue('inkling', 'inkling.q');
  inkling('init', {
    root: data.root,
    site: data.site,
    environment: data.environment,
    base: data.base,
    files: data.files || undefined,
    channel: data.channel || undefined,
    stream: data.stream || undefined,
    pageViews: data.pageViews !== false,
    domains: list(data.domains),
    search: list(data.search),
    off: list(data.off),
    signed: data.signed || undefined,
    memory: data.memory === true,
    ids: granted ? identifiers() : undefined
  });
  // A consent platform may tell Tag Manager alone: the page's dataLayer does not always show it.
  inkling('consent', granted);
  injectScript(LOADER, data.gtmOnSuccess, data.gtmOnFailure, LOADER);
};

const granted = isConsentGranted(CONSENT);
if (granted || data.memory) start(granted);
addConsentListener(CONSENT, (type, granted) => {
  if (started) callInWindow('inkling', 'consent', granted);
  else if (granted) start(true);
});


___WEB_PERMISSIONS___

[
  {
    "instance": {
      "key": {"publicId": "access_globals", "versionId": "1"},
      "param": [
        {
          "key": "keys",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 3,
                "mapKey": [{"type": 1, "string": "key"}, {"type": 1, "string": "read"}, {"type": 1, "string": "write"}, {"type": 1, "string": "execute"}],
                "mapValue": [{"type": 1, "string": "inkling"}, {"type": 8, "boolean": true}, {"type": 8, "boolean": true}, {"type": 8, "boolean": true}]
              },
              {
                "type": 3,
                "mapKey": [{"type": 1, "string": "key"}, {"type": 1, "string": "read"}, {"type": 1, "string": "write"}, {"type": 1, "string": "execute"}],
                "mapValue": [{"type": 1, "string": "inkling.q"}, {"type": 8, "boolean": true}, {"type": 8, "boolean": true}, {"type": 8, "boolean": false}]
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": {"isEditedByUser": true}, "isRequired": true
  },
  {
    "instance": {
      "key": {"publicId": "inject_script", "versionId": "1"},
      "param": [{"key": "urls", "value": {"type": 2, "listItem": [{"type": 1, "string": "https://www.example.edu/inkling/loader.js"}]}}]
    },
    "clientAnnotations": {"isEditedByUser": true}, "isRequired": true
  },
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
    "clientAnnotations": {"isEditedByUser": true}, "isRequired": true
  },
  {"instance": {"key": {"publicId": "read_analytics_storage", "versionId": "1"}, "param": []}, "isRequired": true}
]


___TESTS___

scenarios:
- name: "nothing mocked: the queue is made, the loader injected, the tag succeeds"
  code: |-
    runCode(mockData);
    const queue = copyFromWindow('inkling.q');
    assertThat(queue).hasLength(2);
    assertThat(queue[1]).isEqualTo(['consent', true]);
    assertThat(queue[0][0]).isEqualTo('init');
    assertThat(queue[0][1].site).isEqualTo('northgate-university');
    assertApi('gtmOnSuccess').wasCalled();
    assertApi('gtmOnFailure').wasNotCalled();
- name: "nothing mocked: the queue's function is the one global name"
  code: |-
    runCode(mockData);
    assertThat(copyFromWindow('inkling')).isFunction();
- name: "nothing mocked but a denial: listening is allowed"
  code: |-
    mock('isConsentGranted', false);
    runCode(mockData);
    assertApi('addConsentListener').wasCalled();
    assertApi('injectScript').wasNotCalled();
- name: "every setting reaches the loader"
  code: |-
    recordQueue();
    mock('readAnalyticsStorage', ids);
    mockData.channel = 'canary';
    mockData.files = 'https://files.example.edu/inkling/';
    mockData.stream = 'G-ABC1234567';
    mockData.domains = 'example.org,example.com';
    mockData.search = 'suche';
    mockData.off = 'form_start, form_submit';
    mockData.memory = true;
    mockData.signed = true;
    runCode(mockData);
    assertThat(settings()).isEqualTo({
      root: mockData.root,
      site: 'northgate-university',
      environment: 'prod',
      base: 'https://www.example.edu/inkling/',
      files: 'https://files.example.edu/inkling/',
      channel: 'canary',
      stream: 'G-ABC1234567',
      pageViews: true,
      domains: ['example.org', 'example.com'],
      search: ['suche'],
      off: ['form_start', 'form_submit'],
      signed: true,
      memory: true,
      ids: {clientId: ids.client_id, sessions: ids.sessions}
    });
- name: "what is left out stays out"
  code: |-
    recordQueue();
    mock('readAnalyticsStorage', undefined);
    runCode(mockData);
    assertThat(settings()).isEqualTo({
      root: mockData.root,
      site: 'northgate-university',
      environment: 'prod',
      base: 'https://www.example.edu/inkling/',
      pageViews: true,
      memory: false
    });
- name: "empty fields are as if left out"
  code: |-
    recordQueue();
    mockData.channel = '';
    mockData.stream = '';
    mockData.files = '';
    mockData.domains = ' ';
    mockData.search = '';
    mockData.off = ' , ';
    runCode(mockData);
    ['channel', 'stream', 'files', 'domains', 'search', 'off'].forEach((field) => {
      assertThat(settings()[field]).isUndefined();
    });
- name: "page views can be switched off"
  code: |-
    recordQueue();
    mockData.pageViews = false;
    runCode(mockData);
    assertThat(settings().pageViews).isFalse();
- name: "page views are on where the field is missing"
  code: |-
    recordQueue();
    mockData.pageViews = undefined;
    runCode(mockData);
    assertThat(settings().pageViews).isTrue();
- name: "the loader is one exact address, injected once"
  code: |-
    let urls = [];
    mock('injectScript', (url, ok, failed, token) => {
      assertThat(token).isEqualTo(url);
      urls.push(url);
      ok();
    });
    runCode(mockData);
    assertThat(urls).hasLength(1);
    assertThat(urls[0].indexOf('https://')).isEqualTo(0);
    assertThat(urls[0]).doesNotContain('*');
    assertApi('gtmOnSuccess').wasCalled();
- name: "a loader that does not come fails the tag"
  code: |-
    mock('injectScript', (url, ok, failed) => failed());
    runCode(mockData);
    assertApi('gtmOnFailure').wasCalled();
    assertApi('gtmOnSuccess').wasNotCalled();
- name: "the queue is there before the loader"
  code: |-
    let queued;
    recordQueue();
    mock('injectScript', (url, ok) => {
      queued = commands.length;
      ok();
    });
    runCode(mockData);
    assertThat(queued).isEqualTo(2);
- name: "without GA4's cookies there are no identifiers"
  code: |-
    recordQueue();
    mock('readAnalyticsStorage', undefined);
    runCode(mockData);
    assertThat(settings().ids).isUndefined();
- name: "a storage without a client is no identifier"
  code: |-
    recordQueue();
    mock('readAnalyticsStorage', {sessions: ids.sessions});
    runCode(mockData);
    assertThat(settings().ids).isUndefined();
- name: "a client without sessions has an empty list of them"
  code: |-
    recordQueue();
    mock('readAnalyticsStorage', {client_id: ids.client_id});
    runCode(mockData);
    assertThat(settings().ids).isEqualTo({clientId: ids.client_id, sessions: []});
- name: "consent first: it starts at once"
  code: |-
    mockConsent(true);
    runCode(mockData);
    assertApi('injectScript').wasCalled();
    assertApi('callInWindow').wasNotCalled();
- name: "consent that is taken back is told to the loader, and what comes after"
  code: |-
    recordQueue();
    mockConsent(true);
    mock('callInWindow', undefined);
    runCode(mockData);
    setConsent(false);
    assertApi('callInWindow').wasCalledWith('inkling', 'consent', false);
    assertApi('callInWindow').wasNotCalledWith('inkling', 'consent', true);
    setConsent(true);
    assertApi('callInWindow').wasCalledWith('inkling', 'consent', true);
    assertThat(settings().memory).isFalse();
- name: "nothing mocked but the consent: before the loader is there, the queue keeps the change"
  code: |-
    mockConsent(true);
    runCode(mockData);
    setConsent(false);
    const queue = copyFromWindow('inkling.q');
    assertThat(queue).hasLength(3);
    assertThat(queue[2]).isEqualTo(['consent', false]);
- name: "denied: nothing is loaded, read or left on the page"
  code: |-
    mockConsent(false);
    runCode(mockData);
    assertApi('injectScript').wasNotCalled();
    assertApi('createArgumentsQueue').wasNotCalled();
    assertApi('readAnalyticsStorage').wasNotCalled();
    assertApi('gtmOnSuccess').wasNotCalled();
    assertApi('gtmOnFailure').wasNotCalled();
    assertThat(copyFromWindow('inkling')).isUndefined();
- name: "denied first, granted later: it starts then, with the identifiers of then"
  code: |-
    recordQueue();
    mockConsent(false);
    mock('readAnalyticsStorage', ids);
    runCode(mockData);
    assertApi('injectScript').wasNotCalled();
    setConsent(true);
    assertApi('injectScript').wasCalled();
    assertThat(settings().ids.clientId).isEqualTo(ids.client_id);
    assertApi('gtmOnSuccess').wasCalled();
- name: "denied once more: nothing starts"
  code: |-
    mockConsent(false);
    runCode(mockData);
    setConsent(false);
    assertApi('injectScript').wasNotCalled();
- name: "granted, taken back and granted again: it starts once"
  code: |-
    recordQueue();
    mockConsent(false);
    mock('callInWindow', undefined);
    runCode(mockData);
    setConsent(true);
    setConsent(false);
    setConsent(true);
    assertThat(settings().site).isEqualTo('northgate-university');
    assertThat(commands[1].settings).isTrue();
- name: "in memory without consent: it starts and reads no identifiers"
  code: |-
    recordQueue();
    mockConsent(false);
    mockData.memory = true;
    runCode(mockData);
    assertThat(settings().memory).isTrue();
    assertThat(commands[1].settings).isFalse();
    assertThat(settings().ids).isUndefined();
    assertApi('readAnalyticsStorage').wasNotCalled();
    assertApi('injectScript').wasCalled();
- name: "in memory, consent comes later: the loader is told and not loaded again"
  code: |-
    recordQueue();
    mockConsent(false);
    mock('callInWindow', undefined);
    mockData.memory = true;
    runCode(mockData);
    setConsent(true);
    assertApi('callInWindow').wasCalledWith('inkling', 'consent', true);
    assertThat(settings().ids).isUndefined();
- name: "in memory with consent: the identifiers are read"
  code: |-
    recordQueue();
    mockConsent(true);
    mock('readAnalyticsStorage', ids);
    mockData.memory = true;
    runCode(mockData);
    assertThat(settings().ids.sessions).isEqualTo(ids.sessions);
- name: "a queue that the page made before is used"
  code: |-
    const createArgumentsQueue = require('createArgumentsQueue');
    const early = createArgumentsQueue('inkling', 'inkling.q');
    early('score', 'callback');
    runCode(mockData);
    const queue = copyFromWindow('inkling.q');
    assertThat(queue).hasLength(3);
    assertThat(queue[0][0]).isEqualTo('score');
    assertThat(queue[1][0]).isEqualTo('init');
setup: |-
  const copyFromWindow = require('copyFromWindow');
  const mockData = {
    root: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    site: 'northgate-university',
    environment: 'prod',
    base: 'https://www.example.edu/inkling/',
    pageViews: true
  };
  const ids = {
    client_id: '1234567890.1700000000',
    sessions: [{measurement_id: 'G-ABC1234567', session_id: '1700000100', session_number: 3}]
  };
  // What the loader will find.
  let commands = [];
  const recordQueue = () => {
    mock('createArgumentsQueue', (name, queue) => {
      assertThat(name).isEqualTo('inkling');
      assertThat(queue).isEqualTo('inkling.q');
      return (command, settings) => {
        commands.push({command: command, settings: settings});
      };
    });
  };
  // It is started once, and told of consent next.
  const settings = () => {
    assertThat(commands.map((one) => one.command)).isEqualTo(['init', 'consent']);
    return commands[0].settings;
  };
  // Consent that the scenario gives and takes.
  let granted = true;
  let listener;
  const mockConsent = (initially) => {
    granted = initially;
    mock('isConsentGranted', (type) => {
      assertThat(type).isEqualTo('analytics_storage');
      return granted;
    });
    mock('addConsentListener', (type, heard) => {
      assertThat(type).isEqualTo('analytics_storage');
      listener = heard;
    });
  };
  const setConsent = (now) => {
    granted = now;
    listener('analytics_storage', now);
  };


___NOTES___

Part of Inkling. The tests also run outside the editor: inkling gtm test template.tpl
