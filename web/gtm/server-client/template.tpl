___TERMS_OF_SERVICE___

By creating or modifying this file you agree to Google Tag Manager's Community
Template Gallery Developer Terms of Service available at
https://developers.google.com/tag-manager/gallery-tos (or such other URL as
Google may provide), as modified from time to time.


___INFO___

{
  "type": "CLIENT",
  "id": "cvt_temp_public_id",
  "version": 1,
  "securityGroups": [],
  "displayName": "Inkling files",
  "brand": {"id": "brand_dummy", "displayName": ""},
  "description": "Serves the loader and release.json of Inkling from the tagging server's own host. Not the scorer and the bundle: bodies are text here.",
  "containerContexts": ["SERVER"]
}


___TEMPLATE_PARAMETERS___

[
  {
    "type": "TEXT",
    "name": "prefix",
    "displayName": "Path",
    "simpleValueType": true,
    "defaultValue": "/inkling/",
    "valueHint": "/inkling/",
    "valueValidators": [
      {"type": "NON_EMPTY"},
      {"type": "REGEX", "args": ["^/([A-Za-z0-9._-]+/)+$"], "errorMessage": "begins and ends with a slash"}
    ],
    "help": "GET requests below this path are answered by this client."
  }
]


___SANDBOXED_JS_FOR_SERVER___

const claimRequest = require('claimRequest');
const getRequestMethod = require('getRequestMethod');
const getRequestPath = require('getRequestPath');
const getTimestampMillis = require('getTimestampMillis');
const returnResponse = require('returnResponse');
const sendHttpGet = require('sendHttpGet');
const setResponseBody = require('setResponseBody');
const setResponseHeader = require('setResponseHeader');
const setResponseStatus = require('setResponseStatus');
const storage = require('templateDataStorage');

// Where release.json lies. `inkling gtm render` writes the site's own address here and into the permission.
const RELEASE = 'https://storage.googleapis.com/example-bucket/release/release.json';
// The loader itself, as `inkling gtm render` writes it: who releases models cannot change it.
const LOADER = "the loader";
const PREFIX = data.prefix || '/inkling/';
const TIMEOUT_MS = 3000;
const SECONDS = 60;
const JSON_TYPE = 'application/json; charset=utf-8';

const answer = (status, type, seconds, body) => {
  setResponseStatus(status);
  setResponseHeader('Content-Type', type);
  setResponseHeader('Cache-Control', seconds > 0 ? 'public, max-age=' + seconds : 'no-store');
  setResponseHeader('X-Content-Type-Options', 'nosniff');
  setResponseBody(body);
  returnResponse();
};
const refuse = (status, text) => answer(status, 'text/plain; charset=utf-8', 0, text);

const serveRelease = () => {
  const now = getTimestampMillis();
  const kept = storage.getItemCopy('release.json');
  if (kept && now - kept.time < SECONDS * 1000) {
    answer(200, JSON_TYPE, SECONDS, kept.body);
    return;
  }
  // What was kept is signed and says itself when it expires: old is better than none.
  const failed = () => {
    if (kept) answer(200, JSON_TYPE, 0, kept.body);
    else refuse(502, 'the bucket does not answer');
  };
  sendHttpGet(RELEASE, {timeout: TIMEOUT_MS}).then((result) => {
    if (result.statusCode !== 200 || !result.body) {
      failed();
      return;
    }
    storage.setItemCopy('release.json', {time: now, body: result.body});
    answer(200, JSON_TYPE, SECONDS, result.body);
  }, failed);
};

const path = getRequestPath();
if (getRequestMethod() === 'GET' && path.indexOf(PREFIX) === 0) {
  claimRequest();
  const name = path.slice(PREFIX.length);
  if (name === 'release.json') serveRelease();
  else if (name === 'loader.js') answer(200, 'text/javascript; charset=utf-8', 300, LOADER);
  // Bodies are text here: a scorer or a bundle would be damaged on its way.
  else refuse(404, 'only loader.js and release.json are served here');
}


___SERVER_PERMISSIONS___

