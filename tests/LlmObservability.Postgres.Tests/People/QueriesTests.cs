using System.Globalization;
using System.Text.RegularExpressions;
using LlmObservability.Postgres;
using LlmObservability.Sinks;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Postgres.Tests.People;

/// <summary>Each query of docs/queries.md as it stands there, against figures added up from the same calls.</summary>
public sealed class QueriesTests(QueriesTests.Database database) : IClassFixture<QueriesTests.Database>
{
    public static TheoryData<string> Titles =>
    [
        "Cost per tenant last month", "95th percentile of the duration by route", "Most expensive calls",
        "What the provider's prompt cache saved", "Error rate", "Answers that did not match their schema", "Tokens per day",
        "Slowest models", "Abandoned streams", "Cost per feature and variant", "Of the tables themselves",
    ];

    [Fact]
    public void The_document_has_these_queries_and_no_other()
    {
        ExampleQueries.All.Keys.ShouldBe(Titles.Select(title => title.Data), ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public async Task A_query_answers_what_its_title_says(string title)
    {
        var sql = ExampleQueries.All[title];
        sql.ShouldContain("WHERE started_at >= ");
        var (now, rows) = await database.AskAsync(sql);
        var expected = new QueryFigures(database.Calls, database.Effective, now).Of(title);

        expected.Count.ShouldBeGreaterThan(1);
        rows.Count.ShouldBe(expected.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            Text(rows[i]).ShouldBe(Text(expected[i]), $"{title}, row {i + 1}");
        }
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public async Task A_query_reads_the_days_inside_its_bound_and_no_other(string title)
    {
        var (now, lines) = await database.AskAsync("EXPLAIN " + ExampleQueries.All[title]);
        var plan = string.Join('\n', lines.Select(line => line[0]));
        var days = Regex.Matches(plan, " on calls_([0-9]{8})")
            .Select(match => DateTime.ParseExact(match.Groups[1].Value, "yyyyMMdd", CultureInfo.InvariantCulture)).ToList();
        var first = Regex.Match(ExampleQueries.All[title], "now\\(\\) - interval '([0-9]+) days?'") is { Success: true } bound
            ? now.UtcDateTime.AddDays(-int.Parse(bound.Groups[1].Value, CultureInfo.InvariantCulture)).Date
            : new DateTime(now.Year, now.Month, 1).AddMonths(-1);

        days.ShouldNotBeEmpty();
        days.Min().ShouldBe(first);
    }

    // Of a quotient the last digits are the server's choice.
    private static string Text(object?[] row) => string.Join(" | ", row.Select(value => value switch
    {
        null or DBNull => "NULL",
        decimal number => decimal.Round(number, 8).ToString("0.########", CultureInfo.InvariantCulture),
        long or int => Convert.ToDecimal(value, CultureInfo.InvariantCulture).ToString("0.########", CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        _ => value.ToString(),
    }));

    /// <summary>Calls of two months, some of them priced anew once, twice, or to nothing.</summary>
    public sealed class Database(PostgresServer server) : PostgresDatabase(server)
    {
        public IReadOnlyList<LlmCall> Calls { get; private set; } = [];

        public Dictionary<Guid, LlmCost?> Effective { get; } = [];

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            var store = await PreparedAsync();
            var script = new ScriptedCalls(7, DateTimeOffset.UtcNow.AddDays(-63), TimeSpan.FromDays(62.9));
            LlmCallEnvelope[] envelopes = [.. Enumerable.Range(0, 3_000).Select(_ => script.NextEnvelope())];
            await store.WriteAsync(new LlmBatch(Guid.NewGuid(), 1, envelopes), Token);
            Calls = [.. envelopes.Select(envelope => envelope.Call)];
            for (var i = 0; i < Calls.Count; i++)
            {
                var cost = new LlmCost { InputNanos = 1_000 + i, CachedInputNanos = 7, OutputNanos = 3_000_000_000, FeesNanos = i % 3 };
                if (i % 11 == 0)
                {
                    await RepriceAsync(Calls[i], cost with { FeesNanos = 99 }, 1);
                    await RepriceAsync(Calls[i], cost, 2);
                    Effective[Calls[i].Id] = cost;
                }
                else if (i % 37 == 0)
                {
                    await RepriceAsync(Calls[i], null, 1);
                    Effective[Calls[i].Id] = null;
                }
            }
        }

        internal async Task<(DateTimeOffset Now, List<object?[]> Rows)> AskAsync(string sql)
        {
            // One batch is one transaction, and that has one now().
            await using var batch = DataSource.CreateBatch();
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT now()"));
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
            await using var reader = await batch.ExecuteReaderAsync(Token);
            await reader.ReadAsync(Token);
            var now = reader.GetDateTime(0);
            await reader.NextResultAsync(Token);
            List<object?[]> rows = [];
            while (await reader.ReadAsync(Token))
            {
                var row = new object?[reader.FieldCount];
                reader.GetValues(row!);
                rows.Add(row);
            }

            return (new DateTimeOffset(now), rows);
        }

        private async Task RepriceAsync(LlmCall call, LlmCost? cost, int hours)
        {
            var createdAt = call.StartedAt.AddHours(hours);
            await using var command = DataSource.CreateCommand(
                "INSERT INTO llm.amendments (id, call_id, call_started_at, created_at, kind, cost_nanos, cost_input_nanos, cost_cached_input_nanos, "
                + "cost_output_nanos, cost_fees_nanos, cost_reason) VALUES ($1, $2, $3, $4, 'repricing', $5, $6, $7, $8, $9, $10)");
            object?[] values =
            [
                LlmCallId.Create(createdAt), call.Id, call.StartedAt, createdAt, cost?.TotalNanos, cost?.InputNanos, cost?.CachedInputNanos,
                cost?.OutputNanos, cost?.FeesNanos, cost is null ? "unknown_model" : "priced",
            ];
            foreach (var value in values)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
            }

            await command.ExecuteNonQueryAsync(Token);
        }
    }
}
