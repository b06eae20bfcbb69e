using System.Net;
using LlmObservability.Dashboard.Tests.Host;
using LlmObservability.Testing.Postgres;
using Microsoft.Extensions.DependencyInjection;

namespace LlmObservability.Dashboard.Tests.Contract;

public sealed class PostgresApiTests(PostgresServer server) : ApiContract
{
    protected override void AddStore(ILlmObservabilityBuilder builder) => builder.AddPostgres(server.ConnectionString(), options =>
    {
        options.Schema = "api " + Guid.NewGuid().ToString("N");
        options.MaxScanWindow = TimeSpan.FromDays(3660);
    });

    [Fact]
    public async Task A_database_that_is_away_is_a_problem_that_does_not_say_where_it_was()
    {
        await using var host = await ApiHost.StartAsync(
            builder => builder.AddPostgres("Host=127.0.0.1;Port=1;Username=app;Password=hunter2;Database=secret_database"));
        foreach (var path in new[] { "calls", "aggregate", "values?field=model", "tools", "export", "live", $"calls/{LlmCallId.Create(DateTimeOffset.UtcNow)}" })
        {
            var problem = await host.Client.ProblemAsync(path, HttpStatusCode.ServiceUnavailable);
            problem.GetProperty("code").GetString().ShouldBe("store_unavailable");
            problem.GetRawText().ShouldNotContain("127.0.0.1");
        }

        var pipeline = (await host.Client.GetAsync("pipeline")).GetRawText();
        foreach (var secret in new[] { "hunter2", "secret_database", "127.0.0.1" })
        {
            pipeline.ShouldNotContain(secret);
            host.Log.Entries.Where(entry => entry.Event == "ApiRequestFailed").ShouldAllBe(entry => !entry.Message.Contains(secret, StringComparison.Ordinal));
        }
    }
}