[
  {
    "instance": {
      "key": {"publicId": "read_request", "versionId": "1"},
      "param": [
        {"key": "requestAccess", "value": {"type": 1, "string": "specific"}},
        {"key": "pathAllowed", "value": {"type": 8, "boolean": true}},
        {"key": "headerAccess", "value": {"type": 1, "string": "specific"}},
        {"key": "queryParameterAccess", "value": {"type": 1, "string": "specific"}}
      ]
    },
    "clientAnnotations": {"isEditedByUser": true},
    "isRequired": true
  },
  {"instance": {"key": {"publicId": "return_response", "versionId": "1"}, "param": []}, "isRequired": true},
  {
    "instance": {
      "key": {"publicId": "access_response", "versionId": "1"},
      "param": [
        {"key": "writeResponseAccess", "value": {"type": 1, "string": "specific"}},
        {"key": "writeHeaderAccess", "value": {"type": 1, "string": "specific"}},
        {"key": "writeStatusAllowed", "value": {"type": 8, "boolean": true}},
        {"key": "writeHeadersAllowed", "value": {"type": 8, "boolean": true}},
        {"key": "writeBodyAllowed", "value": {"type": 8, "boolean": true}},
        {
          "key": "writeHeaderWhitelist",
          "value": {
            "type": 2,
            "listItem": [
              {"type": 3, "mapKey": [{"type": 1, "string": "headerName"}], "mapValue": [{"type": 1, "string": "Content-Type"}]},
              {"type": 3, "mapKey": [{"type": 1, "string": "headerName"}], "mapValue": [{"type": 1, "string": "Cache-Control"}]},
              {"type": 3, "mapKey": [{"type": 1, "string": "headerName"}], "mapValue": [{"type": 1, "string": "X-Content-Type-Options"}]}
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
      "key": {"publicId": "send_http", "versionId": "1"},
      "param": [
        {"key": "allowedUrls", "value": {"type": 1, "string": "specific"}},
        {
          "key": "urls",
          "value": {
            "type": 2,
            "listItem": [
              {"type": 1, "string": "https://storage.googleapis.com/example-bucket/release/release.json"}
            ]
          }
        }
      ]
    },
    "clientAnnotations": {"isEditedByUser": true},
    "isRequired": true
  },
  {"instance": {"key": {"publicId": "access_template_storage", "versionId": "1"}, "param": []}, "isRequired": true}
]


___TESTS___

scenarios:
- name: "the loader is that of the template, and nothing is fetched"
  code: |-
    path = '/inkling/loader.js';
    bucket(good);
    let body = '';
    mock('setResponseBody', (text) => {
      body = text;
    });
    request();
    assertApi('claimRequest').wasCalled();
    answered(200, 'text/javascript; charset=utf-8', 'public, max-age=300', body);
    assertThat(body.length).isGreaterThan(0);
    assertThat(fetched).isEmpty();
- name: "release.json comes from the bucket, with its own type and a short life"
  code: |-
    bucket(good);
    request();
    assertApi('claimRequest').wasCalled();
    answered(200, JSON_TYPE, 'public, max-age=60', 'the file');
    assertThat(fetched).hasLength(1);
    assertThat(fetched[0].slice(-'/release.json'.length)).isEqualTo('/release.json');
- name: "nothing mocked of the bucket: release.json may be fetched"
  code: |-
    request();
    assertApi('sendHttpGet').wasCalled();
    assertApi('returnResponse').wasNotCalled();
- name: "nothing mocked of the request: another path is not claimed"
  code: |-
    runCode({prefix: '/inkling/'});
    assertApi('claimRequest').wasNotCalled();
- name: "a second request is answered from what is kept"
  code: |-
    bucket(good);
    request();
    now = NOW + 59999;
    request();
    assertThat(fetched).hasLength(1);
    assertThat(storage.getItemCopy('release.json').body).isEqualTo('the file');
- name: "what is kept is fetched again after a minute"
  code: |-
    bucket(good);
    request();
    now = NOW + 60000;
    request();
    assertThat(fetched).hasLength(2);
- name: "a bucket that is away: what is kept serves, uncached"
  code: |-
    storage.setItemCopy('release.json', {time: NOW - 900000, body: 'the old file'});
    bucket(undefined);
    request();
    answered(200, JSON_TYPE, 'no-store', 'the old file');
- name: "a bucket that is away and nothing kept: 502"
  code: |-
    bucket(undefined);
    request();
    answered(502, TEXT, 'no-store', 'the bucket does not answer');
- name: "an error of the bucket is not kept and not passed on"
  code: |-
    bucket({statusCode: 403, headers: {}, body: '<Error>AccessDenied</Error>'});
    request();
    answered(502, TEXT, 'no-store', 'the bucket does not answer');
    assertThat(storage.getItemCopy('release.json')).isNull();
- name: "an empty file is an error"
  code: |-
    bucket({statusCode: 200, headers: {}, body: ''});
    request();
    assertApi('setResponseStatus').wasCalledWith(502);
- name: "the scorer is not offered: bodies are text here"
  code: |-
    path = '/inkling/targets/inkling/a/prod/stable/0123456789abcdef.scorer.wasm';
    bucket(good);
    request();
    answered(404, TEXT, 'no-store', 'only loader.js and release.json are served here');
    assertThat(fetched).isEmpty();
- name: "no other file of the bucket is reachable"
  code: |-
    bucket(good);
    ['/inkling/', '/inkling/../secret', '/inkling/release.json/..', '/inkling/release.json.map', '/inkling/hasOwnProperty'].forEach((one) => {
      path = one;
      request();
    });
    assertThat(fetched).isEmpty();
    assertApi('setResponseStatus').wasCalledWith(404);
    assertApi('setResponseStatus').wasNotCalledWith(200);
- name: "a path that only looks alike is left to other clients"
  code: |-
    path = '/inklings/release.json';
    bucket(good);
    request();
    assertApi('claimRequest').wasNotCalled();
    assertApi('returnResponse').wasNotCalled();
- name: "only GET is claimed"
  code: |-
    bucket(good);
    ['POST', 'HEAD', 'OPTIONS', 'PUT'].forEach((one) => {
      method = one;
      request();
    });
    assertApi('claimRequest').wasNotCalled();
    assertThat(fetched).isEmpty();
- name: "without a path in the field it is /inkling/"
  code: |-
    bucket(good);
    mock('getRequestPath', '/inkling/release.json');
    mock('getRequestMethod', 'GET');
    runCode({});
    answered(200, JSON_TYPE, 'public, max-age=60', 'the file');
- name: "another path in the field"
  code: |-
    bucket(good);
    mock('getRequestPath', '/first/party/release.json');
    mock('getRequestMethod', 'GET');
    runCode({prefix: '/first/party/'});
    answered(200, JSON_TYPE, 'public, max-age=60', 'the file');
setup: |-
  const storage = require('templateDataStorage');
  const NOW = 1700000000000;
  let now = NOW;
  mock('getTimestampMillis', () => now);
  let path = '/inkling/release.json';
  let method = 'GET';
  const request = () => {
    mock('getRequestPath', path);
    mock('getRequestMethod', method);
    runCode({prefix: '/inkling/'});
  };
  // A bucket that answers at once.
  let fetched = [];
  const bucket = (result) => {
    mock('sendHttpGet', (url, options) => {
      assertThat(options.timeout).isGreaterThan(0);
      fetched.push(url);
      return {then: (ok, failed) => result ? ok(result) : failed()};
    });
  };
  const good = {statusCode: 200, headers: {}, body: 'the file'};
  const answered = (status, type, cache, body) => {
    assertApi('setResponseStatus').wasCalledWith(status);
    assertApi('setResponseHeader').wasCalledWith('Content-Type', type);
    assertApi('setResponseHeader').wasCalledWith('Cache-Control', cache);
    assertApi('setResponseHeader').wasCalledWith('X-Content-Type-Options', 'nosniff');
    assertApi('setResponseBody').wasCalledWith(body);
    assertApi('returnResponse').wasCalled();
  };
  const JSON_TYPE = 'application/json; charset=utf-8';
  const TEXT = 'text/plain; charset=utf-8';


___NOTES___

Part of Inkling. The tests also run outside the editor: inkling gtm test template.tpl
