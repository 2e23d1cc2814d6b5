// The reference of the gRPC services in Markdown, made from the .proto files and their comments.
import { createFileRegistry, fromBinary, ScalarType } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** Field numbers of descriptor.proto, as they stand in the paths of comments. */
const MESSAGE = 4;
const ENUM = 5;
const SERVICE = 6;
const IN_PARENT = 2;
const WELL_KNOWN = 'google.protobuf.';

/** @param descriptors A FileDescriptorSet with its comments, as `buf build` writes it. */
export function apiReference(descriptors) {
  const set = fromBinary(FileDescriptorSetSchema, descriptors);
  const own = new Set(
    set.file.filter(({ name }) => name.startsWith('stationmaster/')).map(({ name }) => name),
  );
  const files = [...createFileRegistry(set).files].filter(({ proto }) => own.has(proto.name));
  files.sort((a, b) => a.name.localeCompare(b.name));
  return new Reference(files).markdown();
}

class Reference {
  #files;
  #comments;
  /** Messages that only one method speaks of, shown with it. */
  #ofMethods;

  constructor(files) {
    this.#files = files;
    this.#comments = new Map(files.map((file) => [file, commentsOf(file.proto)]));
    this.#ofMethods = new Set(
      files.flatMap(({ services }) =>
        services.flatMap(({ methods }) => methods.flatMap(({ input, output }) => [input, output])),
      ),
    );
  }

  markdown() {
    const services = this.#files.flatMap((file) => file.services);
    const messages = this.#files.flatMap((file) =>
      file.messages.filter((type) => !this.#ofMethods.has(type)),
    );
    const enums = this.#files.flatMap((file) => file.enums);
    return [
      ...services.map((service) => this.#service(service)),
      '## Messages',
      ...messages.map((type) => this.#titled(type, this.#fields(type))),
      '## Enums',
      ...enums.map((type) => this.#titled(type, this.#values(type))),
    ].join('\n\n');
  }

  #service(service) {
    const methods = service.methods.map((method) => this.#method(method));
    return [`## ${service.name}`, this.#commentOn(service), ...methods].join('\n\n');
  }

  #method(method) {
    const { input, output, methodKind } = method;
    const many = { client: methodKind === 'bidi_streaming', server: methodKind !== 'unary' };
    return [
      `### ${method.name}`,
      this.#commentOn(method),
      `**${many.client ? 'stream of ' : ''}${input.name}**`,
      this.#fields(input),
      `**${many.server ? 'stream of ' : ''}${output.name}**`,
      this.#fields(output),
    ].join('\n\n');
  }

  #titled(type, body) {
    return [`### ${type.name}`, this.#commentOn(type), body].join('\n\n');
  }

  #fields(type) {
    if (type.fields.length === 0) return 'No fields.';
    const rows = type.fields.map((field) => {
      const place = field.oneof === undefined ? '' : ` (one of \`${field.oneof.name}\`)`;
      return row(`\`${field.name}\``, `${this.#typeOf(field)}${place}`, this.#commentOn(field));
    });
    return [row('field', 'type', ''), row('---', '---', '---'), ...rows].join('\n');
  }

  #values(type) {
    const rows = type.values
      .filter(({ number }) => number !== 0)
      .map((value) => row(`\`${value.name}\``, this.#commentOn(value)));
    return [row('value', ''), row('---', '---'), ...rows].join('\n');
  }

  #typeOf(field) {
    const type = field.message ?? field.enum;
    const name = type === undefined ? ScalarType[field.scalar].toLowerCase() : this.#link(type);
    if (field.fieldKind === 'list') return `list of ${name}`;
    return field.proto.proto3Optional ? `optional ${name}` : name;
  }

  #link(type) {
    if (!type.typeName.startsWith(WELL_KNOWN)) return `[${type.name}](#${type.name.toLowerCase()})`;
    return `[${type.name}](https://protobuf.dev/reference/protobuf/google.protobuf/#${kebab(type.name)})`;
  }

  #commentOn(described) {
    const file = described.file ?? described.parent.file ?? described.parent.parent?.file;
    return this.#comments.get(file)?.get(pathOf(described)) ?? '';
  }
}

function commentsOf({ sourceCodeInfo }) {
  const located = sourceCodeInfo?.location ?? [];
  return new Map(
    located
      .filter(({ leadingComments }) => leadingComments !== '')
      .map(({ path, leadingComments }) => [path.join('.'), paragraphs(leadingComments)]),
  );
}

/** Lines of a paragraph are joined; an empty line ends it. */
const paragraphs = (comment) =>
  comment
    .split(/\n\s*\n/)
    .map((text) => text.trim().replace(/\s*\n\s*/g, ' '))
    .join('\n\n');

function pathOf(described) {
  switch (described.kind) {
    case 'message':
      return `${MESSAGE}.${described.file.messages.indexOf(described)}`;
    case 'enum':
      return `${ENUM}.${described.file.enums.indexOf(described)}`;
    case 'service':
      return `${SERVICE}.${described.file.services.indexOf(described)}`;
    case 'rpc':
      return `${pathOf(described.parent)}.${IN_PARENT}.${described.parent.methods.indexOf(described)}`;
    case 'field':
      return `${pathOf(described.parent)}.${IN_PARENT}.${described.parent.fields.indexOf(described)}`;
    case 'enum_value':
      return `${pathOf(described.parent)}.${IN_PARENT}.${described.parent.values.indexOf(described)}`;
    default:
      throw new Error(`no comments are looked for on a ${described.kind}`);
  }
}

const kebab = (name) => name.replace(/(?<!^)[A-Z]/g, '-$&').toLowerCase();
const row = (...cells) =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n\n', ' ')).join(' | ')} |`;
