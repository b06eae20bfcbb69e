import { apiUrl } from '../api/client';
import type { Tool, Tools } from '../api/types';
import { useApi } from '../api/useApi';
import { useApp } from '../app/state';
import type { CallsLink } from '../filters/links';
import { apiParams, callsHref } from '../filters/view';
import { count, percent } from '../format/number';
import { duration } from '../format/time';
import { Answered, Capped, Empty } from '../parts/States';
import { ToCalls } from '../parts/ToCalls';
import { Value } from '../parts/Value';

const top = 20;

const figures: readonly (readonly [title: string, text: (tool: Tool) => string, tone?: (tool: Tool) => string])[] = [
  ['Calls', tool => count(tool.tool_calls)],
  ['Failed', tool => percent(tool.failed / tool.tool_calls), tool => (tool.failed > 0 ? 'bad' : '')],
  ['Cancelled', tool => count(tool.cancelled)],
  ['Abandoned', tool => count(tool.abandoned)],
  ['p50', tool => duration(tool.duration_us.p50)],
  ['p95', tool => duration(tool.duration_us.p95)],
  ['Longest', tool => duration(tool.duration_us.max)],
];

const byTool: CallsLink = { why: 'Calls cannot be filtered by a tool' };

/** The tools that the calls used. Calls cannot be filtered by a tool: the way leads to all that used any. */
export function ToolTable() {
  const { view } = useApp();
  const params = apiParams(view);
  params.set('top', String(top));
  const answer = useApi<Tools>(apiUrl('tools', params), `${view.range.preset ?? params} ${JSON.stringify(view.conditions)}`);
  const used = callsHref(view, [], [{ field: 'tool_call_count', operator: 'at_least', values: ['1'] }]);
  return (
    <section class="card" data-breakdown="tools">
      <h3>
        <a href={used} title="The calls that used a tool">
          Tools
        </a>
      </h3>
      <Answered answer={answer} height={12}>
        {({ tools, has_more, capped_from }) => (
          <>
            <Capped from={capped_from} />
            {tools.length === 0 ? (
              <Empty title="No tools" />
            ) : (
              <div class="scroll">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Tool</th>
                      <th scope="col">Type</th>
                      {figures.map(([title]) => (
                        <th scope="col" class="num" key={title}>
                          {title}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {tools.map(tool => (
                      <tr key={`${tool.type} ${tool.name}`}>
                        <th scope="row">
                          <Value text={tool.name} most={60} />
                        </th>
                        <td>
                          <Value text={tool.type} most={30} />
                        </td>
                        {figures.map(([title, text, tone]) => (
                          <td class={`num ${tone?.(tool) ?? ''}`} key={title}>
                            <ToCalls to={byTool}>{text(tool)}</ToCalls>
                          </td>
                        ))}
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
            {has_more ? <p class="under">The {top} most frequent; there are more.</p> : null}
          </>
        )}
      </Answered>
    </section>
  );
}
