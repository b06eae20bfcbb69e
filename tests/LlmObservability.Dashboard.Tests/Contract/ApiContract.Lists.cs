using System.Net;
using System.Text.Json;
using LlmObservability.Queries;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Stores;

namespace LlmObservability.Dashboard.Tests.Contract;

/// <content>Pages, filters, and calls by id.</content>
public abstract partial class ApiContract
{
    [Fact]
    public async Task Pages_in_any_order_hold_every_call_once()
    {
        await using var host = await StartAsync();
        var calls = await host.FillAsync(120);
        foreach (var field in new[] { LlmField.StartedAt, LlmField.CostNanos, LlmField.Model, LlmField.User, LlmField.Similarity, LlmField.Streaming })
        {
            foreach (var descending in new[] { true, false })
            {
                var found = await PagesAsync(host, $"&order={(descending ? "-" : "")}{field.Name}", limit: 50);
                Ids(found).ShouldBe(Ids(CallFacts.Ordered(calls, field, descending)), field.Name);
            }
        }

        Ids((await host.Client.GetAsync("calls")).GetProperty("calls").EnumerateArray())
            .ShouldBe(Ids(CallFacts.Ordered(calls, LlmField.StartedAt, descending: true).Take(50)), "newest first by itself, fifty of them");
    }

    [Fact]
    public async Task Every_field_is_filtered_by_every_operator_that_fits_it()
    {
        await using var host = await StartAsync();
        var calls = await host.FillAsync(80);
        foreach (var field in CallFacts.Fields)
        {
            var value = calls.Select(call => CallFacts.Read(call, field)).FirstOrDefault(value => value is not null);
            var expected = new List<(string Query, LlmOperator Operator)>
            {
                ($"missing={Encode(field.Name)}", LlmOperator.Missing),
                ($"present={Encode(field.Name)}", LlmOperator.Present),
            };
            if (value is not null)
            {
                LlmOperator[] operators = field.Type switch
                {
                    LlmFieldType.Text => [LlmOperator.In, LlmOperator.NotIn, LlmOperator.StartsWith],
                    LlmFieldType.Boolean or LlmFieldType.Id => [LlmOperator.In, LlmOperator.NotIn],
                    _ => [LlmOperator.In, LlmOperator.NotIn, LlmOperator.AtLeast, LlmOperator.Below],
                };
                expected.AddRange(operators.Select(op => ($"{Name(op)}{Encode(field.Name)}={Encode(CallFacts.Text(value))}", op)));
            }

            foreach (var (query, op) in expected)
            {
                var page = await host.Client.GetAsync($"calls?limit=1000&order=started_at&{query}");
                var matching = calls.Where(call => CallFacts.Meets(call, field, op, value is null ? [] : [value]));
                Ids(page.GetProperty("calls").EnumerateArray())
                    .ShouldBe(Ids(CallFacts.Ordered(matching, LlmField.StartedAt, descending: false)), query);
            }
        }
    }

    [Fact]
    public async Task Conditions_add_up_and_values_of_one_are_alternatives()
    {
        await using var host = await StartAsync();
        var calls = await host.FillAsync(200);
        var (from, to) = (ScriptedCalls.TenDaysAgo.AddDays(1), ScriptedCalls.TenDaysAgo.AddDays(2));
        var page = await host.Client.GetAsync(
            $"calls?limit=1000&order=started_at&from={Encode(LlmValue.Format(from))}&to={Encode(LlmValue.Format(to))}"
            + $"&tag.team=red&tag.team=blue&not_in.tenant=acme&at_least.duration_us=1000&present=model&missing=similarity&streaming=true");
        var expected = calls.Where(call => call.StartedAt >= from && call.StartedAt < to
            && call.Tags.TryGetCustom("team", out var team) && team is "red" or "blue"
            && call.Tags.Tenant != "acme" && call.Duration.Ticks >= 10_000 && call.Model is not null && call.Similarity is null && call.Streaming).ToList();
        expected.ShouldNotBeEmpty();
        Ids(page.GetProperty("calls").EnumerateArray()).ShouldBe(Ids(CallFacts.Ordered(expected, LlmField.StartedAt, descending: false)));
    }

