import { apiUrl } from '../api/client';
import type { PricedModel, WhatIf } from '../api/types';
import { type Answer, useApi } from '../api/useApi';
import { go, hereWith, useApp } from '../app/state';
import { apiParams, readView } from '../filters/view';
import { dollars, money, moneyExact } from '../format/money';
import { change, count } from '../format/number';
import { minute } from '../format/time';
import { wordLabel } from '../format/words';
import { Answered, Capped, Empty } from '../parts/States';
import { Tile } from '../parts/Tile';
import { Value } from '../parts/Value';
import { modelText } from './asModel';
import { ModelForm } from './ModelForm';
import { pausedView } from './pausedView';

/** What the newest calls would have cost with another model, and what their cache saved. */
export function WhatIfCards() {
  const app = useApp();
  const { params } = app.location;
  const [provider, model] = [params.get('as_provider') ?? '', params.get('as_model') ?? ''];
  const chosen: PricedModel | null = model === '' ? null : provider === '' ? { model } : { provider, model };
  // Up to ten thousand calls are priced for an answer: for the savings beside it alone that is not done again and again.
  const view = chosen === null ? readView(params, app.askedAt) : pausedView(app);
  const asked = apiParams(view);
  if (chosen !== null) {
    asked.set('as_model', model);
    if (provider !== '') {
      asked.set('as_provider', provider);
    }
  }
  const keeps = `${provider}/${model} ${view.range.preset ?? asked} ${JSON.stringify(view.conditions)}`;
  const answer = useApi<WhatIf>(apiUrl('what-if', asked), keeps);
  return (
    <div class="cards">
      <section class="card" data-card="what-if">
        <h3>What if another model had answered?</h3>
        <ModelForm
          chosen={chosen}
          choose={next =>
            go(
              hereWith(app, own => {
                put(own, 'as_provider', next?.provider);
                put(own, 'as_model', next?.model);
              }),
            )
          }
        />
        {chosen === null ? (
          <Empty title="Choose a model">The same calls, with the tokens they used, at that model’s prices.</Empty>
        ) : (
          <Answered answer={answer} height={8}>
            {data => <Compared data={data} as={modelText(chosen)} />}
          </Answered>
        )}
      </section>
      <CacheSavings answer={answer} />
    </div>
  );
}

function put(params: URLSearchParams, name: string, value: string | undefined): void {
  if (value === undefined) {
    params.delete(name);
  } else {
    params.set(name, value);
  }
}

function Compared({ data, as }: { data: WhatIf; as: string }) {
  const [was, wouldBe, difference] = [dollars(data.actual_nanos), dollars(data.what_if_nanos), dollars(data.difference_nanos)];
  const moved = change(wouldBe, was);
  return (
    <>
      <div class="tiles">
        <Tile title="Actual" value={money(data.actual_nanos)} exact={moneyExact(data.actual_nanos)} />
        <Tile title="Would be" value={money(data.what_if_nanos)} exact={moneyExact(data.what_if_nanos)} />
        <Tile
          title="Difference"
          value={`${(difference ?? 0) > 0 ? '+' : ''}${money(data.difference_nanos)}`}
          exact={moneyExact(data.difference_nanos)}
          note={
            difference === null
              ? undefined
              : `${moved === null ? '' : `${moved}, `}${difference < 0 ? 'cheaper' : difference > 0 ? 'dearer' : 'the same'}`
          }
        />
      </div>
      <p class="under">
        <Value text={as} most={120} />: {count(data.compared)} of {count(data.calls)} calls compared.
        {data.not_compared.length === 0
          ? null
          : ` Not compared: ${data.not_compared.map(({ reason, calls }) => `${count(calls)} ${wordLabel(reason)}`).join(', ')}.`}
        {data.searches_without_price === 0
          ? null
          : ` ${count(data.searches_without_price)} made web searches that the model has no price for; they cost nothing here.`}
      </p>
      <Reach data={data} />
    </>
  );
}

function CacheSavings({ answer }: { answer: Answer<WhatIf> }) {
  return (
    <section class="card" data-card="cache-savings">
      <h3>Saved by cached input</h3>
      <Answered answer={answer} height={8}>
        {data => {
          const saved = dollars(data.cache_savings_nanos);
          return (
            <>
              <p class={saved === null ? 'figure none' : 'figure'} title={moneyExact(data.cache_savings_nanos)}>
                {money(data.cache_savings_nanos)}
              </p>
              <p class="under">
                {saved !== null && saved < 0
                  ? 'More was paid than at the full input rate: the cache is dearer than what it replaces.'
                  : 'Less than at the full input rate, by today’s prices of each call’s own model.'}
                {data.cache_savings_unknown === 0 ? null : ` Not known of ${count(data.cache_savings_unknown)} calls.`}
              </p>
              <Reach data={data} />
            </>
          );
        }}
      </Answered>
    </section>
  );
}

/** How far back the calls reach, where that is not the whole time. */
function Reach({ data }: { data: WhatIf }) {
  return (
    <>
      <Capped from={data.capped_from} />
      {data.is_cut && data.oldest_started_at !== undefined ? (
        <p class="note" role="note">
          Only the newest {count(data.calls)} calls are in it, since {minute(data.oldest_started_at)}.
        </p>
      ) : null}
    </>
  );
}
