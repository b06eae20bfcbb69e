const placeholder = '{trace_id}';

/**
 * Where a trace is shown: the template with the id in it; null where there is no template, or it leads anywhere but to a page
 * (http, https). The id is anybody's text: it stays one part of the address,
 * and dots alone, which would lead up in it, are no id.
 */
export function traceLink(template: string | undefined, traceId: string): string | null {
  if (template === undefined || !/^https?:\/\//i.test(template) || !template.includes(placeholder) || /^\.*$/.test(traceId)) {
    return null;
  }
  try {
    return new URL(template.replaceAll(placeholder, () => encodeURIComponent(traceId))).href;
  } catch {
    return null;
  }
}
