import type { ComponentChildren } from 'preact';
import type { CallsLink } from '../filters/links';

/** A figure or a name that leads to the calls behind it; where it cannot, its tooltip says why. */
export function ToCalls({
  to,
  title,
  isAgain = false,
  children,
}: {
  to: CallsLink | undefined;
  title?: string | undefined;
  /** Whether another link beside it leads there too: the keyboard then passes over this one. */
  isAgain?: boolean;
  children: ComponentChildren;
}) {
  const said = [title, to?.title, to?.why].filter(Boolean).join('. ') || undefined;
  return to?.href === undefined ? (
    <span title={said}>{children}</span>
  ) : (
    <a class="to-calls" href={to.href} title={said} data-calls={to.calls} tabIndex={isAgain ? -1 : undefined}>
      {children}
    </a>
  );
}
