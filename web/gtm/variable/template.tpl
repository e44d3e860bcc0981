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
  "displayName": "Inkling value",
  "categories": ["ANALYTICS", "PERSONALIZATION"],
  "brand": {"id": "brand_dummy", "displayName": ""},
  "description": "The band or the rounded score of the visit, or which model and bundle made it, from the data layer event inkling_score.",
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
      {"value": "model", "displayValue": "Version of the model"},
      {"value": "bundle", "displayValue": "Bundle that scored"},
      {"value": "status", "displayValue": "Status: scored, or none so far"}
    ]
  },
  {
    "type": "TEXT",
    "name": "otherwise",
    "displayName": "Value while there is no score",
    "simpleValueType": true,
    "help": "Empty: undefined. The status is none then, whatever stands here."
  }
]


___SANDBOXED_JS_FOR_WEB_TEMPLATE___

const copyFromDataLayer = require('copyFromDataLayer');

const KEYS = {
  band: 'inkling_band',
  score: 'inkling_score',
  model: 'inkling_model_version',
  bundle: 'inkling_bundle'
};

const value = copyFromDataLayer(KEYS[data.value] || KEYS.band);
// A score of 0 is a score.
const there = value !== undefined && value !== null;
if (data.value === 'status') return there ? 'scored' : 'none';
return there ? value : data.otherwise || undefined;


___WEB_PERMISSIONS___

[
  {
    "instance": {
      "key": {"publicId": "read_data_layer", "versionId": "1"},
      "param": [
        {"key": "allowedKeys", "value": {"type": 1, "string": "specific"}},
        {
          "key": "keyPatterns",
          "value": {
            "type": 2,
            "listItem": [{"type": 1, "string": "inkling_band"}, {"type": 1, "string": "inkling_score"}, {"type": 1, "string": "inkling_model_version"}, {"type": 1, "string": "inkling_bundle"}]
          }
        }
      ]
    },
    "clientAnnotations": {"isEditedByUser": true},
    "isRequired": true
  }
]


___TESTS___

scenarios:
- name: "band"
  code: |-
    withScore();
    assertThat(runCode({value: 'band'})).isEqualTo('medium');
- name: "score"
  code: |-
    withScore();
    assertThat(runCode({value: 'score'})).isEqualTo(0.35);
- name: "model"
  code: |-
    withScore();
    assertThat(runCode({value: 'model'})).isEqualTo('session-20261120-1');
- name: "bundle"
  code: |-
    withScore();
    assertThat(runCode({value: 'bundle'})).isEqualTo('3f5a9c0d1e2b4a68');
- name: "status: whether there is a score"
  code: |-
    withScore();
    assertThat(runCode({value: 'status', otherwise: 'unknown'})).isEqualTo('scored');
    mock('copyFromDataLayer', undefined);
    assertThat(runCode({value: 'status', otherwise: 'unknown'})).isEqualTo('none');
- name: "a choice that is not known is the band"
  code: |-
    withScore();
    assertThat(runCode({value: 'probability'})).isEqualTo('medium');
    assertThat(runCode({})).isEqualTo('medium');
- name: "a score of 0 is a score"
  code: |-
    layer.inkling_score = 0;
    withScore();
    assertThat(runCode({value: 'score', otherwise: 'none'})).isStrictlyEqualTo(0);
- name: "no score, nothing said: undefined"
  code: |-
    mock('copyFromDataLayer', undefined);
    assertThat(runCode({value: 'band'})).isUndefined();
- name: "no score: what the field says"
  code: |-
    mock('copyFromDataLayer', undefined);
    assertThat(runCode({value: 'band', otherwise: 'unknown'})).isEqualTo('unknown');
- name: "a cleared value is no score"
  code: |-
    mock('copyFromDataLayer', null);
    assertThat(runCode({value: 'score', otherwise: 'unknown'})).isEqualTo('unknown');
    assertThat(runCode({value: 'score'})).isUndefined();
- name: "only the key that was asked for is read"
  code: |-
    withScore();
    runCode({value: 'score'});
    assertApi('copyFromDataLayer').wasCalledWith('inkling_score');
    assertApi('copyFromDataLayer').wasNotCalledWith('inkling_band');
    assertApi('copyFromDataLayer').wasNotCalledWith('inkling_model_version');
    assertApi('copyFromDataLayer').wasNotCalledWith('inkling_bundle');
- name: "nothing mocked: inkling_band may be read, and is not there"
  code: |-
    assertThat(runCode({value: 'band'})).isUndefined();
    assertApi('copyFromDataLayer').wasCalledWith('inkling_band');
- name: "nothing mocked: inkling_score may be read, and is not there"
  code: |-
    assertThat(runCode({value: 'score'})).isUndefined();
    assertApi('copyFromDataLayer').wasCalledWith('inkling_score');
- name: "nothing mocked: inkling_model_version may be read, and is not there"
  code: |-
    assertThat(runCode({value: 'model'})).isUndefined();
    assertApi('copyFromDataLayer').wasCalledWith('inkling_model_version');
- name: "nothing mocked: inkling_bundle may be read, and is not there"
  code: |-
    assertThat(runCode({value: 'bundle'})).isUndefined();
    assertApi('copyFromDataLayer').wasCalledWith('inkling_bundle');
setup: |-
  const layer = {
    inkling_band: 'medium',
    inkling_score: 0.35,
    inkling_model_version: 'session-20261120-1',
    inkling_bundle: '3f5a9c0d1e2b4a68'
  };
  const withScore = () => {
    mock('copyFromDataLayer', (key) => layer[key]);
  };


___NOTES___

Part of Inkling. The tests also run outside the editor: inkling gtm test template.tpl
