using System.Collections.Concurrent;
using System.Diagnostics;
using LlmObservability.Postgres;
using LlmObservability.Queries;
using LlmObservability.Testing;
using LlmObservability.Testing.Postgres;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace LlmObservability.Postgres.Tests;

/// <summary>The library's own traffic is in nobody's traces. Runs alone: the listener hears the whole process.</summary>
[Collection(nameof(HearsTheProcess))]
public sealed class PostgresTracingTests(PostgresServer server) : PostgresDatabase(server)
{
    private const string Driver = "Npgsql";

    [Fact]
    public async Task Writing_and_reading_over_connections_of_its_own_give_no_activity()
    {
        using var heard = new Heard();

        var request = await WriteAndReadAsync(builder => builder.AddPostgres(ConnectionString));

        heard.Of(Driver).ShouldBeEmpty();
        heard.NotOfOurs().Where(activity => activity.TraceId == request).ShouldBeEmpty();
        // The runtime's own experimental sources tell of a socket that connects; whoever asks for those gets them.
        heard.NotOfOurs().Where(activity => !activity.Source.Name.StartsWith("Experimental.System.Net.", StringComparison.Ordinal))
            .ShouldBeEmpty();
        await ControlAsync(DataSource, heard);
    }

    [Fact]
    public async Task An_applications_data_source_leaves_the_statements_out_and_traces_what_is_the_applications()
    {
        var building = new NpgsqlDataSourceBuilder(ConnectionString);
        building.ConfigureTracing(tracing => tracing.LeaveOutLlmObservability().EnablePhysicalOpenTracing(false));
        await using var dataSource = building.Build();
        using var heard = new Heard();

        await WriteAndReadAsync(builder => builder.AddPostgres(dataSource));

        heard.Of(Driver).ShouldBeEmpty();
        await ControlAsync(dataSource, heard);
    }

    [Fact]
    public async Task Every_statement_says_whose_it_is()
    {
        var statements = new ConcurrentQueue<string>();
        bool Note(string statement)
        {
            statements.Enqueue(statement);
            return true;
        }

        var building = new NpgsqlDataSourceBuilder(ConnectionString);
        building.ConfigureTracing(tracing => tracing
            .ConfigureCommandFilter(command => Note(command.CommandText))
            .ConfigureBatchFilter(batch => batch.BatchCommands.Cast<NpgsqlBatchCommand>().All(command => Note(command.CommandText)))
            .ConfigureCopyOperationFilter(Note));
        await using var dataSource = building.Build();
        using var heard = new Heard();

        await WriteAndReadAsync(builder => builder.AddPostgres(dataSource));

        statements.Count.ShouldBeGreaterThan(20);
        statements.ShouldAllBe(statement => PostgresLlmTracing.IsOwn(statement));
        statements.ShouldContain(statement => statement.StartsWith("COPY", StringComparison.Ordinal));
        heard.Of(Driver).ShouldNotBeEmpty();
        PostgresLlmTracing.IsOwn("SELECT 1").ShouldBeFalse();
        PostgresLlmTracing.IsOwn(null).ShouldBeFalse();
    }

    /// <summary>What shows that the listener would have heard it.</summary>
    private static async Task ControlAsync(NpgsqlDataSource dataSource, Heard heard)
    {
        await using (var command = dataSource.CreateCommand("SELECT 1"))
        {
            await command.ExecuteNonQueryAsync(Token);
        }

        heard.Of(Driver).ShouldContain(activity => activity.Kind == ActivityKind.Client);
    }

    /// <summary>Migrates, makes partitions, writes calls twice over (the second time staged), puts one aside, and asks every question.</summary>
    private static async Task<ActivityTraceId> WriteAndReadAsync(Action<ILlmObservabilityBuilder> add)
    {
        using var source = new ActivitySource(nameof(PostgresTracingTests));
        var building = Host.CreateEmptyApplicationBuilder(null);
        building.Services.AddSingleton<IChatClient>(_ => new ScriptedChatClient());
        var observability = building.Services.AddLlmObservability();
        add(observability);
        observability.ObserveChatClients();
        using var host = building.Build();
        // No start of the host: the first call starts the pipeline, inside its activity.
        ActivityTraceId trace;
        using (var request = source.StartActivity("request").ShouldNotBeNull())
        {
            trace = request.TraceId;
            await host.Services.GetRequiredService<IChatClient>().GetResponseAsync([new(ChatRole.User, "Hi")], null, Token);
        }

        await host.Services.GetRequiredService<LlmObserver>().FlushAsync(Token);

        var store = host.Services.GetRequiredService<PostgresLlmStore>();
        var envelopes = ScriptedCalls.Create(30);
        var call = envelopes[0].Call;
        var late = DateTimeOffset.UnixEpoch.AddYears(30);
        var amendment = new LlmAmendment
        {
            Id = LlmCallId.Create(call.StartedAt),
            CallId = call.Id,
            CallStartedAt = call.StartedAt,
            CreatedAt = call.StartedAt,
            Kind = "verdict",
        };
        Sinks.LlmEnvelope[] batch =
        [
            .. envelopes, new Sinks.LlmAmendmentEnvelope(amendment), new Sinks.LlmCallEnvelope(call with { Id = LlmCallId.Create(late), StartedAt = late }),
        ];
        using (source.StartActivity("write"))
        {
            (await store.WriteAsync(new Sinks.LlmBatch(Guid.NewGuid(), 1, batch), Token)).Written.ShouldBe(31);
            (await store.WriteAsync(new Sinks.LlmBatch(Guid.NewGuid(), 1, batch), Token)).AlreadyWritten.ShouldBe(31);
        }

        using (source.StartActivity("read"))
        {
            (await store.GetAsync(call.Id, Token)).ShouldNotBeNull();
            (await store.ListAsync(new LlmListRequest { Limit = 10 }, Token)).Calls.Count.ShouldBe(10);
            var all = new LlmFilter { From = ScriptedCalls.TenDaysAgo, To = ScriptedCalls.TenDaysAgo.AddDays(5) };
            foreach (var field in new[] { LlmField.Model, LlmField.User })
            {
                var request = new LlmAggregateRequest { Filter = all, Percentiles = true, GroupBy = [field] };
                (await store.AggregateAsync(request, Token)).Total.Calls.ShouldBe(30);
                (await store.DistinctAsync(new LlmDistinctRequest { Field = field, Filter = all }, Token)).Values.ShouldNotBeEmpty();
            }

            await foreach (var exported in store.ExportAsync(new LlmFilter(), Token))
            {
                exported.ShouldNotBeNull();
            }
        }

        return trace;
    }

    /// <summary>All activities of the process while it lives.</summary>
    private sealed class Heard : IDisposable
    {
        private readonly ConcurrentQueue<Activity> _activities = new();
        private readonly ActivityListener _listener;

        public Heard()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = _ => true,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStarted = _activities.Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public IEnumerable<Activity> Of(string source) => _activities.Where(activity => activity.Source.Name == source);

        public IEnumerable<Activity> NotOfOurs() => _activities.Where(activity =>
            !activity.Source.Name.StartsWith("LlmObservability", StringComparison.Ordinal) && activity.Source.Name != nameof(PostgresTracingTests));

        public void Dispose() => _listener.Dispose();
    }
}

/// <summary>Tests that run while no other does.</summary>
[CollectionDefinition(nameof(HearsTheProcess), DisableParallelization = true)]
public sealed class HearsTheProcess;
