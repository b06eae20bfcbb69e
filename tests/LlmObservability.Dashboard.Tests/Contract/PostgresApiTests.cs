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
}
