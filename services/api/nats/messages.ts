import {
  createFileRegistry,
  fromBinary,
  fromJson,
  toBinary,
  toJson,
  type DescMethod,
  type JsonValue,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { ServerError, Status } from 'nice-grpc-common';
import { readDescriptors } from '../../../libs/api/mod.js';
import { notJson } from '../not-json.js';

/** A method's messages as JSON, in protobuf's own mapping (ProtoJSON): strict, with names in camelCase. */
export interface JsonMessages {
  /**
   * The request's protobuf bytes. No bytes at all are the empty request.
   * @throws ServerError INVALID_ARGUMENT that names the field, for what is not JSON, or not this message.
   */
  readRequest(json: Uint8Array): Uint8Array;
  /** JSON of the response, whose protobuf bytes are given. */
  writeResponse(bytes: Uint8Array): JsonValue;
}

/** Messages of methods by service and method: `stationmaster.v1.CommandService`, `SendCommand`. */
export function jsonMessages(): (service: string, method: string) => JsonMessages {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readDescriptors()));
  return (serviceName, methodName) => {
    const service = registry.getService(serviceName);
    const method = service?.methods.find(({ name }) => name === methodName);
    if (method === undefined) throw new Error(`${serviceName}/${methodName} has no descriptor`);
    return {
      readRequest: (json) => readRequest(method, json),
      writeResponse: (bytes) => toJson(method.output, fromBinary(method.output, bytes), { registry }),
    };
  };
}

function readRequest({ input }: DescMethod, json: Uint8Array): Uint8Array {
  try {
    return toBinary(input, fromJson(input, valueOf(json)));
  } catch (error) {
    if (error instanceof ServerError) throw error;
    throw invalid(`the request is no ${input.name}${wrongIn(error)}`);
  }
}

function valueOf(json: Uint8Array): JsonValue {
  if (json.length === 0) return {};
  try {
    return JSON.parse(Buffer.from(json).toString()) as JsonValue;
  } catch (error) {
    throw invalid(`the request ${notJson(error)}`);
  }
}

const invalid = (message: string) => new ServerError(Status.INVALID_ARGUMENT, message);

/** Which field, and what was expected: without the value, which may be a password, for problems are logged. */
function wrongIn(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const [, where, what = ''] = /^(cannot decode \S+ \S+) from JSON:? (.*)$/su.exec(message) ?? [];
  const said = SAID_OF_VALUES.exec(what);
  return [where, said?.[0]].map((part) => (part === undefined ? '' : `: ${part}`)).join('');
}

/** What the protobuf library says before it shows the value, or without that. */
const SAID_OF_VALUES =
  /^(?:expected [\w ()]+|key "\w+" is unknown|invalid [\w ]+|must be [^"]+|(?:oneof )?set multiple times(?: by \w+ and \w+)?)/u;
