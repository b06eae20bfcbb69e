/** A figure with its name, in a list of them. */
export function Fact({
  name,
  value,
  tone = '',
  exact,
}: {
  name: string;
  value: string;
  tone?: string;
  exact?: string | undefined;
}) {
  return (
    <div data-fact={name}>
      <dt>{name}</dt>
      <dd class={tone} title={exact}>
        {value}
      </dd>
    </div>
  );
}
