import { useAggregate } from '../api/useAggregate';
import { useApp } from '../app/state';
import { bucketView } from '../charts/buckets';
import { groupsOverTime } from '../charts/groups';
import { TimeChart } from '../charts/TimeChart';
import { present } from '../filters/conditions';
import { callsLink, groupLink } from '../filters/links';
import { moneyShort } from '../format/money';
import { count } from '../format/number';
import { fieldLabel } from '../format/words';
import { NoCalls } from '../parts/NoCalls';
import { Answered, Capped } from '../parts/States';

const priced = [present('cost_nanos')];

/** What was spent over time, by the largest groups. */
export function CostOverTime({ by }: { by: string }) {
  const { view } = useApp();
  const answer = useAggregate(view, {
    bucket: view.range.bucket,
    group_by: by,
    top: '7',
    top_by: 'cost',
    measures: 'spend',
  });
  return (
    <Answered answer={answer} height={16}>
      {data => {
        if (data.total.calls === 0) {
          return <NoCalls />;
        }
        const { times, groups, unpriced } = groupsOverTime(data.rows, view.range, data.capped_from);
        const named = groups.filter(group => !group.isOther).map(group => group.key);
        return (
          <>
            <Capped from={data.capped_from} />
            <TimeChart
              title={`Cost by ${fieldLabel(by).toLowerCase()}`}
              times={times}
              bucket={view.range.bucket}
              kind="bars"
              format={moneyShort}
              series={groups.map(({ label, color, costs }) => ({ label, color, values: costs }))}
              href={(index, series) => {
                const bucket = bucketView(view, times[index] ?? 0);
                const group = series === null ? undefined : groups[series];
                return group === undefined
                  ? callsLink(bucket)
                  : groupLink(bucket, by, { keys: [group.key], is_other: group.isOther }, named, priced, group.priced[index]);
              }}
              remark={index =>
                (unpriced[index] ?? 0) === 0 ? null : `${count(unpriced[index])} calls without a known cost are not in it`
              }
            />
          </>
        );
      }}
    </Answered>
  );
}
