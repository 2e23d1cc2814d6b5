import assert from 'node:assert/strict';
import { test } from 'node:test';
import v8 from 'node:v8';
import vm from 'node:vm';
import './store.js';

test('strings are as fast with ioredis as without it', () => {
  v8.setFlagsFromString('--allow-natives-syntax');
  assert.equal(vm.runInThisContext('%HasFastProperties(String.prototype)'), true);
});
