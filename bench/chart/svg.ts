/** Text of an element or attribute. */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

type Attributes = Readonly<Record<string, string | number>>;

/** `<name a="1">content</name>`; the content is markup already. Numbers have at most one decimal, so that the text is the same everywhere. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? coordinate(value) : escape(value)}"`)
    .join('');
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

export function text(x: number, y: number, content: string, className = ''): string {
  return element('text', { x, y, ...(className === '' ? {} : { class: className }) }, escape(content));
}

const coordinate = (value: number): string => String(Math.round(value * 10) / 10);