    [Fact]
    public async Task A_call_tells_all_that_was_recorded()
    {
        await using var host = await StartAsync();
        var envelopes = ScriptedCalls.Create(60);
        await host.WriteAsync(envelopes);
        foreach (var envelope in envelopes)
        {
            var answer = await host.Client.GetAsync($"calls/{envelope.Call.Id}");
            CallJson.ShouldBe(answer.GetProperty("call"), envelope.Call);
            var attempts = answer.GetProperty("attempts").EnumerateArray().ToList();
            attempts.Select(attempt => attempt.GetProperty("ordinal").GetInt32()).ShouldBe(envelope.Attempts.Select(attempt => attempt.Ordinal));
            attempts.Select(attempt => attempt.GetProperty("duration_us").GetInt64()).ShouldBe(envelope.Attempts.Select(attempt => attempt.Duration.Ticks / 10));
            var toolCalls = answer.GetProperty("tool_calls").EnumerateArray().ToList();
            toolCalls.Select(toolCall => toolCall.GetProperty("name").GetString()).ShouldBe(envelope.ToolCalls.Select(toolCall => toolCall.Name));
            foreach (var (json, attempt) in attempts.Zip(envelope.Attempts))
            {
                CallJson.SpanShouldBe(json, trace: null, attempt.SpanId, attempt.ParentSpanId);
            }

            foreach (var (json, toolCall) in toolCalls.Zip(envelope.ToolCalls))
            {
                CallJson.SpanShouldBe(json, toolCall.TraceId, toolCall.SpanId, toolCall.ParentSpanId);
            }

            answer.GetProperty("cost_explanations").GetArrayLength().ShouldBe(Math.Max(1, envelope.Attempts.Count));
        }
    }

    [Fact]
    public async Task A_call_comes_with_its_amendments_and_with_its_cost_line_by_line()
    {
        await using var host = await StartAsync();
        var startedAt = new DateTimeOffset(DateTime.UtcNow.Date.AddDays(-1), TimeSpan.Zero);
        var call = new LlmCall
        {
            Id = LlmCallId.Create(startedAt),
            StartedAt = startedAt,
            Outcome = LlmOutcome.Completed,
            Provider = "openai",
            ResponseModel = "gpt-4o",
            Tokens = new LlmTokens { Source = LlmUsageSource.Reported, UncachedInput = 200, CacheRead = 1_000, VisibleOutput = 300 },
            CostReason = LlmCostReason.Priced,
        };
        var price = host.Observer.ExplainCost(call, []).Single();
        call = call with { Cost = price.Cost, PriceEntry = price.PriceEntry, CatalogDate = price.CatalogDate };
        var amendment = new LlmAmendment
        {
            Id = LlmCallId.Create(startedAt.AddMinutes(1)),
            CallId = call.Id,
            CallStartedAt = startedAt,
            CreatedAt = startedAt.AddMinutes(1),
            Kind = "feedback",
            Name = "thumbs",
            Score = 1,
            Label = "good",
        };
        await host.WriteAsync([new LlmCallEnvelope(call), new LlmAmendmentEnvelope(amendment)]);

        var answer = await host.Client.GetAsync($"calls/{call.Id}");
        var said = answer.GetProperty("amendments").EnumerateArray().ShouldHaveSingleItem();
        said.GetProperty("id").GetGuid().ShouldBe(amendment.Id);
        (said.GetProperty("amendment_kind").GetString(), said.GetProperty("label").GetString()).ShouldBe(("feedback", "good"));

        var explanation = answer.GetProperty("cost_explanations").EnumerateArray().ShouldHaveSingleItem();
        explanation.GetProperty("agrees_with_record").GetBoolean().ShouldBeTrue();
        explanation.GetProperty("lines").EnumerateArray()
            .ToDictionary(line => line.GetProperty("class").GetString()!, line => line.GetProperty("quantity").GetInt64())
            .ShouldBe(new Dictionary<string, long> { ["input"] = 200, ["cache_read"] = 1_000, ["output"] = 300 }, ignoreOrder: true);
        explanation.GetProperty("lines").EnumerateArray().Sum(line => decimal.Parse(line.GetProperty("amount_nanos").GetString()!))
            .ShouldBe(call.Cost!.Value.TotalNanos);
    }

    [Fact]
    public async Task Many_calls_come_by_their_ids()
    {
        await using var host = await StartAsync();
        var calls = await host.FillAsync(100);
        var missing = LlmCallId.Create(ScriptedCalls.TenDaysAgo);
        var asked = calls.Take(99).Select(call => call.Id).Append(missing).ToList();
        var (status, body) = await host.Client.PostAsync("calls/get", JsonSerializer.Serialize(new { ids = asked }));

        status.ShouldBe(HttpStatusCode.OK);
        Ids(body.GetProperty("calls").EnumerateArray().Select(call => call.GetProperty("call"))).ShouldBe(asked.Take(99));
        body.GetProperty("not_found").EnumerateArray().Single().GetGuid().ShouldBe(missing);
    }

    [Fact]
    public async Task A_call_that_there_is_not_is_a_problem_that_names_the_id()
    {
        await using var host = await StartAsync();
        await host.FillAsync(1);
        var problem = await host.Client.ProblemAsync($"calls/{LlmCallId.Create(ScriptedCalls.TenDaysAgo)}", HttpStatusCode.NotFound);
        problem.GetProperty("parameter").GetString().ShouldBe("id");
        (await host.Client.ProblemAsync("calls/17")).GetProperty("parameter").GetString().ShouldBe("id");
    }
}
