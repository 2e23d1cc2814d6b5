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
    const value = json.length === 0 ? {} : (JSON.parse(Buffer.from(json).toString()) as JsonValue);
    return toBinary(input, fromJson(input, value));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const what = error instanceof SyntaxError ? 'the request is not JSON' : `the request is no ${input.name}`;
    throw new ServerError(Status.INVALID_ARGUMENT, `${what}: ${problem}`);
  }
}
